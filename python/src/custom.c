/* custom_function: a Python function with rules of its own for derivatives and batching.
 *
 * The library calls rules long after the call of the function: for as long as its result is part of an expression. So one block per
 * call holds the functions and the forms of arguments and results, with constants but without arrays, and is shared by the
 * library's functions made of it, the last of which may end in any thread (pyad_release).
 *
 * Rules get primals as the function gets arguments: one argument's alone, a tuple of several's. */
#include "transforms.h"

#include <stdatomic.h>
#include <string.h>

enum { VJP, JVP, VMAP, RULES };
static const char *const rule_names[] = {"vjp", "jvp", "vmap"};

typedef struct custom_call {
  pyad_site site;
  PyObject *fun, *args, *keywords, *out, *rules[RULES]; /* forms: args, keywords (or NULL), out */
  void *held;                                           /* of pyad_hold: the capsule that owns this block */
  atomic_int users;
} custom_call;

/* ---- The life of a call's block ---- */

static void free_call(PyObject *capsule) {
  custom_call *k = PyCapsule_GetPointer(capsule, NULL);
  PyObject *held[] = {k->fun, k->args, k->keywords, k->out, k->rules[VJP], k->rules[JVP], k->rules[VMAP]};
  for (size_t i = 0; i < sizeof held / sizeof *held; i++) Py_XDECREF(held[i]);
  PyMem_Free(k);
}

static custom_call *call_new(const pyad_traced *t, PyObject *const *rules) {
  custom_call *k = PyMem_Calloc(1, sizeof *k);
  PyObject *capsule = k ? PyCapsule_New(k, NULL, free_call) : PyErr_NoMemory();
  if (!capsule) return PyMem_Free(k), NULL;
  k->site = t->site;
  k->fun = Py_NewRef(t->fun);
  k->args = pyad_tree_form(t->args, false);
  k->keywords = k->args && t->keywords ? pyad_tree_form(t->keywords, false) : NULL;
  for (int i = 0; i < RULES; i++) k->rules[i] = Py_XNewRef(rules[i]);
  k->users = 1;
  k->held = PyErr_Occurred() ? NULL : pyad_hold(capsule);
  Py_DECREF(capsule);
  return PyErr_Occurred() ? NULL : k;
}

static void let_go(void *user) {
  custom_call *k = user;
  if (atomic_fetch_sub(&k->users, 1) == 1) pyad_release(k->held, NULL);
}

static ad_fn *function_of(custom_call *k, ad_function f, int inputs) {
  atomic_fetch_add(&k->users, 1);
  return ad_fn_new_owned_at(k->site.where, pyad.ctx, f, inputs, k, let_go);
}

/* ---- Trees of a rule ---- */

/* The arguments with these leaves: new. */
static PyObject *args_with(const custom_call *k, ad_array *leaves, PyObject **keywords) {
  pyad_items s = {.trees = &leaves, .count = 1};
  PyObject *args = pyad_tree_build(k->args, pyad_next_item, &s, true);
  *keywords = NULL;
  if (args && k->keywords && !(*keywords = pyad_tree_build(k->keywords, pyad_next_item, &s, true))) Py_CLEAR(args);
  return args;
}

/* As rules get them. */
static PyObject *primals_of(PyObject *args) {
  if (args && PyTuple_Size(args) == 1) {
    PyObject *only = Py_NewRef(PyTuple_GetItem(args, 0));
    Py_DECREF(args);
    return only;
  }
  return args;
}

/* The forms of the arguments that rules speak of, in the same way. */
static PyObject *primals_form(const custom_call *k) { return primals_of(Py_NewRef(k->args)); }

static bool no_keywords(const custom_call *k, const char *rule) {
  if (!k->keywords) return true;
  return pyad_fail(&k->site, PyExc_ValueError,
                   "a call with keywords, which its %s does not take; arguments by position, or a vjp alone, are right",
                   rule) != NULL;
}

