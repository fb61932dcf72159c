/* Types: interned, logical, compared by pointer.
 *
 * A type says dtype and dims (tensor), members (tuple, record, function with its captures), or a name (union). Strides and layouts belong to values, not
 * to types. Types live as long as their context. A dim is a number or a symbolic expression (dim.h); a type
 * with a symbolic dim has size -1. */
#ifndef AD_IR_TYPE_H
#define AD_IR_TYPE_H

#include <adamant/relation.h>
#include "base/str.h"

typedef enum ad_type_kind {
  AD_KIND_TENSOR,
  AD_KIND_TUPLE,
  AD_KIND_RECORD,
  AD_KIND_UNION,    /* nominal: the name is the identity, so it may recur in its own cases */
  AD_KIND_FUNCTION, /* a graph of the module and the types it captures */
  AD_KIND_TOKEN,    /* the order of effects */
  AD_KIND_ERROR
} ad_type_kind;

typedef struct ad_type ad_type;

/* What a union is one of, in order. */
typedef struct ad_union_cases {
  int n;
  const char *const *names;
  const ad_type *const *members;
} ad_union_cases;

struct ad_type {
  ad_type_kind kind;
  ad_dtype dtype;           /* tensors */
  int rank;                 /* tensors: axes; tuples, records, functions: members */
  int depth;                /* of members inside members; 0 for a tensor */
  uint32_t weight;          /* types in its text: shared members cannot make it explode */
  uint32_t item_size;       /* bytes of one element */
  int64_t size;             /* elements; -1 with a symbolic dim */
  size_t bytes;             /* size * item_size */
  const ad_type **members;  /* tuples, records, functions */
  const char **names;       /* records */
  const char *label;        /* unions, functions */
  const ad_union_cases *cases; /* unions; NULL before they are defined */
  uint64_t hash;
  ad_type *next;            /* in the bucket of the intern table */
  int64_t dims[];           /* tensors */
};

/* The interned type; NULL when memory ran out, or when the size overflows (then *e says so). */
const ad_type *ad__type_tensor(ad_ctx *c, ad_dtype dtype, int rank, const int64_t *dims, ad_err *e);
const ad_type *ad__type_tuple(ad_ctx *c, const ad_type *const *members, int n, ad_err *e);
const ad_type *ad__type_record(ad_ctx *c, const char *const *names, const ad_type *const *members, int n, ad_err *e);
const ad_type *ad__type_function(ad_ctx *c, const char *name, const ad_type *const *captures, int n, ad_err *e);
const ad_type *ad__type_token(ad_ctx *c, ad_err *e);
/* The union of that name, which may still lack its cases. */
const ad_type *ad__type_union(ad_ctx *c, const char *name, ad_err *e);
/* Says what a union is one of; saying it again must say the same. */
ad_status ad__type_union_define(ad_ctx *c, const ad_type *u, const char *const *names, const ad_type *const *members, int n,
                                ad_err *e);
const ad_type *ad__type_error(ad_ctx *c);
/* "float32[2, N]"; "(float32[2], int32[])"; "{a: float32[]}"; "union tree"; "fn step(int32[])"; "token". A member's name
 * that is no identifier is quoted. */
void ad__type_print(ad_ctx *c, const ad_type *t, ad_text *out);
/* A record's member name, as the text form writes it. */
void ad__member_name_print(const char *name, ad_text *out);
/* "(2, 3)", as messages write shapes. */
void ad__dims_print(ad_ctx *c, int rank, const int64_t *dims, ad_text *out);

#endif
