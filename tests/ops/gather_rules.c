/* Derivatives and batching of gather and the scatters: linear rules by inner products, the others by finite differences,
 * batching against one call per batch entry; with indices that meet and indices out of range. */
#include <adamant/adamant.h>
#include "check.h"
#include "ir/node.h"
#include "ops/registry.h"

enum { ROWS = 4, WIDTH = 3, PLACES = 6 };

static uint64_t seed = 3;
static double draw(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (double)(seed >> 40) / (1 << 23) - 1;
}

static ad_array *random_array(ad_ctx *c, ad_shape shape) {
  double data[512];
  int64_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
  for (int64_t i = 0; i < n; i++) data[i] = draw();
  return ad_array_new(c, AD_FLOAT64, shape, data);
}

static void read_all(ad_array *a, double *out) {
  CHECK_INT(ad_read(a, out, (size_t)ad_array_size(a) * sizeof *out), AD_OK);
  CHECK_STR(ad_error_text(a), "");
}

static double inner(ad_array *a, ad_array *b) {
  double x[512], y[512], sum = 0;
  CHECK_INT(ad_array_size(a), ad_array_size(b));
  read_all(a, x);
  read_all(b, y);
  for (int64_t i = 0; i < ad_array_size(a); i++) sum += x[i] * y[i];
  return sum;
}

static ad_rule rule_of(ad_array *y) {
  return (ad_rule){.ctx = y->ctx, .op = y->op, .n = y->n, .in = y->in, .out = y, .attrs = y->attrs->at};
}

/* Indices 0 and 2 come twice, one is negative, two are out of range. Computed, so that they are data. */
static ad_array *places(ad_ctx *c) {
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(PLACES), ((int32_t[]){2, 0, -1, 2, 9, -7}));
  return ad_add(i, ad_cast(ad_number_int(c, 0), AD_INT32));
}

static ad_array *apply(const char *op, ad_ctx *c, ad_array *const *in, int n, const char *outside) {
  const int64_t axis[] = {0};
  ad_attr at[] = {ad_attr_ints((ad_ints){true, 1, axis}), {0}, {0}, {0}, ad_attr_text(outside)};
  return ad_apply(c, AD_HERE, ad_op_find(c, op), in, n, at);
}

static ad_ctx *keeping(void) { return ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true}); }

TEST(gather_is_undone_by_adding) {
  for (int k = 0; k < 2; k++) {
    ad_ctx *c = keeping();
    ad_array *x = random_array(c, AD_SHAPE(ROWS, WIDTH)), *ct = random_array(c, AD_SHAPE(PLACES, WIDTH));
    ad_array *y = apply("gather", c, (ad_array *[]){x, places(c)}, 2, k ? "clamp" : "zero");
    ad_rule r = rule_of(y);
    CHECK_NEAR(inner(y, ct), inner(x, y->op->transpose(&r, 0, &ct)), 1e-12);
    ad_ctx_free(c);
  }
}

/* For the maps linear in both inputs: <f(x, u), ct> = <x, transpose 0> + <u, transpose 1>. */
TEST(scatters_are_undone) {
  for (int k = 0; k < 4; k++) {
    ad_ctx *c = keeping();
    ad_array *x = random_array(c, AD_SHAPE(ROWS, WIDTH)), *u = random_array(c, AD_SHAPE(PLACES, WIDTH));
    ad_array *ct = random_array(c, AD_SHAPE(ROWS, WIDTH));
    ad_array *y = apply(k & 1 ? "scatter" : "scatter_add", c, (ad_array *[]){x, u, places(c)}, 3, k & 2 ? "clamp" : "drop");
    ad_rule r = rule_of(y);
    double sum = inner(x, y->op->transpose(&r, 0, &ct)) + inner(u, y->op->transpose(&r, 1, &ct));
    CHECK_NEAR(inner(y, ct), sum, 1e-12);
    ad_ctx_free(c);
  }
}

static void check_vjp(const char *op, bool zeros, const char *outside) {
  ad_ctx *c = keeping();
  double data[2][ROWS * WIDTH + PLACES * WIDTH];
  ad_array *in[3] = {random_array(c, AD_SHAPE(ROWS, WIDTH)), random_array(c, AD_SHAPE(PLACES, WIDTH)), places(c)};
  if (zeros) { /* column 0: two zeros meet; column 1: one */
    read_all(in[1], data[0]);
    data[0][0] = data[0][1] = data[0][3 * WIDTH] = 0;
    in[1] = ad_array_new(c, AD_FLOAT64, AD_SHAPE(PLACES, WIDTH), data[0]);
  }
  ad_array *ct = random_array(c, AD_SHAPE(ROWS, WIDTH)), *y = apply(op, c, in, 3, outside);
  ad_rule r = rule_of(y);
  for (int i = 0; i < 2; i++) {
    double grad[64];
    read_all(y->op->vjp(&r, i, &ct), grad);
    for (int64_t k = 0; k < ad_array_size(in[i]); k++) {
      double value[2];
      for (int side = 0; side < 2; side++) {
        ad_array *moved[3] = {in[0], in[1], in[2]};
        read_all(in[i], data[0]);
        data[0][k] += side ? 1e-5 : -1e-5;
        moved[i] = ad_array_new(c, AD_FLOAT64, ad_array_shape(in[i]), data[0]);
        value[side] = inner(apply(op, c, moved, 3, outside), ct);
      }
      CHECK_NEAR(grad[k], (value[1] - value[0]) / 2e-5, 1e-7);
    }
  }
  ad_ctx_free(c);
}

