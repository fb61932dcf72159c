/* Groups of plans as C functions.
 *
 * A group without reductions is one loop over elements; where an operand is broadcast, one for each row of the innermost axes
 * along which every operand either runs or stands still. A group over rows is a sequence of phases for a few rows at a time:
 *
 *   for each row of the block: a loop over its elements     what is elementwise, as far as it can be computed
 *   folds of these rows, by the functions given             reductions, and what has one element per row
 *
 * A value that a later phase or a fold reads is kept in a small array, all others are scalars of a loop.
 * Invariant: where nothing is reduced, a result may be in an operand's memory, element for element: so in a loop all loads stand
 * before all stores, and the pragma in front of it says that no element depends on another. */
#include "emit/c_group.h"

#include <string.h>
#include "emit/emit_c.h"
#include "ir/ctx.h"

enum {
  BLOCK_ELEMENTS = 2048,
  BLOCK_BYTES = 131072, /* of a block of rows */
  SHORT_ROW = 64,
  TILE = 512,
  LEAST_TILED = 4096,
  STREAMED = 64,   /* elements that are written past the caches at once: whole lines of every dtype */
  AHEAD = 2048,    /* bytes that are asked for ahead */
  SHORT_LOOP = 10, /* members; in longer loops a vector has enough to do */
  MOST_STORES = 256
};

const char ad__c_group_head[] =
    "#if defined(__clang__)\n"
    "#pragma STDC FP_CONTRACT OFF\n"
    "#define INDEPENDENT _Pragma(\"clang loop vectorize(assume_safety)\")\n"
    "#elif defined(__GNUC__)\n"
    "#define INDEPENDENT _Pragma(\"GCC ivdep\")\n"
    "#define SHORT _Pragma(\"GCC unroll 4\")\n"
    "#else\n"
    "#define INDEPENDENT\n"
    "#endif\n"
    "#if defined(__GNUC__) && !defined(__TINYC__)\n"
    "#define ASK_FOR(p) __builtin_prefetch(p)\n"
    "#else\n"
    "#define ASK_FOR(p) ((void)(p))\n"
    "#endif\n"
    "#ifndef SHORT\n"
    "#define SHORT\n"
    "#endif\n\n"
    "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n\n"
    "typedef void (*ad_fold_rows)(size_t rows, size_t n, ptrdiff_t stride, void *out, const void *in, const void *param);\n"
    "\n/* n lines of 64 bytes, past the caches where there is a way. */\n"
    "static inline void ad_stream(void *to, const void *from, size_t n) {\n"
    "#if defined(__AVX512F__) && !defined(__TINYC__)\n"
    "  typedef long long line __attribute__((vector_size(64), may_alias));\n"
    "#elif defined(__AVX__) && !defined(__TINYC__)\n"
    "  typedef long long line __attribute__((vector_size(32), may_alias));\n"
    "#endif\n"
    "#if defined(__clang__) && defined(__AVX__)\n"
    "  for (size_t i = 0; i < n * 64 / sizeof(line); i++) __builtin_nontemporal_store(((const line *)from)[i], (line *)to + i);\n"
    "#elif defined(__GNUC__) && defined(__AVX512F__)\n"
    "  for (size_t i = 0; i < n; i++) __builtin_ia32_movntdq512((line *)to + i, ((const line *)from)[i]);\n"
    "#elif defined(__GNUC__) && defined(__AVX__)\n"
    "  for (size_t i = 0; i < 2 * n; i++) __builtin_ia32_movntdq256((line *)to + i, ((const line *)from)[i]);\n"
    "#else\n"
    "  memcpy(to, from, 64 * n);\n"
    "#endif\n"
    "}\n";

typedef struct group_printer {
  c_printer *p;
  const ad_c_group *g;
  const ad_graph *graph;
  const char **base;    /* per node: the array that it is in */
  const char **pointer; /* per node: of the loop that is being made, its elements there */
  struct {
    const char *to;
    const ad_array *a;
    ad_dtype as;
  } stores[MOST_STORES]; /* of that loop */
  int n_stores;
  /* Of groups over rows: */
  int64_t row, block; /* elements of one, rows at once */
  int phases;
  int *phase;        /* per node: the phase it is computed in; parameters -1 */
  bool *kept;        /* per node: a later loop or a fold reads it */
  const char **lane; /* per fold: an array of its operand in the dtype that it reads; NULL: the operand's own */
} group_printer;

