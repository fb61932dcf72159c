/* The safetensors format: a JSON header of names, dtypes, shapes and byte ranges, then the bytes.
 *
 * Read as strictly as the format's own reader: the ranges, in order, must cover everything behind the header
 * with no hole and no overlap, each as long as its shape and dtype say. The 8-bit float kinds come back as uint8;
 * kinds below a byte are refused. complex128, for which the format has no name, is written as "C128", which other
 * readers will refuse. Written files are deterministic and hold the widest elements first, so that every tensor
 * is aligned. Not here: several files with an index. */
#ifndef AD_IO_SAFETENSORS_FORMAT_H
#define AD_IO_SAFETENSORS_FORMAT_H

#include "io/tensor_file.h"

/* Reads the header of data[0..size). Offsets in the list count from the start of the file, items are in the order of
 * their bytes, notes are `__metadata__`. On failure there is nothing to free. */
ad_status ad__safetensors_read(ad_mem *mem, const void *data, size_t size, const char *where, ad_tensor_list *out, ad_err *e);
void ad__tensor_list_free(ad_tensor_list *l);

/* Fills in offset and bytes of each item and puts the item numbers in file order into order[0..n); appends the first
 * part of the file, up to the first element, to out. Names must differ and be none of "__metadata__". */
ad_status ad__safetensors_plan(ad_mem *mem, ad_tensor_file *items, size_t n, const ad_tensor_note *notes, size_t note_count,
                               size_t *order, ad_text *out, ad_err *e);

#endif
