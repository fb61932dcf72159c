/* Stockham passes over a tile. Included for each element type, hence no guard; see base/fft_plan.h.
 *
 * A pass of radix r takes points q + len (p + m k), k < r, to q + len (r p + k), where len counts the neighbours that are
 * treated alike: those of former passes times the transforms of the tile. Then point k is multiplied by root p k. */

typedef struct AD_FFT(pass) {
  int64_t m, len;
  const AD_FFT_T *xr, *xi;
  AD_FFT_T *yr, *yi;
  const AD_FFT_T *roots; /* r - 1 pairs for each p */
} AD_FFT(pass);

#define AD_FFT_POINTS                                                                                 \
  const AD_FFT_T *restrict xr = a->xr + p * a->len, *restrict xi = a->xi + p * a->len;                \
  AD_FFT_T *restrict yr = a->yr + p * r * a->len, *restrict yi = a->yi + p * r * a->len;              \
  const int64_t len = a->len, far = a->m * a->len;                                                    \
  (void)w
#define AD_FFT_IN(k) \
  const AD_FFT_T a##k##r = xr[q + (k) * far], a##k##i = xi[q + (k) * far]
#define AD_FFT_PLUS(to, x, y) const AD_FFT_T to##r = x##r + y##r, to##i = x##i + y##i
#define AD_FFT_MINUS(to, x, y) const AD_FFT_T to##r = x##r - y##r, to##i = x##i - y##i
/* x - i y and x + i y */
#define AD_FFT_MINUS_I(to, x, y) const AD_FFT_T to##r = x##r + y##i, to##i = x##i - y##r
#define AD_FFT_PLUS_I(to, x, y) const AD_FFT_T to##r = x##r - y##i, to##i = x##i + y##r
#define AD_FFT_OUT(k, x)                                                                              \
  do {                                                                                                \
    if ((k) > 0 && twisted) {                                                                         \
      const AD_FFT_T c = w[2 * (k) - 2], s = w[2 * (k) - 1];                                          \
      yr[q + (k) * len] = x##r * c - x##i * s;                                                        \
      yi[q + (k) * len] = x##r * s + x##i * c;                                                        \
    } else {                                                                                          \
      yr[q + (k) * len] = x##r;                                                                       \
      yi[q + (k) * len] = x##i;                                                                       \
    }                                                                                                 \
  } while (0)

AD_SCALAR void AD_FFT(two)(const AD_FFT(pass) *a, int64_t p, const AD_FFT_T *restrict w, int twisted) {
  enum { r = 2 };
  AD_FFT_POINTS;
  AD_FFT_LOOP for (int64_t q = 0; q < len; q++) {
    AD_FFT_IN(0);
    AD_FFT_IN(1);
    AD_FFT_PLUS(b0, a0, a1);
    AD_FFT_MINUS(b1, a0, a1);
    AD_FFT_OUT(0, b0);
    AD_FFT_OUT(1, b1);
  }
}

AD_SCALAR void AD_FFT(four)(const AD_FFT(pass) *a, int64_t p, const AD_FFT_T *restrict w, int twisted) {
  enum { r = 4 };
  AD_FFT_POINTS;
  AD_FFT_LOOP for (int64_t q = 0; q < len; q++) {
    AD_FFT_IN(0);
    AD_FFT_IN(1);
    AD_FFT_IN(2);
    AD_FFT_IN(3);
    AD_FFT_PLUS(b0, a0, a2);
    AD_FFT_MINUS(b1, a0, a2);
    AD_FFT_PLUS(b2, a1, a3);
    AD_FFT_MINUS(b3, a1, a3);
    AD_FFT_PLUS(c0, b0, b2);
    AD_FFT_MINUS(c2, b0, b2);
    AD_FFT_MINUS_I(c1, b1, b3);
    AD_FFT_PLUS_I(c3, b1, b3);
    AD_FFT_OUT(0, c0);
    AD_FFT_OUT(1, c1);
    AD_FFT_OUT(2, c2);
    AD_FFT_OUT(3, c3);
  }
}

/* Two transforms of four points, the even and the odd ones, and what joins them: the roots 1, (1 - i)/sqrt 2, -i and
 * (-1 - i)/sqrt 2. */
