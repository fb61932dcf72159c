/* Programs of the register form.
 *
 * The members of a group one after the other: the value computed last is the running value, in registers. What is wanted later is
 * kept in a tile, a block in memory, before it is overwritten; other operands are read from tiles, or from where they lie. An op or cast
 * without an instruction is done by the kernel of the block form, tile to tile. Values of half types are rounded by being stored and
 * loaded, as they would be in memory, so every bit is that of the op by itself.
 * The form is chosen here, once: a group is left to blocks in the cache when most of its members would be calls. */
#include "compile/registers.h"

#include <string.h>

/* What is known of a value: of a member, or of an operand of the group. */
typedef struct value {
  ad_dtype dtype;
  int uses;  /* within the group, still to come */
  int wide;  /* slot in the lane's type, or -1 */
  int raw;   /* slot in its own type, or -1; of the lane's type it is both */
} value;

enum { MOST_OPS = AD_GROUP_MEMBERS * 8, VALUES = AD_GROUP_INPUTS + AD_GROUP_MEMBERS, NONE = -1 };

typedef struct making {
  const ad_plan *p;
  const ad_group *g;
  const ad_kernels *k;
  const ad_register_set *set;
  ad_dtype lane;
  ad_register_op ops[MOST_OPS];
  int n_ops, calls, tiles;
  bool taken[AD_REGISTER_TILES], full; /* full: there were not enough tiles or instructions */
  value of[VALUES];
  int running; /* the value in registers, or NONE */
} making;

static const ad_array *node_at(const making *m, int i) { return m->p->graph->nodes.at[i]; }

static int value_of(const making *m, const ad_array *x) {
  for (int i = 0; i < m->g->in.n; i++)
    if (m->g->in.at[i] == (int)x->serial) return i;
  for (int i = 0; i < m->g->members.n; i++)
    if (m->g->members.at[i] == (int)x->serial) return m->g->in.n + i;
  return NONE;
}

/* ---- Tiles ---- */

static int first_tile(const making *m) { return m->g->in.n + m->g->out.n; }

static int take_tile(making *m) {
  int t = 0;
  while (t < AD_REGISTER_TILES && m->taken[t]) t++;
  if (t == AD_REGISTER_TILES) {
    m->full = true;
    t = 0;
  }
  m->taken[t] = true;
  if (t >= m->tiles) m->tiles = t + 1;
  return first_tile(m) + t;
}

static void give_tile(making *m, int slot) {
  if (slot >= first_tile(m)) m->taken[slot - first_tile(m)] = false;
}

/* ---- Instructions ---- */

static ad_register_op *add_op(making *m, ad_register_fn run, int out, int in) {
  ad_register_op *o = &m->ops[m->n_ops];
  if (m->n_ops < MOST_OPS - 1) m->n_ops++;
  else m->full = true;
  *o = (ad_register_op){.run = run, .out = (int16_t)out, .in = {(int16_t)in, NONE, NONE}};
  return o;
}

/* Does a value of that type fit registers: as the lane's type, with what it is in memory got back exactly? */
static bool fits(const making *m, ad_dtype t) { return m->set->load[t] != NULL; }

/* The running value is about to be overwritten. */
static void save_running(making *m) {
  if (m->running == NONE) return;
  value *v = &m->of[m->running];
  m->running = NONE;
  if (!v->uses || v->wide != NONE || v->raw != NONE) return;
  v->wide = take_tile(m);
  if (v->dtype == m->lane) v->raw = v->wide;
  add_op(m, m->set->store[m->lane], v->wide, NONE);
}

/* Makes a value that fits the running one. */
static void load(making *m, int i) {
  if (m->running == i) return;
  save_running(m);
  const value *v = &m->of[i];
  if (v->wide != NONE) add_op(m, m->set->load[m->lane], NONE, v->wide);
  else add_op(m, m->set->load[v->dtype], NONE, v->raw);
  m->running = i;
}

