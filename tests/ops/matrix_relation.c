/* The op matrix: shape relations work in every direction and never guess.
 *
 * A sample's shapes are all known, so whatever a relation deduces from a part of them can be compared.  Forgotten in turn: the
 * outputs; one input; one dim of one input; all inputs but one.  A relation may answer "not yet", never something else. */
#include <adamant/adamant.h>
#include "ir/ctx.h"
#include "ir/rel.h"
#include "support/matrix.h"

enum { SLOTS = SAMPLE_INPUTS + 16 };

typedef struct known {
  int inputs, outputs;
  ad_rel_slot at[SLOTS];
} known;

static void fill_slot(ad_rel_slot *s, const ad_array *a) {
  memset(s, 0, sizeof *s);
  s->missing = a == NULL;
  if (!a) return;
  s->rank = a->type->rank;
  memcpy(s->dims, a->type->dims, (size_t)s->rank * sizeof *s->dims);
}

static void forget(ad_rel_slot *s) {
  if (s->missing) return;
  s->rank = -1;
  for (int i = 0; i < AD_MAX_RANK; i++) s->dims[i] = AD_DIM_UNKNOWN;
}

static void check_deduced(matrix *m, const ad_array *y, const known *truth, known *part, const char *what) {
  ad_err e = {AD_OK, ""};
  ad_rel r = {.ctx = y->ctx, .op = m->op, .attrs = y->attrs ? y->attrs->at : NULL, .inputs = truth->inputs,
              .outputs = truth->outputs, .slots = part->at, .err = &e};
  if (ad__rel_run(&r)) {
    MATRIX_FAIL(m, "%s: a true shape is refused: %s", what, e.text);
    return;
  }
  for (int k = 0; k < truth->inputs + truth->outputs; k++) {
    const ad_rel_slot *got = &part->at[k], *want = &truth->at[k];
    if (want->missing || got->rank < 0) continue;
    if (got->rank != want->rank) MATRIX_FAIL(m, "%s: slot %d has rank %d deduced, it is %d", what, k, got->rank, want->rank);
    for (int i = 0; i < want->rank && got->rank == want->rank; i++)
      if (got->dims[i] != AD_DIM_UNKNOWN && got->dims[i] != want->dims[i])
        MATRIX_FAIL(m, "%s: slot %d, axis %d is %lld deduced, it is %lld", what, k, i, (long long)got->dims[i],
                    (long long)want->dims[i]);
  }
}

static void sample_case(matrix *m) {
  static known truth, part; /* large */
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *in[SAMPLE_INPUTS];
  sample_make(&m->s, c, 1, SAMPLE_PLAIN, in);
  ad_array *y = sample_apply(&m->s, c, in);
  bool tensors = !ad_is_error(y);
  for (int i = 0; tensors && i < m->s.n; i++) tensors = !in[i] || in[i]->type->kind == AD_KIND_TENSOR;
  if (ad_is_error(y)) MATRIX_FAIL(m, "%s", ad_error_text(y));
  if (tensors) {
    truth.inputs = m->s.n, truth.outputs = m->op->outputs;
    for (int i = 0; i < m->s.n; i++) fill_slot(&truth.at[i], in[i]);
    for (int k = 0; k < truth.outputs; k++) {
      ad_array out = *y;
      if (y->type->kind != AD_KIND_TENSOR) out.type = y->type->members[k];
      fill_slot(&truth.at[truth.inputs + k], &out);
    }
    int all = truth.inputs + truth.outputs;
    part = truth;
    check_deduced(m, y, &truth, &part, "everything known");
    for (int k = truth.inputs; k < all; k++) forget(&part.at[k]);
    check_deduced(m, y, &truth, &part, "outputs unknown");
    for (int k = truth.inputs; k < all; k++)
      if (part.at[k].rank < 0) MATRIX_FAIL(m, "output %d does not follow from the inputs", k - truth.inputs);
    for (int k = 0; k < all; k++) {
      char what[64];
      snprintf(what, sizeof what, "slot %d unknown", k);
      part = truth;
      forget(&part.at[k]);
      check_deduced(m, y, &truth, &part, what);
      snprintf(what, sizeof what, "only slot %d known", k);
      part = truth;
      for (int i = 0; i < all; i++)
        if (i != k) forget(&part.at[i]);
      check_deduced(m, y, &truth, &part, what);
      for (int a = 0; a < truth.at[k].rank; a++) {
        snprintf(what, sizeof what, "slot %d, axis %d unknown", k, a);
        part = truth;
        part.at[k].dims[a] = AD_DIM_UNKNOWN;
        check_deduced(m, y, &truth, &part, what);
      }
    }
    part = truth;
    for (int i = 0; i < all; i++) forget(&part.at[i]);
    check_deduced(m, y, &truth, &part, "nothing known");
  }
  ad_ctx_free(c);
}

MATRIX_MAIN("relation", sample_case)
