/* Inputs that are no tensors and were left open when compiling (an axis, a shape): part of what is computed. Each of their values
 * is a model of its own, compiled when it first comes, as with a constant, and kept. */
#include <adamant/ops.h>
#include <string.h>
#include "model/physical.h"
#include "ops/apply.h"

enum { MOST_NUMBERS = 64 };

bool ad__key_is_static(const ad_flat_key *k) { return k->role == AD_FLAT_DATA && !(k->kinds & AD_IS_TENSOR); }

static void print_number(ad_text *out, ad_category category, const char *bytes, int i) {
  int64_t whole;
  double real;
  memcpy(&whole, bytes + 8 * i, 8);
  memcpy(&real, bytes + 8 * i, 8);
  if (category == AD_CATEGORY_FLOAT) ad__text_f64(out, real);
  else if (category == AD_CATEGORY_BOOL) ad__text_add(out, whole ? "true" : "false");
  else ad__text_fmt(out, "%lld", (long long)whole);
}

/* "axis: 1; ": the value of an array of rank 0 or 1. NULL, or an error array. */
static ad_array *print_value(const ad_physical *p, ad_place where, const ad_flat_key *k, ad_array *a, ad_text *out) {
  char bytes[8 * MOST_NUMBERS];
  ad_category category = ad_dtype_category(ad_array_dtype(a));
  int rank = ad_array_rank(a);
  int64_t n = rank == 1 ? ad_array_dim(a, 0) : 1;
  if (ad_is_error(a)) return a;
  if (a->type->kind != AD_KIND_TENSOR || rank > 1 || n > MOST_NUMBERS || category == AD_CATEGORY_COMPLEX)
    return ad__physical_error(p, where, AD_E_TYPE, "evaluate: data %s is no number and no short list of numbers; one of these is right", k->name);
  ad_array *wide = ad_cast_at(where, a, category == AD_CATEGORY_FLOAT ? AD_FLOAT64 : AD_INT64);
  if (ad_read(wide, bytes, (size_t)n * 8)) return wide;
  ad__text_fmt(out, "%s: %s", k->name, rank ? "(" : "");
  for (int i = 0; i < n; i++) {
    print_number(out, category, bytes, i);
    if (rank) ad__text_add(out, ", ");
  }
  ad__text_add(out, rank ? "); " : "; ");
  return NULL;
}

static int member(const ad_array *record, const char *name) {
  for (int i = 0; i < ad_item_count(record); i++)
    if (!strcmp(ad_item_name(record, i), name)) return i;
  return -1;
}

/* The values as text, and the data without them. */
static ad_array *take_values(const ad_physical *p, ad_place where, ad_array **data, ad_text *text) {
  ad_array *rest[MOST_NUMBERS], *given = *data;
  const char *names[MOST_NUMBERS];
  bool taken[MOST_NUMBERS] = {false};
  int n = given && given->type->kind == AD_KIND_RECORD ? ad_item_count(given) : 0, left = 0;
  if (n > MOST_NUMBERS) return ad__physical_error(p, where, AD_E_VALUE, "evaluate: more than %d members beside values that are no tensors", MOST_NUMBERS);
  for (int i = 0; i < p->flat.input_count; i++) {
    const ad_flat_key *k = &p->flat.inputs[i];
    if (!ad__key_is_static(k)) continue;
    int at = n ? member(given, k->name) : -1;
    if (at < 0) return ad__physical_error(p, where, AD_E_KEY, "evaluate: data %s is missing", k->name);
    ad_array *bad = print_value(p, where, k, ad_item_at(where, given, at), text);
    if (bad) return bad;
    taken[at] = true;
  }
  for (int i = 0; i < n; i++) {
    if (taken[i]) continue;
    names[left] = ad_item_name(given, i);
    rest[left++] = ad_item_at(where, given, i);
  }
  *data = ad_record_at(where, p->ctx, names, rest, left);
  return ad_is_error(*data) ? *data : NULL;
}

static ad_physical *settled_by(ad_physical *p, ad_place where, const char *values) {
  for (ad_physical *k = p->settled; k; k = k->next)
    if (!strcmp(k->fetched, values)) return k;
  ad_text all;
  ad__text_init(&all, &p->ctx->mem);
  ad__text_fmt(&all, "%s%s%s", p->opts.constants ? p->opts.constants : "", p->opts.constants ? "; " : "", values);
  ad_physical_opts o = p->opts;
  o.constants = ad__text_str(&all);
  ad_physical *k = ad__physical_make(where, p->model, &o, NULL);
  ad__text_free(&all);
  if (!k->ctx || k->error) return k;
  if (!(k->fetched = ad__arena_text(&k->flat.arena, values, strlen(values)))) return k;
  ad_physical_keep(k);
  k->next = p->settled;
  return p->settled = k;
}

ad_array *ad__physical_settle(ad_physical **p, ad_place where, ad_array **data) {
  ad_text text;
  if (!(*p)->open) return NULL;
  ad__text_init(&text, &(*p)->ctx->mem);
  ad_array *bad = take_values(*p, where, data, &text);
  if (!bad) *p = settled_by(*p, where, ad__text_str(&text));
  ad__text_free(&text);
  return bad ? bad : (*p)->error ? ad__physical_error(*p, where, (*p)->error, "%s", (*p)->error_text) : NULL;
}
