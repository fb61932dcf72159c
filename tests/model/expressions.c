/* Expressions on connections: inside a model, before there is one, across several; models made of them. */
#include <adamant/adamant.h>

#include "check.h"

static ad_ctx *c;

static float evaluate(ad_model *m, float x, const char *output) {
  ad_physical *p = ad_model_compile(m, NULL);
  CHECK_STR(ad_physical_error_text(p), "");
  const char *name = "x";
  ad_array *in = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1), &x);
  ad_array *y = ad_field(ad_physical_evaluate(p, NULL, ad_record(c, &name, &in, 1)), output);
  float out = 0;
  CHECK_STR(ad_error_text(y), "");
  CHECK_INT(ad_read(y, &out, sizeof out), AD_OK);
  return out;
}

/* 3 * x + x, from loose connections alone; what is not asked for is not there. */
TEST(functional) {
  ad_scope *s = ad_scope_begin(c);
  ad_conn *x = ad_conn_new(c, "x"), *three = ad_conn_value(c, "3");
  ad_conn *product = ad_conn_multiply(x, three), *sum = ad_conn_add(product, x);
  CHECK_STR(ad_conn_error_text(sum), "");
  ad_conn *unused = ad_conn_exp(ad_conn_new(c, "z"));
  ad_conn_sqrt(sum);
  CHECK_STR(ad_conn_error_text(unused), "");
  ad_model *m = ad_model_create(c, "m", "y", AD_CONNS(sum));
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_INT(ad_model_child_count(m), 2);
  CHECK(ad_model_is_frozen(m));
  CHECK_NEAR(evaluate(m, 5, "y"), 20, 0);
  CHECK_STR_HAS(ad_conn_error_text(ad_conn_exp(sum)), "frozen");
  ad_scope_end(s, NULL);
}

TEST(inside_a_model) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=x, output=h");
  ad_conn *h = ad_model_conn(m, "h"), *loose = ad_conn_exp(ad_conn_new(c, "x"));
  ad_conn *both = ad_conn_add(ad_conn_multiply(h, h), loose); /* the provisional model is absorbed, its x is this one's */
  CHECK_STR(ad_conn_error_text(both), "");
  CHECK(ad_conn_model(both) == m);
  CHECK_INT(ad_conn_get_role(both), AD_CONN_LATENT);
  CHECK_INT(ad_model_extend_with(m, ad_block(c, "Buffer", NULL), "input=%0, output=y", AD_CONNS(both)), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_INT(ad_model_set_shapes(m, "x: 1"), AD_OK);
  CHECK_STR(ad_conn_shape(both), "(1)");
  CHECK_NEAR(evaluate(m, 0, "y"), 1, 0);
  ad_scope_end(s, NULL);
}

TEST(blocks_are_called) {
  ad_scope *s = ad_scope_begin(c);
  ad_conn *x = ad_conn_new(c, "x");
  ad_conn *y = ad_block_call(ad_block(c, "Indexer", NULL), AD_CONNS(ad_block_call(ad_block(c, "Shape", NULL), AD_CONNS(x)), ad_conn_value(c, "-1")));
  ad_conn *z = ad_conn_concatenate(AD_CONNS(x, x, x), "axis=0");
  ad_model *m = ad_model_create(c, "m", "last, z", AD_CONNS(y, z));
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_INT(ad_model_set_shapes(m, "x: N, 7"), AD_OK);
  CHECK_STR(ad_conn_get_value(ad_model_conn(m, "last")), "7");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "z")), "(?, 7)");
  CHECK_STR(ad_conn_error_text(ad_block_call(ad_block(c, "Relu", NULL), AD_CONNS(x, x))), "Relu: 2 connections were given; it has 1 inputs");
  ad_scope_end(s, NULL);
}

TEST(refusals) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *a = ad_model_new(c, "a"), *b = ad_model_new(c, "b");
  ad_model_extend(a, ad_block(c, "Relu", NULL), "input=x, output=y");
  ad_model_extend(b, ad_block(c, "Relu", NULL), "input=x, output=y");
  ad_conn *k = ad_conn_add(ad_model_conn(a, "y"), ad_model_conn(b, "y"));
  CHECK_INT(ad_conn_error_code(k), AD_E_VALUE);
  CHECK_STR_HAS(ad_conn_error_text(k), "connections of two models, a and b, in one expression; those of one are right");
  CHECK_INT(ad_conn_error_code(ad_conn_exp(k)), AD_E_VALUE);
  CHECK_INT(ad_conn_error_code(ad_conn_value(c, "name")), AD_E_VALUE);
  CHECK_INT(ad_conn_error_code(ad_conn_value(c, "(1,")), AD_E_VALUE);
  CHECK_INT(ad_model_error_code(ad_model_create(c, "m", NULL, AD_CONNS(ad_model_conn(a, "y")))), AD_E_KEY);
  /* A constant tensor is wired once. */
  ad_conn *one = ad_conn_array(c, ad_ones(c, AD_SHAPE(2), NULL)), *x = ad_conn_new(c, "x");
  CHECK_STR(ad_conn_error_text(ad_conn_add(x, one)), "");
  k = ad_conn_add(x, one);
  CHECK_INT(ad_conn_error_code(k), AD_E_VALUE);
  CHECK_STR_HAS(ad_conn_error_text(k), "a constant tensor that is wired already");
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(functional), CASE(inside_a_model), CASE(blocks_are_called), CASE(refusals)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  CHECK_STR(ad_ctx_error_text(c), "");
  ad_ctx_free(c);
  return r;
}