/* The slot of a value that fits, in the lane's type. */
static int wide_slot(making *m, int i) {
  value *v = &m->of[i];
  if (v->wide != NONE) return v->wide;
  load(m, i);
  v->wide = take_tile(m);
  if (v->dtype == m->lane) v->raw = v->wide;
  add_op(m, m->set->store[m->lane], v->wide, NONE);
  return v->wide;
}

/* The slot of a value in its own type. */
static int raw_slot(making *m, int i) {
  value *v = &m->of[i];
  if (v->raw != NONE) return v->raw;
  load(m, i);
  v->raw = take_tile(m);
  if (v->dtype == m->lane) v->wide = v->raw;
  add_op(m, m->set->store[v->dtype], v->raw, NONE);
  return v->raw;
}

static void let_go(making *m, int i) {
  value *v = &m->of[i];
  if (--v->uses) return;
  give_tile(m, v->wide);
  if (v->raw != v->wide) give_tile(m, v->raw);
}

static int output_of(const making *m, const ad_array *a) {
  for (int k = 0; k < m->g->out.n; k++)
    if (m->g->out.at[k] == (int)a->serial) return m->g->in.n + k;
  return NONE;
}

/* The running value is member a, but for rounding: it is rounded, and written where it belongs. */
static void finish_running(making *m, const ad_array *a, int me) {
  int out = output_of(m, a);
  ad_dtype t = a->type->dtype;
  m->running = me;
  if (out != NONE) add_op(m, t == m->lane ? m->set->result : m->set->store[t], out, NONE);
  if (t == m->lane || t == AD_BOOL || !m->of[me].uses) return;
  int tile = out != NONE ? out : take_tile(m);
  if (out == NONE) add_op(m, m->set->store[t], tile, NONE);
  add_op(m, m->set->load[t], NONE, tile);
  give_tile(m, tile);
}

/* ---- Members ---- */

/* Has the op an instruction for values as this node has them? Not where a kernel takes half numbers by their bits or in a way of its
 * own, and gives other bits than float32 would. */
static const ad_register_fn *forms_of(const making *m, const ad_array *a, const ad_block_rule *rule) {
  if (rule->place < 0 || !m->set->forms[rule->place][0] || rule->apart) return NULL;
  ad_dtype last = a->in[a->n - 1]->type->dtype;
  if (!fits(m, a->type->dtype) || !fits(m, last) || last == AD_BOOL) return NULL;
  for (int k = 0; k < a->n; k++)
    if (!fits(m, a->in[k]->type->dtype)) return NULL;
  return m->set->forms[rule->place];
}

/* Which operand the running value is: one that is read once by the node, and that need not be kept. */
static int running_operand(making *m, const int *operand, int n) {
  for (int k = 0; k < n; k++) {
    int same = 0;
    for (int i = 0; i < n; i++) same += operand[i] == operand[k];
    if (operand[k] == m->running && (same == 1 || m->of[operand[k]].wide != NONE)) return k;
  }
  return NONE;
}

/* Slots for all operands but one, which is made the running value; which one is returned. It is the one in registers, unless
 * another can only be had by way of them. */
static int place_operands(making *m, const int *operand, int n, int *slot) {
  int at = running_operand(m, operand, n);
  bool others = at == NONE;
  for (int k = 0; k < n; k++) others |= k != at && m->of[operand[k]].wide == NONE;
  if (others) {
    at = 0;
    for (int k = 0; k < n; k++)
      if (operand[k] == m->running && operand[k] != operand[0]) wide_slot(m, operand[k]);
    for (int k = 1; k < n; k++)
      if (operand[k] != operand[0]) wide_slot(m, operand[k]);
    load(m, operand[0]);
  }
  for (int k = 0; k < n; k++) slot[k] = k == at ? NONE : wide_slot(m, operand[k]);
  return at;
}

