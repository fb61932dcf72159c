/* What is done to a tile or a line, op by op, and the tables of a plan. Included for each element type, hence no guard; see base/fft_plan.h.
 *
 * A tile goes through its ops in the memory of one worker. A line (one long transform) has a buffer and a middle that are
 * shared, and each of its ops is cut into pieces that several workers may do; the buffer then is a tile of one column. */

/* Memory of a line, in numbers as ad_fft_shared says. */
typedef struct AD_FFT(line) {
  AD_FFT_T *re, *im;         /* its points, in order, where ops work on them */
  AD_FFT_T *mid_re, *mid_im; /* what the first step leaves for the second */
} AD_FFT(line);

static AD_FFT(line) AD_FFT(line_of)(const ad_fft_plan *p, AD_FFT_T *shared) {
  const int64_t mid = p->first.n * ad_fft_pitch(p), rows = ad_fft_rows(p);
  return (AD_FFT(line)){shared + 2 * mid, shared + 2 * mid + rows, shared, shared + mid};
}

static AD_FFT(tile) AD_FFT(tile_of)(AD_FFT_T *scratch, int64_t numbers) {
  return (AD_FFT(tile)){scratch, scratch + numbers, scratch + 2 * numbers, scratch + 3 * numbers};
}

/* Where points come from and go to, for one tile or line that begins at `from`, `to`. */
static AD_FFT(view) AD_FFT(view_in)(const ad_fft_job *j, AD_FFT_T *from) {
  if (j->kind == AD_FFT_FROM_REAL && !j->plan->halved) return (AD_FFT(view)){from, NULL, j->in_point, j->in_line};
  if (j->kind == AD_FFT_FROM_REAL) return (AD_FFT(view)){from, from + j->in_point, 2 * j->in_point, j->in_line};
  return (AD_FFT(view)){from, from + 1, j->in_point, j->in_line};
}
static AD_FFT(view) AD_FFT(view_out)(const ad_fft_job *j, AD_FFT_T *to) {
  if (j->kind == AD_FFT_TO_REAL && !j->plan->halved) return (AD_FFT(view)){to, NULL, j->out_point, j->out_line};
  if (j->kind == AD_FFT_TO_REAL) return (AD_FFT(view)){to, to + j->out_point, 2 * j->out_point, j->out_line};
  return (AD_FFT(view)){to, to + 1, j->out_point, j->out_line};
}

/* ---- Ops on points in order: rows [begin, end) of `width` ---- */

/* Row k times factor k. */
static void AD_FFT(scale_rows)(int64_t begin, int64_t end, int64_t width, const AD_FFT_T *restrict cr, const AD_FFT_T *restrict ci,
                               AD_FFT_T *restrict re, AD_FFT_T *restrict im) {
  for (int64_t k = begin; k < end; k++)
    for (int64_t w = k * width; w < (k + 1) * width; w++) {
      const AD_FFT_T a = re[w], b = im[w];
      re[w] = a * cr[k] - b * ci[k];
      im[w] = a * ci[k] + b * cr[k];
    }
}

/* The rows of a spectrum behind its middle mirror those in front. */
static void AD_FFT(extend)(int64_t begin, int64_t end, int64_t n, int64_t width, AD_FFT_T *re, AD_FFT_T *im) {
  for (int64_t k = begin > n / 2 + 1 ? begin : n / 2 + 1; k < end; k++)
    for (int64_t w = 0; w < width; w++) {
      re[k * width + w] = re[(n - k) * width + w];
      im[k * width + w] = -im[(n - k) * width + w];
    }
  if (begin == 0)
    for (int64_t w = 0; w < width; w++) im[w] = 0;
}

/* Z[k] = E[k] + i O[k], the transforms of the even and the odd numbers, and X[k] = E[k] + root O[k] with root k of 2 n; both
 * are symmetric, so that rows k and n - k of one follow from the same of the other. Row 0 holds E[0] and O[0], both real. */
