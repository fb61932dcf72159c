/* The convolutions that people call: against PyTorch (tests/oracle/torch_cases.py), forward and both gradients; what is
 * defined where numbers are not finite or axes are empty; memory. Windows of every kind are in convolution.c. */
#include <adamant/transform.h>
#include "torch_cases.h"

/* ---- PyTorch ---- */

/* Small, for the oracle's tolerance is absolute where sums cancel. */
static ad_array *noise(ad_ctx *c, ad_shape shape, uint32_t seed) {
  return ad_multiply(torch_noise(c, shape, seed), ad_number(c, 0.125));
}

typedef struct call {
  int axes;
  bool transposed;
  int64_t stride, padding, dilation, output_padding, groups;
} call;

static ad_array *apply(const call *k, ad_array *x, ad_array *w) {
  if (k->transposed) {
    ad_conv_transpose2d_opts o = {.stride = AD_INTS(k->stride), .padding = AD_INTS(k->padding), .dilation = AD_INTS(k->dilation),
                                  .output_padding = AD_INTS(k->output_padding), .groups = AD_INT(k->groups)};
    if (k->axes == 2) return ad_conv_transpose2d(x, w, &o);
    ad_conv_transpose1d_opts o1 = {o.stride, o.padding, o.dilation, o.output_padding, o.groups};
    ad_conv_transpose3d_opts o3 = {o.stride, o.padding, o.dilation, o.output_padding, o.groups};
    return k->axes == 1 ? ad_conv_transpose1d(x, w, &o1) : ad_conv_transpose3d(x, w, &o3);
  }
  ad_conv2d_opts o = {AD_INTS(k->stride), AD_INTS(k->padding), AD_INTS(k->dilation), AD_INT(k->groups)};
  if (k->axes == 2) return ad_conv2d(x, w, &o);
  ad_conv1d_opts o1 = {o.stride, o.padding, o.dilation, o.groups};
  ad_conv3d_opts o3 = {o.stride, o.padding, o.dilation, o.groups};
  return k->axes == 1 ? ad_conv1d(x, w, &o1) : ad_conv3d(x, w, &o3);
}

static ad_array *call_function(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return apply(user, in[0], in[1]);
}

/* PyTorch's kernels have their channels in front, those of a transposed convolution before the filters. */
static void python_call(const call *k, const char *images, const char *kernel, char *out, size_t size) {
  char w[160], tail[80];
  if (k->transposed) snprintf(w, sizeof w, "torch.cat([p.movedim(-1, 0) for p in %s.chunk(%d)])", kernel, (int)k->groups);
  else snprintf(w, sizeof w, "first(%s)", kernel);
  if (k->transposed) snprintf(tail, sizeof tail, "%d, %d, %d", (int)k->output_padding, (int)k->groups, (int)k->dilation);
  else snprintf(tail, sizeof tail, "%d, %d", (int)k->dilation, (int)k->groups);
  snprintf(out, size, "last(F.conv%s%dd(first(%s), %s, None, %d, %d, %s))", k->transposed ? "_transpose" : "", k->axes, images, w,
           (int)k->stride, (int)k->padding, tail);
}

/* The result for x (a) and w (b), and, for the cotangent c, both gradients. */
static void compare(torch_cases *t, call *k, ad_array *x, ad_array *w) {
  char forward[400], both[1000];
  ad_array *y = apply(k, x, w);
  python_call(k, "a", "b", forward, sizeof forward);
  torch_case(t, forward, y, 2, x, w);
  if (ad_is_error(y)) return;
  ad_array *ct = noise(t->c, ad_array_shape(y), 11);
  ad_array *r = ad_call(ad_vjp(ad_fn_new(t->c, call_function, 2, k)), x, w, ct);
  python_call(k, "p[0]", "p[1]", forward, sizeof forward);
  snprintf(both, sizeof both, "(lambda p: torch.autograd.grad(%s, p, c))([a.requires_grad_(), b.requires_grad_()])", forward);
  torch_case(t, both, ad_item(r, 1), 3, x, w, ct);
}

