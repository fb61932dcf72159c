/* Random numbers: reference words and numbers, moments and distributions for fixed keys, keys, state, errors. */
#include <stdlib.h>
#include "base/threefry.h"
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 2}); }

#define WITH_CONTEXT(name)                 \
  static void body_##name(ad_ctx *c);      \
  TEST(name) {                             \
    ad_ctx *c = ctx();                     \
    ad_scope *s = ad_scope_begin(c);       \
    body_##name(c);                        \
    ad_scope_end(s, NULL);                 \
    CHECK_INT(ad_ctx_live_arrays(c), 0);   \
    ad_ctx_free(c);                        \
  }                                        \
  static void body_##name(ad_ctx *c)

/* Distance in units of the last place. */
static int64_t ulps(float a, float b) {
  int32_t i, k;
  memcpy(&i, &a, sizeof i);
  memcpy(&k, &b, sizeof k);
  int64_t x = i < 0 ? INT32_MIN - (int64_t)i : i, y = k < 0 ? INT32_MIN - (int64_t)k : k;
  return x < y ? y - x : x - y;
}

static void check_near(int line, ad_array *a, const float *want, size_t n, int64_t allowed) {
  float got[16];
  if (ad_read(a, got, n * sizeof *got)) {
    CHECK_FAIL("line %d: %s", line, ad_error_text(a));
    return;
  }
  for (size_t i = 0; i < n; i++)
    if (ulps(got[i], want[i]) > allowed) CHECK_FAIL("line %d: element %zu is %.9g, expected %.9g", line, i, got[i], want[i]);
}
#define NEAR(a, allowed, ...) \
  check_near(__LINE__, (a), (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float), (allowed))

/* ---- reference values ---- */

