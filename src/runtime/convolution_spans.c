/* Spans of one axis of a convolution.
 *
 * Tap t at position o reads p = o * stride + t * kernel_dilation - low, and finds an element where p is a multiple of the input
 * dilation and inside. Positions fall into input_dilation / gcd(stride, input_dilation) phases; in each, every
 * (input_dilation / gcd(kernel_dilation, input_dilation))-th tap can find one, and what is found moves evenly. The ends of
 * the image cut taps off in front and behind; as positions rise, both cuts move one way only, so a phase is a few runs
 * of positions that agree, found without looking at each. */
#include "runtime/convolution_spans.h"

#include <string.h>

static int64_t gcd(int64_t a, int64_t b) {
  while (b) {
    int64_t r = a % b;
    a = b, b = r;
  }
  return a;
}

/* b > 0 */
static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }
static int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static bool append(ad_mem *m, conv_spans *s, conv_span span) {
  if (s->count == s->room) {
    size_t room = s->room ? 2 * s->room : 8;
    conv_span *grown = ad__mem_resize(m, s->at, s->room * sizeof *grown, room * sizeof *grown);
    if (!grown) return false;
    s->at = grown, s->room = room;
  }
  s->at[s->count++] = span;
  return true;
}

/* The first tap that finds an element at that position when it is inside; -1: none does. */
static int64_t first_tap(const ad_convolution_axis *a, int64_t out, int64_t tap_step) {
  for (int64_t t = 0; t < least(tap_step, a->taps); t++)
    if ((out * a->stride + t * a->kernel_dilation - a->low) % a->input_dilation == 0) return t;
  return -1;
}

/* `phase` holds the first position and all its taps, whether or not they are inside. */
static bool cut_phase(ad_mem *m, const ad_convolution_axis *a, conv_span phase, conv_spans *out) {
  const int64_t per_out = phase.in_per_out, per_tap = phase.in_per_tap, last = a->in - 1;
  for (int64_t j = 0, end; j < phase.count; j = end) {
    int64_t in = phase.in + j * per_out, tap_end = least(phase.taps, floor_div(last - in, per_tap) + 1);
    int64_t tap = least(most(ceil_div(-in, per_tap), 0), most(tap_end, 0));
    end = phase.count;
    if (tap_end > tap) {
      end = least(end, j + floor_div(last - in - (tap_end - 1) * per_tap, per_out) + 1);
      if (tap > 0) end = least(end, j + ceil_div(-in - (tap - 1) * per_tap, per_out));
    } else if (in <= last) {
      end = least(end, j + most(ceil_div(-in - (phase.taps - 1) * per_tap, per_out), 1));
    }
    conv_span s = phase;
    s.out += j * phase.out_step, s.count = end - j;
    s.tap += tap * phase.tap_step, s.taps = most(tap_end - tap, 0);
    s.in = in + tap * per_tap;
    if (!append(m, out, s)) return false;
  }
  return true;
}

bool ad__convolution_spans(ad_mem *m, const ad_convolution_axis *a, conv_spans *out) {
  *out = (conv_spans){NULL, 0, 0};
  int64_t phases = a->input_dilation / gcd(a->stride, a->input_dilation);
  int64_t tap_step = a->input_dilation / gcd(a->kernel_dilation, a->input_dilation);
  for (int64_t o = 0; o < least(phases, a->out); o++) {
    int64_t tap = first_tap(a, o, tap_step);
    conv_span s = {.out = o, .out_step = phases, .count = (a->out - 1 - o) / phases + 1, .tap_step = tap_step,
                   .in_per_out = phases * a->stride / a->input_dilation,
                   .in_per_tap = tap_step * a->kernel_dilation / a->input_dilation};
    bool ok = true;
    if (tap < 0 || a->in == 0) {
      ok = append(m, out, s);
    } else {
      s.tap = tap, s.taps = (a->taps - 1 - tap) / tap_step + 1;
      s.in = (o * a->stride + tap * a->kernel_dilation - a->low) / a->input_dilation;
      ok = cut_phase(m, a, s, out);
    }
    if (!ok) return false;
  }
  return true;
}

void ad__convolution_spans_free(ad_mem *m, conv_spans *s) {
  if (s->at) ad__mem_give(m, s->at, s->room * sizeof *s->at);
}
