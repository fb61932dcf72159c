/* Every block of the table on its samples: wired by its terminals, evaluated, its gradients against finite differences in float64, its
 * wrong uses refused with their message. A block without a sample fails.
 *
 * With AD_TEST_OUT, inputs and outputs are written to blocks.npz and the uses to blocks.txt, which tests/oracle/blocks_numpy.py
 * computes again from each block's formula. */
#include <adamant/adamant.h>
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "model/block_desc.h"
#include "support/samples.h"

enum { MOST_INPUTS = 160, MOST_ARRAYS = 4096 };

typedef struct input {
  char name[40];
  sample_tensor type;
  char word[32];
  bool is_float;
} input;

typedef struct use {
  const ad_block_desc *block;
  input in[MOST_INPUTS];
  int n;
} use;

static ad_ctx *c;
static struct {
  FILE *lines;
  char names[MOST_ARRAYS][100];
  ad_array *arrays[MOST_ARRAYS];
  int count;
} out;

/* ---- Samples as text ---- */

/* "2, 3" or "int32[2, 3]", then perhaps a word. */
static void read_input(input *x, const char *text, size_t n, const char *domain) {
  char own[200], *at = own;
  snprintf(own, sizeof own, "%.*s", (int)n, text);
  at += strspn(own, " ");
  char *bracket = strchr(at, '[');
  x->type.dtype = AD_FLOAT64;
  if (bracket) {
    *bracket = 0;
    x->type.dtype = ad_dtype_parse(at);
    at = bracket + 1;
  }
  for (x->type.rank = 0; *at >= '0' && *at <= '9'; at += strspn(at, ", ")) x->type.dims[x->type.rank++] = strtoll(at, &at, 10);
  at += strspn(at, "] ");
  x->is_float = ad_dtype_category(x->type.dtype) == AD_CATEGORY_FLOAT;
  snprintf(x->word, sizeof x->word, "%s", *at ? at : domain);
}

static void read_use(use *u, const ad_block_desc *b, const char *shapes, const char *domain) {
  *u = (use){.block = b};
  for (const char *p = shapes; p && *p && u->n < MOST_INPUTS;) {
    p += strspn(p, " ;");
    size_t name = strcspn(p, ":"), n = strcspn(p, ";");
    input *x = &u->in[u->n++];
    snprintf(x->name, sizeof x->name, "%.*s", (int)name, p);
    read_input(x, p + name + 1, n - name - 1, domain);
    p += n;
  }
}

/* ---- A model of the one block ---- */

static ad_model *block_of(const ad_block_desc *b, const char *params) {
  ad_model *parts[8];
  int n = 0;
  for (const char *p = b->sample_parts; p && *p; p += strspn(p, ", ")) {
    char name[60];
    size_t length = strcspn(p, ",");
    snprintf(name, sizeof name, "%.*s", (int)length, p);
    char *own = strchr(name, '(');
    if (own) *own++ = 0, own[strcspn(own, ")")] = 0;
    parts[n++] = ad_block(c, name, own);
    p += length;
  }
  return ad_block_of(c, b->name, params, parts, n);
}

static ad_model *model_of(const use *u, const char *params, char *shapes, size_t size) {
  char wiring[1200] = "";
  ad_model *m = ad_model_new(c, "m"), *b = block_of(u->block, params);
  shapes[0] = 0;
  for (int i = 0; i < ad_model_conn_count(b); i++) {
    ad_conn *k = ad_model_conn_at(b, i);
    bool given = ad_conn_get_role(k) == AD_CONN_OUTPUT;
    for (int j = 0; j < u->n; j++) given = given || !strcmp(u->in[j].name, ad_conn_name(k));
    size_t at = strlen(wiring);
    if (given) snprintf(wiring + at, sizeof wiring - at, "%s%s=%s", at ? ", " : "", ad_conn_name(k), ad_conn_name(k));
  }
  for (int i = 0; i < u->n; i++) {
    size_t at = strlen(shapes);
    at += (size_t)snprintf(shapes + at, size - at, "%s: ", u->in[i].name);
    for (int d = 0; d < u->in[i].type.rank; d++) at += (size_t)snprintf(shapes + at, size - at, "%s%lld", d ? ", " : "", (long long)u->in[i].type.dims[d]);
    snprintf(shapes + at, size - at, "; ");
  }
  ad_model_extend(m, b, wiring);
  return m;
}

static ad_array *drawn(const input *x, uint64_t seed) {
  size_t bytes = (size_t)sample_size(&x->type) * ad_dtype_size(x->type.dtype);
  char *data = malloc(bytes + 1);
  if (!sample_fill(&x->type, x->word, seed, data)) CHECK_FAIL("no domain is called %s", x->word);
  ad_array *a = ad_array_new(c, x->type.dtype, (ad_shape){x->type.rank, x->type.dims}, data);
  free(data);
  return a;
}

