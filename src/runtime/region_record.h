/* A record of states: what a loop saves at each step for the sweeps behind it. It grows in pooled chunks, which never move, so
 * that a value read from it may be shared.
 *
 * A kept record is what a loop leaves to the one that is its gradient, so that this one need not run it again: the records of its
 * sweeps, how many steps there were, and the states in the end. It is the value of the loop's node itself (whose results are its
 * outputs), in a buffer that gives everything back with its last reference. A record may be emptied by who needed it; then, and where
 * none was kept, the gradient runs the loop again. */
#ifndef AD_RUNTIME_REGION_RECORD_H
#define AD_RUNTIME_REGION_RECORD_H

#include "runtime/region_frame.h"

typedef struct ad_record_item {
  int param; /* of the body */
  size_t offset, bytes;
} ad_record_item;

typedef struct ad_record {
  ad_record_item *items;
  int count;
  size_t step_bytes;
  int shift; /* a chunk holds 1 << shift steps */
  ad_buffer **chunks;
  size_t chunk_count, chunk_capacity;
} ad_record;

/* Says what is saved: `count` items, which the caller owns. most: bytes that it is likely to hold. */
void ad__record_begin(ad_record *r, ad_record_item *items, int count, const ad_frame *f, uint64_t most);
void ad__record_end(ad_record *r, ad_buffers *cache);
/* Saves the parameters as step t, which is the one after the last. */
ad_status ad__record_save(ad_record *r, ad_frame *f, uint64_t t);
/* Where step t is; and how many steps from it on, or back, lie beside it. */
char *ad__record_at(const ad_record *r, uint64_t t);
uint64_t ad__record_run(const ad_record *r, uint64_t t, bool back);
/* Room for step t, which is the one after the last. */
ad_status ad__record_room(ad_record *r, ad_exec *x, uint64_t t);
/* Begins anew in the same memory, but for chunks that a value shares. */
ad_status ad__record_again(ad_record *r, ad_exec *x);
/* Gives the parameters back that `reads` says (NULL: all). */
ad_status ad__record_load(const ad_record *r, ad_frame *f, uint64_t t, const bool *reads);

typedef struct ad_kept_record {
  uint64_t steps;
  int sweeps;
  ad_buffer *before;  /* the kept record that has the sweeps before `first`, or NULL */
  int first;
  ad_record *records; /* of the sweeps from `first` on */
  ad_value *ends;     /* the last states of all sweeps, row-major */
  int states;
  const ad_type *type; /* of the loop: a tuple of the states' */
  size_t bytes;       /* of this block */
} ad_kept_record;

/* Room for the record of a loop of so many sweeps and states, of which the first come from `before` (may be NULL); `items` bytes
 * more lie behind. The value holds it. */
ad_status ad__kept_new(ad_exec *x, int sweeps, int states, int items, const ad_value *before, ad_value *out);
/* NULL where the value is no record, or it or one before it was emptied. */
ad_kept_record *ad__kept_of(const ad_value *v);
/* The record of a sweep. */
const ad_record *ad__kept_sweep(const ad_kept_record *k, int sweep);
/* The items of a new one's own records, as many as it was made for. */
ad_record_item *ad__kept_items(ad_kept_record *k);
/* Gives back all that it holds. */
void ad__kept_empty(ad_buffers *cache, ad_kept_record *k);

#endif
