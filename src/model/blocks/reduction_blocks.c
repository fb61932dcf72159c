/* Blocks that reduce over axes. */
#include "model/block_desc.h"

enum { REDUCE_AXES, REDUCE_KEEPDIMS };
static const ad_field reduce_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXES, .doc = "one axis or several; absent: all"},
    {.name = "keepdim", .kind = AD_FIELD_FLAG, .doc = "reduced axes stay, with size 1", .has_default = true},
};

static ad_status reduce_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  (void)why, (void)why_size;
  attrs[REDUCE_AXES] = a->params[REDUCE_AXES];
  attrs[REDUCE_KEEPDIMS] = a->params[REDUCE_KEEPDIMS];
  return AD_OK;
}

const ad_block_desc ad__block_Mean = {
    .name = "Mean",
    .doc = "The mean over axes.",
    .group = "reduction",
    AD_BLOCK_PARAMS(reduce_params),
    .wired = "axis, keepdim",
    .op = "mean",
    .attrs = reduce_attrs,
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"axis=1, keepdim=true", "input: 2, 3", "normal"}),
};
