/* What can go wrong on the way to machine code: each time the interpreter goes on with the same bits, and the log says why, once.
 * Compilers that fail are shell scripts that the test writes. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../check.h"
#include "backend/native.h"
#include "backend/kernel_cache.h"
#include "cache.h"

typedef struct told {
  int count;
  char text[2048];
} told;

static void keep(void *user, ad_log_level level, const char *text) {
  told *t = user;
  if (level >= AD_LOG_WARNING) snprintf(t->text + strlen(t->text), sizeof t->text - strlen(t->text), "%s\n", text), t->count++;
}

static ad_array *twice(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_add(ad_multiply(ad_exp(in[0]), ad_number(c, 2)), in[0]);
}
static ad_array *thrice(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_add(ad_multiply(ad_tanh(in[0]), ad_number(c, 3)), in[0]);
}

/* Calls f natively in c; true when native code was there. The values must be right either way. */
static bool call(ad_ctx *c, ad_function fn) {
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (float[]){1, -2, 0.5f, 3});
  ad_fn *f = ad_fn_new(c, fn, 1, NULL), *g = ad_compile(f, NULL);
  ad_array *y = ad_call(g, x), *want = ad_call(f, x);
  const float *p = ad_data(y), *q = ad_data(want);
  CHECK_STR(ad_error_text(y), "");
  if (p && q) CHECK_MEM(p, q, 4 * sizeof *p);
  return strstr(ad_compiled_report(g, "native"), ": ready\n") != NULL;
}

static ad_ctx *context(told *t, const char *folder, const char *cc) {
  *t = (told){0, ""};
  return ad_ctx_new(&(ad_ctx_opts){.native = AD_NATIVE_WAIT, .cache_dir = folder, .cc = cc, .log = keep, .user = t});
}

static void remove_folder(const char *path) {
  DIR *d = opendir(path);
  char name[1024];
  chmod(path, 0700);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
    snprintf(name, sizeof name, "%s/%s", path, e->d_name);
    if (e->d_name[0] != '.') unlink(name);
  }
  if (d) closedir(d);
  rmdir(path);
}

/* An empty folder of that name, or none. */
static const char *fresh_folder(const char *name) {
  const char *path = cache_folder(name);
  remove_folder(path);
  return path;
}

/* Files in it whose names end so; the last one's path in `last`. */
static int count_files(const char *path, const char *ending, char *last) {
  DIR *d = opendir(path);
  int n = 0;
  for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
    size_t k = strlen(e->d_name), m = strlen(ending);
    if (k < m || e->d_name[0] == '.' || strcmp(e->d_name + k - m, ending) != 0) continue;
    n++;
    if (last) snprintf(last, 1024, "%s/%s", path, e->d_name);
  }
  if (d) closedir(d);
  return n;
}

/* A script beside the folder, as a compiler. */
static const char *script(const char *name, const char *body) {
  static char path[600];
  snprintf(path, sizeof path, "%s.sh", cache_folder(name));
  unlink(path);
  FILE *f = fopen(path, "w");
  if (!f) return "/does/not/exist";
  fprintf(f, "#!/bin/sh\n%s\n", body);
  fclose(f);
  chmod(path, 0755);
  return path;
}

/* Two plans that cannot become native code: the log has one line with that part. */
static void expect_interpreter(const char *folder, const char *cc, const char *part) {
  told t;
  ad_ctx *c = context(&t, folder, cc);
  CHECK(!call(c, twice));
  CHECK(!call(c, thrice));
  CHECK_INT(t.count, 1);
  CHECK_STR_HAS(t.text, part);
  ad_ctx_free(c);
}

TEST(no_compiler) {
  expect_interpreter(fresh_folder("none"), "no-such-compiler-here", "\"no-such-compiler-here\": there is no such program");
  expect_interpreter(cache_folder("none"), "/dev/null", "there is no such program");
}

TEST(a_compiler_that_fails) {
  const char *cc = script("fails", "echo warm-up; echo 'x.c:1: error: cannot open the moon'; exit 3");
  const char *folder = fresh_folder("fails");
  expect_interpreter(folder, cc, "ended with 3: x.c:1: error: cannot open the moon");
  CHECK_INT(count_files(folder, "", NULL), 0); /* nothing is left lying about */
  cc = script("dies", "kill -SEGV $$");
  expect_interpreter(fresh_folder("dies"), cc, "ended by signal 11");
}

TEST(a_compiler_that_makes_nothing) {
  const char *cc = script("nothing", "exit 0");
  expect_interpreter(fresh_folder("nothing"), cc, "the compiler has left no library there");
}

