/* Shape ops: values, layouts, shared memory, messages. Values against NumPy are the op matrix's work; here stand the laws
 * of views and the cases one gets wrong. */
#include <adamant/adamant.h>
#include "check.h"
#include "ops/shape_help.h"

/* ---- views ---- */

TEST(reshape_shares_memory) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(4, 6));
  ad_array *y = ad_reshape(x, AD_SHAPE(2, -1));
  CHECK_INT(ad_array_rank(y), 2);
  CHECK_INT(ad_array_dim(y, 1), 12);
  CHECK(ad_data(y) == ad_data(x));
  CHECK(ad_data(ad_expand_dims(x, AD_AXES(0, 2))) == ad_data(x));
  CHECK(ad_data(ad_squeeze(ad_reshape(x, AD_SHAPE(1, 24, 1)), NULL)) == ad_data(x));
  ad_array *row = ad_strided_slice(x, AD_INTS(2, 0), AD_INTS(3, 6), NULL);
  CHECK((const char *)ad_data(row) == (const char *)ad_data(x) + 12 * sizeof(float));
  ad_ctx_free(c);
}

/* A view of a transposed array that no strides can say is a copy; one that strides can say is none. */
TEST(reshape_of_strided) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_transpose(counting(c, AD_SHAPE(2, 3)), NULL);
  CHECK_FLOATS(x, 0, 3, 1, 4, 2, 5);
  CHECK_FLOATS(ad_reshape(ad_transpose(counting(c, AD_SHAPE(2, 3)), NULL), AD_SHAPE(6)), 0, 3, 1, 4, 2, 5);
  ad_array *z = ad_transpose(counting(c, AD_SHAPE(2, 6)), NULL);
  CHECK_FLOATS(ad_reshape(z, AD_SHAPE(2, 3, 1, 2)), 0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11);
  ad_array *back = ad_reshape(ad_flip(counting(c, AD_SHAPE(2, 3)), NULL), AD_SHAPE(3, 2));
  CHECK_FLOATS(back, 5, 4, 3, 2, 1, 0);
  ad_ctx_free(c);
}

TEST(huge_views_cost_nothing) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *z = ad_zeros(c, AD_SHAPE(1 << 20, 1 << 20), NULL);
  ad_array *y = ad_strided_slice(ad_transpose(z, NULL), AD_INTS(5, 1048575), AD_INTS(9, INT64_MIN),
                                 &(ad_strided_slice_opts){.step = AD_INTS(2, -500000)});
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_FLOATS(y, 0, 0, 0, 0, 0, 0);
  CHECK(ad_ctx_memory(c).peak < 1 << 20);
  ad_ctx_free(c);
}

TEST(slices) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(6));
  CHECK_FLOATS(ad_strided_slice(x, AD_INTS(4), AD_INTS(INT64_MIN), &(ad_strided_slice_opts){.step = AD_INTS(-2)}), 4, 2, 0);
  CHECK_FLOATS(ad_strided_slice(x, AD_INTS(-2), AD_INTS(INT64_MAX), NULL), 4, 5);
  CHECK_FLOATS(ad_strided_slice(x, AD_INTS(-100), AD_INTS(2), NULL), 0, 1);
  CHECK_FLOATS(ad_strided_slice(x, AD_INTS(1), AD_INTS(6), &(ad_strided_slice_opts){.step = AD_INTS(INT64_MAX)}), 1);
  CHECK_INT(ad_array_size(ad_strided_slice(x, AD_INTS(4), AD_INTS(2), NULL)), 0);
  CHECK_INT(ad_array_size(ad_strided_slice(x, AD_INTS(100), AD_INTS(200), NULL)), 0);
  ad_array *nothing = ad_strided_slice(x, AD_INTS(3), AD_INTS(3), NULL);
  CHECK_INT(ad_read(nothing, NULL, 0), AD_OK);
  ad_ctx_free(c);
}

TEST(broadcast) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_FLOATS(ad_broadcast_to(counting(c, AD_SHAPE(2, 1)), AD_SHAPE(2, 2, 3)), 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1);
  CHECK_FLOATS(ad_add(ad_broadcast_to(counting(c, AD_SHAPE(3)), AD_SHAPE(2, 3)), ad_number(c, 1)), 1, 2, 3, 1, 2, 3);
  CHECK_INT(ad_array_size(ad_broadcast_to(counting(c, AD_SHAPE(1)), AD_SHAPE(3, 0))), 0);
  ad_ctx_free(c);
}

/* ---- pieces ---- */

