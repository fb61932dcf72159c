/* Trees of Python: dicts, lists, tuples and named tuples of arrays, None, and constants.
 *
 * A tree is its own description: to put other arrays into a form, one goes through a tree that has it. Where the form must outlive the
 * arrays, a copy with a mark in the place of each stands for it. Python code never runs while a tree is flattened; while one is
 * built it may (the constructors of named tuples), so sizes are asked anew at each step and what is in hand is held. */
#include "transforms.h"

#include <string.h>

/* ---- Leaves ---- */

void pyad_leaves_free(pyad_leaves *l) {
  if (l->at != l->few) PyMem_Free(l->at);
}

bool pyad_leaves_add(pyad_leaves *l, ad_array *a) {
  if (l->count == l->room) {
    size_t bytes = (size_t)l->room * sizeof *l->at;
    ad_array **more = PyMem_Malloc(2 * bytes);
    if (!more) return PyErr_NoMemory() != NULL;
    memcpy(more, l->at, bytes);
    pyad_leaves_free(l);
    l->at = more;
    l->room *= 2;
  }
  l->at[l->count++] = a;
  return true;
}

/* ---- Nodes ---- */

static PyObject *mark;

bool pyad_trees_init(void) { return (mark = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type)) != NULL; }

PyObject *pyad_tree_mark(void) { return Py_NewRef(mark); }

pyad_node pyad_node_of(PyObject *o) {
  if (pyad_is_array(o) || o == mark) return PYAD_ARRAY;
  if (o == Py_None) return PYAD_NONE;
  unsigned long flags = PyType_GetFlags(Py_TYPE(o));
  if (flags & (Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS)) return PYAD_LIST;
  return flags & Py_TPFLAGS_DICT_SUBCLASS ? PYAD_DICT : PYAD_OTHER;
}


static bool is_number(PyObject *o) { return PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o); }

bool pyad_is_constant(PyObject *o) { return is_number(o) || PyUnicode_Check(o) || Py_TYPE(o) == pyad.dtype_type; }

/* The scope holds it. */
static ad_array *number_as(const pyad_site *site, PyObject *o, ad_dtype dtype) {
  ad_array *a = pyad_convert(o, dtype, -1), *y = ad_lend(a);
  ad_drop(a);
  return a && ad_array_is_weak(y) ? ad_cast_at(site->where, y, ad_array_dtype(y)) : a ? y : NULL;
}

/* ---- Where in a tree ---- */

PyObject *pyad_path_of(const char *what, const pyad_step *at) {
  if (!at) return PyUnicode_FromString(what);
  PyObject *up = pyad_path_of(what, at->up);
  if (!up) return NULL;
  PyObject *path = at->key ? PyUnicode_FromFormat("%U[%R]", up, at->key) : PyUnicode_FromFormat("%U[%zd]", up, at->index);
  Py_DECREF(up);
  return path;
}

/* One pass over a tree. */
typedef struct pass {
  const pyad_site *site;
  const char *what;
  pyad_others others;
  const pyad_leaves *models;
  bool none_is_zero;
  pyad_leaves *out;
} pass;

static bool refuse(const pass *p, const pyad_step *at, PyObject *o, const char *right) {
  PyObject *path = pyad_path_of(p->what, at), *name = path ? pyad_type_name(o) : NULL;
  if (name) pyad_fail(p->site, PyExc_ValueError, "%U is of type %U; %s is right", path, name, right);
  Py_XDECREF(path);
  Py_XDECREF(name);
  return false;
}

/* ---- Flattening ---- */

static bool add_other(pass *p, const pyad_step *at, PyObject *o) {
  if (p->others == PYAD_IGNORED) return true;
  if (p->others == PYAD_REFUSED) return refuse(p, at, o, "an array");
  if (p->others == PYAD_CONSTANTS) return pyad_is_constant(o) || refuse(p, at, o, "an array, a number, a string, a dtype or None");
  if (!is_number(o)) return refuse(p, at, o, "an array or a number");
  const pyad_leaves *models = p->models;
  bool known = models && p->out->count < models->count;
  ad_array *a = number_as(p->site, o, known ? ad_array_dtype(models->at[p->out->count]) : AD_DTYPE_NONE);
  return a && pyad_checked(a) && pyad_leaves_add(p->out, a);
}

static bool flatten(pass *p, const pyad_step *at, PyObject *tree);

static bool flatten_members(pass *p, const pyad_step *at, pyad_node node, PyObject *tree) {
  bool ok = true;
  PyObject *key, *value;
  Py_ssize_t next = 0;
  while (ok && node == PYAD_DICT && PyDict_Next(tree, &next, &key, &value)) {
    Py_INCREF(key);
    Py_INCREF(value);
    ok = flatten(p, &(pyad_step){at, key, 0}, value);
    Py_DECREF(key);
    Py_DECREF(value);
  }
  for (Py_ssize_t i = 0; ok && node == PYAD_LIST && i < pyad_list_size(tree); i++) {
    ok = flatten(p, &(pyad_step){at, NULL, i}, value = Py_NewRef(pyad_list_at(tree, i)));
    Py_DECREF(value);
  }
  return ok;
}