/* What it makes is no library, or one without the functions. */
TEST(a_compiler_that_makes_something_else) {
  const char *cc = script("other", "while [ \"$1\" != -o ]; do shift; done; echo hello > \"$2\"");
  expect_interpreter(fresh_folder("other"), cc, "what it made cannot be loaded");
  cc = script("empty", "while [ \"$1\" != -o ]; do shift; done; echo 'int x;' | cc -shared -x c -o \"$2\" -");
  expect_interpreter(fresh_folder("empty"), cc, "has no function ad_g");
}

TEST(a_compiler_that_hangs) {
  static const char *const bodies[] = {"sleep 100 & sleep 100", "exec > /dev/null 2>&1; sleep 100"};
  for (int i = 0; i < 2; i++) {
    told t;
    time_t began = time(NULL);
    const char *cc = script("hangs", bodies[i]);
    ad_ctx *c = context(&t, fresh_folder("hangs"), cc);
    ad__native_set_limit(c, 300);
    CHECK(!call(c, twice));
    CHECK(!call(c, thrice)); /* it is not started again */
    CHECK_INT(t.count, 1);
    CHECK_STR_HAS(t.text, " ms, and ended");
    CHECK(time(NULL) - began < 60);
    ad_ctx_free(c);
  }
}

/* The end of a context does not wait for a compiler. */
TEST(a_compiler_that_is_not_waited_for) {
  told t = {0, ""};
  time_t began = time(NULL);
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1,
                                        .native = AD_NATIVE_AUTO,
                                        .cache_dir = fresh_folder("slow"),
                                        .log = keep,
                                        .user = &t,
                                        .cc = script("slow", "sleep 100")});
  ad_array *x = ad_ones(c, AD_SHAPE(1 << 20), NULL);
  ad_fn *g = ad_compile(ad_fn_new(c, twice, 1, NULL), NULL);
  for (int i = 0; i < 100; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_eval(ad_call(g, x));
    ad_scope_end(s, NULL);
  }
  CHECK_STR_HAS(ad_compiled_report(g, "native"), "being compiled");
  ad_ctx_free(c);
  CHECK(time(NULL) - began < 60);
  CHECK_INT(t.count, 0);
}

TEST(words_of_a_command) {
  told t;
  char command[700], log[600];
  snprintf(log, sizeof log, "%s.words", cache_folder("words"));
  unlink(log);
  snprintf(command, sizeof command, "%s one  two", script("words", "echo \"$1,$2\" > \"$0.said\"; exit 1"));
  ad_ctx *c = context(&t, fresh_folder("words"), command);
  CHECK(!call(c, twice));
  ad_ctx_free(c);
  snprintf(command, sizeof command, "%s.sh.said", cache_folder("words"));
  FILE *f = fopen(command, "r");
  CHECK_STOP(f != NULL);
  CHECK_STR(fgets(log, sizeof log, f), "one,two\n");
  fclose(f);
}

/* ---- The folder ---- */

TEST(a_folder_that_cannot_be) {
  char path[600];
  const char *cc = "cc";
  snprintf(path, sizeof path, "%s", script("file", "")); /* a file stands in its place */
  expect_interpreter(path, cc, "it is no folder");
  snprintf(path, sizeof path, "%s/below", script("file", ""));
  expect_interpreter(path, cc, "cannot be made");
}

TEST(a_folder_that_others_may_write_to) {
  const char *folder = fresh_folder("open");
  CHECK_INT(mkdir(folder, 0700), 0);
  chmod(folder, 0777);
  expect_interpreter(folder, "cc", "others may write to it (mode 777); mode 700 is right");
  remove_folder(folder);
}

