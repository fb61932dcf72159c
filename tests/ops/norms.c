/* fast_layer_norm, fast_rms_norm: values, extremes, layouts, kernels against compositions, gradients, bits. */
#include "row_help.h"
#include "shape_help.h"
#include "transform/transform.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true}); }

TEST(by_hand) {
  ad_ctx *c = ctx();
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){1, 3, -2, 2});
  ad_array *w = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (const float[]){2, 4}), *b = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (const float[]){10, 20});
  CHECK_FLOATS(ad_fast_layer_norm(x, NULL, NULL, 0), -1, 1, -1, 1);
  CHECK_FLOATS(ad_fast_layer_norm(x, w, b, 0), 8, 24, 8, 24);
  CHECK_FLOATS(ad_fast_layer_norm(x, NULL, b, 0), 9, 21, 9, 21);
  CHECK_FLOATS(ad_fast_rms_norm(ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (const float[]){3, -3}), w, 0), 2, -4);
  CHECK_INT(ad_array_dtype(ad_fast_layer_norm(ad_cast(x, AD_FLOAT16), NULL, NULL, 1e-3)), AD_FLOAT16);
  CHECK_INT(ad_array_dtype(ad_fast_layer_norm(ad_cast(x, AD_INT32), NULL, NULL, 1e-3)), AD_FLOAT32);
  CHECK_INT(ad_array_dtype(ad_fast_rms_norm(ad_cast(x, AD_BFLOAT16), w, 1e-3)), AD_FLOAT32);
  CHECK_FAILS(ad_fast_rms_norm(x, ad_ones(c, AD_SHAPE(3), NULL), 1e-3), AD_E_VALUE, "input weight of shape (3); axis 0 is 3; 2 is right");
  CHECK_FAILS(ad_fast_layer_norm(x, NULL, NULL, -1), AD_E_VALUE, "fast_layer_norm: eps -1; it is added to squares; 0 or more is right");
  ad_ctx_free(c);
}

TEST(extremes) {
  ad_ctx *c = ctx();
  const float nan = (float)NAN;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3, 2), (const float[]){1, nan, 5, 5, 1e30f, -1e30f});
  const float *y = ad_data(ad_fast_layer_norm(x, NULL, NULL, 1e-5));
  CHECK(isnan(y[0]) && isnan(y[1]));
  CHECK(y[2] == 0 && y[3] == 0);
  CHECK_INT(ad_array_size(ad_fast_layer_norm(ad_zeros(c, AD_SHAPE(0, 3), NULL), NULL, NULL, 1e-5)), 0);
  ad_array *empty = ad_fast_layer_norm(ad_zeros(c, AD_SHAPE(2, 0), NULL), NULL, NULL, 1e-5);
  CHECK_INT(ad_eval(empty), AD_OK);
  CHECK_INT(ad_array_dim(empty, 0), 2);
  ad_array *large = ad_add(noise(c, 1, AD_SHAPE(4, 100)), ad_number(c, 1e4)); /* a mean far from 0 */
  check_close("large mean", ad_fast_layer_norm(large, NULL, NULL, 0), ad_fast_layer_norm(ad_cast(large, AD_FLOAT64), NULL, NULL, 0), 2e-3);
  ad_ctx_free(c);
}

/* Rows of many lengths and layouts: kernel and composition, forward and back. */
TEST(kernels_agree_with_compositions) {
  static const int64_t lengths[] = {1, 2, 31, 32, 33, 1000, 1025, 5000};
  const ad_attr eps = ad_attr_num(AD_NUM(1e-5));
  for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
    ad_ctx *c = ctx();
    int64_t n = lengths[k], rows = n < 100 ? 300 : 3;
    ad_array *x = noise(c, 1, AD_SHAPE(rows, n)), *w = noise(c, 2, AD_SHAPE(n)), *b = noise(c, 3, AD_SHAPE(n)), *ct = noise(c, 4, AD_SHAPE(rows, n));
    ad_array *turned = ad_transpose(noise(c, 5, AD_SHAPE(n, rows)), NULL), *half = ad_cast(x, AD_FLOAT16);
    check_composition(c, "fast_layer_norm", (ad_array *[]){x, w, b}, 3, &eps, 2e-5);
    check_composition(c, "fast_layer_norm", (ad_array *[]){turned, NULL, b}, 3, &eps, 2e-5);
    check_composition(c, "fast_rms_norm", (ad_array *[]){turned, w}, 2, &eps, 2e-5);
    check_composition(c, "fast_rms_norm", (ad_array *[]){half, NULL}, 2, &eps, 2e-3);
    ad_array *mean = ad_mean(x, &(ad_mean_opts){.axes = AD_AXES(-1)}), *rstd = ad_add(ad_ones(c, AD_SHAPE(rows), NULL), mean);
    check_composition(c, "fast_layer_norm_grad", (ad_array *[]){ct, x, mean, rstd, w}, 5, NULL, 1e-4);
    check_composition(c, "fast_layer_norm_grad", (ad_array *[]){turned, x, mean, rstd, NULL}, 5, NULL, 1e-4);
    check_composition(c, "fast_rms_norm_grad", (ad_array *[]){ct, turned, rstd, w}, 4, NULL, 1e-4);
    ad_ctx_free(c);
  }
}

