/* Models as pictures: a box for each block, parameters counted where they are used, values wired as the blocks are.
 *
 * A logical model has its blocks, whether or not shapes are known; a value that a block inside reads and nothing makes is an input, in
 * a box of its own where it was given a name, unless it is a parameter: those are counted in the block that they belong to, so
 * that what flows is what is seen. A physical model is drawn by the same blocks, with the ops of its plan in them and what they cost.
 * Blocks wait in a list, so nothing recurses. */
#include <adamant/picture.h>

#include <string.h>
#include "model/physical.h"
#include "picture/picture.h"

enum { MOST_VALUE = 60 };

typedef struct model_front {
  ad_picture *p;
  const ad_model *root;
  ad_map boxes;  /* model -> its box */
  ad_map inputs; /* edge -> its box, + 1; 0: it has none */
  ad_map named;  /* edge -> the outermost connection with a name */
  ad_map homes;  /* edge -> the innermost box that holds all that read it */
  const ad_model **list; /* all models, parents before children; room grows by doubling in the picture's arena */
  size_t n, room;
} model_front;

static ad_map_key key_of(const void *p) { return ad__map_pointer(p); }

static int found(const ad_map *m, const void *key) {
  const ad_map_value *v = ad__map_find(m, key_of(key));
  return v ? (int)v->number : 0;
}

static ad_map_value *put(model_front *f, ad_map *m, const void *key, bool *fresh) {
  ad_map_value *v = ad__map_put(m, key_of(key), fresh);
  if (!v) f->p->failed = true;
  return v;
}

/* ---- Text ---- */

/* "float32[N, 784]"; "[N, 784]" where the dtype is still open; what else it may be where it is no tensor. */
static const char *label_of(model_front *f, const ad_edge *e) {
  ad_text t;
  ad__text_init(&t, &f->p->ctx->mem);
  bool one = e->kinds && !(e->kinds & (e->kinds - 1));
  if (e->dtype != AD_DTYPE_NONE) ad__text_add(&t, ad_dtype_name(e->dtype));
  else if (e->kinds == AD_IS_TENSOR_FLOAT) ad__text_add(&t, "float");
  else if (one || !(e->kinds & AD_IS_TENSOR)) ad__kinds_print(e->kinds, &t);
  if (e->kinds & AD_IS_TENSOR) {
    size_t at = t.length;
    ad__edge_shape_print(f->p->ctx, e, &t);
    if (!t.failed) t.data[at] = '[', t.data[t.length - 1] = ']';
  }
  const char *label = ad__picture_text(f->p, ad__text_str(&t));
  ad__text_free(&t);
  return label;
}

/* Elements of a value whose dims are all numbers; -1 otherwise. */
static double elements_of(const ad_edge *e) {
  double n = 1;
  for (int i = 0; i < e->rank; i++) {
    ad_dim d = ad__dim_resolve(e->dims[i]);
    if (d < 0) return -1;
    n *= (double)d;
  }
  return e->rank < 0 ? -1 : n;
}

/* ---- Boxes ---- */

static void add_model(model_front *f, const ad_model *m, const char *name, int parent) {
  const char *block = ad_model_block(m);
  ad_box_kind kind = m->child_count ? AD_BOX_BLOCK : AD_BOX_OP;
  const char *family = m->block ? m->block->group : m->unit ? m->unit->op->group : "model";
  bool other = strcmp(name, block) != 0;
  const char *title = m->child_count && other ? name : block, *line = m->child_count || !other ? NULL : name;
  int box = m == f->root ? 0 : ad__picture_box(f->p, parent, kind, title, line, family);
  ad_map_value *v = put(f, &f->boxes, m, NULL);
  if (v) v->number = (uint64_t)box;
  if (f->p->failed) return;
  ad__picture_detail(f->p, box, "block", "%s", block);
  if (m->params_text && *m->params_text) ad__picture_detail(f->p, box, "with", "%s", m->params_text);
  if (f->n == f->room) {
    f->room = f->room ? 2 * f->room : 64;
    const ad_model **more = ad__arena_array(&f->p->arena, f->room, sizeof *more, sizeof(void *));
    if (!more) {
      f->p->failed = true;
      return;
    }
    if (f->n) memcpy(more, f->list, f->n * sizeof *more);
    f->list = more;
  }
  f->list[f->n++] = m;
}

/* The blocks of m by the names that ad_model_name gives, "Linear_1" where several have none, but in one pass. */
static void add_children(model_front *f, const ad_model *m) {
  ad_map kinds[2]; /* how many blocks of a kind have no name: all, and so far */
  char room[128];
  for (int i = 0; i < 2; i++) ad__map_init(&kinds[i], &f->p->ctx->mem);
  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < m->child_count && !f->p->failed; k++) {
      const ad_model *b = m->children[k];
      const char *kind = ad_model_block(b);
      ad_map_value *n = b->name ? NULL : ad__map_put(&kinds[pass], ad__map_text(kind, strlen(kind)), NULL);
      if (!b->name && !n) f->p->failed = true;
      uint64_t before = n ? n->number++ : 0;
      if (!pass) continue;
      bool alone = b->name || ad__map_find(&kinds[0], ad__map_text(kind, strlen(kind)))->number == 1;
      if (!alone) ad__format(room, sizeof room, "%s_%llu", kind, (unsigned long long)before);
      add_model(f, b, b->name ? b->name : alone ? kind : room, found(&f->boxes, m));
    }
  for (int i = 0; i < 2; i++) ad__map_free(&kinds[i]);
}

