/* fast_rope: values by hand, far positions, kernels against compositions, the turn back, batches of offsets, bits. */
#include "row_help.h"
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1}); }

/* One pair at position p turns by p radians when its frequency is 1. */
TEST(by_hand) {
  ad_ctx *c = ctx();
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 2, 3), (const float[]){1, 0, 7, 1, 0, 8});
  ad_array *one = ad_ones(c, AD_SHAPE(1), NULL);
  const float *y = ad_data(ad_fast_rope(x, NULL, one, 2, NULL));
  CHECK(y[0] == 1 && y[1] == 0 && y[2] == 7 && y[5] == 8);
  CHECK_NEAR((double)y[3], cos(1), 1e-7);
  CHECK_NEAR((double)y[4], sin(1), 1e-7);
  y = ad_data(ad_fast_rope(x, ad_number_int(c, 4), one, 2, &(ad_fast_rope_opts){.scale = AD_NUM(0.5), .inverse = true}));
  CHECK_NEAR((double)y[3], cos(2.5), 1e-7);
  CHECK_NEAR((double)y[4], -sin(2.5), 1e-7);
  CHECK_FLOATS(ad_fast_rope(x, NULL, NULL, 0, &(ad_fast_rope_opts){.base = AD_NUM(10)}), 1, 0, 7, 1, 0, 8);
  ad_ctx_free(c);
}

/* Neighbours as pairs are the halves as pairs, shuffled. */
TEST(traditional) {
  ad_ctx *c = ctx();
  ad_array *x = noise(c, 1, AD_SHAPE(2, 5, 6));
  ad_fast_rope_opts halves = {.base = AD_NUM(100)}, pairs = {.base = AD_NUM(100), .traditional = true};
  ad_transpose_opts swap = {.axes = AD_AXES(0, 1, 3, 2)};
  ad_array *shuffled = ad_reshape(ad_transpose(ad_reshape(x, AD_SHAPE(2, 5, 3, 2)), &swap), AD_SHAPE(2, 5, 6));
  ad_array *turned = ad_fast_rope(shuffled, NULL, NULL, 6, &halves);
  ad_array *back = ad_reshape(ad_transpose(ad_reshape(turned, AD_SHAPE(2, 5, 2, 3)), &swap), AD_SHAPE(2, 5, 6));
  check_close("traditional", ad_fast_rope(x, NULL, NULL, 6, &pairs), back, 0);
  ad_ctx_free(c);
}

/* A million positions on, the angle is still right to the last bits of float32. */
TEST(far_positions) {
  ad_ctx *c = ctx();
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 1, 2), (const float[]){1, 0});
  const float *y = ad_data(ad_fast_rope(x, ad_number_int(c, 1000003), ad_ones(c, AD_SHAPE(1), NULL), 2, NULL));
  CHECK_NEAR((double)y[0], cos(1000003.0), 1e-7);
  CHECK_NEAR((double)y[1], sin(1000003.0), 1e-7);
  ad_ctx_free(c);
}

TEST(kernels_agree_with_compositions) {
  ad_ctx *c = ctx();
  ad_array *x = noise(c, 1, AD_SHAPE(3, 2, 7, 10)), *turned = ad_transpose(noise(c, 2, AD_SHAPE(10, 7, 2, 3)), NULL);
  ad_array *offset = ad_array_new(c, AD_INT32, AD_SHAPE(3), (const int32_t[]){0, 5, -3}), *freqs = ad_add(noise(c, 3, AD_SHAPE(4)), ad_number(c, 2));
  ad_array *const as[] = {x, turned, ad_cast(x, AD_FLOAT16), ad_cast(x, AD_FLOAT64)}, *offsets[] = {NULL, offset, ad_reshape(ad_item(ad_split(offset, 3, NULL), 1), AD_SHAPE())};
  for (int k = 0; k < 48; k++) {
    bool by_base = k / 12 % 2;
    ad_attr at[] = {ad_attr_int(AD_INT(8)), ad_attr_flag(k / 24), ad_attr_num(by_base ? AD_NUM(1000) : (ad_num){false, 0}), ad_attr_num(AD_NUM(0.3)), ad_attr_flag(k % 5 == 0)};
    ad_array *in[] = {as[k % 4], offsets[k / 4 % 3], by_base ? NULL : freqs};
    if (k % 4 == 3 && in[2]) in[2] = ad_cast(freqs, AD_FLOAT64);
    check_composition(c, "fast_rope", in, 3, at, k % 4 == 2 ? 1e-3 : 1e-6);
  }
  ad_fast_rope_opts there = {.base = AD_NUM(10)}, back = {.base = AD_NUM(10), .inverse = true};
  check_close("there and back", ad_fast_rope(ad_fast_rope(x, offset, NULL, 8, &there), offset, NULL, 8, &back), x, 1e-6);
  ad_ctx_free(c);
}

static ad_array *make(ad_ctx *c) {
  return ad_fast_rope(noise(c, 1, AD_SHAPE(2, 8, 100, 24)), ad_number_int(c, 77), NULL, 20, &(ad_fast_rope_opts){.base = AD_NUM(10000)});
}
TEST(bits) { check_bits(make); }

CHECK_MAIN(CASE(by_hand), CASE(traditional), CASE(far_positions), CASE(kernels_agree_with_compositions), CASE(bits))
