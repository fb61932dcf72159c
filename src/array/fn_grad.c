/* Reverse and forward mode as functions of functions: grad, value_and_grad, vjp, jvp, hvp.
 *
 * Each runs its function on variables and walks what it built; the walkers in src/transform do the work. Symbolic zeros
 * become arrays of zeros here and nowhere earlier. */
#include <adamant/ops.h>
#include "array/fn.h"
#include "ops/apply.h"
#include "transform/transform.h"

typedef struct grad_data {
  ad_argnums by;
  bool has_aux;
} grad_data;

static const grad_data *data_of(const ad_fn *f) { return (const grad_data *)(const void *)f->data; }

/* ---- Results ---- */

static ad_array *pair(ad_ctx *c, ad_place where, ad_array *a, ad_array *b) {
  return ad_tuple_at(where, c, (ad_array *[]){a, b}, 2);
}

/* Derivatives in the form of the arguments they are by; one argument's alone, or a tuple. */
static ad_array *like_arguments(ad_ctx *c, ad_place where, ad_array *const *in, int n, const ad_argnums *by,
                                ad_array *const *leaves) {
  ad_array *trees[AD_FN_MOST_ARGNUMS];
  int count = by ? by->count : n;
  for (int k = 0; k < count; k++) trees[k] = ad__tree_build(c, where, in[by ? by->at[k] : k]->type, &leaves);
  return by && !by->given ? trees[0] : ad_tuple_at(where, c, trees, count);
}

static void fill_zeros(ad_array **d, ad_array *const *of, int n) {
  for (int i = 0; i < n; i++)
    if (!d[i]) d[i] = ad__zeros_of(of[i]);
}

/* ---- grad, value_and_grad ---- */

/* The loss among the results, or an error array. */
static ad_array *loss_of(const ad_fn *f, ad_place where, const ad_trace *t, bool tuple_allowed, bool has_aux) {
  const ad_type *type = t->result->type;
  bool tuple = type->kind == AD_KIND_TUPLE && type->rank > 0;
  char text[160];
  if (has_aux && (!tuple || type->rank < 2))
    return ad__fn_error(f, where, AD_E_TYPE, "the function returned %s; with has_aux a tuple of the loss and more is right",
                        ad__type_text(t->ctx, type, text, sizeof text));
  if (tuple && (tuple_allowed || has_aux)) type = type->members[0];
  ad_category category = type->kind == AD_KIND_TENSOR ? ad_dtype_category(type->dtype) : AD_CATEGORY_BOOL;
  if (type->kind != AD_KIND_TENSOR || type->rank)
    return ad__fn_error(f, where, AD_E_VALUE, "the loss is %s; a scalar is right (sum it, or use vjp or jacobian)",
                        ad__type_text(t->ctx, type, text, sizeof text));
  if (category == AD_CATEGORY_BOOL || category == AD_CATEGORY_COMPLEX)
    return ad__fn_error(f, where, AD_E_TYPE, "the loss is %s; a real number is right", ad__type_text(t->ctx, type, text, sizeof text));
  return t->results.at[0];
}

/* One in the loss's dtype, as a constant that the walker knows to be one. */
static ad_array *one_like(const ad_array *loss, ad_place where) {
  ad_array *one = ad_number_at(where, loss->ctx, 1);
  return ad__is_error(one) ? one : ad__scope_take_error(ad__weak_as(one, where, NULL, loss->type->dtype));
}

/* The gradient, or an error array. */
static ad_array *gradient(const ad_fn *f, ad_place where, ad_array *const *in, const ad_trace *t, bool tuple_allowed) {
  const grad_data *d = data_of(f);
  if (ad__is_error(t->result)) return t->result;
  ad_array *loss = loss_of(f, where, t, tuple_allowed, d->has_aux), *error = NULL;
  if (ad__is_error(loss)) return loss;
  ad_array *one = one_like(loss, where);
  if (ad__is_error(one)) return one;
  ad_leaves g;
  ad__leaves_init(&g, t->ctx);
  for (int i = 0; i < t->variables.count && !error; i++) error = ad__leaves_add(&g, NULL);
  if (!error) ad__vjp(t->ctx, &loss, &one, 1, t->variables.at, t->variables.count, g.at, &error);
  if (!error) fill_zeros(g.at, t->variables.at, g.count);
  ad_array *y = error ? error : like_arguments(t->ctx, where, in, f->inputs, &d->by, g.at);
  ad__leaves_free(&g);
  return y;
}

