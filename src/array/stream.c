/* Streams: queues of runs, each with a thread of its own.
 *
 * The context's thread schedules a run, marks its nodes PENDING and hands it over; the stream's thread computes it with
 * its own buffer cache; the context's thread publishes it when it next needs one of its values. A run that needs values
 * of another stream's pending run is scheduled after that one was awaited, so order across streams is kept.
 * The stream's thread touches only values of PENDING nodes, and inputs that nobody changes before the run is published.
 * A forked child has the queue without its thread, and starts another one at first use. */
#define _GNU_SOURCE
#include "array/eval.h"

#include <string.h>
#include <unistd.h>
#include "ops/apply.h"

struct ad_stream {
  ad_ctx *ctx;
  ad_stream *next;     /* in the context's list */
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t work; /* a run was queued, or the end */
  pthread_cond_t done; /* a run was finished */
  ad_run *first, *last; /* not yet begun */
  ad_run *finished;     /* oldest first: done, or being done; published by the context's thread */
  ad_run *finished_last;
  bool end, started;
  pid_t process;       /* whose thread it is */
  ad_buffers cache;
};

/* ---- The stream's thread ---- */

static void *stream_main(void *arg) {
  ad_stream *s = arg;
  ad_exec x = {.ctx = s->ctx, .cache = &s->cache, .pool = s->ctx->pool, .kernels = ad__kernels_of(s->ctx->isa)};
  pthread_mutex_lock(&s->lock);
  for (;;) {
    while (!s->first && !s->end) pthread_cond_wait(&s->work, &s->lock);
    ad_run *run = s->first;
    if (!run) break;
    s->first = run->next;
    if (!s->first) s->last = NULL;
    pthread_mutex_unlock(&s->lock);
    ad__run_steps(&x, run->steps, run->count);
    pthread_mutex_lock(&s->lock);
    run->done = true;
    pthread_cond_broadcast(&s->done);
  }
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

/* ---- Publishing ---- */

static void free_run(ad_ctx *c, ad_run *run) {
  for (size_t i = 0; i < run->held_count; i++) ad__node_drop(run->held[i]);
  ad__mem_give(&c->mem, run, run->bytes);
}

/* Waits for the oldest unpublished runs up to and including `until`, or all when NULL. */
static void publish_through(ad_stream *s, const ad_run *until) {
  bool more = s->finished != NULL;
  while (more) {
    ad_run *run = s->finished;
    pthread_mutex_lock(&s->lock);
    while (!run->done) pthread_cond_wait(&s->done, &s->lock);
    pthread_mutex_unlock(&s->lock);
    s->finished = run->later;
    if (!s->finished) s->finished_last = NULL;
    more = run != until && s->finished != NULL;
    ad__publish(run->steps, run->count);
    free_run(s->ctx, run);
  }
}

void ad__await(ad_array *a) {
  if (a->state == AD_PENDING) publish_through(a->run->stream, a->run);
}

/* ---- Beginning and ending ---- */

static void end_thread(ad_stream *s) {
  if (s->process != getpid()) return; /* it was the parent's, and waiting when the child was made */
  if (s->started) {
    pthread_mutex_lock(&s->lock);
    s->end = true;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
  }
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->work);
  pthread_cond_destroy(&s->done);
}

static void stream_end(ad_stream *s) {
  ad_ctx *c = s->ctx;
  publish_through(s, NULL);
  end_thread(s);
  for (ad_stream **p = &c->streams; *p; p = &(*p)->next)
    if (*p == s) {
      *p = s->next;
      break;
    }
  if (c->own_stream == s) c->own_stream = NULL;
  /* What this stream took and others gave back is the context's account from now on. */
  int64_t active = atomic_load_explicit(&s->cache.active, memory_order_relaxed);
  atomic_fetch_add_explicit(&c->buffers.active, active, memory_order_relaxed);
  ad__buffers_clear(&s->cache);
  ad__mem_give(&c->mem, s, sizeof *s);
}

