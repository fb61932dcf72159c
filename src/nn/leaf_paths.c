/* Leaves of trees by their paths. See leaf_paths.h. */
#include "nn/leaf_paths.h"

#include <string.h>
#include "ir/ctx.h"

static bool is_branch(const ad_type *t) { return t->kind == AD_KIND_TUPLE || t->kind == AD_KIND_RECORD; }

void ad__leaf_path(const ad_type *form, int leaf, ad_text *out) {
  for (bool first = true; is_branch(form); first = false) {
    int i = 0;
    for (int n; i < form->rank - 1 && (n = ad__tree_size(form->members[i])) <= leaf; i++) leaf -= n;
    if (!first) ad__text_char(out, '.');
    if (form->kind == AD_KIND_RECORD) ad__text_add(out, form->names[i]);
    else ad__text_fmt(out, "%d", i);
    form = form->members[i];
  }
}

const char *ad__leaf_name(ad_ctx *c, const ad_type *form, int leaf, char *out, size_t size) {
  ad_text t;
  ad__text_init(&t, &c->mem);
  ad__leaf_path(form, leaf, &t);
  ad__format(out, size, "%s", t.length ? ad__text_str(&t) : "the array");
  ad__text_free(&t);
  return out;
}

bool ad__leaves_at(ad_leaves *out, ad_place where, const ad_type *form, ad_array *tree) {
  if (!is_branch(form)) return !ad__leaves_add(out, tree);
  const ad_type *t = tree->type;
  if (t->kind != form->kind || t->rank != form->rank) return false;
  for (int i = 0; i < t->rank; i++) {
    if (t->names && strcmp(t->names[i], form->names[i]) != 0) return false;
    ad_array *member = ad_item_at(where, tree, i);
    if (ad_is_error(member) || !ad__leaves_at(out, where, form->members[i], member)) return false;
  }
  return true;
}
