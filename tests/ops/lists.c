/* Functions that return tuples: split, unstack, broadcast_arrays, meshgrid, depends; and ops that rearrange. */
#include <adamant/adamant.h>
#include "check.h"
#include "ops/shape_help.h"

TEST(split) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(2, 6)), *y = ad_split(x, 3, &(ad_split_opts){.axis = AD_INT(-1)});
  CHECK_INT(ad_item_count(y), 3);
  CHECK_FLOATS(ad_item(y, 1), 2, 3, 8, 9);
  y = ad_split(x, 2, NULL);
  CHECK((const char *)ad_data(ad_item(y, 1)) == (const char *)ad_data(x) + 6 * sizeof(float));
  y = ad_split_indices(counting(c, AD_SHAPE(5)), AD_INTS(1, 1, -1, 9), NULL);
  CHECK_INT(ad_item_count(y), 5);
  CHECK_FLOATS(ad_item(y, 0), 0);
  CHECK_INT(ad_array_size(ad_item(y, 1)), 0);
  CHECK_FLOATS(ad_item(y, 2), 1, 2, 3);
  CHECK_FLOATS(ad_item(y, 3), 4);
  CHECK_INT(ad_array_size(ad_item(y, 4)), 0);
  CHECK_INT(ad_item_count(ad_split_indices(x, AD_INTS(), NULL)), 1);
  CHECK_FAILS(ad_split(x, 4, &(ad_split_opts){.axis = AD_INT(1)}), AD_E_VALUE,
              ": split: an axis of 6 in 4 pieces; they do not divide it; a divisor, or indices, are right");
  CHECK_FAILS(ad_split(x, 0, NULL), AD_E_VALUE, ": split: 0 pieces; 1 or more are right");
  CHECK_FAILS(ad_split(x, 1, &(ad_split_opts){.axis = AD_INT(2)}), AD_E_INDEX, ": split: axis 2; it is out of range for rank 2");
  CHECK_FAILS(ad_split(y, 1, NULL), AD_E_TYPE, ": split: array 0 is a tuple");
  CHECK_FAILS(ad_split(ad_reshape(x, AD_SHAPE(5)), 1, NULL), AD_E_VALUE, ": reshape: ");
  CHECK(ad_is_error(ad_split(NULL, 1, NULL)));
  ad_ctx_free(c);
}

TEST(unstack_and_stack) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(2, 3)), *y = ad_unstack(x, &(ad_unstack_opts){.axis = AD_INT(1)});
  CHECK_INT(ad_item_count(y), 3);
  CHECK_FLOATS(ad_item(y, 2), 2, 5);
  ad_array *parts[] = {ad_item(y, 2), ad_item(y, 0)};
  CHECK_FLOATS(ad_stack(c, parts, 2, &(ad_stack_opts){.axis = AD_INT(-1)}), 2, 0, 5, 3);
  CHECK_FLOATS(ad_stack(c, parts, 2, NULL), 2, 5, 0, 3);
  CHECK_INT(ad_item_count(ad_unstack(ad_zeros(c, AD_SHAPE(0, 2), NULL), NULL)), 0);
  CHECK_FAILS(ad_unstack(ad_number(c, 1), NULL), AD_E_INDEX, ": unstack: axis 0; the array has rank 0 and no axes");
  CHECK_FAILS(ad_unstack(ad_zeros(c, AD_SHAPE(70000), NULL), NULL), AD_E_OVERFLOW, ": unstack: 70000 results");
  CHECK_FAILS(ad_stack(c, NULL, 0, NULL), AD_E_VALUE, ": stack: no arrays; at least one is right");
  ad_ctx_free(c);
}

TEST(grids) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[] = {counting(c, AD_SHAPE(3)), counting(c, AD_SHAPE(2))};
  ad_array *y = ad_meshgrid(c, in, 2, NULL);
  CHECK_FLOATS(ad_item(y, 0), 0, 1, 2, 0, 1, 2);
  CHECK_FLOATS(ad_item(y, 1), 0, 0, 0, 1, 1, 1);
  y = ad_meshgrid(c, in, 2, &(ad_meshgrid_opts){.indexing = "ij", .sparse = true});
  CHECK_INT(ad_array_dim(ad_item(y, 0), 0), 3);
  CHECK_INT(ad_array_dim(ad_item(y, 0), 1), 1);
  CHECK_FAILS(ad_meshgrid(c, in, 2, &(ad_meshgrid_opts){.indexing = "yx"}), AD_E_VALUE,
              ": meshgrid: indexing \"yx\"; \"xy\" or \"ij\" is right");
  CHECK_INT(ad_item_count(ad_meshgrid(c, NULL, 0, NULL)), 0);
  ad_array *both = ad_broadcast_arrays(c, (ad_array *[]){in[0], ad_reshape(in[1], AD_SHAPE(2, 1))}, 2);
  CHECK_FLOATS(ad_item(both, 1), 0, 0, 0, 1, 1, 1);
  CHECK_FAILS(ad_broadcast_arrays(c, in, 2), AD_E_VALUE,
              ": broadcast_arrays: shapes (3) and (2) do not broadcast: axis -1 is 3 in one and 2 in the other");
  ad_ctx_free(c);
}

/* Unused results of depends do not run; a used one runs after all the others. */
TEST(dependence) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3)), *other = ad_exp(x);
  ad_array *y = ad_depends(c, &x, 1, &other, 1);
  CHECK_FLOATS(ad_item(y, 0), 0, 1, 2);
  CHECK(ad_data(ad_item(y, 0)) == ad_data(x));
  ad_ctx_free(c);
}

