/* Symbolic dims: the table of expressions, arithmetic that keeps the normal form, text, binding.
 *
 * An entry is a symbol, a floor division of two dims, or a sum of terms (coefficient times a product of atoms, which are
 * codes of symbols and floor divisions). Invariants of the normal form: atoms of a product and terms of a sum are in
 * the order of compare_dims, which looks at names and structure and never at codes, so that text does not depend on the
 * order of making; no coefficient is 0; the constant is the last term; a sum that is one atom alone is that atom.
 * A floor division by a number has coefficients from 1 to the divisor - 1 in its numerator (whole multiples stand
 * outside), no factor common to them and the divisor, and no floor division by a number as its only atom.
 * A negative number is an entry too while an expression is put together (N - 3 + 5), but never a result.
 * What would not fit (63 bits, or the limits below) is AD_DIM_UNKNOWN, and so is what no memory was left for. */
#include "ir/dim.h"

#include <string.h>
#include "ir/ctx.h"

enum {
  FIRST_CODE = -2,
  MOST_TERMS = 64,
  MOST_ATOMS = 16,   /* of a product: the size of an array of the highest rank */
  MOST_DEPTH = 16,   /* floor divisions inside each other, brackets in text */
  MOST_WEIGHT = 1000, /* symbols, numbers and divisions in the text: shared parts cannot make it explode */
  MOST_BYTES = 64 << 20 /* of the table: a hostile text cannot fill the memory */
};

typedef enum dim_kind { DIM_SYMBOL, DIM_FLOORDIV, DIM_SUM } dim_kind;

typedef struct dim_term {
  int64_t times;
  int64_t count;
  ad_dim atoms[MOST_ATOMS];
} dim_term;

typedef struct dim_expr {
  dim_kind kind;
  int depth, weight;
  const char *name;      /* SYMBOL */
  ad_dim over, under;    /* FLOORDIV */
  int terms;             /* SUM */
  const dim_term *term;
} dim_expr;

struct ad_dim_table {
  ad_arena arena;
  ad_map codes; /* content -> entry */
  const dim_expr **exprs;
  size_t count, capacity;
};

/* A sum being put together. */
typedef struct dim_sum {
  int n;
  bool failed;
  dim_term t[MOST_TERMS];
} dim_sum;

/* ---- The table ---- */

static ad_dim_table *table_of(ad_ctx *c) {
  if (c->dims) return c->dims;
  ad_dim_table *t = ad__mem_zeroed(&c->mem, sizeof *t);
  if (!t) return NULL;
  ad__arena_init(&t->arena, &c->mem);
  ad__map_init(&t->codes, &c->mem);
  return c->dims = t;
}

void ad__dims_free(ad_ctx *c) {
  ad_dim_table *t = c->dims;
  if (!t) return;
  ad__map_free(&t->codes);
  ad__arena_free(&t->arena);
  ad__mem_give(&c->mem, t->exprs, t->capacity * sizeof *t->exprs);
  ad__mem_give(&c->mem, t, sizeof *t);
  c->dims = NULL;
}

static const dim_expr *expr_of(const ad_ctx *c, ad_dim d) {
  if (d > FIRST_CODE || d == AD_DIM_UNKNOWN || !c || !c->dims) return NULL;
  uint64_t i = (uint64_t)(FIRST_CODE - d);
  return i < c->dims->count ? c->dims->exprs[i] : NULL;
}

static bool known(const ad_ctx *c, ad_dim d) { return d >= 0 || expr_of(c, d); }
static int depth_of(const ad_ctx *c, ad_dim d) { return d >= 0 ? 0 : expr_of(c, d)->depth; }
static int weight_of(const ad_ctx *c, ad_dim d) { return d >= 0 ? 1 : expr_of(c, d)->weight; }

static bool grow(ad_ctx *c, ad_dim_table *t) {
  if (t->count < t->capacity) return true;
  size_t n = t->capacity ? 2 * t->capacity : 16;
  void *p = ad__mem_resize(&c->mem, t->exprs, t->capacity * sizeof *t->exprs, n * sizeof *t->exprs);
  if (!p) return false;
  t->exprs = p;
  t->capacity = n;
  return true;
}

static ad_dim out_of_memory(ad_ctx *c) {
  c->dims_no_memory = true;
  return AD_DIM_UNKNOWN;
}

