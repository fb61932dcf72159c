/* Kinds and dtypes through an op: what its dtype rule says of the result, and the result of the inputs.
 *
 * A kind is a category (bool, int, float, complex) and whether it is a tensor or a number; both are sets until they are known.
 * Exact dtypes are said by users and follow where every operand has one. Not here: what an op refuses (kinds_accepted, make.c). */
#include "model/logical.h"

enum { CATEGORIES = 15, COMPLEX = 8, FLOATS = 12 };
_Static_assert((int)AD_IS_TENSOR == (int)CATEGORIES && (int)AD_IS_NUMBER == 7 << 4, "categories lie in the same order in both");

/* What is known of a unit's operands. */
typedef struct operands {
  ad_family *f;
  const ad_unit *unit;
  ad_edge *const *edges;
  int inputs;
  ad_edge *out;
} operands;

static unsigned categories(const ad_edge *e) { return (e->kinds & CATEGORIES) | (e->kinds >> 4 & 7); }
static bool may_be_tensor(const ad_edge *e) { return (e->kinds & AD_IS_TENSOR) != 0; }
static bool may_be_number(const ad_edge *e) { return (e->kinds & AD_IS_NUMBER) != 0; }
static bool is_one(unsigned set) { return set && !(set & (set - 1)); }
static unsigned kinds_of(unsigned set, bool tensor, bool number) { return (tensor ? set : 0) | (number ? (set & 7) << 4 : 0); }

static unsigned lowest(unsigned set) { return set & (~set + 1); }
/* Every category not below the lowest of a set. */
static unsigned from(unsigned set) { return CATEGORIES & ~(lowest(set) - 1); }
/* Every category not above the highest. */
static unsigned up_to(unsigned set) {
  set |= set >> 1;
  return set | set >> 2;
}

/* The larger of one of a and one of b. */
static unsigned promote(unsigned a, unsigned b) { return (a | b) & from(a) & from(b); }

static ad_edge *operand(const operands *o, int i) { return o->edges[i] ? ad__edge_root(o->edges[i]) : NULL; }

static unsigned promote_all(const operands *o, int first) {
  unsigned set = 1;
  for (int i = first; i < o->inputs; i++)
    if (operand(o, i)) set = promote(set, categories(operand(o, i)));
  return set;
}

/* The categories the result may have; 0: the rule says nothing. */
static unsigned result_of(const operands *o, const ad_attr *attrs) {
  const ad_op *op = o->unit->op;
  ad_edge *first = o->inputs ? operand(o, 0) : NULL;
  unsigned set;
  switch (op->dtype_rule) {
  case AD_TYPE_PROMOTE: return o->inputs ? promote_all(o, 0) : 0;
  case AD_TYPE_FLOAT: return o->inputs ? promote(4, promote_all(o, 0)) : 0;
  case AD_TYPE_SELECT: return promote_all(o, 1);
  case AD_TYPE_COMPARE:
  case AD_TYPE_BOOL:
  case AD_TYPE_LOGICAL: return 1;
  case AD_TYPE_REAL: return first ? (categories(first) & 7) | (categories(first) & COMPLEX ? 4 : 0) : 0;
  case AD_TYPE_SAME:
  case AD_TYPE_INDEXED: return first ? categories(first) : 0;
  case AD_TYPE_INDEX: return 2;
  case AD_TYPE_SUM:
  case AD_TYPE_ATTR:
    for (int i = 0; i < op->field_count; i++)
      if (op->fields[i].kind == AD_FIELD_DTYPE && attrs && attrs[i].given) return ad__dtype_kinds((ad_dtype)attrs[i].as.i) & CATEGORIES;
    if (op->dtype_rule == AD_TYPE_ATTR || !first) return 0;
    set = categories(first);
    return (set & FLOATS) | (set & 3 ? 2 : 0);
  case AD_TYPE_FUNCTION: return 0;
  }
  return 0;
}

