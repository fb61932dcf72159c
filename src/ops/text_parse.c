/* Reading graphs from the text form.
 *
 *   module    = [union ...] graph graph ...
 *   union     = "union" name "{" [name ":" type ,...] "}"
 *   graph     = "graph" name "(" [name ":" type ,...] ")" ["->" type ,...] "{" [statement ...] "return" [operand ,...] "}"
 *   statement = name "=" expression ["at" text]
 *   expression = op "(" [operand ,...] [field "=" value ,...] ")" | number | "constant" "(" type elements ")"
 *             | "(" [operand ,...] ")" | "{" [name ":" operand ,...] "}"
 *   operand   = name | expression | "none"
 *
 * A name is known from its statement on, so text cannot make a cycle; a region knows only its own names. Nodes are made by the
 * ordinary way of applying ops, hence with every check; declared result types are compared with what was inferred.
 * Reading recurses with the nesting of the text, which is limited; nothing else does. The first error ends the reading. */
#include "ops/text.h"

#include <string.h>
#include "ir/ctx.h"
#include "ops/graph_build.h"

enum { MOST_FIELDS = 24, MOST_NESTED = 200 };

typedef struct graph_reader {
  ad_lexer lex;
  ad_graph *g;  /* being read */
  int nested;   /* expressions inside each other */
  int regions;
} graph_reader;

static ad_graph *read_graph(graph_reader *r);
static ad_array *read_expression(graph_reader *r);

static int shown(size_t n) { return (int)(n < 60 ? n : 60); }

/* ---- Attributes ---- */

static bool read_ints(ad_lexer *l, ad_attr *a) {
  int64_t *list = NULL;
  int room = 0;
  if (!ad__lex_expect(l, '[')) return false;
  while (!ad__lex_is(l, ']')) {
    if (a->count && !ad__lex_expect(l, ',')) return false;
    if (!(list = ad__lex_room(l, list, a->count, &room)) || !ad__text_int(l, &list[a->count])) return false;
    a->count++;
  }
  ad__lex_next(l);
  a->as.ints = list;
  return true;
}

static bool read_nums(ad_lexer *l, ad_attr *a) {
  double *list = NULL;
  int room = 0;
  if (!ad__lex_expect(l, '[')) return false;
  while (!ad__lex_is(l, ']')) {
    if (a->count && !ad__lex_expect(l, ',')) return false;
    if (!(list = ad__lex_room(l, list, a->count, &room)) || !ad__text_number(l, &list[a->count], NULL)) return false;
    a->count++;
  }
  ad__lex_next(l);
  a->as.nums = list;
  return true;
}

static bool read_shape(ad_lexer *l, ad_attr *a) {
  ad_dim dims[AD_MAX_RANK];
  int n = ad__lex_dims(l, true, dims);
  if (n < 0) return false;
  int64_t *own = ad__arena_array(l->scratch, (size_t)n, sizeof *own, 8);
  if (!own) return ad__lex_fail_memory(l);
  if (n) memcpy(own, dims, (size_t)n * sizeof *own);
  a->count = n;
  a->as.ints = own;
  return true;
}

static bool read_dtype(ad_lexer *l, ad_attr *a) {
  const char *at = l->token.s, *word = ad__lex_name(l, "a dtype");
  if (!word) return false;
  a->as.i = ad_dtype_parse(word);
  return a->as.i != AD_DTYPE_NONE || ad__lex_fail(l, at, "\"%.60s\" is no dtype", word);
}

static bool read_flag(ad_lexer *l, ad_attr *a) {
  a->as.i = ad__lex_is_word(l, "true");
  if (!a->as.i && !ad__lex_is_word(l, "false"))
    return ad__lex_fail(l, l->token.s, "\"%.*s\"; true or false is right", shown(l->token.n), l->token.s);
  ad__lex_next(l);
  return true;
}