/* The code of the expression whose content is key[0..n); `e`, with its key in the arena, becomes the entry when it is new. */
static ad_dim intern(ad_ctx *c, dim_expr e, const void *key, size_t n) {
  ad_dim_table *t = table_of(c);
  if (!t) return out_of_memory(c);
  ad_map_value *found = ad__map_find(&t->codes, ad__map_text(key, n));
  if (found) return FIRST_CODE - (ad_dim)found->number;
  if (e.depth > MOST_DEPTH || e.weight > MOST_WEIGHT || t->arena.taken > MOST_BYTES) return AD_DIM_UNKNOWN;
  if (!grow(c, t)) return out_of_memory(c);
  dim_expr *entry = ad__arena_take(&t->arena, sizeof *entry, _Alignof(dim_expr));
  char *own = ad__arena_take(&t->arena, n + 1, 8);
  if (!entry || !own) return out_of_memory(c);
  memcpy(own, key, n);
  own[n] = 0;
  *entry = e;
  if (e.kind == DIM_SYMBOL) entry->name = own;
  if (e.kind == DIM_SUM) entry->term = (const dim_term *)(const void *)own;
  ad_map_value *v = ad__map_put(&t->codes, ad__map_text(own, n), NULL);
  if (!v) return out_of_memory(c);
  v->number = t->count;
  t->exprs[t->count] = entry;
  return FIRST_CODE - (ad_dim)t->count++;
}

static bool is_name(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++) {
    bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_';
    if (!letter && (i == 0 || s[i] < '0' || s[i] > '9')) return false;
  }
  return n > 0 && n < 64;
}

static ad_dim symbol_of(ad_ctx *c, const char *s, size_t n) {
  if (!c || !is_name(s, n)) return AD_DIM_UNKNOWN;
  return intern(c, (dim_expr){.kind = DIM_SYMBOL, .weight = 1}, s, n);
}

ad_dim ad_dim_symbol(ad_ctx *c, const char *name) {
  return name ? symbol_of(c, name, strlen(name)) : AD_DIM_UNKNOWN;
}

const char *ad__dim_symbol_name(const ad_ctx *c, ad_dim d) {
  const dim_expr *e = expr_of(c, d);
  return e && e->kind == DIM_SYMBOL ? e->name : NULL;
}

/* ---- Order ---- */

static int compare_dims(const ad_ctx *c, ad_dim a, ad_dim b);

static int compare_atoms(const ad_ctx *c, const dim_term *a, const dim_term *b) {
  for (int64_t i = 0; i < a->count && i < b->count; i++) {
    int order = compare_dims(c, a->atoms[i], b->atoms[i]);
    if (order) return order;
  }
  return (a->count < b->count) - (a->count > b->count); /* N*N before N, the constant last */
}

static int compare_sums(const ad_ctx *c, const dim_expr *a, const dim_expr *b) {
  for (int i = 0; i < a->terms && i < b->terms; i++) {
    int order = compare_atoms(c, &a->term[i], &b->term[i]);
    if (order) return order;
    if (a->term[i].times != b->term[i].times) return a->term[i].times < b->term[i].times ? -1 : 1;
  }
  return a->terms - b->terms;
}

/* Numbers, symbols by name, divisions, sums. */
static int compare_dims(const ad_ctx *c, ad_dim a, ad_dim b) {
  if (a == b) return 0;
  const dim_expr *x = expr_of(c, a), *y = expr_of(c, b);
  if (!x || !y) return x ? 1 : y ? -1 : a < b ? -1 : 1;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  if (x->kind == DIM_SYMBOL) return strcmp(x->name, y->name);
  if (x->kind == DIM_SUM) return compare_sums(c, x, y);
  int order = compare_dims(c, x->over, y->over);
  return order ? order : compare_dims(c, x->under, y->under);
}

/* ---- Sums ---- */

/* The terms need no clearing: 9 KiB would be written for a handful. */
static void sum_clear(dim_sum *s) {
  s->n = 0;
  s->failed = false;
}