static const ad_array *node_at(const group_printer *w, int i) { return w->graph->nodes.at[i]; }
static int node_count(const group_printer *w) { return w->graph->nodes.count; }
static bool is_param(const ad_array *a) { return a->op == &ad__op_param; }
static bool is_scalar(const ad_array *a) { return is_param(a) && a->type->size == 1; }
static bool is_fold(const group_printer *w, const ad_array *a) { return w->g->folds && w->g->folds[a->serial].is; }
static bool has_dims(const ad_type *t, const ad_type *s) {
  return t->rank == s->rank && memcmp(t->dims, s->dims, (size_t)t->rank * sizeof *t->dims) == 0;
}
static bool is_full(const group_printer *w, const ad_array *a) { return has_dims(a->type, w->g->space); }
static const char *type_of(const ad_array *a) { return ad__c_type(a->type->dtype); }

static bool allocate(group_printer *w) {
  size_t n = (size_t)node_count(w) + 1;
  ad_arena *arena = &w->p->arena;
  w->p->places = ad__arena_zeroed(arena, n * sizeof *w->p->places, _Alignof(c_place));
  w->p->locals = ad__arena_zeroed(arena, n * sizeof *w->p->locals, _Alignof(char *));
  w->base = ad__arena_zeroed(arena, n * sizeof *w->base, _Alignof(char *));
  w->pointer = ad__arena_zeroed(arena, n * sizeof *w->pointer, _Alignof(char *));
  w->phase = ad__arena_zeroed(arena, n * sizeof *w->phase, _Alignof(int));
  w->kept = ad__arena_zeroed(arena, n, 1);
  w->lane = ad__arena_zeroed(arena, n * sizeof *w->lane, _Alignof(char *));
  return w->p->places && w->p->locals && w->base && w->pointer && w->phase && w->kept && w->lane;
}

/* Arrays by position, the operands' and the results'. A scalar operand is read once. */
static void print_arrays(group_printer *w) {
  const ad_graph *g = w->graph;
  for (int k = 0; k < g->params.count; k++) {
    const ad_array *a = g->params.at[k];
    const char *name = ad__c_name(w->p, "x");
    w->base[a->serial] = name;
    ad__c_line(w->p, "const %s *const %s = in[%d];", type_of(a), name, k);
    if (!is_scalar(a)) continue;
    w->p->locals[a->serial] = ad__c_name(w->p, "c");
    ad__c_line(w->p, "const %s %s = %s[0];", type_of(a), w->p->locals[a->serial], name);
  }
  for (int k = 0; k < g->results.count; k++) ad__c_line(w->p, "%s *const out%d = out[%d];", type_of(g->results.at[k]), k, k);
}

/* ---- One loop ---- */

/* Elements are read at `from` on, or what is there stands still. */
static void add_load(group_printer *w, const ad_array *a, bool still, const char *from) {
  const char *name = ad__c_name(w->p, still ? "v" : "p");
  ad__c_line(w->p, still ? "const %s %s = *(%s);" : "const %s *const %s = %s;", type_of(a), name, from);
  if (still) w->p->locals[a->serial] = name;
  else w->pointer[a->serial] = name;
}

static bool is_loaded(const group_printer *w, const ad_array *a) { return w->p->locals[a->serial] || w->pointer[a->serial]; }

static void add_store(group_printer *w, const ad_array *a, ad_dtype as, const char *to) {
  if (w->n_stores == MOST_STORES) w->p->body.failed = true;
  else w->stores[w->n_stores].to = to, w->stores[w->n_stores].a = a, w->stores[w->n_stores++].as = as;
}

static void add_result_stores(group_printer *w, const ad_array *a, const char *offset) {
  for (int k = 0; k < w->graph->results.count; k++)
    if (w->graph->results.at[k] == a) add_store(w, a, a->type->dtype, ad__c_format(w->p, "out%d + %s", k, offset));
}

