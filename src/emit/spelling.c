/* Printing one call by its spelling. See spelling.h for the language.
 *
 * The text is read as tokens, only as finely as precedence needs: operands, operators, brackets, separators, the rest. An
 * operand is put in parentheses when it binds less tightly than the operators beside it ask for. Not here: statements,
 * names, and the order of evaluation, which belong to the printers of graphs. */
#include "emit/spelling.h"

#include <math.h>
#include <string.h>
#include "ir/dim.h"
#include "ir/node.h"

typedef enum family { PYTHON, C } family;

typedef struct operator_row {
  const char *text;
  int binary, unary; /* precedence; 0: there is none */
  bool chains;       /* a op b op c is not (a op b) op c */
} operator_row;

/* Longer operators stand before their beginnings. */
static const operator_row python_operators[] = {
    {"**", 50, 0, true}, {"//", 40, 0, false}, {"<<", 30, 0, false}, {">>", 30, 0, false}, {"<=", 15, 0, true},
    {">=", 15, 0, true}, {"==", 15, 0, true},  {"!=", 15, 0, true},  {"<", 15, 0, true},   {">", 15, 0, true},
    {"+", 35, 45, false}, {"-", 35, 45, false}, {"*", 40, 0, false},  {"/", 40, 0, false},  {"%", 40, 0, false},
    {"@", 40, 0, false},  {"&", 25, 0, false}, {"^", 22, 0, false},  {"|", 20, 0, false},  {"~", 0, 45, false},  {"or", 8, 0, false},
    {"and", 10, 0, false}, {"not", 0, 12, false}, {"in", 15, 0, true}, {"is", 15, 0, true}, {"if", 5, 0, true},
    {"else", 5, 0, true}, {"for", 1, 0, true},  {"lambda", 0, 3, true}, {NULL, 0, 0, false}};
static const operator_row c_operators[] = {
    {"<<", 30, 0, false}, {">>", 30, 0, false}, {"<=", 25, 0, true}, {">=", 25, 0, true}, {"==", 22, 0, true},
    {"!=", 22, 0, true},  {"&&", 12, 0, true},  {"||", 10, 0, true}, {"<", 25, 0, true},  {">", 25, 0, true},
    {"+", 35, 45, false}, {"-", 35, 45, false}, {"*", 40, 45, false}, {"/", 40, 0, false}, {"%", 40, 0, false},
    {"&", 20, 45, true},  {"^", 18, 0, true},   {"|", 15, 0, true},  {"~", 0, 45, false}, {"!", 0, 45, false},
    {"?", 5, 0, true},    {":", 5, 0, true},    {NULL, 0, 0, false}};

typedef struct syntax {
  const char *target;
  family family;
  const char *dtype_prefix;
} syntax;

static const syntax syntaxes[] = {{"numpy", PYTHON, "np."}, {"c", C, ""}};

static const syntax *syntax_of(const char *target) {
  for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++)
    if (strcmp(syntaxes[i].target, target) == 0) return &syntaxes[i];
  return NULL;
}

/* ---- Values of attributes ---- */

const char *ad__spell_dtype(const char *target, ad_dtype t) {
  static const char *const c_types[] = {NULL,
#define AD_DTYPE(NAME, text, ctype, bytes, category, kind) #ctype,
#include <adamant/dtype.def>
#undef AD_DTYPE
  };
  /* NumPy's own name of its boolean has an underscore; bfloat16 is no dtype of it, and named for who defines one. */
  static const char *const numpy_types[] = {NULL,
#define AD_DTYPE(NAME, text, ctype, bytes, category, kind) "np." text,
#include <adamant/dtype.def>
#undef AD_DTYPE
  };
  if (strcmp(target, "c") == 0) return c_types[t];
  if (strcmp(target, "numpy") != 0) return NULL;
  return t == AD_BOOL ? "np.bool_" : t == AD_BFLOAT16 ? "bf16" : numpy_types[t];
}

void ad__spell_python_text(const char *s, size_t n, ad_text *out) {
  bool plain = ad__utf8_check(s, n) == n;
  ad__text_char(out, '\'');
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)s[i];
    if (c == '\\' || c == '\'') ad__text_char(out, '\\');
    if (c < 0x20 || c == 0x7f || (c > 0x7f && !plain)) ad__text_fmt(out, "\\x%02x", c);
    else ad__text_char(out, s[i]);
  }
  ad__text_char(out, '\'');
}

