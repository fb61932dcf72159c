/* The order of steps: that of the graph, each after what it reads from; but updates come as soon as they can.
 *
 * An update is a step of which every output is a result, as the new value of a weight is. Results have memory of their own, so an
 * update that comes early only lets go of what it reads: gradients then do not wait for the last of them. It does wait for
 * those that read what it would like to overwrite: a weight that is given up is updated in place where nobody reads it later. */
#include "compile/plan.h"

#include <string.h>
#include "ir/ctx.h"

enum { UNSEEN, OPEN, DONE };

typedef struct ordering {
  ad_plan *p;
  int steps;
  int *single;   /* per node: its step's number before ordering, when it is no member of a group */
  int *node_of;  /* of a single step */
  int *cursor;   /* per step: the next operand to look at */
  int *stack, *queue;
  uint8_t *state, *result; /* per step; per node: is it a result? */
  int *awaits;   /* of an update: how many steps have still to come before; of others -1 */
  int *first, *waiting; /* the updates that wait for step s: waiting[first[s]] and so on; NULL: there are no updates */
} ordering;

static int step_of_node(const ordering *w, int node) {
  int g = w->p->grouping.group_of[node];
  return g >= 0 ? g : w->single[node];
}

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

/* ---- Updates ---- */

static bool find_updates(ordering *w) {
  const ad_plan *p = w->p;
  bool some = false;
  for (int i = 0; i < p->graph->results.count; i++) w->result[p->graph->results.at[i]->serial] = 1;
  for (int s = 0; s < w->steps; s++) {
    const ad_list *out = s < p->grouping.count ? &p->grouping.groups[s].out : NULL;
    bool update = out && out->n > 0;
    for (int k = 0; update && k < out->n; k++) update = w->result[out->at[k]];
    w->awaits[s] = update ? 0 : -1;
    some |= update;
  }
  return some;
}

static bool is_argument(const ordering *w, int node) { return w->p->graph->nodes.at[node]->op == &ad__op_param; }

/* Might the update write where argument j lies? */
static bool may_replace(const ordering *w, int update, int j) {
  const ad_plan *p = w->p;
  const ad_list *out = &p->grouping.groups[update].out;
  for (int k = 0; k < out->n; k++)
    if (p->graph->nodes.at[out->at[k]]->type->bytes == p->graph->nodes.at[j]->type->bytes) return true;
  return false;
}

/* Who reads each argument: readers[reads[j]] and so on. Counted with `readers` NULL, then listed from the ends of ranges down. */
static void find_readers(const ordering *w, int *reads, int *readers) {
  for (int s = 0; s < w->steps; s++)
    for (int k = 0, j; (j = operand_of(w, s, k)) >= 0; k++) {
      if (!is_argument(w, j)) continue;
      if (readers) readers[--reads[j]] = s;
      else reads[j]++;
    }
}

/* Steps that update u waits for, in the same two rounds. */
static void find_waiting(ordering *w, const int *reads, const int *readers, bool list) {
  for (int u = 0; u < w->p->grouping.count; u++)
    for (int k = 0, j; w->awaits[u] >= 0 && (j = operand_of(w, u, k)) >= 0; k++) {
      bool argument = is_argument(w, j);
      if (argument ? !may_replace(w, u, j) : ad__plan_is_given(w->p->graph->nodes.at[j])) continue;
      int own = argument ? -1 : step_of_node(w, j);
      const int *from = argument ? readers + reads[j] : &own, *end = argument ? readers + reads[j + 1] : &own + 1;
      for (; from < end; from++) {
        if (*from == u) continue;
        if (list) w->waiting[--w->first[*from]] = u, w->awaits[u]++;
        else w->first[*from]++;
      }
    }
}

/* Counts become the ends of ranges. */
static int sum_up(int *count, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) count[i] = sum += count[i];
  count[n] = sum;
  return sum;
}

