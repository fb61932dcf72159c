/* Plans as pictures: a box for each step of a compiled function, a block for each step that computes several ops, with what it moves
 * and, once runs were timed, how long it takes. Where a model's blocks are asked for instead, a step's costs are divided among its
 * ops, which may stand in several blocks, by their work. */
#include "picture/picture.h"

#include <string.h>
#include "compile/variant.h"
#include "compile/work.h"
#include "ir/ctx.h"

static ad_plan_unit *unit_of(const ad_fn *f) {
  const ad_compiled_data *d = ad__compiled_data(f);
  return d && d->variants ? d->variants->unit : NULL;
}

/* Node k of a step, -1 behind the last: its product, if it computes one on the way, then the members of its group. */
static int node_of(const ad_plan *plan, const ad_plan_step *step, int k) {
  if (step->group < 0) return k ? -1 : step->node;
  const ad_group *g = &plan->grouping.groups[step->group];
  int product = g->product >= 0;
  if (product && !k) return g->product;
  return k - product < g->members.n ? g->members.at[k - product] : -1;
}

/* A block for each step of several ops; into blocks, per node. */
static void add_groups(ad_picture *p, const ad_plan *plan, int *blocks) {
  char name[32];
  for (int s = 0; s < plan->n_steps; s++) {
    const ad_plan_step *step = &plan->steps[s];
    int n = 0;
    while (node_of(plan, step, n) >= 0) n++;
    if (n < 2) continue;
    ad__format(name, sizeof name, "step %d", s);
    int box = ad__picture_box(p, 0, AD_BOX_BLOCK, name, NULL, "step");
    ad__picture_detail(p, box, "computes", "%d ops together", n);
    for (int k = 0; k < n; k++) blocks[node_of(plan, step, k)] = box;
  }
}

static double weight_of(const ad_plan *plan, int node) { return 1 + ad__work_of(plan->graph->nodes.at[node]); }

/* One step's, of which a box holds all, or each of its nodes a part that goes by the work of its op. */
static void add_cost(ad_picture *p, const ad_plan *plan, int s, double seconds, const int *blocks, const int *boxes) {
  const ad_plan_step *step = &plan->steps[s];
  double bytes = ad__plan_step_bytes(plan, step), work = 0;
  int n = 0;
  if (blocks[step->node]) {
    ad_box *b = &p->boxes[blocks[step->node]];
    b->bytes = bytes;
    b->seconds = seconds;
    return;
  }
  for (int node; (node = node_of(plan, step, n)) >= 0; n++) work += weight_of(plan, node);
  for (int k = 0; k < n; k++) {
    int node = node_of(plan, step, k), box = boxes[node];
    double part = weight_of(plan, node) / work;
    if (!box) continue;
    p->boxes[box].bytes = bytes * part;
    if (seconds >= 0) p->boxes[box].seconds = seconds * part;
    if (n > 1) ad__picture_detail(p, box, "step", "%d, together with %d others", s, n - 1);
    else ad__picture_detail(p, box, "step", "%d", s);
  }
}

static void add_costs(ad_picture *p, ad_plan_unit *u, const int *blocks, const int *boxes) {
  pthread_mutex_lock(&u->watch.lock);
  for (int s = 0; s < u->plan->n_steps && !p->failed; s++) {
    const ad_step_time *t = u->watch.step ? &u->watch.step[s] : NULL;
    add_cost(p, u->plan, s, t && t->runs ? t->seconds / (double)t->runs : -1, blocks, boxes);
  }
  pthread_mutex_unlock(&u->watch.lock);
}

/* ---- Names of parameters ---- */

/* How much two paths have in common, in whole parts. */
static size_t common_path(const char *a, size_t n, const char *b) {
  size_t same = 0;
  for (size_t i = 0; i <= n; i++) {
    bool ends = i == n || a[i] == '.', also = !b[i] || b[i] == '.';
    if (ends && also) same = i;
    if (i == n || a[i] != b[i]) break;
  }
  return same;
}

/* Weights get their name behind the path of the innermost block that holds all that use them. */
static bool name_params(ad_picture *p, const ad_graph *g, const ad_plan_view *view, const char **names) {
  size_t skip = strlen(view->root), *length = ad__arena_zeroed(&p->arena, (size_t)(g->nodes.count + 1) * sizeof *length, sizeof *length);
  const char **path = ad__arena_zeroed(&p->arena, (size_t)(g->nodes.count + 1) * sizeof *path, sizeof *path);
  if (!path || !length) return false;
  for (int i = 0; i < g->params.count && i < view->named; i++) names[g->params.at[i]->serial] = view->names[i];
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    if (!a->where || strncmp(a->where, view->root, skip) != 0 || a->where[skip] != '.') continue;
    for (int k = 0; k < a->n; k++) {
      if (!a->in[k]) continue;
      size_t w = (size_t)a->in[k]->serial;
      length[w] = path[w] ? common_path(path[w], length[w], a->where + skip + 1) : strlen(a->where + skip + 1);
      if (!path[w]) path[w] = a->where + skip + 1;
    }
  }
  for (int i = 0; i < view->weights && i < g->params.count; i++) {
    char room[512];
    size_t w = (size_t)g->params.at[i]->serial;
    if (!path[w] || !length[w]) continue;
    ad__format(room, sizeof room, "%.*s.%s", (int)length[w], path[w], view->names[i]);
    names[w] = ad__picture_text(p, room);
  }
  return true;
}

ad_status ad__picture_add_plan(ad_picture *p, ad_fn *f, const ad_plan_view *view, ad_err *e) {
  ad_plan_unit *u = unit_of(f);
  if (!u) return ad__fail(e, AD_E_VALUE, "the function has no plan; a compiled function that was called is right");
  const ad_graph *g = u->plan->graph;
  size_t n = (size_t)g->nodes.count;
  int *blocks = ad__arena_zeroed(&p->arena, (2 * n + 1) * sizeof *blocks, sizeof *blocks);
  const char **names = ad__arena_zeroed(&p->arena, (n + 1) * sizeof *names, sizeof *names);
  if (!blocks || !names || (view && !name_params(p, g, view, names))) return ad__fail(e, AD_E_MEMORY, "out of memory");
  if (!view) add_groups(p, u->plan, blocks);
  ad_graph_view v = {.blocks = view ? NULL : blocks, .boxes = blocks + n, .names = names, .root = view ? view->root : NULL,
                      .results = view ? view->results : NULL};
  ad__picture_add_graph(p, 0, g, &v);
  if (!p->failed) add_costs(p, u, blocks, blocks + n);
  return AD_OK;
}
