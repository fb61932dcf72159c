/* Modules: graphs by name, in the order they were put in.
 *
 * A module holds its graphs and is known to its context, which ends it at the latest with itself. Names are the graphs' own;
 * `call` and function values name a graph of their module. Not here: linking modules with each other. */
#include <string.h>
#include "ir/ctx.h"
#include "ir/graph.h"

ad_module *ad_module_new(ad_ctx *c) {
  ad_module *m = c ? ad__mem_zeroed(&c->mem, sizeof *m) : NULL;
  if (!m) return NULL;
  m->ctx = c;
  ad__map_init(&m->graphs, &c->mem);
  ad__text_init(&m->text, &c->mem);
  m->next = c->modules;
  if (c->modules) c->modules->previous = m;
  c->modules = m;
  return m;
}

void ad_module_free(ad_module *m) {
  if (!m) return;
  ad_ctx *c = m->ctx;
  size_t cursor = 0;
  for (ad_map_entry *e; (e = ad__map_next(&m->graphs, &cursor)) != NULL;) ad__graph_drop(e->value.pointer);
  if (m->previous) m->previous->next = m->next;
  else c->modules = m->next;
  if (m->next) m->next->previous = m->previous;
  ad__map_free(&m->graphs);
  ad__text_free(&m->text);
  ad__mem_give(&c->mem, m, sizeof *m);
}

ad_status ad_module_status(const ad_module *m) { return m ? m->error.code : AD_E_MEMORY; }
const char *ad_module_error_text(const ad_module *m) {
  if (!m) return "out of memory, or a NULL handle";
  return m->error.code ? m->error.text : "";
}

ad_status ad_module_add(ad_module *m, ad_graph *g) {
  if (!m) return AD_E_VALUE;
  if (!g || g->error) return ad__fail(&m->error, ad_graph_status(g), "%s", ad_graph_error_text(g));
  if (g->ctx != m->ctx) return ad__fail(&m->error, AD_E_VALUE, "module: a graph of another context; one of the same is right");
  bool fresh;
  ad_map_value *v = ad__map_put(&m->graphs, ad__map_text(g->name, strlen(g->name)), &fresh);
  if (!v) return ad__fail(&m->error, AD_E_MEMORY, "out of memory");
  if (!fresh) return ad__fail(&m->error, AD_E_KEY, "module: the name %.80s is taken; a new one is right", g->name);
  v->pointer = g;
  g->refs++;
  return AD_OK;
}

int ad_module_count(const ad_module *m) { return m ? (int)m->graphs.count : 0; }

ad_graph *ad_module_at(const ad_module *m, int index) {
  return index >= 0 && index < ad_module_count(m) ? m->graphs.entries[index].value.pointer : NULL;
}

ad_graph *ad_module_find(const ad_module *m, const char *name) {
  const ad_map_value *v = m && name ? ad__map_find(&m->graphs, ad__map_text(name, strlen(name))) : NULL;
  return v ? v->pointer : NULL;
}

const char *ad_module_text(ad_module *m) {
  if (!m || m->error.code) return ad_module_error_text(m);
  m->text.length = 0;
  m->text.failed = false;
  ad_map seen; /* types whose unions are printed */
  ad__map_init(&seen, &m->ctx->mem);
  for (int i = 0; i < ad_module_count(m); i++) {
    if (i) ad__text_char(&m->text, '\n');
    ad__unions_print(&seen, ad_module_at(m, i), &m->text);
    ad__graph_print(ad_module_at(m, i), &m->text);
  }
  ad__map_free(&seen);
  return m->text.failed ? "out of memory" : ad__text_str(&m->text);
}
