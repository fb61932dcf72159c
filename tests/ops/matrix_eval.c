/* The op matrix: a sample's value is one value, however it is computed.
 *
 * Inferred type and evaluated memory agree; every instruction set, thread count, memory layout and degree of laziness gives
 * the same bits; arrays and bytes are back where they were.  Whether the value is right is the oracle's business. */
#include <adamant/adamant.h>
#include "ir/node.h"
#include "support/matrix.h"

static const char *const isas[] = {"portable", "avx2", "avx512", "neon"};
enum { SEED = 7 };

static ad_array *computed(matrix *m, ad_ctx *c, sample_layout layout) {
  ad_array *in[SAMPLE_INPUTS];
  sample_make(&m->s, c, SEED, layout, in);
  ad_array *y = sample_apply(&m->s, c, in);
  ad_eval(y);
  return y;
}

/* What the type says is what lies in memory. */
static void check_result(matrix *m, ad_array *y) {
  ad_array *out[SAMPLE_INPUTS];
  if (ad_is_error(y)) {
    MATRIX_FAIL(m, "%s", ad_error_text(y));
    return;
  }
  int n = matrix_outputs(y, out);
  if (n != m->op->outputs) MATRIX_FAIL(m, "%d outputs, the descriptor says %d", n, m->op->outputs);
  for (int k = 0; k < n; k++) {
    size_t bytes = (size_t)ad_array_size(out[k]) * ad_dtype_size(ad_array_dtype(out[k]));
    char *copy = malloc(bytes + 1);
    if (ad_read(out[k], copy, bytes)) MATRIX_FAIL(m, "output %d cannot be read: %s", k, ad_error_text(out[k]));
    else if (ad_array_dtype(out[k]) == AD_BOOL)
      for (size_t i = 0; i < bytes; i++)
        if (copy[i] & ~1) {
          MATRIX_FAIL(m, "output %d: a bool with the byte %d", k, copy[i]);
          break;
        }
    free(copy);
  }
}

static void check_isas(matrix *m, ad_array *want) {
  for (size_t i = 0; i < sizeof isas / sizeof isas[0]; i++)
    for (int threads = 1; threads <= 2; threads++) {
      ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads, .isa = isas[i]});
      if (ad_ctx_status(c) == AD_OK) {
        char what[64];
        snprintf(what, sizeof what, "isa %s, %d threads", isas[i], threads);
        matrix_same(m, what, computed(m, c, SAMPLE_PLAIN), want);
      }
      ad_ctx_free(c);
    }
}

static void check_layouts(matrix *m, ad_ctx *c, ad_array *want) {
  static const char *const names[] = {"plain", "negative strides", "gaps", "column-major"};
  for (int layout = SAMPLE_BACKWARDS; layout < SAMPLE_LAYOUTS; layout++) {
    ad_scope *s = ad_scope_begin(c);
    matrix_same(m, names[layout], computed(m, c, (sample_layout)layout), want);
    ad_scope_end(s, NULL);
  }
}

/* Inputs constant along their first axis, once in full and once with stride 0. */
static void check_broadcast(matrix *m, ad_ctx *c) {
  ad_array *full[SAMPLE_INPUTS], *thin[SAMPLE_INPUTS];
  bool any = false;
  sample_make(&m->s, c, SEED, SAMPLE_PLAIN, full);
  for (int i = 0; i < m->s.n; i++) {
    thin[i] = full[i];
    const sample_tensor *t = &m->s.in[i].at[0];
    int64_t strides[AD_MAX_RANK], step = (int64_t)ad_dtype_size(t->dtype);
    if (m->s.in[i].kind != SAMPLE_TENSOR || t->rank == 0 || sample_size(t) == 0) continue;
    if (strncmp(m->s.in[i].domain, "lazy_", 5) == 0) continue;
    if (strcmp(m->s.in[i].domain, "definite") == 0 && t->rank == 2) continue; /* rows all alike would make it singular */
    any = true;
    const char *data = ad_data(full[i]);
    size_t row = (size_t)(sample_size(t) / t->dims[0]) * ad_dtype_size(t->dtype);
    char *copies = malloc((size_t)t->dims[0] * row);
    for (int64_t k = 0; k < t->dims[0]; k++) memcpy(copies + (size_t)k * row, data, row);
    for (int k = t->rank - 1; k >= 0; k--) strides[k] = k ? step : 0, step *= t->dims[k];
    /* The array it borrows from lives as long as the context's own scope. */
    thin[i] = ad_array_wrap_strided(c, t->dtype, ((ad_shape){t->rank, t->dims}), strides, data, NULL, NULL);
    full[i] = ad_array_new(c, t->dtype, ((ad_shape){t->rank, t->dims}), copies);
    free(copies);
  }
  if (any) matrix_same(m, "stride 0", sample_apply(&m->s, c, thin), sample_apply(&m->s, c, full));
}

