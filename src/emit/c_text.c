/* The small pieces of printed C: types, numbers, elements of arrays, loops. See emit_c.h. */
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include "base/scalar_half.h"
#include "emit/emit_c.h"

const char *ad__c_type(ad_dtype t) {
  static const char *const types[] = {"void",
#define AD_DTYPE(NAME, text, ctype, bytes, category, kind) #ctype,
#include <adamant/dtype.def>
#undef AD_DTYPE
  };
  return types[t];
}

const char *ad__c_lane(ad_dtype t) {
  static const char *const lanes[AD_DTYPE_COUNT] = {
      "",           [AD_BOOL] = "b8",     [AD_UINT8] = "u8",     [AD_UINT16] = "u16",   [AD_UINT32] = "u32",
      [AD_UINT64] = "u64",   [AD_INT8] = "i8",      [AD_INT16] = "i16",    [AD_INT32] = "i32",    [AD_INT64] = "i64",
      [AD_FLOAT16] = "f16",  [AD_BFLOAT16] = "bf16", [AD_FLOAT32] = "f32", [AD_FLOAT64] = "f64",
      [AD_COMPLEX64] = "c64", [AD_COMPLEX128] = "c128"};
  return lanes[t];
}

ad_dtype ad__c_computed(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }

const char *ad__c_keep(c_printer *p, ad_text *t) {
  const char *s = ad__arena_text(&p->arena, ad__text_str(t), t->length);
  if (t->failed || !s) p->body.failed = true;
  ad__text_free(t);
  return s ? s : "";
}

const char *ad__c_format(c_printer *p, const char *fmt, ...) {
  ad_text t;
  va_list ap;
  ad__text_init(&t, p->body.mem);
  va_start(ap, fmt);
  ad__text_vfmt(&t, fmt, ap);
  va_end(ap);
  return ad__c_keep(p, &t);
}

void ad__c_line(c_printer *p, const char *fmt, ...) {
  va_list ap;
  for (int i = 0; i <= p->depth; i++) ad__text_add(&p->body, "  ");
  va_start(ap, fmt);
  ad__text_vfmt(&p->body, fmt, ap);
  va_end(ap);
  ad__text_char(&p->body, '\n');
}

/* Names of carried functions and macros begin with ad_ and AD_, so no other name may. */
const char *ad__c_name(c_printer *p, const char *wish) {
  bool ours = strncmp(wish, "ad_", 3) == 0 || strncmp(wish, "AD_", 3) == 0;
  return ad__emit_name(&p->names, ours ? ad__c_format(p, "my_%s", wish) : wish);
}

const ad_array *ad__c_input(const ad_array *a, int i) { return a->in[i] ? ad__emit_resolve(a->in[i]) : NULL; }

ad_status ad__c_refuse(c_printer *p, const ad_array *a, const char *why) {
  return ad__fail(p->e, AD_E_NOT_IMPLEMENTED, "%s%s%s: emit: %s", a->where ? a->where : "", a->where ? ": " : "",
                  a->op->name, why);
}

/* ---- Numbers ---- */

static void print_real(double v, bool single, ad_text *out) {
  if (isnan(v)) ad__text_add(out, single ? "(float)NAN" : "(double)NAN");
  else if (isinf(v)) ad__text_add(out, v < 0 ? "(-INFINITY)" : "INFINITY");
  else {
    if (signbit(v)) ad__text_char(out, '(');
    if (single) ad__text_f32(out, (float)v);
    else ad__text_f64(out, v);
    if (single) ad__text_char(out, 'f');
    if (signbit(v)) ad__text_char(out, ')');
  }
}

static void print_int(int64_t v, const char *suffix, ad_text *out) {
  if (v == INT64_MIN) ad__text_add(out, "INT64_MIN");
  else if (v == INT32_MIN) ad__text_add(out, "INT32_MIN");
  else ad__text_fmt(out, v < 0 ? "(%lld%s)" : "%lld%s", (long long)v, suffix);
}

