/* The pool: fork-join over tasks handed out by one atomic counter.
 *
 * A run writes the job (function, argument, number of tasks) and then publishes it by setting `remaining`.
 * Whoever lowers `remaining` by one has claimed a task and may read the job, because the run cannot end
 * before that task is reported in `done`. A worker that comes late finds `remaining` zero and has missed
 * nothing; the caller never waits for a thread that holds no task.
 * Invariant: outside a run `remaining` is 0, and the job is written only by the holder of `turn`.
 *
 * Waiting goes through three stages: spin (a join costs a few hundred nanoseconds), yield (another process may
 * need the core), sleep (an idle pool burns nothing). A sleeper announces itself before its last look at what it
 * waits for, and a waker looks for sleepers after its change: with sequential consistency one of the two sees
 * the other.
 * Fork: workers do not exist in the child, and locks may be held there by threads that are gone. The word
 * `owner` tells: it is nonzero only in the process whose workers these are, because it lies on a page that
 * the kernel clears in a child. Without such a page it holds the process id, which costs a system call.
 * Not here: priorities, stealing, task graphs, pinning to cores. */
#define _GNU_SOURCE
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SPIN_NS = 200000, YIELD_NS = 200000, LOOKS_PER_CLOCK = 64, PAGE = 4096, LINE = 64 };

/* Where threads sleep until something they wait for has happened. */
typedef struct gate {
  _Atomic int sleepers;
  pthread_mutex_t lock;
  pthread_cond_t wake;
} gate;

struct ad_pool {
  ad_mem *mem;
  _Atomic int refs;
  _Atomic int threads; /* as many as could be started, the caller included */
  int wanted;
  int64_t spin_ns;       /* 0 where threads outnumber processors: a spinning thread would hold up a working one */
  _Atomic int *owner;    /* 0: no workers yet; -pid: being started; pid: ready */
  _Atomic int own_word;  /* stands in for the page when there is none */
  pthread_mutex_t turn;  /* held during a run by its caller */
  _Atomic bool stop;
  gate idle;             /* workers */
  gate join;             /* the caller */

  _Alignas(LINE) _Atomic uint64_t remaining; /* tasks not yet claimed */
  ad_task_fn fn;
  void *arg;
  uint64_t tasks;

  _Alignas(LINE) _Atomic uint64_t done; /* tasks that workers have finished */

  _Alignas(LINE) uint64_t awaited; /* value of `done` that ends the run; the caller's own */
  _Atomic pthread_t runner;        /* the caller of the run that is on, or 0 */
  pthread_t workers[];             /* threads - 1 */
};

/* ---- waiting ---- */

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Spins, then yields, until ready(p); false when it is time to sleep. */
static inline bool wait_awake(ad_pool *p, bool (*ready)(ad_pool *)) {
  if (ready(p)) return true;
  int64_t start = now_ns(), spent = 0;
  while (spent < p->spin_ns) {
    for (int i = 0; i < LOOKS_PER_CLOCK; i++) {
      relax();
      if (ready(p)) return true;
    }
    spent = now_ns() - start;
  }
  while (spent < p->spin_ns + YIELD_NS) {
    sched_yield();
    if (ready(p)) return true;
    spent = now_ns() - start;
  }
  return false;
}

static void gate_init(gate *g) {
  atomic_store(&g->sleepers, 0);
  pthread_mutex_init(&g->lock, NULL);
  pthread_cond_init(&g->wake, NULL);
}

static void gate_sleep(gate *g, ad_pool *p, bool (*ready)(ad_pool *)) {
  pthread_mutex_lock(&g->lock);
  atomic_fetch_add(&g->sleepers, 1);
  if (!ready(p)) pthread_cond_wait(&g->wake, &g->lock); /* once: a woken thread goes back to spinning first */
  atomic_fetch_sub(&g->sleepers, 1);
  pthread_mutex_unlock(&g->lock);
}

/* Wakes up to `wanted` sleepers. */
static inline void gate_open(gate *g, uint64_t wanted) {
  int sleepers = atomic_load(&g->sleepers);
  if (sleepers == 0) return;
  pthread_mutex_lock(&g->lock);
  if (wanted >= (uint64_t)sleepers) pthread_cond_broadcast(&g->wake);
  else while (wanted-- > 0) pthread_cond_signal(&g->wake);
  pthread_mutex_unlock(&g->lock);
}

static bool has_work(ad_pool *p) {
  return atomic_load_explicit(&p->remaining, memory_order_seq_cst) > 0 || atomic_load_explicit(&p->stop, memory_order_seq_cst);
}

/* ---- claiming ---- */

/* Runs tasks until none is unclaimed; returns how many. */
static uint64_t take_part(ad_pool *p) {
  uint64_t mine = 0, left = atomic_load_explicit(&p->remaining, memory_order_relaxed);
  while (left > 0) {
    if (!atomic_compare_exchange_weak_explicit(&p->remaining, &left, left - 1, memory_order_acquire, memory_order_relaxed)) continue;
    p->fn(p->arg, (size_t)(p->tasks - left));
    mine++;
    left = atomic_load_explicit(&p->remaining, memory_order_relaxed);
  }
  return mine;
}

