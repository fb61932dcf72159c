/* The one context: who has it, evaluation without the GIL, what happens at fork and at the end, and the exceptions that
 * statuses become.
 *
 * `owner` and `depth` change only under the GIL. A thread that makes nodes needs no more than the GIL and an owner that is
 * nobody or itself (pyad_ready); a thread that lets the GIL go inside the library is the owner meanwhile (pyad_enter). A
 * thread that is waiting when the owner leaves is given the context, so that one that evaluates in a loop starves nobody.
 *
 * An owner can vanish: the interpreter ends threads that want the GIL once it is finalising, and a forked child has only the
 * thread that forked. Then the context stays as it was left, and who asks for it gets an exception.
 *
 * Not here: interrupting an evaluation. A signal is answered when it ends, or while waiting for another thread's. */
#include "core.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

pyad_core pyad;

/* Owners that are no thread: it is for whoever was waiting; its owner did not come along into this process. */
enum { OWNER_NOBODY, OWNER_NEXT, OWNER_LOST };

static struct {
  pthread_mutex_t lock; /* taken with the GIL held, so that nobody misses the owner leaving */
  pthread_cond_t left;
  int count; /* under the GIL */
} waiting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

/* ---- Having the context ---- */

enum { LOOK_UP_NANOSECONDS = 20000000, FORK_PATIENCE = 500 }; /* signals and the end are looked for so often; at fork, as many looks */

static void sleep_a_little(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += LOOK_UP_NANOSECONDS;
  if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
  waiting.count++;
  pthread_mutex_lock(&waiting.lock);
  Py_BEGIN_ALLOW_THREADS
  pthread_cond_timedwait(&waiting.left, &waiting.lock, &until);
  pthread_mutex_unlock(&waiting.lock);
  Py_END_ALLOW_THREADS
  waiting.count--;
}

static void tell_waiters(void) {
  pthread_mutex_lock(&waiting.lock);
  pthread_cond_broadcast(&waiting.left);
  pthread_mutex_unlock(&waiting.lock);
}

static bool is_finalizing(void) {
  PyObject *ask = PySys_GetObject("is_finalizing"); /* borrowed */
  PyObject *answer = ask ? PyObject_CallNoArgs(ask) : NULL;
  bool yes = !answer || PyObject_IsTrue(answer);
  Py_XDECREF(answer);
  PyErr_Clear();
  return yes;
}

static bool refuse(const char *text) {
  PyErr_SetString(PyExc_RuntimeError, text);
  return false;
}

/* Whether `me` may take the context. Whom it was left to, if nobody waits any more, went at the end of the interpreter. */
static bool is_free_for(unsigned long me, bool waited) {
  if (pyad.owner == OWNER_NEXT) return waited || !waiting.count;
  return !pyad.owner || pyad.owner == me;
}

/* Waits until the context is the caller's to take; at most so many looks, 0: for ever. */
static bool await(unsigned long me, int looks) {
  bool waited = false;
  for (int look = 1; !is_free_for(me, waited); look++) {
    if (pyad.owner == OWNER_LOST)
      return refuse("adamant: another thread was computing when this process was forked, so arrays cannot be used here; "
                    "forking when no thread computes, or the start method spawn, is right");
    if (is_finalizing()) return refuse("adamant: the interpreter ends while another thread computes; no array can be used any more");
    if (looks && look > looks) return refuse("adamant: fork: another thread is computing");
    sleep_a_little();
    waited = true;
    if (PyErr_CheckSignals()) return false;
  }
  return true;
}

static bool enter_within(int looks) {
  unsigned long me = PyThread_get_thread_ident();
  if (pyad.owner != me && pyad.owner && !await(me, looks)) return false;
  pyad.owner = me;
  pyad.depth++;
  return true;
}

bool pyad_enter(void) { return enter_within(0); }

bool pyad_wait(void) {
  unsigned long me = PyThread_get_thread_ident();
  if (pyad.owner == me) return true;
  if (!await(me, 0)) return false;
  pyad.owner = OWNER_NOBODY;
  if (waiting.count) tell_waiters();
  return true;
}

