/* Both sides of every row of rewrites.def: the compiler must use the row, and the bits must be those of the pattern. */
#include <adamant/adamant.h>
#include "../check.h"
#include "compile/rewrites.h"

typedef struct side {
  const ad_rules *rules;
  int term;
  ad_rule_when when;
  const char *pattern;
} side;

/* ---- Arguments ---- */

/* Rows about shapes, and what their operand and ops are given: the shape of x, then the attributes of the ops, outermost first. */
typedef struct list { int n; int64_t at[3]; } list; /* n 0: absent */
static const struct { const char *pattern; list x, first, second; } shapes[] = {
    {"reshape(x)", {2, {2, 3}}, {2, {2, 3}}, {0, {0}}},
    {"reshape(reshape(x))", {2, {2, 3}}, {1, {6}}, {2, {3, 2}}},
    {"reshape(expand_dims(x))", {2, {2, 3}}, {1, {6}}, {1, {1}}},
    {"reshape(squeeze(x))", {3, {2, 3, 1}}, {1, {6}}, {0, {0}}},
    {"squeeze(x)", {2, {2, 3}}, {0, {0}}, {0, {0}}},
    {"squeeze(expand_dims(x))", {2, {2, 3}}, {0, {0}}, {1, {2}}},
    {"expand_dims(squeeze(x))", {3, {2, 3, 1}}, {1, {2}}, {0, {0}}},
    {"squeeze(reshape(x))", {2, {2, 3}}, {0, {0}}, {3, {2, 1, 3}}},
    {"expand_dims(reshape(x))", {3, {2, 3, 1}}, {1, {2}}, {2, {2, 3}}},
    {"broadcast_to(x)", {2, {2, 3}}, {2, {2, 3}}, {0, {0}}},
    {"broadcast_to(broadcast_to(x))", {2, {1, 3}}, {3, {2, 2, 3}}, {2, {2, 3}}},
};

static int shape_row(const char *pattern) {
  for (int i = 0; i < (int)(sizeof shapes / sizeof *shapes); i++)
    if (strcmp(shapes[i].pattern, pattern) == 0) return i;
  return -1;
}

static ad_dtype dtype_of(const side *s, int variant) {
  bool logical = strstr(s->pattern, "logical") && s->when == AD_WHEN_BITS;
  switch (s->when) {
  case AD_WHEN_INTEGER: return variant ? AD_UINT8 : AD_INT32;
  case AD_WHEN_BITS: return logical || variant ? AD_BOOL : AD_INT32;
  case AD_WHEN_EXACT: return AD_INT16;
  case AD_WHEN_NUMBER: return variant ? AD_INT32 : AD_FLOAT32;
  default: return strstr(s->pattern, "conjugate") ? AD_COMPLEX64 : variant ? AD_BFLOAT16 : AD_FLOAT32;
  }
}

static ad_array *letter(ad_ctx *c, const side *s, int which, int variant) {
  float v[6] = {-1.5f, 0, 2, -0.0f, 3.25f, -7};
  int row = shape_row(s->pattern);
  const list usual = {2, {2, 3}}, *dims = row >= 0 ? &shapes[row].x : &usual;
  for (int i = 0; i < 6; i++) v[i] = which ? v[i] * 1.75f + (float)which - 2 : v[i];
  int64_t n = 1;
  for (int i = 0; i < dims->n; i++) n *= dims->at[i];
  ad_array *x = ad_array_new(c, AD_FLOAT32, (ad_shape){dims->n, dims->at}, v + (6 - n));
  bool chooses = which == 0 && strstr(s->pattern, "where");
  return ad_cast(x, chooses ? AD_BOOL : dtype_of(s, variant));
}

/* ---- One side as arrays ---- */

static ad_attr attribute(const side *s, const ad_field *f, int depth) {
  int row = shape_row(s->pattern);
  if (f->kind == AD_FIELD_DTYPE)
    return ad_attr_dtype(s->when != AD_WHEN_EXACT ? AD_FLOAT32 : depth ? AD_FLOAT32 : AD_INT32);
  const list *l = row < 0 ? NULL : depth ? &shapes[row].second : &shapes[row].first;
  if (!l || !l->n) return (ad_attr){0};
  if (f->kind == AD_FIELD_SHAPE) return ad_attr_shape((ad_shape){l->n, l->at});
  return f->kind == AD_FIELD_AXES ? ad_attr_ints((ad_ints){true, l->n, l->at}) : (ad_attr){0};
}

