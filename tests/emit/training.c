/* Compiled functions as C: a network with its weights inside, and whole training steps, which give the library's bits. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include "check.h"
#include "emit/compile.h"

enum { BATCH = 24, IN = 20, HIDDEN = 33, OUT = 10, STEPS = 10, WEIGHTS = 4 };
static const char *const names[] = {"w1", "b1", "w2", "b2"};

static ad_array *numbers(ad_ctx *c, int rank, const int64_t *dims, int seed) {
  static float room[4096];
  int64_t n = 1;
  for (int i = 0; i < rank; i++) n *= dims[i];
  for (int64_t i = 0; i < n; i++) room[i] = (float)((i * 7919 + seed * 104729) % 1009) / 1009.0f - 0.5f;
  return ad_array_new(c, AD_FLOAT32, (ad_shape){rank, dims}, room);
}

static ad_array *weights_new(ad_ctx *c) {
  ad_array *w[WEIGHTS] = {numbers(c, 2, (int64_t[]){IN, HIDDEN}, 1), numbers(c, 1, (int64_t[]){HIDDEN}, 2),
                          numbers(c, 2, (int64_t[]){HIDDEN, OUT}, 3), numbers(c, 1, (int64_t[]){OUT}, 4)};
  return ad_record(c, names, w, WEIGHTS);
}

static ad_array *inputs(ad_ctx *c) { return numbers(c, 2, (int64_t[]){BATCH, IN}, 5); }

static ad_array *classes(ad_ctx *c) {
  int64_t y[BATCH];
  for (int i = 0; i < BATCH; i++) y[i] = i * 7 % OUT;
  return ad_array_new(c, AD_INT64, AD_SHAPE(BATCH), y);
}

static ad_array *logits(ad_array *x, ad_array *w) {
  ad_array *h = ad_gelu(ad_add(ad_matmul(x, ad_field(w, "w1"), NULL), ad_field(w, "b1")));
  return ad_add(ad_matmul(h, ad_field(w, "w2"), NULL), ad_field(w, "b2"));
}

static ad_array *net(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_softmax(logits(in[0], in[1]), NULL);
}

static ad_array *loss(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_mean(ad_softmax_cross_entropy(logits(in[0], in[1]), in[2], NULL), NULL);
}

/* A record of the new weights and the loss. */
static ad_array *step(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *r = ad_call(ad_value_and_grad(user, &(ad_grad_opts){.argnums = AD_AXES(1)}), in[0], in[1], in[2]);
  ad_array *grad = ad_item(ad_item(r, 1), 0), *out[WEIGHTS + 1];
  const char *all[WEIGHTS + 1];
  for (int i = 0; i < WEIGHTS; i++) {
    out[i] = ad_subtract(ad_field(in[1], names[i]), ad_multiply(ad_field(grad, names[i]), ad_number(c, 0.1)));
    all[i] = names[i];
  }
  out[WEIGHTS] = ad_item(r, 0);
  all[WEIGHTS] = "loss";
  return ad_record(c, all, out, WEIGHTS + 1);
}

static ad_graph *step_graph(ad_ctx *c, ad_fn *f, ad_array *x, ad_array *w, ad_array *y) {
  ad_array *args[] = {x, w, y};
  ad_graph *g = ad_compiled_graph(f, args, 3, &(ad_compiled_graph_opts){.name = "step", .args = (const char *const[]){"x", "", "y"}});
  if (ad_graph_status(g)) CHECK_FAIL("%s", ad_graph_error_text(g));
  (void)c;
  return g;
}

typedef void step_function(const float *, const float *, const float *, const float *, const float *, const int64_t *, float *, float *, float *,
                           float *, float *);

