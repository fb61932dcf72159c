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
 * name stands in one block with all its uses. Placing is
 * by size, the largest first, each at the lowest place that is free during its life: within a few percent of the largest sum of
 * sizes alive, which is the least there can be. */
#include <string.h>
#include "base/map.h"
#include "emit/emit_c.h"

enum { ALIGN_BYTES = 64, LEAST_ALIGNED = 64 };

struct c_room {
  const char *type, *name;
  int64_t count, offset;
  int first, last; /* statements; last 0: it is never named */
  c_room *next;
};

const char *ad__c_room(c_printer *p, const char *type, const char *wish, int64_t n) {
  const char *name = ad__c_name(p, wish);
  c_room *r = AD_ARENA_NEW(&p->arena, c_room);
  if (!r) {
    p->body.failed = true;
    return name;
  }
  *r = (c_room){.type = type, .name = name, .count = n ? n : 1, .next = p->rooms};
  p->rooms = r;
  p->room_count++;
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

/* Larger arrays begin at multiples of a cache line, which compilers' vector loops like. */
static int64_t aligned(const c_room *r, int64_t offset) {
  int64_t step = r->count < LEAST_ALIGNED ? 1 : ALIGN_BYTES;
  return (offset + step - 1) / step * step;
}

/* The lowest offset at which r fits among those placed, which are sorted by offset. */
static int64_t lowest(c_room *const *placed, int n, const c_room *r) {
  int64_t at = 0;
  for (int i = 0; i < n; i++) {
    const c_room *o = placed[i];
    if (o->last < r->first || r->last < o->first) continue;
    if (at + r->count <= o->offset) break;
    int64_t end = aligned(r, o->offset + o->count);
    if (end > at) at = end;
  }
  return at;
}

static void insert_by_offset(c_room **placed, int n, c_room *r) {
  int i = n;
  for (; i > 0 && placed[i - 1]->offset > r->offset; i--) placed[i] = placed[i - 1];
  placed[i] = r;
}

static bool larger(const c_room *a, const c_room *b) { return a->count > b->count; }
static bool earlier(const c_room *a, const c_room *b) { return a->first < b->first; }

/* Merge sort; equal ones stay in their order. */
static c_room *sorted(c_room *list, bool (*before)(const c_room *a, const c_room *b)) {
  if (!list || !list->next) return list;
  c_room *half = list, *end = list->next;
  while (end && (end = end->next)) half = half->next, end = end->next;
  c_room *b = sorted(half->next, before);
  half->next = NULL;
  c_room *a = sorted(list, before), *head, **tail = &head;
  while (a && b) {
    c_room **from = before(b, a) ? &b : &a;
    *tail = *from;
    tail = &(*from)->next;
    *from = *tail;
  }
  *tail = a ? a : b;
  return head;
}

/* Places all rooms of one type; returns how many elements they need together. */
static int64_t place_type(c_printer *p, c_room **placed, const char *type) {
  int n = 0;
  int64_t total = 0;
  for (c_room *r = p->rooms; r; r = r->next) {
    if (!r->last || strcmp(r->type, type) != 0) continue;
    r->offset = lowest(placed, n, r);
    insert_by_offset(placed, n++, r);
    if (r->offset + r->count > total) total = r->offset + r->count;
  }
  return total;
}

/* ---- Declarations ---- */

static bool is_first_of_type(const c_printer *p, const c_room *r) {
  const c_room *o = p->rooms;
  while (o != r && (!o->last || strcmp(o->type, r->type) != 0)) o = o->next;
  return o == r;
}

/* float is of_float; types of more than one word do not occur. */
static void print_pointer(c_printer *p, const c_room *r, const char *arena) {
  ad__text_fmt(&p->data, "  %s *const %s = %s.of_%s", r->type, r->name, arena, r->type);
  if (r->offset) ad__text_fmt(&p->data, " + %lld", (long long)r->offset);
  ad__text_add(&p->data, ";\n");
}

ad_status ad__c_place_rooms(c_printer *p) {
  if (!p->rooms) return AD_OK;
  c_room **placed = ad__arena_array(&p->arena, (size_t)p->room_count + 1, sizeof *placed, _Alignof(c_room *));
  if (!placed || !read_lives(p)) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  p->rooms = sorted(p->rooms, larger);
  const char *arena = ad__c_name(p, "arena");
  int parts = 0;
  for (const c_room *r = p->rooms; r; r = r->next) {
    if (!r->last || !is_first_of_type(p, r)) continue;
    int64_t count = place_type(p, placed, r->type);
    if (!parts) ad__text_add(&p->data, "  static struct {\n");
    ad__text_fmt(&p->data, "    %s of_%s[%lld];\n", r->type, r->type, (long long)count);
    ad__text_fmt(&p->file->arena, "%s%lld * sizeof(%s)", p->file->arena.length ? " + " : "", (long long)count, r->type);
    parts++;
  }
  if (parts) ad__text_fmt(&p->data, "  } %s;\n", arena);
  p->rooms = sorted(p->rooms, earlier);
  for (const c_room *r = p->rooms; r; r = r->next)
    if (r->last) print_pointer(p, r, arena);
  return AD_OK;
}
