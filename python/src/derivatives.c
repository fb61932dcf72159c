/* Derivatives of Python functions: grad and its kin, vjp, jvp, hvp, linearize, and matrices of derivatives.
 *
 * The library differentiates a function of one flat tuple: the leaves of the arguments that were chosen. What the function uses
 * beside them (its other arguments, its closure) are constants to it, which the library finds by itself. Values are concrete while
 * the function runs, so what it returned is the value: only derivatives are put into form anew. */
#include "transforms.h"

/* ---- Choosing arguments ---- */

static bool add_number(const pyad_site *site, PyObject *set, PyObject *o) {
  PyObject *number = PyBool_Check(o) ? NULL : PyNumber_Index(o);
  if (!number && PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError)) return false;
  PyErr_Clear();
  Py_ssize_t i = number ? PyLong_AsSsize_t(number) : 0;
  int there = number && !PyErr_Occurred() ? PySequence_Contains(set, number) : 0;
  bool ok = false;
  if (!number) pyad_fail(site, PyExc_TypeError, "argnums is %R; an integer or a sequence of integers is right", o);
  else if (PyErr_Occurred()) ok = false;
  else if (i < 0) pyad_fail(site, PyExc_ValueError, "argnums names argument %zd; one that is not negative is right", i);
  else if (there) pyad_fail(site, PyExc_ValueError, "argnums names argument %zd twice; distinct ones are right", i);
  else ok = !PyList_Append(set, number);
  Py_XDECREF(number);
  return ok;
}

static bool add_name(const pyad_site *site, PyObject *set, PyObject *o) {
  if (!PyUnicode_Check(o)) return pyad_fail(site, PyExc_TypeError, "argnames has %R; strings are right", o) != NULL;
  int there = PySequence_Contains(set, o);
  if (there > 0) pyad_fail(site, PyExc_ValueError, "argnames names %R twice; distinct ones are right", o);
  return !there && !PyList_Append(set, o);
}

/* One or a sequence of them as a tuple; None is an empty one. */
static PyObject *chosen(const pyad_site *site, PyObject *given, bool one,
                        bool (*add)(const pyad_site *, PyObject *, PyObject *)) {
  PyObject *set = PyList_New(0);
  bool ok = set != NULL;
  if (ok && one) ok = add(site, set, given);
  else if (ok && given != Py_None) {
    PyObject *iterator = PyObject_GetIter(given), *item;
    ok = iterator || (PyErr_ExceptionMatches(PyExc_TypeError) && (PyErr_Clear(), add(site, set, given)));
    while (ok && iterator && (item = PyIter_Next(iterator))) {
      ok = add(site, set, item);
      Py_DECREF(item);
    }
    Py_XDECREF(iterator);
  }
  PyObject *tuple = ok && !PyErr_Occurred() ? PyList_AsTuple(set) : NULL;
  Py_XDECREF(set);
  return tuple;
}

/* options: the numbers, the names. */
static PyObject *new_by_arguments(const pyad_fn_kind *kind, PyObject *args, PyObject *keywords) {
  static char *words[] = {"fun", "argnums", "argnames", NULL};
  PyObject *fun, *numbers = Py_None, *names = Py_None;
  char format[64];
  PyOS_snprintf(format, sizeof format, "O|OO:%s", kind->name);
  if (!PyArg_ParseTupleAndKeywords(args, keywords, format, words, &fun, &numbers, &names)) return NULL;
  pyad_site site = {pyad_place(), kind->name};
  PyObject *options[2] = {NULL, chosen(&site, names, PyUnicode_Check(names), add_name)};
  if (!options[1]) return NULL;
  if (numbers == Py_None && !PyTuple_Size(options[1])) options[0] = Py_BuildValue("(i)", 0);
  else options[0] = chosen(&site, numbers, PyLong_Check(numbers), add_number);
  if (options[0] && !PyTuple_Size(options[0]) && !PyTuple_Size(options[1]))
    pyad_fail(&site, PyExc_ValueError, "argnums and argnames are empty; at least one argument is right");
  if (options[0] && !PyErr_Occurred()) return pyad_compiled_as(fun, pyad_fn_new(kind, fun, options, 2));
  Py_XDECREF(options[0]);
  Py_DECREF(options[1]);
  return NULL;
}

static bool begin_by_arguments(pyad_traced *t, pyad_fn *f, PyObject *args, PyObject *keywords) {
  t->fun = f->fun;
  t->args = args;
  t->keywords = keywords;
  t->numbers = f->options[0];
  t->names = f->options[1];
  return pyad_traced_begin(t, f->kind->name);
}