/* STEPS steps of the emitted function, and of the compiled one, from the same weights. */
static void train(ad_ctx *c, ad_fn *f, void *library, const char *compiler) {
  union {
    void *data;
    step_function *call;
  } own = {dlsym(library, "step")};
  ad_array *x = inputs(c), *w = weights_new(c), *y = classes(c);
  float *room[2][WEIGHTS], value;
  if (!own.data) CHECK_FAIL("%s: step is not there", compiler);
  for (int i = 0; i < WEIGHTS; i++) {
    size_t bytes = emit_bytes(ad_field(w, names[i]));
    for (int k = 0; k < 2; k++) room[k][i] = malloc(bytes);
    memcpy(room[0][i], ad_data(ad_field(w, names[i])), bytes);
  }
  for (int n = 0; n < STEPS && own.data; n++) {
    float **from = room[n % 2], **to = room[(n + 1) % 2];
    own.call(ad_data(x), from[0], from[1], from[2], from[3], ad_data(y), to[0], to[1], to[2], to[3], &value);
    w = ad_call(f, x, w, y);
    if (ad_eval(w)) CHECK_FAIL("%s", ad_error_text(w));
    const char *why = emit_compare(ad_field(w, "loss"), (char *)&value, 0);
    for (int i = 0; i < WEIGHTS && !why; i++) why = emit_compare(ad_field(w, names[i]), (char *)to[i], 0);
    if (why) CHECK_FAIL("%s, step %d: %s", compiler, n, why);
    if (why) break;
    ad_array *kept[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++) kept[i] = ad_field(w, names[i]);
    w = ad_record(c, names, kept, WEIGHTS);
  }
  for (int i = 0; i < WEIGHTS; i++) free(room[0][i]), free(room[1][i]);
}

TEST(training_step_gives_the_librarys_bits) {
  static const char *const compilers[] = {"gcc", "clang", "tcc"};
  ad_ctx *c = ad_ctx_new(NULL);
  const char *text;
  ad_fn *of = ad_fn_new(c, loss, 3, NULL), *f = ad_compile(ad_fn_new(c, step, 3, of), NULL);
  ad_graph *g = step_graph(c, f, inputs(c), weights_new(c), classes(c));
  if (ad_emit(g, "c", NULL, &text)) CHECK_FAIL("%s", text);
  else
    for (int i = 0; i < 3; i++) {
      if (!emit_is_installed(compilers[i])) continue;
      void *library = emit_compile(compilers[i], "training", text);
      if (!library) CHECK_FAIL("%s: it does not compile", compilers[i]);
      else train(c, f, library, compilers[i]), dlclose(library);
    }
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(arguments_keep_their_names) {
  ad_ctx *c = ad_ctx_new(NULL);
  const char *text;
  ad_fn *of = ad_fn_new(c, loss, 3, NULL);
  ad_graph *g = step_graph(c, ad_fn_new(c, step, 3, of), inputs(c), weights_new(c), classes(c));
  CHECK(!ad_emit(g, "c-header", NULL, &text));
  CHECK_STR_HAS(text, "void step(const float *x, const float *w1, const float *b1, const float *w2, const float *b2, const int64_t *y, "
                       "float *w1_new, float *b1_new, float *w2_new, float *b2_new, float *loss);");
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(constants_are_inside) {
  ad_ctx *c = ad_ctx_new(NULL);
  const char *text;
  ad_array *args[] = {inputs(c), weights_new(c)};
  ad_fn *f = ad_fn_new(c, net, 2, NULL);
  ad_graph *g = ad_compiled_graph(f, args, 2, &(ad_compiled_graph_opts){.name = "net", .args = (const char *const[]){"x", "model"}, .constants = AD_INTS(-1)});
  CHECK_INT(ad_graph_param_count(g), 1);
  CHECK(!ad_emit(g, "c", NULL, &text));
  CHECK_STR_HAS(text, "static const float model_w1[660] = {");
  CHECK_STR_HAS(text, "void net(const float *x, float *out) {");
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(what_is_wrong_is_said) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *args[] = {inputs(c), weights_new(c)};
  ad_fn *f = ad_fn_new(c, net, 2, NULL);
  ad_graph *g = ad_compiled_graph(f, args, 1, NULL);
  CHECK_INT(ad_graph_status(g), AD_E_TYPE);
  CHECK_STR_HAS(ad_graph_error_text(g), "1 arguments; 2 are right");
  ad_graph_free(g);
  g = ad_compiled_graph(f, args, 2, &(ad_compiled_graph_opts){.constants = AD_INTS(2)});
  CHECK_STR_HAS(ad_graph_error_text(g), "constants: argument 2; -2 to 1 are right");
  ad_graph_free(g);
  args[1] = args[0];
  g = ad_compiled_graph(f, args, 2, NULL);
  CHECK(ad_graph_status(g) != AD_OK);
  ad_graph_free(g);
  CHECK(!ad_compiled_graph(NULL, args, 2, NULL));
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(training_step_gives_the_librarys_bits), CASE(arguments_keep_their_names), CASE(constants_are_inside), CASE(what_is_wrong_is_said))
