/* compile: Python functions that are traced once and run as plans of the library.
 *
 * A compiled function keeps a list of signatures. A signature is what must be the same for a trace to stand for a call: the form
 * of the arguments and of the captured state, classes and order of keys included, and every value in them that is no
 * array. It has one function of the library, of the leaves, which knows dtypes and shapes and says which trace it used; for each of
 * these there is the form of what the function returned and left in its captured outputs. The last signature used comes first, and
 * the oldest of too many is forgotten.
 *
 * All that holds Python objects is Python's own tuples and lists, so that the collector sees through cycles. A call that runs the
 * function itself (compiling switched off, or inside another transform) leaves captured state to the function. */
#include "transforms.h"

#include <stdlib.h>
#include <string.h>

/* Options of a compiled function. INPUTS and OUTPUTS may be NULL. */
enum { INPUTS, OUTPUTS, SHAPELESS, NATIVE /* an ad_native_mode */, SIGNATURES, OPTIONS };
/* Members of a signature. KEYWORDS and STATE may be None. */
enum { ARGS, KEYWORDS, STATE, FORMS, LIBRARY, NOTE, MEMBERS };
/* The library keeps 64 plans and 64 traces for all shapes of a function; KEPT_FORMS is more than their traces. */
enum { KEPT_SIGNATURES = 64, MOST_INPUTS = 64, KEPT_FORMS = 256 };

/* A signature's function of the library. More leaves than MOST_INPUTS are one tuple. */
typedef struct library_fn {
  ad_fn *fn;
  PyObject *forms;            /* the signature's: a dict from trace to (result, outputs), the last one used at the end */
  struct compiled_call *call; /* the one going on, innermost */
  uint64_t trace;             /* the last one used, whose forms are `last` */
  PyObject *last;             /* borrowed from forms */
  int leaves;
} library_fn;

typedef struct compiled_call {
  pyad_traced t;
  pyad_fn *f;
  PyObject *signature; /* held */
  library_fn *k;
} compiled_call;

static bool is_shapeless(const pyad_fn *f) { return f->options[SHAPELESS] == Py_True; }

/* ---- Does a signature fit? ---- */

typedef struct fitting {
  pyad_leaves *leaves;
  bool all;          /* values that are no constants must be the same too */
  const char *what;  /* with `why`: the name of the tree */
  PyObject **why;    /* NULL, or where the first difference is told, new */
} fitting;

static bool fits(fitting *m, const pyad_step *at, PyObject *form, PyObject *tree);

/* "argument 1 is X and was Y". Takes both. */
static bool tell(const fitting *m, const pyad_step *at, PyObject *is, PyObject *was) {
  PyObject *path = m->why && is && was ? pyad_path_of(m->what, at) : NULL;
  if (path) pyad_replace(m->why, PyUnicode_FromFormat("%U is %U and was %U", path, is, was));
  Py_XDECREF(path);
  Py_XDECREF(is);
  Py_XDECREF(was);
  return false;
}

static PyObject *short_repr(PyObject *o) {
  PyObject *text = PyObject_Repr(o);
  if (!text || PyUnicode_GetLength(text) <= 60) return text;
  PyObject *begin = PyUnicode_Substring(text, 0, 57), *cut = begin ? PyUnicode_FromFormat("%U...", begin) : NULL;
  Py_XDECREF(begin);
  Py_DECREF(text);
  return cut;
}

static PyObject *described(PyObject *o) {
  pyad_node node = pyad_node_of(o);
  if (node == PYAD_ARRAY) return PyUnicode_FromString("an array");
  if (node == PYAD_NONE || node == PYAD_OTHER) return short_repr(o);
  PyObject *name = pyad_type_name(o), *text = NULL;
  Py_ssize_t n = node == PYAD_DICT ? PyDict_Size(o) : pyad_list_size(o);
  if (name) text = PyUnicode_FromFormat("a %U of %zd", name, n);
  Py_XDECREF(name);
  return text;
}

static bool differ(const fitting *m, const pyad_step *at, PyObject *form, PyObject *tree) {
  return m->why ? tell(m, at, described(tree), described(form)) : false;
}

