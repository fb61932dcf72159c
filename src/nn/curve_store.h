/* Curves from the inside: each a list of steps, ascending, with a number for each. */
#ifndef AD_NN_CURVE_STORE_H
#define AD_NN_CURVE_STORE_H

#include <adamant/curves.h>
#include "ir/ctx.h"

typedef struct ad_curve {
  char *name;
  int64_t count, capacity;
  int64_t *steps;
  double *values;
} ad_curve;

struct ad_curves {
  ad_ctx *ctx;
  ad_curve *at;
  int count, capacity;
  char *events; /* the event file; NULL: none */
  ad_err error; /* of the last action that failed */
  bool untold;  /* events could not be begun, which the next number tells */
};

/* Replaces the file by the text. */
ad_status ad__curves_write(ad_curves *k, const char *path, const ad_text *text);

#endif
