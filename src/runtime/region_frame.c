/* Frames: laying out a region's values, its steps, and computing them. See region_frame.h. */
#include "runtime/region_frame.h"

#include <string.h>
#include "runtime/elementwise.h"

/* Values of at most so many bytes have a place of their own; so have results of rows. */
enum { SMALL = 4096, ALIGN = 64 };

/* ---- Laying out ---- */

static size_t aligned(size_t n) { return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1); }
static bool is_small(const ad_type *t) { return t->kind == AD_KIND_TENSOR && t->bytes <= SMALL; }

/* A value in the frame, whose memory is held by the frame alone. */
static void lay(ad_frame *f, int i, char *place) {
  f->fixed[i] = place;
  f->node[i]->value = (ad_value){f->memory, place, NULL};
}

static bool is_contiguous(const ad_frame *f, const ad_array *a) {
  return f->fixed[a->serial] || (a->value.buf && ad__value_contiguous(&a->value));
}

/* An elementwise node, or a cast, whose operands lie still and in order. */
static bool is_direct(const ad_frame *f, const ad_array *a, ad_elt_fn *row, ad_cast_fn *cast) {
  *row = NULL;
  *cast = NULL;
  if (!is_small(a->type) || a->n < 1 || a->n > 3) return false;
  for (int k = 0; k < a->n; k++)
    if (!a->in[k] || !is_contiguous(f, a->in[k])) return false;
  if (a->op == &ad__op_cast) *cast = f->x->kernels->cast[a->in[0]->type->dtype][a->type->dtype];
  else *row = ad__elementwise_row(f->x->kernels, a);
  return *row || *cast;
}

/* A copy of the node with copies as its inputs; it belongs to nobody's lists. */
static void copy_node(ad_frame *f, int i, ad_array *to) {
  const ad_array *a = f->g->nodes.at[i];
  memcpy(to, a, sizeof *a);
  to->flags &= (uint8_t)~AD_NODE_BROKEN;
  to->value = (ad_value){NULL, NULL, NULL};
  to->u.outs = NULL;
  to->expanded = NULL;
  for (int k = 0; k < a->n; k++) to->in[k] = a->in[k] ? f->node[a->in[k]->serial] : NULL;
  f->node[i] = to;
}

static size_t copy_bytes(const ad_array *a) { return (sizeof *a + (size_t)a->n * sizeof a->in[0] + 15) & ~(size_t)15; }

static int count_results(const ad_frame_spec *s) {
  int n = 0;
  for (int k = 0; k < s->n_sweeps; k++) n += s->sweeps[k];
  return n;
}

/* One block for everything but the values. */
static bool take_block(ad_frame *f, const ad_frame_spec *s) {
  size_t n = (size_t)f->g->nodes.count + 1, lists = (size_t)s->n_sweeps + 1, copies = 0;
  for (int i = 0; i < f->g->nodes.count; i++) copies += copy_bytes(f->g->nodes.at[i]);
  size_t steps = aligned(lists * n * sizeof(ad_frame_step));
  size_t next = aligned(((size_t)f->g->results.count + 1) * (sizeof *f->next + sizeof *f->move));
  f->bytes = steps + next + aligned(copies) + aligned(n * (sizeof *f->node + sizeof *f->fixed)) + aligned(n * sizeof *f->flags) +
             aligned(lists * sizeof *f->sweep);
  char *p = f->block = ad__mem_zeroed(&f->x->ctx->mem, f->bytes);
  if (!p) return false;
  ad_frame_step *step = (ad_frame_step *)(void *)p;
  p += steps;
  f->next = (ad_value *)(void *)p;
  f->move = (ad_frame_move *)(void *)(f->next + f->g->results.count + 1);
  p += next;
  char *copy = p;
  p += aligned(copies);
  f->node = (ad_array **)(void *)p;
  f->fixed = (char **)(void *)(f->node + n);
  p += aligned(n * (sizeof *f->node + sizeof *f->fixed));
  f->flags = (uint8_t *)p;
  p += aligned(n * sizeof *f->flags);
  f->sweep = (ad_frame_list *)(void *)p;
  for (size_t k = 0; k < lists; k++) f->sweep[k].at = step + k * n;
  for (int i = 0; i < f->g->nodes.count; i++) {
    copy_node(f, i, (ad_array *)(void *)copy);
    copy += copy_bytes(f->g->nodes.at[i]);
  }
  return true;
}

