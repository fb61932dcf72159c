/* Control flow as functions: bodies traced to regions, and the nodes that own them. See include/adamant/control.h.
 *
 * A body is called on arguments without values, in the form of the state; its results, flat, become a region. What was made before
 * the trace began is captured. */
#include <adamant/control.h>
#include <adamant/ops.h>
#include "array/fn.h"
#include "ops/apply.h"
#include "ops/regions.h"
#include "ops/registry.h"
#include "transform/region.h"
#include "transform/transform.h"

enum { MOST_BODIES = 2 };

/* One function traced. */
typedef struct body {
  ad_leaves params, results;
  const ad_type *result; /* its form */
} body;

/* A node with regions in the making. */
typedef struct making {
  ad_ctx *ctx;
  ad_place where;
  const char *name;
  ad_scope *scope;
  uint64_t since;
  body bodies[MOST_BODIES];
  ad_handles operands;
  ad_array *error;
} making;

static ad_array *fail(making *m, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);
static ad_array *fail(making *m, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  return m->error = ad__scope_take_error(ad__node_errorf(m->ctx, m->where, NULL, code, "%s: %s", m->name, e.text));
}

/* ---- Begin and end ---- */

/* The context is that of the first handle that is no error; an error is passed on. */
static ad_ctx *context_of(ad_array *const *a, int n, ad_fn *const *fns, int n_fns, ad_array **error) {
  ad_ctx *c = NULL;
  *error = NULL;
  for (int i = 0; i < n_fns && !*error; i++) {
    if (ad_fn_is_error(fns[i])) *error = ad_call_at(NULL, fns[i], NULL, 0);
    else if (!c) c = ad_fn_ctx(fns[i]);
  }
  for (int i = 0; i < n && !*error; i++)
    if (ad_is_error(a[i])) *error = a[i] ? a[i] : ad_apply(c, NULL, &ad__op_constant, NULL, 0, NULL);
  return c;
}

static void begin(making *m, ad_ctx *c, ad_place where, const char *name) {
  *m = (making){.ctx = c, .where = where, .name = name, .scope = ad_scope_begin(c)};
  for (int i = 0; i < MOST_BODIES; i++) {
    ad__leaves_init(&m->bodies[i].params, c);
    ad__leaves_init(&m->bodies[i].results, c);
  }
  ad__handles_init(&m->operands, c);
  m->since = ad__trace_start(c);
}

static ad_array *end(making *m, ad_array *y) {
  for (int i = 0; i < MOST_BODIES; i++) {
    ad__leaves_free(&m->bodies[i].params);
    ad__leaves_free(&m->bodies[i].results);
  }
  ad__handles_free(&m->operands);
  return ad_scope_end(m->scope, m->error ? m->error : y);
}

static void check_ctx(making *m, ad_array *const *a, int n, ad_fn *const *fns, int n_fns) {
  for (int i = 0; i < n && !m->error; i++)
    if (a[i]->ctx != m->ctx) fail(m, AD_E_VALUE, "arrays and functions of two contexts; of one is right");
  for (int i = 0; i < n_fns && !m->error; i++)
    if (ad_fn_ctx(fns[i]) != m->ctx) fail(m, AD_E_VALUE, "functions of two contexts; of one is right");
}

/* ---- Tracing ---- */

static void add_operands(making *m, ad_array *tree) {
  ad_leaves l;
  ad__leaves_init(&l, m->ctx);
  ad_array *bad = m->error ? NULL : ad__leaves_add_tree(&l, m->where, tree);
  if (bad) m->error = bad;
  for (int i = 0; i < l.count && !m->error; i++)
    if (!ad__handles_add(&m->operands, l.at[i])) m->error = m->ctx->out_of_memory;
  ad__leaves_free(&l);
}

/* Arguments without values in the form of a tree; of slices: without the first axis. */
static ad_array *arguments_like(making *m, body *b, ad_array *tree, bool slices) {
  ad_leaves l;
  ad__leaves_init(&l, m->ctx);
  int first = b->params.count;
  ad_array *bad = m->error ? m->error : ad__leaves_add_tree(&l, m->where, tree);
  for (int i = 0; i < l.count && !bad; i++) {
    const ad_type *t = l.at[i]->type;
    ad_err e;
    if (slices && !t->rank) bad = fail(m, AD_E_VALUE, "a leaf of rank 0 to take slices of; rank 1 or more is right");
    else if (slices && !(t = ad__type_tensor(m->ctx, t->dtype, t->rank - 1, t->dims + 1, &e))) bad = fail(m, e.code, "%s", e.text);
    if (!bad) bad = ad__leaves_add(&b->params, ad__traced_new(m->ctx, m->where, t, m->name));
  }
  ad_array *const *next = b->params.at + first;
  ad_array *y = bad ? bad : ad__tree_build(m->ctx, m->where, tree->type, &next);
  ad__leaves_free(&l);
  if (bad) m->error = bad;
  return y;
}

