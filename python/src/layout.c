/* Functions of layout and lists whose Python form is not one op: results in lists, arguments of several forms. */
#include "functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <adamant/compose.h>
#include <adamant/index.h>

/* ---- Arguments ---- */

ad_array *pyad_take_operand(PyObject *o, const char *what) {
  ad_array *temporary = NULL, *a = pyad_operand(o, what, &temporary);
  return a && !temporary ? ad_keep(a) : a;
}

/* The arrays of a sequence, kept; NULL and an exception. */
static ad_array **take_operands(PyObject *sequence, const char *what, int *count) {
  PyObject *list = PySequence_List(sequence);
  if (!list) return NULL;
  int n = (int)PyList_Size(list), made = 0;
  ad_array **arrays = malloc((size_t)(n + 1) * sizeof *arrays);
  if (!arrays) PyErr_NoMemory();
  while (arrays && made < n && (arrays[made] = pyad_take_operand(PyList_GetItem(list, made), what))) made++;
  Py_DECREF(list);
  *count = made;
  if (made == n) return arrays;
  for (int i = 0; i < made; i++) ad_drop(arrays[i]);
  free(arrays);
  return NULL;
}

static void drop_all(ad_array **arrays, int n) {
  for (int i = 0; arrays && i < n; i++) ad_drop(arrays[i]);
  free(arrays);
}

static PyObject *as_list(PyObject *tuple) {
  PyObject *list = tuple ? PySequence_List(tuple) : NULL;
  Py_XDECREF(tuple);
  return list;
}

static bool int_of(PyObject *o, const char *name, int64_t *out) {
  pyad_scratch s = {.used = 0};
  ad_attr a;
  bool ok = pyad_attr_of(o, name, AD_FIELD_INT, &s, &a);
  if (ok && o == Py_None) return pyad_refuse(PyExc_TypeError, "%s is None; a whole number is right", name) != NULL;
  *out = ok ? a.as.i : 0;
  return ok;
}

/* ---- Taking apart ---- */

static PyObject *split(ad_array *a, PyObject *where, int64_t axis) {
  ad_split_opts opts = {.axis = AD_INT(axis)};
  if (PyLong_Check(where)) {
    int64_t n;
    return int_of(where, "indices_or_sections", &n) ? pyad_wrap(ad_split_at(pyad_place(), a, n, &opts)) : NULL;
  }
  pyad_scratch s = {.used = 0};
  ad_ints cuts;
  bool ok = pyad_ints_of(where, "indices_or_sections", &s, &cuts);
  PyObject *parts = ok ? pyad_wrap(ad_split_indices_at(pyad_place(), a, cuts, &opts)) : NULL;
  pyad_scratch_free(&s);
  return parts;
}

PyObject *pyad_split(PyObject *const *v) {
  int64_t axis;
  if (!int_of(v[2], "axis", &axis)) return NULL;
  ad_array *a = pyad_take_operand(v[0], "a");
  PyObject *parts = a ? split(a, v[1], axis) : NULL;
  ad_drop(a);
  return as_list(parts);
}

/* Where n pieces begin, of which the first ones are longer by one. */
static PyObject *uneven_cuts(PyObject *sections, int64_t length) {
  int64_t n, at = 0;
  if (!int_of(sections, "indices_or_sections", &n)) return NULL;
  if (n < 1) return pyad_refuse(PyExc_ValueError, "array_split: %lld pieces; 1 or more is right", (long long)n);
  if (n > UINT16_MAX) return pyad_refuse(PyExc_OverflowError, "array_split: %lld pieces; at most %d are right", (long long)n, UINT16_MAX);
  PyObject *cuts = PyList_New(0);
  for (int64_t i = 0; cuts && i + 1 < n; i++) {
    PyObject *cut = PyLong_FromLongLong(at += length / n + (i < length % n));
    if (!cut || PyList_Append(cuts, cut)) Py_CLEAR(cuts);
    Py_XDECREF(cut);
  }
  return cuts;
}

PyObject *pyad_array_split(PyObject *const *v) {
  int64_t axis;
  if (!int_of(v[2], "axis", &axis)) return NULL;
  ad_array *a = pyad_take_operand(v[0], "a");
  int rank = a ? ad_array_rank(a) : 0;
  bool known = axis >= -rank && axis < rank; /* otherwise split says what is wrong */
  PyObject *cuts = !a ? NULL : PyLong_Check(v[1]) && known ? uneven_cuts(v[1], ad_array_dim(a, (int)axis)) : Py_NewRef(v[1]);
  PyObject *parts = cuts ? split(a, cuts, axis) : NULL;
  Py_XDECREF(cuts);
  ad_drop(a);
  return as_list(parts);
}

PyObject *pyad_unstack(PyObject *const *v) {
  int64_t axis;
  if (!int_of(v[1], "axis", &axis)) return NULL;
  ad_array *a = pyad_take_operand(v[0], "a");
  PyObject *parts = a ? pyad_wrap(ad_unstack_at(pyad_place(), a, &(ad_unstack_opts){.axis = AD_INT(axis)})) : NULL;
  ad_drop(a);
  return parts;
}

