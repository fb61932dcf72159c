/* DLPack, both ways: tensors of others as arrays, arrays as tensors, in the old capsule ("dltensor") and the versioned one.
 *
 * The layout of the structures is that of the DLPack standard, version 1. A tensor that is given away holds a pin on the memory
 * (adamant/core.h), so its deleter, which drops the pin, may be called by any thread, without the GIL and after the interpreter
 * ended. A capsule that is taken is renamed at once; from then on its deleter is called exactly once, when the last array in the
 * memory ends. Elements we have no dtype for are refused, but for the kinds of float8, which are uint8 here. */
#include "foreign.h"
#include "functions.h"
#include "parts.h"

#include <stdlib.h>
#include <string.h>

enum { DEVICE_CPU = 1, DEVICE_CUDA_HOST = 3 };
enum { CODE_INT, CODE_UINT, CODE_FLOAT, CODE_OPAQUE, CODE_BFLOAT, CODE_COMPLEX, CODE_BOOL, CODE_FLOAT8_FIRST, CODE_FLOAT8_LAST = 14 };
enum { FLAG_READ_ONLY = 1, FLAG_COPIED = 2 };
enum { MAJOR = 1, MINOR = 1 };

typedef struct dl_tensor {
  void *data;
  struct { int32_t type, id; } device;
  int32_t rank;
  struct { uint8_t code, bits; uint16_t lanes; } dtype;
  int64_t *dims, *strides; /* in elements */
  uint64_t byte_offset;
} dl_tensor;

typedef struct dl_managed {
  dl_tensor tensor;
  void *user;
  void (*deleter)(struct dl_managed *self);
} dl_managed;

typedef struct dl_versioned {
  struct { uint32_t major, minor; } version;
  void *user;
  void (*deleter)(struct dl_versioned *self);
  uint64_t flags;
  dl_tensor tensor;
} dl_versioned;

static const char *const fresh_names[] = {"dltensor", "dltensor_versioned"};
static const char *const used_names[] = {"used_dltensor", "used_dltensor_versioned"};

/* ---- Dtypes ---- */

static const uint8_t codes[] = {
    [AD_CATEGORY_BOOL] = CODE_BOOL, [AD_CATEGORY_UINT] = CODE_UINT, [AD_CATEGORY_INT] = CODE_INT, [AD_CATEGORY_FLOAT] = CODE_FLOAT,
    [AD_CATEGORY_COMPLEX] = CODE_COMPLEX};

static uint8_t code_of(ad_dtype t) { return t == AD_BFLOAT16 ? CODE_BFLOAT : codes[ad_dtype_category(t)]; }

static ad_dtype dtype_of(const dl_tensor *t) {
  if (t->dtype.lanes != 1) return AD_DTYPE_NONE;
  if (t->dtype.code >= CODE_FLOAT8_FIRST && t->dtype.code <= CODE_FLOAT8_LAST && t->dtype.bits == 8) return AD_UINT8;
  for (int d = AD_DTYPE_NONE + 1; d < AD_DTYPE_COUNT; d++)
    if (code_of((ad_dtype)d) == t->dtype.code && 8 * ad_dtype_size((ad_dtype)d) == t->dtype.bits) return (ad_dtype)d;
  return AD_DTYPE_NONE;
}

/* ---- Giving ---- */

/* What a tensor that is given away consists of; the managed part comes first, so that it is the block's address. */
typedef struct given_tensor {
  union { dl_managed old; dl_versioned versioned; } managed;
  ad_array *pin;
  int64_t dims[AD_MAX_RANK], strides[AD_MAX_RANK];
} given_tensor;

static void give_back(given_tensor *g) {
  ad_drop(g->pin);
  free(g);
}
static void delete_old(dl_managed *m) { give_back((given_tensor *)(void *)m); }
static void delete_versioned(dl_versioned *m) { give_back((given_tensor *)(void *)m); }

/* A capsule that nobody took. */
static void end_capsule(PyObject *capsule) {
  for (int v = 0; v < 2; v++)
    if (PyCapsule_IsValid(capsule, fresh_names[v])) give_back(PyCapsule_GetPointer(capsule, fresh_names[v]));
}

