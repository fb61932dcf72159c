/* Printing graphs: the text form.
 *
 *   graph mlp(x: float32[N, 784], w: float32[784, 10], b: float32[10]) -> float32[N, 10] {
 *     h = matmul(x, w)                  at "mlp.c:4"
 *     y = softmax(add(h, b), axes=[1]) at "mlp.c:5"
 *     return y
 *   }
 *
 * Invariant: text that was printed, read and printed again is the same text, and the graph read has the same nodes in the
 * same order, weak numbers apart. So a node stands inside its only consumer just when reading makes it exactly there: it has no
 * name, one use, the consumer's place, and its position right before what follows it. A weak number of one use has no
 * place of its own: reading puts it before its consumer. Attributes that are the default are left out.
 * A weak number is a literal, any other value `constant(type elements)`. */
#include <math.h>
#include <string.h>
#include "base/scalar_half.h"
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ir/graph.h"

enum { MOST_NESTED = 3, MOST_INLINE_ELEMENTS = 8, MOST_COLUMN = 64, INSIDE = -2, NAMED = -1 };

typedef struct graph_printer {
  const ad_graph *g;
  ad_text *out;
  int indent;
  int32_t *uses;   /* per node */
  int32_t *number; /* per node: INSIDE its consumer, NAMED, or n of its name vN */
} graph_printer;

bool ad__word_is_reserved(const char *s, size_t n) {
  static const char *const words[] = {"graph", "return", "at", "constant", "true", "false", "none", "inf", "nan", "infj", "nanj"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0) return true;
  return false;
}

/* ---- Numbers ---- */

static void print_complex(double re, double im, bool single, ad_text *out) {
  if (single) ad__text_f32(out, (float)re);
  else ad__text_f64(out, re);
  if (isnan(im) || !signbit(im)) ad__text_char(out, '+');
  if (single) ad__text_f32(out, (float)im);
  else ad__text_f64(out, im);
  ad__text_char(out, 'j');
}

static void print_element(ad_dtype t, const char *p, ad_text *out) {
  union {
    uint8_t u8; uint16_t u16; uint32_t u32; uint64_t u64; int8_t i8; int16_t i16; int32_t i32; int64_t i64;
    float f32; double f64; float c64[2]; double c128[2];
  } v;
  memcpy(&v, p, ad_dtype_size(t));
  switch (t) {
  case AD_BOOL: ad__text_add(out, v.u8 ? "true" : "false"); break;
  case AD_UINT8: ad__text_fmt(out, "%u", v.u8); break;
  case AD_UINT16: ad__text_fmt(out, "%u", v.u16); break;
  case AD_UINT32: ad__text_fmt(out, "%lu", (unsigned long)v.u32); break;
  case AD_UINT64: ad__text_fmt(out, "%llu", (unsigned long long)v.u64); break;
  case AD_INT8: ad__text_fmt(out, "%d", v.i8); break;
  case AD_INT16: ad__text_fmt(out, "%d", v.i16); break;
  case AD_INT32: ad__text_fmt(out, "%ld", (long)v.i32); break;
  case AD_INT64: ad__text_fmt(out, "%lld", (long long)v.i64); break;
  case AD_FLOAT16: ad__text_f32(out, ad_f32_from_f16(v.u16)); break;
  case AD_BFLOAT16: ad__text_f32(out, ad_f32_from_bf16(v.u16)); break;
  case AD_FLOAT32: ad__text_f32(out, v.f32); break;
  case AD_FLOAT64: ad__text_f64(out, v.f64); break;
  case AD_COMPLEX64: print_complex((double)v.c64[0], (double)v.c64[1], true, out); break;
  case AD_COMPLEX128: print_complex(v.c128[0], v.c128[1], false, out); break;
  case AD_DTYPE_NONE:
  case AD_DTYPE_COUNT: break;
  }
}

/* Recursion over axes. */
static void print_elements(const ad_type *t, const int64_t *strides, int axis, const char *p, ad_text *out) {
  if (axis == t->rank) {
    print_element(t->dtype, p, out);
    return;
  }
  ad__text_char(out, '[');
  for (int64_t i = 0; i < t->dims[axis] && t->size; i++) {
    if (i) ad__text_add(out, ", ");
    print_elements(t, strides, axis + 1, p + i * strides[axis], out);
  }
  ad__text_char(out, ']');
}

