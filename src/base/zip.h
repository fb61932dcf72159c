/* Zip archives: a suspicious reader over a byte range, and a writer.
 *
 * Opening reads the central directory and every local header, and accepts the archive only when both tell the
 * same story: names, sizes, checksums and methods agree, no two entries share a byte, no name leaves the folder
 * or occurs twice. So what a caller sees is what any other zip reader would see. Zip64 is read and, where
 * needed, written; entries are stored or deflated. Written archives are deterministic (no times) and stored
 * data start at a multiple of 64 bytes, so that a mapped file can be used in place.
 * Not here: encryption, other methods, several disks, changing an archive, unpacking to files. */
#ifndef AD_BASE_ZIP_H
#define AD_BASE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/inflate.h"
#include "base/sink.h"
#include "base/str.h"

/* ---- reading ---- */

typedef struct ad_zip_entry {
  const char *name; /* a NUL follows; holds none */
  size_t name_length;
  uint64_t header; /* offset of the local header */
  uint64_t data;   /* offset of the packed bytes */
  uint64_t packed; /* their count */
  uint64_t size;   /* of the entry itself */
  uint32_t crc;
  bool deflated;
  uint64_t listed; /* offset of its line in the central directory */
} ad_zip_entry;

/* Zero means the default. */
typedef struct ad_zip_limits {
  uint64_t entries;    /* 1,000,000 */
  uint64_t ratio;      /* largest expansion of an entry above `ratio_from` bytes; 1000 */
  uint64_t ratio_from; /* 1 GiB; below it, what deflate can do (1032) is the limit */
} ad_zip_limits;

typedef struct ad_zip {
  const char *where; /* begins every message */
  const unsigned char *data;
  size_t size;
  ad_arena arena;
  ad_zip_entry *entries; /* in the order of the central directory */
  size_t count;
} ad_zip;

/* Needs data and where to live until close. limits may be NULL. On failure nothing is left to close. */
ad_status ad__zip_open(ad_mem *mem, const void *data, size_t size, const char *where, const ad_zip_limits *limits, ad_zip *out,
                       ad_err *e);
void ad__zip_close(ad_zip *z);

/* One entry's bytes in order. The last read checks length and checksum, so a caller that has all its bytes and no
 * error has the right ones. */
typedef struct ad_zip_stream {
  const ad_zip *zip;
  const ad_zip_entry *entry;
  ad_inflate *inflate; /* NULL for a stored entry */
  uint64_t done;
  uint32_t crc;
} ad_zip_stream;

ad_status ad__zip_stream_open(const ad_zip *z, const ad_zip_entry *entry, ad_zip_stream *out, ad_err *e);
/* Exactly n bytes; asking for more than the entry has is AD_E_FORMAT. */
ad_status ad__zip_stream_read(ad_zip_stream *s, void *out, size_t n, ad_err *e);
void ad__zip_stream_close(ad_zip_stream *s);
/* Compares the checksum of a stored entry without copying it. */
ad_status ad__zip_check_stored(const ad_zip *z, const ad_zip_entry *entry, ad_err *e);

/* ---- writing ---- */

typedef struct ad_zip_writer {
  ad_sink sink;
  ad_arena arena; /* of what the central directory will say */
  struct ad_zip_line *first, **last;
  struct ad_zip_line *open; /* the entry being written */
  ad_deflate *deflate;
  uint64_t count;
} ad_zip_writer;

/* The archive begins where the sink stands, which must be its beginning. */
void ad__zip_write_init(ad_zip_writer *w, ad_mem *mem, ad_sink sink);
/* Starts an entry of exactly `size` bytes. Names are UTF-8, relative and not checked for having been used. */
ad_status ad__zip_write_begin(ad_zip_writer *w, const char *name, size_t n, uint64_t size, bool deflated, ad_err *e);
ad_status ad__zip_write_put(ad_zip_writer *w, const void *data, size_t n, ad_err *e);
ad_status ad__zip_write_end(ad_zip_writer *w, ad_err *e);
/* Writes the central directory. */
ad_status ad__zip_write_finish(ad_zip_writer *w, ad_err *e);
/* Frees what the writer holds; the sink is the caller's. */
void ad__zip_write_free(ad_zip_writer *w);

/* NULL when a name may stand in an archive, else what is wrong with it: empty, absolute, with a drive letter or a
 * "..", with a NUL or a backslash, longer than 65,535 bytes, or not UTF-8. */
const char *ad__zip_name_fault(const char *name, size_t n);

#endif
