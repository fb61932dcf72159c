/* The pool: every task once, nesting, many callers, fork, sleep, failing memory.
 *
 * Nothing here depends on which thread runs what; where a case needs two threads at work at once it makes the
 * tasks wait for each other. */
#define _GNU_SOURCE
#include "base/pool.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

enum { TASKS = 1000 };

typedef struct tally {
  ad_pool *pool;
  _Atomic bool stop;
  int count[TASKS]; /* plain: each task is run by one thread, and the run's end makes it visible */
} tally;

static void count_task(void *arg, size_t i) { ((tally *)arg)->count[i]++; }

static void check_tally(const tally *t, size_t tasks, int each) {
  for (size_t i = 0; i < TASKS; i++) CHECK_INT(t->count[i], i < tasks ? each : 0);
}

static void pause_ms(int ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL); }

TEST(every_task_runs_once) {
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  for (int threads = 0; threads <= 5; threads++) {
    ad_pool *p = ad__pool_new(&mem, threads);
    CHECK_STOP(p);
    CHECK_INT(ad__pool_threads(p), threads ? threads : ad__cpu_count());
    for (size_t tasks = 0; tasks < 40; tasks++) {
      tally t = {0};
      for (int round = 0; round < 20; round++) ad__pool_run(p, count_task, &t, tasks);
      check_tally(&t, tasks, 20);
    }
    tally t = {0};
    ad__pool_run(p, count_task, &t, TASKS);
    check_tally(&t, TASKS, 1);
    ad__pool_drop(p);
  }
  CHECK_INT(mem.bytes_now, 0);
}

/* Tasks that end only when `parties` of them run at the same time. */
typedef struct meeting {
  int parties;
  _Atomic int arrived;
} meeting;

static void meet(void *arg, size_t i) {
  meeting *m = arg;
  (void)i;
  atomic_fetch_add(&m->arrived, 1);
  while (atomic_load(&m->arrived) < m->parties) sched_yield();
}

TEST(tasks_run_at_the_same_time) {
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  for (int threads = 2; threads <= 4; threads++) {
    ad_pool *p = ad__pool_new(&mem, threads);
    CHECK_STOP(p);
    for (int round = 0; round < 50; round++) {
      meeting m = {.parties = threads};
      ad__pool_run(p, meet, &m, (size_t)threads);
      CHECK_INT(m.arrived, threads);
      if (round % 10 == 9) pause_ms(3); /* long enough for the workers to fall asleep */
    }
    ad__pool_drop(p);
  }
}

typedef struct nest {
  ad_pool *pool;
  _Atomic int leaves;
  int depth;
} nest;

static void run_nested(void *arg, size_t i) {
  nest *n = arg;
  (void)i;
  if (n->depth == 3) {
    atomic_fetch_add(&n->leaves, 1);
    return;
  }
  nest inner = {.pool = n->pool, .depth = n->depth + 1};
  ad__pool_run(n->pool, run_nested, &inner, 5);
  atomic_fetch_add(&n->leaves, inner.leaves);
}

TEST(a_run_inside_a_task_ends) {
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  for (int threads = 1; threads <= 3; threads++) {
    ad_pool *p = ad__pool_new(&mem, threads);
    CHECK_STOP(p);
    nest n = {.pool = p};
    ad__pool_run(p, run_nested, &n, 5);
    CHECK_INT(n.leaves, 5 * 5 * 5 * 5);
    ad__pool_drop(p);
  }
}

static void *call_often(void *arg) {
  tally *t = arg;
  for (int round = 0; round < 200; round++) ad__pool_run(t->pool, count_task, t, 1 + (size_t)round % 7);
  ad__pool_drop(t->pool);
  return NULL;
}

TEST(callers_from_many_threads_are_served) {
  enum { CALLERS = 4 };
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  ad_pool *p = ad__pool_new(&mem, 3);
  CHECK_STOP(p);
  static tally tallies[CALLERS];
  pthread_t threads[CALLERS];
  for (int i = 0; i < CALLERS; i++) {
    memset(&tallies[i], 0, sizeof tallies[i]);
    tallies[i].pool = ad__pool_keep(p);
    CHECK_STOP(pthread_create(&threads[i], NULL, call_often, &tallies[i]) == 0);
  }
  ad__pool_drop(p); /* the callers' references keep it; the last of them stops the workers */
  for (int i = 0; i < CALLERS; i++) {
    pthread_join(threads[i], NULL);
    int sum = 0;
    for (int k = 0; k < TASKS; k++) sum += tallies[i].count[k];
    CHECK_INT(sum, 28 * (1 + 2 + 3 + 4 + 5 + 6 + 7) + 1 + 2 + 3 + 4);
    CHECK_INT(tallies[i].count[0], 200);
  }
  CHECK_INT(mem.bytes_now, 0);
}

/* Whether every thread of this process but the asking one sleeps, by the state in /proc/self/task/ID/stat. */
static bool others_sleep(int *others) {
  DIR *dir = opendir("/proc/self/task");
  bool asleep = true;
  *others = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    int id = atoi(entry->d_name);
    if (id == 0 || id == (int)gettid()) continue;
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
    FILE *f = fopen(path, "r");
    if (!f) continue;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    char *state = strrchr(text, ')');
    ++*others;
    if (!state || state[2] != 'S') asleep = false;
  }
  if (dir) closedir(dir);
  return asleep;
}

