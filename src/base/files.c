/* Files on a POSIX system. The only file that opens, maps, writes or renames one.
 *
 * Invariant of a writer: until commit has renamed it, the temporary sibling is the only thing changed on disk,
 * and whoever ends the writer removes it. The first error sticks: later calls repeat it and write nothing.
 * Not here: locking, streams, folders (folder.h). */
#define _XOPEN_SOURCE 700
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* strerror is shared between threads only for numbers the system does not know. */
static ad_status system_fail(ad_err *e, const char *path, const char *doing, int reason) {
  ad_status code = reason == ENOMEM ? AD_E_MEMORY : AD_E_OS;
  return ad__fail(e, code, "%s: %s: %s", path, doing, strerror(reason));
}

/* ---- reading ---- */

/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
static ad_status open_regular(const char *path, int *out_file, size_t *out_size, ad_err *e) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (file < 0) return system_fail(e, path, "cannot open for reading", errno);
  struct stat st;
  ad_status code = AD_OK;
  if (fstat(file, &st) != 0) code = system_fail(e, path, "cannot look at the file", errno);
  else if (!S_ISREG(st.st_mode))
    code = ad__fail(e, AD_E_OS, "%s: cannot read: it is %s, not a regular file", path,
                    S_ISDIR(st.st_mode)    ? "a directory"
                    : S_ISFIFO(st.st_mode) ? "a FIFO"
                                           : "a device or socket");
  else if (st.st_size < 0 || (uint64_t)st.st_size > SIZE_MAX)
    code = ad__fail(e, AD_E_OVERFLOW, "%s: cannot read: its size does not fit into memory", path);
  if (code != AD_OK) {
    close(file);
    return code;
  }
  *out_file = file;
  *out_size = (size_t)st.st_size;
  return AD_OK;
}

ad_status ad__file_map(const char *path, ad_mapped *out, ad_err *e) {
  int file;
  *out = (ad_mapped){0};
  ad_status code = open_regular(path, &file, &out->size, e);
  if (code != AD_OK) return code;
  if (out->size) {
    void *data = mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) code = system_fail(e, path, "cannot map", errno), out->size = 0;
    else out->data = data;
  }
  close(file);
  return code;
}

ad_status ad__file_read(ad_mem *mem, const char *path, uint64_t limit, ad_mapped *out, ad_err *e) {
  int file;
  size_t size;
  *out = (ad_mapped){0};
  ad_status code = open_regular(path, &file, &size, e);
  if (code != AD_OK) return code;
  unsigned char *data = NULL;
  if (limit && size > limit)
    code = ad__fail(e, AD_E_VALUE, "%s: the file has %llu bytes, above the limit of %llu", path, (unsigned long long)size,
                    (unsigned long long)limit);
  else if (size && !(data = ad__mem_take(mem, size)))
    code = ad__fail(e, AD_E_MEMORY, "%s: no memory for its %llu bytes", path, (unsigned long long)size);
  for (size_t at = 0; code == AD_OK && at < size;) {
    ssize_t got = read(file, data + at, size - at);
    if (got > 0) at += (size_t)got;
    else if (got == 0) code = ad__fail(e, AD_E_OS, "%s: the file became shorter while it was read", path);
    else if (errno != EINTR) code = system_fail(e, path, "cannot read", errno);
  }
  close(file);
  if (code != AD_OK) ad__mem_give(mem, data, size);
  else *out = (ad_mapped){data, size, data ? mem : NULL};
  return code;
}

void ad__file_unmap(ad_mapped *m) {
  if (m->owner) {
    union {
      const void *seen;
      void *own;
    } data = {m->data};
    ad__mem_give(m->owner, data.own, m->size);
  } else if (m->data) {
    union {
      const void *seen;
      void *own;
    } data = {m->data};
    munmap(data.own, m->size);
  }
  *m = (ad_mapped){0};
}

/* ---- appending ---- */

ad_status ad__file_append(const char *path, const void *data, size_t n, ad_err *e) {
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  if (file < 0) return system_fail(e, path, "cannot open for appending", errno);
  ad_status code = AD_OK;
  for (size_t at = 0; code == AD_OK && at < n;) {
    ssize_t done = write(file, (const char *)data + at, n - at);
    if (done > 0) at += (size_t)done;
    else if (done == 0 || errno != EINTR) code = system_fail(e, path, "cannot write", done == 0 ? ENOSPC : errno);
  }
  if (close(file) != 0 && code == AD_OK) code = system_fail(e, path, "cannot close", errno);
  return code;
}

/* ---- writing ---- */

#ifdef AD_STRESS
enum { WRITER_BUFFER = 16 };
#else
enum { WRITER_BUFFER = 1 << 16 };
#endif

struct ad_writer {
  ad_mem *mem;
  int file;
  char target[PATH_MAX];
  char temporary[PATH_MAX];
  uint64_t flushed; /* bytes handed to the system */
  size_t waiting;   /* bytes in buffer */
  ad_err failure;   /* the first; code AD_OK while there is none */
  unsigned char buffer[WRITER_BUFFER];
};

/* The writer's state into e. */
static ad_status writer_repeat(const ad_writer *w, ad_err *e) {
  if (w->failure.code != AD_OK && e) *e = w->failure;
  return w->failure.code;
}

static ad_status writer_fail(ad_writer *w, const char *doing, int reason) {
  return system_fail(&w->failure, w->target, doing, reason);
}

