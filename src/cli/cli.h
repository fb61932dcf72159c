/* cli.h: what the files of the command line share.
 *
 * One file per subcommand; a subcommand is one row of the table in cli_table.c, and the options of all of them are another table
 * there, so that an option is spelt and means the same everywhere; reading arguments (cli_args.c), help and completions
 * (cli_help.c) follow from the two. The command line sees the library from outside: public headers only.
 * Exit codes: 0 done, 1 the work failed, 2 the command line was wrong. */
#ifndef AD_CLI_H
#define AD_CLI_H

#include <stdio.h>
#include <adamant/adamant.h>

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

typedef enum cli_opt {
  OPT_HELP, OPT_JSON, OPT_QUIET, OPT_VERBOSE, OPT_OUTPUT, OPT_FORMAT, OPT_DEPTH, OPT_TITLE, OPT_TYPES, OPT_NO_SHAPES, OPT_SHAPES,
  OPT_VALUES, OPT_DTYPE, OPT_INFERENCE, OPT_DISCARD, OPT_TARGET, OPT_GRADIENTS, OPT_NAME, OPT_EXAMPLE, OPT_PARAMS, OPT_SEED, OPT_DATA,
  OPT_COUNT
} cli_opt;

typedef struct cli_option {
  const char *name, *letter; /* "--output", "-o" or "" */
  const char *value;         /* what follows it, choices parted by |; NULL: nothing does */
  const char *doc;
} cli_option;

enum { CLI_MOST_DATA = 256 };
typedef struct cli_request cli_request;
typedef struct cli_command {
  const char *name, *summary;
  const char *file; /* what its argument is called; NULL: it has none */
  const char *doc;
  unsigned long options; /* a bit for each cli_opt */
  int (*run)(cli_request *r);
} cli_command;

/* A command line that was read. */
struct cli_request {
  const cli_command *command;
  const char *file;
  const char *value[OPT_COUNT];    /* NULL: not given; flags: their name */
  const char *data[CLI_MOST_DATA]; /* --data may be given several times */
  int data_count;
};

extern const cli_option cli_options[OPT_COUNT];
extern const cli_command cli_commands[];
extern const int cli_command_count;

int cli_info(cli_request *r);
int cli_graph(cli_request *r);
int cli_summary(cli_request *r);
int cli_compile(cli_request *r);
int cli_emit(cli_request *r);
int cli_eval(cli_request *r);
int cli_completion(cli_request *r);

/* ---- cli_args.c: arguments and complaints ---- */
/* argv[0] is the subcommand's name. CLI_DONE, or CLI_USAGE after a message. */
int cli_read_arguments(int argc, char **argv, cli_request *r);
/* A whole number of 0 or more; CLI_USAGE after a message. */
int cli_number(const cli_request *r, cli_opt which, long long *out);
/* Both write "adamant COMMAND: WHAT: WHY" to standard error, control characters made visible, and return their exit code. */
int cli_wrong(const cli_request *r, const char *what, const char *why);
int cli_failed(const cli_request *r, const char *what, const char *why);
/* Says on standard error what is being done, where --verbose asks for it. */
void cli_note(const cli_request *r, const char *what);

/* ---- cli_help.c ---- */
void cli_print_help(const cli_command *c);
void cli_print_commands(FILE *out);

/* ---- cli_file.c ---- */
/* The bytes of a file, - being standard input; NULL after a message. */
ad_array *cli_read_file(const cli_request *r, ad_ctx *c, const char *path);
/* Where a subcommand's text goes: standard output, or a file beside --output that becomes it when all is written. */
typedef struct cli_output {
  FILE *file;
  char temporary[4096]; /* "" for standard output */
} cli_output;
/* CLI_DONE, or CLI_FAILED after a message; between the two an interrupt waits. */
int cli_output_begin(const cli_request *r, cli_output *o);
int cli_output_end(const cli_request *r, cli_output *o);
/* A text as the whole output. */
int cli_output_text(const cli_request *r, const char *text);
/* Is there an --output that is not standard output? */
bool cli_output_named(const cli_request *r);
/* While the library writes a file: an interrupt waits, so that no half file stays behind. */
void cli_hold_interrupts(bool hold);
void cli_json_text(FILE *out, const char *text);

/* ---- cli_model.c ---- */
ad_model *cli_model_of(const cli_request *r, ad_ctx *c, ad_array *bytes); /* NULL after a message */
ad_model *cli_read_model(const cli_request *r, ad_ctx *c);                /* NULL after a message */
/* --shapes (or shapes, where that is not NULL), --values, --dtype, --inference and --discard; CLI_DONE, or a code after a message. */
int cli_compile_model(const cli_request *r, ad_model *m, const char *shapes, ad_physical **out);

#endif
