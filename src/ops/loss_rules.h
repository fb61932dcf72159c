/* What losses share: the attribute `reduction`, the shapes and dtypes of predictions and targets.
 *
 * Every loss is composed as a loss per element or row, in float32 for half types, then reduced and rounded once. */
#ifndef AD_OPS_LOSS_RULES_H
#define AD_OPS_LOSS_RULES_H

#include "ops/reduce_rules.h"

#define AD_LOSS_HEAD(op, names, given)                                                                                          \
  AD_OP_HEAD(op), .params = names, .example = "ad_array *loss = ad_" #op "(" given ", NULL);", .group = "losses", .outputs = 1, \
  .flags = AD_OP_COMPOSITE

/* The field `reduction`, whose default is the first of "mean|none|sum" or "none|mean|sum". */
#define AD_LOSS_REDUCTION(choices) \
  {.name = "reduction", .kind = AD_FIELD_TEXT, .doc = "whether losses are averaged, added up or given one by one", .text = choices}

/* Inputs and attribute that loss `field` of a rule reduces: the losses as they are, their mean or their sum, in the dtype of the
 * first input. */
ad_array *ad__loss_reduce(const ad_rule *r, int field, ad_array *losses);
/* The result, a scalar unless `reduction` is none; true in *scalar then. */
bool ad__loss_result(ad_rel *r, int field, bool *scalar);
/* The relation of a loss of elements: inputs of one shape, which is that of the losses. `field` is that of the reduction. */
ad_status ad__loss_dims(ad_rel *r, int field);
/* The same for losses of rows along the axis of field 0. */
ad_status ad__loss_rows_dims(ad_rel *r, int field);
/* `values` has the axes of `rows` but the one of field 0. */
bool ad__loss_lacks_axis(ad_rel *r, int rows, int values);

/* Input i, widened; NULL where it is missing. */
static inline ad_array *ad__loss_input(const ad_rule *r, int i) {
  return i < r->n && r->in[i] ? ad__rule_widen(r->in[i]) : NULL;
}

/* ---- Logits and classes: cross_entropy.c ---- */

/* Targets name classes or are probabilities. Fields 0 and 1 are the axis and the smoothing. */
bool ad__entropy_targets_fit(ad_rel *r, int logits, int targets);
/* Dtypes of logits and of the targets behind them: together where these are probabilities. *t is that of the loss. */
ad_status ad__entropy_dtypes(const ad_rule *r, int logits, ad_dtype *in, ad_dtype *t, char *why, size_t why_size);

#endif
