/* What the gradient of a while_loop saves: the loop is run once where it can be, in segments where the record would be too large;
 * bits are those of any way, and memory comes back. */
#include <adamant/adamant.h>
#include "check.h"

/* ---- A loop that counts how often its body is run forwards ---- */

static ad_status tick_eval(const ad_rule *r, ad_values *v) {
  (void)r;
  *(int32_t *)ad_values_output(v, 0) = 1;
  return AD_OK;
}

static long ticks; /* of the test program, not of the library */
static ad_status counting_eval(const ad_rule *r, ad_values *v) {
  ticks++;
  return tick_eval(r, v);
}
/* 1, whatever its input. */
static const ad_op counting = {.size = sizeof(ad_op), .name = "my_tick", .params = "a", .id = AD_OP_USER, .inputs = 1, .outputs = 1,
                               .dtype_rule = AD_TYPE_SAME, .eval = counting_eval};

typedef struct logistic {
  ad_array *r, *steps;
  bool looks;   /* at its result, while it is traced */
  int64_t size; /* of the state; 0: a scalar */
} logistic;

static ad_array *next(ad_ctx *c, ad_array *const *in, void *user) {
  const logistic *l = user;
  ad_array *x = ad_item(in[0], 0), *i = ad_item(in[0], 1);
  ad_array *y = ad_multiply(ad_multiply(l->r, x), ad_subtract(ad_number(c, 1), x));
  return ad_tuple(c, ((ad_array *[]){y, ad_add(i, ad_apply(c, AD_HERE, &counting, &i, 1, NULL))}), 2);
}

static ad_array *further(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return ad_less(ad_item(in[0], 1), ((const logistic *)user)->steps);
}

/* The square of the sum of where the logistic map leads to, which needs the last state for its gradient. */
static ad_array *loss(ad_ctx *c, ad_array *const *in, void *user) {
  logistic *l = user, own = *l;
  own.r = in[1];
  ad_array *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0});
  ad_array *x = l->size ? ad_broadcast_to(in[0], AD_SHAPE(l->size)) : in[0];
  ad_array *y = ad_item(ad_while_loop(ad_fn_new(c, further, 1, &own), ad_fn_new(c, next, 1, &own), ad_tuple(c, ((ad_array *[]){x, zero}), 2)), 0);
  if (l->looks) ad_eval(y);
  return ad_square(ad_sum(y, NULL));
}

static ad_array *scalar(ad_ctx *c, double x) { return ad_array_new(c, AD_FLOAT64, ((ad_shape){0, NULL}), &x); }
static ad_array *whole(ad_ctx *c, int32_t n) { return ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), &n); }

typedef struct outcome {
  double value[8];
  int count;
  long ticks;
  uint64_t peak;
} outcome;

static void read_all(ad_array *a, outcome *o) {
  if (ad_is_error(a)) CHECK_FAIL("%s", ad_error_text(a));
  if (ad_is_error(a)) return;
  int n = ad_item_count(a);
  for (int i = 0; i < n; i++) read_all(ad_item(a, i), o);
  if (n || o->count == 8) return;
  if (ad_read(a, &o->value[o->count++], sizeof(double))) CHECK_FAIL("%s", ad_error_text(a));
}

typedef ad_fn *(*transform_of)(ad_fn *f);

/* What the transform gives at (0.3, 3.1) after so many steps. */
static outcome run(transform_of t, int32_t steps, int64_t size, bool looks, uint64_t limit) {
  outcome o = {{0}, 0, 0, 0};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .record_limit = limit});
  CHECK_INT(ad_op_register(c, &counting), AD_OK);
  ad_scope *s = ad_scope_begin(c);
  logistic l = {.steps = whole(c, steps), .looks = looks, .size = size};
  ad_array *x = scalar(c, 0.3), *r = scalar(c, 3.1);
  ad_ctx_reset_peak(c);
  ticks = 0;
  ad_array *y = ad_call(t(ad_fn_new(c, loss, 2, &l)), x, r);
  if (!ad_is_error(y)) ad_eval(y);
  read_all(y, &o);
  o.ticks = ticks;
  o.peak = ad_ctx_memory(c).peak;
  ad_scope_end(s, NULL);
  ad_ctx_clear_cache(c);
  CHECK(ad_ctx_memory(c).active < 4096);
  ad_ctx_free(c);
  return o;
}

