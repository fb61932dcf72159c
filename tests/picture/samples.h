/* Graphs to draw, pictures as text, golden files, and a check that a text is well-formed XML (as far as our files use it). */
#ifndef AD_TESTS_PICTURE_SAMPLES_H
#define AD_TESTS_PICTURE_SAMPLES_H

#include <stdarg.h>
#include <stdlib.h>
#include <adamant/adamant.h>
#include "base/str.h"
#include "check.h"

/* ---- Pictures as text ---- */

typedef struct picture_bytes {
  char *text;
  size_t size;
} picture_bytes;

static inline void picture_take(void *user, const void *data, size_t size) {
  picture_bytes *b = user;
  b->text = malloc(size + 1);
  memcpy(b->text, data, size);
  b->text[size] = 0;
  b->size = size;
}

/* From malloc. */
static inline char *picture_of(ad_graph *g, const char *format, const ad_draw_opts *more) {
  picture_bytes all = {0};
  char why[300] = "";
  ad_draw_opts o = more ? *more : (ad_draw_opts){0};
  o.format = format, o.bytes = picture_take, o.user = &all, o.error = why, o.error_size = sizeof why;
  if (ad_graph_draw(g, NULL, &o)) CHECK_FAIL("%s", why);
  return all.text ? all.text : calloc(1, 1);
}

/* Compares with tests/golden/picture/<name>, or writes it. */
static inline void picture_golden(const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "tests/golden/picture/%s", name);
  FILE *f = fopen(path, getenv("AD_GOLDEN_WRITE") ? "w" : "r");
  if (!f) {
    CHECK_FAIL("%s cannot be opened", path);
    return;
  }
  if (getenv("AD_GOLDEN_WRITE")) {
    if (fputs(text, f) < 0) CHECK_FAIL("%s cannot be written", path);
  } else {
    char *want = calloc(1, 1 << 20);
    want[fread(want, 1, (1 << 20) - 1, f)] = 0;
    CHECK_STR(text, want);
    free(want);
  }
  fclose(f);
}

/* ---- Graphs ---- */

typedef struct sample_text {
  char *text;
  size_t n, room;
} sample_text;

static inline void sample_add(sample_text *t, const char *format, ...) {
  va_list ap;
  if (t->n + 4096 > t->room) t->text = realloc(t->text, t->room = t->room * 2 + 65536);
  va_start(ap, format);
  t->n += (size_t)vsnprintf(t->text + t->n, 4096, format, ap);
  va_end(ap);
}

static inline ad_graph *sample_graph(ad_ctx *c, sample_text *t) {
  ad_graph *g = ad_graph_parse(c, t->text, t->n);
  if (ad_graph_status(g)) CHECK_FAIL("%s", ad_graph_error_text(g));
  free(t->text);
  return g;
}

static inline ad_graph *sample_chain(ad_ctx *c, int n) {
  sample_text t = {0};
  sample_add(&t, "graph chain(x: float32[2], w: float32[2]) -> float32[2] {\n  v0 = exp(x)\n");
  for (int i = 0; i < n; i++) sample_add(&t, "  v%d = add(v%d, w)\n", i + 1, i);
  sample_add(&t, "  return v%d\n}\n", n);
  return sample_graph(c, &t);
}

static inline ad_graph *sample_tangle(ad_ctx *c, int n) {
  sample_text t = {0};
  uint32_t seed = 1;
  sample_add(&t, "graph tangle(x: float32[2]) -> float32[2] {\n  v0 = exp(x)\n");
  for (int i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    sample_add(&t, "  v%d = add(v%d, v%d)\n", i + 1, (int)(seed >> 8) % (i + 1), i - i % 40);
  }
  sample_add(&t, "  return v%d\n}\n", n);
  return sample_graph(c, &t);
}

static inline void sample_layer(sample_text *t, int i, int d, const char *x) {
  sample_add(t, "  n%d = item(fast_layer_norm(%s, h.%d.ln_1.weight, h.%d.ln_1.bias, eps=1e-5), index=0)\n", i, x, i, i);
  for (const char *q = "qkv"; *q; q++)
    sample_add(t, "  %c%d = transpose(reshape(matmul(n%d, h.%d.attn.%c), shape=[8, 16, %d, 16]), axes=[0, 2, 1, 3])\n", *q, i, i, i, *q, d / 16);
  sample_add(t, "  s%d = softmax(multiply(matmul(q%d, transpose(k%d, axes=[0, 1, 3, 2])), 0.25), axes=[-1])\n", i, i, i);
  sample_add(t, "  o%d = reshape(transpose(matmul(s%d, v%d), axes=[0, 2, 1, 3]), shape=[8, 16, %d])\n", i, i, i, d);
  sample_add(t, "  h.%d.sum = add(%s, matmul(o%d, h.%d.attn.proj))\n", i, x, i, i);
  sample_add(t, "  m%d = item(fast_layer_norm(h.%d.sum, h.%d.ln_2.weight, h.%d.ln_2.bias, eps=1e-5), index=0)\n", i, i, i, i);
  sample_add(t, "  a%d = gelu(add(matmul(m%d, h.%d.mlp.fc), h.%d.mlp.fc_bias))\n", i, i, i, i);
  sample_add(t, "  h.%d.out = add(h.%d.sum, add(matmul(a%d, h.%d.mlp.proj), h.%d.mlp.proj_bias))\n", i, i, i, i, i);
}

