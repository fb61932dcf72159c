/* The op matrix: derivatives against differences, in double precision and at random points.
 *
 * For each sample: the tangent J v against (f(x + h v) - f(x - h v)) / 2h; the cotangent by <u, J v> = <v, J^T u>; the tangent
 * and the cotangent of the cotangent against differences of it.  Domains keep the points away from kinks.  An input declared
 * without derivative gives a reason, and moving it moves no inexact output. */
#include <adamant/adamant.h>
#include "ir/node.h"
#include "support/flat.h"
#include "support/matrix.h"
#include "transform/transform.h"

static const double H = 1e-5;

typedef struct point {
  ad_ctx *c;
  ad_array *in[SAMPLE_INPUTS]; /* all inputs of the op */
  int active[SAMPLE_INPUTS];   /* which are varied */
  flat x, v;                   /* those inputs, and a direction */
  int out[SAMPLE_INPUTS];      /* which outputs are inexact */
  flat y;                      /* those outputs */
} point;

static const ad_deriv *statement(const ad_op *op, int i) {
  return op->deriv_count ? &op->derivs[i < op->deriv_count ? i : op->deriv_count - 1] : NULL;
}

static bool inexact(ad_dtype t) { return ad_dtype_category(t) >= AD_CATEGORY_FLOAT; }

/* The op at x + h v; its inexact outputs. */
static ad_array *at(matrix *m, point *p, double h, ad_array **xs, ad_array **ys) {
  ad_array *in[SAMPLE_INPUTS], *all[SAMPLE_INPUTS];
  memcpy(in, p->in, sizeof in);
  flat_arrays(&p->x, h, h != 0 ? &p->v : NULL, p->c, xs);
  for (int i = 0; i < p->x.n; i++) in[p->active[i]] = xs[i];
  ad_array *y = sample_apply(&m->s, p->c, in);
  if (ad_is_error(y)) return y;
  int n = matrix_outputs(y, all), count = 0;
  for (int k = 0; k < n; k++)
    if (inexact(ad_array_dtype(all[k]))) p->out[count] = k, ys[count++] = all[k];
  if (!p->y.at) {
    for (int k = 0; k < count; k++) flat_add_array(&p->y, ys[k]);
    flat_room(&p->y);
  }
  return NULL;
}

static bool bad(matrix *m, const char *what, ad_array *error) {
  if (error) MATRIX_FAIL(m, "%s: %s", what, ad_error_text(error));
  return error != NULL;
}

static void compare(matrix *m, const char *what, const flat *got, const flat *want, double tolerance) {
  for (int64_t i = 0; i < got->size; i++)
    if (!check_is_near(got->at[i], want->at[i], tolerance)) {
      MATRIX_FAIL(m, "%s: number %lld is %.12g, differences give %.12g", what, (long long)i, got->at[i], want->at[i]);
      return;
    }
}

/* Central differences of the outputs, or, given cotangents, of the gradients. */
static bool differences(matrix *m, point *p, const flat *u, flat *out) {
  flat side[2] = {flat_like(out), flat_like(out)};
  ad_array *xs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS], *us[SAMPLE_INPUTS], *grads[SAMPLE_INPUTS], *error = NULL;
  for (int k = 0; k < 2 && !error; k++) {
    error = at(m, p, k ? -H : H, xs, ys);
    if (u && !error) {
      flat_arrays(u, 0, NULL, p->c, us);
      ad__vjp(p->c, ys, us, p->y.n, xs, p->x.n, grads, &error);
    }
    if (!error) error = flat_read(&side[k], u ? grads : ys);
  }
  for (int64_t i = 0; i < out->size && !error; i++) /* an infinity that stays has moved by nothing */
    out->at[i] = side[0].at[i] == side[1].at[i] ? 0 : (side[0].at[i] - side[1].at[i]) / (2 * H);
  free(side[0].at);
  free(side[1].at);
  return !bad(m, u ? "vjp beside the point" : "beside the point", error);
}

static bool wide_enough(const flat *y) {
  for (int k = 0; k < y->n; k++)
    if (y->type[k].dtype != AD_FLOAT64 && y->type[k].dtype != AD_COMPLEX128) return false;
  return true;
}

static void check_types(matrix *m, const point *p, ad_array *const *grads) {
  for (int i = 0; i < p->x.n; i++) {
    const sample_tensor *t = &p->x.type[i];
    bool same = !grads[i] || (ad_array_dtype(grads[i]) == t->dtype && ad_array_rank(grads[i]) == t->rank);
    for (int k = 0; grads[i] && same && k < t->rank; k++) same = ad_array_dim(grads[i], k) == t->dims[k];
    if (!same) MATRIX_FAIL(m, "the cotangent of input %d has not the input's type", p->active[i]);
  }
}

