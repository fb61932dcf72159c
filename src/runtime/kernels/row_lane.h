/* Row kernels of one lane, included by row_set.h with LANE its suffix, T its element, EXP its exponential. */

#define N(what) AD_CAT(AD_CAT(AD_CAT(row_, what), LANE), AD_KERNEL_SUFFIX)

/* Partial results become one, pairwise. The loops are written out since their lengths, once numbers, keep them in registers. */
_Static_assert(AD_ROW_PARTS == 32, "as many rounds as these");
#define ROUND(half, BODY) for (size_t j = 0; j < half; j++) BODY;
#define IN_ROUNDS(half, BODY)                    \
  {                                              \
    { enum { half = 16 }; ROUND(half, BODY) }    \
    { enum { half = 8 }; ROUND(half, BODY) }     \
    { enum { half = 4 }; ROUND(half, BODY) }     \
    { enum { half = 2 }; ROUND(half, BODY) }     \
    { enum { half = 1 }; ROUND(half, BODY) }     \
  }

INLINE T N(pairwise)(T *part) {
  IN_ROUNDS(half, part[j] += part[j + half])
  return part[0];
}

/* `BODY` for every i below n, j being the partial sum it belongs to. */
#define IN_PARTS(BODY)                                                      \
  {                                                                         \
    size_t at = 0;                                                          \
    for (; at + AD_ROW_PARTS <= n; at += AD_ROW_PARTS)                      \
      for (size_t j = 0; j < AD_ROW_PARTS; j++) {                           \
        const size_t i = at + j;                                            \
        BODY                                                                \
      }                                                                     \
    for (size_t j = 0; at + j < n; j++) {                                   \
      const size_t i = at + j;                                              \
      BODY                                                                  \
    }                                                                       \
  }

/* ---- Norms ---- */

INLINE void N(normalize_as)(size_t n, T *restrict out, const T *restrict in, const T mean, const T rstd, const T *restrict weight,
                            const T *restrict bias, const bool weighted, const bool biased) {
  ROW_LOOP for (size_t i = 0; i < n; i++) {
    T y = (in[i] - mean) * rstd;
    if (weighted) y = y * weight[i];
    if (biased) y = y + bias[i];
    out[i] = y;
  }
}

static void N(normalize)(size_t n, void *out, const void *in, double mean, double rstd, const void *weight, const void *bias) {
  const T m = (T)mean, s = (T)rstd;
  if (weight && bias) N(normalize_as)(n, out, in, m, s, weight, bias, true, true);
  else if (weight) N(normalize_as)(n, out, in, m, s, weight, NULL, true, false);
  else if (bias) N(normalize_as)(n, out, in, m, s, NULL, bias, false, true);
  else N(normalize_as)(n, out, in, m, s, NULL, NULL, false, false);
}

static double N(squares)(size_t n, const void *in_) {
  const T *restrict in = in_;
  T part[AD_ROW_PARTS] = {0};
  IN_PARTS(part[j] += in[i] * in[i];)
  return (double)N(pairwise)(part);
}

INLINE void N(norm_sums_as)(size_t n, const T *restrict ct, const T *restrict x, const T *restrict weight, const T mean, const T rstd,
                            double *sums, T *restrict dweight, T *restrict dbias, const bool weighted, const bool biased) {
  T g_part[AD_ROW_PARTS] = {0}, d_part[AD_ROW_PARTS] = {0};
  IN_PARTS(
    const T d = x[i] - mean;
    const T c = ct[i] * rstd;
    const T g = weighted ? c * weight[i] : c;
    g_part[j] += g;
    d_part[j] += g * d;
    if (weighted) dweight[i] += c * d;
    if (biased) dbias[i] += ct[i];)
  sums[0] += (double)N(pairwise)(g_part);
  sums[1] += (double)N(pairwise)(d_part);
}

static void N(norm_sums)(size_t n, const void *ct, const void *x, const void *weight, double mean, double rstd, double *sums,
                         void *dweight, void *dbias) {
  const T m = (T)mean, s = (T)rstd;
  if (weight && dbias) N(norm_sums_as)(n, ct, x, weight, m, s, sums, dweight, dbias, true, true);
  else if (weight) N(norm_sums_as)(n, ct, x, weight, m, s, sums, dweight, NULL, true, false);
  else if (dbias) N(norm_sums_as)(n, ct, x, NULL, m, s, sums, NULL, dbias, false, true);
  else N(norm_sums_as)(n, ct, x, NULL, m, s, sums, NULL, NULL, false, false);
}

INLINE void N(norm_back_as)(size_t n, T *restrict out, const T *restrict ct, const T *restrict x, const T *restrict weight, const T mean,
                            const T rstd, const T a, const T b, const bool weighted) {
  ROW_LOOP for (size_t i = 0; i < n; i++) {
    const T d = x[i] - mean, c = ct[i] * rstd, g = weighted ? c * weight[i] : c;
    out[i] = g - a - d * b;
  }
}

