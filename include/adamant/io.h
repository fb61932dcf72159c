/* Files of arrays: npy, npz and safetensors.
 *
 *   ad_array *w = ad_load(c, "weights.safetensors", NULL);          a record of arrays, mapped, nothing copied
 *   ad_array *x = ad_field(w, "layer.0.bias");
 *   char why[256];
 *   if (ad_save("x.npy", x, &(ad_save_opts){ .error = why, .error_size = sizeof why }) != AD_OK) puts(why);
 *
 * Reading trusts nothing: a file that is cut short, contradicts itself or asks for more than it has is refused with
 * the byte at which it does. Writing is atomic: a temporary file beside the target replaces it when complete. */
#ifndef ADAMANT_IO_H
#define ADAMANT_IO_H

#include <adamant/core.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_load_opts {
  const char *format; /* "npy", "npz" or "safetensors"; NULL: what the file name ends in */
  bool copy;          /* read the file into memory. Otherwise it is mapped, and arrays use it in place where they can:
                         it must then not be made shorter by anybody while they live */
  void (*note)(void *user, const char *key, const char *value); /* called for each pair of a safetensors' metadata */
  void *user;
  const void *data; /* the bytes of a file, which is then not opened: the path only stands in messages. Copied */
  size_t size;      /* how many */
} ad_load_opts;

/* The array of an npy; a record of the arrays of an npz or safetensors, in file order. 8-bit floats come as uint8, raw
 * pairs of bytes as bfloat16. opts may be NULL. */
AD_API ad_array *ad_load_at(ad_place where, ad_ctx *c, const char *path, const ad_load_opts *opts);
#define ad_load(...) ad_load_at(AD_HERE, __VA_ARGS__)

typedef struct ad_save_opts {
  const char *const *metadata; /* safetensors: key, value, key, value, ..., NULL */
  char *error;                 /* takes the message of a failure, cut to error_size bytes; "" after success */
  size_t error_size;
  /* Takes the whole file, all at once, and no file is written: the path only stands in messages. The bytes are gone when it returns. */
  void (*bytes)(void *user, const void *data, size_t size);
  void *user;
} ad_save_opts;

/* These evaluate first. The path is used as it is given; a failure leaves the old file. opts may be NULL.
 * `arrays` is a record, whose names are used; a tuple or one array, named arr_0, arr_1, ...
 * NumPy has no bfloat16 and sees raw pairs of bytes ('V2'); safetensors has no complex128 and gets a "C128" of ours. */
AD_API ad_status ad_save_at(ad_place where, const char *path, ad_array *array, const ad_save_opts *opts);
AD_API ad_status ad_savez_at(ad_place where, const char *path, ad_array *arrays, const ad_save_opts *opts);
AD_API ad_status ad_savez_compressed_at(ad_place where, const char *path, ad_array *arrays, const ad_save_opts *opts);
AD_API ad_status ad_save_safetensors_at(ad_place where, const char *path, ad_array *arrays, const ad_save_opts *opts);
#define ad_save(...) ad_save_at(AD_HERE, __VA_ARGS__)
#define ad_savez(...) ad_savez_at(AD_HERE, __VA_ARGS__)
#define ad_savez_compressed(...) ad_savez_compressed_at(AD_HERE, __VA_ARGS__)
#define ad_save_safetensors(...) ad_save_safetensors_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
