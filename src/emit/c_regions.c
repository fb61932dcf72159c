/* Regions in printed C: a static function for each, and the branch or loop around its calls.
 *
 *   for (;;) {
 *     newton_cond(x, &go);
 *     if (!go) break;
 *     newton_body(x, x_next);
 *     memcpy(x, x_next, sizeof(float) * 3);
 *   }
 *
 * Operands and states are dense arrays. A while_loop with several sweeps (see ops/regions.c) has one function for each; the
 * states that later sweeps read are kept, step by step, in arrays of NAME_STEPS entries. A loop that resumes another begins with the
 * sweeps that the other has not run, and reads what it kept; where the other stands in another function, all sweeps are run. */
#include <string.h>
#include "emit/emit_c.h"
#include "ir/ctx.h"
#include "ops/regions.h"

/* ---- Results of several ---- */

bool ad__c_members(c_printer *p, const ad_array *a) {
  c_place *members = ad__arena_zeroed(&p->arena, ((size_t)a->type->rank + 1) * sizeof *members, _Alignof(c_place));
  if (!members) return p->body.failed = true, false;
  p->members[a->serial] = members;
  for (int k = 0; k < a->type->rank; k++) {
    const ad_type *t = a->type->members[k];
    members[k].base = ad__c_room(p, ad__c_type(t->dtype), a->op->name, ad__c_count(p, t));
    ad__c_dense_strides(p, t, members[k].strides);
  }
  return true;
}

static ad_status print_item(c_printer *p, const ad_array *a) {
  p->places[a->serial] = p->members[ad__c_input(a, 0)->serial][ad__attr(a, 0)->as.i];
  return AD_OK;
}

const c_row ad__c_item_row = {AD_OP_item, NULL, print_item, true};

/* A pointer to the elements in row-major order. */
static const char *dense(c_printer *p, const ad_array *a) { return ad__c_dense(p, a, a->type->dtype, "operand"); }

static const char **names(c_printer *p, int n) {
  const char **at = ad__arena_array(&p->arena, (size_t)n + 1, sizeof *at, _Alignof(char *));
  if (!at) p->body.failed = true;
  return at;
}

static void copy_state(c_printer *p, const ad_type *t, const char *to, const char *from) {
  if (t->size) ad__c_line(p, "memcpy(%s, %s, %lld * sizeof(%s));", to, from, (long long)t->size, ad__c_type(t->dtype));
}

/* A number of the function's own. */
static const char *local(c_printer *p, const char *type, const char *wish) {
  const char *name = ad__c_name(p, wish);
  ad__text_fmt(&p->data, "  %s %s;\n", type, name);
  return name;
}

/* ---- Functions ---- */

static ad_status add_region(c_printer *p, const ad_graph *g, int first, int count, const char **name) {
  *name = ad__c_function_name(p->file, ad__c_format(p, "%s_%s", p->file->name, g->name));
  return ad__c_add_function(p->file, g, &(c_request){.name = *name, .is_own = true, .first = first, .count = count}, p->e);
}

static void print_call(c_printer *p, const char *function, const char *const *in, int n, const char *const *out, int m) {
  ad_text line;
  ad__text_init(&line, p->body.mem);
  int count = 0;
  for (int i = 0; i < p->file->symbol_count; i++) ad__text_fmt(&line, count++ ? ", %s" : "%s", p->symbols[i]);
  for (int i = 0; i < n; i++) ad__text_fmt(&line, count++ ? ", %s" : "%s", in[i]);
  for (int i = 0; i < m; i++) ad__text_fmt(&line, count++ ? ", %s" : "%s", out[i]);
  ad__c_line(p, "%s(%s);", function, ad__c_keep(p, &line));
}

/* ---- cond ---- */

static ad_status print_cond(c_printer *p, const ad_array *a) {
  const char *branch[2], **in = names(p, a->n), **out = names(p, a->type->rank), *none[AD_MAX_RANK] = {NULL};
  if (!in || !out || !ad__c_members(p, a)) return AD_OK;
  for (int k = 0; k < 2; k++) {
    ad_status s = add_region(p, ad__region_of(a->attrs->at, k ? AD_COND_ELSE : AD_COND_THEN), 0, 0, &branch[k]);
    if (s) return s;
  }
  for (int i = 1; i < a->n; i++) in[i - 1] = dense(p, ad__c_input(a, i));
  for (int i = 0; i < a->type->rank; i++) out[i] = p->members[a->serial][i].base;
  ad__c_line(p, "if (%s) {", ad__c_element(p, ad__c_input(a, 0), none));
  p->depth++;
  print_call(p, branch[0], in, a->n - 1, out, a->type->rank);
  p->depth--;
  ad__c_line(p, "} else {");
  p->depth++;
  print_call(p, branch[1], in, a->n - 1, out, a->type->rank);
  p->depth--;
  ad__c_line(p, "}");
  return AD_OK;
}

