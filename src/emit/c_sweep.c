/* Steps of regions as C functions.
 *
 * Values of one element are scalars of the function, so that states live in registers from step to step; others are small arrays.
 * What can be printed is what has the library's bits: elementwise ops, views, reductions, products, reads and writes at places; a
 * region with anything else, or with large values, is left to the interpreter, whose kernels are made for those.
 * Not here: the order of sweeps, and where records are (runtime/while_kernel.c). */
#include "emit/c_sweep.h"

#include <string.h>
#include "emit/emit_c.h"
#include "ir/ctx.h"

enum { MOST_ELEMENTS = 256, MOST_NODES = 512 };

typedef struct sweep_printer {
  c_printer *p;
  const ad_c_sweep *s;
  const char **state; /* per state: the scalar or array that it is in */
  const char **next;  /* the same, what it becomes */
} sweep_printer;

static bool is_scalar(const ad_array *a) { return a->type->size == 1; }
static const char *type_of(const ad_array *a) { return ad__c_type(a->type->dtype); }

/* ---- What can be said ---- */

static const c_row *row_of(const ad_array *a) {
  static const c_row *(*const tables[])(const ad_array *) = {ad__c_view_row,   ad__c_reduction_row,  ad__c_product_row,
                                                             ad__c_rows_row,   ad__c_structural_row, ad__c_indexing_row,
                                                             ad__c_sorting_row};
  const c_row *row = NULL;
  for (size_t i = 0; i < sizeof tables / sizeof tables[0] && !row; i++) row = tables[i](a);
  return row;
}

static ad_status check_node(c_printer *p, const ad_array *a) {
  if (a->type->kind != AD_KIND_TENSOR) return ad__c_refuse(p, a, "a tuple");
  if (a->type->size < 1 || a->type->size > MOST_ELEMENTS) return ad__c_refuse(p, a, "a large value in a loop");
  if (a->op == &ad__op_param) return AD_OK;
  if (a->flags & AD_NODE_CONST) return is_scalar(a) ? AD_OK : ad__c_refuse(p, a, "a table in a loop");
  return ad__c_is_elementwise(a) || (row_of(a) && !(a->op->flags & AD_OP_PROJECTS)) ? AD_OK
                                                                                    : ad__c_refuse(p, a, "no form within a loop");
}

/* Composites whose kernels give the bits of what they are composed of: they may be taken apart. */
static const int taken_apart[] = {AD_OP_matmul, AD_OP_mean};

static bool stays_whole(const ad_array *a, void *user) {
  (void)user;
  for (size_t i = 0; i < sizeof taken_apart / sizeof taken_apart[0]; i++)
    if (a->op->id == taken_apart[i]) return false;
  return true;
}

/* The graph to be printed: itself, or one without such composites, which the caller frees. NULL sets e. */
static ad_graph *taken_apart_graph(const ad_graph *g, ad_err *e) {
  for (int i = 0; i < g->nodes.count; i++)
    if (!stays_whole(g->nodes.at[i], NULL)) return ad__lower(g, "c", stays_whole, NULL, e);
  return (ad_graph *)(uintptr_t)g;
}

/* ---- Values ---- */

static void set_place(c_printer *p, const ad_array *a, const char *base) {
  p->places[a->serial] = (c_place){.base = base};
  ad__c_dense_strides(p, a->type, p->places[a->serial].strides);
}

/* What a parameter or an operand's value is called from here on. */
static void name_value(c_printer *p, const ad_array *a, const char *name) {
  if (is_scalar(a)) p->locals[a->serial] = name;
  else set_place(p, a, name);
}

/* Declares a variable and fills it from an address. */
static const char *load_value(c_printer *p, const ad_array *a, const char *wish, const char *address) {
  const char *name = ad__c_name(p, wish), *type = type_of(a);
  if (is_scalar(a)) ad__c_line(p, "%s %s = *(const %s *)(%s);", type, name, type, address);
  else {
    ad__c_line(p, "%s %s[%lld];", type, name, (long long)a->type->size);
    ad__c_line(p, "memcpy(%s, %s, sizeof %s);", name, address, name);
  }
  return name;
}

/* An element of a value whatever it is: of a scalar itself. */
static const char *element(c_printer *p, const ad_array *a, const char *const *index) {
  return p->locals[a->serial] ? p->locals[a->serial] : ad__c_element(p, a, index);
}

/* Copies a value, element by element, to where `to` begins. */
static void print_copy(c_printer *p, const ad_array *a, const char *to) {
  const char *index[AD_MAX_RANK];
  c_place place = {.base = to};
  ad__c_dense_strides(p, a->type, place.strides);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, index);
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, &place, a->type->dtype, a->type->rank, index), element(p, a, index));
  ad__c_close(p, opened);
}

