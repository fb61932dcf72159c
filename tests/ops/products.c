/* Matrix products: values against sums in double, over shapes, layouts and dtypes; bits that depend on the depth alone. */
#include <stdlib.h>
#include "shape_help.h"

/* ---- Operands: numbers from a small generator, in every layout a view can have ---- */

typedef enum layout { PLAIN, TURNED, SPREAD, REVERSED, REPEATED, LAYOUTS } layout;

static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

/* A float64 array of multiples of 1/64 between -2 and 2, or small integers. */
static ad_array *numbers(ad_ctx *c, ad_shape shape, bool whole, uint32_t seed) {
  int64_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
  double *data = malloc((size_t)(n ? n : 1) * sizeof *data);
  for (int64_t i = 0; i < n; i++) {
    int v = (int)(next_random(&seed) >> 24) - 128;
    data[i] = whole ? v % 12 : v / 64.0;
  }
  ad_array *a = ad_array_new(c, AD_FLOAT64, shape, data);
  free(data);
  return a;
}

static ad_array *operand(ad_ctx *c, ad_dtype t, int64_t rows, int64_t columns, layout how, uint32_t seed) {
  bool whole = ad_dtype_category(t) < AD_CATEGORY_FLOAT;
  ad_array *a;
  switch (how) {
  case TURNED: a = ad_cast(numbers(c, AD_SHAPE(columns, rows), whole, seed), t); return ad_transpose(a, NULL);
  case SPREAD:
    a = ad_cast(numbers(c, AD_SHAPE(rows, columns * 2), whole, seed), t);
    return ad_strided_slice(a, AD_INTS(0, 0), AD_INTS(rows, columns * 2), &(ad_strided_slice_opts){.step = AD_INTS(1, 2)});
  case REVERSED: a = ad_cast(numbers(c, AD_SHAPE(rows, columns), whole, seed), t); return ad_flip(a, NULL);
  case REPEATED:
    a = ad_cast(numbers(c, AD_SHAPE(1, columns), whole, seed), t);
    return ad_broadcast_to(a, AD_SHAPE(rows, columns));
  default: return ad_cast(numbers(c, AD_SHAPE(rows, columns), whole, seed), t);
  }
}

static ad_array *product(ad_array *a, ad_array *b) {
  return ad_contract(a, b, &(ad_contract_opts){.sum_a = AD_AXES(1), .sum_b = AD_AXES(0)});
}

/* The numbers of any real array; the caller frees them. */
static double *wide(ad_array *a) {
  double *out = malloc((size_t)(ad_array_size(a) ? ad_array_size(a) : 1) * sizeof *out);
  if (ad_read(ad_cast(a, AD_FLOAT64), out, (size_t)ad_array_size(a) * sizeof *out)) CHECK_FAIL("%s", ad_error_text(a));
  return out;
}

static double unit_of(ad_dtype t) {
  switch (t) {
  case AD_FLOAT64: return 0x1p-53;
  case AD_FLOAT32: return 0x1p-24;
  case AD_FLOAT16: return 0x1p-11;
  case AD_BFLOAT16: return 0x1p-8;
  default: return 0;
  }
}

static void check_product(ad_array *a, ad_array *b, ad_array *y) {
  int64_t rows = ad_array_dim(a, 0), depth = ad_array_dim(a, 1), columns = ad_array_dim(b, 1);
  ad_dtype t = ad_array_dtype(a);
  double *l = wide(a), *r = wide(b), *got = wide(y), unit = unit_of(t);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      double want = 0, size = 0;
      for (int64_t k = 0; k < depth; k++) {
        double p = l[i * depth + k] * r[k * columns + j];
        want += p;
        size += fabs(p);
      }
      double room = unit > 0x1p-20 ? unit * fabs(want) + 0x1p-20 * size : unit * size * 4;
      if (fabs(got[i * columns + j] - want) > room)
        CHECK_FAIL("%s %lldx%lldx%lld at %lld,%lld: %.17g, expected %.17g", ad_dtype_name(t), (long long)rows,
                   (long long)depth, (long long)columns, (long long)i, (long long)j, got[i * columns + j], want);
    }
  free(l), free(r), free(got);
}

static void check_case(ad_ctx *c, ad_dtype t, int64_t rows, int64_t depth, int64_t columns, layout la, layout lb) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = operand(c, t, rows, depth, la, 1), *b = operand(c, t, depth, columns, lb, 2);
  check_product(a, b, product(a, b));
  ad_scope_end(s, NULL);
}

