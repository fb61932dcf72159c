/* Fuzz target: the npy reader, on the input as it is and again with the length of its header made to fit, so that changes
 * of the header's text get past the first check. */
#include "io/npy_format.h"

#undef NDEBUG /* the checks are the point */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(const uint8_t *data, size_t size) {
  ad_tensor_file t;
  ad_err e;
  ad_status code = ad__npy_read(data, size, "npy", &t, &e);
  if (code == AD_OK) {
    uint64_t bytes = t.bytes;
    assert(ad__tensor_file_measure(&t) && bytes == t.bytes && t.offset + t.bytes == size);
    assert(t.rank >= 0 && t.rank <= AD_MAX_RANK && ad_dtype_size(t.dtype) > 0);
  } else assert(code == AD_E_FORMAT && strncmp(e.text, "npy: byte ", 10) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_one(data, size);
  const uint8_t *end = size > 12 ? memchr(data + 10, '\n', size - 10) : NULL;
  if (!end) return 0;
  uint8_t *copy = malloc(size);
  if (!copy) return 0;
  size_t prefix = data[6] == 1 ? 10 : 12, length = (size_t)(end + 1 - data) - prefix;
  memcpy(copy, data, size);
  copy[8] = (uint8_t)length, copy[9] = (uint8_t)(length >> 8);
  if (prefix == 12) copy[10] = copy[11] = 0;
  read_one(copy, size);
  free(copy);
  return 0;
}