static bool take_memory(ad_frame *f) {
  size_t bytes = 0, results = 0;
  for (int i = 0; i < f->g->nodes.count; i++)
    if (is_small(f->g->nodes.at[i]->type)) bytes += aligned(f->g->nodes.at[i]->type->bytes);
  for (int i = 0; i < f->g->results.count; i++)
    if (is_small(f->g->results.at[i]->type)) results += aligned(f->g->results.at[i]->type->bytes);
  f->memory = ad__buffer_take(f->x->cache, bytes + results + ALIGN);
  if (f->memory) f->staging = (char *)f->memory->data + bytes;
  return f->memory != NULL;
}

/* ---- Parameters ---- */

static void share(ad_value *to, const ad_value *from) {
  ad__buffer_keep(from->buf);
  *to = (ad_value){from->buf, from->data, NULL};
}

static ad_status share_strided(ad_exec *x, const ad_type *t, const ad_value *from, ad_value *to) {
  if (!from->strides) {
    share(to, from);
    return AD_OK;
  }
  return ad__value_view(x, t, from, 0, from->strides, to);
}

static ad_status begin_values(ad_frame *f, const ad_frame_spec *s, char **at) {
  ad_status code = AD_OK;
  for (int i = 0; i < f->g->params.count && !code; i++) {
    int k = (int)f->g->params.at[i]->serial;
    ad_array *p = f->node[k];
    f->flags[k] = AD_FRAME_PARAM | (i < s->varying ? AD_FRAME_VARIES : 0);
    if (i >= s->varying) code = share_strided(f->x, p->type, &s->operands[i]->value, &p->value);
    else if (is_small(p->type)) {
      if (s->places && s->places[i]) {
        lay(f, k, s->places[i]);
      } else {
        lay(f, k, *at);
        *at += aligned(p->type->bytes);
      }
    }
  }
  for (int i = 0; i < f->g->nodes.count && !code; i++)
    if (f->g->nodes.at[i]->flags & AD_NODE_CONST) code = share_strided(f->x, f->node[i]->type, &f->g->nodes.at[i]->value, &f->node[i]->value);
  return code;
}

/* ---- Steps ---- */

static ad_status run_list(ad_frame *f, const ad_frame_list *l);

static void add_step(ad_frame *f, ad_frame_list *l, int i) {
  ad_array *a = f->node[i];
  ad_frame_step *s = &l->at[l->count++];
  *s = (ad_frame_step){.node = i};
  if (!f->fixed[i] || !is_direct(f, a, &s->row, &s->cast)) return;
  s->n = (size_t)a->type->size;
  s->out = f->fixed[i];
  for (int k = 0; k < a->n; k++) s->in[k] = a->in[k]->value.data;
}

static bool is_given(const ad_array *a) { return (a->flags & AD_NODE_CONST) || a->op == &ad__op_param; }

/* What varies follows from the parameters; the rest is computed now, once, and stays. */
static ad_status begin_nodes(ad_frame *f, char **at) {
  ad_frame_list once = {f->sweep[f->sweeps].at, 0};
  ad_elt_fn row;
  ad_cast_fn cast;
  ad_status code = AD_OK;
  for (int i = 0; i < f->g->nodes.count && !code; i++) {
    ad_array *a = f->node[i];
    if (is_given(a)) continue;
    for (int k = 0; k < a->n; k++)
      if (a->in[k]) f->flags[i] |= f->flags[a->in[k]->serial] & AD_FRAME_VARIES;
    if (is_direct(f, a, &row, &cast)) {
      lay(f, i, *at);
      *at += aligned(a->type->bytes);
    }
    if (f->flags[i] & AD_FRAME_VARIES) continue;
    once.count = 0;
    add_step(f, &once, i);
    code = run_list(f, &once);
  }
  return code;
}

/* Marks what results [first, first + n) need, in `needed`. */
static void mark(const ad_frame *f, int first, int n, uint8_t *needed) {
  memset(needed, 0, (size_t)f->g->nodes.count);
  for (int i = first; i < first + n; i++) needed[f->g->results.at[i]->serial] = 1;
  for (int i = f->g->nodes.count; i-- > 0;)
    for (int k = 0; needed[i] && k < f->g->nodes.at[i]->n; k++)
      if (f->g->nodes.at[i]->in[k]) needed[f->g->nodes.at[i]->in[k]->serial] = 1;
}

