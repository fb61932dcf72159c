/* Attributes and methods of arrays.
 *
 * A method that does what a function does is that function with the array in front: a row of the list below, whose keyword names,
 * defaults and documentation are the function's. The others stand here or in the file that owns their subject (parts.h). */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- Attributes ---- */

static PyObject *get_shape(PyObject *self, void *unused) {
  (void)unused;
  return pyad_shape_tuple(ad_array_shape(pyad_handle(self)));
}
static PyObject *get_ndim(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromLong(ad_array_rank(pyad_handle(self)));
}
static PyObject *get_size(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromLongLong(ad_array_size(pyad_handle(self)));
}
static PyObject *get_dtype(PyObject *self, void *unused) {
  (void)unused;
  return pyad_dtype_object(ad_array_dtype(pyad_handle(self)));
}
static PyObject *get_itemsize(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromSize_t(ad_dtype_size(ad_array_dtype(pyad_handle(self))));
}
static PyObject *get_nbytes(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromLongLong(ad_array_size(pyad_handle(self)) * (int64_t)ad_dtype_size(ad_array_dtype(pyad_handle(self))));
}
static PyObject *get_priority(PyObject *self, void *unused) {
  (void)self, (void)unused;
  return PyFloat_FromDouble(1000);
}
/* Attributes that are a function of the array; the closure is its path. */
static PyObject *get_function(PyObject *self, void *path) { return pyad_call_op(path, &self, 1); }

PyGetSetDef pyad_array_attributes[] = {
    {"shape", get_shape, NULL, "The length of each axis.", NULL},
    {"ndim", get_ndim, NULL, "The number of axes.", NULL},
    {"size", get_size, NULL, "The number of elements.", NULL},
    {"dtype", get_dtype, NULL, "The type of the elements.", NULL},
    {"itemsize", get_itemsize, NULL, "Bytes of one element.", NULL},
    {"nbytes", get_nbytes, NULL, "Bytes of all elements.", NULL},
    {"T", get_function, NULL, "The axes in reversed order: a view.", "transpose"},
    {"mT", get_function, NULL, "The last two axes swapped: a view.", "matrix_transpose"},
    {"real", get_function, NULL, "The real parts; real arrays themselves.", "real"},
    {"imag", get_function, NULL, "The imaginary parts; zeros for real arrays.", "imag"},
    {"at", pyad_at_of, NULL, "Updates that give a new array: x.at[key].add(value).", NULL},
    {"device", pyad_array_device, NULL, "The device: arrays belong to none, so the default one.", NULL},
    {"__array_priority__", get_priority, NULL, "NumPy leaves operators with its arrays to ours.", NULL},
    {0},
};

/* ---- Methods that are functions ---- */

enum { MOST_ARGUMENTS = 32 };

/* The function with self in front of the arguments. */
static PyObject *call_with(const char *path, PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  PyObject *all[MOST_ARGUMENTS];
  Py_ssize_t count = n + (names ? PyTuple_Size(names) : 0);
  if (count >= MOST_ARGUMENTS) return PyErr_Format(PyExc_TypeError, "%s: %zd arguments; fewer are right", path, count), NULL;
  all[0] = self;
  if (count) memcpy(all + 1, args, (size_t)count * sizeof *all);
  return pyad_call_named(path, all, n + 1, names);
}

/* X(method, path of the function) */
#define MIRRORED(X)                                                                                                       \
  X(abs, "abs") X(all, "all") X(any, "any") X(argmax, "argmax") X(argmin, "argmin") X(argpartition, "argpartition")       \
  X(argsort, "argsort") X(astype, "_dtypes.cast") X(clip, "clip") X(conj, "conj") X(conjugate, "conjugate") X(copy, "copy") \
  X(cos, "cos") X(cummax, "cummax") X(cummin, "cummin") X(cumprod, "cumprod") X(cumsum, "cumsum") X(diag, "diag")         \
  X(diagonal, "diagonal") X(exp, "exp") X(expand_dims, "expand_dims") X(flatten, "flatten") X(log, "log") X(log10, "log10") \
  X(log1p, "log1p") X(log2, "log2") X(logcumsumexp, "logcumsumexp") X(logsumexp, "logsumexp") X(max, "max") X(mean, "mean") \
  X(min, "min") X(moveaxis, "moveaxis") X(nonzero, "nonzero") X(prod, "prod") X(reciprocal, "reciprocal")                 \
  X(repeat, "repeat") X(round, "round") X(rsqrt, "rsqrt") X(sin, "sin") X(split, "split") X(sqrt, "sqrt")                 \
  X(square, "square") X(squeeze, "squeeze") X(std, "std") X(sum, "sum") X(swapaxes, "swapaxes") X(take, "take")           \
  X(trace, "trace") X(unflatten, "unflatten") X(var, "var") X(view, "view")

#define MIRROR(name, path)                                                                              \
  static PyObject *name##_method(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) { \
    return call_with(path, self, args, n, names);                                                       \
  }
MIRRORED(MIRROR)

/* ---- Methods that take axes or a shape one by one ---- */

