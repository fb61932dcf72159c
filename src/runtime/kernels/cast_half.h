/* Casts between float32 and float16 by the processor's own instructions; the bits are those of base/scalar_half.h.
 * Included by cast_rows.h inside an instruction set's region, where there are such instructions. No guard. */
#if AD_ISA_WANTED == 2
enum { AD_CAT(HALF_STEP, AD_KERNEL_SUFFIX) = 16 };
#define WORDS __m256i
#define LOAD_WORDS(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE_WORDS(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define LOAD_FLOATS(p) _mm512_loadu_ps(p)
#define STORE_FLOATS(p, v) _mm512_storeu_ps(p, v)
#define FLOATS __m512
#define FROM_F16(v) _mm512_cvtph_ps(v)
#define TO_F16(v) _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT)
#else
enum { AD_CAT(HALF_STEP, AD_KERNEL_SUFFIX) = 8 };
#define WORDS __m128i
#define LOAD_WORDS(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define STORE_WORDS(p, v) _mm_storeu_si128((__m128i *)(void *)(p), v)
#define LOAD_FLOATS(p) _mm256_loadu_ps(p)
#define STORE_FLOATS(p, v) _mm256_storeu_ps(p, v)
#define FLOATS __m256
#define FROM_F16(v) _mm256_cvtph_ps(v)
#define TO_F16(v) _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT)
#endif

static void NAME(f16, f32)(size_t n, void *out_, const void *in_) {
  float *out = out_;
  const uint16_t *in = in_;
  size_t i = 0, step = AD_CAT(HALF_STEP, AD_KERNEL_SUFFIX);
  for (; i + step <= n; i += step) STORE_FLOATS(out + i, FROM_F16(LOAD_WORDS(in + i)));
  for (; i < n; i++) out[i] = ad_f32_from_f16(in[i]);
}

static void NAME(f32, f16)(size_t n, void *out_, const void *in_) {
  uint16_t *out = out_;
  const float *in = in_;
  size_t i = 0, step = AD_CAT(HALF_STEP, AD_KERNEL_SUFFIX);
  for (; i + step <= n; i += step) STORE_WORDS(out + i, TO_F16(LOAD_FLOATS(in + i)));
  for (; i < n; i++) out[i] = ad_f32_to_f16(in[i]);
}

#undef WORDS
#undef LOAD_WORDS
#undef STORE_WORDS
#undef LOAD_FLOATS
#undef STORE_FLOATS
#undef FLOATS
#undef FROM_F16
#undef TO_F16
