/* Scans along an axis, or along all elements in row-major order.
 *
 * Sequences whose elements lie one behind the other are scanned in blocks; where further axes come behind the scanned one,
 * whole rows of neighbouring sequences step together. A reversed scan is a scan of reversed strides. Elements of other
 * dtypes than the lane's, or strided, are staged on the stack. */
#include <string.h>
#include "runtime/exec.h"
#include "runtime/structural.h"
#include "runtime/walk.h"

enum { FIELD_AXIS, FIELD_REVERSE, FIELD_EXCLUSIVE };
enum { BLOCK = 1024, ITEM = 16 };

typedef struct scan_job {
  const ad_kernels *k;
  ad_scan_kernel scan;
  bool exclusive, across, from_zero;
  ad_dtype in_dtype, lane, out_dtype;
  size_t in_item, item, out_item;
  const char *in;
  char *out;
  ad_walk outer_in, outer_out; /* where sequences, or blocks of them, begin */
  ad_walk line_in, line_out;   /* along the scan */
  ad_walk side_in;             /* across: neighbouring sequences; the results are row-major */
  size_t strips;
} scan_job;

typedef union stage {
  char bytes[BLOCK * ITEM];
  uint64_t align_word;
  double align_double;
} stage;

typedef struct stages {
  stage raw, lane, computed, result, acc;
} stages;

/* n elements of a walk as the kernel wants them. */
static const char *take(const scan_job *j, const ad_walk *w, const char *base, size_t at, size_t n, stages *s) {
  bool same = j->in_dtype == j->lane;
  const char *src = base + at * j->in_item;
  if (!ad__walk_contiguous(w, j->in_item)) {
    ad__walk_gather(w, base, j->in_item, (int64_t)at, (int64_t)n, same ? s->lane.bytes : s->raw.bytes);
    src = same ? s->lane.bytes : s->raw.bytes;
  }
  if (same) return src;
  j->k->cast[j->in_dtype][j->lane](n, s->lane.bytes, src);
  return s->lane.bytes;
}

/* n results to elements [at, at + n) of a walk; they may lie there already. */
static void put(const scan_job *j, const ad_walk *w, char *base, size_t at, size_t n, const char *computed, stages *s) {
  if (j->out_dtype != j->lane) {
    j->k->cast[j->lane][j->out_dtype](n, s->result.bytes, computed);
    computed = s->result.bytes;
  }
  if (computed != base + at * j->out_item) ad__walk_scatter(w, base, j->out_item, (int64_t)at, (int64_t)n, computed);
}

/* Sums begin with -0, which leaves the signs of zeros alone; an exclusive one shows what it begins with, and that is 0. */
static void begin_lines(const scan_job *j, size_t n, void *acc) {
  if (j->from_zero) memset(acc, 0, n * j->scan.carried);
  else j->scan.begin(n, acc);
}

static void scan_rows(void *arg, size_t begin, size_t end) {
  const scan_job *j = arg;
  stages s;
  size_t n = (size_t)j->line_in.count;
  bool direct = j->out_dtype == j->lane && ad__walk_contiguous(&j->line_out, j->out_item);
  for (size_t o = begin; o < end; o++) {
    const char *in = j->in + ad__walk_offset(&j->outer_in, (int64_t)o);
    char *out = j->out + ad__walk_offset(&j->outer_out, (int64_t)o);
    begin_lines(j, 1, s.acc.bytes);
    for (size_t at = 0; at < n; at += BLOCK) {
      size_t count = n - at < BLOCK ? n - at : BLOCK;
      char *to = direct ? out + at * j->out_item : s.computed.bytes;
      j->scan.row(count, to, take(j, &j->line_in, in, at, count, &s), s.acc.bytes, j->exclusive);
      put(j, &j->line_out, out, at, count, to, &s);
    }
  }
}

