/* cli_compile.c: `adamant compile`: what became of a model when it was compiled. */
#include "cli.h"

static void put_keys(FILE *out, const ad_physical *p, const char *title, ad_key_kind kind) {
  fprintf(out, ", \"%s\": [", title);
  for (int i = 0; i < ad_physical_key_count(p, kind); i++) {
    fputs(i ? ", {\"name\": " : "{\"name\": ", out);
    cli_json_text(out, ad_physical_key(p, kind, i));
    fputs(", \"shape\": ", out);
    cli_json_text(out, ad_physical_shape(p, kind, i));
    fputc('}', out);
  }
  fputc(']', out);
}

static int report(const cli_request *r, ad_ctx *c) {
  ad_model *m = cli_read_model(r, c);
  ad_physical *p;
  int code = m ? cli_compile_model(r, m, NULL, &p) : CLI_FAILED;
  if (code) return code;
  if (!r->value[OPT_JSON]) return cli_output_text(r, ad_physical_report(p));
  cli_output out;
  code = cli_output_begin(r, &out);
  if (code) return code;
  fputs("{\"model\": ", out.file);
  cli_json_text(out.file, ad_model_name(m));
  fprintf(out.file, ", \"ops\": %d", ad_physical_op_count(p));
  put_keys(out.file, p, "parameters", AD_KEY_PARAM);
  put_keys(out.file, p, "data", AD_KEY_DATA);
  put_keys(out.file, p, "states", AD_KEY_STATE);
  put_keys(out.file, p, "outputs", AD_KEY_OUTPUT);
  fputs(", \"report\": ", out.file);
  cli_json_text(out.file, ad_physical_report(p));
  fputs("}\n", out.file);
  return cli_output_end(r, &out);
}

int cli_compile(cli_request *r) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int code = c ? report(r, c) : cli_failed(r, r->file, "out of memory");
  ad_ctx_free(c);
  return code;
}
