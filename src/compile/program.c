/* Programs of groups: their members as instructions over slots.
 *
 * Each member becomes the kernel that eager evaluation runs, with casts around it where that kernel wants other dtypes than are
 * stored, so intermediate results are rounded exactly as they would be in memory. Registers are blocks in the first-level
 * cache, given out again after their last use; an element's size and whether there is one per row say which are alike. */
#include "compile/block.h"

#include <string.h>
#include "ir/ctx.h"

enum { ROOM = 32768, LEAST_BLOCK = 64, MOST_BLOCK = 1024 /* AD_OPERAND_BLOCK */ };

typedef struct making {
  const ad_plan *p;
  const ad_group *g;
  ad_block_program *to;
  int slot_of[AD_GROUP_MEMBERS];  /* of each member */
  int uses[AD_GROUP_MEMBERS];     /* within the group, still to come */
  bool taken[AD_BLOCK_SLOTS];
  int slots;
} making;

static const ad_array *node_at(const making *m, int i) { return m->p->graph->nodes.at[i]; }

static int find_in(const ad_list *l, int node) {
  int low = 0, high = l->n;
  while (low < high) {
    int mid = (low + high) / 2;
    if (l->at[mid] < node) low = mid + 1;
    else high = mid;
  }
  return low < l->n && l->at[low] == node ? low : -1;
}

static int find_operand(const ad_list *l, int node) {
  for (int i = 0; i < l->n; i++)
    if (l->at[i] == node) return i;
  return -1;
}

static bool is_register(const making *m, int slot) { return slot >= m->to->n_in + m->to->n_out; }

static int take_register(making *m, size_t item, bool by_rows) {
  int s = m->to->n_in + m->to->n_out;
  while (s < m->slots && (m->taken[s] || m->to->item[s] != item || m->to->by_rows[s] != by_rows)) s++;
  if (s == m->slots) {
    m->to->item[s] = (uint8_t)item;
    m->to->by_rows[s] = by_rows;
    m->slots++;
  }
  m->taken[s] = true;
  return s;
}

static void give_register(making *m, int slot) {
  if (is_register(m, slot)) m->taken[slot] = false;
}

static int slot_of(const making *m, const ad_array *x) {
  int member = find_in(&m->g->members, (int)x->serial);
  return member >= 0 ? m->slot_of[member] : find_operand(&m->g->in, (int)x->serial);
}

static void add_cast(making *m, ad_dtype from, ad_dtype to, int in, int out) {
  const ad_kernels *k = ad__kernels_of(m->p->ctx->isa);
  m->to->ops[m->to->n_ops++] = (ad_block_op){.cast = k->cast[from][to], .out = (int16_t)out, .in = {(int16_t)in, -1, -1},
                                             .by_rows = m->to->by_rows[out]};
}

/* Registers for one member's operands, given back when it is computed. */
typedef struct temps {
  int at[6], n;
} temps;

static int temp(making *m, temps *t, size_t item, bool by_rows) { return t->at[t->n++] = take_register(m, item, by_rows); }

/* The slot of an operand, as dtype `as`, with one element per row or in full. */
static int operand(making *m, temps *t, const ad_array *x, ad_dtype as, bool by_rows) {
  int s = slot_of(m, x);
  if (x->type->dtype != as) {
    int to = temp(m, t, ad_dtype_size(as), m->to->by_rows[s]);
    add_cast(m, x->type->dtype, as, s, to);
    s = to;
  }
  if (m->to->by_rows[s] && !by_rows) {
    int to = temp(m, t, ad_dtype_size(as), false);
    m->to->ops[m->to->n_ops++] = (ad_block_op){.out = (int16_t)to, .in = {(int16_t)s, -1, -1}};
    s = to;
  }
  return s;
}

/* Where the member's value belongs, computed as dtype `as`: *last is its own slot. */
static int result(making *m, const ad_array *a, ad_dtype as, bool by_rows, int *last) {
  int out = find_in(&m->g->out, (int)a->serial);
  int t = a->type->dtype != as ? take_register(m, ad_dtype_size(as), by_rows) : -1;
  *last = out >= 0 ? m->to->n_in + out : take_register(m, a->type->item_size, by_rows);
  return t >= 0 ? t : *last;
}

static void finish(making *m, int member, const ad_array *a, ad_dtype as, int computed, int last) {
  if (computed != last) {
    add_cast(m, as, a->type->dtype, computed, last);
    give_register(m, computed);
  }
  m->slot_of[member] = last;
  if (!m->uses[member]) give_register(m, last);
}

/* What is read last here may be what is written: kernels go element by element. */
static void let_operands_go(making *m, const ad_array *a, const temps *t) {
  for (int k = 0; k < t->n; k++) give_register(m, t->at[k]);
  for (int k = 0; k < a->n; k++) {
    int from = find_in(&m->g->members, (int)a->in[k]->serial);
    if (from >= 0 && --m->uses[from] == 0) give_register(m, m->slot_of[from]);
  }
}

static void add_elementwise(making *m, int member, const ad_array *a, const ad_block_rule *rule) {
  ad_block_op op = {.fn = rule->fn, .cast = rule->cast, .in = {-1, -1, -1}, .by_rows = m->g->reduced && !ad__same_dims(a->type, m->g->space)};
  temps t = {.n = 0};
  int last;
  for (int k = 0; k < a->n; k++) op.in[k] = (int16_t)operand(m, &t, a->in[k], rule->in[k], op.by_rows);
  let_operands_go(m, a, &t);
  op.out = (int16_t)result(m, a, rule->out, op.by_rows, &last);
  m->to->ops[m->to->n_ops++] = op;
  finish(m, member, a, rule->out, op.out, last);
}

