/* einsum: reading subscripts, and the greedy order of contractions. See einsum_plan.h. */
#include "ops/einsum_plan.h"

#include <string.h>

static int label_of(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 26;
  return -1;
}

/* One operand's part: letters and at most one "...", which stands for what the rank leaves (rank < 0: for `dots` axes).
 * Returns where it ended, NULL on failure. */
static const char *read_term(const char *p, int rank, int dots, ad_einsum_term *t, ad_err *e) {
  const char *start = p;
  int letters = 0, dots_seen = 0;
  for (; *p && *p != ',' && *p != '-'; p++) {
    if (*p == ' ') continue;
    if (strncmp(p, "...", 3) == 0) p += 2, dots_seen++;
    else if (label_of(*p) >= 0) letters++;
    else {
      ad__fail(e, AD_E_VALUE, "subscripts with \"%c\"; letters, \"...\", commas and \"->\" are right", *p);
      return NULL;
    }
  }
  if (rank >= 0) dots = rank - letters;
  if (dots_seen > 1 || dots < 0 || (rank >= 0 && dots && !dots_seen) || letters + (dots_seen ? dots : 0) > AD_MAX_RANK) {
    ad__fail(e, AD_E_VALUE, "subscripts \"%.*s\" for %d axes; a letter for each, or one \"...\", are right", (int)(p - start), start, rank);
    return NULL;
  }
  t->n = 0;
  for (const char *q = start; q < p; q++) {
    if (*q == '.') {
      for (int k = dots; k > 0; k--) t->label[t->n++] = (uint8_t)(AD_EINSUM_DOTS + k - 1);
      q += 2;
    } else if (*q != ' ') {
      t->label[t->n++] = (uint8_t)label_of(*q);
    }
  }
  return p;
}

static int count_label(const ad_einsum_spec *s, int label) {
  int n = 0;
  for (int k = 0; k < s->operands; k++)
    for (int i = 0; i < s->term[k].n; i++) n += s->term[k].label[i] == label;
  return n;
}

static int widest_dots(const ad_einsum_spec *s) {
  int most = 0;
  for (int k = 0; k < s->operands; k++)
    for (int i = 0; i < s->term[k].n; i++)
      if (s->term[k].label[i] - AD_EINSUM_DOTS >= most) most = s->term[k].label[i] - AD_EINSUM_DOTS + 1;
  return most;
}

static ad_status implied_result(ad_einsum_spec *s, ad_err *e) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  s->out.n = 0;
  for (int k = widest_dots(s); k > 0; k--) s->out.label[s->out.n++] = (uint8_t)(AD_EINSUM_DOTS + k - 1);
  for (const char *c = alphabet; *c; c++) {
    if (count_label(s, label_of(*c)) != 1) continue;
    if (s->out.n == AD_MAX_RANK) return ad__fail(e, AD_E_VALUE, "a result of more than %d axes; fewer are right", AD_MAX_RANK);
    s->out.label[s->out.n++] = (uint8_t)label_of(*c);
  }
  return AD_OK;
}

static ad_status check_result(const ad_einsum_spec *s, ad_err *e) {
  for (int i = 0; i < s->out.n; i++) {
    int label = s->out.label[i], times = 0;
    for (int k = 0; k < s->out.n; k++) times += s->out.label[k] == label;
    if (times > 1) return ad__fail(e, AD_E_VALUE, "subscripts of the result that name a letter twice; once is right");
    if (!count_label(s, label)) return ad__fail(e, AD_E_VALUE, "subscripts of the result with a letter of no operand; one of theirs is right");
  }
  return AD_OK;
}