int ad__spell_python_number(double v, bool whole, ad_text *out) {
  bool negative = signbit(v) && !isnan(v);
  if (isnan(v)) ad__text_add(out, "np.nan");
  else if (isinf(v)) ad__text_add(out, negative ? "-np.inf" : "np.inf");
  else if (whole) ad__text_fmt(out, "%.0f", v);
  else ad__text_f64(out, v);
  return negative ? AD_BINDS_SIGN : isfinite(v) ? AD_BINDS_LITERAL : AD_BINDS_ALL;
}

static int print_number(family f, double v, ad_text *out) {
  if (f == PYTHON) return ad__spell_python_number(v, false, out);
  bool negative = signbit(v) && !isnan(v);
  if (isnan(v)) ad__text_add(out, "NAN");
  else if (isinf(v)) ad__text_add(out, negative ? "-INFINITY" : "INFINITY");
  else ad__text_f64(out, v);
  return negative ? AD_BINDS_SIGN : AD_BINDS_LITERAL;
}

static int print_int(int64_t v, ad_text *out) {
  ad__text_fmt(out, "%lld", (long long)v);
  return v < 0 ? AD_BINDS_SIGN : AD_BINDS_LITERAL;
}

static int print_complex(double re, double im, ad_text *out) {
  ad__text_add(out, "complex(");
  ad__spell_python_number(re, false, out);
  ad__text_add(out, ", ");
  ad__spell_python_number(im, false, out);
  ad__text_char(out, ')');
  return AD_BINDS_ALL;
}

/* A tuple; in C the members of an initialiser. */
static int print_list(family f, ad_ctx *c, const ad_field *field, const ad_attr *a, ad_text *out) {
  ad__text_char(out, f == PYTHON ? '(' : '{');
  for (int i = 0; i < a->count; i++) {
    if (i) ad__text_add(out, ", ");
    if (field->kind == AD_FIELD_NUMS) print_number(f, a->as.nums[i], out);
    else if (field->kind == AD_FIELD_SHAPE && a->as.ints[i] < -1) ad__dim_print(c, a->as.ints[i], out);
    else print_int(a->as.ints[i], out);
  }
  ad__text_add(out, f == C ? "}" : a->count == 1 ? ",)" : ")");
  return AD_BINDS_ALL;
}

static int print_attr(const syntax *s, const ad_rule *r, const ad_field *field, const ad_attr *a, ad_text *out) {
  bool python = s->family == PYTHON;
  if (!a->given && !(field->kind == AD_FIELD_FLAG)) {
    ad__text_add(out, python ? "None" : "0");
    return AD_BINDS_ALL;
  }
  switch (field->kind) {
  case AD_FIELD_FLAG: ad__text_add(out, a->given && a->as.i ? (python ? "True" : "1") : python ? "False" : "0"); return AD_BINDS_ALL;
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: return print_int(a->as.i, out);
  case AD_FIELD_SCALAR:
    if (python && (a->as.f[1] != 0 || isnan(a->as.f[1]))) return print_complex(a->as.f[0], a->as.f[1], out);
    return print_number(s->family, a->as.f[0], out);
  case AD_FIELD_NUM: return print_number(s->family, a->as.f[0], out);
  case AD_FIELD_DTYPE: ad__text_add(out, ad__spell_dtype(s->target, (ad_dtype)a->as.i)); return AD_BINDS_ALL;
  case AD_FIELD_TEXT:
    if (python) ad__spell_python_text(a->as.text, strlen(a->as.text), out);
    else ad__text_quoted(out, a->as.text, strlen(a->as.text));
    return AD_BINDS_ALL;
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_SHAPE:
  case AD_FIELD_INTS:
  case AD_FIELD_NUMS: return print_list(s->family, r->ctx, field, a, out);
  case AD_FIELD_GRAPH: break; /* refused before */
  }
  return AD_BINDS_ALL;
}

/* ---- Tokens ---- */

typedef enum token_kind { END, OPERAND, OPERATOR, OPEN, CLOSE, SEPARATOR, POSTFIX, ATOM } token_kind;

typedef struct token {
  token_kind kind;
  const char *at;
  size_t n;
  int binds;   /* OPERATOR */
  bool chains; /* OPERATOR */
} token;

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t word_length(const char *s) {
  size_t n = 0;
  while (is_word(s[n])) n++;
  return n;
}

static const operator_row *operator_at(family f, const char *p, size_t word) {
  for (const operator_row *o = f == PYTHON ? python_operators : c_operators; o->text; o++) {
    size_t n = strlen(o->text);
    if (strncmp(p, o->text, n) == 0 && (word ? n == word : !is_word(o->text[0]))) return o;
  }
  return NULL;
}

