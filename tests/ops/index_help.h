/* Random index expressions, as items for ad_index and as text for NumPy, and their results as lines of JSON in the folder
 * AD_TEST_OUT, which tests/oracle/index_numpy.py recomputes. */
#ifndef AD_TESTS_OPS_INDEX_HELP_H
#define AD_TESTS_OPS_INDEX_HELP_H

#include <stdarg.h>
#include <stdlib.h>
#include <adamant/adamant.h>
#include "check.h"

typedef struct expression {
  ad_ctx *c;
  uint64_t seed;
  int rank, n;
  int64_t shape[5];
  ad_index_item items[10];
  char text[4096];
} expression;

static inline int64_t roll(expression *e, int64_t n) {
  e->seed = e->seed * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((e->seed >> 33) % (uint64_t)n);
}

static inline void say(expression *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void say(expression *e, const char *fmt, ...) {
  size_t at = strlen(e->text);
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(e->text + at, sizeof e->text - at, fmt, ap);
  va_end(ap);
}

/* np.array([...]).reshape(...) */
static inline void say_array(expression *e, const int64_t *data, int64_t n, int rank, const int64_t *dims, const char *dtype) {
  say(e, "np.array([");
  for (int64_t i = 0; i < n; i++) say(e, "%lld,", (long long)data[i]);
  say(e, "],dtype='%s').reshape((", dtype);
  for (int i = 0; i < rank; i++) say(e, "%lld,", (long long)dims[i]);
  say(e, "))");
}

static inline ad_index_item roll_array(expression *e, int64_t dim, int dims_rank, const int64_t *dims) {
  int64_t data[64], n = 1, own[3];
  int rank = (int)roll(e, dims_rank + 1);
  for (int i = 0; i < rank; i++) own[i] = roll(e, 4) ? dims[dims_rank - rank + i] : 1, n *= own[i];
  for (int64_t i = 0; i < n; i++) data[i] = dim ? roll(e, 2 * dim) - dim : 0;
  if (n && roll(e, 60) == 0) data[roll(e, n)] = roll(e, 2) ? dim : -dim - 1;
  say_array(e, data, n, rank, own, "int64");
  int8_t narrow[64];
  for (int64_t i = 0; i < n; i++) narrow[i] = (int8_t)data[i];
  if (roll(e, 2)) return AD_TAKE(ad_array_new(e->c, AD_INT8, (ad_shape){rank, own}, narrow));
  return AD_TAKE(ad_array_new(e->c, AD_INT64, (ad_shape){rank, own}, data));
}

static inline ad_index_item roll_mask(expression *e, int rank, const int64_t *dims) {
  uint8_t mask[256];
  int64_t wide[256], own[5], n = 1, density = 1 + roll(e, 4);
  for (int i = 0; i < rank; i++) own[i] = dims[i], n *= own[i];
  if (rank && dims[0] && roll(e, 60) == 0) own[0]++, n = n / dims[0] * own[0];
  for (int64_t i = 0; i < n; i++) wide[i] = mask[i] = roll(e, 5) < density;
  say_array(e, wide, n, rank, own, "bool");
  return AD_MASK(ad_array_new(e->c, AD_BOOL, (ad_shape){rank, own}, mask));
}

static inline ad_index_item roll_range(expression *e, int64_t dim) {
  int64_t v[3] = {roll(e, 2 * dim + 5) - dim - 2, roll(e, 2 * dim + 5) - dim - 2, roll(e, 3) ? 1 : roll(e, 7) - 3};
  bool from = roll(e, 2), to = roll(e, 2);
  if (!v[2]) v[2] = -1;
  char a[24] = "", b[24] = "";
  if (from) snprintf(a, sizeof a, "%lld", (long long)v[0]);
  if (to) snprintf(b, sizeof b, "%lld", (long long)v[1]);
  say(e, "slice(%s,%s,%lld)", from ? a : "None", to ? b : "None", (long long)v[2]);
  return AD_RANGE(from ? v[0] : AD_BEGIN, to ? v[1] : AD_END, v[2]);
}

/* A random shape of up to 4 axes and a tuple of items for it. arrays: index arrays and masks too. An ellipsis leaves the
 * items behind it drawn for other axes than theirs: some are then out of range, which NumPy must refuse as we do. */
static inline void roll_expression(expression *e, bool arrays) {
  e->rank = (int)roll(e, 5);
  for (int i = 0; i < e->rank; i++) e->shape[i] = roll(e, 25) == 0 ? 0 : 1 + roll(e, 4);
  int dims_rank = 1 + (int)roll(e, 2), axis = 0;
  int64_t dims[2] = {1 + roll(e, 3), 1 + roll(e, 3)};
  bool dots = false;
  e->n = 0;
  strcpy(e->text, "(");
  while (e->n < 8 && (axis < e->rank || roll(e, 3) == 0)) {
    int64_t kind = roll(e, arrays ? 10 : 6), left = e->rank - axis, dim = left ? e->shape[axis] : 0;
    ad_index_item *item = &e->items[e->n];
    if (kind == 5 || (left <= 0 && kind < 8)) *item = AD_NEWAXIS, say(e, "None");
    else if (kind == 4 && !dots) *item = AD_ELLIPSIS, say(e, "Ellipsis"), axis += (int)roll(e, left + 1), dots = true;
    else if (kind < 2) {
      int64_t i = dim ? roll(e, 2 * dim) - dim : 0;
      if (roll(e, 60) == 0) i = dim;
      *item = AD_AT(i), say(e, "%lld", (long long)i), axis++;
    } else if (kind >= 8) {
      int r = (int)roll(e, 8) ? 1 + (int)roll(e, left > 2 ? 2 : left ? left : 1) : 0;
      if (r > left) r = 0;
      *item = roll_mask(e, r, e->shape + axis), axis += r;
    } else if (kind >= 6 && left > 0) *item = roll_array(e, dim, dims_rank, dims), axis++;
    else if (left > 0) *item = roll_range(e, dim), axis++;
    else continue;
    e->n++;
    say(e, ",");
    if (axis >= e->rank && roll(e, 2)) break;
  }
  say(e, ")");
}

static inline FILE *open_lines(const char *name) {
  char path[512];
  const char *out = getenv("AD_TEST_OUT");
  snprintf(path, sizeof path, "%s/%s", out ? out : "/tmp", name);
  return fopen(path, "w");
}

static inline void write_list(FILE *f, const char *name, const int64_t *v, int64_t n) {
  fprintf(f, "\"%s\": [", name);
  for (int64_t i = 0; i < n; i++) fprintf(f, "%s%lld", i ? ", " : "", (long long)v[i]);
  fprintf(f, "], ");
}

static inline int64_t count_of(int rank, const int64_t *dims) {
  int64_t n = 1;
  for (int i = 0; i < rank; i++) n *= dims[i];
  return n;
}

/* The result (or its error) and the end of the line. */
static inline void write_result(FILE *f, ad_array *y) {
  static int64_t data[1 << 16];
  int64_t n = ad_array_size(y);
  if (!ad_is_error(y) && n <= 1 << 16) CHECK_INT(ad_read(y, data, (size_t)n * 8), AD_OK);
  if (!ad_is_error(y)) {
    ad_shape s = ad_array_shape(y);
    write_list(f, "out_shape", s.dims, s.rank);
    write_list(f, "out", data, n);
  }
  fprintf(f, "\"error\": \"%s\"}\n", ad_is_error(y) ? ad_error_text(y) : "");
}

#endif
