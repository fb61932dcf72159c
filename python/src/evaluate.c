/* eval and async_eval: values for every array of some trees. */
#include "transforms.h"

static bool arrays_of(PyObject *args, const char *name, pyad_leaves *l) {
  pyad_site site = {"", name};
  return pyad_tree_leaves(&site, "args", args, PYAD_IGNORED, l);
}

static PyObject *eval(PyObject *module, PyObject *args) {
  pyad_leaves l;
  (void)module;
  pyad_leaves_init(&l);
  if (!pyad_enter()) return NULL;
  bool ok = arrays_of(args, "eval", &l);
  /* Another thread may take the arrays out of their lists meanwhile. */
  for (int i = 0; i < l.count; i++) ad_keep(l.at[i]);
  ok = ok && pyad_eval(l.at, l.count);
  for (int i = 0; i < l.count; i++) ad_drop(l.at[i]);
  pyad_leave();
  pyad_leaves_free(&l);
  return ok ? Py_NewRef(Py_None) : NULL;
}

static PyObject *async_eval(PyObject *module, PyObject *args) {
  pyad_leaves l;
  (void)module;
  pyad_leaves_init(&l);
  bool ok = arrays_of(args, "async_eval", &l) && pyad_ready();
  for (int i = 0; ok && i < l.count; i++) {
    ad_status s = ad_eval_async(l.at[i], pyad_current_stream());
    if (s != AD_OK) ok = pyad_raise(s, ad_is_error(l.at[i]) ? ad_error_text(l.at[i]) : ad_status_meaning(s)) != NULL;
  }
  pyad_leaves_free(&l);
  return ok ? Py_NewRef(Py_None) : NULL;
}

PyMethodDef pyad_evaluate_functions[] = {
    {"eval", eval, METH_VARARGS, "eval(*trees)\n--\n\nComputes every array in the trees (dicts, lists, tuples); what is no array is passed over."},
    {"async_eval", async_eval, METH_VARARGS, "async_eval(*trees)\n--\n\nStarts computing every array in the trees on this thread's default stream and returns; reading one waits for it."},
    {0},
};
