/* Matrices of derivatives, and the linear function at a point.
 *
 * A Jacobian is the tangent (or cotangent) of an argument without a value, batched over the rows of an identity. */
#include <adamant/ops.h>
#include "array/fn.h"
#include "ops/apply.h"
#include "transform/region.h"
#include "transform/transform.h"

typedef enum jacobian_way { FORWARD, REVERSE, SHORTER } jacobian_way;

typedef struct jacobian_data {
  ad_argnums by;
  jacobian_way way;
} jacobian_data;

static const jacobian_data *data_of(const ad_fn *f) { return (const jacobian_data *)(const void *)f->data; }

/* ---- Blocks: one leaf of the result by one leaf of the arguments ---- */

/* The rows of an identity, each in the shape of a. */
static ad_array *basis_of(const ad_array *a) {
  int64_t dims[AD_MAX_RANK + 1] = {a->type->size};
  for (int i = 0; i < a->type->rank && i < AD_MAX_RANK; i++) dims[i + 1] = a->type->dims[i];
  ad_array *eye = ad_eye_at(a->where, a->ctx, a->type->size, &(ad_eye_opts){.dtype = a->type->dtype});
  return ad_reshape_at(a->where, eye, (ad_shape){a->type->rank + 1, dims});
}

/* From [rows of `row`, shape of `column`] to the result's axes, then the argument's. */
static ad_array *block_of(ad_array *rows, const ad_array *y, const ad_array *x, bool rows_are_results) {
  int64_t dims[2 * AD_MAX_RANK];
  int n = 0;
  if (!rows_are_results) rows = ad_moveaxis_at(y->where, rows, 0, y->type->rank);
  for (int i = 0; i < y->type->rank; i++) dims[n++] = y->type->dims[i];
  for (int i = 0; i < x->type->rank; i++) dims[n++] = x->type->dims[i];
  return ad_reshape_at(y->where, rows, (ad_shape){n, dims});
}

static ad_array *zero_block(const ad_array *y, const ad_array *x) {
  int64_t dims[2 * AD_MAX_RANK];
  int n = 0;
  for (int i = 0; i < y->type->rank; i++) dims[n++] = y->type->dims[i];
  for (int i = 0; i < x->type->rank; i++) dims[n++] = x->type->dims[i];
  return ad_zeros_at(y->where, y->ctx, (ad_shape){n, dims}, &(ad_zeros_opts){.dtype = y->type->dtype});
}

typedef struct jacobian {
  const ad_fn *f;
  ad_place where;
  ad_trace t;
  ad_leaves blocks; /* [result][argument] */
  ad_leaves given;  /* what a walker gave */
} jacobian;

static ad_array **block_at(jacobian *j, int y, int x) { return &j->blocks.at[y * j->t.variables.count + x]; }

/* Column blocks by argument x: tangents of all results, a batch over the argument's elements. */
static ad_array *column(jacobian *j, int x) {
  ad_ctx *c = j->t.ctx;
  ad_leaves *ys = &j->t.results;
  ad_array *v = j->t.variables.at[x], *basis = basis_of(v), *error = NULL;
  ad_array *t = ad__traced_new(c, j->where, v->type, "jacfwd");
  ad__jvp(c, ys->at, ys->count, &v, &t, 1, j->given.at, &error);
  for (int k = 0; k < ys->count && !error; k++) {
    ad_array *y = ys->at[k], *rows = NULL;
    bool batched = false;
    if (j->given.at[k]) ad__batch(c, &j->given.at[k], 1, &t, &basis, 1, v->type->size, &rows, &batched, &error);
    if (!error) *block_at(j, k, x) = batched ? block_of(rows, y, v, false) : zero_block(y, v);
  }
  return error;
}

