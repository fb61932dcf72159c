/* Loops of small steps as native code: values, gradients and their gradients have the interpreter's bits, for states of every kind, in
 * segments too; what has no native form is left to the interpreter. */
#include <adamant/adamant.h>
#include "compile/same_bits.h"
#include "cache.h"

static ad_array *scalar(ad_ctx *c, double v) { return ad_array_new(c, AD_FLOAT64, ((ad_shape){0, NULL}), &v); }
static ad_array *vector(ad_ctx *c) { return ad_array_new(c, AD_FLOAT64, AD_SHAPE(3), (double[]){0.3, 0.5, -0.2}); }

enum { STEPS = 300 };

/* ---- Functions: of one or two arrays ---- */

static ad_array *fewer(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_less(ad_item(in[0], 0), ad_number_int(c, STEPS));
}

static ad_array *loop(ad_ctx *c, ad_function step, ad_array *const *states, int n, void *user) {
  ad_array *all[8] = {ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0})};
  for (int i = 0; i < n; i++) all[1 + i] = states[i];
  return ad_while_loop(ad_fn_new(c, fewer, 1, NULL), ad_fn_new(c, step, 1, user), ad_tuple(c, all, n + 1));
}

#define COUNTED ad_add(ad_item(in[0], 0), ad_number_int(c, 1))

static ad_array *logistic_step(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = ad_item(in[0], 1), *r = *(ad_array **)user;
  return ad_tuple(c, ((ad_array *[]){COUNTED, ad_multiply(ad_multiply(r, x), ad_subtract(ad_number(c, 1), x))}), 2);
}
static ad_array *logistic(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *r = in[1];
  return ad_item(loop(c, logistic_step, in, 1, &r), 1);
}

/* Each state becomes the other, in part. */
static ad_array *swap_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *a = ad_item(in[0], 1), *b = ad_item(in[0], 2);
  return ad_tuple(c, ((ad_array *[]){COUNTED, b, ad_add(a, ad_multiply(ad_sin(b), ad_number(c, 0.01)))}), 3);
}
static ad_array *swapped(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *y = loop(c, swap_step, in, 2, NULL);
  return ad_multiply(ad_item(y, 1), ad_item(y, 2));
}

/* A vector, a scalar, views, a broadcast, a choice. */
static ad_array *mixed_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *v = ad_item(in[0], 1), *s = ad_item(in[0], 2);
  ad_array *w = ad_add(ad_multiply(v, ad_number(c, 0.99)), ad_multiply(ad_cos(v), s));
  ad_array *first = ad_index(w, AD_AT(0));
  return ad_tuple(c,
                  ((ad_array *[]){COUNTED, ad_where(ad_greater(w, ad_number(c, 1)), ad_negative(w), w),
                                  ad_multiply(ad_tanh(first), ad_number(c, 0.1))}),
                  3);
}
static ad_array *mixed(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *y = loop(c, mixed_step, in, 2, NULL);
  return ad_add(ad_item(y, 2), ad_index(ad_item(y, 1), AD_AT(1)));
}

static ad_array *running(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *s = ad_add(ad_multiply(in[0], ad_number(c, 0.9)), ad_sin(in[1]));
  return ad_tuple(c, ((ad_array *[]){s, ad_multiply(s, in[1])}), 2);
}
static ad_array *scanned(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *xs = ad_multiply(ad_linspace(c, 0, 1, &(ad_linspace_opts){.num = AD_INT(40), .dtype = AD_FLOAT64}), in[1]);
  ad_array *y = ad_scan(ad_fn_new(c, running, 2, NULL), in[0], xs, &(ad_scan_opts){.reverse = user != NULL});
  return ad_add(ad_item(y, 0), ad_sum(ad_item(y, 1), NULL));
}

static ad_array *then(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_multiply(ad_exp(in[0]), ad_number(c, 2));
}
static ad_array *otherwise(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user, (void)c;
  return ad_sin(in[0]);
}
static ad_array *branched(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *both[] = {in[0]};
  ad_array *y = ad_cond(ad_greater(in[0], in[1]), ad_fn_new(c, then, 1, NULL), ad_fn_new(c, otherwise, 1, NULL), both, 1);
  return ad_add(y, ad_cond(ad_less(in[0], in[1]), ad_fn_new(c, then, 1, NULL), ad_fn_new(c, otherwise, 1, NULL), both, 1));
}