static void end_streams(ad_ctx *c) {
  while (c->streams) stream_end(c->streams);
}

static void stream_memory(const ad_ctx *c, int64_t *active, int64_t *peak, uint64_t *cached) {
  for (const ad_stream *s = c->streams; s; s = s->next) {
    *active += atomic_load_explicit(&s->cache.active, memory_order_relaxed);
    *peak += atomic_load_explicit(&s->cache.peak, memory_order_relaxed);
    *cached += atomic_load_explicit(&s->cache.cached, memory_order_relaxed);
  }
}

static void start_thread(ad_stream *s) {
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->work, NULL);
  pthread_cond_init(&s->done, NULL);
  s->process = getpid();
  s->started = pthread_create(&s->thread, NULL, stream_main, s) == 0;
}

ad_stream *ad_stream_new(ad_ctx *c) {
  if (!c) return NULL;
  ad_stream *s = ad__mem_zeroed(&c->mem, sizeof *s);
  if (!s) return NULL;
  s->ctx = c;
  ad__buffers_init(&s->cache, &c->mem, atomic_load_explicit(&c->buffers.cache_limit, memory_order_relaxed));
  s->next = c->streams;
  c->streams = s;
  c->end_streams = end_streams;
  c->stream_memory = stream_memory;
  start_thread(s);
  return s;
}

void ad_stream_free(ad_stream *s) {
  if (s) stream_end(s);
}

/* ---- Handing over ---- */

/* A copy of the context's schedule, with the roots held until it is published. NULL without memory. */
static ad_run *run_new(ad_ctx *c, ad_stream *s, size_t count, ad_array *root) {
  size_t bytes = sizeof(ad_run) + count * sizeof(ad_step) + sizeof(ad_array *);
  ad_run *run = ad__mem_zeroed(&c->mem, bytes);
  if (!run) return NULL;
  run->bytes = bytes;
  run->stream = s;
  run->count = count;
  run->steps = (ad_step *)(void *)(run + 1);
  run->held = (ad_array **)(void *)(run->steps + count);
  memcpy(run->steps, c->steps, count * sizeof *run->steps);
  run->held[run->held_count++] = ad__node_keep(root);
  return run;
}

static void enqueue(ad_stream *s, ad_run *run) {
  if (s->finished_last) s->finished_last->later = run;
  else s->finished = run;
  s->finished_last = run;
  pthread_mutex_lock(&s->lock);
  if (s->last) s->last->next = run;
  else s->first = run;
  s->last = run;
  pthread_cond_signal(&s->work);
  pthread_mutex_unlock(&s->lock);
}

ad_status ad_eval_async(ad_array *a, ad_stream *s) {
  if (!a) return AD_E_VALUE;
  if (a->state != AD_LAZY) return ad_error_code(a);
  if (a->flags & AD_NODE_GRAPH) return AD_E_TYPE; /* a node of a graph has a type and no value */
  ad_ctx *c = a->ctx;
  if (!s && !c->own_stream) c->own_stream = ad_stream_new(c);
  if (!s) s = c->own_stream;
  if (!s) return AD_E_MEMORY;
  if (s->ctx != c) return AD_E_VALUE;
  if (s->process != getpid()) start_thread(s);
  if (!s->started) return ad_eval(a);
  size_t count = ad__schedule(c, &a, 1, s);
  if (!count) return AD_OK;
  ad_run *run = run_new(c, s, count, a);
  if (!run) return AD_E_MEMORY;
  for (size_t k = 0; k < count; k++) {
    c->steps[k].node->state = AD_PENDING;
    c->steps[k].node->run = run;
  }
  enqueue(s, run);
  return AD_OK;
}

ad_status ad_synchronize(ad_ctx *c, ad_stream *s) {
  if (!c) return AD_E_VALUE;
  if (s) publish_through(s, NULL);
  else
    for (ad_stream *t = c->streams; t; t = t->next) publish_through(t, NULL);
  return AD_OK;
}