AD_SCALAR void AD_FFT(eight)(const AD_FFT(pass) *a, int64_t p, const AD_FFT_T *restrict w, int twisted) {
  enum { r = 8 };
  const AD_FFT_T half = (AD_FFT_T)0x1.6a09e667f3bcdp-1;
  AD_FFT_POINTS;
  AD_FFT_LOOP for (int64_t q = 0; q < len; q++) {
    AD_FFT_IN(0);
    AD_FFT_IN(4);
    AD_FFT_PLUS(b0, a0, a4);
    AD_FFT_MINUS(b1, a0, a4);
    AD_FFT_IN(2);
    AD_FFT_IN(6);
    AD_FFT_PLUS(b2, a2, a6);
    AD_FFT_MINUS(b3, a2, a6);
    AD_FFT_PLUS(e0, b0, b2);
    AD_FFT_MINUS(e2, b0, b2);
    AD_FFT_MINUS_I(e1, b1, b3);
    AD_FFT_PLUS_I(e3, b1, b3);
    AD_FFT_IN(1);
    AD_FFT_IN(5);
    AD_FFT_PLUS(b4, a1, a5);
    AD_FFT_MINUS(b5, a1, a5);
    AD_FFT_IN(3);
    AD_FFT_IN(7);
    AD_FFT_PLUS(b6, a3, a7);
    AD_FFT_MINUS(b7, a3, a7);
    AD_FFT_PLUS(o0, b4, b6);
    AD_FFT_MINUS(o2, b4, b6);
    AD_FFT_MINUS_I(u1, b5, b7);
    AD_FFT_PLUS_I(u3, b5, b7);
    const AD_FFT_T o1r = half * (u1r + u1i), o1i = half * (u1i - u1r);
    const AD_FFT_T o3r = half * (u3i - u3r), o3i = -half * (u3r + u3i);
    AD_FFT_PLUS(y0, e0, o0);
    AD_FFT_MINUS(y4, e0, o0);
    AD_FFT_OUT(0, y0);
    AD_FFT_OUT(4, y4);
    AD_FFT_PLUS(y1, e1, o1);
    AD_FFT_MINUS(y5, e1, o1);
    AD_FFT_OUT(1, y1);
    AD_FFT_OUT(5, y5);
    AD_FFT_MINUS_I(y2, e2, o2);
    AD_FFT_PLUS_I(y6, e2, o2);
    AD_FFT_OUT(2, y2);
    AD_FFT_OUT(6, y6);
    AD_FFT_PLUS(y3, e3, o3);
    AD_FFT_MINUS(y7, e3, o3);
    AD_FFT_OUT(3, y3);
    AD_FFT_OUT(7, y7);
  }
}

/* An odd radix, for `lanes` neighbours from q on: points k and r - k share the sums of a[j] + a[r-j] times cosines, and the
 * sums of a[j] - a[r-j] times sines. cosine: the roots of the radix, its imaginary parts (negative sines) r behind. */
AD_SCALAR void AD_FFT(odd_lanes)(const AD_FFT(pass) *a, int64_t p, const AD_FFT_T *restrict w, int twisted, int64_t r,
                                 const AD_FFT_T *restrict cosine, int64_t q, int64_t lanes) {
  enum { V = AD_FFT_LANES, H = AD_FFT_LARGEST_RADIX / 2 };
  const AD_FFT_T *restrict sine = cosine + r;
  const int64_t half = r / 2, far = a->m * a->len;
  const AD_FFT_T *restrict xr = a->xr + p * a->len + q, *restrict xi = a->xi + p * a->len + q;
  AD_FFT_T *restrict yr = a->yr + p * r * a->len + q, *restrict yi = a->yi + p * r * a->len + q;
  AD_FFT_T sr[H][V], si[H][V], dr[H][V], di[H][V], tr[V], ti[V];
  for (int64_t v = 0; v < lanes; v++) tr[v] = xr[v], ti[v] = xi[v];
  for (int64_t j = 1; j <= half; j++)
    for (int64_t v = 0; v < lanes; v++) {
      const AD_FFT_T ur = xr[v + j * far], ui = xi[v + j * far], vr = xr[v + (r - j) * far], vi = xi[v + (r - j) * far];
      sr[j - 1][v] = ur + vr, si[j - 1][v] = ui + vi;
      dr[j - 1][v] = ur - vr, di[j - 1][v] = ui - vi;
      tr[v] += ur + vr, ti[v] += ui + vi;
    }
  for (int64_t v = 0; v < lanes; v++) yr[v] = tr[v], yi[v] = ti[v];
  for (int64_t k = 1; k <= half; k++) {
    AD_FFT_T cr[V], ci[V], er[V], ei[V];
    for (int64_t v = 0; v < lanes; v++) cr[v] = xr[v], ci[v] = xi[v], er[v] = 0, ei[v] = 0;
    for (int64_t j = 1, at = k; j <= half; j++, at = at + k >= r ? at + k - r : at + k) {
      const AD_FFT_T c = cosine[at], s = sine[at];
      for (int64_t v = 0; v < lanes; v++) {
        cr[v] += c * sr[j - 1][v], ci[v] += c * si[j - 1][v];
        er[v] += s * dr[j - 1][v], ei[v] += s * di[j - 1][v];
      }
    }
    for (int64_t side = 0; side < 2; side++) {
      const int64_t to = side ? r - k : k;
      const AD_FFT_T sign = side ? (AD_FFT_T)-1 : (AD_FFT_T)1;
      const AD_FFT_T c = twisted ? w[2 * to - 2] : (AD_FFT_T)1, s = twisted ? w[2 * to - 1] : (AD_FFT_T)0;
      for (int64_t v = 0; v < lanes; v++) {
        const AD_FFT_T hr = cr[v] - sign * ei[v], hi = ci[v] + sign * er[v];
        yr[v + to * a->len] = twisted ? hr * c - hi * s : hr;
        yi[v + to * a->len] = twisted ? hr * s + hi * c : hi;
      }
    }
  }
}