/* The loop itself: element i is stored as to[k][`at`]. */
static void print_bare_loop(group_printer *w, const char *head, const char *const *to, const char *at,
                            const ad_array *const *members, int n) {
  ad__text_add(&w->p->body, n <= SHORT_LOOP ? "INDEPENDENT SHORT\n" : "INDEPENDENT\n");
  ad__c_line(w->p, "for (%s; i++) {", head);
  w->p->depth++;
  for (int i = 0; i < node_count(w); i++) {
    if (!w->pointer[i]) continue;
    w->p->locals[i] = ad__c_name(w->p, "v");
    ad__c_line(w->p, "const %s %s = %s[i];", type_of(node_at(w, i)), w->p->locals[i], w->pointer[i]);
  }
  for (int k = 0; k < n; k++) ad__c_print_member(w->p, members[k], NULL);
  for (int k = 0; k < w->n_stores; k++) {
    const ad_array *a = w->stores[k].a;
    ad__c_line(w->p, "%s[%s] = %s;", to[k], at, ad__c_cast(w->p, w->p->locals[a->serial], a->type->dtype, w->stores[k].as));
  }
  ad__c_close(w->p, 1);
}

static void name_stores(group_printer *w, const char **to) {
  for (int k = 0; k < w->n_stores; k++) {
    to[k] = ad__c_name(w->p, "q");
    ad__c_line(w->p, "%s *const %s = %s;", ad__c_type(w->stores[k].as), to[k], w->stores[k].to);
  }
}

static void forget_loop(group_printer *w) {
  w->n_stores = 0;
  for (int i = 0; i < node_count(w); i++) {
    w->pointer[i] = NULL;
    if (!is_scalar(node_at(w, i))) w->p->locals[i] = NULL;
  }
}

/* A loop over `count` elements that computes the members; nothing of it is known afterwards but the scalar operands. */
static void print_loop(group_printer *w, const char *count, const ad_array *const *members, int n) {
  const char *to[MOST_STORES];
  name_stores(w, to);
  print_bare_loop(w, ad__c_format(w->p, "size_t i = 0; i < %s", count), to, "i", members, n);
  forget_loop(w);
}

/* The same; where `past` is true and results begin at lines of the cache, whole lines of them are made in small arrays and written from
 * there, and what will be read is asked for. */
static void print_streaming_loop(group_printer *w, const ad_array *const *members, int n) {
  const char *to[MOST_STORES], *lines[MOST_STORES];
  name_stores(w, to);
  ad__c_line(w->p, "size_t done = 0;");
  ad__text_fmt(&w->p->body, "  if (past");
  for (int k = 0; k < w->n_stores; k++) ad__text_fmt(&w->p->body, " && (uintptr_t)%s %% 64 == 0", to[k]);
  ad__text_add(&w->p->body, ")\n");
  ad__c_line(w->p, "for (; done + %d <= n; done += %d) {", STREAMED, STREAMED);
  w->p->depth++;
  for (int k = 0; k < w->n_stores; k++) {
    lines[k] = ad__c_name(w->p, "lines");
    ad__c_line(w->p, "%s %s[%d] __attribute__((aligned(64)));", ad__c_type(w->stores[k].as), lines[k], STREAMED);
  }
  for (int i = 0; i < node_count(w); i++)
    if (w->pointer[i])
      ad__c_line(w->p, "for (size_t k = 0; k < sizeof *%s; k++) ASK_FOR((const char *)(%s + done) + %d + 64 * k);", w->pointer[i],
                 w->pointer[i], AHEAD);
  print_bare_loop(w, ad__c_format(w->p, "size_t i = done; i < done + %d", STREAMED), lines, "i - done", members, n);
  for (int k = 0; k < w->n_stores; k++) ad__c_line(w->p, "ad_stream(%s + done, %s, sizeof *%s);", to[k], lines[k], to[k]);
  ad__c_close(w->p, 1);
  print_bare_loop(w, "size_t i = done; i < n", to, "i", members, n);
  forget_loop(w);
}

/* ---- Groups without reductions ---- */

typedef struct axes {
  int n;
  int64_t length[AD_MAX_RANK], stride[AD_MAX_RANK][AD_C_GROUP_PARAMS]; /* of each operand, in elements */
} axes;

/* Strides of an operand along the space's axes. */
static void strides_in(const ad_type *t, const ad_type *space, int64_t *out) {
  int64_t step = 1;
  for (int k = space->rank - 1; k >= 0; k--) {
    int own = k - (space->rank - t->rank);
    out[k] = own < 0 || t->dims[own] == 1 ? 0 : step;
    if (own >= 0) step *= t->dims[own];
  }
}

