/* cli_args.c: reads the arguments of a subcommand by the tables, and writes complaints.
 *
 * --option VALUE and --option=VALUE are the same; -- ends the options, and - is a file. What a file said may stand in a complaint, so
 * control characters are written as \xNN: no terminal obeys them. */
#include <stdlib.h>
#include <string.h>
#include "cli.h"

static void put_visible(const char *text) {
  for (; *text; text++) {
    unsigned char b = (unsigned char)*text;
    if ((b < 32 && b != '\n') || b == 127) fprintf(stderr, "\\x%02x", b);
    else fputc(b, stderr);
  }
}

static void complain(const cli_request *r, const char *what, const char *why) {
  fprintf(stderr, "adamant %s: ", r->command->name);
  put_visible(what);
  fputs(": ", stderr);
  put_visible(why);
}

int cli_wrong(const cli_request *r, const char *what, const char *why) {
  complain(r, what, why);
  fprintf(stderr, "; `adamant %s --help` says more\n", r->command->name);
  return CLI_USAGE;
}

int cli_failed(const cli_request *r, const char *what, const char *why) {
  complain(r, what, why);
  fputc('\n', stderr);
  return CLI_FAILED;
}

void cli_note(const cli_request *r, const char *what) {
  if (!r->value[OPT_VERBOSE] || r->value[OPT_QUIET]) return;
  fprintf(stderr, "adamant %s: ", r->command->name);
  put_visible(what);
  fputc('\n', stderr);
}

int cli_number(const cli_request *r, cli_opt which, long long *out) {
  char *end;
  *out = strtoll(r->value[which], &end, 10);
  if (*end || end == r->value[which] || *out < 0 || *out > INT32_MAX) return cli_wrong(r, r->value[which], "a whole number of 0 or more is right");
  return CLI_DONE;
}

/* The option that a is, with or without "=VALUE", that the subcommand has; -1 for none. */
static int find_option(const cli_command *c, const char *a, const char **joined) {
  const char *equals = a[0] == '-' && a[1] == '-' ? strchr(a, '=') : NULL;
  size_t n = equals ? (size_t)(equals - a) : strlen(a);
  *joined = equals ? equals + 1 : NULL;
  for (int i = 0; i < OPT_COUNT; i++) {
    const cli_option *o = &cli_options[i];
    if (!(c->options >> i & 1)) continue;
    if ((strlen(o->name) == n && strncmp(a, o->name, n) == 0) || (o->letter[0] && strcmp(a, o->letter) == 0)) return i;
  }
  return -1;
}

static int take_value(cli_request *r, int id, const char *value) {
  if (id != OPT_DATA) {
    if (r->value[id] && cli_options[id].value) return cli_wrong(r, cli_options[id].name, "given twice");
    r->value[id] = value;
    return CLI_DONE;
  }
  if (r->data_count == CLI_MOST_DATA) return cli_wrong(r, value, "more than 256 files of data; one .npz is right");
  r->data[r->data_count++] = value;
  return CLI_DONE;
}

int cli_read_arguments(int argc, char **argv, cli_request *r) {
  bool options = true;
  for (int i = 1; i < argc; i++) {
    const char *a = argv[i], *joined = NULL;
    if (options && strcmp(a, "--") == 0) {
      options = false;
      continue;
    }
    if (!options || a[0] != '-' || !a[1]) {
      if (!r->command->file) return cli_wrong(r, a, "no argument is right");
      if (r->file) return cli_wrong(r, a, "one file is right");
      r->file = a;
      continue;
    }
    int id = find_option(r->command, a, &joined);
    if (id < 0) return cli_wrong(r, a, "there is no such option");
    bool wants = cli_options[id].value != NULL;
    if (!wants && joined) return cli_wrong(r, a, "this option takes no value");
    if (wants && !joined && i + 1 == argc) return cli_wrong(r, a, "its value is missing");
    int code = take_value(r, id, !wants ? cli_options[id].name : joined ? joined : argv[++i]);
    if (code) return code;
  }
  if (r->value[OPT_HELP] || !r->command->file || r->file) return CLI_DONE;
  return cli_wrong(r, "no file", r->command->file);
}
