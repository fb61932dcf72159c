/* Batching: every node recomputed with a batch axis in front of the operands that have one.
 *
 * Elementwise ops need only their operands' axes lined up. Otherwise an op's own batch rule is used, or its attribute
 * fields, which are typed by meaning: axes count one further, a permutation keeps the batch in front, a shape gets it
 * in front. What is composed and has neither is batched through its composition. Anything else is refused by name. */
#include <adamant/ops.h>
#include "ir/ctx.h"
#include "transform/transform.h"
#include "transform/paths.h"
#include "transform/region.h"

typedef struct batching {
  ad_paths walk;
  ad_array **b; /* the batched node; NULL: not reached, use the node itself */
  bool *batched;
  int64_t size;
  ad_array *error;
} batching;

typedef struct operand {
  ad_array *a;
  bool batched;
} operand;

static ad_array *refuse(const ad_array *a, const char *what) {
  return ad__scope_take(ad__node_errorf(a->ctx, a->where, a->op, AD_E_NOT_IMPLEMENTED, "vmap: %s", what));
}

static operand operand_of(const batching *v, ad_array *a) {
  int64_t at = a ? ad__paths_find(&v->walk, a) : -1;
  if (at < 0 || !v->b[at]) return (operand){a, false};
  return (operand){v->b[at], v->batched[at]};
}

/* ---- Elementwise ---- */

/* [B, ...] with ones behind the batch axis, so that it broadcasts as an array of `rank` axes. */
static ad_array *line_up(const operand *o, int rank) {
  if (!o->batched || !o->a || ad_is_error(o->a)) return o->a;
  int missing = rank + 1 - ad_array_rank(o->a);
  if (missing <= 0) return o->a;
  int64_t dims[AD_MAX_RANK];
  ad_shape s = ad_array_shape(o->a);
  if (rank + 1 > AD_MAX_RANK) return refuse(o->a, "more axes than an array may have");
  int n = 0;
  dims[n++] = s.dims[0];
  for (int i = 0; i < missing; i++) dims[n++] = 1;
  for (int i = 1; i < s.rank; i++) dims[n++] = s.dims[i];
  return ad_reshape(o->a, (ad_shape){n, dims});
}

static ad_array *elementwise(ad_array *a, const operand *in) {
  int rank = a->type->kind == AD_KIND_TENSOR ? a->type->rank : a->type->members[0]->rank;
  ad_array *args[8];
  for (int i = 0; i < a->n; i++) args[i] = line_up(&in[i], rank);
  return ad_apply(a->ctx, a->where, a->op, args, a->n, a->attrs ? a->attrs->at : NULL);
}

/* ---- By the meaning of the attributes ---- */

typedef struct shifted {
  ad_attr at[24];
  int64_t room[24][AD_MAX_RANK + 1];
} shifted;

static bool shift_list(shifted *s, int f, int lead, const ad_attr *from, int64_t by) {
  if (from->count + lead > AD_MAX_RANK) return false;
  for (int i = 0; i < from->count; i++) s->room[f][i + lead] = from->as.ints[i] + by;
  s->at[f] = (ad_attr){.given = true, .count = from->count + lead, .as.ints = s->room[f]};
  return true;
}

/* "all axes" said by leaving them out must become all but the batch axis. */
static void all_axes(shifted *s, int f, int rank) {
  for (int i = 0; i < rank; i++) s->room[f][i] = i + 1;
  s->at[f] = (ad_attr){.given = true, .count = rank, .as.ints = s->room[f]};
}

static bool shift_field(shifted *s, const ad_array *a, int f, int64_t size) {
  const ad_field *field = &a->op->fields[f];
  const ad_attr *at = ad__attr(a, f);
  int rank = field->of < a->n && a->in[field->of] ? a->in[field->of]->type->rank : 0;
  s->at[f] = *at;
  switch (field->kind) {
  case AD_FIELD_AXIS:
    if (!at->given) return false;
    s->at[f].as.i++;
    return true;
  case AD_FIELD_AXES:
    if (!at->given) all_axes(s, f, rank);
    else return shift_list(s, f, 0, at, 1);
    return true;
  case AD_FIELD_PERM:
    if (!at->given) {
      for (int i = 0; i < rank; i++) s->room[f][i + 1] = rank - i;
      s->at[f] = (ad_attr){.given = true, .count = rank + 1, .as.ints = s->room[f]};
    } else if (!shift_list(s, f, 1, at, 1)) {
      return false;
    }
    s->room[f][0] = 0;
    return true;
  case AD_FIELD_SHAPE:
    if (!at->given || !shift_list(s, f, 1, at, 0)) return false;
    s->room[f][0] = size;
    return true;
  case AD_FIELD_INTS:
  case AD_FIELD_NUMS: return !at->given;
  case AD_FIELD_GRAPH: return false;
  default: return true;
  }
}

