/* Python's numbers and nested lists as arrays.
 *
 * A list is read once: its first elements say how many axes there are, then every number goes to a slot. Slots hold bools, ints,
 * ints that only uint64 has, floats or complex numbers, the widest kind met so far; what was read before is turned when a wider
 * one comes. The dtype is the widest of the elements': numbers of Python's give bool, int32 (int64 where one needs it), float32
 * and complex64, scalars of NumPy's give their own. Where an array stands in a list, its parts are stacked, so that derivatives
 * pass through. No code of the user's runs while a list is read but that of a buffer. */
#include "foreign.h"

#include <stdlib.h>
#include <string.h>

typedef enum slot_kind { SLOT_BOOL, SLOT_INT, SLOT_UINT, SLOT_FLOAT, SLOT_COMPLEX } slot_kind;

typedef union slot {
  int64_t i;
  uint64_t u;
  double f;
} slot;

typedef enum outcome { READ, WRONG, HAS_ARRAYS } outcome;

enum { FEW = 64 };

typedef struct reader {
  const pyad_wish *w;
  int rank;
  int64_t dims[AD_MAX_RANK];
  size_t size, used;
  slot_kind kind;
  bool plain;      /* a number of Python's was met */
  bool negative;
  int64_t low, high; /* of the ints */
  ad_dtype strong; /* of NumPy's scalars */
  slot *slots, *imaginary;
  slot few[FEW];
} reader;

/* ---- Slots ---- */

static outcome say(PyObject *exception, const reader *r, const char *text) {
  if (!PyErr_Occurred()) PyErr_Format(exception, "%s: %s", r->w->what, text);
  return WRONG;
}

static double as_double(slot_kind kind, slot s) { return kind <= SLOT_INT ? (double)s.i : kind == SLOT_UINT ? (double)s.u : s.f; }

/* Makes room for a kind; bools and ints share a representation. */
static outcome widen(reader *r, slot_kind kind) {
  if (kind == SLOT_UINT && r->negative)
    return say(PyExc_OverflowError, r, "ints below 0 and ints above 9223372036854775807; no integer dtype holds both, dtype=adamant.float32 does");
  if (kind == SLOT_COMPLEX && !(r->imaginary = calloc(r->size, sizeof(slot)))) return PyErr_NoMemory(), WRONG;
  if (kind >= SLOT_FLOAT && r->kind < SLOT_FLOAT)
    for (size_t i = 0; i < r->used; i++) r->slots[i].f = as_double(r->kind, r->slots[i]);
  r->kind = kind;
  return READ;
}

static outcome put_float(reader *r, double re, double im, slot_kind kind) {
  if (r->kind < kind && widen(r, kind) != READ) return WRONG;
  if (kind == SLOT_COMPLEX) r->imaginary[r->used].f = im;
  r->slots[r->used++].f = re;
  return READ;
}

static outcome put_int(reader *r, int64_t i, slot_kind kind) {
  if (r->kind < kind) r->kind = kind;
  if (r->kind >= SLOT_FLOAT) return put_float(r, (double)i, 0, r->kind == SLOT_COMPLEX ? SLOT_COMPLEX : SLOT_FLOAT);
  if (i < 0) {
    r->negative = true;
    if (r->kind == SLOT_UINT) return widen(r, SLOT_UINT);
  }
  if (i < r->low) r->low = i;
  if (i > r->high) r->high = i;
  r->slots[r->used++].i = i;
  return READ;
}

static outcome put_uint(reader *r, uint64_t u) {
  if (u <= INT64_MAX) return put_int(r, (int64_t)u, SLOT_INT);
  if (r->kind >= SLOT_FLOAT) return put_float(r, (double)u, 0, r->kind == SLOT_COMPLEX ? SLOT_COMPLEX : SLOT_FLOAT);
  if (r->kind < SLOT_UINT && widen(r, SLOT_UINT) != READ) return WRONG;
  r->slots[r->used++].u = u;
  return READ;
}

