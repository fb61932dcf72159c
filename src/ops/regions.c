/* Ops with regions, and the function with rules of its own. See regions.h.
 *
 *   custom(call, results..., arguments...)             the results; derivatives and batching by the rules of the call
 *   compiled(call, arguments...)                       what a compiled function gives for the arguments
 *   checkpoint(operands...; body)                      body(operands...), computed again in its backward pass
 *   cond(pred, operands...; then, otherwise)           one of two regions on the operands
 *   while_loop(states..., captures...; cond, body)     states = body(states, captures) as long as cond(states, captures)
 *   scan(carries..., stacked..., captures...; body)    a step for each slice of the stacked operands along their first axis
 *
 * A while_loop may run in sweeps, which is what its derivatives are: the first counts its steps; each further one goes through the
 * same steps in the other direction, with states of its own, and sees the states that earlier sweeps had before each
 * step. One body serves all: parameters are the states of every sweep, then the captures; its results are the next states, and those
 * of a sweep use states of that and earlier sweeps only. That keeps loops closed under every derivative and every order:
 * the transpose of a loop of k sweeps has 2k. The first k are those of the loop itself: as long as that has not been run, it is
 * told to save the states that are needed, and its transpose resumes from the record, an operand. Else, or where it was too
 * large to be kept, all sweeps are run.
 * Derivatives and batching are rows in src/transform, kernels in src/runtime. */
#include "ops/regions.h"

#include <adamant/ops.h>
#include "ir/ctx.h"
#include "ops/apply.h"
#include "ops/registry.h"

/* ---- Checks that they share ---- */

static const ad_type *no(ad_err *e, const char *fmt, ...) AD_FORMAT(2, 3);
static const ad_type *no(ad_err *e, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(e, AD_E_VALUE, fmt, ap);
  va_end(ap);
  return NULL;
}

const ad_type *ad__region_results(ad_ctx *c, const ad_graph *g, ad_err *e) {
  const ad_type *few[16] = {NULL};
  int n = g->results.count;
  for (int i = 0; i < n; i++)
    if (g->results.at[i]->type->kind != AD_KIND_TENSOR) return no(e, "result %d of %s is no array; arrays are right", i, g->name);
  size_t bytes = (size_t)n * sizeof *few;
  const ad_type **types = n <= 16 ? few : ad__mem_take(&c->mem, bytes);
  if (!types) {
    ad__fail(e, AD_E_MEMORY, "out of memory");
    return NULL;
  }
  for (int i = 0; i < n; i++) types[i] = g->results.at[i]->type;
  const ad_type *t = ad__type_tuple(c, types, n, e);
  if (types != few) ad__mem_give(&c->mem, types, bytes);
  return t;
}

/* A region that can be used, of so many parameters. */
static bool is_whole(const ad_graph *g, const char *name, int params, ad_err *e) {
  if (!g || g->error) no(e, "%s: %s", name, g ? g->error_text : "no region");
  else if (g->params.count != params) no(e, "%s has %d parameters; %d are right", name, g->params.count, params);
  else
    return true;
  return false;
}

/* The parameters of a region from `first` on, which are there, have the types of these operands. */
static bool takes(const ad_graph *g, const char *name, int first, ad_array *const *in, int n, ad_err *e) {
  for (int i = 0; i < n; i++)
    if (g->params.at[first + i]->type != in[i]->type) {
      ad_text t;
      ad__text_init(&t, &g->ctx->mem);
      ad__type_print(g->ctx, g->params.at[first + i]->type, &t);
      ad__text_add(&t, " for an operand of type ");
      ad__type_print(g->ctx, in[i]->type, &t);
      no(e, "parameter %d of %s is %s; the same type is right", first + i, name, ad__text_str(&t));
      ad__text_free(&t);
      return false;
    }
  return true;
}

/* Results first.. of a region are of the types that the states have. */
static bool gives(const ad_graph *g, const char *name, ad_array *const *states, int n, ad_err *e) {
  if (g->results.count < n) {
    no(e, "%s has %d results; at least %d are right", name, g->results.count, n);
    return false;
  }
  for (int i = 0; i < n; i++)
    if (g->results.at[i]->type != states[i]->type) {
      ad_text t;
      ad__text_init(&t, &g->ctx->mem);
      ad__type_print(g->ctx, states[i]->type, &t);
      ad__text_add(&t, " and becomes ");
      ad__type_print(g->ctx, g->results.at[i]->type, &t);
      no(e, "state %d of %s is %s; a state keeps its type", i, name, ad__text_str(&t));
      ad__text_free(&t);
      return false;
    }
  return true;
}

#define TAKES(g, name, first, in, n) takes(g, name, first, in, n, e)

/* ---- argument: of a function that is traced without values ---- */

