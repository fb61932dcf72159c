/* Reductions: values, accuracy of sums, NaN, empty axes, errors, and bits that depend on the shape alone. */
#include <stdlib.h>
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1}); }

static ad_array *floats(ad_ctx *c, ad_shape shape, const float *data) { return ad_array_new(c, AD_FLOAT32, shape, data); }

static ad_array *ones_of(ad_ctx *c, ad_dtype t, int64_t n) {
  return ad_ones(c, AD_SHAPE(n), &(ad_ones_opts){.dtype = t});
}

static double scalar(ad_array *a) {
  double v = -12345;
  if (ad_read(ad_cast(a, AD_FLOAT64), &v, sizeof v)) CHECK_FAIL("%s", ad_error_text(a));
  return v;
}

TEST(sums_are_accurate) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  CHECK_NEAR(scalar(ad_sum(ones_of(c, AD_FLOAT32, 1 << 25), NULL)), 33554432, 0);
  CHECK_NEAR(scalar(ad_sum(ones_of(c, AD_FLOAT16, 10000), NULL)), 10000, 0);
  CHECK_NEAR(scalar(ad_sum(ones_of(c, AD_BFLOAT16, 10000), NULL)), 9984, 0); /* 10000 rounded to 8 bits */
  CHECK_NEAR(scalar(ad_mean(ones_of(c, AD_FLOAT16, 100000), NULL)), 1, 0);
  CHECK_NEAR(scalar(ad_mean(ones_of(c, AD_BFLOAT16, 100000), NULL)), 1, 0);
  ad_array *columns = ad_reshape(ones_of(c, AD_FLOAT32, 1 << 25), AD_SHAPE(1 << 23, 4));
  ad_array *y = ad_sum(columns, &(ad_sum_opts){.axes = AD_AXES(0)});
  CHECK_FLOATS(y, 8388608, 8388608, 8388608, 8388608);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Thousandths add up to within a few units in the last place of the true sum. */
