/* How much room the eigenvalue and singular value problems of one matrix need, in doubles; freestanding, for the algorithms
 * (runtime/structural/spectral*.h) and for printed C, whose workspaces are static arrays. */
#ifndef AD_OPS_SPECTRAL_ROOM_H
#define AD_OPS_SPECTRAL_ROOM_H

#include <stdint.h>

/* Doubles from one row to the next: an odd number of cache lines, so that a column does not fall on few sets of a cache. */
static inline int64_t ad_planar_pitch(int64_t columns) { return ((columns + 7) / 8 | 1) * 8; }
static inline int64_t ad_planar_room(int64_t rows, int64_t columns, int parts) { return rows * ad_planar_pitch(columns) * parts; }

/* Matrices that rotations are applied to, in all of so many rows. */
static inline int64_t ad_rotations_room(int64_t rows, int64_t length) {
  return 4 * (4 * rows + 64) + rows * ((length + 31) / 32 * 32);
}

static inline int64_t ad_eigh_room(int64_t n, int parts, int vectors) {
  int64_t matrix = ad_planar_room(n, n, parts);
  return matrix + ad_planar_room(1, 3 * n, parts) + ad_planar_room(1, n, parts) + 2 * n + (vectors ? matrix + ad_rotations_room(n, n) : 0);
}

/* m rows, n columns, in either order. vectors: 0, 1 for the reduced form, 2 for full matrices. */
static inline int64_t ad_svd_room(int64_t rows, int64_t columns, int parts, int vectors) {
  int64_t m = rows < columns ? columns : rows, n = rows < columns ? rows : columns;
  int64_t own = ad_planar_room(m, n, parts) + ad_planar_room(n, m, parts) + ad_planar_room(1, 4 * m, parts) + 2 * ad_planar_room(1, n, parts) + 3 * n;
  int64_t wide = vectors == 2 ? m : n;
  if (!vectors) return own;
  return own + ad_planar_room(m, wide, parts) + ad_planar_room(n, n, parts) + 2 * wide + m + ad_rotations_room(2 * n, n);
}

static inline int64_t ad_eig_room(int64_t n, int parts, int vectors) {
  int64_t matrix = ad_planar_room(n, n, parts), own = 2 * matrix + ad_planar_room(1, n, parts) + ad_planar_room(1, 3 * n, parts) + 5 * n;
  return vectors ? own + 2 * matrix + 2 * ad_planar_room(1, n, 2) + ad_planar_room(n, n, 2) + 3 * n : own;
}

#endif
