/* Tiles to and from the layouts outside. Included for each element type, hence no guard; see base/fft_plan.h.
 *
 * A view says where the parts of point i of transform w lie: re + i * point + w * line, and im likewise. A missing part reads
 * as zeros and is not written. Where a tile's columns are neighbours outside, rows are copied (and brought apart or together);
 * where its rows are, blocks are turned; anything else is done number by number. */

typedef struct AD_FFT(view) {
  AD_FFT_T *re, *im;
  int64_t point, line;
} AD_FFT(view);

static AD_FFT(view) AD_FFT(part)(AD_FFT(view) v, int64_t points, int64_t lines) {
  const int64_t by = points * v.point + lines * v.line;
  if (v.re) v.re += by;
  if (v.im) v.im += by;
  return v;
}

/* The two parts are neighbours: 1 real in front, -1 imaginary in front; 0: they are not. */
static int AD_FFT(paired)(const AD_FFT(view) *v) {
  if (!v->re || !v->im) return 0;
  return v->im == v->re + 1 ? 1 : v->re == v->im + 1 ? -1 : 0;
}

/* A block of 16 rows and columns turned in place: its index has 8 bits, a perfect shuffle rotates them by one, four by four. */
static void AD_FFT(shuffle)(AD_FFT_T *restrict to, const AD_FFT_T *restrict from) {
  enum { HALF = AD_FFT_LANES * AD_FFT_LANES / 2 };
  for (int i = 0; i < HALF; i++) {
    to[2 * i] = from[i];
    to[2 * i + 1] = from[i + HALF];
  }
}
static void AD_FFT(turn)(AD_FFT_T *block) {
  AD_FFT_T room[AD_FFT_LANES * AD_FFT_LANES];
  AD_FFT(shuffle)(room, block);
  AD_FFT(shuffle)(block, room);
  AD_FFT(shuffle)(room, block);
  AD_FFT(shuffle)(block, room);
}

/* ---- Loads ---- */

static void AD_FFT(load_row)(int64_t n, const AD_FFT_T *restrict from, AD_FFT_T *restrict re, AD_FFT_T *restrict im) {
  AD_FFT_LOOP for (int64_t i = 0; i < n; i++) {
    re[i] = from[2 * i];
    im[i] = from[2 * i + 1];
  }
}

/* One part of a block: rows w of the caller's, `step` from number to number. */
AD_SCALAR void AD_FFT(load_block)(const AD_FFT_T *restrict from, int64_t step, int64_t line, int64_t points, int64_t lines,
                                  int64_t width, AD_FFT_T *restrict to) {
  enum { L = AD_FFT_LANES };
  AD_FFT_T block[L * L];
  for (int64_t w = 0; w < lines; w++)
    for (int64_t i = 0; i < points; i++) block[w * L + i] = from[w * line + i * step];
  AD_FFT(turn)(block);
  for (int64_t i = 0; i < points; i++)
    for (int64_t w = 0; w < lines; w++) to[i * width + w] = block[i * L + w];
}

static void AD_FFT(load_turned)(int64_t points, int64_t width, const AD_FFT_T *from, int64_t step, int64_t line, AD_FFT_T *to) {
  enum { L = AD_FFT_LANES };
  for (int64_t w = 0; w < width; w += L)
    for (int64_t i = 0; i < points; i += L) {
      const int64_t lines = width - w < L ? width - w : L, rows = points - i < L ? points - i : L;
      const AD_FFT_T *f = from + w * line + i * step;
      AD_FFT_T *t = to + i * width + w;
      if (lines < L || rows < L) AD_FFT(load_block)(f, step, line, rows, lines, width, t);
      else if (step == 1) AD_FFT(load_block)(f, 1, line, L, L, width, t);
      else AD_FFT(load_block)(f, 2, line, L, L, width, t);
    }
}

static void AD_FFT(load_part)(int64_t points, int64_t width, const AD_FFT_T *from, int64_t point, int64_t line, AD_FFT_T *to) {
  if (!from) {
    for (int64_t k = 0; k < points * width; k++) to[k] = 0;
  } else if (line == 1) {
    for (int64_t i = 0; i < points; i++)
      for (int64_t w = 0; w < width; w++) to[i * width + w] = from[i * point + w];
  } else if ((point == 1 || point == 2) && width >= 4) {
    AD_FFT(load_turned)(points, width, from, point, line, to);
  } else {
    for (int64_t i = 0; i < points; i++)
      for (int64_t w = 0; w < width; w++) to[i * width + w] = from[i * point + w * line];
  }
}

