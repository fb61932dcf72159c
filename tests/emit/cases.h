/* Graphs that every target of ad_emit prints and runs: the ten ops of the first slice, and small whole ones.
 *
 * A case is the text of a graph, or a function that makes one; inputs are drawn from the case's name, so every program that
 * includes this works on the same numbers. Golden files lie in tests/golden/<target>/<case>.txt and are written anew with
 * AD_GOLDEN_WRITE=1. */
#ifndef AD_TESTS_EMIT_CASES_H
#define AD_TESTS_EMIT_CASES_H

#include <adamant/adamant.h>
#include <stdlib.h>
#include "check.h"
#include "support/samples.h"
#include "transform/transform.h"

typedef struct emit_case {
  const char *name, *text;
  ad_graph *(*make)(ad_ctx *c); /* where text is NULL */
  const char *domains;          /* of the parameters, as in samples */
  double tolerance;             /* relative, for C against the library; 0: equal bits */
} emit_case;

/* The gradient of the mean square of softmax(relu(x w + b)) by x, w and b. */
static ad_graph *mlp_grad(ad_ctx *c) {
  ad_array *in[3] = {ad_zeros(c, AD_SHAPE(5, 4), NULL), ad_zeros(c, AD_SHAPE(4, 3), NULL), ad_zeros(c, AD_SHAPE(3), NULL)};
  ad_eval_all(in, 3);
  ad_array *h = ad_relu(ad_add(ad_contract(in[0], in[1], &(ad_contract_opts){.sum_a = AD_AXES(1), .sum_b = AD_AXES(0)}), in[2]));
  ad_array *loss = ad_mean(ad_square(ad_softmax(h, &(ad_softmax_opts){.axes = AD_AXES(1)})), NULL);
  ad_array *one = ad_ones(c, AD_SHAPE(), NULL), *grads[3], *error = NULL;
  ad__vjp(c, &loss, &one, 1, in, 3, grads, &error);
  return ad_graph_trace(c, "mlp_grad", in, 3, grads, 3);
}

static const emit_case emit_cases[] = {
    {"add", "graph add(a: float32[2, 3], b: float32[2, 3]) -> float32[2, 3] {\n  y = add(a, b)\n  return y\n}", NULL, "normal", 0},
    {"where", "graph where(p: bool[4, 3], a: float32[3], b: float16[4, 1]) -> float32[4, 3] {\n"
              "  y = where(p, a, cast(b, dtype=float32))\n  return y\n}", NULL, "bool, normal, normal", 0},
    {"exp", "graph exp(x: float32[40], h: float16[9]) -> float32[40], float16[9] {\n  y = exp(x)\n  z = exp(h)\n  return y, z\n}",
     NULL, "normal", 0},
    {"sum", "graph sum(x: float32[4, 5, 3], n: int8[6]) -> float32[4, 3], float32[1, 5, 1], int32[] {\n"
            "  a = sum(x, axes=[1])\n  b = sum(x, axes=[0, 2], keepdims=true)\n  c = sum(n, dtype=int32)\n  return a, b, c\n}",
     NULL, "normal, small", 0},
    {"contract", "graph contract(a: float32[2, 3, 4], b: float32[5, 4, 2]) -> float32[2, 3, 5] {\n"
                 "  y = contract(a, b, batch_a=[0], batch_b=[2], sum_a=[2], sum_b=[1])\n  return y\n}", NULL, "normal", 0},
    {"take", "graph take(table: float32[6, 3], words: int32[2, 4]) -> float32[2, 4, 3] {\n"
             "  rows = take(table, words, axis=0)\n  return rows\n}", NULL, "normal, signed_index:6", 0},
    {"softmax", "graph softmax(x: float32[3, 7]) -> float32[3, 7] {\n  y = softmax(x, axes=[1])\n  return y\n}", NULL, "normal", 0},
    {"convolution", "graph convolution(x: float32[2, 6, 5, 4], w: float32[6, 3, 2, 2]) -> float32[2, 4, 6, 6] {\n"
                    "  y = convolution(x, w, stride=[2, 1], padding_low=[1, 0], padding_high=[2, 2], groups=2)\n  return y\n}",
     NULL, "normal", 0},
    {"sort", "graph sort(x: float32[3, 40], n: int16[5, 2]) -> float32[3, 40], uint32[5, 2] {\n"
             "  y = sort(x)\n  order = argsort(n, axis=0)\n  return y, order\n}", NULL, "normal, distinct", 0},
    {"random_bits", "graph random_bits(key: uint32[2]) -> uint32[7], uint8[2, 5] {\n"
                    "  a = random_bits(key, shape=[7])\n  b = random_bits(key, shape=[2, 5], width=1)\n  return a, b\n}",
     NULL, "index:1000", 0},
    {"mlp", "graph mlp(x: float32[5, 4], w: float32[4, 3], b: float32[3]) -> float32[5, 3] {\n"
            "  h = relu(add(contract(x, w, sum_a=[1], sum_b=[0]), b))\n  y = softmax(h, axes=[1])\n  return y\n}",
     NULL, "normal", 0},
    {"mlp_grad", NULL, mlp_grad, "normal", 0},
    {"broadcast_chain",
     "graph broadcast_chain(x: float32[4, 1, 3], y: float32[5, 1], n: int32[4, 5, 3]) -> float32[3, 5, 4], bool[4, 5, 3] {\n"
     "  s = multiply(subtract(x, y), 0.5)\n  t = add(tanh(s), cast(n, dtype=float32))\n"
     "  turned = transpose(flip(t, axes=[1]), axes=[2, 1, 0])\n  z = add(turned, constant(float32[4] [1.0, 2.0, -3.0, 4.5]))\n"
     "  p = less(abs(n), 3)\n  return z, p\n}", NULL, "normal, normal, small", 0},
    {"fourier",
     "graph fourier(x: float32[2, 1024], z: complex128[37, 2]) -> float32[2, 1024], complex128[37, 2] {\n"
     "  s = fft_r2c(x)\n  y = fft_c2r(multiply(s, 0.5), n=1024)\n  w = fft_c2c(z, axes=[0], norm=\"ortho\")\n  return y, w\n}",
     NULL, "normal", 0},
    {"choose",
     "graph choose(x: float32[3, 40], z: complex64[9], edges: float32[7]) -> float32[3, 5], complex64[2], uint32[3, 5], float32[3, 40] {\n"
     "  best = topk(x, k=5)\n  last = topk(z, k=2)\n  place = searchsorted(edges, best, side=\"right\")\n"
     "  parts = partition(x, kth=-7)\n  return best, last, place, parts\n}", NULL, "distinct, normal, ascending", 0},
};
enum { EMIT_CASES = sizeof emit_cases / sizeof emit_cases[0], EMIT_MOST = 8 };

