/* Pictures as data, and as one page that shows them.
 *
 * The data are JSON with every text once: rows refer to "strings" by number. Rooms are laid out with all their boxes closed; the
 * page's script (page.js) stretches a room where a box in it is opened. No text can end the element that the data stand in, since
 * there < is written as an escape. The page refers to nothing outside itself. */
#include <math.h>
#include <string.h>
#include "base/json.h"
#include "emit/carried.h"
#include "ir/ctx.h"
#include "picture/layout.h"

typedef struct data_printer {
  ad_layout l;
  ad_json_writer w;
  ad_map strings; /* text -> its number + 1 */
} data_printer;

/* ---- Values ---- */

static void put_int(data_printer *d, int64_t v) { ad__json_put_i64(&d->w, v); }

static void put_number(data_printer *d, double v) {
  if (v == floor(v) && fabs(v) < 1e15) put_int(d, (int64_t)v);
  else ad__json_put_f64(&d->w, v);
}

static void put_string(data_printer *d, const char *s) {
  ad_map_value *v = ad__map_put(&d->strings, ad__map_text(s, strlen(s)), NULL);
  if (!v) d->w.out->failed = true;
  if (v && !v->number) v->number = d->strings.count;
  if (v) put_int(d, (int64_t)v->number - 1);
}

static void put_numbers(data_printer *d, const double *v, int n) {
  ad__json_begin(&d->w, '[');
  for (int i = 0; i < n; i++) put_number(d, v[i]);
  ad__json_end(&d->w, ']');
}

static void begin_list(data_printer *d, const char *key) {
  ad__json_key(&d->w, key, strlen(key));
  ad__json_begin(&d->w, '[');
}

static void end_list(data_printer *d) { ad__json_end(&d->w, ']'); }

static void put_text(data_printer *d, const char *s) {
  ad_text plain;
  ad__text_init(&plain, d->w.out->mem);
  ad__plain_text(&plain, s);
  ad__json_put_text(&d->w, ad__text_str(&plain), plain.length);
  if (plain.failed) d->w.out->failed = true;
  ad__text_free(&plain);
}

/* ---- Rows ---- */

static void put_details(data_printer *d, const ad_box *b) {
  ad__json_begin(&d->w, '[');
  for (const char *line = b->details, *end; *line; line = end + 1) {
    end = strchr(line, '\n');
    const char *copy = ad__arena_text(d->l.arena, line, (size_t)(end - line));
    put_string(d, copy ? copy : "");
    if (!copy) d->w.out->failed = true;
  }
  ad__json_end(&d->w, ']');
}

static void put_box(data_printer *d, int i, const ad_spot *spot) {
  const ad_box *b = &d->l.p->boxes[i];
  bool own = false;
  for (int k = d->l.out_begin[i]; k < d->l.out_begin[i + 1]; k++) own |= d->l.values[d->l.outs[k]].box == i;
  ad__json_begin(&d->w, '[');
  put_int(d, b->parent);
  put_int(d, b->kind);
  put_string(d, b->title);
  put_string(d, b->name);
  put_string(d, b->family);
  put_int(d, ad__family_colour(b->family));
  put_int(d, b->open);
  put_number(d, b->parameters);
  put_number(d, b->seconds);
  put_number(d, b->bytes);
  put_number(d, spot->x);
  put_number(d, spot->y);
  put_number(d, d->l.w[i]);
  put_number(d, d->l.h[i]);
  put_int(d, spot->rank);
  put_string(d, ad__box_label(&d->l, i, NULL));
  put_int(d, own);
  put_details(d, b);
  ad__json_end(&d->w, ']');
}

/* How tracks name a spot: a box by its number, others by -1, -2... in the order of the room's list. */
static int name_spot(const ad_room *r, int spot, const int *others) {
  return r->spots[spot].kind == AD_SPOT_BOX ? r->spots[spot].ref : -1 - others[spot];
}

static void put_track(data_printer *d, const ad_room *r, const ad_track *t, const int *others) {
  ad__json_begin(&d->w, '[');
  put_int(d, name_spot(r, t->from, others));
  put_int(d, name_spot(r, t->to, others));
  put_int(d, t->back);
  put_int(d, t->rank);
  put_numbers(d, t->x, t->bends);
  ad__json_begin(&d->w, '[');
  for (int k = 0; k < t->count; k++) put_int(d, d->l.wires[t->first + k].value);
  ad__json_end(&d->w, ']');
  ad__json_end(&d->w, ']');
}

static void put_other(data_printer *d, int room, const ad_spot *s) {
  ad__json_begin(&d->w, '[');
  put_int(d, s->kind);
  put_int(d, s->ref);
  put_number(d, s->x);
  put_number(d, s->y);
  put_number(d, s->w);
  put_number(d, s->h);
  put_int(d, s->rank);
  put_string(d, s->kind == AD_SPOT_CHIP ? ad__source_name(&d->l, s->ref, room) : "");
  ad__json_end(&d->w, ']');
}

