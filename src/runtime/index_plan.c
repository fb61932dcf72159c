/* Index plans: index arrays and axes brought to offsets, see index_plan.h. */
#include "runtime/index_plan.h"

#include <string.h>

/* ---- Offsets of positions ---- */

/* Adds one index array's share to n offsets. A uint64 too large for int64_t is outside anyway, so its loader cuts it. */
#define EACH_INDEX(type, load, step_, ...)                       \
  for (int64_t i = 0; i < n; i++) {                              \
    type raw;                                                    \
    memcpy(&raw, data + i * (step_), sizeof raw);                \
    int64_t v = load;                                            \
    v += v < 0 ? dim : 0;                                        \
    __VA_ARGS__                                                  \
  }
#define CLAMPED                                                  \
  v = v < 0 ? 0 : v;                                             \
  out[i] += (v > last ? last : v) * stride;
#define MARKED                                                   \
  if (v < 0 || v > last) out[i] = AD_INDEX_NONE;                 \
  else if (out[i] != AD_INDEX_NONE) out[i] += v * stride;
#define ADD_SHARE(type, load)                                                               \
  if (!clamp) EACH_INDEX(type, load, step, MARKED)                                          \
  else if (step == (int64_t)sizeof(type)) EACH_INDEX(type, load, (int64_t)sizeof(type), CLAMPED) \
  else EACH_INDEX(type, load, step, CLAMPED)

static void add_share(const ad_index_axis *a, const char *data, int64_t step, bool clamp, int64_t n, int64_t *out) {
  const int64_t dim = a->dim, last = a->last, stride = a->stride;
  switch (a->dtype) {
  case AD_UINT8: ADD_SHARE(uint8_t, raw) break;
  case AD_UINT16: ADD_SHARE(uint16_t, raw) break;
  case AD_UINT32: ADD_SHARE(uint32_t, raw) break;
  case AD_UINT64: ADD_SHARE(uint64_t, raw > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)raw) break;
  case AD_INT8: ADD_SHARE(int8_t, raw) break;
  case AD_INT16: ADD_SHARE(int16_t, raw) break;
  case AD_INT32: ADD_SHARE(int32_t, raw) break;
  default: ADD_SHARE(int64_t, raw) break;
  }
}

static int64_t dot(int rank, const int64_t *a, const int64_t *b) {
  int64_t sum = 0;
  for (int i = 0; i < rank; i++) sum += a[i] * b[i];
  return sum;
}

/* The offsets of positions [begin, begin + count), in runs along the last dim. */
static void offsets(const ad_index_plan *p, int64_t begin, int64_t count, int64_t *out) {
  int last = p->rank - 1;
  while (count) {
    int64_t at[AD_MAX_RANK] = {0}, rest = begin;
    for (int i = last; i >= 0; i--) at[i] = rest % p->dims[i], rest /= p->dims[i];
    int64_t n = p->dims[last] - at[last] < count ? p->dims[last] - at[last] : count;
    int64_t base = dot(p->rank, at, p->base);
    for (int64_t i = 0; i < n; i++) out[i] = base + i * p->base[last];
    for (int k = 0; k < p->axes; k++) {
      const ad_index_axis *a = &p->axis[k];
      add_share(a, a->data + dot(p->rank, at, a->strides), a->strides[last], p->clamp, n, out);
    }
    begin += n, count -= n, out += n;
  }
}

void ad__index_run(const ad_index_plan *p, int64_t row, int64_t end, ad_index_run *out) {
  int64_t place = row % p->places, rest = row / p->places;
  int64_t before = rest % p->befores, position = rest / p->befores * p->places + place;
  int64_t count = p->befores == 1 || p->places - place > end - row ? end - row : p->places - place;
  if (p->table) {
    out->offsets = p->table + position;
  } else {
    if (count > AD_INDEX_TILE) count = AD_INDEX_TILE;
    offsets(p, position, count, out->tile);
    out->offsets = out->tile;
  }
  out->row = row;
  out->count = count;
  out->before = 0;
  for (int i = p->before_rank - 1; i >= 0; i--) {
    out->before += before % p->before_dims[i] * p->before_strides[i];
    before /= p->before_dims[i];
  }
}

