/* Windows and shapes of convolutions. See convolution_rules.h.
 *
 * Numbers are limited so that no place of a window overflows: strides and dilations to 31 bits, padding to 61, a padded axis to
 * 62. An axis that is a symbol passes through; the number of taps must be a number. */
#include "ops/convolution_rules.h"

#include "base/mem.h"
#include "ir/rel.h"
#include "ops/dims.h"

static const int64_t most_step = INT32_MAX, most_padding = INT64_MAX >> 2, most_length = INT64_MAX >> 1;

/* ---- Attributes ---- */

static int64_t entry(const ad_attr *at, int field, int i, int64_t otherwise) {
  if (field < 0 || !at[field].given) return otherwise;
  return at[field].as.ints[at[field].count == 1 ? 0 : i];
}

ad_conv_window ad__conv_window_at(const ad_conv_fields *f, const ad_attr *at, int i, int n, int64_t taps) {
  ad_conv_window w = {.stride = entry(at, f->stride, i, 1), .low = entry(at, f->low, i, 0),
                 .kernel_dilation = entry(at, f->kernel_dilation, i, 1), .input_dilation = entry(at, f->input_dilation, i, 1)};
  bool both_sides = f->high < 0 && f->low >= 0 && at[f->low].given && at[f->low].count == 2 * n;
  w.high = f->high >= 0 ? entry(at, f->high, i, w.low) : both_sides ? at[f->low].as.ints[n + i] : w.low;
  if (!f->transposed) return w;
  int64_t reach = (taps - 1) * w.kernel_dilation;
  return (ad_conv_window){1, reach - w.low, reach - w.high + entry(at, f->output_padding, i, 0), w.kernel_dilation, w.stride};
}

static bool check_count(ad_rel *r, const ad_conv_fields *f, int field, int n) {
  const ad_attr *a = ad_rel_attr(r, field);
  const char *name = r->op->fields[field].name;
  bool sides = field == f->low && f->high < 0 && !f->transposed;
  if (a->count == n || (!f->one_each && (a->count == 1 || (sides && a->count == 2 * n)))) return true;
  if (f->one_each)
    return ad_rel_fail(r, AD_E_VALUE, "%s has %d entries; one for each of %d spatial axes is right", name, a->count, n);
  if (n == 1 && !sides) return ad_rel_fail(r, AD_E_VALUE, "%s has %d entries; 1 is right", name, a->count);
  if (n == 1) return ad_rel_fail(r, AD_E_VALUE, "%s has %d entries; 1 or 2 are right", name, a->count);
  if (sides) return ad_rel_fail(r, AD_E_VALUE, "%s has %d entries; 1, %d or %d are right", name, a->count, n, 2 * n);
  return ad_rel_fail(r, AD_E_VALUE, "%s has %d entries; 1 or %d are right", name, a->count, n);
}

static bool check_range(ad_rel *r, int field, int64_t least, int64_t most) {
  const ad_attr *a = ad_rel_attr(r, field);
  const char *name = r->op->fields[field].name;
  for (int i = 0; i < a->count; i++) {
    long long v = (long long)a->as.ints[i];
    if (v < least && least == 1) return ad_rel_fail(r, AD_E_VALUE, "%s %lld; 1 or more is right", name, v);
    if (v < least || v > most)
      return ad_rel_fail(r, AD_E_VALUE, "%s %lld; %lld to %lld is right", name, v, (long long)least, (long long)most);
  }
  return true;
}

static bool check_list(ad_rel *r, const ad_conv_fields *f, int field, int n, int64_t least, int64_t most) {
  if (field < 0 || !ad_rel_attr(r, field)->given) return true;
  return check_count(r, f, field, n) && check_range(r, field, least, most);
}

/* What a transposed convolution adds behind is less than a step, or else nothing would ever be there. */
static bool check_output_padding(ad_rel *r, const ad_conv_fields *f, int n) {
  const ad_attr *at = ad_rel_attr(r, 0);
  if (!check_list(r, f, f->output_padding, n, 0, most_step)) return false;
  for (int i = 0; i < n; i++) {
    int64_t extra = entry(at, f->output_padding, i, 0), stride = entry(at, f->stride, i, 1);
    int64_t dilation = entry(at, f->kernel_dilation, i, 1);
    if (extra >= stride && extra >= dilation)
      return ad_rel_fail(r, AD_E_VALUE, "output_padding %lld with stride %lld and dilation %lld; less than one of them is right",
                         (long long)extra, (long long)stride, (long long)dilation);
  }
  return true;
}

static bool check_lists(ad_rel *r, const ad_conv_fields *f, int n) {
  return check_list(r, f, f->stride, n, 1, most_step) && check_list(r, f, f->low, n, -most_padding, most_padding) &&
         check_list(r, f, f->high, n, -most_padding, most_padding) && check_list(r, f, f->kernel_dilation, n, 1, most_step) &&
         check_list(r, f, f->input_dilation, n, 1, most_step) && (!f->transposed || check_output_padding(r, f, n));
}

/* ---- Shapes ---- */

/* d + by, where d may be a symbol. */
static ad_dim moved(ad_rel *r, ad_dim d, int64_t by) {
  return by < 0 ? ad_dim_sub(ad_rel_ctx(r), d, -by) : ad_dim_add(ad_rel_ctx(r), d, by);
}

