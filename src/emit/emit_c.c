/* The C printer: a graph as one C99 function.
 *
 *   void scaled(const float *x, float *y) {
 *     for (int i = 0; i < 12; i++) {
 *       const float t = ad_f32_exp(x[i]);
 *       y[i] = t * 2.0f;
 *     }
 *   }
 *
 * Nodes are taken in order. An elementwise node joins the open loop of its shape; any other node first has the loops printed
 * that it reads from. Invariant: a loop that is open has no reader outside itself, so printing it later than its nodes stand
 * changes nothing. Not here: the file around the functions (c_file.c); symbolic dims, tuples as parameters: refused by name. */
#include <string.h>
#include "emit/carry.h"
#include "emit/emit_c.h"
#include "ir/ctx.h"

enum { MOST_ELEMENTS = 1 << 22, NUMBERS_PER_LINE = 12 };

/* ---- What can be said ---- */

/* The row that prints a node, of whatever table. */
static const c_row *row_of(const ad_array *a) {
  static const c_row *(*const tables[])(const ad_array *) = {ad__c_view_row, ad__c_reduction_row, ad__c_product_row, ad__c_rows_row,
                                                             ad__c_structural_row, ad__c_indexing_row, ad__c_linalg_row, ad__c_sorting_row,
                                                             ad__c_convolution_row, ad__c_fourier_row,
                                                             ad__c_segments_row, ad__c_taps_row, ad__c_windows_row, ad__c_resize_row, ad__c_region_row};
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    const c_row *row = tables[i](a);
    if (row) return row;
  }
  return NULL;
}

static bool has_symbols(const ad_type *t) {
  for (int i = 0; t->kind == AD_KIND_TUPLE && i < t->rank; i++)
    if (has_symbols(t->members[i])) return true;
  return t->kind == AD_KIND_TENSOR && t->size < 0;
}

/* Does its row print it for the sizes that it has? */
static bool fits_sizes(const c_row *row, const ad_array *a) {
  bool symbolic = has_symbols(a->type);
  for (int i = 0; i < a->n && !symbolic; i++) symbolic = a->in[i] && has_symbols(a->in[i]->type);
  return !symbolic || row->any_size;
}

/* In a graph with symbols, what rows cannot print for every size is composed even where it has numbers: so the same graph with numbers
 * for symbols is lowered alike. */
static bool can_emit(const ad_array *a, void *user) {
  const bool *symbolic = user;
  if (ad__c_is_elementwise(a)) return true;
  const c_row *row = row_of(a);
  return row && (row->any_size || !*symbolic || !a->op->compose);
}

static ad_status check_types(c_printer *p) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    if (!p->needed[i] && a->op != &ad__op_param) continue;
    if (a->type->kind != AD_KIND_TENSOR && !(a->op->flags & AD_OP_HOLDS) && !row_of(a))
      return ad__c_refuse(p, a, "a tuple as one value; its members are right");
  }
  for (int i = 0; i < g->results.count; i++)
    if (ad__emit_resolve(g->results.at[i])->type->kind != AD_KIND_TENSOR)
      return ad__c_refuse(p, g->results.at[i], "a tuple as a result; its members as results are right");
  return AD_OK;
}

/* ---- Constants ---- */

static void print_numbers(c_printer *p, const ad_array *a, const int64_t *strides, int axis, const char *at, int64_t *count) {
  if (axis == a->type->rank) {
    ad__text_add(&p->data, !*count ? "\n    " : *count % NUMBERS_PER_LINE ? ", " : ",\n    ");
    const char *number = ad__c_number(p, a->type->dtype, at);
    bool parted = number[0] == '(' && number[1] == '-'; /* nothing stands beside it here */
    ad__text_add_n(&p->data, number + parted, strlen(number) - 2 * (size_t)parted);
    ++*count;
    return;
  }
  for (int64_t i = 0; i < a->type->dims[axis]; i++) print_numbers(p, a, strides, axis + 1, at + i * strides[axis], count);
}

