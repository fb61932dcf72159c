/* Lending: where the elements of an array lie, and holds on that memory, for bindings that hand it on without a copy.
 *
 * A pin is a constant of its own over the same buffer. It keeps the buffer, not the array, so that the array may be updated,
 * made contiguous or dropped meanwhile; and because a buffer with two references is never written in place, what was lent
 * keeps its value. Nothing here copies. */
#include <string.h>
#include "ir/ctx.h"
#include "ops/apply.h"
#include "ops/graph_build.h"

static bool has_value(const ad_array *a) { return a && a->state == AD_DONE && a->type->kind == AD_KIND_TENSOR; }

static ad_array *refused(ad_place where, ad_array *a, const char *what) {
  return ad__scope_take_error(ad__node_errorf(a->ctx, where, NULL, AD_E_TYPE, "pin: %s; an array with a value is right", what));
}

ad_array *ad_array_pin_at(ad_place where, ad_array *a) {
  if (!a) return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  if (ad__is_error(a)) return ad__scope_take_error(a);
  if (a->type->kind != AD_KIND_TENSOR) return refused(where, a, "a tuple");
  if (a->flags & AD_NODE_GRAPH) return refused(where, a, "an array that is being traced");
  if (ad_eval(a)) return ad__scope_take_error(a);
  return ad__scope_take_error(ad__constant_over(a->ctx, where, a->type, &a->value, NULL));
}

ad_status ad_array_memory_of(ad_array *a, ad_array_memory *out) {
  *out = (ad_array_memory){0};
  if (!has_value(a)) return AD_E_VALUE;
  ad__ctx_settle_drops(a->ctx);
  const ad_buffer *b = a->value.buf;
  out->data = a->value.data;
  out->row_major = ad__value_contiguous(&a->value);
  if (out->row_major) ad__type_strides(a->type, out->strides);
  else memcpy(out->strides, a->value.strides, (size_t)a->type->rank * sizeof *out->strides);
  out->foreign = b->size_class == AD_BUFFER_FOREIGN;
  if (out->foreign) out->user = b->user, out->release = b->release;
  out->sharers = atomic_load_explicit(&b->refs, memory_order_acquire);
  out->holders = a->refs;
  return AD_OK;
}
