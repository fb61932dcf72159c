/* A hash map from numbers, pointers or byte strings to numbers or pointers.
 *
 * Entries lie in an array in the order they were put, and that is the order of iteration, so that nothing
 * printed or compiled depends on a hash; a table of slots beside it finds them. Byte strings are borrowed: they
 * must outlive their entry. A map holds keys of one kind. Hashes are keyed by the map's address (SipHash-1-3 for
 * strings), so that a file cannot choose names that collide. Not here: ordered lookup, threads. */
#ifndef AD_BASE_MAP_H
#define AD_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/mem.h"

typedef struct ad_map_key {
  const char *text; /* NULL: the number alone is the key */
  uint64_t number;  /* the key, or the length of text */
} ad_map_key;

typedef union ad_map_value {
  uint64_t number;
  void *pointer;
} ad_map_value;

typedef struct ad_map_entry {
  ad_map_key key;
  ad_map_value value;
  uint64_t hash;
  bool dead; /* removed; its place is reused when the map grows */
} ad_map_entry;

typedef struct ad_map {
  ad_mem *mem;
  ad_map_entry *entries;
  uint32_t *slots;   /* entry number + 1; 0 is empty */
  size_t used;       /* entries, dead ones included */
  size_t capacity;   /* of entries */
  size_t slot_count; /* a power of two, or 0 */
  size_t count;      /* living entries */
  uint64_t seed;
} ad_map;

static inline ad_map_key ad__map_text(const char *s, size_t n) { return (ad_map_key){s ? s : "", n}; }
static inline ad_map_key ad__map_number(uint64_t n) { return (ad_map_key){NULL, n}; }
static inline ad_map_key ad__map_pointer(const void *p) { return (ad_map_key){NULL, (uint64_t)(uintptr_t)p}; }

void ad__map_init(ad_map *m, ad_mem *mem);
void ad__map_free(ad_map *m);
/* Forgets every entry and keeps the room. */
void ad__map_clear(ad_map *m);
/* The value of a key, NULL when it is absent. The pointer is good until the next put. */
ad_map_value *ad__map_find(const ad_map *m, ad_map_key key);
/* The value of a key, made as 0 when it was absent (then *out_fresh, which may be NULL, is true). NULL when there
 * is no memory; the map is then as before. */
ad_map_value *ad__map_put(ad_map *m, ad_map_key key, bool *out_fresh);
/* True when the key was there. */
bool ad__map_remove(ad_map *m, ad_map_key key);
/* The next entry in order of insertion, NULL at the end; *cursor starts as 0. Removing while walking is allowed,
 * putting is not. */
ad_map_entry *ad__map_next(const ad_map *m, size_t *cursor);

#endif
