/* fast_scaled_dot_product_attention and its gradient.
 *
 * The kernels (runtime/attention_rows.c, runtime/attention_back.c) never hold the matrix of scores; the compositions here do, and
 * serve targets that have no attention, forward mode and higher derivatives. What the gradient needs of a row of scores is the
 * logarithm of its sum of exponentials, an extra output, from which it computes the row again; the sum of a row of
 * P * dP is that of ct * out (Dao, Fu, Ermon, Rudra, Ré: FlashAttention, 2022).
 * A row whose scores are all -infinity, since all of it is masked, has weight nowhere: its result is 0, and that sum -infinity. */
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/reduce_rules.h"

enum { SCALE, CAUSAL };
enum { Q, K, V, MASK, SINKS };                                                   /* inputs of the op */
enum { CT, GRAD_Q, GRAD_K, GRAD_V, LSE, DELTA, GRAD_MASK, GRAD_SINKS };          /* of its gradient */

static const ad_field attention_fields[] = {
    {.name = "scale", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "factor of the products of q and k, as a rule 1/sqrt(D)"},
    {.name = "causal", .kind = AD_FIELD_FLAG, .doc = "query t sees keys up to t + S - T only: the last query sees the last key"},
};

static ad_array *infinite(const ad_rule *r) { return AD_RULE_NUMBER(r, -__builtin_inf()); }

/* ---- Shapes ---- */

static bool heads_shared(ad_rel *r, int q, int k) {
  ad_dim heads = ad_rel_get_dim(r, q, 1), shared = ad_rel_get_dim(r, k, 1);
  if (heads < 0 || shared < 0) return true;
  if (shared ? heads % shared == 0 : heads == 0) return true;
  return ad_rel_fail(r, AD_E_VALUE, "%lld heads of q for %lld of k and v; each of these serves as many of q; a multiple is right",
                     (long long)heads, (long long)shared);
}

/* The mask broadcasts to (B, N, T, S). */
static bool mask_fits(ad_rel *r, int mask, int q, int k) {
  int rank = ad_rel_has(r, mask) ? ad_rel_get_rank(r, mask) : 0;
  if (rank < 0) return ad_rel_later(r);
  if (rank > 4) return ad_rel_fail(r, AD_E_VALUE, "mask of rank %d; one that broadcasts to (B, N, T, S) is right", rank);
  for (int i = 1; i <= rank; i++) {
    ad_dim have = ad_rel_get_dim(r, mask, -i), want = i == 1 ? ad_rel_get_dim(r, k, 2) : ad_rel_get_dim(r, q, 4 - i);
    if (have == 1 || have < 0 || want < 0 || have == want) continue;
    return ad_rel_fail(r, AD_E_VALUE, "mask whose axis %d is %lld; it does not broadcast to the scores; 1 or %lld is right", -i,
                       (long long)have, (long long)want);
  }
  return true;
}

/* q (B, N, T, D), k (B, K, S, D), v (B, K, S, E), sinks (N). */
static bool operands_fit(ad_rel *r, int q, int mask) {
  int k = q + 1, v = q + 2, sinks = mask + 1;
  for (int i = q; i <= v; i++)
    if (!ad_rel_rank(r, i, 4) || !ad_rel_same_dim(r, q, 0, i, 0)) return false;
  if (!ad_rel_same_dim(r, q, 3, k, 3) || !ad_rel_same_dim(r, k, 1, v, 1) || !ad_rel_same_dim(r, k, 2, v, 2)) return false;
  if (ad_rel_has(r, sinks) && (!ad_rel_rank(r, sinks, 1) || !ad_rel_same_dim(r, q, 1, sinks, 0))) return false;
  return heads_shared(r, q, k) && mask_fits(r, mask, q, k);
}

/* The first `axes` axes of a slot are those of q. */
static bool as_queries(ad_rel *r, int q, int slot, int axes, int rank) {
  if (!ad_rel_rank(r, slot, rank)) return false;
  for (int i = 0; i < axes; i++)
    if (!ad_rel_same_dim(r, q, i, slot, i)) return false;
  return true;
}

static ad_status attention_dims(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), lse = AD_REL_OUT(r, 1);
  return ad_rel_end(r, operands_fit(r, Q, MASK) && as_queries(r, Q, out, 3, 4) && ad_rel_same_dim(r, V, 3, out, 3) &&
                           as_queries(r, Q, lse, 3, 3));
}

