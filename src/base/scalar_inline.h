/* How the bodies of scalar mathematics are declared.
 *
 * They are inlined whatever their size: a call out of a vectorised loop, to code compiled for the oldest processor, costs a hundred
 * times the body. AD_SCALAR_APART is for the few that are large, rare and not straight-line. All are marked as possibly unused, since
 * their text is also part of printed C, where a compiler would complain of those that the program does not need.
 */
#ifndef AD_BASE_SCALAR_INLINE_H
#define AD_BASE_SCALAR_INLINE_H

#if defined(__GNUC__)
#define AD_SCALAR static inline __attribute__((always_inline, unused))
#define AD_SCALAR_APART static inline __attribute__((unused))
#else
#define AD_SCALAR static inline
#define AD_SCALAR_APART static inline
#endif

#endif