/* Row blocks of result y: cotangents of all arguments, a batch over the result's elements. */
static ad_array *row(jacobian *j, int y) {
  ad_ctx *c = j->t.ctx;
  ad_leaves *xs = &j->t.variables;
  ad_array *r = j->t.results.at[y], *basis = basis_of(r), *error = NULL;
  ad_array *u = ad__traced_new(c, j->where, r->type, "jacrev");
  ad__vjp(c, &r, &u, 1, xs->at, xs->count, j->given.at, &error);
  for (int k = 0; k < xs->count && !error; k++) {
    ad_array *x = xs->at[k], *rows = NULL;
    bool batched = false;
    if (j->given.at[k]) ad__batch(c, &j->given.at[k], 1, &u, &basis, 1, r->type->size, &rows, &batched, &error);
    if (!error) *block_at(j, y, k) = batched ? block_of(rows, r, x, true) : zero_block(r, x);
  }
  return error;
}

/* ---- All of them ---- */

static ad_array *check_ranks(const jacobian *j) {
  for (int y = 0; y < j->t.results.count; y++)
    for (int x = 0; x < j->t.variables.count; x++) {
      int rank = j->t.results.at[y]->type->rank + j->t.variables.at[x]->type->rank;
      if (rank >= AD_MAX_RANK)
        return ad__fn_error(j->f, j->where, AD_E_VALUE, "a result and an argument with %d axes together; fewer than %d are right",
                            rank, AD_MAX_RANK);
    }
  return NULL;
}

static jacobian_way way_of(const jacobian *j) {
  jacobian_way way = data_of(j->f)->way;
  if (way != SHORTER) return way;
  int64_t rows = 0, columns = 0;
  for (int i = 0; i < j->t.results.count; i++) rows += j->t.results.at[i]->type->size;
  for (int i = 0; i < j->t.variables.count; i++) columns += j->t.variables.at[i]->type->size;
  return columns <= rows ? FORWARD : REVERSE;
}

static ad_array *compute(jacobian *j) {
  ad_ctx *c = j->t.ctx;
  int m = j->t.results.count, n = j->t.variables.count;
  ad_array *bad = check_ranks(j);
  for (int i = 0; i < m * n && !bad; i++) bad = ad__leaves_add(&j->blocks, NULL);
  for (int i = 0; i < (m > n ? m : n) && !bad; i++) bad = ad__leaves_add(&j->given, NULL);
  bool forward = way_of(j) == FORWARD;
  c->tracing++;
  for (int i = 0; i < (forward ? n : m) && !bad; i++) bad = forward ? column(j, i) : row(j, i);
  c->tracing--;
  return bad;
}

/* The result's form; in each leaf's place the arguments'. */
static ad_array *assemble(jacobian *j, ad_array *const *in) {
  const jacobian_data *d = data_of(j->f);
  ad_ctx *c = j->t.ctx;
  ad_leaves by_result;
  ad__leaves_init(&by_result, c);
  ad_array *const *next = j->blocks.at, *bad = NULL;
  for (int y = 0; y < j->t.results.count && !bad; y++) {
    ad_array *trees[AD_FN_MOST_ARGNUMS];
    for (int k = 0; k < d->by.count; k++) trees[k] = ad__tree_build(c, j->where, in[d->by.at[k]]->type, &next);
    bad = ad__leaves_add(&by_result, d->by.given ? ad_tuple_at(j->where, c, trees, d->by.count) : trees[0]);
  }
  next = by_result.at;
  ad_array *y = bad ? bad : ad__tree_build(c, j->where, j->t.result->type, &next);
  ad__leaves_free(&by_result);
  return y;
}

static ad_array *jacobian_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  jacobian j = {.f = f, .where = where};
  ad__leaves_init(&j.blocks, f->ctx);
  ad__leaves_init(&j.given, f->ctx);
  ad__trace_begin(&j.t, f->of[0], where, in, &data_of(f)->by);
  ad_array *bad = ad__is_error(j.t.result) ? j.t.result : compute(&j);
  ad_array *y = ad__trace_end(&j.t, bad ? bad : assemble(&j, in));
  ad__leaves_free(&j.given);
  ad__leaves_free(&j.blocks);
  return y;
}

static const ad_fn_kind jacfwd_kind = {"jacfwd", jacobian_call, NULL}, jacrev_kind = {"jacrev", jacobian_call, NULL},
                        jacobian_kind = {"jacobian", jacobian_call, NULL};

