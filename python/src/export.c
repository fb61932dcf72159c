/* Arrays given to others: the buffer protocol, __array__, pickles, copies, and what the array API standard asks of an array.
 *
 * A view holds a pin on the memory, so that it stays and keeps its elements whatever becomes of the array object. Views may be
 * written to where the array is alone in memory of the library's own; in memory that it shares, or that was lent to it, they are
 * read-only. bfloat16 has no format in the protocol: DLPack gives it. */
#include "foreign.h"
#include "functions.h"
#include "parts.h"

#include <stdlib.h>

/* ---- The buffer protocol ---- */

/* struct's letters; a long is what NumPy calls an integer of 8 bytes. */
static const char *const formats[AD_DTYPE_COUNT] = {
    [AD_BOOL] = "?", [AD_UINT8] = "B", [AD_UINT16] = "H", [AD_UINT32] = "I", [AD_UINT64] = sizeof(long) == 8 ? "L" : "Q",
    [AD_INT8] = "b", [AD_INT16] = "h", [AD_INT32] = "i", [AD_INT64] = sizeof(long) == 8 ? "l" : "q",
    [AD_FLOAT16] = "e", [AD_FLOAT32] = "f", [AD_FLOAT64] = "d", [AD_COMPLEX64] = "Zf", [AD_COMPLEX128] = "Zd"};

typedef struct lease {
  ad_array *pin;
  uint32_t generation; /* of the array when it was given */
  Py_ssize_t dims[AD_MAX_RANK], strides[AD_MAX_RANK];
} lease;

bool pyad_is_exclusive(PyObject *array, uint32_t pins) {
  ad_array_memory m;
  if (ad_array_memory_of(pyad_handle(array), &m)) return false;
  return !m.foreign && m.holders == 1 && m.sharers == 1 + pins + ((pyad_array *)(void *)array)->lent;
}

ad_array *pyad_pin(PyObject *array) {
  ad_array *a = pyad_keep(array), *pin = NULL;
  if (a && pyad_eval(&a, 1) && pyad_ready()) pin = pyad_own(ad_array_pin_at(pyad_place(), a));
  ad_drop(a);
  return pin;
}

static bool columns_first(const ad_array_memory *m, ad_shape shape, int64_t item) {
  for (int i = 0; i < shape.rank; item *= shape.dims[i++])
    if (shape.dims[i] != 1 && m->strides[i] != item) return false;
  return true;
}

/* Whether the reader can walk the memory as it lies. */
static bool fits_request(int flags, const ad_array_memory *m, ad_shape shape, int64_t item) {
  if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS) return columns_first(m, shape, item);
  if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS) return m->row_major || columns_first(m, shape, item);
  if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS || (flags & PyBUF_STRIDES) != PyBUF_STRIDES) return m->row_major;
  return true;
}

static lease *refuse(const char *text) { return PyErr_SetString(PyExc_BufferError, text), NULL; }

static lease *lease_new(PyObject *self, int flags, ad_array_memory *m, bool *writable) {
  ad_array *pin = pyad_pin(self);
  lease *l = pin ? calloc(1, sizeof *l) : NULL;
  if (!l) return ad_drop(pin), pin ? (PyErr_NoMemory(), NULL) : NULL;
  *l = (lease){.pin = pin, .generation = ((pyad_array *)(void *)self)->generation};
  ad_shape shape = ad_array_shape(pin);
  int64_t item = (int64_t)ad_dtype_size(ad_array_dtype(pin));
  ad_array_memory_of(pin, m);
  *writable = pyad_is_exclusive(self, 1);
  const char *wrong = NULL;
  if (!fits_request(flags, m, shape, item)) {
    *writable = false; /* the pin gets a row-major copy of its own */
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS) wrong = "buffer: columns one behind the other; a transposed array is right";
    else if (!ad_data(pin)) wrong = "buffer: no memory for a row-major copy";
    ad_array_memory_of(pin, m);
  }
  if (flags & PyBUF_WRITABLE && !*writable) wrong = "buffer: memory to write to, of an array that shares its memory; a copy is right";
  for (int i = 0; i < shape.rank; i++) l->dims[i] = (Py_ssize_t)shape.dims[i], l->strides[i] = (Py_ssize_t)m->strides[i];
  if (!wrong) return l;
  ad_drop(pin);
  free(l);
  return refuse(wrong);
}

