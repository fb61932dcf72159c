/* The context: making and ending it, its options and environment, scopes, and dropped handles.
 *
 * Environment variables are read here, once, and nowhere else; options win over them. */
#define _GNU_SOURCE
#include "ir/ctx.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ir/dim.h"
#include "ir/graph.h"

#ifdef AD_STRESS
enum { FIRST_CAPACITY = 1 };
#else
enum { FIRST_CAPACITY = 256 };
#endif

/* Doubles an array until it holds `need` entries. */
static bool grow(ad_ctx *c, void **data, size_t *capacity, size_t need, size_t entry) {
  if (need <= *capacity) return true;
  size_t n = *capacity ? *capacity : FIRST_CAPACITY;
  while (n < need) n *= 2;
  void *p = ad__mem_resize(&c->mem, *data, *capacity * entry, n * entry);
  if (!p) return false;
  *data = p;
  *capacity = n;
  return true;
}

bool ad__ctx_reserve(ad_ctx *c) {
  if (c->live_edges <= c->stack_capacity && c->live <= c->steps_capacity) return true;
  return grow(c, (void **)&c->stack, &c->stack_capacity, c->live_edges, sizeof *c->stack) &&
         grow(c, (void **)&c->steps, &c->steps_capacity, c->live, sizeof *c->steps);
}

/* ---- The error node that needs no memory ---- */

static const ad_op out_of_memory_op = {.size = sizeof(ad_op), .name = "memory", .id = AD_OP_USER};

static bool make_fixed_nodes(ad_ctx *c) {
  static const char text[] = "out of memory; a smaller array or a larger limit would be right";
  ad_type *t = ad__arena_take(&c->types_arena, sizeof *t, 16);
  ad_array *a = ad__mem_zeroed(&c->mem, sizeof *a);
  ad_failure *f = ad__mem_take(&c->mem, sizeof *f + sizeof text);
  if (!t || !a || !f) {
    ad__mem_give(&c->mem, a, sizeof *a);
    ad__mem_give(&c->mem, f, sizeof *f + sizeof text);
    return false;
  }
  memset(t, 0, sizeof *t);
  t->kind = AD_KIND_ERROR;
  c->error_type = t;
  f->code = AD_E_MEMORY;
  f->bytes = sizeof *f + sizeof text;
  f->text = memcpy(f + 1, text, sizeof text);
  a->op = &out_of_memory_op;
  a->type = t;
  a->ctx = c;
  a->flags = AD_NODE_IMMORTAL | AD_NODE_BROKEN;
  a->state = AD_FAILED;
  a->u.failure = f;
  c->out_of_memory = a;
  return true;
}

/* ---- Options ---- */

/* A switch in the environment: anything but nothing and 0. */
static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value && *value && strcmp(value, "0") != 0;
}

static void read_options(ad_ctx *c) {
  const char *isa = c->opts.isa ? c->opts.isa : getenv("AD_ISA");
  ad__cpu_detect(&c->cpu);
  if (ad__isa_choose(&c->cpu, isa, &c->isa, &c->error)) c->isa = AD_ISA_PORTABLE;
  if (c->opts.threads < 0 || c->opts.threads > 4096) {
    ad__fail(&c->error, AD_E_VALUE, "context: threads %d; 0 (automatic) to 4096 is right", c->opts.threads);
    c->opts.threads = 1;
  }
  const char *threads = getenv("AD_THREADS");
  c->compile_off = is_set("AD_DISABLE_COMPILE");
  c->opts.deterministic = c->opts.deterministic || is_set("AD_DETERMINISTIC");
  if (!c->opts.threads && threads && *threads) {
    int64_t n;
    if (!ad__parse_i64(threads, strlen(threads), &n) || n < 1 || n > 4096)
      ad__fail(&c->error, AD_E_VALUE, "context: AD_THREADS=%.40s; a number from 1 to 4096 is right", threads);
    else
      c->opts.threads = (int)n;
  }
}

static void read_debug_words(ad_ctx *c) {
  static const char *const words[] = {"passes", "fusion", "recompile", "nan", "memory"}; /* bit i */
  const char *given = c->opts.debug ? c->opts.debug : getenv("AD_DEBUG");
  for (const char *at = given ? given : ""; *at; at += *at == ',') {
    size_t n = strcspn(at, ",");
    unsigned bit = 0;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
      if (strlen(words[i]) == n && memcmp(words[i], at, n) == 0) bit = 1u << i;
    if (n && !bit)
      ad__fail(&c->error, AD_E_VALUE, "context: %s has \"%.*s\"; passes, fusion, recompile, nan and memory with commas between them are right",
               c->opts.debug ? "debug" : "AD_DEBUG", n < 40 ? (int)n : 40, at);
    c->debug |= bit;
    at += n;
  }
}

