/* Python's operators on arrays. The hot path, two arrays or an array and a number, makes no scope and no temporary object.
 *
 * Beside an array stand arrays, numbers, and what gives memory or an array (NumPy's arrays, tensors). Lists do not, as they do not
 * in MLX: ad.array makes an array of one. Anything else is foreign: where its class defines the operator, Python asks it;
 * otherwise == and != compare identities, and the others are a ValueError. */
#include "core.h"

typedef ad_array *(*unary_op)(ad_place where, ad_array *a);
typedef ad_array *(*binary_op)(ad_place where, ad_array *a, ad_array *b);

typedef struct operation {
  binary_op apply;
  const char *name;
  int slot; /* of the types of others that define it, too */
} operation;

/* ---- Operands ---- */

static bool is_number(PyObject *o) { return PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o); }

/* A class of the user's that defines the operator. */
static bool defines(PyObject *o, int slot) {
  PyTypeObject *type = Py_TYPE(o);
  if (!(PyType_GetFlags(type) & Py_TPFLAGS_HEAPTYPE)) return false;
  void *own = PyType_GetSlot(type, slot);
  return own && own != PyType_GetSlot(&PyBaseObject_Type, slot);
}

/* NumPy's way to say who answers; ours is 1000. */
static bool outranks(PyObject *o, int slot) {
  if (!defines(o, slot)) return false;
  PyObject *priority = PyObject_GetAttrString(o, "__array_priority__");
  double p = priority ? PyFloat_AsDouble(priority) : 0;
  Py_XDECREF(priority);
  PyErr_Clear();
  return p > 1000;
}

static bool is_foreign(PyObject *o, int slot) {
  if (pyad_is_array(o) || is_number(o)) return false;
  return !pyad_is_arraylike(o) || outranks(o, slot);
}

static PyObject *answer_foreign(const operation *op, PyObject *x, PyObject *y) {
  PyObject *other = pyad_is_array(x) ? y : x;
  bool equality = op->apply == ad_equal_at || op->apply == ad_not_equal_at;
  if (equality && other == Py_None)
    return PyErr_Format(PyExc_TypeError, "%s: an array and None; 'is None' is right", op->name), NULL;
  if (equality || (other == y && defines(y, op->slot))) Py_RETURN_NOTIMPLEMENTED;
  PyErr_Format(PyExc_ValueError, "%s: an array and an object of type %R; an array or a number is right%s", op->name, (PyObject *)Py_TYPE(other),
               PyList_Check(other) || PyTuple_Check(other) ? ", and adamant.array makes one of a list" : "");
  return NULL;
}

/* An int above int64 is a strong uint64; integers beside it are not to become floats. */
static bool fits_beside(const operation *op, PyObject *number, const ad_array *temporary, const ad_array *other) {
  if (!temporary || !PyLong_Check(number) || ad_array_is_weak(temporary)) return true;
  ad_dtype t = ad_array_dtype(other);
  ad_category kind = ad_dtype_category(t);
  if (t == AD_UINT64 || (kind != AD_CATEGORY_INT && kind != AD_CATEGORY_UINT)) return true;
  PyErr_Format(PyExc_ValueError, "%s: the number %R; it does not fit %s", op->name, number, ad_dtype_name(t));
  return false;
}

/* ---- Two operands ---- */

static PyObject *binary(const operation *op, PyObject *x, PyObject *y) {
  ad_array *tx = NULL, *ty = NULL;
  if (is_foreign(x, op->slot) || is_foreign(y, op->slot)) return answer_foreign(op, x, y);
  ad_place place = pyad_place();
  bool ok = pyad_operand(x, "the left operand", &tx) && pyad_operand(y, "the right operand", &ty) && pyad_ready();
  /* Making an operand may run Python code, which may give an array another value: handles are taken only now. */
  ad_array *a = tx || !ok ? tx : pyad_handle(x), *b = ty || !ok ? ty : pyad_handle(y);
  ok = ok && fits_beside(op, x, tx, b) && fits_beside(op, y, ty, a);
  PyObject *result = ok ? pyad_wrap(op->apply(place, a, b)) : NULL;
  ad_drop(tx);
  ad_drop(ty);
  return result;
}

/* The object stays, its value is another: what shares the object sees the change. */
static PyObject *in_place(const operation *op, PyObject *x, PyObject *y) {
  PyObject *result = binary(op, x, y);
  if (!result || !pyad_is_array(result)) return result;
  pyad_set_value(x, ad_keep(pyad_handle(result)));
  Py_DECREF(result);
  return Py_NewRef(x);
}

static PyObject *unary(unary_op f, PyObject *x) {
  ad_place place = pyad_place();
  return pyad_ready() ? pyad_wrap(f(place, pyad_handle(x))) : NULL;
}