void pyad_leave(void) {
  if (--pyad.depth) return;
  pyad.owner = waiting.count ? OWNER_NEXT : OWNER_NOBODY;
  if (waiting.count) tell_waiters();
  pyad_release_now();
}

/* ---- Evaluation ---- */

static void raise_of_evaluation(ad_status code, const char *text);

bool pyad_eval(ad_array *const *arrays, int n) {
  if (!pyad_ready()) return false;
  bool pending = false;
  for (int i = 0; i < n && !pending; i++) pending = !ad_array_is_evaluated(arrays[i]);
  if (!pending) return true;
  if (!pyad_enter()) return false;
  ad_status s;
  Py_BEGIN_ALLOW_THREADS
  s = ad_eval_all(arrays, n);
  Py_END_ALLOW_THREADS
  if (s) {
    int i = 0;
    while (i < n && !ad_is_error(arrays[i])) i++;
    raise_of_evaluation(s, i < n ? ad_error_text(arrays[i]) : ad_status_meaning(s));
  }
  pyad_leave();
  return !s && !PyErr_Occurred();
}

/* ---- Objects that the library lets go ---- */

typedef struct released {
  struct released *next;
  PyObject *object;
} released;
static _Atomic(released *) let_go;

void *pyad_hold(PyObject *object) {
  released *r = malloc(sizeof *r);
  if (!r) return PyErr_NoMemory(), NULL;
  r->object = Py_NewRef(object);
  return r;
}

void pyad_release(void *held, void *data) {
  (void)data;
  released *r = held;
  r->next = atomic_load_explicit(&let_go, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(&let_go, &r->next, r, memory_order_release, memory_order_relaxed)) {}
}

void pyad_release_now(void) {
  if (!atomic_load_explicit(&let_go, memory_order_relaxed)) return;
  released *r = atomic_exchange_explicit(&let_go, NULL, memory_order_acquire);
  while (r) {
    released *next = r->next;
    Py_DECREF(r->object);
    free(r);
    r = next;
  }
}

/* ---- Fork ----
 * The forking thread takes the context first, so that no evaluation is cut in two; a child in which that failed refuses all use. */

static unsigned long forking; /* the thread that took the context in order to fork */

static PyObject *before_fork(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  if (enter_within(FORK_PATIENCE)) {
    forking = PyThread_get_thread_ident();
    Py_BEGIN_ALLOW_THREADS
    ad_synchronize(pyad.ctx, NULL);
    Py_END_ALLOW_THREADS
  }
  PyErr_Clear(); /* the child says so when it is asked for an array; the parent has lost nothing */
  return Py_NewRef(Py_None);
}

static bool leave_after_fork(void) {
  if (forking != PyThread_get_thread_ident()) return false;
  forking = 0;
  pyad_leave();
  return true;
}

static PyObject *after_fork_in_parent(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  leave_after_fork();
  return Py_NewRef(Py_None);
}

static PyObject *after_fork_in_child(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  pthread_mutex_init(&waiting.lock, NULL);
  pthread_cond_init(&waiting.left, NULL);
  waiting.count = 0;
  if (!leave_after_fork() && pyad.owner) pyad.owner = OWNER_LOST;
  return Py_NewRef(Py_None);
}

static PyMethodDef fork_hooks[] = {
    {"before", before_fork, METH_NOARGS, NULL},
    {"after_in_parent", after_fork_in_parent, METH_NOARGS, NULL},
    {"after_in_child", after_fork_in_child, METH_NOARGS, NULL},
};

