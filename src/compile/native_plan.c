/* When plans become machine code.
 *
 * Compiling takes a tenth of a second of another thread, so it is for plans that have been called a few times and whose groups have
 * kept the interpreter busy for a fifth of that. Printing is done in the context's thread, since graphs are made for it, a few
 * groups at each call, so that no call is held up; the rest is the job's. A plan that waits does all of it at its first call.
 * Not here: what is printed (backend/native_group.c), compiling (backend/native.c). */
#include "compile/native_plan.h"

#include <string.h>
#include "backend/native_group.h"
#include "backend/native_region.h"
#include "compile/block.h"
#include "ir/ctx.h"

enum { LEAST_CALLS = 3, STEPS_PER_CALL = 16 };
static const double least_ns = 5e6; /* estimates are of the cheapest kind: this is some 20 ms */

static double group_ns(const ad_group *g) { return g->program->cost * (double)g->space->size; }

static const ad_array *node_of(const ad_plan *p, int step) { return p->graph->nodes.at[p->steps[step].node]; }

/* At most so many functions. */
static int most_symbols(const ad_plan *p) {
  int n = 1;
  for (int s = 0; s < p->n_steps; s++)
    n += p->steps[s].group >= 0 ? 1 : ad__native_region_cost(node_of(p, s)) > 0 ? AD_REGION_SWEEPS : 0;
  return n;
}

/* Room for every group's function. False without memory. */
static bool begin(ad_plan *p, ad_plan_native *n) {
  size_t groups = (size_t)p->grouping.count;
  ad_plan_code *code = ad__arena_zeroed(&p->arena, sizeof *code, _Alignof(ad_plan_code));
  ad_native_group *all = ad__arena_zeroed(&p->arena, (groups + 1) * sizeof *all, _Alignof(ad_native_group));
  ad_region_code **regions = ad__arena_zeroed(&p->arena, ((size_t)p->n_steps + 1) * sizeof *regions, _Alignof(ad_region_code *));
  ad__text_init(&n->code, &p->ctx->mem);
  n->symbol_room = most_symbols(p);
  n->symbols = ad__mem_take(&p->ctx->mem, (size_t)n->symbol_room * sizeof *n->symbols);
  if (!code || !all || !regions || !n->symbols) return false;
  for (int s = 0; s < p->n_steps; s++) {
    if (p->steps[s].group >= 0 || ad__native_region_cost(node_of(p, s)) == 0) continue;
    regions[s] = AD_ARENA_NEW(&p->arena, ad_region_code);
    if (!regions[s]) return false;
  }
  for (size_t i = 0; i < groups; i++) {
    const ad_group *g = &p->grouping.groups[i];
    all[i].space = g->space;
    all[i].reduced = g->reduced;
    all[i].row = g->row;
    all[i].n_in = g->in.n;
    all[i].n_out = g->out.n;
    all[i].cost = g->program->cost;
  }
  *code = (ad_plan_code){all, regions};
  atomic_store_explicit(&p->native, code, memory_order_release);
  return true;
}

static void print_group(ad_plan *p, ad_plan_native *n, int i) {
  const ad_group *g = &p->grouping.groups[i];
  ad_native_group *to = &atomic_load(&p->native)->groups[i];
  uint8_t reads[AD_GROUP_INPUTS] = {AD_C_READS_FULL};
  ad_err e = {AD_OK, ""};
  if (!g->space->size) return;
  for (int k = 0; k < g->in.n && g->reduced; k++)
    reads[k] = g->reads[k] == AD_READS_ROWS ? AD_C_READS_ROWS : g->reads[k] == AD_READS_TAIL ? AD_C_READS_TAIL : AD_C_READS_FULL;
  ad_graph *graph = ad__group_graph(p, g);
  ad_native_symbol *symbol = &n->symbols[n->count];
  if (!ad_graph_status(graph) &&
      !ad__native_group_print(to, ad__kernels_of(p->ctx->isa), graph, reads, &n->code, symbol->name, &e)) {
    symbol->slot = &to->fn;
    n->count++;
  }
  ad_graph_free(graph);
}