static ad_fn *value_and_grad(ad_fn *f) { return ad_value_and_grad(f, &(ad_grad_opts){.argnums = AD_AXES(0, 1)}); }
static ad_fn *gradient(ad_fn *f) { return ad_grad(f, &(ad_grad_opts){.argnums = AD_AXES(0, 1)}); }
static ad_fn *hessian(ad_fn *f) { return ad_hessian(f, &(ad_jacobian_opts){.argnums = AD_AXES(0, 1)}); }
static ad_fn *backward_twice(ad_fn *f) { return ad_jacrev(ad_grad(f, &(ad_grad_opts){.argnums = AD_AXES(0, 1)}), &(ad_jacobian_opts){.argnums = AD_AXES(0, 1)}); }
static ad_fn *twice(ad_fn *f) { return ad_grad(ad_grad(f, NULL), NULL); }
static ad_fn *thrice(ad_fn *f) { return ad_grad(ad_grad(ad_grad(f, NULL), NULL), NULL); }

static bool same_bits(const outcome *a, const outcome *b) {
  return a->count == b->count && memcmp(a->value, b->value, (size_t)a->count * sizeof(double)) == 0;
}

/* ---- How often ---- */

TEST(value_and_grad_runs_its_loop_once) {
  outcome o = run(value_and_grad, 100, 0, false, 0);
  CHECK_INT(o.count, 3);
  CHECK_INT(o.ticks, 100);
  CHECK_INT(run(gradient, 100, 0, false, 0).ticks, 100);
  CHECK_INT(run(gradient, 0, 0, false, 0).ticks, 0);
}

/* A loop that has been run, because its value was read while it was traced, has saved nothing. */
TEST(a_loop_that_was_read_runs_again) {
  outcome read = run(value_and_grad, 100, 0, true, 0), not_read = run(value_and_grad, 100, 0, false, 0);
  CHECK_INT(read.ticks, 200);
  CHECK(same_bits(&read, &not_read));
}

/* The record stays as long as the gradient may be asked for, and then goes. */
TEST(the_value_alone_and_the_gradient_later) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_op_register(c, &counting);
  ad_scope *s = ad_scope_begin(c);
  logistic l = {.steps = whole(c, 1000)};
  ad_array *y = ad_call(value_and_grad(ad_fn_new(c, loss, 2, &l)), scalar(c, 0.3), scalar(c, 3.1));
  ticks = 0;
  CHECK_INT(ad_eval(ad_item(y, 0)), AD_OK);
  CHECK_INT(ticks, 1000);
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_INT(ticks, 1000);
  y = ad_call(value_and_grad(ad_fn_new(c, loss, 2, &l)), scalar(c, 0.3), scalar(c, 3.1));
  CHECK_INT(ad_eval(ad_item(y, 0)), AD_OK);
  ad_scope_end(s, NULL); /* the gradient is never asked for */
  CHECK(ad_ctx_memory(c).active < 4096);
  ad_ctx_free(c);
}

/* A plan hands the record on as an evaluation does, and leaves nothing behind. */
TEST(a_compiled_gradient_runs_its_loop_once) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_op_register(c, &counting);
  logistic l = {.steps = whole(c, 1000)};
  ad_fn *f = value_and_grad(ad_fn_new(c, loss, 2, &l)), *compiled = ad_compile(f, NULL);
  outcome right = {{0}, 0, 0, 0};
  read_all(ad_call(f, scalar(c, 0.3), scalar(c, 3.1)), &right);
  for (int k = 0; k < 3; k++) {
    outcome o = {{0}, 0, 0, 0};
    ad_scope *s = ad_scope_begin(c);
    ad_array *y = ad_call(compiled, scalar(c, 0.3), scalar(c, 3.1));
    ticks = 0;
    read_all(y, &o);
    CHECK_INT(ticks, 1000);
    CHECK(same_bits(&o, &right));
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

/* As data: the loop that saves, its record, and the one that resumes are written and read back. */
TEST(text_form_of_a_record) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true});
  ad_op_register(c, &counting);
  logistic l = {.steps = whole(c, 50)};
  ad_array *in[2] = {scalar(c, 0.3), scalar(c, 3.1)}, *y = ad_call(value_and_grad(ad_fn_new(c, loss, 2, &l)), in[0], in[1]);
  ad_array *out[2] = {ad_item(y, 0), ad_item(ad_item(y, 1), 1)};
  ad_graph *g = ad_graph_trace(c, "resumed", in, 2, out, 2);
  static char text[20000];
  snprintf(text, sizeof text, "%s", ad_graph_text(g));
  CHECK_STR_HAS(text, "loop_record(");
  CHECK_STR_HAS(text, "saves=[0]");
  CHECK_STR_HAS(text, "resumes=1");
  CHECK_INT(ad_graph_verify(g), AD_OK);
  ad_graph *back = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_error_text(back), "");
  CHECK_STR(ad_graph_text(back), text);
  outcome right = {{0}, 0, 0, 0}, again = {{0}, 0, 0, 0};
  read_all(ad_tuple(c, out, 2), &right);
  y = ad_graph_call(back, in, 2);
  ticks = 0;
  read_all(y, &again);
  CHECK_INT(ticks, 50);
  CHECK(same_bits(&right, &again));
  ad_ctx_free(c);
}

