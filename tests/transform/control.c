/* Control flow as ops: values, derivatives in both modes and of higher order against closed forms, batching against a loop, text
 * form, and what is refused. */
#include <adamant/adamant.h>
#include "check.h"
#include "transform/transform.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }
#define FN(name, inputs) ad_fn_new(c, name, inputs, NULL)

static ad_array *vector(ad_ctx *c, const double *v, int64_t n) { return ad_array_new(c, AD_FLOAT64, AD_SHAPE(n), v); }
#define VECTOR(...) vector(c, (double[]){__VA_ARGS__}, (int64_t)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))
#define SCALAR(x) ad_array_new(c, AD_FLOAT64, ((ad_shape){0, NULL}), (double[]){x})

static void check_near(const char *what, ad_array *a, const double *want, int n) {
  double got[64];
  if (ad_read(a, got, (size_t)n * sizeof *got) != AD_OK) {
    CHECK_FAIL("%s: %s", what, ad_is_error(a) ? ad_error_text(a) : "another size or dtype");
    return;
  }
  for (int i = 0; i < n; i++)
    if (!(fabs(got[i] - want[i]) <= 1e-11 * (1 + fabs(want[i])))) CHECK_FAIL("%s: element %d is %.15g, not %.15g", what, i, got[i], want[i]);
}
#define NEAR(a, ...) check_near(#a, a, (double[]){__VA_ARGS__}, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))
#define FAILS(a, text)                                                                                         \
  do {                                                                                                         \
    ad_array *a_ = (a);                                                                                        \
    if (!ad_is_error(a_)) ad_eval(a_);                                                                         \
    if (!ad_is_error(a_) || !strstr(ad_error_text(a_), text)) CHECK_FAIL("%s: %s", #a, ad_error_text(a_));     \
  } while (0)

/* ---- Functions with control flow ---- */

FUNCTION(below_hundred, ad_less(in[0], ad_number(c, 100)))
FUNCTION(squared, ad_square(in[0]))
FUNCTION(negated, ad_negative(in[0]))
FUNCTION(power_of_two, ad_while_loop(FN(below_hundred, 1), FN(squared, 1), in[0]))
FUNCTION(bent, ad_cond(ad_greater(in[0], ad_number(c, 0)), FN(squared, 1), FN(negated, 1), AD_ARRAYS(in[0])))
FUNCTION(times_index, ad_multiply(in[1], ad_cast(in[0], AD_FLOAT64)))
FUNCTION(factorial, ad_fori_loop(ad_number_int(c, 1), ad_number_int(c, 6), FN(times_index, 2), in[0]))

static ad_array *running(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *h = ad_add(ad_multiply(in[0], *(ad_array **)user), in[1]);
  return ad_tuple(c, ((ad_array *[]){h, ad_square(h)}), 2);
}
/* h = a h + x, by way of a capture; the sum of squares of all h. */
static ad_array *recurrence(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *a = in[0], *zero = ad_zeros(c, ((ad_shape){0, NULL}), &(ad_zeros_opts){.dtype = AD_FLOAT64});
  return ad_sum(ad_item(ad_scan(ad_fn_new(c, running, 2, &a), zero, in[1], user), 1), NULL);
}

TEST(values_and_first_derivatives) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = SCALAR(3), *one = SCALAR(1);
  ad_fn *loops = FN(power_of_two, 1), *branches = FN(bent, 1), *counts = FN(factorial, 1);
  NEAR(ad_call(loops, x), 6561); /* 3^8 */
  NEAR(ad_call(ad_grad(loops, NULL), x), 8 * 2187);
  NEAR(ad_item(ad_call(ad_jvp(loops), x, one), 1), 8 * 2187);
  NEAR(ad_call(loops, SCALAR(200)), 200); /* no step */
  NEAR(ad_call(ad_grad(loops, NULL), SCALAR(200)), 1);
  NEAR(ad_call(branches, x), 9);
  NEAR(ad_call(branches, SCALAR(-4)), 4);
  NEAR(ad_call(ad_grad(branches, NULL), x), 6);
  NEAR(ad_call(ad_grad(branches, NULL), SCALAR(-4)), -1);
  NEAR(ad_call(counts, x), 360);
  NEAR(ad_call(ad_grad(counts, NULL), x), 120);
  ad_ctx_free(c);
}

