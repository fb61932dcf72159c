/* Fourier transforms, the three primitives: complex to complex, real to complex, complex to real.
 *
 * All are linear. Their transposes are adjoints for the real inner product: that of a transform is the other one with the
 * same factor, hence with the norms backward and forward exchanged. Of the real ones, the spectrum holds one half of what is
 * symmetric, so that all but its first and middle number stand for two. Everything else is in fourier_calls.c. */
#include "ops/dims.h"
#include "ops/fourier.h"
#include "ops/rules.h"
#include "ops/work_counts.h"

#define NORM_FIELD                                                                                               \
  {.name = "norm", .kind = AD_FIELD_TEXT, .text = "backward|ortho|forward",                                      \
   .doc = "which direction is divided by the length; ortho: both by its root"}
#define AXIS_FIELD {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "along which", .has_default = true, .default_num = -1}

static ad_dtype real_of(ad_dtype t) { return t == AD_FLOAT64 || t == AD_COMPLEX128 ? AD_FLOAT64 : AD_FLOAT32; }
static ad_dtype complex_of(ad_dtype t) { return real_of(t) == AD_FLOAT64 ? AD_COMPLEX128 : AD_COMPLEX64; }

ad_status ad__fourier_complex(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = out[0] = complex_of(ad_array_dtype(r->in[0]));
  return AD_OK;
}
ad_status ad__fourier_from_real(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype t = ad_array_dtype(r->in[0]);
  in[0] = ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? t : real_of(t); /* refused by what the op accepts */
  out[0] = complex_of(t);
  return AD_OK;
}
ad_status ad__fourier_to_real(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = complex_of(ad_array_dtype(r->in[0]));
  out[0] = real_of(in[0]);
  return AD_OK;
}

static const char *other_norm(const char *norm) { return norm[0] == 'b' ? "forward" : norm[0] == 'f' ? "backward" : norm; }

static bool not_empty(ad_rel *r, int axis) {
  if (ad_rel_get_dim(r, 0, axis) == 0)
    return ad_rel_fail(r, AD_E_VALUE, "axis %d has length 0; 1 or more is right", axis);
  return true;
}

/* ---- complex to complex ---- */

enum { C2C_AXES, C2C_INVERSE, C2C_NORM };

static ad_status c2c_dims(ad_rel *r) {
  const ad_attr *axes = ad_rel_attr(r, C2C_AXES);
  int rank = ad__dims_either_rank(r);
  if (axes->count == 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "no axes; one or more is right"));
  if (!ad_rel_same(r, 0, AD_REL_OUT(r, 0))) return ad_rel_end(r, false);
  for (int i = 0; rank >= 0 && i < axes->count; i++)
    if (!not_empty(r, ad__axis_at(axes, i, rank))) return ad_rel_end(r, false);
  return ad_rel_end(r, true);
}

static ad_array *c2c_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  const ad_attr *at = r->attrs;
  return ad_fft_c2c(ct[0], (ad_ints){true, at[C2C_AXES].count, at[C2C_AXES].as.ints},
                    &(ad_fft_c2c_opts){.inverse = !at[C2C_INVERSE].as.i, .norm = other_norm(at[C2C_NORM].as.text)});
}

static const ad_field c2c_fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED, .doc = "along which, one or more"},
    {.name = "inverse", .kind = AD_FIELD_FLAG, .doc = "with exp(+2 pi i jk/n)"},
    NORM_FIELD,
};
/* 5 n log2 n for each line of n (Cooley and Tukey, 1965), half as much where one side is real. */
static double transform_work(double elements, int64_t n) { return 5 * elements * ad__work_halvings(n); }

static double c2c_work(const ad_rule *r) {
  double sum = 0;
  for (int i = 0; i < r->attrs[C2C_AXES].count; i++)
    sum += transform_work(ad__work_size(r->out), ad_array_dim(r->out, (int)r->attrs[C2C_AXES].as.ints[i]));
  return sum;
}

