/* Convolutions: values against sums in double over an image that is spread and padded in memory, for windows of every kind,
 * layouts and dtypes; bits that depend on shapes alone; what user ops make of their arguments. */
#include <stdlib.h>
#include "shape_help.h"

/* ---- Cases ---- */

enum { MOST = 3 };

typedef struct geometry {
  int n;
  int64_t images, groups, channels, filters; /* the last two of one group */
  int64_t in[MOST], taps[MOST], stride[MOST], low[MOST], high[MOST], kernel_dilation[MOST], input_dilation[MOST];
  bool flip;
} geometry;

static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }
static int64_t between(uint32_t *seed, int64_t least, int64_t most) {
  return least + (int64_t)(next_random(seed) >> 8) % (most - least + 1);
}

static int64_t padded(const geometry *g, int i) {
  return (g->in[i] ? (g->in[i] - 1) * g->input_dilation[i] + 1 : 0) + g->low[i] + g->high[i];
}
static int64_t reach(const geometry *g, int i) { return (g->taps[i] - 1) * g->kernel_dilation[i] + 1; }
static int64_t result(const geometry *g, int i) { return (padded(g, i) - reach(g, i)) / g->stride[i] + 1; }

static geometry any_geometry(uint32_t *seed) {
  static const int64_t channels[] = {1, 2, 3, 4, 5, 8, 17, 32, 600}, filters[] = {1, 2, 3, 4, 6, 16, 31, 32, 33, 70};
  geometry g = {.n = (int)between(seed, 1, 3), .images = between(seed, 1, 3), .flip = between(seed, 0, 1)};
  g.groups = between(seed, 0, 1) ? 1 : between(seed, 1, 5);
  g.channels = channels[between(seed, 0, g.n == 1 ? 8 : 7)];
  g.filters = filters[between(seed, 0, 9)];
  for (int i = 0; i < g.n; i++) {
    g.taps[i] = between(seed, 1, g.n == 1 ? 9 : 4);
    g.stride[i] = between(seed, 1, 3);
    g.kernel_dilation[i] = between(seed, 1, 3);
    g.input_dilation[i] = between(seed, 0, 1) ? 1 : between(seed, 1, 4);
    g.low[i] = between(seed, -2, 4);
    g.high[i] = between(seed, -2, 4);
    g.in[i] = between(seed, 1, g.n == 1 ? 40 : 9);
    while (padded(&g, i) < reach(&g, i)) g.in[i]++;
  }
  return g;
}

static ad_convolution_opts options(const geometry *g) {
  return (ad_convolution_opts){.stride = {true, g->n, g->stride}, .padding_low = {true, g->n, g->low},
                               .padding_high = {true, g->n, g->high}, .kernel_dilation = {true, g->n, g->kernel_dilation},
                               .input_dilation = {true, g->n, g->input_dilation}, .groups = AD_INT(g->groups), .flip = g->flip};
}

/* ---- What is right ---- */

typedef struct padded_images {
  double *data;
  int64_t dims[MOST];
} padded_images;

/* Zeros around and between, or cropped: an array of (images, space, channels). */
static padded_images pad(const geometry *g, const double *x) {
  padded_images p = {NULL, {1, 1, 1}};
  int64_t pixels = 1, in_pixels = 1, all = g->groups * g->channels;
  for (int i = 0; i < g->n; i++) pixels *= p.dims[i] = padded(g, i), in_pixels *= g->in[i];
  p.data = calloc((size_t)(g->images * pixels * all + 1), sizeof *p.data);
  for (int64_t k = 0; k < g->images * in_pixels; k++) {
    int64_t rest = k % in_pixels, at = 0, step = 1;
    bool inside = true;
    for (int i = g->n - 1; i >= 0; i--) {
      int64_t place = rest % g->in[i] * g->input_dilation[i] + g->low[i];
      inside = inside && place >= 0 && place < p.dims[i];
      rest /= g->in[i];
      at += place * step;
      step *= p.dims[i];
    }
    if (inside) memcpy(p.data + (k / in_pixels * pixels + at) * all, x + k * all, (size_t)all * sizeof *x);
  }
  return p;
}

