/* Looking inside a compiled function: statistics, graphs after passes, plans, why fusion or a trace happened or not, times. */
#include <adamant/compile.h>

#include <string.h>
#include "compile/registers.h"
#include "compile/pass.h"
#include "compile/variant.h"
#include "compile/work.h"

/* ---- Statistics ---- */

ad_compile_stats ad_compiled_stats(const ad_fn *f) {
  const ad_compiled_data *d = ad__compiled_data(f);
  ad_compile_stats s = {0};
  if (!d) return s;
  s.calls = d->calls;
  s.traces = d->traces;
  s.plans = d->plans;
  s.trace_seconds = d->trace_seconds;
  s.plan_seconds = d->plan_seconds;
  if (!d->variants) return s;
  const ad_plan *p = d->variants->unit->plan;
  s.traced_nodes = (uint64_t)d->variants->unit->traced->nodes.count;
  s.nodes = (uint64_t)p->graph->nodes.count;
  s.steps = (uint64_t)p->n_steps;
  for (int g = 0; g < p->grouping.count; g++) s.groups += p->grouping.groups[g].members.n > 1 || p->grouping.groups[g].product >= 0;
  s.arena_bytes = p->arena_bytes;
  s.least_bytes = p->least_bytes;
  return s;
}

uint64_t ad_compiled_trace(const ad_fn *f) {
  const ad_compiled_data *d = ad__compiled_data(f);
  return d ? d->trace : 0;
}

/* ---- Recompiles ---- */

/* A function that is traced at every call keeps no more to say of it. */
enum { MOST_TEXT = 1 << 16 };

void ad__variant_note(ad_ctx *c, ad_compiled_data *d, const char *text) {
  ad_text *all = &d->recompiles;
  if (all->length > MOST_TEXT) {
    ad__text_cut(all, 0);
    ad__text_add(all, "earlier traces are left out\n");
  }
  ad__text_add(all, text);
  if (c->debug & AD_DEBUG_RECOMPILE) ad__log_lines(c, AD_LOG_DEBUG, "recompile", text);
}

static void print_type(ad_ctx *c, const ad_type *t, ad_text *out) {
  if (t) ad__type_print(c, t, out);
  else ad__text_add(out, "none");
}

static const ad_type *type_of(const ad_array *a) { return a ? a->type : NULL; }

static int parts_that_differ(const ad_variant *v, ad_array *const *in, int n, const ad_array *state, uint64_t weak) {
  int count = (v->weak != weak) + (v->state != type_of(state));
  for (int i = 0; i < n; i++) count += v->args[i] != in[i]->type;
  return count;
}

static void explain(const ad_fn *f, ad_place where, const ad_compiled_data *d, ad_array *const *in, const ad_array *state, uint64_t weak,
                    ad_text *out) {
  const ad_variant *nearest = d->variants;
  int least = nearest ? parts_that_differ(nearest, in, f->inputs, state, weak) : 0;
  for (const ad_variant *v = nearest; v; v = v->next) {
    int n = parts_that_differ(v, in, f->inputs, state, weak);
    if (n < least) nearest = v, least = n;
  }
  ad__text_fmt(out, "trace %llu at %s: ", (unsigned long long)d->traces, where ? where : "?");
  if (!nearest) {
    ad__text_add(out, "the first call\n");
    return;
  }
  const char *between = "";
  for (int i = 0; i < f->inputs; i++) {
    if (nearest->args[i] == in[i]->type) continue;
    ad__text_fmt(out, "%sargument %d is ", between, i);
    print_type(f->ctx, in[i]->type, out);
    ad__text_add(out, " and was ");
    print_type(f->ctx, nearest->args[i], out);
    between = "; ";
  }
  if (nearest->state != type_of(state)) {
    ad__text_fmt(out, "%sthe captured inputs are ", between);
    print_type(f->ctx, type_of(state), out);
    ad__text_add(out, " and were ");
    print_type(f->ctx, nearest->state, out);
    between = "; ";
  }
  if (nearest->weak != weak) ad__text_fmt(out, "%sother arguments are weak scalars", between);
  ad__text_add(out, "\n");
}

void ad__variant_explain(const ad_fn *f, ad_place where, ad_compiled_data *d, ad_array *const *in, const ad_array *state, uint64_t weak) {
  ad_text text;
  ad__text_init(&text, &f->ctx->mem);
  explain(f, where, d, in, state, weak, &text);
  if (!text.failed) ad__variant_note(f->ctx, d, ad__text_str(&text));
  ad__text_free(&text);
}

/* ---- Plans ---- */

