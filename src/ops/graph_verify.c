/* The verifier's second half: every node's type is what its op infers from its inputs, and its inputs have the dtypes that the
 * op works on, so that no cast is missing. Inference is the one that made the nodes. */
#include <string.h>
#include "ir/ctx.h"
#include "ops/graph_build.h"

static ad_status wrong_type(const ad_graph *g, const ad_array *a, const ad_type *want, ad_err *e) {
  ad_text t;
  ad__text_init(&t, &g->ctx->mem);
  ad__text_add(&t, "its type is ");
  ad__type_print(g->ctx, a->type, &t);
  ad__text_add(&t, "; ");
  ad__type_print(g->ctx, want, &t);
  ad__fail(e, AD_E_TYPE, "verify: graph %s: node %d (%s): %s follows from its inputs", g->name, (int)a->serial, a->op->name,
           ad__text_str(&t));
  ad__text_free(&t);
  return e->code;
}

static ad_status check_structural(const ad_graph *g, const ad_array *a, ad_err *e) {
  const ad_type *t = a->op == &ad__op_item ? a->in[0]->type : a->type;
  const char *wrong = NULL;
  if (t->kind != AD_KIND_TUPLE && t->kind != AD_KIND_RECORD) wrong = "no tuple or record";
  else if (a->op == &ad__op_item) {
    int64_t i = ad__attr(a, 0)->as.i;
    if (i < 0 || i >= t->rank) wrong = "no such member";
    else if (a->type != t->members[i]) return wrong_type(g, a, t->members[i], e);
  } else if (t->rank != a->n) {
    wrong = "not as many members as its type has";
  } else {
    for (int i = 0; i < a->n; i++)
      if (t->members[i] != a->in[i]->type) wrong = "a member is not of the type that its type says";
  }
  if (!wrong) return AD_OK;
  return ad__fail(e, AD_E_TYPE, "verify: graph %s: node %d (%s): %s", g->name, (int)a->serial, a->op->name, wrong);
}

static ad_status check_inferred(const ad_graph *g, ad_array *a, ad_dtype *dtypes, ad_rel_slot *slots, ad_err *e) {
  ad_err why = {AD_OK, ""};
  for (int i = 0; i < a->n; i++)
    if (a->in[i] && a->in[i]->type->kind != AD_KIND_TENSOR && !(a->op->flags & AD_OP_WHOLE))
      return ad__fail(e, AD_E_TYPE, "verify: graph %s: node %d (%s): input %d is no tensor", g->name, (int)a->serial, a->op->name, i);
  const ad_type *t = ad__op_infer(g->ctx, a->op, a->in, a->n, a->attrs ? a->attrs->at : NULL, dtypes, slots, &why);
  if (!t)
    return ad__fail(e, why.code, "verify: graph %s: node %d (%s): %.700s", g->name, (int)a->serial, a->op->name, why.text);
  if (t != a->type) return wrong_type(g, a, t, e);
  for (int i = 0; i < a->n; i++)
    if (a->in[i] && dtypes[i] != AD_DTYPE_NONE && dtypes[i] != a->in[i]->type->dtype)
      return ad__fail(e, AD_E_TYPE, "verify: graph %s: node %d (%s): input %d is %s; %s is right", g->name, (int)a->serial,
                      a->op->name, i, ad_dtype_name(a->in[i]->type->dtype), ad_dtype_name(dtypes[i]));
  return AD_OK;
}

static bool is_given(const ad_array *a) { return a->op == &ad__op_param || (a->flags & AD_NODE_CONST); }
static bool is_structural(const ad_array *a) { return a->op == &ad__op_tuple || a->op == &ad__op_item; }

/* Room for the widest node and, after it, its dtypes. */
static size_t room_for(const ad_graph *g, size_t *out_slots) {
  size_t most = 0;
  for (int i = 0; i < g->nodes.count; i++) {
    size_t n = (size_t)g->nodes.at[i]->n + g->nodes.at[i]->op->outputs;
    if (n > most) most = n;
  }
  *out_slots = most + 1;
  return *out_slots * (sizeof(ad_rel_slot) + sizeof(ad_dtype));
}

static ad_status check_types(const ad_graph *g, ad_err *e);

static ad_status check_region_types(const ad_array *a, ad_err *e) {
  for (int f = 0; a->attrs && !e->code && f < a->op->field_count; f++)
    if (a->op->fields[f].kind == AD_FIELD_GRAPH && a->attrs->at[f].given) check_types(a->attrs->at[f].as.graph, e);
  return e->code;
}

static ad_status check_types(const ad_graph *g, ad_err *e) {
  size_t count, bytes = room_for(g, &count);
  ad_rel_slot *slots = ad__mem_take(&g->ctx->mem, bytes);
  if (!slots) return ad__fail(e, AD_E_MEMORY, "out of memory");
  ad_dtype *dtypes = (ad_dtype *)(void *)(slots + count);
  for (int i = 0; i < g->nodes.count && !e->code; i++) {
    ad_array *a = g->nodes.at[i];
    if (is_given(a)) continue;
    if (is_structural(a)) check_structural(g, a, e);
    else if (!check_inferred(g, a, dtypes, slots, e)) check_region_types(a, e);
  }
  ad__mem_give(&g->ctx->mem, slots, bytes);
  return e->code;
}

ad_status ad_graph_verify(ad_graph *g) {
  if (!g || g->error) return ad_graph_status(g);
  ad_err e = {AD_OK, ""};
  if (!ad__graph_check(g, &e)) check_types(g, &e);
  return e.code ? ad__graph_fail(g, e.code, "%s", e.text) : AD_OK;
}
