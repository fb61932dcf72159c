/* The file around printed functions: comment, includes, carried text, size macros; its header; names.
 *
 *   mlp(x: float32[5, 4]) -> float32[5, 3]      "c" gives mlp.c, which compiles alone
 *   #define MLP_ARENA (20 * sizeof(float))      "c-header" gives mlp.h for who calls it
 *   void mlp(const float *x, float *y);
 *
 * A loop whose derivative goes back through its steps keeps their states, NAME_STEPS of them at most; a function with such a loop
 * returns 0, or 1 when there were more steps: then its results mean nothing. */
#include <string.h>
#include "emit/carry.h"
#include "emit/emit_c.h"
#include "emit/targets.h"
#include "ir/ctx.h"

enum { STEPS = 1024, MOST_OF_SYMBOL = 1024 };

const char *const ad__c_reserved[] = {
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for",
    "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
    "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "_Bool", "_Complex", "_Imaginary", "asm", "main",
    "memcpy", "memset", "size_t", "printf", "fprintf", "fopen", "fread", "fseek", "fclose", "stderr", "argc", "argv", "FILE", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
    "INFINITY", "NAN", "INT64_MIN", "INT32_MIN", "INT16_MIN", "INT8_MIN", "UINT64_C", "unix", "linux", NULL};

/* Functions of <math.h> and <string.h>, which no function of another kind may be named for. */
static const char *const library[] = {
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "erf", "erfc", "exp",
    "exp2", "expm1", "fabs", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "frexp", "hypot", "ilogb", "ldexp", "lgamma", "llrint",
    "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround", "modf", "nan", "nearbyint", "nextafter", "nexttoward",
    "pow", "remainder", "remquo", "rint", "round", "scalbln", "scalbn", "sin", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc",
    "gamma", "j0", "j1", "jn", "y0", "y1", "yn", "drem", "significand", "scalb", "pow10", "exp10", "index", "rindex", "signbit",
    "isnan", "isinf", "isfinite", "isnormal", "finite", "memchr", "memcmp", "memmove", "strcat", "strchr", "strcmp", "strcpy",
    "strlen", "strncpy", "strstr", "strtok", "bcmp", "bcopy", "bzero", "ffs", "abs", "div", "signgam", NULL};

/* ---- Words in text ---- */

static bool in_word(char c, const char *more) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(more, c));
}

static bool names_word(const char *text, const char *word) {
  size_t n = strlen(word);
  for (const char *s = text; (s = strstr(s, word)); s += n)
    if (!in_word(s == text ? ' ' : s[-1], "_.") && !in_word(s[n], "_")) return true;
  return false;
}

const char *ad__c_function_name(c_file *f, const char *wish) { return ad__emit_name(&f->names, wish); }

void ad__c_reserve_names(const c_file *f, ad_emit_names *names) {
  ad__emit_names_reserve(names, ad__c_reserved);
  ad__emit_names_reserve(names, (const char *const[]){f->name, f->status, f->steps_macro, f->arena_macro, f->guard, f->weights_macro, NULL});
}

static const char *with_ending(c_file *f, const char *ending, bool macro) {
  size_t n = strlen(f->name), m = strlen(ending);
  char *s = ad__arena_take(&f->memory, n + m + 1, 1);
  if (!s) {
    f->names.failed = true;
    return "";
  }
  for (size_t i = 0; i < n; i++) s[i] = macro && f->name[i] >= 'a' && f->name[i] <= 'z' ? (char)(f->name[i] - 'a' + 'A') : f->name[i];
  memcpy(s + n, ending, m + 1);
  return s;
}

const char *ad__c_macro(c_file *f, const char *middle, const char *name) {
  ad_text t;
  ad__text_init(&t, f->functions.mem);
  ad__text_fmt(&t, "%s%s", middle, name);
  const char *made = with_ending(f, ad__text_str(&t), true);
  char *s = ad__arena_text(&f->memory, made, strlen(made));
  if (t.failed || !s) f->names.failed = true;
  ad__text_free(&t);
  for (char *at = s; s && *at; at++)
    if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 'a' + 'A');
  return s ? ad__c_function_name(f, s) : "";
}

static void name_file(c_file *f, const char *name) {
  f->name = ad__c_function_name(f, name);
  f->status = with_ending(f, "_status", false);
  f->steps_macro = with_ending(f, "_STEPS", true);
  f->arena_macro = with_ending(f, "_ARENA", true);
  f->guard = with_ending(f, "_H", true);
  f->weights_macro = with_ending(f, "_WEIGHTS", true);
  f->at_macro = with_ending(f, "_AT_", true);
}

/* ---- One function ---- */

