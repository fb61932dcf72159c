/* Sums over windows, their transposes, and resizing, in C: tables of where the taps of each axis lie, and one call of the carried
 * text (c_taps.h), which adds up in the library's order.
 *
 * Half types are computed as float and rounded at the end, complex numbers as two real ones. Tables longer than a source should hold are
 * refused. Not here: what gives the same bits in every order, and maxima (c_windows.c); elements that only move (c_resize.c). */
#include "emit/emit_c.h"
#include "ops/resize_taps.h"
#include "ops/window_rules.h"

enum { MOST_ENTRIES = 1 << 16 };

static bool is_complex(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_COMPLEX; }
static bool is_real(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_FLOAT; }

/* What real numbers are computed in. */
static ad_dtype lane_of(ad_dtype t) { return t == AD_COMPLEX64 ? AD_FLOAT32 : t == AD_COMPLEX128 ? AD_FLOAT64 : ad__c_computed(t); }

/* The taps of one axis: element d is made of count[d] elements from first[d] on, `step` apart. */
typedef struct tap_axis {
  int64_t to, from, step;
  int *first, *count;
  double *weights; /* one for each tap, or NULL */
  int64_t taps;
} tap_axis;

static bool room_for_taps(c_printer *p, tap_axis *a, bool weighted) {
  a->first = ad__arena_zeroed(&p->arena, ((size_t)a->to + 1) * sizeof(int), _Alignof(int));
  a->count = ad__arena_zeroed(&p->arena, ((size_t)a->to + 1) * sizeof(int), _Alignof(int));
  if (weighted) a->weights = ad__arena_zeroed(&p->arena, MOST_ENTRIES * sizeof(double), _Alignof(double));
  if (a->first && a->count && (a->weights || !weighted)) return true;
  p->body.failed = true;
  return false;
}

/* Element d has a tap at s, behind those it has. */
static void add_tap(tap_axis *a, int64_t d, int64_t s) {
  if (!a->count[d]++) a->first[d] = (int)s;
  a->taps++;
}

/* ---- Windows ---- */

/* Does window o hold element e? */
static bool holds(ad_window w, int64_t n, int64_t o, int64_t e) {
  if (w.adaptive) return e >= ad__window_adaptive_begin(o, n, w.size) && e < ad__window_adaptive_end(o, n, w.size);
  int64_t at = e + w.low - o * w.stride;
  return at >= 0 && at % w.dilation == 0 && at / w.dilation < w.size;
}

static int64_t greatest_divisor(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b, b = rest;
  }
  return a;
}

/* Windows of an axis of n elements; spread: for each element the windows that hold it. */
static void window_axis(tap_axis *a, ad_window w, bool spread) {
  int64_t n = spread ? a->to : a->from, windows = spread ? a->from : a->to;
  a->step = w.adaptive ? 1 : spread ? w.dilation / greatest_divisor(w.dilation, w.stride) : w.dilation;
  for (int64_t o = 0; o < windows; o++) {
    int64_t begin = w.adaptive ? ad__window_adaptive_begin(o, n, w.size) : o * w.stride - w.low;
    int64_t end = w.adaptive ? ad__window_adaptive_end(o, n, w.size) : begin + (w.size - 1) * w.dilation + 1;
    for (int64_t e = begin < 0 ? 0 : begin; e < end && e < n; e++)
      if (holds(w, n, o, e)) add_tap(a, spread ? e : o, spread ? o : e);
  }
}

/* ---- Resizing ---- */

static ad_resize_axis axis_of(const ad_array *a, int k, bool transpose) {
  const ad_attr *at = a->attrs->at;
  int axis = (int)at[AD_RESIZE_AXES].as.ints[k];
  int64_t in = ad__c_input(a, 0)->type->dims[axis], out = a->type->dims[axis];
  return ad__resize_axis_of(at, k, transpose ? out : in, transpose ? in : out);
}