/* Neighbouring axes become one where every operand allows it; axes of length 1 vanish. The innermost is the first. */
static void join_axes(const group_printer *w, axes *to) {
  const ad_graph *g = w->graph;
  const ad_type *space = w->g->space;
  int64_t stride[AD_C_GROUP_PARAMS][AD_MAX_RANK];
  for (int k = 0; k < g->params.count; k++) strides_in(g->params.at[k]->type, space, stride[k]);
  to->n = 0;
  for (int axis = space->rank - 1; axis >= 0; axis--) {
    if (space->dims[axis] == 1) continue;
    bool joins = to->n > 0;
    for (int k = 0; k < g->params.count && joins; k++)
      joins = stride[k][axis] == to->stride[to->n - 1][k] * to->length[to->n - 1];
    if (joins) {
      to->length[to->n - 1] *= space->dims[axis];
      continue;
    }
    to->length[to->n] = space->dims[axis];
    for (int k = 0; k < g->params.count; k++) to->stride[to->n][k] = stride[k][axis];
    to->n++;
  }
  if (to->n) return;
  to->n = 1;
  to->length[0] = 1;
  for (int k = 0; k < g->params.count; k++) to->stride[0][k] = 0;
}

/* Where a row of operand k begins: the row's number is `row`, its first element that is wanted `from`. */
static const char *row_begin(group_printer *w, const axes *a, int k) {
  ad_text t;
  ad__text_init(&t, w->p->body.mem);
  ad__text_add(&t, w->base[w->graph->params.at[k]->serial]);
  if (a->stride[0][k]) ad__text_add(&t, " + from");
  for (int64_t axis = 1, below = 1; axis < a->n; below *= a->length[axis++]) {
    if (!a->stride[axis][k]) continue;
    ad__text_add(&t, " + row");
    if (below > 1) ad__text_fmt(&t, " / %lld", (long long)below);
    if (axis + 1 < a->n) ad__text_fmt(&t, " %% %lld", (long long)a->length[axis]);
    if (a->stride[axis][k] > 1) ad__text_fmt(&t, " * %lld", (long long)a->stride[axis][k]);
  }
  return ad__c_keep(w->p, &t);
}

/* Rows that are too short for vectors, with operands that are full or one row for all: the rows are gone through as if they were one, the
 * one row for all being repeated in an array. */
static bool has_short_rows(const group_printer *w, const axes *a) {
  if (a->n != 2 || a->length[0] >= SHORT_ROW || w->g->space->size < LEAST_TILED) return false;
  for (int k = 0; k < w->graph->params.count; k++)
    if (!is_scalar(w->graph->params.at[k]) && !a->stride[0][k]) return false;
  return true;
}

static void print_short_rows(group_printer *w, const axes *a, const ad_array *const *members, int n) {
  const ad_graph *g = w->graph;
  long long row = a->length[0], turns = TILE / row;
  for (int k = 0; k < g->params.count; k++) {
    const ad_array *x = g->params.at[k];
    if (is_scalar(x) || a->stride[1][k]) continue;
    const char *tile = ad__c_name(w->p, "tile");
    ad__c_line(w->p, "%s %s[%lld];", type_of(x), tile, (turns + 1) * row);
    ad__c_line(w->p, "for (size_t i = 0; i < %lld; i++) memcpy(%s + i * %lld, %s, sizeof(%s) * %lld);", turns + 1, tile, row,
               w->base[x->serial], type_of(x), row);
    w->base[x->serial] = tile;
  }
  ad__c_line(w->p, "for (size_t at = begin, n; at < end; at += n) {");
  w->p->depth++;
  ad__c_line(w->p, "n = end - at < %lld ? end - at : %lld;", turns * row, turns * row);
  for (int k = 0; k < g->params.count; k++) {
    const ad_array *x = g->params.at[k];
    if (is_scalar(x)) continue;
    const char *base = w->base[x->serial];
    add_load(w, x, false,
             a->stride[1][k] ? ad__c_format(w->p, "%s + at", base) : ad__c_format(w->p, "%s + at %% %lld", base, row));
  }
  for (int k = 0; k < n; k++) add_result_stores(w, members[k], "at");
  print_streaming_loop(w, members, n);
  ad__c_close(w->p, 1);
}

