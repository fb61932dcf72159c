/* The Fourier transforms that people call: fft, rfft and their inverses over one axis, two or any, composed of the primitives
 * of fourier.c with what is cut off or filled up with zeros before; frequencies, and their reordering.
 *
 * Sizes and axes follow NumPy: sizes without axes are those of the last axes; a real transform halves the last axis listed. */
#include "ir/ctx.h"
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/fourier.h"
#include "ops/rules.h"

typedef enum kind { COMPLEX, FROM_REAL, TO_REAL } kind;

/* One of the twelve ops. */
typedef struct call {
  kind kind;
  bool inverse;
  int dims; /* 1: fields n, axis, norm; 2: s, axes (the last two by default), norm; 0: the same, all axes by default */
} call;

enum { SIZES, AXES, NORM };

typedef struct wanted {
  int n;
  int axis[AD_MAX_RANK];
  int64_t size[AD_MAX_RANK]; /* of the signal, not of half a spectrum; 0: as it is */
} wanted;

static int some_axes(const call *k, const ad_attr *at, int rank) {
  if (k->dims == 1) return 1;
  if (at[AXES].given) return at[AXES].count;
  if (at[SIZES].given) return at[SIZES].count;
  return k->dims ? 2 : rank;
}

/* Which axes, and their sizes, of an array of `rank` axes, for attributes that check_lists has passed. */
static void resolve(const call *k, const ad_attr *at, int rank, wanted *w) {
  w->n = some_axes(k, at, rank);
  for (int i = 0; i < w->n; i++) {
    if (k->dims == 1) {
      w->axis[i] = ad__axis_of(at[AXES].as.i, rank);
      w->size[i] = at[SIZES].given ? at[SIZES].as.i : 0;
    } else {
      w->axis[i] = at[AXES].given ? ad__axis_at(&at[AXES], i, rank) : rank - w->n + i;
      w->size[i] = at[SIZES].given ? at[SIZES].as.ints[i] : 0;
    }
  }
}

/* ---- Shapes ---- */

static bool check_lists(ad_rel *r, const call *k, int rank) {
  const ad_attr *at = ad_rel_attr(r, 0), *s = &at[SIZES];
  int n = some_axes(k, at, rank);
  if (k->dims != 1 && s->given && at[AXES].given && s->count != at[AXES].count)
    return ad_rel_fail(r, AD_E_VALUE, "%d sizes and %d axes; as many of each are right", s->count, at[AXES].count);
  if (n > rank) return ad_rel_fail(r, AD_E_VALUE, "%d axes of an array of rank %d; rank %d or more is right", n, rank, n);
  if (n == 0) return ad_rel_fail(r, AD_E_VALUE, "no axes; one or more is right");
  for (int i = 0; s->given && i < n; i++) {
    int64_t size = k->dims == 1 ? s->as.i : s->as.ints[i];
    if (size < 1) return ad_rel_fail(r, AD_E_VALUE, "size %lld; 1 or more is right", (long long)size);
  }
  return true;
}

/* The axis on which a spectrum is half as long as its signal. */
static bool halved_axis(ad_rel *r, const call *k, int axis, int64_t size) {
  ad_ctx *c = ad_rel_ctx(r);
  int out = AD_REL_OUT(r, 0);
  ad_dim n = size ? size : ad_rel_get_dim(r, k->kind == FROM_REAL ? 0 : out, axis), m = ad_rel_get_dim(r, 0, axis);
  if (k->kind == FROM_REAL)
    return n == AD_DIM_UNKNOWN ? ad_rel_later(r) : ad_rel_dim(r, out, axis, ad_dim_add(c, ad_dim_floordiv(c, n, 2), 1));
  if (size) return ad_rel_dim(r, out, axis, size);
  if (m == AD_DIM_UNKNOWN) return n == AD_DIM_UNKNOWN ? ad_rel_later(r) : ad_rel_dim(r, 0, axis, n / 2 + 1);
  if (m == 1) return ad_rel_fail(r, AD_E_VALUE, "axis %d has length 1, which gives 0 numbers; 2 or more, or a size, is right", axis);
  return ad_rel_dim(r, out, axis, ad_dim_mul(c, ad_dim_sub(c, m, 1), 2));
}

