/* The error catalogue of logical models: what each mistake gives, and that the model is as it was before. */
#include <adamant/adamant.h>

#include "check.h"

static ad_ctx *c;

/* x -> Relu -> h -> Linear(4) -> y, named "m". */
static ad_model *small(void) {
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, ad_block(c, "Relu", NULL), "input=x, output=h");
  ad_model_extend(m, ad_block(c, "Linear", "dimension=4"), "input=h, weight=w, output=y");
  CHECK_STR(ad_model_error_text(m), "");
  return m;
}

static ad_model *relu(void) { return ad_block(c, "Relu", NULL); }

/* ---- Each row is one mistake on a fresh small model ---- */

static ad_status unknown_terminal(ad_model *m) { return ad_model_extend(m, relu(), "inputs=x"); }
static ad_status reserved_name(ad_model *m) { return ad_model_extend(m, relu(), "input=x, output=input"); }
static ad_status reserved_word(ad_model *m) { return ad_model_rename(m, "h", "TBD"); }
static ad_status no_name(ad_model *m) { return ad_model_extend(m, relu(), "input=x, output=a.b"); }
static ad_status open_output(ad_model *m) { return ad_model_extend(m, relu(), "input=x, output=TBD"); }
static ad_status duplicate_block(ad_model *m) {
  ad_model *a = relu(), *b = relu();
  ad_model_set_name(a, "act");
  ad_model_set_name(b, "act");
  CHECK_INT(ad_model_extend(m, a, "input=x"), AD_OK);
  return ad_model_extend(m, b, "input=x");
}
static ad_status cycle(ad_model *m) { return ad_model_extend(m, relu(), "input=y, output=x"); }
static ad_status cycle_second_operand(ad_model *m) { return ad_model_extend(m, ad_block(c, "Add", NULL), "left=free, right=y, output=x"); }
static ad_status cycle_of_itself(ad_model *m) { return ad_model_extend(m, ad_block(c, "Add", NULL), "left=free, right=z, output=z"); }
static ad_status itself(ad_model *m) { return ad_model_extend(m, m, NULL); }
static ad_status two_standard_inputs(ad_model *m) { return ad_model_add(m, ad_block(c, "Add", NULL), NULL); }
static ad_status two_standard_outputs(ad_model *m) {
  CHECK_INT(ad_model_extend(m, relu(), "input=x, output=side"), AD_OK);
  return ad_model_add(m, relu(), NULL);
}
static ad_status inaccessible(ad_model *m) { return ad_model_extend_with(m, relu(), "input=%0", AD_CONNS(ad_model_conn(small(), "h"))); }
static ad_status missing_part(ad_model *m) { return ad_model_extend(m, relu(), "input=%0"); }
static ad_status value_for_output(ad_model *m) { return ad_model_extend(m, relu(), "input=x, output=3"); }
static ad_status expose_unnamed(ad_model *m) {
  CHECK_INT(ad_model_extend(m, relu(), "input=x"), AD_OK);
  return ad_model_expose(m, "$2");
}
static ad_status expose_missing(ad_model *m) { return ad_model_expose(m, "hh"); }
static ad_status two_outputs(ad_model *m) { return ad_model_extend(m, relu(), "input=x, output=h"); }
static ad_status merged_outputs(ad_model *m) { return ad_model_merge(m, "h, y", NULL, 0, "h"); }
static ad_status merged_names(ad_model *m) { return ad_model_merge(m, "x, w", NULL, 0, NULL); }
static ad_status name_taken(ad_model *m) { return ad_model_rename(m, "x", "y"); }

