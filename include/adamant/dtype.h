/* Dtypes and shapes: the element types, their categories and promotion, and how C code writes a shape. */
#ifndef ADAMANT_DTYPE_H
#define ADAMANT_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ad_dtype {
  AD_DTYPE_NONE = 0, /* "not given", so that a zeroed option means the default */
#define AD_DTYPE(NAME, text, ctype, bytes, category, kind) AD_##NAME,
#include <adamant/dtype.def>
#undef AD_DTYPE
  AD_DTYPE_COUNT /* one more than the number of dtypes */
} ad_dtype;

/* The tree: generic > { bool, number > { integer > { signed, unsigned }, inexact > { floating, complex } } }. */
typedef enum ad_category {
  AD_CATEGORY_BOOL,
  AD_CATEGORY_UINT,
  AD_CATEGORY_INT,
  AD_CATEGORY_FLOAT,
  AD_CATEGORY_COMPLEX
} ad_category;

/* The largest number of axes an array may have. */
enum { AD_MAX_RANK = 16 };

AD_API const char *ad_dtype_name(ad_dtype t);  /* "float32"; "none" when t is no dtype */
AD_API size_t ad_dtype_size(ad_dtype t);       /* bytes of one element; 0 when t is no dtype */
AD_API ad_category ad_dtype_category(ad_dtype t);
/* The dtype of that name, or AD_DTYPE_NONE. */
AD_API ad_dtype ad_dtype_parse(const char *name);
/* The dtype that holds both: int8 and uint8 give int16, float16 and bfloat16 float32, uint64 with a signed
 * integer float32, complex64 with float64 complex128. AD_DTYPE_NONE when either is no dtype. */
AD_API ad_dtype ad_dtype_promote(ad_dtype a, ad_dtype b);

/* A shape written in C: AD_SHAPE(64, 784); AD_SHAPE() is rank 0. Lives to the end of the enclosing block. */
typedef struct ad_shape {
  int rank;
  const int64_t *dims;
} ad_shape;

/* The leading zero makes an empty list legal C; it is skipped. */
#define AD_SHAPE(...)                                                                    \
  ((ad_shape){(int)(sizeof((const int64_t[]){0, __VA_ARGS__}) / sizeof(int64_t)) - 1, \
              (const int64_t[]){0, __VA_ARGS__} + 1})

#ifdef __cplusplus
}
#endif
#endif