/* A fold goes over whole rows, so nothing it reads may be where it writes. */
static void add_fold(making *m, int member, const ad_array *a) {
  ad_row_fold fold;
  temps t = {.n = 0};
  int last;
  ad__row_fold_of(ad__kernels_of(m->p->ctx->isa), a, &fold);
  ad_block_op op = {.fold = fold.fold, .divisor = fold.divisor, .lane = fold.lane, .in = {-1, -1, -1}};
  op.in[0] = (int16_t)operand(m, &t, a->in[0], fold.lane, false);
  op.out = (int16_t)result(m, a, fold.lane, true, &last);
  let_operands_go(m, a, &t);
  m->to->ops[m->to->n_ops++] = op;
  finish(m, member, a, fold.lane, op.out, last);
}

static void add_member(making *m, int member) {
  const ad_array *a = node_at(m, m->g->members.at[member]);
  ad_block_rule rule;
  if (ad__block_rule_of(ad__kernels_of(m->p->ctx->isa), a, &rule)) add_elementwise(m, member, a, &rule);
  else add_fold(m, member, a);
}

/* Whole rows, about as many elements as other groups do at once, and no more than fit the room. */
static void choose_rows(ad_block_program *to, const ad_group *g, int slots) {
  enum { ELEMENTS = 2048 };
  size_t row = (size_t)g->row, bytes = 0;
  for (int s = 0; s < slots; s++) bytes += to->by_rows[s] ? to->item[s] : to->item[s] * row;
  size_t rows = ELEMENTS / row, most = AD_GROUP_ROW_BYTES / 4 / bytes;
  if (rows > most) rows = most;
  to->block = (rows ? rows : 1) * row;
}

static void choose_block(ad_block_program *to, int slots) {
  size_t bytes = 0, in = 0;
  for (int s = to->n_in; s < slots; s++) bytes += to->item[s];
  for (int s = 0; s < to->n_in; s++) in += to->item[s];
  to->n_registers = slots - to->n_in - to->n_out;
  size_t n = ROOM / (bytes ? bytes : 1), cached = (size_t)40960 / (bytes + in);
  if (n > cached) n = cached;
  to->block = n > MOST_BLOCK ? MOST_BLOCK : n / LEAST_BLOCK * LEAST_BLOCK;
  if (to->block < LEAST_BLOCK) to->block = LEAST_BLOCK;
  for (int s = 0; s < to->n_in + to->n_out; s++) to->cost += 0.006 * to->item[s];
  to->cost += 0.02 * to->n_ops;
}

/* What members need of one another, and the slots that are known from the start. */
static void begin(making *m) {
  const ad_group *g = m->g;
  ad_block_program *to = m->to;
  to->n_in = g->in.n;
  to->n_out = g->out.n;
  m->slots = g->in.n + g->out.n;
  for (int k = 0; k < m->slots; k++) {
    const ad_type *t = node_at(m, k < g->in.n ? g->in.at[k] : g->out.at[k - g->in.n])->type;
    to->item[k] = (uint8_t)t->item_size;
    to->by_rows[k] = g->reduced && (k < g->in.n ? g->reads[k] == AD_READS_ROWS : !ad__same_dims(t, g->space));
  }
  for (int i = 0; i < g->members.n; i++) m->uses[i] = 0;
  for (int i = 0; i < g->members.n; i++) {
    const ad_array *a = node_at(m, g->members.at[i]);
    for (int k = 0; k < a->n; k++) {
      int from = find_in(&g->members, (int)a->in[k]->serial);
      if (from >= 0) m->uses[from]++;
    }
  }
}

/* A program made on the stack, in the plan's arena. */
static ad_block_program *keep(ad_plan *p, const ad_block_program *made, int slots) {
  ad_block_program *to = AD_ARENA_NEW(&p->arena, ad_block_program);
  ad_block_op *ops = ad__arena_array(&p->arena, (size_t)made->n_ops, sizeof *ops, _Alignof(ad_block_op));
  uint8_t *item = ad__arena_take(&p->arena, (size_t)slots * (sizeof *item + sizeof *to->by_rows), _Alignof(bool));
  if (!to || !ops || !item) return NULL;
  *to = *made;
  to->ops = memcpy(ops, made->ops, (size_t)made->n_ops * sizeof *ops);
  to->item = memcpy(item, made->item, (size_t)slots);
  to->by_rows = memcpy(item + slots, made->by_rows, (size_t)slots * sizeof *to->by_rows);
  return to;
}

bool ad__plan_program(ad_plan *p, ad_group *g) {
  ad_block_op ops[AD_GROUP_MEMBERS * 8]; /* six operands' registers, the op, its cast */
  uint8_t item[AD_BLOCK_SLOTS];
  bool by_rows[AD_BLOCK_SLOTS];
  ad_block_program made = {.ops = ops, .item = item, .by_rows = by_rows};
  making m;
  m.p = p;
  m.g = g;
  m.to = &made;
  begin(&m);
  for (int i = 0; i < g->members.n; i++) add_member(&m, i);
  choose_block(&made, m.slots);
  if (g->reduced) choose_rows(&made, g, m.slots);
  g->program = keep(p, &made, m.slots);
  return g->program != NULL;
}
