/* Summaries as tables. */
#include <adamant/adamant.h>

#include "check.h"

static ad_ctx *c;

TEST(a_table_of_blocks) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "net");
  ad_model_add(m, ad_block(c, "Linear", "dimension=4"), "input=x, output=h");
  ad_model_add(m, ad_block(c, "Mean", "axis=1"), "output=y");
  CHECK_STR(ad_model_summary(m, NULL),
            "net (Model)\n"
            "block   kind    reads    gives    parameters\n"
            "--------------------------------------------\n"
            "Linear  Linear  x (...)  h (...)  4 + ?\n"
            "Mean    Mean    h (...)  y (...)\n"
            "--------------------------------------------\n"
            "inputs: x (...)\n"
            "outputs: y (...)\n"
            "parameters: 4, and those whose shape is not known yet\n");
  ad_model_set_shapes(m, "x: N, 3");
  CHECK_STR_HAS(ad_model_summary(m, NULL), "Linear  Linear  x (N, 3)  h (N, 4)  16\n");
  CHECK_STR_HAS(ad_model_summary(m, NULL), "\nparameters: 16\n");
  CHECK_STR_HAS(ad_model_summary(m, &(ad_summary_opts){.no_shapes = true, .types = true}), "outputs: y tensor[float]");
  ad_scope_end(s, NULL);
}

/* A parameter that two blocks share counts for the first; blocks inside stand further right. */
TEST(shared_and_nested) {
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "tied");
  ad_model_extend(m, ad_block(c, "Linear", "dimension=3, use_bias=false"), "input=x, weight=w, output=h");
  ad_model_extend(m, ad_block(c, "Linear", "dimension=3, use_bias=false"), "input=h, weight=w, output=y");
  ad_model *relu = ad_block(c, "Relu", NULL);
  ad_model_extend(m, ad_block_of(c, "Layer", "dimension=2", &relu, 1), "input=y, output=z");
  CHECK_STR(ad_model_error_text(m), "");
  ad_model_set_shapes(m, "x: N, 3");
  const char *text = ad_model_summary(m, &(ad_summary_opts){.depth = 2});
  CHECK_STR_HAS(text, "Linear_0  Linear  x (N, 3)      h (N, 3)   9\n");
  CHECK_STR_HAS(text, "Linear_1  Linear  h (N, 3)      y (N, 3)\n");
  CHECK_STR_HAS(text, "Layer     Layer   y (N, 3)      z (N, 2)   8\n");
  CHECK_STR_HAS(text, "  Linear  Linear");
  CHECK_STR_HAS(text, "\nparameters: 17\n");
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(a_table_of_blocks), CASE(shared_and_nested)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  ad_ctx_free(c);
  return r;
}