/* ---- Values ---- */

TEST(shapes) {
  ad_ctx *c = ad_ctx_new(NULL);
  uint32_t seed = 7;
  for (int i = 0; i < 150; i++) {
    int64_t m = 1 + next_random(&seed) % 70u, k = 1 + next_random(&seed) % 70u, n = 1 + next_random(&seed) % 70u;
    check_case(c, i % 2 ? AD_FLOAT32 : AD_FLOAT64, m, k, n, PLAIN, PLAIN);
  }
  ad_ctx_free(c);
}

TEST(layouts) {
  ad_ctx *c = ad_ctx_new(NULL);
  static const int64_t sizes[][3] = {{1, 1, 1}, {1, 17, 40}, {40, 17, 1}, {5, 30, 33}, {31, 1, 37}, {29, 47, 67}};
  for (int k = 0; k < (int)(sizeof sizes / sizeof *sizes); k++)
    for (layout la = PLAIN; la < LAYOUTS; la++)
      for (layout lb = PLAIN; lb < LAYOUTS; lb++)
        check_case(c, lb % 2 ? AD_FLOAT32 : AD_FLOAT64, sizes[k][0], sizes[k][1], sizes[k][2], la, lb);
  ad_ctx_free(c);
}

TEST(dtypes) {
  ad_ctx *c = ad_ctx_new(NULL);
  static const ad_dtype floats[] = {AD_FLOAT16, AD_BFLOAT16, AD_INT32, AD_INT64, AD_UINT32, AD_UINT64};
  for (int d = 0; d < 6; d++)
    for (layout l = PLAIN; l < LAYOUTS; l++) {
      check_case(c, floats[d], 19, 23, 41, l, PLAIN);
      check_case(c, floats[d], 1, 70, 37, PLAIN, l);
      check_case(c, floats[d], 37, 13, 1, TURNED, l);
    }
  ad_ctx_free(c);
}

/* Beyond one block of rows, columns and depth, and the ways of few rows and of one element. */
TEST(large) {
  ad_ctx *c = ad_ctx_new(NULL);
  check_case(c, AD_FLOAT32, 345, 400, 35, PLAIN, PLAIN);
  check_case(c, AD_FLOAT32, 150, 390, 140, TURNED, TURNED);
  check_case(c, AD_FLOAT64, 20, 4, 2100, PLAIN, PLAIN);
  check_case(c, AD_BFLOAT16, 40, 800, 40, TURNED, PLAIN);
  for (int64_t rows = 1; rows <= 9; rows++) check_case(c, AD_FLOAT32, rows, 395, 333, rows % 2 ? PLAIN : TURNED, PLAIN);
  check_case(c, AD_FLOAT64, 8, 393, 201, PLAIN, PLAIN);
  check_case(c, AD_FLOAT32, 3, 395, 333, PLAIN, TURNED);
  check_case(c, AD_FLOAT32, 1, 1000, 1, PLAIN, PLAIN);
  check_case(c, AD_FLOAT64, 1, 999, 1, SPREAD, TURNED);
  check_case(c, AD_INT64, 1, 500, 1, PLAIN, PLAIN);
  check_case(c, AD_UINT32, 350, 20, 300, PLAIN, PLAIN);
  ad_ctx_free(c);
}

TEST(small_integers_wrap) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  enum { M = 9, K = 300, N = 150 };
  static int8_t a[M * K], b[K * N], y[M * N];
  uint32_t seed = 3;
  for (int i = 0; i < M * K; i++) a[i] = (int8_t)(next_random(&seed) >> 24);
  for (int i = 0; i < K * N; i++) b[i] = (int8_t)(next_random(&seed) >> 24);
  ad_array *l = ad_array_new(c, AD_INT8, AD_SHAPE(M, K), a), *r = ad_array_new(c, AD_INT8, AD_SHAPE(K, N), b);
  CHECK_INT(ad_read(product(l, r), y, sizeof y), AD_OK);
  for (int i = 0; i < M; i++)
    for (int j = 0; j < N; j++) {
      int sum = 0;
      for (int k = 0; k < K; k++) sum += a[i * K + k] * b[k * N + j];
      CHECK_INT(y[i * N + j], (int8_t)(uint8_t)sum);
    }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Narrow integers with wider sums ---- */

