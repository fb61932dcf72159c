/* tones.c: finds the three tones in a noisy second of sound: a window, a spectrum, its greatest places. */
#include <adamant/adamant.h>
#include <stdio.h>

enum { RATE = 8192, TONES = 3 };
static const double hertz[TONES] = {440, 659, 1319}, loudness[TONES] = {1, 0.6, 0.3};

static ad_array *sound(ad_ctx *c) {
  ad_array *t = ad_linspace(c, 0, 1, &(ad_linspace_opts){.num = AD_INT(RATE), .half_open = true}); /* seconds */
  ad_array *y = ad_random_normal(c, ad_random_key(c, 7), NULL, ad_number(c, 0.5), AD_SHAPE(RATE), NULL);
  for (int i = 0; i < TONES; i++)
    y = ad_add(y, ad_multiply(ad_sin(ad_multiply(t, ad_number(c, 6.283185307179586 * hertz[i]))), ad_number(c, loudness[i])));
  return y;
}

int main(void) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *windowed = ad_multiply(sound(c), ad_hanning(c, RATE, NULL));
  ad_array *power = ad_square(ad_abs(ad_fft_rfft(windowed, NULL)));
  /* A window spreads a tone over its neighbours: a peak is a place that is the greatest of the nine around it. */
  ad_array *column = ad_expand_dims(power, AD_AXES(-1));
  ad_array *crest = ad_squeeze(ad_max_pool1d(column, AD_INTS(9), &(ad_max_pool1d_opts){.stride = AD_INTS(1), .padding = AD_INTS(4)}), NULL);
  ad_array *peaks = ad_where(ad_equal(power, crest), power, ad_number(c, 0));
  ad_array *found = ad_sort(ad_argtopk(peaks, TONES, NULL), NULL);
  found = ad_scope_end(s, found);

  uint32_t at[TONES];
  if (ad_read(found, at, sizeof at) != AD_OK) {
    fprintf(stderr, "%s\n", ad_error_text(found));
    ad_ctx_free(c);
    return 1;
  }
  for (int i = 0; i < TONES; i++) printf("%u Hz\n", (unsigned)at[i]);
  ad_ctx_free(c);
}
