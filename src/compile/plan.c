/* Making plans. See plan.h. */
#include "compile/plan.h"

#include <string.h>
#include "ir/ctx.h"

static bool make(ad_plan *p) {
  if (!ad__plan_group(p) || !ad__plan_attach(p) || !ad__plan_prologues(p) || !ad__plan_order(p) || !ad__plan_lodge(p)) return false;
  for (int k = 0; k < p->grouping.count; k++) {
    int result;
    ad_group *g = &p->grouping.groups[k], computed = ad__plan_computed(p, g, &result);
    if (!ad__plan_program(p, &computed) || !ad__plan_registers(p, &computed)) return false;
    g->program = computed.program;
    g->registers = computed.registers;
  }
  return true;
}

ad_plan *ad__plan_new(ad_graph *g, bool unfused) {
  ad_ctx *c = g->ctx;
  ad_plan *p = ad__mem_zeroed(&c->mem, sizeof *p);
  if (!p) return NULL;
  p->ctx = c;
  p->unfused = unfused;
  ad__arena_init(&p->arena, &c->mem);
  p->arena.spare = &c->spare;
  p->graph = g;
  if (make(p)) return p;
  p->graph = NULL;
  ad__plan_free(p);
  return NULL;
}

void ad__plan_free(ad_plan *p) {
  ad_ctx *c = p->ctx;
  if (p->graph) ad_graph_free(p->graph);
  ad__arena_free(&p->arena);
  ad__mem_give(&c->mem, p, sizeof *p);
}
