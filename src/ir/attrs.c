/* Attributes: copying them into a node, comparing them, and bringing a caller's into canonical form.
 *
 * Canonical means: defaults filled in, axes non-negative, lists checked. Everything after ad_apply (kernels, rules,
 * text form) sees only canonical attributes. */
#include <math.h>
#include <string.h>
#include "ir/ctx.h"
#include "ir/graph.h"

ad_attr ad_attr_flag(bool v) { return (ad_attr){.given = true, .as.i = v}; }
ad_attr ad_attr_int(ad_int v) { return (ad_attr){.given = v.given, .as.i = v.value}; }
ad_attr ad_attr_num(ad_num v) { return (ad_attr){.given = v.given, .as.f = {v.value, 0}}; }
ad_attr ad_attr_dtype(ad_dtype v) { return (ad_attr){.given = v != AD_DTYPE_NONE, .as.i = v}; }
ad_attr ad_attr_text(const char *v) { return (ad_attr){.given = v != NULL, .as.text = v}; }
ad_attr ad_attr_ints(ad_ints v) { return (ad_attr){.given = v.given, .count = v.count, .as.ints = v.values}; }
ad_attr ad_attr_nums(ad_nums v) { return (ad_attr){.given = v.given, .count = v.count, .as.nums = v.values}; }
ad_attr ad_attr_shape(ad_shape v) { return (ad_attr){.given = true, .count = v.rank, .as.ints = v.dims}; }
ad_attr ad_attr_graph(ad_graph *g) { return (ad_attr){.given = g != NULL, .as.graph = g}; }

static bool is_int_list(ad_field_kind k) {
  return k == AD_FIELD_AXES || k == AD_FIELD_PERM || k == AD_FIELD_SHAPE || k == AD_FIELD_INTS;
}

static size_t payload(const ad_field *f, const ad_attr *a) {
  if (!a->given) return 0;
  if (is_int_list(f->kind) || f->kind == AD_FIELD_NUMS) return (size_t)a->count * 8;
  if (f->kind == AD_FIELD_TEXT) return (strlen(a->as.text) + 8) & ~(size_t)7;
  return 0;
}

static size_t record_bytes(const ad_op *op, const ad_attr *at) {
  size_t bytes = sizeof(ad_attrs) + (size_t)op->field_count * sizeof *at;
  for (int i = 0; i < op->field_count; i++) bytes += payload(&op->fields[i], &at[i]);
  return bytes;
}

/* The op is found through the node's op pointer: fields give each entry's kind. */
static void fill_record(ad_attrs *out, const ad_op *op, const ad_attr *at) {
  out->count = op->field_count;
  char *tail = (char *)&out->at[op->field_count];
  for (int i = 0; i < op->field_count; i++) {
    size_t n = payload(&op->fields[i], &at[i]);
    out->at[i] = at[i];
    if (op->fields[i].kind == AD_FIELD_GRAPH && at[i].given) ad__graph_freeze(at[i].as.graph);
    if (!n) continue;
    if (op->fields[i].kind == AD_FIELD_TEXT) {
      memcpy(tail, at[i].as.text, strlen(at[i].as.text) + 1);
      out->at[i].as.text = tail;
    } else {
      memcpy(tail, at[i].as.ints, n);
      out->at[i].as.ints = (const int64_t *)(const void *)tail;
    }
    tail += n;
  }
}

ad_attrs *ad__attrs_copy_for(ad_ctx *c, const ad_op *op, const ad_attr *at) {
  size_t bytes = record_bytes(op, at);
  ad_attrs *out = ad__block_take(&c->buffers.blocks, bytes);
  if (!out) return NULL;
  out->bytes = bytes;
  fill_record(out, op, at);
  return out;
}

ad_attrs *ad__attrs_copy_in(ad_arena *arena, const ad_op *op, const ad_attr *at) {
  ad_attrs *out = ad__arena_take(arena, record_bytes(op, at), _Alignof(ad_attrs));
  if (!out) return NULL;
  out->bytes = 0;
  fill_record(out, op, at);
  return out;
}

void ad__attrs_free(ad_ctx *c, const ad_op *op, ad_attrs *a) {
  if (!a) return;
  for (int i = 0; i < a->count; i++)
    if (op->fields[i].kind == AD_FIELD_GRAPH && a->at[i].given) ad__graph_drop(a->at[i].as.graph);
  if (a->bytes) ad__block_give(&c->buffers.blocks, a, a->bytes);
}

static bool attr_equal(const ad_field *f, const ad_attr *a, const ad_attr *b) {
  if (a->given != b->given) return false;
  if (!a->given) return true;
  if (is_int_list(f->kind) || f->kind == AD_FIELD_NUMS)
    return a->count == b->count && (a->count == 0 || memcmp(a->as.ints, b->as.ints, (size_t)a->count * 8) == 0);
  if (f->kind == AD_FIELD_TEXT) return strcmp(a->as.text, b->as.text) == 0;
  if (f->kind == AD_FIELD_NUM || f->kind == AD_FIELD_SCALAR) return memcmp(a->as.f, b->as.f, sizeof a->as.f) == 0;
  if (f->kind == AD_FIELD_GRAPH) return a->as.graph == b->as.graph;
  return a->as.i == b->as.i;
}

bool ad__attrs_equal(const ad_op *op, const ad_attr *a, const ad_attr *b) {
  for (int i = 0; i < op->field_count; i++)
    if (!attr_equal(&op->fields[i], &a[i], &b[i])) return false;
  return true;
}

