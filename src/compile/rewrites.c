/* Reading the rules. The table is text, so that it can be printed, and run by a test, as it stands. */
#include "compile/rewrites.h"

#include <string.h>
#include "base/map.h"

const ad_rule_row ad__rule_rows[] = {
#define AD_RULE(when, pattern, replacement) {AD_WHEN_##when, pattern, replacement},
#include "compile/rewrites.def"
#undef AD_RULE
    {AD_WHEN_ANY, NULL, NULL},
};

/* ---- Reading ---- */

typedef struct reading {
  ad_rules *r;
  const ad_map *ops; /* name -> op */
  const char *at;
} reading;

static void skip(reading *t) {
  while (*t->at == ' ' || *t->at == ',') t->at++;
}

static bool is_name(char c) { return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'); }

/* One term, from t->at on; -1 when it cannot be read. Recursion as deep as the text. */
static int read_term(reading *t) {
  if (t->r->n_terms == AD_RULE_TERMS) return -1;
  int me = t->r->n_terms++;
  ad_term *m = &t->r->terms[me];
  *m = (ad_term){.n = 0};
  const char *begin = t->at;
  if (*begin == '-' || (*begin >= '0' && *begin <= '9')) {
    t->at += *begin == '-';
    while (*t->at >= '0' && *t->at <= '9') t->at++;
    return ad__parse_f64(begin, (size_t)(t->at - begin), &m->number) ? me : -1;
  }
  while (is_name(*t->at)) t->at++;
  size_t n = (size_t)(t->at - begin);
  if (n == 1) {
    m->letter = *begin;
    return me;
  }
  const ad_map_value *v = ad__map_find(t->ops, ad__map_text(begin, n));
  if (!v || *t->at != '(') return -1;
  m->op = v->pointer;
  t->at++;
  for (skip(t); *t->at && *t->at != ')'; skip(t)) {
    int part = m->n < 3 ? read_term(t) : -1;
    if (part < 0) return -1;
    m->in[m->n++] = (int16_t)part;
  }
  return *t->at++ == ')' ? me : -1;
}

static bool read_row(reading *t, const ad_rule_row *row) {
  ad_rules *r = t->r;
  if (r->n_rows == AD_RULE_ROWS) return false;
  t->at = row->pattern;
  int pattern = read_term(t);
  t->at = row->replacement;
  int replacement = pattern < 0 ? -1 : read_term(t);
  if (replacement < 0 || !r->terms[pattern].op) return false;
  int16_t *head = &r->first[r->terms[pattern].op->id];
  r->rows[r->n_rows].when = row->when;
  r->rows[r->n_rows].pattern = (int16_t)pattern;
  r->rows[r->n_rows].replacement = (int16_t)replacement;
  r->rows[r->n_rows].next = *head;
  *head = (int16_t)r->n_rows++;
  return true;
}

bool ad__rules_read(ad_ctx *c, ad_rules *r) {
  ad_map ops;
  bool ok = true;
  ad__map_init(&ops, &c->mem);
  for (int i = 0; i < AD_OP_COUNT && ok; i++) {
    const ad_op *op = ad_op_at(i);
    ad_map_value *v = ad__map_put(&ops, ad__map_text(op->name, strlen(op->name)), NULL);
    ok = v != NULL;
    if (ok) v->pointer = (void *)(uintptr_t)op;
  }
  r->n_terms = r->n_rows = 0;
  for (int i = 0; i < AD_OP_COUNT; i++) r->first[i] = -1;
  reading t = {.r = r, .ops = &ops};
  for (const ad_rule_row *row = ad__rule_rows; row->pattern && ok; row++) ok = read_row(&t, row);
  ad__map_free(&ops);
  return ok;
}
