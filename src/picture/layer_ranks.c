/* Ranks: the longest way from where there is nothing above, then down as far as the links below allow where that makes links shorter.
 *
 * Nodes are taken in an order in which links go forward: always the one that has waited longest of those nothing is left before; where
 * there is none, in a cycle, the first that is left. Links against that order are drawn upwards. */
#include "picture/layers.h"

#include <math.h>
#include <string.h>

enum { MOST_ALONE_IN_A_ROW = 8, NO_PLACE = -1 };

/* Lists of links per node, by their upper or lower ends. */
typedef struct link_lists {
  int *begin, *list;
} link_lists;

static int upper(const ad_layer_link *k) { return k->back ? k->to : k->from; }
static int lower(const ad_layer_link *k) { return k->back ? k->from : k->to; }

static bool list_links(const ad_layers *l, int (*end)(const ad_layer_link *), link_lists *out) {
  out->begin = ad__arena_zeroed(l->arena, ((size_t)l->n + 2) * sizeof(int), sizeof(int));
  out->list = ad__arena_array(l->arena, (size_t)l->m + 1, sizeof(int), sizeof(int));
  if (!out->begin || !out->list) return false;
  for (int i = 0; i < l->m; i++) out->begin[end(&l->links[i]) + 2]++;
  for (int i = 0; i < l->n; i++) out->begin[i + 2] += out->begin[i + 1];
  for (int i = 0; i < l->m; i++) out->list[out->begin[end(&l->links[i]) + 1]++] = i;
  return true;
}

/* Nodes without links in rows of their own, so that many of them make no row without end. */
static int place_alone(ad_layers *l, const link_lists *below, const link_lists *above, int first) {
  int alone = 0, last = first;
  for (int i = 0; i < l->n; i++) alone += below->begin[i] == below->begin[i + 1] && above->begin[i] == above->begin[i + 1];
  int row = (int)ceil(sqrt((double)alone) * 1.5);
  if (row < MOST_ALONE_IN_A_ROW) row = MOST_ALONE_IN_A_ROW;
  for (int i = 0, k = 0; i < l->n; i++) {
    if (l->nodes[i].pin || below->begin[i] != below->begin[i + 1] || above->begin[i] != above->begin[i + 1]) continue;
    last = l->nodes[i].rank = first + k++ / row;
  }
  return last;
}

static void push_down(ad_layers *l, const int *order, const link_lists *below, const link_lists *above) {
  for (int n = l->n - 1; n >= 0; n--) {
    int i = order[n], out = below->begin[i + 1] - below->begin[i], in = above->begin[i + 1] - above->begin[i], lowest = 0;
    if (l->nodes[i].pin || !out || in > out) continue;
    for (int k = below->begin[i]; k < below->begin[i + 1]; k++) {
      int r = l->nodes[lower(&l->links[below->list[k]])].rank - 1;
      if (k == below->begin[i] || r < lowest) lowest = r;
    }
    if (lowest > l->nodes[i].rank) l->nodes[i].rank = lowest;
  }
}

/* The order, and each node's place in it. */
static bool put_in_order(ad_layers *l, int *order, int *place) {
  link_lists out;
  int *left = ad__arena_zeroed(l->arena, ((size_t)l->n + 1) * sizeof *left, sizeof *left), n = 0, next = 0;
  for (int i = 0; i < l->m; i++) l->links[i].back = false;
  if (!left || !list_links(l, upper, &out)) return false;
  for (int i = 0; i < l->m; i++) left[l->links[i].to]++;
  for (int i = 0; i < l->n; i++) {
    place[i] = left[i] ? NO_PLACE : n;
    if (!left[i]) order[n++] = i;
  }
  for (int done = 0; done < l->n; done++) {
    while (done == n && place[next] >= 0) next++;
    if (done == n) place[next] = n, order[n++] = next;
    for (int k = out.begin[order[done]]; k < out.begin[order[done] + 1]; k++) {
      int to = l->links[out.list[k]].to;
      if (--left[to] == 0 && place[to] < 0) place[to] = n, order[n++] = to;
    }
  }
  for (int i = 0; i < l->m; i++) l->links[i].back = place[l->links[i].from] > place[l->links[i].to];
  return true;
}

static bool give_ranks(ad_layers *l) {
  link_lists below, above;
  bool ports = l->n && l->nodes[0].pin < 0;
  int last = 0, *order = ad__arena_array(l->arena, (size_t)l->n + 1, 2 * sizeof *order, sizeof *order);
  if (!order || !put_in_order(l, order, order + l->n) || !list_links(l, upper, &below) || !list_links(l, lower, &above)) return false;
  for (int i = 0; i < l->n; i++) l->nodes[i].rank = ports && l->nodes[i].pin >= 0;
  for (int k = 0; k < l->n; k++) {
    int i = order[k];
    ad_layer_node *a = &l->nodes[i];
    for (int e = below.begin[i]; e < below.begin[i + 1]; e++) {
      ad_layer_node *b = &l->nodes[lower(&l->links[below.list[e]])];
      if (b->rank <= a->rank) b->rank = a->rank + 1;
    }
    if (a->rank > last && a->pin <= 0) last = a->rank;
  }
  int rows = place_alone(l, &below, &above, ports);
  if (rows > last) last = rows;
  bool pins = false;
  for (int i = 0; i < l->n; i++)
    if (l->nodes[i].pin > 0) l->nodes[i].rank = last + 1, pins = true;
  push_down(l, order, &below, &above);
  l->ranks = last + 1 + pins;
  return true;
}