static bool flatten(pass *p, const pyad_step *at, PyObject *tree) {
  if (pyad_is_array(tree)) return pyad_leaves_add(p->out, ad_lend(pyad_handle(tree)));
  pyad_node node = pyad_node_of(tree);
  if (node == PYAD_NONE) return true;
  if (node != PYAD_LIST && node != PYAD_DICT) return add_other(p, at, tree);
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return false;
  bool ok = flatten_members(p, at, node, tree);
  Py_LeaveRecursiveCall();
  return ok;
}

bool pyad_tree_leaves(const pyad_site *site, const char *what, PyObject *tree, pyad_others others, pyad_leaves *out) {
  pass p = {.site = site, .what = what, .others = others, .out = out};
  return flatten(&p, NULL, tree);
}

/* ---- Flattening in the order of another tree ---- */

static bool match(pass *p, const pyad_step *at, PyObject *like, PyObject *tree);

static bool match_lists(pass *p, const pyad_step *at, PyObject *like, PyObject *tree) {
  Py_ssize_t n = pyad_list_size(like), m = pyad_list_size(tree);
  bool ok = true;
  if (n != m) {
    PyObject *path = pyad_path_of(p->what, at);
    if (path) pyad_fail(p->site, PyExc_ValueError, "%U has %zd members; %zd are right", path, m, n);
    Py_XDECREF(path);
    return false;
  }
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    PyObject *a = Py_XNewRef(pyad_list_at(like, i)), *b = a ? Py_XNewRef(pyad_list_at(tree, i)) : NULL;
    ok = b && match(p, &(pyad_step){at, NULL, i}, a, b);
    Py_XDECREF(a);
    Py_XDECREF(b);
  }
  return ok;
}

/* The keys are compared by Python code, which may do anything. */
static bool match_dicts(pass *p, const pyad_step *at, PyObject *like, PyObject *tree) {
  PyObject *keys = PyDict_Keys(like), *path = NULL;
  Py_ssize_t n = keys ? PyList_Size(keys) : -1;
  bool ok = n >= 0;
  if (ok && n != PyDict_Size(tree)) {
    if ((path = pyad_path_of(p->what, at)))
      pyad_fail(p->site, PyExc_ValueError, "%U has %zd keys; the %zd keys %R are right", path, PyDict_Size(tree), n, keys);
    ok = false;
  }
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    PyObject *key = PyList_GetItem(keys, i), *a = Py_XNewRef(PyDict_GetItemWithError(like, key)),
             *b = a ? Py_XNewRef(PyDict_GetItemWithError(tree, key)) : NULL;
    if (!b && !PyErr_Occurred() && (path = pyad_path_of(p->what, at)))
      pyad_fail(p->site, PyExc_ValueError, "%U has no key %R; the keys %R are right", path, key, keys);
    ok = b && match(p, &(pyad_step){at, key, 0}, a, b);
    Py_XDECREF(a);
    Py_XDECREF(b);
  }
  Py_XDECREF(path);
  Py_XDECREF(keys);
  return ok;
}

/* Zeros for every array of like. */
static bool add_zeros(pass *p, PyObject *like) {
  pyad_node node = pyad_node_of(like);
  if (node == PYAD_NONE || node == PYAD_OTHER) return true;
  if (node == PYAD_ARRAY) return pyad_leaves_add(p->out, ad_zeros_like_at(p->site->where, p->models->at[p->out->count], NULL));
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return false;
  PyObject *members = node == PYAD_DICT ? PyDict_Values(like) : PySequence_List(like);
  bool ok = members != NULL;
  for (Py_ssize_t i = 0; ok && i < PyList_Size(members); i++) ok = add_zeros(p, PyList_GetItem(members, i));
  Py_XDECREF(members);
  Py_LeaveRecursiveCall();
  return ok;
}

static bool match_containers(pass *p, const pyad_step *at, pyad_node node, PyObject *like, PyObject *tree) {
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return false;
  bool ok = node == PYAD_DICT ? match_dicts(p, at, like, tree) : match_lists(p, at, like, tree);
  Py_LeaveRecursiveCall();
  return ok;
}

static bool match(pass *p, const pyad_step *at, PyObject *like, PyObject *tree) {
  pyad_node want = pyad_node_of(like), have = pyad_node_of(tree);
  if (have == PYAD_NONE && want != PYAD_NONE && p->none_is_zero) return add_zeros(p, like);
  switch (want) {
    case PYAD_OTHER: return true;
    case PYAD_NONE: return have == PYAD_NONE || refuse(p, at, tree, "None");
    case PYAD_DICT:
    case PYAD_LIST:
      if (have != want) return refuse(p, at, tree, want == PYAD_DICT ? "a dict" : "a list or tuple");
      return match_containers(p, at, want, like, tree);
    default: break;
  }
  if (pyad_is_array(tree)) return pyad_leaves_add(p->out, ad_lend(pyad_handle(tree)));
  return have == PYAD_OTHER ? add_other(p, at, tree) : refuse(p, at, tree, "an array");
}

