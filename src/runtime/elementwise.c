/* Elementwise execution.
 *
 * A kernel wants contiguous elements of its lane. When all operands are so, it is called once (or once per part on each
 * thread). Otherwise the result is cut into blocks that fit the first-level cache, and operands that are strided,
 * broadcast or of a half type are first gathered into a block of their own; an operand that is one element is spread
 * once. A half result is computed in float32 and converted from a block. Large results are written from a block past
 * the cache: that spares reading the lines first. An operand that lies across (a transposed matrix) is copied in tiles before. */
#include "runtime/elementwise.h"

#include "runtime/operands.h"

enum { BLOCK = AD_OPERAND_BLOCK, OPERANDS = 3, FIRST_ELEMENTWISE = AD_OP_add - AD_ELT_add };

/* From this many bytes of operands and result on, results are streamed past the cache. */
static const size_t stream_bytes = (size_t)4 << 20;

typedef struct elt_job {
  ad_elt_fn fn;
  const ad_kernels *k;
  int n;
  ad_space space;
  ad_elt_operand in[OPERANDS];
  char *out;
  ad_dtype out_dtype, out_lane;
  size_t out_item, block; /* block: elements at a time */
  bool staged_out; /* converted or streamed from a block */
  bool streamed;
} elt_job;

/* ---- Lanes ---- */

static ad_dtype lane_of(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }

/* What an operand is read as. */
static ad_dtype lane_in(ad_dtype t, ad_dtype lane) { return t == lane ? lane : lane_of(t); }

static int place_of(const ad_op *op) { return (int)op->id - (int)FIRST_ELEMENTWISE; }
static bool has_place(const ad_op *op) { return op->id >= FIRST_ELEMENTWISE && op->id < FIRST_ELEMENTWISE + AD_ELT_COUNT; }

/* A kernel for elements as they are stored. */
static ad_elt_fn direct_kernel(const ad_kernels *k, ad_dtype t, int place) {
  ad_elt_fn fn = k->elementwise[t][place];
  return fn || !k->stored_half[t] ? fn : k->stored_half[t][place];
}

/* The lane an op works in: that of its last operand (a select's first is a bool). Half types are computed as float32
 * but by kernels that take them as they are. */
static ad_dtype compute_lane(const ad_kernels *k, const ad_array *node) {
  ad_dtype t = node->in[node->n - 1]->type->dtype;
  return direct_kernel(k, t, place_of(node->op)) ? t : lane_of(t);
}

static ad_elt_fn kernel_of(const ad_kernels *k, const ad_array *node, ad_dtype lane) {
  bool halves = lane == AD_FLOAT32 && node->in[node->n - 1]->type->dtype == AD_FLOAT16;
  ad_elt_fn quick = halves ? k->elementwise_float16[place_of(node->op)] : NULL;
  return quick ? quick : direct_kernel(k, lane, place_of(node->op));
}

bool ad__has_elementwise(const ad_array *node) {
  if (!has_place(node->op) || !node->n || node->type->kind != AD_KIND_TENSOR) return false;
  for (int i = 0; i < node->n; i++)
    if (!node->in[i]) return false;
  const ad_kernels *k = &ad__kernels_portable;
  return k->elementwise[compute_lane(k, node)][place_of(node->op)] != NULL;
}

/* ---- Blocks ---- */

/* Past the cache. With three operands the processor does not look far enough ahead by itself while such writes wait for
 * memory, so the next block's elements are asked for in step with the writes (with fewer that costs more than it gives: measured). It is done
 * here and not in a function of its own, since a compiler may drop one that only asks. */
static void write_past(const elt_job *j, size_t begin, size_t n, bool more, const void *src) {
  enum { LINE = 64, PIECE = 64 };
  const char *from = src;
  char *to = j->out + begin * j->out_item;
  if (!more || j->n < 3) {
    j->k->stream_copy(to, from, n * j->out_item);
    return;
  }
  for (size_t at = 0; at < n; at += PIECE) {
    for (int k = 0; k < j->n; k++) {
      const ad_elt_operand *o = &j->in[k];
      const char *p = o->data + (begin + j->block + at) * o->item;
      for (size_t i = 0; o->flat && i < PIECE * o->item; i += LINE) AD_PREFETCH(p + i);
    }
    size_t m = n - at < PIECE ? n - at : PIECE;
    j->k->stream_copy(to + at * j->out_item, from + at * j->out_item, m * j->out_item);
  }
}