/* All positions as one tuple, unless the one that is given is a sequence or None. */
static PyObject *call_gathered(const char *path, PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  PyObject *all[MOST_ARGUMENTS], *tuple = NULL;
  Py_ssize_t keywords = names ? PyTuple_Size(names) : 0;
  if (keywords >= MOST_ARGUMENTS - 1) return PyErr_Format(PyExc_TypeError, "%s: %zd arguments; fewer are right", path, keywords), NULL;
  if (n == 0) return call_with(path, self, args, 0, names);
  if (n > 1 || (args[0] != Py_None && PyIndex_Check(args[0]))) {
    tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple && i < n; i++) PyTuple_SetItem(tuple, i, Py_NewRef(args[i]));
    if (!tuple) return NULL;
  }
  all[0] = tuple ? tuple : args[0];
  if (keywords) memcpy(all + 1, args + n, (size_t)keywords * sizeof *all);
  PyObject *result = call_with(path, self, all, 1, names);
  Py_XDECREF(tuple);
  return result;
}

static PyObject *reshape_method(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  return call_gathered("reshape", self, args, n, names);
}
static PyObject *transpose_method(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  return call_gathered("transpose", self, args, n, names);
}

static PyObject *deep_copy(PyObject *self, PyObject *memo) {
  (void)memo;
  return pyad_array_copy(self, NULL);
}

/* ---- The table ---- */

#define FAST(f) (PyCFunction)(void (*)(void))(f), METH_FASTCALL | METH_KEYWORDS
#define NAMED(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
#define ROW(name, path) {#name, FAST(name##_method), path},

/* Of mirrored methods the documentation is the function's path until pyad_methods_init. */
PyMethodDef pyad_array_methods[] = {
    MIRRORED(ROW)
    {"reshape", FAST(reshape_method), "reshape($self, *shape, stream=None)\n--\n\n"
     "The elements in another shape, given as numbers or as one tuple; one length may be -1."},
    {"transpose", FAST(transpose_method), "transpose($self, *axes, stream=None)\n--\n\n"
     "The axes in another order, given as numbers or as one tuple; reversed without one. A view."},
    {"item", pyad_array_item, METH_NOARGS, "item($self)\n--\n\nThe one element as a number of Python's. Evaluates."},
    {"tolist", pyad_array_tolist, METH_NOARGS, "tolist($self)\n--\n\nThe elements as nested lists of Python's numbers. Evaluates."},
    {"to_device", NAMED(pyad_array_to_device), "to_device($self, device, *, stream=None)\n--\n\nThe array itself: there is one device."},
    {"__complex__", pyad_array_complex, METH_NOARGS, NULL},
    {"__format__", pyad_array_format, METH_O, NULL},
    {"__copy__", pyad_array_copy, METH_NOARGS, NULL},
    {"__deepcopy__", deep_copy, METH_O, NULL},
    {"__reduce_ex__", pyad_array_reduce, METH_O, NULL},
    {"__array__", NAMED(pyad_array_numpy), "__array__($self, dtype=None, *, copy=None)\n--\n\nA NumPy array, in the same memory where that is possible."},
    {"__array_namespace__", NAMED(pyad_array_namespace), "__array_namespace__($self, *, api_version=None)\n--\n\nThe module adamant."},
    {"__dlpack__", NAMED(pyad_dlpack), "__dlpack__($self, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\n"
     "A capsule with the array as a DLPack tensor, in the same memory where that is possible."},
    {"__dlpack_device__", pyad_dlpack_device, METH_NOARGS, "__dlpack_device__($self)\n--\n\nDLPack's device type and number: (1, 0), the CPU."},
    {0},
};

/* "sum(a, axis=None)" and a text become "sum($self, axis=None)" and the text. */
static char *method_doc(const char *name, PyObject *function) {
  PyObject *signature = PyObject_GetAttrString(function, "__text_signature__"), *text = PyObject_GetAttrString(function, "__doc__");
  const char *s = signature && PyUnicode_Check(signature) ? PyUnicode_AsUTF8AndSize(signature, NULL) : NULL;
  const char *t = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
  const char *rest = s ? s + strcspn(s, ",)") : NULL;
  size_t size = rest && t ? strlen(name) + strlen(rest) + strlen(t) + 24 : 0;
  char *doc = size ? malloc(size) : NULL;
  if (doc) PyOS_snprintf(doc, size, "%s($self%s\n--\n\n%s", name, rest, t);
  else if (!PyErr_Occurred()) PyErr_Format(PyExc_SystemError, "adamant: the function %s has no signature", name);
  Py_XDECREF(signature);
  Py_XDECREF(text);
  return doc;
}

bool pyad_methods_init(PyObject *names) {
  for (PyMethodDef *m = pyad_array_methods; strcmp(m->ml_name, "reshape"); m++) {
    PyObject *function = PyDict_GetItemString(names, m->ml_doc); /* borrowed */
    if (!function) return PyErr_Format(PyExc_SystemError, "adamant: there is no function %s", m->ml_doc), false;
    if (!(m->ml_doc = method_doc(m->ml_name, function))) return false;
  }
  return true;
}