/* Equal values of the same class; floats by their bits, so that NaN is itself and -0 is not 0. */
static bool same_value(PyObject *a, PyObject *b) {
  if (a == b) return true;
  if (Py_TYPE(a) != Py_TYPE(b)) return false;
  if (PyFloat_Check(a)) {
    double x = PyFloat_AsDouble(a), y = PyFloat_AsDouble(b);
    return memcmp(&x, &y, sizeof x) == 0;
  }
  if (PyComplex_Check(a)) {
    double x[] = {PyComplex_RealAsDouble(a), PyComplex_ImagAsDouble(a)}, y[] = {PyComplex_RealAsDouble(b), PyComplex_ImagAsDouble(b)};
    return memcmp(x, y, sizeof x) == 0;
  }
  return (PyLong_Check(a) || PyUnicode_Check(a)) && PyObject_RichCompareBool(a, b, Py_EQ) == 1;
}

static bool fits_list(fitting *m, const pyad_step *at, PyObject *form, PyObject *tree) {
  Py_ssize_t n = pyad_list_size(form);
  if (n != pyad_list_size(tree)) return differ(m, at, form, tree);
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *was = Py_XNewRef(pyad_list_at(form, i)), *is = Py_XNewRef(pyad_list_at(tree, i));
    bool ok = was && is && fits(m, &(pyad_step){at, NULL, i}, was, is);
    Py_XDECREF(was);
    Py_XDECREF(is);
    if (!ok) return false;
  }
  return true;
}

static bool fits_dict(fitting *m, const pyad_step *at, PyObject *form, PyObject *tree) {
  PyObject *key, *value, *was_key, *was;
  Py_ssize_t i = 0, k = 0;
  if (PyDict_Size(form) != PyDict_Size(tree)) return differ(m, at, form, tree);
  while (PyDict_Next(tree, &i, &key, &value) && PyDict_Next(form, &k, &was_key, &was)) {
    Py_INCREF(key), Py_INCREF(value), Py_INCREF(was_key), Py_INCREF(was);
    bool ok = same_value(key, was_key);
    if (!ok && m->why) tell(m, at, PyUnicode_FromFormat("a dict with the key %R", key), PyUnicode_FromFormat("one with %R there", was_key));
    ok = ok && fits(m, &(pyad_step){at, key, 0}, was, value);
    Py_DECREF(key), Py_DECREF(value), Py_DECREF(was_key), Py_DECREF(was);
    if (!ok) return false;
  }
  return true;
}

static bool fits(fitting *m, const pyad_step *at, PyObject *form, PyObject *tree) {
  pyad_node node = pyad_node_of(form);
  if (node == PYAD_ARRAY) return pyad_is_array(tree) ? pyad_leaves_add(m->leaves, ad_lend(pyad_handle(tree))) : differ(m, at, form, tree);
  if (pyad_is_array(tree)) return differ(m, at, form, tree);
  if (node == PYAD_NONE || node == PYAD_OTHER) {
    bool same = same_value(form, tree) || (!m->all && !PyErr_Occurred() && pyad_node_of(tree) == PYAD_OTHER && !pyad_is_constant(tree));
    return same || differ(m, at, form, tree);
  }
  if (Py_TYPE(form) != Py_TYPE(tree)) return differ(m, at, form, tree);
  if (Py_EnterRecursiveCall(" in a tree of arrays")) return false;
  bool ok = node == PYAD_DICT ? fits_dict(m, at, form, tree) : fits_list(m, at, form, tree);
  Py_LeaveRecursiveCall();
  return ok;
}

/* The leaves of a call of this signature; false, perhaps with an exception, when it is none. */
static bool is_call_of(compiled_call *c, PyObject *signature, PyObject **why) {
  PyObject *keywords = PyTuple_GetItem(signature, KEYWORDS), *state = PyTuple_GetItem(signature, STATE);
  fitting m = {&c->t.leaves, true, "args", why}, s = {&c->t.leaves, false, "inputs", why};
  c->t.leaves.count = 0;
  if (!fits(&m, NULL, PyTuple_GetItem(signature, ARGS), c->t.args)) return false;
  m.what = "keywords";
  if (!c->t.keywords != (keywords == Py_None)) return differ(&m, NULL, keywords, c->t.keywords ? c->t.keywords : Py_None);
  if (c->t.keywords && !fits(&m, NULL, keywords, c->t.keywords)) return false;
  return state == Py_None || fits(&s, NULL, state, c->f->options[INPUTS]);
}

/* ---- The trace ---- */

