/* Prints what follows from the descriptors: the public header of the ops, the C functions behind it, the reference page.
 *
 *   gen-tool header     include/adamant/ops.h
 *   gen-tool functions  src/ops/printed.c
 *   gen-tool reference  docs/ops.md
 *
 * An op's C function is ad_<name>: first the context when no input names it, then the inputs, then required
 * attributes, then a pointer to its options, which is there exactly when it has any. The function proper is
 * ad_<name>_at with the place of the call in front; a macro of the short name supplies it. */
#include <stdio.h>
#include <string.h>
#include <adamant/op.h>

static bool required(const ad_field *f) { return f->flags & AD_FIELD_REQUIRED; }

static bool has_options(const ad_op *op) {
  for (int i = 0; i < op->field_count; i++)
    if (!required(&op->fields[i])) return true;
  return false;
}

static bool takes_context(const ad_op *op) {
  return op->inputs == 0 || op->inputs == AD_INPUTS_ANY || op->inputs == op->optional;
}

static const char *c_type(const ad_field *f) {
  switch (f->kind) {
  case AD_FIELD_FLAG: return "bool ";
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: return required(f) ? "int64_t " : "ad_int ";
  case AD_FIELD_NUM:
  case AD_FIELD_SCALAR: return required(f) ? "double " : "ad_num ";
  case AD_FIELD_DTYPE: return "ad_dtype ";
  case AD_FIELD_TEXT: return "const char *";
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_INTS: return "ad_ints ";
  case AD_FIELD_SHAPE: return required(f) ? "ad_shape " : "ad_ints ";
  case AD_FIELD_NUMS: return "ad_nums ";
  case AD_FIELD_GRAPH: return "ad_graph *";
  }
  return "?";
}

/* The call that makes an attribute of the argument or member `name`. */
static void print_attr(const ad_field *f, const char *from) {
  const char *make = "", *open = "", *close = "";
  bool r = required(f);
  switch (f->kind) {
  case AD_FIELD_FLAG: make = "ad_attr_flag"; break;
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: make = "ad_attr_int", open = r ? "AD_INT(" : "", close = r ? ")" : ""; break;
  case AD_FIELD_NUM:
  case AD_FIELD_SCALAR: make = "ad_attr_num", open = r ? "AD_NUM(" : "", close = r ? ")" : ""; break;
  case AD_FIELD_DTYPE: make = "ad_attr_dtype"; break;
  case AD_FIELD_TEXT: make = "ad_attr_text"; break;
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_INTS: make = "ad_attr_ints"; break;
  case AD_FIELD_SHAPE: make = r ? "ad_attr_shape" : "ad_attr_ints"; break;
  case AD_FIELD_NUMS: make = "ad_attr_nums"; break;
  case AD_FIELD_GRAPH: make = "ad_attr_graph"; break;
  }
  printf("%s(%s%s%s%s)", make, open, from, f->name, close);
}

/* The k-th name of "a, b, c". */
static void param_name(const ad_op *op, int k, char *out, size_t size) {
  const char *p = op->params;
  for (; k > 0 && p; k--) {
    p = strchr(p, ',');
    if (p) p += strspn(p, ", ");
  }
  size_t n = p ? strcspn(p, ", ") : 0;
  if (n >= size) n = size - 1;
  memcpy(out, p, n);
  out[n] = 0;
}

static void print_parameters(const ad_op *op) {
  char name[64];
  if (takes_context(op)) printf(", ad_ctx *ctx");
  if (op->inputs == AD_INPUTS_ANY) printf(", ad_array *const *%s, int n", op->params);
  else
    for (int i = 0; i < op->inputs; i++) {
      param_name(op, i, name, sizeof name);
      printf(", ad_array *%s", name);
    }
  for (int i = 0; i < op->field_count; i++)
    if (required(&op->fields[i])) printf(", %s%s", c_type(&op->fields[i]), op->fields[i].name);
  if (has_options(op)) printf(", const ad_%s_opts *opts", op->name);
}

/* Text as lines of a comment, folded at spaces. */
static void print_folded(const char *text, const char *lead, size_t width) {
  while (*text) {
    size_t n = strlen(text);
    if (n > width) {
      n = width;
      while (n > 0 && text[n] != ' ') n--;
      if (!n) n = strcspn(text, " ");
    }
    printf("%s%.*s\n", lead, (int)n, text);
    text += n;
    while (*text == ' ') text++;
  }
}

