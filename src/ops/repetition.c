/* Arrays repeated, rolled and padded by their own elements: repeat, tile, roll, pad.
 *
 * All are composed of reshape, broadcast_to, slices and concatenation. Copies are made along one axis after the other,
 * the last first, so that the largest is written once. */
#include "ops/dims.h"
#include "ops/rules.h"

/* ---- repeat, tile ---- */

/* Axis `axis` n times as long: each element n times in a row (`inner`), or the whole axis n times over. */
static ad_array *stretch(ad_array *a, int axis, int64_t n, bool inner) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t lead = 1, trail = 1, length = s.dims[axis], dims[AD_MAX_RANK];
  for (int i = 0; i < axis; i++) lead *= s.dims[i];
  for (int i = axis + 1; i < s.rank; i++) trail *= s.dims[i];
  for (int i = 0; i < s.rank; i++) dims[i] = s.dims[i];
  dims[axis] = length * n;
  ad_array *y = ad_reshape(a, inner ? AD_SHAPE(lead, length, 1, trail) : AD_SHAPE(lead, 1, length, trail));
  y = ad_broadcast_to(y, inner ? AD_SHAPE(lead, length, n, trail) : AD_SHAPE(lead, n, length, trail));
  return ad_reshape(y, (ad_shape){s.rank, dims});
}

static ad_array *flat(ad_array *a) { return ad_array_rank(a) == 1 ? a : ad_flatten(a, NULL); }

enum { REPEAT_N, REPEAT_AXIS };

static bool repeat_flat(ad_rel *r, int64_t times) {
  ad_dim count;
  int rank = ad_rel_get_rank(r, 0), out = AD_REL_OUT(r, 0);
  if (!ad_rel_rank(r, out, 1)) return false;
  if (rank < 0) return ad_rel_later(r);
  if (rank == 1) return ad__dims_stretched(r, 0, times);
  return ad__dims_count(r, 0, 0, rank, &count) && ad__dims_product(r, count, times, &count) && ad_rel_dim(r, out, 0, count);
}

static ad_status repeat_dims(ad_rel *r) {
  int64_t times = ad_rel_attr(r, REPEAT_N)->as.i;
  const ad_attr *axis = ad_rel_attr(r, REPEAT_AXIS);
  if (times < 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "%lld times; 0 or more is right", (long long)times));
  if (!axis->given) return ad_rel_end(r, repeat_flat(r, times));
  int rank = ad__dims_either_rank(r);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  return ad_rel_end(r, ad__dims_stretched(r, ad__axis_of(axis->as.i, rank), times));
}

static ad_array *repeat_compose(const ad_rule *r) {
  const ad_attr *axis = &r->attrs[REPEAT_AXIS];
  ad_array *a = axis->given ? r->in[0] : flat(r->in[0]);
  return stretch(a, axis->given ? (int)axis->as.i : 0, r->attrs[REPEAT_N].as.i, true);
}

