/* Evaluation of trees, and the memory of the context.
 *
 * A tree is an array, or a dict, list or tuple of trees; whatever else it holds is passed over. */
#include "functions.h"

#include <stdlib.h>

/* ---- Leaves ---- */

typedef struct leaves {
  ad_array **items; /* kept */
  int count, room;
} leaves;

static bool add_leaf(leaves *l, PyObject *array) {
  if (l->count == l->room) {
    int room = l->room ? 2 * l->room : 16;
    ad_array **items = realloc(l->items, (size_t)room * sizeof *items);
    if (!items) return PyErr_NoMemory() != NULL;
    l->items = items;
    l->room = room;
  }
  l->items[l->count++] = ad_keep(pyad_handle(array));
  return true;
}

static bool add_leaves(leaves *l, PyObject *tree);

static bool add_items(leaves *l, PyObject *tree) {
  if (PyDict_Check(tree)) {
    PyObject *name, *value;
    for (Py_ssize_t at = 0; PyDict_Next(tree, &at, &name, &value);)
      if (!add_leaves(l, value)) return false;
    return true;
  }
  bool list = PyList_Check(tree);
  for (Py_ssize_t i = 0; i < (list ? PyList_Size(tree) : PyTuple_Size(tree)); i++)
    if (!add_leaves(l, list ? PyList_GetItem(tree, i) : PyTuple_GetItem(tree, i))) return false;
  return true;
}

static bool add_leaves(leaves *l, PyObject *tree) {
  if (pyad_is_array(tree)) return add_leaf(l, tree);
  if (!PyDict_Check(tree) && !PyList_Check(tree) && !PyTuple_Check(tree)) return true;
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return false;
  bool ok = add_items(l, tree);
  Py_LeaveRecursiveCall();
  return ok;
}

static void drop_leaves(leaves *l) {
  for (int i = 0; i < l->count; i++) ad_drop(l->items[i]);
  free(l->items);
}

PyObject *pyad_eval_trees(PyObject *const *v) {
  leaves l = {NULL, 0, 0};
  bool ok = add_leaves(&l, v[0]) && (!l.count || pyad_eval(l.items, l.count));
  drop_leaves(&l);
  return ok ? Py_NewRef(Py_None) : NULL;
}

PyObject *pyad_async_eval(PyObject *const *v) {
  leaves l = {NULL, 0, 0};
  bool ok = add_leaves(&l, v[0]) && pyad_enter();
  if (ok) {
    ad_stream *stream = pyad_current_stream();
    for (int i = 0; ok && i < l.count; i++) {
      ad_status s = ad_eval_async(l.items[i], stream);
      ok = !s || pyad_raise(s, ad_is_error(l.items[i]) ? ad_error_text(l.items[i]) : ad_status_meaning(s)) != NULL;
    }
    pyad_leave();
  }
  drop_leaves(&l);
  return ok ? Py_NewRef(Py_None) : NULL;
}

/* ---- Memory ---- */

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
  return PyErr_Format(PyExc_ValueError, "%s: limit is %R; a number of bytes, 0 or more, is right", who, bytes), NULL;
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