/* A value of the field's kind. A region is handed over held; r is NULL where there can be none. */
static bool read_value(ad_lexer *l, graph_reader *r, const ad_field *f, ad_attr *a) {
  switch (f->kind) {
  case AD_FIELD_FLAG: return read_flag(l, a);
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: return ad__text_int(l, &a->as.i);
  case AD_FIELD_NUM: return ad__text_number(l, &a->as.f[0], NULL);
  case AD_FIELD_SCALAR: return ad__text_number(l, &a->as.f[0], &a->as.f[1]);
  case AD_FIELD_DTYPE: return read_dtype(l, a);
  case AD_FIELD_TEXT: return (a->as.text = ad__lex_string(l)) != NULL;
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_INTS: return read_ints(l, a);
  case AD_FIELD_SHAPE: return read_shape(l, a);
  case AD_FIELD_NUMS: return read_nums(l, a);
  case AD_FIELD_GRAPH: break;
  }
  if (!r) return ad__lex_fail(l, l->token.s, "a region cannot stand here");
  return (a->as.graph = read_graph(r)) != NULL;
}

static const char *fields_of(const ad_op *op, ad_text *out) {
  for (int i = 0; i < op->field_count; i++) ad__text_fmt(out, "%s%s", i ? ", " : "", op->fields[i].name);
  return op->field_count ? ad__text_str(out) : "no attributes";
}

/* One "field=value". */
static bool read_attr(ad_lexer *l, graph_reader *r, const ad_op *op, ad_attr *at) {
  const char *start = l->token.s, *field = ad__lex_name(l, "an attribute's name");
  if (!field) return false;
  int i = 0;
  while (i < op->field_count && strcmp(op->fields[i].name, field) != 0) i++;
  if (i == op->field_count) {
    ad_text list;
    ad__text_init(&list, &l->c->mem);
    ad__lex_fail(l, start, "%s has no attribute %.60s; it has %s", op->name, field, fields_of(op, &list));
    ad__text_free(&list);
    return false;
  }
  if (at[i].given) return ad__lex_fail(l, start, "%s twice", field);
  if (!ad__lex_expect(l, '=')) return false;
  if (!read_value(l, r, &op->fields[i], &at[i])) return false;
  at[i].given = true;
  return true;
}

static bool is_attr(const ad_lexer *l) {
  ad_lexer look = *l;
  if (look.token.kind != LEX_NAME) return false;
  ad__lex_next(&look);
  return ad__lex_is(&look, '=');
}

/* ---- Expressions ---- */

typedef struct operand_list {
  ad_array **at;
  int n, room;
} operand_list;

static ad_array *read_operand(graph_reader *r) {
  ad_lexer *l = &r->lex;
  ad_lexer look = *l;
  if (l->token.kind == LEX_NAME && !ad__text_is_number(l) && !ad__lex_is_word(l, "constant")) {
    ad__lex_next(&look);
    if (!ad__lex_is(&look, '(')) {
      ad_array *a = ad__graph_find(r->g, l->token.s, l->token.n);
      if (!a)
        ad__lex_fail(l, l->token.s, "%.*s is not defined%s", shown(l->token.n), l->token.s,
                     r->regions ? "; a region knows its own parameters and nodes only" : "");
      else ad__lex_next(l);
      return a;
    }
  }
  return read_expression(r);
}

/* Adds an operand, or a missing one where `none` is allowed. */
static bool add_operand(graph_reader *r, bool optional, operand_list *list) {
  if (!(list->at = ad__lex_room(&r->lex, list->at, list->n, &list->room))) return false;
  bool missing = optional && ad__lex_is_word(&r->lex, "none");
  if (missing) ad__lex_next(&r->lex);
  ad_array *a = missing ? NULL : read_operand(r);
  list->at[list->n++] = a;
  return missing || a;
}

/* A node that was made; what failed is reported at its place in the text. */
static ad_array *made(graph_reader *r, const char *at, ad_array *a) {
  if (!ad__is_error(a)) return a;
  ad__lex_fail_as(&r->lex, at, ad_error_code(a), ad_error_text(a));
  ad__node_discard(a);
  return NULL;
}