static void print_step(ad_plan *p, ad_plan_native *n, int s) {
  ad_region_code *region = atomic_load(&p->native)->regions[s];
  const ad_group *g = p->steps[s].group >= 0 ? &p->grouping.groups[p->steps[s].group] : NULL;
  if (g && (g->product >= 0 || g->folded)) return; /* computed on pieces, see epilogue.c and prologue.c */
  if (p->steps[s].group >= 0) print_group(p, n, p->steps[s].group);
  else if (region) n->count += ad__native_region_print(region, node_of(p, s), &n->code, &n->symbols[n->count]);
}

/* The symbols at their own size, which is what they are given back with. */
static ad_native_symbol *fitted_symbols(ad_plan *p, ad_plan_native *n) {
  size_t had = (size_t)n->symbol_room * sizeof *n->symbols, want = (size_t)n->count * sizeof *n->symbols;
  ad_native_symbol *s = n->count ? ad__mem_resize(&p->ctx->mem, n->symbols, had, want) : NULL;
  if (!s) ad__mem_give(&p->ctx->mem, n->symbols, had);
  n->symbols = NULL;
  return s;
}

static void start(ad_plan *p, ad_plan_native *n, bool wait) {
  ad_native_symbol *symbols = fitted_symbols(p, n);
  if (symbols && !n->code.failed) {
    n->job = ad__native_begin(p->ctx, &n->code, symbols, n->count, wait);
  } else {
    ad__mem_give(&p->ctx->mem, symbols, symbols ? (size_t)n->count * sizeof *symbols : 0);
    ad__text_free(&n->code);
  }
  n->settled = !n->job;
}

static bool is_worth_it(const ad_plan *p, ad_plan_native *n) {
  if (!n->calls++)
    for (int s = 0; s < p->n_steps; s++)
      n->call_ns +=
          p->steps[s].group >= 0 ? group_ns(&p->grouping.groups[p->steps[s].group]) : ad__native_region_cost(node_of(p, s));
  n->spent_ns += n->call_ns;
  return n->calls >= LEAST_CALLS && n->spent_ns >= least_ns;
}

void ad__plan_native_call(ad_plan *p, ad_plan_native *n, ad_native_mode mode) {
  if (n->settled || mode == AD_NATIVE_OFF) return;
  bool wait = mode == AD_NATIVE_WAIT;
  if (n->job) {
    if (wait) ad__native_finish(n->job);
    n->settled = ad__native_state(n->job) >= AD_NATIVE_READY;
    ad__native_tell(n->job);
    return;
  }
  if (!n->symbols && !wait && !is_worth_it(p, n)) return;
  if (!n->symbols && (p->unfused || most_symbols(p) == 1 || !begin(p, n))) {
    n->settled = true;
    return;
  }
  for (int left = STEPS_PER_CALL; n->printed < p->n_steps && (wait || left-- > 0);) print_step(p, n, n->printed++);
  if (n->printed < p->n_steps) return;
  start(p, n, wait);
  if (n->job && wait) ad__plan_native_call(p, n, mode);
}

void ad__plan_native_describe(const ad_plan *p, const ad_plan_native *n, ad_text *out) {
  if (n->job) ad__native_describe(n->job, out);
  else if (n->settled) ad__text_add(out, "nothing in this plan has a native form\n");
  else
    ad__text_fmt(out, "not asked for yet: %llu calls, %d groups, about %.3f ms in them\n", (unsigned long long)n->calls,
                 p->grouping.count, 1e-6 * n->spent_ns);
}

void ad__plan_native_end(ad_plan *p, ad_plan_native *n) {
  ad__native_end(n->job);
  if (!n->symbols) return;
  ad__mem_give(&p->ctx->mem, n->symbols, (size_t)n->symbol_room * sizeof *n->symbols);
  ad__text_free(&n->code);
}
