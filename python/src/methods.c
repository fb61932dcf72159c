/* Methods and attributes of arrays. */
#include "core.h"

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

PyGetSetDef pyad_array_attributes[] = {
    {"shape", get_shape, NULL, "The length of each axis.", NULL},
    {"ndim", get_ndim, NULL, "The number of axes.", NULL},
    {"size", get_size, NULL, "The number of elements.", NULL},
    {"at", pyad_at_of, NULL, "Updates that give a new array: x.at[key].add(value).", NULL},
    {"dtype", get_dtype, NULL, "The type of the elements.", NULL},
    {0},
};
PyMethodDef pyad_array_methods[] = {
    {0},
};
