/* random_bits: the generator under every random function.
 *
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011),
 * counted as older JAX does: of n words, word i of the first half and word i of the second are the two lanes of
 * counter (i, h + i), h the larger half; an odd n has a last counter (h - 1, 0) of which only the first lane is used. */
#include "ops/rules.h"

enum { SHAPE, WIDTH };

static const ad_field bits_fields[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the shape of the result"},
    {.name = "width", .kind = AD_FIELD_INT, .doc = "bytes of one number: 1, 2, 4 or 8", .has_default = true, .default_num = 4},
};

static bool whole_shape(ad_rel *r) {
  const ad_attr *shape = ad_rel_attr(r, SHAPE);
  int64_t width = ad_rel_attr(r, WIDTH)->as.i;
  if (width != 1 && width != 2 && width != 4 && width != 8)
    return ad_rel_fail(r, AD_E_VALUE, "width %lld; 1, 2, 4 or 8 is right", (long long)width);
  for (int i = 0; i < shape->count; i++)
    if (shape->as.ints[i] < 0)
      return ad_rel_fail(r, AD_E_VALUE, "dim %lld of the shape; 0 or more is right", (long long)shape->as.ints[i]);
  int rank = ad_rel_get_rank(r, 0);
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank_at_least(r, 0, 1) || !ad_rel_dim(r, 0, -1, 2) ||
      !ad_rel_rank(r, AD_REL_OUT(r, 0), rank - 1 + shape->count))
    return false;
  for (int i = 0; i < rank - 1; i++)
    if (!ad_rel_same_dim(r, 0, i, AD_REL_OUT(r, 0), i)) return false;
  for (int i = 0; i < shape->count; i++)
    if (!ad_rel_dim(r, AD_REL_OUT(r, 0), rank - 1 + i, shape->as.ints[i])) return false;
  return true;
}

static ad_status bits_dims(ad_rel *r) { return ad_rel_end(r, whole_shape(r)); }

static ad_status bits_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  int64_t width = r->attrs[WIDTH].as.i;
  in[0] = AD_UINT32;
  out[0] = width == 1 ? AD_UINT8 : width == 2 ? AD_UINT16 : width == 8 ? AD_UINT64 : AD_UINT32;
  return AD_OK;
}

/* A batch of keys is what the op takes anyhow: every key fills a block of its own. */
static ad_array *bits_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  const ad_attr *shape = &r->attrs[SHAPE];
  return ad_random_bits(r->in[0], ((ad_shape){shape->count, shape->as.ints}),
                        &(ad_random_bits_opts){.width = AD_INT(r->attrs[WIDTH].as.i)});
}

const ad_op ad__op_random_bits = {
    AD_OP_HEAD(random_bits),
    .params = "key",
    .doc = "Random unsigned integers from a key of two uint32 words: Threefry-2x32, 20 rounds. The same key gives the "
           "same numbers. Keys of shape (..., 2) each fill a block of `shape`: the result has shape (..., shape).",
    .example = "ad_array *w = ad_random_bits(key, AD_SHAPE(4), NULL);",
    .group = "random",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(bits_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = bits_dtypes,
    .dims = bits_dims,
    AD_DERIVS(AD_NO_DERIV("the result is integer")),
    .batch = bits_batch,
    AD_SPELLINGS({"numpy", "random_bits($0, @shape, @out)"}),
    AD_SAMPLES({"uint32[2]", "shape=[4]", "index:1000"}, {"uint32[2]", "shape=[3]", "index:1000"},
               {"uint32[3,2]", "shape=[2,5], width=2", "index:1000"}, {"uint32[2]", "shape=[], width=8", "index:1000"},
               {"uint32[2]", "shape=[0]", "index:1000"}),
    AD_ERRORS({"uint32[3]", "shape=[4]", AD_E_VALUE, "axis 0 is 3; 2 is right"},
              {"uint32[2]", "shape=[4], width=3", AD_E_VALUE, "width 3; 1, 2, 4 or 8 is right"}),
};
