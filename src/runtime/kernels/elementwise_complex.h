/* Kernels of complex numbers that are put together from others, which keeps their large bodies from standing there twice.
 *
 * A row of elementwise.def names its way: a statement that returns when it has done the work, and leaves it to the row's own loop
 * otherwise. complex64 is computed as complex128 and rounded, so it goes through the other lane's kernel, in blocks; the bits
 * are those of base/scalar_complex.h. Included by elementwise_set.h in an instruction set's region. No guard. */

#define C128_KERNEL(op) AD_CAT(ad__lane_c128, AD_KERNEL_SUFFIX)[AD_ELT_##op]
extern const ad_elt_fn AD_CAT(ad__lane_c128, AD_KERNEL_SUFFIX)[AD_ELT_COUNT];

enum { AD_CAT(COMPLEX_BLOCK, AD_KERNEL_SUFFIX) = 128 };
#define BLOCK AD_CAT(COMPLEX_BLOCK, AD_KERNEL_SUFFIX)

/* A kernel of complex128 on numbers of complex64; b may be NULL. */
static void AD_CAT(by_c128, AD_KERNEL_SUFFIX)(ad_elt_fn f, size_t n, void *out_, const void *a_, const void *b_) {
  ad_c64 *out = out_;
  const ad_c64 *a = a_, *b = b_;
  ad_c128 x[BLOCK], y[BLOCK];
  for (size_t at = 0; at < n; at += BLOCK) {
    size_t m = n - at < BLOCK ? n - at : BLOCK;
    for (size_t i = 0; i < m; i++) x[i] = ad__c64_wide(a[at + i]);
    for (size_t i = 0; b && i < m; i++) y[i] = ad__c64_wide(b[at + i]);
    f(m, x, x, b ? y : NULL, NULL);
    for (size_t i = 0; i < m; i++) out[at + i] = ad__c128_narrow(x[i]);
  }
}

/* What is done to the results of another kernel. */
typedef enum AD_CAT(complex_finish, AD_KERNEL_SUFFIX) {
  AD_CAT(COMPLEX_LEAVE, AD_KERNEL_SUFFIX),
  AD_CAT(COMPLEX_TURN_BACK, AD_KERNEL_SUFFIX),
  AD_CAT(COMPLEX_SCALE, AD_KERNEL_SUFFIX),
  AD_CAT(COMPLEX_FOLD, AD_KERNEL_SUFFIX) /* arccos becomes arccosh */
} AD_CAT(complex_finish, AD_KERNEL_SUFFIX);

static void AD_CAT(by_other, AD_KERNEL_SUFFIX)(ad_elt_fn f, bool turns, AD_CAT(complex_finish, AD_KERNEL_SUFFIX) finish, double factor,
                                               size_t n, void *out_, const void *a_) {
  ad_c128 *out = out_;
  const ad_c128 *a = a_;
  ad_c128 x[BLOCK];
  for (size_t at = 0; at < n; at += BLOCK, a += BLOCK, out += BLOCK) {
    size_t m = n - at < BLOCK ? n - at : BLOCK;
    for (size_t i = 0; i < m; i++) x[i] = turns ? ad__c128_turn(a[i]) : a[i];
    f(m, x, x, NULL, NULL);
    switch (finish) {
    case AD_CAT(COMPLEX_LEAVE, AD_KERNEL_SUFFIX): memcpy(out, x, m * sizeof *x); break;
    case AD_CAT(COMPLEX_TURN_BACK, AD_KERNEL_SUFFIX):
      for (size_t i = 0; i < m; i++) out[i] = ad__c128_turn_back(x[i]);
      break;
    case AD_CAT(COMPLEX_SCALE, AD_KERNEL_SUFFIX):
      for (size_t i = 0; i < m; i++) out[i] = ad__c128(x[i].re * factor, x[i].im * factor);
      break;
    case AD_CAT(COMPLEX_FOLD, AD_KERNEL_SUFFIX):
      for (size_t i = 0; i < m; i++) out[i] = ad__c128_arccosh_of(x[i], a[i]);
      break;
    }
  }
}

static void AD_CAT(negate, AD_KERNEL_SUFFIX)(size_t n, void *out_) {
  uint8_t *out = out_;
  for (size_t i = 0; i < n; i++) out[i] = !out[i];
}

#undef BLOCK
/* ---- The ways ---- */

#define WIDE(op)                                                                   \
  if (sizeof(T) == sizeof(ad_c64)) {                                               \
    AD_CAT(by_c128, AD_KERNEL_SUFFIX)(C128_KERNEL(op), n, out_, a_, b_);           \
    return;                                                                        \
  }
#define BY_OTHER(op, f, turns, finish, factor)                                                                                  \
  WIDE(op)                                                                                                                      \
  AD_CAT(by_other, AD_KERNEL_SUFFIX)(C128_KERNEL(f), turns, AD_CAT(COMPLEX_##finish, AD_KERNEL_SUFFIX), factor, n, out_, a_);    \
  return;
/* -i f(iz), and f(iz). */
#define TURNED(op, f) BY_OTHER(op, f, true, TURN_BACK, 1)
#define TURNED_IN(op, f) BY_OTHER(op, f, true, LEAVE, 1)
#define SCALED(op, f, factor) BY_OTHER(op, f, false, SCALE, factor)
#define FOLDED(op, f) BY_OTHER(op, f, false, FOLD, 1)
/* f(b, a), and not f(a, b). */
#define SWAPPED(f)                  \
  NAME(f)(n, out_, b_, a_, NULL);   \
  return;
#define NEGATED(f)                              \
  NAME(f)(n, out_, a_, b_, NULL);               \
  AD_CAT(negate, AD_KERNEL_SUFFIX)(n, out_);    \
  return;
