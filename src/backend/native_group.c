/* Groups as native code.
 *
 * Reductions are not printed: the function is given the kernels that fold rows. Results that are too many for the caches are computed in a buffer, piece by
 * piece, and written past the caches from there, as the interpreter does; pieces are cut by shape alone. */
#include "backend/native_group.h"

#include "ir/ctx.h"

enum { GRAIN = 1024, STREAMED = 512, STREAM_ROOM = 65536, MOST_ARRAYS = 64 };

/* From this many bytes of operands and results on, results are written past the caches. */
static const size_t stream_bytes = (size_t)4 << 20;

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

ad_status ad__native_group_print(ad_native_group *g, const ad_kernels *k, const ad_graph *graph, const uint8_t *reads, ad_text *code,
                                 char name[AD_NATIVE_NAME], ad_err *e) {
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

typedef void (*group_fn)(const void *const *in, void *const *out, const ad_fold_rows_fn *fold, size_t begin, size_t end);

typedef struct group_job {
  const ad_native_group *g;
  const ad_kernels *k;
  group_fn fn;
  const void *in[MOST_ARRAYS];
  void *out[MOST_ARRAYS];
  size_t out_bytes[MOST_ARRAYS]; /* of a unit */
  size_t piece;                  /* units at once, when results are written past the caches; 0: they are not */
} group_job;

static void run_range(void *arg, size_t begin, size_t end) {
  const group_job *j = arg;
  if (!j->piece) {
    j->fn(j->in, j->out, j->g->fold, begin, end);
    return;
  }
  _Alignas(64) char room[STREAM_ROOM + 64 * MOST_ARRAYS];
  void *out[MOST_ARRAYS], *part[MOST_ARRAYS];
  for (size_t at = begin, n; at < end; at += n) {
    n = end - at < j->piece ? end - at : j->piece;
    char *next = room;
    for (int k = 0; k < j->g->n_out; k++) {
      part[k] = next;
      out[k] = (void *)((uintptr_t)next - at * j->out_bytes[k]); /* its unit `at` is the first of the room */
      next += (n * j->out_bytes[k] + 63) / 64 * 64;
    }
    j->fn(j->in, out, j->g->fold, at, at + n);
    for (int k = 0; k < j->g->n_out; k++) j->k->stream_copy((char *)j->out[k] + at * j->out_bytes[k], part[k], n * j->out_bytes[k]);
  }
}

/* Pieces of results that fit the room; none when an operand is overwritten or little is written. */
static size_t choose_piece(const group_job *j, size_t bytes, bool in_place, size_t unit) {
  size_t each = 0;
  for (int k = 0; k < j->g->n_out; k++) each += j->out_bytes[k];
  size_t piece = unit > STREAMED ? 1 : STREAMED / unit;
  return bytes < stream_bytes || in_place || piece * each > STREAM_ROOM ? 0 : piece;
}

bool ad__native_group_run(ad_exec *x, const ad_native_group *g, ad_native_fn fn, ad_array *const *in, ad_array *const *out) {
  group_job j;
  size_t bytes = 0, unit = (size_t)(g->reduced ? g->row : 1);
  bool in_place = false;
  j.g = g;
  j.k = x->kernels;
  j.fn = (group_fn)fn;
  for (int k = 0; k < g->n_in; k++) {
    if (!ad__value_contiguous(&in[k]->value)) return false;
    j.in[k] = in[k]->value.data;
    bytes += in[k]->type->bytes;
  }
  for (int k = 0; k < g->n_out; k++) {
    j.out[k] = out[k]->value.data;
    j.out_bytes[k] = out[k]->type->size == g->space->size ? unit * out[k]->type->item_size : out[k]->type->item_size;
    bytes += out[k]->type->bytes;
    for (int i = 0; i < g->n_in; i++) in_place |= j.in[i] == j.out[k];
  }
  size_t units = (size_t)g->space->size / unit;
  j.piece = choose_piece(&j, bytes, in_place, unit);
  ad__parallel(x, units, g->reduced ? (GRAIN + unit - 1) / unit : GRAIN, g->cost * (double)unit, run_range, &j);
  return true;
}