TEST(pytorch) {
  static torch_cases t; /* large */
  static call calls[] = {
      {1, false, 1, 0, 1, 0, 1}, {1, false, 2, 3, 2, 0, 2}, {1, true, 3, 1, 2, 2, 1}, {1, true, 2, 0, 1, 1, 2},
      {2, false, 1, 1, 1, 0, 1}, {2, false, 2, 3, 1, 0, 1}, {2, false, 1, 2, 2, 0, 4}, {2, false, 3, 0, 1, 0, 2},
      {2, true, 2, 1, 1, 1, 1}, {2, true, 1, 2, 2, 0, 4}, {2, true, 3, 1, 1, 2, 2}, {3, false, 1, 1, 1, 0, 1},
      {3, false, 2, 1, 1, 0, 4}, {3, true, 2, 1, 1, 1, 2},
  };
  ad_ctx *c = ad_ctx_new(NULL);
  torch_begin(&t, c, "convolution");
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    call *k = &calls[i];
    int64_t in[5] = {3, 13, 11, 6, 8}, taps[5] = {12, 3, 4, 2, 8 / k->groups};
    if (k->axes < 3) in[k->axes + 1] = in[4], taps[k->axes + 1] = taps[4];
    compare(&t, k, noise(c, (ad_shape){k->axes + 2, in}, 3), noise(c, (ad_shape){k->axes + 2, taps}, 5));
  }
  call depthwise = {2, false, 1, 1, 1, 0, 20}, wide = {2, false, 1, 1, 1, 0, 1};
  compare(&t, &depthwise, noise(c, AD_SHAPE(2, 9, 17, 20), 7), noise(c, AD_SHAPE(40, 3, 3, 1), 9));
  compare(&t, &wide, noise(c, AD_SHAPE(2, 14, 14, 64), 7), noise(c, AD_SHAPE(64, 3, 3, 64), 9));
  torch_end(&t);
  ad_ctx_free(c);
}

/* ---- Forms of arguments ---- */

static void check_equal(const char *what, ad_array *a, ad_array *b) {
  uint8_t same = 0;
  if (ad_read(ad_array_equal(a, b, NULL), &same, 1)) CHECK_FAIL("%s: %s%s", what, ad_error_text(a), ad_error_text(b));
  else if (!same) CHECK_FAIL("%s: the results differ", what);
}

TEST(padding_has_three_forms) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = torch_noise(c, AD_SHAPE(2, 7, 8, 3), 1), *w = torch_noise(c, AD_SHAPE(4, 3, 3, 3), 2);
  ad_array *all = ad_conv2d(x, w, &(ad_conv2d_opts){.padding = AD_INTS(2)});
  check_equal("one each", all, ad_conv2d(x, w, &(ad_conv2d_opts){.padding = AD_INTS(2, 2)}));
  check_equal("both sides", all, ad_conv2d(x, w, &(ad_conv2d_opts){.padding = AD_INTS(2, 2, 2, 2)}));
  check_equal("the general one", all, ad_conv_general(x, w, &(ad_conv_general_opts){.padding = AD_INTS(2)}));
  ad_array *cropped = ad_strided_slice(x, AD_INTS(0, 1, 0, 0), AD_INTS(2, 7, 6, 3), NULL);
  check_equal("cropping", ad_conv2d(cropped, w, NULL), ad_conv2d(x, w, &(ad_conv2d_opts){.padding = AD_INTS(-1, 0, 0, -2)}));
  ad_ctx_free(c);
}

TEST(signals_swap) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = torch_noise(c, AD_SHAPE(31), 1), *v = torch_noise(c, AD_SHAPE(8), 2);
  static const char *const modes[] = {"full", "valid", "same"};
  static const int64_t lengths[] = {38, 24, 31};
  for (int i = 0; i < 3; i++) {
    ad_array *y = ad_convolve(a, v, &(ad_convolve_opts){.mode = modes[i]});
    CHECK_INT(ad_array_dim(y, 0), lengths[i]);
    check_equal(modes[i], y, ad_convolve(v, a, &(ad_convolve_opts){.mode = modes[i]}));
  }
  ad_ctx_free(c);
}

