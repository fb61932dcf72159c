/* Rooms: sizes of boxes from their texts, and each room's layout from its boxes and wires, from the innermost out. */
#include <math.h>
#include <string.h>
#include "base/sort.h"
#include "ir/ctx.h"
#include "picture/layout.h"

enum { ROW = 30, LINE = 15, SIDE = 14, LEAST_WIDTH = 56, MOST_SHOWN_VALUES = 2, BORDER_SPOT_WIDTH = 6 };

/* ---- Sizes ---- */

static double width_of(int columns, int size) { return columns * size * AD_FACE_WIDTH; }

static void measure(ad_layout *l, int i) {
  const ad_box *b = &l->p->boxes[i];
  const char *lines[2];
  char counts[128];
  int n = ad__box_lines(b, counts, sizeof counts, lines), label;
  double w = width_of(ad__columns(b->title, AD_MOST_TITLE) + (b->children ? 3 : 0), AD_TITLE_SIZE);
  for (int k = 0; k < n; k++) w = fmax(w, width_of(ad__columns(lines[k], AD_MOST_LINE), AD_LINE_SIZE));
  w += 2 * SIDE;
  ad__box_label(l, i, &label);
  w = fmax(w, width_of(label, AD_LABEL_SIZE) + 4);
  l->w[i] = ceil(fmax(w, LEAST_WIDTH) / 4) * 4;
  l->h[i] = ROW + n * LINE;
  l->line[i] = l->w[i] / 2;
}

int ad__box_lines(const ad_box *b, char *counts, size_t size, const char *lines[2]) {
  int count = 0;
  ad__box_counts(b, counts, size);
  if (*b->name) lines[count++] = b->name;
  if (*counts) lines[count++] = counts;
  return count;
}

void ad__box_summary(const ad_box *b, char *out, size_t size) {
  const char *lines[2];
  char counts[128];
  int n = ad__box_lines(b, counts, sizeof counts, lines);
  ad__format(out, size, "%s%s%s", n ? lines[0] : "", n > 1 ? ", " : "", n > 1 ? lines[1] : "");
}

const char *ad__source_name(const ad_layout *l, int value, int room) {
  const ad_box *b = &l->p->boxes[l->values[value].box];
  const char *name = *b->called ? b->called : b->title;
  if (b->parent == room || !b->parent) return name;
  char text[AD_MOST_TITLE * 4];
  ad__format(text, sizeof text, "%s.%s", l->p->boxes[b->parent].title, name);
  const char *copy = ad__arena_text(l->arena, text, strlen(text));
  return copy ? copy : name;
}

/* The values that leave a box and have their label at it, MOST_SHOWN_VALUES of them; returns how many there are. */
static int labelled(const ad_layout *l, int box, int *shown) {
  bool open = l->opened && l->p->boxes[box].open;
  int n = 0;
  for (int k = l->out_begin[box]; k < l->out_begin[box + 1]; k++) {
    if (open && l->values[l->outs[k]].box != box) continue;
    if (n < MOST_SHOWN_VALUES) shown[n] = l->outs[k];
    n++;
  }
  return n;
}

const char *ad__box_label(const ad_layout *l, int box, int *columns) {
  int shown[MOST_SHOWN_VALUES], n = labelled(l, box, shown);
  const char *text = "";
  ad_text room;
  ad__text_init(&room, &l->p->ctx->mem);
  if (n == 1) text = l->values[shown[0]].label;
  if (n > 1) {
    for (int k = 0; k < MOST_SHOWN_VALUES; k++) ad__text_fmt(&room, "%s%s", k ? "  " : "", l->values[shown[k]].label);
    if (n > MOST_SHOWN_VALUES || room.failed || ad__columns(ad__text_str(&room), AD_MOST_LABEL + 1) > AD_MOST_LABEL) {
      ad__text_cut(&room, 0);
      ad__text_fmt(&room, "%d values", n);
    }
    text = ad__arena_text(l->arena, ad__text_str(&room), room.length);
  }
  ad__text_free(&room);
  if (columns) *columns = text ? ad__columns(text, AD_MOST_LABEL) : 0;
  return text ? text : "";
}

bool ad__box_has_label(const ad_layout *l, int box) {
  int shown[MOST_SHOWN_VALUES];
  return labelled(l, box, shown) > 0;
}

/* ---- One room ---- */

typedef struct room_maker {
  ad_layout *l;
  int room;
  ad_layers layers;
  ad_layer_node *nodes;
  int *spot_of_box;   /* per box of the picture: its spot in the room being made */
} room_maker;

static bool number_before(const void *a, const void *b, const void *user) {
  (void)user;
  return *(const int *)a < *(const int *)b;
}