static void sum_add(const ad_ctx *c, dim_sum *s, const dim_term *t) {
  if (s->failed || t->times == 0) return;
  int i = 0, order = 1;
  while (i < s->n && (order = compare_atoms(c, &s->t[i], t)) < 0) i++;
  if (i < s->n && order == 0) {
    if (!ad__add_i64(s->t[i].times, t->times, &s->t[i].times)) s->failed = true;
    if (s->failed || s->t[i].times) return;
    s->n--;
    memmove(&s->t[i], &s->t[i + 1], (size_t)(s->n - i) * sizeof *s->t);
    return;
  }
  if (s->n == MOST_TERMS) {
    s->failed = true;
    return;
  }
  memmove(&s->t[i + 1], &s->t[i], (size_t)(s->n - i) * sizeof *s->t);
  s->t[i] = *t;
  s->n++;
}

/* The terms of a dim, at most MOST_TERMS; one that is no sum is written to *own. */
static int terms_of(const ad_ctx *c, ad_dim d, dim_term *own, const dim_term **out) {
  const dim_expr *e = expr_of(c, d);
  *out = own;
  if (e && e->kind == DIM_SUM) {
    *out = e->term;
    return e->terms;
  }
  memset(own, 0, sizeof *own);
  own->times = e ? 1 : d;
  own->count = e != NULL;
  own->atoms[0] = e ? d : 0;
  return own->times != 0;
}

static ad_dim sum_code(ad_ctx *c, const dim_sum *s) {
  if (s->failed) return AD_DIM_UNKNOWN;
  if (s->n == 0) return 0;
  const dim_term *t = s->t;
  if (s->n == 1 && t->count == 0 && t->times >= 0) return t->times;
  if (s->n == 1 && t->count == 1 && t->times == 1) return t->atoms[0];
  dim_expr e = {.kind = DIM_SUM, .terms = s->n};
  for (int i = 0; i < s->n; i++) {
    e.weight += 1;
    for (int64_t k = 0; k < t[i].count; k++) {
      int depth = depth_of(c, t[i].atoms[k]);
      if (depth > e.depth) e.depth = depth;
      e.weight += weight_of(c, t[i].atoms[k]);
    }
  }
  return intern(c, e, t, (size_t)s->n * sizeof *t);
}

static void sum_add_times(const ad_ctx *c, dim_sum *s, ad_dim d, int64_t times) {
  dim_term own;
  const dim_term *t;
  int n = known(c, d) ? terms_of(c, d, &own, &t) : 0;
  if (!known(c, d)) s->failed = true;
  for (int i = 0; i < n; i++) {
    dim_term x = t[i];
    if (!ad__mul_i64(x.times, times, &x.times)) s->failed = true;
    sum_add(c, s, &x);
  }
}

/* a + times * b. */
static ad_dim add_times(ad_ctx *c, ad_dim a, ad_dim b, int64_t times) {
  dim_sum s;
  sum_clear(&s);
  sum_add_times(c, &s, a, 1);
  sum_add_times(c, &s, b, times);
  return sum_code(c, &s);
}

static bool multiply_terms(const ad_ctx *c, const dim_term *a, const dim_term *b, dim_term *out) {
  memset(out, 0, sizeof *out);
  if (!ad__mul_i64(a->times, b->times, &out->times) || a->count + b->count > MOST_ATOMS) return false;
  int64_t i = 0, k = 0;
  while (i < a->count || k < b->count) {
    bool first = k == b->count || (i < a->count && compare_dims(c, a->atoms[i], b->atoms[k]) <= 0);
    out->atoms[out->count++] = first ? a->atoms[i++] : b->atoms[k++];
  }
  return true;
}

static ad_dim multiply(ad_ctx *c, ad_dim a, ad_dim b) {
  if (!known(c, a) || !known(c, b)) return AD_DIM_UNKNOWN;
  dim_term own_a, own_b, product;
  const dim_term *x, *y;
  int n = terms_of(c, a, &own_a, &x), m = terms_of(c, b, &own_b, &y);
  dim_sum s;
  sum_clear(&s);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < m && !s.failed; k++) {
      if (!multiply_terms(c, &x[i], &y[k], &product)) s.failed = true;
      else sum_add(c, &s, &product);
    }
  return sum_code(c, &s);
}

/* ---- Floor division ---- */

static int64_t floor_of(int64_t a, int64_t b) { return a / b - (a % b < 0); } /* b > 0 */

