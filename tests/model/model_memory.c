/* Memory that runs out while models are wired: every request is refused once, and nothing is left over or half done. */
#include <adamant/adamant.h>
#include "check.h"
#include "counted_memory.h"

/* Wiring of every kind, without compiling. */
static bool wire_all(const ad_allocator *from) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.allocator = *from, .threads = 1});
  if (!c) return false;
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_add(m, ad_block(c, "Linear", "dimension=4"), "input=x, output=h");
  ad_model_extend(m, ad_block(c, "Concat", "axis=0"), "input=[h, h, y], output=joined");
  ad_model_extend(m, ad_block(c, "Shape", NULL), "input=joined, output=dims");
  ad_model_extend(m, ad_block(c, "Mean", "axis=TBD"), "input=joined, axis=k, output=mean");
  ad_model_set_shapes(m, "x: N, 3; y: 2*N + 1, 4; joined: V..., 4");
  ad_model_set_values(m, "k: 1");
  ad_model_set_types(m, "x: tensor[float32]");
  ad_conn *loose = ad_conn_exp(ad_conn_new(c, "z")), *sum = ad_conn_add(ad_model_conn(m, "h"), loose);
  ad_model_expose_with(m, "sum=%0", AD_CONNS(sum));
  ad_model_rename(m, "h", "hidden");
  ad_model *outer = ad_model_new(c, "outer");
  ad_model_add(outer, m, "x=a");
  bool ok = !ad_model_error_code(m) && !ad_model_error_code(outer) && !ad_conn_error_code(sum) && !*ad_ctx_error_text(c);
  if (ok) CHECK_INT(ad_model_conn_count(outer) > 3, 1);
  else if (ad_model_error_code(m)) CHECK(ad_model_error_text(m)[0] != 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
  return ok;
}

TEST(every_request_may_be_refused) {
  size_t n = 1;
  for (bool all = false; !all && n < 20000; n++) {
    struct counted_memory m = {.refuse = n};
    bool ok = wire_all(&(ad_allocator){counted_resize, &m});
    CHECK_INT(m.live, 0);
    all = m.asked < n; /* nothing was refused */
    CHECK(ok || !all);
  }
  CHECK(n > 50 && n < 20000);
}

CHECK_MAIN(CASE(every_request_may_be_refused))
