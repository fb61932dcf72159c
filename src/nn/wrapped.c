/* Optimisers around an optimiser: clipped, accumulated, scaled, averaged. Each is an optimiser itself, so they nest; see optim.h. */
#include <adamant/control.h>

#include <math.h>
#include "nn/optimiser.h"

/* The numbers an optimiser of this file was made with. */
typedef struct wrapped_data {
  double number[4];
  bool flag;
} wrapped_data;

static const wrapped_data *data_of(const ad_fn *f) { return (const wrapped_data *)(const void *)f->data; }
static ad_fn *inner_of(const ad_fn *f) { return f->of[0]; }

static ad_fn *wrap(ad_place where, ad_fn *inner, const ad_optimiser_kind *kind, const wrapped_data *d) {
  ad_fn *bad = ad__optimiser_check(where, inner, &kind->fn);
  return bad ? bad : ad__fn_make(where, inner->ctx, &kind->fn, inner->inputs, &inner, 1, d, sizeof *d);
}

/* The failed function for a number that is none of what is right; NULL for a good one, and for a failed inner, which says more. */
static ad_fn *refuse_number(ad_place where, ad_fn *inner, const ad_optimiser_kind *kind, const char *name, double v, bool good, const char *right) {
  if (good || !ad__fn_ok(inner)) return NULL;
  return ad__fn_fail(where, inner->ctx, &kind->fn, AD_E_VALUE, "%s %g; %s is right", name, v, right);
}

static ad_array *update_inner(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state) {
  return ad_call_at(where, inner_of(f), (ad_array *[]){params, grads, state}, 3);
}

static ad_array *scalar(ad_ctx *c, double x, ad_dtype t) { return ad_cast(ad_number(c, x), t); }

/* ---- Clipped ---- */

enum { MAX_NORM, MAX_VALUE };

static ad_array *clipped_init(const ad_fn *f, ad_place where, ad_array *params) { return ad_optim_init_at(where, inner_of(f), params); }

static ad_array *clipped_update(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state) {
  const double *most = data_of(f)->number;
  if (most[MAX_VALUE] < INFINITY) grads = ad_clip_grad_value_at(where, grads, most[MAX_VALUE]);
  if (most[MAX_NORM] < INFINITY) grads = ad_item_at(where, ad_clip_grad_norm_at(where, grads, most[MAX_NORM]), 0);
  return update_inner(f, where, params, grads, state);
}

static const ad_optimiser_kind clipped_kind = {{"optim_clipped", ad__optimiser_call, NULL}, clipped_init, clipped_update};

ad_fn *ad_optim_clipped_at(ad_place where, ad_fn *inner, const ad_optim_clipped_opts *opts) {
  ad_optim_clipped_opts o = opts ? *opts : (ad_optim_clipped_opts){0};
  wrapped_data d = {.number = {ad__num_or(o.max_norm, INFINITY), ad__num_or(o.max_value, INFINITY)}};
  ad_fn *bad = refuse_number(where, inner, &clipped_kind, "max_norm", d.number[0], d.number[0] >= 0, "0 or more");
  if (!bad) bad = refuse_number(where, inner, &clipped_kind, "max_value", d.number[1], d.number[1] >= 0, "0 or more");
  return bad ? bad : wrap(where, inner, &clipped_kind, &d);
}

/* ---- Accumulated ---- */

static ad_array *accumulated_state(ad_ctx *c, ad_place where, ad_array *count, ad_array *sum, ad_array *inner) {
  static const char *const names[] = {"count", "sum", "optimiser"};
  return ad_record_at(where, c, names, (ad_array *[]){count, sum, inner}, 3);
}

static ad_array *wide_zeros(void *user, ad_array *a, ad_array *none) {
  (void)user, (void)none;
  return ad_zeros(a->ctx, ad_array_shape(a), &(ad_zeros_opts){.dtype = ad__rule_wide(ad_array_dtype(a))});
}

static ad_array *accumulated_init(const ad_fn *f, ad_place where, ad_array *params) {
  ad_array *inner = ad_optim_init_at(where, inner_of(f), params);
  if (ad_is_error(inner)) return inner;
  return accumulated_state(f->ctx, where, scalar(f->ctx, 0, AD_INT64), ad__tree_map(where, params, NULL, wide_zeros, NULL), inner);
}

static ad_array *add_share(void *user, ad_array *sum, ad_array *g) {
  double share = 1 / *(const double *)user;
  return ad_add(sum, ad_multiply(ad__rule_cast(g, ad_array_dtype(sum)), ad_number(sum->ctx, share)));
}

/* Arguments of both branches: parameters, sum, the inner state. Each gives a tuple of the three. */
static ad_array *apply_branch(ad_ctx *c, ad_array *const *in, void *inner) {
  ad_array *y = ad_call((ad_fn *)inner, in[0], in[1], in[2]);
  return ad_tuple(c, (ad_array *[]){ad_item(y, 0), ad__tree_map(AD_HERE, in[1], NULL, wide_zeros, NULL), ad_item(y, 1)}, 3);
}
static ad_array *wait_branch(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_tuple(c, in, 3);
}