/* What the result says of the operands. */
static ad_status backward(const operands *o, ad_err *e) {
  const ad_op *op = o->unit->op;
  unsigned out = categories(o->out), all = CATEGORIES;
  bool same = op->dtype_rule == AD_TYPE_SAME || op->dtype_rule == AD_TYPE_INDEXED;
  int first = op->dtype_rule == AD_TYPE_SELECT, last = same && o->inputs ? 1 : o->inputs;
  if (op->dtype_rule == AD_TYPE_PROMOTE || op->dtype_rule == AD_TYPE_SELECT || op->dtype_rule == AD_TYPE_FLOAT) all = up_to(out);
  else if (!same) last = 0;
  if (same || (op->dtype_rule == AD_TYPE_PROMOTE && o->inputs == 1)) all = out;
  for (int i = first; i < last; i++) {
    ad_status s = operand(o, i) ? ad__edge_set_kinds(o->f, operand(o, i), kinds_of(all, true, true), e) : AD_OK;
    if (s) return s;
  }
  for (int i = 1; op->dtype_rule == AD_TYPE_INDEXED && i < o->inputs; i++) { /* places are integers, or chosen by bools */
    ad_status s = operand(o, i) ? ad__edge_set_kinds(o->f, operand(o, i), kinds_of(3, true, true), e) : AD_OK;
    if (s) return s;
  }
  return AD_OK;
}

/* Tensor or number: an elementwise op of numbers gives one. */
static ad_status structure(const operands *o, bool *tensor, bool *number, ad_err *e) {
  ad_edge *maybe = NULL;
  int open = 0;
  *tensor = !o->inputs;
  *number = o->inputs > 0 && o->unit->outputs == 1;
  for (int i = 0; i < o->inputs; i++) {
    ad_edge *x = operand(o, i);
    if (!x) continue;
    *tensor = *tensor || may_be_tensor(x);
    *number = *number && may_be_number(x);
    if (may_be_tensor(x)) maybe = x, open++;
  }
  if (may_be_number(o->out)) return AD_OK;
  return open == 1 && *number ? ad__edge_set_kinds(o->f, maybe, AD_IS_TENSOR, e) : AD_OK;
}

static void forward_dtype(const operands *o) {
  ad_dtype t = AD_DTYPE_NONE;
  bool promotes = o->unit->op->dtype_rule == AD_TYPE_PROMOTE || o->unit->op->dtype_rule == AD_TYPE_FLOAT;
  int n = o->unit->op->dtype_rule == AD_TYPE_SAME || o->unit->op->dtype_rule == AD_TYPE_INDEXED ? 1 : o->inputs;
  if ((!promotes && n != 1) || !may_be_tensor(o->out) || o->out->dtype) return;
  for (int i = 0; i < n; i++) {
    const ad_edge *x = operand(o, i);
    if (!x || (!may_be_tensor(x) && promotes)) continue; /* numbers follow */
    if (!x->dtype) return;
    t = t ? ad_dtype_promote(t, x->dtype) : x->dtype;
  }
  if (t && (o->unit->op->dtype_rule != AD_TYPE_FLOAT || ad__dtype_kinds(t) & FLOATS)) {
    AD_SET(o->f, o->out->dtype, t);
    ad__edge_wake(o->f, o->out);
  }
}

static bool is_settled(const ad_edge *e) { return is_one(categories(e)) && may_be_tensor(e) != may_be_number(e); }

ad_status ad__unit_types(ad_family *f, ad_unit *u, const ad_attr *attrs, ad_edge *const *edges, int inputs, ad_err *e) {
  operands o = {.f = f, .unit = u, .edges = edges, .inputs = inputs};
  bool elementwise = u->op->flags & AD_OP_ELEMENTWISE && u->outputs == 1, settled = true, tensor = true, number = false;
  for (int k = 0; k < u->outputs; k++) {
    o.out = ad__edge_root(edges[inputs + k]);
    if (!elementwise && o.out->kinds & ~(unsigned)AD_IS_TENSOR && ad__edge_set_kinds(f, o.out, AD_IS_TENSOR, e)) return e->code;
  }
  if (u->outputs != 1) {
    AD_SET(f, u->typed, true);
    return AD_OK;
  }
  if (elementwise && structure(&o, &tensor, &number, e)) return e->code;
  unsigned set = result_of(&o, attrs);
  if (set && u->op->accepts && u->op->dtype_rule == AD_TYPE_PROMOTE) set &= ad__accepted_categories(u->op);
  if (!set) set = CATEGORIES;
  if (ad__edge_set_kinds(f, o.out, kinds_of(set, tensor, number), e) || backward(&o, e)) return e->code;
  forward_dtype(&o);
  for (int i = 0; i < inputs; i++) settled = settled && (!edges[i] || is_settled(operand(&o, i)));
  if (settled) AD_SET(f, u->typed, true);
  return AD_OK;
}