TEST(an_idle_pool_sleeps) {
  if (access("/proc/self/task", R_OK) != 0) CHECK_SKIP("no /proc/self/task here");
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  ad_pool *p = ad__pool_new(&mem, 3);
  CHECK_STOP(p);
  int before = 0, others = 0;
  others_sleep(&before); /* a sanitizer may have threads of its own */
  tally t = {0};
  ad__pool_run(p, count_task, &t, 100);
  others_sleep(&others);
  CHECK_INT(others - before, 2);
  bool asleep = false;
  for (int i = 0; i < 500 && !asleep; i++) {
    pause_ms(10);
    asleep = others_sleep(&others);
  }
  CHECK(asleep);
  ad__pool_run(p, count_task, &t, 100);
  check_tally(&t, 100, 2);
  ad__pool_drop(p);
  others_sleep(&others);
  CHECK_INT(others, before);
}

/* Runs `body` in a forked child, which has ten seconds; returns its exit status, or -1. */
static int in_child(int (*body)(ad_pool *), ad_pool *p) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    alarm(10);
    _exit(body(p));
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

static int child_works(ad_pool *p) {
  tally t = {0};
  for (int round = 0; round < 50; round++) ad__pool_run(p, count_task, &t, 50);
  meeting m = {.parties = ad__pool_threads(p)}; /* needs real workers */
  ad__pool_run(p, meet, &m, (size_t)m.parties);
  for (int i = 0; i < 50; i++)
    if (t.count[i] != 50) return 1;
  ad__pool_drop(p);
  return 0;
}

static int grandchild_works(ad_pool *p) { return child_works(p) || in_child(child_works, p); }

static int child_drops(ad_pool *p) {
  ad__pool_drop(p);
  return 0;
}

static int child_starts_from_two_threads(ad_pool *p) {
  static tally tallies[2];
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    tallies[i].pool = ad__pool_keep(p);
    if (pthread_create(&threads[i], NULL, call_often, &tallies[i]) != 0) return 1;
  }
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  return tallies[0].count[0] == 200 && tallies[1].count[0] == 200 ? 0 : 2;
}

static bool is_emulated(void) {
  const char *under = getenv("RUN_UNDER");
  return under && *under;
}

TEST(a_forked_child_makes_its_own_workers) {
  if (UNDER_TSAN) CHECK_SKIP("the thread sanitizer allows no threads after fork");
  if (is_emulated()) CHECK_SKIP("the emulator allows no threads after fork");
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  for (int used = 0; used < 2; used++) {
    ad_pool *p = ad__pool_new(&mem, 3);
    CHECK_STOP(p);
    tally t = {0};
    if (used) ad__pool_run(p, count_task, &t, 100); /* the child is forked while the workers still spin */
    CHECK_INT(in_child(child_works, ad__pool_keep(p)), 0);
    CHECK_INT(in_child(grandchild_works, ad__pool_keep(p)), 0);
    CHECK_INT(in_child(child_starts_from_two_threads, p), 0);
    pause_ms(5);
    CHECK_INT(in_child(child_works, p), 0); /* while they sleep */
    ad__pool_drop(p);
    ad__pool_drop(p);
    CHECK_INT(in_child(child_drops, p), 0);
    ad__pool_run(p, count_task, &t, 100);
    check_tally(&t, 100, 1 + used);
    ad__pool_drop(p);
  }
  CHECK_INT(mem.bytes_now, 0);
}

static void *keep_busy(void *arg) {
  tally *t = arg;
  while (!atomic_load(&t->stop)) ad__pool_run(t->pool, count_task, t, 4);
  return NULL;
}

/* Another thread holds the pool at the moment of the fork: its lock and its half-done run must not matter. */
TEST(a_child_forked_during_a_run_of_another_thread_works) {
  if (UNDER_TSAN) CHECK_SKIP("the thread sanitizer allows no threads after fork");
  if (is_emulated()) CHECK_SKIP("the emulator allows no threads after fork");
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  ad_pool *p = ad__pool_new(&mem, 2);
  CHECK_STOP(p);
  tally busy = {.pool = p};
  pthread_t thread;
  CHECK_STOP(pthread_create(&thread, NULL, keep_busy, &busy) == 0);
  for (int i = 0; i < 20; i++) {
    CHECK_INT(in_child(child_works, ad__pool_keep(p)), 0);
    ad__pool_drop(p);
  }
  tally t = {0};
  ad__pool_run(p, count_task, &t, 2);
  check_tally(&t, 2, 1);
  atomic_store(&busy.stop, true);
  pthread_join(thread, NULL);
  ad__pool_drop(p);
}

TEST(exit_does_not_wait_for_workers) {
  if (UNDER_TSAN) CHECK_SKIP("the thread sanitizer allows no threads after fork");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    ad_mem mem;
    ad__mem_init(&mem, NULL);
    ad_pool *p = ad__pool_new(&mem, 3);
    tally t = {0};
    alarm(10);
    ad__pool_run(p, count_task, &t, 10);
    exit(7);
  }
  int status = 0;
  CHECK_INT(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

TEST(no_memory_gives_null) {
  ad_mem mem;
  ad__mem_init(&mem, NULL);
  atomic_store(&mem.limit, 16);
  CHECK(!ad__pool_new(&mem, 4));
  CHECK_INT(mem.bytes_now, 0);
  ad__pool_drop(NULL);
}

CHECK_MAIN(CASE(every_task_runs_once), CASE(tasks_run_at_the_same_time), CASE(a_run_inside_a_task_ends),
           CASE(callers_from_many_threads_are_served), CASE(an_idle_pool_sleeps),
           CASE(a_forked_child_makes_its_own_workers), CASE(a_child_forked_during_a_run_of_another_thread_works),
           CASE(exit_does_not_wait_for_workers), CASE(no_memory_gives_null))
