/* Running groups block by block.
 *
 * An instruction is a kernel that eager evaluation runs too, on a block of a few hundred elements: so every bit is the same, for
 * every dtype and instruction set, and a group costs the memory traffic of its operands and results alone. Operands that lie
 * in order are read where they are, results are written where they belong. Large results are written past the cache, a piece
 * between any two instructions of the next block. Work is cut between threads at whole blocks.
 * Not here: groups over rows (row_block.c), those whose blocks stay in vector registers (register_block.c). */
#include "compile/block.h"

#include "base/mem.h"
#include "compile/registers.h"
#include "ir/ctx.h"

enum { ROOM = 32768, ROWS_AHEAD = 2 };

/* From this many bytes of operands and results on, results are written past the cache. */
static const size_t stream_bytes = (size_t)4 << 20;
/* The same where results come in pieces, slowly, so that the last cache can keep more of them for who reads them next. */
static const size_t piece_stream_bytes = (size_t)8 << 20;

/* ---- Running ---- */

static inline void run_op(const ad_block_op *o, char *const *slot, size_t n) {
  if (o->fn) ad__block_fn(o, slot, n);
  else o->cast(n, slot[o->out], slot[o->in[0]]);
}

static inline void run_ops(const ad_block_program *p, char *const *slot, size_t n) {
  for (const ad_block_op *o = p->ops, *end = o + p->n_ops; o < end; o++) run_op(o, slot, n);
}

typedef union block_room {
  char bytes[3 * ROOM];
  double align_double;
} block_room;

/* Registers in `room`. What is left of it is returned. */
static char *lay_registers(const ad_block_program *p, size_t block, char *room, char **slot) {
  int first = p->n_in + p->n_out;
  for (int s = first; s < first + p->n_registers; s++) {
    slot[s] = room;
    room += (block * p->item[s] + 63) / 64 * 64;
  }
  return room;
}

/* What goes on while a block is computed: a piece of it between any two instructions, so that memory is never idle. */
typedef struct beside {
  const ad_block_job *j;
  const char *from[AD_GROUP_MEMBERS]; /* results of the block before, on their way out */
  char *to[AD_GROUP_MEMBERS];
  size_t n;          /* their elements */
  size_t ahead, last; /* elements of the operands that will be wanted soon: [ahead, last) */
} beside;

static void write_part(const beside *w, int part) {
  const ad_block_program *p = w->j->p;
  for (int k = 0; k < p->n_out && w->n; k++) {
    size_t bytes = w->n * p->item[p->n_in + k], step = (bytes / (size_t)p->n_ops + 63) / 64 * 64, at = (size_t)part * step;
    size_t n = part == p->n_ops - 1 || at + step > bytes ? bytes - (at < bytes ? at : bytes) : step;
    if (n) w->j->k->stream_copy(w->to[k] + at, w->from[k] + at, n);
  }
}

static void ask_for_part(const beside *w, int part) {
  const ad_block_program *p = w->j->p;
  for (int k = 0; k < p->n_in && w->last > w->ahead; k++) {
    if (!w->j->in[k].flat) continue;
    const char *from = w->j->in[k].data + w->ahead * p->item[k];
    size_t bytes = (w->last - w->ahead) * p->item[k], step = (bytes / (size_t)p->n_ops + 63) / 64 * 64;
    for (size_t i = (size_t)part * step; i < (size_t)(part + 1) * step && i < bytes; i += 64) AD_PREFETCH(from + i);
  }
}

static void run_ops_beside(const ad_block_program *p, char *const *slot, size_t n, const beside *w) {
  for (int i = 0; i < p->n_ops; i++) {
    run_op(&p->ops[i], slot, n);
    ask_for_part(w, i);
    write_part(w, i);
  }
}

/* Operands of elements [at, at + n). */
static void set_operands(const ad_block_job *j, size_t at, size_t n, bool by_rows, const char **spread, ad_block *raw, ad_block *lane,
                         char **slot) {
  for (int k = 0; k < j->p->n_in; k++) {
    const ad_elt_operand *o = &j->in[k];
    const void *p = o->flat     ? o->data + at * o->item
                    : o->single ? lane[k].bytes
                                : ad__operand_stage(j->k, &j->space, o, at, n, by_rows, &spread[k], raw, &lane[k]);
    slot[k] = (char *)(uintptr_t)p;
  }
}

static void set_outputs(const ad_block_job *j, char **slot, size_t at) {
  for (int k = 0; k < j->p->n_out; k++) slot[j->p->n_in + k] = j->out[k] + at * j->p->item[j->p->n_in + k];
}

/* Results are computed in the cache. */
static void lay_outputs(const ad_block_job *j, char **slot, char *at) {
  for (int k = 0; k < j->p->n_out; k++) {
    slot[j->p->n_in + k] = at;
    at += (j->p->block * j->p->item[j->p->n_in + k] + 63) / 64 * 64;
  }
}

