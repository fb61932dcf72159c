/* The models, and gradient descent on them. */
#include "harness_models.h"

#include <stdlib.h>
#include <string.h>
#include "harness.h"

/* ---- Numbers ---- */

void bench_fill(float *out, int64_t count, uint32_t seed, double scale, double offset) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t x = (uint32_t)i * 2654435761u + seed * 40503u;
    x = (x ^ x >> 15) * 739982445u;
    x ^= x >> 12;
    out[i] = (float)(((x >> 8) / 8388608.0 - 1) * scale + offset);
  }
}

static int64_t count_of(const bench_weight *w) { return w->dims[0] * (w->rank == 2 ? w->dims[1] : 1); }

static ad_array *numbers(ad_ctx *c, const bench_weight *w, uint32_t seed) {
  float *data = malloc((size_t)count_of(w) * sizeof *data);
  if (!data) exit(1);
  bench_fill(data, count_of(w), seed, w->scale, w->offset);
  ad_array *a = ad_array_new(c, AD_FLOAT32, ((ad_shape){w->rank, w->dims}), data);
  free(data);
  return a;
}

/* Whole numbers below m->classes, of a shape. */
static ad_array *choices(ad_ctx *c, const bench_model *m, int64_t count, ad_shape shape, uint32_t seed) {
  float *data = malloc((size_t)count * sizeof *data);
  int32_t *whole = malloc((size_t)count * sizeof *whole);
  if (!data || !whole) exit(1);
  bench_fill(data, count, seed, 0.5, 0.5);
  for (int64_t i = 0; i < count; i++) whole[i] = (int32_t)(data[i] * (float)m->classes) % m->classes;
  ad_array *a = ad_array_new(c, AD_INT32, shape, whole);
  free(data), free(whole);
  return a;
}

ad_array *bench_model_weights(ad_ctx *c, const bench_model *m) {
  ad_array *w[BENCH_MODEL_WEIGHTS];
  for (int i = 0; i < m->weights; i++) w[i] = numbers(c, &m->weight[i], (uint32_t)i);
  return ad_tuple(c, w, m->weights);
}

ad_array *bench_model_input(ad_ctx *c, const bench_model *m) {
  if (!m->length) return numbers(c, &(bench_weight){{m->batch, m->width}, 2, 1, 0}, 1000);
  return choices(c, m, (int64_t)m->batch * m->length, AD_SHAPE(m->batch, m->length), 1000);
}

ad_array *bench_model_targets(ad_ctx *c, const bench_model *m) {
  int64_t rows = (int64_t)m->batch * (m->length ? m->length : 1);
  return choices(c, m, rows, AD_SHAPE(rows), 1001);
}

static void add(bench_model *m, int64_t rows, int64_t columns, double scale, double offset) {
  if (m->weights == BENCH_MODEL_WEIGHTS) exit(1);
  m->weight[m->weights++] = (bench_weight){{rows, columns}, columns ? 2 : 1, scale, offset};
}

static void add_dense(bench_model *m, int64_t in, int64_t out, double scale) {
  add(m, in, out, scale, 0);
  add(m, out, 0, 0.02, 0);
}

static void add_norm(bench_model *m) {
  add(m, m->width, 0, 0.1, 1);
  add(m, m->width, 0, 0.1, 0);
}

static ad_array *dense(ad_array *x, ad_array *const *w) { return ad_add(ad_matmul(x, w[0], NULL), w[1]); }
static ad_array *norm(ad_array *x, ad_array *const *w) { return ad_fast_layer_norm(x, w[0], w[1], 1e-5); }

static ad_array *mean_entropy(ad_array *logits, ad_array *targets) { return ad_mean(ad_softmax_cross_entropy(logits, targets, NULL), NULL); }

/* Members of a tuple as a list. */
static int members(ad_array *tuple, ad_array **out) {
  int n = ad_item_count(tuple);
  for (int i = 0; i < n; i++) out[i] = ad_item(tuple, i);
  return n;
}

/* ---- Dense layers ---- */

static ad_array *mlp(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *w[BENCH_MODEL_WEIGHTS], *x = in[1];
  (void)c, (void)user;
  members(in[0], w);
  x = ad_relu(dense(x, w));
  x = ad_relu(dense(x, w + 2));
  return mean_entropy(dense(x, w + 4), in[2]);
}

bench_model bench_mlp(void) {
  bench_model m = {.name = "mlp", .f = mlp, .learning_rate = 0.01, .batch = 64, .width = 784, .classes = 10};
  static const int64_t sizes[] = {784, 256, 128, 10};
  for (int i = 0; i < 3; i++) {
    add_dense(&m, sizes[i], sizes[i + 1], 0.1);
    m.flops += (i ? 6.0 : 4.0) * m.batch * (double)(sizes[i] * sizes[i + 1]);
  }
  return m;
}

/* ---- Transformers ---- */

/* (batch, length, width) to (batch, heads, length, width / heads). */
static ad_array *heads_of(const bench_model *m, ad_array *x) {
  x = ad_reshape(x, AD_SHAPE(m->batch, m->length, m->heads, m->width / m->heads));
  return ad_transpose(x, &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1, 3)});
}

/* w: queries, keys and values side by side, then what their result is multiplied by. */
static ad_array *attention(const bench_model *m, ad_array *x, ad_array *const *w, bool causal) {
  static const double root_of[] = {[32] = 0.17677669529663687, [64] = 0.125};
  ad_array *parts = ad_split(dense(x, w), 3, &(ad_split_opts){.axis = AD_INT(-1)}), *head[3];
  for (int i = 0; i < 3; i++) head[i] = heads_of(m, ad_item(parts, i));
  ad_fast_scaled_dot_product_attention_opts opts = {.causal = causal};
  ad_array *y = ad_fast_scaled_dot_product_attention(head[0], head[1], head[2], NULL, NULL, root_of[m->width / m->heads], &opts);
  y = ad_reshape(ad_transpose(y, &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1, 3)}), AD_SHAPE(m->batch, m->length, m->width));
  return dense(y, w + 2);
}

