/* Optimisers against their formulas written down again in plain C, in float64; dtypes, states, schedules in the state, compiled and
 * eager bits, what is refused. */
#include "optim_help.h"

/* ---- Element by element ---- */

/* One element's update: p, its two states, the gradient, the update's number. */
typedef double (*formula)(double p, double g, double *a, double *b, int t);

static double sgd(double p, double g, double *a, double *b, int t) {
  (void)a, (void)b, (void)t;
  return p - 0.1 * g;
}
static double momentum(double p, double g, double *a, double *b, int t) {
  (void)b, (void)t;
  g += 0.2 * p;
  *a = 0.8 * *a + 0.7 * g;
  return p - 0.1 * *a;
}
static double nesterov(double p, double g, double *a, double *b, int t) {
  (void)b, (void)t;
  *a = 0.8 * *a + g;
  return p - 0.1 * (g + 0.8 * *a);
}
static double rmsprop(double p, double g, double *a, double *b, int t) {
  (void)b, (void)t;
  *a = 0.99 * *a + (1 - 0.99) * g * g;
  return p - 0.1 * g / (sqrt(*a) + 1e-8);
}
static double adagrad(double p, double g, double *a, double *b, int t) {
  (void)b, (void)t;
  *a += g * g;
  return p - 0.1 * g / (sqrt(*a) + 1e-8);
}
static double adadelta(double p, double g, double *a, double *b, int t) {
  (void)t;
  *a = 0.9 * *a + (1 - 0.9) * g * g;
  double d = sqrt(*b + 1e-6) / sqrt(*a + 1e-6) * g;
  *b = 0.9 * *b + (1 - 0.9) * d * d;
  return p - 0.1 * d;
}
static double adam(double p, double g, double *a, double *b, int t) {
  (void)t;
  *a = 0.9 * *a + (1 - 0.9) * g;
  *b = 0.999 * *b + (1 - 0.999) * g * g;
  return p - 0.1 * *a / (sqrt(*b) + 1e-8);
}
static double adamw(double p, double g, double *a, double *b, int t) {
  *a = 0.8 * *a + (1 - 0.8) * g;
  *b = 0.9 * *b + (1 - 0.9) * g * g;
  p -= 0.1 * 0.3 * p;
  return p - 0.1 * (*a / (1 - pow(0.8, t))) / (sqrt(*b / (1 - pow(0.9, t))) + 1e-3);
}
static double adamax(double p, double g, double *a, double *b, int t) {
  (void)t;
  *a = 0.9 * *a + (1 - 0.9) * g;
  *b = fmax(0.999 * *b, fabs(g));
  return p - 0.1 * *a / (*b + 1e-8);
}
static double lion(double p, double g, double *a, double *b, int t) {
  (void)b, (void)t;
  double s = 0.9 * *a + (1 - 0.9) * g;
  *a = 0.99 * *a + (1 - 0.99) * g;
  p -= 0.1 * 0.5 * p;
  return p - 0.1 * (s > 0 ? 1 : s < 0 ? -1 : 0);
}

static void check_formula(const char *name, ad_ctx *c, ad_fn *f, formula want, double tolerance, ad_dtype dtype) {
  double got[STEPS][ALL], p[ALL], g[ALL], a[ALL] = {0}, b[ALL] = {0};
  CHECK_STR(ad_fn_error_text(f), "");
  ad_array *state = run_steps(c, f, dtype, got);
  uint64_t step = 0;
  ad_read(ad_field(state, "step"), &step, sizeof step);
  CHECK_INT(step, STEPS);
  first_values(p);
  for (int k = 0; k < STEPS; k++) {
    gradient_at(k, g);
    for (int i = 0; i < ALL; i++) {
      p[i] = want(p[i], g[i], &a[i], &b[i], k + 1);
      if (!check_is_near(got[k][i], p[i], tolerance)) CHECK_FAIL("%s, update %d: parameter %d is %.17g, expected %.17g", name, k, i, got[k][i], p[i]);
    }
  }
}

