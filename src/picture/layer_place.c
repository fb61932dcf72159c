/* Coordinates of nodes whose ranks and order are known.
 *
 * x after Brandes and Koepf, Fast and simple horizontal coordinate assignment (2001): nodes are aligned with the median of their
 * neighbours in the rank before, from the left and from the right, downwards and upwards; each of the four gives chains of nodes
 * that get one x, as far to the left as their neighbours let them (the longest way in the graph of chains); a node's x is the mean
 * of the middle two. Parts between two bends are straight in all four. y follows from the heights of ranks; a gap is higher where
 * links between two ranks lean far, so that they do not run flat. */
#include <math.h>
#include <string.h>
#include "base/sort.h"
#include "picture/layers.h"

static const double node_gap = 22, bend_gap = 12, rank_gap = 24, port_gap = 10, lean = 0.16, widest_gap = 96;

/* One of the four runs. Ranks and slots are seen as if it were the one from the left downwards. */
typedef struct alignment {
  const ad_layers *l;
  bool up, right;
  const bool *crossed; /* per part: crosses one between two bends */
  int *root, *next;    /* chains of nodes that are above each other, as rings */
  double *x;           /* per node; of roots */
  int *count, *queue;  /* of the graph of chains */
} alignment;

static int slot_in(const alignment *a, int node) {
  const ad_layer_node *n = &a->l->nodes[node];
  return a->right ? a->l->begin[n->rank + 1] - a->l->begin[n->rank] - 1 - n->slot : n->slot;
}
static int node_in(const alignment *a, int rank, int slot) {
  return a->l->order[a->right ? a->l->begin[rank + 1] - 1 - slot : a->l->begin[rank] + slot];
}

/* ---- Parts that cross a straight one ---- */

static bool is_bend(const ad_layers *l, int node) { return l->nodes[node].kind == AD_LAYER_BEND; }

/* The upper bend of a bend's part, or -1. */
static int bend_above(const ad_layers *l, int node) {
  if (!is_bend(l, node) || l->into[node] == l->into[node + 1]) return -1;
  int up = l->parts[l->into_list[l->into[node]]].up;
  return is_bend(l, up) ? up : -1;
}

static void mark_crossed(const ad_layers *l, bool *crossed) {
  for (int r = 1; r < l->ranks; r++) {
    int first = l->begin[r], n = l->begin[r + 1] - first, left = 0, done = 0;
    for (int k = 0; k < n; k++) {
      int up = bend_above(l, l->order[first + k]);
      if (up < 0 && k + 1 < n) continue;
      int right = up < 0 ? l->begin[r] - l->begin[r - 1] : l->nodes[up].slot;
      for (; done <= k; done++) {
        int node = l->order[first + done];
        for (int e = l->into[node]; e < l->into[node + 1]; e++) {
          const ad_layer_part *p = &l->parts[l->into_list[e]];
          int slot = l->nodes[p->up].slot;
          if ((slot < left || slot > right) && !(is_bend(l, p->up) && is_bend(l, p->down))) crossed[l->into_list[e]] = true;
        }
      }
      left = right;
    }
  }
}

/* ---- Chains ---- */

typedef struct neighbour {
  int slot, node, part;
} neighbour;

static bool by_slot(const void *a, const void *b, const void *user) {
  (void)user;
  return ((const neighbour *)a)->slot < ((const neighbour *)b)->slot;
}

/* Those in the rank before that count, in order; returns how many. */
static int neighbours_of(const alignment *a, int node, neighbour *out) {
  const ad_layers *l = a->l;
  const int *begin = a->up ? l->out_of : l->into, *list = a->up ? l->out_list : l->into_list;
  int n = 0;
  for (int e = begin[node]; e < begin[node + 1]; e++) {
    const ad_layer_part *p = &l->parts[list[e]];
    int other = a->up ? p->down : p->up;
    if (!p->loose) out[n++] = (neighbour){slot_in(a, other), other, list[e]};
  }
  ad__sort(out, (size_t)n, sizeof *out, by_slot, NULL);
  return n;
}