/* A constant that lies outside: a pointer to it. False when it is none. */
static bool print_weight(c_printer *p, const ad_array *a, c_place *place) {
  const c_weight *w = ad__c_weight_of(&p->file->weights, a);
  if (!w) return false;
  const char *type = ad__c_type(a->type->dtype);
  place->base = ad__c_name(p, w->name);
  ad__text_fmt(&p->data, "  const %s *const %s = (const %s *)(const void *)(%s + %s);\n", type, place->base, type, p->weights, w->at);
  ad__c_dense_strides(p, a->type, place->strides);
  return true;
}

/* A number stands where it is used, a table becomes a static array. */
static ad_status print_constant(c_printer *p, const ad_array *a) {
  const ad_type *t = a->type;
  c_place *place = &p->places[a->serial];
  int64_t dense[AD_MAX_RANK], count = 0;
  ad__type_strides(t, dense);
  const int64_t *strides = a->value.strides ? a->value.strides : dense;
  if (p->weights && print_weight(p, a, place)) return AD_OK;
  if (!t->size || ad__c_is_uniform(a)) {
    char *zero = ad__arena_zeroed(&p->arena, 16, 8);
    if (!zero) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
    if (t->size) memcpy(zero, a->value.data, t->item_size);
    place->number = zero;
    return AD_OK;
  }
  if (t->size > MOST_ELEMENTS) return ad__c_refuse(p, a, "a constant of more than 4194304 elements; weights outside the text, or a parameter, are right");
  const char *name = p->g->names[a->serial];
  place->base = ad__c_name(p, name ? name : "table");
  ad__text_fmt(&p->data, "  static const %s %s[%lld] = {", ad__c_type(t->dtype), place->base, (long long)t->size);
  print_numbers(p, a, strides, 0, a->value.data, &count);
  ad__text_add(&p->data, "};\n");
  for (int i = 0; i < t->rank; i++) place->strides[i] = dense[i] / (int64_t)t->item_size;
  return AD_OK;
}

/* ---- Loops that are open ---- */

enum { MOST_OPEN = sizeof((c_printer *)0)->open / sizeof(c_group *) };

static void close_group(c_printer *p, c_group *g) {
  for (int i = 0; i < MOST_OPEN; i++)
    if (p->open[i] == g) p->open[i] = NULL;
  ad__c_print_group(p, g);
}

static void close_inputs(c_printer *p, const ad_array *a, const c_group *but) {
  for (int i = 0; i < a->n; i++) {
    c_group *g = a->in[i] ? p->groups[ad__c_input(a, i)->serial] : NULL;
    if (g && g != but && g->open) close_group(p, g);
  }
}