static ad_status grad_dims(ad_rel *r) {
  bool ok = operands_fit(r, GRAD_Q, GRAD_MASK) && as_queries(r, GRAD_Q, CT, 3, 4) && ad_rel_same_dim(r, GRAD_V, 3, CT, 3) &&
            as_queries(r, GRAD_Q, LSE, 3, 3) && as_queries(r, GRAD_Q, DELTA, 3, 3);
  for (int i = 0; i < 3; i++) ok = ok && ad_rel_same(r, GRAD_Q + i, AD_REL_OUT(r, i));
  ok = ok && (ad_rel_has(r, GRAD_SINKS) ? ad_rel_same(r, GRAD_SINKS, AD_REL_OUT(r, 3)) : ad_rel_is(r, AD_REL_OUT(r, 3), 1, (const ad_dim[]){0}));
  return ad_rel_end(r, ok);
}

/* ---- Dtypes ---- */

static ad_status must_promote(const ad_rule *r, int i, const char *name, ad_dtype t, const char *or_else, char *why, size_t why_size) {
  ad_dtype have = ad_array_dtype(r->in[i]);
  if (ad_dtype_category(have) == AD_CATEGORY_FLOAT && (ad_array_is_weak(r->in[i]) || ad_dtype_promote(have, t) == t)) return AD_OK;
  ad__format(why, why_size, "%s of dtype %s; %sa float that promotes to %s is right", name, ad_dtype_name(have), or_else, ad_dtype_name(t));
  return AD_E_TYPE;
}

/* The `n` operands from the first on together; mask and sinks must follow them. */
static ad_status operand_dtypes(const ad_rule *r, int n, int mask, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_dtype t = ad__dtype_inexact(ad__promote_arrays(r->in, n));
  for (int i = 0; i < r->n; i++) in[i] = i < n ? t : i < mask ? ad__rule_wide(t) : AD_DTYPE_NONE;
  for (int k = 0; k < r->op->outputs; k++) out[k] = t;
  if (r->in[mask]) {
    in[mask] = ad_array_dtype(r->in[mask]) == AD_BOOL ? AD_BOOL : t;
    ad_status s = in[mask] == AD_BOOL ? AD_OK : must_promote(r, mask, "mask", t, "bool, where true keeps, or ", why, why_size);
    if (s) return s;
  }
  if (!r->in[mask + 1]) return AD_OK;
  in[mask + 1] = t;
  return must_promote(r, mask + 1, "sinks", t, "", why, why_size);
}

static ad_status attention_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_status s = operand_dtypes(r, 3, MASK, in, out, why, why_size);
  out[1] = ad__rule_wide(out[0]);
  return s;
}

static ad_status grad_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  return operand_dtypes(r, 4, GRAD_MASK, in, out, why, why_size);
}

/* ---- Compositions ---- */

static ad_array *turned(ad_array *a) { return ad_swapaxes(a, -1, -2); }
static bool sharing(ad_array *q, ad_array *kv) { return ad_array_dim(q, 1) != ad_array_dim(kv, 1); }

