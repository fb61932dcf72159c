/* Whole steps: a small and a large training step and a forward pass, against their products at peak and against PyTorch; and the
 * memory of the large one.
 *
 * Our better of one and two threads is compared with the peer's better. The peer is given our loss after a few steps and refuses
 * to be measured when it comes to another one. */
#include "harness_models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "harness.h"

enum { LOSS_STEPS = 3 };

static void stop(const char *why) {
  bench_log("%s", why);
  exit(1);
}

/* ---- Steps ---- */

typedef struct training {
  bench_model model;
  ad_ctx *ctx;
  ad_fn *f;
  ad_array *weights, *input, *targets; /* weights: kept, replaced by each step */
  float loss;
} training;

/* The old weights are let go before anything is computed, so that the new ones can take their memory. */
static void train(void *state) {
  training *t = state;
  ad_scope *s = ad_scope_begin(t->ctx);
  ad_array *r = ad_call(t->f, t->weights, t->input, t->targets), *loss = ad_keep(ad_item(r, 0)), *next = ad_keep(ad_item(r, 1));
  ad_scope_end(s, NULL);
  ad_drop(t->weights);
  t->weights = next;
  if (ad_eval(loss) != AD_OK || ad_read(loss, &t->loss, sizeof t->loss) != AD_OK) stop(ad_error_text(loss));
  ad_drop(loss);
}

static void infer(void *state) {
  training *t = state;
  ad_scope *s = ad_scope_begin(t->ctx);
  ad_array *y = ad_call(t->f, t->weights, t->input);
  if (ad_eval(y) != AD_OK) stop(ad_error_text(y));
  ad_scope_end(s, NULL);
}

/* The first call waits for machine code, so that all later ones are alike. */
static void training_begin(training *t, bench_model m, int threads) {
  *t = (training){.model = m, .ctx = ad_ctx_new(&(ad_ctx_opts){.threads = threads, .native = AD_NATIVE_WAIT})};
  if (!t->ctx) exit(1);
  t->weights = ad_keep(bench_model_weights(t->ctx, &t->model));
  t->input = bench_model_input(t->ctx, &t->model);
  t->targets = bench_model_targets(t->ctx, &t->model);
  t->f = bench_model_step(t->ctx, &t->model, true);
}

static void training_end(training *t) {
  ad_drop(t->weights);
  ad_ctx_free(t->ctx);
}

/* ---- Against the products at peak ---- */

typedef struct step_case {
  bench_model (*model)(void);
  double need[2];   /* with one and two threads */
  const char *peer; /* the model in PyTorch; NULL: no peer */
  double need_of_peer;
} step_case;

static const char peer_step[] =
    "def step():\n"
    "  loss = loss_of()\n"
    "  with torch.no_grad():\n"
    "    torch._foreach_add_(w, torch.autograd.grad(loss, w), alpha=-rate)\n"
    "  return loss.item()\n";

static double best_of(bench_side s) {
  double best = 1e30;
  s.run(s.state, 2);
  for (int i = 0; i < 5; i++) {
    double t = s.run(s.state, 1);
    if (t > 0 && t < best) best = t;
  }
  return best;
}

static void against_peer(const bench_case *self, const step_case *s, bench_side *ours, float loss) {
  bench_model m = s->model();
  char *setup = bench_model_peer(&m, s->peer, peer_step, LOSS_STEPS, loss);
  bench_side theirs[2];
  int mine = best_of(ours[1]) < best_of(ours[0]), its = 0;
  for (int k = 0; k < 2; k++) {
    bench_peer *p = bench_peer_new("torch", k + 1, setup, "step()");
    if (!p) {
      bench_line_absent(self->name, mine + 1, "GFLOP/s", "torch", s->need_of_peer);
      free(setup);
      return;
    }
    theirs[k] = bench_peer_side(p, ours[0].amount);
  }
  its = best_of(theirs[1]) < best_of(theirs[0]);
  char name[32];
  snprintf(name, sizeof name, "torch, %d thread%s", its + 1, its ? "s" : "");
  bench_line(self->name, mine + 1, "GFLOP/s", name, bench_compare("GFLOP/s", ours[mine], theirs[its]), s->need_of_peer);
  free(setup);
}

static void whole_step(const bench_case *self) {
  const step_case *s = self->data;
  training t[2];
  bench_work work[2];
  bench_side ours[2];
  float loss = 0;
  for (int k = 0; k < 2; k++) {
    training_begin(&t[k], s->model(), k + 1);
    bool trains = t[k].model.learning_rate > 0;
    for (int i = 0; i < LOSS_STEPS && trains; i++) train(&t[k]);
    if (k && trains && loss != t[k].loss) bench_log("%s: the loss is %.9g with one thread, %.9g with two", self->name, (double)loss, (double)t[k].loss);
    loss = t[k].loss;
    work[k] = (bench_work){trains ? train : infer, &t[k]};
    ours[k] = (bench_side){bench_repeat, &work[k], 1e-9 * t[k].model.flops};
    if (s->need[k] > 0)
      bench_line(self->name, k + 1, "GFLOP/s", "its products at peak", bench_compare("GFLOP/s", ours[k], bench_peak_side(k + 1)), s->need[k]);
  }
  if (s->peer) against_peer(self, s, ours, loss);
  training_end(&t[0]);
  training_end(&t[1]);
}

/* ---- gpt_memory ---- */

static void gpt_memory(const bench_case *self) {
  ad_compile_stats stats[2];
  for (int k = 0; k < 2; k++) {
    training t;
    training_begin(&t, bench_gpt(k == 1), 1);
    for (int i = 0; i < LOSS_STEPS; i++) train(&t);
    long before = bench_faults();
    for (int i = 0; i < LOSS_STEPS; i++) train(&t);
    if (k == 0) bench_line_zero(self->name, 1, "page faults", bench_faults() - before);
    stats[k] = ad_compiled_stats(t.f);
    bench_log("%s%s: loss %.9g, %.1f MB in the arena, %.1f at least, %d steps", self->name, k ? ", checkpointed" : "", (double)t.loss,
              (double)stats[k].arena_bytes * 1e-6, (double)stats[k].least_bytes * 1e-6, (int)stats[k].steps);
    training_end(&t);
  }
  double most = (double)stats[0].arena_bytes * 1e-6, least = (double)stats[0].least_bytes * 1e-6, less = (double)stats[1].arena_bytes * 1e-6;
  bench_line(self->name, 1, "MB", "what lives between two steps", (bench_result){most, least, least / most, 0}, 0.93);
  bench_line(self->name, 1, "MB", "half of the peak without checkpoints", (bench_result){less, most / 2, most / 2 / less, 0}, 1);
}

static bench_model plain_gpt(void) { return bench_gpt(false); }
static const step_case mlp = {bench_mlp, {0.82, 0.66}, bench_peer_mlp, 1.3}, gpt = {plain_gpt, {0.82, 0.78}, bench_peer_gpt, 1.15},
                       bert = {bench_bert, {0.87, 0}, NULL, 0};
static const bench_case cases[] = {
    {"mlp_step", whole_step, &mlp}, {"gpt_step", whole_step, &gpt}, {"bert_forward", whole_step, &bert}, {"gpt_memory", gpt_memory, NULL}};

BENCH_MAIN(cases)
