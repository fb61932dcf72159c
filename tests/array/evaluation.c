/* Evaluation: scopes, ownership, donation, depth, failing memory, streams, threads. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"
#include "counted_memory.h"

static ad_array *ones(ad_ctx *c, int64_t n) {
  float *data = malloc((size_t)n * sizeof *data);
  for (int64_t i = 0; i < n; i++) data[i] = 1;
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(n), data);
  free(data);
  return a;
}

static ad_array *add_times(ad_array *y, ad_array *one, int times) {
  for (int i = 0; i < times; i++) y = ad_add(y, one);
  return y;
}

static float first(ad_array *a) {
  const float *p = ad_data(a);
  return p ? p[0] : -1;
}

TEST(values_and_places) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), ((float[]){1, 2, 3, 4, 5, 6}));
  ad_array *y = ad_add(x, ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), ((float[]){10, 20, 30})));
  float out[6];
  CHECK_INT(ad_read(y, out, sizeof out), AD_OK);
  for (int i = 0; i < 6; i++) CHECK_NEAR(out[i], i + 1 + 10 * (i % 3 + 1), 0);
  ad_array *e = ad_exp(ad_add(x, ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), out)));
  CHECK(ad_is_error(e));
  CHECK_STR_HAS(ad_error_text(e), "evaluation.c:");
  CHECK_STR_HAS(ad_error_text(e), "add: shapes (2, 3) and (2) do not broadcast: axis -1 is 3 in one and 2 in the other");
  CHECK_INT(ad_read(y, out, 4), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(ad_add(NULL, NULL)), "NULL handle");
  CHECK_STR_HAS(ad_error_text(ad_add(x, NULL)), "input 1 is NULL");
  ad_ctx_free(c);
}

TEST(foreign_handles_are_refused) {
  ad_ctx *c = ad_ctx_new(NULL), *d = ad_ctx_new(NULL);
  CHECK_STR_HAS(ad_error_text(ad_add(ones(c, 1), ones(d, 1))), "another context");
  ad_ctx_free(c);
  ad_ctx_free(d);
}

TEST(scopes_free_what_they_made) {
  ad_ctx *c = ad_ctx_new(NULL);
  uint64_t before = ad_ctx_live_arrays(c);
  ad_scope *outer = ad_scope_begin(c);
  ad_array *kept = ad_keep(ones(c, 4));
  ad_scope *inner = ad_scope_begin(c);
  ad_array *y = ad_add(kept, kept);
  CHECK(ad_scope_end(inner, y) == y);
  CHECK_NEAR(first(y), 2, 0);
  ad_scope_begin(c); /* ended by the outer one */
  ones(c, 9);
  ad_scope_end(outer, NULL);
  CHECK_NEAR(first(kept), 1, 0);
  ad_drop(kept);
  ad_array *own = ad_own(ones(c, 3));
  CHECK_INT(ad_ctx_live_arrays(c), before + 1);
  ad_drop(own);
  ones(c, 1);
  CHECK_INT(ad_ctx_live_arrays(c), before + 1);
  ad_ctx_free(c);
}

TEST(closing_the_scope_first_computes_in_place) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  enum { N = 1 << 18 };
  ad_array *x = ones(c, N);
  uint64_t base = ad_ctx_memory(c).active;
  ad_ctx_reset_peak(c);
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = ad_scope_end(s, add_times(x, x, 100));
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_NEAR(first(y), 101, 0);
  CHECK(ad_ctx_memory(c).peak - base <= 2 * N * sizeof(float) + 4096);
  CHECK_NEAR(first(x), 1, 0);
  ad_ctx_free(c);
}

TEST(a_handle_keeps_its_value) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ones(c, 8), *y = ad_add(x, x), *z = ad_add(y, y), *w = ad_add(y, z);
  CHECK_INT(ad_eval(w), AD_OK);
  CHECK_NEAR(first(y), 2, 0);
  CHECK_NEAR(first(z), 4, 0);
  CHECK_NEAR(first(w), 6, 0);
  ad_ctx_free(c);
}

TEST(deep_expressions) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *one = ones(c, 2), *y = ad_scope_end(s, add_times(one, one, 200000));
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_NEAR(first(y), 200001, 0);
  s = ad_scope_begin(c);
  add_times(y, y, 200000); /* freed without having been evaluated */
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(steady_state_asks_for_nothing) {
#ifdef AD_STRESS
  CHECK_SKIP("the hostile build keeps nothing for reuse");
#endif
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *x = ones(c, 1000);
  uint64_t calls = 0;
  for (int k = 0; k < 20; k++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *y = ad_cast(ad_exp(add_times(x, x, 50)), AD_FLOAT64);
    y = ad_scope_end(s, y);
    ad_eval(y);
    ad_drop(ad_own(y));
    if (k == 9) calls = ad_ctx_memory(c).source_calls;
  }
  CHECK_INT(ad_ctx_memory(c).source_calls, calls);
  ad_ctx_free(c);
}