/* An array of integers of that dtype that takes its extremes now and then. */
static ad_array *extremes(ad_ctx *c, ad_dtype t, int64_t rows, int64_t columns, layout how, uint32_t seed) {
  int bits = 8 * (int)ad_dtype_size(t), is_signed = ad_dtype_category(t) == AD_CATEGORY_INT;
  double least = is_signed ? -(double)(1 << (bits - 1)) : 0, most = (double)(1 << (bits - is_signed)) - 1;
  int64_t *data = malloc((size_t)(rows * columns) * sizeof *data);
  for (int64_t i = 0; i < rows * columns; i++) {
    uint32_t r = next_random(&seed) >> 16;
    data[i] = r % 5 == 0 ? (int64_t)least : r % 5 == 1 ? (int64_t)most : (int64_t)(least + (most - least) * (r / 65536.0));
  }
  ad_array *a = how == TURNED ? ad_transpose(ad_array_new(c, AD_INT64, AD_SHAPE(columns, rows), data), NULL)
                              : ad_array_new(c, AD_INT64, AD_SHAPE(rows, columns), data);
  free(data);
  a = ad_cast(a, t);
  if (how == TURNED) a = ad_transpose(ad_copy(ad_transpose(a, NULL)), NULL);
  if (how == REVERSED) a = ad_flip(ad_flip(a, &(ad_flip_opts){.axes = AD_AXES(0)}), &(ad_flip_opts){.axes = AD_AXES(0)});
  return a;
}

/* Sums of 32 bits are those of 64 bits modulo 2^32. */
static void check_narrow(ad_ctx *c, ad_dtype ta, ad_dtype tb, ad_dtype sums, int64_t rows, int64_t depth, int64_t columns, layout how) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = extremes(c, ta, rows, depth, how, 5), *b = extremes(c, tb, depth, columns, how, 6);
  ad_array *got = ad_matmul(a, b, &(ad_matmul_opts){.dtype = sums});
  ad_array *want = ad_cast(product(ad_cast(a, AD_INT64), ad_cast(b, AD_INT64)), sums);
  ad_array *same = ad_all(ad_equal(got, want), NULL);
  bool yes = false;
  CHECK_INT(ad_read(same, &yes, sizeof yes), AD_OK);
  if (!yes) CHECK_FAIL("%s by %s, %lldx%lldx%lld, layout %d", ad_dtype_name(ta), ad_dtype_name(tb), (long long)rows, (long long)depth, (long long)columns, how);
  ad_scope_end(s, NULL);
}

TEST(narrow_integers) {
  static const ad_dtype types[] = {AD_INT8, AD_UINT8, AD_INT16, AD_UINT16};
  static const int64_t sizes[][3] = {{1, 7, 1}, {3, 64, 40}, {29, 67, 33}, {1, 1700, 70}, {40, 5, 1}, {130, 1601, 95}};
  static const layout layouts[] = {PLAIN, TURNED, REVERSED};
  for (int threads = 1; threads <= 2; threads++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 4; j++)
        for (int k = 0; k < 6; k++)
          check_narrow(c, types[i], types[j], (i + j) % 2 ? AD_UINT32 : AD_INT32, sizes[k][0], sizes[k][1], sizes[k][2], layouts[(i + j + k) % 3]);
    check_narrow(c, AD_INT8, AD_INT8, AD_INT64, 9, 50, 20, PLAIN);
    ad_ctx_free(c);
  }
}