static const ad_field repeat_fields[] = {
    {.name = "repeats", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how often, 0 or more"},
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "along which; absent: a is flattened first"},
};
const ad_op ad__op_repeat = {
    AD_OP_HEAD(repeat),
    .params = "a",
    .doc = "Each element of a several times in a row, along an axis.",
    .example = "ad_array *y = ad_repeat(x, 3, &(ad_repeat_opts){.axis = AD_INT(0)});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(repeat_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = repeat_dims,
    .compose = repeat_compose,
    AD_SPELLINGS({"numpy", "np.repeat($0, @repeats, @axis)"}),
    AD_SAMPLES({"float32[2,3]", "repeats=2, axis=-1", "normal"}, {"float64[2,3]", "repeats=3", "normal"},
               {"int8[2,0]", "repeats=2, axis=0", "small"}, {"bool[]", "repeats=4", "bool"},
               {"complex64[2]", "repeats=0, axis=0", "normal"}),
    AD_ERRORS({"float32[2]", "repeats=-1", AD_E_VALUE, "-1 times; 0 or more is right"},
              {"float32[4]", "repeats=4611686018427387904, axis=0", AD_E_OVERFLOW,
               "4 * 4611686018427387904; the size does not fit 63 bits"},
              {"float32[4]", "repeats=2, axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};

/* Entry of a list that is aligned with the last axes; 1 where it has none. */
static int64_t rep_at(const ad_attr *reps, int rank, int axis) {
  int at = axis - (rank - reps->count);
  return at < 0 ? 1 : reps->as.ints[at];
}

static bool tile_relation(ad_rel *r, const ad_attr *reps) {
  int out = AD_REL_OUT(r, 0), rank = ad_rel_get_rank(r, 0);
  for (int i = 0; i < reps->count; i++)
    if (reps->as.ints[i] < 0)
      return ad_rel_fail(r, AD_E_VALUE, "%lld times on axis %d; 0 or more is right", (long long)reps->as.ints[i], i);
  if (rank < 0) return ad_rel_later(r);
  int total = reps->count > rank ? reps->count : rank;
  if (!ad_rel_rank(r, out, total)) return false;
  for (int i = 0; i < total; i++) {
    ad_dim d = i < total - rank ? 1 : ad_rel_get_dim(r, 0, i - (total - rank));
    int64_t n = rep_at(reps, total, i);
    if (d == AD_DIM_UNKNOWN) {
      ad_dim whole = ad_rel_get_dim(r, out, i);
      if (whole < 0 || n == 0) {
        ad_rel_later(r);
        continue;
      }
      if (whole % n) return ad_rel_fail(r, AD_E_VALUE, "a result of %lld on axis %d; it is no multiple of %lld",
                                        (long long)whole, i, (long long)n);
      if (!ad_rel_dim(r, 0, i - (total - rank), d = whole / n)) return false;
    }
    if (!ad__dims_product(r, d, n, &d) || !ad_rel_dim(r, out, i, d)) return false;
  }
  return true;
}
static ad_status tile_dims(ad_rel *r) { return ad_rel_end(r, tile_relation(r, ad_rel_attr(r, 0))); }

static ad_array *tile_compose(const ad_rule *r) {
  const ad_attr *reps = &r->attrs[0];
  ad_array *a = r->in[0];
  int rank = ad_array_rank(a), lead = reps->count > rank ? reps->count - rank : 0;
  int64_t axes[AD_MAX_RANK];
  for (int i = 0; i < lead; i++) axes[i] = i;
  if (lead) a = ad_expand_dims(a, (ad_ints){true, lead, axes});
  rank += lead;
  for (int i = rank - 1; i >= 0; i--)
    if (rep_at(reps, rank, i) != 1) a = stretch(a, i, rep_at(reps, rank, i), false);
  return a;
}

static const ad_field tile_fields[] = {
    {.name = "reps", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "how often, for the last axes; 0 or more"},
};
const ad_op ad__op_tile = {
    AD_OP_HEAD(tile),
    .params = "a",
    .doc = "a laid out several times along its last axes; more entries than axes add axes in front.",
    .example = "ad_array *y = ad_tile(x, AD_INTS(2, 3));",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(tile_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = tile_dims,
    .compose = tile_compose,
    AD_SPELLINGS({"numpy", "np.tile($0, @reps)"}),
    AD_SAMPLES({"float32[2,3]", "reps=[2,2]", "normal"}, {"float64[3]", "reps=[2,1,2]", "normal"}, {"int8[2,3]", "reps=[3]", "small"},
               {"bool[]", "reps=[2]", "bool"}, {"complex64[2,0]", "reps=[2,3]", "normal"}, {"float32[2]", "reps=[0]", "normal"},
               {"float32[2]", "reps=[]", "normal"}),
    AD_ERRORS({"float32[2]", "reps=[-1]", AD_E_VALUE, "-1 times on axis 0; 0 or more is right"},
              {"float32[4]", "reps=[4611686018427387904]", AD_E_OVERFLOW,
               "4 * 4611686018427387904; the size does not fit 63 bits"}),
};

/* ---- roll ---- */

enum { ROLL_SHIFT, ROLL_AXES };

static ad_status roll_dims(ad_rel *r) {
  const ad_attr *shift = ad_rel_attr(r, ROLL_SHIFT), *axes = ad_rel_attr(r, ROLL_AXES);
  int wanted = axes->given ? axes->count : 1;
  if (shift->count != 1 && shift->count != wanted)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "%d shifts for %d axes; one, or one per axis, is right", shift->count, wanted));
  return ad__dims_same(r);
}

/* The last `by` elements of an axis in front of the rest; by counts modulo the length. */
static ad_array *rolled(ad_array *a, int axis, int64_t by) {
  int rank = ad_array_rank(a);
  int64_t n = ad_array_dim(a, axis), zero[AD_MAX_RANK] = {0}, cut[AD_MAX_RANK] = {0}, end[AD_MAX_RANK], to[AD_MAX_RANK];
  by = n ? by % n : 0;
  if (by == 0) return a;
  if (by < 0) by += n;
  for (int i = 0; i < rank; i++) end[i] = to[i] = INT64_MAX;
  cut[axis] = to[axis] = n - by;
  ad_array *parts[] = {ad_strided_slice(a, (ad_ints){true, rank, cut}, (ad_ints){true, rank, end}, NULL),
                       ad_strided_slice(a, (ad_ints){true, rank, zero}, (ad_ints){true, rank, to}, NULL)};
  return ad_concatenate(ad_array_ctx(a), parts, 2, &(ad_concatenate_opts){.axis = AD_INT(axis)});
}

static ad_array *roll_compose(const ad_rule *r) {
  const ad_attr *shift = &r->attrs[ROLL_SHIFT], *axes = &r->attrs[ROLL_AXES];
  ad_array *a = r->in[0];
  if (!axes->given) return ad_reshape(rolled(flat(a), 0, shift->as.ints[0]), ad_array_shape(a));
  for (int i = 0; i < axes->count; i++) a = rolled(a, (int)axes->as.ints[i], shift->as.ints[shift->count == 1 ? 0 : i]);
  return a;
}

static ad_array *roll_batch(const ad_rule *r, const bool *batched, int64_t size) {
  const ad_attr *shift = &r->attrs[ROLL_SHIFT], *axes = &r->attrs[ROLL_AXES];
  ad_ints by = {true, shift->count, shift->as.ints};
  int64_t up[AD_MAX_RANK], count = 1;
  (void)batched;
  for (int i = 0; axes->given && i < axes->count; i++) up[i] = axes->as.ints[i] + 1;
  if (axes->given) return ad_roll(r->in[0], by, &(ad_roll_opts){.axes = {true, axes->count, up}});
  for (int i = 1; i < ad_array_rank(r->in[0]); i++) count *= ad_array_dim(r->in[0], i);
  ad_array *rows = ad_reshape(r->in[0], AD_SHAPE(size, count));
  return ad_reshape(ad_roll(rows, by, &(ad_roll_opts){.axes = AD_AXES(1)}), ad_array_shape(r->in[0]));
}

static const ad_field roll_fields[] = {
    {.name = "shift", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "by how many places to the end; one, or one per axis"},
    {.name = "axes", .kind = AD_FIELD_AXES, .doc = "along which; absent: as if a were flat"},
};
const ad_op ad__op_roll = {
    AD_OP_HEAD(roll),
    .params = "a",
    .doc = "The elements of a moved along axes; what passes the end comes in again at the beginning.",
    .example = "ad_array *y = ad_roll(x, AD_INTS(1), &(ad_roll_opts){.axes = AD_AXES(0)});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(roll_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = roll_dims,
    .compose = roll_compose,
    .batch = roll_batch,
    AD_SPELLINGS({"numpy", "np.roll($0, @shift?(, @axes))"}),
    AD_SAMPLES({"float32[5]", "shift=[2], axes=[0]", "normal"}, {"float64[3,4]", "shift=[-1,6], axes=[0,-1]", "normal"},
               {"int8[2,3]", "shift=[4]", "small"}, {"bool[0,3]", "shift=[1], axes=[0]", "bool"},
               {"complex64[]", "shift=[3]", "normal"}, {"float16[4,3]", "shift=[1], axes=[0,1]", "normal"}),
    AD_ERRORS({"float32[3]", "shift=[1,2], axes=[0]", AD_E_VALUE, "2 shifts for 1 axes; one, or one per axis, is right"},
              {"float32[3]", "shift=[1], axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"}),
};

/* ---- pad ---- */

enum { PAD_WIDTH, PAD_MODE, PAD_VALUE };

static int64_t width_at(const ad_attr *width, int axis, int side) {
  return width->as.ints[width->count == 1 ? 0 : width->count == 2 ? side : 2 * axis + side];
}

static bool padded(ad_rel *r, const ad_attr *width, bool constant) {
  int rank = ad__dims_either_rank(r), out = AD_REL_OUT(r, 0);
  if (rank < 0) return ad_rel_later(r);
  if (rank && width->count != 1 && width->count != 2 && width->count != 2 * rank)
    return ad_rel_fail(r, AD_E_VALUE, "%d widths for rank %d; one, a pair, or a pair per axis is right", width->count, rank);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank)) return false;
  for (int i = 0; i < rank; i++) {
    int64_t low = width_at(width, i, 0), high = width_at(width, i, 1);
    ad_dim n = ad_rel_get_dim(r, 0, i), both;
    if (low < 0 || high < 0)
      return ad_rel_fail(r, AD_E_VALUE, "widths %lld and %lld on axis %d; 0 or more is right", (long long)low, (long long)high, i);
    if (n == 0 && !constant && (low || high))
      return ad_rel_fail(r, AD_E_VALUE, "axis %d is empty; nothing can be taken from it; mode \"constant\" is right", i);
    if (!ad__dims_sum(r, low, high, &both)) return false;
    ad_dim whole = ad_rel_get_dim(r, out, i);
    if (n == AD_DIM_UNKNOWN && (whole < 0 || whole >= both)) {
      if (!ad__dims_difference(r, whole, both, &n) || (n != AD_DIM_UNKNOWN && !ad_rel_dim(r, 0, i, n))) return false;
    }
    if (!ad__dims_sum(r, n, both, &n) || !ad_rel_dim(r, out, i, n)) return false;
  }
  return true;
}
static ad_status pad_dims(ad_rel *r) {
  return ad_rel_end(r, padded(r, ad_rel_attr(r, PAD_WIDTH), ad_rel_attr(r, PAD_MODE)->as.text[0] == 'c'));
}

