/* The JSON form of a model, written.
 *
 *   {"adamant_model": 1, "model": {"name": "net", "blocks": [
 *     {"block": "Linear", "params": "dimension=4", "wires": {"input": "x", "weight": "$1", "bias": "$2", "output": "h"}},
 *     {"op": "reshape", "wires": {"a": "h", "shape": {"value": "(2, -1)"}, "output": "y"}}],
 *    "shapes": {"x": "N, 3"}, "exposed": ["h"]}}
 *
 * A model that was wired by hand is its blocks in order, each with what its terminals are wired to: a name, "$k" for a connection
 * without one, counted as they are met, or a value. A block of the table is its name and parameters, and the blocks it was
 * given. What is known of inputs and of connections with names stands behind the blocks. So the form depends on what the model is
 * and not on how it came to be, and what is read from it has the same form. */
#include "model/model_json.h"

#include <string.h>
#include <adamant/ops.h>
#include "ir/dim.h"

enum { MOST_LEVELS = 60 };

typedef struct json_writer {
  ad_ctx *ctx;
  ad_json_writer w;
  ad_err *err;
} json_writer;

/* The connections of one model in the order in which its blocks' terminals are wired to them. */
typedef struct label_list {
  ad_map numbers;
  const ad_conn **at;
  int count, room;
  int unnamed;
} label_list;

static void put(json_writer *j, const char *key, const char *text) {
  ad__json_key(&j->w, key, strlen(key));
  ad__json_put_text(&j->w, text, strlen(text));
}

/* ---- Connections ---- */

static bool meet(json_writer *j, label_list *l, const ad_conn *k) {
  bool fresh = false;
  ad_map_value *v = ad__map_put(&l->numbers, ad__map_pointer(k), &fresh);
  if (!v) return false;
  if (!fresh) return true;
  if (l->count == l->room) {
    int n = l->room ? 2 * l->room : 32;
    void *p = ad__mem_resize(&j->ctx->mem, l->at, (size_t)l->room * sizeof *l->at, (size_t)n * sizeof *l->at);
    if (!p) return false;
    l->at = p;
    l->room = n;
  }
  v->number = k->name ? 0 : (uint64_t)++l->unnamed;
  l->at[l->count++] = k;
  return true;
}

static const char *label(const label_list *l, const ad_conn *k, char *room, size_t size) {
  if (k->name) return k->name;
  ad__format(room, size, "$%llu", (unsigned long long)ad__map_find(&l->numbers, ad__map_pointer(k))->number);
  return room;
}

/* ---- Values ---- */

static void put_elements(json_writer *j, ad_array *a, int64_t n) {
  double few[256];
  for (int64_t at = 0; at < n; at += 256) {
    int64_t count = n - at < 256 ? n - at : 256;
    ad_array *part = ad_strided_slice(a, AD_INTS(at), AD_INTS(at + count), NULL);
    if (ad_read(part, few, (size_t)count * sizeof *few)) {
      ad__fail(j->err, ad_error_code(part), "%s", ad_error_text(part));
      return;
    }
    for (int64_t i = 0; i < count; i++) {
      char word[32];
      if (few[i] - few[i] == 0) ad__json_put_f64(&j->w, few[i]);
      else ad__json_put_text(&j->w, word, ad__format(word, sizeof word, few[i] != few[i] ? "nan" : few[i] < 0 ? "-inf" : "inf"));
    }
  }
}

/* {"dtype": "float32", "shape": [2], "data": [1, 2]}. Doubles hold what these dtypes do; 64-bit integers beyond 2^53 and complex
 * numbers are refused. */
static void put_tensor(json_writer *j, ad_array *a) {
  ad_scope *s = ad_scope_begin(j->ctx);
  ad_dtype t = ad_array_dtype(a);
  ad_category kind = ad_dtype_category(t);
  int64_t n = 1;
  ad__json_begin(&j->w, '{');
  put(j, "dtype", ad_dtype_name(t));
  ad__json_key(&j->w, "shape", 5);
  ad__json_begin(&j->w, '[');
  for (int i = 0; i < ad_array_rank(a); i++) ad__json_put_i64(&j->w, ad_array_dim(a, i)), n *= ad_array_dim(a, i);
  ad__json_end(&j->w, ']');
  ad__json_key(&j->w, "data", 4);
  ad__json_begin(&j->w, '[');
  if (kind == AD_CATEGORY_COMPLEX || (kind != AD_CATEGORY_FLOAT && ad_dtype_size(t) == 8))
    ad__fail(j->err, AD_E_TYPE, "a constant of dtype %s; integers of up to 32 bits and floats can be written", ad_dtype_name(t));
  else put_elements(j, ad_reshape(ad_cast(a, AD_FLOAT64), AD_SHAPE(n)), n);
  ad__json_end(&j->w, ']');
  ad__json_end(&j->w, '}');
  ad_scope_end(s, NULL);
}