TEST(complex_numbers) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  enum { M = 23, K = 210, N = 21 };
  for (int turned = 0; turned < 4; turned++) {
    layout la = turned & 1 ? TURNED : PLAIN, lb = turned & 2 ? TURNED : PLAIN;
    ad_array *ar = operand(c, AD_FLOAT32, M, K, la, 1), *ai = operand(c, AD_FLOAT32, M, K, la, 2);
    ad_array *br = operand(c, AD_FLOAT32, K, N, lb, 3), *bi = operand(c, AD_FLOAT32, K, N, lb, 4);
    ad_array *i = ad_number_complex(c, 0, 1);
    ad_array *a = ad_add(ar, ad_multiply(ai, i)), *b = ad_add(br, ad_multiply(bi, i));
    if (la == TURNED) a = ad_transpose(ad_contiguous(ad_transpose(a, NULL)), NULL);
    if (lb == TURNED) b = ad_transpose(ad_contiguous(ad_transpose(b, NULL)), NULL);
    ad_array *y = product(a, b);
    double *re = wide(ad_real(y)), *im = wide(ad_imag(y));
    double *want_re = wide(ad_subtract(product(ar, br), product(ai, bi))), *want_im = wide(ad_add(product(ar, bi), product(ai, br)));
    for (int k = 0; k < M * N; k++) {
      CHECK_NEAR(re[k], want_re[k], 1e-3);
      CHECK_NEAR(im[k], want_im[k], 1e-3);
    }
    free(re), free(im), free(want_re), free(want_im);
  }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(nothing_to_sum) {
  ad_ctx *c = ad_ctx_new(NULL);
  static const int64_t sizes[][3] = {{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {0, 0, 0}, {1, 0, 1}};
  for (int k = 0; k < 5; k++)
    for (int d = 0; d < 4; d++)
      check_case(c, (ad_dtype[]){AD_FLOAT32, AD_BFLOAT16, AD_INT8, AD_FLOAT64}[d], sizes[k][0], sizes[k][1], sizes[k][2], PLAIN, TURNED);
  ad_ctx_free(c);
}

/* Axes that do not merge, batches in any order, one batch that is repeated. */
TEST(many_axes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_reshape(numbers(c, AD_SHAPE(2 * 3 * 4 * 5), false, 1), AD_SHAPE(2, 3, 4, 5));
  ad_array *b = ad_reshape(numbers(c, AD_SHAPE(5 * 2 * 3 * 7), false, 2), AD_SHAPE(5, 2, 3, 7));
  /* y[d, n, j] = sum over (m, k) of a[n, m, j, d] * b[d, n, m, ...], batch (d, n) */
  ad_array *y = ad_contract(a, b, &(ad_contract_opts){.batch_a = AD_AXES(3, 0), .batch_b = AD_AXES(0, 1), .sum_a = AD_AXES(1), .sum_b = AD_AXES(2)});
  double *l = wide(a), *r = wide(b), *got = wide(y);
  for (int d = 0, at = 0; d < 5; d++)
    for (int n = 0; n < 2; n++)
      for (int j = 0; j < 4; j++)
        for (int f = 0; f < 7; f++, at++) {
          double want = 0;
          for (int m = 0; m < 3; m++) want += l[((n * 3 + m) * 4 + j) * 5 + d] * r[((d * 2 + n) * 3 + m) * 7 + f];
          CHECK_NEAR(got[at], want, 1e-12);
        }
  free(l), free(r), free(got);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Bits ---- */

typedef struct bits_case {
  ad_dtype dtype;
  int64_t rows, depth, columns;
  layout a, b;
} bits_case;
static const bits_case bits_cases[] = {
    {AD_FLOAT32, 130, 800, 150, PLAIN, PLAIN}, {AD_FLOAT32, 70, 390, 70, TURNED, TURNED}, {AD_FLOAT64, 64, 400, 65, SPREAD, PLAIN},
    {AD_FLOAT32, 5, 400, 700, PLAIN, PLAIN},   {AD_FLOAT32, 1, 500, 700, PLAIN, TURNED}, {AD_FLOAT32, 1, 5003, 1, PLAIN, PLAIN},
    {AD_FLOAT64, 300, 777, 1, PLAIN, PLAIN},   {AD_BFLOAT16, 60, 400, 70, PLAIN, TURNED}, {AD_BFLOAT16, 33, 801, 45, PLAIN, PLAIN},
    {AD_FLOAT32, 20, 20, 20, PLAIN, PLAIN},
};
enum { BITS_CASES = sizeof bits_cases / sizeof *bits_cases, BITS_BYTES = 130 * 150 * 8 };

/* The result's bytes under one setting; 0 bytes where the processor lacks the instruction set. */
static size_t bits(const bits_case *b, int threads, const char *isa, char *out) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads, .isa = isa});
  size_t bytes = (size_t)(b->rows * b->columns) * ad_dtype_size(b->dtype);
  if (ad_ctx_status(c)) {
    ad_ctx_free(c);
    return 0;
  }
  ad_scope *s = ad_scope_begin(c);
  ad_array *seventh = ad_cast(ad_number(c, 1 / 7.0), b->dtype);
  ad_array *x = ad_multiply(operand(c, b->dtype, b->rows, b->depth, b->a, 5), seventh);
  ad_array *y = ad_multiply(operand(c, b->dtype, b->depth, b->columns, b->b, 6), seventh);
  if (b->b == TURNED) y = ad_transpose(ad_contiguous(ad_transpose(y, NULL)), NULL);
  ad_array *z = product(x, y);
  if (ad_read(z, out, bytes)) CHECK_FAIL("%s", ad_error_text(z));
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
  return bytes;
}

