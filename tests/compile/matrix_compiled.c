/* The op matrix: every op's samples compiled, alone and between elementwise ops, fused and not: the bits are those of eager
 * evaluation, also for other numbers in the same shapes. */
#include "support/applied.h"

/* Elementwise ops that change no index and keep the dtype. */
static ad_array *before(ad_ctx *c, ad_array *x) { return ad_where(ad_number_bool(c, true), x, x); }
static ad_array *after(ad_ctx *c, ad_array *y) {
  if (ad_is_error(y) || ad_item_count(y)) return y;
  ad_category k = ad_dtype_category(ad_array_dtype(y));
  if (k == AD_CATEGORY_BOOL) return ad_logical_not(y);
  return ad_add(ad_multiply(y, ad_number_int(c, 3)), y);
}

static void compare(matrix *m, ad_ctx *c, applied *a, const char *what, bool unfused) {
  ad_fn *f = ad_fn_new(c, applied_function, a->n, a), *g = ad_compile(f, &(ad_compile_opts){.unfused = unfused});
  for (uint64_t seed = 7; seed < 9; seed++) applied_same(m, c, a, f, g, &m->s, seed, what);
}

static void sample_case(matrix *m) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  applied a = applied_of(&m->s);
  compare(m, c, &a, "compiled", false);
  compare(m, c, &a, "unfused", true);
  a.before = before;
  a.after = after;
  compare(m, c, &a, "surrounded", false);
  ad_ctx_free(c);
}

MATRIX_MAIN("compiled", sample_case)
