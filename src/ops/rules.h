/* What descriptor files include: the registry, the relation vocabulary, the printed functions that rules build with. */
#ifndef AD_OPS_RULES_H
#define AD_OPS_RULES_H

#include <adamant/ops.h>
#include <adamant/relation.h>
#include "ops/registry.h"

/* A weak number in the context of a rule. */
#define AD_RULE_NUMBER(r, x) ad_number((r)->ctx, (x))

#endif
