/* Cells of recurrent networks: one step each, from an input and the states before it to the states after it.
 *
 * The weights of all gates lie below each other as the ops lstm_cell and gru_cell say; begun as PyTorch does, by the number of
 * hidden features. A cell knows nothing of sequences: who unrolls it wires its states to the next one. */
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

enum { CELL_SIZE, CELL_BIAS };
static const ad_field cell_params[] = {
    {.name = "hidden_dim", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "features of a state"},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether gates have biases", .has_default = true, .default_num = 1},
};

/* What hidden_dim says of the weights and biases of so many gates. */
static ad_status cell_shapes(ad_model *m, const ad_block_args *a, int gates) {
  long long n = (long long)a->params[CELL_SIZE].as.i;
  char text[200];
  ad__format(text, sizeof text, "w_ih: %lld, None; w_hh: %lld, %lld", gates * n, gates * n, n);
  ad_model_set_shapes(m, text);
  ad__format(text, sizeof text, "bias_ih: %lld; bias_hh: %lld", gates * n, gates * n);
  return a->params[CELL_BIAS].as.i ? ad_model_set_shapes(m, text) : AD_OK;
}

static ad_status cell_check(ad_model *m, const ad_block_args *a) {
  long long n = (long long)a->params[CELL_SIZE].as.i;
  return n < 1 ? ad__block_fail(m, AD_E_VALUE, "hidden_dim %lld; 1 or more is right", n) : AD_OK;
}

/* ---- The simple one ---- */

enum { RNN_SIZE, RNN_OUTPUT };
static const ad_field rnn_params[] = {
    {.name = "hidden_dim", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "features of a state"},
    {.name = "output_dim", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "features of the result"},
};
static const ad_block_terminal rnn_terminals[] = {
    {.name = "input", .doc = "(N, in)"},
    {.name = "prev_hidden", .doc = "(N, hidden_dim), the state before"},
    {.name = "w_ih", .trainable = true, .init = "uniform fan_in of w_hh", .doc = "(hidden_dim, in)"},
    {.name = "w_hh", .trainable = true, .init = "uniform fan_in", .doc = "(hidden_dim, hidden_dim)"},
    {.name = "w_ho", .trainable = true, .init = "uniform fan_in", .doc = "(output_dim, hidden_dim)"},
    {.name = "bias_h", .trainable = true, .init = "uniform fan_in of w_hh", .doc = "(hidden_dim)"},
    {.name = "bias_o", .trainable = true, .init = "uniform fan_in of w_ho", .doc = "(output_dim)"},
    {.name = "output", .output = true, .doc = "(N, output_dim), w_ho hidden + bias_o"},
    {.name = "hidden", .output = true, .doc = "(N, hidden_dim), the state behind"},
};
static ad_status rnn_build(ad_model *m, const ad_block_args *a) {
  long long n = (long long)a->params[RNN_SIZE].as.i, out = (long long)a->params[RNN_OUTPUT].as.i;
  char text[200];
  if (n < 1 || out < 1) return ad__block_fail(m, AD_E_VALUE, "hidden_dim %lld, output_dim %lld; 1 or more is right", n, out);
  STEP("linear", NULL, "x=input, w=w_ih, b=bias_h, output=seen");
  STEP("linear", "b=none", "x=prev_hidden, w=w_hh, output=kept");
  STEP("add", NULL, "a=seen, b=kept, output=sum");
  STEP("tanh", NULL, "a=sum, output=hidden");
  STEP("linear", NULL, "x=hidden, w=w_ho, b=bias_o, output=output");
  ad__format(text, sizeof text, "w_ih: %lld, None; w_hh: %lld, %lld; w_ho: %lld, %lld; bias_h: %lld; bias_o: %lld", n, n, n, out, n, n, out);
  ad_model_set_shapes(m, text);
  return ad_model_expose(m, "output, hidden");
}
const ad_block_desc ad__block_RNNCell = {
    .name = "RNNCell",
    .doc = "One step of a recurrent network (Elman, 1990): hidden = tanh(w_ih input + w_hh prev_hidden + bias_h).",
    .group = "recurrent",
    AD_BLOCK_PARAMS(rnn_params),
    AD_BLOCK_TERMINALS(rnn_terminals),
    .wired = "",
    .standard_inputs = "input",
    .standard_outputs = "output",
    .build = rnn_build,
    .numpy = "(lambda h: (h @ w_ho.T + bias_o, h))(np.tanh(input @ w_ih.T + prev_hidden @ w_hh.T + bias_h))",
    AD_BLOCK_SAMPLES({"hidden_dim=3, output_dim=4", "input: 2, 5; prev_hidden: 2, 3", "normal"}),
    AD_BLOCK_ERRORS({"hidden_dim=3, output_dim=4", "input: 2, 5; prev_hidden: 2, 6", AD_E_VALUE, "6"},
                    {"hidden_dim=0, output_dim=4", "", AD_E_VALUE, "hidden_dim 0"}),
};

/* ---- With gates ---- */