static ad_array *accumulated_update(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state) {
  ad_ctx *c = f->ctx;
  double every = data_of(f)->number[0];
  ad_array *sum = ad__state_member(f, where, state, "sum"), *inner = ad__state_member(f, where, state, "optimiser");
  ad_array *count = ad__state_member(f, where, state, "count");
  if (ad_is_error(sum) || ad_is_error(inner) || ad_is_error(count)) return ad_is_error(sum) ? sum : ad_is_error(inner) ? inner : count;
  if (!ad__tree_alike(sum->type, grads->type) || !ad__tree_alike(params->type, grads->type))
    return ad__fn_error(f, where, AD_E_TYPE, "parameters, gradients and state of different forms; one form is right");
  sum = ad__tree_map(where, sum, grads, add_share, &every);
  count = ad_add(count, ad_number_int(c, 1));
  ad_array *full = ad_greater_equal(count, ad_number(c, every));
  ad_fn *now = ad_fn_new_at(where, c, apply_branch, 3, inner_of(f)), *later = ad_fn_new_at(where, c, wait_branch, 3, NULL);
  ad_array *y = ad_cond_at(where, full, now, later, (ad_array *[]){params, sum, inner}, 3);
  count = ad_where(full, ad_number_int(c, 0), count);
  return ad__optimiser_result(f, where, ad_item(y, 0), accumulated_state(c, where, count, ad_item(y, 1), ad_item(y, 2)));
}

static const ad_optimiser_kind accumulated_kind = {{"optim_accumulated", ad__optimiser_call, NULL}, accumulated_init, accumulated_update};

ad_fn *ad_optim_accumulated_at(ad_place where, ad_fn *inner, int64_t count) {
  wrapped_data d = {.number = {(double)count}};
  ad_fn *bad = refuse_number(where, inner, &accumulated_kind, "count", d.number[0], count >= 1, "1 or more");
  return bad ? bad : wrap(where, inner, &accumulated_kind, &d);
}

/* ---- Scaled ---- */

enum { INITIAL, GROWTH, BACKOFF, INTERVAL };

static ad_array *scaled_state(ad_ctx *c, ad_place where, ad_array *scale, ad_array *good, ad_array *inner) {
  static const char *const names[] = {"scale", "good", "optimiser"};
  return ad_record_at(where, c, names, (ad_array *[]){scale, good, inner}, 3);
}

static ad_array *scaled_init(const ad_fn *f, ad_place where, ad_array *params) {
  ad_array *inner = ad_optim_init_at(where, inner_of(f), params);
  if (ad_is_error(inner)) return inner;
  return scaled_state(f->ctx, where, scalar(f->ctx, data_of(f)->number[INITIAL], AD_FLOAT32), scalar(f->ctx, 0, AD_INT64), inner);
}

static ad_array *unscaled(void *user, ad_array *g, ad_array *none) {
  ad_dtype lane = ad__rule_wide(ad_array_dtype(g));
  (void)none;
  return ad_divide(ad__rule_cast(g, lane), ad__rule_cast(user, lane));
}

/* One truth value; NULL for a tree without leaves. */
static ad_array *all_finite(ad_place where, ad_array *grads) {
  ad_leaves l;
  ad_array *all = NULL, *bad;
  ad__leaves_init(&l, grads->ctx);
  bad = ad__leaves_add_tree(&l, where, grads);
  for (int i = 0; !bad && i < l.count; i++) {
    ad_array *one = ad_all(ad_isfinite(l.at[i]), NULL);
    all = all ? ad_logical_and(all, one) : one;
  }
  ad__leaves_free(&l);
  return bad ? bad : all;
}

static ad_array *chosen(void *user, ad_array *a, ad_array *b) { return ad_where(user, a, b); }

static ad_array *scaled_update(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state) {
  ad_ctx *c = f->ctx;
  const double *h = data_of(f)->number;
  ad_array *scale = ad__state_member(f, where, state, "scale"), *good = ad__state_member(f, where, state, "good");
  ad_array *inner = ad__state_member(f, where, state, "optimiser");
  if (ad_is_error(scale) || ad_is_error(good) || ad_is_error(inner)) return ad_is_error(scale) ? scale : ad_is_error(good) ? good : inner;
  grads = ad__tree_map(where, grads, NULL, unscaled, scale);
  if (ad_is_error(grads)) return grads;
  ad_array *y = update_inner(f, where, params, grads, inner), *fine = all_finite(where, grads);
  if (!fine || ad_is_error(y) || ad_is_error(fine)) return fine && !ad_is_error(y) ? fine : y;
  ad_array *old = ad_tuple_at(where, c, (ad_array *[]){params, inner}, 2), *next = ad__tree_map(where, y, old, chosen, fine);
  good = ad_where(fine, ad_add(good, ad_number_int(c, 1)), ad_number_int(c, 0));
  ad_array *grows = ad_greater_equal(good, ad_number(c, h[INTERVAL]));
  ad_array *factor = ad_where(fine, ad_where(grows, scalar(c, h[GROWTH], AD_FLOAT32), ad_number(c, 1)), ad_number(c, h[BACKOFF]));
  good = ad_where(grows, ad_number_int(c, 0), good);
  return ad__optimiser_result(f, where, ad_item(next, 0), scaled_state(c, where, ad_multiply(scale, factor), good, ad_item(next, 1)));
}

