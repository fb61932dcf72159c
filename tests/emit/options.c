/* What C can be asked to be: weights outside, <math.h>, an example that runs by itself; and names that no C may have. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include "check.h"
#include "emit/compile.h"

enum { IN = 12, HIDDEN = 18, OUT = 5, BATCH = 3 };

static ad_array *numbers(ad_ctx *c, int rank, const int64_t *dims, int seed) {
  float room[IN * HIDDEN];
  int64_t n = 1;
  for (int i = 0; i < rank; i++) n *= dims[i];
  for (int64_t i = 0; i < n; i++) room[i] = (float)((i * 7919 + seed * 104729) % 1009) / 1009.0f - 0.5f;
  return ad_array_new(c, AD_FLOAT32, (ad_shape){rank, dims}, room);
}

static ad_array *weights(ad_ctx *c, int seed) {
  static const char *const names[] = {"w1", "b1", "w2", "scale"};
  ad_array *w[] = {numbers(c, 2, (int64_t[]){IN, HIDDEN}, seed), ad_zeros(c, AD_SHAPE(HIDDEN), NULL), numbers(c, 2, (int64_t[]){HIDDEN, OUT}, seed + 1),
                   ad_array_new(c, AD_FLOAT32, AD_SHAPE(), &(float){0.75f})};
  return ad_record(c, names, w, 4);
}

static ad_array *net(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  ad_array *h = ad_tanh(ad_add(ad_matmul(in[0], ad_field(in[1], "w1"), NULL), ad_field(in[1], "b1")));
  return ad_softmax(ad_multiply(ad_matmul(h, ad_field(in[1], "w2"), NULL), ad_field(in[1], "scale")), &(ad_softmax_opts){.axes = AD_AXES(1)});
}

/* The numbers that an example's main makes. */
static ad_array *example_input(ad_ctx *c) {
  float x[BATCH * IN];
  for (int i = 0; i < BATCH * IN; i++) x[i] = (float)(i % 13 - 6) / 8;
  return ad_array_new(c, AD_FLOAT32, AD_SHAPE(BATCH, IN), x);
}

static ad_graph *net_graph(ad_ctx *c, ad_array *w) {
  ad_array *args[] = {example_input(c), w};
  return ad_compiled_graph(ad_fn_new(c, net, 2, NULL), args, 2,
                           &(ad_compiled_graph_opts){.name = "net", .args = (const char *const[]){"x", ""}, .constants = AD_INTS(1)});
}

typedef struct bytes {
  char *at;
  size_t size;
} bytes;

static void keep_bytes(void *user, const void *data, size_t size) {
  bytes *b = user;
  b->at = malloc(size);
  b->size = size;
  if (b->at) memcpy(b->at, data, size);
}

/* The data section: behind the length of the header and the header. */
static const char *data_of(const bytes *file) {
  uint64_t skip = 0;
  for (int i = 7; i >= 0; i--) skip = skip << 8 | (unsigned char)file->at[i];
  return file->at + 8 + skip;
}

/* The emitted function on the weights of a file must give what the library gives with these weights. */
static void run_outside(ad_ctx *c, ad_graph *g, void *library, ad_array *w) {
  bytes file = {NULL, 0};
  float out[BATCH * OUT];
  ad_array *x = example_input(c), *args[] = {x, w}, *want = ad_call_list(ad_fn_new(c, net, 2, NULL), args, 2);
  ad_eval(want);
  if (ad_save_safetensors("weights", ad_emit_weights(g), &(ad_save_opts){.bytes = keep_bytes, .user = &file})) CHECK_FAIL("it cannot be saved");
  CHECK_STOP(file.at);
  void *p[] = {(void *)(uintptr_t)ad_data(x), out, (void *)(uintptr_t)data_of(&file)};
  CHECK(emit_call(library, "net", p, 3));
  const char *why = emit_compare(want, (char *)out, 0);
  if (why) CHECK_FAIL("%s", why);
  free(file.at);
}

TEST(weights_lie_outside) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = net_graph(c, weights(c, 1)), *other = net_graph(c, weights(c, 7));
  const char *text;
  CHECK(!ad_emit(g, "c-header", &(ad_emit_opts){.outside = true}, &text));
  CHECK_STR_HAS(text, "#define NET_WEIGHTS 1300\n#define NET_AT_b1 0\n#define NET_AT_scale 72\n#define NET_AT_w1 76\n#define NET_AT_w2 940\n");
  CHECK_STR_HAS(text, "void net(const float *x, float *out, const unsigned char *weights);");
  CHECK(!ad_emit(g, "c", &(ad_emit_opts){.outside = true}, &text));
  void *library = emit_compile("cc", "outside", text);
  CHECK_STOP(library);
  run_outside(c, g, library, weights(c, 1));
  run_outside(c, other, library, weights(c, 7));
  dlclose(library);
  ad_graph_free(other);
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(weights_of_a_graph_without_any) {
  static const char *const text = "graph f(x: float32[2]) -> float32[2] {\n  y = multiply(x, 2.0)\n  return y\n}";
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  const char *out;
  CHECK(!ad_emit(g, "c-header", &(ad_emit_opts){.outside = true}, &out));
  CHECK_STR_HAS(out, "void f(const float *x, float *y);");
  CHECK_INT(ad_item_count(ad_emit_weights(g)), 0);
  ad_graph_free(g);
  g = ad_graph_parse(c, "graph", 5);
  CHECK(ad_is_error(ad_emit_weights(g)));
  ad_graph_free(g);
  CHECK(ad_is_error(ad_emit_weights(NULL)));
  ad_ctx_free(c);
}