/* Digits with a point and an exponent, or a word. */
static size_t atom_length(const char *p) {
  size_t n = 1;
  bool number = *p >= '0' && *p <= '9';
  while (is_word(p[n]) || (number && (p[n] == '.' || ((p[n] == '-' || p[n] == '+') && p[n - 1] == 'e')))) n++;
  return n;
}

static token next_token(family f, const char *p, token_kind before) {
  while (*p == ' ') p++;
  token t = {.kind = ATOM, .at = p, .n = 1};
  bool value_before = before == OPERAND || before == CLOSE || before == ATOM;
  if (!*p) {
    t.kind = END, t.n = 0;
  } else if (*p == '$' || (*p == '@' && is_word(p[1]))) {
    t.kind = OPERAND;
    t.n = p[1] == '*' ? 2 : 1 + word_length(p + 1);
  } else if (*p == '\'' || *p == '"') {
    while (p[t.n] && p[t.n] != *p) t.n++;
    if (p[t.n]) t.n++;
  } else if (strchr("([{", *p)) {
    t.kind = OPEN;
  } else if (strchr(")]}", *p)) {
    t.kind = CLOSE;
  } else if (*p == '.' && value_before) {
    t.kind = POSTFIX;
    t.n = 1 + word_length(p + 1);
  } else {
    const operator_row *o = operator_at(f, p, word_length(p));
    int binds = !o ? 0 : value_before ? o->binary : o->unary;
    if (binds) t = (token){OPERATOR, p, strlen(o->text), binds, o->chains};
    else if (strchr(",:=*", *p)) t.kind = SEPARATOR;
    else t.n = atom_length(p);
  }
  return t;
}

/* ---- Optional parts ---- */

static const ad_field *field_named(const ad_op *op, const char *s, size_t n, int *at) {
  for (int i = 0; i < op->field_count; i++)
    if (strlen(op->fields[i].name) == n && memcmp(op->fields[i].name, s, n) == 0) {
      *at = i;
      return &op->fields[i];
    }
  return NULL;
}

static bool is_out(const char *s, size_t n) { return n == 3 && memcmp(s, "out", 3) == 0; }

static bool result_follows(const ad_rule *r) {
  ad_dtype t = ad_array_dtype(r->out);
  return r->n && t == ad_array_dtype(r->in[0]) && ad_dtype_category(t) >= AD_CATEGORY_FLOAT;
}

static bool is_default(const ad_rule *r, const char *s, size_t n) {
  int i;
  const ad_field *f = field_named(r->op, s, n, &i);
  if (!f) return is_out(s, n) && result_follows(r);
  const ad_attr *a = &r->attrs[i];
  if (!a->given) return true;
  switch (f->kind) {
  case AD_FIELD_FLAG: return (a->as.i != 0) == (f->has_default && f->default_num != 0);
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: return f->has_default && (double)a->as.i == f->default_num;
  case AD_FIELD_NUM: return f->has_default && memcmp(&a->as.f[0], &f->default_num, sizeof f->default_num) == 0;
  case AD_FIELD_TEXT: return f->text && strlen(a->as.text) == strcspn(f->text, "|") && !strncmp(f->text, a->as.text, strlen(a->as.text));
  default: return false;
  }
}

static size_t part_length(const char *p) {
  size_t depth = 0, n = 0;
  for (; p[n]; n++) {
    depth += p[n] == '(';
    if (p[n] == ')' && --depth == 0) return n + 1;
  }
  return n;
}

/* The text with its optional parts taken in or left out. */
static void resolve_parts(const ad_rule *r, const char *p, ad_text *out) {
  while (*p) {
    if (p[0] != '?' || p[1] != '(') {
      ad__text_char(out, *p++);
      continue;
    }
    size_t n = part_length(p + 1);
    const char *name = memchr(p, '@', n);
    if (!name || !is_default(r, name + 1, word_length(name + 1))) ad__text_add_n(out, p + 2, n - 2);
    p += 1 + n;
  }
}

/* ---- Putting it together ---- */

typedef struct spelling_job {
  const syntax *syntax;
  const ad_rule *r;
  const ad_operand *operands;
  ad_err *e;
} spelling_job;

static ad_status wrong(const spelling_job *j, const token *t) {
  return ad__fail(j->e, AD_E_VALUE, "%s: its %s spelling says \"%.*s\"; an operand or an attribute of the op is right",
                  j->r->op->name, j->syntax->target, (int)t->n, t->at);
}

