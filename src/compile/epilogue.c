/* Epilogues: a group that is computed on pieces of a product while they are in the cache.
 *
 * A product (or whatever kernel gives its result in pieces, exec.h) whose result only one group takes becomes part of that group's
 * step: bias, activation, residual or the update of a weight then cost no way through memory, and the product itself is never
 * written there. Sums and scalar expressions are those of the two steps apart, so every bit is too. Where the kernel prefers
 * to give its result as a whole, because it is small or of a dtype that is converted, the group runs after it.
 * Nothing but the group depends on the product, so the step can be where the group's was, and no circle comes about. */
#include "compile/block.h"

#include "ir/ctx.h"
#include "runtime/exec.h"

/* ---- Which ---- */

enum { NOBODY = -1, SEVERAL = -2 };

/* Per node: the group that takes it, if nothing else does. */
static void find_takers(const ad_plan *p, int *taker) {
  const ad_graph *g = p->graph;
  for (int i = 0; i < g->nodes.count; i++) taker[i] = NOBODY;
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    int group = p->grouping.group_of[i];
    for (int k = 0; k < a->n; k++) {
      int *t = a->in[k] ? &taker[a->in[k]->serial] : NULL;
      if (t) *t = group >= 0 && (*t == NOBODY || *t == group) ? group : SEVERAL;
    }
  }
  for (int i = 0; i < g->results.count; i++) taker[g->results.at[i]->serial] = SEVERAL;
}

static bool can_attach(const ad_plan *p, const ad_array *a, int group) {
  if (group < 0 || p->grouping.group_of[a->serial] >= 0 || !ad__kernel_gives_pieces(a)) return false;
  const ad_group *g = &p->grouping.groups[group];
  return g->product < 0 && !g->reduced && ad__same_dims(a->type, g->space);
}

bool ad__plan_attach(ad_plan *p) {
  size_t bytes = ((size_t)p->graph->nodes.count + 1) * sizeof(int);
  int *taker = p->unfused ? NULL : ad__mem_take(&p->ctx->mem, bytes);
  if (!taker) return p->unfused;
  find_takers(p, taker);
  /* From the last one back: of several products, the one that the group has to wait for. */
  for (int i = p->graph->nodes.count; i-- > 0;) {
    if (!can_attach(p, p->graph->nodes.at[i], taker[i])) continue;
    p->grouping.groups[taker[i]].product = i;
    p->grouping.group_of[i] = taker[i];
  }
  ad__mem_give(&p->ctx->mem, taker, bytes);
  return true;
}

/* ---- Running ---- */

typedef struct epilogue {
  ad_block_job job;
  ad_native_call call; /* where the group has native code */
  int operand;         /* which of the group's comes in pieces */
} epilogue;

static void take_piece(void *arg, const ad_piece *piece) {
  const epilogue *e = arg;
  ad__block_piece(&e->job, e->operand, piece);
}

static void take_native(void *arg, const ad_piece *piece) {
  const epilogue *e = arg;
  ad__native_group_piece(&e->call, e->operand, piece);
}

/* The product, given in pieces; *whole: it was not. */
static ad_status run_product(ad_exec *x, ad_array *product, const ad_pieces *pieces, bool *whole) {
  x->pieces = pieces;
  ad_status s = ad__exec_node(x, product, 0);
  *whole = x->pieces != NULL;
  x->pieces = NULL;
  return s;
}

ad_status ad__epilogue_run(ad_exec *x, const ad_group *g, ad_array *product, ad_array *const *in, ad_array *const *out,
                           const ad_native_group *native, ad_native_fn fn) {
  epilogue e;
  bool whole = false;
  ad_status s = AD_OK;
  e.operand = 0;
  while (in[e.operand] != product) e.operand++;
  if (fn && ad__native_group_begin(&e.call, x, native, fn, in, out, e.operand)) {
    s = run_product(x, product, &(ad_pieces){take_native, &e}, &whole);
  } else {
    s = ad__block_begin(x, g, in, out, &e.job);
    if (!s) s = run_product(x, product, &(ad_pieces){take_piece, &e}, &whole);
    ad__block_end(x, g, in, &e.job);
  }
  if (!s && whole && (!fn || !ad__native_group_run(x, native, fn, in, out))) s = ad__block_run(x, g, in, out);
  if (product->value.buf) ad__value_free(x->cache, product->type, &product->value);
  return s;
}
