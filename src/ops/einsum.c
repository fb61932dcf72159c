/* einsum: sums of products by named axes.
 *
 * Composed: repeated letters of one operand become diagonals, letters that only one operand has are summed at once,
 * then pairs of operands are contracted in the greedy order of einsum_plan.c. */
#include <adamant/compose.h>
#include "ops/dims.h"
#include "ops/einsum_plan.h"
#include "ops/rules.h"

/* ---- Shapes ---- */

/* A label's dim among all operands; axes of "..." broadcast. */
static bool note_dim(ad_rel *r, ad_dim *dim, int label, int slot, int axis) {
  ad_dim here = ad_rel_get_dim(r, slot, axis);
  if (here == AD_DIM_UNKNOWN) return true;
  if (*dim == AD_DIM_UNKNOWN || (label >= AD_EINSUM_DOTS && *dim == 1)) *dim = here;
  if (*dim == here || (label >= AD_EINSUM_DOTS && here == 1)) return true;
  return ad_rel_dim(r, slot, axis, *dim);
}

/* What the operands say about each label. */
static bool note_operands(ad_rel *r, const ad_einsum_spec *s, ad_dim *dim) {
  for (int k = 0; k < AD_EINSUM_LABELS; k++) dim[k] = AD_DIM_UNKNOWN;
  for (int i = 0; i < s->operands; i++)
    for (int k = 0; k < s->term[i].n; k++)
      if (!note_dim(r, &dim[s->term[i].label[k]], s->term[i].label[k], i, k)) return false;
  /* An axis of "..." that is 1 as far as known may become longer through one that is not known. */
  for (int i = 0; i < s->operands; i++)
    for (int k = 0; k < s->term[i].n; k++) {
      int label = s->term[i].label[k];
      if (label >= AD_EINSUM_DOTS && ad_rel_get_dim(r, i, k) == AD_DIM_UNKNOWN && dim[label] == 1) dim[label] = AD_DIM_UNKNOWN;
    }
  return true;
}

/* What all labels say about the operands. */
static bool tell_operands(ad_rel *r, const ad_einsum_spec *s, const ad_dim *dim) {
  for (int i = 0; i < s->operands; i++)
    for (int k = 0; k < s->term[i].n; k++) {
      int label = s->term[i].label[k];
      if (ad_rel_get_dim(r, i, k) != AD_DIM_UNKNOWN) continue;
      if (label >= AD_EINSUM_DOTS) ad_rel_later(r);
      else if (!ad_rel_dim(r, i, k, dim[label])) return false;
    }
  return true;
}

static bool einsum_relation(ad_rel *r) {
  int n = ad_rel_inputs(r), out = AD_REL_OUT(r, 0), ranks[AD_EINSUM_OPERANDS];
  ad_dim dim[AD_EINSUM_LABELS];
  ad_einsum_spec s;
  ad_err e;
  for (int i = 0; i < n && i < AD_EINSUM_OPERANDS; i++) {
    ranks[i] = ad_rel_get_rank(r, i);
    if (ranks[i] < 0) return ad_rel_later(r);
  }
  if (ad__einsum_read(ad_rel_attr(r, 0)->as.text, ranks, n, &s, &e)) return ad_rel_fail(r, e.code, "%s", e.text);
  if (!ad_rel_rank(r, out, s.out.n) || !note_operands(r, &s, dim)) return false;
  for (int k = 0; k < s.out.n; k++)
    if (s.out.label[k] < AD_EINSUM_DOTS && !note_dim(r, &dim[s.out.label[k]], s.out.label[k], out, k)) return false;
  for (int k = 0; k < s.out.n; k++)
    if (!ad_rel_dim(r, out, k, dim[s.out.label[k]])) return false;
  return tell_operands(r, &s, dim);
}
static ad_status einsum_dims(ad_rel *r) { return ad_rel_end(r, einsum_relation(r)); }

/* ---- Composition ---- */

typedef struct work {
  ad_einsum_spec spec;
  ad_array *in[AD_EINSUM_OPERANDS];
  double size[AD_EINSUM_LABELS];
} work;

static void drop_axis(ad_einsum_term *t, int at) {
  for (int k = at; k + 1 < t->n; k++) t->label[k] = t->label[k + 1];
  t->n--;
}