/* The known answers that the Random123 library publishes for threefry2x32 with 20 rounds. */
TEST(random123_vectors) {
  static const struct { uint32_t counter[2], key[2], want[2]; } rows[] = {
      {{0, 0}, {0, 0}, {0x6b200159, 0x99ba4efe}},
      {{0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}, {0x1cb996fc, 0xbb002be7}},
      {{0x243f6a88, 0x85a308d3}, {0x13198a2e, 0x03707344}, {0xc4923a9c, 0x483df7a0}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    uint32_t w[2];
    ad_threefry(rows[i].key[0], rows[i].key[1], rows[i].counter[0], rows[i].counter[1], &w[0], &w[1]);
    CHECK_MEM(w, rows[i].want, sizeof w);
  }
}

WITH_CONTEXT(reference_words) {
  ad_array *key = ad_random_key(c, 0);
  CHECK_FLOATS(key, 0, 0);
  CHECK_FLOATS(ad_random_key(c, (int64_t)0xfedcba9876543210), 0xfedcba98, 0x76543210);
  CHECK_FLOATS(ad_random_split(key, NULL), 4146024105, 967050713, 2718843009, 1272950319);
  CHECK_FLOATS(ad_random_bits(key, AD_SHAPE(4), NULL), 0xf71f4ea9, 0x39a405d9, 0xa20e4081, 0x4bdfae2f);
  CHECK_FLOATS(ad_random_bits(key, AD_SHAPE(3), NULL), 0xf71f4ea9, 0x508efb2c, 0xa20e4081);
  CHECK_FLOATS(ad_random_bits(key, AD_SHAPE(1), NULL), 0x6b200159);
  CHECK_FLOATS(ad_random_bits(ad_random_key(c, 42), AD_SHAPE(2), NULL), 0x03d7b32d, 0xadd083f4);
  CHECK_FLOATS(ad_random_bits(key, AD_SHAPE(5), &(ad_random_bits_opts){.width = AD_INT(2)}), 0x4ea9, 0xf71f, 0xfb2c, 0x508e, 0x4081);
}

WITH_CONTEXT(reference_numbers) {
  ad_array *key = ad_random_key(c, 0), *zero = ad_number_int(c, 0), *one = ad_number(c, 1);
  NEAR(ad_random_uniform(c, key, NULL, NULL, AD_SHAPE(4), NULL), 0, 0.9653214812f, 0.2251590341f, 0.6330299973f, 0.2963818312f);
  NEAR(ad_random_normal(c, key, NULL, NULL, AD_SHAPE(4), NULL), 2, 0x1.d0eb16p+0f, -0x1.828042p-1f, 0x1.5c0beep-2f, -0x1.11d5fp-1f);
  CHECK_FLOATS(ad_random_randint(key, zero, ad_number_int(c, 100), AD_SHAPE(5), NULL), 57, 9, 39, 89, 59);
  CHECK_FLOATS(ad_random_permutation(c, key, NULL, &(ad_random_permutation_opts){.n = AD_INT(8)}), 4, 6, 1, 2, 0, 7, 3, 5);
  CHECK_FLOATS(ad_random_bernoulli(c, key, ad_number(c, 0.5), AD_SHAPE(6)), 0, 1, 0, 0, 0, 1);
  CHECK_FLOATS(ad_random_bernoulli(c, key, NULL, AD_SHAPE(6)), 0, 1, 0, 0, 0, 1);
  ad_array *logits = ad_zeros(c, AD_SHAPE(5), NULL);
  CHECK_FLOATS(ad_random_categorical(key, logits, &(ad_random_categorical_opts){.shape = AD_INTS(6)}), 2, 0, 3, 4, 2, 2);
  NEAR(ad_random_gumbel(c, key, AD_SHAPE(3), NULL), 2, 3.34403968f, -0.14513324f, 0.78255236f);
  NEAR(ad_random_laplace(c, key, NULL, NULL, AD_SHAPE(3), NULL), 2, -2.66848850f, 0.46304631f, -0.30932808f);
  /* Given as 0.90652138, -0.32263678, 0.22965013 with an erf of seven digits; these are of the exact one. */
  NEAR(ad_random_truncated_normal(key, ad_number(c, -1), one, AD_SHAPE(3), NULL), 2, 0.906521564f, -0.322636809f, 0.229650094f);
  CHECK_FLOATS(ad_random_uniform(c, key, NULL, NULL, AD_SHAPE(3), &(ad_random_uniform_opts){.dtype = AD_BFLOAT16}), 0.96484375,
               0.314453125, 0.6328125);
}

WITH_CONTEXT(state_is_split) {
  uint32_t words[2], again[2];
  ad_random_seed(c, 0);
  NEAR(ad_random_uniform(c, NULL, NULL, NULL, AD_SHAPE(), NULL), 0, 0.1053690389f);
  ad_random_state(c, words);
  NEAR(ad_random_uniform(c, NULL, NULL, NULL, AD_SHAPE(), NULL), 0, 0.2787191868f);
  ad_random_restore(c, words);
  ad_array *key = ad_random_next_key(c);
  NEAR(ad_random_uniform(c, key, NULL, NULL, AD_SHAPE(), NULL), 0, 0.2787191868f);
  ad_random_seed(c, 7);
  ad_array *one = ad_random_permutation(c, NULL, NULL, &(ad_random_permutation_opts){.n = AD_INT(1000)});
  ad_array *other = ad_random_permutation(c, NULL, NULL, &(ad_random_permutation_opts){.n = AD_INT(1000)});
  CHECK(memcmp(ad_data(one), ad_data(other), 4000) != 0);
  ad_random_state(c, words);
  CHECK_FAILS(ad_random_randint(NULL, one, NULL, AD_SHAPE(3), NULL), AD_E_VALUE, "input 2 is NULL");
  CHECK_INT(ad_array_dim(ad_random_randint(NULL, ad_number_int(c, 0), ad_number_int(c, 9), AD_SHAPE(3), NULL), 0), 3);
  ad_random_state(c, again);
  CHECK(memcmp(words, again, sizeof words) != 0);
  CHECK_INT(ad_error_code(ad_random_next_key(NULL)), AD_E_VALUE);
  ad_random_seed(NULL, 1);
}

/* In a graph the key is drawn when the node is made: a constant. */
WITH_CONTEXT(keys_of_graphs_are_constants) {
  ad_random_seed(c, 0);
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *low = ad_graph_param(g, "low", AD_FLOAT32, AD_SHAPE()), *zero = ad_zeros(c, AD_SHAPE(), NULL);
  ad_array *y = ad_random_uniform(c, NULL, low, NULL, AD_SHAPE(), NULL);
  CHECK_INT(ad_graph_result(g, y), AD_OK);
  for (int i = 0; i < 2; i++) NEAR(ad_graph_call(g, &zero, 1), 0, 0.1053690389f);
  CHECK_INT(ad_error_code(ad_random_uniform(c, NULL, low, ad_zeros(c, AD_SHAPE(3), NULL), AD_SHAPE(2), NULL)), AD_E_VALUE);
  ad_graph_free(g);
}

TEST(clocks_seed_what_was_never_seeded) {
  uint32_t words[2][2];
  for (int i = 0; i < 2; i++) {
    ad_ctx *c = ctx();
    ad_random_state(c, words[i]);
    ad_ctx_free(c);
  }
  CHECK(memcmp(words[0], words[1], sizeof words[0]) != 0);
}

/* ---- distributions ---- */

enum { DRAWS = 40000 };

static double uniform_cdf(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
static double normal_cdf(double x) { return 0.5 * erfc(-x / sqrt(2)); }
static double gumbel_cdf(double x) { return exp(-exp(-x)); }
static double laplace_cdf(double x) { return x < 0 ? 0.5 * exp(x) : 1 - 0.5 * exp(-x); }
static double truncated_cdf(double x) { return (normal_cdf(x) - normal_cdf(-1)) / (normal_cdf(2) - normal_cdf(-1)); }

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov: sqrt(n) times the largest distance exceeds 1.95 once in a thousand keys; the keys are fixed. */
static void check_distribution(int line, ad_array *a, double (*cdf)(double)) {
  static double v[DRAWS];
  double worst = 0;
  a = ad_cast(a, AD_FLOAT64);
  if (ad_read(a, v, sizeof v)) {
    CHECK_FAIL("line %d: %s", line, ad_error_text(a));
    return;
  }
  qsort(v, DRAWS, sizeof *v, ascending);
  for (int i = 0; i < DRAWS; i++) worst = fmax(worst, fmax(fabs(cdf(v[i]) - i / (double)DRAWS), fabs(cdf(v[i]) - (i + 1) / (double)DRAWS)));
  if (!(worst * sqrt(DRAWS) < 1.95)) CHECK_FAIL("line %d: distance %g", line, worst * sqrt(DRAWS));
}
#define DISTRIBUTED(a, cdf) check_distribution(__LINE__, (a), (cdf))

WITH_CONTEXT(kolmogorov_smirnov) {
  ad_array *key = ad_random_key(c, 2024);
  for (int k = 0; k < 2; k++) {
    ad_dtype t = k ? AD_FLOAT64 : AD_FLOAT32;
    DISTRIBUTED(ad_random_uniform(c, key, NULL, NULL, AD_SHAPE(DRAWS), &(ad_random_uniform_opts){.dtype = t}), uniform_cdf);
    DISTRIBUTED(ad_random_normal(c, key, NULL, NULL, AD_SHAPE(DRAWS), &(ad_random_normal_opts){.dtype = t}), normal_cdf);
    DISTRIBUTED(ad_random_gumbel(c, key, AD_SHAPE(DRAWS), &(ad_random_gumbel_opts){.dtype = t}), gumbel_cdf);
    DISTRIBUTED(ad_random_laplace(c, key, NULL, NULL, AD_SHAPE(DRAWS), &(ad_random_laplace_opts){.dtype = t}), laplace_cdf);
    DISTRIBUTED(ad_random_truncated_normal(key, ad_number(c, -1), ad_number(c, 2), AD_SHAPE(DRAWS),
                                           &(ad_random_truncated_normal_opts){.dtype = t}), truncated_cdf);
  }
  ad_array *big = ad_random_randint(key, ad_number_int(c, INT64_MIN), ad_number_int(c, INT64_MAX), AD_SHAPE(DRAWS),
                                    &(ad_random_randint_opts){.dtype = AD_INT64});
  DISTRIBUTED(ad_add(ad_multiply(ad_cast(big, AD_FLOAT64), ad_number(c, 0x1p-64)), ad_number(c, 0.5)), uniform_cdf);
}

static double mean_of(ad_array *a) {
  double v = NAN;
  ad_read(ad_mean(ad_cast(a, AD_FLOAT64), NULL), &v, sizeof v);
  return v;
}

WITH_CONTEXT(moments) {
  ad_array *key = ad_random_key(c, 5), *x;
  const double rough = 5 / sqrt(DRAWS); /* five standard deviations of a mean */
  x = ad_random_normal(c, key, ad_number(c, 3), ad_number(c, 2), AD_SHAPE(DRAWS), NULL);
  CHECK_NEAR(mean_of(x), 3, 2 * rough);
  CHECK_NEAR(mean_of(ad_square(ad_subtract(x, ad_number(c, 3)))), 4, 6 * rough);
  x = ad_random_normal(c, key, NULL, NULL, AD_SHAPE(DRAWS), &(ad_random_normal_opts){.dtype = AD_COMPLEX64});
  CHECK_NEAR(mean_of(ad_square(ad_real(x))), 0.5, rough);
  CHECK_NEAR(mean_of(ad_square(ad_imag(x))), 0.5, rough);
  CHECK_NEAR(mean_of(ad_multiply(ad_imag(x), ad_real(x))), 0, rough);
  x = ad_random_normal(c, key, NULL, NULL, AD_SHAPE(DRAWS), &(ad_random_normal_opts){.dtype = AD_COMPLEX128});
  CHECK_NEAR(mean_of(ad_square(ad_real(x))), 0.5, rough);
  CHECK_NEAR(mean_of(ad_random_bernoulli(c, key, ad_number(c, 0.3), AD_SHAPE(DRAWS))), 0.3, rough);
  CHECK_NEAR(mean_of(ad_random_bernoulli(c, key, ad_number(c, 1), AD_SHAPE(DRAWS))), 1, 0);
  CHECK_NEAR(mean_of(ad_random_bernoulli(c, key, ad_number(c, 0), AD_SHAPE(DRAWS))), 0, 0);
}

/* Both ways of drawing from logits, with choices that must never come. */
WITH_CONTEXT(choices) {
  const double p[] = {0, 0.5, 0.25, 0, 0.25, 0};
  ad_array *key = ad_random_key(c, 9), *logits = ad_log(ad_array_new(c, AD_FLOAT64, AD_SHAPE(6), p));
  ad_array *rows = ad_broadcast_to(logits, AD_SHAPE(2, 6)), *y[] = {
      ad_random_categorical(key, logits, &(ad_random_categorical_opts){.shape = AD_INTS(DRAWS)}),
      ad_random_categorical(key, logits, &(ad_random_categorical_opts){.num_samples = AD_INT(DRAWS)}),
      ad_random_categorical(key, rows, &(ad_random_categorical_opts){.num_samples = AD_INT(DRAWS / 2)}),
      ad_random_categorical(key, ad_transpose(rows, NULL), &(ad_random_categorical_opts){.axis = AD_INT(0), .shape = AD_INTS(DRAWS / 2, 2)})};
  for (int k = 0; k < 4; k++) {
    CHECK_INT(ad_array_dtype(y[k]), AD_UINT32);
    for (int i = 0; i < 6; i++)
      CHECK_NEAR(mean_of(ad_equal(y[k], ad_number_int(c, i))), p[i], p[i] ? 5 / sqrt(DRAWS) : 0);
  }
  CHECK_INT(ad_array_rank(ad_random_categorical(key, rows, NULL)), 1);
}

/* ---- integers ---- */

WITH_CONTEXT(integers) {
  ad_array *key = ad_random_key(c, 3), *low = ad_number_int(c, -3), *high = ad_number_int(c, 4), *y;
  for (int t = AD_INT8; t <= AD_INT64; t++) {
    y = ad_random_randint(key, low, high, AD_SHAPE(1000), &(ad_random_randint_opts){.dtype = (ad_dtype)t});
    CHECK_INT(ad_array_dtype(y), t);
    CHECK_FLOATS(ad_cast(ad_min(y, NULL), AD_FLOAT64), -3);
    CHECK_FLOATS(ad_cast(ad_max(y, NULL), AD_FLOAT64), 3);
  }
  /* Bounds that float32 does not hold: every value still comes. */
  const int64_t far = ((int64_t)1 << 40) + 1;
  ad_random_randint_opts wide = {.dtype = AD_INT64};
  y = ad_random_randint(key, ad_number_int(c, far), ad_number_int(c, far + 5), AD_SHAPE(1000), &wide);
  for (int i = 0; i < 5; i++) CHECK_NEAR(mean_of(ad_equal(y, ad_number_int(c, far + i))), 0.2, 0.08);
  y = ad_random_randint(key, ad_number_int(c, 0), ad_number_int(c, (int64_t)1 << 26), AD_SHAPE(1000), NULL);
  CHECK_NEAR(mean_of(ad_equal(ad_bitwise_and(y, ad_number_int(c, 1)), ad_number_int(c, 1))), 0.5, 0.1);
  /* Bounds as arrays: each element by its own size; an empty range gives low. */
  const int64_t lows[] = {0, 0, 7, far}, highs[] = {100, (int64_t)1 << 30, 7, far + 1};
  ad_array *a = ad_array_new(c, AD_INT64, AD_SHAPE(4), lows), *b = ad_array_new(c, AD_INT64, AD_SHAPE(4), highs);
  const int64_t *v = ad_data(ad_random_randint(key, a, b, AD_SHAPE(500, 4), &wide));
  CHECK_STOP(v);
  for (int i = 0; i < 500; i++) {
    if (v[4 * i] < 0 || v[4 * i] >= 100) CHECK_FAIL("%lld", (long long)v[4 * i]);
    if (v[4 * i + 1] < 0 || v[4 * i + 1] >= highs[1]) CHECK_FAIL("%lld", (long long)v[4 * i + 1]);
    if (v[4 * i + 2] != 7 || v[4 * i + 3] != far) CHECK_FAIL("%lld %lld", (long long)v[4 * i + 2], (long long)v[4 * i + 3]);
  }
  CHECK_FAILS(ad_random_randint(key, high, low, AD_SHAPE(3), NULL), AD_E_VALUE,
              "random_randint: low 4 and high -3; there is no number to draw; low below high is right");
  CHECK_FAILS(ad_random_randint(key, low, low, AD_SHAPE(3), NULL), AD_E_VALUE, "low -3 and high -3");
}

WITH_CONTEXT(permutations) {
  ad_array *key = ad_random_key(c, 11), *x = ad_reshape(ad_arange(c, 0, 12, NULL), AD_SHAPE(4, 3));
  ad_array *rows = ad_random_permutation(c, key, x, NULL);
  ad_array *columns = ad_random_permutation(c, key, x, &(ad_random_permutation_opts){.axis = AD_INT(-1)});
  CHECK_FLOATS(ad_sort(rows, &(ad_sort_opts){.axis = AD_INT(0)}), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  CHECK_FLOATS(ad_sort(columns, NULL), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  CHECK_FLOATS(ad_diff(rows, NULL, NULL, NULL), 1, 1, 1, 1, 1, 1, 1, 1);
  ad_array *n = ad_random_permutation(c, key, NULL, &(ad_random_permutation_opts){.n = AD_INT(5000)});
  CHECK_INT(ad_array_dtype(n), AD_UINT32);
  ad_array *same = ad_all(ad_equal(ad_sort(n, NULL), ad_arange(c, 0, 5000, &(ad_arange_opts){.dtype = AD_UINT32})), NULL);
  CHECK_FLOATS(ad_cast(same, AD_UINT8), 1);
}

/* ---- keys, shapes, kernels ---- */

WITH_CONTEXT(each_key_fills_its_block) {
  ad_array *keys = ad_random_split(ad_random_key(c, 1), &(ad_random_split_opts){.num = AD_INT(3)});
  ad_array *all = ad_random_normal(c, keys, NULL, NULL, AD_SHAPE(5, 7), NULL);
  CHECK_INT(ad_array_rank(all), 3);
  const float *v = ad_data(all);
  for (int k = 0; k < 3; k++) {
    ad_array *key = ad_index(keys, AD_AT(k)), *one = ad_random_normal(c, key, NULL, NULL, AD_SHAPE(5, 7), NULL);
    CHECK_MEM(v + 35 * k, ad_data(one), 35 * sizeof *v);
  }
  CHECK_INT(ad_array_size(ad_random_uniform(c, keys, NULL, NULL, AD_SHAPE(4, 0), NULL)), 0);
  CHECK_INT(ad_eval(ad_random_uniform(c, keys, NULL, NULL, AD_SHAPE(4, 0), NULL)), AD_OK);
}

static const char *const isas[] = {"portable", "avx2", "avx512"};

/* The numbers of the kernels are those of the composition, for any count of words, threads, instructions. A parameter
 * that is an array is composed. */
TEST(kernels_equal_composition) {
  static const int64_t sizes[] = {1, 2, 3, 31, 1023, 2049, 100003, 2100001};
  for (int i = 0; i < 3; i++)
    for (int threads = 1; threads <= 2; threads++) {
      ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads, .isa = isas[i]});
      for (size_t k = 0; k < sizeof sizes / sizeof *sizes && !ad_ctx_status(c); k++) {
        ad_scope *s = ad_scope_begin(c);
        ad_shape shape = AD_SHAPE(sizes[k]);
        ad_array *key = ad_random_key(c, 77 + (int64_t)k), *low = ad_number(c, -0.3), *scale = ad_number(c, 1.7);
        ad_array *lows = ad_full(ad_cast(low, AD_FLOAT32), shape, NULL);
        ad_array *pairs[][2] = {
            {ad_random_uniform(c, key, low, scale, shape, NULL), ad_random_uniform(c, key, lows, scale, shape, NULL)},
            {ad_random_normal(c, key, low, scale, shape, NULL), ad_random_normal(c, key, lows, scale, shape, NULL)},
            {ad_random_normal(c, key, NULL, NULL, shape, NULL),
             ad_random_normal(c, key, ad_zeros_like(lows, NULL), NULL, shape, NULL)}};
        for (int p = 0; p < 3 && sizes[k] > 1; p++) {
          const void *a = ad_data(pairs[p][0]), *b = ad_data(pairs[p][1]);
          CHECK_STOP(a && b);
          if (memcmp(a, b, (size_t)sizes[k] * 4)) CHECK_FAIL("%s, pair %d of %lld", isas[i], p, (long long)sizes[k]);
        }
        ad_scope_end(s, NULL);
      }
      ad_ctx_free(c);
    }
}

WITH_CONTEXT(bounds_hold) {
  ad_array *key = ad_random_key(c, 1);
  for (int t = AD_FLOAT16; t <= AD_FLOAT64; t++) {
    ad_array *u = ad_random_uniform(c, key, NULL, NULL, AD_SHAPE(300000), &(ad_random_uniform_opts){.dtype = (ad_dtype)t});
    CHECK_INT(ad_array_dtype(u), t);
    CHECK_FLOATS(ad_cast(ad_all(ad_less(u, ad_number(c, 1)), NULL), AD_UINT8), 1);
    CHECK_FLOATS(ad_cast(ad_all(ad_isfinite(ad_random_normal(c, key, NULL, NULL, AD_SHAPE(300000), &(ad_random_normal_opts){.dtype = (ad_dtype)t})), NULL), AD_UINT8), 1);
  }
}

WITH_CONTEXT(words_of_refused_calls) {
  ad_array *key = ad_random_key(c, 1), *x = ad_zeros(c, AD_SHAPE(2), NULL);
  CHECK_FAILS(ad_random_uniform(c, x, NULL, NULL, AD_SHAPE(3), NULL), AD_E_TYPE, "random_uniform: a key of dtype float32; uint32 is right");
  CHECK_FAILS(ad_random_normal(c, key, NULL, NULL, AD_SHAPE(3), &(ad_random_normal_opts){.dtype = AD_INT8}), AD_E_TYPE,
              "random_normal: dtype int8; a float or complex one is right");
  CHECK_FAILS(ad_random_bernoulli(c, key, ad_number_int(c, 1), AD_SHAPE(3)), AD_E_TYPE, "random_bernoulli: p of dtype int32; a float one is right");
  CHECK_FAILS(ad_random_uniform(c, key, ad_zeros(c, AD_SHAPE(4), NULL), NULL, AD_SHAPE(3), NULL), AD_E_VALUE, "do not broadcast");
}

CHECK_MAIN(CASE(random123_vectors), CASE(reference_words), CASE(reference_numbers), CASE(state_is_split), CASE(keys_of_graphs_are_constants),
           CASE(clocks_seed_what_was_never_seeded), CASE(kolmogorov_smirnov), CASE(moments), CASE(choices), CASE(integers),
           CASE(permutations), CASE(each_key_fills_its_block), CASE(kernels_equal_composition), CASE(bounds_hold),
           CASE(words_of_refused_calls))
