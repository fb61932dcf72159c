/* The memory of the context: what arrays hold, what is kept for reuse, and limits on both. */
#include "functions.h"

PyObject *pyad_get_active_memory(PyObject *const *v) {
  (void)v;
  return PyLong_FromUnsignedLongLong(ad_ctx_memory(pyad.ctx).active);
}

PyObject *pyad_get_peak_memory(PyObject *const *v) {
  (void)v;
  return PyLong_FromUnsignedLongLong(ad_ctx_memory(pyad.ctx).peak);
}

PyObject *pyad_get_cache_memory(PyObject *const *v) {
  (void)v;
  return PyLong_FromUnsignedLongLong(ad_ctx_memory(pyad.ctx).cached);
}

PyObject *pyad_reset_peak_memory(PyObject *const *v) {
  (void)v;
  ad_ctx_reset_peak(pyad.ctx);
  Py_RETURN_NONE;
}

PyObject *pyad_clear_cache(PyObject *const *v) {
  (void)v;
  ad_ctx_clear_cache(pyad.ctx);
  Py_RETURN_NONE;
}

static PyObject *set_limit(uint64_t (*set)(ad_ctx *c, uint64_t bytes), PyObject *bytes, const char *who) {
  PyObject *whole = PyNumber_Index(bytes);
  if (!whole) return NULL;
  unsigned long long n = PyLong_AsUnsignedLongLong(whole);
  Py_DECREF(whole);
  if (n != (unsigned long long)-1 || !PyErr_Occurred()) return PyLong_FromUnsignedLongLong(set(pyad.ctx, n));
  PyErr_Clear();
  return pyad_refuse(PyExc_ValueError, "%s: limit is %R; a number of bytes, 0 or more, is right", who, bytes);
}

PyObject *pyad_set_memory_limit(PyObject *const *v) { return set_limit(ad_ctx_set_memory_limit, v[0], "set_memory_limit"); }
PyObject *pyad_set_cache_limit(PyObject *const *v) { return set_limit(ad_ctx_set_cache_limit, v[0], "set_cache_limit"); }

/* The CPU has no wired memory of its own: there is nothing to limit. */
PyObject *pyad_set_wired_limit(PyObject *const *v) {
  PyObject *whole = PyNumber_Index(v[0]);
  if (!whole) return NULL;
  Py_DECREF(whole);
  return PyLong_FromLong(0);
}