/* A letter twice in one operand: its diagonal, which comes last. */
static void take_diagonals(work *w, int i) {
  ad_einsum_term *t = &w->spec.term[i];
  for (int p = 0; p < t->n; p++)
    for (int q = p + 1; q < t->n; q++) {
      if (t->label[p] != t->label[q]) continue;
      uint8_t label = t->label[p];
      w->in[i] = ad_diagonal(w->in[i], &(ad_diagonal_opts){.axis1 = AD_INT(p), .axis2 = AD_INT(q)});
      drop_axis(t, q);
      drop_axis(t, p);
      t->label[t->n++] = label;
      p = -1;
      break;
    }
}

/* Axes of "..." that have length 1 here and not elsewhere are left out; letters that nobody else needs are summed. */
static void reduce_operand(work *w, int i) {
  ad_einsum_term *t = &w->spec.term[i];
  int64_t ones[AD_MAX_RANK], sums[AD_MAX_RANK];
  int n_ones = 0, n_sums = 0;
  for (int k = 0; k < t->n; k++)
    if (ad_array_dim(w->in[i], k) == 1 && w->size[t->label[k]] != 1) ones[n_ones++] = k;
  if (n_ones) w->in[i] = ad_squeeze(w->in[i], &(ad_squeeze_opts){.axes = {true, n_ones, ones}});
  for (int k = n_ones; k-- > 0;) drop_axis(t, (int)ones[k]);
  for (int k = 0; k < t->n; k++)
    if (!ad__einsum_needed(&w->spec, t->label[k], i, i)) sums[n_sums++] = k;
  if (n_sums)
    w->in[i] = ad_sum(w->in[i], &(ad_sum_opts){.axes = {true, n_sums, sums}, .dtype = ad_array_dtype(w->in[i])});
  for (int k = n_sums; k-- > 0;) drop_axis(t, (int)sums[k]);
}

static int position_of(const ad_einsum_term *t, int label) {
  for (int i = 0; i < t->n; i++)
    if (t->label[i] == label) return i;
  return -1;
}

static void contract_pair(work *w, int i, int j) {
  const ad_einsum_term *a = &w->spec.term[i], *b = &w->spec.term[j];
  int64_t batch[2][AD_MAX_RANK], sum[2][AD_MAX_RANK];
  int n_batch = 0, n_sum = 0;
  for (int k = 0; k < a->n; k++) {
    int other = position_of(b, a->label[k]);
    if (other < 0) continue;
    bool kept = ad__einsum_needed(&w->spec, a->label[k], i, j);
    int64_t *la = kept ? &batch[0][n_batch] : &sum[0][n_sum], *lb = kept ? &batch[1][n_batch] : &sum[1][n_sum];
    *la = k, *lb = other;
    kept ? n_batch++ : n_sum++;
  }
  ad_array *y = ad_contract(w->in[i], w->in[j],
                            &(ad_contract_opts){.batch_a = {true, n_batch, batch[0]}, .batch_b = {true, n_batch, batch[1]},
                                                .sum_a = {true, n_sum, sum[0]}, .sum_b = {true, n_sum, sum[1]}});
  int n = w->spec.operands;
  ad__einsum_join(&w->spec, w->size, i, j);
  for (int k = j; k + 1 < n; k++) w->in[k] = w->in[k + 1];
  for (int k = i; k + 1 < n - 1; k++) w->in[k] = w->in[k + 1];
  w->in[n - 2] = y;
}

/* A symbol counts as this many. */
static double length_of(int64_t dim) { return dim >= 0 ? (double)dim : 64; }

static void label_sizes(const ad_einsum_spec *s, ad_array *const *in, double *size) {
  for (int k = 0; k < AD_EINSUM_LABELS; k++) size[k] = 1;
  for (int i = 0; i < s->operands; i++)
    for (int k = 0; k < s->term[i].n; k++) {
      int64_t dim = ad_array_dim(in[i], k);
      if (dim != 1) size[s->term[i].label[k]] = length_of(dim);
    }
}

static ad_array *einsum_compose(const ad_rule *r) {
  work w;
  int ranks[AD_EINSUM_OPERANDS];
  int64_t perm[AD_MAX_RANK];
  ad_err e;
  for (int i = 0; i < r->n; i++) ranks[i] = ad_array_rank(r->in[i]), w.in[i] = r->in[i];
  ad__einsum_read(r->attrs[0].as.text, ranks, r->n, &w.spec, &e); /* the relation has read it before */
  label_sizes(&w.spec, w.in, w.size);
  for (int i = 0; i < r->n; i++) take_diagonals(&w, i);
  for (int i = 0; i < r->n; i++) reduce_operand(&w, i);
  while (w.spec.operands > 1) {
    int i, j;
    ad__einsum_next(&w.spec, w.size, &i, &j);
    contract_pair(&w, i, j);
  }
  for (int k = 0; k < w.spec.out.n; k++) perm[k] = position_of(&w.spec.term[0], w.spec.out.label[k]);
  return ad_transpose(w.in[0], &(ad_transpose_opts){.axes = {true, w.spec.out.n, perm}});
}

