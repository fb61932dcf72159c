/* Claims: what is said of shapes that cannot be settled at once. Sums and products of dims, runs of dims of any number, one of several
 * shapes, and constraints of the user's.
 *
 * A claim is looked at as units are, whenever something it waits for has become known, and says what follows then; it is done when
 * nothing can follow any more. */
#include <string.h>
#include "model/logical.h"

bool ad__claim_add(ad_family *f, ad_model *m, ad_claim claim, void *said) {
  ad_unit *u = AD_ARENA_NEW(&f->arena, ad_unit);
  if (!u) return false;
  u->claim = claim;
  u->said = said;
  u->model = m;
  ad__unit_queue(f, u);
  return true;
}

static bool watch_dim(ad_family *f, ad_dim d, ad_unit *u) {
  ad_dim_variable *v = ad__dim_variable(ad__dim_resolve(d));
  return !v || ad__watch(f, &v->watch, u);
}

bool ad__watch_shape(ad_family *f, ad_edge *e, ad_unit *u) {
  e = ad__edge_root(e);
  if (e->rank < 0) return ad__watch(f, &e->watch, u);
  for (int i = 0; i < e->rank; i++)
    if (!watch_dim(f, e->dims[i], u)) return false;
  return true;
}

static ad_status no_memory(ad_err *e) { return ad__fail(e, AD_E_MEMORY, "out of memory"); }

/* ---- Sums and products ---- */

/* The value where `open` (or nothing) has a value; AD_DIM_UNKNOWN: another variable is not known, or it is no number. */
static ad_dim formula_value(ad_ctx *c, const ad_dim_formula *x, ad_dim open, int64_t value) {
  ad_dim stack[24];
  int n = 0;
  for (int i = 0; i < x->count; i++) {
    if (x->steps[i].op == '#') {
      ad_dim d = ad__dim_resolve(x->steps[i].dim);
      if (d == open) d = value;
      if (!ad_dim_is_number(d)) return AD_DIM_UNKNOWN;
      stack[n++] = d;
      continue;
    }
    ad_dim a = stack[n - 2], b = stack[n - 1];
    if (x->steps[i].op == '/' && b <= 0) return AD_DIM_UNKNOWN;
    stack[--n - 1] = x->steps[i].op == '+' ? ad_dim_add(c, a, b) : x->steps[i].op == '*' ? ad_dim_mul(c, a, b) : x->steps[i].op == '/' ? ad_dim_floordiv(c, a, b) : a - b;
    if (stack[n - 1] < 0) return AD_DIM_UNKNOWN;
  }
  return stack[0];
}

/* The only variable that is not known; AD_DIM_UNKNOWN: there are several. 0: there is none. */
static ad_dim only_open(const ad_dim_formula *x) {
  ad_dim open = 0;
  for (int i = 0; i < x->count; i++) {
    ad_dim d = x->steps[i].op == '#' ? ad__dim_resolve(x->steps[i].dim) : 0;
    if (ad_dim_is_number(d)) continue;
    if (open && open != d) return AD_DIM_UNKNOWN;
    open = d;
  }
  return open;
}

/* What the one variable must be for the result to be what is known; only where it stands in a sum. */
static ad_status solve_backward(ad_family *f, const ad_dim_formula *x, ad_dim open, int64_t result, bool *later, ad_err *e) {
  int64_t y[3];
  for (int i = 0; i < 3; i++)
    if ((y[i] = formula_value(f->ctx, x, open, i)) == AD_DIM_UNKNOWN) return AD_OK;
  int64_t slope = y[1] - y[0];
  for (int i = 0; i < x->count; i++)
    if (x->steps[i].op == '/') return AD_OK;
  if (slope != y[2] - y[1] || !slope) return AD_OK;
  if ((result - y[0]) % slope || (result - y[0]) / slope < 0)
    return ad__fail(e, AD_E_VALUE, "%s is to be %lld; no dim makes it so", x->text, (long long)result);
  *later = false;
  return ad__dims_join(f, open, (result - y[0]) / slope) ? AD_OK : ad__fail(e, AD_E_VALUE, "%s is to be %lld; its dims are others", x->text, (long long)result);
}