TEST(products_have_derivatives) {
  for (int k = 0; k < 4; k++) check_vjp("scatter_multiply", k & 1, k & 2 ? "clamp" : "drop");
}

TEST(extremes_have_derivatives) {
  check_vjp("scatter_maximum", false, "drop");
  check_vjp("scatter_minimum", false, "clamp");
}

TEST(tied_extremes_share) {
  ad_ctx *c = keeping();
  ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2), ((double[]){1, 5}));
  ad_array *u = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3), ((double[]){1, 1, 0}));
  ad_array *at = ad_array_new(c, AD_INT32, AD_SHAPE(3), ((int32_t[]){0, 0, 0}));
  ad_array *y = apply("scatter_maximum", c, (ad_array *[]){x, u, at}, 3, NULL), *ct = ad_ones(c, AD_SHAPE(2), &(ad_ones_opts){.dtype = AD_FLOAT64});
  ad_rule r = rule_of(y);
  double dx[2], du[3];
  read_all(y->op->vjp(&r, 0, &ct), dx);
  read_all(y->op->vjp(&r, 1, &ct), du);
  CHECK_NEAR(dx[0], 1 / 3.0, 1e-15);
  CHECK_NEAR(dx[1], 1, 0);
  CHECK_NEAR(du[0], 1 / 3.0, 1e-15);
  CHECK_NEAR(du[1], 1 / 3.0, 1e-15);
  CHECK_NEAR(du[2], 0, 0);
  ad_ctx_free(c);
}

/* Every choice of batched inputs, with and without a batch axis already there. */
static void check_batch(const char *op, int n, bool shared) {
  enum { N = 2, B = 4 };
  ad_ctx *c = keeping();
  const int64_t axis[] = {1};
  ad_attr at[] = {ad_attr_ints((ad_ints){true, 1, axis}), {0}, ad_attr_int(AD_INT(shared ? 0 : 1)),
                  ad_attr_int(AD_INT(shared)), {0}};
  for (int mask = 1; mask < 1 << n; mask++) {
    bool batched[3];
    ad_array *in[3], *one[N][3];
    int32_t index[N * B * 5];
    for (int i = 0; i < N * B * 5; i++) index[i] = (int32_t)((draw() + 1) * 1.49);
    for (int i = 0; i < n; i++) {
      batched[i] = mask >> i & 1;
      int64_t lead = batched[i] ? N : 1;
      bool is_index = i == n - 1;
      const int64_t dims[] = {lead, B, i == 0 ? 3 : 5};
      ad_array *all = is_index ? ad_array_new(c, AD_INT32, shared ? (ad_shape){3, dims} : AD_SHAPE(lead, 5), index)
                               : random_array(c, (ad_shape){3, dims});
      for (int k = 0; k < N; k++) {
        int64_t from[] = {batched[i] ? k : 0, 0, 0}, to[] = {from[0] + 1, 99, 99};
        int rank = ad_array_rank(all);
        one[k][i] = ad_squeeze(ad_strided_slice(all, (ad_ints){true, rank, from}, (ad_ints){true, rank, to}, NULL),
                               &(ad_squeeze_opts){.axes = AD_AXES(0)});
      }
      in[i] = batched[i] ? all : one[0][i];
    }
    const ad_op *d = ad_op_find(c, op);
    ad_attr canonical[5];
    memcpy(canonical, at, sizeof at);
    canonical[4] = ad_attr_text(n == 2 ? "clamp" : "drop");
    ad_rule r = {.ctx = c, .op = d, .n = n, .in = in, .attrs = canonical};
    ad_array *y = d->batch(&r, batched, N);
    double got[N * 64], want[64];
    read_all(y, got);
    for (int k = 0; k < N; k++) {
      ad_array *z = ad_apply(c, AD_HERE, d, one[k], n, at);
      read_all(z, want);
      CHECK_INT(ad_array_rank(y), ad_array_rank(z) + 1);
      CHECK_INT(ad_array_size(y), ad_array_size(z) * N);
      CHECK_MEM(got + k * ad_array_size(z), want, (size_t)ad_array_size(z) * sizeof *want);
    }
  }
  ad_ctx_free(c);
}

TEST(batching) {
  for (int shared = 0; shared < 2; shared++) {
    check_batch("gather", 2, shared);
    check_batch("scatter", 3, shared);
    check_batch("scatter_add", 3, shared);
  }
}

CHECK_MAIN(CASE(gather_is_undone_by_adding), CASE(scatters_are_undone), CASE(products_have_derivatives),
           CASE(extremes_have_derivatives), CASE(tied_extremes_share), CASE(batching))
