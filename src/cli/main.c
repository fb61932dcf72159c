/* main.c: the command line `adamant`: finds the subcommand and hands over.
 *
 * What was asked for goes to standard output, complaints go to standard error. No work is done here. */
#include <string.h>
#include "cli.h"

/* A full disk or a closed pipe shows only when the buffer goes out. */
static int finish(int code) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  fputs("adamant: standard output: the text could not be written\n", stderr);
  return CLI_FAILED;
}

static int run(const cli_command *c, int argc, char **argv) {
  cli_request r = {.command = c};
  int code = cli_read_arguments(argc, argv, &r);
  if (code) return code;
  if (!r.value[OPT_HELP]) return c->run(&r);
  cli_print_help(c);
  return CLI_DONE;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    cli_print_commands(stderr);
    return CLI_USAGE;
  }
  if (strcmp(argv[1], "--version") == 0) {
    puts("adamant " AD_BUILD_VERSION);
    return finish(CLI_DONE);
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    cli_print_commands(stdout);
    return finish(CLI_DONE);
  }
  for (int i = 0; i < cli_command_count; i++)
    if (strcmp(argv[1], cli_commands[i].name) == 0) return finish(run(&cli_commands[i], argc - 1, argv + 1));
  fprintf(stderr, "adamant: %s: there is no such command; `adamant --help` lists them\n", argv[1]);
  return CLI_USAGE;
}
