/* Files: mapping, copying, atomic replacement, and what is no regular file. Works in the folder AD_TEST_OUT. */
#define _XOPEN_SOURCE 700
#include "base/files.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/sink.h"
#include "counted_memory.h"

static ad_mem memory;
static ad_err error;
static char folder[256];

/* A fresh folder, so that leftovers are seen. */
static const char *in_folder(const char *name) {
  static char path[4][768];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
  return path[turn];
}

static bool begin(void) {
  const char *out = getenv("AD_TEST_OUT");
  ad__mem_init(&memory, NULL);
  snprintf(folder, sizeof folder, "%s/files-XXXXXX", out ? out : "/tmp");
  return mkdtemp(folder) != NULL;
}

static int count_files(void) {
  int n = 0;
  DIR *d = opendir(folder);
  while (d && readdir(d)) n++;
  if (d) closedir(d);
  return n - 2;
}

static void end(void) {
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d));)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) remove(in_folder(e->d_name));
  if (d) closedir(d);
  rmdir(folder);
  CHECK_INT(memory.bytes_now, 0);
}

static ad_status put_file(const char *path, const char *text) {
  ad_writer *w;
  ad_status code = ad__writer_open(&memory, path, &w, &error);
  if (code != AD_OK) return code;
  ad__writer_put(w, text, strlen(text), NULL);
  return ad__writer_commit(w, &error);
}

static void check_file(const char *path, const char *text) {
  ad_mapped m;
  CHECK_INT(ad__file_map(path, &m, &error), AD_OK);
  CHECK_INT(m.size, strlen(text));
  if (m.size == strlen(text) && m.size) CHECK_MEM(m.data, text, m.size);
  ad__file_unmap(&m);
  CHECK_INT(ad__file_read(&memory, path, 0, &m, &error), AD_OK);
  CHECK_INT(m.size, strlen(text));
  if (m.size == strlen(text) && m.size) CHECK_MEM(m.data, text, m.size);
  ad__file_unmap(&m);
}

TEST(writing_replaces_at_once) {
  CHECK_STOP(begin());
  const char *path = in_folder("a");
  CHECK_INT(put_file(path, "first"), AD_OK);
  check_file(path, "first");
  CHECK_INT(chmod(path, 0640), 0);
  ad_writer *w;
  CHECK_STOP(ad__writer_open(&memory, path, &w, &error) == AD_OK);
  ad__writer_put(w, "sec", 3, NULL);
  check_file(path, "first");
  CHECK_INT(count_files(), 2);
  ad__writer_put(w, "ond", 3, NULL);
  CHECK_INT(ad__writer_offset(w), 6);
  CHECK_INT(ad__writer_patch(w, 2, "CON", 3, &error), AD_OK);
  CHECK_INT(ad__writer_commit(w, &error), AD_OK);
  check_file(path, "seCONd");
  struct stat st;
  CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
  CHECK_INT(count_files(), 1);
  CHECK_INT(put_file(path, ""), AD_OK);
  check_file(path, "");
  end();
}

TEST(giving_up_leaves_no_trace) {
  CHECK_STOP(begin());
  const char *path = in_folder("a");
  CHECK_INT(put_file(path, "old"), AD_OK);
  ad_writer *w;
  CHECK_STOP(ad__writer_open(&memory, path, &w, &error) == AD_OK);
  ad__writer_put(w, "new", 3, NULL);
  ad__writer_abandon(w);
  ad__writer_abandon(NULL);
  check_file(path, "old");
  CHECK_STOP(ad__writer_open(&memory, path, &w, &error) == AD_OK);
  CHECK_INT(ad__writer_patch(w, 1, "x", 1, &error), AD_E_RUNTIME);
  CHECK_INT(ad__writer_put(w, "new", 3, &error), AD_E_RUNTIME);
  CHECK_INT(ad__writer_commit(w, &error), AD_E_RUNTIME);
  CHECK_STR_HAS(error.text, "outside what was written");
  check_file(path, "old");
  CHECK_INT(count_files(), 1);
  end();
}