TEST(sums_of_fractions) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  enum { N = 1 << 20 };
  float *data = malloc(N * sizeof *data);
  double want = 0;
  for (int i = 0; i < N; i++) data[i] = (float)(i % 1000) * 0.001f, want += (double)data[i];
  CHECK_NEAR(scalar(ad_sum(floats(c, AD_SHAPE(N), data), NULL)) / want, 1, 3e-7);
  CHECK_NEAR(scalar(ad_sum(ad_sum(floats(c, AD_SHAPE(N / 8, 8), data), &(ad_sum_opts){.axes = AD_AXES(0)}), NULL)) / want, 1, 3e-7);
  free(data);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(small_integers_widen_and_wrap) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_array_new(c, AD_INT8, AD_SHAPE(3), (const int8_t[]){127, 127, 127});
  CHECK_INT(ad_array_dtype(ad_sum(a, NULL)), AD_INT32);
  CHECK_NEAR(scalar(ad_sum(a, NULL)), 381, 0);
  CHECK_NEAR(scalar(ad_sum(a, &(ad_sum_opts){.dtype = AD_INT8})), 125, 0);
  CHECK_NEAR(scalar(ad_prod(a, &(ad_prod_opts){.dtype = AD_FLOAT64})), 2048383, 0);
  CHECK_INT(ad_array_dtype(ad_sum(ad_cast(a, AD_BOOL), NULL)), AD_INT32);
  CHECK_INT(ad_array_dtype(ad_sum(ad_cast(a, AD_UINT16), NULL)), AD_UINT32);
  CHECK_INT(ad_array_dtype(ad_sum(ad_cast(a, AD_UINT64), NULL)), AD_UINT64);
  ad_array *big = ad_array_new(c, AD_INT32, AD_SHAPE(2), (const int32_t[]){INT32_MAX, 1});
  CHECK_NEAR(scalar(ad_sum(big, NULL)), INT32_MIN, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(nan_and_infinity) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const float nan = (float)NAN, inf = (float)INFINITY;
  ad_array *a = floats(c, AD_SHAPE(2, 3), (const float[]){1, nan, 3, nan, 1, nan});
  ad_array *top = ad_max(a, &(ad_max_opts){.axes = AD_AXES(1)}), *low = ad_min(a, &(ad_min_opts){.axes = AD_AXES(0)});
  float v[3];
  ad_read(top, v, 8);
  CHECK(v[0] != v[0] && v[1] != v[1]);
  ad_read(low, v, 12);
  CHECK(v[0] != v[0] && v[1] != v[1] && v[2] != v[2]);
  CHECK_FLOATS(ad_argmax(a, &(ad_argmax_opts){.axis = AD_INT(1)}), 1, 0);
  CHECK_FLOATS(ad_argmin(a, &(ad_argmin_opts){.axis = AD_INT(0)}), 1, 0, 1);
  CHECK_FLOATS(ad_argmax(a, NULL), 1);
  ad_array *b = floats(c, AD_SHAPE(3, 2), (const float[]){-inf, -inf, inf, 1, -inf, 0});
  ad_array *l = ad_logsumexp(b, &(ad_logsumexp_opts){.axes = AD_AXES(1)});
  ad_read(l, v, 12);
  CHECK(v[0] == -inf && v[1] == inf && v[2] == 0);
  CHECK_FLOATS(ad_all(a, NULL), 1);
  CHECK_FLOATS(ad_count_nonzero(a, NULL), 6);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(first_of_equals) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  enum { N = 3000000 };
  uint8_t *data = calloc(N, 1);
  data[2500000] = data[2999999] = 7;
  ad_array *a = ad_array_new(c, AD_UINT8, AD_SHAPE(N), data);
  CHECK_NEAR(scalar(ad_argmax(a, NULL)), 2500000, 0);
  CHECK_NEAR(scalar(ad_argmin(a, NULL)), 0, 0);
  ad_array *col = ad_reshape(a, AD_SHAPE(N / 4, 4));
  CHECK_FLOATS(ad_argmax(col, &(ad_argmax_opts){.axis = AD_INT(0)}), 625000, 0, 0, 749999);
  free(data);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(empty_axes) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *e = ad_zeros(c, AD_SHAPE(0, 2), NULL);
  CHECK_FLOATS(ad_sum(e, &(ad_sum_opts){.axes = AD_AXES(0)}), 0, 0);
  CHECK_FLOATS(ad_prod(e, NULL), 1);
  CHECK_FLOATS(ad_all(e, NULL), 1);
  CHECK_FLOATS(ad_any(e, NULL), 0);
  CHECK_FLOATS(ad_count_nonzero(e, NULL), 0);
  CHECK(isnan(scalar(ad_mean(e, NULL))));
  CHECK(isnan(scalar(ad_var(e, NULL))));
  CHECK_INT(ad_array_size(ad_sum(e, &(ad_sum_opts){.axes = AD_AXES(1)})), 0);
  CHECK_INT(ad_eval(ad_max(e, &(ad_max_opts){.axes = AD_AXES(1)})), AD_OK);
  CHECK_FAILS(ad_max(e, NULL), AD_E_VALUE, "max: axis 0 has length 0; there is no element to choose from; 1 or more is right");
  CHECK_FAILS(ad_argmin(e, NULL), AD_E_VALUE, "axis 0 has length 0");
  CHECK_FAILS(ad_logsumexp(e, NULL), AD_E_VALUE, "axis 0 has length 0");
  ad_array *x = floats(c, AD_SHAPE(3), (const float[]){1, -2, 3});
  CHECK_FLOATS(ad_sum(x, &(ad_sum_opts){.axes = AD_AXES()}), 1, -2, 3);
  CHECK_FLOATS(ad_var(x, &(ad_var_opts){.axes = AD_AXES()}), 0, 0, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(variance) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = floats(c, AD_SHAPE(2, 2), (const float[]){1, 2, 3, 6});
  CHECK_NEAR(scalar(ad_var(x, NULL)), 3.5, 0);
  CHECK_NEAR(scalar(ad_var(x, &(ad_var_opts){.ddof = AD_NUM(2)})), 7, 0);
  CHECK_NEAR(scalar(ad_std(x, &(ad_std_opts){.correction = AD_NUM(-1)})), sqrt(14 / 5.0), 1e-6);
  CHECK(isinf(scalar(ad_var(x, &(ad_var_opts){.ddof = AD_NUM(4)}))));
  CHECK_FLOATS(ad_var(x, &(ad_var_opts){.axes = AD_AXES(0)}), 1, 4);
  /* Large means do not drown small deviations. */
  ad_array *far = floats(c, AD_SHAPE(4), (const float[]){1000001, 1000002, 1000003, 1000002});
  CHECK_NEAR(scalar(ad_var(far, NULL)), 0.5, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Random shapes, axes and layouts against plain loops in float64 ---- */

static uint32_t next_random(uint32_t *seed, uint32_t n) {
  *seed = *seed * 1664525u + 1013904223u;
  return (*seed >> 8) % n;
}

typedef struct expected {
  double sum, product, least, most, squares;
  int64_t count, place; /* of the largest, in row-major order of the reduced axes */
} expected;

/* Element i of the output, by walking all elements of the (evaluated, float64) input. */
static void expect_all(const double *x, ad_shape shape, const bool *reduced, expected *out, size_t outputs) {
  for (size_t i = 0; i < outputs; i++) out[i] = (expected){0, 1, INFINITY, -INFINITY, 0, 0, 0};
  int64_t size = 1;
  for (int i = 0; i < shape.rank; i++) size *= shape.dims[i];
  for (int64_t k = 0; k < size; k++) {
    int64_t rest = k, at = 0, stride = 1;
    for (int i = shape.rank - 1; i >= 0; i--) {
      if (!reduced[i]) at += rest % shape.dims[i] * stride, stride *= shape.dims[i];
      rest /= shape.dims[i];
    }
    expected *e = &out[at];
    e->sum += x[k], e->product *= x[k], e->squares += x[k] * x[k];
    if (x[k] > e->most) e->most = x[k], e->place = e->count;
    if (x[k] < e->least) e->least = x[k];
    e->count++;
  }
}

static void compare(ad_array *got, const expected *want, size_t n, int what) {
  const double *v = ad_data(ad_cast(got, AD_FLOAT64));
  if (!v || (size_t)ad_array_size(got) != n) {
    CHECK_FAIL("reduction %d: %s", what, ad_error_text(got));
    return;
  }
  for (size_t i = 0; i < n; i++) {
    const expected *e = &want[i];
    double mean = e->sum / (double)e->count, var = e->squares / (double)e->count - mean * mean;
    const double all[] = {e->sum, e->product, e->most, e->least, mean, var};
    double scale = what == 4 || what == 5 ? 4 : fabs(all[what]);
    if (!check_is_near(v[i], all[what], 1e-6 * (1 + scale) * (what == 1 ? 50 : 1)))
      CHECK_FAIL("reduction %d, output %zu is %.9g, expected %.9g", what, i, v[i], all[what]);
  }
}

static void one_random_case(ad_ctx *c, uint32_t *seed) {
  static float data[200000];
  static expected want[200000];
  int rank = 1 + (int)next_random(seed, 4);
  int64_t dims[4], size = 1, axes[4];
  for (int i = 0; i < rank; i++) dims[i] = 1 + next_random(seed, rank == 1 ? 9000 : rank == 2 ? 90 : 9), size *= dims[i];
  for (int64_t i = 0; i < size; i++) data[i] = 0.5f + (float)next_random(seed, 1000) * 0.001f;
  ad_array *x = floats(c, (ad_shape){rank, dims}, data);
  if (next_random(seed, 2)) x = ad_transpose(x, NULL);
  if (next_random(seed, 2)) x = ad_flip(x, &(ad_flip_opts){.axes = AD_AXES(-1)});
  if (next_random(seed, 3) == 0) x = ad_cast(ad_cast(x, AD_FLOAT16), AD_FLOAT32);
  bool reduced[4] = {false};
  int count = 0;
  for (int i = 0; i < rank; i++)
    if (next_random(seed, 2)) reduced[i] = true, axes[count++] = i;
  ad_ints over = {true, count, axes};
  bool keep = next_random(seed, 2);
  size_t outputs = 1;
  ad_shape shape = ad_array_shape(x);
  for (int i = 0; i < rank; i++) outputs *= reduced[i] ? 1 : (size_t)shape.dims[i];
  expect_all(ad_data(ad_cast(x, AD_FLOAT64)), shape, reduced, want, outputs);
  compare(ad_sum(x, &(ad_sum_opts){.axes = over, .keepdims = keep}), want, outputs, 0);
  if (size < 500) compare(ad_prod(x, &(ad_prod_opts){.axes = over, .keepdims = keep}), want, outputs, 1);
  compare(ad_max(x, &(ad_max_opts){.axes = over, .keepdims = keep}), want, outputs, 2);
  compare(ad_min(x, &(ad_min_opts){.axes = over, .keepdims = keep}), want, outputs, 3);
  compare(ad_mean(x, &(ad_mean_opts){.axes = over, .keepdims = keep}), want, outputs, 4);
  compare(ad_var(x, &(ad_var_opts){.axes = over, .keepdims = keep}), want, outputs, 5);
  if (count != 1) return;
  const uint32_t *place = ad_data(ad_argmax(x, &(ad_argmax_opts){.axis = AD_INT(axes[0]), .keepdims = keep}));
  for (size_t i = 0; place && i < outputs; i++) CHECK_INT(place[i], want[i].place);
}

TEST(random_shapes_axes_and_layouts) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  uint32_t seed = 11;
  for (int i = 0; i < 150; i++) {
    ad_scope *s = ad_scope_begin(c);
    one_random_case(c, &seed);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

/* ---- Extremes of rows longer than vectors ---- */

/* The first place of the largest (sign 1) or least (-1) of a row, NaN before all. */
static uint32_t first_extreme(const float *x, size_t n, float sign) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < n && x[best] == x[best]; i++)
    if (x[i] != x[i] || sign * x[i] > sign * x[best]) best = i;
  return best;
}

static void compare_extremes(ad_ctx *c, ad_dtype t, const float *data, int64_t rows, int64_t n) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_cast(floats(c, AD_SHAPE(rows, n), data), t);
  for (int least = 0; least < 2; least++) {
    const uint32_t *place = ad_data(least ? ad_argmin(x, &(ad_argmin_opts){.axis = AD_INT(1)})
                                          : ad_argmax(x, &(ad_argmax_opts){.axis = AD_INT(1)}));
    ad_array *y = least ? ad_min(x, &(ad_min_opts){.axes = AD_AXES(1)}) : ad_max(x, &(ad_max_opts){.axes = AD_AXES(1)});
    const double *value = ad_data(ad_cast(y, AD_FLOAT64));
    for (int64_t r = 0; place && value && r < rows; r++) {
      const uint32_t want = first_extreme(data + r * n, (size_t)n, least ? -1 : 1);
      const float extreme = data[r * n + want];
      CHECK_INT(place[r], want);
      CHECK(value[r] == (double)extreme || (value[r] != value[r] && extreme != extreme));
    }
    CHECK(place && value);
  }
  ad_scope_end(s, NULL);
}

/* Few values, so that many are equal; some rows hold a NaN or two, some infinities of both signs. */
TEST(extremes_of_long_rows) {
  static const char *const isas[] = {"portable", "avx2", "avx512"};
  static const int64_t lengths[] = {1, 31, 32, 63, 64, 65, 127, 128, 129, 255, 300, 4095, 4096, 4097, 9001};
  enum { ROWS = 12 };
  float *data = malloc(ROWS * 9001 * sizeof *data);
  uint32_t seed = 3;
  for (size_t k = 0; k < 3; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .isa = isas[k]});
    for (size_t l = 0; ad_ctx_status(c) == AD_OK && l < sizeof lengths / sizeof *lengths; l++) {
      const int64_t n = lengths[l];
      for (int64_t i = 0; i < ROWS * n; i++) data[i] = (float)next_random(&seed, 40) - 20;
      for (int64_t r = 0; r < ROWS; r++) {
        float *row = data + r * n;
        if (r % 4 == 1) row[next_random(&seed, (uint32_t)n)] = row[next_random(&seed, (uint32_t)n)] = (float)NAN;
        if (r % 4 == 2) row[next_random(&seed, (uint32_t)n)] = (float)INFINITY;
        if (r % 4 == 2) row[next_random(&seed, (uint32_t)n)] = -(float)INFINITY;
        if (r % 4 == 3) row[n - 1] = r % 8 == 3 ? 99 : -99;
      }
      compare_extremes(c, AD_FLOAT32, data, ROWS, n);
      compare_extremes(c, AD_FLOAT64, data, ROWS, n);
    }
    ad_ctx_free(c);
  }
  free(data);
}

