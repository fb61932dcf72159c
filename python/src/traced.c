/* One call of a Python function by the library: what goes in, what comes out, and whose exception is told. */
#include "transforms.h"

#include <stdio.h>

/* ---- Messages ---- */

PyObject *pyad_fail(const pyad_site *site, PyObject *exception, const char *format, ...) {
  va_list ap;
  if (PyErr_Occurred()) return NULL;
  va_start(ap, format);
  PyObject *text = PyUnicode_FromFormatV(format, ap);
  va_end(ap);
  PyObject *line = text ? PyUnicode_FromFormat("%s: %s: %U", site->where, site->name, text) : NULL;
  if (line) PyErr_SetObject(exception, line);
  Py_XDECREF(line);
  Py_XDECREF(text);
  return NULL;
}

PyObject *pyad_type_name(PyObject *o) { return PyObject_GetAttrString((PyObject *)Py_TYPE(o), "__name__"); }

bool pyad_pair(PyObject *o, PyObject **first, PyObject **second) {
  PyObject *list = PyTuple_Check(o) || PyList_Check(o) ? PySequence_List(o) : NULL;
  bool two = list && PyList_Size(list) == 2;
  if (two) {
    *first = Py_NewRef(PyList_GetItem(list, 0));
    *second = Py_NewRef(PyList_GetItem(list, 1));
  }
  Py_XDECREF(list);
  return two;
}

bool pyad_callable(const pyad_site *site, const char *what, PyObject *fun) {
  if (PyCallable_Check(fun)) return true;
  PyObject *name = pyad_type_name(fun);
  if (name) pyad_fail(site, PyExc_TypeError, "%s is of type %U; a function is right", what, name);
  Py_XDECREF(name);
  return false;
}

ad_array *pyad_checked(ad_array *y) {
  if (PyErr_Occurred()) return NULL;
  if (!ad_is_error(y)) return y;
  pyad_raise(ad_error_code(y), ad_error_text(y));
  return NULL;
}

/* ---- Begin and end ---- */

bool pyad_traced_begin(pyad_traced *t, const char *name) {
  if (!pyad_enter()) return false;
  t->site = (pyad_site){pyad_place(), name};
  t->scope = ad_scope_begin(pyad.ctx);
  t->inputs = 1;
  t->out = NULL;
  pyad_leaves_init(&t->leaves);
  return true;
}

PyObject *pyad_traced_end(pyad_traced *t, PyObject *result) {
  ad_scope_end(t->scope, NULL);
  pyad_leave();
  pyad_leaves_free(&t->leaves);
  Py_CLEAR(t->out);
  if (result && PyErr_Occurred()) Py_CLEAR(result);
  return result;
}

/* ---- Items ---- */

PyObject *pyad_next_item(void *user) {
  pyad_items *s = user;
  while (s->tree < s->count) {
    ad_array *tree = s->trees[s->tree];
    if (ad_array_dtype(tree) != AD_DTYPE_NONE) {
      s->tree++;
      return pyad_wrap_owned(ad_keep(tree));
    }
    if (s->next < ad_item_count(tree)) return pyad_wrap(ad_item_at(NULL, tree, s->next++));
    s->tree++;
    s->next = 0;
  }
  PyErr_SetString(PyExc_RuntimeError, "a tree of arrays was changed while it was in use; one that stays as it is is right");
  return NULL;
}

PyObject *pyad_tree_of_items(PyObject *like, ad_array *tuple) {
  return pyad_tree_build(like, pyad_next_item, &(pyad_items){.trees = &tuple, .count = 1}, false);
}

ad_array *pyad_leaves_tuple(const pyad_traced *t, const pyad_leaves *l) {
  return pyad_checked(ad_tuple_at(t->site.where, pyad.ctx, l->at, l->count));
}

ad_array *pyad_leaves_finish(const pyad_traced *t, pyad_leaves *l, bool ok) {
  ad_array *y = ok ? pyad_leaves_tuple(t, l) : NULL;
  pyad_leaves_free(l);
  return y;
}

/* ---- The arguments that are traced ---- */

static Py_ssize_t number_at(const pyad_traced *t, Py_ssize_t k) { return PyLong_AsSsize_t(PyTuple_GetItem(t->numbers, k)); }

static bool check_numbers(const pyad_traced *t) {
  Py_ssize_t given = PyTuple_Size(t->args);
  for (Py_ssize_t k = 0; k < PyTuple_Size(t->numbers); k++)
    if (number_at(t, k) >= given)
      return pyad_fail(&t->site, PyExc_ValueError,
                       "argnums names argument %zd; the function is called with %zd by position; a smaller number is right",
                       number_at(t, k), given) != NULL;
  for (Py_ssize_t k = 0; k < PyTuple_Size(t->names); k++) {
    PyObject *name = PyTuple_GetItem(t->names, k);
    int found = t->keywords ? PyDict_Contains(t->keywords, name) : 0;
    if (found < 0) return false;
    if (!found)
      return pyad_fail(&t->site, PyExc_ValueError,
                       "argnames names %R, which is not among the keywords of the call; one that is passed by "
                       "keyword is right",
                       name) != NULL;
  }
  return true;
}

static bool flatten_chosen(pyad_traced *t, pyad_others others) {
  char what[48];
  for (Py_ssize_t k = 0; k < PyTuple_Size(t->numbers); k++) {
    snprintf(what, sizeof what, "argument %zd", number_at(t, k));
    if (!pyad_tree_leaves(&t->site, what, PyTuple_GetItem(t->args, number_at(t, k)), others, &t->leaves)) return false;
  }
  for (Py_ssize_t k = 0; k < PyTuple_Size(t->names); k++)
    if (!pyad_tree_leaves(&t->site, "a named argument", PyDict_GetItemWithError(t->keywords, PyTuple_GetItem(t->names, k)),
                          others, &t->leaves))
      return false;
  return true;
}

