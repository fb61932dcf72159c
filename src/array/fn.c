/* Functions: making, holding, calling, failing, and tracing one for its derivatives.
 *
 * Not here: what the transforms compute (fn_grad.c, fn_vmap.c...). A call opens a scope and closes it around the result, so
 * what a transform makes on the way lives only as long as something needs it. */
#include "array/fn.h"

#include <string.h>
#include "ops/apply.h"

/* ---- What cannot fail ---- */

static const ad_failure no_memory = {AD_E_MEMORY, 0, "out of memory; a smaller array or a larger limit would be right"};
static const ad_failure no_function = {AD_E_VALUE, 0, "a NULL handle was given where a function is needed"};
static const ad_op function_op = {.size = sizeof(ad_op), .name = "function", .id = AD_OP_USER};
static const ad_type error_type = {.kind = AD_KIND_ERROR};
#define FIXED_ERROR(why)                                                                                             \
  {.op = &function_op, .type = &error_type, .state = AD_FAILED, .flags = AD_NODE_IMMORTAL | AD_NODE_BROKEN, \
   .u.failure = (ad_failure *)(uintptr_t)&(why)}
static const ad_array memory_error = FIXED_ERROR(no_memory), null_error = FIXED_ERROR(no_function);
static const ad_fn_kind fixed_kind = {.name = "function"};
/* Constant: nothing writes where ctx is NULL. */
static const ad_fn memory_fn = {.kind = &fixed_kind, .failure = (ad_array *)(uintptr_t)&memory_error};
/* The same when what the function was to hold is let go of already. */
static const ad_fn ended_fn = {.kind = &fixed_kind, .failure = (ad_array *)(uintptr_t)&memory_error};
static const ad_fn null_fn = {.kind = &fixed_kind, .failure = (ad_array *)(uintptr_t)&null_error};

/* ---- Making and holding ---- */

static void fn_release(void *user, void *data) {
  ad_fn *f = data;
  (void)user;
  if (f->kind->end) f->kind->end(f);
  for (int i = 0; i < AD_FN_PARTS; i++)
    if (f->of[i] && f->of[i]->ctx) ad__node_drop(f->of[i]->handle);
  if (f->failure) ad__node_drop(f->failure);
  ad__mem_give(&f->ctx->mem, f, f->bytes);
}

/* The handle is an array of no elements over the function's own memory, never a node of a graph. */
static ad_fn *with_handle(ad_place where, ad_fn *f) {
  ad_ctx *c = f->ctx;
  ad_graph *building = c->building;
  c->building = NULL;
  ad_array *a = ad_array_wrap_at(where, c, AD_UINT8, AD_SHAPE(0), f, fn_release, NULL);
  c->building = building;
  if (ad__is_error(a)) return (ad_fn *)(uintptr_t)&ended_fn; /* which has released f */
  f->handle = a;
  return f;
}

static ad_fn *new_block(ad_ctx *c, const ad_fn_kind *kind, size_t data_bytes) {
  ad_fn *f = ad__mem_zeroed(&c->mem, sizeof *f + data_bytes);
  if (!f) return NULL;
  f->kind = kind;
  f->ctx = c;
  f->bytes = sizeof *f + data_bytes;
  return f;
}

static void keep_part(ad_fn *f, int i, ad_fn *part) {
  f->of[i] = part;
  if (part->ctx) ad__node_keep(part->handle);
}

ad_fn *ad__fn_make(ad_place where, ad_ctx *c, const ad_fn_kind *kind, int inputs, ad_fn *const *of, int n_of,
                   const void *data, size_t data_bytes) {
  for (int i = 0; i < n_of; i++)
    if (of[i] && of[i]->failure) return of[i];
  for (int i = 0; i < n_of; i++)
    if (of[i] && of[i]->ctx != c) return ad__fn_fail(where, c, kind, AD_E_VALUE, "functions of two contexts; of one is right");
  if (c->error.code) return ad__fn_fail(where, c, kind, c->error.code, "%s", c->error.text);
  ad_fn *f = new_block(c, kind, data_bytes);
  if (!f) return (ad_fn *)(uintptr_t)&memory_fn;
  f->inputs = inputs;
  if (data) memcpy(f->data, data, data_bytes);
  for (int i = 0; i < n_of; i++)
    if (of[i]) keep_part(f, i, of[i]);
  return with_handle(where, f);
}

