/* Pooling: values, ties, NaN, padding, layouts, threads and instruction sets, messages; PyTorch's sizes and numbers. */
#include "shape_help.h"
#include "torch_cases.h"
#include "transform/transform.h"

static ad_ctx *ctx(int threads, const char *isa) { return ad_ctx_new(&(ad_ctx_opts){.threads = threads, .isa = isa}); }

TEST(values) {
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(6, 1), (const float[]){3, 1, 2, 5, 4, 0});
  CHECK_FLOATS(ad_max_pool1d(x, AD_INTS(2), NULL), 3, 5, 4);
  CHECK_FLOATS(ad_max_pool1d_indices(x, AD_INTS(2), NULL), 0, 3, 4);
  CHECK_FLOATS(ad_avg_pool1d(x, AD_INTS(3), NULL), 2, 3);
  CHECK_FLOATS(ad_avg_pool1d(x, AD_INTS(2), &(ad_avg_pool1d_opts){.padding = AD_INTS(1)}), 1.5, 1.5, 4.5, 0);
  CHECK_FLOATS(ad_avg_pool1d(x, AD_INTS(2), &(ad_avg_pool1d_opts){.padding = AD_INTS(1), .exclude_padding = true}), 3, 1.5, 4.5, 0);
  CHECK_FLOATS(ad_max_pool1d(x, AD_INTS(4), &(ad_max_pool1d_opts){.ceil_mode = true}), 5, 4);
  CHECK_FLOATS(ad_max_pool1d(x, AD_INTS(4), NULL), 5);
  CHECK_FLOATS(ad_adaptive_avg_pool1d(x, AD_INTS(4)), 2, 1.5, 4.5, 2);
  CHECK_FLOATS(ad_adaptive_max_pool1d(x, AD_INTS(6)), 3, 1, 2, 5, 4, 0);
  ad_array *image = counting(c, AD_SHAPE(1, 4, 4, 1));
  CHECK_FLOATS(ad_max_pool2d(image, AD_INTS(2), NULL), 5, 7, 13, 15);
  CHECK_FLOATS(ad_max_pool2d_indices(image, AD_INTS(2), NULL), 5, 7, 13, 15);
  CHECK_FLOATS(ad_avg_pool2d(image, AD_INTS(2), NULL), 2.5, 4.5, 10.5, 12.5);
  ad_array *bytes = ad_array_new(c, AD_INT8, AD_SHAPE(3, 1), (const int8_t[]){-128, -127, -126});
  CHECK_FLOATS(ad_max_pool1d(bytes, AD_INTS(3), &(ad_max_pool1d_opts){.padding = AD_INTS(1), .stride = AD_INTS(1)}), -127, -126, -126);
  ad_array *sixteen = ad_cast(ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 1), (const float[]){60000, 60000}), AD_FLOAT16);
  CHECK_NEAR(((const float *)ad_data(ad_cast(ad_avg_pool1d(sixteen, AD_INTS(2), NULL), AD_FLOAT32)))[0], 60000, 20);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Two tied maxima get half each; NaN wins and takes all. */
TEST(ties_and_nan) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true});
  ad_scope *s = ad_scope_begin(c);
  const float nan = (float)NAN;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 4, 1), (const float[]){1, 1, 0, 2, 1, 0, nan, 2});
  ad_array *y = ad_max_pool2d(x, AD_INTS(2), NULL), *ct = ad_ones(c, AD_SHAPE(1, 2, 1), NULL), *grad = NULL, *error = NULL;
  CHECK_INT(ad__vjp(c, &y, &ct, 1, &x, 1, &grad, &error), AD_OK);
  float third = 1.0f / 3;
  CHECK_FLOATS(grad, third, third, 0, 0, third, 0, 1, 0);
  CHECK_FLOATS(ad_max_pool2d_indices(x, AD_INTS(2), NULL), 0, 6);
  CHECK(isnan(((const float *)ad_data(y))[1]));
  /* Windows over padding alone. */
  ad_array *empty = ad_window_max(x, AD_AXES(1), AD_INTS(1), &(ad_window_max_opts){.padding_low = AD_INTS(1), .padding_high = AD_INTS(0)});
  CHECK_NEAR(((const float *)ad_data(empty))[0], -INFINITY, 0);
  ad_array *nowhere = ad_window_argmax(x, AD_AXES(1), AD_INTS(1), &(ad_window_argmax_opts){.padding_low = AD_INTS(1), .padding_high = AD_INTS(0)});
  CHECK_INT(((const uint32_t *)ad_data(nowhere))[0], UINT32_MAX);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* The transpose of every stride and dilation by <u, A v> = <A^T u, v> in whole numbers. */
