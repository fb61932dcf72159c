/* The hash map: open addressing with linear probing over slots that number the entries.
 *
 * Invariant: every entry, dead or living, is reached from its slot; a dead entry keeps its slot so that probes
 * walk past it, and both vanish when the map is rebuilt. Slots are at most three quarters full.
 * SipHash: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, with 1 and 3 rounds. The mixer for
 * numbers is the finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
#include "base/map.h"

#include <string.h>

#ifdef AD_STRESS
enum { FIRST_SLOTS = 2 };
#else
enum { FIRST_SLOTS = 16 };
#endif

/* ---- hashing ---- */

static uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

static void sip_round(uint64_t v[4]) {
  v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
  v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
  v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
  v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

static uint64_t hash_text(const char *s, uint64_t n, uint64_t seed) {
  uint64_t key = ~rotate(seed, 29);
  uint64_t v[4] = {seed ^ 0x736f6d6570736575, key ^ 0x646f72616e646f6d, seed ^ 0x6c7967656e657261, key ^ 0x7465646279746573};
  uint64_t word = 0;
  for (uint64_t at = 0; at <= n; at += 8) { /* the last word is short and carries the length */
    uint64_t left = n - at;
    word = left < 8 ? n << 56 : 0;
    if (left >= 8) memcpy(&word, s + at, 8);
    else
      for (uint64_t i = 0; i < left; i++) word |= (uint64_t)(unsigned char)s[at + i] << (8 * i);
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 3; i++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint64_t hash_number(uint64_t x, uint64_t seed) {
  x += seed + 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

static uint64_t hash_key(const ad_map *m, ad_map_key key) {
  return key.text ? hash_text(key.text, key.number, m->seed) : hash_number(key.number, m->seed);
}

static bool same_key(ad_map_key a, ad_map_key b) {
  if (a.number != b.number || !a.text != !b.text) return false;
  return !a.text || a.text == b.text || memcmp(a.text, b.text, (size_t)a.number) == 0;
}

/* ---- the table ---- */

void ad__map_init(ad_map *m, ad_mem *mem) { *m = (ad_map){.mem = mem, .seed = (uint64_t)(uintptr_t)m}; }

void ad__map_free(ad_map *m) {
  ad__mem_give(m->mem, m->entries, m->capacity * sizeof *m->entries);
  ad__mem_give(m->mem, m->slots, m->slot_count * sizeof *m->slots);
  ad__map_init(m, m->mem);
}

void ad__map_clear(ad_map *m) {
  m->used = m->count = 0;
  if (m->slots) memset(m->slots, 0, m->slot_count * sizeof *m->slots);
}

/* The slot of the key: of its living entry, else the empty one where the probe ended. */
static size_t probe(const ad_map *m, ad_map_key key, uint64_t hash) {
  size_t mask = m->slot_count - 1, at = (size_t)hash & mask;
  for (;; at = (at + 1) & mask) {
    if (!m->slots[at]) return at;
    const ad_map_entry *e = &m->entries[m->slots[at] - 1];
    if (!e->dead && e->hash == hash && same_key(e->key, key)) return at;
  }
}

static size_t entries_for(size_t slots) { return slots - slots / 4 - (slots < 4); }

/* Twice the slots when the living need them, else the same number; the dead are left behind. */
static bool rebuild(ad_map *m) {
  size_t slots = m->slot_count ? m->slot_count : FIRST_SLOTS;
  if (m->slot_count && m->count * 4 >= m->capacity * 3) slots *= 2;
  if (slots > (size_t)UINT32_MAX / 2) return false;
  size_t capacity = entries_for(slots);
  ad_map_entry *entries = ad__mem_take(m->mem, capacity * sizeof *entries);
  uint32_t *table = ad__mem_zeroed(m->mem, slots * sizeof *table);
  if (!entries || !table) {
    ad__mem_give(m->mem, entries, capacity * sizeof *entries);
    ad__mem_give(m->mem, table, slots * sizeof *table);
    return false;
  }
  size_t used = 0;
  for (size_t i = 0; i < m->used; i++) {
    if (m->entries[i].dead) continue;
    entries[used] = m->entries[i];
    size_t at = (size_t)entries[used].hash & (slots - 1);
    while (table[at]) at = (at + 1) & (slots - 1);
    table[at] = (uint32_t)++used;
  }
  ad__mem_give(m->mem, m->entries, m->capacity * sizeof *m->entries);
  ad__mem_give(m->mem, m->slots, m->slot_count * sizeof *m->slots);
  m->entries = entries, m->capacity = capacity, m->used = used;
  m->slots = table, m->slot_count = slots;
  return true;
}

ad_map_value *ad__map_find(const ad_map *m, ad_map_key key) {
  if (!m->count) return NULL;
  size_t at = probe(m, key, hash_key(m, key));
  return m->slots[at] ? &m->entries[m->slots[at] - 1].value : NULL;
}

ad_map_value *ad__map_put(ad_map *m, ad_map_key key, bool *out_fresh) {
  uint64_t hash = hash_key(m, key);
  ad_map_value *found = NULL;
  if (m->count) {
    size_t at = probe(m, key, hash);
    if (m->slots[at]) found = &m->entries[m->slots[at] - 1].value;
  }
  if (out_fresh) *out_fresh = !found;
  if (found) return found;
  if (m->used == m->capacity && !rebuild(m)) return NULL;
  size_t at = probe(m, key, hash);
  m->entries[m->used] = (ad_map_entry){.key = key, .hash = hash};
  m->slots[at] = (uint32_t)(m->used + 1);
  m->count++;
  return &m->entries[m->used++].value;
}

bool ad__map_remove(ad_map *m, ad_map_key key) {
  if (!m->count) return false;
  size_t at = probe(m, key, hash_key(m, key));
  if (!m->slots[at]) return false;
  m->entries[m->slots[at] - 1].dead = true;
  m->count--;
  return true;
}

ad_map_entry *ad__map_next(const ad_map *m, size_t *cursor) {
  while (*cursor < m->used) {
    ad_map_entry *e = &m->entries[(*cursor)++];
    if (!e->dead) return e;
  }
  return NULL;
}
