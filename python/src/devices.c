/* Devices and streams: where and beside what an array is computed.
 *
 * There is one device, the CPU. A stream is one of the library's queues with a thread of its own; async_eval starts work on the
 * default stream of the thread that calls it, and a function that is given another stream starts its result there. Order between streams is kept by the library, so a stream may be used from any
 * thread. A queue is not ended when its object goes, which could have to wait for another thread's work: it waits here for the
 * next new_stream, and clear_streams ends it. */
#include "functions.h"

#include <string.h>

typedef struct device_object {
  PyObject_HEAD
  PyObject *type; /* a device_kind */
  int index;
} device_object;

typedef struct device_kind {
  PyObject_HEAD
  const char *name;
} device_kind;

typedef struct stream_object {
  PyObject_HEAD
  ad_stream *queue; /* NULL: the context's own */
  int index;
} stream_object;

enum { MOST_IDLE = 64 };

static PyTypeObject *kind_type;
static PyObject *cpu, *gpu, *device, *own_stream;
static ad_stream *idle[MOST_IDLE]; /* of streams whose objects are gone */
static int idle_count, made = 1;

/* ---- DeviceType ---- */

static PyObject *kind_repr(PyObject *self) { return PyUnicode_FromFormat("DeviceType.%s", ((device_kind *)(void *)self)->name); }

static PyObject *kind_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  return PyUnicode_FromString(((device_kind *)(void *)self)->name);
}

static PyObject *kind_name(PyObject *self, void *unused) {
  (void)unused;
  return PyUnicode_FromString(((device_kind *)(void *)self)->name);
}

static PyMethodDef kind_methods[] = {{"__reduce__", kind_reduce, METH_NOARGS, NULL}, {0}};
static PyGetSetDef kind_attributes[] = {{"name", kind_name, NULL, "\"cpu\" or \"gpu\".", NULL}, {0}};
static PyType_Slot kind_slots[] = {
    {Py_tp_repr, (void *)kind_repr},
    {Py_tp_methods, kind_methods},
    {Py_tp_getset, kind_attributes},
    {Py_tp_doc, "A kind of device: adamant.cpu or adamant.gpu."},
    {0, NULL},
};
static PyType_Spec kind_spec = {
    "adamant.DeviceType", sizeof(device_kind), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, kind_slots};

static PyObject *new_kind(const char *name) {
  device_kind *k = PyObject_New(device_kind, kind_type);
  if (k) k->name = name;
  if (k && PyObject_SetAttrString((PyObject *)(void *)kind_type, name, (PyObject *)(void *)k)) Py_CLEAR(k);
  return (PyObject *)(void *)k;
}

/* A kind, or its name; NULL without an exception when it is neither. */
static PyObject *kind_of(PyObject *o) {
  if (Py_TYPE(o) == kind_type) return o;
  if (!PyUnicode_Check(o)) return NULL;
  return PyUnicode_CompareWithASCIIString(o, "cpu") == 0 ? cpu : PyUnicode_CompareWithASCIIString(o, "gpu") == 0 ? gpu : NULL;
}

/* ---- Device ---- */

static PyObject *device_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  static char *names[] = {"type", "index", NULL};
  PyObject *kind;
  int index = 0;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|i:Device", names, &kind, &index)) return NULL;
  if (!kind_of(kind)) return pyad_refuse(PyExc_TypeError, "Device: type is %R; adamant.cpu or adamant.gpu is right", kind);
  device_object *d = PyObject_New(device_object, type);
  if (!d) return NULL;
  d->type = Py_NewRef(kind_of(kind));
  d->index = index;
  return (PyObject *)(void *)d;
}

static void device_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  Py_DECREF(((device_object *)(void *)self)->type);
  PyObject_Free(self);
  Py_DECREF(type);
}

static PyObject *device_repr(PyObject *self) {
  device_object *d = (device_object *)(void *)self;
  return PyUnicode_FromFormat("Device(%s, %d)", ((device_kind *)(void *)d->type)->name, d->index);
}

/* A device equals one of its kind and index, and its kind, which means its first. */
static PyObject *device_compare(PyObject *a, PyObject *b, int how) {
  device_object *x = (device_object *)(void *)a, *y = (device_object *)(void *)b;
  if (how != Py_EQ && how != Py_NE) Py_RETURN_NOTIMPLEMENTED;
  bool same;
  if (Py_TYPE(b) == pyad.device_type) same = x->type == y->type && x->index == y->index;
  else if (Py_TYPE(b) == kind_type) same = x->type == b && !x->index;
  else Py_RETURN_NOTIMPLEMENTED;
  return PyBool_FromLong(same == (how == Py_EQ));
}

static Py_hash_t device_hash(PyObject *self) { return (Py_hash_t)((uintptr_t)((device_object *)(void *)self)->type >> 4); }

