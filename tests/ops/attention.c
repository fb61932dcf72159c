/* fast_scaled_dot_product_attention: against the plain computation in float64, kernels against compositions, masks, shared heads,
 * sinks, layouts, gradients, memory, bits. */
#include "row_help.h"
#include "shape_help.h"
#include "transform/transform.h"

#define ATTEND ad_fast_scaled_dot_product_attention
typedef ad_fast_scaled_dot_product_attention_opts attention_opts;

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true}); }

typedef struct sizes {
  int64_t b, n, k, t, s, d, e;
} sizes;

static void make(ad_ctx *c, const sizes *z, ad_array **in) {
  in[0] = noise(c, 1, AD_SHAPE(z->b, z->n, z->t, z->d));
  in[1] = noise(c, 2, AD_SHAPE(z->b, z->k, z->s, z->d));
  in[2] = noise(c, 3, AD_SHAPE(z->b, z->k, z->s, z->e));
}

/* The plain computation, for the element (b, n, t, e). */
static double plain(const sizes *z, const float *q, const float *k, const float *v, int64_t b, int64_t n, int64_t t, int64_t e, double scale, bool causal) {
  double sum = 0, out = 0;
  int64_t head = n / (z->n / z->k);
  for (int64_t s = 0; s < (causal ? t + 1 + z->s - z->t : z->s) && s < z->s; s++) {
    double score = 0;
    for (int64_t d = 0; d < z->d; d++)
      score += (double)q[((b * z->n + n) * z->t + t) * z->d + d] * (double)k[((b * z->k + head) * z->s + s) * z->d + d];
    sum += exp(scale * score);
    out += exp(scale * score) * (double)v[((b * z->k + head) * z->s + s) * z->e + e];
  }
  return sum == 0 ? 0 : out / sum;
}

TEST(plain_computation) {
  static const sizes cases[] = {{1, 1, 1, 1, 1, 1, 1}, {2, 4, 2, 5, 7, 3, 2}, {1, 2, 1, 70, 300, 40, 33}, {1, 3, 3, 40, 9, 17, 16}, {1, 4, 1, 1, 600, 8, 64}};
  for (int k = 0; k < 10; k++) {
    ad_ctx *c = ctx();
    const sizes *z = &cases[k / 2];
    ad_array *in[3];
    make(c, z, in);
    const float *q = ad_data(in[0]), *key = ad_data(in[1]), *v = ad_data(in[2]);
    const float *y = ad_data(ATTEND(in[0], in[1], in[2], NULL, NULL, 2, &(attention_opts){.causal = k % 2}));
    CHECK_STOP(y != NULL);
    for (int64_t i = 0; i < z->b * z->n * z->t * z->e; i++) {
      int64_t e = i % z->e, t = i / z->e % z->t, n = i / (z->e * z->t) % z->n, b = i / (z->e * z->t * z->n);
      double want = plain(z, q, key, v, b, n, t, e, 2, k % 2);
      if (fabs((double)y[i] - want) > 2e-6) CHECK_FAIL("case %d, element %d is %.9g, expected %.9g", k, (int)i, (double)y[i], want);
    }
    ad_ctx_free(c);
  }
}

/* Every kind of mask, shared heads and sinks, over several blocks of keys, forward and back. */
TEST(kernels_agree_with_compositions) {
  ad_ctx *c = ctx();
  sizes z = {2, 4, 2, 60, 530, 20, 12};
  ad_array *in[3], *sinks = noise(c, 7, AD_SHAPE(4)), *ct = noise(c, 8, AD_SHAPE(2, 4, 60, 12));
  make(c, &z, in);
  ad_array *added = noise(c, 4, AD_SHAPE(60, 530)), *kept = ad_greater(noise(c, 5, AD_SHAPE(2, 1, 60, 530)), ad_number(c, 0));
  ad_array *by_key = ad_greater(noise(c, 6, AD_SHAPE(4, 1, 530)), ad_number(c, 0.5)), *by_query = ad_greater(noise(c, 6, AD_SHAPE(60, 1)), ad_number(c, 0));
  ad_array *masks[] = {NULL, added, kept, by_key, by_query}, *lse = ad_full(ad_number(c, 5), AD_SHAPE(2, 4, 60), NULL), *delta = noise(c, 9, AD_SHAPE(2, 4, 60));
  for (int k = 0; k < 20; k++) {
    ad_attr at[] = {ad_attr_num(AD_NUM(0.7)), ad_attr_flag(k / 5 % 2)};
    ad_array *mask = masks[k % 5], *sink = k >= 10 ? sinks : NULL;
    ad_array *all[] = {in[0], in[1], in[2], mask, sink}, *grads[] = {ct, in[0], in[1], in[2], lse, delta, mask, sink};
    check_composition(c, "fast_scaled_dot_product_attention", all, 5, at, 1e-5);
    check_composition(c, "fast_scaled_dot_product_attention_grad", grads, 8, at, 1e-4);
  }
  ad_ctx_free(c);
}

