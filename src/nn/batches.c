/* Batches; see data.h.
 *
 * The context's thread makes the arrays of a batch and later gives them out; in between another thread fills their memory, and
 * touches nothing else of the context. What it is to fill are jobs, in the order in which batches will be asked for; there are
 * `depth` of them in a ring, so a batch is being made while others are used. Invariant: jobs [done, asked) belong to the
 * thread, jobs [given, done) are ready, the others are free.
 * An epoch's order is a shuffle by Fisher and Yates with words of Threefry under the seed, counted by place and epoch: it needs no
 * state but the epoch's number. */
#define _GNU_SOURCE
#include <adamant/data.h>
#include <adamant/ops.h>

#include <pthread.h>
#include <string.h>
#include "base/threefry.h"
#include "ir/ctx.h"
#include "nn/leaf_paths.h"
#include "ops/apply.h"

enum { DEPTH_DEFAULT = 2, DEPTH_MOST = 64, LEAVES_MOST = 64 };

typedef struct job {
  uint64_t epoch;
  int64_t first, rows; /* places in the epoch's order */
  bool failed;
  int64_t failed_at;
  ad_array *array[LEAVES_MOST]; /* held */
  void *data[LEAVES_MOST];
} job;

struct ad_batches {
  ad_ctx *ctx;
  ad_array *failure; /* held, or NULL */
  ad_array *source;  /* held: the data, or a sample */
  ad_array *row_major[LEAVES_MOST]; /* held: arrays whose memory is read */
  const ad_type *form;
  int leaves;
  ad_dtype dtype[LEAVES_MOST];
  ad_shape sample[LEAVES_MOST]; /* the shape of a leaf of one sample */
  const char *from[LEAVES_MOST];
  size_t bytes[LEAVES_MOST]; /* of a leaf of one sample */
  int64_t samples, size, count;
  ad_sample_function f;
  void *user;
  void (*release)(void *user);
  ad_batches_opts opts;
  /* Where the caller is, and what was asked for. */
  uint64_t epoch, ask_epoch;
  int64_t index, ask_index;
  /* The order of an epoch, the thread's. */
  int64_t *order;
  uint64_t order_epoch;
  /* The ring. */
  int depth;
  uint64_t given, done, asked; /* counts; a job's place is its number modulo depth */
  job *jobs;
  pthread_t thread;
  bool started, end;
  pthread_mutex_t lock;
  pthread_cond_t work, ready;
};

/* ---- What the thread does ---- */

/* A whole number below n (less than 2^32) from 64 random bits, by their product's upper half. */
static int64_t below(uint32_t w0, uint32_t w1, uint64_t n) { return (int64_t)(((uint64_t)w0 * n + ((uint64_t)w1 * n >> 32)) >> 32); }

static void shuffle(ad_batches *b, uint64_t epoch) {
  for (int64_t i = 0; i < b->samples; i++) b->order[i] = i;
  for (int64_t i = b->samples - 1; i > 0 && !b->opts.in_order; i--) {
    uint32_t w0, w1;
    ad_threefry((uint32_t)b->opts.seed, (uint32_t)(b->opts.seed >> 32), (uint32_t)i, (uint32_t)epoch, &w0, &w1);
    int64_t j = below(w0, w1, (uint64_t)i + 1), t = b->order[i];
    b->order[i] = b->order[j];
    b->order[j] = t;
  }
  b->order_epoch = epoch;
}

static void fill(ad_batches *b, job *w) {
  if (b->order_epoch != w->epoch) shuffle(b, w->epoch);
  for (int64_t r = 0; r < w->rows && !w->failed; r++) {
    int64_t index = b->order[w->first + r];
    void *to[LEAVES_MOST];
    for (int k = 0; k < b->leaves; k++) to[k] = b->bytes[k] ? (char *)w->data[k] + (size_t)r * b->bytes[k] : NULL;
    for (int k = 0; k < b->leaves && !b->f; k++)
      if (to[k]) memcpy(to[k], b->from[k] + (size_t)index * b->bytes[k], b->bytes[k]);
    if (b->f && !b->f(b->user, index, to)) w->failed = true, w->failed_at = index;
  }
}

