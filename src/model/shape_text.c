/* Shapes as text: "x: N, 784; y: V..., 2*N + 1; z: (2, 3) | (3, 2)".
 *
 * Symbols mean the same dim wherever they stand in one text, and V... the same run of dims. What is no plain list of numbers and
 * symbols becomes a claim. */
#include <string.h>
#include "model/logical.h"

enum { MOST_SYMBOLS = 64, MOST_NESTED = 16 };

/* One text. */
typedef struct shape_reader {
  ad_family *f;
  ad_model *m;
  const char *at, *end; /* of the shape that is being read */
  ad_err *err;
  int n, run_count;
  struct {
    const char *name;
    ad_dim dim;
  } symbols[MOST_SYMBOLS];
  struct {
    const char *name;
    ad_dim_run *run;
  } runs[MOST_SYMBOLS];
} shape_reader;

/* One shape of a text: dims around at most one run. */
typedef struct shape_draft {
  int rank, before; /* before: dims in front of the run; -1: there is none */
  ad_dim dims[AD_MAX_RANK];
  const char *run;  /* its name; NULL: it has none */
} shape_draft;

static bool no_memory(shape_reader *r) { return ad__fail(r->err, AD_E_MEMORY, "out of memory") == AD_OK; }

static bool fail_text(shape_reader *r, const char *at, const char *what) {
  return ad__fail(r->err, AD_E_VALUE, "\"%.*s\": %s", (int)(r->end - at < 40 ? r->end - at : 40), at, what) == AD_OK;
}

static void skip_spaces(shape_reader *r) {
  while (r->at < r->end && strchr(" \t\n", *r->at)) r->at++;
}