ad_status ad__claim_formula(ad_family *f, ad_unit *u, bool *later, ad_err *e) {
  const ad_dim_formula *x = u->said;
  ad_dim open = only_open(x), result = ad__dim_resolve(x->result);
  *later = true;
  if (!open) {
    ad_dim y = formula_value(f->ctx, x, 0, 0);
    *later = false;
    if (y < 0) return ad__fail(e, AD_E_VALUE, "%s is no dim", x->text);
    if (!ad__dims_join(f, result, y)) return ad__fail(e, AD_E_VALUE, "%s is %lld; %lld is right", x->text, (long long)y, (long long)result);
    return AD_OK;
  }
  if (open != AD_DIM_UNKNOWN && ad_dim_is_number(result)) {
    ad_status s = solve_backward(f, x, open, result, later, e);
    if (s || !*later) return s;
  }
  for (int i = 0; i < x->count; i++)
    if (x->steps[i].op == '#' && !watch_dim(f, x->steps[i].dim, u)) return no_memory(e);
  return watch_dim(f, x->result, u) ? AD_OK : no_memory(e);
}

/* ---- Runs ---- */

static ad_status member_error(const struct ad_dim_run_member *m, ad_err *e) {
  ad_err why = *e;
  return ad__fail(e, why.code, "%s: %s", m->name, why.text);
}

ad_status ad__claim_run(ad_family *f, ad_unit *u, bool *later, ad_err *e) {
  const ad_dim_run *run = u->said;
  int length = -1;
  ad_dim dims[AD_MAX_RANK];
  *later = true;
  for (const struct ad_dim_run_member *m = run->members; m && length < 0; m = m->next) {
    ad_edge *x = ad__edge_root(m->edge);
    if (x->rank < 0) {
      if (!ad__watch(f, &x->watch, u)) return no_memory(e);
      continue;
    }
    length = x->rank - m->before - m->after;
    if (length < 0)
      return ad__fail(e, AD_E_VALUE, "%s: rank %d; at least %d is right", m->name, x->rank, m->before + m->after);
    memcpy(dims, x->dims + m->before, (size_t)length * sizeof *dims);
  }
  if (length < 0) return AD_OK;
  *later = false;
  for (const struct ad_dim_run_member *m = run->members; m; m = m->next) {
    ad_dim all[AD_MAX_RANK];
    if (m->before + length + m->after > AD_MAX_RANK) return ad__fail(e, AD_E_VALUE, "%s: more than %d dims", m->name, AD_MAX_RANK);
    memcpy(all, m->dims, (size_t)m->before * sizeof *all);
    memcpy(all + m->before, dims, (size_t)length * sizeof *all);
    memcpy(all + m->before + length, m->dims + m->before, (size_t)m->after * sizeof *all);
    if (ad__edge_set_shape(f, m->edge, m->before + length + m->after, all, e)) return member_error(m, e);
  }
  return AD_OK;
}

/* ---- One of several ---- */

static bool is_possible(const ad_edge *e, int rank, const ad_dim *dims) {
  if (e->rank >= 0 && e->rank != rank) return false;
  for (int i = 0; e->rank >= 0 && i < rank; i++) {
    ad_dim have = ad__dim_resolve(e->dims[i]), want = ad__dim_resolve(dims[i]);
    if (ad_dim_is_number(have) && ad_dim_is_number(want) && have != want) return false;
  }
  return true;
}

