/* cli_eval.c: `adamant eval`: the outputs of a model for data from files.
 *
 * The shapes of the data settle the model's where --shapes says nothing, so that random parameters have shapes. */
#include <string.h>
#include <strings.h>
#include "cli.h"

enum { MOST_SHAPES = 1 << 16 };

/* Records of what was read, name by name. */
typedef struct given {
  const char *names[CLI_MOST_DATA];
  ad_array *items[CLI_MOST_DATA];
  int count;
} given;

static bool ends_in(const char *path, const char *ending) {
  size_t n = strlen(path), k = strlen(ending);
  return n >= k && strcasecmp(path + n - k, ending) == 0;
}

static int take(const cli_request *r, given *g, const char *name, ad_array *a) {
  for (int i = 0; i < g->count; i++)
    if (strcmp(g->names[i], name) == 0) return cli_wrong(r, name, "data given twice");
  if (g->count == CLI_MOST_DATA) return cli_failed(r, name, "more than 256 inputs");
  g->names[g->count] = name;
  g->items[g->count++] = a;
  return CLI_DONE;
}

/* NAME=FILE or FILE. A path with = in it and no name is written ./PATH. */
static int load_data(const cli_request *r, ad_ctx *c, const char *said, char *name, size_t room, given *g) {
  const char *equals = strchr(said, '='), *slash = strchr(said, '/');
  if (slash && equals && slash < equals) equals = NULL;
  const char *path = equals ? equals + 1 : said;
  ad_array *a = ad_load_at(NULL, c, path, NULL);
  if (ad_is_error(a)) return cli_failed(r, said, ad_error_text(a));
  if (!equals) {
    if (ad_item_count(a) == 0) return cli_wrong(r, said, "NAME=FILE is right for a file of one array");
    int code = CLI_DONE;
    for (int i = 0; !code && i < ad_item_count(a); i++) code = take(r, g, ad_item_name(a, i), ad_item(a, i));
    return code;
  }
  size_t n = (size_t)(equals - said);
  if (n == 0 || n >= room) return cli_wrong(r, said, "a name of 1 to 127 bytes is right");
  memcpy(name, said, n);
  name[n] = 0;
  if (ad_item_count(a) == 1) a = ad_item(a, 0);
  return ad_item_count(a) ? cli_wrong(r, said, "a file of one array is right after NAME=") : take(r, g, name, a);
}

/* ---- Shapes of the data as text ---- */

typedef struct shapes_text {
  char text[MOST_SHAPES];
  size_t n;
  bool full; /* and not all of it is there */
} shapes_text;

static void add_text(shapes_text *t, const char *s) {
  size_t n = strlen(s);
  if (t->n + n >= MOST_SHAPES) t->full = true;
  if (t->full) return;
  memcpy(t->text + t->n, s, n + 1);
  t->n += n;
}

static void add_number(shapes_text *t, int64_t v) {
  char digits[24], *at = digits + sizeof digits;
  *--at = 0;
  do *--at = (char)('0' + v % 10);
  while (v /= 10);
  add_text(t, at);
}

static void shapes_of(const given *g, shapes_text *t) {
  for (int i = 0; i < g->count; i++) {
    add_text(t, t->n ? "; " : "");
    add_text(t, g->names[i]);
    add_text(t, ":");
    for (int k = 0; k < ad_array_rank(g->items[i]); k++) {
      add_text(t, k ? ", " : " ");
      add_number(t, ad_array_dim(g->items[i], k));
    }
  }
}

/* ---- Results ---- */

static void print_text(void *user, const char *text) { fputs(text, user); }
static void put(void *user, const void *data, size_t size) { fwrite(data, 1, size, user); }

/* A number as JSON; what JSON has no number for is "nan", "inf" or "-inf". */
static void put_number(FILE *out, double v) {
  if (v - v == 0) fprintf(out, "%.17g", v);
  else fputs(v != v ? "\"nan\"" : v < 0 ? "\"-inf\"" : "\"inf\"", out);
}

