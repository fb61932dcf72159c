/* Norms of vectors and matrices: norm, vector_norm, matrix_norm.
 *
 * Composed of reductions; half types are computed in float32. Roots are taken of what is not 0 only, so that the derivative of
 * a norm at 0 is 0, to any order. */
#include <math.h>
#include <string.h>
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/linalg_rules.h"
#include "ops/reduce_rules.h"

/* A norm that is asked for: a number, or a name. */
typedef struct norm_order {
  bool given;
  double p;
  const char *name; /* "fro", "nuc", or "none" */
} norm_order;

static bool is_named(const norm_order *o, const char *name) { return strcmp(o->name, name) == 0; }

static norm_order order_of(const ad_attr *ord, const ad_attr *name) {
  return (norm_order){ord->given, ord->as.f[0], name ? name->as.text : "none"};
}

/* ---- Pieces ---- */

typedef struct over_axes {
  ad_ints axes;
  bool keepdims;
} over_axes;

static ad_array *sum_over(ad_array *a, const over_axes *o) {
  return ad_sum(a, &(ad_sum_opts){.axes = o->axes, .keepdims = o->keepdims});
}
static ad_array *max_over(ad_array *a, const over_axes *o) {
  return ad_max(a, &(ad_max_opts){.axes = o->axes, .keepdims = o->keepdims});
}
static ad_array *min_over(ad_array *a, const over_axes *o) {
  return ad_min(a, &(ad_min_opts){.axes = o->axes, .keepdims = o->keepdims});
}

static ad_array *squares(ad_array *a) {
  if (ad_dtype_category(ad_array_dtype(a)) != AD_CATEGORY_COMPLEX) return ad_square(a);
  return ad_add(ad_square(ad_real(a)), ad_square(ad_imag(a)));
}

/* x^p for x >= 0 and p > 0, with the derivative 0 at 0. */
static ad_array *power_or_zero(ad_array *x, double p) {
  ad_ctx *c = ad_array_ctx(x);
  ad_array *zero = ad_equal(x, ad_number(c, 0)), *apart = ad_where(zero, ad_number(c, 1), x);
  ad_array *y = p == 0.5 ? ad_sqrt(apart) : ad_power(apart, ad_number(c, p));
  return ad_where(zero, ad_number(c, 0), y);
}

static ad_array *vector_norm_of(ad_array *a, double p, const over_axes *o) {
  ad_ctx *c = ad_array_ctx(a);
  if (p == 2) return power_or_zero(sum_over(squares(a), o), 0.5);
  if (p == 0) {
    ad_dtype t = ad__dtype_real(ad_array_dtype(a));
    return sum_over(ad_cast(ad_not_equal(a, ad_number(c, 0)), t), o);
  }
  ad_array *x = ad_abs(a);
  if (p == 1) return sum_over(x, o);
  if (isinf(p)) return p > 0 ? max_over(x, o) : min_over(x, o);
  if (p > 0) return power_or_zero(sum_over(power_or_zero(x, p), o), 1 / p);
  return ad_power(sum_over(ad_power(x, ad_number(c, p)), o), ad_number(c, 1 / p));
}

/* Sums over one axis, of which the largest or the least along the other is taken. */
static ad_array *largest_sum(ad_array *a, int64_t summed, int64_t chosen, bool largest) {
  over_axes inner = {{true, 1, &summed}, true}, outer = {{true, 1, &chosen}, true};
  ad_array *sums = sum_over(ad_abs(a), &inner);
  return largest ? max_over(sums, &outer) : min_over(sums, &outer);
}

/* The sum, the largest or the least of the singular values of the matrices over two axes, which stay with length 1. */
static ad_array *singular_norm(ad_array *a, int64_t rows, int64_t columns, const norm_order *o) {
  int64_t rank = ad_array_rank(a), perm[AD_MAX_RANK], both[2] = {rows, columns}, n = 0;
  for (int64_t i = 0; i < rank; i++)
    if (i != rows && i != columns) perm[n++] = i;
  perm[n] = rows, perm[n + 1] = columns;
  ad_array *values = ad_linalg_svdvals(ad_transpose(a, &(ad_transpose_opts){.axes = {true, (int)rank, perm}}));
  over_axes last = {AD_AXES(-1), false};
  ad_array *y = is_named(o, "nuc") ? sum_over(values, &last) : o->p > 0 ? max_over(values, &last) : min_over(values, &last);
  return ad_expand_dims(y, (ad_ints){true, 2, both});
}

