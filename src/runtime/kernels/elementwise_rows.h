/* One lane's entries of the elementwise table, inside its initialiser. Included by lanes.h, once per lane. */
#define NAME(op) AD_CAT(AD_CAT(AD_CAT(op, _), S), AD_KERNEL_SUFFIX)
#define AD_ELT(op, operands, lanes, result, ...) AD_IF_##lanes([AD_OP_##op][DT] = NAME(op), )
#include "ops/elementwise.def"
#undef AD_ELT
#undef NAME
