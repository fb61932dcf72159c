/* Training as a whole: forward and backward pass, gradients clipped by their norm, and AdamW, compiled into one step that owns its
 * parameters and state; against the same in PyTorch, the better of one and two threads on either side.
 *
 * The peer is given our loss after a few steps and refuses to be measured when it comes to another one. */
#include <stdio.h>
#include <stdlib.h>
#include "harness.h"
#include "harness_models.h"

enum { LOSS_STEPS = 3 };

/* ---- A recurrent and a convolutional network ---- */

enum { STEPS = 64, ROWS = 32, HIDDEN = 256, LSTM_LAYERS = 2, LSTM_WEIGHTS = 3, IMAGE = 8, CHANNELS = 16, FLAT = 2 * CHANNELS * IMAGE * IMAGE / 4 };

static void add(bench_model *m, int64_t rows, int64_t columns, double scale) {
  m->weight[m->weights++] = (bench_weight){{rows, columns}, columns ? 2 : 1, scale, 0};
}

static ad_array *entropy(ad_array *logits, ad_array *targets) {
  return ad_cross_entropy(logits, targets, NULL, &(ad_cross_entropy_opts){.reduction = "mean"});
}

static ad_array *gate(ad_array *gates, int k) {
  return ad_strided_slice(gates, AD_INTS(0, k * HIDDEN), AD_INTS(ROWS, (k + 1) * HIDDEN), NULL);
}

/* What the input gives of the gates is there; the carry is (h, c), user what h is multiplied by. */
static ad_array *lstm_step(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *h = ad_item(in[0], 0), *cell = ad_item(in[0], 1), *gates = ad_add(in[1], ad_matmul(h, user, NULL));
  cell = ad_add(ad_multiply(ad_sigmoid(gate(gates, 1)), cell), ad_multiply(ad_sigmoid(gate(gates, 0)), ad_tanh(gate(gates, 2))));
  h = ad_multiply(ad_sigmoid(gate(gates, 3)), ad_tanh(cell));
  return ad_tuple(c, (ad_array *[]){ad_tuple(c, (ad_array *[]){h, cell}, 2), h}, 2);
}

static ad_array *lstm(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = in[1];
  (void)user;
  for (int i = 0; i < LSTM_LAYERS; i++) {
    ad_array *w_in = ad_item(in[0], i * LSTM_WEIGHTS), *w_own = ad_item(in[0], i * LSTM_WEIGHTS + 1), *bias = ad_item(in[0], i * LSTM_WEIGHTS + 2);
    ad_array *from_x = ad_reshape(ad_add(ad_matmul(x, w_in, NULL), bias), AD_SHAPE(STEPS, ROWS, 4 * HIDDEN));
    ad_array *zero = ad_zeros(c, AD_SHAPE(ROWS, HIDDEN), NULL), *carry = ad_tuple(c, (ad_array *[]){zero, zero}, 2);
    x = ad_item(ad_scan(ad_fn_new(c, lstm_step, 2, w_own), carry, from_x, NULL), 1);
    x = ad_reshape(x, AD_SHAPE(STEPS * ROWS, HIDDEN));
  }
  int last = LSTM_LAYERS * LSTM_WEIGHTS;
  return entropy(ad_add(ad_matmul(x, ad_item(in[0], last), NULL), ad_item(in[0], last + 1)), in[2]);
}

static bench_model lstm_model(void) {
  bench_model m = {.name = "lstm", .f = lstm, .learning_rate = 0.001, .batch = STEPS * ROWS, .width = HIDDEN, .classes = 10};
  for (int i = 0; i < LSTM_LAYERS; i++) add(&m, HIDDEN, 4 * HIDDEN, 0.1), add(&m, HIDDEN, 4 * HIDDEN, 0.1), add(&m, 4 * HIDDEN, 0, 0.1);
  add(&m, HIDDEN, m.classes, 0.1), add(&m, m.classes, 0, 0.1);
  m.flops = 6.0 * m.batch * LSTM_LAYERS * 2 * HIDDEN * 4 * HIDDEN;
  return m;
}

static const char peer_lstm[] =
    "def transposed(i): return False\n"
    "v = [weight(i, *s).detach() for i, s in enumerate(sizes)]\n"
    "net = torch.nn.LSTM(256, 256, 2)\n"
    "with torch.no_grad():\n"
    "  for k in range(2):\n"
    "    p = [getattr(net, n + '_l%d' % k) for n in ('weight_ih', 'weight_hh', 'bias_ih', 'bias_hh')]\n"
    "    p[0].copy_(v[3 * k].t()); p[1].copy_(v[3 * k + 1].t()); p[2].copy_(v[3 * k + 2]); p[3].zero_().requires_grad_(False)\n"
    "head, bias = v[6].t().contiguous().requires_grad_(), v[7].requires_grad_()\n"
    "w = [p for p in net.parameters() if p.requires_grad] + [head, bias]\n"
    "x = torch.tensor(numbers(batch * width, 1000, 1, 0).reshape(64, 32, width).astype(np.float32))\n"
    "y = choices(batch, 1001)\n"
    "def loss_of(): return F.cross_entropy(F.linear(net(x)[0].reshape(batch, 256), head, bias), y)\n";

