/* Creation: exact values, counts at the edges, limits, and that constant arrays take no memory. */
#include <adamant/adamant.h>
#include "check.h"
#include "ops/shape_help.h"

#define OPTS(op, ...) &(ad_##op##_opts){__VA_ARGS__}

TEST(constants_take_no_memory) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *z = ad_ones(c, AD_SHAPE(1 << 20, 1 << 20), NULL);
  ad_array *y = ad_full(ad_number(c, 3), AD_SHAPE(1 << 20, 1 << 20), OPTS(full, .dtype = AD_INT16));
  CHECK_INT(ad_eval(z), AD_OK);
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK(ad_ctx_memory(c).peak < 4096);
  CHECK_FLOATS(ad_strided_slice(y, AD_INTS(7, 9), AD_INTS(8, 11), NULL), 3, 3);
  CHECK_INT(ad_array_dtype(y), AD_INT16);
  CHECK_INT(ad_array_dtype(ad_full(ad_number_int(c, 3), AD_SHAPE(2), NULL)), AD_INT32);
  ad_ctx_free(c);
}

/* Values of a shared element are never overwritten in place. */
TEST(constants_stay) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = ad_zeros(c, AD_SHAPE(4), NULL);
  for (int i = 0; i < 3; i++) y = ad_add(ad_add(y, ad_ones(c, AD_SHAPE(4), NULL)), ad_ones(c, AD_SHAPE(1), NULL));
  y = ad_scope_end(s, y);
  CHECK_FLOATS(y, 6, 6, 6, 6);
  ad_ctx_free(c);
}

TEST(ranges) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_FLOATS(ad_arange(c, 0, 3, NULL), 0, 1, 2);
  CHECK_FLOATS(ad_arange(c, 5, -1, OPTS(arange, .step = AD_NUM(-2.5))), 5, 2.5, 0);
  CHECK_FLOATS(ad_arange(c, 0, 2.5, OPTS(arange, .dtype = AD_INT8)), 0, 1, 2);
  CHECK_FLOATS(ad_arange(c, 2, -1.5, OPTS(arange, .dtype = AD_INT64, .step = AD_NUM(-1))), 2, 1, 0, -1);
  CHECK_INT(ad_array_size(ad_arange(c, 3, 0, NULL)), 0);
  CHECK_INT(ad_array_dtype(ad_arange(c, 0, 1, NULL)), AD_FLOAT32);
  CHECK_INT(ad_array_size(ad_arange(c, 0, 255, OPTS(arange, .dtype = AD_UINT8))), 255);
  CHECK_INT(ad_array_size(ad_arange(c, -128, 128, OPTS(arange, .dtype = AD_INT8))), 256);
  CHECK_FAILS(ad_arange(c, 0, 257, OPTS(arange, .dtype = AD_UINT8)), AD_E_OVERFLOW,
              ": arange: the element 256; it does not fit uint8; from 0 to 255 is right");
  CHECK_FAILS(ad_arange(c, -1, 3, OPTS(arange, .dtype = AD_UINT64)), AD_E_OVERFLOW, "the element -1; it does not fit uint64");
  CHECK_FAILS(ad_arange(c, 0, 1, OPTS(arange, .step = AD_NUM(0))), AD_E_VALUE, ": arange: step 0; any other number is right");
  CHECK_FAILS(ad_arange(c, 0, (double)NAN, NULL), AD_E_VALUE, "one is not finite");
  CHECK_FAILS(ad_arange(c, 0, 1e300, OPTS(arange, .dtype = AD_INT64)), AD_E_OVERFLOW, "its size does not fit 63 bits");
  CHECK_FAILS(ad_arange(c, 0, 1, OPTS(arange, .dtype = AD_BOOL)), AD_E_TYPE, "dtype bool");
  ad_ctx_free(c);
}

TEST(integers_beyond_doubles) {
  ad_ctx *c = ad_ctx_new(NULL);
  int64_t got[3], want[3] = {9007199254740992, 9007199254740993, 9007199254740994};
  ad_array *y = ad_arange(c, 9007199254740992.0, 9007199254740994.0, OPTS(arange, .dtype = AD_INT64));
  CHECK_INT(ad_array_size(y), 2);
  CHECK_INT(ad_read(y, got, 2 * sizeof *got), AD_OK);
  CHECK_MEM(got, want, 2 * sizeof *got);
  y = ad_iota(c, 3, OPTS(iota, .start = AD_INT(9007199254740993), .step = AD_INT(-1), .dtype = AD_INT64));
  CHECK_INT(ad_read(y, got, sizeof got), AD_OK);
  CHECK_INT(got[0], 9007199254740993);
  CHECK_INT(got[2], 9007199254740991);
  y = ad_iota(c, 2, OPTS(iota, .start = AD_INT(INT64_MIN), .step = AD_INT(INT64_MAX), .dtype = AD_INT64));
  CHECK_INT(ad_read(y, got, 2 * sizeof *got), AD_OK);
  CHECK_INT(got[1], -1);
  CHECK_FAILS(ad_iota(c, 3, OPTS(iota, .step = AD_INT(INT64_MAX), .dtype = AD_INT64)), AD_E_OVERFLOW, "the last does not fit int64");
  CHECK_INT(ad_array_size(ad_iota(c, 0, OPTS(iota, .start = AD_INT(-5), .dtype = AD_UINT8))), 0);
  ad_ctx_free(c);
}

