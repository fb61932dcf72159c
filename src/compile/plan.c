/* Making plans: the order of steps, and how long values live. See plan.h. */
#include "compile/plan.h"

#include <string.h>
#include "ir/ctx.h"

/* ---- The order ---- */

static int step_of_node(const ad_plan *p, const int *single, int node) {
  int g = p->grouping.group_of[node];
  return g >= 0 ? g : single[node];
}

typedef struct ordering {
  ad_plan *p;
  int *single;   /* per node: its step's number before ordering, when it is no member of a group */
  int *node_of;  /* of a single step */
  int *cursor;   /* per step: the next operand to look at */
  uint8_t *state;
  int *stack;
} ordering;

enum { UNSEEN, OPEN, DONE };

/* Operand number k of a step as a node, or -1 when there is none left. */
static int operand_of(const ordering *w, int step, int k) {
  const ad_plan *p = w->p;
  const ad_array *a;
  if (step < p->grouping.count) {
    const ad_group *g = &p->grouping.groups[step];
    if (k < g->in.n) return g->in.at[k];
    if (g->product < 0) return -1;
    a = p->graph->nodes.at[g->product];
    k -= g->in.n;
  } else {
    a = p->graph->nodes.at[w->node_of[step - p->grouping.count]];
  }
  while (k < a->n && !a->in[k]) k++;
  return k < a->n ? (int)a->in[k]->serial : -1;
}

static void emit(ordering *w, int step) {
  ad_plan *p = w->p;
  ad_plan_step *s = &p->steps[p->n_steps++];
  bool group = step < p->grouping.count;
  const ad_list *m = group ? &p->grouping.groups[step].members : NULL;
  *s = (ad_plan_step){.node = group ? m->at[m->n - 1] : w->node_of[step - p->grouping.count], .group = group ? step : -1};
}

/* The step, after every step it reads from. A loop over an explicit stack. */
static void visit(ordering *w, int step) {
  const ad_plan *p = w->p;
  int depth = 0;
  w->stack[depth++] = step;
  w->state[step] = OPEN;
  while (depth) {
    int now = w->stack[depth - 1], j = operand_of(w, now, w->cursor[now]);
    if (j < 0) {
      w->state[now] = DONE;
      emit(w, now);
      depth--;
      continue;
    }
    w->cursor[now]++;
    if (ad__plan_is_given(p->graph->nodes.at[j])) continue;
    int from = step_of_node(p, w->single, j);
    if (w->state[from] != UNSEEN) continue;
    w->state[from] = OPEN;
    w->stack[depth++] = from;
  }
}

bool ad__plan_order(ad_plan *p) {
  size_t n = (size_t)p->graph->nodes.count + (size_t)p->grouping.count + 1, bytes = n * (4 * sizeof(int) + 1);
  int *block = ad__mem_zeroed(&p->ctx->mem, bytes), steps = p->grouping.count;
  p->steps = ad__arena_zeroed(&p->arena, n * sizeof *p->steps, _Alignof(ad_plan_step));
  if (!block || !p->steps) {
    ad__mem_give(&p->ctx->mem, block, block ? bytes : 0);
    return false;
  }
  ordering w = {.p = p, .single = block, .node_of = block + n, .cursor = block + 2 * n, .stack = block + 3 * n,
                .state = (uint8_t *)(block + 4 * n)};
  for (int i = 0; i < p->graph->nodes.count; i++) {
    if (p->grouping.group_of[i] >= 0 || ad__plan_is_given(p->graph->nodes.at[i])) continue;
    w.node_of[steps - p->grouping.count] = i;
    w.single[i] = steps++;
  }
  for (int i = 0; i < p->graph->nodes.count; i++) {
    if (ad__plan_is_given(p->graph->nodes.at[i])) continue;
    int step = step_of_node(p, w.single, i);
    if (w.state[step] == UNSEEN) visit(&w, step);
  }
  ad__mem_give(&p->ctx->mem, block, bytes);
  return true;
}

/* ---- The whole ---- */

static bool make(ad_plan *p) {
  if (!ad__plan_group(p) || !ad__plan_attach(p) || !ad__plan_order(p) || !ad__plan_lodge(p)) return false;
  for (int g = 0; g < p->grouping.count; g++)
    if (!ad__plan_program(p, &p->grouping.groups[g]) || !ad__plan_registers(p, &p->grouping.groups[g])) return false;
  return true;
}

ad_plan *ad__plan_new(ad_graph *g, bool unfused) {
  ad_ctx *c = g->ctx;
  ad_plan *p = ad__mem_zeroed(&c->mem, sizeof *p);
  if (!p) return NULL;
  p->ctx = c;
  p->unfused = unfused;
  ad__arena_init(&p->arena, &c->mem);
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
