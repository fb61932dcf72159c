/* tuple, item, custom, compiled, argument: several values as one, shared, never copied.
 *
 * A tuple has no value of its own: it holds its inputs (AD_OP_HOLDS), and an item of it is that input. The item kernel
 * therefore only meets ops with several outputs, whose values lie in u.outs. */
#include "ops/regions.h"
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

/* The results among the operands, which lie behind the first. */
ad_status ad__k_custom(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  ad_status s = ad__outs_new(x, node);
  for (int i = 0; i < node->type->rank && !s; i++) {
    const ad_value *of = &node->in[1 + i]->value;
    s = ad__value_view(x, node->type->members[i], of, 0, of->strides, &node->u.outs[i]);
  }
  return s;
}

ad_status ad__k_compiled(ad_exec *x, ad_array *node, uint32_t dying) {
  const ad_compiled *k = (const ad_compiled *)(const void *)node->in[0]->value.data;
  return k->run(x, node, dying);
}

ad_status ad__k_argument(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)node, (void)dying;
  return ad__fail(&x->err, AD_E_VALUE, "an argument of a traced function, used beyond its trace; only the function's result is right outside");
}
