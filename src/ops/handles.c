/* Handles: arrays from memory, weak scalars, tuples and records, and the questions one may ask of a handle.
 *
 * Every question answers something harmless for an error array or NULL, so that callers may ask first and check later. */
#include <math.h>
#include <string.h>
#include "base/scalar_cast.h"
#include "base/scalar_half.h"
#include "ir/ctx.h"
#include "ops/apply.h"
#include "ops/graph_build.h"

/* ---- Scalars into memory ---- */

typedef struct weak_number {
  bool whole; /* i holds it exactly */
  int64_t i;
  double re, im;
} weak_number;

static void store_number(ad_dtype t, void *out, const weak_number *v) {
#define STORE(type, value)               \
  do {                                   \
    type x_ = (value);                   \
    memcpy(out, &x_, sizeof x_);         \
  } while (0)
  switch (t) {
  case AD_BOOL: STORE(uint8_t, v->whole ? v->i != 0 : v->re != 0 || v->im != 0); break;
  case AD_UINT8: STORE(uint8_t, v->whole ? (uint8_t)v->i : ad_cast_f64_u8(v->re)); break;
  case AD_UINT16: STORE(uint16_t, v->whole ? (uint16_t)v->i : ad_cast_f64_u16(v->re)); break;
  case AD_UINT32: STORE(uint32_t, v->whole ? (uint32_t)v->i : ad_cast_f64_u32(v->re)); break;
  case AD_UINT64: STORE(uint64_t, v->whole ? (uint64_t)v->i : ad_cast_f64_u64(v->re)); break;
  case AD_INT8: STORE(int8_t, v->whole ? (int8_t)v->i : ad_cast_f64_i8(v->re)); break;
  case AD_INT16: STORE(int16_t, v->whole ? (int16_t)v->i : ad_cast_f64_i16(v->re)); break;
  case AD_INT32: STORE(int32_t, v->whole ? (int32_t)v->i : ad_cast_f64_i32(v->re)); break;
  case AD_INT64: STORE(int64_t, v->whole ? v->i : ad_cast_f64_i64(v->re)); break;
  case AD_FLOAT16: STORE(uint16_t, ad_f64_to_f16(v->whole ? (double)v->i : v->re)); break;
  case AD_BFLOAT16: STORE(uint16_t, ad_f64_to_bf16(v->whole ? (double)v->i : v->re)); break;
  case AD_FLOAT32: STORE(float, v->whole ? (float)v->i : (float)v->re); break;
  case AD_FLOAT64: STORE(double, v->whole ? (double)v->i : v->re); break;
  case AD_COMPLEX64: STORE(ad_c64, ((ad_c64){v->whole ? (float)v->i : (float)v->re, (float)v->im})); break;
  case AD_COMPLEX128: STORE(ad_c128, ((ad_c128){v->whole ? (double)v->i : v->re, v->im})); break;
  case AD_DTYPE_NONE:
  case AD_DTYPE_COUNT: break;
  }
#undef STORE
}

/* constant: a node whose value is given. A weak scalar keeps its number exactly, to be stored in any dtype later. */
enum { CONSTANT_NUMBER, CONSTANT_WHOLE };

/* The whole numbers a narrow integer dtype holds; false for a dtype that is none, or that holds all of int64_t. */
static bool integer_range(ad_dtype t, int64_t *low, int64_t *high) {
  ad_category category = ad_dtype_category(t);
  int bits = 8 * (int)ad_dtype_size(t);
  if ((category != AD_CATEGORY_INT && category != AD_CATEGORY_UINT) || bits == 64) return false;
  *low = category == AD_CATEGORY_INT ? -((int64_t)1 << (bits - 1)) : 0;
  *high = ((int64_t)1 << (category == AD_CATEGORY_INT ? bits - 1 : bits)) - 1;
  return true;
}

