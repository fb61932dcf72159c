/* partition, topk and their indices: the key at a place is found, and what stands on either side of it chosen.
 *
 * Indices are chosen by ad_select_parts and ad_select_top of structural/selection.h, so that the result is the same however
 * the key was found. Complex numbers are sorted as a whole: their order has more than one key. */
#include "runtime/sort_lines.h"

#include <string.h>
#include "runtime/structural.h"
#include "runtime/structural/selection.h"

enum { FIELD_PLACE, FIELD_AXIS };

/* The indices that were chosen: n for a partition, `chosen` for the largest. */
static const uint32_t *parts(const ad_sort_lines *j, const ad_sort_room *r, const char *in) {
  if (j->orders) return ad__sort_order(j, r, in);
  size_t place = (size_t)(j->count < 0 ? j->count + (int64_t)j->n : j->count);
  j->kernels->keys[j->coding.kind](&j->coding, j->n, in, r->keys);
  if (j->key == 4) {
    uint32_t pivot = j->kernels->select32(r->keys, r->items, r->items_room, j->n, place);
    ad_select_parts_uint32_t(r->keys, j->n, pivot, r->order);
  } else {
    uint64_t pivot = j->kernels->select64(r->keys, r->items, r->items_room, j->n, place);
    ad_select_parts_uint64_t(r->keys, j->n, pivot, r->order);
  }
  return r->order;
}

static const uint32_t *largest(const ad_sort_lines *j, const ad_sort_room *r, const char *in) {
  size_t k = (size_t)j->count, place = j->n - k;
  if (j->orders) return ad__sort_order(j, r, in) + place;
  j->kernels->keys[j->coding.kind](&j->coding, j->n, in, r->keys);
  if (j->key == 4) {
    uint32_t pivot = j->kernels->select32(r->keys, r->items, r->items_room, j->n, place);
    ad_select_top_uint32_t(r->keys, j->n, k, pivot, r->order);
  } else {
    uint64_t pivot = j->kernels->select64(r->keys, r->items, r->items_room, j->n, place);
    ad_select_top_uint64_t(r->keys, j->n, k, pivot, r->order);
  }
  return r->order;
}

static void take(const ad_sort_lines *j, const uint32_t *index, const char *in, char *out) {
  for (size_t i = 0; i < j->out_n; i++) memcpy(out + i * j->item, in + index[i] * j->item, j->item);
}

static void partition_elements(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  take(j, parts(j, r, in), in, out);
}
static void partition_places(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  memcpy(out, parts(j, r, in), j->n * sizeof(uint32_t));
}
static void top_elements(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  take(j, largest(j, r, in), in, out);
}
static void top_places(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out) {
  memcpy(out, largest(j, r, in), j->out_n * sizeof(uint32_t));
}

static ad_status run(ad_exec *x, ad_array *node, ad_sort_line line) {
  bool complex = ad_dtype_category(node->in[0]->type->dtype) == AD_CATEGORY_COMPLEX;
  ad_sort_lines j = {.line = line, .orders = complex, .selects = !complex, .count = ad__attr(node, FIELD_PLACE)->as.i};
  return ad__sort_lines_run(x, node, (int)ad__attr(node, FIELD_AXIS)->as.i, &j);
}

ad_status ad__k_partition(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, partition_elements); }
ad_status ad__k_argpartition(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, partition_places); }
ad_status ad__k_topk(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, top_elements); }
ad_status ad__k_argtopk(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, top_places); }