/* Kernels are held as (out, 3 * 3 * in). */
static ad_array *convolved(ad_array *x, ad_array *w, ad_array *bias, int64_t in) {
  w = ad_reshape(w, AD_SHAPE(ad_array_dim(w, 0), 3, 3, in));
  return ad_relu(ad_add(ad_conv2d(x, w, &(ad_conv2d_opts){.padding = AD_INTS(1)}), bias));
}

static ad_array *cnn(ad_ctx *c, ad_array *const *in, void *user) {
  const bench_model *m = user;
  ad_array *w[8], *x = ad_reshape(in[1], AD_SHAPE(m->batch, IMAGE, IMAGE, 1));
  (void)c;
  for (int i = 0; i < 8; i++) w[i] = ad_item(in[0], i);
  x = convolved(convolved(x, w[0], w[1], 1), w[2], w[3], CHANNELS);
  x = ad_reshape(ad_max_pool2d(x, AD_INTS(2, 2), NULL), AD_SHAPE(m->batch, FLAT));
  x = ad_relu(ad_add(ad_matmul(x, w[4], NULL), w[5]));
  return entropy(ad_add(ad_matmul(x, w[6], NULL), w[7]), in[2]);
}

static bench_model cnn_model(void) {
  bench_model m = {.name = "cnn", .f = cnn, .learning_rate = 0.001, .batch = 64, .width = IMAGE * IMAGE, .classes = 10};
  add(&m, CHANNELS, 9, 0.3), add(&m, CHANNELS, 0, 0.1), add(&m, 2 * CHANNELS, 9 * CHANNELS, 0.1), add(&m, 2 * CHANNELS, 0, 0.1);
  add(&m, FLAT, 64, 0.05), add(&m, 64, 0, 0.1), add(&m, 64, m.classes, 0.1), add(&m, m.classes, 0, 0.1);
  m.flops = 6.0 * m.batch * (IMAGE * IMAGE * 9.0 * (CHANNELS + 2 * CHANNELS * CHANNELS) + FLAT * 64.0 + 640);
  return m;
}

static const char peer_cnn[] =
    "def transposed(i): return False\n"
    "v = [weight(i, *s).detach() for i, s in enumerate(sizes)]\n"
    "v[0] = v[0].reshape(16, 3, 3, 1).permute(0, 3, 1, 2).contiguous()\n"
    "v[2] = v[2].reshape(32, 3, 3, 16).permute(0, 3, 1, 2).contiguous()\n"
    "v[4] = v[4].reshape(4, 4, 32, 64).permute(3, 2, 0, 1).reshape(64, 512).contiguous()\n"
    "v[6] = v[6].t().contiguous()\n"
    "w = [a.requires_grad_() for a in v]\n"
    "x = torch.tensor(numbers(batch * width, 1000, 1, 0).reshape(batch, 1, 8, 8).astype(np.float32))\n"
    "y = choices(batch, 1001)\n"
    "def loss_of():\n"
    "  h = torch.relu(F.conv2d(torch.relu(F.conv2d(x, w[0], w[1], padding=1)), w[2], w[3], padding=1))\n"
    "  h = torch.relu(F.linear(F.max_pool2d(h, 2).flatten(1), w[4], w[5]))\n"
    "  return F.cross_entropy(F.linear(h, w[6], w[7]), y)\n";

/* ---- Steps ---- */

static const char peer_step[] =
    "opt = torch.optim.AdamW(w, lr=rate, foreach=True)\n"
    "def step():\n"
    "  opt.zero_grad(set_to_none=True)\n"
    "  loss = loss_of()\n"
    "  loss.backward()\n"
    "  torch.nn.utils.clip_grad_norm_(w, 1.0)\n"
    "  opt.step()\n"
    "  return loss.item()\n";

typedef struct training {
  bench_model model;
  ad_ctx *ctx;
  ad_fn *gradients, *optimiser, *step; /* of the step; all kept */
  ad_array *weights, *state, *input, *targets; /* kept; weights and state are replaced by each step */
  float loss;
} training;

static void stop(const char *why) {
  bench_log("%s", why);
  exit(1);
}

static ad_array *whole_step(ad_ctx *c, ad_array *const *in, void *user) {
  training *t = user;
  ad_array *r = ad_call(t->gradients, in[0], in[2], in[3]), *next = ad_call(t->optimiser, in[0], ad_item(r, 1), in[1]);
  return ad_tuple(c, (ad_array *[]){ad_item(r, 0), ad_item(next, 0), ad_item(next, 1)}, 3);
}

