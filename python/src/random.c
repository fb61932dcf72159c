/* The random state: a key for each thread, from which calls without a key draw.
 *
 * The library keeps such a state in the context. A thread's own is put there for the length of one call and taken out again,
 * so the numbers are those of arrays.md 1.6 for each thread alone, and the library's rules hold (in the body of a loop, which is
 * traced once, a call without a key is refused). `adamant.random.state` is a sequence of one array, the key of the thread that looks. */
#include "functions.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

typedef struct thread_key {
  uint32_t words[2];
  bool seeded;
} thread_key;

static _Thread_local thread_key mine;
static atomic_uint_fast64_t threads_seeded; /* two threads that begin in the same moment differ */

static void seed_when_new(void) {
  struct timespec now = {0};
  if (mine.seeded) return;
  timespec_get(&now, TIME_UTC);
  uint64_t seed = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  seed ^= (uint64_t)atomic_fetch_add(&threads_seeded, 1) << 48;
  mine = (thread_key){{(uint32_t)(seed >> 32), (uint32_t)seed}, true};
}

void pyad_random_lend(void) {
  seed_when_new();
  ad_random_restore(pyad.ctx, mine.words);
}

void pyad_random_take_back(void) { ad_random_state(pyad.ctx, mine.words); }

/* Any 64 bits, given as a number from -2^63 to 2^64 - 1. */
static bool bits_of(PyObject *o, const char *who, uint64_t *out) {
  PyObject *whole = PyNumber_Index(o);
  if (!whole) return false;
  *out = PyLong_AsUnsignedLongLongMask(whole);
  long long small = 0;
  int overflow = 0;
  small = PyLong_AsLongLongAndOverflow(whole, &overflow);
  bool ok = !overflow;
  if (overflow > 0) ok = PyLong_AsUnsignedLongLong(whole) != (unsigned long long)-1 || !PyErr_Occurred();
  Py_DECREF(whole);
  (void)small;
  if (ok) return true;
  PyErr_Clear();
  pyad_refuse(PyExc_OverflowError, "%s: seed is %R; 64 bits are right", who, o);
  return false;
}

PyObject *pyad_random_seed(PyObject *const *v) {
  uint64_t seed;
  if (!bits_of(v[0], "random.seed", &seed)) return NULL;
  mine = (thread_key){{(uint32_t)(seed >> 32), (uint32_t)seed}, true};
  Py_RETURN_NONE;
}

PyObject *pyad_random_key(PyObject *const *v) {
  uint64_t seed;
  if (!bits_of(v[0], "random.key", &seed)) return NULL;
  return pyad_wrap(ad_random_key_at(pyad_place(), pyad.ctx, (int64_t)seed));
}

/* ---- The state as a sequence ---- */

static Py_ssize_t state_length(PyObject *self) {
  (void)self;
  return 1;
}

static PyObject *state_item(PyObject *self, Py_ssize_t i) {
  (void)self;
  if (i) return pyad_refuse(PyExc_IndexError, "random.state: its one item is 0");
  if (!pyad_ready()) return NULL;
  seed_when_new();
  return pyad_wrap(ad_array_new_at(pyad_place(), pyad.ctx, AD_UINT32, AD_SHAPE(2), mine.words));
}

static int state_assign(PyObject *self, Py_ssize_t i, PyObject *value) {
  (void)self;
  if (i) return pyad_refuse(PyExc_IndexError, "random.state: its one item is 0"), -1;
  if (!value) return pyad_refuse(PyExc_TypeError, "random.state: its item cannot be deleted"), -1;
  if (!pyad_is_array(value) || ad_array_dtype(pyad_handle(value)) != AD_UINT32 || ad_array_size(pyad_handle(value)) != 2)
    return pyad_refuse(PyExc_ValueError, "random.state: %R was given; a key, two uint32 numbers, is right", (PyObject *)Py_TYPE(value)), -1;
  ad_array *key = pyad_keep(value);
  uint32_t words[2];
  bool ok = key && pyad_eval(&key, 1) && pyad_ready() && ad_read(key, words, sizeof words) == AD_OK;
  ad_drop(key);
  if (!ok) return PyErr_Occurred() ? -1 : (pyad_refuse(PyExc_ValueError, "random.state: the key has no value"), -1);
  mine = (thread_key){{words[0], words[1]}, true};
  return 0;
}

static PyObject *state_repr(PyObject *self) {
  PyObject *key = state_item(self, 0), *text = key ? PyUnicode_FromFormat("[%R]", key) : NULL;
  Py_XDECREF(key);
  return text;
}

/* There is one such object: pickled and copied it is itself. */
static PyObject *state_reduce(PyObject *self, PyObject *unused) {
  (void)self, (void)unused;
  return PyUnicode_FromString("state");
}

static PyMethodDef state_methods[] = {{"__reduce__", state_reduce, METH_NOARGS, NULL}, {0}};
static PyType_Slot state_slots[] = {
    {Py_tp_methods, state_methods},
    {Py_sq_length, (void *)state_length},
    {Py_sq_item, (void *)state_item},
    {Py_sq_ass_item, (void *)state_assign},
    {Py_tp_repr, (void *)state_repr},
    {Py_tp_doc, "The random state of the thread that looks: a list of one key."},
    {0, NULL},
};
static PyType_Spec state_spec = {"adamant.random.State", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, state_slots};

bool pyad_random_init(void) {
  PyObject *type = PyType_FromSpec(&state_spec);
  PyObject *state = type ? (PyObject *)PyObject_New(PyObject, (PyTypeObject *)(void *)type) : NULL;
  bool ok = state && !PyModule_AddObjectRef(pyad.module, "_random_state", state);
  Py_XDECREF(state);
  Py_XDECREF(type);
  return ok;
}
