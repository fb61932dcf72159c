/* unique_values and its relatives, argwhere: values, shapes, NaN, zeros, empty arrays, errors. */
#include "shape_help.h"

TEST(all_of_them) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_INT16, AD_SHAPE(2, 4), (const int16_t[]){3, -1, 3, 7, -1, 3, 0, 7});
  CHECK_FLOATS(ad_unique_values(x), -1, 0, 3, 7);
  CHECK_INT(ad_array_dtype(ad_unique_values(x)), AD_INT16);
  ad_array *all = ad_unique_all(x), *inverse = ad_item(all, 2);
  CHECK_FLOATS(ad_item(all, 0), -1, 0, 3, 7);
  CHECK_FLOATS(ad_item(all, 1), 1, 6, 0, 3);
  CHECK_FLOATS(inverse, 2, 0, 2, 3, 0, 2, 1, 3);
  CHECK_INT(ad_array_rank(inverse), 2);
  CHECK_FLOATS(ad_item(all, 3), 2, 1, 3, 2);
  CHECK_FLOATS(ad_take(ad_item(all, 0), inverse, NULL), 3, -1, 3, 7, -1, 3, 0, 7);
  CHECK_FLOATS(ad_item(ad_unique_counts(x), 1), 2, 1, 3, 2);
  CHECK_FLOATS(ad_item(ad_unique_inverse(x), 1), 2, 0, 2, 3, 0, 2, 1, 3);
  CHECK_INT(ad_array_dtype(ad_item(all, 3)), AD_UINT32);
  CHECK_FLOATS(ad_argwhere(ad_equal(x, ad_number_int(c, 7))), 0, 3, 1, 3);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(every_nan_is_another_and_zeros_are_one) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const float nan = (float)NAN;
  float v[4];
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(5), (const float[]){nan, -0.0f, 0, nan, -1});
  ad_array *counts = ad_unique_counts(x);
  CHECK_INT(ad_read(ad_item(counts, 0), v, sizeof v), AD_OK);
  CHECK(v[0] == -1 && v[1] == 0 && v[2] != v[2] && v[3] != v[3]);
  CHECK_FLOATS(ad_item(counts, 1), 1, 2, 1, 1);
  const float z[] = {1, 2, 1, 2, 0, 5};
  CHECK_INT(ad_array_size(ad_unique_values(ad_array_new(c, AD_COMPLEX64, AD_SHAPE(3), z))), 2);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(small_and_wrong_ones) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *none = ad_unique_all(ad_zeros(c, AD_SHAPE(0, 3), NULL));
  CHECK_INT(ad_array_size(ad_item(none, 0)), 0);
  CHECK_INT(ad_array_rank(ad_item(none, 2)), 2);
  CHECK_INT(ad_array_size(ad_item(none, 3)), 0);
  CHECK_FLOATS(ad_item(ad_unique_all(ad_number(c, 4)), 3), 1);
  CHECK_FAILS(ad_unique_values(NULL), AD_E_VALUE, "NULL");
  CHECK_FAILS(ad_unique_values(none), AD_E_TYPE, "unique: a tuple; one array is right");
  CHECK_FAILS(ad_argwhere(ad_number(c, 1)), AD_E_VALUE, "rank 0");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(all_of_them), CASE(every_nan_is_another_and_zeros_are_one), CASE(small_and_wrong_ones))