/* Strides must be whole elements. */
static bool whole_strides(const ad_array_memory *m, ad_array *a) {
  int64_t item = (int64_t)ad_dtype_size(ad_array_dtype(a));
  for (int i = 0; i < ad_array_rank(a); i++)
    if (m->strides[i] % item) return false;
  return true;
}

static void describe(given_tensor *g, dl_tensor *t, const ad_array_memory *m) {
  ad_shape shape = ad_array_shape(g->pin);
  ad_dtype dtype = ad_array_dtype(g->pin);
  int64_t item = (int64_t)ad_dtype_size(dtype);
  for (int i = 0; i < shape.rank; i++) g->dims[i] = shape.dims[i], g->strides[i] = m->strides[i] / item;
  *t = (dl_tensor){.data = (void *)(uintptr_t)m->data, .device = {DEVICE_CPU, 0}, .rank = shape.rank,
                   .dtype = {code_of(dtype), (uint8_t)(8 * item), 1}, .dims = g->dims, .strides = g->strides};
  if (!ad_array_size(g->pin)) t->data = NULL;
}

/* The memory a tensor shall show, pinned. The old form cannot say that memory is read-only: what its lender forbids to write is
 * copied. */
static ad_array *pin_for_export(PyObject *self, bool versioned, int copy, bool *read_only) {
  ad_array *pin = pyad_pin(self);
  ad_array_memory m;
  if (!pin || ad_array_memory_of(pin, &m)) return pin;
  bool lent = m.foreign && m.release == pyad_lender_release, forbidden = m.foreign && !(lent && ((pyad_lender *)m.user)->writable);
  bool must = !whole_strides(&m, pin) || (forbidden && !versioned);
  *read_only = !pyad_is_exclusive(self, 1);
  if (copy != 1 && !must) return pin;
  ad_array *fresh = NULL;
  if (copy == 0) PyErr_SetString(PyExc_BufferError, forbidden ? "__dlpack__: copy=False and memory that is read-only; copy=None is right"
                                                              : "__dlpack__: copy=False and strides that are no whole elements; copy=None is right");
  else fresh = pyad_own(ad_copy_at(pyad_place(), pin));
  ad_drop(pin);
  *read_only = false;
  if (fresh && pyad_eval(&fresh, 1) && pyad_ready() && ad_data(fresh)) return fresh;
  ad_drop(fresh);
  return PyErr_Occurred() ? NULL : (PyErr_NoMemory(), NULL);
}

static PyObject *give(PyObject *self, bool versioned, int copy) {
  bool read_only = false;
  ad_array *pin = pin_for_export(self, versioned, copy, &read_only);
  given_tensor *g = pin ? calloc(1, sizeof *g) : NULL;
  if (!g) return ad_drop(pin), pin ? PyErr_NoMemory() : NULL;
  ad_array_memory m;
  ad_array_memory_of(pin, &m);
  g->pin = pin;
  if (versioned) {
    g->managed.versioned = (dl_versioned){.version = {MAJOR, MINOR}, .deleter = delete_versioned,
                                          .flags = (read_only ? FLAG_READ_ONLY : 0) | (copy == 1 ? FLAG_COPIED : 0)};
    describe(g, &g->managed.versioned.tensor, &m);
  } else {
    g->managed.old = (dl_managed){.deleter = delete_old};
    describe(g, &g->managed.old.tensor, &m);
  }
  PyObject *capsule = PyCapsule_New(g, fresh_names[versioned], end_capsule);
  if (!capsule) give_back(g);
  return capsule;
}

/* None, or (1, 0): there is only one device to put an array on. */
static bool device_is_ours(PyObject *o) {
  long type, id;
  if (o == Py_None) return true;
  if (!PyTuple_Check(o) || PyTuple_Size(o) != 2) return PyErr_Format(PyExc_TypeError, "__dlpack__: dl_device is %R; None or (1, 0) is right", o), false;
  type = PyLong_AsLong(PyTuple_GetItem(o, 0));
  id = PyLong_AsLong(PyTuple_GetItem(o, 1));
  if (PyErr_Occurred()) return false;
  if (type == DEVICE_CPU && id == 0) return true;
  PyErr_Format(PyExc_BufferError, "__dlpack__: dl_device is %R; arrays can be given on (1, 0), the CPU, alone", o);
  return false;
}

