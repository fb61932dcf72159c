/* Curves: kept in memory, written as CSV and as events. See curves.h; the picture is curves_svg.c. */
#define _POSIX_C_SOURCE 200809L
#include "nn/curve_store.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <adamant/data.h>
#include <adamant/ops.h>
#include "base/files.h"
#include "base/folder.h"
#include "io/event_format.h"

static ad_status refuse(ad_curves *k, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);
static ad_status refuse(ad_curves *k, ad_status code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&k->error, code, fmt, ap);
  va_end(ap);
  return code;
}

const char *ad_curves_error_text(const ad_curves *k) { return k ? k->error.text : "no curves: memory ran out"; }

/* ---- Events ---- */

static double wall_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* TensorBoard finds files by "tfevents" in their names, and reads them in the order of the seconds there. */
static ad_status begin_events(ad_curves *k, const char *folder) {
  char path[4096], host[256] = "host";
  ad_text head;
  ad_status s = ad__folder_make(folder, &k->error);
  if (s != AD_OK) return s;
  (void)gethostname(host, sizeof host - 1);
  size_t n = ad__format(path, sizeof path, "%s/events.out.tfevents.%010lld.%s.%ld.0", folder, (long long)wall_time(), host, (long)getpid());
  ad__text_init(&head, &k->ctx->mem);
  ad__event_begin(&head, wall_time());
  if (head.failed || !(k->events = ad__mem_take(&k->ctx->mem, n + 1))) {
    s = refuse(k, AD_E_MEMORY, "curves: no memory for events");
  } else {
    memcpy(k->events, path, n + 1);
    s = ad__file_append(path, head.data, head.length, &k->error);
  }
  ad__text_free(&head);
  return s;
}

static ad_status add_event(ad_curves *k, const char *name, int64_t step, double value) {
  ad_text record;
  ad__text_init(&record, &k->ctx->mem);
  ad__event_scalar(&record, wall_time(), step, name, (float)value);
  ad_status s = record.failed ? refuse(k, AD_E_MEMORY, "curves: no memory for an event") : ad__file_append(k->events, record.data, record.length, &k->error);
  ad__text_free(&record);
  return s;
}

/* ---- The store ---- */

ad_curves *ad_curves_new(ad_ctx *c, const ad_curves_opts *opts) {
  ad_curves *k = c ? ad__mem_zeroed(&c->mem, sizeof *k) : NULL;
  if (!k) return NULL;
  k->ctx = c;
  k->untold = opts && opts->events && begin_events(k, opts->events) != AD_OK;
  return k;
}

void ad_curves_free(ad_curves *k) {
  if (!k) return;
  ad_mem *mem = &k->ctx->mem;
  for (int i = 0; i < k->count; i++) {
    ad_curve *v = &k->at[i];
    ad__mem_give(mem, v->name, strlen(v->name) + 1);
    ad__mem_give(mem, v->steps, (size_t)v->capacity * sizeof *v->steps);
    ad__mem_give(mem, v->values, (size_t)v->capacity * sizeof *v->values);
  }
  ad__mem_give(mem, k->at, (size_t)k->capacity * sizeof *k->at);
  if (k->events) ad__mem_give(mem, k->events, strlen(k->events) + 1);
  ad__mem_give(mem, k, sizeof *k);
}

static ad_curve *find(const ad_curves *k, const char *name) {
  for (int i = 0; i < k->count; i++)
    if (strcmp(k->at[i].name, name) == 0) return &k->at[i];
  return NULL;
}

static ad_curve *find_or_make(ad_curves *k, const char *name) {
  ad_mem *mem = &k->ctx->mem;
  ad_curve *v = find(k, name);
  if (v) return v;
  if (k->count == k->capacity) {
    int more = k->capacity ? 2 * k->capacity : 8;
    ad_curve *at = ad__mem_resize(mem, k->at, (size_t)k->capacity * sizeof *at, (size_t)more * sizeof *at);
    if (!at) return NULL;
    k->at = at;
    k->capacity = more;
  }
  size_t n = strlen(name) + 1;
  char *own = ad__mem_take(mem, n);
  if (!own) return NULL;
  k->at[k->count] = (ad_curve){.name = memcpy(own, name, n)};
  return &k->at[k->count++];
}

static bool grow(ad_curves *k, ad_curve *v) {
  ad_mem *mem = &k->ctx->mem;
  size_t old = (size_t)v->capacity, more = old ? 2 * old : 64;
  int64_t *steps = ad__mem_take(mem, more * sizeof *steps);
  double *values = ad__mem_take(mem, more * sizeof *values);
  if (!steps || !values) {
    ad__mem_give(mem, steps, more * sizeof *steps);
    ad__mem_give(mem, values, more * sizeof *values);
    return false;
  }
  if (v->count) memcpy(steps, v->steps, (size_t)v->count * sizeof *steps);
  if (v->count) memcpy(values, v->values, (size_t)v->count * sizeof *values);
  ad__mem_give(mem, v->steps, old * sizeof *steps);
  ad__mem_give(mem, v->values, old * sizeof *values);
  v->steps = steps, v->values = values, v->capacity = (int64_t)more;
  return true;
}

