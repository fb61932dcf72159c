/* Literals: values that are no tensors, or constant ones, as models know and write them.
 *
 *   3   -0.5   true   none   "text"   [1, 2]   (1, 2)   1:8:2   ...   dtype.float32
 * They are immutable and live in an arena. A slice is a literal of three items, of which some may be none. Those that a model works
 * with may hold what is not known yet. */
#ifndef AD_MODEL_LITERAL_H
#define AD_MODEL_LITERAL_H

#include <adamant/op.h>
#include "base/arena.h"
#include "base/str.h"

typedef enum ad_literal_kind {
  AD_LITERAL_NONE,
  AD_LITERAL_BOOL,
  AD_LITERAL_INT,
  AD_LITERAL_FLOAT,
  AD_LITERAL_TEXT,
  AD_LITERAL_DTYPE,
  AD_LITERAL_TUPLE,
  AD_LITERAL_LIST,
  AD_LITERAL_SLICE,
  AD_LITERAL_ELLIPSIS,
  AD_LITERAL_ARRAY,
  AD_LITERAL_DIM,  /* of a model: an integer that is a dim not known yet, and the value of an edge not known yet */
  AD_LITERAL_EDGE,
  AD_LITERAL_NAME, /* a bare word: a connection, where one may stand */
  AD_LITERAL_PART  /* "%2": what was handed beside the text */
} ad_literal_kind;

typedef struct ad_literal ad_literal;
struct ad_literal {
  ad_literal_kind kind;
  int count; /* of items */
  union {
    int64_t i; /* BOOL, INT, DTYPE, DIM, PART */
    double f;
    const char *text; /* TEXT, NAME */
    ad_array *array;
    struct ad_edge *edge;
    const ad_literal **items;
  } as;
};

/* Text being read: "terminal = literal, ..." or "terminal: literal; ...". */
typedef struct ad_literal_reader {
  ad_arena *arena;
  const char *start, *at;
  ad_err *err;
  int depth;
} ad_literal_reader;

/* Moves to the next "name = literal" (sign '=', separator ',') or "name: literal" (':', ';'). False at the end and on failure, which
 * err->code tells. */
bool ad__literal_pair(ad_literal_reader *r, char sign, char separator, const char **name, const ad_literal **out);
/* The name of the next pair, and the sign; for texts whose right side is no literal. */
bool ad__literal_name(ad_literal_reader *r, char sign, char separator, const char **name);
/* One literal; NULL when it is none. */
const ad_literal *ad__literal_read(ad_literal_reader *r);
bool ad__literal_equal(const ad_literal *a, const ad_literal *b);
void ad__literal_print(const ad_literal *v, ad_text *out);
/* A literal as an attribute of that kind; lists lie in the arena. */
ad_status ad__literal_attr(ad_arena *arena, const ad_literal *v, const ad_field *f, ad_attr *out, ad_err *e);

#endif
