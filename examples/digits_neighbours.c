/* digits_neighbours.c: a nearest-neighbour classifier and a principal-component picture of handwritten digits.
 *
 * 1,297 digits are known, 500 are held out; each of these gets the label of the known digit it differs least from. Then
 * the two directions in which the digits vary most are found by orthogonal iteration, and every digit becomes a point.
 * Writes build/demo/digits.svg. Run from the repository's root. */
#define _POSIX_C_SOURCE 200809L
#include <adamant/adamant.h>
#include <stdio.h>
#include <stdlib.h>
#include "digits.h"

enum { HELD_OUT = 500, KNOWN = DIGITS - HELD_OUT };

static float pixels[DIGITS][PIXELS];
static int labels[DIGITS];

static int fail(ad_array *a) {
  fprintf(stderr, "%s\n", ad_error_text(a));
  return 1;
}

/* Squared distances between the rows of a and b, as |a|^2 - 2 a.b + |b|^2. */
static ad_array *distances(ad_array *a, ad_array *b) {
  ad_sum_opts rows = {.axes = AD_AXES(1)};
  ad_array *aa = ad_expand_dims(ad_sum(ad_square(a), &rows), AD_AXES(1));
  ad_array *bb = ad_expand_dims(ad_sum(ad_square(b), &rows), AD_AXES(0));
  ad_array *ab = ad_contract(a, b, &(ad_contract_opts){.sum_a = AD_AXES(1), .sum_b = AD_AXES(1)});
  return ad_add(ad_subtract(aa, ad_multiply(ad_number(ad_array_ctx(a), 2), ab)), bb);
}

/* A random order of the digits that is always the same: the file's writers are not mixed. */
static ad_array *random_order(ad_ctx *c) {
  ad_array *key = ad_array_new(c, AD_UINT32, AD_SHAPE(2), ((uint32_t[]){0, 2026}));
  return ad_argsort(ad_random_bits(key, AD_SHAPE(DIGITS), NULL), NULL);
}

static int classify(ad_array *x, ad_array *y) {
  ad_array *known = ad_index(x, AD_RANGE(0, KNOWN, 1)), *unknown = ad_index(x, AD_RANGE(KNOWN, DIGITS, 1));
  ad_array *nearest = ad_argmin(distances(unknown, known), &(ad_argmin_opts){.axis = AD_INT(1)});
  ad_array *guess = ad_take(y, nearest, NULL);
  ad_array *right = ad_count_nonzero(ad_equal(guess, ad_index(y, AD_RANGE(KNOWN, DIGITS, 1))), NULL);
  int count;
  if (ad_read(right, &count, sizeof count)) return fail(right);
  printf("nearest neighbour: %d of %d held-out digits right (%.1f %%)\n", count, HELD_OUT, 100.0 * count / HELD_OUT);
  return 0;
}

/* ---- Principal components ---- */

/* Two orthonormal columns of the space they span: Gram-Schmidt. */
static ad_array *orthonormal(ad_array *v) {
  ad_sum_opts all = {.keepdims = true};
  ad_array *a = ad_index(v, AD_ALL, AD_RANGE(0, 1, 1)), *b = ad_index(v, AD_ALL, AD_RANGE(1, 2, 1));
  a = ad_multiply(a, ad_rsqrt(ad_sum(ad_square(a), &all)));
  b = ad_subtract(b, ad_multiply(a, ad_sum(ad_multiply(a, b), &all)));
  b = ad_multiply(b, ad_rsqrt(ad_sum(ad_square(b), &all)));
  return ad_concatenate(ad_array_ctx(v), ((ad_array *[]){a, b}), 2, &(ad_concatenate_opts){.axis = AD_INT(1)});
}