/* What a function with has_aux returned beside the loss. */
static ad_array *rest_of(ad_place where, ad_array *result) {
  int n = ad_item_count(result);
  if (n == 2) return ad_item_at(where, result, 1);
  ad_array *few[16];
  size_t bytes = (size_t)n * sizeof *few;
  ad_array **items = n <= 16 ? few : ad__mem_take(&result->ctx->mem, bytes);
  if (!items) return result->ctx->out_of_memory;
  for (int i = 1; i < n; i++) items[i - 1] = ad_item_at(where, result, i);
  ad_array *y = ad_tuple_at(where, result->ctx, items, n - 1);
  if (items != few) ad__mem_give(&result->ctx->mem, items, bytes);
  return y;
}

static ad_array *grad_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_trace t;
  ad__trace_begin(&t, f->of[0], where, in, &data_of(f)->by);
  ad_array *y = gradient(f, where, in, &t, false);
  if (!ad__is_error(y) && data_of(f)->has_aux) y = pair(f->ctx, where, y, rest_of(where, t.result));
  return ad__trace_end(&t, y);
}

static ad_array *value_and_grad_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_trace t;
  ad__trace_begin(&t, f->of[0], where, in, &data_of(f)->by);
  ad_array *y = gradient(f, where, in, &t, true);
  if (!ad__is_error(y)) y = pair(f->ctx, where, t.result, y);
  return ad__trace_end(&t, y);
}

static const ad_fn_kind grad_kind = {"grad", grad_call, NULL}, value_and_grad_kind = {"value_and_grad", value_and_grad_call, NULL};

static ad_fn *grad_new(ad_place where, const ad_fn_kind *kind, ad_fn *f, const ad_grad_opts *opts) {
  static const ad_grad_opts none = {0};
  if (!opts) opts = &none;
  if (!ad__fn_ok(f)) return f ? f : ad__fn_fail(where, NULL, kind, AD_E_VALUE, "NULL");
  grad_data d = {.has_aux = opts->has_aux};
  ad_fn *bad = ad__argnums_read(where, kind, f, opts->argnums, &d.by);
  return bad ? bad : ad__fn_finish(where, ad__fn_make(where, f->ctx, kind, f->inputs, &f, 1, &d, sizeof d));
}

ad_fn *ad_grad_at(ad_place where, ad_fn *f, const ad_grad_opts *opts) { return grad_new(where, &grad_kind, f, opts); }
ad_fn *ad_value_and_grad_at(ad_place where, ad_fn *f, const ad_grad_opts *opts) {
  return grad_new(where, &value_and_grad_kind, f, opts);
}

/* ---- vjp ---- */

static ad_array *vjp_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_trace t;
  int n = f->inputs - 1;
  ad__trace_begin(&t, f->of[0], where, in, NULL);
  ad_array *error = ad__is_error(t.result) ? t.result : NULL;
  ad_leaves cts, g;
  ad__leaves_init(&cts, f->ctx);
  ad__leaves_init(&g, f->ctx);
  if (!error) error = ad__match_leaves(f, where, "the cotangent", in[n], t.result->type, &cts);
  for (int i = 0; i < t.variables.count && !error; i++) error = ad__leaves_add(&g, NULL);
  if (!error) ad__vjp(f->ctx, t.results.at, cts.at, cts.count, t.variables.at, t.variables.count, g.at, &error);
  if (!error) fill_zeros(g.at, t.variables.at, g.count);
  ad_array *y = error ? error : pair(f->ctx, where, t.result, like_arguments(f->ctx, where, in, n, NULL, g.at));
  ad__leaves_free(&g);
  ad__leaves_free(&cts);
  return ad__trace_end(&t, y);
}

static const ad_fn_kind vjp_kind = {"vjp", vjp_call, NULL};

