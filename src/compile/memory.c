/* Where values lie: one arena for everything that neither comes in nor goes out.
 *
 * Steps are gone through in order; a value gets the smallest free piece that holds it (best fit), and its piece is free again
 * after the step that reads it last. What an elementwise step reads last and of its size, its result may overwrite.
 * A view has no piece: it lengthens the life of what it may be a view of. */
#include "compile/plan.h"

#include <string.h>
#include "base/fit.h"
#include "ir/ctx.h"

enum { ALIGN = 64 };

/* ---- Lives ---- */

static bool is_view(const ad_array *a) { return a->op->flags & (AD_OP_VIEW | AD_OP_HOLDS | AD_OP_PROJECTS); }

/* How each value lies, before results are looked at. */
static void find_kinds(ad_plan *p) {
  const ad_graph *g = p->graph;
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    ad_lodging *l = &p->lodging[i];
    *l = (ad_lodging){.lies = AD_LIES_ARENA, .donor = -1, .born = -1, .dies = -1};
    if (ad__plan_is_given(a)) l->lies = AD_LIES_GIVEN;
    else if (is_view(a) && p->grouping.group_of[i] < 0) l->lies = AD_LIES_SHARED;
    else if (a->type->kind != AD_KIND_TENSOR) l->lies = AD_LIES_OWN;
  }
  for (int k = 0; k < p->grouping.count; k++) {
    const ad_group *group = &p->grouping.groups[k];
    for (int m = 0; m < group->members.n; m++) p->lodging[group->members.at[m]].lies = AD_LIES_INSIDE;
    for (int m = 0; m < group->out.n; m++) p->lodging[group->out.at[m]].lies = AD_LIES_ARENA;
    if (group->product >= 0) p->lodging[group->product].lies = AD_LIES_INSIDE;
  }
}

/* What node i reads, and what that may share, is read at `step`. A loop over the chain of first operands is not enough where
 * a view has several: then each is followed. */
static void use(ad_plan *p, int i, int step, int *stack) {
  int depth = 0;
  stack[depth++] = i;
  while (depth) {
    int j = stack[--depth];
    ad_lodging *l = &p->lodging[j];
    if (l->dies >= step) continue;
    l->dies = step;
    const ad_array *a = p->graph->nodes.at[j];
    for (int k = 0; k < a->n && l->lies == AD_LIES_SHARED; k++)
      if (a->in[k]) stack[depth++] = (int)a->in[k]->serial;
  }
}

static void node_reads(ad_plan *p, int node, int step, int *stack) {
  const ad_array *a = p->graph->nodes.at[node];
  for (int k = 0; k < a->n; k++)
    if (a->in[k]) use(p, (int)a->in[k]->serial, step, stack);
}

static void step_reads(ad_plan *p, int step, int *stack) {
  const ad_plan_step *s = &p->steps[step];
  const ad_group *g = s->group >= 0 ? &p->grouping.groups[s->group] : NULL;
  for (int k = 0; g && k < g->in.n; k++) use(p, g->in.at[k], step, stack);
  if (!g) node_reads(p, s->node, step, stack);
  else if (g->product >= 0) node_reads(p, g->product, step, stack);
}

static void born_at(ad_plan *p, int node, int step) {
  p->lodging[node].born = step;
  if (p->lodging[node].dies < step) p->lodging[node].dies = step;
}

/* Results and what they may share have memory of their own. */
static void own(ad_plan *p, int i, int *stack) {
  int depth = 0;
  stack[depth++] = i;
  while (depth) {
    int j = stack[--depth];
    ad_lodging *l = &p->lodging[j];
    const ad_array *a = p->graph->nodes.at[j];
    if (l->dies == p->n_steps) continue;
    l->dies = p->n_steps;
    if (l->lies == AD_LIES_ARENA) l->lies = AD_LIES_OWN;
    for (int k = 0; k < a->n && l->lies == AD_LIES_SHARED; k++)
      if (a->in[k]) stack[depth++] = (int)a->in[k]->serial;
  }
}

