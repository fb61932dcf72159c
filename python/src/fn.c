/* Transformed functions: objects that are called like the function they are made of, and look like it.
 *
 * What functools.wraps does (name, documentation, __wrapped__ and with it the signature) is done here in C, attributes that only
 * the wrapped function has are found there, and as a member of a class one binds as a method. What a call does is its kind's
 * business. */
#include "transforms.h"

#include <stddef.h>

/* ---- Making ---- */

/* A name that the function has not got is left out. */
static bool take_over(PyObject *dict, PyObject *fun) {
  static const char *const names[] = {"__module__", "__name__", "__qualname__", "__doc__"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    PyObject *value = PyObject_GetAttrString(fun, names[i]);
    if (!value && !PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
    if (!value) PyErr_Clear();
    bool ok = !value || !PyDict_SetItemString(dict, names[i], value);
    Py_XDECREF(value);
    if (!ok) return false;
  }
  return !PyDict_SetItemString(dict, "__wrapped__", fun);
}

PyObject *pyad_fn_new_of(PyTypeObject *type, const pyad_fn_kind *kind, PyObject *fun, PyObject *const *options, int n) {
  allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
  pyad_fn *f = pyad_callable(&(pyad_site){pyad_place(), kind->name}, "fun", fun) ? (pyad_fn *)(void *)alloc(type, 0) : NULL;
  if (!f) {
    for (int i = 0; i < n; i++) Py_XDECREF(options[i]);
    return NULL;
  }
  f->kind = kind;
  f->fun = Py_NewRef(fun);
  for (int i = 0; i < n; i++) f->options[i] = options[i];
  f->dict = PyDict_New();
  if (f->dict && take_over(f->dict, fun)) return (PyObject *)f;
  Py_DECREF(f);
  return NULL;
}

PyObject *pyad_fn_new(const pyad_fn_kind *kind, PyObject *fun, PyObject *const *options, int n) {
  return pyad_fn_new_of(pyad.fn_type, kind, fun, options, n);
}

/* ---- Being called ---- */

static PyObject *fn_call(PyObject *self, PyObject *args, PyObject *keywords) {
  pyad_fn *f = (pyad_fn *)(void *)self;
  if (Py_EnterRecursiveCall(" in a transformed function")) return NULL;
  PyObject *y = f->kind->call(f, args, keywords && PyDict_Size(keywords) ? keywords : NULL);
  Py_LeaveRecursiveCall();
  return y;
}

/* ---- Looking like the function ---- */

static PyObject *fn_getattr(PyObject *self, PyObject *name) {
  PyObject *value = PyObject_GenericGetAttr(self, name);
  if (value || !PyErr_ExceptionMatches(PyExc_AttributeError)) return value;
  PyErr_Clear();
  if (Py_EnterRecursiveCall(" in an attribute of a transformed function")) return NULL;
  value = PyObject_GetAttr(((pyad_fn *)(void *)self)->fun, name);
  Py_LeaveRecursiveCall();
  return value;
}

static PyObject *fn_bind(PyObject *self, PyObject *instance, PyObject *type) {
  (void)type;
  if (!instance || instance == Py_None) return Py_NewRef(self);
  PyObject *types = PyImport_ImportModule("types");
  PyObject *method = types ? PyObject_CallMethod(types, "MethodType", "OO", self, instance) : NULL;
  Py_XDECREF(types);
  return method;
}

static PyObject *fn_repr(PyObject *self) {
  const pyad_fn *f = (pyad_fn *)(void *)self;
  return PyUnicode_FromFormat("<%s of %R>", f->kind->name, f->fun);
}

/* As for functions: a copy is the same, a pickle is the name. */
PyObject *pyad_fn_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  return PyObject_GetAttrString(self, "__qualname__");
}

/* ---- Ending ---- */

static int fn_traverse(PyObject *self, visitproc visit, void *arg) {
  pyad_fn *f = (pyad_fn *)(void *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(f->fun);
  Py_VISIT(f->dict);
  for (int i = 0; i < PYAD_FN_OPTIONS; i++) Py_VISIT(f->options[i]);
  return 0;
}

static int fn_clear(PyObject *self) {
  pyad_fn *f = (pyad_fn *)(void *)self;
  /* A call may still run: what it calls is replaced and never missing. The dict comes last: a long chain of functions ends through
   * dicts, which do not recurse. */
  pyad_replace(&f->fun, Py_NewRef(Py_None));
  for (int i = 0; i < PYAD_FN_OPTIONS; i++) Py_CLEAR(f->options[i]);
  Py_CLEAR(f->dict);
  return 0;
}

static void fn_dealloc(PyObject *self) {
  pyad_fn *f = (pyad_fn *)(void *)self;
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (f->weakrefs) PyObject_ClearWeakRefs(self);
  fn_clear(self);
  Py_CLEAR(f->fun);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

/* ---- The types ---- */

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(pyad_fn, weakrefs), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(pyad_fn, dict), READONLY, NULL},
    {0},
};
static PyMethodDef methods[] = {
    {"__reduce__", pyad_fn_reduce, METH_NOARGS, PYAD_FN_REDUCE_DOC},
    {0},
};

PyTypeObject *pyad_fn_type_new(const char *name, const char *doc, PyMethodDef *own, newfunc make) {
  PyType_Slot slots[] = {
      {Py_tp_call, (void *)fn_call},
      {Py_tp_getattro, (void *)fn_getattr},
      {Py_tp_setattro, (void *)PyObject_GenericSetAttr},
      {Py_tp_descr_get, (void *)fn_bind},
      {Py_tp_repr, (void *)fn_repr},
      {Py_tp_traverse, (void *)fn_traverse},
      {Py_tp_clear, (void *)fn_clear},
      {Py_tp_dealloc, (void *)fn_dealloc},
      {Py_tp_members, members},
      {Py_tp_methods, own},
      {Py_tp_doc, (void *)(uintptr_t)doc},
      {make ? Py_tp_new : 0, (void *)make},
      {0, NULL},
  };
  unsigned flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | (make ? 0 : Py_TPFLAGS_DISALLOW_INSTANTIATION);
  PyType_Spec spec = {name, sizeof(pyad_fn), 0, flags, slots};
  return (PyTypeObject *)(void *)PyType_FromSpec(&spec);
}

static bool add_functions(PyObject *names, PyMethodDef *functions) {
  PyObject *module = PyUnicode_FromString("adamant");
  bool ok = module != NULL;
  for (PyMethodDef *d = functions; ok && d->ml_name; d++) {
    PyObject *f = PyCFunction_NewEx(d, NULL, module);
    ok = f && !PyDict_SetItemString(names, d->ml_name, f);
    Py_XDECREF(f);
  }
  Py_XDECREF(module);
  return ok;
}

bool pyad_transforms_init(PyObject *names) {
  pyad.fn_type =
      pyad_fn_type_new("adamant.Transformed", "A transformed function: called like the one it is made of.", methods, NULL);
  return pyad.fn_type && pyad_trees_init() && add_functions(names, pyad_derivative_functions) &&
         add_functions(names, pyad_batch_functions) && add_functions(names, pyad_loop_functions) &&
         add_functions(names, pyad_evaluate_functions) && add_functions(names, pyad_compile_functions) &&
         pyad_custom_init(names) && pyad_compiled_init(names);
}