/* ---- grad and value_and_grad ---- */

static ad_array *no_loss(pyad_traced *t, PyObject *out, const char *right) {
  PyObject *name = pyad_type_name(out);
  if (name) pyad_fail(&t->site, PyExc_ValueError, "the function returned a %U; %s is right", name, right);
  Py_XDECREF(name);
  return NULL;
}

static ad_array *loss_alone(pyad_traced *t, PyObject *out) {
  if (!pyad_is_array(out)) return no_loss(t, out, "a scalar array");
  return ad_lend(pyad_handle(out));
}

/* The loss, alone or first of several; what is beside it belongs to the result too, so that the library lets go of its inputs. */
static ad_array *loss_first(pyad_traced *t, PyObject *out) {
  if (pyad_is_array(out)) return loss_alone(t, out);
  PyObject *first = PyTuple_Check(out) && PyTuple_Size(out) ? PyTuple_GetItem(out, 0)
                    : PyList_Check(out) && PyList_Size(out) ? PyList_GetItem(out, 0) : NULL;
  if (!first || !pyad_is_array(first)) return no_loss(t, out, "a scalar array, or a tuple whose first member is one");
  return pyad_result_some(t, out);
}

/* The gradient in form, from what the library's function at `made` gives; `pair`: the second member of that. */
static PyObject *gradient(pyad_traced *t, ad_fn *made, bool pair, ad_array *in) {
  ad_array *y = pyad_checked(ad_call_at(t->site.where, made, &in, 1));
  ad_array *g = y && pair ? ad_item_at(t->site.where, y, 1) : y;
  return g ? pyad_traced_form(t, pyad_next_item, &(pyad_items){.trees = &g, .count = 1}) : NULL;
}

static PyObject *grad_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  pyad_traced t = {.result = loss_alone};
  if (!begin_by_arguments(&t, f, args, keywords)) return NULL;
  ad_array *in = pyad_traced_input(&t, PYAD_REFUSED, true);
  PyObject *y = in ? gradient(&t, ad_grad_at(t.site.where, pyad_traced_fn(&t), NULL), false, in) : NULL;
  return pyad_traced_end(&t, y);
}

static PyObject *value_and_grad_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  pyad_traced t = {.result = loss_first};
  if (!begin_by_arguments(&t, f, args, keywords)) return NULL;
  ad_array *in = pyad_traced_input(&t, PYAD_REFUSED, true);
  PyObject *g = in ? gradient(&t, ad_value_and_grad_at(t.site.where, pyad_traced_fn(&t), NULL), true, in) : NULL;
  PyObject *y = g ? PyTuple_Pack(2, t.out, g) : NULL;
  Py_XDECREF(g);
  return pyad_traced_end(&t, y);
}

/* ---- Matrices of derivatives ---- */

/* Blocks of derivatives: the members of a tuple, one per leaf, each in the form of the arguments `depth` times over. */
typedef struct blocks {
  const pyad_traced *t;
  ad_array *tuple;
  int next, depth;
} blocks;

static PyObject *next_block(void *user) {
  blocks *b = user;
  ad_array *item = ad_item_at(b->t->site.where, b->tuple, b->next++);
  if (!b->depth) return pyad_wrap(item);
  return pyad_checked(item) ? pyad_traced_form(b->t, next_block, &(blocks){b->t, item, 0, b->depth - 1}) : NULL;
}

typedef ad_fn *(*jacobian_maker)(ad_place where, ad_fn *f, const ad_jacobian_opts *opts);

static PyObject *matrix(pyad_fn *f, PyObject *args, PyObject *keywords, jacobian_maker make, int depth) {
  pyad_traced t = {.result = pyad_result_arrays};
  if (!begin_by_arguments(&t, f, args, keywords)) return NULL;
  ad_array *in = pyad_traced_input(&t, PYAD_REFUSED, true);
  ad_array *y = in ? pyad_checked(ad_call_at(t.site.where, make(t.site.where, pyad_traced_fn(&t), NULL), &in, 1)) : NULL;
  return pyad_traced_end(&t, y ? pyad_tree_build(t.out, next_block, &(blocks){&t, y, 0, depth}, false) : NULL);
}

static PyObject *jacfwd_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  return matrix(f, args, keywords, ad_jacfwd_at, 1);
}
static PyObject *jacrev_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  return matrix(f, args, keywords, ad_jacrev_at, 1);
}
static PyObject *jacobian_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  return matrix(f, args, keywords, ad_jacobian_at, 1);
}
static PyObject *hessian_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  return matrix(f, args, keywords, ad_hessian_at, 2);
}