static void *worker_main(void *arg) {
  ad_pool *p = arg;
  for (;;) {
    while (!wait_awake(p, has_work)) gate_sleep(&p->idle, p, has_work);
    if (atomic_load(&p->stop)) return NULL;
    uint64_t mine = take_part(p);
    if (!mine) continue;
    atomic_fetch_add(&p->done, mine);
    gate_open(&p->join, 1);
  }
}

/* ---- starting and stopping ---- */

static bool is_ready(const ad_pool *p) {
  int owner = atomic_load_explicit(p->owner, memory_order_acquire);
  return p->owner == &p->own_word ? owner == (int)getpid() : owner > 0;
}

static void start_workers(ad_pool *p) {
  pthread_mutex_init(&p->turn, NULL);
  gate_init(&p->idle);
  gate_init(&p->join);
  atomic_store(&p->stop, false);
  atomic_store(&p->remaining, 0);
  atomic_store(&p->done, 0);
  atomic_store(&p->runner, (pthread_t)0);
  p->spin_ns = p->wanted <= ad__cpu_count() ? SPIN_NS : 0;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the program's own threads */
  int started = 0;
  while (started < p->wanted - 1 && pthread_create(&p->workers[started], NULL, worker_main, p) == 0) started++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  atomic_store(&p->threads, started + 1);
}

/* One thread starts the workers of this process, the others wait for it. */
static void make_ready(ad_pool *p) {
  int self = (int)getpid(), owner = atomic_load(p->owner);
  while (owner != self) {
    if (owner == -self) {
      sched_yield();
      owner = atomic_load(p->owner);
    } else if (atomic_compare_exchange_weak(p->owner, &owner, -self)) {
      start_workers(p);
      atomic_store(p->owner, self);
      return;
    }
  }
}

static _Atomic int *map_owner(void) {
#ifdef MADV_WIPEONFORK
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return NULL;
  if (madvise(page, PAGE, MADV_WIPEONFORK) == 0) return page;
  munmap(page, PAGE);
#endif
  return NULL;
}

static size_t pool_bytes(int threads) { return sizeof(ad_pool) + (size_t)(threads - 1) * sizeof(pthread_t); }

ad_pool *ad__pool_new(ad_mem *mem, int threads) {
  if (threads <= 0) threads = ad__cpu_count();
  ad_pool *p = ad__mem_zeroed(mem, pool_bytes(threads));
  if (!p) return NULL;
  p->mem = mem;
  p->wanted = threads;
  atomic_init(&p->refs, 1);
  atomic_init(&p->threads, threads);
  atomic_init(&p->own_word, 0);
  p->owner = threads > 1 ? map_owner() : NULL;
  if (!p->owner) p->owner = &p->own_word;
  return p;
}

ad_pool *ad__pool_keep(ad_pool *p) {
  atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
  return p;
}

void ad__pool_drop(ad_pool *p) {
  if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1) return;
  if (is_ready(p)) {
    atomic_store(&p->stop, true);
    gate_open(&p->idle, UINT64_MAX);
    for (int i = 0; i < atomic_load(&p->threads) - 1; i++) pthread_join(p->workers[i], NULL);
  }
  if (p->owner != &p->own_word) munmap((void *)p->owner, PAGE);
  ad__mem_give(p->mem, p, pool_bytes(p->wanted));
}

int ad__pool_threads(const ad_pool *p) { return atomic_load(&p->threads); }

/* ---- running ---- */

/* Whether this thread is running a task of this pool: waiting for its turn would then never end. */
static bool is_inside(ad_pool *p) {
  pthread_t self = pthread_self();
  if (pthread_equal(atomic_load_explicit(&p->runner, memory_order_relaxed), self)) return true;
  int workers = atomic_load_explicit(&p->threads, memory_order_relaxed) - 1;
  for (int i = 0; i < workers; i++)
    if (pthread_equal(p->workers[i], self)) return true;
  return false;
}

static void run_here(ad_task_fn fn, void *arg, size_t tasks) {
  for (size_t i = 0; i < tasks; i++) fn(arg, i);
}

static bool is_joined(ad_pool *p) {
  return atomic_load_explicit(&p->done, memory_order_seq_cst) == p->awaited;
}

static bool takes_turn(ad_pool *p) { return pthread_mutex_trylock(&p->turn) == 0; }

void ad__pool_run(ad_pool *p, ad_task_fn fn, void *arg, size_t tasks) {
  if (tasks < 2 || p->wanted == 1) {
    run_here(fn, arg, tasks);
    return;
  }
  if (!is_ready(p)) make_ready(p);
  if (atomic_load_explicit(&p->threads, memory_order_relaxed) == 1 || is_inside(p)) {
    run_here(fn, arg, tasks);
    return;
  }
  if (!wait_awake(p, takes_turn)) pthread_mutex_lock(&p->turn);
  atomic_store_explicit(&p->runner, pthread_self(), memory_order_relaxed);
  p->fn = fn;
  p->arg = arg;
  p->tasks = tasks;
  atomic_store_explicit(&p->done, 0, memory_order_relaxed);
  atomic_store_explicit(&p->remaining, tasks - 1, memory_order_seq_cst); /* task 0 is the caller's */
  gate_open(&p->idle, tasks - 1);
  fn(arg, 0);
  p->awaited = tasks - 1 - take_part(p);
  while (!wait_awake(p, is_joined)) gate_sleep(&p->join, p, is_joined);
  atomic_store_explicit(&p->runner, (pthread_t)0, memory_order_relaxed);
  pthread_mutex_unlock(&p->turn);
}