/* ---- Several arrays ---- */

PyObject *pyad_broadcast_arrays(PyObject *const *v) {
  int n;
  ad_array **arrays = take_operands(v[0], "arrays", &n);
  PyObject *result = arrays ? pyad_wrap(ad_broadcast_arrays_at(pyad_place(), pyad.ctx, arrays, n)) : NULL;
  drop_all(arrays, arrays ? n : 0);
  return result;
}

PyObject *pyad_meshgrid(PyObject *const *v) {
  int n, sparse = PyObject_IsTrue(v[1]);
  const char *indexing = PyUnicode_Check(v[2]) ? PyUnicode_AsUTF8AndSize(v[2], NULL) : NULL;
  if (sparse < 0) return NULL;
  if (!indexing) return pyad_refuse(PyExc_TypeError, "meshgrid: indexing is %R; 'xy' or 'ij' is right", v[2]);
  ad_array **arrays = take_operands(v[0], "arrays", &n);
  ad_meshgrid_opts opts = {.sparse = sparse, .indexing = indexing};
  PyObject *result = arrays ? pyad_wrap(ad_meshgrid_at(pyad_place(), pyad.ctx, arrays, n, &opts)) : NULL;
  drop_all(arrays, arrays ? n : 0);
  return result;
}

/* One array for one, a list for several. */
static PyObject *at_least(PyObject *arrays, ad_array *(*op)(ad_place where, ad_array *a)) {
  Py_ssize_t n = PyTuple_Size(arrays);
  PyObject *list = PyList_New(0);
  for (Py_ssize_t i = 0; list && i < n; i++) {
    ad_array *a = pyad_take_operand(PyTuple_GetItem(arrays, i), "arrays");
    PyObject *item = a ? pyad_wrap(op(pyad_place(), a)) : NULL;
    ad_drop(a);
    if (!item || PyList_Append(list, item)) Py_CLEAR(list);
    Py_XDECREF(item);
  }
  if (!list || n != 1) return list;
  PyObject *one = Py_NewRef(PyList_GetItem(list, 0));
  Py_DECREF(list);
  return one;
}

PyObject *pyad_atleast_1d(PyObject *const *v) { return at_least(v[0], ad_atleast_1d_at); }
PyObject *pyad_atleast_2d(PyObject *const *v) { return at_least(v[0], ad_atleast_2d_at); }
PyObject *pyad_atleast_3d(PyObject *const *v) { return at_least(v[0], ad_atleast_3d_at); }

/* One array, or a sequence of them. */
static ad_array **take_one_or_more(PyObject *o, const char *what, int *n) {
  if (!pyad_is_array(o)) return take_operands(o, what, n);
  PyObject *one = PyTuple_Pack(1, o);
  ad_array **arrays = one ? take_operands(one, what, n) : NULL;
  Py_XDECREF(one);
  return arrays;
}

PyObject *pyad_depends(PyObject *const *v) {
  int n = 0, m = 0;
  ad_array **arrays = take_one_or_more(v[0], "inputs", &n);
  ad_array **others = arrays ? take_one_or_more(v[1], "dependencies", &m) : NULL;
  PyObject *result = others ? pyad_wrap(ad_depends_at(pyad_place(), pyad.ctx, arrays, n, others, m)) : NULL;
  drop_all(arrays, n);
  drop_all(others, m);
  if (!result || !pyad_is_array(v[0])) return as_list(result);
  PyObject *one = Py_NewRef(PyTuple_GetItem(result, 0));
  Py_DECREF(result);
  return one;
}

/* ---- Order of axes ---- */

/* Where several axes move at once, the others keep their order and fill what is left. False: two go to, or come from, one place. */
static bool moved_axes(ad_ints from, ad_ints to, int rank, int64_t *perm) {
  bool taken[AD_MAX_RANK] = {false};
  for (int i = 0; i < rank; i++) perm[i] = -1;
  for (int i = 0; i < from.count; i++) {
    int64_t source = from.values[i] + (from.values[i] < 0 ? rank : 0), target = to.values[i] + (to.values[i] < 0 ? rank : 0);
    if (source < 0 || source >= rank || target < 0 || target >= rank) {
      char text[160];
      snprintf(text, sizeof text, "%s: moveaxis: axis %lld to %lld; it is out of range for rank %d", pyad_place(), (long long)from.values[i],
               (long long)to.values[i], rank);
      pyad_raise(AD_E_INDEX, text);
      return false;
    }
    if (taken[source] || perm[target] >= 0) return pyad_refuse(PyExc_ValueError, "moveaxis: an axis is named twice; each once is right") != NULL;
    taken[source] = true;
    perm[target] = source;
  }
  for (int i = 0, next = 0; i < rank; i++) {
    if (perm[i] >= 0) continue;
    while (taken[next]) next++;
    perm[i] = next++;
  }
  return true;
}

