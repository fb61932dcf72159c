/* ad_apply: the only way a node comes to be.
 *
 * In order: handles are checked, errors passed on, attributes brought into canonical form, dtypes promoted (casts are
 * nodes), shapes inferred by the op's relation, the node made. Elementwise ops on operands of one type take a short
 * path, since that is what a chain of small operations consists of, and so do products of types met before. Where an input belongs to a graph, or one is being
 * built, graph_build.c brings the inputs into it first; then the same steps make a node of that graph.
 * Not here: evaluation, derivatives. Nothing knows an op by name but the cast that promotion inserts. */
#include "ops/apply.h"

#include <string.h>
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ir/rel.h"
#include "ops/graph_build.h"

/* What a caller gets who hands in NULL and names no context. It is constant: nothing ever counts or frees it. */
static const ad_failure null_failure = {AD_E_VALUE, 0, "a NULL handle was given where an array is needed"};
static const ad_type null_type = {.kind = AD_KIND_ERROR};
static const ad_op null_op = {.size = sizeof(ad_op), .name = "null", .id = AD_OP_USER};
static const ad_array null_array = {.op = &null_op,
                                    .type = &null_type,
                                    .state = AD_FAILED,
                                    .flags = AD_NODE_IMMORTAL | AD_NODE_BROKEN,
                                    .u.failure = (ad_failure *)(uintptr_t)&null_failure};

static ad_array *null_handle(void) { return (ad_array *)(uintptr_t)&null_array; }

/* ---- Checks of what the caller handed in ---- */

static int required_inputs(const ad_op *op) { return op->inputs - op->optional; }

static ad_ctx *find_ctx(ad_ctx *c, ad_array *const *in, int n) {
  for (int i = 0; i < n && !c; i++)
    if (in[i]) c = in[i]->ctx;
  return c;
}

static ad_array *check_inputs(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n) {
  if (c->error.code) return ad__node_error(c, where, op, c->error.code, c->error.text);
  if (op->inputs != AD_INPUTS_ANY && n != op->inputs)
    return ad__node_errorf(c, where, op, AD_E_TYPE, "%d inputs; %d are right", n, op->inputs);
  for (int i = 0; i < n; i++) {
    if (!in[i]) {
      if (op->inputs != AD_INPUTS_ANY && i >= required_inputs(op)) continue;
      return ad__node_errorf(c, where, op, AD_E_VALUE, "input %d is NULL; an array is right", i);
    }
    if (ad__is_error(in[i])) return in[i];
    if (in[i]->ctx != c)
      return ad__node_errorf(c, where, op, AD_E_VALUE, "input %d belongs to another context; arrays of one are right", i);
  }
  return NULL;
}

static ad_array *check_tensors(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n) {
  for (int i = 0; i < n; i++) {
    if (!in[i] || in[i]->type->kind == AD_KIND_TENSOR || (op->flags & AD_OP_WHOLE)) continue;
    ad_text t;
    ad__text_init(&t, &c->mem);
    ad__op_param_name(op, i, &t);
    ad__text_add(&t, " is a ");
    ad__type_print(c, in[i]->type, &t);
    ad_array *e = ad__node_errorf(c, where, op, AD_E_TYPE, "%s; one array is right (take it out with ad_item)",
                                  ad__text_str(&t));
    ad__text_free(&t);
    return e;
  }
  return NULL;
}

/* ---- Casting ---- */

ad_array *ad__constant_new(ad_ctx *c, ad_place where, const ad_type *type) {
  ad_array *a = ad__node_new(c, where, &ad__op_constant, type, NULL, 0, NULL);
  if (ad__is_error(a)) return a;
  a->value.buf = ad__buffer_take(&c->buffers, type->bytes);
  if (!a->value.buf) {
    ad__node_discard(a);
    return c->out_of_memory;
  }
  a->value.data = a->value.buf->data;
  a->state = AD_DONE;
  a->flags |= AD_NODE_CONST;
  return a;
}

ad_array *ad__cast_floating(ad_array *a, ad_place where, const ad_op *op, ad_dtype dtype) {
  if (a->type->dtype == dtype) return a;
  ad_ctx *c = a->ctx;
  if ((a->flags & AD_NODE_WEAK) && (a->flags & AD_NODE_CONST)) return ad__weak_as(a, where, op, dtype);
  ad_err e;
  const ad_type *t = ad__type_tensor(c, dtype, a->type->rank, a->type->dims, &e);
  if (!t) return ad__node_error(c, where, &ad__op_cast, e.code, e.text);
  ad_attr dtype_attr = ad_attr_dtype(dtype);
  return ad__node_new(c, where, &ad__op_cast, t, &a, 1, &dtype_attr);
}

