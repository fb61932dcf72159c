/* The rules of rewrites.def, read once for a context. */
#ifndef AD_COMPILE_REWRITES_H
#define AD_COMPILE_REWRITES_H

#include "ir/ctx.h"
#include "ops/registry.h"

typedef enum ad_rule_when { AD_WHEN_ANY, AD_WHEN_FLOAT, AD_WHEN_INTEGER, AD_WHEN_NUMBER, AD_WHEN_BITS, AD_WHEN_EXACT } ad_rule_when;

typedef struct ad_rule_row {
  ad_rule_when when;
  const char *pattern, *replacement;
} ad_rule_row;

/* Ends with NULL texts. */
extern const ad_rule_row ad__rule_rows[];

/* A part of a pattern or replacement: an op on parts, a letter, or a number. */
typedef struct ad_term {
  const ad_op *op; /* NULL: a letter or number */
  char letter;     /* 0: a number */
  double number;
  int n;
  int16_t in[3];   /* terms of the same rules */
} ad_term;

enum { AD_RULE_TERMS = 512, AD_RULE_ROWS = 96 };

typedef struct ad_rules {
  ad_term terms[AD_RULE_TERMS];
  int n_terms, n_rows;
  struct {
    ad_rule_when when;
    int16_t pattern, replacement, next; /* the next row for the same op, or -1 */
  } rows[AD_RULE_ROWS];
  int16_t first[AD_OP_COUNT]; /* of an op, or -1 */
} ad_rules;

/* False without memory, or when a row of the table cannot be read. */
bool ad__rules_read(ad_ctx *c, ad_rules *r);

#endif
