/* Dtypes: what dtype.def says, and promotion.
 *
 * Promotion is one function over categories and sizes, so that a new dtype needs a line in the list and a
 * thought here only where it breaks the pattern. It is commutative and idempotent; it is not associative
 * (uint64 with a signed integer leaves the integers), which is the convention array users know.
 * Not here: weak scalars, which are a property of a node and not of a dtype. */
#include <adamant/dtype.h>
#include <string.h>

typedef struct dtype_row {
  const char *name;
  unsigned char size;
  unsigned char category;
} dtype_row;

static const dtype_row dtype_rows[AD_DTYPE_COUNT] = {
    {"none", 0, AD_CATEGORY_BOOL}, /* AD_DTYPE_NONE */
#define AD_DTYPE(NAME, text, ctype, bytes, category, kind) {text, bytes, AD_CATEGORY_##category},
#include <adamant/dtype.def>
#undef AD_DTYPE
};

static const dtype_row *row_of(ad_dtype t) { return &dtype_rows[(unsigned)t < AD_DTYPE_COUNT ? (unsigned)t : 0]; }

const char *ad_dtype_name(ad_dtype t) { return row_of(t)->name; }
size_t ad_dtype_size(ad_dtype t) { return row_of(t)->size; }
ad_category ad_dtype_category(ad_dtype t) { return (ad_category)row_of(t)->category; }

ad_dtype ad_dtype_parse(const char *name) {
  if (!name) return AD_DTYPE_NONE;
  for (int t = AD_DTYPE_NONE + 1; t < AD_DTYPE_COUNT; t++)
    if (strcmp(name, dtype_rows[t].name) == 0) return (ad_dtype)t;
  return AD_DTYPE_NONE;
}

/* uN with iM: the signed one when it is wider, else the next wider signed type; beyond 64 bits, float32. */
static ad_dtype promote_signs(size_t unsigned_size, size_t signed_size) {
  if (unsigned_size >= 8) return AD_FLOAT32;
  size_t need = 2 * unsigned_size > signed_size ? 2 * unsigned_size : signed_size;
  return need == 2 ? AD_INT16 : need == 4 ? AD_INT32 : AD_INT64;
}

ad_dtype ad_dtype_promote(ad_dtype a, ad_dtype b) {
  const dtype_row *low = row_of(a), *high = row_of(b);
  if (!low->size || !high->size) return AD_DTYPE_NONE;
  if (a == b) return a;
  if (low->category > high->category) return ad_dtype_promote(b, a);
  if (low->category == AD_CATEGORY_UINT && high->category == AD_CATEGORY_INT) return promote_signs(low->size, high->size);
  if (high->category == AD_CATEGORY_COMPLEX && low->category >= AD_CATEGORY_FLOAT)
    return a == AD_FLOAT64 || a == AD_COMPLEX128 || b == AD_COMPLEX128 ? AD_COMPLEX128 : AD_COMPLEX64;
  if (low->category != high->category) return b;
  if (low->size == high->size) return AD_FLOAT32; /* float16 with bfloat16: neither holds the other */
  return low->size > high->size ? a : b;
}
