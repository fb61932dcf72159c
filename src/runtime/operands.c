/* Bringing operands to kernels. See operands.h. */
#include "runtime/operands.h"

#include <string.h>

/* ---- Strides over merged axes ---- */

static void operand_strides(const ad_type *out, const ad_array *a, bool copied, int64_t *strides) {
  int64_t room[AD_MAX_RANK];
  const int64_t *own = room;
  if (copied) ad__type_strides(a->type, room);
  else own = ad__value_strides(a->type, &a->value, room);
  int lead = out->rank - a->type->rank;
  for (int i = 0; i < out->rank; i++)
    strides[i] = i < lead || a->type->dims[i - lead] == 1 ? 0 : own[i - lead];
}

static bool mergeable(const ad_elt_operand *o, int count, int last, const int64_t s[][AD_MAX_RANK], int i, int64_t n) {
  for (int k = 0; k < count; k++)
    if (o[k].strides[last] != s[k][i] * n) return false;
  return true;
}

/* Row-major over the whole result. */
static bool is_flat(const ad_space *s, const ad_elt_operand *o) {
  int64_t step = (int64_t)o->item;
  for (int i = s->rank - 1; i >= 0; i--) {
    if (o->strides[i] != step && s->dims[i] != 1) return false;
    step *= s->dims[i];
  }
  return true;
}

void ad__space_begin(ad_space *s, const ad_type *t, ad_array *const *arrays, ad_elt_operand *o, int count) {
  int64_t own[AD_OPERANDS_MOST][AD_MAX_RANK];
  for (int k = 0; k < count; k++) operand_strides(t, arrays[k], o[k].temp.buf != NULL, own[k]);
  s->rank = 0;
  for (int i = 0; i < t->rank; i++) {
    int64_t n = t->dims[i];
    if (n == 1) continue;
    int at = s->rank;
    if (at && mergeable(o, count, at - 1, (const int64_t(*)[AD_MAX_RANK])own, i, n)) s->dims[--at] *= n;
    else s->dims[at] = n;
    for (int k = 0; k < count; k++) o[k].strides[at] = own[k][i];
    s->rank = at + 1;
  }
  if (!s->rank) {
    s->rank = 1;
    s->dims[0] = 1;
    for (int k = 0; k < count; k++) o[k].strides[0] = 0;
  }
  for (int k = 0; k < count; k++) {
    o[k].single = s->rank == 1 && o[k].strides[0] == 0 && t->size > 1;
    o[k].flat = is_flat(s, &o[k]);
  }
}

/* ---- Blocks ---- */

/* Elements [at, at + n) of one row of an operand into `out`, in its stored dtype. */
static void gather_row(const char *src, int64_t stride, size_t item, size_t n, char *out) {
  if (stride == (int64_t)item) {
    memcpy(out, src, n * item);
    return;
  }
#define GATHER(type)                                         \
  if (stride == 0) {                                         \
    type v;                                                  \
    memcpy(&v, src, sizeof v);                               \
    for (size_t i = 0; i < n; i++) memcpy(out + i * sizeof v, &v, sizeof v); \
    break;                                                   \
  }                                                          \
  for (size_t i = 0; i < n; i++) {                           \
    type v;                                                  \
    memcpy(&v, src + (int64_t)i * stride, sizeof v);         \
    memcpy(out + i * sizeof v, &v, sizeof v);                \
  }
  switch (item) {
  case 1: GATHER(uint8_t) break;
  case 2: GATHER(uint16_t) break;
  case 4: GATHER(uint32_t) break;
  case 8: GATHER(uint64_t) break;
  default: GATHER(ad_c128) break;
  }
#undef GATHER
}

