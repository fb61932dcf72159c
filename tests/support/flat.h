/* flat.h: several arrays as one long vector of doubles (real, imaginary, real, ...), for finite differences and pairings. */
#ifndef AD_TESTS_FLAT_H
#define AD_TESTS_FLAT_H

#include <stdlib.h>
#include "support/samples.h"

typedef struct flat {
  int n; /* arrays */
  sample_tensor type[SAMPLE_INPUTS];
  int64_t size;   /* numbers: two for each element */
  double *at;
} flat;

static inline void flat_add(flat *v, const sample_tensor *t) {
  v->type[v->n++] = *t;
  v->size += 2 * sample_size(t);
}

static inline void flat_add_array(flat *v, const ad_array *a) {
  sample_tensor t = {.dtype = ad_array_dtype(a), .rank = ad_array_rank(a)};
  for (int i = 0; i < t.rank; i++) t.dims[i] = ad_array_dim(a, i);
  flat_add(v, &t);
}

static inline void flat_room(flat *v) { v->at = calloc((size_t)v->size + 1, sizeof *v->at); }

/* A vector of the same arrays, all zero. */
static inline flat flat_like(const flat *v) {
  flat w = *v;
  flat_room(&w);
  return w;
}

static inline void flat_fill(flat *v, const char *domain, uint64_t seed) {
  int64_t at = 0;
  for (int i = 0; i < v->n; i++) {
    int64_t n = sample_size(&v->type[i]);
    size_t item = ad_dtype_size(v->type[i].dtype);
    char *raw = malloc((size_t)n * item + 1);
    sample_fill(&v->type[i], domain, seed + (uint64_t)i, raw);
    for (int64_t k = 0; k < n; k++, at += 2)
      v->at[at] = sample_load(v->type[i].dtype, raw + (size_t)k * item, &v->at[at + 1]);
    free(raw);
  }
}

/* v + h w as arrays. */
static inline void flat_arrays(const flat *v, double h, const flat *w, ad_ctx *c, ad_array **out) {
  int64_t at = 0;
  for (int i = 0; i < v->n; i++) {
    const sample_tensor *t = &v->type[i];
    int64_t n = sample_size(t);
    size_t item = ad_dtype_size(t->dtype);
    char *raw = malloc((size_t)n * item + 1);
    for (int64_t k = 0; k < n; k++, at += 2)
      sample_store(t->dtype, raw + (size_t)k * item, v->at[at] + (w ? h * w->at[at] : 0), v->at[at + 1] + (w ? h * w->at[at + 1] : 0));
    out[i] = ad_array_new(c, t->dtype, (ad_shape){t->rank, t->dims}, raw);
    free(raw);
  }
}

/* The elements of arrays of v's types; NULL is zero. The first error array met, or NULL. */
static inline ad_array *flat_read(flat *v, ad_array *const *in) {
  int64_t at = 0;
  for (int i = 0; i < v->n; i++) {
    int64_t n = sample_size(&v->type[i]);
    const char *raw = in[i] ? ad_data(in[i]) : NULL;
    if (in[i] && !raw) return in[i];
    size_t item = in[i] ? ad_dtype_size(ad_array_dtype(in[i])) : 0;
    for (int64_t k = 0; k < n; k++, at += 2) {
      v->at[at] = v->at[at + 1] = 0;
      if (raw) v->at[at] = sample_load(ad_array_dtype(in[i]), raw + (size_t)k * item, &v->at[at + 1]);
    }
  }
  return NULL;
}

/* The real inner product, Re sum conj(a) b: the pairing that transposes keep, so that a gradient points uphill. */
static inline double flat_pair(const flat *a, const flat *b) {
  double sum = 0;
  for (int64_t i = 0; i < a->size; i++) sum += a->at[i] * b->at[i];
  return sum;
}

static inline double flat_largest(const flat *a) {
  double most = 0;
  for (int64_t i = 0; i < a->size; i++)
    if (!(a->at[i] <= most && -a->at[i] <= most)) most = a->at[i] < 0 ? -a->at[i] : a->at[i];
  return most;
}

#endif
