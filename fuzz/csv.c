/* Fuzz target: the CSV reader. Whatever the bytes, it ends, fields lie inside the file or in its own room, lines only rise, and what is
 * refused names a line. */
#include "io/csv_format.h"

#undef NDEBUG /* the checks are the point */
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ad_mem mem;
  ad_csv r;
  ad_err e;
  ad_csv_field f;
  ad__mem_init(&mem, NULL);
  ad__csv_begin(&r, &mem, "csv", data, size, ',');
  ad_status s = AD_OK;
  for (bool more = true; s == AD_OK && more;) {
    int64_t line = r.line;
    const char *at = r.at;
    s = ad__csv_next(&r, &f, &more, &e);
    assert(r.line >= line && r.at >= at && r.at <= r.end);
    if (s != AD_OK || !more) continue;
    int64_t whole;
    double number;
    assert(f.length <= size);
    (void)ad__csv_kinds(&f, &whole, &number);
  }
  assert(s == AD_OK || (s == AD_E_FORMAT && strncmp(e.text, "csv:", 4) == 0));
  ad__csv_end(&r);
  assert(mem.bytes_now == 0);
  return 0;
}
