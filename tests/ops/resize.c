/* resize: values by hand, methods and corners, dtypes, threads and instruction sets, messages; PyTorch's numbers. */
#include "shape_help.h"
#include "torch_cases.h"

static ad_ctx *ctx(int threads, const char *isa) { return ad_ctx_new(&(ad_ctx_opts){.threads = threads, .isa = isa}); }

static ad_array *along(ad_array *x, int64_t size, const char *method, bool align_corners, bool antialias) {
  return ad_resize(x, AD_AXES(0), AD_INTS(size), &(ad_resize_opts){.method = method, .align_corners = align_corners, .antialias = antialias});
}

TEST(values) {
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){0, 4, 8, 12});
  CHECK_FLOATS(along(x, 8, NULL, false, false), 0, 0, 4, 4, 8, 8, 12, 12);
  CHECK_FLOATS(along(x, 3, NULL, false, false), 0, 4, 8);
  CHECK_FLOATS(along(x, 3, "nearest_exact", false, false), 0, 8, 12);
  CHECK_FLOATS(along(x, 8, "linear", false, false), 0, 1, 3, 5, 7, 9, 11, 12);
  CHECK_FLOATS(along(x, 7, "linear", true, false), 0, 2, 4, 6, 8, 10, 12);
  CHECK_FLOATS(along(x, 2, "linear", false, false), 2, 10);
  CHECK_FLOATS(along(x, 1, "linear", true, false), 0);
  CHECK_FLOATS(along(x, 4, "cubic", false, false), 0, 4, 8, 12);
  CHECK_FLOATS(along(x, 4, "linear", false, true), 0, 4, 8, 12);
  /* A triangle over four elements, cut at the ends: (3 0 + 3 4 + 1 8) / 7. */
  CHECK_NEAR(((const float *)ad_data(along(x, 2, "linear", false, true)))[0], 20.0 / 7, 1e-6);
  ad_array *spikes = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){INFINITY, 1, NAN});
  CHECK(isnan(((const float *)ad_data(along(spikes, 6, NULL, false, false)))[4]));
  CHECK_NEAR(((const float *)ad_data(along(spikes, 6, NULL, false, false)))[2], 1, 0);
  ad_array *whole = ad_array_new(c, AD_INT64, AD_SHAPE(2), (const int64_t[]){INT64_MAX, INT64_MIN});
  ad_array *more = along(whole, 4, NULL, false, false);
  CHECK_INT(ad_array_dtype(more), AD_INT64);
  CHECK(((const int64_t *)ad_data(more))[1] == INT64_MAX && ((const int64_t *)ad_data(more))[2] == INT64_MIN);
  CHECK_INT(ad_array_dtype(along(whole, 4, "linear", false, false)), AD_FLOAT32);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Weights add up to 1 for every method and length, so a constant stays one; and the transpose keeps sums. */
TEST(constants) {
  static const char *const methods[] = {"nearest", "nearest_exact", "linear", "cubic"};
  ad_ctx *c = ctx(1, NULL);
  for (int64_t from = 1; from <= 9; from += 2)
    for (int64_t to = 1; to <= 20; to += 3)
      for (int m = 0; m < 8; m++) {
        bool smooth = m >= 4 && m % 4 >= 2;
        ad_scope *s = ad_scope_begin(c);
        ad_array *x = ad_ones(c, AD_SHAPE(from), &(ad_ones_opts){.dtype = AD_FLOAT64});
        const double *y = ad_data(along(x, to, methods[m % 4], false, smooth));
        CHECK_STOP(y);
        for (int64_t i = 0; i < to; i++) CHECK_NEAR(y[i], 1, 1e-14);
        ad_array *back = ad_resize_transpose(ad_ones(c, AD_SHAPE(to), &(ad_ones_opts){.dtype = AD_FLOAT64}), AD_AXES(0), AD_INTS(from),
                                             &(ad_resize_transpose_opts){.method = methods[m % 4], .antialias = smooth});
        CHECK_NEAR(*(const double *)ad_data(ad_sum(back, NULL)), (double)to, 1e-12);
        ad_scope_end(s, NULL);
      }
  ad_ctx_free(c);
}

enum { RESULTS = 5 };
static void results_of(ad_ctx *c, ad_array **out) {
  ad_array *x = torch_noise(c, AD_SHAPE(2, 61, 47, 19), 7), *thin = torch_noise(c, AD_SHAPE(200, 301, 3), 9);
  out[0] = ad_resize(x, AD_AXES(1, 2), AD_INTS(100, 33), &(ad_resize_opts){.method = "linear"});
  out[1] = ad_resize(thin, AD_AXES(0, 1), AD_INTS(100, 133), &(ad_resize_opts){.method = "cubic", .antialias = true});
  out[2] = ad_resize(thin, AD_AXES(0, 1), AD_INTS(400, 602), &(ad_resize_opts){.method = "cubic"});
  out[3] = ad_resize_transpose(x, AD_AXES(1, 2), AD_INTS(30, 100), &(ad_resize_transpose_opts){.method = "linear"});
  out[4] = ad_resize(x, AD_AXES(1, 2), AD_INTS(122, 94), NULL);
}