static ad_status print_constant(c_printer *p, const ad_array *a) {
  char *number = ad__arena_zeroed(&p->arena, 16, 8);
  if (!number) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  p->places[a->serial].number = memcpy(number, a->value.data, a->type->item_size);
  return AD_OK;
}

static void print_elementwise(c_printer *p, const ad_array *a) {
  const char *index[AD_MAX_RANK];
  for (int k = 0; k < a->type->rank; k++) index[k] = "0";
  if (is_scalar(a)) {
    ad__c_print_member(p, a, index);
    return;
  }
  const char *name = ad__c_name(p, "t");
  ad__c_line(p, "%s %s[%lld];", type_of(a), name, (long long)a->type->size);
  set_place(p, a, name);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, index);
  ad__c_print_member(p, a, index);
  ad__c_close(p, opened);
}

/* Rows read operands from arrays: a scalar of the function becomes one of one element. */
static void give_place(c_printer *p, const ad_array *x) {
  if (!p->locals[x->serial] || p->places[x->serial].base) return;
  const char *name = ad__c_name(p, "one");
  ad__c_line(p, "const %s %s[1] = {%s};", type_of(x), name, p->locals[x->serial]);
  set_place(p, x, name);
}

static ad_status print_node(c_printer *p, const ad_array *a) {
  if (!p->needed[a->serial] || a->op == &ad__op_param) return AD_OK;
  if (a->flags & AD_NODE_CONST) return print_constant(p, a);
  if (ad__c_is_elementwise(a)) return print_elementwise(p, a), AD_OK;
  for (int k = 0; k < a->n; k++)
    if (a->in[k]) give_place(p, ad__c_input(a, k));
  return row_of(a)->print(p, a);
}

/* ---- One graph within the function ---- */

static bool begin_graph(c_printer *p, const ad_graph *g, int first, int count) {
  size_t n = (size_t)g->nodes.count + 1;
  p->g = g;
  p->places = ad__arena_zeroed(&p->arena, n * sizeof *p->places, _Alignof(c_place));
  p->locals = ad__arena_zeroed(&p->arena, n * sizeof *p->locals, _Alignof(char *));
  p->members = ad__arena_zeroed(&p->arena, n * sizeof *p->members, _Alignof(c_place *));
  p->outputs = ad__arena_zeroed(&p->arena, n * sizeof *p->outputs, _Alignof(char *));
  p->needed = ad__arena_zeroed(&p->arena, n, 1);
  if (!p->places || !p->locals || !p->members || !p->outputs || !p->needed) return false;
  for (int i = first; i < first + count; i++) p->needed[g->results.at[i]->serial] = true;
  for (int i = g->nodes.count; i-- > 0;)
    for (int k = 0; p->needed[i] && k < g->nodes.at[i]->n; k++)
      if (g->nodes.at[i]->in[k]) p->needed[g->nodes.at[i]->in[k]->serial] = true;
  return true;
}

/* What the printer knows of the graph that it is at. */
typedef struct graph_state {
  const ad_graph *g;
  c_place *places, **members;
  const char **locals, **outputs;
  bool *needed;
} graph_state;

static graph_state state_of(const c_printer *p) {
  return (graph_state){p->g, p->places, p->members, p->locals, p->outputs, p->needed};
}

static void return_to(c_printer *p, const graph_state *s) {
  p->g = s->g;
  p->places = s->places;
  p->members = s->members;
  p->locals = s->locals;
  p->outputs = s->outputs;
  p->needed = s->needed;
}

static ad_status check_graph(c_printer *p) {
  if (p->g->nodes.count > MOST_NODES) return ad__fail(p->e, AD_E_NOT_IMPLEMENTED, "a loop of more than %d ops", MOST_NODES);
  for (int i = 0; i < p->g->nodes.count; i++) {
    ad_status s = p->needed[i] ? check_node(p, p->g->nodes.at[i]) : AD_OK;
    if (s) return s;
  }
  return AD_OK;
}

static ad_status print_nodes(c_printer *p) {
  ad_status s = AD_OK;
  for (int i = 0; i < p->g->nodes.count && !s; i++) s = print_node(p, p->g->nodes.at[i]);
  return s;
}

/* ---- The function ---- */

static bool is_between(int i, int first, int count) { return i >= first && i < first + count; }

