/* Grouping: which nodes are computed together.
 *
 * Every node gets a height: that of its highest operand, one more where that may be in a group which the node cannot join.
 * Nodes of one space and one height that are joined by an edge make a group; a reduction of a space's last axes may be part of it,
 * and then what has one element per row is too (softmax and norms become one pass over each row). What leaves a group goes up and
 * never comes down, so it does not come back to it, and groups can be put in an order: this is what makes one pass over
 * the nodes enough. A group that only one node takes anything from goes up to that node: nothing in between can need it (the decayed
 * average of an optimiser waits so for its gradient). Not here: what a group computes with (block.c), and whether it is worth it; an
 * elementwise node by itself is a group of one. */
#include "compile/plan.h"

#include <string.h>
#include "ir/ctx.h"

/* Nodes that are to be one group: union-find over nodes, what the whole has is kept at its root. */
typedef struct class {
  int members, bytes, inputs;
  int largest;                 /* element of a member, in bytes */
  int leaving;                 /* edges to nodes that are not of it */
  int in[AD_GROUP_INPUTS];     /* distinct values from outside */
  uint8_t reads[AD_GROUP_INPUTS];
  const ad_type *space;
  int reduced;                 /* of the space's last axes; 0: not over rows */
  int64_t row;
} class;

enum { ALONE, ELEMENTWISE, FOLDS }; /* what a node may be in a group */

typedef struct grouping {
  ad_plan *p;
  const ad_kernels *k;
  int *height, *parent; /* per node; a root is its own parent */
  int *uses;            /* per node: edges to other nodes */
  uint8_t *joins;
  class *of;            /* per node that may join others; what is asked of all nodes lies closer together */
} grouping;

static int find(grouping *w, int i) {
  while (w->parent[i] != i) i = w->parent[i] = w->parent[w->parent[i]];
  return i;
}

/* ---- Spaces ---- */

/* The space's dims in front, then ones for the reduced axes (keeps) or nothing. */
static bool is_row_shape(const ad_type *t, const class *c, bool keeps) {
  int outer = c->space->rank - c->reduced;
  if (t->rank != (keeps ? c->space->rank : outer) || memcmp(t->dims, c->space->dims, (size_t)outer * sizeof *t->dims) != 0) return false;
  for (int i = outer; i < t->rank; i++)
    if (t->dims[i] != 1) return false;
  return true;
}

/* The reduced axes' dims behind ones, or by themselves. */
static bool is_tail(const ad_type *t, const class *c) {
  int lead = t->rank - c->reduced;
  if (lead < 0 || t->size != c->row) return false;
  return memcmp(t->dims + lead, c->space->dims + c->space->rank - c->reduced, (size_t)c->reduced * sizeof *t->dims) == 0;
}

/* How a member, full or with one element per row, reads an operand of that type; ANY: it cannot. */
static ad_reads reads_as(const ad_type *t, const class *c, bool full) {
  if (t->size == 1) return AD_READS_ONE;
  if (!full) return is_row_shape(t, c, true) || is_row_shape(t, c, false) ? AD_READS_ROWS : AD_READS_ANY;
  if (ad__same_dims(t, c->space)) return AD_READS_SAME;
  if (is_row_shape(t, c, true)) return AD_READS_ROWS;
  return is_tail(t, c) ? AD_READS_TAIL : AD_READS_ANY;
}

/* May the two be in one group, by their shapes? What is full in one group is full in the other, or has one element per row. */
static bool may_join(grouping *w, const ad_array *a, const ad_array *x) {
  if (!w->joins[a->serial] || !w->joins[x->serial] || w->p->unfused) return false;
  const class *c = &w->of[find(w, (int)x->serial)];
  if (w->joins[a->serial] == FOLDS) return ad__same_dims(c->space, x->type);
  if (ad__same_dims(a->type, x->type)) return true;
  return c->reduced && ad__same_dims(c->space, a->type) && is_row_shape(x->type, c, true);
}

/* ---- Joining ---- */

/* False when there are too many, or it is read in another way already. */
static bool add_input(class *c, int node, ad_reads reads) {
  for (int i = 0; i < c->inputs; i++)
    if (c->in[i] == node) return c->reads[i] == reads;
  if (c->inputs == AD_GROUP_INPUTS) return false;
  c->reads[c->inputs] = (uint8_t)reads;
  c->in[c->inputs++] = node;
  return true;
}

