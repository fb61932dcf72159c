/* Graphs as pictures: a box for each node, blocks for names with dots and for regions.
 *
 * Numbers without a name stand in the box that uses them, and members of a tuple are values of the box that makes it, so neither has a box.
 * A node stands in the block that its name says; if that says none, in the innermost block that holds all weights it uses (values with
 * a name in a block), or else all it is computed from: what a layer computes is then found beside what it is computed with.
 * Regions wait in a list, so that nothing recurses. A region used by many nodes is drawn in each, as long as there are fewer than
 * MOST_REPEATED boxes; later ones say so instead: regions in regions could else be more than any memory. */
#include "picture/picture.h"

#include <string.h>
#include "ir/ctx.h"

enum { MOST_REPEATED = 1 << 17, MOST_DEEP = 256, MOST_DETAIL = 400, MOST_ELEMENTS = 8, NO_BOX = -1 };

typedef struct waiting {
  const ad_graph *g;
  int parent;
} waiting;

typedef struct graph_front {
  ad_picture *p;
  const ad_graph *g;
  const ad_graph_view *view;
  int parent;
  int *boxes;   /* per node: its box, or that of the node it is a member of; NO_BOX */
  int *outs;    /* per node: which value of that box */
  int *blocks;  /* per node: the box it stands in */
  ad_map by_path; /* "h.0.attn" -> block */
  waiting *list;  /* regions to come */
  size_t waiting, list_room;
} graph_front;

static const char *name_of(const graph_front *f, const ad_array *a) {
  const char *given = f->view && f->view->names ? f->view->names[a->serial] : NULL;
  return given ? given : f->g->names[a->serial];
}

/* ---- Blocks ---- */

static bool is_weight(const graph_front *f, const ad_array *a) {
  return (a->op == &ad__op_param || (a->flags & AD_NODE_CONST)) && f->blocks[a->serial] != f->parent;
}

/* The block that a name's dots say, made with all it stands in where they are new. The last part is the node's, unless all are blocks;
 * parts beyond the depth of MOST_DEEP make none, so that a name cannot cost the square of its length. */
static int block_of_name(graph_front *f, const char *name, bool all) {
  int block = f->parent;
  for (const char *part = name; *part;) {
    size_t n = strcspn(part, ".");
    if ((!part[n] && !all) || f->p->boxes[block].depth >= MOST_DEEP) break;
    ad_map_value *v = ad__map_put(&f->by_path, ad__map_text(name, (size_t)(part - name) + n), NULL);
    if (!v) f->p->failed = true;
    if (!v || f->p->failed) return block;
    if (!v->number) {
      const char *title = ad__arena_text(&f->p->arena, part, n);
      v->number = (uint64_t)ad__picture_box(f->p, block, AD_BOX_BLOCK, title, NULL, "block");
    }
    block = (int)v->number;
    part += n + (part[n] != 0);
  }
  return block;
}

/* The block that a place says, below the root; that of the whole when it says none. */
static int block_of_place(graph_front *f, const char *place) {
  size_t n = strlen(f->view->root);
  bool inside = place && strncmp(place, f->view->root, n) == 0 && place[n] == '.';
  return inside ? block_of_name(f, place + n + 1, true) : f->parent;
}

static int block_of(graph_front *f, const ad_array *a) {
  const char *name = name_of(f, a);
  if (f->view && f->view->blocks && f->view->blocks[a->serial]) return f->view->blocks[a->serial];
  if (f->view && f->view->blocks) return f->parent;
  if (f->view && f->view->root && a->op != &ad__op_param && !(a->flags & AD_NODE_CONST)) return block_of_place(f, a->where);
  if (name && strchr(name, '.')) return block_of_name(f, name, false);
  int block = NO_BOX;
  for (int weights = 1; weights >= 0 && block == NO_BOX; weights--)
    for (int k = 0; k < a->n; k++) {
      if (!a->in[k] || (weights && !is_weight(f, a->in[k])) || (!weights && f->boxes[a->in[k]->serial] == NO_BOX)) continue;
      int other = f->blocks[a->in[k]->serial];
      block = block == NO_BOX ? other : ad__picture_common(f->p, block, other);
    }
  return block == NO_BOX ? f->parent : block;
}

/* ---- One node ---- */

static const char *last_part(const char *name) {
  const char *dot = name ? strrchr(name, '.') : NULL;
  return dot && dot[1] ? dot + 1 : name;
}

