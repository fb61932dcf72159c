/* Carried C: the functions, types and constants of the scalar headers that a piece of C needs, as text. */
#ifndef AD_EMIT_CARRY_H
#define AD_EMIT_CARRY_H

#include "base/str.h"

/* Appends what `code` names, and what that names in turn, in an order that compiles. */
ad_status ad__carry_c(const char *code, ad_text *out, ad_err *e);

#endif