static const ad_field argument_fields[] = {
    {.name = "transform", .kind = AD_FIELD_TEXT, .doc = "which transform traces"},
};
const ad_op ad__op_argument = {
    AD_OP_HEAD(argument), .doc = "An argument that has a type and no value.", .outputs = 1,
    .flags = AD_OP_HIDDEN | AD_OP_UNIQUE | AD_OP_NO_VALUE, AD_FIELDS(argument_fields),
};

/* ---- custom ---- */

static const ad_type *custom_result(const ad_rule *r, ad_err *e) {
  int64_t n = r->attrs[AD_CUSTOM_RESULTS].as.i;
  const ad_type *types[AD_INPUTS_ANY];
  if (n < 0 || n >= r->n || n > AD_INPUTS_ANY) return no(e, "%lld results of %d operands", (long long)n, r->n);
  for (int i = 0; i < n; i++) types[i] = r->in[1 + i]->type;
  return ad__type_tuple(r->ctx, types, (int)n, e);
}

/* Where no derivative is asked for, it is its results. */
static ad_array *custom_compose(const ad_rule *r) {
  return ad_tuple_at(NULL, r->ctx, r->in + 1, (int)r->attrs[AD_CUSTOM_RESULTS].as.i);
}

static const ad_field custom_fields[] = {
    {.name = "results", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many operands are results"},
};
const ad_op ad__op_custom = {
    AD_OP_HEAD(custom), .params = "operands", .doc = "Results of a function that has rules of its own.",
    .inputs = AD_INPUTS_ANY, .outputs = 1, .flags = AD_OP_HIDDEN | AD_OP_UNIQUE | AD_OP_VIEW, AD_FIELDS(custom_fields),
    .result = custom_result, .compose = custom_compose,
};

/* ---- compiled ---- */

static const ad_compiled *compiled_of(const ad_rule *r) { return (const ad_compiled *)(const void *)r->in[0]->value.data; }

static const ad_type *compiled_result(const ad_rule *r, ad_err *e) {
  if (!compiled_of(r)->takes(r->in + 1, r->n - 1, r->in[0])) return no(e, "other operands than it was compiled for");
  return compiled_of(r)->type;
}

static ad_array *compiled_compose(const ad_rule *r) { return compiled_of(r)->again(r->in[0], r->in + 1, r->n - 1); }

const ad_op ad__op_compiled = {
    AD_OP_HEAD(compiled), .params = "operands", .doc = "Results of a compiled function.", .inputs = AD_INPUTS_ANY, .outputs = 1,
    .flags = AD_OP_HIDDEN | AD_OP_UNIQUE, .result = compiled_result, .compose = compiled_compose,
};

/* ---- checkpoint ---- */

static const ad_type *checkpoint_result(const ad_rule *r, ad_err *e) {
  const ad_graph *g = ad__region_of(r->attrs, AD_CHECKPOINT_BODY);
  if (!is_whole(g, "body", r->n, e) || !TAKES(g, "body", 0, r->in, r->n)) return NULL;
  return ad__region_results(r->ctx, g, e);
}

static ad_array *checkpoint_compose(const ad_rule *r) {
  ad_graph *g = ad__region_of(r->attrs, AD_CHECKPOINT_BODY);
  ad_array *y = ad_graph_call_at(NULL, g, r->in, r->n);
  return g->results.count == 1 ? ad_tuple_at(NULL, r->ctx, &y, 1) : y;
}

static const ad_field checkpoint_fields[] = {
    {.name = "body", .kind = AD_FIELD_GRAPH, .flags = AD_FIELD_REQUIRED, .doc = "what is computed"},
};
const ad_op ad__op_checkpoint = {
    AD_OP_HEAD(checkpoint), .params = "operands", .doc = "A region whose backward pass computes its intermediates again.",
    .inputs = AD_INPUTS_ANY, .outputs = 1, .flags = AD_OP_HIDDEN | AD_OP_COMPOSITE, AD_FIELDS(checkpoint_fields),
    .result = checkpoint_result, .compose = checkpoint_compose,
};

/* ---- cond ---- */

static const ad_type *cond_result(const ad_rule *r, ad_err *e) {
  const ad_graph *a = ad__region_of(r->attrs, AD_COND_THEN), *b = ad__region_of(r->attrs, AD_COND_ELSE);
  if (r->n < 1 || r->in[0]->type->dtype != AD_BOOL || r->in[0]->type->rank)
    return no(e, "the predicate is no bool[]; one truth value is right");
  if (!is_whole(a, "then", r->n - 1, e) || !is_whole(b, "otherwise", r->n - 1, e)) return NULL;
  if (!TAKES(a, "then", 0, r->in + 1, r->n - 1) || !TAKES(b, "otherwise", 0, r->in + 1, r->n - 1)) return NULL;
  const ad_type *t = ad__region_results(r->ctx, a, e), *u = t ? ad__region_results(r->ctx, b, e) : NULL;
  if (t && u && t != u) return no(e, "then and otherwise give different types; the same are right");
  return u;
}

static const ad_field cond_fields[] = {
    {.name = "then", .kind = AD_FIELD_GRAPH, .flags = AD_FIELD_REQUIRED, .doc = "what is done when the first operand is true"},
    {.name = "otherwise", .kind = AD_FIELD_GRAPH, .flags = AD_FIELD_REQUIRED, .doc = "what is done when it is false"},
};
const ad_op ad__op_cond = {
    AD_OP_HEAD(cond), .params = "operands", .doc = "One of two regions.", .inputs = AD_INPUTS_ANY, .outputs = 1,
    .flags = AD_OP_HIDDEN, AD_FIELDS(cond_fields), .result = cond_result,
};

/* ---- while_loop ---- */

static bool saves_states(const ad_attr *saves, int states, ad_err *e) {
  for (int i = 0; i < saves->count && saves->given; i++)
    if (saves->as.ints[i] < 0 || saves->as.ints[i] >= states) {
      no(e, "saves %lld of %d states", (long long)saves->as.ints[i], states);
      return false;
    }
  return true;
}

static const ad_type *while_result(const ad_rule *r, ad_err *e) {
  const ad_graph *cond = ad__region_of(r->attrs, AD_WHILE_COND), *body = ad__region_of(r->attrs, AD_WHILE_BODY);
  const ad_attr *sweeps = &r->attrs[AD_WHILE_SWEEPS];
  int64_t states = 0;
  for (int i = 0; i < sweeps->count; i++) {
    if (sweeps->as.ints[i] < 0 || sweeps->as.ints[i] > r->n) return no(e, "sweeps that are no counts of states");
    states += sweeps->as.ints[i];
  }
  const ad_attr *resumes = &r->attrs[AD_WHILE_RESUMES];
  int operands = r->n - (resumes->given ? 1 : 0);
  if (sweeps->count < 1 || states > operands) return no(e, "%lld states of %d operands", (long long)states, operands);
  if (resumes->given && (resumes->as.i < 1 || resumes->as.i >= sweeps->count))
    return no(e, "resumes %lld of %d sweeps; at least one, and fewer than all, are right", (long long)resumes->as.i, sweeps->count);
  if (resumes->given && r->in[operands]->type->kind != AD_KIND_TENSOR) return no(e, "resumes without a record as its last operand");
  int n = (int)states, first = (int)sweeps->as.ints[0], captures = operands - n;
  if (!saves_states(&r->attrs[AD_WHILE_SAVES], n, e)) return NULL;
  if (!is_whole(cond, "cond", first + captures, e) || !is_whole(body, "body", operands, e)) return NULL;
  if (!TAKES(cond, "cond", 0, r->in, first) || !TAKES(cond, "cond", first, r->in + n, captures)) return NULL;
  if (!TAKES(body, "body", 0, r->in, operands) || !gives(body, "body", r->in, n, e)) return NULL;
  if (body->results.count != n) return no(e, "body has %d results; %d are right", body->results.count, n);
  const ad_type *t = cond->results.count == 1 ? cond->results.at[0]->type : NULL;
  if (!t || t->kind != AD_KIND_TENSOR || t->dtype != AD_BOOL || t->rank)
    return no(e, "cond gives no bool[]; one truth value is right");
  return ad__region_results(r->ctx, body, e);
}

static const ad_field while_fields[] = {
    {.name = "cond", .kind = AD_FIELD_GRAPH, .flags = AD_FIELD_REQUIRED, .doc = "whether there is a further step"},
    {.name = "body", .kind = AD_FIELD_GRAPH, .flags = AD_FIELD_REQUIRED, .doc = "one step"},
    {.name = "sweeps", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "how many states each sweep has"},
    {.name = "saves", .kind = AD_FIELD_INTS, .doc = "states of which a record is kept, for the loop that resumes it"},
    {.name = "resumes", .kind = AD_FIELD_INT, .doc = "so many sweeps have been run; the last operand is the record"},
};
const ad_op ad__op_while_loop = {
    AD_OP_HEAD(while_loop), .params = "operands", .doc = "A region repeated as long as another gives true.",
    .inputs = AD_INPUTS_ANY, .outputs = 1, .flags = AD_OP_HIDDEN, AD_FIELDS(while_fields), .result = while_result,
};

/* ---- loop_record: what a while_loop saved ---- */

/* The record is no array: the bytes are none, the memory behind them is the record (runtime/region_record.h). */
static const ad_type *record_type(ad_ctx *c, ad_err *e) { return ad__type_tensor(c, AD_UINT8, 1, (const int64_t[]){0}, e); }

static const ad_type *record_result(const ad_rule *r, ad_err *e) {
  if (r->in[0]->op != &ad__op_while_loop) return no(e, "the record of something that is no while_loop");
  return record_type(r->ctx, e);
}

/* The loop's batched results are those of another loop, whose record it then is. */
static ad_array *record_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  ad_array *a = r->in[0];
  while ((a->op->flags & (AD_OP_HOLDS | AD_OP_PROJECTS)) && a->n) a = a->in[0];
  if (a->op == &ad__op_while_loop) return ad_apply(r->ctx, NULL, r->op, &a, 1, NULL);
  return ad_zeros(r->ctx, AD_SHAPE(0), &(ad_zeros_opts){.dtype = AD_UINT8});
}

