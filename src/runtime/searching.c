/* searchsorted: by halving, over the keys of stable_sort.h.
 *
 * Where there are many values to be placed, the keys of the whole sequence are made first, and a search is a few steps without
 * a branch that depends on them. Otherwise, and for complex numbers, whose order takes three keys, only the elements that a
 * search meets are looked at. Both find the same places. */
#include <string.h>
#include "runtime/sort_lines.h"
#include "runtime/structural.h"
#include "runtime/structural/selection.h"

enum { FIELD_SIDE, WORDS = 3, GRAIN = 1024, FEW = 16 };

typedef struct search_job {
  const ad_sort_kernels *kernels;
  ad_sort_coding coding;
  size_t item, key, n, per_row; /* per_row: values for each sequence */
  bool complex, right;
  const char *a, *v;
  const void *a_keys; /* NULL: they are made when needed */
  uint32_t *out;
} search_job;

/* ---- By keys ---- */

#define BY_KEYS(name, K)                                                                                     \
  static void name(const search_job *j, size_t begin, size_t end) {                                          \
    K x[GRAIN];                                                                                              \
    j->kernels->keys[j->coding.kind](&j->coding, end - begin, j->v + begin * j->item, x);                    \
    for (size_t i = begin; i < end; i++) {                                                                   \
      const K *key = (const K *)j->a_keys + i / j->per_row * j->n, *at = key;                                \
      K value = x[i - begin];                                                                                \
      for (size_t n = j->n; n > 1; n -= n / 2)                                                               \
        at += (j->right ? at[n / 2 - 1] <= value : at[n / 2 - 1] < value) ? n / 2 : 0;                       \
      j->out[i] = (uint32_t)(at - key) + (uint32_t)(j->right ? *at <= value : *at < value);                  \
    }                                                                                                        \
  }
BY_KEYS(by_keys32, uint32_t)
BY_KEYS(by_keys64, uint64_t)

/* ---- By elements ---- */

/* What an element is compared by, one number after the other: which of its parts are NaN, and its parts; of a real one, its
 * key. Returns how many numbers that are. */
static size_t words_of(const search_job *j, const char *element, uint64_t *words) {
  uint32_t narrow[2];
  uint64_t wide[2];
  size_t parts = j->complex ? 2 : 1;
  j->kernels->keys[j->coding.kind](&j->coding, parts, element, j->key == 4 ? (void *)narrow : wide);
  if (j->key == 4) wide[0] = narrow[0], wide[1] = j->complex ? narrow[1] : 0;
  uint64_t nan = j->key == 4 ? UINT32_MAX : UINT64_MAX;
  words[0] = wide[0];
  if (!j->complex) return 1;
  words[0] = 2u * (wide[0] == nan) + (wide[1] == nan);
  words[1] = wide[0];
  words[2] = wide[1];
  return WORDS;
}

static uint32_t by_elements(const search_job *j, size_t i) {
  const char *a = j->a + i / j->per_row * j->n * j->item;
  uint64_t x[WORDS], other[WORDS];
  size_t words = words_of(j, j->v + i * j->item, x), low = 0;
  for (size_t n = j->n; n;) {
    size_t half = n / 2;
    words_of(j, a + (low + half) * j->item, other);
    bool before = ad_search_words(other, words, 1, x, j->right) == 1;
    low += before ? half + 1 : 0;
    n = before ? n - half - 1 : half;
  }
  return (uint32_t)low;
}

static void search_range(void *arg, size_t begin, size_t end) {
  const search_job *j = arg;
  for (size_t from = begin; from < end; from += GRAIN) {
    size_t to = end - from < GRAIN ? end : from + GRAIN;
    if (!j->a_keys)
      for (size_t i = from; i < to; i++) j->out[i] = by_elements(j, i);
    else if (j->key == 4) by_keys32(j, from, to);
    else by_keys64(j, from, to);
  }
}

/* ---- The node ---- */

static ad_status search(ad_exec *x, ad_array *node, search_job *j) {
  const ad_type *a = node->in[0]->type, *v = node->in[1]->type;
  ad_buffer *keys = NULL;
  if (!j->complex && v->size > a->size / FEW) {
    keys = ad__buffer_take(x->cache, (size_t)a->size * j->key);
    if (!keys) return ad__fail(&x->err, AD_E_MEMORY, "a sequence of %zu; out of memory; a shorter one would be right", j->n);
    j->kernels->keys[j->coding.kind](&j->coding, (size_t)a->size, j->a, keys->data);
    j->a_keys = keys->data;
  }
  ad__parallel(x, (size_t)v->size, GRAIN, 40, search_range, j);
  if (keys) ad__buffer_drop(x->cache, keys);
  return AD_OK;
}

ad_status ad__k_searchsorted(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *a = node->in[0]->type, *v = node->in[1]->type;
  ad_value temp[2] = {{0}, {0}};
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || !v->size) return s;
  search_job j = {.kernels = x->kernels->sort, .item = a->item_size, .n = (size_t)a->dims[a->rank - 1]};
  if (!j.n) {
    memset(node->value.data, 0, node->type->bytes);
    return AD_OK;
  }
  j.coding = ad__sort_coding_of(a->dtype, false, &j.key);
  j.complex = ad_dtype_category(a->dtype) == AD_CATEGORY_COMPLEX;
  j.right = ad__attr(node, FIELD_SIDE)->as.text[0] == 'r';
  j.per_row = (size_t)v->size / ((size_t)a->size / j.n);
  j.out = (uint32_t *)(void *)node->value.data;
  j.a = ad__value_contiguous_data(x, node->in[0], &temp[0]);
  j.v = j.a ? ad__value_contiguous_data(x, node->in[1], &temp[1]) : NULL;
  s = j.v ? search(x, node, &j) : x->err.code;
  for (int i = 0; i < 2; i++) ad__value_free(x->cache, node->in[i]->type, &temp[i]);
  return s;
}
