/* Transforms of Python functions, seen from inside.
 *
 * A Python function takes and returns trees: dicts, lists, tuples and named tuples of arrays, None, and constants. The library's
 * functions take and return flat lists. In between stands pyad_traced, one call of one Python function by the library: it
 * flattens the arguments once, hands the library a function of one flat tuple, puts what comes in back into the form of the
 * arguments, and flattens what the user's function returned.
 *
 * An exception inside the user's function stays set while the library finds its way out: a callback entered meanwhile gives NULL at
 * once, and the user sees his own exception, not what it caused. */
#ifndef PYAD_TRANSFORMS_H
#define PYAD_TRANSFORMS_H

#include "core.h"

/* Who speaks in messages: the user's line and the transform. */
typedef struct pyad_site {
  ad_place where;
  const char *name;
} pyad_site;
/* Raises "where: name: text", the format being that of PyErr_Format; returns NULL. */
PyObject *pyad_fail(const pyad_site *site, PyObject *exception, const char *format, ...);
/* The name of o's type, new. */
PyObject *pyad_type_name(PyObject *o);

/* Puts a new reference in the place of one that is held. */
static inline void pyad_replace(PyObject **held, PyObject *fresh) {
  PyObject *old = *held;
  *held = fresh;
  Py_XDECREF(old);
}

/* ---- trees (trees.c) -------------------------------------------------------------------------------- */

/* Handles that the innermost scope holds: Python code that runs meanwhile may give their objects other ones. */
typedef struct pyad_leaves {
  ad_array **at;
  int count, room;
  ad_array *few[16];
} pyad_leaves;
static inline void pyad_leaves_init(pyad_leaves *l) {
  l->at = l->few;
  l->count = 0;
  l->room = (int)(sizeof l->few / sizeof *l->few);
}
void pyad_leaves_free(pyad_leaves *l);
bool pyad_leaves_add(pyad_leaves *l, ad_array *a);

/* What a node of a tree is. None is a tree without leaves. */
typedef enum pyad_node { PYAD_ARRAY, PYAD_NONE, PYAD_LIST, PYAD_DICT, PYAD_OTHER } pyad_node;
/* The mark that stands for an array in a form is an array here; lists and tuples of every class are lists. */
pyad_node pyad_node_of(PyObject *o);

static inline Py_ssize_t pyad_list_size(PyObject *list) { return PyTuple_Check(list) ? PyTuple_Size(list) : PyList_Size(list); }
static inline PyObject *pyad_list_at(PyObject *list, Py_ssize_t i) {
  return PyTuple_Check(list) ? PyTuple_GetItem(list, i) : PyList_GetItem(list, i);
}

/* Where in a tree one is. */
typedef struct pyad_step {
  const struct pyad_step *up;
  PyObject *key; /* NULL: a place in a list */
  Py_ssize_t index;
} pyad_step;
/* "argument 0['w'][1]", new; `at` NULL: the whole. */
PyObject *pyad_path_of(const char *what, const pyad_step *at);

/* What becomes of leaves that are no arrays: nothing, a ValueError, Python's numbers become arrays that the innermost scope
 * holds, or a ValueError unless they are values (numbers, strings, dtypes). */
typedef enum pyad_others { PYAD_IGNORED, PYAD_REFUSED, PYAD_NUMBERS, PYAD_CONSTANTS } pyad_others;
bool pyad_is_constant(PyObject *o);
/* Adds the arrays of a tree in order, dicts in the order of insertion. `what` names the tree in messages: "argument 0". */
bool pyad_tree_leaves(const pyad_site *site, const char *what, PyObject *tree, pyad_others others, pyad_leaves *out);
/* Adds the leaves of `tree` that stand where `like` has arrays, in like's order; numbers become arrays, of the dtypes of
 * `models` unless that is NULL. Another form is a ValueError. With none_is_zero a None in the place of anything counts as zeros
 * like the models. */
bool pyad_tree_leaves_like(const pyad_site *site, const char *what, PyObject *like, PyObject *tree, const pyad_leaves *models,
                           bool none_is_zero, pyad_leaves *out);
/* A copy of a tree with what leaf(user) gives, new, in the place of each array. `classes`: dicts and lists of other classes are
 * copied as such; otherwise they become plain ones. Named tuples always keep their class. */
typedef PyObject *(*pyad_leaf)(void *user);
PyObject *pyad_tree_build(PyObject *tree, pyad_leaf leaf, void *user, bool classes);
/* The plain tuple, which may be NULL and is taken, as the named tuple that `like` is. */
PyObject *pyad_tuple_like(PyObject *like, PyObject *tuple);
/* A copy with a mark in the place of each array, and of each number if they count as arrays. It holds no array. */
PyObject *pyad_tree_form(PyObject *tree, bool numbers);
/* The mark itself: the form of one array. New. */
PyObject *pyad_tree_mark(void);
bool pyad_trees_init(void);

/* ---- calls of Python functions (traced.c) ----------------------------------------------------------- */

typedef struct pyad_traced {
  pyad_site site;
  PyObject *fun, *args, *keywords; /* borrowed; keywords may be NULL */
  PyObject *numbers, *names;       /* tuples: the arguments that are traced; NULL: all */
  int inputs;                      /* of the library's function: its leaves, one after the other, are the arguments' */
  /* What the library gets for what fun returned; held by the innermost scope. NULL with an exception. */
  ad_array *(*result)(struct pyad_traced *t, PyObject *out);
  PyObject *out;      /* what fun returned last */
  pyad_leaves leaves; /* of the traced arguments */
  ad_scope *scope;
  void *more; /* for `result` */
} pyad_traced;

