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

#ifdef __cplusplus
}
#endif
#endif
