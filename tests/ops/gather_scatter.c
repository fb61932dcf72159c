/* gather and the scatters against a second, slow statement of what they mean, over random forms; then the corners:
 * every dtype, order of updates, indices out of range, donation, equal bits for one thread and two. */
#include <stdlib.h>
#include <adamant/adamant.h>
#include <adamant/op.h>
#include "check.h"

static uint64_t seed = 7;
static int64_t draw(int64_t n) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((seed >> 33) % (uint64_t)n);
}

/* ---- A random form ---- */

enum { MOST = 4096 };

typedef struct form {
  int rank, batch, n, at, dims, dense_rank;
  int64_t shape[8], axes[8], sizes[8], places[8], dense[8];
  bool windows;
  int index_rank[8];
  int64_t index_shape[8][8];
  int32_t index[8][2048];
} form;

static int64_t product(int rank, const int64_t *d) {
  int64_t n = 1;
  for (int i = 0; i < rank; i++) n *= d[i];
  return n;
}

static bool is_indexed(const form *f, int axis, int *which) {
  for (int k = 0; k < f->n; k++)
    if (f->axes[k] == axis) return *which = k, true;
  return false;
}

static void draw_form(form *f) {
  f->rank = 1 + (int)draw(4);
  for (int i = 0; i < f->rank; i++) f->shape[i] = 1 + draw(5);
  f->batch = (int)draw(f->rank);
  f->n = 1 + (int)draw(f->rank - f->batch);
  int order[8];
  for (int i = 0; i < f->rank - f->batch; i++) order[i] = f->batch + i;
  for (int k = 0; k < f->n; k++) {
    int j = k + (int)draw(f->rank - f->batch - k), t = order[k];
    order[k] = order[j], order[j] = t;
    f->axes[k] = order[k];
  }
  f->windows = draw(3) == 0;
  for (int k = 0; k < f->n; k++) f->sizes[k] = f->windows ? 1 + draw(f->shape[f->axes[k]]) : 1;
  f->dims = (int)draw(3);
  for (int i = 0; i < f->dims; i++) f->places[i] = 1 + draw(4);
  int kept = f->rank - f->batch - (f->windows ? 0 : f->n), d = 0;
  f->at = (int)draw(kept + 1);
  for (int i = 0; i < f->batch; i++) f->dense[d++] = f->shape[i];
  int which = 0, stay = 0;
  for (int i = f->batch; i <= f->rank; i++) {
    bool indexed = i < f->rank && is_indexed(f, i, &which), vanishes = indexed && !f->windows;
    if (i < f->rank && vanishes) continue;
    for (int j = 0; stay == f->at && j < f->dims; j++) f->dense[d++] = f->places[j];
    if (i < f->rank) f->dense[d++] = indexed ? f->sizes[which] : f->shape[i];
    stay++;
  }
  f->dense_rank = d;
}

/* Index arrays: some broadcast, some out of range when asked. One of them has every dim. */
static void draw_indices(form *f, bool outside) {
  for (int k = 0; k < f->n; k++) {
    int less = k ? (int)draw(f->dims + 1) : 0;
    int rank = f->batch + f->dims - less;
    f->index_rank[k] = rank;
    for (int i = 0; i < f->batch; i++) f->index_shape[k][i] = f->shape[i];
    for (int i = f->batch; i < rank; i++) {
      int64_t n = f->places[i - f->batch + less];
      f->index_shape[k][i] = k && draw(4) == 0 ? 1 : n;
    }
    int64_t dim = f->shape[f->axes[k]], last = dim - f->sizes[k];
    for (int64_t i = 0; i < product(rank, f->index_shape[k]); i++) {
      int64_t v = draw(last + 1);
      if (draw(3) == 0) v -= dim;
      if (outside && draw(3) == 0) v = draw(2) ? last + 1 + draw(3) : -dim - 1 - draw(3);
      f->index[k][i] = (int32_t)v;
    }
  }
}

/* ---- The slow statement: where an element of the dense side lies in the target; -1: nowhere ---- */