/* The operands of a group that was over no rows, as the rows read them. */
static bool add_inputs(grouping *w, class *sum, const class *c) {
  bool turned = sum->reduced && !c->reduced, full = ad__same_dims(c->space, sum->space);
  for (int i = 0; i < c->inputs; i++) {
    ad_reads r = turned ? reads_as(w->p->graph->nodes.at[c->in[i]]->type, sum, full) : (ad_reads)c->reads[i];
    if ((turned && r == AD_READS_ANY) || !add_input(sum, c->in[i], r)) return false;
  }
  return true;
}

static bool is_over(const class *rows, const class *c) {
  if (c->reduced) return c->reduced == rows->reduced && ad__same_dims(c->space, rows->space);
  return ad__same_dims(c->space, rows->space) || is_row_shape(c->space, rows, true) || is_row_shape(c->space, rows, false);
}

/* Over rows: every operand and member may need a row of its own, and an op six for what it converts or repeats, one for its result. */
static bool has_room(const grouping *w, const class *c) {
  enum { TEMPORARIES = 7, LEAST_LANE = 4 };
  if (c->members > AD_GROUP_MEMBERS || c->bytes > AD_GROUP_BYTES) return false;
  size_t bytes = (size_t)c->bytes, largest = c->largest > LEAST_LANE ? (size_t)c->largest : LEAST_LANE;
  for (int i = 0; i < c->inputs; i++) {
    size_t item = w->p->graph->nodes.at[c->in[i]]->type->item_size;
    bytes += item;
    if (item > largest) largest = item;
  }
  return !c->reduced || (bytes + TEMPORARIES * largest) * (size_t)c->row <= AD_GROUP_ROW_BYTES;
}

/* Both groups together, in *sum. */
static bool add_class(grouping *w, class *sum, const class *c) {
  if (!sum->reduced && c->reduced) {
    class rows = *c;
    if (!is_over(c, sum) || !add_inputs(w, &rows, sum)) return false;
    rows.members += sum->members;
    rows.bytes += sum->bytes;
    if (sum->largest > rows.largest) rows.largest = sum->largest;
    rows.leaving += sum->leaving;
    *sum = rows;
    return has_room(w, sum);
  }
  if (sum->reduced ? !is_over(sum, c) : !ad__same_dims(sum->space, c->space)) return false;
  sum->members += c->members;
  sum->bytes += c->bytes;
  if (c->largest > sum->largest) sum->largest = c->largest;
  sum->leaving += c->leaving;
  return add_inputs(w, sum, c) && has_room(w, sum);
}

static int height_over(grouping *w, const ad_array *a) {
  int height = 0;
  for (int k = 0; k < a->n; k++) {
    if (!a->in[k]) continue;
    int h = w->height[a->in[k]->serial] + (w->joins[a->in[k]->serial] && !may_join(w, a, a->in[k]));
    if (h > height) height = h;
  }
  return height;
}

/* The node by itself. */
static class class_of(grouping *w, const ad_array *a) {
  class c = {.members = 1, .space = a->type, .leaving = w->uses[a->serial]};
  ad_row_fold fold;
  if (a->type->kind == AD_KIND_TENSOR) c.bytes = c.largest = (int)a->type->item_size;
  if (w->joins[a->serial] != FOLDS || !ad__row_fold_of(w->k, a, &fold)) return c;
  c.space = a->in[0]->type;
  c.reduced = fold.axes;
  c.row = fold.row;
  return c;
}

/* How many of a node's operands are of that group. */
static int edges_from(grouping *w, const ad_array *a, int root) {
  int n = 0;
  for (int k = 0; k < a->n; k++) n += find(w, (int)a->in[k]->serial) == root;
  return n;
}

/* The node and the groups of all operands with which it may be joined: those at its height, and, if `raise`, those that only it
 * takes anything from. False when that cannot be. */
