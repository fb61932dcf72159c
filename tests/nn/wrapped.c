/* Around optimisers, and beside them: clipping, accumulation, loss scaling, averages, several optimisers, schedules. */
#include "optim_help.h"

static double value_of(ad_array *a) {
  double v = NAN;
  if (ad_read(ad_cast(a, AD_FLOAT64), &v, sizeof v)) CHECK_FAIL("%s", ad_error_text(a));
  return v;
}

/* ---- Clipping ---- */

TEST(clipping_by_norm_and_value) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (const float[]){3, 0}), *b = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 1), (const float[]){-4});
  ad_array *tree = ad_tuple(c, (ad_array *[]){a, b}, 2), *y = ad_clip_grad_norm(tree, 1);
  CHECK_NEAR(value_of(ad_item(y, 1)), 5, 1e-6);
  CHECK_NEAR(value_of(ad_item(ad_item(y, 0), 1)), -0.8, 1e-6);
  y = ad_clip_grad_norm(tree, 100);
  CHECK_NEAR(value_of(ad_item(ad_item(y, 0), 1)), -4, 0);
  y = ad_clip_grad_value(tree, 3.5);
  CHECK_NEAR(value_of(ad_item(y, 1)), -3.5, 0);
  CHECK_STR_HAS(ad_error_text(ad_clip_grad_norm(tree, -1)), "clip_grad_norm: max_norm: -1; 0 or more is right");
  CHECK_STR_HAS(ad_error_text(ad_clip_grad_value(tree, NAN)), "0 or more is right");
  CHECK_NEAR(value_of(ad_item(ad_clip_grad_norm(ad_tuple(c, NULL, 0), 1), 1)), 0, 0);
  ad_array *h = ad_cast(ad_full(ad_number(c, 200), AD_SHAPE(1000), NULL), AD_FLOAT16); /* whose squares overflow in float16 */
  CHECK_NEAR(value_of(ad_item(ad_clip_grad_norm(h, 1), 1)), 200 * sqrt(1000), 1);
  ad_ctx_free(c);
}

TEST(a_clipped_optimiser_sees_clipped_gradients) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *plain = ad_optim_sgd(c, 1, NULL), *f = ad_optim_clipped(plain, &(ad_optim_clipped_opts){.max_norm = AD_NUM(0.5)});
  ad_array *p = ad_zeros(c, AD_SHAPE(4), NULL), *g = ad_ones(c, AD_SHAPE(4), NULL);
  CHECK_NEAR(value_of(ad_max(ad_item(ad_call(f, p, g, ad_optim_init(f, p)), 0), NULL)), -0.25, 1e-6);
  ad_ctx_free(c);
}

/* ---- Accumulation ---- */

TEST(accumulation_is_one_update_of_the_mean) {
  ad_ctx *c = ad_ctx_new(NULL);
  double out[STEPS][ALL], p[ALL], g[ALL], mean[ALL] = {0};
  ad_fn *adam = ad_optim_adam(c, 0.1, NULL), *f = ad_optim_accumulated(adam, 3);
  ad_array *state = run_steps(c, f, AD_FLOAT64, out);
  first_values(p);
  CHECK_MEM(out[0], p, sizeof p); /* nothing happens before the third */
  CHECK_MEM(out[1], p, sizeof p);
  CHECK(out[2][0] != p[0]);
  CHECK_MEM(out[2], out[4], sizeof p);
  CHECK_NEAR(value_of(ad_field(state, "count")), STEPS % 3, 0);
  CHECK_NEAR(value_of(ad_field(ad_field(state, "optimiser"), "step")), STEPS / 3, 0);
  for (int k = 0; k < 3; k++) {
    gradient_at(k, g);
    for (int i = 0; i < ALL; i++) mean[i] += g[i] / 3;
  }
  ad_array *params = as_tree(c, p, AD_FLOAT64);
  from_tree(ad_item(ad_call(adam, params, as_tree(c, mean, AD_FLOAT64), ad_optim_init(adam, params)), 0), g);
  for (int i = 0; i < ALL; i++) CHECK_NEAR(out[2][i], g[i], 1e-14);
  ad_ctx_free(c);
}

/* ---- Loss scaling ---- */

