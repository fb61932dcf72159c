/* Shapes of models: arithmetic on dims, runs of dims, one of several shapes; all in both directions. */
#include <adamant/adamant.h>

#include "check.h"

static ad_ctx *c;

static ad_model *pair(void) {
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=x, output=a");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=y, output=b");
  return m;
}

static const char *shape(ad_model *m, const char *name) { return ad_conn_shape(ad_model_conn(m, name)); }

TEST(arithmetic) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = pair();
  CHECK_INT(ad_model_set_shapes(m, "x: N, M; y: 2*N + 1, (N + M)//2"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(shape(m, "b"), "(2*N + 1, (N + M)//2)");
  CHECK_INT(ad_model_set_shapes(m, "b: 9, None"), AD_OK);
  CHECK_STR(shape(m, "a"), "(4, M)");
  CHECK_INT(ad_model_set_shapes(m, "a: 4, 7"), AD_OK);
  CHECK_STR(shape(m, "b"), "(9, 5)");
  m = pair();
  CHECK_INT(ad_model_set_shapes(m, "x: N; y: 2*N"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "y: 7"), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "m: 2*N is to be 7; no dim makes it so");
  CHECK_STR(shape(m, "b"), "(2*N)");
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_shapes(m, "x: 3; y: 8"), AD_E_VALUE);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_shapes(m, "x: 3"), AD_OK);
  CHECK_STR(shape(m, "y"), "(6)");
  const char *wrong[] = {"x: 2 +", "x: (2", "x: 2 3", "x: 2*/3", "x: -1", "x: N!", "x: 99999999999999999999"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    CHECK_INT(ad_model_set_shapes(pair(), wrong[i]), AD_E_VALUE);
  }
  ad_scope_end(s, NULL);
}

TEST(runs) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = pair();
  CHECK_INT(ad_model_set_shapes(m, "x: V..., 3; y: 2, V..., N"), AD_OK);
  CHECK_STR(shape(m, "a"), "(...)");
  CHECK_INT(ad_model_set_shapes(m, "a: 5, 6, None"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(shape(m, "a"), "(5, 6, 3)");
  CHECK_STR(shape(m, "b"), "(2, 5, 6, N)");
  m = pair();
  CHECK_INT(ad_model_set_shapes(m, "x: 2, ..., 3"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "x: 4"), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "m: x: rank 1; at least 2 is right");
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_shapes(m, "x: 2, 7, 4"), AD_E_VALUE);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_shapes(m, "x: 2, 3"), AD_OK);
  ad_scope_end(s, NULL);
}

TEST(possibilities) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = pair();
  CHECK_INT(ad_model_set_shapes(m, "x: (2, 3, N) | (3, 3, M) | 5, None, 7"), AD_OK);
  CHECK_STR(shape(m, "a"), "(?, ?, ?)");
  CHECK_INT(ad_model_set_shapes(m, "a: None, 4, None"), AD_OK);
  CHECK_STR(shape(m, "a"), "(5, 4, 7)");
  m = pair();
  CHECK_INT(ad_model_set_shapes(m, "x: (2, 3) | (3)"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "x: 4"), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "m: x: shape (4); it is none of the 2 that are possible");
  ad_scope_end(s, NULL);
}

/* Contradictions come out where they are made, through ten levels. */
TEST(through_ten_levels) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "level0");
  ad_model_extend(m, ad_block(c, "Linear", "dimension=4"), "input=x, output=y");
  for (int i = 1; i < 10; i++) {
    char name[20];
    snprintf(name, sizeof name, "level%d", i);
    ad_model *outer = ad_model_new(c, name);
    CHECK_INT(ad_model_extend(outer, m, "x=x, y=y"), AD_OK);
    m = outer;
  }
  CHECK_INT(ad_model_extend(m, ad_block(c, "Linear", "dimension=2"), "input=y, weight=w, output=z"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "x: None, None"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "w: 2, 5"), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "level9: w: shapes (2, 4) and (2, 5) meet; equal ones are right");
  ad_model_clear_error(m);
  CHECK_STR(shape(m, "w"), "(2, 4)");
  CHECK_INT(ad_model_set_shapes(m, "x: 7, 3"), AD_OK);
  CHECK_STR(shape(m, "z"), "(7, 2)");
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(arithmetic), CASE(runs), CASE(possibilities), CASE(through_ten_levels)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  CHECK_STR(ad_ctx_error_text(c), "");
  ad_ctx_free(c);
  return r;
}