static int get_buffer(PyObject *self, Py_buffer *view, int flags) {
  static char nothing[1];
  ad_array_memory m;
  bool writable;
  ad_dtype t = ad_array_dtype(pyad_handle(self));
  view->obj = NULL;
  lease *l = formats[t] ? lease_new(self, flags, &m, &writable) : refuse("buffer: bfloat16 has no format there; DLPack, or astype, is right");
  if (!l) return -1;
  ((pyad_array *)(void *)self)->lent++;
  *view = (Py_buffer){.buf = m.data ? (void *)(uintptr_t)m.data : nothing, .obj = Py_NewRef(self), .readonly = !writable,
                      .itemsize = (Py_ssize_t)ad_dtype_size(t), .ndim = ad_array_rank(l->pin), .internal = l};
  view->len = (Py_ssize_t)ad_array_size(l->pin) * view->itemsize;
  if (flags & PyBUF_FORMAT) view->format = (char *)(uintptr_t)formats[t];
  if (flags & PyBUF_ND) view->shape = l->dims;
  if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES) view->strides = l->strides;
  return 0;
}

static void release_buffer(PyObject *self, Py_buffer *view) {
  lease *l = view->internal;
  pyad_array *a = (pyad_array *)(void *)self;
  if (l->generation == a->generation) a->lent--;
  ad_drop(l->pin);
  free(l);
}

PyType_Slot pyad_export_slots[] = {
    {Py_bf_getbuffer, (void *)get_buffer},
    {Py_bf_releasebuffer, (void *)release_buffer},
    {0, NULL},
};

/* ---- NumPy ---- */

/* NumPy asks for a buffer first and comes here for what that cannot say: another dtype, or no copy. */
PyObject *pyad_array_numpy(PyObject *self, PyObject *args, PyObject *keywords) {
  static char *names[] = {"dtype", "copy", NULL};
  PyObject *dtype = Py_None, *copy = Py_None, *result = NULL;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O$O:__array__", names, &dtype, &copy)) return NULL;
  int wish = pyad_copy_of(copy, "__array__");
  if (wish == -2) return NULL;
  bool brain = ad_array_dtype(pyad_handle(self)) == AD_BFLOAT16;
  if (brain && (dtype == Py_None || !wish)) {
    PyErr_SetString(PyExc_ValueError, "__array__: NumPy has no bfloat16; astype(adamant.float32), or a dtype, is right");
    return NULL;
  }
  PyObject *numpy = PyImport_ImportModule("numpy");
  if (!numpy) return NULL;
  PyObject *source = !brain ? Py_NewRef(self) : pyad_ready() ? pyad_wrap(ad_cast_at(pyad_place(), pyad_handle(self), AD_FLOAT32)) : NULL;
  PyObject *memory = source ? PyMemoryView_FromObject(source) : NULL;
  PyObject *plain = memory ? PyObject_CallMethod(numpy, "asarray", "O", memory) : NULL;
  if (plain && dtype == Py_None) result = wish == 1 ? PyObject_CallMethod(plain, "copy", NULL) : Py_NewRef(plain);
  else if (plain) result = PyObject_CallMethod(plain, "astype", "OssOO", dtype, "K", "unsafe", Py_True, wish == 1 ? Py_True : Py_False);
  if (result && !wish && result != plain) {
    PyErr_SetString(PyExc_ValueError, "__array__: copy=False and another dtype; copy=None is right");
    Py_CLEAR(result);
  }
  Py_XDECREF(source);
  Py_XDECREF(memory);
  Py_XDECREF(plain);
  Py_DECREF(numpy);
  return result;
}

/* ---- Copies and pickles ---- */

/* The value is immutable, the object is not: a copy is another object. */
PyObject *pyad_array_copy(PyObject *self, PyObject *unused) {
  (void)unused;
  ad_array *value = pyad_keep(self);
  return value ? pyad_wrap_owned(value) : NULL;
}

/* The elements in row-major order as an object with a buffer: an array that has a format. */
static PyObject *plain_elements(PyObject *self) {
  ad_place place = pyad_place();
  if (!pyad_ready()) return NULL;
  ad_array *a = pyad_handle(self);
  ad_scope *s = ad_scope_begin(pyad.ctx);
  ad_array *plain = ad_contiguous_at(place, ad_array_dtype(a) == AD_BFLOAT16 ? ad_view_at(place, a, AD_UINT16) : a);
  return pyad_wrap(ad_scope_end(s, plain));
}

static PyObject *pickle_buffer(PyObject *plain) {
  PyObject *pickle = PyImport_ImportModule("pickle");
  PyObject *buffer = pickle ? PyObject_CallMethod(pickle, "PickleBuffer", "O", plain) : NULL;
  Py_XDECREF(pickle);
  return buffer;
}