/* item is the one op over a tuple. */
static ad_array *apply_item(graph_reader *r, const char *at, operand_list *in, const ad_attr *attr) {
  const ad_type *t = in->n == 1 ? in->at[0]->type : NULL;
  if (!t || (t->kind != AD_KIND_TUPLE && t->kind != AD_KIND_RECORD))
    return ad__lex_fail(&r->lex, at, "item: one tuple or record is right"), NULL;
  if (!attr->given || attr->as.i < 0 || attr->as.i >= t->rank)
    return ad__lex_fail(&r->lex, at, "item: index from 0 to %d is right", t->rank - 1), NULL;
  return made(r, at, ad__node_in_place(r->lex.c, NULL, &ad__op_item, t->members[attr->as.i], in->at, 1, attr));
}

static ad_array *apply_op(graph_reader *r, const char *at, const ad_op *op, operand_list *in, const ad_attr *attrs) {
  if (op == &ad__op_item) return apply_item(r, at, in, attrs);
  while (op->inputs != AD_INPUTS_ANY && in->n < op->inputs && in->n >= op->inputs - op->optional) {
    if (!(in->at = ad__lex_room(&r->lex, in->at, in->n, &in->room))) return NULL;
    in->at[in->n++] = NULL;
  }
  return made(r, at, ad__graph_apply(r->g, NULL, op, in->at, in->n, attrs));
}

static void drop_regions(const ad_op *op, const ad_attr *attrs) {
  for (int i = 0; i < op->field_count; i++)
    if (op->fields[i].kind == AD_FIELD_GRAPH && attrs[i].given) ad_graph_free(attrs[i].as.graph);
}

static bool read_arguments(graph_reader *r, const ad_op *op, operand_list *in, ad_attr *attrs) {
  ad_lexer *l = &r->lex;
  bool named = false, first = true;
  for (; !ad__lex_is(l, ')'); first = false) {
    if (!first && !ad__lex_expect(l, ',')) return false;
    if (is_attr(l)) {
      named = true;
      if (!read_attr(l, r, op, attrs)) return false;
    } else if (named) {
      return ad__lex_fail(l, l->token.s, "an operand behind attributes; operands first is right");
    } else if (!add_operand(r, op->optional > 0, in)) {
      return false;
    }
  }
  ad__lex_next(l);
  return true;
}

static ad_array *read_call(graph_reader *r) {
  ad_lexer *l = &r->lex;
  const char *at = l->token.s, *word = ad__lex_name(l, "an op");
  if (!word) return NULL;
  if (!ad__lex_is(l, '(')) return ad__lex_fail(l, at, "%.60s is a name; an operation, %.60s(...), is right", word, word), NULL;
  const ad_op *op = ad_op_find(l->c, word);
  bool region = op && op->field_count && op->fields[0].kind == AD_FIELD_GRAPH;
  bool structural = op && (op->flags & AD_OP_HIDDEN) && op != &ad__op_item && !(op->flags & AD_OP_WHOLE) && !region;
  if (!op || structural || op->field_count > MOST_FIELDS) return ad__lex_fail(l, at, "there is no op %.60s", word), NULL;
  ad__lex_next(l);
  ad_attr attrs[MOST_FIELDS] = {{0}};
  operand_list in = {NULL, 0, 0};
  bool ok = read_arguments(r, op, &in, attrs);
  ad_array *a = ok ? apply_op(r, at, op, &in, attrs) : NULL;
  drop_regions(op, attrs);
  return a;
}

static bool read_member_name(ad_lexer *l, ad_map *seen, const char **out) {
  const char *at = l->token.s;
  bool fresh;
  *out = l->token.kind == LEX_STRING ? ad__lex_string(l) : ad__lex_name(l, "a member's name");
  if (!*out) return false;
  if (!**out) return ad__lex_fail(l, at, "a member without a name");
  if (!ad__map_put(seen, ad__map_text(*out, strlen(*out)), &fresh)) return ad__lex_fail_memory(l);
  return fresh ? ad__lex_expect(l, ':') : ad__lex_fail(l, at, "the name %.60s twice", *out);
}

