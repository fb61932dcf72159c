/* The npy format, versions 1.0, 2.0 and 3.0 (NumPy Enhancement Proposal 1 and numpy.lib.format).
 *
 * A file is a magic string, a version, the length of the header, the header (a Python dict literal with the keys
 * descr, fortran_order and shape) and the elements. The header is read by a parser for exactly such a dict:
 * nothing is evaluated. Object, structured, text, date and void dtypes are refused by name; bfloat16, which NumPy has
 * no name for, travels as a two-byte void. Not here: pickles, memory-mapped writing. */
#ifndef AD_IO_NPY_FORMAT_H
#define AD_IO_NPY_FORMAT_H

#include "io/tensor_file.h"

enum { AD_NPY_HEADER_MOST = 10000, AD_NPY_PREFIX_MOST = 12 };

/* The length of the part before the elements, read from its first bytes: at least min(size, 12) of them at data. */
ad_status ad__npy_header_size(const void *data, size_t n, uint64_t size, const char *where, size_t *out, ad_err *e);
/* Reads the header at the start of data[0..n), whose length ad__npy_header_size gave, of an npy of `size` bytes in all.
 * Checks that the elements end where the npy does. where begins every message. */
ad_status ad__npy_parse(const void *data, size_t n, uint64_t size, const char *where, ad_tensor_file *out, ad_err *e);
/* Both: data[0..size) is the whole npy. */
ad_status ad__npy_read(const void *data, size_t size, const char *where, ad_tensor_file *out, ad_err *e);
/* Appends magic, version 1.0 and header for elements in row-major order, padded to a multiple of 64 bytes. */
void ad__npy_write_header(ad_text *out, ad_dtype dtype, int rank, const int64_t *dims);

#endif
