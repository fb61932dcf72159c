/* Blocks of arithmetic on two operands, which broadcast. */
#include "model/block_desc.h"

static const ad_block_terminal pair[] = {
    {.name = "left", .doc = "one operand"},
    {.name = "right", .doc = "the other"},
    {.name = "output", .output = true, .doc = "the result, of the shape that both broadcast to"},
};

const ad_block_desc ad__block_Add = {
    .name = "Add",
    .doc = "left plus right.",
    .group = "arithmetic",
    AD_BLOCK_TERMINALS(pair),
    .standard_inputs = "left, right",
    .op = "add",
    AD_BLOCK_SAMPLES({"", "left: 2, 3; right: 3", "normal"}),
};
