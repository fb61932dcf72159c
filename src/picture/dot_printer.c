/* Pictures in the DOT language of Graphviz: open blocks are clusters, closed ones are one node each.
 *
 * An edge to a block that is open goes to the first box inside it and is cut at the cluster's border (lhead, ltail), since only
 * nodes have edges there. Several edges that closing makes equal are one. Strings are quoted as the language wants it: backslash and
 * quote are escaped, and control characters, which no string may hold, become spaces. */
#include <string.h>
#include "base/sort.h"
#include "ir/ctx.h"
#include "picture/picture.h"

static void print_string(const char *s, ad_text *out) {
  ad__text_char(out, '"');
  for (; *s; s++) {
    if (*s == '"' || *s == '\\') ad__text_char(out, '\\');
    ad__text_char(out, (unsigned char)*s < 32 || *s == 127 ? ' ' : *s);
  }
  ad__text_char(out, '"');
}

/* A label of lines. */
static void print_label(const char *const *lines, int n, ad_text *out) {
  ad__text_add(out, "label=\"");
  for (int i = 0, met = 0; i < n; i++) {
    if (!lines[i] || !*lines[i]) continue;
    if (met++) ad__text_add(out, "\\n");
    size_t begin = out->length;
    print_string(lines[i], out);
    if (out->failed) return;
    memmove(out->data + begin, out->data + begin + 1, out->length - begin - 2); /* without its quotes */
    ad__text_cut(out, out->length - 2);
  }
  ad__text_char(out, '"');
}

static void indent(const ad_picture *p, int box, ad_text *out) {
  for (int k = 0; k < p->boxes[box].depth; k++) ad__text_add(out, "  ");
}

static const char *shape_of(const ad_box *b) {
  switch (b->kind) {
  case AD_BOX_BLOCK: return "shape=box3d";
  case AD_BOX_INPUT: return "shape=oval style=filled fillcolor=\"#e3f2e6\"";
  case AD_BOX_PARAMETER: return "shape=oval style=filled fillcolor=\"#fdf0d5\"";
  case AD_BOX_CONSTANT: return "shape=oval style=filled fillcolor=\"#eceef1\"";
  case AD_BOX_RESULT: return "shape=oval style=filled fillcolor=\"#dfe9fb\"";
  case AD_BOX_OP: break;
  }
  return b->children ? "shape=box3d" : "shape=box style=rounded";
}

static void print_box(const ad_picture *p, int i, ad_text *out) {
  const ad_box *b = &p->boxes[i];
  char counts[128];
  const char *lines[] = {b->title, b->name, counts};
  ad__box_counts(b, counts, sizeof counts);
  indent(p, i, out);
  if (b->open) ad__text_fmt(out, "subgraph cluster_%d {\n  ", i), indent(p, i, out);
  else ad__text_fmt(out, "n%d [", i);
  print_label(lines, 3, out);
  if (b->open) ad__text_add(out, ";\n");
  else ad__text_fmt(out, " %s];\n", shape_of(b));
}

/* From a box to the next one in the order of the text, closing clusters on the way. */
static int next_box(const ad_picture *p, int i, ad_text *out) {
  if (p->boxes[i].open) return p->boxes[i].first;
  while (i && !p->boxes[i].next) {
    i = p->boxes[i].parent;
    if (!i) return 0;
    indent(p, i, out);
    ad__text_add(out, "}\n");
  }
  return p->boxes[i].next;
}

/* ---- Edges ---- */

typedef struct dot_edge {
  int from, to;         /* boxes that are seen, or open blocks */
  int number;           /* the first edge that is so */
  int out;
} dot_edge;

/* The outermost closed box that a box stands in, or itself. */
static int seen_box(const ad_picture *p, int i) {
  int seen = i;
  for (; i; i = p->boxes[i].parent)
    if (!p->boxes[i].open) seen = i;
  return seen;
}

static bool before(const void *a, const void *b, const void *user) {
  const dot_edge *x = a, *y = b;
  (void)user;
  if (x->from != y->from) return x->from < y->from;
  if (x->to != y->to) return x->to < y->to;
  if (x->out != y->out) return x->out < y->out;
  return x->number < y->number;
}

/* The first box without open insides. */
static int node_in(const ad_picture *p, int i) {
  while (p->boxes[i].open) i = p->boxes[i].first;
  return i;
}

static void print_edge(const ad_picture *p, const dot_edge *e, ad_text *out) {
  const ad_arrow *first = &p->edges[e->number];
  ad__text_fmt(out, "  n%d -> n%d [", node_in(p, e->from), node_in(p, e->to));
  print_label(&first->label, 1, out);
  if (p->boxes[e->from].open) ad__text_fmt(out, " ltail=cluster_%d", e->from);
  if (p->boxes[e->to].open) ad__text_fmt(out, " lhead=cluster_%d", e->to);
  ad__text_add(out, "];\n");
}

static void print_edges(const ad_picture *p, ad_text *out) {
  int n = 0;
  size_t bytes = (size_t)(p->n_edges + 1) * sizeof(dot_edge);
  dot_edge *list = ad__mem_take(&p->ctx->mem, bytes);
  if (!list) {
    out->failed = true;
    return;
  }
  for (int i = 0; i < p->n_edges; i++) {
    const ad_arrow *e = &p->edges[i];
    int from = seen_box(p, e->from), to = seen_box(p, e->to);
    if (from == to) continue;
    list[n++] = (dot_edge){from, to, i, from == e->from ? e->out : e->from + 1 + e->out};
  }
  ad__sort(list, (size_t)n, sizeof *list, before, NULL);
  for (int i = 0; i < n; i++) {
    bool again = i && list[i].from == list[i - 1].from && list[i].to == list[i - 1].to && list[i].out == list[i - 1].out;
    if (!again) print_edge(p, &list[i], out);
  }
  ad__mem_give(&p->ctx->mem, list, bytes);
}

void ad__dot_print(ad_picture *p, ad_text *out) {
  ad__text_add(out, "digraph ");
  print_string(p->title, out);
  ad__text_add(out, " {\n  graph [compound=true fontname=\"monospace\" fontsize=11 style=rounded color=\"#9aa3ad\"];\n"
                    "  node [fontname=\"monospace\" fontsize=11 color=\"#5b6570\"];\n"
                    "  edge [fontname=\"monospace\" fontsize=9 color=\"#5b6570\"];\n");
  for (int i = p->boxes[0].first; i; i = next_box(p, i, out)) print_box(p, i, out);
  print_edges(p, out);
  ad__text_add(out, "}\n");
}
