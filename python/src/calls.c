/* Ops as Python functions: one body for all, told by signature and descriptor what to do.
 *
 * A function is a builtin whose `self` is a capsule with its row. The signature is read at the first call, so that importing the
 * module costs no more than making the objects. */
#include "signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pyad_function {
  const ad_op *op;
  const char *path;    /* in Python, dotted */
  const char *binding;
  char *doc;           /* "name(signature)\n--\n\ntext": the signature is read from here */
  pyad_signature *signature;
  PyMethodDef method;
} pyad_function;

typedef struct row {
  const char *path, *op, *signature, *binding;
} row;
static const row rows[] = {
#define PYAD_FUNCTION(path, op, signature, binding) {path, op, signature, binding},
#define PYAD_ALIAS(path, op) {path, op, NULL, ""},
#define PYAD_HIDDEN(op) {NULL, op, NULL, NULL},
#include "signatures.def"
};
enum { ROWS = sizeof rows / sizeof *rows };

/* ---- One call ---- */

typedef struct call_state {
  PyObject *values[PYAD_MOST_PARAMETERS]; /* borrowed; NULL: not given */
  PyObject *rest;                         /* new: what `*name` takes */
  ad_array **inputs, **temporaries;
  int input_count;
  ad_attr attrs[PYAD_MOST_FIELDS];
  pyad_scratch scratch;
} call_state;

static const char *name_of(const pyad_parameter *p) { return PyUnicode_AsUTF8AndSize(p->name, NULL); }

static bool complain(const pyad_function *f, const char *format, const char *name, Py_ssize_t n) {
  char what[256], text[1600];
  snprintf(what, sizeof what, format, name, (int)n);
  snprintf(text, sizeof text, "%s: %s; %.*s is right", f->path, what, (int)strcspn(f->doc, "\n"), f->doc);
  PyErr_SetString(PyExc_TypeError, text);
  return false;
}

static bool take_positions(const pyad_function *f, call_state *c, PyObject *const *args, Py_ssize_t n) {
  const pyad_signature *s = f->signature;
  if (n > s->positional && s->rest < 0) return complain(f, "%s%d arguments by position", "", n);
  for (Py_ssize_t i = 0; i < n && i < s->positional; i++) c->values[i] = args[i];
  if (s->rest < 0) return true;
  Py_ssize_t left = n > s->positional ? n - s->positional : 0;
  if (!(c->rest = PyTuple_New(left))) return false;
  for (Py_ssize_t i = 0; i < left; i++) PyTuple_SetItem(c->rest, i, Py_NewRef(args[s->positional + i]));
  c->values[s->rest] = c->rest;
  return true;
}

static bool take_keywords(const pyad_function *f, call_state *c, PyObject *const *args, PyObject *names) {
  const pyad_signature *s = f->signature;
  Py_ssize_t n = names ? PyTuple_Size(names) : 0;
  for (Py_ssize_t k = 0; k < n; k++) {
    PyObject *name = PyTuple_GetItem(names, k);
    int i = 0;
    while (i < s->count && s->parameters[i].name != name) i++;
    if (i == s->count)
      for (i = 0; i < s->count && PyUnicode_Compare(s->parameters[i].name, name); i++) {}
    if (i == s->count || i == s->rest) return complain(f, "there is no argument '%s'", PyUnicode_AsUTF8AndSize(name, NULL), 0);
    if (c->values[i]) return complain(f, "argument '%s' is given twice", name_of(&s->parameters[i]), 0);
    c->values[i] = args[k];
  }
  for (int i = 0; i < s->count; i++) {
    if (!c->values[i] && !s->parameters[i].otherwise && i != s->rest)
      return complain(f, "argument '%s' is missing", name_of(&s->parameters[i]), 0);
    if (!c->values[i]) c->values[i] = s->parameters[i].otherwise;
  }
  return true;
}

/* ---- Inputs ---- */

