/* Writes every sample of the shape and creation ops, in every memory layout, for tests/oracle/shape_numpy.py to recompute:
 * the NumPy expression, the inputs' and the result's dtype, shape and bytes. */
#include <adamant/adamant.h>
#include <inttypes.h>
#include <stdlib.h>
#include "check.h"
#include "ir/ctx.h"
#include "support/samples.h"

static void write_ints(FILE *f, const int64_t *v, int n) {
  putc('(', f);
  for (int i = 0; i < n; i++) fprintf(f, "%" PRId64 ", ", v[i]);
  putc(')', f);
}

static void write_attr(FILE *f, const ad_field *field, const ad_attr *a) {
  if (!a->given) {
    fputs("None", f);
    return;
  }
  switch (field->kind) {
  case AD_FIELD_FLAG: fputs(a->as.i ? "True" : "False", f); break;
  case AD_FIELD_NUM:
  case AD_FIELD_SCALAR: fprintf(f, "%.17g", a->as.f[0]); break;
  case AD_FIELD_DTYPE: fprintf(f, "dt.%s", ad_dtype_name((ad_dtype)a->as.i)); break;
  case AD_FIELD_TEXT: fprintf(f, "'%s'", a->as.text); break;
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_SHAPE:
  case AD_FIELD_INTS: write_ints(f, a->as.ints, a->count); break;
  default: fprintf(f, "%" PRId64, a->as.i); break;
  }
}

static int field_named(const ad_op *op, const char *name, size_t n) {
  for (int i = 0; i < op->field_count; i++)
    if (strlen(op->fields[i].name) == n && strncmp(op->fields[i].name, name, n) == 0) return i;
  return -1;
}

/* $0 becomes x[0], $* all of x, @name an attribute's value, @out the result's dtype; ?(...) is left out where its
 * attribute is absent. */
static void write_expression(FILE *f, const char *text, const ad_op *op, const ad_array *y) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
  bool optional = false;
  int depth = 0;
  for (const char *p = text; *p; p++) {
    if (p[0] == '?' && p[1] == '(') {
      const char *at = strchr(p, '@');
      int field = at ? field_named(op, at + 1, strspn(at + 1, letters)) : -1;
      if (field >= 0 && !y->attrs->at[field].given) p = strchr(at, ')');
      else optional = true, depth = 0, p++;
    } else if (*p == '$') {
      fprintf(f, p[1] == '*' ? "x" : "x[%c]", p[1]);
      p++;
    } else if (*p == '@') {
      size_t n = strspn(p + 1, letters);
      int field = field_named(op, p + 1, n);
      if (field >= 0) write_attr(f, &op->fields[field], &y->attrs->at[field]);
      else fprintf(f, "dt.%s", ad_dtype_name(y->type->dtype));
      p += n;
    } else {
      depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
      if (optional && depth < 0) optional = false;
      else putc(*p, f);
    }
  }
  putc('\n', f);
}

static void write_array(FILE *f, ad_array *a) {
  const unsigned char *p = ad_data(a);
  ad_shape s = ad_array_shape(a);
  if (!p) CHECK_FAIL("%s", ad_error_text(a));
  fprintf(f, "%s ", ad_dtype_name(ad_array_dtype(a)));
  write_ints(f, s.dims, s.rank);
  fputs(" :", f);
  for (size_t i = 0; p && i < (size_t)ad_array_size(a) * ad_dtype_size(ad_array_dtype(a)); i++) fprintf(f, "%02x", p[i]);
  putc('\n', f);
}

/* The op's NumPy text: its own function's for this call, or its row. NULL: none. */
static const char *spelling(const ad_op *op, ad_array *const *in, ad_array *y, int n, char *room, size_t size) {
  ad_rule r = {.ctx = y->ctx, .op = op, .n = n, .in = in, .out = y, .attrs = y->attrs ? y->attrs->at : NULL};
  if (op->spell) return op->spell(&r, "numpy", room, size);
  for (const ad_spelling *s = op->spellings; s && s->target; s++)
    if (strcmp(s->target, "numpy") == 0) return s->text;
  return NULL;
}

static void write_sample(FILE *f, const ad_op *op, const ad_sample *from, int layout) {
  static sample s;
  char room[4096];
  ad_array *in[SAMPLE_INPUTS];
  memset(&s, 0, sizeof s);
  CHECK(sample_parse(&s, op, from->inputs, from->attrs, from->domain));
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2, .keep_graphs = true});
  sample_make(&s, c, 11 + (uint64_t)layout, (sample_layout)layout, in);
  ad_array *y = sample_apply(&s, c, in);
  if (ad_eval(y)) CHECK_FAIL("%s: %s", op->name, ad_error_text(y));
  const char *text = spelling(op, in, y, s.n, room, sizeof room);
  if (text) {
    fprintf(f, "op %s %s; %s\n", op->name, from->inputs, from->attrs);
    write_expression(f, text, op, y);
    fprintf(f, "%d\n", s.n);
    for (int i = 0; i < s.n; i++) write_array(f, in[i]);
    write_array(f, y);
  }
  ad_ctx_free(c);
}

TEST(samples_are_written) {
  const char *folder = getenv("AD_TEST_OUT");
  char path[1024];
  snprintf(path, sizeof path, "%s/shape_samples.txt", folder ? folder : "/tmp");
  FILE *f = fopen(path, "w");
  CHECK_STOP(f != NULL);
  for (int i = 0; i < ad_op_count(); i++) {
    const ad_op *op = ad_op_at(i);
    if (!op->group || (strcmp(op->group, "shape") != 0 && strcmp(op->group, "creation") != 0)) continue;
    for (const ad_sample *s = op->samples; s && s->inputs; s++)
      for (int layout = 0; layout < SAMPLE_LAYOUTS; layout++) write_sample(f, op, s, layout);
  }
  fclose(f);
}

CHECK_MAIN(CASE(samples_are_written))