static void add_models(model_front *f) {
  add_model(f, f->root, "", 0);
  for (size_t i = 0; i < f->n && !f->p->failed; i++) add_children(f, f->list[i]);
}

/* ---- Values that nothing makes ---- */

static bool is_parameter(const ad_edge *e) { return e->differentiable > 0; }

/* Names, from the outside in; and for each value the innermost box that holds all that read it. */
static void find_names_and_homes(model_front *f) {
  for (size_t i = 0; i < f->n && !f->p->failed; i++) {
    const ad_model *m = f->list[i];
    for (int k = 0; k < m->conn_count; k++) {
      bool fresh = false;
      ad_map_value *v = m->conns[k]->name ? put(f, &f->named, ad__edge_root(m->conns[k]->edge), &fresh) : NULL;
      if (v && fresh) v->pointer = m->conns[k];
    }
    for (int k = 0; m->unit && k < m->unit->inputs; k++) {
      const ad_edge *e = m->unit->slots[k] ? ad__edge_root(m->unit->slots[k]) : NULL;
      bool fresh = false;
      ad_map_value *v = e && !e->maker ? put(f, &f->homes, e, &fresh) : NULL;
      int box = found(&f->boxes, m);
      if (v) v->number = (uint64_t)(fresh ? box : ad__picture_common(f->p, (int)v->number, box));
    }
  }
}

/* Counts a parameter in its home, once. */
static void add_parameter(model_front *f, const ad_edge *e, const ad_conn *named) {
  ad_box *b = &f->p->boxes[found(&f->homes, e)];
  double n = elements_of(e);
  if (n >= 0) b->parameters = (b->parameters > 0 ? b->parameters : 0) + n;
  ad__picture_detail(f->p, found(&f->homes, e), named ? named->name : "parameter", "%s", label_of(f, e));
}

/* The box of a value that nothing makes; 0: it has none. */
static int input_box(model_front *f, const ad_edge *e) {
  bool fresh;
  ad_map_value *v = put(f, &f->inputs, e, &fresh);
  if (!v || !fresh) return v ? (int)v->number : 0;
  const ad_map_value *name = ad__map_find(&f->named, key_of(e));
  const ad_conn *k = name ? name->pointer : NULL;
  if (is_parameter(e)) {
    add_parameter(f, e, k);
    return 0;
  }
  int home = found(&f->homes, e), parent = k ? found(&f->boxes, k->owner) : f->p->boxes[home].parent;
  /* A terminal of one op that nobody wired: what is not wired further out is a setting still open, and is seen in the block. */
  if (k && parent == home && f->p->boxes[home].kind == AD_BOX_OP) parent = f->p->boxes[home].parent;
  int box = ad__picture_box(f->p, parent, AD_BOX_INPUT, k ? k->name : "input", NULL, "input");
  if (box) ad__picture_detail(f->p, box, "type", "%s", label_of(f, e));
  v->number = (uint64_t)box;
  return box;
}

/* ---- Wires ---- */

static void add_setting(model_front *f, int box, const char *what, const ad_literal *value) {
  ad_text t;
  ad__text_init(&t, &f->p->ctx->mem);
  ad__literal_print(value, &t);
  ad__picture_detail(f->p, box, *what ? what : "value", "%.*s%s", MOST_VALUE, ad__text_str(&t), t.length > MOST_VALUE ? "..." : "");
  ad__text_free(&t);
}

static int output_of(const ad_unit *u, const ad_edge *e) {
  for (int k = 0; k < u->outputs; k++)
    if (ad__edge_root(u->slots[u->inputs + k]) == e) return k;
  return 0;
}

static int maker_box(model_front *f, const ad_edge *e, int *out) {
  *out = e->maker ? output_of(e->maker, e) : 0;
  if (!e->maker) return input_box(f, e);
  return found(&f->boxes, e->maker->model);
}

static void add_unit(model_front *f, const ad_unit *u) {
  int box = found(&f->boxes, u->model);
  for (int k = 0; k < u->inputs && !f->p->failed; k++) {
    const ad_edge *e = u->slots[k] ? ad__edge_root(u->slots[k]) : NULL;
    const char *operand = ad__picture_operand(f->p, u->params, false, k);
    if (!e) continue;
    if (!e->maker && e->value) {
      add_setting(f, box, operand, e->value);
      continue;
    }
    int out, from = maker_box(f, e, &out);
    ad_arrow arrow = {.from = from, .out = out, .to = box, .in = k, .label = label_of(f, e), .operand = operand};
    if (from && from != box) ad__picture_edge(f->p, arrow);
  }
}

