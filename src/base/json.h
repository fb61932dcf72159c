/* JSON (RFC 8259): a strict reader with limits and a streaming writer.
 *
 * The reader turns text into a tree in an arena and accepts nothing beyond the standard: no comments, no byte
 * order mark, no trailing comma, no second value, no lone surrogate, no invalid UTF-8, and no key twice in one
 * object. Numbers stay as they were written until asked for, so no digit is lost. Every error names the byte.
 * Invariant: everything in the tree lives in the arena; the source text may go once the reader has returned.
 * The writer appends to an ad_text; what JSON cannot hold (inf, nan, broken UTF-8) is an error at the end.
 * Not here: comments, JSON5, paths, schemas. */
#ifndef AD_BASE_JSON_H
#define AD_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/str.h"

/* ---- reading ---- */

typedef enum ad_json_kind {
  AD_JSON_NULL,
  AD_JSON_BOOL,
  AD_JSON_NUMBER,
  AD_JSON_STRING,
  AD_JSON_ARRAY,
  AD_JSON_OBJECT
} ad_json_kind;

typedef struct ad_json ad_json;
struct ad_json {
  ad_json_kind kind;
  bool truth;           /* of a BOOL */
  uint64_t offset;      /* of its first byte, counted from opts.base */
  const char *text;     /* a NUMBER as written, a STRING decoded; a NUL follows, and a string may hold some */
  size_t length;        /* bytes of text, or children of an ARRAY or OBJECT */
  const ad_json *first; /* child, in the order of the text */
  const ad_json *next;  /* sibling */
  const char *key;      /* of a member; a NUL follows */
  size_t key_length;
  const ad_json **sorted; /* the members by key */
};

/* Zero means the default. */
typedef struct ad_json_opts {
  const char *where; /* begins every message; "json" */
  uint64_t base;     /* added to every offset: where the text begins in its file */
  size_t depth;      /* of nesting; 64, at most 512 */
  size_t total;      /* bytes of text; 100,000,000 */
  size_t string;     /* bytes of one decoded string or key; as many as total */
  size_t values;     /* in the whole text; 4,000,000 */
} ad_json_opts;

/* Reads one value out of text[0..n). Errors: AD_E_FORMAT, AD_E_MEMORY; what was built stays in the arena. */
ad_status ad__json_read(ad_arena *arena, const char *text, size_t n, const ad_json_opts *opts, const ad_json **out, ad_err *e);

/* All of these take NULL for v, which is of no kind and has nothing. */
const ad_json *ad__json_get(const ad_json *object, const char *key);
const ad_json *ad__json_get_n(const ad_json *object, const char *key, size_t n);
bool ad__json_is(const ad_json *v, const char *text); /* a string of exactly these bytes */
/* Integers are digits with at most a minus: 1e5 and 1.0 are none, nor is -0 an unsigned one. */
bool ad__json_i64(const ad_json *v, int64_t *out);
bool ad__json_u64(const ad_json *v, uint64_t *out);
/* Any number that is finite as a double. */
bool ad__json_f64(const ad_json *v, double *out);
/* "a string", "an object": for messages. */
const char *ad__json_kind_name(const ad_json *v);

/* ---- writing ---- */

typedef struct ad_json_writer {
  ad_text *out;
  int indent; /* spaces per level; 0 writes everything on one line */
  int depth;
  bool fresh;          /* nothing was written at this level yet */
  bool keyed;          /* a key waits for its value */
  const char *failure; /* the first thing that JSON cannot hold */
} ad_json_writer;

void ad__json_write_init(ad_json_writer *w, ad_text *out, int indent);
void ad__json_begin(ad_json_writer *w, char bracket); /* '{' or '[' */
void ad__json_end(ad_json_writer *w, char bracket);   /* '}' or ']' */
void ad__json_key(ad_json_writer *w, const char *s, size_t n);
void ad__json_put_text(ad_json_writer *w, const char *s, size_t n);
void ad__json_put_i64(ad_json_writer *w, int64_t v);
void ad__json_put_u64(ad_json_writer *w, uint64_t v);
void ad__json_put_f64(ad_json_writer *w, double v); /* the shortest form that reads back */
void ad__json_put_f32(ad_json_writer *w, float v);
void ad__json_put_bool(ad_json_writer *w, bool v);
void ad__json_put_null(ad_json_writer *w);
/* AD_OK, AD_E_VALUE with the first failure, or AD_E_MEMORY. */
ad_status ad__json_write_done(ad_json_writer *w, ad_err *e);

#endif
