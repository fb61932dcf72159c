/* Running the compiler.
 *
 * No shell stands between: words are handed over as they are. It runs in a process group of its own with nothing to read, so that it
 * can be ended with whatever it has started; what it writes comes back through a pipe, of which the beginning is kept.
 * Where the host ignores SIGCHLD the system forgets how the process ended: then what it should have made tells.
 * Not here: what is compiled, with which flags. */
#define _GNU_SOURCE
#include "backend/run_compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TURN_MS = 10, SAID = 512 };

extern char **environ;

/* ---- Which ---- */

static bool is_program(const char *path, struct stat *st) {
  return stat(path, st) == 0 && S_ISREG(st->st_mode) && access(path, X_OK) == 0;
}

static bool look_for(ad_c_compiler *c, const char *path, struct stat *st) {
  const char *name = c->words[0];
  if (strchr(name, '/')) return ad__format(c->path, sizeof c->path, "%s", name) && is_program(c->path, st);
  for (const char *s = path; s && *s;) {
    const char *end = strchr(s, ':');
    int n = (int)(end ? end - s : (ptrdiff_t)strlen(s));
    ad__format(c->path, sizeof c->path, "%.*s%s%s", n, s, n ? "/" : "./", name);
    if (is_program(c->path, st)) return true;
    s = end ? end + 1 : NULL;
  }
  return false;
}

static void cut_words(ad_c_compiler *c) {
  struct stat st;
  c->count = 0;
  if (strchr(c->text, '/') && is_program(c->text, &st)) {
    c->words[c->count++] = c->text;
  } else {
    for (char *s = c->text; *s && c->count < AD_COMPILER_WORDS;) {
      s += strspn(s, " \t");
      if (*s) c->words[c->count++] = s;
      s += strcspn(s, " \t");
      if (*s) *s++ = 0;
    }
  }
  c->words[c->count] = NULL;
}

ad_status ad__c_compiler_find(ad_c_compiler *c, const char *command, const char *path, ad_err *e) {
  struct stat st;
  if (ad__format(c->text, sizeof c->text, "%s", command && *command ? command : "cc") + 1 >= sizeof c->text)
    return ad__fail(e, AD_E_OS, "C compiler: a command of more than %zu bytes; the name of a program is right", sizeof c->text);
  cut_words(c);
  if (!c->count || !look_for(c, path, &st))
    return ad__fail(e, AD_E_OS, "C compiler \"%.200s\": there is no such program; the name of one, in AD_CC, is right", c->text);
  c->identity = (ad_kernel_key){{0, 0}};
  for (int i = 0; i < c->count; i++) ad__kernel_key_add(&c->identity, c->words[i], strlen(c->words[i]));
  ad__kernel_key_add(&c->identity, c->path, strlen(c->path));
  int64_t facts[] = {(int64_t)st.st_size, (int64_t)st.st_mtim.tv_sec, (int64_t)st.st_mtim.tv_nsec, (int64_t)st.st_ino};
  ad__kernel_key_add(&c->identity, facts, sizeof facts);
  return AD_OK;
}

/* ---- A run ---- */

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int start(const ad_c_compiler *c, char *const *words, int out, pid_t *child) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGCHLD);
  int failed = posix_spawn_file_actions_init(&files);
  if (failed) return failed;
  if ((failed = posix_spawnattr_init(&how)) == 0) {
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &usual);
    failed = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(&files, out, 1);
    if (!failed) failed = posix_spawn_file_actions_adddup2(&files, out, 2);
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(&files, 3); /* the host's files are its own */
#endif
#endif
    if (!failed) failed = posix_spawn(child, c->path, &files, &how, words, environ);
    posix_spawnattr_destroy(&how);
  }
  posix_spawn_file_actions_destroy(&files);
  return failed;
}

typedef struct waiting {
  int64_t end; /* of the time it is given */
  bool (*stop)(void *arg);
  void *arg;
  pid_t child;
} waiting;

static bool is_over(const waiting *w) { return w->stop(w->arg) || now_ms() > w->end; }

/* Reads until the other end is closed. False when time is over. */
static bool listen_to(const waiting *w, int in, char *said) {
  size_t n = 0;
  while (!is_over(w)) {
    struct pollfd p = {.fd = in, .events = POLLIN};
    char part[256];
    if (poll(&p, 1, TURN_MS) <= 0) continue;
    ssize_t got = read(in, part, sizeof part);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return true;
    for (ssize_t i = 0; i < got && n + 1 < SAID; i++) said[n++] = part[i];
    said[n] = 0;
  }
  return false;
}

/* Waits for its end; *status 0 when the system does not know it. False when time is over. */
static bool wait_for_end(const waiting *w, int *status) {
  *status = 0;
  for (;;) {
    pid_t got = waitpid(w->child, status, WNOHANG);
    if (got == w->child) return true;
    if (got < 0 && errno != EINTR) return *status = 0, true;
    if (is_over(w)) return false;
    nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
  }
}

static void end_it(const waiting *w) {
  int status;
  kill(-w->child, SIGKILL);
  kill(w->child, SIGKILL);
  while (waitpid(w->child, &status, 0) < 0 && errno == EINTR) {}
}

/* The first line that says what is wrong, else the first line. */
static int first_line(const char **said) {
  const char *error = strstr(*said, "error");
  while (error && error > *said && error[-1] != '\n') error--;
  if (error) *said = error;
  return (int)strcspn(*said, "\n");
}

static ad_status judge(const ad_c_compiler *c, int status, const char *said, ad_err *e) {
  if (status == 0) return AD_OK;
  int n = first_line(&said);
  if (WIFSIGNALED(status))
    return ad__fail(e, AD_E_OS, "C compiler %s: ended by signal %d; %.*s", c->path, WTERMSIG(status), n, said);
  return ad__fail(e, AD_E_OS, "C compiler %s: ended with %d: %.*s", c->path, WEXITSTATUS(status), n, said);
}

ad_status ad__c_compiler_run(const ad_c_compiler *c, const char *const *arguments, int milliseconds, bool (*stop)(void *arg),
                             void *arg, ad_err *e) {
  enum { MOST = 64 };
  char *words[MOST + 1], said[SAID] = "";
  int n = 0, ends[2], status;
  waiting w = {.end = now_ms() + milliseconds, .stop = stop, .arg = arg};
  for (int i = 0; i < c->count; i++) words[n++] = c->words[i];
  for (int i = 0; arguments[i] && n < MOST; i++) words[n++] = (char *)(uintptr_t)arguments[i];
  words[n] = NULL;
  if (pipe2(ends, O_CLOEXEC) != 0) return ad__fail(e, AD_E_OS, "C compiler %s: %s", c->path, strerror(errno));
  int failed = start(c, words, ends[1], &w.child);
  close(ends[1]);
  bool in_time = !failed && listen_to(&w, ends[0], said) && wait_for_end(&w, &status);
  close(ends[0]);
  if (failed) return ad__fail(e, AD_E_OS, "C compiler %s: it cannot be started: %s", c->path, strerror(failed));
  if (in_time) return judge(c, status, said, e);
  end_it(&w);
  return ad__fail(e, AD_E_TIMEOUT, "C compiler %s: not done after %d ms, and ended", c->path, milliseconds);
}
