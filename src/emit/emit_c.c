#include "emit/targets.h"
ad_status ad__emit_c(const ad_graph *g, const char *name, ad_text *out, ad_err *e){(void)g;(void)name;(void)out;return ad__fail(e,AD_E_NOT_IMPLEMENTED,"x");}
