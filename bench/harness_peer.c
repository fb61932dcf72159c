/* The peer: one interpreter per thread count, fed with snippets over a pipe.
 *
 * It lives as long as this program, because starting it and importing a package takes longer than most cases. Requests
 * and answers are one line each, a load being followed by the snippet's bytes (bench/peer.py has the other half):
 *   "load ID SETUP_BYTES STATEMENT_BYTES PACKAGE THREADS\n" setup statement  ->  "ok" | "absent" | "error TEXT"
 *   "run ID REPEATS\n"                                                       ->  SECONDS | "error TEXT"
 * Invariant: at most one request is open, so nothing can block but the wait for its answer. */
#define _GNU_SOURCE
#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 64 };

typedef struct interpreter {
  FILE *to, *from; /* NULL: not started, or gone */
  int snippets;
} interpreter;

struct bench_peer {
  interpreter *on;
  int id;
  int threads;
};

/* A benchmark program is one thread and one run: its interpreters are its own. */
static interpreter interpreters[MOST_THREADS + 1];

static void become_peer(int in, int out, int threads) {
  char count[16];
  const char *python = getenv("PYTHON");
  snprintf(count, sizeof count, "%d", threads);
  setenv("OMP_NUM_THREADS", count, 1);
  setenv("OPENBLAS_NUM_THREADS", count, 1);
  setenv("MKL_NUM_THREADS", count, 1);
  if (!python || !*python) python = "/usr/bin/python3";
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0) _exit(127);
  execlp(python, python, "bench/peer.py", (char *)NULL);
  _exit(127);
}

static bool start(interpreter *p, int threads) {
  int ask[2], answer[2];
  if (p->to) return true;
  if (pipe2(ask, O_CLOEXEC) != 0) return false;
  if (pipe2(answer, O_CLOEXEC) != 0) {
    close(ask[0]), close(ask[1]);
    return false;
  }
  signal(SIGPIPE, SIG_IGN); /* a peer that died is an answer that never comes, not our end */
  pid_t child = fork();
  if (child == 0) become_peer(ask[0], answer[1], threads);
  close(ask[0]), close(answer[1]);
  p->to = fdopen(ask[1], "w");
  p->from = fdopen(answer[0], "r");
  return child > 0 && p->to && p->from;
}

/* Reads one line without its end; false when the peer is gone. */
static bool answer_of(interpreter *p, char *line, size_t size) {
  if (fflush(p->to) != 0 || !fgets(line, (int)size, p->from)) return false;
  line[strcspn(line, "\n")] = 0;
  return true;
}

bench_peer *bench_peer_new(const char *package, int threads, const char *setup, const char *statement) {
  char line[512];
  if (threads < 1 || threads > MOST_THREADS) return NULL;
  interpreter *on = &interpreters[threads];
  if (!start(on, threads)) return NULL;
  int id = on->snippets++;
  fprintf(on->to, "load %d %zu %zu %s %d\n%s%s", id, strlen(setup), strlen(statement), package, threads, setup, statement);
  if (!answer_of(on, line, sizeof line)) return NULL;
  if (strcmp(line, "absent") == 0) return NULL;
  if (strcmp(line, "ok") != 0) bench_log("%s: %s", package, line); /* its runs will fail too */
  bench_peer *peer = calloc(1, sizeof *peer);
  if (peer) *peer = (bench_peer){on, id, threads};
  return peer;
}

static double run_peer(void *state, long repeats) {
  bench_peer *p = state;
  char line[512], *end;
  fprintf(p->on->to, "run %d %ld\n", p->id, repeats);
  if (!answer_of(p->on, line, sizeof line)) return -1;
  double seconds = strtod(line, &end);
  if (*end || end == line) {
    bench_log("peer: %s", line);
    return -1;
  }
  /* Its threads go on spinning for a while after parallel work and would sit on our cores. */
  if (p->threads > 1) nanosleep(&(struct timespec){0, 5000000}, NULL);
  return seconds;
}

bench_side bench_peer_side(bench_peer *p, double amount) { return (bench_side){run_peer, p, amount}; }
