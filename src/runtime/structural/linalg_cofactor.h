/* Matrices of cofactors, and their derivatives of any order along given directions, of any square matrix, singular or not.
 * Included for each element type, hence no guard; see linalg_scalar.h.
 *
 * The coefficient of t1...tk in cof(A + t1 H1 + ... + tk Hk) is wanted, a polynomial in the elements. With exchanges of rows and
 * columns A = L D V, where L and V are unit triangular with elements of at most 1 and D is diagonal, decreasing but for growth; so
 * cof(A + t H) = L^-T cof(D + t M) V^-T with M = L^-1 H V^-1, which divides by no pivot. What is left is of a diagonal matrix.
 * Each term of the result lacks k + 1 pivots at most. So division by all but the last k + 1 costs no digits: what a quotient by d
 * adds is multiplied with a smaller pivot that is kept. The last k + 1 make a block apart, expanded without division; and where one
 * before them is 0, so is the result. This is adj [F b; c S] by Schur's complement (Golub and Van Loan, Matrix Computations, 4th
 * edition, 2013, section 3.2.11) over polynomials without squares of any t: a matrix of them is 2^k planes, one for each set of
 * directions, a set being the bits of its number. Rows and directions are scaled so that all is of the size of 1. */

/* LU with exchanges of rows and columns: zeros on the diagonal of U come last. Returns the sign of the permutations, or 0 where
 * something is not finite. largest: n elements of room. */
static inline int AD_LA(lu_complete)(int64_t n, AD_T *a, uint32_t *rows, uint32_t *columns, AD_T *largest) {
  int sign = 1;
  AD_R finite = AD_LA(row_size)(n * n, a);
  if (finite != finite) return 0;
  for (int64_t i = 0; i < n; i++) rows[i] = columns[i] = (uint32_t)i;
  for (int64_t k = 0; k < n; k++) {
    int64_t r = k, c = k;
    for (int64_t j = k; j < n; j++) largest[j] = a[k * n + j];
    for (int64_t i = k + 1; i < n; i++) AD_LA(row_larger)(n - k, largest + k, a + i * n + k);
    for (int64_t j = k; j < n; j++)
      if (AD_EL(size)(largest[j]) > AD_EL(size)(largest[c])) c = j;
    for (int64_t i = k; i < n; i++)
      if (AD_EL(size)(a[i * n + c]) > AD_EL(size)(a[r * n + c])) r = i;
    if (r != k) AD_LA(swap_rows)(n, a + k * n, a + r * n), sign = -sign;
    for (int64_t i = 0; i < n && c != k; i++) {
      AD_T t = a[i * n + k];
      a[i * n + k] = a[i * n + c];
      a[i * n + c] = t;
    }
    if (c != k) sign = -sign;
    uint32_t t = rows[k];
    rows[k] = rows[r], rows[r] = t;
    t = columns[k];
    columns[k] = columns[c], columns[c] = t;
    if (AD_EL(size)(a[k * n + k]) == 0) return sign;
    for (int64_t i = k + 1; i < n; i++) {
      AD_T f = AD_EL(over)(a[i * n + k], a[k * n + k]);
      a[i * n + k] = f;
      AD_LA(row_less)(n - k - 1, a + i * n + k + 1, f, a + k * n + k + 1);
    }
  }
  finite = AD_LA(row_size)(n * n, a);
  return finite == finite ? sign : 0;
}