static void print_parameters(const c_printer *p, const char *const *results, ad_text *out) {
  const ad_graph *g = p->g;
  int n = 0;
  for (int i = 0; i < p->file->symbol_count; i++) ad__text_fmt(out, n++ ? ", int64_t %s" : "int64_t %s", p->symbols[i]);
  for (int i = 0; i < g->params.count; i++)
    ad__text_fmt(out, n++ ? ", const %s *%s" : "const %s *%s", ad__c_type(g->params.at[i]->type->dtype),
                 p->places[g->params.at[i]->serial].base);
  for (int i = 0; i < g->results.count; i++)
    ad__text_fmt(out, n++ ? ", %s *%s" : "%s *%s", ad__c_type(ad__emit_resolve(g->results.at[i])->type->dtype), results[i]);
  if (p->weights) ad__text_fmt(out, n++ ? ", const unsigned char *%s" : "const unsigned char *%s", p->weights);
  if (!n) ad__text_add(out, "void");
}

bool ad__c_name_weights(c_printer *p) {
  c_file *f = p->file;
  if (!ad__c_find_weights(p->g, p->needed, &f->memory, &f->weights)) return false;
  if (!f->weights.n) return true;
  p->weights = ad__c_name(p, "weights");
  ad__text_fmt(&f->weight_macros, "\n/* The weights: the data section of a safetensors file, aligned to 8 bytes; and where each lies in it. */\n#define %s %zu\n",
               f->weights_macro, f->weights.bytes);
  for (int i = 0; i < f->weights.n; i++) {
    c_weight *w = &f->weights.at[i];
    w->at = ad__c_function_name(f, ad__c_format(p, "%s%s", f->at_macro, w->name));
    ad__text_fmt(&f->weight_macros, "#define %s %zu\n", w->at, w->offset);
  }
  return true;
}

void ad__c_print_function(c_printer *p, const c_request *r, const char *const *results) {
  const ad_graph *g = p->g;
  ad_text *out = &p->file->functions, head;
  bool counts = p->file->has_status && !r->is_own, status = counts || (p->file->symbol_count && !r->is_own);
  ad__text_init(&head, out->mem);
  ad__text_fmt(&head, "\n%s%s %s(", r->is_own ? "static " : "", status ? "int" : "void", r->name);
  print_parameters(p, results, &head);
  ad__text_char(&head, ')');
  ad__text_fmt(out, "%s {\n", ad__text_str(&head));
  if (!r->is_own) ad__text_fmt(&p->file->prototype, "%s;\n", ad__text_str(&head));
  if (head.failed) out->failed = true;
  ad__text_free(&head);
  for (int i = 0; i < p->file->symbol_count && !r->is_own; i++)
    ad__text_fmt(out, "  if (%s < 1 || %s > %s) return 2;\n", p->symbols[i], p->symbols[i], p->file->symbols[i].macro);
  for (int i = 0; i < p->file->symbol_count && r->is_own; i++)
    if (!names_word(ad__text_str(&p->body), p->symbols[i])) ad__text_fmt(out, "  (void)%s;\n", p->symbols[i]);
  ad__text_add(out, ad__text_str(&p->data));
  for (int i = 0; i < g->params.count; i++) {
    const char *param = p->places[g->params.at[i]->serial].base;
    if (!names_word(ad__text_str(&p->body), param)) ad__text_fmt(out, "  (void)%s;\n", param);
  }
  for (int i = 0; i < g->results.count; i++)
    if (!names_word(ad__text_str(&p->body), results[i])) ad__text_fmt(out, "  (void)%s;\n", results[i]);
  if (counts) ad__text_fmt(out, "  %s = 0;\n", p->file->status);
  ad__text_add(out, ad__text_str(&p->body));
  if (status) ad__text_fmt(out, "  return %s;\n", counts ? p->file->status : "0");
  ad__text_add(out, "}\n");
}

/* ---- The head ---- */

static void print_comment(const ad_graph *g, const char *more, ad_text *out) {
  ad_text line;
  ad__text_init(&line, out->mem);
  ad__emit_signature(g, &line);
  ad__text_add(out, "/* ");
  for (const char *s = ad__text_str(&line); *s; s++) {
    ad__text_char(out, *s);
    if (s[0] == '*' && s[1] == '/') ad__text_char(out, ' ');
    if (s[0] == '/' && s[1] == '*') ad__text_char(out, ' ');
  }
  ad__text_fmt(out, "\n *\n * %s */\n", more);
  if (line.failed) out->failed = true;
  ad__text_free(&line);
}

static void print_includes(const char *carried, const char *code, bool libm, ad_text *out) {
  static const char *const numeric[] = {"fabs", "fma", "copysign", "INFINITY", "NAN", "sqrt", "floor", "trunc", "rint", "fmod",
                                        "fabsf", "fmaf", "copysignf", "sqrtf", "floorf", "ceil", "ceilf", "truncf", "rintf", "fmodf"};
  bool math = libm;
  for (size_t i = 0; i < sizeof numeric / sizeof numeric[0]; i++)
    math = math || names_word(carried, numeric[i]) || names_word(code, numeric[i]);
  /* Compilers join products and sums where they may; the library's bits come without. */
  if (!libm)
    ad__text_add(out, "#if defined(__clang__)\n#pragma STDC FP_CONTRACT OFF\n#elif defined(__GNUC__)\n#pragma GCC optimize \"fp-contract=off\"\n#endif\n\n");
  if (math) ad__text_add(out, "#include <math.h>\n");
  if (names_word(carried, "size_t") || names_word(carried, "NULL") || names_word(code, "NULL")) ad__text_add(out, "#include <stddef.h>\n");
  ad__text_add(out, "#include <stdint.h>\n");
  if (names_word(code, "printf")) ad__text_add(out, "#include <stdio.h>\n");
  if (names_word(code, "memcpy") || names_word(code, "memset")) ad__text_add(out, "#include <string.h>\n");
}

