/* Cuts the carried headers into pieces (macros, types, functions), finds out which of them a program needs, prints these.
 *
 * The headers are our own and keep to a form: at file scope there are preprocessor lines, comments, enums and structs with
 * their typedefs, functions that begin with AD_SCALAR, AD_SCALAR_APART or `static inline`, and calls of macros that make functions. Such a call
 * is expanded here, so that the program shows functions and no macros that make them. Everything that names a piece needs it.
 * Not here: any other C. */
#include "emit/carry.h"

#include <string.h>
#include "base/arena.h"
#include "base/map.h"
#include "emit/carried.h"

enum { MOST_PIECES = 4096, MOST_PARAMS = 12, MOST_EXPANSIONS = 8 };

typedef enum piece_kind { DEFINE, TYPE, FUNCTION } piece_kind;

typedef struct piece {
  piece_kind kind;
  const char *name, *text; /* the comment in front included */
  size_t name_size, size;
  bool wanted;
} piece;

typedef struct carrier {
  ad_arena arena;
  piece *pieces;
  int count;
  ad_map by_name;
  bool failed; /* memory ran out */
} carrier;

typedef struct span {
  const char *at;
  size_t n;
} span;

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static const char *word_end(const char *s) {
  while (is_word(*s)) s++;
  return s;
}

static bool starts(const char *s, const char *word) {
  size_t n = strlen(word);
  return strncmp(s, word, n) == 0 && !is_word(s[n]);
}

/* ---- Pieces ---- */

static void add_piece(carrier *c, piece_kind kind, const char *name, size_t name_size, const char *text, size_t size) {
  bool fresh = false;
  ad_map_value *v = c->count < MOST_PIECES ? ad__map_put(&c->by_name, ad__map_text(name, name_size), &fresh) : NULL;
  if (!v) c->failed = true;
  if (!v || !fresh) return;
  v->number = (uint64_t)c->count;
  c->pieces[c->count++] = (piece){kind, name, text, name_size, size, false};
}

static const piece *find_piece(const carrier *c, const char *name, size_t n) {
  const ad_map_value *v = ad__map_find(&c->by_name, ad__map_text(name, n));
  return v ? &c->pieces[v->number] : NULL;
}

/* The end of a preprocessor line with its continuations. */
static const char *directive_end(const char *s) {
  while (*s && (*s != '\n' || s[-1] == '\\')) s++;
  return s;
}

static const char *comment_end(const char *s) {
  const char *end = strstr(s + 2, "*/");
  return end ? end + 2 : s + strlen(s);
}

/* Behind the bracket that closes the one at s; brackets inside comments and strings do not occur in the headers. */
static const char *bracket_end(const char *s, char open, char close) {
  int depth = 0;
  for (; *s; s++) {
    if (*s == open) depth++;
    if (*s == close && --depth == 0) return s + 1;
  }
  return s;
}

static void parse_pieces(carrier *c, const char *s, int depth);

static const char *parse_define(carrier *c, const char *line, const char *from) {
  const char *end = directive_end(line), *name = line + strlen("#define ");
  add_piece(c, DEFINE, name, (size_t)(word_end(name) - name), from, (size_t)(end - from));
  return end;
}

/* The constants of an enum, between its braces, stand for the piece added last. */
static void name_constants(carrier *c, const char *body, const char *end) {
  for (const char *s = body + 1; s < end && c->count; s++) {
    if (s[0] == '/' && s[1] == '*') s = comment_end(s);
    bool fresh, begins = is_word(*s) && !is_word(s[-1]);
    if (!begins) continue;
    const char *stop = word_end(s);
    ad_map_value *v = ad__map_put(&c->by_name, ad__map_text(s, (size_t)(stop - s)), &fresh);
    if (!v) c->failed = true;
    else if (fresh) v->number = (uint64_t)(c->count - 1);
    s = stop + strcspn(stop, ",/}") - 1;
  }
}

static const char *parse_enum(carrier *c, const char *s, const char *from) {
  const char *body = strchr(s, '{'), *end = body ? bracket_end(body, '{', '}') : s;
  if (!body || *end != ';') return s + strlen(s);
  const char *name = body + 1 + strspn(body + 1, " \n");
  add_piece(c, TYPE, name, (size_t)(word_end(name) - name), from, (size_t)(end + 1 - from));
  name_constants(c, body, end);
  return end + 1;
}

static const char *parse_typedef(carrier *c, const char *s, const char *from) {
  const char *body = strchr(s, '{'), *end = body ? bracket_end(body, '{', '}') : s;
  const char *stop = strchr(end, ';'), *name = stop ? stop : end;
  while (name > end && is_word(name[-1])) name--;
  if (!stop) return s + strlen(s);
  add_piece(c, TYPE, name, (size_t)(stop - name), from, (size_t)(stop + 1 - from));
  if (body && starts(s + strlen("typedef "), "enum")) name_constants(c, body, end);
  return stop + 1;
}

