/* What Python has, as arrays: which way each kind of object goes.
 *
 * In order: arrays; numbers, lists and tuples (sequence.c); buffers (foreign.c); the hooks __adamant_array__ and __mlx_array__; the
 * array interface (foreign.c) and DLPack (dlpack.c), which lend memory as buffers do; __array__; other sequences. What none of them
 * takes is a TypeError. Most of these run code of others, so the context is this thread's meanwhile. */
#include "foreign.h"
#include "functions.h"

#include <string.h>

/* ---- Operands ---- */

/* An int that int64 does not hold: a strong uint64. */
static ad_array *large_number(PyObject *o, const char *what) {
  unsigned long long u = PyLong_AsUnsignedLongLong(o);
  if (!PyErr_Occurred()) {
    uint64_t value = u;
    return ad_array_new_at(pyad_place(), pyad.ctx, AD_UINT64, (ad_shape){0, NULL}, &value);
  }
  PyErr_Clear();
  PyErr_Format(PyExc_OverflowError, "%s is an int of more than 64 bits; from -9223372036854775808 to 18446744073709551615 is right", what);
  return NULL;
}

/* A number as a weak scalar; NULL without an exception when o is none. */
static ad_array *number(PyObject *o, const char *what) {
  if (PyFloat_Check(o)) return ad_number_at("", pyad.ctx, PyFloat_AsDouble(o));
  if (PyBool_Check(o)) return ad_number_bool_at("", pyad.ctx, o == Py_True);
  if (PyLong_Check(o)) {
    int overflow;
    long long i = PyLong_AsLongLongAndOverflow(o, &overflow);
    return overflow ? large_number(o, what) : ad_number_int_at("", pyad.ctx, i);
  }
  if (PyComplex_Check(o)) return ad_number_complex_at("", pyad.ctx, PyComplex_RealAsDouble(o), PyComplex_ImagAsDouble(o));
  return NULL;
}

ad_array *pyad_operand(PyObject *o, const char *what, ad_array **temporary) {
  if (pyad_is_array(o)) return pyad_handle(o);
  if (!pyad_ready()) return NULL;
  ad_array *a = number(o, what);
  if (a) return *temporary = pyad_own(a);
  if (PyErr_Occurred()) return NULL;
  const pyad_wish w = {.copy = -1, .what = what};
  return *temporary = pyad_from_any(o, &w);
}

/* Memory of others beside arrays and numbers: what may stand next to an operator. */
bool pyad_is_arraylike(PyObject *o) {
  static const char *const names[] = {"__dlpack__", "__array__", "__array_interface__", "__adamant_array__", "__mlx_array__"};
  if (PyUnicode_Check(o) || PyBytes_Check(o) || PyType_Check(o)) return false;
  if (PyObject_CheckBuffer(o)) return true;
  PyObject *type = (PyObject *)Py_TYPE(o);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (PyObject_HasAttrString(type, names[i])) return true;
  return false;
}

/* ---- Anything ---- */

static ad_array *from_array(ad_array *a, const pyad_wish *w) {
  bool cast = w->dtype && w->dtype != ad_array_dtype(a);
  if (!pyad_ready()) return NULL;
  if (!cast) return w->copy == 1 ? pyad_own(ad_copy_at(pyad_place(), a)) : ad_keep(a);
  if (w->copy) return pyad_own(ad_cast_at(pyad_place(), a, w->dtype));
  PyErr_Format(PyExc_ValueError, "%s: copy=False and an array of %s that shall be %s; copy=None is right", w->what,
               ad_dtype_name(ad_array_dtype(a)), ad_dtype_name(w->dtype));
  return NULL;
}

static ad_array *from_hook(PyObject *o, const char *name, const pyad_wish *w) {
  PyObject *method = pyad_attribute(o, name), *result = method ? PyObject_CallNoArgs(method) : NULL;
  ad_array *a = NULL;
  if (result && pyad_is_array(result)) a = from_array(pyad_handle(result), w);
  else if (result) PyErr_Format(PyExc_TypeError, "%s: %s gave %R; an adamant.array is right", w->what, name, (PyObject *)Py_TYPE(result));
  Py_XDECREF(method);
  Py_XDECREF(result);
  return a;
}

