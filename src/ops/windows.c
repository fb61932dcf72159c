/* linspace, and the window functions of signal processing.
 *
 * All are computed in float64 and rounded once. The windows are those of F. J. Harris, "On the use of windows for
 * harmonic analysis with the discrete Fourier transform", Proc. IEEE 66 (1978), in the symmetric form. */
#include "ops/dims.h"
#include "ops/rules.h"

#define DTYPE_FIELD \
  {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = AD_FLOAT32}

static ad_status linspace_dims(ad_rel *r) {
  enum { START, STOP, NUM };
  int64_t n = ad_rel_attr(r, NUM)->as.i;
  if (n < 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "num %lld; 0 or more is right", (long long)n));
  return ad_rel_end(r, ad_rel_is(r, AD_REL_OUT(r, 0), 1, &n));
}

static const ad_field linspace_fields[] = {
    {.name = "start", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "the first element"},
    {.name = "stop", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "the last element"},
    {.name = "num", .kind = AD_FIELD_INT, .doc = "how many", .has_default = true, .default_num = 50},
    {.name = "half_open", .kind = AD_FIELD_FLAG, .doc = "leaves stop out, as the element after the last"},
    DTYPE_FIELD,
};
const ad_op ad__op_linspace = {
    AD_OP_HEAD(linspace),
    .doc = "Numbers evenly apart from start to stop, both exact. Integer dtypes round down.",
    .example = "ad_array *y = ad_linspace(c, 0, 1, &(ad_linspace_opts){.num = AD_INT(11)});",
    .group = "creation",
    .outputs = 1,
    AD_FIELDS(linspace_fields),
    .dtype_rule = AD_TYPE_ATTR,
    .dims = linspace_dims,
    AD_SPELLINGS({"numpy", "(lambda y: np.floor(y) if np.issubdtype(@dtype, np.integer) else y)(np.linspace(@start, @stop, @num, "
                           "not @half_open)).astype(@dtype)"}),
    AD_SAMPLES({"", "start=0, stop=1", ""}, {"", "start=-1.5, stop=7, num=9, dtype=float64", ""},
               {"", "start=0, stop=1, num=4, half_open=true", ""}, {"", "start=2, stop=5, num=1", ""},
               {"", "start=2, stop=5, num=0, dtype=complex64", ""}, {"", "start=-5, stop=5, num=7, dtype=int32", ""},
               {"", "start=1, stop=0, num=3, dtype=float16", ""}),
    AD_ERRORS({"", "start=0, stop=1, num=-1", AD_E_VALUE, "num -1; 0 or more is right"}),
};

static ad_status window_dims(ad_rel *r) {
  int64_t n = ad_rel_attr(r, 0)->as.i;
  if (n < 0) n = 0;
  return ad_rel_end(r, ad_rel_is(r, AD_REL_OUT(r, 0), 1, &n));
}

static const ad_field window_fields[] = {
    {.name = "size", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many elements; below 1 gives none"},
    DTYPE_FIELD,
};

#define WINDOW(op_name, words)                                                                                       \
  const ad_op ad__op_##op_name = {                                                                                   \
      AD_OP_HEAD(op_name),                                                                                           \
      .doc = words " One element is 1.",                                                                             \
      .example = "ad_array *y = ad_" #op_name "(c, 64, NULL);",                                                      \
      .group = "creation",                                                                                           \
      .outputs = 1,                                                                                                  \
      AD_FIELDS(window_fields),                                                                                      \
      .dtype_rule = AD_TYPE_ATTR,                                                                                    \
      .dims = window_dims,                                                                                           \
      AD_SPELLINGS({"numpy", "np." #op_name "(@size).astype(@dtype)"}),                                              \
      AD_SAMPLES({"", "size=8", ""}, {"", "size=7, dtype=float64", ""}, {"", "size=1", ""}, {"", "size=0", ""},      \
                 {"", "size=5, dtype=float16", ""}, {"", "size=-3", ""}),                                            \
      AD_ERRORS({"", "size=4611686018427387904", AD_E_OVERFLOW, "its size does not fit 63 bits"}),                   \
  }

WINDOW(bartlett, "The triangle 1 - |2i/(n-1) - 1|.");
WINDOW(hanning, "0.5 - 0.5 cos(2 pi i/(n-1)).");
WINDOW(hamming, "0.54 - 0.46 cos(2 pi i/(n-1)).");
WINDOW(blackman, "0.42 - 0.5 cos(2 pi i/(n-1)) + 0.08 cos(4 pi i/(n-1)).");
