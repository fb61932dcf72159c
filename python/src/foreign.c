/* Memory of others as arrays: the buffer protocol and NumPy's array interface.
 *
 * Where the elements are of a dtype of ours, in this machine's byte order and aligned, the memory is used as it lies, however it
 * is strided; otherwise, or when a copy is asked for, the elements are gathered at once, so that what its owner writes later does
 * not show. float64 becomes float32 in the same pass. Memory that arrays still use after the interpreter ended stays lent. */
#include "foreign.h"

#include <stdlib.h>
#include <string.h>

/* ---- Lenders ---- */

pyad_lender *pyad_lender_new(void) {
  pyad_lender *l = calloc(1, sizeof *l);
  return l ? l : (PyErr_NoMemory(), NULL);
}

pyad_lender *pyad_lender_object(PyObject *object, bool writable) {
  pyad_lender *l = object ? pyad_lender_new() : NULL;
  if (!l) return Py_XDECREF(object), NULL;
  l->object = object;
  l->writable = writable;
  return l;
}

/* Without the GIL. */
static void end_tensor(pyad_lender *l) {
  l->end(l->managed);
  free(l);
}

void pyad_lender_end(pyad_lender *l) {
  if (!l) return;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace); /* others' code must not see the exception on whose way this is */
  if (l->view.obj) PyBuffer_Release(&l->view);
  Py_XDECREF(l->object);
  if (l->end) end_tensor(l);
  else free(l);
  PyErr_Restore(type, value, trace);
}

static void end_held(PyObject *capsule) { pyad_lender_end(PyCapsule_GetPointer(capsule, NULL)); }

/* From now on pyad_lender_release ends it. */
static bool hold(pyad_lender *l) {
  if (l->end) return true; /* its end needs no GIL */
  PyObject *capsule = PyCapsule_New(l, NULL, NULL);
  l->held = capsule ? pyad_hold(capsule) : NULL;
  if (l->held) PyCapsule_SetDestructor(capsule, end_held);
  Py_XDECREF(capsule);
  return l->held != NULL;
}

void pyad_lender_release(void *user, void *data) {
  pyad_lender *l = user;
  if (l->end) end_tensor(l);
  else pyad_release(l->held, data);
}

/* ---- Gathering ---- */

typedef void (*run_fn)(char *out, const char *in, int64_t n, int64_t stride);

#define RUN(bytes)                                                                   \
  static void run_##bytes(char *out, const char *in, int64_t n, int64_t stride) { \
    for (int64_t i = 0; i < n; i++) memcpy(out + i * bytes, in + i * stride, bytes); \
  }
RUN(1) RUN(2) RUN(4) RUN(8) RUN(16)

#define SWAPPED_RUN(bytes, part)                                                     \
  static void run_swapped_##bytes##_##part(char *out, const char *in, int64_t n, int64_t stride) { \
    for (int64_t i = 0; i < n; i++)                                                  \
      for (int k = 0; k < bytes; k++) out[i * bytes + k] = in[i * stride + k / part * part + part - 1 - k % part]; \
  }
SWAPPED_RUN(2, 2) SWAPPED_RUN(4, 4) SWAPPED_RUN(8, 8) SWAPPED_RUN(8, 4) SWAPPED_RUN(16, 8)

/* float64 to float32, one or two to an element. */
#define NARROW_RUN(name, count)                                                      \
  static void name(char *out, const char *in, int64_t n, int64_t stride) {        \
    for (int64_t i = 0; i < n; i++) {                                                \
      double from[count];                                                            \
      float to[count];                                                               \
      memcpy(from, in + i * stride, sizeof from);                                    \
      for (int k = 0; k < count; k++) to[k] = (float)from[k];                        \
      memcpy(out + i * (int64_t)sizeof to, to, sizeof to);                           \
    }                                                                                \
  }
NARROW_RUN(run_narrow_1, 1)
NARROW_RUN(run_narrow_2, 2)

