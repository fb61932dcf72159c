/* Curves as a picture: lines over steps, axes with round numbers, names in their colours beside it. See curves.h.
 *
 * The picture is plain SVG 1.1, with numbers to a tenth of a pixel. A curve with more points than pixels is drawn by the least and the
 * greatest value in each column of pixels, so that no peak is lost and the file stays small. */
#include <math.h>
#include <string.h>
#include "nn/curve_store.h"

enum { WIDTH = 720, HEIGHT = 400, LEFT = 66, RIGHT = 16, TOP = 20, TITLE = 24, BOTTOM = 44, LINE = 18, LETTER = 7, MOST_TICKS = 9 };
enum { SMALLEST = 200, LARGEST = 10000 };

/* Okabe and Ito's colours, which colour-blind readers tell apart. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933"};
enum { COLOURS = sizeof colours / sizeof *colours };

typedef struct axis {
  double low, high; /* values, or their logarithms */
  double from, to;  /* pixels */
} axis;

typedef struct plot {
  const ad_curves *k;
  ad_curves_svg_opts opts;
  ad_text *out;
  int width, height;
  axis x, y;
} plot;

static bool is_shown(const plot *p, const ad_curve *v) { return !p->opts.only || strncmp(v->name, p->opts.only, strlen(p->opts.only)) == 0; }

/* What is drawn of a value; NaN for nothing. */
static double height_of(const plot *p, double v) {
  if (!isfinite(v) || (p->opts.logarithmic && v <= 0)) return NAN;
  return p->opts.logarithmic ? log10(v) : v;
}

static double place(const axis *a, double v) { return a->from + (v - a->low) / (a->high - a->low) * (a->to - a->from); }

static void put_text(ad_text *out, const char *s) {
  for (; *s; s++) {
    if (*s == '<') ad__text_add(out, "&lt;");
    else if (*s == '&') ad__text_add(out, "&amp;");
    else if (*s == '>') ad__text_add(out, "&gt;");
    else if ((unsigned char)*s >= ' ') ad__text_char(out, *s);
  }
}

/* ---- Extents ---- */

static void include(axis *a, double v, bool *any) {
  if (isnan(v)) return;
  if (!*any || v < a->low) a->low = v;
  if (!*any || v > a->high) a->high = v;
  *any = true;
}

/* Some width where there is none, and a little more on both sides. */
static void widen(axis *a, bool any, double share) {
  if (!any) a->low = 0, a->high = 1;
  double room = (a->high - a->low) * share;
  if (a->high == a->low) room = a->low == 0 ? 0.5 : fabs(a->low) * 0.1;
  a->low -= room, a->high += room;
}

static void measure(plot *p) {
  bool any_x = false, any_y = false;
  for (int i = 0; i < p->k->count; i++) {
    const ad_curve *v = &p->k->at[i];
    for (int64_t j = 0; is_shown(p, v) && j < v->count; j++) {
      include(&p->x, (double)v->steps[j], &any_x);
      include(&p->y, height_of(p, v->values[j]), &any_y);
    }
  }
  widen(&p->x, any_x, 0);
  widen(&p->y, any_y, 0.05);
}

/* ---- Axes ---- */

/* The distance of round numbers, 1, 2 or 5 times a power of ten, of which about `wanted` are in sight. */
static double round_step(const axis *a, int wanted) {
  double raw = (a->high - a->low) / wanted, unit = pow(10, floor(log10(raw)));
  double times = raw / unit;
  return unit * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

/* A round number, with the places that tell it from those `step` away. */
static void put_number(ad_text *out, double v, double step) {
  if (fabs(v) < step / 2) v = 0;
  if (fmax(fabs(v), step) >= 1e7 || step < 1e-5) ad__text_fmt(out, "%.3g", v);
  else ad__text_fmt(out, "%.*f", step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9), v);
}

