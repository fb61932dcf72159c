/* Every elementwise op without attributes on random operands: all dtypes it takes, broadcast shapes, strides of any sign,
 * special values. One thread and three must give the same bits, and so must every instruction set.
 *
 * What was computed goes to $AD_TEST_OUT/elementwise.bin, and elementwise.txt says what lies where, one call a line:
 *   op, NumPy expression, "dtype shape offset" of the result and of each input, with tabs between
 * tests/oracle/elementwise_numpy.py recomputes it. */
#include <stdlib.h>
#include <adamant/ops.h>
#include "check.h"
#include "emit/spelling.h"
#include "ir/ctx.h"

enum { ROUNDS = 6 };

static uint64_t state = 0x9e3779b97f4a7c15u;
static uint64_t next(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state;
}
static int below(int n) { return (int)(next() >> 33) % n; }

static double number(void) {
  static const double special[] = {0, -0.0, 1, -1, 0.5, 2, INFINITY, -INFINITY, NAN, 1e-310, 1e-41, 3e38, -1e300, 100, 1e5};
  int k = below(8);
  double u = (double)(next() >> 11) * 0x1p-53 * 2 - 1;
  if (k == 0) return special[below((int)(sizeof special / sizeof *special))];
  return k < 4 ? u : k < 6 ? u * 8 : k == 6 ? u * 1000 : floor(u * 6);
}

static double tame(void) { /* for complex numbers, whose special values the C tests state one by one */
  return ((double)(next() >> 11) * 0x1p-53 * 2 - 1) * (below(2) ? 1 : 6);
}

/* Random elements of a dtype. */
static void fill(ad_dtype t, char *out, size_t bytes) {
  size_t n = bytes / ad_dtype_size(t);
  for (size_t i = 0; i < n; i++) {
    float f = (float)number();
    double d = number();
    uint64_t w = below(2) ? next() : (uint64_t)(int64_t)(below(9) - 4);
    switch (t) {
    case AD_BOOL: out[i] = (char)below(2); break;
    case AD_FLOAT16: { uint16_t h = below(3) ? (uint16_t)(0x3000 + below(0x1800) + 0x8000 * below(2)) : (uint16_t)w; memcpy(out + 2 * i, &h, 2); break; }
    case AD_BFLOAT16: { uint32_t u; memcpy(&u, &f, 4); u >>= 16; memcpy(out + 2 * i, &u, 2); break; }
    case AD_FLOAT32: memcpy(out + 4 * i, &f, 4); break;
    case AD_FLOAT64: memcpy(out + 8 * i, &d, 8); break;
    case AD_COMPLEX64: { float z[2] = {(float)tame(), (float)tame()}; memcpy(out + 8 * i, z, 8); break; }
    case AD_COMPLEX128: { double z[2] = {tame(), tame()}; memcpy(out + 16 * i, z, 16); break; }
    default: memcpy(out + i * ad_dtype_size(t), &w, ad_dtype_size(t)); break;
    }
  }
}

/* Equal bits, but that any NaN is as good as another: which operand's payload survives is the compiler's choice. */
static bool same_bits(ad_dtype t, const char *a, const char *b, size_t bytes) {
  if (memcmp(a, b, bytes) == 0) return true;
  size_t part = ad_dtype_size(t) / (ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? 2 : 1);
  uint64_t inf = t == AD_FLOAT16 ? 0x7c00 : t == AD_BFLOAT16 ? 0x7f80 : part == 4 ? 0x7f800000 : 0x7ff0000000000000;
  for (size_t i = 0; i < bytes; i += part) {
    uint64_t u = 0, v = 0, magnitude = (UINT64_C(1) << (8 * part - 1)) - 1;
    memcpy(&u, a + i, part), memcpy(&v, b + i, part);
    bool nans = ad_dtype_category(t) >= AD_CATEGORY_FLOAT && (u & magnitude) > inf && (v & magnitude) > inf;
    if (u != v && !nans) return false;
  }
  return true;
}

static char room[3][1 << 20];

/* A random view into room[k] whose shape broadcasts into `dims`. */
static ad_array *operand(ad_ctx *c, int k, ad_dtype t, int rank, const int64_t *dims) {
  int drop = below(4) ? 0 : below(rank + 1);
  int64_t shape[4], strides[4], item = (int64_t)ad_dtype_size(t), low = 0, step = item;
  int style = below(4), n = rank - drop, order[4] = {0, 1, 2, 3};
  for (int i = 0; i < n; i++) shape[i] = below(5) ? dims[drop + i] : 1;
  if (style == 1)
    for (int i = 0; i < n / 2; i++) order[i] = n - 1 - i, order[n - 1 - i] = i;
  for (int i = n - 1; i >= 0; i--) {
    int axis = order[i];
    int64_t gap = style == 2 ? 1 + below(3) : 1;
    strides[axis] = step * gap;
    step *= gap * (shape[axis] ? shape[axis] : 1);
    if (style == 3 && below(2)) strides[axis] = -strides[axis], low += strides[axis] * (shape[axis] ? shape[axis] - 1 : 0);
  }
  fill(t, room[k], (size_t)step);
  return ad_array_wrap_strided(c, t, (ad_shape){n, shape}, strides, room[k] - low, NULL, NULL);
}

