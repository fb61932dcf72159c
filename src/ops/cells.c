/* Cells of recurrent networks: one step of an LSTM and of a GRU, composed of linear maps and gates.
 *
 * Weights lie as PyTorch's: the rows of w_ih and w_hh are those of all gates, one below the other: input, forget, cell,
 * output of an LSTM; reset, update, new of a GRU. Hochreiter, Schmidhuber: Long short-term memory, 1997, with the forget gate
 * of Gers, Schmidhuber and Cummins, 2000; Cho and others: Learning phrase representations using RNN encoder-decoder, 2014. */
#include "ops/dims.h"
#include "ops/rules.h"

/* Gate k: some elements of the last axis. */
static ad_array *gate(ad_array *a, int k, int64_t size) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK];
  for (int i = 0; i < s.rank; i++) stop[i] = s.dims[i];
  start[s.rank - 1] = k * size;
  stop[s.rank - 1] = (k + 1) * size;
  return ad_strided_slice(a, ((ad_ints){true, s.rank, start}), ((ad_ints){true, s.rank, stop}), NULL);
}

/* Axis 0 of a slot has `gates` times as many elements as there are hidden ones. */
static bool gate_rows(ad_rel *r, int slot, int gates, ad_dim *hidden) {
  if (*hidden != AD_DIM_UNKNOWN) return ad_rel_dim(r, slot, 0, ad_dim_mul(ad_rel_ctx(r), *hidden, gates));
  ad_dim rows = ad_rel_get_dim(r, slot, 0);
  if (!ad_dim_is_number(rows)) return ad_rel_later(r);
  if (rows % gates)
    return ad_rel_fail(r, AD_E_VALUE, "%lld rows of weights; a multiple of %d, those of each gate, is right", (long long)rows, gates);
  *hidden = rows / gates;
  return true;
}

/* x (..., in); `states` slots (..., hidden); then w_ih, w_hh, b_ih, b_hh; results like the states. */
static bool cell(ad_rel *r, int gates, int states, int outputs) {
  int w = 1 + states, rank = ad_rel_get_rank(r, 0);
  for (int i = 0; i < outputs && rank < 0; i++) rank = ad_rel_get_rank(r, AD_REL_OUT(r, i));
  for (int i = 1; i < w && rank < 0; i++) rank = ad_rel_get_rank(r, i);
  ad_dim hidden = AD_DIM_UNKNOWN;
  if (!ad_rel_rank(r, w, 2) || !ad_rel_rank(r, w + 1, 2)) return false;
  if (rank == 0) return ad_rel_fail(r, AD_E_VALUE, "rank 0; 1 or more is right, the last axis being the features");
  for (int i = 1; i < w; i++)
    if (rank > 0 && !ad_rel_rank(r, i, rank)) return false;
  hidden = ad_rel_get_dim(r, 1, -1);
  if (hidden == AD_DIM_UNKNOWN) hidden = ad_rel_get_dim(r, w + 1, 1);
  if (!gate_rows(r, w, gates, &hidden) || !gate_rows(r, w + 1, gates, &hidden)) return false;
  for (int b = w + 2; b < w + 4; b++)
    if (ad_rel_has(r, b) && (!ad_rel_rank(r, b, 1) || !gate_rows(r, b, gates, &hidden))) return false;
  if (hidden != AD_DIM_UNKNOWN && !ad_rel_dim(r, w + 1, 1, hidden)) return false;
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_same_dim(r, 0, -1, w, 1)) return false;
  for (int k = 0; k < states + outputs; k++) {
    int slot = k < states ? 1 + k : AD_REL_OUT(r, k - states);
    if (!ad_rel_rank(r, slot, rank)) return false;
    for (int i = 0; i < rank - 1; i++)
      if (!ad_rel_same_dim(r, 0, i, slot, i)) return false;
    if (hidden != AD_DIM_UNKNOWN && !ad_rel_dim(r, slot, -1, hidden)) return false;
  }
  return true;
}

static ad_status lstm_dims(ad_rel *r) { return ad_rel_end(r, cell(r, 4, 2, 2)); }
static ad_status gru_dims(ad_rel *r) { return ad_rel_end(r, cell(r, 3, 1, 1)); }

static ad_array *lstm_compose(const ad_rule *r) {
  ad_array *const *in = r->in, *c = in[2];
  int64_t size = ad_array_dim(c, -1);
  ad_array *gates = ad_add(ad_linear(in[0], in[3], in[5]), ad_linear(in[1], in[4], in[6]));
  ad_array *input = ad_sigmoid(gate(gates, 0, size)), *forget = ad_sigmoid(gate(gates, 1, size));
  ad_array *fresh = ad_tanh(gate(gates, 2, size)), *output = ad_sigmoid(gate(gates, 3, size));
  c = ad_add(ad_multiply(forget, c), ad_multiply(input, fresh));
  return ad_tuple(r->ctx, (ad_array *[]){ad_multiply(output, ad_tanh(c)), c}, 2);
}

