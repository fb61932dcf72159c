/* Saving: arrays into files, through a temporary sibling that replaces the target at the end.
 *
 * The writers differ in what stands around the elements; evaluating, naming, opening and committing is shared.
 * Invariant: nothing is opened before every array has its value, so a failed computation leaves no file behind. */
#include <adamant/io.h>
#include <string.h>

#include "base/sink.h"
#include "io/npy_format.h"
#include "io/npz_format.h"
#include "io/safetensors_format.h"
#include "ir/ctx.h"

typedef struct save_item {
  const char *name;
  size_t name_length;
  ad_array *array;
  const void *data; /* row-major */
} save_item;

typedef struct save_job {
  ad_ctx *ctx;
  ad_arena arena; /* of items and names */
  save_item *items;
  size_t count;
  const ad_save_opts *opts;
  ad_sink sink;
  ad_err *e;
} save_job;

static ad_status save_no_memory(const save_job *job) { return ad__fail(job->e, AD_E_MEMORY, "no memory for the list of arrays"); }

/* ---- what to save ---- */

static ad_status name_item(save_job *job, ad_array *all, size_t i) {
  char numbered[32];
  const char *name = ad_item_name(all, (int)i);
  size_t n = strlen(name);
  if (!*name) n = ad__format(numbered, sizeof numbered, "arr_%zu", i), name = numbered;
  job->items[i].name = ad__arena_text(&job->arena, name, n);
  job->items[i].name_length = n;
  return job->items[i].name ? AD_OK : save_no_memory(job);
}

static ad_status value_of(save_job *job, save_item *item) {
  ad_array *a = item->array;
  ad_status code = ad_eval(a);
  if (code != AD_OK) return ad__fail(job->e, code, "%s: %s", item->name, ad_error_text(a));
  if (ad_array_dtype(a) == AD_DTYPE_NONE)
    return ad__fail(job->e, AD_E_TYPE, "%s is a tuple or record; a tensor is right", item->name);
  item->data = ad_data(a);
  if (!item->data && ad_array_size(a))
    return ad__fail(job->e, AD_E_MEMORY, "%s: no memory for its elements in order", item->name);
  return AD_OK;
}

/* The members of a tuple or record, or the one array; each evaluated. */
static ad_status collect(save_job *job, ad_array *all) {
  ad_status code = ad_eval(all);
  if (code != AD_OK) return ad__fail(job->e, code, "%s", ad_error_text(all));
  bool single = ad_array_dtype(all) != AD_DTYPE_NONE;
  job->count = single ? 1 : (size_t)ad_item_count(all);
  job->items = ad__arena_array(&job->arena, job->count, sizeof *job->items, _Alignof(save_item));
  if (!job->items) return save_no_memory(job);
  for (size_t i = 0; i < job->count && code == AD_OK; i++) {
    job->items[i].array = single ? all : ad_item(all, (int)i);
    code = name_item(job, all, i);
    if (code == AD_OK) code = value_of(job, &job->items[i]);
  }
  return code;
}

/* ---- formats ---- */

static ad_status save_npy(save_job *job) {
  ad_text head;
  ad_array *a = job->items[0].array;
  ad_shape shape = ad_array_shape(a);
  ad__text_init(&head, &job->ctx->mem);
  ad__npy_write_header(&head, ad_array_dtype(a), shape.rank, shape.dims);
  ad_status code = head.failed ? ad__fail(job->e, AD_E_MEMORY, "no memory for the header")
                               : ad__sink_put(job->sink, head.data, head.length, job->e);
  ad__text_free(&head);
  size_t bytes = (size_t)ad_array_size(a) * ad_dtype_size(ad_array_dtype(a));
  return code == AD_OK ? ad__sink_put(job->sink, job->items[0].data, bytes, job->e) : code;
}

static ad_status save_zip(save_job *job, bool deflated) {
  ad_zip_writer w;
  ad_status code = AD_OK;
  ad__zip_write_init(&w, &job->ctx->mem, job->sink);
  for (size_t i = 0; i < job->count && code == AD_OK; i++) {
    const save_item *item = &job->items[i];
    ad_shape shape = ad_array_shape(item->array);
    code = ad__npz_write(&w, item->name, item->name_length, ad_array_dtype(item->array), shape.rank, shape.dims, item->data,
                         deflated, job->e);
  }
  if (code == AD_OK) code = ad__zip_write_finish(&w, job->e);
  ad__zip_write_free(&w);
  return code;
}

static ad_status save_npz(save_job *job) { return save_zip(job, false); }
static ad_status save_npz_deflated(save_job *job) { return save_zip(job, true); }

static ad_status collect_notes(save_job *job, ad_tensor_note **out, size_t *out_n) {
  const char *const *pairs = job->opts->metadata;
  size_t n = 0;
  while (pairs && pairs[n]) n++;
  if (n % 2) return ad__fail(job->e, AD_E_VALUE, "metadata has %zu strings; keys and values in turn are right", n);
  *out = ad__arena_array(&job->arena, n / 2, sizeof **out, _Alignof(ad_tensor_note));
  if (!*out) return save_no_memory(job);
  *out_n = n / 2;
  for (size_t i = 0; i < n / 2; i++)
    (*out)[i] = (ad_tensor_note){pairs[2 * i], pairs[2 * i + 1], strlen(pairs[2 * i]), strlen(pairs[2 * i + 1])};
  return AD_OK;
}

