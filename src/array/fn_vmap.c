/* vmap: a function traced once on one slice without a value, then batched.
 *
 * The batch axis is brought to the front of what has one, and from the front to where it is wanted. What a function uses beside
 * its arguments is the same for every slice. */
#include <adamant/ops.h>
#include "array/fn.h"
#include "ops/apply.h"
#include "ops/gather_rules.h"
#include "transform/transform.h"

typedef struct axis_list {
  bool given;
  int count;
} axis_list;

typedef struct vmap_data {
  axis_list in, out;
  void (*out_axes_of)(void *user, int n, int64_t *axes);
  void *user;
  int64_t axes[];
} vmap_data;

static const vmap_data *data_of(const ad_fn *f) { return (const vmap_data *)(const void *)f->data; }
static int64_t in_axis(const vmap_data *d, int k) { return d->in.given ? d->axes[k] : 0; }

typedef struct vmapping {
  const ad_fn *f;
  ad_place where;
  ad_leaves whole;  /* leaves of the arguments that have a batch axis, which is in front */
  ad_leaves traced; /* one slice of each */
  ad_leaves results;
  int64_t size;     /* of the batch; -1: not known yet */
  int leaf;         /* counts leaves of all arguments */
} vmapping;

/* ---- Arguments ---- */

static ad_array *bad_axis(const vmapping *v, const ad_array *x, int64_t axis) {
  int rank = x->type->rank;
  if (!rank)
    return ad__fn_error(v->f, v->where, AD_E_INDEX, "in_axes %lld for an array of rank 0, which has no axis; AD_NO_AXIS is right", (long long)axis);
  return ad__fn_error(v->f, v->where, AD_E_INDEX, "in_axes %lld for an array of rank %d; from %d to %d is right", (long long)axis,
                      rank, -rank, rank - 1);
}

/* The type without its first axis. */
static ad_array *slice_of(const vmapping *v, const ad_array *x) {
  ad_err e;
  const ad_type *t = ad__type_tensor(x->ctx, x->type->dtype, x->type->rank - 1, x->type->dims + 1, &e);
  if (!t) return ad__fn_error(v->f, v->where, e.code, "%s", e.text);
  return ad__traced_new(x->ctx, v->where, t, "vmap");
}

/* The leaf as the function sees it; an error array when something is wrong. */
static ad_array *trace_leaf(vmapping *v, ad_array *x, int64_t axis) {
  int rank = x->type->rank;
  if (axis == AD_NO_AXIS) return x;
  if (axis < -rank || axis >= rank) return bad_axis(v, x, axis);
  if (axis < 0) axis += rank;
  int64_t size = x->type->dims[axis];
  if (v->size >= 0 && size != v->size)
    return ad__fn_error(v->f, v->where, AD_E_VALUE, "an axis of length %lld and one of %lld; one length for the whole batch is right",
                        (long long)v->size, (long long)size);
  v->size = size;
  if (axis) x = ad_moveaxis_at(v->where, x, axis, 0);
  if (ad__is_error(x)) return x;
  ad_array *slice = slice_of(v, x), *bad = ad__is_error(slice) ? slice : ad__leaves_add(&v->whole, x);
  if (!bad) bad = ad__leaves_add(&v->traced, slice);
  return bad ? bad : slice;
}

static ad_array *trace_argument(vmapping *v, int i, ad_array *x) {
  const vmap_data *d = data_of(v->f);
  ad_leaves leaves;
  ad__leaves_init(&leaves, x->ctx);
  ad_array *bad = ad__leaves_add_tree(&leaves, v->where, x);
  bool per_leaf = d->in.given && d->in.count != v->f->inputs;
  for (int k = 0; k < leaves.count && !bad; k++, v->leaf++) {
    leaves.at[k] = trace_leaf(v, leaves.at[k], in_axis(d, per_leaf ? v->leaf : i));
    if (ad__is_error(leaves.at[k])) bad = leaves.at[k];
  }
  ad_array *const *next = leaves.at;
  ad_array *y = bad ? bad : ad__tree_build(x->ctx, v->where, x->type, &next);
  ad__leaves_free(&leaves);
  return y;
}

static ad_array *trace(vmapping *v, ad_array *const *in) {
  const vmap_data *d = data_of(v->f);
  ad_array *args[AD_FN_MOST_ARGNUMS];
  int n = v->f->inputs, leaves = 0;
  for (int i = 0; i < n; i++) leaves += ad__tree_size(in[i]->type);
  if (d->in.given && d->in.count != n && d->in.count != leaves)
    return ad__fn_error(v->f, v->where, AD_E_VALUE, "%d in_axes for %d arguments with %d leaves; one for each of either is right",
                        d->in.count, n, leaves);
  for (int i = 0; i < n; i++) {
    args[i] = trace_argument(v, i, in[i]);
    if (ad__is_error(args[i])) return args[i];
  }
  if (v->size < 0)
    return ad__fn_error(v->f, v->where, AD_E_VALUE, "no argument with a batch axis; at least one is right");
  return ad_call_at(v->where, v->f->of[0], args, n);
}

/* ---- Results ---- */

/* The axis of each result; true unless there are too few or too many. */
static bool out_axes(const vmap_data *d, int n, int64_t *axes) {
  const int64_t *given = d->axes + d->in.count;
  if (d->out.given && d->out.count != 1 && d->out.count != n) return false;
  for (int k = 0; k < n; k++) axes[k] = d->out.given ? given[d->out.count == 1 ? 0 : k] : 0;
  if (d->out_axes_of) d->out_axes_of(d->user, n, axes);
  return true;
}

