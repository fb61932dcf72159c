/* Algebraic simplification by the rules of rewrites.def, as nodes are made: operands are simple already, so one look at a node is
 * enough, and what a rule gives is looked at again, a few times at most. */
#include "compile/pass.h"

#include "compile/compiler.h"
#include "compile/rewrites.h"
#include "ops/apply.h"
#include "ops/graph_build.h"
#include "runtime/exec.h"

enum { LETTERS = 3, DEEPEST = 4, MOST_ROUNDS = 8 };

typedef struct match {
  const ad_rules *r;
  ad_passing *p;
  ad_array *letter[LETTERS];
  ad_array *op[DEEPEST]; /* nodes of the pattern's ops, the outermost first: whose attributes a replacement takes */
  int n_ops;
} match;

/* ---- Constants ---- */

static bool is_number(const ad_passing *p, const ad_array *a, double number) {
  enum { MOST = 64 };
  double v[MOST];
  if (!(a->flags & AD_NODE_CONST) || a->type->kind != AD_KIND_TENSOR || a->type->size < 1 || a->type->size > MOST) return false;
  if (ad_dtype_category(a->type->dtype) == AD_CATEGORY_COMPLEX || !ad__value_contiguous(&a->value)) return false;
  const ad_kernels *k = ad__kernels_of(p->ctx->isa);
  k->cast[a->type->dtype][AD_FLOAT64]((size_t)a->type->size, v, a->value.data);
  for (int64_t i = 0; i < a->type->size; i++)
    if (v[i] != number) return false;
  return true;
}

/* ---- Matching ---- */

static bool fits(match *m, const ad_term *t, ad_array *a);

static bool fits_operands(match *m, const ad_term *t, ad_array *const *in, bool turned) {
  for (int i = 0; i < t->n; i++) {
    ad_array *x = in[turned ? t->n - 1 - i : i];
    if (!x || !fits(m, &m->r->terms[t->in[i]], x)) return false;
  }
  return true;
}

/* Either order; the first that fits is taken. */
static bool fits_op(match *m, const ad_term *t, ad_array *a, ad_array *const *in) {
  if (a->op != t->op || a->n != t->n || m->n_ops == DEEPEST) return false;
  match before = *m;
  m->op[m->n_ops++] = a;
  if (fits_operands(m, t, in, false)) return true;
  *m = before;
  if (t->n != 2 || !(t->op->flags & AD_OP_COMMUTES)) return false;
  m->op[m->n_ops++] = a;
  return fits_operands(m, t, in, true);
}

static bool fits(match *m, const ad_term *t, ad_array *a) {
  if (t->op) return !(a->flags & AD_NODE_CONST) && fits_op(m, t, a, a->in);
  if (!t->letter) return is_number(m->p, a, t->number);
  ad_array **slot = &m->letter[t->letter - 'x'];
  if (!*slot) *slot = a;
  return *slot == a;
}

/* ---- When ---- */

/* Does `to` hold every value of `from`? */
static bool is_exact(ad_dtype from, ad_dtype to) {
  static const int digits[AD_DTYPE_COUNT] = {[AD_FLOAT16] = 11, [AD_BFLOAT16] = 8, [AD_FLOAT32] = 24, [AD_FLOAT64] = 53};
  ad_category a = ad_dtype_category(from), b = ad_dtype_category(to);
  int bits = 8 * (int)ad_dtype_size(from);
  if (from == to || from == AD_BOOL) return true;
  if (b == AD_CATEGORY_BOOL || a == AD_CATEGORY_COMPLEX || b == AD_CATEGORY_COMPLEX) return false;
  if (a == AD_CATEGORY_FLOAT) return b == a && ad_dtype_size(to) > ad_dtype_size(from);
  if (b == AD_CATEGORY_FLOAT) return bits <= digits[to];
  if (a == AD_CATEGORY_INT) return b == a && ad_dtype_size(to) > ad_dtype_size(from);
  return ad_dtype_size(to) > ad_dtype_size(from);
}