static inline ad_graph *emit_graph(ad_ctx *c, const emit_case *k) {
  ad_graph *g = k->make ? k->make(c) : ad_graph_parse(c, k->text, strlen(k->text));
  if (ad_graph_status(g)) CHECK_FAIL("%s: %s", k->name, ad_graph_error_text(g));
  return g;
}

/* The domain of parameter i: the i-th word, or the last. */
static inline void emit_domain(const char *words, int i, char *out, size_t size) {
  for (const char *comma; i > 0 && (comma = strchr(words, ',')); i--) words = comma + 2;
  snprintf(out, size, "%.*s", (int)strcspn(words, ","), words);
}

static inline ad_array *emit_input(ad_ctx *c, const emit_case *k, const ad_array *param, int i) {
  sample_tensor t = {.dtype = ad_array_dtype(param), .rank = ad_array_rank(param)};
  char domain[32];
  for (int d = 0; d < t.rank; d++) t.dims[d] = ad_array_dim(param, d);
  emit_domain(k->domains, i, domain, sizeof domain);
  void *data = malloc((size_t)sample_size(&t) * ad_dtype_size(t.dtype) + 1);
  CHECK(data && sample_fill(&t, domain, (uint64_t)(31 + i), data));
  ad_array *a = ad_array_new(c, t.dtype, (ad_shape){t.rank, t.dims}, data);
  free(data);
  return a;
}

/* Compares with tests/golden/<target>/<name>.txt, or writes it. */
static inline void emit_golden(const char *target, const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "tests/golden/%s/%s.txt", target, name);
  if (getenv("AD_GOLDEN_WRITE")) {
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0) CHECK_FAIL("%s cannot be written", path);
    if (f) fclose(f);
    return;
  }
  FILE *f = fopen(path, "r");
  if (!f) {
    CHECK_FAIL("%s is missing; make golden writes it", path);
    return;
  }
  size_t size = strlen(text), n;
  char *want = malloc(size + 2);
  n = want ? fread(want, 1, size + 1, f) : 0;
  fclose(f);
  size_t same = 0;
  while (same < n && same < size && want[same] == text[same]) same++;
  if (n != size || same != size) {
    int line = 1;
    for (size_t i = 0; i < same; i++) line += text[i] == '\n';
    CHECK_FAIL("%s differs from line %d on; make golden writes it anew", path, line);
  }
  free(want);
}

#endif