static ad_status value_meets_output(ad_model *m) {
  CHECK_INT(ad_model_extend(m, ad_block(c, "Add", "right=1"), "left=k, output=l"), AD_OK);
  CHECK_INT(ad_model_set_values(m, "k: 2"), AD_OK);
  return ad_model_extend(m, relu(), "input=x, output=k");
}
static ad_status value_of_output(ad_model *m) { return ad_model_set_values(m, "y: 3"); }
static ad_status value_again(ad_model *m) {
  CHECK_INT(ad_model_extend(m, ad_block(c, "Add", NULL), "left=h, right=k, output=z"), AD_OK);
  CHECK_INT(ad_model_set_values(m, "k: 3"), AD_OK);
  return ad_model_set_values(m, "k: 4");
}
static ad_status value_of_missing(ad_model *m) { return ad_model_set_values(m, "xx: 4"); }
static ad_status shapes_differ(ad_model *m) {
  CHECK_INT(ad_model_set_shapes(m, "x: 2, 3"), AD_OK);
  return ad_model_set_shapes(m, "w: 4, 5");
}
static ad_status shape_by_wiring(ad_model *m) {
  CHECK_INT(ad_model_set_shapes(m, "x: 2, 3"), AD_OK);
  ad_model *l = ad_block(c, "Linear", "dimension=2");
  CHECK_INT(ad_model_set_shapes(l, "weight: 2, 9"), AD_OK);
  return ad_model_extend(m, l, "input=y");
}
static ad_status ranks_differ(ad_model *m) {
  CHECK_INT(ad_model_set_shapes(m, "h: 2, 3"), AD_OK);
  return ad_model_set_shapes(m, "x: 2, 3, 4");
}
static ad_status broadcast(ad_model *m) {
  CHECK_INT(ad_model_extend(m, ad_block(c, "Add", NULL), "left=h, right=k, output=z"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "h: 2, 3"), AD_OK);
  return ad_model_set_shapes(m, "k: 4");
}
static ad_status differentiable_value(ad_model *m) {
  CHECK_INT(ad_model_set_array(m, "x", ad_ones(c, AD_SHAPE(2, 3), NULL)), AD_OK);
  return ad_model_set_differentiable(m, "x", true);
}
static ad_status differentiability_differs(ad_model *m) {
  CHECK_INT(ad_model_set_differentiable(m, "x", false), AD_OK);
  return ad_model_merge(m, "x, w", NULL, 0, "x");
}

static ad_status types_exclude(ad_model *m) { return ad_model_set_types(m, "w: tensor[int]"); }
static ad_status text_for_tensor(ad_model *m) { return ad_model_extend(m, relu(), "input=\"text\""); }
static ad_status tuple_for_tensor(ad_model *m) { return ad_model_extend(m, ad_block(c, "Linear", NULL), "input=(1, 2)"); }
static ad_status shape_of_number(ad_model *m) {
  CHECK_INT(ad_model_extend(m, ad_block(c, "Add", NULL), "left=h, right=k, output=z"), AD_OK);
  CHECK_INT(ad_model_set_types(m, "k: int"), AD_OK);
  return ad_model_set_shapes(m, "k: 2");
}
static ad_status parameter_type(ad_model *m) { return ad_model_extend(m, ad_block(c, "Linear", "dimension=wide"), NULL); }
static ad_status parameter_name(ad_model *m) { return ad_model_extend(m, ad_block(c, "Linear", "dimensions=3"), NULL); }
static ad_status block_name(ad_model *m) { return ad_model_extend(m, ad_block(c, "Linera", NULL), NULL); }

static ad_status frozen(ad_model *m) {
  ad_model_freeze(m);
  return ad_model_extend(m, relu(), "input=x");
}
static ad_status block_twice(ad_model *m) {
  ad_model *b = relu();
  CHECK_INT(ad_model_extend(m, b, "input=x"), AD_OK);
  return ad_model_extend(m, b, "input=h");
}
static ad_status child_extended(ad_model *m) {
  ad_model *outer = ad_model_new(c, "outer");
  CHECK_INT(ad_model_extend(outer, m, NULL), AD_OK);
  return ad_model_extend(m, relu(), "input=x");
}
static ad_status child_exposes(ad_model *m) {
  ad_model *outer = ad_model_new(c, "outer");
  CHECK_INT(ad_model_extend(outer, m, NULL), AD_OK);
  return ad_model_expose(m, "h");
}
static ad_status table_block(ad_model *m) {
  (void)m;
  ad_model *l = ad_block(c, "Linear", NULL);
  ad_status s = ad_model_extend(l, relu(), NULL);
  CHECK_STR_HAS(ad_model_error_text(l), "a block of the table cannot be extended");
  ad_model_extend(m, l, NULL);
  return s;
}
static ad_status child_gets_value(ad_model *m) {
  ad_model *outer = ad_model_new(c, "outer");
  CHECK_INT(ad_model_extend(outer, m, NULL), AD_OK);
  return ad_model_set_values(m, "x: 1");
}

