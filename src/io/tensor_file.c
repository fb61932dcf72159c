/* What all tensor formats share: sizes, description, byte order. */
#include "io/tensor_file.h"

#include <inttypes.h>

bool ad__tensor_file_measure(ad_tensor_file *t) {
  int64_t extent = (int64_t)ad_dtype_size(t->dtype);
  bool empty = false;
  for (int i = 0; i < t->rank; i++) {
    if (t->dims[i] < 0) return false;
    if (t->dims[i] == 0) empty = true;
    else if (!ad__mul_i64(extent, t->dims[i], &extent)) return false;
  }
  t->bytes = empty ? 0 : (uint64_t)extent;
  return true;
}

void ad__tensor_file_describe(const ad_tensor_file *t, char out[AD_TENSOR_FILE_TEXT]) {
  size_t used = ad__format(out, AD_TENSOR_FILE_TEXT, "%s (", ad_dtype_name(t->dtype));
  for (int i = 0; i < t->rank; i++)
    used += ad__format(out + used, AD_TENSOR_FILE_TEXT - used, i ? ", %" PRId64 : "%" PRId64, t->dims[i]);
  ad__format(out + used, AD_TENSOR_FILE_TEXT - used, t->rank == 1 ? ",)" : ")");
}

void ad__tensor_file_swap(ad_dtype dtype, void *data, size_t bytes) {
  size_t word = ad_dtype_size(dtype);
  if (ad_dtype_category(dtype) == AD_CATEGORY_COMPLEX) word /= 2;
  unsigned char *p = data;
  for (size_t at = 0; word > 1 && at + word <= bytes; at += word)
    for (size_t i = 0; i < word / 2; i++) {
      unsigned char t = p[at + i];
      p[at + i] = p[at + word - 1 - i];
      p[at + word - 1 - i] = t;
    }
}
