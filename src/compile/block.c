/* Running groups block by block.
 *
 * An instruction is a kernel that eager evaluation runs too, on a block of a few hundred elements: so every bit is the same, for
 * every dtype and instruction set, and a group costs the memory traffic of its operands and results alone. Operands that lie
 * in order are read where they are, results are written where they belong. Large results are written past the cache, a piece
 * between any two instructions of the next block. Work is cut between threads at whole blocks.
 * Not here: groups over rows (row_block.c), registers of the processor (the same instructions could pass vectors by tail calls),
 * native code. */
#include "compile/block.h"

#include "base/mem.h"
#include "ir/ctx.h"
#include "runtime/operands.h"

enum { ROOM = 32768 };

/* From this many bytes of operands and results on, results are written past the cache. */
static const size_t stream_bytes = (size_t)4 << 20;

/* ---- Running ---- */

static inline void run_op(const ad_block_op *o, char *const *slot, size_t n) {
  if (o->fn) ad__block_fn(o, slot, n);
  else o->cast(n, slot[o->out], slot[o->in[0]]);
}

static inline void run_ops(const ad_block_program *p, char *const *slot, size_t n) {
  for (const ad_block_op *o = p->ops, *end = o + p->n_ops; o < end; o++) run_op(o, slot, n);
}

typedef struct block_job {
  const ad_block_program *p;
  const ad_kernels *k;
  ad_space space;
  ad_elt_operand in[AD_GROUP_INPUTS];
  char *out[AD_GROUP_MEMBERS];
  bool flat;     /* every operand lies in order */
  bool streamed; /* results are written past the cache */
} block_job;

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
  const block_job *j;
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
static void set_operands(const block_job *j, size_t at, size_t n, bool by_rows, const char **spread, ad_block *raw, ad_block *lane,
                         char **slot) {
  for (int k = 0; k < j->p->n_in; k++) {
    const ad_elt_operand *o = &j->in[k];
    const void *p = o->flat     ? o->data + at * o->item
                    : o->single ? lane[k].bytes
                                : ad__operand_stage(j->k, &j->space, o, at, n, by_rows, &spread[k], raw, &lane[k]);
    slot[k] = (char *)(uintptr_t)p;
  }
}

static void set_outputs(const block_job *j, char **slot, size_t at) {
  for (int k = 0; k < j->p->n_out; k++) slot[j->p->n_in + k] = j->out[k] + at * j->p->item[j->p->n_in + k];
}

/* Results are computed in the cache, in two places by turns: while one is being filled the other is written out. */
static void turn_outputs(const block_job *j, char **slot, char *const room[2], int turn) {
  char *at = room[turn];
  for (int k = 0; k < j->p->n_out; k++) {
    slot[j->p->n_in + k] = at;
    at += (j->p->block * j->p->item[j->p->n_in + k] + 63) / 64 * 64;
  }
}

static void keep_for_writing(const block_job *j, char *const *slot, size_t at, size_t n, beside *w) {
  w->n = n;
  for (int k = 0; k < j->p->n_out; k++) {
    w->from[k] = slot[j->p->n_in + k];
    w->to[k] = j->out[k] + at * j->p->item[j->p->n_in + k];
  }
}

static size_t output_bytes(const block_job *j) {
  size_t bytes = 0;
  for (int k = 0; k < j->p->n_out; k++) bytes += (j->p->block * j->p->item[j->p->n_in + k] + 63) / 64 * 64;
  return bytes;
}

/* Elements [begin, end); a block ends where a long row does. */
static void run_range(void *arg, size_t begin, size_t end) {
  const block_job *j = arg;
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
    turn_outputs(j, slot, outputs, turn);
    turn = !turn;
    w.ahead = at + n;
    w.last = w.ahead + n < end ? w.ahead + n : w.ahead < end ? end : w.ahead;
    run_ops_beside(p, slot, n, &w);
    keep_for_writing(j, slot, at, n, &w);
  }
  for (int i = 0; i < p->n_ops; i++) write_part(&w, i);
}

static bool is_in_order(const ad_array *a, const ad_type *space) {
  return a->type->size == space->size && ad__value_contiguous(&a->value);
}

static ad_status run_job(ad_exec *x, const ad_group *g, ad_array *const *in, block_job *j) {
  size_t bytes = 0;
  bool in_place = false;
  ad_status s = AD_OK;
  int begun = 0;
  for (; begun < j->p->n_in && !s; begun++) {
    s = ad__operand_begin(x, in[begun], in[begun]->type->dtype, &j->in[begun]);
    bytes += in[begun]->type->bytes;
    for (int k = 0; k < j->p->n_out; k++) in_place |= j->in[begun].data == j->out[k];
  }
  for (int k = 0; k < j->p->n_out; k++) bytes += (size_t)g->space->size * j->p->item[j->p->n_in + k];
  if (!s) {
    if (!j->flat) ad__space_begin(&j->space, g->space, in, j->in, j->p->n_in);
    for (int k = 0; k < j->p->n_in && j->flat; k++) j->in[k].flat = true;
    j->streamed = bytes >= stream_bytes && !in_place;
    ad__parallel(x, (size_t)g->space->size, j->p->block, j->p->cost, run_range, j);
  }
  for (int k = 0; k < begun; k++) ad__value_free(x->cache, in[k]->type, &j->in[k].temp);
  return s;
}

ad_status ad__block_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out) {
  const ad_block_program *p = g->program;
  bool flat = true;
  if (g->space->size == 0) return AD_OK;
  if (g->reduced) return ad__row_block_run(x, g, in, out);
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
  block_job j;
  j.p = p;
  j.k = x->kernels;
  j.flat = flat;
  for (int k = 0; k < p->n_out; k++) j.out[k] = out[k]->value.data;
  return run_job(x, g, in, &j);
}