/* ---- Comparing ---- */

static ad_ctx *context(uint64_t record_limit) {
  return ad_ctx_new(
      &(ad_ctx_opts){.threads = 1, .native = AD_NATIVE_WAIT, .cache_dir = cache_folder("loops"), .record_limit = record_limit});
}

/* The report of what was compiled, whose result is the function's own. */
static const char *compare(const char *what, ad_fn *f, ad_array *const *in, int n) {
  ad_fn *g = ad_compile(f, NULL);
  same_bits(what, ad_call_list(g, in, n), ad_call_list(f, in, n));
  return ad_compiled_report(g, "native");
}

/* The derivative by the second input. */
static ad_array *slope(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return ad_item(ad_call_list(ad_grad(user, &(ad_grad_opts){.argnums = AD_AXES(1)}), in, 2), 0);
}

static const char *compare_derivatives(ad_ctx *c, const char *what, ad_function fn, void *user, ad_array *const *in) {
  const ad_grad_opts both = {.argnums = AD_AXES(0, 1)};
  ad_fn *f = ad_fn_new(c, fn, 2, user);
  CHECK_STR_HAS(compare(what, f, in, 2), "ready");
  compare(what, ad_value_and_grad(f, &both), in, 2);
  compare(what, ad_grad(ad_fn_new(c, slope, 2, f), &both), in, 2);
  return compare(what, ad_grad(f, &both), in, 2);
}

TEST(values_and_derivatives) {
  ad_ctx *c = context(0);
  ad_array *in[] = {scalar(c, 0.3), scalar(c, 3.7)};
  CHECK_STR_HAS(compare_derivatives(c, "logistic", logistic, NULL, in), "uint64_t ad_g");
  compare_derivatives(c, "swapped", swapped, NULL, in);
  compare_derivatives(c, "scan", scanned, NULL, in);
  compare_derivatives(c, "reverse scan", scanned, &c, in);
  compare_derivatives(c, "cond", branched, NULL, in);
  in[0] = vector(c);
  CHECK_STR_HAS(compare("mixed", ad_fn_new(c, mixed, 2, NULL), in, 2), "uint64_t ad_g");
  compare("mixed", ad_grad(ad_fn_new(c, mixed, 2, NULL), NULL), in, 2);
  ad_ctx_free(c);
}

/* States of all steps exceed the limit: the loop's gradient runs it again, segment by segment. */
TEST(in_segments) {
  for (uint64_t limit = 200; limit < 4000; limit *= 3) {
    ad_ctx *c = context(limit);
    ad_array *in[] = {scalar(c, 0.3), scalar(c, 3.7)};
    compare_derivatives(c, "logistic", logistic, NULL, in);
    compare_derivatives(c, "swapped", swapped, NULL, in);
    ad_ctx_free(c);
  }
}

/* No step, one step, more than a chunk of the record holds. */
static ad_array *further(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return ad_less(ad_item(in[0], 0), *(ad_array **)user);
}
static ad_array *counted(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *r = in[1], *n = in[2], *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0});
  return ad_item(ad_while_loop(ad_fn_new(c, further, 1, &n), ad_fn_new(c, logistic_step, 1, &r),
                               ad_tuple(c, ((ad_array *[]){zero, in[0]}), 2)),
                 1);
}

TEST(any_number_of_steps) {
  ad_ctx *c = context(0);
  ad_fn *f = ad_fn_new(c, counted, 3, NULL);
  for (int32_t n = 0; n < 20000; n = 3 * n + 1) {
    ad_array *in[] = {scalar(c, 0.3), scalar(c, 3.2), ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), &n)};
    compare("value", f, in, 3);
    compare("gradient", ad_grad(f, &(ad_grad_opts){.argnums = AD_AXES(0, 1)}), in, 3);
  }
  ad_ctx_free(c);
}

