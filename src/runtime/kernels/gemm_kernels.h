/* Matrix product kernels: what one instruction set offers to runtime/gemm.c.
 *
 * Every element of a product is a sum over k in rising order, one fused multiply-add a step, begun anew every AD_GEMM_DEPTH steps;
 * the sums of these blocks are added in order. That fixes the bits by the length of k alone: not by tile, instruction
 * set, thread count, strides, or whether an operand was packed. Integers wrap.
 * A product of one element is summed in another way, see `dot`.
 * Lanes are what is computed in: half types are converted while packing, a complex product is a real one of twice the
 * depth and columns. Strides and steps are in elements of the lane. */
#ifndef AD_RUNTIME_KERNELS_GEMM_KERNELS_H
#define AD_RUNTIME_KERNELS_GEMM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/dtype.h>

enum {
  AD_GEMM_DEPTH = 384,   /* steps of k whose products are summed before they meet the others */
  AD_GEMM_STREAM_ROWS = 8, /* rows of a product that is bound by reading its right operand */
  AD_GEMM_DOT_PARTS = 128, /* partial sums of a product of one element */
  AD_GEMM_SLACK = 64,    /* elements that packing may write behind a packed block */
  AD_GEMM_FETCH_FROM = 96, /* a tile of so many steps fetches a row of its result */
  AD_GEMM_FETCH_STEPS = 12, /* every so many steps or less, */
  AD_GEMM_FETCH_ROWS = 32 /* and one that packs fetches b so many rows ahead */
};

typedef enum ad_gemm_store {
  AD_GEMM_SET,   /* the first block of k */
  AD_GEMM_ADD,   /* a later one */
  AD_GEMM_STREAM /* the first and only one, of a result too large to be kept in a cache */
} ad_gemm_store;

/* A block of a product: rows x depth of a times depth x columns of b, one panel of b wide.
 * a: row i, step k at (i / height) * a_panel + (i % height) * a_row + k * a_step, one of a_row and a_step is 1;
 * b: step k, column j at k * b_step + j, a whole panel may be read whatever `columns`;
 * c: row i, column j at i * c_row + j.
 * packed, unless NULL: the panel, which must be a whole one, is also written there, columns side by side;
 * start, unless NULL: what the sums of a narrow product begin with, one for each column. */
typedef struct ad_gemm_panel {
  size_t rows, columns, depth, height;
  const void *a, *b;
  ptrdiff_t a_panel, a_row, a_step, b_step, c_row;
  void *c, *packed;
  const void *start;
  ad_gemm_store store;
  const void *ahead; /* rows of b that will be wanted after this panel, as wide: asked for bit by bit */
  ptrdiff_t ahead_step;
  size_t ahead_rows; /* 0: none */
} ad_gemm_panel;

/* rows <= AD_GEMM_STREAM_ROWS. a is packed: step k, row i at k * rows + i. b is read once, in the order of memory; the
 * sums live in `sums`: rows times the columns, plus 512 bytes a row. */
typedef struct ad_gemm_stream {
  size_t rows, columns, depth;
  const void *a, *b;
  ptrdiff_t b_step, c_row;
  void *c, *sums;
  ad_gemm_store store;
} ad_gemm_stream;

/* A block that is a sum of such products: tap t has its operands at panel.a + a_at[t] and panel.b + b_at[t], in elements.
 * Strides of a are free. `lanewise`: columns have left operands of their own, row i, step k, column j is j behind row i, step k;
 * panel.columns may then be any number. */
typedef struct ad_gemm_taps {
  ad_gemm_panel panel;
  size_t taps;
  const ptrdiff_t *a_at, *b_at;
  bool lanewise;
} ad_gemm_taps;

/* out[k * width + i] = in[i * row + k * step] for i < rows and k < depth, zero for rows <= i < width. Writes up to
 * AD_GEMM_SLACK elements more. */
typedef void (*ad_gemm_pack_fn)(size_t rows, size_t width, size_t depth, void *out, const void *in, ptrdiff_t row,
                                ptrdiff_t step);

typedef struct ad_gemm_lane {
  size_t item;      /* bytes of an element */
  size_t rows;      /* of a tile at most */
  size_t columns;   /* of a tile, the width of a panel of b */
  void (*panel)(const ad_gemm_panel *p);
  void (*stream)(const ad_gemm_stream *s); /* NULL: integers have none */
  void (*taps)(const ad_gemm_taps *t); /* NULL: integers have none */
  /* One element, where rows and columns are 1: its partial sums are those of k modulo AD_GEMM_DOT_PARTS. */
  void (*dot)(size_t depth, const void *a, ptrdiff_t a_step, const void *b, ptrdiff_t b_step, void *out);
  ad_gemm_pack_fn pack;
} ad_gemm_lane;

typedef enum ad_gemm_lanes { AD_GEMM_F32, AD_GEMM_F64, AD_GEMM_U8, AD_GEMM_U16, AD_GEMM_U32, AD_GEMM_U64, AD_GEMM_LANES } ad_gemm_lanes;

/* Products of elements narrower than their sums, see gemm_narrow_avx512.c. Operands are packed into words of `group` elements,
 * which are the elements of the lane; the last word is filled up with zeros. Packing is as in a lane, but its depth is in
 * elements and its strides in bytes. */
typedef struct ad_gemm_narrow {
  const ad_gemm_lane *lane;
  size_t group, depth; /* words whose products are summed before they meet the others */
  ad_gemm_pack_fn pack_a, pack_b;
  void (*start)(size_t words, const void *packed_b, void *start); /* NULL: sums begin with 0 */
} ad_gemm_narrow;

/* By the dtypes of a and b; the sums are float32 of bfloat16, else 32-bit integers. */
typedef enum ad_gemm_narrows {
  AD_GEMM_BF16, AD_GEMM_I8_I8, AD_GEMM_U8_I8, AD_GEMM_I8_U8, AD_GEMM_U8_U8, AD_GEMM_I16_I16, AD_GEMM_NARROWS
} ad_gemm_narrows;

typedef struct ad_gemm_kernels {
  const ad_gemm_lane *lane[AD_GEMM_LANES];
  const ad_gemm_narrow *narrow; /* NULL, or for processors with avx512_bf16 and avx512_vnni */
} ad_gemm_kernels;

extern const ad_gemm_kernels ad__gemm_kernels_portable;
#if defined(__x86_64__)
extern const ad_gemm_kernels ad__gemm_kernels_avx2;
extern const ad_gemm_kernels ad__gemm_kernels_avx512;
extern const ad_gemm_narrow ad__gemm_narrow_avx512[AD_GEMM_NARROWS];
#endif

#endif
