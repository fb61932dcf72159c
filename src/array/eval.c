/* Evaluation: schedule, run, publish.
 *
 * Schedule walks from the roots (a loop over an explicit stack, reserved as nodes were made, so it cannot run out of
 * memory), puts the nodes in order, expands composites that have no kernel, and marks at which step each value dies.
 * Run calls kernels; it touches only values of nodes of this run, and may be done by a stream's thread.
 * Publish makes the results visible and drops the inputs of evaluated nodes, which frees the intermediates.
 *
 * A value dies in a run when every reference to its node is an edge of this run: no handle, no other consumer. */
#include "array/eval.h"

#include <string.h>
#include "ops/apply.h"
#include "runtime/region_frame.h"
#include "transform/transform.h"

/* visit holds the epoch of the last walk, plus: */
enum { SEEN = 0, OPEN = 1, ORDERED = 2, LAST_USE = 3, EPOCH_STEP = 4 };

static bool keeps_inputs(const ad_array *a) {
  return (a->flags & AD_NODE_KEEPS) || (a->op->flags & AD_OP_HOLDS) || a->ctx->opts.keep_graphs || a->ctx->keep_graphs;
}

/* ---- Composites ---- */

/* Builds the composition of a node whose op has no kernel of its own; the node then takes its value. */
static void expand(ad_array *a) {
  ad_ctx *c = a->ctx;
  ad_rule r = {.ctx = c, .op = a->op, .n = a->n, .in = a->in, .attrs = a->attrs ? a->attrs->at : NULL};
  ad_place outer = c->rule_where;
  c->rule_where = a->where;
  ad_scope *s = ad_scope_begin(c);
  /* Without memory for a scope nothing is built: its handles would enter the one outside. */
  ad_array *y = s == &c->no_scope ? c->out_of_memory : ad_scope_end(s, a->op->compose(&r));
  c->rule_where = outer;
  a->expanded = ad__node_keep(y);
  ad__scope_give_back(y);
}

static bool needs_expansion(const ad_array *a) {
  return a->op->compose && !a->expanded && !ad__kernel_of(a);
}

/* ---- Schedule ---- */

/* Counts the edge a -> x and pushes x when it has still to be computed. */
static size_t meet(ad_ctx *c, ad_array *x, bool counts, size_t sp, ad_stream *stream) {
  uint64_t epoch = c->epoch;
  if (x->state == AD_PENDING && x->run->stream != stream) ad__await(x);
  if (x->visit < epoch) {
    x->visit = epoch + SEEN;
    x->uses = x->refs;
  }
  if (counts) x->uses--;
  if (x->state == AD_LAZY && x->visit == epoch + SEEN) c->stack[sp++] = x;
  return sp;
}

static size_t open_node(ad_ctx *c, ad_array *a, size_t sp, ad_stream *stream) {
  a->visit = c->epoch + OPEN;
  if (needs_expansion(a)) expand(a);
  if (a->expanded) {
    if (!keeps_inputs(a)) ad__node_cut(a);
    return meet(c, a->expanded, true, sp, stream);
  }
  if (a->op->result && a->attrs) ad__regions_lower(a); /* without memory the kernel fails */
  bool counts = !keeps_inputs(a);
  for (int i = 0; i < a->n; i++)
    if (a->in[i]) sp = meet(c, a->in[i], counts, sp, stream);
  return sp;
}

static size_t walk(ad_ctx *c, ad_array *root, size_t count, ad_stream *stream) {
  size_t sp = meet(c, root, false, 0, stream);
  while (sp) {
    ad_array *a = c->stack[sp - 1];
    if (a->visit == c->epoch + SEEN) {
      sp = open_node(c, a, sp, stream);
    } else {
      sp--;
      if (a->visit != c->epoch + OPEN) continue;
      a->visit = c->epoch + ORDERED;
      c->steps[count++].node = a;
    }
  }
  return count;
}

/* An input that has no bit: the mark holds for the step that uses it last, unless another one has it behind its first 32 too. */
static void mark_far_input(ad_array *x, uint64_t last_use) {
  bool dies = !x->uses && x->visit != last_use && x->state != AD_PENDING;
  if (dies) x->visit = last_use;
  x->flags = (uint8_t)(dies ? x->flags | AD_NODE_DIES : x->flags & ~AD_NODE_DIES);
}