/* A GPT of that many layers, d wide (a multiple of 16), with its weights as parameters in blocks. */
static inline ad_graph *sample_gpt(ad_ctx *c, int layers, int d) {
  sample_text t = {0};
  char x[40] = "emb";
  sample_add(&t, "graph gpt(ids: int32[8, 16], wte.weight: float32[1000, %d], wpe.weight: float32[16, %d]", d, d);
  for (int i = 0; i < layers; i++) {
    for (int k = 1; k <= 2; k++) sample_add(&t, ", h.%d.ln_%d.weight: float32[%d], h.%d.ln_%d.bias: float32[%d]", i, k, d, i, k, d);
    for (const char *q = "qkv"; *q; q++) sample_add(&t, ", h.%d.attn.%c: float32[%d, %d]", i, *q, d, d);
    sample_add(&t, ", h.%d.attn.proj: float32[%d, %d], h.%d.mlp.fc: float32[%d, %d]", i, d, d, i, d, 4 * d);
    sample_add(&t, ", h.%d.mlp.fc_bias: float32[%d], h.%d.mlp.proj: float32[%d, %d], h.%d.mlp.proj_bias: float32[%d]", i, 4 * d, i, 4 * d, d, i, d);
  }
  sample_add(&t, ") -> float32[8, 16, 1000] {\n  emb = add(take(wte.weight, ids, axis=0), wpe.weight)\n");
  for (int i = 0; i < layers; i++) {
    sample_layer(&t, i, d, x);
    snprintf(x, sizeof x, "h.%d.out", i);
  }
  sample_add(&t, "  y = matmul(%s, transpose(wte.weight, axes=[1, 0]))\n  return y\n}\n", x);
  return sample_graph(c, &t);
}

/* ---- XML ---- */

static inline const char *xml_reference_end(const char *s) {
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strncmp(s, known[i], strlen(known[i])) == 0) return s + strlen(known[i]);
  return NULL;
}

/* Behind a run of text that ends at one of `stop`; NULL when it holds what it may not. */
static inline const char *xml_text_end(const char *s, const char *stop) {
  while (*s && !strchr(stop, *s)) {
    if ((unsigned char)*s < 32 && *s != '\n' && *s != '\t') return NULL;
    if (*s == '<' || *s == '>') return NULL;
    s = *s == '&' ? xml_reference_end(s) : s + 1;
    if (!s) return NULL;
  }
  return s;
}

static inline size_t xml_name(const char *s) {
  return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:");
}

/* "" for well-formed text, or what is wrong. */
static inline const char *xml_fault(const char *s) {
  const char *open[64];
  int depth = 0;
  if (ad__utf8_check(s, strlen(s)) != strlen(s)) return "no UTF-8";
  do {
    if (*s != '<') return "text outside of everything";
    bool closes = s[1] == '/';
    const char *name = s + 1 + closes;
    size_t n = xml_name(name);
    if (!n) return "a tag without a name";
    s = name + n;
    if (closes && (!depth || xml_name(open[--depth]) != n || strncmp(open[depth], name, n) != 0)) return "ends that do not match";
    while (*s == ' ') {
      s += 1 + xml_name(s + 1);
      if (s[0] != '=' || s[1] != '"' || !(s = xml_text_end(s + 2, "\"")) || *s != '"') return "a bad attribute";
      s++;
    }
    bool empty = *s == '/';
    if (s[empty] != '>') return "a tag that does not end";
    s += 1 + empty;
    if (!closes && !empty) {
      if (depth == 64) return "too deep";
      open[depth++] = name;
    }
    if (!(s = xml_text_end(s, "<"))) return "a bad character in text";
  } while (*s && depth);
  while (*s == '\n') s++;
  return depth ? "an element that does not end" : *s ? "more than one element" : "";
}

#endif