TEST(linspaces) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_FLOATS(ad_linspace(c, 0, 1, OPTS(linspace, .num = AD_INT(5))), 0, 0.25, 0.5, 0.75, 1);
  CHECK_FLOATS(ad_linspace(c, 0, 1, OPTS(linspace, .num = AD_INT(4), .half_open = true)), 0, 0.25, 0.5, 0.75);
  CHECK_FLOATS(ad_linspace(c, 3, 9, OPTS(linspace, .num = AD_INT(1))), 3);
  CHECK_INT(ad_array_size(ad_linspace(c, 3, 9, OPTS(linspace, .num = AD_INT(0)))), 0);
  CHECK_INT(ad_array_size(ad_linspace(c, 3, 9, NULL)), 50);
  ad_array *y = ad_linspace(c, 0.1, 0.7, OPTS(linspace, .num = AD_INT(1000), .dtype = AD_FLOAT64));
  const double *v = ad_data(y);
  CHECK(v && v[0] == 0.1 && v[999] == 0.7);
  CHECK_FLOATS(ad_linspace(c, -1, 1, OPTS(linspace, .num = AD_INT(4), .dtype = AD_INT32)), -1, -1, 0, 1);
  ad_ctx_free(c);
}

TEST(windows) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *all[] = {ad_hanning(c, 9, OPTS(hanning, .dtype = AD_FLOAT64)), ad_hamming(c, 9, OPTS(hamming, .dtype = AD_FLOAT64)),
                     ad_blackman(c, 9, OPTS(blackman, .dtype = AD_FLOAT64)), ad_bartlett(c, 9, OPTS(bartlett, .dtype = AD_FLOAT64))};
  const double first[] = {0, 0.08, 0, 0}, second[] = {0.14644660940672627, 0.21473088065418822, 0.06644660940672624, 0.25};
  for (int k = 0; k < 4; k++) {
    const double *v = ad_data(all[k]);
    CHECK_STOP(v != NULL);
    CHECK_NEAR(v[0], first[k], 1e-16);
    CHECK_NEAR(v[1], second[k], 1e-15);
    CHECK_NEAR(v[4], 1, 1e-15);
    for (int i = 0; i < 4; i++) CHECK(v[i] == v[8 - i]);
  }
  CHECK_FLOATS(ad_hanning(c, 1, NULL), 1);
  CHECK_FLOATS(ad_bartlett(c, 2, NULL), 0, 0);
  CHECK_INT(ad_array_size(ad_blackman(c, 0, NULL)), 0);
  ad_ctx_free(c);
}

TEST(matrices) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_FLOATS(ad_eye(c, 2, OPTS(eye, .m = AD_INT(3), .k = AD_INT(1))), 0, 1, 0, 0, 0, 1);
  CHECK_FLOATS(ad_tri(c, 2, OPTS(tri, .k = AD_INT(-1))), 0, 0, 1, 0);
  CHECK_FLOATS(ad_diag(counting(c, AD_SHAPE(2)), OPTS(diag, .offset = AD_INT(-1))), 0, 0, 0, 0, 0, 0, 0, 1, 0);
  CHECK_FLOATS(ad_diag(counting(c, AD_SHAPE(2)), OPTS(diag, .offset = AD_INT(1))), 0, 0, 0, 0, 0, 1, 0, 0, 0);
  CHECK_FLOATS(ad_tril(counting(c, AD_SHAPE(2, 2)), NULL), 0, 0, 2, 3);
  CHECK_FLOATS(ad_triu(counting(c, AD_SHAPE(2, 2)), OPTS(triu, .k = AD_INT(1))), 0, 1, 0, 0);
  CHECK_FLOATS(ad_trace(counting(c, AD_SHAPE(2, 3)), NULL), 4);
  CHECK_FLOATS(ad_eye(c, 2, OPTS(eye, .k = AD_INT(INT64_MIN))), 0, 0, 0, 0);
  CHECK_FLOATS(ad_tri(c, 2, OPTS(tri, .k = AD_INT(INT64_MAX))), 1, 1, 1, 1);
  CHECK_FLOATS(ad_triu(counting(c, AD_SHAPE(2, 2)), OPTS(triu, .k = AD_INT(INT64_MIN))), 0, 1, 2, 3);
  CHECK_INT(ad_array_size(ad_diagonal(counting(c, AD_SHAPE(2, 2)), OPTS(diagonal, .offset = AD_INT(INT64_MIN)))), 0);
  ad_array *labels = ad_iota(c, 3, OPTS(iota, .start = AD_INT(-1)));
  CHECK_FLOATS(ad_one_hot(labels, 2, NULL), 0, 0, 1, 0, 0, 1);
  ad_array *x = counting(c, AD_SHAPE(3, 4));
  CHECK((const char *)ad_data(ad_diagonal(x, OPTS(diagonal, .offset = AD_INT(3)))) == (const char *)ad_data(x) + 3 * sizeof(float));
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(constants_take_no_memory), CASE(constants_stay), CASE(ranges), CASE(integers_beyond_doubles), CASE(linspaces),
           CASE(windows), CASE(matrices))