static bool wants_versioned(PyObject *o, bool *out) {
  *out = false;
  if (o == Py_None) return true;
  if (!PyTuple_Check(o) || PyTuple_Size(o) != 2) return PyErr_Format(PyExc_TypeError, "__dlpack__: max_version is %R; None or a pair of ints is right", o), false;
  long major = PyLong_AsLong(PyTuple_GetItem(o, 0));
  *out = major >= 1;
  return !PyErr_Occurred();
}

PyObject *pyad_dlpack(PyObject *self, PyObject *args, PyObject *keywords) {
  static char *names[] = {"stream", "max_version", "dl_device", "copy", NULL};
  PyObject *stream = Py_None, *version = Py_None, *device = Py_None, *copy = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|$OOOO:__dlpack__", names, &stream, &version, &device, &copy)) return NULL;
  if (stream != Py_None) return PyErr_Format(PyExc_ValueError, "__dlpack__: stream is %R; None is right, for arrays on the CPU", stream), NULL;
  bool versioned;
  int wish = pyad_copy_of(copy, "__dlpack__");
  if (wish == -2 || !wants_versioned(version, &versioned) || !device_is_ours(device)) return NULL;
  return give(self, versioned, wish);
}

PyObject *pyad_dlpack_device(PyObject *self, PyObject *unused) {
  (void)self, (void)unused;
  return Py_BuildValue("(ii)", DEVICE_CPU, 0);
}

/* ---- Taking ---- */

static void end_old(void *managed) {
  dl_managed *m = managed;
  if (m->deleter) m->deleter(m);
}
static void end_versioned(void *managed) {
  dl_versioned *m = managed;
  if (m->deleter) m->deleter(m);
}

static bool refuse(const pyad_wish *w, const char *text, long number) {
  PyErr_Format(PyExc_BufferError, text, w->what, number);
  return false;
}

static bool take_tensor(pyad_foreign *f, const dl_tensor *t, const pyad_wish *w) {
  if (t->device.type != DEVICE_CPU && t->device.type != DEVICE_CUDA_HOST)
    return refuse(w, "%s: a tensor on a device of type %ld; 1, the CPU, is right", t->device.type);
  if (t->rank < 0 || t->rank > AD_MAX_RANK) return refuse(w, "%s: a tensor of %ld axes; from 0 to 16 are right", t->rank);
  if (!(f->dtype = dtype_of(t))) {
    PyErr_Format(PyExc_BufferError, "%s: elements of DLPack's type code %d with %d bits and %d lanes; those of adamant's dtypes are right",
                 w->what, t->dtype.code, t->dtype.bits, t->dtype.lanes);
    return false;
  }
  f->rank = t->rank;
  f->data = (const char *)t->data + t->byte_offset;
  int64_t item = (int64_t)ad_dtype_size(f->dtype), stride = item;
  bool overflow = t->rank && !t->dims;
  for (int i = t->rank - 1; i >= 0 && !overflow; i--) {
    f->dims[i] = t->dims[i];
    f->strides[i] = stride;
    overflow = t->dims[i] < 0 || __builtin_mul_overflow(stride, t->dims[i] ? t->dims[i] : 1, &stride);
    if (t->strides) overflow = overflow || __builtin_mul_overflow(t->strides[i], item, &f->strides[i]);
  }
  return !overflow || refuse(w, "%s: a tensor of %ld axes whose lengths are negative or too large", t->rank);
}

