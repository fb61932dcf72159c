/* Transforms as functions of functions: what each returns, in which form, and that variables of one are constants of another. */
#include <adamant/adamant.h>
#include "check.h"

static ad_array *double_array(ad_ctx *c, ad_shape shape, const double *v) { return ad_array_new(c, AD_FLOAT64, shape, v); }
#define VECTOR(...) \
  double_array(c, AD_SHAPE((int64_t)(sizeof((double[]){__VA_ARGS__}) / sizeof(double))), (double[]){__VA_ARGS__})
#define SCALAR(x) double_array(c, ((ad_shape){0, NULL}), (double[]){x})

/* The elements of a and of the list agree. */
static void check_near(const char *what, ad_array *a, const double *want, int n) {
  double got[64];
  if (ad_read(a, got, (size_t)n * sizeof *got) != AD_OK) {
    CHECK_FAIL("%s: %s", what, ad_is_error(a) ? ad_error_text(a) : "another size or dtype");
    return;
  }
  for (int i = 0; i < n; i++)
    if (!(fabs(got[i] - want[i]) <= 1e-12 * (1 + fabs(want[i])))) CHECK_FAIL("%s: element %d is %.15g, not %.15g", what, i, got[i], want[i]);
}
#define NEAR(a, ...) check_near(#a, a, (double[]){__VA_ARGS__}, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))

#define FUNCTION(name, expression)                                              \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                              \
    return expression;                                                          \
  }
FUNCTION(cubes, ad_sum(ad_power(in[0], ad_number(c, 3)), NULL))
FUNCTION(square, ad_square(in[0]))
FUNCTION(scaled, ad_multiply(in[0], ad_sum(in[0], NULL)))
FUNCTION(product_sum, ad_sum(ad_multiply(in[0], in[1]), NULL))
FUNCTION(product, ad_multiply(in[0], in[1]))
FUNCTION(pair, ad_tuple(c, ((ad_array *[]){ad_sum(ad_square(in[0]), NULL), ad_negative(in[0])}), 2))
FUNCTION(of_record, ad_sum(ad_multiply(ad_field(in[0], "a"), ad_square(ad_field(in[0], "b"))), NULL))
FUNCTION(of_tuple, ad_add(ad_item(in[0], 0), ad_item(in[0], 1)))

TEST(gradients_have_the_form_of_what_they_are_by) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = VECTOR(1, 2, 3), *y = VECTOR(4, 5, 6);
  NEAR(ad_call(ad_grad(ad_fn_new(c, cubes, 1, NULL), NULL), x), 3, 12, 27);
  ad_fn *f = ad_fn_new(c, product_sum, 2, NULL);
  ad_array *r = ad_call(ad_value_and_grad(f, &(ad_grad_opts){.argnums = AD_AXES(1, 0)}), x, y);
  NEAR(ad_item(r, 0), 32);
  NEAR(ad_item(ad_item(r, 1), 0), 1, 2, 3);
  NEAR(ad_item(ad_item(r, 1), 1), 4, 5, 6);
  r = ad_call(ad_grad(f, &(ad_grad_opts){.argnums = AD_AXES(-1)}), x, y);
  CHECK_INT(ad_item_count(r), 1);
  NEAR(ad_item(r, 0), 1, 2, 3);
  ad_array *record = ad_record(c, ((const char *[]){"a", "b"}), ((ad_array *[]){x, y}), 2);
  r = ad_call(ad_grad(ad_fn_new(c, of_record, 1, NULL), NULL), record);
  CHECK_STR(ad_item_name(r, 1), "b");
  NEAR(ad_field(r, "a"), 16, 25, 36);
  NEAR(ad_field(r, "b"), 8, 20, 36);
  ad_ctx_free(c);
}

TEST(what_is_beside_the_loss_is_handed_on) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = VECTOR(1, -2);
  ad_fn *f = ad_fn_new(c, pair, 1, NULL);
  ad_array *r = ad_call(ad_grad(f, &(ad_grad_opts){.has_aux = true}), x);
  NEAR(ad_item(r, 0), 2, -4);
  NEAR(ad_item(r, 1), -1, 2);
  r = ad_call(ad_value_and_grad(f, NULL), x);
  NEAR(ad_item(ad_item(r, 0), 0), 5);
  NEAR(ad_item(r, 1), 2, -4);
  ad_ctx_free(c);
}