ad_fn *ad__fn_finish(ad_place where, ad_fn *f) {
  for (int i = 0; ad__fn_ok(f) && i < AD_FN_PARTS; i++)
    if (f->of[i] && f->of[i]->wrap) return f->of[i]->wrap(where, f->of[i], f);
  return f;
}

ad_fn *ad__fn_fail(ad_place where, ad_ctx *c, const ad_fn_kind *kind, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  if (!c) return (ad_fn *)(uintptr_t)&null_fn;
  /* A failed function's kind ends nothing: it has no data. */
  ad_fn *f = new_block(c, &fixed_kind, 0);
  if (!f) return (ad_fn *)(uintptr_t)&memory_fn;
  f->failure = ad__node_keep(ad__node_errorf(c, where, NULL, code, "%s: %s", kind->name, e.text));
  return with_handle(where, f);
}

ad_fn *ad_fn_keep(ad_fn *f) {
  if (f && f->ctx) ad_keep(f->handle);
  return f;
}
void ad_fn_drop(ad_fn *f) {
  if (f && f->ctx) ad_drop(f->handle);
}
ad_fn *ad_fn_own(ad_fn *f) {
  if (f && f->ctx) ad_own(f->handle);
  return f;
}
ad_ctx *ad_fn_ctx(const ad_fn *f) { return f ? f->ctx : NULL; }
int ad_fn_inputs(const ad_fn *f) { return f ? f->inputs : 0; }
bool ad_fn_is_error(const ad_fn *f) { return !f || f->failure; }
ad_status ad_fn_error_code(const ad_fn *f) { return !f ? AD_E_VALUE : f->failure ? ad_error_code(f->failure) : AD_OK; }
const char *ad_fn_error_text(const ad_fn *f) {
  return !f ? no_function.text : f->failure ? ad_error_text(f->failure) : "";
}

/* ---- Functions of the user ---- */

typedef struct callback {
  ad_function function;
  void *user;
  void (*release)(void *user);
} callback;

/* A function that asked in vain for a value has gone on with what it does not know, whether or not it looked at the status:
 * its result is that failure. */
static ad_array *callback_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  const callback *b = (const callback *)(const void *)f->data;
  ad_ctx *c = f->ctx;
  ad_err before = {.code = AD_OK};
  if (c->misread.code) before = c->misread;
  (void)where;
  c->misread.code = AD_OK;
  ad_array *y = b->function(c, in, b->user);
  if (c->misread.code && y && !ad__is_error(y))
    y = ad__scope_take_error(ad__node_error(c, NULL, NULL, c->misread.code, c->misread.text));
  c->misread.code = AD_OK;
  if (before.code) c->misread = before;
  return y;
}

static void callback_end(ad_fn *f) {
  const callback *b = (const callback *)(const void *)f->data;
  if (b->release) b->release(b->user);
}

static const ad_fn_kind callback_kind = {"call", callback_call, callback_end};

ad_fn *ad_fn_new_owned_at(ad_place where, ad_ctx *c, ad_function function, int inputs, void *user,
                          void (*release)(void *user)) {
  ad_fn *f;
  callback b = {function, user, release};
  if (!c) f = (ad_fn *)(uintptr_t)&null_fn;
  else if (!function) f = ad__fn_fail(where, c, &callback_kind, AD_E_VALUE, "a function that is NULL; a C function is right");
  else if (inputs < 0 || inputs > AD_FN_MOST_ARGNUMS)
    f = ad__fn_fail(where, c, &callback_kind, AD_E_VALUE, "%d inputs; from 0 to %d are right", inputs, AD_FN_MOST_ARGNUMS);
  else
    f = ad__fn_make(where, c, &callback_kind, inputs, NULL, 0, &b, sizeof b);
  if (f->kind != &callback_kind && f != &ended_fn && release) release(user);
  return f;
}