static int64_t common_factor(int64_t a, int64_t b) { /* Euclid */
  while (b) {
    int64_t r = a % b;
    a = b;
    b = r;
  }
  return a;
}

/* A division as an entry of its own; both sides are in normal form already. */
static ad_dim division(ad_ctx *c, ad_dim over, ad_dim under) {
  if (!known(c, over) || !known(c, under)) return AD_DIM_UNKNOWN;
  int a = depth_of(c, over), b = depth_of(c, under);
  dim_expr e = {.kind = DIM_FLOORDIV, .over = over, .under = under, .depth = 1 + (a > b ? a : b),
                   .weight = 1 + weight_of(c, over) + weight_of(c, under)};
  int64_t key[3] = {INT64_MIN, over, under};
  return intern(c, e, key, sizeof key);
}

/* x // a + k over b is x + a k over a b, for numbers a and b; sets *out and returns true when `rest` has that form. */
static ad_dim divide(ad_ctx *c, ad_dim a, ad_dim b);
static bool merge_divisions(ad_ctx *c, const dim_sum *rest, int64_t b, ad_dim *out) {
  const dim_term *t = rest->t;
  if (rest->n < 1 || t[0].count != 1 || t[0].times != 1) return false;
  if (rest->n > 2 || (rest->n == 2 && t[1].count)) return false;
  const dim_expr *e = expr_of(c, t[0].atoms[0]);
  if (e->kind != DIM_FLOORDIV || e->under < 0) return false;
  int64_t k = 0, under;
  bool fits = ad__mul_i64(e->under, b, &under) && (rest->n == 1 || ad__mul_i64(e->under, t[1].times, &k));
  *out = fits ? divide(c, add_times(c, e->over, k, 1), under) : AD_DIM_UNKNOWN;
  return true;
}

/* Each coefficient is b q + r with 0 <= r < b: q stays outside, r goes under the division. */
static ad_dim divide_by_number(ad_ctx *c, ad_dim a, int64_t b) {
  dim_term own;
  const dim_term *t;
  dim_sum whole, rest;
  sum_clear(&whole);
  sum_clear(&rest);
  int n = terms_of(c, a, &own, &t);
  int64_t factor = b;
  for (int i = 0; i < n; i++) {
    dim_term q = t[i], r = t[i];
    q.times = floor_of(t[i].times, b);
    r.times = t[i].times - q.times * b;
    sum_add(c, &whole, &q);
    sum_add(c, &rest, &r);
    if (r.count) factor = common_factor(factor, r.times);
  }
  ad_dim outside = sum_code(c, &whole), inside;
  if (rest.n == 0 || rest.t[0].count == 0) return outside;
  /* (g x + k) // (g b) is (x + k // g) // b. */
  for (int i = 0; i < rest.n; i++) rest.t[i].times /= factor;
  if (rest.n && rest.t[rest.n - 1].times == 0) rest.n--;
  b /= factor;
  if (!merge_divisions(c, &rest, b, &inside)) inside = division(c, sum_code(c, &rest), b);
  return add_times(c, inside, outside, 1);
}

/* t / d when every atom and the coefficient of d divide it. */
static bool divide_term(const dim_term *t, const dim_term *d, dim_term *out) {
  if (t->times % d->times) return false;
  memset(out, 0, sizeof *out);
  out->times = t->times / d->times;
  int64_t k = 0;
  for (int64_t i = 0; i < t->count; i++) {
    if (k < d->count && t->atoms[i] == d->atoms[k]) k++;
    else out->atoms[out->count++] = t->atoms[i];
  }
  return k == d->count;
}

/* By an expression: exact multiples of a product stand outside; the rest stays a division. */
static ad_dim divide_by_expression(ad_ctx *c, ad_dim a, ad_dim b) {
  if (a == b) return 1;
  dim_term own_a, own_b, q;
  const dim_term *t, *d;
  int n = terms_of(c, a, &own_a, &t), m = terms_of(c, b, &own_b, &d);
  if (m != 1 || d->times < 0) return division(c, a, b);
  dim_sum whole, rest;
  sum_clear(&whole);
  sum_clear(&rest);
  for (int i = 0; i < n; i++) {
    bool exact = divide_term(&t[i], d, &q);
    sum_add(c, exact ? &whole : &rest, exact ? &q : &t[i]);
  }
  ad_dim outside = sum_code(c, &whole);
  return rest.n ? add_times(c, division(c, sum_code(c, &rest), b), outside, 1) : outside;
}

