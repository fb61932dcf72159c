/* matrix.h: one program of the op matrix: a check run over every sample of every op.
 *
 *     static void sample_case(matrix *m) { ... MATRIX_FAIL(m, "%d", x); ... }
 *     MATRIX_MAIN("batch", sample_case)
 *
 * prints one line per op.  What an op may lack is written, with the reason, in tests/inventory/matrix_exceptions.txt as
 * "check op reason": then the check must indeed fail, so that the list can only shrink.  Arguments choose ops by name. */
#ifndef AD_TESTS_MATRIX_H
#define AD_TESTS_MATRIX_H

#include <stdlib.h>
#include "check.h"
#include "support/samples.h"

typedef struct matrix {
  const ad_op *op;
  const ad_sample *text;
  int number; /* of the sample, from 0 */
  bool first, last; /* sample of its op */
  sample s;
  bool quiet; /* an exception is listed: failures are counted, not printed */
} matrix;

#define MATRIX_FAIL(m, ...) \
  do { \
    if (check_state.failures++ < 20 && !(m)->quiet) { \
      printf("  %s, sample %d \"%s; %s\": ", (m)->op->name, (m)->number, (m)->text->inputs, (m)->text->attrs ? (m)->text->attrs : ""); \
      printf(__VA_ARGS__); \
      putchar('\n'); \
    } \
  } while (0)

/* The reason listed for (check, op), in out; false when there is none. */
static inline bool matrix_exception(const char *check, const char *op, char *out, size_t size) {
  FILE *f = fopen("tests/inventory/matrix_exceptions.txt", "r");
  char line[512], want[160];
  size_t n = (size_t)snprintf(want, sizeof want, "%s %s ", check, op);
  bool found = false;
  while (f && !found && fgets(line, sizeof line, f))
    if ((found = strncmp(line, want, n) == 0)) {
      line[strcspn(line, "\n")] = 0;
      snprintf(out, size, "%s", line + n);
    }
  if (f) fclose(f);
  return found;
}

static inline void matrix_op(const char *check, const ad_op *op, void (*sample_case)(matrix *), int *failed) {
  char reason[512] = "";
  static matrix m; /* large; zeroed before each sample */
  check_state.failures = 0;
  check_state.skipped = NULL;
  bool excused = matrix_exception(check, op->name, reason, sizeof reason);
  int count = 0;
  for (const ad_sample *s = op->samples; s && s->inputs; s++, count++) {
    m.op = op, m.text = s, m.number = count, m.quiet = excused;
    m.first = count == 0, m.last = !s[1].inputs;
    if (sample_parse(&m.s, op, s->inputs, s->attrs, s->domain)) sample_case(&m);
    else MATRIX_FAIL(&m, "the sample is not understood: %s", m.s.error);
  }
  if (excused && !check_state.failures)
    printf("not ok %s %s is listed in tests/inventory/matrix_exceptions.txt but passes: take the line out\n", check, op->name), ++*failed;
  else if (excused) printf("SKIP: %s %s: %s\n", check, op->name, reason);
  else if (check_state.failures) printf("not ok %s %s (%d checks failed)\n", check, op->name, check_state.failures), ++*failed;
  else if (check_state.skipped) printf("SKIP: %s %s: %s\n", check, op->name, check_state.skipped);
  else if (count) printf("ok %s %s\n", check, op->name);
  fflush(stdout);
}

static inline int matrix_run(const char *check, void (*sample_case)(matrix *), int argc, char **argv) {
  int failed = 0;
  for (int i = 0; i < ad_op_count(); i++) {
    const ad_op *op = ad_op_at(i);
    bool chosen = argc < 2;
    for (int k = 1; k < argc; k++) chosen |= strcmp(argv[k], op->name) == 0;
    if (chosen) matrix_op(check, op, sample_case, &failed);
  }
  return failed ? 1 : 0;
}

#define MATRIX_MAIN(check, sample_case) \
  int main(int argc, char **argv) { return matrix_run(check, sample_case, argc, argv); }

/* ---- Comparing results ------------------------------------------------------------------------------------ */

/* Outputs of a result: itself, or a tuple's members. */
static inline int matrix_outputs(ad_array *y, ad_array **out) {
  int n = ad_item_count(y);
  if (!n) {
    out[0] = y;
    return 1;
  }
  for (int k = 0; k < n; k++) out[k] = ad_item(y, k);
  return n;
}

static inline bool matrix_same_element(ad_dtype t, const void *a, const void *b) {
  double im_a, im_b, re_a, re_b;
  if (memcmp(a, b, ad_dtype_size(t)) == 0) return true;
  if (ad_dtype_category(t) < AD_CATEGORY_FLOAT) return false;
  re_a = sample_load(t, a, &im_a);
  re_b = sample_load(t, b, &im_b);
  bool re = (isnan(re_a) && isnan(re_b)) || (re_a == re_b && signbit(re_a) == signbit(re_b));
  bool im = (isnan(im_a) && isnan(im_b)) || (im_a == im_b && signbit(im_a) == signbit(im_b));
  return re && im;
}