/* A text may hand a loop the record of another one, or no record: then it is run. */
TEST(a_record_of_another_loop) {
  static const char text[] =
      "graph g(x: float64[], v: float64[3]) -> float64[], float64[] {\n"
      "  a = while_loop(v, cond=graph c(s: float64[3]) -> bool[] { return less(sum(s), 10.0) },\n"
      "    body=graph b(s: float64[3]) -> float64[3] { return add(s, 1.0) }, sweeps=[1], saves=[0])\n"
      "  r = while_loop(x, x, %s, cond=graph c(s: float64[]) -> bool[] { return less(s, 100.0) },\n"
      "    body=graph b(s: float64[], d: float64[]) -> float64[], float64[] { return square(s), multiply(d, s) }, sweeps=[1, 1], resumes=1)\n"
      "  return item(r, index=1), sum(item(a, index=0))\n}\n";
  static const char *const records[] = {"loop_record(a)", "zeros(shape=[0], dtype=uint8)", "item(a, index=0)"};
  ad_ctx *c = ad_ctx_new(NULL);
  for (int k = 0; k < 3; k++) {
    char whole_text[2000];
    snprintf(whole_text, sizeof whole_text, text, records[k]);
    ad_graph *g = ad_graph_parse(c, whole_text, strlen(whole_text));
    CHECK_STR(ad_graph_error_text(g), "");
    const double v[3] = {1, 2, 3};
    outcome o = {{0}, 0, 0, 0};
    read_all(ad_graph_call(g, ((ad_array *[]){scalar(c, 3), ad_array_new(c, AD_FLOAT64, AD_SHAPE(3), v)}), 2), &o);
    CHECK_NEAR(o.value[0], 3.0 * 81 * 9 * 3, 0); /* 3, then the states 81, 9 and 3 */
    ad_graph_free(g);
  }
  ad_graph *none = ad_graph_parse(c, "graph g(x: float64[]) -> uint8[0] { return loop_record(x) }", 59);
  CHECK_STR_HAS(ad_graph_error_text(none), "the record of something that is no while_loop");
  ad_ctx_free(c);
}

static ad_array *three(ad_ctx *c, const double *v) { return ad_array_new(c, AD_FLOAT64, AD_SHAPE(3), v); }

/* A batch of gradients runs the batched loop once. */
TEST(a_batch_of_gradients) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_op_register(c, &counting);
  logistic l = {.steps = whole(c, 20)};
  const double xs[3] = {0.1, 0.3, 0.5}, rs[3] = {2.5, 3.1, 3.7};
  ad_fn *g = gradient(ad_fn_new(c, loss, 2, &l));
  ad_array *all = ad_call(ad_vmap(g, NULL), three(c, xs), three(c, rs));
  double batched[2][3];
  ticks = 0;
  CHECK_INT(ad_eval(all), AD_OK);
  CHECK_INT(ticks, 20);
  for (int k = 0; k < 2; k++) CHECK_INT(ad_read(ad_item(all, k), batched[k], sizeof batched[k]), AD_OK);
  for (int i = 0; i < 3; i++) {
    ad_array *one = ad_call(g, scalar(c, xs[i]), scalar(c, rs[i]));
    double v[2];
    for (int k = 0; k < 2; k++) CHECK_INT(ad_read(ad_item(one, k), &v[k], sizeof v[k]), AD_OK);
    for (int k = 0; k < 2; k++) CHECK_NEAR(v[k], batched[k][i], 1e-12);
  }
  ad_ctx_free(c);
}

/* ---- Segments ---- */

