/* Loading: from a file's description of its tensors to arrays.
 *
 * The file is held once, counted, and each array that uses it in place holds a reference that its buffer lets go of.
 * An array is copied only where it must be: when its numbers stand in the other byte order, not at a multiple of
 * their size, or compressed. Fortran order is a matter of strides.
 * Invariant: whatever fails, the file's last reference is dropped and no array escapes. */
#include <adamant/io.h>
#include <stdatomic.h>
#include <string.h>

#include "base/files.h"
#include "io/npy_format.h"
#include "io/npz_format.h"
#include "io/safetensors_format.h"
#include "ir/ctx.h"
#include "ops/apply.h"

/* ---- what arrays hold ---- */

typedef struct load_file { /* the file, shared by the arrays that lie in it */
  _Atomic uint32_t refs;
  ad_mem *mem;
  ad_mapped bytes;
} load_file;

static void load_file_drop(load_file *f) {
  if (atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1) return;
  ad__file_unmap(&f->bytes);
  ad__mem_give(f->mem, f, sizeof *f);
}

static void release_file(void *user, void *data) {
  (void)data;
  load_file_drop(user);
}

typedef struct load_copy { /* the elements of one array that could not stay in the file */
  ad_mem *mem;
  void *data;
  size_t bytes;
} load_copy;

static void release_copy(void *user, void *data) {
  load_copy *k = user;
  ad_mem *mem = k->mem;
  (void)data;
  ad__mem_pages_give(mem, k->data, k->bytes);
  ad__mem_give(mem, k, sizeof *k);
}

static ad_status load_copy_new(ad_mem *mem, size_t bytes, load_copy **out, ad_err *e) {
  load_copy *k = ad__mem_take(mem, sizeof *k);
  void *data = k ? ad__mem_pages(mem, bytes) : NULL;
  if (!data) {
    ad__mem_give(mem, k, sizeof *k);
    return ad__fail(e, AD_E_MEMORY, "no memory for an array of %zu bytes", bytes);
  }
  *k = (load_copy){mem, data, bytes};
  *out = k;
  return AD_OK;
}

/* ---- one array ---- */

typedef struct load_job {
  ad_ctx *ctx;
  ad_place place;
  const char *path;
  load_file *file;
  const ad_npz *npz; /* NULL unless the file is one */
  ad_err *e;
} load_job;

static size_t natural_alignment(ad_dtype t) {
  return ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? ad_dtype_size(t) / 2 : ad_dtype_size(t);
}

/* The elements where they stand in the file; *out NULL when they are compressed there. */
static ad_status find_elements(const load_job *job, const ad_tensor_file *t, size_t index, const char **out) {
  if (!job->npz) return *out = (const char *)job->file->bytes.data + t->offset, AD_OK;
  const void *view;
  ad_status code = ad__npz_view(job->npz, index, &view, job->e);
  *out = view;
  return code;
}

static ad_status check_bools(const load_job *job, const ad_tensor_file *t, const char *data) {
  for (uint64_t i = 0; t->dtype == AD_BOOL && i < t->bytes; i++)
    if ((unsigned char)data[i] > 1)
      return ad__fail(job->e, AD_E_FORMAT, "%s: byte %llu: a bool is %u; 0 or 1 is right", job->path,
                      (unsigned long long)(t->offset + i), (unsigned)(unsigned char)data[i]);
  return AD_OK;
}

static ad_status copy_elements(const load_job *job, const ad_tensor_file *t, size_t index, const char *from, load_copy **out) {
  load_copy *k = NULL;
  ad_status code = load_copy_new(&job->ctx->mem, (size_t)t->bytes, &k, job->e);
  if (code != AD_OK) return code;
  if (from) memcpy(k->data, from, (size_t)t->bytes);
  else code = ad__npz_read(job->npz, index, k->data, job->e);
  if (code == AD_OK && t->swapped) ad__tensor_file_swap(t->dtype, k->data, (size_t)t->bytes);
  if (code == AD_OK) *out = k;
  else release_copy(k, NULL);
  return code;
}

static void fortran_strides(const ad_tensor_file *t, int64_t *strides) {
  int64_t step = (int64_t)ad_dtype_size(t->dtype);
  for (int i = 0; i < t->rank; i++) {
    strides[i] = step;
    step *= t->dims[i];
  }
}

static ad_status load_array(const load_job *job, const ad_tensor_file *t, size_t index, ad_array **out) {
  ad_shape shape = {t->rank, t->dims};
  const char *from = NULL;
  ad_status code = find_elements(job, t, index, &from);
  if (code != AD_OK) return code;
  if (t->bytes == 0) {
    *out = ad_array_new_at(job->place, job->ctx, t->dtype, shape, NULL);
    return AD_OK;
  }
  int64_t strides[AD_MAX_RANK];
  if (t->fortran) fortran_strides(t, strides);
  const int64_t *given = t->fortran ? strides : NULL;
  load_copy *copy = NULL;
  bool in_place = from && !t->swapped && (uintptr_t)from % natural_alignment(t->dtype) == 0;
  if (!in_place) code = copy_elements(job, t, index, from, &copy);
  if (code == AD_OK) code = check_bools(job, t, copy ? copy->data : from);
  if (code != AD_OK) {
    if (copy) release_copy(copy, NULL);
    return code;
  }
  if (copy) *out = ad_array_wrap_strided_at(job->place, job->ctx, t->dtype, shape, given, copy->data, release_copy, copy);
  else {
    atomic_fetch_add_explicit(&job->file->refs, 1, memory_order_relaxed);
    *out = ad_array_wrap_strided_at(job->place, job->ctx, t->dtype, shape, given, from, release_file, job->file);
  }
  return AD_OK;
}

