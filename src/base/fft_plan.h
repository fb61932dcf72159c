/* Discrete Fourier transforms of any length: what is done, apart from the arithmetic.
 *
 * Freestanding: the text is compiled in and carried into emitted C. Nothing is allocated; whoever calls gives the memory,
 * whose size follows from the plan: the kernel's call, and the C printer, which declares arrays. fft_roots.h, fft_passes.h,
 * fft_tiles.h and fft_run.h of runtime/structural hold the arithmetic; they are included, in this order, once for each element type, with AD_FFT_T (float or double), AD_FFT(name) (the name with a
 * suffix) and AD_FFT_LOOP (nothing, or what tells a compiler that iterations may be done side by side) defined.
 *
 * Inside, real and imaginary parts lie apart, as a tile of `rows` points of `width` transforms side by side, so that every
 * inner loop runs over neighbours and is vectorised by any compiler; loads and stores from and to the caller's layout bring
 * interleaved numbers apart and turn rows into columns. A tile is transformed by Stockham's passes (Stockham 1966; Van Loan,
 * Computational Frameworks for the Fast Fourier Transform, 1992, section 1.7). A long transform is cut into two steps of tiles
 * (Bailey, FFTs in external or hierarchical memory, 1990); a length with a prime factor above AD_FFT_LARGEST_RADIX is a
 * convolution (Bluestein 1970); one of even length over real numbers is a complex one of half the length.
 *
 * Every operation is done for one point at a time in a fixed order, no sums run along a vector: the bits do not depend on
 * the width of vectors. Lengths up to 2^40. */
#ifndef AD_BASE_FFT_PLAN_H
#define AD_BASE_FFT_PLAN_H

#include <stddef.h>
#include <stdint.h>

enum {
  AD_FFT_LARGEST_RADIX = 31,
  AD_FFT_MOST_STEPS = 40,
  AD_FFT_LANES = 16,            /* narrowest tile of several transforms; side of a block that is turned */
  AD_FFT_SHORT = 256,           /* contiguous transforms below this length lie side by side in tiles */
  AD_FFT_TALL = 8192,           /* strided ones below this */
  AD_FFT_KEPT_TWIST = 1 << 20   /* longest transform whose twiddles between the two steps are tabulated */
};

/* Stockham passes over n points: radix[0..count). roots: where their table begins in the plan's. */
typedef struct ad_fft_steps {
  int64_t n, roots;
  int count;
  unsigned char radix[AD_FFT_MOST_STEPS];
} ad_fft_steps;

typedef struct ad_fft_plan {
  int64_t n;        /* complex points */
  int64_t m;        /* those of the smooth transform that runs: n, or the length of the convolution */
  int chirp;        /* it is a convolution */
  int line;         /* in two steps, first (over columns) and second (over rows), m = first.n * second.n */
  int halved;       /* of 2 n real numbers */
  ad_fft_steps first, second; /* only the first where it is one tile */
  int64_t twist, chirp_at, spectrum, split; /* where tables begin; -1: there is none */
  int64_t table;    /* numbers in the table */
} ad_fft_plan;

/* What is done to one tile or line, in order. */
enum {
  AD_FFT_LOAD,      /* from the caller's layout */
  AD_FFT_EXTEND,    /* the half that is given of a symmetric spectrum to all of it */
  AD_FFT_MERGE,     /* the spectrum of real numbers to that of their pairs */
  AD_FFT_CHIRP_IN,
  AD_FFT_PASSES,
  AD_FFT_FIRST,
  AD_FFT_SECOND,
  AD_FFT_SPECTRUM,
  AD_FFT_CHIRP_OUT,
  AD_FFT_SPLIT,     /* the inverse of merge */
  AD_FFT_STORE,
  AD_FFT_BACK = 32, /* added to passes, first and second: the other direction */
  AD_FFT_MOST_OPS = 16
};

typedef enum ad_fft_kind { AD_FFT_COMPLEX, AD_FFT_FROM_REAL, AD_FFT_TO_REAL } ad_fft_kind;

