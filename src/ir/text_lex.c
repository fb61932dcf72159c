/* The lexer of the text form, its error messages, and types. */
#include "ir/text_lex.h"

#include <string.h>
#include "base/map.h"
#include "ir/ctx.h"
#include "ir/dim.h"

enum { MOST_LEVELS = 64, SHOWN_COLUMNS = 100 };

/* ---- Tokens ---- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static const char *skip_space(const char *p, const char *end) {
  for (; p < end; p++) {
    if (*p == '#')
      while (p < end && *p != '\n') p++;
    if (p == end || (*p != ' ' && *p != '\t' && *p != '\n' && *p != '\r')) break;
  }
  return p;
}

static const char *skip_digits(const char *p, const char *end) {
  while (p < end && is_digit(*p)) p++;
  return p;
}

static ad_token_kind number(ad_lexer *l) {
  const char *p = skip_digits(l->at, l->end);
  ad_token_kind kind = LEX_WHOLE;
  if (p < l->end && *p == '.') kind = LEX_NUMBER, p = skip_digits(p + 1, l->end);
  if (p < l->end && (*p == 'e' || *p == 'E')) {
    const char *q = p + 1;
    if (q < l->end && (*q == '+' || *q == '-')) q++;
    if (q < l->end && is_digit(*q)) kind = LEX_NUMBER, p = skip_digits(q, l->end);
  }
  if (p < l->end && *p == 'j') kind = LEX_IMAGINARY, p++;
  bool stuck = p < l->end && (is_letter(*p) || is_digit(*p) || *p == '.');
  l->at = p;
  return stuck ? LEX_WRONG : kind;
}

static ad_token_kind string(ad_lexer *l) {
  const char *p = l->at + 1;
  while (p < l->end && *p != '"' && *p != '\n') p += *p == '\\' && p + 1 < l->end ? 2 : 1;
  bool closed = p < l->end && *p == '"';
  l->at = closed ? p + 1 : l->at + 1;
  return closed ? LEX_STRING : LEX_WRONG;
}

static ad_token_kind name(ad_lexer *l) {
  const char *p = l->at;
  while (p < l->end && (is_letter(*p) || is_digit(*p) || (*p == '.' && p + 1 < l->end && (is_letter(p[1]) || is_digit(p[1])))))
    p++;
  l->at = p;
  return LEX_NAME;
}

void ad__lex_next(ad_lexer *l) {
  const char *p = l->at = skip_space(l->at, l->end);
  ad_token_kind kind;
  if (p == l->end) kind = LEX_END;
  else if (is_letter(*p)) kind = name(l);
  else if (is_digit(*p)) kind = number(l);
  else if (*p == '"') kind = string(l);
  else if (*p == '-' && p + 1 < l->end && p[1] == '>') kind = LEX_ARROW, l->at += 2;
  else kind = *p && strchr("()[]{},=:+-", *p) ? LEX_CHAR : LEX_WRONG, l->at++;
  l->token = (ad_token){kind, p, (size_t)(l->at - p)};
}

void ad__lex_begin(ad_lexer *l, ad_ctx *c, const char *s, size_t n, ad_arena *scratch, ad_err *err) {
  *l = (ad_lexer){.c = c, .start = s, .at = s, .end = s + n, .scratch = scratch, .err = err};
  err->code = AD_OK;
  ad__lex_next(l);
}

bool ad__lex_is(const ad_lexer *l, char c) { return l->token.kind == LEX_CHAR && *l->token.s == c; }

bool ad__lex_is_word(const ad_lexer *l, const char *word) {
  return l->token.kind == LEX_NAME && strlen(word) == l->token.n && memcmp(word, l->token.s, l->token.n) == 0;
}

bool ad__lex_accept(ad_lexer *l, char c) {
  if (!ad__lex_is(l, c)) return false;
  ad__lex_next(l);
  return true;
}

bool ad__lex_expect(ad_lexer *l, char c) {
  if (ad__lex_accept(l, c)) return true;
  if (l->token.kind == LEX_END) return ad__lex_fail(l, l->token.s, "the text ends; %c is right", c);
  return ad__lex_fail(l, l->token.s, "\"%.*s\"; %c is right", (int)(l->token.n < 40 ? l->token.n : 40), l->token.s, c);
}

/* ---- Failing ---- */

