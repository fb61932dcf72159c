/* Blocked factorisations; see linalg_blocked.h.
 *
 * Cholesky and QR go from the left in blocks (Golub and Van Loan, Matrix Computations, 4th edition, 2013, sections 4.2.9 and
 * 5.2.3), LU halves its columns until they are few (Toledo, Locality of reference in LU decomposition with partial pivoting,
 * 1997). What is left in a block is done by the plain algorithms, on a dense copy where its rows lie far apart. */
#include "runtime/linalg_blocked.h"

#include <string.h>
#include "runtime/gemm.h"

enum {
  BLOCK = 64,       /* of triangular systems and Cholesky */
  LU_COLUMNS = 16,  /* done by the plain algorithm */
  QR_COLUMNS = 32,
  STRIP = 256       /* rows of a product that is taken away from a matrix */
};

ad_blocked ad__blocked_of(ad_exec *x, ad_dtype t) {
  ad_dtype dtype = ad__matrix_lane(t);
  int lane = ad__linalg_lane(dtype);
  const ad_linalg_kernels *of = lane < AD_LINALG_C64 ? x->kernels->linalg : x->kernels->linalg_complex;
  return (ad_blocked){x, &of[lane], dtype, ad_dtype_size(dtype)};
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* Element (i, j) of a matrix. */
static char *at(const ad_blocked *w, const void *a, int64_t pitch, int64_t i, int64_t j) {
  return (char *)(uintptr_t)a + (i * pitch + j) * (int64_t)w->item;
}

/* ---- Products ---- */

/* A factor of a product: strides in elements. */
typedef struct factor {
  const void *data;
  int64_t row, column;
} factor;

/* Dense out = a b. */
static void product(const ad_blocked *w, int64_t rows, int64_t columns, int64_t depth, factor a, factor b, void *out) {
  int64_t item = (int64_t)w->item;
  ad_gemm g = {.dtype = w->dtype, .rows = (size_t)rows, .columns = (size_t)columns, .depth = (size_t)depth, .a = a.data, .b = b.data,
               .c = out, .a_row = a.row * item, .a_step = a.column * item, .b_step = b.row * item, .b_column = b.column * item};
  ad__gemm(w->x, &g);
}

typedef struct less_job {
  const ad_blocked *w;
  int64_t columns, pitch;
  char *c;
  const char *product;
} less_job;

static void less_rows(void *arg, size_t begin, size_t end) {
  const less_job *j = arg;
  j->w->k->less((int64_t)(end - begin), j->columns, at(j->w, j->c, j->pitch, (int64_t)begin, 0), j->pitch,
                at(j->w, j->product, j->columns, (int64_t)begin, 0));
}

/* c -= a b, in strips of rows. upper: what lies left of the diagonal of c need not be right. */
static void product_less(const ad_blocked *w, int64_t rows, int64_t columns, int64_t depth, factor a, factor b, void *c,
                         int64_t pitch, bool upper) {
  if (rows <= 0 || columns <= 0 || depth <= 0 || w->x->err.code) return;
  size_t bytes = (size_t)(smaller(rows, STRIP) * columns) * w->item;
  ad_buffer *room = ad__buffer_take(w->x->cache, bytes);
  if (!room) {
    ad__fail(&w->x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", bytes);
    return;
  }
  for (int64_t i = 0; i < rows; i += STRIP) {
    int64_t n = smaller(rows - i, STRIP), first = upper ? i : 0, width = columns - first;
    factor part = {at(w, a.data, 1, i * a.row, 0), a.row, a.column}, right = {at(w, b.data, 1, first * b.column, 0), b.row, b.column};
    product(w, n, width, depth, part, right, room->data);
    less_job j = {w, width, pitch, at(w, c, pitch, i, first), room->data};
    ad__parallel(w->x, (size_t)n, 8, (double)width * 0.3, less_rows, &j);
  }
  ad__buffer_drop(w->x->cache, room);
}

/* ---- Triangular systems ---- */

/* b = t^-1 b; rows of t and b are pitches apart. */
static void solve_blocks(const ad_blocked *w, int64_t n, const void *t, int64_t pitch, bool upper, bool unit, int64_t columns,
                         void *b, int64_t b_pitch) {
  int64_t blocks = (n + BLOCK - 1) / BLOCK;
  for (int64_t k = 0; k < blocks; k++) {
    int64_t i = (upper ? blocks - 1 - k : k) * BLOCK, size = smaller(n - i, BLOCK);
    int64_t from = upper ? i + size : 0, depth = upper ? n - from : i;
    factor left = {at(w, t, pitch, i, from), pitch, 1}, right = {at(w, b, b_pitch, from, 0), b_pitch, 1};
    product_less(w, size, columns, depth, left, right, at(w, b, b_pitch, i, 0), b_pitch, false);
    (upper ? w->k->solve_upper : w->k->solve_lower)(size, at(w, t, pitch, i, i), pitch, unit, columns, at(w, b, b_pitch, i, 0), b_pitch);
  }
}

void ad__blocked_triangle(const ad_blocked *w, int64_t n, const void *t, bool upper, bool unit, int64_t columns, void *b) {
  solve_blocks(w, n, t, n, upper, unit, columns, b, columns);
}

/* ---- Cholesky ---- */

int64_t ad__blocked_cholesky(const ad_blocked *w, int64_t n, const void *a, int upper, void *u) {
  ad_buffer *room = ad__buffer_take(w->x->cache, (size_t)(BLOCK * (BLOCK + n)) * w->item);
  if (!room) {
    ad__fail(&w->x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", (size_t)(BLOCK * (BLOCK + n)) * w->item);
    return 0;
  }
  char *corner = room->data, *conjugate = corner + BLOCK * BLOCK * w->item;
  int64_t minor = 0;
  w->k->cholesky_load(n, a, upper, u);
  for (int64_t k = 0; k < n && !minor; k += BLOCK) {
    int64_t size = smaller(n - k, BLOCK), rest = n - k - size;
    minor = w->k->cholesky_factor(size, at(w, u, n, k, k), n);
    if (minor) minor += k;
    if (minor || rest == 0) break;
    char *row = at(w, u, n, k, k + size);
    w->k->triangle_load(size, at(w, u, n, k, k), n, &(ad_linalg_triangle){.upper = 1, .transpose = 1, .conjugate = 1}, corner);
    w->k->solve_lower(size, corner, size, 0, rest, row, n);
    w->k->conj_copy(size, rest, row, n, conjugate);
    product_less(w, rest, rest, size, (factor){conjugate, 1, rest}, (factor){row, n, 1}, at(w, u, n, k + size, k + size), n, true);
  }
  if (upper) w->k->cholesky_clear(n, u);
  else w->k->cholesky_turn(n, u);
  ad__buffer_drop(w->x->cache, room);
  return minor;
}

/* ---- LU ---- */

typedef struct lu_job {
  const ad_blocked *w;
  char *a;
  int64_t rows, pitch;
  uint32_t *pivots;
  char *panel; /* rows x LU_COLUMNS */
} lu_job;

/* The exchanges of steps [from, to) done to columns [left, right). */
static void lu_exchange(const lu_job *j, int64_t from, int64_t to, int64_t left, int64_t right) {
  const ad_blocked *w = j->w;
  for (int64_t k = from; k < to && left < right; k++)
    if (j->pivots[k] != k)
      w->k->swap_rows(right - left, at(w, j->a, j->pitch, k, left), at(w, j->a, j->pitch, j->pivots[k], left));
}

static void lu_copy_panel(const lu_job *j, int64_t from, int64_t to, bool back) {
  const ad_blocked *w = j->w;
  size_t bytes = (size_t)(to - from) * w->item;
  for (int64_t i = from; i < j->rows; i++) {
    char *there = j->panel + (size_t)(i - from) * bytes, *here = at(w, j->a, j->pitch, i, from);
    memcpy(back ? here : there, back ? there : here, bytes);
  }
}

/* Columns [from, to), whose rows above `from` are done; exchanges are done to these columns alone. */
static void lu_columns(const lu_job *j, int64_t from, int64_t to) {
  const ad_blocked *w = j->w;
  if (to - from <= LU_COLUMNS) {
    lu_copy_panel(j, from, to, false);
    w->k->lu_factor(j->rows - from, to - from, j->panel, to - from, j->pivots + from);
    lu_copy_panel(j, from, to, true);
    for (int64_t k = from; k < to; k++) j->pivots[k] += (uint32_t)from;
    return;
  }
  int64_t middle = from + (to - from) / 2 / LU_COLUMNS * LU_COLUMNS;
  if (middle == from) middle = from + LU_COLUMNS;
  lu_columns(j, from, middle);
  lu_exchange(j, from, middle, middle, to);
  char *above = at(w, j->a, j->pitch, from, middle);
  solve_blocks(w, middle - from, at(w, j->a, j->pitch, from, from), j->pitch, false, true, to - middle, above, j->pitch);
  product_less(w, j->rows - middle, to - middle, middle - from, (factor){at(w, j->a, j->pitch, middle, from), j->pitch, 1},
               (factor){above, j->pitch, 1}, at(w, j->a, j->pitch, middle, middle), j->pitch, false);
  lu_columns(j, middle, to);
  lu_exchange(j, middle, to, from, middle);
}

void ad__blocked_lu(const ad_blocked *w, int64_t rows, int64_t columns, void *a, uint32_t *pivots) {
  int64_t steps = smaller(rows, columns);
  size_t bytes = (size_t)(rows * LU_COLUMNS) * w->item;
  ad_buffer *panel = ad__buffer_take(w->x->cache, bytes);
  if (!panel) {
    ad__fail(&w->x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", bytes);
    return;
  }
  lu_job j = {w, a, rows, columns, pivots, panel->data};
  lu_columns(&j, 0, steps);
  lu_exchange(&j, 0, steps, steps, columns);
  if (columns > steps) solve_blocks(w, steps, a, columns, false, true, columns - steps, at(w, a, columns, 0, steps), columns);
  ad__buffer_drop(w->x->cache, panel);
}

int64_t ad__blocked_solve(const ad_blocked *w, int64_t n, int64_t columns, const void *a, const void *b, void *out, void *room,
                          uint32_t *pivots) {
  memcpy(room, a, (size_t)(n * n) * w->item);
  ad__blocked_lu(w, n, n, room, pivots);
  if (w->x->err.code) return 0;
  int64_t zero = w->k->triangle_check(n, room, n);
  if (zero) return zero;
  w->k->lu_permute(n, columns, pivots, b, out);
  ad__blocked_triangle(w, n, room, false, true, columns, out);
  ad__blocked_triangle(w, n, room, true, false, columns, out);
  return 0;
}

/* ---- QR ---- */

/* A block of reflections I - V T V^H, V with `size` columns. */
typedef struct reflections {
  char *v, *conjugate; /* rows x size */
  char *t;             /* size x size */
  char *left, *turned; /* size x columns: V^H C, and T or T^H times it */
} reflections;

/* The block of steps [from, from + size) of the factored matrix a. */
static void read_reflections(const ad_blocked *w, int64_t rows, int64_t size, const void *corner, int64_t pitch, reflections *h) {
  w->k->qr_vectors(rows, size, corner, pitch, h->v);
  w->k->conj_copy(rows, size, h->v, size, h->conjugate);
}

/* c -= V op(T) V^H c, op the conjugate transpose or nothing. */
static void apply_reflections(const ad_blocked *w, int64_t rows, int64_t size, int64_t columns, const reflections *h, bool adjoint,
                              void *c, int64_t pitch) {
  if (columns <= 0 || w->x->err.code) return;
  product(w, size, columns, rows, (factor){h->conjugate, 1, size}, (factor){c, pitch, 1}, h->left);
  if (adjoint) w->k->conj_copy(size, size, h->t, size, h->turned + (size_t)(size * columns) * w->item);
  factor t = adjoint ? (factor){h->turned + (size_t)(size * columns) * w->item, 1, size} : (factor){h->t, size, 1};
  product(w, size, columns, size, t, (factor){h->left, columns, 1}, h->turned);
  product_less(w, rows, columns, size, (factor){h->v, size, 1}, (factor){h->turned, columns, 1}, c, pitch, false);
}

size_t ad__blocked_qr_room(int64_t rows, int64_t columns, int64_t kept) {
  int64_t steps = smaller(rows, columns), wide = columns > kept ? columns : kept;
  int64_t blocks = (steps + QR_COLUMNS - 1) / QR_COLUMNS;
  return (size_t)(rows * columns + steps + 3 * rows * QR_COLUMNS + blocks * QR_COLUMNS * QR_COLUMNS + QR_COLUMNS +
                  2 * QR_COLUMNS * (wide + QR_COLUMNS));
}

/* Columns [from, from + size) of a, factored in a dense copy. */
static void qr_panel(const ad_blocked *w, int64_t rows, int64_t size, char *corner, int64_t pitch, char *panel, char *tau, char *line) {
  size_t bytes = (size_t)size * w->item;
  for (int64_t i = 0; i < rows; i++) memcpy(panel + (size_t)i * bytes, at(w, corner, pitch, i, 0), bytes);
  w->k->qr_factor(rows, size, size, panel, size, tau, line);
  for (int64_t i = 0; i < rows; i++) memcpy(at(w, corner, pitch, i, 0), panel + (size_t)i * bytes, bytes);
}

void ad__blocked_qr(const ad_blocked *w, int64_t rows, int64_t columns, int64_t kept, const void *a, void *q, void *r, void *room) {
  int64_t steps = smaller(rows, columns), wide = columns > kept ? columns : kept, k;
  char *work = room, *tau = at(w, work, 1, rows * columns, 0), *panel = at(w, tau, 1, steps, 0);
  char *v = at(w, panel, 1, rows * QR_COLUMNS, 0), *conjugate = at(w, v, 1, rows * QR_COLUMNS, 0);
  char *line = at(w, conjugate, 1, rows * QR_COLUMNS, 0), *left = at(w, line, 1, QR_COLUMNS, 0);
  char *turned = at(w, left, 1, QR_COLUMNS * (wide + QR_COLUMNS), 0), *ts = at(w, turned, 1, QR_COLUMNS * (wide + QR_COLUMNS), 0);
  reflections h = {v, conjugate, ts, left, turned};
  memcpy(work, a, (size_t)(rows * columns) * w->item);
  for (k = 0; k < steps; k += QR_COLUMNS) {
    int64_t size = smaller(steps - k, QR_COLUMNS), high = rows - k;
    char *corner = at(w, work, columns, k, k);
    h.t = at(w, ts, 1, k * QR_COLUMNS, 0);
    qr_panel(w, high, size, corner, columns, panel, at(w, tau, 1, k, 0), line);
    read_reflections(w, high, size, corner, columns, &h);
    product(w, size, size, high, (factor){h.conjugate, 1, size}, (factor){h.v, size, 1}, left);
    w->k->qr_triangle(size, left, at(w, tau, 1, k, 0), h.t);
    apply_reflections(w, high, size, columns - k - size, &h, true, at(w, corner, 1, size, 0), columns);
  }
  w->k->qr_store(rows, columns, kept, work, q, r);
  for (k = (steps - 1) / QR_COLUMNS * QR_COLUMNS; k >= 0 && steps; k -= QR_COLUMNS) {
    int64_t size = smaller(steps - k, QR_COLUMNS), high = rows - k;
    h.t = at(w, ts, 1, k * QR_COLUMNS, 0);
    read_reflections(w, high, size, at(w, work, columns, k, k), columns, &h);
    apply_reflections(w, high, size, kept - k, &h, false, at(w, q, kept, k, k), kept);
  }
}