AD_SCALAR void AD_FFT(odd)(const AD_FFT(pass) *a, int64_t p, const AD_FFT_T *restrict w, int twisted, int64_t r) {
  const AD_FFT_T *cosine = a->roots + 2 * (r - 1) * a->m;
  int64_t q = 0;
  for (; q + AD_FFT_LANES <= a->len; q += AD_FFT_LANES) AD_FFT(odd_lanes)(a, p, w, twisted, r, cosine, q, AD_FFT_LANES);
  if (q < a->len) AD_FFT(odd_lanes)(a, p, w, twisted, r, cosine, q, a->len - q);
}

/* The first of the m groups has roots of 1 only. */
#define AD_FFT_PASS(NAME, r)                                                                           \
  static void AD_FFT(NAME##_pass)(const AD_FFT(pass) *a) {                                             \
    AD_FFT(NAME)(a, 0, a->roots, 0);                                                                   \
    for (int64_t p = 1; p < a->m; p++) AD_FFT(NAME)(a, p, a->roots + 2 * p * ((r) - 1), 1);            \
  }
AD_FFT_PASS(two, 2)
AD_FFT_PASS(four, 4)
AD_FFT_PASS(eight, 8)

AD_SCALAR void AD_FFT(odd_pass)(const AD_FFT(pass) *a, int64_t r) {
  AD_FFT(odd)(a, 0, a->roots, 0, r);
  for (int64_t p = 1; p < a->m; p++) AD_FFT(odd)(a, p, a->roots + 2 * p * (r - 1), 1, r);
}
static void AD_FFT(three_pass)(const AD_FFT(pass) *a) { AD_FFT(odd_pass)(a, 3); }
static void AD_FFT(five_pass)(const AD_FFT(pass) *a) { AD_FFT(odd_pass)(a, 5); }
static void AD_FFT(other_pass)(const AD_FFT(pass) *a, int64_t r) { AD_FFT(odd_pass)(a, r); }

typedef struct AD_FFT(tile) {
  AD_FFT_T *re, *im;   /* the points */
  AD_FFT_T *re2, *im2; /* as much room again */
} AD_FFT(tile);

/* Transforms a tile of `width` columns; the points may have changed places with the room. */
static void AD_FFT(passes)(const ad_fft_steps *s, const AD_FFT_T *table, int64_t width, AD_FFT(tile) *t) {
  const AD_FFT_T *roots = table + s->roots;
  int64_t left = s->n, len = width;
  for (int i = 0; i < s->count; i++) {
    const int64_t r = s->radix[i], m = left / r;
    const AD_FFT(pass) a = {m, len, t->re, t->im, t->re2, t->im2, roots};
    switch (r) {
    case 2: AD_FFT(two_pass)(&a); break;
    case 3: AD_FFT(three_pass)(&a); break;
    case 4: AD_FFT(four_pass)(&a); break;
    case 5: AD_FFT(five_pass)(&a); break;
    case 8: AD_FFT(eight_pass)(&a); break;
    default: AD_FFT(other_pass)(&a, r); break;
    }
    *t = (AD_FFT(tile)){t->re2, t->im2, t->re, t->im};
    roots += 2 * (r - 1) * m + (r % 2 ? 2 * r : 0);
    left = m;
    len *= r;
  }
}

#undef AD_FFT_POINTS
#undef AD_FFT_IN
#undef AD_FFT_PLUS
#undef AD_FFT_MINUS
#undef AD_FFT_MINUS_I
#undef AD_FFT_PLUS_I
#undef AD_FFT_OUT
#undef AD_FFT_PASS
