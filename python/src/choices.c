/* Functions of which an argument decides what is computed: a decomposition with or without its vectors, a mask by name, shapes
 * that follow from other arguments. */
#include "functions.h"

#include <string.h>
#include <adamant/compose.h>

/* Kept, or NULL where None is given. False: an exception. */
static bool take_optional(PyObject *o, const char *what, ad_array **out) {
  *out = NULL;
  return o == Py_None || (*out = pyad_take_operand(o, what)) != NULL;
}

static bool truth(PyObject *o, bool *out) {
  int yes = PyObject_IsTrue(o);
  *out = yes > 0;
  return yes >= 0;
}

/* ---- linalg.svd ---- */

PyObject *pyad_svd(PyObject *const *v) {
  bool vectors, full;
  if (!truth(v[1], &vectors) || !truth(v[2], &full)) return NULL;
  ad_array *a = pyad_take_operand(v[0], "a");
  if (!a) return NULL;
  ad_array *y = vectors ? ad_linalg_svd_at(pyad_place(), a, &(ad_linalg_svd_opts){.reduced = !full}) : ad_linalg_svdvals_at(pyad_place(), a);
  ad_drop(a);
  return pyad_wrap(y);
}

/* ---- fast.scaled_dot_product_attention ---- */

/* "causal", an array or None. */
static bool take_mask(PyObject *o, bool *causal, ad_array **mask) {
  *mask = NULL;
  *causal = PyUnicode_Check(o);
  if (!*causal) return take_optional(o, "mask", mask);
  if (!PyUnicode_CompareWithASCIIString(o, "causal")) return true;
  pyad_refuse(PyExc_ValueError, "scaled_dot_product_attention: mask is %R; 'causal', an array or None is right", o);
  return false;
}

PyObject *pyad_attention(PyObject *const *v) {
  static const char *const names[] = {"q", "k", "v"};
  ad_array *in[5] = {NULL};
  bool ok = true, causal = false;
  double scale = PyFloat_AsDouble(v[3]);
  if (scale == -1 && PyErr_Occurred()) return NULL;
  for (int i = 0; ok && i < 3; i++) ok = (in[i] = pyad_take_operand(v[i], names[i])) != NULL;
  ok = ok && take_mask(v[4], &causal, &in[3]) && take_optional(v[5], "sinks", &in[4]);
  ad_fast_scaled_dot_product_attention_opts opts = {.causal = causal};
  ad_array *y = NULL;
  if (ok) {
    ad_scope *scope = ad_scope_begin(pyad.ctx); /* holds what the op computes for its derivative */
    y = ad_scope_end(scope, ad_fast_scaled_dot_product_attention_at(pyad_place(), in[0], in[1], in[2], in[3], in[4], scale, &opts));
  }
  for (int i = 0; i < 5; i++) ad_drop(in[i]);
  return ok ? pyad_wrap(y) : NULL;
}

/* ---- random ---- */

/* The shape that is given, or, for None, that of two arrays together (the second may be NULL). */
static bool take_shape(PyObject *o, ad_array *a, ad_array *b, pyad_scratch *s, ad_ints *out) {
  if (o != Py_None) return pyad_ints_of(o, "shape", s, out);
  ad_array *both[] = {a, b};
  ad_array *all = pyad_own(ad_broadcast_arrays_at(pyad_place(), pyad.ctx, both, b ? 2 : 1));
  if (!all) return false;
  ad_array *first = pyad_own(ad_item_at(pyad_place(), all, 0));
  ad_shape shape = first ? ad_array_shape(first) : (ad_shape){0, NULL};
  int64_t *dims = pyad_scratch_take(s, (size_t)(shape.rank + 1) * sizeof *dims);
  if (dims && shape.rank) memcpy(dims, shape.dims, (size_t)shape.rank * sizeof *dims);
  *out = (ad_ints){true, shape.rank, dims};
  bool ok = first && dims;
  ad_drop(first);
  ad_drop(all);
  return ok;
}

PyObject *pyad_bernoulli(PyObject *const *v) {
  pyad_scratch s = {.used = 0};
  ad_ints shape;
  ad_array *key = NULL, *p = pyad_take_operand(v[0], "p");
  bool ok = p && take_optional(v[2], "key", &key) && take_shape(v[1], p, NULL, &s, &shape);
  ad_array *y = NULL;
  if (ok) {
    pyad_random_lend();
    y = ad_random_bernoulli_at(pyad_place(), pyad.ctx, key, p, (ad_shape){shape.count, shape.values});
    pyad_random_take_back();
  }
  ad_drop(p);
  ad_drop(key);
  pyad_scratch_free(&s);
  return ok ? pyad_wrap(y) : NULL;
}

PyObject *pyad_truncated_normal(PyObject *const *v) {
  pyad_scratch s = {.used = 0};
  ad_ints shape;
  ad_dtype dtype = v[3] == Py_None ? AD_DTYPE_NONE : pyad_dtype_of(v[3]);
  if (v[3] != Py_None && !dtype) return NULL;
  ad_array *key = NULL, *high = NULL, *low = pyad_take_operand(v[0], "lower");
  bool ok = low && (high = pyad_take_operand(v[1], "upper")) && take_optional(v[4], "key", &key) && take_shape(v[2], low, high, &s, &shape);
  ad_array *y = NULL;
  if (ok) {
    ad_random_truncated_normal_opts opts = {.dtype = dtype};
    pyad_random_lend();
    y = ad_random_truncated_normal_at(pyad_place(), key, low, high, (ad_shape){shape.count, shape.values}, &opts);
    pyad_random_take_back();
  }
  ad_drop(low);
  ad_drop(high);
  ad_drop(key);
  pyad_scratch_free(&s);
  return ok ? pyad_wrap(y) : NULL;
}

PyObject *pyad_permutation(PyObject *const *v) {
  pyad_scratch s = {.used = 0};
  ad_attr n = {0}, axis;
  ad_array *x = NULL, *key = NULL;
  bool number = PyLong_Check(v[0]);
  bool ok = pyad_attr_of(v[1], "axis", AD_FIELD_INT, &s, &axis) && take_optional(v[2], "key", &key);
  ok = ok && (number ? pyad_attr_of(v[0], "x", AD_FIELD_INT, &s, &n) : (x = pyad_take_operand(v[0], "x")) != NULL);
  ad_array *y = NULL;
  if (ok) {
    ad_random_permutation_opts opts = {.n = {n.given, n.given ? n.as.i : 0}, .axis = {axis.given, axis.given ? axis.as.i : 0}};
    pyad_random_lend();
    y = ad_random_permutation_at(pyad_place(), pyad.ctx, key, x, &opts);
    pyad_random_take_back();
  }
  ad_drop(x);
  ad_drop(key);
  return ok ? pyad_wrap(y) : NULL;
}
