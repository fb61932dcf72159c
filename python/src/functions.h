/* A function of the package: an op with a signature, or a signature with a body of its own.
 *
 * Each is a builtin whose `self` is a handle, an object that knows the function and finds it again when it is unpickled. The
 * signature is read at the first call, so that importing costs no more than making the objects. */
#ifndef PYAD_FUNCTIONS_H
#define PYAD_FUNCTIONS_H

#include "signature.h"

/* Takes one value for each parameter in order, borrowed, defaults filled in; a new reference or NULL and an exception. */
typedef PyObject *(*pyad_body)(PyObject *const *values);

typedef struct pyad_function {
  const ad_op *op; /* NULL: it has a body */
  pyad_body body;
  const char *path; /* in Python, dotted */
  const char *binding;
  char *doc; /* "name(signature)\n--\n\ntext": the signature is read from here */
  pyad_signature *signature;
  PyObject *result_type; /* the named tuple of several results; made when it is first needed */
  PyMethodDef method;
} pyad_function;

/* The body of them all (calls.c). */
PyObject *pyad_call_function(pyad_function *f, PyObject *const *args, Py_ssize_t n, PyObject *names);

/* How much of an op's name is that of its namespace: 7 of "linalg_svd"; 0: it has none. */
size_t pyad_space_of(const char *op_name);

/* Its doc, to be freed; NULL where memory ran out. `stream` is added to an op's signature (docs.c). */
char *pyad_write_doc(const char *name, const char *signature, const char *text, const ad_op *op);

/* Reads the function's signature if it was not read yet. */
bool pyad_read_signature(pyad_function *f);

/* The result of several arrays, a new tuple, as the function's named tuple; takes over the reference. The signature has names. */
PyObject *pyad_name_results(pyad_function *f, PyObject *tuple);

/* ---- Bodies: one for each PYAD_BODY of signatures.def ---- */

#define PYAD_FUNCTION(path, op, signature, binding)
#define PYAD_ALIAS(path, op)
#define PYAD_HIDDEN(op)
#define PYAD_BODY(path, body, signature, binding, doc) PyObject *body(PyObject *const *values);
#include "signatures.def"
#undef PYAD_FUNCTION
#undef PYAD_ALIAS
#undef PYAD_HIDDEN
#undef PYAD_BODY

#endif
