/* Common subexpressions: equal nodes on equal operands become one. Operands of commuting ops are compared in either
 * order. Nodes that stand for themselves (random draws, barriers) are left alone. */
#include "compile/pass.h"

#include "base/map.h"

typedef struct sharing {
  ad_map seen;   /* hash -> position of the newest node with it, plus one */
  int *earlier;  /* of each new node: the one before it with the same hash, plus one */
  int capacity;
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

static ad_array *find(const ad_passing *p, const sharing *s, const ad_array *a, ad_array *const *in, uint64_t h) {
  const ad_map_value *v = ad__map_find(&s->seen, ad__map_number(h));
  for (int k = v ? (int)v->number : 0; k; k = s->earlier[k - 1]) {
    ad_array *b = p->to->nodes.at[k - 1];
    if (ad__node_same(a, b) && same_operands(a, in, b)) return b;
  }
  return NULL;
}

static bool remember(ad_passing *p, sharing *s, const ad_array *y, uint64_t h) {
  int n = (int)y->serial + 1;
  if (n > s->capacity) {
    int more = 2 * n + 64;
    int *q = ad__mem_resize(&p->ctx->mem, s->earlier, (size_t)s->capacity * sizeof *q, (size_t)more * sizeof *q);
    if (!q) return false;
    s->earlier = q;
    s->capacity = more;
  }
  ad_map_value *v = ad__map_put(&s->seen, ad__map_number(h), NULL);
  if (!v) return false;
  s->earlier[n - 1] = (int)v->number;
  v->number = (uint64_t)n;
  return true;
}

static ad_array *share(ad_passing *p, ad_array *a, ad_array *const *in) {
  sharing *s = p->own;
  if ((a->op->flags & (AD_OP_UNIQUE | AD_OP_NO_VALUE)) && !(a->flags & AD_NODE_CONST)) return NULL;
  uint64_t h = hash_of(a, in);
  ad_array *y = find(p, s, a, in, h);
  if (y) return y;
  int before = p->to->nodes.count;
  y = ad__pass_copy(p, a, in);
  if (ad__is_error(y) || (int)y->serial < before) return y; /* an item may be what its tuple was made of */
  return remember(p, s, y, h) ? y : p->ctx->out_of_memory;
}

ad_graph *ad__pass_share(ad_graph *g) {
  sharing s = {.earlier = NULL};
  ad__map_init(&s.seen, &g->ctx->mem);
  ad_graph *to = ad__pass_over(g, share, &s);
  ad__mem_give(&g->ctx->mem, s.earlier, (size_t)s.capacity * sizeof *s.earlier);
  ad__map_free(&s.seen);
  return to;
}