const char *ad__picture_operand(ad_picture *p, const char *params, bool list, int k) {
  const char *at = params;
  for (int i = 0; i < k && at && !list; i++) {
    at = strchr(at, ',');
    if (at) at += 1 + strspn(at + 1, " ");
  }
  if (!at) return "";
  char room[80];
  int n = (int)strcspn(at, ",");
  if (list) ad__format(room, sizeof room, "%.*s %d", n, at, k);
  else ad__format(room, sizeof room, "%.*s", n, at);
  return ad__picture_text(p, room);
}

static const char *operand_name(ad_picture *p, const ad_op *op, int k) {
  return ad__picture_operand(p, op->params, op->inputs == AD_INPUTS_ANY, k);
}

/* Attributes and numbers: "axes=[1], b=0.5". */
static void print_settings(graph_front *f, const ad_array *a, ad_text *out) {
  ad__attrs_print(a, out);
  for (int k = 0; k < a->n; k++) {
    if (!a->in[k] || f->boxes[a->in[k]->serial] != NO_BOX) continue;
    ad__text_fmt(out, "%s%s=", out->length ? ", " : "", operand_name(f->p, a->op, k));
    ad__elements_print(a->in[k], out);
  }
}

static double elements_of(const ad_type *t) { return t->kind == AD_KIND_TENSOR && t->size >= 0 ? (double)t->size : -1; }

static int add_given(graph_front *f, const ad_array *a, int block) {
  ad_picture *p = f->p;
  bool weight = block != f->parent, constant = a->flags & AD_NODE_CONST;
  ad_box_kind kind = weight ? AD_BOX_PARAMETER : constant ? AD_BOX_CONSTANT : AD_BOX_INPUT;
  const char *name = last_part(name_of(f, a));
  ad_text value;
  ad__text_init(&value, &p->ctx->mem);
  if (constant && a->type->kind == AD_KIND_TENSOR && a->type->size <= MOST_ELEMENTS) ad__elements_print(a, &value);
  const char *title = name ? name : value.length ? ad__text_str(&value) : "constant";
  int box = ad__picture_box(p, block, kind, title, NULL, weight ? "parameter" : constant ? "constant" : "input");
  if (value.length) ad__picture_detail(p, box, "value", "%s", ad__text_str(&value));
  if (value.failed) p->failed = true;
  ad__text_free(&value);
  if (weight && box) p->boxes[box].parameters = elements_of(a->type);
  return box;
}

static int add_op(graph_front *f, const ad_array *a, int block) {
  ad_picture *p = f->p;
  const char *name = last_part(name_of(f, a));
  ad_text settings;
  ad__text_init(&settings, &p->ctx->mem);
  print_settings(f, a, &settings);
  int box = ad__picture_box(p, block, AD_BOX_OP, a->op->name, name ? name : ad__text_str(&settings), a->op->group);
  if (settings.length) ad__picture_detail(p, box, "settings", "%.*s", MOST_DETAIL, ad__text_str(&settings));
  if (settings.failed) p->failed = true;
  ad__text_free(&settings);
  return box;
}

static void add_edges(graph_front *f, const ad_array *a, int box) {
  for (int k = 0; k < a->n; k++) {
    const ad_array *x = a->in[k];
    if (!x || f->boxes[x->serial] == NO_BOX) continue;
    ad__picture_edge(f->p, (ad_arrow){.from = f->boxes[x->serial], .out = f->outs[x->serial], .to = box, .in = k,
                                     .label = ad__picture_type(f->p, x->type), .operand = operand_name(f->p, a->op, k)});
  }
}

static void wait_for(graph_front *f, const ad_graph *g, int parent) {
  if (f->waiting == f->list_room) {
    size_t wanted = f->list_room ? f->list_room * 2 : 16;
    waiting *more = ad__mem_resize(&f->p->ctx->mem, f->list, f->list_room * sizeof *more, wanted * sizeof *more);
    if (!more) {
      f->p->failed = true;
      return;
    }
    f->list = more;
    f->list_room = wanted;
  }
  f->list[f->waiting++] = (waiting){g, parent};
}

