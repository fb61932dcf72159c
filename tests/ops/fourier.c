/* Fourier transforms against the definition in long double, in every length that the plans treat apart, and what must hold
 * between them. The op matrix compares the samples with NumPy; here are lengths, layouts, bits and memory. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "check.h"

static const int64_t lengths[] = {97, 100, 127, 128, 210, 243, 256, 512, 1000, 1001, 1024, 2047, 2310, 2311, 4096, 4620, 8191, 9216, 65536};
enum { LENGTHS = sizeof lengths / sizeof *lengths, LARGEST = 65536, PROBES = 9 };

static double numbers[2 * LARGEST];
static void fill_numbers(void) {
  uint64_t seed = 9;
  for (int i = 0; i < 2 * LARGEST; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    numbers[i] = (double)(int64_t)seed * 0x1p-63;
  }
}

/* exp(sign 2 pi i k / n), by symmetry from an angle of at most pi / 4. */
static void root(int64_t k, int64_t n, int sign, long double *re, long double *im) {
  const long double two_pi = 6.283185307179586476925286766559005768L;
  int64_t octant = 8 * k / n, rest = 8 * k - octant * n;
  if (octant % 2) rest = n - rest;
  long double angle = two_pi * (long double)rest / (8.0L * (long double)n), c = cosl(angle), s = sinl(angle);
  bool turned = octant % 4 == 1 || octant % 4 == 2;
  *re = turned ? s : c;
  *im = turned ? c : s;
  if (octant >= 2 && octant <= 5) *re = -*re;
  if (octant >= 4) *im = -*im;
  *im *= sign;
}

typedef enum form { FORWARD, BACK, FROM_REAL, TO_REAL } form;

/* Number k of the unscaled transform of `numbers`. */
static void expected(form f, int64_t n, int64_t k, long double *re, long double *im) {
  *re = *im = 0;
  for (int64_t j = 0; j < n; j++) {
    long double xr = numbers[2 * j], xi = numbers[2 * j + 1], c, s;
    if (f == FROM_REAL) xr = numbers[j], xi = 0;
    if (f == TO_REAL && 2 * j > n) xr = numbers[2 * (n - j)], xi = -numbers[2 * (n - j) + 1];
    if (f == TO_REAL && (j == 0 || 2 * j == n)) xi = 0;
    root((int64_t)((unsigned long long)j * (unsigned long long)k % (unsigned long long)n), n, f == FORWARD || f == FROM_REAL ? -1 : 1, &c, &s);
    *re += xr * c - xi * s;
    *im += xr * s + xi * c;
  }
}

static const void *as_floats(size_t count) {
  static float out[2 * LARGEST];
  for (size_t i = 0; i < count; i++) out[i] = (float)numbers[i];
  return out;
}

/* The signal with n as its axis `of`: 0 alone, 1 contiguous rows, 2 columns. All lines are the same one. */
static ad_array *transformed(ad_ctx *c, form f, int64_t n, bool wide, int layout) {
  int64_t points = f == TO_REAL ? n / 2 + 1 : n;
  size_t count = (size_t)points * (f == FROM_REAL ? 1 : 2);
  ad_dtype real = wide ? AD_FLOAT64 : AD_FLOAT32, complex = wide ? AD_COMPLEX128 : AD_COMPLEX64;
  ad_array *x = ad_array_new(c, f == FROM_REAL ? real : complex, AD_SHAPE(points), wide ? (const void *)numbers : as_floats(count));
  if (layout == 1) x = ad_contiguous(ad_broadcast_to(x, AD_SHAPE(19, points)));
  if (layout == 2) x = ad_contiguous(ad_broadcast_to(ad_reshape(x, AD_SHAPE(points, 1)), AD_SHAPE(points, 19)));
  ad_int axis = AD_INT(layout == 2 ? 0 : -1), size = AD_INT(n);
  ad_array *y;
  switch (f) {
  case FORWARD: y = ad_fft_fft(x, &(ad_fft_fft_opts){.axis = axis}); break;
  case BACK: y = ad_fft_ifft(x, &(ad_fft_ifft_opts){.axis = axis, .norm = "forward"}); break;
  case FROM_REAL: y = ad_fft_rfft(x, &(ad_fft_rfft_opts){.axis = axis}); break;
  default: y = ad_fft_irfft(x, &(ad_fft_irfft_opts){.n = size, .axis = axis, .norm = "forward"}); break;
  }
  if (layout) y = ad_index(y, layout == 2 ? AD_ALL : AD_AT(17), layout == 2 ? AD_AT(17) : AD_ALL);
  return ad_cast(y, f == TO_REAL ? AD_FLOAT64 : AD_COMPLEX128);
}

