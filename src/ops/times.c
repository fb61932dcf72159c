/* The product of a cotangent and a factor, where it is one: a gradient begins with ones, and sums spread them.
 *
 * Ones are known by what they are made of: a constant one, seen through views, which only name elements again. */
#include <string.h>
#include "ir/node.h"
#include "ops/elementwise_rules.h"

enum { MOST_VIEWS = 8 };

static bool is_one(const ad_array *a) {
  if (a->type->kind != AD_KIND_TENSOR || a->type->size != 1) return false;
  float f;
  double d;
  uint16_t h;
  switch (a->type->dtype) {
  case AD_FLOAT32: return memcpy(&f, a->value.data, sizeof f), f == 1;
  case AD_FLOAT64: return memcpy(&d, a->value.data, sizeof d), d == 1;
  case AD_FLOAT16: return memcpy(&h, a->value.data, sizeof h), h == 0x3c00;
  case AD_BFLOAT16: return memcpy(&h, a->value.data, sizeof h), h == 0x3f80;
  default: return false;
  }
}

static bool is_ones(const ad_array *a) {
  for (int i = 0; i < MOST_VIEWS; i++) {
    if (a->flags & AD_NODE_CONST) return a->state == AD_DONE && is_one(a);
    if (!(a->op->flags & AD_OP_VIEW) || a->n != 1 || !a->in[0] || a->in[0]->type->dtype != a->type->dtype) return false;
    a = a->in[0];
  }
  return false;
}

/* Multiplying by `one` leaves the other as it is, shape and dtype included. */
static bool leaves(const ad_array *one, const ad_array *other) {
  return one->type->dtype == other->type->dtype && (one->type == other->type || one->type->rank == 0) && is_ones(one);
}

ad_array *ad__times(ad_array *a, ad_array *b) {
  if (ad_is_error(a) || ad_is_error(b) || a->ctx != b->ctx) return ad_multiply(a, b);
  if (leaves(a, b)) return b;
  return leaves(b, a) ? a : ad_multiply(a, b);
}