static void add_regions(graph_front *f, const ad_array *a, int box) {
  int regions = 0;
  for (int i = 0; a->attrs && i < a->op->field_count; i++)
    regions += a->op->fields[i].kind == AD_FIELD_GRAPH && a->attrs->at[i].given;
  for (int i = 0; regions && i < a->op->field_count; i++) {
    if (a->op->fields[i].kind != AD_FIELD_GRAPH || !a->attrs->at[i].given) continue;
    const ad_graph *g = a->attrs->at[i].as.graph;
    if (f->p->n_boxes > MOST_REPEATED) {
      ad__picture_detail(f->p, box, a->op->fields[i].name, "graph %s, not drawn: the picture has too many boxes", g->name);
      continue;
    }
    wait_for(f, g, regions == 1 ? box : ad__picture_box(f->p, box, AD_BOX_BLOCK, a->op->fields[i].name, g->name, "region"));
  }
}

/* Numbers, and members of what has a box of its own. */
static bool has_no_box(graph_front *f, const ad_array *a) {
  const ad_array *of = a->n ? a->in[0] : NULL;
  bool number = (a->flags & AD_NODE_WEAK) || (a->type->kind == AD_KIND_TENSOR && a->type->size == 1 && !name_of(f, a));
  if ((a->flags & AD_NODE_CONST) && number) return true;
  if (!(a->op->flags & AD_OP_PROJECTS) || f->outs[of->serial]) return false;
  f->boxes[a->serial] = f->boxes[of->serial];
  f->outs[a->serial] = 1 + (int)ad__attr(a, 0)->as.i;
  f->blocks[a->serial] = f->blocks[of->serial];
  return true;
}

static void add_node(graph_front *f, const ad_array *a) {
  ad_picture *p = f->p;
  f->boxes[a->serial] = NO_BOX;
  f->blocks[a->serial] = f->parent;
  if (has_no_box(f, a)) return;
  int block = f->blocks[a->serial] = block_of(f, a);
  bool given = a->op == &ad__op_param || (a->flags & AD_NODE_CONST);
  int box = f->boxes[a->serial] = given ? add_given(f, a, block) : add_op(f, a, block);
  if (name_of(f, a)) {
    p->boxes[box].called = ad__picture_text(p, last_part(name_of(f, a)));
    ad__picture_detail(p, box, "name", "%s", name_of(f, a));
  }
  ad__picture_detail(p, box, "type", "%s", ad__picture_type(p, a->type));
  if (a->where) ad__picture_detail(p, box, "place", "%s", a->where);
  if (f->view && f->view->boxes) f->view->boxes[a->serial] = box;
  if (given || p->failed) return;
  add_edges(f, a, box);
  add_regions(f, a, box);
}

static void add_results(graph_front *f) {
  const ad_graph *g = f->g;
  for (int i = 0; i < g->results.count && !f->p->failed; i++) {
    const ad_array *a = g->results.at[i];
    char room[32] = "result";
    if (g->results.count > 1) ad__format(room, sizeof room, "result %d", i);
    const char *given = f->view && f->view->results ? f->view->results[i] : NULL;
    int box = ad__picture_box(f->p, f->parent, AD_BOX_RESULT, given ? given : room, NULL, "result");
    ad__picture_detail(f->p, box, "type", "%s", ad__picture_type(f->p, a->type));
    if (f->boxes[a->serial] == NO_BOX) continue;
    ad__picture_edge(f->p, (ad_arrow){.from = f->boxes[a->serial], .out = f->outs[a->serial], .to = box, .operand = "",
                                     .label = ad__picture_type(f->p, a->type)});
  }
}

static void add_graph(graph_front *f) {
  ad_mem *mem = &f->p->ctx->mem;
  int count = f->g->nodes.count;
  size_t bytes = ((size_t)count * 3 + 1) * sizeof(int);
  f->boxes = ad__mem_zeroed(mem, bytes);
  if (!f->boxes) {
    f->p->failed = true;
    return;
  }
  f->outs = f->boxes + count;
  f->blocks = f->outs + count;
  ad__map_init(&f->by_path, mem);
  for (int i = 0; i < count && !f->p->failed; i++) add_node(f, f->g->nodes.at[i]);
  add_results(f);
  ad__map_free(&f->by_path);
  ad__mem_give(mem, f->boxes, bytes);
}

void ad__picture_add_graph(ad_picture *p, int parent, const ad_graph *g, const ad_graph_view *view) {
  graph_front f = {.p = p, .g = g, .view = view, .parent = parent};
  add_graph(&f);
  for (size_t i = 0; i < f.waiting && !p->failed; i++) {
    f.g = f.list[i].g;
    f.parent = f.list[i].parent;
    f.view = NULL;
    add_graph(&f);
  }
  ad__mem_give(&p->ctx->mem, f.list, f.list_room * sizeof *f.list);
}