/* As a user who is nobody, in a process of its own. */
TEST(a_folder_that_is_not_ours) {
  if (geteuid() != 0) CHECK_SKIP("only root can give a folder to somebody else");
  const char *folder = fresh_folder("foreign");
  CHECK_INT(mkdir(folder, 0700), 0);
  CHECK_INT(chown(folder, 65534, 65534), 0);
  expect_interpreter(folder, "cc", "it belongs to user 65534");
  CHECK_INT(chown(folder, 0, 0), 0);
  chmod(folder, 0755);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (setuid(65534) != 0) _exit(9);
    char below[600];
    snprintf(below, sizeof below, "%s/mine", folder);
    expect_interpreter(folder, "cc", "it belongs to user 0");
    expect_interpreter(below, "cc", "cannot be made");
    fflush(stdout);
    _exit(check_state.failures ? 1 : 0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  CHECK_INT(status, 0);
  remove_folder(folder);
}

TEST(the_folder_is_private) {
  told t;
  const char *folder = fresh_folder("private");
  ad_ctx *c = context(&t, folder, NULL);
  struct stat st;
  CHECK(call(c, twice));
  CHECK_INT(stat(folder, &st), 0);
  CHECK_INT(st.st_mode & 0777, 0700);
  CHECK_INT(count_files(folder, ".so", NULL), 1);
  CHECK_INT(count_files(folder, "", NULL), 1);
  CHECK_INT(t.count, 0);
  ad_ctx_free(c);
}

/* A disk that is full looks like a file that may not grow. */
TEST(a_full_disk) {
  const char *folder = fresh_folder("full");
  CHECK_INT(mkdir(folder, 0700), 0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, 100});
    told t;
    ad_ctx *c = context(&t, folder, "cc");
    bool native = call(c, twice);
    _exit(native || t.count != 1 || !strstr(t.text, "File too large"));
  }
  int status = 1;
  waitpid(child, &status, 0);
  CHECK_INT(status, 0);
  CHECK_INT(count_files(folder, "", NULL), 0);
}

/* ---- Files ---- */

static void change_file(const char *path, long at, int cut, char to) {
  FILE *f = fopen(path, "r+");
  if (!f) return;
  if (cut) {
    fseek(f, 0, SEEK_END);
    if (ftruncate(fileno(f), ftell(f) / cut) != 0) CHECK_FAIL("%s stays as it is", path);
  } else {
    fseek(f, at, SEEK_SET);
    fputc(to, f);
  }
  fclose(f);
}

static bool is_from_disk(const char *folder) {
  told t;
  ad_ctx *c = context(&t, folder, "cc");
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (float[]){1, -2, 0.5f, 3});
  ad_fn *g = ad_compile(ad_fn_new(c, twice, 1, NULL), NULL);
  ad_eval(ad_call(g, x));
  const char *report = ad_compiled_report(g, "native");
  CHECK_STR_HAS(report, ": ready\n");
  bool disk = strstr(report, "loaded from disk") != NULL;
  CHECK(call(c, twice));
  CHECK_INT(t.count, 0);
  ad_ctx_free(c);
  return disk;
}

TEST(files_that_are_not_sound) {
  const char *folder = fresh_folder("sound");
  char file[1024] = "", link[1100];
  CHECK(!is_from_disk(folder));
  CHECK(is_from_disk(folder));
  CHECK_INT(count_files(folder, ".so", file), 1);
  change_file(file, 700, 0, 'x'); /* a byte is another */
  CHECK(!is_from_disk(folder));
  change_file(file, 0, 2, 0); /* half of it is missing */
  CHECK(!is_from_disk(folder));
  change_file(file, 0, 1000000, 0); /* all of it */
  CHECK(!is_from_disk(folder));
  chmod(file, 0666); /* others may write to it */
  CHECK(!is_from_disk(folder));
  snprintf(link, sizeof link, "%s.moved", file);
  CHECK_INT(rename(file, link), 0);
  CHECK_INT(symlink(link, file), 0); /* it is a link */
  CHECK(!is_from_disk(folder));
  CHECK(is_from_disk(folder));
  if (geteuid() == 0) {
    CHECK_INT(chown(file, 65534, 65534), 0); /* it belongs to somebody else */
    CHECK(!is_from_disk(folder));
  }
}

/* Code for another instruction set has another key; under this one's name it is not loaded. */
TEST(another_processor) {
  const char *folder = fresh_folder("processor");
  char first[1024] = "", second[1024] = "";
  CHECK(!is_from_disk(folder));
  CHECK_INT(count_files(folder, ".so", first), 1);
  told t = {0, ""};
  ad_ctx *c = ad_ctx_new(
      &(ad_ctx_opts){.native = AD_NATIVE_WAIT, .cache_dir = folder, .cc = "cc", .isa = "portable", .log = keep, .user = &t});
  if (strcmp(ad_ctx_isa(c), "portable") == 0 && call(c, twice)) CHECK_INT(t.count, 0);
  ad_ctx_free(c);
  c = ad_ctx_new(NULL);
  bool same = strcmp(ad_ctx_isa(c), "portable") == 0;
  ad_ctx_free(c);
  if (same) return;
  CHECK_INT(count_files(folder, ".so", NULL), 2);
  unlink(first);
  CHECK_INT(count_files(folder, ".so", second), 1);
  CHECK_INT(rename(second, first), 0);
  CHECK(!is_from_disk(folder));
}

