/* The NumPy printer: a graph as one Python function.
 *
 *   import numpy as np
 *
 *
 *   def mlp(x, w, b):
 *       """mlp(x: float32[N, 784], w: float32[784, 10], b: float32[10]) -> float32[N, 10]"""
 *       h = x @ w
 *       return softmax(h + b, (1,))
 *
 * Ops are printed by their spellings; what NumPy lacks is a function of numpy_helpers.py, carried along when it is called. A
 * node without a name and with one use stands inside its consumer while the line stays short. Invariant: every array has
 * the graph's dtype: a number is written bare only beside an array of its dtype and of rank 1 or more, and an expression of
 * rank 0 with numbers in it, which NumPy would widen, is converted back. */
#include <math.h>
#include <string.h>
#include "emit/carried.h"
#include "emit/lower.h"
#include "emit/spelling.h"
#include "emit/targets.h"
#include "base/scalar_half.h"
#include "ir/ctx.h"
#include "ir/dim.h"

enum { LONGEST_INLINE = 48, MOST_ELEMENTS = 4096 };

typedef struct numpy_printer {
  const ad_graph *g;
  ad_arena arena;
  ad_emit_names names;
  ad_operand *nodes; /* what each node is written as */
  int *uses;
  bool *needed;
  ad_text body;
  ad_err *e;
} numpy_printer;

static const char *const reserved[] = {
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
    "return", "try", "while", "with", "yield", "np", "math", "complex", "slice", "tuple", NULL};

/* ---- Constants ---- */

static int print_element(ad_dtype t, const char *p, ad_text *out) {
  union {
    uint8_t u8; uint16_t u16; uint32_t u32; uint64_t u64; int8_t i8; int16_t i16; int32_t i32; int64_t i64;
    float f32; double f64; float c64[2]; double c128[2];
  } v;
  memcpy(&v, p, ad_dtype_size(t));
  int64_t i = 0;
  double re = 0, im = 0;
  switch (t) {
  case AD_BOOL: ad__text_add(out, v.u8 ? "True" : "False"); return AD_BINDS_ALL;
  case AD_UINT64: ad__text_fmt(out, "%llu", (unsigned long long)v.u64); return AD_BINDS_LITERAL;
  case AD_UINT8: i = v.u8; break;
  case AD_UINT16: i = v.u16; break;
  case AD_UINT32: i = v.u32; break;
  case AD_INT8: i = v.i8; break;
  case AD_INT16: i = v.i16; break;
  case AD_INT32: i = v.i32; break;
  case AD_INT64: i = v.i64; break;
  case AD_FLOAT16:
  case AD_FLOAT32: {
    float f = t == AD_FLOAT32 ? v.f32 : ad_f32_from_f16(v.u16);
    if (!isfinite(f)) return ad__spell_python_number((double)f, false, out);
    ad__text_f32(out, f);
    return signbit(f) ? AD_BINDS_SIGN : AD_BINDS_LITERAL;
  }
  case AD_FLOAT64: return ad__spell_python_number(v.f64, false, out);
  default:
    re = t == AD_COMPLEX64 ? (double)v.c64[0] : v.c128[0];
    im = t == AD_COMPLEX64 ? (double)v.c64[1] : v.c128[1];
    ad__text_add(out, "complex(");
    ad__spell_python_number(re, false, out);
    ad__text_add(out, ", ");
    ad__spell_python_number(im, false, out);
    ad__text_char(out, ')');
    return AD_BINDS_ALL;
  }
  ad__text_fmt(out, "%lld", (long long)i);
  return i < 0 ? AD_BINDS_SIGN : AD_BINDS_LITERAL;
}

static void print_elements(const ad_type *t, const int64_t *strides, int axis, const char *p, ad_text *out) {
  if (axis == t->rank) {
    print_element(t->dtype, p, out);
    return;
  }
  ad__text_char(out, '[');
  for (int64_t i = 0; i < t->dims[axis]; i++) {
    if (i) ad__text_add(out, ", ");
    print_elements(t, strides, axis + 1, p + i * strides[axis], out);
  }
  ad__text_char(out, ']');
}

static void print_shape(const ad_type *t, ad_text *out) {
  ad__text_char(out, '(');
  for (int i = 0; i < t->rank; i++) ad__text_fmt(out, i ? ", %lld" : "%lld", (long long)t->dims[i]);
  ad__text_add(out, t->rank == 1 ? ",)" : ")");
}