static ad_status save_safetensors(save_job *job) {
  size_t *order = ad__arena_array(&job->arena, job->count, sizeof *order, _Alignof(size_t)), note_count = 0;
  ad_tensor_file *files = ad__arena_array(&job->arena, job->count, sizeof *files, _Alignof(ad_tensor_file));
  ad_tensor_note *notes = NULL;
  if (!order || !files) return save_no_memory(job);
  for (size_t i = 0; i < job->count; i++) {
    const save_item *item = &job->items[i];
    ad_shape shape = ad_array_shape(item->array);
    files[i] = (ad_tensor_file){
        .name = item->name, .name_length = item->name_length, .dtype = ad_array_dtype(item->array), .rank = shape.rank};
    if (shape.rank) memcpy(files[i].dims, shape.dims, (size_t)shape.rank * sizeof *shape.dims);
  }
  ad_status code = collect_notes(job, &notes, &note_count);
  if (code != AD_OK) return code;
  ad_text head;
  ad__text_init(&head, &job->ctx->mem);
  code = ad__safetensors_plan(&job->ctx->mem, files, job->count, notes, note_count, order, &head, job->e);
  if (code == AD_OK) code = ad__sink_put(job->sink, head.data, head.length, job->e);
  for (size_t i = 0; i < job->count && code == AD_OK; i++)
    code = ad__sink_put(job->sink, job->items[order[i]].data, (size_t)files[order[i]].bytes, job->e);
  ad__text_free(&head);
  return code;
}

/* ---- shared by all ---- */

typedef ad_status (*save_writer)(save_job *job);

static ad_status write_file(save_job *job, const char *path, save_writer write) {
  ad_writer *w;
  ad_status code = ad__writer_open(&job->ctx->mem, path, &w, job->e);
  if (code != AD_OK) return code;
  job->sink = ad__sink_file(w);
  code = write(job);
  if (code == AD_OK) return ad__writer_commit(w, job->e);
  ad__writer_abandon(w);
  return code;
}

static ad_status hand_bytes(save_job *job, save_writer write) {
  ad_text all;
  ad__text_init(&all, &job->ctx->mem);
  job->sink = ad__sink_text(&all);
  ad_status code = write(job);
  if (code == AD_OK) job->opts->bytes(job->opts->user, all.data, all.length);
  ad__text_free(&all);
  return code;
}

static ad_status save_all(save_job *job, const char *path, ad_array *all, save_writer write) {
  if (!path) return ad__fail(job->e, AD_E_VALUE, "path is NULL; the name of a file is right");
  if (!all) return ad__fail(job->e, AD_E_VALUE, "the array is NULL");
  if (ad_is_error(all)) return ad__fail(job->e, ad_error_code(all), "%s", ad_error_text(all));
  if (write == save_npy && ad_array_dtype(all) == AD_DTYPE_NONE)
    return ad__fail(job->e, AD_E_TYPE, "%s: an npy holds one array, not a tuple or record; savez holds several", path);
  job->ctx = ad_array_ctx(all);
  ad__arena_init(&job->arena, &job->ctx->mem);
  ad_scope *s = ad_scope_begin(job->ctx);
  ad_status code = collect(job, all);
  if (code == AD_OK) code = job->opts->bytes ? hand_bytes(job, write) : write_file(job, path, write);
  ad_scope_end(s, NULL);
  ad__arena_free(&job->arena);
  return code;
}

static ad_status save(ad_place where, const char *name, const char *path, ad_array *all, const ad_save_opts *opts,
                      save_writer write) {
  static const ad_save_opts defaults = {0};
  ad_err e;
  save_job job = {.opts = opts ? opts : &defaults, .e = &e};
  if (job.opts->error && job.opts->error_size) job.opts->error[0] = 0;
  ad_status code = save_all(&job, path, all, write);
  if (code == AD_OK) return code;
  if (job.opts->error) ad__format(job.opts->error, job.opts->error_size, "%s: %s: %s", where, name, e.text);
  if (job.ctx) ad__log(job.ctx, AD_LOG_ERROR, "%s: %s: %s", where, name, e.text);
  return code;
}

ad_status ad_save_at(ad_place where, const char *path, ad_array *array, const ad_save_opts *opts) {
  return save(where, "save", path, array, opts, save_npy);
}

ad_status ad_savez_at(ad_place where, const char *path, ad_array *arrays, const ad_save_opts *opts) {
  return save(where, "savez", path, arrays, opts, save_npz);
}

ad_status ad_savez_compressed_at(ad_place where, const char *path, ad_array *arrays, const ad_save_opts *opts) {
  return save(where, "savez_compressed", path, arrays, opts, save_npz_deflated);
}

ad_status ad_save_safetensors_at(ad_place where, const char *path, ad_array *arrays, const ad_save_opts *opts) {
  return save(where, "save_safetensors", path, arrays, opts, save_safetensors);
}
