/* Polynomial features, t-SNE's joint probabilities, points of a ROC curve: by hand, at odd scales, messages. */
#include "shape_help.h"

TEST(polynomials) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 2), (const float[]){2, 3});
  CHECK_FLOATS(ad_polynomial_features(x, 2, NULL), 1, 2, 3, 4, 6, 9);
  CHECK_FLOATS(ad_polynomial_features(x, 3, &(ad_polynomial_features_opts){.interaction_only = true, .exclude_bias = true}), 2, 3, 6);
  CHECK_FLOATS(ad_polynomial_features(x, 3, NULL), 1, 2, 3, 4, 6, 9, 8, 12, 18, 27);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Each row's entropy is the logarithm of the perplexity, whatever the scale and shift of distances; all sum to 1. */
TEST(probabilities) {
  enum { N = 60 };
  static double d[N * N], points[N];
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  for (int k = 0; k < 3; k++) {
    ad_scope *s = ad_scope_begin(c);
    double scale = k == 0 ? 1e-12 : k == 1 ? 1 : 1e12;
    for (int i = 0; i < N; i++) points[i] = sin(i * 12.9898) * 3 + (i % 4) * 10;
    for (int i = 0; i < N * N; i++) d[i] = scale * (points[i / N] - points[i % N]) * (points[i / N] - points[i % N]);
    ad_array *p = ad_tsne_joint_probabilities(ad_array_new(c, AD_FLOAT64, AD_SHAPE(N, N), d), &(ad_tsne_joint_probabilities_opts){.perplexity = AD_NUM(12)});
    const double *v = ad_data(p);
    CHECK_STOP(v);
    double sum = 0;
    for (int i = 0; i < N * N; i++) sum += v[i];
    CHECK_NEAR(sum, 1, 1e-8);
    for (int i = 0; i < N; i++) CHECK_NEAR(v[i * N + i], 1e-12, 0);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

/* The area is the share of pairs in the right order, ties counted half. */
TEST(area) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  const float scores[6] = {0.9f, 0.4f, 0.4f, 0.1f, 0.8f, 0.4f};
  const uint8_t labels[6] = {1, 1, 0, 0, 0, 1};
  ad_array *points = ad_auc_core(ad_array_new(c, AD_FLOAT32, AD_SHAPE(6), scores), ad_array_new(c, AD_BOOL, AD_SHAPE(6), labels));
  const float *p = ad_data(points);
  CHECK_STOP(p);
  double area = 0, pairs = 0;
  for (int i = 1; i < 7; i++) area += (double)((p[i] - p[i - 1]) * (p[7 + i] + p[6 + i])) / 2;
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++)
      if (labels[i] && !labels[j]) pairs += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
  CHECK_NEAR(area, pairs / 9, 1e-6);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(messages) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  CHECK_FAILS(ad_tsne_joint_probabilities(ad_zeros(c, AD_SHAPE(5, 5), NULL), NULL), AD_E_VALUE,
              "tsne_joint_probabilities: perplexity 30 of 5 points; less than their other 4 is right");
  CHECK_FAILS(ad_polynomial_features(ad_zeros(c, AD_SHAPE(5, 5000), NULL), 3, NULL), AD_E_OVERFLOW,
              "polynomial_features: 5000 features of degree 3; more than 16777216 products; a lower degree is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(polynomials), CASE(probabilities), CASE(area), CASE(messages))