static void find_lives(ad_plan *p, int *stack) {
  for (int s = 0; s < p->n_steps; s++) {
    int g = p->steps[s].group;
    if (g < 0) born_at(p, p->steps[s].node, s);
    for (int k = 0; g >= 0 && k < p->grouping.groups[g].members.n; k++) born_at(p, p->grouping.groups[g].members.at[k], s);
    if (g >= 0 && p->grouping.groups[g].product >= 0) born_at(p, p->grouping.groups[g].product, s);
  }
  /* From the last step back, so that a value's life is set once by whoever reads it last. */
  for (int s = p->n_steps; s-- > 0;) step_reads(p, s, stack);
  for (int i = 0; i < p->graph->results.count; i++) own(p, (int)p->graph->results.at[i]->serial, stack);
}

/* The values that each step is the last to read, as lists: counted, then filled. */
static bool list_freed(ad_plan *p) {
  int n = p->graph->nodes.count;
  int *all = ad__arena_array(&p->arena, (size_t)n + 1, sizeof *all, _Alignof(int)), at = 0;
  if (!all) return false;
  for (int i = 0; i < n; i++)
    if (p->lodging[i].born >= 0 && p->lodging[i].dies < p->n_steps && p->lodging[i].lies != AD_LIES_INSIDE)
      p->steps[p->lodging[i].dies].freed.n++;
  for (int s = 0; s < p->n_steps; s++) {
    p->steps[s].freed.at = all + at;
    at += p->steps[s].freed.n;
    p->steps[s].freed.n = 0;
  }
  for (int i = 0; i < n; i++)
    if (p->lodging[i].born >= 0 && p->lodging[i].dies < p->n_steps && p->lodging[i].lies != AD_LIES_INSIDE) {
      ad_list *l = &p->steps[p->lodging[i].dies].freed;
      l->at[l->n++] = i;
    }
  return true;
}

/* ---- Placing ---- */

