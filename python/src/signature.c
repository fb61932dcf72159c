#include "signature.h"

#include <stdio.h>
#include <string.h>

/* ---- Words ---- */

typedef struct word {
  const char *at;
  size_t length;
} word;

static bool same(word w, const char *text) { return strlen(text) == w.length && !memcmp(w.at, text, w.length); }

static word trim(const char *begin, const char *end) {
  while (begin < end && *begin == ' ') begin++;
  while (end > begin && end[-1] == ' ') end--;
  return (word){begin, (size_t)(end - begin)};
}

/* The next part of a list with commas; brackets and quotes hide theirs. */
static bool next_part(const char **rest, word *out) {
  const char *p = *rest;
  while (*p == ' ') p++;
  if (!*p) return false;
  int depth = 0;
  const char *begin = p;
  for (bool quoted = false; *p && (depth || quoted || *p != ','); p++) {
    if (*p == '\'') quoted = !quoted;
    if (!quoted) depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
  }
  *out = trim(begin, p);
  *rest = *p ? p + 1 : p;
  return true;
}

static bool bad(const ad_op *op, const char *what, word w) {
  char text[200];
  snprintf(text, sizeof text, "signatures.def: %s: %s '%.*s'", op ? op->name : "a body", what, (int)w.length, w.at);
  PyErr_SetString(PyExc_SystemError, text);
  return false;
}

/* ---- Literals ---- */

static PyObject *literal(word w);

static PyObject *literal_tuple(word w) {
  char inside[128];
  snprintf(inside, sizeof inside, "%.*s", (int)w.length - 2, w.at + 1);
  const char *rest = inside;
  PyObject *list = PyList_New(0);
  for (word part; list && next_part(&rest, &part);) {
    PyObject *item = literal(part);
    if (!item || PyList_Append(list, item)) Py_CLEAR(list);
    Py_XDECREF(item);
  }
  PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
  Py_XDECREF(list);
  return tuple;
}

static PyObject *literal(word w) {
  if (same(w, "None")) return Py_NewRef(Py_None);
  if (same(w, "True")) return Py_NewRef(Py_True);
  if (same(w, "False")) return Py_NewRef(Py_False);
  if (w.length > 1 && *w.at == '(') return literal_tuple(w);
  if (w.length > 1 && w.at[0] == '\'') return PyUnicode_FromStringAndSize(w.at + 1, (Py_ssize_t)w.length - 2);
  char text[64];
  snprintf(text, sizeof text, "%.*s", (int)w.length, w.at);
  if (!strpbrk(text, ".einf")) return PyLong_FromString(text, NULL, 10);
  double d = PyOS_string_to_double(text, NULL, NULL);
  return PyErr_Occurred() ? NULL : PyFloat_FromDouble(d);
}

/* ---- Finding what a name means ---- */

static int input_of(const ad_op *op, word name) {
  const char *p = op->params ? op->params : "";
  for (word w; next_part(&p, &w);) {
    if (w.length == name.length && !memcmp(w.at, name.at, w.length)) {
      int index = 0;
      for (const char *q = op->params; q < w.at; q++) index += *q == ',';
      return index;
    }
  }
  return -1;
}

static int field_of(const ad_op *op, word name) {
  for (int i = 0; i < op->field_count; i++)
    if (same(name, op->fields[i].name)) return i;
  return same(name, "axis") ? field_of(op, (word){"axes", 4}) : -1;
}

static bool bind_by_name(const ad_op *op, word name, pyad_parameter *p) {
  if (same(name, "stream") || same(name, "device")) return p->goal = PYAD_TO_STREAM, true;
  if (same(name, "-")) return p->goal = PYAD_TO_NOTHING, true;
  if (!op) return p->goal = PYAD_TO_BODY, true;
  int i = input_of(op, name);
  if (i >= 0) {
    p->goal = op->inputs == AD_INPUTS_ANY ? PYAD_TO_LIST : PYAD_TO_INPUT;
    p->index = i;
    return true;
  }
  p->goal = PYAD_TO_FIELD;
  p->index = field_of(op, name);
  return p->index >= 0;
}

static bool ends_with(word *w, const char *text) {
  size_t n = strlen(text);
  if (w->length < n || memcmp(w->at + w->length - n, text, n)) return false;
  w->length -= n;
  return true;
}

/* What the parts of the binding say of this parameter; *bound: they named a goal. */
static bool bind_by_text(const ad_op *op, word name, const char *binding, pyad_parameter *p, bool *bound) {
  for (word w; next_part(&binding, &w);) {
    const char *sign = memchr(w.at, '=', w.length);
    if (!sign || sign == w.at || sign[-1] == ':') continue;
    word goal = trim(w.at, sign), from = trim(sign + 1, w.at + w.length);
    bool turned = from.length && *from.at == '!', nested = ends_with(&from, "..");
    if (turned) from.at++, from.length--;
    if (from.length != name.length || memcmp(from.at, name.at, name.length)) continue;
    if (ends_with(&goal, "?")) {
      p->text = field_of(op, goal);
      if (p->text < 0) return bad(op, "no attribute for", w);
      continue;
    }
    if (same(goal, "flat")) {
      p->flat = true;
      continue;
    }
    p->turned = turned;
    p->nested = nested;
    *bound = true;
    if (!bind_by_name(op, goal, p)) return bad(op, "no goal for", w);
  }
  return true;
}

