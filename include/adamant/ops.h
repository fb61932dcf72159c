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

/* reshape:
 * The elements of a in row-major order under another shape with as many elements. Shares a's memory where its layout
 * allows. Any dtype.
 *   shape: the dims of the result; one of them may be -1, it is then found from the others
 *   ad_array *y = ad_reshape(x, AD_SHAPE(2, -1));
 */
AD_API ad_array *ad_reshape_at(ad_place where, ad_array *a, ad_shape shape);
#define ad_reshape(...) ad_reshape_at(AD_HERE, __VA_ARGS__)

typedef struct ad_transpose_opts {
  ad_ints axes; /* axis k of the result is axis axes[k] of a; absent: the axes reversed */
} ad_transpose_opts;
/* transpose:
 * The axes of a in another order, by default reversed. A view. Any dtype.
 *   ad_array *y = ad_transpose(x, &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1)});
 */
AD_API ad_array *ad_transpose_at(ad_place where, ad_array *a, const ad_transpose_opts *opts);
#define ad_transpose(...) ad_transpose_at(AD_HERE, __VA_ARGS__)

/* broadcast_to:
 * a repeated along new leading axes and axes of length 1 until it has that shape. A view that takes no memory. Any
 * dtype.
 *   shape: the dims of the result
 *   ad_array *y = ad_broadcast_to(x, AD_SHAPE(4, 3));
 */
AD_API ad_array *ad_broadcast_to_at(ad_place where, ad_array *a, ad_shape shape);
#define ad_broadcast_to(...) ad_broadcast_to_at(AD_HERE, __VA_ARGS__)

/* expand_dims:
 * a with new axes of length 1. A view. Any dtype.
 *   axes: where the new axes stand in the result
 *   ad_array *y = ad_expand_dims(x, AD_AXES(0, -1));
 */
AD_API ad_array *ad_expand_dims_at(ad_place where, ad_array *a, ad_ints axes);
#define ad_expand_dims(...) ad_expand_dims_at(AD_HERE, __VA_ARGS__)

typedef struct ad_squeeze_opts {
  ad_ints axes; /* the axes to drop; absent: all of length 1 */
} ad_squeeze_opts;
/* squeeze:
 * a without axes of length 1. A view. Any dtype.
 *   ad_array *y = ad_squeeze(x, &(ad_squeeze_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_squeeze_at(ad_place where, ad_array *a, const ad_squeeze_opts *opts);
#define ad_squeeze(...) ad_squeeze_at(AD_HERE, __VA_ARGS__)

typedef struct ad_flip_opts {
  ad_ints axes; /* the axes to reverse; absent: all */
} ad_flip_opts;
/* flip:
 * The elements of a in reverse order along axes. A view. Any dtype.
 *   ad_array *y = ad_flip(x, &(ad_flip_opts){.axes = AD_AXES(0)});
 */
AD_API ad_array *ad_flip_at(ad_place where, ad_array *a, const ad_flip_opts *opts);
#define ad_flip(...) ad_flip_at(AD_HERE, __VA_ARGS__)

typedef struct ad_strided_slice_opts {
  ad_ints step; /* distance between positions, one per axis; negative runs backwards; absent: 1 */
} ad_strided_slice_opts;
/* strided_slice:
 * Every step-th element of a from start up to stop, on each axis. Positions follow Python: negative ones count from
 * the end, and what lies outside is cut. A symbolic axis is taken to be long enough. A view. Any dtype.
 *   start: first position, one per axis
 *   stop: the position before which each axis ends; INT64_MAX (INT64_MIN backwards) for its very end
 *   ad_array *y = ad_strided_slice(x, AD_INTS(0, 1), AD_INTS(INT64_MAX, -1), NULL);
 */
AD_API ad_array *ad_strided_slice_at(ad_place where, ad_array *a, ad_ints start, ad_ints stop, const ad_strided_slice_opts *opts);
#define ad_strided_slice(...) ad_strided_slice_at(AD_HERE, __VA_ARGS__)

typedef struct ad_pad_constant_opts {
  ad_ints interior; /* elements added between any two neighbours; absent: 0 */
} ad_pad_constant_opts;
/* pad_constant:
 * a with elements of one value, a rank 0 array cast to a's dtype, added before, behind and between its own. Any
 * dtype.
 *   low: elements added before, one per axis, 0 or more
 *   high: elements added behind
 *   ad_array *y = ad_pad_constant(x, ad_number(c, 0), AD_INTS(1), AD_INTS(2), NULL);
 */
