#include "base/fit.h"

void ad__fit_init(ad_fit *m, ad_mem *mem) { *m = (ad_fit){.mem = mem, .root = -1, .last = -1, .spare = -1}; }

void ad__fit_free(ad_fit *m) { ad__mem_give(m->mem, m->at, (size_t)m->capacity * sizeof *m->at); }

/* ---- The tree ---- */

static bool is_before(const ad_fit_piece *a, const ad_fit_piece *b) {
  return a->size != b->size ? a->size < b->size : a->offset < b->offset;
}

/* Splits the tree at piece k: what comes before it, and the rest. Depth is logarithmic with high probability. */
static void split(ad_fit *m, int tree, int k, int *low, int *high) {
  if (tree < 0) {
    *low = *high = -1;
    return;
  }
  ad_fit_piece *t = &m->at[tree];
  if (is_before(t, &m->at[k])) {
    split(m, t->right, k, &t->right, high);
    *low = tree;
  } else {
    split(m, t->left, k, low, &t->left);
    *high = tree;
  }
}

static int merge(ad_fit *m, int a, int b) {
  if (a < 0 || b < 0) return a < 0 ? b : a;
  if (m->at[a].priority > m->at[b].priority) {
    m->at[a].right = merge(m, m->at[a].right, b);
    return a;
  }
  m->at[b].left = merge(m, a, m->at[b].left);
  return b;
}

static void tree_add(ad_fit *m, int k) {
  int low, high;
  m->at[k].left = m->at[k].right = -1;
  m->at[k].free = true;
  split(m, m->root, k, &low, &high);
  m->root = merge(m, merge(m, low, k), high);
}

static void tree_remove(ad_fit *m, int k) {
  int *link = &m->root;
  while (*link != k) link = is_before(&m->at[k], &m->at[*link]) ? &m->at[*link].left : &m->at[*link].right;
  *link = merge(m, m->at[k].left, m->at[k].right);
  m->at[k].free = false;
}

/* The smallest free piece of at least that size, or -1. */
static int tree_find(const ad_fit *m, size_t size) {
  int best = -1;
  for (int t = m->root; t >= 0;) {
    bool fits = m->at[t].size >= size;
    if (fits) best = t;
    t = fits ? m->at[t].left : m->at[t].right;
  }
  return best;
}

/* ---- Pieces ---- */

static int piece_new(ad_fit *m, size_t offset, size_t size) {
  int k = m->spare;
  if (k >= 0) {
    m->spare = m->at[k].after;
  } else {
    if (m->count == m->capacity) {
      int more = 2 * m->capacity + 64;
      ad_fit_piece *p = ad__mem_resize(m->mem, m->at, (size_t)m->capacity * sizeof *p, (size_t)more * sizeof *p);
      if (!p) return -1;
      m->at = p;
      m->capacity = more;
    }
    k = m->count++;
  }
  uint32_t x = (uint32_t)k * 2654435761u + 12345u; /* a shuffle of the numbers (Knuth's multiplicative hashing) */
  m->at[k] = (ad_fit_piece){offset, size, -1, -1, -1, -1, x ^ x >> 15, false};
  return k;
}

static int piece_at_end(ad_fit *m, size_t size) {
  int k = piece_new(m, m->end, size);
  if (k < 0) return -1;
  m->at[k].before = m->last;
  if (m->last >= 0) m->at[m->last].after = k;
  m->last = k;
  m->end += size;
  return k;
}

/* Cuts a piece that is not in the tree down to that size; the rest is free. */
static bool cut(ad_fit *m, int k, size_t size) {
  size_t rest = m->at[k].size - size;
  if (!rest) return true;
  int r = piece_new(m, m->at[k].offset + size, rest);
  if (r < 0) return false;
  ad_fit_piece *p = &m->at[k], *q = &m->at[r];
  p->size = size;
  q->before = k;
  q->after = p->after;
  if (q->after >= 0) m->at[q->after].before = r;
  else m->last = r;
  p->after = r;
  tree_add(m, r);
  return true;
}

int ad__fit_take(ad_fit *m, size_t size) {
  int k = tree_find(m, size);
  if (k < 0 && m->last >= 0 && m->at[m->last].free) {
    k = m->last;
    tree_remove(m, k);
    m->end += size - m->at[k].size;
    m->at[k].size = size;
    return k;
  }
  if (k < 0) return piece_at_end(m, size);
  tree_remove(m, k);
  return cut(m, k, size) ? k : -1;
}

/* Piece b, behind a, becomes part of it; neither is in the tree. */
static void absorb(ad_fit *m, int a, int b) {
  ad_fit_piece *p = &m->at[a], *q = &m->at[b];
  p->size += q->size;
  p->after = q->after;
  if (p->after >= 0) m->at[p->after].before = a;
  else m->last = a;
  q->after = m->spare;
  m->spare = b;
}

void ad__fit_give(ad_fit *m, int k) {
  int before = m->at[k].before, after = m->at[k].after;
  if (after >= 0 && m->at[after].free) {
    tree_remove(m, after);
    absorb(m, k, after);
  }
  if (before >= 0 && m->at[before].free) {
    tree_remove(m, before);
    absorb(m, before, k);
    k = before;
  }
  tree_add(m, k);
}