static ad_array *number_new(ad_ctx *c, ad_place where, ad_dtype t, const weak_number *v, bool weak) {
  ad_err e;
  const ad_type *type = ad__type_tensor(c, t, 0, NULL, &e);
  if (!type) return ad__node_error(c, where, NULL, e.code, e.text);
  ad_graph *building = c->building;
  if (weak) c->building = NULL; /* a node that takes it as it is copies it into its graph */
  ad_array *a = ad__constant_new(c, where, type);
  c->building = building;
  if (ad__is_error(a)) return a;
  store_number(t, a->value.data, v);
  if (!weak) return a;
  ad_attr at[2] = {{.given = true, .as.f = {v->re, v->im}}, {.given = v->whole, .as.i = v->i}};
  a->attrs = ad__attrs_copy_for(c, &ad__op_constant, at);
  if (!a->attrs) {
    ad__node_discard(a);
    return c->out_of_memory;
  }
  a->flags |= AD_NODE_WEAK;
  return a;
}

ad_array *ad__weak_as(ad_array *a, ad_place where, const ad_op *op, ad_dtype dtype) {
  const ad_attr *number = ad__attr(a, CONSTANT_NUMBER), *whole = ad__attr(a, CONSTANT_WHOLE);
  weak_number v = {whole->given, whole->as.i, number->as.f[0], number->as.f[1]};
  int64_t low, high;
  if (v.whole && integer_range(dtype, &low, &high) && (v.i < low || v.i > high))
    return ad__node_errorf(a->ctx, where, op, AD_E_VALUE, "the number %lld; it does not fit %s; from %lld to %lld is right",
                           (long long)v.i, ad_dtype_name(dtype), (long long)low, (long long)high);
  return number_new(a->ctx, where, dtype, &v, false);
}

static ad_array *api_number(ad_ctx *c, ad_place where, ad_dtype t, weak_number v) {
  if (!c) return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  return ad__scope_take(number_new(c, where, t, &v, true));
}

ad_array *ad_number_at(ad_place where, ad_ctx *c, double value) {
  return api_number(c, where, AD_FLOAT32, (weak_number){.re = value});
}

ad_array *ad_number_int_at(ad_place where, ad_ctx *c, int64_t value) {
  bool small = value >= INT32_MIN && value <= INT32_MAX;
  return api_number(c, where, small ? AD_INT32 : AD_INT64, (weak_number){.whole = true, .i = value, .re = (double)value});
}

ad_array *ad_number_bool_at(ad_place where, ad_ctx *c, bool value) {
  return api_number(c, where, AD_BOOL, (weak_number){.whole = true, .i = value, .re = value});
}

ad_array *ad_number_complex_at(ad_place where, ad_ctx *c, double re, double im) {
  return api_number(c, where, AD_COMPLEX64, (weak_number){.re = re, .im = im});
}

/* ---- Arrays from memory ---- */

static const ad_type *given_type(ad_ctx *c, ad_dtype dtype, ad_shape shape, ad_err *e) {
  if (dtype <= AD_DTYPE_NONE || dtype >= AD_DTYPE_COUNT) {
    ad__fail(e, AD_E_TYPE, "dtype %d; it is none", (int)dtype);
    return NULL;
  }
  if (shape.rank < 0 || shape.rank > AD_MAX_RANK || (shape.rank && !shape.dims)) {
    ad__fail(e, AD_E_VALUE, "rank %d; from 0 to %d is right", shape.rank, AD_MAX_RANK);
    return NULL;
  }
  for (int i = 0; i < shape.rank; i++)
    if (shape.dims[i] < 0) {
      ad__fail(e, AD_E_VALUE, "dim %lld of axis %d; 0 or more is right", (long long)shape.dims[i], i);
      return NULL;
    }
  return ad__type_tensor(c, dtype, shape.rank, shape.dims, e);
}

static ad_array *failed(ad_ctx *c, ad_place where, const char *op, const ad_err *e) {
  return ad__scope_take_error(ad__node_errorf(c, where, NULL, e->code, "%s: %s", op, e->text));
}

