/* gather_mm, segmented_mm, block_masked_mm, hadamard_transform: against plain products, what is left out is not read, gradients
 * with and without sorted indices, threads, messages. */
#include "shape_help.h"
#include "torch_cases.h"
#include "transform/transform.h"

static ad_ctx *ctx(int threads) { return ad_ctx_new(&(ad_ctx_opts){.threads = threads, .keep_graphs = true}); }

static void check_close(ad_array *a, ad_array *b, double tolerance) {
  CHECK_INT(ad_array_size(a), ad_array_size(b));
  const double *x = ad_data(ad_cast(a, AD_FLOAT64)), *y = ad_data(ad_cast(b, AD_FLOAT64));
  if (!x || !y) CHECK_FAIL("%s%s", ad_error_text(a), ad_error_text(b));
  for (int64_t i = 0; x && y && i < ad_array_size(a); i++) CHECK_NEAR(x[i], y[i], tolerance * (1 + fabs(y[i])));
}

/* Tokens to their experts: the matrices of an expert may lie turned, and tokens of one expert follow each other or not. */
TEST(experts) {
  enum { TOKENS = 37, EXPERTS = 5, IN = 24, OUT = 40 };
  ad_ctx *c = ctx(2);
  ad_scope *s = ad_scope_begin(c);
  int32_t mixed[TOKENS], sorted[TOKENS];
  for (int i = 0; i < TOKENS; i++) mixed[i] = i * 7 % EXPERTS, sorted[i] = i * EXPERTS / TOKENS;
  ad_array *x = torch_noise(c, AD_SHAPE(TOKENS, 1, IN), 1), *w = torch_noise(c, AD_SHAPE(EXPERTS, OUT, IN), 2);
  ad_array *turned = ad_swapaxes(w, -1, -2);
  for (int k = 0; k < 2; k++) {
    ad_array *at = ad_array_new(c, AD_INT32, AD_SHAPE(TOKENS), k ? sorted : mixed);
    ad_array *want = ad_matmul(x, ad_take(turned, at, &(ad_take_opts){.axis = AD_INT(0)}), NULL);
    ad_array *got = ad_gather_mm(x, turned, NULL, at, &(ad_gather_mm_opts){.sorted_indices = k == 1});
    check_close(got, want, 1e-6);
    ad_array *xs[2] = {x, w}, *ct = torch_noise(c, AD_SHAPE(TOKENS, 1, OUT), 3), *grads[2][2], *error = NULL;
    CHECK_INT(ad__vjp(c, &got, &ct, 1, xs, 2, grads[0], &error), AD_OK);
    CHECK_INT(ad__vjp(c, &want, &ct, 1, xs, 2, grads[1], &error), AD_OK);
    for (int i = 0; i < 2; i++) check_close(grads[0][i], grads[1][i], 1e-5);
  }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(segments) {
  ad_ctx *c = ctx(1);
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_ones(c, AD_SHAPE(1, 6), NULL), *b = counting(c, AD_SHAPE(6, 1));
  ad_array *parts = ad_array_new(c, AD_INT32, AD_SHAPE(4, 2), (const int32_t[]){0, 2, 2, 6, 3, 3, 1, 5});
  CHECK_FLOATS(ad_segmented_mm(a, b, parts, NULL), 1, 14, 0, 10);
  /* Computed bounds are cut. */
  ad_array *wild = ad_add(ad_array_new(c, AD_INT32, AD_SHAPE(2, 2), (const int32_t[]){-9, 2, 4, 90}), ad_zeros(c, AD_SHAPE(2, 2), &(ad_zeros_opts){.dtype = AD_INT32}));
  CHECK_FLOATS(ad_segmented_mm(a, b, wild, NULL), 1, 9);
  CHECK_FLOATS(ad_segmented_spread(ad_ones(c, AD_SHAPE(2, 1, 1), NULL), b, wild, NULL), 0, 1, 0, 0, 4, 5);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* A NaN in a block that is left out does no harm: it is not read. */
TEST(blocks_left_out) {
  ad_ctx *c = ctx(1);
  ad_scope *s = ad_scope_begin(c);
  float data[4 * 4];
  for (int i = 0; i < 16; i++) data[i] = i / 4 < 2 && i % 4 >= 2 ? (float)NAN : 1;
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4, 4), data), *b = ad_ones(c, AD_SHAPE(4, 2), NULL);
  ad_array *mask = ad_array_new(c, AD_BOOL, AD_SHAPE(2, 2), (const uint8_t[]){1, 0, 1, 1});
  ad_block_masked_mm_opts two = {.block_size = AD_INT(2)};
  CHECK_FLOATS(ad_block_masked_mm(a, b, NULL, mask, NULL, &two), 2, 2, 2, 2, 4, 4, 4, 4);
  ad_array *weights = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 1), (const float[]){0, 0.5f});
  CHECK_FLOATS(ad_block_masked_mm(a, b, weights, NULL, NULL, &two), 0, 0, 0, 0, 2, 2, 2, 2);
  ad_array *large = torch_noise(c, AD_SHAPE(200, 150), 1), *other = torch_noise(c, AD_SHAPE(150, 90), 2);
  check_close(ad_block_masked_mm(large, other, NULL, NULL, NULL, NULL), ad_matmul(large, other, NULL), 1e-6);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Twice is the identity; whole numbers give n times the input. */