typedef struct ad_fft_job {
  const ad_fft_plan *plan;
  const void *table;
  ad_fft_kind kind;
  int inverse;
  double scale;                   /* results are multiplied by it */
  int64_t in_point, out_point;    /* numbers from one point to the next; a complex point is two numbers */
  int64_t in_line, out_line;      /* from one transform of a tile to the next */
  int count;
  unsigned char ops[AD_FFT_MOST_OPS];
} ad_fft_job;

/* ---- Planning ---- */

/* The passes of length n; 0 when a prime factor is too large. Odd radices first, then 4, then 8. */
static inline int ad_fft_factor(int64_t n, ad_fft_steps *s) {
  int twos = 0, eights, fours, k;
  s->n = n;
  s->count = 0;
  for (; n % 2 == 0; n /= 2) twos++;
  for (k = 3; k <= AD_FFT_LARGEST_RADIX; k += 2)
    for (; n % k == 0; n /= k) s->radix[s->count++] = (unsigned char)k;
  fours = twos == 1 ? 0 : twos % 3 == 2 ? 1 : twos % 3 == 1 ? 2 : 0;
  eights = (twos - 2 * fours) / 3;
  if (twos == 1) s->radix[s->count++] = 2;
  for (k = 0; k < fours; k++) s->radix[s->count++] = 4;
  for (k = 0; k < eights; k++) s->radix[s->count++] = 8;
  return n == 1;
}

/* Numbers in the table of some passes: for each its twiddles, and an odd radix' own roots. */
static inline int64_t ad_fft_steps_table(const ad_fft_steps *s) {
  int64_t left = s->n, sum = 0;
  int k;
  for (k = 0; k < s->count; k++) {
    int64_t r = s->radix[k];
    left /= r;
    sum += 2 * (r - 1) * left + (r % 2 ? 2 * r : 0);
  }
  return sum;
}

/* The shortest length of 2^a, 3 2^a or 5 2^a that holds a convolution of n points. */
static inline int64_t ad_fft_chirp_length(int64_t n) {
  int64_t best = 1, k;
  while (best < 2 * n - 1) best *= 2;
  for (k = 3; k <= 5; k += 2) {
    int64_t m = k;
    while (m < 2 * n - 1) m *= 2;
    if (m < best) best = m;
  }
  return best;
}

/* The divisor of n next to its root from below. */
static inline int64_t ad_fft_split_of(int64_t n) {
  int64_t d = 1;
  while ((d + 1) * (d + 1) <= n) d = 4 * d * d <= n ? 2 * d : d + 1;
  while (n % d) d--;
  return d;
}

static inline int64_t ad_fft_take(ad_fft_plan *p, int64_t numbers) {
  int64_t at = p->table;
  p->table += (numbers + 15) / 16 * 16;
  return at;
}

/* The plan of transforms of `length` points (of real numbers unless kind is COMPLEX). contiguous: points are neighbours. */
static inline void ad_fft_describe(ad_fft_plan *p, int64_t length, ad_fft_kind kind, int contiguous) {
  int64_t rows;
  *p = (ad_fft_plan){0};
  p->halved = kind != AD_FFT_COMPLEX && length % 2 == 0;
  p->n = p->halved ? length / 2 : length;
  p->chirp = !ad_fft_factor(p->n, &p->first);
  p->m = p->chirp ? ad_fft_chirp_length(p->n) : p->n;
  rows = ad_fft_split_of(p->m);
  p->line = p->m >= (contiguous ? AD_FFT_SHORT : AD_FFT_TALL) && rows >= 8;
  ad_fft_factor(p->line ? rows : p->m, &p->first);
  p->first.roots = ad_fft_take(p, ad_fft_steps_table(&p->first));
  if (p->line) {
    ad_fft_factor(p->m / rows, &p->second);
    p->second.roots = ad_fft_take(p, ad_fft_steps_table(&p->second));
  }
  p->twist = p->line && p->m <= AD_FFT_KEPT_TWIST ? ad_fft_take(p, 2 * p->m) : -1;
  p->chirp_at = p->chirp ? ad_fft_take(p, 2 * p->n) : -1;
  p->spectrum = p->chirp ? ad_fft_take(p, 2 * p->m) : -1;
  p->split = p->halved ? ad_fft_take(p, 2 * (p->n / 2 + 1)) : -1;
}