static void finish_block(const elt_job *j, size_t begin, size_t n, bool more, const ad_block *computed, ad_block *converted) {
  char *out = j->out + begin * j->out_item;
  const void *src = computed->bytes;
  if (j->out_dtype != j->out_lane) {
    void *to = j->streamed ? (void *)converted->bytes : (void *)out;
    j->k->cast[j->out_lane][j->out_dtype](n, to, src);
    src = to;
  }
  if (j->streamed) write_past(j, begin, n, more, src);
}

/* Elements [begin, end) of the result, block by block. */
static void blocks(void *arg, size_t begin, size_t end) {
  const elt_job *j = arg;
  ad_block raw, lane[OPERANDS], computed, converted;
  const void *in[OPERANDS] = {NULL, NULL, NULL};
  for (int k = 0; k < j->n; k++)
    if (j->in[k].single) ad__operand_spread(j->k, j->in[k].data, &j->in[k], end - begin < BLOCK ? end - begin : BLOCK, &raw, &lane[k]);
  const char *spread[OPERANDS] = {NULL, NULL, NULL};
  size_t n, inner = (size_t)j->space.dims[j->space.rank - 1];
  bool by_rows = j->space.rank > 1 && inner >= BLOCK / 4; /* long rows: no block reaches into the next */
  for (size_t at = begin; at < end; at += n) {
    n = end - at < j->block ? end - at : j->block;
    if (by_rows && inner - at % inner < n) n = inner - at % inner;
    for (int k = 0; k < j->n; k++) in[k] = ad__operand_stage(j->k, &j->space, &j->in[k], at, n, by_rows, &spread[k], &raw, &lane[k]);
    void *out = j->staged_out ? (void *)computed.bytes : (void *)(j->out + at * j->out_item);
    j->fn(n, out, in[0], in[1], in[2]);
    if (j->staged_out) finish_block(j, at, n, end - at >= 2 * j->block, &computed, &converted);
  }
}

/* ---- One node ---- */

/* Nanoseconds per element of the cheapest kernels with everything in cache: sharing work that turns out to be quicker
 * than thought makes it slower, sharing costly work a little late does not. */
static double cost_of(const elt_job *j) {
  size_t bytes = j->out_item;
  for (int k = 0; k < j->n; k++) bytes += j->in[k].item;
  return (double)bytes * 0.006;
}

/* Elements of fewer than four bytes that are all read and written as they lie go as many bytes at a time as those of four. */
static size_t block_of(const elt_job *j) {
  size_t largest = j->out_item;
  bool as_they_lie = j->out_dtype == j->out_lane;
  for (int k = 0; k < j->n; k++) {
    as_they_lie &= j->in[k].flat && j->in[k].dtype == j->in[k].lane;
    if (j->in[k].item > largest) largest = j->in[k].item;
  }
  return as_they_lie && largest < 4 ? BLOCK * 4 / largest : BLOCK;
}

static ad_status compute(ad_exec *x, ad_array *node, uint32_t dying, elt_job *j, ad_dtype lane, size_t total) {
  ad__space_begin(&j->space, node->type, node->in, j->in, j->n);
  ad_value out;
  ad_status s = ad__value_reuse(x, node, dying, &out);
  if (s) return s;
  j->out = out.data;
  j->out_dtype = node->type->dtype;
  j->out_lane = j->out_dtype == lane ? lane : lane_of(j->out_dtype);
  j->out_item = node->type->item_size;
  bool in_place = false;
  for (int k = 0; k < j->n; k++) in_place |= node->in[k]->value.buf == out.buf;
  j->streamed = total >= stream_bytes && !in_place;
  j->staged_out = j->streamed || j->out_dtype != j->out_lane;
  j->block = block_of(j);
  ad__parallel(x, (size_t)node->type->size, BLOCK, cost_of(j), blocks, j);
  node->value = out;
  return AD_OK;
}

static ad_status run_general(ad_exec *x, ad_array *node, uint32_t dying, ad_elt_fn fn, ad_dtype lane) {
  elt_job j = {.fn = fn, .k = x->kernels, .n = node->n};
  size_t total = node->type->bytes;
  ad_status s = AD_OK;
  for (int k = 0; k < j.n && !s; k++) {
    s = ad__operand_begin(x, node->in[k], lane_in(node->in[k]->type->dtype, lane), &j.in[k]);
    total += node->in[k]->type->bytes;
  }
  if (!s) s = compute(x, node, dying, &j, lane, total);
  for (int k = 0; k < j.n; k++) ad__value_free(x->cache, node->in[k]->type, &j.in[k].temp);
  return s;
}

/* Every operand row-major, of the result's size and of its own lane: one call, no description needed. */
static bool simple(const ad_array *node, ad_dtype lane) {
  for (int k = 0; k < node->n; k++) {
    const ad_array *a = node->in[k];
    if (a->type->size != node->type->size || !ad__value_contiguous(&a->value)) return false;
    if (a->type->dtype != lane && lane_of(a->type->dtype) != a->type->dtype) return false;
  }
  ad_dtype t = node->type->dtype;
  return node->type->size <= BLOCK && (t == lane || lane_of(t) == t);
}

