/* Fuzz target: the JSON reader. What it accepts is asked in every way and must lie where the reader says. */
#include "base/json.h"

#undef NDEBUG /* the checks are the point */
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Visits the tree; depth is bounded by the reader's limit. */
static size_t visit(const ad_json *v, size_t size) {
  size_t seen = 1, children = 0;
  int64_t i;
  uint64_t u;
  double d;
  assert(v->offset < size);
  ad__json_i64(v, &i), ad__json_u64(v, &u), ad__json_f64(v, &d);
  if (v->kind == AD_JSON_STRING || v->kind == AD_JSON_NUMBER) assert(v->text[v->length] == 0);
  if (v->kind == AD_JSON_STRING) assert(ad__utf8_check(v->text, v->length) == v->length);
  for (const ad_json *m = v->first; m; m = m->next, children++) {
    if (v->kind == AD_JSON_OBJECT) assert(ad__json_get_n(v, m->key, m->key_length) == m);
    seen += visit(m, size);
  }
  if (v->kind == AD_JSON_ARRAY || v->kind == AD_JSON_OBJECT) assert(children == v->length);
  return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ad_mem mem;
  ad_arena arena;
  ad_err e;
  const ad_json *v;
  ad__mem_init(&mem, NULL);
  ad__arena_init(&arena, &mem);
  ad_status code = ad__json_read(&arena, (const char *)data, size, &(ad_json_opts){.values = 10000}, &v, &e);
  if (code == AD_OK) assert(visit(v, size) <= 10000);
  else assert(code == AD_E_FORMAT && strncmp(e.text, "json: byte ", 11) == 0);
  ad__arena_free(&arena);
  assert(mem.bytes_now == 0);
  return 0;
}