static const char *parse_function(carrier *c, const char *s, const char *from) {
  const char *open = strchr(s, '('), *name = open, *body = open ? strchr(open, '{') : NULL;
  if (!body) return s + strlen(s);
  while (name > s && is_word(name[-1])) name--;
  const char *end = bracket_end(body, '{', '}');
  add_piece(c, FUNCTION, name, (size_t)(open - name), from, (size_t)(end - from));
  return end;
}

/* ---- Macros that make functions ---- */

/* Splits "(a, b)" at its own commas; returns how many. */
static int split_list(const char *s, span *out) {
  int depth = 0, n = 0;
  const char *from = s + 1;
  for (; *s; s++) {
    depth += *s == '(';
    depth -= *s == ')';
    if (!(depth == 1 && *s == ',') && depth) continue;
    const char *end = s;
    while (*from == ' ' || *from == '\n' || *from == '\\') from++;
    while (end > from && end[-1] == ' ') end--;
    if (n < MOST_PARAMS) out[n++] = (span){from, (size_t)(end - from)};
    from = s + 1;
    if (!depth) break;
  }
  return n;
}

static bool replace_word(ad_text *out, const char *word, size_t n, const span *params, const span *args, int count) {
  for (int i = 0; i < count; i++)
    if (params[i].n == n && memcmp(params[i].at, word, n) == 0) {
      ad__text_add_n(out, args[i].at, args[i].n);
      return true;
    }
  ad__text_add_n(out, word, n);
  return false;
}

/* The body with parameters replaced, ## taken out, and lines as lines. */
static void expand_body(const char *s, const char *end, const span *params, const span *args, int count, ad_text *out) {
  while (s < end) {
    if (s[0] == '#' && s[1] == '#') {
      s += 2;
    } else if (s[0] == '\\' && s[1] == '\n') {
      while (out->length && out->data[out->length - 1] == ' ') ad__text_cut(out, out->length - 1);
      ad__text_char(out, '\n');
      s += 2;
      if (s[0] == ' ' && s[1] == ' ') s += 2;
    } else if (is_word(*s)) {
      const char *stop = word_end(s);
      replace_word(out, s, (size_t)(stop - s), params, args, count);
      s = stop;
    } else {
      ad__text_char(out, *s++);
    }
  }
}

static const char *parse_call(carrier *c, const char *s, int depth) {
  const char *open = word_end(s), *end = *open == '(' ? bracket_end(open, '(', ')') : open + (*open != 0);
  const piece *macro = *open == '(' ? find_piece(c, s, (size_t)(open - s)) : NULL;
  if (!macro || macro->kind != DEFINE || depth == MOST_EXPANSIONS) return end;
  span params[MOST_PARAMS], args[MOST_PARAMS];
  const char *list = macro->name + macro->name_size;
  int n = split_list(list, params);
  ad_text out;
  ad__text_init(&out, c->arena.mem);
  if (split_list(open, args) == n)
    expand_body(bracket_end(list, '(', ')'), macro->text + macro->size, params, args, n, &out);
  const char *text = ad__arena_text(&c->arena, ad__text_str(&out), out.length);
  if (out.failed || !text) c->failed = true;
  ad__text_free(&out);
  if (text) parse_pieces(c, text, depth + 1);
  return end;
}

static void parse_pieces(carrier *c, const char *s, int depth) {
  const char *comment = NULL; /* the comment that ends right above s */
  while (*s && !c->failed) {
    const char *from = comment ? comment : s;
    if (*s == '\n' && s[1] != '\n' && comment) {
      s++;
    } else if (*s == ' ' || *s == '\n' || *s == '\\') {
      s++;
      comment = NULL;
    } else if (s[0] == '/' && s[1] == '*') {
      comment = s;
      s = comment_end(s);
    } else {
      comment = NULL;
      if (*s == '#') s = starts(s, "#define") ? parse_define(c, s, from) : directive_end(s);
      else if (starts(s, "typedef")) s = parse_typedef(c, s, from);
      else if (starts(s, "enum")) s = parse_enum(c, s, from);
      else if (starts(s, "AD_SCALAR") || starts(s, "AD_SCALAR_APART") || starts(s, "static")) s = parse_function(c, s, from);
      else if (is_word(*s)) s = parse_call(c, s, depth);
      else s++;
    }
  }
}

/* ---- What is needed ---- */

/* Marks the pieces that a text names. Recursion follows uses, which are a few levels deep. */
static void want(carrier *c, const char *s, size_t n) {
  const char *end = s + n;
  while (s < end) {
    if (s[0] == '/' && s[1] == '*') {
      s = comment_end(s);
    } else if (is_word(*s)) {
      const char *stop = word_end(s);
      piece *p = (piece *)(uintptr_t)find_piece(c, s, (size_t)(stop - s));
      if (p && !p->wanted) {
        p->wanted = true;
        want(c, p->text, p->size);
      }
      s = stop;
    } else {
      s++;
    }
  }
}

/* ---- <math.h> in the place of our own ---- */