static const ad_block_terminal lstm_terminals[] = {
    {.name = "input", .doc = "(N, in)"},
    {.name = "prev_hidden", .doc = "(N, hidden_dim), the state before"},
    {.name = "prev_cell", .doc = "(N, hidden_dim), the memory before"},
    {.name = "w_ih", .trainable = true, .init = "uniform fan_in of w_hh", .doc = "(4 hidden_dim, in), rows of the gates i, f, g, o"},
    {.name = "w_hh", .trainable = true, .init = "uniform fan_in", .doc = "(4 hidden_dim, hidden_dim)"},
    {.name = "bias_ih", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of w_hh", .doc = "(4 hidden_dim)"},
    {.name = "bias_hh", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of w_hh", .doc = "(4 hidden_dim)"},
    {.name = "hidden", .output = true, .doc = "(N, hidden_dim), the state behind"},
    {.name = "cell", .output = true, .doc = "(N, hidden_dim), the memory behind"},
};
static ad_status lstm_build(ad_model *m, const ad_block_args *a) {
  bool bias = a->params[CELL_BIAS].as.i != 0;
  ad_status s = cell_check(m, a);
  if (s) return s;
  if (bias) STEP("lstm_cell", NULL, "x=input, h=prev_hidden, c=prev_cell, w_ih=w_ih, w_hh=w_hh, b_ih=bias_ih, b_hh=bias_hh, output=hidden, output1=cell");
  else STEP("lstm_cell", "b_ih=none, b_hh=none", "x=input, h=prev_hidden, c=prev_cell, w_ih=w_ih, w_hh=w_hh, output=hidden, output1=cell");
  return cell_shapes(m, a, 4);
}
const ad_block_desc ad__block_LSTMCell = {
    .name = "LSTMCell",
    .doc = "One step of a long short-term memory (Hochreiter and Schmidhuber, 1997): cell = sigmoid(f) prev_cell + sigmoid(i) tanh(g), "
           "hidden = sigmoid(o) tanh(cell).",
    .group = "recurrent",
    AD_BLOCK_PARAMS(cell_params),
    AD_BLOCK_TERMINALS(lstm_terminals),
    .wired = "",
    .standard_inputs = "input",
    .standard_outputs = "hidden",
    .build = lstm_build,
    .numpy = "(lambda s, z: (lambda i, f, g, o: (lambda c: (s(o) * np.tanh(c), c))(s(f) * prev_cell + s(i) * np.tanh(g)))(*np.split(z, 4, axis=-1)))("
             "lambda x: 1 / (1 + np.exp(-x)), input @ w_ih.T + prev_hidden @ w_hh.T + (bias_ih + bias_hh if use_bias else 0))",
    AD_BLOCK_SAMPLES({"hidden_dim=3", "input: 2, 4; prev_hidden: 2, 3; prev_cell: 2, 3", "normal"},
                     {"hidden_dim=2, use_bias=false", "input: 1, 3; prev_hidden: 1, 2; prev_cell: 1, 2", "normal"}),
    AD_BLOCK_ERRORS({"hidden_dim=3", "input: 2, 4; prev_hidden: 2, 5; prev_cell: 2, 3", AD_E_VALUE, "20 is right"}, {"hidden_dim=0", "", AD_E_VALUE, "hidden_dim 0"}),
};

static const ad_block_terminal gru_terminals[] = {
    {.name = "input", .doc = "(N, in)"},
    {.name = "prev_hidden", .doc = "(N, hidden_dim), the state before"},
    {.name = "w_ih", .trainable = true, .init = "uniform fan_in of w_hh", .doc = "(3 hidden_dim, in), rows of the gates r, z, n"},
    {.name = "w_hh", .trainable = true, .init = "uniform fan_in", .doc = "(3 hidden_dim, hidden_dim)"},
    {.name = "bias_ih", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of w_hh", .doc = "(3 hidden_dim)"},
    {.name = "bias_hh", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of w_hh", .doc = "(3 hidden_dim)"},
    {.name = "hidden", .output = true, .doc = "(N, hidden_dim), the state behind"},
};
static ad_status gru_build(ad_model *m, const ad_block_args *a) {
  bool bias = a->params[CELL_BIAS].as.i != 0;
  ad_status s = cell_check(m, a);
  if (s) return s;
  if (bias) STEP("gru_cell", NULL, "x=input, h=prev_hidden, w_ih=w_ih, w_hh=w_hh, b_ih=bias_ih, b_hh=bias_hh, output=hidden");
  else STEP("gru_cell", "b_ih=none, b_hh=none", "x=input, h=prev_hidden, w_ih=w_ih, w_hh=w_hh, output=hidden");
  return cell_shapes(m, a, 3);
}
const ad_block_desc ad__block_GRUCell = {
    .name = "GRUCell",
    .doc = "One step of a gated recurrent unit (Cho and others, 2014): n = tanh(input's n + sigmoid(r) prev_hidden's n), "
           "hidden = n + sigmoid(z) (prev_hidden - n).",
    .group = "recurrent",
    AD_BLOCK_PARAMS(cell_params),
    AD_BLOCK_TERMINALS(gru_terminals),
    .wired = "",
    .standard_inputs = "input",
    .build = gru_build,
    .numpy = "(lambda s, x, h: (lambda r, z: (lambda n: n + s(z) * (prev_hidden - n))(np.tanh(x[2] + s(r) * h[2])))(x[0] + h[0], x[1] + h[1]))("
             "lambda x: 1 / (1 + np.exp(-x)), np.split(input @ w_ih.T + (bias_ih if use_bias else 0), 3, axis=-1), "
             "np.split(prev_hidden @ w_hh.T + (bias_hh if use_bias else 0), 3, axis=-1))",
    AD_BLOCK_SAMPLES({"hidden_dim=3", "input: 2, 4; prev_hidden: 2, 3", "normal"}, {"hidden_dim=2, use_bias=false", "input: 1, 3; prev_hidden: 1, 2", "normal"}),
    AD_BLOCK_ERRORS({"hidden_dim=3", "input: 2, 4; prev_hidden: 2, 5", AD_E_VALUE, "5"}),
};
