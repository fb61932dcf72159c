/* harness_models.h: models whose steps are measured as a whole, written as a user of the public headers would.
 *
 * A model is a list of weights and a function of (weights, input, targets) that gives the loss, or, without targets, the result.
 * Weights and inputs are the same numbers in every process that computes them by bench_fill's rule, so that a peer can be given
 * the same model and asked for the same loss. */
#ifndef BENCH_HARNESS_MODELS_H
#define BENCH_HARNESS_MODELS_H

#include <adamant/adamant.h>

enum { BENCH_MODEL_WEIGHTS = 256 };

typedef struct bench_weight {
  int64_t dims[2];
  int rank;
  double scale, offset; /* numbers are spread evenly over offset +- scale */
} bench_weight;

typedef struct bench_model {
  const char *name;
  ad_function f;
  double learning_rate;
  double flops;          /* of the products of one step */
  int layers, width, heads, batch, length, classes; /* classes: or words */
  bool checkpointed;     /* layers keep only what goes in */
  int weights;
  bench_weight weight[BENCH_MODEL_WEIGHTS];
} bench_model;

/* 784-256-128-10 on 64 rows; a GPT of 4 layers; the encoder of BERT-base on one sentence of 128 words, forward only. */
bench_model bench_mlp(void);
bench_model bench_gpt(bool checkpointed);
bench_model bench_bert(void);

/* Number i of weight `seed`: a hash of both, spread evenly over offset +- scale. */
void bench_fill(float *out, int64_t count, uint32_t seed, double scale, double offset);

/* The weights as one tuple, evaluated, in the innermost scope. */
ad_array *bench_model_weights(ad_ctx *c, const bench_model *m);
ad_array *bench_model_input(ad_ctx *c, const bench_model *m);
ad_array *bench_model_targets(ad_ctx *c, const bench_model *m);

/* (weights, input, targets) -> (loss, weights after one step of gradient descent), compiled; or, for BERT, weights and input to the
 * result. m lives as long as the function. */
ad_fn *bench_model_step(ad_ctx *c, bench_model *m, bool compiled);

/* The setup of a peer (see bench_peer_new) that defines step(), which is asked `steps` times for the loss and refuses to go on when it is not
 * ours. `body` defines transposed(i), which of the weights are held the other way round, w, the list of weights, and loss_of();
 * `step` defines step() by these. To be freed. */
char *bench_model_peer(const bench_model *m, const char *body, const char *step, int steps, float loss);
extern const char bench_peer_mlp[], bench_peer_gpt[];

#endif
