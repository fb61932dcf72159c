/* One call of a function: arguments are sorted by its signature, made into inputs and attributes, and the op is applied; a function
 * with a body of its own is handed the values in order. */
#include "functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arguments ---- */

typedef struct call_state {
  PyObject *values[PYAD_MOST_PARAMETERS]; /* borrowed; NULL: not given */
  PyObject *rest;                         /* new: what `*name` takes */
  PyObject *where;                        /* borrowed: the stream or device that was given; NULL: none */
  ad_array **inputs, **temporaries;
  int input_count;
  ad_attr attrs[PYAD_MOST_FIELDS];
  unsigned defaulted; /* bit k: attribute k was only given by a default, which another name may replace */
  pyad_scratch scratch;
} call_state;

static const char *name_of(const pyad_parameter *p) { return PyUnicode_AsUTF8AndSize(p->name, NULL); }

static bool complain(const pyad_function *f, const char *format, const char *name, Py_ssize_t n) {
  char what[256], text[1600];
  snprintf(what, sizeof what, format, name, (int)n);
  snprintf(text, sizeof text, "%s: %s; %.*s is right", f->path, what, (int)strcspn(f->doc, "\n"), f->doc);
  pyad_refuse(PyExc_TypeError, "%s", text);
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

/* Holds the handle: making the other arguments may run Python code, which may give the object another one. */
static bool take_operand(call_state *c, int i, PyObject *value, const char *name) {
  ad_array *fresh = NULL;
  if (!pyad_is_array(value)) return (c->inputs[i] = pyad_operand(value, name, &fresh)) && (c->temporaries[i] = fresh);
  return pyad_ready() && (c->inputs[i] = c->temporaries[i] = ad_keep(pyad_handle(value)));
}

static bool take_list(call_state *c, PyObject *value, const char *name) {
  PyObject *list = PySequence_List(value);
  if (!list && PyErr_ExceptionMatches(PyExc_TypeError)) pyad_refuse(PyExc_TypeError, "%s is %R; a sequence of arrays is right", name, value);
  if (!list) return false;
  int n = (int)PyList_Size(list);
  bool ok = room_for_inputs(c, n);
  for (int i = 0; ok && i < n; i++) ok = take_operand(c, i, PyList_GetItem(list, i), name);
  Py_DECREF(list);
  return ok;
}

/* None stands for an input that may be missing, or was given under its other name. */
static bool take_input(const pyad_function *f, call_state *c, const pyad_parameter *p, PyObject *value) {
  const ad_op *op = f->op;
  if (value == Py_None) {
    bool may_miss = p->otherwise || p->index >= op->inputs - op->optional || (!p->index && op->flags & AD_OP_KEYED);
    return may_miss || complain(f, "argument '%s' is None", name_of(p), 0);
  }
  if (c->inputs[p->index]) return complain(f, "'%s' is another name of what is given too", name_of(p), 0);
  return take_operand(c, p->index, value, name_of(p));
}

/* All inputs as one axis each, the one that the attribute means by default. */
static bool flatten_inputs(call_state *c) {
  for (int i = 0; i < c->input_count; i++) {
    if (!c->inputs[i]) continue;
    ad_place place = pyad_place();
    ad_array *flat = pyad_ready() ? pyad_own(ad_flatten_at(place, c->inputs[i], NULL)) : NULL;
    if (!flat) return false;
    ad_drop(c->temporaries[i]);
    c->inputs[i] = c->temporaries[i] = flat;
  }
  return true;
}

static bool take_field(const pyad_function *f, call_state *c, const pyad_parameter *p, PyObject *value) {
  int index = p->text >= 0 && PyUnicode_Check(value) ? p->text : p->index;
  ad_attr *a = &c->attrs[index];
  if (value == Py_None) {
    if (p->flat) return flatten_inputs(c);
    const ad_field *field = &f->op->fields[index];
    bool may_miss = p->otherwise == Py_None || !(field->flags & AD_FIELD_REQUIRED || field->has_default);
    return may_miss || complain(f, "argument '%s' is None", name_of(p), 0);
  }
  if (a->given && c->defaulted >> index & 1) a->given = false;
  c->defaulted |= (value == p->otherwise ? 1u : 0u) << index;
  if (a->given && !f->signature->fixed[index].given) return complain(f, "'%s' is another name of what is given too", name_of(p), 0);
  ad_ints ints;
  if (p->nested) return pyad_nested_ints_of(value, name_of(p), &c->scratch, &ints) && (*a = ad_attr_ints(ints), true);
  if (!pyad_attr_of(value, name_of(p), f->op->fields[index].kind, &c->scratch, a)) return false;
  if (p->turned) a->as.i = !a->as.i;
  return true;
}

/* An input with two names is missing when neither is given. */
static bool nothing_is_missing(const pyad_function *f, const call_state *c) {
  const ad_op *op = f->op;
  const pyad_signature *s = f->signature;
  for (int i = op->flags & AD_OP_KEYED ? 1 : 0; i < op->inputs - op->optional; i++) {
    if (c->inputs[i]) continue;
    for (int k = 0; k < s->count; k++)
      if (s->parameters[k].goal == PYAD_TO_INPUT && s->parameters[k].index == i)
        return complain(f, "argument '%s' is missing", name_of(&s->parameters[k]), 0);
  }
  return true;
}

static bool take_values(const pyad_function *f, call_state *c) {
  const pyad_signature *s = f->signature;
  const ad_op *op = f->op;
  if (op) memcpy(c->attrs, s->fixed, (size_t)op->field_count * sizeof *c->attrs);
  if (op && op->inputs != AD_INPUTS_ANY && !room_for_inputs(c, op->inputs)) return false;
  for (int i = 0; i < s->count; i++) {
    const pyad_parameter *p = &s->parameters[i];
    PyObject *value = c->values[i];
    switch (p->goal) {
      case PYAD_TO_STREAM:
        if (value == Py_None) break;
        if (!pyad_stream_check(value)) return false;
        c->where = value;
        break;
      case PYAD_TO_NOTHING:
      case PYAD_TO_BODY: break;
      case PYAD_TO_LIST:
        if (!take_list(c, value, name_of(p))) return false;
        break;
      case PYAD_TO_INPUT:
        if (!take_input(f, c, p, value)) return false;
        break;
      case PYAD_TO_FIELD:
        if (!take_field(f, c, p, value)) return false;
    }
  }
  return !op || op->inputs == AD_INPUTS_ANY || nothing_is_missing(f, c);
}

/* ---- The call ---- */

/* What a call shows of an op with results that only its rules ask for. */
static PyObject *shown_results(const ad_op *op, ad_place place, ad_array *all) {
  int shown = op->outputs - op->extras;
  if (shown == 1) return pyad_ready() ? pyad_wrap(ad_item_at(place, all, 0)) : NULL;
  PyObject *result = PyTuple_New(shown);
  for (int i = 0; result && i < shown; i++) {
    PyObject *member = pyad_ready() ? pyad_wrap(ad_item_at(place, all, i)) : NULL;
    if (!member || PyTuple_SetItem(result, i, member)) Py_CLEAR(result);
  }
  return result;
}

/* A body may run Python code between its calls of the library. */
static PyObject *run_body(const pyad_function *f, const call_state *c) {
  if (!pyad_enter()) return NULL;
  PyObject *result = f->body(c->values);
  pyad_leave();
  return result;
}

static PyObject *run(pyad_function *f, call_state *c) {
  if (!f->op) return run_body(f, c);
  const ad_op *op = f->op;
  ad_place place = pyad_place();
  if (!pyad_ready()) return NULL;
  bool draws = op->flags & AD_OP_KEYED && !c->inputs[0];
  if (draws) pyad_random_lend();
  ad_array *y = ad_apply(pyad.ctx, place, op, c->inputs, c->input_count, op->field_count ? c->attrs : NULL);
  if (draws) pyad_random_take_back();
  if (!op->extras || ad_is_error(y)) return pyad_wrap(y);
  ad_array *all = pyad_own(y);
  PyObject *result = all ? shown_results(op, place, all) : NULL;
  ad_drop(all);
  return result;
}

bool pyad_read_signature(pyad_function *f) {
  if (f->signature) return true;
  char text[1024];
  const char *open = strchr(f->doc, '(');
  snprintf(text, sizeof text, "%.*s", (int)(strstr(f->doc, ")\n--") - open - 1), open + 1);
  pyad_signature *s = malloc(sizeof *s);
  if (!s) return PyErr_NoMemory() != NULL;
  if (!pyad_signature_read(s, f->op, text, f->binding)) return free(s), false;
  f->signature = s;
  return true;
}

PyObject *pyad_call_function(pyad_function *f, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  if (!f->signature && !pyad_read_signature(f)) return NULL;
  call_state c;
  memset(c.values, 0, sizeof c.values);
  c.rest = c.where = NULL;
  c.inputs = NULL;
  c.input_count = 0;
  c.defaulted = 0;
  c.scratch.used = 0;
  c.scratch.more = NULL;
  bool ok = take_positions(f, &c, args, n) && take_keywords(f, &c, args + n, names) && take_values(f, &c);
  PyObject *result = ok ? run(f, &c) : NULL;
  if (result && c.where && !pyad_stream_start(c.where, result)) Py_CLEAR(result);
  for (int i = 0; c.inputs && i < c.input_count; i++) ad_drop(c.temporaries[i]);
  Py_XDECREF(c.rest);
  pyad_scratch_free(&c.scratch);
  return f->signature->named && result && PyTuple_Check(result) ? pyad_name_results(f, result) : result;
}
