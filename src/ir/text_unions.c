/* Printing the unions that a graph's types name, in front of it, since only a definition says what a name is one of.
 *
 * The set of types met is the queue as well: a map keeps the order of putting. Cases are types too, so unions that name each
 * other come out, each once. */
#include "ir/ctx.h"
#include "ir/graph.h"

static bool meet(ad_map *seen, const ad_type *t) {
  ad_map_value *v = ad__map_put(seen, ad__map_pointer(t), NULL);
  if (v) v->pointer = (void *)(uintptr_t)t;
  return v != NULL;
}

/* Recursion ends at AD_MAX_REGION_DEPTH. */
static bool meet_graph(ad_map *seen, const ad_graph *g) {
  bool ok = true;
  for (int i = 0; ok && i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    ok = meet(seen, a->type);
    for (int f = 0; ok && a->attrs && f < a->op->field_count; f++)
      if (a->op->fields[f].kind == AD_FIELD_GRAPH && a->attrs->at[f].given) ok = meet_graph(seen, a->attrs->at[f].as.graph);
  }
  return ok;
}

static void print_union(ad_ctx *c, const ad_type *u, ad_text *out) {
  ad__text_fmt(out, "union %s {", u->label);
  for (int i = 0; i < u->cases->n; i++) {
    if (i) ad__text_add(out, ", ");
    ad__member_name_print(u->cases->names[i], out);
    ad__text_add(out, ": ");
    ad__type_print(c, u->cases->members[i], out);
  }
  ad__text_add(out, "}\n");
}

void ad__unions_print(ad_map *seen, const ad_graph *g, ad_text *out) {
  size_t first = seen->used;
  bool ok = meet_graph(seen, g);
  for (size_t i = first; ok && i < seen->used; i++) {
    const ad_type *t = seen->entries[i].value.pointer;
    int n = t->kind == AD_KIND_TENSOR || t->kind == AD_KIND_UNION ? 0 : t->rank;
    for (int k = 0; ok && k < n; k++) ok = meet(seen, t->members[k]);
    for (int k = 0; ok && t->cases && k < t->cases->n; k++) ok = meet(seen, t->cases->members[k]);
    if (ok && t->cases) print_union(g->ctx, t, out);
  }
  if (!ok) out->failed = true;
}