#define BY_ARGUMENTS(X) X(grad) X(value_and_grad) X(jacfwd) X(jacrev) X(jacobian) X(hessian)
#define MAKER(name)                                                             \
  static const pyad_fn_kind name##_kind = {#name, name##_call};                 \
  static PyObject *name(PyObject *module, PyObject *args, PyObject *keywords) { \
    (void)module;                                                               \
    return new_by_arguments(&name##_kind, args, keywords);                      \
  }
BY_ARGUMENTS(MAKER)

/* ---- At a point: vjp, jvp, hvp ---- */

static PyObject *as_tuple(const pyad_site *site, PyObject *o, const char *what) {
  if (PyTuple_Check(o)) return PyTuple_GetSlice(o, 0, PyTuple_Size(o));
  if (PyList_Check(o)) return PyList_AsTuple(o);
  PyObject *name = pyad_type_name(o);
  if (name) pyad_fail(site, PyExc_TypeError, "%s is of type %U; a list of arrays is right", what, name);
  Py_XDECREF(name);
  return NULL;
}

/* What a function returned, as the list of its results: new. */
static PyObject *results_of(PyObject *out) {
  if (PyList_Check(out) || PyTuple_Check(out)) return PySequence_List(out);
  PyObject *list = PyList_New(0);
  if (list && PyList_Append(list, out)) Py_CLEAR(list);
  return list;
}

/* One call of a transform that is given arguments and something like them or like the result. */
typedef struct at_point {
  pyad_traced t;
  const char *word;       /* what is given beside the arguments */
  PyObject *args, *given; /* tuples */
  ad_array *in[2];
} at_point;

static bool at_point_begin(at_point *p, const char *name, char *word, PyObject *args, PyObject *keywords) {
  char *words[] = {"fun", "primals", word, NULL}, format[32];
  PyObject *fun, *primals, *given;
  PyOS_snprintf(format, sizeof format, "OOO:%s", name);
  *p = (at_point){.word = word};
  if (!PyArg_ParseTupleAndKeywords(args, keywords, format, words, &fun, &primals, &given)) return false;
  pyad_site site = {pyad_place(), name};
  if (!pyad_callable(&site, "fun", fun) || !(p->args = as_tuple(&site, primals, "primals")) ||
      !(p->given = as_tuple(&site, given, word)) || !pyad_traced_begin(&p->t, name)) {
    Py_XDECREF(p->args);
    Py_XDECREF(p->given);
    return false;
  }
  p->t.fun = fun;
  p->t.args = p->args;
  p->t.more = p;
  p->in[0] = pyad_traced_input(&p->t, PYAD_REFUSED, true);
  return true;
}

static PyObject *at_point_end(at_point *p, PyObject *y) {
  Py_DECREF(p->args);
  Py_DECREF(p->given);
  return pyad_traced_end(&p->t, y);
}

/* Pair of the results and `second`, which is taken. */
static PyObject *results_and(at_point *p, PyObject *second) {
  PyObject *results = second ? results_of(p->t.out) : NULL, *pair = results ? PyTuple_Pack(2, results, second) : NULL;
  Py_XDECREF(results);
  Py_XDECREF(second);
  return pair;
}

/* A list like this tuple or list of trees, of the members of a flat tuple. */
static PyObject *list_of_items(PyObject *like, ad_array *flat) {
  PyObject *y = flat ? pyad_tree_of_items(like, flat) : NULL, *list = y ? PySequence_List(y) : NULL;
  Py_XDECREF(y);
  return list;
}

/* The results in the order of the cotangents, which were flattened before there was a result to compare them with. */
static ad_array *like_cotangents(pyad_traced *t, PyObject *out) {
  const at_point *p = t->more;
  pyad_leaves l;
  pyad_leaves_init(&l);
  PyObject *form = pyad_tree_form(p->given, true), *results = form ? results_of(out) : NULL;
  bool ok = results && pyad_tree_leaves(&t->site, "what the function returned", results, PYAD_REFUSED, &l) &&
            pyad_tree_leaves_like(&t->site, "cotangents", results, p->given, NULL, false, &l);
  l.count = 0;
  ok = ok && pyad_tree_leaves_like(&t->site, "what the function returned", form, results, NULL, false, &l);
  ad_array *y = pyad_leaves_finish(t, &l, ok);
  Py_XDECREF(results);
  Py_XDECREF(form);
  return y;
}

/* What the transform of the function gives for both inputs, where they are there. */
static ad_array *transformed(at_point *p, ad_fn *(*transform)(ad_place where, ad_fn *f)) {
  ad_place where = p->t.site.where;
  return p->in[0] && p->in[1] ? pyad_checked(ad_call_at(where, transform(where, pyad_traced_fn(&p->t)), p->in, 2)) : NULL;
}

static PyObject *vjp(PyObject *module, PyObject *args, PyObject *keywords) {
  at_point p;
  pyad_leaves l;
  (void)module;
  if (!at_point_begin(&p, "vjp", "cotangents", args, keywords)) return NULL;
  p.t.result = like_cotangents;
  pyad_leaves_init(&l);
  p.in[1] = pyad_leaves_finish(&p.t, &l, p.in[0] && pyad_tree_leaves(&p.t.site, "cotangents", p.given, PYAD_NUMBERS, &l));
  ad_array *y = transformed(&p, ad_vjp_at);
  ad_array *g = y ? ad_item_at(p.t.site.where, ad_item_at(p.t.site.where, y, 1), 0) : NULL;
  return at_point_end(&p, results_and(&p, list_of_items(p.args, g)));
}

/* What the transform gives for the given trees, which must be like the arguments. */
static ad_array *transformed_like_arguments(at_point *p, ad_fn *(*transform)(ad_place where, ad_fn *f)) {
  pyad_leaves l;
  pyad_leaves_init(&l);
  bool ok = p->in[0] && pyad_tree_leaves_like(&p->t.site, p->word, p->args, p->given, &p->t.leaves, false, &l);
  p->in[1] = pyad_leaves_finish(&p->t, &l, ok);
  return transformed(p, transform);
}

static PyObject *jvp(PyObject *module, PyObject *args, PyObject *keywords) {
  at_point p;
  (void)module;
  if (!at_point_begin(&p, "jvp", "tangents", args, keywords)) return NULL;
  p.t.result = pyad_result_arrays;
  ad_array *y = transformed_like_arguments(&p, ad_jvp_at);
  PyObject *results = y ? results_of(p.t.out) : NULL;
  PyObject *tangents = results ? list_of_items(results, ad_item_at(p.t.site.where, y, 1)) : NULL;
  Py_XDECREF(results);
  return at_point_end(&p, results_and(&p, tangents));
}

static PyObject *hvp(PyObject *module, PyObject *args, PyObject *keywords) {
  at_point p;
  (void)module;
  if (!at_point_begin(&p, "hvp", "vectors", args, keywords)) return NULL;
  p.t.result = loss_alone;
  ad_array *y = transformed_like_arguments(&p, ad_hvp_at);
  return at_point_end(&p, list_of_items(p.args, y ? ad_item_at(p.t.site.where, y, 0) : NULL));
}

/* ---- linearize ---- */

static void linear_end(PyObject *capsule) { ad_fn_drop(PyCapsule_GetPointer(capsule, NULL)); }

/* options: the library's function, the form of the arguments, that of the result. */
static PyObject *linear_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  pyad_traced t = {.fun = f->fun};
  ad_fn *linear = PyCapsule_GetPointer(f->options[0], NULL);
  if (!linear || !pyad_traced_begin(&t, "linearize")) return NULL;
  if (keywords) pyad_fail(&t.site, PyExc_TypeError, "keywords for a linear function; tangents by position are right");
  bool ok = !keywords && pyad_tree_leaves_like(&t.site, "tangents", f->options[1], args, NULL, false, &t.leaves);
  ad_array *in = ok ? pyad_leaves_tuple(&t, &t.leaves) : NULL;
  ad_array *y = in ? pyad_checked(ad_call_at(t.site.where, linear, &in, 1)) : NULL;
  return pyad_traced_end(&t, y ? pyad_tree_of_items(f->options[2], y) : NULL);
}