static outcome put_long(reader *r, PyObject *o) {
  int overflow;
  long long i = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (!overflow) return i == -1 && PyErr_Occurred() ? WRONG : put_int(r, i, SLOT_INT);
  if (r->kind >= SLOT_FLOAT || ad_dtype_category(r->w->dtype) >= AD_CATEGORY_FLOAT) {
    double d = PyLong_AsDouble(o);
    return d == -1 && PyErr_Occurred() ? WRONG : put_float(r, d, 0, r->kind == SLOT_COMPLEX ? SLOT_COMPLEX : SLOT_FLOAT);
  }
  unsigned long long u = overflow > 0 ? PyLong_AsUnsignedLongLong(o) : 0;
  if (overflow > 0 && !(u == (unsigned long long)-1 && PyErr_Occurred())) return put_uint(r, u);
  PyErr_Clear();
  return say(PyExc_OverflowError, r, "an int of more than 64 bits; from -9223372036854775808 to 18446744073709551615 is right");
}

/* ---- One element ---- */

static outcome put_scalar(reader *r, ad_dtype t, const char *value) {
  float f[2] = {0};
  double d[2] = {0};
  int64_t i = 0;
  size_t bytes = ad_dtype_size(t);
  ad_category category = ad_dtype_category(t);
  if (t == AD_FLOAT16) return HAS_ARRAYS;
  ad_dtype own = t == AD_FLOAT64 ? AD_FLOAT32 : t == AD_COMPLEX128 ? AD_COMPLEX64 : t;
  r->strong = r->strong ? ad_dtype_promote(r->strong, own) : own;
  if (category >= AD_CATEGORY_FLOAT) {
    bool twice = bytes == (category == AD_CATEGORY_FLOAT ? 8 : 16);
    memcpy(twice ? (void *)d : (void *)f, value, bytes);
    slot_kind kind = category == AD_CATEGORY_FLOAT ? SLOT_FLOAT : SLOT_COMPLEX;
    if (r->kind > kind) kind = r->kind;
    return put_float(r, twice ? d[0] : (double)f[0], twice ? d[1] : (double)f[1], kind);
  }
  memcpy(&i, value, bytes); /* little-endian, as NumPy's scalars are in this machine's order */
  if (category == AD_CATEGORY_INT) i = (int64_t)((uint64_t)i << (64 - 8 * bytes)) >> (64 - 8 * bytes);
  return t == AD_UINT64 ? put_uint(r, (uint64_t)i) : put_int(r, i, t == AD_BOOL ? SLOT_BOOL : SLOT_INT);
}

static bool is_list(PyObject *o) { return PyList_Check(o) || PyTuple_Check(o); }

static outcome put(reader *r, PyObject *o) {
  if (PyFloat_Check(o)) {
    r->plain = true;
    if (r->kind == SLOT_FLOAT) return r->slots[r->used++].f = PyFloat_AsDouble(o), READ;
    return put_float(r, PyFloat_AsDouble(o), 0, r->kind == SLOT_COMPLEX ? SLOT_COMPLEX : SLOT_FLOAT);
  }
  if (PyBool_Check(o)) return r->plain = true, put_int(r, o == Py_True, SLOT_BOOL);
  if (PyLong_Check(o)) return r->plain = true, put_long(r, o);
  if (PyComplex_Check(o)) {
    r->plain = true;
    return put_float(r, PyComplex_RealAsDouble(o), PyComplex_ImagAsDouble(o), SLOT_COMPLEX);
  }
  if (is_list(o)) return say(PyExc_ValueError, r, "a ragged list, with numbers and lists side by side; lists of one length are right");
  if (pyad_is_array(o)) return HAS_ARRAYS;
  char value[16];
  ad_dtype t = pyad_scalar_of(o, value);
  return t ? put_scalar(r, t, value) : HAS_ARRAYS;
}

/* ---- Lists ---- */

static Py_ssize_t length(PyObject *list) { return PyList_Check(list) ? PyList_Size(list) : PyTuple_Size(list); }
static PyObject *item(PyObject *list, Py_ssize_t i) { return PyList_Check(list) ? PyList_GetItem(list, i) : PyTuple_GetItem(list, i); }

