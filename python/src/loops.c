/* Control flow as ops: cond, while_loop, fori_loop, scan, map over Python functions.
 *
 * Bodies are traced once, on states without values. A state is a tree; Python's numbers in it are arrays of their default dtypes from
 * the first step on, and what a body returns must have the form of the state, where numbers take the state's dtypes. */
#include "transforms.h"

/* A body: traced, and the state its result must be like, if any. */
typedef struct loop_body {
  pyad_traced t;
  PyObject *args;            /* the form of its arguments, a tuple: new */
  const char *what;          /* its result, in messages */
  PyObject *form;            /* of the state: new */
  const pyad_leaves *models; /* the state's leaves */
} loop_body;

/* A call of one of these, which has up to two bodies. */
typedef struct loop {
  pyad_traced t; /* site and scope; its leaves are the state's */
  loop_body bodies[2];
} loop;

/* ---- Begin and end ---- */

static bool loop_begin(loop *l, const char *name) {
  *l = (loop){.bodies[0].what = "what the body returned", .bodies[1].what = "what the body returned"};
  return pyad_traced_begin(&l->t, name);
}

static PyObject *loop_end(loop *l, PyObject *y) {
  for (int i = 0; i < 2; i++) {
    loop_body *b = &l->bodies[i];
    Py_XDECREF(b->args);
    Py_XDECREF(b->form);
    Py_XDECREF(b->t.out);
  }
  return pyad_traced_end(&l->t, y);
}

/* The state as a flat tuple, its numbers made arrays; *form: its form, new. */
static ad_array *state_of(loop *l, const char *what, PyObject *state, pyad_others others, PyObject **form) {
  pyad_leaves here;
  pyad_leaves_init(&here);
  bool ok =
      pyad_tree_leaves(&l->t.site, what, state, others, &here) && (*form = pyad_tree_form(state, others == PYAD_NUMBERS)) != NULL;
  ad_array *y = ok ? pyad_leaves_tuple(&l->t, &here) : NULL;
  for (int i = 0; y && i < here.count && others == PYAD_NUMBERS; i++)
    if (!pyad_leaves_add(&l->t.leaves, here.at[i])) y = NULL;
  pyad_leaves_free(&here);
  return y;
}

/* A result like the state. */
static ad_array *like_state(pyad_traced *t, PyObject *out) {
  const loop_body *b = t->more;
  pyad_leaves l;
  pyad_leaves_init(&l);
  return pyad_leaves_finish(t, &l, pyad_tree_leaves_like(&t->site, b->what, b->form, out, b->models, false, &l));
}

/* Any tree of arrays and numbers. */
static ad_array *any_tree(pyad_traced *t, PyObject *out) {
  const loop_body *b = t->more;
  pyad_leaves l;
  pyad_leaves_init(&l);
  return pyad_leaves_finish(t, &l, pyad_tree_leaves(&t->site, b->what, out, PYAD_NUMBERS, &l));
}

/* The function as one of the library's. args: the form of its arguments, taken; form: of the state, borrowed. */
static ad_fn *body_fn(loop *l, int which, PyObject *fun, PyObject *args, int inputs, PyObject *form,
                      ad_array *(*result)(pyad_traced *t, PyObject *out)) {
  loop_body *b = &l->bodies[which];
  b->args = args;
  b->form = Py_XNewRef(form);
  b->models = &l->t.leaves;
  b->t.site = l->t.site;
  b->t.fun = fun;
  b->t.args = args;
  b->t.inputs = inputs;
  b->t.result = result;
  b->t.more = b;
  return args ? pyad_traced_fn(&b->t) : NULL;
}

/* What an argument stands for; the scope holds it. */
static ad_array *operand(PyObject *o, const char *what) {
  ad_array *temporary = NULL, *a = pyad_operand(o, what, &temporary), *y = a ? ad_lend(a) : NULL;
  ad_drop(temporary);
  return y;
}

static bool callable(const char *name, const char *what, PyObject *fun) {
  return pyad_callable(&(pyad_site){pyad_place(), name}, what, fun);
}

/* ---- cond ---- */

/* The second branch's result is like the first's. */
static ad_array *like_first(pyad_traced *t, PyObject *out) {
  loop_body *b = t->more;
  const loop_body *first = b - 1;
  if (first->t.out && !b->form) b->form = pyad_tree_form(first->t.out, true);
  return b->form ? like_state(t, out) : NULL;
}