static const pyad_fn_kind linear_kind = {"linearize", linear_call};

static PyObject *linear_new(pyad_traced *t, ad_fn *linear) {
  PyObject *options[3] = {PyCapsule_New(ad_fn_own(linear), NULL, linear_end), NULL, NULL};
  if (!options[0]) ad_fn_drop(linear);
  if (options[0] && (options[1] = pyad_tree_form(t->args, false)) && (options[2] = pyad_tree_form(t->out, false)))
    return pyad_fn_new(&linear_kind, t->fun, options, 3);
  for (int i = 0; i < 3; i++) Py_XDECREF(options[i]);
  return NULL;
}

static PyObject *linearize(PyObject *module, PyObject *args) {
  Py_ssize_t n = PyTuple_Size(args);
  pyad_site site = {pyad_place(), "linearize"};
  (void)module;
  if (!n) return pyad_fail(&site, PyExc_TypeError, "no arguments; a function and the point are right");
  PyObject *fun = PyTuple_GetItem(args, 0), *primals = PyTuple_GetSlice(args, 1, n), *pair = NULL;
  pyad_traced t = {.fun = fun, .args = primals, .result = pyad_result_arrays};
  if (primals && pyad_callable(&site, "fun", fun) && pyad_traced_begin(&t, "linearize")) {
    ad_array *in = pyad_traced_input(&t, PYAD_REFUSED, true);
    ad_fn *linear = NULL;
    ad_array *y = in ? pyad_checked(ad_linearize_at(t.site.where, pyad_traced_fn(&t), &in, 1, &linear)) : NULL;
    if (y && ad_fn_is_error(linear)) pyad_raise(ad_fn_error_code(linear), ad_fn_error_text(linear));
    PyObject *made = y && !PyErr_Occurred() ? linear_new(&t, linear) : NULL;
    if (made) pair = PyTuple_Pack(2, t.out, made);
    Py_XDECREF(made);
    pair = pyad_traced_end(&t, pair);
  }
  Py_XDECREF(primals);
  return pair;
}

