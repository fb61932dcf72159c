/* Pictures, for adamant/_pictures.py and compile.draw: text of a picture, or a file that the library writes. */
#include "functions.h"
#include "transforms.h"

#include <stdlib.h>
#include <adamant/picture.h>

typedef struct drawing {
  ad_draw_opts opts;
  char why[1024];
  PyObject *text; /* where no path is given */
} drawing;

static void take_text(void *user, const void *data, size_t size) {
  drawing *d = user;
  d->text = PyUnicode_DecodeUTF8(data, (Py_ssize_t)size, "replace");
}

static void begin(drawing *d, const char *path, const char *format) {
  d->opts.format = format;
  d->opts.error = d->why;
  d->opts.error_size = sizeof d->why;
  if (path) return;
  d->opts.bytes = take_text;
  d->opts.user = d;
}

static PyObject *end(drawing *d, const char *path, ad_status code) {
  if (code) {
    Py_XDECREF(d->text);
    return pyad_raise(code == AD_E_OS ? AD_E_RUNTIME : code, d->why);
  }
  return path ? Py_NewRef(Py_None) : d->text;
}

/* ---- Arrays ---- */

typedef struct named_arrays {
  ad_array **arrays;
  const char **names;
  int count;
} named_arrays;

static bool read_lists(named_arrays *w, PyObject *names, PyObject *arrays) {
  int n = (int)PyList_Size(arrays);
  if (n < 0 || PyList_Size(names) != n) return PyErr_BadInternalCall(), false;
  w->arrays = calloc((size_t)n + 1, sizeof *w->arrays);
  w->names = calloc((size_t)n + 1, sizeof *w->names);
  if (!w->arrays || !w->names) return PyErr_NoMemory() != NULL;
  for (int i = 0; i < n; i++) {
    PyObject *name = PyList_GetItem(names, i);
    w->arrays[i] = pyad_take_operand(PyList_GetItem(arrays, i), "the array to draw");
    w->count = i + 1;
    if (!w->arrays[i] || (name != Py_None && !(w->names[i] = PyUnicode_AsUTF8AndSize(name, NULL)))) return false;
  }
  return true;
}

static PyObject *draw_arrays(const named_arrays *w, const char *path) {
  drawing d = {.text = NULL};
  begin(&d, path, "dot");
  if (!pyad_enter()) return NULL;
  ad_status code = ad_export_to_dot(path, w->arrays, w->count, w->names, &d.opts);
  pyad_leave();
  return end(&d, path, code);
}

PyObject *pyad_pictures_arrays(PyObject *const *v) {
  char *path = NULL;
  Py_ssize_t size;
  named_arrays w = {0};
  bool ok = (v[0] == Py_None || !PyBytes_AsStringAndSize(v[0], &path, &size)) && read_lists(&w, v[1], v[2]);
  PyObject *result = ok ? draw_arrays(&w, path) : NULL;
  for (int i = 0; i < w.count; i++) ad_drop(w.arrays[i]);
  free(w.arrays);
  free(w.names);
  return result;
}

/* ---- Compiled functions ---- */

static bool read_depth(PyObject *o, ad_int *out) {
  if (o == Py_None) return true;
  long long depth = PyLong_AsLongLong(o);
  *out = AD_INT(depth);
  return !(depth == -1 && PyErr_Occurred());
}

PyObject *pyad_compiled_draw(PyObject *self, PyObject *args, PyObject *keywords) {
  static char *words[] = {"file", "format", "title", "depth", NULL};
  PyObject *file = NULL, *depth = Py_None, *path = NULL;
  const char *format = NULL, *title = NULL;
  drawing d = {.text = NULL};
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|zzO:draw", words, &file, &format, &title, &depth)) return NULL;
  bool writes = PyObject_HasAttrString(file, "write");
  ad_fn *fn = pyad_compiled_last(self, "draw");
  if (!fn || !read_depth(depth, &d.opts.depth) || (!writes && !PyUnicode_FSConverter(file, &path))) return NULL;
  const char *name = path ? PyBytes_AsString(path) : NULL;
  begin(&d, name, format);
  d.opts.title = title;
  PyObject *result = NULL;
  if (pyad_enter()) {
    ad_status code = ad_compiled_draw(fn, name, &d.opts);
    pyad_leave();
    result = end(&d, name, code);
  }
  Py_XDECREF(path);
  if (!result || !writes) return result;
  PyObject *written = PyObject_CallMethod(file, "write", "O", result);
  Py_DECREF(result);
  Py_XDECREF(written);
  return written ? Py_NewRef(Py_None) : NULL;
}