TEST(large_writes_and_patches) {
  CHECK_STOP(begin());
  const char *path = in_folder("large");
  enum { N = 300000 };
  char *text = malloc(N + 1);
  for (int i = 0; i < N; i++) text[i] = (char)('a' + i % 23);
  text[N] = 0;
  ad_writer *w;
  CHECK_STOP(ad__writer_open(&memory, path, &w, &error) == AD_OK);
  ad_sink sink = ad__sink_file(w);
  size_t at = 0;
  for (size_t step = 1; at < N; step = step * 3 + 1) {
    if (step > N - at) step = N - at;
    CHECK_INT(ad__sink_put(sink, text + at, step, &error), AD_OK);
    at += step;
  }
  CHECK_INT(ad__sink_offset(sink), N);
  CHECK_INT(ad__sink_patch(sink, 100000, "12345", 5, &error), AD_OK);
  memcpy(text + 100000, "12345", 5);
  CHECK_INT(ad__writer_commit(w, &error), AD_OK);
  check_file(path, text);
  ad_mapped m;
  CHECK_INT(ad__file_read(&memory, path, N - 1, &m, &error), AD_E_VALUE);
  CHECK_STR_HAS(error.text, "above the limit");
  free(text);
  end();
}

TEST(what_is_no_regular_file_is_refused) {
  CHECK_STOP(begin());
  ad_mapped m;
  ad_writer *w;
  CHECK_INT(ad__file_map(folder, &m, &error), AD_E_OS);
  CHECK_STR_HAS(error.text, "a directory");
  CHECK_INT(ad__writer_open(&memory, folder, &w, &error), AD_E_OS);
  CHECK_STR_HAS(error.text, "no regular file");
  CHECK_INT(mkfifo(in_folder("fifo"), 0600), 0);
  CHECK_INT(ad__file_map(in_folder("fifo"), &m, &error), AD_E_OS); /* and does not wait for a writer */
  CHECK_STR_HAS(error.text, "a FIFO");
  CHECK_INT(ad__writer_open(&memory, in_folder("fifo"), &w, &error), AD_E_OS);
  CHECK_INT(ad__file_map("/dev/null", &m, &error), AD_E_OS);
  CHECK_INT(ad__file_map(in_folder("none"), &m, &error), AD_E_OS);
  CHECK_STR_HAS(error.text, "/none: cannot open for reading: No such file");
  CHECK_INT(ad__writer_open(&memory, in_folder("none/x"), &w, &error), AD_E_OS);
  char longer[5000];
  memset(longer, 'x', sizeof longer);
  longer[sizeof longer - 1] = 0;
  CHECK_INT(ad__writer_open(&memory, longer, &w, &error), AD_E_OS);
  CHECK_INT(ad__file_map(longer, &m, &error), AD_E_OS);
  end();
}

TEST(links_are_followed) {
  CHECK_STOP(begin());
  CHECK_INT(put_file(in_folder("real"), "old"), AD_OK);
  CHECK_INT(symlink("real", in_folder("link")), 0);
  CHECK_INT(put_file(in_folder("link"), "new"), AD_OK);
  check_file(in_folder("real"), "new");
  struct stat st;
  CHECK(lstat(in_folder("link"), &st) == 0 && S_ISLNK(st.st_mode));
  CHECK_INT(symlink("nowhere", in_folder("dangling")), 0);
  CHECK_INT(put_file(in_folder("dangling"), "x"), AD_E_OS);
  CHECK_INT(count_files(), 3);
  end();
}

CHECK_MAIN(CASE(writing_replaces_at_once), CASE(giving_up_leaves_no_trace), CASE(large_writes_and_patches),
           CASE(what_is_no_regular_file_is_refused), CASE(links_are_followed))
