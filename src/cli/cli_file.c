/* cli_file.c: reads files, and writes them whole or not at all.
 *
 * An output is written beside its place and renamed when it is complete; an interrupt that comes meanwhile waits until then, so none
 * leaves a part of a file behind. Memory is the library's: a file is an array of bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"

enum { FIRST_ROOM = 1 << 16, MOST_BYTES = 1 << 30 };

/* Room of n bytes that begins with those of old. */
static ad_array *room_for(ad_ctx *c, int64_t n, const char *old, size_t used, char **data) {
  void *place = NULL;
  ad_array *a = ad_array_room(c, AD_UINT8, AD_SHAPE(n), &place);
  if (used && place) memcpy(place, old, used);
  *data = place;
  return a;
}

ad_array *cli_read_file(const cli_request *r, ad_ctx *c, const char *path) {
  FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (!f) {
    cli_failed(r, path, "the file cannot be opened");
    return NULL;
  }
  char *data = NULL;
  int64_t room = FIRST_ROOM;
  size_t n = 0;
  ad_array *a = room_for(c, room, NULL, 0, &data);
  while (data) {
    n += fread(data + n, 1, (size_t)room - n, f);
    if (n < (size_t)room || room >= MOST_BYTES) break;
    a = room_for(c, room *= 2, data, n, &data);
  }
  const char *why = !data ? ad_error_text(a) : ferror(f) ? "the file cannot be read" : n >= MOST_BYTES ? "1 GiB or more; a model's or graph's text is right" : NULL;
  if (f != stdin) fclose(f);
  if (why) cli_failed(r, path, why);
  return why ? NULL : ad_array_new(c, AD_UINT8, AD_SHAPE((int64_t)n), data);
}

void cli_hold_interrupts(bool hold) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

bool cli_output_named(const cli_request *r) { return r->value[OPT_OUTPUT] && strcmp(r->value[OPT_OUTPUT], "-") != 0; }

int cli_output_begin(const cli_request *r, cli_output *o) {
  static const char ending[] = ".XXXXXX";
  o->temporary[0] = 0;
  o->file = stdout;
  if (!cli_output_named(r)) return CLI_DONE;
  const char *path = r->value[OPT_OUTPUT];
  size_t n = strlen(path);
  struct stat there;
  if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) { /* /dev/null, a pipe: nothing to replace */
    o->file = fopen(path, "wb");
    return o->file ? CLI_DONE : cli_failed(r, path, strerror(errno));
  }
  if (n + sizeof ending > sizeof o->temporary) return cli_failed(r, path, "a path of less than 4000 bytes is right");
  memcpy(o->temporary, path, n);
  memcpy(o->temporary + n, ending, sizeof ending);
  cli_hold_interrupts(true);
  int fd = mkstemp(o->temporary);
  mode_t mask = umask(0);
  umask(mask);
  if (fd >= 0) fchmod(fd, 0666 & ~mask);
  o->file = fd < 0 ? NULL : fdopen(fd, "wb");
  if (o->file) return CLI_DONE;
  int code = cli_failed(r, path, strerror(errno));
  cli_hold_interrupts(false);
  return code;
}

int cli_output_end(const cli_request *r, cli_output *o) {
  if (o->file == stdout) return CLI_DONE; /* main looks whether all of it went out */
  bool bad = ferror(o->file);
  bad = fclose(o->file) != 0 || bad;
  if (!bad && o->temporary[0]) bad = rename(o->temporary, r->value[OPT_OUTPUT]) != 0;
  int code = bad ? cli_failed(r, r->value[OPT_OUTPUT], strerror(errno)) : CLI_DONE;
  if (bad && o->temporary[0]) unlink(o->temporary);
  cli_hold_interrupts(false);
  return code;
}

int cli_output_text(const cli_request *r, const char *text) {
  cli_output o;
  int code = cli_output_begin(r, &o);
  if (code) return code;
  fputs(text, o.file);
  return cli_output_end(r, &o);
}

void cli_json_text(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text; text++) {
    unsigned char b = (unsigned char)*text;
    if (b == '"' || b == '\\') fputc('\\', out);
    if (b == '\n') fputs("\\n", out);
    else if (b < 32 || b == 127) fprintf(out, "\\u%04x", b);
    else fputc(b, out);
  }
  fputc('"', out);
}
