/* Spellings: one call of an op as an expression of a target, from the op's descriptor.
 *
 * A spelling is text over `$0 $1` (operands), `$*` (all of them, as a list) and `@name` (an attribute, printed by meaning in the
 * target's syntax; `@out` is the dtype of the result). A part `?(...)` is left out where the attribute it names has its default;
 * for `@out`, where the result has the first operand's inexact dtype. What stands inside another expression is put in
 * parentheses exactly where precedence asks for it. */
#ifndef AD_EMIT_SPELLING_H
#define AD_EMIT_SPELLING_H

#include <adamant/op.h>
#include "base/str.h"

/* How tightly an expression holds together: the precedence of its loosest operator, or one of these. */
enum {
  AD_BINDS_SIGN = 45,    /* a negative number */
  AD_BINDS_LITERAL = 60, /* a number that is not negative: not before a dot */
  AD_BINDS_ALL = 70      /* a name, a call, anything in parentheses */
};

typedef struct ad_operand {
  const char *text; /* NULL: a missing optional input */
  int binds;
} ad_operand;

/* Appends the call r (with r->out, the node or one of its type) to out and says how tightly it binds. AD_E_NOT_IMPLEMENTED,
 * with nothing appended, when the op has no spelling for the target or for this call. */
ad_status ad__spell(const char *target, const ad_rule *r, const ad_operand *operands, ad_text *out, int *binds, ad_err *e);

/* The pieces that printers of whole graphs need too. */
/* "np.float32"; in C the type of an element. NULL for a target without it. */
const char *ad__spell_dtype(const char *target, ad_dtype t);
/* A Python string literal, whatever the bytes. */
void ad__spell_python_text(const char *s, size_t n, ad_text *out);
/* A real number in Python: 1.5, -np.inf; returns how tightly it binds. */
int ad__spell_python_number(double v, bool whole, ad_text *out);

#endif