static size_t room_of(const ad_plan *p, int node) {
  size_t bytes = p->graph->nodes.at[node]->type->bytes;
  return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* Does node i read value j, or a view of it? */
static bool looks_at(const ad_plan *p, int i, int j) {
  const ad_array *a = p->graph->nodes.at[i];
  for (int k = 0; k < a->n; k++) {
    int from = a->in[k] ? (int)a->in[k]->serial : -1;
    if (from >= 0 && (from == j || (p->lodging[from].lies == AD_LIES_SHARED && looks_at(p, from, j)))) return true;
  }
  return false;
}

/* May output `out` overwrite an operand of the group? Element by element of its size, if that dies here and no op behind the
 * one that writes the output reads it, nor the group's product, which is still being made of it. */
static bool may_overwrite(const ad_plan *p, const ad_group *g, int step, int out, int in) {
  const ad_type *t = p->graph->nodes.at[out]->type, *have = p->graph->nodes.at[in]->type;
  if (g->reduced || g->folded || p->lodging[in].dies != step) return false;
  if (have->bytes != t->bytes || have->item_size != t->item_size || have->size != t->size) return false;
  if (g->product >= 0 && looks_at(p, g->product, in)) return false;
  for (int m = g->members.n; m-- > 0 && g->members.at[m] != out;) {
    const ad_array *a = p->graph->nodes.at[g->members.at[m]];
    for (int k = 0; k < a->n; k++)
      if ((int)a->in[k]->serial == in) return false;
  }
  return true;
}

static int overwritten(const ad_plan *p, const ad_group *g, int step, int out, const int *piece_of) {
  for (int k = 0; k < g->in.n; k++) {
    int j = g->in.at[k];
    if (p->lodging[j].lies == AD_LIES_ARENA && piece_of[j] >= 0 && may_overwrite(p, g, step, out, j)) return j;
  }
  return -1;
}

/* The argument that a result may take the memory of; each is taken once. */
static int donor_of(const ad_plan *p, const ad_group *g, int step, int out) {
  for (int k = 0; k < g->in.n; k++) {
    bool taken = p->graph->nodes.at[g->in.at[k]]->op != &ad__op_param;
    for (int i = 0; i < g->out.n; i++) taken |= p->lodging[g->out.at[i]].donor == g->in.at[k];
    if (!taken && may_overwrite(p, g, step, out, g->in.at[k])) return g->in.at[k];
  }
  return -1;
}

static bool place_one(ad_plan *p, ad_fit *m, int *piece_of, int node, int step) {
  ad_lodging *l = &p->lodging[node];
  int g = p->steps[step].group;
  if (l->lies == AD_LIES_OWN && g >= 0) l->donor = donor_of(p, &p->grouping.groups[g], step, node);
  if (l->lies != AD_LIES_ARENA || !p->graph->nodes.at[node]->type->bytes) return true;
  int from = g >= 0 ? overwritten(p, &p->grouping.groups[g], step, node, piece_of) : -1;
  int k = from >= 0 ? piece_of[from] : ad__fit_take(m, room_of(p, node));
  if (k < 0) return false;
  if (from >= 0) piece_of[from] = -1; /* it is this value's now */
  piece_of[node] = k;
  l->offset = ad__fit_offset(m, k);
  return true;
}

static bool place_all(ad_plan *p, ad_fit *m, int *piece_of) {
  size_t live = 0;
  for (int s = 0; s < p->n_steps; s++) {
    int g = p->steps[s].group;
    const ad_list alone = {&p->steps[s].node, 1}, *born = g >= 0 ? &p->grouping.groups[g].out : &alone;
    for (int k = 0; k < born->n; k++) {
      if (!place_one(p, m, piece_of, born->at[k], s)) return false;
      if (piece_of[born->at[k]] >= 0) live += room_of(p, born->at[k]);
    }
    /* What was overwritten has no piece any more, and its bytes are those of what did. */
    for (int k = 0; k < p->steps[s].freed.n; k++) {
      int j = p->steps[s].freed.at[k];
      if (p->lodging[j].lies == AD_LIES_ARENA && piece_of[j] < 0 && p->graph->nodes.at[j]->type->bytes) live -= room_of(p, j);
    }
    if (live > p->least_bytes) p->least_bytes = live, p->peak_step = s;
    for (int k = 0; k < p->steps[s].freed.n; k++) {
      int j = p->steps[s].freed.at[k];
      if (piece_of[j] < 0) continue;
      live -= room_of(p, j);
      ad__fit_give(m, piece_of[j]);
      piece_of[j] = -1;
    }
  }
  p->arena_bytes = m->end;
  return true;
}

/* A walk over views pushes each node's operands once for each longer life it is given. */
static size_t edges_of(const ad_graph *g) {
  size_t n = 1;
  for (int i = 0; i < g->nodes.count; i++) n += (size_t)g->nodes.at[i]->n + 1;
  return n;
}

bool ad__plan_lodge(ad_plan *p) {
  size_t n = (size_t)p->graph->nodes.count + 1, bytes = edges_of(p->graph) * sizeof(int);
  if (bytes < n * sizeof(int)) bytes = n * sizeof(int);
  p->lodging = ad__arena_array(&p->arena, n, sizeof *p->lodging, _Alignof(ad_lodging));
  int *room = ad__mem_take(&p->ctx->mem, bytes);
  ad_fit m;
  ad__fit_init(&m, &p->ctx->mem);
  bool ok = p->lodging && room;
  if (ok) {
    find_kinds(p);
    find_lives(p, room);
    ok = list_freed(p);
  }
  for (size_t i = 0; ok && i < n; i++) room[i] = -1;
  ok = ok && place_all(p, &m, room);
  ad__fit_free(&m);
  ad__mem_give(&p->ctx->mem, room, room ? bytes : 0);
  return ok;
}
