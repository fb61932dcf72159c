/* Memory that is lent on: room to write into, pins, and what is said about where elements lie. */
#include <adamant/adamant.h>
#include <string.h>
#include "check.h"

TEST(room_is_written_by_the_caller) {
  ad_ctx *c = ad_ctx_new(NULL);
  void *data;
  ad_array *a = ad_array_room(c, AD_INT32, AD_SHAPE(2, 2), &data);
  CHECK(data != NULL);
  memcpy(data, (int32_t[]){1, 2, 3, 4}, 16);
  CHECK(ad_data(a) == data);
  int32_t out[4];
  CHECK_INT(ad_read(ad_add(a, a), out, sizeof out), AD_OK);
  CHECK_INT(out[3], 8);
  CHECK_INT(ad_array_size(ad_array_room(c, AD_INT32, AD_SHAPE(3, 0), &data)), 0);
  CHECK(data == NULL);
  CHECK_STR_HAS(ad_error_text(ad_array_room(c, AD_INT32, AD_SHAPE(-1), &data)), "lending.c:");
  CHECK_STR_HAS(ad_error_text(ad_array_room(c, AD_DTYPE_NONE, AD_SHAPE(1), &data)), "array_room: dtype 0");
  CHECK_INT(ad_error_code(ad_array_room(NULL, AD_INT32, AD_SHAPE(1), &data)), AD_E_VALUE);
  ad_ctx_free(c);
}

TEST(a_pin_keeps_its_memory_and_its_values) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ad_keep(ad_add(ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), ((float[]){1, 2, 3})), ad_number(c, 0)));
  ad_scope *s = ad_scope_begin(c);
  ad_array *pin = ad_keep(ad_array_pin(a));
  ad_scope_end(s, NULL);
  ad_array_memory lent, own;
  CHECK_INT(ad_array_memory_of(pin, &lent), AD_OK);
  CHECK_INT(ad_array_memory_of(a, &own), AD_OK);
  CHECK(lent.data == own.data && !lent.foreign);
  CHECK_INT(own.sharers, 2);
  /* The pinned memory is not taken for the result, though a dies. */
  s = ad_scope_begin(c);
  ad_array *b = ad_keep(ad_add(a, a));
  ad_scope_end(s, NULL);
  ad_drop(a);
  CHECK_INT(ad_eval(b), AD_OK);
  CHECK(memcmp(lent.data, (float[]){1, 2, 3}, 12) == 0);
  ad_drop(pin);
  ad_drop(b);
  ad_ctx_free(c);
}

TEST(a_pin_outlives_the_copy_that_makes_an_array_contiguous) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ad_transpose(ad_array_new(c, AD_INT8, AD_SHAPE(2, 2), ((int8_t[]){1, 2, 3, 4})), NULL);
  ad_array *pin = ad_array_pin(a);
  ad_array_memory before, after;
  CHECK_INT(ad_array_memory_of(pin, &before), AD_OK);
  CHECK(!before.row_major);
  CHECK_INT(before.strides[0], 1);
  CHECK_INT(before.strides[1], 2);
  CHECK_INT(((const int8_t *)ad_data(a))[1], 3);
  CHECK_INT(ad_array_memory_of(a, &after), AD_OK);
  CHECK(after.row_major && after.data != before.data);
  CHECK(memcmp(before.data, (int8_t[]){1, 2, 3, 4}, 4) == 0);
  ad_ctx_free(c);
}

static void count(void *user, void *data) { (void)data, ++*(int *)user; }

TEST(foreign_memory_is_known_as_such) {
  static const float given[] = {1, 2};
  int released = 0;
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *pin = ad_keep(ad_array_pin(ad_array_wrap(c, AD_FLOAT32, AD_SHAPE(2), given, count, &released)));
  ad_scope_end(s, NULL);
  ad_array_memory m;
  CHECK_INT(ad_array_memory_of(pin, &m), AD_OK);
  CHECK(m.foreign && m.data == given && m.user == &released && m.release == count);
  CHECK_INT(released, 0);
  ad_drop(pin);
  ad_ctx_settle(c);
  CHECK_INT(released, 1);
  ad_ctx_free(c);
  CHECK_INT(released, 1);
}

TEST(what_has_no_memory_is_refused) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array_memory m;
  ad_array *lazy = ad_add(ad_number(c, 1), ad_number(c, 2)), *tuple = ad_tuple(c, &lazy, 1);
  CHECK_INT(ad_array_memory_of(lazy, &m), AD_E_VALUE);
  CHECK_INT(ad_array_memory_of(NULL, &m), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(ad_array_pin(tuple)), "pin: a tuple; an array with a value is right");
  CHECK(ad_is_error(ad_array_pin(NULL)));
  CHECK_INT(ad_array_memory_of(ad_array_pin(lazy), &m), AD_OK);
  CHECK_INT(m.sharers, 2);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(room_is_written_by_the_caller), CASE(a_pin_keeps_its_memory_and_its_values),
           CASE(a_pin_outlives_the_copy_that_makes_an_array_contiguous), CASE(foreign_memory_is_known_as_such),
           CASE(what_has_no_memory_is_refused))
