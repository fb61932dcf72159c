/* The package's functions: made from the registry of ops and from signatures.def, found again by their path. */
#include "functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
  const char *path, *op, *signature, *binding, *doc;
  pyad_body body;
} row;
static const row rows[] = {
#define PYAD_FUNCTION(path, op, signature, binding) {path, op, signature, binding, NULL, NULL},
#define PYAD_ALIAS(path, op) {path, op, NULL, "", NULL, NULL},
#define PYAD_HIDDEN(op) {NULL, op, NULL, NULL, NULL, NULL},
#define PYAD_BODY(path, body, signature, binding, doc) {path, NULL, signature, binding, doc, body},
#include "signatures.def"
};
enum { ROWS = sizeof rows / sizeof *rows, MOST_OPS = 1024 };

static PyObject *by_path; /* what pyad_functions_init filled */
static PyTypeObject *handle_type;

/* ---- Handles ---- */

typedef struct function_handle {
  PyObject_HEAD
  pyad_function *function;
} function_handle;

static pyad_function *function_of(PyObject *handle) { return ((function_handle *)(void *)handle)->function; }

static PyObject *result_type_of(pyad_function *f);

static PyObject *handle_getattro(PyObject *self, PyObject *name) {
  pyad_function *f = function_of(self);
  if (!PyUnicode_CompareWithASCIIString(name, "result_type")) return Py_XNewRef(result_type_of(f));
  if (PyUnicode_CompareWithASCIIString(name, f->method.ml_name)) return PyObject_GenericGetAttr(self, name);
  return Py_XNewRef(PyDict_GetItemString(by_path, f->path));
}

/* Builtins are pickled as an attribute of their self: (handle_of, (path,)) finds that again. */
static PyObject *handle_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  PyObject *find = PyObject_GetAttrString(pyad.module, "_handle_of");
  return find ? Py_BuildValue("N(s)", find, function_of(self)->path) : NULL;
}

static PyObject *handle_repr(PyObject *self) { return PyUnicode_FromFormat("<adamant.%s>", function_of(self)->path); }

static PyMethodDef handle_methods[] = {
    {"__reduce__", handle_reduce, METH_NOARGS, NULL},
    {0},
};
static PyType_Slot handle_slots[] = {
    {Py_tp_getattro, (void *)handle_getattro},
    {Py_tp_repr, (void *)handle_repr},
    {Py_tp_methods, handle_methods},
    {0, NULL},
};
static PyType_Spec handle_spec = {
    "adamant._core.handle", sizeof(function_handle), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, handle_slots};

static PyObject *handle_of(PyObject *module, PyObject *path) {
  (void)module;
  PyObject *function = PyUnicode_Check(path) ? PyDict_GetItemWithError(by_path, path) : NULL;
  if (function) return Py_XNewRef(PyCFunction_GetSelf(function));
  if (!PyErr_Occurred()) PyErr_Format(PyExc_KeyError, "adamant has no function %R", path);
  return NULL;
}
static PyMethodDef handle_of_method = {"_handle_of", handle_of, METH_O, "_handle_of(path)\n--\n\nWhat a function is unpickled from."};

/* ---- Calling ---- */

static PyObject *call(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  return pyad_call_function(function_of(self), args, n, names);
}

PyObject *pyad_call_named(const char *path, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  PyObject *function = PyDict_GetItemString(by_path, path);
  if (!function) return PyErr_Format(PyExc_SystemError, "adamant: there is no function %s", path), NULL;
  return pyad_call_function(function_of(PyCFunction_GetSelf(function)), args, n, names);
}

/* The class is an attribute of adamant._results, by which it is found again when a result is unpickled. */
static PyObject *new_result_type(const pyad_function *f) {
  PyObject *collections = PyImport_ImportModule("collections");
  PyObject *name = PyUnicode_FromFormat("%s_result", f->method.ml_name), *home = PyUnicode_FromString("adamant._results");
  PyObject *type = NULL;
  if (collections && name && home) type = PyObject_CallMethod(collections, "namedtuple", "OO", name, f->signature->named);
  if (type && PyObject_SetAttrString(type, "__module__", home)) Py_CLEAR(type);
  Py_XDECREF(home);
  Py_XDECREF(name);
  Py_XDECREF(collections);
  return type;
}

/* Borrowed; NULL and an exception where it has none. */
static PyObject *result_type_of(pyad_function *f) {
  if (!pyad_read_signature(f)) return NULL;
  if (!f->signature->named) return PyErr_Format(PyExc_AttributeError, "adamant.%s: its result has no names", f->path), NULL;
  if (!f->result_type) f->result_type = new_result_type(f);
  return f->result_type;
}