TEST(oldest_out_first) {
  const char *folder = fresh_folder("oldest");
  ad_kernel_cache cache;
  ad_err e;
  CHECK_INT(ad__kernel_cache_open(&cache, folder, NULL, NULL, &e), AD_OK);
  cache.most_bytes = 5000;
  for (int i = 0; i < 6; i++) {
    char text[AD_CACHE_PATH], library[AD_CACHE_PATH], bytes[1400];
    ad_kernel_key key = {{(uint64_t)i, 1}};
    memset(bytes, i, sizeof bytes);
    ad__kernel_cache_temporary(&cache, key, text, library);
    CHECK_INT(ad__kernel_cache_write(library, bytes, sizeof bytes, &e), AD_OK);
    CHECK_INT(ad__kernel_cache_keep(&cache, key, library, &e), AD_OK);
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
  CHECK_INT(count_files(folder, ".so", NULL), 3);
  char name[600];
  struct stat st;
  for (int i = 0; i < 6; i++) {
    snprintf(name, sizeof name, "%s/%016x%016x.so", folder, i, 1);
    CHECK_INT(stat(name, &st) == 0, i >= 3);
  }
}

/* ---- Words ---- */

static void errors_of(const char *name, const char *value, ad_ctx_opts *opts, const char *part) {
  setenv(name, value, 1);
  ad_ctx *c = ad_ctx_new(opts);
  unsetenv(name);
  CHECK_STR_HAS(ad_ctx_error_text(c), part);
  ad_ctx_free(c);
}

TEST(modes_by_name) {
  errors_of("AD_NATIVE", "often", NULL, "context: AD_NATIVE=often; off, auto or wait is right");
  errors_of("AD_NATIVE", "often", &(ad_ctx_opts){.native = AD_NATIVE_OFF}, "");
  errors_of("AD_NATIVE", "", &(ad_ctx_opts){.native = (ad_native_mode)7},
            "context: native 7; AD_NATIVE_OFF, AD_NATIVE_AUTO or AD_NATIVE_WAIT is right");
  setenv("AD_NATIVE", "wait", 1);
  told t = {0, ""};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.cache_dir = fresh_folder("word"), .cc = "cc", .log = keep, .user = &t});
  unsetenv("AD_NATIVE");
  CHECK(call(c, twice));
  ad_ctx_free(c);
}

/* ---- Fork ---- */

/* A child does not wait for what its parent was having compiled, and gets its own. One thread: the thread sanitizer allows no others here. */
TEST(a_child_of_fork) {
  told t = {0, ""};
  const char *cc = script("forked", "sleep 1; exec cc \"$@\"");
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){
      .threads = 1, .native = AD_NATIVE_AUTO, .cache_dir = fresh_folder("forked"), .log = keep, .user = &t, .cc = cc});
  ad_array *x = ad_ones(c, AD_SHAPE(1 << 20), NULL);
  ad_fn *g = ad_compile(ad_fn_new(c, thrice, 1, NULL), NULL);
  for (int i = 0; i < 100 && !strstr(ad_compiled_report(g, "native"), "being compiled"); i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_eval(ad_call(g, x));
    ad_scope_end(s, NULL);
  }
  CHECK_STR_HAS(ad_compiled_report(g, "native"), "being compiled");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    ad_fn *waits = ad_compile(ad_fn_new(c, thrice, 1, NULL), &(ad_compile_opts){.native = AD_NATIVE_WAIT});
    ad_status s = ad_eval(ad_call(waits, x));
    bool ready = strstr(ad_compiled_report(waits, "native"), ": ready\n") != NULL;
    ad_ctx_free(c);
    _exit(s != AD_OK || !ready);
  }
  int status = 1;
  waitpid(child, &status, 0);
  CHECK_INT(status, 0);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(no_compiler), CASE(a_compiler_that_fails), CASE(a_compiler_that_makes_nothing),
           CASE(a_compiler_that_makes_something_else), CASE(a_compiler_that_hangs), CASE(a_compiler_that_is_not_waited_for),
           CASE(words_of_a_command), CASE(a_folder_that_cannot_be), CASE(a_folder_that_others_may_write_to),
           CASE(a_folder_that_is_not_ours), CASE(the_folder_is_private), CASE(a_full_disk), CASE(files_that_are_not_sound),
           CASE(another_processor), CASE(oldest_out_first), CASE(modes_by_name), CASE(a_child_of_fork))