static const ad_optimiser_kind scaled_kind = {{"optim_scaled", ad__optimiser_call, NULL}, scaled_init, scaled_update};

ad_fn *ad_optim_scaled_at(ad_place where, ad_fn *inner, const ad_optim_scaled_opts *opts) {
  ad_optim_scaled_opts o = opts ? *opts : (ad_optim_scaled_opts){0};
  double interval = (double)(o.interval.given ? o.interval.value : 2000);
  wrapped_data d = {.number = {ad__num_or(o.initial, 65536), ad__num_or(o.growth, 2), ad__num_or(o.backoff, 0.5), interval}};
  const double *h = d.number;
  ad_fn *bad = refuse_number(where, inner, &scaled_kind, "initial", h[0], h[0] > 0 && h[0] < INFINITY, "more than 0");
  if (!bad) bad = refuse_number(where, inner, &scaled_kind, "growth", h[1], h[1] >= 1 && h[1] < INFINITY, "1 or more");
  if (!bad) bad = refuse_number(where, inner, &scaled_kind, "backoff", h[2], h[2] > 0 && h[2] <= 1, "more than 0, at most 1");
  if (!bad) bad = refuse_number(where, inner, &scaled_kind, "interval", h[3], h[3] >= 1, "1 or more");
  return bad ? bad : wrap(where, inner, &scaled_kind, &d);
}

/* ---- Averaged ---- */

static ad_array *averaged_state(ad_ctx *c, ad_place where, ad_array *step, ad_array *average, ad_array *inner) {
  static const char *const names[] = {"step", "average", "optimiser"};
  return ad_record_at(where, c, names, (ad_array *[]){step, average, inner}, 3);
}

static ad_array *widened(void *user, ad_array *a, ad_array *none) {
  (void)user, (void)none;
  return ad__rule_widen(a);
}

static ad_array *averaged_init(const ad_fn *f, ad_place where, ad_array *params) {
  ad_array *inner = ad_optim_init_at(where, inner_of(f), params);
  if (ad_is_error(inner)) return inner;
  ad_array *step = ad_zeros(f->ctx, AD_SHAPE(), &(ad_zeros_opts){.dtype = AD_UINT64});
  return averaged_state(f->ctx, where, step, ad__tree_map(where, params, NULL, widened, NULL), inner);
}

/* average + (1 - decay) (p - average). */
static ad_array *moved(void *user, ad_array *average, ad_array *p) {
  ad_dtype lane = ad_array_dtype(average);
  return ad_add(average, ad_multiply(ad__rule_cast(user, lane), ad_subtract(ad__rule_cast(p, lane), average)));
}

static ad_array *averaged_update(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state) {
  ad_ctx *c = f->ctx;
  ad_array *average = ad__state_member(f, where, state, "average"), *inner = ad__state_member(f, where, state, "optimiser");
  ad_array *step = ad__state_member(f, where, state, "step");
  if (ad_is_error(average) || ad_is_error(inner) || ad_is_error(step)) return ad_is_error(average) ? average : ad_is_error(inner) ? inner : step;
  ad_array *y = update_inner(f, where, params, grads, inner);
  if (ad_is_error(y)) return y;
  if (!ad__tree_alike(average->type, params->type))
    return ad__fn_error(f, where, AD_E_TYPE, "an average of another form than the parameters; theirs is right");
  step = ad_add(step, ad_number_int(c, 1));
  ad_array *share = scalar(c, 1 - data_of(f)->number[0], AD_FLOAT64);
  if (data_of(f)->flag) share = ad_maximum(share, ad_divide(ad_number(c, 9), ad_add(ad_cast(step, AD_FLOAT64), ad_number(c, 10))));
  average = ad__tree_map(where, average, ad_item(y, 0), moved, share);
  return ad__optimiser_result(f, where, ad_item(y, 0), averaged_state(c, where, step, average, ad_item(y, 1)));
}

static const ad_optimiser_kind averaged_kind = {{"optim_averaged", ad__optimiser_call, NULL}, averaged_init, averaged_update};

ad_fn *ad_optim_averaged_at(ad_place where, ad_fn *inner, double decay, const ad_optim_averaged_opts *opts) {
  wrapped_data d = {.number = {decay}, .flag = opts && opts->warmup};
  ad_fn *bad = refuse_number(where, inner, &averaged_kind, "decay", decay, decay >= 0 && decay < 1, "from 0 on, below 1,");
  return bad ? bad : wrap(where, inner, &averaged_kind, &d);
}
