/* The order of nodes in their ranks: sweeps down and up, each rank sorted by the mean slot of its neighbours in the one before; the
 * order with the fewest crossings is kept. The number of sweeps is fixed by the size, so time is n log n. */
#include <string.h>
#include "base/sort.h"
#include "picture/layers.h"

enum { SWEEPS = 16, FEW_SWEEPS = 4, MANY_PARTS = 20000 };

typedef struct sort_entry {
  double key;
  int slot, node;
} sort_entry;

static bool before(const void *a, const void *b, const void *user) {
  const sort_entry *x = a, *y = b;
  (void)user;
  return x->key != y->key ? x->key < y->key : x->slot < y->slot;
}

static bool first_order(ad_layers *l) {
  l->begin = ad__arena_zeroed(l->arena, ((size_t)l->ranks + 2) * sizeof(int), sizeof(int));
  l->order = ad__arena_array(l->arena, (size_t)l->n + 1, sizeof(int), sizeof(int));
  if (!l->begin || !l->order) return false;
  for (int i = 0; i < l->n; i++) l->begin[l->nodes[i].rank + 2]++;
  for (int r = 0; r < l->ranks; r++) l->begin[r + 2] += l->begin[r + 1];
  for (int i = 0; i < l->n; i++) l->order[l->begin[l->nodes[i].rank + 1]++] = i;
  return true;
}

static void set_slots(ad_layers *l) {
  for (int r = 0; r < l->ranks; r++)
    for (int k = l->begin[r]; k < l->begin[r + 1]; k++) l->nodes[l->order[k]].slot = k - l->begin[r];
}

static double mean_slot(const ad_layers *l, int node, bool down) {
  const int *begin = down ? l->into : l->out_of, *list = down ? l->into_list : l->out_list;
  double sum = 0;
  int n = begin[node + 1] - begin[node];
  for (int k = begin[node]; k < begin[node + 1]; k++) {
    const ad_layer_part *p = &l->parts[list[k]];
    sum += l->nodes[down ? p->up : p->down].slot;
  }
  return n ? sum / n : l->nodes[node].slot;
}

static void sort_rank(ad_layers *l, int r, bool down, sort_entry *room) {
  int first = l->begin[r], n = l->begin[r + 1] - first;
  for (int k = 0; k < n; k++) room[k] = (sort_entry){mean_slot(l, l->order[first + k], down), k, l->order[first + k]};
  ad__sort(room, (size_t)n, sizeof *room, before, NULL);
  for (int k = 0; k < n; k++) {
    l->order[first + k] = room[k].node;
    l->nodes[room[k].node].slot = k;
  }
}

/* Crossings between rank r and the next: pairs of parts in one order above and the other below, counted in a tree of sums
 * (Barth, Juenger and Mutzel, Simple and efficient bilayer cross counting, 2002). */
static int64_t crossings_below(const ad_layers *l, int r, int64_t *tree, sort_entry *room) {
  int width = l->begin[r + 2] - l->begin[r + 1], leaves = 1;
  int64_t crossings = 0;
  while (leaves < width) leaves *= 2;
  memset(tree, 0, (size_t)leaves * 2 * sizeof *tree);
  for (int k = l->begin[r]; k < l->begin[r + 1]; k++) {
    int node = l->order[k], n = 0;
    for (int e = l->out_of[node]; e < l->out_of[node + 1]; e++, n++)
      room[n] = (sort_entry){l->nodes[l->parts[l->out_list[e]].down].slot, n, 0};
    ad__sort(room, (size_t)n, sizeof *room, before, NULL);
    for (int e = 0; e < n; e++) {
      for (int at = (int)room[e].key + leaves; at > 1; at /= 2) {
        tree[at]++;
        if (at % 2 == 0) crossings += tree[at + 1];
      }
    }
  }
  return crossings;
}

static int64_t count_crossings(const ad_layers *l, int64_t *tree, sort_entry *room) {
  int64_t sum = 0;
  for (int r = 0; r + 1 < l->ranks; r++) sum += crossings_below(l, r, tree, room);
  return sum;
}

bool ad__layers_order(ad_layers *l) {
  if (!first_order(l)) return false;
  int widest = 1;
  for (int r = 0; r < l->ranks; r++)
    if (l->begin[r + 1] - l->begin[r] > widest) widest = l->begin[r + 1] - l->begin[r];
  for (int i = 0; i < l->n; i++)
    if (l->out_of[i + 1] - l->out_of[i] > widest) widest = l->out_of[i + 1] - l->out_of[i];
  sort_entry *room = ad__arena_array(l->arena, (size_t)widest, sizeof *room, _Alignof(sort_entry));
  int64_t *tree = ad__arena_array(l->arena, (size_t)widest * 4 + 2, sizeof *tree, sizeof *tree);
  int *best = ad__arena_array(l->arena, (size_t)l->n + 1, sizeof *best, sizeof *best);
  if (!room || !tree || !best) return false;
  set_slots(l);
  memcpy(best, l->order, (size_t)l->n * sizeof *best);
  int64_t fewest = count_crossings(l, tree, room);
  int sweeps = l->n_parts > MANY_PARTS ? FEW_SWEEPS : SWEEPS;
  for (int s = 0; s < sweeps && fewest; s++) {
    if (s % 2 == 0) for (int r = 1; r < l->ranks; r++) sort_rank(l, r, true, room);
    else for (int r = l->ranks - 2; r >= 0; r--) sort_rank(l, r, false, room);
    int64_t now = count_crossings(l, tree, room);
    if (now >= fewest) continue;
    fewest = now;
    memcpy(best, l->order, (size_t)l->n * sizeof *best);
  }
  memcpy(l->order, best, (size_t)l->n * sizeof *best);
  set_slots(l);
  return true;
}
