/* What transforms refuse: each message names the transform, the op or argument, and the place. And what is deep. */
#include <adamant/adamant.h>
#include "check.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }
#define FN(name, inputs) ad_fn_new(c, name, inputs, NULL)
static ad_array *vector(ad_ctx *c, const double *v, int64_t n) { return ad_array_new(c, AD_FLOAT64, AD_SHAPE(n), v); }
#define VECTOR(...) vector(c, (double[]){__VA_ARGS__}, (int64_t)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))
#define SCALAR(x) ad_array_new(c, AD_FLOAT64, ((ad_shape){0, NULL}), (double[]){x})
#define FAILS(a, code, text)                                                                                   \
  do {                                                                                                         \
    ad_array *a_ = (a);                                                                                        \
    if (!ad_is_error(a_)) ad_eval(a_);                                                                         \
    if (ad_error_code(a_) != code || !strstr(ad_error_text(a_), text) || !strstr(ad_error_text(a_), "refusals.c:")) \
      CHECK_FAIL("%s: %s", #a, ad_error_text(a_));                                                             \
  } while (0)
#define FN_FAILS(f, code, text)                                                                                \
  do {                                                                                                         \
    ad_fn *f_ = (f);                                                                                           \
    if (ad_fn_error_code(f_) != code || !strstr(ad_fn_error_text(f_), text)) CHECK_FAIL("%s: %s", #f, ad_fn_error_text(f_)); \
    if (ad_error_code(ad_call(f_, SCALAR(1))) != code) CHECK_FAIL("%s: its call does not fail alike", #f);     \
  } while (0)

FUNCTION(square, ad_square(in[0]))
FUNCTION(total, ad_sum(ad_multiply(in[0], in[1]), NULL))
FUNCTION(nothing, NULL)
FUNCTION(complex_loss, ad_make_complex(in[0], in[0]))
FUNCTION(truth, ad_greater(in[0], ad_number(c, 0)))

TEST(argument_numbers) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = FN(total, 2);
  FN_FAILS(ad_grad(f, &(ad_grad_opts){.argnums = AD_AXES(2)}), AD_E_VALUE, "grad: argnums 2; the function has 2 inputs; from -2 to 1 is right");
  FN_FAILS(ad_value_and_grad(f, &(ad_grad_opts){.argnums = AD_AXES(0, -2)}), AD_E_VALUE, "value_and_grad: argnums names argument 0 twice");
  FN_FAILS(ad_jacfwd(f, &(ad_jacobian_opts){.argnums = AD_AXES()}), AD_E_VALUE, "jacfwd: 0 argnums for a function of 2 inputs");
  FN_FAILS(ad_grad(FN(nothing, 0), NULL), AD_E_VALUE, "grad: a function without inputs");
  FN_FAILS(FN(square, -1), AD_E_VALUE, "call: -1 inputs");
  FN_FAILS(ad_fn_new(c, NULL, 1, NULL), AD_E_VALUE, "call: a function that is NULL");
  FN_FAILS(ad_vmap(ad_grad(NULL, NULL), NULL), AD_E_VALUE, "a NULL handle was given where a function is needed");
  FAILS(ad_call(f, SCALAR(1)), AD_E_TYPE, "call: 1 arguments; 2 are right");
  FAILS(ad_call(FN(nothing, 1), SCALAR(1)), AD_E_TYPE, "call: the function returned NULL");
  FAILS(ad_call(ad_jvp(f), SCALAR(1), SCALAR(1)), AD_E_TYPE, "jvp: 2 arguments; 4 are right");
  ad_ctx *other = ad_ctx_new(NULL);
  FAILS(ad_call(FN(square, 1), ad_number(other, 1)), AD_E_VALUE, "call: argument 0 belongs to another context");
  ad_ctx_free(other);
  ad_ctx_free(c);
}

TEST(losses) {
  ad_ctx *c = ad_ctx_new(NULL);
  FAILS(ad_call(ad_grad(FN(square, 1), NULL), VECTOR(1, 2)), AD_E_VALUE, "grad: the loss is float64[2]; a scalar is right");
  FAILS(ad_call(ad_hvp(FN(square, 1)), VECTOR(1, 2), VECTOR(1, 2)), AD_E_VALUE, "hvp: the loss is float64[2]; a scalar is right");
  FAILS(ad_call(ad_grad(FN(complex_loss, 1), NULL), SCALAR(1)), AD_E_TYPE, "grad: the loss is complex128[]; a real number is right");
  FAILS(ad_call(ad_grad(FN(truth, 1), NULL), SCALAR(1)), AD_E_TYPE, "grad: the loss is bool[]; a real number is right");
  FAILS(ad_call(ad_grad(FN(square, 1), &(ad_grad_opts){.has_aux = true}), SCALAR(1)), AD_E_TYPE,
        "grad: the function returned float64[]; with has_aux a tuple of the loss and more is right");
  ad_ctx_free(c);
}

TEST(tangents_and_cotangents) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = FN(square, 1), *linear = NULL;
  ad_array *x = VECTOR(1, 2), *pair = ad_tuple(c, (ad_array *[]){x, x}, 2);
  FAILS(ad_call(ad_jvp(f), x, VECTOR(1)), AD_E_VALUE, "jvp: tangent 0 is float64[1]; the form and shape of float64[2] is right");
  FAILS(ad_call(ad_jvp(f), x, pair), AD_E_VALUE, "jvp: tangent 0 is (float64[2], float64[2]); the form and shape of float64[2] is right");
  FAILS(ad_call(ad_vjp(f), x, SCALAR(1)), AD_E_VALUE, "vjp: the cotangent is float64[]; the form and shape of float64[2] is right");
  FAILS(ad_call(ad_hvp(FN(total, 2)), x, x, x, SCALAR(1)), AD_E_VALUE, "hvp: vector 1 is float64[]");
  ad_linearize(f, AD_ARRAYS(x), &linear);
  FAILS(ad_call(linear, SCALAR(1)), AD_E_VALUE, "linearize: tangent 0 is float64[]");
  ad_linearize(f, AD_ARRAYS(x, x), &linear);
  FN_FAILS(linear, AD_E_TYPE, "linearize: 2 arguments; 1 are right");
  ad_ctx_free(c);
}

TEST(batch_axes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = FN(square, 1), *g = FN(total, 2);
  FN_FAILS(ad_vmap(g, &(ad_vmap_opts){.in_axes = AD_AXES(AD_NO_AXIS, AD_NO_AXIS)}), AD_E_VALUE, "vmap: in_axes without an axis");
  FAILS(ad_call(ad_vmap(f, NULL), SCALAR(1)), AD_E_INDEX, "vmap: in_axes 0 for an array of rank 0");
  FAILS(ad_call(ad_vmap(f, &(ad_vmap_opts){.in_axes = AD_AXES(1)}), VECTOR(1)), AD_E_INDEX, "vmap: in_axes 1 for an array of rank 1");
  FAILS(ad_call(ad_vmap(g, NULL), VECTOR(1, 2), VECTOR(1)), AD_E_VALUE, "vmap: an axis of length 2 and one of 1");
  FAILS(ad_call(ad_vmap(g, &(ad_vmap_opts){.in_axes = AD_AXES(0, 0, 0)}), VECTOR(1), VECTOR(1)), AD_E_VALUE, "vmap: 3 in_axes for 2 arguments with 2 leaves");
  FAILS(ad_call(ad_vmap(f, &(ad_vmap_opts){.out_axes = AD_AXES(0, 0)}), VECTOR(1)), AD_E_VALUE, "vmap: 2 out_axes for 1 results");
  FAILS(ad_call(ad_vmap(f, &(ad_vmap_opts){.out_axes = AD_AXES(2)}), VECTOR(1)), AD_E_INDEX, "vmap: out_axes 2 for a result of rank 1");
  FAILS(ad_call(ad_vmap(f, &(ad_vmap_opts){.out_axes = AD_AXES(AD_NO_AXIS)}), VECTOR(1)), AD_E_VALUE, "vmap: out_axes AD_NO_AXIS for result 0");
  ad_ctx_free(c);
}

/* ---- Reading and effects in traced code ---- */

static ad_array *reads(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user, (void)c;
  double v = 0;
  ad_array *y = ad_exp(in[0]);
  ad_status s = ad_read(y, &v, sizeof v);
  return s ? y : ad_multiply(y, y);
}
static ad_array *prints(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user, (void)c;
  ad_array *y = ad_exp(in[0]);
  CHECK(ad_print(y) != AD_OK);
  return y;
}
static ad_array *looks_away(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  double v = 0;
  (void)ad_read(ad_exp(in[0]), &v, sizeof v);
  return ad_multiply(in[0], ad_number(c, v));
}
FUNCTION(below_three, ad_less(in[0], ad_number(c, 3)))
static ad_array *escaped;
static ad_array *keeps(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user, (void)c;
  escaped = ad_keep(ad_exp(in[0]));
  return in[0];
}

static void ignore(void *user, const char *text) { (void)user, (void)text; }

TEST(values_that_are_not_there) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.print = ignore});
  ad_array *x = VECTOR(1, 2);
  FAILS(ad_call(ad_vmap(FN(reads, 1), NULL), x), AD_E_VALUE, "exp: its value was asked for inside vmap");
  FAILS(ad_call(ad_vmap(ad_grad(FN(reads, 1), NULL), NULL), x), AD_E_VALUE, "exp: its value was asked for inside vmap");
  FAILS(ad_call(ad_vmap(FN(looks_away, 1), NULL), x), AD_E_VALUE, "exp: its value was asked for inside vmap");
  FAILS(ad_while_loop(FN(below_three, 1), FN(looks_away, 1), SCALAR(1)), AD_E_VALUE, "asked for inside while_loop");
  FAILS(ad_call(ad_vmap(FN(prints, 1), NULL), x), AD_E_VALUE, "exp: its value was asked for inside vmap");
  CHECK(!ad_is_error(ad_call(ad_vmap(FN(keeps, 1), NULL), x)));
  FAILS(escaped, AD_E_VALUE, "argument: an argument of a traced function, used beyond its trace");
  ad_drop(escaped);
  ad_ctx_free(c);
}

