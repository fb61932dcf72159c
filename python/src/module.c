/* The module adamant._core: types, constants, and all functions by their dotted path in `functions`. */
#include "transforms.h"

static PyObject *live_arrays(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  return pyad_ready() ? PyLong_FromUnsignedLongLong(ad_ctx_live_arrays(pyad.ctx)) : NULL;
}

/* ---- How this was built ---- */

#ifdef Py_LIMITED_API
#define PYTHON_API "limited, from 3.11"
#else
#define PYTHON_API "of " PY_VERSION
#endif

static PyObject *build_info(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  if (!pyad_ready()) return NULL;
  return Py_BuildValue("{s:s,s:s,s:s,s:s,s:s,s:s,s:i}", "version", ad_version(), "compiler", ad_build_fact("compiler"), "variant",
                       ad_build_fact("variant"), "python_api", PYTHON_API, "zlib", ad_build_fact("zlib"), "isa", ad_ctx_isa(pyad.ctx),
                       "threads", ad_ctx_threads(pyad.ctx));
}

static PyMethodDef functions[] = {
    {"_build_info", build_info, METH_NOARGS, "_build_info()\n--\n\nHow the extension was built, and the kernels and threads it runs."},
    {"live_arrays", live_arrays, METH_NOARGS, "live_arrays()\n--\n\nArrays and their expressions that are in memory, for tests of leaks."},
    {0},
};

/* What an interpreter has must not reach another one, and the first keeps what it has for ever. */
static bool is_main_interpreter(void) {
  if (PyInterpreterState_GetID(PyInterpreterState_Get()) == 0) return true;
  PyErr_SetString(PyExc_ImportError, "adamant: it is imported in a subinterpreter; importing it in the main one is right");
  return false;
}

/* A second import, after the module was removed from sys.modules: the same objects again. */
static bool fill_again(PyObject *module) {
  PyObject *names = PyModule_GetDict(module), *all = PyModule_GetDict(pyad.module), *key, *value; /* borrowed */
  for (Py_ssize_t i = 0; PyDict_Next(all, &i, &key, &value);)
    if (PyDict_Contains(names, key) == 0 && PyDict_SetItem(names, key, value)) return false;
  return true;
}

static bool fill_first(PyObject *module) {
  pyad.module = module;
  PyObject *names = PyDict_New();
  bool ok = names && pyad_context_init() && pyad_dtype_init() && pyad_array_init() && pyad_index_init() && pyad_devices_init() && pyad_random_init() &&
            pyad_functions_init(names) && pyad_methods_init(names) && pyad_transforms_init(names);
  ok = ok && !PyModule_AddObjectRef(module, "functions", names) &&
       !PyModule_AddStringConstant(module, "__version__", ad_version());
  Py_XDECREF(names);
  pyad.module = ok ? Py_NewRef(module) : NULL;
  return ok;
}

static int fill(PyObject *module) {
  if (!is_main_interpreter()) return -1;
  return (pyad.module ? fill_again(module) : fill_first(module)) ? 0 : -1;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)fill}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "adamant._core", .m_doc = "Adamant's extension: use the package adamant.", .m_methods = functions,
    .m_slots = slots};

/* The one symbol that is shown; before 3.9 PyMODINIT_FUNC does not say so. */
__attribute__((visibility("default"))) PyMODINIT_FUNC PyInit__core(void);
PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&definition); }
