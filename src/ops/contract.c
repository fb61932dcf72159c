/* contract: products of two arrays summed over pairs of axes. Matrix products, einsum and tensordot are composed of it. */
#include <string.h>
#include "base/str.h"
#include "ops/contract_rules.h"
#include "ops/work_counts.h"

enum { BATCH_A, BATCH_B, SUM_A, SUM_B };

static const ad_field contract_fields[] = {
    {.name = "batch_a", .kind = AD_FIELD_AXES, .doc = "axes of a that are kept side by side with those of b; none by default"},
    {.name = "batch_b", .kind = AD_FIELD_AXES, .of = 1, .doc = "the axes of b they pair with, in the same order"},
    {.name = "sum_a", .kind = AD_FIELD_AXES, .doc = "axes of a that are multiplied with those of b and summed; none by default"},
    {.name = "sum_b", .kind = AD_FIELD_AXES, .of = 1, .doc = "the axes of b they pair with, in the same order"},
};

static bool in_list(const ad_attr *list, int64_t axis) {
  for (int i = 0; list->given && i < list->count; i++)
    if (list->as.ints[i] == axis) return true;
  return false;
}

/* The axes of one operand that are neither batch nor summed, in order. */
static int free_axes(const ad_attr *batch, const ad_attr *sum, int rank, int64_t *out) {
  int n = 0;
  for (int64_t i = 0; i < rank; i++)
    if (!in_list(batch, i) && !in_list(sum, i)) out[n++] = i;
  return n;
}

static int count_of(const ad_attr *a) { return a->given ? a->count : 0; }

static bool pair_axes(ad_rel *r, const ad_attr *a, const ad_attr *b, const char *what) {
  if (count_of(a) != count_of(b))
    return ad_rel_fail(r, AD_E_VALUE, "%d %s axes of a and %d of b; as many of each are right", count_of(a), what,
                       count_of(b));
  for (int i = 0; i < count_of(a); i++)
    if (!ad_rel_same_dim(r, 0, (int)a->as.ints[i], 1, (int)b->as.ints[i])) return false;
  return true;
}

static bool disjoint(ad_rel *r, const ad_attr *batch, const ad_attr *sum, const char *operand) {
  for (int i = 0; i < count_of(batch); i++)
    if (in_list(sum, batch->as.ints[i]))
      return ad_rel_fail(r, AD_E_VALUE, "axis %lld of %s is both batch and summed; one of the two is right",
                         (long long)batch->as.ints[i], operand);
  return true;
}

/* Axes of the result: batch, free of a, free of b. */
static bool result_axes(ad_rel *r, const ad_attr *lists) {
  int64_t free_a[AD_MAX_RANK], free_b[AD_MAX_RANK];
  int ra = ad_rel_get_rank(r, 0), rb = ad_rel_get_rank(r, 1), out = AD_REL_OUT(r, 0);
  const ad_attr *batch = &lists[BATCH_A];
  int na = free_axes(batch, &lists[SUM_A], ra, free_a);
  int nb = free_axes(&lists[BATCH_B], &lists[SUM_B], rb, free_b);
  int n = count_of(batch);
  if (!ad_rel_rank(r, out, n + na + nb)) return false;
  for (int i = 0; i < n; i++)
    if (!ad_rel_same_dim(r, 0, (int)batch->as.ints[i], out, i)) return false;
  for (int i = 0; i < na; i++)
    if (!ad_rel_same_dim(r, 0, (int)free_a[i], out, n + i)) return false;
  for (int i = 0; i < nb; i++)
    if (!ad_rel_same_dim(r, 1, (int)free_b[i], out, n + na + i)) return false;
  return true;
}

bool ad__dims_contract(ad_rel *r, const ad_attr *lists) {
  return disjoint(r, &lists[BATCH_A], &lists[SUM_A], "a") && disjoint(r, &lists[BATCH_B], &lists[SUM_B], "b") &&
         pair_axes(r, &lists[BATCH_A], &lists[BATCH_B], "batch") && pair_axes(r, &lists[SUM_A], &lists[SUM_B], "summed") &&
         result_axes(r, lists) && pair_axes(r, &lists[BATCH_A], &lists[BATCH_B], "batch");
}

static ad_status contract_dims(ad_rel *r) {
  if (ad_rel_get_rank(r, 0) < 0 || ad_rel_get_rank(r, 1) < 0) return ad_rel_end(r, ad_rel_later(r));
  return ad_rel_end(r, ad__dims_contract(r, ad_rel_attr(r, 0)));
}

static int position_in(const ad_attr *list, int64_t axis) {
  for (int i = 0; i < list->count; i++)
    if (list->as.ints[i] == axis) return i;
  return -1;
}

