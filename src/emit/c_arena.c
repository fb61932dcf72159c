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
  int64_t count, offset; /* in units */
  int64_t unit;    /* elements that are one: 1, or an expression */
  const char *stretch; /* the member of the arena that it lies in */
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
  *r = (c_room){.type = type, .name = name, .unit = 1, .count = n ? n : 1, .number = p->room_count++, .next = p->rooms};
  if (ad__c_is_symbolic(p, n)) r->unit = n, r->count = 1;
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

/* Do they share memory? Rooms whose size is an expression do with those of the same one. */
static bool is_alike(const c_room *a, const c_room *b) { return a->unit == b->unit && strcmp(a->type, b->type) == 0; }

/* Places the rooms that are like one, which come in the order of their first statement and go in that of their last. Returns how many
 * units they need together, -1 without memory. */
static int64_t place_alike(c_printer *p, c_room *const *coming, c_room *const *going, const c_room *like, const char *stretch) {
  ad_fit f;
  ad__fit_init(&f, p->body.mem);
  bool ok = true;
  for (int i = 0, gone = 0; i < p->room_count && ok; i++) {
    c_room *r = coming[i];
    if (!is_alike(r, like)) continue;
    r->stretch = stretch;
    for (; going[gone]->last < r->first; gone++)
      if (is_alike(going[gone], like)) ad__fit_give(&f, going[gone]->piece);
    r->piece = ad__fit_take(&f, (size_t)r->count);
    ok = r->piece >= 0;
    if (ok) r->offset = (int64_t)ad__fit_offset(&f, r->piece);
  }
  ad__fit_free(&f);
  return ok ? (int64_t)f.end : -1;
}

/* ---- Declarations ---- */

static void print_pointer(c_printer *p, const c_room *r, const char *arena) {
  ad__text_fmt(&p->data, "  %s *const %s = %s.%s", r->type, r->name, arena, r->stretch);
  if (r->offset && r->unit != 1) ad__text_fmt(&p->data, " + %lld * %s", (long long)r->offset, ad__c_size_at_most(p, r->unit));
  else if (r->offset) ad__text_fmt(&p->data, " + %lld", (long long)r->offset);
  ad__text_add(&p->data, ";\n");
}

/* How many kinds of rooms come before room i; -1 when it is like one of these. */
static int kinds_before(c_room *const *rooms, int i) {
  int kinds = 0;
  for (int k = 0; k < i; k++) {
    if (is_alike(rooms[k], rooms[i])) return -1;
    bool fresh = true;
    for (int j = 0; j < k; j++) fresh = fresh && !is_alike(rooms[j], rooms[k]);
    kinds += fresh;
  }
  return kinds;
}

/* "of_float" for numbers, "of_float_2" for an expression; types of more than one word do not occur. */
static ad_status print_stretch(c_printer *p, c_room *const *rooms, c_room *const *going, int i) {
  const c_room *r = rooms[i];
  int kinds = kinds_before(rooms, i);
  if (kinds < 0) return AD_OK;
  const char *name = r->unit == 1 ? ad__c_format(p, "of_%s", r->type) : ad__c_format(p, "of_%s_%d", r->type, kinds + 1);
  int64_t count = place_alike(p, rooms, going, r, name);
  if (count < 0) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  const char *elements = ad__c_format(p, "%lld", (long long)count);
  if (r->unit != 1) elements = count == 1 ? ad__c_size_at_most(p, r->unit) : ad__c_format(p, "%s * %s", elements, ad__c_size_at_most(p, r->unit));
  ad__text_fmt(&p->data, "    %s %s[%s];\n", r->type, name, elements);
  ad__text_fmt(&p->file->arena, "%s%s * sizeof(%s)", p->file->arena.length ? " + " : "", elements, r->type);
  return AD_OK;
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
    ad_status s = print_stretch(p, rooms, going, i);
    if (s) return s;
  }
  ad__text_fmt(&p->data, "  } %s;\n", arena);
  for (int i = 0; i < p->room_count; i++) print_pointer(p, rooms[i], arena);
  return AD_OK;
}

void ad__c_declare_rooms(c_printer *p) {
  for (const c_room *r = p->rooms; r; r = r->next) ad__text_fmt(&p->data, "  %s %s[%lld];\n", r->type, r->name, (long long)r->count);
}
