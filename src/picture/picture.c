/* Making pictures: boxes and edges one after the other, then sums and what is open. No recursion: parents stand before children. */
#include "picture/picture.h"

#include <string.h>
#include "ir/ctx.h"

void ad__picture_init(ad_picture *p, ad_ctx *c, const char *title) {
  memset(p, 0, sizeof *p);
  p->ctx = c;
  ad__arena_init(&p->arena, &c->mem);
  ad__map_init(&p->types, &c->mem);
  p->title = ad__picture_text(p, title);
  ad__picture_box(p, 0, AD_BOX_BLOCK, p->title, NULL, NULL);
}

void ad__picture_free(ad_picture *p) {
  ad_mem *mem = &p->ctx->mem;
  ad__mem_give(mem, p->boxes, (size_t)p->box_room * sizeof *p->boxes);
  ad__mem_give(mem, p->edges, (size_t)p->edge_room * sizeof *p->edges);
  ad__map_free(&p->types);
  ad__arena_free(&p->arena);
}

const char *ad__picture_text(ad_picture *p, const char *s) {
  if (!s || !*s) return "";
  const char *copy = ad__arena_text(&p->arena, s, strlen(s));
  if (!copy) p->failed = true;
  return copy ? copy : "";
}

/* Room for one more; false without. */
static bool grow(ad_picture *p, void **list, int used, int *room, size_t size) {
  if (used < *room) return true;
  if (p->failed || used >= AD_PICTURE_MOST) {
    p->failed = true;
    return false;
  }
  int wanted = *room ? *room * 2 : 64;
  void *more = ad__mem_resize(&p->ctx->mem, *list, (size_t)*room * size, (size_t)wanted * size);
  if (!more) {
    p->failed = true;
    return false;
  }
  *list = more;
  *room = wanted;
  return true;
}

int ad__picture_box(ad_picture *p, int parent, ad_box_kind kind, const char *title, const char *name, const char *family) {
  void *list = p->boxes;
  bool roomy = grow(p, &list, p->n_boxes, &p->box_room, sizeof *p->boxes);
  p->boxes = list;
  if (!roomy) return 0;
  int depth = p->n_boxes ? p->boxes[parent].depth + 1 : 0;
  p->boxes[p->n_boxes] = (ad_box){.parent = parent, .kind = kind, .depth = depth, .parameters = -1, .seconds = -1, .bytes = -1,
                                  .title = ad__picture_text(p, title), .name = ad__picture_text(p, name),
                                  .family = ad__picture_text(p, family), .called = "", .details = ""};
  return p->n_boxes++;
}

void ad__picture_detail(ad_picture *p, int box, const char *what, const char *fmt, ...) {
  if (p->failed) return;
  ad_text t;
  va_list ap;
  ad__text_init(&t, &p->ctx->mem);
  ad__text_fmt(&t, "%s%s\t", p->boxes[box].details, what);
  size_t from = t.length;
  va_start(ap, fmt);
  ad__text_vfmt(&t, fmt, ap);
  va_end(ap);
  for (size_t i = from; i < t.length; i++)
    if (t.data[i] == '\n' || t.data[i] == '\t') t.data[i] = ' ';
  ad__text_char(&t, '\n');
  p->boxes[box].details = ad__picture_text(p, ad__text_str(&t));
  if (t.failed) p->failed = true;
  ad__text_free(&t);
}

void ad__picture_edge(ad_picture *p, ad_arrow e) {
  void *list = p->edges;
  bool roomy = grow(p, &list, p->n_edges, &p->edge_room, sizeof *p->edges);
  p->edges = list;
  if (roomy) p->edges[p->n_edges++] = e;
}

const char *ad__picture_type(ad_picture *p, const ad_type *t) {
  ad_map_value *v = ad__map_put(&p->types, ad__map_pointer(t), NULL);
  if (!v) p->failed = true;
  if (!v || v->pointer) return v ? v->pointer : "";
  ad_text out;
  ad__text_init(&out, &p->ctx->mem);
  ad__type_print(p->ctx, t, &out);
  v->pointer = ad__arena_text(&p->arena, ad__text_str(&out), out.length);
  if (out.failed || !v->pointer) p->failed = true;
  ad__text_free(&out);
  return v->pointer ? v->pointer : "";
}

