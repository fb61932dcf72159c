/* Complex numbers as plain records.
 *
 * The layout is that of C's own complex types, of NumPy's and of Fortran's: real part, then imaginary part, no padding. A
 * record is used because C11 lets a compiler leave `_Complex` out, and C++ has no such type at all.
 * Arithmetic on them is not here: arrays of these types are worked on by ops, scalars of them are only carried.
 */
#ifndef ADAMANT_COMPLEX_H
#define ADAMANT_COMPLEX_H

typedef struct ad_c64 {
  float re, im;
} ad_c64;
typedef struct ad_c128 {
  double re, im;
} ad_c128;

#endif
