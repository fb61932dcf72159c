/* Python's operators on arrays. The hot path, two arrays or an array and a number, makes no scope and no temporary object. */
#include "core.h"

typedef ad_array *(*unary_op)(ad_place where, ad_array *a);
typedef ad_array *(*binary_op)(ad_place where, ad_array *a, ad_array *b);

static PyObject *binary(binary_op f, PyObject *x, PyObject *y) {
  ad_array *tx = NULL, *ty = NULL;
  if (!pyad_ready()) return NULL;
  ad_array *a = pyad_operand(x, "the left operand", &tx);
  ad_array *b = a ? pyad_operand(y, "the right operand", &ty) : NULL;
  PyObject *result = b ? pyad_wrap(f(pyad_place(), a, b)) : NULL;
  ad_drop(tx);
  ad_drop(ty);
  return result;
}

/* The object stays, its value is another: what shares the object sees the change. */
static PyObject *in_place(binary_op f, PyObject *x, PyObject *y) {
  PyObject *result = binary(f, x, y);
  if (!result) return NULL;
  pyad_array *self = (pyad_array *)(void *)x, *fresh = (pyad_array *)(void *)result;
  ad_array *old = self->handle;
  self->handle = fresh->handle;
  fresh->handle = old;
  Py_DECREF(result);
  return Py_NewRef(x);
}

static PyObject *unary(unary_op f, PyObject *x) { return pyad_ready() ? pyad_wrap(f(pyad_place(), pyad_handle(x))) : NULL; }

#define BINARY(name, op)                                                                         \
  static PyObject *name##_slot(PyObject *x, PyObject *y) { return binary(op##_at, x, y); } \
  static PyObject *name##_in_place(PyObject *x, PyObject *y) { return in_place(op##_at, x, y); }
#define BINARIES(X)                                                                                                  \
  X(add, ad_add) X(subtract, ad_subtract) X(multiply, ad_multiply) X(true_divide, ad_divide)                        \
  X(floor_divide, ad_floor_divide) X(remainder, ad_remainder) X(and, ad_bitwise_and) X(or, ad_bitwise_or)           \
  X(xor, ad_bitwise_xor) X(lshift, ad_left_shift) X(rshift, ad_right_shift)
BINARIES(BINARY)

static ad_array *matmul_at(ad_place where, ad_array *a, ad_array *b) { return ad_matmul_at(where, a, b, NULL); }
BINARY(matrix_multiply, matmul)

static PyObject *power_slot(PyObject *x, PyObject *y, PyObject *modulus) {
  if (modulus != Py_None) return PyErr_SetString(PyExc_TypeError, "pow: arrays have no power with a modulus"), NULL;
  return binary(ad_power_at, x, y);
}
static PyObject *power_in_place(PyObject *x, PyObject *y, PyObject *modulus) {
  if (modulus != Py_None) return PyErr_SetString(PyExc_TypeError, "pow: arrays have no power with a modulus"), NULL;
  return in_place(ad_power_at, x, y);
}
static PyObject *divmod_slot(PyObject *x, PyObject *y) { return binary(ad_divmod_at, x, y); }

static PyObject *negative_slot(PyObject *x) { return unary(ad_negative_at, x); }
static PyObject *positive_slot(PyObject *x) { return unary(ad_positive_at, x); }
static PyObject *absolute_slot(PyObject *x) { return unary(ad_abs_at, x); }
static PyObject *invert_slot(PyObject *x) { return unary(ad_bitwise_invert_at, x); }

static PyObject *compare_slot(PyObject *x, PyObject *y, int how) {
  switch (how) {
    case Py_EQ: return binary(ad_equal_at, x, y);
    case Py_NE: return binary(ad_not_equal_at, x, y);
    case Py_LT: return binary(ad_less_at, x, y);
    case Py_LE: return binary(ad_less_equal_at, x, y);
    case Py_GT: return binary(ad_greater_at, x, y);
    default: return binary(ad_greater_equal_at, x, y);
  }
}

static Py_hash_t hash_slot(PyObject *self) { return (Py_hash_t)((uintptr_t)self >> 4); }

#define SLOTS(name, op) \
  {Py_nb_##name, (void *)name##_slot}, {Py_nb_inplace_##name, (void *)name##_in_place},
PyType_Slot pyad_operator_slots[] = {
    BINARIES(SLOTS)
    SLOTS(matrix_multiply, matmul)
    SLOTS(power, ad_power)
    {Py_nb_divmod, (void *)divmod_slot},
    {Py_nb_negative, (void *)negative_slot},
    {Py_nb_positive, (void *)positive_slot},
    {Py_nb_absolute, (void *)absolute_slot},
    {Py_nb_invert, (void *)invert_slot},
    {Py_tp_richcompare, (void *)compare_slot},
    {Py_tp_hash, (void *)hash_slot},
    {0, NULL},
};