static bool is_apart(const ad_kernels *k, const ad_array *node) {
  ad_dtype t = node->in[node->n - 1]->type->dtype;
  return (t == AD_FLOAT16 && k->elementwise_float16[place_of(node->op)]) || (lane_of(t) != t && k->elementwise[t][place_of(node->op)]);
}

bool ad__block_rule_of(const ad_kernels *k, const ad_array *node, ad_block_rule *out) {
  if (node->type->kind != AD_KIND_TENSOR || node->n < 1 || node->n > OPERANDS) return false;
  for (int i = 0; i < node->n; i++)
    if (!node->in[i] || node->in[i]->type->kind != AD_KIND_TENSOR) return false;
  if (node->op == &ad__op_cast) {
    *out = (ad_block_rule){.cast = k->cast[node->in[0]->type->dtype][node->type->dtype], .in = {node->in[0]->type->dtype}, .out = node->type->dtype, .place = -1};
    return out->cast != NULL;
  }
  if (!ad__has_elementwise(node)) return false;
  ad_dtype lane = compute_lane(k, node);
  *out = (ad_block_rule){.fn = kernel_of(k, node, lane), .out = lane_in(node->type->dtype, lane), .place = place_of(node->op), .apart = is_apart(k, node)};
  for (int i = 0; i < node->n; i++) out->in[i] = lane_in(node->in[i]->type->dtype, lane);
  return out->fn != NULL;
}

ad_elt_fn ad__elementwise_row(const ad_kernels *k, const ad_array *node) {
  if (!ad__has_elementwise(node)) return NULL;
  ad_dtype lane = compute_lane(k, node), t = node->type->dtype;
  for (int i = 0; i < node->n; i++) {
    const ad_type *in = node->in[i]->type;
    if (in->size != node->type->size || (in->dtype != lane && lane_of(in->dtype) != in->dtype)) return NULL;
  }
  return t == lane || lane_of(t) == t ? kernel_of(k, node, lane) : NULL;
}

ad_status ad__k_elementwise(ad_exec *x, ad_array *node, uint32_t dying) {
  ad_dtype lane = compute_lane(x->kernels, node);
  ad_elt_fn fn = kernel_of(x->kernels, node, lane);
  if (!simple(node, lane)) return run_general(x, node, dying, fn, lane);
  ad_status s = ad__value_reuse(x, node, dying, &node->value);
  if (s) return s;
  const void *in[OPERANDS] = {NULL, NULL, NULL};
  for (int k = 0; k < node->n; k++) in[k] = node->in[k]->value.data;
  fn((size_t)node->type->size, node->value.data, in[0], in[1], in[2]);
  return AD_OK;
}

/* ---- cast ---- */

typedef struct cast_job {
  ad_cast_fn fn;
  const ad_kernels *k;
  const char *in;
  char *out;
  size_t in_item, out_item;
  bool streamed;
} cast_job;

static void cast_blocks(void *arg, size_t begin, size_t end) {
  const cast_job *j = arg;
  if (!j->streamed) {
    j->fn(end - begin, j->out + begin * j->out_item, j->in + begin * j->in_item);
    return;
  }
  ad_block room;
  for (size_t at = begin; at < end; at += BLOCK) {
    size_t n = end - at < BLOCK ? end - at : BLOCK;
    j->fn(n, room.bytes, j->in + at * j->in_item);
    j->k->stream_copy(j->out + at * j->out_item, room.bytes, n * j->out_item);
  }
}

ad_status ad__k_cast(ad_exec *x, ad_array *node, uint32_t dying) {
  const ad_array *a = node->in[0];
  ad_value temp;
  const char *in = ad__value_contiguous_data(x, a, &temp);
  if (!in) return x->err.code;
  ad_status s = temp.buf ? ad__value_new(x, node->type, &node->value) : ad__value_reuse(x, node, dying, &node->value);
  if (!s) {
    cast_job j = {.fn = x->kernels->cast[a->type->dtype][node->type->dtype], .k = x->kernels, .in = in,
                  .out = node->value.data, .in_item = a->type->item_size, .out_item = node->type->item_size};
    j.streamed = a->type->bytes + node->type->bytes >= stream_bytes && node->value.buf != a->value.buf;
    ad__parallel(x, (size_t)node->type->size, BLOCK, (double)(j.in_item + j.out_item) * 0.03, cast_blocks, &j);
  }
  ad__value_free(x->cache, a->type, &temp);
  return s;
}
