/* What optimisers share: making, checking, states and updates of whole trees. See optimiser.h. */
#include "nn/optimiser.h"

#include <math.h>
#include <string.h>
#include "nn/leaf_paths.h"
#include "ops/apply.h"

enum { PARAMS, GRADS, STATE, INPUTS };

/* ---- Any optimiser ---- */

static const ad_optimiser_kind *kind_of(const ad_fn *f) { return (const ad_optimiser_kind *)(const void *)f->kind; }

ad_array *ad__optimiser_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  return kind_of(f)->update(f, where, in[PARAMS], in[GRADS], in[STATE]);
}

static bool is_optimiser(const ad_fn *f) { return ad__fn_ok(f) && f->kind->call == ad__optimiser_call; }

ad_fn *ad__optimiser_check(ad_place where, ad_fn *f, const ad_fn_kind *asks) {
  if (is_optimiser(f)) return NULL;
  if (f && f->failure) return f;
  return ad__fn_fail(where, ad_fn_ctx(f), asks, AD_E_TYPE, "a function that is no optimiser; what ad_optim_... gives is right");
}

ad_array *ad_optim_init_at(ad_place where, ad_fn *f, ad_array *params) {
  static const ad_fn_kind init_kind = {.name = "optim_init"};
  ad_fn *bad = ad__optimiser_check(where, f, &init_kind);
  if (bad) return ad_call_at(where, bad, NULL, 0); /* a call of a failed function gives its error */
  if (!params) return ad_copy_at(where, NULL);
  if (ad_is_error(params)) return params;
  if (params->ctx != f->ctx) return ad__fn_error(f, where, AD_E_VALUE, "parameters of another context; those of the optimiser's are right");
  ad_scope *s = ad_scope_begin(f->ctx);
  return ad_scope_end(s, kind_of(f)->init(f, where, params));
}

ad_array *ad__state_member(const ad_fn *f, ad_place where, ad_array *state, const char *name) {
  const ad_type *t = state->type;
  for (int i = 0; t->kind == AD_KIND_RECORD && i < t->rank; i++)
    if (strcmp(t->names[i], name) == 0) return ad_item_at(where, state, i);
  return ad__fn_error(f, where, AD_E_TYPE, "a state without a member %s; one that ad_optim_init made for this optimiser is right", name);
}

ad_array *ad__tree_map(ad_place where, ad_array *a, ad_array *b, ad_leaf_function f, void *user) {
  ad_leaves x, y;
  ad_ctx *c = a->ctx;
  ad__leaves_init(&x, c);
  ad__leaves_init(&y, c);
  ad_array *bad = ad__leaves_add_tree(&x, where, a);
  if (!bad && b) bad = ad__leaves_add_tree(&y, where, b);
  for (int i = 0; !bad && i < x.count; i++) x.at[i] = f(user, x.at[i], b ? y.at[i] : NULL);
  ad_array *const *next = x.at;
  ad_array *tree = bad ? bad : ad__tree_build(c, where, a->type, &next);
  ad__leaves_free(&x);
  ad__leaves_free(&y);
  return tree;
}

/* ---- Methods: making ---- */

typedef struct method_data {
  double learning_rate;
  double h[AD_OPTIM_NUMBERS];
} method_data;

static const method_data *data_of(const ad_fn *f) { return (const method_data *)(const void *)f->data; }
static const ad_optim_method *method_of(const ad_fn *f) { return (const ad_optim_method *)(const void *)f->kind; }

ad_fn *ad__method_make(ad_place where, ad_ctx *c, const ad_optim_method *m, double learning_rate, ad_fn *schedule,
                       const ad_optim_number *numbers, int n) {
  const ad_fn_kind *kind = &m->kind.fn;
  method_data d = {.learning_rate = learning_rate};
  if (!c) return ad__fn_fail(where, c, kind, AD_E_VALUE, "no context");
  if (!(learning_rate >= 0 && learning_rate < INFINITY))
    return ad__fn_fail(where, c, kind, AD_E_VALUE, "learning_rate %g; a number from 0 on is right", learning_rate);
  if (schedule && !schedule->failure && schedule->inputs != 1)
    return ad__fn_fail(where, c, kind, AD_E_VALUE, "a schedule of %d inputs; one, the step, is right", schedule->inputs);
  for (int i = 0; i < n; i++) {
    double v = numbers[i].value;
    if (!(v >= numbers[i].least && v < numbers[i].below))
      return ad__fn_fail(where, c, kind, AD_E_VALUE, "%s %g; from %g on, below %g, is right", numbers[i].name, v, numbers[i].least, numbers[i].below);
    d.h[i] = v;
  }
  return ad__fn_make(where, c, kind, INPUTS, &schedule, 1, &d, sizeof d);
}