int ad__picture_common(const ad_picture *p, int a, int b) {
  while (a != b) {
    if (p->boxes[a].depth >= p->boxes[b].depth) a = p->boxes[a].parent;
    else b = p->boxes[b].parent;
  }
  return a;
}

/* ---- Finishing ---- */

static void add_to(double *sum, double part) {
  if (part >= 0) *sum = (*sum > 0 ? *sum : 0) + part;
}

/* Children in the order of the first op in them, which is program order; a block may have been made earlier, for its weights. */
static bool link_children(ad_picture *p) {
  size_t n = (size_t)p->n_boxes;
  int *first_op = ad__arena_array(&p->arena, n, 3 * sizeof *first_op, sizeof *first_op);
  if (!first_op) return false;
  int *head = first_op + n, *also = head + n; /* boxes by their first op: a list for each, since a block has it from inside */
  for (size_t i = 0; i < n; i++) first_op[i] = p->boxes[i].kind == AD_BOX_OP ? (int)i : p->n_boxes, head[i] = 0;
  for (size_t i = n - 1; i > 0; i--) {
    int up = p->boxes[i].parent;
    if (first_op[i] < first_op[up] && p->boxes[up].kind == AD_BOX_BLOCK) first_op[up] = first_op[i];
  }
  for (size_t i = n - 1; i > 0; i--) {
    size_t key = first_op[i] < p->n_boxes ? (size_t)first_op[i] : i;
    also[i] = head[key];
    head[key] = (int)i;
  }
  for (size_t key = n - 1; key > 0; key--)
    for (int i = head[key]; i; i = also[i]) {
      ad_box *up = &p->boxes[p->boxes[i].parent];
      p->boxes[i].next = up->first;
      up->first = i;
    }
  return true;
}

static void add_up(ad_picture *p) {
  for (int i = p->n_boxes - 1; i > 0; i--) {
    ad_box *b = &p->boxes[i], *up = &p->boxes[b->parent];
    if (!b->children) b->leaves = 1;
    up->children++;
    up->leaves += b->leaves;
    add_to(&up->parameters, b->parameters);
    add_to(&up->seconds, b->seconds);
    add_to(&up->bytes, b->bytes);
    if (b->seconds >= 0) p->timed = true;
  }
}

/* The depth at which no more than AD_PICTURE_SEEN boxes are seen; at least one level. Seen are leaves above it, and what is just below. */
static int64_t fitting_depth(ad_picture *p) {
  int deepest = 0;
  for (int i = 0; i < p->n_boxes; i++)
    if (p->boxes[i].depth > deepest) deepest = p->boxes[i].depth;
  int *boxes = ad__arena_zeroed(&p->arena, ((size_t)deepest + 3) * 2 * sizeof *boxes, sizeof *boxes);
  if (!boxes) {
    p->failed = true;
    return 0;
  }
  int *leaves = boxes + deepest + 3, above = 0;
  for (int i = 1; i < p->n_boxes; i++) {
    boxes[p->boxes[i].depth]++;
    leaves[p->boxes[i].depth] += !p->boxes[i].children;
  }
  int64_t d = 0;
  for (; d < deepest; d++) {
    above += leaves[d + 1];
    if (above + boxes[d + 2] > AD_PICTURE_SEEN) break;
  }
  return d;
}

void ad__picture_finish(ad_picture *p, ad_int depth) {
  if (p->failed || !link_children(p)) {
    p->failed = true;
    return;
  }
  add_up(p);
  int64_t deepest = depth.given ? depth.value : fitting_depth(p);
  for (int i = 0; i < p->n_boxes; i++) {
    ad_box *b = &p->boxes[i];
    b->open = b->children && (!i || (p->boxes[b->parent].open && b->depth <= deepest));
  }
}