/* ---- Rules ---- */

static ad_status user_eval(const ad_rule *r, ad_values *v) {
  double *out = ad_values_output(v, 0);
  (void)r;
  out[0] = 1;
  return AD_OK;
}
static const ad_op user_op = {.size = sizeof(ad_op), .name = "opaque", .params = "a", .doc = "An op that states nothing.", .id = AD_OP_USER,
                              .inputs = 1, .outputs = 1, .dtype_rule = AD_TYPE_SAME, .eval = user_eval};
FUNCTION(opaque, ad_apply(c, AD_HERE, &user_op, in, 1, NULL))
FUNCTION(no_tuple, in[1])
FUNCTION(wrong_shape, ad_tuple(c, ((ad_array *[]){ad_stack(c, (ad_array *[]){in[1], in[1]}, 2, NULL)}), 1))

TEST(missing_and_wrong_rules) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = FN(opaque, 1);
  FAILS(ad_call(ad_grad(f, NULL), SCALAR(1)), AD_E_NOT_IMPLEMENTED, "opaque: vjp: it states no derivative for this input");
  FAILS(ad_call(ad_jvp(f), SCALAR(1), SCALAR(1)), AD_E_NOT_IMPLEMENTED, "opaque: jvp: it states no derivative for this input");
  FAILS(ad_call(ad_vmap(f, NULL), VECTOR(1, 2)), AD_E_NOT_IMPLEMENTED, "opaque: vmap: the op states no batching rule");
  ad_fn *s = FN(square, 1);
  FN_FAILS(ad_custom_function(s, &(ad_custom_opts){.vjp = s}), AD_E_TYPE, "custom_function: a vjp of 1 inputs; 3 are right");
  FAILS(ad_call(ad_grad(ad_custom_function(s, &(ad_custom_opts){.vjp = FN(no_tuple, 3)}), NULL), SCALAR(1)), AD_E_VALUE,
        "custom_function: what its vjp gave is float64[]; the form and shape of (float64[]) is right");
  FAILS(ad_call(ad_grad(ad_custom_function(s, &(ad_custom_opts){.vjp = FN(wrong_shape, 3)}), NULL), SCALAR(1)), AD_E_VALUE,
        "what its vjp gave is (float64[2])");
  ad_ctx_free(c);
}