ad_fn *ad_fn_new_at(ad_place where, ad_ctx *c, ad_function function, int inputs, void *user) {
  return ad_fn_new_owned_at(where, c, function, inputs, user, NULL);
}

/* ---- Calling ---- */

ad_array *ad__fn_error(const ad_fn *f, ad_place where, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  return ad__scope_take_error(ad__node_errorf(f->ctx, where, NULL, code, "%s: %s", f->kind->name, e.text));
}

static ad_array *check_args(const ad_fn *f, ad_place where, ad_array *const *args, int n) {
  if (n != f->inputs || (n && !args)) return ad__fn_error(f, where, AD_E_TYPE, "%d arguments; %d are right", n, f->inputs);
  for (int i = 0; i < n; i++)
    if (!args[i]) return ad__fn_error(f, where, AD_E_VALUE, "argument %d is NULL; an array is right", i);
  for (int i = 0; i < n; i++) {
    if (ad__is_error(args[i])) return args[i];
    if (args[i]->ctx != f->ctx)
      return ad__fn_error(f, where, AD_E_VALUE, "argument %d belongs to another context; one of the function's is right", i);
  }
  return NULL;
}

ad_array *ad_call_at(ad_place where, ad_fn *f, ad_array *const *args, int n) {
  if (!f) f = (ad_fn *)(uintptr_t)&null_fn;
  if (f->failure) return ad__scope_take_error(f->failure);
  ad_array *bad = check_args(f, where, args, n);
  if (bad) return bad;
  ad_ctx *c = f->ctx;
  ad_scope *s = ad_scope_begin(c);
  if (s == &c->no_scope) return c->out_of_memory;
  ad__node_keep(f->handle); /* the function may let go of itself */
  ad_array *y = f->kind->call(f, where, args);
  if (!y) y = ad__fn_error(f, where, AD_E_TYPE, "the function returned NULL; an array is right");
  else if (!ad__is_error(y) && y->ctx != c)
    y = ad__fn_error(f, where, AD_E_VALUE, "the function returned an array of another context; one of its own is right");
  y = ad_scope_end(s, y);
  ad__node_drop(f->handle);
  return y;
}

/* ---- Argument numbers ---- */

ad_fn *ad__argnums_read(ad_place where, const ad_fn_kind *kind, const ad_fn *f, ad_ints given, ad_argnums *out) {
  *out = (ad_argnums){.given = given.given, .count = given.given ? given.count : 1};
  int n = ad_fn_inputs(f);
  ad_ctx *c = f->ctx;
  if (!n) return ad__fn_fail(where, c, kind, AD_E_VALUE, "a function without inputs; at least one is right");
  if (!given.given) return NULL;
  if (given.count < 1 || given.count > n || !given.values)
    return ad__fn_fail(where, c, kind, AD_E_VALUE, "%d argnums for a function of %d inputs; from 1 to %d are right", given.count, n, n);
  for (int i = 0; i < given.count; i++) {
    int64_t k = given.values[i] < 0 ? given.values[i] + n : given.values[i];
    if (k < 0 || k >= n)
      return ad__fn_fail(where, c, kind, AD_E_VALUE, "argnums %lld; the function has %d inputs; from %d to %d is right",
                         (long long)given.values[i], n, -n, n - 1);
    for (int j = 0; j < i; j++)
      if (out->at[j] == k)
        return ad__fn_fail(where, c, kind, AD_E_VALUE, "argnums names argument %lld twice; distinct ones are right", (long long)k);
    out->at[i] = (uint8_t)k;
  }
  return NULL;
}