/* At v, which is labelled `label`. */
static void draw_tick(plot *p, double v, double label, double step, bool upright) {
  double at = place(upright ? &p->y : &p->x, v);
  if (upright) {
    ad__text_fmt(p->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>", p->x.from, at, p->x.to, at);
    ad__text_fmt(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", p->x.from - 6, at + 4);
  } else {
    ad__text_fmt(p->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"axis\"/>", at, p->y.from, at, p->y.from + 4);
    ad__text_fmt(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", at, p->y.from + 18);
  }
  put_number(p->out, label, step);
  ad__text_add(p->out, "</text>\n");
}

/* Round numbers from `a->low` to `a->high`; on a logarithmic axis these are the values themselves. */
static void draw_round(plot *p, const axis *a, bool upright, bool logarithmic) {
  int wanted = (int)(fabs(a->to - a->from) / (upright ? 50 : 90));
  double step = round_step(a, wanted < 2 ? 2 : wanted > MOST_TICKS ? MOST_TICKS : wanted);
  if (!upright) step = fmax(step, 1); /* steps are whole */
  for (double i = ceil(a->low / step - 1e-9); i * step <= a->high + 1e-9 * step; i++)
    draw_tick(p, logarithmic ? log10(i * step) : i * step, i * step, step, upright);
}

/* Powers of ten, with 2 and 5 times them where they lie far apart. */
static void draw_decades(plot *p) {
  static const double times[] = {1, 2, 5};
  double decades = p->y.high - p->y.low, every = ceil(decades / MOST_TICKS);
  for (double d = floor(p->y.low / every) * every; d <= p->y.high; d += every)
    for (int i = 0; i < (decades < 3 ? 3 : 1); i++) {
      double v = d + log10(times[i]);
      if (v >= p->y.low && v <= p->y.high) draw_tick(p, v, times[i] * pow(10, d), pow(10, d), true);
    }
}

static void draw_ticks(plot *p) {
  axis values = {pow(10, p->y.low), pow(10, p->y.high), p->y.from, p->y.to};
  draw_round(p, &p->x, false, false);
  if (!p->opts.logarithmic) draw_round(p, &p->y, true, false);
  else if (p->y.high - p->y.low < 1) draw_round(p, &values, true, true);
  else draw_decades(p);
}

static void draw_frame(plot *p) {
  if (p->opts.title) {
    ad__text_fmt(p->out, "<text x=\"%.1f\" y=\"%d\" class=\"title\">", p->x.from, TITLE);
    put_text(p->out, p->opts.title);
    ad__text_add(p->out, "</text>\n");
  }
  draw_ticks(p);
  ad__text_fmt(p->out, "<path d=\"M%.1f %.1fV%.1fH%.1f\" class=\"axis\"/>\n", p->x.from, p->y.to, p->y.from, p->x.to);
  ad__text_fmt(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">step</text>\n", (p->x.from + p->x.to) / 2, p->y.from + 36);
}

/* ---- Curves ---- */

/* A point, which begins a line where the one before was a gap. */
static void put_point(plot *p, double x, double y, bool *gap) {
  ad__text_fmt(p->out, "%c%.1f %.1f", *gap ? 'M' : 'L', place(&p->x, x), place(&p->y, y));
  *gap = false;
}

/* The curve in one column of pixels, places [j, end): its least and greatest values in their order, or the one there is. */
static void put_column(plot *p, const ad_curve *v, int64_t j, int64_t end, bool *gap) {
  int64_t least = -1, most = -1;
  bool broken = false;
  for (; j < end; j++) {
    double y = height_of(p, v->values[j]);
    broken |= isnan(y);
    if (isnan(y)) continue;
    if (least < 0 || y < height_of(p, v->values[least])) least = j;
    if (most < 0 || y > height_of(p, v->values[most])) most = j;
  }
  if (least >= 0) {
    int64_t first = least < most ? least : most, second = least < most ? most : least;
    put_point(p, (double)v->steps[first], height_of(p, v->values[first]), gap);
    if (second != first) put_point(p, (double)v->steps[second], height_of(p, v->values[second]), gap);
  }
  *gap |= broken;
}

static void draw_curve(plot *p, const ad_curve *v, const char *colour) {
  bool gap = true;
  double columns = p->x.to - p->x.from;
  ad__text_add(p->out, "<path d=\"");
  for (int64_t j = 0, end; j < v->count; j = end) {
    end = j + 1;
    double column = floor(place(&p->x, (double)v->steps[j]));
    while ((double)v->count > 2 * columns && end < v->count && floor(place(&p->x, (double)v->steps[end])) == column) end++;
    put_column(p, v, j, end, &gap);
  }
  ad__text_fmt(p->out, "\" class=\"curve\" stroke=\"%s\"/>\n", colour);
  for (int64_t j = 0; v->count <= 40 && j < v->count; j++) {
    double y = height_of(p, v->values[j]);
    if (isnan(y)) continue;
    ad__text_fmt(p->out, "<circle cx=\"%.1f\" cy=\"%.1f\" ", place(&p->x, (double)v->steps[j]), place(&p->y, y));
    ad__text_fmt(p->out, "r=\"2.5\" fill=\"%s\"/>\n", colour);
  }
}

/* ---- The picture ---- */

/* How wide the names beside it are, in pixels. */
static int names_width(const plot *p) {
  size_t longest = 0;
  for (int i = 0; i < p->k->count; i++)
    if (is_shown(p, &p->k->at[i]) && strlen(p->k->at[i].name) > longest) longest = strlen(p->k->at[i].name);
  int width = (int)longest * LETTER + 30;
  return width > p->width / 3 ? p->width / 3 : width;
}

static void draw(plot *p) {
  int names = names_width(p), top = TOP + (p->opts.title ? LINE : 0);
  p->x.from = LEFT, p->x.to = p->width - RIGHT - names;
  p->y.from = p->height - BOTTOM, p->y.to = top;
  measure(p);
  ad__text_fmt(p->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ", p->width, p->height, p->width,
               p->height);
  ad__text_add(p->out, "font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">\n<style>.grid{stroke:#e4e4e4}.axis{stroke:#333;fill:none}"
                       ".curve{fill:none;stroke-width:1.6;stroke-linejoin:round}.title{font-size:14px;font-weight:bold}</style>\n"
                       "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
  draw_frame(p);
  for (int i = 0, shown = 0; i < p->k->count; i++) {
    const ad_curve *v = &p->k->at[i];
    if (!is_shown(p, v)) continue;
    const char *colour = colours[shown % COLOURS];
    double y = p->y.to + 8 + LINE * shown++;
    draw_curve(p, v, colour);
    if (y > p->y.from) continue;
    ad__text_fmt(p->out, "<path d=\"M%.1f %.1fh16\" class=\"curve\" stroke=\"%s\"/>", p->x.to + 10, y, colour);
    ad__text_fmt(p->out, "<text x=\"%.1f\" y=\"%.1f\">", p->x.to + 30, y + 4);
    put_text(p->out, v->name);
    ad__text_add(p->out, "</text>\n");
  }
  ad__text_add(p->out, "</svg>\n");
}

ad_status ad_curves_save_svg(ad_curves *k, const char *path, const ad_curves_svg_opts *opts) {
  if (!k) return AD_E_MEMORY;
  plot p = {.k = k, .opts = opts ? *opts : (ad_curves_svg_opts){0}};
  p.width = p.opts.width ? p.opts.width : WIDTH;
  p.height = p.opts.height ? p.opts.height : HEIGHT;
  if (!path) return ad__fail(&k->error, AD_E_VALUE, "curves: path is NULL");
  if (p.width < SMALLEST || p.width > LARGEST || p.height < SMALLEST || p.height > LARGEST)
    return ad__fail(&k->error, AD_E_VALUE, "%s: a picture of %d by %d; %d to %d are right", path, p.width, p.height, SMALLEST, LARGEST);
  ad_text out;
  ad__text_init(&out, &k->ctx->mem);
  p.out = &out;
  draw(&p);
  ad_status s = ad__curves_write(k, path, &out);
  ad__text_free(&out);
  return s;
}