/* A state after one update with gradient g for a parameter 1. */
static ad_array *scaled_once(ad_ctx *c, ad_fn *f, ad_array **p, ad_array *state, double g) {
  ad_array *y = ad_call(f, *p, ad_full(ad_number(c, g), AD_SHAPE(1), NULL), state);
  *p = ad_item(y, 0);
  return ad_item(y, 1);
}

TEST(scales_shrink_after_overflow_and_grow_again) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_optim_scaled(ad_optim_sgd(c, 1, &(ad_optim_sgd_opts){.momentum = AD_NUM(0.5)}), &(ad_optim_scaled_opts){.initial = AD_NUM(8), .interval = AD_INT(2)});
  ad_array *p = ad_ones(c, AD_SHAPE(1), NULL), *state = ad_optim_init(f, p);
  CHECK_NEAR(value_of(ad_field(state, "scale")), 8, 0);
  state = scaled_once(c, f, &p, state, INFINITY);
  CHECK_NEAR(value_of(p), 1, 0); /* not used, */
  CHECK_NEAR(value_of(ad_field(state, "scale")), 4, 0);
  CHECK_NEAR(value_of(ad_field(ad_field(state, "optimiser"), "step")), 0, 0); /* not counted, */
  CHECK_NEAR(value_of(ad_field(ad_field(ad_field(state, "optimiser"), "parameters"), "v")), 0, 0); /* and not in the momentum */
  state = scaled_once(c, f, &p, state, NAN);
  CHECK_NEAR(value_of(ad_field(state, "scale")), 2, 0);
  state = scaled_once(c, f, &p, state, 0.5);
  CHECK_NEAR(value_of(p), 0.75, 0); /* 0.5 over the scale of 2 */
  CHECK_NEAR(value_of(ad_field(state, "scale")), 2, 0);
  state = scaled_once(c, f, &p, state, 0);
  CHECK_NEAR(value_of(ad_field(state, "scale")), 4, 0);
  CHECK_NEAR(value_of(ad_field(state, "good")), 0, 0);
  ad_ctx_free(c);
}

/* ---- Averages ---- */

TEST(averages_follow_the_parameters) {
  ad_ctx *c = ad_ctx_new(NULL);
  double out[STEPS][ALL], average[ALL], warm[ALL], got[ALL];
  ad_fn *sgd = ad_optim_sgd(c, 0.1, NULL);
  ad_array *state = run_steps(c, ad_optim_averaged(sgd, 0.9, NULL), AD_FLOAT64, out);
  first_values(average);
  first_values(warm);
  for (int k = 0; k < STEPS; k++) {
    double decay = fmin(0.9, (k + 2.0) / (k + 11.0));
    for (int i = 0; i < ALL; i++) {
      average[i] = 0.9 * average[i] + 0.1 * out[k][i];
      warm[i] = decay * warm[i] + (1 - decay) * out[k][i];
    }
  }
  from_tree(ad_field(state, "average"), got);
  for (int i = 0; i < ALL; i++) CHECK_NEAR(got[i], average[i], 1e-14);
  state = run_steps(c, ad_optim_averaged(sgd, 0.9, &(ad_optim_averaged_opts){.warmup = true}), AD_FLOAT64, out);
  from_tree(ad_field(state, "average"), got);
  for (int i = 0; i < ALL; i++) CHECK_NEAR(got[i], warm[i], 1e-14);
  ad_ctx_free(c);
}

/* ---- Several ---- */

static bool is_matrix(void *user, const char *path, ad_array *p) {
  (void)user;
  return strcmp(path, "w") == 0 && ad_array_rank(p) == 2;
}
static bool is_scalar(void *user, const char *path, ad_array *p) {
  (void)user, (void)p;
  return strcmp(path, "rest.1") == 0;
}
static void count_release(void *user) { ++*(int *)user; }