/* What `path` stands for: through a symbolic link to its target, else itself; and the permissions it has. */
static ad_status find_target(const char *path, char out[PATH_MAX], mode_t *out_mode, ad_err *e) {
  struct stat st;
  *out_mode = 0;
  if (strlen(path) >= PATH_MAX)
    return ad__fail(e, AD_E_OS, "cannot write: a path of %zu bytes; the system allows %d", strlen(path), PATH_MAX - 1);
  if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
    if (!realpath(path, out)) return system_fail(e, path, "cannot follow the symbolic link", errno);
  } else memcpy(out, path, strlen(path) + 1);
  if (stat(out, &st) != 0) return errno == ENOENT ? AD_OK : system_fail(e, out, "cannot write", errno);
  if (!S_ISREG(st.st_mode))
    return ad__fail(e, AD_E_OS, "%s: cannot write: it exists and is no regular file, which is what can be replaced", out);
  *out_mode = st.st_mode & 07777;
  return AD_OK;
}

/* Names that differ between processes and moments; O_EXCL settles what is left. */
static ad_status make_temporary(ad_writer *w, ad_err *e) {
  struct timespec now;
  for (int attempt = 0; attempt < 100; attempt++) {
    clock_gettime(CLOCK_REALTIME, &now);
    size_t n = ad__format(w->temporary, sizeof w->temporary, "%s.%lx-%lx.tmp", w->target, (unsigned long)getpid(),
                          (unsigned long)now.tv_nsec + (unsigned long)attempt);
    if (n + 1 >= sizeof w->temporary) return system_fail(e, w->target, "cannot write a sibling", ENAMETOOLONG);
    w->file = open(w->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (w->file >= 0) return AD_OK;
    if (errno != EEXIST) break;
  }
  return system_fail(e, w->target, "cannot create a temporary file beside it", errno);
}

ad_status ad__writer_open(ad_mem *mem, const char *path, ad_writer **out, ad_err *e) {
  *out = NULL;
  ad_writer *w = ad__mem_take(mem, sizeof *w);
  if (!w) return ad__fail(e, AD_E_MEMORY, "%s: no memory to write it", path);
  w->mem = mem;
  w->flushed = w->waiting = 0;
  w->failure.code = AD_OK;
  mode_t mode;
  ad_status code = find_target(path, w->target, &mode, e);
  if (code == AD_OK) code = make_temporary(w, e);
  if (code != AD_OK) {
    ad__mem_give(mem, w, sizeof *w);
    return code;
  }
  if (mode) (void)fchmod(w->file, mode); /* refused on file systems without permissions, where nothing is lost */
  *out = w;
  return AD_OK;
}

static ad_status write_all(ad_writer *w, const unsigned char *data, size_t n, uint64_t offset) {
  while (n) {
    ssize_t done = pwrite(w->file, data, n, (off_t)offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return writer_fail(w, "cannot write", done < 0 ? errno : ENOSPC);
    data += done, n -= (size_t)done, offset += (uint64_t)done;
  }
  return AD_OK;
}

static ad_status writer_flush(ad_writer *w) {
  if (w->failure.code != AD_OK || !w->waiting) return w->failure.code;
  ad_status code = write_all(w, w->buffer, w->waiting, w->flushed);
  w->flushed += w->waiting;
  w->waiting = 0;
  return code;
}

ad_status ad__writer_put(ad_writer *w, const void *data, size_t n, ad_err *e) {
  if (n > sizeof w->buffer - w->waiting) writer_flush(w);
  if (w->failure.code != AD_OK) return writer_repeat(w, e);
  if (n > sizeof w->buffer - w->waiting) {
    write_all(w, data, n, w->flushed);
    w->flushed += n;
  } else if (n) {
    memcpy(w->buffer + w->waiting, data, n);
    w->waiting += n;
  }
  return writer_repeat(w, e);
}

uint64_t ad__writer_offset(const ad_writer *w) { return w->flushed + w->waiting; }

ad_status ad__writer_patch(ad_writer *w, uint64_t offset, const void *data, size_t n, ad_err *e) {
  writer_flush(w);
  if (w->failure.code == AD_OK) {
    if (offset > w->flushed || n > w->flushed - offset)
      ad__fail(&w->failure, AD_E_RUNTIME, "%s: a patch of %zu bytes at %llu lies outside what was written", w->target, n,
               (unsigned long long)offset);
    else write_all(w, data, n, offset);
  }
  return writer_repeat(w, e);
}

/* Makes the rename itself durable. The target is already the new file, so a failure here is not reported. */
static void sync_parent(const char *path) {
  char parent[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t n = slash ? (size_t)(slash - path) : 0;
  if (slash && n == 0) n = 1;
  memcpy(parent, n ? path : ".", n ? n : 1);
  parent[n ? n : 1] = 0;
  int folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  (void)fsync(folder);
  close(folder);
}

ad_status ad__writer_commit(ad_writer *w, ad_err *e) {
  writer_flush(w);
  if (w->failure.code == AD_OK && fsync(w->file) != 0) writer_fail(w, "cannot flush to disk", errno);
  if (close(w->file) != 0 && w->failure.code == AD_OK) writer_fail(w, "cannot close", errno);
  if (w->failure.code == AD_OK && rename(w->temporary, w->target) != 0) writer_fail(w, "cannot replace", errno);
  ad_status code = writer_repeat(w, e);
  if (code == AD_OK) sync_parent(w->target);
  else unlink(w->temporary);
  ad__mem_give(w->mem, w, sizeof *w);
  return code;
}

void ad__writer_abandon(ad_writer *w) {
  if (!w) return;
  close(w->file);
  unlink(w->temporary);
  ad__mem_give(w->mem, w, sizeof *w);
}