static ad_array *place_result(const vmapping *v, int k, ad_array *y, bool batched, int64_t axis) {
  const ad_array *slice = v->results.at[k];
  int rank = slice->type->rank + 1;
  if (axis == AD_NO_AXIS && batched)
    return ad__fn_error(v->f, v->where, AD_E_VALUE, "out_axes AD_NO_AXIS for result %d, which differs along the batch; an axis is right", k);
  if (axis == AD_NO_AXIS) return y;
  if (axis < -rank || axis >= rank)
    return ad__fn_error(v->f, v->where, AD_E_INDEX, "out_axes %lld for a result of rank %d with its batch; from %d to %d is right",
                        (long long)axis, rank, -rank, rank - 1);
  if (!batched) y = ad__batch_spread(y, v->size);
  return axis ? ad_moveaxis_at(v->where, y, 0, axis) : y;
}

static ad_array *batch(vmapping *v, ad_array *y) {
  ad_ctx *c = v->f->ctx;
  const vmap_data *d = data_of(v->f);
  ad_array *error = ad__leaves_add_tree(&v->results, v->where, y);
  int n = v->results.count;
  int64_t *axes = ad__mem_zeroed(&c->mem, (size_t)(n + 1) * sizeof *axes);
  if (!axes) error = c->out_of_memory;
  if (!error && !out_axes(d, n, axes))
    error = ad__fn_error(v->f, v->where, AD_E_VALUE, "%d out_axes for %d results; one for all or one for each is right", d->out.count, n);
  ad_array **out = ad__mem_zeroed(&c->mem, (size_t)(n + 1) * sizeof *out);
  bool *batched = ad__mem_zeroed(&c->mem, (size_t)(n + 1) * sizeof *batched);
  if (!out || !batched) error = c->out_of_memory;
  if (!error)
    ad__batch(c, v->results.at, n, v->traced.at, v->whole.at, v->traced.count, v->size, out, batched, &error);
  for (int k = 0; k < n && !error; k++) {
    out[k] = place_result(v, k, out[k], batched[k], axes[k]);
    if (ad__is_error(out[k])) error = out[k];
  }
  ad_array *const *next = out;
  if (!error) error = ad__tree_build(c, v->where, y->type, &next);
  ad__mem_give(&c->mem, batched, batched ? (size_t)(n + 1) * sizeof *batched : 0);
  ad__mem_give(&c->mem, out, out ? (size_t)(n + 1) * sizeof *out : 0);
  ad__mem_give(&c->mem, axes, axes ? (size_t)(n + 1) * sizeof *axes : 0);
  return error;
}

static ad_array *vmap_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_ctx *c = f->ctx;
  vmapping v = {.f = f, .where = where, .size = -1};
  ad__leaves_init(&v.whole, c);
  ad__leaves_init(&v.traced, c);
  ad__leaves_init(&v.results, c);
  c->tracing++;
  c->keep_graphs++;
  ad_array *y = trace(&v, in);
  if (!ad__is_error(y)) y = batch(&v, y);
  c->keep_graphs--;
  c->tracing--;
  ad__leaves_free(&v.results);
  ad__leaves_free(&v.traced);
  ad__leaves_free(&v.whole);
  return y;
}

/* ---- Making ---- */

static const ad_fn_kind vmap_kind = {"vmap", vmap_call, NULL};

static bool some_axis(const ad_ints *axes) {
  bool some = !axes->given || axes->count == 0;
  for (int i = 0; i < axes->count && axes->given; i++) some |= axes->values[i] != AD_NO_AXIS;
  return some;
}

ad_fn *ad_vmap_at(ad_place where, ad_fn *f, const ad_vmap_opts *opts) {
  static const ad_vmap_opts none = {.in_axes = {0}};
  if (!opts) opts = &none;
  if (!ad__fn_ok(f)) return f ? f : ad__fn_fail(where, NULL, &vmap_kind, AD_E_VALUE, "NULL");
  const ad_ints *lists[] = {&opts->in_axes, &opts->out_axes};
  for (int k = 0; k < 2; k++)
    if (lists[k]->given && (lists[k]->count < 0 || (lists[k]->count && !lists[k]->values)))
      return ad__fn_fail(where, f->ctx, &vmap_kind, AD_E_VALUE, "%s that is no list; axes are right", k ? "out_axes" : "in_axes");
  if (!some_axis(&opts->in_axes))
    return ad__fn_fail(where, f->ctx, &vmap_kind, AD_E_VALUE, "in_axes without an axis; at least one is right");
  int n_in = opts->in_axes.given ? opts->in_axes.count : 0, n_out = opts->out_axes.given ? opts->out_axes.count : 0;
  size_t bytes = sizeof(vmap_data) + (size_t)(n_in + n_out) * sizeof(int64_t);
  ad_fn *y = ad__fn_make(where, f->ctx, &vmap_kind, f->inputs, &f, 1, NULL, bytes);
  if (!ad__fn_ok(y)) return y;
  vmap_data *d = (vmap_data *)(void *)y->data;
  d->in = (axis_list){opts->in_axes.given, n_in};
  d->out = (axis_list){opts->out_axes.given, n_out};
  d->out_axes_of = opts->out_axes_of;
  d->user = opts->user;
  for (int i = 0; i < n_in; i++) d->axes[i] = opts->in_axes.values[i];
  for (int i = 0; i < n_out; i++) d->axes[n_in + i] = opts->out_axes.values[i];
  return ad__fn_finish(where, y);
}
