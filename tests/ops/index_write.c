/* Updating parts of an array: every mode, broadcasting of the value, masks, duplicates, memory; and random updates for NumPy
 * to recompute. */
#include "index_help.h"
#include "ir/node.h"
#include "shape_help.h"

/* A value that broadcasts to the places most of the time: a tail of their dims, some of them 1, sometimes with ones in front. */
static ad_array *roll_value(expression *e, ad_shape places, FILE *f) {
  int64_t dims[8], data[4096];
  int cut = (int)roll(e, places.rank + 1), lead = roll(e, 6) == 0, rank = 0;
  if (lead) dims[rank++] = 1;
  for (int i = lead && places.rank < 6 ? 0 : cut; i < places.rank && rank < 8; i++) dims[rank++] = roll(e, 4) ? places.dims[i] : 1;
  if (rank && roll(e, 40) == 0) dims[roll(e, rank)] = 7;
  int64_t n = count_of(rank, dims);
  if (n > 4096) rank = 0, n = 1;
  for (int64_t i = 0; i < n; i++) data[i] = roll(e, 9) - 4;
  write_list(f, "value_shape", dims, rank);
  write_list(f, "value", data, n);
  return ad_array_new(e->c, AD_INT64, (ad_shape){rank, dims}, data);
}

TEST(random_updates) {
  static const char *const modes[] = {"set", "add", "subtract", "multiply", "divide", "maximum", "minimum"};
  FILE *f = open_lines("index_write.jsonl");
  CHECK_STOP(f);
  static int64_t data[1024];
  for (int i = 0; i < 1024; i++) data[i] = i;
  expression e = {.seed = 5};
  for (int i = 0; i < 3000; i++) {
    e.c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
    roll_expression(&e, i % 3);
    ad_index_mode mode = (ad_index_mode)roll(&e, 7);
    if (mode == AD_UPDATE_DIVIDE) mode = AD_UPDATE_SET;
    ad_array *x = ad_array_new(e.c, AD_INT64, (ad_shape){e.rank, e.shape}, data);
    fprintf(f, "{");
    write_list(f, "shape", e.shape, e.rank);
    ad_array *value = roll_value(&e, ad_array_shape(ad_index_at("t.c:1", x, e.items, e.n)), f);
    fprintf(f, "\"mode\": \"%s\", \"index\": \"%s\", ", modes[mode], e.text);
    write_result(f, ad_index_update_at("t.c:2", mode, x, value, e.items, e.n));
    ad_ctx_free(e.c);
  }
  fclose(f);
}

TEST(every_mode) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(4)), *two = ad_number(c, 2);
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(3), ((int32_t[]){1, 3, 1}));
  CHECK_FLOATS(ad_index_set(x, two, AD_TAKE(i)), 0, 2, 2, 2);
  CHECK_FLOATS(ad_index_add(x, two, AD_TAKE(i)), 0, 5, 2, 5);
  CHECK_FLOATS(ad_index_subtract(x, two, AD_TAKE(i)), 0, -3, 2, 1);
  CHECK_FLOATS(ad_index_multiply(x, two, AD_TAKE(i)), 0, 4, 2, 6);
  CHECK_FLOATS(ad_index_divide(x, two, AD_TAKE(i)), 0, 0.25, 2, 1.5);
  CHECK_FLOATS(ad_index_maximum(x, two, AD_TAKE(i)), 0, 2, 2, 3);
  CHECK_FLOATS(ad_index_minimum(x, two, AD_TAKE(i)), 0, 1, 2, 2);
  CHECK_FLOATS(ad_index_add(x, two, AD_RANGE(AD_BEGIN, AD_END, -2)), 0, 3, 2, 5);
  CHECK_FLOATS(ad_index_divide(x, two, AD_MASK(ad_greater(x, two))), 0, 1, 2, 1.5);
  CHECK_FLOATS(x, 0, 1, 2, 3);
  ad_ctx_free(c);
}

TEST(the_last_value_stays) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3));
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(4), ((int32_t[]){1, 1, 0, 1}));
  ad_array *v = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), ((float[]){10, 20, 30, 40}));
  CHECK_FLOATS(ad_index_set(x, v, AD_TAKE(i)), 30, 40, 2);
  ad_ctx_free(c);
}

