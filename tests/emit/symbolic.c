/* Emitted C of graphs whose dims are symbols: one function for every size up to its macros, with the library's bits at each. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include "check.h"
#include "emit/compile.h"

enum { MOST = 9 };

static const char *const net_text =
    "graph net(x: float32[N, 20], w1: float32[20, 33], b1: float32[33], w2: float32[33, K], y: int64[N], e: float32[N + 1, 2*K])"
    " -> float32[N, K], float32[], float32[K], float32[N, 2], float32[N, K], int32[N*K], float32[2*N + 1, 2*K] {\n"
    "  h = relu(add(matmul(x, w1), b1))\n"
    "  logits = matmul(h, w2)\n"
    "  p = softmax(logits, axes=[1])\n"
    "  l = mean(item(softmax_cross_entropy(logits, y), index=0))\n"
    "  s = sum(p, axes=[0])\n"
    "  q = multiply(strided_slice(e, start=[1, 0], stop=[9223372036854775807, 2], step=[1, 1]), 2.0)\n"
    "  turned = cumsum(add(transpose(transpose(logits, axes=[1, 0]), axes=[1, 0]), s), axis=0, reverse=true)\n"
    "  n = reshape(cast(floor(p), dtype=int32), shape=[N*K])\n"
    "  both = concatenate(e, concatenate(p, logits, axis=1), axis=0)\n"
    "  return p, l, s, q, turned, n, both\n}";

static ad_array *numbers(ad_ctx *c, int rank, const int64_t *dims, int seed) {
  static float room[1 << 14];
  int64_t n = 1;
  for (int i = 0; i < rank; i++) n *= dims[i];
  for (int64_t i = 0; i < n; i++) room[i] = (float)((i * 7919 + seed * 104729) % 1009) / 1009.0f - 0.5f;
  return ad_array_new(c, AD_FLOAT32, (ad_shape){rank, dims}, room);
}

typedef int net_function(int64_t, int64_t, const float *, const float *, const float *, const float *, const int64_t *, const float *, float *, float *, float *,
                         float *, float *, int32_t *, float *);

/* The function at one size, and the graph called at that size. */
static void run_at(ad_ctx *c, ad_graph *g, net_function *net, int64_t n, int64_t k) {
  int64_t classes[64];
  for (int i = 0; i < n; i++) classes[i] = i % k;
  ad_array *in[] = {numbers(c, 2, (int64_t[]){n, 20}, 1), numbers(c, 2, (int64_t[]){20, 33}, 2), numbers(c, 1, (int64_t[]){33}, 3),
                    numbers(c, 2, (int64_t[]){33, k}, 4), ad_array_new(c, AD_INT64, AD_SHAPE(n), classes), numbers(c, 2, (int64_t[]){n + 1, 2 * k}, 5)};
  ad_array *want = ad_graph_call(g, in, 6);
  void *out[7];
  if (ad_eval(want)) CHECK_FAIL("%s", ad_error_text(want));
  for (int i = 0; i < 7; i++) out[i] = calloc(1, emit_bytes(ad_item(want, i)) + 1);
  CHECK_INT(net(n, k, ad_data(in[0]), ad_data(in[1]), ad_data(in[2]), ad_data(in[3]), ad_data(in[4]), ad_data(in[5]), out[0], out[1], out[2], out[3], out[4],
                out[5], out[6]),
            0);
  for (int i = 0; i < 7; i++) {
    const char *why = emit_compare(ad_item(want, i), out[i], 0);
    if (why) CHECK_FAIL("N %lld, K %lld, result %d: %s", (long long)n, (long long)k, i, why);
    free(out[i]);
  }
}

/* With the macro N set to MOST. */
static void *compile_with_most(const char *compiler, const char *text) {
  char *all = malloc(strlen(text) + 64);
  if (!all) return NULL;
  sprintf(all, "#define NET_MAX_N %d\n%s", MOST, text);
  void *library = emit_compile(compiler, "symbolic", all);
  free(all);
  return library;
}

TEST(one_function_for_all_sizes) {
  static const char *const compilers[] = {"gcc", "clang", "tcc"};
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, net_text, strlen(net_text));
  const char *text;
  if (ad_emit(g, "c", NULL, &text)) CHECK_FAIL("%s", text);
  for (int i = 0; i < 3; i++) {
    if (!emit_is_installed(compilers[i])) continue;
    union {
      void *data;
      net_function *call;
    } u;
    void *library = compile_with_most(compilers[i], text);
    u.data = library ? dlsym(library, "net") : NULL;
    CHECK_STOP(u.data);
    run_at(c, g, u.call, 2, 3);
    run_at(c, g, u.call, 5, 70);
    run_at(c, g, u.call, MOST, 2);
    CHECK_INT(u.call(MOST + 1, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 2);
    CHECK_INT(u.call(2, 1025, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 2);
    CHECK_INT(u.call(0, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 2);
    dlclose(library);
  }
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(headers_tell_the_most) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, net_text, strlen(net_text));
  const char *text;
  CHECK(!ad_emit(g, "c-header", NULL, &text));
  CHECK_STR_HAS(text, "#ifndef NET_MAX_N\n#define NET_MAX_N 1024\n#endif\n");
  CHECK_STR_HAS(text, "#ifndef NET_MAX_K\n#define NET_MAX_K 1024\n#endif\n");
  CHECK_STR_HAS(text, "int net(int64_t N, int64_t K, const float *x,");
  ad_graph_free(g);
  ad_ctx_free(c);
}

/* A batch whose size is open: the weights' dims are numbers. */
static ad_array *product(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_relu(ad_matmul(in[0], in[1], NULL));
}

TEST(functions_with_open_sizes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *args[] = {numbers(c, 2, (int64_t[]){5, 20}, 1), numbers(c, 2, (int64_t[]){20, 7}, 2)};
  ad_graph *g = ad_compiled_graph(ad_fn_new(c, product, 2, NULL), args, 2,
                                  &(ad_compiled_graph_opts){.name = "layer", .args = (const char *const[]){"x", "w"}, .constants = AD_INTS(1), .shapeless = true});
  const char *text;
  if (ad_graph_status(g)) CHECK_FAIL("%s", ad_graph_error_text(g));
  CHECK(!ad_emit(g, "c-header", NULL, &text));
  CHECK_STR_HAS(text, "int layer(int64_t n0, const float *x, float *out);");
  CHECK_STR_HAS(text, "#define LAYER_MAX_N0 1024");
  ad_graph_free(g);
  ad_ctx_free(c);
}

static void check_refused(const char *text, const char *why) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  const char *out;
  if (ad_graph_status(g)) CHECK_FAIL("%s", ad_graph_error_text(g));
  CHECK_INT(ad_emit(g, "c", NULL, &out), AD_E_NOT_IMPLEMENTED);
  CHECK_STR_HAS(out, why);
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(what_symbols_cannot_say_is_refused) {
  check_refused("graph f(x: float32[N]) -> float32[N] {\n  y = sort(x)\n  return y\n}", "sort: emit: a symbolic dim");
  check_refused("graph f(x: float32[N, 3]) -> float32[N, 3] {\n  y = flip(x, axes=[1])\n  return y\n}", "flip: emit: a");
  check_refused("graph f(x: float32[N, 3]) -> float32[3] {\n  y = var(x, axes=[0])\n  return y\n}", "computes with as a number");
}

CHECK_MAIN(CASE(one_function_for_all_sizes), CASE(headers_tell_the_most), CASE(functions_with_open_sizes), CASE(what_symbols_cannot_say_is_refused))