/* One backward node serves every input, and there is no other pass over the rows. */
TEST(one_backward_node) {
  ad_ctx *c = ctx();
  ad_array *in[] = {noise(c, 1, AD_SHAPE(3, 4)), noise(c, 2, AD_SHAPE(4)), noise(c, 3, AD_SHAPE(4))};
  ad_array *y = ad_fast_layer_norm(in[0], in[1], in[2], 1e-5), *ct = ad_ones(c, AD_SHAPE(3, 4), NULL), *grads[3], *error = NULL;
  CHECK_INT(ad__vjp(c, &y, &ct, 1, in, 3, grads, &error), AD_OK);
  CHECK(grads[0]->in[0] == grads[1]->in[0] && grads[0]->in[0] == grads[2]->in[0]);
  CHECK_STR(grads[0]->in[0]->op->name, "fast_layer_norm_grad");
  ad_ctx_free(c);
}

/* Operations of what a node is computed from, down to the inputs: one an element of an elementwise result or of what is summed. */
static int64_t arithmetic(const ad_array *a, uint64_t after) {
  static const char *const moves[] = {"expand_dims", "squeeze", "reshape", "broadcast_to", "tuple", "zeros", "cast", "constant"};
  int64_t sum = 0;
  if (!a || a->serial <= after || a->visit == UINT64_MAX) return 0;
  ((ad_array *)(uintptr_t)a)->visit = UINT64_MAX;
  for (int i = 0; i < a->n; i++) sum += arithmetic(a->in[i], after);
  for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
    if (strcmp(a->op->name, moves[i]) == 0) return sum;
  bool reduces = strcmp(a->op->name, "sum") == 0 || strcmp(a->op->name, "mean") == 0;
  return sum + (reduces ? a->in[0]->type->size : a->type->size);
}

/* By hand, from the unit rows: four products, two differences, a factor and four sums (of g, g u, ct u, ct). Ours has the differences
 * from the mean to compute besides, and may have a tenth more. */
TEST(as_little_as_by_hand) {
  ad_ctx *c = ctx();
  const ad_op *op = ad_op_find(c, "fast_layer_norm_grad");
  ad_array *x = noise(c, 1, AD_SHAPE(500, 400)), *row = ad_ones(c, AD_SHAPE(500), NULL);
  ad_array *in[] = {noise(c, 2, AD_SHAPE(500, 400)), x, row, row, noise(c, 3, AD_SHAPE(400))};
  ad_rule r = {.ctx = c, .op = op, .n = 5, .in = in};
  double ours = (double)arithmetic(op->compose(&r), in[4]->serial) / (500 * 400);
  CHECK(11 / ours >= 0.9 && ours > 10);
  ad_ctx_free(c);
}

static ad_array *forward(ad_ctx *c) { return ad_fast_layer_norm(noise(c, 1, AD_SHAPE(500, 77)), noise(c, 2, AD_SHAPE(77)), NULL, 1e-5); }
static ad_array *backward(ad_ctx *c) {
  ad_array *x = noise(c, 1, AD_SHAPE(500, 77)), *stat = ad_ones(c, AD_SHAPE(500), NULL);
  ad_array *g = ad_fast_layer_norm_grad(noise(c, 3, AD_SHAPE(500, 77)), x, stat, stat, noise(c, 2, AD_SHAPE(77)));
  return ad_concatenate(c, (ad_array *[]){ad_reshape(ad_item(g, 0), AD_SHAPE(-1)), ad_item(g, 1), ad_item(g, 2)}, 3, NULL);
}
static ad_array *rms(ad_ctx *c) {
  ad_array *x = noise(c, 1, AD_SHAPE(500, 77)), *w = noise(c, 2, AD_SHAPE(77));
  ad_array *g = ad_fast_rms_norm_grad(x, x, ad_ones(c, AD_SHAPE(500), NULL), w);
  return ad_add(ad_fast_rms_norm(x, w, 1e-5), ad_item(g, 0));
}

TEST(bits) {
  check_bits(forward);
  check_bits(backward);
  check_bits(rms);
}

CHECK_MAIN(CASE(by_hand), CASE(extremes), CASE(kernels_agree_with_compositions), CASE(one_backward_node), CASE(as_little_as_by_hand), CASE(bits))
