/* Wiring that adds no block: merging, renaming, exposing, standard terminals, recurrent state.
 *
 * A connection that was merged into another stays where it is, without a name, and `merged` leads on from it. */
#include <string.h>
#include "model/logical.h"

/* One action on a model. */
typedef struct rewiring {
  ad_family *f;
  ad_model *m;
  ad_conn *const *conns; /* "%0"... */
  int n;
  ad_err *err;
} rewiring;

static rewiring begin(ad_model *m, ad_err *e) { return (rewiring){.f = ad__action_begin(m), .m = m, .err = e}; }

static ad_status may_change(const rewiring *r) {
  const ad_model *m = r->m;
  const char *why = m->failed                                        ? m->error_text
                    : m->parent                                      ? "it is part of another model and cannot be changed"
                    : m->unit || (m->block && !m->building)          ? "a block of the table cannot be changed; a new model with it inside can"
                    : m->frozen                                      ? "it is frozen and cannot be changed; a copy can"
                                                                     : NULL;
  return why ? ad__fail(r->err, AD_E_FROZEN, "%s: %s", ad_model_name(r->m), why) : AD_OK;
}

static ad_status fail_at(const rewiring *r, ad_status code, const char *what, const char *name) {
  return ad__fail(r->err, code, "%s: %s: %s", ad_model_name(r->m), name, what);
}

static const char *name_of(const ad_conn *k) { return ad_conn_name(k); }

/* ---- Names in a list ---- */

/* The next of "h, %0, new=old": its connection, and the new name if there is one. False at the end and on failure. */
static bool next_name(rewiring *r, const char **at, ad_conn **out, const char **new_name) {
  const char *p = *at + strspn(*at, " \t\n,");
  size_t n = strcspn(p, " \t\n,=");
  *new_name = NULL;
  if (!n) return *p && ad__fail(r->err, AD_E_VALUE, "\"%.60s\": a name is right", p) == AD_OK;
  const char *after = p + n + strspn(p + n, " \t\n");
  if (*after == '=') {
    *new_name = ad__arena_text(&r->f->arena, p, n);
    if (!*new_name) return ad__fail(r->err, AD_E_MEMORY, "out of memory") == AD_OK;
    p = after + 1 + strspn(after + 1, " \t\n");
    n = strcspn(p, " \t\n,=");
  }
  *at = p + n;
  int64_t part = 0;
  if (n > 1 && *p == '%' && ad__parse_i64(p + 1, n - 1, &part)) {
    if (part < 0 || part >= r->n || !r->conns[part])
      return ad__fail(r->err, AD_E_KEY, "%.*s; %d connections were handed", (int)n, p, r->n) == AD_OK;
    *out = ad__conn_lift(r->f, r->m, r->conns[part], r->err);
    return *out != NULL;
  }
  if ((*out = ad__conn_find(r->m, p, n))) return true;
  char word[64];
  ad__format(word, sizeof word, "%.*s", (int)(n < 60 ? n : 60), p);
  return ad__conn_missing(r->m, word, r->err) == AD_OK;
}

static ad_status give_name(rewiring *r, ad_conn *k, const char *name) {
  const ad_conn *taken = ad__conn_find(r->m, name, strlen(name));
  if (taken == k) return AD_OK;
  if (ad__name_check(name, k->flags & AD_CONN_MADE, r->err)) return ad__name_in_front(r->m, name, r->err);
  if (taken) return fail_at(r, AD_E_KEY, "the name is taken; another one is right", name);
  AD_SET(r->f, k->flags, k->flags & ~(unsigned)AD_CONN_HIDDEN);
  return ad__conn_rename(r->f, k, name) ? AD_OK : ad__fail(r->err, AD_E_MEMORY, "out of memory");
}

/* ---- Actions ---- */

static ad_status expose_one(rewiring *r, ad_conn *k, const char *new_name) {
  if (new_name) {
    ad_status s = give_name(r, k, new_name);
    if (s) return s;
  }
  if (!k->name && k->flags & AD_CONN_MADE) return fail_at(r, AD_E_KEY, "an output without a name; new_name=it gives it one", name_of(k));
  if (k->flags & AD_CONN_STATE) return fail_at(r, AD_E_KEY, "it is bound as state", name_of(k));
  AD_SET(r->f, k->flags, (k->flags | AD_CONN_EXPOSED) & ~(unsigned)AD_CONN_HIDDEN);
  return AD_OK;
}

