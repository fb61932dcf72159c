/* A small network through every layer: composed, wired, shapes solved, compiled, evaluated, differentiated. */
#include <adamant/adamant.h>

#include "check.h"

static ad_ctx *c;

static ad_model *mlp(void) {
  ad_model *m = ad_model_new(c, "mlp");
  CHECK_INT(ad_model_add(m, ad_block(c, "Linear", "dimension=4"), "input=x"), AD_OK);
  CHECK_INT(ad_model_add(m, ad_block(c, "Relu", NULL), NULL), AD_OK);
  CHECK_INT(ad_model_add(m, ad_block(c, "Linear", "dimension=2"), "output=logits"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  return m;
}

TEST(shapes_travel) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = mlp();
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "logits")), "(...)");
  CHECK_INT(ad_model_set_shapes(m, "x: N, 3"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "logits")), "(N, 2)");
  CHECK_STR(ad_conn_shape(ad_model_conn(ad_model_child(m, 0), "weight")), "(4, 3)");
  CHECK_STR(ad_conn_shape(ad_model_conn(ad_model_child(m, 2), "weight")), "(2, 4)");
  CHECK_STR(ad_conn_shape(ad_model_conn(ad_model_child(m, 2), "bias")), "(2)");
  ad_scope_end(s, NULL);
}

TEST(shapes_travel_back) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = mlp();
  CHECK_INT(ad_model_set_shapes(m, "logits: 5, 2"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "x")), "(5, ?)");
  ad_scope_end(s, NULL);
}

TEST(contradictions_are_taken_back) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = mlp();
  CHECK_INT(ad_model_set_shapes(m, "x: N, 3"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "logits: 5, 7"), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "mlp: logits: shapes (5, 2) and (5, 7) meet; equal ones are right");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "logits")), "(N, 2)");
  ad_model_clear_error(m);
  CHECK_INT(ad_model_add(m, ad_block(c, "Linear", "dimension=2"), "inptu=x"), AD_E_KEY);
  CHECK_STR(ad_model_error_text(m), "Linear: terminal inptu not found; did you mean input?");
  CHECK_INT(ad_model_child_count(m), 3);
  ad_model_clear_error(m);
  ad_model *w = ad_block(c, "Linear", "dimension=2");
  CHECK_INT(ad_model_set_shapes(w, "weight: None, 9"), AD_OK);
  CHECK_INT(ad_model_add(m, w, NULL), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "mlp.Linear_2: input weight of shape (2, 9); axis 1 is 9; 2 is right");
  CHECK_INT(ad_model_child_count(m), 3);
  ad_scope_end(s, NULL);
}

/* A composed block has the terminals of its descriptor, and the blocks it was given. */
TEST(composed_blocks) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m"), *relu = ad_block(c, "Relu", NULL);
  ad_model *layer = ad_block_of(c, "Layer", "dimension=3", &relu, 1);
  CHECK_STR(ad_model_error_text(layer), "");
  CHECK_STR(ad_conn_name(ad_model_conn_at(layer, 0)), "input");
  CHECK_STR(ad_conn_name(ad_model_conn_at(layer, 3)), "output");
  CHECK_STR(ad_conn_type(ad_model_conn(layer, "weight")), "tensor[float]");
  CHECK_INT(ad_model_add(m, layer, NULL), AD_OK);
  ad_model *tanh = ad_block(c, "Relu", NULL);
  CHECK_INT(ad_model_add(m, ad_block_of(c, "Layer", "dimension=2", &tanh, 1), NULL), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "$1: 2, 4"});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_PARAM), 4);
  CHECK_STR(ad_physical_key(p, AD_KEY_PARAM, 2), "weight_1");
  CHECK_STR(ad_physical_key(p, AD_KEY_DATA, 0), "input");
  CHECK_STR_HAS(ad_model_error_text(ad_block_of(c, "Relu", NULL, &tanh, 1)), "Relu: it takes no blocks; 1 were given");
  CHECK_STR_HAS(ad_model_error_text(ad_block(c, "Layer", NULL)), "Layer: activation: one block is right; 0 were given");
  ad_scope_end(s, NULL);
}

TEST(evaluates) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = mlp();
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 2, 3"});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_PARAM), 4);
  CHECK_STR(ad_physical_key(p, AD_KEY_PARAM, 0), "weight_0");
  CHECK_STR(ad_physical_key(p, AD_KEY_DATA, 0), "x");
  CHECK_STR(ad_physical_shape(p, AD_KEY_PARAM, 0), "(4, 3)");
  const char *names[] = {"weight_0", "bias_0", "weight_1", "bias_1"}, *x_name = "x", *out_name = "logits";
  float xs[6] = {1, -2, 3, 0.5f, 1, -1}, w0[12], b0[4] = {0.1f, 0.2f, 0.3f, 0.4f}, w1[8], b1[2] = {1, -1}, y[4];
  for (int i = 0; i < 12; i++) w0[i] = (float)(i % 5 - 2) / 2;
  for (int i = 0; i < 8; i++) w1[i] = (float)(i % 3 - 1);
  ad_array *ps[4] = {ad_array_new(c, AD_FLOAT32, AD_SHAPE(4, 3), w0), ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), b0),
                     ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 4), w1), ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), b1)};
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), xs);
  ad_array *params = ad_record(c, names, ps, 4), *data = ad_record(c, &x_name, &x, 1);
  ad_array *out = ad_physical_evaluate(p, params, data);
  CHECK_STR(ad_error_text(out), "");
  CHECK_INT(ad_read(ad_field(out, "logits"), y, sizeof y), AD_OK);
  ad_array *want = ad_linear(ad_relu(ad_linear(x, ps[0], ps[1])), ps[2], ps[3]);
  float z[4];
  CHECK_INT(ad_read(want, z, sizeof z), AD_OK);
  CHECK_MEM(y, z, sizeof y);
  ad_array *ones = ad_ones(c, AD_SHAPE(2, 2), NULL), *cts = ad_record(c, &out_name, &ones, 1);
  ad_array *g = ad_physical_gradients(p, params, data, cts);
  CHECK_STR(ad_error_text(g), "");
  float db[2];
  CHECK_INT(ad_read(ad_field(g, "bias_1"), db, sizeof db), AD_OK);
  CHECK_NEAR(db[0], 2, 0);
  CHECK_INT(ad_array_dim(ad_field(g, "weight_0"), 1), 3);
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(shapes_travel), CASE(shapes_travel_back), CASE(contradictions_are_taken_back), CASE(composed_blocks), CASE(evaluates)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  CHECK_STR(ad_ctx_error_text(c), "");
  ad_ctx_free(c);
  return r;
}