static bool keep_text(ad_ctx *c, const char *s, const char **out) {
  *out = s && *s ? ad__arena_text(&c->types_arena, s, strlen(s)) : NULL;
  return *out || !s || !*s;
}

/* False without memory. */
static bool read_native_options(ad_ctx *c) {
  static const char *const words[] = {"", "off", "auto", "wait"};
  ad_native_opts *o = &c->native_opts;
  const char *mode = getenv("AD_NATIVE");
  if ((unsigned)c->opts.native > AD_NATIVE_WAIT) {
    ad__fail(&c->error, AD_E_VALUE, "context: native %d; AD_NATIVE_OFF, AD_NATIVE_AUTO or AD_NATIVE_WAIT is right", (int)c->opts.native);
    c->opts.native = AD_NATIVE_OFF;
  }
  o->mode = c->opts.native;
  for (int i = AD_NATIVE_OFF; i <= AD_NATIVE_WAIT && mode && !o->mode; i++)
    if (strcmp(mode, words[i]) == 0) o->mode = (ad_native_mode)i;
  if (!o->mode && mode && *mode) ad__fail(&c->error, AD_E_VALUE, "context: AD_NATIVE=%.40s; off, auto or wait is right", mode);
  if (!o->mode) o->mode = AD_NATIVE_AUTO;
  return keep_text(c, c->opts.cc ? c->opts.cc : getenv("AD_CC"), &o->cc) &&
         keep_text(c, c->opts.cache_dir ? c->opts.cache_dir : getenv("AD_CACHE_DIR"), &o->cache_dir) &&
         keep_text(c, getenv("XDG_CACHE_HOME"), &o->xdg_cache_home) && keep_text(c, getenv("HOME"), &o->home) &&
         keep_text(c, getenv("PATH"), &o->path);
}

/* A quarter of the machine's memory, or 4 GiB where it does not say how much it has. */
static uint64_t quarter_of_machine(void) {
  long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 4 : (uint64_t)4 << 30;
}

ad_ctx *ad_ctx_new(const ad_ctx_opts *opts) {
  static const ad_ctx_opts none = {0};
  if (!opts) opts = &none;
  ad_ctx *c = ad__mem_raw(&opts->allocator, sizeof *c);
  if (!c) return NULL;
  memset(c, 0, sizeof *c);
  c->opts = *opts;
  ad__mem_init(&c->mem, &opts->allocator);
  ad__buffers_init(&c->buffers, &c->mem, opts->cache_limit ? opts->cache_limit : quarter_of_machine());
  c->machine_quarter = quarter_of_machine();
  if (opts->memory_limit) atomic_store(&c->mem.limit, opts->memory_limit);
  ad__arena_init(&c->types_arena, &c->mem);
  c->epoch = 2;
  c->no_scope.ctx = c;
  read_options(c);
  read_debug_words(c);
  ad__map_init(&c->user_ops, &c->mem);
  ad__map_init(&c->places, &c->mem);
  c->pool = ad__pool_new(&c->mem, c->opts.threads);
  if (!c->pool || !read_native_options(c) || !make_fixed_nodes(c) || !ad__graphs_begin(c) || ad_scope_begin(c) == &c->no_scope) {
    ad_ctx_free(c);
    return NULL;
  }
  return c;
}

bool ad_ctx_deterministic(const ad_ctx *c) { return c && c->opts.deterministic; }

uint64_t ad__ctx_record_room(const ad_ctx *c) {
  if (c->opts.record_limit) return c->opts.record_limit;
  uint64_t limit = atomic_load_explicit(&c->mem.limit, memory_order_relaxed);
  uint64_t used = atomic_load_explicit(&c->mem.bytes_now, memory_order_relaxed), cached = atomic_load_explicit(&c->buffers.cached, memory_order_relaxed);
  used = used > cached ? used - cached : 0;
  if (!limit) limit = 4 * c->machine_quarter;
  return limit > used ? (limit - used) / 4 : 0;
}

/* Ends scopes from the innermost to s. */
static void leave(ad_ctx *c, ad_scope *s) {
  for (ad_scope *inner; (inner = c->scope) != NULL;) {
    c->scope = inner->outer;
    inner->outer = c->free_scopes;
    c->free_scopes = inner;
    if (inner == s) return;
  }
}

static void free_fixed_nodes(ad_ctx *c) {
  ad_array *a = c->out_of_memory;
  if (!a) return;
  ad__mem_give(&c->mem, a->u.failure, a->u.failure->bytes);
  ad__mem_give(&c->mem, a, sizeof *a);
}

