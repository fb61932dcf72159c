/* Watching runs: what is wanted, and times of steps. */
#ifndef AD_COMPILE_WATCH_H
#define AD_COMPILE_WATCH_H

#include <pthread.h>
#include "compile/plan.h"

typedef struct ad_step_time {
  uint64_t runs;
  double seconds;          /* of all runs together */
  double begin, end;       /* of the last run, seconds after its beginning */
} ad_step_time;

/* Belongs to one compiled function's plan; runs in several threads take turns at writing to it. */
typedef struct ad_run_watch {
  _Atomic bool times, nans;
  pthread_mutex_t lock;
  ad_step_time *step;      /* per step of the plan, NULL before times are asked for */
} ad_run_watch;

double ad__watch_now(void);
void ad__watch_step(ad_run_watch *w, int step, double run_began, double began, double ended);

#endif
