/* Arrays as text, and the options of printing, which belong to the interpreter. */
#include "functions.h"
#include "parts.h"

#include <limits.h>

static ad_text_opts options;

/* The options by Python's names, with what they are when nothing is said. */
static const struct {
  const char *name;
  ad_int *value;
  long otherwise, least, most;
} table[] = {
    {"precision", &options.precision, 6, 1, 17},
    {"threshold", &options.threshold, 6, 0, LONG_MAX},
    {"edgeitems", &options.edge_items, 3, 0, INT32_MAX},
    {"linewidth", &options.line_width, 0, 0, INT32_MAX},
};
enum { OPTIONS = sizeof table / sizeof *table };

PyObject *pyad_array_repr(PyObject *self) {
  ad_array *a = pyad_keep(self);
  char line[512], *text = line;
  PyObject *s = NULL;
  if (!a || !pyad_eval(&a, 1) || !pyad_ready()) return ad_drop(a), NULL;
  size_t n = ad_array_text(a, line, sizeof line, &options);
  if (n >= sizeof line && (text = PyMem_Malloc(n + 1))) ad_array_text(a, text, n + 1, &options);
  if (text) s = PyUnicode_FromStringAndSize(text, (Py_ssize_t)n);
  else PyErr_NoMemory();
  if (text != line) PyMem_Free(text);
  ad_drop(a);
  return s;
}

PyObject *pyad_get_printoptions(PyObject *const *unused) {
  (void)unused;
  PyObject *dict = PyDict_New();
  for (int i = 0; dict && i < OPTIONS; i++) {
    const ad_int *v = table[i].value;
    PyObject *number = PyLong_FromLongLong(v->given ? v->value : table[i].otherwise);
    if (!number || PyDict_SetItemString(dict, table[i].name, number)) Py_CLEAR(dict);
    Py_XDECREF(number);
  }
  return dict;
}

PyObject *pyad_set_printoptions(PyObject *const *given) {
  ad_int values[OPTIONS];
  for (int i = 0; i < OPTIONS; i++) {
    values[i] = *table[i].value;
    if (given[i] == Py_None) continue;
    long v = PyLong_AsLong(given[i]);
    if (v == -1 && PyErr_Occurred()) return NULL;
    if (v < table[i].least || v > table[i].most) {
      PyErr_Format(PyExc_ValueError, "set_printoptions: %s is %ld; from %ld to %ld is right", table[i].name, v, table[i].least, table[i].most);
      return NULL;
    }
    values[i] = AD_INT(v);
  }
  for (int i = 0; i < OPTIONS; i++) *table[i].value = values[i];
  return Py_NewRef(Py_None);
}