static int64_t target_of(const form *f, int64_t element, bool clamp) {
  int64_t c[8], coord[8];
  for (int i = f->dense_rank - 1; i >= 0; i--) c[i] = element % f->dense[i], element /= f->dense[i];
  int first = f->batch + f->at, d = f->batch, which;
  for (int i = 0; i < f->batch; i++) coord[i] = c[i];
  for (int i = f->batch; i < f->rank; i++) {
    coord[i] = 0;
    if (is_indexed(f, i, &which) && !f->windows) continue;
    if (d == first) d += f->dims;
    coord[i] = c[d++];
  }
  for (int k = 0; k < f->n; k++) {
    int64_t at = 0;
    int less = f->batch + f->dims - f->index_rank[k];
    for (int i = 0; i < f->index_rank[k]; i++) {
      int64_t here = i < f->batch ? c[i] : c[first + i - f->batch + less];
      at = at * f->index_shape[k][i] + (f->index_shape[k][i] == 1 ? 0 : here);
    }
    int64_t dim = f->shape[f->axes[k]], last = dim - f->sizes[k], v = f->index[k][at];
    if (v < 0) v += dim;
    if (!clamp && (v < 0 || v > last)) return -1;
    coord[f->axes[k]] += v < 0 ? 0 : v > last ? last : v;
  }
  int64_t at = 0;
  for (int i = 0; i < f->rank; i++) at = at * f->shape[i] + coord[i];
  return at;
}

/* ---- Random forms ---- */

/* Data computed, so that no index array is known when the node is made. */
static ad_array *computed(ad_ctx *c, ad_array *a) { return ad_add(a, ad_cast(ad_number_int(c, 0), ad_array_dtype(a))); }

static int arrays_of(ad_ctx *c, const form *f, ad_array **out) {
  for (int k = 0; k < f->n; k++)
    out[k] = computed(c, ad_array_new(c, AD_INT32, ((ad_shape){f->index_rank[k], f->index_shape[k]}), f->index[k]));
  return f->n;
}

static ad_ints ints(const int64_t *v, int n) { return (ad_ints){true, n, v}; }

static void check_gather(ad_ctx *c, const form *f, bool clamp) {
  int32_t data[MOST], got[MOST];
  int64_t size = product(f->rank, f->shape), dense = product(f->dense_rank, f->dense), strides[8], step = 4;
  /* The target is stored with its axes reversed and some of them backwards. */
  int64_t first = 0;
  for (int i = 0; i < f->rank; i++) {
    bool back = draw(2);
    strides[i] = back ? -step : step;
    if (back) first += step * (f->shape[i] - 1);
    step *= f->shape[i];
  }
  ad_array *in[9];
  for (int64_t i = 0; i < size; i++) {
    int64_t rest = i, at = first;
    for (int k = f->rank - 1; k >= 0; k--) at += rest % f->shape[k] * strides[k], rest /= f->shape[k];
    data[at / 4] = (int32_t)i;
  }
  in[0] = ad_array_wrap_strided(c, AD_INT32, ((ad_shape){f->rank, f->shape}), strides, data + first / 4, NULL, NULL);
  int n = 1 + arrays_of(c, f, in + 1);
  ad_array *y = ad_gather(c, in, n, ints(f->axes, f->n),
                          &(ad_gather_opts){.sizes = f->windows ? ints(f->sizes, f->n) : (ad_ints){0},
                                            .at = AD_INT(f->at),
                                            .batch = AD_INT(f->batch),
                                            .outside = clamp ? "clamp" : "zero"});
  ad_shape s = ad_array_shape(y);
  CHECK_STR(ad_error_text(y), "");
  CHECK_INT(s.rank, f->dense_rank);
  if (s.rank != f->dense_rank || ad_array_size(y) != dense) return;
  CHECK_MEM(s.dims, f->dense, (size_t)s.rank * sizeof *s.dims);
  CHECK_INT(ad_read(y, got, (size_t)dense * 4), AD_OK);
  for (int64_t i = 0; i < dense; i++) {
    int64_t at = target_of(f, i, clamp);
    CHECK_INT(got[i], at < 0 ? 0 : at);
  }
}

