/* CSV files as arrays; see ad_load_csv in data.h.
 *
 * The file is gone through twice: once to count lines and see what each column is, once to fill arrays of that size and kind; nothing
 * of it is kept in between, however long it is. */
#include <adamant/data.h>

#include <math.h>
#include <string.h>
#include "base/arena.h"
#include "base/files.h"
#include "base/map.h"
#include "io/csv_format.h"
#include "ir/ctx.h"
#include "ops/apply.h"

enum { MOST_COLUMNS = 65535 };

typedef struct column {
  const char *name;
  int kinds;          /* all of them, as long as every field that is not empty is */
  bool empty, filled; /* some field is, some is not */
  int64_t text_line;  /* the first field that is no number: its line, and the text, cut */
  char text[40];
  ad_dtype dtype;
  ad_array *array;
  void *data;
  ad_map codes; /* of text */
} column;

typedef struct table {
  ad_ctx *ctx;
  ad_place where;
  const char *path;
  ad_csv_opts opts;
  ad_mapped file;
  ad_arena arena;
  column *columns;
  int width;
  int64_t rows, first_line; /* of the record that says how many fields there are */
  ad_err *e;
} table;

static ad_status no_room(table *t) { return ad__fail(t->e, AD_E_MEMORY, "%s: no memory for its columns", t->path); }

static void begin(const table *t, ad_csv *r) {
  ad__csv_begin(r, &t->ctx->mem, t->path, t->file.data ? (const void *)t->file.data : "", t->file.size, t->opts.separator ? t->opts.separator : ',');
}

/* ---- Columns ---- */

static ad_status check_name(table *t, int k) {
  for (int i = 0; i < k; i++)
    if (strcmp(t->columns[i].name, t->columns[k].name) == 0)
      return ad__fail(t->e, AD_E_FORMAT, "%s:%lld: columns %d and %d are both called \"%s\"; names that differ are right", t->path,
                      (long long)t->first_line, i + 1, k + 1, t->columns[k].name);
  return AD_OK;
}

static ad_status name_column(table *t, int k, const ad_csv_field *f) {
  char numbered[32];
  size_t n = f->length;
  const char *name = f->text;
  if (t->opts.no_header || n == 0 || memchr(name, 0, n)) n = ad__format(numbered, sizeof numbered, "c%d", k), name = numbered;
  t->columns[k] = (column){.name = ad__arena_text(&t->arena, name, n), .kinds = AD_CSV_WHOLE | AD_CSV_NUMBER | AD_CSV_TRUTH};
  return t->columns[k].name ? check_name(t, k) : no_room(t);
}

/* The first record: how many fields, and their names. */
static ad_status read_head(table *t, ad_csv *r) {
  ad_csv_field f = {.last = false};
  bool more = true;
  ad_csv ahead = *r; /* counts */
  ad__text_init(&ahead.plain, &t->ctx->mem);
  ad_status s = AD_OK;
  for (; s == AD_OK && more && !f.last; t->width += more) s = ad__csv_next(&ahead, &f, &more, t->e);
  t->first_line = ahead.record_line;
  ad__csv_end(&ahead);
  if (s != AD_OK) return s;
  if (t->width == 0) return ad__fail(t->e, AD_E_FORMAT, "%s: an empty file; a line of names or numbers is right", t->path);
  if (t->width > MOST_COLUMNS) return ad__fail(t->e, AD_E_FORMAT, "%s:1: %d columns; at most %d are right", t->path, t->width, MOST_COLUMNS);
  t->columns = ad__arena_zeroed(&t->arena, (size_t)t->width * sizeof *t->columns, _Alignof(column));
  if (!t->columns) return no_room(t);
  ahead = *r;
  for (int k = 0; s == AD_OK && k < t->width; k++) {
    s = ad__csv_next(r, &f, &more, t->e);
    if (s == AD_OK) s = name_column(t, k, &f);
  }
  if (t->opts.no_header) { /* it is data as well */
    r->at = ahead.at, r->line = ahead.line, r->inside = ahead.inside;
  }
  return s;
}