/* The digits in the plane of their two main directions, shape (DIGITS, 2), and the share of variance it holds. */
static ad_array *project(ad_array *x, ad_array **share) {
  ad_ctx *c = ad_array_ctx(x);
  ad_array *centred = ad_subtract(x, ad_mean(x, &(ad_mean_opts){.axes = AD_AXES(0), .keepdims = true}));
  ad_contract_opts over_digits = {.sum_a = AD_AXES(0), .sum_b = AD_AXES(0)};
  ad_contract_opts product = {.sum_a = AD_AXES(1), .sum_b = AD_AXES(0)};
  ad_array *covariance = ad_contract(centred, centred, &over_digits);
  ad_array *v = ad_eye(c, PIXELS, &(ad_eye_opts){.m = AD_INT(2)});
  v = ad_add(v, ad_number(c, 0.1));
  for (int step = 0; step < 60; step++) {
    v = orthonormal(ad_contract(covariance, v, &product));
    if (ad_eval(v)) break; /* keeps the expression short; the error, if any, is in v */
  }
  ad_array *points = ad_contract(centred, v, &product);
  *share = ad_divide(ad_sum(ad_square(points), NULL), ad_sum(ad_square(centred), NULL));
  return points;
}

static const char *const colours[10] = {"#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f",
                                        "#b6992d", "#b07aa1", "#d4598d", "#9c755f", "#79706e"};

static int write_svg(const char *path, const float *points, const int *digit, float share) {
  float low[2] = {points[0], points[1]}, high[2] = {points[0], points[1]};
  for (int i = 0; i < 2 * DIGITS; i++) {
    if (points[i] < low[i % 2]) low[i % 2] = points[i];
    if (points[i] > high[i % 2]) high[i % 2] = points[i];
  }
  FILE *f = fopen(path, "w");
  if (!f) {
    perror(path);
    return 1;
  }
  fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 640\" font-family=\"sans-serif\">\n"
             "<rect width=\"760\" height=\"640\" fill=\"white\"/>\n"
             "<text x=\"40\" y=\"34\" font-size=\"18\">%d handwritten digits in the plane of their two principal components</text>\n"
             "<text x=\"40\" y=\"56\" font-size=\"13\" fill=\"#555\">%.1f %% of the variance</text>\n"
             "<rect x=\"40\" y=\"72\" width=\"620\" height=\"540\" fill=\"none\" stroke=\"#ccc\"/>\n",
          DIGITS, 100 * share);
  for (int i = 0; i < DIGITS; i++) {
    float u = (points[2 * i] - low[0]) / (high[0] - low[0]), v = (points[2 * i + 1] - low[1]) / (high[1] - low[1]);
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"9\" fill=\"%s\" text-anchor=\"middle\">%d</text>\n",
            50 + 600 * u, 608 - 524 * v, colours[digit[i]], digit[i]);
  }
  for (int d = 0; d < 10; d++)
    fprintf(f, "<circle cx=\"685\" cy=\"%d\" r=\"6\" fill=\"%s\"/><text x=\"700\" y=\"%d\" font-size=\"14\">%d</text>\n",
            90 + 24 * d, colours[d], 95 + 24 * d, d);
  fprintf(f, "</svg>\n");
  return fclose(f) != 0;
}

static int draw(ad_array *x, ad_array *y) {
  static float points[DIGITS][2];
  static int digit[DIGITS];
  ad_array *share, *p = project(x, &share);
  float variance;
  if (ad_read(p, points, sizeof points)) return fail(p);
  if (ad_read(y, digit, sizeof digit)) return fail(y);
  if (ad_read(share, &variance, sizeof variance)) return fail(share);
  printf("two principal components hold %.1f %% of the variance\n", 100 * variance);
  if (write_svg("build/demo/digits.svg", &points[0][0], digit, variance)) return 1;
  printf("picture: build/demo/digits.svg\n");
  return 0;
}

int main(void) {
  if (!read_digits(pixels, labels)) {
    fprintf(stderr, "examples/data/digits.csv.gz: cannot be read; run this from the repository's root\n");
    return 1;
  }
  ad_ctx *c = ad_ctx_new(NULL);
  if (!c) return 1;
  ad_array *order = random_order(c);
  ad_array *x = ad_take(ad_array_new(c, AD_FLOAT32, AD_SHAPE(DIGITS, PIXELS), pixels), order,
                        &(ad_take_opts){.axis = AD_INT(0)});
  ad_array *y = ad_take(ad_array_new(c, AD_INT32, AD_SHAPE(DIGITS), labels), order, NULL);
  printf("%d digits of 8 x 8 pixels, %d held out\n", DIGITS, HELD_OUT);
  int failed = classify(x, y) || draw(x, y);
  ad_ctx_free(c);
  return failed;
}
