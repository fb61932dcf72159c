/* What the ops over contract share with it: the relation between shapes. */
#ifndef AD_OPS_CONTRACT_RULES_H
#define AD_OPS_CONTRACT_RULES_H

#include "ops/rules.h"

/* The relation of contract for four lists of axes that are not negative: batch of a, of b, summed of a, of b. The ranks of
 * both operands must be known. */
bool ad__dims_contract(ad_rel *r, const ad_attr *lists);

#endif