/* ---- Records ---- */

typedef ad_status (*field_function)(table *t, column *c, int64_t row, int64_t line, const ad_csv_field *f);

static ad_status ragged(table *t, int64_t line, int fields) {
  return ad__fail(t->e, AD_E_FORMAT, "%s:%lld: %d fields; %d, as in line %lld, are right", t->path, (long long)line, fields, t->width,
                  (long long)t->first_line);
}

static ad_status read_record(table *t, ad_csv *r, int64_t row, field_function take) {
  ad_csv_field f = {.last = false};
  bool more;
  int k = 0;
  for (; !f.last; k++) {
    ad_status s = ad__csv_next(r, &f, &more, t->e);
    if (s == AD_OK && k < t->width) s = take(t, &t->columns[k], row, r->record_line, &f);
    if (s != AD_OK) return s;
  }
  return k == t->width ? AD_OK : ragged(t, r->record_line, k);
}

/* Every record behind the header. */
static ad_status read_records(table *t, ad_csv *r, field_function take) {
  ad_status s = AD_OK;
  for (t->rows = 0; s == AD_OK && r->at < r->end;) {
    if (t->width > 1 && ad__csv_at_empty_line(r)) {
      ad__csv_skip_line(r);
      continue;
    }
    s = read_record(t, r, t->rows++, take);
  }
  return s;
}

/* ---- First time: what columns are ---- */

static ad_status look(table *t, column *c, int64_t row, int64_t line, const ad_csv_field *f) {
  int64_t whole;
  double number;
  int kinds = ad__csv_kinds(f, &whole, &number);
  (void)t, (void)row;
  if (kinds == AD_CSV_EMPTY) {
    c->empty = true;
    return AD_OK;
  }
  if (!(c->kinds & kinds) && !c->text_line) {
    c->text_line = line;
    size_t n = f->length < sizeof c->text - 1 ? f->length : sizeof c->text - 1;
    memcpy(c->text, f->text, n);
    c->text[n] = 0;
  }
  c->filled = true;
  c->kinds &= kinds;
  return AD_OK;
}

static ad_status decide(table *t, column *c) {
  ad_dtype number = t->opts.dtype == AD_DTYPE_NONE ? AD_FLOAT32 : t->opts.dtype;
  if (!c->filled || (c->kinds & AD_CSV_NUMBER && (c->empty || !(c->kinds & AD_CSV_WHOLE)))) c->dtype = number;
  else if (c->kinds & AD_CSV_WHOLE) c->dtype = AD_INT64;
  else if (c->kinds & AD_CSV_TRUTH && !c->empty) c->dtype = AD_BOOL;
  else c->dtype = AD_INT32;
  if (c->dtype != AD_INT32 || t->opts.label) return AD_OK;
  if (!c->text_line)
    return ad__fail(t->e, AD_E_FORMAT, "%s: column %s has empty fields among true and false; one of the two in each is right", t->path, c->name);
  return ad__fail(t->e, AD_E_FORMAT, "%s:%lld: column %s: \"%s\" is no number; a number as above is right, or a label function for text",
                  t->path, (long long)c->text_line, c->name, c->text);
}

/* ---- Second time: their values ---- */

static ad_status code_of(table *t, column *c, const ad_csv_field *f, int32_t *code) {
  if (!c->codes.mem) ad__map_init(&c->codes, &t->ctx->mem);
  ad_map_value *v = ad__map_find(&c->codes, ad__map_text(f->text, f->length));
  if (!v) {
    const char *own = ad__arena_text(&t->arena, f->text, f->length);
    size_t next = c->codes.count;
    v = own && next <= INT32_MAX ? ad__map_put(&c->codes, ad__map_text(own, f->length), NULL) : NULL;
    if (!v) return no_room(t);
    v->number = next;
    t->opts.label(t->opts.user, c->name, (int32_t)next, own);
  }
  *code = (int32_t)v->number;
  return AD_OK;
}