/* Elements [begin, end) of one axis, backwards from begin down to end when end < begin. */
static ad_array *run_of(ad_array *a, int axis, int64_t begin, int64_t end) {
  int rank = ad_array_rank(a);
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK], step[AD_MAX_RANK];
  for (int i = 0; i < rank; i++) stop[i] = INT64_MAX, step[i] = 1;
  start[axis] = begin;
  stop[axis] = end < 0 ? INT64_MIN : end;
  step[axis] = end < begin ? -1 : 1;
  return ad_strided_slice(a, (ad_ints){true, rank, start}, (ad_ints){true, rank, stop},
                          &(ad_strided_slice_opts){.step = {true, rank, step}});
}

static ad_array *join(ad_array *const *parts, int n, int axis) {
  return ad_concatenate(ad_array_ctx(parts[0]), parts, n, &(ad_concatenate_opts){.axis = AD_INT(axis)});
}

/* `count` copies of one position of an axis. */
static ad_array *copies_of(ad_array *a, int axis, int64_t at, int64_t count) {
  ad_array *one = run_of(a, axis, at, at + 1);
  ad_shape s = ad_array_shape(one);
  int64_t dims[AD_MAX_RANK];
  for (int i = 0; i < s.rank; i++) dims[i] = i == axis ? count : s.dims[i];
  return ad_broadcast_to(one, (ad_shape){s.rank, dims});
}