/* ---- The table ---- */

#define CALL(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
#define BY_ARGUMENTS_SIGNATURE "(fun, argnums=None, argnames=[])\n--\n\n"
PyMethodDef pyad_derivative_functions[] = {
    {"grad", CALL(grad),
     "grad" BY_ARGUMENTS_SIGNATURE "A function that returns the gradient of fun, whose result is a scalar.\n\n"
     "argnums: the position of the argument, or several; argnames: the names of arguments that are passed by keyword.\n"
     "Without either it is the first argument. Gradients have the form (dicts, lists, tuples) of their arguments. Several\n"
     "argnums give a tuple of gradients; with argnames the result is (gradients by position or None, {name: gradient}).\n"
     "ValueError: wrong argnums, a name that is not passed, leaves that are no arrays, a result that is no scalar."},
    {"value_and_grad", CALL(value_and_grad),
     "value_and_grad" BY_ARGUMENTS_SIGNATURE "A function that returns a pair: what fun returns, and its gradient as grad gives it.\n\n"
     "fun may return a tuple or list, whose first member is then the loss and whose others are handed on."},
    {"jacfwd", CALL(jacfwd),
     "jacfwd" BY_ARGUMENTS_SIGNATURE "A function that returns the derivatives of every element of fun's result by every element\n"
     "of its argument, a column at a time in one batch.\n\n"
     "They are arrays of the result's axes, then the argument's, in the form of the result and, in the place of its leaves,\n"
     "of the argument. argnums and argnames are those of grad."},
    {"jacrev", CALL(jacrev),
     "jacrev" BY_ARGUMENTS_SIGNATURE "The same as jacfwd, a row at a time: for functions of many arguments and few results."},
    {"jacobian", CALL(jacobian), "jacobian" BY_ARGUMENTS_SIGNATURE "The same as jacfwd and jacrev, by the shorter way of the two."},
    {"hessian", CALL(hessian),
     "hessian" BY_ARGUMENTS_SIGNATURE "A function that returns the second derivatives: jacfwd of jacrev."},
    {"vjp", CALL(vjp),
     "vjp(fun, primals, cotangents)\n--\n\nRuns fun on the list primals. Returns two lists: its results and, for each of primals,\n"
     "the product of the results' cotangents with the Jacobian."},
    {"jvp", CALL(jvp),
     "jvp(fun, primals, tangents)\n--\n\nRuns fun on the list primals. Returns two lists: its results and, for each of them, the\n"
     "product of the Jacobian with the tangents of primals."},
    {"hvp", CALL(hvp),
     "hvp(fun, primals, vectors)\n--\n\nThe product of the Hessian of fun, whose result is a scalar, with a vector for each of\n"
     "primals, without the matrix: a list."},
    {"linearize", (PyCFunction)linearize, METH_VARARGS,
     "linearize(fun, /, *primals)\n--\n\nRuns fun on primals. Returns its result and the linear function from tangents of primals\n"
     "to the tangent of the result, which does not run fun again."},
    {0},
};
