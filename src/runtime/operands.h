/* Operands of any layout, brought block by block to where kernels can read them: contiguous, in the kernel's lane.
 *
 * Several operands are read over one space, the result's axes with those merged that every operand steps through evenly. An
 * operand that lies in order is read in place; one element for all is spread once; anything else is gathered into a block. */
#ifndef AD_RUNTIME_OPERANDS_H
#define AD_RUNTIME_OPERANDS_H

#include "runtime/exec.h"

enum { AD_OPERAND_BLOCK = 1024, AD_OPERANDS_MOST = 16 };

typedef struct ad_elt_operand {
  const char *data;
  int64_t strides[AD_MAX_RANK]; /* bytes, over the space's axes; 0 where it is broadcast */
  ad_dtype dtype, lane;         /* stored as, read as */
  size_t item;
  ad_value temp; /* a row-major copy, where reading in order would jump from line to line */
  bool flat;     /* row-major over the whole space: read where it lies, but for a cast */
  bool single;   /* one element for the whole space */
} ad_elt_operand;

typedef struct ad_space {
  int rank; /* at least 1 */
  int64_t dims[AD_MAX_RANK];
} ad_space;

typedef struct ad_block {
  _Alignas(64) char bytes[AD_OPERAND_BLOCK * 16];
} ad_block;

/* The caller frees temp, whose type is the array's. */
ad_status ad__operand_begin(ad_exec *x, const ad_array *a, ad_dtype lane, ad_elt_operand *o);
/* The space of a result of type t; sets the operands' strides over it. n <= AD_OPERANDS_MOST. */
void ad__space_begin(ad_space *s, const ad_type *t, ad_array *const *arrays, ad_elt_operand *o, int n);
/* The element at `at`, n times, into the lane's block. */
void ad__operand_spread(const ad_kernels *k, const char *at, const ad_elt_operand *o, size_t n, ad_block *raw, ad_block *lane);
/* Where a kernel shall read elements [begin, begin + n), n <= AD_OPERAND_BLOCK, of an operand. `one_row`: they lie in one row
 * of the space; *spread is the element that fills the lane's block since an earlier one. One that is `single` is spread before. */
const void *ad__operand_stage(const ad_kernels *k, const ad_space *s, const ad_elt_operand *o, size_t begin, size_t n, bool one_row,
                              const char **spread, ad_block *raw, ad_block *lane);

#endif