static void put_value(json_writer *j, const ad_literal *v) {
  ad_text t;
  ad__json_begin(&j->w, '{');
  if (v->kind == AD_LITERAL_ARRAY) {
    ad__json_key(&j->w, "tensor", 6);
    put_tensor(j, v->as.array);
  } else {
    ad__text_init(&t, &j->ctx->mem);
    ad__literal_print(v, &t);
    put(j, "value", ad__text_str(&t));
    ad__text_free(&t);
  }
  ad__json_end(&j->w, '}');
}

/* ---- Blocks ---- */

static bool put_model(json_writer *j, const ad_model *m, int level);

/* Was its value said with the block's parameters? */
static bool is_param(const ad_model *block, const ad_conn *t) {
  for (const ad_preset *p = block->presets; p; p = p->next)
    if (t->name && !strcmp(p->name, t->name)) return true;
  return false;
}

/* A terminal's name, or its number among those of the block. */
static void put_key(json_writer *j, const ad_conn *t) {
  ad_text name;
  ad__text_init(&name, &j->ctx->mem);
  ad__conn_name_print(t, &name);
  ad__json_key(&j->w, ad__text_str(&name), name.length);
  ad__text_free(&name);
}

static bool put_wires(json_writer *j, const ad_model *block, label_list *l) {
  char room[24];
  ad__json_key(&j->w, "wires", 5);
  ad__json_begin(&j->w, '{');
  for (int i = 0; i < block->conn_count; i++) {
    const ad_conn *t = block->conns[i], *up = t->up ? ad__conn_real(t->up) : NULL;
    const ad_literal *v = ad__edge_root(t->edge)->value;
    /* A model that was wired by hand says by itself what values its inputs have. */
    bool given = v && !up && (block->block || block->unit) && ad__literal_is_known(v) && !(t->flags & AD_CONN_MADE) && !is_param(block, t);
    if (t->flags & (AD_CONN_STATE | AD_CONN_HIDDEN) || (!up && !given)) continue;
    if (up && !meet(j, l, up)) return false;
    put_key(j, t);
    if (up) ad__json_put_text(&j->w, label(l, up, room, sizeof room), strlen(label(l, up, room, sizeof room)));
    else put_value(j, v);
  }
  ad__json_end(&j->w, '}');
  return true;
}

static bool put_parts(json_writer *j, const ad_model *m, int level) {
  if (!m->part_count) return true;
  ad__json_key(&j->w, "parts", 5);
  ad__json_begin(&j->w, '[');
  for (int i = 0; i < m->part_count; i++) {
    ad__json_begin(&j->w, '{');
    if (!put_model(j, m->parts[i], level + 1)) return false;
    ad__json_end(&j->w, '}');
  }
  ad__json_end(&j->w, ']');
  return true;
}

/* ---- What is known ---- */

/* Symbols that stand for different dims get different names. */
typedef struct symbol_names {
  ad_map names, taken;
  int made;
} symbol_names;

static bool put_dim(json_writer *j, symbol_names *s, ad_dim d, ad_text *t) {
  const ad_dim_variable *v = ad__dim_variable(d);
  if (!v || !v->name) {
    if (v || d == AD_DIM_UNKNOWN) ad__text_add(t, "None");
    else ad__dim_print(j->ctx, d, t);
    return true;
  }
  bool fresh = false, free_name = false;
  ad_map_value *number = ad__map_put(&s->names, ad__map_pointer(v), &fresh);
  if (!number) return false;
  if (fresh) {
    if (!ad__map_put(&s->taken, ad__map_text(v->name, strlen(v->name)), &free_name)) return false;
    number->number = free_name ? 0 : (uint64_t)++s->made;
  }
  ad__text_add(t, v->name);
  if (number->number) ad__text_fmt(t, "_%llu", (unsigned long long)number->number);
  return true;
}