TEST(padding) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(2, 2)), *v = ad_number(c, 9);
  CHECK_FLOATS(ad_pad_constant(x, v, AD_INTS(1, 0), AD_INTS(0, 1), NULL), 9, 9, 9, 0, 1, 9, 2, 3, 9);
  CHECK_FLOATS(ad_pad_constant(x, v, AD_INTS(0, 0), AD_INTS(0, 1), &(ad_pad_constant_opts){.interior = AD_INTS(0, 2)}), 0, 9,
               9, 1, 9, 2, 9, 9, 3, 9);
  CHECK_FLOATS(ad_pad_constant(counting(c, AD_SHAPE(0)), v, AD_INTS(2), AD_INTS(1), NULL), 9, 9, 9);
  ad_ctx_free(c);
}

TEST(concatenation) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = counting(c, AD_SHAPE(2, 2)), *b = counting(c, AD_SHAPE(2, 1)), *all[20];
  ad_concatenate_opts columns = {.axis = AD_INT(-1)};
  CHECK_FLOATS(ad_concatenate(c, (ad_array *[]){a, b}, 2, &columns), 0, 1, 0, 2, 3, 1);
  CHECK_FLOATS(ad_concatenate(c, (ad_array *[]){b, ad_transpose(a, NULL)}, 2, &columns), 0, 0, 2, 1, 1, 3);
  for (int i = 0; i < 20; i++) all[i] = b;
  ad_array *many = ad_concatenate(c, all, 20, NULL);
  CHECK_INT(ad_array_dim(many, 0), 40);
  CHECK(((const float *)ad_data(many))[39] == 1);
  CHECK_FAILS(ad_concatenate(c, NULL, 0, NULL), AD_E_VALUE, "concatenate: no arrays; at least one is right");
  ad_array *huge = ad_zeros(c, AD_SHAPE(INT64_C(1) << 60), &(ad_zeros_opts){.dtype = AD_INT8});
  for (int i = 0; i < 9; i++) all[i] = huge;
  CHECK_FAILS(ad_concatenate(c, all, 9, NULL), AD_E_OVERFLOW, "concatenate: ");
  ad_ctx_free(c);
}

/* ---- bits do not depend on threads ---- */

TEST(threads_agree) {
  float *out[2] = {NULL, NULL};
  ad_ctx *c[2];
  for (int k = 0; k < 2; k++) {
    c[k] = ad_ctx_new(&(ad_ctx_opts){.threads = k + 1});
    ad_array *x = counting(c[k], AD_SHAPE(300, 257));
    ad_array *y = ad_concatenate(c[k], (ad_array *[]){ad_transpose(x, NULL), ad_flip(ad_transpose(x, NULL), NULL)}, 2, NULL);
    y = ad_pad_constant(y, ad_number(c[k], -1), AD_INTS(3, 1), AD_INTS(0, 2), &(ad_pad_constant_opts){.interior = AD_INTS(1, 0)});
    CHECK_STOP(ad_array_size(y) > 100000);
    out[k] = (float *)(uintptr_t)ad_data(y);
    CHECK_STOP(out[k] != NULL);
    if (k) CHECK_MEM(out[0], out[1], (size_t)ad_array_size(y) * sizeof(float));
  }
  ad_ctx_free(c[0]);
  ad_ctx_free(c[1]);
}

TEST(messages) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(2, 3));
  CHECK_FAILS(ad_reshape(x, AD_SHAPE(4, -1)), AD_E_VALUE,
              ": reshape: shape (2, 3) to (4, -1); it has 6 elements; dims whose product is 6 are right");
  CHECK_FAILS(ad_reshape(x, AD_SHAPE(7)), AD_E_VALUE, ": reshape: shape (2, 3) to (7); it has 6 elements");
  CHECK_FAILS(ad_squeeze(x, &(ad_squeeze_opts){.axes = AD_AXES(1)}), AD_E_VALUE, "axis 1 is 3; 1 is right");
  CHECK_FAILS(ad_broadcast_to(x, AD_SHAPE(3)), AD_E_VALUE, ": broadcast_to: shape (2, 3) to (3); it does not broadcast");
  CHECK_FAILS(ad_pad_constant(x, ad_number(c, 0), AD_INTS(INT64_MAX, 0), AD_INTS(1, 0), NULL), AD_E_OVERFLOW,
              ": pad_constant: 9223372036854775807 + 1; the size does not fit 63 bits");
  CHECK_FAILS(ad_strided_slice(x, AD_INTS(0, 0), AD_INTS(1, 1), &(ad_strided_slice_opts){.step = AD_INTS(1, 0)}), AD_E_VALUE,
              ": strided_slice: step 0 on axis 1; any other number is right");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(reshape_shares_memory), CASE(reshape_of_strided), CASE(huge_views_cost_nothing), CASE(slices), CASE(broadcast),
           CASE(padding), CASE(concatenation), CASE(threads_agree), CASE(messages))
