/* Constant folding: a node whose operands are all constants is computed now, by its own kernel, so its bits are those that a
 * run would give. What is large is left to the run: memory is worth more than a pass over it. */
#include "compile/pass.h"

#include <string.h>
#include "ops/graph_build.h"
#include "runtime/exec.h"

enum { MOST_BYTES = 4096 };

static bool is_foldable(const ad_array *a, ad_array *const *in) {
  const unsigned never = AD_OP_UNIQUE | AD_OP_NO_VALUE | AD_OP_HOLDS | AD_OP_PROJECTS;
  if ((a->flags & AD_NODE_CONST) || (a->op->flags & never) || a->op->id == AD_OP_USER) return false;
  if (a->type->kind != AD_KIND_TENSOR || a->type->size < 0 || a->type->bytes > MOST_BYTES) return false;
  for (int i = 0; i < a->n; i++)
    if (!in[i] || !(in[i]->flags & AD_NODE_CONST)) return false;
  return ad__kernel_of(a) != NULL;
}

static ad_array *fold(ad_passing *p, ad_array *a, ad_array *const *in) {
  if (!is_foldable(a, in)) return NULL;
  ad_ctx *c = p->ctx;
  size_t bytes = sizeof *a + (size_t)a->n * sizeof *in;
  ad_array *copy = ad__mem_take(&c->mem, bytes), *y = NULL;
  if (!copy) return c->out_of_memory;
  memcpy(copy, a, sizeof *a);
  if (a->n) memcpy(copy->in, in, (size_t)a->n * sizeof *in);
  copy->value = (ad_value){NULL, NULL, NULL};
  copy->u.outs = NULL;
  ad_exec x = {.ctx = c, .cache = &c->buffers, .pool = c->pool, .kernels = ad__kernels_of(c->isa)};
  /* What fails now fails when it is run, with its place. */
  if (!ad__exec_node(&x, copy, 0)) y = ad__constant_over(c, a->where, a->type, &copy->value, NULL);
  if (copy->value.buf) ad__value_free(&c->buffers, a->type, &copy->value);
  ad__mem_give(&c->mem, copy, bytes);
  return y;
}

ad_graph *ad__pass_fold(ad_graph *g) {
  for (int i = 0; i < g->nodes.count; i++)
    if (is_foldable(g->nodes.at[i], g->nodes.at[i]->in)) return ad__pass_over(g, fold, NULL);
  return g;
}
