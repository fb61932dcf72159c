/* Places: the file and line of the user's Python code, for the messages of errors that show only when a value is computed.
 *
 * An op is built in a fraction of a microsecond, so asking the interpreter for the line each time is too slow. The frame's code
 * object and its position within it name the place; a small table remembers the text for each such pair. The table holds the
 * code objects, so that an address is never taken for another one's. The texts are kept by the context for ever; there are as
 * many as lines that made arrays. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 1024 }; /* a power of two; a pair that is driven out is looked up again */

typedef struct place_entry {
  PyObject *code;
  long position;
  ad_place text;
} place_entry;

static place_entry table[PLACES];

/* ---- Texts, each once ---- */

typedef struct text_set {
  char **slots;
  size_t size, count;
} text_set;
static text_set texts;

static size_t hash_text(const char *s) {
  size_t h = 1469598103934665603u; /* FNV-1a */
  for (; *s; s++) h = (h ^ (unsigned char)*s) * 1099511628211u;
  return h;
}

static bool texts_grow(void) {
  size_t size = texts.size ? 2 * texts.size : 256;
  char **slots = calloc(size, sizeof *slots);
  if (!slots) return false;
  for (size_t i = 0; i < texts.size; i++) {
    if (!texts.slots[i]) continue;
    size_t k = hash_text(texts.slots[i]) & (size - 1);
    while (slots[k]) k = (k + 1) & (size - 1);
    slots[k] = texts.slots[i];
  }
  free(texts.slots);
  texts = (text_set){slots, size, texts.count};
  return true;
}

static ad_place intern(const char *text) {
  if (2 * texts.count >= texts.size && !texts_grow()) return "python";
  size_t k = hash_text(text) & (texts.size - 1);
  for (; texts.slots[k]; k = (k + 1) & (texts.size - 1))
    if (!strcmp(texts.slots[k], text)) return texts.slots[k];
  char *own = malloc(strlen(text) + 1);
  if (!own) return "python";
  texts.count++;
  return texts.slots[k] = strcpy(own, text);
}

/* ---- Frames ---- */

static ad_place describe(PyFrameObject *frame, PyObject *code) {
  PyObject *file = PyObject_GetAttrString(code, "co_filename");
  const char *name = file ? PyUnicode_AsUTF8AndSize(file, NULL) : NULL;
  char line[4200];
  snprintf(line, sizeof line, "%s:%d", name ? name : "python", PyFrame_GetLineNumber(frame));
  Py_XDECREF(file);
  PyErr_Clear();
  return intern(line);
}

ad_place pyad_place(void) {
  PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
  if (!frame) return "python";
  PyCodeObject *code_object = PyFrame_GetCode(frame);
  PyObject *code = (PyObject *)(void *)code_object;
  static PyObject *f_lasti;
  if (!f_lasti) f_lasti = PyUnicode_InternFromString("f_lasti");
  PyObject *last = PyObject_GetAttr((PyObject *)(void *)frame, f_lasti);
  long position = last ? PyLong_AsLong(last) : -1;
  Py_XDECREF(last);
  size_t k = (((uintptr_t)code >> 4) + (size_t)position * 0x9E3779B1u) & (PLACES - 1);
  place_entry *e = &table[k];
  if (e->code != code || e->position != position) {
    PyObject *old = e->code;
    *e = (place_entry){Py_NewRef(code), position, describe(frame, code)};
    Py_XDECREF(old);
  }
  Py_DECREF(code);
  return e->text;
}