TEST(hadamard) {
  static const int64_t lengths[] = {1, 2, 8, 12, 20, 28, 24, 40, 56, 224, 1024, 4096, 12 * 256, 20 * 64, 28 * 128};
  ad_ctx *c = ctx(2);
  for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
    ad_scope *s = ad_scope_begin(c);
    int64_t n = lengths[k];
    ad_array *x = ad_cast(ad_reshape(ad_iota(c, 3 * n, NULL), AD_SHAPE(3, n)), AD_FLOAT64);
    ad_array *y = ad_hadamard_transform(ad_hadamard_transform(x, &(ad_hadamard_transform_opts){.scale = AD_NUM(1)}), &(ad_hadamard_transform_opts){.scale = AD_NUM(1)});
    CHECK(ad_array_size(x) == ad_array_size(y));
    const double *in = ad_data(x), *out = ad_data(y);
    CHECK_STOP(in && out);
    for (int64_t i = 0; i < 3 * n; i++) CHECK_NEAR(out[i], in[i] * (double)n, 0);
    check_close(ad_hadamard_transform(ad_hadamard_transform(x, NULL), NULL), x, 1e-12);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

TEST(equal_bits) {
  ad_ctx *one = ctx(1), *two = ctx(2);
  ad_scope *s = ad_scope_begin(one), *t = ad_scope_begin(two);
  ad_array *y[2];
  for (int k = 0; k < 2; k++) {
    ad_ctx *c = k ? two : one;
    ad_array *mask = ad_less(torch_noise(c, AD_SHAPE(7, 6), 9), ad_number(c, 0.5));
    y[k] = ad_block_masked_mm(torch_noise(c, AD_SHAPE(430, 380), 1), torch_noise(c, AD_SHAPE(380, 300), 2), NULL, mask, NULL, NULL);
    CHECK_INT(ad_eval(y[k]), AD_OK);
  }
  CHECK_MEM(ad_data(y[0]), ad_data(y[1]), 430 * 300 * sizeof(float));
  ad_scope_end(s, NULL);
  ad_scope_end(t, NULL);
  ad_ctx_free(one);
  ad_ctx_free(two);
}

TEST(messages) {
  ad_ctx *c = ctx(1);
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_zeros(c, AD_SHAPE(3, 2, 4), NULL), *b = ad_zeros(c, AD_SHAPE(2, 4, 5), NULL), *m = ad_zeros(c, AD_SHAPE(4, 4), NULL);
  CHECK_FAILS(ad_gather_mm(a, b, NULL, ad_array_new(c, AD_INT32, AD_SHAPE(3), (const int32_t[]){0, 1, 2}), NULL), AD_E_INDEX,
              "gather_mm: index 2 for axis 0 of length 2; it is out of range; from -2 to 1 is right");
  CHECK_FAILS(ad_segmented_mm(m, m, ad_array_new(c, AD_INT32, AD_SHAPE(1, 2), (const int32_t[]){0, 5}), NULL), AD_E_INDEX,
              "segmented_mm: segment bound 5; it is out of range; from 0 to 4 is right");
  CHECK_FAILS(ad_segmented_mm(m, m, ad_array_new(c, AD_INT32, AD_SHAPE(1, 2), (const int32_t[]){-1, 4}), NULL), AD_E_INDEX,
              "segmented_mm: segment bound -1; it is out of range; from 0 to 4 is right");
  CHECK_FAILS(ad_block_masked_mm(m, m, ad_zeros(c, AD_SHAPE(1, 1), &(ad_zeros_opts){.dtype = AD_INT8}), NULL, NULL, NULL), AD_E_TYPE,
              "block_masked_mm: mask_out of dtype int8; bool, which leaves out, or floats, which multiply, are right");
  CHECK_FAILS(ad_block_masked_mm(m, m, NULL, ad_zeros(c, AD_SHAPE(2, 1), NULL), NULL, NULL), AD_E_VALUE,
              "block_masked_mm: input mask_lhs of shape (2, 1); axis 0 is 2; 1 is right");
  CHECK_FAILS(ad_hadamard_transform(ad_zeros(c, AD_SHAPE(3, 18), NULL), NULL), AD_E_VALUE,
              "hadamard_transform: a last axis of length 18; m 2^k for m in 1, 12, 20, 28 is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(experts), CASE(segments), CASE(blocks_left_out), CASE(hadamard), CASE(equal_bits), CASE(messages))