TEST(bits_depend_on_the_depth_alone) {
  static char want[BITS_BYTES], got[BITS_BYTES];
  static const char *const isas[] = {"portable", "neon", "avx2", "avx512"};
  static const int threads[] = {2, 3, 8};
  for (int k = 0; k < BITS_CASES; k++) {
    size_t bytes = bits(&bits_cases[k], 1, NULL, want);
    CHECK(bytes > 0);
    for (int t = 0; t < 3; t++) {
      bits(&bits_cases[k], threads[t], NULL, got);
      if (memcmp(want, got, bytes)) CHECK_FAIL("case %d: other bits with %d threads", k, threads[t]);
    }
    for (int i = 0; i < 4; i++)
      if (bits(&bits_cases[k], 2, isas[i], got) && memcmp(want, got, bytes)) CHECK_FAIL("case %d: other bits with %s", k, isas[i]);
    bits_case turned = bits_cases[k];
    turned.b = turned.b == PLAIN ? PLAIN : TURNED;
    bits(&turned, 1, NULL, got);
    if (memcmp(want, got, bytes)) CHECK_FAIL("case %d: other bits in another layout", k);
  }
}

/* A row of a product has the bits it has in a larger one. */
TEST(bits_of_a_part) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *third = ad_number(c, 1 / 3.0);
  ad_array *a = ad_multiply(operand(c, AD_FLOAT32, 50, 900, PLAIN, 1), third);
  ad_array *b = ad_multiply(operand(c, AD_FLOAT32, 900, 200, PLAIN, 2), third);
  static float whole[50 * 200], part[3 * 200], column[50];
  ad_read(product(a, b), whole, sizeof whole);
  ad_array *rows = ad_strided_slice(a, AD_INTS(7, 0), AD_INTS(10, 900), NULL);
  ad_read(product(rows, b), part, sizeof part);
  CHECK(memcmp(part, whole + 7 * 200, sizeof part) == 0);
  ad_array *last = ad_strided_slice(b, AD_INTS(0, 199), AD_INTS(900, 200), NULL);
  ad_read(product(a, last), column, sizeof column);
  for (int i = 0; i < 50; i++) CHECK(column[i] == whole[i * 200 + 199]);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- The ops over them ---- */