/* ---- Making a plan ---- */

static bool positions_merge(const ad_index_plan *p, int to, int i) {
  if (p->base[to] != p->base[i] * p->dims[i]) return false;
  for (int k = 0; k < p->axes; k++)
    if (p->axis[k].strides[to] != p->axis[k].strides[i] * p->dims[i]) return false;
  return true;
}

static void move_position(ad_index_plan *p, int to, int i) {
  p->base[to] = p->base[i];
  for (int k = 0; k < p->axes; k++) p->axis[k].strides[to] = p->axis[k].strides[i];
}

static void merge_positions(ad_index_plan *p) {
  int n = 0;
  for (int i = 0; i < p->rank; i++) {
    if (p->dims[i] == 1) continue;
    bool merge = n && positions_merge(p, n - 1, i);
    if (merge) n--;
    p->dims[n] = merge ? p->dims[n] * p->dims[i] : p->dims[i];
    move_position(p, n++, i);
  }
  if (!n) { /* one position: all its coordinates are 0 */
    p->dims[0] = 1, p->base[0] = 0;
    for (int k = 0; k < p->axes; k++) p->axis[k].strides[0] = 0;
    n = 1;
  }
  p->rank = n;
}

/* Drops axes of length 1 and merges what lies side by side. */
static int merge_axes(int n, int64_t *dims, int64_t *strides) {
  int out = 0;
  for (int i = 0; i < n; i++) {
    if (dims[i] == 1) continue;
    if (out && strides[out - 1] == strides[i] * dims[i]) dims[out - 1] *= dims[i], strides[out - 1] = strides[i];
    else dims[out] = dims[i], strides[out++] = strides[i];
  }
  return out;
}

static ad_status take_table(ad_exec *x, int64_t count, int64_t **out) {
  *out = ad__mem_take(&x->ctx->mem, (size_t)count * sizeof **out);
  return *out ? AD_OK : ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", (size_t)count * sizeof **out);
}

static void fill_blocks(ad_index_plan *p, int rank, const int64_t *dims, const int64_t *strides) {
  for (int64_t k = 0; k < p->blocks; k++) {
    int64_t rest = k, at = 0;
    for (int i = rank - 1; i >= 0; i--) at += rest % dims[i] * strides[i], rest /= dims[i];
    p->block_offsets[k] = at;
  }
}

/* Merges the dims of the positions, cuts the axes kept behind into blocks, and makes the table. */
static ad_status finish(ad_exec *x, ad_index_plan *p, int after, int64_t *after_dims, int64_t *after_strides, size_t item) {
  merge_positions(p);
  p->before_rank = merge_axes(p->before_rank, p->before_dims, p->before_strides);
  p->befores = 1;
  for (int i = 0; i < p->before_rank; i++) p->befores *= p->before_dims[i];
  after = merge_axes(after, after_dims, after_strides);
  p->inner = p->blocks = 1;
  if (after && after_strides[after - 1] == (int64_t)item) p->inner = after_dims[--after];
  for (int i = 0; i < after; i++) p->blocks *= after_dims[i];
  p->block_offsets = &p->one_block;
  p->one_block = 0;
  p->table = NULL;
  int64_t positions = p->batches * p->places;
  if (!positions || !p->befores || !p->blocks || !p->inner) return AD_OK;
  if (p->blocks > 1) {
    if (take_table(x, p->blocks, &p->block_offsets)) return x->err.code;
    fill_blocks(p, after, after_dims, after_strides);
  }
  if (p->befores > 1) {
    if (take_table(x, positions, &p->table)) return x->err.code;
    offsets(p, 0, positions, p->table);
  }
  return AD_OK;
}