static void scan_across(void *arg, size_t begin, size_t end) {
  const scan_job *j = arg;
  stages s;
  ad_walk beside = {.count = j->side_in.count};
  beside.rank = 1;
  beside.axes[0] = (ad_walk_axis){j->side_in.count, (int64_t)j->out_item};
  bool direct = j->out_dtype == j->lane;
  for (size_t i = begin; i < end; i++) {
    size_t at = i % j->strips * BLOCK, o = i / j->strips, width = (size_t)j->side_in.count;
    size_t count = width - at < BLOCK ? width - at : BLOCK;
    const char *in = j->in + ad__walk_offset(&j->outer_in, (int64_t)o);
    char *out = j->out + ad__walk_offset(&j->outer_out, (int64_t)o);
    begin_lines(j, count, s.acc.bytes);
    for (int64_t k = 0; k < j->line_in.count; k++) {
      const char *row = in + ad__walk_offset(&j->line_in, k);
      char *target = out + ad__walk_offset(&j->line_out, k), *to = direct ? target + at * j->out_item : s.computed.bytes;
      j->scan.across(count, to, take(j, &j->side_in, row, at, count, &s), s.acc.bytes, j->exclusive);
      put(j, &beside, target, at, count, to, &s);
    }
  }
}

/* An axis of a line; a reversed one begins at its other end. */
static void add_line(ad_walk *w, int64_t n, int64_t stride, bool reverse, int64_t *begin) {
  if (reverse) *begin += (n - 1) * stride;
  ad__walk_add(w, n, reverse ? -stride : stride);
}

static void plan(scan_job *j, const ad_array *a, const ad_array *node) {
  const ad_type *t = a->type;
  const ad_attr *axis = ad__attr(node, FIELD_AXIS);
  bool reverse = ad__attr(node, FIELD_REVERSE)->as.i;
  int64_t in_room[AD_MAX_RANK], out[AD_MAX_RANK], in_begin = 0, out_begin = 0;
  const int64_t *in = ad__value_strides(t, &a->value, in_room);
  int64_t stride = (int64_t)j->out_item;
  for (int i = t->rank - 1; i >= 0; i--) {
    out[i] = stride;
    stride *= t->dims[i];
  }
  j->outer_in.count = j->outer_out.count = j->line_in.count = j->line_out.count = j->side_in.count = 1;
  for (int i = 0; i < t->rank; i++) {
    if (!axis->given || i == axis->as.i) {
      add_line(&j->line_in, t->dims[i], in[i], reverse, &in_begin);
      add_line(&j->line_out, t->dims[i], out[i], reverse, &out_begin);
    } else if (i < axis->as.i) {
      ad__walk_add(&j->outer_in, t->dims[i], in[i]);
      ad__walk_add(&j->outer_out, t->dims[i], out[i]);
    } else {
      ad__walk_add(&j->side_in, t->dims[i], in[i]);
    }
  }
  j->in = a->value.data + in_begin;
  j->out += out_begin;
  j->across = j->side_in.count > 1;
  j->strips = ((size_t)j->side_in.count + BLOCK - 1) / BLOCK;
}

static ad_status run(ad_exec *x, ad_array *node, ad_scan scan) {
  const ad_array *a = node->in[0];
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || !node->type->size) return s;
  ad_dtype t = node->type->dtype, lane = t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t;
  scan_job j = {.k = x->kernels, .scan = x->kernels->reduce->scan[scan][lane], .in_dtype = a->type->dtype, .lane = lane,
                .out_dtype = t, .in_item = a->type->item_size, .item = ad_dtype_size(lane), .out_item = node->type->item_size,
                .out = node->value.data, .exclusive = ad__attr(node, FIELD_EXCLUSIVE)->as.i};
  j.from_zero = j.exclusive && scan == AD_SCAN_SUM;
  plan(&j, a, node);
  double line = (double)j.line_in.count;
  if (j.across)
    ad__parallel(x, (size_t)j.outer_in.count * j.strips, 1, line * 0.3 * (double)(node->type->size < BLOCK ? 64 : BLOCK), scan_across, &j);
  else ad__parallel(x, (size_t)j.outer_in.count, 1, line, scan_rows, &j);
  return AD_OK;
}

ad_status ad__k_cumsum(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, AD_SCAN_SUM); }
ad_status ad__k_cumprod(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, AD_SCAN_PRODUCT); }
ad_status ad__k_cummax(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, AD_SCAN_MAX); }
ad_status ad__k_cummin(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, AD_SCAN_MIN); }
ad_status ad__k_logcumsumexp(ad_exec *x, ad_array *node, uint32_t dying) {
  return (void)dying, run(x, node, AD_SCAN_LOGSUMEXP);
}
