/* Several optimisers, each for some of the parameters; see ad_optim_multi in optim.h.
 *
 * A filter sees a parameter's path and the parameter, so the same ones go to the same optimiser at every call. Each optimiser is
 * given a record of its parameters by path, and what it gives back is put in their places again. */
#include "nn/optimiser.h"

#include <string.h>
#include "base/arena.h"
#include "nn/leaf_paths.h"

typedef struct several {
  int n;
  ad_fn **of; /* held */
  ad_optim_filter *filters;
  void *user;
  void (*release)(void *user);
} several;

static const several *data_of(const ad_fn *f) { return (const several *)(const void *)f->data; }

/* ---- Which goes where ---- */

typedef struct share {
  ad_arena arena;
  ad_leaves params;
  int *owner;         /* of each leaf */
  const char **paths; /* of each leaf */
} share;

static void share_end(share *s) {
  ad__leaves_free(&s->params);
  ad__arena_free(&s->arena);
}

static const char *path_of(share *s, ad_ctx *c, const ad_type *form, int leaf) {
  ad_text t;
  ad__text_init(&t, &c->mem);
  ad__leaf_path(form, leaf, &t);
  const char *path = t.failed ? NULL : t.length ? ad__arena_text(&s->arena, t.data, t.length) : "parameter";
  ad__text_free(&t);
  return path;
}

/* NULL when all is well; share_end is owed either way. */
static ad_array *share_begin(share *s, const ad_fn *f, ad_place where, ad_array *params) {
  const several *d = data_of(f);
  ad__arena_init(&s->arena, &f->ctx->mem);
  ad__leaves_init(&s->params, f->ctx);
  ad_array *bad = ad__leaves_add_tree(&s->params, where, params);
  if (bad) return bad;
  size_t n = (size_t)s->params.count + 1;
  s->owner = ad__arena_array(&s->arena, n, sizeof *s->owner, _Alignof(int));
  s->paths = ad__arena_array(&s->arena, n, sizeof *s->paths, _Alignof(char *));
  if (!s->owner || !s->paths) return f->ctx->out_of_memory;
  for (int i = 0; i < s->params.count; i++) {
    s->paths[i] = path_of(s, f->ctx, params->type, i);
    if (!s->paths[i]) return f->ctx->out_of_memory;
    for (s->owner[i] = 0; s->owner[i] < d->n - 1; s->owner[i]++)
      if (d->filters[s->owner[i]](d->user, s->paths[i], s->params.at[i])) break;
  }
  return NULL;
}

/* Those of the leaves that are optimiser k's, as a record. */
static ad_array *record_for(share *s, ad_ctx *c, ad_place where, const ad_leaves *leaves, int k) {
  size_t n = (size_t)leaves->count + 1;
  const char **names = ad__arena_array(&s->arena, n, sizeof *names, _Alignof(char *));
  ad_array **items = ad__arena_array(&s->arena, n, sizeof *items, _Alignof(ad_array *));
  int count = 0;
  if (!names || !items) return c->out_of_memory;
  for (int i = 0; i < leaves->count; i++)
    if (s->owner[i] == k) names[count] = s->paths[i], items[count++] = leaves->at[i];
  return ad_record_at(where, c, names, items, count);
}

static ad_array *states_record(const ad_fn *f, ad_place where, ad_array *const *states) {
  static const char *const names[] = {"states"};
  return ad_record_at(where, f->ctx, names, (ad_array *[]){ad_tuple_at(where, f->ctx, states, data_of(f)->n)}, 1);
}

/* ---- The first state and an update ---- */

static ad_array *several_init(const ad_fn *f, ad_place where, ad_array *params) {
  share s;
  int n = data_of(f)->n;
  ad_array *y = share_begin(&s, f, where, params), **states = ad__arena_array(&s.arena, (size_t)n, sizeof *states, _Alignof(ad_array *));
  if (!y && !states) y = f->ctx->out_of_memory;
  for (int k = 0; !y && k < n; k++) {
    states[k] = ad_optim_init_at(where, data_of(f)->of[k], record_for(&s, f->ctx, where, &s.params, k));
    if (ad_is_error(states[k])) y = states[k];
  }
  if (!y) y = states_record(f, where, states);
  share_end(&s);
  return y;
}

/* Optimiser k on its parameters, which it replaces among the leaves; *state becomes the next one. NULL when all is well. */
static ad_array *update_share(share *s, const ad_fn *f, ad_place where, const ad_leaves *grads, int k, ad_array **state) {
  ad_array *own = record_for(s, f->ctx, where, &s->params, k), *own_grads = record_for(s, f->ctx, where, grads, k);
  ad_array *y = ad_call_at(where, data_of(f)->of[k], (ad_array *[]){own, own_grads, *state}, 3);
  if (ad_is_error(y)) return y;
  own = ad_item_at(where, y, 0);
  *state = ad_item_at(where, y, 1);
  for (int i = 0, at = 0; i < s->params.count; i++)
    if (s->owner[i] == k) s->params.at[i] = ad_item_at(where, own, at++);
  return NULL;
}

