/* A physical model that no scope but the context's own held was released when the context was freed, and what it dropped then, its
 * functions and its logical model, waited for good. */
#include <adamant/adamant.h>
#include "check.h"
#include "counted_memory.h"

TEST(nothing_is_left) {
  struct counted_memory m;
  counted_begin(&m, 0);
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .allocator = {counted_resize, &m}});
  ad_physical *p = ad_model_compile(ad_block(c, "Linear", "dimension=4"), &(ad_physical_opts){.shapes = "input: 8, 3"});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK(m.live > 0);
  ad_ctx_free(c);
  CHECK_INT(m.live, 0);
}

CHECK_MAIN(CASE(nothing_is_left))