/* A function of the same arguments and `more`. */
static ad_fn *widened(ad_place where, const ad_fn_kind *kind, ad_fn *f, int more) {
  if (!ad__fn_ok(f)) return f ? f : ad__fn_fail(where, NULL, kind, AD_E_VALUE, "NULL");
  if (f->inputs + more > AD_FN_MOST_ARGNUMS)
    return ad__fn_fail(where, f->ctx, kind, AD_E_VALUE, "%d inputs; at most %d are right", f->inputs + more, AD_FN_MOST_ARGNUMS);
  return ad__fn_finish(where, ad__fn_make(where, f->ctx, kind, f->inputs + more, &f, 1, NULL, 0));
}

ad_fn *ad_vjp_at(ad_place where, ad_fn *f) { return widened(where, &vjp_kind, f, 1); }

/* ---- jvp ---- */

/* The tangents in[n..2n) as leaves; an error array, or NULL. */
static ad_array *tangents_of(const ad_fn *f, ad_place where, const char *word, ad_array *const *in, int n, ad_leaves *ts) {
  char what[40];
  ad_array *bad = NULL;
  for (int i = 0; i < n && !bad; i++) {
    ad__format(what, sizeof what, "%s %d", word, i);
    bad = ad__match_leaves(f, where, what, in[n + i], in[i]->type, ts);
  }
  return bad;
}

static ad_array *jvp_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_trace t;
  int n = f->inputs / 2;
  ad_leaves ts, out;
  ad__leaves_init(&ts, f->ctx);
  ad__leaves_init(&out, f->ctx);
  ad_array *error = tangents_of(f, where, "tangent", in, n, &ts), *y = error;
  if (!error) {
    ad__trace_begin(&t, f->of[0], where, in, NULL);
    if (ad__is_error(t.result)) error = t.result;
    for (int i = 0; i < t.results.count && !error; i++) error = ad__leaves_add(&out, NULL);
    if (!error) ad__jvp(f->ctx, t.results.at, t.results.count, t.variables.at, ts.at, ts.count, out.at, &error);
    if (!error) fill_zeros(out.at, t.results.at, out.count);
    ad_array *const *next = out.at;
    y = error ? error : pair(f->ctx, where, t.result, ad__tree_build(f->ctx, where, t.result->type, &next));
    y = ad__trace_end(&t, y);
  }
  ad__leaves_free(&out);
  ad__leaves_free(&ts);
  return y;
}

static const ad_fn_kind jvp_kind = {"jvp", jvp_call, NULL};

ad_fn *ad_jvp_at(ad_place where, ad_fn *f) { return widened(where, &jvp_kind, f, f ? f->inputs : 0); }

/* ---- hvp: forward over reverse ---- */

static ad_array *products(const ad_fn *f, ad_place where, ad_array *const *in, const ad_trace *t, ad_leaves *vs) {
  ad_array *loss = loss_of(f, where, t, false, false), *error = NULL;
  if (ad__is_error(loss)) return loss;
  ad_array *one = one_like(loss, where);
  if (ad__is_error(one)) return one;
  ad_leaves g;
  ad__leaves_init(&g, t->ctx);
  int n = t->variables.count;
  for (int i = 0; i < 2 * n && !error; i++) error = ad__leaves_add(&g, NULL);
  if (!error) ad__vjp(t->ctx, &loss, &one, 1, t->variables.at, n, g.at, &error);
  if (!error) fill_zeros(g.at, t->variables.at, n);
  if (!error) ad__jvp(t->ctx, g.at, n, t->variables.at, vs->at, n, g.at + n, &error);
  if (!error) fill_zeros(g.at + n, t->variables.at, n);
  ad_array *y = error ? error : like_arguments(t->ctx, where, in, f->inputs / 2, NULL, g.at + n);
  ad__leaves_free(&g);
  return y;
}

static ad_array *hvp_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_leaves vs;
  ad__leaves_init(&vs, f->ctx);
  ad_array *y = tangents_of(f, where, "vector", in, f->inputs / 2, &vs);
  if (!y) {
    ad_trace t;
    ad__trace_begin(&t, f->of[0], where, in, NULL);
    y = ad__is_error(t.result) ? t.result : products(f, where, in, &t, &vs);
    y = ad__trace_end(&t, y);
  }
  ad__leaves_free(&vs);
  return y;
}

static const ad_fn_kind hvp_kind = {"hvp", hvp_call, NULL};

ad_fn *ad_hvp_at(ad_place where, ad_fn *f) { return widened(where, &hvp_kind, f, f ? f->inputs : 0); }
