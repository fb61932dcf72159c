/* What a physical model says of itself: how it was compiled, and its program in a target's language. */
#include <string.h>
#include "model/physical.h"
#include "ops/apply.h"

/* ---- Report ---- */

static void list_keys(const ad_physical *p, const char *title, ad_flat_role role, ad_text *t) {
  if (!p->counts[role]) return;
  ad__text_fmt(t, "%s (%d)\n", title, p->counts[role]);
  for (int i = 0; i < p->flat.input_count; i++)
    if (p->flat.inputs[i].role == role) ad__text_fmt(t, "  %s %s\n", p->flat.inputs[i].name, p->flat.inputs[i].shape);
}

static void plan_line(const ad_fn *f, const char *what, ad_text *t) {
  ad_compile_stats s = ad_compiled_stats(f);
  if (!s.traces) {
    ad__text_fmt(t, "%s: planned when it is first called, since a key leaves something open\n", what);
    return;
  }
  ad__text_fmt(t, "%s: traced in %.3f ms, planned in %.3f ms%s\n", what, s.trace_seconds * 1e3, s.plan_seconds * 1e3,
               s.plans ? "" : " (the plan of an equal graph was there)");
  ad__text_fmt(t, "  nodes: %llu as traced, %llu after the passes; steps: %llu, of which groups of several ops: %llu\n", (unsigned long long)s.traced_nodes,
               (unsigned long long)s.nodes, (unsigned long long)s.steps, (unsigned long long)s.groups);
  ad__text_fmt(t, "  memory of intermediates: %llu bytes; %llu live at once\n", (unsigned long long)s.arena_bytes, (unsigned long long)s.least_bytes);
}

const char *ad_physical_report(ad_physical *p) {
  if (!p || !p->ctx) return "a NULL handle\n";
  ad_text *t = &p->text;
  ad__text_cut(t, 0);
  ad__text_fmt(t, "model %s: options in %.3f ms, flattened in %.3f ms\n", ad_model_name(p->model), p->fact_seconds * 1e3, p->flat_seconds * 1e3);
  ad__text_fmt(t, "ops: %d in the model, %d needed by its outputs; checkpointed blocks: %d\n", p->flat.units, p->flat.op_count, p->flat.segment_count);
  ad__text_add_n(t, ad__text_str(&p->notes), p->notes.length);
  if (p->error) {
    ad__text_fmt(t, "failed: %s\n", p->error_text);
    return ad__text_str(t);
  }
  list_keys(p, "parameters", AD_FLAT_PARAM, t);
  list_keys(p, "data", AD_FLAT_DATA, t);
  list_keys(p, "states", AD_FLAT_STATE, t);
  ad__text_fmt(t, "outputs (%d)\n", p->flat.output_count);
  for (int i = 0; i < p->flat.output_count; i++) ad__text_fmt(t, "  %s %s\n", p->flat.outputs[i].name, p->flat.outputs[i].shape);
  plan_line(p->forward, "forward", t);
  if (!p->inference && p->counts[AD_FLAT_PARAM]) {
    plan_line(p->backward, "gradients", t);
    ad__text_fmt(t, "what held the peak, and every step, is in the plan:\n%s", ad_compiled_report(p->backward, "plan"));
  }
  return ad__text_str(t);
}

/* ---- Source ---- */

static ad_status no_source(ad_physical *p, const char **text, ad_status code, const char *why) {
  ad__text_cut(&p->text, 0);
  ad__text_fmt(&p->text, "source: %s", why);
  *text = ad__text_str(&p->text);
  return code;
}

ad_status ad_physical_source(ad_physical *p, const char *target, bool gradients, const ad_emit_opts *opts, const char **text) {
  if (!p || !p->ctx) {
    *text = "a NULL handle";
    return AD_E_VALUE;
  }
  if (p->error) return no_source(p, text, p->error, p->error_text);
  if (gradients && p->inference) return no_source(p, text, AD_E_NOT_IMPLEMENTED, "the model was compiled for inference; it has no gradients");
  ad_scope *s = ad_scope_begin(p->ctx);
  ad_array *in[AD_FLAT_ROLES + 1] = {NULL};
  ad_status code = AD_OK;
  int n = ad__physical_records(p);
  ad__physical_stand_ins(p, in);
  if (!in[0] || !in[1] || !in[n - 1]) code = no_source(p, text, AD_E_VALUE, "a key leaves a dim or dtype open; shapes given when compiling that fix every dim are right");
  else if (gradients && !in[n]) code = no_source(p, text, AD_E_VALUE, "an output that is no float has no gradient");
  if (!code) {
    const char *names[] = {"", "", n == 3 ? "" : "d", "d"};
    ad_graph *g = ad_compiled_graph_at(NULL, gradients ? p->backward : p->forward, in, n + gradients,
                                       &(ad_compiled_graph_opts){.name = gradients ? "evaluate_gradients" : "evaluate", .args = names});
    ad_graph_free(p->source);
    p->source = g;
    code = ad_emit(g, target, opts, text);
  }
  ad_scope_end(s, NULL);
  return code;
}