static bool put_shapes(json_writer *j, const label_list *l) {
  symbol_names s = {.made = 0};
  char room[24];
  bool any = false, ok = true;
  ad__map_init(&s.names, &j->ctx->mem);
  ad__map_init(&s.taken, &j->ctx->mem);
  for (int i = 0; ok && i < l->count; i++) {
    const ad_conn *k = l->at[i];
    const ad_edge *e = ad__edge_root(k->edge);
    if (e->rank < 0 || e->value || !(k->name || ad__conn_is_input(k))) continue;
    ad_text t;
    ad__text_init(&t, &j->ctx->mem);
    for (int d = 0; ok && d < e->rank; d++) {
      if (d) ad__text_add(&t, ", ");
      ok = put_dim(j, &s, ad__dim_resolve(e->dims[d]), &t);
    }
    if (!any) ad__json_key(&j->w, "shapes", 6), ad__json_begin(&j->w, '{');
    any = true;
    put(j, label(l, k, room, sizeof room), ad__text_str(&t));
    ad__text_free(&t);
  }
  if (any) ad__json_end(&j->w, '}');
  ad__map_free(&s.names);
  ad__map_free(&s.taken);
  return ok;
}

typedef bool (*conn_test)(const ad_conn *k);

static bool is_typed(const ad_conn *k) { return ad__edge_root(k->edge)->dtype && ad__conn_is_input(k); }
static bool is_exposed(const ad_conn *k) { return k->flags & AD_CONN_EXPOSED; }
static bool is_trained(const ad_conn *k) { return ad__conn_is_input(k) && ad__edge_root(k->edge)->differentiable > 0 && !ad__edge_root(k->edge)->init_of; }
static bool is_fixed(const ad_conn *k) { return ad__conn_is_input(k) && ad__edge_root(k->edge)->differentiable < 0; }
static bool is_standard_input(const ad_conn *k) { return k->flags & AD_CONN_STD_IN && ad__conn_is_input(k); }
static bool is_standard_output(const ad_conn *k) { return k->flags & AD_CONN_STD_OUT; }

static void put_list(json_writer *j, const label_list *l, const char *key, conn_test test, bool always) {
  char room[24];
  bool any = always;
  for (int i = 0; i < l->count; i++) any = any || test(l->at[i]);
  if (!any) return;
  ad__json_key(&j->w, key, strlen(key));
  ad__json_begin(&j->w, '[');
  for (int i = 0; i < l->count; i++)
    if (test(l->at[i])) {
      const char *s = label(l, l->at[i], room, sizeof room);
      ad__json_put_text(&j->w, s, strlen(s));
    }
  ad__json_end(&j->w, ']');
}

static void put_types(json_writer *j, const label_list *l) {
  char room[24], type[40];
  bool any = false;
  for (int i = 0; i < l->count; i++) {
    if (!is_typed(l->at[i])) continue;
    if (!any) ad__json_key(&j->w, "types", 5), ad__json_begin(&j->w, '{');
    any = true;
    ad__format(type, sizeof type, "tensor[%s]", ad_dtype_name(ad__edge_root(l->at[i]->edge)->dtype));
    put(j, label(l, l->at[i], room, sizeof room), type);
  }
  if (any) ad__json_end(&j->w, '}');
}

/* Values that inputs of the model were given, and where others begin. */
static void put_arrays(json_writer *j, const label_list *l) {
  char room[24];
  for (int pass = 0; pass < 2; pass++) {
    bool any = false;
    for (int i = 0; i < l->count; i++) {
      const ad_edge *e = ad__edge_root(l->at[i]->edge);
      bool valued = e->value && ad__literal_is_known(e->value) && !e->maker;
      if (pass ? !e->initial : !valued) continue;
      if (!any) ad__json_key(&j->w, pass ? "initial" : "values", 7 - !pass), ad__json_begin(&j->w, '{');
      any = true;
      const char *s = label(l, l->at[i], room, sizeof room);
      ad__json_key(&j->w, s, strlen(s));
      if (pass) put_tensor(j, e->initial);
      else put_value(j, e->value);
    }
    if (any) ad__json_end(&j->w, '}');
  }
}