ad_array *ad__scope_take_error(ad_array *a) { return a->flags & AD_NODE_IMMORTAL ? a : ad__scope_take(a); }

static ad_array *no_context(ad_place where) { return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL); }

/* A constant whose memory is still to be filled; the caller hands it to the scope. */
static ad_array *room_new(ad_ctx *c, ad_place where, const char *op, ad_dtype dtype, ad_shape shape) {
  ad_err e = c->error;
  const ad_type *t = e.code ? NULL : given_type(c, dtype, shape, &e);
  return t ? ad__constant_new(c, where, t) : ad__node_errorf(c, where, NULL, e.code, "%s: %s", op, e.text);
}

ad_array *ad_array_new_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape, const void *data) {
  if (!c) return no_context(where);
  ad_array *a = room_new(c, where, "array_new", dtype, shape);
  if (ad__is_error(a)) return ad__scope_take_error(a);
  if (a->type->bytes && !data) {
    ad_err e;
    ad__fail(&e, AD_E_VALUE, "data is NULL; %zu bytes are right", a->type->bytes);
    ad__node_discard(a);
    return failed(c, where, "array_new", &e);
  }
  if (a->type->bytes) memcpy(a->value.data, data, a->type->bytes);
  return ad__scope_take(a);
}

ad_array *ad_array_room_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape, void **data) {
  *data = NULL;
  if (!c) return no_context(where);
  ad_array *a = room_new(c, where, "array_room", dtype, shape);
  if (ad__is_error(a)) return ad__scope_take_error(a);
  if (a->type->bytes) *data = a->value.data;
  return ad__scope_take(a);
}

ad_array *ad_array_wrap_strided_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape,
                                   const int64_t *byte_strides, const void *data,
                                   void (*release)(void *user, void *data), void *user) {
  if (!c) return no_context(where);
  ad_err e = c->error;
  const ad_type *t = e.code ? NULL : given_type(c, dtype, shape, &e);
  if (t && t->bytes && !data) {
    ad__fail(&e, AD_E_VALUE, "data is NULL; %zu bytes are right", t->bytes);
    t = NULL;
  }
  ad_array *a = t ? ad__node_new(c, where, &ad__op_constant, t, NULL, 0, NULL) : failed(c, where, "array_wrap", &e);
  if (ad__is_error(a)) {
    if (release) release(user, (void *)(uintptr_t)data);
    return a;
  }
  bool strided = byte_strides && !ad__strides_row_major(t, byte_strides);
  int64_t *own = strided ? ad__block_take(&c->buffers.blocks, (size_t)t->rank * sizeof *own) : NULL;
  a->value.buf = strided && !own ? NULL : ad__buffer_wrap(&c->buffers, (void *)(uintptr_t)data, t->bytes, release, user);
  if (!a->value.buf) {
    ad__block_give(&c->buffers.blocks, own, (size_t)t->rank * sizeof *own);
    if (release) release(user, (void *)(uintptr_t)data);
    ad__node_discard(a);
    return c->out_of_memory;
  }
  if (own) memcpy(own, byte_strides, (size_t)t->rank * sizeof *own);
  a->value.strides = own;
  a->value.data = (char *)(uintptr_t)data;
  a->state = AD_DONE;
  a->flags |= AD_NODE_CONST;
  return ad__scope_take(a);
}

ad_array *ad_array_wrap_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape, const void *data,
                           void (*release)(void *user, void *data), void *user) {
  return ad_array_wrap_strided_at(where, c, dtype, shape, NULL, data, release, user);
}

/* ---- Tuples and records ---- */

/* Names must be there and differ. */
static ad_status check_names(ad_ctx *c, const char *const *names, int n, ad_err *e) {
  ad_map seen;
  ad__map_init(&seen, &c->mem);
  ad_status s = AD_OK;
  for (int i = 0; i < n && !s; i++) {
    bool fresh = true;
    if (!names[i] || !*names[i]) s = ad__fail(e, AD_E_VALUE, "member %d has no name", i);
    else if (!ad__map_put(&seen, ad__map_text(names[i], strlen(names[i])), &fresh)) s = ad__fail(e, AD_E_MEMORY, "out of memory");
    else if (!fresh) s = ad__fail(e, AD_E_VALUE, "the name %.60s is used twice", names[i]);
  }
  ad__map_free(&seen);
  return s;
}