static void AD_FFT(load)(const AD_FFT(view) *v, int64_t points, int64_t width, AD_FFT_T *re, AD_FFT_T *im) {
  const int pair = AD_FFT(paired)(v);
  const AD_FFT_T *from = pair < 0 ? v->im : v->re;
  AD_FFT_T *front = pair < 0 ? im : re, *behind = pair < 0 ? re : im;
  if (pair && v->line == 2 && v->point == 2 * width) {
    AD_FFT(load_row)(points * width, from, front, behind);
  } else if (pair && v->line == 2) {
    for (int64_t i = 0; i < points; i++) AD_FFT(load_row)(width, from + i * v->point, front + i * width, behind + i * width);
  } else if (pair && width == 1 && v->point == 2) {
    AD_FFT(load_row)(points, from, front, behind);
  } else {
    AD_FFT(load_part)(points, width, v->re, v->point, v->line, re);
    AD_FFT(load_part)(points, width, v->im, v->point, v->line, im);
  }
}

/* ---- Stores; every number is multiplied by the scale ---- */

static void AD_FFT(store_row)(int64_t n, const AD_FFT_T *restrict re, const AD_FFT_T *restrict im, AD_FFT_T scale,
                              AD_FFT_T *restrict to) {
  AD_FFT_LOOP for (int64_t i = 0; i < n; i++) {
    to[2 * i] = re[i] * scale;
    to[2 * i + 1] = im[i] * scale;
  }
}

AD_SCALAR void AD_FFT(store_block)(const AD_FFT_T *restrict from, int64_t width, int64_t points, int64_t lines, AD_FFT_T scale,
                                   AD_FFT_T *block) {
  enum { L = AD_FFT_LANES };
  for (int64_t i = 0; i < points; i++)
    for (int64_t w = 0; w < lines; w++) block[i * L + w] = from[i * width + w] * scale;
  AD_FFT(turn)(block);
}

/* Pairs, rows of which lie apart outside. */
static void AD_FFT(store_turned)(int64_t points, int64_t width, const AD_FFT_T *front, const AD_FFT_T *behind, AD_FFT_T scale,
                                 AD_FFT_T *to, int64_t line) {
  enum { L = AD_FFT_LANES };
  AD_FFT_T a[L * L], b[L * L];
  for (int64_t w = 0; w < width; w += L)
    for (int64_t i = 0; i < points; i += L) {
      const int64_t lines = width - w < L ? width - w : L, rows = points - i < L ? points - i : L;
      if (lines == L && rows == L) {
        AD_FFT(store_block)(front + i * width + w, width, L, L, scale, a);
        AD_FFT(store_block)(behind + i * width + w, width, L, L, scale, b);
      } else {
        AD_FFT(store_block)(front + i * width + w, width, rows, lines, scale, a);
        AD_FFT(store_block)(behind + i * width + w, width, rows, lines, scale, b);
      }
      for (int64_t k = 0; k < lines; k++) {
        AD_FFT_T *t = to + (w + k) * line + 2 * i;
        for (int64_t j = 0; j < rows; j++) t[2 * j] = a[k * L + j], t[2 * j + 1] = b[k * L + j];
      }
    }
}

static void AD_FFT(store_part)(int64_t points, int64_t width, const AD_FFT_T *from, AD_FFT_T scale, AD_FFT_T *to, int64_t point,
                               int64_t line) {
  if (!to) return;
  if (line == 1) {
    for (int64_t i = 0; i < points; i++)
      for (int64_t w = 0; w < width; w++) to[i * point + w] = from[i * width + w] * scale;
  } else {
    for (int64_t i = 0; i < points; i++)
      for (int64_t w = 0; w < width; w++) to[i * point + w * line] = from[i * width + w] * scale;
  }
}

static void AD_FFT(store)(const AD_FFT(view) *v, int64_t points, int64_t width, const AD_FFT_T *re, const AD_FFT_T *im,
                          AD_FFT_T scale) {
  const int pair = AD_FFT(paired)(v);
  AD_FFT_T *to = pair < 0 ? v->im : v->re;
  const AD_FFT_T *front = pair < 0 ? im : re, *behind = pair < 0 ? re : im;
  if (pair && v->line == 2) {
    for (int64_t i = 0; i < points; i++) AD_FFT(store_row)(width, front + i * width, behind + i * width, scale, to + i * v->point);
  } else if (pair && width == 1 && v->point == 2) {
    AD_FFT(store_row)(points, front, behind, scale, to);
  } else if (pair && v->point == 2 && width >= 4) {
    AD_FFT(store_turned)(points, width, front, behind, scale, to, v->line);
  } else {
    AD_FFT(store_part)(points, width, re, scale, v->re, v->point, v->line);
    AD_FFT(store_part)(points, width, im, scale, v->im, v->point, v->line);
  }
}