/* Puts the pair at the end of the forms and makes it the last one used; it is taken. */
static bool use_forms(library_fn *k, uint64_t trace, PyObject *pair) {
  PyObject *number = PyLong_FromUnsignedLongLong(trace), *oldest;
  Py_ssize_t first = 0;
  bool ok = number && pair && (!PyDict_Contains(k->forms, number) || !PyDict_DelItem(k->forms, number)) &&
            !PyDict_SetItem(k->forms, number, pair);
  if (ok) k->trace = trace, k->last = pair;
  if (ok && PyDict_Size(k->forms) > KEPT_FORMS && PyDict_Next(k->forms, &first, &oldest, NULL)) ok = !PyDict_DelItem(k->forms, oldest);
  Py_XDECREF(number);
  Py_XDECREF(pair);
  return ok;
}

/* Those of a trace; NULL: an exception. */
static PyObject *forms_of(library_fn *k, uint64_t trace) {
  if (k->trace == trace) return k->last;
  PyObject *number = PyLong_FromUnsignedLongLong(trace);
  PyObject *pair = number ? Py_XNewRef(PyDict_GetItemWithError(k->forms, number)) : NULL;
  Py_XDECREF(number);
  return use_forms(k, trace, pair) ? k->last : NULL;
}

static bool note_forms(compiled_call *c, uint64_t trace, PyObject *out, PyObject *outputs) {
  PyObject *form = pyad_tree_form(out, false), *left = form && outputs ? pyad_tree_form(outputs, false) : Py_NewRef(Py_None);
  PyObject *pair = form && left ? PyTuple_Pack(2, form, left) : NULL;
  Py_XDECREF(form);
  Py_XDECREF(left);
  return use_forms(c->k, trace, pair);
}

/* What the function returned, and its captured outputs, as leaves; their forms are noted for this trace. */
static ad_array *results(compiled_call *c, PyObject *out, uint64_t trace) {
  PyObject *outputs = trace ? c->f->options[OUTPUTS] : NULL;
  pyad_leaves l;
  pyad_leaves_init(&l);
  bool ok = pyad_tree_leaves(&c->t.site, "what the function returned", out, PYAD_CONSTANTS, &l) &&
            (!outputs || pyad_tree_leaves(&c->t.site, "outputs", outputs, PYAD_IGNORED, &l));
  ok = ok && (!trace || note_forms(c, trace, out, outputs));
  ad_array *y = !ok ? NULL : l.count == 1 ? l.at[0] : pyad_leaves_tuple(&c->t, &l);
  pyad_leaves_free(&l);
  return y;
}

/* Puts the captured state back, whatever exception is on its way. */
static bool put_back(PyObject *saved) {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  bool ok = !saved || pyad_captured_restore(saved);
  Py_XDECREF(saved);
  if (type) PyErr_Clear(), PyErr_Restore(type, value, trace);
  return ok;
}

/* The user's function on what the library gives, in the forms of the call. */
static ad_array *run(ad_ctx *ctx, ad_array *const *in, void *user) {
  library_fn *k = user;
  compiled_call *c = k->call;
  (void)ctx;
  if (!c || PyErr_Occurred()) return NULL;
  uint64_t trace = ad_compiled_trace(k->fn); /* the function may call itself */
  pyad_items items = {.trees = in, .count = c->t.inputs};
  PyObject *const *o = c->f->options, *state = PyTuple_GetItem(c->signature, STATE), *saved = NULL;
  PyObject *args = pyad_tree_build(c->t.args, pyad_next_item, &items, true);
  PyObject *keywords = args && c->t.keywords ? pyad_tree_build(c->t.keywords, pyad_next_item, &items, true) : NULL;
  bool ok = args && (!c->t.keywords || keywords);
  if (ok && trace && (o[INPUTS] || o[OUTPUTS])) ok = (saved = pyad_captured_save(o[INPUTS], o[OUTPUTS])) != NULL;
  if (ok && trace && state != Py_None) ok = pyad_captured_fill(o[INPUTS], state, &items);
  PyObject *out = ok ? PyObject_Call(c->t.fun, args, keywords) : NULL;
  Py_XDECREF(args);
  Py_XDECREF(keywords);
  pyad_replace(&c->t.out, out);
  ad_array *y = out ? results(c, out, trace) : NULL;
  if (!put_back(saved)) y = NULL;
  pyad_random_lend(); /* it may have set the state */
  return y;
}

/* ---- A new signature ---- */

static void library_end(PyObject *capsule) {
  library_fn *k = PyCapsule_GetPointer(capsule, NULL);
  ad_fn_drop(k->fn);
  free(k);
}

