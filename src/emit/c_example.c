/* An example main for printed C: arguments filled with small numbers, one call, results written out.
 *
 * It is part of the file, after the function, so the file runs by itself. Where weights lie outside it reads them from the
 * safetensors file that it is given: eight bytes with the length of the header, the header, the data. Its arrays are named as the
 * function's parameters, its other names are new among these. */
#include "emit/emit_c.h"

enum { SHOWN = 16, EXAMPLE_SIZE = 3 };

static bool is_half(ad_dtype t) { return ad__c_computed(t) != t; }

/* A small number made of the index i, as an expression of dtype t. */
static const char *small_number(c_printer *p, ad_dtype t, const char *i) {
  const char *type = ad__c_type(t), *part = t == AD_COMPLEX64 ? "float" : "double";
  switch (ad_dtype_category(t)) {
  case AD_CATEGORY_BOOL: return ad__c_format(p, "(uint8_t)(%s %% 2)", i);
  case AD_CATEGORY_UINT:
  case AD_CATEGORY_INT: return ad__c_format(p, "(%s)(%s %% 3)", type, i);
  case AD_CATEGORY_COMPLEX: return ad__c_format(p, "(%s){(%s)(%s %% 13 - 6) / 8, (%s)(%s %% 7 - 3) / 8}", type, part, i, part, i);
  case AD_CATEGORY_FLOAT: break;
  }
  if (is_half(t)) return ad__c_format(p, "ad_f32_to_%s((float)(%s %% 13 - 6) / 8)", ad__c_lane(t), i);
  return ad__c_format(p, "(%s)(%s %% 13 - 6) / 8", type, i);
}

/* A call of printf with the element x. */
static const char *printing(c_printer *p, ad_dtype t, const char *x) {
  switch (ad_dtype_category(t)) {
  case AD_CATEGORY_BOOL: return ad__c_format(p, "printf(\" %%d\", %s)", x);
  case AD_CATEGORY_UINT: return ad__c_format(p, "printf(\" %%lu\", (unsigned long)%s)", x);
  case AD_CATEGORY_INT: return ad__c_format(p, "printf(\" %%ld\", (long)%s)", x);
  case AD_CATEGORY_COMPLEX: return ad__c_format(p, "printf(\" %%.9g%%+.9gi\", (double)%s.re, (double)%s.im)", x, x);
  case AD_CATEGORY_FLOAT: break;
  }
  if (is_half(t)) return ad__c_format(p, "printf(\" %%.9g\", (double)ad_f32_from_%s(%s))", ad__c_lane(t), x);
  return ad__c_format(p, t == AD_FLOAT64 ? "printf(\" %%.17g\", %s)" : "printf(\" %%.9g\", (double)%s)", x);
}

static const ad_type *result_type(const ad_graph *g, int i) { return ad__emit_resolve(g->results.at[i])->type; }
static const char *param_name(const c_printer *p, int i) { return p->places[p->g->params.at[i]->serial].base; }

static void declare(c_printer *p, const ad_type *t, const char *name) {
  ad__text_fmt(&p->file->functions, "  static %s %s[%s];\n", ad__c_type(t->dtype), name, t->size ? ad__c_size_at_most(p, ad__c_count(p, t)) : "1");
}

static void print_reading(c_printer *p) {
  ad_text *out = &p->file->functions;
  const char *bytes = p->file->weights_macro, *head = ad__c_name(p, "head"), *skip = ad__c_name(p, "skip"), *file = ad__c_name(p, "file");
  const char *i = p->index_names[0];
  ad__text_fmt(out, "  static double %s[(%s + 7) / 8];\n", p->weights, bytes);
  ad__text_fmt(out, "  unsigned char %s[8];\n  unsigned long %s = 0;\n", head, skip);
  ad__text_fmt(out, "  FILE *%s = argc == 2 ? fopen(argv[1], \"rb\") : NULL;\n", file);
  ad__text_fmt(out, "  if (!%s || fread(%s, 1, 8, %s) != 8) {\n", file, head, file);
  ad__text_add(out, "    fprintf(stderr, \"%s WEIGHTS.safetensors\\n\", argv[0]);\n    return 2;\n  }\n");
  ad__text_fmt(out, "  for (int %s = 7; %s >= 0; %s--) %s = %s << 8 | %s[%s];\n", i, i, i, skip, skip, head, i);
  ad__text_fmt(out, "  if (fseek(%s, (long)%s, SEEK_CUR) || fread(%s, 1, %s, %s) != %s) {\n", file, skip, p->weights, bytes, file, bytes);
  ad__text_add(out, "    fprintf(stderr, \"%s: it is too short\\n\", argv[1]);\n    return 2;\n  }\n");
  ad__text_fmt(out, "  fclose(%s);\n", file);
}

