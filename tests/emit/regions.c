/* Control flow in emitted C: branches, loops, scans, their derivatives and loops in loops, compiled by every compiler that is here
 * and compared with the library; a loop of too many steps says so. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include "emit/compile.h"

static const char *const compilers[] = {"gcc", "clang", "tcc"};
enum { COMPILERS = sizeof compilers / sizeof compilers[0] };

/* ---- Functions ---- */

static ad_array *not_there(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  ad_array *x = ad_item(in[0], 0), *y = ad_item(in[0], 1);
  return ad_any(ad_greater(ad_abs(ad_subtract(ad_multiply(y, y), x)), ad_number(c, 1e-6)), NULL);
}
static ad_array *newton_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = ad_item(in[0], 0), *y = ad_item(in[0], 1);
  return ad_tuple(c, (ad_array *[]){x, ad_multiply(ad_number(c, 0.5), ad_add(y, ad_divide(x, y)))}, 2);
}
/* Square roots by Newton's steps. */
static ad_array *roots(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *start = ad_tuple(c, (ad_array *[]){in[0], ad_add(in[0], ad_number(c, 1))}, 2);
  ad_array *end = ad_while_loop(ad_fn_new(c, not_there, 1, NULL), ad_fn_new(c, newton_step, 1, NULL), start);
  return ad_sum(ad_multiply(ad_item(end, 1), ad_item(end, 1)), NULL);
}

static ad_array *twice(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_add(in[0], ad_sin(in[0]));
}
static ad_array *square(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_square(in[0]);
}
static ad_array *branch(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *positive = ad_greater(ad_sum(in[0], NULL), ad_number(c, 0));
  return ad_sum(ad_cond(positive, ad_fn_new(c, twice, 1, NULL), ad_fn_new(c, square, 1, NULL), in, 1), NULL);
}

static ad_array *decay(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *next = ad_add(ad_multiply(in[0], ad_number(c, 0.5)), ad_tanh(in[1]));
  return ad_tuple(c, (ad_array *[]){next, ad_multiply(next, in[1])}, 2);
}
static ad_array *filter(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *zero = ad_zeros(c, AD_SHAPE(3), NULL);
  ad_array *r = ad_scan(ad_fn_new(c, decay, 2, NULL), zero, ad_transpose(in[0], NULL), &(ad_scan_opts){.reverse = user != NULL});
  return ad_add(ad_sum(ad_item(r, 0), NULL), ad_sum(ad_square(ad_item(r, 1)), NULL));
}
static ad_array *filter_back(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return filter(c, in, c);
}

/* Loops one after the other, whose steps depend on the counter. */
static ad_array *inner_step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_sin(ad_add(in[1], ad_multiply(in[1], ad_cast(ad_add(in[0], ad_number_int(c, 1)), AD_FLOAT32))));
}
static ad_array *nested(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_fn *rows = ad_fn_new(c, inner_step, 2, NULL);
  ad_array *y = in[0];
  for (int i = 0; i < 2; i++) y = ad_fori_loop(ad_number_int(c, 0), ad_number_int(c, 3), rows, y);
  return ad_sum(y, NULL);
}

/* ---- Running ---- */

static void run(ad_ctx *c, const char *name, ad_fn *f, ad_array *x, bool status) {
  ad_array *in[1] = {x}, *y = ad_call(f, x);
  ad_array *out[2] = {y, NULL};
  int m = 1;
  if (ad_item_count(y)) {
    m = ad_item_count(y);
    for (int i = 0; i < m; i++) out[i] = ad_item(y, i);
  }
  ad_graph *g = ad_graph_trace(c, name, in, 1, out, m);
  const char *text, *own;
  if (ad_emit(g, "c", NULL, &text)) {
    CHECK_FAIL("%s: %s", name, text);
    return;
  }
  own = strdup(text);
  CHECK(ad_eval_all(out, m) == AD_OK);
  CHECK((strstr(own, "_STEPS") != NULL) == status);
  for (int i = 0; i < COMPILERS; i++) {
    if (!emit_is_installed(compilers[i])) continue;
    void *p[3] = {(void *)(uintptr_t)ad_data(x), NULL, NULL}, *library = emit_compile(compilers[i], name, own);
    if (!library) {
      CHECK_FAIL("%s: %s does not compile it:\n%s", name, compilers[i], own);
      break;
    }
    for (int k = 0; k < m; k++) p[1 + k] = calloc(1, emit_bytes(out[k]) + 1);
    for (int again = 0; again < 2; again++) {
      CHECK(emit_call(library, name, p, 1 + m));
      for (int k = 0; k < m; k++) {
        const char *why = emit_compare(out[k], p[1 + k], 1e-5);
        if (why) CHECK_FAIL("%s, %s, result %d: %s", name, compilers[i], k, why);
      }
    }
    for (int k = 0; k < m; k++) free(p[1 + k]);
    dlclose(library);
  }
  free((void *)(uintptr_t)own);
  ad_graph_free(g);
}

