/* Where the temporaries of printed C lie.
 *
 *   static struct {
 *     float of_float[1024];
 *     uint32_t of_uint32_t[40];
 *   } arena;
 *   float *const h = arena.of_float + 256;
 *
 * Temporaries whose lives do not meet share memory, but only with those of their own type: an object of one type that is
 * reused as another is undefined in C. A life goes from the first to the last statement of the function's outermost level that names
 * the temporary, which is read off the printed text itself, so it cannot differ from what is printed; a pointer to it under another
 * name stands in one block with all its uses. */
#include <string.h>
#include "base/fit.h"
#include "base/map.h"
#include "base/sort.h"
#include "emit/emit_c.h"

struct c_room {
  const char *type, *name;
  int64_t count, offset;
  int number;      /* in the order they were asked for */
  int first, last; /* statements; last 0: it is never named */
  int piece;       /* of what is fitted */
  c_room *next;
};

const char *ad__c_room(c_printer *p, const char *type, const char *wish, int64_t n) {
  const char *name = ad__c_name(p, wish);
  c_room *r = AD_ARENA_NEW(&p->arena, c_room);
  if (!r) {
    p->body.failed = true;
    return name;
  }
  *r = (c_room){.type = type, .name = name, .count = n ? n : 1, .number = p->room_count++, .next = p->rooms};
  p->rooms = r;
  return name;
}

const char *ad__c_kept_room(c_printer *p, const char *type, const char *wish, int64_t n) {
  const char *name = ad__c_name(p, wish);
  ad__text_fmt(&p->data, "  static %s %s[%lld];\n", type, name, (long long)n);
  ad__text_fmt(&p->file->arena, "%s%lld * sizeof(%s)", p->file->arena.length ? " + " : "", (long long)n, type);
  return name;
}

/* ---- Lives ---- */

static bool in_name(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Every name of a line that is a room's. */
static void read_line(const ad_map *rooms, const char *s, const char *end, int statement) {
  while (s < end) {
    if (!in_name(*s)) {
      s++;
      continue;
    }
    const char *word = s;
    while (s < end && in_name(*s)) s++;
    ad_map_value *v = ad__map_find(rooms, ad__map_text(word, (size_t)(s - word)));
    if (!v) continue;
    c_room *r = v->pointer;
    if (!r->last) r->first = statement;
    r->last = statement;
  }
}

/* A line with the least indentation that does not close a block begins a statement. */
static bool read_lives(c_printer *p) {
  ad_map rooms;
  ad__map_init(&rooms, p->body.mem);
  bool ok = true;
  for (c_room *r = p->rooms; r && ok; r = r->next) {
    ad_map_value *v = ad__map_put(&rooms, ad__map_text(r->name, strlen(r->name)), NULL);
    if (v) v->pointer = r;
    ok = v != NULL;
  }
  int statement = 0;
  for (const char *s = ad__text_str(&p->body); ok && *s;) {
    const char *end = s + strcspn(s, "\n");
    if (strncmp(s, "  ", 2) == 0 && s[2] != ' ' && s[2] != '}') statement++;
    read_line(&rooms, s, end, statement);
    s = *end ? end + 1 : end;
  }
  ad__map_free(&rooms);
  return ok;
}

/* ---- Places ---- */

static bool is_earlier(const void *a, const void *b, const void *user) {
  const c_room *x = *(c_room *const *)a, *y = *(c_room *const *)b;
  (void)user;
  return x->first != y->first ? x->first < y->first : x->number < y->number;
}

static bool is_sooner_gone(const void *a, const void *b, const void *user) {
  const c_room *x = *(c_room *const *)a, *y = *(c_room *const *)b;
  (void)user;
  return x->last < y->last;
}

/* Places the rooms of one type, which come in the order of their first statement and go in that of their last. Returns how many
 * elements they need together, -1 without memory. */
static int64_t place_type(c_printer *p, c_room *const *coming, c_room *const *going, const char *type) {
  ad_fit f;
  ad__fit_init(&f, p->body.mem);
  bool ok = true;
  for (int i = 0, gone = 0; i < p->room_count && ok; i++) {
    c_room *r = coming[i];
    if (strcmp(r->type, type) != 0) continue;
    for (; going[gone]->last < r->first; gone++)
      if (strcmp(going[gone]->type, type) == 0) ad__fit_give(&f, going[gone]->piece);
    r->piece = ad__fit_take(&f, (size_t)r->count);
    ok = r->piece >= 0;
    if (ok) r->offset = (int64_t)ad__fit_offset(&f, r->piece);
  }
  ad__fit_free(&f);
  return ok ? (int64_t)f.end : -1;
}

/* ---- Declarations ---- */

/* float is of_float; types of more than one word do not occur. */
static void print_pointer(c_printer *p, const c_room *r, const char *arena) {
  ad__text_fmt(&p->data, "  %s *const %s = %s.of_%s", r->type, r->name, arena, r->type);
  if (r->offset) ad__text_fmt(&p->data, " + %lld", (long long)r->offset);
  ad__text_add(&p->data, ";\n");
}

static bool is_new_type(c_room *const *rooms, int i) {
  for (int k = 0; k < i; k++)
    if (strcmp(rooms[k]->type, rooms[i]->type) == 0) return false;
  return true;
}

/* Rooms that are named, in both orders. */
static c_room **list_rooms(c_printer *p, c_room ***going) {
  c_room **all = ad__arena_array(&p->arena, 2 * (size_t)p->room_count + 1, sizeof *all, _Alignof(c_room *));
  if (!all || !read_lives(p)) return NULL;
  int n = 0;
  for (c_room *r = p->rooms; r; r = r->next)
    if (r->last) all[n++] = r;
  p->room_count = n;
  *going = all + n;
  if (n) memcpy(*going, all, (size_t)n * sizeof *all);
  ad__sort(all, (size_t)n, sizeof *all, is_earlier, NULL);
  ad__sort(*going, (size_t)n, sizeof *all, is_sooner_gone, NULL);
  return all;
}

ad_status ad__c_place_rooms(c_printer *p) {
  c_room **going = NULL, **rooms = list_rooms(p, &going);
  if (!rooms) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  if (!p->room_count) return AD_OK;
  const char *arena = ad__c_name(p, "arena");
  ad__text_add(&p->data, "  static struct {\n");
  for (int i = 0; i < p->room_count; i++) {
    const char *type = rooms[i]->type;
    int64_t count = is_new_type(rooms, i) ? place_type(p, rooms, going, type) : 0;
    if (count < 0) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
    if (!count) continue;
    ad__text_fmt(&p->data, "    %s of_%s[%lld];\n", type, type, (long long)count);
    ad__text_fmt(&p->file->arena, "%s%lld * sizeof(%s)", p->file->arena.length ? " + " : "", (long long)count, type);
  }
  ad__text_fmt(&p->data, "  } %s;\n", arena);
  for (int i = 0; i < p->room_count; i++) print_pointer(p, rooms[i], arena);
  return AD_OK;
}
