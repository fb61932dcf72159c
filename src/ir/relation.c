/* Shape relations: the vocabulary of relation.h over slots that may be known, partly known or unknown.
 *
 * Every statement moves knowledge both ways and never invents any. When what is known does not suffice it marks the
 * relation "later"; when two facts clash it fails with the two facts in the message. */
#include "ir/rel.h"

#include <string.h>
#include "ir/ctx.h"
#include "ir/dim.h"

int ad_rel_inputs(const ad_rel *r) { return r->inputs; }
const ad_attr *ad_rel_attr(const ad_rel *r, int field) { return &r->attrs[field]; }
ad_ctx *ad_rel_ctx(const ad_rel *r) { return r->ctx; }
bool ad_rel_has(const ad_rel *r, int slot) { return !r->slots[slot].missing; }
ad_dtype ad_rel_get_dtype(const ad_rel *r, int input) { return r->slots[input].dtype; }
int ad_rel_get_rank(const ad_rel *r, int slot) { return r->slots[slot].rank; }

static int position(const ad_rel_slot *s, int axis) { return axis < 0 ? axis + s->rank : axis; }

ad_dim ad__rel_raw_dim(const ad_rel *r, int slot, int axis) {
  const ad_rel_slot *s = &r->slots[slot];
  int i = s->rank < 0 ? -1 : position(s, axis);
  return i < 0 || i >= s->rank ? AD_DIM_UNKNOWN : s->dims[i];
}

ad_dim ad_rel_get_dim(const ad_rel *r, int slot, int axis) {
  ad_dim d = ad__rel_raw_dim(r, slot, axis);
  return ad__dim_is_open(d) ? AD_DIM_UNKNOWN : d;
}

bool ad_rel_later(ad_rel *r) {
  r->later = true;
  return true;
}

bool ad_rel_fail(ad_rel *r, ad_status code, const char *fmt, ...) {
  if (r->failed) return false;
  r->failed = code;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(r->err, code, fmt, ap);
  va_end(ap);
  return false;
}

ad_status ad_rel_end(ad_rel *r, bool ok) {
  if (!ok && !r->failed) ad_rel_fail(r, AD_E_VALUE, "the shapes do not fit");
  return r->failed;
}

void ad__op_param_name(const ad_op *op, int input, ad_text *out) {
  const char *p = op->params;
  if (op->inputs == AD_INPUTS_ANY) {
    ad__text_fmt(out, "%s[%d]", p, input);
    return;
  }
  for (; input > 0 && p; input--) {
    p = strchr(p, ',');
    if (p) p += strspn(p, ", ");
  }
  if (p) ad__text_add_n(out, p, strcspn(p, ", "));
}

/* "input a" or "the result" with its shape, for messages. */
static void describe(ad_rel *r, int slot, ad_text *t) {
  const ad_rel_slot *s = &r->slots[slot];
  if (slot >= r->inputs) ad__text_add(t, "the result");
  else {
    ad__text_add(t, "input ");
    ad__op_param_name(r->op, slot, t);
  }
  if (s->rank >= 0) {
    ad__text_add(t, " of shape ");
    ad__dims_print(r->ctx, s->rank, s->dims, t);
  }
}

static bool fail_slot(ad_rel *r, int slot, const char *fmt, ...) AD_FORMAT(3, 4);
static bool fail_slot(ad_rel *r, int slot, const char *fmt, ...) {
  ad_text t;
  ad_err why;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&why, AD_E_VALUE, fmt, ap);
  va_end(ap);
  ad__text_init(&t, &r->ctx->mem);
  describe(r, slot, &t);
  ad_rel_fail(r, AD_E_VALUE, "%s; %s", ad__text_str(&t), why.text);
  ad__text_free(&t);
  return false;
}

