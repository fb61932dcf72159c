/* The array type: an object that owns one handle. Its operators, methods and attributes are in files of their own. */
#include "parts.h"

#include <stddef.h>

/* ---- Making ---- */

PyObject *pyad_wrap_owned(ad_array *owned) {
  pyad_array *a = PyObject_New(pyad_array, pyad.array_type);
  if (!a) return ad_drop(owned), NULL;
  a->handle = owned;
  a->weakrefs = NULL;
  a->lent = a->generation = 0;
  return (PyObject *)a;
}

void pyad_set_value(PyObject *array, ad_array *owned) {
  pyad_array *a = (pyad_array *)(void *)array;
  ad_array *old = a->handle;
  a->handle = owned;
  a->lent = 0; /* views keep the old value's memory */
  a->generation++;
  ad_drop(old);
}

ad_array *pyad_own(ad_array *fresh) {
  ad_array *a = ad_own(fresh);
  if (PyErr_Occurred()) return ad_drop(a), NULL;
  if (!ad_is_error(a)) return a;
  pyad_raise(ad_error_code(a), ad_error_text(a));
  ad_drop(a);
  return NULL;
}

/* A tuple or record of the library as Python's tuple of its members. */
static PyObject *wrap_members(ad_array *tuple) {
  int n = ad_item_count(tuple);
  PyObject *t = PyTuple_New(n);
  for (int i = 0; t && i < n; i++) {
    ad_place place = pyad_place();
    PyObject *member = pyad_ready() ? pyad_wrap(ad_item_at(place, tuple, i)) : NULL;
    if (!member || PyTuple_SetItem(t, i, member)) Py_CLEAR(t);
  }
  return t;
}

PyObject *pyad_wrap(ad_array *fresh) {
  ad_array *a = pyad_own(fresh);
  if (!a) return NULL;
  if (ad_array_dtype(a) != AD_DTYPE_NONE) return pyad_wrap_owned(a);
  PyObject *members = wrap_members(a);
  ad_drop(a);
  return members;
}

static PyObject *array_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  static char *names[] = {"val", "dtype", NULL};
  PyObject *value, *dtype = Py_None;
  (void)type;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|O:array", names, &value, &dtype)) return NULL;
  ad_dtype t = dtype == Py_None ? AD_DTYPE_NONE : pyad_dtype_of(dtype);
  if (dtype != Py_None && !t) return NULL;
  ad_array *a = pyad_convert(value, t, 1);
  return a ? pyad_wrap_owned(a) : NULL;
}

/* ---- Ending ---- */

/* What was dropped ends now, foreign memory with it: code of others, which must not see an exception that is on its way. */
static void let_go(void) {
  PyObject *type = NULL, *value = NULL, *trace = NULL;
  bool failing = PyErr_Occurred() != NULL;
  if (failing) PyErr_Fetch(&type, &value, &trace);
  ad_ctx_settle(pyad.ctx);
  pyad_release_now();
  if (failing) PyErr_Restore(type, value, trace);
}

static void array_dealloc(PyObject *self) {
  pyad_array *a = (pyad_array *)(void *)self;
  PyTypeObject *type = Py_TYPE(self);
  if (a->weakrefs) PyObject_ClearWeakRefs(self);
  ad_drop(a->handle);
  PyObject_Free(self);
  Py_DECREF(type);
  if (!pyad.owner) let_go(); /* otherwise whoever has the context does so */
}

/* ---- The type ---- */

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(pyad_array, weakrefs), READONLY, NULL},
    {0},
};

static PyType_Slot own_slots[] = {
    {Py_tp_new, (void *)array_new},
    {Py_tp_dealloc, (void *)array_dealloc},
    {Py_tp_repr, (void *)pyad_array_repr},
    {Py_tp_members, members},
    {Py_tp_methods, pyad_array_methods},
    {Py_tp_getset, pyad_array_attributes},
    {Py_tp_doc, "array(val, dtype=None)\n--\n\nAn array: a lazy expression, immutable in value.\n\n"
                "val is a number, a nested list or tuple, a NumPy array, or whatever gives its memory (buffer protocol, DLPack).\n"
                "Without dtype, Python's numbers give bool_, int32 (int64 where it is needed), float32 and complex64, and NumPy's\n"
                "float64 and complex128 become float32 and complex64."},
};

bool pyad_array_init(void) {
  PyType_Slot slots[128];
  int n = 0;
  for (size_t i = 0; i < sizeof own_slots / sizeof *own_slots; i++) slots[n++] = own_slots[i];
  const PyType_Slot *const parts[] = {pyad_operator_slots, pyad_index_slots, pyad_element_slots, pyad_export_slots};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    for (const PyType_Slot *s = parts[i]; s->slot; s++) slots[n++] = *s;
  slots[n] = (PyType_Slot){0, NULL};
  PyType_Spec spec = {"adamant.array", sizeof(pyad_array), 0, Py_TPFLAGS_DEFAULT, slots};
  pyad.array_type = (PyTypeObject *)(void *)PyType_FromSpec(&spec);
  return pyad.array_type && pyad_elements_init() && pyad_export_init() && !PyModule_AddObjectRef(pyad.module, "array", (PyObject *)pyad.array_type);
}
