/* Nodes: making, failing, freeing.
 *
 * A node of up to 9 inputs comes from a free list of its size. Freeing threads the dying nodes through one of their
 * own fields: no stack, no recursion, cannot fail, however deep the expression. */
#include "ir/node.h"

#include <string.h>
#include "ir/ctx.h"
#include "ir/graph.h"

static size_t node_bytes(int n) { return sizeof(ad_array) + (size_t)n * sizeof(ad_array *); }

static ad_array *take_block(ad_ctx *c, int n) {
  if (n < AD_NODE_FREE_LISTS) {
    ad_array *a = c->free_nodes[n];
    if (a) {
      c->free_nodes[n] = a->u.next;
      return a;
    }
  }
  return ad__mem_take(&c->mem, node_bytes(n));
}

static void give_block(ad_ctx *c, ad_array *a) {
  int n = a->n;
#ifdef AD_STRESS
  ad__mem_give(&c->mem, a, node_bytes(n));
#else
  if (n < AD_NODE_FREE_LISTS) {
    a->u.next = c->free_nodes[n];
    c->free_nodes[n] = a;
  } else {
    ad__mem_give(&c->mem, a, node_bytes(n));
  }
#endif
}

/* Takes the references to the inputs back without freeing any: a floating input is still its maker's. */
static void disown_inputs(ad_array *a) {
  for (int i = 0; i < a->n; i++) {
    if (a->in[i] && !(a->in[i]->flags & AD_NODE_IMMORTAL)) a->in[i]->refs--, a->in[i]->uses--;
    a->in[i] = NULL;
  }
}

static ad_array *lazy_node(ad_ctx *c, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                           const ad_attr *attrs) {
  if (atomic_load_explicit(&c->deferred_drops, memory_order_relaxed)) ad__ctx_settle_drops(c);
  ad_array *a = take_block(c, n);
  if (!a) return c->out_of_memory;
  a->op = op;
  a->type = type;
  a->ctx = c;
  a->where = c->rule_where ? c->rule_where : where;
  a->serial = c->serial++;
  a->refs = 0;
  a->visit = 0;
  a->uses = 0;
  a->n = (uint16_t)n;
  a->state = AD_LAZY;
  a->flags = 0;
  a->attrs = NULL;
  a->value = (ad_value){NULL, NULL, NULL};
  a->u.outs = NULL;
  a->run = NULL;
  a->expanded = NULL;
  atomic_init(&a->dropped, 0);
  c->live++;
  c->live_edges += (uint64_t)n + 1;
  for (int i = 0; i < n; i++) a->in[i] = in[i] ? ad__node_keep(in[i]) : NULL;
  if ((attrs && op->field_count && !(a->attrs = ad__attrs_copy_for(c, op, attrs))) || !ad__ctx_reserve(c)) {
    disown_inputs(a);
    ad__node_discard(a);
    return c->out_of_memory;
  }
  return a;
}

ad_array *ad__node_new(ad_ctx *c, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                       const ad_attr *attrs) {
  unsigned flags = 0;
  for (int i = 0; i < n; i++) flags |= in[i] ? in[i]->flags : 0;
  if (c->building || (flags & AD_NODE_GRAPH)) return ad__graph_node(c, where, op, type, in, n, attrs);
  return lazy_node(c, where, op, type, in, n, attrs);
}

/* ---- Errors ---- */

static ad_failure *failure_new(ad_ctx *c, ad_status code, const char *text) {
  size_t n = strlen(text) + 1;
  ad_failure *f = ad__mem_take(&c->mem, sizeof *f + n);
  if (!f) return NULL;
  f->code = code;
  f->bytes = sizeof *f + n;
  f->text = memcpy(f + 1, text, n);
  return f;
}

void ad__node_break(ad_array *a, ad_status code, const char *text) {
  ad_failure *f = failure_new(a->ctx, code, text);
  /* Without memory even for the text, the preallocated failure is shared; freeing knows it. */
  a->u.failure = f ? f : a->ctx->out_of_memory->u.failure;
  a->flags |= AD_NODE_BROKEN;
}

ad_array *ad__node_error(ad_ctx *c, ad_place where, const ad_op *op, ad_status code, const char *text) {
  if (code == AD_E_MEMORY) return c->out_of_memory;
  ad_array *a = lazy_node(c, where, op, c->error_type, NULL, 0, NULL);
  if (a->flags & AD_NODE_IMMORTAL) return a;
  char line[AD_ERR_TEXT + 256];
  ad__format(line, sizeof line, "%s%s%s%s%s", a->where ? a->where : "", a->where ? ": " : "", op ? op->name : "",
             op ? ": " : "", text);
  ad__node_break(a, code, line);
  a->state = AD_FAILED;
  return a;
}

ad_array *ad__node_errorf(ad_ctx *c, ad_place where, const ad_op *op, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  return ad__node_error(c, where, op, code, e.text);
}

/* ---- Freeing ---- */

void ad__value_free(ad_buffers *cache, const ad_type *type, ad_value *v) {
  if (v->strides) ad__block_give(&cache->blocks, v->strides, (size_t)type->rank * sizeof *v->strides);
  if (v->buf) ad__buffer_drop(cache, v->buf);
  *v = (ad_value){NULL, NULL, NULL};
}

static void free_payload(ad_array *a) {
  ad_ctx *c = a->ctx;
  if (a->flags & AD_NODE_BROKEN) {
    ad_failure *f = a->u.failure;
    if (f && f != c->out_of_memory->u.failure) ad__mem_give(&c->mem, f, f->bytes);
  } else if (a->u.outs) {
    for (int i = 0; i < a->type->rank; i++) ad__value_free(&c->buffers, a->type->members[i], &a->u.outs[i]);
    ad__block_give(&c->buffers.blocks, a->u.outs, (size_t)a->type->rank * sizeof(ad_value));
  }
  if (a->value.buf) ad__value_free(&c->buffers, a->type, &a->value);
  ad__attrs_free(c, a->op, a->attrs);
}

/* Takes an edge off; the list with x in front where that was its last reference. */
static ad_array *let_die(ad_array *x, ad_array *dying) {
  if (!x || (x->flags & AD_NODE_IMMORTAL) || --x->refs) return dying;
  free_payload(x);
  x->u.next = dying;
  return x;
}

/* Frees `dying` and whatever its edges kept alive; the list runs through u.next. A run that was refused leaves expansions. */
static void free_list(ad_array *dying) {
  while (dying) {
    ad_array *a = dying;
    dying = let_die(a->expanded, a->u.next);
    for (int i = 0; i < a->n; i++) dying = let_die(a->in[i], dying);
    a->ctx->live--;
    a->ctx->live_edges -= (uint64_t)a->n + 1;
    give_block(a->ctx, a);
  }
}

void ad__node_discard(ad_array *a) {
  if (a->flags & AD_NODE_GRAPH) ad__graph_discard(a);
  if (a->refs || (a->flags & AD_NODE_IMMORTAL)) return;
  free_payload(a);
  a->u.next = NULL;
  free_list(a);
}

void ad__node_drop(ad_array *a) {
  if (a->flags & AD_NODE_IMMORTAL) return;
  a->uses--;
  if (--a->refs) return;
  ad__node_discard(a);
}

void ad__node_cut(ad_array *a) {
  for (int i = 0; i < a->n; i++) {
    ad_array *x = a->in[i];
    a->in[i] = NULL;
    if (x) ad__node_drop(x);
  }
}