static bool same_shape(const ad_type *a, const ad_type *b) {
  return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* The open group of that shape, or a new one. */
static c_group *group_for(c_printer *p, const ad_type *shape) {
  int free = -1;
  for (int i = 0; i < MOST_OPEN; i++) {
    c_group *g = p->open[i];
    if (!g) free = i;
    else if (same_shape(g->shape, shape) && g->count < C_MOST_MEMBERS) return g;
    else if (same_shape(g->shape, shape)) close_group(p, g), free = i;
  }
  if (free < 0) close_group(p, p->open[free = 0]);
  c_group *g = AD_ARENA_NEW(&p->arena, c_group);
  if (!g) return NULL;
  g->shape = shape;
  g->open = true;
  return p->open[free] = g;
}

static ad_status print_elementwise(c_printer *p, const ad_array *a) {
  c_group *g = group_for(p, a->type);
  if (!g) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  close_inputs(p, a, g);
  p->groups[a->serial] = g;
  g->members[g->count++] = (int)a->serial;
  return AD_OK;
}

static ad_status print_node(c_printer *p, const ad_array *a) {
  if (!p->needed[a->serial] || a->op == &ad__op_param || a->op->flags & AD_OP_HOLDS) return AD_OK;
  if (a->flags & AD_NODE_CONST) return print_constant(p, a);
  if (ad__c_is_elementwise(a)) return print_elementwise(p, a);
  const c_row *row = row_of(a);
  if (!row) return ad__c_refuse(p, a, "the C target has no way to write it; the members of a tuple the graph makes are right");
  if (!fits_sizes(row, a)) return ad__c_refuse(p, a, "a symbolic dim; numbers are right: the graph called on arrays of a shape, and traced");
  close_inputs(p, a, NULL);
  return row->print(p, a);
}

/* ---- Parameters and results ---- */

static bool writes_itself(const ad_array *a) {
  return a->op != &ad__op_param && !(a->flags & AD_NODE_CONST) && !(a->op->flags & AD_OP_PROJECTS) && !ad__c_view_row(a);
}

static void name_params(c_printer *p) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->params.count; i++) {
    const ad_array *a = g->params.at[i];
    c_place *place = &p->places[a->serial];
    place->base = ad__c_name(p, g->names[a->serial]);
    ad__c_dense_strides(p, a->type, place->strides);
  }
}

/* The names of the parameters that results are written to. */
static const char **name_results(c_printer *p) {
  const ad_graph *g = p->g;
  const char **names = ad__arena_array(&p->arena, (size_t)g->results.count + 1, sizeof *names, _Alignof(char *));
  if (!names) return NULL;
  for (int i = 0; i < g->results.count; i++) {
    const ad_array *a = ad__emit_resolve(g->results.at[i]);
    const char *wish = a->op == &ad__op_param ? NULL : g->names[a->serial];
    names[i] = ad__c_name(p, wish ? wish : "out");
    if (writes_itself(a) && !p->outputs[a->serial]) p->outputs[a->serial] = names[i];
  }
  return names;
}

/* Results that are not computed into their parameter: copies. */
static void print_results(c_printer *p, const char *const *names) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->results.count; i++) {
    const ad_array *a = ad__emit_resolve(g->results.at[i]);
    const char *index[AD_MAX_RANK];
    if (p->outputs[a->serial] == names[i]) continue;
    c_place to = {.base = names[i]};
    ad__c_dense_strides(p, a->type, to.strides);
    int opened = ad__c_open(p, a->type->rank, a->type->dims, index);
    ad__c_line(p, "%s = %s;", ad__c_element_of(p, &to, a->type->dtype, a->type->rank, index), ad__c_element(p, a, index));
    ad__c_close(p, opened);
  }
}

/* ---- The whole ---- */

static void count_uses(c_printer *p) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->nodes.count; i++)
    for (int k = 0; p->needed[i] && k < g->nodes.at[i]->n; k++)
      if (g->nodes.at[i]->in[k]) p->uses[ad__c_input(g->nodes.at[i], k)->serial]++;
  for (int i = 0; i < g->results.count; i++) p->uses[ad__emit_resolve(g->results.at[i])->serial]++;
}

static bool is_large(const ad_graph *g) {
  if (ad__graph_is_symbolic(g)) return true;
  for (int i = 0; i < g->nodes.count; i++)
    if (g->nodes.at[i]->type->size > INT32_MAX / 2) return true;
  return false;
}

static void name_indices(c_printer *p) {
  static const char *const letters[] = {"i", "j", "k", "l", "m", "n"};
  p->index_type = is_large(p->g) ? "int64_t" : "int";
  for (int i = 0; i < C_MOST_LOOPS; i++) p->index_names[i] = ad__c_name(p, i < 6 ? letters[i] : ad__c_format(p, "i%d", i));
}

