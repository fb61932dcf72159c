/* The ops. Printed by `make gen` from the descriptors in src/ops: do not edit.
 *
 * Every function is a macro over ad_<name>_at, which takes the place of the call first, so that errors name it.
 * opts may be NULL: every option then has its default. */
#ifndef ADAMANT_OPS_H
#define ADAMANT_OPS_H

#include <adamant/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/* cast:
 * The elements of a in another dtype. A float becomes an integer by dropping its fraction; out of range it
 * saturates, NaN gives 0. Anything that is not zero is true. A complex number loses its imaginary part.
 *   dtype: the dtype of the result
 *   ad_array *y = ad_cast(x, AD_FLOAT64);
 */
AD_API ad_array *ad_cast_at(ad_place where, ad_array *a, ad_dtype dtype);
#define ad_cast(...) ad_cast_at(AD_HERE, __VA_ARGS__)

/* add:
 * a + b. Integers wrap; booleans give their logical or.
 *   ad_array *y = ad_add(a, b);
 */
AD_API ad_array *ad_add_at(ad_place where, ad_array *a, ad_array *b);
#define ad_add(...) ad_add_at(AD_HERE, __VA_ARGS__)

/* exp:
 * e to the power a.
 *   ad_array *y = ad_exp(a);
 */
AD_API ad_array *ad_exp_at(ad_place where, ad_array *a);
#define ad_exp(...) ad_exp_at(AD_HERE, __VA_ARGS__)

/* where:
 * x where condition is true, y elsewhere; the three broadcast together.
 *   ad_array *y = ad_where(mask, a, b);
 */
AD_API ad_array *ad_where_at(ad_place where, ad_array *condition, ad_array *x, ad_array *y);
#define ad_where(...) ad_where_at(AD_HERE, __VA_ARGS__)

typedef struct ad_gather_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an index out of range reads the nearest element, or zeros; one of clamp|zero, the first is the default */
} ad_gather_opts;
/* gather:
 * The elements of arrays[0] at the places that the other arrays name: one integer array for each entry of axes,
 * broadcast together. The result has the axes of arrays[0] that stay, with the index dims in between. Negative
 * indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_gather(c, (ad_array *[]){x, rows, columns}, 3, AD_AXES(0, 1), NULL);
 */
AD_API ad_array *ad_gather_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_gather_opts *opts);
#define ad_gather(...) ad_gather_at(AD_HERE, __VA_ARGS__)

typedef struct ad_scatter_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_opts;
/* scatter:
 * arrays[0] with the updates arrays[1] in place of the elements; the last one wins at the places that the other
 * arrays name, one integer array for each entry of axes, broadcast together. The updates have the shape that gather
 * would read there, and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_opts *opts);
#define ad_scatter(...) ad_scatter_at(AD_HERE, __VA_ARGS__)

typedef struct ad_scatter_add_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_add_opts;
/* scatter_add:
 * arrays[0] with the updates arrays[1] added to the elements at the places that the other arrays name, one integer
 * array for each entry of axes, broadcast together. The updates have the shape that gather would read there, and
 * count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_add(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_add_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_add_opts *opts);
#define ad_scatter_add(...) ad_scatter_add_at(AD_HERE, __VA_ARGS__)

typedef struct ad_scatter_multiply_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_multiply_opts;
/* scatter_multiply:
 * arrays[0] with the updates arrays[1] multiplied into the elements at the places that the other arrays name, one
 * integer array for each entry of axes, broadcast together. The updates have the shape that gather would read there,
 * and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_multiply(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_multiply_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_multiply_opts *opts);
#define ad_scatter_multiply(...) ad_scatter_multiply_at(AD_HERE, __VA_ARGS__)

typedef struct ad_scatter_maximum_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_maximum_opts;
/* scatter_maximum:
 * arrays[0] with the updates arrays[1] where they are larger than the elements at the places that the other arrays
 * name, one integer array for each entry of axes, broadcast together. The updates have the shape that gather would
 * read there, and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_maximum(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_maximum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_maximum_opts *opts);
#define ad_scatter_maximum(...) ad_scatter_maximum_at(AD_HERE, __VA_ARGS__)

typedef struct ad_scatter_minimum_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_minimum_opts;
/* scatter_minimum:
 * arrays[0] with the updates arrays[1] where they are smaller than the elements at the places that the other arrays
 * name, one integer array for each entry of axes, broadcast together. The updates have the shape that gather would
 * read there, and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_minimum(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_minimum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_minimum_opts *opts);
#define ad_scatter_minimum(...) ad_scatter_minimum_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
