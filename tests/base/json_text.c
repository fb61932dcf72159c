/* JSON: what the standard allows is read, everything else is refused at the right byte, and what is written reads back. */
#include "base/json.h"

#include <stdlib.h>
#include "counted_memory.h"

static ad_mem memory;
static ad_arena arena;
static ad_err error;

static const ad_json *read_n(const char *text, size_t n, const ad_json_opts *opts) {
  const ad_json *v = NULL;
  if (!memory.calls) ad__mem_init(&memory, NULL), ad__arena_init(&arena, &memory);
  error = (ad_err){.code = AD_OK};
  ad_status code = ad__json_read(&arena, text, n, opts, &v, &error);
  CHECK_INT(code, error.code);
  CHECK((code == AD_OK) == (v != NULL));
  return v;
}

static const ad_json *read_text(const char *text) { return read_n(text, strlen(text), NULL); }

static void finish(void) {
  ad__arena_free(&arena);
  CHECK_INT(memory.bytes_now, 0);
}

TEST(values_are_read) {
  const ad_json *v =
      read_text(" {\"a\": [1, -2.5e3, true, false, null, \"x\\u0000\\\"\\n\\ud83d\\ude00\"], \"\": {}, \"b\" :[]}\t\r\n");
  CHECK_STOP(v != NULL);
  CHECK_INT(v->kind, AD_JSON_OBJECT);
  CHECK_INT(v->length, 3);
  CHECK_INT(v->offset, 1);
  const ad_json *a = ad__json_get(v, "a");
  CHECK_INT(a->length, 6);
  CHECK_INT(a->offset, 7);
  int64_t i;
  double d;
  const ad_json *item = a->first;
  CHECK(ad__json_i64(item, &i) && i == 1);
  item = item->next;
  CHECK(!ad__json_i64(item, &i) && ad__json_f64(item, &d) && d == -2500);
  item = item->next;
  CHECK(item->kind == AD_JSON_BOOL && item->truth);
  item = item->next;
  CHECK(item->kind == AD_JSON_BOOL && !item->truth);
  item = item->next;
  CHECK_INT(item->kind, AD_JSON_NULL);
  item = item->next;
  CHECK_INT(item->length, 8);
  CHECK_MEM(item->text, "x\0\"\n\xf0\x9f\x98\x80", 9);
  CHECK(item->next == NULL);
  CHECK_INT(ad__json_get(v, "")->kind, AD_JSON_OBJECT);
  CHECK_INT(ad__json_get(v, "b")->length, 0);
  CHECK(ad__json_get(v, "c") == NULL);
  CHECK(ad__json_get(a, "a") == NULL && ad__json_get(NULL, "a") == NULL);
  CHECK(ad__json_is(read_text("\"abc\""), "abc") && !ad__json_is(read_text("\"abc\""), "ab"));
  finish();
}

TEST(numbers_are_kept_exact) {
  int64_t i;
  uint64_t u;
  double d;
  CHECK(ad__json_u64(read_text("18446744073709551615"), &u) && u == UINT64_MAX);
  CHECK(!ad__json_u64(read_text("18446744073709551616"), &u));
  CHECK(ad__json_i64(read_text("-9223372036854775808"), &i) && i == INT64_MIN);
  CHECK(!ad__json_i64(read_text("9223372036854775808"), &i));
  CHECK(!ad__json_i64(read_text("1e5"), &i) && !ad__json_u64(read_text("1e5"), &u) && !ad__json_u64(read_text("1.0"), &u));
  CHECK(ad__json_i64(read_text("-0"), &i) && i == 0);
  CHECK(!ad__json_u64(read_text("-0"), &u) && !ad__json_u64(read_text("-1"), &u));
  CHECK(ad__json_f64(read_text("-0"), &d) && d == 0 && signbit(d));
  CHECK(!ad__json_f64(read_text("1e999"), &d));
  CHECK(ad__json_f64(read_text("1e-999"), &d) && d == 0);
  CHECK(!ad__json_f64(read_text("\"1\""), &d) && !ad__json_u64(NULL, &u));
  finish();
}