TEST(rearranging) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(3));
  CHECK_FLOATS(ad_repeat(x, 2, NULL), 0, 0, 1, 1, 2, 2);
  CHECK_FLOATS(ad_tile(x, AD_INTS(2, 1)), 0, 1, 2, 0, 1, 2);
  CHECK_FLOATS(ad_roll(x, AD_INTS(-4), NULL), 1, 2, 0);
  CHECK_FLOATS(ad_roll(x, AD_INTS(INT64_MIN), NULL), 2, 0, 1);
  CHECK_FLOATS(ad_pad(x, AD_INTS(2, 1), &(ad_pad_opts){.mode = "reflect"}), 2, 1, 0, 1, 2, 1);
  CHECK_FLOATS(ad_pad(x, AD_INTS(5, 6), &(ad_pad_opts){.mode = "reflect"}), 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0);
  CHECK_FLOATS(ad_pad(x, AD_INTS(4, 2), &(ad_pad_opts){.mode = "symmetric"}), 2, 2, 1, 0, 0, 1, 2, 2, 1);
  CHECK_FLOATS(ad_pad(x, AD_INTS(1), &(ad_pad_opts){.mode = "edge"}), 0, 0, 1, 2, 2);
  CHECK_FLOATS(ad_pad(x, AD_INTS(0, 2), &(ad_pad_opts){.value = AD_NUM(7)}), 0, 1, 2, 7, 7);
  CHECK_FLOATS(ad_as_strided(x, AD_SHAPE(2, 2), &(ad_as_strided_opts){.strides = AD_INTS(1, 1)}), 0, 1, 1, 2);
  ad_array *t = ad_transpose(counting(c, AD_SHAPE(2, 2)), NULL);
  CHECK_FLOATS(ad_as_strided(t, AD_SHAPE(4), NULL), 0, 2, 1, 3);
  CHECK(ad_data(ad_contiguous(x)) == ad_data(x));
  CHECK(ad_data(ad_copy(x)) != ad_data(x));
  ad_array *bits = ad_view(counting(c, AD_SHAPE(2)), AD_UINT16);
  CHECK_FLOATS(bits, 0, 0, 0, 0x3f80);
  CHECK_INT(ad_array_size(ad_view(ad_strided_slice(bits, AD_INTS(1), AD_INTS(3), NULL), AD_FLOAT32)), 1);
  CHECK_FLOATS(ad_view(ad_strided_slice(bits, AD_INTS(1), AD_INTS(3), NULL), AD_FLOAT32), 0);
  ad_ctx_free(c);
}

/* ---- Gradients of slices ---- */

/* Half the squares of pieces, weighted by their numbers, whose gradient is the pieces so weighted: side by side in any order, with a gap, overlapping, along two axes, one turned. */
static ad_array *weighted(ad_ctx *c, ad_array *const *in, void *user) {
  static const int64_t ends[][3][2] = {{{0, 2}, {2, 5}, {5, 6}}, {{5, 6}, {0, 2}, {2, 5}}, {{0, 1}, {3, 4}, {4, 6}}, {{0, 4}, {2, 6}, {1, 2}}};
  int which = *(const int *)user;
  ad_array *sum = NULL;
  for (int i = 0; i < 3; i++) {
    const int64_t *e = ends[which % 4][i];
    ad_array *part = ad_index(in[0], AD_ELLIPSIS, AD_RANGE(e[0], e[1], 1));
    if (which >= 4) part = i == 1 ? ad_flip(part, &(ad_flip_opts){.axes = AD_AXES(1)}) : ad_index(part, AD_RANGE(0, i, 1));
    ad_array *own = ad_sum(ad_multiply(ad_square(part), ad_number(c, 0.5 * (i + 1))), NULL);
    sum = sum ? ad_add(sum, own) : own;
  }
  return sum;
}

TEST(gradients_of_slices) {
  static const float want[][6] = {{1, 1, 2, 2, 2, 3}, {2, 2, 3, 3, 3, 1}, {1, 0, 0, 2, 3, 3}, {1, 4, 3, 3, 2, 2}};
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = counting(c, AD_SHAPE(2, 6));
  for (int which = 0; which < 4; which++) {
    ad_fn *f = ad_grad(ad_fn_new(c, weighted, 1, &which), NULL);
    ad_array *g = ad_call(f, x);
    const float *v = ad_data(g);
    CHECK_STR(ad_error_text(g), "");
    for (int i = 0; i < 12 && v; i++) CHECK_NEAR(v[i], want[which][i % 6] * (float)i, 0);
    ad_fn *compiled = ad_compile(f, NULL);
    ad_eval(ad_call(compiled, x));
    bool joined = which < 2; /* by one concatenation, nothing being added to zeros */
    if (!!strstr(ad_compiled_report(compiled, "prune"), "pad_constant") != !joined) CHECK_FAIL("%d: %s", which, ad_compiled_report(compiled, "prune"));
  }
  int which = 4; /* rows [0, 0) of part 0, all of part 1 turned, rows [0, 2) of part 2 */
  ad_array *g = ad_call(ad_grad(ad_fn_new(c, weighted, 1, &which), NULL), x);
  const float *v = ad_data(g);
  for (int i = 0; i < 12 && v; i++) CHECK_NEAR(v[i], ((float[]){0, 0, 2, 2, 2, 3})[i % 6] * (float)i, 0);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(split), CASE(unstack_and_stack), CASE(grids), CASE(dependence), CASE(rearranging), CASE(gradients_of_slices))