/* Dtype, shape, elements. Protocol 5 hands the memory over as it is, within the pickle or beside it. */
PyObject *pyad_array_reduce(PyObject *self, PyObject *protocol) {
  long version = PyLong_AsLong(protocol);
  if (version == -1 && PyErr_Occurred()) return NULL;
  PyObject *plain = plain_elements(self);
  PyObject *elements = !plain ? NULL : version >= 5 ? pickle_buffer(plain) : PyBytes_FromObject(plain);
  PyObject *rebuild = elements ? PyObject_GetAttrString(pyad.module, "_rebuild") : NULL;
  PyObject *shape = rebuild ? pyad_shape_tuple(ad_array_shape(pyad_handle(self))) : NULL, *result = NULL;
  if (shape) result = Py_BuildValue("O(sOO)", rebuild, ad_dtype_name(ad_array_dtype(pyad_handle(self))), shape, elements);
  Py_XDECREF(plain);
  Py_XDECREF(elements);
  Py_XDECREF(rebuild);
  Py_XDECREF(shape);
  return result;
}

/* The bytes as a one-dimensional array, seen as elements of the dtype, in the shape. */
static PyObject *rebuild(PyObject *module, PyObject *args) {
  const char *name;
  PyObject *shape, *bytes;
  pyad_scratch scratch = {.used = 0};
  ad_ints dims;
  (void)module;
  if (!PyArg_ParseTuple(args, "sOO:_rebuild", &name, &shape, &bytes)) return NULL;
  pyad_foreign f = {.dtype = ad_dtype_parse(name), .rank = 1, .lender = pyad_lender_new()};
  if (!f.lender) return NULL;
  f.lender->writable = true;
  bool ok = pyad_ints_of(shape, "shape", &scratch, &dims) && !PyObject_GetBuffer(bytes, &f.lender->view, PyBUF_SIMPLE);
  int64_t item = (int64_t)ad_dtype_size(f.dtype), length = f.lender->view.len;
  if (ok && (!f.dtype || length % item)) ok = PyErr_Format(PyExc_ValueError, "_rebuild: %lld bytes of %s", (long long)length, name) != NULL;
  PyObject *result = NULL;
  if (ok) {
    const pyad_wish w = {.exact = true, .copy = -1, .what = "_rebuild"};
    f.data = f.lender->view.buf;
    f.dims[0] = length / item;
    f.strides[0] = item;
    ad_array *flat = pyad_foreign_array(&f, &w);
    if (flat) result = pyad_wrap(ad_reshape_at(pyad_place(), flat, (ad_shape){dims.count, dims.values}));
    ad_drop(flat);
  } else pyad_lender_end(f.lender);
  pyad_scratch_free(&scratch);
  return result;
}

/* ---- The array API standard ---- */

PyObject *pyad_array_namespace(PyObject *self, PyObject *args, PyObject *keywords) {
  static char *names[] = {"api_version", NULL};
  static const char *const versions[] = {"2021.12", "2022.12", "2023.12", "2024.12", "2025.12"};
  PyObject *version = Py_None;
  (void)self;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|$O:__array_namespace__", names, &version)) return NULL;
  bool known = version == Py_None;
  for (size_t i = 0; i < sizeof versions / sizeof *versions && PyUnicode_Check(version); i++)
    known = known || PyUnicode_CompareWithASCIIString(version, versions[i]) == 0;
  if (known) return PyImport_ImportModule("adamant");
  PyErr_Format(PyExc_ValueError, "__array_namespace__: api_version is %R; '2021.12' to '2025.12' are right", version);
  return NULL;
}

PyObject *pyad_array_device(PyObject *self, void *unused) {
  (void)self, (void)unused;
  return pyad_default_device(NULL);
}

PyObject *pyad_array_to_device(PyObject *self, PyObject *args, PyObject *keywords) {
  static char *names[] = {"device", "stream", NULL};
  PyObject *device, *stream = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$O:to_device", names, &device, &stream)) return NULL;
  if (!pyad_stream_check(device) || (stream != Py_None && !pyad_stream_check(stream))) return NULL;
  return Py_NewRef(self);
}

static PyMethodDef functions[] = {
    {"_rebuild", rebuild, METH_VARARGS, "An array from a pickle: dtype's name, shape, bytes."},
    {0},
};

bool pyad_export_init(void) { return !PyModule_AddFunctions(pyad.module, functions); }