/* The sum of one element of the result and that of its absolute terms. */
static double sum_at(const geometry *g, const padded_images *p, const double *w, int64_t image, const int64_t *at, int64_t f, double *size) {
  int64_t taps = 1, pixels = 1, all = g->groups * g->channels;
  double sum = 0;
  for (int i = 0; i < g->n; i++) taps *= g->taps[i], pixels *= p->dims[i];
  *size = 0;
  for (int64_t t = 0; t < taps; t++) {
    int64_t rest = t, pixel = 0, step = 1;
    for (int i = g->n - 1; i >= 0; i--) {
      pixel += (at[i] * g->stride[i] + rest % g->taps[i] * g->kernel_dilation[i]) * step;
      rest /= g->taps[i];
      step *= p->dims[i];
    }
    const double *x = p->data + (image * pixels + pixel) * all + f / g->filters * g->channels;
    const double *tap = w + (f * taps + (g->flip ? taps - 1 - t : t)) * g->channels;
    for (int64_t c = 0; c < g->channels; c++) sum += x[c] * tap[c], *size += fabs(x[c] * tap[c]);
  }
  return sum;
}

static double unit_of(ad_dtype t) {
  return t == AD_FLOAT64 ? 0x1p-53 : t == AD_FLOAT32 ? 0x1p-24 : t == AD_FLOAT16 ? 0x1p-11 : 0x1p-8;
}

static double *wide(ad_array *a) {
  double *out = malloc((size_t)(ad_array_size(a) > 0 ? ad_array_size(a) : 1) * sizeof *out);
  if (ad_read(ad_cast(a, AD_FLOAT64), out, (size_t)ad_array_size(a) * sizeof *out)) CHECK_FAIL("%s", ad_error_text(a));
  return out;
}

static void check_values(const char *name, const geometry *g, ad_array *x, ad_array *w, ad_array *y) {
  ad_dtype t = ad_array_dtype(y);
  if (ad_is_error(y)) {
    CHECK_FAIL("%s: %s", name, ad_error_text(y));
    return;
  }
  double *image = wide(x), *kernel = wide(w), *got = wide(y), unit = unit_of(t);
  padded_images p = pad(g, image);
  int64_t pixels = 1, filters = g->groups * g->filters, wrong = 0;
  for (int i = 0; i < g->n; i++) pixels *= result(g, i);
  CHECK_INT(ad_array_size(y), g->images * pixels * filters);
  for (int64_t k = 0; k < ad_array_size(y); k++) {
    int64_t at[MOST], rest = k / filters % pixels;
    for (int i = g->n - 1; i >= 0; i--) at[i] = rest % result(g, i), rest /= result(g, i);
    double size, want = sum_at(g, &p, kernel, k / filters / pixels, at, k % filters, &size);
    double room = unit > 0x1p-20 ? unit * fabs(want) + 0x1p-19 * size : unit * size * 8;
    if (!(fabs(got[k] - want) <= room) && wrong++ < 3)
      CHECK_FAIL("%s %s at %lld: %.17g, expected %.17g", name, ad_dtype_name(t), (long long)k, got[k], want);
  }
  free(image), free(kernel), free(got), free(p.data);
}

/* ---- Operands in every layout ---- */

typedef enum layout { ROW_MAJOR, CHANNELS_FIRST, IMAGES_LAST, REVERSED, SPREAD, LAYOUTS } layout;

static ad_array *numbers(ad_ctx *c, ad_dtype t, ad_shape shape, uint32_t seed) {
  int64_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
  double *data = malloc((size_t)(n ? n : 1) * sizeof *data);
  for (int64_t i = 0; i < n; i++) data[i] = ((int)(next_random(&seed) >> 24) - 128) / 64.0;
  ad_array *a = ad_cast(ad_array_new(c, AD_FLOAT64, shape, data), t);
  free(data);
  return a;
}