/* ---- Depth and memory ---- */

enum { DEEP = 200000 };
static ad_array *deep(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *y = in[0];
  for (int i = 0; i < DEEP / 2; i++) y = ad_subtract(ad_multiply(y, ad_number(c, 1)), ad_number(c, 0));
  return y;
}

TEST(two_hundred_thousand_ops) {
  ad_ctx *c = ad_ctx_new(NULL);
  double v = 0;
  ad_fn *f = FN(deep, 1);
  CHECK_INT(ad_read(ad_call(ad_grad(f, NULL), SCALAR(3)), &v, 8), AD_OK);
  CHECK(v == 1);
  CHECK_INT(ad_read(ad_item(ad_call(ad_jvp(f), SCALAR(3), SCALAR(2)), 1), &v, 8), AD_OK);
  CHECK(v == 2);
  double two[2] = {0};
  CHECK_INT(ad_read(ad_call(ad_vmap(f, NULL), VECTOR(4, 5)), two, 16), AD_OK);
  CHECK(two[1] == 5);
  CHECK_INT(ad_read(ad_call(ad_grad(ad_checkpoint(f), NULL), SCALAR(3)), &v, 8), AD_OK);
  CHECK(v == 1);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(argument_numbers), CASE(losses), CASE(tangents_and_cotangents), CASE(batch_axes), CASE(values_that_are_not_there),
           CASE(missing_and_wrong_rules), CASE(two_hundred_thousand_ops))
