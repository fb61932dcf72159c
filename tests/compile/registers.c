/* The register form of groups: its bits are those of the ops one by one, for every op, dtype, layout, thread count and instruction set. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "../check.h"

static const char *const isas[] = {NULL, "avx2", "portable"};

/* ---- Values ---- */

static unsigned draw(unsigned *seed, unsigned below) {
  *seed = *seed * 1103515245u + 12345u;
  return (*seed >> 16) % below;
}

/* Numbers of every size, with zeros of both signs, infinities and NaN. */
static ad_array *odd_numbers(ad_ctx *c, ad_dtype dtype, ad_shape shape, unsigned seed) {
  static const float odd[] = {0, -0.0f, INFINITY, -INFINITY, NAN, 1, -1, 1e-40f, 3e38f, 0.5f};
  int64_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
  float *v = malloc((size_t)n * sizeof *v);
  for (int64_t i = 0; i < n; i++) v[i] = draw(&seed, 8) ? ((float)draw(&seed, 4096) - 2000) / 256 : odd[draw(&seed, 10)];
  ad_array *a = ad_cast(ad_array_new(c, AD_FLOAT32, shape, v), dtype);
  free(v);
  ad_eval(a);
  return a;
}

/* Which of two NaNs goes on is not said. */
static bool is_nan(ad_dtype t, const char *p) {
  uint64_t bits = 0;
  memcpy(&bits, p, ad_dtype_size(t));
  switch (t) {
  case AD_FLOAT16: return (bits & 0x7fff) > 0x7c00;
  case AD_BFLOAT16: return (bits & 0x7fff) > 0x7f80;
  case AD_FLOAT32: return (bits & 0x7fffffff) > 0x7f800000;
  case AD_FLOAT64: return (bits & 0x7fffffffffffffff) > 0x7ff0000000000000;
  default: return false;
  }
}

static void same_elements(const char *what, ad_dtype t, size_t n, const char *p, const char *q) {
  size_t item = ad_dtype_size(t);
  for (size_t i = 0; i < n * item; i += item)
    if (memcmp(p + i, q + i, item) != 0 && !(is_nan(t, p + i) && is_nan(t, q + i))) {
      CHECK_FAIL("%s: other bits at element %zu of %zu", what, i / item, n);
      return;
    }
}

static void same_values(const char *what, ad_array *got, ad_array *want) {
  CHECK_STR(ad_error_text(got), "");
  CHECK_STR(ad_error_text(want), "");
  for (int i = 0; i < ad_item_count(want); i++) same_values(what, ad_item(got, i), ad_item(want, i));
  if (ad_item_count(want) || ad_is_error(got) || ad_is_error(want)) return;
  const char *p = ad_data(got), *q = ad_data(want);
  size_t n = (size_t)ad_array_size(want);
  if ((size_t)ad_array_size(got) != n || ad_array_dtype(got) != ad_array_dtype(want)) CHECK_FAIL("%s: another type", what);
  else if (p && q) same_elements(what, ad_array_dtype(want), n, p, q);
}

static void compare(const char *what, ad_ctx *c, ad_function fn, ad_array *const *in, int n, void *user) {
  ad_scope *s = ad_scope_begin(c);
  ad_fn *f = ad_fn_new(c, fn, n, user);
  same_values(what, ad_call_list(ad_compile(f, NULL), in, n), ad_call_list(f, in, n));
  ad_scope_end(s, NULL);
}

/* ---- Every op, first, amid others and last ---- */

enum { MOST_FIELDS = 8 }; /* of an elementwise op */

/* An op without options on x and y; on x<y first where it has three operands. */
static ad_array *applied(ad_ctx *c, const ad_op *op, ad_array *x, ad_array *y) {
  static const ad_attr none[MOST_FIELDS];
  ad_array *in[] = {x, y, x};
  if (op->inputs == 3 && ad_op_find(c, "where") == op) in[0] = ad_less(x, y);
  return ad_apply(c, AD_HERE, op, in, op->inputs, op->field_count ? none : NULL);
}