static run_fn run_of(const pyad_foreign *f, ad_dtype to) {
  if (to != f->dtype) return to == AD_FLOAT32 ? run_narrow_1 : run_narrow_2;
  switch (ad_dtype_size(f->dtype)) {
    case 1: return run_1;
    case 2: return f->swapped ? run_swapped_2_2 : run_2;
    case 4: return f->swapped ? run_swapped_4_4 : run_4;
    case 8: return !f->swapped ? run_8 : f->dtype == AD_COMPLEX64 ? run_swapped_8_4 : run_swapped_8_8;
    default: return f->swapped ? run_swapped_16_8 : run_16;
  }
}

static bool row_major(const pyad_foreign *f) {
  int64_t stride = (int64_t)ad_dtype_size(f->dtype);
  for (int i = f->rank - 1; i >= 0; stride *= f->dims[i--])
    if (f->dims[i] != 1 && f->strides[i] != stride) return false;
  return true;
}

static int64_t count_of(const pyad_foreign *f) {
  int64_t n = 1;
  for (int i = 0; i < f->rank; i++) n *= f->dims[i];
  return n;
}

/* All elements in row-major order; there is at least one. */
static void gather(char *out, const pyad_foreign *f, ad_dtype to) {
  run_fn run = run_of(f, to);
  int64_t item = (int64_t)ad_dtype_size(f->dtype), step = (int64_t)ad_dtype_size(to);
  if (row_major(f)) {
    if (to == f->dtype && !f->swapped) memcpy(out, f->data, (size_t)(count_of(f) * item));
    else run(out, f->data, count_of(f), item);
    return;
  }
  int last = f->rank - 1;
  int64_t n = f->dims[last], index[AD_MAX_RANK] = {0};
  const char *in = f->data;
  for (int axis = last; axis >= 0;) {
    run(out, in, n, f->strides[last]);
    out += n * step;
    for (axis = last - 1; axis >= 0; axis--) {
      in += f->strides[axis];
      if (++index[axis] < f->dims[axis]) break;
      in -= f->strides[axis] * f->dims[axis];
      index[axis] = 0;
    }
  }
}

/* ---- The array ---- */

static bool aligned(const pyad_foreign *f) {
  size_t item = ad_dtype_size(f->dtype);
  if (ad_dtype_category(f->dtype) == AD_CATEGORY_COMPLEX) item /= 2;
  bool ok = (uintptr_t)f->data % item == 0;
  for (int i = 0; i < f->rank; i++) ok = ok && (f->dims[i] < 2 || f->strides[i] % (int64_t)item == 0);
  return ok;
}

static ad_dtype wished(const pyad_foreign *f, const pyad_wish *w) {
  if (w->dtype) return w->dtype;
  if (!w->exact && f->dtype == AD_FLOAT64) return AD_FLOAT32;
  if (!w->exact && f->dtype == AD_COMPLEX128) return AD_COMPLEX64;
  return f->dtype;
}

static ad_array *gathered(const pyad_foreign *f, ad_dtype to) {
  bool narrow = (f->dtype == AD_FLOAT64 && to == AD_FLOAT32) || (f->dtype == AD_COMPLEX128 && to == AD_COMPLEX64);
  ad_dtype as = narrow && !f->swapped ? to : f->dtype;
  void *room;
  ad_array *a = pyad_own(ad_array_room_at(pyad_place(), pyad.ctx, as, (ad_shape){f->rank, f->dims}, &room));
  if (!a) return NULL;
  if (room) gather(room, f, as);
  if (as == to) return a;
  ad_array *cast = pyad_own(ad_cast_at(pyad_place(), a, to));
  ad_drop(a);
  return cast;
}

static ad_array *refuse_copy(const pyad_foreign *f, const pyad_wish *w, ad_dtype to) {
  if (to != f->dtype)
    PyErr_Format(PyExc_ValueError, "%s: copy=False and elements of %s that shall be %s; copy=None, or dtype=adamant.%s, is right", w->what,
                 ad_dtype_name(f->dtype), ad_dtype_name(to), ad_dtype_name(f->dtype));
  else
    PyErr_Format(PyExc_ValueError, "%s: copy=False and memory in %s; copy=None is right", w->what,
                 f->swapped ? "the other byte order" : "which elements are not aligned");
  return NULL;
}