static void put_states(json_writer *j, const ad_model *m, const label_list *l) {
  char room[24];
  int n = 0;
  for (const ad_bound_state *s = m->states; s; s = s->next) n++;
  if (!n) return;
  ad__json_key(&j->w, "states", 6);
  ad__json_begin(&j->w, '[');
  for (int i = n - 1; i >= 0; i--) { /* the newest is the first of the list */
    const ad_bound_state *s = m->states;
    for (int k = 0; k < i; k++) s = s->next;
    ad__json_begin(&j->w, '{');
    put(j, "input", label(l, s->in, room, sizeof room));
    put(j, "output", label(l, s->out, room, sizeof room));
    if (s->initial) {
      ad_text t;
      ad__text_init(&t, &j->ctx->mem);
      ad__literal_print(s->initial, &t);
      put(j, "initial", ad__text_str(&t));
      ad__text_free(&t);
    }
    ad__json_end(&j->w, '}');
  }
  ad__json_end(&j->w, ']');
}

/* ---- Models ---- */

static bool put_wired(json_writer *j, const ad_model *m, int level) {
  label_list l = {.count = 0};
  bool ok = true;
  ad__map_init(&l.numbers, &j->ctx->mem);
  ad__json_key(&j->w, "blocks", 6);
  ad__json_begin(&j->w, '[');
  for (int i = 0; ok && i < m->child_count; i++) {
    ad__json_begin(&j->w, '{');
    ok = put_model(j, m->children[i], level + 1) && put_wires(j, m->children[i], &l);
    ad__json_end(&j->w, '}');
  }
  ad__json_end(&j->w, ']');
  ok = ok && put_shapes(j, &l);
  put_types(j, &l);
  put_arrays(j, &l);
  put_list(j, &l, "exposed", is_exposed, false);
  put_list(j, &l, "trained", is_trained, false);
  put_list(j, &l, "fixed", is_fixed, false);
  put_states(j, m, &l);
  put_list(j, &l, "standard_inputs", is_standard_input, true);
  put_list(j, &l, "standard_outputs", is_standard_output, true);
  ad__map_free(&l.numbers);
  ad__mem_give(&j->ctx->mem, l.at, (size_t)l.room * sizeof *l.at);
  return ok;
}

/* The members of a model's object. */
static bool put_model(json_writer *j, const ad_model *m, int level) {
  if (level > MOST_LEVELS) return ad__fail(j->err, AD_E_VALUE, "blocks nested deeper than %d levels", MOST_LEVELS) == AD_OK;
  if (m->constraints) return ad__fail(j->err, AD_E_VALUE, "a constraint of the user's, which is a function and cannot be written") == AD_OK;
  if (m->name) put(j, "name", m->name);
  if (m->block) put(j, "block", m->block->name);
  else if (m->unit) put(j, "op", m->unit->op ? m->unit->op->name : "");
  else {
    ad__json_key(&j->w, "model", 5);
    ad__json_begin(&j->w, '{');
    if (!put_wired(j, m, level)) return false;
    ad__json_end(&j->w, '}');
    return true;
  }
  if (m->params_text && *m->params_text) put(j, "params", m->params_text);
  return put_parts(j, m, level);
}

const char *ad_model_json(ad_model *m) {
  if (!m || !m->ctx) return "";
  ad_err e = {.code = AD_OK};
  json_writer j = {.ctx = m->ctx, .err = &e};
  ad_text *report = ad__model_report(m);
  if (!report) return "";
  ad__json_write_init(&j.w, report, 1);
  ad__json_begin(&j.w, '{');
  ad__json_key(&j.w, "adamant_model", 13);
  ad__json_put_i64(&j.w, AD_MODEL_JSON_VERSION);
  bool ok = put_model(&j, m, 0);
  if (ok && !e.code) {
    ad__json_end(&j.w, '}');
    ad__json_write_done(&j.w, &e);
  }
  if (!ok && !e.code) ad__fail(&e, AD_E_MEMORY, "out of memory");
  if (!e.code) return ad__text_str(report);
  ad_err full;
  ad__fail(&full, e.code, "%s: JSON: %s", ad_model_name(m), e.text);
  ad__action_begin(m);
  ad__action_end(m, full.code, &full);
  return "";
}
