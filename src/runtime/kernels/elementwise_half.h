/* Elementwise kernels that read and write half types themselves and compute in float32, which spares the blocks that
 * elementwise.c otherwise converts through; the bits are the same. bfloat16 is a shift away from float32, so every row of
 * elementwise.def in the float32 lane becomes a loop here. A loop over float16 does not vectorise by itself; what is hot is
 * written out. Included by elementwise_set.h in an instruction set's region. No guard. */
#define G W
#define S f32
#define T float
#define RT T
#define CX ad_c64
#define STORED uint16_t
#define TAG bf16w
#define READ(v) ad_f32_from_bf16(v)
#define WRITE(v) ad_f32_to_bf16(v)
#include "runtime/kernels/elementwise_lane.h"
#undef STORED
#undef TAG
#undef READ
#undef WRITE
#undef G
#undef S
#undef T
#undef RT
#undef CX

#if AD_ISA_WANTED == 2
/* ad_h32_gelu, its table in eight registers. */
static void gelu_f16_avx512(size_t n, void *out_, const void *a_, const void *b_, const void *c_) {
  uint16_t *out = out_;
  const uint16_t *in = a_;
  const float *table = ad__h32_gelu_table();
  (void)b_, (void)c_;
  __m512 low[4], high[4];
  for (int k = 0; k < 4; k++) {
    low[k] = _mm512_loadu_ps(table + 32 * k);
    high[k] = _mm512_loadu_ps(table + 32 * k + 16);
  }
  const __m512 most = _mm512_set1_ps(AD_H32_GELU_END), per_unit = _mm512_set1_ps(AD_H32_GELU_STEPS);
  const __m512 rounder = _mm512_set1_ps(0x1p23f), zero = _mm512_setzero_ps();
  enum { LESSER_MAGNITUDE = 0x0a }; /* of the two, with the sign cleared */
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    __m512 x = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(in + i)));
    __m512 a = _mm512_range_ps(x, most, LESSER_MAGNITUDE);
    __m512i at = _mm512_castps_si512(_mm512_fmadd_ps(a, per_unit, rounder));
    __m512 p = _mm512_permutex2var_ps(low[3], at, high[3]);
    for (int k = 2; k >= 0; k--) p = _mm512_fmadd_ps(p, a, _mm512_permutex2var_ps(low[k], at, high[k]));
    __m512 r = _mm512_fnmadd_ps(a, p, _mm512_max_ps(zero, x));
    _mm256_storeu_si256((__m256i *)(void *)(out + i), _mm512_cvtps_ph(r, _MM_FROUND_TO_NEAREST_INT));
  }
  for (; i < n; i++) out[i] = ad_f32_to_f16(ad_h32_gelu(ad_f32_from_f16(in[i])));
}

const ad_elt_fn ad__lane_f16w_avx512[AD_ELT_COUNT] = {[AD_ELT_gelu] = gelu_f16_avx512};
#endif