/* The capsule. `forms` outlives it: both are members of the signature. */
static PyObject *library_new(const compiled_call *c, PyObject *forms) {
  library_fn *k = calloc(1, sizeof *k);
  PyObject *capsule = k ? PyCapsule_New(k, NULL, library_end) : PyErr_NoMemory();
  if (!capsule) return free(k), NULL;
  k->forms = forms;
  k->leaves = c->t.leaves.count;
  ad_compile_opts opts = {.shapeless = is_shapeless(c->f), .native = (ad_native_mode)PyLong_AsLong(c->f->options[NATIVE])};
  ad_fn *run_fn = ad_fn_new_at(c->t.site.where, pyad.ctx, run, k->leaves <= MOST_INPUTS ? k->leaves : 1, k);
  k->fn = ad_fn_own(ad_compile_at(c->t.site.where, run_fn, &opts));
  if (!ad_fn_is_error(k->fn)) return capsule;
  pyad_raise(ad_fn_error_code(k->fn), ad_fn_error_text(k->fn));
  Py_DECREF(capsule);
  return NULL;
}

/* Why there is one more, from what is other than in the last one used. */
static PyObject *note_of(compiled_call *c, PyObject *list) {
  PyObject *why = NULL;
  if (PyList_Size(list) && !is_call_of(c, PyList_GetItem(list, 0), &why) && !why) PyErr_Clear();
  PyObject *note = PyUnicode_FromFormat("signature at %s: %V\n", c->t.site.where, why, PyList_Size(list) ? "another form" : "the first call");
  Py_XDECREF(why);
  return note;
}

static bool collect_leaves(compiled_call *c) {
  PyObject *inputs = c->f->options[INPUTS];
  c->t.leaves.count = 0;
  return pyad_tree_leaves(&c->t.site, "args", c->t.args, PYAD_CONSTANTS, &c->t.leaves) &&
         (!c->t.keywords || pyad_tree_leaves(&c->t.site, "keywords", c->t.keywords, PYAD_CONSTANTS, &c->t.leaves)) &&
         (!inputs || pyad_tree_leaves(&c->t.site, "inputs", inputs, PYAD_IGNORED, &c->t.leaves));
}

static PyObject *form_or_none(PyObject *tree) { return tree ? pyad_tree_form(tree, false) : Py_NewRef(Py_None); }

static PyObject *signature_new(compiled_call *c, PyObject *list) {
  PyObject *m[MEMBERS] = {[NOTE] = note_of(c, list)}, *y = NULL;
  if (m[NOTE] && collect_leaves(c) && (m[ARGS] = form_or_none(c->t.args)) && (m[KEYWORDS] = form_or_none(c->t.keywords)) &&
      (m[STATE] = form_or_none(c->f->options[INPUTS])) && (m[FORMS] = PyDict_New()) && (m[LIBRARY] = library_new(c, m[FORMS])))
    y = PyTuple_Pack(MEMBERS, m[ARGS], m[KEYWORDS], m[STATE], m[FORMS], m[LIBRARY], m[NOTE]);
  for (int i = 0; i < MEMBERS; i++) Py_XDECREF(m[i]);
  return y;
}

static library_fn *library_of(PyObject *signature) { return PyCapsule_GetPointer(PyTuple_GetItem(signature, LIBRARY), NULL); }

/* The signature of the call, found or made, now the first of the list; the leaves are collected. */
static bool find_signature(compiled_call *c) {
  PyObject *list = c->f->options[SIGNATURES];
  if (!list) return pyad_fail(&c->t.site, PyExc_RuntimeError, "the function has ended; one that is held is right") != NULL;
  for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
    PyObject *s = Py_NewRef(PyList_GetItem(list, i));
    if (is_call_of(c, s, NULL)) {
      c->signature = s;
      return !i || (!PyList_SetSlice(list, i, i + 1, NULL) && !PyList_Insert(list, 0, s));
    }
    Py_DECREF(s);
    if (PyErr_Occurred()) return false;
  }
  c->signature = signature_new(c, list);
  if (!c->signature || PyList_Insert(list, 0, c->signature)) return false;
  return PyList_Size(list) <= KEPT_SIGNATURES || !PyList_SetSlice(list, KEPT_SIGNATURES, PY_SSIZE_T_MAX, NULL);
}

/* ---- The call ---- */