/* The function on those arguments. */
static ad_array *call_body(making *m, body *b, ad_fn *f, ad_array *const *args, int n) {
  if (m->error) return m->error;
  m->ctx->tracing++;
  m->ctx->tracing_region++;
  m->ctx->keep_graphs++;
  ad_array *y = ad_call_at(m->where, f, args, n);
  m->ctx->keep_graphs--;
  m->ctx->tracing_region--;
  m->ctx->tracing--;
  if (ad__is_error(y)) return m->error = y;
  b->result = y->type;
  ad_array *bad = ad__leaves_add_tree(&b->results, m->where, y);
  if (bad) m->error = bad;
  return y;
}

/* The op on the operands and what the bodies capture; attrs[k] gets the region of bodies[k]: regions are an op's first
 * attributes. */
static ad_array *make(making *m, const ad_op *op, int n_bodies, ad_attr *attrs) {
  ad_handles captures;
  ad_graph *graphs[MOST_BODIES] = {NULL, NULL};
  ad__handles_init(&captures, m->ctx);
  for (int k = 0; k < n_bodies && !m->error; k++) {
    body *b = &m->bodies[k];
    if (!ad__region_collect(&captures, b->params.at, b->params.count, b->results.at, b->results.count, m->since)) m->error = m->ctx->out_of_memory;
  }
  for (int k = 0; k < n_bodies && !m->error; k++) {
    body *b = &m->bodies[k];
    graphs[k] = ad__region_trace(&captures, op->fields[k].name, b->params.at, b->params.count, b->results.at, b->results.count, m->since);
    if (ad_graph_status(graphs[k])) fail(m, ad_graph_status(graphs[k]), "%s", ad_graph_error_text(graphs[k]));
    attrs[k] = ad_attr_graph(graphs[k]);
  }
  for (int i = 0; i < captures.count && !m->error; i++)
    if (!ad__handles_add(&m->operands, captures.at[i])) m->error = m->ctx->out_of_memory;
  ad_array *y = m->error ? m->error : ad_apply(m->ctx, m->where, op, m->operands.at, m->operands.count, attrs);
  for (int k = 0; k < n_bodies; k++)
    if (graphs[k]) ad_graph_free(graphs[k]);
  ad__handles_free(&captures);
  return y;
}

/* Members [first, ...) of the node in the form of a type. */
static ad_array *members(making *m, ad_array *node, int first, const ad_type *form) {
  if (m->error || ad__is_error(node)) return node;
  ad_leaves l;
  ad__leaves_init(&l, m->ctx);
  ad_array *bad = NULL;
  for (int i = 0, n = ad__tree_size(form); i < n && !bad; i++) bad = ad__leaves_add(&l, ad_item_at(m->where, node, first + i));
  ad_array *const *next = l.at;
  ad_array *y = bad ? bad : ad__tree_build(m->ctx, m->where, form, &next);
  ad__leaves_free(&l);
  return y;
}

/* A result of the form that the state has. */
static void check_form(making *m, const ad_type *have, const ad_type *want) {
  char a[160], b[160];
  if (m->error || have == want || ad__tree_alike(have, want)) return;
  fail(m, AD_E_TYPE, "the body gives %s; the form of the state, %s, is right", ad__type_text(m->ctx, have, a, sizeof a),
       ad__type_text(m->ctx, want, b, sizeof b));
}

/* ---- cond ---- */

