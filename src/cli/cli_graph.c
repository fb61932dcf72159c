/* cli_graph.c: `adamant graph`: a model in its JSON form, or a saved graph or module in its text form, as a picture.
 *
 * The two are told apart by their first byte: JSON begins with a brace. The library writes files whole or not at all. */
#include <string.h>
#include "cli.h"

static void put(void *user, const void *data, size_t size) { fwrite(data, 1, size, user); }

static bool is_json(const char *text, size_t n) {
  size_t at = 0;
  while (at < n && strchr(" \t\r\n", text[at]) && text[at]) at++;
  return at < n && text[at] == '{';
}

static ad_status draw_text(const cli_request *r, ad_ctx *c, ad_array *bytes, const ad_draw_opts *o, const char *out) {
  ad_module *m = ad_module_parse(c, ad_data(bytes), (size_t)ad_array_size(bytes));
  if (!ad_module_status(m)) return ad_module_draw(m, out, o);
  cli_failed(r, r->file, ad_module_error_text(m));
  o->error[0] = 0;
  return ad_module_status(m);
}

static int draw(const cli_request *r, ad_ctx *c) {
  char why[1200] = "";
  long long depth = 0;
  bool named = cli_output_named(r);
  if (r->value[OPT_DEPTH] && cli_number(r, OPT_DEPTH, &depth)) return CLI_USAGE;
  ad_draw_opts o = {.format = r->value[OPT_JSON] ? "json" : r->value[OPT_FORMAT], .title = r->value[OPT_TITLE], .error = why, .error_size = sizeof why};
  if (r->value[OPT_DEPTH]) o.depth = AD_INT(depth);
  if (!named && !o.format) o.format = "dot";
  if (!named) o.bytes = put, o.user = stdout;
  ad_array *bytes = cli_read_file(r, c, r->file);
  if (!bytes) return CLI_FAILED;
  const char *out = named ? r->value[OPT_OUTPUT] : NULL;
  ad_model *m = NULL;
  bool json = is_json(ad_data(bytes), (size_t)ad_array_size(bytes));
  if (json && !(m = cli_model_of(r, c, bytes))) return CLI_FAILED;
  cli_note(r, "drawing");
  cli_hold_interrupts(named);
  ad_status bad = json ? ad_model_draw(m, out, &o) : draw_text(r, c, bytes, &o, out);
  cli_hold_interrupts(false);
  if (!bad) return CLI_DONE;
  return why[0] ? cli_failed(r, r->file, why) : CLI_FAILED;
}

int cli_graph(cli_request *r) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int code = c ? draw(r, c) : cli_failed(r, r->file, "out of memory");
  ad_ctx_free(c);
  return code;
}