/* From the last step back: the first edge met is a value's last use. */
static void mark_deaths(ad_ctx *c, size_t count) {
  uint64_t last_use = c->epoch + LAST_USE;
  for (size_t k = count; k-- > 0;) {
    ad_array *a = c->steps[k].node;
    uint32_t dying = 0;
    ad_array **in = a->expanded ? &a->expanded : a->in;
    int n = a->expanded ? 1 : a->n < 32 ? a->n : 32;
    for (int i = 0; i < n; i++) {
      ad_array *x = in[i];
      if (!x || x->uses || x->visit == last_use || x->state == AD_PENDING) continue;
      x->visit = last_use;
      dying |= 1u << i;
    }
    for (int i = 32; !a->expanded && i < a->n; i++)
      if (a->in[i]) mark_far_input(a->in[i], last_use);
    c->steps[k].dying = dying;
  }
}

/* An argument of an open trace has no value: what was asked for says so, and everything else stays as it is. */
static bool is_refused(ad_ctx *c, ad_array *const *roots, int n, size_t count) {
  if (!c->tracing) return false;
  const ad_array *traced = NULL;
  for (size_t k = 0; k < count && !traced; k++)
    if (c->steps[k].node->op->flags & AD_OP_NO_VALUE) traced = c->steps[k].node;
  for (int i = 0; i < n && traced; i++) {
    ad_array *a = roots[i];
    if (a->state != AD_LAZY) continue;
    char line[AD_ERR_TEXT];
    ad__format(line, sizeof line, "%s%s%s: its value was asked for inside %s, where it has none; deciding by where or cond, or "
               "reading outside, is right", a->where ? a->where : "", a->where ? ": " : "", a->op->name, ad__attr(traced, 0)->as.text);
    ad__node_break(a, AD_E_VALUE, line);
    a->state = AD_FAILED;
    if (!c->misread.code) ad__fail(&c->misread, AD_E_VALUE, "%s", line);
  }
  return traced != NULL;
}

size_t ad__schedule(ad_ctx *c, ad_array *const *roots, int n, ad_stream *stream) {
  ad__ctx_settle_drops(c);
  c->epoch += EPOCH_STEP;
  size_t count = 0;
  for (int i = 0; i < n; i++) count = walk(c, roots[i], count, stream);
  if (is_refused(c, roots, n, count)) return 0;
  mark_deaths(c, count);
  return count;
}

/* ---- Run ---- */

/* What a failed node of several outputs already had of them. */
static void drop_outs(ad_exec *x, ad_array *a) {
  if (a->type->kind == AD_KIND_TENSOR || !a->u.outs) return;
  for (int i = 0; i < a->type->rank; i++) ad__value_free(x->cache, a->type->members[i], &a->u.outs[i]);
  ad__block_give(&x->cache->blocks, a->u.outs, (size_t)a->type->rank * sizeof *a->u.outs);
  a->u.outs = NULL;
}

static void fail_node(ad_exec *x, ad_array *a, ad_status code) {
  if (a->type->kind != AD_KIND_TENSOR) ad__outs_free(x, a);
  char line[AD_ERR_TEXT + 256];
  drop_outs(x, a);
  if (x->told) ad__format(line, sizeof line, "%s", x->err.text);
  else ad__format(line, sizeof line, "%s%s%s: %s", a->where ? a->where : "", a->where ? ": " : "", a->op->name, x->err.text);
  x->told = false;
  ad__node_break(a, code, line);
}

static ad_array *broken_input(const ad_array *a) {
  if (a->expanded) return a->expanded->flags & AD_NODE_BROKEN ? a->expanded : NULL;
  for (int i = 0; i < a->n; i++)
    if (a->in[i] && (a->in[i]->flags & AD_NODE_BROKEN)) return a->in[i];
  return NULL;
}

/* The value of an expanded node is its expansion's. */
static ad_status take_expansion(ad_exec *x, ad_array *a) {
  ad_array *e = a->expanded;
  if (a->type->kind == AD_KIND_TENSOR) return ad__value_view(x, a->type, &e->value, 0, e->value.strides, &a->value);
  if (ad__outs_new(x, a)) return x->err.code;
  for (int i = 0; i < a->type->rank; i++) {
    const ad_value *v = e->op->flags & AD_OP_HOLDS ? &e->in[i]->value : &e->u.outs[i];
    if (ad__value_view(x, a->type->members[i], v, 0, v->strides, &a->u.outs[i])) return x->err.code;
  }
  return AD_OK;
}

