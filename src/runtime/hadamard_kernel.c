/* hadamard_transform: lines transformed in place in the result (structural/hadamard.h), shared between threads. */
#include <math.h>
#include <string.h>
#include "ops/hadamard_order.h"
#include "runtime/structural.h"
#include "runtime/structural/hadamard.h"
#include "runtime/tap_rows.h"

typedef struct hadamard_job {
  const char *in;
  char *out;
  size_t n;
  int m;
  double scale;
  bool wide;
} hadamard_job;

static void transform_lines(void *arg, size_t begin, size_t end) {
  const hadamard_job *j = arg;
  size_t bytes = j->n * (j->wide ? sizeof(double) : sizeof(float));
  for (size_t i = begin; i < end; i++) {
    memcpy(j->out + i * bytes, j->in + i * bytes, bytes);
    if (j->wide) ad_hadamard_f64(j->n, j->m, (double *)(void *)(j->out + i * bytes), j->scale);
    else ad_hadamard_f32(j->n, j->m, (float *)(void *)(j->out + i * bytes), (float)j->scale);
  }
}

ad_status ad__k_hadamard_transform(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *t = node->type;
  const ad_attr *scale = ad__attr(node, 0);
  ad_tap_operand in = {.data = NULL};
  ad_buffer *wide = NULL;
  hadamard_job j = {.n = (size_t)t->dims[t->rank - 1], .wide = t->dtype == AD_FLOAT64};
  j.m = ad__hadamard_order((int64_t)j.n);
  ad_dtype lane = j.wide ? AD_FLOAT64 : AD_FLOAT32;
  j.scale = scale->given ? scale->as.f[0] : 1 / sqrt((double)j.n);
  if (ad__value_new(x, t, &node->value) || !t->size) return x->err.code;
  if (lane != t->dtype && !(wide = ad__buffer_take(x->cache, (size_t)t->size * sizeof(float)))) return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  if (ad__tap_operand(x, node->in[0], lane, &in)) {
    j.in = in.data, j.out = wide ? wide->data : node->value.data;
    ad__parallel(x, (size_t)t->size / j.n, 1, (double)j.n * (2 + log2((double)j.n) * 0.3), transform_lines, &j);
    if (wide) ad__tap_cast(x, (size_t)t->size, t->dtype, node->value.data, lane, wide->data);
  }
  if (wide) ad__buffer_drop(x->cache, wide);
  ad__tap_operand_free(x, node->in[0], &in);
  return x->err.code;
}
