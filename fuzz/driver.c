/* driver.c: runs a fuzz target without libFuzzer: PROGRAM COUNT [CORPUS-DIRECTORY]
 *
 * A target is one function, LLVMFuzzerTestOneInput, so the same file also links with libFuzzer.  This driver first feeds every
 * file of the corpus, then COUNT inputs made from them: flipped bits, interesting numbers, cuts, copies, splices of two files.
 *
 * Invariant: input number i depends on i and the corpus alone, so a failure found once is found again anywhere.
 * The work is done by a child process; the number of the input under way lies in shared memory.  When the child dies or spends
 * more than HANG_SECONDS on one input, the parent writes that input beside the program, as PROGRAM.NUMBER.input, and says so.
 * Coverage is not measured: this is the regression run, the search is libFuzzer's. */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEDS_MAX = 4096, INPUT_MAX = 1 << 16, HANG_SECONDS = 20 };

struct input { uint8_t *data; size_t size; };
struct progress { volatile uint64_t number; };

static struct input seeds[SEEDS_MAX];
static size_t seed_count;
static struct input scratch;                                   /* INPUT_MAX bytes; reachable, so that it is no leak */

static void die(const char *what, const char *detail) {
  fprintf(stderr, "fuzz: %s: %s\n", what, detail);
  exit(2);
}

/* splitmix64 (Steele, Lea and Flood 2014): every state is a good start, so the input's number can be the seed. */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}
static size_t below(uint64_t *state, size_t limit) { return limit ? (size_t)(next_random(state) % limit) : 0; }

static void load_file(const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) return;
  uint8_t *data = malloc(INPUT_MAX);
  if (!data) die(path, "no memory");
  struct input in = { data, fread(data, 1, INPUT_MAX, f) };
  fclose(f);
  seeds[seed_count++] = in;
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* In the order of names: the order of a directory differs between machines. */
static void load_corpus(const char *dir) {
  struct dirent **entries;
  int n = scandir(dir, &entries, NULL, by_name);
  if (n < 0) die(dir, "the corpus cannot be read");
  for (int i = 0; i < n; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
    if (entries[i]->d_name[0] != '.' && seed_count < SEEDS_MAX) load_file(path);
    free(entries[i]);
  }
  free(entries);
}

/* Moves [at, at + length) of the input to the left or opens a gap there, keeping the size within bounds. */
static void resize(struct input *in, size_t at, size_t remove, size_t insert) {
  if (at + remove > in->size) remove = in->size - at;
  if (in->size - remove + insert > INPUT_MAX) return;
  memmove(in->data + at + insert, in->data + at + remove, in->size - at - remove);
  in->size += insert - remove;
}

static void write_number(struct input *in, size_t at, uint64_t *state) {
  static const uint64_t edges[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
    0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x2000000000000001 };
  uint64_t number = edges[below(state, sizeof edges / sizeof edges[0])];
  size_t width = (size_t)1 << below(state, 4);
  for (size_t i = 0; i < width && at + i < in->size; i++) in->data[at + i] = (uint8_t)(number >> (8 * i));
}

static void write_digits(struct input *in, size_t at, uint64_t *state) {
  static const char *const numbers[] = { "0", "-1", "1e999", "4294967296", "9223372036854775807", "18446744073709551616", "nan", "0x" };
  const char *text = numbers[below(state, sizeof numbers / sizeof numbers[0])];
  size_t length = strlen(text), before = in->size;
  resize(in, at, below(state, 3), length);
  if (in->size + length >= before && at + length <= in->size) memcpy(in->data + at, text, length);
}

