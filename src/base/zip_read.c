/* The zip reader (PKWARE APPNOTE 6.3.10; sections are named where a rule is not obvious).
 *
 * Order of checks: the end record, the zip64 end record, every central line, its local header, then overlap in
 * the order of offsets. All offsets are compared by subtraction from the size, never by a sum that could wrap.
 * Invariant: after open, entry->data + entry->packed lies inside the range, so streams need no further checks. */
#include "base/zip.h"

#include <inttypes.h>
#include <string.h>

#include "base/sort.h"

enum {
  END_SIGNATURE = 0x06054b50,
  END_SIZE = 22,
  END64_SIGNATURE = 0x06064b50,
  END64_SIZE = 56,
  LOCATOR_SIGNATURE = 0x07064b50,
  LOCATOR_SIZE = 20,
  LINE_SIGNATURE = 0x02014b50,
  LINE_SIZE = 46,
  LOCAL_SIGNATURE = 0x04034b50,
  LOCAL_SIZE = 30,
  DESCRIPTOR_SIGNATURE = 0x08074b50,
  ZIP64_EXTRA = 0x0001,
  FLAG_ENCRYPTED = 1 << 0,
  FLAG_DESCRIPTOR = 1 << 3,
  FLAG_PATCHED = 1 << 5,
  FLAG_STRONG = 1 << 6,
  FLAG_MASKED = 1 << 13,
  METHOD_STORED = 0,
  METHOD_DEFLATED = 8
};

typedef struct zip_directory {       /* where the central directory lies and what the end records say of it */
  uint64_t offset, size, count, end; /* end: where it must end */
} zip_directory;

typedef struct zip_header { /* what a central line and a local header have in common */
  unsigned flags, method;
  uint32_t crc;
  uint64_t packed, size, offset; /* offset: of the local header; central lines only */
} zip_header;

