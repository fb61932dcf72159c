/* Blocks that compare, choose, and work on truth values and bits; operands broadcast. */
#include "model/block_desc.h"

static const ad_block_terminal pair[] = {
    {.name = "left", .doc = "one operand"},
    {.name = "right", .doc = "the other"},
    {.name = "output", .output = true, .doc = "the result, of the shape that both broadcast to"},
};

#define COMPARISON(Name, op_, text, standard, formula)                                                                               \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "comparison", AD_BLOCK_TERMINALS(pair), .standard_inputs = standard, \
                                          .op = op_, .numpy = formula, AD_BLOCK_SAMPLES({"", "left: 2, 3; right: 3", "small"}),      \
                                          AD_BLOCK_ERRORS({"", "left: 2, 3; right: 4", AD_E_VALUE, "broadcast"})}

COMPARISON(Greater, "greater", "Whether left is greater than right.", "left", "left > right");
COMPARISON(GreaterEqual, "greater_equal", "Whether left is no less than right.", "left", "left >= right");
COMPARISON(Less, "less", "Whether left is less than right.", "left", "left < right");
COMPARISON(LessEqual, "less_equal", "Whether left is no greater than right.", "left", "left <= right");
COMPARISON(Equal, "equal", "Whether both are equal.", "left, right", "left == right");
COMPARISON(NotEqual, "not_equal", "Whether they differ.", "left, right", "left != right");

/* Of truth values, and of the bits of integers. */
#define LOGIC(Name, op_, text, formula)                                                                                              \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "comparison", AD_BLOCK_TERMINALS(pair), .standard_inputs = "left, right", \
                                          .op = op_, .numpy = formula, AD_BLOCK_SAMPLES({"", "left: bool[2, 3]; right: bool[3]", "bool"}, {"", "left: int32[2, 3]; right: int32[3]", "normal"}), \
                                          AD_BLOCK_ERRORS({"", "left: float32[2]; right: float32[2]", AD_E_TYPE, "left"})}

LOGIC(LogicalAnd, "bitwise_and", "Whether both are true; of integers, the bits that both have.", "left & right");
LOGIC(LogicalOr, "bitwise_or", "Whether one is true; of integers, the bits that one has.", "left | right");
LOGIC(LogicalXOr, "bitwise_xor", "Whether exactly one is true; of integers, the bits that exactly one has.", "left ^ right");

const ad_block_desc ad__block_LogicalNot = {
    .name = "LogicalNot",
    .doc = "Whether input is false; of integers, the bits it lacks.",
    .group = "comparison",
    .op = "bitwise_invert",
    .numpy = "~input",
    AD_BLOCK_SAMPLES({"", "input: bool[2, 3]", "bool"}, {"", "input: int32[4]", "normal"}),
};

static const ad_block_terminal shift_terminals[] = {
    {.name = "input", .doc = "integers"},
    {.name = "shift", .doc = "by how many bits"},
    {.name = "output", .output = true, .doc = "the result, of the shape that both broadcast to"},
};
#define SHIFT(Name, op_, text, formula)                                                                                              \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "comparison", AD_BLOCK_TERMINALS(shift_terminals), .op = op_, \
                                          .numpy = formula, AD_BLOCK_SAMPLES({"shift=2", "input: int32[2, 3]", "normal"})}
SHIFT(ShiftLeft, "left_shift", "input times a power of two.", "input << shift");
SHIFT(ShiftRight, "right_shift", "input over a power of two, rounded down.", "input >> shift");

static const ad_block_terminal where_terminals[] = {
    {.name = "cond", .doc = "truth values"},
    {.name = "input1", .doc = "where it is true"},
    {.name = "input2", .doc = "where it is false"},
    {.name = "output", .output = true, .doc = "the result, of the shape that all broadcast to"},
};
const ad_block_desc ad__block_Where = {
    .name = "Where",
    .doc = "input1 where cond is true, input2 elsewhere.",
    .group = "comparison",
    AD_BLOCK_TERMINALS(where_terminals),
    .standard_inputs = "input1",
    .op = "where",
    .numpy = "np.where(cond, input1, input2)",
    AD_BLOCK_SAMPLES({"", "cond: bool[2, 3] bool; input1: 3; input2: 2, 1", "normal"}),
    AD_BLOCK_ERRORS({"", "cond: bool[2, 3] bool; input1: 4; input2: 3", AD_E_VALUE, "broadcast"}),
};