/* ---- The first state ---- */

static ad_dtype wide(const ad_array *a) { return ad__rule_wide(ad_array_dtype(a)); }

/* NULL when every leaf is an array of floats. */
static ad_array *check_floats(const ad_fn *f, ad_place where, const ad_type *form, const ad_leaves *params) {
  char name[256];
  for (int i = 0; i < params->count; i++)
    if (ad_dtype_category(ad_array_dtype(params->at[i])) != AD_CATEGORY_FLOAT)
      return ad__fn_error(f, where, AD_E_TYPE, "parameter %s has dtype %s; a float is right",
                          ad__leaf_name(f->ctx, form, i, name, sizeof name), ad_dtype_name(ad_array_dtype(params->at[i])));
  return NULL;
}

static ad_array *empty_slot(ad_ctx *c, const ad_array *p, int without) {
  ad_shape s = ad_array_shape(p);
  int64_t dims[AD_MAX_RANK];
  int n = 0;
  for (int i = 0; i < s.rank; i++)
    if (!without || i != s.rank + without) dims[n++] = s.dims[i];
  return ad_zeros(c, (ad_shape){n, dims}, &(ad_zeros_opts){.dtype = wide(p)});
}

static ad_array *record_of(ad_ctx *c, ad_place where, const ad_optim_slot *slots, ad_array *const *values, int n) {
  const char *names[AD_OPTIM_SLOTS];
  for (int i = 0; i < n; i++) names[i] = slots[i].name;
  return ad_record_at(where, c, names, values, n);
}

static ad_array *state_record(ad_ctx *c, ad_place where, ad_array *step, ad_array *rate, ad_array *parameters) {
  static const char *const names[] = {"step", "learning_rate", "parameters"};
  return ad_record_at(where, c, names, (ad_array *[]){step, rate, parameters}, 3);
}

/* The learning rate after `step` updates, in that dtype. */
static ad_array *scheduled(const ad_fn *f, ad_place where, ad_array *step, ad_dtype t) {
  ad_array *rate = ad_call_at(where, f->of[0], &step, 1);
  if (ad_is_error(rate)) return rate;
  if (ad_item_count(rate) || ad_array_dtype(rate) == AD_DTYPE_NONE || ad_array_size(rate) != 1)
    return ad__fn_error(f, where, AD_E_TYPE, "a schedule that gives no number; an array of one element is right");
  return ad_cast(ad_reshape(rate, AD_SHAPE()), t);
}

ad_array *ad__method_init(const ad_fn *f, ad_place where, ad_array *params) {
  ad_ctx *c = f->ctx;
  ad_leaves l;
  ad__leaves_init(&l, c);
  ad_array *bad = ad__leaves_add_tree(&l, where, params);
  if (!bad) bad = check_floats(f, where, params->type, &l);
  ad_dtype t = AD_FLOAT32;
  for (int i = 0; !bad && i < l.count; i++) {
    ad_optim_slot slots[AD_OPTIM_SLOTS];
    ad_array *values[AD_OPTIM_SLOTS];
    if (ad_array_dtype(l.at[i]) == AD_FLOAT64) t = AD_FLOAT64;
    int n = method_of(f)->slots(data_of(f)->h, ad_array_rank(l.at[i]), slots);
    for (int k = 0; k < n; k++) values[k] = empty_slot(c, l.at[i], slots[k].without);
    l.at[i] = record_of(c, where, slots, values, n);
  }
  ad_array *const *next = l.at;
  ad_array *tree = bad ? bad : ad__tree_build(c, where, params->type, &next), *step = ad_zeros(c, AD_SHAPE(), &(ad_zeros_opts){.dtype = AD_UINT64});
  ad__leaves_free(&l);
  if (ad_is_error(tree)) return tree;
  ad_array *rate = f->of[0] ? scheduled(f, where, step, t) : ad_cast(ad_number(c, data_of(f)->learning_rate), t);
  return state_record(c, where, step, rate, tree);
}

/* ---- An update ---- */

typedef struct trees {
  ad_leaves params, grads, states;
} trees;

/* NULL when the gradients are those of the parameters. */
static ad_array *check_grads(const ad_fn *f, ad_place where, const ad_type *form, const trees *t) {
  char name[256], a[256], b[256];
  for (int i = 0; i < t->params.count; i++) {
    const ad_type *p = t->params.at[i]->type, *g = t->grads.at[i]->type;
    bool same = p->rank == g->rank && memcmp(p->dims, g->dims, (size_t)p->rank * sizeof *p->dims) == 0;
    if (!same || ad_dtype_category(g->dtype) != AD_CATEGORY_FLOAT)
      return ad__fn_error(f, where, AD_E_VALUE, "parameter %s is %s, its gradient %s; floats of one shape are right",
                          ad__leaf_name(f->ctx, form, i, name, sizeof name), ad__type_text(f->ctx, p, a, sizeof a),
                          ad__type_text(f->ctx, g, b, sizeof b));
  }
  return NULL;
}