/* (B, N, T, D) as (B, K, N/K, T, D), where keys and values are shared. */
static ad_array *heads_apart(ad_array *a, ad_array *kv) {
  if (ad_is_error(a) || ad_is_error(kv) || !sharing(a, kv)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t shared = ad_array_dim(kv, 1), dims[] = {s.dims[0], shared, shared ? s.dims[1] / shared : 0, s.dims[2], s.dims[3]};
  return ad_reshape(a, (ad_shape){5, dims});
}

/* a times b, matrix by matrix, a having the heads of queries and b those of keys. */
static ad_array *by_heads(ad_array *a, ad_array *b) {
  if (ad_is_error(a) || ad_is_error(b) || !sharing(a, b)) return ad_matmul(a, b, NULL);
  ad_shape s = ad_array_shape(a);
  ad_array *y = ad_matmul(heads_apart(a, b), ad_expand_dims(b, AD_AXES(2)), NULL);
  return ad_reshape(y, AD_SHAPE(s.dims[0], s.dims[1], s.dims[2], ad_array_dim(b, -1)));
}

/* The transpose of a times b, both having the heads of queries, summed to those of like. */
static ad_array *to_shared_heads(ad_array *a, ad_array *b, ad_array *like) {
  ad_array *y = ad_matmul(turned(heads_apart(a, like)), heads_apart(b, like), NULL);
  return ad_is_error(y) || ad_array_rank(y) == 4 ? y : ad_sum(y, &(ad_sum_opts){.axes = AD_AXES(2)});
}

static ad_array *scores(const ad_rule *r, ad_array *q, ad_array *k, ad_array *mask) {
  ad_array *s = by_heads(ad_multiply(ad__rule_widen(q), AD_RULE_NUMBER(r, r->attrs[SCALE].as.f[0])), turned(ad__rule_widen(k)));
  int64_t t = ad_array_dim(q, 2), n = ad_array_dim(k, 2);
  if (r->attrs[CAUSAL].as.i) {
    ad_array *seen = ad_tri(r->ctx, t, &(ad_tri_opts){.m = AD_INT(n), .k = AD_INT(n - t), .dtype = AD_BOOL});
    s = ad_where(seen, s, infinite(r));
  }
  if (!mask) return s;
  return ad_array_dtype(mask) == AD_BOOL ? ad_where(mask, s, infinite(r)) : ad_add(s, ad__rule_widen(mask));
}

static ad_array *zero_if_infinite(const ad_rule *r, ad_array *a) {
  return ad_where(ad_equal(a, infinite(r)), AD_RULE_NUMBER(r, 0), a);
}
static ad_array *sinks_of(ad_array *sinks) { return ad_expand_dims(ad__rule_widen(sinks), AD_AXES(1, 2)); } /* (N, 1, 1) */

/* No keys at all: everything is masked but the sinks. */
static ad_array *compose_empty(const ad_rule *r) {
  ad_array *q = r->in[Q], *sinks = r->in[SINKS];
  ad_dtype t = ad_array_dtype(q);
  ad_shape s = ad_array_shape(q);
  ad_array *out = ad_zeros(r->ctx, AD_SHAPE(s.dims[0], s.dims[1], s.dims[2], ad_array_dim(r->in[V], 3)), &(ad_zeros_opts){.dtype = t});
  ad_array *lse = sinks ? ad_expand_dims(ad__rule_widen(sinks), AD_AXES(1)) : ad__rule_cast(infinite(r), ad__rule_wide(t));
  return ad_tuple(r->ctx, (ad_array *[]){out, ad_broadcast_to(lse, (ad_shape){3, s.dims})}, 2);
}

static ad_array *attention_compose(const ad_rule *r) {
  ad_array *sinks = r->in[SINKS], *zero = AD_RULE_NUMBER(r, 0);
  if (ad_array_dim(r->in[K], 2) == 0) return compose_empty(r);
  ad_array *s = scores(r, r->in[Q], r->in[K], r->in[MASK]);
  ad_array *top = ad_max(s, &(ad_max_opts){.axes = AD_AXES(-1), .keepdims = true});
  if (sinks) top = ad_maximum(top, sinks_of(sinks));
  top = zero_if_infinite(r, ad_stop_gradient(top));
  ad_array *e = ad_exp(ad_subtract(s, top)), *sum = ad_sum(e, &(ad_sum_opts){.axes = AD_AXES(-1), .keepdims = true});
  if (sinks) sum = ad_add(sum, ad_exp(ad_subtract(sinks_of(sinks), top)));
  ad_array *none = ad_equal(sum, zero), *divisor = ad_where(none, AD_RULE_NUMBER(r, 1), sum);
  ad_array *out = by_heads(ad_divide(e, divisor), ad__rule_widen(r->in[V]));
  ad_array *lse = ad_where(none, infinite(r), ad_add(top, ad_log(divisor)));
  return ad_tuple(r->ctx, (ad_array *[]){ad__rule_cast(out, ad_array_dtype(r->in[Q])), ad_squeeze(lse, &(ad_squeeze_opts){.axes = AD_AXES(-1)})}, 2);
}

/* With P = exp(scores - lse) and dP = ct v^T: dS = P (dP - delta). */
static ad_array *score_cotangent(const ad_rule *r, ad_array *const *in, ad_array **p) {
  ad_array *lse = zero_if_infinite(r, in[LSE]);
  *p = ad_exp(ad_subtract(scores(r, in[GRAD_Q], in[GRAD_K], in[GRAD_MASK]), ad_expand_dims(lse, AD_AXES(-1))));
  ad_array *dp = by_heads(ad__rule_widen(in[CT]), turned(ad__rule_widen(in[GRAD_V])));
  return ad_multiply(*p, ad_subtract(dp, ad_expand_dims(in[DELTA], AD_AXES(-1))));
}

static ad_array *grad_compose(const ad_rule *r) {
  ad_array *p, *ds = score_cotangent(r, r->in, &p), *scale = AD_RULE_NUMBER(r, r->attrs[SCALE].as.f[0]);
  ad_array *q = ad__rule_widen(r->in[GRAD_Q]), *k = ad__rule_widen(r->in[GRAD_K]), *sinks = r->in[GRAD_SINKS];
  ad_dtype t = ad_array_dtype(r->in[GRAD_Q]);
  ad_array *out[4] = {ad_multiply(by_heads(ds, k), scale), ad_multiply(to_shared_heads(ds, q, k), scale),
                      to_shared_heads(p, ad__rule_widen(r->in[CT]), k), NULL};
  if (sinks) {
    ad_array *weight = ad_exp(ad_subtract(ad_expand_dims(ad__rule_widen(sinks), AD_AXES(1)), zero_if_infinite(r, r->in[LSE])));
    out[3] = ad_negative(ad_sum(ad_multiply(weight, r->in[DELTA]), &(ad_sum_opts){.axes = AD_AXES(0, 2)}));
  } else {
    out[3] = ad_zeros(r->ctx, AD_SHAPE(0), &(ad_zeros_opts){.dtype = t});
  }
  for (int i = 0; i < 4; i++) out[i] = ad__rule_cast(out[i], t);
  return ad_tuple(r->ctx, out, 4);
}

/* ---- Derivative and batching ---- */

/* The sum of ct * out over a row, less the cotangent of lse: both shift the row's dS. */
static ad_array *delta_of(ad_array *ct, ad_array *out, ad_array *ct_lse) {
  ad_array *sum = ad_sum(ad_multiply(ad__rule_widen(ct), ad__rule_widen(out)), &(ad_sum_opts){.axes = AD_AXES(-1)});
  return ct_lse ? ad_subtract(sum, ct_lse) : sum;
}

static ad_array *attention_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_array *out = ad_item(r->out, 0), *own = NULL, **shared = r->shared ? r->shared : &own;
  ad_array *ct_out = ct[0] ? ct[0] : ad_zeros_like(out, NULL), *delta = NULL;
  if (!*shared || i == MASK) delta = delta_of(ct_out, out, ct[1]);
  ad_array *in[] = {ct_out, r->in[Q], r->in[K], r->in[V], ad_item(r->out, 1), delta, r->in[MASK], r->in[SINKS]};
  if (i == MASK) return score_cotangent(r, in, &own); /* as large as the scores where the mask is */
  if (!*shared) {
    ad_fast_scaled_dot_product_attention_grad_opts opts = {.causal = r->attrs[CAUSAL].as.i};
    *shared = ad_fast_scaled_dot_product_attention_grad(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7], r->attrs[SCALE].as.f[0], &opts);
  }
  return ad_item(*shared, i == SINKS ? 3 : i);
}

