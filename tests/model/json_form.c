/* The JSON form of models: what is read has the same form and computes the same; hostile text is refused with its offset. */
#include <adamant/adamant.h>
#include <stdlib.h>

#include "check.h"

static ad_ctx *c;

/* Written, read, written: the same text. Returns the model that was read. */
static ad_model *again(ad_model *m) {
  CHECK_STR(ad_model_error_text(m), "");
  const char *text = ad_model_json(m);
  CHECK_STR(ad_model_error_text(m), "");
  char *first = malloc(strlen(text) + 1);
  strcpy(first, text);
  ad_model *r = ad_model_from_json(c, first, strlen(first));
  CHECK_STR(ad_model_error_text(r), "");
  CHECK_STR(ad_model_json(r), first);
  free(first);
  return r;
}

static void same_values(ad_model *a, ad_model *b, const char *shapes, int64_t rows, int64_t columns) {
  ad_physical *p = ad_model_compile(a, &(ad_physical_opts){.shapes = shapes}), *q = ad_model_compile(b, &(ad_physical_opts){.shapes = shapes});
  CHECK_STR(ad_physical_error_text(p), "");
  CHECK_STR(ad_physical_error_text(q), "");
  ad_array *x = ad_random_normal(c, ad_random_key(c, 1), NULL, NULL, AD_SHAPE(rows, columns), NULL);
  const char *name = ad_physical_key(p, AD_KEY_DATA, 0);
  ad_array *data = ad_record(c, &name, &x, 1), *params = ad_physical_key_count(p, AD_KEY_PARAM) ? ad_physical_randomize(p, 3, NULL) : NULL;
  ad_array *y = ad_item(ad_physical_evaluate(p, params, data), 0), *z = ad_item(ad_physical_evaluate(q, params, data), 0);
  bool equal = false;
  CHECK_STR(ad_error_text(y), "");
  CHECK_INT(ad_read(ad_array_equal(y, z, NULL), &equal, sizeof equal), AD_OK);
  CHECK(equal);
}

TEST(wired_by_hand) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "net");
  ad_model_add(m, ad_block(c, "Linear", "dimension=4"), "input=x");
  ad_model_add(m, ad_block(c, "Relu", NULL), "output=h");
  ad_model *first = ad_block(c, "Linear", "dimension=4, use_bias=false");
  ad_model_set_name(first, "tied");
  ad_model_extend(m, first, "input=h, weight=w, output=h2");
  ad_model_extend(m, ad_block(c, "Linear", "dimension=4, use_bias=false"), "input=h2, weight=w, output=y");
  ad_model_extend(m, ad_model_op(c, "reshape", NULL), "a=y, shape=(-1, 2), output=z");
  ad_model_extend(m, ad_block(c, "Sqrt", "robust=true, threshold=0.5"), "input=z, output=root");
  ad_model_set_shapes(m, "x: N, 3; z: M, 2");
  ad_model_expose(m, "h, z");
  same_values(m, again(m), "x: 2, 3", 2, 3);
  ad_scope_end(s, NULL);
}

TEST(blocks_of_blocks) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "outer"), *inside = ad_model_new(c, "inside"), *relu = ad_block(c, "Relu", NULL);
  ad_model_extend(inside, ad_block_of(c, "Layer", "dimension=3", &relu, 1), "input=u, output=v");
  ad_model_extend(inside, ad_block(c, "TransformerEncoderLayer", "dim=4, num_heads=2, hidden=3"), NULL);
  ad_model_extend(inside, ad_block(c, "DistanceMatrix", NULL), "left=a, right=b"); /* norm has its preset */
  ad_model_extend(m, inside, "u=x");
  ad_model_extend(m, ad_block(c, "BatchNorm2D", "num_features=2, inference=false"), NULL);
  again(m);
  ad_scope_end(s, NULL);
}

TEST(tensors_and_states) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "m");
  float ws[3] = {1.5f, -0.1f, INFINITY};
  ad_array *w = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), ws);
  ad_model_wire(m, ad_block(c, "Multiply", NULL), (ad_wire[]){{.terminal = "left", .kind = AD_WIRE_NAME, .text = "x"}, {.terminal = "right", .kind = AD_WIRE_ARRAY, .array = w},
                {.terminal = "output", .kind = AD_WIRE_NAME, .text = "product"}}, 3, false);
  ad_model_extend(m, ad_block(c, "Add", NULL), "left=seen, right=product, output=total");
  ad_model_extend(m, ad_block(c, "Buffer", NULL), "input=total, output=y");
  ad_model_bind_state(m, "seen", "total", "2");
  ad_model_set_differentiable(m, "x", true);
  ad_model_set_initial(m, "x", ad_ones(c, AD_SHAPE(3), NULL));
  again(m);
  ad_scope_end(s, NULL);
}

