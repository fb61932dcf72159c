/* Brackets: x[...], x[...] = v, x.at[...].add(v) and its kin.
 *
 * A key becomes the library's list of index items (adamant/index.h): numbers, slices, None and ... as they stand; arrays, lists and
 * whatever converts to an array as index arrays or masks. Assignment gives the Python object another handle: arrays themselves
 * never change, so what was computed from the old value keeps it. */
#include "core.h"

#include <stdlib.h>

enum { MOST_ITEMS = 2 * AD_MAX_RANK };

typedef struct index_key {
  ad_index_item items[MOST_ITEMS];
  ad_array *temporaries[MOST_ITEMS];
  int count;
} index_key;

static void key_free(index_key *k) {
  for (int i = 0; i < k->count; i++) ad_drop(k->temporaries[i]);
}

/* ---- Keys ---- */

static bool take_number(PyObject *o, ad_index_item *out) {
  PyObject *whole = PyNumber_Index(o);
  if (!whole) return false;
  long long i = PyLong_AsLongLong(whole);
  Py_DECREF(whole);
  if (i == -1 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_OverflowError)) return false;
    PyErr_Clear();
    PyErr_Format(PyExc_IndexError, "index: %R; it is out of range for any axis", o);
    return false;
  }
  *out = AD_AT(i);
  return true;
}

/* PySlice_Unpack turns what is not given into the extremes, which are the library's too but for their direction. */
static bool take_slice(PyObject *o, ad_index_item *out) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(o, &start, &stop, &step) < 0) return false;
  bool from_begin = step > 0 ? start == 0 : start == PY_SSIZE_T_MAX;
  bool to_end = step > 0 ? stop == PY_SSIZE_T_MAX : stop == PY_SSIZE_T_MIN;
  *out = AD_RANGE(from_begin ? AD_BEGIN : start, to_end ? AD_END : stop, step);
  return true;
}

static bool take_array(ad_array *a, ad_index_item *out) {
  ad_category kind = ad_dtype_category(ad_array_dtype(a));
  if (kind == AD_CATEGORY_BOOL) return *out = AD_MASK(a), true;
  if (kind == AD_CATEGORY_INT || kind == AD_CATEGORY_UINT) return *out = AD_TAKE(a), true;
  PyErr_Format(PyExc_ValueError, "index: an array of %s; integers or bool are right", ad_dtype_name(ad_array_dtype(a)));
  return false;
}

static bool take_item(PyObject *o, ad_index_item *out, ad_array **temporary) {
  if (o == Py_None) return *out = AD_NEWAXIS, true;
  if (o == Py_Ellipsis) return *out = AD_ELLIPSIS, true;
  if (PySlice_Check(o)) return take_slice(o, out);
  if (pyad_is_array(o)) return take_array(*temporary = ad_keep(pyad_handle(o)), out);
  if (!PyBool_Check(o) && PyIndex_Check(o) && !PyObject_HasAttrString(o, "shape")) return take_number(o, out);
  if (PyUnicode_Check(o) || PyBytes_Check(o) || PyFloat_Check(o) || PyComplex_Check(o) || PyDict_Check(o)) {
    PyErr_Format(PyExc_ValueError, "index: %R; an integer, a slice, None, ... or an array of integers or bool is right", o);
    return false;
  }
  bool empty = PySequence_Check(o) && PySequence_Size(o) == 0;
  PyErr_Clear();
  *temporary = pyad_convert(o, empty ? AD_INT32 : AD_DTYPE_NONE, -1);
  return *temporary && take_array(*temporary, out);
}

static bool key_of(PyObject *o, index_key *k) {
  k->count = 0;
  bool several = PyTuple_Check(o);
  Py_ssize_t n = several ? PyTuple_Size(o) : 1;
  if (n > MOST_ITEMS) return PyErr_Format(PyExc_IndexError, "index: %zd parts; at most %d are right", n, MOST_ITEMS), false;
  for (Py_ssize_t i = 0; i < n; i++) {
    k->temporaries[i] = NULL;
    k->count++;
    if (!take_item(several ? PyTuple_GetItem(o, i) : o, &k->items[i], &k->temporaries[i])) return key_free(k), false;
  }
  return true;
}

/* ---- Reading and writing ---- */

static PyObject *get_item(PyObject *self, PyObject *key) {
  index_key k;
  if (!pyad_enter()) return NULL;
  if (!key_of(key, &k)) return pyad_leave(), NULL;
  bool ok = true;
  /* The library looks at a mask; it shall find it computed, without the GIL. */
  for (int i = 0; ok && i < k.count; i++)
    if (k.items[i].kind == AD_INDEX_TRUE) ok = pyad_eval(&k.items[i].array, 1);
  PyObject *result = ok ? pyad_wrap(ad_index_at(pyad_place(), pyad_handle(self), k.items, k.count)) : NULL;
  key_free(&k);
  pyad_leave();
  return result;
}

