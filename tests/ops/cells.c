/* lstm_cell, gru_cell: PyTorch's numbers, results that stay in range, messages. */
#include "shape_help.h"
#include "torch_cases.h"

TEST(pytorch) {
  static torch_cases t; /* large */
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  torch_begin(&t, c, "cells");
  for (int64_t hidden = 1; hidden <= 9; hidden += 4) {
    ad_array *x = torch_noise(c, AD_SHAPE(3, 5), 1), *h = torch_noise(c, AD_SHAPE(3, hidden), 2), *state = torch_noise(c, AD_SHAPE(3, hidden), 3);
    ad_array *w[4];
    for (int gates = 4; gates >= 3; gates--) {
      w[0] = torch_noise(c, AD_SHAPE(gates * hidden, 5), 4), w[1] = torch_noise(c, AD_SHAPE(gates * hidden, hidden), 5);
      w[2] = torch_noise(c, AD_SHAPE(gates * hidden), 6), w[3] = torch_noise(c, AD_SHAPE(gates * hidden), 7);
      if (gates == 4)
        torch_case(&t, "torch._VF.lstm_cell(a, (b, c), d, e, f, g)", ad_lstm_cell(x, h, state, w[0], w[1], w[2], w[3]), 7, x, h, state, w[0], w[1], w[2], w[3]);
      else
        torch_case(&t, "torch._VF.gru_cell(a, b, c, d, e, f)", ad_gru_cell(x, h, w[0], w[1], w[2], w[3]), 6, x, h, w[0], w[1], w[2], w[3]);
    }
  }
  torch_end(&t);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Gates that are shut or open, one value each: c' = c, h' = tanh(c); a GRU that keeps its state. */
TEST(gates) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_zeros(c, AD_SHAPE(1), NULL), *h = ad_ones(c, AD_SHAPE(1), NULL), *state = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1), (const float[]){0.5f});
  ad_array *w4 = ad_zeros(c, AD_SHAPE(4, 1), NULL), *w3 = ad_zeros(c, AD_SHAPE(3, 1), NULL);
  ad_array *b4 = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){-1000, 1000, 1000, 1000});
  ad_array *b3 = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){0, 1000, 3});
  ad_array *next = ad_lstm_cell(x, h, state, w4, w4, b4, NULL);
  CHECK_FLOATS(ad_item(next, 1), 0.5);
  CHECK_NEAR(*(const float *)ad_data(ad_item(next, 0)), tanh(0.5), 1e-7);
  CHECK_FLOATS(ad_gru_cell(x, h, w3, w3, b3, NULL), 1);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(messages) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_zeros(c, AD_SHAPE(2, 3), NULL), *h = ad_zeros(c, AD_SHAPE(2, 4), NULL), *w = ad_zeros(c, AD_SHAPE(16, 3), NULL), *u = ad_zeros(c, AD_SHAPE(16, 4), NULL);
  CHECK_FAILS(ad_lstm_cell(x, h, h, u, u, NULL, NULL), AD_E_VALUE, "lstm_cell: input w_ih of shape (16, 4); axis 1 is 4; 3 is right");
  CHECK_FAILS(ad_gru_cell(x, h, w, u, NULL, NULL), AD_E_VALUE, "gru_cell: input w_ih of shape (16, 3); axis 0 is 16; 12 is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(pytorch), CASE(gates), CASE(messages))
