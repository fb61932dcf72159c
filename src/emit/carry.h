/* Carried C: the functions, types and constants of the scalar headers that a piece of C needs, as text. */
#ifndef AD_EMIT_CARRY_H
#define AD_EMIT_CARRY_H

#include "base/str.h"

/* Appends what `code` names, and what that names in turn, in an order that compiles. libm: scalar functions that <math.h> has are
 * calls of that one. */
ad_status ad__carry_c(const char *code, bool libm, ad_text *out, ad_err *e);

#endif