static PyObject *device_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  device_object *d = (device_object *)(void *)self;
  return Py_BuildValue("O(Oi)", (PyObject *)Py_TYPE(self), d->type, d->index);
}

static PyMemberDef device_members[] = {
    {"type", T_OBJECT, offsetof(device_object, type), READONLY, "adamant.cpu or adamant.gpu."},
    {"index", T_INT, offsetof(device_object, index), READONLY, "Which of its kind."},
    {0},
};
static PyMethodDef device_methods[] = {{"__reduce__", device_reduce, METH_NOARGS, NULL}, {0}};
static PyType_Slot device_slots[] = {
    {Py_tp_new, (void *)device_new},
    {Py_tp_dealloc, (void *)device_dealloc},
    {Py_tp_repr, (void *)device_repr},
    {Py_tp_richcompare, (void *)device_compare},
    {Py_tp_hash, (void *)device_hash},
    {Py_tp_members, device_members},
    {Py_tp_methods, device_methods},
    {Py_tp_doc, "Device(type, index=0)\n--\n\nOne device."},
    {0, NULL},
};
static PyType_Spec device_spec = {"adamant.Device", sizeof(device_object), 0, Py_TPFLAGS_DEFAULT, device_slots};

/* The one device there is, borrowed, for a Device, a DeviceType or a name of one; NULL and an exception otherwise. */
static PyObject *device_of(PyObject *o, const char *who) {
  PyObject *kind = Py_TYPE(o) == pyad.device_type ? ((device_object *)(void *)o)->type : kind_of(o);
  if (!kind) {
    pyad_refuse(PyExc_TypeError, "%s: %R is no device; a Device, or adamant.cpu, is right", who, o);
    return NULL;
  }
  int index = Py_TYPE(o) == pyad.device_type ? ((device_object *)(void *)o)->index : 0;
  if (kind == cpu && !index) return device;
  pyad_refuse(PyExc_ValueError, "%s: there is no %R here; Device(cpu, 0) is the only one", who, o);
  return NULL;
}

/* ---- Stream ---- */

static void stream_dealloc(PyObject *self) {
  stream_object *s = (stream_object *)(void *)self;
  PyTypeObject *type = Py_TYPE(self);
  if (s->queue && idle_count < MOST_IDLE) idle[idle_count++] = s->queue;
  PyObject_Free(self);
  Py_DECREF(type);
}

static PyObject *stream_repr(PyObject *self) {
  return PyUnicode_FromFormat("Stream(Device(cpu, 0), %d)", ((stream_object *)(void *)self)->index);
}

static PyObject *stream_device(PyObject *self, void *unused) {
  (void)self, (void)unused;
  return Py_NewRef(device);
}

