/* Functions from the inside: what a transform is made of.
 *
 * A function is one block: its kind (what a call does), the functions it is made of, and the kind's own data. Its handle is
 * an array whose foreign memory it is, so that scopes, keeping and dropping are those of arrays, and nodes that need a
 * function as long as they live take that array as an operand. */
#ifndef AD_ARRAY_FN_H
#define AD_ARRAY_FN_H

#include <adamant/transform.h>
#include "array/tree.h"
#include "ir/ctx.h"
#include "transform/transform.h"

enum { AD_FN_PARTS = 4 };

typedef struct ad_fn_kind {
  const char *name; /* of the transform, for messages */
  /* The arguments are checked: as many as inputs, no errors, of the function's context. The innermost scope is the call's. */
  ad_array *(*call)(const ad_fn *f, ad_place where, ad_array *const *in);
  void (*end)(ad_fn *f); /* gives back what the data hold; may be NULL */
} ad_fn_kind;

struct ad_fn {
  const ad_fn_kind *kind;
  ad_ctx *ctx;
  ad_array *handle;  /* not counted here: it owns this */
  ad_array *failure; /* an error array that is held, or NULL */
  int inputs;
  ad_fn *of[AD_FN_PARTS]; /* held; may have gaps */
  /* Of a function that makes what is made of it like itself (compiled ones): `part`, this function, is a part of `made`. May be NULL. */
  ad_fn *(*wrap)(ad_place where, ad_fn *part, ad_fn *made);
  size_t bytes;      /* of this block */
  _Alignas(16) char data[];
};

/* A function of that kind with room for data, taken from `data` unless it is NULL. The parts are checked: when one failed, the
 * result fails alike. */
ad_fn *ad__fn_make(ad_place where, ad_ctx *c, const ad_fn_kind *kind, int inputs, ad_fn *const *of, int n_of,
                   const void *data, size_t data_bytes);
/* What a transform gives: the function it made, or what the first part that has a word in it makes of that. */
ad_fn *ad__fn_finish(ad_place where, ad_fn *made);
/* A function that failed: "where: kind: text". */
ad_fn *ad__fn_fail(ad_place where, ad_ctx *c, const ad_fn_kind *kind, ad_status code, const char *fmt, ...) AD_FORMAT(5, 6);
/* An error array "where: kind: text" in the scope. */
ad_array *ad__fn_error(const ad_fn *f, ad_place where, ad_status code, const char *fmt, ...) AD_FORMAT(4, 5);
/* False for NULL and failed functions. */
static inline bool ad__fn_ok(const ad_fn *f) { return f && f->ctx && !f->failure; }

/* Lists of argument numbers as data: canonical, or one 0 when absent. Returns a failed function, or NULL. */
enum { AD_FN_MOST_ARGNUMS = 255 };
typedef struct ad_argnums {
  bool given;
  int count;
  uint8_t at[AD_FN_MOST_ARGNUMS];
} ad_argnums;
ad_fn *ad__argnums_read(ad_place where, const ad_fn_kind *kind, const ad_fn *f, ad_ints given, ad_argnums *out);

/* ---- A function being differentiated ---- */

/* What it is differentiated by are variables, nodes of their own: the same array may be used inside as a constant. While it is
 * open, evaluated nodes keep their inputs. */
typedef struct ad_trace {
  ad_ctx *ctx;
  ad_leaves variables; /* leaves of the chosen arguments */
  ad_leaves results;   /* leaves of the result */
  ad_array *result;    /* an error array when anything failed */
} ad_trace;

/* Runs f on `in` with variables in the place of the chosen arguments (NULL: of all). */
void ad__trace_begin(ad_trace *t, const ad_fn *f, ad_place where, ad_array *const *in, const ad_argnums *by);
/* Ends it; y, which is returned, no longer keeps what it was computed from once it is evaluated. */
ad_array *ad__trace_end(ad_trace *t, ad_array *y);

/* The type in the text form, for messages. */
const char *ad__type_text(ad_ctx *c, const ad_type *t, char *out, size_t size);
/* The leaves of `given` as tangents or cotangents of `like`: of its form and shapes, cast to its dtypes. Returns an error
 * array, or NULL. `what` says what they are: "tangent 0". */
ad_array *ad__match_leaves(const ad_fn *f, ad_place where, const char *what, ad_array *given, const ad_type *like,
                           ad_leaves *out);

#endif
