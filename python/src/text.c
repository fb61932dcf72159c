/* Arrays as text, and the options of printing, which belong to the interpreter. */
#include "parts.h"

static ad_text_opts options;

/* The options by Python's names, with what they are when nothing is said. */
static const struct {
  const char *name;
  ad_int *value;
  long otherwise, least;
} table[] = {
    {"precision", &options.precision, 6, 1},
    {"threshold", &options.threshold, 6, 0},
    {"edgeitems", &options.edge_items, 3, 0},
    {"linewidth", &options.line_width, 0, 0},
};
enum { OPTIONS = sizeof table / sizeof *table };

PyObject *pyad_array_repr(PyObject *self) {
  ad_array *a = ad_keep(pyad_handle(self)); /* the object may take another value while this one is computed */
  char line[512], *text = line;
  PyObject *s = NULL;
  if (!pyad_eval(&a, 1) || !pyad_ready()) return ad_drop(a), NULL;
  size_t n = ad_array_text(a, line, sizeof line, &options);
  if (n >= sizeof line && (text = PyMem_Malloc(n + 1))) ad_array_text(a, text, n + 1, &options);
  if (text) s = PyUnicode_FromStringAndSize(text, (Py_ssize_t)n);
  else PyErr_NoMemory();
  if (text != line) PyMem_Free(text);
  ad_drop(a);
  return s;
}

static PyObject *get_printoptions(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  PyObject *dict = PyDict_New();
  for (int i = 0; dict && i < OPTIONS; i++) {
    const ad_int *v = table[i].value;
    PyObject *number = PyLong_FromLongLong(v->given ? v->value : table[i].otherwise);
    if (!number || PyDict_SetItemString(dict, table[i].name, number)) Py_CLEAR(dict);
    Py_XDECREF(number);
  }
  return dict;
}

static PyObject *set_printoptions(PyObject *module, PyObject *args, PyObject *keywords) {
  static char *names[] = {"precision", "threshold", "edgeitems", "linewidth", NULL};
  PyObject *given[OPTIONS] = {Py_None, Py_None, Py_None, Py_None};
  ad_int values[OPTIONS];
  (void)module;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|OOOO:set_printoptions", names, &given[0], &given[1], &given[2], &given[3])) return NULL;
  for (int i = 0; i < OPTIONS; i++) {
    values[i] = *table[i].value;
    if (given[i] == Py_None) continue;
    long v = PyLong_AsLong(given[i]);
    if (v == -1 && PyErr_Occurred()) return NULL;
    if (v < table[i].least || (!i && v > 17))
      return PyErr_Format(PyExc_ValueError, "set_printoptions: %s=%ld; %s is right", names[i], v, i ? "0 or more" : "from 1 to 17"), NULL;
    values[i] = AD_INT(v);
  }
  for (int i = 0; i < OPTIONS; i++) *table[i].value = values[i];
  return Py_NewRef(Py_None);
}

static PyMethodDef functions[] = {
    {"get_printoptions", get_printoptions, METH_NOARGS,
     "get_printoptions()\n--\n\nA dict of the options of printing, see set_printoptions."},
    {"set_printoptions", (PyCFunction)(void (*)(void))set_printoptions, METH_VARARGS | METH_KEYWORDS,
     "set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None)\n--\n\n"
     "How arrays are printed; what is None stays as it is.\n\n"
     "precision: significant digits of floats, 6 at first. An axis longer than threshold (6) shows edgeitems (3) entries at each\n"
     "end. Rows longer than linewidth are broken; 0, the default, breaks none."},
    {0},
};

bool pyad_text_init(void) { return !PyModule_AddFunctions(pyad.module, functions); }