ad_status ad__einsum_read(const char *subscripts, const int *ranks, int n, ad_einsum_spec *out, ad_err *e) {
  if (n < 1 || n > AD_EINSUM_OPERANDS) return ad__fail(e, AD_E_VALUE, "%d operands; 1 to %d are right", n, AD_EINSUM_OPERANDS);
  const char *p = subscripts;
  for (out->operands = 0; out->operands < n; out->operands++) {
    if (out->operands && *p++ != ',') return ad__fail(e, AD_E_VALUE, "subscripts for %d operands; %d are given", out->operands, n);
    p = read_term(p, ranks[out->operands], 0, &out->term[out->operands], e);
    if (!p) return e->code;
  }
  if (*p == ',') return ad__fail(e, AD_E_VALUE, "subscripts for more than the %d operands given; as many are right", n);
  if (!*p) return implied_result(out, e);
  if (strncmp(p, "->", 2)) return ad__fail(e, AD_E_VALUE, "subscripts with \"-\"; \"->\" is right");
  p = read_term(p + 2, -1, widest_dots(out), &out->out, e);
  if (!p) return e->code;
  if (*p) return ad__fail(e, AD_E_VALUE, "subscripts of the result that go on with \"%.8s\"; one result is right", p);
  return check_result(out, e);
}

/* ---- The order ---- */

bool ad__einsum_has(const ad_einsum_term *t, int label) {
  for (int i = 0; i < t->n; i++)
    if (t->label[i] == label) return true;
  return false;
}

bool ad__einsum_needed(const ad_einsum_spec *s, int label, int i, int j) {
  if (ad__einsum_has(&s->out, label)) return true;
  for (int k = 0; k < s->operands; k++)
    if (k != i && k != j && ad__einsum_has(&s->term[k], label)) return true;
  return false;
}

static double size_of(const ad_einsum_term *t, const double *size) {
  double n = 1;
  for (int i = 0; i < t->n; i++) n *= size[t->label[i]];
  return n;
}

static void append(ad_einsum_term *t, int label) {
  if (!ad__einsum_has(t, label) && t->n < AD_MAX_RANK) t->label[t->n++] = (uint8_t)label;
}

/* What is left of operands i and j: shared labels, then the rest of i, then of j. */
static ad_einsum_term joined(const ad_einsum_spec *s, int i, int j) {
  const ad_einsum_term *a = &s->term[i], *b = &s->term[j];
  ad_einsum_term t = {.n = 0};
  for (int k = 0; k < a->n; k++)
    if (ad__einsum_has(b, a->label[k]) && ad__einsum_needed(s, a->label[k], i, j)) append(&t, a->label[k]);
  for (int k = 0; k < a->n; k++)
    if (!ad__einsum_has(b, a->label[k]) && ad__einsum_needed(s, a->label[k], i, j)) append(&t, a->label[k]);
  for (int k = 0; k < b->n; k++)
    if (!ad__einsum_has(a, b->label[k]) && ad__einsum_needed(s, b->label[k], i, j)) append(&t, b->label[k]);
  return t;
}

void ad__einsum_next(const ad_einsum_spec *s, const double *size, int *first, int *second) {
  double best = 0;
  *first = *second = -1;
  for (int i = 0; i < s->operands; i++)
    for (int j = i + 1; j < s->operands; j++) {
      ad_einsum_term t = joined(s, i, j);
      double grown = size_of(&t, size) - size_of(&s->term[i], size) - size_of(&s->term[j], size);
      if (*first >= 0 && grown >= best) continue;
      best = grown;
      *first = i, *second = j;
    }
}

double ad__einsum_join(ad_einsum_spec *s, const double *size, int i, int j) {
  ad_einsum_term t = joined(s, i, j), all = {.n = 0};
  double work = size_of(&t, size);
  for (int k = 0; k < s->term[i].n; k++) append(&all, s->term[i].label[k]);
  for (int k = 0; k < s->term[j].n; k++) append(&all, s->term[j].label[k]);
  for (int k = 0; k < all.n; k++)
    if (!ad__einsum_has(&t, all.label[k])) work *= size[all.label[k]];
  for (int k = j; k + 1 < s->operands; k++) s->term[k] = s->term[k + 1];
  for (int k = i; k + 1 < s->operands - 1; k++) s->term[k] = s->term[k + 1];
  s->operands--;
  s->term[s->operands - 1] = t;
  return work;
}