static ad_status check_members(ad_ctx *c, ad_array *const *items, int n, ad_err *e) {
  if (n < 0 || n > UINT16_MAX || (n && !items))
    return ad__fail(e, AD_E_VALUE, "%d members; from 0 to %d are right", n, UINT16_MAX);
  for (int i = 0; i < n; i++) {
    if (!items[i]) return ad__fail(e, AD_E_VALUE, "member %d is NULL; an array is right", i);
    if (!ad__is_error(items[i]) && items[i]->ctx != c)
      return ad__fail(e, AD_E_VALUE, "member %d belongs to another context; arrays of one are right", i);
  }
  return AD_OK;
}

static const ad_type *members_type(ad_ctx *c, const char *const *names, ad_array *const *items, int n, ad_err *e) {
  const ad_type *few[16];
  size_t bytes = (size_t)(n ? n : 1) * sizeof *few;
  const ad_type **types = n <= 16 ? few : ad__mem_take(&c->mem, bytes);
  if (!types) {
    ad__fail(e, AD_E_MEMORY, "out of memory");
    return NULL;
  }
  for (int i = 0; i < n; i++) types[i] = items[i]->type;
  const ad_type *t = names ? ad__type_record(c, names, types, n, e) : ad__type_tuple(c, types, n, e);
  if (types != few) ad__mem_give(&c->mem, types, bytes);
  return t;
}

static ad_array *members_new(ad_ctx *c, ad_place where, const char *const *names, ad_array *const *items, int n) {
  if (!c) return no_context(where);
  ad_err e = c->error;
  if (!e.code) e.code = check_members(c, items, n, &e);
  if (!e.code && names) e.code = check_names(c, names, n, &e);
  for (int i = 0; i < n && !e.code; i++)
    if (ad__is_error(items[i])) return items[i];
  const ad_type *t = e.code ? NULL : members_type(c, names, items, n, &e);
  if (!t) return failed(c, where, names ? "record" : "tuple", &e);
  return ad__scope_take_error(ad__node_in_place(c, where, &ad__op_tuple, t, items, n, NULL));
}

ad_array *ad_tuple_at(ad_place where, ad_ctx *c, ad_array *const *items, int n) {
  return members_new(c, where, NULL, items, n);
}

ad_array *ad_record_at(ad_place where, ad_ctx *c, const char *const *names, ad_array *const *items, int n) {
  static const char *const no_names[1] = {NULL};
  return members_new(c, where, names ? names : no_names, items, n);
}

ad_array *ad_item_at(ad_place where, ad_array *tuple, int index) {
  if (!tuple) return no_context(where);
  if (ad__is_error(tuple)) return tuple;
  ad_ctx *c = tuple->ctx;
  ad_err e;
  const ad_type *t = tuple->type;
  if (t->kind != AD_KIND_TUPLE && t->kind != AD_KIND_RECORD) {
    ad__fail(&e, AD_E_TYPE, "an array that is no tuple; a tuple or record is right");
    return failed(c, where, "item", &e);
  }
  if (index < -t->rank || index >= t->rank) {
    ad__fail(&e, AD_E_INDEX, "index %d of a tuple of %d; from %d to %d is right", index, t->rank, -t->rank, t->rank - 1);
    return failed(c, where, "item", &e);
  }
  if (index < 0) index += t->rank;
  if (tuple->op->flags & AD_OP_HOLDS) return ad__scope_take(tuple->in[index]);
  ad_attr at = ad_attr_int(AD_INT(index));
  return ad__scope_take_error(ad__node_in_place(c, where, &ad__op_item, t->members[index], &tuple, 1, &at));
}

