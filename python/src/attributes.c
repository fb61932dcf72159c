/* Python values as attributes of ops: a number, a list of axes, a shape, a dtype, a name. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* ---- Scratch ---- */

void *pyad_scratch_take(pyad_scratch *s, size_t bytes) {
  int words = (int)((bytes + 7) / 8);
  if (bytes <= sizeof s->words && s->used + words <= (int)(sizeof s->words / sizeof *s->words)) {
    void *p = s->words + s->used;
    s->used += words;
    return p;
  }
  void **block = malloc(bytes + 16); /* the link, then room aligned to 16 */
  if (!block) return PyErr_NoMemory(), NULL;
  *block = s->more;
  s->more = block;
  return block + 2;
}

void pyad_scratch_free(pyad_scratch *s) {
  while (s->more) {
    void **block = s->more;
    s->more = *block;
    free(block);
  }
}

/* ---- Numbers ---- */

static bool wrong(PyObject *value, const char *name, const char *right) {
  pyad_refuse(PyExc_TypeError, "%s is %R; %s is right", name, value, right);
  return false;
}

/* Integers, and whatever has __index__ (NumPy's, arrays of one integer). */
static bool int_of(PyObject *value, const char *name, int64_t *out) {
  PyObject *whole = PyLong_Check(value) ? Py_NewRef(value) : PyNumber_Index(value);
  if (!whole) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
    PyErr_Clear();
    return wrong(value, name, "a whole number");
  }
  int beyond;
  *out = PyLong_AsLongLongAndOverflow(whole, &beyond);
  if (beyond) pyad_refuse(PyExc_OverflowError, "%s is %S; a number of 64 bits is right", name, whole);
  Py_DECREF(whole);
  return *out != -1 || !PyErr_Occurred();
}

static bool num_of(PyObject *value, const char *name, double *out) {
  *out = PyFloat_AsDouble(value);
  if (*out != -1 || !PyErr_Occurred()) return true;
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
  PyErr_Clear();
  return wrong(value, name, "a number");
}

/* ---- Lists ---- */

static PyObject *sequence_of(PyObject *value, const char *name) {
  if (PyUnicode_Check(value) || PyBytes_Check(value) || PyDict_Check(value)) return wrong(value, name, "a sequence of numbers"), NULL;
  PyObject *list = PySequence_List(value);
  if (list) return list;
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) return NULL;
  PyErr_Clear();
  return wrong(value, name, "a number or a sequence of numbers"), NULL;
}

bool pyad_ints_of(PyObject *value, const char *name, pyad_scratch *s, ad_ints *out) {
  if (PyLong_Check(value) || (!PyTuple_Check(value) && !PyList_Check(value) && PyIndex_Check(value))) {
    int64_t *one = pyad_scratch_take(s, sizeof *one);
    *out = (ad_ints){true, 1, one};
    return one && int_of(value, name, one);
  }
  PyObject *list = sequence_of(value, name);
  if (!list) return false;
  Py_ssize_t n = PyList_Size(list);
  int64_t *items = pyad_scratch_take(s, (size_t)(n ? n : 1) * sizeof *items);
  bool ok = items != NULL;
  for (Py_ssize_t i = 0; ok && i < n; i++) ok = int_of(PyList_GetItem(list, i), name, &items[i]);
  Py_DECREF(list);
  *out = (ad_ints){true, (int)n, items};
  return ok;
}

/* Pairs and lists of numbers as one list of all of them. */
static PyObject *run_together(PyObject *value, const char *name) {
  PyObject *outer = sequence_of(value, name), *flat = outer ? PyList_New(0) : NULL;
  for (Py_ssize_t i = 0; flat && i < PyList_Size(outer); i++) {
    PyObject *item = PyList_GetItem(outer, i);
    bool number = PyLong_Check(item) || (!PyTuple_Check(item) && !PyList_Check(item));
    PyObject *inner = number ? NULL : sequence_of(item, name);
    for (Py_ssize_t k = 0; inner && flat && k < PyList_Size(inner); k++)
      if (PyList_Append(flat, PyList_GetItem(inner, k))) Py_CLEAR(flat);
    if (flat && (number ? PyList_Append(flat, item) != 0 : !inner)) Py_CLEAR(flat);
    Py_XDECREF(inner);
  }
  Py_XDECREF(outer);
  return flat;
}