/* The running value will be overwritten, though it may be wanted by others than the node it is an operand of `times` times. */
static void copy_running(making *m, int i, int times) {
  if (m->of[i].uses > times && m->of[i].wide == NONE && m->of[i].raw == NONE) wide_slot(m, i);
}

static void add_in_registers(making *m, const ad_array *a, int me, const ad_register_fn *forms) {
  int operand[3] = {0}, slot[3], times = 0;
  for (int k = 0; k < a->n; k++) operand[k] = value_of(m, a->in[k]);
  int at = place_operands(m, operand, a->n, slot);
  for (int k = 0; k < a->n; k++) times += operand[k] == operand[at];
  copy_running(m, operand[at], times);
  ad_register_op *o = add_op(m, forms[at], NONE, NONE);
  for (int k = 0; k < a->n; k++) o->in[k] = (int16_t)slot[k];
  for (int k = 0; k < a->n; k++) let_go(m, operand[k]);
  finish_running(m, a, me);
}

/* Is it a cast between two types that fit registers, to a float? Not of half numbers to themselves, whose bits stay. */
static bool is_move(const making *m, const ad_array *a) {
  ad_dtype from = a->in[0]->type->dtype, to = a->type->dtype;
  return fits(m, from) && fits(m, to) && to != AD_BOOL && (from != to || to == m->lane);
}

/* Such a cast: nothing but rounding. */
static void add_move(making *m, const ad_array *a, int me) {
  int from = value_of(m, a->in[0]);
  load(m, from);
  copy_running(m, from, 1);
  let_go(m, from);
  finish_running(m, a, me);
}

/* The slot of an operand in type `as`; *temp is a tile to give back, or NONE. */
static int slot_as(making *m, int i, ad_dtype as, int *temp) {
  *temp = NONE;
  if (m->of[i].dtype == as) return raw_slot(m, i);
  if (as == m->lane && fits(m, m->of[i].dtype)) return wide_slot(m, i);
  int from = raw_slot(m, i);
  save_running(m);
  *temp = take_tile(m);
  add_op(m, m->set->cast, *temp, from)->call.cast = m->k->cast[m->of[i].dtype][as];
  m->calls++;
  return *temp;
}

/* By kernels on tiles. */
static void add_calls(making *m, const ad_array *a, int me, const ad_block_rule *rule) {
  int slot[3] = {NONE, NONE, NONE}, temp[3] = {NONE, NONE, NONE}, out = output_of(m, a);
  ad_dtype t = a->type->dtype;
  for (int k = 0; k < a->n; k++) slot[k] = slot_as(m, value_of(m, a->in[k]), rule->in[k], &temp[k]);
  save_running(m);
  /* Results in the lane's type are written past the cache, from registers. */
  bool direct = out != NONE && t != m->lane, converted = rule->out != t;
  int last = direct ? out : take_tile(m), computed = converted ? take_tile(m) : last;
  ad_register_op *o = add_op(m, rule->cast ? m->set->cast : m->set->call, computed, NONE);
  for (int k = 0; k < a->n; k++) o->in[k] = (int16_t)slot[k];
  if (rule->cast) o->call.cast = rule->cast;
  else o->call.fn = rule->fn;
  m->calls++;
  if (converted) {
    add_op(m, m->set->cast, last, computed)->call.cast = m->k->cast[rule->out][t];
    m->calls++;
    give_tile(m, computed);
  }
  for (int k = 0; k < a->n; k++) {
    if (temp[k] != NONE) give_tile(m, temp[k]);
    let_go(m, value_of(m, a->in[k]));
  }
  m->of[me].raw = last;
  m->of[me].wide = t == m->lane ? last : NONE;
  if (out != NONE && !direct) {
    load(m, me);
    add_op(m, m->set->result, out, NONE);
  }
  if (!m->of[me].uses) give_tile(m, last);
}