static bool known_length(ad_rel *r, int i, ad_dim in, const ad_conv_window *w, int64_t reach, int64_t *length) {
  int64_t spread = 0;
  if (in > 0 && !ad__dims_product(r, in - 1, w->input_dilation, &spread)) return false;
  if (!ad__add_i64(spread, (in > 0) + w->low + w->high, length) || *length > most_length)
    return ad_rel_fail(r, AD_E_OVERFLOW, "spatial axis %d is longer than %lld with its padding; a shorter one is right", i,
                       (long long)most_length);
  if (*length >= reach) return true;
  return ad_rel_fail(r, AD_E_VALUE, "spatial axis %d is %lld with its padding and the kernel reaches over %lld; "
                     "at least as much is right", i, (long long)*length, (long long)reach);
}

static bool spatial_axis(ad_rel *r, const ad_conv_fields *f, int i, int n) {
  int slot = AD_REL_OUT(r, 0);
  ad_dim in = ad_rel_get_dim(r, 0, i + 1), taps = ad_rel_get_dim(r, 1, i + 1), out = ad_rel_get_dim(r, slot, i + 1);
  if (!ad_dim_is_number(taps)) return ad_rel_later(r);
  if (taps == 0) return ad_rel_fail(r, AD_E_VALUE, "the kernel has 0 taps along spatial axis %d; 1 or more is right", i);
  int64_t spread = 0, length;
  if (!ad__dims_product(r, taps - 1, entry(ad_rel_attr(r, 0), f->kernel_dilation, i, 1), &spread)) return false;
  if (spread >= most_padding)
    return ad_rel_fail(r, AD_E_OVERFLOW, "the kernel reaches over %lld along spatial axis %d; less is right", (long long)spread, i);
  ad_conv_window w = ad__conv_window_at(f, ad_rel_attr(r, 0), i, n, taps);
  int64_t reach = spread + 1, around = w.low + w.high;
  if (ad_dim_is_number(in))
    return known_length(r, i, in, &w, reach, &length) && ad_rel_dim(r, slot, i + 1, (length - reach) / w.stride + 1);
  if (in != AD_DIM_UNKNOWN) {
    ad_dim room = moved(r, ad_dim_mul(ad_rel_ctx(r), in, w.input_dilation), 1 - w.input_dilation + around - reach);
    return ad_rel_dim(r, slot, i + 1, moved(r, w.stride == 1 ? room : ad_dim_floordiv(ad_rel_ctx(r), room, w.stride), 1));
  }
  if (out == AD_DIM_UNKNOWN || w.stride != 1 || w.input_dilation != 1) return ad_rel_later(r);
  if (ad_dim_is_number(out) && out + reach - 1 < around)
    return ad_rel_fail(r, AD_E_VALUE, "a result of %lld along spatial axis %d, less than its padding gives", (long long)out, i);
  return ad_rel_dim(r, 0, i + 1, moved(r, out, reach - 1 - around));
}

static bool channels(ad_rel *r, int64_t groups) {
  ad_dim c = ad_rel_get_dim(r, 0, -1), f = ad_rel_get_dim(r, 1, 0), own = ad_rel_get_dim(r, 1, -1);
  if (groups < 1) return ad_rel_fail(r, AD_E_VALUE, "groups %lld; 1 or more is right", (long long)groups);
  if (ad_dim_is_number(f) && f % groups)
    return ad_rel_fail(r, AD_E_VALUE, "%lld output channels in %lld groups; a multiple is right", (long long)f,
                       (long long)groups);
  if (ad_dim_is_number(c) && c % groups)
    return ad_rel_fail(r, AD_E_VALUE, "%lld input channels in %lld groups; a multiple is right", (long long)c,
                       (long long)groups);
  if (ad_dim_is_number(c) && ad_dim_is_number(own) && c / groups != own)
    return ad_rel_fail(r, AD_E_VALUE, "%lld input channels in %lld groups and a kernel for %lld; %lld is right", (long long)c,
                       (long long)groups, (long long)own, (long long)(c / groups));
  if (ad_dim_is_number(c)) return ad_rel_dim(r, 1, -1, c / groups);
  ad_dim all;
  if (own == AD_DIM_UNKNOWN) return ad_rel_later(r);
  return ad__dims_product(r, own, groups, &all) && ad_rel_dim(r, 0, -1, all);
}

static bool shapes(ad_rel *r, const ad_conv_fields *f) {
  int out = AD_REL_OUT(r, 0), rank = f->axes ? f->axes + 2 : ad_rel_get_rank(r, 0);
  if (rank < 0) rank = ad_rel_get_rank(r, 1);
  if (rank < 0) rank = ad_rel_get_rank(r, out);
  if (rank < 0) return ad_rel_later(r);
  if (rank < 3)
    return ad_rel_fail(r, AD_E_VALUE, "rank %d; batch, one or more spatial axes and channels are right", rank);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, 1, rank) || !ad_rel_rank(r, out, rank)) return false;
  if (!check_lists(r, f, rank - 2)) return false;
  if (!channels(r, f->groups < 0 ? 1 : ad_rel_attr(r, f->groups)->as.i)) return false;
  for (int i = 0; i < rank - 2; i++)
    if (!spatial_axis(r, f, i, rank - 2)) return false;
  return ad_rel_same_dim(r, 0, 0, out, 0) && ad_rel_same_dim(r, 1, 0, out, -1);
}

ad_status ad__conv_dims(ad_rel *r, const ad_conv_fields *f) { return ad_rel_end(r, shapes(r, f)); }
