/* A composite whose one input was computed from another was differentiated twice along that way: within its composition,
 * which was walked past the input, and then from the input on. */
#include <adamant/adamant.h>
#include "check.h"
#include "transform/transform.h"

TEST(each_way_counts_once) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  float three = 3, got = 0;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(), &three), *one = ad_ones(c, AD_SHAPE(), NULL);
  ad_array *y = ad_clip(ad_square(x), x, NULL), *grad = NULL, *error = NULL;
  CHECK_INT(ad__vjp(c, &y, &one, 1, &x, 1, &grad, &error), AD_OK);
  CHECK_INT(ad_read(grad, &got, sizeof got), AD_OK);
  CHECK_NEAR(got, 6, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(each_way_counts_once))
