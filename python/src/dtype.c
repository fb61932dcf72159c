/* Dtypes and their categories as Python objects. */
#include "core.h"

#include <string.h>

static PyObject *dtype_repr(PyObject *self) {
  return PyUnicode_FromFormat("adamant.%s", ad_dtype_name(((pyad_dtype *)(void *)self)->dtype));
}

static Py_hash_t dtype_hash(PyObject *self) { return ((pyad_dtype *)(void *)self)->dtype; }

static PyObject *dtype_compare(PyObject *a, PyObject *b, int how) {
  if ((how != Py_EQ && how != Py_NE) || Py_TYPE(a) != pyad.dtype_type || Py_TYPE(b) != pyad.dtype_type) Py_RETURN_NOTIMPLEMENTED;
  return PyBool_FromLong((((pyad_dtype *)(void *)a)->dtype == ((pyad_dtype *)(void *)b)->dtype) == (how == Py_EQ));
}

static PyObject *dtype_size(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromSize_t(ad_dtype_size(((pyad_dtype *)(void *)self)->dtype));
}

/* Pickled and copied as the module's own object. */
static PyObject *dtype_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  ad_dtype t = ((pyad_dtype *)(void *)self)->dtype;
  return PyUnicode_FromString(t == AD_BOOL ? "bool_" : ad_dtype_name(t));
}

static PyGetSetDef dtype_attributes[] = {
    {"size", dtype_size, NULL, "Bytes of one element.", NULL},
    {0},
};
static PyMethodDef dtype_methods[] = {
    {"__reduce__", dtype_reduce, METH_NOARGS, NULL},
    {0},
};
static PyType_Slot dtype_slots[] = {
    {Py_tp_repr, (void *)dtype_repr},
    {Py_tp_hash, (void *)dtype_hash},
    {Py_tp_richcompare, (void *)dtype_compare},
    {Py_tp_getset, dtype_attributes},
    {Py_tp_methods, dtype_methods},
    {Py_tp_doc, "An element type, such as adamant.float32."},
    {0, NULL},
};
static PyType_Spec dtype_spec = {"adamant.Dtype", sizeof(pyad_dtype), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, dtype_slots};

/* ---- What stands for a dtype ---- */

static ad_dtype python_type(PyObject *o) {
  if (o == (PyObject *)&PyBool_Type) return AD_BOOL;
  if (o == (PyObject *)&PyLong_Type) return AD_INT32;
  if (o == (PyObject *)&PyFloat_Type) return AD_FLOAT32;
  if (o == (PyObject *)&PyComplex_Type) return AD_COMPLEX64;
  return AD_DTYPE_NONE;
}

ad_dtype pyad_dtype_of(PyObject *o) {
  if (Py_TYPE(o) == pyad.dtype_type) return ((pyad_dtype *)(void *)o)->dtype;
  ad_dtype t = python_type(o);
  if (t) return t;
  PyObject *name = PyUnicode_Check(o) ? Py_NewRef(o) : PyObject_GetAttrString(o, PyType_Check(o) ? "__name__" : "name");
  const char *text = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
  PyErr_Clear();
  if (text) t = !strcmp(text, "bool_") ? AD_BOOL : ad_dtype_parse(text);
  if (!t) PyErr_Format(PyExc_TypeError, "dtype %R; a dtype such as adamant.float32 or its name is right", o);
  Py_XDECREF(name);
  return t;
}

bool pyad_dtype_init(void) {
  pyad.dtype_type = (PyTypeObject *)(void *)PyType_FromSpec(&dtype_spec);
  if (!pyad.dtype_type) return false;
  for (int t = AD_DTYPE_NONE + 1; t < AD_DTYPE_COUNT; t++) {
    pyad_dtype *d = PyObject_New(pyad_dtype, pyad.dtype_type);
    if (!d) return false;
    d->dtype = (ad_dtype)t;
    pyad.dtypes[t] = (PyObject *)d;
    if (PyModule_AddObjectRef(pyad.module, t == AD_BOOL ? "bool_" : ad_dtype_name((ad_dtype)t), (PyObject *)d)) return false;
  }
  return !PyModule_AddObjectRef(pyad.module, "Dtype", (PyObject *)pyad.dtype_type);
}