ad_array *pyad_foreign_array(pyad_foreign *f, const pyad_wish *w) {
  if (!pyad_ready()) return pyad_lender_end(f->lender), NULL;
  ad_dtype to = wished(f, w);
  bool as_it_is = to == f->dtype && !f->swapped && aligned(f) && f->data;
  ad_array *a;
  if (!f->data && count_of(f)) a = (PyErr_Format(PyExc_ValueError, "%s: elements at NULL", w->what), NULL);
  else if (w->copy == 0 && !as_it_is && count_of(f)) a = refuse_copy(f, w, to);
  else if (w->copy != 1 && as_it_is && hold(f->lender))
    return pyad_own(ad_array_wrap_strided_at(pyad_place(), pyad.ctx, to, (ad_shape){f->rank, f->dims}, f->strides, f->data,
                                             pyad_lender_release, f->lender));
  else a = PyErr_Occurred() ? NULL : gathered(f, to);
  pyad_lender_end(f->lender);
  return a;
}

/* ---- The buffer protocol ---- */

static ad_dtype sized(char kind, Py_ssize_t bytes) {
  for (int t = AD_DTYPE_NONE + 1; t < AD_DTYPE_COUNT; t++) {
    static const char kinds[] = {'b', 'u', 'i', 'f', 'c'};
    if (kinds[ad_dtype_category((ad_dtype)t)] == kind && (Py_ssize_t)ad_dtype_size((ad_dtype)t) == bytes && t != AD_BFLOAT16)
      return (ad_dtype)t;
  }
  return AD_DTYPE_NONE;
}

static bool other_order(char mark) {
  const uint16_t one = 1;
  bool little = *(const char *)&one;
  return little ? mark == '>' || mark == '!' : mark == '<';
}

/* A format of the struct module, as far as it is one number. */
static ad_dtype format_dtype(const char *format, Py_ssize_t bytes, bool *swapped) {
  if (!format) format = "B";
  *swapped = *format && strchr("@=<>!", *format) ? other_order(*format++) : false;
  if (*format == 'Z') return (format[1] == 'f' || format[1] == 'd') && !format[2] ? sized('c', bytes) : AD_DTYPE_NONE;
  if (!*format || format[1]) return AD_DTYPE_NONE;
  if (*format == '?') return sized('b', bytes);
  if (strchr("bhilqn", *format)) return sized('i', bytes);
  if (strchr("BHILQN", *format)) return sized('u', bytes);
  return strchr("efd", *format) ? sized('f', bytes) : AD_DTYPE_NONE;
}

static bool take_layout(pyad_foreign *f, const pyad_wish *w, int rank, const Py_ssize_t *dims, const Py_ssize_t *strides) {
  if (rank > AD_MAX_RANK) return PyErr_Format(PyExc_ValueError, "%s: %d axes; at most %d are right", w->what, rank, AD_MAX_RANK), false;
  f->rank = rank;
  int64_t stride = (int64_t)ad_dtype_size(f->dtype);
  bool overflow = false;
  for (int i = rank - 1; i >= 0; i--) {
    f->dims[i] = dims[i];
    f->strides[i] = strides ? strides[i] : stride;
    overflow = __builtin_mul_overflow(stride, (int64_t)(dims[i] ? dims[i] : 1), &stride) || overflow;
  }
  if (overflow) PyErr_Format(PyExc_OverflowError, "%s: more elements than memory has bytes", w->what);
  return !overflow;
}