/* ---- Shapes ---- */

enum { FEW = 8 }; /* operands whose working storage lies on the stack */

typedef struct apply_work {
  ad_array *in[FEW];
  ad_dtype in_dtypes[FEW];
  ad_rel_slot slots[FEW + 4];
} apply_work;

static void fill_slot(ad_rel_slot *s, const ad_array *a) {
  s->missing = a == NULL;
  s->dtype = a ? a->type->dtype : AD_DTYPE_NONE;
  s->rank = a ? a->type->rank : 0;
  if (a) memcpy(s->dims, a->type->dims, (size_t)s->rank * sizeof *s->dims);
}

/* While a function is traced for all shapes, dims that the language of dims cannot say (the lesser of two, how many windows fit) are
 * symbols that stand for nothing else: with numbers in the place of the symbols they are inferred anew. */
static ad_dim free_dim(ad_ctx *c) {
  char name[24];
  ad__format(name, sizeof name, "m%d", c->free_dims++);
  ad__dim_begin(c);
  return ad_dim_symbol(c, name);
}

/* The result's type: one tensor, or a tuple of them. */
static const ad_type *result_type(ad_ctx *c, const ad_op *op, ad_rel_slot *out, const ad_dtype *dtypes, ad_err *e) {
  const ad_type *members[16];
  for (int k = 0; k < op->outputs; k++) {
    if (out[k].rank < 0) {
      ad__fail(e, AD_E_VALUE, "the result's rank does not follow from the inputs");
      return NULL;
    }
    for (int i = 0; i < out[k].rank; i++) {
      if (out[k].dims[i] == AD_DIM_UNKNOWN && c->free_dims) out[k].dims[i] = free_dim(c);
      if (out[k].dims[i] == AD_DIM_UNKNOWN) {
        ad__fail(e, AD_E_VALUE, "the result's shape does not follow from the inputs");
        return NULL;
      }
    }
    if (!(members[k] = ad__type_tensor(c, dtypes[k], out[k].rank, out[k].dims, e))) return NULL;
  }
  return op->outputs == 1 ? members[0] : ad__type_tuple(c, members, op->outputs, e);
}

static const ad_type *infer_shapes(ad_ctx *c, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs,
                                   const ad_dtype *out_dtypes, ad_rel_slot *slots, ad_err *e) {
  ad_rel r = {.ctx = c, .op = op, .attrs = attrs, .inputs = n, .outputs = op->outputs, .slots = slots, .err = e};
  for (int i = 0; i < n; i++) fill_slot(&slots[i], in[i]);
  for (int k = 0; k < op->outputs; k++) slots[n + k] = (ad_rel_slot){.rank = -1};
  ad__dim_begin(c);
  const ad_type *type = NULL;
  if (!ad__rel_run(&r)) type = result_type(c, op, slots + n, out_dtypes, e);
  /* A dim that no memory was left for reads as an unknown one, whatever the rule then said of it. */
  if (!type && ad__dim_no_memory(c)) ad__fail(e, AD_E_MEMORY, "out of memory");
  return type;
}

static const ad_type *result_of_its_own(ad_ctx *c, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs,
                                        ad_dtype *in_dtypes, ad_err *e) {
  ad_rule r = {.ctx = c, .op = op, .n = n, .in = in, .attrs = attrs};
  for (int i = 0; i < n; i++) in_dtypes[i] = AD_DTYPE_NONE;
  return op->result(&r, e);
}

const ad_type *ad__op_infer(ad_ctx *c, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs,
                            ad_dtype *in_dtypes, ad_rel_slot *slots, ad_err *e) {
  ad_dtype out_dtypes[16];
  if (op->result) return result_of_its_own(c, op, in, n, attrs, in_dtypes, e);
  ad_rule rule = {.ctx = c, .op = op, .n = n, .in = in, .attrs = attrs};
  if (ad__op_dtypes(&rule, in_dtypes, out_dtypes, e)) return NULL;
  return infer_shapes(c, op, in, n, attrs, out_dtypes, slots, e);
}

/* ---- The general path ---- */