/* "np.float32(2.0)", "np.array([1, 2], np.int32)". */
static ad_status print_constant(numpy_printer *p, const ad_array *a, ad_text *out) {
  const ad_type *t = a->type;
  const char *dtype = ad__spell_dtype("numpy", t->dtype);
  int64_t strides[AD_MAX_RANK];
  if (t->size > MOST_ELEMENTS)
    return ad__fail(p->e, AD_E_NOT_IMPLEMENTED, "emit: a constant of %lld elements; at most %d, or a parameter, is right",
                    (long long)t->size, MOST_ELEMENTS);
  ad__type_strides(t, strides);
  if (!t->size) {
    ad__text_add(out, "np.zeros(");
    print_shape(t, out);
  } else if (!t->rank) {
    ad__text_fmt(out, "%s(", dtype);
    print_element(t->dtype, a->value.data, out);
    ad__text_char(out, ')');
    return AD_OK;
  } else {
    ad__text_add(out, "np.array(");
    print_elements(t, a->value.strides ? a->value.strides : strides, 0, a->value.data, out);
  }
  ad__text_fmt(out, ", %s)", dtype);
  return AD_OK;
}

/* May the number k-th input of a stand there bare? */
static bool may_be_bare(const ad_array *a, int k) {
  const ad_type *t = a->in[k]->type;
  if (!(a->op->flags & AD_OP_ELEMENTWISE) || t->rank || t->kind != AD_KIND_TENSOR) return false;
  for (int i = 0; i < a->n; i++) {
    const ad_array *x = a->in[i];
    if (x && !(x->flags & AD_NODE_CONST) && x->type->dtype == t->dtype && x->type->rank) return true;
  }
  return false;
}

/* ---- Expressions ---- */

static char *keep(numpy_printer *p, ad_text *t) {
  char *s = ad__arena_text(&p->arena, ad__text_str(t), t->length);
  if (t->failed || !s) p->body.failed = true;
  return s ? s : (char *)(uintptr_t)"";
}

static ad_status operand(numpy_printer *p, const ad_array *a, int k, ad_operand *out) {
  *out = (ad_operand){NULL, AD_BINDS_ALL};
  if (!a->in[k]) return AD_OK;
  const ad_array *x = ad__emit_resolve(a->in[k]);
  *out = p->nodes[x->serial];
  if (!(x->flags & AD_NODE_CONST) || out->text) return AD_OK;
  out->binds = AD_BINDS_ALL;
  ad_text t;
  ad_status s = AD_OK;
  ad__text_init(&t, p->body.mem);
  if (may_be_bare(a, k)) out->binds = print_element(x->type->dtype, x->value.data, &t);
  else s = print_constant(p, x, &t);
  out->text = keep(p, &t);
  ad__text_free(&t);
  return s;
}

static void print_members(const ad_array *a, const ad_operand *in, ad_text *out) {
  bool record = a->type->kind == AD_KIND_RECORD;
  ad__text_char(out, record ? '{' : '(');
  for (int i = 0; i < a->n; i++) {
    if (i) ad__text_add(out, ", ");
    if (record) {
      ad__spell_python_text(a->type->names[i], strlen(a->type->names[i]), out);
      ad__text_add(out, ": ");
    }
    ad__text_add(out, in[i].text);
  }
  ad__text_add(out, record ? "}" : a->n == 1 ? ",)" : ")");
}

static void print_item(const ad_array *a, const ad_operand *in, ad_text *out) {
  const ad_type *t = a->in[0]->type;
  int64_t k = ad__attr(a, 0)->as.i;
  ad__text_fmt(out, "%s[", in[0].text);
  if (t->kind == AD_KIND_RECORD) ad__spell_python_text(t->names[k], strlen(t->names[k]), out);
  else ad__text_fmt(out, "%lld", (long long)k);
  ad__text_char(out, ']');
}

/* A number that no dtype's name stands around. */
static bool has_number(const char *s) {
  for (const char *c = s; *c; c++) {
    if (c > s && *c == '(' && ((c[-1] >= '0' && c[-1] <= '9') || c[-1] == '_')) c += strcspn(c, ")");
    else if (*c >= '0' && *c <= '9' && (c == s || strchr(" (-,*", c[-1]))) return true;
    if (!*c) break;
  }
  return false;
}