static ad_fn *element_methods(ad_ctx *c, int i, const char **name, formula *want) {
  *name = (const char *const[]){"sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adadelta", "adam", "adamw", "adamax", "lion"}[i];
  *want = (const formula[]){sgd, momentum, nesterov, rmsprop, adagrad, adadelta, adam, adamw, adamax, lion}[i];
  switch (i) {
  case 0: return ad_optim_sgd(c, 0.1, NULL);
  case 1: return ad_optim_sgd(c, 0.1, &(ad_optim_sgd_opts){.momentum = AD_NUM(0.8), .weight_decay = AD_NUM(0.2), .dampening = AD_NUM(0.3)});
  case 2: return ad_optim_sgd(c, 0.1, &(ad_optim_sgd_opts){.momentum = AD_NUM(0.8), .nesterov = true});
  case 3: return ad_optim_rmsprop(c, 0.1, NULL);
  case 4: return ad_optim_adagrad(c, 0.1, NULL);
  case 5: return ad_optim_adadelta(c, 0.1, NULL);
  case 6: return ad_optim_adam(c, 0.1, NULL);
  case 7: return ad_optim_adamw(c, 0.1, &(ad_optim_adam_opts){.beta1 = AD_NUM(0.8), .beta2 = AD_NUM(0.9), .eps = AD_NUM(1e-3), .weight_decay = AD_NUM(0.3),
                                                              .bias_correction = true});
  case 8: return ad_optim_adamax(c, 0.1, NULL);
  case 9: return ad_optim_lion(c, 0.1, &(ad_optim_lion_opts){.weight_decay = AD_NUM(0.5)});
  default: return NULL;
  }
}

TEST(formulas_in_float64) {
  ad_ctx *c = ad_ctx_new(NULL);
  const char *name;
  formula want;
  for (int i = 0; i < 10; i++) {
    ad_fn *f = element_methods(c, i, &name, &want);
    check_formula(name, c, f, want, 1e-13, AD_FLOAT64);
    check_formula(name, c, f, want, 1e-5, AD_FLOAT32);
  }
  ad_ctx_free(c);
}

/* Half types: the state is float32, so that small averages do not vanish beside 1. */
TEST(half_parameters_have_wide_states) {
  ad_ctx *c = ad_ctx_new(NULL);
  const char *name;
  formula want;
  ad_fn *f = element_methods(c, 6, &name, &want);
  check_formula("adam of bfloat16", c, f, want, 0.05, AD_BFLOAT16);
  double p[ALL];
  first_values(p);
  ad_array *state = ad_optim_init(ad_optim_adam(c, 0.1, NULL), as_tree(c, p, AD_BFLOAT16));
  CHECK_INT(ad_array_dtype(ad_field(ad_field(ad_field(state, "parameters"), "w"), "v")), AD_FLOAT32);
  CHECK_INT(ad_array_dtype(ad_field(state, "learning_rate")), AD_FLOAT32);
  CHECK_INT(ad_array_dtype(ad_field(state, "step")), AD_UINT64);
  state = ad_optim_init(ad_optim_adam(c, 0.1, NULL), as_tree(c, p, AD_FLOAT64));
  CHECK_INT(ad_array_dtype(ad_field(state, "learning_rate")), AD_FLOAT64);
  ad_ctx_free(c);
}

/* ---- As matrices ---- */

/* w, then the vector and the scalar, by Adafactor with a first moment and weight decay. */
static double root_mean(const double *v, int n) {
  double s = 0;
  for (int i = 0; i < n; i++) s += v[i] * v[i];
  return sqrt(s / n);
}

typedef struct factors {
  double row[ROWS], column[COLUMNS], whole[ALL], first[ALL];
} factors;

