/* A composite that is taken apart after the walk has met its input added references that the walk did not know of: the input,
 * still held, was taken for dying, and its value was freed. */
#include <adamant/adamant.h>
#include "check.h"

TEST(the_input_keeps_its_value) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  float values[3] = {5, 7, 9}, got[3] = {0};
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), values);
  ad_array *y = ad_pad(x, AD_INTS(7, 5), &(ad_pad_opts){.mode = "reflect"});
  CHECK_INT(ad_eval(ad_tuple(c, (ad_array *[]){x, y}, 2)), AD_OK);
  CHECK_INT(ad_read(x, got, sizeof got), AD_OK);
  CHECK_MEM(got, values, sizeof got);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(the_input_keeps_its_value))
