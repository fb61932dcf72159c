/* Groups as native code.
 *
 * Reductions are not printed: the function is given the kernels that fold rows. Results that are too many for the caches are written past
 * them, by the function itself, or, where rows are reduced, from a buffer, piece by piece; pieces are cut by shape alone. */
#include "backend/native_group.h"

#include "ir/ctx.h"

enum { GRAIN = 1024, STREAMED = 512, STREAM_ROOM = 65536 };

/* From this many bytes of operands and results on, results are written past the caches. */
static const size_t stream_bytes = (size_t)4 << 20;
/* The same where an operand comes in pieces, slowly. */
static const size_t piece_stream_bytes = (size_t)8 << 20;

/* ---- Text ---- */

static bool find_folds(ad_native_group *g, const ad_kernels *k, const ad_graph *graph, ad_c_fold *folds) {
  for (int i = 0; i < graph->nodes.count; i++) {
    const ad_array *a = graph->nodes.at[i];
    ad_row_fold fold;
    folds[i] = (ad_c_fold){.is = false};
    if (!a->n || !ad__row_fold_of(k, a, &fold)) continue;
    if (g->folds == AD_NATIVE_FOLDS) return false;
    folds[i] = (ad_c_fold){true, fold.lane, fold.divisor};
    g->fold[g->folds++] = fold.fold;
  }
  return true;
}

ad_status ad__native_group_print(ad_native_group *g, const ad_kernels *k, const ad_graph *graph, const uint8_t *reads,
                                 ad_text *code, char name[AD_NATIVE_NAME], ad_err *e) {
  ad_c_fold folds[AD_C_GROUP_NODES];
  ad_c_group form = {.graph = graph, .space = g->space, .reduced = g->reduced, .folds = folds, .reads = reads};
  ad_text text;
  g->folds = 0;
  if (graph->nodes.count > AD_C_GROUP_NODES || (g->reduced && !find_folds(g, k, graph, folds)))
    return ad__fail(e, AD_E_NOT_IMPLEMENTED, "a group of too many nodes");
  if (!g->reduced) form.folds = NULL;
  ad__text_init(&text, code->mem);
  ad_status s = ad__c_print_group_function(&form, AD_NATIVE_STAND_IN, &text, e);
  if (!s) ad__native_add_function(code, &text, name);
  ad__text_free(&text);
  return s;
}

/* ---- Running ---- */

typedef void (*group_fn)(const void *const *in, void *const *out, const ad_fold_rows_fn *fold, size_t begin, size_t end,
                         int past);

static void run_range(void *arg, size_t begin, size_t end) {
  const ad_native_call *j = arg;
  if (!j->piece || !j->g->reduced) {
    ((group_fn)j->fn)(j->in, j->out, j->g->fold, begin, end, j->piece > 0);
    return;
  }
  _Alignas(64) char room[STREAM_ROOM + 64 * AD_NATIVE_ARRAYS];
  void *out[AD_NATIVE_ARRAYS], *part[AD_NATIVE_ARRAYS];
  for (size_t at = begin, n; at < end; at += n) {
    n = end - at < j->piece ? end - at : j->piece;
    char *next = room;
    for (int k = 0; k < j->g->n_out; k++) {
      part[k] = next;
      out[k] = (void *)((uintptr_t)next - at * j->out_bytes[k]); /* its unit `at` is the first of the room */
      next += (n * j->out_bytes[k] + 63) / 64 * 64;
    }
    ((group_fn)j->fn)(j->in, out, j->g->fold, at, at + n, 0);
    for (int k = 0; k < j->g->n_out; k++)
      j->k->stream_copy((char *)j->out[k] + at * j->out_bytes[k], part[k], n * j->out_bytes[k]);
  }
}

/* Pieces of results that fit the room; none when an operand is overwritten or little is written. */
static size_t choose_piece(const ad_native_call *j, size_t bytes, bool in_place, size_t unit, size_t stream_from) {
  size_t each = 0;
  for (int k = 0; k < j->g->n_out; k++) each += j->out_bytes[k];
  size_t piece = unit > STREAMED ? 1 : STREAMED / unit;
  return bytes < stream_from || in_place || piece * each > STREAM_ROOM ? 0 : piece;
}

/* All operands but number `piecewise` lie in row-major order. */
static bool begin(ad_native_call *j, ad_exec *x, const ad_native_group *g, ad_native_fn fn, ad_array *const *in,
                  ad_array *const *out, int piecewise, size_t stream_from) {
  size_t bytes = 0, unit = (size_t)(g->reduced ? g->row : 1);
  bool in_place = false;
  j->g = g;
  j->k = x->kernels;
  j->fn = fn;
  j->item = piecewise < 0 ? 0 : in[piecewise]->type->item_size;
  for (int k = 0; k < g->n_in; k++) {
    if (k != piecewise && !ad__value_contiguous(&in[k]->value)) return false;
    j->in[k] = in[k]->value.data;
    bytes += in[k]->type->bytes;
  }
  for (int k = 0; k < g->n_out; k++) {
    j->out[k] = out[k]->value.data;
    j->out_bytes[k] = out[k]->type->size == g->space->size ? unit * out[k]->type->item_size : out[k]->type->item_size;
    bytes += out[k]->type->bytes;
    for (int i = 0; i < g->n_in; i++) in_place |= j->in[i] == j->out[k];
  }
  j->piece = choose_piece(j, bytes, in_place, unit, stream_from);
  return true;
}

bool ad__native_group_run(ad_exec *x, const ad_native_group *g, ad_native_fn fn, ad_array *const *in, ad_array *const *out) {
  ad_native_call j;
  if (!begin(&j, x, g, fn, in, out, -1, stream_bytes)) return false;
  size_t unit = (size_t)(g->reduced ? g->row : 1), units = (size_t)g->space->size / unit;
  ad__parallel(x, units, g->reduced ? (GRAIN + unit - 1) / unit : GRAIN, g->cost * (double)unit, run_range, &j);
  return true;
}

bool ad__native_group_begin(ad_native_call *j, ad_exec *x, const ad_native_group *g, ad_native_fn fn, ad_array *const *in,
                            ad_array *const *out, int operand) {
  return !g->reduced && begin(j, x, g, fn, in, out, operand, piece_stream_bytes);
}

void ad__native_group_piece(const ad_native_call *j, int operand, const ad_piece *piece) {
  ad_native_call own = *j;
  size_t item = j->item;
  for (size_t r = 0; r < piece->rows; r++) {
    size_t at = piece->at + r * piece->line;
    own.in[operand] =
        (const void *)((uintptr_t)piece->data + r * piece->stride - at * item); /* its element `at` is the row's first */
    run_range(&own, at, at + piece->columns);
  }
}