static ad_array *with_batch(const operand *o, int64_t size) {
  if (o->batched) return o->a;
  int64_t dims[AD_MAX_RANK + 1];
  ad_shape s = ad_array_shape(o->a);
  if (s.rank + 1 > AD_MAX_RANK) return refuse(o->a, "more axes than an array may have");
  dims[0] = size;
  for (int i = 0; i < s.rank; i++) dims[i + 1] = s.dims[i];
  return ad_broadcast_to(o->a, (ad_shape){s.rank + 1, dims});
}

/* A composite whose attributes name no axes says nothing about them: its composition does. */
static bool names_axes(const ad_op *op) {
  bool some = !op->compose;
  for (int f = 0; f < op->field_count; f++) {
    ad_field_kind k = op->fields[f].kind;
    some |= k == AD_FIELD_AXIS || k == AD_FIELD_AXES || k == AD_FIELD_PERM || k == AD_FIELD_SHAPE;
  }
  return some && op->field_count > 0;
}

/* NULL when the attributes do not decide. */
static ad_array *by_attributes(const batching *v, ad_array *a, const operand *in) {
  shifted s;
  ad_array *few[16], **args = a->n <= 16 ? few : ad__mem_take(&a->ctx->mem, (size_t)a->n * sizeof *args);
  if (!args) return a->ctx->out_of_memory;
  bool known = names_axes(a->op);
  for (int f = 0; f < a->op->field_count && known; f++) known = shift_field(&s, a, f, v->size);
  ad_array *y = NULL;
  if (known) {
    for (int i = 0; i < a->n; i++) args[i] = in[i].a ? with_batch(&in[i], v->size) : NULL;
    y = ad_apply(a->ctx, a->where, a->op, args, a->n, s.at);
  }
  if (args != few) ad__mem_give(&a->ctx->mem, args, (size_t)a->n * sizeof *args);
  return y;
}

/* ---- One node ---- */

/* The op's own rule, or that of the whole node; NULL when it leaves the node to its composition. */
static ad_array *by_rule(const batching *v, ad_array *a, const operand *in) {
  ad_array *few[16], **args = few;
  bool few_batched[16], *batched = few_batched;
  const ad_whole_rules *whole = ad__whole_rules(a->op);
  size_t bytes = a->n <= 16 ? 0 : (size_t)a->n * (sizeof *args + sizeof *batched);
  if (!whole && a->n > AD_INPUTS_ANY) return refuse(a, "more than 255 inputs");
  if (bytes) {
    args = ad__mem_take(&a->ctx->mem, bytes);
    if (!args) return a->ctx->out_of_memory;
    batched = (bool *)(args + a->n);
  }
  for (int i = 0; i < a->n; i++) args[i] = in[i].a, batched[i] = in[i].batched;
  ad_rule r = ad__rule_of(a);
  r.in = args;
  ad_array *y = whole ? whole->batch(&r, batched, v->size) : a->op->batch(&r, batched, v->size);
  ad__mem_give(&a->ctx->mem, bytes ? args : NULL, bytes);
  return y;
}

static ad_array *through_composition(const batching *v, ad_array *a, const operand *in) {
  ad_rule r = ad__rule_of(a);
  ad_array *y = a->op->compose(&r), *xs[AD_INPUTS_ANY], *bs[AD_INPUTS_ANY], *out = NULL, *error = NULL;
  bool batched;
  int n = 0;
  for (int i = 0; i < a->n; i++)
    if (in[i].batched) xs[n] = a->in[i], bs[n++] = in[i].a;
  ad__batch(a->ctx, &y, 1, xs, bs, n, v->size, &out, &batched, &error);
  if (error) return error;
  return batched ? out : with_batch(&(operand){out, false}, v->size); /* only shapes counted */
}