static PyMemberDef stream_members[] = {
    {"index", T_INT, offsetof(stream_object, index), READONLY, "Its number; 0 is the default stream."},
    {0},
};
static PyGetSetDef stream_attributes[] = {{"device", stream_device, NULL, "The device it computes on.", NULL}, {0}};
static PyType_Slot stream_slots[] = {
    {Py_tp_dealloc, (void *)stream_dealloc},
    {Py_tp_repr, (void *)stream_repr},
    {Py_tp_members, stream_members},
    {Py_tp_getset, stream_attributes},
    {Py_tp_doc, "A queue of work with a thread of its own; new_stream makes one."},
    {0, NULL},
};
static PyType_Spec stream_spec = {
    "adamant.Stream", sizeof(stream_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, stream_slots};

static PyObject *wrap_stream(ad_stream *queue, int index) {
  stream_object *s = PyObject_New(stream_object, pyad.stream_type);
  if (!s) return NULL;
  s->queue = queue;
  s->index = index;
  return (PyObject *)(void *)s;
}

bool pyad_stream_check(PyObject *where) { return Py_TYPE(where) == pyad.stream_type || device_of(where, "stream") != NULL; }

/* ---- The default stream, one for each thread ---- */

static const char key[] = "adamant.stream";

static PyObject *current_stream(void) {
  PyObject *mine = PyThreadState_GetDict(); /* borrowed; NULL where there is no thread state */
  PyObject *found = mine ? PyDict_GetItemString(mine, key) : NULL;
  return found ? found : own_stream;
}

static ad_stream *queue_of(PyObject *stream) { return ((stream_object *)(void *)stream)->queue; }

ad_stream *pyad_current_stream(void) { return queue_of(current_stream()); }

/* ---- A stream for one call ---- */

static bool start(PyObject *o, ad_stream *queue) {
  if (!pyad_is_array(o)) return true;
  ad_array *a = pyad_keep(o);
  bool ok = a && pyad_start(a, queue);
  ad_drop(a);
  return ok;
}

bool pyad_stream_start(PyObject *where, PyObject *result) {
  if (Py_TYPE(where) != pyad.stream_type || where == current_stream()) return true;
  if (!pyad_ready()) return false;
  if (pyad.depth) return true; /* this thread is tracing a function */
  bool tuple = PyTuple_Check(result), list = PyList_Check(result), ok = true;
  if (!tuple && !list) return start(result, queue_of(where));
  for (Py_ssize_t i = 0; ok && i < PyObject_Size(result); i++)
    ok = start(tuple ? PyTuple_GetItem(result, i) : PyList_GetItem(result, i), queue_of(where));
  return ok;
}

/* ---- Functions ---- */

PyObject *pyad_default_device(PyObject *const *v) {
  (void)v;
  return Py_NewRef(device);
}

PyObject *pyad_set_default_device(PyObject *const *v) { return device_of(v[0], "set_default_device") ? Py_NewRef(Py_None) : NULL; }

PyObject *pyad_is_available(PyObject *const *v) {
  if (device_of(v[0], "is_available")) Py_RETURN_TRUE;
  if (!PyErr_ExceptionMatches(PyExc_ValueError)) return NULL;
  PyErr_Clear();
  Py_RETURN_FALSE;
}

PyObject *pyad_device_count(PyObject *const *v) {
  PyObject *kind = kind_of(v[0]);
  if (!kind) return pyad_refuse(PyExc_TypeError, "device_count: %R is no kind of device; adamant.cpu or adamant.gpu is right", v[0]);
  return PyLong_FromLong(kind == cpu);
}

PyObject *pyad_device_info(PyObject *const *v) {
  if (v[0] != Py_None && !device_of(v[0], "device_info")) return NULL;
  return Py_BuildValue("{s:s,s:s,s:i}", "device_name", "cpu", "architecture", ad_ctx_isa(pyad.ctx), "threads", ad_ctx_threads(pyad.ctx));
}

PyObject *pyad_default_stream(PyObject *const *v) {
  return v[0] == Py_None || device_of(v[0], "default_stream") ? Py_NewRef(current_stream()) : NULL;
}

PyObject *pyad_set_default_stream(PyObject *const *v) {
  if (Py_TYPE(v[0]) != pyad.stream_type) return pyad_refuse(PyExc_TypeError, "set_default_stream: %R is no stream; one of new_stream is right", v[0]);
  PyObject *mine = PyThreadState_GetDict();
  if (!mine || PyDict_SetItemString(mine, key, v[0])) return NULL;
  Py_RETURN_NONE;
}

PyObject *pyad_new_stream(PyObject *const *v) {
  if (v[0] != Py_None && !device_of(v[0], "new_stream")) return NULL;
  ad_stream *queue = idle_count ? idle[--idle_count] : ad_stream_new(pyad.ctx);
  return queue ? wrap_stream(queue, made++) : PyErr_NoMemory();
}

PyObject *pyad_synchronize(PyObject *const *v) {
  ad_stream *queue = NULL;
  if (v[0] != Py_None && Py_TYPE(v[0]) == pyad.stream_type) queue = queue_of(v[0]);
  else if (v[0] != Py_None && !device_of(v[0], "synchronize")) return NULL;
  if (!pyad_enter()) return NULL;
  ad_status s;
  Py_BEGIN_ALLOW_THREADS
  s = ad_synchronize(pyad.ctx, queue);
  Py_END_ALLOW_THREADS
  pyad_leave();
  if (s) return pyad_raise(s, ad_status_meaning(s));
  Py_RETURN_NONE;
}

PyObject *pyad_clear_streams(PyObject *const *v) {
  (void)v;
  while (idle_count) ad_stream_free(idle[--idle_count]);
  Py_RETURN_NONE;
}

/* ---- Beginning ---- */

bool pyad_devices_init(void) {
  kind_type = (PyTypeObject *)(void *)PyType_FromSpec(&kind_spec);
  pyad.device_type = (PyTypeObject *)(void *)PyType_FromSpec(&device_spec);
  pyad.stream_type = (PyTypeObject *)(void *)PyType_FromSpec(&stream_spec);
  if (!kind_type || !pyad.device_type || !pyad.stream_type || !(cpu = new_kind("cpu")) || !(gpu = new_kind("gpu"))) return false;
  device_object *d = PyObject_New(device_object, pyad.device_type);
  if (!d) return false;
  d->type = Py_NewRef(cpu);
  d->index = 0;
  device = (PyObject *)(void *)d;
  if (!(own_stream = wrap_stream(NULL, 0))) return false;
  return !PyModule_AddObjectRef(pyad.module, "DeviceType", (PyObject *)kind_type) && !PyModule_AddObjectRef(pyad.module, "cpu", cpu) &&
         !PyModule_AddObjectRef(pyad.module, "gpu", gpu) && !PyModule_AddObjectRef(pyad.module, "Device", (PyObject *)pyad.device_type) &&
         !PyModule_AddObjectRef(pyad.module, "Stream", (PyObject *)pyad.stream_type);
}
