/* Running groups in the register form.
 *
 * Operands that lie in order are read where they are, and results written where they belong, past the cache when they are large. One
 * element for all fills a tile once; other layouts are gathered, a few blocks at a time. The elements after the last whole block
 * go through tiles that are filled up with zeros. Work is cut between threads at whole blocks. */
#include "compile/registers.h"

#include <string.h>
#include "ir/ctx.h"

/* From this many bytes of operands and results on, results are written past the cache. */
static const size_t stream_bytes = (size_t)4 << 20;

enum { LINE = 64, SLOTS = AD_GROUP_INPUTS + AD_GROUP_MEMBERS + AD_REGISTER_TILES };

typedef struct register_tiles {
  _Alignas(LINE) char bytes[AD_REGISTER_TILES * AD_REGISTER_TILE];
} register_tiles;

/* The part of a block that is left, through tiles. */
static void run_rest(const ad_register_job *j, ad_register_frame *f, const size_t *step, size_t n) {
  const ad_register_program *p = j->p;
  _Alignas(LINE) char room[(AD_GROUP_INPUTS + AD_GROUP_MEMBERS) * AD_REGISTER_TILE];
  char *to[AD_GROUP_MEMBERS], *next = room;
  size_t none[SLOTS] = {0};
  for (int k = 0; k < p->n_in + p->n_out; k++) {
    size_t all = p->set->elements * p->item[k];
    if (k >= p->n_in) to[k - p->n_in] = f->at[k];
    else if (!step[k]) continue;
    else memcpy(next, f->at[k], n * p->item[k]), memset(next + n * p->item[k], 0, all - n * p->item[k]);
    f->at[k] = next;
    next += (all + LINE - 1) / LINE * LINE;
  }
  p->set->run(p->ops, f, 1, none, 0);
  for (int k = 0; k < p->n_out; k++) memcpy(to[k], f->at[p->n_in + k], n * p->item[p->n_in + k]);
}

/* Elements [begin, end), in parts that are staged together; out[k] is the place of element `origin`. */
static void run_span(const ad_register_job *j, size_t begin, size_t end, char *const *out, size_t origin) {
  const ad_register_program *p = j->p;
  register_tiles tiles;
  ad_block raw, lane[AD_GROUP_INPUTS];
  const char *spread[AD_GROUP_INPUTS] = {NULL};
  char *at[SLOTS];
  size_t step[SLOTS], inner = (size_t)j->space.dims[j->space.rank - 1];
  ad_register_frame f = {at, j->streamed};
  for (int k = 0; k < p->n_tiles; k++) at[p->n_in + p->n_out + k] = tiles.bytes + k * AD_REGISTER_TILE;
  for (int k = 0; k < p->n_in + p->n_out; k++) step[k] = p->set->elements * p->item[k];
  for (int k = 0; k < p->n_in; k++) {
    if (!j->in[k].single) continue;
    ad__operand_spread(j->k, j->in[k].data, &j->in[k], p->set->elements, &raw, &lane[k]);
    step[k] = 0;
  }
  for (size_t i = begin, n; i < end; i += n) {
    n = j->in_order || end - i < AD_OPERAND_BLOCK ? end - i : AD_OPERAND_BLOCK;
    if (j->by_rows && inner - i % inner < n) n = inner - i % inner;
    for (int k = 0; k < p->n_in; k++) {
      const void *from = ad__operand_stage(j->k, &j->space, &j->in[k], i, n, j->by_rows, &spread[k], &raw, &lane[k]);
      at[k] = (char *)(uintptr_t)from;
    }
    for (int k = 0; k < p->n_out; k++) at[p->n_in + k] = out[k] + (i - origin) * p->item[p->n_in + k];
    p->set->run(p->ops, &f, n / p->set->elements, step, p->n_in + p->n_out);
    if (n % p->set->elements) run_rest(j, &f, step, n % p->set->elements);
  }
}

/* What the layouts of the operands allow. */
static void choose_ways(ad_register_job *j) {
  size_t inner = (size_t)j->space.dims[j->space.rank - 1];
  j->in_order = true;
  for (int k = 0; k < j->p->n_in; k++) {
    ad_elt_operand *o = &j->in[k];
    bool still = true;
    for (int i = 0; i < j->space.rank; i++) still &= o->strides[i] == 0;
    o->single |= still;
    j->in_order &= o->flat || o->single;
  }
  j->by_rows = !j->in_order && j->space.rank > 1 && inner % AD_REGISTER_BLOCK == 0;
}

static void run_range(void *arg, size_t begin, size_t end) {
  const ad_register_job *j = arg;
  run_span(j, begin, end, j->out, 0);
}

ad_status ad__registers_begin(ad_exec *x, const ad_group *g, ad_array *const *in, ad_register_job *j) {
  ad_status s = AD_OK;
  j->p = g->registers;
  j->k = x->kernels;
  j->streamed = false;
  for (int k = 0; k < g->in.n; k++) j->in[k].temp = (ad_value){NULL, NULL, NULL};
  for (int k = 0; k < g->in.n && !s; k++) s = ad__operand_begin(x, in[k], in[k]->type->dtype, &j->in[k]);
  if (s) return s;
  ad__space_begin(&j->space, g->space, in, j->in, g->in.n);
  choose_ways(j);
  return AD_OK;
}

void ad__registers_span(const ad_register_job *j, size_t begin, size_t end, char *to) { run_span(j, begin, end, &to, begin); }

void ad__registers_end(ad_exec *x, const ad_group *g, ad_array *const *in, ad_register_job *j) {
  for (int k = 0; k < g->in.n; k++) ad__value_free(x->cache, in[k]->type, &j->in[k].temp);
}

/* Large results that begin at whole lines, and take nobody's memory. */
static bool is_streamed(const ad_register_job *j, ad_array *const *in, ad_array *const *out) {
  size_t bytes = 0;
  for (int i = 0; i < j->p->n_out; i++) {
    bytes += out[i]->type->bytes;
    if ((uintptr_t)j->out[i] % LINE) return false;
    for (int k = 0; k < j->p->n_in; k++)
      if (j->in[k].data == j->out[i]) return false;
  }
  for (int k = 0; k < j->p->n_in; k++) bytes += in[k]->type->bytes;
  return bytes >= stream_bytes;
}

ad_status ad__registers_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out) {
  ad_register_job j;
  ad_status s = ad__registers_begin(x, g, in, &j);
  for (int k = 0; k < g->out.n; k++) j.out[k] = out[k]->value.data;
  if (!s) {
    j.streamed = is_streamed(&j, in, out);
    ad__parallel(x, (size_t)g->space->size, AD_OPERAND_BLOCK, j.p->cost, run_range, &j);
  }
  ad__registers_end(x, g, in, &j);
  return s;
}
