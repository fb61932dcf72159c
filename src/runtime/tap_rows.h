/* Results whose elements are made of some elements along several axes, row by row: window reductions and resizing.
 *
 * A plan lists the axes in memory order. The last one with taps, with everything behind it side by side, is the line; a row of
 * the result is made of some rows of the source (the taps of the axes in front), joined element by element, and then
 * of taps along the line. That reads every element a few times from near memory and once from far memory. Rows of the
 * result are shared between threads; none depends on how. */
#ifndef AD_RUNTIME_TAP_ROWS_H
#define AD_RUNTIME_TAP_ROWS_H

#include "runtime/exec.h"

typedef struct ad_tap_axis {
  int64_t to, from, step;
  const ad_tap_run *runs;  /* NULL: every element is made of its own alone */
  const void *weights;     /* of the lane, or NULL */
  int64_t rows;            /* source rows from one place to the next */
  uint32_t scale;          /* for numbers of places: what one place counts */
} ad_tap_axis;

typedef struct ad_tap_plan {
  int n; /* axes in front of the line */
  ad_tap_axis axes[AD_MAX_RANK];
  ad_tap_line line;
  uint32_t line_scale;
  bool wide; /* the lane is double: weights are */
  int64_t rows;
  double taps; /* of a row of the result: rows it is made of, about */
  int moving;  /* the last axis in front that has taps; -1: none */
  int kept_count;
  ad_buffer *kept[2 * AD_MAX_RANK];
} ad_tap_plan;

/* Begin with {.moving = -1, .rows = 1, .taps = 1}. An axis of n elements without taps, then... */
void ad__tap_plan_plain(ad_tap_plan *p, int64_t n);
/* ... an axis with taps: its runs, to be filled by the caller; NULL without memory. weights: how many there are. */
ad_tap_run *ad__tap_plan_axis(ad_exec *x, ad_tap_plan *p, int64_t to, int64_t from, int64_t step, uint32_t scale, int64_t weights,
                              size_t item, void **out_weights);
/* When all axes are there: the last one with taps becomes the line; `width` is the size of an element in items of the lane. */
void ad__tap_plan_end(ad_tap_plan *p, int64_t width);
void ad__tap_plan_free(ad_exec *x, ad_tap_plan *p);

/* Source rows of one row of the result: row, row + step, ... (count of them); then the next such group. */
typedef struct ad_tap_rows {
  const ad_tap_plan *plan;
  int64_t row, count, step;
  const void *weights; /* one per row, or NULL */
  double factor;
  uint32_t number; /* of the first row's places */
  uint32_t number_step;
  const ad_tap_run *run[AD_MAX_RANK];
  ad_tap_run own[AD_MAX_RANK];
  int64_t at[AD_MAX_RANK];
} ad_tap_rows;
/* False when there are none. */
bool ad__tap_rows_begin(const ad_tap_plan *p, int64_t row, ad_tap_rows *out);
bool ad__tap_rows_next(ad_tap_rows *r);

/* Calls fn(arg, row, room) for every row of the result, with `room_bytes` of room for the thread. cost: nanoseconds of a row. */
typedef void (*ad_tap_row_fn)(const void *arg, int64_t row, char *room);
ad_status ad__tap_run_rows(ad_exec *x, const ad_tap_plan *p, double cost, size_t room_bytes, ad_tap_row_fn fn, const void *arg);

/* The elements of a in row-major order and in the lane's dtype; freed with ad__tap_operand_free. False without memory. */
typedef struct ad_tap_operand {
  const char *data;
  ad_value dense;
  ad_buffer *cast;
} ad_tap_operand;
bool ad__tap_operand(ad_exec *x, const ad_array *a, ad_dtype lane, ad_tap_operand *out);
void ad__tap_operand_free(ad_exec *x, const ad_array *a, ad_tap_operand *o);
/* Elements of another dtype, shared between threads. */
void ad__tap_cast(ad_exec *x, size_t n, ad_dtype to, char *out, ad_dtype from, const char *in);

#endif