/* __array__ makes a NumPy array, whose memory is its own or the object's. */
static ad_array *from_array_method(PyObject *o, const pyad_wish *w) {
  PyObject *method = pyad_attribute(o, "__array__"), *result = method ? PyObject_CallNoArgs(method) : NULL;
  ad_array *a = NULL;
  if (result && PyObject_CheckBuffer(result)) a = pyad_from_buffer(result, w);
  if (result && !a && !PyErr_Occurred()) a = pyad_from_interface(result, w);
  if (result && !a && !PyErr_Occurred())
    PyErr_Format(PyExc_TypeError, "%s: __array__ gave %R; a NumPy array is right", w->what, (PyObject *)Py_TYPE(result));
  Py_XDECREF(method);
  Py_XDECREF(result);
  return a;
}

/* DLPack, or where a producer's does not reach (PyTorch 1.13 gives no bools), its __array__. */
static ad_array *from_tensor(PyObject *o, const pyad_wish *w) {
  ad_array *a = pyad_from_dlpack(o, w);
  if (a || !PyErr_Occurred()) return a ? a : from_array_method(o, w);
  if (!PyErr_ExceptionMatches(PyExc_RuntimeError) && !PyErr_ExceptionMatches(PyExc_BufferError)) return NULL;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  if ((a = from_array_method(o, w))) {
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return a;
  }
  PyErr_Restore(type, value, trace);
  return NULL;
}

static ad_array *from_any_sequence(PyObject *o, const pyad_wish *w) {
  if (!PySequence_Check(o) || PyUnicode_Check(o) || PyType_Check(o)) return NULL;
  if (Py_EnterRecursiveCall(" while a sequence becomes an array")) return NULL;
  PyObject *tuple = PySequence_Tuple(o);
  ad_array *a = tuple ? pyad_from_sequence(tuple, w) : NULL;
  Py_XDECREF(tuple);
  Py_LeaveRecursiveCall();
  return a;
}

static bool is_plain(PyObject *o) {
  return PyList_Check(o) || PyTuple_Check(o) || PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o);
}

static ad_array *from_plain(PyObject *o, const pyad_wish *w) {
  if (w->copy) return pyad_from_sequence(o, w);
  PyErr_Format(PyExc_ValueError, "%s: copy=False and Python's own numbers, which must be copied; copy=None is right", w->what);
  return NULL;
}

static ad_array *from_object(PyObject *o, const pyad_wish *w) {
  bool numpy_float = PyFloat_Check(o) && !PyFloat_CheckExact(o) && PyObject_CheckBuffer(o); /* np.float64 is a float */
  if (is_plain(o) && !(numpy_float && w->exact)) return from_plain(o, w);
  ad_array *a = PyObject_CheckBuffer(o) ? pyad_from_buffer(o, w) : NULL;
  if (!a && !PyErr_Occurred()) a = from_hook(o, "__adamant_array__", w);
  if (!a && !PyErr_Occurred()) a = from_hook(o, "__mlx_array__", w);
  if (!a && !PyErr_Occurred()) a = pyad_from_interface(o, w);
  if (!a && !PyErr_Occurred()) a = from_tensor(o, w);
  if (!a && !PyErr_Occurred()) a = from_any_sequence(o, w);
  if (!a && !PyErr_Occurred())
    PyErr_Format(PyExc_TypeError, "%s: an object of type %R; a number, a list, an array, or what lends its memory (buffer, DLPack) is right",
                 w->what, (PyObject *)Py_TYPE(o));
  return a;
}

ad_array *pyad_from_any(PyObject *o, const pyad_wish *w) {
  if (!pyad_enter()) return NULL;
  ad_array *a = pyad_is_array(o) ? from_array(pyad_handle(o), w) : from_object(o, w);
  pyad_leave();
  return a;
}

ad_array *pyad_convert(PyObject *o, ad_dtype dtype, int copy) {
  const pyad_wish w = {.dtype = dtype, .copy = copy, .what = "array"};
  return pyad_from_any(o, &w);
}

/* ---- ad.asarray ---- */

int pyad_copy_of(PyObject *o, const char *what) {
  if (o == Py_None) return -1;
  if (PyBool_Check(o)) return o == Py_True;
  PyErr_Format(PyExc_TypeError, "%s: copy is %R; True, False or None is right", what, o);
  return -2;
}

PyObject *pyad_asarray(PyObject *const *v) {
  PyObject *value = v[0], *dtype = v[1];
  pyad_wish w = {.what = "asarray", .copy = pyad_copy_of(v[2], "asarray")};
  if (w.copy == -2) return NULL;
  if (dtype != Py_None && !(w.dtype = pyad_dtype_of(dtype))) return NULL;
  if (pyad_is_array(value) && w.copy != 1 && (!w.dtype || w.dtype == ad_array_dtype(pyad_handle(value)))) return Py_NewRef(value);
  ad_array *a = pyad_from_any(value, &w);
  return a ? pyad_wrap_owned(a) : NULL;
}