static void mutate(struct input *in, uint64_t *state) {
  size_t at = below(state, in->size + 1), length = 1 + below(state, below(state, 8) ? 8 : 256);
  const struct input *other = &seeds[below(state, seed_count)];
  switch (below(state, 9)) {
    case 0: if (at < in->size) in->data[at] ^= (uint8_t)(1u << below(state, 8)); break;
    case 1: if (at < in->size) in->data[at] = (uint8_t)next_random(state); break;
    case 2: write_number(in, at, state); break;
    case 3: write_digits(in, at, state); break;
    case 4: resize(in, at, length, 0); break;
    case 5: in->size = at; break;
    case 6:                                                   /* repeats a piece of itself */
      if (at + length <= in->size && in->size + length <= INPUT_MAX) {
        resize(in, at, 0, length);
        memcpy(in->data + at, in->data + at + length, length);
      }
      break;
    case 7:                                                   /* takes a piece of another file */
      if (other->size) {
        size_t from = below(state, other->size);
        if (from + length > other->size) length = other->size - from;
        if (in->size + length <= INPUT_MAX) {
          resize(in, at, 0, length);
          memcpy(in->data + at, other->data + from, length);
        }
      }
      break;
    default:
      for (size_t i = 0; i < length && at + i < in->size; i++) in->data[at + i] = (uint8_t)next_random(state);
  }
}

static void make_input(uint64_t number, struct input *out) {
  if (number < seed_count) {
    out->size = seeds[number].size;
    memcpy(out->data, seeds[number].data, out->size);
    return;
  }
  uint64_t state = number;
  const struct input *seed = &seeds[below(&state, seed_count)];
  out->size = seed->size;
  memcpy(out->data, seed->data, out->size);
  for (size_t i = 1 + below(&state, 6); i > 0; i--) mutate(out, &state);
}

/* The target gets a copy of exactly the input's size, so that a sanitizer sees the first byte behind it. */
static void run_from(uint64_t first, uint64_t end, struct progress *progress) {
  for (uint64_t i = first; i < end; i++) {
    progress->number = i;
    make_input(i, &scratch);
    uint8_t *exact = malloc(scratch.size ? scratch.size : 1);
    if (!exact) die("run", "no memory");
    memcpy(exact, scratch.data, scratch.size);
    LLVMFuzzerTestOneInput(exact, scratch.size);
    free(exact);
  }
  progress->number = end;
}

/* 0 when the child did all its work, 1 when it died, 2 when it hung. */
static int wait_for(pid_t child, const struct progress *progress) {
  uint64_t seen = UINT64_MAX;
  int status, still = 0;
  const struct timespec tick = { 0, 20 * 1000 * 1000 };
  while (waitpid(child, &status, WNOHANG) == 0) {
    nanosleep(&tick, NULL);
    still = progress->number == seen ? still + 1 : 0;
    seen = progress->number;
    if (still > HANG_SECONDS * 50) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return 2;
    }
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) die(argv[0], "usage: PROGRAM COUNT [CORPUS-DIRECTORY]");
  const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
  uint64_t count = strtoull(argv[1], NULL, 10);
  if (argc == 3) load_corpus(argv[2]);
  if (seed_count == 0) seeds[seed_count++] = (struct input){ NULL, 0 };

  struct progress *progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  scratch.data = malloc(INPUT_MAX);
  if (progress == MAP_FAILED || !scratch.data) die(name, "no memory");
  uint64_t end = seed_count + count;
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) die(name, "cannot fork");
  if (child == 0) {
    run_from(0, end, progress);
    exit(0);                                                   /* not _exit: the sanitizer looks for leaks now */
  }
  int outcome = wait_for(child, progress);
  if (outcome == 0) {
    printf("ok %s: %zu files and %llu inputs\n", name, seed_count, (unsigned long long)count);
    return 0;
  }
  char path[4096];
  snprintf(path, sizeof path, "%s.%llu.input", argv[0], (unsigned long long)progress->number);
  make_input(progress->number, &scratch);
  FILE *f = fopen(path, "wb");
  if (f) {
    fwrite(scratch.data, 1, scratch.size, f);
    fclose(f);
  }
  printf("not ok %s: input %llu %s; it is in %s\n", name, (unsigned long long)progress->number,
         outcome == 2 ? "hangs" : "kills the program", path);
  return 1;
}