static uint32_t get16(const unsigned char *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static uint32_t get32(const unsigned char *p) { return get16(p) | get16(p + 2) << 16; }
static uint64_t get64(const unsigned char *p) { return get32(p) | (uint64_t)get32(p + 4) << 32; }

static ad_status zip_fail(const ad_zip *z, uint64_t at, ad_err *e, const char *what) {
  return ad__fail(e, AD_E_FORMAT, "%s: byte %" PRIu64 ": zip: %s", z->where, at, what);
}

const char *ad__zip_name_fault(const char *name, size_t n) {
  if (!n) return "the name is empty";
  if (n > 65535) return "the name is longer than 65535 bytes";
  if (memchr(name, 0, n)) return "the name holds a NUL";
  if (ad__utf8_check(name, n) != n) return "the name is not UTF-8";
  if (memchr(name, '\\', n)) return "the name holds a backslash, which some systems take for a folder";
  if (name[0] == '/') return "the name is an absolute path";
  if (n >= 2 && name[1] == ':') return "the name begins with a drive letter";
  for (size_t at = 0; at < n;) {
    const char *slash = memchr(name + at, '/', n - at);
    size_t part = slash ? (size_t)(slash - name) - at : n - at;
    if (part == 2 && name[at] == '.' && name[at + 1] == '.') return "the name leaves its folder by '..'";
    at += part + 1;
  }
  return NULL;
}

/* ---- the end records ---- */

/* The end record is found from behind; only one whose comment ends with the range is believed. */
static ad_status find_end(const ad_zip *z, size_t *out, ad_err *e) {
  if (z->size < END_SIZE)
    return ad__fail(e, AD_E_FORMAT, "%s: byte 0: zip: %zu bytes; an archive has at least 22", z->where, z->size);
  size_t farthest = z->size - END_SIZE > 65535 ? z->size - END_SIZE - 65535 : 0;
  for (size_t at = z->size - END_SIZE;; at--) {
    if (get32(z->data + at) == END_SIGNATURE && get16(z->data + at + 20) == z->size - END_SIZE - at) return *out = at, AD_OK;
    if (at == farthest) break;
  }
  return zip_fail(z, z->size, e, "no end record; the archive is cut short, or this is no zip");
}

static ad_status read_end64(const ad_zip *z, size_t end, zip_directory *d, ad_err *e) {
  if (end < LOCATOR_SIZE + END64_SIZE || get32(z->data + end - LOCATOR_SIZE) != LOCATOR_SIGNATURE)
    return zip_fail(z, end, e, "the end record asks for zip64, but no zip64 locator stands before it");
  const unsigned char *locator = z->data + end - LOCATOR_SIZE;
  uint64_t at = get64(locator + 8), last = end - LOCATOR_SIZE;
  if (get32(locator + 4) != 0 || get32(locator + 16) > 1)
    return zip_fail(z, end - LOCATOR_SIZE, e, "the archive has several disks");
  if (at > last - END64_SIZE || get32(z->data + at) != END64_SIGNATURE)
    return zip_fail(z, end - LOCATOR_SIZE + 8, e, "the zip64 locator leads to no zip64 end record");
  const unsigned char *p = z->data + at;
  if (get64(p + 4) != last - at - 12) return zip_fail(z, at + 4, e, "the zip64 end record has a wrong length");
  if (get32(p + 16) || get32(p + 20) || get64(p + 24) != get64(p + 32))
    return zip_fail(z, at + 16, e, "the archive has several disks");
  *d = (zip_directory){.offset = get64(p + 48), .size = get64(p + 40), .count = get64(p + 32), .end = at};
  return AD_OK;
}

static ad_status read_directory_place(const ad_zip *z, const ad_zip_limits *limits, zip_directory *d, ad_err *e) {
  size_t end = 0;
  ad_status code = find_end(z, &end, e);
  if (code != AD_OK) return code;
  const unsigned char *p = z->data + end;
  *d = (zip_directory){.offset = get32(p + 16), .size = get32(p + 12), .count = get16(p + 10), .end = end};
  const zip_directory narrow = *d;
  bool wide = d->count == 0xFFFF || d->size == UINT32_MAX || d->offset == UINT32_MAX;
  if (wide) {
    code = read_end64(z, end, d, e);
    if (code == AD_OK &&
        ((narrow.count != 0xFFFF && narrow.count != d->count) || (narrow.size != UINT32_MAX && narrow.size != d->size) ||
         (narrow.offset != UINT32_MAX && narrow.offset != d->offset)))
      code = zip_fail(z, end + 8, e, "the end record and the zip64 end record differ");
  } else if (get16(p + 4) || get16(p + 6) || get16(p + 8) != d->count)
    code = zip_fail(z, end + 4, e, "the archive has several disks");
  if (code != AD_OK) return code;
  if (d->offset > d->end || d->size != d->end - d->offset)
    return ad__fail(e, AD_E_FORMAT,
                    "%s: byte %" PRIu64 ": zip: the central directory is said to be %" PRIu64 " bytes at %" PRIu64
                    "; it must end where the end record begins",
                    z->where, d->end, d->size, d->offset);
  if (d->count > d->size / LINE_SIZE)
    return zip_fail(z, d->end, e, "more entries are announced than the central directory can hold");
  if (d->count > limits->entries)
    return ad__fail(e, AD_E_FORMAT, "%s: byte %" PRIu64 ": zip: %" PRIu64 " entries, above the limit of %" PRIu64, z->where,
                    d->end, d->count, limits->entries);
  return AD_OK;
}

/* ---- headers ---- */

/* Replaces the fields that hold all ones by their 64-bit form (4.5.3); false when the extra field lacks one. */
static bool widen_header(const unsigned char *extra, size_t n, zip_header *h, bool central) {
  bool size = h->size == UINT32_MAX, packed = h->packed == UINT32_MAX, offset = central && h->offset == UINT32_MAX;
  size_t at = 0;
  while (at < n) {
    if (n - at < 4 || get16(extra + at + 2) > n - at - 4) return false;
    size_t length = get16(extra + at + 2);
    const unsigned char *p = extra + at + 4;
    if (get16(extra + at) == ZIP64_EXTRA) {
      if (length < 8u * ((size_t)size + packed + offset)) return false;
      if (size) h->size = get64(p), p += 8;
      if (packed) h->packed = get64(p), p += 8;
      if (offset) h->offset = get64(p);
      size = packed = offset = false;
    }
    at += 4 + length;
  }
  return !size && !packed && !offset;
}

static ad_status check_flags(const ad_zip *z, uint64_t at, const zip_header *h, ad_err *e) {
  if (h->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED))
    return zip_fail(z, at, e, "the entry is encrypted, which is not supported");
  if (h->flags & FLAG_PATCHED) return zip_fail(z, at, e, "the entry is a patch, which is not supported");
  if (h->method != METHOD_STORED && h->method != METHOD_DEFLATED)
    return ad__fail(e, AD_E_FORMAT,
                    "%s: byte %" PRIu64 ": zip: compression method %u is not supported; 0 (stored) and 8 (deflated) are",
                    z->where, at, h->method);
  if (h->method == METHOD_STORED && h->packed != h->size) return zip_fail(z, at, e, "a stored entry has two different sizes");
  return AD_OK;
}