/* A port for each value that comes in, or goes out, in the order of values; returns how many. `list` has room for all wires. */
static int add_ports(const room_maker *m, ad_room *r, bool out, int *list) {
  const ad_lead *w = m->l->wires + m->l->first_wire[m->room];
  int n = m->l->first_wire[m->room + 1] - m->l->first_wire[m->room], count = 0, before = r->n_spots;
  for (int i = 0; i < n; i++)
    if ((out ? w[i].to : w[i].from) == AD_LEAD_BORDER) list[count++] = w[i].value;
  ad__sort(list, (size_t)count, sizeof *list, number_before, NULL);
  for (int i = 0; i < count; i++) {
    if (i && list[i] == list[i - 1]) continue;
    r->spots[r->n_spots++] = (ad_spot){.kind = out ? AD_SPOT_OUT : AD_SPOT_IN, .ref = list[i], .w = BORDER_SPOT_WIDTH};
  }
  return r->n_spots - before;
}

const ad_spot *ad__room_port(const ad_room *r, int value, bool out) {
  int low = out ? r->first_out : 0, high = low + (out ? r->outs : r->ins);
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (r->spots[middle].ref < value) low = middle + 1;
    else high = middle;
  }
  bool found = low < (out ? r->first_out + r->outs : r->ins) && r->spots[low].ref == value;
  return found ? &r->spots[low] : NULL;
}

/* Ports in, boxes, ports out: links then go from lower numbers to higher ones. */
static bool make_spots(room_maker *m, ad_room *r, ad_arena *scratch) {
  ad_layout *l = m->l;
  size_t n = (size_t)(l->first_wire[m->room + 1] - l->first_wire[m->room]), most = (size_t)l->p->boxes[m->room].children + 2 * n;
  int *list = ad__arena_array(scratch, n + 1, sizeof *list, sizeof *list);
  r->spots = ad__arena_array(l->arena, most + 1, sizeof *r->spots, _Alignof(ad_spot));
  if (!r->spots || !list) return false;
  r->ins = add_ports(m, r, false, list);
  for (int b = l->p->boxes[m->room].first; b; b = l->p->boxes[b].next) {
    m->spot_of_box[b] = r->n_spots;
    r->spots[r->n_spots++] = (ad_spot){.kind = AD_SPOT_BOX, .ref = b, .w = l->w[b], .h = l->h[b]};
  }
  r->first_out = r->n_spots;
  r->outs = add_ports(m, r, true, list);
  return true;
}

static int port(const ad_room *r, int value, bool out) { return (int)(ad__room_port(r, value, out) - r->spots); }

/* A track for each pair of ends; wires are sorted by them, but for ports, each value of which has its own. */
static bool make_tracks(room_maker *m, ad_room *r) {
  ad_layout *l = m->l;
  int first = l->first_wire[m->room], end = l->first_wire[m->room + 1];
  r->tracks = ad__arena_array(l->arena, (size_t)(end - first) + 1, sizeof *r->tracks, _Alignof(ad_track));
  if (!r->tracks) return false;
  for (int i = first; i < end; i++) {
    const ad_lead *w = &l->wires[i];
    int from = w->from == AD_LEAD_BORDER ? port(r, w->value, false) : m->spot_of_box[w->from];
    int to = w->to == AD_LEAD_BORDER ? port(r, w->value, true) : m->spot_of_box[w->to];
    ad_track *last = r->n_tracks ? &r->tracks[r->n_tracks - 1] : NULL;
    if (last && last->from == from && last->to == to) last->count++;
    else r->tracks[r->n_tracks++] = (ad_track){.from = from, .to = to, .first = i, .count = 1};
  }
  return true;
}

static bool lay_out(room_maker *m, ad_room *r, ad_arena *scratch) {
  ad_layout *l = m->l;
  ad_layers *y = &m->layers;
  *y = (ad_layers){.arena = scratch, .given = r->n_spots, .m = r->n_tracks};
  y->nodes = ad__arena_zeroed(scratch, ((size_t)y->given + 1) * sizeof *y->nodes, _Alignof(ad_layer_node));
  y->links = ad__arena_zeroed(scratch, ((size_t)y->m + 1) * sizeof *y->links, _Alignof(ad_layer_link));
  if (!y->nodes || !y->links) return false;
  for (int i = 0; i < r->n_spots; i++) {
    const ad_spot *s = &r->spots[i];
    bool box = s->kind == AD_SPOT_BOX;
    ad_box_kind kind = box ? l->p->boxes[s->ref].kind : AD_BOX_OP;
    double left = box ? l->line[s->ref] : s->w / 2;
    y->nodes[i] = (ad_layer_node){.left = left, .right = s->w - left, .h = s->h + (box && ad__box_has_label(l, s->ref) ? AD_LABEL_ROOM : 0),
                                  .pin = s->kind == AD_SPOT_IN ? -1 : s->kind == AD_SPOT_OUT ? 1 : 0,
                                  .light = kind == AD_BOX_PARAMETER || kind == AD_BOX_CONSTANT};
  }
  for (int i = 0; i < r->n_tracks; i++) {
    const ad_track *t = &r->tracks[i];
    const char *name = ad__source_name(l, l->wires[t->first].value, m->room);
    y->links[i] = (ad_layer_link){.from = t->from, .to = t->to, .chip_h = AD_CHIP_HEIGHT,
                                  .chip_w = ceil(width_of(ad__columns(name, AD_MOST_TITLE) + 4, AD_LABEL_SIZE))};
  }
  return ad__layers_run(y);
}