/* ---- What is not finite, what is empty ---- */

TEST(padding_adds_nothing) {
  ad_ctx *c = ad_ctx_new(NULL);
  for (int size = 0; size < 2; size++) { /* the plain row, then the other one */
    int64_t channels = size ? 40 : 1;
    float taps[3 * 40], got[4 * 2];
    for (int i = 0; i < 3 * 40; i++) taps[i] = i < channels ? INFINITY : 1;
    ad_array *x = ad_cast(ad_ones(c, AD_SHAPE(1, 4, channels), NULL), AD_FLOAT32);
    ad_array *w = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 3, channels), taps);
    ad_array *y = ad_conv1d(x, ad_broadcast_to(w, AD_SHAPE(size ? 60 : 2, 3, channels)), &(ad_conv1d_opts){.padding = AD_INTS(1)});
    CHECK_INT(ad_read(ad_strided_slice(y, AD_INTS(0, 0, 0), AD_INTS(1, 4, 2), NULL), got, sizeof got), AD_OK);
    for (int i = 0; i < 2; i++) CHECK(got[i] == 2 * (float)channels);
    for (int i = 2; i < 8; i++) CHECK(isinf(got[i]));
  }
  ad_ctx_free(c);
}

TEST(empty_axes) {
  ad_ctx *c = ad_ctx_new(NULL);
  float got[6] = {1, 1, 1, 1, 1, 1};
  ad_array *none = ad_zeros(c, AD_SHAPE(1, 5, 0), NULL), *taps = ad_zeros(c, AD_SHAPE(2, 3, 0), NULL);
  CHECK_INT(ad_read(ad_conv1d(none, taps, NULL), got, sizeof got), AD_OK);
  for (int i = 0; i < 6; i++) CHECK(got[i] == 0);
  ad_array *short_one = ad_zeros(c, AD_SHAPE(1, 0, 2), NULL), *w = ad_ones(c, AD_SHAPE(2, 3, 2), NULL);
  ad_array *y = ad_conv1d(short_one, w, &(ad_conv1d_opts){.padding = AD_INTS(2)});
  CHECK_INT(ad_array_dim(y, 1), 2);
  CHECK_INT(ad_read(y, got, 4 * sizeof *got), AD_OK);
  for (int i = 0; i < 4; i++) CHECK(got[i] == 0);
  y = ad_conv2d(ad_zeros(c, AD_SHAPE(0, 4, 4, 3), NULL), ad_zeros(c, AD_SHAPE(5, 3, 3, 3), NULL), NULL);
  CHECK_INT(ad_array_size(y), 0);
  CHECK_INT(ad_eval(y), AD_OK);
  y = ad_conv2d(ad_zeros(c, AD_SHAPE(1, 4, 4, 3), NULL), ad_zeros(c, AD_SHAPE(0, 3, 3, 3), NULL), NULL);
  CHECK_INT(ad_array_size(y), 0);
  CHECK_INT(ad_eval(y), AD_OK);
  ad_ctx_free(c);
}

/* ---- Memory: nothing is unfolded ---- */

TEST(memory) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = torch_noise(c, AD_SHAPE(2, 64, 64, 32), 1), *w = torch_noise(c, AD_SHAPE(32, 5, 5, 32), 2);
  CHECK_INT(ad_eval(x) | ad_eval(w), AD_OK);
  uint64_t before = ad_ctx_memory(c).active;
  ad_ctx_reset_peak(c);
  ad_array *y = ad_conv2d(x, w, &(ad_conv2d_opts){.padding = AD_INTS(2)});
  CHECK_INT(ad_eval(y), AD_OK);
  uint64_t result = 4u * 2 * 64 * 64 * 32, kernel = 4u * 32 * 25 * 32;
  uint64_t used = ad_ctx_memory(c).peak - before;
  CHECK(used <= result + 2 * kernel + 65536);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(pytorch), CASE(padding_has_three_forms), CASE(signals_swap), CASE(padding_adds_nothing), CASE(empty_axes), CASE(memory))