static ad_fn *jacobian_new(ad_place where, const ad_fn_kind *kind, jacobian_way way, ad_fn *f, const ad_jacobian_opts *opts) {
  static const ad_jacobian_opts none = {{0}};
  if (!opts) opts = &none;
  if (!ad__fn_ok(f)) return f ? f : ad__fn_fail(where, NULL, kind, AD_E_VALUE, "NULL");
  jacobian_data d = {.way = way};
  ad_fn *bad = ad__argnums_read(where, kind, f, opts->argnums, &d.by);
  return bad ? bad : ad__fn_finish(where, ad__fn_make(where, f->ctx, kind, f->inputs, &f, 1, &d, sizeof d));
}

ad_fn *ad_jacfwd_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts) {
  return jacobian_new(where, &jacfwd_kind, FORWARD, f, opts);
}
ad_fn *ad_jacrev_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts) {
  return jacobian_new(where, &jacrev_kind, REVERSE, f, opts);
}
ad_fn *ad_jacobian_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts) {
  return jacobian_new(where, &jacobian_kind, SHORTER, f, opts);
}
ad_fn *ad_hessian_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts) {
  return ad_jacfwd_at(where, ad_jacrev_at(where, f, opts), opts);
}

/* ---- linearize ---- */

/* The linear function: a graph of the tangents and of what it uses of the point, which is held. */
typedef struct linear_data {
  ad_graph *graph;
  const ad_type *result;
  ad_array **captures; /* held */
  int count;
  int inputs;
  const ad_type *args[]; /* one per input */
} linear_data;

static linear_data *linear_of(const ad_fn *f) { return (linear_data *)(uintptr_t)f->data; }

static ad_array *linear_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  const linear_data *d = linear_of(f);
  ad_leaves args, out;
  ad__leaves_init(&args, f->ctx);
  ad__leaves_init(&out, f->ctx);
  ad_array *bad = NULL;
  char what[40];
  for (int i = 0; i < f->inputs && !bad; i++) {
    ad__format(what, sizeof what, "tangent %d", i);
    bad = ad__match_leaves(f, where, what, in[i], d->args[i], &args);
  }
  for (int i = 0; i < d->count && !bad; i++) bad = ad__leaves_add(&args, d->captures[i]);
  for (int i = 0; i < ad_graph_result_count(d->graph) && !bad; i++) bad = ad__leaves_add(&out, NULL);
  if (!bad) bad = ad__region_call(f->ctx, d->graph, args.at, args.count, out.at);
  ad_array *const *next = out.at;
  ad_array *y = bad ? bad : ad__tree_build(f->ctx, where, d->result, &next);
  ad__leaves_free(&args);
  ad__leaves_free(&out);
  return y;
}

static void linear_end(ad_fn *f) {
  linear_data *d = linear_of(f);
  for (int i = 0; i < d->count; i++) ad__node_drop(d->captures[i]);
  ad__mem_give(&f->ctx->mem, d->captures, (size_t)d->count * sizeof *d->captures);
  ad_graph_free(d->graph);
}

static const ad_fn_kind linear_kind = {"linearize", linear_call, linear_end};

static ad_fn *linear_new(ad_place where, const ad_fn *f, ad_graph *g, const ad_handles *captures, ad_array *const *args,
                         const ad_type *result) {
  ad_ctx *c = f->ctx;
  if (captures->failed || ad_graph_status(g)) {
    ad_status s = captures->failed ? AD_E_MEMORY : ad_graph_status(g);
    ad_fn *bad = ad__fn_fail(where, c, &linear_kind, s, "%s", ad_graph_error_text(g));
    ad_graph_free(g);
    return bad;
  }
  size_t bytes = (size_t)captures->count * sizeof(ad_array *);
  ad_fn *y = ad__fn_make(where, c, &linear_kind, f->inputs, NULL, 0, NULL, sizeof(linear_data) + (size_t)f->inputs * sizeof(ad_type *));
  ad_array **held = ad__fn_ok(y) ? ad__mem_take(&c->mem, bytes) : NULL;
  if (!ad__fn_ok(y)) {
    ad_graph_free(g);
    return y;
  }
  linear_data *d = linear_of(y);
  d->graph = g;
  d->result = result;
  d->inputs = f->inputs;
  for (int i = 0; i < f->inputs; i++) d->args[i] = args[i]->type;
  if (!held) return ad__fn_fail(where, c, &linear_kind, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < captures->count; i++) held[i] = ad__node_keep(captures->at[i]);
  d->captures = held;
  d->count = captures->count;
  return y;
}