/* ---- Bits ---- */

/* Sums of awkward numbers over rows, columns, a middle axis, everything. */
static void fill(ad_ctx *c, const float *data, float *out) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = floats(c, AD_SHAPE(7, 130, 1001), data), *w = ad_reshape(x, AD_SHAPE(910, 1001));
  ad_array *parts[] = {ad_sum(w, &(ad_sum_opts){.axes = AD_AXES(1)}), ad_sum(w, &(ad_sum_opts){.axes = AD_AXES(0)}),
                       ad_sum(x, &(ad_sum_opts){.axes = AD_AXES(0, 2)}), ad_sum(x, NULL), ad_var(x, NULL),
                       ad_var(w, &(ad_var_opts){.axes = AD_AXES(1)}), ad_logsumexp(w, &(ad_logsumexp_opts){.axes = AD_AXES(0)}),
                       ad_sum(ad_transpose(w, NULL), &(ad_sum_opts){.axes = AD_AXES(0)})};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t n = (size_t)ad_array_size(parts[i]);
    CHECK_INT(ad_read(parts[i], out, n * sizeof *out), AD_OK);
    out += n;
  }
  ad_scope_end(s, NULL);
}

enum { RESULTS = 910 + 1001 + 130 + 1 + 1 + 910 + 1001 + 910 };