static int64_t combine(int mode, int64_t d, int64_t u) {
  switch (mode) {
  case 0: return u;
  case 1: return d + u;
  case 2: return d * u;
  case 3: return d > u ? d : u;
  default: return d < u ? d : u;
  }
}

static const ad_op *scatter_op(const ad_ctx *c, int mode) {
  static const char *const names[] = {"scatter", "scatter_add", "scatter_multiply", "scatter_maximum", "scatter_minimum"};
  return ad_op_find(c, names[mode]);
}

static void check_scatter(ad_ctx *c, const form *f, bool clamp, int mode) {
  int64_t want[MOST], got[MOST], updates[MOST];
  int64_t size = product(f->rank, f->shape), dense = product(f->dense_rank, f->dense);
  for (int64_t i = 0; i < size; i++) want[i] = draw(9) - 4;
  for (int64_t i = 0; i < dense; i++) updates[i] = draw(9) - 4;
  ad_array *in[10] = {ad_array_new(c, AD_INT64, ((ad_shape){f->rank, f->shape}), want),
                      ad_array_new(c, AD_INT64, ((ad_shape){f->dense_rank, f->dense}), updates)};
  int n = 2 + arrays_of(c, f, in + 2);
  ad_attr at[] = {ad_attr_ints(ints(f->axes, f->n)),
                  f->windows ? ad_attr_ints(ints(f->sizes, f->n)) : (ad_attr){0}, ad_attr_int(AD_INT(f->at)),
                  ad_attr_int(AD_INT(f->batch)), ad_attr_text(clamp ? "clamp" : "drop")};
  ad_array *y = ad_apply(c, AD_HERE, scatter_op(c, mode), in, n, at);
  CHECK_INT(ad_read(y, got, (size_t)size * 8), AD_OK);
  CHECK_STR(ad_error_text(y), "");
  for (int64_t i = 0; i < dense; i++) {
    int64_t to = target_of(f, i, clamp);
    if (to >= 0) want[to] = combine(mode, want[to], updates[i]);
  }
  for (int64_t i = 0; i < size; i++) CHECK_INT(got[i], want[i]);
}

TEST(random_forms) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  form f;
  for (int i = 0; i < 3000; i++) {
    ad_scope *s = ad_scope_begin(c);
    bool clamp = draw(2);
    draw_form(&f);
    draw_indices(&f, draw(2));
    check_gather(c, &f, clamp);
    check_scatter(c, &f, clamp, i % 5);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

/* ---- Corners ---- */

#define IN(...) (ad_array *const[]){__VA_ARGS__}, (int)(sizeof((ad_array *[]){__VA_ARGS__}) / sizeof(ad_array *))

TEST(every_dtype_moves) {
  ad_ctx *c = ad_ctx_new(NULL);
  float numbers[6] = {0, 1, 2, 3, 4, 5}, got[6];
  for (int t = AD_DTYPE_NONE + 1; t < AD_DTYPE_COUNT; t++) {
    ad_array *x = ad_cast(ad_array_new(c, AD_FLOAT32, AD_SHAPE(6), numbers), (ad_dtype)t);
    ad_array *y = ad_gather(c, IN(x, ad_array_new(c, AD_INT16, AD_SHAPE(6), ((int16_t[]){5, -5, 0, 0, 1, -1}))), AD_AXES(0), NULL);
    CHECK_INT(ad_array_dtype(y), t);
    CHECK_INT(ad_read(ad_cast(y, AD_FLOAT32), got, sizeof got), AD_OK);
    float want[6] = {5, 1, 0, 0, 1, 5};
    for (int i = 0; i < 6; i++) CHECK_NEAR(got[i], t == AD_BOOL ? want[i] != 0 : want[i], 0);
    ad_array *z = ad_scatter_add(c, IN(x, y, ad_array_new(c, AD_UINT64, AD_SHAPE(6), ((uint64_t[]){1, 1, 1, 2, 2, 0}))), AD_AXES(0), NULL);
    CHECK_INT(ad_read(ad_cast(z, AD_FLOAT32), got, sizeof got), AD_OK);
    float sums[6] = {5, 7, 3, 3, 4, 5};
    for (int i = 0; i < 6; i++) CHECK_NEAR(got[i], t == AD_BOOL ? sums[i] != 0 : sums[i], 0);
  }
  ad_ctx_free(c);
}

TEST(half_types_accumulate_in_float32) {
  ad_ctx *c = ad_ctx_new(NULL);
  enum { N = 4096 };
  static float ones[N];
  static int32_t zeros[N];
  for (int i = 0; i < N; i++) ones[i] = 1;
  for (int t = AD_FLOAT16; t <= AD_BFLOAT16; t++) {
    if (t != AD_FLOAT16 && t != AD_BFLOAT16) continue;
    ad_array *u = ad_cast(ad_array_new(c, AD_FLOAT32, AD_SHAPE(N), ones), (ad_dtype)t);
    ad_array *x = ad_cast(ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), ((float[]){0, 3})), (ad_dtype)t);
    float got[2];
    ad_array *y = ad_scatter_add(c, IN(x, u, ad_array_new(c, AD_INT32, AD_SHAPE(N), zeros)), AD_AXES(0), NULL);
    CHECK_INT(ad_read(ad_cast(y, AD_FLOAT32), got, sizeof got), AD_OK);
    CHECK_NEAR(got[0], N, 0);
    CHECK_NEAR(got[1], 3, 0);
  }
  ad_ctx_free(c);
}

