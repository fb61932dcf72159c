/* What the derivatives of eigenvalue and singular value problems share. Arrays are batches of matrices, w of vectors. */
#ifndef AD_OPS_SPECTRAL_RULES_H
#define AD_OPS_SPECTRAL_RULES_H

#include "ops/apply.h"
#include "ops/linalg_rules.h"

/* The dtype of eigenvalues. */
ad_dtype ad__spectral_complex(ad_dtype t);
/* The distance of 1 to the next number of that dtype's real parts. */
double ad__spectral_eps(ad_dtype t);

/* w_j at (i, j); w_i at (i, j). */
ad_array *ad__spectral_across(ad_array *w);
ad_array *ad__spectral_down(ad_array *w);
/* 1 / x, and 0 where |x| <= least. */
ad_array *ad__spectral_inverse(ad_array *x, ad_array *least);
/* What counts as zero beside values w (real or complex): a rounding of the largest, to their dtype, after 64 in double precision; one for
 * each matrix, with two axes of length 1. */
ad_array *ad__spectral_least(ad_array *w);

/* The diagonals. */
ad_array *ad__spectral_diagonal(ad_array *a);
/* For each column, the sum of conj(a) b; its real part. */
ad_array *ad__spectral_columns(ad_array *a, ad_array *b);
ad_array *ad__spectral_real_part(ad_array *a);

/* The real numbers by which i times the columns of v must be added to dv, so that the element that is kept real and positive in
 * each column of v stays so, with an axis of length 1 in front; NULL where v is real. */
ad_array *ad__spectral_turn(ad_array *v, ad_array *dv);
/* dv + i turn v; dv where turn is NULL. */
ad_array *ad__spectral_turned(ad_array *v, ad_array *dv, ad_array *turn);

#endif