static ad_array *cast_all(ad_place where, const ad_op *op, ad_array *const *in, int n, const ad_dtype *dtypes, ad_array **out) {
  for (int i = 0; i < n; i++) out[i] = in[i];
  for (int i = 0; i < n; i++)
    if (in[i] && dtypes[i] != AD_DTYPE_NONE && ad__is_error(out[i] = ad__cast_floating(in[i], where, op, dtypes[i])))
      return out[i];
  return NULL;
}

static void discard_casts(ad_array *const *in, ad_array *const *cast, int n, const ad_array *but) {
  for (int i = 0; i < n; i++)
    if (cast[i] && cast[i] != in[i] && cast[i] != but) ad__node_discard(cast[i]);
}

static bool all_weak(ad_array *const *in, int n) {
  for (int i = 0; i < n; i++)
    if (in[i] && !(in[i]->flags & AD_NODE_WEAK)) return false;
  return n > 0;
}

static ad_array *build(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n, const ad_attr *given,
                       ad_array **cast, ad_dtype *in_dtypes, ad_rel_slot *slots) {
  ad_err e; /* its text is long, and mostly not needed */
  e.code = AD_OK;
  e.text[0] = 0;
  ad_attr at[24];
  ad_attr_storage storage;
  int ranks[FEW];
  for (int i = 0; i < op->field_count; i++) at[i] = given ? given[i] : (ad_attr){0};
  for (int i = 0; i < n && i < FEW; i++) ranks[i] = in[i] ? in[i]->type->rank : -1;
  if (op->field_count && ad__attrs_canonical(op, at, ranks, n < FEW ? n : FEW, &storage, &e))
    return ad__node_error(c, where, op, e.code, e.text);
  const ad_type *type = ad__op_infer(c, op, in, n, at, in_dtypes, slots, &e);
  if (!type) return ad__node_error(c, where, op, e.code, e.text);
  ad_array *bad = cast_all(where, op, in, n, in_dtypes, cast);
  ad_array *a = bad ? bad : ad__node_new(c, where, op, type, cast, n, at);
  if (ad__is_error(a)) discard_casts(in, cast, n, a);
  else if ((op->flags & AD_OP_ELEMENTWISE) && op->dtype_rule <= AD_TYPE_FLOAT && all_weak(in, n))
    a->flags |= AD_NODE_WEAK;
  return a;
}

static ad_array *apply_many(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n,
                            const ad_attr *attrs) {
  if (n > UINT16_MAX)
    return ad__node_errorf(c, where, op, AD_E_VALUE, "%d inputs; at most %d are right", n, UINT16_MAX);
  size_t count = (size_t)n;
  size_t bytes = count * (sizeof(ad_array *) + sizeof(ad_dtype)) + (count + op->outputs) * sizeof(ad_rel_slot) + 64;
  char *block = ad__mem_take(&c->mem, bytes);
  if (!block) return c->out_of_memory;
  ad_rel_slot *slots = (ad_rel_slot *)(void *)block;
  ad_array **cast = (ad_array **)(void *)(slots + count + op->outputs);
  ad_dtype *dtypes = (ad_dtype *)(void *)(cast + count);
  for (int i = 0; i < n; i++) cast[i] = NULL;
  ad_array *a = build(c, where, op, in, n, attrs, cast, dtypes, slots);
  ad__mem_give(&c->mem, block, bytes);
  return a;
}

/* Elementwise on operands of one type whose result type is theirs: no casts, no relation. */
static const ad_type *same_type(const ad_op *op, ad_array *const *in, int n) {
  if (!(op->flags & AD_OP_ELEMENTWISE) || op->dtype_rule > AD_TYPE_FLOAT || op->field_count || op->outputs != 1) return NULL;
  const ad_type *t = in[0] ? in[0]->type : NULL;
  if (!t || t->kind != AD_KIND_TENSOR || in[0]->ctx->building) return NULL;
  for (int i = 0; i < n; i++)
    if (!in[i] || in[i]->type != t || (in[i]->flags & (AD_NODE_WEAK | AD_NODE_GRAPH)) || ad__is_error(in[i])) return NULL;
  ad_category category = ad_dtype_category(t->dtype);
  if (op->accepts && !(op->accepts & 1u << category)) return NULL;
  if (op->dtype_rule == AD_TYPE_FLOAT && category < AD_CATEGORY_FLOAT) return NULL;
  return t;
}

/* Without a context there is only an error to pass on: one that needs no context, or that a NULL was given. */
static ad_array *homeless(ad_array *const *in, int n) {
  for (int i = 0; i < n; i++)
    if (in[i] && ad__is_error(in[i])) return in[i];
  return null_handle();
}

