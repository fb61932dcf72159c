/* partition, argpartition, topk, argtopk: what must stand where, in every dtype and for hostile sequences; errors. */
#include <stdlib.h>
#include "shape_help.h"

static const char *const isas[] = {"portable", "avx2", "avx512"};
enum { ANY, FEW, EQUAL, DOWN, PATTERNS };

static ad_array *elements(ad_ctx *c, ad_dtype t, int64_t n, int pattern) {
  ad_array *key = ad_random_key(c, 5), *i = ad_iota(c, n, &(ad_iota_opts){.dtype = AD_INT64});
  if (pattern == ANY && t == AD_FLOAT32) return ad_view(ad_random_bits(key, AD_SHAPE(n), NULL), t); /* NaN too */
  if (pattern == ANY) return ad_cast(ad_multiply(ad_random_normal(c, key, NULL, NULL, AD_SHAPE(n), NULL), ad_number(c, 50)), t);
  if (pattern == FEW) return ad_cast(ad_random_randint(key, ad_number_int(c, 0), ad_number_int(c, 3), AD_SHAPE(n), NULL), t);
  return ad_cast(pattern == EQUAL ? ad_ones(c, AD_SHAPE(n), NULL) : ad_subtract(ad_number_int(c, n), i), t);
}

static bool same(ad_array *a, ad_array *b) {
  return !ad_eval(a) && !ad_eval(b) && ad_array_size(a) == ad_array_size(b) &&
         memcmp(ad_data(a), ad_data(b), (size_t)ad_array_size(a) * ad_dtype_size(ad_array_dtype(a))) == 0;
}

static ad_array *piece(ad_array *a, int64_t from, int64_t to) { return ad_strided_slice(a, AD_INTS(from), AD_INTS(to), NULL); }

/* Each part holds, once sorted, what the sorted sequence holds there; the indices choose the same. */
static void check_parts(ad_array *x, int64_t kth, const char *name) {
  int64_t n = ad_array_size(x);
  ad_array *y = ad_partition(x, kth, NULL), *taken = ad_take(x, ad_argpartition(x, kth, NULL), NULL);
  if (!same(y, taken)) CHECK_FAIL("%s: partition is not what argpartition says", name);
  ad_array *sorted = ad_sort(x, NULL), *is = ad_sort(ad_argpartition(x, kth, NULL), NULL);
  int64_t at = kth < 0 ? kth + n : kth;
  if (!same(is, ad_iota(ad_array_ctx(x), n, &(ad_iota_opts){.dtype = AD_UINT32}))) CHECK_FAIL("%s: no permutation", name);
  const int64_t edges[] = {0, at, at + 1, n};
  for (int k = 0; k < 3; k++) {
    ad_array *part = ad_sort(piece(y, edges[k], edges[k + 1]), NULL), *want = piece(sorted, edges[k], edges[k + 1]);
    ad_array *alike = ad_logical_or(ad_equal(part, want), ad_logical_and(ad_isnan(part), ad_isnan(want)));
    bool all = false;
    if (ad_read(ad_all(alike, NULL), &all, 1) || !all) CHECK_FAIL("%s: part %d differs from the sorted one's", name, k);
  }
}

/* The k greatest, each once, in the order of x: of the stable descending order the first k. */
static void check_top(ad_array *x, int64_t k, const char *name) {
  ad_array *places = ad_argtopk(x, k, NULL);
  if (!same(ad_topk(x, k, NULL), ad_take(x, places, NULL))) CHECK_FAIL("%s: topk is not what argtopk says", name);
  if (ad_dtype_category(ad_array_dtype(x)) == AD_CATEGORY_COMPLEX) return;
  int64_t n = ad_array_size(x);
  ad_array *back = ad_subtract(ad_cast(ad_number_int(ad_array_ctx(x), n - 1), AD_UINT32), ad_argsort(ad_flip(x, NULL), NULL));
  if (!same(places, ad_sort(piece(back, n - k, n), NULL))) CHECK_FAIL("%s: other places", name);
}

TEST(every_dtype_and_pattern) {
  static const int64_t sizes[] = {1, 2, 17, 64, 65, 300, 4000};
  for (size_t k = 0; k < sizeof isas / sizeof isas[0]; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .isa = isas[k]});
    for (int t = AD_BOOL; ad_ctx_status(c) == AD_OK && t < AD_DTYPE_COUNT; t++)
      for (int pattern = 0; pattern < PATTERNS; pattern++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
          char name[96];
          int64_t n = sizes[i], kth = n * (pattern + 1) / 5;
          snprintf(name, sizeof name, "%s %s[%d], pattern %d", isas[k], ad_dtype_name((ad_dtype)t), (int)n, pattern);
          ad_scope *s = ad_scope_begin(c);
          ad_array *x = elements(c, (ad_dtype)t, n, pattern);
          check_parts(x, pattern % 2 ? kth - n : kth, name);
          check_top(x, n - kth, name);
          check_top(x, pattern ? 1 : n, name);
          ad_scope_end(s, NULL);
        }
    ad_ctx_free(c);
  }
}

TEST(values_axes_and_errors) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const float nan = (float)NAN;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 4), (const float[]){3, 1, nan, 2, 0, 5, 4, 5});
  CHECK_FLOATS(ad_argtopk(x, 2, NULL), 0, 2, 1, 3);
  CHECK_FLOATS(ad_argtopk(ad_transpose(x, NULL), 1, &(ad_argtopk_opts){.axis = AD_INT(1)}), 0, 1, 0, 1);
  CHECK_FLOATS(ad_argpartition(x, 1, NULL), 1, 3, 0, 2, 0, 2, 1, 3);
  CHECK_FLOATS(ad_argpartition(x, 0, &(ad_argpartition_opts){.axis = AD_INT(0)}), 1, 0, 1, 0, 0, 1, 0, 1);
  CHECK_INT(ad_array_size(ad_topk(x, 0, NULL)), 0);
  CHECK_INT(ad_array_dim(ad_topk(ad_zeros(c, AD_SHAPE(0, 4), NULL), 3, NULL), 1), 3);
  const ad_op *top = ad_op_find(c, "topk");
  ad_attr at[] = {ad_attr_int(AD_INT(2)), ad_attr_int(AD_INT(1))};
  ad_array *t = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 4), (const float[]){10, 20, 30, 40, 50, 60, 70, 80});
  ad_rule r = {.ctx = c, .op = top, .n = 1, .in = &x, .attrs = at};
  CHECK_FLOATS(top->jvp(&r, &t), 10, 30, 60, 80);
  CHECK_FAILS(ad_partition(x, 4, NULL), AD_E_INDEX, "partition: kth 4; it is out of range for an axis of length 4");
  CHECK_FAILS(ad_topk(x, 5, NULL), AD_E_VALUE, "topk: k 5; an axis of length 4 has no more than its elements");
  CHECK_FAILS(ad_topk(x, -1, NULL), AD_E_VALUE, "topk: k -1; 0 or more is right");
  CHECK_FAILS(ad_argtopk(ad_broadcast_to(ad_number(c, 1), AD_SHAPE((int64_t)1 << 33)), 1, NULL), AD_E_OVERFLOW,
              "argtopk: an axis of length 8589934592; at most 4294967295 is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(every_dtype_and_pattern), CASE(values_axes_and_errors))