static bool join(grouping *w, const ad_array *a, bool raise) {
  int me = (int)a->serial, roots[3], n = 0;
  class sum = w->of[me];
  for (int k = 0; k < a->n; k++) {
    if (!may_join(w, a, a->in[k])) continue;
    int root = find(w, (int)a->in[k]->serial), edges = edges_from(w, a, root);
    bool within = w->height[a->in[k]->serial] == w->height[me] || (raise && w->of[root].leaving == edges), known = false;
    for (int i = 0; i < n; i++) known |= roots[i] == root;
    if (!within || known) continue;
    roots[n++] = root;
    sum.leaving -= edges;
    if (!add_class(w, &sum, &w->of[root])) return false;
  }
  bool full = ad__same_dims(a->type, sum.space) || w->joins[me] == FOLDS;
  for (int k = 0; k < a->n; k++) {
    bool within = false;
    int root = find(w, (int)a->in[k]->serial);
    for (int i = 0; i < n; i++) within |= roots[i] == root;
    ad_reads r = sum.reduced ? reads_as(a->in[k]->type, &sum, full) : AD_READS_ANY;
    if (!within && ((sum.reduced && r == AD_READS_ANY) || !add_input(&sum, (int)a->in[k]->serial, r))) return false;
  }
  if (!has_room(w, &sum)) return false;
  for (int i = 0; i < n; i++) w->parent[roots[i]] = me;
  w->of[me] = sum;
  return true;
}

static void place(grouping *w, const ad_array *a) {
  int me = (int)a->serial;
  w->parent[me] = me;
  w->height[me] = height_over(w, a);
  if (!w->joins[me]) return;
  w->of[me] = class_of(w, a);
  if (join(w, a, true) || join(w, a, false)) return;
  /* By itself, above all of its operands. */
  for (int k = 0; k < a->n; k++) {
    int j = (int)a->in[k]->serial;
    if (w->joins[j] && w->height[j] >= w->height[me]) w->height[me] = w->height[j] + 1;
  }
  for (int k = 0; k < a->n; k++) {
    const class *c = &w->of[me];
    add_input(&w->of[me], (int)a->in[k]->serial, c->reduced ? reads_as(a->in[k]->type, c, true) : AD_READS_ANY);
  }
}

/* A reduction that nothing joined has a kernel of its own, which shares one row between threads too. */
static void leave_alone(grouping *w) {
  for (int i = 0; i < w->p->graph->nodes.count; i++)
    if (w->joins[i] == FOLDS && w->of[find(w, i)].members == 1) w->joins[i] = ALONE;
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
    g->product = -1;
    g->space = c->space;
    g->reduced = c->reduced;
    g->row = c->row;
    g->members.at[g->members.n++] = i;
  }
  return true;
}

/* `stamp` is the last group that read each node. */
static bool list_inputs(grouping *w, int *stamp) {
  ad_plan *p = w->p;
  for (int i = 0; i < p->graph->nodes.count; i++) stamp[i] = -1;
  for (int g = 0; g < p->grouping.count; g++) {
    ad_group *group = &p->grouping.groups[g];
    const class *c = &w->of[find(w, group->members.at[0])];
    group->reads = ad__arena_zeroed(&p->arena, (size_t)c->inputs + 1, 1);
    if (!group->reads) return false;
    for (int m = 0; m < group->members.n; m++) {
      const ad_array *a = p->graph->nodes.at[group->members.at[m]];
      for (int k = 0; k < a->n; k++) {
        int j = (int)a->in[k]->serial;
        if (p->grouping.group_of[j] == g || stamp[j] == g) continue;
        stamp[j] = g;
        for (int i = 0; i < c->inputs; i++)
          if (c->in[i] == j) group->reads[group->in.n] = c->reads[i];
        group->in.at[group->in.n++] = j;
      }
    }
  }
  return true;
}