/* The leaves of what a rule gave in the form that was asked for, as a flat tuple; NULL and an exception otherwise. */
static ad_array *rule_leaves(const custom_call *k, const char *what, PyObject *form, PyObject *given, ad_array *models,
                             ad_array *rest) {
  pyad_leaves l, m;
  ad_array *y = NULL;
  pyad_leaves_init(&l);
  pyad_leaves_init(&m);
  bool ok = true;
  for (int i = 0; ok && i < ad_item_count(models); i++) ok = pyad_leaves_add(&m, ad_item_at(k->site.where, models, i));
  ok = ok && pyad_tree_leaves_like(&k->site, what, form, given, &m, true, &l);
  /* Arguments by keyword have no cotangent in what the rule gives: zeros. */
  for (int i = l.count; ok && rest && i < ad_item_count(rest); i++)
    ok = pyad_leaves_add(&l, ad_zeros_like_at(k->site.where, ad_item_at(k->site.where, rest, i), NULL));
  if (ok) y = pyad_checked(ad_tuple_at(k->site.where, pyad.ctx, l.at, l.count));
  pyad_leaves_free(&m);
  pyad_leaves_free(&l);
  return y;
}

static ad_array *tuple_of_one(const custom_call *k, ad_array *a) {
  return a ? ad_tuple_at(k->site.where, pyad.ctx, &a, 1) : NULL;
}

/* A single argument's cotangent may come as a tuple of one. */
static PyObject *unwrapped(PyObject *form, PyObject *given) {
  if (given && pyad_node_of(form) == PYAD_ARRAY && pyad_node_of(given) == PYAD_LIST && PyObject_Size(given) == 1) {
    PyObject *only = PySequence_GetItem(given, 0);
    Py_DECREF(given);
    return only;
  }
  return given;
}

/* ---- Rules as functions of the library: see ad_custom_opts ---- */

static ad_array *call_vjp(ad_ctx *c, ad_array *const *in, void *user) {
  const custom_call *k = user;
  PyObject *keywords;
  (void)c;
  if (PyErr_Occurred()) return NULL;
  ad_array *leaves = ad_item_at(k->site.where, in[0], 0), *y = NULL;
  PyObject *primals = primals_of(args_with(k, leaves, &keywords)), *form = primals_form(k);
  PyObject *cotangents = primals ? pyad_tree_of_items(k->out, in[1]) : NULL,
           *outputs = cotangents ? pyad_tree_of_items(k->out, in[2]) : NULL;
  PyObject *args = outputs ? PyTuple_Pack(3, primals, cotangents, outputs) : NULL;
  PyObject *given = args && form ? unwrapped(form, PyObject_Call(k->rules[VJP], args, keywords)) : NULL;
  if (given) y = tuple_of_one(k, rule_leaves(k, "what its vjp gave", form, given, leaves, leaves));
  PyObject *held[] = {primals, form, cotangents, outputs, args, keywords, given};
  for (size_t i = 0; i < sizeof held / sizeof *held; i++) Py_XDECREF(held[i]);
  return y;
}

static ad_array *call_jvp(ad_ctx *c, ad_array *const *in, void *user) {
  const custom_call *k = user;
  PyObject *keywords;
  (void)c;
  if (PyErr_Occurred() || !no_keywords(k, "jvp")) return NULL;
  PyObject *primals = primals_of(args_with(k, ad_item_at(k->site.where, in[0], 0), &keywords));
  PyObject *tangents = primals ? primals_of(args_with(k, ad_item_at(k->site.where, in[1], 0), &keywords)) : NULL;
  PyObject *given = tangents ? PyObject_CallFunctionObjArgs(k->rules[JVP], primals, tangents, NULL) : NULL;
  pyad_leaves l;
  pyad_leaves_init(&l);
  bool ok = given && pyad_tree_leaves_like(&k->site, "what its jvp gave", k->out, given, NULL, false, &l);
  ad_array *y = ok ? pyad_checked(ad_tuple_at(k->site.where, pyad.ctx, l.at, l.count)) : NULL;
  pyad_leaves_free(&l);
  Py_XDECREF(given);
  Py_XDECREF(tangents);
  Py_XDECREF(primals);
  return y;
}

/* ---- vmap ---- */

static PyObject *zero_axis(void *unused) {
  (void)unused;
  return PyLong_FromLong(0);
}

/* Leaf by leaf, the batch axis in front. */
typedef struct axis_walk {
  const custom_call *k;
  pyad_leaves *leaves;
  int next;
  int64_t size; /* of the batch */
} axis_walk;