static void keep_for_writing(const ad_block_job *j, char *const *slot, size_t at, size_t n, beside *w) {
  w->n = n;
  for (int k = 0; k < j->p->n_out; k++) {
    w->from[k] = slot[j->p->n_in + k];
    w->to[k] = j->out[k] + at * j->p->item[j->p->n_in + k];
  }
}

static size_t output_bytes(const ad_block_job *j) {
  size_t bytes = 0;
  for (int k = 0; k < j->p->n_out; k++) bytes += (j->p->block * j->p->item[j->p->n_in + k] + 63) / 64 * 64;
  return bytes;
}

/* Elements [begin, end); a block ends where a long row does. */
static void run_range(void *arg, size_t begin, size_t end) {
  const ad_block_job *j = arg;
  const ad_block_program *p = j->p;
  _Alignas(64) block_room room;
  ad_block raw, lane[AD_GROUP_INPUTS];
  const char *spread[AD_GROUP_INPUTS] = {NULL};
  char *slot[AD_BLOCK_SLOTS], *outputs[2];
  beside w = {.j = j, .n = 0};
  int turn = 0;
  outputs[0] = lay_registers(p, j->p->block, room.bytes, slot);
  outputs[1] = outputs[0] + output_bytes(j);
  for (int k = 0; k < p->n_in && !j->flat; k++)
    if (j->in[k].single) ad__operand_spread(j->k, j->in[k].data, &j->in[k], end - begin < j->p->block ? end - begin : j->p->block, &raw, &lane[k]);
  size_t inner = j->flat ? 0 : (size_t)j->space.dims[j->space.rank - 1];
  bool by_rows = !j->flat && j->space.rank > 1 && inner >= j->p->block / 4;
  for (size_t at = begin, n; at < end; at += n) {
    n = end - at < j->p->block ? end - at : j->p->block;
    if (by_rows && inner - at % inner < n) n = inner - at % inner;
    set_operands(j, at, n, by_rows, spread, &raw, lane, slot);
    if (!j->streamed) {
      set_outputs(j, slot, at);
      run_ops(p, slot, n);
      continue;
    }
    lay_outputs(j, slot, outputs[turn]); /* in two places by turns: while one is being filled the other is written out */
    turn = !turn;
    w.ahead = at + n;
    w.last = w.ahead + n < end ? w.ahead + n : w.ahead < end ? end : w.ahead;
    run_ops_beside(p, slot, n, &w);
    keep_for_writing(j, slot, at, n, &w);
  }
  for (int i = 0; i < p->n_ops; i++) write_part(&w, i);
}

/* ---- Jobs ---- */

static bool is_in_order(const ad_array *a, const ad_type *space) {
  return a->type->size == space->size && ad__value_contiguous(&a->value);
}

ad_status ad__block_begin(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out, ad_block_job *j) {
  const ad_block_program *p = g->program;
  size_t bytes = 0;
  bool in_place = false;
  ad_status s = AD_OK;
  j->p = p;
  j->k = x->kernels;
  j->flat = true;
  for (int k = 0; k < p->n_in; k++) {
    j->flat &= is_in_order(in[k], g->space);
    j->in[k].temp = (ad_value){NULL, NULL, NULL};
  }
  for (int k = 0; k < p->n_out; k++) j->out[k] = out ? out[k]->value.data : NULL;
  for (int i = 0; i < p->n_in && !s; i++) {
    s = ad__operand_begin(x, in[i], in[i]->type->dtype, &j->in[i]);
    bytes += in[i]->type->bytes;
    for (int k = 0; k < p->n_out; k++) in_place |= j->in[i].data == j->out[k];
  }
  for (int k = 0; k < p->n_out; k++) bytes += (size_t)g->space->size * p->item[p->n_in + k];
  j->streamed = bytes >= (g->product >= 0 ? piece_stream_bytes : stream_bytes) && !in_place;
  if (s) return s;
  if (!j->flat) ad__space_begin(&j->space, g->space, in, j->in, p->n_in);
  for (int k = 0; k < p->n_in && j->flat; k++) j->in[k].flat = true, j->in[k].single = false;
  return AD_OK;
}

void ad__block_end(ad_exec *x, const ad_group *g, ad_array *const *in, ad_block_job *j) {
  for (int k = 0; k < g->in.n; k++) ad__value_free(x->cache, in[k]->type, &j->in[k].temp);
}

/* Asks for elements [at, at + n) of what lies in order in memory. */
static void ask_for(const ad_block_job *j, int but, size_t at, size_t n) {
  for (int k = 0; k < j->p->n_in; k++) {
    if (!j->in[k].flat || k == but) continue;
    for (size_t i = 0; i < n * j->p->item[k]; i += 64) AD_PREFETCH(j->in[k].data + at * j->p->item[k] + i);
  }
}

