/* vmap of Python functions, and checkpoint, which needs nothing but the function.
 *
 * Axes are given as trees that may stop early: an axis, or None, stands for everything below it. They are spread over the leaves of the
 * arguments before the call and over those of the result when the function has returned. */
#include "transforms.h"

#include <stdlib.h>

/* ---- Axes ---- */

typedef struct axes {
  const pyad_site *site;
  const char *word; /* "in_axes" */
  pyad_leaves *leaves;
  int64_t *at; /* one per leaf */
  int room;
} axes;

static bool fill(axes *a, int first, int64_t axis) {
  if (a->leaves->count > a->room) {
    int room = 2 * a->leaves->count;
    int64_t *more = realloc(a->at, (size_t)room * sizeof *more);
    if (!more) return PyErr_NoMemory() != NULL;
    a->at = more;
    a->room = room;
  }
  for (int i = first; i < a->leaves->count; i++) a->at[i] = axis;
  return true;
}

static bool wrong_form(const axes *a, PyObject *axis, PyObject *tree) {
  PyObject *name = pyad_type_name(tree);
  if (name)
    pyad_fail(a->site, PyExc_ValueError, "%s has %R for a %U; an integer, None, or a tree of them of its form is right", a->word,
              axis, name);
  Py_XDECREF(name);
  return false;
}

/* The axis of a node that is an integer or None; false without an exception when it is neither. */
static bool axis_of(const axes *a, PyObject *axis, int64_t *out) {
  *out = AD_NO_AXIS;
  if (axis == Py_None) return true;
  if (!PyLong_Check(axis) || PyBool_Check(axis)) return false;
  *out = PyLong_AsLongLong(axis);
  if (*out == -1 && PyErr_Occurred())
    PyErr_Clear(), pyad_fail(a->site, PyExc_IndexError, "%s has %R; an axis of the array is right", a->word, axis);
  return !PyErr_Occurred();
}

/* Everything below has one axis; where it is None, what is no array is a constant. */
static bool spread_one(axes *a, const char *what, PyObject *tree, int64_t axis) {
  int first = a->leaves->count;
  return pyad_tree_leaves(a->site, what, tree, axis == AD_NO_AXIS ? PYAD_IGNORED : PYAD_REFUSED, a->leaves) &&
         fill(a, first, axis);
}

static bool spread(axes *a, const char *what, PyObject *axis, PyObject *tree) {
  int64_t one;
  if (axis_of(a, axis, &one)) return spread_one(a, what, tree, one);
  if (PyErr_Occurred()) return false;
  pyad_node node = pyad_node_of(tree);
  if ((node != PYAD_LIST && node != PYAD_DICT) || pyad_node_of(axis) != node) return wrong_form(a, axis, tree);
  if (PyObject_Size(axis) != PyObject_Size(tree)) return wrong_form(a, axis, tree);
  if (Py_EnterRecursiveCall(" in a tree of axes")) return false;
  PyObject *keys = node == PYAD_DICT ? PyDict_Keys(tree) : NULL,
           *members = node == PYAD_DICT ? PyDict_Values(tree) : PySequence_List(tree);
  bool ok = members && (keys || node != PYAD_DICT);
  for (Py_ssize_t i = 0; ok && i < PyList_Size(members); i++) {
    PyObject *below = keys ? Py_XNewRef(PyDict_GetItemWithError(axis, PyList_GetItem(keys, i))) : PySequence_GetItem(axis, i);
    if (!below && !PyErr_Occurred()) wrong_form(a, axis, tree);
    ok = below && spread(a, what, below, PyList_GetItem(members, i));
    Py_XDECREF(below);
  }
  Py_XDECREF(members);
  Py_XDECREF(keys);
  Py_LeaveRecursiveCall();
  return ok;
}

/* ---- vmap ---- */

typedef struct vmapping {
  PyObject *out_axes;
  axes out;
} vmapping;

static ad_array *vmap_result(pyad_traced *t, PyObject *out) {
  vmapping *v = t->more;
  pyad_leaves l;
  pyad_leaves_init(&l);
  v->out.leaves = &l;
  bool ok = spread(&v->out, "what the function returned", v->out_axes, out);
  /* A result without an axis must be an array all the same. */
  int known = l.count;
  ok = ok && pyad_tree_leaves(&t->site, "what the function returned", out, PYAD_REFUSED, &l);
  l.count = known;
  ad_array *y = ok ? pyad_leaves_tuple(t, &l) : NULL;
  pyad_leaves_free(&l);
  return y;
}

static void out_axes_of(void *user, int n, int64_t *at) {
  const vmapping *v = user;
  for (int i = 0; i < n; i++) at[i] = v->out.at[i];
}