static void align(alignment *a, neighbour *room) {
  const ad_layers *l = a->l;
  for (int i = 0; i < l->n; i++) a->root[i] = a->next[i] = i;
  for (int k = 1; k < l->ranks; k++) {
    int r = a->up ? l->ranks - 1 - k : k, taken = -1;
    for (int s = 0; s < l->begin[r + 1] - l->begin[r]; s++) {
      int v = node_in(a, r, s), n = neighbours_of(a, v, room);
      for (int m = (n - 1) / 2; n && m <= n / 2 && a->next[v] == v; m++) {
        if (a->crossed[room[m].part] || room[m].slot <= taken) continue;
        int u = room[m].node;
        a->next[u] = v;
        a->root[v] = a->root[u];
        a->next[v] = a->root[u];
        taken = room[m].slot;
      }
    }
  }
}

static double apart(const alignment *a, int u, int v) {
  const ad_layer_node *x = &a->l->nodes[u], *y = &a->l->nodes[v];
  double gap = is_bend(a->l, u) || is_bend(a->l, v) ? bend_gap : node_gap;
  return (a->right ? x->left + y->right : x->right + y->left) + gap;
}

/* The graph of chains: from each node's chain to that of the node right of it. A chain's x is the longest way to it. */
static void compact(alignment *a) {
  const ad_layers *l = a->l;
  memset(a->count, 0, (size_t)l->n * sizeof *a->count);
  for (int i = 0; i < l->n; i++) a->x[i] = 0;
  for (int r = 0; r < l->ranks; r++)
    for (int s = 1; s < l->begin[r + 1] - l->begin[r]; s++) a->count[a->root[node_in(a, r, s)]]++;
  int n = 0;
  for (int i = 0; i < l->n; i++)
    if (a->root[i] == i && !a->count[i]) a->queue[n++] = i;
  for (int k = 0; k < n; k++) {
    int root = a->queue[k], v = root;
    do {
      int r = l->nodes[v].rank, s = slot_in(a, v) + 1;
      if (s < l->begin[r + 1] - l->begin[r]) {
        int w = node_in(a, r, s), other = a->root[w];
        double x = a->x[root] + apart(a, v, w);
        if (x > a->x[other]) a->x[other] = x;
        if (!--a->count[other]) a->queue[n++] = other;
      }
      v = a->next[v];
    } while (v != root);
  }
  /* Back: a chain with nothing that holds it on its left goes as far to the right as what is on its right lets it. */
  for (int k = n - 1; k >= 0; k--) {
    int root = a->queue[k], v = root;
    double least = INFINITY;
    do {
      int r = l->nodes[v].rank, s = slot_in(a, v) + 1;
      if (s < l->begin[r + 1] - l->begin[r]) {
        int w = node_in(a, r, s);
        least = fmin(least, a->x[a->root[w]] - apart(a, v, w));
      }
      v = a->next[v];
    } while (v != root);
    if (least != INFINITY && least > a->x[root]) a->x[root] = least;
  }
  for (int i = 0; i < l->n; i++)
    if (a->root[i] != i) a->x[i] = a->x[a->root[i]];
  for (int i = 0; i < l->n && a->right; i++) a->x[i] = -a->x[i];
}

/* ---- The mean of four ---- */

static void extent(const ad_layers *l, const double *x, double *low, double *high) {
  *low = INFINITY;
  *high = -INFINITY;
  for (int i = 0; i < l->n; i++) {
    *low = fmin(*low, x[i] - l->nodes[i].left);
    *high = fmax(*high, x[i] + l->nodes[i].right);
  }
}

