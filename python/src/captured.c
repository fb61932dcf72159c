/* Captured state of compiled functions: lists and dicts whose arrays a function reads and replaces beside its arguments.
 *
 * Arrays are replaced in the containers that hold them, never in the array objects, so who took an array out keeps its value.
 * While the function is traced the containers hold arrays without values; what they held before is saved as it was, members that
 * the function added or took away included, and put back whatever the function did. Tuples cannot be written to: one in a
 * list or dict is replaced as a whole. Assigning to members of other classes than list and dict may run Python code. */
#include "transforms.h"

/* ---- What can be captured ---- */

static bool check(const pyad_site *site, const char *what, const pyad_step *at, PyObject *tree) {
  pyad_node node = pyad_node_of(tree);
  PyObject *path = NULL;
  if (node == PYAD_ARRAY && (path = pyad_path_of(what, at)))
    pyad_fail(site, PyExc_ValueError, "%U is an array, which cannot be replaced there; a list or dict that holds it is right", path);
  Py_XDECREF(path);
  if (node == PYAD_ARRAY) return false;
  if (!PyTuple_Check(tree)) return true;
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return false;
  bool ok = true;
  for (Py_ssize_t i = 0; ok && i < PyTuple_Size(tree); i++) ok = check(site, what, &(pyad_step){at, NULL, i}, PyTuple_GetItem(tree, i));
  Py_LeaveRecursiveCall();
  return ok;
}

bool pyad_captured_check(const pyad_site *site, const char *what, PyObject *tree) {
  pyad_node node = pyad_node_of(tree);
  if (node == PYAD_LIST || node == PYAD_DICT) return check(site, what, NULL, tree);
  PyObject *name = pyad_type_name(tree);
  if (name) pyad_fail(site, PyExc_TypeError, "%s is of type %U; a list or dict of arrays is right", what, name);
  Py_XDECREF(name);
  return false;
}

/* ---- Saving and restoring ---- */

/* Adds the container and a plain copy of it, then what it holds, to a list of pairs. */
static bool save(PyObject *list, PyObject *tree) {
  pyad_node node = pyad_node_of(tree);
  if (node != PYAD_LIST && node != PYAD_DICT) return true;
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return false;
  PyObject *copy = node == PYAD_DICT ? PyDict_New() : PySequence_List(tree);
  bool ok = copy && (node == PYAD_LIST || !PyDict_Merge(copy, tree, 1));
  if (ok && !PyTuple_Check(tree)) ok = !PyList_Append(list, tree) && !PyList_Append(list, copy);
  PyObject *members = !ok ? NULL : node == PYAD_DICT ? PyDict_Values(copy) : Py_NewRef(copy);
  ok = members != NULL;
  for (Py_ssize_t i = 0; ok && i < PyList_Size(members); i++) ok = save(list, PyList_GetItem(members, i));
  Py_XDECREF(members);
  Py_XDECREF(copy);
  Py_LeaveRecursiveCall();
  return ok;
}

PyObject *pyad_captured_save(PyObject *one, PyObject *other) {
  PyObject *list = PyList_New(0);
  if (list && one && !save(list, one)) Py_CLEAR(list);
  if (list && other && other != one && !save(list, other)) Py_CLEAR(list);
  return list;
}

/* Only what is not the same object. */
static bool set_member(PyObject *dict, PyObject *key, PyObject *value) {
  PyObject *now = PyDict_GetItemWithError(dict, key);
  if (now == value || (!now && PyErr_Occurred())) return now == value;
  return !(PyDict_CheckExact(dict) ? PyDict_SetItem(dict, key, value) : PyObject_SetItem(dict, key, value));
}

static bool restore_dict(PyObject *dict, PyObject *saved) {
  PyObject *keys = PyDict_Keys(dict), *key, *value;
  bool ok = keys != NULL;
  for (Py_ssize_t i = 0; ok && i < PyList_Size(keys); i++) {
    int there = PyDict_Contains(saved, PyList_GetItem(keys, i));
    ok = there > 0 || (!there && !PyObject_DelItem(dict, PyList_GetItem(keys, i)));
  }
  for (Py_ssize_t next = 0; ok && PyDict_Next(saved, &next, &key, &value);) ok = set_member(dict, key, value);
  Py_XDECREF(keys);
  return ok;
}

