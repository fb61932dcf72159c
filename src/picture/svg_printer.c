/* Pictures as SVG: from the outside in, each room's frame, then its tracks, then what stands in it.
 *
 * Colours follow the reader's preference for light or dark. Nothing is referred to outside the file. A track runs straight down through
 * the ranks it passes and bends between them; where it meets an open block it goes on inside at the port of the same value. */
#include <string.h>
#include "ir/ctx.h"
#include "picture/layout.h"

enum { MARGIN = 24, HEAD = 46, HEAD_SIZE = 15, MOST_HEAD = 60 };

typedef struct svg_printer {
  ad_layout l;
  ad_text *out;
  double *x, *y;   /* per box: its left and top in the picture */
  double total;    /* seconds of the whole */
} svg_printer;

static const char style[] =
    ".adp{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    ".adp text{text-anchor:middle;fill:#1d252e}"
    ".adp .page{fill:#fff}.adp .h{font-size:15px;font-weight:600;text-anchor:start}.adp .hs{font-size:11px;fill:#66717d;text-anchor:start}"
    ".adp .box{fill:#fff;stroke:#aab4bf;stroke-width:1}.adp .back{fill:#f3f5f8;stroke:#aab4bf}"
    ".adp .open{fill:#5b7fa6;fill-opacity:.06;stroke:#8fa3b8;stroke-width:1}"
    ".adp .input{fill:#e6f4ea;stroke:#8cc09b}.adp .parameter{fill:#fdf3dd;stroke:#d9bd7c}.adp .constant{fill:#eef0f3;stroke:#b5bdc7}"
    ".adp .result{fill:#e3ecfb;stroke:#8fb0e3}.adp .chip{fill:#f5f6f8;stroke:#c3cad2;stroke-dasharray:3 2}"
    ".adp .t{font-size:13px;font-weight:600}.adp .s{font-size:11px;fill:#66717d}.adp .c{font-size:10px;fill:#66717d}"
    ".adp .bt{font-size:13px;font-weight:600;text-anchor:start;fill:#40566d}.adp .bs{font-size:11px;text-anchor:start;fill:#66717d}"
    ".adp .bt,.adp .bs{stroke:#fff;stroke-width:4;stroke-opacity:.85;stroke-linejoin:round;paint-order:stroke}.adp .l{font-size:10px;fill:#4a5561}"
    ".adp .w{fill:none;stroke:#7c8a99;stroke-width:1.2}.adp .many{stroke-width:2.6}.adp .up{stroke-dasharray:5 3}"
    ".adp .a{fill:#7c8a99}.adp .hot{fill:#d9534f}"
    "@media(prefers-color-scheme:dark){.adp text{fill:#e4e9ef}.adp .page{fill:#14181d}.adp .box{fill:#1f262e;stroke:#52606e}"
    ".adp .back{fill:#1a2027;stroke:#52606e}.adp .open{fill:#8fb3d9;fill-opacity:.06;stroke:#4d6075}.adp .input{fill:#1c3324;stroke:#3f7350}"
    ".adp .parameter{fill:#3a3019;stroke:#83703d}.adp .constant{fill:#262c33;stroke:#545f6b}.adp .result{fill:#1b2a42;stroke:#44659a}"
    ".adp .chip{fill:#1b2026;stroke:#48525d}.adp .s,.adp .c,.adp .hs,.adp .bs{fill:#98a4b1}.adp .bt{fill:#b9cbe0}.adp .bt,.adp .bs{stroke:#14181d}"
    ".adp .l{fill:#b4bfca}.adp .w{stroke:#7d8b99}.adp .a{fill:#7d8b99}}"
    ".adp .f0{fill:#4c78a8}.adp .f1{fill:#e0823d}.adp .f2{fill:#54a24b}.adp .f3{fill:#b279a2}.adp .f4{fill:#d6a42c}"
    ".adp .f5{fill:#3c9d9b}.adp .f6{fill:#e45756}.adp .f7{fill:#8c6d53}.adp .f8{fill:#7f7fd5}.adp .f9{fill:#8a939c}";

static const char markers[] =
    "<defs><marker id=\"ad-down\" markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"10\" refX=\"5\" refY=\"7\">"
    "<path class=\"a\" d=\"M1 0L5 8L9 0L5 2z\"/></marker>"
    "<marker id=\"ad-up\" markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"10\" refX=\"5\" refY=\"1\">"
    "<path class=\"a\" d=\"M1 8L5 0L9 8L5 6z\"/></marker></defs>\n";

/* ---- Pieces ---- */

static void number(ad_text *out, const char *before, double v) {
  ad__text_add(out, before);
  ad__number_text(out, v);
}

static void rect(ad_text *out, const char *class, double x, double y, double w, double h, double round) {
  ad__text_fmt(out, "<rect class=\"%s\"", class);
  number(out, " x=\"", x);
  number(out, "\" y=\"", y);
  number(out, "\" width=\"", w);
  number(out, "\" height=\"", h);
  number(out, "\" rx=\"", round);
  ad__text_add(out, "\"/>");
}

static void text(ad_text *out, const char *class, double x, double y, const char *s, int most) {
  ad__text_fmt(out, "<text class=\"%s\"", class);
  number(out, " x=\"", x);
  number(out, "\" y=\"", y);
  ad__text_add(out, "\">");
  ad__xml_text(out, s, most);
  ad__text_add(out, "</text>");
}

/* What it is, and a line for each detail. */
static void tooltip(const svg_printer *s, int i) {
  const ad_box *b = &s->l.p->boxes[i];
  ad__text_add(s->out, "<title>");
  ad__xml_text(s->out, b->title, 0);
  for (const char *line = b->details, *end; *line; line = end + 1) {
    end = strchr(line, '\n');
    char *what = ad__arena_text(s->l.arena, line, (size_t)(end - line)), *tab = what ? strchr(what, '\t') : NULL;
    if (!tab) break;
    *tab = 0;
    ad__text_char(s->out, '\n');
    ad__xml_text(s->out, what, 0);
    ad__text_add(s->out, ": ");
    ad__xml_text(s->out, tab + 1, 0);
  }
  ad__text_add(s->out, "</title>");
}

/* ---- Boxes ---- */

static const char *class_of(ad_box_kind kind) {
  switch (kind) {
  case AD_BOX_INPUT: return "input";
  case AD_BOX_PARAMETER: return "parameter";
  case AD_BOX_CONSTANT: return "constant";
  case AD_BOX_RESULT: return "result";
  case AD_BOX_BLOCK:
  case AD_BOX_OP: break;
  }
  return "box";
}

static void print_closed(const svg_printer *s, int i) {
  const ad_box *b = &s->l.p->boxes[i];
  double x = s->x[i], y = s->y[i], w = s->l.w[i], h = s->l.h[i], middle = x + w / 2;
  const char *lines[2];
  char counts[128], bar[4];
  bool pill = b->kind > AD_BOX_OP;
  int n = ad__box_lines(b, counts, sizeof counts, lines);
  if (b->children) rect(s->out, "back", x + 3, y + 3, w, h, 7);
  rect(s->out, class_of(b->kind), x, y, w, h, pill ? 15 : 7);
  if (b->kind == AD_BOX_OP) {
    ad__format(bar, sizeof bar, "f%d", ad__family_colour(b->family));
    rect(s->out, bar, x + 5, y + 7, 3, h - 14, 1.5);
  }
  text(s->out, "t", middle + (b->children ? 6 : 0), y + 19.5, b->title, AD_MOST_TITLE);
  if (b->children) {
    ad__text_add(s->out, "<path class=\"w\" d=\"");
    number(s->out, "M", x + 14);
    number(s->out, " ", y + 15);
    ad__text_add(s->out, "h8m-4-4v8\"/>");
  }
  for (int k = 0; k < n; k++) text(s->out, "s", middle, y + 34.5 + 15 * k, lines[k], AD_MOST_LINE);
  if (b->seconds > 0 && s->total > 0) rect(s->out, "hot", x + 8, y + h - 4, (w - 16) * b->seconds / s->total, 2.5, 1);
}

static void print_label(svg_printer *s, int i) {
  const char *label = ad__box_label(&s->l, i, NULL);
  if (*label) text(s->out, "l", s->x[i] + s->l.w[i] / 2, s->y[i] + s->l.h[i] + 14, label, AD_MOST_LABEL);
}

static void print_title(const svg_printer *s, int i) {
  char line[AD_SUMMARY_SIZE];
  text(s->out, "bt", s->x[i] + 12, s->y[i] + 20, s->l.p->boxes[i].title, AD_MOST_TITLE);
  ad__box_summary(&s->l.p->boxes[i], line, sizeof line);
  if (*line) text(s->out, "bs", s->x[i] + 12, s->y[i] + 35, line, AD_MOST_SUMMARY);
}

/* ---- Tracks ---- */

static bool is_open(const svg_printer *s, const ad_spot *a) { return a->kind == AD_SPOT_BOX && s->l.p->boxes[a->ref].open; }

/* Where the value's port lies in an open block; where it has none, the line that goes through it. */
static double port_x(const svg_printer *s, int box, int value, bool out) {
  const ad_room *r = &s->l.rooms[box];
  const ad_spot *port = ad__room_port(r, value, out);
  return port ? s->x[box] + (s->l.w[box] - r->w) / 2 + port->x : s->x[box] + s->l.line[box];
}

typedef struct end {
  double x, y;
} end;

/* The point of a spot where a wire leaves it downwards, or comes from above. ox, oy: where the room's inside begins. */
static end end_of(const svg_printer *s, const ad_spot *a, int value, bool leaves, double ox, double oy) {
  double y = oy + a->y, h = a->kind == AD_SPOT_BOX ? s->l.h[a->ref] : a->h;
  if (a->kind == AD_SPOT_IN) return (end){ox + a->x, oy - AD_FRAME_TOP};
  if (a->kind == AD_SPOT_OUT) return (end){ox + a->x, oy + a->y + AD_FRAME_BOTTOM};
  double x = is_open(s, a) ? port_x(s, a->ref, value, leaves) : ox + a->x;
  bool captioned = leaves && a->kind == AD_SPOT_BOX && ad__box_has_label(&s->l, a->ref);
  return (end){x, leaves ? y + h + (captioned ? AD_LABEL_ROOM - 1 : 0) : y};
}

static void down_to(ad_text *out, double x0, double y0, double x1, double y1) {
  if (x0 - x1 < 0.05 && x1 - x0 < 0.05) {
    number(out, "V", y1);
    return;
  }
  double bend = (y1 - y0) / 2;
  number(out, "C", x0);
  number(out, " ", y0 + bend);
  number(out, " ", x1);
  number(out, " ", y1 - bend);
  number(out, " ", x1);
  number(out, " ", y1);
}

static void print_wire(const svg_printer *s, const ad_room *r, const ad_track *t, int value, bool many, double ox, double oy) {
  const ad_spot *top = &r->spots[t->back ? t->to : t->from], *low = &r->spots[t->back ? t->from : t->to];
  end a = end_of(s, top, value, true, ox, oy), b = end_of(s, low, value, false, ox, oy);
  const ad_spot *target = &r->spots[t->to];
  bool arrow = target->kind == AD_SPOT_BOX && !(is_open(s, target) && ad__room_port(&s->l.rooms[target->ref], value, false));
  ad__text_fmt(s->out, "<path class=\"w%s%s\"%s d=\"", many ? " many" : "", t->back ? " up" : "",
               !arrow ? "" : t->back ? " marker-start=\"url(#ad-up)\"" : " marker-end=\"url(#ad-down)\"");
  number(s->out, "M", a.x);
  number(s->out, " ", a.y);
  double from = oy + r->bottom[top->rank], x = a.x;
  if (from > a.y) number(s->out, "V", from);
  else from = a.y;
  for (int k = 0; k < t->bends; k++) {
    down_to(s->out, x, from, ox + t->x[k], oy + r->top[t->rank + k]);
    x = ox + t->x[k];
    from = oy + r->bottom[t->rank + k];
    if (r->bottom[t->rank + k] > r->top[t->rank + k]) number(s->out, "V", from);
  }
  double end_y = b.y - (arrow && !t->back ? 1 : 0), to = oy + r->top[low->rank];
  if (to > end_y || low->kind == AD_SPOT_OUT) to = end_y;
  down_to(s->out, x, from, b.x, to);
  if (end_y > to) number(s->out, "V", end_y);
  ad__text_add(s->out, "\"/>");
}

static void print_chip(const svg_printer *s, int room, const ad_spot *a, double ox, double oy) {
  rect(s->out, "chip", ox + a->x - a->w / 2, oy + a->y, a->w, a->h, 9);
  text(s->out, "c", ox + a->x, oy + a->y + 12.5, ad__source_name(&s->l, a->ref, room), AD_MOST_TITLE);
}

static void print_room(svg_printer *s, int i) {
  const ad_room *r = &s->l.rooms[i];
  double ox = s->x[i] + (s->l.w[i] - r->w) / 2, oy = s->y[i] + AD_FRAME_TOP;
  if (i) rect(s->out, "open", s->x[i], s->y[i], s->l.w[i], s->l.h[i], 10);
  for (int k = 0; k < r->n_tracks; k++) {
    const ad_track *t = &r->tracks[k];
    bool split = is_open(s, &r->spots[t->from]) || is_open(s, &r->spots[t->to]);
    for (int w = 0; w < (split ? t->count : 1); w++)
      print_wire(s, r, t, s->l.wires[t->first + w].value, !split && t->count > 1, ox, oy);
  }
  for (int k = 0; k < r->n_spots; k++) {
    const ad_spot *a = &r->spots[k];
    if (a->kind == AD_SPOT_CHIP) print_chip(s, i, a, ox, oy);
  }
  if (i) print_title(s, i);
  ad__text_char(s->out, '\n');
}

static void place_boxes(svg_printer *s, int i) {
  const ad_room *r = &s->l.rooms[i];
  double ox = s->x[i] + (s->l.w[i] - r->w) / 2, oy = s->y[i] + AD_FRAME_TOP;
  for (int k = 0; k < r->n_spots; k++) {
    const ad_spot *a = &r->spots[k];
    if (a->kind != AD_SPOT_BOX) continue;
    s->x[a->ref] = ox + a->x - a->w / 2;
    s->y[a->ref] = oy + a->y;
  }
}

static bool is_seen(const ad_picture *p, int i) { return !i || p->boxes[p->boxes[i].parent].open; }

static void print_boxes(svg_printer *s) {
  const ad_picture *p = s->l.p;
  for (int i = 0; i < p->n_boxes; i++) {
    if (!is_seen(p, i)) continue;
    if (p->boxes[i].open) {
      place_boxes(s, i);
      print_room(s, i);
    }
    if (!i) continue;
    if (!p->boxes[i].open) {
      ad__text_add(s->out, "<g>");
      tooltip(s, i);
      print_closed(s, i);
      print_label(s, i);
      ad__text_add(s->out, "</g>\n");
    } else {
      print_label(s, i);
    }
  }
}

static void print_head(const svg_printer *s, const char *summary, double w, double h) {
  const ad_picture *p = s->l.p;
  number(s->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"adp\" viewBox=\"0 0 ", w);
  number(s->out, " ", h);
  number(s->out, "\" width=\"", w);
  number(s->out, "\" height=\"", h);
  ad__text_add(s->out, "\" role=\"img\">\n<title>");
  ad__xml_text(s->out, p->title, 0);
  ad__text_fmt(s->out, "</title>\n<style>%s</style>\n%s", style, markers);
  rect(s->out, "page", 0, 0, w, h, 0);
  text(s->out, "h", MARGIN, 30, p->title, MOST_HEAD);
  text(s->out, "hs", MARGIN, 47, summary, 0);
  ad__text_char(s->out, '\n');
}

static double larger(double a, double b) { return a > b ? a : b; }

static void print_all(svg_printer *s) {
  const ad_picture *p = s->l.p;
  const ad_room *r = &s->l.rooms[0];
  char counts[128], summary[192];
  ad__box_counts(&p->boxes[0], counts, sizeof counts);
  ad__format(summary, sizeof summary, "%d boxes%s%s", p->boxes[0].leaves, *counts ? ", " : "", counts);
  double head = larger(ad__columns(p->title, MOST_HEAD) * HEAD_SIZE, ad__columns(summary, sizeof summary) * AD_LINE_SIZE) * AD_FACE_WIDTH;
  double w = larger(r->w, head) + 2 * MARGIN;
  s->l.w[0] = w;
  s->y[0] = HEAD + MARGIN - AD_FRAME_TOP;
  s->total = p->boxes[0].seconds;
  print_head(s, summary, w, r->h + HEAD + 2 * MARGIN);
  print_boxes(s);
  ad__text_add(s->out, "</svg>\n");
}

void ad__svg_print(ad_picture *p, ad_text *out) {
  ad_arena arena;
  svg_printer s = {.out = out};
  ad__arena_init(&arena, &p->ctx->mem);
  bool made = ad__layout_make(&s.l, p, &arena, true);
  s.x = ad__arena_zeroed(&arena, (size_t)p->n_boxes * 2 * sizeof *s.x, sizeof *s.x);
  if (made && s.x) {
    s.y = s.x + p->n_boxes;
    print_all(&s);
  } else {
    out->failed = true;
  }
  ad__arena_free(&arena);
}