static int add_member(making *m, int member) {
  const ad_array *a = node_at(m, m->g->members.at[member]);
  int me = m->g->in.n + member;
  ad_block_rule rule;
  if (!ad__block_rule_of(m->k, a, &rule)) return 0;
  const ad_register_fn *forms = forms_of(m, a, &rule);
  if (forms) add_in_registers(m, a, me, forms);
  else if (rule.cast && is_move(m, a)) add_move(m, a, me);
  else add_calls(m, a, me, &rule);
  return forms != NULL;
}

/* ---- The whole ---- */

static void begin(making *m) {
  const ad_group *g = m->g;
  m->n_ops = m->calls = m->tiles = 0;
  m->full = false;
  m->running = NONE;
  memset(m->taken, 0, sizeof m->taken);
  for (int i = 0; i < g->in.n + g->members.n; i++) {
    ad_dtype t = node_at(m, i < g->in.n ? g->in.at[i] : g->members.at[i - g->in.n])->type->dtype;
    m->of[i] = (value){.dtype = t, .wide = i < g->in.n && t == m->lane ? i : NONE, .raw = i < g->in.n ? i : NONE};
  }
  for (int i = 0; i < g->members.n; i++) {
    const ad_array *a = node_at(m, g->members.at[i]);
    for (int k = 0; k < a->n; k++) m->of[value_of(m, a->in[k])].uses++;
  }
}

/* The lane in which most members compute; NULL in m->set when it has no registers. */
static void choose_lane(making *m) {
  int count[AD_DTYPE_COUNT] = {0}, best = 0;
  ad_block_rule rule;
  m->set = NULL;
  for (int i = 0; i < m->g->members.n; i++) {
    const ad_array *a = node_at(m, m->g->members.at[i]);
    if (!ad__block_rule_of(m->k, a, &rule)) return;
    ad_dtype t = a->n ? a->in[a->n - 1]->type->dtype : AD_BOOL;
    t = t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t;
    if (m->k->registers[t] && ++count[t] > best) {
      best = count[t];
      m->lane = t;
      m->set = m->k->registers[t];
    }
  }
}

static bool keep(ad_plan *p, ad_group *g, const making *m) {
  ad_register_program *to = AD_ARENA_NEW(&p->arena, ad_register_program);
  ad_register_op *ops = ad__arena_array(&p->arena, (size_t)m->n_ops, sizeof *ops, _Alignof(ad_register_op));
  int slots = g->in.n + g->out.n;
  uint8_t *item = ad__arena_array(&p->arena, (size_t)slots, sizeof *item, 1);
  if (!to || !ops || !item) return false;
  memcpy(ops, m->ops, (size_t)m->n_ops * sizeof *ops);
  *to = (ad_register_program){.set = m->set, .ops = ops, .n_ops = m->n_ops, .n_in = g->in.n, .n_out = g->out.n, .n_tiles = m->tiles, .item = item};
  for (int k = 0; k < slots; k++) {
    item[k] = (uint8_t)node_at(m, k < g->in.n ? g->in.at[k] : g->out.at[k - g->in.n])->type->item_size;
    to->cost += 0.006 * item[k];
  }
  to->cost += 0.02 * m->n_ops;
  g->registers = to;
  return true;
}

bool ad__plan_registers(ad_plan *p, ad_group *g) {
  making m;
  m.p = p;
  m.g = g;
  m.k = ad__kernels_of(p->ctx->isa);
  if (!m.k->registers || g->reduced || g->product >= 0 || g->members.n < 2 || g->space->size < AD_REGISTER_LEAST) return true;
  choose_lane(&m);
  if (!m.set) return true;
  begin(&m);
  int within = 0;
  for (int i = 0; i < g->members.n; i++) within += add_member(&m, i);
  add_op(&m, m.set->end, NONE, NONE);
  return m.full || within < 2 || within <= m.calls || keep(p, g, &m);
}
