/* What CPython 3.8 to 3.10 lack of the limited API of 3.11, under the names it has there. Built for 3.11 and newer, this is empty.
 *
 * Types are made by PyType_FromSpec everywhere. Before 3.10 it cannot refuse instances, before 3.9 it knows no buffer slots and
 * no offsets among the members; the replacement here sets them in the type that was made. */
#ifndef PYAD_COMPAT_H
#define PYAD_COMPAT_H

#if PY_VERSION_HEX < 0x030a0000
#include <stdbool.h>
#include <string.h>
#include <structmember.h>

#if PY_VERSION_HEX < 0x03090000
#include <frameobject.h>
#define Py_bf_getbuffer 1
#define Py_bf_releasebuffer 2
#define PyInterpreterState_Get _PyInterpreterState_Get
#define PyObject_Vectorcall _PyObject_Vectorcall

static inline PyObject *PyObject_CallNoArgs(PyObject *f) { return PyObject_CallObject(f, NULL); }
static inline PyObject *PyObject_CallOneArg(PyObject *f, PyObject *x) { return PyObject_CallFunctionObjArgs(f, x, NULL); }
static inline PyCodeObject *PyFrame_GetCode(PyFrameObject *frame) {
  Py_INCREF(frame->f_code);
  return frame->f_code;
}
#endif

static inline PyObject *Py_NewRef(PyObject *o) { return Py_INCREF(o), o; }
static inline PyObject *Py_XNewRef(PyObject *o) { return Py_XINCREF(o), o; }
static inline int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value) {
  Py_XINCREF(value);
  int failed = PyModule_AddObject(module, name, value); /* takes the reference unless it fails */
  if (failed) Py_XDECREF(value);
  return failed;
}

/* ---- Types ---- */

#define Py_TPFLAGS_DISALLOW_INSTANTIATION (1UL << 7)
#define Py_TPFLAGS_IMMUTABLETYPE (1UL << 8)
enum { PYAD_MOST_SLOTS = 128 };

#if PY_VERSION_HEX < 0x03090000
static inline bool pyad_takes_slot(const PyType_Slot *slot) {
  return slot->slot != Py_bf_getbuffer && slot->slot != Py_bf_releasebuffer;
}

static inline void pyad_set_late(PyTypeObject *type, const PyType_Slot *slots) {
  PyBufferProcs *buffer = &((PyHeapTypeObject *)(void *)type)->as_buffer;
  for (const PyType_Slot *s = slots; s->slot; s++) {
    if (s->slot == Py_bf_getbuffer) buffer->bf_getbuffer = (getbufferproc)s->pfunc;
    if (s->slot == Py_bf_releasebuffer) buffer->bf_releasebuffer = (releasebufferproc)s->pfunc;
    if (s->slot != Py_tp_members) continue;
    for (const PyMemberDef *m = s->pfunc; m->name; m++) {
      if (!strcmp(m->name, "__weaklistoffset__")) type->tp_weaklistoffset = m->offset;
      if (!strcmp(m->name, "__dictoffset__")) type->tp_dictoffset = m->offset;
      if (!strcmp(m->name, "__vectorcalloffset__")) {
        type->tp_vectorcall_offset = m->offset;
        type->tp_flags |= _Py_TPFLAGS_HAVE_VECTORCALL;
      }
    }
  }
}
#else
static inline bool pyad_takes_slot(const PyType_Slot *slot) { return slot != NULL; }
static inline void pyad_set_late(PyTypeObject *type, const PyType_Slot *slots) { (void)type, (void)slots; }
#endif

static inline PyObject *pyad_type_from_spec(const PyType_Spec *spec) {
  PyType_Slot slots[PYAD_MOST_SLOTS];
  int n = 0;
  for (const PyType_Slot *s = spec->slots; s->slot && n < PYAD_MOST_SLOTS - 1; s++)
    if (pyad_takes_slot(s)) slots[n++] = *s;
  slots[n] = (PyType_Slot){0, NULL};
  PyType_Spec own = *spec;
  own.flags &= ~(unsigned)(Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE);
  own.slots = slots;
  PyTypeObject *type = (PyTypeObject *)(void *)PyType_FromSpec(&own);
  if (!type) return NULL;
  pyad_set_late(type, spec->slots);
  if (spec->flags & Py_TPFLAGS_DISALLOW_INSTANTIATION) type->tp_new = NULL;
  PyType_Modified(type);
  return (PyObject *)type;
}
#define PyType_FromSpec(spec) pyad_type_from_spec(spec)
#endif
#endif
