/* Runners: a plan run on memory of the caller's, from any thread.
 *
 * A runner holds the unit that a call would use. A run has buffers of its own and an instance of the plan, of which the unit keeps
 * the idle ones; of the context it uses the memory door, the pool and the kernels, which streams use beside it as well. */
#include <adamant/compile.h>
#include <string.h>
#include "array/fn.h"
#include "array/tree.h"
#include "base/str.h"
#include "compile/compiler.h"
#include "ops/apply.h"

enum { HELD = 1 << 30 };

struct ad_runner {
  ad_ctx *ctx;
  ad_array *handle; /* of the unit, held; NULL: it failed */
  const ad_plan_unit *unit;
  char error[600];
};

/* ---- Making ---- */

/* The node that runs the plan, from what a call gave: a leaf, or something with leaves. */
static const ad_array *node_of_call(const ad_array *y) {
  while (y && y->op != &ad__op_compiled) y = y->n && y->in[0] && (y->op->flags & (AD_OP_HOLDS | AD_OP_PROJECTS)) ? y->in[0] : NULL;
  return y;
}

static int leaves_of(ad_array *const *args, int n) {
  int leaves = 0;
  for (int i = 0; i < n; i++) leaves += ad__tree_size(args[i]->type);
  return leaves;
}

static void find_unit(ad_runner *r, const ad_array *y, ad_array *const *args, int n) {
  const ad_array *node = ad__is_error(y) ? NULL : node_of_call(y);
  if (ad__is_error(y)) ad__format(r->error, sizeof r->error, "%s", ad_error_text(y));
  else if (!node) ad__format(r->error, sizeof r->error, "runner: a function that is not compiled, or not now; ad_compile makes one");
  else if (node->n - 1 != leaves_of(args, n))
    ad__format(r->error, sizeof r->error, "runner: the function takes more than its arguments: captured state, values from outside, or random keys; arguments are right");
  else {
    r->handle = ad__node_keep(node->in[0]);
    r->unit = (const ad_plan_unit *)(const void *)node->in[0]->value.data;
  }
}

ad_runner *ad_runner_new_at(ad_place where, ad_fn *f, ad_array *const *args, int n) {
  ad_ctx *c = f ? f->ctx : NULL;
  ad_runner *r = c ? ad__mem_zeroed(&c->mem, sizeof *r) : NULL;
  if (!r) return NULL;
  ad_scope *s = ad_scope_begin(c);
  r->ctx = c;
  find_unit(r, ad_call_at(where, f, args, n), args, n);
  ad_scope_end(s, NULL);
  return r;
}

const char *ad_runner_error(const ad_runner *r) { return r ? r->error : "out of memory"; }

void ad_runner_free(ad_runner *r) {
  if (!r) return;
  if (r->handle) ad__node_drop(r->handle);
  ad__mem_give(&r->ctx->mem, r, sizeof *r);
}

/* ---- Asking ---- */

static const ad_node_list *list_of(const ad_runner *r, bool outputs) {
  static const ad_node_list none = {0};
  if (!r || !r->unit) return &none;
  return outputs ? &r->unit->traced->results : &r->unit->traced->params;
}

static size_t bytes_of(const ad_node_list *l, int i) { return i >= 0 && i < l->count ? l->at[i]->type->bytes : 0; }
int ad_runner_inputs(const ad_runner *r) { return list_of(r, false)->count; }
int ad_runner_outputs(const ad_runner *r) { return list_of(r, true)->count; }
size_t ad_runner_input_bytes(const ad_runner *r, int i) { return bytes_of(list_of(r, false), i); }
size_t ad_runner_output_bytes(const ad_runner *r, int i) { return bytes_of(list_of(r, true), i); }

/* ---- Running ---- */

/* What a run needs for each input and output. */
typedef struct run_room {
  ad_buffer *buffers;
  ad_value *out;
  ad_array *nodes, **params; /* nodes that are nothing but a value */
} run_room;

static size_t take_room(const ad_runner *r, run_room *room) {
  size_t n = (size_t)ad_runner_inputs(r) + 1, m = (size_t)ad_runner_outputs(r) + 1;
  size_t bytes = n * (sizeof(ad_buffer) + sizeof(ad_array) + sizeof(ad_array *)) + m * sizeof(ad_value);
  char *at = ad__mem_zeroed(&r->ctx->mem, bytes);
  room->buffers = (ad_buffer *)(void *)at;
  if (!at) return 0;
  room->nodes = (ad_array *)(void *)(at += n * sizeof(ad_buffer));
  room->out = (ad_value *)(void *)(at += n * sizeof(ad_array));
  room->params = (ad_array **)(void *)(at + m * sizeof(ad_value));
  return bytes;
}

/* The caller's memory as values that nobody overwrites or frees. */
static void borrow(const ad_runner *r, run_room *room, const void *const *inputs) {
  for (int i = 0; i < ad_runner_inputs(r); i++) {
    room->buffers[i] = (ad_buffer){.size_class = AD_BUFFER_FOREIGN, .bytes = ad_runner_input_bytes(r, i), .data = (void *)(uintptr_t)inputs[i]};
    atomic_init(&room->buffers[i].refs, HELD);
    room->params[i] = &room->nodes[i];
    room->nodes[i].type = r->unit->traced->params.at[i]->type;
    room->nodes[i].value = (ad_value){&room->buffers[i], (void *)(uintptr_t)inputs[i], NULL};
  }
}

static void hand_over(ad_exec *x, const ad_runner *r, run_room *room, void *const *outputs) {
  for (int i = 0; i < ad_runner_outputs(r); i++) {
    const ad_type *t = r->unit->traced->results.at[i]->type;
    int64_t to[AD_MAX_RANK], from[AD_MAX_RANK];
    ad__type_strides(t, to);
    if (outputs[i]) ad__copy_strided(x, t, outputs[i], to, room->out[i].data, ad__value_strides(t, &room->out[i], from));
    ad__value_free(x->cache, t, &room->out[i]);
  }
}

ad_status ad_runner_run(const ad_runner *r, const void *const *inputs, void *const *outputs, char *why, size_t why_size) {
  if (why && why_size) *why = 0;
  if (!r || !r->unit) {
    if (why) ad__format(why, why_size, "%s", ad_runner_error(r));
    return AD_E_VALUE;
  }
  ad_buffers cache;
  ad__buffers_init(&cache, &r->ctx->mem, UINT64_MAX);
  ad_exec x = {.ctx = r->ctx, .cache = &cache, .pool = r->ctx->pool, .kernels = ad__kernels_of(r->ctx->isa)};
  run_room room = {.buffers = NULL};
  size_t bytes = take_room(r, &room);
  ad_status s = bytes ? AD_OK : ad__fail(&x.err, AD_E_MEMORY, "out of memory");
  if (!s) {
    borrow(r, &room, inputs);
    s = ad__plan_unit_run(&x, (ad_plan_unit *)(uintptr_t)r->unit, room.params, 0, room.out);
    if (!s) hand_over(&x, r, &room, outputs);
    ad__mem_give(&r->ctx->mem, room.buffers, bytes);
  }
  if (s && why) ad__format(why, why_size, "%s", x.err.text);
  ad__buffers_clear(&cache);
  return s;
}