/* Integers to their last digit, complex numbers as pairs. */
static void put_values(FILE *out, ad_array *a) {
  ad_category kind = ad_dtype_category(ad_array_dtype(a));
  ad_dtype wide = kind == AD_CATEGORY_COMPLEX ? AD_COMPLEX128 : kind == AD_CATEGORY_FLOAT ? AD_FLOAT64 : kind == AD_CATEGORY_INT ? AD_INT64 : AD_UINT64;
  const void *data = ad_data(ad_cast(a, wide));
  for (int64_t k = 0; data && k < ad_array_size(a); k++) {
    const double *number = (const double *)data + (kind == AD_CATEGORY_COMPLEX ? 2 * k : k);
    if (k) fputs(", ", out);
    if (kind == AD_CATEGORY_FLOAT) put_number(out, *number);
    else if (kind == AD_CATEGORY_INT) fprintf(out, "%lld", (long long)((const int64_t *)data)[k]);
    else if (kind == AD_CATEGORY_UINT) fprintf(out, "%llu", (unsigned long long)((const uint64_t *)data)[k]);
    else if (kind == AD_CATEGORY_BOOL) fputs(((const uint64_t *)data)[k] ? "true" : "false", out);
    else {
      fputc('[', out);
      put_number(out, number[0]);
      fputs(", ", out);
      put_number(out, number[1]);
      fputc(']', out);
    }
  }
}

static void put_json(FILE *out, ad_array *y) {
  fputc('{', out);
  for (int i = 0; i < ad_item_count(y); i++) {
    ad_array *a = ad_item(y, i);
    if (i) fputs(", ", out);
    cli_json_text(out, ad_item_name(y, i));
    fprintf(out, ": {\"dtype\": \"%s\", \"shape\": [", ad_dtype_name(ad_array_dtype(a)));
    for (int k = 0; k < ad_array_rank(a); k++) fprintf(out, "%s%lld", k ? ", " : "", (long long)ad_array_dim(a, k));
    fputs("], \"values\": [", out);
    put_values(out, a);
    fputs("]}", out);
  }
  fputs("}\n", out);
}

static int save(const cli_request *r, ad_array *y) {
  const char *path = r->value[OPT_OUTPUT];
  char why[1200] = "";
  bool named = cli_output_named(r);
  ad_save_opts o = {.error = why, .error_size = sizeof why};
  if (!named) o.bytes = put, o.user = stdout;
  bool tensors = named && ends_in(path, ".safetensors");
  if (named && !tensors && !ends_in(path, ".npz")) return cli_wrong(r, path, "an output that ends in .npz or .safetensors is right");
  cli_hold_interrupts(true);
  ad_status bad = tensors ? ad_save_safetensors_at(NULL, path, y, &o) : ad_savez_at(NULL, path, y, &o);
  cli_hold_interrupts(false);
  return bad ? cli_failed(r, path, why) : CLI_DONE;
}

static int show(const cli_request *r, ad_array *y) {
  if (r->value[OPT_JSON]) {
    cli_output out;
    int code = cli_output_begin(r, &out);
    if (code) return code;
    put_json(out.file, y);
    return cli_output_end(r, &out);
  }
  if (r->value[OPT_OUTPUT]) return save(r, y);
  for (int i = 0; i < ad_item_count(y); i++) {
    printf("%s = ", ad_item_name(y, i));
    ad_print(ad_item(y, i));
  }
  return CLI_DONE;
}

static int evaluate(const cli_request *r, ad_ctx *c) {
  char names[CLI_MOST_DATA][128];
  given g = {.count = 0};
  shapes_text shapes = {.n = 0};
  long long seed = 0;
  if (r->value[OPT_SEED] && cli_number(r, OPT_SEED, &seed)) return CLI_USAGE;
  ad_model *m = cli_read_model(r, c);
  int code = m ? CLI_DONE : CLI_FAILED;
  for (int i = 0; !code && i < r->data_count; i++) code = load_data(r, c, r->data[i], names[i], sizeof names[i], &g);
  shapes_of(&g, &shapes);
  if (!code && shapes.full && !r->value[OPT_SHAPES]) code = cli_failed(r, r->file, "the shapes of the data are more than 64 KiB of text; --shapes says them");
  ad_physical *p;
  if (!code) code = cli_compile_model(r, m, r->value[OPT_SHAPES] ? NULL : shapes.text, &p);
  if (code) return code;
  ad_array *params = r->value[OPT_PARAMS] ? ad_load_at(NULL, c, r->value[OPT_PARAMS], NULL) : ad_physical_randomize_at(NULL, p, (uint64_t)seed, NULL);
  if (ad_is_error(params)) return cli_failed(r, r->value[OPT_PARAMS] ? r->value[OPT_PARAMS] : r->file, ad_error_text(params));
  cli_note(r, "evaluating");
  ad_array *y = ad_physical_evaluate_at(NULL, p, params, g.count ? ad_record_at(NULL, c, g.names, g.items, g.count) : NULL);
  if (ad_is_error(y) || ad_eval(y)) return cli_failed(r, r->file, ad_error_text(y));
  return show(r, y);
}

int cli_eval(cli_request *r) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.print = print_text, .user = stdout});
  int code = c ? evaluate(r, c) : cli_failed(r, r->file, "out of memory");
  ad_ctx_free(c);
  return code;
}