bool ad_rel_rank(ad_rel *r, int slot, int rank) {
  ad_rel_slot *s = &r->slots[slot];
  if (s->missing) return true;
  if (rank > AD_MAX_RANK) return fail_slot(r, slot, "rank %d is wanted; at most %d axes are right", rank, AD_MAX_RANK);
  if (s->rank < 0) {
    s->rank = rank;
    for (int i = 0; i < rank; i++) s->dims[i] = AD_DIM_UNKNOWN;
  }
  if (s->rank != rank) return fail_slot(r, slot, "its rank is %d; %d is right", s->rank, rank);
  return true;
}

bool ad_rel_rank_at_least(ad_rel *r, int slot, int rank) {
  ad_rel_slot *s = &r->slots[slot];
  if (s->missing) return true;
  if (s->rank < 0) return ad_rel_later(r);
  if (s->rank < rank) return fail_slot(r, slot, "its rank is %d; at least %d is right", s->rank, rank);
  return true;
}

static void dim_text(ad_rel *r, ad_dim d, char *out, size_t size) {
  ad_text t;
  ad__text_init(&t, &r->ctx->mem);
  ad__dim_print(r->ctx, d, &t);
  ad__format(out, size, "%s", ad__text_str(&t));
  ad__text_free(&t);
}

/* A solver's dims that differ: they are made equal unless both are numbers. */
static bool made_equal(ad_rel *r, ad_dim *have, ad_dim want) {
  if (!r->unify || (ad_dim_is_number(*have) && ad_dim_is_number(want)) || !r->unify(r, *have, want)) return false;
  if (!ad_dim_is_number(*have)) *have = want;
  return true;
}

bool ad_rel_dim(ad_rel *r, int slot, int axis, ad_dim d) {
  ad_rel_slot *s = &r->slots[slot];
  if (s->missing) return true;
  if (s->rank < 0) return ad_rel_later(r);
  int i = position(s, axis);
  if (i < 0 || i >= s->rank) return fail_slot(r, slot, "it has no axis %d", axis);
  if (d == AD_DIM_UNKNOWN) return r->unify || s->dims[i] == AD_DIM_UNKNOWN ? ad_rel_later(r) : true;
  if (s->dims[i] == AD_DIM_UNKNOWN) s->dims[i] = d;
  if (s->dims[i] == d || made_equal(r, &s->dims[i], d)) return true;
  char have[80], want[80];
  dim_text(r, s->dims[i], have, sizeof have);
  dim_text(r, d, want, sizeof want);
  return fail_slot(r, slot, "axis %d is %s; %s is right", i, have, want);
}

bool ad_rel_same_dim(ad_rel *r, int a, int axis_a, int b, int axis_b) {
  if (r->slots[a].missing || r->slots[b].missing) return true;
  ad_dim da = ad__rel_raw_dim(r, a, axis_a), db = ad__rel_raw_dim(r, b, axis_b);
  if (da == AD_DIM_UNKNOWN) return ad_rel_dim(r, a, axis_a, db);
  return ad_rel_dim(r, b, axis_b, da);
}

bool ad_rel_same(ad_rel *r, int a, int b) {
  ad_rel_slot *x = &r->slots[a], *y = &r->slots[b];
  if (x->missing || y->missing) return true;
  if (x->rank < 0 && y->rank < 0) return ad_rel_later(r);
  if (x->rank < 0 && !ad_rel_rank(r, a, y->rank)) return false;
  if (!ad_rel_rank(r, b, x->rank)) return false;
  for (int i = 0; i < x->rank; i++)
    if (!ad_rel_same_dim(r, a, i, b, i)) return false;
  return true;
}

bool ad_rel_is(ad_rel *r, int slot, int rank, const ad_dim *dims) {
  if (!ad_rel_rank(r, slot, rank)) return false;
  for (int i = 0; i < rank; i++)
    if (!ad_rel_dim(r, slot, i, dims[i])) return false;
  return true;
}

/* ---- Broadcasting ---- */