static ad_array *around(ad_ctx *c, ad_array *const *in, void *user) {
  const ad_op *op = user;
  ad_array *x = in[0], *y = in[1], *r[4];
  ad_dtype t = ad_array_dtype(x);
  ad_array *head = ad_cast(applied(c, op, x, y), t), *amid = ad_cast(applied(c, op, ad_multiply(head, y), ad_add(x, y)), t);
  ad_array *twice = ad_add(amid, x), *same = ad_cast(applied(c, op, twice, twice), t);
  r[0] = ad_add(ad_multiply(amid, head), same);
  r[1] = applied(c, op, ad_add(x, ad_number_int(c, 1)), r[0]);
  r[2] = ad_where(ad_not_equal(head, y), ad_maximum(amid, y), ad_clip(x, same, y));
  r[3] = ad_where(ad_greater_equal(x, amid), x, head);
  return ad_tuple(c, r, 4);
}

static bool is_elementwise(const ad_op *op) { return op->group && strcmp(op->group, "elementwise") == 0 && op->inputs > 0 && op->inputs < 4 && op->outputs == 1 && op->field_count <= MOST_FIELDS; }

TEST(every_op) {
  static const ad_dtype dtypes[] = {AD_FLOAT32, AD_FLOAT64, AD_FLOAT16, AD_BFLOAT16, AD_INT32, AD_UINT8, AD_BOOL, AD_COMPLEX64};
  int done = 0;
  for (int i = 0; i < 3; i++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .isa = isas[i], .native = AD_NATIVE_OFF});
    for (int d = 0; d < 8; d++) {
      ad_array *in[] = {odd_numbers(c, dtypes[d], AD_SHAPE(1100), 1), odd_numbers(c, dtypes[d], AD_SHAPE(1100), 2)};
      for (int k = 0; k < ad_op_count(); k++) {
        const ad_op *op = ad_op_at(k);
        ad_scope *s = ad_scope_begin(c);
        if (is_elementwise(op) && !ad_is_error(around(c, in, (void *)(uintptr_t)op))) {
          char what[80];
          snprintf(what, sizeof what, "%s of %s on %s", op->name, ad_dtype_name(dtypes[d]), isas[i] ? isas[i] : "the best");
          compare(what, c, around, in, 2, (void *)(uintptr_t)op);
          done++;
        }
        ad_scope_end(s, NULL);
      }
    }
    ad_ctx_free(c);
  }
  if (done < 1000) CHECK_FAIL("%d cases only", done);
}

/* ---- Random programs over types and layouts ---- */

typedef struct random_program {
  unsigned seed;
  int nodes;
} random_program;

static ad_array *next_value(ad_ctx *c, unsigned *seed, ad_array *x, ad_array *y, ad_array *z) {
  static const ad_dtype to[] = {AD_FLOAT32, AD_FLOAT16, AD_BFLOAT16, AD_FLOAT64, AD_INT32, AD_UINT8, AD_BOOL};
  switch (draw(seed, 16)) {
  case 0: return ad_cast(x, to[draw(seed, 7)]);
  case 1: return ad_where(ad_less(x, y), z, x);
  case 2: return ad_where(ad_cast(x, AD_BOOL), y, z);
  case 3: return ad_multiply(ad_cast(ad_greater(x, y), AD_FLOAT32), z);
  case 4: return ad_logical_and(ad_cast(x, AD_BOOL), ad_less_equal(y, z));
  case 5: return ad_maximum(x, ad_minimum(y, x));
  case 6: return ad_exp(ad_negative(ad_abs(ad_cast(x, AD_FLOAT32))));
  case 7: return ad_floor_divide(x, ad_add(ad_square(y), ad_number(c, 1)));
  case 8: return ad_tanh(ad_cast(x, AD_BFLOAT16));
  case 9: return ad_clip(x, ad_number(c, -1), y);
  case 10: return ad_subtract(ad_cast(x, AD_FLOAT16), y);
  case 11: return ad_add(ad_multiply(x, y), z);
  case 12: return ad_equal(x, x);
  default: return draw(seed, 2) ? ad_multiply(x, y) : ad_add(x, y);
  }
}

