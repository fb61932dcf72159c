/* Times of watched runs. */
#define _POSIX_C_SOURCE 200809L
#include "compile/watch.h"

#include <time.h>

double ad__watch_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ad__watch_step(ad_run_watch *w, int step, double run_began, double began, double ended) {
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
