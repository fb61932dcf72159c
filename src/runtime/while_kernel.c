/* The kernel of while_loop: a frame run until a condition fails, and again in further sweeps over the same steps.
 *
 * A sweep sees the states that earlier ones had before each step, which these record. Where the records of all steps would be
 * larger than the context allows, the steps are cut into segments of equal length: at the beginning of each a sweep leaves a mark, all of
 * its states, and the records hold one segment. A later sweep that comes to another segment has the earlier ones run again through
 * it, from their marks. The same steps from the same states give the same bits, so only time and memory tell the difference. The
 * length follows from the allowance; n steps take its memory and n / length marks.
 * The record of a loop that is told to save states is kept in its node's value for the gradient that resumes it (region_record.h),
 * unless it would need segments: then the gradient runs the loop itself. */
#include "ops/regions.h"
#include "runtime/region_code.h"
#include "runtime/region_record.h"
#include "runtime/structural.h"

#define NO_SEGMENT UINT64_MAX

typedef struct while_sweep {
  int first, size;      /* states */
  ad_record *record;    /* of the segment `held`, in the order of the sweep */
  ad_record own, marks; /* marks: one for each segment but the first that the sweep comes to */
  uint64_t held;
} while_sweep;

typedef struct while_run {
  ad_exec *x;
  ad_array *node;
  int sweeps, states, captures;
  int resumed;                /* sweeps that were run before */
  const ad_kept_record *from; /* their record; NULL: none */
  ad_value kept;              /* what is being kept, if anything */
  while_sweep *sweep;
  int *sizes;                 /* states of each sweep */
  ad_record_item *items;      /* of the records, and behind them of the marks */
  bool *reads;                /* of the running sweep, by state */
  ad_array **cond_operands;
  char **places;
  void *block;
  size_t bytes;
  ad_frame body, cond;
  const ad_region_code *code; /* machine code for the sweeps, or NULL */
  void **native;              /* what it is given: five lists of an entry per operand */
  uint64_t steps, length, segments; /* length: of a segment */
} while_run;

static bool truth(const ad_array *a) { return *a->value.data != 0; }
static ad_status no_memory(ad_exec *x) { return ad__fail(&x->err, AD_E_MEMORY, "out of memory"); }

static bool while_room(while_run *w) {
  const ad_attr *at = w->node->attrs->at, *sizes = &at[AD_WHILE_SWEEPS];
  size_t n = (size_t)w->node->n + 1, k = (size_t)sizes->count;
  w->bytes = n * (7 * sizeof(void *) + 2 * sizeof *w->items + sizeof *w->reads) + k * (sizeof *w->sweep + sizeof *w->sizes);
  w->block = ad__mem_zeroed(&w->x->ctx->mem, w->bytes);
  if (!w->block) return false;
  w->cond_operands = w->block;
  w->places = (char **)(w->cond_operands + n);
  w->native = (void **)(w->places + n);
  w->items = (ad_record_item *)(void *)(w->native + 5 * n);
  w->sweep = (while_sweep *)(void *)(w->items + 2 * n);
  w->sizes = (int *)(void *)(w->sweep + k);
  w->reads = (bool *)(w->sizes + k);
  w->sweeps = sizes->count;
  for (int i = 0; i < sizes->count; i++) {
    w->sweep[i] = (while_sweep){.first = w->states, .size = (int)sizes->as.ints[i], .held = NO_SEGMENT};
    w->states += w->sizes[i] = w->sweep[i].size;
  }
  w->captures = w->node->n - w->states - (at[AD_WHILE_RESUMES].given ? 1 : 0);
  return true;
}

static ad_status begin_body(while_run *w) {
  ad_array *node = w->node;
  ad_frame_spec spec = {.operands = node->in, .varying = w->states, .sweeps = w->sizes, .n_sweeps = w->sweeps};
  ad_status s = ad__frame_begin(&w->body, w->x, ad__region_of(node->attrs->at, AD_WHILE_BODY), &spec);
  for (int i = 0; i < w->states && !s; i++) s = ad__frame_set(&w->body, i, &node->in[i]->value);
  return s;
}

