/* cli_emit.c: `adamant emit`: the program of a compiled model in C or NumPy. */
#include "cli.h"

static int emit(const cli_request *r, ad_ctx *c) {
  ad_model *m = cli_read_model(r, c);
  ad_physical *p;
  int code = m ? cli_compile_model(r, m, NULL, &p) : CLI_FAILED;
  if (code) return code;
  const char *target = r->value[OPT_TARGET] ? r->value[OPT_TARGET] : "c", *text;
  ad_emit_opts o = {.name = r->value[OPT_NAME], .example = r->value[OPT_EXAMPLE]};
  cli_note(r, "printing the program");
  if (ad_physical_source(p, target, r->value[OPT_GRADIENTS], &o, &text)) return cli_failed(r, r->file, text);
  if (!r->value[OPT_JSON]) return cli_output_text(r, text);
  cli_output out;
  code = cli_output_begin(r, &out);
  if (code) return code;
  fputs("{\"target\": ", out.file);
  cli_json_text(out.file, target);
  fputs(", \"source\": ", out.file);
  cli_json_text(out.file, text);
  fputs("}\n", out.file);
  return cli_output_end(r, &out);
}

int cli_emit(cli_request *r) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int code = c ? emit(r, c) : cli_failed(r, r->file, "out of memory");
  ad_ctx_free(c);
  return code;
}