/* The axes that the first elements have. */
static outcome find_shape(reader *r, PyObject *o) {
  r->size = 1;
  for (; is_list(o); o = item(o, 0)) {
    if (r->rank == AD_MAX_RANK) return say(PyExc_ValueError, r, "lists nested more than 16 deep; an array has at most 16 axes");
    int64_t n = length(o);
    r->dims[r->rank++] = n;
    if (__builtin_mul_overflow(r->size, (size_t)n, &r->size) || r->size > SIZE_MAX / sizeof(slot)) return PyErr_NoMemory(), WRONG;
    if (!n) return READ;
  }
  return READ;
}

static outcome read_axis(reader *r, PyObject *o, int axis) {
  if (axis == r->rank) return put(r, o);
  if (!is_list(o)) {
    if (PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o))
      return say(PyExc_ValueError, r, "a ragged list, with numbers and lists side by side; lists of one length are right");
    return HAS_ARRAYS;
  }
  Py_ssize_t n = length(o);
  if (n != r->dims[axis]) {
    PyErr_Format(PyExc_ValueError, "%s: a ragged list: %zd elements beside %lld on axis %d; lists of one length are right", r->w->what, n,
                 (long long)r->dims[axis], axis);
    return WRONG;
  }
  outcome s = READ;
  bool list = PyList_Check(o);
  if (axis == r->rank - 1)
    for (Py_ssize_t i = 0; i < n && s == READ; i++) {
      PyObject *x = list ? PyList_GetItem(o, i) : PyTuple_GetItem(o, i);
      s = x ? put(r, x) : WRONG;
    }
  else
    for (Py_ssize_t i = 0; i < n && s == READ; i++) {
      PyObject *x = list ? PyList_GetItem(o, i) : PyTuple_GetItem(o, i);
      s = x ? read_axis(r, x, axis + 1) : WRONG;
    }
  return s;
}

/* ---- From slots to elements ---- */

static ad_dtype natural(const reader *r) {
  switch (r->kind) {
    case SLOT_BOOL: return AD_BOOL;
    case SLOT_INT: return r->low >= INT32_MIN && r->high <= INT32_MAX ? AD_INT32 : AD_INT64;
    case SLOT_UINT: return AD_UINT64;
    case SLOT_FLOAT: return AD_FLOAT32;
    case SLOT_COMPLEX: break;
  }
  return AD_COMPLEX64;
}

static ad_dtype result_dtype(const reader *r) {
  if (r->w->dtype) return r->w->dtype;
  if (!r->size) return AD_FLOAT32;
  if (!r->strong) return natural(r);
  return r->plain ? ad_dtype_promote(r->strong, natural(r)) : r->strong;
}

/* The dtypes elements can be written in at once; the others are cast to. */
static ad_dtype written_dtype(const reader *r, ad_dtype to) {
  ad_category category = ad_dtype_category(to);
  bool whole = r->kind <= SLOT_UINT, half = category == AD_CATEGORY_FLOAT && ad_dtype_size(to) == 2;
  if (category == AD_CATEGORY_COMPLEX || (category == AD_CATEGORY_FLOAT && !half && r->kind != SLOT_COMPLEX)) return to;
  if (whole && !half) return to;
  return r->kind == SLOT_COMPLEX ? AD_COMPLEX128 : AD_FLOAT64;
}

static bool fits(const reader *r, ad_dtype to) {
  ad_category category = ad_dtype_category(to);
  if (r->kind > SLOT_UINT || (category != AD_CATEGORY_INT && category != AD_CATEGORY_UINT) || !r->used) return true;
  int bits = 8 * (int)ad_dtype_size(to) - (category == AD_CATEGORY_INT);
  uint64_t most = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
  int64_t least = category == AD_CATEGORY_INT ? -(int64_t)most - 1 : 0;
  bool ok = r->low >= least && (r->high < 0 || (uint64_t)r->high <= most) && (r->kind != SLOT_UINT || to == AD_UINT64);
  if (!ok)
    PyErr_Format(PyExc_OverflowError, "%s: the ints do not fit %s; from %lld to %llu is right", r->w->what, ad_dtype_name(to),
                 (long long)least, (unsigned long long)most);
  return ok;
}