static void print_call(c_printer *p, const char *const *results, const char *status) {
  ad_text *out = &p->file->functions;
  int n = 0;
  if (status) ad__text_fmt(out, "  const int %s = %s(", status, p->file->name);
  else ad__text_fmt(out, "  %s(", p->file->name);
  for (int i = 0; i < p->file->symbol_count; i++) ad__text_fmt(out, n++ ? ", %s" : "%s", p->symbols[i]);
  for (int i = 0; i < p->g->params.count; i++) ad__text_fmt(out, n++ ? ", %s" : "%s", param_name(p, i));
  for (int i = 0; i < p->g->results.count; i++) ad__text_fmt(out, n++ ? ", %s" : "%s", results[i]);
  if (p->weights) ad__text_fmt(out, n++ ? ", (const unsigned char *)%s" : "(const unsigned char *)%s", p->weights);
  ad__text_add(out, ");\n");
}

void ad__c_print_example(c_printer *p, const char *const *results) {
  const ad_graph *g = p->g;
  ad_text *out = &p->file->functions;
  const char *status = p->file->has_status || p->file->symbol_count ? ad__c_name(p, "failed") : NULL, *i = p->index_names[0];
  ad__text_fmt(out, "\n/* An example: small numbers in, results out.%s */\n", p->weights ? " Its argument is the file of weights." : "");
  ad__text_fmt(out, "int main(%s) {\n", p->weights ? "int argc, char **argv" : "void");
  for (int k = 0; k < p->file->symbol_count; k++) {
    const char *macro = p->file->symbols[k].macro;
    ad__text_fmt(out, "  const int64_t %s = %s < %d ? %s : %d;\n", p->symbols[k], macro, EXAMPLE_SIZE, macro, EXAMPLE_SIZE);
  }
  for (int k = 0; k < g->params.count; k++) declare(p, g->params.at[k]->type, param_name(p, k));
  for (int k = 0; k < g->results.count; k++) declare(p, result_type(g, k), results[k]);
  if (p->weights) print_reading(p);
  for (int k = 0; k < g->params.count; k++) {
    const ad_type *t = g->params.at[k]->type;
    ad__text_fmt(out, "  for (long %s = 0; %s < %s; %s++) %s[%s] = %s;\n", i, i, ad__c_size(p, ad__c_count(p, t)), i, param_name(p, k), i,
                 small_number(p, t->dtype, i));
  }
  print_call(p, results, status);
  for (int k = 0; k < g->results.count; k++) {
    const ad_type *t = result_type(g, k);
    ad__text_fmt(out, "  printf(\"%s:\");\n", results[k]);
    const char *size = ad__c_size(p, ad__c_count(p, t)), *one = printing(p, t->dtype, ad__c_format(p, "%s[%s]", results[k], i));
    if (t->size < 0) ad__text_fmt(out, "  for (long %s = 0; %s < %d && %s < %s; %s++) %s;\n", i, i, SHOWN, i, size, i, one);
    else ad__text_fmt(out, "  for (long %s = 0; %s < %lld; %s++) %s;\n", i, i, (long long)(t->size < SHOWN ? t->size : SHOWN), i, one);
    ad__text_fmt(out, "  printf(\"%s\\n\");\n", t->size > SHOWN ? " ..." : "");
  }
  ad__text_fmt(out, "  return %s;\n}\n", status ? status : "0");
}
