/* Physical models: what options say, what calls are given, gradients, first parameters, blocks treated in their own way. */
#include <adamant/adamant.h>
#include <math.h>
#include <pthread.h>

#include "check.h"

static ad_ctx *c;

static ad_model *mlp(void) {
  ad_model *m = ad_model_new(c, "mlp");
  ad_model_add(m, ad_block(c, "Linear", "dimension=4"), "input=x");
  ad_model_add(m, ad_block(c, "Relu", NULL), "output=h");
  ad_model_add(m, ad_block(c, "Linear", "dimension=2"), "output=logits");
  CHECK_STR(ad_model_error_text(m), "");
  return m;
}

/* mlp and the mean of its squared error against t. */
static ad_model *trained(void) {
  ad_model *m = mlp();
  ad_model_extend(m, ad_block(c, "SquaredError", NULL), "input=logits, target=t, output=errors");
  ad_model_extend(m, ad_block(c, "Mean", NULL), "input=errors, output=loss");
  CHECK_STR(ad_model_error_text(m), "");
  return m;
}

static ad_array *numbers(int64_t rows, int64_t columns) {
  return ad_reshape(ad_divide(ad_arange(c, 0, (double)(rows * columns), NULL), ad_number(c, 7)), AD_SHAPE(rows, columns));
}

static ad_array *record1(const char *name, ad_array *a) { return ad_record(c, &name, &a, 1); }

static void same(ad_array *a, ad_array *b) {
  bool equal = false;
  CHECK_STR(ad_error_text(a), "");
  CHECK_STR(ad_error_text(b), "");
  CHECK_INT(ad_read(ad_array_equal(a, b, NULL), &equal, sizeof equal), AD_OK);
  CHECK(equal);
}

TEST(first_parameters) {
  ad_scope *s = ad_scope_begin(c);
  ad_physical *p = ad_model_compile(mlp(), &(ad_physical_opts){.shapes = "x: 8, 3"});
  CHECK_STR(ad_physical_error_text(p), "");
  ad_array *a = ad_physical_randomize(p, 1, NULL), *b = ad_physical_randomize(p, 1, NULL), *n = ad_physical_randomize(p, 1, &(ad_randomize_opts){.standard_normal = true});
  CHECK_INT(ad_item_count(a), 4);
  CHECK_STR(ad_item_name(a, 0), "weight_0");
  float w[12], big = 0;
  CHECK_INT(ad_read(ad_item(a, 0), w, sizeof w), AD_OK);
  for (int i = 0; i < 12; i++) big = fmaxf(big, fabsf(w[i]));
  CHECK(big <= 1 / sqrtf(3) && big > 0.3f); /* uniform below 1 / sqrt(fan_in) */
  for (int i = 0; i < 4; i++) same(ad_item(a, i), ad_item(b, i));
  CHECK_INT(ad_read(ad_item(n, 0), w, sizeof w), AD_OK);
  for (int i = 0; i < 12; i++) big = fmaxf(big, fabsf(w[i]));
  CHECK(big > 1 / sqrtf(3));
  p = ad_model_compile(mlp(), NULL);
  CHECK_STR_HAS(ad_error_text(ad_physical_randomize(p, 1, NULL)), "first values: weight_0 has shape (4, ?); shapes given when compiling");
  ad_scope_end(s, NULL);
}