const ad_op ad__op_lstm_cell = {
    AD_OP_HEAD(lstm_cell),
    .params = "x, h, c, w_ih, w_hh, b_ih, b_hh",
    .doc = "One step of an LSTM: the pair (h, c) after the input x (..., in) on the states h and c (..., hidden). The rows of "
           "w_ih (4 hidden, in), w_hh (4 hidden, hidden), b_ih and b_hh (4 hidden, or absent) are those of the gates i, f, g, o: "
           "c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c'). bool and integers become float32.",
    .example = "ad_array *state = ad_lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh);",
    .group = "cells",
    .inputs = 7,
    .optional = 2,
    .outputs = 2,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = lstm_dims,
    .compose = lstm_compose,
    AD_SAMPLES({"float32[2,3], float32[2,4], float32[2,4], float32[16,3], float32[16,4], float32[16], float32[16]", "", "symmetric"},
               {"float64[3], float64[2], float64[2], float64[8,3], float64[8,2], -, -", "", "symmetric"},
               {"float64[2,3,2], float64[2,3,1], float64[2,3,1], float64[4,2], float64[4,1], float64[4], -", "", "symmetric"},
               {"float32[0,3], float32[0,2], float32[0,2], float32[8,3], float32[8,2], float32[8], float32[8]", "", "symmetric"}),
    AD_ERRORS({"float32[2,3], float32[2,4], float32[2,4], float32[12,3], float32[16,4], -, -", "", AD_E_VALUE, "input w_ih of shape (12, 3); axis 0 is 12; 16 is right"},
              {"float32[2,3], float32[2,4], float32[2,5], float32[16,3], float32[16,4], -, -", "", AD_E_VALUE, "input c of shape (2, 5); axis 1 is 5; 4 is right"},
              {"float32[2,3], float32[3,4], float32[2,4], float32[16,3], float32[16,4], -, -", "", AD_E_VALUE, "input h of shape (3, 4); axis 0 is 3; 2 is right"},
              {"float32[2,3], float32[2,4], float32[2,4], float32[16,2], float32[16,4], -, -", "", AD_E_VALUE, "axis 1 is 2; 3 is right"},
              {"float32[], float32[], float32[], float32[16,2], float32[16,4], -, -", "", AD_E_VALUE, "rank 0; 1 or more is right"},
              {"complex64[2,3], float32[2,4], float32[2,4], float32[16,3], float32[16,4], -, -", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

static ad_array *gru_compose(const ad_rule *r) {
  ad_array *const *in = r->in, *h = in[1];
  int64_t size = ad_array_dim(h, -1);
  ad_array *from_x = ad_linear(in[0], in[2], in[4]), *from_h = ad_linear(h, in[3], in[5]);
  ad_array *reset = ad_sigmoid(ad_add(gate(from_x, 0, size), gate(from_h, 0, size)));
  ad_array *update = ad_sigmoid(ad_add(gate(from_x, 1, size), gate(from_h, 1, size)));
  ad_array *fresh = ad_tanh(ad_add(gate(from_x, 2, size), ad_multiply(reset, gate(from_h, 2, size))));
  return ad_add(fresh, ad_multiply(update, ad_subtract(h, fresh)));
}

const ad_op ad__op_gru_cell = {
    AD_OP_HEAD(gru_cell),
    .params = "x, h, w_ih, w_hh, b_ih, b_hh",
    .doc = "One step of a GRU: the state h after the input x (..., in) on the state h (..., hidden). The rows of w_ih (3 hidden, "
           "in), w_hh (3 hidden, hidden), b_ih and b_hh (3 hidden, or absent) are those of the gates r, z, n: "
           "n = tanh(x's n + sigmoid(r) h's n), h' = n + sigmoid(z) (h - n). bool and integers become float32.",
    .example = "ad_array *h_next = ad_gru_cell(x, h, w_ih, w_hh, b_ih, b_hh);",
    .group = "cells",
    .inputs = 6,
    .optional = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = gru_dims,
    .compose = gru_compose,
    AD_SAMPLES({"float32[2,3], float32[2,4], float32[12,3], float32[12,4], float32[12], float32[12]", "", "symmetric"},
               {"float64[3], float64[2], float64[6,3], float64[6,2], -, -", "", "symmetric"},
               {"float64[2,3,2], float64[2,3,1], float64[3,2], float64[3,1], -, float64[3]", "", "symmetric"},
               {"float32[0,3], float32[0,2], float32[6,3], float32[6,2], float32[6], float32[6]", "", "symmetric"}),
    AD_ERRORS({"float32[2,3], float32[2,4], float32[16,3], float32[12,4], -, -", "", AD_E_VALUE, "input w_ih of shape (16, 3); axis 0 is 16; 12 is right"},
              {"float32[2,3], float32[2,4], float32[12,3], float32[12,4], float32[11], -", "", AD_E_VALUE, "input b_ih of shape (11); axis 0 is 11; 12 is right"},
              {"float32[2,3], float32[2,4], float32[12,3], float32[12,3], -, -", "", AD_E_VALUE, "input w_hh of shape (12, 3); axis 1 is 3; 4 is right"}),
};
