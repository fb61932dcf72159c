/* The one-line shape relation: "...mk,...kn->...mn".
 *
 * Operands are separated by commas, outputs follow the arrow. A letter is a dim: the same letter is the same dim
 * wherever it stands. "..." in front stands for any number of batch dims; the outputs' batch is the broadcast of the
 * inputs'. Operands without "..." have exactly the axes named. */
#include <string.h>
#include "ir/ctx.h"
#include "ir/rel.h"

typedef struct line_part {
  bool dots;
  int letters;
  const char *at;
} line_part;

static const char *read_part(const char *p, line_part *out) {
  out->dots = strncmp(p, "...", 3) == 0;
  if (out->dots) p += 3;
  out->at = p;
  out->letters = (int)strcspn(p, ",->");
  return p + out->letters;
}

static bool check_ranks(ad_rel *r, int slot, const line_part *p) {
  return p->dots ? ad_rel_rank_at_least(r, slot, p->letters) : ad_rel_rank(r, slot, p->letters);
}

/* Letters unify through `value`; a second pass sends what later operands said back to earlier ones. */
static bool unify_letters(ad_rel *r, int slot, const line_part *p, ad_dim *value) {
  if (r->slots[slot].missing || r->slots[slot].rank < 0) return true;
  for (int i = 0; i < p->letters; i++) {
    ad_dim *v = &value[(unsigned char)p->at[i]];
    ad_dim here = ad__rel_raw_dim(r, slot, i - p->letters), before = *v;
    if (*v == AD_DIM_UNKNOWN || (ad__dim_is_open(*v) && !ad__dim_is_open(here))) *v = here;
    if (before != AD_DIM_UNKNOWN && !ad_rel_dim(r, slot, i - p->letters, before)) return false;
  }
  return true;
}

/* Where one operand alone has batch dims, they are the result's. */
static bool rank_from_result(ad_rel *r, const line_part *parts, int out) {
  int only = -1;
  for (int i = 0; i < r->inputs; i++) {
    if (!parts[i].dots || r->slots[i].missing) continue;
    if (only >= 0) return true;
    only = i;
  }
  if (only < 0 || r->slots[only].rank >= 0 || r->slots[out].rank < parts[out].letters) return true;
  return ad_rel_rank(r, only, r->slots[out].rank - parts[out].letters + parts[only].letters);
}

/* The batch dims in front of the letters, as slots of a relation of their own. */
static bool broadcast_batches(ad_rel *r, const line_part *parts, int out) {
  ad_rel_slot batch[5];
  int slots[4], n = 0, only = -1;
  if (!rank_from_result(r, parts, out)) return false;
  for (int i = 0; i < r->inputs && n < 4; i++) {
    if (!parts[i].dots || r->slots[i].missing) continue;
    if (r->slots[i].rank < 0) return ad_rel_later(r);
    batch[n] = r->slots[i];
    batch[n].rank -= parts[i].letters;
    slots[n] = n;
    only = i;
    n++;
  }
  batch[n] = r->slots[out];
  if (batch[n].rank >= 0) batch[n].rank -= parts[out].letters;
  ad_rel sub = *r;
  sub.slots = batch;
  sub.inputs = n;
  if (!ad_rel_broadcast(&sub, n, slots, n)) {
    r->failed = sub.failed;
    return false;
  }
  r->later |= sub.later;
  if (!ad_rel_rank(r, out, batch[n].rank + parts[out].letters)) return false;
  for (int k = 0; k < batch[n].rank; k++)
    if (batch[n].dims[k] != AD_DIM_UNKNOWN && !ad_rel_dim(r, out, k, batch[n].dims[k])) return false;
  for (int k = 0; n == 1 && k < batch[0].rank; k++)
    if (batch[0].dims[k] != AD_DIM_UNKNOWN && !ad_rel_dim(r, only, k, batch[0].dims[k])) return false;
  return true;
}

bool ad__rel_line(ad_rel *r, const char *line) {
  line_part parts[8];
  ad_dim value[128];
  int n = 0;
  for (const char *p = line; n < 8; p += *p == ',' ? 1 : 2) {
    p = read_part(p, &parts[n++]);
    if (!*p) break;
  }
  for (int i = 0; i < 128; i++) value[i] = AD_DIM_UNKNOWN;
  for (int i = 0; i < r->inputs; i++)
    if (!check_ranks(r, i, &parts[i])) return false;
  for (int i = 0; i < r->inputs; i++)
    if (!unify_letters(r, i, &parts[i], value)) return false;
  for (int k = r->inputs; k < n; k++) {
    if (parts[k].dots ? !broadcast_batches(r, parts, k) : !ad_rel_rank(r, k, parts[k].letters)) return false;
    if (!unify_letters(r, k, &parts[k], value)) return false;
  }
  for (int i = 0; i < n; i++)
    if (!unify_letters(r, i, &parts[i], value)) return false;
  for (int k = 0; k < n; k++)
    for (int i = 0; i < r->slots[k].rank; i++)
      if (!r->slots[k].missing && r->slots[k].dims[i] == AD_DIM_UNKNOWN) return ad_rel_later(r);
  return true;
}