bool pyad_nested_ints_of(PyObject *value, const char *name, pyad_scratch *s, ad_ints *out) {
  if (!PyTuple_Check(value) && !PyList_Check(value)) return pyad_ints_of(value, name, s, out);
  PyObject *flat = run_together(value, name);
  bool ok = flat && pyad_ints_of(flat, name, s, out);
  Py_XDECREF(flat);
  return ok;
}

static bool nums_of(PyObject *value, const char *name, pyad_scratch *s, ad_nums *out) {
  if (PyFloat_Check(value) || PyLong_Check(value)) {
    double *one = pyad_scratch_take(s, sizeof *one);
    *out = (ad_nums){true, 1, one};
    return one && num_of(value, name, one);
  }
  PyObject *list = sequence_of(value, name);
  if (!list) return false;
  Py_ssize_t n = PyList_Size(list);
  double *items = pyad_scratch_take(s, (size_t)(n ? n : 1) * sizeof *items);
  bool ok = items != NULL;
  for (Py_ssize_t i = 0; ok && i < n; i++) ok = num_of(PyList_GetItem(list, i), name, &items[i]);
  Py_DECREF(list);
  *out = (ad_nums){true, (int)n, items};
  return ok;
}

PyObject *pyad_shape_tuple(ad_shape shape) {
  PyObject *t = PyTuple_New(shape.rank);
  for (int i = 0; t && i < shape.rank; i++) {
    PyObject *d = PyLong_FromLongLong(shape.dims[i]);
    if (!d || PyTuple_SetItem(t, i, d)) Py_CLEAR(t);
  }
  return t;
}

/* ---- One attribute ---- */

static bool flag_of(PyObject *value, const char *name, bool *out) {
  if (!PyBool_Check(value) && !PyLong_Check(value)) return wrong(value, name, "True or False");
  *out = PyObject_IsTrue(value) == 1;
  return true;
}

static bool scalar_of(PyObject *value, const char *name, ad_attr *out) {
  if (!PyComplex_Check(value)) {
    *out = ad_attr_num(AD_NUM(0));
    return num_of(value, name, &out->as.f[0]);
  }
  *out = (ad_attr){.given = true, .as.f = {PyComplex_RealAsDouble(value), PyComplex_ImagAsDouble(value)}};
  return true;
}

bool pyad_attr_of(PyObject *value, const char *name, ad_field_kind kind, pyad_scratch *s, ad_attr *out) {
  *out = (ad_attr){0};
  if (value == Py_None) return true;
  ad_ints ints;
  ad_nums nums;
  ad_dtype dtype;
  bool flag;
  int64_t i;
  double d;
  switch (kind) {
    case AD_FIELD_FLAG: return flag_of(value, name, &flag) && (*out = ad_attr_flag(flag), true);
    case AD_FIELD_INT:
    case AD_FIELD_AXIS: return int_of(value, name, &i) && (*out = ad_attr_int(AD_INT(i)), true);
    case AD_FIELD_NUM: return num_of(value, name, &d) && (*out = ad_attr_num(AD_NUM(d)), true);
    case AD_FIELD_SCALAR: return scalar_of(value, name, out);
    case AD_FIELD_DTYPE: return (dtype = pyad_dtype_of(value)) != AD_DTYPE_NONE && (*out = ad_attr_dtype(dtype), true);
    case AD_FIELD_TEXT: {
      const char *text = PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, NULL) : (wrong(value, name, "a str"), NULL);
      return text && (*out = ad_attr_text(text), true);
    }
    case AD_FIELD_NUMS: return nums_of(value, name, s, &nums) && (*out = ad_attr_nums(nums), true);
    case AD_FIELD_AXES:
    case AD_FIELD_PERM:
    case AD_FIELD_SHAPE:
    case AD_FIELD_INTS: return pyad_ints_of(value, name, s, &ints) && (*out = ad_attr_ints(ints), true);
    case AD_FIELD_GRAPH: break;
  }
  return wrong(value, name, "nothing; Python gives no regions");
}