/* ---- while_loop ---- */

struct c_loop {
  const ad_array *a;
  const c_loop *resumed; /* the loop whose sweeps are the first of this one; NULL: none */
  int operands;          /* of the body */
  const ad_graph *cond, *body;
  int sweeps, states;
  const int64_t *sizes;
  const char **in;      /* of the body: states, then captures */
  const char **next;
  const char **records; /* per state; NULL: not kept */
  bool *reads;          /* per sweep and state */
  const char *steps;    /* how many there were; NULL: nothing counts them */
  bool has_limit;       /* of steps: their states are kept */
};

static bool *reads_of(const c_loop *w, int sweep) { return w->reads + (size_t)sweep * ((size_t)w->operands + 1); }

static bool saves(const c_loop *w, int state) {
  const ad_attr *list = &w->a->attrs->at[AD_WHILE_SAVES];
  for (int i = 0; list->given && i < list->count; i++)
    if (list->as.ints[i] == state) return true;
  return false;
}

/* The loop printed here whose record the last operand is. */
static const c_loop *resumed_by(const c_printer *p, const ad_array *a) {
  if (!a->attrs->at[AD_WHILE_RESUMES].given) return NULL;
  const ad_array *record = ad__c_input(a, a->n - 1);
  return record->op->id == AD_OP_loop_record ? p->loops[ad__c_input(record, 0)->serial] : NULL;
}

/* Which parameters the results first.. of the body need. */
static ad_status find_reads(c_printer *p, c_loop *w) {
  const ad_graph *g = w->body;
  bool *needed = ad__arena_zeroed(&p->arena, (size_t)g->nodes.count + 1, 1);
  w->reads = ad__arena_zeroed(&p->arena, (size_t)w->sweeps * ((size_t)w->operands + 1), 1);
  if (!needed || !w->reads) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  for (int k = 0, first = 0; k < w->sweeps; first += (int)w->sizes[k++]) {
    memset(needed, 0, (size_t)g->nodes.count);
    for (int i = first; i < first + w->sizes[k]; i++) needed[g->results.at[i]->serial] = true;
    for (int i = g->nodes.count; i-- > 0;)
      for (int n = 0; needed[i] && n < g->nodes.at[i]->n; n++)
        if (g->nodes.at[i]->in[n]) needed[g->nodes.at[i]->in[n]->serial] = true;
    for (int i = 0; i < w->states; i++) reads_of(w, k)[i] = needed[g->params.at[i]->serial];
  }
  return AD_OK;
}

/* Arrays for the states that a later sweep reads, or another loop that resumes this one. */
static void make_records(c_printer *p, c_loop *w) {
  const char *most = p->file->steps_macro;
  for (int k = 0, state = 0; k < w->sweeps; k++)
    for (int end = state + (int)w->sizes[k]; state < end; state++) {
      bool read = saves(w, state);
      for (int later = k + 1; later < w->sweeps; later++) read |= reads_of(w, later)[state];
      if (w->resumed && state < w->resumed->states) {
        w->records[state] = w->resumed->records[state];
        continue;
      }
      const ad_type *t = w->a->type->members[state];
      if (!read || !t->size) continue;
      const char *type = ad__c_type(t->dtype), *size = ad__c_format(p, "%s * %lld", most, (long long)t->size);
      w->records[state] = ad__c_name(p, "record");
      ad__text_fmt(&p->data, "  static %s %s[%s];\n", type, w->records[state], size);
      ad__text_fmt(&p->file->arena, "%s%s * sizeof(%s)", p->file->arena.length ? " + " : "", size, type);
      p->file->has_status = w->has_limit = true;
    }
}

static void keep_states(c_printer *p, const c_loop *w, int first, int count, const char *at) {
  for (int i = first; i < first + count; i++)
    if (w->records[i]) {
      const ad_type *t = w->a->type->members[i];
      copy_state(p, t, ad__c_format(p, "%s + %s * %lld", w->records[i], at, (long long)t->size), w->in[i]);
    }
}