/* ---- Types met before ---- */

/* Whether the type inferred for these operands may be remembered: nothing but their types enters it. */
static bool is_typed(const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs) {
  if (!(op->flags & AD_OP_TYPED) || n != 2 || !in[0] || !in[1]) return false;
  if ((in[0]->flags | in[1]->flags) & (AD_NODE_WEAK | AD_NODE_GRAPH) || ad__is_error(in[0]) || ad__is_error(in[1])) return false;
  ad_ctx *c = in[0]->ctx;
  if (in[1]->ctx != c || c->building || c->error.code) return false;
  for (int i = 0; attrs && i < op->field_count; i++)
    if (attrs[i].given) return false;
  return true;
}

static ad_inferred *inferred_slot(ad_ctx *c, ad_array *const *in) {
  uintptr_t key = (uintptr_t)in[0]->type / 16 ^ (uintptr_t)in[1]->type / 64;
  return &c->inferred[(key ^ key >> 8) % AD_INFERRED_SLOTS];
}

static const ad_type *remembered_type(const ad_op *op, ad_array *const *in) {
  const ad_inferred *s = inferred_slot(in[0]->ctx, in);
  return s->op == op && s->in[0] == in[0]->type && s->in[1] == in[1]->type ? s->out : NULL;
}

/* An operand that was cast is of another type than was inferred from. */
static void remember_type(const ad_array *a, ad_array *const *in) {
  if (ad__is_error(a) || a->in[0] != in[0] || a->in[1] != in[1]) return;
  *inferred_slot(a->ctx, in) = (ad_inferred){a->op, {in[0]->type, in[1]->type}, a->type};
}

/* The op with the context's next key as its first input. A graph that the other inputs belong to keeps the key as a
 * constant of its own, and then nobody holds this one. */
static ad_array *apply_keyed(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs) {
  if (c->tracing_region)
    return ad__node_error(c, where, op, AD_E_VALUE,
                          "no key inside a body that is traced once; every step would draw the same numbers; a key among its states is right");
  ad_array *with[FEW], *key = ad__random_key_floating(c, where);
  if (ad__is_error(key)) return key;
  for (int i = 0; i < n; i++) with[i] = i ? in[i] : key;
  ad_array *a = ad__apply_floating(c, where, op, with, n, attrs);
  if (ad__is_error(a) || !(key->flags & AD_NODE_GRAPH)) ad__node_discard(key);
  return a;
}

ad_array *ad__apply_floating(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n,
                             const ad_attr *attrs) {
  const ad_type *t = n == op->inputs && n ? same_type(op, in, n) : NULL;
  if (t && !in[0]->ctx->error.code && (n < 2 || in[1]->ctx == in[0]->ctx) && (n < 3 || in[2]->ctx == in[0]->ctx))
    return ad__node_new(in[0]->ctx, where, op, t, in, n, NULL);
  bool typed = is_typed(op, in, n, attrs);
  if (typed && (t = remembered_type(op, in))) return ad__node_new(in[0]->ctx, where, op, t, in, n, attrs);
  c = find_ctx(c, in, n);
  if (!c) return homeless(in, n);
  if ((op->flags & AD_OP_KEYED) && n == op->inputs && n <= FEW && !in[0] && !c->error.code)
    return apply_keyed(c, where, op, in, n, attrs);
  ad_graph *g = ad__graph_meant(c, in, n);
  if (g) return ad__graph_apply(g, where, op, in, n, attrs);
  ad_array *a = ad__apply_checked(c, where, op, in, n, attrs);
  if (typed) remember_type(a, in);
  return a;
}

ad_array *ad__apply_checked(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n,
                            const ad_attr *attrs) {
  ad_array *bad = check_inputs(c, where, op, in, n);
  if (!bad) bad = check_tensors(c, where, op, in, n);
  if (bad) return bad;
  if (op->field_count > 24) return ad__node_errorf(c, where, op, AD_E_VALUE, "%d attributes; at most 24", op->field_count);
  if (n > FEW) return apply_many(c, where, op, in, n, attrs);
  apply_work w;
  memset(w.in, 0, sizeof w.in);
  return build(c, where, op, in, n, attrs, w.in, w.in_dtypes, w.slots);
}

ad_array *ad_apply(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs) {
  ad_array *a = ad__apply_floating(c, where, op, in, n, attrs);
  return a->flags & AD_NODE_IMMORTAL ? a : ad__scope_take(a);
}