TEST(any_order_in_any_mode) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = SCALAR(3);
  ad_fn *f = FN(power_of_two, 1), *g = ad_grad(f, NULL), *j = ad_jacfwd(f, NULL);
  double second = 56 * 729, third = 336 * 243, fourth = 1680 * 81;
  NEAR(ad_call(ad_grad(g, NULL), x), second);
  NEAR(ad_call(ad_grad(j, NULL), x), second);
  NEAR(ad_call(ad_jacfwd(g, NULL), x), second);
  NEAR(ad_call(ad_jacfwd(j, NULL), x), second);
  NEAR(ad_call(ad_grad(ad_grad(g, NULL), NULL), x), third);
  NEAR(ad_call(ad_jacfwd(ad_grad(j, NULL), NULL), x), third);
  NEAR(ad_call(ad_grad(ad_jacfwd(g, NULL), NULL), x), third);
  NEAR(ad_call(ad_grad(ad_grad(ad_grad(g, NULL), NULL), NULL), x), fourth);
  NEAR(ad_call(ad_grad(ad_grad(FN(bent, 1), NULL), NULL), x), 2);
  ad_ctx_free(c);
}

static ad_array *value_times_slope(ad_fn *f, ad_array *x) {
  ad_array *r = ad_call(ad_value_and_grad(f, NULL), x);
  return ad_multiply(ad_item(r, 1), ad_item(r, 0));
}
static ad_array *decaying(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = ad_item(in[1], 0), *k = ad_item(in[1], 1);
  (void)user;
  return ad_tuple(c, ((ad_array *[]){ad_multiply(x, k), ad_multiply(k, ad_number(c, 0.5))}), 2);
}
/* x k^3 / 8 for k = x: x^4 / 8. */
static ad_array *decayed(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *state = ad_tuple(c, ((ad_array *[]){in[0], in[0]}), 2);
  (void)user;
  return ad_item(ad_fori_loop(ad_number_int(c, 0), ad_number_int(c, 3), FN(decaying, 2), state), 0);
}
FUNCTION(once, value_times_slope(FN(decayed, 1), in[0]))

/* A loop, its gradient and the gradient of both go on from one another's records, some of which are let go meanwhile:
 * x^4 / 8, x^7 / 16, and that times its slope. */
TEST(loops_that_go_on_from_the_same_record) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = ad_scope_end(s, value_times_slope(FN(once, 1), SCALAR(2)));
  NEAR(y, 128.0 / 16 * 7 * 64 / 16);
  ad_ctx_free(c);
}

/* h1 = x0, h2 = a x0 + x1: f = x0^2 + (a x0 + x1)^2; the other way round in reverse. */
TEST(scans_and_what_they_capture) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = SCALAR(2), *x = VECTOR(3, 5);
  ad_scan_opts reverse = {.reverse = true};
  ad_fn *f = FN(recurrence, 2), *r = ad_fn_new(c, recurrence, 2, &reverse);
  ad_fn *g = ad_grad(f, &(ad_grad_opts){.argnums = AD_AXES(0, 1)});
  NEAR(ad_call(f, a, x), 9 + 121);
  NEAR(ad_call(r, a, x), 25 + 169);
  NEAR(ad_item(ad_call(g, a, x), 0), 2 * 11 * 3);
  NEAR(ad_item(ad_call(g, a, x), 1), 6 + 2 * 11 * 2, 22);
  NEAR(ad_call(ad_grad(r, &(ad_grad_opts){0}), a, x), 2 * 13 * 5);
  NEAR(ad_item(ad_call(ad_jvp(f), a, x, SCALAR(1), VECTOR(0, 0)), 1), 66);
  ad_array *h = ad_call(ad_hessian(f, &(ad_jacobian_opts){.argnums = AD_AXES(1)}), a, x);
  NEAR(ad_item(ad_item(h, 0), 0), 2 + 8, 4, 4, 2);
  h = ad_call(ad_jacrev(ad_jacrev(f, &(ad_jacobian_opts){.argnums = AD_AXES(1)}), &(ad_jacobian_opts){.argnums = AD_AXES(1)}), a, x);
  NEAR(ad_item(ad_item(h, 0), 0), 2 + 8, 4, 4, 2);
  ad_ctx_free(c);
}