/* An array of that shape whose memory has its axes in another order, or more between them. */
static ad_array *laid_out(ad_ctx *c, ad_dtype t, int rank, const int64_t *dims, layout how, uint32_t seed) {
  int64_t turned[MOST + 2], perm[MOST + 2], step[MOST + 2], start[MOST + 2];
  for (int i = 0; i < rank; i++) perm[i] = i, step[i] = 2, start[i] = 0;
  if (how == CHANNELS_FIRST) {
    for (int i = 1; i < rank; i++) perm[i] = i == rank - 1 ? 1 : i + 1;
  } else if (how == IMAGES_LAST) {
    for (int i = 0; i < rank; i++) perm[i] = rank - 1 - i;
  }
  for (int i = 0; i < rank; i++) turned[perm[i]] = dims[i] * (how == SPREAD ? 2 : 1);
  ad_array *a = numbers(c, t, (ad_shape){rank, turned}, seed);
  if (how == REVERSED) return ad_flip(a, NULL);
  if (how == SPREAD)
    return ad_strided_slice(a, (ad_ints){true, rank, start}, (ad_ints){true, rank, turned},
                            &(ad_strided_slice_opts){.step = {true, rank, step}});
  return ad_transpose(a, &(ad_transpose_opts){.axes = {true, rank, perm}});
}

static void weights_dims(const geometry *g, int64_t *dims) {
  dims[0] = g->groups * g->filters, dims[g->n + 1] = g->channels;
  for (int i = 0; i < g->n; i++) dims[i + 1] = g->taps[i];
}

static void images_dims(const geometry *g, int64_t *dims) {
  dims[0] = g->images, dims[g->n + 1] = g->groups * g->channels;
  for (int i = 0; i < g->n; i++) dims[i + 1] = g->in[i];
}

typedef struct operands {
  ad_array *x, *w;
} operands;

static operands operands_of(ad_ctx *c, const geometry *g, ad_dtype t, layout x, layout w) {
  int64_t dims[MOST + 2];
  operands o;
  images_dims(g, dims);
  o.x = laid_out(c, t, g->n + 2, dims, x, 1);
  weights_dims(g, dims);
  o.w = laid_out(c, t, g->n + 2, dims, w, 2);
  return o;
}

static ad_array *convolved(const geometry *g, operands o) {
  ad_convolution_opts opts = options(g);
  return ad_convolution(o.x, o.w, &opts);
}

/* ---- Values ---- */

