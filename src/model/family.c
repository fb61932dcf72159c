/* Families: the memory that models share from the moment they are wired together, its handles, and its trail.
 *
 * A handle is an array of no elements over a hold, as a function's is, so that scopes, keeping and dropping are those of arrays.
 * The last one to go takes the family with it. Not here: what models are made of. */
#include "model/logical.h"

#include <string.h>
#include "ops/apply.h"

enum { FIRST_CHUNK = 640 }; /* two of them hold a block of one op */

typedef struct ad_family_map {
  struct ad_family_map *next;
  ad_map map;
} ad_family_map;

/* The text of a model's last report. */
typedef struct ad_family_text {
  struct ad_family_text *next;
  ad_text text;
} ad_family_text;

/* ---- Families ---- */

ad_family *ad__family_new(ad_ctx *c) {
  ad_arena arena;
  ad__arena_init(&arena, &c->mem);
  arena.first = FIRST_CHUNK;
  ad_family *f = AD_ARENA_NEW(&arena, ad_family);
  if (!f) return NULL;
  f->ctx = c;
  f->size = 1;
  f->arena = arena;
  f->queue_end = &f->queue;
  return f;
}

static ad_family *family_root(ad_family *f) {
  while (f->into) f = f->into;
  return f;
}

ad_family *ad__family_of(const ad_hold *h) {
  ad_family *root = family_root(h->family);
  ((ad_hold *)(uintptr_t)h)->family = root; /* a shorter way, no other meaning */
  return root;
}

void ad__family_free(ad_family *f) {
  ad_ctx *c = f->ctx;
  for (size_t i = 0; i < f->held_count; i++) ad__node_drop(f->held[i]);
  for (ad_family_map *m = f->maps; m; m = m->next) ad__map_free(&m->map);
  for (ad_family_text *t = f->texts; t; t = t->next) ad__text_free(&t->text);
  ad__mem_give(&c->mem, f->held, f->held_capacity * sizeof *f->held);
  ad__mem_give(&c->mem, f->trail, f->trail_capacity * sizeof *f->trail);
  ad_arena arena = f->arena; /* f lies in it */
  ad__arena_free(&arena);
}

static bool room_for_held(ad_family *f, size_t more) {
  if (f->held_count + more <= f->held_capacity) return true;
  size_t n = 2 * f->held_capacity + more;
  void *p = ad__mem_resize(&f->ctx->mem, f->held, f->held_capacity * sizeof *f->held, n * sizeof *f->held);
  if (!p) return false;
  f->held = p;
  f->held_capacity = n;
  return true;
}

ad_map *ad__family_map(ad_family *f) {
  ad_family_map *m = AD_ARENA_NEW(&f->arena, ad_family_map);
  if (!m) return NULL;
  ad__map_init(&m->map, &f->ctx->mem);
  m->next = f->maps;
  f->maps = m;
  return &m->map;
}

ad_text *ad__model_report(ad_model *m) {
  ad_family *f = family_root(m->hold.family);
  ad_family_text *t = m->report ? NULL : AD_ARENA_NEW(&f->arena, ad_family_text);
  if (t) {
    ad__text_init(&t->text, &f->ctx->mem);
    t->next = f->texts;
    f->texts = t;
    m->report = &t->text;
  }
  if (m->report) ad__text_cut(m->report, 0);
  return m->report;
}

bool ad__family_keep_array(ad_family *f, ad_array *a) {
  if (!room_for_held(f, 1)) return false;
  f->held[f->held_count++] = ad__node_keep(a);
  return true;
}

/* The trails of both are those of the action that joins them: only one of them records. */
bool ad__family_join(ad_family *a, ad_family *b) {
  a = family_root(a);
  b = family_root(b);
  if (a == b) return true;
  if (a->acting ? false : b->acting || a->size < b->size) {
    ad_family *swap = a;
    a = b;
    b = swap;
  }
  if (!room_for_held(a, b->held_count)) return false;
  for (size_t i = 0; i < b->held_count; i++) a->held[a->held_count++] = b->held[i];
  ad__mem_give(&b->ctx->mem, b->held, b->held_capacity * sizeof *b->held);
  ad__mem_give(&b->ctx->mem, b->trail, b->trail_capacity * sizeof *b->trail);
  b->held = NULL;
  b->trail = NULL;
  b->held_count = b->held_capacity = b->trail_count = b->trail_capacity = 0;
  ad__arena_join(&a->arena, &b->arena);
  ad_family_map **last = &b->maps;
  while (*last) last = &(*last)->next;
  *last = a->maps;
  a->maps = b->maps;
  ad_family_text **last_text = &b->texts;
  while (*last_text) last_text = &(*last_text)->next;
  *last_text = a->texts;
  a->texts = b->texts;
  a->handles += b->handles;
  a->size += b->size;
  b->into = a;
  return true;
}

