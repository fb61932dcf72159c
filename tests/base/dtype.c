/* Dtypes: names, sizes, and the whole promotion table written out. */
#include <adamant/dtype.h>

#include "check.h"

/* Rows and columns in the order of dtype.def, each dtype a letter: o bool, a-d uint8..64, e-h int8..64, H float16,
 * B bfloat16, F float32, D float64, y and z the complex two. */
static const char letters[] = "oabcdefghHBFDyz";
static const char *const table[AD_DTYPE_COUNT - 1] = {
    "oabcdefghHBFDyz", /* bool */
    "aabcdffghHBFDyz", /* uint8 */
    "bbbcdggghHBFDyz", /* uint16 */
    "ccccdhhhhHBFDyz", /* uint32 */
    "dddddFFFFHBFDyz", /* uint64 */
    "efghFefghHBFDyz", /* int8 */
    "ffghFffghHBFDyz", /* int16 */
    "ggghFggghHBFDyz", /* int32 */
    "hhhhFhhhhHBFDyz", /* int64 */
    "HHHHHHHHHHFFDyz", /* float16 */
    "BBBBBBBBBFBFDyz", /* bfloat16 */
    "FFFFFFFFFFFFDyz", /* float32 */
    "DDDDDDDDDDDDDzz", /* float64 */
    "yyyyyyyyyyyyzyz", /* complex64 */
    "zzzzzzzzzzzzzzz", /* complex128 */
};

static ad_dtype of_letter(char c) { return (ad_dtype)(AD_BOOL + (strchr(letters, c) - letters)); }

TEST(names_and_sizes) {
  CHECK_STR(ad_dtype_name(AD_BFLOAT16), "bfloat16");
  CHECK_STR(ad_dtype_name(AD_DTYPE_NONE), "none");
  CHECK_INT(ad_dtype_size(AD_COMPLEX128), 16);
  CHECK_INT(ad_dtype_size(AD_DTYPE_COUNT), 0);
  CHECK_STR(ad_dtype_name((ad_dtype)-1), "none");
  for (int t = AD_BOOL; t < AD_DTYPE_COUNT; t++) CHECK_INT(ad_dtype_parse(ad_dtype_name((ad_dtype)t)), t);
  CHECK_INT(ad_dtype_parse("float"), AD_DTYPE_NONE);
  CHECK_INT(ad_dtype_parse(NULL), AD_DTYPE_NONE);
  CHECK_INT(ad_dtype_category(AD_UINT16), AD_CATEGORY_UINT);
}

TEST(promotion_is_the_table) {
  for (int a = AD_BOOL; a < AD_DTYPE_COUNT; a++)
    for (int b = AD_BOOL; b < AD_DTYPE_COUNT; b++) {
      ad_dtype got = ad_dtype_promote((ad_dtype)a, (ad_dtype)b), want = of_letter(table[a - AD_BOOL][b - AD_BOOL]);
      if (got != want)
        CHECK_FAIL("%s with %s is %s, expected %s", ad_dtype_name((ad_dtype)a), ad_dtype_name((ad_dtype)b), ad_dtype_name(got),
                   ad_dtype_name(want));
    }
  CHECK_INT(ad_dtype_promote(AD_DTYPE_NONE, AD_INT8), AD_DTYPE_NONE);
  CHECK_INT(ad_dtype_promote(AD_INT8, AD_DTYPE_COUNT), AD_DTYPE_NONE);
}

TEST(shapes_in_c) {
  ad_shape none = AD_SHAPE(), two = AD_SHAPE(3, 5);
  CHECK_INT(none.rank, 0);
  CHECK_INT(two.rank, 2);
  CHECK_INT(two.dims[1], 5);
}

CHECK_MAIN(CASE(names_and_sizes), CASE(promotion_is_the_table), CASE(shapes_in_c))