TEST(integers_are_differentiated_and_cast) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_INT32, AD_SHAPE(3), ((int32_t[]){1, -2, 3}));
  ad_array *g = ad_call(ad_grad(ad_fn_new(c, cubes, 1, NULL), NULL), x);
  CHECK_INT(ad_array_dtype(g), AD_INT32);
  int32_t v[3];
  CHECK_INT(ad_read(g, v, sizeof v), AD_OK);
  CHECK_INT(v[1], 12);
  ad_ctx_free(c);
}

TEST(both_modes_return_values_too) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = VECTOR(1, 2, 3), *t = VECTOR(1, 0, -1);
  ad_fn *f = ad_fn_new(c, scaled, 1, NULL), *linear = NULL;
  ad_array *r = ad_call(ad_jvp(f), x, t);
  NEAR(ad_item(r, 0), 6, 12, 18);
  NEAR(ad_item(r, 1), 6, 0, -6);
  r = ad_call(ad_vjp(f), x, t);
  NEAR(ad_item(r, 0), 6, 12, 18);
  NEAR(ad_item(ad_item(r, 1), 0), 4, -2, -8);
  NEAR(ad_linearize(f, AD_ARRAYS(x), &linear), 6, 12, 18);
  NEAR(ad_call(linear, t), 6, 0, -6);
  NEAR(ad_call(linear, x), 12, 24, 36);
  NEAR(ad_call(ad_grad(ad_fn_new(c, square, 1, NULL), NULL), SCALAR(3)), 6);
  ad_ctx_free(c);
}

TEST(matrices_of_derivatives) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = VECTOR(1, 2);
  ad_fn *f = ad_fn_new(c, scaled, 1, NULL), *cubic = ad_fn_new(c, cubes, 1, NULL);
  NEAR(ad_call(ad_jacfwd(f, NULL), x), 4, 1, 2, 5);
  NEAR(ad_call(ad_jacrev(f, NULL), x), 4, 1, 2, 5);
  NEAR(ad_call(ad_jacobian(f, NULL), x), 4, 1, 2, 5);
  NEAR(ad_call(ad_hessian(cubic, NULL), x), 6, 0, 0, 12);
  NEAR(ad_item(ad_call(ad_hvp(cubic), x, VECTOR(1, -1)), 0), 6, -12);
  ad_array *r = ad_call(ad_jacobian(ad_fn_new(c, product, 2, NULL), &(ad_jacobian_opts){.argnums = AD_AXES(0, 1)}), x, VECTOR(3, 4));
  NEAR(ad_item(r, 0), 3, 0, 0, 4);
  NEAR(ad_item(r, 1), 1, 0, 0, 2);
  ad_ctx_free(c);
}

static void second_axis(void *user, int n, int64_t *axes) {
  *(int *)user += n;
  for (int i = 0; i < n; i++) axes[i] = 1;
}

TEST(batches_along_any_axis) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *m = double_array(c, AD_SHAPE(2, 3), (double[]){1, 2, 3, 4, 5, 6}), *x = VECTOR(10, 20, 30);
  ad_fn *f = ad_fn_new(c, cubes, 1, NULL), *p = ad_fn_new(c, product, 2, NULL);
  NEAR(ad_call(ad_vmap(f, NULL), m), 36, 405);
  NEAR(ad_call(ad_vmap(f, &(ad_vmap_opts){.in_axes = AD_AXES(-1)}), m), 65, 133, 243);
  NEAR(ad_call(ad_vmap(ad_grad(f, NULL), &(ad_vmap_opts){.out_axes = AD_AXES(1)}), m), 3, 48, 12, 75, 27, 108);
  int asked = 0;
  NEAR(ad_call(ad_vmap(ad_grad(f, NULL), &(ad_vmap_opts){.out_axes_of = second_axis, .user = &asked}), m), 3, 48, 12, 75, 27, 108);
  CHECK(asked == 1);
  NEAR(ad_call(ad_vmap(p, &(ad_vmap_opts){.in_axes = AD_AXES(0, AD_NO_AXIS)}), m, x), 10, 40, 90, 40, 100, 180);
  ad_fn *outer = ad_vmap(ad_vmap(p, &(ad_vmap_opts){.in_axes = AD_AXES(AD_NO_AXIS, 0)}), &(ad_vmap_opts){.in_axes = AD_AXES(0, AD_NO_AXIS)});
  NEAR(ad_call(outer, VECTOR(1, 2), x), 10, 20, 30, 20, 40, 60);
  ad_array *tree = ad_tuple(c, ((ad_array *[]){m, x}), 2);
  ad_fn *t = ad_vmap(ad_fn_new(c, of_tuple, 1, NULL), &(ad_vmap_opts){.in_axes = AD_AXES(1, 0)});
  NEAR(ad_call(t, tree), 11, 14, 22, 25, 33, 36);
  ad_ctx_free(c);
}

