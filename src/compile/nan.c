/* Finding the op that brings the first NaN into the world.
 *
 * A single step is looked at before and after. A group is computed as a whole, so where a NaN comes out its members are run one by
 * one, each by its own kernel, on copies of their own; where the group overwrites what it reads, that has to be done before. A member
 * whose NaN stays inside (where(isnan(y), 0, y)) is nobody's fault. */
#include <math.h>
#include "compile/run.h"
#include "ir/ctx.h"

/* ---- Elements ---- */

enum { AT_ONCE = 512 };

static bool some_nan(ad_exec *x, ad_dtype dtype, const char *data, size_t n) {
  double v[2 * AT_ONCE];
  bool complex_ = ad_dtype_category(dtype) == AD_CATEGORY_COMPLEX;
  size_t item = ad_dtype_size(dtype);
  for (size_t at = 0; at < n; at += AT_ONCE) {
    size_t m = n - at < AT_ONCE ? n - at : AT_ONCE;
    x->kernels->cast[dtype][complex_ ? AD_COMPLEX128 : AD_FLOAT64](m, v, data + at * item);
    for (size_t i = 0; i < (complex_ ? 2 : 1) * m; i++)
      if (isnan(v[i])) return true;
  }
  return false;
}

static bool value_has_nan(ad_exec *x, const ad_type *t, const ad_value *v) {
  if (ad_dtype_category(t->dtype) < AD_CATEGORY_FLOAT || !t->size) return false;
  ad_array a = {.type = t, .value = *v};
  ad_value temp;
  const char *data = ad__value_contiguous_data(x, &a, &temp);
  if (!data) {
    x->err.code = AD_OK;
    return false;
  }
  bool found = some_nan(x, t->dtype, data, (size_t)t->size);
  ad__value_free(x->cache, t, &temp);
  return found;
}

static bool has_nan(ad_exec *x, const ad_array *a) {
  if (a->type->kind == AD_KIND_TENSOR) return a->value.data && value_has_nan(x, a->type, &a->value);
  if (a->type->kind != AD_KIND_TUPLE || !a->u.outs) return false;
  for (int i = 0; i < a->type->rank; i++)
    if (a->type->members[i]->kind == AD_KIND_TENSOR && a->u.outs[i].data && value_has_nan(x, a->type->members[i], &a->u.outs[i])) return true;
  return false;
}

/* ---- Members ---- */

static bool some_has_nan(ad_exec *x, ad_array *const *in, int n) {
  for (int k = 0; k < n; k++)
    if (in[k] && has_nan(x, in[k])) return true;
  return false;
}

/* Number i of what a group computes: its product, if it has one, then its members. */
static ad_array *computed(const ad_instance *f, const ad_group *g, int i) {
  if (g->product < 0) return f->node[g->members.at[i]];
  return f->node[i ? g->members.at[i - 1] : g->product];
}

/* The first of what a group computes whose result has a NaN; none: NULL. */
static ad_status first_member(ad_exec *x, const ad_instance *f, const ad_group *g, const ad_array **maker) {
  ad_mem *mem = &f->plan->ctx->mem;
  int done = 0, n = g->members.n + (g->product >= 0);
  size_t bytes = (size_t)n * sizeof(ad_value);
  ad_status code = AD_OK;
  ad_value *before = ad__mem_take(mem, bytes);
  *maker = NULL;
  if (!before) return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  for (; done < n && !code && !*maker; done++) {
    ad_array *a = computed(f, g, done);
    before[done] = a->value;
    a->value = (ad_value){NULL, NULL, NULL};
    code = ad__exec_node(x, a, 0);
    if (!code && has_nan(x, a)) *maker = a;
  }
  for (int i = done; i-- > 0;) {
    ad_array *a = computed(f, g, i);
    if (a->value.buf) ad__value_free(x->cache, a->type, &a->value);
    a->value = before[i];
  }
  ad__mem_give(mem, before, bytes);
  return code;
}

/* ---- Around a step ---- */

/* A group's product is among what it reads, but made by the step. */
static bool is_read(const ad_run_step *s, int k) { return s->group->in.at[k] != s->group->product; }

static bool operand_has_nan(ad_exec *x, const ad_run_step *s) {
  if (!s->group) return some_has_nan(x, s->node->in, s->node->n);
  for (int k = 0; k < s->group->in.n; k++)
    if (is_read(s, k) && has_nan(x, s->in[k])) return true;
  return s->product && some_has_nan(x, s->product->in, s->product->n);
}

/* Will what the group reads still be there when it has run? */
static bool overwrites(const ad_instance *f, const ad_run_step *s) {
  for (int i = 0; i < s->group->out.n; i++) {
    if (f->plan->lodging[s->out[i]->serial].donor >= 0) return true;
    for (int k = 0; k < s->group->in.n; k++)
      if (is_read(s, k) && s->in[k]->value.data == s->out[i]->value.data) return true;
  }
  return false;
}

ad_status ad__nan_before(ad_exec *x, const ad_instance *f, const ad_run_step *s, ad_nan_look *look) {
  *look = (ad_nan_look){.given = operand_has_nan(x, s)};
  return !look->given && s->group && overwrites(f, s) ? first_member(x, f, s->group, &look->maker) : AD_OK;
}

ad_status ad__nan_after(ad_exec *x, const ad_instance *f, const ad_run_step *s, const ad_nan_look *look) {
  ad_array *const alone[] = {s->node};
  if (look->given || !some_has_nan(x, s->group ? s->out : alone, s->group ? s->group->out.n : 1)) return AD_OK;
  const ad_array *a = look->maker;
  ad_status code = s->group && !a ? first_member(x, f, s->group, &a) : AD_OK;
  if (code) return code;
  if (!a) a = s->node;
  ad__fail(&x->err, AD_E_VALUE, "%s%s%s: a NaN in its result, though none of its operands has one; find_nan is on", a->where ? a->where : "",
           a->where ? ": " : "", a->op->name);
  x->told = true;
  return x->err.code;
}
