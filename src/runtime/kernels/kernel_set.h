/* One instruction set's kernels: included by kernels_<isa>.c with AD_KERNEL_SUFFIX (such as _avx2), AD_KERNEL_SET (the
 * table's name) and AD_ISA_WANTED. The scalar functions are compiled into the loops here, so that one text serves every
 * instruction set, with the same bits. */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/isa_begin.h"

#define AD_LANE_BODY "runtime/kernels/elementwise_lane.h"
#include "runtime/kernels/lanes.h"

static const ad_elt_fn AD_CAT(elementwise_table, AD_KERNEL_SUFFIX)[AD_OP_COUNT][AD_DTYPE_COUNT] = {
#define AD_LANE_BODY "runtime/kernels/elementwise_rows.h"
#include "runtime/kernels/lanes.h"
};

#include "runtime/kernels/cast_rows.h"

/* Whole 64-byte lines past the cache, the rest plainly. */
static void AD_CAT(stream_copy, AD_KERNEL_SUFFIX)(void *out, const void *in, size_t bytes) {
#if defined(__x86_64__)
  char *o = out;
  const char *p = in;
  while (bytes && ((uintptr_t)o & 63)) *o++ = *p++, bytes--;
  for (; bytes >= 64; bytes -= 64, o += 64, p += 64) {
#if AD_ISA_WANTED == 2
    _mm512_stream_si512((void *)o, _mm512_loadu_si512((const void *)p));
#elif AD_ISA_WANTED == 1
    _mm256_stream_si256((__m256i *)(void *)o, _mm256_loadu_si256((const __m256i *)(const void *)p));
    _mm256_stream_si256((__m256i *)(void *)(o + 32), _mm256_loadu_si256((const __m256i *)(const void *)(p + 32)));
#else
    for (int k = 0; k < 64; k += 16)
      _mm_stream_si128((__m128i *)(void *)(o + k), _mm_loadu_si128((const __m128i *)(const void *)(p + k)));
#endif
  }
  memcpy(o, p, bytes);
#else
  memcpy(out, in, bytes);
#endif
}

const ad_kernels AD_KERNEL_SET = {
    .elementwise = AD_CAT(elementwise_table, AD_KERNEL_SUFFIX),
    .cast = AD_CAT(cast_table, AD_KERNEL_SUFFIX),
    .stream_copy = AD_CAT(stream_copy, AD_KERNEL_SUFFIX),
};

#include "runtime/kernels/isa_end.h"
#undef AD_KERNEL_SUFFIX
#undef AD_KERNEL_SET
