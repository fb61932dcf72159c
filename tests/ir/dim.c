/* Symbolic dims: the normal form, limits, text both ways, and arithmetic against numbers. */
#include "ir/dim.h"

#include "check.h"
#include "ir/ctx.h"

static ad_dim parse(ad_ctx *c, const char *s) { return ad__dim_parse(c, s, strlen(s)); }

static void check_text(ad_ctx *c, ad_dim d, const char *want) {
  ad_text t;
  ad__text_init(&t, &c->mem);
  ad__dim_print(c, d, &t);
  CHECK_STR(ad__text_str(&t), want);
  ad__text_free(&t);
}

TEST(numbers_need_no_table) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_INT(ad_dim_add(c, 3, 4), 7);
  CHECK_INT(ad_dim_sub(c, 3, 4), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_mul(c, 3, 4), 12);
  CHECK_INT(ad_dim_floordiv(c, 7, 2), 3);
  CHECK_INT(ad_dim_floordiv(c, 7, 0), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_add(c, INT64_MAX, 1), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_mul(c, INT64_MAX / 2 + 1, 2), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_add(c, AD_DIM_UNKNOWN, 1), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_mul(c, 0, AD_DIM_UNKNOWN), AD_DIM_UNKNOWN);
  CHECK(c->dims == NULL);
  ad_ctx_free(c);
}

TEST(equal_expressions_are_one_code) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_dim n = ad_dim_symbol(c, "N"), m = ad_dim_symbol(c, "M");
  CHECK_INT(ad_dim_symbol(c, "N"), n);
  CHECK(n != m && n < 0 && m < 0);
  CHECK_INT(ad_dim_add(c, n, m), ad_dim_add(c, m, n));
  CHECK_INT(ad_dim_mul(c, ad_dim_add(c, n, 1), m), ad_dim_add(c, m, ad_dim_mul(c, m, n)));
  CHECK_INT(ad_dim_sub(c, ad_dim_add(c, n, m), m), n);
  CHECK_INT(ad_dim_sub(c, n, n), 0);
  CHECK_INT(ad_dim_mul(c, n, 0), 0);
  CHECK_INT(ad_dim_mul(c, n, 1), n);
  CHECK_INT(ad_dim_floordiv(c, ad_dim_mul(c, n, m), n), m);
  CHECK_INT(ad_dim_floordiv(c, ad_dim_mul(c, 6, n), 2), ad_dim_mul(c, 3, n));
  CHECK_INT(ad_dim_floordiv(c, n, n), 1);
  CHECK_INT(ad_dim_floordiv(c, ad_dim_floordiv(c, n, 2), 3), ad_dim_floordiv(c, n, 6));
  ad_ctx_free(c);
}

/* Text in, canonical text out; the second column is a fixed point. */
static const char *const texts[][2] = {
    {"7", "7"}, {"N", "N"}, {" N ", "N"}, {"1+N", "N + 1"}, {"N-1", "N - 1"}, {"2*N+3*N", "5*N"}, {"N*2", "2*N"},
    {"M*N + N*M", "2*M*N"}, {"N*N + N", "N*N + N"}, {"N + N*N", "N*N + N"}, {"(N+1)*(N-1)", "N*N - 1"},
    {"N//2", "N // 2"}, {"(N+1)//2*2", "2*((N + 1) // 2)"}, {"N // 2 + 1", "N // 2 + 1"}, {"(N+4)//2", "N // 2 + 2"},
    {"(N-1)//2", "(N + 1) // 2 - 1"}, {"(2*N + 1)//2", "N"}, {"(2*N+3)//4", "(N + 1) // 2"}, {"(4*N+6)//8", "(N + 1) // 2"},
    {"N//M", "N // M"}, {"(N//M)//2", "(N // M) // 2"}, {"N//(M*2)", "N // (2*M)"}, {"(N*M+M*K)//M", "K + N"},
    {"(N*M+1)//M", "N + 1 // M"}, {"((N//2)+1)//3", "(N + 2) // 6"}, {"3 - N + 4", "-N + 7"}, {"2-3+N", "N - 1"},
    {"N // (M + 1)", "N // (M + 1)"}, {"N*(M//3)", "N*(M // 3)"}, {"2*N//3", "2*N // 3"}, {"N_1 + a", "N_1 + a"},
    {"N - N", "0"}, {"-1 + N", "N - 1"}};

TEST(text_has_one_form) {
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    ad_ctx *c = ad_ctx_new(NULL);
    ad_dim d = parse(c, texts[i][0]);
    check_text(c, d, texts[i][1]);
    CHECK_INT(parse(c, texts[i][1]), d);
    ad_ctx_free(c);
  }
}

TEST(text_does_not_depend_on_the_order_of_making) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_dim_symbol(c, "Z");
  check_text(c, parse(c, "Z*(Y//2) + X*Y + 3 + Y//2"), "X*Y + Z*(Y // 2) + Y // 2 + 3");
  ad_ctx *d = ad_ctx_new(NULL);
  ad_dim_symbol(d, "X");
  check_text(d, parse(d, "Y//2 + 3 + Y*X + (Y//2)*Z"), "X*Y + Z*(Y // 2) + Y // 2 + 3");
  ad_ctx_free(c);
  ad_ctx_free(d);
}

