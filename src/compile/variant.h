/* A compiled function from the inside: its variants, one for each key. */
#ifndef AD_COMPILE_VARIANT_H
#define AD_COMPILE_VARIANT_H

#include "compile/compiler.h"
#include "compile/shapes.h"
#include "compile/trace.h"

enum { AD_KEPT_VARIANTS = 64 };

/* One trace. The key: types of the arguments and of the captured state, and which of their leaves are weak scalars. */
typedef struct ad_variant {
  struct ad_variant *next; /* the last one used comes first */
  size_t bytes;
  ad_plan_unit *unit;           /* its handle is held */
  ad_traced traced;        /* without the graph, which the unit has */
  const ad_type *state;    /* of the captured inputs; NULL: none */
  uint64_t weak;
  uint64_t trace;          /* the number of the trace it is of */
  const ad_type *args[];   /* one per input of the function */
} ad_variant;

/* The data of a compiled function. */
typedef struct ad_compiled_data {
  ad_compile_opts opts;
  ad_variant *variants;
  ad_shape_trace *shapeless; /* the newest first */
  uint64_t calls, traces, plans;
  uint64_t trace;            /* see ad_compiled_trace */
  double trace_seconds, plan_seconds;
  ad_text recompiles;
  ad_text report;
} ad_compiled_data;

/* NULL for a function that is not compiled. */
ad_compiled_data *ad__compiled_data(const ad_fn *f);
/* Notes which part of a call's key is other than that of the variant it is nearest to. */
void ad__variant_explain(const ad_fn *f, ad_place where, ad_compiled_data *d, ad_array *const *in, const ad_array *state, uint64_t weak);
/* Adds lines to what there is to say about traces, and to the log where it wants them. */
void ad__variant_note(ad_ctx *c, ad_compiled_data *d, const char *text);

#endif
