/* Recurrent networks over a sequence whose length is said beforehand: one cell a place, all with the same weights, from states of 0. */
#include "model/logical.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

enum { SEQUENCE_SIZE, SEQUENCE_LENGTH, SEQUENCE_BIAS };
static const ad_field sequence_params[] = {
    {.name = "hidden_dim", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "features of a state"},
    {.name = "length", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "places of the sequence"},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether gates have biases", .has_default = true, .default_num = 1},
};
static const ad_block_terminal sequence_terminals[] = {
    {.name = "input", .doc = "(N, length, in)"},
    {.name = "w_ih", .trainable = true, .init = "uniform fan_in of w_hh", .doc = "as of the cell"},
    {.name = "w_hh", .trainable = true, .init = "uniform fan_in", .doc = "as of the cell"},
    {.name = "bias_ih", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of w_hh", .doc = "as of the cell"},
    {.name = "bias_hh", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of w_hh", .doc = "as of the cell"},
    {.name = "output", .output = true, .doc = "(N, length, hidden_dim), the states of all places"},
};

/* hidden0 (and cell0): zeros of shape (N, hidden_dim). */
static void first_states(ad_model *m, const ad_block_args *a, bool memory) {
  char text[100];
  ad_model_extend(m, ad_block(a->ctx, "Size", "dim=0"), "input=input, output=count");
  ad__format(text, sizeof text, "input1=count, input2=%lld, output=dims", (long long)a->params[SEQUENCE_SIZE].as.i);
  ad_model_extend(m, ad_block(a->ctx, "ToTuple", "n=2"), text);
  STEP("broadcast_to", NULL, "a=0.0, shape=dims, output=hidden0");
  if (memory) STEP("broadcast_to", NULL, "a=0.0, shape=dims, output=cell0");
}

/* The cell of place i, from states i to states i + 1, and its state as a row; the last memory, which nobody reads, has no name. */
static void place(ad_model *m, const ad_block_args *a, const char *cell, bool memory, long long i) {
  bool bias = a->params[SEQUENCE_BIAS].as.i != 0;
  char params[80], states[80] = "", wiring[320];
  ad__format(wiring, sizeof wiring, "a=input, indices=%lld, output=input%lld", i, i);
  STEP("take", "axis=1", wiring);
  ad__format(params, sizeof params, "hidden_dim=%lld, use_bias=%s", (long long)a->params[SEQUENCE_SIZE].as.i, bias ? "true" : "false");
  if (memory) ad__format(states, sizeof states, "prev_cell=cell%lld, ", i);
  if (memory && i + 1 < a->params[SEQUENCE_LENGTH].as.i) ad__format(states, sizeof states, "prev_cell=cell%lld, cell=cell%lld, ", i, i + 1);
  ad__format(wiring, sizeof wiring, "input=input%lld, prev_hidden=hidden%lld, %sw_ih=w_ih, w_hh=w_hh, %shidden=hidden%lld", i, i, states,
             bias ? "bias_ih=bias_ih, bias_hh=bias_hh, " : "", i + 1);
  ad_model_extend(m, ad_block(a->ctx, cell, params), wiring);
  ad__format(wiring, sizeof wiring, "a=hidden%lld, output=row%lld", i + 1, i);
  STEP("expand_dims", "axes=[1]", wiring);
}

static ad_status unroll(ad_model *m, const ad_block_args *a, const char *cell, bool memory) {
  long long n = (long long)a->params[SEQUENCE_LENGTH].as.i;
  char text[60];
  ad_text rows;
  if (n < 1) return ad__block_fail(m, AD_E_VALUE, "length %lld; 1 or more is right", n);
  ad__format(text, sizeof text, "input: None, %lld, None", n);
  first_states(m, a, memory);
  ad__text_init(&rows, &a->ctx->mem);
  ad__text_add(&rows, "input=[");
  for (long long i = 0; i < n; i++) {
    place(m, a, cell, memory, i);
    ad__text_fmt(&rows, "%srow%lld", i ? ", " : "", i);
  }
  ad__text_add(&rows, "], output=output");
  ad_model_extend(m, ad_block(a->ctx, "Concat", "axis=1"), ad__text_str(&rows));
  ad__text_free(&rows);
  return ad_model_set_shapes(m, text);
}

static ad_status lstm_places(ad_model *m, const ad_block_args *a) { return unroll(m, a, "LSTMCell", true); }
static ad_status gru_places(ad_model *m, const ad_block_args *a) { return unroll(m, a, "GRUCell", false); }

const ad_block_desc ad__block_LSTM = {
    .name = "LSTM",
    .doc = "A long short-term memory over a sequence, by LSTMCell.",
    .group = "recurrent",
    AD_BLOCK_PARAMS(sequence_params),
    AD_BLOCK_TERMINALS(sequence_terminals),
    .wired = "",
    .build = lstm_places,
    .numpy = "np.stack([p[0] for p in list(__import__('itertools').accumulate(range(int(length)), lambda p, t: (lambda s, z: (lambda i, f, g, o: "
             "(lambda c: (s(o) * np.tanh(c), c))(s(f) * p[1] + s(i) * np.tanh(g)))(*np.split(z, 4, axis=-1)))(lambda x: 1 / (1 + np.exp(-x)), "
             "input[:, t] @ w_ih.T + p[0] @ w_hh.T + (bias_ih + bias_hh if use_bias else 0)), "
             "initial=(np.zeros((len(input), hidden_dim)),) * 2))[1:]], axis=1)",
    AD_BLOCK_SAMPLES({"hidden_dim=3, length=3", "input: 2, 3, 4", "normal"}, {"hidden_dim=2, length=1, use_bias=false", "input: 1, 1, 3", "normal"}),
    AD_BLOCK_ERRORS({"hidden_dim=3, length=0", "", AD_E_VALUE, "length 0"}, {"hidden_dim=3, length=3", "input: 2, 4, 4", AD_E_VALUE, "4"}),
};
const ad_block_desc ad__block_GRU = {
    .name = "GRU",
    .doc = "Gated recurrent units over a sequence, by GRUCell.",
    .group = "recurrent",
    AD_BLOCK_PARAMS(sequence_params),
    AD_BLOCK_TERMINALS(sequence_terminals),
    .wired = "",
    .build = gru_places,
    .numpy = "np.stack(list(__import__('itertools').accumulate(range(int(length)), lambda p, t: (lambda s, x, h: "
             "(lambda n: n + s(x[1] + h[1]) * (p - n))(np.tanh(x[2] + s(x[0] + h[0]) * h[2])))(lambda x: 1 / (1 + np.exp(-x)), "
             "np.split(input[:, t] @ w_ih.T + (bias_ih if use_bias else 0), 3, axis=-1), "
             "np.split(p @ w_hh.T + (bias_hh if use_bias else 0), 3, axis=-1)), initial=np.zeros((len(input), hidden_dim))))[1:], axis=1)",
    AD_BLOCK_SAMPLES({"hidden_dim=3, length=3", "input: 2, 3, 4", "normal"}, {"hidden_dim=2, length=1, use_bias=false", "input: 1, 1, 3", "normal"}),
    AD_BLOCK_ERRORS({"hidden_dim=3, length=0", "", AD_E_VALUE, "length 0"}),
};
