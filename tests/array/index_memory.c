/* Indexing and printing when memory runs out: each request in turn is refused; what comes back is an error or the right
 * result, and nothing is lost. */
#include <adamant/adamant.h>
#include "counted_memory.h"

static ad_array *work(ad_ctx *c, int which) {
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), ((float[]){1, 2, 3, 4, 5, 6}));
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(2), ((int32_t[]){1, -2}));
  ad_array *t = ad_array_new(c, AD_BOOL, AD_SHAPE(), &(uint8_t){1});
  ad_array *mask = ad_greater(x, ad_number(c, 2)), *one = ad_number(c, 1);
  switch (which) {
  case 0: return ad_index(x, AD_AT(1), AD_NEWAXIS, AD_RANGE(0, AD_END, 2));
  case 1: return ad_index(x, AD_TAKE(i), AD_NEWAXIS, AD_TAKE(i));
  case 2: return ad_index(x, AD_MASK(mask));
  case 3: return ad_index(x, AD_MASK(t), AD_AT(0));
  case 4: return ad_index_set(x, one, AD_AT(0), AD_RANGE(0, 2, 1));
  case 5: return ad_index_add(x, ad_index(x, AD_NEWAXIS, AD_AT(0)), AD_TAKE(i));
  case 6: return ad_index_divide(x, one, AD_TAKE(i), AD_RANGE(AD_BEGIN, AD_END, -2));
  case 7: return ad_index_set(x, one, AD_MASK(mask));
  case 8: return ad_index_maximum(x, one, AD_MASK(t), AD_NEWAXIS, AD_TAKE(i));
  case 9: return ad_index_set(x, ad_number(c, 2), AD_MASK(mask), AD_NEWAXIS);
  case 10: return ad_item(ad_nonzero(x), 1);
  case 11: return ad_index_set(x, ad_index(x, AD_AT(0), AD_RANGE(0, 2, 1)), AD_AT(9)); /* an error, with its text */
  case 12: return ad_slice_update(x, ad_index(x, AD_RANGE(0, 1, 1)), i, AD_AXES(0, 1));
  case 13: return ad_item(ad_unique_all(x), 2);
  case 14: return ad_argwhere(mask);
  default: return NULL;
  }
}

enum { WORKS = 15 };

static void run(struct counted_memory *m, int which, char *got, size_t size, ad_status *s) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.allocator = {counted_resize, m}, .threads = 1});
  *s = AD_E_MEMORY;
  if (!c) return;
  ad_scope *scope = ad_scope_begin(c);
  ad_array *y = work(c, which);
  *s = ad_eval(y);
  ad_array_text(y, got, size, NULL);
  ad_scope_end(scope, NULL);
  ad_ctx_free(c);
}

TEST(every_request_refused) {
  char want[512], got[512];
  ad_status whole, s;
  for (int which = 0; which < WORKS; which++) {
    struct counted_memory m = {.refuse = 0};
    run(&m, which, want, sizeof want, &whole);
    size_t asked = m.asked;
    CHECK_INT(m.live, 0);
    CHECK(asked > 5 && asked < 2000);
    for (size_t k = 1; k <= asked; k++) {
      m = (struct counted_memory){.refuse = k};
      got[0] = 0;
      run(&m, which, got, sizeof got, &s);
      CHECK_INT(m.live, 0);
      if (s != AD_E_MEMORY && s != whole) CHECK_FAIL("work %d, request %zu: status %d, \"%s\"", which, k, (int)s, got);
      if (s == whole && s != AD_E_MEMORY && strcmp(got, want) != 0 && !strstr(got, "memory"))
        CHECK_FAIL("work %d, request %zu: \"%s\", expected \"%s\"", which, k, got, want);
    }
  }
}

CHECK_MAIN(CASE(every_request_refused))
