/* Dtype rules: to what an op casts its inputs, and what its results are.
 *
 * One function per rule of ad_dtype_rule, all over ad_dtype_promote. A weak scalar (a number of the host language)
 * says only its category: it takes the dtype of the arrays it meets, and lifts their category at most. */
#include "ops/apply.h"

#include "ir/ctx.h"

ad_dtype ad__dtype_real(ad_dtype t) {
  return t == AD_COMPLEX64 ? AD_FLOAT32 : t == AD_COMPLEX128 ? AD_FLOAT64 : t;
}

ad_dtype ad__dtype_inexact(ad_dtype t) { return ad_dtype_category(t) < AD_CATEGORY_FLOAT ? AD_FLOAT32 : t; }

static ad_dtype lift(ad_dtype strong, ad_dtype weak) {
  ad_category s = ad_dtype_category(strong), w = ad_dtype_category(weak);
  if (w == AD_CATEGORY_BOOL) return strong;
  if (w <= AD_CATEGORY_INT) return s == AD_CATEGORY_BOOL ? AD_INT32 : strong;
  if (w == AD_CATEGORY_FLOAT) return ad__dtype_inexact(strong);
  if (s == AD_CATEGORY_COMPLEX) return strong;
  return strong == AD_FLOAT64 ? AD_COMPLEX128 : AD_COMPLEX64;
}

ad_dtype ad__promote_arrays(ad_array *const *in, int n) {
  ad_dtype strong = AD_DTYPE_NONE, weak = AD_DTYPE_NONE;
  for (int i = 0; i < n; i++) {
    if (!in[i]) continue;
    ad_dtype *t = in[i]->flags & AD_NODE_WEAK ? &weak : &strong;
    *t = *t ? ad_dtype_promote(*t, in[i]->type->dtype) : in[i]->type->dtype;
  }
  if (!strong) return weak;
  return weak ? lift(strong, weak) : strong;
}

static ad_dtype widen_sum(ad_dtype t) {
  switch (ad_dtype_category(t)) {
  case AD_CATEGORY_BOOL: return AD_INT32;
  case AD_CATEGORY_INT: return ad_dtype_size(t) < 8 ? AD_INT32 : t;
  case AD_CATEGORY_UINT: return ad_dtype_size(t) < 8 ? AD_UINT32 : t;
  default: return t;
  }
}

static ad_status check_accepts(const ad_op *op, ad_dtype t, ad_err *e) {
  static const char *const words[] = {"bool", "unsigned integers", "signed integers", "floats", "complex numbers"};
  if (!op->accepts || op->accepts & 1u << ad_dtype_category(t)) return AD_OK;
  char buffer[128] = "";
  size_t used = 0;
  for (int i = 0; i <= AD_CATEGORY_COMPLEX; i++)
    if (op->accepts & 1u << i)
      used += ad__format(buffer + used, sizeof buffer - used, "%s%s", used ? ", " : "", words[i]);
  return ad__fail(e, AD_E_TYPE, "dtype %s; it is not defined for it; %s are right", ad_dtype_name(t), buffer);
}

static ad_status check_indices(const ad_rule *r, ad_err *e) {
  for (int i = 1; i < r->n; i++) {
    if (!r->in[i]) continue;
    ad_dtype t = r->in[i]->type->dtype;
    if (ad_dtype_category(t) > AD_CATEGORY_INT)
      return ad__fail(e, AD_E_TYPE, "indices of dtype %s; integers are right", ad_dtype_name(t));
  }
  return AD_OK;
}

static int dtype_field(const ad_op *op) {
  for (int i = 0; i < op->field_count; i++)
    if (op->fields[i].kind == AD_FIELD_DTYPE) return i;
  return -1;
}

static void all(ad_dtype *in, int n, ad_dtype t) {
  for (int i = 0; i < n; i++) in[i] = t;
}

static ad_status attr_dtype(const ad_rule *r, ad_dtype *out, ad_err *e) {
  int f = dtype_field(r->op);
  if (f < 0 || !r->attrs[f].given) return ad__fail(e, AD_E_TYPE, "no dtype; one is needed");
  *out = (ad_dtype)r->attrs[f].as.i;
  return AD_OK;
}

ad_status ad__op_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, ad_err *e) {
  const ad_op *op = r->op;
  ad_dtype first = r->n && r->in[0] ? r->in[0]->type->dtype : AD_DTYPE_NONE;
  for (int i = 0; i < r->n; i++) in[i] = r->in[i] ? r->in[i]->type->dtype : AD_DTYPE_NONE;
  ad_dtype t = AD_DTYPE_NONE;
  ad_status st = AD_OK;
  switch (op->dtype_rule) {
  case AD_TYPE_PROMOTE:
  case AD_TYPE_FLOAT:
  case AD_TYPE_COMPARE:
    t = ad__promote_arrays(r->in, r->n);
    if (op->dtype_rule == AD_TYPE_FLOAT) t = ad__dtype_inexact(t);
    all(in, r->n, t);
    out[0] = op->dtype_rule == AD_TYPE_COMPARE ? AD_BOOL : t;
    break;
  case AD_TYPE_BOOL: t = first, out[0] = AD_BOOL; break;
  case AD_TYPE_LOGICAL: all(in, r->n, AD_BOOL), out[0] = AD_BOOL; return AD_OK;
  case AD_TYPE_SELECT:
    t = ad__promote_arrays(r->in + 1, r->n - 1);
    all(in, r->n, t);
    in[0] = AD_BOOL;
    out[0] = t;
    break;
  case AD_TYPE_REAL: t = first, out[0] = ad__dtype_real(first); break;
  case AD_TYPE_SAME: t = first, out[0] = first; break;
  case AD_TYPE_SUM:
    t = first;
    out[0] = widen_sum(first);
    if (dtype_field(op) >= 0 && r->attrs[dtype_field(op)].given) st = attr_dtype(r, out, e);
    break;
  case AD_TYPE_INDEX: t = first, out[0] = AD_UINT32; break;
  case AD_TYPE_ATTR: t = first, st = attr_dtype(r, out, e); break;
  case AD_TYPE_INDEXED: t = first, out[0] = first, st = check_indices(r, e); break;
  case AD_TYPE_FUNCTION: {
    char why[256] = "";
    st = op->dtypes(r, in, out, why, sizeof why);
    if (st) return ad__fail(e, st, "%s", why);
    t = in[0];
    break;
  }
  }
  if (st) return st;
  for (int k = 1; k < op->outputs && op->dtype_rule != AD_TYPE_FUNCTION; k++) out[k] = out[0];
  return t && r->n ? check_accepts(op, t, e) : AD_OK;
}