static const char *name_of(const ad_plan *p, int node, char *room, size_t size) {
  const char *given = p->graph->names[node];
  if (given) return given;
  ad__format(room, size, "%%%d", node);
  return room;
}

static void print_node(const ad_plan *p, int node, ad_text *out) {
  const ad_array *a = p->graph->nodes.at[node];
  char room[32];
  ad__text_fmt(out, "%s = %s(", name_of(p, node, room, sizeof room), a->op->name);
  for (int k = 0; k < a->n; k++) ad__text_fmt(out, "%s%s", k ? ", " : "", a->in[k] ? name_of(p, (int)a->in[k]->serial, room, sizeof room) : "none");
  ad__text_add(out, "): ");
  ad__type_print(p->ctx, a->type, out);
}

static void print_place(const ad_plan *p, int node, ad_text *out) {
  const ad_lodging *l = &p->lodging[node];
  if (l->lies == AD_LIES_ARENA) ad__text_fmt(out, "   at %zu, until step %d", l->offset, l->dies);
  if (l->lies == AD_LIES_OWN) ad__text_add(out, "   in memory of its own");
  if (l->lies == AD_LIES_SHARED) ad__text_add(out, "   a view");
}

/* What held the peak. */
static void print_peak(const ad_plan *p, ad_text *out) {
  ad__text_fmt(out, "live at step %d:\n", p->peak_step);
  for (int i = 0; i < p->graph->nodes.count; i++) {
    const ad_lodging *l = &p->lodging[i];
    if (l->lies != AD_LIES_ARENA || l->born > p->peak_step || l->dies < p->peak_step) continue;
    ad__text_fmt(out, "    %zu bytes: ", p->graph->nodes.at[i]->type->bytes);
    print_node(p, i, out);
    ad__text_add(out, "\n");
  }
}

static void print_sizes(const ad_plan *p, ad_text *out) {
  ad__text_fmt(out, "%d steps; intermediates need %zu bytes, no less than %zu (at step %d)\n", p->n_steps, p->arena_bytes,
               p->least_bytes, p->peak_step);
}

static void print_plan(const ad_plan *p, ad_text *out) {
  print_sizes(p, out);
  for (int s = 0; s < p->n_steps; s++) {
    const ad_plan_step *step = &p->steps[s];
    if (step->group < 0) {
      ad__text_fmt(out, "step %d: ", s);
      print_node(p, step->node, out);
      print_place(p, step->node, out);
      ad__text_add(out, "\n");
      continue;
    }
    const ad_group *g = &p->grouping.groups[step->group];
    ad__text_fmt(out, "step %d: %d op%s in blocks of %zu%s%s\n", s, g->members.n, g->members.n == 1 ? "" : "s",
                 g->registers ? g->registers->set->elements : g->program->block, g->registers ? ", in vector registers" : "",
                 g->product >= 0 ? ", on pieces of" : g->folded ? ", the last one on pieces of the others" : "");
    if (g->product >= 0) {
      ad__text_add(out, "    ");
      print_node(p, g->product, out);
      ad__text_add(out, "\n");
    }
    for (int m = 0; m < g->members.n; m++) {
      ad__text_add(out, "    ");
      print_node(p, g->members.at[m], out);
      print_place(p, g->members.at[m], out);
      ad__text_add(out, "\n");
    }
  }
  print_peak(p, out);
}

static void print_fusion(const ad_plan *p, ad_text *out) {
  static const char *const why[] = {
      [AD_FUSED] = "fused", [AD_UNFUSED_GIVEN] = "given",
      [AD_UNFUSED_PRODUCER] = "what makes it is no elementwise op", [AD_UNFUSED_CONSUMER] = "what takes it is no elementwise op",
      [AD_UNFUSED_SPACE] = "they are over different shapes", [AD_UNFUSED_ORDER] = "something else has to be done between the two",
      [AD_UNFUSED_ROOM] = "together they have too many ops or operands for one group", [AD_UNFUSED_ASKED] = "compiled unfused"};
  char from[32], to[32];
  for (int i = 0; i < p->graph->nodes.count; i++) {
    const ad_array *a = p->graph->nodes.at[i];
    for (int k = 0; k < a->n && !ad__plan_is_given(a); k++) {
      ad_unfused w = a->in[k] ? ad__plan_why(p, a, k) : AD_FUSED;
      if (w <= AD_UNFUSED_GIVEN) continue;
      int j = (int)a->in[k]->serial;
      ad__text_fmt(out, "%s (%s) -> %s (%s): %s\n", name_of(p, j, from, sizeof from), a->in[k]->op->name, name_of(p, i, to, sizeof to),
                   a->op->name, why[w]);
    }
  }
}

