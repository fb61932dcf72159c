/* The public functions: a front end makes the picture, a printer its text, which becomes a file or is handed over. */
#include <string.h>
#include "base/files.h"
#include "array/fn.h"
#include "picture/picture.h"

typedef struct format {
  const char *name;
  ad_picture_printer print;
} format;

static const format formats[] = {{"dot", ad__dot_print}, {"svg", ad__svg_print}, {"html", ad__page_print}, {"json", ad__page_data_print}};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static ad_picture_printer format_of(const char *path, const ad_draw_opts *o, ad_err *e) {
  const char *dot = path ? strrchr(path, '.') : NULL, *name = o->format ? o->format : dot && !strchr(dot, '/') ? dot + 1 : "";
  for (int i = 0; i < FORMATS; i++)
    if (strcmp(formats[i].name, name) == 0) return formats[i].print;
  if (o->format) ad__fail(e, AD_E_VALUE, "the format is \"%.40s\"; \"dot\", \"svg\", \"html\" or \"json\" is right", name);
  else if (!path && o->bytes) ad__fail(e, AD_E_VALUE, "no format; \"dot\", \"svg\", \"html\" or \"json\" is right");
  else ad__fail(e, AD_E_VALUE, "%.300s: a path that ends in .dot, .svg, .html or .json is right, or a format", path ? path : "the path is NULL");
  return NULL;
}

static ad_status write_file(ad_ctx *c, const char *path, const ad_text *t, ad_err *e) {
  ad_writer *w;
  if (!path) return ad__fail(e, AD_E_VALUE, "the path is NULL; the name of a file is right");
  ad_status s = ad__writer_open(&c->mem, path, &w, e);
  if (s) return s;
  s = ad__writer_put(w, t->data, t->length, e);
  if (!s) return ad__writer_commit(w, e);
  ad__writer_abandon(w);
  return s;
}

static void print(ad_drawing *d) {
  ad_text out;
  ad__text_init(&out, &d->p.ctx->mem);
  ad__picture_finish(&d->p, d->o.depth);
  if (!d->p.failed) d->print(&d->p, &out);
  if (d->p.failed || out.failed) ad__fail(&d->e, AD_E_MEMORY, "out of memory, or more than %d boxes", (int)AD_PICTURE_MOST);
  else if (d->o.bytes) d->o.bytes(d->o.user, out.data, out.length);
  else write_file(d->p.ctx, d->path, &out, &d->e);
  ad__text_free(&out);
}

/* ---- What all functions share ---- */

ad_status ad__drawing_begin(ad_drawing *d, const char *function, const char *path, const ad_draw_opts *opts) {
  d->function = function;
  d->path = path;
  d->o = opts ? *opts : (ad_draw_opts){0};
  d->e = (ad_err){AD_OK, ""};
  if (d->o.error && d->o.error_size) d->o.error[0] = 0;
  d->print = format_of(path, &d->o, &d->e);
  if (d->o.depth.given && d->o.depth.value < 0)
    ad__fail(&d->e, AD_E_VALUE, "a depth of %lld; 0 or more is right", (long long)d->o.depth.value);
  return d->e.code;
}

ad_picture *ad__drawing_picture(ad_drawing *d, ad_ctx *c, const char *title) {
  ad__picture_init(&d->p, c, d->o.title ? d->o.title : title);
  return &d->p;
}

ad_status ad__drawing_end(ad_drawing *d) {
  if (d->p.ctx && !d->e.code) print(d);
  if (d->p.ctx) ad__picture_free(&d->p);
  if (d->e.code && d->o.error) ad__format(d->o.error, d->o.error_size, "%s: %s", d->function, d->e.text);
  return d->e.code;
}

/* ---- The functions ---- */

static ad_status graph_draw(const char *name, ad_graph *g, const char *path, const ad_draw_opts *opts, const ad_graph_view *view) {
  ad_drawing d = {0};
  ad__drawing_begin(&d, name, path, opts);
  if (!g || !g->ctx) ad__fail(&d.e, AD_E_VALUE, "the graph is NULL; a graph is right");
  else if (g->error) ad__fail(&d.e, g->error, "%s", g->error_text);
  if (d.e.code) return ad__drawing_end(&d);
  ad__drawing_picture(&d, g->ctx, g->name);
  ad__picture_add_graph(&d.p, 0, g, view);
  return ad__drawing_end(&d);
}