static ad_array *build(ad_ctx *c, const side *s, int term, int depth, ad_array *const *letters) {
  const ad_term *t = &s->rules->terms[term];
  if (t->letter) return letters[t->letter - 'x'];
  if (!t->op) return s->when == AD_WHEN_INTEGER ? ad_number_int(c, (int64_t)t->number) : ad_number(c, t->number);
  ad_array *in[3];
  ad_attr at[8];
  for (int i = 0; i < t->n; i++) in[i] = build(c, s, t->in[i], depth + 1, letters);
  for (int i = 0; i < t->op->field_count; i++) at[i] = attribute(s, &t->op->fields[i], depth);
  return ad_apply(c, AD_HERE, t->op, in, t->n, t->op->field_count ? at : NULL);
}

static ad_array *function(ad_ctx *c, ad_array *const *in, void *user) {
  const side *s = user;
  return build(c, s, s->term, 0, in);
}

/* ---- The rows ---- */

static void run_row(ad_ctx *c, const ad_rules *rules, int k, int variant) {
  side s = {rules, rules->rows[k].pattern, rules->rows[k].when, ad__rule_rows[k].pattern};
  ad_array *in[3];
  for (int i = 0; i < 3; i++) in[i] = letter(c, &s, i, variant);
  ad_fn *f = ad_fn_new(c, function, 3, &s), *g = ad_compile(f, NULL);
  ad_array *want = ad_call_list(f, in, 3), *got = ad_call_list(g, in, 3);
  if (ad_eval(want) || ad_eval(got)) {
    CHECK_FAIL("%s: %s%s", s.pattern, ad_error_text(want), ad_error_text(got));
    return;
  }
  size_t bytes = (size_t)ad_array_size(want) * ad_dtype_size(ad_array_dtype(want));
  if (ad_array_dtype(want) != ad_array_dtype(got) || memcmp(ad_data(want), ad_data(got), bytes) != 0)
    CHECK_FAIL("%s -> %s: other bits (variant %d)", s.pattern, ad__rule_rows[k].replacement, variant);
  char before[2000];
  snprintf(before, sizeof before, "%s", ad_compiled_report(g, "fold"));
  if (strcmp(before, ad_compiled_report(g, "simplify")) == 0) CHECK_FAIL("%s (variant %d): not used in\n%s", s.pattern, variant, before);
}

TEST(both_sides_of_every_row) {
  ad_ctx *c = ad_ctx_new(NULL);
  static ad_rules rules;
  CHECK_STOP(ad__rules_read(c, &rules));
  CHECK(rules.n_rows > 40);
  for (int k = 0; k < rules.n_rows; k++)
    for (int variant = 0; variant < (strstr(ad__rule_rows[k].pattern, "cast") ? 1 : 2); variant++) run_row(c, &rules, k, variant);
  ad_ctx_free(c);
}

/* Commuting ops commute, to the bit. */
TEST(commuting_ops_commute) {
  ad_ctx *c = ad_ctx_new(NULL);
  float a[] = {1.5f, -0.0f, 0, 3, -2}, b[] = {-0.0f, 0, -1.5f, 3, 7};
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(5), a), *y = ad_array_new(c, AD_FLOAT32, AD_SHAPE(5), b);
  ad_array *i = ad_cast(x, AD_INT32), *j = ad_cast(y, AD_INT32);
  int seen = 0;
  for (int k = 0; k < ad_op_count(); k++) {
    const ad_op *op = ad_op_at(k);
    if (!(op->flags & AD_OP_COMMUTES)) continue;
    bool floats = !op->accepts || (op->accepts & AD_ACCEPT_FLOAT);
    ad_array *p = ad_apply(c, AD_HERE, op, (ad_array *[]){floats ? x : i, floats ? y : j}, 2, NULL);
    ad_array *q = ad_apply(c, AD_HERE, op, (ad_array *[]){floats ? y : j, floats ? x : i}, 2, NULL);
    CHECK_INT(ad_eval(p), AD_OK);
    CHECK_INT(ad_eval(q), AD_OK);
    if (ad_data(p) && ad_data(q) && memcmp(ad_data(p), ad_data(q), 5 * ad_dtype_size(ad_array_dtype(p))) != 0) CHECK_FAIL("%s", op->name);
    seen++;
  }
  CHECK(seen >= 12);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(both_sides_of_every_row), CASE(commuting_ops_commute))