static void print_default(const ad_field *f) {
  if (f->kind == AD_FIELD_TEXT && f->text) printf("; one of %s, the first is the default", f->text);
  else if (f->has_default && f->kind == AD_FIELD_FLAG) printf("; default true");
  else if (f->has_default && f->kind == AD_FIELD_DTYPE) printf("; default %s", ad_dtype_name((ad_dtype)f->default_num));
  else if (f->has_default) printf("; default %g", f->default_num);
}

static void print_options(const ad_op *op) {
  printf("typedef struct ad_%s_opts {\n", op->name);
  for (int i = 0; i < op->field_count; i++) {
    const ad_field *f = &op->fields[i];
    if (required(f)) continue;
    printf("  %s%s; /* %s", c_type(f), f->name, f->doc);
    print_default(f);
    printf(" */\n");
  }
  printf("} ad_%s_opts;\n", op->name);
}

/* The op on connections of models: its inputs, then the attributes as text where it has any. */
static void print_connection_form(const ad_op *op) {
  const char *attrs = op->field_count ? "attrs" : "";
  char name[64];
  if (op->result) return;
  if (op->inputs == AD_INPUTS_ANY) {
    printf("#define ad_conn_%s(conns%s%s) ad_conn_apply(NULL, \"%s\", conns, %s)\n", op->name, *attrs ? ", " : "", attrs, op->name, *attrs ? attrs : "NULL");
    return;
  }
  printf("#define ad_conn_%s(%s", op->name, takes_context(op) ? "ctx" : "");
  for (int i = 0; i < op->inputs; i++) {
    param_name(op, i, name, sizeof name);
    printf("%s%s", i || takes_context(op) ? ", " : "", name);
  }
  printf("%s%s) ad_conn_apply(%s, \"%s\", ", *attrs && (op->inputs || takes_context(op)) ? ", " : "", attrs, takes_context(op) ? "ctx" : "NULL", op->name);
  printf(op->inputs ? "AD_CONNS(" : "NULL, 0");
  for (int i = 0; i < op->inputs; i++) {
    param_name(op, i, name, sizeof name);
    printf("%s%s", i ? ", " : "", name);
  }
  printf("%s, %s)\n", op->inputs ? ")" : "", *attrs ? attrs : "NULL");
}