ad_array *ad_field_at(ad_place where, ad_array *record, const char *name) {
  if (!record) return no_context(where);
  if (ad__is_error(record)) return record;
  ad_err e;
  for (int i = 0; name && record->type->kind == AD_KIND_RECORD && i < record->type->rank; i++)
    if (strcmp(record->type->names[i], name) == 0) return ad_item_at(where, record, i);
  ad__fail(&e, AD_E_KEY, "\"%.80s\"; the record has no such member", name ? name : "(NULL)");
  return failed(record->ctx, where, "field", &e);
}

/* ---- Asking ---- */

static bool is_tensor(const ad_array *a) { return a && a->type->kind == AD_KIND_TENSOR; }
static bool is_composite(const ad_array *a) {
  return a && (a->type->kind == AD_KIND_TUPLE || a->type->kind == AD_KIND_RECORD);
}

int ad_item_count(const ad_array *a) { return is_composite(a) ? a->type->rank : 0; }
const char *ad_item_name(const ad_array *a, int index) {
  bool named = is_composite(a) && a->type->names && index >= 0 && index < a->type->rank;
  return named ? a->type->names[index] : "";
}
ad_ctx *ad_array_ctx(const ad_array *a) { return a ? a->ctx : NULL; }
ad_dtype ad_array_dtype(const ad_array *a) { return is_tensor(a) ? a->type->dtype : AD_DTYPE_NONE; }
int ad_array_rank(const ad_array *a) { return is_tensor(a) ? a->type->rank : 0; }
ad_shape ad_array_shape(const ad_array *a) {
  return is_tensor(a) ? (ad_shape){a->type->rank, a->type->dims} : (ad_shape){0, NULL};
}
int64_t ad_array_dim(const ad_array *a, int axis) {
  int rank = ad_array_rank(a);
  if (axis < 0) axis += rank;
  return axis < 0 || axis >= rank ? 0 : a->type->dims[axis];
}
int64_t ad_array_size(const ad_array *a) { return is_tensor(a) ? a->type->size : 0; }
bool ad_array_is_evaluated(const ad_array *a) { return a && a->state == AD_DONE; }
bool ad_array_is_weak(const ad_array *a) { return a && (a->flags & AD_NODE_WEAK); }
bool ad_is_error(const ad_array *a) { return !a || a->state == AD_FAILED; }
ad_status ad_error_code(const ad_array *a) {
  if (!a) return AD_E_VALUE;
  return a->state == AD_FAILED ? a->u.failure->code : AD_OK;
}
const char *ad_error_text(const ad_array *a) {
  if (!a) return "a NULL handle";
  return a->state == AD_FAILED ? a->u.failure->text : "";
}

/* ---- The hidden ops ---- */

static const ad_field constant_fields[] = {
    {.name = "number", .kind = AD_FIELD_SCALAR, .doc = "the value of a weak scalar"},
    {.name = "whole", .kind = AD_FIELD_INT, .doc = "the same as an exact integer"},
};
const ad_op ad__op_constant = {
    AD_OP_HEAD(constant),
    .doc = "A value given from outside.",
    .outputs = 1,
    .flags = AD_OP_HIDDEN | AD_OP_UNIQUE,
    AD_FIELDS(constant_fields),
};

const ad_op ad__op_tuple = {
    AD_OP_HEAD(tuple), .params = "items", .doc = "Several arrays as one.", .inputs = AD_INPUTS_ANY, .outputs = 1,
    .flags = AD_OP_HIDDEN | AD_OP_HOLDS,
};

static const ad_field item_fields[] = {
    {.name = "index", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "which member"},
};
const ad_op ad__op_item = {
    AD_OP_HEAD(item), .params = "tuple", .doc = "One member of a tuple.", .inputs = 1, .outputs = 1,
    .flags = AD_OP_HIDDEN | AD_OP_VIEW | AD_OP_PROJECTS, AD_FIELDS(item_fields),
};