/* options: in_axes, out_axes. */
static PyObject *vmap_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  vmapping v = {f->options[1], {.word = "out_axes"}};
  pyad_traced t = {.fun = f->fun, .args = args, .result = vmap_result, .more = &v};
  axes in = {.site = &t.site, .word = "in_axes", .leaves = &t.leaves};
  if (!pyad_traced_begin(&t, "vmap")) return NULL;
  v.out.site = &t.site;
  PyObject *y = NULL;
  if (keywords) pyad_fail(&t.site, PyExc_TypeError, "keywords, which in_axes says nothing of; arguments by position are right");
  else if (spread(&in, "args", f->options[0], args)) {
    ad_vmap_opts opts = {.in_axes = {true, t.leaves.count, in.at}, .out_axes_of = out_axes_of, .user = &v};
    ad_array *all = !t.leaves.count ? pyad_traced_input(&t, PYAD_IGNORED, true) : pyad_leaves_tuple(&t, &t.leaves);
    ad_array *r =
        all ? pyad_checked(ad_call_at(t.site.where, ad_vmap_at(t.site.where, pyad_traced_fn(&t), &opts), &all, 1)) : NULL;
    y = r ? pyad_tree_of_items(t.out, r) : NULL;
  }
  free(in.at);
  free(v.out.at);
  return pyad_traced_end(&t, y);
}

static const pyad_fn_kind vmap_kind = {"vmap", vmap_call};

static bool has_axis(PyObject *tree) {
  if (tree == Py_None) return false;
  if (pyad_node_of(tree) != PYAD_LIST && pyad_node_of(tree) != PYAD_DICT) return true;
  if (Py_EnterRecursiveCall(" in a tree of axes")) return false;
  PyObject *members = PyDict_Check(tree) ? PyDict_Values(tree) : PySequence_List(tree);
  bool has = false;
  for (Py_ssize_t i = 0; members && !has && i < PyList_Size(members); i++) has = has_axis(PyList_GetItem(members, i));
  Py_XDECREF(members);
  Py_LeaveRecursiveCall();
  return has;
}

static PyObject *vmap(PyObject *module, PyObject *args, PyObject *keywords) {
  static char *words[] = {"fun", "in_axes", "out_axes", NULL};
  PyObject *fun, *options[] = {NULL, NULL};
  (void)module;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|OO:vmap", words, &fun, &options[0], &options[1])) return NULL;
  if (options[0] && !has_axis(options[0]))
    return pyad_fail(&(pyad_site){pyad_place(), "vmap"}, PyExc_ValueError,
                     "in_axes is %R, without an axis; at least one is right", options[0]);
  for (int i = 0; i < 2; i++) options[i] = options[i] ? Py_NewRef(options[i]) : PyLong_FromLong(0);
  return pyad_compiled_as(fun, pyad_fn_new(&vmap_kind, fun, options, 2));
}

/* ---- checkpoint ---- */

static PyObject *checkpoint_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  pyad_traced t = {.fun = f->fun, .args = args, .keywords = keywords, .result = pyad_result_some};
  if (!pyad_traced_begin(&t, "checkpoint")) return NULL;
  ad_array *in = pyad_traced_input(&t, PYAD_IGNORED, false);
  ad_array *y = in ? pyad_checked(ad_call_at(t.site.where, ad_checkpoint_at(t.site.where, pyad_traced_fn(&t)), &in, 1)) : NULL;
  return pyad_traced_end(&t, y ? pyad_tree_of_items(t.out, y) : NULL);
}

static const pyad_fn_kind checkpoint_kind = {"checkpoint", checkpoint_call};

static PyObject *checkpoint(PyObject *module, PyObject *args, PyObject *keywords) {
  static char *words[] = {"fun", NULL};
  PyObject *fun;
  (void)module;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O:checkpoint", words, &fun)) return NULL;
  return pyad_compiled_as(fun, pyad_fn_new(&checkpoint_kind, fun, NULL, 0));
}

/* ---- The table ---- */

#define CALL(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
PyMethodDef pyad_batch_functions[] = {
    {"vmap", CALL(vmap),
     "vmap(fun, in_axes=0, out_axes=0)\n--\n\nA function that applies fun to every slice of its arguments along an axis, all at\n"
     "once, and stacks the results.\n\n"
     "in_axes: the axis of all arguments, or a tuple with one for each; out_axes: where the batch goes in results. Either may\n"
     "be a tree, and None says that something is the same for the whole batch. Reading a value inside fun is a ValueError,\n"
     "since there is not one."},
    {"checkpoint", CALL(checkpoint),
     "checkpoint(fun)\n--\n\nThe same function, whose backward pass computes fun's intermediates again instead of keeping them."},
    {0},
};