/* Takes over from the layers what drawing needs. */
static bool keep_room(room_maker *m, ad_room *r) {
  const ad_layers *y = &m->layers;
  ad_arena *arena = m->l->arena;
  int chips = 0;
  for (int i = 0; i < y->m; i++) chips += y->links[i].chip >= 0;
  ad_spot *spots = ad__arena_array(arena, (size_t)(r->n_spots + chips) + 1, sizeof *spots, _Alignof(ad_spot));
  double *ranks = ad__arena_array(arena, (size_t)y->ranks * 2 + 1, sizeof *ranks, sizeof *ranks);
  if (!spots || !ranks) return false;
  memcpy(spots, r->spots, (size_t)r->n_spots * sizeof *spots);
  for (int i = 0; i < r->n_spots; i++) {
    const ad_layer_node *a = &y->nodes[i];
    spots[i].x = a->x + (a->right - a->left) / 2;
    spots[i].y = a->y;
    spots[i].rank = a->rank;
  }
  memcpy(ranks, y->top, (size_t)y->ranks * sizeof *ranks);
  memcpy(ranks + y->ranks, y->bottom, (size_t)y->ranks * sizeof *ranks);
  for (int i = 0; i < y->m; i++) {
    const ad_layer_link *k = &y->links[i];
    ad_track *t = &r->tracks[i];
    double *x = ad__arena_array(arena, (size_t)k->bends + 1, sizeof *x, sizeof *x);
    if (!x) return false;
    for (int b = 0; b < k->bends; b++) x[b] = y->nodes[k->bend + b].x;
    *t = (ad_track){t->from, t->to, k->back, t->first, t->count, k->bends ? y->nodes[k->bend].rank : 0, k->bends, x};
    if (k->chip < 0) continue;
    const ad_layer_node *a = &y->nodes[k->chip];
    *(k->back ? &t->to : &t->from) = r->n_spots;
    spots[r->n_spots++] = (ad_spot){AD_SPOT_CHIP, m->l->wires[t->first].value, a->x, a->y, a->left + a->right, a->h, a->rank};
  }
  r->spots = spots;
  r->top = ranks;
  r->bottom = ranks + y->ranks;
  r->ranks = y->ranks;
  r->w = y->width;
  r->h = y->height;
  return true;
}

/* Where the middle one of the ports lies through which values come in, or else go out; the middle of the room without any. */
static double middle_port(const ad_room *r) {
  int first = r->ins ? 0 : r->first_out, count = r->ins ? r->ins : r->outs;
  return count ? r->spots[first + count / 2].x : r->w / 2;
}

static bool make_room(room_maker *m, int room, ad_arena *scratch) {
  ad_room *r = &m->l->rooms[room];
  m->room = room;
  bool made = make_spots(m, r, scratch) && make_tracks(m, r) && lay_out(m, r, scratch) && keep_room(m, r);
  ad__arena_reset(scratch);
  return made;
}

bool ad__layout_make(ad_layout *l, ad_picture *p, ad_arena *arena, bool opened) {
  *l = (ad_layout){.p = p, .arena = arena, .opened = opened};
  size_t n = (size_t)p->n_boxes;
  if (!ad__layout_wires(l)) return false;
  room_maker m = {.l = l};
  l->w = ad__arena_array(arena, n, 3 * sizeof *l->w, sizeof *l->w);
  l->rooms = ad__arena_zeroed(arena, n * sizeof *l->rooms, _Alignof(ad_room));
  m.spot_of_box = ad__arena_zeroed(arena, n * sizeof(int), sizeof(int));
  if (!l->w || !l->rooms || !m.spot_of_box) return false;
  l->h = l->w + n;
  l->line = l->h + n;
  ad_arena scratch;
  ad__arena_init(&scratch, arena->mem);
  bool made = true;
  for (int i = p->n_boxes - 1; i >= 0 && made; i--) {
    measure(l, i);
    if (!p->boxes[i].children || (opened && !p->boxes[i].open)) continue;
    made = make_room(&m, i, &scratch);
    if (!opened) continue;
    char summary[AD_SUMMARY_SIZE];
    ad__box_summary(&p->boxes[i], summary, sizeof summary);
    double head = ceil(width_of(ad__columns(summary, AD_MOST_SUMMARY), AD_LINE_SIZE)) + 2 * SIDE;
    l->w[i] = fmax(l->rooms[i].w + 2 * AD_FRAME_SIDE, fmax(l->w[i], head));
    l->h[i] = l->rooms[i].h + AD_FRAME_TOP + AD_FRAME_BOTTOM;
    l->line[i] = (l->w[i] - l->rooms[i].w) / 2 + middle_port(&l->rooms[i]);
  }
  ad__arena_free(&scratch);
  return made;
}