/* matmul's own kernel against the contraction it is composed of: one axis, broadcast batches, views. */
TEST(matmul_forms) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *m = operand(c, AD_FLOAT32, 5, 7, TURNED, 1), *v = ad_reshape(operand(c, AD_FLOAT32, 1, 7, PLAIN, 2), AD_SHAPE(7));
  ad_array *column = ad_expand_dims(v, AD_AXES(1));
  double *got = wide(ad_matmul(m, v, NULL)), *want = wide(product(m, column));
  for (int i = 0; i < 5; i++) CHECK_NEAR(got[i], want[i], 0);
  free(got), free(want);
  CHECK_INT(ad_array_rank(ad_matmul(v, v, NULL)), 0);
  CHECK_INT(ad_array_rank(ad_matmul(v, ad_transpose(m, NULL), NULL)), 1);

  ad_array *a = ad_reshape(operand(c, AD_FLOAT64, 6, 20, PLAIN, 3), AD_SHAPE(3, 2, 4, 5));
  ad_array *b = ad_transpose(ad_reshape(operand(c, AD_FLOAT64, 6, 5, PLAIN, 4), AD_SHAPE(2, 3, 5)), NULL); /* 5, 3, 2 */
  b = ad_expand_dims(ad_transpose(b, &(ad_transpose_opts){.axes = AD_AXES(2, 0, 1)}), AD_AXES(0)); /* 1, 2, 5, 3 */
  ad_array *y = ad_matmul(a, b, NULL);
  ad_shape shape = ad_array_shape(y);
  CHECK_INT(shape.rank, 4);
  double *l = wide(a), *r = wide(b);
  got = wide(y);
  for (int i = 0, at = 0; i < 3; i++)
    for (int j = 0; j < 2; j++)
      for (int p = 0; p < 4; p++)
        for (int q = 0; q < 3; q++, at++) {
          double sum = 0;
          for (int k = 0; k < 5; k++) sum += l[((i * 2 + j) * 4 + p) * 5 + k] * r[(j * 5 + k) * 3 + q];
          CHECK_NEAR(got[at], sum, 1e-12);
        }
  free(l), free(r), free(got);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(matmul_dtype) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_array_new(c, AD_INT8, AD_SHAPE(1, 3), (const int8_t[]){100, 100, 100});
  ad_array *b = ad_transpose(a, NULL);
  CHECK_FLOATS(ad_matmul(a, b, NULL), 48); /* 30000 modulo 256 */
  CHECK_FLOATS(ad_matmul(a, b, &(ad_matmul_opts){.dtype = AD_INT32}), 30000);
  CHECK_INT(ad_array_dtype(ad_matmul(a, ad_cast(b, AD_UINT8), NULL)), AD_INT16);
  CHECK_FLOATS(ad_vecdot(a, a, NULL), 30000);
  CHECK_FAILS(ad_matmul(ad_cast(a, AD_BOOL), ad_cast(b, AD_BOOL), NULL), AD_E_TYPE, "matmul: dtype bool; it is not defined for it");
  CHECK_FAILS(ad_matmul(a, a, NULL), AD_E_VALUE, "matmul: input b of shape (1, 3); axis 0 is 1; 3 is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(infinities_and_nan_pass_through) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const float inf = (float)INFINITY;
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){inf, 0, 1, (float)NAN});
  ad_array *b = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){1, -1, 1, 1});
  float y[4];
  CHECK_INT(ad_read(ad_matmul(a, b, NULL), y, sizeof y), AD_OK);
  CHECK(y[0] == inf && y[1] == -inf && y[2] != y[2] && y[3] != y[3]);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(addmm_without_c) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *nan = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1), (const float[]){(float)NAN});
  ad_array *a = counting(c, AD_SHAPE(2, 2));
  CHECK_FLOATS(ad_addmm(nan, a, a, &(ad_addmm_opts){.beta = AD_NUM(0)}), 2, 3, 6, 11);
  CHECK_FLOATS(ad_addmm(ad_ones(c, AD_SHAPE(2), NULL), a, a, &(ad_addmm_opts){.alpha = AD_NUM(2)}), 5, 7, 13, 23);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* A chain is contracted from its small end, and the path says so. */
TEST(einsum_order) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *in[] = {operand(c, AD_FLOAT64, 30, 40, PLAIN, 1), operand(c, AD_FLOAT64, 40, 50, PLAIN, 2), operand(c, AD_FLOAT64, 50, 2, PLAIN, 3)};
  int pairs[4];
  double multiplications;
  CHECK_INT(ad_einsum_path("ij,jk,kl->il", in, 3, pairs, &multiplications), AD_OK);
  CHECK_INT(pairs[0], 1);
  CHECK_INT(pairs[1], 2);
  CHECK_INT(pairs[2], 0);
  CHECK_INT(pairs[3], 1);
  CHECK_NEAR(multiplications, 40 * 50 * 2 + 30 * 40 * 2, 0);
  double *got = wide(ad_einsum(c, in, 3, "ij,jk,kl->il")), *want = wide(product(in[0], product(in[1], in[2])));
  for (int i = 0; i < 60; i++) CHECK_NEAR(got[i], want[i], 1e-9);
  free(got), free(want);
  CHECK_INT(ad_einsum_path("ij,jk->ik", in, 3, pairs, &multiplications), AD_E_VALUE);
  CHECK_FAILS(ad_einsum(c, in, 3, "ij,jk"), AD_E_VALUE, "einsum: subscripts for 2 operands; 3 are given");
  CHECK_FAILS(ad_einsum(c, in, 3, "ij,jk,kl-il"), AD_E_VALUE, "einsum: subscripts with \"-\"; \"->\" is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(shapes), CASE(layouts), CASE(dtypes), CASE(large), CASE(small_integers_wrap), CASE(narrow_integers), CASE(complex_numbers),
           CASE(nothing_to_sum), CASE(many_axes), CASE(bits_depend_on_the_depth_alone), CASE(bits_of_a_part),
           CASE(matmul_forms), CASE(matmul_dtype), CASE(infinities_and_nan_pass_through), CASE(addmm_without_c),
           CASE(einsum_order))