static void factored(const double *g, double beta, factors *s, double *step) {
  double mean = 0;
  for (int i = 0; i < ROWS; i++) s->row[i] *= beta;
  for (int j = 0; j < COLUMNS; j++) s->column[j] *= beta;
  for (int k = 0; k < MATRIX; k++) {
    double square = g[k] * g[k] + 1e-30;
    s->row[k / COLUMNS] += (1 - beta) * square / COLUMNS;
    s->column[k % COLUMNS] += (1 - beta) * square / ROWS;
  }
  for (int i = 0; i < ROWS; i++) mean += s->row[i] / ROWS;
  for (int k = 0; k < MATRIX; k++) step[k] = g[k] / sqrt(s->row[k / COLUMNS] / mean) / sqrt(s->column[k % COLUMNS]);
}

static void adafactor_part(double *p, const double *g, double *step, double *first, int n, int t) {
  double rate = fmin(1e-6 * t, 1 / sqrt(t)) * fmax(1e-3, root_mean(p, n)), size = root_mean(step, n);
  (void)g;
  for (int i = 0; i < n; i++) {
    first[i] = 0.7 * first[i] + 0.3 * rate * step[i] / fmax(1, size / 0.5);
    p[i] = p[i] - rate * 0.2 * p[i] - first[i];
  }
}

TEST(adafactor) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_optim_adafactor_opts o = {.warmup = true, .beta1 = AD_NUM(0.7), .weight_decay = AD_NUM(0.2), .clip_threshold = AD_NUM(0.5)};
  double got[STEPS][ALL], p[ALL], g[ALL], step[ALL];
  factors s;
  memset(&s, 0, sizeof s);
  ad_array *state = run_steps(c, ad_optim_adafactor(c, &o), AD_FLOAT64, got);
  first_values(p);
  for (int k = 0; k < STEPS; k++) {
    int t = k + 1;
    double beta = 1 - pow(t, -0.8);
    gradient_at(k, g);
    factored(g, beta, &s, step);
    for (int i = MATRIX; i < ALL; i++) s.whole[i] = beta * s.whole[i] + (1 - beta) * (g[i] * g[i] + 1e-30), step[i] = g[i] / sqrt(s.whole[i]);
    adafactor_part(p, g, step, s.first, MATRIX, t);
    adafactor_part(p + MATRIX, g + MATRIX, step + MATRIX, s.first + MATRIX, VECTOR, t);
    adafactor_part(p + MATRIX + VECTOR, g + MATRIX + VECTOR, step + MATRIX + VECTOR, s.first + MATRIX + VECTOR, 1, t);
    for (int i = 0; i < ALL; i++) CHECK_NEAR(got[k][i], p[i], 1e-13);
  }
  double rate = 0;
  ad_read(ad_field(state, "learning_rate"), &rate, sizeof rate);
  CHECK_NEAR(rate, STEPS * 1e-6, 1e-18); /* that of the last update */
  ad_array *w = ad_field(ad_field(state, "parameters"), "w");
  CHECK_INT(ad_array_size(ad_field(w, "exp_avg_sq_row")), ROWS);
  CHECK_INT(ad_array_size(ad_field(w, "exp_avg_sq_col")), COLUMNS);
  ad_ctx_free(c);
}

static void times(const double *a, const double *b, bool transposed, int n, int k, int m, double *out) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < m; j++) {
      double s = 0;
      for (int x = 0; x < k; x++) s += a[i * k + x] * (transposed ? b[j * k + x] : b[x * m + j]);
      out[i * m + j] = s;
    }
}

static void newton_schulz(double *x) {
  double square[ROWS * ROWS], fourth[ROWS * ROWS], next[MATRIX], size = 0;
  for (int i = 0; i < MATRIX; i++) size += x[i] * x[i];
  for (int i = 0; i < MATRIX; i++) x[i] /= sqrt(size) + 1e-7;
  for (int k = 0; k < 5; k++) {
    times(x, x, true, ROWS, COLUMNS, ROWS, square);
    times(square, square, false, ROWS, ROWS, ROWS, fourth);
    for (int i = 0; i < ROWS * ROWS; i++) square[i] = -4.7750 * square[i] + 2.0315 * fourth[i];
    times(square, x, false, ROWS, ROWS, COLUMNS, next);
    for (int i = 0; i < MATRIX; i++) x[i] = 3.4445 * x[i] + next[i];
  }
}