ad_array *ad_cond_at(ad_place where, ad_array *predicate, ad_fn *then, ad_fn *otherwise, ad_array *const *args, int n) {
  making m;
  ad_array *error;
  ad_fn *fns[] = {then, otherwise};
  ad_ctx *c = context_of(&predicate, 1, fns, 2, &error);
  ad_array *inner_error = NULL;
  if (!error && n > 0) context_of(args, n, NULL, 0, &inner_error);
  if (error || inner_error) return error ? error : inner_error;
  begin(&m, c, where, "cond");
  check_ctx(&m, &predicate, 1, fns, 2);
  check_ctx(&m, args, n, NULL, 0);
  if (!m.error && (predicate->type->kind != AD_KIND_TENSOR || predicate->type->rank))
    fail(&m, AD_E_VALUE, "a predicate that is no scalar; one truth value is right (where chooses element by element)");
  ad_array *flag = m.error || predicate->type->dtype == AD_BOOL ? predicate : ad_cast_at(where, predicate, AD_BOOL);
  if (!m.error) add_operands(&m, flag);
  for (int i = 0; i < n && !m.error; i++) add_operands(&m, args[i]);
  m.since = ad__trace_start(c);
  for (int k = 0; k < 2 && !m.error; k++) {
    ad_array *in[AD_FN_MOST_ARGNUMS];
    for (int i = 0; i < n && i < AD_FN_MOST_ARGNUMS; i++) in[i] = arguments_like(&m, &m.bodies[k], args[i], false);
    call_body(&m, &m.bodies[k], fns[k], in, n);
  }
  ad_attr at[2];
  if (!m.error && !ad__tree_alike(m.bodies[0].result, m.bodies[1].result))
    fail(&m, AD_E_TYPE, "then and otherwise give different forms; the same is right");
  ad_array *y = make(&m, &ad__op_cond, 2, at);
  return end(&m, members(&m, y, 0, m.bodies[0].result));
}

/* ---- while_loop ---- */

/* The loop over a state, from traced bodies. */
static ad_array *make_loop(making *m) {
  int64_t count = m->operands.count;
  ad_attr at[AD_WHILE_FIELDS] = {{0}};
  at[AD_WHILE_SWEEPS] = ad_attr_ints(AD_INTS(count));
  return make(m, &ad__op_while_loop, 2, at);
}

static void check_test(making *m, ad_array *test) {
  char text[160];
  if (m->error || (test->type->kind == AD_KIND_TENSOR && test->type->rank == 0 && test->type->dtype == AD_BOOL)) return;
  fail(m, AD_E_TYPE, "the condition gives %s; bool[] is right", ad__type_text(m->ctx, test->type, text, sizeof text));
}

ad_array *ad_while_loop_at(ad_place where, ad_fn *cond, ad_fn *function, ad_array *state) {
  making m;
  ad_array *error;
  ad_fn *fns[] = {cond, function};
  ad_ctx *c = context_of(&state, 1, fns, 2, &error);
  if (error) return error;
  begin(&m, c, where, "while_loop");
  check_ctx(&m, &state, 1, fns, 2);
  if (!m.error) add_operands(&m, state);
  m.since = ad__trace_start(c);
  for (int k = 0; k < 2 && !m.error; k++) {
    ad_array *in = arguments_like(&m, &m.bodies[k], state, false), *y = call_body(&m, &m.bodies[k], fns[k], &in, 1);
    if (k == 0) check_test(&m, y);
    else if (!m.error) check_form(&m, m.bodies[1].result, state->type);
  }
  ad_array *y = m.error ? m.error : make_loop(&m);
  return end(&m, members(&m, y, 0, state->type));
}

/* ---- fori_loop: a while_loop that counts ---- */

ad_array *ad_fori_loop_at(ad_place where, ad_array *lower, ad_array *upper, ad_fn *function, ad_array *state) {
  making m;
  ad_array *error, *given[] = {lower, upper, state};
  ad_ctx *c = context_of(given, 3, &function, 1, &error);
  if (error) return error;
  begin(&m, c, where, "fori_loop");
  check_ctx(&m, given, 3, &function, 1);
  if (!m.error && (lower->type->kind != AD_KIND_TENSOR || lower->type->rank || upper->type->kind != AD_KIND_TENSOR || upper->type->rank))
    fail(&m, AD_E_VALUE, "a bound that is no scalar; two integers are right");
  if (!m.error && (ad_dtype_category(lower->type->dtype) > AD_CATEGORY_INT || ad_dtype_category(upper->type->dtype) > AD_CATEGORY_INT))
    fail(&m, AD_E_TYPE, "bounds of %s and %s; integers are right", ad_dtype_name(lower->type->dtype), ad_dtype_name(upper->type->dtype));
  if (m.error) return end(&m, NULL);
  ad_dtype t = (upper->flags & AD_NODE_WEAK) ? lower->type->dtype : upper->type->dtype;
  lower = ad_cast_at(where, lower, t);
  upper = ad_cast_at(where, upper, t);
  add_operands(&m, lower);
  add_operands(&m, state);
  m.since = ad__trace_start(c);
  ad_array *count = arguments_like(&m, &m.bodies[0], lower, false);
  arguments_like(&m, &m.bodies[0], state, false);
  if (!m.error) m.error = ad__leaves_add(&m.bodies[0].results, ad_less_at(where, count, upper));
  ad_array *in[] = {arguments_like(&m, &m.bodies[1], lower, false), arguments_like(&m, &m.bodies[1], state, false)};
  if (!m.error) m.error = ad__leaves_add(&m.bodies[1].results, ad_add_at(where, in[0], ad_number_int_at(where, c, 1)));
  call_body(&m, &m.bodies[1], function, in, 2);
  if (!m.error) check_form(&m, m.bodies[1].result, state->type);
  ad_array *y = m.error ? m.error : make_loop(&m);
  return end(&m, members(&m, y, 1, state->type));
}