static bool read_fixed(pyad_signature *s, const ad_op *op, const char *binding) {
  for (word w; next_part(&binding, &w);) {
    const char *sign = memchr(w.at, '=', w.length);
    if (!sign || sign == w.at || sign[-1] != ':') continue;
    int i = field_of(op, trim(w.at, sign - 1));
    /* A text is the object's own, a list lies in the scratch: both stay. */
    PyObject *value = i < 0 ? NULL : literal(trim(sign + 1, w.at + w.length));
    pyad_scratch *kept = PyMem_Calloc(1, sizeof *kept);
    bool ok = value && kept && pyad_attr_of(value, op->fields[i].name, op->fields[i].kind, kept, &s->fixed[i]);
    if (!ok) return bad(op, "cannot fix", w);
  }
  return true;
}

static bool read_names(pyad_signature *s, const char *binding) {
  PyObject *names = PyList_New(0);
  bool ok = names != NULL;
  for (word w; ok && next_part(&binding, &w);) {
    if (*w.at != '>') continue;
    PyObject *name = PyUnicode_FromStringAndSize(w.at + 1, (Py_ssize_t)w.length - 1);
    ok = name && !PyList_Append(names, name);
    Py_XDECREF(name);
  }
  if (ok && PyList_Size(names)) ok = (s->named = PyList_AsTuple(names)) != NULL;
  Py_XDECREF(names);
  return ok;
}

/* ---- Reading ---- */

static bool read_parameter(pyad_signature *s, const ad_op *op, word w, const char *binding) {
  if (s->count == PYAD_MOST_PARAMETERS) return bad(op, "too many parameters at", w);
  pyad_parameter *p = &s->parameters[s->count];
  *p = (pyad_parameter){.text = -1};
  const char *sign = memchr(w.at, '=', w.length);
  word name = trim(w.at, sign ? sign : w.at + w.length);
  if (*name.at == '*') {
    s->rest = s->count;
    name.at++, name.length--;
  }
  p->name = PyUnicode_FromStringAndSize(name.at, (Py_ssize_t)name.length);
  if (!p->name) return false;
  PyUnicode_InternInPlace(&p->name);
  if (sign && !(p->otherwise = literal(trim(sign + 1, w.at + w.length)))) return bad(op, "no literal in", w);
  bool bound = false;
  if (!bind_by_text(op, name, binding, p, &bound)) return false;
  /* A body's own `device` is an argument like others; where to run is said by keyword. */
  if (!op && s->positional < 0) p->goal = PYAD_TO_BODY, bound = true;
  if (!bound && !bind_by_name(op, name, p)) return bad(op, "nothing is called", name);
  s->count++;
  return true;
}

bool pyad_signature_read(pyad_signature *s, const ad_op *op, const char *signature, const char *binding) {
  *s = (pyad_signature){.rest = -1, .positional = -1};
  if (op && op->field_count > PYAD_MOST_FIELDS) return bad(op, "too many attributes", (word){"", 0});
  for (word w; next_part(&signature, &w);) {
    if (same(w, "/")) continue;
    if (same(w, "*")) {
      s->positional = s->count;
      continue;
    }
    if (!read_parameter(s, op, w, binding)) return false;
    if (s->rest >= 0 && s->positional < 0) s->positional = s->rest;
  }
  if (s->positional < 0) s->positional = s->count;
  return read_fixed(s, op, binding) && read_names(s, binding);
}

/* ---- Writing one for an op that has none ---- */

typedef struct out_text {
  char *at;
  size_t left;
} out_text;

static void put(out_text *o, const char *format, const char *text, double number) {
  int n = number == number ? snprintf(o->at, o->left, format, text, number) : snprintf(o->at, o->left, format, text);
  if (n > 0 && (size_t)n < o->left) o->at += n, o->left -= (size_t)n;
}

static void put_default(out_text *o, const ad_field *f) {
  char first[32];
  const double none = Py_NAN;
  if (f->kind == AD_FIELD_FLAG) put(o, f->has_default && f->default_num != 0 ? "=True" : "=False", "", none);
  else if (f->kind == AD_FIELD_TEXT && f->text) {
    snprintf(first, sizeof first, "%.*s", (int)strcspn(f->text, "|"), f->text);
    put(o, "='%s'", first, none);
  } else if (f->has_default && f->kind != AD_FIELD_DTYPE) {
    snprintf(first, sizeof first, f->kind == AD_FIELD_NUM ? "%.17g" : "%.0f", f->default_num);
    if (f->kind == AD_FIELD_NUM) snprintf(first, sizeof first, "%g", f->default_num);
    if (f->kind == AD_FIELD_NUM && !strpbrk(first, ".e")) strcat(first, ".0");
    put(o, "=%s", first, none);
  } else
    put(o, "=None", "", none);
}

static void put_field(out_text *o, const ad_field *f) {
  put(o, ", %s", f->kind == AD_FIELD_AXES ? "axis" : f->name, Py_NAN);
  if (!(f->flags & AD_FIELD_REQUIRED)) put_default(o, f);
}

void pyad_signature_write(const ad_op *op, char *out, size_t size) {
  out_text o = {out, size};
  int index = 0;
  const char *p = op->params ? op->params : "";
  out[0] = 0;
  if (op->inputs == AD_INPUTS_ANY) put(&o, ", %s", op->params, Py_NAN);
  else
    for (word w; next_part(&p, &w); index++) {
      char name[32];
      snprintf(name, sizeof name, "%.*s", (int)w.length, w.at);
      put(&o, index >= op->inputs - op->optional ? ", %s=None" : ", %s", name, Py_NAN);
    }
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < op->field_count; i++)
      if ((op->fields[i].flags & AD_FIELD_REQUIRED ? 0 : 1) == pass) put_field(&o, &op->fields[i]);
  put(&o, ", *, stream=None", "", Py_NAN);
  memmove(out, out + 2, strlen(out) - 1);
}