/* Inputs that are not yet computed and die in the op, so that their memory may be taken for the result. */
static void check_lazy(matrix *m, ad_ctx *c, ad_array *want) {
  ad_array *in[SAMPLE_INPUTS];
  ad_scope *s = ad_scope_begin(c);
  sample_make(&m->s, c, SEED, SAMPLE_PLAIN, in);
  for (int i = 0; i < m->s.n; i++)
    if (m->s.in[i].kind == SAMPLE_TENSOR) in[i] = ad_where(ad_number_bool(c, true), in[i], in[i]);
  ad_array *y = ad_scope_end(s, sample_apply(&m->s, c, in));
  ad_eval(y);
  matrix_same(m, "lazy inputs", y, want);
}

/* What a composite with a kernel of its own is composed of gives the same up to rounding. (Other ops state a composition only
 * for dtypes that have no kernel.) */
static void check_composition(matrix *m, ad_ctx *c) {
  ad_array *in[SAMPLE_INPUTS], *got[SAMPLE_INPUTS], *want[SAMPLE_INPUTS];
  sample_make(&m->s, c, SEED, SAMPLE_PLAIN, in);
  ad_array *y = sample_apply(&m->s, c, in);
  if (!(m->op->flags & AD_OP_COMPOSITE) || ad_is_error(y) || y->op != m->op) return;
  ad_rule r = {.ctx = c, .op = m->op, .n = y->n, .in = y->in, .attrs = y->attrs ? y->attrs->at : NULL};
  ad_array *z = m->op->compose(&r);
  if (ad_is_error(z)) {
    MATRIX_FAIL(m, "composed: %s", ad_error_text(z));
    return;
  }
  int n = matrix_outputs(y, want), composed = matrix_outputs(z, got);
  for (int k = 0; k < n && composed == n; k++) matrix_near(m, "composed", got[k], 0, want[k]);
  if (composed != n) MATRIX_FAIL(m, "composed: %d outputs, %d expected", composed, n);
}

static void sample_case(matrix *m) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_ctx_clear_cache(c);
  uint64_t live = ad_ctx_live_arrays(c), active = ad_ctx_memory(c).active;
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = computed(m, c, SAMPLE_PLAIN);
  check_result(m, y);
  if (!ad_is_error(y)) {
    matrix_same(m, "computed again", computed(m, c, SAMPLE_PLAIN), y);
    check_isas(m, y);
    check_layouts(m, c, y);
    check_lazy(m, c, y);
  }
  ad_scope_end(s, NULL);
  if (ad_ctx_live_arrays(c) != live)
    MATRIX_FAIL(m, "%llu arrays are left over", (unsigned long long)(ad_ctx_live_arrays(c) - live));
  if (ad_ctx_memory(c).active != active)
    MATRIX_FAIL(m, "%llu bytes are left over", (unsigned long long)(ad_ctx_memory(c).active - active));
  if (!check_state.failures) check_broadcast(m, c);
  if (!check_state.failures) check_composition(m, c);
  ad_ctx_free(c);
}

MATRIX_MAIN("eval", sample_case)
