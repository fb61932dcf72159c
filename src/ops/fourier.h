/* What the Fourier ops share: their dtype rules. float64 and complex128 are kept, everything else is computed in float32. */
#ifndef AD_OPS_FOURIER_H
#define AD_OPS_FOURIER_H

#include <adamant/op.h>

ad_status ad__fourier_complex(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size);
ad_status ad__fourier_from_real(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size);
ad_status ad__fourier_to_real(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size);

#endif
