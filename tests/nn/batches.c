/* Batches: every sample once an epoch, orders by seed, forms and shapes, positions, a function as a source, what is refused. */
#include <stdlib.h>
#include "optim_help.h"

enum { SAMPLES = 23 };

/* x: (SAMPLES, 2) float32 of i and -i; y: (SAMPLES) int32 of 10 i. */
static ad_array *table(ad_ctx *c) {
  float x[SAMPLES * 2];
  int32_t y[SAMPLES];
  for (int i = 0; i < SAMPLES; i++) x[2 * i] = (float)i, x[2 * i + 1] = (float)-i, y[i] = 10 * i;
  ad_array *of[] = {ad_array_new(c, AD_FLOAT32, AD_SHAPE(SAMPLES, 2), x), ad_array_new(c, AD_INT32, AD_SHAPE(SAMPLES), y)};
  return ad_record(c, (const char *const[]){"x", "y"}, of, 2);
}

/* One epoch's samples in their order, checked against each other; how many batches there were. */
static int read_epoch(ad_batches *b, int *order, int *last) {
  int at = 0, batches = 0;
  for (ad_array *batch; ad_batches_next(b, &batch); batches++) {
    if (ad_is_error(batch)) {
      CHECK_FAIL("%s", ad_error_text(batch));
      return -1;
    }
    const float *x = ad_data(ad_field(batch, "x"));
    const int32_t *y = ad_data(ad_field(batch, "y"));
    *last = (int)ad_array_dim(ad_field(batch, "y"), 0);
    for (int i = 0; i < *last; i++) {
      CHECK(x[2 * i] == (float)y[i] / 10 && x[2 * i + 1] == -x[2 * i]);
      order[at++] = y[i] / 10;
    }
  }
  return batches;
}

TEST(every_sample_once) {
  ad_ctx *c = ad_ctx_new(NULL);
  for (int ahead = 0; ahead < 4; ahead++) {
    int first[SAMPLES], second[SAMPLES], last;
    ad_batches *b = ad_batches_new(c, table(c), 5, &(ad_batches_opts){.seed = 3, .prefetch = AD_INT(ahead)});
    CHECK_INT(ad_batches_count(b), 5);
    CHECK_INT(ad_batches_samples(b), SAMPLES);
    CHECK_INT(read_epoch(b, first, &last), 5);
    CHECK_INT(last, 3);
    CHECK_INT(read_epoch(b, second, &last), 5);
    uint32_t met = 0, met_again = 0;
    for (int i = 0; i < SAMPLES; i++) met |= 1u << first[i], met_again |= 1u << second[i];
    CHECK_INT(met, (1u << SAMPLES) - 1);
    CHECK_INT(met_again, (1u << SAMPLES) - 1);
    CHECK(memcmp(first, second, sizeof first) != 0);
    ad_batches_free(b);
  }
  ad_ctx_free(c);
}

TEST(orders) {
  ad_ctx *c = ad_ctx_new(NULL);
  int a[SAMPLES], b[SAMPLES], last;
  for (int k = 0; k < 3; k++) { /* the same seed, another, none */
    ad_batches_opts opts[] = {{.seed = 7}, {.seed = k == 0 ? 7 : 8, .in_order = k == 2}};
    ad_batches *of[] = {ad_batches_new(c, table(c), 4, &opts[0]), ad_batches_new(c, table(c), 6, &opts[1])};
    read_epoch(of[0], a, &last), read_epoch(of[1], b, &last);
    CHECK((memcmp(a, b, sizeof a) == 0) == (k == 0)); /* whatever the size of batches */
    for (int i = 0; i < SAMPLES && k == 2; i++) CHECK_INT(b[i], i);
    ad_batches_free(of[0]), ad_batches_free(of[1]);
  }
  ad_batches *dropped = ad_batches_new(c, table(c), 5, &(ad_batches_opts){.drop_last = true});
  CHECK_INT(read_epoch(dropped, a, &last), 4);
  CHECK_INT(last, 5);
  ad_batches_free(dropped);
  ad_ctx_free(c);
}

/* From every position of two epochs, in a fresh source. */
TEST(positions_go_on_bit_for_bit) {
  ad_ctx *c = ad_ctx_new(NULL);
  int32_t want[12][6] = {{0}}, got[6];
  uint64_t at[13][2];
  ad_batches_opts opts = {.seed = 11, .prefetch = AD_INT(3)};
  ad_batches *b = ad_batches_new(c, table(c), 6, &opts);
  ad_array *batch;
  for (int i = 0; i < 12;) { /* four batches an epoch */
    ad_batches_position(b, at[i]);
    if (!ad_batches_next(b, &batch)) continue;
    ad_array *y = ad_field(batch, "y");
    CHECK_INT(ad_read(y, want[i++], (size_t)ad_array_size(y) * 4), AD_OK);
  }
  ad_batches *other = ad_batches_new(c, table(c), 6, &opts);
  for (int i = 11; i >= 0; i--) {
    CHECK_INT(ad_batches_seek(i % 2 ? other : b, at[i]), AD_OK);
    memset(got, 0, sizeof got);
    if (!ad_batches_next(i % 2 ? other : b, &batch)) CHECK(ad_batches_next(i % 2 ? other : b, &batch));
    ad_array *y = ad_field(batch, "y");
    CHECK_INT(ad_read(y, got, (size_t)ad_array_size(y) * 4), AD_OK);
    CHECK_MEM(got, want[i], sizeof got);
  }
  CHECK_INT(ad_batches_seek(b, (const uint64_t[]){0, 5}), AD_E_VALUE);
  ad_batches_free(b);
  ad_batches_free(other);
  ad_ctx_free(c);
}

