/* A tensor as a file describes it: the common answer of every tensor format.
 *
 * Invariant, once a format reader has returned it: the dtype is one of ours, dims are not negative, the product of
 * those that are not zero fits an int64, `bytes` is the product of all times the element size, and
 * offset..offset + bytes lies inside the data the reader was given. Nothing here knows arrays. */
#ifndef AD_IO_TENSOR_FILE_H
#define AD_IO_TENSOR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/dtype.h>
#include "base/arena.h"
#include "base/str.h"

typedef struct ad_tensor_file {
  const char *name; /* "" where the format has none; a NUL follows */
  size_t name_length;
  ad_dtype dtype;
  int rank;
  int64_t dims[AD_MAX_RANK];
  uint64_t offset; /* of the first element, in the file or in the zip entry */
  uint64_t bytes;
  bool fortran; /* the first axis runs fastest */
  bool swapped; /* the bytes of each number stand in the other order than this machine's */
} ad_tensor_file;

typedef struct ad_tensor_note { /* one pair of text kept beside the tensors */
  const char *key;
  const char *value;
  size_t key_length, value_length;
} ad_tensor_note;

typedef struct ad_tensor_list {
  ad_arena arena; /* of everything below */
  ad_tensor_file *items;
  size_t count;
  ad_tensor_note *notes;
  size_t note_count;
} ad_tensor_list;

/* Fills t->bytes from dtype and dims. False when a product does not fit: that of the dims which are not zero too, since
 * strides are made of it. */
bool ad__tensor_file_measure(ad_tensor_file *t);
/* "float32 (2, 3)" into a buffer that holds any. */
enum { AD_TENSOR_FILE_TEXT = 32 + 22 * AD_MAX_RANK };
void ad__tensor_file_describe(const ad_tensor_file *t, char out[AD_TENSOR_FILE_TEXT]);
/* Reverses the bytes of each number in place; a complex number is two. */
void ad__tensor_file_swap(ad_dtype dtype, void *data, size_t bytes);

#endif
