/* main.c: the command line `adamant`: finds the subcommand and hands over.
 *
 * Invariant: the table below is the only list of subcommands; --help prints it.  What was asked for goes to standard output,
 * complaints go to standard error.  No work is done here. */
#include <stdio.h>
#include <string.h>
#include "cli.h"

struct command { const char *name, *summary; int (*run)(int argc, char **argv); };

static const struct command commands[] = {
  { "info", "how this build was made and what it finds on this machine", cli_info },
  { "graph", "a saved graph as a picture: DOT, SVG or an HTML page", cli_graph },
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out) {
  fputs("usage: adamant COMMAND [ARGUMENT...]\n"
        "       adamant --version | --help\n\ncommands:\n", out);
  for (int i = 0; i < COMMAND_COUNT; i++) fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
}

/* A full disk or a closed pipe shows only when the buffer goes out. */
static int finish(int code) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  fputs("adamant: standard output: the text could not be written\n", stderr);
  return CLI_FAILED;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    print_help(stderr);
    return CLI_USAGE;
  }
  if (strcmp(argv[1], "--version") == 0) {
    puts("adamant " AD_BUILD_VERSION);
    return finish(CLI_DONE);
  }
  if (strcmp(argv[1], "--help") == 0) {
    print_help(stdout);
    return finish(CLI_DONE);
  }
  for (int i = 0; i < COMMAND_COUNT; i++)
    if (strcmp(argv[1], commands[i].name) == 0) return finish(commands[i].run(argc - 1, argv + 1));
  fprintf(stderr, "adamant: %s: there is no such command; `adamant --help` lists them\n", argv[1]);
  return CLI_USAGE;
}