/* The first place whose step is not before. */
static int64_t place_of(const ad_curve *v, int64_t step) {
  int64_t low = 0, high = v->count;
  if (high && v->steps[high - 1] < step) return high;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (v->steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

static ad_status keep(ad_curves *k, const char *name, int64_t step, double value) {
  ad_curve *v = find_or_make(k, name);
  if (!v || (v->count == v->capacity && !grow(k, v))) return refuse(k, AD_E_MEMORY, "curves: no memory for another number of %s", name);
  int64_t at = place_of(v, step);
  if (at == v->count || v->steps[at] != step) {
    memmove(v->steps + at + 1, v->steps + at, (size_t)(v->count - at) * sizeof *v->steps);
    memmove(v->values + at + 1, v->values + at, (size_t)(v->count - at) * sizeof *v->values);
    v->count++;
  }
  v->steps[at] = step;
  v->values[at] = value;
  return AD_OK;
}

ad_status ad_curves_add(ad_curves *k, const char *name, int64_t step, double value) {
  if (!k) return AD_E_MEMORY;
  if (!name || !*name) return refuse(k, AD_E_VALUE, "curves: a number without a name");
  ad_status s = keep(k, name, step, value);
  if (s == AD_OK && k->untold) {
    k->untold = false;
    return k->error.code;
  }
  return s == AD_OK && k->events ? add_event(k, name, step, value) : s;
}

int64_t ad_curves_count(const ad_curves *k, const char *name) {
  const ad_curve *v = k && name ? find(k, name) : NULL;
  return v ? v->count : 0;
}

/* ---- CSV ---- */

ad_status ad__curves_write(ad_curves *k, const char *path, const ad_text *text) {
  ad_writer *w;
  if (text->failed) return refuse(k, AD_E_MEMORY, "%s: no memory for what is to be written", path);
  ad_status s = ad__writer_open(&k->ctx->mem, path, &w, &k->error);
  if (s != AD_OK) return s;
  (void)ad__writer_put(w, text->data, text->length, &k->error);
  return ad__writer_commit(w, &k->error);
}

static void put_name(ad_text *out, const char *name) {
  if (!strpbrk(name, ",\"\n\r") && *name != ' ' && name[strlen(name) - 1] != ' ') {
    ad__text_add(out, name);
    return;
  }
  ad__text_char(out, '"');
  for (; *name; name++) {
    if (*name == '"') ad__text_char(out, '"');
    ad__text_char(out, *name);
  }
  ad__text_char(out, '"');
}

/* The smallest step that is at a curve's place; false at the end of all. */
static bool next_step(const ad_curves *k, const int64_t *at, int64_t *step) {
  bool any = false;
  for (int i = 0; i < k->count; i++) {
    const ad_curve *v = &k->at[i];
    if (at[i] == v->count || (any && v->steps[at[i]] >= *step)) continue;
    *step = v->steps[at[i]];
    any = true;
  }
  return any;
}

ad_status ad_curves_save_csv(ad_curves *k, const char *path) {
  if (!k) return AD_E_MEMORY;
  if (!path) return refuse(k, AD_E_VALUE, "curves: path is NULL");
  size_t bytes = ((size_t)k->count + 1) * sizeof(int64_t);
  int64_t *at = ad__mem_zeroed(&k->ctx->mem, bytes), step = 0;
  if (!at) return refuse(k, AD_E_MEMORY, "%s: no memory for its lines", path);
  ad_text out;
  ad__text_init(&out, &k->ctx->mem);
  ad__text_add(&out, "step");
  for (int i = 0; i < k->count; i++) ad__text_char(&out, ','), put_name(&out, k->at[i].name);
  ad__text_char(&out, '\n');
  while (next_step(k, at, &step)) {
    ad__text_fmt(&out, "%lld", (long long)step);
    for (int i = 0; i < k->count; i++) {
      const ad_curve *v = &k->at[i];
      ad__text_char(&out, ',');
      if (at[i] < v->count && v->steps[at[i]] == step) ad__text_f64(&out, v->values[at[i]++]);
    }
    ad__text_char(&out, '\n');
  }
  ad_status s = ad__curves_write(k, path, &out);
  ad__text_free(&out);
  ad__mem_give(&k->ctx->mem, at, bytes);
  return s;
}

static ad_status add_column(ad_curves *k, const char *name, const int64_t *steps, ad_array *column) {
  column = ad_cast(column, AD_FLOAT64);
  const double *v = ad_data(column);
  if (ad_is_error(column)) return refuse(k, ad_error_code(column), "%s", ad_error_text(column));
  ad_status s = AD_OK;
  for (int64_t i = 0; s == AD_OK && i < ad_array_size(column); i++)
    if (!isnan(v[i])) s = keep(k, name, steps[i], v[i]);
  return s;
}

ad_status ad_curves_load_csv(ad_curves *k, const char *path) {
  if (!k) return AD_E_MEMORY;
  ad_scope *scope = ad_scope_begin(k->ctx);
  ad_array *table = ad_load_csv_at(NULL, k->ctx, path, &(ad_csv_opts){.dtype = AD_FLOAT64});
  ad_array *steps = ad_is_error(table) ? table : ad_item(table, 0);
  ad_status s = ad_is_error(steps) ? refuse(k, ad_error_code(steps), "%s", ad_error_text(steps)) : AD_OK;
  if (s == AD_OK && (strcmp(ad_item_name(table, 0), "step") != 0 || (ad_array_dtype(steps) != AD_INT64 && ad_array_size(steps))))
    s = refuse(k, AD_E_FORMAT, "%s: the first column is %s; step, of whole numbers, is right", path, ad_item_name(table, 0));
  for (int i = 1; s == AD_OK && i < ad_item_count(table); i++) s = add_column(k, ad_item_name(table, i), ad_data(steps), ad_item(table, i));
  ad_scope_end(scope, NULL);
  return s;
}