#define OPERATION(name, op) static const operation name##_operation = {ad_##op##_at, #op, Py_nb_##name};
#define BINARY(name, op)                                                                                \
  OPERATION(name, op)                                                                                   \
  static PyObject *name##_slot(PyObject *x, PyObject *y) { return binary(&name##_operation, x, y); }        \
  static PyObject *name##_in_place(PyObject *x, PyObject *y) { return in_place(&name##_operation, x, y); }
#define BINARIES(X)                                                                                                  \
  X(add, add) X(subtract, subtract) X(multiply, multiply) X(floor_divide, floor_divide) X(remainder, remainder)     \
  X(and, bitwise_and) X(or, bitwise_or) X(xor, bitwise_xor) X(lshift, left_shift) X(rshift, right_shift)
BINARIES(BINARY)

static ad_array *product_at(ad_place where, ad_array *a, ad_array *b) { return ad_matmul_at(where, a, b, NULL); }
static const operation matrix_multiply_operation = {product_at, "matmul", Py_nb_matrix_multiply};
static PyObject *matrix_multiply_slot(PyObject *x, PyObject *y) { return binary(&matrix_multiply_operation, x, y); }
static PyObject *matrix_multiply_in_place(PyObject *x, PyObject *y) { return in_place(&matrix_multiply_operation, x, y); }

/* An array of integers cannot hold its quotients. */
OPERATION(true_divide, divide)
static PyObject *true_divide_slot(PyObject *x, PyObject *y) { return binary(&true_divide_operation, x, y); }
static PyObject *true_divide_in_place(PyObject *x, PyObject *y) {
  ad_dtype t = ad_array_dtype(pyad_handle(x));
  if (ad_dtype_category(t) >= AD_CATEGORY_FLOAT) return in_place(&true_divide_operation, x, y);
  PyErr_Format(PyExc_ValueError, "divide: /= on an array of %s; floats, or x = x / y, are right", ad_dtype_name(t));
  return NULL;
}

OPERATION(power, power)
static bool no_modulus(PyObject *modulus) {
  if (modulus != Py_None) PyErr_SetString(PyExc_TypeError, "power: a modulus; none is right");
  return modulus == Py_None;
}
static PyObject *power_slot(PyObject *x, PyObject *y, PyObject *modulus) { return no_modulus(modulus) ? binary(&power_operation, x, y) : NULL; }
static PyObject *power_in_place(PyObject *x, PyObject *y, PyObject *modulus) { return no_modulus(modulus) ? in_place(&power_operation, x, y) : NULL; }

OPERATION(divmod, divmod)
static PyObject *divmod_slot(PyObject *x, PyObject *y) { return binary(&divmod_operation, x, y); }

/* ---- One operand ---- */

static PyObject *negative_slot(PyObject *x) { return unary(ad_negative_at, x); }
static PyObject *positive_slot(PyObject *x) { return unary(ad_positive_at, x); }
static PyObject *absolute_slot(PyObject *x) { return unary(ad_abs_at, x); }
static PyObject *invert_slot(PyObject *x) { return unary(ad_bitwise_invert_at, x); }

/* ---- Comparisons ---- */

static PyObject *compare_slot(PyObject *x, PyObject *y, int how) {
  static const operation comparisons[] = {
      [Py_LT] = {ad_less_at, "less", Py_tp_richcompare},         [Py_LE] = {ad_less_equal_at, "less_equal", Py_tp_richcompare},
      [Py_EQ] = {ad_equal_at, "equal", Py_tp_richcompare},       [Py_NE] = {ad_not_equal_at, "not_equal", Py_tp_richcompare},
      [Py_GT] = {ad_greater_at, "greater", Py_tp_richcompare},   [Py_GE] = {ad_greater_equal_at, "greater_equal", Py_tp_richcompare}};
  return binary(&comparisons[how], x, y);
}

static Py_hash_t hash_slot(PyObject *self) { return (Py_hash_t)((uintptr_t)self >> 4); }

#define SLOTS(name, op) \
  {Py_nb_##name, (void *)name##_slot}, {Py_nb_inplace_##name, (void *)name##_in_place},
PyType_Slot pyad_operator_slots[] = {
    BINARIES(SLOTS)
    SLOTS(matrix_multiply, matmul)
    SLOTS(true_divide, divide)
    SLOTS(power, power)
    {Py_nb_divmod, (void *)divmod_slot},
    {Py_nb_negative, (void *)negative_slot},
    {Py_nb_positive, (void *)positive_slot},
    {Py_nb_absolute, (void *)absolute_slot},
    {Py_nb_invert, (void *)invert_slot},
    {Py_tp_richcompare, (void *)compare_slot},
    {Py_tp_hash, (void *)hash_slot},
    {0, NULL},
};