TEST(gradients_keep_their_bits_in_segments) {
  static const transform_of transforms[] = {value_and_grad, gradient, hessian, backward_twice, twice, thrice};
  static const uint64_t limits[] = {1, 8, 24, 100, 1000, 1 << 20};
  for (size_t t = 0; t < sizeof transforms / sizeof transforms[0]; t++) {
    outcome right = run(transforms[t], 37, 0, false, (uint64_t)1 << 40);
    CHECK(right.count > 0);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
      outcome o = run(transforms[t], 37, 0, false, limits[i]), read = run(transforms[t], 37, 0, true, limits[i]);
      if (!same_bits(&o, &right) || !same_bits(&read, &right)) CHECK_FAIL("transform %zu, %llu bytes: other bits", t, (unsigned long long)limits[i]);
    }
  }
}

/* Larger than what lies in a frame, so that values are shared with the record. */
TEST(large_states_in_segments) {
  outcome right = run(value_and_grad, 60, 2000, false, (uint64_t)1 << 40);
  for (uint64_t limit = 16000; limit < 400000; limit *= 3) {
    outcome o = run(value_and_grad, 60, 2000, false, limit), second = run(twice, 9, 2000, false, limit), all = run(twice, 9, 2000, false, 0);
    CHECK(same_bits(&o, &right) && same_bits(&second, &all));
  }
}

TEST(peak_memory_falls) {
  enum { STEPS = 2000, SIZE = 1000 };
  outcome all = run(value_and_grad, STEPS, SIZE, false, (uint64_t)1 << 40), some = run(value_and_grad, STEPS, SIZE, false, 50 * SIZE * 8);
  CHECK(same_bits(&all, &some));
  CHECK(all.peak > (uint64_t)STEPS * SIZE * 8);
  CHECK(some.peak < (uint64_t)STEPS * SIZE * 8 / 8); /* 50 states, 40 marks, and what a step needs */
  CHECK_INT(all.ticks, STEPS);
  CHECK(some.ticks <= 3 * STEPS);
}

/* Without a limit of its own, a loop takes a part of what the context has left. */
TEST(the_memory_limit_decides) {
  enum { STEPS = 4000, SIZE = 1000 };
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .memory_limit = 8 << 20});
  ad_op_register(c, &counting);
  logistic l = {.steps = whole(c, STEPS), .size = SIZE};
  ad_array *y = ad_call(value_and_grad(ad_fn_new(c, loss, 2, &l)), scalar(c, 0.3), scalar(c, 3.1));
  CHECK_INT(ad_eval(y), AD_OK); /* all states are 32 MB */
  if (ad_is_error(y)) CHECK_FAIL("%s", ad_error_text(y));
  ad_ctx_free(c);
}

/* ---- Loops in regions ---- */

static ad_array *one_of(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  logistic l = {.steps = whole(c, 5)};
  ad_array *y = loss(c, ((ad_array *[]){in[0], in[1]}), &l);
  return ad_tuple(c, ((ad_array *[]){ad_divide(y, ad_add(y, ad_number(c, 1))), y}), 2);
}
static ad_array *chained(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_sum(ad_item(ad_scan(ad_fn_new(c, one_of, 2, NULL), in[0], ad_broadcast_to(in[1], AD_SHAPE(4)), NULL), 1), NULL);
}

/* A loop inside a scan: gradients against differences, and of any limit alike. */
TEST(loops_inside_a_scan) {
  double bits[2] = {0, 0};
  for (int k = 0; k < 2; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .record_limit = k ? 16 : 0});
    ad_op_register(c, &counting);
    ad_fn *f = ad_fn_new(c, chained, 2, NULL);
    double above, below, h = 1e-6;
    ad_array *r = scalar(c, 2.9);
    CHECK_INT(ad_read(ad_call(ad_grad(f, NULL), scalar(c, 0.4), r), &bits[k], sizeof bits[k]), AD_OK);
    CHECK_INT(ad_read(ad_call(f, scalar(c, 0.4 + h), r), &above, sizeof above), AD_OK);
    CHECK_INT(ad_read(ad_call(f, scalar(c, 0.4 - h), r), &below, sizeof below), AD_OK);
    CHECK_NEAR(bits[k], (above - below) / (2 * h), 1e-6);
    ad_ctx_free(c);
  }
  CHECK(memcmp(&bits[0], &bits[1], sizeof bits[0]) == 0);
}

/* ---- Scans ---- */

typedef struct recurrence {
  ad_array *a; /* captured */
  bool reverse;
} recurrence;