TEST(what_calls_are_given) {
  ad_scope *s = ad_scope_begin(c);
  ad_physical *p = ad_model_compile(trained(), &(ad_physical_opts){.shapes = "x: N, 3; t: N, None"});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_STR(ad_physical_shape(p, AD_KEY_DATA, 0), "(N, 3)");
  ad_physical *sized = ad_model_compile(mlp(), &(ad_physical_opts){.shapes = "x: 8, 3"});
  ad_array *params = ad_physical_randomize(sized, 1, NULL), *x = numbers(8, 3), *t = numbers(8, 2);
  const char *names[] = {"x", "t"}, *reversed[] = {"t", "x"}, *wrong[] = {"x", "tt"};
  ad_array *data = ad_record(c, names, (ad_array *[]){x, t}, 2), *again = ad_record(c, reversed, (ad_array *[]){t, x}, 2);
  same(ad_field(ad_physical_evaluate(p, params, data), "loss"), ad_field(ad_physical_evaluate(p, params, again), "loss"));
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, params, record1("x", x))), "evaluate: data t is missing");
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, params, ad_record(c, wrong, (ad_array *[]){x, t}, 2))),
                "evaluate: data tt: the model has no such key; did you mean t?");
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, NULL, data)), "evaluate: parameter weight_0 is missing");
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, params, ad_record(c, names, (ad_array *[]){x, numbers(7, 2)}, 2))),
                "evaluate: data t of shape (7, 2) was given; (N, ?) is right");
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, params, ad_record(c, names, (ad_array *[]){numbers(8, 4), t}, 2))),
                "evaluate: data x of shape (8, 4) was given; (N, 3) is right");
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, record1("x", x), data)), "evaluate: x was given among the parameters; among the data is right");
  ad_array *z = ad_cast(x, AD_COMPLEX64);
  CHECK_INT(ad_error_code(ad_physical_evaluate(sized, params, record1("x", z))), AD_E_TYPE);
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(sized, params, x)), "evaluate: data: a record of names and arrays is right");
  ad_scope_end(s, NULL);
}

TEST(gradients) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = trained();
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 8, 3"});
  CHECK_STR(ad_physical_error_text(p), "");
  const char *names[] = {"x", "t"};
  ad_array *params = ad_physical_randomize(p, 1, NULL), *data = ad_record(c, names, (ad_array *[]){numbers(8, 3), numbers(8, 2)}, 2);
  ad_array *g = ad_physical_gradients(p, params, data, NULL), *one = ad_ones(c, AD_SHAPE(), NULL);
  CHECK_INT(ad_item_count(g), 4);
  CHECK_STR(ad_item_name(g, 3), "bias_1");
  ad_array *again = ad_physical_gradients(p, params, data, one), *named = ad_physical_gradients(p, params, data, record1("loss", one));
  for (int i = 0; i < 4; i++) same(ad_item(g, i), ad_item(again, i)), same(ad_item(g, i), ad_item(named, i));
  CHECK_STR_HAS(ad_error_text(ad_physical_gradients(p, params, data, record1("lost", one))), "gradients: lost is no output of the model; did you mean loss?");
  ad_array *both = ad_physical_evaluate_all(p, params, data, NULL);
  same(ad_field(ad_item(both, 0), "loss"), ad_field(ad_physical_evaluate(p, params, data), "loss"));
  ad_physical *logits = ad_model_compile(mlp(), &(ad_physical_opts){.shapes = "x: 8, 3"});
  ad_array *x = record1("x", numbers(8, 3));
  CHECK_STR_HAS(ad_error_text(ad_physical_gradients(logits, params, x, NULL)), "gradients: output logits is no scalar and nothing was given for it; one array");
  CHECK_STR_HAS(ad_error_text(ad_physical_gradients(logits, params, x, ad_tuple(c, &one, 1))), "gradients: a tuple was given");
  ad_physical *inference = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 8, 3", .inference = true});
  CHECK_INT(ad_error_code(ad_physical_gradients(inference, params, data, NULL)), AD_E_NOT_IMPLEMENTED);
  same(ad_field(ad_physical_evaluate(inference, params, data), "loss"), ad_field(ad_item(both, 0), "loss"));
  ad_scope_end(s, NULL);
}

