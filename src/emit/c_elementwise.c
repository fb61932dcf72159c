/* Elementwise ops as C: the expressions of ops/elementwise.def with operands in the place of a, b, c, and loops around them.
 *
 * A group of nodes of one shape is one loop; a value that only the loop needs is a scalar in it. Loops over neighbouring axes
 * become one where every array allows it. Half types are loaded as float and rounded after every op, as the kernels do, so
 * the bits are the library's. */
#include <math.h>
#include <string.h>
#include "emit/emit_c.h"
#include "base/scalar_half.h"
#include "emit/spelling.h"
#include "ops/lane_sets.h"

typedef struct elt_row {
  int op;
  const char *operands, *lanes, *result, *text; /* lanes: letters of lane groups, B U I R C H, K for float16 */
} elt_row;

#define LANES(set)                                                                                         \
  AD_IN_##set##_B("B") AD_IN_##set##_U("U") AD_IN_##set##_I("I") AD_IN_##set##_R("R") AD_IN_##set##_C("C") \
      AD_IN_##set##_H("H") AD_IN_##set##_K("K")
#define AD_ELT(op, operands, lanes, result, ...) {AD_OP_##op, #operands, "" LANES(lanes), #result, #__VA_ARGS__},
#define AD_ELT_GUARDED(op, operands, lanes, result, guard, quick, full) AD_ELT(op, operands, lanes, result, full)
static const elt_row rows[] = {
#include "ops/elementwise.def"
};

static char lane_group(ad_dtype t) {
  switch (ad_dtype_category(t)) {
  case AD_CATEGORY_BOOL: return 'B';
  case AD_CATEGORY_UINT: return 'U';
  case AD_CATEGORY_INT: return 'I';
  case AD_CATEGORY_COMPLEX: return 'C';
  case AD_CATEGORY_FLOAT: break;
  }
  return t == ad__c_computed(t) ? 'R' : 'H';
}

static const elt_row *row_of(int op, char group) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == op && strchr(rows[i].lanes, group)) return &rows[i];
  return NULL;
}

/* The row for an op on elements of dtype t, and the dtype that it computes in. */
static const elt_row *find_row(int op, ad_dtype t, ad_dtype *lane) {
  const elt_row *r = row_of(op, lane_group(t));
  *lane = t;
  if (r || t == ad__c_computed(t)) return r;
  *lane = ad__c_computed(t);
  if (t == AD_FLOAT16 && (r = row_of(op, 'K'))) return r;
  return row_of(op, 'R');
}

/* The middle of the row's scalar functions' names. */
static const char *functions_of(const elt_row *r, ad_dtype lane) { return strchr(r->lanes, 'K') ? "h32" : ad__c_lane(lane); }

/* Does the first operand choose between the others? Then it is a bool whatever they are. */
static bool selects(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id) return strcmp(rows[i].operands, "SELECT") == 0;
  return false;
}

static ad_dtype operand_dtype(const ad_array *a) { return a->in[selects(a)]->type->dtype; }

static bool has_c_text(const ad_array *a) {
  for (const ad_spelling *s = a->op->spellings; s && s->target; s++)
    if (strcmp(s->target, "c") == 0) return a->op->id == AD_OP_USER && ad__c_computed(a->type->dtype) == a->type->dtype;
  return false;
}

bool ad__c_is_elementwise(const ad_array *a) {
  ad_dtype lane;
  if (a->op->id == AD_OP_cast) return true;
  if (!(a->op->flags & AD_OP_ELEMENTWISE) || !a->n || a->n > 3 || a->type->kind != AD_KIND_TENSOR) return false;
  for (int i = 0; i < a->n; i++)
    if (!a->in[i]) return false;
  return find_row(a->op->id, operand_dtype(a), &lane) || has_c_text(a);
}

/* ---- Expressions ---- */

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static ad_dtype complex_of(ad_dtype t) { return t == AD_FLOAT64 || t == AD_COMPLEX128 ? AD_COMPLEX128 : AD_COMPLEX64; }
static ad_dtype real_of(ad_dtype t) { return t == AD_COMPLEX64 ? AD_FLOAT32 : t == AD_COMPLEX128 ? AD_FLOAT64 : t; }