/* Elements that need 3, 4 and no steps. */
TEST(a_batched_loop_runs_until_all_are_done) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = VECTOR(3, 2, 200);
  ad_fn *f = FN(power_of_two, 1), *b = FN(bent, 1);
  NEAR(ad_call(ad_vmap(f, NULL), x), 6561, 256, 200);
  NEAR(ad_call(ad_vmap(ad_grad(f, NULL), NULL), x), 8 * 2187, 8 * 128, 1);
  NEAR(ad_call(ad_vmap(ad_grad(ad_grad(f, NULL), NULL), NULL), x), 56 * 729, 56 * 64, 0);
  NEAR(ad_call(ad_grad(FN(factorial, 1), NULL), SCALAR(1)), 120);
  NEAR(ad_call(ad_vmap(b, NULL), VECTOR(2, -3)), 4, 3);
  NEAR(ad_call(ad_vmap(ad_grad(b, NULL), NULL), VECTOR(2, -3)), 4, -1);
  ad_array *m = ad_reshape(VECTOR(3, 5, 1, 1), AD_SHAPE(2, 2));
  ad_fn *r = FN(recurrence, 2);
  NEAR(ad_call(ad_vmap(r, &(ad_vmap_opts){.in_axes = AD_AXES(AD_NO_AXIS, 0)}), SCALAR(2), m), 130, 10);
  NEAR(ad_call(ad_vmap(r, NULL), VECTOR(2, 0), m), 130, 2);
  NEAR(ad_call(ad_vmap(ad_grad(r, NULL), NULL), VECTOR(2, 0), m), 66, 2);
  ad_ctx_free(c);
}

FUNCTION(tanh_row, ad_tanh(ad_matmul(in[0], in[0], NULL)))
FUNCTION(mapped, ad_map(FN(tanh_row, 1), in[0]))
static ad_array *state_swap(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *a = ad_field(in[1], "a"), *b = ad_field(in[1], "b");
  return ad_record(c, ((const char *[]){"a", "b"}), ((ad_array *[]){b, ad_transpose(a, NULL)}), 2);
}

/* Values that come and go, and results that are other parameters. */
TEST(large_states_and_views) {
  enum { N = 40 };
  ad_ctx *c = ad_ctx_new(NULL);
  double v[N * N], got[N * N];
  for (int i = 0; i < N * N; i++) v[i] = 0.001 * i;
  ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(N, N), v), *b = ad_negative(a);
  ad_array *state = ad_record(c, ((const char *[]){"a", "b"}), ((ad_array *[]){a, b}), 2);
  ad_array *y = ad_fori_loop(ad_number_int(c, 0), ad_number_int(c, 3), FN(state_swap, 2), state);
  CHECK_INT(ad_read(ad_field(y, "a"), got, sizeof got), AD_OK);
  CHECK(got[1] == -v[N]);
  CHECK_INT(ad_read(ad_field(y, "b"), got, sizeof got), AD_OK);
  CHECK(got[1] == v[1]);
  ad_array *s = ad_broadcast_to(ad_multiply(a, ad_number(c, 0.01)), AD_SHAPE(2, N, N));
  ad_array *want = ad_tanh(ad_matmul(s, s, NULL));
  CHECK_INT(ad_read(ad_max(ad_abs(ad_subtract(ad_call(FN(mapped, 1), s), want)), NULL), got, 8), AD_OK);
  CHECK(got[0] < 1e-15);
  ad_ctx_free(c);
}