const char *ad__c_number(c_printer *p, ad_dtype t, const char *element) {
  union {
    uint8_t u8; uint16_t u16; uint32_t u32; uint64_t u64; int8_t i8; int16_t i16; int32_t i32; int64_t i64;
    float f32; double f64; float c64[2]; double c128[2];
  } v;
  ad_text out;
  ad__text_init(&out, p->body.mem);
  memcpy(&v, element, ad_dtype_size(t));
  switch (t) {
  case AD_BOOL:
  case AD_UINT8: print_int(v.u8, "", &out); break;
  case AD_UINT16: print_int(v.u16, "", &out); break;
  case AD_UINT32: print_int(v.u32, "u", &out); break;
  case AD_UINT64: ad__text_fmt(&out, "UINT64_C(%llu)", (unsigned long long)v.u64); break;
  case AD_INT8: print_int(v.i8, "", &out); break;
  case AD_INT16: print_int(v.i16, "", &out); break;
  case AD_INT32: print_int(v.i32, "", &out); break;
  case AD_INT64:
    if (v.i64 >= INT32_MIN && v.i64 <= INT32_MAX) print_int(v.i64, "", &out);
    else print_int(v.i64, "LL", &out);
    break;
  case AD_FLOAT16:
  case AD_BFLOAT16: ad__text_fmt(&out, "0x%04x", v.u16); break;
  case AD_FLOAT32: print_real((double)v.f32, true, &out); break;
  case AD_FLOAT64: print_real(v.f64, false, &out); break;
  case AD_COMPLEX64:
  case AD_COMPLEX128: {
    bool single = t == AD_COMPLEX64;
    ad__text_char(&out, '{');
    print_real(single ? (double)v.c64[0] : v.c128[0], single, &out);
    ad__text_add(&out, ", ");
    print_real(single ? (double)v.c64[1] : v.c128[1], single, &out);
    ad__text_char(&out, '}');
    break;
  }
  case AD_DTYPE_NONE:
  case AD_DTYPE_COUNT: break;
  }
  return ad__c_keep(p, &out);
}

/* ---- Loops ---- */

int ad__c_open(c_printer *p, int n, const int64_t *lengths, const char **out_index) {
  int opened = 0;
  for (int i = 0; i < n; i++) {
    out_index[i] = "0";
    if (lengths[i] == 1) continue;
    const char *name = p->index_names[p->depth];
    out_index[i] = name;
    ad__c_line(p, "for (%s %s = 0; %s < %s; %s++) {", p->index_type, name, name, ad__c_size(p, lengths[i]), name);
    p->depth++;
    opened++;
  }
  return opened;
}

void ad__c_close(c_printer *p, int count) {
  while (count-- > 0) {
    p->depth--;
    ad__c_line(p, "}");
  }
}

/* ---- Elements ---- */

static bool is_name(const char *s) { return s[strcspn(s, " -+*/%<>?")] == 0; }

/* Symbols count as more than any number. */
static uint64_t size_of(const c_printer *p, int64_t stride) {
  if (ad__c_is_symbolic(p, stride)) return UINT64_MAX;
  return stride < 0 ? (uint64_t)0 - (uint64_t)stride : (uint64_t)stride;
}
static bool is_below(const c_printer *p, int64_t stride) { return stride < 0 && !ad__c_is_symbolic(p, stride); }

/* One term of an index: stride times index. */
static void print_term(c_printer *p, const char *index, int64_t stride, bool first, ad_text *out) {
  const char *sign = first ? "" : is_below(p, stride) ? " - " : " + ";
  uint64_t by = size_of(p, stride);
  bool name = is_name(index) || (by == 1 && stride > 0);
  ad__text_fmt(out, name ? "%s%s" : "%s(%s)", sign, index);
  if (ad__c_is_symbolic(p, stride)) ad__text_fmt(out, " * %s", ad__c_size(p, stride));
  else if (by != 1) ad__text_fmt(out, " * %llu", (unsigned long long)by);
}

/* The widest stride first, as indices are written by hand. */
static void sort_by_stride(const c_printer *p, const c_place *place, int rank, int *order) {
  for (int i = 0; i < rank; i++) {
    int at = i;
    for (; at > 0 && size_of(p, place->strides[order[at - 1]]) < size_of(p, place->strides[i]); at--) order[at] = order[at - 1];
    order[at] = i;
  }
}