TEST(masks) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3, 2));
  ad_array *rows = ad_array_new(c, AD_BOOL, AD_SHAPE(3), ((uint8_t[]){1, 0, 1}));
  ad_array *few = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), ((float[]){10, 11, 12, 13}));
  ad_array *row = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 2), ((float[]){7, 8}));
  CHECK_FLOATS(ad_index_set(x, few, AD_MASK(rows)), 10, 11, 2, 3, 12, 13);
  CHECK_FLOATS(ad_index_set(x, row, AD_MASK(rows)), 7, 8, 2, 3, 7, 8);
  CHECK_FLOATS(ad_index_set(x, ad_number(c, -1), AD_MASK(ad_less(x, ad_number(c, 3)))), -1, -1, -1, 3, 4, 5);
  CHECK_FLOATS(ad_index_add(x, ad_number(c, 1), AD_MASK(rows), AD_AT(0)), 1, 1, 2, 3, 5, 5);
  CHECK_FAILS(ad_index_set(x, counting(c, AD_SHAPE(3, 2)), AD_MASK(rows)), AD_E_VALUE,
              "index_set: a value of shape (3, 2) for places of shape (2, 2); one that broadcasts to them is right");
  /* One value for all places: nothing is evaluated. */
  ad_array *lazy = ad_less(x, ad_number(c, 2));
  ad_array *y = ad_index_set(x, ad_number(c, 0), AD_MASK(lazy));
  CHECK(!ad_array_is_evaluated(lazy));
  CHECK_FLOATS(y, 0, 0, 2, 3, 4, 5);
  ad_ctx_free(c);
}

TEST(dtype_is_kept) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_UINT8, AD_SHAPE(3), ((uint8_t[]){1, 2, 3}));
  ad_array *y = ad_index_add(x, ad_number(c, 2.9), AD_AT(0));
  CHECK_INT(ad_array_dtype(y), AD_UINT8);
  CHECK_FLOATS(y, 3, 2, 3);
  CHECK_FLOATS(ad_index_subtract(x, ad_number_int(c, 1), AD_ALL), 0, 1, 2);
  CHECK_FAILS(ad_index_divide(x, ad_number(c, 2), AD_AT(0)), AD_E_TYPE, "index_divide: dtype uint8; floats or complex numbers are right");
  ad_ctx_free(c);
}

TEST(errors) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3, 4)), *one = ad_number(c, 1);
  CHECK_FAILS(ad_index_set(x, one, AD_AT(3)), AD_E_INDEX, "index_set: index 3 for axis 0 of length 3");
  CHECK_FAILS(ad_index_add(x, counting(c, AD_SHAPE(3)), AD_AT(0)), AD_E_VALUE,
              "index_add: a value of shape (3) for places of shape (4)");
  CHECK_FAILS(ad_index_set(x, counting(c, AD_SHAPE(2, 4)), AD_AT(0)), AD_E_VALUE, "index_write.c:");
  CHECK_FAILS(ad_index_set(x, one, AD_TAKE(x)), AD_E_TYPE, "index_set: indices of dtype float32");
  CHECK_FAILS(ad_index_set(x, (ad_array *)NULL, AD_AT(0)), AD_E_VALUE, "NULL");
  CHECK_FAILS(ad_index_set((ad_array *)NULL, one, AD_AT(0)), AD_E_VALUE, "NULL");
  ad_array *bad = ad_index(x, AD_AT(9));
  CHECK(ad_index_set(x, bad, AD_AT(0)) == bad);
  CHECK_FAILS(ad_index_update_at(AD_HERE, (ad_index_mode)99, x, one, NULL, 0), AD_E_VALUE, "mode 99");
  ad_ctx_free(c);
}

TEST(updates_out_of_range_are_dropped) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3));
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(3), ((int32_t[]){0, 1, 2}));
  ad_array *far = ad_multiply(i, ad_number_int(c, 2));
  CHECK_FLOATS(ad_index_set(x, ad_number(c, 9), AD_TAKE(far)), 9, 1, 9);
  ad_ctx_free(c);
}

TEST(a_dying_array_is_updated_in_place) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  enum { N = 1 << 18 };
  static float got[N];
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = ad_add(counting(c, AD_SHAPE(1 << 17)), ad_number(c, 0));
  y = ad_concatenate(c, (ad_array *[]){y, y}, 2, NULL);
  for (int i = 0; i < 20; i++) y = ad_index_set(y, ad_number(c, -i), AD_RANGE(i, i + 1, 1));
  y = ad_scope_end(s, y);
  ad_ctx_reset_peak(c);
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK(ad_ctx_memory(c).peak < 5 * (N / 2) * sizeof(float));
  CHECK_INT(ad_read(y, got, sizeof got), AD_OK);
  for (int i = 0; i < 30; i++) CHECK_NEAR(got[i], i < 20 ? -i : i, 0);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(random_updates), CASE(every_mode), CASE(the_last_value_stays), CASE(masks), CASE(dtype_is_kept), CASE(errors),
           CASE(updates_out_of_range_are_dropped), CASE(a_dying_array_is_updated_in_place))