static bool room_for_inputs(call_state *c, int n) {
  c->input_count = n;
  c->inputs = pyad_scratch_take(&c->scratch, 2 * (size_t)(n + 1) * sizeof *c->inputs);
  if (!c->inputs) return false;
  c->temporaries = c->inputs + n;
  memset(c->inputs, 0, 2 * (size_t)n * sizeof *c->inputs);
  return true;
}

static bool take_list(const pyad_function *f, call_state *c, PyObject *value, const char *name) {
  if (pyad_is_array(value)) return complain(f, "%s is an array and not a sequence of arrays", name, 0);
  PyObject *list = PySequence_List(value);
  if (!list) return false;
  int n = (int)PyList_Size(list);
  bool ok = room_for_inputs(c, n);
  for (int i = 0; ok && i < n; i++)
    ok = (c->inputs[i] = pyad_operand(PyList_GetItem(list, i), name, &c->temporaries[i])) != NULL;
  /* The list may hold the only reference to what an iterator made. */
  for (int i = 0; ok && i < n; i++)
    if (!c->temporaries[i]) c->temporaries[i] = ad_keep(c->inputs[i]);
  Py_DECREF(list);
  return ok;
}

static bool take_values(const pyad_function *f, call_state *c) {
  const pyad_signature *s = f->signature;
  const ad_op *op = f->op;
  memcpy(c->attrs, s->fixed, (size_t)op->field_count * sizeof *c->attrs);
  if (op->inputs != AD_INPUTS_ANY && !room_for_inputs(c, op->inputs)) return false;
  for (int i = 0; i < s->count; i++) {
    const pyad_parameter *p = &s->parameters[i];
    PyObject *value = c->values[i];
    switch (p->goal) {
      case PYAD_TO_STREAM: break;
      case PYAD_TO_LIST:
        if (!take_list(f, c, value, name_of(p))) return false;
        break;
      case PYAD_TO_INPUT:
        if (value == Py_None) {
          if (!p->otherwise) return complain(f, "argument '%s' is None", name_of(p), 0);
        } else if (!(c->inputs[p->index] = pyad_operand(value, name_of(p), &c->temporaries[p->index])))
          return false;
        break;
      case PYAD_TO_FIELD: {
        ad_attr *a = &c->attrs[p->index];
        if (value == Py_None && a->given) break; /* an alternative spelling was given */
        if (!pyad_attr_of(value, name_of(p), op->fields[p->index].kind, &c->scratch, a)) return false;
        if (p->turned) a->as.i = !a->as.i;
      }
    }
  }
  return true;
}

/* ---- The call ---- */

static PyObject *run(const pyad_function *f, call_state *c) {
  const ad_op *op = f->op;
  ad_place place = pyad_place();
  ad_array *y = ad_apply(pyad.ctx, place, op, c->inputs, c->input_count, op->field_count ? c->attrs : NULL);
  if (!op->extras || ad_is_error(y)) return pyad_wrap(y);
  int shown = op->outputs - op->extras;
  ad_array *all = pyad_own(y);
  if (!all) return NULL;
  PyObject *result = shown == 1 ? NULL : PyTuple_New(shown);
  for (int i = 0; i < shown; i++) {
    PyObject *member = pyad_wrap(ad_item_at(place, all, i));
    if (shown == 1) result = member;
    else if (!member || !result || PyTuple_SetItem(result, i, member)) Py_CLEAR(result);
  }
  ad_drop(all);
  return result;
}

static bool read_signature(pyad_function *f) {
  char text[1024];
  const char *open = strchr(f->doc, '(');
  snprintf(text, sizeof text, "%.*s", (int)(strstr(f->doc, ")\n--") - open - 1), open + 1);
  pyad_signature *s = malloc(sizeof *s);
  if (!s) return PyErr_NoMemory() != NULL;
  if (!pyad_signature_read(s, f->op, text, f->binding)) return free(s), false;
  f->signature = s;
  return true;
}