static ad_status check_ratio(const ad_zip *z, const ad_zip_limits *limits, uint64_t at, const zip_header *h, ad_err *e) {
  uint64_t most = h->size > limits->ratio_from ? limits->ratio : AD_DEFLATE_RATIO;
  if (h->method == METHOD_DEFLATED && h->size / most > h->packed)
    return ad__fail(e, AD_E_FORMAT,
                    "%s: byte %" PRIu64 ": zip: %" PRIu64 " bytes are said to expand to %" PRIu64 ", above the limit of %" PRIu64
                    " to 1",
                    z->where, at, h->packed, h->size, most);
  return AD_OK;
}

/* After the data of an entry whose flag says so: its checksum and sizes once more (4.3.9), with or without a
 * signature, in 32 or 64 bits. The form that agrees with the central line is taken; none is an error. */
static size_t descriptor_length(const ad_zip *z, uint64_t at, const zip_header *h) {
  const unsigned char *p = z->data + at;
  size_t left = z->size - (size_t)at;
  for (int form = 0; form < 4; form++) {
    size_t mark = form & 1 ? 0 : 4, wide = form & 2 ? 8 : 4, length = mark + 4 + 2 * wide;
    if (left < length || (mark && get32(p) != DESCRIPTOR_SIGNATURE) || get32(p + mark) != h->crc) continue;
    const unsigned char *sizes = p + mark + 4;
    if (wide == 8 ? get64(sizes) == h->packed && get64(sizes + 8) == h->size
                  : get32(sizes) == h->packed && get32(sizes + 4) == h->size)
      return length;
  }
  return 0;
}

/* Compares the local header with the central line h; sets entry->data and *out_end, the byte after the entry. */
static ad_status check_local(const ad_zip *z, const zip_header *h, ad_zip_entry *entry, uint64_t limit, uint64_t *out_end,
                             ad_err *e) {
  uint64_t at = h->offset;
  if (at > limit || limit - at < LOCAL_SIZE || get32(z->data + at) != LOCAL_SIGNATURE)
    return zip_fail(z, at <= limit ? at : entry->listed + 42, e, "no local header stands where the central directory says");
  const unsigned char *p = z->data + at;
  size_t name = get16(p + 26), extra = get16(p + 28);
  if (limit - at - LOCAL_SIZE < name + extra) return zip_fail(z, at + 26, e, "the local header runs into the central directory");
  if (name != entry->name_length || memcmp(p + LOCAL_SIZE, entry->name, name) != 0)
    return zip_fail(z, at + LOCAL_SIZE, e, "the local header has another name than the central directory");
  zip_header local = {
      .flags = get16(p + 6), .method = get16(p + 8), .crc = get32(p + 14), .packed = get32(p + 18), .size = get32(p + 22)};
  if (!widen_header(p + LOCAL_SIZE + name, extra, &local, false))
    return zip_fail(z, at + LOCAL_SIZE + name, e, "the local header's extra fields are malformed");
  if (local.flags != h->flags || local.method != h->method)
    return zip_fail(z, at + 6, e, "flags or method differ from the central directory");
  bool later = h->flags & FLAG_DESCRIPTOR;
  bool blank = later && !local.crc && !local.packed && !local.size;
  if (!blank && (local.crc != h->crc || local.packed != h->packed || local.size != h->size))
    return zip_fail(z, at + 14, e, "checksum or sizes differ from the central directory");
  entry->data = at + LOCAL_SIZE + name + extra;
  if (h->packed > limit - entry->data) return zip_fail(z, at, e, "the entry's data run into the central directory");
  *out_end = entry->data + h->packed;
  if (!later) return AD_OK;
  size_t length = descriptor_length(z, *out_end, h);
  if (!length || length > limit - *out_end)
    return zip_fail(z, *out_end, e, "the data descriptor does not agree with the central directory");
  *out_end += length;
  return AD_OK;
}

/* ---- the central directory ---- */