typedef struct region_case {
  const char *name;
  ad_function f;
  bool keeps; /* its gradient goes back through the steps of a while_loop */
} region_case;

TEST(functions_and_their_derivatives) {
  static const region_case cases[] = {{"roots", roots, true}, {"branch", branch, false}, {"filter", filter, false},
                                      {"filter_back", filter_back, false}, {"nested", nested, true}};
  static const float values[] = {1.5f, 2.0f, 0.25f, 3.0f, 9.0f, 0.5f};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ad_ctx *c = ad_ctx_new(NULL);
    ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3, 2), values);
    ad_fn *f = ad_fn_new(c, cases[i].f, 1, NULL);
    run(c, cases[i].name, f, x, false);
    run(c, cases[i].name, ad_value_and_grad(f, NULL), x, cases[i].keeps);
    if (cases[i].f == branch) run(c, cases[i].name, ad_grad(f, NULL), ad_negative(x), false);
    ad_ctx_free(c);
  }
}

TEST(too_many_steps_are_said) {
  ad_ctx *c = ad_ctx_new(NULL);
  const float values[] = {1.5f, 2.0f, 900.0f};
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), values), *y = ad_call(ad_grad(ad_fn_new(c, roots, 1, NULL), NULL), x);
  ad_graph *g = ad_graph_trace(c, "roots", &x, 1, &y, 1);
  const char *text;
  CHECK(ad_emit(g, "c", NULL, &text) == AD_OK);
  for (int most = 2; most <= 2000; most *= 1000) {
    char *own = malloc(strlen(text) + 64), line[64];
    snprintf(line, sizeof line, "#define ROOTS_STEPS %d\n", most);
    strcat(strcpy(own, line), text);
    void *library = emit_compile(emit_quick_compiler(), "roots", own);
    CHECK(library);
    float out[3];
    union {
      void *data;
      int (*f)(const float *, float *);
    } u = {.data = library ? dlsym(library, "roots") : NULL};
    if (u.data) CHECK_INT(u.f(values, out), most == 2);
    if (library) dlclose(library);
    free(own);
  }
  ad_ctx_free(c);
}

TEST(header_declares_the_function) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (float[]){1, 2, 3}), *y = ad_call(ad_grad(ad_fn_new(c, roots, 1, NULL), NULL), x);
  ad_graph *g = ad_graph_trace(c, "roots", &x, 1, &y, 1);
  const char *text;
  CHECK(ad_emit(g, "c-header", NULL, &text) == AD_OK);
  CHECK_STR_HAS(text, "#ifndef ROOTS_H\n#define ROOTS_H\n");
  CHECK_STR_HAS(text, "\nint roots(const float *x0, float *out);\n");
  CHECK_STR_HAS(text, "#define ROOTS_ARENA (");
  ad_ctx_free(c);
}

TEST(the_files_names_are_nobody_elses) {
  static const char text[] = "graph mlp(MLP_ARENA: float32[3, 4], mlp_status: float32[4, 2]) -> float32[3, 1] {\n"
                             "  h = matmul(MLP_ARENA, mlp_status)\n  y = max(h, axes=[1], keepdims=true)\n  return y\n}";
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  const char *code;
  CHECK(ad_emit(g, "c", NULL, &code) == AD_OK);
  CHECK_STR_HAS(code, "#define MLP_ARENA (");
  CHECK_STR_HAS(code, "void mlp(const float *MLP_ARENA_2, const float *mlp_status_2, float *y)");
  void *library = emit_compile(emit_quick_compiler(), "mlp", code);
  CHECK(library);
  if (library) dlclose(library);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(functions_and_their_derivatives), CASE(too_many_steps_are_said), CASE(header_declares_the_function),
           CASE(the_files_names_are_nobody_elses))