/* An elementwise expression of rank 0 with a number in it: NumPy computes it in its widest type. */
static void convert_back(const ad_array *a, ad_text *out, int *binds) {
  const ad_type *t = a->type;
  if (t->kind != AD_KIND_TENSOR || t->rank || t->dtype == AD_BOOL || !(a->op->flags & AD_OP_ELEMENTWISE) ||
      !has_number(ad__text_str(out)))
    return;
  ad_text inner = *out;
  ad__text_init(out, inner.mem);
  ad__text_fmt(out, "%s(%s)", ad__spell_dtype("numpy", t->dtype), ad__text_str(&inner));
  if (inner.failed) out->failed = true;
  ad__text_free(&inner);
  *binds = AD_BINDS_ALL;
}

static ad_status print_expression(numpy_printer *p, const ad_array *a, ad_text *out, int *binds) {
  ad_operand few[8], *in = a->n <= 8 ? few : ad__arena_array(&p->arena, a->n, sizeof *in, _Alignof(ad_operand));
  ad_status s = in ? AD_OK : ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  for (int i = 0; !s && i < a->n; i++) s = operand(p, a, i, &in[i]);
  *binds = AD_BINDS_ALL;
  if (s) return s;
  if (a->flags & AD_NODE_CONST) return print_constant(p, a, out);
  if (a->op->flags & AD_OP_HOLDS) print_members(a, in, out);
  else if (a->op->flags & AD_OP_PROJECTS) print_item(a, in, out);
  else {
    ad_rule r = {.ctx = p->g->ctx, .op = a->op, .n = a->n, .in = (ad_array *const *)a->in, .out = (ad_array *)(uintptr_t)a,
                 .attrs = a->attrs ? a->attrs->at : NULL};
    s = ad__spell("numpy", &r, in, out, binds, p->e);
    convert_back(a, out, binds);
  }
  return s;
}

/* ---- Statements ---- */

/* Numbers and small arrays are written where they are used, larger ones are named. */
static bool is_small(const ad_array *a) { return a->type->size <= 8; }

static ad_status print_node(numpy_printer *p, const ad_array *a) {
  const char *name = p->g->names[a->serial];
  bool constant = a->flags & AD_NODE_CONST;
  if (a->op == &ad__op_param || !p->needed[a->serial] || (constant && is_small(a) && !name)) return AD_OK;
  ad_text t;
  int binds;
  ad__text_init(&t, p->body.mem);
  ad_status s = print_expression(p, a, &t, &binds);
  if (!s && !name && p->uses[a->serial] == 1 && t.length <= LONGEST_INLINE && !constant) {
    p->nodes[a->serial] = (ad_operand){keep(p, &t), binds};
  } else if (!s) {
    const char *own = ad__emit_name(&p->names, name ? name : constant ? "table" : "t");
    ad__text_fmt(&p->body, "    %s = ", own);
    ad__text_add(&p->body, ad__text_str(&t));
    ad__text_char(&p->body, '\n');
    p->nodes[a->serial] = (ad_operand){own, AD_BINDS_ALL};
  }
  if (t.failed) p->body.failed = true;
  ad__text_free(&t);
  return s;
}

static ad_status print_return(numpy_printer *p) {
  ad_status s = AD_OK;
  const ad_graph *g = p->g;
  ad__text_add(&p->body, "    return ");
  if (!g->results.count) ad__text_add(&p->body, "()");
  for (int i = 0; !s && i < g->results.count; i++) {
    const ad_array *a = ad__emit_resolve(g->results.at[i]);
    if (i) ad__text_add(&p->body, ", ");
    if (p->nodes[a->serial].text) ad__text_add(&p->body, p->nodes[a->serial].text);
    else s = print_constant(p, a, &p->body);
  }
  ad__text_char(&p->body, '\n');
  return s;
}

static void count_uses(numpy_printer *p) {
  const ad_graph *g = p->g;
  ad__emit_mark_needed(g, p->needed);
  for (int i = 0; i < g->nodes.count; i++)
    for (int k = 0; p->needed[i] && k < g->nodes.at[i]->n; k++)
      if (g->nodes.at[i]->in[k]) p->uses[ad__emit_resolve(g->nodes.at[i]->in[k])->serial]++;
  for (int i = 0; i < g->results.count; i++) p->uses[ad__emit_resolve(g->results.at[i])->serial]++;
}

/* ---- Head ---- */