static PyObject *cond(PyObject *module, PyObject *args) {
  Py_ssize_t n = PyTuple_Size(args);
  loop l;
  (void)module;
  if (n < 3)
    return PyErr_Format(PyExc_TypeError, "cond: %zd arguments; cond(pred, true_fun, false_fun, *operands) is right", n), NULL;
  PyObject *then = PyTuple_GetItem(args, 1), *otherwise = PyTuple_GetItem(args, 2), *form = NULL, *y = NULL;
  if (!callable("cond", "true_fun", then) || !callable("cond", "false_fun", otherwise)) return NULL;
  PyObject *operands = PyTuple_GetSlice(args, 3, n);
  if (!operands) return NULL;
  if (loop_begin(&l, "cond")) {
    l.bodies[0].what = "what true_fun returned";
    l.bodies[1].what = "what false_fun returned";
    ad_array *p = operand(PyTuple_GetItem(args, 0), "cond: pred");
    ad_array *in = p ? state_of(&l, "operands", operands, PYAD_IGNORED, &form) : NULL;
    if (in) {
      ad_fn *f = body_fn(&l, 0, then, Py_NewRef(form), 1, NULL, any_tree),
            *g = body_fn(&l, 1, otherwise, Py_NewRef(form), 1, NULL, like_first);
      ad_array *r = pyad_checked(ad_cond_at(l.t.site.where, p, f, g, &in, 1));
      y = r && l.bodies[1].form ? pyad_tree_of_items(l.bodies[1].form, r) : NULL;
    }
    y = loop_end(&l, y);
  }
  Py_XDECREF(form);
  Py_DECREF(operands);
  return y;
}

/* ---- while_loop and fori_loop ---- */

static ad_array *truth_value(pyad_traced *t, PyObject *out) {
  if (pyad_is_array(out)) return ad_lend(pyad_handle(out));
  if (PyBool_Check(out)) return ad_number_bool_at(t->site.where, pyad.ctx, out == Py_True);
  PyObject *name = pyad_type_name(out);
  if (name) pyad_fail(&t->site, PyExc_TypeError, "the condition returned a %U; a boolean scalar is right", name);
  Py_XDECREF(name);
  return NULL;
}

static PyObject *while_loop(PyObject *module, PyObject *args, PyObject *keywords) {
  static char *words[] = {"cond_fun", "body_fun", "init_val", NULL};
  PyObject *test, *body, *init, *form = NULL, *y = NULL;
  loop l;
  (void)module;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOO:while_loop", words, &test, &body, &init)) return NULL;
  if (!callable("while_loop", "cond_fun", test) || !callable("while_loop", "body_fun", body) || !loop_begin(&l, "while_loop"))
    return NULL;
  ad_array *state = state_of(&l, "init_val", init, PYAD_NUMBERS, &form);
  if (state) {
    ad_fn *f = body_fn(&l, 0, test, PyTuple_Pack(1, form), 1, NULL, truth_value);
    ad_fn *g = body_fn(&l, 1, body, PyTuple_Pack(1, form), 1, form, like_state);
    ad_array *r = f && g ? pyad_checked(ad_while_loop_at(l.t.site.where, f, g, state)) : NULL;
    y = r ? pyad_tree_of_items(form, r) : NULL;
  }
  Py_XDECREF(form);
  return loop_end(&l, y);
}

static PyObject *fori_loop(PyObject *module, PyObject *args, PyObject *keywords) {
  static char *words[] = {"lower", "upper", "body_fun", "init_val", NULL};
  PyObject *from, *to, *body, *init, *form = NULL, *y = NULL;
  loop l;
  (void)module;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOOO:fori_loop", words, &from, &to, &body, &init)) return NULL;
  if (!callable("fori_loop", "body_fun", body) || !loop_begin(&l, "fori_loop")) return NULL;
  ad_array *lower = operand(from, "fori_loop: lower"), *upper = lower ? operand(to, "fori_loop: upper") : NULL;
  ad_array *state = upper ? state_of(&l, "init_val", init, PYAD_NUMBERS, &form) : NULL;
  if (state) {
    PyObject *mark = pyad_tree_mark();
    ad_fn *f = body_fn(&l, 0, body, PyTuple_Pack(2, mark, form), 2, form, like_state);
    Py_DECREF(mark);
    ad_array *r = f ? pyad_checked(ad_fori_loop_at(l.t.site.where, lower, upper, f, state)) : NULL;
    y = r ? pyad_tree_of_items(form, r) : NULL;
  }
  Py_XDECREF(form);
  return loop_end(&l, y);
}

/* ---- scan and map ---- */

/* A pair of the next carry and an output. */
static ad_array *carry_and_output(pyad_traced *t, PyObject *out) {
  loop_body *b = t->more;
  PyObject *carry, *output, *name;
  if (!pyad_pair(out, &carry, &output)) {
    if (!PyErr_Occurred() && (name = pyad_type_name(out))) {
      pyad_fail(&t->site, PyExc_ValueError, "the body returned a %U; a pair of the next carry and an output is right", name);
      Py_DECREF(name);
    }
    return NULL;
  }
  b->what = "the carry the body returned";
  ad_array *pair[2] = {like_state(t, carry), NULL};
  b->what = "the output the body returned";
  pair[1] = pair[0] ? any_tree(t, output) : NULL;
  Py_DECREF(carry);
  Py_DECREF(output);
  return pair[1] ? ad_tuple_at(t->site.where, pyad.ctx, pair, 2) : NULL;
}