static ad_array *update_shares(share *s, const ad_fn *f, ad_place where, const ad_leaves *grads, ad_array *states, const ad_type *form) {
  int n = data_of(f)->n;
  ad_array **next = ad__arena_array(&s->arena, (size_t)n, sizeof *next, _Alignof(ad_array *));
  if (!next) return f->ctx->out_of_memory;
  if (ad_item_count(states) != n) return ad__fn_error(f, where, AD_E_TYPE, "a state of %d optimisers; %d are right", ad_item_count(states), n);
  for (int k = 0; k < n; k++) {
    next[k] = ad_item_at(where, states, k);
    ad_array *bad = ad_is_error(next[k]) ? next[k] : update_share(s, f, where, grads, k, &next[k]);
    if (bad) return bad;
  }
  ad_array *const *leaf = s->params.at;
  return ad__optimiser_result(f, where, ad__tree_build(f->ctx, where, form, &leaf), states_record(f, where, next));
}

static ad_array *several_update(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state) {
  share s;
  ad_leaves g;
  ad__leaves_init(&g, f->ctx);
  ad_array *states = ad__state_member(f, where, state, "states"), *y = share_begin(&s, f, where, params);
  if (!y && ad_is_error(states)) y = states;
  if (!y && !ad__tree_alike(params->type, grads->type))
    y = ad__fn_error(f, where, AD_E_TYPE, "gradients of another form than the parameters; theirs is right");
  if (!y) y = ad__leaves_add_tree(&g, where, grads);
  if (!y) y = update_shares(&s, f, where, &g, states, params->type);
  ad__leaves_free(&g);
  share_end(&s);
  return y;
}

/* ---- Making ---- */

static void several_end(ad_fn *f) {
  const several *d = data_of(f);
  ad_mem *mem = &f->ctx->mem;
  for (int i = 0; i < d->n; i++) ad__node_drop(d->of[i]->handle);
  ad__mem_give(mem, d->of, (size_t)d->n * sizeof *d->of);
  ad__mem_give(mem, d->filters, (size_t)d->n * sizeof *d->filters);
  if (d->release) d->release(d->user);
}

static const ad_optimiser_kind several_kind = {{"optim_multi", ad__optimiser_call, several_end}, several_init, several_update};

/* A failed function, or NULL when they are optimisers of one context. */
static ad_fn *check(ad_place where, ad_fn *const *optimisers, int n, const ad_optim_filter *filters) {
  ad_ctx *c = n > 0 && optimisers ? ad_fn_ctx(optimisers[0]) : NULL;
  if (!optimisers || n < 1) return ad__fn_fail(where, NULL, &several_kind.fn, AD_E_VALUE, "no optimisers");
  for (int i = 0; i < n; i++) {
    ad_fn *bad = ad__optimiser_check(where, optimisers[i], &several_kind.fn);
    if (bad) return bad;
    if (ad_fn_ctx(optimisers[i]) != c) return ad__fn_fail(where, c, &several_kind.fn, AD_E_VALUE, "optimisers of two contexts; of one is right");
  }
  for (int i = 0; i + 1 < n; i++)
    if (!filters || !filters[i])
      return ad__fn_fail(where, c, &several_kind.fn, AD_E_VALUE, "no filter %d; one for each optimiser but the last is right", i);
  return NULL;
}

ad_fn *ad_optim_multi_at(ad_place where, ad_fn *const *optimisers, int n, const ad_optim_filter *filters, void *user, void (*release)(void *user)) {
  ad_fn *bad = check(where, optimisers, n, filters);
  if (bad) {
    if (release) release(user);
    return bad;
  }
  ad_ctx *c = ad_fn_ctx(optimisers[0]);
  several d = {.n = n, .user = user, .release = release};
  d.of = ad__mem_zeroed(&c->mem, (size_t)n * sizeof *d.of);
  d.filters = ad__mem_zeroed(&c->mem, (size_t)n * sizeof *d.filters);
  ad_fn *f = d.of && d.filters ? ad__fn_make(where, c, &several_kind.fn, optimisers[0]->inputs, NULL, 0, NULL, sizeof d) : NULL;
  if (!f || f->kind != &several_kind.fn) { /* nothing is held yet */
    ad__mem_give(&c->mem, d.of, (size_t)n * sizeof *d.of);
    ad__mem_give(&c->mem, d.filters, (size_t)n * sizeof *d.filters);
    if (release) release(user);
    return f ? f : ad__fn_fail(where, c, &several_kind.fn, AD_E_MEMORY, "no room for %d optimisers", n);
  }
  for (int i = 0; i < n; i++) {
    d.of[i] = optimisers[i];
    ad__node_keep(optimisers[i]->handle);
    if (i + 1 < n) d.filters[i] = filters[i];
  }
  memcpy(f->data, &d, sizeof d);
  return f;
}