bool pyad_tree_leaves_like(const pyad_site *site, const char *what, PyObject *like, PyObject *tree, const pyad_leaves *models,
                           bool none_is_zero, pyad_leaves *out) {
  pass p = {site, what, PYAD_NUMBERS, models, none_is_zero, out};
  return match(&p, NULL, like, tree);
}

/* ---- Building ---- */

typedef struct builder {
  pyad_leaf leaf;
  void *user;
  bool classes, numbers;
} builder;

static PyObject *build(const builder *b, PyObject *tree);

PyObject *pyad_tuple_like(PyObject *like, PyObject *t) {
  if (!t || PyTuple_CheckExact(like)) return t;
  PyObject *type = (PyObject *)Py_TYPE(like);
  if (!PyObject_HasAttrString(type, "_fields")) return t;
  PyObject *named = PyObject_Call(type, t, NULL);
  Py_DECREF(t);
  return named;
}

static PyObject *build_tuple(const builder *b, PyObject *tree) {
  Py_ssize_t n = PyTuple_Size(tree);
  PyObject *t = PyTuple_New(n);
  for (Py_ssize_t i = 0; t && i < n; i++) {
    PyObject *item = build(b, PyTuple_GetItem(tree, i));
    if (!item || PyTuple_SetItem(t, i, item)) Py_CLEAR(t);
  }
  return pyad_tuple_like(tree, t);
}

/* A copy of a dict or list as what it is: copy.copy keeps its class and attributes. */
static PyObject *copy_of(PyObject *tree) {
  PyObject *module = PyImport_ImportModule("copy");
  PyObject *copy = module ? PyObject_CallMethod(module, "copy", "O", tree) : NULL;
  Py_XDECREF(module);
  return copy;
}

static PyObject *build_list(const builder *b, PyObject *tree) {
  bool same = b->classes && !PyList_CheckExact(tree);
  PyObject *list = same ? copy_of(tree) : PyList_New(0);
  if (same && list && !PyList_Check(list)) return list;
  for (Py_ssize_t i = 0; list && i < PyList_Size(tree); i++) {
    PyObject *old = Py_NewRef(PyList_GetItem(tree, i)), *item = build(b, old);
    bool ok = item && !(same ? PyList_SetItem(list, i, Py_NewRef(item)) : PyList_Append(list, item));
    Py_DECREF(old);
    Py_XDECREF(item);
    if (!ok) Py_CLEAR(list);
  }
  return list;
}

static PyObject *build_dict(const builder *b, PyObject *tree) {
  bool same = b->classes && !PyDict_CheckExact(tree);
  PyObject *dict = same ? copy_of(tree) : PyDict_New(), *keys = PyDict_Keys(tree);
  if (same && dict && !PyDict_Check(dict)) Py_CLEAR(keys);
  for (Py_ssize_t i = 0, n = keys ? PyList_Size(keys) : 0; dict && i < n; i++) {
    PyObject *key = PyList_GetItem(keys, i), *old = Py_XNewRef(PyDict_GetItemWithError(tree, key));
    PyObject *item = old ? build(b, old) : NULL;
    bool ok = item && !PyDict_SetItem(dict, key, item);
    if (!old && !PyErr_Occurred()) ok = true; /* a constructor took it out meanwhile */
    Py_XDECREF(old);
    Py_XDECREF(item);
    if (!ok) Py_CLEAR(dict);
  }
  Py_XDECREF(keys);
  return dict;
}

static PyObject *build(const builder *b, PyObject *tree) {
  pyad_node node = pyad_node_of(tree);
  if (node == PYAD_ARRAY || (node == PYAD_OTHER && b->numbers && is_number(tree))) return b->leaf(b->user);
  if (node == PYAD_NONE || node == PYAD_OTHER) return Py_NewRef(tree);
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return NULL;
  PyObject *y = node == PYAD_DICT ? build_dict(b, tree) : PyTuple_Check(tree) ? build_tuple(b, tree) : build_list(b, tree);
  Py_LeaveRecursiveCall();
  return y;
}

PyObject *pyad_tree_build(PyObject *tree, pyad_leaf leaf, void *user, bool classes) {
  return build(&(builder){leaf, user, classes, false}, tree);
}

static PyObject *mark_leaf(void *unused) {
  (void)unused;
  return pyad_tree_mark();
}

PyObject *pyad_tree_form(PyObject *tree, bool numbers) { return build(&(builder){mark_leaf, NULL, true, numbers}, tree); }
