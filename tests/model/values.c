/* Values that are no tensors: known while a model is wired as far as they can be, and again when it runs. */
#include <adamant/adamant.h>

#include "check.h"

static ad_ctx *c;

/* x -> Shape -> Indexer(1) -> times 2 -> a tuple of it and 3: arithmetic on dims is done while wiring. */
TEST(shapes_are_computed_with) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Shape", NULL), "input=x, output=dims");
  ad_model_extend(m, ad_block(c, "Indexer", "index=1"), "input=dims, output=width");
  ad_model_extend(m, ad_model_op(c, "multiply", NULL), "a=width, b=2, output=twice");
  ad_model_extend(m, ad_block(c, "ToTuple", "n=2"), "input1=twice, input2=3, output=pair");
  ad_model_extend(m, ad_model_op(c, "reshape", NULL), "a=y, shape=pair, output=z");
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(ad_conn_get_value(ad_model_conn(m, "pair")), "(?, 3)");
  CHECK_INT(ad_model_set_shapes(m, "x: N, 5"), AD_OK);
  CHECK_STR(ad_conn_get_value(ad_model_conn(m, "dims")), "(?, 5)");
  CHECK_STR(ad_conn_get_value(ad_model_conn(m, "pair")), "(10, 3)");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "z")), "(10, 3)");
  CHECK_STR(ad_conn_type(ad_model_conn(m, "width")), "int");
  CHECK_STR(ad_model_error_text(m), "");
  ad_scope_end(s, NULL);
}

/* The same where nothing is known before it runs. */
TEST(values_flow_when_it_runs) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Shape", NULL), "input=x, output=dims");
  ad_model_extend(m, ad_block(c, "Indexer", "index=0"), "input=dims, output=rows");
  ad_model_extend(m, ad_block(c, "ToTuple", "n=3"), "input1=1, input2=rows, input3=-1, output=shape");
  ad_model_extend(m, ad_model_op(c, "reshape", NULL), "a=x, shape=shape, output=z");
  ad_model_extend(m, ad_model_op(c, "add", NULL), "a=z, b=rows, output=y");
  ad_physical *p = ad_model_compile(m, NULL);
  CHECK_STR(ad_physical_error_text(p), "");
  float xs[6] = {0, 1, 2, 3, 4, 5}, ys[6];
  const char *name = "x";
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), xs);
  ad_array *y = ad_field(ad_physical_evaluate(p, NULL, ad_record(c, &name, &x, 1)), "y");
  CHECK_STR(ad_error_text(y), "");
  CHECK_INT(ad_array_rank(y), 3);
  CHECK_INT(ad_read(y, ys, sizeof ys), AD_OK);
  CHECK_NEAR(ys[5], 7, 0);
  ad_scope_end(s, NULL);
}

TEST(lists_of_tensors) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "ToList", "n=2"), "input1=a, input2=b, output=both");
  ad_model_extend(m, ad_model_op(c, "concatenate", "axis=1"), "arrays=both, output=joined");
  ad_model_extend(m, ad_block(c, "Indexer", "index=-1"), "input=both, output=last");
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_INT(ad_model_set_shapes(m, "a: 2, 3; joined: 2, 7"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "b")), "(2, 4)");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "last")), "(2, 4)");
  CHECK_STR(ad_conn_type(ad_model_conn(m, "both")), "list");
  ad_physical *p = ad_model_compile(m, NULL);
  CHECK_STR(ad_physical_error_text(p), "");
  const char *names[] = {"a", "b"};
  ad_array *in[] = {ad_ones(c, AD_SHAPE(2, 3), NULL), ad_zeros(c, AD_SHAPE(2, 4), NULL)};
  ad_array *y = ad_field(ad_physical_evaluate(p, NULL, ad_record(c, names, in, 2)), "joined");
  CHECK_STR(ad_error_text(y), "");
  CHECK_INT(ad_array_dim(y, 1), 7);
  ad_scope_end(s, NULL);
}

TEST(parameters_that_are_left_open) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Mean", "axis=TBD"), "input=x, axis=k, output=y");
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_INT(ad_model_set_shapes(m, "x: 2, 3"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "y")), "(...)");
  CHECK_INT(ad_model_set_values(m, "k: 1"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "y")), "(2)");
  CHECK_INT(ad_model_extend(m, ad_block(c, "Mean", NULL), "input=x, axis=1"), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "Mean: axis has a value already; axis=TBD among the parameters leaves it open");
  ad_scope_end(s, NULL);
}

/* An axis that each call says: one compiled model for each value. */
TEST(values_given_when_it_runs) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Mean", "axis=TBD"), "input=x, axis=k, output=y");
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 2, 3"});
  CHECK_STR(ad_physical_error_text(p), "");
  const char *names[] = {"k", "x"};
  for (int i = 0; i < 4; i++) {
    ad_array *in[] = {ad_number_int(c, i % 2), ad_ones(c, AD_SHAPE(2, 3), NULL)};
    ad_array *y = ad_field(ad_physical_evaluate(p, NULL, ad_record(c, names, in, 2)), "y");
    CHECK_STR(ad_error_text(y), "");
    CHECK_INT(ad_array_dim(y, 0), i % 2 ? 2 : 3);
  }
  int64_t both[2] = {0, 1};
  ad_array *in[] = {ad_array_new(c, AD_INT64, AD_SHAPE(2), both), ad_ones(c, AD_SHAPE(2, 3), NULL)};
  CHECK_INT(ad_array_rank(ad_field(ad_physical_evaluate(p, NULL, ad_record(c, names, in, 2)), "y")), 0);
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, NULL, ad_record(c, names + 1, in + 1, 1))), "evaluate: data k is missing");
  in[0] = ad_number_int(c, 7);
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, NULL, ad_record(c, names, in, 2))), "m.Mean: axes 7; it is out of range for rank 2");
  ad_scope_end(s, NULL);
}

TEST(presets_and_types) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  CHECK_INT(ad_model_extend(m, ad_block(c, "Add", "right=2"), "left=x, output=y"), AD_OK);
  CHECK_INT(ad_model_set_values(m, "x: 3"), AD_OK);
  CHECK_STR(ad_conn_get_value(ad_model_conn(m, "y")), "5");
  CHECK_STR_HAS(ad_model_error_text(ad_block(c, "Add", "right=\"no\"")), "Add: text was given; tensor | bool | int | float is right");
  CHECK_INT(ad_model_extend(m, ad_model_op(c, "greater", NULL), "a=y, b=z, output=w"), AD_OK);
  CHECK_STR(ad_conn_type(ad_model_conn(m, "w")), "tensor[bool] | bool");
  CHECK_INT(ad_model_set_shapes(m, "z: 4"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "w")), "(4)");
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(shapes_are_computed_with), CASE(values_flow_when_it_runs), CASE(lists_of_tensors),
                                            CASE(parameters_that_are_left_open), CASE(values_given_when_it_runs), CASE(presets_and_types)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  CHECK_STR(ad_ctx_error_text(c), "");
  ad_ctx_free(c);
  return r;
}