static ad_status store(table *t, column *c, int64_t row, int64_t line, const ad_csv_field *f) {
  int64_t whole = 0;
  double number = NAN;
  (void)line;
  if (c->dtype == AD_INT32) return code_of(t, c, f, (int32_t *)c->data + row);
  ad__csv_kinds(f, &whole, &number);
  switch (c->dtype) {
  case AD_INT64: ((int64_t *)c->data)[row] = whole; break;
  case AD_BOOL: ((uint8_t *)c->data)[row] = whole != 0; break;
  case AD_FLOAT64: ((double *)c->data)[row] = number; break;
  default: ((float *)c->data)[row] = (float)number;
  }
  return AD_OK;
}

static ad_status make_columns(table *t) {
  for (int k = 0; k < t->width; k++) {
    column *c = &t->columns[k];
    ad_status s = decide(t, c);
    if (s != AD_OK) return s;
    c->array = ad_array_room_at(t->where, t->ctx, c->dtype, AD_SHAPE(t->rows), &c->data);
    if (ad_is_error(c->array)) return no_room(t);
  }
  return AD_OK;
}

static ad_array *record_of(table *t) {
  const char **names = ad__arena_array(&t->arena, (size_t)t->width, sizeof *names, _Alignof(char *));
  ad_array **items = ad__arena_array(&t->arena, (size_t)t->width, sizeof *items, _Alignof(ad_array *));
  if (!names || !items) return t->ctx->out_of_memory;
  for (int k = 0; k < t->width; k++) names[k] = t->columns[k].name, items[k] = t->columns[k].array;
  return ad_record_at(t->where, t->ctx, names, items, t->width);
}

static ad_status read_table(table *t) {
  ad_csv r;
  begin(t, &r);
  ad_status s = read_head(t, &r);
  if (s == AD_OK) s = read_records(t, &r, look);
  ad__csv_end(&r);
  if (s == AD_OK) s = make_columns(t);
  if (s != AD_OK) return s;
  begin(t, &r);
  ad_csv_field f = {.last = t->opts.no_header};
  bool more = true;
  while (s == AD_OK && !f.last) s = ad__csv_next(&r, &f, &more, t->e);
  if (s == AD_OK) s = read_records(t, &r, store);
  ad__csv_end(&r);
  return s;
}

ad_array *ad_load_csv_at(ad_place where, ad_ctx *c, const char *path, const ad_csv_opts *opts) {
  ad_err e;
  table t = {.ctx = c, .where = where, .path = path, .opts = opts ? *opts : (ad_csv_opts){0}, .e = &e};
  if (!c) return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL); /* the error of a NULL context */
  ad_scope *scope = ad_scope_begin(c);
  ad_dtype number = t.opts.dtype;
  ad__arena_init(&t.arena, &c->mem);
  ad_status s = AD_OK;
  if (!path) s = ad__fail(&e, AD_E_VALUE, "path is NULL; the name of a file is right");
  else if (number != AD_DTYPE_NONE && number != AD_FLOAT32 && number != AD_FLOAT64)
    s = ad__fail(&e, AD_E_TYPE, "%s: numbers of dtype %s; float32 or float64 is right", path, ad_dtype_name(number));
  if (s == AD_OK) s = ad__file_map(path, &t.file, &e);
  if (s == AD_OK) s = read_table(&t);
  ad_array *y = s == AD_OK ? record_of(&t) : ad__scope_take_error(ad__node_errorf(c, where, NULL, s, "load_csv: %s", e.text));
  for (int k = 0; t.columns && k < t.width; k++)
    if (t.columns[k].codes.mem) ad__map_free(&t.columns[k].codes);
  ad__file_unmap(&t.file);
  ad__arena_free(&t.arena);
  return ad_scope_end(scope, y);
}