TEST(known_indices_are_checked) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), ((float[]){1, 2, 3}));
  ad_array *bad = ad_array_new(c, AD_INT32, AD_SHAPE(2), ((int32_t[]){0, 3}));
  ad_array *y = ad_gather(c, IN(x, bad), AD_AXES(0), NULL);
  CHECK_INT(ad_error_code(y), AD_E_INDEX);
  CHECK_STR_HAS(ad_error_text(y), "gather_scatter.c:");
  CHECK_STR_HAS(ad_error_text(y), ": gather: index 3 for axis 0 of length 3; it is out of range; from -3 to 2 is right");
  ad_array *z = ad_scatter(c, IN(x, x, ad_array_new(c, AD_INT64, AD_SHAPE(3), ((int64_t[]){0, 1, -4}))), AD_AXES(0), NULL);
  CHECK_INT(ad_error_code(z), AD_E_INDEX);
  CHECK_STR_HAS(ad_error_text(z), ": scatter: index -4 for axis 0 of length 3");
  ad_array *u = ad_gather(c, IN(x, ad_array_new(c, AD_UINT64, AD_SHAPE(), ((uint64_t[]){UINT64_MAX}))), AD_AXES(0), NULL);
  CHECK_INT(ad_error_code(u), AD_E_INDEX);
  ad_array *empty = ad_array_new(c, AD_FLOAT32, AD_SHAPE(0, 2), NULL);
  CHECK_STR_HAS(ad_error_text(ad_gather(c, IN(empty, computed(c, bad)), AD_AXES(0), NULL)), "axis 0 has length 0");
  CHECK_INT(ad_array_size(ad_gather(c, IN(empty, computed(c, bad)), AD_AXES(0), &(ad_gather_opts){.outside = "zero"})), 4);
  ad_ctx_free(c);
}

TEST(large_unsigned_indices_are_outside) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), ((float[]){1, 2, 3}));
  ad_array *i = computed(c, ad_array_new(c, AD_UINT64, AD_SHAPE(2), ((uint64_t[]){UINT64_MAX, 1})));
  float got[3];
  CHECK_INT(ad_read(ad_gather(c, IN(x, i), AD_AXES(0), NULL), got, 8), AD_OK);
  CHECK_NEAR(got[0], 3, 0);
  CHECK_NEAR(got[1], 2, 0);
  ad_array *y = ad_scatter(c, IN(x, ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), ((float[]){8, 9})), i), AD_AXES(0), NULL);
  CHECK_INT(ad_read(y, got, 12), AD_OK);
  CHECK_NEAR(got[1], 9, 0);
  CHECK_NEAR(got[2], 3, 0);
  ad_ctx_free(c);
}