static ad_array *matrix_norm_of(ad_array *a, int64_t rows, int64_t columns, const norm_order *o, bool keepdims) {
  int64_t both[2] = {rows, columns};
  over_axes all = {{true, 2, both}, keepdims};
  ad_array *y;
  if (is_named(o, "fro") || (is_named(o, "none") && !o->given)) return power_or_zero(sum_over(squares(a), &all), 0.5);
  if (is_named(o, "nuc") || fabs(o->p) == 2) y = singular_norm(a, rows, columns, o);
  else y = fabs(o->p) == 1 ? largest_sum(a, rows, columns, o->p > 0) : largest_sum(a, columns, rows, o->p > 0);
  return keepdims ? y : ad_squeeze(y, &(ad_squeeze_opts){.axes = {true, 2, both}});
}

/* ---- What is accepted ---- */

static ad_status norm_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad__dtype_inexact(ad__promote_arrays(r->in, 1));
  out[0] = ad__dtype_real(in[0]);
  return AD_OK;
}

static bool check_order(ad_rel *r, const norm_order *o, bool matrix) {
  if (o->given && !is_named(o, "none"))
    return ad_rel_fail(r, AD_E_VALUE, "ord %g and the name \"%s\"; one of them is right", o->p, o->name);
  if (o->given && isnan(o->p)) return ad_rel_fail(r, AD_E_VALUE, "ord nan; a number is right");
  if (!matrix && !is_named(o, "none"))
    return ad_rel_fail(r, AD_E_VALUE, "the norm \"%s\" of vectors; two axes are right", o->name);
  if (matrix && o->given && fabs(o->p) != 1 && fabs(o->p) != 2 && !isinf(o->p))
    return ad_rel_fail(r, AD_E_VALUE, "ord %g of matrices; 1, -1, 2, -2, inf or -inf is right", o->p);
  return true;
}

/* Computed in float32 at least, given in a's real dtype. */
static ad_array *widened(const ad_rule *r) {
  ad_dtype t = ad_array_dtype(r->in[0]);
  return ad__rule_cast(r->in[0], t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t);
}
static ad_array *narrowed(const ad_rule *r, ad_array *y) {
  return ad_is_error(y) ? y : ad__rule_cast(y, ad__dtype_real(ad_array_dtype(r->in[0])));
}

/* ---- norm ---- */

enum { ORD = AD_REDUCE_FIELD_KEEPDIMS + 1, NAME };

#define ORD_FIELD(text) {.name = "ord", .kind = AD_FIELD_NUM, .doc = text}
#define NAME_FIELD                                               \
  {.name = "name", .kind = AD_FIELD_TEXT, .text = "none|fro|nuc", \
   .doc = "a matrix norm by name: Frobenius's, or the nuclear norm"}

static const ad_field norm_fields[] = {
    AD_REDUCE_AXES,
    ORD_FIELD("of vectors any number, infinities too; of matrices 1, 2, inf or their negatives; absent: 2 of vectors, Frobenius's "
              "of matrices"),
    NAME_FIELD,
};

/* How many axes one norm is over: without axes and order all of them are one vector. */
static int norm_axes(const ad_attr *attrs, int rank, const norm_order *o) {
  if (attrs[AD_REDUCE_FIELD_AXES].given) return attrs[AD_REDUCE_FIELD_AXES].count;
  return o->given || !is_named(o, "none") ? rank : 1;
}

static ad_status norm_dims(ad_rel *r) {
  norm_order o = order_of(ad_rel_attr(r, ORD), ad_rel_attr(r, NAME));
  int rank = ad_rel_get_rank(r, 0);
  if (rank >= 0 || ad_rel_attr(r, AD_REDUCE_FIELD_AXES)->given) {
    int n = norm_axes(ad_rel_attr(r, 0), rank, &o);
    if (n > 2) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "%d axes; one for vectors or two for matrices are right", n));
    if (!check_order(r, &o, n == 2)) return ad_rel_end(r, false);
  }
  return ad__reduce_dims(r);
}

