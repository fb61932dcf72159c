/* Types: the intern table and their text.
 *
 * The table is chained buckets that double when full; types come from the context's arena and are never freed.
 * Invariant: two types with equal content are one pointer. */
#include "ir/type.h"

#include <string.h>
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ir/graph.h"

enum { MOST_DEPTH = 64, MOST_WEIGHT = 1 << 16 }; /* of tuples and records */

static uint64_t mix(uint64_t h, uint64_t v) {
  h ^= v + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2); /* the golden ratio's bits, as usual for combining hashes */
  h *= 0xff51afd7ed558ccdu;                            /* a multiplier of MurmurHash3's finaliser */
  return h ^ (h >> 32);
}

static uint64_t hash_text(uint64_t h, const char *s) {
  for (; *s; s++) h = mix(h, (unsigned char)*s);
  return h;
}

static bool grow_table(ad_ctx *c) {
  if (c->type_count < c->type_bucket_count) return true;
  size_t n = c->type_bucket_count ? 2 * c->type_bucket_count : 64;
  ad_type **fresh = ad__mem_zeroed(&c->mem, n * sizeof *fresh);
  if (!fresh) return false;
  for (size_t b = 0; b < c->type_bucket_count; b++)
    for (ad_type *t = c->type_buckets[b], *next; t; t = next) {
      next = t->next;
      t->next = fresh[t->hash & (n - 1)];
      fresh[t->hash & (n - 1)] = t;
    }
  ad__mem_give(&c->mem, c->type_buckets, c->type_bucket_count * sizeof *fresh);
  c->type_buckets = fresh;
  c->type_bucket_count = n;
  return true;
}

static bool same(const ad_type *t, const ad_type *key, const int64_t *dims) {
  if (t->hash != key->hash || t->kind != key->kind || t->dtype != key->dtype || t->rank != key->rank) return false;
  if (t->kind == AD_KIND_TENSOR) return t->rank == 0 || memcmp(t->dims, dims, (size_t)t->rank * sizeof *dims) == 0;
  for (int i = 0; i < t->rank; i++) {
    if (t->members[i] != key->members[i]) return false;
    if (t->kind == AD_KIND_RECORD && strcmp(t->names[i], key->names[i]) != 0) return false;
  }
  return !t->label || strcmp(t->label, key->label) == 0;
}

static const ad_type *find(const ad_ctx *c, const ad_type *key, const int64_t *dims) {
  if (!c->type_bucket_count) return NULL;
  for (ad_type *t = c->type_buckets[key->hash & (c->type_bucket_count - 1)]; t; t = t->next)
    if (same(t, key, dims)) return t;
  return NULL;
}

static const ad_type *insert(ad_ctx *c, ad_type *t) {
  t->next = c->type_buckets[t->hash & (c->type_bucket_count - 1)];
  c->type_buckets[t->hash & (c->type_bucket_count - 1)] = t;
  c->type_count++;
  return t;
}

static const ad_type *no_memory(ad_err *e) {
  ad__fail(e, AD_E_MEMORY, "out of memory");
  return NULL;
}

/* Elements and bytes of dims; false when either overflows. A symbolic dim gives size -1. */
static bool measure(ad_type *t, const int64_t *dims) {
  int64_t size = 1, bytes;
  bool symbolic = false, empty = false;
  for (int i = 0; i < t->rank; i++) {
    if (dims[i] < 0) symbolic = true;
    if (dims[i] == 0) empty = true;
  }
  /* A zero dim makes the array empty, but the other dims must still make sense together: they become strides. */
  for (int i = 0; i < t->rank; i++)
    if (dims[i] > 0 && !ad__mul_i64(size, dims[i], &size)) return false;
  if (!ad__mul_i64(size, t->item_size, &bytes) || bytes > INT64_MAX / 2) return false;
  t->size = symbolic ? -1 : empty ? 0 : size;
  t->bytes = symbolic || empty ? 0 : (size_t)bytes;
  return true;
}

