/* tuple and item: several values as one, shared, never copied.
 *
 * A tuple has no value of its own: it holds its inputs (AD_OP_HOLDS), and an item of it is that input. The item kernel
 * therefore only meets ops with several outputs, whose values lie in u.outs. */
#include "runtime/structural.h"

ad_status ad__k_tuple(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)x, (void)node, (void)dying;
  return AD_OK;
}

ad_status ad__k_item(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_value *of = &node->in[0]->u.outs[ad__attr(node, 0)->as.i];
  return ad__value_view(x, node->type, of, 0, of->strides, &node->value);
}