PyObject *pyad_name_results(pyad_function *f, PyObject *tuple) {
  PyObject *type = result_type_of(f), *named = type ? PyObject_CallMethod(type, "_make", "(O)", tuple) : NULL;
  Py_DECREF(tuple);
  return named;
}

/* ---- Making ---- */

static const char *last_name(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot ? dot + 1 : path;
}

static PyObject *new_builtin(pyad_function *f) {
  size_t length = (size_t)(last_name(f->path) - f->path);
  PyObject *home = length ? PyUnicode_FromFormat("adamant.%s", f->path) : PyUnicode_FromString("adamant");
  if (home && length) {
    PyObject *whole = home;
    home = PyUnicode_Substring(whole, 0, (Py_ssize_t)(strlen("adamant.") + length - 1));
    Py_DECREF(whole);
  }
  function_handle *handle = home ? PyObject_New(function_handle, handle_type) : NULL;
  if (handle) handle->function = f;
  PyObject *function = handle ? PyCFunction_NewEx(&f->method, (PyObject *)(void *)handle, home) : NULL;
  Py_XDECREF((PyObject *)(void *)handle);
  Py_XDECREF(home);
  return function;
}

static bool add(PyObject *names, const ad_op *op, const row *r) {
  char own[1024];
  const char *signature = r->signature;
  if (!signature) pyad_signature_write(op, own, sizeof own), signature = own;
  pyad_function *f = calloc(1, sizeof *f);
  if (!f || !(f->doc = pyad_write_doc(last_name(r->path), signature, r->doc ? r->doc : op->doc, op))) return free(f), PyErr_NoMemory() != NULL;
  f->op = op;
  f->body = r->body;
  f->path = r->path;
  f->binding = r->binding;
  f->method = (PyMethodDef){last_name(r->path), (PyCFunction)(void (*)(void))call, METH_FASTCALL | METH_KEYWORDS, f->doc};
  PyObject *function = new_builtin(f);
  bool ok = function && !PyDict_SetItemString(names, r->path, function);
  Py_XDECREF(function);
  return ok;
}

size_t pyad_space_of(const char *op_name) {
  static const char *const spaces[] = {"random_", "fft_", "linalg_", "fast_"};
  for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
    if (!strncmp(op_name, spaces[i], strlen(spaces[i]))) return strlen(spaces[i]);
  return 0;
}

/* linalg_svd is linalg.svd. */
static char *dotted(const char *op_name) {
  char *path = malloc(strlen(op_name) + 1);
  if (!path) return PyErr_NoMemory(), NULL;
  strcpy(path, op_name);
  size_t space = pyad_space_of(path);
  if (space) path[space - 1] = '.';
  return path;
}

/* Is the path the op's own name? */
static bool is_own_name(const char *path, const char *op_name) {
  for (; *path && (*path == *op_name || (*path == '.' && *op_name == '_')); path++) op_name++;
  return *path == *op_name;
}

/* Rows of signatures.def; spoken[id]: the op's own name is bound by a row, or hidden. */
static bool add_rows(PyObject *names, bool *spoken) {
  for (int i = 0; i < ROWS; i++) {
    const row *r = &rows[i];
    const ad_op *op = r->op ? ad_op_find(pyad.ctx, r->op) : NULL;
    if (r->op && !op) return PyErr_Format(PyExc_SystemError, "signatures.def: there is no op %s", r->op), false;
    if (op && (!r->path || is_own_name(r->path, op->name))) spoken[op->id] = true;
    if (r->path && !add(names, op, r)) return false;
  }
  return true;
}

static bool add_ops(PyObject *names, const bool *spoken) {
  for (int i = 0; i < ad_op_count(); i++) {
    const ad_op *op = ad_op_at(i);
    if (spoken[op->id] || op->flags & AD_OP_HIDDEN) continue;
    char *path = dotted(op->name);
    if (!path || !add(names, op, &(row){path, op->name, NULL, "", NULL, NULL})) return false;
  }
  return true;
}

bool pyad_functions_init(PyObject *names) {
  bool spoken[MOST_OPS] = {false};
  if (ad_op_count() > MOST_OPS) return PyErr_Format(PyExc_SystemError, "functions.c: more than %d ops", MOST_OPS), false;
  handle_type = (PyTypeObject *)(void *)PyType_FromSpec(&handle_spec);
  by_path = Py_NewRef(names);
  if (!handle_type || !add_rows(names, spoken) || !add_ops(names, spoken)) return false;
  PyObject *home = PyUnicode_FromString("adamant._core"), *find = home ? PyCFunction_NewEx(&handle_of_method, NULL, home) : NULL;
  bool ok = find && !PyModule_AddObjectRef(pyad.module, "_handle_of", find);
  Py_XDECREF(find);
  Py_XDECREF(home);
  return ok;
}
