/* Matrix products of narrow elements by instructions that multiply two or four and add them up: bfloat16 in pairs into float32
 * (vdpbf16ps), 8-bit integers by fours and 16-bit ones in pairs into 32-bit sums (vpdpbusd, vpdpwssd).
 *
 * Both operands are packed into words of 4 bytes, a word holding consecutive steps of k; a word then takes the place of an
 * element in gemm_lane.h. The bits are those of the plain way: vdpbf16ps adds its two products one after the other,
 * each with one rounding, the odd one first (Intel SDM volume 2, VDPBF16PS), so the earlier step lies in the odd half; sums and
 * elements below 2^-126 alone are taken for zero. Integer sums are exact modulo 2^32.
 * vpdpbusd takes its left elements as unsigned: signed ones are raised by 128 while they are packed, and each panel of b
 * begins with minus 128 times its columns' sums. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 3
#define AD_KERNEL_SUFFIX _avx512
#include "runtime/kernels/gemm_vectors.h"

#define PANEL_ONLY
#define LANE _bf16
#define T float
#define ROWS FLOAT_ROWS
#define VECTORS FLOAT_VECTORS
#define FMA(x, y, z) (V)_mm512_dpbf16_ps((__m512)(z), (__m512bh)(x), (__m512bh)(y))
#define SPLAT(x) (gemm_vector_bf16_avx512)_mm512_set1_ps(x)
#include "runtime/kernels/gemm_lane.h"

#define PANEL_ONLY
#define LANE _quads
#define T uint32_t
#define ROWS FLOAT_ROWS
#define VECTORS FLOAT_VECTORS
#define FMA(x, y, z) (V)_mm512_dpbusd_epi32((__m512i)(z), (__m512i)(x), (__m512i)(y))
#define SPLAT(x) (gemm_vector_quads_avx512)_mm512_set1_epi32((int)(x))
#include "runtime/kernels/gemm_lane.h"

#define PANEL_ONLY
#define LANE _pairs
#define T uint32_t
#define ROWS FLOAT_ROWS
#define VECTORS FLOAT_VECTORS
#define FMA(x, y, z) (V)_mm512_dpwssd_epi32((__m512i)(z), (__m512i)(x), (__m512i)(y))
#define SPLAT(x) (gemm_vector_pairs_avx512)_mm512_set1_epi32((int)(x))
#include "runtime/kernels/gemm_lane.h"

/* ---- Packing ---- */

/* name: GROUP elements of type S make a word, BITS_OF(x) is what one contributes, AT(t) the bit where step t begins, and
 * MADE_OF(w) the word that is made of one that lies in memory, where elements are as wide as in words. Steps and rows behind the
 * last ones are zero elements. */
#define PACK(name, S, GROUP, BITS_OF, AT, MADE_OF)                                                                              \
  INLINE uint32_t name##_word(const char *in, ptrdiff_t step, size_t steps) {                                          \
    uint32_t word = 0;                                                                                                 \
    AD_UNROLL for (size_t t = 0; t < steps; t++) word |= BITS_OF(*(const S *)(const void *)(in + (ptrdiff_t)t * step)) << AT(t); \
    return word;                                                                                                       \
  }                                                                                                                    \
  static void name(size_t rows, size_t width, size_t depth, void *out_, const void *in_, ptrdiff_t row, ptrdiff_t step) { \
    const char *in = in_;                                                                                              \
    uint32_t *out = out_;                                                                                              \
    size_t whole = depth / GROUP, left = depth % GROUP;                                                                \
    if (row == sizeof(S)) {                                                                                            \
      for (size_t k = 0; k < whole; k++) {                                                                             \
        const char *at = in + (ptrdiff_t)(k * GROUP) * step;                                                           \
        AD_LOOP for (size_t i = 0; i < rows; i++) out[k * width + i] = name##_word(at + i * sizeof(S), step, GROUP);   \
      }                                                                                                                \
    } else if (step == sizeof(S) && GROUP * sizeof(S) == sizeof *out && row % (ptrdiff_t)sizeof *out == 0) {          \
      ad__gemm_kernels_avx512.lane[AD_GEMM_F32]->pack(rows, width, whole, out, in, row / (ptrdiff_t)sizeof *out, 1);  \
      AD_LOOP for (size_t i = 0; i < whole * width; i++) out[i] = MADE_OF(out[i]);                                    \
    } else {                                                                                                           \
      const ptrdiff_t apart = step == sizeof(S) ? (ptrdiff_t)sizeof(S) : step;                                         \
      for (size_t i = 0; i < rows; i++)                                                                                \
        for (size_t k = 0; k < whole; k++)                                                                             \
          out[k * width + i] = name##_word(in + (ptrdiff_t)i * row + (ptrdiff_t)(k * GROUP) * apart, apart, GROUP);    \
    }                                                                                                                  \
    for (size_t i = 0; left && i < rows; i++)                                                                          \
      out[whole * width + i] = name##_word(in + (ptrdiff_t)i * row + (ptrdiff_t)(whole * GROUP) * step, step, left);   \
    for (size_t k = 0; rows < width && k < whole + (left != 0); k++)                                                   \
      memset(out + k * width + rows, 0, (width - rows) * sizeof *out);                                                 \
  }
