/* concatenate and pad_constant: inputs copied into their places in a fresh result.
 *
 * One input's place is a strided block of the result, so that ad__copy_strided does all the moving; pad_constant first
 * fills what no element will cover. */
#include <string.h>
#include "ops/dims.h"
#include "runtime/structural.h"

ad_status ad__k_concatenate(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  int axis = (int)ad__attr(node, 0)->as.i;
  int64_t to[AD_MAX_RANK], room[AD_MAX_RANK];
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s) return s;
  ad__type_strides(node->type, to);
  char *at = node->value.data;
  for (int i = 0; i < node->n; i++) {
    const ad_array *a = node->in[i];
    ad__copy_strided(x, a->type, at, to, a->value.data, ad__value_strides(a->type, &a->value, room));
    if (a->type->size) at += a->type->dims[axis] * to[axis];
  }
  return AD_OK;
}

/* ---- Filling ---- */

typedef struct fill_job {
  char *out;
  const char *value;
  size_t item;
} fill_job;

static void fill_range(void *arg, size_t begin, size_t end) {
  const fill_job *j = arg;
  char *out = j->out + begin * j->item;
  size_t bytes = (end - begin) * j->item, done = j->item;
  bool same = true;
  for (size_t i = 1; i < j->item; i++) same &= j->value[i] == j->value[0];
  if (same && bytes) {
    memset(out, j->value[0], bytes);
    return;
  }
  /* A block that stays in the first-level cache, doubled up to 4 KiB, then repeated. */
  memcpy(out, j->value, j->item);
  for (; done < bytes && done < 4096; done *= 2) memcpy(out + done, out, done < bytes - done ? done : bytes - done);
  for (; done < bytes; done += 4096) memcpy(out + done, out, bytes - done < 4096 ? bytes - done : 4096);
}

static void fill(ad_exec *x, char *out, size_t count, size_t item, const char *value) {
  fill_job j = {out, value, item};
  ad__parallel(x, count, 1024, (double)item * 0.1, fill_range, &j);
}

ad_status ad__k_pad_constant(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  enum { LOW, HIGH, INTERIOR };
  const ad_array *a = node->in[0];
  const ad_type *t = node->type;
  ad_status s = ad__value_new(x, t, &node->value);
  if (s) return s;
  int64_t to[AD_MAX_RANK], room[AD_MAX_RANK], offset = 0;
  if (t->size != a->type->size) fill(x, node->value.data, (size_t)t->size, t->item_size, node->in[1]->value.data);
  if (!a->type->size) return AD_OK;
  ad__type_strides(t, to);
  const ad_attr *gap = ad__attr(node, INTERIOR);
  for (int i = 0; i < t->rank; i++) {
    offset += ad__attr(node, LOW)->as.ints[i] * to[i];
    if (gap->given) to[i] *= gap->as.ints[i] + 1;
  }
  ad__copy_strided(x, a->type, node->value.data + offset, to, a->value.data, ad__value_strides(a->type, &a->value, room));
  return AD_OK;
}
