/* What the shape rules and the kernels of creation ops must agree on: how many elements a range has, and which. */
#ifndef AD_OPS_CREATION_H
#define AD_OPS_CREATION_H

#include <adamant/dtype.h>
#include "base/str.h"

/* Elements first + i * step for i in [0, count). Integer dtypes use the integers, the others the doubles. */
typedef struct ad_range {
  int64_t count;
  bool whole;
  int64_t first, by;
  double start, step;
} ad_range;

/* The range from start up to stop; reports what makes no range. */
ad_status ad__range_between(double start, double stop, double step, ad_dtype dtype, ad_range *out, ad_err *e);
/* count integers; reports those that do not fit the dtype. */
ad_status ad__range_counted(int64_t count, int64_t first, int64_t by, ad_dtype dtype, ad_range *out, ad_err *e);

#endif