/* The line around `at`, cut to what a terminal shows, and a caret below; bytes that steer a terminal become dots. */
static void show_line(const ad_lexer *l, const char *line, const char *at, char *out, size_t size) {
  const char *from = at - line > SHOWN_COLUMNS / 2 ? at - SHOWN_COLUMNS / 2 : line;
  const char *end = from;
  while (end < l->end && *end != '\n' && end - from < SHOWN_COLUMNS) end++;
  char shown[SHOWN_COLUMNS + 1], caret[SHOWN_COLUMNS + 2];
  size_t n = (size_t)(end - from), column = (size_t)(at - from);
  for (size_t i = 0; i < n; i++) shown[i] = from[i] >= ' ' && from[i] < 127 ? from[i] : '.';
  shown[n] = 0;
  memset(caret, ' ', column);
  caret[column] = '^';
  caret[column + 1] = 0;
  ad__format(out, size, "\n  %s\n  %s", shown, caret);
}

bool ad__lex_fail(ad_lexer *l, const char *at, const char *fmt, ...) {
  if (l->err->code) return false;
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, AD_E_FORMAT, fmt, ap);
  va_end(ap);
  size_t number = 1;
  const char *line = l->start;
  for (const char *p = l->start; p < at; p++)
    if (*p == '\n') number++, line = p + 1;
  char shown[2 * SHOWN_COLUMNS + 16];
  show_line(l, line, at, shown, sizeof shown);
  ad__fail(l->err, e.code, "line %zu, column %zu: %.700s%s", number, (size_t)(at - line) + 1, e.text, shown);
  return false;
}

bool ad__lex_fail_memory(ad_lexer *l) {
  if (!l->err->code) ad__fail(l->err, AD_E_MEMORY, "out of memory");
  return false;
}

bool ad__lex_fail_as(ad_lexer *l, const char *at, ad_status code, const char *text) {
  return code == AD_E_MEMORY ? ad__lex_fail_memory(l) : ad__lex_fail(l, at, "%s", text);
}

void *ad__lex_room(ad_lexer *l, void *list, int count, int *capacity) {
  if (count < *capacity) return list;
  int more = *capacity ? 2 * *capacity : 8;
  void *p = *capacity > INT32_MAX / 2 ? NULL : ad__arena_array(l->scratch, (size_t)more, 8, 8);
  if (!p) return ad__lex_fail_memory(l), NULL;
  if (count) memcpy(p, list, (size_t)count * 8);
  *capacity = more;
  return p;
}

/* ---- Strings and names ---- */

