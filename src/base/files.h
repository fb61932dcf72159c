/* Files: mapped reading, atomic writing.
 *
 * Reading maps or copies the whole regular file; anything that is not a regular file is refused. A reader gets
 * a byte range and never touches the file again. A mapping is a view: should another process shorten the file
 * meanwhile, the system answers a touch of the lost pages with SIGBUS; where that may happen, copy. Writing goes to a temporary sibling, which is flushed and
 * renamed over the target on commit, so that a reader sees the old file or the new one, never half. */
#ifndef AD_BASE_FILES_H
#define AD_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/mem.h"
#include "base/str.h"

typedef struct ad_mapped {
  const unsigned char *data; /* NULL when the file is empty */
  size_t size;
  ad_mem *owner; /* of a copy; NULL for a mapping */
} ad_mapped;

/* Maps `path` read-only (private). Errors: AD_E_OS with the path and the system's reason. */
ad_status ad__file_map(const char *path, ad_mapped *out, ad_err *e);
/* Reads the file into memory instead; files above `limit` bytes (0: none) are refused before any is taken. */
ad_status ad__file_read(ad_mem *mem, const char *path, uint64_t limit, ad_mapped *out, ad_err *e);
/* Ends either. */
void ad__file_unmap(ad_mapped *m);

/* Appends to a file, which is made if it is not there: in one piece, unless the system takes only a part. */
ad_status ad__file_append(const char *path, const void *data, size_t n, ad_err *e);

typedef struct ad_writer ad_writer;
/* Starts a temporary sibling of `path`; of the file it leads to when it is a symbolic link. An existing target
 * must be a regular file, and its permissions are kept. */
ad_status ad__writer_open(ad_mem *mem, const char *path, ad_writer **out, ad_err *e);
/* Appends; errors are sticky and reported by commit as well. */
ad_status ad__writer_put(ad_writer *w, const void *data, size_t n, ad_err *e);
uint64_t ad__writer_offset(const ad_writer *w);
/* Overwrites n bytes at an offset already written. */
ad_status ad__writer_patch(ad_writer *w, uint64_t offset, const void *data, size_t n, ad_err *e);
/* Flushes to disk, renames over the target, frees w. On failure the target is untouched and w is freed. */
ad_status ad__writer_commit(ad_writer *w, ad_err *e);
/* Removes the temporary file and frees w; w may be NULL. */
void ad__writer_abandon(ad_writer *w);

#endif
