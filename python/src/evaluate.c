/* eval and async_eval: values for every array of some trees. */
#include "transforms.h"

static bool compute(const pyad_leaves *l) { return pyad_eval(l->at, l->count); }

bool pyad_start(ad_array *a, ad_stream *queue) {
  if (!pyad_enter()) return false;
  ad_status s;
  Py_BEGIN_ALLOW_THREADS
  s = ad_eval_async(a, queue);
  Py_END_ALLOW_THREADS
  if (s) pyad_raise(s, ad_is_error(a) ? ad_error_text(a) : ad_status_meaning(s));
  pyad_leave();
  return !s;
}

static bool start(const pyad_leaves *l) {
  for (int i = 0; i < l->count; i++)
    if (!pyad_start(l->at[i], pyad_current_stream())) return false;
  return true;
}

static PyObject *evaluate(const char *name, PyObject *trees, bool (*how)(const pyad_leaves *l)) {
  pyad_leaves l;
  if (!pyad_enter()) return NULL;
  ad_scope *scope = ad_scope_begin(pyad.ctx);
  pyad_leaves_init(&l);
  bool ok = pyad_tree_leaves(&(pyad_site){"", name}, "args", trees, PYAD_IGNORED, &l) && how(&l);
  pyad_leaves_free(&l);
  ad_scope_end(scope, NULL);
  pyad_leave();
  return ok ? Py_NewRef(Py_None) : NULL;
}

static PyObject *eval(PyObject *module, PyObject *trees) {
  (void)module;
  return evaluate("eval", trees, compute);
}

static PyObject *async_eval(PyObject *module, PyObject *trees) {
  (void)module;
  return evaluate("async_eval", trees, start);
}

PyMethodDef pyad_evaluate_functions[] = {
    {"eval", eval, METH_VARARGS,
     "eval(*trees)\n--\n\nComputes every array in the trees (dicts, lists, tuples); what is no array is passed over."},
    {"async_eval", async_eval, METH_VARARGS,
     "async_eval(*trees)\n--\n\nStarts computing every array in the trees on this thread's default stream and returns.\n\n"
     "Reading one waits for it."},
    {0},
};
