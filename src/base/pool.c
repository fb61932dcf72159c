/* The pool: fork-join over a share of the tasks for each thread, with stealing.
 *
 * A run gives each thread a range of task numbers, a word that holds its begin and end. The owner of a range
 * claims from the front, a thread that is done with its own claims from the back of the others', by
 * compare-and-swap. So the same thread meets the same part of an array in run after run, which keeps it in
 * that thread's caches (between far cores, moving a line costs as much as computing on it), and a late worker
 * finds its range taken and has missed nothing: the caller never waits for a thread that holds no task.
 * Invariant: whoever has claimed a task may read the job beside the range it came from, because the run cannot
 * end before that task is reported in `done`; outside a run all ranges are empty, and only the holder of `turn`
 * fills them. Each range lies on a line of its own with its job, so that handing over work moves one line.
 *
 * Waiting goes through three stages: spin (a join costs a few hundred nanoseconds), yield (another process may
 * need the core), sleep (an idle pool burns nothing). A sleeper announces itself before its last look at what it
 * waits for, and a waker looks for sleepers after its change, both by read-modify-write of one word: the later
 * of the two sees what the earlier did. A sleeper is kept off the waker's processor until it runs: the waker is about to compute there, and
 * schedulers of virtual machines, which take a halted processor for a busy one, like to wake it on just that.
 * Fork: workers do not exist in the child, and locks may be held there by threads that are gone. The word
 * `owner` tells: it is nonzero only in the process whose workers these are, because it lies on a page that
 * the kernel clears in a child. Without such a page it holds the process id, which costs a system call.
 * Not here: priorities, task graphs, lasting bonds of threads to processors. */
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

enum { SPIN_NS = 200000, YIELD_NS = 200000, LOOKS_PER_CLOCK = 64, PAGE = 4096, LINE = 64, MOST_TASKS = 1 << 30 };

#ifdef __linux__
typedef cpu_set_t processors;
#else
typedef int processors;
#endif

/* Thread i of a run works from workers[i]; the first belongs to whoever calls. */
typedef struct worker {
  _Alignas(LINE) _Atomic uint64_t range; /* begin << 32 | end */
  ad_task_fn fn;
  void *arg;
  size_t base; /* added to task numbers */
  int parties; /* threads that have a range in this run */

  _Alignas(LINE) ad_pool *pool;
  int index;
  pthread_cond_t wake;
  bool asleep;     /* the rest under `lock` */
  bool moved;      /* its processors are not those in `home` */
  processors home; /* where it may run */
} worker;

/* Members that different threads write while others wait for them lie on different lines. */
struct ad_pool {
  ad_mem *mem;
  _Atomic int refs;
  _Atomic int threads; /* as many as could be started, the caller included */
  int wanted;
  int64_t spin_ns;       /* 0 where threads outnumber processors: a spinning thread would hold up a working one */
  worker *workers;       /* wanted, behind `ids` */
  _Atomic int *owner;    /* 0: no workers yet; -pid: being started; pid: ready */
  _Atomic int own_word;  /* stands in for the page when there is none */
  _Atomic bool stop;

  _Alignas(LINE) pthread_mutex_t turn; /* held during a run by its caller */
  uint64_t awaited;                    /* value of `done` that ends the run */
  _Atomic pthread_t runner;            /* the caller of the run that is on, or 0 */

  _Alignas(LINE) _Atomic uint64_t done; /* tasks that workers have finished, ever */
  _Atomic bool waiting;                 /* the caller sleeps */

  _Alignas(LINE) _Atomic int sleepers; /* workers that sleep or are about to */
  pthread_mutex_t lock;                /* of sleeping and waking */
  pthread_cond_t joined;

