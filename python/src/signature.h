/* Signatures: how a call from Python maps to an op's inputs and attributes.
 *
 * A signature is written as Python writes it, "a, axis=None, *, keepdims=False", and bound by names: a parameter goes to the
 * input or the attribute of its name, `axis` also to an attribute `axes` (and `shape`, `size`... only to their own), `stream` and
 * `device` to the stream. What goes elsewhere is said in a second text, by parts:
 *   goal=parameter     a goal may be named twice: then there are two names for one thing, of which one may be given
 *   goal=!parameter    a flag turned round
 *   goal=parameter..   a list in which lists are run together: pairs of numbers, one pair after the other
 *   goal?=parameter    beside its other goal: where a text is given, it goes here
 *   -=parameter        it is taken and changes nothing
 *   flat=parameter     beside its own goal: where None is given, the inputs become one axis each
 *   goal:=literal      always so
 *   >name              several results come as a named tuple: this is the next one's name
 * `*arrays` takes all remaining arguments; on an op that takes any number of inputs a plain parameter of the list's name takes a
 * sequence. The parameters of a function with a body of its own have no goals: they are handed on in order. */
#ifndef PYAD_SIGNATURE_H
#define PYAD_SIGNATURE_H

#include "core.h"

enum { PYAD_MOST_PARAMETERS = 24, PYAD_MOST_FIELDS = 16 };

typedef enum pyad_goal {
  PYAD_TO_INPUT,  /* input number `index` */
  PYAD_TO_LIST,   /* all inputs: a sequence of arrays */
  PYAD_TO_FIELD,  /* attribute number `index` */
  PYAD_TO_STREAM, /* where to run */
  PYAD_TO_NOTHING,
  PYAD_TO_BODY    /* the function's own body */
} pyad_goal;

typedef struct pyad_parameter {
  PyObject *name; /* interned */
  pyad_goal goal;
  int index;
  int text;          /* the attribute that takes a text, -1: none */
  bool turned;       /* the flag is given the other way round */
  bool flat;         /* None means all inputs as one axis */
  bool nested;       /* lists within the list are run together */
  PyObject *otherwise; /* the default; NULL: must be given */
} pyad_parameter;

typedef struct pyad_signature {
  pyad_parameter parameters[PYAD_MOST_PARAMETERS];
  int count, positional; /* the first so many may be given by position */
  int rest;              /* the parameter that takes the remaining positions, -1: none */
  PyObject *named;       /* the names of the results, a tuple; NULL: plain */
  ad_attr fixed[PYAD_MOST_FIELDS];
} pyad_signature;

/* Reads signature and binding of an op, or, op being NULL, of a function with a body. False: an exception that says which part
 * is wrong. */
bool pyad_signature_read(pyad_signature *s, const ad_op *op, const char *signature, const char *binding);
/* The signature of an op for which none is written: inputs, required attributes, the others, stream. Text is put into out. */
void pyad_signature_write(const ad_op *op, char *out, size_t size);

#endif