/* The two attributes of a weak number: its value, and, when it is whole, the exact integer. */
static void print_literal(const ad_array *a, ad_text *out) {
  const ad_attr *number = ad__attr(a, 0), *whole = ad__attr(a, 1);
  if (a->type->dtype == AD_BOOL) ad__text_add(out, whole->as.i ? "true" : "false");
  else if (whole->given) ad__text_fmt(out, "%lld", (long long)whole->as.i);
  else if (a->type->dtype == AD_COMPLEX64) print_complex(number->as.f[0], number->as.f[1], false, out);
  else ad__text_f64(out, number->as.f[0]);
}

void ad__elements_print(const ad_array *a, ad_text *out) {
  int64_t strides[AD_MAX_RANK];
  if (a->flags & AD_NODE_WEAK) {
    print_literal(a, out);
    return;
  }
  ad__type_strides(a->type, strides);
  if (a->type->size) print_elements(a->type, a->value.strides ? a->value.strides : strides, 0, a->value.data, out);
  else ad__text_add(out, "[]");
}

static void print_constant(const ad_array *a, ad_text *out) {
  if (!(a->flags & AD_NODE_WEAK)) {
    ad__text_add(out, "constant(");
    ad__type_print(a->ctx, a->type, out);
    ad__text_char(out, ' ');
  }
  ad__elements_print(a, out);
  if (!(a->flags & AD_NODE_WEAK)) ad__text_char(out, ')');
}

/* ---- Attributes ---- */

static bool is_default(const ad_field *f, const ad_attr *a) {
  if (!a->given) return true;
  switch (f->kind) {
  case AD_FIELD_FLAG: return (a->as.i != 0) == (f->has_default && f->default_num != 0);
  case AD_FIELD_TEXT:
    return f->text && strlen(a->as.text) == strcspn(f->text, "|") && strncmp(f->text, a->as.text, strcspn(f->text, "|")) == 0;
  case AD_FIELD_INT: return f->has_default && a->as.i == (int64_t)f->default_num;
  case AD_FIELD_NUM: return f->has_default && memcmp(a->as.f, &f->default_num, sizeof f->default_num) == 0;
  default: return false;
  }
}

static void print_dim(ad_ctx *c, int64_t d, ad_text *out) {
  if (d == -1) ad__text_add(out, "-1");
  else ad__dim_print(c, d, out);
}

static void print_list(ad_ctx *c, const ad_field *f, const ad_attr *a, ad_text *out) {
  ad__text_char(out, '[');
  for (int i = 0; i < a->count; i++) {
    if (i) ad__text_add(out, ", ");
    if (f->kind == AD_FIELD_NUMS) ad__text_f64(out, a->as.nums[i]);
    else if (f->kind == AD_FIELD_SHAPE) print_dim(c, a->as.ints[i], out);
    else ad__text_fmt(out, "%lld", (long long)a->as.ints[i]);
  }
  ad__text_char(out, ']');
}

static void print_graph(const ad_graph *g, int indent, ad_text *out);

static void print_attr(ad_ctx *c, const ad_field *f, const ad_attr *a, int indent, ad_text *out) {
  ad__text_fmt(out, "%s=", f->name);
  switch (f->kind) {
  case AD_FIELD_FLAG: ad__text_add(out, a->as.i ? "true" : "false"); break;
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: ad__text_fmt(out, "%lld", (long long)a->as.i); break;
  case AD_FIELD_NUM: ad__text_f64(out, a->as.f[0]); break;
  case AD_FIELD_SCALAR:
    if (a->as.f[1] != 0 || a->as.f[1] != a->as.f[1]) print_complex(a->as.f[0], a->as.f[1], false, out);
    else ad__text_f64(out, a->as.f[0]);
    break;
  case AD_FIELD_DTYPE: ad__text_add(out, ad_dtype_name((ad_dtype)a->as.i)); break;
  case AD_FIELD_TEXT: ad__text_quoted(out, a->as.text, strlen(a->as.text)); break;
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_SHAPE:
  case AD_FIELD_INTS:
  case AD_FIELD_NUMS: print_list(c, f, a, out); break;
  case AD_FIELD_GRAPH: print_graph(a->as.graph, indent, out); break;
  }
}

static void print_attrs(ad_ctx *c, const ad_op *op, const ad_attr *at, bool comma, int indent, ad_text *out) {
  for (int i = 0; i < op->field_count; i++) {
    if (is_default(&op->fields[i], &at[i])) continue;
    if (comma) ad__text_add(out, ", ");
    comma = true;
    print_attr(c, &op->fields[i], &at[i], indent, out);
  }
}