/* How the axes of a cotangent's product with the other operand lie: batch axes, then the operand's own free axes in order, then its
 * summed ones in the order in which the other has their partners; or, where the product's factors are exchanged, summed ones first. */
typedef struct back_axes {
  int own, other;                              /* numbers of free axes */
  int64_t own_free[AD_MAX_RANK], other_free[AD_MAX_RANK];
  int64_t perm[2][AD_MAX_RANK];                /* what brings the product's axes into the operand's order; of the exchanged one */
} back_axes;

static int64_t place_of(const back_axes *b, const ad_attr *batch, const ad_attr *sum, const ad_attr *other_sum, int64_t axis, bool exchanged) {
  int n_batch = count_of(batch), before = 0;
  if (in_list(batch, axis)) return position_in(batch, axis);
  if (in_list(sum, axis)) {
    int64_t partner = other_sum->as.ints[position_in(sum, axis)];
    for (int k = 0; k < count_of(other_sum); k++) before += other_sum->as.ints[k] < partner;
    return n_batch + (exchanged ? 0 : b->own) + before;
  }
  for (int k = 0; k < b->own; k++) before += b->own_free[k] < axis;
  return n_batch + (exchanged ? count_of(sum) : 0) + before;
}

static bool is_in_place(const int64_t *perm, int rank) {
  for (int i = 0; i < rank; i++)
    if (perm[i] != i) return false;
  return true;
}

/* The cotangent (batch, free of a, free of b) contracted with the other operand over the other's free axes, in the order of factors
 * that needs no permutation afterwards, if one does not. */
static ad_array *contract_back(const ad_rule *r, int i, ad_array *const *ct) {
  const ad_attr *at = r->attrs;
  const ad_attr *batch = &at[i ? BATCH_B : BATCH_A], *sum = &at[i ? SUM_B : SUM_A];
  const ad_attr *other_batch = &at[i ? BATCH_A : BATCH_B], *other_sum = &at[i ? SUM_A : SUM_B];
  int rank = ad_array_rank(r->in[i]), n_batch = count_of(batch);
  int64_t ct_batch[AD_MAX_RANK], ct_sum[AD_MAX_RANK];
  back_axes b;
  b.own = free_axes(batch, sum, rank, b.own_free);
  b.other = free_axes(other_batch, other_sum, ad_array_rank(r->in[1 - i]), b.other_free);
  for (int k = 0; k < n_batch; k++) ct_batch[k] = k;
  for (int k = 0; k < b.other; k++) ct_sum[k] = n_batch + (i ? 0 : b.own) + k;
  for (int64_t axis = 0; axis < rank; axis++)
    for (int e = 0; e < 2; e++) b.perm[e][axis] = place_of(&b, batch, sum, other_sum, axis, e);
  bool in_place = is_in_place(b.perm[0], rank), exchanged = !in_place && is_in_place(b.perm[1], rank);
  bool complex = ad_dtype_category(ad_array_dtype(r->in[1 - i])) == AD_CATEGORY_COMPLEX;
  ad_array *other = complex ? ad_conjugate(r->in[1 - i]) : r->in[1 - i]; /* the transpose is the adjoint */
  ad_ints of_ct[] = {{true, n_batch, ct_batch}, {true, b.other, ct_sum}};
  ad_ints of_other[] = {{true, n_batch, n_batch ? other_batch->as.ints : NULL}, {true, b.other, b.other_free}};
  const ad_ints *left = exchanged ? of_other : of_ct, *right = exchanged ? of_ct : of_other;
  ad_array *g = ad_contract(exchanged ? other : ct[0], exchanged ? ct[0] : other,
                            &(ad_contract_opts){.batch_a = left[0], .batch_b = right[0], .sum_a = left[1], .sum_b = right[1]});
  return in_place || exchanged ? g : ad_transpose(g, &(ad_transpose_opts){.axes = {true, rank, b.perm[0]}});
}

static void shifted(const ad_attr *a, bool batched, bool lead, int64_t *out, int *n) {
  *n = 0;
  if (lead) out[(*n)++] = 0;
  for (int i = 0; i < count_of(a); i++) out[(*n)++] = a->as.ints[i] + batched;
}

static ad_array *contract_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)size;
  int64_t list[4][AD_MAX_RANK + 1];
  int n[4];
  bool both = batched[0] && batched[1];
  for (int f = 0; f < 4; f++) shifted(&r->attrs[f], batched[f & 1], both && f < 2, list[f], &n[f]);
  ad_array *y = ad_contract(r->in[0], r->in[1],
                            &(ad_contract_opts){.batch_a = {true, n[0], list[0]}, .batch_b = {true, n[1], list[1]},
                                                .sum_a = {true, n[2], list[2]}, .sum_b = {true, n[3], list[3]}});
  if (both || ad_is_error(y)) return y;
  /* The batch axis came out as the first free axis of its operand: move it to the front. */
  int64_t perm[AD_MAX_RANK];
  int nb = n[0], rank = ad_array_rank(y), at = nb;
  if (batched[1]) at = nb + ad_array_rank(r->in[0]) - nb - n[2];
  perm[0] = at;
  for (int i = 0, k = 1; i < rank; i++)
    if (i != at) perm[k++] = i;
  return ad_transpose(y, &(ad_transpose_opts){.axes = {true, rank, perm}});
}