const ad_op ad__op_loop_record = {
    AD_OP_HEAD(loop_record), .params = "loop", .doc = "What a while_loop saved of its states.", .inputs = 1, .outputs = 1,
    .flags = AD_OP_HIDDEN | AD_OP_WHOLE | AD_OP_VIEW, .result = record_result, AD_DERIVS(AD_NO_DERIV("a record is for the gradient that resumes its loop")),
    .batch = record_batch,
};

/* ---- scan ---- */

/* One slice of a stacked operand. */
static const ad_type *slice_type(ad_ctx *c, const ad_type *t, ad_err *e) {
  return ad__type_tensor(c, t->dtype, t->rank - 1, t->dims + 1, e);
}

static const ad_type *stacked_type(ad_ctx *c, const ad_type *t, int64_t length, ad_err *e) {
  int64_t dims[AD_MAX_RANK + 1] = {length};
  for (int i = 0; i < t->rank; i++) dims[i + 1] = t->dims[i];
  return ad__type_tensor(c, t->dtype, t->rank + 1, dims, e);
}

static bool takes_slices(const ad_rule *r, const ad_graph *g, int first, int n, int64_t length, ad_err *e) {
  for (int i = first; i < first + n; i++) {
    const ad_type *t = r->in[i]->type;
    if (t->rank < 1 || t->dims[0] != length) {
      no(e, "stacked operand %d; a first axis of length %lld is right", i - first, (long long)length);
      return false;
    }
    if (g->params.at[i]->type != slice_type(r->ctx, t, e)) {
      no(e, "parameter %d of body is no slice of stacked operand %d", i, i - first);
      return false;
    }
  }
  return true;
}