static void combine(ad_layers *l, double *const *x) {
  double low[4], high[4];
  int narrow = 0;
  for (int k = 0; k < 4; k++) {
    extent(l, x[k], &low[k], &high[k]);
    if (high[k] - low[k] < high[narrow] - low[narrow]) narrow = k;
  }
  for (int i = 0; i < l->n; i++) {
    double v[4];
    for (int k = 0; k < 4; k++) v[k] = x[k][i] + (k % 2 ? high[narrow] - high[k] : low[narrow] - low[k]);
    double least = fmin(fmin(v[0], v[1]), fmin(v[2], v[3])), most = fmax(fmax(v[0], v[1]), fmax(v[2], v[3]));
    l->nodes[i].x = (v[0] + v[1] + v[2] + v[3] - least - most) / 2;
  }
  double left = INFINITY, right = -INFINITY;
  for (int i = 0; i < l->n; i++) {
    left = fmin(left, l->nodes[i].x - l->nodes[i].left);
    right = fmax(right, l->nodes[i].x + l->nodes[i].right);
  }
  for (int i = 0; i < l->n; i++) l->nodes[i].x = floor((l->nodes[i].x - left) * 4 + 0.5) / 4;
  l->width = l->n ? ceil(right - left) : 0;
}

static bool place_x(ad_layers *l) {
  size_t n = (size_t)l->n + 1, most = 1;
  for (int i = 0; i < l->n; i++) {
    size_t in = (size_t)(l->into[i + 1] - l->into[i]), out = (size_t)(l->out_of[i + 1] - l->out_of[i]);
    if (in > most) most = in;
    if (out > most) most = out;
  }
  bool *crossed = ad__arena_zeroed(l->arena, (size_t)l->n_parts + 1, 1);
  int *room = ad__arena_array(l->arena, n * 4, sizeof(int), sizeof(int));
  neighbour *near = ad__arena_array(l->arena, most, sizeof *near, _Alignof(neighbour));
  double *x[4] = {ad__arena_array(l->arena, n * 4, sizeof(double), sizeof(double))};
  if (!crossed || !room || !near || !x[0]) return false;
  mark_crossed(l, crossed);
  for (int k = 0; k < 4; k++) {
    x[k] = x[0] + n * (size_t)k;
    alignment a = {.l = l, .up = k / 2, .right = k % 2, .crossed = crossed, .root = room, .next = room + n, .count = room + 2 * n,
                   .queue = room + 3 * n, .x = x[k]};
    align(&a, near);
    compact(&a);
  }
  combine(l, x);
  return true;
}

/* Room between rank r and the next: less at the border, where ports have no height. */
static double least_gap(const ad_layers *l, int r) {
  bool border = l->bottom[r] == 0 || l->bottom[r + 1] == 0;
  return border ? port_gap : rank_gap;
}

static bool place_y(ad_layers *l) {
  double *gap = ad__arena_zeroed(l->arena, ((size_t)l->ranks * 3 + 1) * sizeof *gap, sizeof *gap), y = 0;
  if (!gap) return false;
  l->top = gap + l->ranks;
  l->bottom = l->top + l->ranks;
  for (int i = 0; i < l->n; i++) l->bottom[l->nodes[i].rank] = fmax(l->bottom[l->nodes[i].rank], l->nodes[i].h);
  for (int r = 0; r + 1 < l->ranks; r++) gap[r] = least_gap(l, r);
  for (int i = 0; i < l->n_parts; i++) {
    const ad_layer_node *u = &l->nodes[l->parts[i].up], *v = &l->nodes[l->parts[i].down];
    gap[u->rank] = fmax(gap[u->rank], fmin(widest_gap, port_gap + lean * fabs(u->x - v->x)));
  }
  for (int r = 0; r < l->ranks; r++) {
    double high = l->bottom[r];
    for (int k = l->begin[r]; k < l->begin[r + 1]; k++) {
      ad_layer_node *a = &l->nodes[l->order[k]];
      a->y = y + floor((high - a->h) / 2);
    }
    l->top[r] = y;
    l->bottom[r] = y + high;
    y += high + ceil(gap[r]);
  }
  l->height = y;
  return true;
}

bool ad__layers_place(ad_layers *l) { return place_x(l) && place_y(l); }
