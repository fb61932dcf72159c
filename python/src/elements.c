/* Elements of arrays as Python's objects: item, tolist, the conversions to numbers, iteration, `in`. */
#include "parts.h"

#include <string.h>

/* ---- Reading ---- */

/* An array's elements where they lie. The pin keeps them, whatever becomes of the array. */
typedef struct elements {
  ad_array *pin;
  ad_array_memory memory;
  ad_dtype dtype;
  ad_shape shape;
} elements;

/* Of a value that pyad_keep gave, which it drops. The half types are read as float32. */
static bool elements_begin(elements *e, ad_array *a) {
  if (!a) return false;
  ad_dtype t = ad_array_dtype(a);
  bool half = ad_dtype_category(t) == AD_CATEGORY_FLOAT && ad_dtype_size(t) == 2;
  ad_array *wide = a;
  if (half) {
    wide = pyad_own(ad_cast_at(pyad_place(), a, AD_FLOAT32));
    ad_drop(a);
    if (!wide) return false;
  }
  e->pin = pyad_eval(&wide, 1) && pyad_ready() ? pyad_own(ad_array_pin_at(pyad_place(), wide)) : NULL;
  ad_drop(wide);
  if (!e->pin) return false;
  ad_array_memory_of(e->pin, &e->memory);
  e->dtype = ad_array_dtype(e->pin);
  e->shape = ad_array_shape(e->pin);
  return true;
}

static PyObject *element(const elements *e, const char *at) {
  switch (e->dtype) {
#define AS(dtype, type, make) \
  case dtype: {               \
    type v;                   \
    memcpy(&v, at, sizeof v); \
    return make;              \
  }
    AS(AD_BOOL, uint8_t, PyBool_FromLong(v))
    AS(AD_UINT8, uint8_t, PyLong_FromLong(v))
    AS(AD_UINT16, uint16_t, PyLong_FromLong(v))
    AS(AD_UINT32, uint32_t, PyLong_FromUnsignedLongLong(v))
    AS(AD_UINT64, uint64_t, PyLong_FromUnsignedLongLong(v))
    AS(AD_INT8, int8_t, PyLong_FromLong(v))
    AS(AD_INT16, int16_t, PyLong_FromLong(v))
    AS(AD_INT32, int32_t, PyLong_FromLong(v))
    AS(AD_INT64, int64_t, PyLong_FromLongLong(v))
    AS(AD_FLOAT32, float, PyFloat_FromDouble((double)v))
    AS(AD_FLOAT64, double, PyFloat_FromDouble(v))
    AS(AD_COMPLEX64, ad_c64, PyComplex_FromDoubles((double)v.re, (double)v.im))
    AS(AD_COMPLEX128, ad_c128, PyComplex_FromDoubles(v.re, v.im))
#undef AS
    default: return PyErr_SetString(PyExc_SystemError, "item: an element of no dtype"), NULL;
  }
}

static PyObject *nested(const elements *e, int axis, const char *at) {
  if (axis == e->shape.rank) return element(e, at);
  PyObject *list = PyList_New((Py_ssize_t)e->shape.dims[axis]);
  for (int64_t i = 0; list && i < e->shape.dims[axis]; i++) {
    PyObject *member = nested(e, axis + 1, at + i * e->memory.strides[axis]);
    if (!member || PyList_SetItem(list, (Py_ssize_t)i, member)) Py_CLEAR(list);
  }
  return list;
}

PyObject *pyad_array_tolist(PyObject *self, PyObject *unused) {
  (void)unused;
  elements e;
  if (!elements_begin(&e, pyad_keep(self))) return NULL;
  PyObject *list = nested(&e, 0, e.memory.data);
  ad_drop(e.pin);
  return list;
}

/* ---- One number ---- */

/* The one element; an array of several is a ValueError that begins with `what`. */
static PyObject *only(PyObject *self, const char *what) {
  ad_array *a = pyad_keep(self);
  if (a && ad_array_size(a) != 1) {
    PyErr_Format(PyExc_ValueError, "%s: an array of %lld elements; one element is right", what, (long long)ad_array_size(a));
    return ad_drop(a), NULL;
  }
  elements e;
  if (!elements_begin(&e, a)) return NULL;
  PyObject *value = element(&e, e.memory.data);
  ad_drop(e.pin);
  return value;
}

PyObject *pyad_array_item(PyObject *self, PyObject *unused) {
  (void)unused;
  return only(self, "item");
}

static int bool_slot(PyObject *self) {
  PyObject *value = only(self, "bool");
  int truth = value ? PyObject_IsTrue(value) : -1;
  Py_XDECREF(value);
  return truth;
}

static PyObject *real_number(PyObject *self, const char *what) {
  PyObject *value = only(self, what);
  if (!value || !PyComplex_Check(value)) return value;
  Py_DECREF(value);
  PyErr_Format(PyExc_TypeError, "%s: an array of %s; a real dtype is right, such as x.real has", what, ad_dtype_name(ad_array_dtype(pyad_handle(self))));
  return NULL;
}

static PyObject *int_slot(PyObject *self) {
  PyObject *value = real_number(self, "int"), *whole = value ? PyNumber_Long(value) : NULL;
  Py_XDECREF(value);
  return whole;
}

