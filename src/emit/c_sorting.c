/* Ops that put the elements of an axis in order, choose among them, or look them up: loops that make keys of elements, and
 * calls of the carried text.
 *
 * Keys have 64 bits, whatever the dtype: the carried sort does nothing for bytes that all keys share. Complex numbers are sorted by
 * a pass for each part, and one for the NaN among them; where the library sorts them to choose, so does the printed code. */
#include <string.h>
#include "emit/emit_c.h"

static bool is_complex(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_COMPLEX; }
static int bits_of(ad_dtype t) { return 8 * (int)ad_dtype_size(t); }

/* The key of a real element x: an unsigned number of that many bits whose order is that of the elements. */
static const char *key_of(c_printer *p, const char *x, ad_dtype t, bool descending) {
  const char *flip = descending ? "UINT32_MAX" : "0";
  switch (t) {
  case AD_FLOAT16: return ad__c_format(p, "ad_sort_key_uint32_t(%s, 0x8000, 0x7c00, %s)", x, descending ? "0xffff" : "0");
  case AD_BFLOAT16: return ad__c_format(p, "ad_sort_key_uint32_t(%s, 0x8000, 0x7f80, %s)", x, descending ? "0xffff" : "0");
  case AD_FLOAT32: return ad__c_format(p, "ad_sort_key_uint32_t(ad__f32_bits(%s), 0x80000000, 0x7f800000, %s)", x, flip);
  case AD_FLOAT64:
    return ad__c_format(p, "ad_sort_key_uint64_t(ad__f64_bits(%s), UINT64_C(0x8000000000000000), UINT64_C(0x7ff0000000000000), %s)", x,
                        descending ? "UINT64_MAX" : "0");
  default: {
    int bits = bits_of(t);
    uint64_t all = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    uint64_t sign = ad_dtype_category(t) == AD_CATEGORY_INT ? all - all / 2 : 0;
    x = bits == 64 ? ad__c_format(p, "(uint64_t)%s", x) : ad__c_format(p, "(uint%d_t)%s", bits, x);
    return ad__c_format(p, "ad_sort_key_whole(%s, UINT64_C(0x%llx), UINT64_C(0x%llx))", x, (unsigned long long)sign,
                        (unsigned long long)(descending ? all : 0));
  }
  }
}

/* The sequences of an op along an axis, of which one is at hand. */
typedef struct sequence {
  const ad_array *x;
  const char *items;              /* pairs, or indices that are chosen */
  const char *index[AD_MAX_RANK]; /* of x */
  int axis;
  int64_t n, skipped;             /* skipped: of the sorted ones, in front */
  bool descending;
} sequence;

/* Opens the loops over all other axes. */
static int open_sequences(c_printer *p, const ad_array *x, int axis, sequence *s) {
  int64_t lengths[AD_MAX_RANK];
  s->x = x;
  s->axis = axis;
  s->n = x->type->dims[axis];
  for (int k = 0; k < x->type->rank; k++) lengths[k] = k == axis ? 1 : x->type->dims[k];
  return ad__c_open(p, x->type->rank, lengths, s->index);
}

static const char *element_at(c_printer *p, sequence *s, const char *i) {
  s->index[s->axis] = i;
  return ad__c_element(p, s->x, s->index);
}

/* One pass, stable: by the key of a part of each element (NULL: of all of it), or by which parts are NaN. The first begins
 * the order. */
static void sort_pass(c_printer *p, sequence *s, const char *room, const char *part, bool first, bool by_nan) {
  const char *i;
  ad_dtype t = s->x->type->dtype;
  if (is_complex(t)) t = t == AD_COMPLEX64 ? AD_FLOAT32 : AD_FLOAT64;
  int line = ad__c_open(p, 1, &s->n, &i), bits = by_nan ? 8 : bits_of(t);
  const char *x = element_at(p, s, first ? i : ad__c_format(p, "%s[%s].index", s->items, i));
  if (by_nan) ad__c_line(p, "%s[%s].key = (%s.re != %s.re ? 2 : 0) + (%s.im != %s.im ? 1 : 0);", s->items, i, x, x, x, x);
  else ad__c_line(p, "%s[%s].key = %s;", s->items, i, key_of(p, part ? ad__c_format(p, "%s.%s", x, part) : x, t, s->descending));
  if (first) ad__c_line(p, "%s[%s].index = (uint32_t)%s;", s->items, i, i);
  ad__c_close(p, line);
  ad__c_line(p, "ad_sort_pairs(%s, %s, %lld, 0, %d);", s->items, room, (long long)s->n, bits);
}