const ad_op ad__op_fft_c2c = {
    AD_OP_HEAD(fft_c2c),
    .params = "a",
    .doc = "The discrete Fourier transform of complex numbers along axes, sum of a[j] exp(-2 pi i jk/n), of any length. "
           "float64 and complex128 are computed in double precision and give complex128, all else complex64.",
    .example = "ad_array *y = ad_fft_c2c(x, AD_AXES(-1), NULL);",
    .group = "fourier",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(c2c_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = ad__fourier_complex,
    .dims = c2c_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = c2c_back,
    .work = c2c_work,
    AD_SPELLINGS({"numpy", "(np.fft.ifftn if @inverse else np.fft.fftn)($0, axes=@axes, norm=@norm).astype(@out)"}),
    AD_SAMPLES({"complex64[4,6]", "axes=[1]", "normal"}, {"complex128[3,5,8]", "axes=[0,-1], inverse=true", "normal"},
               {"complex64[2,7,3]", "axes=[1], norm=ortho", "normal"}, {"complex128[37]", "axes=[0], norm=forward", "normal"},
               {"complex64[0,3]", "axes=[1]", "normal"}, {"int8[4]", "axes=[0], inverse=true, norm=forward", "small"},
               {"float64[1,2]", "axes=[1,0], inverse=true, norm=ortho", "normal"}),
    AD_ERRORS({"complex64[2]", "axes=[]", AD_E_VALUE, "no axes; one or more is right"},
              {"complex64[2,0]", "axes=[1]", AD_E_VALUE, "axis 1 has length 0; 1 or more is right"},
              {"complex64[2]", "axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"}),
};

/* ---- real to complex ---- */

/* 1 for what stands for itself in half a spectrum of n numbers, `rest` for what stands for two; along `axis`. */
static ad_array *weights(const ad_rule *r, int64_t n, double rest, ad_dtype dtype, int axis, int rank) {
  int64_t dims[AD_MAX_RANK];
  ad_array *k = ad_iota(r->ctx, n / 2 + 1, &(ad_iota_opts){.dtype = AD_INT64});
  ad_array *first = ad_equal(k, AD_RULE_NUMBER(r, 0));
  ad_array *alone = ad_logical_or(first, ad_equal(k, AD_RULE_NUMBER(r, n % 2 ? 0 : (double)(n / 2))));
  for (int i = 0; i < rank; i++) dims[i] = i == axis ? n / 2 + 1 : 1;
  ad_array *w = ad_where(alone, ad_cast(AD_RULE_NUMBER(r, 1), dtype), ad_cast(AD_RULE_NUMBER(r, rest), dtype));
  return ad_reshape(w, (ad_shape){rank, dims});
}

enum { R2C_AXIS, R2C_NORM };

static bool half_spectrum(ad_rel *r, int axis) {
  int out = AD_REL_OUT(r, 0), rank = ad_rel_get_rank(r, 0);
  for (int i = 0; i < rank; i++)
    if (i != axis && !ad_rel_same_dim(r, 0, i, out, i)) return false;
  ad_dim n = ad_rel_get_dim(r, 0, axis);
  if (n == AD_DIM_UNKNOWN) return ad_rel_later(r);
  return not_empty(r, axis) && ad_rel_dim(r, out, axis, ad_dim_add(ad_rel_ctx(r), ad_dim_floordiv(ad_rel_ctx(r), n, 2), 1));
}

static ad_status r2c_dims(ad_rel *r) {
  int rank = ad__dims_either_rank(r);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  return ad_rel_end(r, ad_rel_rank(r, 0, rank) && ad_rel_rank(r, AD_REL_OUT(r, 0), rank) &&
                           half_spectrum(r, ad__axis_of(ad_rel_attr(r, R2C_AXIS)->as.i, rank)));
}

/* x[j] of the cotangent g: sum of Re(g[k] exp(+...)), where the inverse would take all but two of them twice. */
static ad_array *r2c_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  int axis = (int)r->attrs[R2C_AXIS].as.i, rank = ad_array_rank(r->in[0]);
  int64_t n = ad_array_dim(r->in[0], axis);
  ad_array *w = weights(r, n, 0.5, real_of(ad_array_dtype(ct[0])), axis, rank);
  return ad_fft_c2r(ad_multiply(ct[0], w), n,
                    &(ad_fft_c2r_opts){.axis = AD_INT(axis), .norm = other_norm(r->attrs[R2C_NORM].as.text)});
}

static const ad_field r2c_fields[] = {AXIS_FIELD, NORM_FIELD};
static double r2c_work(const ad_rule *r) {
  return transform_work(ad__work_size(r->in[0]), ad_array_dim(r->in[0], (int)r->attrs[R2C_AXIS].as.i)) / 2;
}