/* The condition reads small states where the body has them. */
static ad_status begin_cond(while_run *w) {
  int first = w->sizes[0], one = 1;
  for (int i = 0; i < first; i++) w->places[i] = ad__frame_param_place(&w->body, i);
  for (int i = 0; i < w->captures; i++) w->cond_operands[first + i] = w->node->in[w->states + i];
  ad_frame_spec spec = {.operands = w->cond_operands, .varying = first, .places = w->places, .sweeps = &one, .n_sweeps = 1};
  return ad__frame_begin(&w->cond, w->x, ad__region_of(w->node->attrs->at, AD_WHILE_COND), &spec);
}

/* ---- Records ---- */

/* Does sweep k read a state, in a step or as what one becomes? */
static bool sweep_reads(const while_run *w, int k, int state) {
  const while_sweep *p = &w->sweep[k];
  for (int i = p->first; i < p->first + p->size; i++)
    if (ad__frame_result(&w->body, i) == ad__frame_param(&w->body, state)) return true;
  return ad__frame_reads(&w->body, k, state);
}

static bool read_from(const while_run *w, int sweep, int state) {
  bool read = false;
  for (int k = sweep; k < w->sweeps && !read; k++) read = sweep_reads(w, k, state);
  return read;
}

static bool is_saved(const while_run *w, int state) {
  const ad_attr *saves = &w->node->attrs->at[AD_WHILE_SAVES];
  for (int i = 0; i < saves->count && saves->given; i++)
    if (saves->as.ints[i] == state) return true;
  return false;
}

static bool holds(const while_run *w, const ad_kept_record *k, int sweep, int state) {
  const ad_record *r = ad__kept_sweep(k, sweep);
  for (int i = 0; i < r->count; i++)
    if (r->items[i].param == state) return r->items[i].bytes == ad__frame_param(&w->body, state)->type->bytes;
  return false;
}

/* Is it of a loop whose states are the first of these? A text may name any loop. */
static bool is_of_these(const while_run *w, const ad_kept_record *k) {
  bool same = k->sweeps < w->sweeps && k->states == w->sweep[k->sweeps].first;
  for (int i = 0; i < k->states && same; i++) same = k->type->members[i] == w->node->type->members[i];
  return same;
}

/* The record that the last operand is, if it has all that is needed of it. */
static void begin_resumed(while_run *w) {
  const ad_attr *resumes = &w->node->attrs->at[AD_WHILE_RESUMES];
  ad_kept_record *k = resumes->given ? ad__kept_of(&w->node->in[w->node->n - 1]->value) : NULL;
  int sweeps = k ? k->sweeps : 0;
  bool whole = k && sweeps == resumes->as.i && is_of_these(w, k);
  for (int j = 0; j < sweeps && whole; j++)
    for (int i = w->sweep[j].first; i < w->sweep[j].first + w->sizes[j] && whole; i++)
      if (read_from(w, sweeps, i) || is_saved(w, i)) whole = holds(w, k, j, i);
  if (!whole) return;
  w->from = k;
  w->resumed = sweeps;
  w->steps = k->steps;
}

static ad_status begin_kept(while_run *w) {
  if (!w->node->attrs->at[AD_WHILE_SAVES].given) return AD_OK;
  const ad_value *before = w->from ? &w->node->in[w->node->n - 1]->value : NULL;
  return ad__kept_new(w->x, w->sweeps, w->states, w->states, before, &w->kept);
}

/* What each sweep saves: the states that a later one reads, and those it is told to. */
static void begin_records(while_run *w) {
  ad_kept_record *kept = w->kept.buf ? w->kept.buf->data : NULL;
  ad_record_item *item = kept ? ad__kept_items(kept) : w->items, *mark = w->items + w->node->n + 1;
  uint64_t room = ad__ctx_record_room(w->x->ctx), step = 0;
  for (int k = 0; k < w->sweeps; k++) {
    while_sweep *s = &w->sweep[k];
    ad_record_item *first = item, *first_mark = mark;
    if (k < w->resumed) {
      s->record = (ad_record *)(uintptr_t)ad__kept_sweep(w->from, k);
      continue;
    }
    for (int i = s->first; i < s->first + s->size; i++) {
      *mark++ = (ad_record_item){.param = i};
      if (read_from(w, k + 1, i) || is_saved(w, i)) *item++ = (ad_record_item){.param = i};
    }
    s->record = kept ? &kept->records[k - kept->first] : &s->own;
    ad__record_begin(s->record, first, (int)(item - first), &w->body, room);
    ad__record_begin(&s->marks, first_mark, s->size, &w->body, room / 16);
    step += s->record->step_bytes;
  }
  uint64_t most = step ? room / step : 0;
  w->length = !step ? NO_SEGMENT : most ? most : 1;
}