static void sort_sequence(c_printer *p, sequence *s, const char *room) {
  bool complex = is_complex(s->x->type->dtype);
  if (complex) sort_pass(p, s, room, "im", true, false);
  sort_pass(p, s, room, complex ? "re" : NULL, !complex, false);
  if (complex) sort_pass(p, s, room, NULL, false, true);
}

/* Writes the sequence's results: of its elements those at index[i], or the indices. */
static void write_chosen(c_printer *p, const ad_array *a, sequence *s,
                         const char *(*chosen)(c_printer *p, const sequence *s, const char *i), bool places) {
  const char *i, *to[AD_MAX_RANK];
  int line = ad__c_open(p, 1, &a->type->dims[s->axis], &i);
  const char *from = chosen(p, s, i), *element = element_at(p, s, from);
  memcpy(to, s->index, sizeof to);
  to[s->axis] = i;
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, to), places ? from : element);
  ad__c_close(p, line);
}

static const char *sorted_index(c_printer *p, const sequence *s, const char *i) {
  if (s->skipped == 0) return ad__c_format(p, "%s[%s].index", s->items, i);
  return ad__c_format(p, "%s[%s + %lld].index", s->items, i, (long long)s->skipped);
}

/* The results are the elements, or (places) the indices, of a sorted sequence from `skipped` on. */
static ad_status print_sorted(c_printer *p, const ad_array *a, int axis, int64_t skipped, bool descending, bool places) {
  const ad_array *x = ad__c_input(a, 0);
  sequence s = {.descending = descending, .skipped = skipped};
  s.items = ad__c_room(p, "ad_sort_pair", "item", x->type->dims[axis]);
  const char *room = ad__c_room(p, "ad_sort_pair", "item_room", x->type->dims[axis]);
  int opened = open_sequences(p, x, axis, &s);
  sort_sequence(p, &s, room);
  write_chosen(p, a, &s, sorted_index, places);
  ad__c_close(p, opened);
  return AD_OK;
}

static ad_status sort(c_printer *p, const ad_array *a, bool places) {
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  return print_sorted(p, a, (int)ad__attr(a, 0)->as.i, 0, ad__attr(a, 1)->as.i, places);
}

static ad_status print_sort(c_printer *p, const ad_array *a) { return sort(p, a, false); }
static ad_status print_argsort(c_printer *p, const ad_array *a) { return sort(p, a, true); }

/* ---- partition, topk ---- */

static const char *chosen_index(c_printer *p, const sequence *s, const char *i) { return ad__c_format(p, "%s[%s]", s->items, i); }

static void print_keys(c_printer *p, sequence *s, const char *keys) {
  const char *i;
  int line = ad__c_open(p, 1, &s->n, &i);
  ad__c_line(p, "%s[%s] = %s;", keys, i, key_of(p, element_at(p, s, i), s->x->type->dtype, false));
  ad__c_close(p, line);
}