static void load_still(sweep_printer *w) {
  const ad_graph *g = w->p->g;
  for (int i = 0; i < g->params.count; i++) {
    const ad_array *a = g->params.at[i];
    bool is_state = is_between(i, w->s->state, w->s->states);
    if (is_between(i, w->s->load, w->s->loads) || (!is_state && !w->p->needed[a->serial])) continue;
    const char *name = load_value(w->p, a, is_state ? "s" : "c", ad__c_format(w->p, "param[%d]", i));
    name_value(w->p, a, name);
    if (is_state) w->state[i - w->s->state] = name;
  }
}

/* The body's parameter that the condition's parameter i is: captures stand behind the states of all sweeps. */
static int body_param(const sweep_printer *w, int i) {
  return i < w->s->states ? i : i + w->s->body->params.count - w->s->cond->params.count;
}

/* What the condition reads is loaded with what the body reads. */
static ad_status need_condition(sweep_printer *w) {
  c_printer *p = w->p;
  graph_state body = state_of(p);
  const ad_graph *g = w->s->cond;
  if (!g) return AD_OK;
  if (!begin_graph(p, g, 0, 1)) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  for (int i = 0; i < g->params.count; i++)
    if (p->needed[g->params.at[i]->serial]) body.needed[body.g->params.at[body_param(w, i)]->serial] = true;
  ad_status s = check_graph(p);
  return_to(p, &body);
  return s;
}

/* In the middle of the body's function: the same text, another graph. */
static ad_status print_condition(sweep_printer *w) {
  c_printer *p = w->p;
  graph_state body = state_of(p);
  const char *index[AD_MAX_RANK];
  const ad_graph *g = w->s->cond;
  if (!g) return AD_OK;
  if (!begin_graph(p, g, 0, 1)) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  for (int i = 0; i < g->params.count; i++) {
    const ad_array *of = body.g->params.at[body_param(w, i)];
    if (p->needed[g->params.at[i]->serial])
      name_value(p, g->params.at[i], is_scalar(of) ? body.locals[of->serial] : body.places[of->serial].base);
  }
  ad_status s = print_nodes(p);
  for (int k = 0; k < AD_MAX_RANK; k++) index[k] = "0";
  if (!s) ad__c_line(p, "if (!%s) break;", element(p, g->results.at[0], index));
  return_to(p, &body);
  return s;
}

static void save_states(sweep_printer *w) {
  for (int i = 0; i < w->s->states; i++) {
    const ad_array *a = w->p->g->params.at[w->s->state + i];
    const char *type = type_of(a);
    if (is_scalar(a))
      ad__c_line(w->p, "if (to[%d]) *(%s *)((char *)to[%d] + (ptrdiff_t)t * to_by[%d]) = %s;", i, type, i, i, w->state[i]);
    else
      ad__c_line(w->p, "if (to[%d]) memcpy((char *)to[%d] + (ptrdiff_t)t * to_by[%d], %s, sizeof %s);", i, i, i, w->state[i],
                 w->state[i]);
  }
}

static void load_varying(sweep_printer *w) {
  for (int i = w->s->load; i < w->s->load + w->s->loads; i++) {
    const ad_array *a = w->p->g->params.at[i];
    if (!w->p->needed[a->serial]) continue;
    name_value(w->p, a, load_value(w->p, a, "e", ad__c_format(w->p, "(const char *)from[%d] + (ptrdiff_t)t * by[%d]", i, i)));
  }
}

/* All states at once: what one becomes may be another. */
static void turn_states(sweep_printer *w) {
  c_printer *p = w->p;
  const ad_graph *g = p->g;
  for (int i = 0; i < w->s->states; i++) {
    const ad_array *a = g->results.at[w->s->state + i];
    w->next[i] = ad__c_name(p, "next");
    ad__c_line(p, is_scalar(a) ? "%s %s[1];" : "%s %s[%lld];", type_of(a), w->next[i], (long long)a->type->size);
    print_copy(p, a, w->next[i]);
  }
  for (int i = 0; i < w->s->states; i++) {
    if (is_scalar(g->results.at[w->s->state + i])) ad__c_line(p, "%s = %s[0];", w->state[i], w->next[i]);
    else ad__c_line(p, "memcpy(%s, %s, sizeof %s);", w->state[i], w->next[i], w->state[i]);
  }
}

static void save_results(sweep_printer *w) {
  c_printer *p = w->p;
  for (int i = 0; i < w->s->results; i++) {
    const ad_array *a = p->g->results.at[w->s->result + i];
    const char *name = ad__c_name(p, "q");
    int k = w->s->states + i;
    ad__c_line(p, "%s *const %s = (%s *)((char *)to[%d] + (ptrdiff_t)t * to_by[%d]);", type_of(a), name, type_of(a), k, k);
    print_copy(p, a, name);
  }
}

