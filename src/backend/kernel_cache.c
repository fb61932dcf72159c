/* The folder of compiled code.
 *
 * Invariant: a file under its final name is complete: it gets its trailer under another name and is renamed. Who finds one that is
 * not (a disk that was full, a machine that stopped) takes it away and makes another. Age is the time of last use, which loading
 * sets. Processes that share the folder need no lock: a file that another takes away while it is loaded stays loaded.
 * Not here: what is in the files, and how they are made. */
#define _GNU_SOURCE
#include "backend/kernel_cache.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const uint64_t default_bytes = (uint64_t)1 << 30;
enum { MOST_BYTES = 256 << 20, STALE_SECONDS = 3600, KEY_DIGITS = 32 };

/* ---- Keys ---- */

/* Two sums with different multipliers (odd numbers from the golden ratio and from sqrt(2)), eight bytes at a time. */
void ad__kernel_key_add(ad_kernel_key *k, const void *data, size_t n) {
  static const uint64_t by[2] = {0x9e3779b97f4a7c15u, 0xb504f333f9de6485u};
  const char *s = data;
  for (size_t at = 0; at <= n; at += 8) {
    uint64_t word = 0;
    memcpy(&word, s + at, n - at < 8 ? n - at : 8);
    if (n - at < 8) word |= (uint64_t)(n - at + 1) << 56;
    for (int i = 0; i < 2; i++) {
      k->word[i] = (k->word[i] ^ word) * by[i];
      k->word[i] ^= k->word[i] >> 31;
    }
  }
}

static void name_file(const ad_kernel_cache *c, ad_kernel_key key, const char *ending, char *out) {
  ad__format(out, AD_CACHE_PATH, "%s/%016llx%016llx%s", c->folder, (unsigned long long)key.word[0],
             (unsigned long long)key.word[1], ending);
}

/* ---- The folder ---- */

