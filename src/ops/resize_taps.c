/* The mathematics of resize; see resize_taps.h for the formulas. Positions and weights are computed in double. */
#include "ops/resize_taps.h"

#include <math.h>

ad_resize_method ad__resize_method_of(const ad_attr *at) {
  const char *name = at[AD_RESIZE_METHOD].as.text;
  if (name[0] == 'l') return AD_RESIZE_LINEAR;
  if (name[0] == 'c') return AD_RESIZE_CUBIC;
  return name[7] ? AD_RESIZE_NEAREST_EXACT : AD_RESIZE_NEAREST; /* behind "nearest" */
}

ad_resize_axis ad__resize_axis_of(const ad_attr *at, int k, int64_t in, int64_t out) {
  ad_resize_axis g = {.method = ad__resize_method_of(at), .in = in, .out = out, .align_corners = at[AD_RESIZE_ALIGN].as.i,
                      .antialias = at[AD_RESIZE_ANTIALIAS].as.i};
  g.scaled = at[AD_RESIZE_SCALES].given && !g.align_corners;
  if (g.align_corners) g.step = out > 1 ? (double)(in - 1) / (double)(out - 1) : 0;
  else g.step = g.scaled ? 1 / at[AD_RESIZE_SCALES].as.nums[k] : (double)in / (double)out;
  return g;
}

static int64_t within(int64_t i, int64_t n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }

/* floor(x) of what may lie far outside. */
static int64_t whole(double x, int64_t n) {
  double y = floor(x);
  return y < -4 ? -4 : y > (double)n + 4 ? n + 4 : (int64_t)y;
}

static int64_t nearest(const ad_resize_axis *g, int64_t o) {
  bool exact = g->method == AD_RESIZE_NEAREST_EXACT;
  if (g->scaled) return within(whole(((double)o + (exact ? 0.5 : 0)) * g->step, g->in), g->in);
  /* In whole numbers: o in / out, or (2 o + 1) in / (2 out), by parts that fit. */
  int64_t at = exact ? 2 * o + 1 : o, parts = exact ? 2 * g->out : g->out;
  int64_t quotient = g->in / parts, rest = g->in % parts;
  double far = (double)at * (double)rest;
  int64_t more = far < 0x1p62 ? at * rest / parts : (int64_t)floor(far / (double)parts);
  return within(at * quotient + more, g->in);
}

static double position(const ad_resize_axis *g, int64_t o) {
  return g->align_corners ? (double)o * g->step : ((double)o + 0.5) * g->step - 0.5;
}

/* Half the width of the filter that also smooths, and what stretches it. */
static double stretch(const ad_resize_axis *g) { return g->step >= 1 ? g->step : 1; }
static double support(const ad_resize_axis *g) { return (g->method == AD_RESIZE_LINEAR ? 1 : 2) * stretch(g); }

int64_t ad__resize_run(const ad_resize_axis *g, int64_t o, int64_t *first) {
  int64_t begin, end, n = g->in;
  if (g->method <= AD_RESIZE_NEAREST_EXACT) {
    *first = nearest(g, o);
    return 1;
  }
  if (g->antialias) {
    double center = g->step * ((double)o + 0.5), reach = support(g);
    begin = within((int64_t)fmin(fmax(center - reach + 0.5, 0), (double)n), n);
    end = (int64_t)fmin(fmax(center + reach + 0.5, 0), (double)n);
    *first = begin;
    return end > begin ? end - begin : 1;
  }
  double x = position(g, o);
  begin = whole(g->method == AD_RESIZE_LINEAR ? fmax(x, 0) : x, n);
  end = g->method == AD_RESIZE_LINEAR ? begin + 1 : begin + 2;
  if (g->method == AD_RESIZE_CUBIC) begin--;
  *first = within(begin, n);
  return within(end, n) - *first + 1;
}

/* Keys' kernel. */
static double keys(double x, double a) {
  x = fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

static double smooth_weight(const ad_resize_axis *g, int64_t o, int64_t p) {
  double x = ((double)p - g->step * ((double)o + 0.5) + 0.5) / stretch(g);
  return g->method == AD_RESIZE_LINEAR ? fmax(0, 1 - fabs(x)) : keys(x, -0.5);
}

double ad__resize_total(const ad_resize_axis *g, int64_t o, int64_t first, int64_t count) {
  double total = 0;
  if (!g->antialias) return 1;
  for (int64_t p = first; p < first + count; p++) total += smooth_weight(g, o, p);
  return total != 0 ? total : 1;
}

double ad__resize_weight(const ad_resize_axis *g, int64_t o, int64_t p) {
  int64_t n = g->in;
  if (g->method <= AD_RESIZE_NEAREST_EXACT) return 1;
  if (g->antialias) return smooth_weight(g, o, p);
  double x = position(g, o), weight = 0;
  if (g->method == AD_RESIZE_LINEAR) {
    x = fmax(x, 0);
    int64_t at = within(whole(x, n), n);
    double far = fmin(fmax(x - (double)at, 0), 1);
    if (at + 1 >= n) return 1;
    return p == at ? 1 - far : far;
  }
  int64_t at = whole(x, n);
  for (int64_t q = at - 1; q <= at + 2; q++)
    if (within(q, n) == p) weight += keys(x - (double)q, -0.75);
  return weight;
}
