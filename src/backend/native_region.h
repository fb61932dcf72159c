/* Regions of scalar steps as native code: their text. What runs them is the kernel of their op (runtime/region_code.h). */
#ifndef AD_BACKEND_NATIVE_REGION_H
#define AD_BACKEND_NATIVE_REGION_H

#include "backend/native.h"
#include "runtime/region_code.h"

/* Appends the functions of a node's regions and names them in `symbols`, AD_REGION_SWEEPS at most, with slots in `to`. Returns how many
 * there are; 0: the node has no regions, or they have no native form. */
int ad__native_region_print(ad_region_code *to, const ad_array *node, ad_text *code, ad_native_symbol *symbols);
/* How long one run of the node may take the interpreter, in rough nanoseconds; 0 for a node without a native form. */
double ad__native_region_cost(const ad_array *node);

#endif
