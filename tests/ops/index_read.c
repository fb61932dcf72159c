/* Reading parts of an array: views, index arrays, masks, errors; and random expressions for NumPy to recompute. */
#include "index_help.h"
#include "ir/node.h"
#include "shape_help.h"

TEST(random_expressions) {
  FILE *f = open_lines("index_read.jsonl");
  CHECK_STOP(f);
  static int64_t data[1024];
  for (int i = 0; i < 1024; i++) data[i] = i;
  expression e = {.seed = 11};
  for (int i = 0; i < 2000; i++) {
    e.c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
    roll_expression(&e, i % 2);
    ad_array *x = ad_array_new(e.c, AD_INT64, (ad_shape){e.rank, e.shape}, data);
    fprintf(f, "{");
    write_list(f, "shape", e.shape, e.rank);
    fprintf(f, "\"index\": \"%s\", ", e.text);
    write_result(f, ad_index_at("t.c:1", x, e.items, e.n));
    ad_ctx_free(e.c);
  }
  fclose(f);
}

static const void *memory(ad_array *a) {
  CHECK_INT(ad_eval(a), AD_OK);
  return a->value.data;
}

TEST(basic_reads_are_views) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3, 4, 5));
  const char *at = memory(x);
  CHECK(memory(ad_index(x, AD_AT(1))) == at + 20 * 4);
  CHECK(memory(ad_index(x, AD_AT(-1), AD_RANGE(1, AD_END, 2))) == at + 45 * 4);
  CHECK(memory(ad_index(x, AD_ELLIPSIS, AD_RANGE(AD_BEGIN, AD_END, -1))) == at + 4 * 4);
  CHECK(memory(ad_index(x, AD_NEWAXIS, AD_ALL, AD_NEWAXIS, AD_AT(2))) == at + 10 * 4);
  CHECK(memory(ad_index(x, AD_ELLIPSIS)) == at);
  CHECK_FLOATS(ad_index(x, AD_AT(2), AD_AT(-1), AD_RANGE(AD_BEGIN, 2, 1)), 55, 56);
  CHECK_FLOATS(ad_index(x, AD_AT(0), AD_AT(0), AD_RANGE(AD_END, AD_BEGIN, -2)), 4, 2, 0);
  ad_ctx_free(c);
}

TEST(arrays_and_masks) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3, 4));
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(2), ((int32_t[]){2, -3}));
  CHECK_FLOATS(ad_index(x, AD_TAKE(i), AD_TAKE(i)), 10, 1);
  CHECK_FLOATS(ad_index(x, AD_ALL, AD_TAKE(i)), 2, 1, 6, 5, 10, 9);
  CHECK_FLOATS(ad_index(x, AD_MASK(ad_greater(x, ad_number(c, 8.5)))), 9, 10, 11);
  CHECK_FLOATS(ad_index(x, AD_MASK(ad_array_new(c, AD_BOOL, AD_SHAPE(3), ((uint8_t[]){0, 1, 0}))), AD_AT(1)), 5);
  CHECK_INT(ad_array_size(ad_index(x, AD_MASK(ad_greater(x, ad_number(c, 99))))), 0);
  /* The dims of separated arrays go in front; a number counts as an array then. */
  ad_array *y = counting(c, AD_SHAPE(2, 3, 4));
  ad_shape s = ad_array_shape(ad_index(y, AD_AT(0), AD_ALL, AD_TAKE(i)));
  CHECK_INT(s.dims[0], 2);
  CHECK_INT(s.dims[1], 3);
  /* Indices that are computed are data: they clamp. */
  ad_array *far = ad_add(i, ad_array_new(c, AD_INT32, AD_SHAPE(2), ((int32_t[]){100, -100})));
  CHECK_FLOATS(ad_index(x, AD_TAKE(far), AD_AT(0)), 8, 0);
  ad_ctx_free(c);
}

