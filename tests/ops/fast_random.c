/* Random calls of attention, norms and cross-entropy, with gradients, written to fast.npz; tests/oracle/fast_torch.py does them again. */
#include "row_help.h"
#include "transform/transform.h"

enum { MOST = 64 };

typedef struct record {
  const char *names[MOST];
  ad_array *items[MOST];
  char room[MOST][24];
  int n;
} record;

static void put(record *r, const char *group, const char *name, ad_array *a) {
  if (!a) return;
  snprintf(r->room[r->n], sizeof r->room[r->n], "%s.%s", group, name);
  r->names[r->n] = r->room[r->n];
  r->items[r->n++] = a;
}

/* One output, its cotangent, and those of the inputs. */
static void put_call(record *r, const char *group, ad_array *y, ad_array *ct, ad_array **in, const char *const *names, int n) {
  ad_array *grads[8], *error = NULL, *active[8];
  char label[16];
  int at[8], count = 0;
  for (int i = 0; i < n; i++)
    if (in[i]) put(r, group, names[i], in[i]);
  for (int i = 0; i < n; i++)
    if (in[i] && ad_dtype_category(ad_array_dtype(in[i])) == AD_CATEGORY_FLOAT) at[count] = i, active[count++] = in[i];
  put(r, group, "y", y);
  put(r, group, "ct", ct);
  CHECK_INT(ad__vjp(ad_array_ctx(y), &y, &ct, 1, active, count, grads, &error), AD_OK);
  for (int i = 0; i < count && !error; i++) {
    snprintf(label, sizeof label, "d_%s", names[at[i]]);
    put(r, group, label, grads[i]);
  }
}

static void attention(ad_ctx *c, record *r, const char *group, int64_t kv_heads, ad_array *mask, bool causal) {
  ad_array *in[] = {noise(c, 1, AD_SHAPE(2, 4, 33, 24)), noise(c, 2, AD_SHAPE(2, kv_heads, 600, 24)), noise(c, 3, AD_SHAPE(2, kv_heads, 600, 40)), mask};
  ad_fast_scaled_dot_product_attention_opts opts = {.causal = causal};
  put_call(r, group, ad_fast_scaled_dot_product_attention(in[0], in[1], in[2], mask, NULL, 0.7, &opts), noise(c, 9, AD_SHAPE(2, 4, 33, 40)), in,
           (const char *const[]){"q", "k", "v", "mask"}, 4);
}

TEST(written) {
  const char *folder = getenv("AD_TEST_OUT");
  char path[512];
  record r = {.n = 0};
  snprintf(path, sizeof path, "%s/fast.npz", folder ? folder : "/tmp");
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true});
  attention(c, &r, "attention_plain", 4, NULL, false);
  attention(c, &r, "attention_causal", 4, NULL, true);
  attention(c, &r, "attention_bool", 4, ad_greater(noise(c, 4, AD_SHAPE(33, 600)), ad_number(c, -0.5)), false);
  attention(c, &r, "attention_added", 2, noise(c, 5, AD_SHAPE(2, 1, 33, 600)), false);
  ad_array *rows[] = {noise(c, 1, AD_SHAPE(5, 70, 130)), noise(c, 2, AD_SHAPE(130)), noise(c, 3, AD_SHAPE(130))};
  put_call(&r, "layer_norm", ad_fast_layer_norm(rows[0], rows[1], rows[2], 1e-5), noise(c, 4, AD_SHAPE(5, 70, 130)), rows, (const char *const[]){"x", "weight", "bias"}, 3);
  ad_array *classes = ad_cast(ad_multiply(ad_abs(noise(c, 6, AD_SHAPE(90))), ad_number(c, 40)), AD_INT64), *in[] = {noise(c, 5, AD_SHAPE(90, 41)), classes};
  ad_softmax_cross_entropy_opts opts = {.label_smoothing = AD_NUM(0.1)};
  put_call(&r, "entropy", ad_softmax_cross_entropy(in[0], classes, &opts), noise(c, 7, AD_SHAPE(90)), in, (const char *const[]){"x", "targets"}, 2);
  ad_array *all = ad_record(c, r.names, r.items, r.n);
  if (ad_is_error(all) || ad_savez(path, all, NULL) != AD_OK) CHECK_FAIL("%s is not written: %s", path, ad_error_text(all));
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(written))