/* (B, T, N, D) turned to (B, N, T, D), backwards, and half types. */
TEST(layouts_and_halves) {
  ad_ctx *c = ctx();
  ad_transpose_opts heads_first = {.axes = AD_AXES(0, 2, 1, 3)};
  ad_array *q = ad_transpose(noise(c, 1, AD_SHAPE(2, 30, 3, 8)), &heads_first), *k = ad_transpose(noise(c, 2, AD_SHAPE(2, 40, 3, 8)), &heads_first);
  ad_array *v = ad_flip(noise(c, 3, AD_SHAPE(2, 3, 40, 8)), &(ad_flip_opts){.axes = AD_AXES(2, 3)}), *wide[3], *half[3], *in[] = {q, k, v};
  ad_array *want = ATTEND(ad_contiguous(q), ad_contiguous(k), ad_contiguous(v), NULL, NULL, 1, NULL);
  check_close("views", ATTEND(q, k, v, NULL, NULL, 1, NULL), want, 0);
  for (int i = 0; i < 3; i++) wide[i] = ad_cast(in[i], AD_FLOAT64), half[i] = ad_cast(in[i], AD_BFLOAT16);
  check_close("float64", ATTEND(wide[0], wide[1], wide[2], NULL, NULL, 1, NULL), want, 1e-6);
  ad_array *y = ATTEND(half[0], half[1], half[2], NULL, NULL, 1, NULL);
  CHECK_INT(ad_array_dtype(y), AD_BFLOAT16);
  check_close("bfloat16", y, want, 1e-2);
  ad_ctx_free(c);
}

TEST(masked_rows) {
  ad_ctx *c = ctx();
  sizes z = {1, 1, 1, 4, 2, 3, 2};
  ad_array *in[3], *none = ad_zeros(c, AD_SHAPE(4, 2), &(ad_zeros_opts){.dtype = AD_BOOL});
  make(c, &z, in);
  CHECK_FLOATS(ATTEND(in[0], in[1], in[2], none, NULL, 1, NULL), 0, 0, 0, 0, 0, 0, 0, 0);
  const float *y = ad_data(ATTEND(in[0], in[1], in[2], NULL, NULL, 1, &(attention_opts){.causal = true}));
  CHECK(y[0] == 0 && y[1] == 0 && y[2] == 0 && y[3] == 0); /* aligned at the lower right: two queries see nothing */
  CHECK_NEAR((double)y[4], (double)((const float *)ad_data(in[2]))[0], 1e-6);
  ad_array *lowest = ad_full(ad_number(c, -(double)INFINITY), AD_SHAPE(4, 2), NULL);
  CHECK_FLOATS(ATTEND(in[0], in[1], in[2], lowest, NULL, 1, NULL), 0, 0, 0, 0, 0, 0, 0, 0);
  ad_array *out = ATTEND(in[0], in[1], in[2], none, NULL, 1, NULL), *ct = ad_ones(c, AD_SHAPE(1, 1, 4, 2), NULL), *grads[3], *error = NULL;
  CHECK_INT(ad__vjp(c, &out, &ct, 1, in, 3, grads, &error), AD_OK);
  CHECK_FLOATS(grads[0], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  CHECK_FLOATS(grads[2], 0, 0, 0, 0);
  float bad[] = {1, (float)NAN, 2, 3, 4, 5};
  ad_array *odd = ATTEND(in[0], ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 1, 2, 3), bad), in[2], NULL, NULL, 1, NULL);
  CHECK(isnan(((const float *)ad_data(odd))[0]));
  ad_ctx_free(c);
}