/* Outputs without a cotangent count as zero. */
TEST(several_outputs) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = trained();
  CHECK_INT(ad_model_expose(m, "logits, h"), AD_OK);
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 8, 3"}), *alone = ad_model_compile(trained(), &(ad_physical_opts){.shapes = "x: 8, 3"});
  CHECK_INT(ad_physical_key_count(p, AD_KEY_OUTPUT), 3);
  const char *names[] = {"x", "t"};
  ad_array *params = ad_physical_randomize(p, 1, NULL), *data = ad_record(c, names, (ad_array *[]){numbers(8, 3), numbers(8, 2)}, 2);
  ad_array *g = ad_physical_gradients(p, params, data, record1("loss", ad_ones(c, AD_SHAPE(), NULL)));
  same(ad_field(g, "weight_0"), ad_field(ad_physical_gradients(alone, params, data, NULL), "weight_0"));
  CHECK_STR_HAS(ad_error_text(ad_physical_gradients(p, params, data, NULL)), "gradients: the model has 3 outputs and nothing was given for them");
  ad_array *h = ad_field(ad_physical_fetch(alone, params, data, "h, errors"), "h");
  same(h, ad_field(ad_physical_evaluate(p, params, data), "h"));
  CHECK_STR_HAS(ad_error_text(ad_physical_fetch(alone, params, data, "hh")), "fetch: hh is no input or output of the model");
  ad_scope_end(s, NULL);
}

TEST(keys_by_option) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = trained();
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 8, 3", .data = "weight_0", .trainable = "x"});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_PARAM), 4);
  CHECK_STR(ad_physical_key(p, AD_KEY_PARAM, 0), "x");
  CHECK_STR(ad_physical_key(p, AD_KEY_DATA, 0), "weight_0");
  p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 8, 3", .constant_arrays = record1("t", numbers(8, 2))});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_DATA), 1);
  ad_array *params = ad_physical_randomize(p, 1, NULL), *x = record1("x", numbers(8, 3));
  CHECK_STR(ad_error_text(ad_physical_gradients(p, params, x, NULL)), "");
  p = ad_model_compile(m, &(ad_physical_opts){.discard = "t"});
  CHECK_STR_HAS(ad_physical_error_text(p), "a model without outputs");
  ad_model *two = trained();
  ad_model_expose(two, "logits");
  p = ad_model_compile(two, &(ad_physical_opts){.shapes = "x: 8, 3", .discard = "t"});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_OUTPUT), 1);
  CHECK_INT(ad_physical_op_count(p), 3);
  CHECK_STR_HAS(ad_physical_error_text(ad_model_compile(m, &(ad_physical_opts){.data = "wieght_0"})), "data: wieght_0 is no input or output of the model; did you mean weight_0");
  CHECK_STR_HAS(ad_physical_error_text(ad_model_compile(m, &(ad_physical_opts){.data = "x", .trainable = "x"})), "trainable: x stands in another list of keys too");
  CHECK_STR_HAS(ad_physical_error_text(ad_model_compile(m, &(ad_physical_opts){.data = "loss"})), "data: loss is no input of the model");
  CHECK_STR_HAS(ad_physical_error_text(ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 8, 3; logits: 9, 2"})), "mlp.Relu: the result of shape (9, ?); axis 0 is 9; 8 is right");
  CHECK_STR(ad_physical_error_text(ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 9, 3"})), ""); /* nothing stays */
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "x")), "(...)");
  ad_model *unnamed = ad_model_new(c, "unnamed");
  ad_model_add(unnamed, ad_block(c, "Linear", "dimension=2"), NULL);
  CHECK_STR(ad_physical_key(ad_model_compile(unnamed, NULL), AD_KEY_DATA, 0), "input");
  CHECK_STR(ad_physical_key(ad_model_compile(unnamed, &(ad_physical_opts){.long_names = true}), AD_KEY_PARAM, 0), "Linear_weight");
  CHECK_STR_HAS(ad_physical_error_text(ad_model_compile(unnamed, &(ad_physical_opts){.safe_names = true})), "safe_names: input input has no name of its own");
  ad_scope_end(s, NULL);
}