/* ---- Other forms and sources ---- */

static bool write_sample(void *user, int64_t index, void *const *leaves) {
  if (index == *(int64_t *)user) return false;
  memcpy(leaves[0], (double[]){(double)index, 1, 2}, 3 * sizeof(double));
  memcpy(leaves[1], &(uint8_t){(uint8_t)index}, 1);
  return true;
}
static int released;
static void release(void *user) {
  (void)user;
  released++;
}

TEST(a_function_as_a_source) {
  ad_ctx *c = ad_ctx_new(NULL);
  int64_t missing = -1;
  ad_array *like = ad_tuple(c, (ad_array *[]){ad_zeros(c, AD_SHAPE(3), &(ad_zeros_opts){.dtype = AD_FLOAT64}), ad_zeros(c, AD_SHAPE(), &(ad_zeros_opts){.dtype = AD_UINT8})}, 2);
  ad_batches *b = ad_batches_from(c, like, 10, write_sample, &missing, release, 4, &(ad_batches_opts){.in_order = true});
  ad_array *batch;
  for (int i = 0; i < 2; i++) CHECK(ad_batches_next(b, &batch));
  CHECK_INT(ad_array_rank(ad_item(batch, 0)), 2);
  const double *x = ad_data(ad_item(batch, 0));
  const uint8_t *y = ad_data(ad_item(batch, 1));
  CHECK(x[3] == 5 && x[4] == 1 && y[1] == 5);
  ad_batches_free(b);
  CHECK_INT(released, 1);
  missing = 6;
  b = ad_batches_from(c, like, 10, write_sample, &missing, release, 4, &(ad_batches_opts){.in_order = true});
  CHECK(ad_batches_next(b, &batch) && !ad_is_error(batch));
  CHECK(ad_batches_next(b, &batch));
  CHECK_STR_HAS(ad_error_text(batch), "batches: the source has no sample 6; it was to have 10");
  CHECK(ad_batches_next(b, &batch) && !ad_is_error(batch));
  CHECK(!ad_batches_next(b, &batch));
  ad_batches_free(b);
  CHECK_INT(released, 2);
  ad_ctx_free(c);
}

TEST(one_array_views_and_empty_samples) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *turned = ad_transpose(ad_reshape(ad_arange(c, 0, 12, NULL), AD_SHAPE(3, 4)), NULL), *batch;
  ad_batches *b = ad_batches_new(c, turned, 2, &(ad_batches_opts){.in_order = true});
  CHECK(ad_batches_next(b, &batch));
  ad_scope *s = ad_scope_begin(c);
  CHECK(ad_batches_next(b, &batch));
  const float *x = ad_data(batch);
  CHECK(x[0] == 2 && x[1] == 6 && x[2] == 10 && x[3] == 3);
  ad_scope_end(s, NULL);
  ad_batches_free(b);
  b = ad_batches_new(c, ad_zeros(c, AD_SHAPE(4, 0), NULL), 3, NULL);
  CHECK(ad_batches_next(b, &batch));
  CHECK_INT(ad_array_dim(batch, 0), 3);
  ad_batches_free(b);
  ad_ctx_free(c);
}

static void check_refused(ad_batches *b, const char *part) {
  ad_array *batch;
  CHECK(ad_batches_next(b, &batch));
  CHECK_STR_HAS(ad_error_text(batch), part);
  CHECK_INT(ad_batches_seek(b, (const uint64_t[]){0, 0}), AD_E_VALUE);
  ad_batches_free(b);
}

TEST(refusals) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ad_ones(c, AD_SHAPE(3), NULL), *b = ad_ones(c, AD_SHAPE(4), NULL);
  check_refused(ad_batches_new(c, ad_tuple(c, (ad_array *[]){a, b}, 2), 2, NULL), "batches: 1 has 4 samples, others 3; as many are right");
  check_refused(ad_batches_new(c, ad_ones(c, AD_SHAPE(), NULL), 2, NULL), "batches: the array has rank 0; its first axis, of samples, is needed");
  check_refused(ad_batches_new(c, a, 0, NULL), "batches: batches of 0 samples; 1 or more are right");
  check_refused(ad_batches_new(c, a, 4, &(ad_batches_opts){.drop_last = true}), "batches: 3 samples in batches of 4, the last left out; no batch remains");
  check_refused(ad_batches_new(c, a, 1, &(ad_batches_opts){.prefetch = AD_INT(65)}), "batches: prefetch 65; 0 to 64 are right");
  check_refused(ad_batches_new(c, ad_zeros(c, AD_SHAPE(0), NULL), 1, NULL), "batches: 0 samples");
  check_refused(ad_batches_new(c, ad_tuple(c, NULL, 0), 1, NULL), "batches: 0 arrays in a sample");
  check_refused(ad_batches_new(c, ad_add(a, b), 1, NULL), "do not broadcast");
  check_refused(NULL, "NULL");
  check_refused(ad_batches_from(c, a, 4, NULL, NULL, NULL, 1, NULL), "NULL");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(every_sample_once), CASE(orders), CASE(positions_go_on_bit_for_bit), CASE(a_function_as_a_source), CASE(one_array_views_and_empty_samples),
           CASE(refusals))
