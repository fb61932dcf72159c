/* Checkpoints: a whole run in one file, to go on from bit for bit.
 *
 *   uint32_t words[2];
 *   ad_random_state(c, words);
 *   ad_array *run = ad_record(c, (const char *const[]){"params", "optimiser", "random", "data"},
 *                             (ad_array *[]){params, state, ad_array_new(c, AD_UINT32, AD_SHAPE(2), words), ad_batches_position(b)}, 4);
 *   ad_checkpoint_save("run/checkpoints", step, run, NULL);
 *   ...
 *   int64_t step = ad_checkpoint_newest("run/checkpoints");                    -1 when there is none
 *   if (step >= 0) run = ad_checkpoint_load(c, "run/checkpoints", step, run);  a tree of the same form
 *
 * What is kept is a tree of arrays of the caller's choice; the file is a safetensors whose tensors are named by their paths in the tree, as
 * params.layers.0.weight. A checkpoint is there as a whole or not at all, after a kill, a full disk or a loss of power: it is written beside
 * its place, flushed, renamed, and the folder flushed. A folder belongs to one run, which one process writes at a time. */
#ifndef ADAMANT_CHECKPOINT_H
#define ADAMANT_CHECKPOINT_H

#include <adamant/core.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_checkpoint_opts {
  int keep;                    /* the newest so many stay in the folder, others are removed once the new one is safe; 0: 3 */
  const char *const *metadata; /* kept in the file: key, value, key, value, ..., NULL */
  char *error;                 /* takes the message of a failure, cut to error_size bytes; "" after success */
  size_t error_size;
} ad_checkpoint_opts;

/* Evaluates the tree and writes it as FOLDER/checkpoint-STEP.safetensors, in place of one of that step; the folder is made if it is not
 * there. step is 0 or more. After a failure (AD_E_OS: the disk is full, for one) nothing is left of the new file, and
 * older checkpoints are as they were. */
AD_API ad_status ad_checkpoint_save_at(ad_place where, const char *folder, int64_t step, ad_array *tree, const ad_checkpoint_opts *opts);
#define ad_checkpoint_save(...) ad_checkpoint_save_at(AD_HERE, __VA_ARGS__)

/* The largest step of which there is a checkpoint in the folder; -1 when there is none, or no folder. */
AD_API int64_t ad_checkpoint_newest(const char *folder);

/* The tree of the checkpoint of that step, of the form of `like`, whose elements are not looked at. AD_E_VALUE when the file holds other
 * names, shapes or dtypes, some of which the message tells. Arrays lie in the file until they are changed. */
AD_API ad_array *ad_checkpoint_load_at(ad_place where, ad_ctx *c, const char *folder, int64_t step, ad_array *like);
#define ad_checkpoint_load(...) ad_checkpoint_load_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