static bool to_front(axis_walk *w, PyObject *axis) {
  ad_array **a = &w->leaves->at[w->next++];
  ad_place where = w->k->site.where;
  ad_shape shape = ad_array_shape(*a);
  int64_t dims[AD_MAX_RANK + 1] = {w->size};
  if (axis == Py_None) {
    for (int i = 0; i < shape.rank; i++) dims[i + 1] = shape.dims[i];
    return pyad_checked(*a = ad_broadcast_to_at(where, *a, (ad_shape){shape.rank + 1, dims})) != NULL;
  }
  long long from = PyLong_AsLongLong(axis);
  if (from == -1 && PyErr_Occurred()) return false;
  return !from || pyad_checked(*a = ad_moveaxis_at(where, *a, from, 0)) != NULL;
}

/* form: that of the result; axes: a tree of axes that may stop early. */
static bool all_to_front(axis_walk *w, PyObject *form, PyObject *axes) {
  pyad_node node = pyad_node_of(form);
  bool one = axes == Py_None || PyLong_Check(axes), ok = true;
  if (node == PYAD_ARRAY && one) return to_front(w, axes);
  if (node == PYAD_NONE || node == PYAD_OTHER) return true;
  if (!one && (pyad_node_of(axes) != node || PyObject_Size(axes) != PyObject_Size(form)))
    return pyad_fail(&w->k->site, PyExc_ValueError,
                     "its vmap gave the axes %R; an axis, None, or a tree of them of the result's form is right", axes) != NULL;
  if (Py_EnterRecursiveCall(" in a tree of axes")) return false;
  PyObject *members = node == PYAD_DICT ? PyDict_Keys(form) : PySequence_List(form);
  for (Py_ssize_t i = 0; members && ok && i < PyList_Size(members); i++) {
    PyObject *member = PyList_GetItem(members, i), *below = node == PYAD_DICT ? PyDict_GetItemWithError(form, member) : member;
    PyObject *axis = one ? Py_NewRef(axes) : node == PYAD_DICT ? PyObject_GetItem(axes, member) : PySequence_GetItem(axes, i);
    ok = below && axis && all_to_front(w, below, axis);
    Py_XDECREF(axis);
  }
  Py_XDECREF(members);
  Py_LeaveRecursiveCall();
  return members && ok;
}

static ad_array *batched_result(const custom_call *k, PyObject *given, int64_t size) {
  PyObject *outputs, *axes;
  if (!pyad_pair(given, &outputs, &axes))
    return pyad_fail(&k->site, PyExc_ValueError, "its vmap gave %R; a pair of the result and its axes is right", given), NULL;
  pyad_leaves l;
  pyad_leaves_init(&l);
  bool ok = pyad_tree_leaves_like(&k->site, "what its vmap gave", k->out, outputs, NULL, false, &l) &&
            all_to_front(&(axis_walk){k, &l, 0, size}, k->out, axes);
  ad_array *y = ok ? pyad_checked(ad_tuple_at(k->site.where, pyad.ctx, l.at, l.count)) : NULL;
  pyad_leaves_free(&l);
  Py_DECREF(outputs);
  Py_DECREF(axes);
  return y;
}

static ad_array *call_vmap(ad_ctx *c, ad_array *const *in, void *user) {
  const custom_call *k = user;
  PyObject *keywords;
  (void)c;
  if (PyErr_Occurred() || !no_keywords(k, "vmap")) return NULL;
  ad_array *leaves = ad_item_at(k->site.where, in[0], 0), *y = NULL;
  int64_t size = ad_array_dim(ad_item_at(k->site.where, leaves, 0), 0);
  PyObject *inputs = primals_of(args_with(k, leaves, &keywords)), *form = primals_form(k);
  PyObject *axes = form ? pyad_tree_build(form, zero_axis, NULL, false) : NULL;
  PyObject *given = inputs && axes ? PyObject_CallFunctionObjArgs(k->rules[VMAP], inputs, axes, NULL) : NULL;
  if (given) y = batched_result(k, given, size);
  Py_XDECREF(given);
  Py_XDECREF(axes);
  Py_XDECREF(form);
  Py_XDECREF(inputs);
  return y;
}

/* ---- The call ---- */

/* The function itself, which the library runs once, before the call returns. */
static ad_array *call_function(ad_ctx *c, ad_array *const *in, void *user) {
  custom_call *k = user;
  PyObject *keywords;
  (void)c;
  if (PyErr_Occurred()) return NULL;
  PyObject *args = args_with(k, in[0], &keywords), *out = args ? PyObject_Call(k->fun, args, keywords) : NULL;
  Py_XDECREF(args);
  Py_XDECREF(keywords);
  if (!out) return NULL;
  pyad_leaves l;
  pyad_leaves_init(&l);
  ad_array *y = NULL;
  pyad_replace(&k->out, pyad_tree_form(out, false));
  if (k->out && pyad_tree_leaves(&k->site, "what the function returned", out, PYAD_IGNORED, &l))
    y = pyad_checked(ad_tuple_at(k->site.where, pyad.ctx, l.at, l.count));
  pyad_leaves_free(&l);
  Py_DECREF(out);
  return y;
}

