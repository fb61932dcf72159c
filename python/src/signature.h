/* Signatures: how a call from Python maps to an op's inputs and attributes.
 *
 * A signature is written as Python writes it, "a, axis=None, *, keepdims=False", and bound by names: a parameter goes to the
 * input or the attribute of its name, `axis` also to an attribute `axes` (and `shape`, `size`... only to their own). What goes
 * elsewhere is said in a second text, parts `attribute=parameter`, `attribute=!parameter` (a flag turned round) or
 * `attribute:=literal` (always so). `*arrays` takes all remaining arguments; on an op that takes any number of inputs a plain
 * parameter of the list's name takes a sequence. Every function also takes `stream`. */
#ifndef PYAD_SIGNATURE_H
#define PYAD_SIGNATURE_H

#include "core.h"

enum { PYAD_MOST_PARAMETERS = 24, PYAD_MOST_FIELDS = 16 };

typedef enum pyad_goal {
  PYAD_TO_INPUT,  /* input number `index` */
  PYAD_TO_LIST,   /* all inputs: a sequence of arrays */
  PYAD_TO_FIELD,  /* attribute number `index` */
  PYAD_TO_STREAM
} pyad_goal;

typedef struct pyad_parameter {
  PyObject *name; /* interned */
  pyad_goal goal;
  int index;
  bool turned;       /* the flag is given the other way round */
  PyObject *otherwise; /* the default; NULL: must be given */
} pyad_parameter;

typedef struct pyad_signature {
  pyad_parameter parameters[PYAD_MOST_PARAMETERS];
  int count, positional; /* the first so many may be given by position */
  int rest;              /* the parameter that takes the remaining positions, -1: none */
  ad_attr fixed[PYAD_MOST_FIELDS];
} pyad_signature;

/* Reads signature and binding of an op. False: an exception that says which part is wrong. */
bool pyad_signature_read(pyad_signature *s, const ad_op *op, const char *signature, const char *binding);
/* The signature of an op for which none is written: inputs, required attributes, the others, stream. Text is put into out. */
void pyad_signature_write(const ad_op *op, char *out, size_t size);

#endif