/* Without features all scores are 0, and every key counts alike; without values there is nothing. */
TEST(no_features) {
  ad_ctx *c = ctx();
  ad_array *q = ad_zeros(c, AD_SHAPE(1, 1, 2, 0), NULL), *k = ad_zeros(c, AD_SHAPE(1, 1, 3, 0), NULL);
  ad_array *v = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 1, 3, 1), (const float[]){1, 2, 6});
  check_close("mean", ATTEND(q, k, v, NULL, NULL, 1, NULL), ad_full(ad_number(c, 3), AD_SHAPE(1, 1, 2, 1), NULL), 1e-6);
  CHECK_INT(ad_eval(ATTEND(q, k, k, NULL, NULL, 1, NULL)), AD_OK);
  ad_array *rows = ad_ones(c, AD_SHAPE(1, 1, 2), NULL), *ct = ad_ones(c, AD_SHAPE(1, 1, 2, 1), NULL);
  CHECK_INT(ad_eval(ad_item(ad_fast_scaled_dot_product_attention_grad(ct, q, k, v, rows, rows, NULL, NULL, 1, NULL), 2)), AD_OK);
  ad_ctx_free(c);
}

TEST(messages) {
  ad_ctx *c = ctx();
  sizes z = {1, 3, 2, 4, 6, 5, 5}, w = {1, 2, 2, 4, 6, 5, 5};
  ad_array *in[3];
  make(c, &z, in);
  CHECK_FAILS(ATTEND(in[0], in[1], in[2], NULL, NULL, 1, NULL), AD_E_VALUE,
              "fast_scaled_dot_product_attention: 3 heads of q for 2 of k and v; each of these serves as many of q; a multiple is right");
  make(c, &w, in);
  CHECK_FAILS(ATTEND(in[0], in[1], in[2], ad_zeros(c, AD_SHAPE(4, 6), &(ad_zeros_opts){.dtype = AD_UINT8}), NULL, 1, NULL), AD_E_TYPE,
              "mask of dtype uint8; bool, where true keeps, or a float that promotes to float32 is right");
  CHECK_FAILS(ATTEND(in[0], in[1], in[2], ad_zeros(c, AD_SHAPE(3, 6), NULL), NULL, 1, NULL), AD_E_VALUE,
              "mask whose axis -2 is 3; it does not broadcast to the scores; 1 or 4 is right");
  CHECK_FAILS(ATTEND(in[0], in[1], in[2], ad_zeros(c, AD_SHAPE(1, 1, 1, 4, 6), NULL), NULL, 1, NULL), AD_E_VALUE,
              "mask of rank 5; one that broadcasts to (B, N, T, S) is right");
  CHECK_FAILS(ATTEND(in[0], in[1], in[2], NULL, ad_ones(c, AD_SHAPE(2), &(ad_ones_opts){.dtype = AD_INT32}), 1, NULL), AD_E_TYPE,
              "sinks of dtype int32; a float that promotes to float32 is right");
  ad_ctx_free(c);
}

/* The derivative by the backward composite, and the one derived from the composition. */
TEST(gradient_agrees_with_the_derived_one) {
  ad_ctx *c = ctx();
  sizes z = {1, 4, 2, 6, 9, 5, 3};
  ad_array *in[5], *ct = noise(c, 9, AD_SHAPE(1, 4, 6, 3)), *got[5], *want[5], *error = NULL;
  make(c, &z, in);
  in[3] = noise(c, 4, AD_SHAPE(4, 1, 9)), in[4] = noise(c, 5, AD_SHAPE(4));
  ad_attr at[] = {ad_attr_num(AD_NUM(0.7)), ad_attr_flag(true)};
  const ad_op *op = ad_op_find(c, "fast_scaled_dot_product_attention");
  ad_rule r = {.ctx = c, .op = op, .n = 5, .in = in, .attrs = at};
  ad_array *y = ad_item(ad_apply(c, AD_HERE, op, in, 5, at), 0), *composed = ad_item(op->compose(&r), 0);
  CHECK_INT(ad__vjp(c, &y, &ct, 1, in, 5, got, &error), AD_OK);
  CHECK_INT(ad__vjp(c, &composed, &ct, 1, in, 5, want, &error), AD_OK);
  for (int i = 0; i < 5; i++) check_close("cotangent", got[i], want[i], 1e-5);
  ad_array *g = got[0]->op->flags & AD_OP_PROJECTS ? got[0]->in[0] : NULL;
  CHECK(g && got[1]->in[0] == g && got[2]->in[0] == g && strcmp(g->op->name, op->backward) == 0);
  ad_ctx_free(c);
}