/* Symbols that attributes may speak of: "    N = x.shape[0]", from the first parameter that has them as a dim. */
static void print_symbols(numpy_printer *p, ad_text *out) {
  const ad_graph *g = p->g;
  ad_map seen;
  ad__map_init(&seen, out->mem);
  for (int i = 0; i < g->params.count; i++) {
    const ad_array *a = g->params.at[i];
    for (int k = 0; a->type->kind == AD_KIND_TENSOR && k < a->type->rank; k++) {
      const char *symbol = a->type->dims[k] < -1 ? ad__dim_symbol_name(g->ctx, a->type->dims[k]) : NULL;
      bool fresh = false;
      if (!symbol || !ad__map_put(&seen, ad__map_text(symbol, strlen(symbol)), &fresh) || !fresh) continue;
      ad__text_fmt(out, "    %s = %s.shape[%d]\n", symbol, p->nodes[a->serial].text, k);
    }
  }
  ad__map_free(&seen);
}

static void reserve_symbols(numpy_printer *p) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->params.count; i++) {
    const ad_type *t = g->params.at[i]->type;
    for (int k = 0; t->kind == AD_KIND_TENSOR && k < t->rank; k++) {
      const char *words[] = {t->dims[k] < -1 ? ad__dim_symbol_name(g->ctx, t->dims[k]) : NULL, NULL};
      ad__emit_names_reserve(&p->names, words);
    }
  }
}

