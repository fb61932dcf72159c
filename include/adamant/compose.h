/* Functions whose results are as many arrays as their arguments say: each returns one tuple, taken apart with ad_item.
 *
 * They are compositions of ops and follow the same rules: errors flow, opts may be NULL, the place of the call stands in
 * messages. */
#ifndef ADAMANT_COMPOSE_H
#define ADAMANT_COMPOSE_H

#include <adamant/core.h>
#include <adamant/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_split_opts {
  ad_int axis; /* along which; default 0 */
} ad_split_opts;
/* a in `count` pieces of equal length along an axis, which count must divide. Views. */
AD_API ad_array *ad_split_at(ad_place where, ad_array *a, int64_t count, const ad_split_opts *opts);
#define ad_split(...) ad_split_at(AD_HERE, __VA_ARGS__)
/* a cut along an axis before each of the indices: one piece more than indices. They follow Python's rule for slices:
 * negative ones count from the end, and what lies outside is cut. Views. */
AD_API ad_array *ad_split_indices_at(ad_place where, ad_array *a, ad_ints indices, const ad_split_opts *opts);
#define ad_split_indices(...) ad_split_indices_at(AD_HERE, __VA_ARGS__)

typedef struct ad_unstack_opts {
  ad_int axis; /* the axis that is taken apart; default 0 */
} ad_unstack_opts;
/* The arrays that lie along an axis of a, without that axis. Views. */
AD_API ad_array *ad_unstack_at(ad_place where, ad_array *a, const ad_unstack_opts *opts);
#define ad_unstack(...) ad_unstack_at(AD_HERE, __VA_ARGS__)

/* Every array broadcast to the shape they have together. Views; each keeps its dtype. */
AD_API ad_array *ad_broadcast_arrays_at(ad_place where, ad_ctx *c, ad_array *const *arrays, int n);
#define ad_broadcast_arrays(...) ad_broadcast_arrays_at(AD_HERE, __VA_ARGS__)

typedef struct ad_meshgrid_opts {
  bool sparse;          /* axes along which an array does not change have length 1 */
  const char *indexing; /* "xy" (default): the first array runs along the second axis; "ij": along the first */
} ad_meshgrid_opts;
/* Coordinates of a grid: array k, flat, repeated along all axes of the grid but its own. Views. */
AD_API ad_array *ad_meshgrid_at(ad_place where, ad_ctx *c, ad_array *const *arrays, int n, const ad_meshgrid_opts *opts);
#define ad_meshgrid(...) ad_meshgrid_at(AD_HERE, __VA_ARGS__)

/* The n arrays, such that whatever uses a member of the result runs after all of the m others were computed. */
AD_API ad_array *ad_depends_at(ad_place where, ad_ctx *c, ad_array *const *arrays, int n, ad_array *const *others, int m);
#define ad_depends(...) ad_depends_at(AD_HERE, __VA_ARGS__)

/* The order in which ad_einsum contracts these operands: n - 1 pairs of positions, pairs[2 * k] and pairs[2 * k + 1]. A contracted
 * pair leaves the list and its product is appended at the end. The pairs are written to `pairs`, the number of
 * multiplications of all of them to `multiplications`. AD_E_VALUE when the subscripts do not fit. */
AD_API ad_status ad_einsum_path(const char *subscripts, ad_array *const *arrays, int n, int *pairs, double *multiplications);

#ifdef __cplusplus
}
#endif
#endif