/* ---- Functions inside functions ---- */

static ad_array *times_outer(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return ad_multiply(*(ad_array **)user, in[0]);
}
static ad_array *nested(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = in[0];
  return ad_multiply(x, ad_call(ad_grad(ad_fn_new(c, times_outer, 1, &x), NULL), x));
}
static ad_array *nested_forward(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = in[0], *one = ad_ones(c, ((ad_shape){0, NULL}), &(ad_ones_opts){.dtype = AD_FLOAT64});
  return ad_multiply(x, ad_item(ad_call(ad_jvp(ad_fn_new(c, times_outer, 1, &x)), x, one), 1));
}

/* d/dx x * (d/dy x y) = d/dx x x = 2 x, though y is x in value. */
TEST(perturbations_are_not_confused) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = SCALAR(3), *one = SCALAR(1);
  ad_fn *reverse = ad_fn_new(c, nested, 1, NULL), *forward = ad_fn_new(c, nested_forward, 1, NULL);
  NEAR(ad_call(ad_grad(reverse, NULL), x), 6);
  NEAR(ad_call(ad_grad(forward, NULL), x), 6);
  NEAR(ad_item(ad_call(ad_jvp(reverse), x, one), 1), 6);
  NEAR(ad_item(ad_call(ad_jvp(forward), x, one), 1), 6);
  NEAR(ad_call(ad_grad(ad_grad(reverse, NULL), NULL), x), 2);
  NEAR(ad_call(ad_vmap(ad_grad(reverse, NULL), NULL), VECTOR(1, 5)), 2, 10);
  ad_ctx_free(c);
}

/* Ordinary control flow on values; also after they were read, and the graph behind them is still there. */
static ad_array *decides(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  double v = 0;
  ad_array *y = ad_multiply(in[0], ad_number(c, 2));
  while (ad_read(y, &v, sizeof v) == AD_OK && v < 100) y = ad_multiply(y, y);
  return y;
}

TEST(values_are_there_while_tracing) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_fn_new(c, decides, 1, NULL);
  NEAR(ad_call(ad_grad(f, NULL), SCALAR(2)), 512);
  NEAR(ad_call(ad_grad(ad_grad(f, NULL), NULL), SCALAR(60)), 0);
  NEAR(ad_item(ad_call(ad_jvp(f), SCALAR(5), SCALAR(1)), 1), 40);
  ad_ctx_free(c);
}

/* ---- checkpoint and custom_function ---- */

FUNCTION(hundredfold, ad_tuple(c, ((ad_array *[]){ad_multiply(in[1], ad_multiply(ad_item(in[0], 0), ad_number(c, 100)))}), 1))
FUNCTION(tenfold, ad_multiply(ad_sum(ad_multiply(ad_item(in[0], 0), ad_item(in[1], 0)), NULL), ad_number(c, 10)))
FUNCTION(thousands, ad_multiply(ad_sum(ad_item(in[0], 0), &(ad_sum_opts){.axes = AD_AXES(1)}), ad_number(c, 1000)))
static ad_array *around(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return ad_sum(ad_multiply(*(ad_array **)user, in[0]), NULL);
}
static ad_array *calls(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = in[0];
  ad_fn *f = ad_fn_new(c, around, 1, &x);
  ad_fn *rule = user ? ad_custom_function(f, &(ad_custom_opts){.vjp = ad_fn_new(c, hundredfold, 3, NULL)}) : ad_checkpoint(f);
  return ad_call(rule, ad_square(x));
}

