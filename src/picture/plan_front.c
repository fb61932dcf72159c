/* Plans as pictures: a box for each step of a compiled function, a block for each step that computes several ops, with what it moves
 * and, once runs were timed, how long it takes. */
#include "picture/picture.h"

#include "compile/variant.h"
#include "ir/ctx.h"

static ad_unit *unit_of(const ad_fn *f) {
  const ad_compiled_data *d = ad__compiled_data(f);
  return d && d->variants ? d->variants->unit : NULL;
}

/* A block for each group of several ops; into blocks, per node. */
static void add_groups(ad_picture *p, const ad_plan *plan, int *blocks) {
  char name[32];
  for (int s = 0; s < plan->n_steps; s++) {
    const ad_plan_step *step = &plan->steps[s];
    if (step->group < 0 || plan->grouping.groups[step->group].members.n < 2) continue;
    const ad_group *g = &plan->grouping.groups[step->group];
    ad__format(name, sizeof name, "step %d", s);
    int box = ad__picture_box(p, 0, AD_BOX_BLOCK, name, NULL, "step");
    ad__picture_detail(p, box, "computes", "%d ops together", g->members.n);
    for (int k = 0; k < g->members.n; k++) blocks[g->members.at[k]] = box;
  }
}

static void add_costs(ad_picture *p, ad_unit *u, const int *blocks, const int *boxes) {
  const ad_plan *plan = u->plan;
  pthread_mutex_lock(&u->watch.lock);
  for (int s = 0; s < plan->n_steps; s++) {
    int node = plan->steps[s].node, box = blocks[node] ? blocks[node] : boxes[node];
    const ad_step_time *t = u->watch.step ? &u->watch.step[s] : NULL;
    if (!box) continue;
    p->boxes[box].bytes = ad__plan_step_bytes(plan, &plan->steps[s]);
    if (t && t->runs) p->boxes[box].seconds = t->seconds / (double)t->runs;
    if (box == boxes[node]) ad__picture_detail(p, box, "step", "%d", s);
  }
  pthread_mutex_unlock(&u->watch.lock);
}

ad_status ad__picture_add_plan(ad_picture *p, ad_fn *f, ad_err *e) {
  ad_unit *u = unit_of(f);
  if (!u) return ad__fail(e, AD_E_VALUE, "the function has no plan; a compiled function that was called is right");
  size_t n = (size_t)u->plan->graph->nodes.count;
  int *blocks = ad__arena_zeroed(&p->arena, (2 * n + 1) * sizeof *blocks, sizeof *blocks);
  if (!blocks) return ad__fail(e, AD_E_MEMORY, "out of memory");
  add_groups(p, u->plan, blocks);
  ad__picture_add_graph(p, 0, u->plan->graph, &(ad_graph_view){.blocks = blocks, .boxes = blocks + n});
  if (!p->failed) add_costs(p, u, blocks, blocks + n);
  return AD_OK;
}