/* Takes the context for this thread and opens a scope. False: an exception; nothing is to be ended then. */
bool pyad_traced_begin(pyad_traced *t, const char *name);
/* Closes both; returns `result`, or drops it when an exception is set. */
PyObject *pyad_traced_end(pyad_traced *t, PyObject *result);
/* The traced arguments as one flat tuple; at least one array must be there if `some`. NULL: an exception. */
ad_array *pyad_traced_input(pyad_traced *t, pyad_others others, bool some);
/* fun as a function of the library, as long as t lives. */
ad_fn *pyad_traced_fn(pyad_traced *t);
ad_array *pyad_traced_callback(ad_ctx *c, ad_array *const *in, void *t);
/* y, or NULL and an exception when it is an error. */
ad_array *pyad_checked(ad_array *y);
/* The traced arguments' form: one argument's alone, a tuple of several's, with names a pair of that and a dict. */
PyObject *pyad_traced_form(const pyad_traced *t, pyad_leaf leaf, void *user);

/* Results of functions for `result` above: a flat tuple of the arrays, everything else refused or ignored. */
ad_array *pyad_result_arrays(pyad_traced *t, PyObject *out);
ad_array *pyad_result_some(pyad_traced *t, PyObject *out);
/* As a flat tuple. */
ad_array *pyad_leaves_tuple(const pyad_traced *t, const pyad_leaves *l);
/* The same at the end of the leaves, which are freed; NULL unless `ok`. */
ad_array *pyad_leaves_finish(const pyad_traced *t, pyad_leaves *l, bool ok);

/* A source of leaves: those of trees of the library, as new Python arrays. */
typedef struct pyad_items {
  ad_array *const *trees;
  int count, tree, next;
} pyad_items;
PyObject *pyad_next_item(void *items);
/* `like` with the members of a flat tuple. */
PyObject *pyad_tree_of_items(PyObject *like, ad_array *tuple);

/* ---- transformed functions (fn.c) ------------------------------------------------------------------- */

typedef struct pyad_fn pyad_fn;
/* The caller holds f; keywords may be NULL. */
typedef struct pyad_fn_kind {
  const char *name;
  PyObject *(*call)(pyad_fn *f, PyObject *args, PyObject *keywords);
} pyad_fn_kind;
enum { PYAD_FN_OPTIONS = 5 };
struct pyad_fn {
  PyObject_HEAD const pyad_fn_kind *kind;
  PyObject *fun;
  PyObject *options[PYAD_FN_OPTIONS]; /* what the kind needs; may be NULL */
  PyObject *dict, *weakrefs;
};
/* A transformed `fun`, with its name, documentation and attributes. Takes the references in options, also when it fails. TypeError
 * if fun cannot be called. */
PyObject *pyad_fn_new(const pyad_fn_kind *kind, PyObject *fun, PyObject *const *options, int n);
/* The same of another type made here: with methods of its own, and, unless NULL, a constructor. */
PyTypeObject *pyad_fn_type_new(const char *name, const char *doc, PyMethodDef *own, newfunc make);
/* As for functions: a copy is the same object, a pickle is the name. */
PyObject *pyad_fn_reduce(PyObject *self, PyObject *unused);
#define PYAD_FN_REDUCE_DOC "__reduce__($self)\n--\n\nIts qualified name, as for functions."
PyObject *pyad_fn_new_of(PyTypeObject *type, const pyad_fn_kind *kind, PyObject *fun, PyObject *const *options, int n);
/* The two members of a tuple or list of two, new; false, without an exception of its own, when o is none. */
bool pyad_pair(PyObject *o, PyObject **first, PyObject **second);
bool pyad_callable(const pyad_site *site, const char *what, PyObject *fun);

/* Adds the transforms to the functions of the module, by name. */
bool pyad_transforms_init(PyObject *names);
extern PyMethodDef pyad_derivative_functions[], pyad_batch_functions[], pyad_loop_functions[], pyad_evaluate_functions[],
    pyad_compile_functions[];
bool pyad_custom_init(PyObject *names);
bool pyad_compiled_init(PyObject *names);

/* ---- compiled functions (compiled.c) and their state (captured.c) ----------------------------------- */

/* The function of the library that the last call used; NULL and a ValueError before the first. */
ad_fn *pyad_compiled_last(PyObject *self, const char *method);
/* The method compile.draw (pictures.c). */
PyObject *pyad_compiled_draw(PyObject *self, PyObject *args, PyObject *keywords);
/* `made` is a transform of `fun`, a reference that is taken. Where fun is compiled, so is what comes back, with fun's options. */
PyObject *pyad_compiled_as(PyObject *fun, PyObject *made);

/* False and an exception unless arrays of that tree can be replaced: a list or dict, or a tuple of such. */
bool pyad_captured_check(const pyad_site *site, const char *what, PyObject *tree);
/* What the lists and dicts of the trees (each may be NULL) hold, to be put back: new. */
PyObject *pyad_captured_save(PyObject *one, PyObject *other);
bool pyad_captured_restore(PyObject *saved);
/* Makes the containers of a tree hold what the form has, items in the place of its marks. */
bool pyad_captured_fill(PyObject *tree, PyObject *form, pyad_items *items);

#endif
