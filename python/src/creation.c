/* Creation and selection whose Python form is not one op: ranges by the types of their bounds, bounds that may be missing, and
 * what depends on values. */
#include "functions.h"

#include <adamant/index.h>
#include <math.h>
#include <string.h>

/* ---- arange ---- */

typedef struct range {
  bool whole; /* all three are integers */
  int64_t first, end, stride;
  double from, to, by;
} range;

/* How many of first, first + stride, ... lie before end. */
static uint64_t count_of(const range *r) {
  if (r->stride > 0) return r->end > r->first ? ((uint64_t)r->end - (uint64_t)r->first - 1) / (uint64_t)r->stride + 1 : 0;
  return r->first > r->end ? ((uint64_t)r->first - (uint64_t)r->end - 1) / (0 - (uint64_t)r->stride) + 1 : 0;
}

/* A bound as a double, and as an integer where it is one. */
static bool bound(PyObject *o, const char *name, range *r, int64_t *whole, double *d) {
  PyObject *index = PyFloat_Check(o) || !PyIndex_Check(o) ? NULL : PyNumber_Index(o);
  if (index) {
    *whole = PyLong_AsLongLong(index);
    *d = (double)*whole;
    Py_DECREF(index);
    return *whole != -1 || !PyErr_Occurred();
  }
  PyErr_Clear(); /* an array of one float has __index__ too, and refuses */
  r->whole = false;
  *d = PyFloat_AsDouble(o);
  if (*d == -1 && PyErr_Occurred()) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) pyad_refuse(PyExc_TypeError, "arange: %s is %R; a number is right", name, o);
    return false;
  }
  if (!isfinite(*d)) return pyad_refuse(PyExc_ValueError, "arange: %s is %R; a finite number is right", name, o) != NULL;
  return true;
}

static ad_dtype dtype_of_range(const range *r, uint64_t count) {
  if (!r->whole) return AD_FLOAT32;
  int64_t last = count ? (int64_t)((uint64_t)r->first + (count - 1) * (uint64_t)r->stride) : r->first;
  bool small = r->first >= INT32_MIN && r->first <= INT32_MAX && last >= INT32_MIN && last <= INT32_MAX;
  return small ? AD_INT32 : AD_INT64;
}

static bool is_integer(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_INT || ad_dtype_category(t) == AD_CATEGORY_UINT; }

PyObject *pyad_arange(PyObject *const *v) {
  range r = {.whole = true};
  bool from_zero = v[1] == Py_None;
  r.first = 0, r.from = 0;
  if (!from_zero && !bound(v[0], "start", &r, &r.first, &r.from)) return NULL;
  if (!bound(from_zero ? v[0] : v[1], "stop", &r, &r.end, &r.to) || !bound(v[2], "step", &r, &r.stride, &r.by)) return NULL;
  if (r.by == 0) return pyad_refuse(PyExc_ValueError, "arange: step is 0; another number is right");
  ad_dtype dtype = v[3] == Py_None ? AD_DTYPE_NONE : pyad_dtype_of(v[3]);
  if (v[3] != Py_None && !dtype) return NULL;
  if (dtype == AD_BOOL) return pyad_refuse(PyExc_ValueError, "arange: dtype is bool; a number's dtype is right");
  uint64_t count = r.whole ? count_of(&r) : 0;
  if (!dtype) dtype = dtype_of_range(&r, count);
  if (!r.whole || !is_integer(dtype))
    return pyad_wrap(ad_arange_at(pyad_place(), pyad.ctx, r.from, r.to, &(ad_arange_opts){.step = AD_NUM(r.by), .dtype = dtype}));
  if (count > INT64_MAX) return pyad_refuse(PyExc_OverflowError, "arange: there are more than 2^63 elements");
  ad_iota_opts opts = {.start = AD_INT(r.first), .step = AD_INT(r.stride), .dtype = dtype};
  return pyad_wrap(ad_iota_at(pyad_place(), pyad.ctx, (int64_t)count, &opts));
}

/* ---- clip ---- */

/* A bound under one of two names: kept, or NULL where neither is given. */
static bool take_bound(PyObject *first, PyObject *second, const char *name, ad_array **out) {
  *out = NULL;
  if (first != Py_None && second != Py_None) return pyad_refuse(PyExc_TypeError, "clip: %s is given under both its names", name) != NULL;
  PyObject *given = first != Py_None ? first : second;
  return given == Py_None || (*out = pyad_take_operand(given, name)) != NULL;
}

PyObject *pyad_clip(PyObject *const *v) {
  ad_array *a = pyad_take_operand(v[0], "a"), *low = NULL, *high = NULL;
  bool ok = a && take_bound(v[1], v[3], "a_min", &low) && take_bound(v[2], v[4], "a_max", &high);
  PyObject *result = NULL;
  if (ok) result = low || high ? pyad_wrap(ad_clip_at(pyad_place(), a, low, high)) : pyad_wrap_owned(ad_keep(a));
  ad_drop(a);
  ad_drop(low);
  ad_drop(high);
  return result;
}

/* ---- repeat, searchsorted ---- */

