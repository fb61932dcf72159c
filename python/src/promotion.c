/* Which dtype things have, alone and together. The dtype of several is the library's own: that of a choice between them. */
#include "functions.h"

PyObject *pyad_same(PyObject *const *v) {
  ad_array *a = pyad_take_operand(v[0], "a");
  return a ? pyad_wrap_owned(a) : NULL;
}

PyObject *pyad_dtype_of_any(PyObject *const *v) {
  ad_dtype t = pyad_is_array(v[0]) ? ad_array_dtype(pyad_handle(v[0])) : pyad_dtype_of(v[0]);
  return t ? pyad_dtype_object(t) : NULL;
}

/* An array of rank 0 with the dtype that o is or has; Python's numbers are weak scalars. Borrowed from the innermost scope. */
static ad_array *representative(PyObject *o) {
  ad_place at = pyad_place();
  if (PyBool_Check(o)) return ad_number_bool_at(at, pyad.ctx, o == Py_True);
  if (PyLong_Check(o)) return ad_number_int_at(at, pyad.ctx, 0);
  if (PyFloat_CheckExact(o)) return ad_number_at(at, pyad.ctx, 0);
  if (PyComplex_CheckExact(o)) return ad_number_complex_at(at, pyad.ctx, 0, 0);
  bool has_dtype = !PyType_Check(o) && PyObject_HasAttrString(o, "dtype");
  PyObject *own = has_dtype ? PyObject_GetAttrString(o, "dtype") : Py_NewRef(o);
  ad_dtype t = own ? pyad_dtype_of(own) : AD_DTYPE_NONE;
  Py_XDECREF(own);
  return t ? ad_zeros_at(at, pyad.ctx, AD_SHAPE(), &(ad_zeros_opts){.dtype = t}) : NULL;
}

PyObject *pyad_result_type(PyObject *const *v) {
  if (!pyad_enter()) return NULL; /* asking an object for its dtype may run Python code, in the middle of the scope */
  ad_scope *s = ad_scope_begin(pyad.ctx);
  ad_array *both = NULL;
  bool ok = true;
  for (Py_ssize_t i = 0; ok && i < PyTuple_Size(v[0]); i++) {
    ad_array *next = representative(PyTuple_GetItem(v[0], i));
    if (!next) ok = false;
    else both = both ? ad_where_at(pyad_place(), ad_number_bool_at(pyad_place(), pyad.ctx, true), both, next) : next;
  }
  ad_dtype t = ok ? ad_array_dtype(both) : AD_DTYPE_NONE;
  ad_scope_end(s, NULL);
  pyad_leave();
  return t ? pyad_dtype_object(t) : NULL;
}
