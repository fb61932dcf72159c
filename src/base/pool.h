/* One pool of worker threads, an object that contexts share by reference.
 *
 * Work is a function called with a task number 0..tasks-1; the calling thread takes part. Which thread
 * runs which task never changes a result, since tasks are cut by shape alone. Waits spin for a bounded
 * time, then yield, then sleep. Workers start at the first run with something to share. The pool survives
 * fork: a child finds its workers gone and makes its own on first use. Calls from several threads at once are
 * served one after the other; a call from inside a task runs its tasks at once in that thread. */
#ifndef AD_BASE_POOL_H
#define AD_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include "base/cpu.h" /* ad__cpu_count */
#include "base/mem.h"

typedef struct ad_pool ad_pool;
typedef void (*ad_task_fn)(void *arg, size_t task);

/* threads counts the caller: 1 makes no worker; 0 follows the affinity mask and the cgroup quota. mem must
 * outlive the pool. NULL only when memory ran out. A worker that cannot be started lowers the count. */
ad_pool *ad__pool_new(ad_mem *mem, int threads);
ad_pool *ad__pool_keep(ad_pool *p);
/* p may be NULL. The last reference stops the workers, so it must not be dropped inside a task. */
void ad__pool_drop(ad_pool *p);
int ad__pool_threads(const ad_pool *p);
/* Runs fn(arg, 0..tasks-1) and returns when all are done; what the tasks wrote is then visible to the caller.
 * A child forked inside a task must not return from that task. */
void ad__pool_run(ad_pool *p, ad_task_fn fn, void *arg, size_t tasks);

#endif
