/* Text: building, errors, quoting, UTF-8, and numbers both ways. */
#include "base/str.h"

#include "counted_memory.h"

static ad_mem memory;

static const char *printed(ad_text *t, double v, bool single) {
  t->length = 0;
  if (single) ad__text_f32(t, (float)v);
  else ad__text_f64(t, v);
  return ad__text_str(t);
}

TEST(floats_print_shortest) {
  ad_text t;
  ad__mem_init(&memory, NULL);
  ad__text_init(&t, &memory);
  static const struct {
    double value;
    const char *text;
  } cases[] = {{0.0, "0.0"},
               {-0.0, "-0.0"},
               {1.0, "1.0"},
               {0.1, "0.1"},
               {1e-7, "1e-07"},
               {123456.789, "123456.789"},
               {1e16, "1e+16"},
               {1e15, "1000000000000000.0"},
               {0.0001, "0.0001"},
               {0.00001, "1e-05"},
               {5e-324, "5e-324"},
               {0x1p-44, "5.684341886080802e-14"},
               {1.7976931348623157e308, "1.7976931348623157e+308"},
               {9007199254740993.0, "9007199254740992.0"},
               {-2.5, "-2.5"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) CHECK_STR(printed(&t, cases[i].value, false), cases[i].text);
  CHECK_STR(printed(&t, (double)INFINITY, false), "inf");
  CHECK_STR(printed(&t, -(double)INFINITY, false), "-inf");
  CHECK_STR(printed(&t, (double)NAN, false), "nan");
  CHECK_STR(printed(&t, (double)0.1f, true), "0.1");
  CHECK_STR(printed(&t, 16777216, true), "16777216.0");
  CHECK_STR(printed(&t, 0x1p-149, true), "1e-45");
  CHECK_STR(printed(&t, 0x1p90, true), "1.2379401e+27");
  ad__text_free(&t);
}

TEST(floats_survive_the_round_trip) {
  ad_text t;
  ad__mem_init(&memory, NULL);
  ad__text_init(&t, &memory);
  uint64_t state = 1;
  for (int i = 0; i < 20000; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t bits = state ^ state >> 29;
    if (i % 5 == 0) bits &= UINT64_C(0x7ff0000000000000);
    double v, back;
    memcpy(&v, &bits, sizeof v);
    if (isnan(v)) continue;
    printed(&t, v, false);
    CHECK(ad__parse_f64(t.data, t.length, &back) && memcmp(&v, &back, sizeof v) == 0);
    uint32_t short_bits = (uint32_t)bits;
    float f, f_back;
    memcpy(&f, &short_bits, sizeof f);
    if (isnan(f)) continue;
    printed(&t, (double)f, true);
    CHECK(ad__parse_f32(t.data, t.length, &f_back) && memcmp(&f, &f_back, sizeof f) == 0);
  }
  ad__text_free(&t);
}

TEST(numbers_are_read_whole) {
  static const char *const good[] = {"1",    "-1",  "+1",   "1.",  ".5",    "1e5",
                                     "1E-5", "inf", "-inf", "nan", "00012", "1e999999999999999999999"};
  static const char *const bad[] = {"",   "+",    "-",     ".",        "e5",  "1e",  "1e+", "1 ",
                                    " 1", "0x10", "1.2.3", "infinity", "1_0", "1,5", "--1"};
  double v;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) CHECK(ad__parse_f64(good[i], strlen(good[i]), &v));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    if (ad__parse_f64(bad[i], strlen(bad[i]), &v)) CHECK_FAIL("'%s' is read as %g", bad[i], v);
  CHECK(ad__parse_f64("1e999", 5, &v) && isinf(v));
  CHECK(ad__parse_f64("1e-999", 6, &v) && v == 0);
  CHECK(ad__parse_f64("0.1", 3, &v) && v == 0.1);
  CHECK(ad__parse_f64("1e5", 1, &v) && v == 1);

  /* Halfway between 1 and the next double, then a hair above: 1 + 2^-53 has 53 decimals. */
  char text[2100] = "1.00000000000000011102230246251565404236316680908203125";
  CHECK(ad__parse_f64(text, strlen(text), &v) && v == 1.0);
  size_t n = strlen(text);
  memset(text + n, '0', 2000);
  text[n + 1999] = '1';
  CHECK(ad__parse_f64(text, n + 2000, &v) && v == 1.0 + 0x1p-52);
  memset(text, '0', 2000);
  text[1] = '.', text[1999] = '7';
  CHECK(ad__parse_f64(text, 2000, &v) && v == 0);
  memcpy(text + 2000, "e1998", 5);
  CHECK(ad__parse_f64(text, 2005, &v) && v == 7);
}

TEST(integers_are_exact) {
  int64_t v;
  CHECK(ad__parse_i64("9223372036854775807", 19, &v) && v == INT64_MAX);
  CHECK(ad__parse_i64("-9223372036854775808", 20, &v) && v == INT64_MIN);
  CHECK(!ad__parse_i64("9223372036854775808", 19, &v));
  CHECK(!ad__parse_i64("-9223372036854775809", 20, &v));
  CHECK(!ad__parse_i64("99999999999999999999", 20, &v));
  CHECK(ad__parse_i64("-0", 2, &v) && v == 0);
  CHECK(!ad__parse_i64("", 0, &v) && !ad__parse_i64("-", 1, &v) && !ad__parse_i64("1e5", 3, &v) && !ad__parse_i64("1.0", 3, &v));
}