/* total = seen + x w, seen being the total of the step before; in a block of its own. */
TEST(states) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *inside = ad_model_new(c, "counter"), *m = ad_model_new(c, "m");
  ad_model_extend(inside, ad_block(c, "Multiply", NULL), "left=x, right=w, output=product");
  ad_model_extend(inside, ad_block(c, "Add", NULL), "left=seen, right=product, output=total");
  ad_model_extend(inside, ad_block(c, "Buffer", NULL), "input=total, output=y");
  CHECK_INT(ad_model_set_shapes(inside, "x: 2; w: 2; seen: 2"), AD_OK);
  CHECK_INT(ad_model_bind_state(inside, "seen", "total", "10"), AD_OK);
  CHECK_STR(ad_model_error_text(inside), "");
  ad_model_extend(m, inside, "x=x, w=w, y=y");
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.trainable = "w"});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_INT(ad_physical_key_count(p, AD_KEY_STATE), 1);
  CHECK_STR(ad_physical_key(p, AD_KEY_STATE, 0), "m.counter.seen");
  float xs[2] = {1, 2}, ws[2] = {3, 4}, got[2];
  ad_array *x = record1("x", ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), xs)), *w = record1("w", ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), ws));
  ad_array *once = ad_physical_step(p, w, x, NULL);
  CHECK_STR(ad_error_text(once), "");
  ad_array *twice = ad_physical_step(p, w, x, ad_item(once, 1));
  CHECK_INT(ad_read(ad_field(ad_item(twice, 0), "y"), got, sizeof got), AD_OK);
  CHECK_NEAR(got[0], 16, 0);
  CHECK_NEAR(got[1], 26, 0);
  same(ad_field(ad_physical_evaluate(p, w, x), "y"), ad_field(ad_item(once, 0), "y"));
  ad_array *all = ad_physical_step_all(p, w, x, ad_item(once, 1), ad_ones(c, AD_SHAPE(2), NULL));
  CHECK_STR(ad_error_text(all), "");
  same(ad_item(ad_item(all, 2), 0), ad_item(ad_item(twice, 1), 0));
  CHECK_INT(ad_read(ad_field(ad_item(all, 1), "w"), got, sizeof got), AD_OK);
  CHECK_NEAR(got[1], 2, 0);
  ad_array *wrong = record1("m.counter.sen", ad_field(ad_item(once, 1), "m.counter.seen"));
  CHECK_STR_HAS(ad_error_text(ad_physical_step(p, w, x, wrong)), "evaluate: state m.counter.sen: the model has no such key; did you mean m.counter.seen?");
  ad_scope_end(s, NULL);
}

typedef struct worker {
  const ad_runner *r;
  const void *const *in;
  const float *want;
  int wrong;
} worker;

static void *work(void *arg) {
  worker *k = arg;
  float y[16];
  for (int i = 0; i < 200; i++) k->wrong += ad_runner_run(k->r, k->in, (void *[]){y}, NULL, 0) != AD_OK || memcmp(y, k->want, sizeof y) != 0;
  return NULL;
}

/* Two threads on one model, and the context beside them (under TSan too). */
TEST(two_threads) {
  ad_scope *s = ad_scope_begin(c);
  ad_physical *p = ad_model_compile(mlp(), &(ad_physical_opts){.shapes = "x: 8, 3"});
  ad_array *params = ad_physical_randomize(p, 1, NULL), *data = record1("x", numbers(8, 3));
  float w0[12], b0[4], w1[8], b1[2], x[24], want[16];
  ad_read(ad_item(params, 0), w0, sizeof w0), ad_read(ad_item(params, 1), b0, sizeof b0), ad_read(ad_item(params, 2), w1, sizeof w1);
  ad_read(ad_item(params, 3), b1, sizeof b1), ad_read(ad_item(data, 0), x, sizeof x);
  CHECK_INT(ad_read(ad_field(ad_physical_evaluate(p, params, data), "logits"), want, sizeof want), AD_OK);
  const void *in[] = {w0, b0, w1, b1, x};
  ad_runner *r = ad_physical_runner(p);
  CHECK_STR(ad_runner_error(r), "");
  CHECK_INT(ad_runner_inputs(r), 5);
  worker k[2] = {{r, in, want, 0}, {r, in, want, 0}};
  pthread_t t[2];
  for (int i = 0; i < 2; i++) pthread_create(&t[i], NULL, work, &k[i]);
  for (int i = 0; i < 20; i++) CHECK_INT(ad_eval(ad_physical_evaluate(p, params, data)), AD_OK);
  for (int i = 0; i < 2; i++) pthread_join(t[i], NULL);
  CHECK_INT(k[0].wrong + k[1].wrong, 0);
  ad_runner_free(r);
  r = ad_physical_runner(ad_model_compile(mlp(), NULL));
  CHECK_STR_HAS(ad_runner_error(r), "runner: a key leaves a dim open");
  ad_runner_free(r);
  ad_scope_end(s, NULL);
}