TEST(a_checkpoint_changes_nothing) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_checkpoint(ad_fn_new(c, cubes, 1, NULL));
  ad_array *x = VECTOR(1, 2);
  NEAR(ad_call(f, x), 9);
  NEAR(ad_call(ad_grad(f, NULL), x), 3, 12);
  NEAR(ad_call(ad_hessian(f, NULL), x), 6, 0, 0, 12);
  NEAR(ad_call(ad_vmap(ad_grad(f, NULL), NULL), double_array(c, AD_SHAPE(2, 1), (double[]){1, 2})), 3, 12);
  /* What it uses beside its arguments has derivatives: sum x x^2. */
  NEAR(ad_call(ad_grad(ad_fn_new(c, calls, 1, NULL), NULL), x), 3, 12);
  ad_ctx_free(c);
}

TEST(rules_of_ones_own) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = VECTOR(1, 2), *t = VECTOR(1, 1), *m = double_array(c, AD_SHAPE(2, 2), (double[]){1, 2, 3, 4});
  ad_fn *f = ad_fn_new(c, cubes, 1, NULL);
  ad_fn *by_vjp = ad_custom_function(f, &(ad_custom_opts){.vjp = ad_fn_new(c, hundredfold, 3, NULL)});
  ad_fn *by_jvp = ad_custom_function(f, &(ad_custom_opts){.jvp = ad_fn_new(c, tenfold, 2, NULL)});
  ad_fn *by_vmap = ad_custom_function(f, &(ad_custom_opts){.vmap = ad_fn_new(c, thousands, 1, NULL)});
  NEAR(ad_call(by_vjp, x), 9);
  NEAR(ad_call(ad_grad(by_vjp, NULL), x), 100, 200);
  NEAR(ad_item(ad_call(ad_jvp(by_vjp), x, t), 1), 300);
  NEAR(ad_call(ad_vmap(ad_grad(by_vjp, NULL), NULL), m), 100, 200, 300, 400);
  NEAR(ad_call(ad_grad(by_jvp, NULL), x), 10, 20);
  NEAR(ad_item(ad_call(ad_jvp(by_jvp), x, t), 1), 30);
  NEAR(ad_call(ad_hessian(by_jvp, NULL), x), 10, 0, 0, 10);
  NEAR(ad_call(ad_vmap(by_vmap, NULL), m), 3000, 7000);
  NEAR(ad_call(ad_grad(by_vmap, NULL), x), 3, 12);
  /* Where no derivative is asked for, it is what it computes. */
  ad_array *lazy = ad_add(x, t), *y = ad_call(by_vjp, lazy);
  ad_graph *graph = ad_graph_trace(c, "f", &lazy, 1, &y, 1);
  const char *text = "";
  CHECK_INT(ad_emit(graph, "numpy", NULL, &text), AD_OK);
  CHECK(strstr(text, "np.sum(") != NULL);
  ad_graph_free(graph);
  /* By the rule in its argument, as usual in what is beside it: 100 x^2 * 2 x + x^2. */
  NEAR(ad_call(ad_grad(ad_fn_new(c, calls, 1, c), NULL), x), 201, 1604);
  ad_ctx_free(c);
}

/* ---- Size ---- */

static ad_array *weighted(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_sum(ad_multiply(ad_sin(in[0]), in[1]), NULL);
}
static ad_array *shifted(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_sum(ad_multiply(ad_subtract(in[1], in[0]), in[1]), NULL);
}

