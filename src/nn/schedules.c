/* Schedules of the learning rate; see optim.h. Each is a function of the step over the numbers it was made with, computed in
 * float64: scalars cost nothing, and powers of a rate near 1 need the digits. */
#include <adamant/optim.h>

#include <math.h>
#include <string.h>
#include "array/fn.h"
#include "ops/reduce_rules.h"

typedef ad_array *(*curve)(const ad_fn *f, ad_place where, ad_array *const *in);

static const double *numbers_of(const ad_fn *f) { return (const double *)(const void *)f->data; }
static ad_array *number(const ad_fn *f, double x) { return ad_cast(ad_number(f->ctx, x), AD_FLOAT64); }
static ad_array *step_of(ad_array *const *in) { return ad__rule_cast(in[0], AD_FLOAT64); }

/* A schedule over n finite numbers. */
static ad_fn *make(ad_place where, ad_ctx *c, const ad_fn_kind *kind, const double *numbers, int n) {
  if (!c) return ad__fn_fail(where, c, kind, AD_E_VALUE, "no context");
  for (int i = 0; i < n; i++)
    if (!isfinite(numbers[i])) return ad__fn_fail(where, c, kind, AD_E_VALUE, "%g; finite numbers are right", numbers[i]);
  return ad__fn_make(where, c, kind, 1, NULL, 0, numbers, (size_t)n * sizeof *numbers);
}

static ad_fn *too_short(ad_place where, ad_ctx *c, const ad_fn_kind *kind, int64_t steps) {
  return ad__fn_fail(where, c, kind, AD_E_VALUE, "%lld steps; 1 or more are right", (long long)steps);
}

/* ---- Exponential and in steps ---- */

enum { INITIAL, RATE, SIZE };

static ad_array *exponential_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  const double *h = numbers_of(f);
  (void)where;
  return ad_multiply(number(f, h[INITIAL]), ad_power(number(f, h[RATE]), step_of(in)));
}
static const ad_fn_kind exponential_kind = {"schedule_exponential", exponential_call, NULL};

ad_fn *ad_schedule_exponential_at(ad_place where, ad_ctx *c, double initial, double rate) {
  return make(where, c, &exponential_kind, (const double[]){initial, rate}, 2);
}

static ad_array *steps_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  const double *h = numbers_of(f);
  (void)where;
  ad_array *times = ad_floor(ad_divide(step_of(in), number(f, h[SIZE])));
  return ad_multiply(number(f, h[INITIAL]), ad_power(number(f, h[RATE]), times));
}
static const ad_fn_kind steps_kind = {"schedule_steps", steps_call, NULL};

ad_fn *ad_schedule_steps_at(ad_place where, ad_ctx *c, double initial, double rate, int64_t size) {
  if (c && size < 1) return too_short(where, c, &steps_kind, size);
  return make(where, c, &steps_kind, (const double[]){initial, rate, (double)size}, 3);
}

/* ---- From one value to another ---- */

enum { FROM, TO, OVER };

/* How much of the way is done: 0 to 1. */
static ad_array *part_done(const ad_fn *f, ad_array *const *in) {
  return ad_minimum(ad_divide(step_of(in), number(f, numbers_of(f)[OVER])), number(f, 1));
}

static ad_array *cosine_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  const double *h = numbers_of(f);
  (void)where;
  ad_array *wave = ad_add(ad_cos(ad_multiply(part_done(f, in), number(f, 3.14159265358979323846))), number(f, 1));
  return ad_add(number(f, h[TO]), ad_multiply(wave, number(f, 0.5 * (h[FROM] - h[TO]))));
}
static const ad_fn_kind cosine_kind = {"schedule_cosine", cosine_call, NULL};

ad_fn *ad_schedule_cosine_at(ad_place where, ad_ctx *c, double initial, int64_t steps, double end) {
  if (c && steps < 1) return too_short(where, c, &cosine_kind, steps);
  return make(where, c, &cosine_kind, (const double[]){initial, end, (double)steps}, 3);
}

static ad_array *linear_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  const double *h = numbers_of(f);
  (void)where;
  return ad_add(number(f, h[FROM]), ad_multiply(part_done(f, in), number(f, h[TO] - h[FROM])));
}
static const ad_fn_kind linear_kind = {"schedule_linear", linear_call, NULL};

ad_fn *ad_schedule_linear_at(ad_place where, ad_ctx *c, double initial, double end, int64_t steps) {
  if (c && steps < 1) return too_short(where, c, &linear_kind, steps);
  return make(where, c, &linear_kind, (const double[]){initial, end, (double)steps}, 3);
}

/* ---- One after the other ---- */

/* One schedule, then from a boundary on another: of any number of them a chain of such pairs. */
static ad_array *join_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_array *begin = number(f, numbers_of(f)[0]), *step = step_of(in), *after = ad_subtract(step, begin);
  ad_array *first = ad_call_at(where, f->of[0], in, 1), *second = ad_call_at(where, f->of[1], &after, 1);
  return ad_where(ad_less(step, begin), first, second);
}
static const ad_fn_kind join_kind = {"schedule_join", join_call, NULL};

static ad_fn *check_join(ad_place where, ad_fn *const *schedules, int n, const int64_t *boundaries) {
  ad_ctx *c = ad_fn_ctx(schedules[0]);
  for (int i = 0; i < n; i++) {
    if (!schedules[i] || schedules[i]->failure) return schedules[i] ? schedules[i] : ad__fn_fail(where, NULL, &join_kind, AD_E_VALUE, "NULL");
    if (schedules[i]->inputs != 1)
      return ad__fn_fail(where, c, &join_kind, AD_E_VALUE, "schedule %d has %d inputs; one, the step, is right", i, schedules[i]->inputs);
  }
  for (int i = 0; i + 1 < n; i++)
    if (boundaries[i] <= (i ? boundaries[i - 1] : 0))
      return ad__fn_fail(where, c, &join_kind, AD_E_VALUE, "boundary %d at step %lld; later than %lld is right", i, (long long)boundaries[i],
                         (long long)(i ? boundaries[i - 1] : 0));
  return NULL;
}

ad_fn *ad_schedule_join_at(ad_place where, ad_fn *const *schedules, int n, const int64_t *boundaries) {
  if (!schedules || n < 1 || (n > 1 && !boundaries)) return ad__fn_fail(where, NULL, &join_kind, AD_E_VALUE, "no schedules");
  ad_fn *bad = check_join(where, schedules, n, boundaries);
  if (bad) return bad;
  ad_fn *rest = schedules[n - 1];
  for (int i = n - 2; i >= 0; i--) { /* what follows counts from its own beginning */
    double length = (double)(boundaries[i] - (i ? boundaries[i - 1] : 0));
    rest = ad__fn_make(where, rest->ctx, &join_kind, 1, (ad_fn *[]){schedules[i], rest}, 2, &length, sizeof length);
  }
  return rest;
}