TEST(every_block_alone) {
  ad_scope *s = ad_scope_begin(c);
  int n = 0;
  for (int i = 0; i < ad_block_count(); i++) {
    ad_model *b = ad_block(c, ad_block_name(i), NULL);
    if (ad_model_error_code(b)) continue; /* it wants parameters */
    ad_model *m = ad_model_new(c, "m");
    ad_model_extend(m, b, NULL);
    again(m);
    again(ad_block(c, ad_block_name(i), NULL));
    n++;
  }
  CHECK(n > 60);
  ad_scope_end(s, NULL);
}

static void refused(const char *text, const char *part) {
  ad_model *m = ad_model_from_json(c, text, strlen(text));
  CHECK(ad_model_error_code(m) != AD_OK);
  CHECK_STR_HAS(ad_model_error_text(m), part);
}

TEST(hostile_text) {
  ad_scope *s = ad_scope_begin(c);
  refused("", "model: ");
  refused("[]", "byte 0: no model of version 1");
  refused("{\"adamant_model\": 2, \"block\": \"Relu\"}", "no model of version 1");
  refused("{\"adamant_model\": 1}", "byte 0: one of block, op and model is right");
  refused("{\"adamant_model\": 1, \"block\": \"Rleu\"}", "byte 0: ");
  refused("{\"adamant_model\": 1, \"block\": \"Rleu\"}", "did you mean Relu?");
  refused("{\"adamant_model\": 1, \"block\": \"Relu\", \"extra\": 1}", "byte 47: a member that is not known");
  refused("{\"adamant_model\": 1, \"block\": \"Linear\", \"params\": \"dimension=-\"}", "byte 0: ");
  refused("{\"adamant_model\": 1, \"model\": {\"blocks\": 3}}", "a model has blocks, which are an array");
  refused("{\"adamant_model\": 1, \"model\": {\"blocks\": [{\"block\": \"Relu\"}]}}", "the block lacks wires");
  refused("{\"adamant_model\": 1, \"model\": {\"blocks\": [{\"block\": \"Relu\", \"wires\": {\"inptu\": \"x\"}}]}}", "no such terminal");
  refused("{\"adamant_model\": 1, \"model\": {\"blocks\": [{\"block\": \"Relu\", \"wires\": {\"input\": \"x\", \"output\": \"x\"}}]}}", "byte 69: Model.Relu: output: x would depend on itself");
  refused("{\"adamant_model\": 1, \"model\": {\"blocks\": [], \"shapes\": {\"x\": \"N\"}}}", "no connection is called so");
  refused("{\"adamant_model\": 1, \"model\": {\"blocks\": [{\"block\": \"Relu\", \"wires\": {\"input\": {\"tensor\": {\"dtype\": \"float32\", \"shape\": [9223372036854775807, 9], "
          "\"data\": [1]}}}}]}}", "a dim that does not fit the data");
  char deep[4000] = "{\"adamant_model\": 1, \"block\": \"Layer\", \"parts\": [";
  for (int i = 0; i < 80; i++) strcat(deep, "{\"block\": \"Layer\", \"parts\": [");
  strcat(deep, "{\"block\": \"Relu\"}");
  for (int i = 0; i < 81; i++) strcat(deep, "]}");
  refused(deep, "nested deeper than 60 levels");
  ad_scope_end(s, NULL);
}

/* Cut anywhere it is refused; with any byte changed it is refused or read, and nothing else. */
TEST(damaged_text) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "net"), *relu = ad_block(c, "Relu", NULL);
  ad_model_add(m, ad_block_of(c, "Layer", "dimension=4", &relu, 1), "input=x");
  ad_model_extend(m, ad_block(c, "BatchNorm2D", "num_features=2, inference=false"), "input=images");
  ad_model_set_shapes(m, "x: N, 3");
  const char *text = ad_model_json(m);
  size_t n = strlen(text);
  char *own = malloc(n + 1);
  memcpy(own, text, n + 1);
  for (size_t k = 0; k < n; k++) {
    ad_scope *inner = ad_scope_begin(c);
    CHECK(ad_model_error_code(ad_model_from_json(c, own, k)) != AD_OK);
    for (const char *by = "0\"}[,$\x80"; *by; by++) {
      char before = own[k];
      own[k] = *by;
      ad_model *r = ad_model_from_json(c, own, n);
      if (!ad_model_error_code(r)) ad_model_json(r);
      own[k] = before;
    }
    ad_scope_end(inner, NULL);
  }
  free(own);
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(wired_by_hand), CASE(blocks_of_blocks), CASE(tensors_and_states), CASE(every_block_alone), CASE(hostile_text), CASE(damaged_text)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  ad_ctx_free(c);
  return r;
}