static void training_begin(training *t, bench_model m, int threads) {
  *t = (training){.model = m, .ctx = ad_ctx_new(&(ad_ctx_opts){.threads = threads})};
  if (!t->ctx) exit(1);
  ad_scope *s = ad_scope_begin(t->ctx);
  ad_optim_adam_opts corrected = {.bias_correction = true};
  ad_fn *adamw = ad_optim_adamw(t->ctx, m.learning_rate, &corrected);
  t->optimiser = ad_fn_keep(ad_optim_clipped(adamw, &(ad_optim_clipped_opts){.max_norm = AD_NUM(1)}));
  t->gradients = ad_fn_keep(ad_value_and_grad(ad_fn_new(t->ctx, m.f, 3, &t->model), NULL));
  t->step = ad_fn_keep(ad_compile(ad_fn_new(t->ctx, whole_step, 4, t), NULL));
  t->weights = ad_keep(bench_model_weights(t->ctx, &t->model));
  t->state = ad_keep(ad_optim_init(t->optimiser, t->weights));
  t->input = ad_keep(bench_model_input(t->ctx, &t->model));
  t->targets = ad_keep(bench_model_targets(t->ctx, &t->model));
  if (ad_eval(t->state) != AD_OK) stop(ad_error_text(t->state));
  ad_scope_end(s, NULL);
}

/* The old weights and state are let go before anything is computed, so that the new ones take their memory. */
static void train(void *user) {
  training *t = user;
  ad_scope *s = ad_scope_begin(t->ctx);
  ad_array *r = ad_call(t->step, t->weights, t->state, t->input, t->targets);
  ad_array *loss = ad_keep(ad_item(r, 0)), *weights = ad_keep(ad_item(r, 1)), *state = ad_keep(ad_item(r, 2));
  ad_scope_end(s, NULL);
  ad_drop(t->weights);
  ad_drop(t->state);
  t->weights = weights;
  t->state = state;
  if (ad_read(loss, &t->loss, sizeof t->loss) != AD_OK) stop(ad_error_text(loss));
  ad_drop(loss);
}

/* ---- Cases ---- */

typedef struct training_case {
  bench_model (*model)(void);
  const char *peer;
  double need;
} training_case;

static double best_of(bench_side s) {
  double best = 1e30;
  s.run(s.state, 2);
  for (int i = 0; i < 5; i++) {
    double t = s.run(s.state, 1);
    if (t > 0 && t < best) best = t;
  }
  return best;
}

static void compare(const bench_case *self) {
  const training_case *what = self->data;
  training t[2];
  bench_work work[2];
  bench_side ours[2], theirs[2];
  for (int k = 0; k < 2; k++) {
    training_begin(&t[k], what->model(), k + 1);
    for (int i = 0; i < LOSS_STEPS; i++) train(&t[k]);
    work[k] = (bench_work){train, &t[k]};
    ours[k] = (bench_side){bench_repeat, &work[k], 1e-9 * t[k].model.flops};
  }
  if (t[0].loss != t[1].loss) bench_log("%s: the loss is %.9g with one thread, %.9g with two", self->name, (double)t[0].loss, (double)t[1].loss);
  char *setup = bench_model_peer(&t[0].model, what->peer, peer_step, LOSS_STEPS, t[0].loss);
  int mine = best_of(ours[1]) < best_of(ours[0]);
  for (int k = 0; k < 2; k++) {
    bench_peer *p = bench_peer_new("torch", k + 1, setup, "step()");
    if (!p) {
      bench_line_absent(self->name, mine + 1, "GFLOP/s", "torch", what->need);
      free(setup);
      return;
    }
    theirs[k] = bench_peer_side(p, ours[0].amount);
  }
  int its = best_of(theirs[1]) < best_of(theirs[0]);
  char name[32];
  snprintf(name, sizeof name, "torch, %d thread%s", its + 1, its ? "s" : "");
  bench_line(self->name, mine + 1, "GFLOP/s", name, bench_compare("GFLOP/s", ours[mine], theirs[its]), what->need);
  free(setup);
  for (int k = 0; k < 2; k++) ad_ctx_free(t[k].ctx);
}

static bench_model gpt_model(void) { return bench_gpt(false); }
static const training_case mlp = {bench_mlp, bench_peer_mlp, 1.5}, lstm_case = {lstm_model, peer_lstm, 1.5}, cnn_case = {cnn_model, peer_cnn, 1.3},
                           gpt = {gpt_model, bench_peer_gpt, 1.2};
static const bench_case cases[] = {
    {"train_mlp", compare, &mlp}, {"train_lstm", compare, &lstm_case}, {"train_cnn", compare, &cnn_case}, {"train_gpt", compare, &gpt}};
BENCH_MAIN(cases)
