/* A training step, compiled: traced once, then run as a plan, its parameters as captured state. */
#include <adamant/adamant.h>
#include <stdio.h>

typedef struct model {
  ad_array *w, *b;
} model;

static ad_array *loss(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *y = ad_add(ad_matmul(in[2], in[0], NULL), in[1]);
  (void)c, (void)user;
  return ad_mean(ad_square(ad_subtract(y, in[3])), NULL);
}

/* ---- The parameters: read before a call, replaced after it ---- */

static ad_array *parameters(ad_ctx *c, void *user) {
  model *m = user;
  return ad_tuple(c, ((ad_array *[]){m->w, m->b}), 2);
}

static void replace(ad_array **at, ad_array *by) {
  ad_keep(by);
  ad_drop(*at);
  *at = by;
}

static void set_parameters(ad_ctx *c, ad_array *tree, void *user) {
  model *m = user;
  (void)c;
  replace(&m->w, ad_item(tree, 0));
  replace(&m->b, ad_item(tree, 1));
}

/* ---- One step ---- */

static ad_array *moved(ad_array *p, ad_array *gradient) {
  return ad_subtract(p, ad_multiply(gradient, ad_number(ad_array_ctx(p), 0.1)));
}

static ad_array *step(ad_ctx *c, ad_array *const *in, void *user) {
  model *m = user;
  ad_fn *g = ad_value_and_grad(ad_fn_new(c, loss, 4, NULL), &(ad_grad_opts){.argnums = AD_AXES(0, 1)});
  ad_array *r = ad_call(g, m->w, m->b, in[0], in[1]), *gradients = ad_item(r, 1);
  replace(&m->w, moved(m->w, ad_item(gradients, 0)));
  replace(&m->b, moved(m->b, ad_item(gradients, 1)));
  return ad_item(r, 0);
}

int main(void) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_random_seed(c, 1);
  ad_array *x = ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(256, 3), NULL);
  ad_array *truth = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3, 1), (float[]){1, -2, 0.5f});
  ad_array *y = ad_add(ad_matmul(x, truth, NULL), ad_number(c, 3));
  model m = {ad_keep(ad_zeros(c, AD_SHAPE(3, 1), NULL)), ad_keep(ad_zeros(c, AD_SHAPE(1), NULL))};

  ad_captured state = {parameters, set_parameters, &m};
  ad_fn *compiled = ad_compile(ad_fn_new(c, step, 2, &m), &(ad_compile_opts){.inputs = state, .outputs = state});
  float value = 0;
  for (int i = 0; i < 100; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *l = ad_call(compiled, x, y);
    if (ad_read(l, &value, sizeof value) != AD_OK) fprintf(stderr, "%s\n", ad_error_text(l));
    ad_scope_end(s, NULL);
  }
  char line[200];
  printf("loss %.1e after 100 steps\n", (double)value);
  ad_array_text(m.w, line, sizeof line, NULL);
  printf("w = %s\n", line);
  ad_compile_stats said = ad_compiled_stats(compiled);
  printf("traced %llu time, called %llu times; %llu steps a call, %llu of them fused\n", (unsigned long long)said.traces,
         (unsigned long long)said.calls, (unsigned long long)said.steps, (unsigned long long)said.groups);
  ad_drop(m.w);
  ad_drop(m.b);
  ad_ctx_free(c);
  return 0;
}