/* The updated array, owned; NULL and an exception. */
static ad_array *update(ad_index_mode mode, PyObject *array, PyObject *key, PyObject *value) {
  index_key k;
  if (!pyad_enter()) return NULL;
  if (!key_of(key, &k)) return pyad_leave(), NULL;
  ad_array *temporary = pyad_is_array(value) ? NULL : pyad_convert(value, AD_DTYPE_NONE, -1);
  ad_array *v = pyad_is_array(value) ? pyad_handle(value) : temporary;
  ad_array *result = v ? pyad_own(ad_index_update_at(pyad_place(), mode, pyad_handle(array), v, k.items, k.count)) : NULL;
  ad_drop(temporary);
  key_free(&k);
  pyad_leave();
  return result;
}

static int set_item(PyObject *self, PyObject *key, PyObject *value) {
  if (!value) {
    PyErr_SetString(PyExc_TypeError, "index: elements of an array cannot be deleted");
    return -1;
  }
  ad_array *fresh = update(AD_UPDATE_SET, self, key, value);
  if (!fresh) return -1;
  pyad_set_value(self, fresh);
  return 0;
}

PyType_Slot pyad_index_slots[] = {
    {Py_mp_subscript, (void *)get_item},
    {Py_mp_ass_subscript, (void *)set_item},
    {0, NULL},
};

/* ---- x.at[key] ---- */

typedef struct pyad_at {
  PyObject_HEAD
  PyObject *array, *key; /* key NULL: not indexed yet */
} pyad_at;

static PyObject *at_new(PyObject *array, PyObject *key) {
  pyad_at *a = PyObject_New(pyad_at, pyad.at_type);
  if (!a) return NULL;
  a->array = Py_NewRef(array);
  a->key = key ? Py_NewRef(key) : NULL;
  return (PyObject *)a;
}

static void at_dealloc(PyObject *self) {
  pyad_at *a = (pyad_at *)(void *)self;
  PyTypeObject *type = Py_TYPE(self);
  Py_XDECREF(a->array);
  Py_XDECREF(a->key);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyObject *pyad_at_of(PyObject *array, void *unused) {
  (void)unused;
  return at_new(array, NULL);
}

static PyObject *at_subscript(PyObject *self, PyObject *key) {
  pyad_at *a = (pyad_at *)(void *)self;
  if (a->key) return PyErr_SetString(PyExc_TypeError, "at: it is indexed already; x.at[key].add(value) is right"), NULL;
  return at_new(a->array, key);
}

static PyObject *at_update(ad_index_mode mode, PyObject *self, PyObject *value) {
  pyad_at *a = (pyad_at *)(void *)self;
  if (!a->key) return PyErr_SetString(PyExc_ValueError, "at: no index is given; x.at[key].add(value) is right"), NULL;
  ad_array *fresh = update(mode, a->array, a->key, value);
  return fresh ? pyad_wrap_owned(fresh) : NULL;
}

#define UPDATES(X)                                                                                            \
  X(add, ADD, "the values added to it") X(subtract, SUBTRACT, "the values subtracted from it")                \
  X(multiply, MULTIPLY, "it multiplied by the values") X(divide, DIVIDE, "it divided by the values")          \
  X(maximum, MAXIMUM, "the greater of it and the values") X(minimum, MINIMUM, "the lesser of it and the values")
#define UPDATE(name, mode, what) \
  static PyObject *at_##name(PyObject *self, PyObject *value) { return at_update(AD_UPDATE_##mode, self, value); }
#define UPDATE_ROW(name, mode, what)                                                                           \
  {#name, at_##name, METH_O,                                                                                 \
   #name "($self, value, /)\n--\n\nA new array with, at the index, " what ". A place that is named several times takes all its values."},
UPDATES(UPDATE)

static PyMethodDef at_methods[] = {UPDATES(UPDATE_ROW){0}};
static PyType_Slot at_slots[] = {
    {Py_tp_dealloc, (void *)at_dealloc},
    {Py_mp_subscript, (void *)at_subscript},
    {Py_tp_methods, at_methods},
    {Py_tp_doc, "Updates of parts of an array that give a new array: x.at[key].add(value)."},
    {0, NULL},
};
static PyType_Spec at_spec = {"adamant.ArrayAt", sizeof(pyad_at), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, at_slots};

bool pyad_index_init(void) {
  pyad.at_type = (PyTypeObject *)(void *)PyType_FromSpec(&at_spec);
  return pyad.at_type && !PyModule_AddObjectRef(pyad.module, "ArrayAt", (PyObject *)pyad.at_type);
}