/* ---- Handles ---- */

static void let_go(void *user, void *data) {
  ad_hold *h = data;
  (void)user;
  h->handle = NULL;
  ad_family *f = ad__family_of(h);
  if (--f->handles == 0) ad__family_free(f);
}

bool ad__hold_begin(ad_hold *h, ad_place where, ad_ctx *c) {
  ad_graph *building = c->building; /* a handle is never a node of a graph */
  ad_family *f = ad__family_of(h);
  f->handles++;
  c->building = NULL;
  ad_array *a = ad_array_wrap_at(where, c, AD_UINT8, AD_SHAPE(0), h, let_go, NULL);
  c->building = building;
  if (ad__is_error(a)) return false; /* which has let go */
  h->handle = a;
  return true;
}

void ad__hold_keep(ad_hold *h) {
  if (h->handle) ad_keep(h->handle);
  else if (ad__hold_begin(h, NULL, ad__family_of(h)->ctx)) ad_keep(h->handle);
}
void ad__hold_drop(ad_hold *h) {
  if (h->handle) ad_drop(h->handle);
}
void ad__hold_own(ad_hold *h) {
  if (h->handle) ad_own(h->handle);
}

/* ---- Actions ---- */

static bool trail_add(ad_family *f, ad_undo u) {
  if (f->trail_count == f->trail_capacity) {
    size_t n = f->trail_capacity ? 2 * f->trail_capacity : 64;
    void *p = ad__mem_resize(&f->ctx->mem, f->trail, f->trail_capacity * sizeof *f->trail, n * sizeof *f->trail);
    if (!p) return false;
    f->trail = p;
    f->trail_capacity = n;
  }
  f->trail[f->trail_count++] = u;
  return true;
}

/* Without memory for the trail nothing can be taken back, so recording ends, and the action reports it. */
void ad__trail_save(ad_family *f, void *at, size_t size) {
  if (!f->recording) return;
  ad_undo u = {.at = at, .size = size};
  memcpy(&u.old, at, size);
  if (!trail_add(f, u)) f->recording = false;
}

void ad__trail_save_key(ad_family *f, ad_map *m, const char *key) {
  if (f->recording && !trail_add(f, (ad_undo){.at = m, .old = (uint64_t)(uintptr_t)key})) f->recording = false;
}

ad_family *ad__action_begin(ad_model *m) {
  ad_family *f = ad__family_of(&m->hold);
  if (f->acting) { /* part of an action that is going on */
    f->depth++;
    return f;
  }
  f->acting = f->recording = true;
  f->trail_count = 0;
  return f;
}

static void take_back(ad_family *f) {
  while (f->trail_count) {
    ad_undo *u = &f->trail[--f->trail_count];
    if (u->size) memcpy(u->at, &u->old, u->size);
    else {
      const char *key = (const char *)(uintptr_t)u->old;
      ad__map_remove(u->at, ad__map_text(key, strlen(key)));
    }
  }
}

static void note_failure(ad_model *m, ad_status s, const char *text) {
  if (m->error) return;
  m->error = s;
  m->error_text = ad__arena_text(&ad__family_of(&m->hold)->arena, text, strlen(text));
  if (!m->error_text) m->error_text = "out of memory";
}

static void undo(ad_family *f) {
  while (f->queue) {
    f->queue->queued = false;
    f->queue = f->queue->next;
  }
  f->queue_end = &f->queue;
  take_back(f);
}

void ad__action_undo(ad_model *m) {
  ad_family *f = ad__family_of(&m->hold);
  if (!f->recording) m->failed = true;
  f->acting = f->recording = false;
  undo(f);
}

ad_status ad__action_end(ad_model *m, ad_status s, const ad_err *e) {
  ad_family *f = ad__family_of(&m->hold);
  bool complete = f->recording;
  if (f->depth) {
    f->depth--;
    if (s) note_failure(m, s, e->text);
    return s;
  }
  f->acting = f->recording = false;
  if (!complete) s = AD_E_MEMORY;
  if (s) {
    undo(f);
    note_failure(m, s, !complete ? "out of memory; the model is only partly changed" : e->text);
    if (!complete) m->failed = true;
  }
  f->trail_count = 0;
  return s;
}
