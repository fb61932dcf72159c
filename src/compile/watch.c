/* Times and NaN of watched runs. */
#define _POSIX_C_SOURCE 200809L
#include "compile/watch.h"

#include <math.h>
#include <time.h>

double ad__watch_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ad__watch_step(ad_watch *w, int step, double run_began, double began, double ended) {
  pthread_mutex_lock(&w->lock);
  if (w->step) {
    ad_step_time *s = &w->step[step];
    s->runs++;
    s->seconds += ended - began;
    s->begin = began - run_began;
    s->end = ended - run_began;
  }
  pthread_mutex_unlock(&w->lock);
}

enum { AT_ONCE = 512 };

static bool some_nan(ad_exec *x, ad_dtype dtype, const char *data, size_t n) {
  double v[2 * AT_ONCE];
  bool complex_ = ad_dtype_category(dtype) == AD_CATEGORY_COMPLEX;
  size_t item = ad_dtype_size(dtype);
  for (size_t at = 0; at < n; at += AT_ONCE) {
    size_t m = n - at < AT_ONCE ? n - at : AT_ONCE;
    x->kernels->cast[dtype][complex_ ? AD_COMPLEX128 : AD_FLOAT64](m, v, data + at * item);
    for (size_t i = 0; i < (complex_ ? 2 : 1) * m; i++)
      if (isnan(v[i])) return true;
  }
  return false;
}

bool ad__value_has_nan(ad_exec *x, const ad_type *t, const ad_value *v) {
  if (ad_dtype_category(t->dtype) < AD_CATEGORY_FLOAT || !t->size) return false;
  ad_array a = {.type = t, .value = *v};
  ad_value temp;
  const char *data = ad__value_contiguous_data(x, &a, &temp);
  if (!data) {
    x->err.code = AD_OK;
    return false;
  }
  bool found = some_nan(x, t->dtype, data, (size_t)t->size);
  ad__value_free(x->cache, t, &temp);
  return found;
}