/* options: the rules. */
static PyObject *custom_function_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  pyad_traced t = {.fun = f->fun, .args = args, .keywords = keywords};
  if (!f->options[VJP] && !f->options[JVP] && !f->options[VMAP]) return PyObject_Call(f->fun, args, keywords);
  if (!pyad_traced_begin(&t, "custom_function")) return NULL;
  ad_array *in = pyad_traced_input(&t, PYAD_IGNORED, false), *r = NULL;
  custom_call *k = in ? call_new(&t, f->options) : NULL;
  if (k) {
    const ad_function calls[] = {call_vjp, call_jvp, call_vmap};
    const int inputs[] = {3, 2, 1};
    ad_fn *rules[RULES] = {NULL};
    for (int i = 0; i < RULES; i++)
      if (k->rules[i]) rules[i] = function_of(k, calls[i], inputs[i]);
    ad_custom_opts opts = {rules[VJP], rules[JVP], rules[VMAP]};
    r = pyad_checked(
        ad_call_at(t.site.where, ad_custom_function_at(t.site.where, function_of(k, call_function, 1), &opts), &in, 1));
  }
  PyObject *y = r ? pyad_tree_of_items(k->out, r) : NULL;
  if (k) let_go(k);
  return pyad_traced_end(&t, y);
}

/* ---- The type ---- */

static const pyad_fn_kind custom_kind = {"custom_function", custom_function_call};

static PyObject *custom_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  static char *words[] = {"f", NULL};
  PyObject *fun;
  return PyArg_ParseTupleAndKeywords(args, keywords, "O:custom_function", words, &fun)
             ? pyad_fn_new_of(type, &custom_kind, fun, NULL, 0)
             : NULL;
}

static PyObject *set_rule(PyObject *self, PyObject *rule, int which) {
  if (!pyad_callable(&(pyad_site){pyad_place(), "custom_function"}, rule_names[which], rule)) return NULL;
  pyad_replace(&((pyad_fn *)(void *)self)->options[which], Py_NewRef(rule));
  return Py_NewRef(self);
}
static PyObject *set_vjp(PyObject *self, PyObject *rule) { return set_rule(self, rule, VJP); }
static PyObject *set_jvp(PyObject *self, PyObject *rule) { return set_rule(self, rule, JVP); }
static PyObject *set_vmap(PyObject *self, PyObject *rule) { return set_rule(self, rule, VMAP); }

static PyMethodDef custom_methods[] = {
    {"vjp", set_vjp, METH_O,
     "vjp($self, rule)\n--\n\nSets rule(primals, cotangents, outputs, **keywords), which returns a cotangent for each argument\n"
     "(None: zero). A decorator; returns the function."},
    {"jvp", set_jvp, METH_O,
     "jvp($self, rule)\n--\n\nSets rule(primals, tangents), which returns the tangent of the result. A decorator; returns the\n"
     "function."},
    {"vmap", set_vmap, METH_O,
     "vmap($self, rule)\n--\n\nSets rule(inputs, axes), which returns the batched result and its axes. A decorator; returns the\n"
     "function."},
    {"__reduce__", pyad_fn_reduce, METH_NOARGS, PYAD_FN_REDUCE_DOC},
    {0},
};
static const char custom_doc[] =
    "custom_function(f)\n--\n\nThe same function, with derivatives and batching of its own: decorate rules with its vjp, jvp and vmap.\n\n"
    "A rule gets the arguments as f does: one alone, several as a tuple. Rules that are missing are derived: vjp and jvp from\n"
    "each other, everything else from f. Arguments by keyword go with a vjp only.";

bool pyad_custom_init(PyObject *names) {
  PyTypeObject *type = pyad_fn_type_new("adamant.custom_function", custom_doc, custom_methods, custom_new);
  bool ok = type && !PyDict_SetItemString(names, "custom_function", (PyObject *)type);
  Py_XDECREF((PyObject *)type);
  return ok;
}
