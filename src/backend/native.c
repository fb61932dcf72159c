/* Jobs and the thread that does them.
 *
 * One thread per context does one job after the other and ends when there is none. The context's thread pushes jobs on a stack, which
 * the worker takes as a whole; a word says whether a worker is there; so no lock is held by anybody, ever, and a fork finds
 * nothing half done: the child sees that the worker is not its own, and pushes what that one was doing again. A job's
 * fields belong to its worker from RUNNING to READY or FAILED, which is stored last, and to the context's thread otherwise.
 * What a kernel depends on makes its key: the text, what the library puts in front of it, flags (and with them the instruction set),
 * and the compiler. A processor with other instructions has other flags, so it never sees a kernel that is not for it.
 * Not here: which functions there are (native_group.c), where they are kept (kernel_cache.c). */
#define _GNU_SOURCE
#include "backend/native.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "backend/kernel_cache.h"
#include "backend/run_compiler.h"
#include "emit/c_group.h"
#include "emit/carried.h"
#include "emit/carry.h"

enum { LIMIT_MS = 60000, WORKER_STACK = 1 << 20 };

typedef enum problem { NO_PROBLEM, NO_FOLDER, NO_COMPILER, COMPILER_FAILED, NOT_KEPT, PROBLEMS } problem;

struct ad_native_job {
  ad_native_job *next;
  ad_native *of;
  _Atomic int state;
  _Atomic(bool) stop;
  ad_text code;
  ad_native_symbol *symbols;
  int n;
  void *library;
  bool from_disk, told;
  double seconds;
  problem problem;
  ad_err err;
};

struct ad_native {
  ad_ctx *ctx;
  ad_kernel_cache cache;
  ad_c_compiler compiler;
  ad_err cache_err, compiler_err;
  ad_kernel_key key; /* of all but the text */
  int limit_ms;
  _Atomic(bool) useless; /* the compiler did not end, or nothing can be loaded: it is not started again */
  _Atomic(bool) closing; /* nothing is wanted any more */
  bool said[PROBLEMS];
  pid_t process; /* whose thread it is */
  pthread_t thread;
  bool has_thread;
  _Atomic(bool) busy; /* the thread looks for jobs */
  _Atomic(ad_native_job *) waiting, current;
};

/* ---- What a kernel depends on ---- */