TEST(any_window) {
  ad_ctx *c = ad_ctx_new(NULL);
  uint32_t seed = 5;
  for (int i = 0; i < 300; i++) {
    ad_scope *s = ad_scope_begin(c);
    geometry g = any_geometry(&seed);
    operands o = operands_of(c, &g, i % 3 ? AD_FLOAT32 : AD_FLOAT64, ROW_MAJOR, ROW_MAJOR);
    char name[32];
    snprintf(name, sizeof name, "case %d", i);
    check_values(name, &g, o.x, o.w, convolved(&g, o));
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

/* Shapes that take every way through the kernels: each size of tile, chains that are cut, few filters in groups. */
static const geometry shapes[] = {
    {2, 2, 1, 64, 64, {15, 15}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, false},
    {2, 2, 1, 3, 64, {32, 31}, {7, 7}, {2, 2}, {3, 3}, {3, 3}, {1, 1}, {1, 1}, false},
    {2, 1, 1, 700, 33, {5, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, false},
    {2, 3, 1, 16, 40, {17, 9}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, false},
    {2, 2, 1, 16, 40, {17, 9}, {1, 1}, {2, 2}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, false},
    {2, 2, 37, 1, 1, {9, 11}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, false},
    {2, 2, 5, 3, 2, {9, 11}, {3, 3}, {2, 1}, {1, 1}, {1, 1}, {1, 2}, {1, 1}, true},
    {2, 2, 3, 8, 48, {9, 11}, {3, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, true},
    {2, 2, 1, 24, 20, {9, 8}, {4, 4}, {1, 1}, {2, 2}, {3, 3}, {1, 1}, {2, 3}, true},
    {2, 40, 1, 4, 64, {20, 18}, {18, 16}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, false},
    {2, 40, 1, 4, 31, {20, 18}, {9, 9}, {1, 1}, {1, 1}, {1, 1}, {2, 2}, {1, 1}, false},
    {1, 1, 1, 1, 1, {5000}, {700}, {1}, {699}, {699}, {1}, {1}, true},
    {1, 1, 1, 2, 3, {3000}, {5}, {1}, {2}, {2}, {3}, {2}, false},
    {3, 2, 1, 6, 16, {6, 7, 8}, {3, 3, 3}, {1, 2, 1}, {1, 1, 1}, {1, 0, 2}, {1, 1, 2}, {1, 1, 1}, false},
    {2, 1, 1, 8, 8, {3, 3}, {2, 2}, {1, 1}, {9, 9}, {9, 9}, {1, 1}, {1, 1}, false},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

TEST(every_way) {
  ad_ctx *c = ad_ctx_new(NULL);
  static const ad_dtype dtypes[] = {AD_FLOAT32, AD_FLOAT64, AD_FLOAT16, AD_BFLOAT16};
  for (int i = 0; i < SHAPES; i++)
    for (int t = 0; t < 4; t++) {
      ad_scope *s = ad_scope_begin(c);
      operands o = operands_of(c, &shapes[i], dtypes[t], ROW_MAJOR, ROW_MAJOR);
      char name[32];
      snprintf(name, sizeof name, "shape %d", i);
      check_values(name, &shapes[i], o.x, o.w, convolved(&shapes[i], o));
      ad_scope_end(s, NULL);
    }
  ad_ctx_free(c);
}

/* ---- Bits ---- */

static void check_same_bits(const char *what, int shape, ad_array *a, ad_array *b) {
  size_t bytes = (size_t)ad_array_size(a) * 4;
  float *l = malloc(bytes + 1), *r = malloc(bytes + 1);
  if (ad_read(a, l, bytes) || ad_read(b, r, bytes)) CHECK_FAIL("%s%s", ad_error_text(a), ad_error_text(b));
  else if (memcmp(l, r, bytes)) CHECK_FAIL("shape %d: the bits depend on %s", shape, what);
  free(l), free(r);
}

TEST(bits_depend_on_shapes_alone) {
  ad_ctx *one = ad_ctx_new(&(ad_ctx_opts){.threads = 1}), *two = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  ad_ctx *portable = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .isa = "portable"});
  for (int i = 0; i < SHAPES; i++) {
    const geometry *g = &shapes[i];
    ad_scope *s = ad_scope_begin(one), *s2 = ad_scope_begin(two), *s3 = ad_scope_begin(portable);
    ad_array *y = convolved(g, operands_of(one, g, AD_FLOAT32, ROW_MAJOR, ROW_MAJOR));
    check_same_bits("the number of threads", i, y, convolved(g, operands_of(two, g, AD_FLOAT32, ROW_MAJOR, ROW_MAJOR)));
    check_same_bits("the instruction set", i, y, convolved(g, operands_of(portable, g, AD_FLOAT32, ROW_MAJOR, ROW_MAJOR)));
    for (int how = 1; how < LAYOUTS; how++) {
      operands o = operands_of(one, g, AD_FLOAT32, (layout)how, ROW_MAJOR), rows = {ad_copy(o.x), o.w};
      check_same_bits("the layout of images", i, convolved(g, o), convolved(g, rows));
      o = operands_of(one, g, AD_FLOAT32, ROW_MAJOR, (layout)how), rows = (operands){o.x, ad_copy(o.w)};
      check_same_bits("the layout of kernels", i, convolved(g, o), convolved(g, rows));
    }
    ad_scope_end(s, NULL), ad_scope_end(s2, NULL), ad_scope_end(s3, NULL);
  }
  ad_ctx_free(one), ad_ctx_free(two), ad_ctx_free(portable);
}

CHECK_MAIN(CASE(any_window), CASE(every_way), CASE(bits_depend_on_shapes_alone))