static void print_macros(const c_file *f, ad_text *out) {
  for (int i = 0; i < f->symbol_count; i++)
    ad__text_fmt(out, "\n/* The most that %s may be. */\n#ifndef %s\n#define %s %d\n#endif\n", f->symbols[i].symbol, f->symbols[i].macro, f->symbols[i].macro, MOST_OF_SYMBOL);
  if (f->has_status)
    ad__text_fmt(out, "\n/* The most steps of a loop that is gone through again. */\n#ifndef %s\n#define %s %d\n#endif\n",
                 f->steps_macro, f->steps_macro, STEPS);
  ad__text_add(out, ad__text_str(&f->weight_macros));
  if (f->arena.length)
    ad__text_fmt(out, "\n/* Bytes of static memory that it works in. */\n#define %s (%s)\n", f->arena_macro,
                 ad__text_str(&f->arena));
}

/* ---- The files ---- */

static ad_status print_source(const c_file *f, const ad_graph *g, ad_text *out, ad_err *e) {
  ad_text carried;
  ad__text_init(&carried, out->mem);
  const char *code = ad__text_str(&f->functions);
  ad_status s = ad__carry_c(code, f->opts->libm, &carried, e);
  if (!s) {
    print_comment(g, "Arrays are row-major and do not overlap. Temporaries are static: one call at a time. Link with -lm.", out);
    print_includes(ad__text_str(&carried), code, f->opts->libm, out);
    print_macros(f, out);
    ad__text_add(out, ad__text_str(&carried));
    if (f->has_status) ad__text_fmt(out, "\nstatic int %s;\n", f->status);
    ad__text_add(out, code);
  }
  if (carried.failed) out->failed = true;
  ad__text_free(&carried);
  return s;
}

static ad_status print_header(const c_file *f, const ad_graph *g, ad_text *out, ad_err *e) {
  ad_text carried;
  ad__text_init(&carried, out->mem);
  ad_status s = ad__carry_c(ad__text_str(&f->prototype), false, &carried, e); /* complex types */
  print_comment(g, "Arrays are row-major and do not overlap. One call at a time.", out);
  ad__text_fmt(out, "#ifndef %s\n#define %s\n\n#include <stdint.h>\n", f->guard, f->guard);
  print_macros(f, out);
  ad__text_add(out, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
  ad__text_add(out, ad__text_str(&carried));
  if (f->has_status || f->symbol_count) ad__text_add(out, "\n/* 0");
  if (f->has_status) ad__text_fmt(out, "; 1 when a loop took more than %s steps", f->steps_macro);
  if (f->symbol_count) ad__text_add(out, "; 2 when a size is less than 1 or more than its macro says");
  if (f->has_status || f->symbol_count) ad__text_add(out, ". */");
  ad__text_add(out, ad__text_str(&f->prototype));
  ad__text_add(out, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
  if (carried.failed) out->failed = true;
  ad__text_free(&carried);
  return s;
}

typedef ad_status (*file_part)(const c_file *f, const ad_graph *g, ad_text *out, ad_err *e);

/* The function first: its name is wanted from outside. Arrays may be named as functions of the C library are. */
static ad_status print(file_part part, const ad_graph *g, const ad_emit_opts *opts, ad_text *out, ad_err *e) {
  c_file f = {.opts = opts};
  ad__arena_init(&f.memory, out->mem);
  ad__text_init(&f.functions, out->mem);
  ad__text_init(&f.arena, out->mem);
  ad__text_init(&f.prototype, out->mem);
  ad__text_init(&f.weight_macros, out->mem);
  ad__emit_names_init(&f.names, out->mem, &f.memory);
  ad__emit_names_reserve(&f.names, ad__c_reserved);
  ad__emit_names_reserve(&f.names, library);
  name_file(&f, opts->name);
  ad_status s = ad__c_add_function(&f, g, &(c_request){.name = f.name}, e);
  if (!s) s = part(&f, g, out, e);
  if (f.weight_macros.failed || f.functions.failed || f.arena.failed || f.prototype.failed || f.names.failed) out->failed = true;
  ad__emit_names_free(&f.names);
  ad__text_free(&f.weight_macros);
  ad__text_free(&f.prototype);
  ad__text_free(&f.arena);
  ad__text_free(&f.functions);
  ad__arena_free(&f.memory);
  return s;
}

ad_status ad__emit_c(const ad_graph *g, const ad_emit_opts *opts, ad_text *out, ad_err *e) { return print(print_source, g, opts, out, e); }
ad_status ad__emit_c_header(const ad_graph *g, const ad_emit_opts *opts, ad_text *out, ad_err *e) {
  return print(print_header, g, opts, out, e);
}
