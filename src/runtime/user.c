/* Kernels of users' ops: row-major inputs in, fresh outputs filled. */
#include "runtime/structural.h"

struct ad_values {
  ad_exec *x;
  int inputs, outputs;
  const char **in;
  ad_value *out;
};

const void *ad_values_input(const ad_values *v, int i) { return i >= 0 && i < v->inputs ? v->in[i] : NULL; }
void *ad_values_output(const ad_values *v, int k) { return k >= 0 && k < v->outputs ? v->out[k].data : NULL; }
ad_status ad_values_fail(ad_values *v, ad_status code, const char *text) {
  return ad__fail(&v->x->err, code, "%s", text);
}

static ad_status new_outputs(ad_exec *x, ad_array *node, ad_value **out) {
  if (node->op->outputs == 1) {
    *out = &node->value;
    return ad__value_new(x, node->type, &node->value);
  }
  ad_status s = ad__outs_values(x, node);
  *out = node->u.outs;
  return s;
}

ad_status ad__k_user(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  size_t n = node->n ? node->n : 1;
  size_t bytes = n * (sizeof(ad_value) + sizeof(char *));
  ad_value *temps = ad__mem_zeroed(&x->ctx->mem, bytes);
  if (!temps) return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  ad_values v = {.x = x, .inputs = node->n, .outputs = node->op->outputs, .in = (const char **)(temps + n)};
  ad_status s = new_outputs(x, node, &v.out);
  for (int i = 0; i < node->n && !s; i++)
    if (node->in[i] && !(v.in[i] = ad__value_contiguous_data(x, node->in[i], &temps[i]))) s = x->err.code;
  if (!s) {
    ad_rule r = {.ctx = x->ctx, .op = node->op, .n = node->n, .in = node->in, .out = node,
                 .attrs = node->attrs ? node->attrs->at : NULL};
    s = node->op->eval(&r, &v);
    if (s && !x->err.code) ad__fail(&x->err, s, "the op's kernel failed");
  }
  for (int i = 0; i < node->n; i++)
    if (node->in[i]) ad__value_free(x->cache, node->in[i]->type, &temps[i]);
  ad__mem_give(&x->ctx->mem, temps, bytes);
  return s;
}