ad_status ad_model_expose_with(ad_model *m, const char *names, ad_conn *const *conns, int n) {
  if (!m || !m->ctx || !names) return AD_E_VALUE;
  ad_err e = {.code = AD_OK};
  rewiring r = begin(m, &e);
  r.conns = conns, r.n = n;
  ad_status s = may_change(&r);
  ad_conn *k;
  const char *new_name;
  while (!s && next_name(&r, &names, &k, &new_name)) s = expose_one(&r, k, new_name);
  return ad__action_end(m, s ? s : e.code, &e);
}
ad_status ad_model_expose(ad_model *m, const char *names) { return ad_model_expose_with(m, names, NULL, 0); }

ad_status ad_model_rename(ad_model *m, const char *old_name, const char *new_name) {
  if (!m || !m->ctx || !old_name || !new_name) return AD_E_VALUE;
  ad_err e = {.code = AD_OK};
  rewiring r = begin(m, &e);
  ad_status s = may_change(&r);
  ad_conn *k = ad__conn_find(m, old_name, strlen(old_name));
  if (!s) s = k ? give_name(&r, k, new_name) : ad__conn_missing(m, old_name, &e);
  return ad__action_end(m, s, &e);
}

/* b goes into a: one edge, and what either is. */
static ad_status merge_two(rewiring *r, ad_conn *a, ad_conn *b, const char *name) {
  if (a == b) return AD_OK;
  bool cycle = ((a->flags | b->flags) & AD_CONN_MADE) && ((a->flags | b->flags) & AD_CONN_CONSUMED);
  if (a->flags & b->flags & AD_CONN_MADE) return fail_at(r, AD_E_KEY, "two outputs are merged (multi-write); one output and inputs are right", name_of(b));
  if ((a->flags | b->flags) & AD_CONN_STATE) return fail_at(r, AD_E_KEY, "what is bound as state is merged with nothing", name_of(b));
  if (a->name && b->name && !name) return fail_at(r, AD_E_KEY, "two names are merged; the name that is to stay is right beside them", name_of(b));
  if (!a->name && b->name) {
    ad_conn *swap = a;
    a = b;
    b = swap;
  }
  ad_status s = ad__edge_join(r->f, a->edge, b->edge, r->err);
  if (s) return s;
  unsigned all = a->flags | b->flags;
  bool read = (all & AD_CONN_CONSUMED) != 0;
  if (b->flags & AD_CONN_STD_OUT) ad__conn_set_std_out(r->m, b, false);
  if (all & AD_CONN_MADE && read && a->flags & AD_CONN_STD_OUT) ad__conn_set_std_out(r->m, a, false);
  AD_SET(r->f, a->flags, (a->flags | (b->flags & ~(unsigned)AD_CONN_STD_OUT)) & ~(unsigned)(all & AD_CONN_MADE ? AD_CONN_STD_IN : 0));
  AD_SET(r->f, b->flags, AD_CONN_MERGED);
  AD_SET(r->f, b->merged, a);
  if (b->name && !ad__conn_rename(r->f, b, NULL)) return ad__fail(r->err, AD_E_MEMORY, "out of memory");
  const ad_edge *e = ad__edge_root(a->edge);
  for (int i = 0; cycle && e->maker && i < e->maker->inputs; i++)
    if (e->maker->slots[i] && ad__edge_reaches(r->f, a->edge, e->maker->slots[i]))
      return fail_at(r, AD_E_KEY, "it would depend on itself (a cycle)", name_of(a));
  return AD_OK;
}

ad_status ad__conn_merge(ad_family *f, ad_model *m, ad_conn *a, ad_conn *b, const char *name, ad_err *e) {
  rewiring r = {.f = f, .m = m, .err = e};
  return merge_two(&r, a, b, name);
}

ad_status ad_model_merge(ad_model *m, const char *names, ad_conn *const *conns, int n, const char *name) {
  if (!m || !m->ctx || !names) return AD_E_VALUE;
  ad_err e = {.code = AD_OK};
  rewiring r = begin(m, &e);
  r.conns = conns, r.n = n;
  ad_status s = may_change(&r);
  ad_conn *k, *first = NULL;
  const char *new_name;
  while (!s && next_name(&r, &names, &k, &new_name)) {
    if (first) s = merge_two(&r, first, k, name);
    first = ad__conn_real(first ? first : k);
  }
  if (!s) s = e.code;
  if (!s && name && first) {
    char *own = ad__arena_text(&r.f->arena, name, strlen(name));
    s = own ? give_name(&r, first, own) : ad__fail(&e, AD_E_MEMORY, "out of memory");
  }
  if (!s) s = ad__solve(r.f, &e);
  return ad__action_end(m, s, &e);
}

/* ---- Standard terminals ---- */

