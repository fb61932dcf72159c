/* Text in pictures: how wide it is, how it is escaped, and numbers as people read them.
 *
 * Faces are of fixed width, so that boxes can be made to fit without knowing the reader's fonts. What is no UTF-8 shows as the
 * replacement character, and so do control characters, which XML forbids. Numbers have a point whatever the locale. */
#include <math.h>
#include <string.h>
#include "picture/layout.h"

enum { FAMILY_COLOURS = 10 };

/* The character at *s, which moves behind it; 0xFFFD for what is none. */
static uint32_t next_character(const char **s) {
  const unsigned char *u = (const unsigned char *)*s;
  size_t n = u[0] < 0x80 ? 1 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
  if (memchr(*s, 0, n) || ad__utf8_check(*s, n) < n) {
    *s += 1;
    return 0xFFFD;
  }
  *s += n;
  uint32_t c = n == 1 ? u[0] : u[0] & (0xFFu >> (n + 1));
  for (size_t i = 1; i < n; i++) c = c << 6 | (u[i] & 0x3F);
  return c < 32 || c == 127 || (c >= 0x80 && c < 0xA0) || c == 0xFFFE || c == 0xFFFF ? 0xFFFD : c;
}

/* East Asian wide characters and pictographs, roughly (Unicode Standard Annex 11). */
static int columns_of(uint32_t c) {
  if (c >= 0x300 && c < 0x370) return 0;
  bool wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xA4D0) || (c >= 0xAC00 && c < 0xD7A4) || (c >= 0xF900 && c < 0xFB00) ||
              (c >= 0xFE30 && c < 0xFE70) || (c >= 0xFF00 && c < 0xFF61) || (c >= 0x1F300 && c < 0x1FB00) || (c >= 0x20000 && c < 0x40000);
  return wide ? 2 : 1;
}

static int columns_in(const char *s) {
  int n = 0;
  while (*s) n += columns_of(next_character(&s));
  return n;
}

int ad__columns(const char *s, int most) {
  int n = columns_in(s);
  return n < most ? n : most;
}

static void add_utf8(ad_text *out, uint32_t c) {
  if (c >= 0x10000) ad__text_char(out, (char)(0xF0 | c >> 18)), ad__text_char(out, (char)(0x80 | (c >> 12 & 0x3F)));
  else if (c >= 0x800) ad__text_char(out, (char)(0xE0 | c >> 12));
  if (c >= 0x800) ad__text_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
  else if (c >= 0x80) ad__text_char(out, (char)(0xC0 | c >> 6));
  ad__text_char(out, (char)(c < 0x80 ? c : 0x80 | (c & 0x3F)));
}

static void add_character(ad_text *out, uint32_t c) {
  switch (c) {
  case '&': ad__text_add(out, "&amp;"); return;
  case '<': ad__text_add(out, "&lt;"); return;
  case '>': ad__text_add(out, "&gt;"); return;
  case '"': ad__text_add(out, "&quot;"); return;
  default: add_utf8(out, c);
  }
}

void ad__xml_text(ad_text *out, const char *s, int most) {
  bool cut = most && columns_in(s) > most;
  for (int n = 0; *s;) {
    uint32_t c = next_character(&s);
    n += columns_of(c);
    if (cut && n > most - 1) break;
    add_character(out, c);
  }
  if (cut) add_character(out, 0x2026);
}

void ad__plain_text(ad_text *out, const char *s) {
  while (*s) {
    if (*s == '\t') ad__text_char(out, *s++); /* between a detail's name and its text */
    else add_utf8(out, next_character(&s));
  }
}

/* ---- Numbers ---- */

int ad__family_colour(const char *family) {
  uint32_t h = 2166136261u;
  for (; *family; family++) h = (h ^ (unsigned char)*family) * 16777619u;
  return (int)((h ^ h >> 15) % FAMILY_COLOURS);
}

void ad__number_text(ad_text *out, double v) {
  char room[32];
  ad__decimal_text(v, 1, room, sizeof room);
  size_t n = strlen(room);
  if (room[n - 1] == '0') room[n - 2] = 0;
  ad__text_add(out, strcmp(room, "-0") == 0 ? "0" : room);
}

void ad__decimal_text(double v, int digits, char *out, size_t size) {
  static const int64_t scale[] = {1, 10, 100};
  int64_t t = llround(fabs(v) * (double)scale[digits]);
  const char *sign = v < 0 && t ? "-" : "";
  if (digits) ad__format(out, size, "%s%lld.%0*lld", sign, (long long)(t / scale[digits]), digits, (long long)(t % scale[digits]));
  else ad__format(out, size, "%s%lld", sign, (long long)t);
}

static void scaled(double v, const char *const *units, int n, double step, char *out, size_t size) {
  char number[32];
  int k = 0;
  while (k + 1 < n && v >= step) v /= step, k++;
  ad__decimal_text(v, k == 0 && v == floor(v) ? 0 : v < 10 ? 2 : v < 100 ? 1 : 0, number, sizeof number);
  ad__format(out, size, "%s%s%s", number, *units[k] ? " " : "", units[k]);
}

void ad__count_text(double v, char *out, size_t size) {
  static const char *const units[] = {"", "k", "M", "G", "T"};
  scaled(v, units, 5, 1000, out, size);
}

void ad__bytes_text(double v, char *out, size_t size) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  scaled(v, units, 5, 1024, out, size);
}

void ad__seconds_text(double v, char *out, size_t size) {
  static const char *const units[] = {"us", "ms", "s"};
  scaled(v * 1e6, units, 3, 1000, out, size);
}

void ad__box_counts(const ad_box *b, char *out, size_t size) {
  char n[32] = "", s[32] = "", m[32] = "";
  if (b->parameters >= 0) ad__count_text(b->parameters, n, sizeof n);
  if (b->seconds >= 0) ad__seconds_text(b->seconds, s, sizeof s);
  if (b->bytes >= 0) ad__bytes_text(b->bytes, m, sizeof m);
  ad__format(out, size, "%s%s%s%s%s%s", n, *n ? " params" : "", *n && *s ? ", " : "", s, (*n || *s) && *m ? ", " : "", m);
}