static void print_all(const spelling_job *j, ad_text *out) {
  ad__text_char(out, '[');
  for (int i = 0; i < j->r->n; i++) {
    if (i) ad__text_add(out, ", ");
    ad__text_add(out, j->operands[i].text ? j->operands[i].text : "None");
  }
  ad__text_char(out, ']');
}

/* The operand or attribute of a token into `out`. */
static ad_status print_operand(const spelling_job *j, const token *t, ad_text *out, int *binds) {
  *binds = AD_BINDS_ALL;
  if (t->at[0] == '@') {
    int i;
    const ad_field *f = field_named(j->r->op, t->at + 1, t->n - 1, &i);
    if (f) *binds = print_attr(j->syntax, j->r, f, &j->r->attrs[i], out);
    else if (is_out(t->at + 1, t->n - 1)) ad__text_add(out, ad__spell_dtype(j->syntax->target, ad_array_dtype(j->r->out)));
    else return wrong(j, t);
    return AD_OK;
  }
  if (t->at[1] == '*') {
    print_all(j, out);
    return AD_OK;
  }
  int64_t i;
  if (!ad__parse_i64(t->at + 1, t->n - 1, &i) || i < 0 || i >= j->r->n) return wrong(j, t);
  ad__text_add(out, j->operands[i].text ? j->operands[i].text : "None");
  if (j->operands[i].text) *binds = j->operands[i].binds;
  return AD_OK;
}

static bool stands_alone(int binds, const token *before, const token *after) {
  if (before->kind == OPERATOR && binds <= before->binds) return false;
  if (after->kind == POSTFIX || (after->kind == OPEN && after->at[-1] != ' ')) return binds == AD_BINDS_ALL;
  return after->kind != OPERATOR || (after->chains ? binds > after->binds : binds >= after->binds);
}

static ad_status print_text(const spelling_job *j, const char *text, ad_text *out, int *out_binds) {
  token before = {.kind = END}, t = next_token(j->syntax->family, text, END);
  int depth = 0;
  ad_status s = AD_OK;
  *out_binds = AD_BINDS_ALL;
  for (const char *from = text; !s && t.kind != END;) {
    token after = next_token(j->syntax->family, t.at + t.n, t.kind);
    int binds = t.kind == OPERATOR ? t.binds : AD_BINDS_ALL;
    ad__text_add_n(out, from, (size_t)(t.at - from));
    if (t.kind == OPERAND) {
      size_t start = out->length;
      s = print_operand(j, &t, out, &binds);
      if (!s && !stands_alone(binds, &before, &after)) {
        ad_text inner;
        ad__text_init(&inner, out->mem);
        ad__text_fmt(&inner, "(%s)", ad__text_str(out) + start);
        ad__text_cut(out, start);
        ad__text_add(out, ad__text_str(&inner));
        if (inner.failed) out->failed = true;
        ad__text_free(&inner);
        binds = AD_BINDS_ALL;
      }
    } else {
      ad__text_add_n(out, t.at, t.n);
      depth += (t.kind == OPEN) - (t.kind == CLOSE);
    }
    if (!depth && binds < *out_binds) *out_binds = binds;
    from = t.at + t.n;
    before = t;
    t = after;
  }
  return s;
}

static const char *text_for(const ad_rule *r, const char *target, char *room, size_t size) {
  if (r->op->spell) return r->op->spell(r, target, room, size);
  for (const ad_spelling *s = r->op->spellings; s && s->target; s++)
    if (strcmp(s->target, target) == 0) return s->text;
  return NULL;
}

static bool has_region(const ad_op *op) {
  for (int i = 0; i < op->field_count; i++)
    if (op->fields[i].kind == AD_FIELD_GRAPH) return true;
  return false;
}

ad_status ad__spell(const char *target, const ad_rule *r, const ad_operand *operands, ad_text *out, int *binds, ad_err *e) {
  char room[1024];
  spelling_job j = {syntax_of(target), r, operands, e};
  const char *text = j.syntax && !has_region(r->op) ? text_for(r, target, room, sizeof room) : NULL;
  if (!text) return ad__fail(e, AD_E_NOT_IMPLEMENTED, "%s: it has no %s spelling", r->op->name, target);
  ad_text flat;
  ad__text_init(&flat, out->mem);
  resolve_parts(r, text, &flat);
  size_t start = out->length;
  ad_status s = print_text(&j, ad__text_str(&flat), out, binds);
  if (s) ad__text_cut(out, start);
  if (flat.failed) out->failed = true;
  ad__text_free(&flat);
  return s;
}
