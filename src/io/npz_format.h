/* The npz format: a zip of npy files, one to an array, named after it with ".npy" behind.
 *
 * Opening checks the archive and every npy header, decompressing no more than the headers; elements are read one
 * array at a time. Elements of a stored entry may be used in place once their checksum has been compared.
 * Not here: entries that are no npy (refused), pickles. */
#ifndef AD_IO_NPZ_FORMAT_H
#define AD_IO_NPZ_FORMAT_H

#include "base/zip.h"
#include "io/tensor_file.h"

typedef struct ad_npz {
  ad_zip zip;
  ad_tensor_file *items; /* one for each entry of zip, same order; offset counts from the start of its npy */
  size_t count;
} ad_npz;

/* Needs data and where to live until close. limits may be NULL. On failure nothing is left to close. */
ad_status ad__npz_open(ad_mem *mem, const void *data, size_t size, const char *where, const ad_zip_limits *limits, ad_npz *out,
                       ad_err *e);
void ad__npz_close(ad_npz *z);
/* The elements of item i as they stand in the file, items[i].bytes of them, checked against the checksum. */
ad_status ad__npz_read(const ad_npz *z, size_t i, void *out, ad_err *e);
/* The elements in place after a check of the checksum; *out is NULL when the entry is compressed. */
ad_status ad__npz_view(const ad_npz *z, size_t i, const void **out, ad_err *e);

/* Appends one array to an archive being written. data are its elements in row-major order. */
ad_status ad__npz_write(ad_zip_writer *w, const char *name, size_t n, ad_dtype dtype, int rank, const int64_t *dims,
                        const void *data, bool deflated, ad_err *e);

#endif