static void list_outputs(ad_plan *p, uint8_t *read) {
  const int *of = p->grouping.group_of;
  memset(read, 0, (size_t)p->graph->nodes.count);
  for (int i = 0; i < p->graph->nodes.count; i++) {
    const ad_array *a = p->graph->nodes.at[i];
    ad__graph_fetch(p->graph, i, 1);
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

static uint8_t kind_of(const grouping *w, const ad_array *a) {
  ad_block_rule rule;
  ad_row_fold fold;
  if (ad__plan_is_given(a)) return ALONE;
  if (ad__block_rule_of(w->k, a, &rule)) return ELEMENTWISE;
  return !w->p->unfused && ad__row_fold_of(w->k, a, &fold) ? FOLDS : ALONE;
}

static void count_uses(const ad_graph *g, int *uses) {
  memset(uses, 0, (size_t)g->nodes.count * sizeof *uses);
  for (int i = 0; i < g->nodes.count; i++) {
    ad__graph_fetch(g, i, 1);
    const ad_array *a = g->nodes.at[i];
    for (int k = 0; k < a->n; k++)
      if (a->in[k]) uses[a->in[k]->serial]++;
  }
}

bool ad__plan_group(ad_plan *p) {
  ad_graph *g = p->graph;
  size_t n = (size_t)g->nodes.count + 1, bytes = n * (sizeof(class) + 3 * sizeof(int) + 1);
  grouping w = {.p = p, .k = ad__kernels_of(p->ctx->isa)};
  p->grouping.group_of = ad__arena_array(&p->arena, n, sizeof(int), _Alignof(int));
  w.of = ad__mem_pages(&p->ctx->mem, bytes);
  if (!p->grouping.group_of || !w.of) {
    ad__mem_pages_give(&p->ctx->mem, w.of, w.of ? bytes : 0);
    return false;
  }
  w.height = (int *)(w.of + n);
  w.parent = w.height + n;
  w.uses = w.parent + n;
  w.joins = (uint8_t *)(w.uses + n);
  count_uses(g, w.uses);
  for (int i = 0; i < g->nodes.count; i++) {
    ad__graph_fetch(g, i, 1);
    w.joins[i] = kind_of(&w, g->nodes.at[i]);
    place(&w, g->nodes.at[i]);
  }
  leave_alone(&w);
  bool ok = number_groups(&w);
  ok = ok && list_inputs(&w, w.height);
  if (ok) list_outputs(p, w.joins);
  ad__mem_pages_give(&p->ctx->mem, w.of, bytes);
  return ok;
}

/* ---- A group as a graph ---- */

static ad_array *found(const ad_group *g, ad_array *const *params, ad_array *const *made, int node) {
  for (int i = 0; i < g->in.n; i++)
    if (g->in.at[i] == node) return params[i];
  for (int i = 0; i < g->members.n; i++)
    if (g->members.at[i] == node) return made[i];
  return NULL;
}

ad_graph *ad__group_graph(const ad_plan *p, const ad_group *g) {
  ad_ctx *c = p->ctx;
  ad_graph *to = ad_graph_new(c, "group");
  ad_array *params[AD_GROUP_INPUTS], *made[AD_GROUP_MEMBERS], *in[3];
  ad_graph *outer = c->building;
  ad_scope *s = ad_scope_begin(c);
  c->building = to;
  char name[16];
  for (int i = 0; i < g->in.n && !to->error; i++) {
    size_t n = ad__format(name, sizeof name, "x%d", i);
    params[i] = ad__graph_param(to, name, n, p->graph->nodes.at[g->in.at[i]]->type);
  }
  for (int m = 0; m < g->members.n && !to->error; m++) {
    const ad_array *a = p->graph->nodes.at[g->members.at[m]];
    for (int k = 0; k < a->n; k++) in[k] = found(g, params, made, (int)a->in[k]->serial);
    made[m] = ad__node_new(c, a->where, a->op, a->type, in, a->n, a->attrs ? a->attrs->at : NULL);
    if (ad__is_error(made[m])) ad__graph_fail(to, made[m]->u.failure->code, "%s", made[m]->u.failure->text);
  }
  c->building = outer;
  for (int k = 0; k < g->out.n && !to->error; k++) ad_graph_result(to, found(g, params, made, g->out.at[k]));
  ad_scope_end(s, NULL);
  return to;
}

/* ---- Why not ---- */

static int leader(const ad_plan *p, const ad_array *a) { return p->grouping.group_of[a->serial]; }

static bool is_product(const ad_plan *p, const ad_array *a) {
  return leader(p, a) >= 0 && p->grouping.groups[leader(p, a)].product == (int)a->serial;
}

ad_unfused ad__plan_why(const ad_plan *p, const ad_array *consumer, int k) {
  const ad_array *x = consumer->in[k];
  if (ad__plan_is_given(x)) return AD_UNFUSED_GIVEN;
  if (leader(p, x) < 0) return AD_UNFUSED_PRODUCER;
  if (leader(p, consumer) < 0 || is_product(p, consumer)) return AD_UNFUSED_CONSUMER;
  if (leader(p, x) == leader(p, consumer)) return AD_FUSED;
  if (p->unfused) return AD_UNFUSED_ASKED;
  if (!ad__same_dims(x->type, consumer->type)) return AD_UNFUSED_SPACE;
  const ad_group *a = &p->grouping.groups[leader(p, x)], *b = &p->grouping.groups[leader(p, consumer)];
  bool full = a->members.n + b->members.n > AD_GROUP_MEMBERS || a->in.n + b->in.n > AD_GROUP_INPUTS;
  return full ? AD_UNFUSED_ROOM : AD_UNFUSED_ORDER;
}