const ad_op ad__op_fft_r2c = {
    AD_OP_HEAD(fft_r2c),
    .params = "a",
    .doc = "The first n/2 + 1 numbers of the discrete Fourier transform of n real numbers along an axis; the others are their "
           "mirror image. float64 gives complex128, all else is computed in float32 and gives complex64.",
    .example = "ad_array *y = ad_fft_r2c(x, NULL);",
    .group = "fourier",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(r2c_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = ad__fourier_from_real,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = r2c_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = r2c_back,
    .work = r2c_work,
    AD_SPELLINGS({"numpy", "np.fft.rfft($0, axis=@axis, norm=@norm).astype(@out)"}),
    AD_SAMPLES({"float32[3,8]", "", "normal"}, {"float64[5,4]", "axis=0", "normal"},
               {"float32[2,7,3]", "axis=1, norm=ortho", "normal"}, {"float64[74]", "norm=forward", "normal"},
               {"float32[0,4]", "", "normal"}, {"bool[1]", "", "bool"}, {"float16[2,37]", "", "normal"}),
    AD_ERRORS({"complex64[4]", "", AD_E_TYPE, "dtype complex64"},
              {"float32[2,0]", "", AD_E_VALUE, "axis 1 has length 0; 1 or more is right"},
              {"float32[2]", "axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};

/* ---- complex to real ---- */

enum { C2R_N, C2R_AXIS, C2R_NORM };

static ad_status c2r_dims(ad_rel *r) {
  int rank = ad__dims_either_rank(r), out = AD_REL_OUT(r, 0);
  int64_t n = ad_rel_attr(r, C2R_N)->as.i;
  if (n < 1) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "n %lld; 1 or more is right", (long long)n));
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  int axis = ad__axis_of(ad_rel_attr(r, C2R_AXIS)->as.i, rank);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank)) return ad_rel_end(r, false);
  for (int i = 0; i < rank; i++)
    if (i != axis && !ad_rel_same_dim(r, 0, i, out, i)) return ad_rel_end(r, false);
  return ad_rel_end(r, ad_rel_dim(r, 0, axis, n / 2 + 1) && ad_rel_dim(r, out, axis, n));
}

static ad_array *c2r_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  int axis = (int)r->attrs[C2R_AXIS].as.i;
  ad_array *g = ad_fft_r2c(ct[0], &(ad_fft_r2c_opts){.axis = AD_INT(axis), .norm = other_norm(r->attrs[C2R_NORM].as.text)});
  return ad_multiply(g, weights(r, r->attrs[C2R_N].as.i, 2, ad_array_dtype(ct[0]), axis, ad_array_rank(ct[0])));
}

static const ad_field c2r_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many numbers the result has along the axis"},
    AXIS_FIELD,
    NORM_FIELD,
};
static double c2r_work(const ad_rule *r) {
  return transform_work(ad__work_size(r->out), ad_array_dim(r->out, (int)r->attrs[C2R_AXIS].as.i)) / 2;
}

const ad_op ad__op_fft_c2r = {
    AD_OP_HEAD(fft_c2r),
    .params = "a",
    .doc = "The inverse discrete Fourier transform of a symmetric spectrum, of which a has the first n/2 + 1 numbers along an "
           "axis: n real numbers. The imaginary parts of its first and, for even n, its last number are not looked at. "
           "float64 and complex128 give float64, all else float32.",
    .example = "ad_array *y = ad_fft_c2r(x, 64, NULL);",
    .group = "fourier",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(c2r_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = ad__fourier_to_real,
    .dims = c2r_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = c2r_back,
    .work = c2r_work,
    AD_SPELLINGS({"numpy", "np.fft.irfft($0, @n, axis=@axis, norm=@norm).astype(@out)"}),
    AD_SAMPLES({"complex64[3,5]", "n=8", "normal"}, {"complex128[4,2]", "n=7, axis=0", "normal"},
               {"complex64[2,4,3]", "n=7, axis=1, norm=ortho", "normal"}, {"complex128[38]", "n=74, norm=forward", "normal"},
               {"complex64[0,3]", "n=4", "normal"}, {"complex64[1]", "n=1", "normal"}, {"float64[2,19]", "n=37", "normal"}),
    AD_ERRORS({"complex64[4]", "n=0", AD_E_VALUE, "n 0; 1 or more is right"},
              {"complex64[4]", "n=8", AD_E_VALUE, "axis 0 is 4; 5 is right"},
              {"complex64[2]", "n=2, axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};