/* The gradient differentiated once more, in both directions. */
static void check_second(matrix *m, point *p, ad_array *const *xs, ad_array *const *vs, ad_array *const *grads, const flat *u) {
  flat w = flat_like(&p->x), want = flat_like(&p->x), got = flat_like(&p->x);
  ad_array *ws[SAMPLE_INPUTS], *gs[SAMPLE_INPUTS], *cts[SAMPLE_INPUTS], *out[SAMPLE_INPUTS], *error = NULL;
  ad_array *second[SAMPLE_INPUTS] = {NULL};
  int n = 0;
  flat_fill(&w, "symmetric", 99);
  flat_arrays(&w, 0, NULL, p->c, ws);
  for (int i = 0; i < p->x.n; i++)
    if (grads[i]) gs[n] = grads[i], cts[n++] = ws[i];
  if (n && differences(m, p, u, &want)) {
    double tolerance = 1e-5 * fmax(1, flat_largest(&want)), pairing = flat_pair(&w, &want);
    ad__jvp(p->c, gs, n, xs, vs, p->x.n, out, &error);
    for (int i = 0, k = 0; i < p->x.n && !error; i++)
      if (grads[i]) second[i] = out[k++];
    if (!bad(m, "jvp of vjp", error) && !bad(m, "jvp of vjp", flat_read(&got, second)))
      compare(m, "jvp of vjp", &got, &want, tolerance);
    if (!error) ad__vjp(p->c, gs, cts, n, xs, p->x.n, out, &error);
    if (!bad(m, "vjp of vjp", error) && !bad(m, "vjp of vjp", flat_read(&got, out)) &&
        !check_is_near(flat_pair(&p->v, &got), pairing, tolerance * (double)got.size))
      MATRIX_FAIL(m, "vjp of vjp: along a direction %.12g, differences give %.12g", flat_pair(&p->v, &got), pairing);
  }
  free(w.at);
  free(want.at);
  free(got.at);
}

static void check_first(matrix *m, point *p) {
  ad_array *xs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS], *vs[SAMPLE_INPUTS], *us[SAMPLE_INPUTS], *tangents[SAMPLE_INPUTS];
  ad_array *grads[SAMPLE_INPUTS], *error = at(m, p, 0, xs, ys);
  if (bad(m, "at the point", error) || p->y.n == 0) return;
  flat u = flat_like(&p->y), jv = flat_like(&p->y), want = flat_like(&p->y), g = flat_like(&p->x);
  flat_fill(&u, "symmetric", 77);
  flat_arrays(&u, 0, NULL, p->c, us);
  flat_arrays(&p->v, 0, NULL, p->c, vs);
  bool exact = wide_enough(&p->y);
  ad__jvp(p->c, ys, p->y.n, xs, vs, p->x.n, tangents, &error);
  bool forward = !bad(m, "jvp", error) && !bad(m, "jvp", flat_read(&jv, tangents));
  if (forward && exact && differences(m, p, NULL, &want)) compare(m, "jvp", &jv, &want, 1e-6 * fmax(1, flat_largest(&want)));
  error = NULL;
  ad__vjp(p->c, ys, us, p->y.n, xs, p->x.n, grads, &error);
  if (!bad(m, "vjp", error) && !bad(m, "vjp", flat_read(&g, grads))) {
    check_types(m, p, grads);
    double one = flat_pair(&u, &jv), other = flat_pair(&p->v, &g);
    if (forward && !check_is_near(one, other, (exact ? 1e-9 : 1e-2) * fmax(1, fabs(one) + flat_largest(&jv))))
      MATRIX_FAIL(m, "<u, J v> is %.12g, <v, J^T u> is %.12g", one, other);
    if (exact) check_second(m, p, xs, vs, grads, &u);
  }
  free(u.at);
  free(jv.at);
  free(want.at);
  free(g.at);
}

/* The inputs whose statement is (or is not) "none" become the point's variables. */
static bool choose(matrix *m, point *p, ad_ctx *c, bool none) {
  *p = (point){.c = c};
  sample_make(&m->s, c, 5, SAMPLE_PLAIN, p->in);
  ad_array *xs[SAMPLE_INPUTS];
  for (int i = 0; i < m->s.n; i++) {
    const ad_deriv *d = statement(m->op, i);
    if (m->s.in[i].kind != SAMPLE_TENSOR || !inexact(m->s.in[i].at[0].dtype)) continue;
    if ((d && d->kind == AD_DERIV_NONE) != none) continue;
    p->active[p->x.n] = i;
    xs[p->x.n] = p->in[i];
    flat_add(&p->x, &m->s.in[i].at[0]);
  }
  flat_room(&p->x);
  p->v = flat_like(&p->x);
  flat_read(&p->x, xs);
  flat_fill(&p->v, "symmetric", 55);
  return p->x.n > 0;
}

static void release(point *p) {
  free(p->x.at);
  free(p->v.at);
  free(p->y.at);
}

static void check_none(matrix *m, point *p) {
  ad_array *xs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS];
  if (bad(m, "at the point", at(m, p, 0, xs, ys))) return;
  flat moved = flat_like(&p->y);
  if (differences(m, p, NULL, &moved) && flat_largest(&moved) > 1e-6)
    MATRIX_FAIL(m, "an input stated to have no derivative moves the result by %g", flat_largest(&moved));
  free(moved.at);
}

static void sample_case(matrix *m) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true});
  point p;
  for (int i = 0; i < m->s.n; i++) {
    const ad_deriv *d = statement(m->op, i);
    if (d && d->kind == AD_DERIV_NONE && (!d->reason || strlen(d->reason) < 8))
      MATRIX_FAIL(m, "input %d has no derivative and no reason", i);
  }
  sample_widen(&m->s);
  if (choose(m, &p, c, false)) check_first(m, &p);
  release(&p);
  if (choose(m, &p, c, true)) check_none(m, &p);
  release(&p);
  ad_ctx_free(c);
}

MATRIX_MAIN("derivative", sample_case)
