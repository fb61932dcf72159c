/* Blocks that apply one function to every element. */
#include "model/block_desc.h"

const ad_block_desc ad__block_Relu = {
    .name = "Relu",
    .doc = "max(input, 0).",
    .group = "activation",
    .op = "relu",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}),
};