bool pyad_captured_restore(PyObject *list) {
  bool ok = true;
  for (Py_ssize_t i = 0; i < PyList_Size(list); i += 2) {
    PyObject *container = PyList_GetItem(list, i), *saved = PyList_GetItem(list, i + 1);
    ok &= PyDict_Check(saved) ? restore_dict(container, saved) : !PySequence_SetSlice(container, 0, PY_SSIZE_T_MAX, saved);
  }
  return ok;
}

/* ---- Filling ---- */

/* What is to stand where `old` (NULL: nothing) stands: old itself where that can be changed, else something new. */
static PyObject *filled(PyObject *old, PyObject *form, pyad_items *items);

static PyObject *new_like(PyObject *form, pyad_items *items) { return pyad_tree_build(form, pyad_next_item, items, true); }

static bool fill_dict(PyObject *dict, PyObject *form, pyad_items *items) {
  PyObject *keys = PyDict_Keys(form);
  bool ok = keys != NULL;
  for (Py_ssize_t i = 0; ok && i < PyList_Size(keys); i++) {
    PyObject *key = PyList_GetItem(keys, i), *old = Py_XNewRef(PyDict_GetItemWithError(dict, key)),
             *value = PyErr_Occurred() ? NULL : filled(old, PyDict_GetItemWithError(form, key), items);
    ok = value && set_member(dict, key, value);
    Py_XDECREF(old);
    Py_XDECREF(value);
  }
  Py_XDECREF(keys);
  return ok;
}

static bool fill_list(PyObject *list, PyObject *form, pyad_items *items) {
  PyObject *members = PySequence_List(list);
  Py_ssize_t had = members ? PyList_Size(members) : 0, n = PyList_Size(form);
  bool ok = members != NULL;
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    PyObject *value = filled(i < had ? PyList_GetItem(members, i) : NULL, PyList_GetItem(form, i), items);
    ok = value && !(i < had ? PyList_SetItem(members, i, Py_NewRef(value)) : PyList_Append(members, value));
    Py_XDECREF(value);
  }
  ok = ok && (n >= had || !PyList_SetSlice(members, n, had, NULL)) && !PySequence_SetSlice(list, 0, PY_SSIZE_T_MAX, members);
  Py_XDECREF(members);
  return ok;
}

/* The same tuple where its members are the same objects. */
static PyObject *filled_tuple(PyObject *old, PyObject *form, pyad_items *items) {
  Py_ssize_t n = PyTuple_Size(form);
  bool like = old && Py_TYPE(old) == Py_TYPE(form) && PyTuple_Size(old) == n;
  if (!like) return new_like(form, items);
  PyObject *members = PyList_New(0);
  bool same = true, ok = members != NULL;
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    PyObject *value = filled(PyTuple_GetItem(old, i), PyTuple_GetItem(form, i), items);
    ok = value && !PyList_Append(members, value);
    same = same && value == PyTuple_GetItem(old, i);
    Py_XDECREF(value);
  }
  PyObject *y = !ok ? NULL : same ? Py_NewRef(old) : pyad_tuple_like(form, PyList_AsTuple(members));
  Py_XDECREF(members);
  return y;
}

static PyObject *filled(PyObject *old, PyObject *form, pyad_items *items) {
  pyad_node node = pyad_node_of(form);
  if (node == PYAD_ARRAY) return pyad_next_item(items);
  if (node == PYAD_NONE || node == PYAD_OTHER) return Py_NewRef(form);
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return NULL;
  PyObject *y;
  if (PyTuple_Check(form)) y = filled_tuple(old, form, items);
  else if (!old || Py_TYPE(old) != Py_TYPE(form)) y = new_like(form, items);
  else y = (node == PYAD_DICT ? fill_dict(old, form, items) : fill_list(old, form, items)) ? Py_NewRef(old) : NULL;
  Py_LeaveRecursiveCall();
  return y;
}

bool pyad_captured_fill(PyObject *tree, PyObject *form, pyad_items *items) {
  PyObject *y = filled(tree, form, items);
  Py_XDECREF(y);
  return y != NULL;
}