/* Products, sums and places of small arrays. */
static ad_array *product_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *m = ad_item(in[0], 1);
  return ad_tuple(c, ((ad_array *[]){COUNTED, ad_multiply(ad_matmul(m, m, NULL), ad_number(c, 0.4))}), 2);
}
static ad_array *products(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_item(loop(c, product_step, in, 1, NULL), 1);
}
static ad_array *sums_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *m = ad_item(in[0], 1), *s = ad_item(in[0], 2);
  ad_array *norm = ad_sqrt(ad_sum(ad_square(m), NULL)), *rows = ad_mean(m, &(ad_mean_opts){.axes = AD_AXES(1)});
  ad_array *turned = ad_divide(ad_add(ad_transpose(m, NULL), ad_reshape(rows, AD_SHAPE(2, 1))), norm);
  return ad_tuple(c, ((ad_array *[]){COUNTED, turned, ad_add(s, ad_max(turned, NULL))}), 3);
}
static ad_array *sums(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_item(loop(c, sums_step, in, 2, NULL), 2);
}

TEST(small_matrices) {
  ad_ctx *c = context(0);
  ad_array *in[] = {ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), (double[]){0.1, 0.9, 0.3, 0.2}), scalar(c, 0.5)};
  ad_fn *f = ad_fn_new(c, products, 1, NULL), *g = ad_fn_new(c, sums, 2, NULL);
  CHECK_STR_HAS(compare("products", f, in, 1), "uint64_t ad_g");
  CHECK_STR_HAS(compare("sums", g, in, 2), "uint64_t ad_g");
  CHECK_STR_HAS(compare("gradient of sums", ad_grad(g, NULL), in, 2), "uint64_t ad_g");
  ad_ctx_free(c);
}

/* ---- Other states ---- */

static ad_array *typed_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = ad_item(in[0], 1), *y = ad_item(in[0], 2);
  return ad_tuple(c, ((ad_array *[]){COUNTED, ad_add(ad_multiply(x, y), ad_number_int(c, 1)), ad_subtract(y, ad_multiply(x, y))}),
                  3);
}
static ad_array *typed(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return loop(c, typed_step, in, 2, NULL);
}

TEST(states_of_every_dtype) {
  static const ad_dtype dtypes[] = {AD_UINT8,   AD_INT8,     AD_INT32,   AD_INT64,     AD_UINT64,
                                    AD_FLOAT16, AD_BFLOAT16, AD_FLOAT32, AD_COMPLEX64, AD_COMPLEX128};
  ad_ctx *c = context(0);
  for (size_t t = 0; t < sizeof dtypes / sizeof dtypes[0]; t++) {
    ad_array *in[] = {ad_cast(scalar(c, 0.75), dtypes[t]), ad_cast(scalar(c, 3), dtypes[t])};
    ad_eval(in[0]), ad_eval(in[1]);
    CHECK_STR_HAS(compare(ad_dtype_name(dtypes[t]), ad_fn_new(c, typed, 2, NULL), in, 2), "ready");
  }
  ad_ctx_free(c);
}

/* ---- What is left to the interpreter ---- */

static ad_array *inverse_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_tuple(c, ((ad_array *[]){COUNTED, ad_linalg_inv(ad_add(ad_item(in[0], 1), ad_eye(c, 2, NULL)))}), 2);
}
static ad_array *inverses(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_item(loop(c, inverse_step, in, 1, NULL), 1);
}

static ad_array *nested_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = ad_item(in[0], 1), *r = scalar(c, 3.6);
  ad_array *y = ad_while_loop(ad_fn_new(c, fewer, 1, NULL), ad_fn_new(c, logistic_step, 1, &r),
                              ad_tuple(c, ((ad_array *[]){ad_item(in[0], 0), x}), 2));
  return ad_tuple(c, ((ad_array *[]){ad_add(ad_item(y, 0), ad_number_int(c, 1)), ad_item(y, 1)}), 2);
}
static ad_array *nested(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_item(loop(c, nested_step, in, 1, NULL), 1);
}

TEST(the_interpreter_takes_the_rest) {
  ad_ctx *c = context(0);
  ad_array *m[] = {ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), (double[]){0.1, 0.9, 0.3, 0.2})}, *x[] = {scalar(c, 0.3)};
  CHECK_STR_HAS(compare("inverses", ad_fn_new(c, inverses, 1, NULL), m, 1), "nothing in this plan has a native form");
  CHECK_STR_HAS(compare("nested", ad_fn_new(c, nested, 1, NULL), x, 1), "nothing in this plan has a native form");
  compare("nested", ad_grad(ad_fn_new(c, nested, 1, NULL), NULL), x, 1);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(values_and_derivatives), CASE(in_segments), CASE(any_number_of_steps), CASE(small_matrices),
           CASE(states_of_every_dtype), CASE(the_interpreter_takes_the_rest))