/* A value that comes and goes dies at its last use in the list, unless it is a result. */
static void mark_deaths(ad_frame *f, ad_frame_list *l, int first, int n, uint8_t *seen) {
  memset(seen, 0, (size_t)f->g->nodes.count);
  for (int i = first; i < first + n; i++) seen[f->g->results.at[i]->serial] = 1;
  for (int s = l->count; s-- > 0;) {
    const ad_array *a = f->node[l->at[s].node];
    for (int k = 0; k < a->n && k < 32; k++) {
      if (!a->in[k]) continue;
      size_t at = (size_t)a->in[k]->serial;
      bool goes = (f->flags[at] & AD_FRAME_VARIES) && !(f->flags[at] & AD_FRAME_PARAM) && !f->fixed[at];
      if (goes && !seen[at]) l->at[s].dying |= 1u << k;
      seen[at] = 1;
    }
  }
}

static ad_status begin_sweeps(ad_frame *f, const ad_frame_spec *s) {
  size_t n = (size_t)f->g->nodes.count + 1;
  uint8_t *needed = ad__mem_take(&f->x->ctx->mem, n);
  if (!needed) return ad__fail(&f->x->err, AD_E_MEMORY, "out of memory");
  for (int k = 0, first = 0; k < s->n_sweeps; first += s->sweeps[k++]) {
    ad_frame_list *l = &f->sweep[k];
    mark(f, first, s->sweeps[k], needed);
    for (int i = 0; i < f->g->nodes.count; i++)
      if (needed[i] && (f->flags[i] & AD_FRAME_VARIES) && !(f->flags[i] & AD_FRAME_PARAM)) add_step(f, l, i);
    mark_deaths(f, l, first, s->sweeps[k], needed);
  }
  ad__mem_give(&f->x->ctx->mem, needed, n);
  return AD_OK;
}

/* Results that are written by steps and read by nobody after them may be copied one by one. */
static void begin_moves(ad_frame *f) {
  int n = f->g->results.count < f->g->params.count ? f->g->results.count : f->g->params.count;
  for (int i = n; i-- > 0;) {
    const ad_array *y = ad__frame_result(f, i), *p = ad__frame_param(f, i);
    char *from = f->fixed[y->serial], *to = f->fixed[p->serial];
    if (!from || !to || (f->flags[y->serial] & AD_FRAME_PARAM) || y->type != p->type) continue;
    f->move[i] = (ad_frame_move){to, from, p->type->bytes, 1 + (i + 1 < n ? f->move[i + 1].run : 0)};
  }
}

bool ad__frame_reads(const ad_frame *f, int sweep, int param) {
  const ad_array *p = ad__frame_param(f, param);
  for (int s = 0; s < f->sweep[sweep].count; s++) {
    const ad_array *a = f->node[f->sweep[sweep].at[s].node];
    for (int k = 0; k < a->n; k++)
      if (a->in[k] == p) return true;
  }
  return false;
}

ad_status ad__frame_begin(ad_frame *f, ad_exec *x, const ad_graph *region, const ad_frame_spec *spec) {
  *f = (ad_frame){.x = x, .g = region->lowered, .sweeps = spec->n_sweeps};
  if (!f->g && ad__graph_is_symbolic(region))
    return ad__fail(&x->err, AD_E_VALUE, "%s has symbolic dims that no argument gives a number; numbers are right", region->name);
  if (!f->g || count_results(spec) > f->g->results.count || !take_block(f, spec) || !take_memory(f))
    return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  char *at = f->memory->data;
  ad_status s = begin_values(f, spec, &at);
  if (!s) s = begin_nodes(f, &at);
  if (!s) s = begin_sweeps(f, spec);
  if (!s) begin_moves(f);
  return s;
}

/* ---- Values that come and go ---- */

static void let_go(ad_frame *f, ad_array *a) {
  if (a->flags & AD_NODE_BROKEN) return;
  if (a->u.outs) {
    for (int k = 0; k < a->type->rank; k++) ad__value_free(f->x->cache, a->type->members[k], &a->u.outs[k]);
    ad__block_give(&f->x->cache->blocks, a->u.outs, (size_t)a->type->rank * sizeof(ad_value));
    a->u.outs = NULL;
  }
  if (a->value.buf && !f->fixed[a->serial]) ad__value_free(f->x->cache, a->type, &a->value);
}

void ad__frame_end(ad_frame *f) {
  for (int i = 0; f->block && i < f->g->nodes.count; i++) let_go(f, f->node[i]);
  for (int i = 0; f->block && i < f->g->results.count; i++)
    if (f->next[i].buf) ad__value_free(f->x->cache, f->g->results.at[i]->type, &f->next[i]);
  if (f->memory) ad__buffer_drop(f->x->cache, f->memory);
  ad__mem_give(&f->x->ctx->mem, f->block, f->block ? f->bytes : 0);
}