static void turn(c_printer *p, const c_loop *w, int first, int count) {
  for (int i = first; i < first + count; i++) copy_state(p, w->a->type->members[i], w->in[i], w->next[i]);
}

static ad_status first_sweep(c_printer *p, const c_loop *w) {
  const char *cond, *body, **in = names(p, w->operands);
  const char *go = local(p, "uint8_t", "go"), *to_go = ad__c_format(p, "&%s", go);
  int n = (int)w->sizes[0], captures = w->operands - w->states;
  ad_status s = add_region(p, w->cond, 0, 0, &cond);
  if (!s) s = add_region(p, w->body, 0, n, &body);
  if (s || !in) return s;
  for (int i = 0; i < n; i++) in[i] = w->in[i];
  for (int i = 0; i < captures; i++) in[n + i] = w->in[w->states + i];
  if (w->steps) ad__c_line(p, "%s = 0;", w->steps);
  ad__c_line(p, "for (;;) {");
  p->depth++;
  print_call(p, cond, in, n + captures, &to_go, 1);
  ad__c_line(p, "if (!%s) break;", go);
  if (w->has_limit) {
    ad__c_line(p, "if (%s == %s) {", w->steps, p->file->steps_macro);
    ad__c_line(p, "  %s = 1;", p->file->status);
    ad__c_line(p, "  break;");
    ad__c_line(p, "}");
    keep_states(p, w, 0, n, w->steps);
  }
  print_call(p, body, w->in, w->operands, w->next, n);
  turn(p, w, 0, n);
  if (w->steps) ad__c_line(p, "%s++;", w->steps);
  p->depth--;
  ad__c_line(p, "}");
  return AD_OK;
}

/* Odd sweeps go from the last step to the first; a record is in the order of its sweep. */
static ad_status later_sweep(c_printer *p, const c_loop *w, int k, int first) {
  int n = (int)w->sizes[k];
  const char *body, **in = names(p, w->operands), *i = p->index_names[p->depth], *back = ad__c_format(p, "%s - 1 - %s", w->steps, i);
  if (!n) return AD_OK;
  ad_status s = add_region(p, w->body, first, n, &body);
  if (s || !in) return s;
  for (int m = 0, state = 0; m < w->sweeps; m++)
    for (int end = state + (int)w->sizes[m]; state < end; state++) {
      bool same_way = (m & 1) == (k & 1);
      bool kept = m < k && w->records[state] && reads_of(w, k)[state];
      in[state] = !kept ? w->in[state]
                        : ad__c_format(p, "%s + (%s) * %lld", w->records[state], same_way ? i : back,
                                       (long long)w->a->type->members[state]->size);
    }
  for (int m = w->states; m < w->operands; m++) in[m] = w->in[m];
  ad__c_line(p, "for (int64_t %s = 0; %s < %s; %s++) {", i, i, w->steps, i);
  p->depth++;
  keep_states(p, w, first, n, i);
  print_call(p, body, in, w->operands, w->next + first, n);
  turn(p, w, first, n);
  p->depth--;
  ad__c_line(p, "}");
  return AD_OK;
}

static bool begin_loop(c_printer *p, c_loop *w) {
  const ad_array *a = w->a;
  const ad_attr *at = a->attrs->at;
  w->cond = ad__region_of(at, AD_WHILE_COND);
  w->body = ad__region_of(at, AD_WHILE_BODY);
  w->sweeps = at[AD_WHILE_SWEEPS].count;
  w->sizes = at[AD_WHILE_SWEEPS].as.ints;
  w->operands = a->n - (at[AD_WHILE_RESUMES].given ? 1 : 0);
  w->resumed = resumed_by(p, a);
  w->in = names(p, a->n);
  w->next = names(p, a->n);
  w->records = ad__arena_zeroed(&p->arena, ((size_t)a->n + 1) * sizeof(char *), _Alignof(char *));
  for (int k = 0; k < w->sweeps; k++) w->states += (int)w->sizes[k];
  return w->in && w->next && w->records && ad__c_members(p, a);
}