static PyObject *give_back(compiled_call *c, ad_array *y) {
  uint64_t trace = ad_compiled_trace(c->k->fn);
  pyad_items items = {.trees = &y, .count = 1};
  if (!trace) return pyad_tree_build(c->t.out, pyad_next_item, &items, true);
  PyObject *forms = forms_of(c->k, trace), *outputs = c->f->options[OUTPUTS];
  if (!forms) return NULL;
  Py_INCREF(forms);
  PyObject *out = pyad_tree_build(PyTuple_GetItem(forms, 0), pyad_next_item, &items, true);
  if (out && outputs && !pyad_captured_fill(outputs, PyTuple_GetItem(forms, 1), &items)) Py_CLEAR(out);
  Py_DECREF(forms);
  return out;
}

static PyObject *call_library(compiled_call *c) {
  library_fn *k = c->k = library_of(c->signature);
  compiled_call *outer = k->call;
  ad_array *tuple, *const *in = c->t.leaves.at;
  if (k->leaves > MOST_INPUTS) {
    if (!(tuple = pyad_leaves_tuple(&c->t, &c->t.leaves))) return NULL;
    in = &tuple;
  }
  c->t.inputs = ad_fn_inputs(k->fn);
  k->call = c;
  pyad_random_lend();
  ad_array *y = pyad_checked(ad_call_at(c->t.site.where, k->fn, in, c->t.inputs));
  pyad_random_take_back();
  k->call = outer;
  return y ? give_back(c, y) : NULL;
}

static PyObject *compile_call(pyad_fn *f, PyObject *args, PyObject *keywords) {
  compiled_call c = {.t = {.fun = f->fun, .args = args, .keywords = keywords}, .f = f};
  if (!pyad_traced_begin(&c.t, f->kind->name)) return NULL;
  PyObject *y = find_signature(&c) ? call_library(&c) : NULL;
  y = pyad_traced_end(&c.t, y);
  Py_XDECREF(c.signature);
  return y;
}

/* ---- Looking inside ---- */

ad_fn *pyad_compiled_last(PyObject *self, const char *method) {
  PyObject *list = ((pyad_fn *)(void *)self)->options[SIGNATURES], *s = PyList_Size(list) ? PyList_GetItem(list, 0) : NULL;
  if (!pyad_ready()) return NULL;
  ad_fn *fn = s ? library_of(s)->fn : NULL;
  if (fn && ad_compiled_stats(fn).plans + ad_compiled_stats(fn).calls) return fn;
  pyad_refuse(PyExc_ValueError, "compile: %s: the function has not been called as a plan; a call before it is right", method);
  return NULL;
}

static PyObject *stats(PyObject *self, PyObject *unused) {
  PyObject *list = ((pyad_fn *)(void *)self)->options[SIGNATURES];
  ad_compile_stats sum = {0};
  (void)unused;
  if (!pyad_ready()) return NULL;
  for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
    ad_compile_stats s = ad_compiled_stats(library_of(PyList_GetItem(list, i))->fn);
    if (!i) sum = s;
    else
      sum.calls += s.calls, sum.traces += s.traces, sum.plans += s.plans, sum.trace_seconds += s.trace_seconds,
          sum.plan_seconds += s.plan_seconds;
  }
  return Py_BuildValue("{s:n,s:K,s:K,s:K,s:d,s:d,s:K,s:K,s:K,s:K,s:K,s:K}", "signatures", PyList_Size(list), "calls", sum.calls, "traces",
                       sum.traces, "plans", sum.plans, "trace_seconds", sum.trace_seconds, "plan_seconds", sum.plan_seconds,
                       "traced_nodes", sum.traced_nodes, "nodes", sum.nodes, "steps", sum.steps, "groups", sum.groups, "arena_bytes",
                       sum.arena_bytes, "least_bytes", sum.least_bytes);
}

/* Of every signature, the oldest first. */
static PyObject *recompiles(PyObject *list) {
  PyObject *text = PyUnicode_FromString("");
  for (Py_ssize_t i = PyList_Size(list); text && i-- > 0;) {
    PyObject *s = PyList_GetItem(list, i);
    pyad_replace(&text, PyUnicode_FromFormat("%U%U%s", text, PyTuple_GetItem(s, NOTE), ad_compiled_report(library_of(s)->fn, "recompiles")));
  }
  return text;
}