static void add_outputs(model_front *f) {
  const ad_model *m = f->root;
  for (int k = 0; k < m->conn_count && !f->p->failed; k++) {
    if (ad_conn_get_role(m->conns[k]) != AD_CONN_OUTPUT) continue;
    const ad_edge *e = ad__edge_root(m->conns[k]->edge);
    int out, from = maker_box(f, e, &out);
    int box = ad__picture_box(f->p, 0, AD_BOX_RESULT, ad_conn_name(m->conns[k]), NULL, "result");
    if (box) ad__picture_detail(f->p, box, "type", "%s", label_of(f, e));
    if (from) ad__picture_edge(f->p, (ad_arrow){.from = from, .out = out, .to = box, .label = label_of(f, e), .operand = ""});
  }
}

static void add_logical(ad_picture *p, const ad_model *m) {
  model_front f = {.p = p, .root = m};
  ad_map *maps[] = {&f.boxes, &f.inputs, &f.named, &f.homes};
  for (int i = 0; i < 4; i++) ad__map_init(maps[i], &p->ctx->mem);
  add_models(&f);
  find_names_and_homes(&f);
  for (size_t i = 0; i < f.n && !p->failed; i++)
    if (f.list[i]->unit) add_unit(&f, f.list[i]->unit);
  add_outputs(&f);
  for (int i = 0; i < 4; i++) ad__map_free(maps[i]);
}

ad_status ad_model_draw(ad_model *m, const char *path, const ad_draw_opts *opts) {
  ad_drawing d = {0};
  ad__drawing_begin(&d, "model_draw", path, opts);
  if (!m || !m->ctx) ad__fail(&d.e, AD_E_VALUE, "the model is NULL; a model is right");
  else if (m->failed) ad__fail(&d.e, m->error, "%s", m->error_text);
  if (!d.e.code) add_logical(ad__drawing_picture(&d, m->ctx, ad_model_name(m)), m);
  return ad__drawing_end(&d);
}

/* ---- Physical models ---- */

ad_status ad_physical_profile(ad_physical *p, bool on) {
  if (!p || ad_physical_error_code(p)) return AD_E_VALUE;
  ad_status forward = ad_compiled_profile(ad__physical_function(p, false), on), back = ad_compiled_profile(ad__physical_function(p, true), on);
  return forward == AD_OK || back == AD_OK ? AD_OK : forward;
}

static const char *gradient_name(ad_picture *pic, const char *of, const char *what) {
  char room[160];
  ad__format(room, sizeof room, "%s %s", what, of);
  return ad__picture_text(pic, room);
}

/* Names of what the function takes (parameters, data, cotangents of outputs) and gives (outputs, gradients). False without memory. */
static bool name_keys(ad_picture *pic, const ad_physical *p, bool gradients, ad_plan_view *view) {
  int trained = ad_physical_key_count(p, AD_KEY_PARAM), data = ad_physical_key_count(p, AD_KEY_DATA);
  int outputs = ad_physical_key_count(p, AD_KEY_OUTPUT);
  const char **names = ad__arena_array(&pic->arena, (size_t)trained + (size_t)data + (size_t)outputs + 1, sizeof *names, sizeof *names);
  const char **results = ad__arena_array(&pic->arena, (size_t)trained + (size_t)outputs + 1, sizeof *results, sizeof *results);
  if (!names || !results) return false;
  view->weights = trained;
  view->names = names;
  view->results = results;
  for (int i = 0; i < trained; i++) names[i] = ad_physical_key(p, AD_KEY_PARAM, i);
  for (int i = 0; i < data; i++) names[trained + i] = ad_physical_key(p, AD_KEY_DATA, i);
  view->named = trained + data;
  for (int i = 0; i < outputs; i++) {
    results[i] = ad_physical_key(p, AD_KEY_OUTPUT, i);
    if (gradients) names[view->named++] = gradient_name(pic, results[i], "cotangent of");
  }
  for (int i = 0; gradients && i < trained; i++) results[outputs + i] = gradient_name(pic, names[i], "gradient of");
  return true;
}

ad_status ad_physical_draw(ad_physical *p, bool gradients, const char *path, const ad_draw_opts *opts) {
  ad_drawing d = {0};
  ad__drawing_begin(&d, "physical_draw", path, opts);
  if (!p) ad__fail(&d.e, AD_E_VALUE, "the model is NULL; a compiled model is right");
  else if (ad_physical_error_code(p)) ad__fail(&d.e, ad_physical_error_code(p), "%s", ad_physical_error_text(p));
  if (d.e.code) return ad__drawing_end(&d);
  ad_model *m = ad__physical_model(p);
  ad_picture *pic = ad__drawing_picture(&d, m->ctx, ad_model_name(m));
  ad_plan_view view = {.root = ad__picture_text(pic, ad_model_name(m))};
  if (!name_keys(pic, p, gradients, &view)) ad__fail(&d.e, AD_E_MEMORY, "out of memory");
  else ad__picture_add_plan(pic, ad__physical_function(p, gradients), &view, &d.e);
  return ad__drawing_end(&d);
}
