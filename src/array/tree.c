/* Trees: leaves are tensors, everything else is a tuple or record.
 *
 * A type says the form, so a tree is its type and its leaves in order. Recursion goes as deep as the type. */
#include "array/tree.h"

#include <string.h>
#include "ir/ctx.h"
#include "ops/apply.h"

enum { FEW = (int)(sizeof(((ad_leaves *)0)->few) / sizeof(ad_array *)) };

void ad__leaves_init(ad_leaves *l, ad_ctx *c) {
  l->ctx = c;
  l->at = l->few;
  l->count = 0;
  l->capacity = FEW;
}

void ad__leaves_free(ad_leaves *l) {
  if (l->at != l->few) ad__mem_give(&l->ctx->mem, l->at, (size_t)l->capacity * sizeof *l->at);
}

ad_array *ad__leaves_add(ad_leaves *l, ad_array *a) {
  if (l->count == l->capacity) {
    size_t n = (size_t)l->capacity;
    ad_array **more = ad__mem_take(&l->ctx->mem, 2 * n * sizeof *more);
    if (!more) return l->ctx->out_of_memory;
    memcpy(more, l->at, n * sizeof *more);
    ad__leaves_free(l);
    l->at = more;
    l->capacity *= 2;
  }
  l->at[l->count++] = a;
  return NULL;
}

ad_array *ad__leaves_add_tree(ad_leaves *l, ad_place where, ad_array *tree) {
  if (ad__is_error(tree)) return tree;
  const ad_type *t = tree->type;
  if (t->kind == AD_KIND_TENSOR) return ad__leaves_add(l, tree);
  if (t->kind != AD_KIND_TUPLE && t->kind != AD_KIND_RECORD)
    return ad__scope_take_error(
        ad__node_errorf(l->ctx, where, NULL, AD_E_TYPE, "a leaf that is no array; arrays, tuples and records are right"));
  for (int i = 0; i < t->rank; i++) {
    ad_array *bad = ad__leaves_add_tree(l, where, ad_item_at(where, tree, i));
    if (bad) return bad;
  }
  return NULL;
}

int ad__tree_size(const ad_type *t) {
  if (t->kind != AD_KIND_TUPLE && t->kind != AD_KIND_RECORD) return 1;
  int n = 0;
  for (int i = 0; i < t->rank; i++) n += ad__tree_size(t->members[i]);
  return n;
}

ad_array *ad__tree_build(ad_ctx *c, ad_place where, const ad_type *t, ad_array *const **next) {
  if (t->kind != AD_KIND_TUPLE && t->kind != AD_KIND_RECORD) return *(*next)++;
  ad_array *few[FEW];
  size_t bytes = (size_t)t->rank * sizeof *few;
  ad_array **items = t->rank <= FEW ? few : ad__mem_take(&c->mem, bytes);
  if (!items) return c->out_of_memory;
  for (int i = 0; i < t->rank; i++) items[i] = ad__tree_build(c, where, t->members[i], next);
  ad_array *y = t->kind == AD_KIND_RECORD ? ad_record_at(where, c, t->names, items, t->rank)
                                          : ad_tuple_at(where, c, items, t->rank);
  if (items != few) ad__mem_give(&c->mem, items, bytes);
  return y;
}

bool ad__tree_alike(const ad_type *a, const ad_type *b) {
  if (a->kind != b->kind) return false;
  if (a->kind != AD_KIND_TUPLE && a->kind != AD_KIND_RECORD) return true;
  if (a->rank != b->rank) return false;
  for (int i = 0; i < a->rank; i++) {
    if (a->names && strcmp(a->names[i], b->names[i]) != 0) return false;
    if (!ad__tree_alike(a->members[i], b->members[i])) return false;
  }
  return true;
}
