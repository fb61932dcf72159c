/* Checkpoints; see checkpoint.h. The writing itself is that of safetensors files: a temporary sibling, flushed, renamed, the folder
 * flushed. What is added is the tree as named tensors and back, the file names, and which files stay.
 *
 * Invariant: nothing is removed before the new file is in its place for good, but leftovers of writers that were killed. */
#include <adamant/checkpoint.h>

#include <string.h>
#include <adamant/io.h>
#include <adamant/ops.h>
#include "array/fn.h"
#include "base/arena.h"
#include "base/folder.h"
#include "ir/ctx.h"
#include "nn/leaf_paths.h"
#include "ops/apply.h"

#define PREFIX "checkpoint-"
#define SUFFIX ".safetensors"
enum { KEEP_DEFAULT = 3, MOST_DIFFERENCES = 5, PATH_ROOM = 4096 };

/* ---- Names of files ---- */

/* The step of a checkpoint's file name; -1 for other names. */
static int64_t step_of(const char *name) {
  size_t n = strlen(name), p = strlen(PREFIX), s = strlen(SUFFIX);
  int64_t step;
  if (n <= p + s || strncmp(name, PREFIX, p) != 0 || strcmp(name + n - s, SUFFIX) != 0) return -1;
  return ad__parse_i64(name + p, n - p - s, &step) && step >= 0 ? step : -1;
}

/* What a writer that was killed has left. */
static bool is_leftover(const char *name) {
  size_t n = strlen(name);
  return n > 4 && strncmp(name, PREFIX, strlen(PREFIX)) == 0 && strstr(name, SUFFIX ".") && strcmp(name + n - 4, ".tmp") == 0;
}

static ad_status path_of(const char *folder, const char *name, char out[PATH_ROOM], ad_err *e) {
  if (strlen(folder) + strlen(name) + 2 > PATH_ROOM)
    return ad__fail(e, AD_E_VALUE, "a path of %zu bytes; fewer are right", strlen(folder) + strlen(name) + 1);
  ad__format(out, PATH_ROOM, "%s/%s", folder, name);
  return AD_OK;
}

static ad_status path_of_step(const char *folder, int64_t step, char out[PATH_ROOM], ad_err *e) {
  char name[64];
  ad__format(name, sizeof name, PREFIX "%lld" SUFFIX, (long long)step);
  return path_of(folder, name, out, e);
}

/* ---- Which files there are ---- */

static bool meet_newest(void *user, const char *name) {
  int64_t *newest = user, step = step_of(name);
  if (step > *newest) *newest = step;
  return true;
}

int64_t ad_checkpoint_newest(const char *folder) {
  int64_t newest = -1;
  ad_err e;
  return folder && ad__folder_each(folder, meet_newest, &newest, &e) == AD_OK ? newest : -1;
}

static bool meet_leftover(void *user, const char *name) {
  char path[PATH_ROOM];
  ad_err e; /* what cannot be removed is left */
  if (is_leftover(name) && path_of(user, name, path, &e) == AD_OK) (void)ad__file_remove(path, &e);
  return true;
}

/* The oldest step but one that stays, and how many there are. */
typedef struct oldest {
  int64_t but, step;
  int count;
} oldest;

static bool meet_oldest(void *user, const char *name) {
  oldest *o = user;
  int64_t step = step_of(name);
  if (step < 0) return true;
  o->count++;
  if (step != o->but && (o->step < 0 || step < o->step)) o->step = step;
  return true;
}

static ad_status remove_old(const char *folder, int64_t fresh, int keep, ad_err *e) {
  for (;;) {
    char path[PATH_ROOM];
    oldest o = {.but = fresh, .step = -1};
    ad_status s = ad__folder_each(folder, meet_oldest, &o, e);
    if (s != AD_OK || o.count <= keep || o.step < 0) return s;
    if ((s = path_of_step(folder, o.step, path, e)) != AD_OK || (s = ad__file_remove(path, e)) != AD_OK) return s;
  }
}

/* ---- Trees as named tensors ---- */

typedef struct flat {
  ad_arena arena;
  ad_leaves leaves;
  const char **names;
} flat;

static void flat_end(flat *f) {
  ad__leaves_free(&f->leaves);
  ad__arena_free(&f->arena);
}

/* NULL when all is well; flat_end is owed either way. */
static ad_array *flat_begin(flat *f, ad_place where, ad_array *tree) {
  ad_ctx *c = tree->ctx;
  ad__arena_init(&f->arena, &c->mem);
  ad__leaves_init(&f->leaves, c);
  ad_array *bad = ad__leaves_add_tree(&f->leaves, where, tree);
  if (bad) return bad;
  f->names = ad__arena_array(&f->arena, (size_t)f->leaves.count + 1, sizeof *f->names, _Alignof(char *));
  for (int i = 0; f->names && i < f->leaves.count; i++) {
    ad_text t;
    ad__text_init(&t, &c->mem);
    ad__leaf_path(tree->type, i, &t);
    f->names[i] = t.failed ? NULL : t.length ? ad__arena_text(&f->arena, t.data, t.length) : "array";
    ad__text_free(&t);
    if (!f->names[i]) return c->out_of_memory;
  }
  return f->names ? NULL : c->out_of_memory;
}

/* ---- Saving ---- */