/* Makes a folder, and those above it that are not there. */
static bool make_folders(char *path) {
  for (char *s = path + 1; *s; s++) {
    if (*s != '/') continue;
    *s = 0;
    bool made = mkdir(path, 0700) == 0 || errno == EEXIST || errno == EACCES || errno == EROFS;
    *s = '/';
    if (!made) return false;
  }
  return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static ad_status check_folder(const char *path, ad_err *e) {
  struct stat st;
  if (stat(path, &st) != 0) return ad__fail(e, AD_E_OS, "cache folder %s: %s", path, strerror(errno));
  if (!S_ISDIR(st.st_mode)) return ad__fail(e, AD_E_OS, "cache folder %s: it is no folder; one of your own is right", path);
  if (st.st_uid != geteuid())
    return ad__fail(e, AD_E_OS, "cache folder %s: it belongs to user %ld; one of your own (user %ld) is right", path,
                    (long)st.st_uid, (long)geteuid());
  if (st.st_mode & 022)
    return ad__fail(e, AD_E_OS, "cache folder %s: others may write to it (mode %03o); mode 700 is right", path,
                    (unsigned)st.st_mode & 0777);
  if (access(path, R_OK | W_OK | X_OK) != 0) return ad__fail(e, AD_E_OS, "cache folder %s: %s", path, strerror(errno));
  return AD_OK;
}

ad_status ad__kernel_cache_open(ad_kernel_cache *c, const char *given, const char *xdg, const char *home, ad_err *e) {
  size_t n;
  if (given && *given) n = ad__format(c->folder, sizeof c->folder, "%s", given);
  else if (xdg && *xdg == '/') n = ad__format(c->folder, sizeof c->folder, "%s/adamant", xdg);
  else if (home && *home) n = ad__format(c->folder, sizeof c->folder, "%s/.cache/adamant", home);
  else return ad__fail(e, AD_E_OS, "cache folder: neither AD_CACHE_DIR nor XDG_CACHE_HOME nor HOME is set; one of them is right");
  c->most_bytes = default_bytes;
  if (n + 128 > sizeof c->folder)
    return ad__fail(e, AD_E_OS, "cache folder: a path of %zu bytes; %zu at most are right", n, sizeof c->folder - 128);
  if (!make_folders(c->folder)) return ad__fail(e, AD_E_OS, "cache folder %s: it cannot be made: %s", c->folder, strerror(errno));
  return check_folder(c->folder, e);
}

/* ---- Files ---- */

typedef struct trailer {
  char word[16];
  ad_kernel_key key, sum; /* sum: of all bytes before the trailer */
  uint64_t size;          /* of these */
} trailer;

static const char trailer_word[16] = "adamant native 1";

static bool read_all(int file, void *to, size_t n) {
  for (size_t at = 0; at < n;) {
    ssize_t got = read(file, (char *)to + at, n - at);
    if (got > 0) at += (size_t)got;
    else if (got == 0 || errno != EINTR) return false;
  }
  return true;
}

/* Of the n bytes that come next, piece by piece. */
static bool sum_bytes(int file, size_t n, ad_kernel_key *sum) {
  char piece[4096];
  *sum = (ad_kernel_key){{0, 0}};
  while (n) {
    size_t k = n < sizeof piece ? n : sizeof piece;
    if (!read_all(file, piece, k)) return false;
    ad__kernel_key_add(sum, piece, k);
    n -= k;
  }
  return true;
}

/* The size of a regular file of ours that nobody else may write; 0: it is none. */
static size_t own_size(int file) {
  struct stat st;
  if (fstat(file, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022) return 0;
  return st.st_size > 0 && st.st_size <= MOST_BYTES ? (size_t)st.st_size : 0;
}

static bool is_sound(int file, ad_kernel_key key) {
  trailer t;
  ad_kernel_key sum;
  size_t n = own_size(file);
  if (n <= sizeof t || !sum_bytes(file, n - sizeof t, &sum) || !read_all(file, &t, sizeof t)) return false;
  return memcmp(t.word, trailer_word, sizeof t.word) == 0 && t.size == n - sizeof t && memcmp(&t.key, &key, sizeof key) == 0 &&
         memcmp(&t.sum, &sum, sizeof sum) == 0;
}

void *ad__kernel_cache_load(const ad_kernel_cache *c, ad_kernel_key key) {
  char path[AD_CACHE_PATH];
  name_file(c, key, ".so", path);
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return NULL;
  bool sound = is_sound(file, key);
  if (sound) (void)futimens(file, NULL);
  close(file);
  void *library = sound ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) unlink(path);
  return library;
}

void ad__kernel_cache_temporary(const ad_kernel_cache *c, ad_kernel_key key, char *text, char *library) {
  struct timespec now;
  char ending[64];
  clock_gettime(CLOCK_REALTIME, &now);
  ad__format(ending, sizeof ending, ".%lx-%lx.c", (unsigned long)getpid(), (unsigned long)now.tv_nsec);
  name_file(c, key, ending, text);
  ad__format(ending, sizeof ending, ".%lx-%lx.tmp", (unsigned long)getpid(), (unsigned long)now.tv_nsec);
  name_file(c, key, ending, library);
}

static bool write_all(int file, const void *data, size_t n) {
  const char *s = data;
  for (size_t at = 0; at < n;) {
    ssize_t put = write(file, s + at, n - at);
    if (put > 0) at += (size_t)put;
    else if (put == 0 || errno != EINTR) return false;
  }
  return true;
}

ad_status ad__kernel_cache_write(const char *path, const char *text, size_t n, ad_err *e) {
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return ad__fail(e, AD_E_OS, "%s: %s", path, strerror(errno));
  bool ok = write_all(file, text, n);
  int reason = errno;
  if (close(file) != 0 && ok) ok = false, reason = errno;
  if (ok) return AD_OK;
  unlink(path);
  return ad__fail(e, AD_E_OS, "%s: %s", path, strerror(reason));
}

/* ---- Room ---- */

static bool ends_with(const char *s, const char *ending) {
  size_t n = strlen(s), m = strlen(ending);
  return n > m && strcmp(s + n - m, ending) == 0;
}

/* All bytes in the folder, and the file that was not used for the longest time. What a process left that ended is taken away. */
static uint64_t look_through(const ad_kernel_cache *c, char *oldest) {
  DIR *folder = opendir(c->folder);
  struct timespec least = {0, 0}, now;
  uint64_t bytes = 0;
  oldest[0] = 0;
  clock_gettime(CLOCK_REALTIME, &now);
  for (struct dirent *d; folder && (d = readdir(folder)) != NULL;) {
    char path[AD_CACHE_PATH + sizeof d->d_name];
    struct stat st;
    ad__format(path, sizeof path, "%s/%s", c->folder, d->d_name);
    bool kept = ends_with(d->d_name, ".so");
    if (strspn(d->d_name, "0123456789abcdef") != KEY_DIGITS || lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) continue;
    if (!kept && now.tv_sec - st.st_mtim.tv_sec > STALE_SECONDS) unlink(path);
    if (!kept) continue;
    bytes += (uint64_t)st.st_size;
    bool older = st.st_mtim.tv_sec < least.tv_sec || (st.st_mtim.tv_sec == least.tv_sec && st.st_mtim.tv_nsec < least.tv_nsec);
    if (oldest[0] && !older) continue;
    least = st.st_mtim;
    ad__format(oldest, AD_CACHE_PATH, "%s", path);
  }
  if (folder) closedir(folder);
  return bytes;
}

static void make_room(const ad_kernel_cache *c) {
  char oldest[AD_CACHE_PATH];
  while (look_through(c, oldest) > c->most_bytes && oldest[0])
    if (unlink(oldest) != 0 && errno != ENOENT) return;
}

ad_status ad__kernel_cache_keep(const ad_kernel_cache *c, ad_kernel_key key, const char *library, ad_err *e) {
  char path[AD_CACHE_PATH];
  trailer t;
  int file = open(library, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  size_t n = file >= 0 && fchmod(file, 0600) == 0 ? own_size(file) : 0; /* whatever the umask */
  if (!n || !sum_bytes(file, n, &t.sum)) {
    if (file >= 0) close(file);
    return ad__fail(e, AD_E_OS, "%s: the compiler has left no library there", library);
  }
  memcpy(t.word, trailer_word, sizeof t.word);
  t.key = key;
  t.size = n;
  bool ok = write_all(file, &t, sizeof t);
  int reason = errno;
  if (close(file) != 0 && ok) ok = false, reason = errno;
  name_file(c, key, ".so", path);
  if (ok && rename(library, path) != 0) ok = false, reason = errno;
  if (!ok) return ad__fail(e, AD_E_OS, "%s: %s", library, strerror(reason));
  make_room(c);
  return AD_OK;
}