static void AD_FFT(split_row)(int64_t k, int64_t n, int64_t width, AD_FFT_T c, AD_FFT_T s, AD_FFT_T *re, AD_FFT_T *im) {
  AD_FFT_T *ar = re + k * width, *ai = im + k * width, *br = re + (n - k) * width, *bi = im + (n - k) * width;
  const AD_FFT_T half = (AD_FFT_T)0.5;
  for (int64_t w = 0; w < width; w++) {
    const AD_FFT_T zr = ar[w], zi = ai[w], yr = br[w], yi = bi[w];
    const AD_FFT_T er = half * (zr + yr), ei = half * (zi - yi), qr = half * (zi + yi), qi = half * (yr - zr);
    const AD_FFT_T tr = qr * c - qi * s, ti = qr * s + qi * c;
    ar[w] = er + tr, ai[w] = ei + ti;
    br[w] = er - tr, bi[w] = ti - ei;
  }
}
static void AD_FFT(split)(int64_t begin, int64_t end, int64_t n, int64_t width, const AD_FFT_T *roots, AD_FFT_T *re, AD_FFT_T *im) {
  const AD_FFT_T *s = roots + n / 2 + 1;
  if (begin == 0)
    for (int64_t w = 0; w < width; w++) {
      const AD_FFT_T e = re[w], o = im[w];
      re[w] = e + o, im[w] = 0;
      re[n * width + w] = e - o, im[n * width + w] = 0;
    }
  for (int64_t k = begin ? begin : 1; k < end; k++) AD_FFT(split_row)(k, n, width, roots[k], s[k], re, im);
}

/* Twice the Z of which split makes X, since the inverse over n points lacks a factor of two to that over 2 n. */
static void AD_FFT(merge_row)(int64_t k, int64_t n, int64_t width, AD_FFT_T c, AD_FFT_T s, AD_FFT_T *re, AD_FFT_T *im) {
  AD_FFT_T *ar = re + k * width, *ai = im + k * width, *br = re + (n - k) * width, *bi = im + (n - k) * width;
  for (int64_t w = 0; w < width; w++) {
    const AD_FFT_T xr = ar[w], xi = ai[w], yr = br[w], yi = bi[w];
    const AD_FFT_T er = xr + yr, ei = xi - yi, tr = xr - yr, ti = xi + yi;
    const AD_FFT_T qr = tr * c + ti * s, qi = ti * c - tr * s;
    ar[w] = er - qi, ai[w] = ei + qr;
    br[w] = er + qi, bi[w] = qr - ei;
  }
}
static void AD_FFT(merge)(int64_t begin, int64_t end, int64_t n, int64_t width, const AD_FFT_T *roots, AD_FFT_T *re, AD_FFT_T *im) {
  const AD_FFT_T *s = roots + n / 2 + 1;
  if (begin == 0)
    for (int64_t w = 0; w < width; w++) {
      const AD_FFT_T e = re[w], o = re[n * width + w];
      re[w] = e + o, im[w] = e - o;
    }
  for (int64_t k = begin ? begin : 1; k < end; k++) AD_FFT(merge_row)(k, n, width, roots[k], s[k], re, im);
}

static void AD_FFT(clear_rows)(int64_t begin, int64_t end, int64_t width, AD_FFT_T *re, AD_FFT_T *im) {
  for (int64_t k = begin * width; k < end * width; k++) re[k] = im[k] = 0;
}