static ad_array *grown(ad_ctx *c, ad_array *const *in, void *user) {
  const random_program *r = user;
  unsigned seed = r->seed;
  ad_array *all[64] = {in[0], in[1], in[2], in[3], in[4]};
  int n = 5;
  for (; n < r->nodes; n++) {
    unsigned recent = (unsigned)(n < 9 ? n : 9);
    ad_array *v[3];
    for (int k = 0; k < 3; k++) v[k] = all[(unsigned)n - 1 - draw(&seed, k ? recent : 2)];
    all[n] = next_value(c, &seed, v[0], v[1], v[2]);
  }
  return ad_tuple(c, (ad_array *[]){all[n - 1], all[n - 3], all[n / 2]}, 3);
}

TEST(random_programs) {
  static const int64_t shapes[][2] = {{4, 128}, {9, 256}, {33, 65}, {3, 1000}, {70, 16}, {40, 384}};
  static const int threads[] = {1, 2, 3, 8};
  for (int i = 0; i < 12; i++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads[i % 4], .isa = isas[i / 4], .native = AD_NATIVE_OFF});
    for (unsigned seed = 1; seed < 60; seed++) {
      const int64_t *d = shapes[seed % 6];
      ad_scope *s = ad_scope_begin(c);
      char what[64];
      snprintf(what, sizeof what, "seed %u on %s with %d threads", seed, isas[i / 4] ? isas[i / 4] : "the best", threads[i % 4]);
      ad_array *in[] = {odd_numbers(c, AD_FLOAT32, AD_SHAPE(d[0], d[1]), seed), odd_numbers(c, seed % 3 ? AD_FLOAT32 : AD_FLOAT64, AD_SHAPE(d[1]), seed + 1),
                        odd_numbers(c, AD_FLOAT16, AD_SHAPE(d[0], 1), seed + 2), ad_transpose(odd_numbers(c, AD_FLOAT32, AD_SHAPE(d[1], d[0]), seed + 3), NULL),
                        odd_numbers(c, seed % 2 ? AD_BOOL : AD_INT32, AD_SHAPE(d[0], d[1]), seed + 4)};
      compare(what, c, grown, in, 5, &(random_program){seed, 12 + (int)(seed % 40)});
      ad_scope_end(s, NULL);
    }
    ad_ctx_free(c);
  }
}

/* ---- Large results, written past the cache ---- */

static ad_array *with_bias(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *y = ad_gelu(ad_add(ad_multiply(in[0], in[1]), in[2]));
  return ad_tuple(c, (ad_array *[]){ad_multiply(y, ad_number(c, 0.9)), ad_less(y, in[0]), ad_cast(y, AD_BFLOAT16)}, 3);
}

TEST(large_results) {
  static const int threads[] = {1, 2, 3, 8};
  for (int i = 0; i < 4; i++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads[i], .native = AD_NATIVE_OFF});
    for (int k = 0; k < 3; k++) {
      int64_t row = k == 0 ? 1024 : k == 1 ? 1001 : 100;
      ad_scope *s = ad_scope_begin(c);
      ad_array *in[] = {odd_numbers(c, AD_FLOAT32, AD_SHAPE(700000 / row, row), 7), odd_numbers(c, AD_FLOAT32, AD_SHAPE(row), 8), odd_numbers(c, AD_FLOAT32, AD_SHAPE(700000 / row, 1), 9)};
      compare("bias and gelu", c, with_bias, in, 3, NULL);
      ad_scope_end(s, NULL);
    }
    ad_ctx_free(c);
  }
}

/* ---- Which form ---- */

static ad_array *integers(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_add(ad_multiply(in[0], in[0]), in[0]);
}

TEST(the_report_says_which) {
  ad_ctx *c = ad_ctx_new(NULL);
  bool vectors = strcmp(ad_ctx_isa(c), "portable") != 0;
  for (int k = 0; k < 3; k++) {
    ad_array *x = odd_numbers(c, k == 1 ? AD_INT32 : AD_FLOAT32, AD_SHAPE(k == 2 ? 100 : 4096), 3);
    ad_fn *f = ad_compile(ad_fn_new(c, integers, 1, NULL), NULL);
    CHECK_INT(ad_eval(ad_call(f, x)), AD_OK);
    const char *plan = ad_compiled_report(f, "plan");
    if ((strstr(plan, "in vector registers") != NULL) != (k == 0 && vectors)) CHECK_FAIL("%d: %s", k, plan);
  }
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(every_op), CASE(random_programs), CASE(large_results), CASE(the_report_says_which))