TEST(bits_do_not_depend_on_threads_or_instruction_set) {
  enum { N = 7 * 130 * 1001 };
  float *data = malloc(N * sizeof *data), *want = malloc(RESULTS * sizeof *want), *got = malloc(RESULTS * sizeof *got);
  uint32_t seed = 5;
  for (int i = 0; i < N; i++) seed = seed * 1664525u + 1013904223u, data[i] = (float)(int32_t)seed * 0x1p-30f;
  static const char *const isas[] = {"portable", "avx2", "avx512"};
  for (int k = 0; k < 6; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1 + k % 2, .isa = isas[k / 2]});
    if (ad_ctx_status(c) == AD_OK) {
      fill(c, data, k ? got : want);
      if (k) CHECK_MEM(got, want, RESULTS * sizeof *got);
    }
    ad_ctx_free(c);
  }
  free(data), free(want), free(got);
}

TEST(derivative_rules_build) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = floats(c, AD_SHAPE(2, 3), (const float[]){1, 5, 5, 2, 0, 1});
  ad_array *y = ad_max(x, &(ad_max_opts){.axes = AD_AXES(1)}), *ct = floats(c, AD_SHAPE(2), (const float[]){1, 10});
  const ad_op *op = ad_op_find(c, "max");
  ad_attr attrs[] = {ad_attr_ints(AD_AXES(1)), ad_attr_flag(false)};
  ad_rule r = {.ctx = c, .op = op, .n = 1, .in = &x, .out = y, .attrs = attrs};
  CHECK_FLOATS(op->vjp(&r, 0, &ct), 0, 0.5, 0.5, 10, 0, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(sums_are_accurate), CASE(sums_of_fractions), CASE(small_integers_widen_and_wrap), CASE(nan_and_infinity),
           CASE(first_of_equals), CASE(empty_axes), CASE(variance), CASE(random_shapes_axes_and_layouts), CASE(extremes_of_long_rows),
           CASE(bits_do_not_depend_on_threads_or_instruction_set),
           CASE(derivative_rules_build))