  pthread_t ids[]; /* of the workers from 1 up, apart from them: every run looks through these */
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

/* Spins, then yields, until ready(p, w); false when it is time to sleep. */
static inline bool wait_awake(ad_pool *p, worker *w, bool (*ready)(ad_pool *, worker *)) {
  if (ready(p, w)) return true;
  int64_t start = now_ns(), spent = 0;
  while (spent < p->spin_ns) {
    for (int i = 0; i < LOOKS_PER_CLOCK; i++) {
      relax();
      if (ready(p, w)) return true;
    }
    spent = now_ns() - start;
  }
  while (spent < p->spin_ns + YIELD_NS) {
    sched_yield();
    if (ready(p, w)) return true;
    spent = now_ns() - start;
  }
  return false;
}

/* ---- placement: best effort, for nothing depends on it but speed ---- */

#ifdef __linux__
/* The processors of `home` without the one this thread runs on; false when none would be left. */
static bool others_of(const processors *home, processors *out) {
  int here = sched_getcpu();
  *out = *home;
  if (here < 0 || here >= CPU_SETSIZE) return false;
  CPU_CLR(here, out);
  return CPU_COUNT(out) > 0;
}

static void move_away(worker *w, pthread_t id) {
  processors others;
  if (pthread_getaffinity_np(id, sizeof w->home, &w->home) != 0 || !others_of(&w->home, &others)) return;
  w->moved = pthread_setaffinity_np(id, sizeof others, &others) == 0;
}

static void return_home(worker *w) {
  if (w->moved) (void)pthread_setaffinity_np(pthread_self(), sizeof w->home, &w->home);
  w->moved = false;
}

/* A new thread starts away from its maker as well. */
static void begin_away(worker *w, pthread_attr_t *attributes) {
  processors others;
  if (pthread_getaffinity_np(pthread_self(), sizeof w->home, &w->home) != 0 || !others_of(&w->home, &others)) return;
  w->moved = pthread_attr_setaffinity_np(attributes, sizeof others, &others) == 0;
}
#else
static void move_away(worker *w, pthread_t id) { (void)w, (void)id; }
static void return_home(worker *w) { (void)w; }
static void begin_away(worker *w, pthread_attr_t *attributes) { (void)w, (void)attributes; }
#endif

/* ---- sleeping ---- */

static bool is_empty(uint64_t range) { return range >> 32 >= (uint32_t)range; }

static bool has_work(ad_pool *p, worker *w) {
  return !is_empty(atomic_load_explicit(&w->range, memory_order_acquire)) || atomic_load_explicit(&p->stop, memory_order_acquire);
}

static bool is_joined(ad_pool *p, worker *w) {
  (void)w;
  return atomic_load(&p->done) == p->awaited;
}

/* Returns when woken, with or without work: a woken worker goes back to spinning first. */
static void sleep_idle(worker *w) {
  ad_pool *p = w->pool;
  pthread_mutex_lock(&p->lock);
  atomic_fetch_add(&p->sleepers, 1);
  if (has_work(p, w)) {
    atomic_fetch_sub(&p->sleepers, 1);
  } else {
    w->asleep = true;
    while (w->asleep) pthread_cond_wait(&w->wake, &p->lock);
  }
  pthread_mutex_unlock(&p->lock);
  return_home(w);
}

/* Wakes those of the workers 1 to parties - 1 that sleep. */
static void wake_workers(ad_pool *p, int parties) {
  pthread_mutex_lock(&p->lock);
  for (int i = 1; i < parties; i++) {
    worker *w = &p->workers[i];
    if (!w->asleep) continue;
    move_away(w, p->ids[i]);
    w->asleep = false;
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_cond_signal(&w->wake);
  }
  pthread_mutex_unlock(&p->lock);
}

static void sleep_joining(ad_pool *p) {
  pthread_mutex_lock(&p->lock);
  atomic_store(&p->waiting, true);
  while (!is_joined(p, NULL)) pthread_cond_wait(&p->joined, &p->lock);
  atomic_store(&p->waiting, false);
  pthread_mutex_unlock(&p->lock);
}

static void wake_caller(ad_pool *p) {
  pthread_mutex_lock(&p->lock);
  pthread_cond_signal(&p->joined);
  pthread_mutex_unlock(&p->lock);
}

/* ---- claiming ---- */

static bool claim_front(worker *w, uint32_t *task) {
  uint64_t range = atomic_load_explicit(&w->range, memory_order_relaxed);
  while (!is_empty(range)) {
    *task = (uint32_t)(range >> 32);
    if (atomic_compare_exchange_weak_explicit(&w->range, &range, range + ((uint64_t)1 << 32), memory_order_acquire,
                                              memory_order_relaxed))
      return true;
  }
  return false;
}

static bool claim_back(worker *w, uint32_t *task) {
  uint64_t range = atomic_load_explicit(&w->range, memory_order_relaxed);
  while (!is_empty(range)) {
    *task = (uint32_t)range - 1;
    if (atomic_compare_exchange_weak_explicit(&w->range, &range, range - 1, memory_order_acquire, memory_order_relaxed)) return true;
  }
  return false;
}

static void run_task(const worker *w, uint32_t task) { w->fn(w->arg, w->base + task); }

/* Runs tasks until none is unclaimed; returns how many. Looks at other ranges only while it holds an unreported
 * task of its own, since otherwise the run may end and another begin meanwhile. */
static uint64_t take_part(ad_pool *p, worker *self) {
  uint64_t mine = 0;
  uint32_t task;
  for (; claim_front(self, &task); mine++) run_task(self, task);
  if (!mine) return 0;
  for (int k = 1; k < self->parties; k++) {
    worker *other = &p->workers[(self->index + k) % self->parties];
    for (; claim_back(other, &task); mine++) run_task(other, task);
  }
  return mine;
}

static void *worker_main(void *arg) {
  worker *w = arg;
  ad_pool *p = w->pool;
  return_home(w);
  for (;;) {
    while (!wait_awake(p, w, has_work)) sleep_idle(w);
    if (atomic_load(&p->stop)) return NULL;
    uint64_t mine = take_part(p, w);
    if (!mine) continue;
    atomic_fetch_add(&p->done, mine);
    if (atomic_load(&p->waiting)) wake_caller(p);
  }
}

/* ---- starting and stopping ---- */

static bool is_ready(const ad_pool *p) {
  int owner = atomic_load_explicit(p->owner, memory_order_acquire);
  return p->owner == &p->own_word ? owner == (int)getpid() : owner > 0;
}

static bool start_worker(ad_pool *p, int i) {
  worker *w = &p->workers[i];
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_cond_init(&w->wake, NULL);
  begin_away(w, &attributes);
  bool started = pthread_create(&p->ids[i], &attributes, worker_main, w) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

static void start_workers(ad_pool *p) {
  pthread_mutex_init(&p->turn, NULL);
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->joined, NULL);
  atomic_store(&p->sleepers, 0);
  atomic_store(&p->waiting, false);
  atomic_store(&p->stop, false);
  atomic_store(&p->done, 0);
  p->awaited = 0;
  atomic_store(&p->runner, (pthread_t)0);
  for (int i = 0; i < p->wanted; i++) {
    worker *w = &p->workers[i];
    w->pool = p;
    w->index = i;
    w->asleep = w->moved = false;
    atomic_store(&w->range, 0);
  }
  p->spin_ns = p->wanted <= ad__cpu_count() ? SPIN_NS : 0;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the program's own threads */
  int threads = 1;
  while (threads < p->wanted && start_worker(p, threads)) threads++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  atomic_store(&p->threads, threads);
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

/* The pool, the ids and then the workers, which begin on a line of their own. */
static size_t workers_offset(int threads) {
  return (sizeof(ad_pool) + (size_t)threads * sizeof(pthread_t) + LINE - 1) / LINE * LINE;
}

static size_t pool_bytes(int threads) { return workers_offset(threads) + (size_t)threads * sizeof(worker); }

ad_pool *ad__pool_new(ad_mem *mem, int threads) {
  if (threads <= 0) threads = ad__cpu_count();
  ad_pool *p = ad__mem_zeroed(mem, pool_bytes(threads));
  if (!p) return NULL;
  p->mem = mem;
  p->wanted = threads;
  p->workers = (worker *)(void *)((char *)p + workers_offset(threads));
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
    int threads = atomic_load(&p->threads);
    wake_workers(p, threads);
    for (int i = 1; i < threads; i++) pthread_join(p->ids[i], NULL);
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
  int threads = atomic_load_explicit(&p->threads, memory_order_relaxed);
  for (int i = 1; i < threads; i++)
    if (pthread_equal(p->ids[i], self)) return true;
  return false;
}

static void run_here(ad_task_fn fn, void *arg, size_t tasks) {
  for (size_t i = 0; i < tasks; i++) fn(arg, i);
}

static bool takes_turn(ad_pool *p, worker *w) {
  (void)w;
  return pthread_mutex_trylock(&p->turn) == 0;
}

/* One run, in the caller's turn. */
static void share_out(ad_pool *p, ad_task_fn fn, void *arg, size_t base, uint32_t tasks) {
  int threads = atomic_load_explicit(&p->threads, memory_order_relaxed);
  int parties = tasks < (uint32_t)threads ? (int)tasks : threads;
  for (int i = 0; i < parties; i++) {
    worker *w = &p->workers[i];
    uint64_t begin = (uint64_t)tasks * (uint64_t)i / (uint64_t)parties, end = (uint64_t)tasks * ((uint64_t)i + 1) / (uint64_t)parties;
    w->fn = fn;
    w->arg = arg;
    w->base = base;
    w->parties = parties;
    atomic_store_explicit(&w->range, begin << 32 | end, memory_order_release);
  }
  if (atomic_fetch_add(&p->sleepers, 0) > 0) wake_workers(p, parties);
  p->awaited += tasks - take_part(p, &p->workers[0]);
  if (!wait_awake(p, NULL, is_joined)) sleep_joining(p);
}

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
  if (!wait_awake(p, NULL, takes_turn)) pthread_mutex_lock(&p->turn);
  atomic_store_explicit(&p->runner, pthread_self(), memory_order_relaxed);
  for (size_t base = 0; base < tasks; base += MOST_TASKS)
    share_out(p, fn, arg, base, (uint32_t)(tasks - base < MOST_TASKS ? tasks - base : MOST_TASKS));
  atomic_store_explicit(&p->runner, (pthread_t)0, memory_order_relaxed);
  pthread_mutex_unlock(&p->turn);
}
