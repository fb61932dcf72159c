/* The op matrix: running out of memory, at every request and at every size, is an error array and nothing else.
 *
 * Each op's first two samples are built and evaluated with the 1st, 2nd, 3rd... request refused until none is; the first is
 * differentiated and batched likewise; then all that with ever larger limits.  Refused: AD_E_MEMORY.  Afterwards every byte is back. */
#include <adamant/adamant.h>
#include "counted_memory.h"
#include "support/matrix.h"
#include "transform/transform.h"

static ad_status run(matrix *m, ad_ctx *c, ad_array **keep) {
  ad_array *in[SAMPLE_INPUTS];
  ad_scope *s = ad_scope_begin(c);
  sample_make(&m->s, c, 3, SAMPLE_GAPS, in);
  ad_array *y = ad_scope_end(s, sample_apply(&m->s, c, in));
  ad_status code = ad_eval(y);
  ad_array *out[SAMPLE_INPUTS];
  int n = code ? 0 : matrix_outputs(y, out);
  for (int k = 0; k < n && !code; k++)
    if (!ad_data(out[k])) code = ad_error_code(y = out[k]);
  if (keep) *keep = y;
  return code;
}

/* The gradient of the inexact outputs, with themselves as cotangents. */
static ad_status run_gradient(matrix *m, ad_ctx *c, ad_array **keep) {
  ad_array *in[SAMPLE_INPUTS], *xs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS], *grads[SAMPLE_INPUTS], *error = NULL;
  ad_scope *s = ad_scope_begin(c);
  int n = 0;
  sample_make(&m->s, c, 3, SAMPLE_PLAIN, in);
  for (int i = 0; i < m->s.n; i++)
    if (m->s.in[i].kind == SAMPLE_TENSOR) xs[n++] = in[i];
  ad_array *y = sample_apply(&m->s, c, in), *first = y;
  ad_status code = ad_error_code(y);
  for (int i = 0; i < n && !code; i++) code = ad_error_code(xs[i]);
  if (!code) {
    int outputs = matrix_outputs(y, ys);
    for (int k = 0; k < outputs && !code; k++) code = ad_error_code(ys[k]);
    if (!code) code = ad__vjp(c, ys, ys, outputs, xs, n, grads, &error);
    for (int i = 0; i < n && !code; i++)
      if (grads[i]) code = ad_eval(first = grads[i]);
  }
  ad_scope_end(s, NULL);
  if (keep) *keep = first;
  return code;
}

/* The op over a batch of two of each input. */
static ad_status run_batch(matrix *m, ad_ctx *c, ad_array **keep) {
  ad_array *in[SAMPLE_INPUTS], *xs[SAMPLE_INPUTS], *bs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS], *out[SAMPLE_INPUTS], *error = NULL;
  bool batched[SAMPLE_INPUTS];
  ad_scope *s = ad_scope_begin(c);
  int n = 0;
  sample_make(&m->s, c, 3, SAMPLE_PLAIN, in);
  ad_array *y = sample_apply(&m->s, c, in), *first = y;
  ad_status code = ad_error_code(y);
  for (int i = 0; i < m->s.n && !code; i++) {
    if (m->s.in[i].kind != SAMPLE_TENSOR) continue;
    int64_t dims[AD_MAX_RANK + 1] = {2};
    const sample_tensor *t = &m->s.in[i].at[0];
    memcpy(dims + 1, t->dims, (size_t)t->rank * sizeof *dims);
    xs[n] = in[i];
    bs[n] = ad_broadcast_to(in[i], (ad_shape){t->rank + 1, dims});
    code = ad_error_code(bs[n++]);
  }
  if (!code && n) {
    int outputs = matrix_outputs(y, ys);
    for (int k = 0; k < outputs && !code; k++) code = ad_error_code(ys[k]);
    if (!code) code = ad__batch(c, ys, outputs, xs, bs, n, 2, out, batched, &error);
    for (int k = 0; k < outputs && !code; k++) code = ad_eval(first = out[k]);
  }
  ad_scope_end(s, NULL);
  if (keep) *keep = first;
  return code;
}

typedef ad_status (*work)(matrix *m, ad_ctx *c, ad_array **keep);

static void refuse_each(matrix *m, work work_of, const char *what) {
  for (size_t n = 1; n < 5000; n++) {
    struct counted_memory memory;
    counted_begin(&memory, 0);
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = work_of != run, .allocator = {counted_resize, &memory}});
    memory.refuse = memory.asked + n;
    ad_status code = work_of(m, c, NULL);
    bool refused = memory.asked >= memory.refuse;
    memory.refuse = 0;
    if (refused && code && code != AD_E_MEMORY)
      MATRIX_FAIL(m, "%s: request %zu refused: the status is %s", what, n, ad_status_name(code));
    if (!refused && code) MATRIX_FAIL(m, "%s: the status is %s", what, ad_status_name(code));
    /* The context is as good as new. */
    if (refused && work_of(m, c, NULL) != AD_OK)
      MATRIX_FAIL(m, "%s: request %zu refused: the context does not work any more", what, n);
    ad_ctx_free(c);
    if (memory.live) MATRIX_FAIL(m, "%s: request %zu refused: %zu bytes are left over", what, n, memory.live);
    if (!refused || check_state.failures) return;
  }
  MATRIX_FAIL(m, "%s: the work does not come to an end", what);
}

/* Whether it can be had at all: otherwise what is refused is not memory. */
static bool succeeds(matrix *m, work work_of) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true});
  bool yes = work_of(m, c, NULL) == AD_OK;
  ad_ctx_free(c);
  return yes;
}

static void limit_each(matrix *m) {
  for (uint64_t limit = 1; limit < 1u << 24; limit *= 2) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .memory_limit = limit});
    if (!c) continue; /* not even room for the context */
    ad_array *y;
    ad_status code = run(m, c, &y);
    bool done = code == AD_OK;
    if (code && code != AD_E_MEMORY) MATRIX_FAIL(m, "limit %d: the status is %s", (int)limit, ad_status_name(code));
    if (code && !ad_is_error(y)) MATRIX_FAIL(m, "limit %d: a failure that is not in the array", (int)limit);
    if (ad_ctx_memory(c).active > limit) MATRIX_FAIL(m, "limit %d: %d bytes are in use", (int)limit, (int)ad_ctx_memory(c).active);
    ad_ctx_free(c);
    if (done) return;
  }
  MATRIX_FAIL(m, "no limit is large enough");
}

static void sample_case(matrix *m) {
  if (m->number > 1) return;
  refuse_each(m, run, "the op");
  if (m->first && succeeds(m, run_gradient)) refuse_each(m, run_gradient, "its gradient");
  if (m->first && succeeds(m, run_batch)) refuse_each(m, run_batch, "its batch");
  limit_each(m);
}

MATRIX_MAIN("memory", sample_case)