static void print_elements(group_printer *w) {
  const ad_graph *g = w->graph;
  const ad_array *members[AD_C_GROUP_NODES] = {NULL};
  axes a;
  int n = 0;
  join_axes(w, &a);
  for (int i = 0; i < node_count(w); i++)
    if (!is_param(node_at(w, i))) members[n++] = node_at(w, i);
  if (has_short_rows(w, &a)) {
    print_short_rows(w, &a, members, n);
    return;
  }
  if (a.n > 1) {
    ad__c_line(w->p, "for (size_t at = begin, n; at < end; at += n) {");
    w->p->depth++;
    ad__c_line(w->p, "const size_t row = at / %lld, from = at %% %lld;", (long long)a.length[0], (long long)a.length[0]);
    ad__c_line(w->p, "n = end - at < %lld - from ? end - at : %lld - from;", (long long)a.length[0], (long long)a.length[0]);
  } else {
    ad__c_line(w->p, "const size_t at = begin, from = begin, n = end - begin;");
  }
  for (int k = 0; k < g->params.count; k++)
    if (!is_scalar(g->params.at[k])) add_load(w, g->params.at[k], !a.stride[0][k], row_begin(w, &a, k));
  for (int k = 0; k < n; k++) add_result_stores(w, members[k], "at");
  print_streaming_loop(w, members, n);
  if (a.n > 1) ad__c_close(w->p, 1);
  else ad__c_line(w->p, "(void)from;");
}

/* ---- Groups over rows ---- */

static bool is_looped(const group_printer *w, const ad_array *a) { return !is_param(a) && !is_fold(w, a) && is_full(w, a); }

/* A loop comes in a later phase when it reads what has one element per row and is computed behind the loop of this one. */
static void choose_phases(group_printer *w) {
  int now = 0;
  for (int i = 0; i < node_count(w); i++) {
    const ad_array *a = node_at(w, i);
    w->phase[i] = is_param(a) ? -1 : now;
    for (int k = 0; k < a->n && is_looped(w, a); k++) {
      const ad_array *x = a->in[k];
      if (!is_param(x) && !is_looped(w, x) && w->phase[x->serial] == now) w->phase[i] = ++now;
    }
  }
  w->phases = now + 1;
  for (int i = 0; i < node_count(w); i++) {
    const ad_array *a = node_at(w, i);
    for (int k = 0; k < a->n; k++) {
      int x = (int)a->in[k]->serial;
      if (is_fold(w, a) ? w->g->folds[i].lane == a->in[k]->type->dtype : w->phase[x] < w->phase[i]) w->kept[x] = true;
    }
  }
}

/* Arrays for a block of rows: of what is kept, of what folds read in another dtype, and of what has one element per row. */
static void print_block_arrays(group_printer *w) {
  int64_t bytes = 1;
  for (int i = 0; i < node_count(w); i++) {
    const ad_array *a = node_at(w, i);
    if (is_looped(w, a) && w->kept[i]) bytes += (int64_t)a->type->item_size;
    if (is_fold(w, a) && w->g->folds[i].lane != a->in[0]->type->dtype) bytes += (int64_t)ad_dtype_size(w->g->folds[i].lane);
  }
  w->block = BLOCK_ELEMENTS / w->row;
  if (w->block * w->row * bytes > BLOCK_BYTES) w->block = BLOCK_BYTES / bytes / w->row;
  if (w->block < 1) w->block = 1;
  for (int i = 0; i < node_count(w); i++) {
    const ad_array *a = node_at(w, i);
    if (is_looped(w, a) && w->kept[i]) {
      w->base[i] = ad__c_name(w->p, "kept");
      ad__c_line(w->p, "%s %s[%lld];", type_of(a), w->base[i], (long long)(w->block * w->row));
    }
    if (is_fold(w, a) && w->g->folds[i].lane != a->in[0]->type->dtype) {
      w->lane[i] = ad__c_name(w->p, "lane");
      ad__c_line(w->p, "%s %s[%lld];", ad__c_type(w->g->folds[i].lane), w->lane[i], (long long)(w->block * w->row));
    }
    if (!is_param(a) && !is_looped(w, a)) {
      w->base[i] = ad__c_name(w->p, "each");
      ad__c_line(w->p, "%s %s[%lld];", type_of(a), w->base[i], (long long)w->block);
    }
  }
}