/* A matrix product where it is one, else einsum with a letter for each axis: batch and summed axes share theirs. */
static const char *contract_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  if (strcmp(target, "numpy") != 0) return NULL;
  const ad_attr *at = r->attrs;
  int rank[2] = {ad_array_rank(r->in[0]), ad_array_rank(r->in[1])};
  char letters[2][AD_MAX_RANK + 1] = {{0}, {0}}, result[2 * AD_MAX_RANK + 1] = "";
  int next = 0, n = 0;
  if (!count_of(&at[BATCH_A]) && count_of(&at[SUM_A]) == 1 && rank[1] <= 2) {
    bool last = at[SUM_A].as.ints[0] == rank[0] - 1, first = at[SUM_B].as.ints[0] == 0;
    if (last) return first ? "$0 @ $1" : "$0 @ $1.T";
    if (rank[0] == 2) return first ? "$0.T @ $1" : "$0.T @ $1.T";
  }
  for (int side = 0; side < 2; side++)
    for (int i = 0; i < rank[side]; i++) letters[side][i] = side ? 0 : (char)('a' + next++);
  for (int k = 0; k < count_of(&at[BATCH_A]); k++)
    result[n++] = letters[1][at[BATCH_B].as.ints[k]] = letters[0][at[BATCH_A].as.ints[k]];
  for (int k = 0; k < count_of(&at[SUM_A]); k++) letters[1][at[SUM_B].as.ints[k]] = letters[0][at[SUM_A].as.ints[k]];
  for (int i = 0; i < rank[0]; i++)
    if (!in_list(&at[BATCH_A], i) && !in_list(&at[SUM_A], i)) result[n++] = letters[0][i];
  for (int i = 0; i < rank[1]; i++)
    if (!letters[1][i]) result[n++] = letters[1][i] = (char)(next < 26 ? 'a' + next : 'A' + next - 26), next++;
  ad__format(out, size, "np.einsum('%s,%s->%s', $0, $1)", letters[0], letters[1], result);
  return out;
}

/* A multiplication and an addition for each element of the result and place of the summed axes. */
static double contract_work(const ad_rule *r) {
  double sum = 2 * ad__work_size(r->out);
  for (int i = 0; i < r->attrs[SUM_A].count; i++) sum *= ad__work_dim(r->in[0], (int)r->attrs[SUM_A].as.ints[i]);
  return sum;
}

const ad_op ad__op_contract = {
    AD_OP_HEAD(contract),
    .params = "a, b",
    .doc = "Products of a and b, side by side over the batch axes, summed over the summed axes. The result has the batch "
           "axes, then the other axes of a, then the other axes of b. No broadcasting. Half types are summed in float32, "
           "integers wrap.",
    .example = "ad_array *c = ad_contract(a, b, &(ad_contract_opts){.sum_a = AD_AXES(1), .sum_b = AD_AXES(0)});",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    AD_FIELDS(contract_fields),
    .accepts = AD_ACCEPT_NUMBER,
    .dims = contract_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('B')),
    .transpose = contract_back,
    .batch = contract_batch,
    .spell = contract_spell,
    .work = contract_work,
    AD_SAMPLES({"float32[3,4], float32[4,5]", "sum_a=[1], sum_b=[0]", "normal"},
               {"float64[2,3,4], float64[5,4,2]", "batch_a=[0], batch_b=[2], sum_a=[-1], sum_b=[1]", "normal"},
               {"float32[2], float32[3]", "", "normal"}, {"int32[2,0], int32[0,3]", "sum_a=[1], sum_b=[0]", "small"},
               {"bfloat16[3,4], bfloat16[3,4]", "batch_a=[0], batch_b=[0], sum_a=[1], sum_b=[1]", "normal"},
               {"complex64[2,3], complex64[3]", "sum_a=[1], sum_b=[0]", "normal"},
               {"float64[2,3,4], float64[4,3]", "sum_a=[1,2], sum_b=[1,0]", "normal"}),
    AD_ERRORS({"float32[3,4], float32[5,6]", "sum_a=[1], sum_b=[0]", AD_E_VALUE, "axis 0 is 5; 4 is right"},
              {"float32[3,4], float32[4]", "sum_a=[1]", AD_E_VALUE, "1 summed axes of a and 0 of b"},
              {"bool[2], bool[2]", "", AD_E_TYPE, "dtype bool"}),
};
