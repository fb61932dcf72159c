/* Pictures as data: boxes in boxes, and edges between them.
 *
 * Front ends (graphs, arrays, plans) make one; it is then finished, which links boxes to their children and adds up what they
 * count; then one of the printers writes it. Printers know nothing of graphs, front ends nothing of formats.
 * Invariant: a box stands behind its parent, so what goes from the inside out is a loop from the last box to the first. Box 0
 * is the picture itself. Text lies in the arena. An edge may begin or end at a box that has others inside. */
#ifndef AD_PICTURE_PICTURE_H
#define AD_PICTURE_PICTURE_H

#include <adamant/picture.h>
#include "base/arena.h"
#include "base/map.h"
#include "ir/graph.h"

typedef enum ad_box_kind {
  AD_BOX_BLOCK, /* holds others */
  AD_BOX_OP,
  AD_BOX_INPUT,
  AD_BOX_PARAMETER,
  AD_BOX_CONSTANT,
  AD_BOX_RESULT
} ad_box_kind;

typedef struct ad_box {
  int parent;
  ad_box_kind kind;
  const char *title;   /* the op, or what the block is called */
  const char *name;    /* a second line: what it is called, or how it is set; "" for none */
  const char *called;  /* its own name, "" for none: what stands for it elsewhere */
  const char *family;  /* boxes of one family have one colour: the group of an op */
  const char *details; /* lines "what\ttext\n" */
  /* Of it and all inside, once finished; below 0: not known. Front ends set what it has itself. */
  double parameters, seconds, bytes;
  /* Set by finishing. */
  int first, next;     /* child, sibling; 0: none */
  int children, leaves, depth;
  bool open;           /* drawn with what is inside */
} ad_box;

typedef struct ad_arrow {
  int from, out; /* a box, and which of its values */
  int to, in;    /* a box, and which of its operands */
  const char *label;   /* the type of the value */
  const char *operand; /* what the operand is called; "" for nothing */
} ad_arrow;

typedef struct ad_picture {
  ad_ctx *ctx;
  ad_arena arena;
  ad_map types; /* type -> its text */
  const char *title;
  ad_box *boxes;
  int n_boxes, box_room;
  ad_arrow *edges;
  int n_edges, edge_room;
  bool timed;  /* some box has seconds */
  bool failed; /* memory ran out, or there are too many boxes */
} ad_picture;

enum { AD_PICTURE_MOST = 1 << 24, AD_PICTURE_SEEN = 160 };

void ad__picture_init(ad_picture *p, ad_ctx *c, const char *title);
void ad__picture_free(ad_picture *p);
/* A new box in `parent`, and its number; 0, the picture itself, when it failed. Texts are copied; NULL is "". */
int ad__picture_box(ad_picture *p, int parent, ad_box_kind kind, const char *title, const char *name, const char *family);
/* One more line of details. */
void ad__picture_detail(ad_picture *p, int box, const char *what, const char *fmt, ...) AD_FORMAT(4, 5);
void ad__picture_edge(ad_picture *p, ad_arrow e);
/* The innermost box that is or holds both. */
int ad__picture_common(const ad_picture *p, int a, int b);
/* A copy in the picture's arena. */
const char *ad__picture_text(ad_picture *p, const char *s);
/* Links, adds up, and decides which boxes are open. */
void ad__picture_finish(ad_picture *p, ad_int depth);
/* The text form of a type, in the arena. */
const char *ad__picture_type(ad_picture *p, const ad_type *t);

static inline bool ad__box_holds(const ad_box *b) { return b->children > 0; }

/* ---- Front ends ---- */

/* What is known of a graph beside itself; zeroed: nothing. */
typedef struct ad_graph_view {
  const char *const *results; /* what results are called */
  const int *blocks;          /* per node: the box it stands in; 0: where its name puts it */
  const char *const *names;   /* per node: its name in place of the graph's; NULL: that */
  const char *root;           /* ops stand in the block that their place names: in Linear_1 where it is "mlp.Linear_1" and this "mlp" */
  int *boxes;                 /* takes, per node, its box; 0: it has none */
} ad_graph_view;

/* What operand k is called: "a" of "a, b"; of a list "items 3". */
const char *ad__picture_operand(ad_picture *p, const char *params, bool list, int k);
/* Puts what a graph holds in box `parent`; regions too. */
void ad__picture_add_graph(ad_picture *p, int parent, const ad_graph *g, const ad_graph_view *view);
/* What is known of a plan: with a root as above it is drawn by the blocks that places name. Its first parameters have these names, of
 * which the first `weights` stand in the block that uses them. */
typedef struct ad_plan_view {
  const char *root;
  const char *const *names;
  int named, weights;
  const char *const *results; /* NULL, or a name for each result */
} ad_plan_view;

/* The plan that the last call of a compiled function used. view may be NULL: its steps. */
ad_status ad__picture_add_plan(ad_picture *p, ad_fn *f, const ad_plan_view *view, ad_err *e);

/* ---- Printers ---- */

void ad__dot_print(ad_picture *p, ad_text *out);
void ad__svg_print(ad_picture *p, ad_text *out);
void ad__page_data_print(ad_picture *p, ad_text *out);
void ad__page_print(ad_picture *p, ad_text *out);

typedef void (*ad_picture_printer)(ad_picture *p, ad_text *out);

/* ---- Drawing: what the public functions share (draw.c) ---- */

typedef struct ad_drawing {
  const char *function; /* for messages */
  const char *path;
  ad_draw_opts o;
  ad_picture_printer print;
  ad_err e;             /* what is wrong; the front end may say so too */
  ad_picture p;
} ad_drawing;

/* d is zeroed. Looks at path and options; when it fails only end is to be called. */
ad_status ad__drawing_begin(ad_drawing *d, const char *function, const char *path, const ad_draw_opts *opts);
/* The empty picture, for a front end to fill. */
ad_picture *ad__drawing_picture(ad_drawing *d, ad_ctx *c, const char *title);
/* Prints it, unless something is wrong, and frees everything. Gives the message to whom the options say. */
ad_status ad__drawing_end(ad_drawing *d);

/* Numbers as people read them: "1.20 M", "3.40 ms", "56 KiB"; a decimal with 0 to 2 digits behind the point. */
void ad__count_text(double v, char *out, size_t size);
void ad__seconds_text(double v, char *out, size_t size);
void ad__bytes_text(double v, char *out, size_t size);
void ad__decimal_text(double v, int digits, char *out, size_t size);
/* The counts of a box: "12 k params, 3 ms, 4 KiB", as far as they are known. */
void ad__box_counts(const ad_box *b, char *out, size_t size);

#endif