TEST(muon) {
  ad_ctx *c = ad_ctx_new(NULL);
  double got[STEPS][ALL], p[ALL], g[ALL], v[ALL] = {0}, step[ALL];
  run_steps(c, ad_optim_muon(c, 0.1, NULL), AD_FLOAT64, got);
  first_values(p);
  for (int k = 0; k < STEPS; k++) {
    gradient_at(k, g);
    for (int i = 0; i < ALL; i++) {
      g[i] += 0.01 * p[i];
      v[i] = 0.95 * v[i] + (1 - 0.95) * g[i];
      step[i] = 0.95 * v[i] + (1 - 0.95) * g[i];
    }
    newton_schulz(step);
    for (int i = 0; i < ALL; i++) {
      p[i] -= 0.1 * step[i];
      CHECK_NEAR(got[k][i], p[i], 1e-12);
    }
  }
  /* A tall stack of matrices: turned over, and a larger rate. */
  ad_array *tall = ad_random_normal(c, ad_random_key(c, 1), NULL, NULL, AD_SHAPE(8, 2, 1), &(ad_random_normal_opts){.dtype = AD_FLOAT64});
  ad_fn *f = ad_optim_muon(c, 1, &(ad_optim_muon_opts){.weight_decay = AD_NUM(0), .momentum = AD_NUM(0), .ns_steps = AD_INT(12)});
  ad_array *zero = ad_zeros_like(tall, NULL), *next = ad_item(ad_call(f, zero, tall, ad_optim_init(f, zero)), 0);
  next = ad_reshape(next, AD_SHAPE(8, 2));
  const double *gram = ad_data(ad_matmul(ad_matrix_transpose(next), next, NULL));
  CHECK(gram[0] > 4 * 0.4 && gram[0] < 4 * 1.5); /* singular values of about 1, times sqrt(8 / 2) */
  ad_ctx_free(c);
}

/* ---- Compiled ---- */

typedef struct problem {
  ad_fn *gradients, *optimiser;
} problem;

static ad_array *loss(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  ad_array *h = ad_tanh(ad_add(ad_matmul(in[1], ad_matrix_transpose(ad_field(in[0], "w")), NULL), ad_item(ad_field(in[0], "rest"), 0)));
  return ad_mean(ad_square(ad_subtract(ad_multiply(h, ad_item(ad_field(in[0], "rest"), 1)), in[2])), NULL);
}

static ad_array *whole_step(ad_ctx *c, ad_array *const *in, void *user) {
  problem *p = user;
  ad_array *r = ad_call(p->gradients, in[0], in[2], in[3]), *next = ad_call(p->optimiser, in[0], ad_item(r, 1), in[1]);
  return ad_tuple(c, (ad_array *[]){ad_item(r, 0), ad_item(next, 0), ad_item(next, 1)}, 3);
}

/* Parameters and state after five steps, as bytes. */
static void train(ad_ctx *c, ad_fn *optimiser, bool compiled, double *params, float *last_loss, uint64_t *traces) {
  problem p = {ad_value_and_grad(ad_fn_new(c, loss, 3, NULL), NULL), optimiser};
  ad_fn *step = ad_fn_new(c, whole_step, 4, &p);
  if (compiled) step = ad_compile(step, NULL);
  double first[ALL];
  first_values(first);
  ad_array *tree = as_tree(c, first, AD_FLOAT32), *state = ad_optim_init(optimiser, tree);
  ad_array *x = ad_random_normal(c, ad_random_key(c, 1), NULL, NULL, AD_SHAPE(6, COLUMNS), NULL), *y = ad_ones(c, AD_SHAPE(6, ROWS), NULL);
  for (int k = 0; k < 5; k++) {
    ad_array *r = ad_call(step, tree, state, x, y);
    CHECK_STR(ad_eval(r) ? ad_error_text(r) : "", "");
    ad_read(ad_item(r, 0), last_loss, sizeof *last_loss);
    tree = ad_item(r, 1), state = ad_item(r, 2);
  }
  from_tree(tree, params);
  *traces = ad_compiled_stats(step).traces;
}

