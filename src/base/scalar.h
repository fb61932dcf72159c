/* All scalar functions: what the expressions of elementwise ops may call. */
#ifndef AD_BASE_SCALAR_H
#define AD_BASE_SCALAR_H

#include "base/scalar_activation.h"
#include "base/scalar_cast.h"
#include "base/scalar_complex.h"
#include "base/scalar_f32.h"
#include "base/scalar_f64.h"
#include "base/scalar_half.h"
#include "base/scalar_int.h"
#include "base/scalar_order.h"
#include "base/scalar_quick.h"

#endif
