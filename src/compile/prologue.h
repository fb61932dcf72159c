/* A group as the source of the reduction that is its last member. */
#ifndef AD_COMPILE_PROLOGUE_H
#define AD_COMPILE_PROLOGUE_H

#include "compile/registers.h"

typedef struct ad_prologue {
  ad_elements_from source;
  bool in_registers;
  union {
    ad_register_job registers;
    ad_block_job blocks;
  } of;
} ad_prologue;

/* What the group reads, so that `source` can be asked; then the end, also after a failure. */
ad_status ad__prologue_begin(ad_exec *x, const ad_group *g, ad_array *const *in, ad_prologue *s);
void ad__prologue_end(ad_exec *x, const ad_group *g, ad_array *const *in, ad_prologue *s);

#endif