static ad_array *feed_forward(ad_array *x, ad_array *const *w) { return dense(ad_gelu(dense(x, w)), w + 2); }

enum { LAYER_WEIGHTS = 12 }; /* two norms, attention's four, two dense layers */

static void add_layer(bench_model *m) {
  add_norm(m);
  add_dense(m, m->width, 3 * m->width, 0.06);
  add_dense(m, m->width, m->width, 0.06);
  add_norm(m);
  add_dense(m, m->width, 4 * m->width, 0.06);
  add_dense(m, 4 * m->width, m->width, 0.03);
}

/* What a layer of either multiplies, forward. */
static double layer_flops(const bench_model *m) {
  double rows = (double)m->batch * m->length, width = m->width;
  return 2 * rows * 12 * width * width + 4 * rows * m->length * width;
}

/* Norms first (Radford et al., 2019): (x, weights) to x. */
static ad_array *gpt_layer(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *w[LAYER_WEIGHTS], *x = in[0];
  (void)c;
  members(in[1], w);
  x = ad_add(x, attention(user, norm(x, w), w + 2, true));
  return ad_add(x, feed_forward(norm(x, w + 6), w + 8));
}

static ad_array *gpt(ad_ctx *c, ad_array *const *in, void *user) {
  const bench_model *m = user;
  ad_array *w[BENCH_MODEL_WEIGHTS], *x;
  members(in[0], w);
  ad_fn *layer = ad_fn_new(c, gpt_layer, 2, user);
  if (m->checkpointed) layer = ad_checkpoint(layer);
  x = ad_add(ad_take(w[0], in[1], &(ad_take_opts){.axis = AD_INT(0)}), w[1]);
  for (int i = 0; i < m->layers; i++) x = ad_call(layer, x, ad_tuple(c, w + 2 + i * LAYER_WEIGHTS, LAYER_WEIGHTS));
  ad_array *const *rest = w + 2 + m->layers * LAYER_WEIGHTS;
  x = ad_matmul(norm(x, rest), rest[2], NULL);
  return mean_entropy(ad_reshape(x, AD_SHAPE((int64_t)m->batch * m->length, m->classes)), in[2]);
}

bench_model bench_gpt(bool checkpointed) {
  bench_model m = {.name = "gpt", .f = gpt, .learning_rate = 0.01, .layers = 4, .width = 256, .heads = 8, .batch = 8, .length = 128,
                   .classes = 512, .checkpointed = checkpointed};
  add(&m, m.classes, m.width, 0.05, 0);
  add(&m, m.length, m.width, 0.05, 0);
  for (int i = 0; i < m.layers; i++) add_layer(&m);
  add_norm(&m);
  add(&m, m.width, m.classes, 0.06, 0);
  m.flops = 3 * (m.layers * layer_flops(&m) + 2.0 * m.batch * m.length * m.width * m.classes);
  return m;
}

/* Norms last (Devlin et al., 2018). */
static ad_array *bert(ad_ctx *c, ad_array *const *in, void *user) {
  const bench_model *m = user;
  ad_array *w[BENCH_MODEL_WEIGHTS], *x;
  (void)c;
  members(in[0], w);
  x = norm(ad_add(ad_take(w[0], in[1], &(ad_take_opts){.axis = AD_INT(0)}), w[1]), w + 2);
  for (int i = 0; i < m->layers; i++) {
    ad_array *const *of = w + 4 + i * LAYER_WEIGHTS;
    x = norm(ad_add(x, attention(m, x, of + 2, false)), of);
    x = norm(ad_add(x, feed_forward(x, of + 8)), of + 6);
  }
  return x;
}

bench_model bench_bert(void) {
  bench_model m = {.name = "bert", .f = bert, .layers = 12, .width = 768, .heads = 12, .batch = 1, .length = 128, .classes = 30522};
  add(&m, m.classes, m.width, 0.05, 0);
  add(&m, m.length, m.width, 0.05, 0);
  add_norm(&m);
  for (int i = 0; i < m.layers; i++) add_layer(&m);
  m.flops = m.layers * layer_flops(&m);
  return m;
}

/* ---- Gradient descent ---- */

static ad_array *descend(ad_ctx *c, ad_array *const *in, void *user) {
  const bench_model *m = user;
  ad_array *w[BENCH_MODEL_WEIGHTS], *dw[BENCH_MODEL_WEIGHTS];
  ad_array *r = ad_call(ad_value_and_grad(ad_fn_new(c, m->f, 3, user), NULL), in[0], in[1], in[2]);
  int n = members(in[0], w);
  members(ad_item(r, 1), dw);
  for (int i = 0; i < n; i++) w[i] = ad_subtract(w[i], ad_multiply(ad_number(c, m->learning_rate), dw[i]));
  return ad_tuple(c, ((ad_array *const[]){ad_item(r, 0), ad_tuple(c, w, n)}), 2);
}

ad_fn *bench_model_step(ad_ctx *c, bench_model *m, bool compiled) {
  ad_fn *f = m->learning_rate > 0 ? ad_fn_new(c, descend, 3, m) : ad_fn_new(c, m->f, 2, m);
  return compiled ? ad_compile(f, NULL) : f;
}