/* The states in the end, in row-major order, for the one that resumes. */
static ad_status keep_ends(while_run *w, ad_kept_record *k) {
  ad_status s = AD_OK;
  for (int i = 0; i < w->states && !s; i++) {
    const ad_type *t = w->node->type->members[i];
    const ad_value *v = &w->node->u.outs[i];
    if (!v->strides) {
      ad__buffer_keep(v->buf);
      k->ends[i] = *v;
    } else if (!(s = ad__value_new(w->x, t, &k->ends[i]))) {
      ad__frame_store(w->x, t, v, k->ends[i].data);
    }
  }
  return s;
}

/* What was recorded becomes the node's value where that is all of it. */
static ad_status end_records(while_run *w, ad_status s, uint32_t dying) {
  ad_buffers *cache = w->x->cache;
  ad_kept_record *kept = w->kept.buf ? w->kept.buf->data : NULL;
  if (kept && !s) s = keep_ends(w, kept);
  if (kept && !s && w->segments <= 1) {
    kept->steps = w->steps;
    kept->type = w->node->type;
    w->node->value = w->kept;
  } else if (kept) {
    ad__buffer_drop(cache, w->kept.buf);
  }
  for (int k = 0; k < w->sweeps; k++) {
    ad__record_end(&w->sweep[k].own, cache);
    ad__record_end(&w->sweep[k].marks, cache);
  }
  /* Nobody else resumes from it, so its memory need not wait for the end of the run. */
  int last = w->node->n - 1;
  bool dies = last < 32 && dying >> last & 1;
  if (w->from && !kept && dies && atomic_load(&w->node->in[last]->value.buf->refs) <= 2)
    ad__kept_empty(cache, (ad_kept_record *)(uintptr_t)w->from);
  return s;
}

/* ---- Machine code ---- */

/* What a sweep's function is given, an entry for each operand. */
typedef struct native_lists {
  void **param, **to;
  const void **from;
  ptrdiff_t *by, *to_by;
} native_lists;

static native_lists lists_of(const while_run *w) {
  size_t n = (size_t)w->node->n + 1;
  return (native_lists){w->native, w->native + n, (const void **)(w->native + 2 * n), (ptrdiff_t *)(void *)(w->native + 3 * n),
                        (ptrdiff_t *)(void *)(w->native + 4 * n)};
}

/* The function of sweep k, if everything lies where it can find it. */
static ad_sweep_fn native_sweep(const while_run *w, int k) {
  ad_sweep_fn fn = ad__region_sweep(w->code, k);
  native_lists l = lists_of(w);
  for (int i = 0; i < w->states + w->captures && fn; i++) {
    char *place = ad__frame_param_place(&w->body, i);
    const ad_value *v = &ad__frame_param(&w->body, i)->value;
    if (i < w->states ? !place : !ad__value_contiguous(v)) return NULL;
    l.param[i] = i < w->states ? place : v->data;
  }
  return fn;
}

/* Where states are saved from step t on; fewer steps where the record's part ends. */
static ad_status native_saves(while_run *w, const while_sweep *p, uint64_t t, uint64_t *n) {
  native_lists l = lists_of(w);
  ad_record *r = p->record;
  for (int i = 0; i < p->size; i++) l.to[i] = NULL;
  if (!r->step_bytes) return AD_OK;
  ad_status s = ad__record_room(r, w->x, t);
  if (s) return s;
  for (int i = 0; i < r->count; i++) {
    l.to[r->items[i].param - p->first] = ad__record_at(r, t) + r->items[i].offset;
    l.to_by[r->items[i].param - p->first] = (ptrdiff_t)r->step_bytes;
  }
  uint64_t run = ad__record_run(r, t, false);
  if (run < *n) *n = run;
  return AD_OK;
}

/* ---- Sweeps ---- */

static ad_status go_on(while_run *w, bool *more) {
  ad_status s = AD_OK;
  for (int i = 0; i < w->sizes[0] && !s; i++)
    if (!w->places[i]) s = ad__frame_set(&w->cond, i, &ad__frame_param(&w->body, i)->value);
  if (!s) s = ad__frame_run(&w->cond, 0);
  if (!s) *more = truth(ad__frame_result(&w->cond, 0));
  return s;
}