/* Which node of a link lies in rank r. */
static int node_at(const ad_layers *l, const ad_layer_link *k, int r) {
  int top = k->chip >= 0 ? k->chip : upper(k);
  if (r == l->nodes[top].rank) return top;
  return r == l->nodes[lower(k)].rank ? lower(k) : k->bend + r - l->nodes[top].rank - 1;
}

/* uses, fed: links below and above each node. */
static bool gets_chip(const ad_layers *l, const ad_layer_link *k, const int *uses, const int *fed) {
  int up = upper(k), span = l->nodes[lower(k)].rank - l->nodes[up].rank;
  bool given = !fed[up] && !l->nodes[up].pin;
  return span > (uses[up] > (given ? 1 : AD_LAYER_FEW) ? AD_LAYER_SHARED : AD_LAYER_LONGEST);
}

/* Chips and bends as further nodes. */
static bool add_bends(ad_layers *l) {
  size_t more = 0;
  int *uses = ad__arena_zeroed(l->arena, ((size_t)l->n + 1) * 2 * sizeof *uses, sizeof *uses);
  int *fed = uses ? uses + l->n : NULL;
  for (int i = 0; uses && i < l->m; i++) uses[upper(&l->links[i])]++, fed[lower(&l->links[i])]++;
  for (int i = 0; uses && i < l->m; i++) {
    int span = l->nodes[lower(&l->links[i])].rank - l->nodes[upper(&l->links[i])].rank;
    more += gets_chip(l, &l->links[i], uses, fed) ? 1 : (size_t)span - 1;
  }
  ad_layer_node *all = ad__arena_array(l->arena, (size_t)l->n + more, sizeof *all, _Alignof(ad_layer_node));
  if (!all || !uses) return false;
  memcpy(all, l->nodes, (size_t)l->n * sizeof *all);
  l->nodes = all;
  for (int i = 0; i < l->m; i++) {
    ad_layer_link *k = &l->links[i];
    int top = l->nodes[upper(k)].rank, end = l->nodes[lower(k)].rank;
    k->chip = -1;
    k->bend = l->n;
    k->bends = 0;
    if (gets_chip(l, k, uses, fed)) {
      k->chip = l->n;
      all[l->n++] = (ad_layer_node){.left = k->chip_w / 2, .right = k->chip_w / 2, .h = k->chip_h, .light = true,
                                    .kind = AD_LAYER_CHIP, .rank = end - 1};
      continue;
    }
    for (int r = top + 1; r < end; r++, k->bends++) all[l->n++] = (ad_layer_node){.kind = AD_LAYER_BEND, .rank = r};
  }
  return true;
}

/* ---- Parts ---- */

static bool list_parts(ad_layers *l, bool down, int **begin, int **list) {
  *begin = ad__arena_zeroed(l->arena, ((size_t)l->n + 2) * sizeof(int), sizeof(int));
  *list = ad__arena_array(l->arena, (size_t)l->n_parts + 1, sizeof(int), sizeof(int));
  if (!*begin || !*list) return false;
  for (int i = 0; i < l->n_parts; i++) (*begin)[(down ? l->parts[i].down : l->parts[i].up) + 2]++;
  for (int i = 0; i < l->n; i++) (*begin)[i + 2] += (*begin)[i + 1];
  for (int i = 0; i < l->n_parts; i++) (*list)[(*begin)[(down ? l->parts[i].down : l->parts[i].up) + 1]++] = i;
  return true;
}

static void mark_loose(ad_layers *l) {
  for (int i = 0; i < l->n; i++) {
    bool heavy = false;
    for (int k = l->into[i]; k < l->into[i + 1]; k++) heavy |= !l->nodes[l->parts[l->into_list[k]].up].light;
    for (int k = l->into[i]; heavy && k < l->into[i + 1]; k++) {
      ad_layer_part *p = &l->parts[l->into_list[k]];
      p->loose = l->nodes[p->up].light;
    }
  }
}

static bool make_parts(ad_layers *l) {
  size_t count = 0;
  for (int i = 0; i < l->m; i++) count += (size_t)l->links[i].bends + 1;
  l->parts = ad__arena_array(l->arena, count + 1, sizeof *l->parts, _Alignof(ad_layer_part));
  if (!l->parts) return false;
  for (int i = 0; i < l->m; i++) {
    const ad_layer_link *k = &l->links[i];
    int end = l->nodes[lower(k)].rank;
    for (int r = end - k->bends - 1; r < end; r++)
      l->parts[l->n_parts++] = (ad_layer_part){.up = node_at(l, k, r), .down = node_at(l, k, r + 1)};
  }
  if (!list_parts(l, true, &l->into, &l->into_list) || !list_parts(l, false, &l->out_of, &l->out_list)) return false;
  mark_loose(l);
  return true;
}

bool ad__layers_rank(ad_layers *l) {
  l->n = l->given;
  l->n_parts = 0;
  return give_ranks(l) && add_bends(l) && make_parts(l);
}

bool ad__layers_run(ad_layers *l) { return ad__layers_rank(l) && ad__layers_order(l) && ad__layers_place(l); }