static bool transformed_axis(ad_rel *r, const call *k, int axis, int64_t size, bool halved) {
  ad_dim d = ad_rel_get_dim(r, 0, axis);
  if (d == 0 && !size) return ad_rel_fail(r, AD_E_VALUE, "axis %d has length 0; 1 or more, or a size, is right", axis);
  if (halved) return halved_axis(r, k, axis, size);
  return size ? ad_rel_dim(r, AD_REL_OUT(r, 0), axis, size) : ad_rel_same_dim(r, 0, axis, AD_REL_OUT(r, 0), axis);
}

static ad_status dims_of(ad_rel *r, const call *k) {
  int rank = ad__dims_either_rank(r), out = AD_REL_OUT(r, 0);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  if (!check_lists(r, k, rank)) return ad_rel_end(r, false);
  wanted w;
  int at[AD_MAX_RANK];
  resolve(k, ad_rel_attr(r, 0), rank, &w);
  for (int i = 0; i < rank; i++) at[i] = -1;
  for (int i = 0; i < w.n; i++) at[w.axis[i]] = i;
  bool ok = ad_rel_rank(r, 0, rank) && ad_rel_rank(r, out, rank);
  for (int i = 0; i < rank && ok; i++)
    ok = at[i] < 0 ? ad_rel_same_dim(r, 0, i, out, i)
                   : transformed_axis(r, k, i, w.size[at[i]], k->kind != COMPLEX && at[i] == w.n - 1);
  return ad_rel_end(r, ok);
}

/* ---- Composition ---- */

/* What is composed depends on the number. */
static ad_array *symbolic(const ad_rule *r, int axis) {
  return ad__scope_take_error(ad__node_errorf(r->ctx, r->ctx->rule_where, r->op, AD_E_VALUE, "axis %d has a symbolic length; a number is right", axis));
}

/* `a` cut or filled up with zeros to `size` along an axis. */
static ad_array *fit(const ad_rule *r, ad_array *a, int axis, int64_t size) {
  if (ad_is_error(a)) return a;
  if (ad_array_dim(a, axis) < 0) return symbolic(r, axis);
  int rank = ad_array_rank(a);
  int64_t low[AD_MAX_RANK] = {0}, high[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK], have = ad_array_dim(a, axis);
  for (int i = 0; i < rank; i++) stop[i] = i == axis ? size : INT64_MAX;
  if (have == size) return a;
  if (have > size) return ad_strided_slice(a, (ad_ints){true, rank, low}, (ad_ints){true, rank, stop}, NULL);
  high[axis] = size - have;
  ad_array *zero = ad_cast(AD_RULE_NUMBER(r, 0), ad_array_dtype(a));
  return ad_pad_constant(a, zero, (ad_ints){true, rank, low}, (ad_ints){true, rank, high}, NULL);
}

static ad_array *along(ad_array *a, const wanted *w, int n, bool inverse, const char *norm) {
  int64_t axes[AD_MAX_RANK];
  for (int i = 0; i < n; i++) axes[i] = w->axis[i];
  return n ? ad_fft_c2c(a, (ad_ints){true, n, axes}, &(ad_fft_c2c_opts){.inverse = inverse, .norm = norm}) : a;
}

static ad_array *build(const ad_rule *r, const call *k, const wanted *w) {
  const char *norm = r->attrs[NORM].as.text;
  ad_array *a = r->in[0];
  int last = w->n - 1, axis = w->axis[last];
  int64_t n = w->size[last];
  if (k->kind == TO_REAL && !n) {
    if (ad_array_dim(a, axis) < 0) return symbolic(r, axis);
    n = 2 * (ad_array_dim(a, axis) - 1);
  }
  for (int i = 0; i < w->n; i++)
    if (w->size[i]) a = fit(r, a, w->axis[i], k->kind == TO_REAL && i == last ? n / 2 + 1 : w->size[i]);
  switch (k->kind) {
  case COMPLEX: return along(a, w, w->n, k->inverse, norm);
  case FROM_REAL: return along(ad_fft_r2c(a, &(ad_fft_r2c_opts){.axis = AD_INT(axis), .norm = norm}), w, last, false, norm);
  default: return ad_fft_c2r(along(a, w, last, true, norm), n, &(ad_fft_c2r_opts){.axis = AD_INT(axis), .norm = norm});
  }
}

