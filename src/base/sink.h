/* A sink: where a format writer puts its bytes, a file or memory.
 *
 * A format is written once against this, so that files, tests and the seeds of the fuzzers come from the same
 * code. Bytes are appended in order; what is known only later (a length, a checksum) is patched in. */
#ifndef AD_BASE_SINK_H
#define AD_BASE_SINK_H

#include "base/files.h"
#include "base/str.h"

typedef struct ad_sink {
  ad_writer *file; /* one of the two is set */
  ad_text *text;
} ad_sink;

static inline ad_sink ad__sink_file(ad_writer *w) { return (ad_sink){.file = w}; }
static inline ad_sink ad__sink_text(ad_text *t) { return (ad_sink){.text = t}; }

ad_status ad__sink_put(ad_sink s, const void *data, size_t n, ad_err *e);
ad_status ad__sink_patch(ad_sink s, uint64_t offset, const void *data, size_t n, ad_err *e);
uint64_t ad__sink_offset(ad_sink s);

#endif
