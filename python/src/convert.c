/* What Python has, as arrays: numbers, nested lists, and memory of others. */
#include "core.h"

#include <string.h>

/* A number as a weak scalar; NULL without an exception when o is none. */
static ad_array *number(PyObject *o) {
  if (PyFloat_CheckExact(o)) return ad_number_at("", pyad.ctx, PyFloat_AsDouble(o));
  if (PyBool_Check(o)) return ad_number_bool_at("", pyad.ctx, o == Py_True);
  if (PyLong_Check(o)) {
    long long i = PyLong_AsLongLong(o);
    if (i == -1 && PyErr_Occurred()) return NULL;
    return ad_number_int_at("", pyad.ctx, i);
  }
  if (PyFloat_Check(o)) return ad_number_at("", pyad.ctx, PyFloat_AsDouble(o));
  if (PyComplex_Check(o)) return ad_number_complex_at("", pyad.ctx, PyComplex_RealAsDouble(o), PyComplex_ImagAsDouble(o));
  return NULL;
}

ad_array *pyad_operand(PyObject *o, const char *what, ad_array **temporary) {
  if (pyad_is_array(o)) return pyad_handle(o);
  ad_array *a = number(o);
  if (a) return *temporary = pyad_own(a);
  if (PyErr_Occurred()) return NULL;
  PyErr_Format(PyExc_ValueError, "%s is of type %s; an array or a number is right", what, "?");
  return NULL;
}

ad_array *pyad_convert(PyObject *o, ad_dtype dtype, int copy) {
  (void)copy;
  ad_array *a = pyad_is_array(o) ? ad_lend(pyad_handle(o)) : number(o);
  if (!a) return PyErr_Occurred() ? NULL : (PyErr_Format(PyExc_TypeError, "%R is no array", o), NULL);
  if (dtype) a = ad_cast_at(pyad_place(), a, dtype);
  return pyad_own(a);
}