TEST(nonzero_gives_places) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), ((float[]){0, 2, 0, 1, 0, NAN}));
  ad_array *places = ad_nonzero(x);
  CHECK_INT(ad_item_count(places), 2);
  CHECK_INT(ad_array_dtype(ad_item(places, 0)), AD_UINT32);
  CHECK_FLOATS(ad_item(places, 0), 0, 1, 1);
  CHECK_FLOATS(ad_item(places, 1), 1, 0, 2);
  CHECK_FAILS(ad_nonzero(ad_number(c, 1)), AD_E_VALUE, "index_read.c:");
  CHECK_FAILS(ad_nonzero(places), AD_E_TYPE, "nonzero: a tuple; one array is right");
  CHECK_INT(ad_array_size(ad_item(ad_nonzero(ad_array_new(c, AD_INT8, AD_SHAPE(0), NULL)), 0)), 0);
  ad_ctx_free(c);
}

TEST(errors) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3, 4));
  CHECK_FAILS(ad_index(x, AD_AT(3)), AD_E_INDEX, "index: index 3 for axis 0 of length 3; it is out of range; from -3 to 2 is right");
  CHECK_FAILS(ad_index(x, AD_ALL, AD_AT(-5)), AD_E_INDEX, "index: index -5 for axis 1 of length 4");
  CHECK_FAILS(ad_index(x, AD_AT(0), AD_AT(0), AD_AT(0)), AD_E_INDEX, "index: too many indices: 3 for rank 2; at most 2 are right");
  CHECK_FAILS(ad_index(x, AD_ELLIPSIS, AD_ELLIPSIS), AD_E_INDEX, "index: 2 ellipses; at most one is right");
  CHECK_FAILS(ad_index(x, AD_RANGE(0, 1, 0)), AD_E_VALUE, "index: step 0 for axis 0");
  CHECK_FAILS(ad_index(x, AD_TAKE(x)), AD_E_TYPE, "index: indices of dtype float32; integers are right");
  CHECK_FAILS(ad_index(x, AD_MASK(x)), AD_E_TYPE, "index: a mask of dtype float32; bool is right");
  CHECK_FAILS(ad_index(x, AD_TAKE(ad_equal(x, x))), AD_E_TYPE, "AD_MASK takes masks");
  ad_array *mask = ad_array_new(c, AD_BOOL, AD_SHAPE(4), ((uint8_t[]){1, 0, 1, 1}));
  CHECK_FAILS(ad_index(x, AD_MASK(mask)), AD_E_INDEX, "index: a mask of shape (4) for axes of shape (3)");
  ad_array *far = ad_array_new(c, AD_INT32, AD_SHAPE(2), ((int32_t[]){0, 4}));
  CHECK_FAILS(ad_index(x, AD_AT(0), AD_TAKE(far)), AD_E_INDEX, "index: index 4 for axis 1 of length 4");
  CHECK_FAILS(ad_index(x, AD_TAKE(NULL)), AD_E_VALUE, "the array of index 0 is NULL");
  CHECK_FAILS(ad_index((ad_array *)NULL, AD_AT(0)), AD_E_VALUE, "NULL");
  CHECK_FAILS(ad_index(ad_tuple(c, &x, 1), AD_AT(0)), AD_E_TYPE, "index: a tuple; one array is right");
  ad_index_item many[40];
  for (int i = 0; i < 40; i++) many[i] = AD_NEWAXIS;
  CHECK_FAILS(ad_index_at(AD_HERE, x, many, 40), AD_E_VALUE, "more than 16 axes");
  CHECK_FAILS(ad_index_at(AD_HERE, x, many, 16), AD_E_VALUE, "more than 16 axes");
  ad_array *broken = ad_index(x, AD_AT(9));
  CHECK(ad_index(broken, AD_AT(0)) == broken);
  ad_ctx_free(c);
}

TEST(intermediate_nodes_are_freed) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3, 4));
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(2), ((int32_t[]){2, 0}));
  ad_scope *s = ad_scope_begin(c);
  uint64_t before = ad_ctx_live_arrays(c);
  ad_array *y = ad_index(x, AD_TAKE(i), AD_NEWAXIS, AD_RANGE(0, 2, 1));
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_INT(ad_ctx_live_arrays(c), before + 1);
  ad_index(x, AD_AT(7));
  ad_scope_end(s, NULL);
  CHECK_INT(ad_ctx_live_arrays(c), before);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(random_expressions), CASE(basic_reads_are_views), CASE(arrays_and_masks), CASE(nonzero_gives_places), CASE(errors),
           CASE(intermediate_nodes_are_freed))