/* Compiles a file with a main, runs it, and compares the numbers it prints. */
static void run_example(const char *text, const char *argument, ad_array *want, double tolerance) {
  char stem[400], command[1400], word[64];
  const char *folder = getenv("AD_TEST_OUT");
  snprintf(stem, sizeof stem, "%s/example_%ld", folder ? folder : "./build", (long)getpid());
  snprintf(command, sizeof command, "%s.c", stem);
  FILE *f = fopen(command, "w");
  CHECK_STOP(f);
  fputs(text, f);
  fclose(f);
  snprintf(command, sizeof command, "cc -std=c99 -pedantic -Wall -Wextra -Werror -O1 -o %s %s.c -lm", stem, stem);
  CHECK(system(command) == 0);
  snprintf(command, sizeof command, "%s %s", stem, argument);
  f = popen(command, "r");
  CHECK_STOP(f);
  CHECK(fscanf(f, "%63s", word) == 1);
  CHECK_STR(word, "out:");
  for (int64_t i = 0; i < ad_array_size(want); i++) {
    float got = 0;
    CHECK(fscanf(f, "%f", &got) == 1);
    CHECK_NEAR(got, ((const float *)ad_data(want))[i], tolerance);
  }
  CHECK_INT(pclose(f), 0);
  snprintf(command, sizeof command, "rm -f %s %s.c", stem, stem);
  CHECK(system(command) == 0);
}

static ad_array *want_of(ad_ctx *c, ad_array *w) {
  ad_array *args[] = {example_input(c), w}, *want = ad_call_list(ad_fn_new(c, net, 2, NULL), args, 2);
  ad_eval(want);
  return want;
}

TEST(examples_run) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *w = weights(c, 3);
  ad_graph *g = net_graph(c, w);
  const char *text;
  char path[400];
  const char *folder = getenv("AD_TEST_OUT");
  CHECK(!ad_emit(g, "c", &(ad_emit_opts){.example = true}, &text));
  run_example(text, "", want_of(c, w), 0);
  CHECK(!ad_emit(g, "c", &(ad_emit_opts){.example = true, .libm = true}, &text));
  CHECK_STR_HAS(text, "tanhf(");
  run_example(text, "", want_of(c, w), 1e-6);
  snprintf(path, sizeof path, "%s/example_%ld.safetensors", folder ? folder : "./build", (long)getpid());
  CHECK(!ad_emit(g, "c", &(ad_emit_opts){.example = true, .outside = true}, &text));
  CHECK(!ad_save_safetensors(path, ad_emit_weights(g), NULL));
  run_example(text, path, want_of(c, w), 0);
  unlink(path);
  ad_graph_free(g);
  ad_ctx_free(c);
}

/* Every name is a word of C, a name of its library, of the file's own functions, or longer than compilers look at. */
TEST(names_that_c_may_not_have) {
  static const char *const text =
      "graph main(int: float32[3], while: float32[3], ad_f32_exp: float32[3], i: float32[3], NAN: float32[3], weights: float32[3], arena: float32[3], "
      "a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_1: float32[3], "
      "a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_2: float32[3], "
      "a.b: float32[3], a_b: float32[3], _Bool: float32[3], printf: float32[3]) -> float32[3], float32[] {\n"
      "  exp = exp(add(add(int, while), add(ad_f32_exp, i)))\n  memcpy = add(add(NAN, weights), add(arena, exp))\n"
      "  t = add(a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_1, "
      "multiply(a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_2, 2.0))\n"
      "  struct = add(add(add(t, subtract(a.b, a_b)), add(_Bool, printf)), memcpy)\n  unix = sum(struct)\n  return struct, unix\n}";
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  const char *out;
  if (ad_graph_status(g)) CHECK_FAIL("%s", ad_graph_error_text(g));
  for (int k = 0; k < 2; k++) {
    if (ad_emit(g, "c", &(ad_emit_opts){.example = k}, &out)) CHECK_FAIL("%s", out);
    void *library = emit_compile(emit_quick_compiler(), "names", out);
    CHECK(library);
    if (library) dlclose(library);
    library = emit_compile("cc", "names", out);
    CHECK(library);
    if (library) dlclose(library);
  }
  /* What stands in a comment cannot end it; a function's name may be anything. */
  CHECK(!ad_emit(g, "c", &(ad_emit_opts){.name = "*/ int x; /*\n#error"}, &out));
  void *library = emit_compile("cc", "hostile", out);
  CHECK(library);
  if (library) dlclose(library);
  ad_graph_free(g);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(weights_lie_outside), CASE(weights_of_a_graph_without_any), CASE(examples_run), CASE(names_that_c_may_not_have))
