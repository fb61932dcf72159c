/* The Python extension, seen from inside: one interpreter, one context, arrays that own a handle.
 *
 * The extension uses the library's public headers and the limited API of CPython 3.11 (built for 3.8 to 3.10 it uses the
 * full one). Every op is bound from its descriptor by calls.c; signatures.def says where Python's signature differs from
 * C's. What Python users know by another form (indexing, conversion, trees) has a file of its own.
 *
 * Rules that hold everywhere:
 * - All of Python shares one context. The GIL guards it, but for evaluation, which lets the GIL go: the context then has an
 *   owner, and another thread that wants it waits. So a call into the library that does more than read an evaluated array, or
 *   drop one, comes right after pyad_ready, with nothing in between that could run Python code (making a tuple may, and
 *   dropping an object): the GIL may have gone to a thread that evaluates. What holds a scope open over Python code (a
 *   function being traced) calls pyad_enter first, and pyad_leave at the end.
 * - A handle made by the library is moved out of its scope at once (pyad_wrap, pyad_own); what is borrowed is never stored.
 * - A failure is an error array; pyad_wrap turns it into the exception of errors.def. While a Python exception is set, the
 *   library's own error is what that exception caused, and is dropped. */
#ifndef PYAD_CORE_H
#define PYAD_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <adamant/adamant.h>
#include "compat.h"

typedef struct pyad_array {
  PyObject_HEAD
  ad_array *handle; /* owned; never an error array */
  PyObject *weakrefs;
  uint32_t lent;       /* views of this value's memory that the buffer protocol gave */
  uint32_t generation; /* changes with the value */
} pyad_array;

typedef struct pyad_dtype {
  PyObject_HEAD
  ad_dtype dtype;
} pyad_dtype;

/* What the one interpreter has. Filled when the module is made and never taken down: arrays may outlive the module. */
typedef struct pyad_core {
  ad_ctx *ctx;
  PyObject *module;
  PyTypeObject *array_type, *dtype_type, *category_type, *at_type, *fn_type, *stream_type, *device_type;
  PyObject *dtypes[AD_DTYPE_COUNT];
  unsigned long owner; /* the thread that has the context to itself, 0: none */
  int depth;           /* how often it entered */
} pyad_core;
extern pyad_core pyad;

/* ---- the context (context.c) ------------------------------------------------------------------------ */

/* Makes the context this thread's until pyad_leave; nests. Waits, without the GIL, while another thread has it. False: a signal
 * handler raised, or the context will never be free. */
bool pyad_enter(void);
void pyad_leave(void);
/* The same without keeping it: true means that the caller may call the library as long as it does not run Python code. */
bool pyad_wait(void);
static inline bool pyad_ready(void) { return !pyad.owner || pyad_wait(); }
/* Evaluates without the GIL. False: an exception is set. Afterwards the context is ready. */
bool pyad_eval(ad_array *const *arrays, int n);
/* Starts computing an array, which the caller holds, on a stream, NULL being the context's own; without the GIL, as it may have to
 * wait for another stream's work (evaluate.c). */
bool pyad_start(ad_array *a, ad_stream *queue);
bool pyad_context_init(void);

/* For memory of Python objects that arrays borrow: ad_array_wrap(..., pyad_release, pyad_hold(object)). pyad_hold gives NULL and an
 * exception without memory. pyad_release may be called without the GIL, from any thread and in the middle of an evaluation; the
 * object itself is let go by pyad_release_now, which runs whenever the context is left or an array ends. */
void *pyad_hold(PyObject *object);
void pyad_release(void *held, void *data);
void pyad_release_now(void);

/* The exception of a status with a text; returns NULL. */
PyObject *pyad_raise(ad_status code, const char *text);
/* "where: text", the format being that of PyErr_Format; returns NULL. The text says the function, what was given, what is right. */
PyObject *pyad_refuse(PyObject *exception, const char *format, ...);

/* ---- places (place.c) ------------------------------------------------------------------------------- */

/* "file:line" of the Python code that is running; lives for ever. */
ad_place pyad_place(void);

/* ---- arrays (array.c) ------------------------------------------------------------------------------- */

static inline bool pyad_is_array(PyObject *o) { return Py_TYPE(o) == pyad.array_type; }
static inline ad_array *pyad_handle(PyObject *o) { return ((pyad_array *)(void *)o)->handle; }

/* The value the object has now, kept: it may be given another one while Python code runs or the context is waited for. NULL: an
 * exception. */
static inline ad_array *pyad_keep(PyObject *array) { return pyad_ready() ? ad_keep(pyad_handle(array)) : NULL; }

/* The Python object for what the library just returned (borrowed from the innermost scope): an array, a tuple of a tuple's
 * members, or the exception of an error array (NULL). */