static const ad_type *scan_types(const ad_rule *r, const ad_graph *g, int carries, int64_t length, ad_err *e) {
  const ad_type *types[AD_INPUTS_ANY];
  if (g->results.count > AD_INPUTS_ANY) return no(e, "%d results; at most 255 are right", g->results.count);
  for (int i = 0; i < g->results.count; i++) {
    types[i] = g->results.at[i]->type;
    if (i >= carries && !(types[i] = stacked_type(r->ctx, types[i], length, e))) return NULL;
  }
  return ad__type_tuple(r->ctx, types, g->results.count, e);
}

static const ad_type *scan_result(const ad_rule *r, ad_err *e) {
  const ad_graph *g = ad__region_of(r->attrs, AD_SCAN_BODY);
  int64_t carries = r->attrs[AD_SCAN_CARRIES].as.i, stacked = r->attrs[AD_SCAN_STACKED].as.i, length = r->attrs[AD_SCAN_LENGTH].as.i;
  if (carries < 0 || stacked < 0 || carries > r->n || stacked > r->n - carries || length < 0)
    return no(e, "%lld carries and %lld stacked of %d operands", (long long)carries, (long long)stacked, r->n);
  int a = (int)carries, b = a + (int)stacked;
  if (!is_whole(g, "body", r->n, e) || !TAKES(g, "body", 0, r->in, a)) return NULL;
  if (!takes_slices(r, g, a, (int)stacked, length, e) || !TAKES(g, "body", b, r->in + b, r->n - b)) return NULL;
  if (!gives(g, "body", r->in, a, e)) return NULL;
  return scan_types(r, g, a, length, e);
}

static const ad_field scan_fields[] = {
    {.name = "body", .kind = AD_FIELD_GRAPH, .flags = AD_FIELD_REQUIRED, .doc = "one step"},
    {.name = "carries", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many operands are handed from step to step"},
    {.name = "stacked", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many are taken slice by slice"},
    {.name = "length", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many steps"},
    {.name = "reverse", .kind = AD_FIELD_FLAG, .doc = "from the last slice to the first"},
};
const ad_op ad__op_scan = {
    AD_OP_HEAD(scan), .params = "operands", .doc = "A region repeated over slices.", .inputs = AD_INPUTS_ANY, .outputs = 1,
    .flags = AD_OP_HIDDEN, AD_FIELDS(scan_fields), .result = scan_result,
};