/* ---- Times ---- */

static const ad_list *members_of(const ad_plan *p, const ad_plan_step *s, ad_list *alone, int *node) {
  if (s->group >= 0) return &p->grouping.groups[s->group].members;
  *node = s->node;
  *alone = (ad_list){node, 1};
  return alone;
}

static int product_of(const ad_plan *p, const ad_plan_step *s) { return s->group >= 0 ? p->grouping.groups[s->group].product : -1; }

double ad__plan_step_bytes(const ad_plan *p, const ad_plan_step *s) {
  double sum = 0;
  const ad_group *g = s->group >= 0 ? &p->grouping.groups[s->group] : NULL;
  const ad_array *a = p->graph->nodes.at[s->node];
  for (int k = 0; g && k < g->in.n; k++) sum += g->in.at[k] == g->product ? 0 : (double)p->graph->nodes.at[g->in.at[k]]->type->bytes;
  for (int k = 0; g && k < g->out.n; k++) sum += (double)p->graph->nodes.at[g->out.at[k]]->type->bytes;
  if (g && g->product < 0) return sum;
  if (g) a = p->graph->nodes.at[g->product];
  for (int k = 0; k < a->n; k++) sum += a->in[k] ? (double)a->in[k]->type->bytes : 0;
  return g ? sum : sum + (double)a->type->bytes;
}

static double work_of(const ad_plan *p, const ad_plan_step *s) {
  int node = 0;
  ad_list alone;
  const ad_list *m = members_of(p, s, &alone, &node);
  int product = product_of(p, s);
  double sum = product >= 0 ? ad__work_of(p->graph->nodes.at[product]) : 0;
  for (int k = 0; k < m->n; k++) sum += ad__work_of(p->graph->nodes.at[m->at[k]]);
  return sum;
}

static void print_names(const ad_plan *p, const ad_plan_step *s, ad_text *out) {
  int node = 0;
  ad_list alone;
  const ad_list *m = members_of(p, s, &alone, &node);
  if (product_of(p, s) >= 0) ad__text_fmt(out, "%s ", p->graph->nodes.at[product_of(p, s)]->op->name);
  for (int k = 0; k < m->n; k++) ad__text_fmt(out, "%s%s", k ? " " : "", p->graph->nodes.at[m->at[k]]->op->name);
}

static void print_profile(ad_plan_unit *u, ad_text *out) {
  const ad_plan *p = u->plan;
  double total = 0;
  pthread_mutex_lock(&u->watch.lock);
  for (int s = 0; u->watch.step && s < p->n_steps; s++) total += u->watch.step[s].seconds;
  if (!u->watch.step) ad__text_add(out, "no times; ad_compiled_profile begins to take them\n");
  for (int s = 0; u->watch.step && s < p->n_steps; s++) {
    const ad_step_time *t = &u->watch.step[s];
    const ad_plan_step *step = &p->steps[s];
    double each = t->runs ? t->seconds / (double)t->runs : 0, bytes = ad__plan_step_bytes(p, step);
    double work = work_of(p, step);
    const ad_array *a = p->graph->nodes.at[step->node];
    ad__text_fmt(out, "step %d: %.2f us, %.1f %% of the time, %.0f flops, %.0f bytes, %.2f GFLOP/s, %.2f GB/s: ", s, each * 1e6,
                 total > 0 ? 100 * t->seconds / total : 0, work, bytes, each > 0 ? work / each * 1e-9 : 0, each > 0 ? bytes / each * 1e-9 : 0);
    print_names(p, step, out);
    ad__text_fmt(out, "%s%s\n", a->where ? " at " : "", a->where ? a->where : "");
  }
  pthread_mutex_unlock(&u->watch.lock);
}

/* The complete events of the trace event format: one per step, microseconds. */
static void print_chrome(ad_plan_unit *u, ad_text *out) {
  const ad_plan *p = u->plan;
  ad_text name;
  ad__text_add(out, "{\"traceEvents\": [");
  pthread_mutex_lock(&u->watch.lock);
  for (int s = 0, n = 0; u->watch.step && s < p->n_steps; s++) {
    const ad_step_time *t = &u->watch.step[s];
    const ad_array *a = p->graph->nodes.at[p->steps[s].node];
    if (!t->runs) continue;
    ad__text_init(&name, &u->ctx->mem);
    print_names(p, &p->steps[s], &name);
    ad__text_add(out, n++ ? ",\n" : "\n");
    ad__text_add(out, "{\"name\": ");
    ad__text_quoted(out, ad__text_str(&name), name.length);
    ad__text_fmt(out, ", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": %.3f, \"dur\": %.3f, \"args\": {\"step\": %d, \"place\": ", t->begin * 1e6,
                 (t->end - t->begin) * 1e6, s);
    ad__text_quoted(out, a->where ? a->where : "", a->where ? strlen(a->where) : 0);
    ad__text_add(out, "}}");
    ad__text_free(&name);
  }
  pthread_mutex_unlock(&u->watch.lock);
  ad__text_add(out, "\n]}\n");
}