static ad_status read_line(ad_zip *z, const ad_zip_limits *limits, const zip_directory *d, uint64_t *at, ad_zip_entry *entry,
                           uint64_t *out_end, ad_err *e) {
  uint64_t left = d->end - *at;
  const unsigned char *p = z->data + *at;
  if (left < LINE_SIZE || get32(p) != LINE_SIGNATURE) return zip_fail(z, *at, e, "a line of the central directory is missing");
  size_t name = get16(p + 28), extra = get16(p + 30), comment = get16(p + 32);
  if (left - LINE_SIZE < name + extra + comment) return zip_fail(z, *at + 28, e, "a line runs past the central directory");
  if (get16(p + 34) != 0) return zip_fail(z, *at + 34, e, "the archive has several disks");
  const char *name_text = (const char *)p + LINE_SIZE;
  const char *fault = ad__zip_name_fault(name_text, name);
  if (fault) return zip_fail(z, *at + LINE_SIZE, e, fault);
  zip_header h = {.flags = get16(p + 8),
                  .method = get16(p + 10),
                  .crc = get32(p + 16),
                  .packed = get32(p + 20),
                  .size = get32(p + 24),
                  .offset = get32(p + 42)};
  if (!widen_header(p + LINE_SIZE + name, extra, &h, true))
    return zip_fail(z, *at + LINE_SIZE + name, e, "the line's extra fields are malformed");
  ad_status code = check_flags(z, *at + 8, &h, e);
  if (code == AD_OK) code = check_ratio(z, limits, *at + 20, &h, e);
  if (code != AD_OK) return code;
  *entry = (ad_zip_entry){.name = ad__arena_text(&z->arena, name_text, name),
                          .name_length = name,
                          .header = h.offset,
                          .packed = h.packed,
                          .size = h.size,
                          .crc = h.crc,
                          .deflated = h.method == METHOD_DEFLATED,
                          .listed = *at};
  if (!entry->name) return ad__fail(e, AD_E_MEMORY, "%s: no memory for the archive's entries", z->where);
  *at += LINE_SIZE + name + extra + comment;
  return check_local(z, &h, entry, d->offset, out_end, e);
}

/* ---- the archive as a whole ---- */

typedef struct zip_span {
  uint64_t from, to;
  const ad_zip_entry *entry;
} zip_span;

static bool starts_before(const void *a, const void *b, const void *user) {
  (void)user;
  return ((const zip_span *)a)->from < ((const zip_span *)b)->from;
}

static int compare_names(const zip_span *a, const zip_span *b) {
  size_t n = a->entry->name_length, m = b->entry->name_length;
  return n != m ? (n < m ? -1 : 1) : memcmp(a->entry->name, b->entry->name, n);
}

static bool named_before(const void *a, const void *b, const void *user) {
  int order = compare_names(a, b);
  (void)user;
  return order ? order < 0 : ((const zip_span *)a)->entry->listed < ((const zip_span *)b)->entry->listed;
}

static ad_status check_apart(const ad_zip *z, zip_span *s, ad_err *e) {
  ad__sort(s, z->count, sizeof *s, starts_before, NULL);
  for (size_t i = 1; i < z->count; i++)
    if (s[i].from < s[i - 1].to) return zip_fail(z, s[i].from, e, "two entries overlap");
  ad__sort(s, z->count, sizeof *s, named_before, NULL);
  for (size_t i = 1; i < z->count; i++)
    if (compare_names(&s[i - 1], &s[i]) == 0)
      return zip_fail(z, s[i].entry->listed + LINE_SIZE, e, "two entries have the same name");
  return AD_OK;
}

static ad_status read_directory(ad_zip *z, const ad_zip_limits *limits, ad_err *e) {
  zip_directory d;
  ad_status code = read_directory_place(z, limits, &d, e);
  if (code != AD_OK) return code;
  z->count = (size_t)d.count; /* at most size / LINE_SIZE */
  z->entries = ad__arena_array(&z->arena, z->count, sizeof *z->entries, _Alignof(ad_zip_entry));
  zip_span *spans = ad__arena_array(&z->arena, z->count, sizeof *spans, _Alignof(zip_span));
  if (!z->entries || !spans) return ad__fail(e, AD_E_MEMORY, "%s: no memory for the archive's entries", z->where);
  uint64_t at = d.offset;
  for (size_t i = 0; i < z->count; i++) {
    code = read_line(z, limits, &d, &at, &z->entries[i], &spans[i].to, e);
    if (code != AD_OK) return code;
    spans[i].from = z->entries[i].header;
    spans[i].entry = &z->entries[i];
  }
  if (at != d.end) return zip_fail(z, at, e, "the central directory holds more than its entries");
  return check_apart(z, spans, e);
}