static PyObject *call(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  pyad_function *f = PyCapsule_GetPointer(self, NULL);
  if (!f || (!f->signature && !read_signature(f)) || !pyad_ready()) return NULL;
  call_state c;
  memset(c.values, 0, sizeof c.values);
  c.rest = NULL;
  c.inputs = NULL;
  c.input_count = 0;
  c.scratch.used = 0;
  c.scratch.more = NULL;
  bool ok = take_positions(f, &c, args, n) && take_keywords(f, &c, args + n, names) && take_values(f, &c);
  PyObject *result = ok ? run(f, &c) : NULL;
  for (int i = 0; c.inputs && i < c.input_count; i++) ad_drop(c.temporaries[i]);
  Py_XDECREF(c.rest);
  pyad_scratch_free(&c.scratch);
  return result;
}

/* ---- Making the functions ---- */

static const char *last_name(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot ? dot + 1 : path;
}

static bool add(PyObject *names, const ad_op *op, const char *path, const char *signature, const char *binding) {
  char own[1024];
  if (!signature) {
    pyad_signature_write(op, own, sizeof own);
    signature = own;
  }
  const char *stream = strstr(signature, "stream=None") ? "" : strstr(signature, "*") ? ", stream=None" : ", *, stream=None";
  size_t size = strlen(path) + strlen(signature) + strlen(op->doc) + 64;
  pyad_function *f = calloc(1, sizeof *f);
  if (!f || !(f->doc = malloc(size))) return free(f), PyErr_NoMemory() != NULL;
  snprintf(f->doc, size, "%s(%s%s)\n--\n\n%s", last_name(path), signature, *signature ? stream : "*, stream=None", op->doc);
  f->op = op;
  f->path = path;
  f->binding = binding;
  f->method = (PyMethodDef){last_name(path), (PyCFunction)(void (*)(void))call, METH_FASTCALL | METH_KEYWORDS, f->doc};
  PyObject *capsule = PyCapsule_New(f, NULL, NULL), *name = PyUnicode_FromString("adamant");
  PyObject *function = capsule && name ? PyCFunction_NewEx(&f->method, capsule, name) : NULL;
  bool ok = function && !PyDict_SetItemString(names, path, function);
  Py_XDECREF(function);
  Py_XDECREF(capsule);
  Py_XDECREF(name);
  return ok;
}

/* linalg_svd is linalg.svd. */
static char *dotted(const char *op_name) {
  static const char *const spaces[] = {"random_", "fft_", "linalg_", "fast_"};
  char *path = malloc(strlen(op_name) + 1);
  if (!path) return PyErr_NoMemory(), NULL;
  strcpy(path, op_name);
  for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
    if (!strncmp(path, spaces[i], strlen(spaces[i]))) path[strlen(spaces[i]) - 1] = '.';
  return path;
}

static bool is_spoken_for(const ad_op *op) {
  if (op->flags & AD_OP_HIDDEN) return true;
  for (int i = 0; i < ROWS; i++)
    if (!strcmp(rows[i].op, op->name) && (!rows[i].path || rows[i].signature)) return true;
  return false;
}

bool pyad_calls_init(PyObject *names) {
  for (int i = 0; i < ad_op_count(); i++) {
    const ad_op *op = ad_op_at(i);
    if (is_spoken_for(op)) continue;
    char *path = dotted(op->name);
    if (!path || !add(names, op, path, NULL, "")) return false;
  }
  for (int i = 0; i < ROWS; i++) {
    const ad_op *op = ad_op_find(pyad.ctx, rows[i].op);
    if (!op) return PyErr_Format(PyExc_SystemError, "signatures.def: there is no op %s", rows[i].op), false;
    if (rows[i].path && !add(names, op, rows[i].path, rows[i].signature, rows[i].binding)) return false;
  }
  return true;
}