/* ---- As data ---- */

TEST(text_form_and_back) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_add(SCALAR(3), SCALAR(0)), *y = ad_call(FN(power_of_two, 1), x);
  ad_graph *g = ad_graph_trace(c, "loop", &x, 1, &y, 1);
  CHECK_INT(ad_graph_status(g), AD_OK);
  CHECK_INT(ad_graph_verify(g), AD_OK);
  CHECK(strstr(ad_graph_text(g), "while_loop(") != NULL);
  char text[4000];
  snprintf(text, sizeof text, "%s", ad_graph_text(g));
  ad_graph *back = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_error_text(back), "");
  CHECK_STR(ad_graph_text(back), text);
  ad_array *arg = SCALAR(2);
  NEAR(ad_graph_call(back, &arg, 1), 256);
  ad_graph_free(back);
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(regions_that_cannot_be_run) {
  static const char text[] =
      "graph g(x: float32[]) -> float32[] {\n"
      "  t = cond(less(x, 1.0), x, then=graph a(x: float32[]) -> float32[] { return add(x, sum(zeros(shape=[N], dtype=float32))) },\n"
      "           otherwise=graph b(x: float32[]) -> float32[] { return x })\n"
      "  return item(t, index=0)\n}\n";
  static const char no_array[] =
      "graph g(x: float32[]) -> float32[] {\n"
      "  t = checkpoint(x, body=graph a(x: float32[]) -> (float32[], float32[]) { return (x, x) })\n"
      "  return x\n}\n";
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_error_text(g), "");
  ad_array *x = ad_zeros(c, ((ad_shape){0, NULL}), NULL), *y = ad_graph_call(g, &x, 1);
  CHECK(ad_eval(y) != AD_OK);
  CHECK(strstr(ad_error_text(y), "cond: a has symbolic dims that no argument gives a number; numbers are right") != NULL);
  CHECK(strstr(ad_graph_error_text(ad_graph_parse(c, no_array, strlen(no_array))), "result 0 of a is no array") != NULL);
  ad_ctx_free(c);
}

/* A graph with a dim N, whose regions have it too, called on arrays: forwards, differentiated, and with N in an attribute. */
TEST(symbolic_regions_take_the_dims_of_a_call) {
  static const char text[] =
      "graph g(x: float64[N], n: int32[]) -> float64[] {\n"
      "  t = while_loop(n, x, cond=graph c(i: int32[], s: float64[N]) -> bool[] { return less(i, 3) },\n"
      "    body=graph b(i: int32[], s: float64[N]) -> int32[], float64[N] {\n"
      "      u = cond(less(i, 1), s, then=graph d(s: float64[N]) -> float64[N] { return multiply(s, s) },\n"
      "               otherwise=graph e(s: float64[N]) -> float64[N] { return add(s, full(2.0, shape=[N], dtype=float64)) })\n"
      "      return add(i, 1), item(u, index=0)\n    }, sweeps=[2])\n"
      "  return sum(item(t, index=1))\n}\n";
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_error_text(g), "");
  for (int n = 2; n <= 3; n++) {
    ad_array *x = ad_strided_slice(VECTOR(1, 2, 3), AD_INTS(0), AD_INTS(n), NULL), *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0});
    ad_array *y = ad_graph_call(g, ((ad_array *[]){x, zero}), 2), *one = SCALAR(1), *grad = NULL, *error = NULL;
    NEAR(y, n == 2 ? 5 + 8 : 14 + 12);
    y = ad_graph_call(g, ((ad_array *[]){x, zero}), 2);
    CHECK_INT(ad__vjp(c, &y, &one, 1, &x, 1, &grad, &error), AD_OK);
    check_near("its gradient", grad, (double[]){2, 4, 6}, n);
  }
  /* A region that has N from the graph around it alone. */
  static const char inner[] =
      "graph g(x: float64[], w: float64[N]) -> float64[] {\n"
      "  t = cond(less(x, 9.0), x, then=graph a(x: float64[]) -> float64[] { return add(x, sum(ones(shape=[N], dtype=float64))) },\n"
      "           otherwise=graph b(x: float64[]) -> float64[] { return x })\n"
      "  return item(t, index=0)\n}\n";
  ad_graph *around = ad_graph_parse(c, inner, strlen(inner));
  CHECK_STR(ad_graph_error_text(around), "");
  NEAR(ad_graph_call(around, ((ad_array *[]){SCALAR(5), VECTOR(1, 2, 3, 4)}), 2), 9);
  ad_graph_free(around);
  ad_graph_free(g);
  ad_ctx_free(c);
}

