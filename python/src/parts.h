/* The array type, between its files: each gives slots, methods or attributes that array.c and methods.c put together. */
#ifndef PYAD_PARTS_H
#define PYAD_PARTS_H

#include "core.h"

extern PyType_Slot pyad_element_slots[]; /* elements.c */
extern PyType_Slot pyad_export_slots[];  /* export.c */

/* ---- elements.c ---- */
PyObject *pyad_array_item(PyObject *self, PyObject *unused);
PyObject *pyad_array_tolist(PyObject *self, PyObject *unused);
PyObject *pyad_array_complex(PyObject *self, PyObject *unused);
PyObject *pyad_array_format(PyObject *self, PyObject *spec);
bool pyad_elements_init(void);

/* ---- export.c ---- */
/* Evaluates, and holds the memory of the value that the array has: an owned handle, or NULL and an exception. */
ad_array *pyad_pin(PyObject *array);
PyObject *pyad_array_numpy(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *pyad_array_copy(PyObject *self, PyObject *unused);
PyObject *pyad_array_reduce(PyObject *self, PyObject *protocol);
PyObject *pyad_array_namespace(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *pyad_array_device(PyObject *self, void *unused);
PyObject *pyad_array_to_device(PyObject *self, PyObject *args, PyObject *keywords);
bool pyad_export_init(void);

/* ---- dlpack.c ---- */
PyObject *pyad_dlpack(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *pyad_dlpack_device(PyObject *self, PyObject *unused);

/* ---- text.c ---- */
PyObject *pyad_array_repr(PyObject *self);

#endif
