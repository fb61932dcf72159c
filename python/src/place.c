/* Places: the file and line of the user's Python code, for the messages of errors that show only when a value is computed.
 *
 * An op is built in a fraction of a microsecond, so asking the interpreter for the line each time is too slow. The frame's code
 * object and its position within it name the place; a small table remembers the text for each such pair. The table holds the
 * code objects, so that an address is never taken for another one's. Asking runs no Python code. The texts are kept for ever; there
 * are as many as lines that made arrays. */
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

/* Code of the package itself is nobody's own line: whoever called it is told. */
static bool is_ours(PyObject *frame) {
  PyObject *globals = PyObject_GetAttrString(frame, "f_globals");
  PyObject *name = globals && PyDict_Check(globals) ? PyDict_GetItemString(globals, "__name__") : NULL; /* borrowed */
  const char *text = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
  bool ours = text && !strncmp(text, "adamant", 7) && (!text[7] || text[7] == '.');
  Py_XDECREF(globals);
  return ours;
}

static ad_place describe(PyObject *frame, PyObject *code) {
  PyObject *file = PyObject_GetAttrString(code, "co_filename");
  const char *name = file ? PyUnicode_AsUTF8AndSize(file, NULL) : NULL;
  char line[4200];
  snprintf(line, sizeof line, "%s:%d", name ? name : "python", PyFrame_GetLineNumber((PyFrameObject *)(void *)frame));
  Py_XDECREF(file);
  return intern(line);
}

/* An object that ends may run code of the user's: later. */
static void let_go(PyObject *o) {
  void *held = pyad_hold(o);
  if (held) pyad_release(held, NULL);
  else PyErr_Clear();
  Py_DECREF(o);
}

/* The place of a frame, NULL where it is the package's. */
static ad_place place_of(PyObject *frame) {
  static PyObject *f_lasti;
  if (!f_lasti) f_lasti = PyUnicode_InternFromString("f_lasti");
  PyObject *last = PyObject_GetAttr(frame, f_lasti);
  long position = last ? PyLong_AsLong(last) : -1;
  if (!last) PyErr_Clear();
  Py_XDECREF(last);
  PyObject *code = (PyObject *)(void *)PyFrame_GetCode((PyFrameObject *)(void *)frame);
  place_entry *e = &table[(((uintptr_t)code >> 4) + (size_t)position * 0x9E3779B1u) & (PLACES - 1)];
  ad_place place = e->text;
  if (e->code == code && e->position == position) return Py_DECREF(code), place;
  place = is_ours(frame) ? NULL : describe(frame, code);
  PyErr_Clear();
  if (e->code) let_go(e->code);
  *e = (place_entry){code, position, place};
  return place;
}

ad_place pyad_place(void) {
  PyObject *frame = (PyObject *)(void *)PyEval_GetFrame(); /* borrowed */
  if (!frame) return "python";
  ad_place place = place_of(frame);
  if (place) return place;
  Py_INCREF(frame);
  while (!place) {
    PyObject *outer = PyObject_GetAttrString(frame, "f_back");
    Py_DECREF(frame);
    frame = outer;
    if (!frame) PyErr_Clear();
    if (!frame || frame == Py_None) break;
    place = place_of(frame);
  }
  Py_XDECREF(frame);
  return place ? place : "python";
}