TEST(what_is_no_dim_is_unknown) {
  static const char *const wrong[] = {"", " ", "+", "N+", "2N", "N 2", "(N", "N)", "N**2", "N/2", "N//0", "-1", "2-3", "N-N-1",
                                      "9223372036854775808", "9223372036854775807*N*2", "N//(1-2)", "N%2", "1.5", "é",
                                      "N*9223372036854775807 + N"};
  ad_ctx *c = ad_ctx_new(NULL);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    if (parse(c, wrong[i]) != AD_DIM_UNKNOWN) CHECK_FAIL("\"%s\" was taken as a dim", wrong[i]);
  CHECK_INT(ad_dim_symbol(c, ""), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_symbol(c, "3x"), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_symbol(c, NULL), AD_DIM_UNKNOWN);
  CHECK_INT(ad_dim_add(c, -12345, 1), AD_DIM_UNKNOWN); /* no code of this context */
  CHECK_INT(ad_dim_add(NULL, -1, 1), AD_DIM_UNKNOWN);
  ad_ctx_free(c);
}

/* ---- Against numbers ---- */

static ad_dim values[3];

static ad_dim look(void *user, const char *name) {
  int only = *(int *)user, i = name[0] - 'A';
  return only < 0 || only == i ? values[i] : AD_DIM_UNKNOWN;
}

static uint64_t random_state = 7;
static unsigned random_below(unsigned n) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
  return (unsigned)(random_state >> 33) % n;
}

/* A random expression as a dim and as a number; false when the number is negative or a divisor is 0. */
static bool random_dim(ad_ctx *c, int depth, ad_dim *d, int64_t *v) {
  if (depth == 0 || random_below(5) == 0) {
    unsigned k = random_below(5);
    *v = k < 3 ? values[k] : (int64_t)random_below(6);
    *d = k < 3 ? ad_dim_symbol(c, (const char *const[]){"A", "B", "C"}[k]) : *v;
    return true;
  }
  ad_dim a, b;
  int64_t x, y;
  if (!random_dim(c, depth - 1, &a, &x) || !random_dim(c, depth - 1, &b, &y)) return false;
  switch (random_below(4)) {
  case 0: *d = ad_dim_add(c, a, b), *v = x + y; break;
  case 1: *d = ad_dim_sub(c, a, b), *v = x - y; break;
  case 2: *d = ad_dim_mul(c, a, b), *v = x * y; break;
  default:
    if (y == 0) return false;
    *d = ad_dim_floordiv(c, a, b), *v = x / y;
  }
  return *v >= 0 && *d != AD_DIM_UNKNOWN;
}

TEST(arithmetic_means_what_numbers_mean) {
  ad_ctx *c = ad_ctx_new(NULL);
  int all = -1, seen = 0;
  for (int i = 0; i < 20000; i++) {
    for (int k = 0; k < 3; k++) values[k] = 2 + random_below(9);
    ad_dim d;
    int64_t v;
    if (!random_dim(c, 4, &d, &v)) continue;
    seen++;
    CHECK_INT(ad__dim_bind(c, d, look, &all), v);
    int one = (int)random_below(3);
    ad_dim partly = ad__dim_bind(c, d, look, &one);
    if (partly != AD_DIM_UNKNOWN) CHECK_INT(ad__dim_bind(c, partly, look, &all), v);
    ad_text t;
    ad__text_init(&t, &c->mem);
    ad__dim_print(c, d, &t);
    if (parse(c, ad__text_str(&t)) != d) CHECK_FAIL("%s does not read back", ad__text_str(&t));
    ad__text_free(&t);
  }
  CHECK(seen > 5000);
  ad_ctx_free(c);
}

/* ---- Limits ---- */

TEST(what_grows_without_bound_ends_as_unknown) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_dim d = ad_dim_add(c, ad_dim_symbol(c, "A"), ad_dim_symbol(c, "B")), p = d;
  int steps = 0;
  for (; steps < 100 && p != AD_DIM_UNKNOWN; steps++) p = ad_dim_mul(c, p, d);
  CHECK(steps > 8 && steps < 20);
  p = ad_dim_symbol(c, "A");
  for (steps = 0; steps < 100 && p != AD_DIM_UNKNOWN; steps++)
    p = ad_dim_add(c, ad_dim_mul(c, p, 3), ad_dim_floordiv(c, ad_dim_add(c, p, ad_dim_symbol(c, "B")), d));
  CHECK(steps < 20);
  char deep[200];
  memset(deep, '(', 100);
  memset(deep + 100, ')', 100);
  CHECK_INT(ad__dim_parse(c, deep, 200), AD_DIM_UNKNOWN);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(numbers_need_no_table), CASE(equal_expressions_are_one_code), CASE(text_has_one_form),
           CASE(text_does_not_depend_on_the_order_of_making), CASE(what_is_no_dim_is_unknown),
           CASE(arithmetic_means_what_numbers_mean), CASE(what_grows_without_bound_ends_as_unknown))