/* ---- scan and map ---- */

/* The length that every leaf to take slices of has; -1 and an error when they differ. */
static int64_t common_length(making *m, ad_array *stacked, int64_t given) {
  ad_leaves l;
  ad__leaves_init(&l, m->ctx);
  int64_t length = given;
  ad_array *bad = ad__leaves_add_tree(&l, m->where, stacked);
  for (int i = 0; i < l.count && !bad; i++) {
    int64_t n = l.at[i]->type->rank ? l.at[i]->type->dims[0] : 0;
    if (!l.at[i]->type->rank) bad = fail(m, AD_E_VALUE, "a leaf of rank 0 to take slices of; rank 1 or more is right");
    else if (length >= 0 && n != length) bad = fail(m, AD_E_VALUE, "%lld steps and a leaf of %lld slices; as many is right", (long long)length, (long long)n);
    length = n;
  }
  ad__leaves_free(&l);
  if (bad) m->error = bad;
  else if (length < 0) fail(m, AD_E_VALUE, "nothing to take slices of and no length; one of them is right");
  return length;
}

static ad_array *make_scan(making *m, int carries, int64_t length, bool reverse) {
  ad_attr at[5];
  at[AD_SCAN_CARRIES] = ad_attr_int(AD_INT(carries));
  at[AD_SCAN_STACKED] = ad_attr_int(AD_INT(m->operands.count - carries));
  at[AD_SCAN_LENGTH] = ad_attr_int(AD_INT(length));
  at[AD_SCAN_REVERSE] = ad_attr_flag(reverse);
  return make(m, &ad__op_scan, 1, at);
}

ad_array *ad_scan_at(ad_place where, ad_fn *function, ad_array *carry, ad_array *stacked, const ad_scan_opts *opts) {
  static const ad_scan_opts none = {0};
  making m;
  ad_array *error;
  if (!opts) opts = &none;
  ad_ctx *c = context_of(&carry, 1, &function, 1, &error);
  if (!error && stacked && ad_is_error(stacked)) error = stacked;
  if (error) return error;
  begin(&m, c, where, "scan");
  if (!stacked) stacked = ad_tuple_at(where, c, NULL, 0);
  ad_array *given[] = {carry, stacked};
  check_ctx(&m, given, 2, &function, 1);
  int64_t length = m.error ? 0 : common_length(&m, stacked, opts->length.given ? opts->length.value : -1);
  if (!m.error) add_operands(&m, carry);
  int carries = m.operands.count;
  if (!m.error) add_operands(&m, stacked);
  m.since = ad__trace_start(c);
  body *b = &m.bodies[0];
  ad_array *in[] = {arguments_like(&m, b, carry, false), arguments_like(&m, b, stacked, true)};
  ad_array *y = call_body(&m, b, function, in, 2);
  if (!m.error && (y->type->kind != AD_KIND_TUPLE || y->type->rank != 2)) fail(&m, AD_E_TYPE, "the body gives no pair; a tuple of the next carry and an output is right");
  const ad_type *output = m.error ? NULL : y->type->members[1];
  if (!m.error) check_form(&m, y->type->members[0], carry->type);
  y = m.error ? m.error : make_scan(&m, carries, length, opts->reverse);
  ad_array *pair[] = {members(&m, y, 0, carry->type), output ? members(&m, y, carries, output) : y};
  return end(&m, m.error ? m.error : ad_tuple_at(where, c, pair, 2));
}

ad_array *ad_map_at(ad_place where, ad_fn *function, ad_array *stacked) {
  making m;
  ad_array *error;
  ad_ctx *c = context_of(&stacked, 1, &function, 1, &error);
  if (error) return error;
  begin(&m, c, where, "map");
  check_ctx(&m, &stacked, 1, &function, 1);
  int64_t length = m.error ? 0 : common_length(&m, stacked, -1);
  if (!m.error) add_operands(&m, stacked);
  m.since = ad__trace_start(c);
  ad_array *in = arguments_like(&m, &m.bodies[0], stacked, true);
  ad_array *y = call_body(&m, &m.bodies[0], function, &in, 1);
  y = m.error ? m.error : make_scan(&m, 0, length, false);
  return end(&m, members(&m, y, 0, m.error ? stacked->type : m.bodies[0].result));
}