static void *batches_main(void *arg) {
  ad_batches *b = arg;
  pthread_mutex_lock(&b->lock);
  for (;;) {
    while (b->done == b->asked && !b->end) pthread_cond_wait(&b->work, &b->lock);
    if (b->end) break;
    job *w = &b->jobs[b->done % (uint64_t)b->depth];
    pthread_mutex_unlock(&b->lock);
    fill(b, w);
    pthread_mutex_lock(&b->lock);
    b->done++;
    pthread_cond_signal(&b->ready);
  }
  pthread_mutex_unlock(&b->lock);
  return NULL;
}

/* ---- Asking ---- */

static void drop_arrays(ad_batches *b, job *w) {
  for (int k = 0; k < b->leaves; k++) {
    ad_drop(w->array[k]);
    w->array[k] = NULL;
  }
}

/* Makes the arrays of the next job and hands it over. NULL, or the error array. */
static ad_array *ask(ad_batches *b, ad_place where) {
  job *w = &b->jobs[b->asked % (uint64_t)b->depth];
  *w = (job){.epoch = b->ask_epoch, .first = b->ask_index * b->size};
  w->rows = b->samples - w->first < b->size ? b->samples - w->first : b->size;
  for (int k = 0; k < b->leaves; k++) {
    int64_t dims[AD_MAX_RANK] = {w->rows};
    for (int i = 0; i < b->sample[k].rank; i++) dims[i + 1] = b->sample[k].dims[i];
    ad_array *a = ad_array_room_at(where, b->ctx, b->dtype[k], (ad_shape){b->sample[k].rank + 1, dims}, &w->data[k]);
    if (ad_is_error(a)) {
      drop_arrays(b, w);
      return a;
    }
    w->array[k] = ad_keep(a);
  }
  if (++b->ask_index == b->count) b->ask_index = 0, b->ask_epoch++;
  pthread_mutex_lock(&b->lock);
  b->asked++;
  pthread_cond_signal(&b->work);
  pthread_mutex_unlock(&b->lock);
  return NULL;
}

/* Fills the ring; without a thread, one job, which is done at once. The first error array, or NULL. */
static ad_array *ask_ahead(ad_batches *b, ad_place where) {
  ad_array *bad = NULL;
  ad_scope *s = ad_scope_begin(b->ctx);
  if (!b->started && b->opts.prefetch.value) b->started = pthread_create(&b->thread, NULL, batches_main, b) == 0;
  while (!bad && b->asked - b->given < (uint64_t)b->depth) {
    bad = ask(b, where);
    if (bad || b->started) continue;
    fill(b, &b->jobs[b->done++ % (uint64_t)b->depth]); /* no thread is wanted, or to be had */
    break;
  }
  bad = ad_scope_end(s, bad);
  return bad;
}

/* Waits until nothing is being filled, and lets go of what was made ahead. */
static void forget_jobs(ad_batches *b) {
  pthread_mutex_lock(&b->lock);
  while (b->done != b->asked) pthread_cond_wait(&b->ready, &b->lock);
  pthread_mutex_unlock(&b->lock);
  for (; b->given < b->done; b->given++) drop_arrays(b, &b->jobs[b->given % (uint64_t)b->depth]);
  b->ask_epoch = b->epoch, b->ask_index = b->index;
}

/* ---- Giving ---- */

static ad_array *error_of(ad_batches *b, ad_place where, ad_status code, const char *fmt, ...) AD_FORMAT(4, 5);
static ad_array *error_of(ad_batches *b, ad_place where, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  return ad__scope_take_error(ad__node_errorf(b->ctx, where, NULL, code, "batches: %s", e.text));
}

static ad_array *take_job(ad_batches *b, ad_place where) {
  job *w = &b->jobs[b->given % (uint64_t)b->depth];
  pthread_mutex_lock(&b->lock);
  while (b->done == b->given) pthread_cond_wait(&b->ready, &b->lock);
  pthread_mutex_unlock(&b->lock);
  b->given++;
  ad_array *const *next = w->array;
  ad_scope *s = ad_scope_begin(b->ctx);
  ad_array *y = !w->failed ? ad__tree_build(b->ctx, where, b->form, &next)
                           : error_of(b, where, AD_E_RUNTIME, "the source has no sample %lld; it was to have %lld", (long long)w->failed_at,
                                      (long long)b->samples);
  if (b->leaves == 1 && y == w->array[0]) ad_lend(y);
  y = ad_scope_end(s, y);
  drop_arrays(b, w);
  return y;
}

