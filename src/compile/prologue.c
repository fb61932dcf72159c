/* Prologues: a group that is computed piece by piece for the one reduction that takes its result.
 *
 * A reduction that no group over rows can hold, since it is along other axes than the last or over long rows, becomes the last member of
 * the group whose only result it takes: its kernel folds the same elements in the same order (reduce.h), but asks the group for
 * them, a few thousand at a time, so they are never written to memory. Only the reduction takes the result, so the step can be where
 * the reduction's was, and no circle comes about. Reductions that go over their elements twice stay apart. */
#include "compile/prologue.h"

#include "ir/ctx.h"

/* ---- Which ---- */

enum { NOBODY = -1, SEVERAL = -2 };

/* Per node: the only node that takes it. */
static void find_readers(const ad_plan *p, int *reader) {
  const ad_graph *g = p->graph;
  for (int i = 0; i < g->nodes.count; i++) reader[i] = NOBODY;
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    for (int k = 0; k < a->n; k++)
      if (a->in[k]) reader[a->in[k]->serial] = reader[a->in[k]->serial] == NOBODY ? i : SEVERAL;
  }
  for (int i = 0; i < g->results.count; i++) reader[g->results.at[i]->serial] = SEVERAL;
}

static bool can_fold(const ad_plan *p, const ad_group *g, int reader) {
  enum { LEAST = 4096 }; /* elements: fewer are in the cache anyway */
  if (g->reduced || g->product >= 0 || g->out.n != 1 || g->space->size < LEAST || reader < 0) return false;
  const ad_array *a = p->graph->nodes.at[reader];
  return p->grouping.group_of[reader] < 0 && a->n == 1 && ad__kernel_takes_source(a);
}

static bool add_member(ad_plan *p, ad_group *g, int node) {
  int *members = ad__arena_array(&p->arena, (size_t)g->members.n + 1, sizeof *members, _Alignof(int));
  if (!members) return false;
  memcpy(members, g->members.at, (size_t)g->members.n * sizeof *members);
  members[g->members.n++] = node;
  g->members.at = members;
  return true;
}

bool ad__plan_prologues(ad_plan *p) {
  size_t bytes = ((size_t)p->graph->nodes.count + 1) * sizeof(int);
  int *reader = p->unfused ? NULL : ad__mem_take(&p->ctx->mem, bytes);
  bool ok = true;
  if (!reader) return p->unfused;
  find_readers(p, reader);
  for (int k = 0; k < p->grouping.count && ok; k++) {
    ad_group *g = &p->grouping.groups[k];
    int node = g->out.n == 1 ? reader[g->out.at[0]] : NOBODY;
    if (!can_fold(p, g, node)) continue;
    ok = add_member(p, g, node);
    g->out.at[0] = node;
    g->folded = true;
    p->grouping.group_of[node] = k;
  }
  ad__mem_give(&p->ctx->mem, reader, bytes);
  return ok;
}

ad_group ad__plan_computed(const ad_plan *p, const ad_group *g, int *result) {
  ad_group computed = *g;
  if (!g->folded) return computed;
  computed.members.n--;
  *result = (int)p->graph->nodes.at[g->out.at[0]]->in[0]->serial;
  computed.out.at = result;
  return computed;
}

/* ---- Running ---- */

static void give(void *arg, size_t begin, size_t n, void *to) {
  const ad_prologue *s = arg;
  if (s->in_registers) ad__registers_span(&s->of.registers, begin, begin + n, to);
  else ad__block_span(&s->of.blocks, begin, begin + n, to);
}

ad_status ad__prologue_begin(ad_exec *x, const ad_group *g, ad_array *const *in, ad_prologue *s) {
  s->in_registers = g->registers != NULL;
  s->source = (ad_elements_from){give, s, s->in_registers ? g->registers->cost : g->program->cost};
  if (s->in_registers) return ad__registers_begin(x, g, in, &s->of.registers);
  return ad__block_begin(x, g, in, NULL, &s->of.blocks);
}

void ad__prologue_end(ad_exec *x, const ad_group *g, ad_array *const *in, ad_prologue *s) {
  if (s->in_registers) ad__registers_end(x, g, in, &s->of.registers);
  else ad__block_end(x, g, in, &s->of.blocks);
}
