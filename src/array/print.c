/* Arrays as text: nested brackets, shortened axes, aligned columns.
 *
 * Elements are read where they lie, through their strides, and only those that are shown. An array is walked twice: the
 * first time measures the widest element. Recursion goes over axes (at most AD_MAX_RANK) and nested tuples, whose
 * types have a bounded depth. Not here: reading text back. */
#include <adamant/text.h>

#include <math.h>
#include <string.h>
#include "base/scalar_half.h"
#include "ir/ctx.h"

enum { INDENT = 7 /* of "array([" */, ELEMENT_TEXT = 96 };

typedef struct printer {
  ad_text *t;
  int precision;
  int64_t threshold, edge, line_width;
  /* of the array that is printed */
  const ad_type *type;
  const int64_t *strides;
  bool measuring;
  size_t width;      /* every element is padded to; 0: none is */
  size_t line_begin; /* in t */
} printer;

/* ---- Elements ---- */

/* "%g" with a point for whatever the locale puts between the digits. */
static size_t format_float(const printer *p, double v, char *out) {
  if (isnan(v)) return ad__format(out, ELEMENT_TEXT, "nan");
  char raw[64];
  size_t n = 0;
  ad__format(raw, sizeof raw, "%.*g", p->precision, v);
  for (const char *s = raw; *s;) {
    if (strchr("0123456789+-einf", *s)) {
      out[n++] = *s++;
      continue;
    }
    out[n++] = '.';
    while (*s && !strchr("0123456789+-einf", *s)) s++;
  }
  out[n] = 0;
  return n;
}

static size_t format_complex(const printer *p, double re, double im, char *out) {
  size_t n = format_float(p, re, out);
  if (!signbit(im) || isnan(im)) out[n++] = '+';
  n += format_float(p, im, out + n);
  out[n++] = 'j';
  out[n] = 0;
  return n;
}

static size_t format_element(const printer *p, const char *at, char *out) {
#define LOAD(type, name) \
  type name;             \
  memcpy(&name, at, sizeof name)
#define INTEGER(dtype, type, format, wide)                                 \
  case dtype: {                                                            \
    LOAD(type, v);                                                         \
    return ad__format(out, ELEMENT_TEXT, format, (wide)v);                 \
  }
#define FLOAT(dtype, type, value)     \
  case dtype: {                       \
    LOAD(type, v);                    \
    return format_float(p, value, out); \
  }
  switch (p->type->dtype) {
  case AD_BOOL: return ad__format(out, ELEMENT_TEXT, "%s", *at ? "True" : "False");
    INTEGER(AD_UINT8, uint8_t, "%llu", unsigned long long)
    INTEGER(AD_UINT16, uint16_t, "%llu", unsigned long long)
    INTEGER(AD_UINT32, uint32_t, "%llu", unsigned long long)
    INTEGER(AD_UINT64, uint64_t, "%llu", unsigned long long)
    INTEGER(AD_INT8, int8_t, "%lld", long long)
    INTEGER(AD_INT16, int16_t, "%lld", long long)
    INTEGER(AD_INT32, int32_t, "%lld", long long)
    INTEGER(AD_INT64, int64_t, "%lld", long long)
    FLOAT(AD_FLOAT16, uint16_t, ad_f64_from_f16(v))
    FLOAT(AD_BFLOAT16, uint16_t, ad_f64_from_bf16(v))
    FLOAT(AD_FLOAT32, float, (double)v)
    FLOAT(AD_FLOAT64, double, v)
  case AD_COMPLEX64: {
    LOAD(ad_c64, v);
    return format_complex(p, (double)v.re, (double)v.im, out);
  }
  case AD_COMPLEX128: {
    LOAD(ad_c128, v);
    return format_complex(p, v.re, v.im, out);
  }
  case AD_DTYPE_NONE:
  case AD_DTYPE_COUNT: break;
  }
#undef LOAD
#undef INTEGER
#undef FLOAT
  return 0;
}

/* ---- One array ---- */

static void new_line(printer *p, int indent) {
  ad__text_char(p->t, '\n');
  p->line_begin = p->t->length;
  for (int i = 0; i < indent; i++) ad__text_char(p->t, ' ');
}

static void add_element(printer *p, const char *at) {
  char text[ELEMENT_TEXT];
  size_t n = format_element(p, at, text);
  if (p->measuring) {
    if (n > p->width) p->width = n;
    return;
  }
  for (size_t i = n; i < p->width; i++) ad__text_char(p->t, ' ');
  ad__text_add_n(p->t, text, n);
}

/* What stands between two entries of an axis. A broken row goes on below its first entry. */
static void add_gap(printer *p, int axis, const char *next) {
  bool innermost = axis == p->type->rank - 1;
  char text[ELEMENT_TEXT];
  ad__text_char(p->t, ',');
  size_t n = p->width;
  if (innermost && p->line_width && !n) n = next ? format_element(p, next, text) : 3;
  bool full = innermost && p->line_width && p->t->length - p->line_begin + n + 2 > (size_t)p->line_width;
  if (!innermost || full) new_line(p, INDENT + axis);
  else ad__text_char(p->t, ' ');
}