/* ---- What is refused ---- */

static ad_array *reads(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  double v = 0;
  ad_array *y = ad_exp(in[0]);
  if (ad_read(y, &v, sizeof v) != AD_OK) return y;
  return ad_number(c, v);
}
FUNCTION(vector_test, ad_less(ad_broadcast_to(in[0], AD_SHAPE(2)), ad_number(c, 1)))
FUNCTION(wider, ad_broadcast_to(in[0], AD_SHAPE(2)))
FUNCTION(no_pair, in[0])
FUNCTION(draws, ad_add(in[0], ad_cast(ad_random_normal(c, NULL, NULL, NULL, ((ad_shape){0, NULL}), NULL), AD_FLOAT64)))
FUNCTION(another_form, ad_tuple(c, in, 1))

TEST(wrong_bodies_are_named) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = SCALAR(3);
  ad_fn *test = FN(below_hundred, 1), *step = FN(squared, 1);
  FAILS(ad_while_loop(test, FN(reads, 1), x), "control.c:");
  FAILS(ad_while_loop(test, FN(reads, 1), x), "exp: its value was asked for inside while_loop");
  FAILS(ad_while_loop(FN(vector_test, 1), step, x), "while_loop: the condition gives bool[2]; bool[] is right");
  FAILS(ad_while_loop(test, FN(wider, 1), x), "state 0 of body is float64[] and becomes float64[2]; a state keeps its type");
  FAILS(ad_while_loop(test, FN(another_form, 1), x), "while_loop: the body gives (float64[]); the form of the state, float64[], is right");
  FAILS(ad_while_loop(test, FN(draws, 1), x), "random_normal: no key inside a body");
  FAILS(ad_while_loop(test, NULL, x), "a NULL handle");
  FAILS(ad_while_loop(test, FN(times_index, 2), x), "1 arguments; 2 are right");
  FAILS(ad_cond(VECTOR(1, 2), step, step, AD_ARRAYS(x)), "cond: a predicate that is no scalar");
  FAILS(ad_cond(x, step, FN(wider, 1), AD_ARRAYS(x)), "then and otherwise give different types");
  FAILS(ad_fori_loop(x, x, FN(times_index, 2), x), "fori_loop: bounds of float64 and float64; integers are right");
  FAILS(ad_scan(FN(no_pair, 2), x, VECTOR(1, 2), NULL), "scan: the body gives no pair");
  FAILS(ad_scan(FN(no_pair, 2), x, NULL, NULL), "scan: nothing to take slices of and no length");
  FAILS(ad_scan(FN(no_pair, 2), x, ad_tuple(c, ((ad_array *[]){VECTOR(1, 2), VECTOR(1)}), 2), NULL), "2 steps and a leaf of 1 slices");
  FAILS(ad_map(step, x), "map: a leaf of rank 0");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(values_and_first_derivatives), CASE(any_order_in_any_mode), CASE(loops_that_go_on_from_the_same_record), CASE(scans_and_what_they_capture),
           CASE(a_batched_loop_runs_until_all_are_done), CASE(large_states_and_views), CASE(text_form_and_back), CASE(regions_that_cannot_be_run),
           CASE(symbolic_regions_take_the_dims_of_a_call),
           CASE(wrong_bodies_are_named))
