/* Whole training steps of fixed graphs: how many steps a plan takes, what memory, which views and copies are left; and that its bits are
 * those of the function itself, for any number of threads. Counts are those of today: fewer are welcome, more want a reason. */
#define _POSIX_C_SOURCE 200809L
#include <adamant/adamant.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "../check.h"
#include "same_bits.h"

enum { MOST_WEIGHTS = 40, WIDTH = 32, HEADS = 4, LENGTH = 16, BATCH = 2, WORDS = 24 };

typedef struct model {
  ad_function loss;
  int layers;
  bool checkpointed;
  int weights;
  int64_t dims[MOST_WEIGHTS][2]; /* a second one of 0: a vector */
} model;

static int members(ad_array *tuple, ad_array **out) {
  for (int i = 0; i < ad_item_count(tuple); i++) out[i] = ad_item(tuple, i);
  return ad_item_count(tuple);
}

static void add(model *m, int64_t rows, int64_t columns) { m->dims[m->weights][0] = rows, m->dims[m->weights++][1] = columns; }

static ad_array *dense(ad_array *x, ad_array *const *w) { return ad_add(ad_matmul(x, w[0], NULL), w[1]); }
static ad_array *entropy(ad_array *x, ad_array *y) { return ad_mean(ad_softmax_cross_entropy(x, y, NULL), NULL); }

/* ---- Dense layers: 40-32-24-10 on 20 rows ---- */

static ad_array *mlp_loss(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *w[MOST_WEIGHTS];
  (void)c, (void)user;
  members(in[0], w);
  return entropy(dense(ad_relu(dense(ad_relu(dense(in[1], w)), w + 2)), w + 4), in[2]);
}

static model mlp(void) {
  model m = {.loss = mlp_loss};
  static const int64_t sizes[] = {40, 32, 24, 10};
  for (int i = 0; i < 3; i++) add(&m, sizes[i], sizes[i + 1]), add(&m, sizes[i + 1], 0);
  return m;
}

/* ---- A transformer ---- */

static ad_array *heads_of(ad_array *x) {
  return ad_transpose(ad_reshape(x, AD_SHAPE(BATCH, LENGTH, HEADS, WIDTH / HEADS)), &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1, 3)});
}

static ad_array *layer(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *w[MOST_WEIGHTS], *x = in[0], *part[3];
  (void)c, (void)user;
  members(in[1], w);
  ad_array *parts = ad_split(dense(ad_fast_layer_norm(x, w[0], w[1], 1e-5), w + 2), 3, &(ad_split_opts){.axis = AD_INT(-1)});
  for (int i = 0; i < 3; i++) part[i] = heads_of(ad_item(parts, i));
  ad_array *y = ad_fast_scaled_dot_product_attention(part[0], part[1], part[2], NULL, NULL, 0.35, &(ad_fast_scaled_dot_product_attention_opts){.causal = true});
  x = ad_add(x, dense(ad_reshape(ad_transpose(y, &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1, 3)}), AD_SHAPE(BATCH, LENGTH, WIDTH)), w + 4));
  return ad_add(x, dense(ad_gelu(dense(ad_fast_layer_norm(x, w[6], w[7], 1e-5), w + 8)), w + 10));
}

static ad_array *gpt_loss(ad_ctx *c, ad_array *const *in, void *user) {
  const model *m = user;
  ad_array *w[MOST_WEIGHTS];
  members(in[0], w);
  ad_fn *f = ad_fn_new(c, layer, 2, NULL);
  if (m->checkpointed) f = ad_checkpoint(f);
  ad_array *x = ad_add(ad_take(w[0], in[1], &(ad_take_opts){.axis = AD_INT(0)}), w[1]);
  for (int i = 0; i < m->layers; i++) x = ad_call(f, x, ad_tuple(c, w + 2 + 12 * i, 12));
  return entropy(ad_reshape(ad_matmul(x, w[2 + 12 * m->layers], NULL), AD_SHAPE(BATCH * LENGTH, WORDS)), in[2]);
}

static model gpt(int layers, bool checkpointed) {
  model m = {.loss = gpt_loss, .layers = layers, .checkpointed = checkpointed};
  add(&m, WORDS, WIDTH), add(&m, LENGTH, WIDTH);
  for (int i = 0; i < layers; i++) {
    static const int64_t dims[12][2] = {{WIDTH, 0}, {WIDTH, 0}, {WIDTH, 3 * WIDTH}, {3 * WIDTH, 0}, {WIDTH, WIDTH}, {WIDTH, 0},
                                        {WIDTH, 0}, {WIDTH, 0}, {WIDTH, 4 * WIDTH}, {4 * WIDTH, 0}, {4 * WIDTH, WIDTH}, {WIDTH, 0}};
    for (int k = 0; k < 12; k++) add(&m, dims[k][0], dims[k][1]);
  }
  add(&m, WIDTH, WORDS);
  return m;
}

/* ---- Steps ---- */

static ad_array *descend(ad_ctx *c, ad_array *const *in, void *user) {
  const model *m = user;
  ad_array *w[MOST_WEIGHTS], *dw[MOST_WEIGHTS];
  ad_array *r = ad_call(ad_value_and_grad(ad_fn_new(c, m->loss, 3, user), NULL), in[0], in[1], in[2]);
  members(in[0], w), members(ad_item(r, 1), dw);
  for (int i = 0; i < m->weights; i++) w[i] = ad_subtract(w[i], ad_multiply(ad_number(c, 0.1), dw[i]));
  return ad_tuple(c, ((ad_array *const[]){ad_item(r, 0), ad_tuple(c, w, m->weights)}), 2);
}