static ad_status set_standard(ad_model *m, const char *names, bool output) {
  if (!m || !m->ctx || !names) return AD_E_VALUE;
  ad_err e = {.code = AD_OK};
  rewiring r = begin(m, &e);
  ad_status s = may_change(&r);
  ad_conn *k;
  const char *new_name;
  while (output && m->std_outs) ad__conn_set_std_out(m, m->std_outs, false);
  for (int i = 0; !output && i < m->conn_count; i++)
    if (m->conns[i]->flags & AD_CONN_STD_IN) AD_SET(r.f, m->conns[i]->flags, m->conns[i]->flags & ~(unsigned)AD_CONN_STD_IN);
  while (!s && next_name(&r, &names, &k, &new_name)) {
    if (output && !(k->flags & AD_CONN_MADE)) s = fail_at(&r, AD_E_VALUE, "no output; a standard output is one", name_of(k));
    else if (!output && !ad__conn_is_input(k)) s = fail_at(&r, AD_E_VALUE, "no input without a value; a standard input is one", name_of(k));
    else if (output) ad__conn_set_std_out(m, k, true);
    else AD_SET(r.f, k->flags, k->flags | AD_CONN_STD_IN);
  }
  return ad__action_end(m, s ? s : e.code, &e);
}

ad_status ad_model_set_standard_inputs(ad_model *m, const char *names) { return set_standard(m, names, false); }
ad_status ad_model_set_standard_outputs(ad_model *m, const char *names) { return set_standard(m, names, true); }

/* ---- State ---- */

static const ad_literal *same_value(ad_look *l) { return l->in[0]; }
static const ad_value_rule same_rule = {.value = same_value};

/* A unit that makes nothing: what is known of one edge is known of the other. */
static bool bind_edges(ad_family *f, ad_model *m, ad_edge *from, ad_edge *to) {
  ad_unit *u = ad__arena_zeroed(&f->arena, sizeof *u + 2 * sizeof u->slots[0], _Alignof(ad_unit));
  if (!u) return false;
  u->rule = &same_rule;
  u->model = m;
  u->inputs = u->outputs = 1;
  u->slots[0] = from;
  u->slots[1] = to;
  ad__unit_queue(f, u);
  return true;
}

static ad_status check_state(const rewiring *r, const ad_conn *in, const ad_conn *out) {
  if (in->flags & AD_CONN_STATE || out->flags & AD_CONN_STATE)
    return fail_at(r, AD_E_KEY, "it is bound as state already", name_of(in->flags & AD_CONN_STATE ? in : out));
  if (!ad__conn_is_input(in)) return fail_at(r, AD_E_KEY, "no input; a state is handed from an output to an input", name_of(in));
  if (!(out->flags & AD_CONN_MADE)) return fail_at(r, AD_E_KEY, "no output; a state is handed from an output to an input", name_of(out));
  return AD_OK;
}

static ad_status bind_state(rewiring *r, ad_conn *in, ad_conn *out, const char *initial) {
  ad_edge *e = ad__edge_root(in->edge);
  ad_bound_state *x = AD_ARENA_NEW(&r->f->arena, ad_bound_state);
  ad_status s = check_state(r, in, out);
  if (s) return s;
  if (!x || !bind_edges(r->f, r->m, out->edge, e)) return ad__fail(r->err, AD_E_MEMORY, "out of memory");
  *x = (ad_bound_state){.in = in, .out = out, .next = r->m->states};
  if (initial && *initial) {
    ad_literal_reader reader = {.arena = &r->f->arena, .start = initial, .at = initial, .err = r->err};
    if (!(x->initial = ad__literal_read(&reader))) return r->err->code;
    if (!ad__literal_is_scalar(x->initial)) return fail_at(r, AD_E_TYPE, "a state begins with a number, or with a tensor that ad_model_set_initial gives", name_of(in));
  }
  if (out->flags & AD_CONN_STD_OUT) ad__conn_set_std_out(r->m, out, false);
  AD_SET(r->f, e->differentiable, -1);
  AD_SET(r->f, in->flags, (in->flags | AD_CONN_STATE) & ~(unsigned)AD_CONN_STD_IN);
  AD_SET(r->f, out->flags, out->flags | AD_CONN_STATE);
  AD_SET(r->f, r->m->states, x);
  return ad__solve(r->f, r->err);
}

ad_status ad_model_bind_state(ad_model *m, const char *input, const char *output, const char *initial) {
  if (!m || !m->ctx || !input || !output) return AD_E_VALUE;
  ad_err e = {.code = AD_OK};
  rewiring r = begin(m, &e);
  ad_status s = may_change(&r);
  ad_conn *in = ad__conn_find(m, input, strlen(input)), *out = ad__conn_find(m, output, strlen(output));
  if (!s && !in) s = ad__conn_missing(m, input, &e);
  if (!s && !out) s = ad__conn_missing(m, output, &e);
  if (!s) s = bind_state(&r, in, out, initial);
  return ad__action_end(m, s, &e);
}