/* Renames the capsule, after which the tensor is ours to end. */
static ad_array *take_capsule(PyObject *capsule, const pyad_wish *w) {
  int versioned = PyCapsule_IsValid(capsule, fresh_names[1]);
  if (!versioned && !PyCapsule_IsValid(capsule, fresh_names[0])) {
    PyErr_Format(PyExc_TypeError, "%s: %R; a capsule 'dltensor' or 'dltensor_versioned' that was not taken before is right", w->what, capsule);
    return NULL;
  }
  pyad_lender *l = pyad_lender_new();
  if (!l) return NULL;
  l->managed = PyCapsule_GetPointer(capsule, fresh_names[versioned]);
  if (PyCapsule_SetName(capsule, used_names[versioned])) return free(l), NULL;
  l->end = versioned ? end_versioned : end_old;
  const dl_versioned *v = versioned ? l->managed : NULL;
  const dl_tensor *t = v ? &v->tensor : &((dl_managed *)l->managed)->tensor;
  l->writable = !v || !(v->flags & FLAG_READ_ONLY);
  pyad_foreign f = {.lender = l};
  bool ok = !v || v->version.major == MAJOR || refuse(w, "%s: a tensor of DLPack's version %ld; 1 is right", (long)v->version.major);
  if (ok && take_tensor(&f, t, w)) return pyad_foreign_array(&f, w);
  pyad_lender_end(l);
  return NULL;
}

/* Calls x.__dlpack__; producers from before version 1 know no keywords. */
static PyObject *ask(PyObject *method, int copy) {
  PyObject *none = PyTuple_New(0);
  PyObject *keywords = copy < 0 ? Py_BuildValue("{s(ii)}", "max_version", MAJOR, MINOR)
                                : Py_BuildValue("{s(ii)sO}", "max_version", MAJOR, MINOR, "copy", copy ? Py_True : Py_False);
  PyObject *capsule = none && keywords ? PyObject_Call(method, none, keywords) : NULL;
  if (!capsule && PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_Clear();
    capsule = PyObject_CallNoArgs(method);
  }
  Py_XDECREF(none);
  Py_XDECREF(keywords);
  return capsule;
}

/* Asks for the device first, so that nothing is moved that cannot be used. */
static bool reachable(PyObject *o, const pyad_wish *w) {
  PyObject *method = pyad_attribute(o, "__dlpack_device__"), *pair = method ? PyObject_CallNoArgs(method) : NULL;
  long type = pair && PyTuple_Check(pair) && PyTuple_Size(pair) == 2 ? PyLong_AsLong(PyTuple_GetItem(pair, 0)) : -1;
  Py_XDECREF(method);
  Py_XDECREF(pair);
  if (PyErr_Occurred()) return false;
  if (type == DEVICE_CPU || type == DEVICE_CUDA_HOST) return true;
  return type >= 0 ? refuse(w, "%s: a tensor on a device of type %ld; 1, the CPU, is right", type)
                   : (PyErr_Format(PyExc_TypeError, "%s: __dlpack_device__ of %R; a pair of ints is right", w->what, o), false);
}

ad_array *pyad_from_dlpack(PyObject *o, const pyad_wish *w) {
  PyObject *method = pyad_attribute(o, "__dlpack__");
  if (!method) return NULL;
  PyObject *capsule = reachable(o, w) ? ask(method, w->copy == 1 ? -1 : w->copy) : NULL;
  ad_array *a = capsule ? take_capsule(capsule, w) : NULL;
  Py_DECREF(method);
  Py_XDECREF(capsule);
  return a;
}

PyObject *pyad_from_dlpack_function(PyObject *const *v) {
  PyObject *x = v[0];
  const pyad_wish w = {.exact = true, .what = "from_dlpack", .copy = pyad_copy_of(v[2], "from_dlpack")};
  if (w.copy == -2) return NULL;
  ad_array *a = PyCapsule_CheckExact(x) ? take_capsule(x, &w) : pyad_from_dlpack(x, &w);
  if (!a && !PyErr_Occurred())
    PyErr_Format(PyExc_TypeError, "from_dlpack: an object of type %R; one that has __dlpack__ and __dlpack_device__ is right", (PyObject *)Py_TYPE(x));
  return a ? pyad_wrap_owned(a) : NULL;
}