static bool read_members(graph_reader *r, bool record, ad_map *seen, operand_list *in, const char ***names) {
  ad_lexer *l = &r->lex;
  char close = record ? '}' : ')';
  int room = 0;
  while (!ad__lex_is(l, close)) {
    if (in->n && !ad__lex_expect(l, ',')) return false;
    if (!(*names = ad__lex_room(l, *names, in->n, &room))) return false;
    if (record && !read_member_name(l, seen, &(*names)[in->n])) return false;
    if (!add_operand(r, false, in)) return false;
  }
  ad__lex_next(l);
  return true;
}

static ad_array *read_tuple(graph_reader *r) {
  ad_lexer *l = &r->lex;
  const char *at = l->token.s, **names = NULL;
  bool record = ad__lex_is(l, '{');
  ad__lex_next(l);
  operand_list in = {NULL, 0, 0};
  ad_map seen;
  ad__map_init(&seen, &l->c->mem);
  bool ok = read_members(r, record, &seen, &in, &names);
  ad__map_free(&seen);
  if (!ok) return NULL;
  return made(r, at, record ? ad_record_at(NULL, l->c, names, in.at, in.n) : ad_tuple_at(NULL, l->c, in.at, in.n));
}

static ad_array *read_expression(graph_reader *r) {
  ad_lexer *l = &r->lex;
  if (r->nested == MOST_NESTED)
    return ad__lex_fail(l, l->token.s, "expressions inside each other; at most %d levels are right", MOST_NESTED), NULL;
  r->nested++;
  ad_array *a = NULL;
  ad_graph *outer = l->c->building;
  l->c->building = r->g;
  if (ad__text_is_number(l)) a = ad__text_literal(l);
  else if (ad__lex_is_word(l, "constant")) ad__lex_next(l), a = ad__text_constant(l);
  else if (ad__lex_is(l, '(') || ad__lex_is(l, '{')) a = read_tuple(r);
  else if (l->token.kind == LEX_NAME) a = read_call(r);
  else ad__lex_fail(l, l->token.s, "\"%.*s\"; an expression is right", shown(l->token.n), l->token.s);
  l->c->building = outer;
  r->nested--;
  return a;
}

/* ---- Statements ---- */

/* Everything made by the statement has the place it names. */
static bool read_place(graph_reader *r, int first) {
  ad_lexer *l = &r->lex;
  if (!ad__lex_is_word(l, "at")) return true;
  ad__lex_next(l);
  const char *s = ad__lex_string(l);
  if (!s) return false;
  ad_place place = ad__ctx_place(l->c, s, strlen(s));
  if (!place) return ad__lex_fail_memory(l);
  for (int i = first; i < r->g->nodes.count; i++) r->g->nodes.at[i]->where = place;
  return true;
}

static bool set_name(graph_reader *r, const ad_token *name, ad_array *node) {
  ad_status s = ad__graph_set_name(r->g, node, name->s, name->n);
  if (!s) return true;
  if (s == AD_E_MEMORY) return ad__lex_fail_memory(&r->lex);
  return ad__lex_fail(&r->lex, name->s, "%.*s cannot be a name here: it is taken, reserved or too long", shown(name->n), name->s);
}

static bool read_statement(graph_reader *r) {
  ad_lexer *l = &r->lex;
  ad_token name = l->token;
  if (name.kind != LEX_NAME)
    return ad__lex_fail(l, name.s, "\"%.*s\"; a statement or return is right", shown(name.n), name.s);
  if (ad__graph_find(r->g, name.s, name.n))
    return ad__lex_fail(l, name.s, "%.*s is defined already; a new name is right", shown(name.n), name.s);
  int first = r->g->nodes.count;
  ad__lex_next(l);
  if (!ad__lex_expect(l, '=')) return false;
  ad_array *a = read_expression(r);
  if (a) a = made(r, name.s, ad__graph_adopt(r->g, a));
  return a && set_name(r, &name, a) && read_place(r, first);
}