PyObject *pyad_wrap(ad_array *fresh);
/* The same for a handle that the caller owns and hands over. */
PyObject *pyad_wrap_owned(ad_array *owned);
/* Moves what the library just returned out of its scope; NULL and an exception for an error array. The caller owns it. */
ad_array *pyad_own(ad_array *fresh);
/* Gives an array object another value, an owned handle: what shares the object sees it. */
void pyad_set_value(PyObject *array, ad_array *owned);
/* Whether an evaluated array is alone in its memory, but for so many pins of the caller's: then writing to it changes nothing else. */
bool pyad_is_exclusive(PyObject *array, uint32_t pins);
bool pyad_array_init(void);
extern PyMethodDef pyad_array_methods[];     /* methods.c */
extern PyGetSetDef pyad_array_attributes[];
/* Methods that call a function take over its documentation. */
bool pyad_methods_init(PyObject *names);

/* ---- conversion (convert.c) ------------------------------------------------------------------------- */

/* The array an argument stands for: arrays themselves, Python numbers as weak scalars, everything else as ad.asarray makes
 * it. *temporary is NULL or a handle that the caller drops afterwards. NULL and TypeError or ValueError when it is none; `what`
 * names the argument. */
ad_array *pyad_operand(PyObject *o, const char *what, ad_array **temporary);
/* Whether o is no array but gives memory or an array, so that it may stand next to an operator. */
bool pyad_is_arraylike(PyObject *o);
/* A new reference to an owned handle: numbers, lists (nested), NumPy arrays, buffers, DLPack. dtype AD_DTYPE_NONE: as it comes.
 * copy: -1 where needed, 0 never, 1 always. */
ad_array *pyad_convert(PyObject *o, ad_dtype dtype, int copy);

/* ---- dtypes (dtype.c) ------------------------------------------------------------------------------- */

/* A Dtype, its name, Python's bool, int, float, complex, or a NumPy dtype; NONE and TypeError when it is none. */
ad_dtype pyad_dtype_of(PyObject *o);
static inline PyObject *pyad_dtype_object(ad_dtype t) { return Py_NewRef(pyad.dtypes[t]); }
bool pyad_dtype_init(void);

/* ---- attributes (attributes.c) ---------------------------------------------------------------------- */

/* Memory for the lists of one call's attributes; what does not fit is taken from the heap. */
typedef struct pyad_scratch {
  int64_t words[96];
  int used;
  void *more; /* a chain of blocks */
} pyad_scratch;
void *pyad_scratch_take(pyad_scratch *s, size_t bytes);
void pyad_scratch_free(pyad_scratch *s);
/* The attribute a Python value means for a field: lists from ints or sequences, dtypes, names. None is absent. */
bool pyad_attr_of(PyObject *value, const char *name, ad_field_kind kind, pyad_scratch *s, ad_attr *out);
/* A sequence of ints, or one int, as a list. */
bool pyad_ints_of(PyObject *value, const char *name, pyad_scratch *s, ad_ints *out);
/* The same, in which a list may hold lists: pairs become their numbers, one pair after the other. */
bool pyad_nested_ints_of(PyObject *value, const char *name, pyad_scratch *s, ad_ints *out);
/* shape as Python's tuple. */
PyObject *pyad_shape_tuple(ad_shape shape);

/* ---- ops (functions.c, operators.c) ----------------------------------------------------------------- */

/* Adds every function of signatures.def and of the registry to `names`, by dotted Python path ("linalg.svd"). */
bool pyad_functions_init(PyObject *names);
/* Calls such a function by its Python path from C, arguments as METH_FASTCALL | METH_KEYWORDS has them: `names` is a tuple or
 * NULL. */
PyObject *pyad_call_named(const char *path, PyObject *const *args, Py_ssize_t n, PyObject *names);
static inline PyObject *pyad_call_op(const char *path, PyObject *const *args, Py_ssize_t n) {
  return pyad_call_named(path, args, n, NULL);
}
/* An argument as a kept handle, to be dropped; NULL and an exception (layout.c). */
ad_array *pyad_take_operand(PyObject *o, const char *what);
/* The default stream of this thread, NULL being the context's own. */
ad_stream *pyad_current_stream(void);
/* Where to run: a Stream, a Device, a DeviceType, or a name of these ("cpu"); anything else is a TypeError or ValueError (devices.c). */
bool pyad_stream_check(PyObject *where);
/* Starts what a call gave, an array or a tuple or list of arrays, there: where that is a Stream other than this thread's default. While
 * a function is being traced there is nothing to start: what it gives is computed as a whole. */
bool pyad_stream_start(PyObject *where, PyObject *result);
/* While a call without a key is made, the context draws from this thread's random state (random.c). */
void pyad_random_lend(void);
void pyad_random_take_back(void);
bool pyad_devices_init(void);
bool pyad_random_init(void);
extern PyType_Slot pyad_operator_slots[]; /* ends with {0, NULL} */

/* ---- indexing (index.c) ----------------------------------------------------------------------------- */

extern PyType_Slot pyad_index_slots[]; /* ends with {0, NULL} */
/* The attribute `at`. */
PyObject *pyad_at_of(PyObject *array, void *unused);
bool pyad_index_init(void);

#endif