static void release_dying(ad_exec *x, ad_array *a, uint32_t dying) {
  ad_array **in = a->expanded ? &a->expanded : a->in;
  for (int i = 0; dying; i++, dying >>= 1) {
    if (!(dying & 1)) continue;
    if (in[i]->value.buf) ad__value_free(x->cache, in[i]->type, &in[i]->value);
    /* Its members were handed on, and who has one shall have it alone. */
    bool holds = in[i]->op->flags & AD_OP_HOLDS;
    if (in[i]->type->kind != AD_KIND_TENSOR && !holds && !(in[i]->flags & AD_NODE_BROKEN)) ad__outs_free(x, in[i]);
  }
}

void ad__run_steps(ad_exec *x, const ad_step *steps, size_t count) {
  for (size_t k = 0; k < count; k++) {
    ad_array *a = steps[k].node, *bad = broken_input(a);
    if (bad) {
      ad__node_break(a, bad->u.failure->code, bad->u.failure->text);
    } else {
      x->err.code = AD_OK;
      ad_status s = a->expanded ? take_expansion(x, a) : ad__exec_node(x, a, steps[k].dying);
      if (s) fail_node(x, a, s);
    }
    release_dying(x, a, steps[k].dying);
  }
}

/* ---- Publish ---- */

void ad__publish(const ad_step *steps, size_t count) {
  for (size_t k = 0; k < count; k++) {
    ad_array *a = steps[k].node;
    a->state = a->flags & AD_NODE_BROKEN ? AD_FAILED : AD_DONE;
    a->run = NULL;
    if (a->expanded) {
      ad_array *e = a->expanded;
      a->expanded = NULL;
      ad__node_drop(e);
    }
    if (!keeps_inputs(a)) ad__node_cut(a);
  }
}

/* ---- The public calls ---- */

static ad_status evaluate(ad_ctx *c, ad_array *const *roots, int n) {
  for (int i = 0; i < n; i++)
    if (roots[i]->flags & AD_NODE_GRAPH) return AD_E_TYPE; /* a node of a graph has a type and no value */
  size_t count = ad__schedule(c, roots, n, NULL);
  if (count) {
    ad_exec x = {.ctx = c, .cache = &c->buffers, .pool = c->pool, .kernels = ad__kernels_of(c->isa)};
    ad__run_steps(&x, c->steps, count);
    ad__publish(c->steps, count);
  }
  for (int i = 0; i < n; i++)
    if (ad__is_error(roots[i])) return ad_error_code(roots[i]);
  return AD_OK;
}

ad_status ad_eval(ad_array *a) {
  if (!a) return AD_E_VALUE;
  if (a->state == AD_DONE) return AD_OK;
  if (a->state == AD_FAILED) return ad_error_code(a);
  return evaluate(a->ctx, &a, 1);
}

ad_status ad_eval_all(ad_array *const *arrays, int n) {
  ad_ctx *c = NULL;
  for (int i = 0; i < n; i++) {
    if (!arrays[i]) return AD_E_VALUE;
    if (!c) c = arrays[i]->ctx;
    if (arrays[i]->ctx != c && !ad__is_error(arrays[i])) return AD_E_VALUE;
  }
  return c ? evaluate(c, arrays, n) : AD_OK;
}

const void *ad_data(ad_array *a) {
  if (!a || a->type->kind != AD_KIND_TENSOR || ad_eval(a)) return NULL;
  if (ad__value_contiguous(&a->value)) return a->value.data;
  ad_ctx *c = a->ctx;
  ad_exec x = {.ctx = c, .cache = &c->buffers, .pool = c->pool, .kernels = ad__kernels_of(c->isa)};
  ad_value copy;
  if (!ad__value_contiguous_data(&x, a, &copy)) return NULL;
  ad__value_free(&c->buffers, a->type, &a->value);
  a->value = copy;
  return a->value.data;
}

ad_status ad_read(ad_array *a, void *out, size_t bytes) {
  if (!a) return AD_E_VALUE;
  ad_status s = ad_eval(a);
  if (s) return s;
  if (a->type->kind != AD_KIND_TENSOR) return AD_E_TYPE;
  if (bytes != a->type->bytes || (bytes && !out)) return AD_E_VALUE;
  if (!bytes) return AD_OK;
  if (ad__value_contiguous(&a->value)) {
    memcpy(out, a->value.data, bytes);
    return AD_OK;
  }
  ad_ctx *c = a->ctx;
  ad_exec x = {.ctx = c, .cache = &c->buffers, .pool = c->pool, .kernels = ad__kernels_of(c->isa)};
  int64_t strides[AD_MAX_RANK];
  ad__type_strides(a->type, strides);
  ad__copy_strided(&x, a->type, out, strides, a->value.data, a->value.strides);
  return AD_OK;
}
