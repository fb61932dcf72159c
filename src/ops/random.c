/* Keys and continuous distributions, composed of random_bits.
 *
 * Which words a number is made of, and in which order of operations, is part of each op's meaning: the same key gives
 * the same numbers everywhere. Half types are drawn in float32 and rounded; float64 has draws of its own, of 53 bits. Parameters are
 * smooth inputs, differentiated through the composition; a key has no derivative, nor have its bits. */
#include "ops/random_rules.h"

#include "ops/reduce_rules.h"

/* ---- Keys ---- */

static ad_status key_dims(ad_rel *r) { return ad_rel_end(r, ad_rel_is(r, AD_REL_OUT(r, 0), 1, (const ad_dim[]){2})); }

static ad_status key_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)r, (void)in, (void)why, (void)why_size;
  out[0] = AD_UINT32;
  return AD_OK;
}

static ad_array *key_compose(const ad_rule *r) {
  uint64_t seed = (uint64_t)r->attrs[0].as.i;
  ad_array *words[] = {ad_cast(ad_number_int(r->ctx, (int64_t)(seed >> 32)), AD_UINT32),
                       ad_cast(ad_number_int(r->ctx, (int64_t)(seed & UINT32_MAX)), AD_UINT32)};
  return ad_stack(r->ctx, words, 2, NULL);
}

static const ad_field key_fields[] = {
    {.name = "seed", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "any 64 bits"},
};
const ad_op ad__op_random_key = {
    AD_OP_HEAD(random_key),
    .doc = "The key of a seed: its upper and its lower 32 bits, uint32[2].",
    .example = "ad_array *key = ad_random_key(c, 42);",
    .group = "random",
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(key_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = key_dtypes,
    .dims = key_dims,
    .compose = key_compose,
    AD_SPELLINGS({"numpy", "np.array([@seed >> 32 & 0xffffffff, @seed & 0xffffffff], np.uint32)"}),
    AD_SAMPLES({"", "seed=0", ""}, {"", "seed=-1", ""}, {"", "seed=81985529216486895", ""}),
    AD_ERRORS({"uint32[2]", "seed=0", AD_E_TYPE, "inputs; "}),
};

static ad_status split_dims(ad_rel *r) {
  int64_t num = ad_rel_attr(r, 0)->as.i;
  if (num < 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "num %lld; 0 or more is right", (long long)num));
  return ad_rel_end(r, ad__random_shape(r, &(ad_attr){.given = true, .count = 2, .as.ints = (const int64_t[]){num, 2}}));
}

static ad_status split_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  out[0] = AD_UINT32;
  return ad__random_key_dtype(r, in, why, why_size);
}

static ad_array *split_compose(const ad_rule *r) { return ad_random_bits(r->in[0], AD_SHAPE(r->attrs[0].as.i, 2), NULL); }

static ad_array *split_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  return split_compose(r);
}

static const ad_field split_fields[] = {
    {.name = "num", .kind = AD_FIELD_INT, .doc = "how many", .has_default = true, .default_num = 2},
};
const ad_op ad__op_random_split = {
    AD_OP_HEAD(random_split),
    .params = "key",
    .doc = "New keys from one, as independent as the generator: shape (..., num, 2). A key that was split should not be "
           "used again.",
    .example = "ad_array *keys = ad_random_split(key, NULL);",
    .group = "random",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(split_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = split_dtypes,
    .dims = split_dims,
    .compose = split_compose,
    .batch = split_batch,
    AD_SPELLINGS({"numpy", "random_bits($0, (@num, 2), np.uint32)"}),
    AD_SAMPLES({"uint32[2]", "", "index:1000"}, {"uint32[2]", "num=5", "index:1000"}, {"uint32[3,2]", "num=3", "index:1000"},
               {"uint32[2]", "num=0", "index:1000"}),
    AD_ERRORS({"uint32[2]", "num=-1", AD_E_VALUE, "num -1; 0 or more is right"},
              {"uint32[3]", "", AD_E_VALUE, "axis 0 is 3; 2 is right"},
              {"int32[2]", "", AD_E_TYPE, "a key of dtype int32; uint32 is right"}),
};

/* ---- uniform ---- */

static const ad_field float_fields[] = {AD_RANDOM_SHAPE_FIELD, AD_RANDOM_DTYPE_FIELD(AD_FLOAT32)};

static ad_status float_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  return ad__random_dtypes(r, AD_ACCEPT_FLOAT, in, out, why, why_size);
}
static ad_status inexact_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  return ad__random_dtypes(r, AD_ACCEPT_INEXACT, in, out, why, why_size);
}

