/* Index plans: where the elements lie that a gather reads or a scatter writes.
 *
 * The indexed array ("target") is read in rows. A row belongs to one position (a batch coordinate and a coordinate of
 * the index arrays) and one coordinate of the axes kept in front of it; it consists of the axes kept behind, as blocks
 * whose elements lie side by side in the target. Rows are numbered in row-major order of the dense side (a gather's
 * result, a scatter's updates): batch, kept in front, index dims. A position's place in the target is a byte offset,
 * AD_INDEX_NONE when it is outside and does not count.
 * A plan reads index arrays of any integer dtype and any strides; it never copies them. */
#ifndef AD_RUNTIME_INDEX_PLAN_H
#define AD_RUNTIME_INDEX_PLAN_H

#include "runtime/exec.h"

#define AD_INDEX_NONE INT64_MIN
enum { AD_INDEX_TILE = 512 }; /* offsets computed at a time */

/* One index array and the axis of the target it counts in. */
typedef struct ad_index_axis {
  const char *data;
  ad_dtype dtype;
  int64_t strides[AD_MAX_RANK]; /* bytes, over the positions */
  int64_t dim;                  /* added once to a negative index */
  int64_t last;                 /* the highest index that is inside */
  int64_t stride;               /* bytes, of the target's axis */
} ad_index_axis;

typedef struct ad_index_plan {
  int rank;                     /* of the positions, merged */
  int64_t dims[AD_MAX_RANK];
  int64_t base[AD_MAX_RANK];    /* byte strides of the target's batch axes over the positions */
  int64_t batches, places;      /* positions = batches * places */
  int axes;
  ad_index_axis axis[AD_MAX_RANK];
  bool clamp;                   /* what is outside moves to the nearest end; else it is AD_INDEX_NONE */
  int before_rank;
  int64_t before_dims[AD_MAX_RANK], before_strides[AD_MAX_RANK];
  int64_t befores;
  int64_t inner;                /* elements of a block */
  int64_t blocks;
  int64_t *block_offsets;       /* bytes, one per block */
  int64_t one_block;            /* storage of a single offset */
  int64_t *table;               /* every position's offset, when rows visit positions more than once */
} ad_index_plan;

/* What gather and scatter say in their attributes. */
typedef struct ad_index_form {
  int n;
  const int64_t *axes;
  const int64_t *sizes; /* NULL: the axes are dropped */
  int64_t at, batch; /* at counts from the front of the dense side */
  bool clamp;
} ad_index_form;

/* The form of a node whose first fields are axes, sizes, at, batch, outside (ops/gather.c). */
ad_index_form ad__index_form_of(const ad_array *node);
/* Plans a target with byte strides and elements of `item` bytes. ad__index_plan_end frees what it took, also after a
 * failure. */
ad_status ad__index_plan_begin(ad_exec *x, ad_index_plan *p, const ad_index_form *f, int rank, const int64_t *shape,
                               const int64_t *strides, size_t item, ad_array *const *indices);
void ad__index_plan_end(ad_exec *x, ad_index_plan *p);

static inline int64_t ad__index_rows(const ad_index_plan *p) { return p->batches * p->befores * p->places; }
static inline int64_t ad__index_row_size(const ad_index_plan *p) { return p->blocks * p->inner; }

/* Rows that follow each other and share the coordinate of the axes in front. */
typedef struct ad_index_run {
  int64_t row, count;
  const int64_t *offsets; /* count of them */
  int64_t before;         /* byte offset to add to each */
  int64_t tile[AD_INDEX_TILE];
} ad_index_run;

/* The run that begins at `row` and ends before `end`. */
void ad__index_run(const ad_index_plan *p, int64_t row, int64_t end, ad_index_run *out);

#endif