static ad_array *compose_of(const ad_rule *r, const call *k) {
  wanted w;
  resolve(k, r->attrs, ad_array_rank(r->in[0]), &w);
  return build(r, k, &w);
}

static ad_array *batch_of(const ad_rule *r, const call *k) {
  wanted w;
  resolve(k, r->attrs, ad_array_rank(r->in[0]) - 1, &w);
  for (int i = 0; i < w.n; i++) w.axis[i]++;
  return build(r, k, &w);
}

/* ---- The ops ---- */

#define NORM_FIELD                                                                                               \
  {.name = "norm", .kind = AD_FIELD_TEXT, .text = "backward|ortho|forward",                                      \
   .doc = "which direction is divided by the length; ortho: both by its root"}
static const ad_field one_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .doc = "length of the signal, cut or filled up with zeros to it; absent: as it is"},
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "along which", .has_default = true, .default_num = -1},
    NORM_FIELD,
};
static const ad_field two_fields[] = {
    {.name = "s", .kind = AD_FIELD_INTS, .doc = "lengths of the signal, cut or filled up with zeros to them; absent: as they are"},
    {.name = "axes", .kind = AD_FIELD_AXES, .doc = "along which; absent: the last two, or as many as s has"},
    NORM_FIELD,
};
static const ad_field any_fields[] = {
    {.name = "s", .kind = AD_FIELD_INTS, .doc = "lengths of the signal, cut or filled up with zeros to them; absent: as they are"},
    {.name = "axes", .kind = AD_FIELD_AXES, .doc = "along which; absent: all, or the last as many as s has"},
    NORM_FIELD,
};

#define CALL(op_name, kind_, inverse_, dims_, field_list, dtype_function, accepted, words, numpy, ...)                     \
  static const call op_name##_call = {kind_, inverse_, dims_};                                                             \
  static ad_status op_name##_dims(ad_rel *r) { return dims_of(r, &op_name##_call); }                                       \
  static ad_array *op_name##_compose(const ad_rule *r) { return compose_of(r, &op_name##_call); }                          \
  static ad_array *op_name##_batch(const ad_rule *r, const bool *batched, int64_t size) {                                  \
    (void)batched, (void)size;                                                                                             \
    return batch_of(r, &op_name##_call);                                                                                   \
  }                                                                                                                        \
  const ad_op ad__op_fft_##op_name = {                                                                                     \
      AD_OP_HEAD(fft_##op_name),                                                                                           \
      .params = "a",                                                                                                       \
      .doc = words,                                                                                                        \
      .example = "ad_array *y = ad_fft_" #op_name "(x, NULL);",                                                            \
      .group = "fourier",                                                                                                  \
      .inputs = 1,                                                                                                         \
      .outputs = 1,                                                                                                        \
      .flags = AD_OP_COMPOSITE,                                                                                            \
      AD_FIELDS(field_list),                                                                                               \
      .dtype_rule = AD_TYPE_FUNCTION,                                                                                      \
      .dtypes = dtype_function,                                                                                            \
      .accepts = accepted,                                                                                                 \
      .dims = op_name##_dims,                                                                                              \
      .compose = op_name##_compose,                                                                                        \
      .batch = op_name##_batch,                                                                                            \
      AD_SPELLINGS({"numpy", numpy}),                                                                                      \
      __VA_ARGS__,                                                                                                         \
  }