/* The record of a role, inputs of the sample drawn, parameters as the model begins them. */
static ad_array *record_of(ad_physical *p, const use *u, ad_key_kind kind, ad_array *first) {
  const char *names[MOST_INPUTS];
  ad_array *items[MOST_INPUTS];
  int n = ad_physical_key_count(p, kind);
  for (int i = 0; i < n && i < MOST_INPUTS; i++) {
    names[i] = ad_physical_key(p, kind, i);
    items[i] = NULL;
    for (int k = 0; k < u->n; k++)
      if (!strcmp(u->in[k].name, names[i])) items[i] = drawn(&u->in[k], (uint64_t)(10 * k + 1));
    if (!items[i]) items[i] = first ? ad_field(first, names[i]) : ad_number(c, 0);
  }
  return ad_record(c, names, items, n);
}

/* ---- Gradients ---- */

static double number(ad_array *a) {
  double v = NAN;
  if (ad_read(ad_cast(a, AD_FLOAT64), &v, sizeof v)) CHECK_FAIL("%s", ad_error_text(a));
  return v;
}

/* The sum of products of members, which have the same names. */
static ad_array *dot(ad_array *a, ad_array *b) {
  ad_array *sum = ad_number(c, 0);
  for (int i = 0; i < ad_item_count(a); i++) sum = ad_add(sum, ad_sum(ad_multiply(ad_item(a, i), ad_item(b, i)), NULL));
  return sum;
}

static ad_array *like(ad_array *record, uint64_t seed, bool floats_only) {
  const char *names[MOST_INPUTS];
  ad_array *items[MOST_INPUTS];
  int n = 0;
  for (int i = 0; i < ad_item_count(record); i++) {
    ad_array *a = ad_item(record, i);
    if (floats_only && ad_dtype_category(ad_array_dtype(a)) != AD_CATEGORY_FLOAT) continue;
    names[n] = ad_item_name(record, i);
    items[n++] = ad_random_normal(c, ad_random_key(c, (int64_t)seed + i), NULL, NULL, ad_array_shape(a), &(ad_random_normal_opts){.dtype = AD_FLOAT64});
  }
  return ad_record(c, names, items, n);
}

static ad_array *moved(ad_array *record, ad_array *along, double by) {
  const char *names[MOST_INPUTS];
  ad_array *items[MOST_INPUTS];
  for (int i = 0; i < ad_item_count(record); i++) {
    names[i] = ad_item_name(record, i);
    items[i] = ad_add(ad_item(record, i), ad_multiply(ad_item(along, i), ad_number(c, by)));
  }
  return ad_record(c, names, items, ad_item_count(record));
}

static ad_array *chosen(ad_array *record, ad_array *names) {
  ad_array *items[MOST_INPUTS];
  const char *own[MOST_INPUTS];
  for (int i = 0; i < ad_item_count(names); i++) own[i] = ad_item_name(names, i), items[i] = ad_field(record, own[i]);
  return ad_record(c, own, items, ad_item_count(names));
}

static void check_gradients(const char *block, ad_physical *p, ad_array *params, ad_array *data, ad_array *y) {
  const double h = 1e-6;
  ad_array *cotangents = like(y, 71, true), *along = like(params, 72, false);
  if (!ad_item_count(cotangents) || !ad_item_count(params)) return;
  ad_array *g = ad_physical_gradients(p, params, data, cotangents);
  if (ad_is_error(g)) {
    CHECK_FAIL("%s: %s", block, ad_error_text(g));
    return;
  }
  double said = number(dot(g, along));
  double above = number(dot(chosen(ad_physical_evaluate(p, moved(params, along, h), data), cotangents), cotangents));
  double below = number(dot(chosen(ad_physical_evaluate(p, moved(params, along, -h), data), cotangents), cotangents));
  double found = (above - below) / (2 * h), most = 1e-5 * fmax(1, fabs(found));
  if (!(fabs(said - found) <= most)) CHECK_FAIL("%s: a derivative of %.9g, by differences %.9g", block, said, found);
}

/* ---- For NumPy ---- */

static void keep(const char *block, int nth, const char *kind, ad_array *record) {
  for (int i = 0; i < ad_item_count(record) && out.count < MOST_ARRAYS; i++) {
    snprintf(out.names[out.count], sizeof out.names[0], "%s.%d.%s.%s", block, nth, kind, ad_item_name(record, i));
    out.arrays[out.count++] = ad_own(ad_item(record, i));
  }
}

static void write_use(const ad_block_desc *b, int nth, ad_array *params, ad_array *data, ad_array *y) {
  if (!out.lines || !b->numpy) return;
  fprintf(out.lines, "%s\t%d\t%s\t", b->name, nth, b->samples[nth].params);
  for (int i = 0; i < b->field_count; i++) {
    const ad_field *f = &b->fields[i];
    if (!f->has_default) fprintf(out.lines, "%s%s=None", i ? ", " : "", f->name);
    else fprintf(out.lines, "%s%s=%.17g", i ? ", " : "", f->name, f->default_num);
  }
  int n;
  const ad_block_terminal *t = ad__block_terminals(b, &n);
  for (int i = 0; i < n; i++)
    if (t[i].value) fprintf(out.lines, ", %s=%s", t[i].name, t[i].value);
  fprintf(out.lines, "\t%s\n", b->numpy);
  keep(b->name, nth, "in", params);
  keep(b->name, nth, "in", data);
  keep(b->name, nth, "out", y);
}

