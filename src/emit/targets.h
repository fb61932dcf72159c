/* The printers of whole graphs, one for each target of ad_emit. */
#ifndef AD_EMIT_TARGETS_H
#define AD_EMIT_TARGETS_H

#include <adamant/emit.h>
#include "base/str.h"

/* Appends the program to out (opts->name is given); on failure e is set and what was appended means nothing. */
ad_status ad__emit_numpy(const ad_graph *g, const ad_emit_opts *opts, ad_text *out, ad_err *e);
ad_status ad__emit_c(const ad_graph *g, const ad_emit_opts *opts, ad_text *out, ad_err *e);
ad_status ad__emit_c_header(const ad_graph *g, const ad_emit_opts *opts, ad_text *out, ad_err *e);

#endif