TEST(transposes) {
  ad_ctx *c = ctx(1, NULL);
  for (int64_t stride = 1; stride <= 6; stride++)
    for (int64_t dilation = 1; dilation <= 6; dilation++)
      for (int64_t low = -2; low <= 4; low++) {
        ad_scope *s = ad_scope_begin(c);
        int64_t reach = 3 * dilation + 1, n = 29, count = (n + 2 * low - reach) / stride + 1;
        ad_array *v = ad_iota(c, n, &(ad_iota_opts){.dtype = AD_INT64}), *u = ad_iota(c, count, &(ad_iota_opts){.dtype = AD_INT64});
        ad_array *y = ad_window_sum(v, AD_AXES(0), AD_INTS(4), &(ad_window_sum_opts){.stride = AD_INTS(stride), .padding_low = AD_INTS(low), .dilation = AD_INTS(dilation)});
        ad_array *g = ad_window_spread(u, AD_AXES(0), AD_INTS(4), AD_INTS(n), &(ad_window_spread_opts){.stride = AD_INTS(stride), .padding_low = AD_INTS(low), .dilation = AD_INTS(dilation)});
        int64_t left = 0, right = 0;
        CHECK_INT(ad_read(ad_sum(ad_multiply(y, u), NULL), &left, sizeof left), AD_OK);
        CHECK_INT(ad_read(ad_sum(ad_multiply(g, v), NULL), &right, sizeof right), AD_OK);
        CHECK_INT(left, right);
        ad_scope_end(s, NULL);
      }
  ad_ctx_free(c);
}

/* ---- Equal bits ---- */

enum { RESULTS = 6 };

