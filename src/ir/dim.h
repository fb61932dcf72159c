/* Symbolic dims: expressions over named symbols in normal form, one integer code each.
 *
 * A dim >= 0 is itself. AD_DIM_UNKNOWN is nothing, and -1 is left to attributes that mean "what remains" by it. Any other
 * negative code -2-i is entry i of the context's table of expressions: a sum of terms, each a coefficient times a product of
 * atoms in order; an atom is a symbol or a floor division. Equal expressions have equal codes, so dims compare as integers. A
 * symbol stands for 2 or more. */
#ifndef AD_IR_DIM_H
#define AD_IR_DIM_H

#include <adamant/relation.h>
#include "base/str.h"

void ad__dim_print(ad_ctx *c, ad_dim d, ad_text *out);
/* Replaces symbols by numbers: lookup gives a symbol's value or AD_DIM_UNKNOWN (then it stays). */
ad_dim ad__dim_bind(ad_ctx *c, ad_dim d, ad_dim (*lookup)(void *user, const char *symbol), void *user);
/* Reads "N", "2*N + 1", "N // 2", "7" from s[0..n); AD_DIM_UNKNOWN when it is no dim. */
ad_dim ad__dim_parse(ad_ctx *c, const char *s, size_t n);
/* Was a dim made since ad__dim_begin AD_DIM_UNKNOWN for lack of memory? ad__dim_parse begins by itself. */
void ad__dim_begin(ad_ctx *c);
bool ad__dim_no_memory(const ad_ctx *c);
/* The name of a dim that is one symbol alone, else NULL; lives as long as the context. */
const char *ad__dim_symbol_name(const ad_ctx *c, ad_dim d);
/* Frees the table, for the end of the context. */
void ad__dims_free(ad_ctx *c);

#endif