static const char *const common_flags[] = {
    "-std=gnu99", "-O3", "-w", "-fPIC", "-shared", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", NULL};

static const char *const *flags_of(ad_isa isa) {
  static const char *const none[] = {NULL}, *const avx2[] = {"-mavx2", "-mfma", "-mf16c", NULL};
  static const char *const avx512[] = {
      "-mavx2", "-mfma", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512", NULL};
  return isa == AD_ISA_AVX512 ? avx512 : isa == AD_ISA_AVX2 ? avx2 : none;
}

static void add_words(ad_kernel_key *k, const char *const *words) {
  for (; *words; words++) ad__kernel_key_add(k, *words, strlen(*words));
}

static void begin_key(ad_native *s) {
  uint64_t carried = ad__carried_sum();
  const char *isa = ad__isa_name(s->ctx->isa);
  s->key = s->compiler.identity;
  ad__kernel_key_add(&s->key, &carried, sizeof carried);
  ad__kernel_key_add(&s->key, ad__c_group_head, strlen(ad__c_group_head));
  ad__kernel_key_add(&s->key, isa, strlen(isa));
  add_words(&s->key, common_flags);
  add_words(&s->key, flags_of(s->ctx->isa));
}

/* ---- One job ---- */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool fail(ad_native_job *j, problem why, const ad_err *e) {
  j->problem = why;
  if (e != &j->err) j->err = *e;
  return false;
}

static ad_status print_all(const ad_native_job *j, ad_text *out, ad_err *e) {
  const char *code = ad__text_str(&j->code);
  ad__text_add(out, ad__c_group_head);
  ad_status s = ad__carry_c(code, false, out, e);
  ad__text_add(out, code);
  return s || !out->failed ? s : ad__fail(e, AD_E_MEMORY, "native code: out of memory");
}

static bool is_unwanted(void *job) {
  ad_native_job *j = job;
  return atomic_load(&j->stop) || atomic_load(&j->of->closing);
}

static ad_status run_compiler(ad_native_job *j, const char *text, const char *library) {
  const ad_native *s = j->of;
  const char *words[32];
  int n = 0;
  for (const char *const *w = common_flags; *w; w++) words[n++] = *w;
  for (const char *const *w = flags_of(s->ctx->isa); *w; w++) words[n++] = *w;
  const char *const rest[] = {"-o", library, text, "-lm", NULL};
  for (int i = 0; i < 5; i++) words[n++] = rest[i];
  int limit_ms = s->limit_ms + (int)(j->code.length / 10); /* many functions take longer */
  return ad__c_compiler_run(&s->compiler, words, limit_ms, is_unwanted, j, &j->err);
}

/* Compiles the text into the cache. */
static bool compile(ad_native_job *j, ad_kernel_key key) {
  ad_native *s = j->of;
  char text[AD_CACHE_PATH], library[AD_CACHE_PATH];
  ad_text all;
  ad__text_init(&all, j->code.mem);
  ad__kernel_cache_temporary(&s->cache, key, text, library);
  ad_status code = print_all(j, &all, &j->err);
  if (!code) code = ad__kernel_cache_write(text, ad__text_str(&all), all.length, &j->err);
  ad__text_free(&all);
  if (code) return fail(j, NOT_KEPT, &j->err);
  code = run_compiler(j, text, library);
  if (code == AD_E_TIMEOUT && !is_unwanted(j)) atomic_store(&s->useless, true);
  unlink(text);
  bool kept = !code && ad__kernel_cache_keep(&s->cache, key, library, &j->err) == AD_OK;
  if (!kept) unlink(library);
  return kept || fail(j, code ? COMPILER_FAILED : NOT_KEPT, &j->err);
}

static bool load(ad_native_job *j) {
  ad_native *s = j->of;
  ad_kernel_key key = s->key;
  if (s->cache_err.code) return fail(j, NO_FOLDER, &s->cache_err);
  if (s->compiler_err.code) return fail(j, NO_COMPILER, &s->compiler_err);
  ad__kernel_key_add(&key, ad__text_str(&j->code), j->code.length);
  j->library = ad__kernel_cache_load(&s->cache, key);
  j->from_disk = j->library != NULL;
  if (j->library) return true;
  if (atomic_load(&s->useless)) {
    ad__fail(&j->err, AD_E_OS, "C compiler %s: of no use before, not started again", s->compiler.path);
    return fail(j, COMPILER_FAILED, &j->err);
  }
  if (!compile(j, key)) return false;
  j->library = ad__kernel_cache_load(&s->cache, key);
  if (j->library) return true;
  atomic_store(&s->useless, true);
  ad__fail(&j->err, AD_E_OS, "C compiler %s: what it made cannot be loaded", s->compiler.path);
  return fail(j, COMPILER_FAILED, &j->err);
}

static bool publish(ad_native_job *j) {
  union {
    void *data;
    ad_native_fn fn;
  } at[1];
  for (int i = 0; i < j->n; i++)
    if (!dlsym(j->library, j->symbols[i].name)) {
      ad__fail(&j->err, AD_E_OS, "C compiler %s: what it made has no function %s", j->of->compiler.path, j->symbols[i].name);
      return fail(j, COMPILER_FAILED, &j->err);
    }
  for (int i = 0; i < j->n; i++) {
    at->data = dlsym(j->library, j->symbols[i].name);
    atomic_store_explicit(j->symbols[i].slot, at->fn, memory_order_release);
  }
  return true;
}

static void run(ad_native_job *j) {
  double began = now();
  bool ok = !is_unwanted(j) && load(j) && publish(j);
  j->seconds = now() - began;
  atomic_store(&j->state, ok ? AD_NATIVE_READY : AD_NATIVE_FAILED);
}

static void free_job(ad_native_job *j) {
  ad_mem *mem = &j->of->ctx->mem;
  if (j->library) dlclose(j->library);
  ad__text_free(&j->code);
  ad__mem_give(mem, j->symbols, (size_t)j->n * sizeof *j->symbols);
  ad__mem_give(mem, j, sizeof *j);
}

/* ---- The thread ---- */

static bool claim(ad_native_job *j, int next) {
  int queued = AD_NATIVE_QUEUED;
  return atomic_compare_exchange_strong(&j->state, &queued, next);
}

/* Takes the newest job off the stack. Only one thread does, so what it has seen on top is still there behind what was pushed since. */
static ad_native_job *take(ad_native *s) {
  ad_native_job *j = atomic_load(&s->waiting);
  for (;;) {
    atomic_store(&s->current, j);
    if (!j || atomic_compare_exchange_weak(&s->waiting, &j, j->next)) return j;
  }
}

static void work(ad_native *s) {
  for (ad_native_job *j; (j = take(s)) != NULL; atomic_store(&s->current, NULL)) {
    if (claim(j, AD_NATIVE_RUNNING)) run(j);
    else free_job(j); /* dropped meanwhile */
  }
}

static void *worker_main(void *arg) {
  ad_native *s = arg;
  bool none;
  do {
    work(s);
    atomic_store(&s->busy, false);
    none = false;
  } while (atomic_load(&s->waiting) && atomic_compare_exchange_strong(&s->busy, &none, true));
  return NULL;
}

/* A child of fork: its parent's thread is not there. What that was doing is done again. */
static void look_for_fork(ad_native *s) {
  if (s->process == getpid()) return;
  ad_native_job *j = atomic_load(&s->current), *top = atomic_load(&s->waiting);
  s->process = getpid();
  s->has_thread = false;
  atomic_store(&s->busy, false);
  atomic_store(&s->current, NULL);
  if (!j || j == top) return;
  int running = AD_NATIVE_RUNNING;
  atomic_compare_exchange_strong(&j->state, &running, AD_NATIVE_QUEUED);
  j->next = top;
  if (atomic_load(&j->state) <= AD_NATIVE_RUNNING || atomic_load(&j->state) == AD_NATIVE_DROPPED) atomic_store(&s->waiting, j);
}

/* Signals are the host's threads' to handle. */
static bool start_thread(ad_native *s) {
  pthread_attr_t how;
  sigset_t all, before;
  if (s->has_thread) pthread_join(s->thread, NULL);
  s->has_thread = false;
  if (pthread_attr_init(&how) != 0) return false;
  pthread_attr_setstacksize(&how, WORKER_STACK);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  s->has_thread = pthread_create(&s->thread, &how, worker_main, s) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&how);
  return s->has_thread;
}

static void wake(ad_native *s) {
  bool none = false;
  if (!atomic_compare_exchange_strong(&s->busy, &none, true)) return;
  if (start_thread(s)) return;
  work(s); /* no thread to be had: here */
  atomic_store(&s->busy, false);
}

/* ---- The service ---- */

static void service_end(ad_ctx *c) {
  ad_native *s = c->native;
  look_for_fork(s);
  atomic_store(&s->closing, true);
  if (s->has_thread) pthread_join(s->thread, NULL);
  for (ad_native_job *j; (j = take(s)) != NULL;) free_job(j);
  c->native = NULL;
  ad__mem_give(&c->mem, s, sizeof *s);
}

static ad_native *service_of(ad_ctx *c) {
  if (c->native) {
    look_for_fork(c->native);
    return c->native;
  }
  ad_native *s = ad__mem_zeroed(&c->mem, sizeof *s);
  if (!s) return NULL;
  s->ctx = c;
  s->process = getpid();
  s->limit_ms = LIMIT_MS;
  const ad_native_opts *o = &c->native_opts;
  ad__kernel_cache_open(&s->cache, o->cache_dir, o->xdg_cache_home, o->home, &s->cache_err);
  if (!s->cache_err.code && !ad__c_compiler_find(&s->compiler, o->cc, o->path, &s->compiler_err)) begin_key(s);
  c->end_native = service_end;
  return c->native = s;
}

void ad__native_set_limit(ad_ctx *c, int milliseconds) {
  ad_native *s = service_of(c);
  if (s) s->limit_ms = milliseconds;
}

/* ---- Jobs ---- */

void ad__native_add_function(ad_text *code, const ad_text *function, char name[AD_NATIVE_NAME]) {
  const char *all = ad__text_str(function), *at = strstr(all, AD_NATIVE_STAND_IN);
  ad_kernel_key key = {{0, 0}};
  ad__kernel_key_add(&key, all, function->length);
  ad__format(name, AD_NATIVE_NAME, "ad_g%016llx", (unsigned long long)(key.word[0] ^ key.word[1]));
  if (function->failed || !at) code->failed = true;
  else if (!strstr(ad__text_str(code), name)) {
    ad__text_add_n(code, all, (size_t)(at - all));
    ad__text_add(code, name);
    ad__text_add(code, at + strlen(AD_NATIVE_STAND_IN));
  }
}

ad_native_job *ad__native_begin(ad_ctx *c, ad_text *code, ad_native_symbol *symbols, int n, bool wait) {
  ad_native *s = service_of(c);
  ad_native_job *j = s ? ad__mem_zeroed(&c->mem, sizeof *j) : NULL;
  if (!j) {
    ad__text_free(code);
    ad__mem_give(&c->mem, symbols, (size_t)n * sizeof *symbols);
    return NULL;
  }
  j->of = s;
  j->code = *code;
  j->symbols = symbols;
  j->n = n;
  if (wait) {
    atomic_store(&j->state, AD_NATIVE_RUNNING);
    run(j);
    return j;
  }
  ad_native_job *top = atomic_load(&s->waiting);
  do j->next = top;
  while (!atomic_compare_exchange_weak(&s->waiting, &top, j));
  wake(s);
  return j;
}

ad_native_state ad__native_state(const ad_native_job *j) {
  return (ad_native_state)atomic_load((_Atomic int *)(uintptr_t)&j->state);
}

static bool is_pending(const ad_native_job *j) { return ad__native_state(j) <= AD_NATIVE_RUNNING; }

static void pause_a_little(void) { nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL); }

