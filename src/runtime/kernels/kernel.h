/* Kernels: their signatures and the tables that hold them, one set of tables per instruction set.
 *
 * A kernel works on contiguous elements of one lane (element type). Operands may be the very output (in place), but
 * otherwise do not overlap it. Everything else (strides, broadcasting, half types, threads, streaming stores) is done
 * around the kernels, in blocks that fit the first-level cache. */
#ifndef AD_RUNTIME_KERNELS_KERNEL_H
#define AD_RUNTIME_KERNELS_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include "base/cpu.h"
#include "base/prefetch.h"
#include <adamant/dtype.h>
#include "runtime/kernels/fft_kernels.h"
#include "runtime/kernels/gemm_kernels.h"
#include "runtime/kernels/linalg_kernels.h"
#include "runtime/kernels/random_kernels.h"
#include "runtime/kernels/reduce_kernels.h"
#include "runtime/kernels/register_kernels.h"
#include "runtime/kernels/row_kernels.h"
#include "runtime/kernels/tap_kernels.h"
#include "runtime/kernels/sort_kernels.h"
#include "runtime/kernels/spectral_kernels.h"

/* The elementwise ops among themselves: op AD_OP_x has the place AD_ELT_x, and both lists have one order. */
typedef enum ad_elt_place {
#define AD_OP(name) AD_ELT_##name,
#include "ops/elementwise_list.def"
#undef AD_OP
  AD_ELT_COUNT
} ad_elt_place;

typedef void (*ad_elt_fn)(size_t n, void *out, const void *a, const void *b, const void *c);
typedef void (*ad_cast_fn)(size_t n, void *out, const void *in);

typedef struct ad_kernels {
  const ad_elt_fn *elementwise[AD_DTYPE_COUNT]; /* [dtype of the lane][place]; of a half type: what works on its bits */
  const ad_elt_fn *elementwise_float16; /* [place]: float32 kernels for operands that were float16, or NULL */
  const ad_elt_fn *stored_half[AD_DTYPE_COUNT]; /* [half type][place]: what reads and writes it and computes in float32 */
  const ad_cast_fn (*cast)[AD_DTYPE_COUNT];       /* [from][to] */
  void (*stream_copy)(void *out, const void *in, size_t bytes); /* non-temporal where there is such a thing */
  const ad_reduce_kernels *reduce;
  const ad_row_kernels *row;
  const ad_gemm_kernels *gemm;
  const ad_fft_kernels *fft; /* of float, and of double */
  const ad_linalg_kernels *linalg, *linalg_complex; /* of real numbers, and of complex ones, both by lane */
  const ad_random_kernels *random;
  const ad_tap_kernels *tap;
  const ad_sort_kernels *sort;
  const struct ad_spectral_rows *spectral;
  const ad_register_set *const *registers; /* by lane, each NULL where there is none; NULL without such a form */
} ad_kernels;

extern const ad_kernels ad__kernels_portable;
#if defined(__x86_64__)
extern const ad_kernels ad__kernels_avx2;
extern const ad_kernels ad__kernels_avx512;
#endif

/* The tables of an instruction set this program was built with. */
const ad_kernels *ad__kernels_of(ad_isa isa);

/* A loop whose iterations may be done side by side: operands overlap the output only when they are the output. That is a
 * permission: clang need not warn of loops (division of integers, functions of complex numbers) that it runs one by one. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed"
#define AD_LOOP _Pragma("clang loop vectorize(assume_safety) interleave_count(2)")
#elif defined(__GNUC__)
#define AD_LOOP _Pragma("GCC ivdep")
#else
#define AD_LOOP
#endif

/* Elements that a guarded loop looks at before it chooses how to compute them. */
enum { AD_GUARDED = 512 };

#define AD_CAT_(a, b) a##b
#define AD_CAT(a, b) AD_CAT_(a, b)

#endif