static ad_fn *matrix_or_wrapped(ad_ctx *c, int i) {
  ad_fn *adam = ad_optim_adamw(c, 0.05, &(ad_optim_adam_opts){.bias_correction = true, .schedule = ad_schedule_cosine(c, 0.05, 10, 0)});
  switch (i) {
  case 0: return ad_optim_adafactor(c, NULL);
  case 1: return ad_optim_muon(c, 0.05, NULL);
  case 2: return ad_optim_clipped(adam, &(ad_optim_clipped_opts){.max_norm = AD_NUM(0.1), .max_value = AD_NUM(0.05)});
  case 3: return ad_optim_accumulated(adam, 2);
  case 4: return ad_optim_scaled(adam, NULL);
  case 5: return ad_optim_averaged(adam, 0.9, NULL);
  default: return adam;
  }
}

TEST(compiled_steps_have_the_same_bits) {
  ad_ctx *c = ad_ctx_new(NULL);
  for (int i = 0; i < 17; i++) {
    const char *name = "";
    formula want;
    double eager[ALL], compiled[ALL];
    float a = 0, b = 1;
    uint64_t traces;
    ad_fn *f = i < 10 ? element_methods(c, i, &name, &want) : matrix_or_wrapped(c, i - 10);
    train(c, f, false, eager, &a, &traces);
    train(c, f, true, compiled, &b, &traces);
    CHECK_MEM(eager, compiled, sizeof eager);
    CHECK_INT(traces, 1);
    CHECK(a == b);
  }
  ad_ctx_free(c);
}

/* ---- States and refusals ---- */

TEST(the_rate_in_the_state_counts) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *p = ad_ones(c, AD_SHAPE(2), NULL), *g = ad_ones(c, AD_SHAPE(2), NULL);
  ad_fn *f = ad_optim_sgd(c, 0.5, NULL);
  ad_array *state = ad_optim_init(f, p), *step = ad_field(state, "step"), *none = ad_field(state, "parameters");
  state = ad_record(c, (const char *const[]){"step", "learning_rate", "parameters"}, (ad_array *[]){step, ad_cast(ad_number(c, 0.25), AD_FLOAT32), none}, 3);
  const float *v = ad_data(ad_item(ad_call(f, p, g, state), 0));
  CHECK_NEAR((double)v[0], 0.75, 0);
  f = ad_optim_sgd(c, 9, &(ad_optim_sgd_opts){.schedule = ad_schedule_linear(c, 1, 0, 4)});
  state = ad_optim_init(f, p);
  for (int k = 0; k < 4; k++) { /* 1 + .75 + .5 + .25 in all */
    ad_array *y = ad_call(f, p, g, state);
    p = ad_item(y, 0), state = ad_item(y, 1);
  }
  v = ad_data(p);
  CHECK_NEAR((double)v[1], 1 - 2.5, 1e-6);
  ad_ctx_free(c);
}

#define CHECK_REFUSED(f, part) CHECK_STR_HAS(ad_fn_error_text(f), part)
#define CHECK_ERROR(a, part) CHECK_STR_HAS(ad_error_text(a), part)