ad_array *pyad_from_buffer(PyObject *o, const pyad_wish *w) {
  pyad_lender *l = pyad_lender_new();
  if (!l) return NULL;
  if (PyObject_GetBuffer(o, &l->view, PyBUF_RECORDS_RO)) {
    free(l); /* NumPy has no format for some dtypes; its interface names them */
    if (PyErr_ExceptionMatches(PyExc_BufferError) || PyErr_ExceptionMatches(PyExc_ValueError)) PyErr_Clear();
    return NULL;
  }
  const Py_buffer *v = &l->view;
  /* NumPy's datetimes give themselves as eight bytes. */
  if (v->ndim == 1 && v->len == 8 && v->itemsize == 1 && PyObject_HasAttrString(o, "__array_interface__")) return pyad_lender_end(l), NULL;
  pyad_foreign f = {.data = v->buf, .lender = l};
  l->writable = !v->readonly;
  f.dtype = format_dtype(v->format, v->itemsize, &f.swapped);
  if (f.dtype && take_layout(&f, w, v->ndim, v->shape, v->strides)) return pyad_foreign_array(&f, w);
  if (!f.dtype)
    PyErr_Format(PyExc_TypeError, "%s: elements of format '%s' (%zd bytes); bool, integers of 1 to 8 bytes, floats of 2 to 8 and "
                 "complex numbers of 8 or 16 are right", w->what, v->format ? v->format : "B", v->itemsize);
  pyad_lender_end(l);
  return NULL;
}

ad_dtype pyad_scalar_of(PyObject *o, char value[16]) {
  Py_buffer v;
  if (!PyObject_CheckBuffer(o)) return AD_DTYPE_NONE;
  if (PyObject_GetBuffer(o, &v, PyBUF_RECORDS_RO)) return PyErr_Clear(), AD_DTYPE_NONE;
  bool swapped;
  ad_dtype t = v.ndim ? AD_DTYPE_NONE : format_dtype(v.format, v.itemsize, &swapped);
  if (t && swapped) t = AD_DTYPE_NONE;
  if (t) memcpy(value, v.buf, ad_dtype_size(t));
  PyBuffer_Release(&v);
  return t;
}

/* ---- NumPy's array interface ---- */

PyObject *pyad_attribute(PyObject *o, const char *name) {
  PyObject *found = PyType_Check(o) ? NULL : PyObject_GetAttrString(o, name);
  if (!found && PyErr_ExceptionMatches(PyExc_AttributeError)) PyErr_Clear();
  return found;
}

static ad_array *malformed(const pyad_wish *w, const char *part, const char *right) {
  if (!PyErr_Occurred()) PyErr_Format(PyExc_TypeError, "%s: '%s' of __array_interface__ is no %s", w->what, part, right);
  return NULL;
}

/* Packages that add bfloat16 to NumPy give it as two bytes of no kind, and the name to its dtype. */
static bool is_bfloat16(PyObject *o) {
  PyObject *dtype = pyad_attribute(o, "dtype"), *name = dtype ? pyad_attribute(dtype, "name") : NULL;
  bool yes = name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "bfloat16") == 0;
  Py_XDECREF(dtype);
  Py_XDECREF(name);
  return yes;
}

/* "<f4": byte order, kind, bytes. */
static bool take_typestr(pyad_foreign *f, const pyad_wish *w, PyObject *o, PyObject *text) {
  const char *s = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
  if (!s || !strchr("<>|=", *s) || !s[0] || !s[1]) return malformed(w, "typestr", "text such as '<f4'") != NULL;
  f->swapped = other_order(*s);
  f->dtype = strchr("buifc", s[1]) ? sized(s[1], strtol(s + 2, NULL, 10)) : AD_DTYPE_NONE;
  if (!strcmp(s + 1, "V2") && is_bfloat16(o)) f->dtype = AD_BFLOAT16;
  if (!f->dtype)
    PyErr_Format(PyExc_TypeError, "%s: elements of type '%s'; bool, integers, floats of 2 to 8 bytes and complex numbers are right", w->what, s);
  return f->dtype != AD_DTYPE_NONE;
}