/* Element k of the result is the first whose running count is above k. */
static ad_array *repeat_by(ad_place at, ad_array *a, ad_array *counts, const ad_repeat_opts *opts) {
  ad_array *ends = ad_cumsum_at(at, ad_flatten_at(at, counts, NULL), &(ad_cumsum_opts){.dtype = AD_INT64});
  int64_t n = ad_array_size(ends), total = 0;
  if (!opts->axis.given) a = ad_flatten_at(at, a, NULL);
  int64_t axis = opts->axis.given ? opts->axis.value : 0;
  if (ad_is_error(ends) || ad_is_error(a)) return ad_is_error(a) ? a : ends;
  long long length = ad_array_dim(a, (int)axis);
  if (n != length) {
    pyad_refuse(PyExc_ValueError, "repeat: %lld repeats for %lld elements; one for each is right", (long long)n, length);
    return NULL;
  }
  if (n) {
    ad_array *last = ad_take_at(at, ends, ad_number_int_at(at, pyad.ctx, n - 1), NULL);
    if (ad_read(last, &total, sizeof total)) return last;
  }
  ad_array *all = ad_iota_at(at, pyad.ctx, total, &(ad_iota_opts){.dtype = AD_INT64});
  ad_array *which = ad_searchsorted_at(at, ends, all, &(ad_searchsorted_opts){.side = "right"});
  return ad_take_at(at, a, which, &(ad_take_opts){.axis = AD_INT(axis)});
}

static ad_array *repeat(ad_array *a, ad_array *counts, const ad_repeat_opts *opts) {
  ad_place at = pyad_place();
  int64_t n = 0;
  if (ad_array_size(counts) != 1) return repeat_by(at, a, counts, opts);
  ad_array *one = ad_cast_at(at, counts, AD_INT64);
  return ad_read(one, &n, sizeof n) ? one : ad_repeat_at(at, a, n, opts);
}

/* The numbers of repeats, computed. */
static ad_array *take_counts(PyObject *repeats) {
  ad_array *counts = pyad_take_operand(repeats, "repeats");
  ad_category kind = counts ? ad_dtype_category(ad_array_dtype(counts)) : AD_CATEGORY_INT;
  bool whole = kind == AD_CATEGORY_INT || kind == AD_CATEGORY_UINT;
  if (!whole) pyad_refuse(PyExc_TypeError, "repeat: repeats is %R; whole numbers are right", repeats);
  if (counts && whole && pyad_eval(&counts, 1) && pyad_ready()) return counts;
  ad_drop(counts);
  return NULL;
}

PyObject *pyad_repeat(PyObject *const *v) {
  pyad_scratch s = {.used = 0};
  ad_attr axis;
  if (!pyad_attr_of(v[2], "axis", AD_FIELD_INT, &s, &axis)) return NULL;
  ad_array *a = pyad_take_operand(v[0], "a"), *counts = a ? take_counts(v[1]) : NULL, *y = NULL;
  if (counts) {
    ad_scope *scope = ad_scope_begin(pyad.ctx);
    y = ad_scope_end(scope, repeat(a, counts, &(ad_repeat_opts){.axis = {axis.given, axis.given ? axis.as.i : 0}}));
  }
  ad_drop(a);
  ad_drop(counts);
  return y ? pyad_wrap(y) : NULL;
}

PyObject *pyad_searchsorted(PyObject *const *v) {
  const char *side = PyUnicode_Check(v[2]) ? PyUnicode_AsUTF8AndSize(v[2], NULL) : NULL;
  if (!side) return pyad_refuse(PyExc_TypeError, "searchsorted: side is %R; 'left' or 'right' is right", v[2]);
  ad_array *a = pyad_take_operand(v[0], "a"), *x = a ? pyad_take_operand(v[1], "v") : NULL, *order = NULL;
  bool ok = x && (v[3] == Py_None || (order = pyad_take_operand(v[3], "sorter")));
  ad_scope *scope = ad_scope_begin(pyad.ctx);
  ad_array *sorted = order ? ad_take_at(pyad_place(), a, order, &(ad_take_opts){.axis = AD_INT(0)}) : a;
  ad_array *y = ad_scope_end(scope, ok ? ad_searchsorted_at(pyad_place(), sorted, x, &(ad_searchsorted_opts){.side = side}) : NULL);
  ad_drop(a);
  ad_drop(x);
  ad_drop(order);
  return ok ? pyad_wrap(y) : NULL;
}

/* ---- What depends on values: evaluated first, without the GIL ---- */

static PyObject *of_values(PyObject *o, ad_array *(*f)(ad_place where, ad_array *a)) {
  ad_array *a = pyad_take_operand(o, "a");
  ad_array *y = NULL;
  if (a && pyad_eval(&a, 1) && pyad_ready()) {
    ad_scope *scope = ad_scope_begin(pyad.ctx);
    y = ad_scope_end(scope, f(pyad_place(), a));
  }
  ad_drop(a);
  return y ? pyad_wrap(y) : NULL;
}

PyObject *pyad_nonzero(PyObject *const *v) { return of_values(v[0], ad_nonzero_at); }
PyObject *pyad_argwhere(PyObject *const *v) { return of_values(v[0], ad_argwhere_at); }
PyObject *pyad_unique_values(PyObject *const *v) { return of_values(v[0], ad_unique_values_at); }
PyObject *pyad_unique_counts(PyObject *const *v) { return of_values(v[0], ad_unique_counts_at); }
PyObject *pyad_unique_inverse(PyObject *const *v) { return of_values(v[0], ad_unique_inverse_at); }
PyObject *pyad_unique_all(PyObject *const *v) { return of_values(v[0], ad_unique_all_at); }