static ad_status take_states(while_run *w, const while_sweep *p) {
  ad_status s = AD_OK;
  for (int i = p->first; i < p->first + p->size && !s; i++)
    s = ad__frame_take(&w->body, ad__frame_param(&w->body, i), &w->node->u.outs[i]);
  return s;
}

/* The first sweep by machine code, which tests the condition itself; between segments it is tested here. */
static ad_status first_native(while_run *w, ad_sweep_fn fn) {
  enum { AT_ONCE = 1 << 30 };
  while_sweep *p = &w->sweep[0];
  native_lists l = lists_of(w);
  uint64_t at = 0;
  for (;;) {
    bool more = true;
    uint64_t n = AT_ONCE;
    ad_status s = AD_OK;
    if (at == w->length) {
      s = go_on(w, &more);
      if (s || !more) return s;
      s = ad__record_save(&p->marks, &w->body, w->steps / w->length - 1);
      if (!s) s = ad__record_again(p->record, w->x);
      at = 0;
    }
    if (n > w->length - at) n = w->length - at;
    if (!s) s = native_saves(w, p, at, &n);
    if (s) return s;
    uint64_t done = fn(l.param, l.from, l.by, l.to, l.to_by, n);
    w->steps += done;
    at += done;
    if (done < n) return AD_OK;
  }
}

static ad_status first_sweep(while_run *w) {
  while_sweep *p = &w->sweep[0];
  bool more = false;
  uint64_t at = 0; /* in the segment */
  ad_status s = begin_cond(w);
  ad_sweep_fn fn = s ? NULL : native_sweep(w, 0);
  if (fn) s = first_native(w, fn);
  else if (!s) s = go_on(w, &more);
  while (!s && more) {
    if (at == w->length) {
      s = ad__record_save(&p->marks, &w->body, w->steps / w->length - 1);
      if (!s) s = ad__record_again(p->record, w->x);
      at = 0;
    }
    if (!s) s = ad__record_save(p->record, &w->body, at++);
    if (!s) s = ad__frame_run(&w->body, 0);
    if (!s) s = ad__frame_turn(&w->body, 0, p->size);
    if (!s) s = go_on(w, &more);
    w->steps++;
  }
  return s ? s : take_states(w, p);
}

static uint64_t segment_begin(const while_run *w, uint64_t segment) { return w->length == NO_SEGMENT ? 0 : segment * w->length; }
static uint64_t segment_size(const while_run *w, uint64_t segment) {
  uint64_t left = w->steps - segment_begin(w, segment);
  return left < w->length ? left : w->length;
}

/* Odd sweeps go from the last step to the first, and so through the segments. */
static uint64_t turned(uint64_t i, uint64_t n, int sweep) { return sweep & 1 ? n - 1 - i : i; }

/* Steps i to i + n of sweep k by machine code, from the records of the earlier sweeps. */
static ad_status native_steps(while_run *w, int k, ad_sweep_fn fn, uint64_t begin, uint64_t size) {
  while_sweep *p = &w->sweep[k];
  native_lists l = lists_of(w);
  ad_status s = AD_OK;
  for (uint64_t i = 0, n; i < size && !s; i += n) {
    uint64_t t = turned(i, size, k);
    n = size - i;
    for (int a = 0; a < p->first; a++) l.from[a] = l.param[a], l.by[a] = 0;
    for (int j = 0; j < k; j++) {
      const ad_record *r = w->sweep[j].record;
      bool back = (j & 1) != (k & 1);
      uint64_t at = j < w->resumed ? turned(begin + t, w->steps, j) : turned(t, size, j), run = ad__record_run(r, at, back);
      if (!r->step_bytes) continue;
      if (run < n) n = run;
      for (int a = 0; a < r->count; a++) {
        l.from[r->items[a].param] = ad__record_at(r, at) + r->items[a].offset;
        l.by[r->items[a].param] = back ? -(ptrdiff_t)r->step_bytes : (ptrdiff_t)r->step_bytes;
      }
    }
    s = native_saves(w, p, i, &n);
    if (!s) fn(l.param, l.from, l.by, l.to, l.to_by, n);
  }
  return s;
}