/* Lists who waits for whom; *bytes of *block are the caller's to give back. False without memory. */
static bool list_waiting(ordering *w, int **block, size_t *bytes) {
  int nodes = w->p->graph->nodes.count, *reads = w->stack, *first = w->first; /* the stack is not used yet */
  ad_mem *mem = &w->p->ctx->mem;
  memset(reads, 0, ((size_t)nodes + 1) * sizeof *reads);
  find_readers(w, reads, NULL);
  size_t reader_bytes = ((size_t)sum_up(reads, nodes) + 1) * sizeof(int);
  int *readers = ad__mem_take(mem, reader_bytes);
  if (!readers) return false;
  find_readers(w, reads, readers);
  find_waiting(w, reads, readers, false);
  *bytes = ((size_t)sum_up(first, w->steps) + 1) * sizeof(int);
  w->waiting = *block = ad__mem_take(mem, *bytes);
  if (w->waiting) find_waiting(w, reads, readers, true);
  ad__mem_give(mem, readers, reader_bytes);
  return w->waiting != NULL;
}

/* ---- The walk ---- */

static void append(ordering *w, int step) {
  ad_plan *p = w->p;
  ad_plan_step *s = &p->steps[p->n_steps++];
  bool group = step < p->grouping.count;
  const ad_list *m = group ? &p->grouping.groups[step].members : NULL;
  *s = (ad_plan_step){.node = group ? m->at[m->n - 1] : w->node_of[step - p->grouping.count], .group = group ? step : -1};
  w->state[step] = DONE;
}

/* The step, and the updates that waited for nothing else. */
static void emit(ordering *w, int step) {
  int n = 0;
  w->queue[n++] = step;
  for (int head = 0; head < n; head++) {
    int now = w->queue[head];
    append(w, now);
    for (int i = w->first[now]; w->waiting && i < w->first[now + 1]; i++) {
      int update = w->waiting[i];
      if (--w->awaits[update] == 0 && w->state[update] == UNSEEN) w->state[update] = OPEN, w->queue[n++] = update;
    }
  }
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
      emit(w, now);
      depth--;
      continue;
    }
    w->cursor[now]++;
    if (ad__plan_is_given(p->graph->nodes.at[j])) continue;
    int from = step_of_node(w, j);
    if (w->state[from] != UNSEEN) continue;
    w->state[from] = OPEN;
    w->stack[depth++] = from;
  }
}

static void number_steps(ordering *w) {
  const ad_plan *p = w->p;
  w->steps = p->grouping.count;
  for (int i = 0; i < p->graph->nodes.count; i++) {
    if (p->grouping.group_of[i] >= 0 || ad__plan_is_given(p->graph->nodes.at[i])) continue;
    w->node_of[w->steps - p->grouping.count] = i;
    w->single[i] = w->steps++;
  }
}

static void walk(ordering *w) {
  const ad_plan *p = w->p;
  for (int i = 0; i < p->graph->nodes.count; i++) {
    if (ad__plan_is_given(p->graph->nodes.at[i])) continue;
    int step = step_of_node(w, i);
    if (w->state[step] == UNSEEN) visit(w, step);
  }
}

bool ad__plan_order(ad_plan *p) {
  size_t n = (size_t)p->graph->nodes.count + (size_t)p->grouping.count + 2, bytes = n * (7 * sizeof(int) + 2), more = 0;
  int *block = ad__mem_zeroed(&p->ctx->mem, bytes), *waiting = NULL;
  p->steps = ad__arena_zeroed(&p->arena, n * sizeof *p->steps, _Alignof(ad_plan_step));
  if (!block || !p->steps) {
    ad__mem_give(&p->ctx->mem, block, block ? bytes : 0);
    return false;
  }
  ordering w = {.p = p, .single = block, .node_of = block + n, .cursor = block + 2 * n, .stack = block + 3 * n, .queue = block + 4 * n,
                .awaits = block + 5 * n, .first = block + 6 * n, .state = (uint8_t *)(block + 7 * n)};
  w.result = w.state + n;
  number_steps(&w);
  bool ok = p->unfused || !find_updates(&w) || list_waiting(&w, &waiting, &more);
  if (ok) walk(&w);
  ad__mem_give(&p->ctx->mem, waiting, waiting ? more : 0);
  ad__mem_give(&p->ctx->mem, block, bytes);
  return ok;
}