static void results_of(ad_ctx *c, ad_array **out) {
  ad_array *x = torch_noise(c, AD_SHAPE(2, 61, 47, 19), 7), *thin = torch_noise(c, AD_SHAPE(3, 200, 301), 9);
  out[0] = ad_avg_pool2d(x, AD_INTS(3), &(ad_avg_pool2d_opts){.stride = AD_INTS(1), .padding = AD_INTS(1)});
  out[1] = ad_max_pool2d(x, AD_INTS(3), &(ad_max_pool2d_opts){.stride = AD_INTS(2), .padding = AD_INTS(1)});
  out[2] = ad_window_sum(thin, AD_AXES(1, 2), AD_INTS(5, 4), &(ad_window_sum_opts){.stride = AD_INTS(1, 3)});
  out[3] = ad_adaptive_avg_pool2d(x, AD_INTS(7));
  out[4] = ad_window_spread(x, AD_AXES(1, 2), AD_INTS(3, 3), AD_INTS(123, 95), &(ad_window_spread_opts){.stride = AD_INTS(2, 2)});
  out[5] = ad_cast(ad_max_pool2d_indices(x, AD_INTS(2), NULL), AD_FLOAT32);
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

/* Views, and the axes of channels first. */
TEST(layouts) {
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = torch_noise(c, AD_SHAPE(2, 9, 8, 5), 3);
  ad_array *turned = ad_transpose(x, &(ad_transpose_opts){.axes = AD_AXES(0, 3, 1, 2)});
  ad_window_max_opts opts = {.stride = AD_INTS(2, 1), .padding_low = AD_INTS(1, 1)};
  ad_array *want = ad_window_max(x, AD_AXES(1, 2), AD_INTS(3, 2), &opts);
  ad_array *got = ad_window_max(turned, AD_AXES(2, 3), AD_INTS(3, 2), &opts);
  got = ad_contiguous(ad_transpose(got, &(ad_transpose_opts){.axes = AD_AXES(0, 2, 3, 1)}));
  CHECK_MEM(ad_data(got), ad_data(want), (size_t)ad_array_size(want) * sizeof(float));
  CHECK_INT(ad_eval(ad_max_pool2d(ad_zeros(c, AD_SHAPE(0, 4, 4, 3), NULL), AD_INTS(2), NULL)), AD_OK);
  CHECK_INT(ad_eval(ad_avg_pool2d(ad_zeros(c, AD_SHAPE(2, 4, 4, 0), NULL), AD_INTS(2), NULL)), AD_OK);
  /* A window over everything, many times. */
  ad_array *ones = ad_ones(c, AD_SHAPE(1000), NULL);
  ad_array *all = ad_window_sum(ones, AD_AXES(0), AD_INTS(1000), &(ad_window_sum_opts){.padding_low = AD_INTS(999)});
  CHECK_NEAR(((const float *)ad_data(all))[999], 1000, 0);
  CHECK_NEAR(((const float *)ad_data(all))[1998], 1, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(messages) {
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_zeros(c, AD_SHAPE(1, 4, 5, 3), NULL);
  CHECK_FAILS(ad_max_pool2d(x, AD_INTS(5), NULL), AD_E_VALUE,
              "max_pool2d: spatial axis of length 4, 4 with its padding, and windows that reach over 5; at least as much is right");
  CHECK_FAILS(ad_avg_pool2d(x, AD_INTS(-2), NULL), AD_E_VALUE, "avg_pool2d: kernel_size -2; 1 or more is right");
  CHECK_FAILS(ad_max_pool2d(x, AD_INTS(2), &(ad_max_pool2d_opts){.padding = AD_INTS(2)}), AD_E_VALUE,
              "max_pool2d: padding 2 of windows that reach over 2; at most half of it, 1, is right");
  CHECK_FAILS(ad_max_pool2d(x, AD_INTS(2), &(ad_max_pool2d_opts){.dilation = AD_INTS(1, 2, 3)}), AD_E_VALUE,
              "max_pool2d: dilation has 3 entries; 1 or 2 is right");
  CHECK_FAILS(ad_adaptive_avg_pool2d(x, AD_INTS(2, 3, 4)), AD_E_VALUE, "adaptive_avg_pool2d: output_size has 3 entries; 1 or 2 is right");
  CHECK_FAILS(ad_adaptive_max_pool1d(ad_zeros(c, AD_SHAPE(2, 0, 3), NULL), AD_INTS(2)), AD_E_VALUE,
              "adaptive_max_pool1d: spatial axis of length 0; 1 or more is right");
  CHECK_FAILS(ad_max_pool2d(ad_zeros(c, AD_SHAPE(5, 3), NULL), AD_INTS(2), NULL), AD_E_VALUE,
              "max_pool2d: rank 2; 2 spatial axes and channels, with any axes in front, are right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(pytorch) {
  static torch_cases t; /* large */
  ad_ctx *c = ctx(1, NULL);
  ad_scope *s = ad_scope_begin(c);
  torch_begin(&t, c, "pooling");
  for (int64_t n = 5; n <= 12; n++) {
    ad_array *x = torch_noise(c, AD_SHAPE(2, n, n + 1, 3), (uint32_t)n), *line = torch_noise(c, AD_SHAPE(2, n, 3), (uint32_t)n);
    ad_array *cube = torch_noise(c, AD_SHAPE(1, n, 6, 5, 2), (uint32_t)n);
    torch_case(&t, "last(F.max_pool2d(first(a), 3, 2, 1, ceil_mode=True))",
               ad_max_pool2d(x, AD_INTS(3), &(ad_max_pool2d_opts){.stride = AD_INTS(2), .padding = AD_INTS(1), .ceil_mode = true}), 1, x);
    torch_case(&t, "last(F.max_pool2d(first(a), (2, 3), (3, 1), (1, 1), (2, 1)))",
               ad_max_pool2d(x, AD_INTS(2, 3), &(ad_max_pool2d_opts){.stride = AD_INTS(3, 1), .padding = AD_INTS(1, 1), .dilation = AD_INTS(2, 1)}), 1, x);
    torch_case(&t, "last(F.max_pool2d(first(a), 3, 2, 1, return_indices=True)[1])",
               ad_max_pool2d_indices(x, AD_INTS(3), &(ad_max_pool2d_indices_opts){.stride = AD_INTS(2), .padding = AD_INTS(1)}), 1, x);
    torch_case(&t, "last(F.avg_pool2d(first(a), 3, 2, 1, ceil_mode=True))",
               ad_avg_pool2d(x, AD_INTS(3), &(ad_avg_pool2d_opts){.stride = AD_INTS(2), .padding = AD_INTS(1), .ceil_mode = true}), 1, x);
    torch_case(&t, "last(F.avg_pool2d(first(a), 4, 3, 2, ceil_mode=True, count_include_pad=False))",
               ad_avg_pool2d(x, AD_INTS(4), &(ad_avg_pool2d_opts){.stride = AD_INTS(3), .padding = AD_INTS(2), .ceil_mode = true, .exclude_padding = true}), 1, x);
    torch_case(&t, "last(F.avg_pool1d(first(a), 3, 2, 1))",
               ad_avg_pool1d(line, AD_INTS(3), &(ad_avg_pool1d_opts){.stride = AD_INTS(2), .padding = AD_INTS(1)}), 1, line);
    torch_case(&t, "last(F.avg_pool3d(first(a), 2, 2, 1, ceil_mode=True))",
               ad_avg_pool3d(cube, AD_INTS(2), &(ad_avg_pool3d_opts){.padding = AD_INTS(1), .ceil_mode = true}), 1, cube);
    torch_case(&t, "last(F.max_pool3d(first(a), 2))", ad_max_pool3d(cube, AD_INTS(2), NULL), 1, cube);
    torch_case(&t, "last(F.adaptive_avg_pool2d(first(a), (3, 7)))", ad_adaptive_avg_pool2d(x, AD_INTS(3, 7)), 1, x);
    torch_case(&t, "last(F.adaptive_max_pool2d(first(a), (4, 3)))", ad_adaptive_max_pool2d(x, AD_INTS(4, 3)), 1, x);
    torch_case(&t, "last(F.adaptive_avg_pool3d(first(a), (2, 4, 5)))", ad_adaptive_avg_pool3d(cube, AD_INTS(2, 4, 5)), 1, cube);
  }
  torch_end(&t);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(values), CASE(ties_and_nan), CASE(transposes), CASE(equal_bits), CASE(layouts), CASE(messages), CASE(pytorch))