TEST(numbers_that_are_refused) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_REFUSED(ad_optim_sgd(c, -1, NULL), "optim_sgd: learning_rate -1; a number from 0 on is right");
  CHECK_REFUSED(ad_optim_sgd(c, NAN, NULL), "optim_sgd: learning_rate");
  CHECK_REFUSED(ad_optim_sgd(c, 1, &(ad_optim_sgd_opts){.nesterov = true}), "optim_sgd: nesterov with momentum 0 and dampening 0; momentum above 0 and no dampening is right");
  CHECK_REFUSED(ad_optim_adam(c, 1, &(ad_optim_adam_opts){.beta2 = AD_NUM(1)}), "optim_adam: beta2 1; from 0 on, below 1, is right");
  CHECK_REFUSED(ad_optim_adam(c, 1, &(ad_optim_adam_opts){.weight_decay = AD_NUM(0.1)}), "optim_adam: weight_decay 0.1; none, or ad_optim_adamw, is right");
  CHECK_REFUSED(ad_optim_rmsprop(c, 1, &(ad_optim_rmsprop_opts){.eps = AD_NUM(-1)}), "optim_rmsprop: eps -1");
  CHECK_REFUSED(ad_optim_adafactor(c, &(ad_optim_adafactor_opts){.warmup = true, .learning_rate = AD_NUM(1)}), "optim_adafactor: warmup beside a learning rate");
  CHECK_REFUSED(ad_optim_sgd(c, 1, &(ad_optim_sgd_opts){.schedule = ad_fn_new(c, loss, 3, NULL)}), "a schedule of 3 inputs; one, the step, is right");
  CHECK_REFUSED(ad_optim_sgd(c, 1, &(ad_optim_sgd_opts){.schedule = ad_schedule_cosine(c, 1, 0, 0)}), "schedule_cosine: 0 steps; 1 or more are right");
  CHECK_REFUSED(ad_optim_clipped(ad_fn_new(c, loss, 3, NULL), NULL), "optim_clipped: a function that is no optimiser");
  CHECK_REFUSED(ad_optim_clipped(ad_optim_sgd(c, -1, NULL), NULL), "optim_sgd: learning_rate -1");
  CHECK_REFUSED(ad_optim_clipped(ad_optim_sgd(c, 1, NULL), &(ad_optim_clipped_opts){.max_norm = AD_NUM(-1)}), "optim_clipped: max_norm -1; 0 or more is right");
  CHECK_REFUSED(ad_optim_accumulated(ad_optim_sgd(c, 1, NULL), 0), "optim_accumulated: count 0; 1 or more is right");
  CHECK_REFUSED(ad_optim_sgd(NULL, 1, NULL), "NULL");
  ad_ctx_free(c);
}

TEST(trees_that_are_refused) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_optim_adam(c, 1, NULL);
  double v[ALL];
  first_values(v);
  ad_array *p = as_tree(c, v, AD_FLOAT32), *state = ad_optim_init(f, p), *one = ad_ones(c, AD_SHAPE(2), NULL);
  CHECK_ERROR(ad_optim_init(f, as_tree(c, v, AD_INT32)), "optim_adam: parameter w has dtype int32; a float is right");
  CHECK_ERROR(ad_optim_init(ad_fn_new(c, loss, 3, NULL), p), "optim_init: a function that is no optimiser");
  CHECK_ERROR(ad_call(f, p, one, state), "the form of the parameters");
  CHECK_ERROR(ad_call(f, p, p, one), "optim_adam: a state without a member step");
  ad_array *single = ad_tuple(c, &one, 1);
  CHECK_ERROR(ad_call(f, single, single, state), "optim_adam: a state of other parameters");
  CHECK_ERROR(ad_call(f, p, p, ad_optim_init(ad_optim_lion(c, 1, NULL), p)), "optim_adam: a state without a member v");
  ad_array *wrong = ad_record(c, (const char *const[]){"w", "rest"}, (ad_array *[]){ad_field(p, "w"), ad_tuple(c, (ad_array *[]){one, one}, 2)}, 2);
  CHECK_ERROR(ad_call(f, p, wrong, state), "parameter rest.0 is float32[3], its gradient float32[2]; floats of one shape are right");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(formulas_in_float64), CASE(half_parameters_have_wide_states), CASE(adafactor), CASE(muon), CASE(compiled_steps_have_the_same_bits),
           CASE(the_rate_in_the_state_counts), CASE(numbers_that_are_refused), CASE(trees_that_are_refused))