static ad_dtype result_dtype(const ad_rule *r) { return (ad_dtype)r->attrs[AD_RANDOM_DTYPE].as.i; }
static ad_dtype drawn_dtype(ad_dtype t) { return t == AD_FLOAT64 || t == AD_COMPLEX128 ? AD_FLOAT64 : AD_FLOAT32; }

static ad_array *uniform_compose(const ad_rule *r) {
  ad_dtype t = result_dtype(r);
  ad_array *u = ad__rule_cast(ad__random_unit(r, ad__random_attr_shape(r), t), t), *low = r->in[1], *high = r->in[2];
  if (!low && !high) return u;
  if (!low) low = ad_cast(AD_RULE_NUMBER(r, 0), t);
  if (!high) high = ad_cast(AD_RULE_NUMBER(r, 1), t);
  return ad__random_scaled(r, u, ad_subtract(high, low), low);
}

/* Samples of an op with two optional parameters. */
#define TWO_PARAMETERS                                                                                        \
  AD_SAMPLES({"uint32[2], -, -", "shape=[5]", "index:1000"},                                                  \
             {"uint32[2], float32[], float32[3]", "shape=[2,3]", "index:1000, symmetric, above1"},            \
             {"uint32[3,2], float32[3,1], -", "shape=[4]", "index:1000, symmetric"},                          \
             {"uint32[2], float64[2], float64[]", "shape=[3,2], dtype=float64", "index:1000, symmetric, above1"}, \
             {"uint32[2], -, float16[]", "shape=[], dtype=float16", "index:1000, above1"},                    \
             {"uint32[2], -, -", "shape=[7], dtype=bfloat16", "index:1000"},                                  \
             {"uint32[2], -, -", "shape=[0,2]", "index:1000"})
#define SHARED_ERRORS(rest)                                                                                    \
  {"uint32[3]" rest, "shape=[4]", AD_E_VALUE, "axis 0 is 3; 2 is right"},                                      \
      {"float32[2]" rest, "shape=[4]", AD_E_TYPE, "a key of dtype float32; uint32 is right"},                  \
      {"uint32[2]" rest, "shape=[-1]", AD_E_VALUE, "shape with -1 as axis 0; 0 or more is right"}