static PyObject *report(PyObject *self, PyObject *args, PyObject *keywords) {
  static char *words[] = {"what", NULL};
  const char *what = "plan";
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|s:report", words, &what)) return NULL;
  PyObject *list = ((pyad_fn *)(void *)self)->options[SIGNATURES];
  if (!strcmp(what, "recompiles")) return pyad_ready() ? recompiles(list) : NULL;
  ad_fn *fn = pyad_compiled_last(self, "report");
  return fn ? PyUnicode_FromString(ad_compiled_report(fn, what)) : NULL;
}

static PyObject *watch(PyObject *self, PyObject *args, PyObject *keywords, const char *method, ad_status (*set)(ad_fn *f, bool on)) {
  static char *words[] = {"on", NULL};
  int on = 1;
  char format[24];
  PyOS_snprintf(format, sizeof format, "|p:%s", method);
  if (!PyArg_ParseTupleAndKeywords(args, keywords, format, words, &on)) return NULL;
  ad_fn *fn = pyad_compiled_last(self, method);
  if (!fn) return NULL;
  ad_status s = set(fn, on);
  if (s) return pyad_raise(s, ad_status_meaning(s));
  Py_RETURN_NONE;
}
static PyObject *profile(PyObject *self, PyObject *args, PyObject *keywords) {
  return watch(self, args, keywords, "profile", ad_compiled_profile);
}
static PyObject *find_nan(PyObject *self, PyObject *args, PyObject *keywords) {
  return watch(self, args, keywords, "find_nan", ad_compiled_find_nan);
}

/* ---- Making ---- */

static PyTypeObject *compiled_type;
static const pyad_fn_kind compile_kind = {"compile", compile_call};

/* Takes over `native`. */
static PyObject *compiled_new(PyObject *fun, PyObject *inputs, PyObject *outputs, PyObject *shapeless, PyObject *native) {
  PyObject *options[] = {Py_XNewRef(inputs), Py_XNewRef(outputs), Py_NewRef(shapeless), native, PyList_New(0)};
  return pyad_fn_new_of(compiled_type, &compile_kind, fun, options, OPTIONS);
}

PyObject *pyad_compiled_as(PyObject *fun, PyObject *made) {
  if (!made || Py_TYPE(fun) != compiled_type) return made;
  PyObject *const *o = ((pyad_fn *)(void *)fun)->options;
  PyObject *y = compiled_new(made, o[INPUTS], o[OUTPUTS], o[SHAPELESS], Py_NewRef(o[NATIVE]));
  Py_DECREF(made);
  return y;
}

/* What compile gives where it is not given the function yet. */
static PyObject *decorator(PyTypeObject *type, PyObject *keywords) {
  PyObject *module = PyImport_ImportModule("functools"), *partial = module ? PyObject_GetAttrString(module, "partial") : NULL;
  PyObject *args = partial ? PyTuple_Pack(1, (PyObject *)type) : NULL, *y = args ? PyObject_Call(partial, args, keywords) : NULL;
  Py_XDECREF(args);
  Py_XDECREF(partial);
  Py_XDECREF(module);
  return y;
}

/* -1 with an exception when there is no such mode. */
static long native_mode(const char *word) {
  static const char *const words[] = {NULL, "off", "auto", "wait"};
  if (!word) return AD_NATIVE_DEFAULT;
  for (long i = AD_NATIVE_OFF; i <= AD_NATIVE_WAIT; i++)
    if (strcmp(word, words[i]) == 0) return i;
  PyErr_Format(PyExc_ValueError, "compile: native=\"%s\"; None, \"off\", \"auto\" or \"wait\" is right", word);
  return -1;
}

static PyObject *compile_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  static char *words[] = {"fun", "inputs", "outputs", "shapeless", "native", NULL};
  static const char *const names[] = {"inputs", "outputs"};
  PyObject *fun = Py_None, *trees[] = {Py_None, Py_None};
  int shapeless = 0;
  const char *native = NULL;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|OOOpz:compile", words, &fun, &trees[0], &trees[1], &shapeless, &native)) return NULL;
  long mode = native_mode(native);
  if (mode < 0) return NULL;
  pyad_site site = {pyad_place(), "compile"};
  for (int i = 0; i < 2; i++) {
    if (trees[i] == Py_None) trees[i] = NULL;
    else if (!pyad_captured_check(&site, names[i], trees[i])) return NULL;
  }
  if (fun == Py_None && !PyTuple_Size(args)) return decorator(type, keywords);
  return compiled_new(fun, trees[0], trees[1], shapeless ? Py_True : Py_False, PyLong_FromLong(mode));
}