static bool fail_result(graph_reader *r, const char *at, const ad_type *declared, const ad_type *have) {
  ad_text t;
  ad__text_init(&t, &r->lex.c->mem);
  ad__type_print(r->lex.c, declared, &t);
  ad__text_add(&t, " is declared, the result is ");
  ad__type_print(r->lex.c, have, &t);
  ad__lex_fail(&r->lex, at, "%s", ad__text_str(&t));
  ad__text_free(&t);
  return false;
}

static bool read_return(graph_reader *r, const ad_type *const *declared, int n) {
  ad_lexer *l = &r->lex;
  ad__lex_next(l);
  int i = 0;
  for (; !ad__lex_is(l, '}'); i++) {
    if (i && !ad__lex_expect(l, ',')) return false;
    const char *at = l->token.s;
    ad_array *a = read_operand(r);
    if (a) a = made(r, at, ad__graph_adopt(r->g, a));
    if (!a) return false;
    if (i == n) return ad__lex_fail(l, at, "more results than are declared; %d are right", n);
    if (a->type != declared[i]) return fail_result(r, at, declared[i], a->type);
    if (ad_graph_result(r->g, a)) return ad__lex_fail_as(l, at, r->g->error, r->g->error_text);
  }
  if (i < n) return ad__lex_fail(l, l->token.s, "%d results; %d are declared", i, n);
  ad__lex_next(l);
  return true;
}

/* ---- Graphs ---- */

static bool read_params(graph_reader *r) {
  ad_lexer *l = &r->lex;
  if (!ad__lex_expect(l, '(')) return false;
  for (int i = 0; !ad__lex_is(l, ')'); i++) {
    if (i && !ad__lex_expect(l, ',')) return false;
    ad_token name = l->token;
    if (!ad__lex_name(l, "a parameter's name") || !ad__lex_expect(l, ':')) return false;
    const ad_type *t = ad__lex_type(l);
    if (!t) return false;
    ad_array *p = ad__graph_param(r->g, name.s, name.n, t);
    if (!made(r, name.s, p)) return false;
  }
  ad__lex_next(l);
  return true;
}

static bool read_result_types(ad_lexer *l, const ad_type ***out, int *n) {
  int room = 0;
  if (l->token.kind != LEX_ARROW) return true;
  do {
    ad__lex_next(l);
    if (!(*out = ad__lex_room(l, *out, *n, &room)) || !((*out)[*n] = ad__lex_type(l))) return false;
    ++*n;
  } while (ad__lex_is(l, ','));
  return true;
}

static bool read_body(graph_reader *r) {
  ad_lexer *l = &r->lex;
  const ad_type **declared = NULL;
  int n = 0;
  if (!read_params(r) || !read_result_types(l, &declared, &n) || !ad__lex_expect(l, '{')) return false;
  bool ok = true, last = false;
  while (ok && !last) {
    if (l->token.kind == LEX_END) return ad__lex_fail(l, l->token.s, "the text ends; return and } are right");
    last = ad__lex_is_word(l, "return");
    ad_scope *s = ad_scope_begin(l->c); /* of weak numbers */
    ok = last ? read_return(r, declared, n) : read_statement(r);
    ad_scope_end(s, NULL);
  }
  return ok;
}

