/* One instruction set's scan kernels: included by reduce_set.h, inside its region.
 *
 * A scan is done in the order of its elements, whatever the layout, so its bits follow from the elements alone. Sums of
 * float32 are carried in float64 (of complex64 in complex128), so that a long scan stays exact to the last place or so. */

/* `s` and T are the lane, A the type that is carried. A scan begins with IDENTITY. */
#define SCAN(scan, s, T, A, IDENTITY, STEP, RESULT)     \
  SCAN_ROW(scan, s, T, A, IDENTITY, STEP, RESULT)       \
  SCAN_ACROSS(scan, s, T, A, STEP, RESULT)

#define SCAN_ROW(scan, s, T, A, IDENTITY, STEP, RESULT)                                                        \
  static void NAME(scan##_begin, s)(size_t n, void *acc_) {                                                    \
    A *acc = acc_;                                                                                             \
    const A identity = IDENTITY;                                                                               \
    for (size_t i = 0; i < n; i++) acc[i] = identity;                                                          \
  }                                                                                                            \
  static void NAME(scan##_row, s)(size_t n, void *out_, const void *in_, void *acc_, bool exclusive) {         \
    T *out = out_;                                                                                             \
    const T *in = in_;                                                                                         \
    A acc = *(A *)acc_;                                                                                        \
    if (exclusive)                                                                                             \
      for (size_t i = 0; i < n; i++) {                                                                         \
        const T x = in[i];                                                                                     \
        out[i] = RESULT(acc);                                                                                  \
        acc = STEP(acc, x);                                                                                    \
      }                                                                                                        \
    else                                                                                                       \
      for (size_t i = 0; i < n; i++) {                                                                         \
        acc = STEP(acc, in[i]);                                                                                \
        out[i] = RESULT(acc);                                                                                  \
      }                                                                                                        \
    *(A *)acc_ = acc;                                                                                          \
  }

#define SCAN_ACROSS(scan, s, T, A, STEP, RESULT)                                                               \
  static void NAME(scan##_across, s)(size_t n, void *out_, const void *in_, void *acc_, bool exclusive) {      \
    T *restrict out = out_;                                                                                             \
    const T *restrict in = in_;                                                                                         \
    A *restrict acc = acc_;                                                                                             \
    if (exclusive) {                                                                                           \
      LANE_LOOP for (size_t i = 0; i < n; i++) {                                                                 \
        const T x = in[i];                                                                                     \
        const A a = acc[i];                                                                                    \
        out[i] = RESULT(a);                                                                                    \
        acc[i] = STEP(a, x);                                                                                   \
      }                                                                                                        \
    } else {                                                                                                   \
      LANE_LOOP for (size_t i = 0; i < n; i++) {                                                                 \
        const A a = STEP(acc[i], in[i]);                                                                       \
        acc[i] = a;                                                                                            \
        out[i] = RESULT(a);                                                                                    \
      }                                                                                                        \
    }                                                                                                          \
  }

static inline double NAME(carry_sum, f32)(double a, float x) { return a + (double)x; }
static inline double NAME(carry_logsumexp, f32)(double a, float x) { return ad_f64_logaddexp(a, (double)x); }
static inline ad_c128 NAME(carry_sum, c64)(ad_c128 a, ad_c64 x) { return ad_c128_add(a, ad__c64_wide(x)); }
#define NARROWED_f32(a) ((float)(a))
#define NARROWED_c64(a) ad__c128_narrow(a)
#define ONE_c64 ad__c64(1, 0)
#define ONE_c128 ad__c128(1, 0)
#define ZERO_c128 ad__c128(-0.0, -0.0)
#define LOWEST_u8 0
#define LOWEST_u16 0
#define LOWEST_u32 0
#define LOWEST_u64 0
#define LOWEST_i8 INT8_MIN
#define LOWEST_i16 INT16_MIN
#define LOWEST_i32 INT32_MIN
#define LOWEST_i64 INT64_MIN
#define HIGHEST_u8 UINT8_MAX
#define HIGHEST_u16 UINT16_MAX
#define HIGHEST_u32 UINT32_MAX
#define HIGHEST_u64 UINT64_MAX
#define HIGHEST_i8 INT8_MAX
#define HIGHEST_i16 INT16_MAX
#define HIGHEST_i32 INT32_MAX
#define HIGHEST_i64 INT64_MAX

