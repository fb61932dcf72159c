/* The op matrix: a batch is a loop over its slices.
 *
 * Each set of the inputs gets a batch axis of three different draws; what ad__batch computes is compared slice by slice with
 * the op on the slices: to the bit for elementwise ops and whole numbers, else to rounding, since a reduction of another
 * shape may add in another order. */
#include <adamant/adamant.h>
#include "ir/node.h"
#include "support/matrix.h"
#include "transform/transform.h"

enum { SIZE = 3, SEED = 21 };

/* Input i of slice b, and all slices stacked. */
static ad_array *stacked(matrix *m, ad_ctx *c, int i, ad_array **slices) {
  const sample_tensor *t = &m->s.in[i].at[0];
  int64_t dims[AD_MAX_RANK + 1] = {SIZE};
  size_t bytes = (size_t)sample_size(t) * ad_dtype_size(t->dtype);
  char *all = malloc(SIZE * bytes + 1);
  for (int b = 0; b < SIZE; b++) {
    ad_array *known = sample_input_make(&m->s, i, c, (uint64_t)(SEED + b), SAMPLE_PLAIN);
    if (bytes) memcpy(all + (size_t)b * bytes, ad_data(known), bytes);
    slices[b] = sample_input_make(&m->s, i, c, (uint64_t)(SEED + b), SAMPLE_PLAIN);
  }
  memcpy(dims + 1, t->dims, (size_t)t->rank * sizeof *dims);
  ad_array *a = ad_array_new(c, t->dtype, ((ad_shape){t->rank + 1, dims}), all);
  free(all);
  if (strncmp(m->s.in[i].domain, "lazy_", 5) == 0) a = ad_where(ad_number_bool(c, true), a, a);
  return a;
}

static void check_slice(matrix *m, const char *what, ad_array *got, bool batched, int b, ad_array *want) {
  ad_shape g = ad_array_shape(got), w = ad_array_shape(want);
  bool same = ad_array_dtype(got) == ad_array_dtype(want) && g.rank == w.rank + batched && (!batched || g.dims[0] == SIZE);
  for (int i = 0; i < w.rank && same; i++) same = g.dims[i + batched] == w.dims[i];
  if (ad_is_error(got) || ad_is_error(want)) MATRIX_FAIL(m, "%s: %s", what, ad_error_text(ad_is_error(got) ? got : want));
  else if (!same) MATRIX_FAIL(m, "%s: the result is %s of rank %d, the slice's %s of rank %d", what,
                              ad_dtype_name(ad_array_dtype(got)), g.rank, ad_dtype_name(ad_array_dtype(want)), w.rank);
  else matrix_near(m, what, got, batched ? b * ad_array_size(want) : 0, want);
}

static void check_subset(matrix *m, unsigned set) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true});
  ad_array *in[SAMPLE_INPUTS], *xs[SAMPLE_INPUTS], *bs[SAMPLE_INPUTS], *slices[SAMPLE_INPUTS][SIZE];
  ad_array *ys[SAMPLE_INPUTS], *out[SAMPLE_INPUTS], *error = NULL;
  bool batched[SAMPLE_INPUTS] = {false};
  char what[64];
  int n = 0;
  snprintf(what, sizeof what, "inputs %#x batched", set);
  sample_make(&m->s, c, SEED, SAMPLE_PLAIN, in);
  for (int i = 0; i < m->s.n; i++)
    if (set >> i & 1) xs[n] = in[i], bs[n++] = stacked(m, c, i, slices[i]);
  ad_array *y = sample_apply(&m->s, c, in);
  int outputs = ad_is_error(y) ? 0 : matrix_outputs(y, ys);
  if (!outputs) MATRIX_FAIL(m, "%s", ad_error_text(y));
  else if (ad__batch(c, ys, outputs, xs, bs, n, SIZE, out, batched, &error)) {
    MATRIX_FAIL(m, "%s: %s", what, error ? ad_error_text(error) : "no reason");
    outputs = 0;
  }
  for (int b = 0; b < SIZE && outputs; b++) {
    for (int i = 0; i < m->s.n; i++)
      if (set >> i & 1) in[i] = slices[i][b];
    ad_array *want[SAMPLE_INPUTS], *slice = sample_apply(&m->s, c, in);
    if (ad_is_error(slice)) {
      MATRIX_FAIL(m, "%s", ad_error_text(slice));
      break;
    }
    matrix_outputs(slice, want);
    for (int k = 0; k < outputs; k++) check_slice(m, what, out[k], batched[k], b, want[k]);
  }
  ad_ctx_free(c);
}

static void sample_case(matrix *m) {
  unsigned tensors = 0;
  for (int i = 0; i < m->s.n; i++)
    if (m->s.in[i].kind == SAMPLE_TENSOR) tensors |= 1u << i;
  for (unsigned set = 1; set <= tensors; set++) {
    bool some = (set & tensors) == set, single = (set & (set - 1)) == 0;
    if (some && (m->s.n <= 4 || single || set == tensors)) check_subset(m, set);
  }
}

MATRIX_MAIN("batch", sample_case)
