/* Concat: tensors joined along an axis, which may follow from their shapes. */
#include "model/block_desc.h"

enum { CONCAT_AXIS };
static const ad_field concat_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "along which; absent: 0, or, if the dims exclude that, the only axis they allow"},
};
static const ad_block_terminal concat_terminals[] = {
    {.name = "input", .doc = "a list of tensors"},
    {.name = "output", .output = true, .doc = "all of them, one after the other"},
};

/* May they be joined along the axis: are the other dims, as far as they are known, equal? */
static bool allows(const ad_rel_slot *in, int n, int axis) {
  for (int k = 0; k < in[0].rank; k++) {
    ad_dim seen = AD_DIM_UNKNOWN;
    for (int i = 0; k != axis && i < n; i++) {
      if (!ad_dim_is_number(in[i].dims[k])) continue;
      if (seen != AD_DIM_UNKNOWN && seen != in[i].dims[k]) return false;
      seen = in[i].dims[k];
    }
  }
  return true;
}

/* Is every dim of equal ranks known? *ranks false: not even the ranks are, or they differ. */
static bool all_known(const ad_rel_slot *in, int n, bool *ranks) {
  bool known = true;
  *ranks = n > 0;
  for (int i = 0; i < n; i++) {
    if (in[i].rank < 0) return *ranks = false;
    if (in[i].rank != in[0].rank) *ranks = false;
    for (int k = 0; k < in[i].rank; k++) known = known && ad_dim_is_number(in[i].dims[k]);
  }
  return known;
}

static ad_status concat_choose(const ad_block_args *a, const ad_rel_slot *in, int n, bool running, ad_attr *attrs, bool *known) {
  bool ranks, dims = all_known(in, n, &ranks);
  attrs[0] = ad_attr_int((ad_int){true, 0});
  if (a->params[CONCAT_AXIS].given) attrs[0] = a->params[CONCAT_AXIS];
  else if (!ranks) *known = dims || running; /* of ranks that differ the op says what is wrong */
  else if (allows(in, n, 0)) *known = dims || running;
  else
    for (int k = 1; k < in[0].rank; k++)
      if (allows(in, n, k)) attrs[0].as.i = k;
  return AD_OK;
}

const ad_block_desc ad__block_Concat = {
    .name = "Concat",
    .doc = "Joins tensors along an axis.",
    .group = "layout",
    AD_BLOCK_PARAMS(concat_params),
    AD_BLOCK_TERMINALS(concat_terminals),
    .standard_inputs = "",
    .wired = "axis",
    .op = "concatenate",
    .choose = concat_choose,
    AD_BLOCK_SAMPLES({NULL, NULL, NULL}), /* a list of inputs: tests/model/errors.c */
};
