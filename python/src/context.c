/* The one context: who has it, evaluation without the GIL, and the exceptions that statuses become. */
#include "core.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

pyad_core pyad;

/* Threads that wait for the context sleep here; whoever leaves wakes them. The owner itself is guarded by the GIL. */
static pthread_mutex_t waiting = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;

/* A missed wake-up costs this long, and signals are looked at as often. */
enum { WAIT_NANOSECONDS = 20000000 };

static void sleep_a_little(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += WAIT_NANOSECONDS;
  if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
  pthread_mutex_lock(&waiting);
  pthread_cond_timedwait(&left, &waiting, &until);
  pthread_mutex_unlock(&waiting);
}

bool pyad_enter(void) {
  unsigned long me = PyThread_get_thread_ident();
  while (pyad.owner && pyad.owner != me) {
    Py_BEGIN_ALLOW_THREADS
    sleep_a_little();
    Py_END_ALLOW_THREADS
    if (PyErr_CheckSignals()) return false;
  }
  pyad.owner = me;
  pyad.depth++;
  return true;
}

void pyad_leave(void) {
  if (--pyad.depth) return;
  pyad.owner = 0;
  pthread_cond_broadcast(&left);
}

bool pyad_eval(ad_array *const *arrays, int n) {
  bool pending = false;
  for (int i = 0; i < n && !pending; i++) pending = !ad_array_is_evaluated(arrays[i]);
  if (!pending) return true;
  if (!pyad_enter()) return false;
  ad_status s;
  Py_BEGIN_ALLOW_THREADS
  s = ad_eval_all(arrays, n);
  Py_END_ALLOW_THREADS
  pyad_leave();
  if (s == AD_OK) return true;
  for (int i = 0; i < n; i++)
    if (ad_is_error(arrays[i])) return pyad_raise(ad_error_code(arrays[i]), ad_error_text(arrays[i])) != NULL;
  return pyad_raise(s, ad_status_meaning(s)) != NULL;
}

/* ---- Exceptions ---- */

static PyObject *exception_of(ad_status code) {
  const char *name = ad_status_exception(code);
  PyObject *builtins = PyEval_GetBuiltins(); /* borrowed */
  PyObject *found = builtins ? PyDict_GetItemString(builtins, name) : NULL;
  return found ? found : PyExc_RuntimeError;
}

PyObject *pyad_raise(ad_status code, const char *text) {
  if (!PyErr_Occurred()) PyErr_SetString(exception_of(code), text);
  return NULL;
}

/* ---- Beginning ---- */

bool pyad_context_init(void) {
  pyad.ctx = ad_ctx_new(NULL);
  if (!pyad.ctx) return PyErr_NoMemory() != NULL;
  ad_status s = ad_ctx_status(pyad.ctx);
  return s == AD_OK || pyad_raise(s, ad_ctx_error_text(pyad.ctx)) != NULL;
}