/* ---- The table ---- */

static void check_sample(const ad_block_desc *b, int nth) {
  use u;
  char shapes[800], trained[800] = "";
  read_use(&u, b, b->samples[nth].shapes, b->samples[nth].domain);
  ad_model *m = model_of(&u, b->samples[nth].params, shapes, sizeof shapes);
  if (ad_model_error_code(m)) {
    CHECK_FAIL("%s, sample %d: %s", b->name, nth, ad_model_error_text(m));
    return;
  }
  for (int i = 0; i < u.n; i++) {
    size_t at = strlen(trained);
    if (u.in[i].is_float) snprintf(trained + at, sizeof trained - at, "%s%s", at ? ", " : "", u.in[i].name);
  }
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = shapes, .trainable = trained, .dtype = AD_FLOAT64});
  if (ad_physical_error_code(p)) {
    CHECK_FAIL("%s, sample %d: %s", b->name, nth, ad_physical_error_text(p));
    return;
  }
  ad_array *first = ad_physical_key_count(p, AD_KEY_PARAM) ? ad_physical_randomize(p, 5, NULL) : NULL;
  ad_array *params = record_of(p, &u, AD_KEY_PARAM, first), *data = record_of(p, &u, AD_KEY_DATA, NULL);
  ad_array *y = ad_physical_evaluate(p, params, data);
  if (ad_eval(y)) {
    CHECK_FAIL("%s, sample %d: %s", b->name, nth, ad_error_text(y));
    return;
  }
  if (!b->stops) check_gradients(b->name, p, params, data, y);
  write_use(b, nth, params, data, y);
}

static void check_error(const ad_block_desc *b, const ad_block_error *x) {
  use u;
  char shapes[800];
  read_use(&u, b, x->shapes, "normal");
  ad_model *m = model_of(&u, x->params, shapes, sizeof shapes);
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = shapes, .dtype = AD_FLOAT64});
  ad_status code = ad_physical_error_code(p);
  const char *text = ad_physical_error_text(p);
  if (!code) {
    ad_array *y = ad_physical_evaluate(p, ad_physical_key_count(p, AD_KEY_PARAM) ? ad_physical_randomize(p, 5, NULL) : NULL, record_of(p, &u, AD_KEY_DATA, NULL));
    code = ad_error_code(y);
    text = ad_error_text(y);
  }
  if (code != x->code || !strstr(text, x->message)) CHECK_FAIL("%s: code %d, \"%s\"; expected %d and \"%s\"", b->name, code, text, x->code, x->message);
}

static void check_block(const ad_block_desc *b) {
  ad_scope *s = ad_scope_begin(c);
  int before = check_state.failures;
  if (!b->samples && !b->rule) CHECK_FAIL("%s has no sample", b->name); /* rules: tests/model/values.c */
  for (int i = 0; b->samples && b->samples[i].params; i++) check_sample(b, i);
  for (int i = 0; b->errors && b->errors[i].params; i++) check_error(b, &b->errors[i]);
  printf("%s %s\n", check_state.failures == before ? "ok" : "not ok", b->name);
  ad_scope_end(s, NULL);
}

static void begin_files(void) {
  char path[1024];
  const char *folder = getenv("AD_TEST_OUT");
  if (!folder) return;
  snprintf(path, sizeof path, "%s/blocks.txt", folder);
  out.lines = fopen(path, "w");
}

static void end_files(void) {
  char path[1024], why[256];
  const char *names[MOST_ARRAYS];
  if (!out.lines) return;
  fclose(out.lines);
  for (int i = 0; i < out.count; i++) names[i] = out.names[i];
  snprintf(path, sizeof path, "%s/blocks.npz", getenv("AD_TEST_OUT"));
  ad_array *all = ad_record(c, names, out.arrays, out.count);
  if (ad_savez(path, all, &(ad_save_opts){.error = why, .error_size = sizeof why})) CHECK_FAIL("%s", why);
  for (int i = 0; i < out.count; i++) ad_drop(out.arrays[i]);
}

int main(int argc, char **argv) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  if (argc < 2) begin_files();
  for (int i = 0; i < ad_block_count(); i++) {
    bool wanted = argc < 2;
    for (int k = 1; k < argc; k++) wanted = wanted || strstr(ad_block_name(i), argv[k]);
    if (wanted) check_block(ad__block_find(ad_block_name(i), strlen(ad_block_name(i))));
  }
  end_files();
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
  return check_state.failures != 0;
}