/* count: which place to part at, or how many of the greatest. */
static ad_status choose(c_printer *p, const ad_array *a, bool top, bool places) {
  const ad_array *x = ad__c_input(a, 0);
  int64_t count = ad__attr(a, 0)->as.i;
  int axis = (int)ad__attr(a, 1)->as.i;
  int64_t n = x->type->dims[axis], place = top ? n - count : count < 0 ? count + n : count;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  if (is_complex(x->type->dtype)) return print_sorted(p, a, axis, top ? place : 0, false, places);
  sequence s = {.items = ad__c_room(p, "uint32_t", "chosen", n)};
  const char *keys = ad__c_room(p, "uint64_t", "key", n), *room = ad__c_room(p, "uint64_t", "key_room", n);
  int opened = open_sequences(p, x, axis, &s);
  print_keys(p, &s, keys);
  const char *pivot = ad__c_format(p, "ad_select_uint64_t(%s, %s, %lld, %lld)", keys, room, (long long)n, (long long)place);
  if (top) ad__c_line(p, "ad_select_top_uint64_t(%s, %lld, %lld, %s, %s);", keys, (long long)n, (long long)count, pivot, s.items);
  else ad__c_line(p, "ad_select_parts_uint64_t(%s, %lld, %s, %s);", keys, (long long)n, pivot, s.items);
  write_chosen(p, a, &s, chosen_index, places);
  ad__c_close(p, opened);
  return AD_OK;
}

static ad_status print_partition(c_printer *p, const ad_array *a) { return choose(p, a, false, false); }
static ad_status print_argpartition(c_printer *p, const ad_array *a) { return choose(p, a, false, true); }
static ad_status print_topk(c_printer *p, const ad_array *a) { return choose(p, a, true, false); }
static ad_status print_argtopk(c_printer *p, const ad_array *a) { return choose(p, a, true, true); }

/* ---- searchsorted ---- */

/* The numbers that an element is compared by, from to[first] on. */
static void print_words(c_printer *p, const char *to, const char *first, const char *x, ad_dtype t) {
  if (!is_complex(t)) {
    ad__c_line(p, "%s[%s] = %s;", to, first, key_of(p, x, t, false));
    return;
  }
  ad_dtype part = t == AD_COMPLEX64 ? AD_FLOAT32 : AD_FLOAT64;
  ad__c_line(p, "%s[%s * 3] = (%s.re != %s.re ? 2 : 0) + (%s.im != %s.im ? 1 : 0);", to, first, x, x, x, x);
  ad__c_line(p, "%s[%s * 3 + 1] = %s;", to, first, key_of(p, ad__c_format(p, "%s.re", x), part, false));
  ad__c_line(p, "%s[%s * 3 + 2] = %s;", to, first, key_of(p, ad__c_format(p, "%s.im", x), part, false));
}

static ad_status print_searchsorted(c_printer *p, const ad_array *a) {
  const ad_array *in = ad__c_input(a, 0), *v = ad__c_input(a, 1);
  int axis = in->type->rank - 1;
  int words = is_complex(in->type->dtype) ? 3 : 1, right = ad__attr(a, 0)->as.text[0] == 'r';
  int64_t n = in->type->dims[axis];
  sequence s;
  const char *index[AD_MAX_RANK], *i;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  const char *keys = ad__c_room(p, "uint64_t", "key", words * (n ? n : 1)), *x = ad__c_room(p, "uint64_t", "searched", words);
  int opened = open_sequences(p, in, axis, &s), line = ad__c_open(p, 1, &n, &i);
  print_words(p, keys, i, element_at(p, &s, i), in->type->dtype);
  ad__c_close(p, line);
  /* The values of this sequence: with several, those of the last axis. */
  int first = axis == 0 ? 0 : axis;
  memcpy(index, s.index, sizeof index);
  int each = ad__c_open(p, v->type->rank - first, v->type->dims + first, index + first);
  print_words(p, x, "0", ad__c_element(p, v, index), v->type->dtype);
  ad__c_line(p, "%s = (uint32_t)ad_search_words(%s, %d, %lld, %s, %d);", ad__c_element(p, a, index), keys, words, (long long)n, x, right);
  ad__c_close(p, each + opened);
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_sort, NULL, print_sort, false},
    {AD_OP_argsort, NULL, print_argsort, false},
    {AD_OP_partition, NULL, print_partition, false},
    {AD_OP_argpartition, NULL, print_argpartition, false},
    {AD_OP_topk, NULL, print_topk, false},
    {AD_OP_argtopk, NULL, print_argtopk, false},
    {AD_OP_searchsorted, NULL, print_searchsorted, false},
};

const c_row *ad__c_sorting_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
