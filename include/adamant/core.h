/* Contexts, arrays, scopes: the C user's whole rule.
 *
 *   ad_ctx   *c = ad_ctx_new(NULL);
 *   ad_scope *s = ad_scope_begin(c);
 *   ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (float[]){1, 2, 3, 4});
 *   ad_array *y = ad_sum(ad_multiply(x, x), NULL);
 *   float value;
 *   if (ad_read(y, &value, sizeof value) != AD_OK) fprintf(stderr, "%s\n", ad_error_text(y));
 *   ad_scope_end(s, NULL);
 *   ad_ctx_free(c);
 *
 * Arrays are handles on lazy expressions, immutable in value. What makes an array returns a handle, never
 * NULL: a failure is an error array that later operations pass on unchanged. What acts returns a status.
 * A returned handle is borrowed from the innermost scope and lives until that scope ends; ad_keep holds it
 * longer. Close the scope before you evaluate: `y = ad_scope_end(s, y); ad_eval(y);` frees every intermediate
 * and lets results be computed in place.
 * A context belongs to one thread at a time. Evaluated arrays may be read, and any array dropped, from any thread. */
#ifndef ADAMANT_CORE_H
#define ADAMANT_CORE_H

#include <adamant/complex.h>
#include <adamant/dtype.h>
#include <adamant/memory.h>
#include <adamant/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_ctx ad_ctx;
typedef struct ad_array ad_array;
typedef struct ad_scope ad_scope;
typedef struct ad_stream ad_stream;

/* ---- Contexts --------------------------------------------------------------------------------------- */

typedef enum ad_log_level { AD_LOG_DEBUG, AD_LOG_INFO, AD_LOG_WARNING, AD_LOG_ERROR } ad_log_level;

/* Whether plans of compiled functions become machine code; see compile.h. */
typedef enum ad_native_mode {
  AD_NATIVE_DEFAULT, /* what the context says; for a context AD_NATIVE=off, auto or wait, else auto */
  AD_NATIVE_OFF,     /* never */
  AD_NATIVE_AUTO,    /* plans that are worth it, beside what runs */
  AD_NATIVE_WAIT     /* every plan, and its first call waits for it */
} ad_native_mode;

/* Everything a context can be told; zero is the default of every member. */
typedef struct ad_ctx_opts {
  ad_allocator allocator; /* where all memory comes from */
  int threads;            /* of the pool, the caller counted; 0: AD_THREADS, else what the process may use */
  const char *isa;        /* "avx512", "avx2", "neon" or "portable"; NULL: AD_ISA, else the best */
  uint64_t memory_limit;  /* largest number of bytes of array data; 0: none */
  uint64_t cache_limit;   /* largest number of bytes kept for reuse; 0: 1/4 of the machine's memory */
  uint64_t record_limit;  /* largest number of bytes that a loop saves for its gradient; see control.h. 0: a quarter of what memory_limit
                             leaves, or the machine's memory */
  bool keep_graphs;       /* evaluated arrays keep their inputs */
  bool deterministic;     /* no kernel whose bits depend on a library's build, also where it is quicker; false: AD_DETERMINISTIC.
                             All kernels are the library's own so far, so that results are the same either way */
  ad_native_mode native;  /* see compile.h */
  const char *cc;         /* the C compiler for it: a program, or one with arguments parted by blanks; NULL: AD_CC, else cc */
  const char *cache_dir;  /* the folder it keeps what it made in; NULL: AD_CACHE_DIR, else $XDG_CACHE_HOME/adamant, else ~/.cache/adamant */
  void (*log)(void *user, ad_log_level level, const char *text);  /* NULL: nothing is logged */
  void (*print)(void *user, const char *text);                    /* NULL: nothing is printed */
  void *user;             /* handed to log and print */
  const char *debug;      /* what the log is told of compiled functions: words with commas between them, see compile.h; NULL: AD_DEBUG */
} ad_ctx_opts;

/* A context, or NULL when memory ran out: the only call that may give NULL. A wrong option is reported by
 * ad_ctx_status, and by every operation on the context. opts may be NULL. */