/* The text and the byte at which it must be refused. */
static const struct {
  const char *text;
  size_t at;
  const char *why;
} refused[] = {{"", 0, "expected a value"},
               {"   ", 3, "expected a value"},
               {"nul", 0, "expected a value"},
               {"nulll", 4, "the end"},
               {"True", 0, "expected a value"},
               {"NaN", 0, "expected a value"},
               {"Infinity", 0, "expected a value"},
               {"'a'", 0, "expected a value"},
               {"1 2", 2, "the end"},
               {"{} x", 3, "the end"},
               {"[1,]", 3, "expected a value"},
               {"[,1]", 1, "expected a value"},
               {"[1 2]", 3, "',' or ']'"},
               {"[1}", 2, "',' or ']'"},
               {"[", 1, "the text ends"},
               {"[1", 2, "the text ends"},
               {"{", 1, "a key"},
               {"{\"a\"", 4, "':'"},
               {"{\"a\":", 5, "a value"},
               {"{\"a\":1", 6, "',' or '}'"},
               {"{\"a\":1,}", 7, "a key"},
               {"{a:1}", 1, "a key"},
               {"{1:1}", 1, "a key"},
               {"{\"a\" 1}", 5, "':'"},
               {"01", 0, "begin with 0"},
               {"-01", 1, "begin with 0"},
               {"-", 1, "a digit"},
               {"+1", 0, "a value"},
               {".5", 0, "a value"},
               {"1.", 2, "a digit"},
               {"1.e5", 2, "a digit"},
               {"1e", 2, "a digit"},
               {"1e+", 3, "a digit"},
               {"0x10", 1, "the end"},
               {"1_000", 1, "the end"},
               {"\"abc", 0, "no closing quote"},
               {"\"a\nb\"", 2, "control character"},
               {"\"\\x41\"", 2, "after a backslash"},
               {"\"\\", 2, "after a backslash"},
               {"\"\\u12\"", 5, "hexadecimal"},
               {"\"\\u12g4\"", 5, "hexadecimal"},
               {"\"\\ud800\"", 1, "surrogate"},
               {"\"\\ud800x\"", 1, "surrogate"},
               {"\"\\ud800\\u0041\"", 1, "surrogate"},
               {"\"\\udc00\"", 1, "surrogate"},
               {"\"a\xff\"", 2, "UTF-8"},
               {"\"\xc0\x80\"", 1, "UTF-8"},
               {"\"\xed\xa0\x80\"", 1, "UTF-8"},
               {"\xEF\xBB\xBF{}", 0, "byte order mark"},
               {"{\"a\":1,\"a\":2}", 11, "stands twice"},
               {"{\"a\":1,\"b\":1,\"\\u0061\":2}", 22, "stands twice"},
               {"// c\n1", 0, "a value"},
               {"[1] // c", 4, "the end"},
               {"/* c */1", 0, "a value"},
               {"{\"a\":{\"b\":[1,{\"c\":tru}]}}", 18, "a value"},
               {"\x01", 0, "0x01"},
               {"\"\x7f\"\x7f", 3, "the end"}};

TEST(everything_else_is_refused_at_its_byte) {
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    char *exact = malloc(strlen(refused[i].text) + 1), start[64]; /* exact: a checker sees reads past the end */
    size_t n = strlen(refused[i].text);
    memcpy(exact, refused[i].text, n);
    exact = realloc(exact, n ? n : 1);
    ad_json_opts opts = {.where = "t.json", .base = 100};
    CHECK(read_n(exact, n, &opts) == NULL);
    CHECK_INT(error.code, AD_E_FORMAT);
    snprintf(start, sizeof start, "t.json: byte %zu: ", 100 + refused[i].at);
    if (strncmp(error.text, start, strlen(start)) != 0 || !strstr(error.text, refused[i].why))
      CHECK_FAIL("'%s' gives '%s', expected '%s ...%s'", refused[i].text, error.text, start, refused[i].why);
    free(exact);
  }
  CHECK(read_n("\"a\0b\"", 5, NULL) == NULL);
  CHECK_STR_HAS(error.text, "json: byte 2: ");
  finish();
}

TEST(limits_hold) {
  enum { DEEP = 100000 };
  char *deep = malloc(DEEP);
  memset(deep, '[', DEEP);
  CHECK(read_n(deep, DEEP, NULL) == NULL);
  CHECK_STR(error.text, "json: byte 64: values are nested deeper than the limit of 64");
  CHECK(read_n(deep, DEEP, &(ad_json_opts){.depth = SIZE_MAX}) == NULL);
  CHECK_STR(error.text, "json: byte 512: values are nested deeper than the limit of 512");
  for (int i = 0; i < 64; i++) deep[64 + i] = ']';
  CHECK(read_n(deep, 128, NULL) != NULL);
  memset(deep, ' ', DEEP);
  CHECK(read_n(deep, DEEP, NULL) == NULL);
  CHECK_STR_HAS(error.text, "byte 100000: ");
  CHECK(read_n(deep, DEEP, &(ad_json_opts){.total = 99999}) == NULL);
  CHECK_STR_HAS(error.text, "above the limit of 99999");
  CHECK(read_n("[1,2,3]", 7, &(ad_json_opts){.values = 4}) != NULL);
  CHECK(read_n("[1,2,3]", 7, &(ad_json_opts){.values = 3}) == NULL);
  CHECK_STR_HAS(error.text, "byte 5: ");
  CHECK(read_n("\"abcd\"", 6, &(ad_json_opts){.string = 4}) != NULL);
  CHECK(read_n("\"abcde\"", 7, &(ad_json_opts){.string = 4}) == NULL);
  free(deep);
  finish();
}

