/* A model of blocks: composed without a shape, compiled when one is known, trained a little, written and read again. */
#include <adamant/adamant.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

/* The records of parameters after a step against the gradients. */
static ad_array *descend(ad_ctx *c, ad_array *params, ad_array *gradients, double rate) {
  const char *names[8];
  ad_array *items[8];
  int n = ad_item_count(params);
  for (int i = 0; i < n; i++) {
    names[i] = ad_item_name(params, i);
    items[i] = ad_subtract(ad_item(params, i), ad_multiply(ad_item(gradients, i), ad_number(c, rate)));
  }
  return ad_record(c, names, items, n);
}

int main(void) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);

  /* Which of two half moons a point belongs to; how many points there are is not known yet. */
  ad_model *net = ad_model_new(c, "net");
  ad_model_add(net, ad_block(c, "Linear", "dimension=32"), "input=x");
  ad_model_add(net, ad_block(c, "Tanh", NULL), NULL);
  ad_model_add(net, ad_block(c, "Linear", "dimension=2"), "output=logits");
  ad_model_extend(net, ad_block(c, "CrossEntropy", NULL), "input=logits, target=label, output=surprise");
  ad_model_extend(net, ad_block(c, "Mean", NULL), "input=surprise, output=loss");
  ad_model_expose(net, "logits");
  ad_model_set_shapes(net, "x: N, 2");
  if (ad_model_error_code(net)) stop(ad_model_error_text(net));
  puts(ad_model_summary(net, NULL));

  /* Two half moons of 100 points each. */
  ad_physical *p = ad_model_compile(net, &(ad_physical_opts){.shapes = "x: 200, 2"});
  if (ad_physical_error_code(p)) stop(ad_physical_error_text(p));
  float points[400];
  int32_t labels[200];
  for (int i = 0; i < 200; i++) {
    double angle = 3.14159265 * (i / 2) / 99;
    labels[i] = i % 2;
    points[2 * i] = (float)(labels[i] ? 1 - cos(angle) : cos(angle));
    points[2 * i + 1] = (float)(labels[i] ? 0.5 - sin(angle) : sin(angle));
  }
  const char *names[] = {"x", "label"};
  ad_array *data = ad_record(c, names, (ad_array *[]){ad_array_new(c, AD_FLOAT32, AD_SHAPE(200, 2), points), ad_array_new(c, AD_INT32, AD_SHAPE(200), labels)}, 2);

  ad_array *params = ad_keep(ad_physical_randomize(p, 1, NULL)), *loss_alone = ad_ones(c, AD_SHAPE(), NULL);
  ad_array *cotangents = ad_record(c, (const char *[]){"loss"}, &loss_alone, 1);
  for (int step = 0; step <= 100; step++) {
    ad_scope *inner = ad_scope_begin(c);
    ad_array *both = ad_physical_evaluate_all(p, params, data, cotangents);
    ad_array *next = ad_keep(descend(c, params, ad_item(both, 1), 0.5));
    float loss;
    if (ad_read(ad_field(ad_item(both, 0), "loss"), &loss, sizeof loss)) stop(ad_error_text(both));
    if (ad_eval(next)) stop(ad_error_text(next));
    if (step % 25 == 0) printf("step %3d  loss %.3f\n", step, loss);
    ad_drop(params);
    params = next;
    ad_scope_end(inner, NULL);
  }

  /* The model as text, and the same model read from it. */
  const char *text = ad_model_json(net);
  ad_model *again = ad_model_from_json(c, text, strlen(text));
  if (ad_model_error_code(again)) stop(ad_model_error_text(again));
  printf("%zu bytes of JSON, %d blocks read again\n", strlen(text), ad_model_child_count(again));

  /* A mistake is told where it is made. */
  ad_model_set_shapes(again, "logits: 200, 3");
  printf("%s\n", ad_model_error_text(again));
  ad_drop(params);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}
