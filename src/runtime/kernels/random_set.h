/* One instruction set's random kernels, and their table: included by random_<isa>.c with AD_KERNEL_SUFFIX (such as
 * _avx2), AD_RANDOM_SET (the table's name) and AD_ISA_WANTED. One text, so the same bits, for every instruction set. */
#include "base/scalar.h"
#include "base/threefry.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/isa_begin.h"

static void AD_CAT(random_words, AD_KERNEL_SUFFIX)(size_t n, const uint32_t *key, uint32_t first, uint32_t second,
                                                   uint32_t *low, uint32_t *high) {
  const uint32_t k0 = key[0], k1 = key[1];
  AD_LOOP for (size_t i = 0; i < n; i++)
    ad_threefry(k0, k1, first + (uint32_t)i, second + (uint32_t)i, &low[i], &high[i]);
}

/* The word over 2^32, rounded to float32, at most the largest float32 below 1. */
#define UNIT(word) (unit = (float)(word)*0x1p-32f, unit < 0x1.fffffep-1f ? unit : 0x1.fffffep-1f)

static void AD_CAT(random_uniform, AD_KERNEL_SUFFIX)(size_t n, float *out, const uint32_t *words, float factor,
                                                     float offset) {
  AD_LOOP for (size_t i = 0; i < n; i++) {
    float unit;
    out[i] = UNIT(words[i]) * factor + offset;
  }
}

static void AD_CAT(random_normal, AD_KERNEL_SUFFIX)(size_t n, float *out, const uint32_t *words, float factor,
                                                    float offset) {
  AD_LOOP for (size_t i = 0; i < n; i++) {
    float unit;
    out[i] = ad_f32_erfinv(UNIT(words[i]) * 2.0f + -0x1.fffffep-1f) * factor + offset;
  }
}

const ad_random_kernels AD_RANDOM_SET = {
    .words = AD_CAT(random_words, AD_KERNEL_SUFFIX),
    .uniform = AD_CAT(random_uniform, AD_KERNEL_SUFFIX),
    .normal = AD_CAT(random_normal, AD_KERNEL_SUFFIX),
};

#include "runtime/kernels/isa_end.h"
#undef UNIT
#undef AD_KERNEL_SUFFIX
#undef AD_RANDOM_SET
