/* Rows: the last axes of an array read row by row in the lane that is computed in, and results written piece by piece.
 *
 * A row that lies well is read where it lies; any other is brought together in room that the caller gives. A result that
 * is computed in its own dtype is computed in place; a large one goes past the cache from a piece that stays in it. From
 * memory, that and fetching the next row meanwhile make the difference between 0.41 and 0.76 of the speed of copying. */
#ifndef AD_RUNTIME_ROW_PIECES_H
#define AD_RUNTIME_ROW_PIECES_H

#include "runtime/exec.h"
#include "runtime/walk.h"

/* Room of one piece of AD_ROW_PIECE elements of any lane. */
typedef uint64_t ad_row_piece[AD_ROW_PIECE];

typedef struct ad_row_source {
  const ad_kernels *k;
  const char *data;
  ad_dtype dtype, lane;
  size_t item, size; /* bytes of an element as stored, in the lane */
  size_t n, rows;    /* elements of a row; how many rows */
  bool direct;       /* rows are read where they lie */
  ad_walk outer, line;
} ad_row_source;

typedef struct ad_row_sink {
  const ad_kernels *k;
  char *data; /* row-major */
  ad_dtype dtype, lane;
  size_t item, n;
  bool streamed;
} ad_row_sink;

/* The lane of a float dtype: float32 for half types. */
ad_dtype ad__row_lane(ad_dtype t);
const ad_row_lane *ad__row_kernels_of(const ad_kernels *k, ad_dtype lane);

/* Rows of a value over the axes marked in `reduced`. */
void ad__row_source_init(ad_row_source *s, const ad_kernels *k, const ad_type *t, const ad_value *v, const bool *reduced);
/* The same over the last axis. */
void ad__row_source_last(ad_row_source *s, const ad_kernels *k, const ad_type *t, const ad_value *v);
/* The elements of a row in the lane: where they lie, or brought together in room. */
const char *ad__row_take(const ad_row_source *s, size_t row, char *room);
/* Begins to fetch elements [at, at + n) of a row that will be read soon, where that can be said. */
void ad__row_fetch(const ad_row_source *s, size_t row, size_t at, size_t n);

/* Rows of n elements of a row-major result; `moved` are the bytes the whole job reads and writes. */
void ad__row_sink_init(ad_row_sink *s, const ad_kernels *k, ad_dtype dtype, char *data, size_t n, size_t moved);
/* Where elements [at, at + n) of a row are to be computed: in place, or in the piece. Then ad__row_put has them written. */
void *ad__row_place(const ad_row_sink *s, size_t row, size_t at, void *piece);
void ad__row_put(const ad_row_sink *s, size_t row, size_t at, size_t n, const void *computed);

/* Room of that many bytes: on the caller's stack where it suffices, else taken; NULL when there is no memory. */
static inline void *ad__row_room(ad_mem *m, void *stack, size_t stack_bytes, size_t bytes) {
  return bytes <= stack_bytes ? stack : ad__mem_take(m, bytes);
}
static inline void ad__row_room_give(ad_mem *m, const void *stack, void *room, size_t bytes) {
  if (room && room != stack) ad__mem_give(m, room, bytes);
}

/* A lane's number to and from memory. */
static inline double ad__row_load(ad_dtype lane, const void *p) {
  return lane == AD_FLOAT32 ? (double)*(const float *)p : *(const double *)p;
}
static inline void ad__row_store(ad_dtype lane, void *p, double v) {
  if (lane == AD_FLOAT32) *(float *)p = (float)v;
  else *(double *)p = v;
}
/* The sum of n elements of the lane, pieces in double precision. */
double ad__row_sum(const ad_kernels *k, ad_dtype lane, const char *row, size_t n);
/* All elements of a float array in its lane, in row-major order: its own memory, or room taken from *held (which the caller
 * drops when it is not NULL). NULL when memory ran out (x->err is set). */
const char *ad__row_all(ad_exec *x, const ad_array *a, ad_buffer **held);

#endif