static ad_dim divide(ad_ctx *c, ad_dim a, ad_dim b) {
  if (!known(c, a) || !known(c, b) || b == 0) return AD_DIM_UNKNOWN;
  if (a == 0 || b == 1) return a;
  if (b > 0) return divide_by_number(c, a, b);
  const dim_expr *e = expr_of(c, b);
  if (e->kind == DIM_SUM && e->terms == 1 && e->term->count == 0) return AD_DIM_UNKNOWN; /* a negative number */
  return divide_by_expression(c, a, b);
}

/* ---- The public arithmetic ---- */

/* A negative number is no dim. */
static ad_dim result(const ad_ctx *c, ad_dim d) {
  const dim_expr *e = expr_of(c, d);
  return e && e->kind == DIM_SUM && e->terms == 1 && e->term->count == 0 ? AD_DIM_UNKNOWN : d;
}

ad_dim ad_dim_add(ad_ctx *c, ad_dim a, ad_dim b) {
  int64_t sum;
  if (a >= 0 && b >= 0) return ad__add_i64(a, b, &sum) ? sum : AD_DIM_UNKNOWN;
  return result(c, add_times(c, a, b, 1));
}

ad_dim ad_dim_sub(ad_ctx *c, ad_dim a, ad_dim b) {
  if (a >= 0 && b >= 0) return a >= b ? a - b : AD_DIM_UNKNOWN;
  return result(c, add_times(c, a, b, -1));
}

ad_dim ad_dim_mul(ad_ctx *c, ad_dim a, ad_dim b) {
  int64_t product;
  if (a >= 0 && b >= 0) return ad__mul_i64(a, b, &product) ? product : AD_DIM_UNKNOWN;
  return result(c, multiply(c, a, b));
}

ad_dim ad_dim_floordiv(ad_ctx *c, ad_dim a, ad_dim b) {
  if (a >= 0 && b > 0) return a / b;
  return result(c, divide(c, a, b));
}

/* ---- Binding ---- */

typedef struct dim_lookup {
  ad_dim (*symbol)(void *user, const char *name);
  void *user;
} dim_lookup;

/* Recursion ends: it goes one floor division deeper each time, and those are at most MOST_DEPTH. */
static ad_dim bind(ad_ctx *c, ad_dim d, const dim_lookup *l) {
  const dim_expr *e = expr_of(c, d);
  if (!e) return d;
  if (e->kind == DIM_SYMBOL) {
    ad_dim v = l->symbol(l->user, e->name);
    return v == AD_DIM_UNKNOWN ? d : v;
  }
  if (e->kind == DIM_FLOORDIV) return divide(c, bind(c, e->over, l), bind(c, e->under, l));
  dim_sum sum;
  sum_clear(&sum);
  for (int i = 0; i < e->terms; i++) {
    ad_dim product = 1;
    for (int64_t k = 0; k < e->term[i].count; k++) product = multiply(c, product, bind(c, e->term[i].atoms[k], l));
    sum_add_times(c, &sum, product, e->term[i].times);
  }
  return sum_code(c, &sum);
}

ad_dim ad__dim_bind(ad_ctx *c, ad_dim d, ad_dim (*lookup)(void *user, const char *symbol), void *user) {
  if (d >= 0 || !known(c, d)) return d;
  dim_lookup l = {lookup, user};
  return result(c, bind(c, d, &l));
}

/* ---- Text ---- */

static void print_division(ad_ctx *c, const dim_expr *e, ad_text *out);

static void print_atom(ad_ctx *c, ad_dim d, bool alone, ad_text *out) {
  const dim_expr *e = expr_of(c, d);
  if (e->kind == DIM_SYMBOL) {
    ad__text_add(out, e->name);
    return;
  }
  if (!alone) ad__text_char(out, '(');
  print_division(c, e, out);
  if (!alone) ad__text_char(out, ')');
}