TEST(equal_bits) {
  static const struct {
    int threads;
    const char *isa;
  } ways[] = {{1, "portable"}, {2, NULL}, {1, "avx2"}};
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *want[RESULTS], *got[RESULTS];
  results_of(c, want);
  for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
    ad_ctx *other = ctx(ways[w].threads, ways[w].isa);
    if (ad_ctx_status(other) == AD_OK) {
      results_of(other, got);
      for (int k = 0; k < RESULTS; k++) {
        const void *a = ad_data(got[k]), *b = ad_data(want[k]);
        CHECK_STOP(a && b);
        CHECK_MEM(a, b, (size_t)ad_array_size(want[k]) * sizeof(float));
      }
    }
    ad_ctx_free(other);
  }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(messages) {
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_zeros(c, AD_SHAPE(1, 4, 5, 3), NULL);
  CHECK_FAILS(ad_resize(x, AD_AXES(1, 2), AD_INTS(8), NULL), AD_E_VALUE, "resize: sizes has 1 entries; one for each of 2 axes is right");
  CHECK_FAILS(ad_resize(x, AD_AXES(1), AD_INTS(-8), NULL), AD_E_VALUE, "resize: size -8; 0 or more is right");
  CHECK_FAILS(ad_resize(x, AD_AXES(1), AD_INTS(8), &(ad_resize_opts){.method = "area"}), AD_E_VALUE, "area");
  CHECK_FAILS(ad_resize(x, AD_AXES(1), AD_INTS(8), &(ad_resize_opts){.method = "linear", .antialias = true, .align_corners = true}), AD_E_VALUE,
              "resize: antialias with align_corners; one of them is right");
  CHECK_FAILS(ad_resize(x, AD_AXES(1), AD_INTS(8), &(ad_resize_opts){.scales = AD_NUMS(-1)}), AD_E_VALUE, "resize: scale -1; a positive number is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

#define RESIZED(...) ad_resize(x, AD_AXES(1, 2), AD_INTS(h, w), &(ad_resize_opts){__VA_ARGS__})
TEST(pytorch) {
  static const int64_t sizes[][2] = {{5, 9}, {7, 12}, {14, 24}, {3, 4}, {1, 1}, {20, 5}};
  static torch_cases t; /* large */
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  torch_begin(&t, c, "resize");
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
    int64_t h = sizes[k][0], w = sizes[k][1];
    char line[160];
    ad_array *x = torch_noise(c, AD_SHAPE(2, 7, 12, 3), (uint32_t)k), *row = torch_noise(c, AD_SHAPE(2, 7, 3), 4), *cube = torch_noise(c, AD_SHAPE(1, 3, 4, 5, 2), 5);
#define TORCH(words, y)                                                                                                              \
  snprintf(line, sizeof line, "last(F.interpolate(first(a), (%d, %d), mode=%s))", (int)h, (int)w, words); \
  torch_case(&t, line, y, 1, x)
    TORCH("'nearest'", RESIZED(.method = "nearest"));
    TORCH("'nearest-exact'", RESIZED(.method = "nearest_exact"));
    TORCH("'bilinear', align_corners=False", RESIZED(.method = "linear"));
    TORCH("'bilinear', align_corners=True", RESIZED(.method = "linear", .align_corners = true));
    TORCH("'bicubic', align_corners=False", RESIZED(.method = "cubic"));
    TORCH("'bicubic', align_corners=True", RESIZED(.method = "cubic", .align_corners = true));
    TORCH("'bilinear', align_corners=False, antialias=True", RESIZED(.method = "linear", .antialias = true));
    TORCH("'bicubic', align_corners=False, antialias=True", RESIZED(.method = "cubic", .antialias = true));
    snprintf(line, sizeof line, "last(F.interpolate(first(a), (%d,), mode='linear'))", (int)h);
    torch_case(&t, line, ad_resize(row, AD_AXES(1), AD_INTS(h), &(ad_resize_opts){.method = "linear"}), 1, row);
    snprintf(line, sizeof line, "last(F.interpolate(first(a), (%d, %d, 4), mode='trilinear'))", (int)h, (int)w);
    torch_case(&t, line, ad_resize(cube, AD_AXES(1, 2, 3), AD_INTS(h, w, 4), &(ad_resize_opts){.method = "linear"}), 1, cube);
  }
  ad_array *x = torch_noise(c, AD_SHAPE(1, 7, 12, 2), 77);
  torch_case(&t, "last(F.interpolate(first(a), scale_factor=(1.3, 0.7), mode='bilinear', align_corners=False))",
             ad_resize(x, AD_AXES(1, 2), AD_INTS(9, 8), &(ad_resize_opts){.method = "linear", .scales = AD_NUMS(1.3, 0.7)}), 1, x);
  torch_end(&t);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(values), CASE(constants), CASE(equal_bits), CASE(messages), CASE(pytorch))