/* The weights of element d follow one another, and those of the next element follow them. */
static void resize_taps(tap_axis *a, const ad_resize_axis *g, bool transpose) {
  int64_t first, at = 0;
  for (int64_t o = 0; o < g->out; o++) {
    int64_t count = ad__resize_run(g, o, &first);
    for (int64_t q = first; q < first + count; q++) add_tap(a, transpose ? q : o, transpose ? o : q);
  }
  a->step = 1;
  for (int64_t d = 0; d < a->to; d++)
    for (int j = 0; j < a->count[d]; j++, at++) {
      int64_t o = transpose ? a->first[d] + j : d, q = transpose ? d : a->first[d] + j, count = ad__resize_run(g, o, &first);
      a->weights[at] = ad__resize_weight(g, o, q) / ad__resize_total(g, o, first, count);
    }
}

/* ---- Tables ---- */

static const char *print_ints(c_printer *p, const char *wish, const int *at, int64_t n) {
  const char *name = ad__c_name(p, wish);
  ad__text_fmt(&p->data, "  static const int %s[] = {", name);
  for (int64_t i = 0; i < n; i++) ad__text_fmt(&p->data, i ? ", %d" : "%d", at[i]);
  ad__text_add(&p->data, "};\n");
  return name;
}

static const char *print_weights(c_printer *p, const tap_axis *a, ad_dtype lane) {
  const char *name = ad__c_name(p, "weights");
  ad__text_fmt(&p->data, "  static const %s %s[] = {", ad__c_type(lane), name);
  for (int64_t i = 0; i < a->taps; i++) {
    float narrow = (float)a->weights[i];
    const char *number = ad__c_number(p, lane, lane == AD_FLOAT32 ? (const char *)&narrow : (const char *)&a->weights[i]);
    ad__text_fmt(&p->data, i ? ", %s" : "%s", number);
  }
  ad__text_add(&p->data, "};\n");
  return name;
}

/* "{8, 4, 1, first, count, at, weights}" */
static const char *print_axis(c_printer *p, const tap_axis *a, ad_dtype lane) {
  if (!a->first) return ad__c_format(p, "{%lld, %lld, 0, 0, 0, 0, 0}", (long long)a->to, (long long)a->from);
  const char *first = print_ints(p, "first", a->first, a->to), *count = print_ints(p, "count", a->count, a->to), *at = "0", *weights = "0";
  if (a->weights) {
    int *begins = ad__arena_zeroed(&p->arena, ((size_t)a->to + 1) * sizeof *begins, _Alignof(int));
    if (!begins) return p->body.failed = true, "";
    for (int64_t d = 0; d < a->to; d++) begins[d + 1] = begins[d] + a->count[d];
    at = print_ints(p, "at", begins, a->to);
    weights = print_weights(p, a, lane);
  }
  return ad__c_format(p, "{%lld, %lld, %lld, %s, %s, %s, %s}", (long long)a->to, (long long)a->from, (long long)a->step, first, count, at, weights);
}

/* ---- One op ---- */

typedef void (*describe_fn)(const ad_array *a, int k, tap_axis *axis, bool transpose);

static void describe_window(const ad_array *a, int k, tap_axis *axis, bool transpose) {
  window_axis(axis, ad__window_of(a->attrs->at, k), transpose);
}
static void describe_resize(const ad_array *a, int k, tap_axis *axis, bool transpose) {
  ad_resize_axis g = axis_of(a, k, transpose);
  resize_taps(axis, &g, transpose);
}

/* The source as a dense array of the lane, complex numbers as pairs. */
static const char *source(c_printer *p, const ad_array *x, ad_dtype t, ad_dtype lane) {
  const char *base = ad__c_dense(p, x, is_complex(t) ? t : lane, "source");
  return is_complex(t) ? ad__c_format(p, "&(%s)->re", base) : base;
}