static ad_array *pad_edge(ad_array *a, int axis, int64_t low, int64_t high) {
  int64_t n = ad_array_dim(a, axis);
  ad_array *parts[3];
  int count = 0;
  if (low) parts[count++] = copies_of(a, axis, 0, low);
  parts[count++] = a;
  if (high) parts[count++] = copies_of(a, axis, n - 1, high);
  return join(parts, count, axis);
}

/* The elements go to and fro: positions 0..n-1 upwards, then down again, without (reflect) or with (symmetric) the
 * ends twice. The result is a window on that endless walk; a wide one is doubled up from whole periods. */
static ad_array *pad_mirror(ad_array *a, int axis, int64_t low, int64_t high, bool ends_twice) {
  int64_t n = ad_array_dim(a, axis), inset = ends_twice ? 0 : 1;
  int64_t reach = n - inset;
  if (n == 1 && !ends_twice) return pad_edge(a, axis, low, high);
  while (low > 0 || high > 0) {
    /* Mirroring at both ends keeps the walk: what was added becomes part of what is mirrored next. */
    int64_t down = low < reach ? low : reach, up = high < reach ? high : reach;
    ad_array *parts[3];
    int count = 0;
    n = ad_array_dim(a, axis);
    if (down) parts[count++] = run_of(a, axis, down - 1 + inset, inset - 1);
    parts[count++] = a;
    if (up) parts[count++] = run_of(a, axis, n - 1 - inset, n - 1 - inset - up);
    a = join(parts, count, axis);
    low -= down;
    high -= up;
    reach = ad_array_dim(a, axis) - inset;
  }
  return a;
}