static int hex(char c) { return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

static size_t put_utf8(uint32_t code, char *out) {
  if (code < 0x80) return out[0] = (char)code, 1;
  if (code < 0x800) return out[0] = (char)(0xC0 | code >> 6), out[1] = (char)(0x80 | (code & 63)), 2;
  out[0] = (char)(0xE0 | code >> 12);
  out[1] = (char)(0x80 | (code >> 6 & 63));
  out[2] = (char)(0x80 | (code & 63));
  return 3;
}

/* One escape at p, behind the backslash; the bytes it stands for go to out. Returns its length, 0 when it is none. */
static size_t unescape(const char *p, const char *end, char *out, size_t *written) {
  static const char from[] = "\"\\ntr", to[] = "\"\\\n\t\r";
  const char *simple = *p ? strchr(from, *p) : NULL;
  *written = 1;
  if (simple) return *out = to[simple - from], 1;
  size_t digits = *p == 'x' ? 2 : *p == 'u' ? 4 : 0;
  if (!digits || (size_t)(end - p) <= digits) return 0;
  uint32_t code = 0;
  for (size_t i = 1; i <= digits; i++) {
    if (hex(p[i]) < 0) return 0;
    code = code << 4 | (uint32_t)hex(p[i]);
  }
  if (!code || (code >= 0xD800 && code <= 0xDFFF)) return 0;
  if (digits == 2) *out = (char)code;
  else *written = put_utf8(code, out);
  return digits + 1;
}

const char *ad__lex_string(ad_lexer *l) {
  if (l->token.kind != LEX_STRING) {
    ad__lex_fail(l, l->token.s, "\"%.*s\"; text in quotes is right", (int)(l->token.n < 40 ? l->token.n : 40), l->token.s);
    return NULL;
  }
  const char *p = l->token.s + 1, *end = l->token.s + l->token.n - 1;
  char *out = ad__arena_take(l->scratch, l->token.n, 1), *to = out;
  if (!out) return ad__lex_fail_memory(l), NULL;
  while (p < end) {
    size_t written = 1, used = 1;
    if (*p == '\\') used = 1 + unescape(p + 1, end, to, &written);
    else *to = *p;
    if (used == 1 && (*p == '\\' || !*p)) {
      ad__lex_fail(l, p, "an escape that is none; \\\", \\\\, \\n, \\t, \\r, \\xNN or \\uNNNN is right");
      return NULL;
    }
    p += used;
    to += written;
  }
  *to = 0;
  ad__lex_next(l);
  return out;
}

const char *ad__lex_name(ad_lexer *l, const char *what) {
  if (l->token.kind != LEX_NAME) {
    ad__lex_fail(l, l->token.s, "\"%.*s\"; %s is right", (int)(l->token.n < 40 ? l->token.n : 40), l->token.s, what);
    return NULL;
  }
  const char *s = ad__arena_text(l->scratch, l->token.s, l->token.n);
  if (!s) ad__lex_fail_memory(l);
  else ad__lex_next(l);
  return s;
}

/* ---- Types ---- */

/* The end of one dim's text: the comma or bracket behind it. */
static const char *dim_end(const char *p, const char *end) {
  int level = 0;
  for (; p < end; p++) {
    if (*p == '(') level++;
    else if (*p == ')' && level-- == 0) break;
    else if ((*p == ',' || *p == ']') && level == 0) break;
    else if (*p == '\n') break;
  }
  return p;
}

int ad__lex_dims(ad_lexer *l, bool rest, ad_dim *out) {
  int n = 0;
  if (!ad__lex_is(l, '[')) return ad__lex_expect(l, '[') ? -1 : -1;
  const char *p = l->at;
  for (;;) {
    p = skip_space(p, l->end);
    if (n == 0 && p < l->end && *p == ']') break;
    const char *end = dim_end(p, l->end), *last = end;
    while (last > p && (last[-1] == ' ' || last[-1] == '\t')) last--;
    if (n == AD_MAX_RANK) return ad__lex_fail(l, p, "more than %d dims; at most so many are right", AD_MAX_RANK), -1;
    bool remains = rest && last - p == 2 && memcmp(p, "-1", 2) == 0;
    out[n] = remains ? -1 : ad__dim_parse(l->c, p, (size_t)(last - p));
    if (!remains && out[n] == AD_DIM_UNKNOWN && ad__dim_no_memory(l->c)) return ad__lex_fail_memory(l), -1;
    if (!remains && out[n] == AD_DIM_UNKNOWN)
      return ad__lex_fail(l, p, "\"%.*s\" is no dim; a number, a symbol or an expression of them is right",
                          (int)(last - p < 40 ? last - p : 40), p), -1;
    n++;
    p = end;
    if (p == l->end || *p != ',') break;
    p++;
  }
  if (p == l->end || *p != ']') return ad__lex_fail(l, p, "] is right here"), -1;
  l->at = p + 1;
  ad__lex_next(l);
  return n;
}

static const ad_type *tensor_type(ad_lexer *l) {
  const char *start = l->token.s;
  char word[16] = "";
  if (l->token.n < sizeof word) memcpy(word, l->token.s, l->token.n), word[l->token.n] = 0;
  ad_dtype dtype = ad_dtype_parse(word);
  if (!dtype) return ad__lex_fail(l, start, "\"%.*s\" is no dtype", (int)(l->token.n < 40 ? l->token.n : 40), start), NULL;
  ad__lex_next(l);
  ad_dim dims[AD_MAX_RANK];
  int rank = ad__lex_dims(l, false, dims);
  if (rank < 0) return NULL;
  ad_err e = {AD_OK, ""};
  const ad_type *t = ad__type_tensor(l->c, dtype, rank, dims, &e);
  if (!t) ad__lex_fail_as(l, start, e.code, e.text);
  return t;
}

static const char *member_name(ad_lexer *l, ad_map *seen) {
  const char *at = l->token.s;
  const char *s = l->token.kind == LEX_STRING ? ad__lex_string(l) : ad__lex_name(l, "a member's name");
  if (!s) return NULL;
  bool fresh;
  if (!*s) return ad__lex_fail(l, at, "a member without a name"), NULL;
  if (!ad__map_put(seen, ad__map_text(s, strlen(s)), &fresh)) return ad__lex_fail_memory(l), NULL;
  if (!fresh) return ad__lex_fail(l, at, "the name %.60s twice", s), NULL;
  return ad__lex_expect(l, ':') ? s : NULL;
}

static const ad_type *read_type(ad_lexer *l, int level);

/* The members up to the closing bracket, which is gone past. */
static bool read_members(ad_lexer *l, int level, bool record, ad_map *seen, const ad_type *const **out,
                         const char *const **out_names, int *out_n) {
  const ad_type **list = NULL;
  const char **names = NULL;
  int n = 0, room = 0, name_room = 0;
  char close = record ? '}' : ')';
  while (!ad__lex_is(l, close)) {
    if (n && !ad__lex_expect(l, ',')) return false;
    if (!(list = ad__lex_room(l, list, n, &room)) || !(names = ad__lex_room(l, names, n, &name_room))) return false;
    if (record && !(names[n] = member_name(l, seen))) return false;
    if (!(list[n] = read_type(l, level + 1))) return false;
    n++;
  }
  ad__lex_next(l);
  *out = list;
  *out_names = names;
  *out_n = n;
  return true;
}

/* What stands in brackets, from the opening one on. */
static bool read_bracketed(ad_lexer *l, int level, const ad_type *const **out, const char *const **out_names, int *n) {
  bool record = ad__lex_is(l, '{');
  if (level == MOST_LEVELS)
    return ad__lex_fail(l, l->token.s, "types inside types; at most %d levels are right", MOST_LEVELS);
  ad__lex_next(l);
  ad_map seen;
  ad__map_init(&seen, &l->c->mem);
  bool ok = read_members(l, level, record, &seen, out, out_names, n);
  ad__map_free(&seen);
  return ok;
}

/* union name, fn name(captures), token, or a tensor. */
static const ad_type *named_type(ad_lexer *l, int level, ad_err *e) {
  bool is_union = ad__lex_is_word(l, "union"), is_function = ad__lex_is_word(l, "fn");
  if (ad__lex_is_word(l, "token")) {
    ad__lex_next(l);
    return ad__type_token(l->c, e);
  }
  if (!is_union && !is_function) return tensor_type(l);
  ad__lex_next(l);
  const char *name = ad__lex_name(l, is_union ? "a union's name" : "a function's name");
  if (!name) return NULL;
  if (is_union) return ad__type_union(l->c, name, e);
  const ad_type *const *captures = NULL;
  const char *const *names;
  int n;
  if (!ad__lex_is(l, '(')) return ad__lex_expect(l, '('), NULL;
  return read_bracketed(l, level, &captures, &names, &n) ? ad__type_function(l->c, name, captures, n, e) : NULL;
}

static const ad_type *read_type(ad_lexer *l, int level) {
  const char *start = l->token.s;
  const ad_type *t = NULL;
  ad_err e = {AD_OK, ""};
  if (l->token.kind == LEX_NAME) {
    t = named_type(l, level, &e);
  } else if (ad__lex_is(l, '{') || ad__lex_is(l, '(')) {
    static const char *const no_names[1] = {NULL};
    bool record = ad__lex_is(l, '{');
    const ad_type *const *members;
    const char *const *names;
    int n;
    if (!read_bracketed(l, level, &members, &names, &n)) return NULL;
    t = record ? ad__type_record(l->c, n ? names : no_names, members, n, &e) : ad__type_tuple(l->c, members, n, &e);
  } else {
    ad__lex_fail(l, start, "\"%.*s\"; a type is right: float32[2, N], (a, b) or {x: a}",
                 (int)(l->token.n < 40 ? l->token.n : 40), start);
  }
  if (!t && e.code) ad__lex_fail_as(l, start, e.code, e.text);
  return t;
}

const ad_type *ad__lex_type(ad_lexer *l) { return read_type(l, 0); }

bool ad__lex_union(ad_lexer *l) {
  const char *start = l->token.s;
  ad__lex_next(l);
  const char *name = ad__lex_name(l, "a union's name");
  const ad_type *const *members;
  const char *const *names;
  int n;
  if (!name) return false;
  if (!ad__lex_is(l, '{')) return ad__lex_expect(l, '{');
  if (!read_bracketed(l, 0, &members, &names, &n)) return false;
  ad_err e = {AD_OK, ""};
  const ad_type *u = ad__type_union(l->c, name, &e);
  if (u) ad__type_union_define(l->c, u, names, members, n, &e);
  return !e.code || ad__lex_fail_as(l, start, e.code, e.text);
}