/* (size, B, ...) as (size * B, ...). */
static ad_array *fold(ad_array *a, bool batched, int64_t size) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t dims[AD_MAX_RANK];
  int n = 0;
  if (!batched) {
    dims[n++] = size;
    for (int i = 0; i < s.rank; i++) dims[n++] = s.dims[i];
    a = ad_broadcast_to(a, (ad_shape){n, dims});
    s = ad_array_shape(a);
  }
  dims[0] = size * s.dims[1];
  for (int i = 2; i < s.rank; i++) dims[i - 1] = s.dims[i];
  return ad_reshape(a, (ad_shape){s.rank - 1, dims});
}

/* A mask that differs over the batch, or over B, gets all axes; any other broadcasts as it is. */
static ad_array *fold_mask(ad_array *mask, bool batched, int64_t size, int64_t b) {
  int rank = ad_array_rank(mask) - (batched ? 1 : 0);
  ad_shape s = ad_array_shape(mask);
  if (!batched && (rank < 4 || s.dims[0] == 1)) return mask;
  if (!batched) return fold(mask, false, size);
  int64_t dims[5] = {size, 1, 1, 1, 1};
  for (int i = 0; i < rank; i++) dims[5 - rank + i] = s.dims[1 + i];
  mask = ad_reshape(mask, (ad_shape){5, dims});
  dims[1] = b;
  return fold(ad_broadcast_to(mask, (ad_shape){5, dims}), true, size);
}