#define ONE(op_name, kind_, inverse_, dtype_function, accepted, words, ...)                      \
  CALL(op_name, kind_, inverse_, 1, one_fields, dtype_function, accepted, words,                 \
       "np.fft." #op_name "($0, @n, @axis, @norm).astype(@out)", __VA_ARGS__)
#define TWO(op_name, kind_, inverse_, dtype_function, accepted, words, ...)                      \
  CALL(op_name, kind_, inverse_, 2, two_fields, dtype_function, accepted, words,                 \
       "np.fft." #op_name "($0, @s?(, axes=@axes), norm=@norm).astype(@out)", __VA_ARGS__)
#define ANY(op_name, kind_, inverse_, dtype_function, accepted, words, ...)                      \
  CALL(op_name, kind_, inverse_, 0, any_fields, dtype_function, accepted, words,                 \
       "np.fft." #op_name "($0, @s, @axes, @norm).astype(@out)", __VA_ARGS__)

#define WIDE " float64 and complex128 are computed in double precision, all else in float32."
#define ERRORS_ONE(t)                                                                            \
  AD_ERRORS({t "[4]", "n=0", AD_E_VALUE, "size 0; 1 or more is right"},                          \
            {t "[2,0]", "", AD_E_VALUE, "axis 1 has length 0; 1 or more, or a size, is right"},  \
            {t "[]", "", AD_E_INDEX, "axis -1; the array has rank 0 and no axes"})
#define ERRORS_SOME(t)                                                                                   \
  AD_ERRORS({t "[4,4]", "s=[2,-1]", AD_E_VALUE, "size -1; 1 or more is right"},                          \
            {t "[4,4]", "s=[2], axes=[0,1]", AD_E_VALUE, "1 sizes and 2 axes; as many of each are right"}, \
            {t "[4,4]", "s=[2,2,2]", AD_E_VALUE, "3 axes of an array of rank 2; rank 3 or more is right"},  \
            {t "[4,4]", "axes=[]", AD_E_VALUE, "no axes; one or more is right"},                         \
            {t "[0,3]", "axes=[0]", AD_E_VALUE, "axis 0 has length 0; 1 or more, or a size, is right"})

#define SAMPLES_ONE(t, w)                                                                                                  \
  AD_SAMPLES({t "[3,8]", "", "normal"}, {w "[5,4]", "n=7, axis=0", "normal"}, {t "[2,7,3]", "n=4, axis=1, norm=ortho", "normal"}, \
             {w "[41]", "norm=forward", "normal"}, {t "[0,4]", "n=6", "normal"}, {t "[3,0]", "n=2", "normal"},              \
             {"float16[2,6]", "", "normal"}, {"bfloat16[7]", "", "normal"}, {"int32[6]", "norm=ortho", "small"})
#define SAMPLES_SOME(t, w)                                                                                       \
  AD_SAMPLES({t "[3,8]", "", "normal"}, {w "[5,4,3]", "s=[7,2]", "normal"}, {t "[3,4,5]", "axes=[2,0], norm=ortho", "normal"}, \
             {w "[4,6]", "s=[9,6], axes=[0,1], norm=forward", "normal"}, {t "[0,4,2]", "axes=[1,2]", "normal"},       \
             {w "[2,0,3]", "s=[3,2], axes=[1,-1]", "normal"}, {"float16[3,6]", "", "normal"}, {"int8[2,6]", "", "small"})

ONE(fft, COMPLEX, false, ad__fourier_complex, 0,
    "The discrete Fourier transform along an axis, sum of a[j] exp(-2 pi i jk/n), of any length." WIDE,
    SAMPLES_ONE("complex64", "complex128"), ERRORS_ONE("complex64"));
ONE(ifft, COMPLEX, true, ad__fourier_complex, 0,
    "The inverse discrete Fourier transform along an axis: the mean of a[k] exp(2 pi i jk/n), of any length." WIDE,
    SAMPLES_ONE("complex64", "complex128"), ERRORS_ONE("complex64"));
ONE(rfft, FROM_REAL, false, ad__fourier_from_real, AD_ACCEPT_FLOAT,
    "The first n/2 + 1 numbers of the discrete Fourier transform of n real numbers along an axis." WIDE,
    SAMPLES_ONE("float32", "float64"), ERRORS_ONE("float32"));
ONE(irfft, TO_REAL, true, ad__fourier_to_real, 0,
    "The inverse of rfft: n real numbers from the first n/2 + 1 numbers of their transform. n is 2 (m - 1) for an axis of length m, "
    "unless it is given." WIDE,
    SAMPLES_ONE("complex64", "complex128"), ERRORS_ONE("complex64"));
TWO(fft2, COMPLEX, false, ad__fourier_complex, 0, "The discrete Fourier transform along two axes; see fft." WIDE,
    SAMPLES_SOME("complex64", "complex128"), ERRORS_SOME("complex64"));
TWO(ifft2, COMPLEX, true, ad__fourier_complex, 0, "The inverse discrete Fourier transform along two axes; see ifft." WIDE,
    SAMPLES_SOME("complex64", "complex128"), ERRORS_SOME("complex64"));
TWO(rfft2, FROM_REAL, false, ad__fourier_from_real, AD_ACCEPT_FLOAT,
    "The discrete Fourier transform of real numbers along two axes, of which the last keeps n/2 + 1 numbers; see rfft." WIDE,
    SAMPLES_SOME("float32", "float64"), ERRORS_SOME("float32"));
TWO(irfft2, TO_REAL, true, ad__fourier_to_real, 0, "The inverse of rfft2; see irfft." WIDE,
    SAMPLES_SOME("complex64", "complex128"), ERRORS_SOME("complex64"));
ANY(fftn, COMPLEX, false, ad__fourier_complex, 0, "The discrete Fourier transform along some axes or all; see fft." WIDE,
    SAMPLES_SOME("complex64", "complex128"), ERRORS_SOME("complex64"));
ANY(ifftn, COMPLEX, true, ad__fourier_complex, 0, "The inverse discrete Fourier transform along some axes or all; see ifft." WIDE,
    SAMPLES_SOME("complex64", "complex128"), ERRORS_SOME("complex64"));
ANY(rfftn, FROM_REAL, false, ad__fourier_from_real, AD_ACCEPT_FLOAT,
    "The discrete Fourier transform of real numbers along some axes or all, of which the last listed keeps n/2 + 1 numbers; see "
    "rfft." WIDE,
    SAMPLES_SOME("float32", "float64"), ERRORS_SOME("float32"));
ANY(irfftn, TO_REAL, true, ad__fourier_to_real, 0, "The inverse of rfftn; see irfft." WIDE,
    SAMPLES_SOME("complex64", "complex128"), ERRORS_SOME("complex64"));

/* ---- Frequencies ---- */

enum { FREQ_N, FREQ_D, FREQ_DTYPE };

static ad_status check_count(ad_rel *r, int64_t n, int64_t count) {
  if (n < 1) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "n %lld; 1 or more is right", (long long)n));
  return ad_rel_end(r, ad_rel_is(r, AD_REL_OUT(r, 0), 1, &count));
}
static ad_status fftfreq_dims(ad_rel *r) {
  int64_t n = ad_rel_attr(r, FREQ_N)->as.i;
  return check_count(r, n, n);
}
static ad_status rfftfreq_dims(ad_rel *r) {
  int64_t n = ad_rel_attr(r, FREQ_N)->as.i;
  return check_count(r, n, n / 2 + 1);
}

/* Whole numbers as multiples of 1 / (n d), computed in float64 and rounded once. */
static ad_array *frequencies(const ad_rule *r, ad_array *whole) {
  double unit = 1 / ((double)r->attrs[FREQ_N].as.i * r->attrs[FREQ_D].as.f[0]);
  return ad_cast(ad_multiply(whole, AD_RULE_NUMBER(r, unit)), (ad_dtype)r->attrs[FREQ_DTYPE].as.i);
}
static ad_array *fftfreq_compose(const ad_rule *r) {
  int64_t n = r->attrs[FREQ_N].as.i;
  ad_array *parts[] = {
      ad_iota(r->ctx, (n - 1) / 2 + 1, &(ad_iota_opts){.dtype = AD_FLOAT64}),
      ad_iota(r->ctx, n / 2, &(ad_iota_opts){.start = AD_INT(-(n / 2)), .dtype = AD_FLOAT64}),
  };
  return frequencies(r, ad_concatenate(r->ctx, parts, 2, NULL));
}
static ad_array *rfftfreq_compose(const ad_rule *r) {
  return frequencies(r, ad_iota(r->ctx, r->attrs[FREQ_N].as.i / 2 + 1, &(ad_iota_opts){.dtype = AD_FLOAT64}));
}

static const ad_field frequency_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "length of the signal"},
    {.name = "d", .kind = AD_FIELD_NUM, .doc = "distance of its samples", .has_default = true, .default_num = 1},
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = AD_FLOAT32},
};

