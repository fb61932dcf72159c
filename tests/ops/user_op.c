/* Users' ops: registered with the descriptor the library's own ops use, computed by a kernel or by composition. */
#include <adamant/adamant.h>
#include "check.h"

/* A kernel of its own: sums pairs of neighbours, [..., 2n] to [..., n], times an attribute. */
static ad_status pairs_dims(ad_rel *r) {
  int rank = ad_rel_get_rank(r, 0), out = AD_REL_OUT(r, 0);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  ad_dim last = ad_rel_get_dim(r, 0, -1);
  bool ok = ad_rel_rank_at_least(r, 0, 1) && ad_rel_rank(r, out, rank);
  for (int i = 0; ok && i < rank - 1; i++) ok = ad_rel_same_dim(r, 0, i, out, i);
  if (ok && ad_dim_is_number(last) && last % 2)
    ok = ad_rel_fail(r, AD_E_VALUE, "the last axis is %lld; an even number is right", (long long)last);
  return ad_rel_end(r, ok && ad_rel_dim(r, out, -1, ad_dim_is_number(last) ? last / 2 : AD_DIM_UNKNOWN));
}

static ad_status pairs_eval(const ad_rule *r, ad_values *v) {
  const float *in = ad_values_input(v, 0);
  float *out = ad_values_output(v, 0);
  double scale = r->attrs[0].as.f[0];
  if (scale < 0) return ad_values_fail(v, AD_E_VALUE, "a negative scale; 0 or more is right");
  for (int64_t i = 0; i < ad_array_size(r->out); i++) out[i] = (float)scale * (in[2 * i] + in[2 * i + 1]);
  return AD_OK;
}

static const ad_field pairs_fields[] = {
    {.name = "scale", .kind = AD_FIELD_NUM, .doc = "a factor", .has_default = true, .default_num = 1},
};
static const ad_op pairs = {.size = sizeof(ad_op), .name = "my_pairs", .params = "a", .id = AD_OP_USER, .inputs = 1,
                            .outputs = 1, .fields = pairs_fields, .field_count = 1, .dtype_rule = AD_TYPE_FLOAT,
                            .accepts = AD_ACCEPT_FLOAT, .dims = pairs_dims, .eval = pairs_eval};

static ad_array *twice_compose(const ad_rule *r) { return ad_add(r->in[0], r->in[0]); }
static const ad_op twice = {.size = sizeof(ad_op), .name = "my_twice", .params = "a", .id = AD_OP_USER, .inputs = 1,
                            .outputs = 1, .flags = AD_OP_ELEMENTWISE | AD_OP_COMPOSITE, .compose = twice_compose};

TEST(a_kernel) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_INT(ad_op_register(c, &pairs), AD_OK);
  CHECK(ad_op_find(c, "my_pairs") == &pairs);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 4), ((float[]){1, 2, 3, 4, 5, 6, 7, 8}));
  ad_attr scale = ad_attr_num(AD_NUM(10));
  ad_array *y = ad_apply(c, AD_HERE, &pairs, &x, 1, &scale);
  float out[4];
  CHECK_INT(ad_read(y, out, sizeof out), AD_OK);
  CHECK_NEAR(out[0], 30, 0);
  CHECK_NEAR(out[3], 150, 0);
  y = ad_apply(c, AD_HERE, &pairs, &y, 1, NULL);
  CHECK_INT(ad_array_dim(y, -1), 1);
  CHECK_INT(ad_eval(y), AD_OK);
  ad_array *bad = ad_apply(c, AD_HERE, &pairs, &y, 1, NULL);
  CHECK_STR_HAS(ad_error_text(bad), "user_op.c:");
  CHECK_STR_HAS(ad_error_text(bad), "my_pairs: the last axis is 1; an even number is right");
  scale = ad_attr_num(AD_NUM(-1));
  bad = ad_apply(c, AD_HERE, &pairs, &x, 1, &scale);
  CHECK_INT(ad_eval(bad), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(bad), "my_pairs: a negative scale");
  ad_ctx_free(c);
}

TEST(a_composition) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_INT(ad_op_register(c, &twice), AD_OK);
  ad_array *x = ad_array_new(c, AD_INT32, AD_SHAPE(3), ((int[]){1, 2, 3}));
  ad_array *y = ad_apply(c, AD_HERE, &twice, &x, 1, NULL);
  int out[3];
  CHECK_INT(ad_read(y, out, sizeof out), AD_OK);
  CHECK_INT(out[2], 6);
  ad_ctx_free(c);
}

TEST(what_cannot_be_an_op) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_op bad = pairs;
  bad.name = "add";
  CHECK_INT(ad_op_register(c, &bad), AD_E_VALUE);
  bad = pairs;
  bad.eval = NULL;
  CHECK_INT(ad_op_register(c, &bad), AD_E_VALUE);
  bad = pairs;
  bad.size = 8;
  CHECK_INT(ad_op_register(c, &bad), AD_E_VALUE);
  CHECK_INT(ad_op_register(c, NULL), AD_E_VALUE);
  CHECK_INT(ad_op_register(c, &pairs), AD_OK);
  CHECK_INT(ad_op_register(c, &pairs), AD_E_VALUE);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(a_kernel), CASE(a_composition), CASE(what_cannot_be_an_op))