void ad__attrs_print(const ad_array *a, ad_text *out) {
  const char *between = "";
  for (int i = 0; a->attrs && i < a->op->field_count; i++) {
    const ad_field *f = &a->op->fields[i];
    if (f->kind == AD_FIELD_GRAPH || is_default(f, &a->attrs->at[i])) continue;
    ad__text_add(out, between);
    print_attr(a->ctx, f, &a->attrs->at[i], 0, out);
    between = ", ";
  }
}

static bool has_region(const ad_array *a) {
  for (int i = 0; a->attrs && i < a->op->field_count; i++)
    if (a->op->fields[i].kind == AD_FIELD_GRAPH && a->attrs->at[i].given) return true;
  return false;
}

/* ---- Which nodes stand inside their consumer ---- */

static bool may_stand_inside(const graph_printer *p, const ad_array *a, const ad_array *consumer, int depth) {
  if (p->uses[a->serial] != 1 || p->g->names[a->serial] || a->op == &ad__op_param) return false;
  if (a->flags & AD_NODE_CONST) return a->type->size <= MOST_INLINE_ELEMENTS;
  bool one_place = a->where == consumer->where ||
                   (a->where && consumer->where && strcmp(a->where, consumer->where) == 0);
  return one_place && depth < MOST_NESTED && !has_region(a);
}

static bool is_literal(const ad_array *a) { return (a->flags & AD_NODE_CONST) && (a->flags & AD_NODE_WEAK); }

static int before(const graph_printer *p, int i) {
  do i--;
  while (i >= 0 && p->number[i] == INSIDE && is_literal(p->g->nodes.at[i]));
  return i;
}

/* Marks what stands inside node a, from its last input back; returns the position of the first of them, or a's own. */
static int absorb(graph_printer *p, const ad_array *a, int depth) {
  int first = (int)a->serial;
  for (int i = a->n; i-- > 0;) {
    const ad_array *x = a->in[i];
    if (!x || is_literal(x) || (int)x->serial != before(p, first) || !may_stand_inside(p, x, a, depth)) continue;
    p->number[x->serial] = INSIDE;
    first = absorb(p, x, depth + 1);
  }
  return first;
}

static void count_uses(graph_printer *p) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->nodes.count; i++)
    for (int k = 0; k < g->nodes.at[i]->n; k++)
      if (g->nodes.at[i]->in[k] && p->uses[g->nodes.at[i]->in[k]->serial] < 2) p->uses[g->nodes.at[i]->in[k]->serial]++;
  for (int i = 0; i < g->results.count; i++) p->uses[g->results.at[i]->serial] = 2;
}

static void number_nodes(graph_printer *p) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->nodes.count; i++)
    p->number[i] = is_literal(g->nodes.at[i]) && p->uses[i] == 1 && !g->names[i] ? INSIDE : NAMED;
  for (int i = before(p, g->nodes.count); i >= 0; i = before(p, i)) i = absorb(p, g->nodes.at[i], 0);
  int next = 0;
  char name[24];
  for (int i = 0; i < g->nodes.count; i++) {
    if (p->number[i] == INSIDE || g->names[i]) continue;
    do ad__format(name, sizeof name, "v%d", next++);
    while (ad__graph_find(g, name, strlen(name)));
    p->number[i] = next - 1;
  }
}

/* ---- Nodes ---- */

static void print_expression(graph_printer *p, const ad_array *a, ad_text *out);

static void print_use(graph_printer *p, const ad_array *a, ad_text *out) {
  if (!a) ad__text_add(out, "none");
  else if (p->number[a->serial] == INSIDE) print_expression(p, a, out);
  else if (p->g->names[a->serial]) ad__text_add(out, p->g->names[a->serial]);
  else ad__text_fmt(out, "v%d", (int)p->number[a->serial]);
}

static void print_members(graph_printer *p, const ad_array *a, ad_text *out) {
  bool record = a->type->kind == AD_KIND_RECORD;
  ad__text_char(out, record ? '{' : '(');
  for (int i = 0; i < a->n; i++) {
    if (i) ad__text_add(out, ", ");
    if (record) {
      ad__member_name_print(a->type->names[i], out);
      ad__text_add(out, ": ");
    }
    print_use(p, a->in[i], out);
  }
  ad__text_char(out, record ? '}' : ')');
}