const char *ad__c_element_of(c_printer *p, const c_place *place, ad_dtype t, int rank, const char *const *index) {
  if (!place->base && !place->number) { /* its name found no memory */
    p->body.failed = true;
    return "0";
  }
  if (!place->base) {
    const char *number = ad__c_number(p, t, place->number);
    return number[0] == '{' ? ad__c_format(p, "((%s)%s)", ad__c_type(t), number) : number;
  }
  ad_text out;
  bool first = true;
  int order[AD_MAX_RANK];
  sort_by_stride(p, place, rank, order);
  ad__text_init(&out, p->body.mem);
  ad__text_fmt(&out, "%s[", place->base);
  for (int pass = 0; pass < 2; pass++) { /* what is added, then what is taken away */
    for (int k = 0; k < rank; k++) {
      int i = order[k];
      if (!place->strides[i] || is_below(p, place->strides[i]) != pass || strcmp(index[i], "0") == 0) continue;
      print_term(p, index[i], place->strides[i], first, &out);
      first = false;
    }
    if (pass || (!place->offset && !first)) continue;
    bool any_below = false;
    for (int i = 0; i < rank; i++) any_below |= is_below(p, place->strides[i]) && strcmp(index[i], "0") != 0;
    if (place->offset || any_below) ad__text_fmt(&out, first ? "%s" : " + %s", ad__c_size(p, place->offset)), first = false;
  }
  if (first) ad__text_char(&out, '0');
  ad__text_char(&out, ']');
  return ad__c_keep(p, &out);
}

const char *ad__c_element(c_printer *p, const ad_array *a, const char *const *index) {
  return ad__c_element_of(p, &p->places[a->serial], a->type->dtype, a->type->rank, index);
}

const char *ad__c_pointer_to(c_printer *p, const char *element) {
  size_t name = strcspn(element, "["), length = strlen(element);
  if (strcmp(element + name, "[0]") == 0) return ad__c_format(p, "%.*s", (int)name, element);
  return ad__c_format(p, "%.*s + %.*s", (int)name, element, (int)(length - name - 2), element + name + 1);
}

const char *ad__c_pointer(c_printer *p, const c_place *place, int rank, const char *const *index) {
  return ad__c_pointer_to(p, ad__c_element_of(p, place, AD_FLOAT32, rank, index)); /* a place with a base: the dtype is not looked at */
}

void ad__c_dense_strides(const c_printer *p, const ad_type *t, int64_t *out) {
  int64_t step = 1;
  for (int i = t->rank - 1; i >= 0; i--) {
    out[i] = step;
    step = ad__c_times(p, step, t->dims[i]);
  }
}

bool ad__c_row_major(const c_printer *p, const c_place *place, const ad_type *t) {
  int64_t step = 1;
  for (int i = t->rank - 1; i >= 0; i--) {
    if (t->dims[i] != 1 && place->strides[i] != step) return false;
    step = ad__c_times(p, step, t->dims[i]);
  }
  return place->base != NULL;
}

void ad__c_copy_dense(c_printer *p, const ad_array *x, ad_dtype lane, const char *dense) {
  const char *index[AD_MAX_RANK];
  c_place to = {.base = dense};
  ad__c_dense_strides(p, x->type, to.strides);
  if (!x->type->size) return;
  int opened = ad__c_open(p, x->type->rank, x->type->dims, index);
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, &to, lane, x->type->rank, index), ad__c_cast(p, ad__c_element(p, x, index), x->type->dtype, lane));
  ad__c_close(p, opened);
}

const char *ad__c_dense(c_printer *p, const ad_array *x, ad_dtype lane, const char *wish) {
  const c_place *place = &p->places[x->serial];
  const char *index[AD_MAX_RANK];
  if (x->type->dtype == lane && ad__c_row_major(p, place, x->type)) {
    for (int i = 0; i < x->type->rank; i++) index[i] = "0";
    return ad__c_pointer(p, place, x->type->rank, index);
  }
  const char *room = ad__c_room(p, ad__c_type(lane), wish, ad__c_count(p, x->type));
  ad__c_copy_dense(p, x, lane, room);
  return room;
}

void ad__c_copy_back(c_printer *p, const ad_array *a, ad_dtype lane, const char *dense) {
  const char *index[AD_MAX_RANK];
  c_place from = {.base = dense};
  ad__c_dense_strides(p, a->type, from.strides);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, index);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, index), ad__c_cast(p, ad__c_element_of(p, &from, lane, a->type->rank, index), lane, a->type->dtype));
  ad__c_close(p, opened);
}

const char *ad__c_target(c_printer *p, const ad_array *a) {
  const ad_type *t = a->type;
  c_place *place = &p->places[a->serial];
  if (place->base) return place->base;
  place->base = p->outputs[a->serial];
  if (!place->base) {
    const char *name = p->g->names[a->serial];
    place->base = ad__c_room(p, ad__c_type(t->dtype), name ? name : a->op->name, ad__c_count(p, t));
  }
  ad__c_dense_strides(p, t, place->strides);
  return place->base;
}