/* What the plan's transform does, step by step. */
static inline void ad_fft_program(ad_fft_job *j) {
  const ad_fft_plan *p = j->plan;
  unsigned char *ops = j->ops;
  int n = 0, back;
  if (!p->line || p->chirp || j->kind == AD_FFT_TO_REAL) ops[n++] = AD_FFT_LOAD;
  if (j->kind == AD_FFT_TO_REAL) ops[n++] = p->halved ? AD_FFT_MERGE : AD_FFT_EXTEND;
  if (p->chirp) ops[n++] = AD_FFT_CHIRP_IN;
  for (back = 0; back <= (p->chirp ? AD_FFT_BACK : 0); back += AD_FFT_BACK) {
    if (back) ops[n++] = AD_FFT_SPECTRUM;
    ops[n++] = (unsigned char)((p->line ? AD_FFT_FIRST : AD_FFT_PASSES) + back);
    if (p->line) ops[n++] = (unsigned char)(AD_FFT_SECOND + back);
  }
  if (p->chirp) ops[n++] = AD_FFT_CHIRP_OUT;
  if (j->kind == AD_FFT_FROM_REAL && p->halved) ops[n++] = AD_FFT_SPLIT;
  if (!p->line || p->chirp || j->kind == AD_FFT_FROM_REAL) ops[n++] = AD_FFT_STORE;
  j->count = n;
}

/* ---- Sizes, in numbers ---- */

/* Rows that a tile (or the buffer of a line) needs: half a spectrum of 2 n real numbers has n + 1. */
static inline int64_t ad_fft_rows(const ad_fft_plan *p) { return p->m + 1; }
/* Points that are read, and written. */
static inline int64_t ad_fft_points_in(const ad_fft_job *j) {
  if (j->kind != AD_FFT_TO_REAL) return j->plan->n;
  return j->plan->halved ? j->plan->n + 1 : j->plan->n / 2 + 1;
}
static inline int64_t ad_fft_points_out(const ad_fft_job *j) {
  if (j->kind != AD_FFT_FROM_REAL) return j->plan->n;
  return j->plan->halved ? j->plan->n + 1 : j->plan->n / 2 + 1;
}
/* How many transforms of `rows` points are done side by side, of `count`. */
static inline int64_t ad_fft_width(int64_t rows, int64_t count) {
  int64_t w = AD_FFT_LANES;
  while (w < 64 && rows * w < 2048) w *= 2;
  return w < count ? w : count;
}
static inline int64_t ad_fft_pitch(const ad_fft_plan *p) { return p->second.n + 16; }

/* Of one who works: two tiles; `count` transforms lie side by side. */
static inline int64_t ad_fft_scratch(const ad_fft_plan *p, int64_t count) {
  int64_t a, b;
  if (!p->line) return 4 * ad_fft_rows(p) * ad_fft_width(ad_fft_rows(p), count);
  a = p->first.n * ad_fft_width(p->first.n, p->second.n);
  b = p->second.n * ad_fft_width(p->second.n, p->first.n);
  return 4 * (a > b ? a : b);
}
/* Of a line: what lies between its two steps, and its points. */
static inline int64_t ad_fft_shared(const ad_fft_plan *p) {
  return p->line ? 2 * p->first.n * ad_fft_pitch(p) + 2 * ad_fft_rows(p) : 0;
}
/* How many pieces an op of a line has, which may be done in any order and at the same time. */
static inline int64_t ad_fft_pieces(const ad_fft_job *j, int op) {
  const ad_fft_plan *p = j->plan;
  int64_t w;
  switch (op & (AD_FFT_BACK - 1)) {
  case AD_FFT_FIRST: w = ad_fft_width(p->first.n, p->second.n); return (p->second.n + w - 1) / w;
  case AD_FFT_SECOND: w = ad_fft_width(p->second.n, p->first.n); return (p->first.n + w - 1) / w;
  case AD_FFT_LOAD: return ad_fft_points_in(j);
  case AD_FFT_STORE: return ad_fft_points_out(j);
  case AD_FFT_EXTEND: case AD_FFT_CHIRP_OUT: return p->n;
  case AD_FFT_MERGE: case AD_FFT_SPLIT: return p->n / 2 + 1;
  default: return p->m;
  }
}

#endif