static bool watch_forks(void) {
  PyObject *os = PyImport_ImportModule("os");
  PyObject *watch = os ? PyObject_GetAttrString(os, "register_at_fork") : NULL;
  PyObject *hooks = watch ? PyDict_New() : NULL, *none = PyTuple_New(0);
  bool ok = hooks && none;
  for (size_t i = 0; ok && i < sizeof fork_hooks / sizeof *fork_hooks; i++) {
    PyObject *hook = PyCFunction_New(&fork_hooks[i], NULL);
    ok = hook && !PyDict_SetItemString(hooks, fork_hooks[i].ml_name, hook);
    Py_XDECREF(hook);
  }
  PyObject *done = ok ? PyObject_Call(watch, none, hooks) : NULL;
  ok = done != NULL;
  Py_XDECREF(done);
  Py_XDECREF(none);
  Py_XDECREF(hooks);
  Py_XDECREF(watch);
  Py_XDECREF(os);
  return ok;
}

/* ---- Exceptions ---- */

/* Where the library tells apart what other libraries call a ValueError, the exception is both: it is caught under either name. */
static PyObject *dtype_error, *range_error, *evaluation_error;

static PyObject *new_exception(const char *name, const char *doc, PyObject *first) {
  PyObject *bases = PyTuple_Pack(2, first, PyExc_ValueError);
  PyObject *type = bases ? PyErr_NewExceptionWithDoc(name, doc, bases, NULL) : NULL;
  Py_XDECREF(bases);
  return type && !PyModule_AddObjectRef(pyad.module, strchr(name, '.') + 1, type) ? type : NULL;
}

static bool exceptions_init(void) {
  dtype_error = new_exception("adamant.DtypeError", "An array has a dtype that the operation is not defined for.", PyExc_TypeError);
  range_error = new_exception("adamant.RangeError", "An index or an axis is out of range.", PyExc_IndexError);
  evaluation_error = new_exception("adamant.EvaluationError", "Values that an operation cannot compute with, such as a singular matrix.",
                                   PyExc_RuntimeError);
  return dtype_error && range_error && evaluation_error;
}

static PyObject *exception_of(ad_status code) {
  if (code == AD_E_TYPE) return Py_NewRef(dtype_error);
  if (code == AD_E_INDEX) return Py_NewRef(range_error);
  PyObject *builtins = PyImport_ImportModule("builtins");
  PyObject *found = builtins ? PyObject_GetAttrString(builtins, ad_status_exception(code)) : NULL;
  Py_XDECREF(builtins);
  return found;
}

static void raise(PyObject *type, const char *text) {
  /* The library cuts long texts, perhaps within a character. */
  PyObject *what = type ? PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace") : NULL;
  if (what) PyErr_SetObject(type, what);
  Py_XDECREF(what);
  Py_XDECREF(type);
}

PyObject *pyad_raise(ad_status code, const char *text) {
  if (!PyErr_Occurred()) raise(exception_of(code), text);
  return NULL;
}

static void raise_of_evaluation(ad_status code, const char *text) {
  if (!PyErr_Occurred()) raise(code == AD_E_VALUE ? Py_NewRef(evaluation_error) : exception_of(code), text);
}

PyObject *pyad_refuse(PyObject *exception, const char *format, ...) {
  va_list given;
  PyErr_Clear(); /* what it was raised for is said better here */
  va_start(given, format);
  PyObject *text = PyUnicode_FromFormatV(format, given);
  va_end(given);
  if (text) PyErr_Format(exception, "%s: %U", pyad_place(), text);
  Py_XDECREF(text);
  return NULL;
}

/* ---- Beginning ---- */

/* With AD_DEBUG in the environment, what the library tells its log goes to the process's stderr: it may come from any thread, with or
 * without the GIL. Errors are exceptions already. */
static void log_line(void *user, ad_log_level level, const char *text) {
  (void)user;
  if (level < AD_LOG_ERROR) fprintf(stderr, "adamant: %s\n", text);
}

bool pyad_context_init(void) {
  if (!exceptions_init()) return false;
  pyad.ctx = ad_ctx_new(&(ad_ctx_opts){.log = getenv("AD_DEBUG") ? log_line : NULL});
  if (!pyad.ctx) return PyErr_NoMemory() != NULL;
  ad_status s = ad_ctx_status(pyad.ctx);
  if (s != AD_OK) return pyad_raise(s, ad_ctx_error_text(pyad.ctx)) != NULL;
  return watch_forks();
}