/* Nothing is multiplied by ones, what was broadcast is summed before anything else, and nothing unneeded is built. */
TEST(gradients_are_as_small_as_by_hand) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[] = {ad_zeros(c, AD_SHAPE(3), NULL), ad_zeros(c, AD_SHAPE(2, 3), NULL)};
  ad_array *same[] = {in[0], ad_ones(c, AD_SHAPE(3), NULL)};
  ad_array *g = ad_call_list(ad_grad(ad_fn_new(c, weighted, 2, NULL), NULL), same, 2);
  ad_graph *graph = ad_graph_trace(c, "g", same, 2, &g, 1);
  CHECK_INT(ad_graph_node_count(graph), 5); /* x0, x1, barrier, cos, multiply */
  ad_graph_free(graph);
  g = ad_call_list(ad_grad(ad_fn_new(c, shifted, 2, NULL), NULL), in, 2);
  graph = ad_graph_trace(c, "g", in, 2, &g, 1);
  CHECK(strstr(ad_graph_text(graph), "negative(reshape(sum(x1, axes=[0]") || strstr(ad_graph_text(graph), "negative(sum(x1, axes=[0]"));
  if (check_state.failures) puts(ad_graph_text(graph));
  ad_graph_free(graph);
  ad_ctx_free(c);
}

/* ---- Ownership ---- */

static void count_release(void *user) { ++*(int *)user; }

TEST(functions_live_as_long_as_something_needs_them) {
  int released = 0;
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_fn *g = ad_fn_keep(ad_grad(ad_fn_new_owned(c, cubes, 1, &released, count_release), NULL));
  ad_scope_end(s, NULL);
  CHECK_INT(released, 0);
  NEAR(ad_call(g, VECTOR(2)), 12);
  ad_fn_drop(g);
  ad_fn_new(c, cubes, 1, NULL);
  CHECK_INT(released, 1);
  ad_fn_new_owned(c, NULL, 1, &released, count_release);
  CHECK_INT(released, 2);
  ad_fn_new_owned(c, cubes, 1, &released, count_release);
  ad_ctx_free(c);
  CHECK_INT(released, 3);
}

/* A loop that hands evaluated results on keeps nothing of earlier rounds. */
TEST(nothing_is_left_behind) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_value_and_grad(ad_fn_new(c, decides, 1, NULL), NULL);
  ad_array *x = ad_keep(SCALAR(2));
  uint64_t live = 0;
  for (int k = 0; k < 20; k++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *r = ad_call(f, x);
    ad_array *next = ad_keep(ad_add(ad_multiply(ad_item(r, 0), ad_number(c, 0)), ad_number(c, 2)));
    ad_scope_end(s, NULL);
    CHECK_INT(ad_eval(next), AD_OK);
    ad_drop(x);
    x = next;
    CHECK_INT(ad_eval(ad_number(c, 1)), AD_OK);
    if (k == 9) live = ad_ctx_live_arrays(c);
  }
  CHECK(ad_ctx_live_arrays(c) <= live + 12);
  ad_drop(x);
  ad_ctx_free(c);
}

static ad_array *reads_a_composite(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *y = ad_stop_gradient(in[0]);
  (void)c, (void)user;
  ad_eval(y);
  return y;
}

/* A refused run had begun to expand what it met. */
TEST(what_is_refused_leaves_nothing_behind) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_vmap(ad_fn_new(c, reads_a_composite, 1, NULL), NULL);
  ad_array *x = VECTOR(1, 2);
  uint64_t live = ad_ctx_live_arrays(c);
  for (int k = 0; k < 3; k++) {
    ad_scope *s = ad_scope_begin(c);
    CHECK(ad_is_error(ad_call(f, x)));
    ad_scope_end(s, NULL);
  }
  CHECK_INT(ad_ctx_live_arrays(c), live);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(gradients_have_the_form_of_what_they_are_by), CASE(what_is_beside_the_loss_is_handed_on),
           CASE(integers_are_differentiated_and_cast), CASE(both_modes_return_values_too), CASE(matrices_of_derivatives),
           CASE(batches_along_any_axis), CASE(perturbations_are_not_confused), CASE(values_are_there_while_tracing),
           CASE(a_checkpoint_changes_nothing), CASE(rules_of_ones_own), CASE(gradients_are_as_small_as_by_hand), CASE(functions_live_as_long_as_something_needs_them),
           CASE(nothing_is_left_behind), CASE(what_is_refused_leaves_nothing_behind))