const ad_op ad__op_random_uniform = {
    AD_OP_HEAD(random_uniform),
    .params = "key, low, high",
    .doc = "Uniform numbers on [low, high), 0 and 1 where they are NULL: low + (high - low) * u. Keys (..., 2) give (..., "
           "shape), to which low and high broadcast. A NULL key is the next one of the context. u is a word over 2^32, or, of float64, "
           "two words' upper 53 bits over 2^53.",
    .example = "ad_array *y = ad_random_uniform(c, key, NULL, NULL, AD_SHAPE(2, 3), NULL);",
    .group = "random",
    .inputs = 3,
    .optional = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(float_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = float_dtypes,
    .dims = ad__random_dims,
    .compose = uniform_compose,
    .batch = ad__random_batch,
    TWO_PARAMETERS,
    AD_ERRORS(SHARED_ERRORS(", -, -"),
              {"uint32[2], -, -", "shape=[4], dtype=int32", AD_E_TYPE, "dtype int32; a float one is right"},
              {"uint32[2], float32[3], -", "shape=[4]", AD_E_VALUE, "do not broadcast"},
              {"uint32[2], complex64[], -", "shape=[4]", AD_E_TYPE, "input 1 of dtype complex64 for numbers of float32; a real one is right"}),
};

/* ---- normal ---- */

static const double root_two = 1.41421356237309504880;

static ad_array *normal_compose(const ad_rule *r) {
  ad_dtype t = result_dtype(r);
  ad_shape shape = ad__random_attr_shape(r);
  bool is_complex = ad_dtype_category(t) == AD_CATEGORY_COMPLEX;
  int64_t dims[AD_MAX_RANK + 1];
  for (int i = 0; i < shape.rank; i++) dims[i] = shape.dims[i];
  dims[shape.rank] = 2;
  ad_array *e = ad_erfinv(ad__random_signed(r, is_complex ? (ad_shape){shape.rank + 1, dims} : shape, drawn_dtype(t)));
  ad_array *loc = r->in[1], *scale = r->in[2];
  if (is_complex) return ad__random_scaled(r, ad_squeeze(ad_view(e, t), &(ad_squeeze_opts){.axes = AD_AXES(-1)}), scale, loc);
  ad_array *root = AD_RULE_NUMBER(r, root_two);
  return ad__random_scaled(r, ad__rule_cast(e, t), scale ? ad_multiply(root, scale) : root, loc);
}

const ad_op ad__op_random_normal = {
    AD_OP_HEAD(random_normal),
    .params = "key, loc, scale",
    .doc = "Normal numbers of mean loc and standard deviation scale, 0 and 1 where they are NULL: sqrt(2) erfinv(u) * scale "
           "+ loc, u uniform on (-1, 1). A complex number has variance 1/2 in each part. Keys (..., 2) give (..., shape), to which loc and "
           "scale broadcast. A NULL key is the next one of the context.",
    .example = "ad_array *w = ad_random_normal(c, key, NULL, ad_number(c, 0.01), AD_SHAPE(784, 10), NULL);",
    .group = "random",
    .inputs = 3,
    .optional = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(float_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = inexact_dtypes,
    .dims = ad__random_dims,
    .compose = normal_compose,
    .batch = ad__random_batch,
    TWO_PARAMETERS,
    AD_ERRORS(SHARED_ERRORS(", -, -"),
              {"uint32[2], -, -", "shape=[4], dtype=bool", AD_E_TYPE, "dtype bool; a float or complex one is right"},
              {"uint32[2], -, float32[2,4]", "shape=[4]", AD_E_VALUE, "is right"}),
};

/* ---- truncated normal ---- */

static ad_array *truncated_compose(const ad_rule *r) {
  ad_dtype t = result_dtype(r), drawn = drawn_dtype(t);
  ad_array *lower = ad__rule_cast(r->in[1], drawn), *upper = ad__rule_cast(r->in[2], drawn), *root = AD_RULE_NUMBER(r, root_two);
  ad_array *a = ad_erf(ad_divide(lower, root)), *b = ad_erf(ad_divide(upper, root));
  ad_array *u = ad__random_scaled(r, ad__random_unit(r, ad__random_attr_shape(r), drawn), ad_subtract(b, a), a);
  return ad__rule_cast(ad_clip(ad_multiply(ad_erfinv(u), root), lower, upper), t);
}

const ad_op ad__op_random_truncated_normal = {
    AD_OP_HEAD(random_truncated_normal),
    .params = "key, lower, upper",
    .doc = "Normal numbers of mean 0 and variance 1, given that they lie between lower and upper: sqrt(2) erfinv(u), u uniform "
           "between erf(lower / sqrt(2)) and erf(upper / sqrt(2)). Keys (..., 2) give (..., shape), to which lower and upper broadcast. A "
           "NULL key is the next one of the context.",
    .example = "ad_array *y = ad_random_truncated_normal(key, ad_number(c, -2), ad_number(c, 2), AD_SHAPE(4), NULL);",
    .group = "random",
    .inputs = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(float_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = float_dtypes,
    .dims = ad__random_dims,
    .compose = truncated_compose,
    .batch = ad__random_batch,
    AD_SAMPLES({"uint32[2], float32[], float32[3]", "shape=[2,3]", "index:1000, symmetric, above1"},
               {"uint32[3,2], float32[3,1], float32[]", "shape=[4]", "index:1000, symmetric, above1"},
               {"uint32[2], float64[2], float64[]", "shape=[3,2], dtype=float64", "index:1000, symmetric, above1"},
               {"uint32[2], float16[], float16[]", "shape=[], dtype=float16", "index:1000, symmetric, above1"},
               {"uint32[2], float32[], float32[]", "shape=[0,2]", "index:1000, symmetric, above1"}),
    AD_ERRORS(SHARED_ERRORS(", float32[], float32[]"),
              {"uint32[2], float32[], float32[]", "shape=[4], dtype=complex64", AD_E_TYPE, "dtype complex64; a float one is right"}),
};

/* ---- gumbel and laplace ---- */

static ad_array *gumbel_compose(const ad_rule *r) {
  ad_dtype t = result_dtype(r);
  ad_array *u = ad__random_unit(r, ad__random_attr_shape(r), drawn_dtype(t));
  return ad__rule_cast(ad_negative(ad_log(ad_negative(ad_log(u)))), t);
}

const ad_op ad__op_random_gumbel = {
    AD_OP_HEAD(random_gumbel),
    .params = "key",
    .doc = "Numbers of the standard Gumbel distribution: -log(-log(u)), u uniform on [0, 1). Keys (..., 2) give (..., shape). A NULL key is "
           "the next one of the context.",
    .example = "ad_array *y = ad_random_gumbel(c, key, AD_SHAPE(4), NULL);",
    .group = "random",
    .inputs = 1,
    .optional = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(float_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = float_dtypes,
    .dims = ad__random_dims,
    .compose = gumbel_compose,
    .batch = ad__random_batch,
    AD_SAMPLES({"uint32[2]", "shape=[5]", "index:1000"}, {"uint32[3,2]", "shape=[2,2]", "index:1000"},
               {"uint32[2]", "shape=[], dtype=float64", "index:1000"}, {"uint32[2]", "shape=[3], dtype=float16", "index:1000"},
               {"uint32[2]", "shape=[0]", "index:1000"}),
    AD_ERRORS(SHARED_ERRORS(""), {"uint32[2]", "shape=[4], dtype=uint8", AD_E_TYPE, "dtype uint8; a float one is right"}),
};

static ad_array *laplace_compose(const ad_rule *r) {
  ad_dtype t = result_dtype(r);
  ad_array *u = ad__random_signed(r, ad__random_attr_shape(r), drawn_dtype(t));
  ad_array *y = ad_multiply(ad_sign(u), ad_log1p(ad_negative(ad_abs(u))));
  return ad__random_scaled(r, ad__rule_cast(y, t), r->in[2], r->in[1]);
}

const ad_op ad__op_random_laplace = {
    AD_OP_HEAD(random_laplace),
    .params = "key, loc, scale",
    .doc = "Numbers of the Laplace distribution around loc with that scale, 0 and 1 where they are NULL: sign(u) log(1 - |u|) * scale + "
           "loc, u uniform on (-1, 1). Keys (..., 2) give (..., shape), to which loc and scale broadcast. A NULL key is the next one of the "
           "context.",
    .example = "ad_array *y = ad_random_laplace(c, key, NULL, NULL, AD_SHAPE(4), NULL);",
    .group = "random",
    .inputs = 3,
    .optional = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(float_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = float_dtypes,
    .dims = ad__random_dims,
    .compose = laplace_compose,
    .batch = ad__random_batch,
    TWO_PARAMETERS,
    AD_ERRORS(SHARED_ERRORS(", -, -"), {"uint32[2], -, -", "shape=[4], dtype=int8", AD_E_TYPE, "dtype int8; a float one is right"}),
};