void ad__index_plan_end(ad_exec *x, ad_index_plan *p) {
  if (p->block_offsets && p->block_offsets != &p->one_block)
    ad__mem_give(&x->ctx->mem, p->block_offsets, (size_t)p->blocks * sizeof *p->block_offsets);
  if (p->table) ad__mem_give(&x->ctx->mem, p->table, (size_t)(p->batches * p->places) * sizeof *p->table);
}

ad_index_form ad__index_form_of(const ad_array *node) {
  const ad_attr *sizes = ad__attr(node, 1);
  return (ad_index_form){.n = ad__attr(node, 0)->count,
                         .axes = ad__attr(node, 0)->as.ints,
                         .sizes = sizes->given ? sizes->as.ints : NULL,
                         .at = ad__attr(node, 2)->as.i + ad__attr(node, 3)->as.i,
                         .batch = ad__attr(node, 3)->as.i,
                         .clamp = strcmp(ad__attr(node, 4)->as.text, "clamp") == 0};
}

/* The broadcast dims of the index arrays behind the batch axes; the arrays' strides over them. */
static int plan_positions(ad_index_plan *p, const ad_index_form *f, const int64_t *shape, const int64_t *strides,
                          ad_array *const *indices) {
  int batch = (int)f->batch, rank = 0;
  for (int k = 0; k < f->n; k++)
    if (indices[k]->type->rank - batch > rank) rank = indices[k]->type->rank - batch;
  for (int i = 0; i < batch + rank; i++) {
    p->dims[i] = i < batch ? shape[i] : 1;
    p->base[i] = i < batch ? strides[i] : 0;
  }
  for (int k = 0; k < f->n; k++) {
    const ad_type *it = indices[k]->type;
    int64_t room[AD_MAX_RANK];
    const int64_t *is = ad__value_strides(it, &indices[k]->value, room);
    for (int i = 0; i < batch + rank; i++) {
      int own = i < batch ? i : i + it->rank - batch - rank;
      bool there = own >= (i < batch ? 0 : batch) && it->dims[own] != 1;
      p->axis[k].strides[i] = there ? is[own] : 0;
      if (there) p->dims[i] = it->dims[own];
    }
  }
  return batch + rank;
}

ad_status ad__index_plan_begin(ad_exec *x, ad_index_plan *p, const ad_index_form *f, int rank, const int64_t *shape,
                               const int64_t *strides, size_t item, ad_array *const *indices) {
  p->block_offsets = p->table = NULL;
  p->axes = f->n;
  p->clamp = f->clamp;
  p->rank = plan_positions(p, f, shape, strides, indices);
  p->batches = p->places = 1;
  for (int i = 0; i < p->rank; i++) *(i < f->batch ? &p->batches : &p->places) *= p->dims[i];
  int64_t window[AD_MAX_RANK]; /* how much of each axis a row keeps; -1: dropped */
  for (int i = 0; i < rank; i++) window[i] = shape[i];
  for (int k = 0; k < f->n; k++) {
    int64_t axis = f->axes[k], size = f->sizes ? f->sizes[k] : 1;
    window[axis] = f->sizes ? size : -1;
    ad_index_axis *a = &p->axis[k];
    a->data = indices[k]->value.data;
    a->dtype = indices[k]->type->dtype;
    a->dim = shape[axis];
    a->last = shape[axis] - size;
    a->stride = strides[axis];
  }
  int64_t dims[AD_MAX_RANK], steps[AD_MAX_RANK];
  int after = 0, kept = (int)f->batch;
  p->before_rank = 0;
  for (int i = (int)f->batch; i < rank; i++) {
    if (window[i] < 0) continue;
    bool front = kept++ < f->at;
    int64_t *d = front ? &p->before_dims[p->before_rank] : &dims[after];
    int64_t *s = front ? &p->before_strides[p->before_rank] : &steps[after];
    *d = window[i], *s = strides[i];
    *(front ? &p->before_rank : &after) += 1;
  }
  return finish(x, p, after, dims, steps, item);
}