static void add_axis(printer *p, int axis, const char *at) {
  if (axis == p->type->rank) {
    add_element(p, at);
    return;
  }
  int64_t n = p->type->dims[axis];
  bool cut = n > p->threshold && n > 2 * p->edge;
  if (!p->measuring) ad__text_char(p->t, '[');
  for (int64_t i = 0; i < n; i++) {
    bool dots = cut && i == p->edge;
    const char *entry = at + i * p->strides[axis];
    if (i && !p->measuring) add_gap(p, axis, dots ? NULL : entry);
    if (!dots) {
      add_axis(p, axis + 1, entry);
      continue;
    }
    if (!p->measuring) ad__text_add(p->t, "...");
    i = n - p->edge - 1;
  }
  if (!p->measuring) ad__text_char(p->t, ']');
}

static void add_tensor(printer *p, const ad_array *a) {
  int64_t room[AD_MAX_RANK];
  ad__type_strides(a->type, room);
  p->type = a->type;
  p->strides = a->value.strides ? a->value.strides : room;
  p->width = 0;
  p->line_begin = p->t->length;
  ad__text_add(p->t, "array(");
  if (a->type->rank > 1 && a->type->size) {
    p->measuring = true;
    add_axis(p, 0, a->value.data);
    p->measuring = false;
  }
  add_axis(p, 0, a->value.data);
  ad__text_fmt(p->t, ", dtype=%s)", ad_dtype_name(a->type->dtype));
}

/* ---- Any value ---- */

static void add_value(printer *p, ad_array *a);

static void add_members(printer *p, ad_array *a) {
  bool names = a->type->kind == AD_KIND_RECORD;
  int n = ad_item_count(a);
  ad__text_char(p->t, names ? '{' : '(');
  for (int i = 0; i < n; i++) {
    if (i) ad__text_add(p->t, ", ");
    if (names) ad__text_fmt(p->t, "%s: ", ad_item_name(a, i));
    ad_scope *s = ad_scope_begin(a->ctx);
    add_value(p, ad_item(a, i));
    ad_scope_end(s, NULL);
  }
  if (n == 1 && !names) ad__text_char(p->t, ',');
  ad__text_char(p->t, names ? '}' : ')');
}

static void add_value(printer *p, ad_array *a) {
  if (ad_eval(a) || ad_is_error(a)) ad__text_add(p->t, ad_is_error(a) ? ad_error_text(a) : "an array that cannot be evaluated");
  else if (a->type->kind == AD_KIND_TENSOR) add_tensor(p, a);
  else add_members(p, a);
}

static int64_t option(ad_int given, int64_t otherwise, int64_t least, int64_t most) {
  int64_t v = given.given ? given.value : otherwise;
  return v < least ? least : v > most ? most : v;
}

static void print_into(ad_text *t, ad_array *a, const ad_text_opts *opts) {
  static const ad_text_opts none = {{0}, {0}, {0}, {0}};
  if (!opts) opts = &none;
  printer p = {.t = t,
               .precision = (int)option(opts->precision, 6, 1, 17),
               .threshold = option(opts->threshold, 6, 0, INT64_MAX),
               .edge = option(opts->edge_items, 3, 0, INT32_MAX),
               .line_width = option(opts->line_width, 0, 0, INT32_MAX)};
  add_value(&p, a);
}

static size_t copy_out(const char *from, size_t length, char *out, size_t size) {
  size_t n = length < size ? length : size ? size - 1 : 0;
  if (size) memcpy(out, from, n), out[n] = 0;
  return length;
}

size_t ad_array_text(ad_array *a, char *out, size_t size, const ad_text_opts *opts) {
  if (ad_is_error(a)) return copy_out(ad_error_text(a), strlen(ad_error_text(a)), out, size);
  ad_text t;
  ad__text_init(&t, &a->ctx->mem);
  print_into(&t, a, opts);
  static const char lost[] = "out of memory";
  size_t n = t.failed ? copy_out(lost, sizeof lost - 1, out, size) : copy_out(ad__text_str(&t), t.length, out, size);
  ad__text_free(&t);
  return n;
}

ad_status ad_print(ad_array *a) {
  if (!a) return AD_E_VALUE;
  ad_ctx *c = a->ctx;
  if (!c || !c->opts.print) return ad_error_code(a);
  ad_text t;
  ad__text_init(&t, &c->mem);
  print_into(&t, a, NULL);
  ad__text_char(&t, '\n');
  ad_status s = t.failed ? AD_E_MEMORY : ad_error_code(a);
  if (!t.failed) c->opts.print(c->opts.user, ad__text_str(&t));
  ad__text_free(&t);
  return s;
}