/* What is released may drop what it held, as a model does with its functions, and that waits as every drop does. */
static void release_nodes(ad_ctx *c) {
  do {
    ad__ctx_settle_drops(c);
    while (c->scope_count) ad__node_drop(c->scope_nodes[--c->scope_count]);
  } while (atomic_load_explicit(&c->deferred_drops, memory_order_acquire));
}

void ad_ctx_free(ad_ctx *c) {
  if (!c) return;
  if (c->end_streams) c->end_streams(c);
  if (c->out_of_memory) release_nodes(c);
  if (c->end_compiler) c->end_compiler(c);
  if (c->end_native) c->end_native(c);
  ad__graphs_free(c);
  for (int n = 0; n < AD_NODE_FREE_LISTS; n++)
    for (ad_array *a = c->free_nodes[n], *next; a; a = next) {
      next = a->u.next;
      ad__mem_give(&c->mem, a, sizeof *a + (size_t)n * sizeof *a->in);
    }
  free_fixed_nodes(c);
  ad__buffers_clear(&c->buffers);
  ad__dims_free(c);
  ad__map_free(&c->user_ops);
  ad__map_free(&c->places);
  if (c->pool) ad__pool_drop(c->pool);
  ad__mem_give(&c->mem, c->scope_nodes, c->scope_capacity * sizeof *c->scope_nodes);
  if (c->scope) leave(c, NULL);
  for (ad_scope *s = c->free_scopes, *next; s; s = next) {
    next = s->outer;
    ad__mem_give(&c->mem, s, sizeof *s);
  }
  ad__mem_give(&c->mem, c->stack, c->stack_capacity * sizeof *c->stack);
  ad__mem_give(&c->mem, c->steps, c->steps_capacity * sizeof *c->steps);
  ad__mem_give(&c->mem, c->type_buckets, c->type_bucket_count * sizeof *c->type_buckets);
  ad__arena_free(&c->types_arena);
  ad_allocator hook = c->opts.allocator;
  ad__mem_raw_give(&hook, c, sizeof *c);
}

ad_status ad_ctx_status(const ad_ctx *c) { return c->error.code; }
const char *ad_ctx_error_text(const ad_ctx *c) { return c->error.code ? c->error.text : ""; }
uint64_t ad_ctx_live_arrays(const ad_ctx *c) { return c->live; }
int ad_ctx_threads(const ad_ctx *c) { return ad__pool_threads(c->pool); }
const char *ad_ctx_isa(const ad_ctx *c) { return ad__isa_name(c->isa); }

void ad__log(ad_ctx *c, ad_log_level level, const char *fmt, ...) {
  if (!c->opts.log) return;
  char line[AD_ERR_TEXT];
  va_list ap;
  va_start(ap, fmt);
  ad_err e;
  ad__fail_v(&e, AD_OK, fmt, ap);
  va_end(ap);
  ad__format(line, sizeof line, "%s", e.text);
  c->opts.log(c->opts.user, level, line);
}

void ad__log_lines(ad_ctx *c, ad_log_level level, const char *head, const char *text) {
  while (*text) {
    size_t n = strcspn(text, "\n");
    ad__log(c, level, "%s: %.*s", head, n < INT_MAX ? (int)n : INT_MAX, text);
    text += n;
    text += *text == '\n';
  }
}

ad_place ad__ctx_place(ad_ctx *c, const char *s, size_t n) {
  ad_map_value *v = ad__map_find(&c->places, ad__map_text(s, n));
  if (v) return v->pointer;
  char *own = ad__arena_text(&c->types_arena, s, n);
  v = own ? ad__map_put(&c->places, ad__map_text(own, n), NULL) : NULL;
  if (!v) return NULL;
  v->pointer = own;
  return own;
}

/* ---- Scopes ---- */

ad_scope *ad_scope_begin(ad_ctx *c) {
  ad_scope *s = c->free_scopes;
  if (s) c->free_scopes = s->outer;
  else if (!(s = ad__mem_take(&c->mem, sizeof *s))) return &c->no_scope;
  *s = (ad_scope){c, c->scope_count, c->scope};
  return c->scope = s;
}

ad_array *ad__scope_take(ad_array *a) {
  ad_ctx *c = a->ctx;
  if (a->flags & AD_NODE_IMMORTAL) return a;
  if (!grow(c, (void **)&c->scope_nodes, &c->scope_capacity, c->scope_count + 1, sizeof *c->scope_nodes)) {
    ad__node_discard(a);
    return c->out_of_memory;
  }
  c->scope_nodes[c->scope_count++] = ad__node_keep(a);
  return a;
}