/* What the steps below share. m: rows before the last block, of r = k + 1 rows. */
typedef struct AD_LA(cofactor_work) {
  int64_t n, m, r;
  int k;
  AD_T *lu;       /* L and V */
  AD_T *d;        /* D */
  AD_T *along;    /* for each direction M, scaled: D + t M, its rows divided by those of D, and of the last block by `least` */
  AD_T *upper;    /* planes of m rows, n columns: F^-1, and F^-1 b */
  AD_T *lower;    /* planes of r rows, n columns: c F^-1, and c F^-1 b */
  AD_T *block;    /* planes of r rows, r columns: S */
  AD_T *adjugate; /* planes of the same: adj S, and later det F adj S */
  AD_T *minors;   /* planes of one element, one for each set of columns of S */
  AD_T *det;      /* planes of one element: det F */
  AD_T *both;     /* the same: det F det S */
  AD_T *t;        /* n n elements: the result before it is turned back */
  AD_T *spare;    /* as many */
  AD_T product;   /* of D before the last block, times 2^exponent, in which are the scales */
  int64_t exponent;
  AD_R least;     /* the smallest size of a pivot before the last block */
} AD_LA(cofactor_work);

/* Sets the parts up in memory of ad_cofactor_room(n, k) elements. */
static inline AD_LA(cofactor_work) AD_LA(cofactor_parts)(int64_t n, int k, AD_T *room) {
  int64_t r = k + 1, m = n - r, planes = (int64_t)1 << k;
  AD_LA(cofactor_work) w = {.n = n, .m = m, .r = r, .k = k, .lu = room};
  w.d = w.lu + n * n;
  w.along = w.d + n;
  w.upper = w.along + k * n * n;
  w.lower = w.upper + planes * m * n;
  w.block = w.lower + planes * r * n;
  w.adjugate = w.block + planes * r * r;
  w.minors = w.adjugate + planes * r * r;
  w.det = w.minors + (planes << r);
  w.both = w.det + planes;
  w.t = w.both + planes;
  w.spare = w.t + n * n;
  return w;
}

/* ---- L D V, and the directions in its coordinates ---- */

/* Multiplies the product by x, and keeps it of the size of 1. */
static inline void AD_LA(cofactor_scale)(AD_LA(cofactor_work) *w, AD_T x) {
  AD_T y = AD_EL(times)(w->product, x);
  int e = AD_EL(exponent)(y);
  w->product = AD_EL(power)(y, -e);
  w->exponent += e;
}

/* False where a pivot before the last block is 0, or something is not finite: then out has the result. */
static inline int AD_LA(cofactor_factor)(AD_LA(cofactor_work) *w, const AD_T *a, uint32_t *places, AD_T *out) {
  int64_t n = w->n;
  for (int64_t i = 0; i < n * n; i++) w->lu[i] = a[i];
  int sign = AD_LA(lu_complete)(n, w->lu, places, places + n, w->spare);
  if (sign == 0) AD_LA(spoil)(n * n, out);
  if (sign == 0) return 0;
  w->product = AD_EL(number)(sign);
  w->least = w->m ? AD_EL(size)(w->lu[0]) : 1;
  for (int64_t i = 0; i < n; i++) {
    AD_T d = w->d[i] = w->lu[i * n + i];
    AD_R size = AD_EL(size)(d);
    if (i < w->m && size == 0) return 0;
    if (size != 0) AD_LA(row_over)(n - i - 1, w->lu + i * n + i + 1, d);
    if (i >= w->m) continue;
    if (size < w->least) w->least = size;
    AD_LA(cofactor_scale)(w, d);
  }
  return 1;
}

/* out = L^-1 P h Q V^-1, scaled. */
static inline void AD_LA(cofactor_direction)(AD_LA(cofactor_work) *w, const uint32_t *places, const AD_T *h, AD_T *out) {
  int64_t n = w->n;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) out[i * n + j] = h[(int64_t)places[i] * n + places[n + j]];
  AD_LA(solve_lower)(n, w->lu, n, 1, n, out, n);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) AD_LA(row_less)(n - j - 1, out + i * n + j + 1, out[i * n + j], w->lu + j * n + j + 1);
  int e = AD_EL(exponent)(AD_EL(number)((double)AD_LA(row_size)(n * n, out)));
  w->exponent += e;
  for (int64_t i = 0; i < n; i++) {
    AD_T f = AD_EL(number)(1);
    if (i < w->m) f = AD_EL(over)(AD_EL(number)((double)w->least), w->d[i]);
    for (int64_t j = 0; j < n; j++) out[i * n + j] = AD_EL(times)(f, AD_EL(power)(out[i * n + j], -e));
  }
}

