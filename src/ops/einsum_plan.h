/* What subscripts of einsum say, and the order in which its operands are contracted. */
#ifndef AD_OPS_EINSUM_PLAN_H
#define AD_OPS_EINSUM_PLAN_H

#include <adamant/relation.h>
#include "base/str.h"

enum {
  AD_EINSUM_DOTS = 52,                             /* first label of the axes that "..." stands for, counted from the last */
  AD_EINSUM_LABELS = AD_EINSUM_DOTS + AD_MAX_RANK, /* a-z, A-Z, then those */
  AD_EINSUM_OPERANDS = 32
};

/* The labels of one operand's axes, in order. */
typedef struct ad_einsum_term {
  int n;
  uint8_t label[AD_MAX_RANK];
} ad_einsum_term;

typedef struct ad_einsum_spec {
  int operands;
  ad_einsum_term term[AD_EINSUM_OPERANDS], out;
} ad_einsum_spec;

/* Reads "ij,jk->ik" for operands of these ranks. Blanks do not count; without "->" the result has "..." and then the letters that
 * occur once, in order. AD_E_VALUE with a reason when it does not fit. */
ad_status ad__einsum_read(const char *subscripts, const int *ranks, int n, ad_einsum_spec *out, ad_err *e);

/* The next pair to contract, by the greedy rule: the pair whose product is smallest less the operands it replaces.
 * size[label] is the dim of each label. */
void ad__einsum_next(const ad_einsum_spec *s, const double *size, int *first, int *second);
/* Replaces operands i < j by their product, which comes last; its labels are those still needed, batch first, as contract
 * orders them. Returns the multiplications it takes. */
double ad__einsum_join(ad_einsum_spec *s, const double *size, int i, int j);

/* Is the label in the term? */
bool ad__einsum_has(const ad_einsum_term *t, int label);
/* Is it in the result, or in an operand other than i and j? */
bool ad__einsum_needed(const ad_einsum_spec *s, int label, int i, int j);

#endif
