/* ad_emit: finds the target's printer and keeps its text with the graph. */
#include <string.h>
#include "emit/targets.h"
#include "ir/ctx.h"
#include "ir/graph.h"

typedef struct target {
  const char *name;
  ad_status (*print)(const ad_graph *g, const ad_emit_opts *opts, ad_text *out, ad_err *e);
} target;

static const target targets[] = {{"numpy", ad__emit_numpy}, {"c", ad__emit_c}, {"c-header", ad__emit_c_header}};

static ad_status print(const ad_graph *g, const char *target_name, const ad_emit_opts *opts, ad_text *out, ad_err *e) {
  if (g->error) return ad__fail(e, g->error, "%s", g->error_text);
  for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
    if (strcmp(targets[i].name, target_name) == 0) return targets[i].print(g, opts, out, e);
  return ad__fail(e, AD_E_VALUE, "emit: target \"%s\"; \"numpy\", \"c\" or \"c-header\" is right", target_name);
}

ad_status ad_emit(ad_graph *g, const char *target_name, const ad_emit_opts *opts, const char **text) {
  static const char *const no_graph = "emit: no graph; a graph is right";
  if (text) *text = no_graph;
  if (!g || !g->ctx || !text) return AD_E_VALUE;
  ad_emit_opts o = opts ? *opts : (ad_emit_opts){.name = NULL};
  if (!o.name) o.name = g->name;
  ad_err e = {AD_OK, ""};
  ad_text out;
  ad__text_init(&out, &g->ctx->mem);
  ad_status s = print(g, target_name ? target_name : "", &o, &out, &e);
  if (!s && out.failed) s = ad__fail(&e, AD_E_MEMORY, "emit: out of memory");
  if (s) {
    ad__text_free(&out);
    ad__text_add(&out, e.text);
  }
  *text = out.failed ? "emit: out of memory" : "";
  if (out.failed) {
    ad__text_free(&out);
    return AD_E_MEMORY;
  }
  ad__text_free(&g->text);
  g->text = out;
  *text = ad__text_str(&g->text);
  return s;
}