static void store_states(sweep_printer *w) {
  for (int i = 0; i < w->s->states; i++) {
    const ad_array *a = w->p->g->params.at[w->s->state + i];
    if (is_scalar(a)) ad__c_line(w->p, "*(%s *)param[%d] = %s;", type_of(a), w->s->state + i, w->state[i]);
    else ad__c_line(w->p, "memcpy(param[%d], %s, sizeof %s);", w->s->state + i, w->state[i], w->state[i]);
  }
}

static ad_status print_body(sweep_printer *w) {
  c_printer *p = w->p;
  int first = w->s->states ? w->s->state : w->s->result, count = w->s->states + w->s->results;
  if (!begin_graph(p, w->s->body, first, count)) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  ad_status s = check_graph(p);
  for (int i = 0; i < w->s->states && !s; i++) s = check_node(p, p->g->params.at[w->s->state + i]);
  if (!s) s = need_condition(w);
  if (s) return s;
  load_still(w);
  ad__c_line(p, "uint64_t t = 0;");
  ad__c_line(p, "for (; t < n; t++) {");
  p->depth++;
  s = print_condition(w);
  if (s) return s;
  save_states(w);
  load_varying(w);
  s = print_nodes(p);
  if (s) return s;
  save_results(w);
  turn_states(w);
  ad__c_close(p, 1);
  store_states(w);
  ad__c_line(p, "return t;");
  return s;
}

static ad_status print_function(sweep_printer *w, const char *name, ad_text *out) {
  static const char *const own[] = {"param", "from", "by", "to", "to_by",       "n",     "t",
                                    "i",     "j",    "k",  "l",  "INDEPENDENT", "SHORT", NULL};
  static const char *const letters[] = {"i", "j", "k", "l"};
  c_printer *p = w->p;
  ad__emit_names_reserve(&p->names, ad__c_reserved);
  ad__emit_names_reserve(&p->names, own);
  p->index_type = "int";
  for (int i = 0; i < C_MOST_LOOPS; i++) p->index_names[i] = i < 4 ? letters[i] : ad__c_name(p, "i");
  ad_status s = print_body(w);
  if (s) return s;
  ad__c_declare_rooms(p);
  ad__text_fmt(out,
               "\nuint64_t %s(void *const *param, const void *const *from, const ptrdiff_t *by, void *const *to, const ptrdiff_t "
               "*to_by, uint64_t n) {\n",
               name);
  ad__text_add(out, "  (void)from, (void)by, (void)to, (void)to_by;\n");
  ad__text_add(out, ad__text_str(&p->data));
  ad__text_add(out, ad__text_str(&p->body));
  ad__text_add(out, "}\n");
  return AD_OK;
}

static ad_status print_sweep(const ad_c_sweep *sweep, const char *name, ad_text *out, ad_err *e) {
  c_printer p = {.e = e};
  sweep_printer w = {.p = &p, .s = sweep};
  ad__arena_init(&p.arena, out->mem);
  ad__text_init(&p.data, out->mem);
  ad__text_init(&p.body, out->mem);
  ad__emit_names_init(&p.names, out->mem, &p.arena);
  size_t names = ((size_t)sweep->states + 1) * sizeof(char *);
  w.state = ad__arena_zeroed(&p.arena, names, _Alignof(char *));
  w.next = ad__arena_zeroed(&p.arena, names, _Alignof(char *));
  ad_status s = w.state && w.next ? print_function(&w, name, out) : AD_E_MEMORY;
  if (s == AD_E_MEMORY || p.body.failed || p.data.failed || p.names.failed || out->failed)
    s = ad__fail(e, AD_E_MEMORY, "emit: out of memory");
  ad__emit_names_free(&p.names);
  ad__text_free(&p.body);
  ad__text_free(&p.data);
  ad__arena_free(&p.arena);
  return s;
}

ad_status ad__c_print_sweep(const ad_c_sweep *sweep, const char *name, ad_text *out, ad_err *e) {
  ad_c_sweep s = *sweep;
  ad_graph *body = taken_apart_graph(s.body, e), *cond = s.cond && body ? taken_apart_graph(s.cond, e) : NULL;
  s.body = body;
  s.cond = cond;
  ad_status code = body && (cond || !sweep->cond) ? print_sweep(&s, name, out, e) : e->code;
  if (body && body != sweep->body) ad_graph_free(body);
  if (cond && cond != sweep->cond) ad_graph_free(cond);
  return code;
}