/* ---- Canonical form ---- */

static ad_status bad_axis(ad_err *e, const ad_field *f, int64_t axis, int rank) {
  if (rank == 0) return ad__fail(e, AD_E_INDEX, "%s %lld; the array has rank 0 and no axes", f->name, (long long)axis);
  return ad__fail(e, AD_E_INDEX, "%s %lld; it is out of range for rank %d; from %d to %d is right", f->name,
                  (long long)axis, rank, -rank, rank - 1);
}

static ad_status normal_axis(ad_err *e, const ad_field *f, int64_t *axis, int rank) {
  if (*axis < -(int64_t)rank || *axis >= rank) return bad_axis(e, f, *axis, rank);
  if (*axis < 0) *axis += rank;
  return AD_OK;
}

static ad_status normal_axes(const ad_field *f, ad_attr *a, int rank, ad_attr_storage *s, ad_err *e) {
  if (a->count > AD_MAX_RANK)
    return ad__fail(e, AD_E_VALUE, "%s has %d entries; an array has at most %d axes", f->name, a->count, AD_MAX_RANK);
  if (f->kind == AD_FIELD_PERM && a->count != rank)
    return ad__fail(e, AD_E_VALUE, "%s has %d entries; the array has rank %d; one entry per axis is right", f->name,
                    a->count, rank);
  int64_t *out = &s->ints[s->used];
  s->used += a->count;
  unsigned seen = 0;
  for (int i = 0; i < a->count; i++) {
    out[i] = a->as.ints[i];
    ad_status st = normal_axis(e, f, &out[i], rank);
    if (st) return st;
    if (seen & 1u << out[i]) return ad__fail(e, AD_E_VALUE, "%s names axis %lld twice", f->name, (long long)out[i]);
    seen |= 1u << out[i];
  }
  a->as.ints = out;
  return AD_OK;
}

ad_status ad__attr_choice(const ad_field *f, const ad_attr *a, ad_err *e) {
  if (!f->text) return AD_OK;
  size_t n = strlen(a->as.text);
  for (const char *p = f->text; *p;) {
    const char *end = strchr(p, '|');
    size_t len = end ? (size_t)(end - p) : strlen(p);
    if (len == n && memcmp(p, a->as.text, n) == 0) return AD_OK;
    p += len + (end != NULL);
  }
  return ad__fail(e, AD_E_VALUE, "%s \"%.40s\"; one of %s is right", f->name, a->as.text, f->text);
}

static void fill_default(const ad_field *f, ad_attr *a, ad_attr_storage *s) {
  if (f->kind == AD_FIELD_TEXT && f->text) {
    /* The first choice, copied out of the list into the number storage. */
    size_t n = strcspn(f->text, "|");
    char *t = (char *)&s->ints[s->used];
    memcpy(t, f->text, n);
    t[n] = 0;
    s->used += (int)(n / 8 + 1);
    *a = (ad_attr){.given = true, .as.text = t};
  } else if (f->kind == AD_FIELD_FLAG) {
    *a = (ad_attr){.given = true, .as.i = f->has_default && f->default_num != 0};
  } else if (f->has_default) {
    a->given = true;
    if (f->kind == AD_FIELD_NUM || f->kind == AD_FIELD_SCALAR) a->as.f[0] = f->default_num, a->as.f[1] = 0;
    else a->as.i = (int64_t)f->default_num;
  }
}

ad_status ad__attrs_canonical(const ad_op *op, ad_attr *at, const int *ranks, int n, ad_attr_storage *s, ad_err *e) {
  s->used = 0;
  for (int i = 0; i < op->field_count; i++) {
    const ad_field *f = &op->fields[i];
    ad_attr *a = &at[i];
    if (!a->given) fill_default(f, a, s);
    if (!a->given) {
      if (f->flags & AD_FIELD_REQUIRED) return ad__fail(e, AD_E_TYPE, "%s is missing", f->name);
      continue;
    }
    int rank = f->of < n ? ranks[f->of] : -1;
    if ((f->flags & AD_FIELD_NEW_AXES) && rank >= 0) rank += f->kind == AD_FIELD_AXES ? a->count : 1;
    ad_status st = AD_OK;
    switch (f->kind) {
    case AD_FIELD_AXIS:
      if (rank >= 0) st = normal_axis(e, f, &a->as.i, rank);
      break;
    case AD_FIELD_AXES:
    case AD_FIELD_PERM:
      if (rank >= 0) st = normal_axes(f, a, rank, s, e);
      break;
    case AD_FIELD_SHAPE:
      if (a->count < 0 || (a->count > 0 && !a->as.ints)) st = ad__fail(e, AD_E_VALUE, "%s is not a list", f->name);
      else if (a->count > AD_MAX_RANK)
        st = ad__fail(e, AD_E_VALUE, "%s has %d dims; at most %d are right", f->name, a->count, AD_MAX_RANK);
      break;
    case AD_FIELD_DTYPE:
      if (a->as.i <= AD_DTYPE_NONE || a->as.i >= AD_DTYPE_COUNT)
        st = ad__fail(e, AD_E_TYPE, "%s %lld; it is no dtype", f->name, (long long)a->as.i);
      break;
    case AD_FIELD_TEXT: st = ad__attr_choice(f, a, e); break;
    default: break;
    }
    if (st) return st;
  }
  return AD_OK;
}
