/* Reductions that take their elements from a group, piece by piece: one step, nothing written between, and the bits of the ops one
 * by one, for every axis, dtype, layout, thread count and instruction set. */
#include "same_bits.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }

static ad_array *mixed(ad_array *x, ad_array *y) { return ad_add(ad_multiply(x, y), ad_negative(ad_abs(x))); }

FUNCTION(first, ad_sum(mixed(in[0], in[1]), &(ad_sum_opts){.axes = AD_AXES(0)}))
FUNCTION(middle, ad_max(mixed(in[0], in[1]), &(ad_max_opts){.axes = AD_AXES(1), .keepdims = true}))
FUNCTION(last, ad_sum(mixed(in[0], in[1]), &(ad_sum_opts){.axes = AD_AXES(-1)}))
FUNCTION(two_last, ad_min(mixed(in[0], in[1]), &(ad_min_opts){.axes = AD_AXES(1, 2)}))
FUNCTION(outer, ad_sum(mixed(in[0], in[1]), &(ad_sum_opts){.axes = AD_AXES(0, 2)}))
FUNCTION(whole, ad_sum(mixed(in[0], in[1]), NULL))
FUNCTION(loss, ad_mean(ad_square(ad_cast(mixed(in[0], in[1]), AD_FLOAT32)), NULL))
FUNCTION(product, ad_prod(ad_add(ad_multiply(in[0], in[1]), ad_number(c, 1)), &(ad_prod_opts){.axes = AD_AXES(0, 1)}))
FUNCTION(twice, ad_multiply(ad_sum(ad_square(in[0]), &(ad_sum_opts){.axes = AD_AXES(0), .keepdims = true}), ad_square(in[0])))

static const struct { const char *name; ad_function f; } functions[] = {
    {"first", first}, {"middle", middle}, {"last", last}, {"two_last", two_last}, {"outer", outer},
    {"whole", whole}, {"loss", loss},     {"product", product}, {"twice", twice},
};

TEST(bits) {
  static const char *const isas[] = {NULL, "avx2", "portable"};
  static const int threads[] = {1, 2, 3, 8};
  static const int64_t shapes[][3] = {{7, 9, 100}, {300, 2, 65}, {2, 2, 5000}, {1, 70, 1030}, {1, 1, 70000}, {20, 300, 3}};
  static const ad_dtype dtypes[] = {AD_FLOAT32, AD_FLOAT64, AD_FLOAT16, AD_BFLOAT16, AD_INT32};
  for (int i = 0; i < 6; i++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads[i % 4], .isa = isas[i % 3]});
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
      for (size_t d = 0; d < 5; d++)
        for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
          const int64_t *n = shapes[s];
          ad_scope *scope = ad_scope_begin(c);
          ad_array *y = k % 3 == 0   ? numbers(c, dtypes[d], AD_SHAPE(n[2]))
                        : k % 3 == 1 ? ad_transpose(numbers(c, dtypes[d], AD_SHAPE(n[2], n[1], n[0])), NULL)
                                     : numbers(c, dtypes[d], AD_SHAPE(n[0], n[1], n[2]));
          ad_array *in[] = {numbers(c, dtypes[d], AD_SHAPE(n[0], n[1], n[2])), y};
          ad_fn *f = ad_fn_new(c, functions[k].f, 2, NULL);
          char what[80];
          snprintf(what, sizeof what, "%s of %s, shape %zu, %d threads", functions[k].name, ad_dtype_name(dtypes[d]), s, threads[i % 4]);
          same_bits(what, ad_call_list(ad_compile(f, NULL), in, 2), ad_call_list(f, in, 2));
          ad_scope_end(scope, NULL);
        }
    ad_ctx_free(c);
  }
}

/* Several results of the group, or a result that somebody else takes, cannot be left out; short pieces are not worth it. */
TEST(one_step) {
  static const struct { ad_function f; int64_t dims[3]; int steps; } expected[] = {
      {first, {300, 2, 65}, 1}, {middle, {2, 70, 1030}, 1}, {last, {2, 2, 5000}, 1}, {outer, {7, 90, 100}, 1}, {whole, {20, 300, 3}, 1},
      {loss, {7, 9, 100}, 1},   {twice, {300, 2, 65}, 3},   {first, {3000, 1, 3}, 2},
  };
  ad_ctx *c = ad_ctx_new(NULL);
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
    const int64_t *n = expected[k].dims;
    ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(n[0], n[1], n[2])), numbers(c, AD_FLOAT32, AD_SHAPE(n[2]))};
    ad_fn *f = ad_compile(ad_fn_new(c, expected[k].f, 2, NULL), NULL);
    CHECK_INT(ad_eval(ad_call_list(f, in, 2)), AD_OK);
    ad_compile_stats s = ad_compiled_stats(f);
    if ((int)s.steps != expected[k].steps) CHECK_FAIL("function %zu: %d steps\n%s", k, (int)s.steps, ad_compiled_report(f, "plan"));
    if (expected[k].steps == 1) CHECK_INT(s.arena_bytes, 0);
    if (expected[k].steps == 1) CHECK_STR_HAS(ad_compiled_report(f, "plan"), "the last one on pieces of the others");
  }
  ad_ctx_free(c);
}

FUNCTION(of_logarithms, ad_sum(ad_multiply(ad_log(in[0]), in[0]), &(ad_sum_opts){.axes = AD_AXES(0)}))

TEST(the_first_nan_is_in_the_group) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.debug = "nan"});
  ad_array *x = numbers(c, AD_FLOAT32, AD_SHAPE(64, 128));
  ad_array *y = ad_call(ad_compile(ad_fn_new(c, of_logarithms, 1, NULL), NULL), x);
  CHECK_INT(ad_eval(y), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(y), "log: a NaN in its result");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(bits), CASE(one_step), CASE(the_first_nan_is_in_the_group))