TEST(errors_flow_through_evaluation) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.memory_limit = 8 << 20});
  ad_array *x = ones(c, 1 << 20), *y = ad_add(ad_cast(x, AD_FLOAT64), x), *z = ad_exp(y);
  CHECK_INT(ad_eval(z), AD_E_MEMORY);
  CHECK(ad_is_error(z));
  CHECK_STR_HAS(ad_error_text(z), "evaluation.c:");
  CHECK_STR_HAS(ad_error_text(z), "out of memory");
  CHECK_STR_HAS(ad_error_text(ad_exp(z)), "out of memory");
  CHECK_NEAR(first(x), 1, 0);
  ad_ctx_free(c);
}

/* ---- Streams ---- */

TEST(streams_compute_beside) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_stream *s = ad_stream_new(c), *t = ad_stream_new(c);
  ad_array *x = ones(c, 1000), *a = add_times(x, x, 100), *b = ad_add(a, x), *d = ad_add(b, a);
  CHECK_INT(ad_eval_async(a, s), AD_OK);
  CHECK_INT(ad_eval_async(b, t), AD_OK); /* needs a, from the other stream */
  CHECK_INT(ad_eval_async(d, NULL), AD_OK);
  CHECK_NEAR(first(d), 203, 0);
  CHECK_NEAR(first(a), 101, 0);
  ad_array *e = add_times(x, x, 50);
  ad_eval_async(e, s);
  ad_stream_free(s); /* waits */
  CHECK_NEAR(first(e), 51, 0);
  CHECK_INT(ad_synchronize(c, NULL), AD_OK);
  ad_eval_async(add_times(x, x, 10), t);
  ad_ctx_free(c); /* waits too */
}

TEST(a_forked_child_has_the_streams) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_stream *s = ad_stream_new(c), *unused = ad_stream_new(c);
  ad_array *one = ones(c, 100), *x = ad_multiply(one, one);
  CHECK_INT(ad_eval_async(x, s), AD_OK);
  ad_synchronize(c, NULL);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    float out[100];
    alarm(20);
    ad_array *y = ad_add(x, x);
    bool ok = ad_eval_async(y, s) == AD_OK && ad_read(y, out, sizeof out) == AD_OK && out[99] == 2;
    ad_stream_free(unused);
    ad_ctx_free(c);
    _exit(ok ? 0 : 1);
  }
  int status = -1;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ad_ctx_free(c);
}

TEST(pending_values_may_be_dropped_and_built_on) {
  ad_ctx *c = ad_ctx_new(NULL);
  for (int k = 0; k < 200; k++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *x = ones(c, 100), *y = add_times(x, x, 5);
    ad_eval_async(y, NULL);
    ad_array *z = ad_add(y, x);
    ad_eval_async(z, NULL);
    if (k % 3 == 0) CHECK_NEAR(first(ad_add(z, y)), 13, 0);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

/* ---- Other threads ---- */

enum { SHARED = 64 };
static void *reader(void *arg) {
  ad_array **a = arg;
  float sum = 0;
  for (int k = 0; k < SHARED; k++) {
    float out[10];
    if (ad_read(a[k], out, sizeof out) == AD_OK) sum += out[0];
    ad_drop(a[k]);
  }
  return sum == SHARED ? arg : NULL;
}

TEST(any_thread_may_read_and_drop) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a[SHARED];
  for (int k = 0; k < SHARED; k++) a[k] = ad_own(ones(c, 10));
  for (int k = 0; k < SHARED; k++) ad_keep(a[k]);
  uint64_t before = ad_ctx_live_arrays(c);
  pthread_t one, two;
  pthread_create(&one, NULL, reader, a);
  pthread_create(&two, NULL, reader, a);
  void *right[2];
  pthread_join(one, &right[0]);
  pthread_join(two, &right[1]);
  CHECK(right[0] && right[1]);
  ones(c, 1); /* settles the drops */
  CHECK_INT(ad_ctx_live_arrays(c), before - SHARED + 1);
  ad_ctx_free(c);
}

/* ---- Borrowed memory ---- */

static void count_release(void *user, void *data) {
  (void)data;
  ++*(int *)user;
}

TEST(borrowed_memory_is_used_in_place_and_given_back_once) {
  static const float data[6] = {1, 2, 3, 4, 5, 6};
  int released = 0;
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_wrap(c, AD_FLOAT32, AD_SHAPE(2, 3), data, count_release, &released);
  CHECK(ad_data(x) == data);
  ad_array *back = ad_array_wrap_strided(c, AD_FLOAT32, AD_SHAPE(3), ((int64_t[]){-4}), data + 5, NULL, NULL);
  ad_array *y = ad_add(x, back);
  CHECK_NEAR(first(y), 7, 0);
  CHECK_NEAR(data[0], 1, 0); /* computing in place is not for borrowed memory */
  ad_keep(x);
  ad_scope_end(s, NULL);
  CHECK_INT(released, 0);
  ad_drop(x);
  ad_drop(ad_own(ones(c, 1)));
  ones(c, 1);
  CHECK_INT(released, 1);
  ad_array *bad = ad_array_wrap(c, AD_FLOAT32, AD_SHAPE(-1), data, count_release, &released);
  CHECK_STR_HAS(ad_error_text(bad), "dim -1 of axis 0");
  CHECK_INT(released, 2); /* also when it is refused */
  ad_ctx_free(c);
  CHECK_INT(released, 2);
}

/* ---- Options ---- */

TEST(wrong_options_are_reported_by_everything) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.isa = "sse9"});
  CHECK_INT(ad_ctx_status(c), AD_E_VALUE);
  CHECK_STR_HAS(ad_ctx_error_text(c), "sse9");
  CHECK_STR_HAS(ad_error_text(ad_array_new(c, AD_INT32, AD_SHAPE(), ((int[]){1}))), "sse9");
  CHECK_STR_HAS(ad_error_text(ad_add(ad_number(c, 1), ad_number(c, 2))), "sse9");
  ad_ctx_free(c);
}

