/* Files of arrays, for adamant/_files.py: one function that reads and one that writes. A file is a path, read and written without
 * the GIL, or bytes. The file is copied when it is read: whoever shortens it later does no harm. */
#include "functions.h"

#include <stdlib.h>
#include <string.h>
#include <adamant/io.h>

/* What a file refuses is a RuntimeError, as users of the formats know it; the library tells the system's errors and malformed
 * files apart. */
static PyObject *raise_file_error(ad_status code, const char *text) {
  return pyad_raise(code == AD_E_OS || code == AD_E_FORMAT ? AD_E_RUNTIME : code, text);
}

/* ---- Reading ---- */

typedef struct notes {
  char **texts; /* key, value, key, value... */
  size_t count;
  bool failed;
} notes;

static void take_note(void *user, const char *key, const char *value) {
  notes *n = user;
  char **texts = realloc(n->texts, (n->count + 2) * sizeof *texts);
  if (texts) n->texts = texts;
  char *k = texts ? strdup(key) : NULL, *v = k ? strdup(value) : NULL;
  if (!v) {
    free(k);
    n->failed = true;
    return;
  }
  n->texts[n->count++] = k;
  n->texts[n->count++] = v;
}

static PyObject *notes_dict(notes *n) {
  PyObject *d = n->failed ? PyErr_NoMemory() : PyDict_New();
  for (size_t i = 0; i < n->count; i += 2) {
    PyObject *value = d ? PyUnicode_DecodeUTF8(n->texts[i + 1], (Py_ssize_t)strlen(n->texts[i + 1]), "replace") : NULL;
    if (d && (!value || PyDict_SetItemString(d, n->texts[i], value))) Py_CLEAR(d);
    Py_XDECREF(value);
    free(n->texts[i]);
    free(n->texts[i + 1]);
  }
  free(n->texts);
  return d;
}

/* The arrays of a record by name, or the one array. */
static PyObject *arrays_of(ad_array *file) {
  if (ad_array_dtype(file) != AD_DTYPE_NONE) return pyad_wrap_owned(ad_keep(file));
  PyObject *d = PyDict_New();
  for (int i = 0; d && i < ad_item_count(file); i++) {
    PyObject *a = pyad_wrap(ad_item_at(pyad_place(), file, i));
    if (!a || PyDict_SetItemString(d, ad_item_name(file, i), a)) Py_CLEAR(d);
    Py_XDECREF(a);
  }
  return d;
}

PyObject *pyad_files_read(PyObject *const *v) {
  char *data = NULL;
  Py_ssize_t size = 0;
  const char *name = PyUnicode_AsUTF8AndSize(v[1], NULL), *format = PyUnicode_AsUTF8AndSize(v[2], NULL);
  if (!name || !format || PyBytes_AsStringAndSize(v[0], &data, &size) || !pyad_enter()) return NULL;
  notes found = {NULL, 0, false};
  bool path = !*name;
  ad_load_opts opts = {.format = format, .copy = true, .note = take_note, .user = &found};
  if (!path) opts.data = data, opts.size = (size_t)size;
  ad_place place = pyad_place();
  ad_array *file;
  Py_BEGIN_ALLOW_THREADS
  file = ad_own(ad_load_at(place, pyad.ctx, path ? data : name, &opts));
  Py_END_ALLOW_THREADS
  pyad_leave();
  PyObject *metadata = notes_dict(&found), *arrays = NULL;
  if (ad_is_error(file)) raise_file_error(ad_error_code(file), ad_error_text(file));
  else if (metadata) arrays = arrays_of(file);
  ad_drop(file);
  PyObject *result = arrays ? PyTuple_Pack(2, arrays, metadata) : NULL;
  Py_XDECREF(arrays);
  Py_XDECREF(metadata);
  return result;
}

/* ---- Writing ---- */

typedef struct writing {
  ad_array **arrays;
  const char **names, **metadata; /* names: of the arrays; metadata: ends with NULL */
  int count;
  PyObject *bytes; /* where no path is given */
} writing;

static void take_bytes(void *user, const void *data, size_t size) {
  writing *w = user;
  w->bytes = PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
}

static bool read_lists(writing *w, PyObject *names, PyObject *arrays, PyObject *metadata) {
  int n = (int)PyList_Size(arrays), m = (int)PyList_Size(metadata);
  if (n < 0 || m < 0 || PyList_Size(names) != n) return PyErr_BadInternalCall(), false;
  w->arrays = calloc((size_t)n + 1, sizeof *w->arrays);
  w->names = calloc((size_t)n + 1, sizeof *w->names);
  w->metadata = calloc((size_t)m + 1, sizeof *w->metadata);
  if (!w->arrays || !w->names || !w->metadata) return PyErr_NoMemory() != NULL;
  for (int i = 0; i < n; i++) {
    w->arrays[i] = pyad_take_operand(PyList_GetItem(arrays, i), "the array to save");
    w->count = i + 1;
    w->names[i] = w->arrays[i] ? PyUnicode_AsUTF8AndSize(PyList_GetItem(names, i), NULL) : NULL;
    if (!w->names[i]) return false;
  }
  for (int i = 0; i < m; i++)
    if (!(w->metadata[i] = PyUnicode_AsUTF8AndSize(PyList_GetItem(metadata, i), NULL))) return false;
  return true;
}

static ad_status save(const writing *w, ad_place place, const char *path, const char *format, const ad_save_opts *opts) {
  if (!strcmp(format, "npy")) return ad_save_at(place, path, w->arrays[0], opts);
  ad_scope *s = ad_scope_begin(pyad.ctx);
  ad_array *all = ad_record_at(place, pyad.ctx, w->names, w->arrays, w->count);
  ad_status code;
  if (!strcmp(format, "npz")) code = ad_savez_at(place, path, all, opts);
  else if (!strcmp(format, "npz_compressed")) code = ad_savez_compressed_at(place, path, all, opts);
  else code = ad_save_safetensors_at(place, path, all, opts);
  ad_scope_end(s, NULL);
  return code;
}

static PyObject *write_all(writing *w, const char *path, const char *format) {
  char why[1024] = "";
  ad_save_opts opts = {.metadata = w->metadata[0] ? w->metadata : NULL, .error = why, .error_size = sizeof why};
  if (!pyad_eval(w->arrays, w->count) || !pyad_enter()) return NULL;
  ad_place place = pyad_place();
  ad_status code;
  if (path) {
    Py_BEGIN_ALLOW_THREADS
    code = save(w, place, path, format, &opts);
    Py_END_ALLOW_THREADS
  } else {
    opts.bytes = take_bytes;
    opts.user = w;
    code = save(w, place, "the bytes", format, &opts);
  }
  pyad_leave();
  if (code) return raise_file_error(code, why);
  return path ? Py_NewRef(Py_None) : w->bytes;
}

PyObject *pyad_files_write(PyObject *const *v) {
  const char *format = PyUnicode_AsUTF8AndSize(v[2], NULL);
  char *path = NULL;
  Py_ssize_t size;
  writing w = {0};
  bool ok = format && (v[0] == Py_None || !PyBytes_AsStringAndSize(v[0], &path, &size)) && read_lists(&w, v[3], v[4], v[5]);
  PyObject *result = ok ? write_all(&w, path, format) : NULL;
  for (int i = 0; i < w.count; i++) ad_drop(w.arrays[i]);
  free(w.arrays);
  free(w.names);
  free(w.metadata);
  return result;
}
