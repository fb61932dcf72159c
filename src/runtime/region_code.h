/* Machine code for the steps of a region, as its kernels use it where it is there. */
#ifndef AD_RUNTIME_REGION_CODE_H
#define AD_RUNTIME_REGION_CODE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { AD_REGION_SWEEPS = 8 };

/* Runs at most n steps; see emit/c_sweep.h for what it is given. */
typedef uint64_t (*ad_sweep_fn)(void *const *param, const void *const *from, const ptrdiff_t *by, void *const *to, const ptrdiff_t *to_by,
                                uint64_t n);

/* One function for each sweep of a while_loop, one for a scan, one for each branch of a cond; NULL: not there yet. */
typedef struct ad_region_code {
  _Atomic(void (*)(void)) sweep[AD_REGION_SWEEPS];
} ad_region_code;

static inline ad_sweep_fn ad__region_sweep(const ad_region_code *c, int k) {
  if (!c || k >= AD_REGION_SWEEPS) return NULL;
  return (ad_sweep_fn)atomic_load_explicit(&((ad_region_code *)(uintptr_t)c)->sweep[k], memory_order_acquire);
}

#endif
