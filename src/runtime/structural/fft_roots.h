/* Roots of unity, and the tables of a plan. Included for each element type, hence no guard; see base/fft_plan.h.
 *
 * A root is computed in double from its exact index: the eighth of the circle and the rest of the index are exact, and the angle
 * is carried in two pieces, so that it is right to the last bit but one in double and correctly rounded, nearly always, in float. */

/* exp(-2 pi i index / n), whole numbers 0 <= index < n < 2^50. Straight-line. */
AD_SCALAR void AD_FFT(root)(double index, double n, double *re, double *im) {
  const double quarter_pi = 0x1.921fb54442d18p-1, quarter_pi_low = 0x1.1a62633145c07p-55;
  double e = 8.0 * index, octant = 0.0, rest, q, low, hi, s, c, odd, turned;
  octant += e >= n ? 1.0 : 0.0;
  octant += e >= 2.0 * n ? 1.0 : 0.0;
  octant += e >= 3.0 * n ? 1.0 : 0.0;
  octant += e >= 4.0 * n ? 1.0 : 0.0;
  octant += e >= 5.0 * n ? 1.0 : 0.0;
  octant += e >= 6.0 * n ? 1.0 : 0.0;
  octant += e >= 7.0 * n ? 1.0 : 0.0;
  rest = e - octant * n;
  odd = octant - 2.0 * floor(octant * 0.5);
  rest = odd != 0.0 ? n - rest : rest;
  q = rest / n;
  low = fma(-q, n, rest) / n;
  hi = q * quarter_pi;
  low = fma(q, quarter_pi, -hi) + (q * quarter_pi_low + low * quarter_pi);
  s = ad__f64_sin_poly(hi, low);
  c = ad__f64_cos_poly(hi, low);
  turned = floor((octant + 1.0) * 0.5); /* octants 1, 2, 5, 6: sine and cosine change places */
  turned = turned - 2.0 * floor(turned * 0.5);
  *re = turned != 0.0 ? s : c;
  *im = turned != 0.0 ? c : s;
  *re = octant >= 2.0 && octant <= 5.0 ? -*re : *re;
  *im = octant >= 4.0 ? *im : -*im;
}

/* Roots first, first + step, ... of n, real and imaginary parts apart. */
static void AD_FFT(roots)(int64_t count, double first, double step, double n, AD_FFT_T *restrict re, AD_FFT_T *restrict im) {
  for (int64_t j = 0; j < count; j++) {
    double c, s;
    AD_FFT(root)(first + (double)j * step, n, &c, &s);
    re[j] = (AD_FFT_T)c;
    im[j] = (AD_FFT_T)s;
  }
}

/* For each pass: root p * k of its length for k = 1 ... r - 1, p by p; then, for an odd radix, the roots of the radix, cosines
 * and sines apart. */
static void AD_FFT(fill_steps)(const ad_fft_steps *s, AD_FFT_T *table) {
  enum { CHUNK = 128 };
  AD_FFT_T re[CHUNK], im[CHUNK], *out = table + s->roots;
  int64_t left = s->n;
  for (int i = 0; i < s->count; i++) {
    int64_t r = s->radix[i], m = left / r;
    for (int64_t k = 1; k < r; k++)
      for (int64_t p = 0; p < m; p += CHUNK) {
        int64_t n = m - p < CHUNK ? m - p : CHUNK;
        AD_FFT(roots)(n, (double)(p * k), (double)k, (double)left, re, im);
        for (int64_t j = 0; j < n; j++) {
          AD_FFT_T *to = out + 2 * ((p + j) * (r - 1) + k - 1);
          to[0] = re[j];
          to[1] = im[j];
        }
      }
    out += 2 * (r - 1) * m;
    if (r % 2) {
      AD_FFT(roots)(r, 0.0, 1.0, (double)r, out, out + r);
      out += 2 * r;
    }
    left = m;
  }
}

/* exp(-pi i j^2 / n). */
static void AD_FFT(fill_chirp)(int64_t n, AD_FFT_T *re, AD_FFT_T *im) {
  int64_t square = 0; /* j^2 modulo 2 n */
  for (int64_t j = 0; j < n; j++) {
    AD_FFT(roots)(1, (double)square, 0.0, (double)(2 * n), re + j, im + j);
    square = (square + 2 * j + 1) % (2 * n);
  }
}
