/* samples.h: an op's samples made real: types and attributes read from their text, inputs drawn, the op applied.
 *
 * Invariant: everything follows from the sample's text and a seed, so two contexts, two layouts or two runs get the same
 * numbers.  A sample whose text says nonsense is an error with a reason, never a guess.  Inputs are written as types
 * ("float32[2,3]", "(float32[2], int32[2])"), "-" where an optional one is missing, or a plain number for a weak scalar.
 * Not here: any expectation about results. */
#ifndef AD_TESTS_SAMPLES_H
#define AD_TESTS_SAMPLES_H

#include <adamant/op.h>

enum { SAMPLE_INPUTS = 16, SAMPLE_MEMBERS = 8, SAMPLE_ATTRS = 24, SAMPLE_ROOM = 256 };

typedef struct sample_tensor {
  ad_dtype dtype;
  int rank;
  int64_t dims[AD_MAX_RANK];
} sample_tensor;

typedef enum sample_kind { SAMPLE_MISSING, SAMPLE_TENSOR, SAMPLE_TUPLE, SAMPLE_NUMBER } sample_kind;

typedef struct sample_input {
  sample_kind kind;
  int count; /* of tensors: 1, or the tuple's members */
  sample_tensor at[SAMPLE_MEMBERS];
  double number;
  bool whole;      /* the number is written without a point */
  char domain[32]; /* the word the elements are drawn by */
} sample_input;

typedef struct sample {
  const ad_op *op;
  int n;
  sample_input in[SAMPLE_INPUTS];
  ad_attr attrs[SAMPLE_ATTRS];
  int64_t ints[SAMPLE_ROOM]; /* the lists and words that attrs point to */
  double nums[SAMPLE_ROOM];
  char text[SAMPLE_ROOM];
  int ints_used, nums_used, text_used;
  char error[256]; /* why the text was not understood */
} sample;

/* How an input lies in memory; the numbers are the same. */
typedef enum sample_layout {
  SAMPLE_PLAIN,
  SAMPLE_BACKWARDS, /* every stride negative */
  SAMPLE_GAPS,      /* unused elements between neighbours */
  SAMPLE_TURNED,    /* column-major */
  SAMPLE_LAYOUTS
} sample_layout;

bool sample_parse(sample *s, const ad_op *op, const char *inputs, const char *attrs, const char *domain);

/* Elements and bytes; 0 for sizes that do not fit. */
int64_t sample_size(const sample_tensor *t);
/* One element of any dtype to and from two doubles. */
void sample_store(ad_dtype t, void *at, double re, double im);
double sample_load(ad_dtype t, const void *at, double *im);
/* Draws the elements of t in row-major order; false for a word that is no domain. */
bool sample_fill(const sample_tensor *t, const char *domain, uint64_t seed, void *out);

/* Input i, drawn with the seed, which is mixed with the position. NULL when missing. */
ad_array *sample_input_make(const sample *s, int i, ad_ctx *c, uint64_t seed, sample_layout layout);
void sample_make(const sample *s, ad_ctx *c, uint64_t seed, sample_layout layout, ad_array **in);
/* The op on these inputs, called from "sample.c:1". */
ad_array *sample_apply(const sample *s, ad_ctx *c, ad_array *const *in);
#define SAMPLE_PLACE "sample.c:1"

/* The same sample in double precision: floats become float64, complex numbers complex128, dtype attributes too. */
void sample_widen(sample *s);
/* The same sample with one dtype in place of another, in inputs and attributes. */
void sample_replace(const sample *s, ad_dtype from, ad_dtype to, sample *out);

#endif
