/* The zip writer.
 *
 * An entry's header is written with zeros for checksum and packed size, which are patched in when the entry
 * ends; its size is known from the start, and so is whether the header needs its 64-bit form. A stored entry
 * gets an extra field of zeros that moves its data to a multiple of 64 bytes.
 * Invariant: first..last describe exactly the entries that ended. */
#include "base/zip.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
  DATA_ALIGN = 64,
  PADDING_EXTRA = 0xD935, /* the field zipalign uses for the same end */
  MADE_BY_UNIX_45 = 3 << 8 | 45,
  NEEDS_45 = 45,
  NEEDS_20 = 20,
  FLAG_UTF8 = 1 << 11,
  EARLIEST_DATE = 1 << 5 | 1 /* 1 January 1980 */
};

struct ad_zip_line {
  struct ad_zip_line *next;
  const char *name;
  size_t name_length;
  uint64_t header, size, packed, data;
  uint32_t crc;
  bool deflated, wide, utf8;
};

typedef struct zip_bytes { /* a header being put together */
  unsigned char data[128];
  size_t n;
} zip_bytes;

static void add16(zip_bytes *b, uint32_t v) {
  assert(b->n + 2 <= sizeof b->data);
  b->data[b->n++] = (unsigned char)v;
  b->data[b->n++] = (unsigned char)(v >> 8);
}
static void add32(zip_bytes *b, uint32_t v) { add16(b, v & 0xFFFF), add16(b, v >> 16); }
static void add64(zip_bytes *b, uint64_t v) { add32(b, (uint32_t)v), add32(b, (uint32_t)(v >> 32)); }
static uint32_t narrow(uint64_t v, bool wide) { return wide ? UINT32_MAX : (uint32_t)v; }

void ad__zip_write_init(ad_zip_writer *w, ad_mem *mem, ad_sink sink) {
  *w = (ad_zip_writer){.sink = sink};
  w->last = &w->first;
  ad__arena_init(&w->arena, mem);
}

/* From "version needed" to the lengths of name and extra field: the part both kinds of header share. */
static void add_common(zip_bytes *b, const struct ad_zip_line *l, uint32_t extra) {
  add16(b, l->wide ? NEEDS_45 : NEEDS_20);
  add16(b, l->utf8 ? FLAG_UTF8 : 0);
  add16(b, l->deflated ? 8 : 0);
  add16(b, 0);
  add16(b, EARLIEST_DATE);
  add32(b, l->crc);
  add32(b, narrow(l->packed, l->wide));
  add32(b, narrow(l->size, l->wide));
  add16(b, (uint32_t)l->name_length);
  add16(b, extra);
}

static ad_status write_local(ad_zip_writer *w, const struct ad_zip_line *l, ad_err *e) {
  zip_bytes head = {.n = 0}, extra = {.n = 0};
  static const unsigned char zeros[DATA_ALIGN] = {0};
  size_t padding = 0;
  if (l->wide) add16(&extra, 1), add16(&extra, 16), add64(&extra, l->size), add64(&extra, l->packed);
  if (!l->deflated) {
    uint64_t data = l->header + 30 + l->name_length + extra.n + 4;
    padding = (size_t)(-data & (DATA_ALIGN - 1));
    add16(&extra, PADDING_EXTRA), add16(&extra, (uint32_t)padding);
  }
  add32(&head, 0x04034b50);
  add_common(&head, l, (uint32_t)(extra.n + padding));
  ad_status code = ad__sink_put(w->sink, head.data, head.n, e);
  if (code == AD_OK) code = ad__sink_put(w->sink, l->name, l->name_length, e);
  if (code == AD_OK) code = ad__sink_put(w->sink, extra.data, extra.n, e);
  if (code == AD_OK) code = ad__sink_put(w->sink, zeros, padding, e);
  return code;
}

static ad_status put_packed(void *user, const void *data, size_t n, ad_err *e) {
  ad_zip_writer *w = user;
  w->open->packed += n;
  return ad__sink_put(w->sink, data, n, e);
}

ad_status ad__zip_write_begin(ad_zip_writer *w, const char *name, size_t n, uint64_t size, bool deflated, ad_err *e) {
  assert(!w->open);
  const char *fault = ad__zip_name_fault(name, n);
  if (fault) return ad__fail(e, AD_E_VALUE, "zip: cannot write the entry: %s", fault);
  struct ad_zip_line *l = AD_ARENA_NEW(&w->arena, struct ad_zip_line);
  const char *copy = l ? ad__arena_text(&w->arena, name, n) : NULL;
  if (!copy) return ad__fail(e, AD_E_MEMORY, "zip: no memory for the entry");
  l->name = copy;
  l->name_length = n;
  l->header = ad__sink_offset(w->sink);
  l->size = size;
  l->packed = deflated ? 0 : size;
  l->deflated = deflated;
  /* Deflate grows what it cannot shrink by 5 bytes per 16 KiB at most; a 1024th is more than that. */
  l->wide = size >= UINT32_MAX - 64 || (deflated && size + size / 1024 + 64 >= UINT32_MAX);
  for (size_t i = 0; i < n; i++) l->utf8 |= (unsigned char)name[i] >= 0x80;
  ad_status code = write_local(w, l, e);
  if (code != AD_OK) return code;
  l->data = ad__sink_offset(w->sink);
  w->open = l;
  return deflated ? ad__deflate_open(w->arena.mem, put_packed, w, &w->deflate, e) : AD_OK;
}