ad_status ad_graph_draw(ad_graph *g, const char *path, const ad_draw_opts *opts) {
  return graph_draw("graph_draw", g, path, opts, NULL);
}

ad_status ad_module_draw(ad_module *m, const char *path, const ad_draw_opts *opts) {
  ad_drawing d = {0};
  ad__drawing_begin(&d, "module_draw", path, opts);
  if (!m) ad__fail(&d.e, AD_E_VALUE, "the module is NULL; a module is right");
  else if (ad_module_status(m)) ad__fail(&d.e, ad_module_status(m), "%s", ad_module_error_text(m));
  if (d.e.code) return ad__drawing_end(&d);
  int n = ad_module_count(m);
  ad__drawing_picture(&d, m->ctx, n == 1 ? ad_module_at(m, 0)->name : "module");
  for (int i = 0; i < n; i++) {
    const ad_graph *g = ad_module_at(m, i);
    ad__picture_add_graph(&d.p, n == 1 ? 0 : ad__picture_box(&d.p, 0, AD_BOX_BLOCK, g->name, NULL, "graph"), g, NULL);
  }
  return ad__drawing_end(&d);
}

static void name_arrays(const char **given, char (*letters)[16], const char *const *names, int n) {
  for (int i = 0, k = 0; i < n; i++) {
    given[i] = names ? names[i] : NULL;
    if (given[i]) continue;
    if (k < 26) ad__format(letters[i], sizeof letters[i], "%c", 'A' + k);
    else ad__format(letters[i], sizeof letters[i], "%c%d", 'A' + k % 26, k / 26);
    given[i] = letters[i];
    k++;
  }
}

static ad_status arrays_draw(const char *name, ad_array *const *arrays, int n, const char *const *names, const char *path,
                             const ad_draw_opts *opts) {
  ad_drawing d = {0};
  ad__drawing_begin(&d, name, path, opts);
  if (n < 1 || !arrays || !arrays[0]) ad__fail(&d.e, AD_E_VALUE, "no arrays; one or more are right");
  ad_ctx *c = d.e.code ? NULL : arrays[0]->ctx;
  size_t each = sizeof(const char *) + sizeof(char[16]);
  char *room = c ? ad__mem_take(&c->mem, (size_t)n * each) : NULL;
  if (!d.e.code && !room) ad__fail(&d.e, AD_E_MEMORY, "out of memory");
  if (d.e.code) return ad__drawing_end(&d);
  const char **given = (const char **)(void *)room;
  name_arrays(given, (char(*)[16])(void *)(given + n), names, n);
  ad_draw_opts o = d.o;
  if (!o.title) o.title = "arrays";
  ad_graph *g = ad_graph_trace(c, "arrays", NULL, 0, arrays, n);
  ad_status s = graph_draw(name, g, path, &o, &(ad_graph_view){.results = given});
  ad_graph_free(g);
  ad__mem_give(&c->mem, room, (size_t)n * each);
  return s;
}

ad_status ad_arrays_draw(ad_array *const *arrays, int n, const char *const *names, const char *path, const ad_draw_opts *opts) {
  return arrays_draw("arrays_draw", arrays, n, names, path, opts);
}

ad_status ad_export_to_dot(const char *path, ad_array *const *arrays, int n, const char *const *names, const ad_draw_opts *opts) {
  ad_draw_opts o = opts ? *opts : (ad_draw_opts){0};
  o.format = "dot";
  return arrays_draw("export_to_dot", arrays, n, names, path, &o);
}

ad_status ad_compiled_draw(ad_fn *f, const char *path, const ad_draw_opts *opts) {
  ad_drawing d = {0};
  ad__drawing_begin(&d, "compiled_draw", path, opts);
  if (!f || !f->ctx) ad__fail(&d.e, AD_E_VALUE, "the function is NULL; a compiled function is right");
  else if (f->failure) ad__fail(&d.e, ad_error_code(f->failure), "%s", ad_error_text(f->failure));
  if (d.e.code) return ad__drawing_end(&d);
  ad__drawing_picture(&d, f->ctx, "plan");
  ad__picture_add_plan(&d.p, f, NULL, &d.e);
  return ad__drawing_end(&d);
}