TEST(text_grows_and_fails_once) {
  struct counted_memory c;
  counted_begin(&c, 0);
  ad_text t;
  ad__text_init(&t, &c.mem);
  CHECK_STR(ad__text_str(&t), "");
  for (int i = 0; i < 1000; i++) ad__text_fmt(&t, "%d,", i);
  ad__text_fmt(&t, "%0300d", 7);
  CHECK_INT(t.length, 10 * 2 + 90 * 3 + 900 * 4 + 300);
  CHECK_INT(strlen(t.data), t.length);
  c.refuse = c.asked + 1;
  size_t before = t.length;
  for (int i = 0; i < 100000 && !t.failed; i++) ad__text_char(&t, 'x');
  CHECK(t.failed);
  CHECK(t.length >= before && strlen(t.data) == t.length);
  ad__text_add(&t, "dropped");
  CHECK_INT(strlen(t.data), t.length);
  ad__text_free(&t);
  CHECK_INT(c.live, 0);
}

TEST(quoting_escapes_what_steers_a_terminal) {
  ad_text t;
  ad__mem_init(&memory, NULL);
  ad__text_init(&t, &memory);
  static const char raw[] = "a\"\\\n\t\r\x1b[0m\0\x7f\xff\xc3\xa9\xe2\x80\xae";
  ad__text_quoted(&t, raw, sizeof raw - 1);
  CHECK_STR(t.data, "\"a\\\"\\\\\\n\\t\\r\\u001b[0m\\u0000\\u007f\\xff\xc3\xa9\\u202e\"");
  ad__text_free(&t);
}

TEST(utf8_is_checked) {
  static const struct {
    const char *text;
    size_t n, bad;
  } cases[] = {{"", 0, 0},
               {"abc", 3, 3},
               {"\xc3\xa9", 2, 2},
               {"\xe2\x82\xac", 3, 3},
               {"\xf0\x9f\x98\x80", 4, 4},
               {"\xf4\x8f\xbf\xbf", 4, 4},
               {"a\x80", 2, 1},
               {"\xc0\x80", 2, 0},
               {"\xe0\x9f\xbf", 3, 0},
               {"\xed\xa0\x80", 3, 0},
               {"\xf4\x90\x80\x80", 4, 0},
               {"\xf8\x88\x80\x80\x80", 5, 0},
               {"ab\xe2\x82", 4, 2},
               {"\xc3", 1, 0},
               {"\xf0\x9f\x98", 3, 0},
               {"\xff", 1, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) CHECK_INT(ad__utf8_check(cases[i].text, cases[i].n), cases[i].bad);
}

TEST(errors_are_cut_at_a_character) {
  ad_err e;
  char longer[2 * AD_ERR_TEXT];
  for (int shift = 0; shift < 3; shift++) { /* the euro sign has three bytes; cut it after the first, the second, the third */
    memset(longer, 'x', sizeof longer);
    for (size_t i = (size_t)shift; i + 3 < sizeof longer; i += 3) memcpy(longer + i, "\xe2\x82\xac", 3);
    longer[sizeof longer - 1] = 0;
    CHECK_INT(ad__fail(&e, AD_E_VALUE, "%s", longer), AD_E_VALUE);
    size_t n = strlen(e.text);
    CHECK(n > AD_ERR_TEXT - 5 && n < AD_ERR_TEXT);
    CHECK_INT(ad__utf8_check(e.text, n), n);
  }
  CHECK_INT(ad__fail(NULL, AD_E_OS, "nobody asks"), AD_E_OS);
  ad__fail(&e, AD_E_KEY, "%d", 5);
  CHECK_STR(e.text, "5");
  char small[4];
  CHECK_INT(ad__format(small, sizeof small, "%s", "abcdef"), 3);
  CHECK_STR(small, "abc");
}

TEST(status_codes_have_words) {
  CHECK_STR(ad_status_name(AD_OK), "OK");
  CHECK_STR(ad_status_name(AD_E_FORMAT), "E_FORMAT");
  CHECK_STR(ad_status_exception(AD_E_VALUE), "ValueError");
  CHECK_STR(ad_status_exception(AD_OK), "");
  CHECK_STR(ad_status_name((ad_status)-1), "unknown status");
  CHECK_STR(ad_status_name(AD_STATUS_COUNT), "unknown status");
  for (int s = 0; s < AD_STATUS_COUNT; s++) CHECK(strlen(ad_status_meaning((ad_status)s)) > 5);
}

CHECK_MAIN(CASE(floats_print_shortest), CASE(floats_survive_the_round_trip), CASE(numbers_are_read_whole),
           CASE(integers_are_exact), CASE(text_grows_and_fails_once), CASE(quoting_escapes_what_steers_a_terminal),
           CASE(utf8_is_checked), CASE(errors_are_cut_at_a_character), CASE(status_codes_have_words))