/* A tuple's batch axis is that of its members: all of them get one. */
static ad_array *batch_tuple(const batching *v, ad_array *a, const operand *in) {
  ad_array *items[AD_INPUTS_ANY];
  if (a->n > AD_INPUTS_ANY) return refuse(a, "a tuple of more than 255 members");
  for (int i = 0; i < a->n; i++) items[i] = with_batch(&in[i], v->size);
  return ad_tuple(a->ctx, items, a->n);
}

static ad_array *batch_node(const batching *v, ad_array *a, const operand *in) {
  if (a->op->flags & AD_OP_PROJECTS) return ad_item(in[0].a, (int)ad__attr(a, 0)->as.i);
  if (a->op->flags & AD_OP_HOLDS) return batch_tuple(v, a, in);
  if ((a->op->flags & AD_OP_ELEMENTWISE) && a->n <= 8) return elementwise(a, in);
  ad_array *ruled = a->op->batch || ad__whole_rules(a->op) ? by_rule(v, a, in) : NULL;
  if (ruled) return ruled;
  /* Operands of different shapes do not share the axes that attributes name: the composition knows better. */
  bool alike = a->n == 1 || a->op->inputs == AD_INPUTS_ANY || !a->op->compose;
  ad_array *y = alike ? by_attributes(v, a, in) : NULL;
  if (y) return y;
  if (a->op->compose) return through_composition(v, a, in);
  return refuse(a, "the op states no batching rule");
}

static void visit(batching *v, size_t k) {
  ad_array *a = v->walk.nodes[k];
  operand few[16], *in = a->n <= 16 ? few : ad__mem_take(&a->ctx->mem, (size_t)a->n * sizeof *in);
  bool any = false;
  if (!in) {
    v->error = a->ctx->out_of_memory;
    return;
  }
  for (int i = 0; i < a->n; i++) any |= (in[i] = operand_of(v, a->in[i])).batched;
  if (any) {
    v->b[k] = batch_node(v, a, in);
    v->batched[k] = true;
    if (ad_is_error(v->b[k])) v->error = v->b[k];
  }
  if (in != few) ad__mem_give(&a->ctx->mem, in, (size_t)a->n * sizeof *in);
}

ad_status ad__batch(ad_ctx *c, ad_array *const *ys, int n_y, ad_array *const *xs, ad_array *const *bs, int n_x,
                    int64_t size, ad_array **out, bool *out_batched, ad_array **error) {
  batching v = {.size = size};
  ad_place outer = c->rule_where;
  ad__paths_init(&v.walk, c, false, ys, n_y, xs, n_x);
  size_t n = v.walk.count + 1;
  v.b = ad__mem_zeroed(&c->mem, n * sizeof *v.b);
  v.batched = ad__mem_zeroed(&c->mem, n * sizeof *v.batched);
  if (v.walk.failed || !v.b || !v.batched) v.error = c->out_of_memory;
  for (int i = 0; i < n_x && !v.error; i++) {
    int64_t at = ad__paths_find(&v.walk, xs[i]);
    if (at >= 0) v.b[at] = bs[i], v.batched[at] = true;
  }
  for (size_t k = 0; k < v.walk.count && !v.error; k++) {
    c->rule_where = outer ? outer : v.walk.nodes[k]->where;
    if (!v.b[k]) visit(&v, k);
  }
  c->rule_where = outer;
  for (int k = 0; k < n_y; k++) {
    operand o = v.error ? (operand){NULL, false} : operand_of(&v, ys[k]);
    out[k] = o.a;
    out_batched[k] = o.batched;
  }
  ad__mem_give(&c->mem, v.batched, v.batched ? n * sizeof *v.batched : 0);
  ad__mem_give(&c->mem, v.b, v.b ? n * sizeof *v.b : 0);
  ad__paths_free(&v.walk);
  if (v.error && error) *error = v.error;
  return v.error ? ad_error_code(v.error) : AD_OK;
}