/* A checkpointed block gives the same gradients; a pattern that fits nothing is said. */
TEST(checkpointed_blocks) {
  ad_scope *s = ad_scope_begin(c);
  const char *names[] = {"x", "t"};
  ad_array *data = ad_record(c, names, (ad_array *[]){numbers(8, 3), numbers(8, 2)}, 2), *params = NULL, *g = NULL;
  static const char *const patterns[] = {NULL, "*", "Linear_0, Relu", "Linear*", "nothing"};
  for (int k = 0; k < 5; k++) {
    ad_physical *p = ad_model_compile(trained(), &(ad_physical_opts){.shapes = "x: 8, 3", .checkpoint = patterns[k]});
    CHECK_STR(ad_physical_error_text(p), "");
    if (!k) params = ad_physical_randomize(p, 1, NULL);
    ad_array *now = ad_physical_gradients(p, params, data, NULL);
    CHECK_STR(ad_error_text(now), "");
    for (int i = 0; k && i < 4; i++) same(ad_item(g, i), ad_item(now, i));
    g = k ? g : now;
    if (k == 4) CHECK_STR_HAS(ad_physical_report(p), "warning: gradient_checkpointing: no block fits nothing");
  }
  ad_scope_end(s, NULL);
}

TEST(blocks_in_other_dtypes) {
  ad_scope *s = ad_scope_begin(c);
  ad_physical *p = ad_model_compile(mlp(), &(ad_physical_opts){.shapes = "x: 8, 3"});
  ad_physical *half = ad_model_compile(mlp(), &(ad_physical_opts){.shapes = "x: 8, 3", .backend_map = "Linear_0: float16; none: float16"});
  CHECK_STR(ad_physical_error_text(half), "");
  CHECK_STR_HAS(ad_physical_report(half), "warning: backend_map: no block fits none");
  ad_array *params = ad_physical_randomize(p, 1, NULL), *x = numbers(8, 3), *data = record1("x", x);
  ad_array *y = ad_field(ad_physical_evaluate(half, params, data), "logits");
  CHECK_INT(ad_array_dtype(y), AD_FLOAT32);
  ad_array *h = ad_linear(ad_cast(x, AD_FLOAT16), ad_cast(ad_item(params, 0), AD_FLOAT16), ad_cast(ad_item(params, 1), AD_FLOAT16));
  same(y, ad_linear(ad_relu(ad_cast(h, AD_FLOAT32)), ad_item(params, 2), ad_item(params, 3)));
  ad_array *g = ad_physical_gradients(half, params, data, ad_ones(c, AD_SHAPE(8, 2), NULL));
  CHECK_INT(ad_array_dtype(ad_item(g, 0)), AD_FLOAT32);
  CHECK_STR(ad_error_text(ad_item(g, 0)), "");
  CHECK_STR_HAS(ad_physical_error_text(ad_model_compile(mlp(), &(ad_physical_opts){.backend_map = "Linear_0: int8"})), "backend_map: Linear_0: \"int8\"; a dtype of floats");
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(first_parameters), CASE(what_calls_are_given), CASE(gradients), CASE(several_outputs), CASE(keys_by_option),
                                            CASE(states), CASE(two_threads), CASE(checkpointed_blocks), CASE(blocks_in_other_dtypes)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  CHECK_STR(ad_ctx_error_text(c), "");
  ad_ctx_free(c);
  return r;
}