ad_array *pyad_traced_input(pyad_traced *t, pyad_others others, bool some) {
  bool ok = t->numbers ? check_numbers(t) && flatten_chosen(t, others)
                       : pyad_tree_leaves(&t->site, "args", t->args, others, &t->leaves) &&
                             (!t->keywords || pyad_tree_leaves(&t->site, "keywords", t->keywords, others, &t->leaves));
  if (ok && some && !t->leaves.count) pyad_fail(&t->site, PyExc_ValueError, "arguments without an array; at least one is right");
  return ok && !PyErr_Occurred() ? pyad_leaves_tuple(t, &t->leaves) : NULL;
}

static bool rebuild_chosen(const pyad_traced *t, PyObject *args, PyObject *keywords, pyad_items *s) {
  for (Py_ssize_t k = 0; k < PyTuple_Size(t->numbers); k++) {
    Py_ssize_t i = number_at(t, k);
    PyObject *arg = pyad_tree_build(PyTuple_GetItem(t->args, i), pyad_next_item, s, true);
    if (!arg || PyTuple_SetItem(args, i, arg)) return false;
  }
  for (Py_ssize_t k = 0; k < PyTuple_Size(t->names); k++) {
    PyObject *name = PyTuple_GetItem(t->names, k), *old = PyDict_GetItemWithError(t->keywords, name);
    PyObject *arg = old ? pyad_tree_build(old, pyad_next_item, s, true) : NULL;
    bool ok = arg && !PyDict_SetItem(keywords, name, arg);
    Py_XDECREF(arg);
    if (!ok) return false;
  }
  return true;
}

/* The arguments with what the library gave in their places: objects of their own, so that the caller's stay as they are. */
static bool rebuild(const pyad_traced *t, ad_array *const *in, PyObject **args, PyObject **keywords) {
  pyad_items s = {.trees = in, .count = t->inputs};
  *keywords = NULL;
  if (!t->numbers) {
    *args = pyad_tree_build(t->args, pyad_next_item, &s, true);
    if (*args && t->keywords) *keywords = pyad_tree_build(t->keywords, pyad_next_item, &s, true);
    return *args && (!t->keywords || *keywords);
  }
  Py_ssize_t n = PyTuple_Size(t->args);
  *args = PyTuple_New(n);
  for (Py_ssize_t i = 0; *args && i < n; i++)
    if (PyTuple_SetItem(*args, i, Py_NewRef(PyTuple_GetItem(t->args, i)))) return false;
  if (!*args || (t->keywords && !(*keywords = PyDict_Copy(t->keywords)))) return false;
  return rebuild_chosen(t, *args, *keywords, &s);
}

PyObject *pyad_traced_form(const pyad_traced *t, pyad_leaf leaf, void *user) {
  Py_ssize_t n = PyTuple_Size(t->numbers), m = PyTuple_Size(t->names);
  PyObject *positions = n > 1 ? PyTuple_New(n) : Py_NewRef(Py_None);
  for (Py_ssize_t k = 0; positions && k < n; k++) {
    PyObject *tree = pyad_tree_build(PyTuple_GetItem(t->args, number_at(t, k)), leaf, user, false);
    if (!tree) Py_CLEAR(positions);
    else if (n > 1) PyTuple_SetItem(positions, k, tree);
    else pyad_replace(&positions, tree);
  }
  if (!m || !positions) return positions;
  PyObject *named = PyDict_New();
  for (Py_ssize_t k = 0; named && k < m; k++) {
    PyObject *name = PyTuple_GetItem(t->names, k), *old = PyDict_GetItemWithError(t->keywords, name);
    PyObject *tree = old ? pyad_tree_build(old, leaf, user, false) : NULL;
    if (!tree || PyDict_SetItem(named, name, tree)) Py_CLEAR(named);
    Py_XDECREF(tree);
  }
  PyObject *pair = named ? PyTuple_Pack(2, positions, named) : NULL;
  Py_XDECREF(named);
  Py_DECREF(positions);
  return pair;
}

/* ---- The call ---- */

ad_array *pyad_traced_callback(ad_ctx *c, ad_array *const *in, void *user) {
  pyad_traced *t = user;
  PyObject *args = NULL, *keywords = NULL;
  (void)c;
  if (PyErr_Occurred()) return NULL;
  PyObject *out = rebuild(t, in, &args, &keywords) ? PyObject_Call(t->fun, args, keywords) : NULL;
  Py_XDECREF(args);
  Py_XDECREF(keywords);
  pyad_replace(&t->out, out);
  return out ? t->result(t, out) : NULL;
}

ad_fn *pyad_traced_fn(pyad_traced *t) { return ad_fn_new_at(t->site.where, pyad.ctx, pyad_traced_callback, t->inputs, t); }

/* ---- Results ---- */

static ad_array *flat_result(pyad_traced *t, PyObject *out, pyad_others others) {
  pyad_leaves l;
  pyad_leaves_init(&l);
  return pyad_leaves_finish(t, &l, pyad_tree_leaves(&t->site, "what the function returned", out, others, &l));
}

ad_array *pyad_result_arrays(pyad_traced *t, PyObject *out) { return flat_result(t, out, PYAD_REFUSED); }
ad_array *pyad_result_some(pyad_traced *t, PyObject *out) { return flat_result(t, out, PYAD_IGNORED); }