/* Elements [begin, end), one operand's lying at `data`; results that are written past the cache are made in `room`. Those `ahead`
 * will be wanted soon. */
static void run_row(const ad_block_job *j, int operand, const char *data, size_t begin, size_t end, const char **spread, ad_block *raw,
                    ad_block *lane, char **slot, char *room, size_t ahead) {
  const ad_block_program *p = j->p;
  size_t inner = j->flat ? 0 : (size_t)j->space.dims[j->space.rank - 1];
  bool by_rows = !j->flat && j->space.rank > 1 && inner >= p->block / 4;
  for (size_t at = begin, n; at < end; at += n) {
    n = end - at < p->block ? end - at : p->block;
    if (by_rows && inner - at % inner < n) n = inner - at % inner;
    set_operands(j, at, n, by_rows, spread, raw, lane, slot);
    slot[operand] = (char *)(uintptr_t)(data + (at - begin) * p->item[operand]);
    ask_for(j, operand, at + ahead, n);
    if (j->streamed) {
      lay_outputs(j, slot, room);
      run_ops(p, slot, n);
      for (int k = 0; k < p->n_out; k++) {
        size_t item = p->item[p->n_in + k];
        j->k->stream_copy(j->out[k] + at * item, slot[p->n_in + k], n * item);
      }
      continue;
    }
    set_outputs(j, slot, at);
    run_ops(p, slot, n);
  }
}

void ad__block_piece(const ad_block_job *j, int operand, const ad_piece *piece) {
  const ad_block_program *p = j->p;
  _Alignas(64) block_room room;
  ad_block raw, lane[AD_GROUP_INPUTS];
  const char *spread[AD_GROUP_INPUTS] = {NULL};
  char *slot[AD_BLOCK_SLOTS];
  char *outputs = lay_registers(p, p->block, room.bytes, slot);
  for (int k = 0; k < p->n_in && !j->flat; k++)
    if (j->in[k].single) ad__operand_spread(j->k, j->in[k].data, &j->in[k], p->block, &raw, &lane[k]);
  size_t ahead = piece->rows > 1 ? ROWS_AHEAD * piece->line : 2 * p->block;
  for (size_t r = 0; r < piece->rows; r++) {
    size_t at = piece->at + r * piece->line;
    run_row(j, operand, piece->data + r * piece->stride, at, at + piece->columns, spread, &raw, lane, slot, outputs, ahead);
  }
}

void ad__block_span(const ad_block_job *j, size_t begin, size_t end, char *to) {
  const ad_block_program *p = j->p;
  _Alignas(64) block_room room;
  ad_block raw, lane[AD_GROUP_INPUTS];
  const char *spread[AD_GROUP_INPUTS] = {NULL};
  char *slot[AD_BLOCK_SLOTS];
  lay_registers(p, p->block, room.bytes, slot);
  for (int k = 0; k < p->n_in && !j->flat; k++)
    if (j->in[k].single) ad__operand_spread(j->k, j->in[k].data, &j->in[k], p->block, &raw, &lane[k]);
  for (size_t at = begin, n; at < end; at += n) {
    n = end - at < p->block ? end - at : p->block;
    set_operands(j, at, n, false, spread, &raw, lane, slot);
    slot[p->n_in] = to + (at - begin) * p->item[p->n_in];
    run_ops(p, slot, n);
  }
}

/* ---- Whole groups ---- */

ad_status ad__block_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out) {
  const ad_block_program *p = g->program;
  bool flat = true;
  if (g->space->size == 0) return AD_OK;
  if (g->reduced) return ad__row_block_run(x, g, in, out);
  if (g->registers) return ad__registers_run(x, g, in, out);
  for (int k = 0; k < p->n_in; k++) flat &= is_in_order(in[k], g->space);
  if (flat && (size_t)g->space->size <= p->block) {
    /* One block: nothing to describe. */
    _Alignas(64) block_room room;
    char *slot[AD_BLOCK_SLOTS];
    for (int k = 0; k < p->n_in; k++) slot[k] = in[k]->value.data;
    for (int k = 0; k < p->n_out; k++) slot[p->n_in + k] = out[k]->value.data;
    lay_registers(p, p->block, room.bytes, slot);
    run_ops(p, slot, (size_t)g->space->size);
    return AD_OK;
  }
  ad_block_job j;
  ad_status s = ad__block_begin(x, g, in, out, &j);
  if (!s) ad__parallel(x, (size_t)g->space->size, p->block, p->cost, run_range, &j);
  ad__block_end(x, g, in, &j);
  return s;
}