static FILE *bin, *txt;
static long offset;

static void put(ad_array *a) {
  static char bytes[1 << 20];
  size_t n = (size_t)ad_array_size(a) * ad_dtype_size(ad_array_dtype(a));
  CHECK_INT(ad_read(a, bytes, n), AD_OK);
  if (!bin) return;
  fprintf(txt, "\t%s (", ad_dtype_name(ad_array_dtype(a)));
  for (int i = 0; i < ad_array_rank(a); i++) fprintf(txt, "%d,", (int)ad_array_dim(a, i));
  fprintf(txt, ") %ld", offset);
  fwrite(bytes, 1, n, bin);
  offset += (long)n;
}

/* The call on operands _0, _1...; nothing for an op without a spelling. */
static void put_spelling(const ad_op *op, ad_array *const *in, ad_array *y) {
  static const ad_operand names[] = {{"_0", AD_BINDS_ALL}, {"_1", AD_BINDS_ALL}, {"_2", AD_BINDS_ALL}};
  ad_rule r = {.ctx = y->ctx, .op = op, .n = op->inputs, .in = in, .out = y, .attrs = y->attrs ? y->attrs->at : NULL};
  ad_text text;
  int binds;
  ad__text_init(&text, &y->ctx->mem);
  if (!ad__spell("numpy", &r, names, &text, &binds, NULL)) fputs(ad__text_str(&text), txt);
  ad__text_free(&text);
}

static ad_ctx *contexts[6];
static int context_count;

/* The same call in every context gives the same bits. */
static ad_array *apply(const ad_op *op, ad_dtype t, uint64_t seed) {
  ad_array *first = NULL;
  for (int k = 0; k < context_count; k++) {
    ad_ctx *c = contexts[k];
    state = seed;
    int64_t dims[4], rank = below(4), size = 1;
    for (int i = 0; i < rank; i++) dims[i] = below(12) ? 1 + below(rank == 1 ? 5000 : rank == 2 ? 60 : 14) : below(2), size *= dims[i];
    ad_array *in[3];
    for (int i = 0; i < op->inputs; i++) {
      in[i] = operand(c, i, i == 0 && op->dtype_rule == AD_TYPE_SELECT ? AD_BOOL : t, (int)rank, dims);
      CHECK(!ad_is_error(in[i]));
    }
    ad_array *y = ad_apply(NULL, NULL, op, in, op->inputs, NULL);
    if (ad_is_error(y)) {
      CHECK_INT(ad_error_code(y), AD_E_TYPE);
      return NULL;
    }
    size_t n = (size_t)ad_array_size(y) * ad_dtype_size(ad_array_dtype(y));
    if (k == 0) {
      if (bin) fprintf(txt, "%s\t", op->name);
      if (bin) put_spelling(op, in, y);
      put(y);
      for (int i = 0; i < op->inputs; i++) put(in[i]);
      if (bin) fputc('\n', txt);
      first = y;
    } else {
      const void *a = ad_data(first), *b = ad_data(y);
      CHECK(a && b);
      if (a && b && !same_bits(ad_array_dtype(y), a, b, n))
        CHECK_FAIL("%s of %s: %s with %d threads gives other bits than %s", op->name, ad_dtype_name(t), ad_ctx_isa(c),
                   ad_ctx_threads(c), ad_ctx_isa(contexts[0]));
    }
  }
  return first;
}

TEST(every_op_every_dtype) {
  const char *folder = getenv("AD_TEST_OUT");
  char path[1024];
  if (folder) {
    snprintf(path, sizeof path, "%s/elementwise.bin", folder);
    bin = fopen(path, "wb");
    snprintf(path, sizeof path, "%s/elementwise.txt", folder);
    txt = fopen(path, "w");
    CHECK_STOP(bin && txt);
  }
  static const char *const isas[6] = {NULL, NULL, "avx512", "avx2", "neon", "portable"};
  for (int k = 0; k < 6; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = k == 1 ? 3 : 1, .isa = isas[k]});
    if (ad_ctx_status(c) == AD_OK) contexts[context_count++] = c;
    else ad_ctx_free(c); /* this processor lacks it */
  }
  CHECK(context_count >= 3);
  int calls = 0;
  for (int k = 0; k < ad_op_count(); k++) {
    const ad_op *op = ad_op_at(k);
    if (!(op->flags & AD_OP_ELEMENTWISE) || op->field_count || op->outputs > 1) continue;
    for (ad_dtype t = AD_BOOL; t < AD_DTYPE_COUNT; t++)
      for (int round = 0; round < ROUNDS; round++) {
        ad_scope *scopes[6];
        for (int i = 0; i < context_count; i++) scopes[i] = ad_scope_begin(contexts[i]);
        ad_array *y = apply(op, t, next() | 1);
        for (int i = 0; i < context_count; i++) ad_scope_end(scopes[i], NULL);
        if (!y) break;
        calls++;
      }
  }
  CHECK(calls > 3000);
  for (int k = 0; k < context_count; k++) ad_ctx_free(contexts[k]);
  if (bin) fclose(bin), fclose(txt);
}

CHECK_MAIN(CASE(every_op_every_dtype))
