/* Blocks that measure how far an input is from a target, element by element. */
#include "model/block_desc.h"

static const ad_block_terminal loss_terminals[] = {
    {.name = "input", .doc = "what the model says"},
    {.name = "target", .doc = "what would be right"},
    {.name = "output", .output = true, .doc = "the loss of every element"},
};

static ad_status squared_error_build(ad_model *m, const ad_block_args *a) {
  ad_model_extend(m, ad_model_op(a->ctx, "subtract", NULL), "a=input, b=target, output=difference");
  return ad_model_extend(m, ad_model_op(a->ctx, "square", NULL), "a=difference, output=output");
}

const ad_block_desc ad__block_SquaredError = {
    .name = "SquaredError",
    .doc = "(input - target) squared.",
    .group = "loss",
    AD_BLOCK_TERMINALS(loss_terminals),
    .build = squared_error_build,
    AD_BLOCK_SAMPLES({"", "input: 2, 3; target: 2, 3", "normal"}),
};
