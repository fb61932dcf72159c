/* Native code: printed C, compiled by the system's compiler beside what runs, loaded, and put where calls look for it.
 *
 * A job is the text of some functions and, for each, a slot. When the code is there its functions are stored into the slots, each by
 * one atomic store: whoever finds a slot empty uses the interpreter, whose bits are the same, so the moment does not matter and
 * nobody waits. A job that fails leaves its slots empty, which is the fallback for everything that can go wrong. */
#ifndef AD_BACKEND_NATIVE_H
#define AD_BACKEND_NATIVE_H

#include <stdatomic.h>
#include "base/str.h"
#include "ir/ctx.h"

typedef void (*ad_native_fn)(void);
typedef _Atomic(ad_native_fn) ad_native_slot;

enum { AD_NATIVE_NAME = 24 };

typedef struct ad_native_symbol {
  char name[AD_NATIVE_NAME];
  ad_native_slot *slot;
} ad_native_symbol;

/* Adds a function that is called AD_NATIVE_STAND_IN in its text. Its name is made of the text: equal ones, which the layers of a model
 * have, are one function. */
#define AD_NATIVE_STAND_IN "AD_NATIVE_NAME_OF_IT"
void ad__native_add_function(ad_text *code, const ad_text *function, char name[AD_NATIVE_NAME]);

typedef struct ad_native_job ad_native_job;

typedef enum ad_native_state {
  AD_NATIVE_QUEUED,
  AD_NATIVE_RUNNING,
  AD_NATIVE_READY,
  AD_NATIVE_FAILED,
  AD_NATIVE_DROPPED
} ad_native_state;

/* Begins: the text of functions (not what they need in front of them) is taken over, symbols are n from the context's memory, also
 * taken over; slots must live until ad__native_end. With `wait` it is done when the call returns, else another thread does it. NULL
 * without memory. Called by the context's thread, like all of these. */
ad_native_job *ad__native_begin(ad_ctx *c, ad_text *code, ad_native_symbol *symbols, int n, bool wait);
ad_native_state ad__native_state(const ad_native_job *j);
/* Does what is not done yet, in this thread, or waits for who is doing it. */
void ad__native_finish(ad_native_job *j);
/* Says in the log, once for each kind of it in a context, why the job failed. Cheap when there is nothing to say. */
void ad__native_tell(ad_native_job *j);
/* What there is to say about it, as text. */
void ad__native_describe(const ad_native_job *j, ad_text *out);
/* Ends it, and a compiler that is running for it; its code must not be called any more. j may be NULL. */
void ad__native_end(ad_native_job *j);

/* How long a compiler may take, in milliseconds; for tests. */
void ad__native_set_limit(ad_ctx *c, int milliseconds);

#endif
