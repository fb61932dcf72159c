/* Npz on zip and npy. Inner messages name the entry and count bytes from its start. */
#include "io/npz_format.h"

#include <inttypes.h>
#include <string.h>

#include "io/npy_format.h"

enum { SUFFIX = 4, HEADER_ROOM = AD_NPY_PREFIX_MOST + AD_NPY_HEADER_MOST, WHERE_TEXT = 512 };

/* "weights.npz: entry "w.npy"", the name cut and escaped. */
static void entry_where(const ad_npz *z, const ad_zip_entry *entry, char out[WHERE_TEXT]) {
  size_t used = ad__format(out, WHERE_TEXT / 2, "%s", z->zip.where);
  used += ad__format(out + used, WHERE_TEXT - used, ": entry \"");
  for (size_t i = 0; i < entry->name_length && used < WHERE_TEXT - 16; i++) {
    unsigned char c = (unsigned char)entry->name[i];
    used += ad__format(out + used, WHERE_TEXT - used, c < 0x20 || c >= 0x7F || c == '"' ? "\\x%02x" : "%c", c);
  }
  ad__format(out + used, WHERE_TEXT - used, "\"");
}

/* Reads prefix and header from the stream into head; the stream then stands at the elements. */
static ad_status read_head(const ad_zip_entry *entry, ad_zip_stream *s, const char *where, unsigned char head[HEADER_ROOM],
                           size_t *out_n, ad_err *e) {
  size_t first = entry->size < AD_NPY_PREFIX_MOST ? (size_t)entry->size : AD_NPY_PREFIX_MOST, n = 0;
  ad_status code = ad__zip_stream_read(s, head, first, e);
  if (code == AD_OK) code = ad__npy_header_size(head, first, entry->size, where, &n, e);
  if (code == AD_OK && n > first) code = ad__zip_stream_read(s, head + first, n - first, e);
  *out_n = n;
  return code;
}

static ad_status read_item(ad_npz *z, const ad_zip_entry *entry, ad_tensor_file *out, ad_err *e) {
  unsigned char head[HEADER_ROOM];
  char where[WHERE_TEXT];
  ad_zip_stream s;
  size_t n = entry->name_length;
  entry_where(z, entry, where);
  if (n < SUFFIX || memcmp(entry->name + n - SUFFIX, ".npy", SUFFIX) != 0)
    return ad__fail(e, AD_E_FORMAT, "%s: byte %" PRIu64 ": npz: the name does not end in .npy; an npz holds arrays only", where,
                    entry->header);
  ad_status code = ad__zip_stream_open(&z->zip, entry, &s, e);
  if (code != AD_OK) return code;
  size_t head_size = 0;
  code = read_head(entry, &s, where, head, &head_size, e);
  ad__zip_stream_close(&s);
  if (code == AD_OK) code = ad__npy_parse(head, head_size, entry->size, where, out, e);
  if (code != AD_OK) return code;
  out->name = ad__arena_text(&z->zip.arena, entry->name, n - SUFFIX);
  out->name_length = n - SUFFIX;
  return out->name ? AD_OK : ad__fail(e, AD_E_MEMORY, "%s: no memory for its list of arrays", z->zip.where);
}

ad_status ad__npz_open(ad_mem *mem, const void *data, size_t size, const char *where, const ad_zip_limits *limits, ad_npz *out,
                       ad_err *e) {
  *out = (ad_npz){0};
  ad_status code = ad__zip_open(mem, data, size, where, limits, &out->zip, e);
  if (code != AD_OK) return code;
  out->items = ad__arena_array(&out->zip.arena, out->zip.count, sizeof *out->items, _Alignof(ad_tensor_file));
  if (!out->items) code = ad__fail(e, AD_E_MEMORY, "%s: no memory for its list of arrays", where);
  for (; code == AD_OK && out->count < out->zip.count; out->count++)
    code = read_item(out, &out->zip.entries[out->count], &out->items[out->count], e);
  if (code != AD_OK) ad__npz_close(out);
  return code;
}

void ad__npz_close(ad_npz *z) {
  ad__zip_close(&z->zip);
  z->items = NULL;
  z->count = 0;
}

ad_status ad__npz_read(const ad_npz *z, size_t i, void *out, ad_err *e) {
  unsigned char head[HEADER_ROOM];
  ad_zip_stream s;
  ad_status code = ad__zip_stream_open(&z->zip, &z->zip.entries[i], &s, e);
  if (code != AD_OK) return code;
  code = ad__zip_stream_read(&s, head, (size_t)z->items[i].offset, e);
  if (code == AD_OK) code = ad__zip_stream_read(&s, out, (size_t)z->items[i].bytes, e);
  ad__zip_stream_close(&s);
  return code;
}

ad_status ad__npz_view(const ad_npz *z, size_t i, const void **out, ad_err *e) {
  const ad_zip_entry *entry = &z->zip.entries[i];
  *out = NULL;
  if (entry->deflated) return AD_OK;
  ad_status code = ad__zip_check_stored(&z->zip, entry, e);
  if (code == AD_OK) *out = z->zip.data + entry->data + z->items[i].offset;
  return code;
}

ad_status ad__npz_write(ad_zip_writer *w, const char *name, size_t n, ad_dtype dtype, int rank, const int64_t *dims,
                        const void *data, bool deflated, ad_err *e) {
  ad_tensor_file t = {.dtype = dtype, .rank = rank};
  ad_text head, full;
  if (rank) memcpy(t.dims, dims, (size_t)rank * sizeof *dims);
  if (!ad__tensor_file_measure(&t)) return ad__fail(e, AD_E_OVERFLOW, "npz: an array has more bytes than 63 bits can count");
  ad__text_init(&head, w->arena.mem);
  ad__text_init(&full, w->arena.mem);
  ad__npy_write_header(&head, dtype, rank, dims);
  ad__text_add_n(&full, name, n);
  ad__text_add(&full, ".npy");
  ad_status code = head.failed || full.failed ? ad__fail(e, AD_E_MEMORY, "npz: no memory for a header") : AD_OK;
  if (code == AD_OK) code = ad__zip_write_begin(w, full.data, full.length, head.length + t.bytes, deflated, e);
  if (code == AD_OK) code = ad__zip_write_put(w, head.data, head.length, e);
  if (code == AD_OK) code = ad__zip_write_put(w, data, (size_t)t.bytes, e);
  if (code == AD_OK) code = ad__zip_write_end(w, e);
  ad__text_free(&head);
  ad__text_free(&full);
  return code;
}
