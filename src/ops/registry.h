/* The registry: every built-in op's number and descriptor, from list.def. */
#ifndef AD_OPS_REGISTRY_H
#define AD_OPS_REGISTRY_H

#include <adamant/op.h>

typedef enum ad_op_id {
#define AD_OP(name) AD_OP_##name,
#include "ops/list.def"
#undef AD_OP
  AD_OP_COUNT
} ad_op_id;

#define AD_OP(name) extern const ad_op ad__op_##name;
#include "ops/list.def"
#undef AD_OP

/* The head every built-in descriptor begins with. */
#define AD_OP_HEAD(op_name) .size = sizeof(ad_op), .name = #op_name, .id = AD_OP_##op_name

/* Counts of arrays written in place. */
#define AD_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define AD_FIELDS(array) .fields = (array), .field_count = AD_COUNT(array)
#define AD_DERIVS(...) .derivs = (const ad_deriv[]){__VA_ARGS__}, .deriv_count = AD_COUNT(((const ad_deriv[]){__VA_ARGS__}))
#define AD_SAMPLES(...) .samples = (const ad_sample[]){__VA_ARGS__, {0}}
#define AD_ERRORS(...) .errors = (const ad_error_sample[]){__VA_ARGS__, {0}}
#define AD_SPELLINGS(...) .spellings = (const ad_spelling[]){__VA_ARGS__, {0}}

#endif
