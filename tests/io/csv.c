/* CSV: quotes, headers, kinds of columns, empty fields, long lines, and what is refused at which line. */
#define _POSIX_C_SOURCE 200809L
#include <adamant/adamant.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"

static char path[256];
static ad_ctx *ctx;

/* The text as a file, loaded. */
static ad_array *load_n(const char *text, size_t n, const ad_csv_opts *opts) {
  const char *out = getenv("AD_TEST_OUT");
  snprintf(path, sizeof path, "%s/t-%ld.csv", out ? out : "/tmp", (long)getpid());
  FILE *f = fopen(path, "wb");
  if (!f || fwrite(text, 1, n, f) != n || fclose(f)) CHECK_FAIL("%s cannot be written", path);
  ad_array *y = ad_load_csv(ctx, path, opts);
  return y;
}
static ad_array *load(const char *text, const ad_csv_opts *opts) { return load_n(text, strlen(text), opts); }

static void check_column(ad_array *t, const char *name, ad_dtype dtype, const double *want, int64_t n) {
  ad_array *a = ad_field(t, name);
  if (ad_is_error(a)) {
    CHECK_FAIL("%s: %s", name, ad_error_text(a));
    return;
  }
  CHECK_INT(ad_array_dtype(a), dtype);
  CHECK_INT(ad_array_size(a), n);
  const double *v = ad_data(ad_cast(a, AD_FLOAT64));
  for (int64_t i = 0; i < n && i < ad_array_size(a); i++) CHECK_NEAR(v[i], want[i], 0);
}
#define COLUMN(t, name, dtype, ...) \
  check_column(t, name, dtype, (const double[]){__VA_ARGS__}, (int64_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))

TEST(kinds_of_columns) {
  ctx = ad_ctx_new(NULL);
  ad_array *t = load("a,b,c,d,e\n1,0.5,true,,7\n-2, 1e3 ,False,,\n+3,-inf,TRUE,,9\n", NULL);
  CHECK_STR(ad_error_text(t), "");
  CHECK_STR(ad_item_name(t, 3), "d");
  COLUMN(t, "a", AD_INT64, 1, -2, 3);
  COLUMN(t, "b", AD_FLOAT32, 0.5, 1000, -INFINITY);
  COLUMN(t, "c", AD_BOOL, 1, 0, 1);
  COLUMN(t, "d", AD_FLOAT32, NAN, NAN, NAN);
  COLUMN(t, "e", AD_FLOAT32, 7, NAN, 9);
  t = load("x\n9223372036854775807\n9223372036854775808\n", &(ad_csv_opts){.dtype = AD_FLOAT64});
  COLUMN(t, "x", AD_FLOAT64, 9223372036854775807.0, 9223372036854775808.0);
  t = load("x\n0.1\nNaN\n", &(ad_csv_opts){.dtype = AD_FLOAT64});
  COLUMN(t, "x", AD_FLOAT64, 0.1, NAN);
  ad_ctx_free(ctx);
}

TEST(quotes_breaks_and_separators) {
  ctx = ad_ctx_new(NULL);
  ad_array *t = load("\xEF\xBB\xBF\"a, \"\"b\"\"\n\", c \r\n\"1\" ,2\r\n\r\n3,4", NULL);
  CHECK_STR(ad_error_text(t), "");
  CHECK_STR(ad_item_name(t, 0), "a, \"b\"\n");
  CHECK_STR(ad_item_name(t, 1), "c");
  COLUMN(t, "c", AD_INT64, 2, 4);
  COLUMN(t, "a, \"b\"\n", AD_INT64, 1, 3);
  t = load("1;2\n3;4\n", &(ad_csv_opts){.separator = ';', .no_header = true});
  COLUMN(t, "c1", AD_INT64, 2, 4);
  t = load("1\t\n3\t4\n", &(ad_csv_opts){.separator = '\t', .no_header = true});
  COLUMN(t, "c1", AD_FLOAT32, NAN, 4);
  t = load("x\n1\n\n3\n", NULL); /* of one column an empty line is an empty field */
  COLUMN(t, "x", AD_FLOAT32, 1, NAN, 3);
  t = load("x,y\n", NULL);
  CHECK_INT(ad_array_size(ad_field(t, "y")), 0);
  t = load("7", &(ad_csv_opts){.no_header = true});
  COLUMN(t, "c0", AD_INT64, 7);
  ad_ctx_free(ctx);
}

