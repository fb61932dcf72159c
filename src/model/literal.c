/* Literals: reading, comparing, writing, and as attributes of ops.
 *
 * Reading recurses with the nesting of the text, which is limited. A failure names the offset in the text. */
#include "model/literal.h"

#include <string.h>
#include <adamant/dtype.h>
#include "ir/node.h"

enum { MOST_NESTED = 32 };

/* ---- Reading ---- */

static bool fail_at(ad_literal_reader *r, const char *at, const char *what) {
  if (!r->err->code)
    ad__fail(r->err, AD_E_VALUE, "\"%.60s\", offset %lld: %s", r->start, (long long)(at - r->start), what);
  return false;
}

static const ad_literal *no_memory(ad_literal_reader *r) {
  ad__fail(r->err, AD_E_MEMORY, "out of memory");
  return NULL;
}

static void skip_spaces(ad_literal_reader *r) { r->at += strspn(r->at, " \t\n"); }

static bool accept(ad_literal_reader *r, char c) {
  skip_spaces(r);
  if (*r->at != c) return false;
  r->at++;
  return true;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t word_length(const char *s) {
  size_t n = 0;
  if (!is_letter(*s)) return 0;
  while (is_letter(s[n]) || is_digit(s[n]) || s[n] == '.' || s[n] == '*') n++;
  return n;
}

static ad_literal *new_literal(ad_literal_reader *r, ad_literal_kind kind) {
  ad_literal *v = AD_ARENA_NEW(r->arena, ad_literal);
  if (!v) no_memory(r);
  else v->kind = kind;
  return v;
}

static const ad_literal *read_word(ad_literal_reader *r, size_t n) {
  const char *s = r->at;
  r->at += n;
  bool truth = n == 4 && !memcmp(s, "true", 4);
  ad_literal *v;
  if (truth || (n == 5 && !memcmp(s, "false", 5))) {
    if ((v = new_literal(r, AD_LITERAL_BOOL))) v->as.i = truth;
    return v;
  }
  if (n == 4 && (!memcmp(s, "none", 4) || !memcmp(s, "None", 4))) return new_literal(r, AD_LITERAL_NONE);
  char *own = ad__arena_text(r->arena, s, n);
  if (!own) return no_memory(r);
  if (!strncmp(own, "dtype.", 6)) {
    ad_dtype t = ad_dtype_parse(own + 6);
    if (t == AD_DTYPE_NONE) return fail_at(r, s, "no such dtype"), NULL;
    if ((v = new_literal(r, AD_LITERAL_DTYPE))) v->as.i = t;
    return v;
  }
  if ((v = new_literal(r, AD_LITERAL_NAME))) v->as.text = own;
  return v;
}

static const ad_literal *read_number(ad_literal_reader *r) {
  const char *s = r->at;
  size_t n = *s == '-' || *s == '+';
  while (is_digit(s[n]) || is_letter(s[n]) || s[n] == '.' || ((s[n] == '-' || s[n] == '+') && (s[n - 1] | 32) == 'e')) n++;
  ad_literal *v = new_literal(r, AD_LITERAL_INT);
  if (!v) return NULL;
  if (!ad__parse_i64(s, n, &v->as.i)) {
    v->kind = AD_LITERAL_FLOAT;
    if (!ad__parse_f64(s, n, &v->as.f)) return fail_at(r, s, "no number"), NULL;
  }
  r->at += n;
  return v;
}

static const ad_literal *read_string(ad_literal_reader *r) {
  const char *s = ++r->at;
  char *own = ad__arena_take(r->arena, strlen(s) + 1, 1);
  size_t n = 0;
  if (!own) return no_memory(r);
  for (; *r->at && *r->at != '"'; r->at++) {
    if (*r->at == '\\' && r->at[1]) r->at++;
    own[n++] = *r->at;
  }
  own[n] = 0;
  if (*r->at++ != '"') return r->at--, fail_at(r, s - 1, "a text without an end"), NULL;
  ad_literal *v = new_literal(r, AD_LITERAL_TEXT);
  if (v) v->as.text = own;
  return v;
}

typedef struct item_list {
  const ad_literal **at;
  int n, room;
} item_list;

static bool add_item(ad_literal_reader *r, item_list *l, const ad_literal *v) {
  if (!v) return false;
  if (l->n == l->room) {
    int room = l->room ? 2 * l->room : 4;
    const ad_literal **p = ad__arena_array(r->arena, (size_t)room, sizeof *p, 8);
    if (!p) return no_memory(r), false;
    if (l->n) memcpy(p, l->at, (size_t)l->n * sizeof *p);
    l->at = p;
    l->room = room;
  }
  l->at[l->n++] = v;
  return true;
}

static const ad_literal *read_items(ad_literal_reader *r, ad_literal_kind kind, char end) {
  item_list l = {NULL, 0, 0};
  const char *begin = r->at++;
  bool comma = false;
  if (++r->depth > MOST_NESTED) return fail_at(r, begin, "too deeply nested"), NULL;
  while (!accept(r, end)) {
    if (l.n && !comma) return fail_at(r, r->at, "a comma or the closing bracket is right"), NULL;
    if (!add_item(r, &l, ad__literal_read(r))) return NULL;
    comma = accept(r, ',');
  }
  r->depth--;
  if (kind == AD_LITERAL_TUPLE && l.n == 1 && !comma) return l.at[0]; /* only brackets */
  ad_literal *v = new_literal(r, kind);
  if (!v) return NULL;
  v->count = l.n;
  v->as.items = l.at;
  return v;
}

static const ad_literal *read_part(ad_literal_reader *r) {
  size_t n = 1;
  while (is_digit(r->at[n])) n++;
  ad_literal *v = new_literal(r, AD_LITERAL_PART);
  if (!v) return NULL;
  if (!ad__parse_i64(r->at + 1, n - 1, &v->as.i)) return fail_at(r, r->at, "%0, %1... are right"), NULL;
  r->at += n;
  return v;
}

static const ad_literal *read_simple(ad_literal_reader *r) {
  skip_spaces(r);
  size_t n = word_length(r->at);
  if (n) return read_word(r, n);
  if (!strncmp(r->at, "...", 3)) return r->at += 3, new_literal(r, AD_LITERAL_ELLIPSIS);
  if (is_digit(*r->at) || *r->at == '-' || *r->at == '+' || *r->at == '.') return read_number(r);
  if (*r->at == '"') return read_string(r);
  if (*r->at == '%') return read_part(r);
  if (*r->at == '[') return read_items(r, AD_LITERAL_LIST, ']');
  if (*r->at == '(') return read_items(r, AD_LITERAL_TUPLE, ')');
  if (*r->at == ':') return new_literal(r, AD_LITERAL_NONE); /* a slice without a start */
  return fail_at(r, r->at, "a value or a name is right"), NULL;
}

static bool ends_bound(char c) { return !c || c == ':' || c == ',' || c == ';' || c == ']' || c == ')'; }

/* a:b:c, of which each may be missing. */
const ad_literal *ad__literal_read(ad_literal_reader *r) {
  const ad_literal *v = read_simple(r);
  skip_spaces(r);
  if (!v || *r->at != ':') return v;
  item_list l = {NULL, 0, 0};
  if (!add_item(r, &l, v)) return NULL;
  while (l.n < 3) {
    bool there = accept(r, ':');
    skip_spaces(r);
    if (!add_item(r, &l, there && !ends_bound(*r->at) ? read_simple(r) : new_literal(r, AD_LITERAL_NONE))) return NULL;
  }
  ad_literal *s = new_literal(r, AD_LITERAL_SLICE);
  if (!s) return NULL;
  s->count = 3;
  s->as.items = l.at;
  return s;
}

bool ad__literal_name(ad_literal_reader *r, char sign, char separator, const char **name) {
  skip_spaces(r);
  if (r->at != r->start && *r->at && !accept(r, separator)) return fail_at(r, r->at, "what follows is not understood");
  skip_spaces(r);
  if (!*r->at || r->err->code) return false;
  size_t n = word_length(r->at);
  if (!n) return fail_at(r, r->at, "a name is right");
  if (!(*name = ad__arena_text(r->arena, r->at, n))) return no_memory(r), false;
  r->at += n;
  if (!accept(r, sign)) return fail_at(r, r->at, sign == '=' ? "= is right" : "a colon is right");
  return true;
}

bool ad__literal_pair(ad_literal_reader *r, char sign, char separator, const char **name, const ad_literal **out) {
  return ad__literal_name(r, sign, separator, name) && (*out = ad__literal_read(r)) != NULL;
}

/* ---- Comparing and writing ---- */

bool ad__literal_equal(const ad_literal *a, const ad_literal *b) {
  if (a == b) return true;
  if (a->kind != b->kind || a->count != b->count) return false;
  switch (a->kind) {
  case AD_LITERAL_NONE:
  case AD_LITERAL_ELLIPSIS: return true;
  case AD_LITERAL_TEXT:
  case AD_LITERAL_NAME: return !strcmp(a->as.text, b->as.text);
  case AD_LITERAL_ARRAY: return a->as.array == b->as.array;
  case AD_LITERAL_EDGE: return a->as.edge == b->as.edge;
  case AD_LITERAL_FLOAT: return memcmp(&a->as.f, &b->as.f, sizeof a->as.f) == 0;
  case AD_LITERAL_BOOL:
  case AD_LITERAL_INT:
  case AD_LITERAL_DTYPE:
  case AD_LITERAL_DIM:
  case AD_LITERAL_PART: return a->as.i == b->as.i;
  default: break;
  }
  for (int i = 0; i < a->count; i++)
    if (!ad__literal_equal(a->as.items[i], b->as.items[i])) return false;
  return true;
}

static void print_items(const ad_literal *v, const char *begin, const char *separator, const char *end, ad_text *out) {
  ad__text_add(out, begin);
  for (int i = 0; i < v->count; i++) {
    if (i) ad__text_add(out, separator);
    if (v->kind != AD_LITERAL_SLICE || v->as.items[i]->kind != AD_LITERAL_NONE) ad__literal_print(v->as.items[i], out);
  }
  ad__text_add(out, end);
}

void ad__literal_print(const ad_literal *v, ad_text *out) {
  switch (v->kind) {
  case AD_LITERAL_NONE: ad__text_add(out, "none"); break;
  case AD_LITERAL_BOOL: ad__text_add(out, v->as.i ? "true" : "false"); break;
  case AD_LITERAL_INT: ad__text_fmt(out, "%lld", (long long)v->as.i); break;
  case AD_LITERAL_FLOAT: ad__text_f64(out, v->as.f); break;
  case AD_LITERAL_TEXT: ad__text_quoted(out, v->as.text, strlen(v->as.text)); break;
  case AD_LITERAL_NAME: ad__text_add(out, v->as.text); break;
  case AD_LITERAL_PART: ad__text_fmt(out, "%%%lld", (long long)v->as.i); break;
  case AD_LITERAL_DTYPE: ad__text_fmt(out, "dtype.%s", ad_dtype_name((ad_dtype)v->as.i)); break;
  case AD_LITERAL_ELLIPSIS: ad__text_add(out, "..."); break;
  case AD_LITERAL_ARRAY: ad__text_add(out, "a tensor"); break;
  case AD_LITERAL_DIM:
  case AD_LITERAL_EDGE: ad__text_char(out, '?'); break;
  case AD_LITERAL_TUPLE: print_items(v, "(", ", ", v->count == 1 ? ",)" : ")", out); break;
  case AD_LITERAL_LIST: print_items(v, "[", ", ", "]", out); break;
  case AD_LITERAL_SLICE: print_items(v, "", ":", "", out); break;
  }
}

/* ---- As attributes ---- */

static bool as_number(const ad_literal *v, double *out) {
  if (v->kind == AD_LITERAL_FLOAT) *out = v->as.f;
  else if (v->kind == AD_LITERAL_INT || v->kind == AD_LITERAL_BOOL) *out = (double)v->as.i;
  else return false;
  return true;
}

static bool as_ints(ad_arena *arena, const ad_literal *v, ad_attr *out, bool *no_room) {
  bool list = v->kind == AD_LITERAL_TUPLE || v->kind == AD_LITERAL_LIST;
  int n = list ? v->count : 1;
  int64_t *p = ad__arena_array(arena, (size_t)n + 1, sizeof *p, 8);
  if (!p) return !(*no_room = true);
  for (int i = 0; i < n; i++) {
    const ad_literal *x = list ? v->as.items[i] : v;
    if (x->kind != AD_LITERAL_INT) return false;
    p[i] = x->as.i;
  }
  out->count = n;
  out->as.ints = p;
  return true;
}

static bool as_nums(ad_arena *arena, const ad_literal *v, ad_attr *out, bool *no_room) {
  bool list = v->kind == AD_LITERAL_TUPLE || v->kind == AD_LITERAL_LIST;
  int n = list ? v->count : 1;
  double *p = ad__arena_array(arena, (size_t)n + 1, sizeof *p, 8);
  if (!p) return !(*no_room = true);
  for (int i = 0; i < n; i++)
    if (!as_number(list ? v->as.items[i] : v, &p[i])) return false;
  out->count = n;
  out->as.nums = p;
  return true;
}

static const char *const kind_words[] = {"true or false", "an integer", "a number", "a dtype", "one of its words",
                                         "an axis", "axes", "a permutation", "a shape", "integers", "numbers", "a graph", "a number"};

ad_status ad__literal_attr(ad_arena *arena, const ad_literal *v, const ad_field *f, ad_attr *out, ad_err *e) {
  bool ok = false, no_room = false;
  *out = (ad_attr){.given = true};
  if (v->kind == AD_LITERAL_NONE && !(f->flags & AD_FIELD_REQUIRED)) {
    out->given = false;
    return AD_OK;
  }
  switch (f->kind) {
  case AD_FIELD_FLAG: ok = v->kind == AD_LITERAL_BOOL; out->as.i = v->as.i; break;
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: ok = v->kind == AD_LITERAL_INT; out->as.i = v->as.i; break;
  case AD_FIELD_NUM:
  case AD_FIELD_SCALAR: ok = as_number(v, &out->as.f[0]); break;
  case AD_FIELD_TEXT: ok = v->kind == AD_LITERAL_TEXT || v->kind == AD_LITERAL_NAME; out->as.text = v->as.text; break;
  case AD_FIELD_DTYPE:
    out->as.i = v->kind == AD_LITERAL_NAME ? ad_dtype_parse(v->as.text) : v->as.i;
    ok = (v->kind == AD_LITERAL_DTYPE || v->kind == AD_LITERAL_NAME) && out->as.i != AD_DTYPE_NONE;
    break;
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_SHAPE:
  case AD_FIELD_INTS: ok = as_ints(arena, v, out, &no_room); break;
  case AD_FIELD_NUMS: ok = as_nums(arena, v, out, &no_room); break;
  case AD_FIELD_GRAPH: break;
  }
  if (no_room) return ad__fail(e, AD_E_MEMORY, "out of memory");
  if (ok) return f->kind == AD_FIELD_TEXT ? ad__attr_choice(f, out, e) : AD_OK;
  ad_text t;
  ad__text_init(&t, arena->mem);
  ad__literal_print(v, &t);
  ad__fail(e, AD_E_TYPE, "%s=%s; %s is right", f->name, ad__text_str(&t), kind_words[f->kind]);
  ad__text_free(&t);
  return AD_E_TYPE;
}
