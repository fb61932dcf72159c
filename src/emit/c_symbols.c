/* Do symbols mean the same as numbers? A composition that takes a dim for a number to compute with (the count that a mean divides by)
 * would be another program for every size, and is nonsense made of a symbol.
 *
 * So a graph with symbols is called with numbers in two ways: before it is lowered and after. Where both do not come to the same
 * nodes, it is refused; nothing is emitted that would compute something else. */
#include <string.h>
#include "emit/emit_c.h"
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ops/graph_build.h"

/* Symbols are numbered as they are met, and get these. */
typedef struct numbering {
  int n;
  const char *symbol[C_MOST_SYMBOLS];
} numbering;
enum { FIRST = 12, APART = 6 };

static ad_dim number_of(void *user, const char *symbol) {
  numbering *s = user;
  int i = 0;
  while (i < s->n && strcmp(s->symbol[i], symbol) != 0) i++;
  if (i == C_MOST_SYMBOLS) return AD_DIM_UNKNOWN;
  if (i == s->n) s->symbol[s->n++] = symbol;
  return FIRST + APART * i;
}

/* g called on parameters of these sizes; NULL sets e. */
static ad_graph *with_numbers(ad_graph *g, ad_err *e) {
  ad_ctx *c = g->ctx;
  numbering s = {.n = 0};
  ad_graph *to = ad_graph_new(c, g->name), *outer = c->building;
  size_t bytes = ((size_t)g->params.count + 1) * sizeof(ad_array *);
  ad_array **params = ad__mem_zeroed(&c->mem, bytes), *bad = params ? NULL : c->out_of_memory;
  ad_scope *scope = ad_scope_begin(c);
  for (int i = 0; i < g->params.count && !bad; i++) {
    const ad_array *a = g->params.at[i];
    ad_dim dims[AD_MAX_RANK];
    for (int k = 0; k < a->type->rank; k++) dims[k] = ad__dim_bind(c, a->type->dims[k], number_of, &s);
    const ad_type *t = ad__type_tensor(c, a->type->dtype, a->type->rank, dims, e);
    params[i] = t ? ad__graph_param(to, g->names[a->serial], strlen(g->names[a->serial]), t) : c->out_of_memory;
    if (ad__is_error(params[i])) bad = params[i];
  }
  c->building = to;
  ad_array *y = bad ? bad : ad_graph_call_at(NULL, g, params, g->params.count);
  for (int i = 0; i < g->results.count && !bad; i++) {
    ad_array *result = g->results.count == 1 || ad__is_error(y) ? y : ad_item_at(NULL, y, i);
    if (!ad__is_error(result)) result = ad__graph_adopt(to, result);
    if (ad__is_error(result)) bad = result;
    else ad_graph_result(to, result);
  }
  c->building = outer;
  if (bad) ad__fail(e, ad_error_code(bad), "%s", ad_error_text(bad));
  else if (to->error) ad__fail(e, to->error, "%s", to->error_text);
  bool ok = !bad && !to->error;
  ad_scope_end(scope, NULL);
  ad__mem_give(&c->mem, params, params ? bytes : 0);
  if (ok) return to;
  ad_graph_free(to);
  return NULL;
}

/* ---- Comparing ---- */

static bool same_constant(const ad_array *a, const ad_array *b) {
  if (a->value.data == b->value.data) return true;
  return a->type->bytes <= 64 && memcmp(a->value.data, b->value.data, a->type->bytes) == 0;
}

static bool same_node(const ad_array *a, const ad_array *b, const int *other) {
  if (a->op != b->op || a->type != b->type || a->n != b->n || (a->flags ^ b->flags) & AD_NODE_CONST) return false;
  if (a->flags & AD_NODE_CONST) return same_constant(a, b);
  for (int k = 0; k < a->n; k++) {
    if (!a->in[k] != !b->in[k]) return false;
    if (a->in[k] && other[ad__emit_resolve(a->in[k])->serial] != (int)ad__emit_resolve(b->in[k])->serial) return false;
  }
  return !a->attrs || ad__attrs_equal(a->op, a->attrs->at, b->attrs->at);
}

static bool is_compared(const ad_array *a, const bool *needed) {
  return needed[a->serial] && !(a->op->flags & AD_OP_HOLDS) && a->op != &ad__op_param;
}

/* Node by node, those that results need; other[] is what a node of a is in b. */
static bool same_graphs(const ad_graph *a, const ad_graph *b, bool *in_a, bool *in_b, int *other) {
  int k = 0;
  ad__emit_mark_needed(a, in_a);
  ad__emit_mark_needed(b, in_b);
  for (int i = 0; i < a->params.count; i++) other[a->params.at[i]->serial] = (int)b->params.at[i]->serial;
  for (int i = 0; i < a->nodes.count; i++) {
    if (!is_compared(a->nodes.at[i], in_a)) continue;
    while (k < b->nodes.count && !is_compared(b->nodes.at[k], in_b)) k++;
    if (k == b->nodes.count || !same_node(a->nodes.at[i], b->nodes.at[k], other)) return false;
    other[i] = k++;
  }
  while (k < b->nodes.count && !is_compared(b->nodes.at[k], in_b)) k++;
  for (int i = 0; i < a->results.count; i++)
    if (other[ad__emit_resolve(a->results.at[i])->serial] != (int)ad__emit_resolve(b->results.at[i])->serial) return false;
  return k == b->nodes.count;
}

static ad_status compare(const ad_graph *a, const ad_graph *b, ad_err *e) {
  ad_arena arena;
  ad__arena_init(&arena, &a->ctx->mem);
  bool *in_a = ad__arena_zeroed(&arena, (size_t)a->nodes.count + 1, 1), *in_b = ad__arena_zeroed(&arena, (size_t)b->nodes.count + 1, 1);
  int *other = ad__arena_zeroed(&arena, ((size_t)a->nodes.count + 1) * sizeof *other, _Alignof(int));
  ad_status s = AD_OK;
  if (!in_a || !in_b || !other) s = ad__fail(e, AD_E_MEMORY, "emit: out of memory");
  else if (!same_graphs(a, b, in_a, in_b, other))
    s = ad__fail(e, AD_E_NOT_IMPLEMENTED, "%s: emit: a symbolic dim that an op computes with as a number; numbers are right: the graph called on arrays of a "
                 "shape, and traced", a->name);
  ad__arena_free(&arena);
  return s;
}

ad_status ad__c_check_symbols(const ad_graph *given, const ad_graph *lowered, ad_err *e) {
  ad_graph *first = with_numbers((ad_graph *)(uintptr_t)given, e), *second = first ? with_numbers((ad_graph *)(uintptr_t)lowered, e) : NULL;
  ad_graph *own = second ? ad__c_lower(first, true, e) : NULL, *other = own ? ad__c_lower(second, true, e) : NULL;
  ad_status s = other ? compare(own, other, e) : e->code;
  ad_graph *const made[] = {first, second, own, other};
  for (int i = 0; i < 4; i++)
    if (made[i]) ad_graph_free(made[i]);
  return s;
}