/* The tangent of everything for tangents without values, as a graph; what does not depend on them is the point's. */
static ad_fn *linear_at(ad_place where, const ad_fn *f, const ad_trace *t, ad_array *const *args) {
  ad_ctx *c = f->ctx;
  ad_leaves ts, out;
  ad_handles captures;
  ad__leaves_init(&ts, c);
  ad__leaves_init(&out, c);
  ad__handles_init(&captures, c);
  ad_array *bad = NULL;
  int n = t->variables.count, m = t->results.count;
  c->tracing++;
  for (int i = 0; i < n && !bad; i++) bad = ad__leaves_add(&ts, ad__traced_new(c, where, t->variables.at[i]->type, "linearize"));
  for (int i = 0; i < m && !bad; i++) bad = ad__leaves_add(&out, NULL);
  if (!bad) ad__jvp(c, t->results.at, m, t->variables.at, ts.at, n, out.at, &bad);
  for (int i = 0; i < m && !bad; i++)
    if (!out.at[i]) out.at[i] = ad__zeros_of(t->results.at[i]);
  ad_fn *y;
  if (bad) {
    y = ad__fn_fail(where, c, &linear_kind, ad_error_code(bad), "%s", ad_error_text(bad));
  } else {
    if (!ad__region_collect(&captures, ts.at, n, out.at, m, AD_DEPENDENTS)) captures.failed = true;
    ad_graph *g = ad__region_trace(&captures, "linear", ts.at, n, out.at, m, AD_DEPENDENTS);
    y = linear_new(where, f, g, &captures, args, t->result->type);
  }
  c->tracing--;
  ad__handles_free(&captures);
  ad__leaves_free(&out);
  ad__leaves_free(&ts);
  return y;
}

ad_array *ad_linearize_at(ad_place where, ad_fn *f, ad_array *const *args, int n, ad_fn **linear) {
  if (!ad__fn_ok(f) || n != f->inputs || (n && !args)) {
    if (linear) *linear = ad__fn_ok(f) ? ad__fn_fail(where, f->ctx, &linear_kind, AD_E_TYPE, "%d arguments; %d are right", n, f->inputs)
                          : f ? f : ad__fn_fail(where, NULL, &linear_kind, AD_E_VALUE, "NULL");
    return ad_call_at(where, f, args, n);
  }
  ad_array *bad = NULL;
  for (int i = 0; i < n && !bad; i++)
    if (ad_is_error(args[i]) || args[i]->ctx != f->ctx) bad = ad_call_at(where, f, args, n);
  if (bad) {
    if (linear) *linear = ad__fn_fail(where, f->ctx, &linear_kind, ad_error_code(bad), "%s", ad_error_text(bad));
    return bad;
  }
  ad_scope *s = ad_scope_begin(f->ctx);
  ad_trace t;
  ad__trace_begin(&t, f, where, args, NULL);
  bad = ad__is_error(t.result) ? t.result : NULL;
  ad_fn *y = bad ? ad__fn_fail(where, f->ctx, &linear_kind, ad_error_code(bad), "%s", ad_error_text(bad)) : linear_at(where, f, &t, args);
  ad_fn_keep(y);
  ad_array *value = ad_scope_end(s, ad__trace_end(&t, t.result));
  /* The reference kept over the scope's end becomes the outer scope's. */
  if (y->ctx) ad__scope_take(y->handle), ad__node_drop(y->handle);
  if (linear) *linear = y;
  return value;
}
