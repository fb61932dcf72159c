/* Wiring in all its forms: merged, renamed, exposed, listed, bound as state, by rule and by hand. */
#include <adamant/adamant.h>

#include "check.h"

static ad_ctx *c;

static ad_model *two(void) {
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=x, output=h");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=h, output=y");
  return m;
}

static int outputs(ad_model *m) {
  int n = 0;
  for (int i = 0; i < ad_model_conn_count(m); i++) n += ad_conn_get_role(ad_model_conn_at(m, i)) == AD_CONN_OUTPUT;
  return n;
}

TEST(exposing_hides_nothing) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = two();
  CHECK_INT(outputs(m), 1);
  CHECK_INT(ad_model_expose(m, "features=h"), AD_OK);
  CHECK_INT(outputs(m), 2);
  CHECK_INT(ad_conn_get_role(ad_model_conn(m, "features")), AD_CONN_OUTPUT);
  CHECK_INT(ad_conn_error_code(ad_model_conn(m, "h")), AD_E_KEY);
  ad_model *inner = two(), *outer = ad_model_new(c, "outer");
  CHECK_INT(ad_model_add(outer, inner, "x=a, y=b"), AD_OK);
  ad_conn *h = ad_model_conn(inner, "h");
  CHECK_INT(ad_model_expose_with(outer, "%0", AD_CONNS(h)), AD_E_KEY);
  ad_model_clear_error(outer);
  CHECK_INT(ad_model_expose_with(outer, "middle=%0", AD_CONNS(h)), AD_OK);
  CHECK_STR(ad_model_error_text(outer), "");
  ad_physical *p = ad_model_compile(outer, NULL);
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_OUTPUT), 2);
  ad_scope_end(s, NULL);
}

TEST(merging) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=x, output=h");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=z, output=y");
  CHECK_INT(ad_model_merge(m, "h, z", NULL, 0, NULL), AD_E_KEY);
  CHECK_STR(ad_model_error_text(m), "m: z: two names are merged; the name that is to stay is right beside them");
  ad_model_clear_error(m);
  CHECK_INT(ad_model_merge(m, "h, y", NULL, 0, "w"), AD_E_KEY);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_merge(m, "x, y", NULL, 0, "loop"), AD_OK);
  ad_model_clear_error(m);
  CHECK_INT(ad_conn_get_role(ad_model_conn(m, "loop")), AD_CONN_INTERNAL);
  CHECK_INT(ad_model_merge(m, "h, z", NULL, 0, "k"), AD_E_KEY);
  CHECK_STR_HAS(ad_model_error_text(m), "(a cycle)");
  CHECK_INT(ad_conn_get_role(ad_model_conn(m, "h")), AD_CONN_OUTPUT);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_rename(m, "h", "out"), AD_OK);
  CHECK_INT(ad_model_rename(m, "z", "out"), AD_E_KEY);
  CHECK_STR(ad_model_error_text(m), "m: out: the name is taken; another one is right");
  ad_model_clear_error(m);
  CHECK_INT(ad_model_rename(m, "out", "input"), AD_E_KEY);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_shapes(m, "z: 2, 3"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "out")), "(2, 3)");
  ad_physical *p = ad_model_compile(m, NULL);
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_DATA), 1);
  CHECK_INT(ad_physical_key_count(p, AD_KEY_OUTPUT), 1);
  ad_scope_end(s, NULL);
}

TEST(lists) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  CHECK_INT(ad_model_extend(m, ad_model_op(c, "concatenate", "axis=0"), "arrays=[a, b, a], output=y"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_INT(ad_model_set_shapes(m, "a: 2, 3; y: 7, 3"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "b")), "(3, 3)");
  /* What fails leaves no list behind. */
  int blocks = ad_model_child_count(m);
  CHECK_INT(ad_model_extend(m, ad_model_op(c, "concatenate", "axis=0"), "arrays=[a, c], output=a"), AD_E_KEY);
  CHECK_INT(ad_model_child_count(m), blocks);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_extend(m, ad_model_op(c, "reshape", NULL), "a=y, shape=(3, n), output=z"), AD_OK);
  CHECK_INT(ad_model_set_values(m, "n: 7"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "z")), "(3, 7)");
  CHECK_STR(ad_model_error_text(m), "");
  ad_scope_end(s, NULL);
}

TEST(standard_terminals) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = two();
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=h, output=side");
  CHECK_INT(ad_model_add(m, ad_block(c, "Relu", NULL), NULL), AD_E_KEY);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_add(m, ad_block(c, "Add", NULL), "left=h, output=sum"), AD_OK);
  CHECK_INT(ad_model_set_standard_outputs(m, "side"), AD_OK);
  CHECK_INT(ad_model_add(m, ad_block(c, "Relu", NULL), "output=end"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK(ad_conn_same(ad_model_conn(m, "side"), ad_model_conn(ad_model_child(m, 4), "input")));
  CHECK_INT(ad_model_set_standard_inputs(m, "end"), AD_E_VALUE);
  ad_scope_end(s, NULL);
}

TEST(state) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Add", NULL), "left=x, right=before, output=after");
  CHECK_INT(ad_model_bind_state(m, "after", "before", NULL), AD_E_KEY);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_bind_state(m, "before", "after", "0"), AD_OK);
  CHECK_INT(ad_model_bind_state(m, "before", "after", "0"), AD_E_KEY);
  ad_model_clear_error(m);
  CHECK_INT(ad_conn_get_role(ad_model_conn(m, "before")), AD_CONN_LATENT);
  CHECK_INT(ad_conn_get_role(ad_model_conn(m, "after")), AD_CONN_LATENT);
  CHECK_INT(ad_model_set_shapes(m, "after: 3, 4"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "before")), "(3, 4)");
  CHECK_STR(ad_model_error_text(m), "");
  ad_scope_end(s, NULL);
}

TEST(what_is_said) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Add", NULL), "left=x, right=y, output=z");
  CHECK_INT(ad_model_set_types(m, "x: tensor[float16]; y: tensor[float16] | int"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(ad_conn_type(ad_model_conn(m, "z")), "tensor[float]");
  CHECK_INT(ad_model_set_types(m, "x: tensor[float32]"), AD_E_TYPE);
  CHECK_STR(ad_model_error_text(m), "m: x: tensor[float32] was given; tensor[float16] is right");
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_types(m, "x: tensro"), AD_E_TYPE);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_differentiable(m, "x", true), AD_OK);
  CHECK_INT(ad_model_set_array(m, "y", ad_ones(c, AD_SHAPE(2, 1), NULL)), AD_OK);
  CHECK_INT(ad_model_set_array(m, "y", ad_ones(c, AD_SHAPE(2, 1), NULL)), AD_E_VALUE);
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_initial(m, "x", ad_zeros(c, AD_SHAPE(5), NULL)), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "z")), "(2, 5)");
  CHECK_INT(ad_model_set_differentiable(m, "y", true), AD_E_VALUE);
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(exposing_hides_nothing), CASE(merging), CASE(lists), CASE(standard_terminals), CASE(state), CASE(what_is_said)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  CHECK_STR(ad_ctx_error_text(c), "");
  ad_ctx_free(c);
  return r;
}