/* Sums of floats depend on their order: it must be that of the updates, however many threads there are. */
TEST(bits_do_not_depend_on_threads) {
  enum { N = 40000, ROWS = 50, WIDTH = 7 };
  static float updates[N * WIDTH], one[ROWS * WIDTH], two[ROWS * WIDTH];
  static int32_t rows[N];
  for (int i = 0; i < N * WIDTH; i++) updates[i] = (float)draw(1000) * 1.7e-3f;
  for (int i = 0; i < N; i++) rows[i] = (int32_t)draw(ROWS);
  for (int threads = 1; threads <= 2; threads++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
    float *got = threads == 1 ? one : two;
    memset(got, 0, sizeof one);
    ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(ROWS, WIDTH), got);
    ad_array *u = ad_array_new(c, AD_FLOAT32, AD_SHAPE(N, WIDTH), updates);
    ad_array *y = ad_scatter_add(c, IN(x, u, ad_array_new(c, AD_INT32, AD_SHAPE(N), rows)), AD_AXES(0), NULL);
    CHECK_INT(ad_read(y, got, sizeof one), AD_OK);
    ad_array *z = ad_scatter(c, IN(x, u, ad_array_new(c, AD_INT32, AD_SHAPE(N), rows)), AD_AXES(0), NULL);
    static float last[ROWS * WIDTH];
    CHECK_INT(ad_read(z, last, sizeof last), AD_OK);
    for (int i = N - 1, seen[ROWS] = {0}; i >= 0; i--)
      if (!seen[rows[i]]++) CHECK_MEM(last + rows[i] * WIDTH, updates + i * WIDTH, WIDTH * sizeof(float));
    ad_ctx_free(c);
  }
  CHECK_MEM(one, two, sizeof one);
  float sum[ROWS * WIDTH] = {0};
  for (int i = 0; i < N; i++)
    for (int k = 0; k < WIDTH; k++) sum[rows[i] * WIDTH + k] += updates[i * WIDTH + k];
  CHECK_MEM(one, sum, sizeof sum);
}

TEST(scatter_works_in_place_when_the_array_dies) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  enum { N = 1 << 20 };
  float *data = calloc(N, sizeof *data);
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(N), data);
  ad_array *y = ad_add(x, x);
  for (int i = 0; i < 10; i++)
    y = ad_scatter(c, IN(y, ad_array_new(c, AD_FLOAT32, AD_SHAPE(1), &(float){(float)i}), ad_array_new(c, AD_INT32, AD_SHAPE(1), &(int32_t){i})), AD_AXES(0), NULL);
  y = ad_scope_end(s, y);
  ad_ctx_reset_peak(c);
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK(ad_ctx_memory(c).peak < 2 * N * sizeof(float) + 65536);
  CHECK_INT(ad_read(y, data, N * sizeof *data), AD_OK);
  for (int i = 0; i < 12; i++) CHECK_NEAR(data[i], i < 10 ? i : 0, 0);
  free(data);
  ad_ctx_free(c);
}

/* A value that someone still holds is never written. */
TEST(scatter_leaves_what_is_held) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), ((float[]){1, 2}));
  ad_array *y = ad_add(x, x);
  ad_array *i = ad_array_new(c, AD_INT32, AD_SHAPE(2), ((int32_t[]){1, 0}));
  ad_array *z = ad_scatter(c, IN(y, y, i), AD_AXES(0), NULL);
  float got[2];
  CHECK_INT(ad_read(z, got, sizeof got), AD_OK);
  CHECK_NEAR(got[0], 4, 0);
  CHECK_NEAR(got[1], 2, 0);
  CHECK_INT(ad_read(y, got, sizeof got), AD_OK);
  CHECK_NEAR(got[0], 2, 0);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(random_forms), CASE(every_dtype_moves), CASE(half_types_accumulate_in_float32),
           CASE(known_indices_are_checked), CASE(large_unsigned_indices_are_outside), CASE(bits_do_not_depend_on_threads),
           CASE(scatter_works_in_place_when_the_array_dies), CASE(scatter_leaves_what_is_held))