static ad_array *norm_compose(const ad_rule *r) {
  norm_order o = order_of(&r->attrs[ORD], &r->attrs[NAME]);
  ad_array *a = widened(r);
  ad_ints axes = ad__reduce_axes(r);
  bool keepdims = r->attrs[AD_REDUCE_FIELD_KEEPDIMS].as.i;
  if (norm_axes(r->attrs, ad_array_rank(a), &o) == 2) {
    static const int64_t both[2] = {0, 1};
    const int64_t *at = axes.given ? axes.values : both;
    return narrowed(r, matrix_norm_of(a, at[0], at[1], &o, keepdims));
  }
  over_axes over = {axes, keepdims};
  return narrowed(r, vector_norm_of(a, o.given ? o.p : 2, &over));
}

const ad_op ad__op_linalg_norm = {
    AD_OP_HEAD(linalg_norm),
    .params = "a",
    .doc = "A norm over one axis (of vectors) or two (of matrices); without axes and order that of all elements as one vector, "
           "with an order of a's one or two axes. Vectors: (sum |a|^ord)^(1/ord), the largest |a| for inf, the least for -inf, "
           "how many are not 0 for 0. Matrices: Frobenius's, the nuclear norm, the largest (least) column sum for 1 (-1), row sum "
           "for inf (-inf), singular value for 2 (-2). The result is real; its derivative at 0 is 0.",
    .example = "ad_array *y = ad_linalg_norm(x, &(ad_linalg_norm_opts){.axes = AD_AXES(-1)});",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(norm_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = norm_dtypes,
    .dims = norm_dims,
    .compose = norm_compose,
    AD_SPELLINGS({"numpy", "np.linalg.norm(wide($0), None if @name == 'none' and @ord is None else @ord if @ord is not None else "
                           "@name, @axes, @keepdims).astype(@out)"}),
    AD_SAMPLES({"float32[3,5]", "", "normal"}, {"float64[3,4,5]", "axes=[1], keepdims=true", "normal"},
               {"complex64[3,4]", "axes=[0,1]", "normal"}, {"float64[4]", "ord=3", "normal"}, 
               {"complex128[2,4]", "axes=[-1], ord=1.5", "normal"},
               {"float64[3,4]", "ord=1", "distinct"}, {"complex128[2,3,4]", "ord=-inf, axes=[0,2]", "normal"},
               {"float64[3,4,2]", "ord=inf, axes=[2,0], keepdims=true", "distinct"}, {"float32[3,4]", "ord=-1", "distinct"},
               {"float16[7]", "ord=0", "small"}, {"float64[5]", "ord=-inf", "distinct"}, {"float32[5]", "ord=inf", "distinct"},
               {"float64[3,3]", "name=fro", "normal"}, {"complex128[3,4]", "name=nuc", "normal"},
               {"float64[2,3,3]", "axes=[2,1], ord=2, keepdims=true", "normal"}, {"float32[4,3]", "ord=-2", "normal"}, {"float64[5]", "ord=-2", "nonzero"}, {"int32[3,2]", "", "small"},
               {"float32[0]", "", "normal"}, {"float64[]", "", "normal"}, {"bfloat16[40]", "ord=1", "normal"}),
    AD_ERRORS({"float32[2,3,4]", "ord=1", AD_E_VALUE, "3 axes; one for vectors or two for matrices are right"},
              {"float32[2,3]", "ord=3", AD_E_VALUE, "ord 3 of matrices; 1, -1, 2, -2, inf or -inf is right"},
              {"float32[3]", "name=nuc", AD_E_VALUE, "the norm \"nuc\" of vectors; two axes are right"},
              {"float32[3,3]", "name=nuc, ord=2", AD_E_VALUE, "ord 2 and the name \"nuc\"; one of them is right"},
              {"float32[3]", "axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"}),
};

/* ---- vector_norm ---- */

static const ad_field vector_norm_fields[] = {
    AD_REDUCE_AXES,
    {.name = "ord", .kind = AD_FIELD_NUM, .has_default = true, .default_num = 2, .doc = "any number, infinities too"},
};

static ad_status vector_norm_dims(ad_rel *r) {
  norm_order o = {true, ad_rel_attr(r, ORD)->as.f[0], "none"};
  return check_order(r, &o, false) ? ad__reduce_dims(r) : ad_rel_end(r, false);
}

static ad_array *vector_norm_compose(const ad_rule *r) {
  over_axes over = {ad__reduce_axes(r), r->attrs[AD_REDUCE_FIELD_KEEPDIMS].as.i};
  return narrowed(r, vector_norm_of(widened(r), r->attrs[ORD].as.f[0], &over));
}

const ad_op ad__op_linalg_vector_norm = {
    AD_OP_HEAD(linalg_vector_norm),
    .params = "a",
    .doc = "The norm of vectors, whose elements lie along any axes: as linalg_norm over one axis. Absent axes are all.",
    .example = "ad_array *y = ad_linalg_vector_norm(x, &(ad_linalg_vector_norm_opts){.ord = AD_NUM(1)});",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(vector_norm_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = norm_dtypes,
    .dims = vector_norm_dims,
    .compose = vector_norm_compose,
    AD_SPELLINGS({"numpy", "vector_norm($0, @ord, @axes, @keepdims)"}),
    AD_SAMPLES({"float32[3,5]", "", "normal"}, {"float64[3,4,5]", "axes=[0,2], keepdims=true, ord=1", "normal"},
               {"complex64[3,4]", "axes=[0], ord=inf", "normal"}, {"float16[6]", "ord=3", "normal"}, {"float64[2,3]", "ord=0", "small"},
               {"float64[0]", "", "normal"}),
    AD_ERRORS({"float32[3]", "ord=nan", AD_E_VALUE, "ord nan; a number is right"},
              {"float32[3]", "axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"}),
};

/* ---- matrix_norm ---- */

enum { MATRIX_KEEPDIMS, MATRIX_ORD, MATRIX_NAME };

static const ad_field matrix_norm_fields[] = {
    {.name = "keepdims", .kind = AD_FIELD_FLAG, .doc = "the two axes stay, with length 1"},
    ORD_FIELD("1, 2, inf or their negatives; absent: Frobenius's"),
    NAME_FIELD,
};

static ad_status matrix_norm_dims(ad_rel *r) {
  norm_order o = order_of(ad_rel_attr(r, MATRIX_ORD), ad_rel_attr(r, MATRIX_NAME));
  int kept = ad_rel_attr(r, MATRIX_KEEPDIMS)->as.i ? 2 : 0, out = AD_REL_OUT(r, 0), slots[] = {0, out};
  if (!check_order(r, &o, true) || !ad__dims_batch(r, 2, slots, (const int[]){2, kept})) return ad_rel_end(r, false);
  for (int i = 1; i <= kept && ad_rel_get_rank(r, out) >= 0; i++)
    if (!ad_rel_dim(r, out, -i, 1)) return ad_rel_end(r, false);
  return ad_rel_end(r, true);
}

static ad_array *matrix_norm_compose(const ad_rule *r) {
  norm_order o = order_of(&r->attrs[MATRIX_ORD], &r->attrs[MATRIX_NAME]);
  int64_t rank = ad_array_rank(r->in[0]);
  return narrowed(r, matrix_norm_of(widened(r), rank - 2, rank - 1, &o, r->attrs[MATRIX_KEEPDIMS].as.i));
}

const ad_op ad__op_linalg_matrix_norm = {
    AD_OP_HEAD(linalg_matrix_norm),
    .params = "a",
    .doc = "The norm of each matrix in the last two axes: as linalg_norm over two axes.",
    .example = "ad_array *y = ad_linalg_matrix_norm(a, &(ad_linalg_matrix_norm_opts){.ord = AD_NUM(1)});",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(matrix_norm_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = norm_dtypes,
    .dims = matrix_norm_dims,
    .compose = matrix_norm_compose,
    AD_SPELLINGS({"numpy", "np.linalg.norm(wide($0), @ord if @ord is not None else 'fro' if @name == 'none' else @name, (-2, -1), "
                           "@keepdims).astype(@out)"}),
    AD_SAMPLES({"float32[3,5]", "", "normal"}, {"float64[2,4,5]", "keepdims=true, ord=1", "distinct"},
               {"complex64[3,4]", "ord=inf", "normal"}, {"float16[3,2]", "ord=-1", "normal"}, 
               {"complex128[2,2,3,3]", "name=fro", "normal"}, {"float64[2,3,4]", "name=nuc", "normal"},
               {"float64[0,3]", "", "normal"}),
    AD_ERRORS({"float32[3]", "", AD_E_VALUE, "rank"},
              {"float32[3,3]", "ord=0", AD_E_VALUE, "ord 0 of matrices; 1, -1, 2, -2, inf or -inf is right"}),
};