/* Where the part of a node's array begins that belongs to the block, or to row r of it. */
static const char *part_of(group_printer *w, const ad_array *a, bool one_row) {
  const char *base = w->base[a->serial];
  const char *row = is_param(a) ? (one_row ? "(at + r)" : "at") : one_row ? "r" : "0";
  ad_c_reads reads = is_full(w, a) ? AD_C_READS_FULL : AD_C_READS_ROWS;
  for (int k = 0; k < w->graph->params.count; k++)
    if (w->graph->params.at[k] == a) reads = (ad_c_reads)w->g->reads[k];
  if (reads == AD_C_READS_TAIL) return base;
  if (reads == AD_C_READS_ROWS) return ad__c_format(w->p, "%s + %s", base, row);
  return ad__c_format(w->p, "%s + %s * %lld", base, row, (long long)w->row);
}

static bool is_one_per_row(const group_printer *w, const ad_array *a) {
  for (int k = 0; k < w->graph->params.count; k++)
    if (w->graph->params.at[k] == a) return w->g->reads[k] == AD_C_READS_ROWS;
  return !is_full(w, a);
}

static const char *kept_part(group_printer *w, const char *array) {
  return ad__c_format(w->p, "%s + r * %lld", array, (long long)w->row);
}

/* What a phase's loop has to leave for folds in the dtype that they read. */
static void add_lane_stores(group_printer *w, int phase) {
  for (int f = 0; f < node_count(w); f++) {
    if (!w->lane[f]) continue;
    const ad_array *x = node_at(w, f)->in[0];
    if (phase != (is_param(x) ? w->phase[f] : w->phase[x->serial])) continue;
    if (is_param(x) && !is_loaded(w, x)) add_load(w, x, false, part_of(w, x, true));
    add_store(w, x, w->g->folds[f].lane, kept_part(w, w->lane[f]));
  }
}

/* The elementwise part of a phase, row by row. */
static void print_phase_loop(group_printer *w, int phase) {
  const ad_array *members[AD_C_GROUP_NODES] = {NULL};
  int n = 0;
  bool lanes = false;
  for (int i = 0; i < node_count(w); i++) {
    if (is_looped(w, node_at(w, i)) && w->phase[i] == phase) members[n++] = node_at(w, i);
    lanes |= w->lane[i] && is_param(node_at(w, i)->in[0]) && w->phase[i] == phase;
  }
  if (!n && !lanes) return;
  ad__c_line(w->p, "for (size_t r = 0; r < n; r++) {");
  w->p->depth++;
  for (int m = 0; m < n; m++) {
    for (int k = 0; k < members[m]->n; k++) {
      const ad_array *x = members[m]->in[k];
      bool here = is_looped(w, x) && w->phase[x->serial] == phase;
      if (!here && !is_loaded(w, x)) add_load(w, x, is_one_per_row(w, x), part_of(w, x, true));
    }
    add_result_stores(w, members[m], ad__c_format(w->p, "(at + r) * %lld", (long long)w->row));
    if (w->kept[members[m]->serial]) add_store(w, members[m], members[m]->type->dtype, kept_part(w, w->base[members[m]->serial]));
  }
  add_lane_stores(w, phase);
  print_loop(w, ad__c_format(w->p, "%lld", (long long)w->row), members, n);
  ad__c_close(w->p, 1);
}

/* Rows of the block, folded; the n-th fold of the group. */
static void print_fold(group_printer *w, const ad_array *a, int n) {
  const ad_c_fold *f = &w->g->folds[a->serial];
  const char *lane = ad__c_type(f->lane), *to = w->base[a->serial];
  const char *from = w->lane[a->serial] ? w->lane[a->serial] : part_of(w, a->in[0], false);
  bool casts = f->lane != a->type->dtype;
  ad__c_line(w->p, "{");
  w->p->depth++;
  if (casts) ad__c_line(w->p, "%s folded[%lld];", lane, (long long)w->block);
  ad__c_line(w->p, "fold[%d](n, %lld, %lld, %s, %s, NULL);", n, (long long)w->row,
             (long long)w->row * (long long)ad_dtype_size(f->lane), casts ? "folded" : to, from);
  if (f->divisor != 0)
    ad__c_line(w->p, "for (size_t i = 0; i < n; i++) %s[i] /= %s;", casts ? "folded" : to,
               f->lane == AD_FLOAT32 ? ad__c_format(w->p, "%.1ff", f->divisor) : ad__c_format(w->p, "%.1f", f->divisor));
  if (casts)
    ad__c_line(w->p, "for (size_t i = 0; i < n; i++) %s[i] = %s;", to, ad__c_cast(w->p, "folded[i]", f->lane, a->type->dtype));
  for (int k = 0; k < w->graph->results.count; k++)
    if (w->graph->results.at[k] == a) ad__c_line(w->p, "memcpy(out%d + at, %s, n * sizeof *%s);", k, to, to);
  ad__c_close(w->p, 1);
}

