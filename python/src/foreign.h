/* Conversion, between its files: memory of others, lists, and what each makes of them. */
#ifndef PYAD_FOREIGN_H
#define PYAD_FOREIGN_H

#include "core.h"

/* Who lent memory that arrays use. It ends when the last array does: a buffer or an object where the GIL is held next, a DLPack
 * tensor at once, as DLPack demands of its deleters that any thread may call them. */
typedef struct pyad_lender {
  bool writable;
  PyObject *object;
  Py_buffer view; /* obj NULL: none */
  void *managed;  /* a DLPack tensor and how it ends */
  void (*end)(void *managed);
  void *held; /* once arrays use the memory: see pyad_hold */
} pyad_lender;

/* Elements in the memory of another. */
typedef struct pyad_foreign {
  ad_dtype dtype;
  bool swapped; /* in the other byte order */
  int rank;
  int64_t dims[AD_MAX_RANK], strides[AD_MAX_RANK]; /* in bytes */
  const char *data;
  pyad_lender *lender; /* owned */
} pyad_foreign;

/* What is asked of a conversion. */
typedef struct pyad_wish {
  ad_dtype dtype; /* NONE: as it comes, but float32 for float64 and complex64 for complex128 */
  bool exact;     /* the dtype as it comes, whatever it is */
  int copy;       /* -1 where needed, 0 never, 1 always */
  const char *what; /* begins the message of an error */
} pyad_wish;

pyad_lender *pyad_lender_new(void);
/* Ends it now, where the GIL is held; l may be NULL. */
void pyad_lender_end(pyad_lender *l);
/* As ad_array_wrap wants it, for any thread; user is the lender, which is held. */
void pyad_lender_release(void *user, void *data);
/* The object that shall live as long as the memory; taken over. */
pyad_lender *pyad_lender_object(PyObject *object, bool writable);

/* An owned array of f's elements; the lender goes to it, or ends. */
ad_array *pyad_foreign_array(pyad_foreign *f, const pyad_wish *w);

/* Each of these is NULL without an exception when o is nothing of the kind. */
ad_array *pyad_from_buffer(PyObject *o, const pyad_wish *w);
ad_array *pyad_from_interface(PyObject *o, const pyad_wish *w);
ad_array *pyad_from_dlpack(PyObject *o, const pyad_wish *w);

/* A 0-d buffer's element (a NumPy scalar): its dtype, and its value as bytes. NONE without an exception when o is none. */
ad_dtype pyad_scalar_of(PyObject *o, char value[16]);

/* A number, list or tuple as an owned array. */
ad_array *pyad_from_sequence(PyObject *o, const pyad_wish *w);
/* Anything at all. */
ad_array *pyad_from_any(PyObject *o, const pyad_wish *w);

/* None, True or False as -1, 1, 0; -2 and TypeError for anything else. */
int pyad_copy_of(PyObject *o, const char *what);

/* The attribute of that name; NULL without an exception when o has none. */
PyObject *pyad_attribute(PyObject *o, const char *name);

#endif