/* Elements [begin, begin + n) of an operand, counted over the result, into `out`, in its stored dtype. */
static void gather(const ad_space *s, const ad_elt_operand *o, size_t begin, size_t n, char *out) {
  int64_t inner = s->dims[s->rank - 1];
  while (n) {
    int64_t rest = (int64_t)begin / inner, at = (int64_t)begin % inner, offset = at * o->strides[s->rank - 1];
    for (int i = s->rank - 2; i >= 0; i--) {
      offset += rest % s->dims[i] * o->strides[i];
      rest /= s->dims[i];
    }
    size_t row = (size_t)(inner - at) < n ? (size_t)(inner - at) : n;
    gather_row(o->data + offset, o->strides[s->rank - 1], o->item, row, out);
    out += row * o->item;
    begin += row;
    n -= row;
  }
}

void ad__operand_spread(const ad_kernels *k, const char *at, const ad_elt_operand *o, size_t n, ad_block *raw, ad_block *lane) {
  bool as_it_is = o->dtype == o->lane;
  gather_row(at, 0, o->item, n, as_it_is ? lane->bytes : raw->bytes);
  if (!as_it_is) k->cast[o->dtype][o->lane](n, lane->bytes, raw->bytes);
}

/* Where an operand's element `begin` of the result lies. */
static const char *place(const ad_space *s, const ad_elt_operand *o, size_t begin) {
  int64_t inner = s->dims[s->rank - 1], rest = (int64_t)begin / inner;
  int64_t offset = (int64_t)begin % inner * o->strides[s->rank - 1];
  for (int i = s->rank - 2; i >= 0; i--) {
    offset += rest % s->dims[i] * o->strides[i];
    rest /= s->dims[i];
  }
  return o->data + offset;
}

const void *ad__operand_stage(const ad_kernels *k, const ad_space *s, const ad_elt_operand *o, size_t begin, size_t n, bool one_row,
                              const char **spread, ad_block *raw, ad_block *lane) {
  if (o->single) return lane->bytes; /* spread before the first block */
  bool as_it_is = o->dtype == o->lane;
  int64_t stride = o->strides[s->rank - 1];
  const void *src = raw->bytes;
  if (o->flat) {
    src = o->data + begin * o->item;
  } else if (one_row && stride == (int64_t)o->item) {
    src = place(s, o, begin);
  } else if (one_row && stride == 0) {
    const char *at = place(s, o, begin);
    if (at != *spread) ad__operand_spread(k, at, o, AD_OPERAND_BLOCK, raw, lane);
    *spread = at;
    return lane->bytes;
  } else {
    gather(s, o, begin, n, as_it_is ? lane->bytes : raw->bytes);
    if (as_it_is) return lane->bytes;
  }
  if (as_it_is) return src;
  k->cast[o->dtype][o->lane](n, lane->bytes, src);
  return lane->bytes;
}

/* ---- One operand ---- */

/* Does reading in the result's order jump to another cache line each time, while another axis lies closer? Then a copy in
 * tiles is quicker, from a few blocks on. */
static bool runs_across(const ad_array *a) {
  enum { LINE = 64 };
  const ad_type *t = a->type;
  if (!a->value.strides || t->size <= 4 * AD_OPERAND_BLOCK) return false;
  int last = t->rank - 1;
  while (last > 0 && t->dims[last] == 1) last--;
  int64_t inner = a->value.strides[last] < 0 ? -a->value.strides[last] : a->value.strides[last];
  if (inner < LINE || t->dims[last] == 1) return false;
  for (int i = 0; i < last; i++) {
    int64_t step = a->value.strides[i] < 0 ? -a->value.strides[i] : a->value.strides[i];
    if (t->dims[i] > 1 && step && step < LINE) return true;
  }
  return false;
}

ad_status ad__operand_begin(ad_exec *x, const ad_array *a, ad_dtype lane, ad_elt_operand *o) {
  o->temp = (ad_value){NULL, NULL, NULL};
  o->data = a->value.data;
  o->dtype = a->type->dtype;
  o->lane = lane;
  o->item = a->type->item_size;
  if (runs_across(a) && !(o->data = ad__value_contiguous_data(x, a, &o->temp))) return x->err.code;
  return AD_OK;
}
