/* What nodes take: by their descriptor, a user's too, or by their composition. */
#include <adamant/adamant.h>
#include "check.h"
#include "compile/work.h"
#include "ir/node.h"

static ad_array *ones(ad_ctx *c, int64_t m, int64_t n) { return ad_full(ad_number(c, 1), AD_SHAPE(m, n), NULL); }

TEST(what_descriptors_state) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ones(c, 8, 32), *b = ones(c, 32, 4), *s = ones(c, 6, 6);
  CHECK_NEAR(ad__work_of(ad_contract(a, b, &(ad_contract_opts){.sum_a = AD_AXES(1), .sum_b = AD_AXES(0)})), 2 * 8 * 32 * 4, 0);
  CHECK_NEAR(ad__work_of(ad_sort(a, NULL)), 8 * 32 * 5, 0);
  CHECK_NEAR(ad__work_of(ad_fft_c2c(a, AD_AXES(0, 1), NULL)), 5 * 8 * 32 * (3 + 5), 0);
  CHECK_NEAR(ad__work_of(ad_fft_r2c(a, NULL)), 5 * 8 * 32 * 5 / 2, 0);
  CHECK_NEAR(ad__work_of(ad_linalg_cholesky(s, NULL)), 6 * 6 * 6 / 3, 1e-9);
  CHECK_NEAR(ad__work_of(ad_linalg_eigh(s, NULL)), 9 * 6 * 6 * 6, 0);
  CHECK(ad__work_of(ad_linalg_lu_factor(s)) > 6 * 6 * 6 / 2);
  CHECK_NEAR(ad__work_of(ad_linalg_solve_triangular(s, ones(c, 6, 2), NULL)), 6 * 6 * 2, 0);
  CHECK_NEAR(ad__work_of(ad_window_sum(a, AD_AXES(1), AD_INTS(3), NULL)), 8 * 30 * 3, 0);
  CHECK_NEAR(ad__work_of(ad_convolution(ad_reshape(a, AD_SHAPE(1, 8, 32)), ad_reshape(ones(c, 5, 96), AD_SHAPE(5, 3, 32)), NULL)), 2 * 6 * 5 * 96, 0);
  /* Nothing stated: an element each, of what is larger. */
  CHECK_NEAR(ad__work_of(ad_add(a, a)), 8 * 32, 0);
  CHECK_NEAR(ad__work_of(ad_sum(a, NULL)), 8 * 32, 0);
  CHECK_NEAR(ad__work_of(ad_transpose(a, NULL)), 0, 0);
  CHECK_NEAR(ad__work_of(a), 0, 0);
  /* Empty matrices. */
  CHECK_NEAR(ad__work_of(ad_linalg_cholesky(ones(c, 0, 0), NULL)), 0, 0);
  ad_ctx_free(c);
}

TEST(what_compositions_take) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ones(c, 8, 32), *b = ones(c, 32, 4), *bias = ones(c, 8, 4);
  double product = 2 * 8 * 32 * 4;
  CHECK_NEAR(ad__work_of(ad_matmul(a, b, NULL)), product, 0);
  CHECK(ad__work_of(ad_addmm(bias, a, b, NULL)) >= product + 8 * 4);
  ad_array *q = ad_reshape(ones(c, 16, 8), AD_SHAPE(1, 2, 8, 8));
  ad_array *item = ad_fast_scaled_dot_product_attention(q, q, q, NULL, NULL, 0.5, NULL);
  double attention = ad__work_of(item->in[0]); /* the op has two results */
  CHECK(attention >= 2 * (2 * 2 * 8 * 8 * 8) && attention < 4 * (2 * 2 * 8 * 8 * 8));
  /* No graph is left open behind it. */
  CHECK_INT(ad_eval(ad_matmul(a, b, NULL)), AD_OK);
  ad_ctx_free(c);
}

/* ---- A user's op ---- */

static ad_status product_eval(const ad_rule *r, ad_values *v) {
  const float *x = ad_values_input(v, 0), *y = ad_values_input(v, 1);
  float *out = ad_values_output(v, 0);
  for (int64_t i = 0; i < ad_array_size(r->out); i++) out[i] = x[i] * y[i];
  return AD_OK;
}
static double product_work(const ad_rule *r) { return 7 * (double)ad_array_size(r->out); }

static const ad_op product = {.size = sizeof(ad_op), .name = "my_product", .params = "a, b", .id = AD_OP_USER, .inputs = 2, .outputs = 1,
                              .flags = AD_OP_COMMUTES, .dtype_rule = AD_TYPE_SAME, .eval = product_eval, .work = product_work};
static const ad_op sided = {.size = sizeof(ad_op), .name = "my_sided", .params = "a, b", .id = AD_OP_USER, .inputs = 2, .outputs = 1,
                            .dtype_rule = AD_TYPE_SAME, .eval = product_eval};

static ad_array *both_ways(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *turned[] = {in[1], in[0]};
  return ad_add(ad_apply(c, AD_HERE, user, in, 2, NULL), ad_apply(c, AD_HERE, user, turned, 2, NULL));
}

/* Steps of the compiled function, which is left in *out with a profile taken. */
static int steps_of(ad_ctx *c, const ad_op *op, ad_fn **out) {
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), ((float[]){1, 2, 3, 4}));
  ad_array *y = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), ((float[]){5, 6, 7, 8}));
  ad_fn *f = *out = ad_compile(ad_fn_new(c, both_ways, 2, (void *)(uintptr_t)op), NULL);
  float got[4];
  CHECK_INT(ad_read(ad_call(f, x, y), got, sizeof got), AD_OK);
  CHECK_NEAR(got[3], 64, 0);
  CHECK_INT(ad_compiled_profile(f, true), AD_OK);
  CHECK_INT(ad_eval(ad_call(f, x, y)), AD_OK);
  return (int)ad_compiled_stats(f).steps;
}

TEST(a_users_op) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f, *g;
  CHECK_INT(ad_op_register(c, &product), AD_OK);
  CHECK_INT(ad_op_register(c, &sided), AD_OK);
  CHECK_INT(steps_of(c, &product, &f), 2);
  CHECK_INT(steps_of(c, &sided, &g), 3);
  CHECK_STR_HAS(ad_compiled_report(f, "profile"), " 28 flops");
  CHECK_STR_HAS(ad_compiled_report(g, "profile"), " 4 flops");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(what_descriptors_state), CASE(what_compositions_take), CASE(a_users_op))