/* ---- The switch ---- */

static PyObject *set_compile(bool on) {
  if (!pyad_ready()) return NULL;
  ad_ctx_set_compile(pyad.ctx, on);
  Py_RETURN_NONE;
}
static PyObject *disable_compile(PyObject *module, PyObject *unused) { return (void)module, (void)unused, set_compile(false); }
static PyObject *enable_compile(PyObject *module, PyObject *unused) { return (void)module, (void)unused, set_compile(true); }

PyMethodDef pyad_compile_functions[] = {
    {"disable_compile", disable_compile, METH_NOARGS,
     "disable_compile()\n--\n\nFrom now on compiled functions run as they are written. The environment variable AD_DISABLE_COMPILE does the\n"
     "same from the start."},
    {"enable_compile", enable_compile, METH_NOARGS, "enable_compile()\n--\n\nUndoes disable_compile."},
    {0},
};

/* ---- The type ---- */

#define CALL(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef methods[] = {
    {"stats", stats, METH_NOARGS,
     "stats($self)\n--\n\nCounts since it was made (signatures, calls answered by a plan, traces, plans, seconds of tracing and of\n"
     "planning), and of the plan that the last call used: nodes, steps, groups, bytes of intermediates. A dict."},
    {"report", CALL(report),
     "report($self, what=\"plan\")\n--\n\nText about the plan that the last call used.\n\n"
     "\"plan\": its steps, where values lie, what held the peak. \"trace\", \"expand\", \"fold\", \"simplify\", \"sink\", \"share\" and\n"
     "\"prune\": the graph as traced, and after each pass. \"fusion\": why steps are not one. \"native\": the machine code, as C. \"profile\" and \"chrome\": times, after\n"
     "profile(). \"recompiles\": every trace of every signature, and what made it necessary. ValueError before the first call."},
    {"draw", CALL(pyad_compiled_draw),
     "draw($self, file, format=None, title=None, depth=None)\n--\n\nDraws the plan that the last call used: its steps, bytes moved, and times after\n"
     "profile(). file is a path that ends in .svg, .html, .dot or .json, or an object with write(), which gets a str in the\n"
     "given format. depth says how many blocks inside blocks are drawn open."},
    {"profile", CALL(profile),
     "profile($self, on=True)\n--\n\nTimes the steps of the plan that the last call used in each run from now on, or no longer."},
    {"find_nan", CALL(find_nan),
     "find_nan($self, on=True)\n--\n\nMakes the first step of the plan that the last call used which brings a NaN into the world an error\n"
     "that names op and line, from now on, or no longer."},
    {"__reduce__", pyad_fn_reduce, METH_NOARGS, PYAD_FN_REDUCE_DOC},
    {0},
};
static const char compile_doc[] =
    "compile(fun=None, inputs=None, outputs=None, shapeless=False, native=None)\n--\n\n"
    "The same function, traced once and then run as a whole: ops that belong together in one pass over memory, with the bits they\n"
    "have by themselves.\n\n"
    "Arguments and results are trees of arrays and constants (numbers, strings, dtypes, None). It is traced anew where the form of\n"
    "the arguments, a constant among them, or an array's shape or dtype is new; the last 64 of each are kept. Arrays that fun uses\n"
    "beside its arguments are constants of the plan.\n"
    "inputs, outputs: lists or dicts of arrays that fun reads, and that it changes, beside its arguments; the arrays in them are\n"
    "replaced at every call. Random functions without a key draw anew at every call, as they do outside.\n"
    "shapeless: one trace for all shapes where the function can be traced so; else one for each, and report(\"recompiles\") says why.\n"
    "native: whether plans become machine code: \"auto\" (those that are called often, beside what runs), \"wait\" (all, and the first\n"
    "call waits), \"off\"; None: what the environment variable AD_NATIVE says, else \"auto\". report(\"native\") tells.\n"
    "Without fun it is a decorator: @compile(shapeless=True).\n"
    "ValueError: an argument or result that is no array and no constant; a value that is read while fun is traced.";

bool pyad_compiled_init(PyObject *names) {
  compiled_type = pyad_fn_type_new("adamant.compile", compile_doc, methods, compile_new);
  return compiled_type && !PyDict_SetItemString(names, "compile", (PyObject *)compiled_type);
}
