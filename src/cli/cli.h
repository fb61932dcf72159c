/* cli.h: what the files of the command line share.
 *
 * One file per subcommand; a subcommand is one row of the table in main.c.  The command line sees the library from outside:
 * public headers only.  Exit codes: 0 done, 1 the work failed, 2 the command line was wrong. */
#ifndef AD_CLI_H
#define AD_CLI_H

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* argv[0] is the subcommand's name. */
int cli_info(int argc, char **argv);
int cli_graph(int argc, char **argv);

#endif