static void N(norm_back)(size_t n, void *out, const void *ct, const void *x, const void *weight, double mean, double rstd, double a,
                         double b) {
  if (weight) N(norm_back_as)(n, out, ct, x, weight, (T)mean, (T)rstd, (T)a, (T)b, true);
  else N(norm_back_as)(n, out, ct, x, NULL, (T)mean, (T)rstd, (T)a, (T)b, false);
}

/* ---- Softmax, attention, cross-entropy ---- */

static double N(top)(size_t n, const void *in_, double least) {
  const T *restrict in = in_;
  T part[AD_ROW_PARTS];
  for (size_t j = 0; j < AD_ROW_PARTS; j++) part[j] = (T)least;
  IN_PARTS(part[j] = in[i] > part[j] ? in[i] : part[j];)
  IN_ROUNDS(half, part[j] = part[j + half] > part[j] ? part[j + half] : part[j])
  return (double)part[0];
}

INLINE double N(soften_as)(size_t n, T *restrict out, const T *restrict in, const T shift, const bool in_place) {
  T part[AD_ROW_PARTS] = {0};
  IN_PARTS(
    const T e = EXP_WEIGHT((in_place ? out[i] : in[i]) - shift);
    out[i] = e;
    part[j] += e;)
  return (double)N(pairwise)(part);
}

static double N(soften)(size_t n, void *out, const void *in, double shift) {
  return out == in ? N(soften_as)(n, out, NULL, (T)shift, true) : N(soften_as)(n, out, in, (T)shift, false);
}

static void N(scale)(size_t n, void *row_, double factor_) {
  T *restrict row = row_;
  const T factor = (T)factor_;
  ROW_LOOP for (size_t i = 0; i < n; i++) row[i] = row[i] * factor;
}

static void N(hide)(size_t n, void *row_, const uint8_t *restrict keep) {
  T *restrict row = row_;
  ROW_LOOP for (size_t i = 0; i < n; i++) row[i] = keep[i] ? row[i] : -(T)INFINITY;
}

static void N(soften_back)(size_t n, void *p_, void *d_, double shift_, double delta_) {
  T *restrict p = p_, *restrict d = d_;
  const T shift = (T)shift_, delta = (T)delta_;
  ROW_LOOP for (size_t i = 0; i < n; i++) {
    const T e = EXP(p[i] - shift);
    p[i] = e;
    d[i] = e * (d[i] - delta);
  }
}

static void N(entropy_back)(size_t n, void *out_, const void *x_, const void *target_, double shift_, double a_, double b_, double c_) {
  T *restrict out = out_;
  const T *restrict x = x_, *restrict target = target_;
  const T shift = (T)shift_, a = (T)a_, b = (T)b_, c = (T)c_;
  ROW_LOOP for (size_t i = 0; i < n; i++) out[i] = EXP(x[i] - shift) * a - b;
  if (!target) return;
  ROW_LOOP for (size_t i = 0; i < n; i++) out[i] = out[i] - c * target[i];
}

/* ---- Rotary positions ---- */

static void N(turn)(size_t n, void *out_a_, void *out_b_, const void *a_, const void *b_, const void *cos_, const void *sin_) {
  T *restrict out_a = out_a_, *restrict out_b = out_b_;
  const T *restrict a = a_, *restrict b = b_, *restrict cosines = cos_, *restrict sines = sin_;
  ROW_LOOP for (size_t i = 0; i < n; i++) {
    out_a[i] = a[i] * cosines[i] - b[i] * sines[i];
    out_b[i] = a[i] * sines[i] + b[i] * cosines[i];
  }
}

static void N(turn_pairs)(size_t n, void *out_, const void *in_, const void *cos_, const void *sin_) {
  T *restrict out = out_;
  const T *restrict in = in_, *restrict cosines = cos_, *restrict sines = sin_;
  ROW_LOOP for (size_t i = 0; i < n; i++) {
    const T a = in[2 * i], b = in[2 * i + 1];
    out[2 * i] = a * cosines[i] - b * sines[i];
    out[2 * i + 1] = a * sines[i] + b * cosines[i];
  }
}

static const ad_row_lane N(lane) = {
    .item = sizeof(T), .normalize = N(normalize), .squares = N(squares), .norm_sums = N(norm_sums), .norm_back = N(norm_back),
    .top = N(top), .soften = N(soften), .scale = N(scale), .hide = N(hide), .soften_back = N(soften_back), .entropy_back = N(entropy_back),
    .turn = N(turn), .turn_pairs = N(turn_pairs)};

#undef N
#undef IN_PARTS
#undef ROUND
#undef IN_ROUNDS
#undef LANE
#undef T
#undef EXP
#undef EXP_WEIGHT