#define AT_16(t) (16 * (t))
#define AT_8(t) (8 * (t))
#define AT_ODD_FIRST(t) (16 - 16 * (t))
#define BITS_8(x) (uint32_t)(uint8_t)(x)
#define BITS_8_RAISED(x) ((uint32_t)(uint8_t)(x) ^ 0x80u)
#define BITS_16(x) (uint32_t)(uint16_t)(int16_t)(x)
#define MADE_ALIKE(w) (w)
#define MADE_RAISED(w) ((w) ^ 0x80808080u)
#define MADE_TURNED(w) ((w) << 16 | (w) >> 16)
PACK(pack_bf16, uint16_t, 2, BITS_16, AT_ODD_FIRST, MADE_TURNED)
PACK(pack_quads, uint8_t, 4, BITS_8, AT_8, MADE_ALIKE)
PACK(pack_quads_raised, uint8_t, 4, BITS_8_RAISED, AT_8, MADE_RAISED)
PACK(pack_pairs_i8, int8_t, 2, BITS_16, AT_16, MADE_ALIKE)
PACK(pack_pairs_u8, uint8_t, 2, BITS_16, AT_16, MADE_ALIKE)
PACK(pack_pairs_i16, int16_t, 2, BITS_16, AT_16, MADE_ALIKE)

static void start_of_raised(size_t words, const void *b_, void *start_) {
  const uint32_t *b = b_;
  uint32_t *start = start_;
  __m512i low = _mm512_setzero_si512(), high = low, by = _mm512_set1_epi8((char)0x80);
  for (size_t k = 0; k < words; k++, b += 32) {
    low = _mm512_dpbusd_epi32(low, by, _mm512_loadu_si512(b));
    high = _mm512_dpbusd_epi32(high, by, _mm512_loadu_si512(b + 16));
  }
  _mm512_storeu_si512(start, _mm512_sub_epi32(_mm512_setzero_si512(), low));
  _mm512_storeu_si512(start + 16, _mm512_sub_epi32(_mm512_setzero_si512(), high));
}
_Static_assert(gemm_WIDTH_quads_avx512 == 32, "start_of_raised writes two vectors");

enum { PAIRS_DEPTH = AD_GEMM_DEPTH / 2 }; /* the bits of a float32 sum depend on it */
const ad_gemm_narrow ad__gemm_narrow_avx512[AD_GEMM_NARROWS] = {
    [AD_GEMM_BF16] = {&gemm_lane_bf16_avx512, 2, PAIRS_DEPTH, pack_bf16, pack_bf16, NULL},
    [AD_GEMM_I8_I8] = {&gemm_lane_quads_avx512, 4, AD_GEMM_DEPTH, pack_quads_raised, pack_quads, start_of_raised},
    [AD_GEMM_U8_I8] = {&gemm_lane_quads_avx512, 4, AD_GEMM_DEPTH, pack_quads, pack_quads, NULL},
    [AD_GEMM_I8_U8] = {&gemm_lane_pairs_avx512, 2, AD_GEMM_DEPTH, pack_pairs_i8, pack_pairs_u8, NULL},
    [AD_GEMM_U8_U8] = {&gemm_lane_pairs_avx512, 2, AD_GEMM_DEPTH, pack_pairs_u8, pack_pairs_u8, NULL},
    [AD_GEMM_I16_I16] = {&gemm_lane_pairs_avx512, 2, AD_GEMM_DEPTH, pack_pairs_i16, pack_pairs_i16, NULL},
};

#include "runtime/kernels/isa_end.h"
#else
typedef int ad__no_gemm_narrow_avx512; /* a translation unit must not be empty */
#endif