static ad_array *pad_compose(const ad_rule *r) {
  const ad_attr *width = &r->attrs[PAD_WIDTH], *value = &r->attrs[PAD_VALUE];
  ad_array *a = r->in[0];
  int rank = ad_array_rank(a);
  int64_t low[AD_MAX_RANK], high[AD_MAX_RANK];
  for (int i = 0; i < rank; i++) low[i] = width_at(width, i, 0), high[i] = width_at(width, i, 1);
  char mode = r->attrs[PAD_MODE].as.text[0];
  if (mode == 'c')
    return ad_pad_constant(a, ad_number(r->ctx, value->as.f[0]), (ad_ints){true, rank, low}, (ad_ints){true, rank, high}, NULL);
  for (int i = rank - 1; i >= 0; i--) {
    if (!low[i] && !high[i]) continue;
    a = mode == 'e' ? pad_edge(a, i, low[i], high[i]) : pad_mirror(a, i, low[i], high[i], mode == 's');
  }
  return a;
}

static const ad_field pad_fields[] = {
    {.name = "width", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED,
     .doc = "elements added before and behind: one number for all, a pair for all axes, or a pair per axis"},
    {.name = "mode", .kind = AD_FIELD_TEXT, .text = "constant|edge|reflect|symmetric", .doc = "what is added"},
    {.name = "value", .kind = AD_FIELD_NUM, .doc = "the number that mode constant adds", .has_default = true},
};
const ad_op ad__op_pad = {
    AD_OP_HEAD(pad),
    .params = "a",
    .doc = "a with elements added before and behind on each axis: a number (constant), its first and last (edge), or its own "
           "in reverse, the ends left out (reflect) or included (symmetric), again and again where the width asks for it.",
    .example = "ad_array *y = ad_pad(x, AD_INTS(1, 2), &(ad_pad_opts){.mode = \"edge\"});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(pad_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = pad_dims,
    .compose = pad_compose,
    AD_SPELLINGS({"numpy", "np.pad($0, np.broadcast_to(np.reshape(@width, (-1, min(2, len(@width)) or 1)), ($0.ndim, 2)), "
                           "**({'mode': @mode, 'constant_values': @value} if @mode == 'constant' else {'mode': @mode}))"}),
    AD_SAMPLES({"float32[2,3]", "width=[1]", "normal"}, {"float64[2,3]", "width=[1,2], value=1.5", "normal"},
               {"int8[2,3]", "width=[0,1,2,0], mode=\"edge\"", "small"}, {"float32[4,2]", "width=[3,1,1,0], mode=\"reflect\"", "normal"},
               {"float32[3]", "width=[7,5], mode=\"reflect\"", "normal"}, {"complex64[3]", "width=[4,8], mode=\"symmetric\"", "normal"},
               {"float32[1]", "width=[2,3], mode=\"reflect\"", "normal"}, {"bool[0,2]", "width=[1]", "bool"}),
    AD_ERRORS({"float32[2]", "width=[-1,0]", AD_E_VALUE, "widths -1 and 0 on axis 0; 0 or more is right"},
              {"float32[2,3]", "width=[1,2,3]", AD_E_VALUE, "3 widths for rank 2; one, a pair, or a pair per axis is right"},
              {"float32[0]", "width=[1], mode=\"edge\"", AD_E_VALUE, "axis 0 is empty; nothing can be taken from it"},
              {"float32[2]", "width=[1], mode=\"wrap\"", AD_E_VALUE, "mode \"wrap\"; one of constant|edge|reflect|symmetric is right"},
              {"int8[4]", "width=[9223372036854775807,1]", AD_E_OVERFLOW, "9223372036854775807 + 1; the size does not fit 63 bits"}),
};