/* States that another loop has brought to their end are its results. */
static void make_states(c_printer *p, c_loop *w) {
  const ad_array *a = w->a;
  c_place *members = p->members[a->serial];
  for (int i = 0; i < w->states; i++) {
    bool done = w->resumed && i < w->resumed->states;
    if (done) members[i] = p->members[w->resumed->a->serial][i];
    w->in[i] = members[i].base;
    if (done) continue;
    w->next[i] = ad__c_room(p, ad__c_type(a->type->members[i]->dtype), "next", a->type->members[i]->size);
    ad__c_copy_dense(p, ad__c_input(a, i), ad__c_input(a, i)->type->dtype, w->in[i]);
  }
  for (int i = w->states; i < w->operands; i++) w->in[i] = dense(p, ad__c_input(a, i));
}

static ad_status print_while(c_printer *p, const ad_array *a) {
  c_loop *w = AD_ARENA_NEW(&p->arena, c_loop);
  if (!w) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  *w = (c_loop){.a = a};
  if (!begin_loop(p, w)) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  p->loops[a->serial] = w;
  ad_status s = find_reads(p, w);
  if (s) return s;
  make_states(p, w);
  if (w->resumed) w->steps = w->resumed->steps;
  else if (w->sweeps > 1 || a->attrs->at[AD_WHILE_SAVES].given) w->steps = local(p, "int64_t", "steps");
  make_records(p, w);
  int k = w->resumed ? w->resumed->sweeps : 0, first = w->resumed ? w->resumed->states : 0;
  if (!k) {
    s = first_sweep(p, w);
    first += (int)w->sizes[k++];
  }
  for (; k < w->sweeps && !s; first += (int)w->sizes[k++]) s = later_sweep(p, w, k, first);
  return s;
}

/* A record is nothing by itself: the loop that resumes finds the arrays. */
static ad_status print_record(c_printer *p, const ad_array *a) {
  p->places[a->serial].base = "NULL";
  return AD_OK;
}

/* ---- scan ---- */

static ad_status print_scan(c_printer *p, const ad_array *a) {
  const ad_attr *at = a->attrs->at;
  int carries = (int)at[AD_SCAN_CARRIES].as.i, stacked = (int)at[AD_SCAN_STACKED].as.i, results = a->type->rank;
  int64_t length = at[AD_SCAN_LENGTH].as.i;
  const char *body, **in = names(p, a->n), **out = names(p, results), **next = names(p, results);
  if (!in || !out || !next || !ad__c_members(p, a)) return AD_OK;
  ad_status s = add_region(p, ad__region_of(at, AD_SCAN_BODY), 0, 0, &body);
  if (s) return s;
  for (int i = 0; i < results; i++) out[i] = p->members[a->serial][i].base;
  for (int i = 0; i < carries; i++) {
    ad__c_copy_dense(p, ad__c_input(a, i), ad__c_input(a, i)->type->dtype, out[i]);
    in[i] = out[i];
    next[i] = ad__c_room(p, ad__c_type(a->type->members[i]->dtype), "next", a->type->members[i]->size);
  }
  for (int i = carries; i < a->n; i++) in[i] = dense(p, ad__c_input(a, i));
  if (!length) return AD_OK;
  const char *i = p->index_names[p->depth];
  bool reverse = at[AD_SCAN_REVERSE].as.i != 0;
  const char *t = reverse ? ad__c_format(p, "(%lld - %s)", (long long)length - 1, i) : i;
  for (int k = carries; k < carries + stacked; k++)
    in[k] = ad__c_format(p, "%s + %s * %lld", in[k], t, (long long)(ad__c_input(a, k)->type->size / length));
  for (int k = carries; k < results; k++)
    next[k] = ad__c_format(p, "%s + %s * %lld", out[k], t, (long long)(a->type->members[k]->size / length));
  ad__c_line(p, "for (%s %s = 0; %s < %lld; %s++) {", p->index_type, i, i, (long long)length, i);
  p->depth++;
  print_call(p, body, in, a->n, next, results);
  for (int k = 0; k < carries; k++) copy_state(p, a->type->members[k], out[k], next[k]);
  p->depth--;
  ad__c_line(p, "}");
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_cond, NULL, print_cond, false},
    {AD_OP_while_loop, NULL, print_while, false},
    {AD_OP_loop_record, NULL, print_record, false},
    {AD_OP_scan, NULL, print_scan, false},
};

static const c_row *row_of(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id) return &rows[i];
  return NULL;
}

const c_row *ad__c_region_row(const ad_array *a) {
  if (a->op->id == AD_OP_item && !(ad__c_input(a, 0)->op->flags & AD_OP_HOLDS) && row_of(ad__c_input(a, 0))) return &ad__c_item_row;
  return row_of(a);
}