static void check_length(ad_ctx *c, form f, int64_t n, bool wide, int layout) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = transformed(c, f, n, wide, layout);
  int64_t count = f == FROM_REAL ? n / 2 + 1 : n, parts = f == TO_REAL ? 1 : 2;
  double *got = malloc((size_t)(count * parts) * sizeof *got);
  CHECK_INT(ad_read(y, got, (size_t)(count * parts) * sizeof *got), AD_OK);
  /* Errors grow with the root of the logarithm of n, and the norm with the root of n. */
  double bound = (wide ? 0x1p-52 : 0x1p-23) * sqrt((double)n) * (4 + 0.5 * log2((double)n));
  for (int64_t k = 0; k < count; k += count > 64 ? count / PROBES : 1) {
    long double re, im;
    expected(f, n, k, &re, &im);
    if (!wide) bound = fmax(bound, 1e-6 * sqrt((double)n));
    if (!check_is_near(got[k * parts], (double)re, bound) || (parts == 2 && !check_is_near(got[k * parts + 1], (double)im, bound)))
      CHECK_FAIL("form %d, n %lld, %s, layout %d: number %lld is %.17g %.17g, expected %.17g %.17g within %g", (int)f, (long long)n,
                 wide ? "double" : "single", layout, (long long)k, got[k * parts], parts == 2 ? got[2 * k + 1] : 0, (double)re,
                 (double)im, bound);
  }
  free(got);
  ad_scope_end(s, NULL);
}

static void all_lengths(bool wide) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  fill_numbers();
  for (int f = FORWARD; f <= TO_REAL; f++)
    for (int layout = 0; layout < 3; layout++) {
      for (int64_t n = 1; n <= 64; n++) check_length(c, (form)f, n, wide, layout);
      for (int i = 0; i < LENGTHS; i++)
        if (lengths[i] <= 5000 || !layout) check_length(c, (form)f, lengths[i], wide, layout);
    }
  ad_ctx_free(c);
}
TEST(single_precision_is_accurate) { all_lengths(false); }
TEST(double_precision_is_accurate) { all_lengths(true); }

/* ---- What holds between them ---- */

static double largest(ad_array *a) {
  double v = NAN;
  ad_status s = ad_read(ad_cast(ad_max(ad_abs(a), NULL), AD_FLOAT64), &v, sizeof v);
  return s ? NAN : v;
}

static ad_array *noise(ad_ctx *c, ad_shape shape, ad_dtype t) {
  return ad_array_new(c, t, shape, numbers);
}

TEST(round_trips) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  fill_numbers();
  static const char *const norms[] = {"backward", "ortho", "forward"};
  for (int k = 0; k < 3; k++) {
    ad_scope *s = ad_scope_begin(c);
    const char *norm = norms[k];
    ad_array *x = noise(c, AD_SHAPE(12, 35, 10), AD_COMPLEX128), *r = noise(c, AD_SHAPE(12, 35, 10), AD_FLOAT64);
    ad_array *y = ad_fft_ifftn(ad_fft_fftn(x, &(ad_fft_fftn_opts){.norm = norm}), &(ad_fft_ifftn_opts){.norm = norm});
    CHECK(largest(ad_subtract(x, y)) < 1e-14);
    ad_array *h = ad_fft_rfftn(r, &(ad_fft_rfftn_opts){.axes = AD_AXES(2, 1), .norm = norm});
    CHECK_INT(ad_array_dim(h, 1), 18);
    ad_array *z = ad_fft_irfftn(h, &(ad_fft_irfftn_opts){.s = AD_INTS(10, 35), .axes = AD_AXES(2, 1), .norm = norm});
    CHECK(largest(ad_subtract(r, z)) < 1e-14);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

TEST(sums_and_factors_pass_through) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  fill_numbers();
  ad_array *x = noise(c, AD_SHAPE(3, 301), AD_COMPLEX128), *y = ad_flip(x, NULL), *two = ad_number(c, 2);
  ad_array *left = ad_fft_fft(ad_add(ad_multiply(x, two), y), NULL);
  ad_array *right = ad_add(ad_multiply(ad_fft_fft(x, NULL), two), ad_fft_fft(y, NULL));
  CHECK(largest(ad_subtract(left, right)) < 1e-12);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Views of any stride give what their copies give. */
TEST(views) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  fill_numbers();
  ad_array *x = noise(c, AD_SHAPE(6, 40, 20), AD_COMPLEX128);
  ad_array *views[] = {ad_transpose(x, NULL), ad_flip(x, NULL), ad_transpose(x, &(ad_transpose_opts){.axes = AD_AXES(1, 0, 2)}),
                       ad_strided_slice(x, AD_INTS(0, 1, 0), AD_INTS(6, 40, 20), &(ad_strided_slice_opts){.step = AD_INTS(2, 3, 1)}),
                       ad_broadcast_to(ad_strided_slice(x, AD_INTS(0, 0, 0), AD_INTS(1, 40, 1), NULL), AD_SHAPE(5, 40, 7))};
  for (size_t k = 0; k < sizeof views / sizeof *views; k++)
    for (int axis = 0; axis < 3; axis++) {
      const ad_fft_fft_opts o = {.axis = AD_INT(axis)};
      CHECK(largest(ad_subtract(ad_fft_fft(views[k], &o), ad_fft_fft(ad_copy(views[k]), &o))) < 1e-13);
      const ad_fft_rfft_opts real = {.axis = AD_INT(axis)};
      ad_array *re = ad_real(views[k]);
      CHECK(largest(ad_subtract(ad_fft_rfft(re, &real), ad_fft_rfft(ad_copy(re), &real))) < 1e-13);
    }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Bits, memory ---- */

enum { RESULTS = 5 };
static size_t results(ad_ctx *c, char *out, size_t room) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_COMPLEX64, AD_SHAPE(65536), as_floats(2 * 65536)), *m = ad_reshape(x, AD_SHAPE(256, 256));
  ad_array *odd = ad_reshape(ad_strided_slice(x, AD_INTS(0), AD_INTS(63000), NULL), AD_SHAPE(9, 7000));
  ad_array *parts[RESULTS] = {ad_fft_fft(x, NULL), ad_fft_fft2(m, NULL), ad_fft_irfft(odd, &(ad_fft_irfft_opts){.axis = AD_INT(1)}),
                              ad_fft_fft(odd, &(ad_fft_fft_opts){.n = AD_INT(6997)}),
                              ad_fft_rfft(ad_array_new(c, AD_FLOAT64, AD_SHAPE(131072), numbers), NULL)};
  size_t at = 0;
  for (int k = 0; k < RESULTS; k++) {
    size_t bytes = (size_t)ad_array_size(parts[k]) * ad_dtype_size(ad_array_dtype(parts[k]));
    CHECK(at + bytes <= room);
    if (at + bytes <= room) CHECK_INT(ad_read(parts[k], out + at, bytes), AD_OK);
    at += bytes;
  }
  ad_scope_end(s, NULL);
  return at;
}

