/* Steps of a region as one C function, the loop inside: the text of native loops.
 *
 *   uint64_t NAME(void *const *param, const void *const *from, const ptrdiff_t *by, void *const *to, const ptrdiff_t *to_by, uint64_t n);
 *
 * Runs at most n steps and returns how many: fewer when the condition failed before. param has the place of each parameter, dense: of
 * a state, which is read in the beginning and written in the end, and of what stays the same. What is loaded in step t lies at
 * from[i] + t * by[i]. What is saved goes to to[k] + t * to_by[k], k counting from 0: the states as they are before step t, NULL: not
 * wanted; or, behind them, results that are no states. */
#ifndef AD_EMIT_C_SWEEP_H
#define AD_EMIT_C_SWEEP_H

#include "base/str.h"
#include "ir/graph.h"

typedef struct ad_c_sweep {
  const ad_graph *cond; /* its parameters are the states, then what stays the same; NULL: every step is run */
  const ad_graph *body;
  int state, states;   /* parameters state.. are states, and the results of the same numbers what they become */
  int load, loads;     /* parameters load.. are loaded in each step; the others stay the same */
  int result, results; /* results result.. are no states: they are saved in each step */
} ad_c_sweep;

/* Appends the function. AD_E_NOT_IMPLEMENTED: something in it has no form that has the library's bits, or is large. */
ad_status ad__c_print_sweep(const ad_c_sweep *sweep, const char *name, ad_text *out, ad_err *e);

#endif