const ad_type *ad__type_tensor(ad_ctx *c, ad_dtype dtype, int rank, const int64_t *dims, ad_err *e) {
  if (rank == 0 && c->scalar_types[dtype]) return c->scalar_types[dtype];
  if (rank > AD_MAX_RANK) {
    ad__fail(e, AD_E_VALUE, "rank %d; an array has at most %d axes", rank, AD_MAX_RANK);
    return NULL;
  }
  ad_type key = {.kind = AD_KIND_TENSOR, .dtype = dtype, .rank = rank, .weight = 1, .item_size = (uint32_t)ad_dtype_size(dtype)};
  key.hash = mix((uint64_t)dtype, (uint64_t)rank);
  for (int i = 0; i < rank; i++) key.hash = mix(key.hash, (uint64_t)dims[i]);
  const ad_type *found = find(c, &key, dims);
  if (found) return found;
  if (!measure(&key, dims)) {
    ad_text t;
    ad__text_init(&t, &c->mem);
    ad__dims_print(c, rank, dims, &t);
    ad__fail(e, AD_E_OVERFLOW, "shape %s of %s; its size does not fit 63 bits", ad__text_str(&t), ad_dtype_name(dtype));
    ad__text_free(&t);
    return NULL;
  }
  if (!grow_table(c)) return no_memory(e);
  ad_type *t = ad__arena_take(&c->types_arena, sizeof *t + (size_t)rank * sizeof *dims, 16);
  if (!t) return no_memory(e);
  *t = key;
  if (rank) memcpy(t->dims, dims, (size_t)rank * sizeof *dims);
  if (rank == 0) c->scalar_types[dtype] = t;
  return insert(c, t);
}

static const ad_type *composite(ad_ctx *c, ad_type_kind kind, const char *label, const char *const *names,
                                const ad_type *const *members, int n, ad_err *e) {
  ad_type key = {.kind = kind, .rank = n, .label = label};
  key.members = (const ad_type **)members;
  key.names = (const char **)names;
  key.hash = mix(1000u + (uint64_t)kind, (uint64_t)n);
  if (label) key.hash = hash_text(key.hash, label);
  uint64_t weight = 1;
  for (int i = 0; i < n; i++) {
    key.hash = mix(key.hash, members[i]->hash);
    if (names) key.hash = hash_text(key.hash, names[i]);
    if (members[i]->depth >= key.depth) key.depth = members[i]->depth + 1;
    weight += members[i]->weight;
  }
  const ad_type *found = find(c, &key, NULL);
  if (found) return found;
  if (key.depth > MOST_DEPTH || weight > MOST_WEIGHT) {
    ad__fail(e, AD_E_VALUE, "a type of %d levels and %llu members; at most %d and %d are right", key.depth,
             (unsigned long long)weight - 1, MOST_DEPTH, MOST_WEIGHT);
    return NULL;
  }
  key.weight = (uint32_t)weight;
  if (!grow_table(c)) return no_memory(e);
  ad_type *t = ad__arena_take(&c->types_arena, sizeof *t, 16);
  size_t count = n ? (size_t)n : 1;
  key.members = ad__arena_take(&c->types_arena, count * sizeof *key.members, 16);
  key.names = names ? ad__arena_take(&c->types_arena, count * sizeof *key.names, 16) : NULL;
  if (!t || !key.members || (names && !key.names)) return no_memory(e);
  for (int i = 0; i < n; i++) {
    key.members[i] = members[i];
    if (names && !(key.names[i] = ad__arena_text(&c->types_arena, names[i], strlen(names[i])))) return no_memory(e);
  }
  if (label && !(key.label = ad__arena_text(&c->types_arena, label, strlen(label)))) return no_memory(e);
  *t = key;
  return insert(c, t);
}

const ad_type *ad__type_tuple(ad_ctx *c, const ad_type *const *members, int n, ad_err *e) {
  return composite(c, AD_KIND_TUPLE, NULL, NULL, members, n, e);
}

const ad_type *ad__type_record(ad_ctx *c, const char *const *names, const ad_type *const *members, int n, ad_err *e) {
  return composite(c, AD_KIND_RECORD, NULL, names, members, n, e);
}

const ad_type *ad__type_function(ad_ctx *c, const char *name, const ad_type *const *captures, int n, ad_err *e) {
  return composite(c, AD_KIND_FUNCTION, name, NULL, captures, n, e);
}

const ad_type *ad__type_token(ad_ctx *c, ad_err *e) { return composite(c, AD_KIND_TOKEN, NULL, NULL, NULL, 0, e); }