static void write_elements(const reader *r, ad_dtype to, void *out) {
  size_t n = r->used;
  const slot *s = r->slots;
#define WRITE(type, value) \
  for (size_t i = 0; i < n; i++) ((type *)out)[i] = (type)(value); \
  return
#define FLOATING (r->kind >= SLOT_FLOAT ? s[i].f : as_double(r->kind, s[i]))
  switch (to) {
    case AD_BOOL: WRITE(uint8_t, s[i].i != 0);
    case AD_INT8:
    case AD_UINT8: WRITE(uint8_t, s[i].u);
    case AD_INT16:
    case AD_UINT16: WRITE(uint16_t, s[i].u);
    case AD_INT32:
    case AD_UINT32: WRITE(uint32_t, s[i].u);
    case AD_INT64:
    case AD_UINT64: WRITE(uint64_t, s[i].u);
    case AD_FLOAT32: WRITE(float, FLOATING);
    case AD_FLOAT64: WRITE(double, FLOATING);
    case AD_COMPLEX64:
    case AD_COMPLEX128:
      for (size_t i = 0; i < n; i++) {
        double im = r->imaginary ? r->imaginary[i].f : 0;
        if (to == AD_COMPLEX64) ((ad_c64 *)out)[i] = (ad_c64){(float)FLOATING, (float)im};
        else ((ad_c128 *)out)[i] = (ad_c128){FLOATING, im};
      }
      return;
    default: return;
  }
#undef WRITE
#undef FLOATING
}

static ad_array *finish(reader *r) {
  ad_dtype to = result_dtype(r), as = written_dtype(r, to);
  if (!fits(r, to) || !pyad_ready()) return NULL;
  void *room;
  ad_place place = pyad_place();
  ad_array *a = pyad_own(ad_array_room_at(place, pyad.ctx, as, (ad_shape){r->rank, r->dims}, &room));
  if (!a || as == to) {
    if (a) write_elements(r, as, room);
    return a;
  }
  write_elements(r, as, room);
  ad_array *cast = pyad_own(ad_cast_at(place, a, to));
  ad_drop(a);
  return cast;
}

/* ---- Lists with arrays in them ---- */

static ad_array *stack_members(PyObject *members, const pyad_wish *wish) {
  const pyad_wish own = {wish->dtype, wish->exact, -1, wish->what}, *w = &own;
  int n = (int)PyTuple_Size(members);
  ad_array **items = malloc((size_t)n * sizeof *items), *result = NULL;
  if (!items) return PyErr_NoMemory(), NULL;
  int made = 0;
  for (bool same = true; same && made < n; made++) {
    if (!(items[made] = pyad_from_any(PyTuple_GetItem(members, made), w))) break;
    ad_shape a = ad_array_shape(items[0]), b = ad_array_shape(items[made]);
    same = a.rank == b.rank && (!a.rank || !memcmp(a.dims, b.dims, (size_t)a.rank * sizeof *a.dims));
    if (!same) PyErr_Format(PyExc_ValueError, "%s: a ragged list: element %d has another shape than the first; one shape is right", w->what, made);
  }
  if (!PyErr_Occurred() && pyad_ready())
    result = pyad_own(ad_stack_at(pyad_place(), pyad.ctx, items, n, &(ad_stack_opts){.axis = AD_INT(0)}));
  for (int i = 0; i < made; i++) ad_drop(items[i]);
  free(items);
  return result;
}

static ad_array *from_arrays(PyObject *o, const pyad_wish *w) {
  if (Py_EnterRecursiveCall(" while a list becomes an array")) return NULL;
  PyObject *members = PySequence_Tuple(o);
  ad_array *a = members ? stack_members(members, w) : NULL;
  Py_XDECREF(members);
  Py_LeaveRecursiveCall();
  return a;
}

ad_array *pyad_from_sequence(PyObject *o, const pyad_wish *w) {
  reader r;
  memset(&r, 0, offsetof(reader, few));
  r.w = w;
  outcome s = find_shape(&r, o);
  r.slots = r.few;
  if (s == READ && r.size > FEW && !(r.slots = malloc(r.size * sizeof(slot)))) s = (PyErr_NoMemory(), WRONG);
  if (s == READ) s = read_axis(&r, o, 0);
  ad_array *a = s == READ ? finish(&r) : NULL;
  if (r.slots && r.slots != r.few) free(r.slots);
  free(r.imaginary);
  return s == HAS_ARRAYS ? from_arrays(o, w) : a;
}
