/* The physical references: copy, read, peak and ping-pong, and the threads they run on.
 *
 * Each loop exists once per vector width and is chosen by what the processor has, never by what the library chose.
 * Of several ways to copy or read, a short trial keeps the fastest: processors differ in whether non-temporal stores,
 * prefetching or several streams help. Invariant: nothing is allocated or touched for the first time while timed.
 * Not here: other types than float32 in `peak`, strided or random access. */
#define _GNU_SOURCE
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define WIDE __attribute__((target("avx512f")))
#define MIDDLE __attribute__((target("avx2,fma")))
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { PAGE = 4096, HUGE_PAGE = 2 << 20, LINE = 64, MOST_THREADS = 64, TRIALS = 7 };

static void relax(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* One step of waiting for another thread: on an otherwise busy machine that thread may need this core. */
static void wait_step(long *steps) {
  if (++*steps < 20000) relax();
  else sched_yield();
}

/* ---- memory ---- */

static size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

/* The mapping starts at a huge page, the block less than 2 MiB behind it. */
void *bench_pages(size_t bytes) {
  static size_t taken;
  size_t offset = (++taken % 64) * PAGE, used = round_up(offset + bytes, PAGE);
  char *map = mmap(NULL, used + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) {
    bench_log("no memory for a block of %zu bytes", bytes);
    exit(1);
  }
  char *start = (char *)round_up((uintptr_t)map, HUGE_PAGE);
  if (start > map) munmap(map, (size_t)(start - map));
  if (start < map + HUGE_PAGE) munmap(start + used, (size_t)(map + HUGE_PAGE - start));
#ifdef MADV_HUGEPAGE
  madvise(start, used, MADV_HUGEPAGE);
#endif
  memset(start + offset, 1, bytes);
  return start + offset;
}

static void free_pages(void *block, size_t bytes) {
  char *start = (char *)((uintptr_t)block / HUGE_PAGE * HUGE_PAGE);
  munmap(start, round_up((size_t)((char *)block - start) + bytes, PAGE));
}

/* ---- threads ---- */

static struct crew {
  int workers;
  _Atomic unsigned turn;
  _Atomic int done, sleepers;
  int wanted; /* threads of this turn; the others only report */
  void (*fn)(void *arg, int index);
  void *arg;
  pthread_mutex_t lock;
  pthread_cond_t wake;
} crew = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static void *crew_main(void *index_in) {
  int index = (int)(intptr_t)index_in;
  for (unsigned seen = 0;; seen++) {
    double start = bench_now();
    for (int i = 0; atomic_load(&crew.turn) == seen; relax())
      if (++i % 64 == 0 && bench_now() - start > 100e-6) {
        pthread_mutex_lock(&crew.lock);
        atomic_fetch_add(&crew.sleepers, 1);
        while (atomic_load(&crew.turn) == seen) pthread_cond_wait(&crew.wake, &crew.lock);
        atomic_fetch_sub(&crew.sleepers, 1);
        pthread_mutex_unlock(&crew.lock);
      }
    if (index < crew.wanted) crew.fn(crew.arg, index);
    atomic_fetch_add(&crew.done, 1);
  }
  return NULL;
}

void bench_fork_join(int threads, void (*fn)(void *arg, int index), void *arg) {
  if (threads < 2) {
    fn(arg, 0);
    return;
  }
  while (crew.workers < threads - 1) {
    pthread_t thread;
    if (atomic_load(&crew.turn) != 0 || pthread_create(&thread, NULL, crew_main, (void *)(intptr_t)(crew.workers + 1)) != 0) {
      bench_log("cannot run on %d threads", threads);
      exit(1);
    }
    pthread_detach(thread);
    crew.workers++;
  }
  crew.wanted = threads;
  crew.fn = fn;
  crew.arg = arg;
  atomic_store_explicit(&crew.done, 0, memory_order_relaxed);
  atomic_fetch_add(&crew.turn, 1);
  if (atomic_load(&crew.sleepers)) {
    pthread_mutex_lock(&crew.lock);
    pthread_cond_broadcast(&crew.wake);
    pthread_mutex_unlock(&crew.lock);
  }
  fn(arg, 0);
  for (long steps = 0; atomic_load(&crew.done) < crew.workers;) wait_step(&steps);
}

static void nothing(void *arg, int index) { (void)arg, (void)index; }

/* ---- copy ---- */

typedef void (*copy_fn)(char *restrict to, const char *restrict from, size_t bytes); /* multiples of PAGE */
typedef struct copy_way {
  const char *name;
  copy_fn fn;
} copy_way;

static void copy_memcpy(char *restrict to, const char *restrict from, size_t bytes) { memcpy(to, from, bytes); }

static void copy_words(char *restrict to, const char *restrict from, size_t bytes) {
  uint64_t *t = (uint64_t *)(void *)to;
  const uint64_t *f = (const uint64_t *)(const void *)from;
  for (size_t i = 0; i < bytes / 8; i++) t[i] = f[i];
}

#if defined(__x86_64__)
#define COPY_LOOP(name, attribute, vector, load, store, ahead) \
  attribute static void name(char *restrict to, const char *restrict from, size_t bytes) { \
    enum { V = sizeof(vector) }; \
    for (size_t i = 0; i < bytes; i += 4 * V) { \
      if (ahead) { \
        for (int k = 0; k < 4 * V; k += LINE) _mm_prefetch(from + i + k + (ahead), _MM_HINT_T0); \
      } \
      vector a = load((const void *)(from + i)), b = load((const void *)(from + i + V)); \
      vector c = load((const void *)(from + i + 2 * V)), d = load((const void *)(from + i + 3 * V)); \
      store((void *)(to + i), a), store((void *)(to + i + V), b); \
      store((void *)(to + i + 2 * V), c), store((void *)(to + i + 3 * V), d); \
    } \
    _mm_sfence(); \
  }

COPY_LOOP(copy_plain_512, WIDE, __m512i, _mm512_load_si512, _mm512_store_si512, 0)
COPY_LOOP(copy_stream_512, WIDE, __m512i, _mm512_load_si512, _mm512_stream_si512, 0)
COPY_LOOP(copy_stream_ahead_512, WIDE, __m512i, _mm512_load_si512, _mm512_stream_si512, 2048)
COPY_LOOP(copy_plain_256, MIDDLE, __m256i, _mm256_load_si256, _mm256_store_si256, 0)
COPY_LOOP(copy_stream_256, MIDDLE, __m256i, _mm256_load_si256, _mm256_stream_si256, 0)
COPY_LOOP(copy_stream_ahead_256, MIDDLE, __m256i, _mm256_load_si256, _mm256_stream_si256, 2048)
#endif

static const copy_way *copy_ways(void) {
#if defined(__x86_64__)
  static const copy_way wide[] = {{"copy (plain)", copy_plain_512}, {"copy (memcpy)", copy_memcpy},
                                  {"copy (non-temporal)", copy_stream_512},
                                  {"copy (non-temporal, prefetched)", copy_stream_ahead_512}, {NULL, NULL}};
  static const copy_way middle[] = {{"copy (plain)", copy_plain_256}, {"copy (memcpy)", copy_memcpy},
                                    {"copy (non-temporal)", copy_stream_256},
                                    {"copy (non-temporal, prefetched)", copy_stream_ahead_256}, {NULL, NULL}};
  if (__builtin_cpu_supports("avx512f")) return wide;
  if (__builtin_cpu_supports("avx2")) return middle;
#endif
  static const copy_way plain[] = {{"copy (plain)", copy_words}, {"copy (memcpy)", copy_memcpy}, {NULL, NULL}};
  return plain;
}

struct bench_copy {
  char *to;
  const char *from;
  size_t bytes; /* of one block */
  int threads;
  const copy_way *way;
};

/* The share of thread `index` of n bytes in whole pages. */
static size_t share(size_t n, int threads, int index) { return n / PAGE * (size_t)index / (size_t)threads * PAGE; }

static void copy_share(void *arg, int index) {
  bench_copy *c = arg;
  size_t begin = share(c->bytes, c->threads, index), end = share(c->bytes, c->threads, index + 1);
  c->way->fn(c->to + begin, c->from + begin, end - begin);
}

static double run_copy(void *state, long repeats) {
  bench_copy *c = state;
  bench_fork_join(c->threads, nothing, NULL); /* wakes the threads before the clock runs */
  double start = bench_now();
  for (long i = 0; i < repeats; i++) bench_fork_join(c->threads, copy_share, c);
  return bench_now() - start;
}

/* The index of the way with the least of TRIALS times, all ways taking turns. */
static int fastest(int ways, bench_timed run, void *state, void (*choose)(void *state, int way)) {
  double best[8];
  int winner = 0;
  for (int trial = 0; trial < TRIALS; trial++) {
    for (int w = 0; w < ways; w++) {
      choose(state, w);
      double t = run(state, 1);
      if (trial < 2 || t < best[w]) best[w] = t; /* the first one warms up */
    }
  }
  for (int w = 1; w < ways; w++)
    if (best[w] < best[winner]) winner = w;
  return winner;
}

static void choose_copy(void *state, int way) { ((bench_copy *)state)->way = copy_ways() + way; }

bench_copy *bench_copy_new(size_t bytes, int threads) {
  bench_copy *c = malloc(sizeof *c);
  if (!c) exit(1);
  c->bytes = (bytes / 2 + PAGE - 1) / PAGE * PAGE;
  c->threads = threads;
  c->to = bench_pages(c->bytes);
  c->from = bench_pages(c->bytes + PAGE); /* prefetching runs over the end */
  int ways = 0;
  while (copy_ways()[ways].fn) ways++;
  choose_copy(c, fastest(ways, run_copy, c, choose_copy));
  return c;
}

void bench_copy_free(bench_copy *c) {
  free_pages(c->to, c->bytes);
  free_pages((void *)(uintptr_t)c->from, c->bytes + PAGE);
  free(c);
}

const char *bench_copy_name(const bench_copy *c) { return c->way->name; }
bench_side bench_copy_side(bench_copy *c) { return (bench_side){run_copy, c, 2e-9 * (double)c->bytes}; }

/* ---- read ---- */

typedef float (*read_fn)(const float *data, size_t count); /* a multiple of PAGE bytes */
typedef struct read_way {
  const char *name;
  read_fn fn;
} read_way;

static float read_plain(const float *data, size_t count) {
  uint32_t words[16] = {0};
  for (size_t i = 0; i < count; i += 16)
    for (int k = 0; k < 16; k++) {
      uint32_t word;
      memcpy(&word, data + i + k, sizeof word);
      words[k] ^= word;
    }
  for (int k = 1; k < 16; k++) words[0] ^= words[k];
  return (float)words[0];
}

#if defined(__x86_64__)
/* `streams` places are read in turn, each two vectors at a time into accumulators of its own. */
#define READ_LOOP(name, attribute, vector, zero, load, add, first, streams, ahead) \
  attribute static float name(const float *data, size_t count) { \
    enum { N = sizeof(vector) / sizeof(float) }; \
    size_t part = count / (streams); \
    vector sum[2 * (streams)]; \
    for (int s = 0; s < 2 * (streams); s++) sum[s] = zero(); \
    for (size_t i = 0; i < part; i += 2 * N) { \
      for (int s = 0; s < (streams); s++) { \
        const float *p = data + (size_t)s * part + i; \
        if (ahead) _mm_prefetch((const char *)p + (ahead), _MM_HINT_T0); \
        if ((ahead) && 2 * sizeof(vector) > LINE) _mm_prefetch((const char *)p + (ahead) + LINE, _MM_HINT_T0); \
        sum[2 * s] = add(sum[2 * s], load(p)); \
        sum[2 * s + 1] = add(sum[2 * s + 1], load(p + N)); \
      } \
    } \
    for (int s = 1; s < 2 * (streams); s++) sum[0] = add(sum[0], sum[s]); \
    return first(sum[0]); \
  }
#define READ_LOOPS(width, attribute, vector, zero, load, add, first) \
  READ_LOOP(read_1_##width, attribute, vector, zero, load, add, first, 1, 0) \
  READ_LOOP(read_2_##width, attribute, vector, zero, load, add, first, 2, 0) \
  READ_LOOP(read_1_ahead_##width, attribute, vector, zero, load, add, first, 1, 8192) \
  READ_LOOP(read_2_ahead_##width, attribute, vector, zero, load, add, first, 2, 4096)
#define READ_TABLE(width) \
  {"read", read_1_##width}, {"read (2 streams)", read_2_##width}, {"read (prefetched)", read_1_ahead_##width}, \
      {"read (2 streams, prefetched)", read_2_ahead_##width}, {NULL, NULL}

WIDE static inline float first_512(__m512 v) { return _mm512_cvtss_f32(v); }
MIDDLE static inline float first_256(__m256 v) { return _mm256_cvtss_f32(v); }
READ_LOOPS(512, WIDE, __m512, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_add_ps, first_512)
READ_LOOPS(256, MIDDLE, __m256, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_add_ps, first_256)
#endif

static const read_way *read_ways(void) {
#if defined(__x86_64__)
  static const read_way wide[] = {READ_TABLE(512)}, middle[] = {READ_TABLE(256)};
  if (__builtin_cpu_supports("avx512f")) return wide;
  if (__builtin_cpu_supports("avx2")) return middle;
#endif
  static const read_way plain[] = {{"read", read_plain}, {NULL, NULL}};
  return plain;
}

struct bench_read {
  const char *data;
  size_t bytes;
  int threads;
  const read_way *way;
  _Atomic unsigned sink;
};

static void read_share(void *arg, int index) {
  bench_read *r = arg;
  size_t begin = share(r->bytes, r->threads, index), end = share(r->bytes, r->threads, index + 1);
  float sum = r->way->fn((const float *)(const void *)(r->data + begin), (end - begin) / sizeof(float));
  atomic_fetch_add_explicit(&r->sink, sum > 0, memory_order_relaxed);
}

static double run_read(void *state, long repeats) {
  bench_read *r = state;
  bench_fork_join(r->threads, nothing, NULL);
  double start = bench_now();
  for (long i = 0; i < repeats; i++) bench_fork_join(r->threads, read_share, r);
  return bench_now() - start;
}

static void choose_read(void *state, int way) { ((bench_read *)state)->way = read_ways() + way; }

bench_read *bench_read_new(const void *data, size_t bytes, int threads) {
  bench_read *r = calloc(1, sizeof *r);
  if (!r) exit(1);
  r->data = data;
  r->bytes = bytes / PAGE * PAGE;
  r->threads = threads;
  int ways = 0;
  while (read_ways()[ways].fn) ways++;
  choose_read(r, fastest(ways, run_read, r, choose_read));
  return r;
}

const char *bench_read_name(const bench_read *r) { return r->way->name; }
bench_side bench_read_side(bench_read *r) { return (bench_side){run_read, r, 1e-9 * (double)r->bytes}; }

/* ---- peak ---- */

enum { ROUNDS = 20000, CHAINS = 16 }; /* 16 chains cover two units of latency up to 8 */

#define CHAINED(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define DECLARE(i) vector a##i = splat(1.0f + (float)(i));
#define STEP(i) a##i = fma_(a##i, m, c);
#define COLLECT(i) total += first(a##i);
#define PEAK_LOOP(name, attribute) \
  attribute static float name(void) { \
    vector m = splat(0.999f), c = splat(0.001f); \
    CHAINED(DECLARE) \
    for (int r = 0; r < ROUNDS; r++) { CHAINED(STEP) } \
    float total = 0; \
    CHAINED(COLLECT) \
    return total; \
  }

#if defined(__x86_64__)
#define vector __m512
#define splat _mm512_set1_ps
#define fma_ _mm512_fmadd_ps
#define first _mm512_cvtss_f32
PEAK_LOOP(peak_512, WIDE)
#undef vector
#undef splat
#undef fma_
#undef first
#define vector __m256
#define splat _mm256_set1_ps
#define fma_ _mm256_fmadd_ps
#define first _mm256_cvtss_f32
PEAK_LOOP(peak_256, MIDDLE)
#undef vector
#undef splat
#undef fma_
#undef first
#endif
#if defined(__aarch64__)
#define vector float32x4_t
#define splat vdupq_n_f32
#define fma_(a, m, c) vfmaq_f32(c, a, m)
#define first(v) vgetq_lane_f32(v, 0)
enum { PLAIN_LANES = 4 };
#else
#define vector float
#define splat(x) (x)
#define fma_(a, m, c) ((a) * (m) + (c))
#define first(v) (v)
enum { PLAIN_LANES = 1 };
#endif
PEAK_LOOP(peak_plain, )

typedef struct peak {
  int threads, lanes;
  float (*fn)(void);
  _Atomic unsigned sink;
} peak;

static void peak_share(void *arg, int index) {
  peak *p = arg;
  (void)index;
  atomic_fetch_add_explicit(&p->sink, p->fn() > 0, memory_order_relaxed);
}

static double run_peak(void *state, long repeats) {
  peak *p = state;
  bench_fork_join(p->threads, nothing, NULL);
  double start = bench_now();
  for (long i = 0; i < repeats; i++) bench_fork_join(p->threads, peak_share, p);
  return bench_now() - start;
}

bench_side bench_peak_side(int threads) {
  peak *p = calloc(1, sizeof *p);
  if (!p) exit(1);
  p->threads = threads;
  p->fn = peak_plain;
  p->lanes = PLAIN_LANES;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) p->fn = peak_512, p->lanes = 16;
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) p->fn = peak_256, p->lanes = 8;
#endif
  return (bench_side){run_peak, p, 2e-9 * ROUNDS * CHAINS * p->lanes * threads};
}

/* ---- ping-pong ---- */

static _Atomic long meetings;

static void meet(void *arg, int index) {
  (void)index;
  atomic_fetch_add(&meetings, 1);
  for (long steps = 0; atomic_load(&meetings) < *(long *)arg;) wait_step(&steps);
}

static double run_ping_pong(void *state, long repeats) {
  long target = atomic_load(&meetings);
  (void)state;
  bench_fork_join(2, nothing, NULL);
  double start = bench_now();
  for (long i = 0; i < repeats; i++) {
    target += 2;
    bench_fork_join(2, meet, &target);
  }
  return bench_now() - start;
}

bench_side bench_ping_pong_side(void) { return (bench_side){run_ping_pong, NULL, 1e6}; }