/* The row's text with a, b, c, F(name), T, RT and CX replaced. */
static const char *substitute(c_printer *p, const elt_row *r, ad_dtype lane, const char *const *operands) {
  ad_text out;
  ad__text_init(&out, p->body.mem);
  for (const char *s = r->text; *s;) {
    size_t n = 0;
    while (is_word(s[n])) n++;
    bool member = s > r->text && s[-1] == '.';
    if (!n) ad__text_char(&out, *s++);
    else if (n == 1 && *s >= 'a' && *s <= 'c' && !member) ad__text_add(&out, operands[*s - 'a']);
    else if (n == 1 && *s == 'F') {
      size_t name = strcspn(s, ")") - 2;
      ad__text_fmt(&out, "ad_%s_%.*s", functions_of(r, lane), (int)name, s + 2);
      n = name + 3;
    } else if (n == 1 && *s == 'T') ad__text_add(&out, ad__c_type(lane));
    else if (n == 2 && memcmp(s, "RT", 2) == 0) ad__text_add(&out, ad__c_type(real_of(lane)));
    else if (n == 2 && memcmp(s, "CX", 2) == 0) ad__text_add(&out, ad__c_type(complex_of(lane)));
    else ad__text_add_n(&out, s, n);
    s += n;
  }
  return ad__c_keep(p, &out);
}

const char *ad__c_apply(c_printer *p, int op, ad_dtype t, const char *a, const char *b) {
  ad_dtype lane;
  const elt_row *r = find_row(op, t, &lane);
  return substitute(p, r, lane, (const char *const[]){a, b, "0"});
}

const char *ad__c_cast(c_printer *p, const char *x, ad_dtype from, ad_dtype to) {
  if (from == to) return x;
  ad_dtype source = ad__c_computed(from), target = ad__c_computed(to);
  if (from != source) x = ad__c_format(p, "ad_f32_from_%s(%s)", ad__c_lane(from), x);
  if (to != target && source != AD_FLOAT32) {
    if (source != AD_FLOAT64) x = ad__c_format(p, "ad_cast_%s_f64(%s)", ad__c_lane(source), x);
    return ad__c_format(p, "ad_f64_to_%s(%s)", ad__c_lane(to), x);
  }
  bool floats = ad_dtype_category(source) == AD_CATEGORY_FLOAT && ad_dtype_category(target) == AD_CATEGORY_FLOAT;
  if (source != target && floats) x = ad__c_format(p, "(%s)%s", ad__c_type(target), x);
  else if (source != target) x = ad__c_format(p, "ad_cast_%s_%s(%s)", ad__c_lane(source), ad__c_lane(target), x);
  return to != target ? ad__c_format(p, "ad_f32_to_%s(%s)", ad__c_lane(to), x) : x;
}

/* A number met where the compiler would know the answer of a comparison, and say so: it gets a name. */
static const char *named(c_printer *p, const char *x, ad_dtype t) {
  const char *name = ad__c_name(p, "c");
  ad__text_fmt(&p->data, "  const %s %s = %s;\n", ad__c_type(t), name, x);
  return name;
}

/* Input i of a in dtype `lane`, a number where it is one. */
static const char *operand_text(c_printer *p, const ad_array *a, int i, ad_dtype lane, bool compares, const char *const *index) {
  const ad_array *x = ad__c_input(a, i);
  ad_dtype t = x->type->dtype;
  const c_place *place = &p->places[x->serial];
  if (p->locals[x->serial]) return ad__c_cast(p, p->locals[x->serial], t, lane);
  if (!place->base && t != lane && ad__c_computed(t) == lane) { /* half: the number itself */
    float f;
    uint16_t bits;
    memcpy(&bits, place->number, sizeof bits);
    f = t == AD_FLOAT16 ? ad_f32_from_f16(bits) : ad_f32_from_bf16(bits);
    return ad__c_number(p, AD_FLOAT32, (const char *)&f);
  }
  int skip = a->type->rank - x->type->rank;
  const char *own[AD_MAX_RANK];
  for (int k = 0; k < x->type->rank; k++) own[k] = x->type->dims[k] == 1 ? "0" : index[k + skip];
  const char *text = ad__c_element(p, x, own);
  if (!place->base && compares && ad_dtype_category(t) < AD_CATEGORY_FLOAT) text = named(p, text, t);
  return ad__c_cast(p, text, t, lane);
}

static const char *user_expression(c_printer *p, const ad_array *a, const char *const *operands) {
  ad_operand in[3];
  ad_text out;
  int binds;
  for (int i = 0; i < a->n; i++) in[i] = (ad_operand){operands[i], AD_BINDS_ALL};
  ad_rule r = {.ctx = a->ctx, .op = a->op, .n = a->n, .in = (ad_array *const *)a->in, .out = (ad_array *)(uintptr_t)a,
               .attrs = a->attrs ? a->attrs->at : NULL};
  ad__text_init(&out, p->body.mem);
  if (ad__spell("c", &r, in, &out, &binds, p->e)) p->body.failed = true;
  return ad__c_keep(p, &out);
}