/* Tables of all axes up to the last one with taps; *inner: how many numbers lie side by side behind that. */
static const char *print_taps(c_printer *p, const ad_array *a, describe_fn describe, bool transpose, bool weighted, int64_t *inner, int *n, int64_t *line) {
  const ad_type *to = a->type, *from = ad__c_input(a, 0)->type;
  const ad_attr *axes = ad__attr(a, 0);
  ad_dtype lane = lane_of(to->dtype);
  ad_text list;
  int last = -1;
  for (int k = 0; k < axes->count; k++)
    if (axes->as.ints[k] > last) last = (int)axes->as.ints[k];
  *inner = is_complex(to->dtype) ? 2 : 1;
  for (int i = last + 1; i < to->rank; i++) *inner *= to->dims[i];
  *line = *inner * from->dims[last];
  ad__text_init(&list, p->body.mem);
  for (int i = 0; i <= last; i++) {
    tap_axis axis = {.to = to->dims[i], .from = from->dims[i]};
    for (int k = 0; k < axes->count; k++)
      if (axes->as.ints[k] == i && room_for_taps(p, &axis, weighted)) describe(a, k, &axis, transpose);
    ad__text_fmt(&list, i ? ", %s" : "%s", print_axis(p, &axis, lane));
  }
  const char *name = ad__c_name(p, "taps");
  ad__text_fmt(&p->data, "  static const ad_taps_%s %s[] = {%s};\n", ad__c_lane(lane), name, ad__text_str(&list));
  if (list.failed) p->body.failed = true;
  ad__text_free(&list);
  *n = last + 1;
  return name;
}

static ad_status print_sums(c_printer *p, const ad_array *a, describe_fn describe, bool transpose, bool weighted) {
  const ad_array *x = ad__c_input(a, 0);
  ad_dtype t = a->type->dtype, lane = lane_of(t);
  const char *out = ad__c_target(p, a);
  bool half = !is_complex(t) && lane != t;
  int64_t inner, line;
  int n;
  if (!a->type->size) return AD_OK;
  const char *taps = print_taps(p, a, describe, transpose, weighted, &inner, &n, &line);
  const char *from = source(p, x, t, lane), *sums = half ? ad__c_room(p, ad__c_type(lane), "sums", a->type->size) : out;
  const char *to = is_complex(t) ? ad__c_format(p, "&(%s)->re", out) : sums;
  ad__c_line(p, "ad_tap_rows_%s(%d, %s, %lld, %s, %s, %s);", ad__c_lane(lane), n, taps, (long long)inner, from, to,
             ad__c_room(p, ad__c_type(lane), "line", line));
  if (half) ad__c_copy_back(p, a, lane, sums);
  return AD_OK;
}

static ad_status print_window_sum(c_printer *p, const ad_array *a) { return print_sums(p, a, describe_window, false, false); }
static ad_status print_window_spread(c_printer *p, const ad_array *a) { return print_sums(p, a, describe_window, true, false); }
static ad_status print_resize(c_printer *p, const ad_array *a) { return print_sums(p, a, describe_resize, false, true); }
static ad_status print_resize_transpose(c_printer *p, const ad_array *a) { return print_sums(p, a, describe_resize, true, true); }

static bool rounds(const ad_array *a) { return is_real(a->type->dtype) || is_complex(a->type->dtype); }

static bool fits_windows(const ad_array *a) {
  const ad_attr *axes = ad__attr(a, 0);
  if (!rounds(a) || !axes->count) return false;
  for (int k = 0; k < axes->count; k++)
    if (a->type->dims[axes->as.ints[k]] > MOST_ENTRIES) return false;
  return true;
}

static bool fits_resize(const ad_array *a, bool transpose) {
  const ad_attr *axes = ad__attr(a, 0);
  if (!rounds(a) || !axes->count) return false;
  for (int k = 0; k < axes->count; k++) {
    ad_resize_axis g = axis_of(a, k, transpose);
    int64_t taps = 0, first;
    if (g.out > MOST_ENTRIES || g.in > MOST_ENTRIES) return false;
    for (int64_t o = 0; o < g.out; o++) taps += ad__resize_run(&g, o, &first);
    if (taps > MOST_ENTRIES) return false;
  }
  return true;
}
static bool can_resize(const ad_array *a) { return ad__resize_method_of(a->attrs->at) > AD_RESIZE_NEAREST_EXACT && fits_resize(a, false); }
static bool can_transpose(const ad_array *a) { return fits_resize(a, true); }

static const c_row rows[] = {
    {AD_OP_window_sum, fits_windows, print_window_sum, false},
    {AD_OP_window_spread, fits_windows, print_window_spread, false},
    {AD_OP_resize, can_resize, print_resize, false},
    {AD_OP_resize_transpose, can_transpose, print_resize_transpose, false},
};

const c_row *ad__c_taps_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && rows[i].can(a)) return &rows[i];
  return NULL;
}