static const struct row {
  ad_status (*make)(ad_model *m);
  ad_status code;
  const char *message;
} rows[] = {
    {unknown_terminal, AD_E_KEY, "Relu: terminal inputs not found; did you mean input?"},
    {reserved_name, AD_E_KEY, "m.Relu: output: the name input is reserved for inputs"},
    {reserved_word, AD_E_KEY, "m: TBD: TBD is reserved, as TBD, true, false, none and None are"},
    {no_name, AD_E_KEY, "m.Relu: output: a.b is no name"},
    {open_output, AD_E_KEY, "m.Relu: output: an output without a name; a name is right"},
    {duplicate_block, AD_E_KEY, "act: the model has a block of this name already"},
    {cycle, AD_E_KEY, "m.Relu: output: x would depend on itself (a cycle)"},
    {cycle_second_operand, AD_E_KEY, "m.Add: output: x would depend on itself (a cycle)"},
    {cycle_of_itself, AD_E_KEY, "m.Add: output: z would depend on itself (a cycle)"},
    {itself, AD_E_KEY, "m: it cannot be a block of itself"},
    {two_standard_inputs, AD_E_KEY, "Add: 2 standard inputs; one is right"},
    {two_standard_outputs, AD_E_KEY, "m: 2 standard outputs to wire the next block to; one is right"},
    {inaccessible, AD_E_KEY, "m.Relu: input: h belongs to another model"},
    {missing_part, AD_E_KEY, "input=%0; 0 connections were handed"},
    {value_for_output, AD_E_KEY, "m.Relu: output: a value for an output; a name is right"},
    {expose_unnamed, AD_E_KEY, "m: $2: an output without a name"},
    {expose_missing, AD_E_KEY, "m: connection hh not found; did you mean h"},
    {two_outputs, AD_E_KEY, "m.Relu: output: h is an output already (multi-write)"},
    {merged_outputs, AD_E_KEY, "m: y: two outputs are merged (multi-write)"},
    {merged_names, AD_E_KEY, "m: w: two names are merged"},
    {name_taken, AD_E_KEY, "m: y: the name is taken"},
    {value_meets_output, AD_E_VALUE, "m.Relu: output: an output is wired to what has a value already (multi-write)"},
    {value_of_output, AD_E_VALUE, "m: y: a value for what a block computes"},
    {value_again, AD_E_VALUE, "k has a value already; it cannot be set again"},
    {value_of_missing, AD_E_KEY, "m: connection xx not found; did you mean x"},
    {shapes_differ, AD_E_VALUE, "m: w: shapes (4, 3) and (4, 5) meet"},
    {shape_by_wiring, AD_E_VALUE, "m.Linear_1: "},
    {ranks_differ, AD_E_VALUE, "m: x: shapes (2, 3) and (2, 3, 4) meet"},
    {broadcast, AD_E_VALUE, "m.Add: "},
    {differentiable_value, AD_E_VALUE, "m: x: it has a value; what is trained has none"},
    {differentiability_differs, AD_E_VALUE, "one is differentiable and the other is not"},
    {types_exclude, AD_E_TYPE, "m: w: tensor[int] was given; tensor[float] is right"},
    {text_for_tensor, AD_E_TYPE, "m.Relu: input: text was given; tensor"},
    {tuple_for_tensor, AD_E_TYPE, "m.Linear: input: tuple was given; tensor"},
    {shape_of_number, AD_E_TYPE, "m: k: tensor was given; int is right"},
    {parameter_type, AD_E_TYPE, "Linear: dimension=wide; an integer is right"},
    {parameter_name, AD_E_KEY, "Linear: no parameter dimensions; it has dimension, use_bias"},
    {block_name, AD_E_KEY, "block Linera not found; did you mean Linear?"},
    {frozen, AD_E_FROZEN, "m: it is frozen and cannot be extended; a copy is right"},
    {block_twice, AD_E_FROZEN, "m.Relu_1: it is part of a model already; a copy is right"},
    {child_extended, AD_E_FROZEN, "outer.m: it is part of another model and cannot be extended"},
    {child_exposes, AD_E_FROZEN, "m: it is part of another model and cannot be changed"},
    {table_block, AD_E_FROZEN, "a block of the table cannot be extended"},
    {child_gets_value, AD_E_VALUE, "values are given to the outermost model only"},
};

TEST(every_row) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_model *m = small();
    int blocks = ad_model_child_count(m);
    ad_status code = rows[i].make(m);
    CHECK_INT(code, rows[i].code);
    CHECK_STR_HAS(ad_model_error_text(m), rows[i].message);
    CHECK_INT(ad_model_error_code(m), rows[i].code);
    /* It does not compile, and goes on after the failure is cleared. */
    if (!ad_model_parent(m) && rows[i].make != table_block) CHECK_INT(ad_physical_error_code(ad_model_compile(m, NULL)), rows[i].code);
    CHECK(ad_model_child_count(m) <= blocks + 1);
    ad_scope_end(s, NULL);
  }
}