AD_API ad_ctx *ad_ctx_new(const ad_ctx_opts *opts);
/* Ends every scope, waits for running evaluations, frees everything. c may be NULL. Handles kept beyond it are dead. */
AD_API void ad_ctx_free(ad_ctx *c);
/* AD_OK, or what was wrong with the options; the text is in ad_ctx_error_text. */
AD_API ad_status ad_ctx_status(const ad_ctx *c);
AD_API const char *ad_ctx_error_text(const ad_ctx *c);
/* Whether kernels with other bits are forbidden: the option, or AD_DETERMINISTIC in the environment (anything but 0). */
AD_API bool ad_ctx_deterministic(const ad_ctx *c);
AD_API ad_memory_stats ad_ctx_memory(const ad_ctx *c);
AD_API void ad_ctx_reset_peak(ad_ctx *c);
/* Gives back every cached buffer. */
AD_API void ad_ctx_clear_cache(ad_ctx *c);
/* Each returns the value before. */
AD_API uint64_t ad_ctx_set_memory_limit(ad_ctx *c, uint64_t bytes);
AD_API uint64_t ad_ctx_set_cache_limit(ad_ctx *c, uint64_t bytes);
AD_API int ad_ctx_threads(const ad_ctx *c);
/* "avx512", "avx2", "neon" or "portable": the kernels this context runs. */
AD_API const char *ad_ctx_isa(const ad_ctx *c);
/* Live arrays (nodes) of the context, for tests of leaks. */
AD_API uint64_t ad_ctx_live_arrays(const ad_ctx *c);
AD_API const char *ad_version(void);
/* How the library was made: "version", "compiler", "variant", "machine" (that it is for) or "zlib" (whether it has that); NULL for another
 * name. */
AD_API const char *ad_build_fact(const char *name);

/* ---- Scopes and ownership --------------------------------------------------------------------------- */

AD_API ad_scope *ad_scope_begin(ad_ctx *c);
/* Ends the scope (and any begun inside it) and hands y, which may be NULL, to the scope outside; returns y. */
AD_API ad_array *ad_scope_end(ad_scope *s, ad_array *y);
/* One more reference, to be dropped with ad_drop; returns a. */
AD_API ad_array *ad_keep(ad_array *a);
/* Drops a kept reference; from any thread; a may be NULL. */
AD_API void ad_drop(ad_array *a);
/* Moves a handle that the innermost scope holds out of it: the caller now owns it, as after ad_keep, and the
 * scope no longer does. Meant for bindings, right after the call that made the handle. Returns a. */
AD_API ad_array *ad_own(ad_array *a);
/* Lets go, now, of what was dropped: memory comes back, and foreign memory is released. Every operation does so first. */
AD_API void ad_ctx_settle(ad_ctx *c);
/* The reverse of ad_own: the innermost scope holds a too, from now on. What a callback of a binding returns must be held so. Returns a,
 * or an error array when memory ran out. */
AD_API ad_array *ad_lend(ad_array *a);

/* ---- Making arrays from memory ---------------------------------------------------------------------- */

/* An array with a copy of the elements at `data` in row-major order (uninitialised memory is not read for size 0). */
AD_API ad_array *ad_array_new_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape, const void *data);
#define ad_array_new(...) ad_array_new_at(AD_HERE, __VA_ARGS__)

/* An array that borrows `data` (row-major) without a copy; release(user, data), if not NULL, is called once when the
 * last use ends, from any thread. The memory must not change while arrays use it. */
AD_API ad_array *ad_array_wrap_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape, const void *data,
                                  void (*release)(void *user, void *data), void *user);
#define ad_array_wrap(...) ad_array_wrap_at(AD_HERE, __VA_ARGS__)

/* The same with byte strides, which may be negative or zero; `data` is element (0, ..., 0). */
AD_API ad_array *ad_array_wrap_strided_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape,
                                          const int64_t *byte_strides, const void *data,
                                          void (*release)(void *user, void *data), void *user);
#define ad_array_wrap_strided(...) ad_array_wrap_strided_at(AD_HERE, __VA_ARGS__)

/* An array whose elements the caller writes, in row-major order, to *data before anything else uses it: no second copy is
 * made. *data is NULL for size 0 and for an error array. */
AD_API ad_array *ad_array_room_at(ad_place where, ad_ctx *c, ad_dtype dtype, ad_shape shape, void **data);
#define ad_array_room(...) ad_array_room_at(AD_HERE, __VA_ARGS__)

/* Weak scalars: rank 0, they take the dtype of the array they meet. Alone: float32, int32 (int64 when it does not
 * fit), bool, complex64. */
AD_API ad_array *ad_number_at(ad_place where, ad_ctx *c, double value);
AD_API ad_array *ad_number_int_at(ad_place where, ad_ctx *c, int64_t value);
AD_API ad_array *ad_number_bool_at(ad_place where, ad_ctx *c, bool value);
AD_API ad_array *ad_number_complex_at(ad_place where, ad_ctx *c, double re, double im);
#define ad_number(...) ad_number_at(AD_HERE, __VA_ARGS__)
#define ad_number_int(...) ad_number_int_at(AD_HERE, __VA_ARGS__)
#define ad_number_bool(...) ad_number_bool_at(AD_HERE, __VA_ARGS__)
#define ad_number_complex(...) ad_number_complex_at(AD_HERE, __VA_ARGS__)

