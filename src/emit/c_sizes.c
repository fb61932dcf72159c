/* Sizes in printed C: numbers, or expressions over symbols, which are parameters of the function.
 *
 *   int net(int64_t N, const float *x, float *y) {
 *     if (N < 1 || N > NET_MAX_N) return 2;
 *
 * A size, like a stride, is a number or the code of an expression (ir/dim.h). A graph with symbols has no negative strides (what would
 * have them is copied), so the two never meet. Memory is static, so a macro says how large a symbol may be, and what is
 * reserved for an expression is the most it can be then. */
#include <string.h>
#include "emit/emit_c.h"
#include "ir/ctx.h"
#include "ir/dim.h"

enum { MOST_SYMBOLS = sizeof((c_file *)0)->symbols / sizeof(c_symbol) };

bool ad__c_is_symbolic(const c_printer *p, int64_t n) { return p->symbolic && n < 0; }

int64_t ad__c_times(const c_printer *p, int64_t a, int64_t b) {
  if (!ad__c_is_symbolic(p, a) && !ad__c_is_symbolic(p, b)) return a * b;
  return a == 1 ? b : b == 1 ? a : ad_dim_mul(p->g->ctx, a, b);
}

int64_t ad__c_plus(const c_printer *p, int64_t a, int64_t b) {
  return ad__c_is_symbolic(p, a) || ad__c_is_symbolic(p, b) ? ad_dim_add(p->g->ctx, a, b) : a + b;
}

int64_t ad__c_count(const c_printer *p, const ad_type *t) {
  if (t->size >= 0) return t->size;
  int64_t n = 1;
  for (int i = 0; i < t->rank; i++) n = ad__c_times(p, n, t->dims[i]);
  return n;
}

/* ---- Text ---- */

static bool in_word(char ch) {
  return ch == '_' || ch == '.' || (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static const char *symbol_text(const c_printer *p, const char *s, size_t n, bool at_most, bool taken_away) {
  if (at_most && taken_away) return "1"; /* the least that is taken away */
  for (int i = 0; i < p->file->symbol_count; i++)
    if (strlen(p->file->symbols[i].symbol) == n && memcmp(p->file->symbols[i].symbol, s, n) == 0)
      return at_most ? p->file->symbols[i].macro : p->symbols[i];
  return "0";
}

/* An expression as the graph prints it, "2*N + 1", as C. */
static void print_expression(const c_printer *p, const char *s, bool at_most, ad_text *out) {
  bool taken_away = false;
  while (*s) {
    size_t n = 0;
    while (in_word(s[n])) n++;
    if (n && (*s < '0' || *s > '9')) ad__text_add(out, symbol_text(p, s, n, at_most, taken_away));
    else if (n) ad__text_add_n(out, s, n);
    else if (s[0] == '/' && s[1] == '/') ad__text_char(out, '/'), n = 2;
    else if (*s == '*') ad__text_add(out, " * "), n = 1;
    else {
      if (*s == '-' || *s == '+') taken_away = *s == '-';
      ad__text_char(out, *s), n = 1;
    }
    s += n;
  }
}

static const char *size_text(c_printer *p, int64_t n, bool at_most) {
  if (!ad__c_is_symbolic(p, n)) return ad__c_format(p, "%lld", (long long)n);
  ad_text given, out;
  ad__text_init(&given, p->body.mem);
  ad__text_init(&out, p->body.mem);
  ad__dim_print(p->g->ctx, n, &given);
  print_expression(p, ad__text_str(&given), at_most, &out);
  if (given.failed) out.failed = true;
  ad__text_free(&given);
  const char *s = ad__c_keep(p, &out);
  return s[strcspn(s, " ")] ? ad__c_format(p, "(%s)", s) : s;
}

const char *ad__c_size(c_printer *p, int64_t n) { return size_text(p, n, false); }
const char *ad__c_size_at_most(c_printer *p, int64_t n) { return size_text(p, n, true); }

/* ---- Symbols ---- */

static bool is_known(const c_file *f, const char *s, size_t n) {
  for (int i = 0; i < f->symbol_count; i++)
    if (strlen(f->symbols[i].symbol) == n && memcmp(f->symbols[i].symbol, s, n) == 0) return true;
  return false;
}

static ad_status add_symbol(c_printer *p, const char *s, size_t n) {
  c_file *f = p->file;
  if (f->symbol_count == MOST_SYMBOLS) return ad__fail(p->e, AD_E_NOT_IMPLEMENTED, "emit: more than %d symbols for dims; fewer are right", MOST_SYMBOLS);
  char *name = ad__arena_text(&f->memory, s, n);
  if (!name) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  const char *macro = ad__c_macro(f, "_MAX_", name);
  f->symbols[f->symbol_count++] = (c_symbol){name, macro};
  return AD_OK;
}

static ad_status find_in(c_printer *p, ad_dim d) {
  ad_text t;
  ad_status s = AD_OK;
  ad__text_init(&t, p->body.mem);
  ad__dim_print(p->g->ctx, d, &t);
  const char *at = ad__text_str(&t);
  while (*at && !s) {
    size_t n = 0;
    while (in_word(at[n])) n++;
    if (n && (*at < '0' || *at > '9') && !is_known(p->file, at, n)) s = add_symbol(p, at, n);
    at += n ? n : 1;
  }
  ad__text_free(&t);
  return s;
}

ad_status ad__c_find_symbols(c_printer *p) {
  const ad_graph *g = p->g;
  for (int i = 0; i < g->params.count; i++)
    for (int k = 0; k < g->params.at[i]->type->rank && g->params.at[i]->type->kind == AD_KIND_TENSOR; k++) {
      ad_status s = ad_dim_is_number(g->params.at[i]->type->dims[k]) ? AD_OK : find_in(p, g->params.at[i]->type->dims[k]);
      if (s) return s;
    }
  return AD_OK;
}

void ad__c_name_symbols(c_printer *p) {
  for (int i = 0; i < p->file->symbol_count; i++) p->symbols[i] = ad__c_name(p, p->file->symbols[i].symbol);
}