/* A constraint of the user's: two dims differ by one. */
static ad_solved one_more(ad_conn *const *k, int n, void *user, char *why, size_t size) {
  int64_t a = ad_conn_dim(k[0], 0), b = ad_conn_dim(k[1], 0);
  (void)n;
  ++*(int *)user;
  if (a >= 0 && b >= 0) {
    if (b == a + 1) return AD_SOLVED;
    snprintf(why, size, "%d and %d; one more is right", (int)a, (int)b);
    return AD_CONTRADICTION;
  }
  char text[30];
  snprintf(text, sizeof text, "%d", (int)a + 1);
  return a >= 0 && ad_conn_set_shape(k[1], text) == AD_OK ? AD_SOLVED : AD_NOT_YET;
}

TEST(constraints) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  int calls = 0;
  ad_model_extend(m, relu(), "input=x, output=a");
  ad_model_extend(m, relu(), "input=y, output=b");
  CHECK_INT(ad_model_constrain(m, "one_more", one_more, &calls, AD_CONNS(ad_model_conn(m, "a"), ad_model_conn(m, "b"))), AD_OK);
  CHECK_INT(calls, 1);
  CHECK_INT(ad_model_set_shapes(m, "y: 9; x: 4"), AD_E_VALUE);
  CHECK_STR(ad_model_error_text(m), "m: one_more: 4 and 9; one more is right");
  ad_model_clear_error(m);
  CHECK_INT(ad_model_set_shapes(m, "x: 4"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "y")), "(5)");
  int so_far = calls;
  CHECK_INT(ad_model_set_shapes(m, "y: 5"), AD_OK);
  CHECK_INT(calls, so_far);
  ad_scope_end(s, NULL);
}

/* A name that is one letter off makes a new input, which is pointed out. */
TEST(slips_of_wiring) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  ad_model_extend(m, relu(), "input=x, output=hidden");
  ad_model_extend(m, relu(), "input=hiden, output=y");
  ad_physical *p = ad_model_compile(m, NULL);
  CHECK_STR_HAS(ad_physical_report(p), "warning: input hiden is one letter from hidden");
  const char *name = "x";
  ad_array *x = ad_ones(c, AD_SHAPE(2), NULL);
  CHECK_STR_HAS(ad_error_text(ad_physical_evaluate(p, NULL, ad_record(c, &name, &x, 1))), "data hiden is missing; the model has hidden too");
  ad_scope_end(s, NULL);
}

TEST(concat_finds_its_axis) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  CHECK_INT(ad_model_extend(m, ad_block(c, "Concat", NULL), "input=[a, b], output=y"), AD_OK);
  CHECK_INT(ad_model_set_shapes(m, "a: 2, 3, 4; b: 2, None, 4"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "y")), "(...)");
  CHECK_INT(ad_model_set_shapes(m, "b: 2, 5, 4"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(m, "y")), "(2, 8, 4)");
  CHECK_STR(ad_model_error_text(m), "");
  ad_model *z = ad_model_new(c, "z");
  CHECK_INT(ad_model_extend(z, ad_block(c, "Concat", NULL), "input=[a, b], output=y"), AD_OK);
  CHECK_INT(ad_model_set_shapes(z, "a: 2, 3; b: 2, 3"), AD_OK);
  CHECK_STR(ad_conn_shape(ad_model_conn(z, "y")), "(4, 3)");
  ad_model *w = ad_model_new(c, "w");
  CHECK_INT(ad_model_extend(w, ad_block(c, "Concat", NULL), "input=[a, b], output=y"), AD_OK);
  CHECK_INT(ad_model_set_shapes(w, "a: 2, 3; b: 4, 5"), AD_E_VALUE);
  ad_model *v = ad_model_new(c, "v");
  CHECK_INT(ad_model_extend(v, ad_block(c, "Concat", NULL), "input=[a, b], output=y"), AD_OK);
  ad_physical *p = ad_model_compile(v, NULL);
  const char *names[] = {"a", "b"};
  ad_array *in[] = {ad_ones(c, AD_SHAPE(2, 3), NULL), ad_ones(c, AD_SHAPE(2, 4), NULL)};
  ad_array *y = ad_field(ad_physical_evaluate(p, NULL, ad_record(c, names, in, 2)), "y");
  CHECK_STR(ad_error_text(y), "");
  CHECK_INT(ad_array_dim(y, 1), 7);
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(every_row), CASE(constraints), CASE(slips_of_wiring), CASE(concat_finds_its_axis)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  CHECK_STR(ad_ctx_error_text(c), "");
  ad_ctx_free(c);
  return r;
}