static bool mentions(const char *text, const char *word, size_t n) {
  for (const char *s = text; (s = strstr(s, word)); s += n) {
    char before = s == text ? ' ' : s[-1], after = s[n];
    bool inside = before == '_' || before == '.' || (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
                  (before >= '0' && before <= '9');
    if (!inside && (after == '(' || after == ',')) return true;
  }
  return false;
}

enum { MOST_HELPERS = 128 };

typedef struct helper {
  const char *text; /* "def erf(x):..." up to the next top-level line */
  size_t size;
  char name[40];
  bool used;
} helper;

static int find_helpers(const char *carried, helper *out) {
  size_t size;
  const char *text = ad__carried(carried, "emit/numpy_helpers.py", &size);
  int n = 0;
  for (const char *at = text; at && (at = strstr(at, "\ndef ")) && n < MOST_HELPERS; n++) {
    const char *end = strstr(at + 1, "\n\n\n");
    out[n] = (helper){.text = at + 1, .size = end ? (size_t)(end - at) : strlen(at + 1)};
    ad__format(out[n].name, sizeof out[n].name, "%.*s", (int)strcspn(at + 5, "("), at + 5);
    at += out[n].size;
  }
  return n;
}

/* Marks the helpers that the text calls, and those that these call. */
static void mark_helpers(ad_arena *arena, helper *all, int n, const char *text) {
  for (int i = 0; i < n; i++) {
    if (all[i].used || !mentions(text, all[i].name, strlen(all[i].name))) continue;
    all[i].used = true;
    char *own = ad__arena_text(arena, all[i].text, all[i].size);
    if (own) mark_helpers(arena, all, n, own);
  }
}

static void print_helpers(numpy_printer *p, const helper *all, int n, ad_text *out) {
  bool math = false;
  for (int i = 0; i < n; i++)
    for (size_t k = 0; all[i].used && k + 5 < all[i].size; k++) math = math || memcmp(all[i].text + k, "math.", 5) == 0;
  ad__text_add(out, math ? "import math\n\nimport numpy as np\n" : "import numpy as np\n");
  for (int i = 0; i < n; i++) {
    if (!all[i].used) continue;
    ad__text_add(out, "\n\n");
    ad__text_add_n(out, all[i].text, all[i].size);
  }
  (void)p;
}

static void print_docstring(numpy_printer *p, ad_text *out) {
  ad_text line;
  ad__text_init(&line, out->mem);
  ad__emit_signature(p->g, &line);
  ad__text_add(out, "    \"\"\"");
  for (const char *s = ad__text_str(&line); *s; s++) {
    if (*s == '"' || *s == '\\') ad__text_char(out, '\\');
    ad__text_char(out, *s);
  }
  ad__text_add(out, "\"\"\"\n");
  if (line.failed) out->failed = true;
  ad__text_free(&line);
}

static void print_function(numpy_printer *p, const char *name, ad_text *out) {
  const ad_graph *g = p->g;
  ad__text_fmt(out, "\n\ndef %s(", name);
  for (int i = 0; i < g->params.count; i++)
    ad__text_fmt(out, i ? ", %s" : "%s", p->nodes[g->params.at[i]->serial].text);
  ad__text_add(out, "):\n");
  print_docstring(p, out);
  print_symbols(p, out);
  ad__text_add(out, ad__text_str(&p->body));
}

/* ---- The whole ---- */

static bool can_spell(const ad_array *a, void *user) {
  ad_text t;
  int binds;
  ad_err e;
  ad_operand in[AD_INPUTS_ANY];
  (void)user;
  if (a->n > AD_INPUTS_ANY) return false;
  for (int i = 0; i < a->n; i++) in[i] = (ad_operand){a->in[i] ? "x" : NULL, AD_BINDS_ALL};
  ad_rule r = {.ctx = a->ctx, .op = a->op, .n = a->n, .in = (ad_array *const *)a->in, .out = (ad_array *)(uintptr_t)a,
               .attrs = a->attrs ? a->attrs->at : NULL};
  ad__text_init(&t, &a->ctx->mem);
  ad_status s = ad__spell("numpy", &r, in, &t, &binds, &e);
  ad__text_free(&t);
  return s != AD_E_NOT_IMPLEMENTED;
}

static ad_status check_dtypes(const ad_graph *g, ad_err *e) {
  for (int i = 0; i < g->nodes.count; i++)
    if (g->nodes.at[i]->type->kind == AD_KIND_TENSOR && g->nodes.at[i]->type->dtype == AD_BFLOAT16)
      return ad__fail(e, AD_E_NOT_IMPLEMENTED, "emit: %s of dtype bfloat16; NumPy has no such dtype; float32 or another target is right",
                      g->nodes.at[i]->op->name);
  return AD_OK;
}

static ad_status print_graph(numpy_printer *p, const char *name, ad_text *out) {
  const ad_graph *g = p->g;
  const char *carried = ad__carried_unpack(&p->arena);
  if (!carried) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  helper helpers[MOST_HELPERS];
  int n = find_helpers(carried, helpers);
  const char *words[MOST_HELPERS + 1];
  for (int i = 0; i < n; i++) words[i] = helpers[i].name;
  words[n] = NULL;
  ad__emit_names_reserve(&p->names, reserved);
  ad__emit_names_reserve(&p->names, words);
  reserve_symbols(p);
  const char *function = ad__emit_name(&p->names, name);
  for (int i = 0; i < g->params.count; i++) {
    const ad_array *a = g->params.at[i];
    p->nodes[a->serial] = (ad_operand){ad__emit_name(&p->names, g->names[a->serial]), AD_BINDS_ALL};
  }
  count_uses(p);
  ad_status s = AD_OK;
  for (int i = 0; !s && i < g->nodes.count; i++) s = print_node(p, g->nodes.at[i]);
  if (!s) s = print_return(p);
  if (s) return s;
  mark_helpers(&p->arena, helpers, n, ad__text_str(&p->body));
  print_helpers(p, helpers, n, out);
  print_function(p, function, out);
  return AD_OK;
}

ad_status ad__emit_numpy(const ad_graph *given, const ad_emit_opts *opts, ad_text *out, ad_err *e) {
  const char *name = opts->name;
  ad_status s = check_dtypes(given, e);
  ad_graph *g = s ? NULL : ad__lower(given, "numpy", can_spell, NULL, e);
  if (!g) return e->code;
  numpy_printer p = {.g = g, .e = e};
  size_t count = (size_t)g->nodes.count + 1;
  ad__arena_init(&p.arena, out->mem);
  ad__text_init(&p.body, out->mem);
  ad__emit_names_init(&p.names, out->mem, &p.arena);
  p.nodes = ad__arena_zeroed(&p.arena, count * sizeof *p.nodes, _Alignof(ad_operand));
  p.uses = ad__arena_zeroed(&p.arena, count * sizeof *p.uses, _Alignof(int));
  p.needed = ad__arena_zeroed(&p.arena, count, 1);
  s = p.nodes && p.uses && p.needed ? print_graph(&p, name, out) : ad__fail(e, AD_E_MEMORY, "emit: out of memory");
  if (p.body.failed || p.names.failed) out->failed = true;
  ad__emit_names_free(&p.names);
  ad__text_free(&p.body);
  ad__arena_free(&p.arena);
  ad_graph_free(g);
  return s;
}
