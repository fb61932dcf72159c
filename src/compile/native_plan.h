/* Native code of a plan: when it is wanted, its text, and its job. */
#ifndef AD_COMPILE_NATIVE_PLAN_H
#define AD_COMPILE_NATIVE_PLAN_H

#include "backend/native_group.h"
#include "backend/native_region.h"
#include "compile/plan.h"

/* Where runs look for machine code. */
typedef struct ad_plan_code {
  ad_native_group *groups;  /* one per group */
  ad_region_code **regions; /* per step; NULL for those without a native form */
} ad_plan_code;

typedef struct ad_plan_native {
  ad_native_job *job; /* NULL: not begun */
  bool settled;       /* nothing is left to be done or said */
  uint64_t calls;
  double call_ns, spent_ns; /* what groups cost by estimate, in a call and until now */
  int printed;              /* steps whose text is there */
  int count;                /* functions */
  int symbol_room;
  ad_text code;
  ad_native_symbol *symbols;
} ad_plan_native;

/* Before a call: does what has to be done for native code, which for most calls is nothing. Never fails: what cannot be is left to the
 * interpreter. By the context's thread. */
void ad__plan_native_call(ad_plan *p, ad_plan_native *n, ad_native_mode mode);
void ad__plan_native_describe(const ad_plan *p, const ad_plan_native *n, ad_text *out);
/* Before the plan ends. */
void ad__plan_native_end(ad_plan *p, ad_plan_native *n);

#endif