SCAN(cumsum, b8, uint8_t, uint8_t, 0, NAME(either, b8), ITSELF)
SCAN(cumprod, b8, uint8_t, uint8_t, 1, NAME(both, b8), ITSELF)
SCAN(cummax, b8, uint8_t, uint8_t, 0, NAME(either, b8), ITSELF)
SCAN(cummin, b8, uint8_t, uint8_t, 1, NAME(both, b8), ITSELF)
#define SCAN_UNSIGNED(s, T, D)                                                 \
  SCAN(cumsum, s, T, T, 0, ad_##s##_add, ITSELF)                               \
  SCAN(cumprod, s, T, T, 1, ad_##s##_multiply, ITSELF)
UNSIGNED(SCAN_UNSIGNED)
#define SCAN_INTEGER(s, T, D)                                                  \
  SCAN(cummax, s, T, T, LOWEST_##s, NAME(larger, s), ITSELF)                   \
  SCAN(cummin, s, T, T, HIGHEST_##s, NAME(smaller, s), ITSELF)
INTEGERS(SCAN_INTEGER)
#define SCAN_FLOAT(s, T, D)                                                    \
  SCAN(cumprod, s, T, T, 1, NAME(times, s), ITSELF)                            \
  SCAN(cummax, s, T, T, (T)-INFINITY, NAME(larger, s), ITSELF)                 \
  SCAN(cummin, s, T, T, (T)INFINITY, NAME(smaller, s), ITSELF)
FLOATS(SCAN_FLOAT)
/* -0 plus anything is that thing, signs of zeros included. */
SCAN(cumsum, f32, float, double, -0.0, NAME(carry_sum, f32), NARROWED_f32)
SCAN(cumsum, f64, double, double, -0.0, NAME(plus, f64), ITSELF)
SCAN(cumsum, c64, ad_c64, ad_c128, ZERO_c128, NAME(carry_sum, c64), NARROWED_c64)
SCAN(cumsum, c128, ad_c128, ad_c128, ZERO_c128, ad_c128_add, ITSELF)
/* Across, products of complex numbers go through the elementwise kernel, a block at a time since out may be in. */
#define SCAN_PRODUCTS(s, T, D)                                                                                 \
  SCAN_ROW(cumprod, s, T, T, ONE_##s, ad_##s##_multiply, ITSELF)                                               \
  static void NAME(cumprod_across, s)(size_t n, void *out, const void *in, void *acc, bool exclusive) {        \
    enum { BLOCK = 1024 / sizeof(T) };                                                                         \
    for (size_t at = 0; at < n; at += BLOCK) {                                                                 \
      size_t m = n - at < BLOCK ? n - at : BLOCK, bytes = m * sizeof(T);                                       \
      T factor[BLOCK], *a = (T *)acc + at;                                                                     \
      memcpy(factor, (const T *)in + at, bytes);                                                               \
      if (exclusive) memcpy((T *)out + at, a, bytes);                                                          \
      NAME(multiply_by, s)(m, a, factor);                                                                      \
      if (!exclusive) memcpy((T *)out + at, a, bytes);                                                         \
    }                                                                                                          \
  }
COMPLEX(SCAN_PRODUCTS)
SCAN(logcumsumexp, f32, float, double, -INFINITY, NAME(carry_logsumexp, f32), NARROWED_f32)
SCAN(logcumsumexp, f64, double, double, -INFINITY, ad_f64_logaddexp, ITSELF)

#define SCAN_ENTRY(scan, s, D, A) \
  [AD_##D] = {NAME(scan##_begin, s), NAME(scan##_row, s), NAME(scan##_across, s), sizeof(A)},
#define SCAN_SUM(s, T, D) SCAN_ENTRY(cumsum, WRAPPING(s), D, T)
#define SCAN_PRODUCT(s, T, D) SCAN_ENTRY(cumprod, WRAPPING(s), D, T)
#define SCAN_MAX(s, T, D) SCAN_ENTRY(cummax, s, D, T)
#define SCAN_MIN(s, T, D) SCAN_ENTRY(cummin, s, D, T)
#define SCANS                                                                                                        \
  {[AD_SCAN_SUM] = {SCAN_SUM(b8, uint8_t, BOOL) INTEGERS(SCAN_SUM) SCAN_ENTRY(cumsum, f32, FLOAT32, double)          \
                        SCAN_SUM(f64, double, FLOAT64) SCAN_ENTRY(cumsum, c64, COMPLEX64, ad_c128)                   \
                            SCAN_SUM(c128, ad_c128, COMPLEX128)},                                                    \
   [AD_SCAN_PRODUCT] = {ORDERED(SCAN_PRODUCT) COMPLEX(SCAN_PRODUCT)},                                                \
   [AD_SCAN_MAX] = {ORDERED(SCAN_MAX)},                                                                              \
   [AD_SCAN_MIN] = {ORDERED(SCAN_MIN)},                                                                              \
   [AD_SCAN_LOGSUMEXP] = {SCAN_ENTRY(logcumsumexp, f32, FLOAT32, double)                                             \
                              SCAN_ENTRY(logcumsumexp, f64, FLOAT64, double)}}