static PyObject *move_axes(ad_array *a, ad_ints from, ad_ints to) {
  if (from.count != to.count) return pyad_refuse(PyExc_ValueError, "moveaxis: source and destination have different lengths; equal ones are right");
  if (from.count == 1) return pyad_wrap(ad_moveaxis_at(pyad_place(), a, from.values[0], to.values[0]));
  int64_t perm[AD_MAX_RANK];
  int rank = ad_array_rank(a);
  if (from.count > rank) return pyad_refuse(PyExc_ValueError, "moveaxis: more axes are named than there are");
  if (!moved_axes(from, to, rank, perm)) return NULL;
  return pyad_wrap(ad_transpose_at(pyad_place(), a, &(ad_transpose_opts){.axes = {true, rank, perm}}));
}

PyObject *pyad_moveaxis(PyObject *const *v) {
  pyad_scratch s = {.used = 0};
  ad_ints from, to;
  bool ok = pyad_ints_of(v[1], "source", &s, &from) && pyad_ints_of(v[2], "destination", &s, &to);
  ad_array *a = ok ? pyad_take_operand(v[0], "a") : NULL;
  PyObject *result = a ? move_axes(a, from, to) : NULL;
  ad_drop(a);
  pyad_scratch_free(&s);
  return result;
}

/* axes=2, or a pair of lists (or numbers). */
static bool tensordot_axes(PyObject *axes, pyad_scratch *s, ad_tensordot_opts *opts) {
  if (PyLong_Check(axes) || (!PyTuple_Check(axes) && !PyList_Check(axes))) {
    int64_t n;
    if (!int_of(axes, "axes", &n)) return false;
    opts->axes = AD_INT(n);
    return true;
  }
  if (PySequence_Size(axes) != 2) return pyad_refuse(PyExc_ValueError, "tensordot: axes is %R; a number or a pair of lists is right", axes) != NULL;
  PyObject *a = PySequence_GetItem(axes, 0), *b = PySequence_GetItem(axes, 1);
  bool ok = a && b && pyad_ints_of(a, "axes[0]", s, &opts->axes_a) && pyad_ints_of(b, "axes[1]", s, &opts->axes_b);
  Py_XDECREF(a);
  Py_XDECREF(b);
  return ok;
}

PyObject *pyad_tensordot(PyObject *const *v) {
  pyad_scratch s = {.used = 0};
  ad_tensordot_opts opts = {.axes = {0}};
  ad_array *a = NULL, *b = NULL;
  bool ok = tensordot_axes(v[2], &s, &opts) && (a = pyad_take_operand(v[0], "a")) && (b = pyad_take_operand(v[1], "b"));
  PyObject *result = ok ? pyad_wrap(ad_tensordot_at(pyad_place(), a, b, &opts)) : NULL;
  ad_drop(a);
  ad_drop(b);
  pyad_scratch_free(&s);
  return result;
}

/* ---- einsum_path ---- */

/* The pairs as a list of tuples. */
static PyObject *path_list(const int *pairs, int count) {
  PyObject *list = PyList_New(0);
  for (int k = 0; list && k < count; k++) {
    PyObject *pair = Py_BuildValue("(ii)", pairs[2 * k], pairs[2 * k + 1]);
    if (!pair || PyList_Append(list, pair)) Py_CLEAR(list);
    Py_XDECREF(pair);
  }
  return list;
}

static PyObject *einsum_path(const char *subscripts, ad_array **arrays, int n) {
  ad_array *product = pyad_own(ad_einsum_at(pyad_place(), pyad.ctx, arrays, n, subscripts)); /* says what does not fit */
  if (!product) return NULL;
  ad_drop(product);
  int *pairs = malloc((size_t)(2 * n + 2) * sizeof *pairs);
  double multiplications = 0;
  if (!pairs || ad_einsum_path(subscripts, arrays, n, pairs, &multiplications)) return free(pairs), PyErr_NoMemory();
  PyObject *path = n == 1 ? Py_BuildValue("[(i)]", 0) : path_list(pairs, n - 1), *count = PyFloat_FromDouble(multiplications);
  PyObject *text = path && count ? PyUnicode_FromFormat("subscripts: %s\nmultiplications: %S\npath: %R", subscripts, count, path) : NULL;
  PyObject *result = text ? PyTuple_Pack(2, path, text) : NULL;
  Py_XDECREF(path);
  Py_XDECREF(count);
  Py_XDECREF(text);
  free(pairs);
  return result;
}

PyObject *pyad_einsum_path(PyObject *const *v) {
  const char *subscripts = PyUnicode_Check(v[0]) ? PyUnicode_AsUTF8AndSize(v[0], NULL) : NULL;
  if (!subscripts) return pyad_refuse(PyExc_TypeError, "einsum_path: subscripts is %R; a str is right", v[0]);
  int n;
  ad_array **arrays = take_operands(v[1], "operands", &n);
  PyObject *result = arrays ? einsum_path(subscripts, arrays, n) : NULL;
  drop_all(arrays, arrays ? n : 0);
  return result;
}
