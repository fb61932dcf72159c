/* Running groups over rows: a few whole rows at a time, reductions and all.
 *
 * Rows are folded by the kernels that reductions run on, in the same pieces, so the bits are theirs. A value with one element per
 * row is repeated along the rows where a full one meets it. Full operands must lie in order here; those that do not are
 * copied first. Work is cut between threads at whole blocks of rows. */
#include "compile/block.h"

#include <string.h>
#include "ir/ctx.h"

typedef struct row_job {
  const ad_group *g;
  const ad_block_program *p;
  const char *in[AD_GROUP_INPUTS];
  char *out[AD_GROUP_MEMBERS];
  size_t row; /* elements */
  const ad_kernels *k;
  bool streamed; /* full results are written past the cache */
} row_job;

/* From this many bytes of operands and results on. */
static const size_t stream_bytes = (size_t)4 << 20;

/* A line of copies, line after line. */
void ad__block_fill(char *to, const char *from, size_t item, size_t n) {
  enum { LINE = 64 };
  char line[LINE];
  size_t bytes = n * item, at = 0;
  memcpy(line, from, item);
  for (size_t done = item; done < LINE; done *= 2) memcpy(line + done, line, done);
  for (; at + LINE <= bytes; at += LINE) memcpy(to + at, line, LINE);
  memcpy(to + at, line, bytes - at);
}

static void run_row_op(const row_job *j, const ad_block_op *o, char *const *slot, size_t rows) {
  size_t n = o->by_rows ? rows : rows * j->row, item = j->p->item[o->out];
  if (o->fn) ad__block_fn(o, slot, n);
  else if (o->cast) o->cast(n, slot[o->out], slot[o->in[0]]);
  else if (o->fold) {
    o->fold(rows, j->row, (ptrdiff_t)(j->row * j->p->item[o->in[0]]), slot[o->out], slot[o->in[0]], NULL);
    if (o->divisor != 0) ad__row_fold_divide(o->lane, slot[o->out], rows, o->divisor);
  } else {
    for (size_t r = 0; r < rows; r++) ad__block_fill(slot[o->out] + r * j->row * item, slot[o->in[0]] + r * item, item, j->row);
  }
}

/* Room for so many elements of a slot, aligned. */
static char *lay(char **room, size_t bytes) {
  char *at = *room;
  *room += (bytes + 63) / 64 * 64;
  return at;
}

static void lay_slots(const row_job *j, size_t rows, char *room, char **slot) {
  const ad_block_program *p = j->p;
  for (int s = p->n_in + (j->streamed ? 0 : p->n_out); s < p->n_in + p->n_out + p->n_registers; s++)
    slot[s] = lay(&room, p->item[s] * (p->by_rows[s] ? rows : rows * j->row));
  for (int k = 0; k < p->n_in; k++) {
    size_t item = p->item[k];
    if (j->g->reads[k] == AD_READS_ONE) {
      slot[k] = lay(&room, item * rows * j->row);
      ad__block_fill(slot[k], j->in[k], item, rows * j->row);
    } else if (j->g->reads[k] == AD_READS_TAIL) {
      slot[k] = lay(&room, item * rows * j->row);
      for (size_t r = 0; r < rows; r++) memcpy(slot[k] + r * j->row * item, j->in[k], j->row * item);
    }
  }
}

static void set_places(const row_job *j, size_t at, char **slot) {
  const ad_block_program *p = j->p;
  for (int k = 0; k < p->n_in; k++) {
    size_t item = p->item[k];
    if (j->g->reads[k] == AD_READS_SAME) slot[k] = (char *)(uintptr_t)(j->in[k] + at * j->row * item);
    if (j->g->reads[k] == AD_READS_ROWS) slot[k] = (char *)(uintptr_t)(j->in[k] + at * item);
  }
  for (int k = 0; k < p->n_out; k++) {
    int s = p->n_in + k;
    if (!j->streamed) slot[s] = j->out[k] + at * p->item[s] * (p->by_rows[s] ? 1 : j->row);
  }
}

static void write_results(const row_job *j, size_t at, size_t rows, char *const *slot) {
  const ad_block_program *p = j->p;
  for (int k = 0; k < p->n_out; k++) {
    int s = p->n_in + k;
    size_t each = p->item[s] * (p->by_rows[s] ? 1 : j->row);
    j->k->stream_copy(j->out[k] + at * each, slot[s], rows * each);
  }
}

/* Rows [begin, end). */
static void run_rows(void *arg, size_t begin, size_t end) {
  const row_job *j = arg;
  size_t most = j->p->block / j->row;
  _Alignas(64) char room[AD_GROUP_ROW_BYTES + 64 * AD_BLOCK_SLOTS];
  char *slot[AD_BLOCK_SLOTS];
  lay_slots(j, most < end - begin ? most : end - begin, room, slot);
  for (size_t at = begin, n; at < end; at += n) {
    n = end - at < most ? end - at : most;
    set_places(j, at, slot);
    for (const ad_block_op *o = j->p->ops, *last = o + j->p->n_ops; o < last; o++) run_row_op(j, o, slot, n);
    if (j->streamed) write_results(j, at, n, slot);
  }
}

ad_status ad__row_block_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out) {
  row_job j = {.g = g, .p = g->program, .row = (size_t)g->row, .k = x->kernels};
  ad_value copy[AD_GROUP_INPUTS];
  ad_status s = AD_OK;
  int begun = 0;
  for (; begun < g->in.n && !s; begun++)
    if (!(j.in[begun] = ad__value_contiguous_data(x, in[begun], &copy[begun]))) s = x->err.code;
  size_t bytes = 0;
  for (int k = 0; k < g->out.n; k++) j.out[k] = out[k]->value.data, bytes += out[k]->type->bytes;
  for (int k = 0; k < begun; k++) bytes += in[k]->type->bytes;
  j.streamed = bytes >= stream_bytes;
  if (!s) ad__parallel(x, (size_t)(g->space->size / g->row), j.p->block / j.row, j.p->cost * (double)g->row, run_rows, &j);
  for (int k = 0; k < begun; k++) ad__value_free(x->cache, in[k]->type, &copy[k]);
  return s;
}
