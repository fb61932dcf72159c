/* sort and argsort: each sequence along the axis by its keys, which the kernels of sort_kernels.h make and put in order.
 *
 * Elements are sorted as keys alone, indices as keys with indices. Keys do not tell -0 from 0 or one NaN from another, so
 * where there are such elements, they are put back in the order they came in: sort agrees with argsort, bit for bit.
 * Complex numbers go by the real part, then the imaginary one; those with a NaN come last, and of these the ones whose
 * real part is one. Sequences whose elements lie apart are brought together some at a time, since their neighbours lie side
 * by side. */
#include "runtime/sort_lines.h"

#include <string.h>
#include "runtime/structural.h"

enum { FIELD_AXIS, FIELD_DESCENDING };

/* ---- Elements ---- */

static uint64_t bits_of(const char *p, size_t item) {
  uint16_t half;
  uint32_t single;
  uint64_t wide;
  switch (item) {
  case 2: return memcpy(&half, p, sizeof half), half;
  case 4: return memcpy(&single, p, sizeof single), single;
  default: return memcpy(&wide, p, sizeof wide), wide;
  }
}

/* How many of n sorted keys are below this one. */
static size_t keys_below(const void *keys, bool wide, size_t n, uint64_t key) {
  size_t low = 0;
  while (n) {
    size_t half = n / 2;
    uint64_t k = wide ? ((const uint64_t *)keys)[low + half] : ((const uint32_t *)keys)[low + half];
    if (k < key) low += half + 1, n -= half + 1;
    else n = half;
  }
  return low;
}

typedef struct same_keys {
  size_t zero, nan; /* where those of zeros, and of NaN, begin */
} same_keys;

/* Zeros and NaN in the order they came in. */
static void put_back(const ad_sort_lines *j, const char *in, char *out, same_keys at) {
  const ad_sort_coding *c = &j->coding;
  for (size_t i = 0; i < j->n; i++) {
    const char *p = in + i * j->item;
    uint64_t magnitude = bits_of(p, j->item) & (c->sign - 1);
    if (magnitude > c->infinity) memcpy(out + at.nan++ * j->item, p, j->item);
    if (magnitude == 0) memcpy(out + at.zero++ * j->item, p, j->item);
  }
}

static void sort_elements(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  const ad_sort_coding *c = &j->coding;
  void *keys = j->item == j->key ? (void *)out : r->keys;
  same_keys at = {0, 0};
  bool special = j->kernels->keys[c->kind](c, j->n, in, keys);
  if (j->key == 8) j->kernels->sort64(keys, r->items, j->n, 0);
  else j->kernels->sort32(keys, r->items, j->n, 8 * (int)j->item);
  if (special) {
    at.zero = keys_below(keys, j->key == 8, j->n, c->sign ^ c->flip);
    at.nan = keys_below(keys, j->key == 8, j->n, c->sign | (c->sign - 1));
  }
  j->kernels->numbers[c->kind](c, j->n, keys, out);
  if (special) put_back(j, in, out, at);
}

static void gather_elements(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  const uint32_t *order = ad__sort_order(j, r, in);
  for (size_t i = 0; i < j->n; i++) memcpy(out + i * j->item, in + order[i] * j->item, j->item);
}

/* ---- Sequences ---- */

static void do_elements(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  if (ad_dtype_category(j->dtype) == AD_CATEGORY_COMPLEX) gather_elements(j, r, in, out);
  else sort_elements(j, r, in, out);
}

static void do_places(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  memcpy(out, ad__sort_order(j, r, in), j->n * sizeof(uint32_t));
}

ad_status ad__k_sort(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  bool complex = ad_dtype_category(node->type->dtype) == AD_CATEGORY_COMPLEX;
  ad_sort_lines j = {.line = do_elements, .orders = complex, .descending = ad__attr(node, FIELD_DESCENDING)->as.i};
  return ad__sort_lines_run(x, node, (int)ad__attr(node, FIELD_AXIS)->as.i, &j);
}

ad_status ad__k_argsort(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  ad_sort_lines j = {.line = do_places, .orders = true, .descending = ad__attr(node, FIELD_DESCENDING)->as.i};
  return ad__sort_lines_run(x, node, (int)ad__attr(node, FIELD_AXIS)->as.i, &j);
}