TEST(bits_do_not_depend_on_threads_or_instruction_set) {
  enum { ROOM = 4 << 20 };
  char *want = malloc(ROOM), *got = malloc(ROOM);
  static const char *const isas[] = {"portable", "avx2", "avx512", "neon"};
  bool any = false;
  fill_numbers();
  for (int k = 0; k < 12; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1 + k % 3, .isa = isas[k / 3]});
    if (ad_ctx_status(c) == AD_OK) {
      size_t n = results(c, any ? got : want, ROOM);
      if (any) CHECK_MEM(got, want, n);
      any = true;
    }
    ad_ctx_free(c);
  }
  CHECK(any);
  free(want), free(got);
}

/* A second call of a length makes no plan: the source of memory is not asked. */
TEST(plans_are_kept) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  fill_numbers();
  ad_array *x = ad_keep(ad_array_new(c, AD_COMPLEX64, AD_SHAPE(8191), as_floats(2 * 8191)));
  uint64_t asked = 0;
  int64_t active = 0;
  for (int i = 0; i < 6; i++) {
    ad_scope *s = ad_scope_begin(c);
    CHECK_INT(ad_eval(ad_fft_fft(x, NULL)), AD_OK);
    ad_scope_end(s, NULL);
    if (i == 2) asked = ad_ctx_memory(c).source_calls, active = (int64_t)ad_ctx_memory(c).active;
  }
#ifdef AD_STRESS
  (void)asked; /* the hostile build keeps nothing for reuse */
#else
  CHECK_INT(ad_ctx_memory(c).source_calls, asked);
#endif
  CHECK_INT(ad_ctx_memory(c).active, active);
  ad_ctx_clear_cache(c);
  CHECK_INT(ad_ctx_memory(c).active, active);
  ad_drop(x);
  ad_ctx_free(c);
}

/* More lengths than are kept, each twice: what was forgotten is made anew. */
TEST(many_plans) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  fill_numbers();
  for (int round = 0; round < 2; round++)
    for (int64_t n = 2; n < 42; n++) check_length(c, FORWARD, n, true, 0);
  ad_ctx_free(c);
}

TEST(not_finite) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  double x[6] = {1, INFINITY, 2, 3, 4, 5}, got[8];
  CHECK_INT(ad_read(ad_fft_rfft(ad_array_new(c, AD_FLOAT64, AD_SHAPE(6), x), NULL), got, sizeof got), AD_OK);
  for (int i = 0; i < 8; i += 2) CHECK(!isfinite(got[i]));
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(single_precision_is_accurate), CASE(double_precision_is_accurate), CASE(round_trips),
           CASE(sums_and_factors_pass_through), CASE(views), CASE(bits_do_not_depend_on_threads_or_instruction_set),
           CASE(plans_are_kept), CASE(many_plans), CASE(not_finite))