void ad__native_finish(ad_native_job *j) {
  ad_native *s = j->of;
  if (s->process != getpid()) {
    look_for_fork(s);
    wake(s);
  }
  while (is_pending(j) && atomic_load(&s->busy)) pause_a_little();
  if (is_pending(j)) run(j);
}

void ad__native_tell(ad_native_job *j) {
  if (j->told || is_pending(j)) return;
  j->told = true;
  if (j->problem == NO_PROBLEM || j->of->said[j->problem]) return;
  j->of->said[j->problem] = true;
  ad__log(j->of->ctx, AD_LOG_WARNING, "native code: %s; such plans run in the interpreter", j->err.text);
}

void ad__native_describe(const ad_native_job *j, ad_text *out) {
  static const char *const words[] = {"waiting for the compiler", "being compiled", "ready", "not to be had", "dropped"};
  ad_native_state s = ad__native_state(j);
  ad__text_fmt(out, "%d functions: %s\n", j->n, words[s]);
  if (s == AD_NATIVE_READY)
    ad__text_fmt(out, "%s in %.3f ms\n", j->from_disk ? "loaded from disk" : "compiled", 1e3 * j->seconds);
  if (s == AD_NATIVE_FAILED) ad__text_fmt(out, "%s\n", j->err.text);
  ad__text_add(out, ad__text_str(&j->code));
}

/* A job that is on the stack is freed by who takes it off; one that the thread has in hand when it is let go. */
void ad__native_end(ad_native_job *j) {
  if (!j) return;
  look_for_fork(j->of);
  atomic_store(&j->stop, true);
  if (claim(j, AD_NATIVE_DROPPED)) return;
  ad_native *s = j->of;
  while (atomic_load(&s->busy) && (is_pending(j) || atomic_load(&s->current) == j)) pause_a_little();
  free_job(j);
}