/* What has one element per row. */
static void print_row_member(group_printer *w, const ad_array *a) {
  ad__c_line(w->p, "{");
  w->p->depth++;
  for (int k = 0; k < a->n; k++)
    if (!is_loaded(w, a->in[k])) add_load(w, a->in[k], false, part_of(w, a->in[k], false));
  add_result_stores(w, a, "at");
  add_store(w, a, a->type->dtype, w->base[a->serial]);
  print_loop(w, "n", &a, 1);
  ad__c_close(w->p, 1);
}

static void print_rows(group_printer *w) {
  choose_phases(w);
  print_block_arrays(w);
  ad__c_line(w->p, "for (size_t at = begin, n; at < end; at += n) {");
  w->p->depth++;
  ad__c_line(w->p, "n = end - at < %lld ? end - at : %lld;", (long long)w->block, (long long)w->block);
  for (int phase = 0, folds = 0; phase < w->phases; phase++) {
    print_phase_loop(w, phase);
    for (int i = 0; i < node_count(w); i++) {
      const ad_array *a = node_at(w, i);
      if (is_param(a) || is_looped(w, a) || w->phase[i] != phase) continue;
      if (is_fold(w, a)) print_fold(w, a, folds++);
      else print_row_member(w, a);
    }
  }
  ad__c_close(w->p, 1);
}

/* ---- The function ---- */

static ad_status check(group_printer *w) {
  for (int i = 0; i < node_count(w); i++) {
    const ad_array *a = node_at(w, i);
    if (is_param(a) || is_fold(w, a)) continue;
    if (a->flags & AD_NODE_CONST || !ad__c_is_elementwise(a)) return ad__c_refuse(w->p, a, "no expression in C computes it");
  }
  return AD_OK;
}

static void print_function(group_printer *w, const char *name, ad_text *out) {
  static const char *const own[] = {"in",   "out", "fold", "begin", "end",    "past",        "at",    "n",       "i", "k",
                                    "done", "r",   "row",  "from",  "folded", "INDEPENDENT", "SHORT", "ASK_FOR", NULL};
  ad__emit_names_reserve(&w->p->names, ad__c_reserved);
  ad__emit_names_reserve(&w->p->names, own);
  print_arrays(w);
  if (w->g->reduced) print_rows(w);
  else print_elements(w);
  ad__text_fmt(
      out, "\nvoid %s(const void *const *in, void *const *out, const ad_fold_rows *fold, size_t begin, size_t end, int past) {\n",
      name);
  ad__text_add(out, ad__text_str(&w->p->data));
  ad__text_add(out, "  (void)in, (void)fold, (void)past;\n");
  ad__text_add(out, ad__text_str(&w->p->body));
  ad__text_add(out, "}\n");
}

ad_status ad__c_print_group_function(const ad_c_group *group, const char *name, ad_text *out, ad_err *e) {
  c_printer p = {.g = group->graph, .e = e};
  group_printer w = {.p = &p, .g = group, .graph = group->graph, .row = 1};
  for (int k = 0; k < group->reduced; k++) w.row *= group->space->dims[group->space->rank - 1 - k];
  ad__arena_init(&p.arena, out->mem);
  ad__text_init(&p.data, out->mem);
  ad__text_init(&p.body, out->mem);
  ad__emit_names_init(&p.names, out->mem, &p.arena);
  ad_status s = allocate(&w) ? check(&w) : ad__fail(e, AD_E_MEMORY, "emit: out of memory");
  if (!s) print_function(&w, name, out);
  if (p.body.failed || p.data.failed || p.names.failed || out->failed) s = ad__fail(e, AD_E_MEMORY, "emit: out of memory");
  ad__emit_names_free(&p.names);
  ad__text_free(&p.body);
  ad__text_free(&p.data);
  ad__arena_free(&p.arena);
  return s;
}
