/* Ops that put the elements of an axis in order: loops that make keys of elements, and calls of the carried text.
 *
 * Everything goes by pairs of a 64-bit key and an index, whatever the dtype: the carried sort does nothing for bytes that all
 * keys share. Complex numbers take a pass for each part, and one for the NaN among them. */
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
  const char *items;              /* pairs */
  const char *index[AD_MAX_RANK]; /* of x */
  int axis;
  int64_t n;
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

static ad_status sort(c_printer *p, const ad_array *a, bool places) {
  sequence s = {.descending = ad__attr(a, 1)->as.i};
  const ad_array *x = ad__c_input(a, 0);
  const char *i, *to[AD_MAX_RANK];
  int axis = (int)ad__attr(a, 0)->as.i;
  ad__c_target(p, a);
  if (!x->type->size) return AD_OK;
  s.items = ad__c_room(p, "ad_sort_pair", "item", x->type->dims[axis]);
  const char *room = ad__c_room(p, "ad_sort_pair", "item_room", x->type->dims[axis]);
  int opened = open_sequences(p, x, axis, &s);
  sort_sequence(p, &s, room);
  int line = ad__c_open(p, 1, &s.n, &i);
  const char *from = ad__c_format(p, "%s[%s].index", s.items, i), *element = element_at(p, &s, from);
  memcpy(to, s.index, sizeof to);
  to[axis] = i;
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, to), places ? from : element);
  ad__c_close(p, line + opened);
  return AD_OK;
}

static ad_status print_sort(c_printer *p, const ad_array *a) { return sort(p, a, false); }
static ad_status print_argsort(c_printer *p, const ad_array *a) { return sort(p, a, true); }

static const c_row rows[] = {
    {AD_OP_sort, NULL, print_sort},
    {AD_OP_argsort, NULL, print_argsort},
};

const c_row *ad__c_sorting_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