/* h = sin(a h + x), and a count that has no derivative; gives h^2 and the count. */
static ad_array *recur(ad_ctx *c, ad_array *const *in, void *user) {
  const recurrence *r = user;
  ad_array *h = ad_item(in[0], 0), *i = ad_item(in[0], 1), *y = ad_sin(ad_add(ad_multiply(r->a, h), in[1]));
  ad_array *next_count = ad_add(i, ad_number_int(c, 1));
  return ad_tuple(c, ((ad_array *[]){ad_tuple(c, ((ad_array *[]){y, next_count}), 2), ad_tuple(c, ((ad_array *[]){ad_square(y), i}), 2)}), 2);
}

/* Of a (captured), x (stacked) and h (the first carry); its loss sees the outputs and the last carry. */
static ad_array *scanned(ad_ctx *c, ad_array *const *in, void *user) {
  recurrence r = {.a = in[0], .reverse = ((const recurrence *)user)->reverse};
  ad_array *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0});
  ad_array *y = ad_scan(ad_fn_new(c, recur, 2, &r), ad_tuple(c, ((ad_array *[]){in[2], zero}), 2), in[1], &(ad_scan_opts){.reverse = r.reverse});
  ad_array *outputs = ad_item(y, 1), *weights = ad_cast(ad_add(ad_item(outputs, 1), ad_number_int(c, 1)), AD_FLOAT64);
  ad_array *weighed = ad_sum(ad_multiply(ad_item(outputs, 0), ad_expand_dims(weights, AD_AXES(-1))), NULL);
  return ad_add(weighed, ad_sum(ad_item(ad_item(y, 0), 0), NULL));
}

enum { WIDTH = 3 };

/* Gradients by all three for so many steps, each of WIDTH numbers; returns how many numbers there are. */
static int scan_gradients(int64_t steps, bool reverse, uint64_t limit, double *out) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .record_limit = limit});
  recurrence r = {.reverse = reverse};
  double x[64 * WIDTH], h[WIDTH] = {0.1, 0.5, -0.4}, a[WIDTH] = {0.9, 1.1, -1.3};
  int n = 0;
  for (int i = 0; i < 64 * WIDTH; i++) x[i] = (double)((i * 37) % 19) / 7 - 1;
  ad_array *in[3] = {ad_array_new(c, AD_FLOAT64, AD_SHAPE(WIDTH), a), ad_array_new(c, AD_FLOAT64, AD_SHAPE(steps, WIDTH), x),
                     ad_array_new(c, AD_FLOAT64, AD_SHAPE(WIDTH), h)};
  ad_fn *g = ad_value_and_grad(ad_fn_new(c, scanned, 3, &r), &(ad_grad_opts){.argnums = AD_AXES(0, 1, 2)});
  ad_array *y = ad_call(g, in[0], in[1], in[2]), *grads = ad_is_error(y) ? y : ad_item(y, 1);
  for (int k = 0; k < 3; k++) {
    ad_array *part = ad_is_error(y) ? y : ad_item(grads, k);
    size_t bytes = (size_t)(k == 1 ? steps : 1) * WIDTH * sizeof(double);
    if (ad_read(part, out + n, bytes)) CHECK_FAIL("%lld steps, %llu bytes: %s", (long long)steps, (unsigned long long)limit, ad_error_text(part));
    n += (int)(bytes / sizeof(double));
  }
  ad_ctx_free(c);
  return n;
}

/* The sum of the states that the logistic map goes through, by a scan that counts. */
static ad_array *tick_scan(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = ad_item(in[0], 0), *i = ad_item(in[0], 1), *y = ad_multiply(in[1], ad_multiply(x, ad_subtract(ad_number(c, 1), x)));
  ad_array *next = ad_add(i, ad_apply(c, AD_HERE, &counting, &i, 1, NULL));
  return ad_tuple(c, ((ad_array *[]){ad_tuple(c, ((ad_array *[]){y, next}), 2), y}), 2);
}

static ad_array *sum_of_states(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *state = ad_tuple(c, ((ad_array *[]){in[0], whole(c, 0)}), 2);
  ad_array *y = ad_item(ad_scan(ad_fn_new(c, tick_scan, 2, NULL), state, in[1], NULL), 1);
  if (user) ad_eval(y); /* looks */
  return ad_sum(y, NULL);
}