bool ad_batches_next_at(ad_place where, ad_batches *b, ad_array **batch) {
  if (!b) return *batch = ad_copy_at(where, NULL), true;
  if (b->failure) return *batch = ad_lend(b->failure), true;
  if (b->index == b->count) {
    b->index = 0, b->epoch++;
    *batch = ad_tuple_at(where, b->ctx, NULL, 0);
    return false;
  }
  ad_array *bad = ask_ahead(b, where);
  *batch = bad && b->given == b->asked ? bad : take_job(b, where);
  b->index++;
  if (b->started) (void)ask_ahead(b, where); /* what fails here is asked for again, and then told */
  return true;
}

int64_t ad_batches_count(const ad_batches *b) { return b ? b->count : 0; }
int64_t ad_batches_samples(const ad_batches *b) { return b ? b->samples : 0; }

void ad_batches_position(const ad_batches *b, uint64_t position[2]) {
  position[0] = b ? b->epoch : 0;
  position[1] = b ? (uint64_t)b->index : 0;
}

ad_status ad_batches_seek(ad_batches *b, const uint64_t position[2]) {
  if (!b || b->failure || position[1] > (uint64_t)b->count) return AD_E_VALUE;
  b->epoch = position[0];
  b->index = (int64_t)position[1];
  forget_jobs(b);
  if (b->ask_index == b->count) b->ask_index = 0, b->ask_epoch++;
  return AD_OK;
}

/* ---- Making ---- */

/* NULL when leaf k can be part of a sample, or of all samples; */
static ad_array *check_leaf(ad_batches *b, ad_place where, const ad_array *a, const ad_type *form, int k, bool rows) {
  char name[256];
  ad_shape s = ad_array_shape(a);
  ad__leaf_name(b->ctx, form, k, name, sizeof name);
  if (!rows && s.rank == AD_MAX_RANK) return error_of(b, where, AD_E_VALUE, "%s has rank %d; fewer are right", name, s.rank);
  if (!rows) return NULL;
  if (s.rank < 1) return error_of(b, where, AD_E_VALUE, "%s has rank 0; its first axis, of samples, is needed", name);
  if (k == 0 || s.dims[0] == b->samples) return NULL;
  return error_of(b, where, AD_E_VALUE, "%s has %lld samples, others %lld; as many are right", name, (long long)s.dims[0], (long long)b->samples);
}

/* Leaf k of every sample, which begins `axis` axes into the array. */
static void describe_leaf(ad_batches *b, const ad_array *a, int k, int axis) {
  ad_shape s = ad_array_shape(a);
  b->dtype[k] = ad_array_dtype(a);
  b->sample[k] = (ad_shape){s.rank - axis, s.dims + axis};
  b->bytes[k] = ad_dtype_size(b->dtype[k]);
  for (int i = axis; i < s.rank; i++) b->bytes[k] *= (size_t)s.dims[i];
  b->leaves = k + 1;
}

/* What every batch is made of; NULL, or the error array. */
static ad_array *read_leaves(ad_batches *b, ad_place where, ad_array *tree, bool rows) {
  ad_leaves l;
  ad__leaves_init(&l, b->ctx);
  ad_array *bad = ad__leaves_add_tree(&l, where, tree);
  if (!bad && (l.count < 1 || l.count > LEAVES_MOST))
    bad = error_of(b, where, AD_E_VALUE, "%d arrays in a sample; 1 to %d are right", l.count, LEAVES_MOST);
  for (int k = 0; !bad && k < l.count; k++) {
    ad_array *a = l.at[k];
    bad = check_leaf(b, where, a, tree->type, k, rows);
    if (bad) break;
    describe_leaf(b, a, k, rows);
    if (!rows) continue;
    b->samples = ad_array_dim(a, 0);
    b->from[k] = ad_data(a);
    b->row_major[k] = ad_keep(a);
    if (ad_is_error(a)) bad = a;
  }
  ad__leaves_free(&l);
  return bad;
}