/* ---- Matrices of polynomials ---- */

/* out -= a b: so many rows of a, columns of out and b, and steps. */
static inline void AD_LA(cofactor_less)(int64_t rows, int64_t steps, int64_t columns, const AD_T *a, int64_t a_pitch, const AD_T *b,
                                        int64_t b_pitch, AD_T *out, int64_t pitch) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t l = 0; l < steps; l++) AD_LA(row_less)(columns, out + i * pitch, a[i * a_pitch + l], b + l * b_pitch);
}

/* Plane `set` of x with F x = (1 b), from those of its subsets. */
static inline void AD_LA(cofactor_upper)(const AD_LA(cofactor_work) *w, int64_t set) {
  int64_t n = w->n, m = w->m;
  AD_T *x = w->upper + set * m * n;
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) x[i * n + j] = AD_EL(number)(set == 0 && i == j);
  for (int i = 0; i < w->k; i++) {
    int64_t one = (int64_t)1 << i;
    const AD_T *along = w->along + i * n * n;
    if (!(set & one)) continue;
    if (set != one) AD_LA(cofactor_less)(m, m, n, along, n, w->upper + (set - one) * m * n, n, x, n);
    for (int64_t j = 0; j < m * n && set == one; j++) {
      AD_T y = along[j];
      x[j] = j % n < m ? AD_EL(minus)(AD_EL(number)(0), y) : y;
    }
  }
}

/* Planes `set` of c (F^-1  F^-1 b), S and det F. */
static inline void AD_LA(cofactor_lower)(const AD_LA(cofactor_work) *w, int64_t set) {
  int64_t n = w->n, m = w->m, r = w->r, last = 0;
  AD_T *y = w->lower + set * r * n, *s = w->block + set * r * r;
  for (int64_t i = 0; i < r * n; i++) y[i] = AD_EL(number)(0);
  for (int64_t i = 0; i < r * r; i++) s[i] = AD_EL(number)(0);
  for (int64_t i = 0; i < r && set == 0 && m > 0; i++) s[i * r + i] = AD_EL(over)(w->d[m + i], AD_EL(number)((double)w->least));
  for (int i = 0; i < w->k; i++) {
    int64_t one = (int64_t)1 << i;
    const AD_T *along = w->along + i * n * n;
    if (!(set & one)) continue;
    last = i;
    AD_LA(cofactor_less)(r, m, n, along + m * n, n, w->upper + (set - one) * m * n, n, y, n); /* -c x */
    for (int64_t j = 0; j < r * r && set == one; j++) s[j] = along[(m + j / r) * n + m + j % r];
  }
  for (int64_t i = 0; i < r; i++) {
    for (int64_t j = 0; j < r; j++) s[i * r + j] = AD_EL(plus)(s[i * r + j], y[i * n + m + j]);
    for (int64_t j = 0; j < m; j++) y[i * n + j] = AD_EL(minus)(AD_EL(number)(0), y[i * n + j]);
  }
  /* The derivative of det F along the last direction is det F tr(F^-1 M). */
  AD_T *det = w->det + set;
  *det = AD_EL(number)(set == 0);
  int64_t one = (int64_t)1 << last, rest = set - one;
  const AD_T *along = w->along + last * n * n;
  for (int64_t u = rest; set; u = (u - 1) & rest) {
    AD_T trace = AD_EL(number)(0);
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < m; j++)
        trace = AD_EL(plus_times)(trace, w->upper[(u * m + i) * n + j], along[j * n + i]);
    *det = AD_EL(plus_times)(*det, w->det[rest - u], trace);
    if (u == 0) break;
  }
}

