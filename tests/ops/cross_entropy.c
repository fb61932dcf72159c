/* softmax_cross_entropy: values by hand, classes and probabilities, extremes, kernels against compositions, gradients, bits. */
#include "row_help.h"
#include "shape_help.h"
#include "transform/transform.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true}); }

TEST(by_hand) {
  ad_ctx *c = ctx();
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){0, 0, 1000, 0});
  ad_array *classes = ad_array_new(c, AD_INT32, AD_SHAPE(2), (const int32_t[]){1, -1});
  const float *y = ad_data(ad_softmax_cross_entropy(x, classes, NULL));
  CHECK_NEAR((double)y[0], log(2), 1e-7);
  CHECK_NEAR((double)y[1], 1000, 1e-4);
  y = ad_data(ad_softmax_cross_entropy(x, ad_array_new(c, AD_INT32, AD_SHAPE(2), (const int32_t[]){9, -9}), NULL));
  CHECK_NEAR((double)y[1], 0, 1e-7); /* outside: the nearest */
  y = ad_data(ad_softmax_cross_entropy(x, classes, &(ad_softmax_cross_entropy_opts){.label_smoothing = AD_NUM(1)}));
  CHECK_NEAR((double)y[1], 500, 1e-4);
  ad_array *p = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){0.25, 0.75, 1, 0}), *bottom = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){0, 0, 3, -(float)INFINITY});
  y = ad_data(ad_softmax_cross_entropy(bottom, p, NULL));
  CHECK_NEAR((double)y[0], log(2), 1e-7);
  CHECK(y[1] == 0); /* what has no probability does not count */
  CHECK_FAILS(ad_softmax_cross_entropy(x, ad_zeros(c, AD_SHAPE(2), &(ad_zeros_opts){.dtype = AD_BOOL}), NULL), AD_E_TYPE,
              "softmax_cross_entropy: targets of dtype bool; integers, that name classes, or floats, that are probabilities, are right");
  ad_ctx_free(c);
}

TEST(kernels_agree_with_compositions) {
  ad_ctx *c = ctx();
  ad_array *rows[] = {noise(c, 1, AD_SHAPE(5, 3000)), ad_transpose(noise(c, 2, AD_SHAPE(3000, 5)), NULL), ad_cast(noise(c, 3, AD_SHAPE(5, 3000)), AD_BFLOAT16)};
  ad_array *classes = ad_array_new(c, AD_INT64, AD_SHAPE(5), (const int64_t[]){0, 2999, 1024, -1, 1023}), *p = ad_softmax(noise(c, 4, AD_SHAPE(5, 3000)), &(ad_softmax_opts){.axes = AD_AXES(1)});
  ad_array *ct = noise(c, 5, AD_SHAPE(5)), *lse = ad_add(noise(c, 6, AD_SHAPE(5)), ad_number(c, 8));
  for (int k = 0; k < 12; k++) {
    ad_attr at[] = {ad_attr_int(AD_INT(1)), ad_attr_num(AD_NUM(k / 6 * 0.3))};
    ad_array *x = rows[k % 3], *targets = k / 3 % 2 ? ad_cast(p, ad_array_dtype(x)) : classes;
    double tolerance = k % 3 == 2 ? 1e-2 : 1e-5;
    check_composition(c, "softmax_cross_entropy", (ad_array *[]){x, targets}, 2, at, tolerance);
    check_composition(c, "softmax_cross_entropy_grad", (ad_array *[]){ct, ct, x, targets, lse}, 5, at, tolerance);
  }
  ad_ctx_free(c);
}

/* softmax less the target, a share of it. */
TEST(gradient) {
  ad_ctx *c = ctx();
  ad_array *x = noise(c, 1, AD_SHAPE(4, 7)), *classes = ad_array_new(c, AD_INT32, AD_SHAPE(4), (const int32_t[]){0, 6, 3, 3});
  ad_array *loss = ad_mean(ad_softmax_cross_entropy(x, classes, NULL), NULL), *one = ad_ones(c, AD_SHAPE(), NULL), *grad, *error = NULL;
  CHECK_INT(ad__vjp(c, &loss, &one, 1, &x, 1, &grad, &error), AD_OK);
  ad_array *want = ad_subtract(ad_softmax(x, &(ad_softmax_opts){.axes = AD_AXES(1)}), ad_one_hot(classes, 7, NULL));
  check_close("softmax less one-hot", grad, ad_multiply(want, ad_number(c, 0.25)), 1e-6);
  ad_ctx_free(c);
}

static ad_array *make(ad_ctx *c) {
  ad_array *x = noise(c, 1, AD_SHAPE(100, 333)), *rows = noise(c, 2, AD_SHAPE(100));
  ad_array *classes = ad_cast(ad_multiply(ad_abs(rows), ad_number(c, 332)), AD_INT32);
  ad_array *g = ad_softmax_cross_entropy_grad(rows, rows, x, classes, rows, NULL);
  return ad_concatenate(c, (ad_array *[]){ad_softmax_cross_entropy(x, classes, NULL), ad_reshape(g, AD_SHAPE(-1))}, 2, NULL);
}
TEST(bits) { check_bits(make); }

CHECK_MAIN(CASE(by_hand), CASE(kernels_agree_with_compositions), CASE(gradient), CASE(bits))