static char told[200];
static void tell(void *user, const char *name, int32_t code, const char *text) {
  (void)user;
  size_t n = strlen(told);
  snprintf(told + n, sizeof told - n, "%s %d=%s;", name, (int)code, text);
}

TEST(labels) {
  ctx = ad_ctx_new(NULL);
  ad_array *t = load("kind,n\niris,1\nrose,2\niris,3\n\"\",4\n12,5\n", &(ad_csv_opts){.label = tell});
  COLUMN(t, "kind", AD_INT32, 0, 1, 0, 2, 3);
  COLUMN(t, "n", AD_INT64, 1, 2, 3, 4, 5);
  CHECK_STR(told, "kind 0=iris;kind 1=rose;kind 2=;kind 3=12;");
  ad_ctx_free(ctx);
}

TEST(long_lines) {
  ctx = ad_ctx_new(NULL);
  enum { COLUMNS = 20000 };
  char *text = malloc(COLUMNS * 24), *at = text;
  for (int i = 0; i < COLUMNS; i++) at += sprintf(at, "%d%c", i, i < COLUMNS - 1 ? ',' : '\n');
  for (int i = 0; i < 400000 && i < COLUMNS * 10; i++) *at++ = ' ';
  ad_array *t = load_n(text, (size_t)(at - text), &(ad_csv_opts){.no_header = true}); /* the last line is one field of spaces */
  CHECK_STR_HAS(ad_error_text(t), ".csv:2: 1 fields; 20000, as in line 1, are right");
  t = load_n(text, strlen("0,1,2,3,4"), &(ad_csv_opts){.no_header = true});
  COLUMN(t, "c4", AD_INT64, 4);
  at = text + sprintf(text, "x\n\"");
  memset(at, 'q', 400000);
  memcpy(at + 400000, "\"\n", 2);
  t = load_n(text, (size_t)(at + 400002 - text), NULL);
  CHECK_STR_HAS(ad_error_text(t), ".csv:2: column x: \"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\" is no number");
  free(text);
  ad_ctx_free(ctx);
}

static void refuse(const char *text, const ad_csv_opts *opts, ad_status code, const char *part) {
  ad_array *t = load(text, opts);
  CHECK_INT(ad_error_code(t), code);
  CHECK_STR_HAS(ad_error_text(t), part);
}

TEST(refusals_name_the_line) {
  ctx = ad_ctx_new(NULL);
  refuse("a,b\n1,2\n\n\"3\n\",4\n5\n", NULL, AD_E_FORMAT, ".csv:6: 1 fields; 2, as in line 1, are right");
  refuse("a,b\n1,2,3\n", NULL, AD_E_FORMAT, ".csv:2: 3 fields; 2, as in line 1, are right");
  refuse("a,b\n1,2\n1,two\n", NULL, AD_E_FORMAT, ".csv:3: column b: \"two\" is no number; a number as above is right, or a label function for text");
  refuse("a\n\"1\n", NULL, AD_E_FORMAT, ".csv:2: a quote that nothing closes");
  refuse("a\n\"1\"x\n", NULL, AD_E_FORMAT, ".csv:2: text behind a closing quote");
  refuse("a,a\n1,2\n", NULL, AD_E_FORMAT, ".csv:1: columns 1 and 2 are both called \"a\"");
  refuse("a\ntrue\n\n", NULL, AD_E_FORMAT, "column a has empty fields among true and false");
  refuse("", NULL, AD_E_FORMAT, "an empty file");
  refuse("a\n1\n", &(ad_csv_opts){.dtype = AD_INT32}, AD_E_TYPE, "numbers of dtype int32; float32 or float64 is right");
  CHECK_STR_HAS(ad_error_text(ad_load_csv(ctx, "/nowhere/at/all.csv", NULL)), "load_csv: /nowhere/at/all.csv: cannot open for reading");
  remove(path);
  ad_ctx_free(ctx);
}

CHECK_MAIN(CASE(kinds_of_columns), CASE(quotes_breaks_and_separators), CASE(labels), CASE(long_lines), CASE(refusals_name_the_line))