/* The order and the ring; NULL, or the error array. */
static ad_array *prepare(ad_batches *b, ad_place where) {
  int64_t ahead = b->opts.prefetch.given ? b->opts.prefetch.value : DEPTH_DEFAULT;
  if (b->size < 1) return error_of(b, where, AD_E_VALUE, "batches of %lld samples; 1 or more are right", (long long)b->size);
  if (ahead < 0 || ahead > DEPTH_MOST) return error_of(b, where, AD_E_VALUE, "prefetch %lld; 0 to %d are right", (long long)ahead, DEPTH_MOST);
  if (b->samples < 1 || b->samples > UINT32_MAX)
    return error_of(b, where, AD_E_VALUE, "%lld samples; 1 to 4294967295 are right", (long long)b->samples);
  b->count = b->opts.drop_last ? b->samples / b->size : (b->samples + b->size - 1) / b->size;
  if (b->count < 1)
    return error_of(b, where, AD_E_VALUE, "%lld samples in batches of %lld, the last left out; no batch remains", (long long)b->samples,
                    (long long)b->size);
  b->opts.prefetch = AD_INT(ahead);
  b->depth = ahead ? (int)ahead : 1;
  b->order = ad__mem_pages(&b->ctx->mem, (size_t)b->samples * sizeof *b->order);
  b->order_epoch = UINT64_MAX;
  b->jobs = ad__mem_zeroed(&b->ctx->mem, (size_t)b->depth * sizeof *b->jobs);
  return b->order && b->jobs ? NULL : b->ctx->out_of_memory;
}

static ad_batches *make(ad_place where, ad_ctx *c, ad_array *tree, int64_t size, const ad_batches_opts *opts, const ad_batches *source) {
  ad_batches *b = c ? ad__mem_zeroed(&c->mem, sizeof *b) : NULL;
  if (!b) {
    if (source->release) source->release(source->user);
    return NULL;
  }
  *b = *source;
  b->ctx = c;
  b->size = size;
  if (opts) b->opts = *opts;
  pthread_mutex_init(&b->lock, NULL);
  pthread_cond_init(&b->work, NULL);
  pthread_cond_init(&b->ready, NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *bad = !tree ? ad_copy_at(where, NULL) : ad_is_error(tree) ? tree : NULL;
  if (!bad && tree->ctx != c) bad = error_of(b, where, AD_E_VALUE, "data of another context; of one is right");
  if (!bad && ad_eval(tree) != AD_OK) bad = tree;
  if (!bad) {
    b->source = ad_keep(tree);
    b->form = tree->type;
    bad = read_leaves(b, where, tree, !b->f);
  }
  if (!bad) bad = prepare(b, where);
  if (bad) b->failure = ad_keep(bad);
  ad_scope_end(s, NULL);
  return b;
}

ad_batches *ad_batches_new_at(ad_place where, ad_ctx *c, ad_array *data, int64_t size, const ad_batches_opts *opts) {
  return make(where, c, data, size, opts, &(ad_batches){0});
}

ad_batches *ad_batches_from_at(ad_place where, ad_ctx *c, ad_array *like, int64_t count, ad_sample_function f, void *user,
                               void (*release)(void *user), int64_t size, const ad_batches_opts *opts) {
  return make(where, c, f ? like : NULL, size, opts, &(ad_batches){.samples = count, .f = f, .user = user, .release = release});
}

void ad_batches_free(ad_batches *b) {
  if (!b) return;
  ad_mem *mem = &b->ctx->mem;
  if (b->started) {
    pthread_mutex_lock(&b->lock);
    b->end = true;
    pthread_cond_signal(&b->work);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
  }
  for (int i = 0; b->jobs && i < b->depth; i++) drop_arrays(b, &b->jobs[i]);
  for (int k = 0; k < b->leaves; k++) ad_drop(b->row_major[k]);
  ad_drop(b->source);
  ad_drop(b->failure);
  if (b->order) ad__mem_pages_give(mem, b->order, (size_t)b->samples * sizeof *b->order);
  ad__mem_give(mem, b->jobs, b->jobs ? (size_t)b->depth * sizeof *b->jobs : 0);
  pthread_cond_destroy(&b->ready);
  pthread_cond_destroy(&b->work);
  pthread_mutex_destroy(&b->lock);
  if (b->release) b->release(b->user);
  ad__mem_give(mem, b, sizeof *b);
}
