/* Folders on a POSIX system. See folder.h. */
#define _XOPEN_SOURCE 700
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ad_status refuse(ad_err *e, const char *path, const char *doing) {
  return ad__fail(e, AD_E_OS, "%s: %s: %s", path, doing, strerror(errno));
}

static bool is_folder(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

ad_status ad__folder_make(const char *path, ad_err *e) {
  char part[PATH_MAX];
  size_t n = strlen(path);
  if (n == 0 || n >= sizeof part) return ad__fail(e, AD_E_VALUE, "a folder's name of %zu bytes; 1 to %zu are right", n, sizeof part - 1);
  if (is_folder(path)) return AD_OK;
  memcpy(part, path, n + 1);
  for (size_t i = 1; i <= n; i++) {
    if (part[i] != '/' && part[i] != 0) continue;
    part[i] = 0;
    if (mkdir(part, 0777) != 0 && !is_folder(part)) return refuse(e, part, "cannot make the folder");
    if (i < n) part[i] = '/';
  }
  return AD_OK;
}

ad_status ad__folder_each(const char *path, bool (*meet)(void *user, const char *name), void *user, ad_err *e) {
  DIR *d = opendir(path);
  if (!d) return refuse(e, path, "cannot read the folder");
  for (struct dirent *entry; (entry = readdir(d));)
    if (!meet(user, entry->d_name)) break;
  closedir(d);
  return AD_OK;
}

ad_status ad__file_remove(const char *path, ad_err *e) {
  if (unlink(path) == 0 || errno == ENOENT) return AD_OK;
  return refuse(e, path, "cannot remove");
}