TEST(all_instruction_sets_give_the_same_bits) {
  static const char *const isa[] = {"portable", "avx2", "avx512"};
  enum { N = 3001 };
  static float in[N], want[N], got[N];
  for (int i = 0; i < N; i++) in[i] = (float)(i - 1500) * 0.037f;
  bool have = false;
  for (int k = 0; k < 3; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.isa = isa[k]});
    if (ad_ctx_status(c) == AD_OK) {
      CHECK_STR(ad_ctx_isa(c), isa[k]);
      ad_array *y = ad_exp(ad_array_new(c, AD_FLOAT32, AD_SHAPE(N), in));
      CHECK_INT(ad_read(y, have ? got : want, sizeof want), AD_OK);
      if (have) CHECK_MEM(got, want, sizeof want);
      have = true;
    }
    ad_ctx_free(c);
  }
}

/* ---- Tuples ---- */

TEST(tuples_and_records) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ones(c, 2), *y = ad_add(x, x), *inner[] = {x, y};
  ad_array *t = ad_tuple(c, inner, 2), *outer[] = {t, y};
  ad_array *r = ad_record(c, ((const char *[]){"pair", "sum"}), outer, 2);
  CHECK_INT(ad_item_count(r), 2);
  CHECK_STR(ad_item_name(r, 1), "sum");
  CHECK_INT(ad_eval(r), AD_OK);
  CHECK_NEAR(first(ad_item(ad_field(r, "pair"), -1)), 2, 0);
  CHECK_STR_HAS(ad_error_text(ad_field(r, "no")), "\"no\"; the record has no such member");
  CHECK_STR_HAS(ad_error_text(ad_item(t, 2)), "index 2 of a tuple of 2");
  CHECK_STR_HAS(ad_error_text(ad_add(t, x)), "a is a (float32[2], float32[2]); one array is right");
  CHECK_INT(ad_item_count(ad_tuple(c, NULL, 0)), 0);
  ad_ctx_free(c);
}

/* ---- Failing memory ---- */

static bool whole_life(const ad_allocator *from) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.allocator = *from, .threads = 1});
  if (!c) return false;
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3, 5), ((float[15]){1}));
  ad_array *y = ad_exp(ad_add(ad_cast(x, AD_FLOAT64), ad_number(c, 0.5)));
  ad_array *both[] = {x, y};
  ad_array *t = ad_scope_end(s, ad_tuple(c, both, 2));
  double out[15];
  bool ok = ad_eval(t) == AD_OK && ad_read(ad_item(t, 1), out, sizeof out) == AD_OK;
  if (!ok) {
    ad_status code = ad_error_code(t);
    CHECK(code == AD_OK || code == AD_E_MEMORY);
  }
  ad_ctx_free(c);
  return ok;
}

TEST(every_allocation_may_fail) {
  long n = 0;
  for (bool ok = false; !ok && n < 10000; n++) {
    struct counted_memory m = {.refuse = (size_t)n + 1};
    ok = whole_life(&(ad_allocator){counted_resize, &m});
    CHECK_INT(m.live, 0);
  }
  CHECK(n > 5 && n < 10000);
}

TEST(how_the_library_was_made) {
  static const char *const names[] = {"version", "compiler", "variant", "machine", "zlib"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) CHECK(ad_build_fact(names[i]) && *ad_build_fact(names[i]));
  CHECK_STR(ad_build_fact("version"), ad_version());
  CHECK(!ad_build_fact("weather"));
  CHECK(!ad_build_fact(NULL));
}

CHECK_MAIN(CASE(how_the_library_was_made), CASE(values_and_places), CASE(foreign_handles_are_refused), CASE(scopes_free_what_they_made),
           CASE(closing_the_scope_first_computes_in_place), CASE(a_handle_keeps_its_value), CASE(deep_expressions),
           CASE(steady_state_asks_for_nothing), CASE(errors_flow_through_evaluation), CASE(streams_compute_beside), CASE(a_forked_child_has_the_streams),
           CASE(pending_values_may_be_dropped_and_built_on), CASE(any_thread_may_read_and_drop),
           CASE(borrowed_memory_is_used_in_place_and_given_back_once),
           CASE(wrong_options_are_reported_by_everything), CASE(all_instruction_sets_give_the_same_bits),
           CASE(tuples_and_records), CASE(every_allocation_may_fail))