/* All arrays as a record, or the first error among them. */
static ad_status load_record(const load_job *job, const ad_tensor_file *items, size_t n, ad_array **out) {
  ad_arena room;
  ad__arena_init(&room, &job->ctx->mem);
  const char **names = ad__arena_array(&room, n, sizeof *names, _Alignof(const char *));
  ad_array **arrays = ad__arena_array(&room, n, sizeof *arrays, _Alignof(ad_array *));
  ad_status code = AD_OK;
  if (!names || !arrays || n > INT32_MAX) code = ad__fail(job->e, AD_E_MEMORY, "%s: no memory for %zu arrays", job->path, n);
  ad_scope *s = ad_scope_begin(job->ctx);
  for (size_t i = 0; i < n && code == AD_OK; i++) {
    names[i] = items[i].name;
    code = load_array(job, &items[i], i, &arrays[i]);
  }
  ad_array *record = code == AD_OK ? ad_record_at(job->place, job->ctx, names, arrays, (int)n) : NULL;
  *out = ad_scope_end(s, record);
  ad__arena_free(&room);
  return code;
}

/* ---- formats ---- */

static ad_status load_npy(load_job *job, const ad_load_opts *opts, ad_array **out) {
  ad_tensor_file t;
  (void)opts;
  ad_status code = ad__npy_read(job->file->bytes.data, job->file->bytes.size, job->path, &t, job->e);
  return code == AD_OK ? load_array(job, &t, 0, out) : code;
}

static ad_status load_npz(load_job *job, const ad_load_opts *opts, ad_array **out) {
  ad_npz z;
  (void)opts;
  ad_status code = ad__npz_open(&job->ctx->mem, job->file->bytes.data, job->file->bytes.size, job->path, NULL, &z, job->e);
  if (code != AD_OK) return code;
  job->npz = &z;
  code = load_record(job, z.items, z.count, out);
  ad__npz_close(&z);
  return code;
}

static ad_status load_safetensors(load_job *job, const ad_load_opts *opts, ad_array **out) {
  ad_tensor_list l;
  ad_status code = ad__safetensors_read(&job->ctx->mem, job->file->bytes.data, job->file->bytes.size, job->path, &l, job->e);
  if (code != AD_OK) return code;
  code = load_record(job, l.items, l.count, out);
  for (size_t i = 0; code == AD_OK && opts->note && i < l.note_count; i++)
    opts->note(opts->user, l.notes[i].key, l.notes[i].value);
  ad__tensor_list_free(&l);
  return code;
}

typedef struct load_format {
  const char *name; /* also the extension */
  ad_status (*load)(load_job *job, const ad_load_opts *opts, ad_array **out);
} load_format;

static const load_format *find_format(const char *path, const char *name, ad_err *e) {
  static const load_format formats[] = {{"npy", load_npy}, {"npz", load_npz}, {"safetensors", load_safetensors}};
  const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
  const char *wanted = name ? name : dot ? dot + 1 : "";
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
    if (strcmp(formats[i].name, wanted) == 0) return &formats[i];
  ad__fail(e, AD_E_VALUE,
           name ? "%s: format \"%s\"; npy, npz and safetensors are known"
                : "%s: the name ends in \"%s\"; npy, npz and safetensors are known, or name one in the options",
           path, wanted);
  return NULL;
}

/* The bytes that the options give, as a file of their own. */
static ad_status copy_bytes(ad_mem *mem, const char *path, const ad_load_opts *opts, ad_mapped *out, ad_err *e) {
  void *own = opts->size ? ad__mem_take(mem, opts->size) : NULL;
  if (opts->size && !own) return ad__fail(e, AD_E_MEMORY, "%s: no memory for its %zu bytes", path, opts->size);
  if (own) memcpy(own, opts->data, opts->size);
  *out = (ad_mapped){own, opts->size, own ? mem : NULL};
  return AD_OK;
}

static ad_status hold_file(ad_ctx *c, const char *path, const ad_load_opts *opts, load_file **out, ad_err *e) {
  load_file *f = ad__mem_take(&c->mem, sizeof *f);
  if (!f) return ad__fail(e, AD_E_MEMORY, "%s: no memory to load it", path);
  atomic_init(&f->refs, 1);
  f->mem = &c->mem;
  ad_status code;
  if (opts->data) code = copy_bytes(&c->mem, path, opts, &f->bytes, e);
  else code = opts->copy ? ad__file_read(&c->mem, path, 0, &f->bytes, e) : ad__file_map(path, &f->bytes, e);
  if (code == AD_OK) *out = f;
  else ad__mem_give(&c->mem, f, sizeof *f);
  return code;
}

static ad_status load(ad_place place, ad_ctx *c, const char *path, const ad_load_opts *opts, ad_array **out, ad_err *e) {
  if (c->error.code != AD_OK) return *e = c->error, e->code;
  if (!path) return ad__fail(e, AD_E_VALUE, "path is NULL; the name of a file is right");
  const load_format *format = find_format(path, opts->format, e);
  if (!format) return e->code;
  load_job job = {.ctx = c, .place = place, .path = path, .e = e};
  ad_status code = hold_file(c, path, opts, &job.file, e);
  if (code != AD_OK) return code;
  code = format->load(&job, opts, out);
  load_file_drop(job.file);
  return code;
}

ad_array *ad_load_at(ad_place where, ad_ctx *c, const char *path, const ad_load_opts *opts) {
  static const ad_load_opts defaults = {0};
  if (!c) return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL); /* the error of a NULL context */
  ad_err e;
  ad_array *a = NULL;
  if (load(where, c, path, opts ? opts : &defaults, &a, &e) == AD_OK) return a;
  return ad__scope_take_error(ad__node_errorf(c, where, NULL, e.code, "load: %s", e.text));
}
