/* Grouping: which nodes are computed together.
 *
 * Every node gets a height: that of its highest operand where the two may be in one group, one more where they may not.
 * Nodes of one space and one height that are joined by an edge make a group. An edge between different groups always goes
 * up, so what leaves a group never comes back to it, and groups can be put in an order: this is what makes one pass over
 * the nodes enough. Not here: what a group computes with (block.c), and whether it is worth it; an elementwise node by
 * itself is a group of one. */
#include "compile/plan.h"

#include <string.h>
#include "ir/ctx.h"

/* Nodes that are to be one group: union-find over nodes, what the whole has is kept at its root. */
typedef struct class {
  int parent;
  int members, bytes, inputs;
  int in[AD_GROUP_INPUTS]; /* distinct values from outside */
} class;

typedef struct grouping {
  ad_plan *p;
  const ad_kernels *k;
  int *height;
  bool *joins; /* the node may be part of a group */
  class *of;
} grouping;

static int find(grouping *w, int i) {
  while (w->of[i].parent != i) i = w->of[i].parent = w->of[w->of[i].parent].parent;
  return i;
}

static bool same_space(const ad_type *a, const ad_type *b) {
  return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

static bool may_join(grouping *w, const ad_array *a, const ad_array *x) {
  return w->joins[a->serial] && w->joins[x->serial] && !w->p->unfused && same_space(a->type, x->type);
}

/* False when there are too many. */
static bool add_input(class *c, int node) {
  for (int i = 0; i < c->inputs; i++)
    if (c->in[i] == node) return true;
  if (c->inputs == AD_GROUP_INPUTS) return false;
  c->in[c->inputs++] = node;
  return true;
}

static bool add_class(class *sum, const class *c) {
  sum->members += c->members;
  sum->bytes += c->bytes;
  for (int i = 0; i < c->inputs; i++)
    if (!add_input(sum, c->in[i])) return false;
  return sum->members <= AD_GROUP_MEMBERS && sum->bytes <= AD_GROUP_BYTES;
}

static int height_over(grouping *w, const ad_array *a) {
  int height = 0;
  for (int k = 0; k < a->n; k++) {
    if (!a->in[k]) continue;
    int h = w->height[a->in[k]->serial] + !(ad__plan_is_given(a->in[k]) || may_join(w, a, a->in[k]));
    if (h > height) height = h;
  }
  return height;
}

/* The node and the groups of all operands at its height with which it may be joined. False when there is no room for that. */
static bool join(grouping *w, const ad_array *a) {
  int me = (int)a->serial, roots[3], n = 0;
  class sum = w->of[me];
  for (int k = 0; k < a->n; k++) {
    int j = (int)a->in[k]->serial, root = find(w, j);
    bool within = may_join(w, a, a->in[k]) && w->height[j] == w->height[me], known = false;
    for (int i = 0; i < n; i++) known |= within && roots[i] == root;
    if (known) continue;
    if (within) roots[n++] = root;
    if (within ? !add_class(&sum, &w->of[root]) : !add_input(&sum, j)) return false;
  }
  for (int i = 0; i < n; i++) w->of[roots[i]].parent = me;
  w->of[me] = sum;
  return true;
}

static void place(grouping *w, const ad_array *a) {
  int me = (int)a->serial;
  w->of[me] = (class){.parent = me, .members = 1, .bytes = a->type->kind == AD_KIND_TENSOR ? (int)a->type->item_size : 0};
  w->height[me] = height_over(w, a);
  if (!w->joins[me] || join(w, a)) return;
  /* By itself, above all of its operands. */
  for (int k = 0; k < a->n; k++) {
    int j = (int)a->in[k]->serial;
    if (w->height[j] >= w->height[me]) w->height[me] = w->height[j] + 1;
    add_input(&w->of[me], j);
  }
}

/* ---- Groups as lists ---- */

static bool take_list(ad_plan *p, ad_list *l, int n) {
  l->n = 0;
  l->at = ad__arena_array(&p->arena, (size_t)n + 1, sizeof *l->at, _Alignof(int));
  return l->at != NULL;
}

static bool number_groups(grouping *w) {
  ad_plan *p = w->p;
  int n = p->graph->nodes.count;
  int *of = p->grouping.group_of;
  for (int i = 0; i < n; i++) of[i] = -1;
  for (int i = 0; i < n; i++) {
    if (!w->joins[i]) continue;
    int root = find(w, i);
    if (of[root] < 0) of[root] = p->grouping.count++;
    of[i] = of[root];
  }
  p->grouping.groups = ad__arena_zeroed(&p->arena, ((size_t)p->grouping.count + 1) * sizeof(ad_group), _Alignof(ad_group));
  if (!p->grouping.groups) return false;
  for (int i = 0; i < n; i++) {
    if (of[i] < 0) continue;
    ad_group *g = &p->grouping.groups[of[i]];
    const class *c = &w->of[find(w, i)];
    if (!g->members.at && (!take_list(p, &g->members, c->members) || !take_list(p, &g->out, c->members) ||
                           !take_list(p, &g->in, c->inputs)))
      return false;
    g->members.at[g->members.n++] = i;
    g->space = p->graph->nodes.at[i]->type;
  }
  return true;
}

/* `stamp` is the last group that read each node. */
static void list_inputs(ad_plan *p, int *stamp) {
  for (int i = 0; i < p->graph->nodes.count; i++) stamp[i] = -1;
  for (int g = 0; g < p->grouping.count; g++) {
    ad_group *group = &p->grouping.groups[g];
    for (int m = 0; m < group->members.n; m++) {
      const ad_array *a = p->graph->nodes.at[group->members.at[m]];
      for (int k = 0; k < a->n; k++) {
        int j = (int)a->in[k]->serial;
        if (p->grouping.group_of[j] == g || stamp[j] == g) continue;
        stamp[j] = g;
        group->in.at[group->in.n++] = j;
      }
    }
  }
}

static void list_outputs(ad_plan *p, uint8_t *read) {
  const int *of = p->grouping.group_of;
  memset(read, 0, (size_t)p->graph->nodes.count);
  for (int i = 0; i < p->graph->nodes.count; i++) {
    const ad_array *a = p->graph->nodes.at[i];
    for (int k = 0; k < a->n; k++)
      if (a->in[k] && (of[i] < 0 || of[a->in[k]->serial] != of[i])) read[a->in[k]->serial] = 1;
  }
  for (int i = 0; i < p->graph->results.count; i++) read[p->graph->results.at[i]->serial] = 1;
  for (int i = 0; i < p->graph->nodes.count; i++)
    if (of[i] >= 0 && read[i]) {
      ad_list *out = &p->grouping.groups[of[i]].out;
      out->at[out->n++] = i;
    }
}

bool ad__plan_group(ad_plan *p) {
  ad_graph *g = p->graph;
  size_t n = (size_t)g->nodes.count + 1, bytes = n * (sizeof(class) + sizeof(int) + sizeof(bool));
  grouping w = {.p = p, .k = ad__kernels_of(p->ctx->isa)};
  p->grouping.group_of = ad__arena_array(&p->arena, n, sizeof(int), _Alignof(int));
  w.of = ad__mem_take(&p->ctx->mem, bytes);
  if (!p->grouping.group_of || !w.of) {
    ad__mem_give(&p->ctx->mem, w.of, w.of ? bytes : 0);
    return false;
  }
  w.height = (int *)(w.of + n);
  w.joins = (bool *)(w.height + n);
  ad_block_rule rule;
  for (int i = 0; i < g->nodes.count; i++) {
    w.joins[i] = !ad__plan_is_given(g->nodes.at[i]) && ad__block_rule_of(w.k, g->nodes.at[i], &rule);
    place(&w, g->nodes.at[i]);
  }
  bool ok = number_groups(&w);
  if (ok) {
    list_inputs(p, w.height);
    list_outputs(p, (uint8_t *)w.joins);
  }
  ad__mem_give(&p->ctx->mem, w.of, bytes);
  return ok;
}

/* ---- Why not ---- */

static int leader(const ad_plan *p, const ad_array *a) { return p->grouping.group_of[a->serial]; }

ad_unfused ad__plan_why(const ad_plan *p, const ad_array *consumer, int k) {
  const ad_array *x = consumer->in[k];
  if (ad__plan_is_given(x)) return AD_UNFUSED_GIVEN;
  if (leader(p, x) < 0) return AD_UNFUSED_PRODUCER;
  if (leader(p, consumer) < 0) return AD_UNFUSED_CONSUMER;
  if (leader(p, x) == leader(p, consumer)) return AD_FUSED;
  if (p->unfused) return AD_UNFUSED_ASKED;
  if (!same_space(x->type, consumer->type)) return AD_UNFUSED_SPACE;
  const ad_group *a = &p->grouping.groups[leader(p, x)], *b = &p->grouping.groups[leader(p, consumer)];
  bool full = a->members.n + b->members.n > AD_GROUP_MEMBERS || a->in.n + b->in.n > AD_GROUP_INPUTS;
  return full ? AD_UNFUSED_ROOM : AD_UNFUSED_ORDER;
}