/* Runs sweep k through a segment of which the earlier ones have their records. */
static ad_status run_segment(while_run *w, int k, uint64_t segment) {
  while_sweep *p = &w->sweep[k];
  uint64_t begin = segment_begin(w, segment), n = segment_size(w, segment);
  ad_status s = p->held == NO_SEGMENT ? AD_OK : ad__record_again(p->record, w->x);
  ad_sweep_fn fn = s ? NULL : native_sweep(w, k);
  if (fn) s = native_steps(w, k, fn, begin, n);
  for (int i = 0; i < p->first; i++) w->reads[i] = sweep_reads(w, k, i);
  for (uint64_t i = 0; i < n && !s && !fn; i++) {
    uint64_t t = turned(i, n, k);
    for (int j = 0; j < k && !s; j++) {
      bool whole = j < w->resumed;
      uint64_t at = whole ? turned(begin + t, w->steps, j) : turned(t, n, j);
      s = ad__record_load(w->sweep[j].record, &w->body, at, w->reads);
    }
    if (!s) s = ad__record_save(p->record, &w->body, i);
    if (!s) s = ad__frame_run(&w->body, k);
    if (!s) s = ad__frame_turn(&w->body, p->first, p->size);
  }
  p->held = segment;
  return s;
}

/* Has sweep k's record hold a segment; those of earlier sweeps do. */
static ad_status recall(while_run *w, int k, uint64_t segment) {
  while_sweep *p = &w->sweep[k];
  if (p->held == segment || !p->record->step_bytes) return AD_OK;
  uint64_t order = turned(segment, w->segments, k);
  ad_status s = AD_OK;
  if (order) s = ad__record_load(&p->marks, &w->body, order - 1, NULL);
  for (int i = p->first; i < p->first + p->size && !s && !order; i++) s = ad__frame_set(&w->body, i, &w->node->in[i]->value);
  return s ? s : run_segment(w, k, segment);
}

static ad_status later_sweep(while_run *w, int k) {
  while_sweep *p = &w->sweep[k];
  ad_status s = AD_OK;
  for (uint64_t i = 0; i < w->segments && !s && p->size; i++) {
    uint64_t segment = turned(i, w->segments, k);
    if (i && k + 1 < w->sweeps) s = ad__record_save(&p->marks, &w->body, i - 1);
    for (int j = w->resumed; j < k && !s; j++) s = recall(w, j, segment);
    if (!s) s = run_segment(w, k, segment);
  }
  return s ? s : take_states(w, p);
}

static ad_status all_sweeps(while_run *w) {
  ad_status s = AD_OK;
  for (int i = 0; w->resumed && i < w->sweep[w->resumed].first; i++) {
    ad__buffer_keep(w->from->ends[i].buf);
    w->node->u.outs[i] = w->from->ends[i];
  }
  if (!w->resumed) s = first_sweep(w);
  w->segments = w->length == NO_SEGMENT ? w->steps > 0 : (w->steps + w->length - 1) / w->length;
  if (!w->resumed && w->segments) w->sweep[0].held = w->segments - 1;
  for (int k = w->resumed ? w->resumed : 1; k < w->sweeps && !s; k++) s = later_sweep(w, k);
  return s;
}

ad_status ad__k_while_loop(ad_exec *x, ad_array *node, uint32_t dying) {
  while_run w = {.x = x, .node = node, .body = {.x = x}, .cond = {.x = x}, .code = x->region_code};
  x->region_code = NULL;
  if (!while_room(&w)) return no_memory(x);
  ad_status s = ad__outs_new(x, node);
  if (!s) s = begin_body(&w);
  if (!s) begin_resumed(&w);
  if (!s) s = begin_kept(&w);
  if (!s) begin_records(&w);
  if (!s) s = all_sweeps(&w);
  s = end_records(&w, s, dying);
  ad__frame_end(&w.cond);
  ad__frame_end(&w.body);
  ad__mem_give(&x->ctx->mem, w.block, w.bytes);
  return s;
}

/* ---- loop_record ---- */

ad_status ad__k_loop_record(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_value *of = &node->in[0]->value;
  if (!of->buf) return ad__value_new(x, node->type, &node->value);
  return ad__value_view(x, node->type, of, 0, NULL, &node->value);
}