/* Several arrays as one handle; ad_item takes one out again. n may be 0. */
AD_API ad_array *ad_tuple_at(ad_place where, ad_ctx *c, ad_array *const *items, int n);
#define ad_tuple(...) ad_tuple_at(AD_HERE, __VA_ARGS__)
/* The same with names, which must be unique and not empty. */
AD_API ad_array *ad_record_at(ad_place where, ad_ctx *c, const char *const *names, ad_array *const *items, int n);
#define ad_record(...) ad_record_at(AD_HERE, __VA_ARGS__)
AD_API ad_array *ad_item_at(ad_place where, ad_array *tuple, int index);
#define ad_item(...) ad_item_at(AD_HERE, __VA_ARGS__)
AD_API ad_array *ad_field_at(ad_place where, ad_array *record, const char *name);
#define ad_field(...) ad_field_at(AD_HERE, __VA_ARGS__)
/* Members of a tuple or record; 0 for a tensor. */
AD_API int ad_item_count(const ad_array *a);
/* The name of a record's member, "" for a tuple's. */
AD_API const char *ad_item_name(const ad_array *a, int index);

/* ---- Asking ----------------------------------------------------------------------------------------- */

AD_API ad_ctx *ad_array_ctx(const ad_array *a);
AD_API ad_dtype ad_array_dtype(const ad_array *a); /* AD_DTYPE_NONE for tuples and errors */
AD_API int ad_array_rank(const ad_array *a);
AD_API ad_shape ad_array_shape(const ad_array *a); /* lives as long as the context */
AD_API int64_t ad_array_dim(const ad_array *a, int axis); /* axis may be negative; 0 when there is none */
AD_API int64_t ad_array_size(const ad_array *a);          /* elements */
AD_API bool ad_array_is_evaluated(const ad_array *a);
AD_API bool ad_array_is_weak(const ad_array *a);
AD_API bool ad_is_error(const ad_array *a);
/* AD_OK and "" when a is no error. The text lives as long as the handle. */
AD_API ad_status ad_error_code(const ad_array *a);
AD_API const char *ad_error_text(const ad_array *a);

/* ---- Acting ----------------------------------------------------------------------------------------- */

/* Computes a (every member of a tuple); afterwards its value is there. A failure while running turns a into an
 * error array. */
AD_API ad_status ad_eval(ad_array *a);
AD_API ad_status ad_eval_all(ad_array *const *arrays, int n);
/* Evaluates, then copies the elements in row-major order; `bytes` must be exactly the array's. */
AD_API ad_status ad_read(ad_array *a, void *out, size_t bytes);
/* Evaluates and gives the elements in row-major order without a copy where the array lies so (otherwise a contiguous
 * copy is kept with it); valid as long as the handle. NULL for an error array. */
AD_API const void *ad_data(ad_array *a);

/* Another array in the memory of a, which it evaluates: the memory lives as long as this handle, whatever becomes of a. For
 * those who lend the memory on (buffer protocol, DLPack). */
AD_API ad_array *ad_array_pin_at(ad_place where, ad_array *a);
#define ad_array_pin(...) ad_array_pin_at(AD_HERE, __VA_ARGS__)

/* Where the elements of an evaluated array lie. */
typedef struct ad_array_memory {
  const void *data;             /* element (0, ..., 0) */
  int64_t strides[AD_MAX_RANK]; /* in bytes */
  bool row_major;               /* without gaps */
  bool foreign;                 /* given to ad_array_wrap, or a file's: not the library's own */
  void *user;                   /* of foreign memory: what ad_array_wrap was given with it */
  void (*release)(void *user, void *data);
  uint32_t sharers; /* arrays whose elements lie in the same memory, a itself counted */
  uint32_t holders; /* references to a: kept handles, scopes, and expressions that are not computed yet */
} ad_array_memory;

/* AD_E_VALUE when a is no evaluated tensor. */
AD_API ad_status ad_array_memory_of(ad_array *a, ad_array_memory *out);

/* ---- Streams ---------------------------------------------------------------------------------------- */

/* A stream is a queue with its own thread; evaluations on it run in order, beside the context's thread. Synchronise before a fork:
 * the child gets the streams, but not what was running on them. */
AD_API ad_stream *ad_stream_new(ad_ctx *c);
/* Waits for what runs on it, then frees it; s may be NULL. */
AD_API void ad_stream_free(ad_stream *s);
/* Starts computing a on s (NULL: the context's own stream, made at first use) and returns; ad_eval, ad_read or ad_data
 * wait for it. Order between streams is kept automatically. */
AD_API ad_status ad_eval_async(ad_array *a, ad_stream *s);
/* Waits for everything started on s (NULL: on every stream of c). */
AD_API ad_status ad_synchronize(ad_ctx *c, ad_stream *s);

#ifdef __cplusplus
}
#endif
#endif