/* The ops that neither load, store nor transform. */
static void AD_FFT(in_order)(const ad_fft_job *j, int op, int64_t begin, int64_t end, int64_t width, AD_FFT_T *re, AD_FFT_T *im) {
  const ad_fft_plan *p = j->plan;
  const AD_FFT_T *table = j->table, *factor = table + p->chirp_at;
  const int64_t n = p->n, some = end < n ? end : n;
  AD_FFT_T *cr = j->inverse ? im : re, *ci = j->inverse ? re : im; /* the inverse is the transform of numbers with parts changed */
  switch (op) {
  case AD_FFT_EXTEND: AD_FFT(extend)(begin, end, n, width, re, im); break;
  case AD_FFT_MERGE: AD_FFT(merge)(begin, end, n, width, table + p->split, re, im); break;
  case AD_FFT_SPLIT: AD_FFT(split)(begin, end, n, width, table + p->split, re, im); break;
  case AD_FFT_CHIRP_IN:
    AD_FFT(scale_rows)(begin, some, width, factor, factor + n, cr, ci);
    AD_FFT(clear_rows)(begin > n ? begin : n, end, width, re, im);
    break;
  case AD_FFT_SPECTRUM: AD_FFT(scale_rows)(begin, end, width, table + p->spectrum, table + p->spectrum + p->m, cr, ci); break;
  default: AD_FFT(scale_rows)(begin, some, width, factor, factor + n, cr, ci); break;
  }
}

/* ---- Tiles ---- */

/* Transforms `width` lines side by side. scratch: ad_fft_scratch numbers. */
static void AD_FFT(do_tile)(const ad_fft_job *j, const void *from, void *to, int64_t width, void *scratch) {
  const ad_fft_plan *p = j->plan;
  AD_FFT(tile) t = AD_FFT(tile_of)(scratch, ad_fft_rows(p) * width);
  for (int i = 0; i < j->count; i++) {
    const int op = j->ops[i], bare = op & (AD_FFT_BACK - 1);
    if (bare == AD_FFT_LOAD) {
      const AD_FFT(view) v = AD_FFT(view_in)(j, (AD_FFT_T *)from);
      AD_FFT(load)(&v, ad_fft_points_in(j), width, t.re, t.im);
    } else if (bare == AD_FFT_STORE) {
      const AD_FFT(view) v = AD_FFT(view_out)(j, to);
      AD_FFT(store)(&v, ad_fft_points_out(j), width, t.re, t.im, (AD_FFT_T)j->scale);
    } else if (bare == AD_FFT_PASSES) {
      const int swap = j->inverse != (op >= AD_FFT_BACK);
      AD_FFT(tile) u = swap ? (AD_FFT(tile)){t.im, t.re, t.im2, t.re2} : t;
      AD_FFT(passes)(&p->first, j->table, width, &u);
      t = swap ? (AD_FFT(tile)){u.im, u.re, u.im2, u.re2} : u;
    } else {
      AD_FFT(in_order)(j, op, 0, ad_fft_pieces(j, op), width, t.re, t.im);
    }
  }
}

/* ---- Lines ---- */

/* A row of the first step times its twiddles, to the middle. */
static void AD_FFT(twist_row)(int64_t n, const AD_FFT_T *restrict xr, const AD_FFT_T *restrict xi, const AD_FFT_T *restrict c,
                              const AD_FFT_T *restrict s, AD_FFT_T *restrict yr, AD_FFT_T *restrict yi) {
  AD_FFT_LOOP for (int64_t w = 0; w < n; w++) {
    yr[w] = xr[w] * c[w] - xi[w] * s[w];
    yi[w] = xr[w] * s[w] + xi[w] * c[w];
  }
}

/* Columns of the points, as a matrix with rows of second.n: piece by piece of some columns. */
static void AD_FFT(first_step)(const ad_fft_job *j, const AD_FFT(view) *in, const AD_FFT(line) *l, int64_t piece, AD_FFT_T *scratch) {
  const ad_fft_plan *p = j->plan;
  const AD_FFT_T *table = j->table;
  const int64_t rows = p->first.n, columns = p->second.n, pitch = ad_fft_pitch(p), wide = ad_fft_width(rows, columns);
  const int64_t c0 = piece * wide, width = columns - c0 < wide ? columns - c0 : wide;
  AD_FFT(view) v = AD_FFT(part)(*in, c0, 0);
  AD_FFT(tile) t = AD_FFT(tile_of)(scratch, rows * width);
  AD_FFT_T cosine[64], sine[64];
  v.line = v.point;
  v.point *= columns;
  AD_FFT(load)(&v, rows, width, t.re, t.im);
  AD_FFT(passes)(&p->first, table, width, &t);
  for (int64_t k = 0; k < rows; k++) {
    const AD_FFT_T *c = cosine, *s = sine;
    if (p->twist >= 0) c = table + p->twist + k * columns + c0, s = c + p->m;
    else AD_FFT(roots)(width, (double)(k * c0), (double)k, (double)p->m, cosine, sine);
    AD_FFT(twist_row)(width, t.re + k * width, t.im + k * width, c, s, l->mid_re + k * pitch + c0, l->mid_im + k * pitch + c0);
  }
}