static ad_array *weights_of(ad_ctx *c, const model *m) {
  ad_array *w[MOST_WEIGHTS];
  for (int i = 0; i < m->weights; i++)
    w[i] = ad_multiply(numbers(c, AD_FLOAT32, ((ad_shape){m->dims[i][1] ? 2 : 1, m->dims[i]})), ad_number(c, 0.1));
  return ad_tuple(c, w, m->weights);
}

static ad_array *input_of(ad_ctx *c, const model *m) {
  if (!m->layers) return numbers(c, AD_FLOAT32, AD_SHAPE(20, 40));
  return ad_remainder(ad_reshape(ad_arange(c, 0, BATCH * LENGTH, &(ad_arange_opts){.dtype = AD_INT32}), AD_SHAPE(BATCH, LENGTH)), ad_number_int(c, WORDS));
}

static ad_array *targets_of(ad_ctx *c, const model *m) {
  return ad_remainder(ad_arange(c, 0, m->layers ? BATCH * LENGTH : 20, &(ad_arange_opts){.dtype = AD_INT32}), ad_number_int(c, 10));
}

/* ---- Tests ---- */

static ad_compile_stats stats_of(model m) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_fn *f = ad_compile(ad_fn_new(c, descend, 3, &m), NULL);
  ad_array *r = ad_call(f, weights_of(c, &m), input_of(c, &m), targets_of(c, &m));
  CHECK_INT(ad_eval(r), AD_OK);
  CHECK_STR(ad_error_text(r), "");
  ad_compile_stats s = ad_compiled_stats(f);
  CHECK(!strstr(ad_compiled_report(f, "prune"), "pad_constant(")); /* nothing is filled up with zeros to be added */
  ad_ctx_free(c);
  return s;
}

TEST(counts) {
  ad_compile_stats s = stats_of(mlp());
  CHECK_INT(s.steps, 28);
  CHECK_INT(s.arena_bytes, 12480);
  ad_compile_stats plain = stats_of(gpt(2, false)), less = stats_of(gpt(2, true));
  CHECK_INT(plain.steps, 176);
  CHECK_INT(less.steps, 244);
  CHECK(less.arena_bytes * 4 < plain.arena_bytes * 3);
  CHECK(plain.least_bytes * 100 >= plain.arena_bytes * 93);
}

TEST(bits) {
  for (int threads = 1; threads < 9; threads += threads < 3 ? 1 : 5) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
    model models[] = {mlp(), gpt(1, false), gpt(1, true)};
    for (int k = 0; k < 3; k++) {
      ad_scope *s = ad_scope_begin(c);
      ad_array *in[] = {weights_of(c, &models[k]), input_of(c, &models[k]), targets_of(c, &models[k])};
      ad_fn *f = ad_fn_new(c, descend, 3, &models[k]);
      same_bits("step", ad_call_list(ad_compile(f, NULL), in, 3), ad_call_list(f, in, 3));
      ad_scope_end(s, NULL);
    }
    ad_ctx_free(c);
  }
}

static long faults(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_minflt + u.ru_majflt;
}

/* After a few steps no page is touched that was not there. */
TEST(a_steady_state_has_no_faults) {
#if defined(__SANITIZE_ADDRESS__) || defined(AD_STRESS)
  CHECK_SKIP("this build takes memory of its own");
#endif
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .native = AD_NATIVE_OFF});
  model m = gpt(2, false);
  ad_fn *f = ad_compile(ad_fn_new(c, descend, 3, &m), NULL);
  ad_scope *outer = ad_scope_begin(c);
  ad_array *w = ad_keep(weights_of(c, &m)), *x = ad_keep(input_of(c, &m)), *y = ad_keep(targets_of(c, &m));
  ad_scope_end(outer, NULL);
  long before = 0;
  for (int i = 0; i < 12; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *r = ad_call(f, w, x, y), *loss = ad_keep(ad_item(r, 0)), *next = ad_keep(ad_item(r, 1));
    ad_scope_end(s, NULL);
    ad_drop(w);
    w = next;
    CHECK_INT(ad_eval(loss), AD_OK);
    ad_drop(loss);
    if (i == 7) before = faults();
  }
  CHECK(faults() - before <= 1); /* the counter's own */
  ad_drop(w), ad_drop(x), ad_drop(y);
  ad_ctx_free(c);
}

/* ---- AD_DETERMINISTIC ---- */

static ad_array *mixed(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_softmax(ad_matmul(in[0], ad_tanh(in[1]), NULL), NULL);
}

/* It forbids kernels with other bits; there are none, so that every bit is the same with it and without. */
TEST(deterministic_changes_no_bit) {
  static const char *const values[] = {NULL, "", "0", "1", "yes"};
  float first[64 * 48];
  for (int k = 0; k < 6; k++) {
    if (k < 5 && values[k]) setenv("AD_DETERMINISTIC", values[k], 1);
    else unsetenv("AD_DETERMINISTIC");
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2, .deterministic = k == 5});
    CHECK_INT(ad_ctx_deterministic(c), k >= 3);
    ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(64, 500)), numbers(c, AD_FLOAT32, AD_SHAPE(500, 48))};
    ad_array *y = ad_call_list(ad_compile(ad_fn_new(c, mixed, 2, NULL), NULL), in, 2);
    if (k == 0) ad_read(y, first, sizeof first);
    else CHECK_MEM(ad_data(y), first, sizeof first);
    ad_ctx_free(c);
  }
  unsetenv("AD_DETERMINISTIC");
  CHECK(!ad_ctx_deterministic(NULL));
}

CHECK_MAIN(CASE(counts), CASE(bits), CASE(a_steady_state_has_no_faults), CASE(deterministic_changes_no_bit))