AD_API ad_array *ad_pad_constant_at(ad_place where, ad_array *a, ad_array *value, ad_ints low, ad_ints high, const ad_pad_constant_opts *opts);
#define ad_pad_constant(...) ad_pad_constant_at(AD_HERE, __VA_ARGS__)

typedef struct ad_concatenate_opts {
  ad_int axis; /* the axis along which they lie one behind the other; default 0 */
} ad_concatenate_opts;
/* concatenate:
 * Arrays one behind the other along an axis; their other dims are equal. dtypes promote.
 *   ad_array *y = ad_concatenate(c, (ad_array *[]){a, b}, 2, &(ad_concatenate_opts){.axis = AD_INT(1)});
 */
AD_API ad_array *ad_concatenate_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, const ad_concatenate_opts *opts);
#define ad_concatenate(...) ad_concatenate_at(AD_HERE, __VA_ARGS__)

typedef struct ad_zeros_opts {
  ad_dtype dtype; /* of the result; default 12 */
} ad_zeros_opts;
/* zeros:
 * Zeros of a given shape. They take no memory until they are written to or read as one block.
 *   shape: the dims of the result
 *   ad_array *y = ad_zeros(c, AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_zeros_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_zeros_opts *opts);
#define ad_zeros(...) ad_zeros_at(AD_HERE, __VA_ARGS__)

typedef struct ad_ones_opts {
  ad_dtype dtype; /* of the result; default 12 */
} ad_ones_opts;
/* ones:
 * Ones of a given shape. They take no memory until they are written to or read as one block.
 *   shape: the dims of the result
 *   ad_array *y = ad_ones(c, AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_ones_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_ones_opts *opts);
#define ad_ones(...) ad_ones_at(AD_HERE, __VA_ARGS__)

typedef struct ad_empty_opts {
  ad_dtype dtype; /* of the result; default 12 */
} ad_empty_opts;
/* empty:
 * Zeros, as zeros gives: no array of this library shows what memory held before, of a given shape. They take no
 * memory until they are written to or read as one block.
 *   shape: the dims of the result
 *   ad_array *y = ad_empty(c, AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_empty_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_empty_opts *opts);
#define ad_empty(...) ad_empty_at(AD_HERE, __VA_ARGS__)

typedef struct ad_full_opts {
  ad_dtype dtype; /* of the result; absent: the value's */
} ad_full_opts;
/* full:
 * value, an array that broadcasts to the shape, everywhere.
 *   shape: the dims of the result
 *   ad_array *y = ad_full(ad_number(c, 0.5), AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_full_at(ad_place where, ad_array *value, ad_shape shape, const ad_full_opts *opts);
#define ad_full(...) ad_full_at(AD_HERE, __VA_ARGS__)

typedef struct ad_arange_opts {
  ad_num step; /* distance of neighbours, not 0; default 1 */
  ad_dtype dtype; /* of the result; default 12 */
} ad_arange_opts;
/* arange:
 * The numbers start + i * step from start up to stop: ceil((stop - start) / step) elements, none when that is
 * negative. Integer dtypes want whole start and step and are exact in 64 bits; floats are computed in float64 and
 * rounded once. An element that an integer dtype cannot hold is an error. For bounds beyond 2^53 see iota.
 *   start: the first element
 *   stop: where the range ends; not part of it
 *   ad_array *y = ad_arange(c, 0, 10, &(ad_arange_opts){.dtype = AD_INT32});
 */
AD_API ad_array *ad_arange_at(ad_place where, ad_ctx *ctx, double start, double stop, const ad_arange_opts *opts);
#define ad_arange(...) ad_arange_at(AD_HERE, __VA_ARGS__)

typedef struct ad_iota_opts {
  ad_int start; /* the first element; default 0 */
  ad_int step; /* distance of neighbours; default 1 */
  ad_dtype dtype; /* of the result; default 8 */
} ad_iota_opts;
/* iota:
 * The integers start + i * step for i from 0 up to count, exact in 64 bits and then of that dtype. An element that
 * an integer dtype cannot hold is an error.
 *   count: how many
 *   ad_array *y = ad_iota(c, 10, NULL);
 */
AD_API ad_array *ad_iota_at(ad_place where, ad_ctx *ctx, int64_t count, const ad_iota_opts *opts);
#define ad_iota(...) ad_iota_at(AD_HERE, __VA_ARGS__)

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