static void print_side(ad_ctx *c, ad_dim d, bool product_allowed, ad_text *out) {
  const dim_expr *e = expr_of(c, d);
  bool product = e && e->kind == DIM_SUM && e->terms == 1 && e->term->times > 0;
  bool bare = !e || e->kind == DIM_SYMBOL || (product && product_allowed);
  if (!bare) ad__text_char(out, '(');
  ad__dim_print(c, d, out);
  if (!bare) ad__text_char(out, ')');
}

static void print_division(ad_ctx *c, const dim_expr *e, ad_text *out) {
  print_side(c, e->over, true, out);
  ad__text_add(out, " // ");
  print_side(c, e->under, false, out);
}

static void print_term(ad_ctx *c, const dim_term *t, uint64_t times, ad_text *out) {
  if (times != 1 || !t->count) ad__text_fmt(out, "%llu", (unsigned long long)times);
  for (int64_t k = 0; k < t->count; k++) {
    if (k || times != 1) ad__text_char(out, '*');
    print_atom(c, t->atoms[k], t->count == 1 && times == 1, out);
  }
}

void ad__dim_print(ad_ctx *c, ad_dim d, ad_text *out) {
  const dim_expr *e = expr_of(c, d);
  if (d >= 0) ad__text_fmt(out, "%lld", (long long)d);
  else if (!e) ad__text_char(out, '?');
  else if (e->kind != DIM_SUM) print_atom(c, d, true, out);
  else
    for (int i = 0; i < e->terms; i++) {
      int64_t times = e->term[i].times;
      if (times < 0) ad__text_add(out, i ? " - " : "-");
      else if (i) ad__text_add(out, " + ");
      print_term(c, &e->term[i], times < 0 ? 0 - (uint64_t)times : (uint64_t)times, out);
    }
}

/* ---- Reading ---- */

typedef struct dim_reader {
  ad_ctx *c;
  const char *at, *end;
  int depth;
  bool failed;
} dim_reader;

static void skip_spaces(dim_reader *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t')) r->at++;
}

static bool accept(dim_reader *r, const char *word) {
  size_t n = strlen(word);
  skip_spaces(r);
  if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0) return false;
  r->at += n;
  return true;
}

static ad_dim read_sum(dim_reader *r);

static ad_dim read_factor(dim_reader *r) {
  ad_dim d = AD_DIM_UNKNOWN;
  if (accept(r, "(")) {
    if (++r->depth > MOST_DEPTH + 2) return AD_DIM_UNKNOWN;
    d = read_sum(r);
    r->depth--;
    return accept(r, ")") ? d : AD_DIM_UNKNOWN;
  }
  const char *start = r->at;
  while (r->at < r->end && (is_name(r->at, 1) || (*r->at >= '0' && *r->at <= '9'))) r->at++;
  size_t n = (size_t)(r->at - start);
  if (n && *start >= '0' && *start <= '9') return ad__parse_i64(start, n, &d) ? d : AD_DIM_UNKNOWN;
  return symbol_of(r->c, start, n);
}

static ad_dim read_product(dim_reader *r) {
  ad_dim d = read_factor(r);
  while (!r->failed) {
    if (accept(r, "//")) d = divide(r->c, d, read_factor(r));
    else if (accept(r, "*")) d = multiply(r->c, d, read_factor(r));
    else return d;
    if (d == AD_DIM_UNKNOWN) r->failed = true;
  }
  return AD_DIM_UNKNOWN;
}

static ad_dim read_sum(dim_reader *r) {
  dim_sum sum;
  sum_clear(&sum);
  int64_t sign = accept(r, "-") ? -1 : 1;
  for (;;) {
    sum_add_times(r->c, &sum, read_product(r), sign);
    if (sum.failed) r->failed = true;
    if (r->failed) return AD_DIM_UNKNOWN;
    if (accept(r, "+")) sign = 1;
    else if (accept(r, "-")) sign = -1;
    else return sum_code(r->c, &sum);
  }
}

void ad__dim_begin(ad_ctx *c) { c->dims_no_memory = false; }
bool ad__dim_no_memory(const ad_ctx *c) { return c->dims_no_memory; }

ad_dim ad__dim_parse(ad_ctx *c, const char *s, size_t n) {
  ad__dim_begin(c);
  dim_reader r = {.c = c, .at = s, .end = s + n};
  ad_dim d = read_sum(&r);
  skip_spaces(&r);
  return r.at == r.end ? result(c, d) : AD_DIM_UNKNOWN;
}