/* Rows of the middle, piece by piece of some rows; their points k are points k * first.n of the result. */
static void AD_FFT(second_step)(const ad_fft_job *j, const AD_FFT(view) *out, const AD_FFT(line) *l, int64_t piece, AD_FFT_T scale,
                                AD_FFT_T *scratch) {
  const ad_fft_plan *p = j->plan;
  const int64_t rows = p->first.n, columns = p->second.n, pitch = ad_fft_pitch(p), wide = ad_fft_width(columns, rows);
  const int64_t r0 = piece * wide, width = rows - r0 < wide ? rows - r0 : wide;
  const AD_FFT(view) from = {l->mid_re + r0 * pitch, l->mid_im + r0 * pitch, 1, pitch};
  AD_FFT(view) v = AD_FFT(part)(*out, r0, 0);
  AD_FFT(tile) t = AD_FFT(tile_of)(scratch, columns * width);
  v.line = v.point;
  v.point *= rows;
  AD_FFT(load)(&from, columns, width, t.re, t.im);
  AD_FFT(passes)(&p->second, j->table, width, &t);
  AD_FFT(store)(&v, columns, width, t.re, t.im, scale);
}

/* Pieces [begin, end) of op number `i` of one line. shared: ad_fft_shared numbers; scratch: one worker's. */
static void AD_FFT(do_line)(const ad_fft_job *j, int i, const void *from, void *to, int64_t begin, int64_t end, void *shared,
                            void *scratch) {
  const ad_fft_plan *p = j->plan;
  const int op = j->ops[i], swap = j->inverse != (op >= AD_FFT_BACK), last = i == j->count - 1;
  const AD_FFT(line) l = AD_FFT(line_of)(p, shared);
  const AD_FFT(view) buffer = {l.re, l.im, 1, 1};
  AD_FFT(view) in = AD_FFT(view_in)(j, (AD_FFT_T *)from), out = AD_FFT(view_out)(j, to), v;
  const AD_FFT_T scale = (AD_FFT_T)j->scale;
  switch (op & (AD_FFT_BACK - 1)) {
  case AD_FFT_LOAD:
    v = AD_FFT(part)(in, begin, 0);
    AD_FFT(load)(&v, end - begin, 1, l.re + begin, l.im + begin);
    break;
  case AD_FFT_STORE:
    v = AD_FFT(part)(out, begin, 0);
    AD_FFT(store)(&v, end - begin, 1, l.re + begin, l.im + begin, scale);
    break;
  case AD_FFT_FIRST:
    v = i ? buffer : in;
    if (swap) v = (AD_FFT(view)){v.im, v.re, v.point, v.line};
    for (int64_t k = begin; k < end; k++) AD_FFT(first_step)(j, &v, &l, k, scratch);
    break;
  case AD_FFT_SECOND:
    v = last ? out : buffer;
    if (swap) v = (AD_FFT(view)){v.im, v.re, v.point, v.line};
    for (int64_t k = begin; k < end; k++) AD_FFT(second_step)(j, &v, &l, k, last ? scale : (AD_FFT_T)1, scratch);
    break;
  default: AD_FFT(in_order)(j, op, begin, end, 1, l.re, l.im); break;
  }
}