static bool clash(ad_rel *r, const int *slots, int n, int axis_from_end, ad_dim p, ad_dim q) {
  ad_text t;
  char a[80], b[80];
  ad__text_init(&t, &r->ctx->mem);
  ad__text_add(&t, "shapes ");
  for (int k = 0; k < n; k++) {
    if (k) ad__text_add(&t, k + 1 == n ? " and " : ", ");
    ad__dims_print(r->ctx, r->slots[slots[k]].rank, r->slots[slots[k]].dims, &t);
  }
  dim_text(r, p, a, sizeof a);
  dim_text(r, q, b, sizeof b);
  ad_rel_fail(r, AD_E_VALUE, "%s do not broadcast: axis %d is %s in one and %s in the other; equal sizes, or 1, are right",
              ad__text_str(&t), -axis_from_end, a, b);
  ad__text_free(&t);
  return false;
}

/* One axis, counted from the end: what the inputs say about the result, then what the result says about the one
 * input that is not known. */
static bool broadcast_axis(ad_rel *r, int out, const int *slots, int n, int from_end) {
  ad_dim d = 1, open = AD_DIM_UNKNOWN;
  int unknown = -1, unknowns = 0;
  for (int k = 0; k < n; k++) {
    const ad_rel_slot *s = &r->slots[slots[k]];
    if (s->missing || from_end > s->rank) continue;
    ad_dim v = s->dims[s->rank - from_end];
    if (ad__dim_is_open(v) || (r->unify && v < 0)) { /* a symbol of a model may turn out to be 1 */
      if (unknowns && v == open && v != AD_DIM_UNKNOWN) continue;
      unknown = slots[k];
      open = v;
      unknowns++;
    } else if (v != 1) {
      if (d != 1 && d != v) return clash(r, slots, n, from_end, d, v);
      d = v;
    }
  }
  if (d != 1 || !unknowns) return ad_rel_dim(r, out, -from_end, d) && (unknowns ? ad_rel_later(r) : true);
  if (unknowns > 1) return ad_rel_later(r);
  return ad_rel_same_dim(r, unknown, -from_end, out, -from_end);
}

/* The one of the slots that is there; -1 when there are several. */
static int only_slot(const ad_rel *r, const int *slots, int n) {
  int only = -1;
  for (int k = 0; k < n; k++) {
    if (r->slots[slots[k]].missing) continue;
    if (only >= 0) return -1;
    only = slots[k];
  }
  return only;
}

bool ad_rel_broadcast(ad_rel *r, int out, const int *slots, int n) {
  int rank = 0, only = only_slot(r, slots, n);
  if (only >= 0) return ad_rel_same(r, only, out);
  for (int k = 0; k < n; k++) {
    const ad_rel_slot *s = &r->slots[slots[k]];
    if (s->missing) continue;
    if (s->rank < 0) return ad_rel_later(r);
    if (s->rank > rank) rank = s->rank;
  }
  if (!ad_rel_rank(r, out, rank)) return false;
  for (int e = 1; e <= rank; e++)
    if (!broadcast_axis(r, out, slots, n, e)) return false;
  return true;
}

/* ---- Running a relation ---- */

/* An op that states no shapes: elementwise over all its inputs. */
static bool broadcast_all(ad_rel *r) {
  int slots[8], many[AD_INPUTS_ANY];
  int *p = r->inputs <= 8 ? slots : many;
  if (r->inputs > AD_INPUTS_ANY)
    return ad_rel_fail(r, AD_E_VALUE, "%d inputs; at most %d broadcast together", r->inputs, AD_INPUTS_ANY);
  for (int i = 0; i < r->inputs; i++) p[i] = i;
  for (int k = 0; k < r->outputs; k++)
    if (!ad_rel_broadcast(r, AD_REL_OUT(r, k), p, r->inputs)) return false;
  return true;
}

ad_status ad__rel_run(ad_rel *r) {
  r->later = false;
  r->failed = AD_OK;
  if (r->op->dims) return r->op->dims(r);
  if (r->op->dims_line) return ad_rel_end(r, ad__rel_line(r, r->op->dims_line));
  return ad_rel_end(r, broadcast_all(r));
}