static ad_array *unfold(ad_array *a, int64_t size) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t dims[AD_MAX_RANK] = {size, s.rank > 1 && size ? s.dims[0] / size : 0};
  for (int i = 1; i < s.rank; i++) dims[i + 1] = s.dims[i];
  return s.rank > 1 ? ad_reshape(a, (ad_shape){s.rank + 1, dims}) : ad_broadcast_to(a, AD_SHAPE(size, s.dims[0]));
}

/* The batch joins B. Sinks have no such axis: where their sums or themselves differ over the batch, it is composed. */
static ad_array *attention_batch(const ad_rule *r, const bool *batched, int64_t size) {
  int mask = r->n - 2, sinks = r->n - 1;
  ad_array *in[GRAD_SINKS + 1];
  if (size == 0 || (r->in[sinks] && (batched[sinks] || r->n > SINKS + 1))) return NULL;
  for (int i = 0; i < mask; i++) in[i] = fold(r->in[i], batched[i], size);
  int64_t b = batched[0] ? ad_array_dim(r->in[0], 1) : ad_array_dim(r->in[0], 0);
  in[mask] = r->in[mask] ? fold_mask(r->in[mask], batched[mask], size, b) : NULL;
  in[sinks] = r->in[sinks];
  ad_array *y = ad_apply(r->ctx, NULL, r->op, in, r->n, r->attrs), *out[4];
  if (ad_is_error(y)) return y;
  for (int k = 0; k < r->op->outputs; k++) out[k] = unfold(ad_item(y, k), size);
  return ad_tuple(r->ctx, out, r->op->outputs);
}

/* ---- Descriptors ---- */

