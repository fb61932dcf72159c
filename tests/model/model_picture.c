/* Pictures of models: blocks in blocks, parameters counted where they are used, shapes on what flows, costs after a profiled run. */
#include <adamant/adamant.h>

#include "check.h"
#include "picture/samples.h"

static char *drawn(ad_model *m, const char *format, const ad_draw_opts *more) {
  picture_bytes all = {0};
  char why[300] = "";
  ad_draw_opts o = more ? *more : (ad_draw_opts){0};
  o.format = format, o.bytes = picture_take, o.user = &all, o.error = why, o.error_size = sizeof why;
  if (ad_model_draw(m, NULL, &o)) CHECK_FAIL("%s", why);
  return all.text ? all.text : calloc(1, 1);
}

static ad_model *two_layers(ad_ctx *c, const char *name, int wide) {
  char text[64];
  ad_model *m = ad_model_new(c, name);
  snprintf(text, sizeof text, "dimension=%d", 4 * wide);
  CHECK_INT(ad_model_add(m, ad_block(c, "Linear", text), "input=x"), AD_OK);
  CHECK_INT(ad_model_add(m, ad_block(c, "Relu", NULL), NULL), AD_OK);
  snprintf(text, sizeof text, "dimension=%d", wide);
  CHECK_INT(ad_model_add(m, ad_block(c, "Linear", text), "output=y"), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  return m;
}

/* x -> x + two_layers(x), so many times. */
static ad_model *residual(ad_ctx *c, int layers, int wide) {
  char name[32], wiring[64];
  ad_model *m = ad_model_new(c, "residual");
  for (int i = 0; i < layers; i++) {
    snprintf(name, sizeof name, "layer%d", i);
    snprintf(wiring, sizeof wiring, "x=h%d, y=f%d", i, i);
    CHECK_INT(ad_model_extend(m, two_layers(c, name, wide), wiring), AD_OK);
    snprintf(wiring, sizeof wiring, "left=h%d, right=f%d, output=h%d", i, i, i + 1);
    CHECK_INT(ad_model_extend(m, ad_block(c, "Add", NULL), wiring), AD_OK);
  }
  snprintf(wiring, sizeof wiring, "h0: N, %d", wide);
  CHECK_INT(ad_model_set_shapes(m, wiring), AD_OK);
  CHECK_STR(ad_model_error_text(m), "");
  return m;
}

TEST(a_model_as_svg) {
  ad_ctx *c = ad_ctx_new(NULL);
  char *svg = drawn(residual(c, 2, 8), "svg", NULL);
  CHECK_STR(xml_fault(svg), "");
  picture_golden("residual.svg", svg);
  CHECK_STR_HAS(svg, ">layer1<");
  CHECK_STR_HAS(svg, ">float[N, 32]<");
  CHECK_STR_HAS(svg, ">288 params<");
  free(svg);
  ad_ctx_free(c);
}

TEST(a_model_without_shapes) {
  ad_ctx *c = ad_ctx_new(NULL);
  char *dot = drawn(two_layers(c, "mlp", 4), "dot", NULL);
  CHECK_STR_HAS(dot, "digraph \"mlp\"");
  CHECK_STR_HAS(dot, "label=\"Linear\\nLinear_0\\n16 params\"");
  CHECK_STR_HAS(dot, "label=\"y\"");
  CHECK_STR_HAS(dot, "label=\"[...]\"");
  free(dot);
  ad_ctx_free(c);
}

TEST(a_page_of_48_layers) {
  ad_ctx *c = ad_ctx_new(NULL);
  char *page = drawn(residual(c, 48, 64), "html", NULL);
  CHECK(strlen(page) < 2000000);
  CHECK_STR_HAS(page, "layer47");
  free(page);
  ad_ctx_free(c);
}

/* A box in a box in a box...: nothing recurses, nothing is tried at every depth. */
TEST(a_model_of_2000_levels) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_model *m = ad_model_new(c, "inner");
  CHECK_INT(ad_model_extend(m, ad_block(c, "Relu", NULL), "input=x, output=y"), AD_OK);
  for (int i = 0; i < 2000; i++) {
    ad_model *outer = ad_model_new(c, "outer");
    CHECK_INT(ad_model_extend(outer, m, "x=x, y=y"), AD_OK);
    m = outer;
  }
  char *svg = drawn(m, "svg", NULL);
  CHECK_STR_HAS(svg, ">inner<");
  free(svg);
  free(drawn(m, "html", NULL));
  ad_ctx_free(c);
}