static outcome scan_run(bool looks, bool second) {
  outcome o = {{0}, 0, 0, 0};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_op_register(c, &counting);
  ad_scope *s = ad_scope_begin(c);
  double r[50];
  for (int i = 0; i < 50; i++) r[i] = 2.5 + 0.01 * i;
  ad_fn *f = ad_value_and_grad(ad_fn_new(c, sum_of_states, 2, looks ? c : NULL), NULL);
  if (second) f = ad_jacfwd(f, NULL);
  ad_array *y = ad_call(f, scalar(c, 0.3), ad_array_new(c, AD_FLOAT64, AD_SHAPE(50), r));
  ticks = looks ? 50 : 0;
  CHECK_INT(ad_eval(y), AD_OK);
  o.ticks = ticks;
  read_all(y, &o);
  ad_scope_end(s, NULL);
  CHECK(ad_ctx_memory(c).active < 4096);
  ad_ctx_free(c);
  return o;
}

TEST(value_and_grad_runs_its_scan_once) {
  outcome once = scan_run(false, false), read = scan_run(true, false);
  CHECK_INT(once.ticks, 50);
  CHECK_INT(read.ticks, 100);
  CHECK_INT(once.count, 2);
  CHECK(same_bits(&once, &read));
  CHECK_NEAR(scan_run(false, true).value[0], once.value[1], 1e-9 * fabs(once.value[1])); /* and it goes on being derived */
}

TEST(scans_keep_their_bits_in_segments) {
  static const uint64_t limits[] = {1, 100, 300, 800};
  for (int64_t steps = 1; steps <= 40; steps += steps < 6 ? 1 : 17)
    for (int reverse = 0; reverse < 2; reverse++) {
      double right[70 * WIDTH], other[70 * WIDTH];
      int n = scan_gradients(steps, reverse, 0, right);
      for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        scan_gradients(steps, reverse, limits[i], other);
        if (memcmp(right, other, (size_t)n * sizeof *right)) CHECK_FAIL("%lld steps, %llu bytes: other bits", (long long)steps, (unsigned long long)limits[i]);
      }
    }
}

static ad_array *long_scan(ad_ctx *c, ad_array *const *in, void *user) {
  const recurrence *r = user;
  recurrence own = {.a = in[0], .reverse = r->reverse};
  ad_array *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0}), *h = ad_broadcast_to(in[0], AD_SHAPE(2000));
  ad_array *y = ad_scan(ad_fn_new(c, recur, 2, &own), ad_tuple(c, ((ad_array *[]){h, zero}), 2), in[1], NULL);
  return ad_sum(ad_item(ad_item(y, 0), 0), NULL);
}

/* Of the gradient of 900 steps with 16 kB of state. */
static uint64_t scan_peak(uint64_t limit, double *grad) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .record_limit = limit});
  recurrence r = {.reverse = false};
  static double x[900];
  ad_array *xs = ad_array_new(c, AD_FLOAT64, AD_SHAPE(900), x), *a = scalar(c, 0.9);
  ad_ctx_reset_peak(c);
  CHECK_INT(ad_read(ad_call(ad_grad(ad_fn_new(c, long_scan, 2, &r), NULL), a, xs), grad, sizeof *grad), AD_OK);
  uint64_t peak = ad_ctx_memory(c).peak;
  ad_ctx_free(c);
  return peak;
}

TEST(peak_memory_of_a_scan_falls) {
  double all = 0, some = 1;
  uint64_t before = scan_peak((uint64_t)1 << 40, &all), after = scan_peak(1, &some);
  CHECK(memcmp(&all, &some, sizeof all) == 0);
  CHECK(before > 2 * (uint64_t)900 * 2000 * 8);
  if (after > before / 2) CHECK_FAIL("%llu bytes at most, %llu before", (unsigned long long)after, (unsigned long long)before);
}

CHECK_MAIN(CASE(value_and_grad_runs_its_loop_once), CASE(a_loop_that_was_read_runs_again), CASE(the_value_alone_and_the_gradient_later),
           CASE(a_compiled_gradient_runs_its_loop_once), CASE(text_form_of_a_record), CASE(a_record_of_another_loop),
           CASE(a_batch_of_gradients), CASE(gradients_keep_their_bits_in_segments), CASE(large_states_in_segments), CASE(peak_memory_falls),
           CASE(the_memory_limit_decides), CASE(loops_inside_a_scan),
           CASE(value_and_grad_runs_its_scan_once), CASE(scans_keep_their_bits_in_segments), CASE(peak_memory_of_a_scan_falls))
