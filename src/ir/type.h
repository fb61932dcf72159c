/* Types: interned, logical, compared by pointer.
 *
 * A type says dtype and dims (tensor), or members (tuple, record). Strides and layouts belong to values, not
 * to types. Types live as long as their context. A dim is a number or a symbolic expression (dim.h); a type
 * with a symbolic dim has size -1. */
#ifndef AD_IR_TYPE_H
#define AD_IR_TYPE_H

#include <adamant/relation.h>
#include "base/str.h"

typedef enum ad_type_kind { AD_KIND_TENSOR, AD_KIND_TUPLE, AD_KIND_RECORD, AD_KIND_TOKEN, AD_KIND_ERROR } ad_type_kind;

typedef struct ad_type ad_type;
struct ad_type {
  ad_type_kind kind;
  ad_dtype dtype;           /* tensors */
  int rank;                 /* tensors: axes; tuples and records: members */
  int depth;                /* of members inside members; 0 for a tensor */
  uint32_t weight;          /* types in its text: shared members cannot make it explode */
  uint32_t item_size;       /* bytes of one element */
  int64_t size;             /* elements; -1 with a symbolic dim */
  size_t bytes;             /* size * item_size */
  const ad_type **members;  /* tuples and records */
  const char **names;       /* records */
  uint64_t hash;
  ad_type *next;            /* in the bucket of the intern table */
  int64_t dims[];           /* tensors */
};

/* The interned type; NULL when memory ran out, or when the size overflows (then *e says so). */
const ad_type *ad__type_tensor(ad_ctx *c, ad_dtype dtype, int rank, const int64_t *dims, ad_err *e);
const ad_type *ad__type_tuple(ad_ctx *c, const ad_type *const *members, int n, ad_err *e);
const ad_type *ad__type_record(ad_ctx *c, const char *const *names, const ad_type *const *members, int n, ad_err *e);
const ad_type *ad__type_error(ad_ctx *c);
/* "float32[2, N]"; "(float32[2], int32[])"; "{a: float32[]}"; a name that is no identifier is quoted. */
void ad__type_print(ad_ctx *c, const ad_type *t, ad_text *out);
/* A record's member name, as the text form writes it. */
void ad__member_name_print(const char *name, ad_text *out);
/* "(2, 3)", as messages write shapes. */
void ad__dims_print(ad_ctx *c, int rank, const int64_t *dims, ad_text *out);

#endif