static void scope_close(ad_ctx *c, size_t start) {
  while (c->scope_count > start) ad__node_drop(c->scope_nodes[--c->scope_count]);
}

void ad__scope_give_back(ad_array *a) {
  if (a->flags & AD_NODE_IMMORTAL) return;
  a->ctx->scope_count--;
  ad__node_drop(a);
}

ad_array *ad_scope_end(ad_scope *s, ad_array *y) {
  if (!s || s == &s->ctx->no_scope) return y;
  ad_ctx *c = s->ctx;
  if (y) ad__node_keep(y);
  scope_close(c, s->start);
  leave(c, s);
  if (!y || (y->flags & AD_NODE_IMMORTAL)) return y;
  /* The reference taken above becomes the outer scope's. */
  if (!grow(c, (void **)&c->scope_nodes, &c->scope_capacity, c->scope_count + 1, sizeof *c->scope_nodes)) {
    ad__node_drop(y);
    return c->out_of_memory;
  }
  c->scope_nodes[c->scope_count++] = y;
  return y;
}

/* ---- Keeping and dropping ---- */

ad_array *ad_keep(ad_array *a) { return a ? ad__node_keep(a) : NULL; }

ad_array *ad_own(ad_array *a) {
  if (!a || (a->flags & AD_NODE_IMMORTAL)) return a;
  ad_ctx *c = a->ctx;
  for (size_t i = c->scope_count; i-- > 0;)
    if (c->scope_nodes[i] == a) {
      c->scope_nodes[i] = c->scope_nodes[--c->scope_count];
      return a;
    }
  return ad__node_keep(a);
}

ad_array *ad_lend(ad_array *a) { return a ? ad__scope_take(a) : NULL; }

/* The count in the node says how many references wait; the first one to wait links the node. A node is linked
 * again only after settle has read its link and taken the count, so the link is never overwritten in use. */
void ad_drop(ad_array *a) {
  if (!a || (a->flags & AD_NODE_IMMORTAL)) return;
  if (atomic_fetch_add_explicit(&a->dropped, 1, memory_order_acq_rel)) return;
  ad_ctx *c = a->ctx;
  ad_array *head = atomic_load_explicit(&c->deferred_drops, memory_order_relaxed);
  do a->drop_next = head;
  while (!atomic_compare_exchange_weak_explicit(&c->deferred_drops, &head, a, memory_order_release,
                                                memory_order_relaxed));
}

void ad__ctx_settle_drops(ad_ctx *c) {
  ad_array *a = atomic_exchange_explicit(&c->deferred_drops, NULL, memory_order_acquire);
  while (a) {
    ad_array *next = a->drop_next;
    uint32_t n = atomic_exchange_explicit(&a->dropped, 0, memory_order_acq_rel);
    a->refs -= n - 1;
    ad__node_drop(a);
    a = next;
  }
}

void ad_ctx_settle(ad_ctx *c) {
  if (atomic_load_explicit(&c->deferred_drops, memory_order_relaxed)) ad__ctx_settle_drops(c);
}

/* ---- Memory ---- */

ad_memory_stats ad_ctx_memory(const ad_ctx *c) {
  ad_memory_stats s = {0};
  int64_t active = atomic_load_explicit(&c->buffers.active, memory_order_relaxed);
  int64_t peak = atomic_load_explicit(&c->buffers.peak, memory_order_relaxed);
  s.cached = atomic_load_explicit(&c->buffers.cached, memory_order_relaxed);
  if (c->stream_memory) c->stream_memory(c, &active, &peak, &s.cached);
  s.active = active > 0 ? (uint64_t)active : 0;
  s.peak = peak > active ? (uint64_t)peak : s.active;
  s.limit = atomic_load_explicit(&c->mem.limit, memory_order_relaxed);
  s.cache_limit = atomic_load_explicit(&c->buffers.cache_limit, memory_order_relaxed);
  s.source_calls = atomic_load_explicit(&c->mem.calls, memory_order_relaxed);
  return s;
}

void ad_ctx_reset_peak(ad_ctx *c) {
  atomic_store_explicit(&c->buffers.peak, atomic_load_explicit(&c->buffers.active, memory_order_relaxed),
                        memory_order_relaxed);
}

void ad_ctx_clear_cache(ad_ctx *c) { ad__buffers_clear(&c->buffers); }

uint64_t ad_ctx_set_memory_limit(ad_ctx *c, uint64_t bytes) { return atomic_exchange(&c->mem.limit, bytes); }
uint64_t ad_ctx_set_cache_limit(ad_ctx *c, uint64_t bytes) { return atomic_exchange(&c->buffers.cache_limit, bytes); }