/* Two equal operands would be compared with themselves: the second becomes a scalar of its own. */
static void part_twins(c_printer *p, const ad_array *a, ad_dtype lane, const char **operands) {
  if (a->n != 2 || strcmp(operands[0], operands[1]) != 0) return;
  const char *name = ad__c_name(p, "same");
  ad__c_line(p, "const %s %s = %s;", ad__c_type(lane), name, operands[1]);
  operands[1] = name;
}

static const char *expression(c_printer *p, const ad_array *a, const char *const *index) {
  const char *operands[3] = {"0", "0", "0"};
  ad_dtype lane, t = a->type->dtype;
  if (a->op->id == AD_OP_cast) {
    const ad_array *x = ad__c_input(a, 0);
    return ad__c_cast(p, operand_text(p, a, 0, x->type->dtype, false, index), x->type->dtype, t);
  }
  const elt_row *r = find_row(a->op->id, operand_dtype(a), &lane);
  bool compares = r && strcmp(r->result, "BOOL") == 0;
  for (int i = 0; i < a->n; i++)
    operands[i] = operand_text(p, a, i, r && (i || !selects(a)) ? lane : a->in[i]->type->dtype, compares, index);
  if (!r) return user_expression(p, a, operands);
  if (compares) part_twins(p, a, lane, operands);
  const char *x = substitute(p, r, lane, operands);
  return t != ad__c_computed(t) && lane != t ? ad__c_format(p, "ad_f32_to_%s(%s)", ad__c_lane(t), x) : x;
}

/* ---- Loops ---- */

/* A place seen with the axes of another shape. */
static int64_t stride_in(const c_printer *p, const ad_array *x, int rank, int axis) {
  int own = axis - (rank - x->type->rank);
  return own < 0 || x->type->dims[own] == 1 ? 0 : p->places[x->serial].strides[own];
}

static bool joins(const c_printer *p, const ad_array *x, int rank, int outer, int inner, int64_t length) {
  return !p->places[x->serial].base || stride_in(p, x, rank, outer) == ad__c_times(p, stride_in(p, x, rank, inner), length);
}

/* May axis `outer` run on as part of `inner`, which is then `length` long, in all that is read and written? */
static bool all_join(const c_printer *p, const c_group *g, int outer, int inner, int64_t length) {
  for (int m = 0; m < g->count; m++) {
    const ad_array *a = p->g->nodes.at[g->members[m]];
    if (!joins(p, a, g->shape->rank, outer, inner, length)) return false;
    for (int i = 0; i < a->n; i++)
      if (!joins(p, ad__c_input(a, i), g->shape->rank, outer, inner, length)) return false;
  }
  return true;
}

/* Loops over the shape; index[k] is what stands for axis k: "0" for axes of length 1 and those that run on in an inner one. */
static int open_loops(c_printer *p, const c_group *g, const char **index) {
  const ad_type *t = g->shape;
  int inner = -1;
  int64_t lengths[AD_MAX_RANK];
  for (int k = t->rank - 1; k >= 0; k--) {
    lengths[k] = 1;
    if (t->dims[k] == 1) continue;
    if (inner >= 0 && all_join(p, g, k, inner, lengths[inner])) lengths[inner] = ad__c_times(p, lengths[inner], t->dims[k]);
    else lengths[inner = k] = t->dims[k];
  }
  return ad__c_open(p, t->rank, lengths, index);
}

void ad__c_print_member(c_printer *p, const ad_array *a, const char *const *index) {
  const char *x = expression(p, a, index);
  if (p->places[a->serial].base) {
    ad__c_line(p, "%s = %s;", ad__c_element(p, a, index), x);
    return;
  }
  const char *name = p->g->names[a->serial], *local = ad__c_name(p, name ? name : "t");
  p->locals[a->serial] = local;
  ad__c_line(p, "const %s %s = %s;", ad__c_type(a->type->dtype), local, x);
}

/* What others than this loop need is written to an array. */
static void choose_targets(c_printer *p, const c_group *g) {
  for (int m = 0; m < g->count; m++) {
    const ad_array *a = p->g->nodes.at[g->members[m]];
    int inside = 0;
    for (int k = m + 1; k < g->count; k++)
      for (int i = 0; i < p->g->nodes.at[g->members[k]]->n; i++) inside += ad__c_input(p->g->nodes.at[g->members[k]], i) == a;
    if (inside < p->uses[a->serial]) ad__c_target(p, a);
  }
}

void ad__c_print_group(c_printer *p, c_group *g) {
  const char *index[AD_MAX_RANK];
  g->open = false;
  choose_targets(p, g);
  if (!g->shape->size) return;
  int opened = open_loops(p, g, index);
  for (int m = 0; m < g->count; m++) ad__c_print_member(p, p->g->nodes.at[g->members[m]], index);
  ad__c_close(p, opened);
}
