/* cli_model.c: reads a model from its JSON form and compiles it, as several subcommands do. */
#include "cli.h"

ad_model *cli_model_of(const cli_request *r, ad_ctx *c, ad_array *bytes) {
  ad_model *m = ad_model_from_json_at(NULL, c, ad_data(bytes), (size_t)ad_array_size(bytes));
  if (!ad_model_error_code(m)) return m;
  cli_failed(r, r->file, ad_model_error_text(m));
  return NULL;
}

ad_model *cli_read_model(const cli_request *r, ad_ctx *c) {
  cli_note(r, "reading the model");
  ad_array *bytes = cli_read_file(r, c, r->file);
  return bytes ? cli_model_of(r, c, bytes) : NULL;
}

int cli_compile_model(const cli_request *r, ad_model *m, const char *shapes, ad_physical **out) {
  cli_note(r, "compiling");
  ad_physical_opts o = {.shapes = shapes ? shapes : r->value[OPT_SHAPES], .constants = r->value[OPT_VALUES], .discard = r->value[OPT_DISCARD]};
  o.inference = r->value[OPT_INFERENCE] || r->command->run == cli_eval || (r->command->run == cli_emit && !r->value[OPT_GRADIENTS]);
  o.native = AD_NATIVE_OFF;
  if (r->value[OPT_DTYPE]) {
    o.dtype = ad_dtype_parse(r->value[OPT_DTYPE]);
    if (o.dtype == AD_DTYPE_NONE) return cli_wrong(r, r->value[OPT_DTYPE], "float16, bfloat16, float32 or float64 is right");
  }
  *out = ad_model_compile_at(NULL, m, &o);
  return ad_physical_error_code(*out) ? cli_failed(r, r->file, ad_physical_error_text(*out)) : CLI_DONE;
}