const ad_type *ad__type_union(ad_ctx *c, const char *name, ad_err *e) {
  return composite(c, AD_KIND_UNION, name, NULL, NULL, 0, e);
}

/* ---- Cases of unions ---- */

static bool same_cases(const ad_union_cases *a, const char *const *names, const ad_type *const *members, int n) {
  bool same_so_far = a->n == n;
  for (int i = 0; same_so_far && i < n; i++)
    same_so_far = a->members[i] == members[i] && strcmp(a->names[i], names[i]) == 0;
  return same_so_far;
}

ad_status ad__type_union_define(ad_ctx *c, const ad_type *u, const char *const *names, const ad_type *const *members, int n,
                                ad_err *e) {
  if (u->cases)
    return same_cases(u->cases, names, members, n) ? AD_OK
                                                   : ad__fail(e, AD_E_KEY, "union %s: it has other cases already", u->label);
  ad_union_cases *own = ad__arena_take(&c->types_arena, sizeof *own, 16);
  const char **own_names = ad__arena_array(&c->types_arena, (size_t)n, sizeof *own_names, 16);
  const ad_type **own_members = ad__arena_array(&c->types_arena, (size_t)n, sizeof *own_members, 16);
  if (!own || !own_names || !own_members) return ad__fail(e, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < n; i++) {
    own_members[i] = members[i];
    if (!(own_names[i] = ad__arena_text(&c->types_arena, names[i], strlen(names[i]))))
      return ad__fail(e, AD_E_MEMORY, "out of memory");
  }
  *own = (ad_union_cases){n, own_names, own_members};
  ((ad_type *)(uintptr_t)u)->cases = own; /* the one thing about a type that comes later than the type */
  return AD_OK;
}

const ad_type *ad__type_error(ad_ctx *c) { return c->error_type; }

/* ---- Text ---- */

static void print_list(ad_ctx *c, int rank, const int64_t *dims, ad_text *out) {
  for (int i = 0; i < rank; i++) {
    if (i) ad__text_add(out, ", ");
    ad__dim_print(c, dims[i], out);
  }
}

void ad__dims_print(ad_ctx *c, int rank, const int64_t *dims, ad_text *out) {
  ad__text_char(out, '(');
  print_list(c, rank, dims, out);
  ad__text_char(out, ')');
}

void ad__member_name_print(const char *name, ad_text *out) {
  size_t n = strlen(name);
  if (ad__name_is_valid(name, n)) ad__text_add(out, name);
  else ad__text_quoted(out, name, n);
}

void ad__type_print(ad_ctx *c, const ad_type *t, ad_text *out) {
  switch (t->kind) {
  case AD_KIND_TENSOR:
    ad__text_fmt(out, "%s[", ad_dtype_name(t->dtype));
    print_list(c, t->rank, t->dims, out);
    ad__text_char(out, ']');
    return;
  case AD_KIND_TOKEN: ad__text_add(out, "token"); return;
  case AD_KIND_ERROR: ad__text_add(out, "error"); return;
  case AD_KIND_UNION: ad__text_fmt(out, "union %s", t->label); return;
  case AD_KIND_FUNCTION: ad__text_fmt(out, "fn %s", t->label); break;
  case AD_KIND_TUPLE:
  case AD_KIND_RECORD: break;
  }
  bool record = t->kind == AD_KIND_RECORD;
  ad__text_char(out, record ? '{' : '(');
  for (int i = 0; i < t->rank; i++) {
    if (i) ad__text_add(out, ", ");
    if (record) {
      ad__member_name_print(t->names[i], out);
      ad__text_add(out, ": ");
    }
    ad__type_print(c, t->members[i], out);
  }
  ad__text_char(out, record ? '}' : ')');
}

/* ---- Strides ---- */

void ad__type_strides(const ad_type *t, int64_t *out) {
  int64_t step = t->item_size;
  for (int i = t->rank - 1; i >= 0; i--) {
    out[i] = step;
    step *= t->dims[i] > 0 ? t->dims[i] : 1;
  }
}

bool ad__strides_row_major(const ad_type *t, const int64_t *strides) {
  int64_t step = t->item_size;
  if (t->size == 0) return true;
  for (int i = t->rank - 1; i >= 0; i--) {
    if (t->dims[i] == 1) continue;
    if (strides[i] != step) return false;
    step *= t->dims[i];
  }
  return true;
}
