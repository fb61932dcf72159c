/* Evaluation from inside: a run is a schedule of nodes, computed here or on a stream's thread. */
#ifndef AD_ARRAY_EVAL_H
#define AD_ARRAY_EVAL_H

#include <pthread.h>
#include "runtime/exec.h"

struct ad_run {
  ad_step *steps;
  size_t count;
  ad_stream *stream;
  ad_run *next;  /* in the stream's queue */
  ad_run *later; /* the next one to be published */
  size_t bytes;  /* of this block */
  bool done;     /* under the stream's lock */
  ad_array **held; /* roots, kept until the run is published */
  size_t held_count;
};

/* Computes the steps in order; what fails is marked on the nodes. */
void ad__run_steps(ad_exec *x, const ad_step *steps, size_t count);
/* Makes the results of a finished run visible and lets go of the inputs. */
void ad__publish(const ad_step *steps, size_t count);
/* Waits until a PENDING node's run is done and publishes it. */
void ad__await(ad_array *a);
/* Orders what the roots need into ctx->steps; returns the number of steps. `stream`: NULL for the caller's thread. */
size_t ad__schedule(ad_ctx *c, ad_array *const *roots, int n, ad_stream *stream);

#endif
