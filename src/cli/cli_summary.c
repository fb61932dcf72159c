/* cli_summary.c: `adamant summary`: the table of a model's blocks; with --json its blocks and their terminals. */
#include "cli.h"

static const char *const roles[] = {"input", "output", "internal", "latent"};

static void put_blocks(FILE *out, ad_model *m, int depth) {
  fputs("{\"name\": ", out);
  cli_json_text(out, ad_model_name(m));
  fputs(", \"block\": ", out);
  cli_json_text(out, ad_model_block(m));
  fputs(", \"connections\": [", out);
  for (int i = 0; i < ad_model_conn_count(m); i++) {
    ad_conn *k = ad_model_conn_at(m, i);
    fputs(i ? ", {\"name\": " : "{\"name\": ", out);
    cli_json_text(out, ad_conn_name(k));
    fprintf(out, ", \"role\": \"%s\", \"type\": ", roles[ad_conn_get_role(k)]);
    cli_json_text(out, ad_conn_type(k));
    fputs(", \"shape\": ", out);
    cli_json_text(out, ad_conn_shape(k));
    fputc('}', out);
  }
  fputs("], \"blocks\": [", out);
  for (int i = 0; depth && i < ad_model_child_count(m); i++) {
    if (i) fputs(", ", out);
    put_blocks(out, ad_model_child(m, i), depth - 1);
  }
  fputs("]}", out);
}

static int summarize(const cli_request *r, ad_ctx *c) {
  long long depth = 0;
  if (r->value[OPT_DEPTH] && cli_number(r, OPT_DEPTH, &depth)) return CLI_USAGE;
  ad_model *m = cli_read_model(r, c);
  if (!m) return CLI_FAILED;
  if (r->value[OPT_SHAPES] && ad_model_set_shapes(m, r->value[OPT_SHAPES])) return cli_failed(r, r->file, ad_model_error_text(m));
  if (!r->value[OPT_JSON]) {
    ad_summary_opts o = {.no_shapes = r->value[OPT_NO_SHAPES], .types = r->value[OPT_TYPES], .depth = (int)depth};
    return cli_output_text(r, ad_model_summary(m, &o));
  }
  cli_output out;
  int code = cli_output_begin(r, &out);
  if (code) return code;
  put_blocks(out.file, m, depth ? (int)depth : 64);
  fputc('\n', out.file);
  return cli_output_end(r, &out);
}

int cli_summary(cli_request *r) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int code = c ? summarize(r, c) : cli_failed(r, r->file, "out of memory");
  ad_ctx_free(c);
  return code;
}