static PyObject *float_slot(PyObject *self) {
  PyObject *value = real_number(self, "float"), *number = value ? PyNumber_Float(value) : NULL;
  Py_XDECREF(value);
  return number;
}

static PyObject *index_slot(PyObject *self) {
  ad_array *a = pyad_handle(self);
  ad_category kind = ad_dtype_category(ad_array_dtype(a));
  if (ad_array_rank(a) == 0 && (kind == AD_CATEGORY_INT || kind == AD_CATEGORY_UINT)) return only(self, "index");
  PyErr_Format(PyExc_TypeError, "index: an array of %d axes of %s; one of no axes and an integer dtype is right", ad_array_rank(a),
               ad_dtype_name(ad_array_dtype(a)));
  return NULL;
}

PyObject *pyad_array_complex(PyObject *self, PyObject *unused) {
  (void)unused;
  PyObject *value = only(self, "complex");
  if (!value || PyComplex_Check(value)) return value;
  double re = PyFloat_AsDouble(value);
  Py_DECREF(value);
  return re == -1 && PyErr_Occurred() ? NULL : PyComplex_FromDoubles(re, 0);
}

/* One number takes any format of numbers; an array only the empty one. */
PyObject *pyad_array_format(PyObject *self, PyObject *spec) {
  if (!PyUnicode_Check(spec)) return PyErr_Format(PyExc_TypeError, "__format__: %R; a str is right", spec), NULL;
  if (!PyUnicode_GetLength(spec)) return PyObject_Str(self);
  if (ad_array_rank(pyad_handle(self))) {
    PyErr_Format(PyExc_TypeError, "__format__: %R for an array of %d axes; no format, or an array of no axes, is right", spec, ad_array_rank(pyad_handle(self)));
    return NULL;
  }
  PyObject *value = only(self, "__format__"), *text = value ? PyObject_Format(value, spec) : NULL;
  Py_XDECREF(value);
  return text;
}

/* ---- Length, iteration, membership ---- */

static Py_ssize_t length_slot(PyObject *self) {
  ad_array *a = pyad_handle(self);
  if (ad_array_rank(a)) return (Py_ssize_t)ad_array_dim(a, 0);
  PyErr_SetString(PyExc_TypeError, "len: an array of no axes; one of 1 or more is right");
  return -1;
}

/* For reversed(), and whoever takes a sequence; brackets are index.c's. */
static PyObject *sequence_item(PyObject *self, Py_ssize_t i) {
  ad_index_item at = AD_AT(i);
  return pyad_ready() ? pyad_wrap(ad_index_at(pyad_place(), pyad_handle(self), &at, 1)) : NULL;
}

/* Goes over the value the array had when the iteration began. */
typedef struct iterator {
  PyObject_HEAD
  ad_array *array;
  int64_t next;
} iterator;

static PyTypeObject *iterator_type;

static PyObject *iter_slot(PyObject *self) {
  ad_array *a = pyad_handle(self);
  if (!ad_array_rank(a)) return PyErr_SetString(PyExc_IndexError, "iter: an array of no axes; one of 1 or more is right"), NULL;
  iterator *it = PyObject_New(iterator, iterator_type);
  if (!it) return NULL;
  it->array = pyad_keep(self);
  it->next = 0;
  if (!it->array) Py_CLEAR(it);
  return (PyObject *)it;
}

static PyObject *iterator_next(PyObject *self) {
  iterator *it = (iterator *)(void *)self;
  if (it->next >= ad_array_dim(it->array, 0) || !pyad_ready()) return NULL;
  ad_index_item at = AD_AT(it->next++);
  return pyad_wrap(ad_index_at(pyad_place(), it->array, &at, 1));
}

static void iterator_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  ad_drop(((iterator *)(void *)self)->array);
  PyObject_Free(self);
  Py_DECREF(type);
}

static int contains_slot(PyObject *self, PyObject *value) {
  PyObject *equal = PyObject_RichCompare(self, value, Py_EQ);
  if (!equal || !pyad_is_array(equal)) {
    int truth = equal ? PyObject_IsTrue(equal) : -1;
    Py_XDECREF(equal);
    return truth;
  }
  PyObject *any = pyad_ready() ? pyad_wrap(ad_any_at(pyad_place(), pyad_handle(equal), NULL)) : NULL;
  int truth = any ? PyObject_IsTrue(any) : -1;
  Py_DECREF(equal);
  Py_XDECREF(any);
  return truth;
}

PyType_Slot pyad_element_slots[] = {
    {Py_nb_bool, (void *)bool_slot},
    {Py_nb_int, (void *)int_slot},
    {Py_nb_float, (void *)float_slot},
    {Py_nb_index, (void *)index_slot},
    {Py_mp_length, (void *)length_slot},
    {Py_sq_length, (void *)length_slot},
    {Py_sq_item, (void *)sequence_item},
    {Py_tp_iter, (void *)iter_slot},
    {Py_sq_contains, (void *)contains_slot},
    {0, NULL},
};

bool pyad_elements_init(void) {
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, (void *)iterator_dealloc},
      {Py_tp_iter, (void *)PyObject_SelfIter},
      {Py_tp_iternext, (void *)iterator_next},
      {0, NULL},
  };
  static PyType_Spec spec = {"adamant._core.array_iterator", sizeof(iterator), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  iterator_type = (PyTypeObject *)(void *)PyType_FromSpec(&spec);
  return iterator_type != NULL;
}