/* Adds to out, of one element, the product of a and b, whose planes are so far apart; or takes it off. */
static inline void AD_LA(cofactor_times)(int k, const AD_T *a, int64_t a_step, const AD_T *b, int64_t b_step, int less, AD_T *out) {
  for (int64_t set = 0; set >> k == 0; set++)
    for (int64_t u = set;; u = (u - 1) & set) {
      AD_T x = a[u * a_step], y = b[(set - u) * b_step];
      out[set] = less ? AD_EL(less_times)(out[set], x, y) : AD_EL(plus_times)(out[set], x, y);
      if (u == 0) break;
    }
}

/* The minors of S without row `without`, for all sets of columns, each by its last row from those of one column less. */
static inline void AD_LA(cofactor_minors)(const AD_LA(cofactor_work) *w, int64_t without) {
  int64_t r = w->r, planes = (int64_t)1 << w->k;
  for (int64_t i = 0; i < planes << r; i++) w->minors[i] = AD_EL(number)(0);
  w->minors[0] = AD_EL(number)(1);
  for (int64_t columns = 1; columns < (int64_t)1 << r; columns++) {
    int64_t rows = 0, place = 0;
    for (int64_t j = 0; j < r; j++) rows += columns >> j & 1;
    if (rows == r) break;
    int64_t row = rows - 1 < without ? rows - 1 : rows;
    for (int64_t j = 0; j < r; j++) {
      if (!(columns >> j & 1)) continue;
      AD_LA(cofactor_times)(w->k, w->block + row * r + j, r * r, w->minors + (columns - ((int64_t)1 << j)) * planes, 1,
                            (int)(rows - 1 + place) & 1, w->minors + columns * planes);
      place++;
    }
  }
}

/* det F det S, and adj S times det F. */
static inline void AD_LA(cofactor_block)(const AD_LA(cofactor_work) *w) {
  int64_t r = w->r, planes = (int64_t)1 << w->k, all = ((int64_t)1 << r) - 1;
  AD_T *room = w->minors; /* free again when a row is done */
  for (int64_t i = 0; i < planes * r * r; i++) w->adjugate[i] = AD_EL(number)(0);
  for (int64_t i = 0; i < planes; i++) w->both[i] = AD_EL(number)(0);
  for (int64_t i = 0; i < r; i++) {
    AD_LA(cofactor_minors)(w, i);
    for (int64_t j = 0; j < r; j++) {
      const AD_T *minor = w->minors + (all - ((int64_t)1 << j)) * planes;
      for (int64_t set = 0; set < planes; set++) {
        AD_T x = minor[set];
        w->adjugate[(set * r + j) * r + i] = (i + j) & 1 ? AD_EL(minus)(AD_EL(number)(0), x) : x;
      }
    }
  }
  for (int64_t i = 0; i < r * r; i++) {
    for (int64_t set = 0; set < planes; set++) room[set] = AD_EL(number)(0);
    AD_LA(cofactor_times)(w->k, w->det, 1, w->adjugate + i, r * r, 0, room);
    for (int64_t set = 0; set < planes; set++) w->adjugate[set * r * r + i] = room[set];
  }
  for (int64_t j = 0; j < r; j++) AD_LA(cofactor_times)(w->k, w->block + j, r * r, w->adjugate + j * r, r * r, 0, w->both);
}

/* ---- The result ---- */