static bool is_allowed(ad_rule_when when, const ad_array *a, ad_array *const *in) {
  if (a->type->kind != AD_KIND_TENSOR) return when == AD_WHEN_ANY;
  ad_category k = ad_dtype_category(a->type->dtype);
  bool integer = k == AD_CATEGORY_INT || k == AD_CATEGORY_UINT;
  switch (when) {
  case AD_WHEN_FLOAT: return k == AD_CATEGORY_FLOAT;
  case AD_WHEN_INTEGER: return integer;
  case AD_WHEN_NUMBER: return integer || k == AD_CATEGORY_FLOAT;
  case AD_WHEN_BITS: return integer || k == AD_CATEGORY_BOOL;
  case AD_WHEN_EXACT: return in[0]->n && is_exact(in[0]->in[0]->type->dtype, in[0]->type->dtype);
  default: return true;
  }
}

/* ---- Building ---- */

static ad_array *build(match *m, const ad_term *t) {
  if (t->letter) return m->letter[t->letter - 'x'];
  if (!t->op) return ad_number_at(NULL, m->p->ctx, t->number);
  ad_array *in[3];
  const ad_attr *at = NULL;
  for (int i = 0; i < t->n; i++) in[i] = build(m, &m->r->terms[t->in[i]]);
  for (int i = m->n_ops; i-- > 0;)
    if (m->op[i]->op == t->op && m->op[i]->attrs) at = m->op[i]->attrs->at;
  return ad_apply(m->p->ctx, NULL, t->op, in, t->n, at);
}

/* Could rule k be used? What it gives must be of the node's own type, which only a letter has before it is built. */
static bool is_usable(match *m, int k, ad_array *a, ad_array *const *in) {
  const ad_term *to = &m->r->terms[m->r->rows[k].replacement];
  if (!fits_op(m, &m->r->terms[m->r->rows[k].pattern], a, in) || !is_allowed(m->r->rows[k].when, a, in)) return false;
  return !to->letter || m->letter[to->letter - 'x']->type == a->type;
}

static int first_rule(const ad_rules *r, const ad_array *a) {
  return a->op->id >= AD_OP_COUNT || (a->flags & AD_NODE_CONST) ? -1 : r->first[a->op->id];
}

/* What the first fitting rule makes of the node; NULL when none fits. */
static ad_array *rewrite(ad_passing *p, ad_array *a, ad_array *const *in) {
  const ad_rules *r = p->own;
  for (int k = first_rule(r, a); k >= 0; k = r->rows[k].next) {
    match m = {.r = r, .p = p};
    if (!is_usable(&m, k, a, in)) continue;
    int before = p->to->nodes.count;
    ad_array *y = build(&m, &r->terms[r->rows[k].replacement]);
    if (!ad__is_error(y) && y->type == a->type) return y;
    ad__graph_cut(p->to, before);
  }
  return NULL;
}

static ad_array *simplify(ad_passing *p, ad_array *a, ad_array *const *in) {
  ad_array *y = rewrite(p, a, in);
  for (int i = 0; y && i < MOST_ROUNDS; i++) {
    ad_array *again = rewrite(p, y, y->in);
    if (!again) break;
    y = again;
  }
  return y;
}

static bool some_rule_fits(ad_graph *g, const ad_rules *r) {
  ad_passing p = {.ctx = g->ctx};
  for (int i = 0; i < g->nodes.count; i++)
    for (int k = first_rule(r, g->nodes.at[i]); k >= 0; k = r->rows[k].next) {
      match m = {.r = r, .p = &p};
      if (is_usable(&m, k, g->nodes.at[i], g->nodes.at[i]->in)) return true;
    }
  return false;
}

ad_graph *ad__pass_simplify(ad_graph *g) {
  ad_compiler *k = ad__compiler_of(g->ctx);
  if (k) return some_rule_fits(g, &k->rules) ? ad__pass_over(g, simplify, &k->rules) : g;
  ad_graph *failed = ad_graph_new(g->ctx, g->name);
  ad__graph_fail(failed, AD_E_MEMORY, "out of memory");
  return failed;
}
