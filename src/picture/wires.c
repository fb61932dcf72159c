/* Wires: every edge cut at the borders it passes. Edges climb from both ends to the room they have in common. */
#include <string.h>
#include "base/sort.h"
#include "ir/ctx.h"
#include "picture/layout.h"

static bool edge_before(const void *a, const void *b, const void *user) {
  const ad_arrow *e = user, *x = &e[*(const int *)a], *y = &e[*(const int *)b];
  if (x->from != y->from) return x->from < y->from;
  return x->out != y->out ? x->out < y->out : x < y;
}

static bool wire_before(const void *a, const void *b, const void *user) {
  const ad_lead *x = a, *y = b;
  (void)user;
  if (x->room != y->room) return x->room < y->room;
  if (x->from != y->from) return x->from < y->from;
  return x->to != y->to ? x->to < y->to : x->value < y->value;
}

static bool same_wire(const ad_lead *a, const ad_lead *b) {
  return a->room == b->room && a->from == b->from && a->to == b->to && a->value == b->value;
}

static int put_wire(ad_lead *out, int n, ad_lead w) {
  if (out) out[n] = w;
  return n + 1;
}

/* The wires of one edge into out, which may be NULL; returns how many. Where one end holds the other, that end is the border. */
static int cut_edge(const ad_picture *p, const ad_arrow *e, int value, ad_lead *out) {
  const ad_box *b = p->boxes;
  int from = e->from, to = e->to, n = 0;
  while (from != to) {
    if (b[from].parent == b[to].parent) return put_wire(out, n, (ad_lead){b[from].parent, from, to, value});
    if (b[from].depth >= b[to].depth) {
      n = put_wire(out, n, (ad_lead){b[from].parent, from, AD_LEAD_BORDER, value});
      from = b[from].parent;
    } else {
      n = put_wire(out, n, (ad_lead){b[to].parent, AD_LEAD_BORDER, to, value});
      to = b[to].parent;
    }
  }
  return n;
}

static bool number_values(ad_layout *l) {
  ad_picture *p = l->p;
  int *order = ad__arena_array(l->arena, (size_t)p->n_edges + 1, sizeof *order, sizeof *order);
  l->values = ad__arena_array(l->arena, (size_t)p->n_edges + 1, sizeof *l->values, _Alignof(ad_edge_source));
  if (!order || !l->values) return false;
  for (int i = 0; i < p->n_edges; i++) order[i] = i;
  ad__sort(order, (size_t)p->n_edges, sizeof *order, edge_before, p->edges);
  for (int i = 0; i < p->n_edges; i++) {
    const ad_arrow *e = &p->edges[order[i]], *last = i ? &p->edges[order[i - 1]] : NULL;
    if (!last || last->from != e->from || last->out != e->out)
      l->values[l->n_values++] = (ad_edge_source){e->from, e->out, e->label};
    l->value_of[order[i]] = l->n_values - 1;
  }
  return true;
}

static bool pair_before(const void *a, const void *b, const void *user) {
  const int *x = a, *y = b;
  (void)user;
  return x[0] != y[0] ? x[0] < y[0] : x[1] < y[1];
}

/* Per box, the values that leave it. */
static bool list_outs(ad_layout *l) {
  int n = 0, boxes = l->p->n_boxes;
  int (*pairs)[2] = ad__arena_array(l->arena, (size_t)l->n_wires + 1, sizeof *pairs, sizeof(int));
  l->outs = ad__arena_array(l->arena, (size_t)l->n_wires + 1, sizeof(int), sizeof(int));
  l->out_begin = ad__arena_zeroed(l->arena, ((size_t)boxes + 2) * sizeof(int), sizeof(int));
  if (!pairs || !l->outs || !l->out_begin) return false;
  for (int i = 0; i < l->n_wires; i++)
    if (l->wires[i].from >= 0) pairs[n][0] = l->wires[i].from, pairs[n++][1] = l->wires[i].value;
  ad__sort(pairs, (size_t)n, sizeof *pairs, pair_before, NULL);
  int kept = 0;
  for (int i = 0; i < n; i++) {
    if (i && pairs[i][0] == pairs[i - 1][0] && pairs[i][1] == pairs[i - 1][1]) continue;
    l->outs[kept++] = pairs[i][1];
    l->out_begin[pairs[i][0] + 1]++;
  }
  for (int i = 0; i < boxes; i++) l->out_begin[i + 1] += l->out_begin[i];
  return true;
}

bool ad__layout_wires(ad_layout *l) {
  ad_picture *p = l->p;
  size_t count = 0;
  l->value_of = ad__arena_array(l->arena, (size_t)p->n_edges + 1, sizeof *l->value_of, sizeof *l->value_of);
  if (!l->value_of || !number_values(l)) return false;
  for (int i = 0; i < p->n_edges; i++) count += (size_t)cut_edge(p, &p->edges[i], 0, NULL);
  l->wires = ad__arena_array(l->arena, count + 1, sizeof *l->wires, _Alignof(ad_lead));
  l->first_wire = ad__arena_zeroed(l->arena, ((size_t)p->n_boxes + 2) * sizeof(int), sizeof(int));
  if (!l->wires || !l->first_wire || count > AD_PICTURE_MOST) return false;
  int n = 0;
  for (int i = 0; i < p->n_edges; i++) n += cut_edge(p, &p->edges[i], l->value_of[i], l->wires + n);
  ad__sort(l->wires, (size_t)n, sizeof *l->wires, wire_before, NULL);
  for (int i = 0; i < n; i++)
    if (!i || !same_wire(&l->wires[i], &l->wires[l->n_wires - 1])) l->wires[l->n_wires++] = l->wires[i];
  for (int i = 0; i < l->n_wires; i++) l->first_wire[l->wires[i].room + 1]++;
  for (int i = 0; i < p->n_boxes; i++) l->first_wire[i + 1] += l->first_wire[i];
  return list_outs(l);
}