static void print_expression(graph_printer *p, const ad_array *a, ad_text *out) {
  if (a->flags & AD_NODE_CONST) {
    print_constant(a, out);
  } else if (a->op->flags & AD_OP_HOLDS) {
    print_members(p, a, out);
  } else {
    int n = a->n;
    while (n > 0 && !a->in[n - 1]) n--;
    ad__text_fmt(out, "%s(", a->op->name);
    for (int i = 0; i < n; i++) {
      if (i) ad__text_add(out, ", ");
      print_use(p, a->in[i], out);
    }
    if (a->attrs) print_attrs(a->ctx, a->op, a->attrs->at, n > 0, p->indent + 2, out);
    ad__text_char(out, ')');
  }
}

static void print_statement(graph_printer *p, const ad_array *a, ad_text *out) {
  print_use(p, a, out);
  ad__text_add(out, " = ");
  print_expression(p, a, out);
}

static bool is_statement(const graph_printer *p, const ad_array *a) {
  return p->number[a->serial] != INSIDE && a->op != &ad__op_param;
}

static void indent_by(ad_text *out, int n) {
  while (n-- > 0) ad__text_char(out, ' ');
}

/* The column of the places: behind the longest statement that is not too long. */
static size_t place_column(graph_printer *p) {
  size_t column = 0;
  ad_text line;
  ad__text_init(&line, &p->g->ctx->mem);
  for (int i = 0; i < p->g->nodes.count; i++) {
    const ad_array *a = p->g->nodes.at[i];
    if (!a->where || !is_statement(p, a) || has_region(a)) continue;
    line.length = 0;
    print_statement(p, a, &line);
    if (line.length > column && line.length <= MOST_COLUMN) column = line.length;
  }
  if (line.failed) p->out->failed = true;
  ad__text_free(&line);
  return column;
}

static void print_statements(graph_printer *p) {
  size_t column = place_column(p);
  for (int i = 0; i < p->g->nodes.count; i++) {
    const ad_array *a = p->g->nodes.at[i];
    if (!is_statement(p, a)) continue;
    indent_by(p->out, p->indent + 2);
    size_t start = p->out->length;
    print_statement(p, a, p->out);
    if (a->where) {
      size_t width = p->out->length - start;
      indent_by(p->out, has_region(a) || width > column ? 1 : (int)(column - width) + 1);
      ad__text_add(p->out, "at ");
      ad__text_quoted(p->out, a->where, strlen(a->where));
    }
    ad__text_char(p->out, '\n');
  }
}

static void print_head(const ad_graph *g, ad_text *out) {
  ad__text_fmt(out, "graph %s(", g->name);
  for (int i = 0; i < g->params.count; i++) {
    const ad_array *a = g->params.at[i];
    ad__text_fmt(out, "%s%s: ", i ? ", " : "", g->names[a->serial] ? g->names[a->serial] : "?");
    ad__type_print(g->ctx, a->type, out);
  }
  ad__text_char(out, ')');
  for (int i = 0; i < g->results.count; i++) {
    ad__text_add(out, i ? ", " : " -> ");
    ad__type_print(g->ctx, g->results.at[i]->type, out);
  }
  ad__text_add(out, " {\n");
}

/* Without the newline after the last brace. Recursion ends at AD_MAX_REGION_DEPTH. */
static void print_graph(const ad_graph *g, int indent, ad_text *out) {
  graph_printer p = {.g = g, .out = out, .indent = indent};
  size_t bytes = (size_t)(g->nodes.count ? g->nodes.count : 1) * 2 * sizeof *p.uses;
  p.uses = ad__mem_zeroed(&g->ctx->mem, bytes);
  if (!p.uses) {
    out->failed = true;
    return;
  }
  p.number = p.uses + g->nodes.count;
  count_uses(&p);
  number_nodes(&p);
  print_head(g, out);
  print_statements(&p);
  indent_by(out, indent + 2);
  ad__text_add(out, "return");
  for (int i = 0; i < g->results.count; i++) {
    ad__text_add(out, i ? ", " : " ");
    print_use(&p, g->results.at[i], out);
  }
  ad__text_char(out, '\n');
  indent_by(out, indent);
  ad__text_char(out, '}');
  ad__mem_give(&g->ctx->mem, p.uses, bytes);
}

void ad__graph_print(const ad_graph *g, ad_text *out) {
  print_graph(g, 0, out);
  ad__text_char(out, '\n');
}