/* The most bytes that arrays and work took at once. */
static double peak(int64_t length, bool back) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  sizes z = {1, 2, 2, length, length, 16, 16};
  ad_array *in[3];
  make(c, &z, in);
  ad_ctx_reset_peak(c);
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = ATTEND(in[0], in[1], in[2], NULL, NULL, 1, NULL), *lse = ad_ones(c, AD_SHAPE(1, 2, length), NULL);
  if (back) y = ad_item(ad_fast_scaled_dot_product_attention_grad(in[0], in[0], in[1], in[2], lse, lse, NULL, NULL, 1, NULL), 0);
  y = ad_scope_end(s, y);
  CHECK_INT(ad_eval(y), AD_OK);
  double bytes = (double)ad_ctx_memory(c).peak;
  ad_ctx_free(c);
  return bytes;
}

TEST(memory_is_linear) {
  CHECK(peak(2048, false) / peak(256, false) <= 8.5);
  CHECK(peak(2048, true) / peak(256, true) <= 8.5);
}

static ad_array *forward(ad_ctx *c) {
  sizes z = {1, 4, 2, 70, 300, 24, 40};
  ad_array *in[3];
  make(c, &z, in);
  return ATTEND(in[0], in[1], in[2], noise(c, 4, AD_SHAPE(70, 300)), noise(c, 5, AD_SHAPE(4)), 2, &(attention_opts){.causal = true});
}
static ad_array *backward(ad_ctx *c) {
  sizes z = {1, 4, 2, 70, 300, 24, 40};
  ad_array *in[3], *row = noise(c, 6, AD_SHAPE(1, 4, 70)), *flat[4];
  make(c, &z, in);
  ad_array *g = ad_fast_scaled_dot_product_attention_grad(noise(c, 4, AD_SHAPE(1, 4, 70, 40)), in[0], in[1], in[2], row, row, NULL,
                                                          noise(c, 5, AD_SHAPE(4)), 2, NULL);
  for (int k = 0; k < 4; k++) flat[k] = ad_reshape(ad_item(g, k), AD_SHAPE(-1));
  return ad_concatenate(c, flat, 4, NULL);
}

/* Heads that lie side by side in the operands do so in the results, so that bringing them together copies nothing. */
TEST(results_lie_as_operands_do) {
  static const sizes z = {2, 3, 3, 5, 5, 4, 4};
  ad_ctx *c = ctx();
  ad_array *in[3];
  for (int i = 0; i < 3; i++)
    in[i] = ad_transpose(noise(c, i + 1, AD_SHAPE(z.b, z.t, z.n, z.d)), &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1, 3)});
  ad_array *rows = ad_zeros(c, AD_SHAPE(z.b, z.n, z.t), NULL);
  ad_array *grad = ad_fast_scaled_dot_product_attention_grad(in[0], in[0], in[1], in[2], rows, rows, NULL, NULL, 0.5, NULL);
  ad_array *results[] = {ATTEND(in[0], in[1], in[2], NULL, NULL, 0.5, NULL), ad_item(grad, 0), ad_item(grad, 1), ad_item(grad, 2)};
  for (int i = 0; i < 4; i++) {
    CHECK_INT(ad_eval(results[i]), AD_OK);
    ad_array *merged = ad_reshape(ad_transpose(results[i], &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1, 3)}), AD_SHAPE(z.b, z.t, z.n * z.d));
    CHECK(ad_data(merged) == results[i]->value.data);
    ad_array *dense = ad_copy(results[i]), *copies[3];
    for (int k = 0; k < 3; k++) copies[k] = ad_copy(in[k]);
    ad_array *again = ad_fast_scaled_dot_product_attention_grad(copies[0], copies[0], copies[1], copies[2], rows, rows, NULL, NULL, 0.5, NULL);
    again = i ? ad_item(again, i - 1) : ATTEND(copies[0], copies[1], copies[2], NULL, NULL, 0.5, NULL);
    CHECK_INT(ad_eval(again), AD_OK);
    CHECK_MEM(ad_data(again), ad_data(dense), (size_t)(z.b * z.n * z.t * z.d) * sizeof(float));
  }
  ad_ctx_free(c);
}

TEST(bits) {
  check_bits(forward);
  check_bits(backward);
}

CHECK_MAIN(CASE(plain_computation), CASE(kernels_agree_with_compositions), CASE(layouts_and_halves), CASE(masked_rows), CASE(no_features), CASE(messages),
           CASE(gradient_agrees_with_the_derived_one), CASE(memory_is_linear), CASE(results_lie_as_operands_do), CASE(bits))