/* The pair that scan returns, from the library's. */
static PyObject *scanned(const loop *l, ad_array *r) {
  const loop_body *b = &l->bodies[0];
  PyObject *carry = pyad_tree_of_items(b->form, ad_item_at(l->t.site.where, r, 0));
  PyObject *output = carry ? PySequence_GetItem(b->t.out, 1) : NULL, *form = output ? pyad_tree_form(output, true) : NULL;
  PyObject *outputs = form ? pyad_tree_of_items(form, ad_item_at(l->t.site.where, r, 1)) : NULL;
  PyObject *y = outputs ? PyTuple_Pack(2, carry, outputs) : NULL;
  Py_XDECREF(carry);
  Py_XDECREF(output);
  Py_XDECREF(form);
  Py_XDECREF(outputs);
  return y;
}

static PyObject *scan(PyObject *module, PyObject *args, PyObject *keywords) {
  static char *words[] = {"f", "init", "xs", "length", "reverse", NULL};
  PyObject *body, *init, *xs = Py_None, *length = Py_None, *carry_form = NULL, *xs_form = NULL, *y = NULL;
  int reverse = 0;
  loop l;
  (void)module;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|OOp:scan", words, &body, &init, &xs, &length, &reverse)) return NULL;
  ad_scan_opts opts = {.reverse = reverse};
  if (length != Py_None) opts.length = AD_INT(PyLong_AsLongLong(length));
  if (PyErr_Occurred() || !callable("scan", "f", body) || !loop_begin(&l, "scan")) return NULL;
  if (opts.length.given && opts.length.value < 0)
    pyad_fail(&l.t.site, PyExc_ValueError, "length is %lld; 0 or more is right", (long long)opts.length.value);
  ad_array *carry = PyErr_Occurred() ? NULL : state_of(&l, "init", init, PYAD_NUMBERS, &carry_form);
  ad_array *stacked = carry ? state_of(&l, "xs", xs, PYAD_REFUSED, &xs_form) : NULL;
  if (stacked) {
    ad_fn *f = body_fn(&l, 0, body, PyTuple_Pack(2, carry_form, xs_form), 2, carry_form, carry_and_output);
    ad_array *r = f ? pyad_checked(ad_scan_at(l.t.site.where, f, carry, stacked, &opts)) : NULL;
    y = r ? scanned(&l, r) : NULL;
  }
  Py_XDECREF(carry_form);
  Py_XDECREF(xs_form);
  return loop_end(&l, y);
}

static PyObject *map(PyObject *module, PyObject *args, PyObject *keywords) {
  static char *words[] = {"f", "xs", NULL};
  PyObject *f, *xs, *form = NULL, *out = NULL, *y = NULL;
  loop l;
  (void)module;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO:map", words, &f, &xs)) return NULL;
  if (!callable("map", "f", f) || !loop_begin(&l, "map")) return NULL;
  l.bodies[0].what = "what the function returned";
  ad_array *stacked = state_of(&l, "xs", xs, PYAD_REFUSED, &form);
  ad_fn *g = stacked ? body_fn(&l, 0, f, PyTuple_Pack(1, form), 1, NULL, any_tree) : NULL;
  ad_array *r = g ? pyad_checked(ad_map_at(l.t.site.where, g, stacked)) : NULL;
  if (r && (out = pyad_tree_form(l.bodies[0].t.out, true))) y = pyad_tree_of_items(out, r);
  Py_XDECREF(out);
  Py_XDECREF(form);
  return loop_end(&l, y);
}

/* ---- The table ---- */

#define CALL(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
PyMethodDef pyad_loop_functions[] = {
    {"cond", cond, METH_VARARGS,
     "cond(pred, true_fun, false_fun, /, *operands)\n--\n\ntrue_fun(*operands) where the scalar pred is true, else\n"
     "false_fun(*operands); only one runs.\n\nBoth are traced; their results have one form, shapes and dtypes."},
    {"while_loop", CALL(while_loop),
     "while_loop(cond_fun, body_fun, init_val)\n--\n\nstate = body_fun(state) as long as cond_fun(state) is true, from init_val on.\n\n"
     "The state is a tree of arrays that keeps its form, shapes and dtypes."},
    {"fori_loop", CALL(fori_loop),
     "fori_loop(lower, upper, body_fun, init_val)\n--\n\n"
     "state = body_fun(i, state) for i from lower to upper - 1, from init_val on."},
    {"scan", CALL(scan),
     "scan(f, init, xs=None, length=None, reverse=False)\n--\n\n"
     "carry, y = f(carry, x) for each slice x of the leaves of xs along their first axis.\n\n"
     "Returns the last carry and the outputs y, stacked. Without xs, x is None and length says how often."},
    {"map", CALL(map),
     "map(f, xs)\n--\n\nf(x) for each slice x of the leaves of xs along their first axis, one after the other, stacked."},
    {0},
};