static void put_room(data_printer *d, int i) {
  const ad_room *r = &d->l.rooms[i];
  int *others = ad__arena_array(d->l.arena, (size_t)r->n_spots + 1, sizeof *others, sizeof *others), n = 0;
  if (!others) {
    d->w.out->failed = true;
    return;
  }
  ad__json_begin(&d->w, '[');
  put_int(d, i);
  put_number(d, r->w);
  put_number(d, r->h);
  put_numbers(d, r->top, r->ranks);
  put_numbers(d, r->bottom, r->ranks);
  ad__json_begin(&d->w, '[');
  for (int k = 0; k < r->n_spots; k++) {
    if (r->spots[k].kind == AD_SPOT_BOX) continue;
    others[k] = n++;
    put_other(d, i, &r->spots[k]);
  }
  ad__json_end(&d->w, ']');
  ad__json_begin(&d->w, '[');
  for (int k = 0; k < r->n_tracks; k++) put_track(d, r, &r->tracks[k], others);
  ad__json_end(&d->w, ']');
  ad__json_end(&d->w, ']');
}

/* ---- The whole ---- */

static const ad_spot **spots_of_boxes(data_printer *d) {
  static const ad_spot nowhere = {0};
  const ad_picture *p = d->l.p;
  const ad_spot **spots = ad__arena_array(d->l.arena, (size_t)p->n_boxes, sizeof *spots, _Alignof(const ad_spot *));
  for (int i = 0; spots && i < p->n_boxes; i++) spots[i] = &nowhere;
  for (int i = 0; spots && i < p->n_boxes; i++)
    for (int k = 0; k < d->l.rooms[i].n_spots; k++)
      if (d->l.rooms[i].spots[k].kind == AD_SPOT_BOX) spots[d->l.rooms[i].spots[k].ref] = &d->l.rooms[i].spots[k];
  return spots;
}

static void put_lists(data_printer *d, const ad_spot *const *spots) {
  const ad_picture *p = d->l.p;
  begin_list(d, "boxes");
  for (int i = 0; i < p->n_boxes; i++) put_box(d, i, spots[i]);
  end_list(d);
  begin_list(d, "values");
  for (int i = 0; i < d->l.n_values; i++) {
    ad__json_begin(&d->w, '[');
    put_int(d, d->l.values[i].box);
    put_string(d, d->l.values[i].label);
    ad__json_end(&d->w, ']');
  }
  end_list(d);
  begin_list(d, "edges");
  for (int i = 0; i < p->n_edges; i++) {
    ad__json_begin(&d->w, '[');
    put_int(d, d->l.value_of[i]);
    put_int(d, p->edges[i].to);
    put_string(d, p->edges[i].operand);
    ad__json_end(&d->w, ']');
  }
  end_list(d);
  begin_list(d, "rooms");
  for (int i = 0; i < p->n_boxes; i++)
    if (p->boxes[i].children) put_room(d, i);
  end_list(d);
}

static void put_all(data_printer *d) {
  const ad_spot **spots = spots_of_boxes(d);
  size_t cursor = 0;
  if (!spots) {
    d->w.out->failed = true;
    return;
  }
  ad__json_begin(&d->w, '{');
  ad__json_key(&d->w, "format", 6);
  put_text(d, "adamant picture");
  ad__json_key(&d->w, "version", 7);
  put_int(d, 1);
  ad__json_key(&d->w, "title", 5);
  put_text(d, d->l.p->title);
  put_lists(d, spots);
  begin_list(d, "strings");
  for (ad_map_entry *e; (e = ad__map_next(&d->strings, &cursor)) != NULL;) put_text(d, e->key.text);
  end_list(d);
  ad__json_end(&d->w, '}');
}

void ad__page_data_print(ad_picture *p, ad_text *out) {
  ad_arena arena;
  data_printer d;
  ad__json_write_init(&d.w, out, 0);
  ad__arena_init(&arena, &p->ctx->mem);
  ad__map_init(&d.strings, &p->ctx->mem);
  if (ad__layout_make(&d.l, p, &arena, false)) put_all(&d);
  else out->failed = true;
  if (ad__json_write_done(&d.w, NULL)) out->failed = true;
  ad__text_char(out, '\n');
  ad__map_free(&d.strings);
  ad__arena_free(&arena);
}

/* < stands in strings only. */
static void print_data(ad_picture *p, ad_text *out) {
  ad_text data;
  ad__text_init(&data, out->mem);
  ad__page_data_print(p, &data);
  const char *from = ad__text_str(&data);
  for (const char *at; (at = strchr(from, '<')); from = at + 1) {
    ad__text_add_n(out, from, (size_t)(at - from));
    ad__text_add(out, "\\u003c");
  }
  ad__text_add(out, from);
  if (data.failed) out->failed = true;
  ad__text_free(&data);
}

void ad__page_print(ad_picture *p, ad_text *out) {
  size_t size;
  ad_arena arena;
  ad__arena_init(&arena, &p->ctx->mem);
  const char *all = ad__carried_unpack(&arena);
  if (!all) {
    out->failed = true;
    return;
  }
  ad__text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" "
                    "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>");
  ad__xml_text(out, p->title, 0);
  ad__text_add(out, "</title>\n<style>\n");
  ad__text_add(out, ad__carried(all, "picture/page.css", &size));
  ad__text_add(out, "</style>\n</head>\n<body>\n<noscript>This page draws its picture by a script of its own, which is switched off.</noscript>\n"
                    "<script type=\"application/json\" id=\"data\">\n");
  print_data(p, out);
  ad__text_add(out, "</script>\n<script>\n");
  ad__text_add(out, ad__carried(all, "picture/page.js", &size));
  ad__text_add(out, "</script>\n</body>\n</html>\n");
  ad__arena_free(&arena);
}