/* The last plane of the adjugate, from the parts: (det F det S F^-1 + F^-1 b A c F^-1, -F^-1 b A; -A c F^-1, A), A = det F adj S. */
static inline void AD_LA(cofactor_gather)(const AD_LA(cofactor_work) *w) {
  int64_t n = w->n, m = w->m, r = w->r, all = ((int64_t)1 << w->k) - 1;
  AD_T minus = AD_EL(number)(-1), *t = w->t, *product = w->spare;
  for (int64_t i = 0; i < n * n; i++) t[i] = AD_EL(number)(0);
  for (int64_t i = 0; i < r; i++)
    for (int64_t j = 0; j < r; j++) t[(m + i) * n + m + j] = w->adjugate[(all * r + i) * r + j];
  for (int64_t set = 0; set <= all; set++) {
    const AD_T *x = w->upper + set * m * n;
    for (int64_t i = 0; i < m; i++)
      AD_LA(row_less)(m, t + i * n, AD_EL(times)(minus, w->both[all - set]), x + i * n);
    AD_LA(cofactor_less)(m, r, r, x + m, n, w->adjugate + (all - set) * r * r, r, t + m, n);
    /* -A c F^-1, of this plane; then -F^-1 b times it */
    for (int64_t i = 0; i < r * n; i++) product[i] = AD_EL(number)(0);
    for (int64_t u = set;; u = (u - 1) & set) {
      AD_LA(cofactor_less)(r, r, m, w->adjugate + u * r * r, r, w->lower + (set - u) * r * n, n, product, n);
      if (u == 0) break;
    }
    AD_LA(cofactor_less)(m, r, m, w->upper + (all - set) * m * n + m, n, product, n, t, n);
    for (int64_t i = 0; i < r && set == all; i++)
      for (int64_t j = 0; j < m; j++) t[(m + i) * n + j] = product[i * n + j];
  }
}

/* out = P^T L^-T x^T V^-T Q^T times the product, where x is the adjugate. */
static inline void AD_LA(cofactor_back)(const AD_LA(cofactor_work) *w, const uint32_t *places, AD_T *out) {
  AD_T *turned = w->spare;
  int64_t n = w->n, e = w->exponent, most = 1 << 20;
  int exponent = (int)(e < -most ? -most : e > most ? most : e);
  for (int64_t i = 0; i < n; i++) {
    AD_T f = AD_EL(number)(1);
    if (i < w->m) f = AD_EL(over)(AD_EL(number)((double)w->least), w->d[i]);
    for (int64_t j = 0; j < n; j++) turned[i * n + j] = AD_EL(times)(f, w->t[j * n + i]);
  }
  for (int64_t i = n - 1; i >= 0; i--)
    for (int64_t j = i + 1; j < n; j++) AD_LA(row_less)(n, turned + i * n, w->lu[j * n + i], turned + j * n);
  /* V^T, in place of the adjugate, so that the loops run along rows. */
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < i; j++) w->t[i * n + j] = w->lu[j * n + i];
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = n - 1; j > 0; j--) AD_LA(row_less)(j, turned + i * n, turned[i * n + j], w->t + j * n);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++)
      out[(int64_t)places[i] * n + places[n + j]] =
          AD_EL(power)(AD_EL(times)(w->product, turned[i * n + j]), exponent);
}

/* out = the derivative of the matrix of cofactors of matrices[0] along the k matrices behind it; k = 0: it itself. room:
 * ad_cofactor_room(n, k) elements; places: 2 n. */
static inline void AD_LA(cofactors)(int64_t n, int k, const void *const *matrices, AD_T *out, AD_T *room, uint32_t *places) {
  for (int64_t i = 0; i < n * n; i++) out[i] = AD_EL(number)(0);
  if (k >= n) return; /* its elements are polynomials of degree n - 1 */
  AD_LA(cofactor_work) w = AD_LA(cofactor_parts)(n, k, room);
  if (!AD_LA(cofactor_factor)(&w, matrices[0], places, out)) return;
  for (int i = 0; i < k; i++) AD_LA(cofactor_direction)(&w, places, matrices[i + 1], w.along + i * n * n);
  for (int64_t set = 0; set >> k == 0; set++) {
    AD_LA(cofactor_upper)(&w, set);
    AD_LA(cofactor_lower)(&w, set);
  }
  AD_LA(cofactor_block)(&w);
  AD_LA(cofactor_gather)(&w);
  AD_LA(cofactor_back)(&w, places, out);
}
