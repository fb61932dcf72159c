/* A record of states: what a loop saves at each step for the sweeps behind it. It grows in pooled chunks, which never move, so
 * that a value read from it may be shared. */
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

/* Says what is saved: `count` items, which the caller owns. */
void ad__record_begin(ad_record *r, ad_record_item *items, int count, const ad_frame *f);
void ad__record_end(ad_record *r, ad_exec *x);
/* Saves the parameters as step t, which is the one after the last. */
ad_status ad__record_save(ad_record *r, ad_frame *f, uint64_t t);
/* Gives the parameters back that `reads` says (NULL: all). */
ad_status ad__record_load(const ad_record *r, ad_frame *f, uint64_t t, const bool *reads);

#endif
