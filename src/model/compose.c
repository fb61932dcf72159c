/* Blocks of the table that are composed of blocks: their `build` wires them, and the descriptor says what the terminals are.
 *
 * When build is done, the connections that the descriptor lists come first, in its order, and have what it says of them: whether they
 * are parameters, how those begin, which are standard. Outputs without names that nobody reads are nobody's outputs. */
#include <string.h>
#include "model/logical.h"

static ad_status no_such_terminal(const ad_block_desc *b, const ad_block_terminal *t, ad_err *e) {
  return ad__fail(e, AD_E_KEY, "%s: its wiring has no %s %s", b->name, t->output ? "output" : "input", t->name);
}

static ad_status describe_terminal(ad_model *m, ad_conn *k, const ad_block_terminal *t, bool standard, ad_err *e) {
  ad_family *f = ad__family_of(&m->hold);
  ad_edge *edge = ad__edge_root(k->edge);
  k->origin = t->name;
  k->preset = t->value;
  if (t->output) {
    if (!ad__conn_is_output(k)) k->flags |= AD_CONN_EXPOSED;
    if (standard) ad__conn_set_std_out(m, k, true);
    return AD_OK;
  }
  if (standard) k->flags |= AD_CONN_STD_IN;
  if (t->init) edge->init = t->init, edge->init_of = m;
  if (!t->trainable) return AD_OK;
  edge->differentiable = 1;
  return ad__edge_set_kinds(f, edge, AD_IS_TENSOR_FLOAT, e);
}

/* Moves the connection at `from` to `to`, behind those that are listed already. */
static void move_conn(ad_model *m, const ad_conn *k, int to) {
  int from = to;
  while (m->conns[from] != k) from++;
  ad_conn *moved = m->conns[from];
  memmove(&m->conns[to + 1], &m->conns[to], (size_t)(from - to) * sizeof(ad_conn *));
  m->conns[to] = moved;
}

static ad_status describe(ad_model *m, const ad_block_desc *b, const ad_attr *params, ad_err *e) {
  int n, listed = 0;
  const ad_block_terminal *t = ad__block_terminals(b, &n);
  while (m->std_outs) ad__conn_set_std_out(m, m->std_outs, false);
  for (int i = 0; i < m->conn_count; i++) {
    ad_conn *k = m->conns[i];
    k->flags &= ~(unsigned)AD_CONN_STD_IN;
    if (!k->name && ad__conn_is_output(k)) k->flags |= AD_CONN_HIDDEN;
  }
  for (int i = 0; i < n; i++) {
    if (!ad__block_has(b, &t[i], params)) continue;
    ad_conn *k = ad__conn_find(m, t[i].name, strlen(t[i].name));
    if (!k || !(k->flags & AD_CONN_MADE) == t[i].output) return no_such_terminal(b, &t[i], e);
    ad_status s = describe_terminal(m, k, &t[i], ad__block_is_standard(b, &t[i], i), e);
    if (s) return s;
    move_conn(m, k, listed++);
  }
  return AD_OK;
}

/* Parts are kept by name for whoever writes or copies the block. */
static ad_status take_parts(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e) {
  if (!b->parts) return a->part_count ? ad__fail(e, AD_E_TYPE, "%s: it takes no blocks; %d were given", b->name, a->part_count) : AD_OK;
  m->parts = ad__arena_array(&m->hold.family->arena, (size_t)a->part_count + 1, sizeof *m->parts, 8);
  if (!m->parts) return ad__fail(e, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < a->part_count; i++) {
    ad_model *part = a->parts[i];
    if (!part) return ad__fail(e, AD_E_VALUE, "%s: %s: block %d is NULL", b->name, b->parts, i);
    if (part->error) return ad__fail(e, part->error, "%s", part->error_text);
    m->parts[m->part_count++] = part;
  }
  return AD_OK;
}

static ad_status check_parts(const ad_model *m, const ad_block_desc *b, ad_err *e) {
  for (int i = 0; i < m->part_count; i++)
    if (!m->parts[i]->parent) return ad__fail(e, AD_E_VALUE, "%s: %s: block %d has no place in it", b->name, b->parts, i);
  return AD_OK;
}

ad_status ad__block_fail(ad_model *m, ad_status code, const char *fmt, ...) {
  ad_err why, full;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&why, code, fmt, ap);
  va_end(ap);
  ad__fail(&full, code, "%s: %s", m->block->name, why.text);
  ad__action_begin(m);
  return ad__action_end(m, code, &full);
}

ad_status ad__build_composed(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e) {
  ad_status s = take_parts(m, b, a, e);
  if (s) return s;
  m->building = true;
  s = b->build(m, a);
  m->building = false;
  if (m->error) return ad__fail(e, m->error, "%s", m->error_text);
  if (s) return ad__fail(e, s, "%s could not be made", b->name);
  if ((s = check_parts(m, b, e))) return s;
  return describe(m, b, a->params, e);
}
