/* Common subexpressions: equal nodes on equal operands become one. Operands of commuting ops are compared in either
 * order. Nodes that stand for themselves (random draws, barriers) are left alone. */
#include "compile/pass.h"

/* The new nodes by their hash: a table of slots with open addressing, which is never full, since a copy has no more nodes than what
 * it is made of. Both arrays are small beside the nodes, so that looking for a node rarely leaves the cache. */
typedef struct sharing {
  uint32_t *slots; /* position of a new node, plus one; 0: empty */
  uint32_t *tags;  /* per new node: part of its hash */
  size_t mask;
} sharing;

/* Operands in the order they are compared in. */
static bool is_turned(const ad_array *a, ad_array *const *in) {
  return a->n == 2 && in[0] && in[1] && in[0]->serial > in[1]->serial && (a->op->flags & AD_OP_COMMUTES);
}

static uint64_t hash_of(const ad_array *a, ad_array *const *in) {
  uint64_t h = ad__node_hash(a);
  bool turned = is_turned(a, in);
  for (int i = 0; i < a->n; i++) {
    const ad_array *x = in[turned ? 1 - i : i];
    h = ad__hash_add(h, x ? x->serial : UINT64_MAX);
  }
  return h;
}

static bool same_operands(const ad_array *a, ad_array *const *in, const ad_array *b) {
  if (a->n != b->n) return false;
  bool turned = is_turned(a, in) != is_turned(b, b->in);
  for (int i = 0; i < a->n; i++)
    if (in[turned ? 1 - i : i] != b->in[i]) return false;
  return true;
}

/* The node like that which is there, or NULL and in *slot where it belongs. */
static ad_array *find(const ad_passing *p, const sharing *s, const ad_array *a, ad_array *const *in, uint64_t h, size_t *slot) {
  for (*slot = (size_t)h & s->mask; s->slots[*slot]; *slot = (*slot + 1) & s->mask) {
    uint32_t k = s->slots[*slot] - 1;
    if (s->tags[k] != (uint32_t)(h >> 32)) continue;
    ad_array *b = p->to->nodes.at[k];
    if (ad__node_same(a, b) && same_operands(a, in, b)) return b;
  }
  return NULL;
}

static ad_array *share(ad_passing *p, ad_array *a, ad_array *const *in) {
  sharing *s = p->own;
  if ((a->op->flags & (AD_OP_UNIQUE | AD_OP_NO_VALUE)) && !(a->flags & AD_NODE_CONST)) return NULL;
  uint64_t h = hash_of(a, in);
  size_t slot;
  ad_array *y = find(p, s, a, in, h, &slot);
  if (y) return y;
  int before = p->to->nodes.count;
  y = ad__pass_copy(p, a, in);
  if (ad__is_error(y) || (int)y->serial < before) return y; /* an item may be what its tuple was made of */
  s->slots[slot] = (uint32_t)y->serial + 1;
  s->tags[y->serial] = (uint32_t)(h >> 32);
  return y;
}

ad_graph *ad__pass_share(ad_graph *g) {
  size_t n = (size_t)g->nodes.count + 1, slots = 16;
  while (slots < 2 * n) slots *= 2;
  sharing s = {.slots = ad__mem_zeroed(&g->ctx->mem, (slots + n) * sizeof(uint32_t)), .mask = slots - 1};
  if (!s.slots) return ad__pass_failed(g);
  s.tags = s.slots + slots;
  ad_graph *to = ad__pass_over(g, share, &s);
  ad__mem_give(&g->ctx->mem, s.slots, (slots + n) * sizeof(uint32_t));
  return to;
}
