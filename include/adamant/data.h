/* Data for training: shuffled batches of samples, made ahead by a thread, and tables as text.
 *
 *   ad_array *data = ad_record(c, (const char *const[]){"x", "y"}, (ad_array *[]){images, labels}, 2);    first axes: samples
 *   ad_batches *batches = ad_batches_new(c, data, 64, &(ad_batches_opts){.seed = 7});
 *   for (int epoch = 0; epoch < 10; epoch++)
 *     for (ad_array *b; ad_batches_next(batches, &b);) r = ad_call(step, params, state, ad_field(b, "x"), ad_field(b, "y"));
 *   ad_batches_free(batches);
 *
 * A source is any tree of arrays, mapped from npy, npz or safetensors files for instance (ad_load), or a function that writes a sample
 * into given memory. The order of an epoch follows from the seed and its number alone, so a position, (epoch, batches given), is all
 * that a checkpoint needs to go on with the same batches bit for bit. */
#ifndef ADAMANT_DATA_H
#define ADAMANT_DATA_H

#include <adamant/core.h>
#include <adamant/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_batches ad_batches;

typedef struct ad_batches_opts {
  uint64_t seed;   /* of the order */
  bool in_order;   /* samples as they stand, every epoch */
  bool drop_last;  /* leaves out the last batch of an epoch where it is shorter than the others */
  ad_int prefetch; /* how many batches a thread makes ahead, up to 64; default 2; 0: each when it is asked for, without a thread */
} ad_batches_opts;

/* Batches of `size` samples of a tree of arrays, whose first axes are equally long and not empty (else AD_E_VALUE). The arrays are
 * evaluated and held. NULL when memory ran out, which the functions below take as well; any other failure is what the first
 * ad_batches_next gives. opts may be NULL. */
AD_API ad_batches *ad_batches_new_at(ad_place where, ad_ctx *c, ad_array *data, int64_t size, const ad_batches_opts *opts);
#define ad_batches_new(...) ad_batches_new_at(AD_HERE, __VA_ARGS__)

/* Writes sample number `index` to leaves[k], as many bytes as leaf k of a sample has, in row-major order. Called by one thread at
 * a time, though not the context's, which it must not use. False: there is no such sample, and the batch is an error. */
typedef bool (*ad_sample_function)(void *user, int64_t index, void *const *leaves);
/* The same of `count` samples that a function writes. `like` is a tree of arrays with the shapes and dtypes of one sample, without
 * the axis of samples. release(user), which may be NULL, is called once, at the end or when this fails. */
AD_API ad_batches *ad_batches_from_at(ad_place where, ad_ctx *c, ad_array *like, int64_t count, ad_sample_function f, void *user,
                                      void (*release)(void *user), int64_t size, const ad_batches_opts *opts);
#define ad_batches_from(...) ad_batches_from_at(AD_HERE, __VA_ARGS__)
AD_API void ad_batches_free(ad_batches *b);

/* The next batch, a tree of the data's form in the innermost scope, and true; false after the last batch of an epoch, when
 * *batch is an empty tuple and the next call begins the next epoch. A failure is an error array, and true. */
AD_API bool ad_batches_next_at(ad_place where, ad_batches *b, ad_array **batch);
#define ad_batches_next(...) ad_batches_next_at(AD_HERE, __VA_ARGS__)
/* Batches in an epoch, and samples. */
AD_API int64_t ad_batches_count(const ad_batches *b);
AD_API int64_t ad_batches_samples(const ad_batches *b);
/* Where the next batch is: the epoch, and how many of its batches were given. */
AD_API void ad_batches_position(const ad_batches *b, uint64_t position[2]);
/* Goes on from there. AD_E_VALUE when an epoch has fewer batches, or b has failed. */
AD_API ad_status ad_batches_seek(ad_batches *b, const uint64_t position[2]);

/* ---- Tables as text ---------------------------------------------------------------------------------- */

typedef struct ad_csv_opts {
  char separator;  /* 0: ',' */
  bool no_header;  /* the first line is data, and columns are named c0, c1, ... */
  ad_dtype dtype;  /* of columns of numbers that are not all whole; float32 or float64, default float32 */
  /* Columns of text become int32: 0 for the first text that occurs, 1 for the next one... Told each time a new one occurs. NULL: a
   * text that is no number is refused. */
  void (*label)(void *user, const char *column, int32_t code, const char *text);
  void *user;
} ad_csv_opts;

/* The columns of a CSV file (RFC 4180: quotes around fields, doubled inside them; lines may end in CR LF, fields hold line breaks) as a
 * record of vectors by their names. A column of whole numbers is int64; of true and false, bool; of other numbers, nan and inf, a
 * float, in which an empty field is NaN. A line with another number of fields than the first is refused (AD_E_FORMAT) with both
 * line numbers, as is what is no number; empty lines are passed over where there are several columns. opts may be NULL. */
AD_API ad_array *ad_load_csv_at(ad_place where, ad_ctx *c, const char *path, const ad_csv_opts *opts);
#define ad_load_csv(...) ad_load_csv_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