const ad_op ad__op_fast_scaled_dot_product_attention = {
    AD_OP_HEAD(fast_scaled_dot_product_attention),
    .params = "q, k, v, mask, sinks",
    .doc = "softmax(scale * q k^T + mask) v for every head, without ever holding the scores: q (B, N, T, D), k (B, K, S, D), v (B, "
           "K, S, E), giving (B, N, T, E). N is a multiple of K; N/K neighbouring heads of q share one of k and v. A mask "
           "broadcasts to (B, N, T, S): where bool, true keeps; where float, it is added. sinks (N) are scores of one key more "
           "for each head, whose value is 0. A row of which all is masked gives 0. What a masked score leads to is not looked at "
           "key by key: a value that is no number may show in its neighbours. bool and integers become float32; half types "
           "are computed in float32.",
    .example = "ad_array *y = ad_fast_scaled_dot_product_attention(q, k, v, NULL, NULL, 0.125, "
               "&(ad_fast_scaled_dot_product_attention_opts){.causal = true});",
    .group = "fast",
    .inputs = 5,
    .optional = 2,
    .outputs = 2,
    .extras = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(attention_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = attention_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = attention_dims,
    AD_DERIVS(AD_SMOOTH),
    .vjp = attention_back,
    .backward = "fast_scaled_dot_product_attention_grad",
    .compose = attention_compose,
    .batch = attention_batch,
    AD_SAMPLES({"float32[2,3,4,5], float32[2,3,6,5], float32[2,3,6,4], -, -", "scale=0.5", "normal"},
               {"float64[1,4,3,2], float64[1,2,5,2], float64[1,2,5,3], -, -", "scale=0.7, causal=true", "normal"},
               {"float64[2,2,3,2], float64[2,2,4,2], float64[2,2,4,2], float64[3,4], -", "scale=1", "normal"},
               {"float64[2,2,3,2], float64[2,1,4,2], float64[2,1,4,2], bool[2,1,3,4], float64[2]", "scale=1", "normal, normal, normal, bool, normal"},
               {"float32[1,2,40,3], float32[1,2,300,3], float32[1,2,300,3], -, float32[2]", "scale=0.6, causal=true", "normal"},
               {"bfloat16[1,1,3,4], bfloat16[1,1,3,4], bfloat16[1,1,3,4], bfloat16[1,1,3,3], -", "scale=0.5", "unit"},
               {"float16[1,1,3,4], float16[1,1,3,4], float16[1,1,3,4], -, -", "scale=0.5, causal=true", "unit"},
               {"float32[1,2,0,3], float32[1,2,4,3], float32[1,2,4,3], -, -", "scale=1", "normal"},
               {"float32[1,2,3,3], float32[1,2,0,3], float32[1,2,0,3], -, float32[2]", "scale=1", "normal"}),
    AD_ERRORS({"float32[3,4,5], float32[2,3,6,5], float32[2,3,6,4], -, -", "scale=1", AD_E_VALUE, "its rank is 3; 4 is right"},
              {"float32[1,3,4,5], float32[1,2,6,5], float32[1,2,6,5], -, -", "scale=1", AD_E_VALUE,
               "3 heads of q for 2 of k and v; each of these serves as many of q; a multiple is right"},
              {"float32[1,2,4,5], float32[1,2,6,4], float32[1,2,6,4], -, -", "scale=1", AD_E_VALUE, "axis 3 is 4; 5 is right"},
              {"float32[1,2,4,5], float32[1,2,6,5], float32[1,2,6,5], float32[4,5], -", "scale=1", AD_E_VALUE,
               "mask whose axis -1 is 5; it does not broadcast to the scores; 1 or 6 is right"},
              {"float32[1,2,4,5], float32[1,2,6,5], float32[1,2,6,5], int32[4,6], -", "scale=1", AD_E_TYPE,
               "mask of dtype int32; bool, where true keeps, or a float that promotes to float32 is right"},
              {"float16[1,2,4,5], float16[1,2,6,5], float16[1,2,6,5], float32[4,6], -", "scale=1", AD_E_TYPE,
               "mask of dtype float32; bool, where true keeps, or a float that promotes to float16 is right"},
              {"float32[1,2,4,5], float32[1,2,6,5], float32[1,2,6,5], -, float32[3]", "scale=1", AD_E_VALUE, "axis 0 is 3; 2 is right"},
              {"complex64[1,1,2,2], complex64[1,1,2,2], complex64[1,1,2,2], -, -", "scale=1", AD_E_TYPE, "dtype complex64"}),
};

const ad_op ad__op_fast_scaled_dot_product_attention_grad = {
    AD_OP_HEAD(fast_scaled_dot_product_attention_grad),
    .params = "ct, q, k, v, lse, delta, mask, sinks",
    .doc = "The cotangents of q, k, v and sinks of fast_scaled_dot_product_attention for the cotangent ct of its result: lse (B, N, T) "
           "holds the logarithms of the sums of exponentials of the rows of scores, delta (B, N, T) the sums of ct * out over "
           "rows. The cotangent of missing sinks is empty.",
    .example = "ad_array *dq = ad_item(ad_fast_scaled_dot_product_attention_grad(ct, q, k, v, lse, delta, NULL, NULL, 0.125, NULL), 0);",
    .group = "fast",
    .inputs = 8,
    .optional = 2,
    .outputs = 4,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(attention_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = grad_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = grad_dims,
    .compose = grad_compose,
    .batch = attention_batch,
    AD_SAMPLES({"float32[2,3,4,4], float32[2,3,4,5], float32[2,3,6,5], float32[2,3,6,4], float32[2,3,4], float32[2,3,4], -, -", "scale=0.5", "unit"},
               {"float64[1,4,3,3], float64[1,4,3,2], float64[1,2,5,2], float64[1,2,5,3], float64[1,4,3], float64[1,4,3], -, float64[4]",
                "scale=0.7, causal=true", "unit"},
               {"float64[2,2,3,2], float64[2,2,3,2], float64[2,1,4,2], float64[2,1,4,2], float64[2,2,3], float64[2,2,3], float64[3,4], -", "scale=1", "unit"},
               {"float32[1,2,40,3], float32[1,2,40,3], float32[1,2,300,3], float32[1,2,300,3], float32[1,2,40], float32[1,2,40], bool[40,300], -",
                "scale=0.6", "unit, unit, unit, unit, above1, unit, bool"},
               {"bfloat16[1,1,3,4], bfloat16[1,1,3,4], bfloat16[1,1,3,4], bfloat16[1,1,3,4], float32[1,1,3], float32[1,1,3], -, -", "scale=0.5", "unit"},
               {"float32[1,2,3,3], float32[1,2,3,3], float32[1,2,0,3], float32[1,2,0,3], float32[1,2,3], float32[1,2,3], -, float32[2]", "scale=1", "unit"}),
    AD_ERRORS({"float32[1,2,4,5], float32[1,2,4,5], float32[1,2,6,5], float32[1,2,6,5], float32[1,2,5], float32[1,2,4], -, -", "scale=1", AD_E_VALUE,
               "axis 2 is 5; 4 is right"}),
};