ad_status ad__claim_choice(ad_family *f, ad_unit *u, bool *later, ad_err *e) {
  const ad_shape_choice *x = u->said;
  ad_edge *edge = ad__edge_root(x->edge);
  int possible = 0, one = -1, rank = -1;
  ad_dim same[AD_MAX_RANK];
  for (int k = 0; k < x->count; k++) {
    if (!is_possible(edge, x->at[k].rank, x->at[k].dims)) continue;
    if (!possible++) {
      one = k;
      rank = x->at[k].rank;
      memcpy(same, x->at[k].dims, sizeof same);
      continue;
    }
    if (rank != x->at[k].rank) rank = -1;
    for (int i = 0; i < rank; i++)
      if (same[i] != x->at[k].dims[i]) same[i] = AD_DIM_UNKNOWN;
  }
  if (!possible) {
    ad_text t;
    ad__text_init(&t, &f->ctx->mem);
    ad__edge_shape_print(f->ctx, edge, &t);
    ad__fail(e, AD_E_VALUE, "%s: shape %s; it is none of the %d that are possible", x->name, ad__text_str(&t), x->count);
    ad__text_free(&t);
    return e->code;
  }
  *later = possible > 1;
  ad_status s = possible == 1 ? ad__edge_set_shape(f, edge, x->at[one].rank, x->at[one].dims, e)
                : rank >= 0   ? ad__edge_set_shape(f, edge, rank, same, e)
                              : AD_OK;
  if (s) return s;
  return possible == 1 || ad__watch_shape(f, edge, u) ? AD_OK : no_memory(e);
}

/* ---- Constraints of the user's ---- */

/* Everything about a connection that a constraint may look at. */
static bool watch_all(ad_family *f, ad_edge *e, ad_unit *u) {
  e = ad__edge_root(e);
  return ad__watch(f, &e->watch, u) && ad__watch_shape(f, e, u) && (!e->value || ad__watch_literal(f, e->value, u));
}

static ad_status claim_of_user(ad_family *f, ad_unit *u, bool *later, ad_err *e) {
  const ad_user_claim *x = u->said;
  char why[300] = "";
  ad_solved solved = x->f(x->conns, x->n, x->user, why, sizeof why);
  *later = solved == AD_NOT_YET;
  if (solved == AD_CONTRADICTION) return ad__fail(e, AD_E_VALUE, "%s: %s", x->name, *why ? why : "the constraint is not kept");
  for (int i = 0; *later && i < x->n; i++)
    if (!watch_all(f, x->conns[i]->edge, u)) return no_memory(e);
  return AD_OK;
}

static ad_status constrain(ad_family *f, ad_model *m, const char *name, ad_constraint fn, void *user, ad_conn *const *conns, int n, ad_err *e) {
  ad_user_claim *x = AD_ARENA_NEW(&f->arena, ad_user_claim);
  ad_conn **own = ad__arena_array(&f->arena, (size_t)n + 1, sizeof *own, 8);
  char *text = ad__arena_text(&f->arena, name, strlen(name));
  if (!x || !own || !text) return no_memory(e);
  for (int i = 0; i < n; i++) {
    if (!conns[i]) return ad__fail(e, AD_E_VALUE, "%s: connection %d is NULL", name, i);
    if (!(own[i] = ad__conn_lift(f, m, conns[i], e))) return e->code;
  }
  *x = (ad_user_claim){.name = text, .f = fn, .user = user, .conns = own, .n = n, .next = m->constraints};
  if (!ad__claim_add(f, m, claim_of_user, x)) return no_memory(e);
  AD_SET(f, m->constraints, x);
  return ad__solve(f, e);
}

ad_status ad_model_constrain(ad_model *m, const char *name, ad_constraint fn, void *user, ad_conn *const *conns, int n) {
  if (!m || !m->ctx || !fn) return AD_E_VALUE;
  ad_err e = {.code = AD_OK};
  ad_family *f = ad__action_begin(m);
  ad_status s = m->failed ? ad__fail(&e, m->error, "%s", m->error_text) : constrain(f, m, name ? name : "constraint", fn, user, conns, n, &e);
  return ad__action_end(m, s, &e);
}