static const ad_field einsum_fields[] = {
    {.name = "subscripts", .kind = AD_FIELD_TEXT, .flags = AD_FIELD_REQUIRED,
     .doc = "a letter for each axis of each operand, the operands separated by commas, then -> and the letters of the result"},
};

const ad_op ad__op_einsum = {
    AD_OP_HEAD(einsum),
    .params = "arrays",
    .doc = "Products of all operands over axes with equal letters, summed over the letters that the result lacks. A letter twice "
           "in one operand is its diagonal; \"...\" stands for axes that broadcast. Without -> the result has the letters "
           "that occur once, in alphabetical order. Pairs of operands are contracted in a greedy order.",
    .example = "ad_array *y = ad_einsum(c, (ad_array *[]){a, b}, 2, \"ij,jk->ik\");",
    .group = "products",
    .inputs = AD_INPUTS_ANY,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(einsum_fields),
    .accepts = AD_ACCEPT_NUMBER,
    .dims = einsum_dims,
    .compose = einsum_compose,
    AD_SPELLINGS({"numpy", "np.einsum(@subscripts, *$*)"}),
    AD_SAMPLES({"float32[2,3], float32[3,4]", "subscripts=\"ij,jk->ik\"", "normal"},
               {"float64[2,3,4], float64[4,3]", "subscripts=\"bij,ji\"", "normal"},
               {"float64[3,3]", "subscripts=\"ii\"", "normal"}, {"float64[3,4,3]", "subscripts=\"iji->ji\"", "normal"},
               {"float64[2,3], float64[3,4], float64[4,5]", "subscripts=\"ij, jk, kl -> li\"", "normal"},
               {"float32[5,2,3], float32[1,3,4]", "subscripts=\"...ij,...jk->...ik\"", "normal"},
               {"int32[2,3], int32[4]", "subscripts=\"ij,k->kj\"", "small"},
               {"complex64[2,0], complex64[0,3]", "subscripts=\"ab,bc\"", "normal"}, {"float64[2,3]", "subscripts=\"...\"", "normal"}),
    AD_ERRORS({"float32[2,3], float32[4,5]", "subscripts=\"ij,jk->ik\"", AD_E_VALUE, "input arrays[1] of shape (4, 5); axis 0 is 4; 3 is right"},
              {"float32[2,3]", "subscripts=\"ij,jk->ik\"", AD_E_VALUE, "subscripts for more than the 1 operands given"},
              {"float32[2,3]", "subscripts=\"ijk\"", AD_E_VALUE, "subscripts \"ijk\" for 2 axes"},
              {"float32[2,3]", "subscripts=\"ij->k\"", AD_E_VALUE, "a letter of no operand"},
              {"float32[2,3]", "subscripts=\"i?\"", AD_E_VALUE, "subscripts with \"?\""},
              {"float32[2,3]", "subscripts=\"ij->ii\"", AD_E_VALUE, "a letter twice"}),
};

/* ---- The order, for those who ask ---- */

ad_status ad_einsum_path(const char *subscripts, ad_array *const *arrays, int n, int *pairs, double *multiplications) {
  int ranks[AD_EINSUM_OPERANDS];
  double size[AD_EINSUM_LABELS];
  ad_einsum_spec s;
  ad_err e;
  *multiplications = 0;
  if (!subscripts || n < 1 || n > AD_EINSUM_OPERANDS) return AD_E_VALUE;
  for (int i = 0; i < n; i++) {
    if (!arrays[i] || ad_is_error(arrays[i])) return AD_E_VALUE;
    ranks[i] = ad_array_rank(arrays[i]);
  }
  if (ad__einsum_read(subscripts, ranks, n, &s, &e)) return e.code;
  label_sizes(&s, arrays, size);
  for (int k = 0; s.operands > 1; k++) {
    ad__einsum_next(&s, size, &pairs[2 * k], &pairs[2 * k + 1]);
    *multiplications += ad__einsum_join(&s, size, pairs[2 * k], pairs[2 * k + 1]);
  }
  return AD_OK;
}