/* A held graph, or NULL when it failed. */
static ad_graph *read_graph(graph_reader *r) {
  ad_lexer *l = &r->lex;
  if (!ad__lex_is_word(l, "graph"))
    return ad__lex_fail(l, l->token.s, "\"%.*s\"; graph is right", shown(l->token.n), l->token.s), NULL;
  if (r->regions > AD_MAX_REGION_DEPTH)
    return ad__lex_fail(l, l->token.s, "regions inside regions; at most %d levels are right", AD_MAX_REGION_DEPTH), NULL;
  ad__lex_next(l);
  const char *at = l->token.s, *name = ad__lex_name(l, "a graph's name");
  if (!name) return NULL;
  ad_graph *outer = r->g, *g = ad_graph_new(l->c, name);
  ad_graph *building = l->c->building;
  bool ok = !g->error || ad__lex_fail_as(l, at, g->error, g->error_text);
  r->g = g;
  r->regions += outer != NULL;
  l->c->building = NULL;
  ok = ok && read_body(r);
  l->c->building = building;
  r->regions -= outer != NULL;
  r->g = outer;
  if (ok) return g;
  ad_graph_free(g);
  return NULL;
}

/* ---- The public calls ---- */

/* The unions in front of a graph. */
static bool read_unions(ad_lexer *l) {
  while (!l->err->code && ad__lex_is_word(l, "union")) ad__lex_union(l);
  return !l->err->code;
}

static void reader_begin(graph_reader *r, ad_ctx *c, const char *text, size_t n, ad_arena *scratch, ad_err *e) {
  memset(r, 0, sizeof *r);
  ad__arena_init(scratch, &c->mem);
  ad__lex_begin(&r->lex, c, text ? text : "", text ? n : 0, scratch, e);
}

ad_graph *ad_graph_parse(ad_ctx *c, const char *text, size_t n) {
  if (!c) return ad__graph_none();
  graph_reader r;
  ad_arena scratch;
  ad_err e;
  reader_begin(&r, c, text, n, &scratch, &e);
  ad_graph *g = read_unions(&r.lex) ? read_graph(&r) : NULL;
  if (g && r.lex.token.kind != LEX_END) ad__lex_fail(&r.lex, r.lex.token.s, "text behind the graph; one graph is right");
  ad__arena_free(&scratch);
  if (!g) g = ad_graph_new(c, "unread");
  if (e.code) ad__graph_fail(g, e.code, "%s", e.text);
  return g;
}

ad_module *ad_module_parse(ad_ctx *c, const char *text, size_t n) {
  ad_module *m = ad_module_new(c);
  if (!m) return NULL;
  graph_reader r;
  ad_arena scratch;
  ad_err e;
  reader_begin(&r, c, text, n, &scratch, &e);
  while (read_unions(&r.lex) && r.lex.token.kind != LEX_END) {
    const char *at = r.lex.token.s;
    ad_graph *g = read_graph(&r);
    if (g && ad_module_add(m, g)) ad__lex_fail_as(&r.lex, at, m->error.code, m->error.text);
    ad_graph_free(g);
    ad__arena_reset(&scratch);
  }
  ad__arena_free(&scratch);
  if (e.code) m->error = e;
  return m;
}

int ad__text_read_types(ad_ctx *c, const char *s, size_t n, const ad_type **out, int max, ad_err *e) {
  ad_lexer l;
  ad_arena scratch;
  ad__arena_init(&scratch, &c->mem);
  ad__lex_begin(&l, c, s, n, &scratch, e);
  int count = 0;
  while (!e->code && l.token.kind != LEX_END) {
    if (count && !ad__lex_expect(&l, ',')) break;
    if (count == max) ad__lex_fail(&l, l.token.s, "more types than %d", max);
    else if ((out[count] = ad__lex_type(&l)) != NULL) count++;
  }
  ad__arena_free(&scratch);
  return e->code ? 0 : count;
}

ad_status ad__text_read_attrs(ad_ctx *c, const ad_op *op, const char *s, size_t n, ad_attr *at, ad_arena *storage, ad_err *e) {
  ad_lexer l;
  for (int i = 0; i < op->field_count; i++) at[i] = (ad_attr){0};
  ad__lex_begin(&l, c, s, n, storage, e);
  for (bool first = true; !e->code && l.token.kind != LEX_END; first = false) {
    if (!first && !ad__lex_expect(&l, ',')) break;
    read_attr(&l, NULL, op, at);
  }
  return e->code;
}
