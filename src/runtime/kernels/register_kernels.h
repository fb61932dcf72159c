/* Instructions of the register form: each works on a block of elements held in vector registers, the running value, and passes
 * it on by calling the next instruction in tail position; the last one returns.
 *
 * A block is as many elements of a lane as fill eight vectors. Other operands are tiles: a block in memory, in the lane's type. A
 * bool in a register or tile is 0 or 1 of the lane's type, a half number its float32; such are narrowed and widened where they meet
 * memory. An instruction that has no vector form calls a kernel on whole tiles. */
#ifndef AD_RUNTIME_REGISTER_KERNELS_H
#define AD_RUNTIME_REGISTER_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/dtype.h>

/* What takes and gives vectors has a type of its own for each instruction set: it is kept as a plain function pointer. */
typedef void (*ad_register_fn)(void);

typedef struct ad_register_op {
  ad_register_fn run;
  union {
    void (*fn)(size_t n, void *out, const void *a, const void *b, const void *c);
    void (*cast)(size_t n, void *out, const void *in);
  } call;
  int16_t out, in[3]; /* slots; -1: none, or the running value */
} ad_register_op;

/* Where the slots of a program lie for the present block. */
typedef struct ad_register_frame {
  char **at;
  bool streamed; /* results in the lane's type are written past the cache; they begin at whole lines */
} ad_register_frame;

typedef struct ad_register_set {
  size_t elements;             /* of a block */
  const ad_register_fn (*forms)[3]; /* [place of the op][which operand is the running value] */
  /* Per dtype, NULL where there is none: a tile in[0] becomes the running value, the running value goes to tile `out`. */
  ad_register_fn load[AD_DTYPE_COUNT], store[AD_DTYPE_COUNT];
  ad_register_fn result; /* the running value to a result in the lane's type */
  /* A kernel or a cast on tiles; there is no running value after it. */
  ad_register_fn call, cast;
  ad_register_fn end;
  /* Runs a program on blocks one after the other: slot k moves on by step[k] bytes, k < n. */
  void (*run)(const ad_register_op *program, ad_register_frame *f, size_t blocks, const size_t *step, int n);
} ad_register_set;

#endif