/* Equal types and bits; NaN equals NaN. */
static inline bool matrix_same(matrix *m, const char *what, ad_array *got, ad_array *want) {
  ad_array *a[SAMPLE_INPUTS], *b[SAMPLE_INPUTS];
  if (ad_is_error(got) || ad_is_error(want)) {
    MATRIX_FAIL(m, "%s: %s", what, ad_error_text(ad_is_error(got) ? got : want));
    return false;
  }
  if (ad_item_count(got) != ad_item_count(want)) {
    MATRIX_FAIL(m, "%s: %d members, %d expected", what, ad_item_count(got), ad_item_count(want));
    return false;
  }
  int n = matrix_outputs(want, b);
  matrix_outputs(got, a);
  for (int k = 0; k < n; k++) {
    ad_dtype t = ad_array_dtype(b[k]);
    ad_shape s = ad_array_shape(a[k]), w = ad_array_shape(b[k]);
    if (ad_array_dtype(a[k]) != t || s.rank != w.rank || (s.rank && memcmp(s.dims, w.dims, (size_t)s.rank * sizeof *s.dims) != 0)) {
      MATRIX_FAIL(m, "%s: output %d is %s of rank %d with %lld elements, expected %s of rank %d with %lld", what, k,
                  ad_dtype_name(ad_array_dtype(a[k])), s.rank, (long long)ad_array_size(a[k]), ad_dtype_name(t), w.rank,
                  (long long)ad_array_size(b[k]));
      return false;
    }
    const char *p = ad_data(a[k]), *q = ad_data(b[k]);
    if (!p || !q) {
      MATRIX_FAIL(m, "%s: %s", what, ad_error_text(p ? b[k] : a[k]));
      return false;
    }
    size_t item = ad_dtype_size(t);
    for (int64_t i = 0; i < ad_array_size(b[k]); i++)
      if (!matrix_same_element(t, p + (size_t)i * item, q + (size_t)i * item)) {
        double im_a, im_b, re_a = sample_load(t, p + (size_t)i * item, &im_a), re_b = sample_load(t, q + (size_t)i * item, &im_b);
        MATRIX_FAIL(m, "%s: output %d, element %lld is %.17g%+.17gj, expected %.17g%+.17gj", what, k, (long long)i, re_a,
                    im_a, re_b, im_b);
        return false;
      }
  }
  return true;
}

/* How far two ways of adding may differ, relative to 1 or the number: 0 where there is but one way. */
static inline double matrix_rounding(const ad_op *op, ad_dtype t) {
  if ((op->flags & AD_OP_ELEMENTWISE) && !op->compose) return 0;
  switch (t) {
  case AD_FLOAT16: return 4e-3;
  case AD_BFLOAT16: return 3e-2;
  case AD_FLOAT32:
  case AD_COMPLEX64: return 1e-5;
  case AD_FLOAT64:
  case AD_COMPLEX128: return 1e-13;
  default: return 0;
  }
}

/* Elements of got from `offset` on against all of want, up to rounding; both have one dtype. */
static inline void matrix_near(matrix *m, const char *what, ad_array *got, int64_t offset, ad_array *want) {
  ad_dtype t = ad_array_dtype(want);
  size_t item = ad_dtype_size(t);
  double most = matrix_rounding(m->op, t);
  const char *p = ad_data(got), *q = ad_data(want);
  if (!p || !q) {
    MATRIX_FAIL(m, "%s: %s", what, ad_error_text(p ? want : got));
    return;
  }
  if (ad_array_dtype(got) != t || ad_array_size(got) < offset + ad_array_size(want)) {
    MATRIX_FAIL(m, "%s: %s with %lld elements, expected %s with %lld", what, ad_dtype_name(ad_array_dtype(got)),
                (long long)ad_array_size(got), ad_dtype_name(t), (long long)ad_array_size(want));
    return;
  }
  for (int64_t i = 0; i < ad_array_size(want); i++) {
    const char *a = p + (size_t)(offset + i) * item, *b = q + (size_t)i * item;
    if (matrix_same_element(t, a, b)) continue;
    double im_a, im_b, re_a = sample_load(t, a, &im_a), re_b = sample_load(t, b, &im_b), scale = fmax(1, fmax(fabs(re_b), fabs(im_b)));
    if (most > 0 && check_is_near(re_a, re_b, most * scale) && check_is_near(im_a, im_b, most * scale)) continue;
    MATRIX_FAIL(m, "%s: element %lld is %.9g%+.9gj, expected %.9g%+.9gj", what, (long long)i, re_a, im_a, re_b, im_b);
    return;
  }
}

#endif
