/* cli_graph.c: `adamant graph`: a saved graph or module, in its text form, as a picture.
 *
 * Without -o the picture goes to standard output. The library writes files whole or not at all, so an interrupt leaves none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <adamant/ops.h>
#include <adamant/picture.h>
#include "cli.h"

enum { PIECE = 1 << 18, MOST_PIECES = (1 << 30) / PIECE };

typedef struct request {
  const char *in, *out, *format, *title;
  ad_int depth;
} request;

static const char usage[] =
    "usage: adamant graph [--format dot|svg|html|json | --json] [--depth N] [--title TEXT] [-o OUT] FILE\n"
    "\n"
    "Draws the graphs that FILE holds in their text form; - is standard input.\n"
    "\n"
    "  -o, --output OUT   the file to write; its ending says the format. Without it: standard output\n"
    "  --format FORMAT    dot (also without -o), svg, html: a page that needs no network, or json: its data\n"
    "  --json             the same as --format json\n"
    "  --depth N          blocks inside blocks that are drawn open\n"
    "  --title TEXT       instead of the graph's name\n";

static int wrong(const char *what, const char *why) {
  fprintf(stderr, "adamant graph: %s: %s; `adamant graph --help` says more\n", what, why);
  return CLI_USAGE;
}

static int failed(const char *path, const char *why) {
  fprintf(stderr, "adamant graph: %s: %s\n", path, why);
  return CLI_FAILED;
}

/* The whole file as an array of bytes: an array per piece, put together at the end, since the library alone takes memory. NULL
 * after a message. */
static ad_array *read_all(ad_ctx *c, const char *path) {
  FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  ad_array *pieces[MOST_PIECES];
  int n = 0;
  char piece[PIECE];
  size_t got = PIECE;
  for (; f && n < MOST_PIECES && got == PIECE; n++) {
    got = fread(piece, 1, PIECE, f);
    pieces[n] = ad_array_new(c, AD_UINT8, AD_SHAPE((int64_t)got), piece);
  }
  const char *why = !f ? "the file cannot be opened" : ferror(f) ? "the file cannot be read" : NULL;
  if (!why && got == PIECE) why = "1 GiB or more; a graph's text is right";
  if (f && f != stdin) fclose(f);
  ad_array *all = why ? NULL : ad_concatenate(c, pieces, n, NULL);
  if (all && ad_eval(all)) why = ad_error_text(all);
  if (!why) return all;
  failed(path, why);
  return NULL;
}

static int read_arguments(int argc, char **argv, request *r) {
  for (int i = 1; i < argc; i++) {
    const char *a = argv[i], **text = NULL;
    bool depth = strcmp(a, "--depth") == 0;
    if (strcmp(a, "-o") == 0 || strcmp(a, "--output") == 0) text = &r->out;
    if (strcmp(a, "--format") == 0) text = &r->format;
    if (strcmp(a, "--title") == 0) text = &r->title;
    if (strcmp(a, "--json") == 0) {
      r->format = "json";
      continue;
    }
    if ((text || depth) && i + 1 == argc) return wrong(a, "its value is missing");
    if (text) {
      *text = argv[++i];
    } else if (depth) {
      char *end;
      r->depth = AD_INT(strtoll(argv[++i], &end, 10));
      if (*end || end == argv[i] || r->depth.value < 0) return wrong(argv[i], "a depth is a number of 0 or more");
    } else if (a[0] == '-' && a[1]) {
      return wrong(a, "there is no such option");
    } else if (r->in) {
      return wrong(a, "one file is right");
    } else {
      r->in = a;
    }
  }
  return r->in ? CLI_DONE : wrong("no file", "the file of a graph is right");
}

static void put(void *user, const void *data, size_t size) { fwrite(data, 1, size, user); }

static int draw(const request *r, ad_ctx *c, const char *text, size_t size) {
  char why[1200];
  ad_module *m = ad_module_parse(c, text, size);
  if (ad_module_status(m)) return failed(r->in, ad_module_error_text(m));
  ad_draw_opts o = {.format = r->format, .title = r->title, .depth = r->depth, .error = why, .error_size = sizeof why};
  if (!r->out && !r->format) o.format = "dot";
  if (!r->out) o.bytes = put, o.user = stdout;
  return ad_module_draw(m, r->out, &o) ? failed(r->in, why) : CLI_DONE;
}

int cli_graph(int argc, char **argv) {
  request r = {0};
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return CLI_DONE;
  }
  int code = read_arguments(argc, argv, &r);
  if (code) return code;
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *text = c ? read_all(c, r.in) : NULL;
  if (text) code = draw(&r, c, ad_data(text), (size_t)ad_array_size(text));
  else code = c ? CLI_FAILED : failed(r.in, "out of memory");
  ad_ctx_free(c);
  return code;
}