static ad_plan_unit *unit_of(const ad_fn *f) {
  ad_compiled_data *d = ad__compiled_data(f);
  return d && d->variants ? d->variants->unit : NULL;
}

ad_status ad_compiled_profile(ad_fn *f, bool on) {
  ad_plan_unit *u = unit_of(f);
  if (!u) return AD_E_VALUE;
  size_t bytes = ((size_t)u->plan->n_steps + 1) * sizeof *u->watch.step;
  ad_step_time *fresh = on ? ad__mem_zeroed(&u->ctx->mem, bytes) : NULL, *old = NULL;
  if (on && !fresh) return AD_E_MEMORY;
  pthread_mutex_lock(&u->watch.lock);
  if (on) old = u->watch.step, u->watch.step = fresh;
  pthread_mutex_unlock(&u->watch.lock);
  ad__mem_give(&u->ctx->mem, old, old ? bytes : 0);
  atomic_store(&u->watch.times, on);
  return AD_OK;
}

ad_status ad_compiled_find_nan(ad_fn *f, bool on) {
  ad_plan_unit *u = unit_of(f);
  if (!u) return AD_E_VALUE;
  atomic_store(&u->watch.nans, on);
  return AD_OK;
}

/* ---- Reports ---- */

static void print_graph(const ad_plan_unit *u, const char *pass, ad_text *out) {
  ad_graph *g = ad__unit_graph(u, pass);
  ad__text_add(out, ad_graph_text(g));
  ad_graph_free(g);
}

static bool is_pass(const char *word) {
  if (strcmp(word, "trace") == 0) return true;
  for (const ad_pass *p = ad__passes; p->name; p++)
    if (strcmp(p->name, word) == 0) return true;
  return false;
}

static void tell(ad_plan_unit *u, const char *head, void (*const *print)(const ad_plan *p, ad_text *out), int n) {
  ad_text text;
  ad__text_init(&text, &u->ctx->mem);
  for (int i = 0; i < n; i++) print[i](u->plan, &text);
  if (!text.failed) ad__log_lines(u->ctx, AD_LOG_DEBUG, head, ad__text_str(&text));
  ad__text_free(&text);
}

void ad__unit_tell(ad_plan_unit *u) {
  void (*const fusion[])(const ad_plan *, ad_text *) = {print_plan, print_fusion}, (*const memory[])(const ad_plan *, ad_text *) = {print_sizes, print_peak};
  if (u->ctx->debug & AD_DEBUG_FUSION) tell(u, "fusion", fusion, 2);
  if (u->ctx->debug & AD_DEBUG_MEMORY) tell(u, "memory", memory, 2);
}

const char *ad_compiled_report(ad_fn *f, const char *what) {
  ad_compiled_data *d = ad__compiled_data(f);
  if (!d) return "not a compiled function";
  ad_text *out = &d->report;
  ad_plan_unit *u = unit_of(f);
  ad__text_free(out);
  ad__text_init(out, &f->ctx->mem);
  if (!what) ad__text_add(out, "no word; \"plan\" is one");
  else if (strcmp(what, "recompiles") == 0) ad__text_add(out, ad__text_str(&d->recompiles));
  else if (!u) ad__text_add(out, "not called yet");
  else if (is_pass(what)) print_graph(u, what, out);
  else if (strcmp(what, "plan") == 0) print_plan(u->plan, out);
  else if (strcmp(what, "fusion") == 0) print_fusion(u->plan, out);
  else if (strcmp(what, "profile") == 0) print_profile(u, out);
  else if (strcmp(what, "chrome") == 0) print_chrome(u, out);
  else if (strcmp(what, "native") == 0) ad__plan_native_describe(u->plan, &u->native, out);
  else ad__text_fmt(out, "\"%.40s\"; a pass, plan, fusion, native, recompiles, profile or chrome is right", what);
  return out->failed ? "out of memory" : ad__text_str(out);
}
