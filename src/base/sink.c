/* Sinks over a file writer or a text. */
#include "base/sink.h"

#include <assert.h>
#include <string.h>

ad_status ad__sink_put(ad_sink s, const void *data, size_t n, ad_err *e) {
  if (s.file) return ad__writer_put(s.file, data, n, e);
  ad__text_add_n(s.text, data, n);
  return s.text->failed ? ad__fail(e, AD_E_MEMORY, "no memory for the bytes to write") : AD_OK;
}

ad_status ad__sink_patch(ad_sink s, uint64_t offset, const void *data, size_t n, ad_err *e) {
  if (s.file) return ad__writer_patch(s.file, offset, data, n, e);
  if (s.text->failed) return ad__fail(e, AD_E_MEMORY, "no memory for the bytes to write");
  assert(offset <= s.text->length && n <= s.text->length - offset);
  if (n) memcpy(s.text->data + offset, data, n);
  return AD_OK;
}

uint64_t ad__sink_offset(ad_sink s) { return s.file ? ad__writer_offset(s.file) : s.text->length; }
