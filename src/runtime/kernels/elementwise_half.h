/* Elementwise kernels that read and write half types themselves and compute in float32, which spares the blocks that
 * elementwise.c otherwise converts through; the bits are the same. bfloat16 is a shift away from float32, so rows of
 * elementwise.def in HOT lanes become loops here; the others would gain little. A loop over float16 does not vectorise by
 * itself; what is hot is written out. Included by elementwise_set.h in an instruction set's region. No guard. */
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
/* ad_h32_gelu. */
static void gelu_f16_avx512(size_t n, void *out_, const void *a_, const void *b_, const void *c_) {
  uint16_t *out = out_;
  const uint16_t *in = a_;
  (void)b_, (void)c_;
  const __m512 c0 = _mm512_set1_ps(0x1.d58372p-1f);
  const __m512 c1 = _mm512_set1_ps(-0x1.77f266p-4f);
  const __m512 c2 = _mm512_set1_ps(-0x1.f81444p-6f);
  const __m512 c3 = _mm512_set1_ps(-0x1.2517f8p-9f);
  const __m512 c4 = _mm512_set1_ps(0x1.4d3d7ap-9f);
  const __m512 c5 = _mm512_set1_ps(-0x1.642c8ap-12f);
  const __m512 c6 = _mm512_set1_ps(0x1.cdab20p-17f);
  const __m512 end = _mm512_set1_ps(5.8f), least = _mm512_set1_ps(-0.0f);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    __m512 x = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(in + i)));
    __m512 a = _mm512_andnot_ps(least, x), most = _mm512_max_ps(least, x);
    __m512 aa = _mm512_mul_ps(a, a);
    __m512 low = _mm512_fmadd_ps(_mm512_fmadd_ps(c3, a, c2), aa, _mm512_fmadd_ps(c1, a, c0));
    __m512 high = _mm512_fmadd_ps(c6, aa, _mm512_fmadd_ps(c5, a, c4));
    __m512 q = _mm512_fmadd_ps(high, _mm512_mul_ps(aa, aa), low);
    q = _mm512_mul_ps(q, q);
    q = _mm512_mul_ps(q, q);
    q = _mm512_mul_ps(q, q);
    __m512 r = _mm512_mask3_fnmadd_ps(a, q, most, _mm512_cmp_ps_mask(a, end, _CMP_LT_OQ));
    _mm256_storeu_si256((__m256i *)(void *)(out + i), _mm512_cvtps_ph(r, _MM_FROUND_TO_NEAREST_INT));
  }
  for (; i < n; i++) out[i] = ad_f32_to_f16(ad_h32_gelu(ad_f32_from_f16(in[i])));
}

const ad_elt_fn ad__lane_f16w_avx512[AD_ELT_COUNT] = {[AD_ELT_gelu] = gelu_f16_avx512};
#endif