ad_status ad__zip_open(ad_mem *mem, const void *data, size_t size, const char *where, const ad_zip_limits *limits, ad_zip *out,
                       ad_err *e) {
  ad_zip_limits given = limits ? *limits : (ad_zip_limits){0};
  if (!given.entries) given.entries = 1000000;
  if (!given.ratio) given.ratio = 1000;
  if (!given.ratio_from) given.ratio_from = (uint64_t)1 << 30;
  *out = (ad_zip){.where = where, .data = data, .size = size};
  ad__arena_init(&out->arena, mem);
  ad_status code = read_directory(out, &given, e);
  if (code != AD_OK) ad__zip_close(out);
  return code;
}

void ad__zip_close(ad_zip *z) {
  ad__arena_free(&z->arena);
  z->entries = NULL;
  z->count = 0;
}

/* ---- an entry's bytes ---- */

static ad_status wrong_crc(const ad_zip *z, const ad_zip_entry *entry, uint32_t got, ad_err *e) {
  return ad__fail(e, AD_E_FORMAT,
                  "%s: byte %" PRIu64 ": zip: the entry's CRC-32 is %08" PRIx32 ", not %08" PRIx32
                  " as its header says: the data are damaged",
                  z->where, entry->data, got, entry->crc);
}

ad_status ad__zip_check_stored(const ad_zip *z, const ad_zip_entry *entry, ad_err *e) {
  uint32_t crc = ad__crc32(0, z->data + entry->data, (size_t)entry->packed);
  return crc == entry->crc ? AD_OK : wrong_crc(z, entry, crc, e);
}

ad_status ad__zip_stream_open(const ad_zip *z, const ad_zip_entry *entry, ad_zip_stream *out, ad_err *e) {
  *out = (ad_zip_stream){.zip = z, .entry = entry};
  if (!entry->deflated) return AD_OK;
  ad_err inner;
  ad_status code = ad__inflate_open(z->arena.mem, z->data + entry->data, (size_t)entry->packed, &out->inflate, &inner);
  return code == AD_OK ? AD_OK : ad__fail(e, code, "%s: byte %" PRIu64 ": zip: %s", z->where, entry->data, inner.text);
}

static ad_status inflate_some(ad_zip_stream *s, void *out, size_t n, size_t *out_n, ad_err *e) {
  ad_err inner;
  ad_status code = ad__inflate_read(s->inflate, out, n, out_n, &inner);
  if (code == AD_OK) return AD_OK;
  return ad__fail(e, code, "%s: byte %" PRIu64 ": zip: %s", s->zip->where, s->entry->data + ad__inflate_used(s->inflate),
                  inner.text);
}

/* All bytes are out: the stream must end here, use its whole input and have the right checksum. */
static ad_status finish_stream(ad_zip_stream *s, ad_err *e) {
  if (s->inflate) {
    unsigned char more;
    size_t got;
    ad_status code = inflate_some(s, &more, 1, &got, e);
    if (code != AD_OK) return code;
    if (got || ad__inflate_used(s->inflate) != s->entry->packed)
      return zip_fail(s->zip, s->entry->data, e, "the entry expands to another size than its header says");
  }
  return s->crc == s->entry->crc ? AD_OK : wrong_crc(s->zip, s->entry, s->crc, e);
}

ad_status ad__zip_stream_read(ad_zip_stream *s, void *out, size_t n, ad_err *e) {
  const ad_zip_entry *entry = s->entry;
  if (n > entry->size - s->done)
    return ad__fail(e, AD_E_FORMAT, "%s: byte %" PRIu64 ": zip: the entry has %" PRIu64 " bytes, too few for what it should hold",
                    s->zip->where, entry->data, entry->size);
  size_t got = n;
  if (!entry->deflated) {
    if (n) memcpy(out, s->zip->data + entry->data + s->done, n);
  } else {
    ad_status code = inflate_some(s, out, n, &got, e);
    if (code != AD_OK) return code;
    if (got != n) return zip_fail(s->zip, entry->data, e, "the entry expands to another size than its header says");
  }
  s->crc = ad__crc32(s->crc, out, n);
  s->done += n;
  return s->done == entry->size ? finish_stream(s, e) : AD_OK;
}

void ad__zip_stream_close(ad_zip_stream *s) {
  ad__inflate_close(s->inflate);
  s->inflate = NULL;
}