/* ---- Tables ---- */

/* The transform of the chirp's conjugate, over m points that repeat, divided by m. room: shared and scratch of one line. */
static void AD_FFT(fill_spectrum)(const ad_fft_plan *p, AD_FFT_T *table, AD_FFT_T *room) {
  const AD_FFT_T *cr = table + p->chirp_at, *ci = cr + p->n, by = (AD_FFT_T)1 / (AD_FFT_T)p->m;
  AD_FFT_T *re = table + p->spectrum, *im = re + p->m;
  ad_fft_plan plain = *p;
  ad_fft_job j = {.plan = &plain, .table = table, .scale = 1, .in_point = 2, .out_point = 2, .in_line = 2, .out_line = 2};
  AD_FFT_T *shared = room, *scratch = room + ad_fft_shared(p);
  plain.n = plain.m;
  plain.chirp = plain.halved = 0;
  for (int64_t k = 0; k < p->m; k++) {
    const int64_t at = k < p->n ? k : p->m - k;
    re[2 * k] = at < p->n ? cr[at] * by : 0; /* interleaved for now */
    re[2 * k + 1] = at < p->n ? -ci[at] * by : 0;
  }
  ad_fft_program(&j);
  if (p->line)
    for (int i = 0; i < j.count; i++) AD_FFT(do_line)(&j, i, re, re, 0, ad_fft_pieces(&j, j.ops[i]), shared, scratch);
  else
    AD_FFT(do_tile)(&j, re, re, 1, scratch);
  AD_FFT(load_row)(p->m, re, room, room + p->m);
  for (int64_t k = 0; k < p->m; k++) re[k] = room[k], im[k] = room[p->m + k];
}

/* Fills the plan's table. room: ad_fft_shared and ad_fft_scratch (of one transform) numbers. */
static void AD_FFT(fill)(const ad_fft_plan *p, void *table, void *room) {
  AD_FFT_T *t = table;
  AD_FFT(fill_steps)(&p->first, t);
  if (p->line) AD_FFT(fill_steps)(&p->second, t);
  for (int64_t k = 0; p->twist >= 0 && k < p->first.n; k++) {
    AD_FFT_T *re = t + p->twist + k * p->second.n;
    AD_FFT(roots)(p->second.n, 0.0, (double)k, (double)p->m, re, re + p->m);
  }
  if (p->split >= 0) AD_FFT(roots)(p->n / 2 + 1, 0.0, 1.0, (double)(2 * p->n), t + p->split, t + p->split + p->n / 2 + 1);
  if (!p->chirp) return;
  AD_FFT(fill_chirp)(p->n, t + p->chirp_at, t + p->chirp_at + p->n);
  AD_FFT(fill_spectrum)(p, t, room);
}

/* One transform of neighbours into neighbours, for who keeps a plan and a table of his own: filled at first use, while plan->n
 * is 0. room: ad_fft_shared and ad_fft_scratch (of one transform) numbers. */
AD_SCALAR void AD_FFT(whole)(ad_fft_plan *plan, AD_FFT_T *table, AD_FFT_T *room, int64_t length, ad_fft_kind kind, int inverse,
                             double scale, const void *from, void *to) {
  ad_fft_job j = {.plan = plan, .table = table, .kind = kind, .inverse = inverse, .scale = scale};
  j.in_point = kind == AD_FFT_FROM_REAL ? 1 : 2;
  j.out_point = kind == AD_FFT_TO_REAL ? 1 : 2;
  if (!plan->n) {
    ad_fft_describe(plan, length, kind, 1);
    AD_FFT(fill)(plan, table, room);
  }
  ad_fft_program(&j);
  if (plan->line)
    for (int i = 0; i < j.count; i++)
      AD_FFT(do_line)(&j, i, from, to, 0, ad_fft_pieces(&j, j.ops[i]), room, room + ad_fft_shared(plan));
  else
    AD_FFT(do_tile)(&j, from, to, 1, room);
}