/* Names of many blocks without one cost no search. */
TEST(a_model_of_30000_blocks) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_model *m = ad_model_new(c, "chain");
  for (int i = 0; i < 30000; i++) ad_model_add(m, ad_block(c, "Relu", NULL), NULL);
  CHECK_STR(ad_model_error_text(m), "");
  char *dot = drawn(m, "dot", NULL);
  CHECK_STR_HAS(dot, "label=\"Relu\\nRelu_29999\"");
  free(dot);
  ad_ctx_free(c);
}

TEST(costs_of_blocks) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = residual(c, 3, 8);
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "h0: 4, 8"});
  CHECK_STR(ad_physical_error_text(p), "");
  ad_array *params[64], *x = ad_ones(c, AD_SHAPE(4, 8), NULL);
  const char *names[64];
  int n = ad_physical_key_count(p, AD_KEY_PARAM);
  CHECK_INT(n, 12);
  for (int i = 0; i < n; i++) {
    int64_t rows = 0, columns = 0;
    int rank = sscanf(ad_physical_shape(p, AD_KEY_PARAM, i), "(%" SCNd64 ", %" SCNd64, &rows, &columns);
    names[i] = ad_physical_key(p, AD_KEY_PARAM, i);
    params[i] = rank == 2 ? ad_ones(c, AD_SHAPE(rows, columns), NULL) : ad_ones(c, AD_SHAPE(rows), NULL);
  }
  ad_array *given = ad_record(c, names, params, n), *data = ad_record(c, (const char *[]){ad_physical_key(p, AD_KEY_DATA, 0)}, &x, 1);
  picture_bytes all = {0};
  char why[300];
  ad_draw_opts o = {.format = "svg", .bytes = picture_take, .user = &all, .error = why, .error_size = sizeof why, .depth = AD_INT(9)};
  ad_physical *open = ad_model_compile(residual(c, 3, 8), NULL); /* has no plan yet */
  CHECK_INT(ad_physical_profile(open, true), AD_E_VALUE);
  CHECK_INT(ad_physical_draw(open, false, NULL, &o), AD_E_VALUE);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(ad_eval(ad_physical_evaluate(p, given, data)), AD_OK);
    CHECK_INT(ad_physical_profile(p, true), AD_OK);
  }
  CHECK_INT(ad_eval(ad_physical_evaluate(p, given, data)), AD_OK);
  if (ad_physical_draw(p, false, NULL, &o)) CHECK_FAIL("%s", why);
  CHECK_STR(xml_fault(all.text), "");
  CHECK_STR_HAS(all.text, ">layer2<");
  CHECK_STR_HAS(all.text, ">Linear_1<");
  CHECK_STR_HAS(all.text, "1.66 k params, ");
  CHECK_STR_HAS(all.text, "class=\"hot\"");
  free(all.text);
  ad_array *cotangents = ad_record(c, (const char *[]){ad_physical_key(p, AD_KEY_OUTPUT, 0)}, &x, 1);
  CHECK_INT(ad_eval(ad_physical_gradients(p, given, data, cotangents)), AD_OK);
  if (ad_physical_draw(p, true, NULL, &o)) CHECK_FAIL("%s", why);
  CHECK_STR(xml_fault(all.text), "");
  CHECK_STR_HAS(all.text, ">cotangent of h3<");
  CHECK_STR_HAS(all.text, ">gradient of weight_0<");
  free(all.text);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(refusals) {
  ad_ctx *c = ad_ctx_new(NULL);
  char why[300];
  ad_draw_opts o = {.error = why, .error_size = sizeof why};
  CHECK_INT(ad_model_draw(NULL, "a.svg", &o), AD_E_VALUE);
  CHECK_STR(why, "model_draw: the model is NULL; a model is right");
  CHECK_INT(ad_model_draw(ad_block(c, "Lineal", NULL), "a.svg", &o), AD_E_KEY);
  CHECK_STR_HAS(why, "Linear");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(a_model_as_svg), CASE(a_model_without_shapes), CASE(a_page_of_48_layers), CASE(a_model_of_2000_levels), CASE(a_model_of_30000_blocks), CASE(costs_of_blocks), CASE(refusals))