/* The function's name is taken from outside; arrays may not have it. */
static ad_status print_graph(c_printer *p, const c_request *r) {
  ad__c_reserve_names(p->file, &p->names);
  ad__emit_names_reserve(&p->names, (const char *const[]){r->name, NULL});
  ad_status s = check_types(p);
  if (s) return s;
  if (!r->is_own && p->symbolic) s = ad__c_find_symbols(p);
  if (s) return s;
  name_params(p);
  ad__c_name_symbols(p);
  const char **results = name_results(p);
  if (!results) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  name_indices(p);
  if (!r->is_own && p->file->opts->outside && !ad__c_name_weights(p)) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  count_uses(p);
  for (int i = 0; !s && i < p->g->nodes.count; i++) s = print_node(p, p->g->nodes.at[i]);
  if (s) return s;
  for (int i = 0; i < MOST_OPEN; i++)
    if (p->open[i]) close_group(p, p->open[i]);
  print_results(p, results);
  s = ad__c_place_rooms(p);
  if (!s) ad__c_print_function(p, r, results);
  if (!s && !r->is_own && p->file->opts->example) ad__c_print_example(p, results);
  return s;
}

static bool allocate(c_printer *p) {
  size_t n = (size_t)p->g->nodes.count + 1;
  p->places = ad__arena_zeroed(&p->arena, n * sizeof *p->places, _Alignof(c_place));
  p->locals = ad__arena_zeroed(&p->arena, n * sizeof *p->locals, _Alignof(char *));
  p->members = ad__arena_zeroed(&p->arena, n * sizeof *p->members, _Alignof(c_place *));
  p->loops = ad__arena_zeroed(&p->arena, n * sizeof *p->loops, _Alignof(c_loop *));
  p->groups = ad__arena_zeroed(&p->arena, n * sizeof *p->groups, _Alignof(c_group *));
  p->uses = ad__arena_zeroed(&p->arena, n * sizeof *p->uses, _Alignof(int));
  p->needed = ad__arena_zeroed(&p->arena, n, 1);
  p->outputs = ad__arena_zeroed(&p->arena, n * sizeof *p->outputs, _Alignof(char *));
  return p->places && p->members && p->loops && p->locals && p->groups && p->uses && p->needed && p->outputs;
}

/* Only results first.. of the copy, which is ours. */
static void keep_results(ad_graph *g, const c_request *r) {
  if (!r->count) return;
  memmove(g->results.at, g->results.at + r->first, (size_t)r->count * sizeof *g->results.at);
  g->results.count = r->count;
}

ad_graph *ad__c_lower(const ad_graph *g, bool symbolic, ad_err *e) { return ad__lower(g, "c", can_emit, &symbolic, e); }

ad_status ad__c_add_function(c_file *f, const ad_graph *given, const c_request *r, ad_err *e) {
  bool symbolic = ad__graph_is_symbolic(given);
  ad_graph *g = ad__c_lower(given, symbolic, e);
  if (!g) return e->code;
  ad_status s = symbolic && !r->is_own ? ad__c_check_symbols(given, g, e) : AD_OK;
  if (s) {
    ad_graph_free(g);
    return s;
  }
  keep_results(g, r);
  ad_mem *mem = f->functions.mem;
  c_printer p = {.g = g, .e = e, .file = f, .symbolic = symbolic};
  ad__arena_init(&p.arena, mem);
  ad__text_init(&p.data, mem);
  ad__text_init(&p.body, mem);
  ad__emit_names_init(&p.names, mem, &p.arena);
  s = allocate(&p) ? AD_OK : ad__fail(e, AD_E_MEMORY, "emit: out of memory");
  if (!s) {
    ad__emit_mark_needed(g, p.needed);
    s = print_graph(&p, r);
  }
  if (p.body.failed || p.data.failed || p.names.failed) f->functions.failed = true;
  ad__emit_names_free(&p.names);
  ad__text_free(&p.body);
  ad__text_free(&p.data);
  ad__arena_free(&p.arena);
  ad_graph_free(g);
  return s;
}
