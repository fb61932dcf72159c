/* Kernels of ops that are not elementwise, and of users' ops. */
#ifndef AD_RUNTIME_STRUCTURAL_H
#define AD_RUNTIME_STRUCTURAL_H

#include "runtime/exec.h"

#define AD_KERNEL(op, function) ad_status function(ad_exec *x, ad_array *node, uint32_t dying);
#define AD_KERNEL_IF(op, function, fits) AD_KERNEL(op, function) bool fits(const ad_array *node);
#define AD_KERNEL_IN_PIECES(op, function, gives) AD_KERNEL(op, function) bool gives(const ad_array *node);
#define AD_KERNEL_FROM_SOURCE(op, function, takes) AD_KERNEL(op, function) bool takes(const ad_array *node);
#include "runtime/rows.def"

/* Calls the eval of a user's op. */
ad_status ad__k_user(ad_exec *x, ad_array *node, uint32_t dying);

#endif