/* Ours, of one or two operands, and its name there, less the f of single precision. NULL: x * y + z, rounded twice. */
static const struct libm_row {
  const char *ours, *theirs;
  int operands;
} libm_rows[] = {{"exp", "exp", 1},         {"exp2", "exp2", 1},     {"expm1", "expm1", 1},   {"exp_weight", "exp", 1}, {"log", "log", 1},
                 {"log2", "log2", 1},       {"log10", "log10", 1},   {"log1p", "log1p", 1},   {"sin", "sin", 1},        {"cos", "cos", 1},
                 {"tan", "tan", 1},         {"arcsin", "asin", 1},   {"arccos", "acos", 1},   {"arctan", "atan", 1},    {"arctan2", "atan2", 2},
                 {"sinh", "sinh", 1},       {"cosh", "cosh", 1},     {"tanh", "tanh", 1},     {"arcsinh", "asinh", 1},  {"arccosh", "acosh", 1},
                 {"arctanh", "atanh", 1},   {"erf", "erf", 1},       {"pow", "pow", 2},       {"cbrt", "cbrt", 1},      {"hypot", "hypot", 2},
                 {"times_plus", NULL, 2}};

static const struct libm_row *libm_row_of(const piece *p, bool *single) {
  char name[40];
  for (size_t i = 0; i < sizeof libm_rows / sizeof libm_rows[0]; i++)
    for (int s = 0; s < 2; s++) {
      ad__format(name, sizeof name, s ? "ad_f32_%s" : "ad_f64_%s", libm_rows[i].ours);
      *single = s;
      if (p->kind == FUNCTION && strlen(name) == p->name_size && memcmp(name, p->name, p->name_size) == 0) return &libm_rows[i];
    }
  return NULL;
}

/* The text of a function that calls libm's. */
static void use_libm(carrier *c) {
  bool single;
  for (int i = 0; i < c->count && !c->failed; i++) {
    piece *p = &c->pieces[i];
    const struct libm_row *r = libm_row_of(p, &single);
    if (!r) continue;
    const char *type = single ? "float" : "double", *operands = r->operands == 2 ? "x, y" : "x";
    ad_text t;
    ad__text_init(&t, c->arena.mem);
    ad__text_fmt(&t, "AD_SCALAR %s %.*s(%s x", type, (int)p->name_size, p->name, type);
    if (r->operands == 2) ad__text_fmt(&t, ", %s y", type);
    if (r->theirs) ad__text_fmt(&t, ") { return %s%s(%s); }", r->theirs, single ? "f" : "", operands);
    else ad__text_fmt(&t, ", %s z) { return x * y + z; }", type);
    p->text = ad__arena_text(&c->arena, ad__text_str(&t), t.length);
    p->size = t.length;
    if (t.failed || !p->text) c->failed = true;
    ad__text_free(&t);
  }
}

/* ---- Printing ---- */

static void print_piece(const piece *p, ad_text *out) {
  const char *s = p->text, *end = s + p->size;
  while (s < end) {
    size_t skip = starts(s, "AD_SCALAR") ? strlen("AD_SCALAR") : starts(s, "AD_SCALAR_APART") ? strlen("AD_SCALAR_APART") : 0;
    bool begins = s == p->text || !is_word(s[-1]);
    if (skip && begins) ad__text_add(out, "static inline");
    else ad__text_char(out, *s), skip = 1;
    s += skip;
  }
  ad__text_char(out, '\n');
}

/* "a/b.h", or "a/b.h:f32", a template printed for an element type. */
static bool is_c(const char *name) {
  const char *end = strstr(name, ".h");
  return end && (end[2] == 0 || end[2] == ':');
}

ad_status ad__carry_c(const char *code, bool libm, ad_text *out, ad_err *e) {
  carrier c = {.count = 0};
  ad__arena_init(&c.arena, out->mem);
  ad__map_init(&c.by_name, out->mem);
  c.pieces = ad__arena_array(&c.arena, MOST_PIECES, sizeof *c.pieces, _Alignof(piece));
  const char *all = ad__carried_unpack(&c.arena), *name, *text;
  size_t size;
  c.failed = !c.pieces || !all;
  for (size_t i = 0; !c.failed && (text = ad__carried_at(all, i, &name, &size)); i++)
    if (is_c(name)) parse_pieces(&c, text, 0);
  if (libm) use_libm(&c);
  if (!c.failed) want(&c, code, strlen(code));
  piece_kind last = FUNCTION;
  for (int i = 0; i < c.count && !c.failed; i++) {
    if (!c.pieces[i].wanted) continue;
    if (c.pieces[i].kind == FUNCTION || last == FUNCTION) ad__text_char(out, '\n');
    last = c.pieces[i].kind;
    print_piece(&c.pieces[i], out);
  }
  ad__map_free(&c.by_name);
  ad__arena_free(&c.arena);
  return c.failed ? ad__fail(e, AD_E_MEMORY, "emit: out of memory") : AD_OK;
}
