/* How many operations a node takes, for profiles. */
#ifndef AD_COMPILE_WORK_H
#define AD_COMPILE_WORK_H

#include "ir/graph.h"

/* As its op's descriptor states it, else as the composition does; of a view, and of a tuple of which neither says anything, 0. */
double ad__work_of(ad_array *a);

#endif
