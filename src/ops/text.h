/* Reading the text form: graphs and modules are public (adamant/graph.h); here is what tests of ops read besides. */
#ifndef AD_OPS_TEXT_H
#define AD_OPS_TEXT_H

#include "ir/graph.h"
#include "ir/text_lex.h"

/* Types separated by commas, "float32[2,3], int32[]"; returns how many, at most max; on failure 0 and e says why. */
int ad__text_read_types(ad_ctx *c, const char *s, size_t n, const ad_type **out, int max, ad_err *e);
/* Attributes, "axes=[0], keepdims=true", into one entry per field of op; lists lie in storage. Not yet canonical. */
ad_status ad__text_read_attrs(ad_ctx *c, const ad_op *op, const char *s, size_t n, ad_attr *at, ad_arena *storage, ad_err *e);

/* ---- Values (src/ops/text_values.c) ---- */

/* True when the token begins a number, true or false. */
bool ad__text_is_number(const ad_lexer *l);
/* A weak number, of the innermost scope; NULL when it fails. */
ad_array *ad__text_literal(ad_lexer *l);
/* What stands behind `constant`: "(float32[2] [1.0, 2.0])". */
ad_array *ad__text_constant(ad_lexer *l);
bool ad__text_int(ad_lexer *l, int64_t *out);
/* A real number, or a complex one where out_im is not NULL. */
bool ad__text_number(ad_lexer *l, double *out, double *out_im);

#endif