#define FREQUENCIES(op_name, words)                                                                              \
  const ad_op ad__op_fft_##op_name = {                                                                           \
      AD_OP_HEAD(fft_##op_name),                                                                                 \
      .doc = words,                                                                                              \
      .example = "ad_array *y = ad_fft_" #op_name "(c, 64, NULL);",                                              \
      .group = "fourier",                                                                                        \
      .outputs = 1,                                                                                              \
      .flags = AD_OP_COMPOSITE,                                                                                  \
      AD_FIELDS(frequency_fields),                                                                               \
      .dtype_rule = AD_TYPE_ATTR,                                                                                \
      .dims = op_name##_dims,                                                                                    \
      .compose = op_name##_compose,                                                                              \
      AD_SPELLINGS({"numpy", "np.fft." #op_name "(@n, @d).astype(@dtype)"}),                                     \
      AD_SAMPLES({"", "n=8", ""}, {"", "n=7, d=0.5", ""}, {"", "n=1, dtype=float64", ""}, {"", "n=2", ""},       \
                 {"", "n=9, d=-0.1, dtype=float16", ""}),                                                        \
      AD_ERRORS({"", "n=0", AD_E_VALUE, "n 0; 1 or more is right"}),                                             \
  }
FREQUENCIES(fftfreq, "The frequencies of the numbers that fft gives, in cycles per unit of d: 0 upwards, then the negative ones.");
FREQUENCIES(rfftfreq, "The frequencies of the numbers that rfft gives, in cycles per unit of d.");

/* ---- Reordering ---- */

static ad_array *shifted(const ad_rule *r, bool back) {
  ad_array *a = r->in[0];
  const ad_attr *axes = &r->attrs[0];
  int64_t by[AD_MAX_RANK], at[AD_MAX_RANK];
  int n = axes->given ? axes->count : ad_array_rank(a);
  if (n == 0) return a;
  for (int i = 0; i < n; i++) {
    at[i] = axes->given ? axes->as.ints[i] : i;
    int64_t half = ad_array_dim(a, (int)at[i]) / 2;
    by[i] = back ? -half : half;
  }
  return ad_roll(a, (ad_ints){true, n, by}, &(ad_roll_opts){.axes = {true, n, at}});
}
static ad_array *fftshift_compose(const ad_rule *r) { return shifted(r, false); }
static ad_array *ifftshift_compose(const ad_rule *r) { return shifted(r, true); }

static const ad_field shift_fields[] = {{.name = "axes", .kind = AD_FIELD_AXES, .doc = "along which; absent: all"}};

#define SHIFT(op_name, words)                                                                                      \
  const ad_op ad__op_fft_##op_name = {                                                                             \
      AD_OP_HEAD(fft_##op_name),                                                                                   \
      .params = "a",                                                                                               \
      .doc = words " Any dtype.",                                                                                  \
      .example = "ad_array *y = ad_fft_" #op_name "(x, NULL);",                                                    \
      .group = "fourier",                                                                                          \
      .inputs = 1,                                                                                                 \
      .outputs = 1,                                                                                                \
      .flags = AD_OP_COMPOSITE,                                                                                    \
      AD_FIELDS(shift_fields),                                                                                     \
      .dtype_rule = AD_TYPE_SAME,                                                                                  \
      .dims = ad__dims_same,                                                                                       \
      .compose = op_name##_compose,                                                                                \
      AD_SPELLINGS({"numpy", "np.fft." #op_name "($0, @axes)"}),                                                   \
      AD_SAMPLES({"float32[4,5]", "", "normal"}, {"complex128[3,4]", "axes=[-1]", "normal"}, {"int8[0,3]", "", "small"}, \
                 {"bool[1]", "", "bool"}, {"float16[2,3,5]", "axes=[2,0]", "normal"}),                              \
      AD_ERRORS({"float32[2]", "axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"},                   \
                {"float32[2,2]", "axes=[0,-2]", AD_E_VALUE, "axes"}),                                                    \
  }
SHIFT(fftshift, "The frequencies of a transform from the lowest to the highest: the first n/2 numbers, rounded up, go behind the others.");
SHIFT(ifftshift, "The inverse of fftshift.");