static void print_header(void) {
  printf("/* The ops. Generated: `make gen` prints it from the descriptors in src/ops; do not edit.\n *\n"
         " * Every function is a macro over ad_<name>_at, which takes the place of the call first, so that errors name it.\n"
         " * opts may be NULL: every option then has its default.\n"
         " * ad_conn_<name> is the op on connections of models (adamant/model.h), attributes as text: \"axes=[0]\", or NULL. */\n"
         "#ifndef ADAMANT_OPS_H\n#define ADAMANT_OPS_H\n\n#include <adamant/op.h>\n\n"
         "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
  for (int i = 0; i < ad_op_count(); i++) {
    const ad_op *op = ad_op_at(i);
    if (op->flags & AD_OP_HIDDEN) continue;
    printf("\n");
    if (has_options(op)) print_options(op);
    printf("/* ");
    printf("%s:\n", op->name);
    print_folded(op->doc, " * ", 114);
    for (int k = 0; k < op->field_count; k++)
      if (required(&op->fields[k])) printf(" *   %s: %s\n", op->fields[k].name, op->fields[k].doc);
    if (op->example) printf(" *   %s\n", op->example);
    printf(" */\nAD_API ad_array *ad_%s_at(ad_place where", op->name);
    print_parameters(op);
    printf(");\n#define ad_%s(...) ad_%s_at(AD_HERE, __VA_ARGS__)\n", op->name, op->name);
    print_connection_form(op);
  }
  printf("\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
}

static void print_function(const ad_op *op) {
  char name[64];
  printf("\nad_array *ad_%s_at(ad_place where", op->name);
  print_parameters(op);
  printf(") {\n");
  if (has_options(op)) printf("  static const ad_%s_opts none = {0};\n  if (!opts) opts = &none;\n", op->name);
  if (op->field_count) {
    printf("  const ad_attr at[] = {");
    for (int i = 0; i < op->field_count; i++) {
      if (i) printf(", ");
      print_attr(&op->fields[i], required(&op->fields[i]) ? "" : "opts->");
    }
    printf("};\n");
  }
  const char *in = "NULL";
  if (op->inputs == AD_INPUTS_ANY) in = op->params;
  else if (op->inputs) {
    in = "in";
    printf("  ad_array *const in[] = {");
    for (int i = 0; i < op->inputs; i++) {
      param_name(op, i, name, sizeof name);
      printf("%s%s", i ? ", " : "", name);
    }
    printf("};\n");
  }
  bool one = op->extras && op->outputs - op->extras == 1;
  printf("  return %sad_apply(%s, where, &ad__op_%s, %s, ", one ? "ad_item_at(where, " : "", takes_context(op) ? "ctx" : "NULL",
         op->name, in);
  if (op->inputs == AD_INPUTS_ANY) printf("n");
  else printf("%d", op->inputs);
  printf(", %s)%s;\n}\n", op->field_count ? "at" : "NULL", one ? ", 0)" : "");
}

static void print_functions(void) {
  printf("/* The C functions of the ops. Generated: `make gen` prints it from the descriptors; do not edit. */\n"
         "#include <adamant/ops.h>\n#include \"ops/registry.h\"\n");
  for (int i = 0; i < ad_op_count(); i++)
    if (!(ad_op_at(i)->flags & AD_OP_HIDDEN)) print_function(ad_op_at(i));
}

static void print_derivatives(const ad_op *op) {
  static const char *const words[] = {"through its composition", "linear", "smooth", "none"};
  if (!op->deriv_count) {
    printf("Derivative: %s.\n", op->compose ? words[0] : "not stated");
    return;
  }
  char name[64];
  printf("Derivative: ");
  for (int i = 0; i < op->deriv_count; i++) {
    const ad_deriv *d = &op->derivs[i];
    if (i) printf("; ");
    if (op->inputs != AD_INPUTS_ANY) {
      param_name(op, i, name, sizeof name);
      printf("%s ", name);
    }
    printf("%s%s%s", words[d->kind], d->reason ? ": " : "", d->reason ? d->reason : "");
  }
  printf(".\n");
}

static void print_op_page(const ad_op *op) {
  printf("\n### %s\n\n```c\nad_%s(", op->name, op->name);
  char name[64];
  const char *comma = "";
  if (takes_context(op)) printf("ctx"), comma = ", ";
  if (op->inputs == AD_INPUTS_ANY) printf("%s%s, n", comma, op->params), comma = ", ";
  else
    for (int i = 0; i < op->inputs; i++, comma = ", ") {
      param_name(op, i, name, sizeof name);
      printf("%s%s", comma, name);
    }
  for (int i = 0; i < op->field_count; i++)
    if (required(&op->fields[i])) printf("%s%s", comma, op->fields[i].name), comma = ", ";
  if (has_options(op)) printf("%sopts", comma);
  printf(")\n");
  if (op->example) printf("%s\n", op->example);
  printf("```\n\n");
  print_folded(op->doc, "", 118);
  if (op->field_count) printf("\n");
  for (int i = 0; i < op->field_count; i++) {
    const ad_field *f = &op->fields[i];
    printf("- `%s%s` %s", required(f) ? "" : ".", f->name, f->doc);
    print_default(f);
    printf("\n");
  }
  printf("\n");
  print_derivatives(op);
}

static void print_reference(void) {
  printf("# The ops\n\nPrinted by `make gen` from the descriptors in `src/ops`: do not edit.\n");
  const char *group = "";
  for (int i = 0; i < ad_op_count(); i++) {
    const ad_op *op = ad_op_at(i);
    if (op->flags & AD_OP_HIDDEN) continue;
    if (op->group && strcmp(op->group, group) != 0) printf("\n## %s\n", group = op->group);
    print_op_page(op);
  }
  printf("\n## No derivative\n\nInputs that have none, and why:\n\n");
  for (int i = 0; i < ad_op_count(); i++)
    for (int k = 0; k < ad_op_at(i)->deriv_count; k++)
      if (ad_op_at(i)->derivs[k].kind == AD_DERIV_NONE)
        printf("- `%s`, input %d: %s\n", ad_op_at(i)->name, k, ad_op_at(i)->derivs[k].reason);
}

int main(int argc, char **argv) {
  const char *what = argc == 2 ? argv[1] : "";
  if (strcmp(what, "header") == 0) print_header();
  else if (strcmp(what, "functions") == 0) print_functions();
  else if (strcmp(what, "reference") == 0) print_reference();
  else {
    fprintf(stderr, "usage: gen-tool header|functions|reference\n");
    return 2;
  }
  return 0;
}