TEST(large_objects_are_searched) {
  ad_mem m;
  ad_text t;
  ad__mem_init(&m, NULL);
  ad__text_init(&t, &m);
  ad_json_writer w;
  ad__json_write_init(&w, &t, 0);
  ad__json_begin(&w, '{');
  for (int i = 0; i < 2000; i++) {
    char key[32];
    size_t n = ad__format(key, sizeof key, "key%d", i * 7919 % 2000);
    ad__json_key(&w, key, n);
    ad__json_put_i64(&w, i);
  }
  ad__json_end(&w, '}');
  CHECK_INT(ad__json_write_done(&w, &error), AD_OK);
  const ad_json *v = read_n(t.data, t.length, NULL);
  CHECK_STOP(v != NULL);
  for (int i = 0; i < 2000; i++) {
    char key[32];
    int64_t value = -1;
    ad__format(key, sizeof key, "key%d", i * 7919 % 2000);
    CHECK(ad__json_i64(ad__json_get(v, key), &value) && value == i);
  }
  ad__text_free(&t);
  finish();
}

static void write_sample(ad_json_writer *w) {
  ad__json_begin(w, '{');
  ad__json_key(w, "n", 1);
  ad__json_begin(w, '[');
  ad__json_put_i64(w, INT64_MIN);
  ad__json_put_u64(w, UINT64_MAX);
  ad__json_put_f64(w, 0.1);
  ad__json_put_f32(w, 0.1f);
  ad__json_put_bool(w, true);
  ad__json_put_null(w);
  ad__json_end(w, ']');
  ad__json_key(w, "e", 1);
  ad__json_begin(w, '{');
  ad__json_end(w, '}');
  ad__json_key(w, "s\n", 2);
  ad__json_put_text(w, "\xc3\xa9\0\x7f", 4);
  ad__json_end(w, '}');
}

TEST(what_is_written_reads_back) {
  ad_mem m;
  ad_text t;
  ad_json_writer w;
  ad__mem_init(&m, NULL);
  ad__text_init(&t, &m);
  ad__json_write_init(&w, &t, 0);
  write_sample(&w);
  CHECK_INT(ad__json_write_done(&w, NULL), AD_OK);
  CHECK_STR(t.data,
            "{\"n\":[-9223372036854775808,18446744073709551615,0.1,0.1,true,null],\"e\":{},\"s\\n\":\"\xc3\xa9\\u0000\\u007f\"}");
  CHECK(read_n(t.data, t.length, NULL) != NULL);
  t.length = 0;
  ad__json_write_init(&w, &t, 2);
  write_sample(&w);
  CHECK_STR(t.data, "{\n  \"n\": [\n    -9223372036854775808,\n    18446744073709551615,\n    0.1,\n    0.1,\n    true,\n    "
                    "null\n  ],\n  \"e\": {},\n"
                    "  \"s\\n\": \"\xc3\xa9\\u0000\\u007f\"\n}");
  CHECK(read_n(t.data, t.length, NULL) != NULL);
  ad__json_write_init(&w, &t, 0);
  ad__json_put_f64(&w, (double)INFINITY);
  CHECK_INT(ad__json_write_done(&w, &error), AD_E_VALUE);
  CHECK_STR_HAS(error.text, "not finite");
  ad__json_write_init(&w, &t, 0);
  ad__json_put_text(&w, "\xff", 1);
  CHECK_INT(ad__json_write_done(&w, &error), AD_E_VALUE);
  ad__text_free(&t);
  finish();
}

TEST(cut_short_at_every_byte) {
  static const char whole[] = "{\"a\":[1,-2.5e+3,{\"b\":\"x\\u00e9\\ud83d\\ude00\"}],\"c\":true,\"d\":null}";
  for (size_t n = 0; n + 1 < sizeof whole; n++) {
    char *exact = malloc(n ? n : 1);
    memcpy(exact, whole, n);
    CHECK(read_n(exact, n, NULL) == NULL);
    CHECK_STR_HAS(error.text, "json: byte ");
    free(exact);
  }
  CHECK(read_text(whole) != NULL);
  finish();
}

static ad_status read_and_write(ad_mem *mem, void *user) {
  const ad_json *v;
  ad_arena a;
  ad_text t;
  ad_json_writer w;
  (void)user;
  ad__arena_init(&a, mem);
  ad__text_init(&t, mem);
  static const char whole[] =
      "{\"a\":[1,2,\"a string that is longer than sixty-four bytes, so that it takes a second chunk\"],\"c\":{}}";
  ad_status code = ad__json_read(&a, whole, sizeof whole - 1, NULL, &v, NULL);
  if (code == AD_OK) {
    ad__json_write_init(&w, &t, 1);
    write_sample(&w);
    code = ad__json_write_done(&w, NULL);
  }
  ad__text_free(&t);
  ad__arena_free(&a);
  return code;
}

TEST(memory_may_run_out) { counted_run_out(read_and_write, NULL); }

CHECK_MAIN(CASE(values_are_read), CASE(numbers_are_kept_exact), CASE(everything_else_is_refused_at_its_byte), CASE(limits_hold),
           CASE(large_objects_are_searched), CASE(what_is_written_reads_back), CASE(cut_short_at_every_byte),
           CASE(memory_may_run_out))