static bool accept(shape_reader *r, const char *sign) {
  size_t n = strlen(sign);
  skip_spaces(r);
  if ((size_t)(r->end - r->at) < n || memcmp(r->at, sign, n) != 0) return false;
  r->at += n;
  return true;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t word_length(const shape_reader *r) {
  size_t n = 0;
  while (r->at + n < r->end && (is_letter(r->at[n]) || (n && is_digit(r->at[n])))) n++;
  return n;
}

/* ---- Dims ---- */

static bool symbol_dim(shape_reader *r, size_t n, ad_dim *out) {
  for (int i = 0; i < r->n; i++)
    if (strlen(r->symbols[i].name) == n && !memcmp(r->symbols[i].name, r->at, n)) {
      *out = r->symbols[i].dim;
      r->at += n;
      return true;
    }
  if (r->n == MOST_SYMBOLS) return fail_text(r, r->at, "more than 64 symbols in one text");
  char *own = ad__arena_text(&r->f->arena, r->at, n);
  ad_dim_variable *v = own ? ad__variable_new(r->f, own) : NULL;
  if (!v) return no_memory(r);
  r->symbols[r->n].name = own;
  *out = r->symbols[r->n++].dim = ad__dim_of_variable(v);
  r->at += n;
  return true;
}

static bool push(shape_reader *r, ad_dim_formula *x, char op, ad_dim d) {
  if (x->count == (int)(sizeof x->steps / sizeof *x->steps)) return fail_text(r, r->at, "more than 24 operands and signs in one dim");
  x->steps[x->count].op = op;
  x->steps[x->count++].dim = d;
  return true;
}

static bool read_sum(shape_reader *r, ad_dim_formula *x, int depth);

static bool read_factor(shape_reader *r, ad_dim_formula *x, int depth) {
  int64_t number = 0;
  size_t n = 0;
  ad_dim d = AD_DIM_UNKNOWN;
  skip_spaces(r);
  if (depth > MOST_NESTED) return fail_text(r, r->at, "too deeply nested");
  if (accept(r, "(")) return read_sum(r, x, depth + 1) && (accept(r, ")") || fail_text(r, r->at, "a closing bracket is right"));
  while (r->at + n < r->end && is_digit(r->at[n])) n++;
  if (n) {
    if (!ad__parse_i64(r->at, n, &number)) return fail_text(r, r->at, "a number too large");
    r->at += n;
    return push(r, x, '#', number);
  }
  if (!(n = word_length(r))) return fail_text(r, r->at, "a number, a symbol, None or ... is right");
  return symbol_dim(r, n, &d) && push(r, x, '#', d);
}

static bool read_product(shape_reader *r, ad_dim_formula *x, int depth) {
  if (!read_factor(r, x, depth)) return false;
  for (;;) {
    char op = accept(r, "//") ? '/' : accept(r, "*") ? '*' : 0;
    if (!op) return true;
    if (!read_factor(r, x, depth) || !push(r, x, op, 0)) return false;
  }
}

/* Recurses with brackets, which are limited. */
static bool read_sum(shape_reader *r, ad_dim_formula *x, int depth) {
  if (!read_product(r, x, depth)) return false;
  for (;;) {
    char op = accept(r, "+") ? '+' : accept(r, "-") ? '-' : 0;
    if (!op) return true;
    if (!read_product(r, x, depth) || !push(r, x, op, 0)) return false;
  }
}

static bool read_dim(shape_reader *r, ad_dim *out) {
  ad_dim_formula x = {.count = 0};
  skip_spaces(r);
  size_t n = word_length(r);
  *out = AD_DIM_UNKNOWN;
  if (accept(r, "?")) return true;
  if (n == 4 && (!memcmp(r->at, "None", 4) || !memcmp(r->at, "none", 4))) {
    r->at += 4;
    return true;
  }
  const char *start = r->at;
  if (!read_sum(r, &x, 0)) return false;
  *out = x.steps[0].dim;
  if (x.count == 1) return true;
  ad_dim_formula *own = AD_ARENA_NEW(&r->f->arena, ad_dim_formula);
  char *text = ad__arena_text(&r->f->arena, start, (size_t)(r->at - start));
  ad_dim_variable *v = text ? ad__variable_new(r->f, text) : NULL;
  if (!own || !v) return no_memory(r);
  *own = x;
  own->text = text;
  own->result = *out = ad__dim_of_variable(v);
  return ad__claim_add(r->f, r->m, ad__claim_formula, own) || no_memory(r);
}

/* ---- Shapes ---- */

static bool read_run(shape_reader *r, shape_draft *d) {
  size_t n = word_length(r);
  if (d->before >= 0) return fail_text(r, r->at, "a second run of dims; one is right");
  d->before = d->rank;
  if (n && !(d->run = ad__arena_text(&r->f->arena, r->at, n))) return no_memory(r);
  r->at += n + 3;
  return true;
}

static bool is_run(const shape_reader *r) {
  size_t n = word_length(r);
  return r->end - r->at >= (ptrdiff_t)n + 3 && !memcmp(r->at + n, "...", 3);
}

/* Does the bracket here close at the end of the shape? Else it is part of a dim. */
static bool is_enclosed(const shape_reader *r) {
  int depth = 0;
  const char *p = r->at, *last = p;
  if (p == r->end || (*p != '(' && *p != '[')) return false;
  for (; p < r->end && *p != '|'; p++) {
    depth += *p == '(' || *p == '[' ? 1 : *p == ')' || *p == ']' ? -1 : 0;
    if (depth) continue;
    last = p++;
    break;
  }
  while (p < r->end && strchr(" \t\n", *p)) p++;
  return last > r->at && (p == r->end || *p == '|');
}

static bool read_shape(shape_reader *r, shape_draft *d) {
  *d = (shape_draft){.before = -1};
  skip_spaces(r);
  bool enclosed = is_enclosed(r);
  if (enclosed) r->at++;
  for (;;) {
    skip_spaces(r);
    if (r->at == r->end || *r->at == '|' || (enclosed && (*r->at == ')' || *r->at == ']'))) break;
    if (d->rank == AD_MAX_RANK) return fail_text(r, r->at, "more dims than a tensor has");
    if (is_run(r) ? !read_run(r, d) : !read_dim(r, &d->dims[d->rank++])) return false;
    if (accept(r, ",")) continue;
    skip_spaces(r);
    if (r->at == r->end || *r->at == '|' || (enclosed && (*r->at == ')' || *r->at == ']'))) break;
    return fail_text(r, r->at, "a comma is right");
  }
  if (enclosed) r->at++;
  return true;
}

static ad_dim_run *run_of(shape_reader *r, const char *name) {
  for (int i = 0; name && i < r->run_count; i++)
    if (!strcmp(r->runs[i].name, name)) return r->runs[i].run;
  ad_dim_run *run = AD_ARENA_NEW(&r->f->arena, ad_dim_run);
  if (!run || !ad__claim_add(r->f, r->m, ad__claim_run, run)) return no_memory(r), NULL;
  if (!name) return run;
  if (r->run_count == MOST_SYMBOLS) return fail_text(r, r->at, "more than 64 runs in one text"), NULL;
  r->runs[r->run_count].name = name;
  r->runs[r->run_count++].run = run;
  return run;
}

static ad_dim *open_dims(shape_reader *r, const ad_dim *dims, int n) {
  ad_dim *own = ad__arena_array(&r->f->arena, (size_t)n + 1, sizeof *own, 8);
  for (int i = 0; own && i < n; i++) {
    ad_dim_variable *v = dims[i] == AD_DIM_UNKNOWN ? ad__variable_new(r->f, NULL) : NULL;
    if (dims[i] == AD_DIM_UNKNOWN && !v) return NULL;
    own[i] = v ? ad__dim_of_variable(v) : dims[i];
  }
  return own;
}

static ad_status set_run(shape_reader *r, ad_edge *edge, const char *name, const shape_draft *d) {
  struct ad_dim_run_member *m = AD_ARENA_NEW(&r->f->arena, struct ad_dim_run_member);
  ad_dim_run *run = run_of(r, d->run);
  if (!m || !run) return r->err->code ? r->err->code : ad__fail(r->err, AD_E_MEMORY, "out of memory");
  ad_dim *dims = open_dims(r, d->dims, d->rank);
  if (!dims) return ad__fail(r->err, AD_E_MEMORY, "out of memory");
  *m = (struct ad_dim_run_member){.edge = edge, .name = name, .before = d->before, .after = d->rank - d->before, .dims = dims, .next = run->members};
  run->members = m;
  return ad__edge_set_kinds(r->f, edge, AD_IS_TENSOR | AD_IS_NUMBER, r->err);
}

static ad_status set_choice(shape_reader *r, ad_edge *edge, const char *name, const shape_draft *first) {
  enum { MOST = 32 };
  ad_shape_choice *x = ad__arena_zeroed(&r->f->arena, sizeof *x + MOST * sizeof x->at[0], _Alignof(ad_shape_choice));
  if (!x) return ad__fail(r->err, AD_E_MEMORY, "out of memory");
  shape_draft d = *first;
  x->edge = edge;
  x->name = name;
  for (;;) {
    if (d.before >= 0) return fail_text(r, r->at, "a run of dims beside |; shapes of dims are right"), r->err->code;
    x->at[x->count].rank = d.rank;
    memcpy(x->at[x->count++].dims, d.dims, sizeof d.dims);
    if (!accept(r, "|")) break;
    if (x->count == MOST) return fail_text(r, r->at, "more than 32 possibilities"), r->err->code;
    if (!read_shape(r, &d)) return r->err->code;
  }
  if (!ad__claim_add(r->f, r->m, ad__claim_choice, x)) return ad__fail(r->err, AD_E_MEMORY, "out of memory");
  return ad__edge_set_kinds(r->f, edge, AD_IS_TENSOR | AD_IS_NUMBER, r->err);
}

/* The shape that lies between at and end. */
static ad_status read_one(shape_reader *r, ad_edge *edge, const char *name) {
  shape_draft d;
  if (!read_shape(r, &d)) return r->err->code;
  skip_spaces(r);
  if (r->at < r->end && *r->at == '|') return set_choice(r, edge, name, &d);
  if (r->at < r->end) return fail_text(r, r->at, "what follows is not understood"), r->err->code;
  return d.before >= 0 ? set_run(r, edge, name, &d) : ad__edge_set_shape(r->f, edge, d.rank, d.dims, r->err);
}

ad_status ad__shapes_read(ad_model *m, ad_family *f, const char *shapes, ad_err *e) {
  ad_literal_reader names = {.arena = &f->arena, .start = shapes, .at = shapes, .err = e};
  shape_reader r = {.f = f, .m = m, .err = e};
  const char *name;
  while (ad__literal_name(&names, ':', ';', &name)) {
    ad_conn *k = ad__conn_find(m, name, strlen(name));
    r.at = names.at;
    r.end = names.at + strcspn(names.at, ";");
    if (!k) return ad__conn_missing(m, name, e);
    if (read_one(&r, k->edge, name)) return ad__name_in_front(m, name, e);
    names.at = r.end;
  }
  return e->code;
}

ad_status ad__edge_read_shape(ad_model *m, ad_family *f, ad_edge *edge, const char *name, const char *shape, ad_err *e) {
  shape_reader r = {.f = f, .m = m, .err = e, .at = shape, .end = shape + strlen(shape)};
  return read_one(&r, edge, name);
}