/* The leaves of the three trees; NULL when they match. */
static ad_array *take_apart(const ad_fn *f, ad_place where, trees *t, ad_array *params, ad_array *grads, ad_array *states) {
  char a[512], b[512];
  if (ad_is_error(states)) return states;
  ad_array *bad = ad__leaves_add_tree(&t->params, where, params);
  if (!bad) bad = check_floats(f, where, params->type, &t->params);
  if (bad) return bad;
  if (!ad__tree_alike(params->type, grads->type))
    return ad__fn_error(f, where, AD_E_TYPE, "gradients %s; the form of the parameters, %s, is right",
                        ad__type_text(f->ctx, grads->type, a, sizeof a), ad__type_text(f->ctx, params->type, b, sizeof b));
  bad = ad__leaves_add_tree(&t->grads, where, grads);
  if (!bad) bad = check_grads(f, where, params->type, t);
  if (!bad && !ad__leaves_at(&t->states, where, params->type, states))
    bad = ad__fn_error(f, where, AD_E_TYPE, "a state of other parameters, %s; one for %s is right",
                       ad__type_text(f->ctx, states->type, a, sizeof a), ad__type_text(f->ctx, params->type, b, sizeof b));
  return bad;
}

/* What the state keeps for a parameter into l->slot; NULL when all is there. */
static ad_array *read_slots(const ad_fn *f, ad_place where, ad_optim_leaf *l, ad_array *state, const ad_optim_slot *slots, int n) {
  for (int k = 0; k < n; k++) {
    l->slot[k] = ad__state_member(f, where, state, slots[k].name);
    if (ad_is_error(l->slot[k])) return l->slot[k];
    l->slot[k] = ad__rule_cast(l->slot[k], wide(l->p));
  }
  return NULL;
}

/* The next parameter i in its place among the leaves, and its next state. */
static ad_array *update_leaf(const ad_fn *f, ad_place where, trees *t, int i, ad_array *rate, ad_array *count) {
  ad_array *p = t->params.at[i];
  ad_dtype lane = wide(p);
  ad_optim_slot slots[AD_OPTIM_SLOTS];
  int n = method_of(f)->slots(data_of(f)->h, ad_array_rank(p), slots);
  ad_optim_leaf l = {.h = data_of(f)->h, .ctx = f->ctx, .p = ad__rule_cast(p, lane), .g = ad__rule_cast(t->grads.at[i], lane),
                     .rate = ad__rule_cast(rate, lane), .t = count};
  ad_array *bad = read_slots(f, where, &l, t->states.at[i], slots, n);
  if (bad) return bad;
  t->params.at[i] = ad__rule_cast(method_of(f)->update(&l), ad_array_dtype(p));
  t->states.at[i] = record_of(f->ctx, where, slots, l.slot, n);
  return NULL;
}

static ad_array *update_all(const ad_fn *f, ad_place where, trees *t, const ad_type *form, ad_array *step, ad_array *rate) {
  ad_ctx *c = f->ctx;
  ad_array *bad = NULL, *next_step = ad_add(step, ad_number_int(c, 1)), *count = ad_cast(next_step, AD_FLOAT64);
  for (int i = 0; !bad && i < t->params.count; i++) bad = update_leaf(f, where, t, i, rate, count);
  if (bad) return bad;
  ad_array *const *next = t->params.at, *const *next_state = t->states.at;
  ad_array *params = ad__tree_build(c, where, form, &next), *states = ad__tree_build(c, where, form, &next_state);
  return ad__optimiser_result(f, where, params, state_record(c, where, next_step, rate, states));
}

ad_array *ad__method_update(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state) {
  trees t;
  ad_array *step = ad__state_member(f, where, state, "step"), *rate = ad__state_member(f, where, state, "learning_rate");
  if (ad_is_error(step)) return step;
  if (f->of[0] && !ad_is_error(rate)) rate = scheduled(f, where, step, ad_array_dtype(rate));
  if (ad_is_error(rate)) return rate;
  ad__leaves_init(&t.params, f->ctx);
  ad__leaves_init(&t.grads, f->ctx);
  ad__leaves_init(&t.states, f->ctx);
  ad_array *bad = take_apart(f, where, &t, params, grads, ad__state_member(f, where, state, "parameters"));
  ad_array *y = bad ? bad : update_all(f, where, &t, params->type, step, rate);
  ad__leaves_free(&t.params);
  ad__leaves_free(&t.grads);
  ad__leaves_free(&t.states);
  return y;
}