ad_status ad__zip_write_put(ad_zip_writer *w, const void *data, size_t n, ad_err *e) {
  assert(w->open);
  w->open->crc = ad__crc32(w->open->crc, data, n);
  return w->deflate ? ad__deflate_add(w->deflate, data, n, e) : ad__sink_put(w->sink, data, n, e);
}

ad_status ad__zip_write_end(ad_zip_writer *w, ad_err *e) {
  struct ad_zip_line *l = w->open;
  assert(l);
  ad_status code = w->deflate ? ad__deflate_finish(w->deflate, e) : AD_OK;
  ad__deflate_close(w->deflate);
  w->deflate = NULL;
  if (code != AD_OK) return code;
  assert(ad__sink_offset(w->sink) - l->data == l->packed);
  zip_bytes sums = {.n = 0};
  add32(&sums, l->crc);
  add32(&sums, narrow(l->packed, l->wide));
  code = ad__sink_patch(w->sink, l->header + 14, sums.data, sums.n, e);
  if (code == AD_OK && l->wide) {
    zip_bytes packed = {.n = 0};
    add64(&packed, l->packed);
    code = ad__sink_patch(w->sink, l->header + 30 + l->name_length + 12, packed.data, packed.n, e);
  }
  if (code != AD_OK) return code;
  *w->last = l;
  w->last = &l->next;
  w->open = NULL;
  w->count++;
  return AD_OK;
}

static ad_status write_line(ad_zip_writer *w, const struct ad_zip_line *l, ad_err *e) {
  zip_bytes head = {.n = 0}, extra = {.n = 0};
  bool far = l->header >= UINT32_MAX;
  if (l->wide || far) {
    add16(&extra, 1), add16(&extra, (l->wide ? 16u : 0u) + (far ? 8u : 0u));
    if (l->wide) add64(&extra, l->size), add64(&extra, l->packed);
    if (far) add64(&extra, l->header);
  }
  add32(&head, 0x02014b50);
  add16(&head, MADE_BY_UNIX_45);
  add_common(&head, l, (uint32_t)extra.n);
  add16(&head, 0);           /* comment */
  add16(&head, 0);           /* disk */
  add16(&head, 0);           /* internal attributes */
  add32(&head, 0600u << 16); /* external attributes: the Unix permissions, as Python's zipfile sets them */
  add32(&head, narrow(l->header, far));
  ad_status code = ad__sink_put(w->sink, head.data, head.n, e);
  if (code == AD_OK) code = ad__sink_put(w->sink, l->name, l->name_length, e);
  if (code == AD_OK) code = ad__sink_put(w->sink, extra.data, extra.n, e);
  return code;
}

ad_status ad__zip_write_finish(ad_zip_writer *w, ad_err *e) {
  assert(!w->open);
  uint64_t start = ad__sink_offset(w->sink);
  for (const struct ad_zip_line *l = w->first; l; l = l->next) {
    ad_status code = write_line(w, l, e);
    if (code != AD_OK) return code;
  }
  uint64_t end = ad__sink_offset(w->sink), size = end - start;
  bool wide = w->count >= 0xFFFF || start >= UINT32_MAX || size >= UINT32_MAX;
  zip_bytes b = {.n = 0};
  if (wide) {
    add32(&b, 0x06064b50), add64(&b, 44);
    add16(&b, MADE_BY_UNIX_45), add16(&b, NEEDS_45);
    add32(&b, 0), add32(&b, 0);
    add64(&b, w->count), add64(&b, w->count);
    add64(&b, size), add64(&b, start);
    add32(&b, 0x07064b50), add32(&b, 0), add64(&b, end), add32(&b, 1);
  }
  uint32_t count = wide ? 0xFFFF : (uint32_t)w->count;
  add32(&b, 0x06054b50), add16(&b, 0), add16(&b, 0);
  add16(&b, count), add16(&b, count);
  add32(&b, narrow(size, wide)), add32(&b, narrow(start, wide));
  add16(&b, 0);
  return ad__sink_put(w->sink, b.data, b.n, e);
}

void ad__zip_write_free(ad_zip_writer *w) {
  ad__deflate_close(w->deflate);
  w->deflate = NULL;
  ad__arena_free(&w->arena);
}
