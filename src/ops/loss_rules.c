/* The parts that losses are made of. See loss_rules.h. */
#include "ops/loss_rules.h"

#include <string.h>
#include "ops/dims.h"

ad_array *ad__loss_reduce(const ad_rule *r, int field, ad_array *losses) {
  const char *how = r->attrs[field].as.text;
  if (strcmp(how, "mean") == 0) losses = ad_mean(losses, NULL);
  if (strcmp(how, "sum") == 0) losses = ad_sum(losses, NULL);
  return ad__rule_cast(losses, ad_array_dtype(r->in[0]));
}

bool ad__loss_result(ad_rel *r, int field, bool *scalar) {
  *scalar = strcmp(ad_rel_attr(r, field)->as.text, "none") != 0;
  return !*scalar || ad_rel_rank(r, AD_REL_OUT(r, 0), 0);
}

/* All inputs that are there have one shape. */
static bool inputs_agree(ad_rel *r) {
  for (int i = 1; i < ad_rel_inputs(r); i++)
    if (ad_rel_has(r, i) && !ad_rel_same(r, 0, i)) return false;
  return true;
}

ad_status ad__loss_dims(ad_rel *r, int field) {
  bool scalar, ok = ad__loss_result(r, field, &scalar) && inputs_agree(r);
  return ad_rel_end(r, ok && (scalar || ad_rel_same(r, 0, AD_REL_OUT(r, 0))));
}

ad_status ad__loss_rows_dims(ad_rel *r, int field) {
  bool scalar, ok = ad__loss_result(r, field, &scalar) && ad_rel_rank_at_least(r, 0, 1) && inputs_agree(r);
  return ad_rel_end(r, ok && (scalar || ad__loss_lacks_axis(r, 0, AD_REL_OUT(r, 0))));
}

bool ad__loss_lacks_axis(ad_rel *r, int rows, int values) {
  int rank = ad_rel_get_rank(r, rows), known = ad_rel_get_rank(r, values);
  if (rank < 0 && known < 0) return ad_rel_later(r);
  if (rank < 0) rank = known + 1;
  if (!ad_rel_rank(r, rows, rank) || !ad_rel_rank(r, values, rank - 1)) return false;
  int axis = ad__axis_of(ad_rel_attr(r, AD_REDUCE_FIELD_AXES)->as.i, rank);
  if (axis < 0 || axis >= rank)
    return ad_rel_fail(r, AD_E_INDEX, "axis %d; it is out of range for rank %d", (int)ad_rel_attr(r, AD_REDUCE_FIELD_AXES)->as.i, rank);
  for (int i = 0; i < rank - 1; i++)
    if (!ad_rel_same_dim(r, rows, i < axis ? i : i + 1, values, i)) return false;
  return true;
}