static bool take_sizes(PyObject *tuple, Py_ssize_t *out, Py_ssize_t n, bool lengths) {
  if (!tuple || !PyTuple_Check(tuple) || PyTuple_Size(tuple) != n || n > AD_MAX_RANK) return false;
  for (Py_ssize_t i = 0; i < n; i++) {
    out[i] = PyLong_AsSsize_t(PyTuple_GetItem(tuple, i));
    if ((out[i] == -1 && PyErr_Occurred()) || (lengths && out[i] < 0)) return false;
  }
  return true;
}

/* (address, read-only), or an object with a buffer. */
static bool take_address(pyad_foreign *f, const pyad_wish *w, PyObject *o, PyObject *data, Py_ssize_t offset) {
  if (data && PyTuple_Check(data) && PyTuple_Size(data) == 2) {
    f->data = PyLong_AsVoidPtr(PyTuple_GetItem(data, 0));
    if (!f->data && PyErr_Occurred()) return malformed(w, "data", "pair of an address and a flag") != NULL;
    f->lender = pyad_lender_object(Py_NewRef(o), PyObject_IsTrue(PyTuple_GetItem(data, 1)) == 0);
  } else {
    f->lender = pyad_lender_new();
    if (f->lender && PyObject_GetBuffer(data && data != Py_None ? data : o, &f->lender->view, PyBUF_SIMPLE)) {
      free(f->lender);
      f->lender = NULL;
    } else if (f->lender) f->data = f->lender->view.buf;
  }
  if (f->data) f->data += offset;
  return f->lender != NULL;
}

/* All bytes lie within a buffer that is given as such. */
static bool within(const pyad_foreign *f) {
  const Py_buffer *v = &f->lender->view;
  int64_t low = f->data - (const char *)v->buf, high = low + (int64_t)ad_dtype_size(f->dtype), reach;
  if (!v->obj || !count_of(f)) return true;
  bool overflow = false;
  for (int i = 0; i < f->rank; i++) {
    int64_t *end = f->strides[i] < 0 ? &low : &high;
    overflow = __builtin_mul_overflow(f->strides[i], f->dims[i] - 1, &reach) || __builtin_add_overflow(*end, reach, end) || overflow;
  }
  return !overflow && low >= 0 && high <= v->len;
}

ad_array *pyad_from_interface(PyObject *o, const pyad_wish *w) {
  PyObject *dict = pyad_attribute(o, "__array_interface__");
  if (!dict) return NULL;
  pyad_foreign f = {.lender = NULL};
  Py_ssize_t dims[AD_MAX_RANK], strides[AD_MAX_RANK];
  bool ok = PyDict_Check(dict) || malformed(w, "dict", "dict");
  PyObject *shape = ok ? PyDict_GetItemString(dict, "shape") : NULL, *stride = ok ? PyDict_GetItemString(dict, "strides") : NULL;
  PyObject *offset = ok ? PyDict_GetItemString(dict, "offset") : NULL;
  ok = ok && take_typestr(&f, w, o, PyDict_GetItemString(dict, "typestr"));
  Py_ssize_t rank = shape && PyTuple_Check(shape) ? PyTuple_Size(shape) : 0;
  ok = ok && (take_sizes(shape, dims, rank, true) || malformed(w, "shape", "tuple of at most 16 lengths"));
  bool strided = stride && stride != Py_None;
  ok = ok && (!strided || take_sizes(stride, strides, rank, false) || malformed(w, "strides", "tuple as long as the shape"));
  Py_ssize_t begin = ok && offset ? PyLong_AsSsize_t(offset) : 0;
  ok = ok && !PyErr_Occurred() && take_layout(&f, w, (int)rank, dims, strided ? strides : NULL);
  ok = ok && take_address(&f, w, o, PyDict_GetItemString(dict, "data"), begin);
  ok = ok && (within(&f) || malformed(w, "data", "buffer that holds so many elements"));
  Py_DECREF(dict);
  if (ok) return pyad_foreign_array(&f, w);
  pyad_lender_end(f.lender);
  return NULL;
}