TEST(each_parameter_has_its_optimiser) {
  ad_ctx *c = ad_ctx_new(NULL);
  double out[STEPS][ALL], muon[STEPS][ALL], sgd[STEPS][ALL], lion[STEPS][ALL];
  int released = 0;
  ad_scope *s = ad_scope_begin(c);
  ad_fn *of[] = {ad_optim_muon(c, 0.1, NULL), ad_optim_lion(c, 0.1, NULL), ad_optim_sgd(c, 0.1, NULL)};
  ad_fn *f = ad_optim_multi(of, 3, (const ad_optim_filter[]){is_matrix, is_scalar}, &released, count_release);
  ad_array *state = run_steps(c, f, AD_FLOAT64, out);
  run_steps(c, of[0], AD_FLOAT64, muon);
  run_steps(c, of[1], AD_FLOAT64, lion);
  run_steps(c, of[2], AD_FLOAT64, sgd);
  CHECK_MEM(out[6], muon[6], MATRIX * sizeof(double));
  CHECK_MEM(out[6] + MATRIX, sgd[6] + MATRIX, VECTOR * sizeof(double));
  CHECK(out[6][ALL - 1] == lion[6][ALL - 1]);
  CHECK_INT(ad_item_count(ad_field(state, "states")), 3);
  CHECK_STR(ad_item_name(ad_field(ad_item(ad_field(state, "states"), 2), "parameters"), 0), "rest.0");
  ad_array *one = ad_ones(c, AD_SHAPE(2), NULL); /* a tree that is one array, which nobody's filter takes */
  CHECK_NEAR(value_of(ad_sum(ad_item(ad_call(f, one, one, ad_optim_init(f, one)), 0), NULL)), 1.8, 1e-6);
  CHECK_STR_HAS(ad_fn_error_text(ad_optim_multi(of, 3, NULL, &released, count_release)), "optim_multi: no filter 0");
  CHECK_INT(released, 1);
  ad_scope_end(s, NULL);
  ad_ctx_settle(c);
  CHECK_INT(released, 2);
  ad_ctx_free(c);
}

/* ---- Schedules ---- */

static double at(ad_fn *f, int64_t step) {
  return value_of(ad_call(f, ad_cast(ad_number_int(ad_fn_ctx(f), step), AD_UINT64)));
}

TEST(schedules) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_NEAR(at(ad_schedule_exponential(c, 0.1, 0.9999), 100000), 0.1 * pow(0.9999, 100000), 1e-17);
  ad_fn *f = ad_schedule_steps(c, 1, 0.5, 10);
  CHECK_NEAR(at(f, 9), 1, 0);
  CHECK_NEAR(at(f, 10), 0.5, 0);
  CHECK_NEAR(at(f, 39), 0.125, 0);
  f = ad_schedule_cosine(c, 2, 8, 1);
  CHECK_NEAR(at(f, 0), 2, 1e-15);
  CHECK_NEAR(at(f, 2), 1 + 0.5 * (1 + cos(acos(-1) / 4)), 1e-15);
  CHECK_NEAR(at(f, 8), 1, 1e-15);
  CHECK_NEAR(at(f, 800), 1, 1e-15);
  f = ad_schedule_linear(c, 1, 3, 4);
  CHECK_NEAR(at(f, 0), 1, 0);
  CHECK_NEAR(at(f, 3), 2.5, 1e-15);
  CHECK_NEAR(at(f, 9), 3, 0);
  f = ad_schedule_join((ad_fn *[]){ad_schedule_linear(c, 0, 1, 10), ad_schedule_exponential(c, 1, 0.5), ad_schedule_steps(c, 7, 0.5, 2)}, 3, (const int64_t[]){10, 13});
  CHECK_NEAR(at(f, 5), 0.5, 1e-15);
  CHECK_NEAR(at(f, 10), 1, 0);
  CHECK_NEAR(at(f, 12), 0.25, 0);
  CHECK_NEAR(at(f, 13), 7, 0);
  CHECK_NEAR(at(f, 15), 3.5, 0);
  CHECK_STR_HAS(ad_fn_error_text(ad_schedule_join((ad_fn *[]){f, f, f}, 3, (const int64_t[]){5, 5})), "schedule_join: boundary 1 at step 5; later than 5 is right");
  CHECK_STR_HAS(ad_fn_error_text(ad_schedule_linear(c, 1, NAN, 4)), "schedule_linear: nan; finite numbers are right");
  CHECK_STR_HAS(ad_fn_error_text(ad_schedule_steps(c, 1, 0.5, 0)), "schedule_steps: 0 steps; 1 or more are right");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(clipping_by_norm_and_value), CASE(a_clipped_optimiser_sees_clipped_gradients), CASE(accumulation_is_one_update_of_the_mean),
           CASE(scales_shrink_after_overflow_and_grow_again), CASE(averages_follow_the_parameters), CASE(each_parameter_has_its_optimiser), CASE(schedules))