static ad_status run_node(ad_frame *f, const ad_frame_step *s) {
  ad_array *a = f->node[s->node];
  let_go(f, a);
  ad_status code = ad__exec_node(f->x, a, s->dying);
  if (code) {
    /* The place inside the region says more than that of the loop. */
    ad_err e = f->x->err;
    ad__fail(&f->x->err, code, "in its region, %s%s%s: %.600s", a->where ? a->where : "", a->where ? ": " : "", a->op->name, e.text);
    return code;
  }
  for (int k = 0; s->dying >> k; k++)
    if (s->dying >> k & 1) let_go(f, a->in[k]);
  return AD_OK;
}

static ad_status run_list(ad_frame *f, const ad_frame_list *l) {
  for (const ad_frame_step *s = l->at, *end = s + l->count; s < end; s++) {
    if (s->row) s->row(s->n, s->out, s->in[0], s->in[1], s->in[2]);
    else if (s->cast) s->cast(s->n, s->out, s->in[0]);
    else {
      ad_status code = run_node(f, s);
      if (code) return code;
    }
  }
  return AD_OK;
}

ad_status ad__frame_run(ad_frame *f, int sweep) { return run_list(f, &f->sweep[sweep]); }

/* ---- Moving values ---- */

void ad__frame_store(ad_exec *x, const ad_type *type, const ad_value *from, char *to) {
  if (!from->strides) {
    if (type->bytes == 8) memcpy(to, from->data, 8);
    else memcpy(to, from->data, type->bytes);
    return;
  }
  int64_t strides[AD_MAX_RANK];
  ad__type_strides(type, strides);
  ad__copy_strided(x, type, to, strides, from->data, from->strides);
}

/* Values in the frame change under whoever shares them, so they are copied. */
static ad_status own(ad_frame *f, const ad_type *type, const ad_value *from, ad_value *out) {
  if (from->buf != f->memory) return share_strided(f->x, type, from, out);
  ad_status s = ad__value_new(f->x, type, out);
  if (!s) ad__frame_store(f->x, type, from, out->data);
  return s;
}

ad_status ad__frame_take(ad_frame *f, const ad_array *a, ad_value *out) { return own(f, a->type, &a->value, out); }

ad_status ad__frame_set(ad_frame *f, int param, const ad_value *from) {
  ad_array *p = ad__frame_param(f, param);
  if (f->fixed[p->serial]) {
    ad__frame_store(f->x, p->type, from, f->fixed[p->serial]);
    return AD_OK;
  }
  ad_value v;
  ad_status s = own(f, p->type, from, &v);
  if (s) return s;
  ad__value_free(f->x->cache, p->type, &p->value);
  p->value = v;
  return AD_OK;
}

/* First every result is read, then every parameter written: a result may be another's parameter. A large value that is a result
 * of steps is handed over. */
ad_status ad__frame_turn(ad_frame *f, int first, int n) {
  if (n && f->move[first].run >= n) {
    for (const ad_frame_move *m = &f->move[first], *end = m + n; m < end; m++) {
      if (m->bytes == 8) memcpy(m->to, m->from, 8);
      else if (m->bytes == 4) memcpy(m->to, m->from, 4);
      else memcpy(m->to, m->from, m->bytes);
    }
    return AD_OK;
  }
  char *staged = f->staging;
  for (int i = first; i < first + n; i++) {
    const ad_array *y = ad__frame_result(f, i);
    if (!ad__frame_param_place(f, i)) continue;
    ad__frame_store(f->x, y->type, &y->value, staged);
    staged += aligned(y->type->bytes);
  }
  ad_status s = AD_OK;
  for (int i = first; i < first + n && !s; i++) { /* the large: held before any is let go of */
    ad_array *p = ad__frame_param(f, i);
    if (!ad__frame_param_place(f, i)) s = own(f, p->type, &ad__frame_result(f, i)->value, &f->next[i]);
  }
  staged = f->staging;
  for (int i = first; i < first + n && !s; i++) {
    ad_array *p = ad__frame_param(f, i);
    if (ad__frame_param_place(f, i)) {
      memcpy(ad__frame_param_place(f, i), staged, p->type->bytes);
      staged += aligned(p->type->bytes);
      continue;
    }
    ad__value_free(f->x->cache, p->type, &p->value);
    p->value = f->next[i];
    f->next[i] = (ad_value){NULL, NULL, NULL};
    ad_array *y = ad__frame_result(f, i);
    if (f->flags[y->serial] == AD_FRAME_VARIES) let_go(f, y);
  }
  return s;
}