static ad_status write_tree(ad_place where, const char *path, ad_array *tree, const ad_checkpoint_opts *opts, ad_err *e) {
  flat f;
  ad_scope *s = ad_scope_begin(tree->ctx);
  ad_array *record = flat_begin(&f, where, tree);
  if (!record) record = ad_record_at(where, tree->ctx, f.names, f.leaves.at, f.leaves.count);
  ad_save_opts save = {.metadata = opts->metadata, .error = e->text, .error_size = sizeof e->text};
  e->code = ad_is_error(record) ? ad__fail(e, ad_error_code(record), "%s", ad_error_text(record))
                                : ad_save_safetensors_at(where, path, record, &save);
  flat_end(&f);
  ad_scope_end(s, NULL);
  return e->code;
}

static ad_status save(ad_place where, const char *folder, int64_t step, ad_array *tree, const ad_checkpoint_opts *opts, ad_err *e) {
  char path[PATH_ROOM];
  if (!folder || !tree) return ad__fail(e, AD_E_VALUE, "checkpoint_save: %s is NULL", folder ? "the tree" : "folder");
  if (ad_is_error(tree)) return ad__fail(e, ad_error_code(tree), "%s", ad_error_text(tree));
  if (step < 0 || opts->keep < 0)
    return ad__fail(e, AD_E_VALUE, "checkpoint_save: step %lld, keep %d; 0 or more are right", (long long)step, opts->keep);
  ad_status s = ad__folder_make(folder, e);
  if (s == AD_OK) s = path_of_step(folder, step, path, e);
  if (s != AD_OK) return s;
  ad_err ignored;
  (void)ad__folder_each(folder, meet_leftover, (void *)(uintptr_t)folder, &ignored);
  s = write_tree(where, path, tree, opts, e);
  return s == AD_OK ? remove_old(folder, step, opts->keep ? opts->keep : KEEP_DEFAULT, e) : s;
}

ad_status ad_checkpoint_save_at(ad_place where, const char *folder, int64_t step, ad_array *tree, const ad_checkpoint_opts *opts) {
  static const ad_checkpoint_opts defaults = {0};
  ad_err e = {.code = AD_OK};
  if (!opts) opts = &defaults;
  ad_status s = save(where, folder, step, tree, opts, &e);
  if (opts->error && opts->error_size) ad__format(opts->error, opts->error_size, "%s", s == AD_OK ? "" : e.text);
  return s;
}

/* ---- Loading ---- */

/* The member of that name, NULL when there is none. */
static ad_array *member(ad_place where, ad_array *record, const char *name, int expected) {
  int n = ad_item_count(record);
  for (int i = 0; i < n; i++) {
    int at = (i + expected) % n; /* mostly in order */
    if (strcmp(ad_item_name(record, at), name) == 0) return ad_item_at(where, record, at);
  }
  return NULL;
}

/* What the file has and the tree has not, appended to `why`. */
static void tell_extra(ad_array *record, const flat *f, int *told, ad_text *why) {
  for (int i = 0; i < ad_item_count(record); i++) {
    bool known = false;
    for (int k = 0; k < f->leaves.count && !known; k++) known = strcmp(f->names[k], ad_item_name(record, i)) == 0;
    if (!known && (*told)++ < MOST_DIFFERENCES) ad__text_fmt(why, "; it has %s besides", ad_item_name(record, i));
  }
}

/* Puts the file's arrays in the places of the leaves; how many differ, each told in `why`. */
static int fill(ad_ctx *c, ad_place where, ad_array *record, flat *f, ad_text *why) {
  int told = 0;
  for (int i = 0; i < f->leaves.count; i++) {
    ad_array *found = member(where, record, f->names[i], i);
    const ad_type *want = f->leaves.at[i]->type;
    char have[256], right[256];
    if (found && found->type == want) {
      f->leaves.at[i] = found;
      continue;
    }
    if (told++ >= MOST_DIFFERENCES) continue;
    if (!found) ad__text_fmt(why, "; it lacks %s", f->names[i]);
    else
      ad__text_fmt(why, "; %s is %s there, %s here", f->names[i], ad__type_text(c, found->type, have, sizeof have),
                   ad__type_text(c, want, right, sizeof right));
  }
  if (ad_item_count(record) != f->leaves.count || told) tell_extra(record, f, &told, why);
  return told;
}

static ad_array *read_tree(ad_ctx *c, ad_place where, const char *path, ad_array *like) {
  flat f;
  ad_text why;
  ad_array *record = ad_load_at(where, c, path, NULL);
  if (ad_is_error(record)) return record;
  ad__text_init(&why, &c->mem);
  ad_array *y = flat_begin(&f, where, like);
  int differences = y ? 0 : fill(c, where, record, &f, &why);
  ad_array *const *next = f.leaves.at;
  if (differences)
    y = ad__scope_take_error(ad__node_errorf(c, where, NULL, AD_E_VALUE,
                                             "checkpoint_load: %s: a checkpoint of another model%s%s; one of this model is right", path,
                                             ad__text_str(&why), differences > MOST_DIFFERENCES ? "; and more" : ""));
  else if (!y) y = ad__tree_build(c, where, like->type, &next);
  ad__text_free(&why);
  flat_end(&f);
  return y;
}

ad_array *ad_checkpoint_load_at(ad_place where, ad_ctx *c, const char *folder, int64_t step, ad_array *like) {
  char path[PATH_ROOM];
  ad_err e;
  if (!c || !like) return ad_copy_at(where, NULL);
  if (ad_is_error(like)) return like;
  if (!folder || path_of_step(folder, step, path, &e) != AD_OK)
    return ad__scope_take_error(ad__node_errorf(c, where, NULL, AD_E_VALUE, "checkpoint_load: %s", folder ? e.text : "folder is NULL"));
  ad_scope *s = ad_scope_begin(c);
  return ad_scope_end(s, read_tree(c, where, path, like));
}
