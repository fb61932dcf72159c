/* Text: building, formatting and reading it. The only file that calls vsnprintf and strtod.
 *
 * Both obey the locale's decimal point, which belongs to the program and not to us. So floats are printed by
 * taking the digits out of "%.*e" and placing our own point, and read by handing strtod an integer with an
 * exponent, in which no point occurs.
 * Shortest printing follows the definition: the fewest digits that read back as the same number (Steele and
 * White 1990). A decimal of up to 15 digits (6 for float32) survives the way through a normal double, so if so
 * few suffice, printing 15 and dropping zeros finds them; one or two more need a try each.
 * Not here: translation, wide characters, anything that prints to a stream. */
#include "base/str.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the growable string ---- */

void ad__text_init(ad_text *t, ad_mem *mem) { *t = (ad_text){.mem = mem}; }

void ad__text_free(ad_text *t) {
  ad__mem_give(t->mem, t->data, t->capacity);
  *t = (ad_text){.mem = t->mem};
}

const char *ad__text_str(const ad_text *t) { return t->data ? t->data : ""; }

/* Room for `more` characters and the NUL; false (sticky) when there is none. */
static bool text_reserve(ad_text *t, size_t more) {
  if (t->failed) return false;
  size_t need;
  if (!ad__add_size(t->length, more, &need) || !ad__add_size(need, 1, &need)) return t->failed = true, false;
  if (need <= t->capacity) return true;
#ifdef AD_STRESS
  size_t capacity = need;
#else
  size_t capacity = t->capacity ? t->capacity : 64;
  while (capacity < need) capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
#endif
  char *data = ad__mem_resize(t->mem, t->data, t->capacity, capacity);
  if (!data) return t->failed = true, false;
  t->data = data;
  t->capacity = capacity;
  return true;
}

void ad__text_add_n(ad_text *t, const char *s, size_t n) {
  if (!text_reserve(t, n)) return;
  if (n) memcpy(t->data + t->length, s, n);
  t->length += n;
  t->data[t->length] = 0;
}

void ad__text_add(ad_text *t, const char *s) { ad__text_add_n(t, s, strlen(s)); }
void ad__text_char(ad_text *t, char c) { ad__text_add_n(t, &c, 1); }

void ad__text_cut(ad_text *t, size_t n) {
  if (n >= t->length) return;
  t->length = n;
  t->data[n] = 0;
}

void ad__text_vfmt(ad_text *t, const char *fmt, va_list ap) {
  char small[256];
  va_list again;
  va_copy(again, ap);
  int n = vsnprintf(small, sizeof small, fmt, ap);
  if (n < 0) t->failed = true;
  else if ((size_t)n < sizeof small) ad__text_add_n(t, small, (size_t)n);
  else if (text_reserve(t, (size_t)n)) {
    vsnprintf(t->data + t->length, (size_t)n + 1, fmt, again);
    t->length += (size_t)n;
  }
  va_end(again);
}

void ad__text_fmt(ad_text *t, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  ad__text_vfmt(t, fmt, ap);
  va_end(ap);
}

size_t ad__format(char *out, size_t size, const char *fmt, ...) {
  if (!size) return 0;
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(out, size, fmt, ap);
  va_end(ap);
  if (n < 0) return out[0] = 0, 0;
  return (size_t)n < size ? (size_t)n : size - 1;
}

/* ---- errors ---- */

ad_status ad__fail_v(ad_err *e, ad_status code, const char *fmt, va_list ap) {
  if (!e) return code;
  e->code = code;
  int n = vsnprintf(e->text, sizeof e->text, fmt, ap);
  if (n < 0) e->text[0] = 0;
  else if ((size_t)n >= sizeof e->text) { /* cut in the middle of a character: drop its first part */
    size_t end = sizeof e->text - 1, first = end;
    while (first && ((unsigned char)e->text[first - 1] & 0xC0) == 0x80) first--;
    if (first) first--;
    if (ad__utf8_check(e->text + first, end - first) != end - first) e->text[first] = 0;
  }
  return code;
}

ad_status ad__fail(ad_err *e, ad_status code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(e, code, fmt, ap);
  va_end(ap);
  return code;
}

/* ---- UTF-8 (RFC 3629) and quoting ---- */

/* The bytes of the character at s, 0 when s does not start one; its code point into *out_code. */
static size_t utf8_decode(const unsigned char *s, size_t n, uint32_t *out_code) {
  if (!n) return 0;
  if (s[0] < 0x80) return *out_code = s[0], 1;
  size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
  if (s[0] < 0xC2 || s[0] > 0xF4 || n < length) return 0;
  uint32_t code = s[0] & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; i++) {
    if ((s[i] & 0xC0) != 0x80) return 0;
    code = code << 6 | (s[i] & 0x3Fu);
  }
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
  return *out_code = code, length;
}

size_t ad__utf8_check(const char *s, size_t n) {
  size_t at = 0;
  uint32_t code;
  while (at < n) {
    size_t step = utf8_decode((const unsigned char *)s + at, n - at, &code);
    if (!step) return at;
    at += step;
  }
  return n;
}

/* Characters that steer a terminal or reorder the line: C0, DEL, C1, separators, bidirectional controls. */
static bool steers_display(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

void ad__text_quoted(ad_text *t, const char *s, size_t n) {
  ad__text_char(t, '"');
  for (size_t at = 0; at < n;) {
    uint32_t code;
    size_t step = utf8_decode((const unsigned char *)s + at, n - at, &code);
    if (!step) {
      ad__text_fmt(t, "\\x%02x", (unsigned)(unsigned char)s[at++]);
      continue;
    }
    if (code == '"' || code == '\\') ad__text_char(t, '\\'), ad__text_char(t, (char)code);
    else if (code == '\n') ad__text_add(t, "\\n");
    else if (code == '\t') ad__text_add(t, "\\t");
    else if (code == '\r') ad__text_add(t, "\\r");
    else if (steers_display(code)) ad__text_fmt(t, "\\u%04x", (unsigned)code);
    else ad__text_add_n(t, s + at, step);
    at += step;
  }
  ad__text_char(t, '"');
}

/* ---- reading numbers ---- */

/* Halfway points between doubles have at most 767 significant digits; what follows can only break a tie. */
enum { KEPT_DIGITS = 800, EXPONENT_CAP = 100000 };

/* [+-]digits[.digits][e[+-]digits] rewritten without a point into out; false when s is not of that form. */
static bool pointless_decimal(const char *s, size_t n, char *out, size_t size) {
  size_t at = 0, kept = 0, digits = 0;
  int64_t exponent = 0;
  bool point = false, lost = false;
  if (at < n && (s[at] == '+' || s[at] == '-')) out[kept++] = s[at++];
  size_t sign = kept;
  for (; at < n && ((s[at] >= '0' && s[at] <= '9') || (s[at] == '.' && !point)); at++) {
    if (s[at] == '.') {
      point = true;
      continue;
    }
    digits++;
    if (point) exponent--;
    if (kept == sign && s[at] == '0') continue;
    if (kept < sign + KEPT_DIGITS) out[kept++] = s[at];
    else exponent++, lost |= s[at] != '0';
  }
  if (!digits) return false;
  if (lost) out[kept++] = '1', exponent--;
  if (kept == sign) out[kept++] = '0';
  if (at < n && (s[at] == 'e' || s[at] == 'E')) {
    int64_t given = 0;
    bool negative = false;
    if (++at < n && (s[at] == '+' || s[at] == '-')) negative = s[at++] == '-';
    if (at == n) return false;
    for (; at < n && s[at] >= '0' && s[at] <= '9'; at++)
      if (given < INT64_MAX / 100) given = given * 10 + (s[at] - '0');
    exponent += negative ? -given : given;
  }
  if (exponent > EXPONENT_CAP) exponent = EXPONENT_CAP;
  if (exponent < -EXPONENT_CAP) exponent = -EXPONENT_CAP;
  ad__format(out + kept, size - kept, "e%d", (int)exponent);
  return at == n;
}

static bool parse_special(const char *s, size_t n, double *out) {
  bool negative = n && s[0] == '-';
  if (n && (s[0] == '-' || s[0] == '+')) s++, n--;
  if (n != 3) return false;
  if (memcmp(s, "inf", 3) == 0) *out = negative ? -(double)INFINITY : (double)INFINITY;
  else if (memcmp(s, "nan", 3) == 0) *out = (double)NAN;
  else return false;
  return true;
}

bool ad__parse_f64(const char *s, size_t n, double *out) {
  char text[KEPT_DIGITS + 32];
  if (parse_special(s, n, out)) return true;
  if (!pointless_decimal(s, n, text, sizeof text)) return false;
  int saved = errno;
  *out = strtod(text, NULL);
  errno = saved;
  return true;
}

bool ad__parse_f32(const char *s, size_t n, float *out) {
  char text[KEPT_DIGITS + 32];
  double special;
  if (parse_special(s, n, &special)) return *out = (float)special, true;
  if (!pointless_decimal(s, n, text, sizeof text)) return false;
  int saved = errno;
  *out = strtof(text, NULL);
  errno = saved;
  return true;
}

bool ad__parse_i64(const char *s, size_t n, int64_t *out) {
  size_t at = 0;
  bool negative = false;
  int64_t value = 0; /* kept negative, since the negative range is the larger one */
  if (n && (s[0] == '+' || s[0] == '-')) negative = s[at++] == '-';
  if (at == n) return false;
  for (; at < n; at++) {
    if (s[at] < '0' || s[at] > '9') return false;
    int digit = s[at] - '0';
    if (value < (INT64_MIN + digit) / 10) return false;
    value = value * 10 - digit;
  }
  if (!negative && value == INT64_MIN) return false;
  *out = negative ? value : -value;
  return true;
}

/* ---- writing numbers ---- */

enum { DIGITS_MAX = 17 };
typedef struct decimal {
  char digits[DIGITS_MAX + 1]; /* d1 d2 d3...: the value is d1.d2d3... * 10^exponent */
  int count;
  int exponent;
} decimal;

/* The nearest decimal of `count` digits; v > 0 and finite. */
static void nearest_decimal(double v, int count, decimal *d) {
  char text[64], *p = text;
  ad__format(text, sizeof text, "%.*e", count - 1, v);
  for (d->count = 0; *p && *p != 'e'; p++)
    if (*p >= '0' && *p <= '9') d->digits[d->count++] = *p;
  int64_t exponent = 0;
  ad__parse_i64(p + 1, strlen(p + 1), &exponent);
  d->exponent = (int)exponent;
  while (d->count > 1 && d->digits[d->count - 1] == '0') d->count--;
}

static bool decimal_is(const decimal *d, double v, bool single) {
  char text[64];
  size_t n = ad__format(text, sizeof text, "%.*se%d", d->count, d->digits, d->exponent - d->count + 1);
  float f;
  double g;
  if (single) return ad__parse_f32(text, n, &f) && f == (float)v;
  return ad__parse_f64(text, n, &g) && g == v;
}

/* One more in the last of `count` digits; false where that would carry out of the first. */
static bool next_decimal(decimal *d, int count) {
  while (d->count < count) d->digits[d->count++] = '0';
  while (d->count && d->digits[d->count - 1] == '9') d->count--;
  return d->count && d->digits[d->count - 1]++;
}

/* The shortest decimal that reads back as v. Above a power of two numbers lie twice as far apart as below, so the
 * next larger decimal may read back where the nearest does not. */
static void shortest_decimal(double v, bool single, decimal *d) {
  int most = single ? 9 : 17, safe = single ? FLT_DIG : DBL_DIG;
  bool normal = v >= (single ? (double)FLT_MIN : DBL_MIN);
  int unused;
  bool power_of_two = frexp(v, &unused) == 0.5;
  for (int count = normal ? safe : 1; count < most; count++) {
    nearest_decimal(v, count, d);
    if (decimal_is(d, v, single)) return;
    if (power_of_two && next_decimal(d, count) && decimal_is(d, v, single)) return;
  }
  nearest_decimal(v, most, d);
}

static void text_float(ad_text *t, double v, bool single) {
  if (isnan(v)) {
    ad__text_add(t, "nan");
    return;
  }
  if (signbit(v)) ad__text_char(t, '-');
  v = fabs(v);
  if (isinf(v) || v == 0) {
    ad__text_add(t, v == 0 ? "0.0" : "inf");
    return;
  }
  decimal d;
  shortest_decimal(v, single, &d);
  if (d.exponent < -4 || d.exponent >= 16) { /* where Python and NumPy switch */
    ad__text_char(t, d.digits[0]);
    if (d.count > 1) ad__text_char(t, '.'), ad__text_add_n(t, d.digits + 1, (size_t)(d.count - 1));
    ad__text_fmt(t, "e%c%02d", d.exponent < 0 ? '-' : '+', d.exponent < 0 ? -d.exponent : d.exponent);
    return;
  }
  for (int place = d.exponent < 0 ? 0 : d.exponent; place >= -1 || d.exponent - place < d.count; place--) {
    int digit = d.exponent - place;
    if (place == -1) ad__text_char(t, '.');
    ad__text_char(t, digit >= 0 && digit < d.count ? d.digits[digit] : '0');
  }
}

void ad__text_f64(ad_text *t, double v) { text_float(t, v, false); }
void ad__text_f32(ad_text *t, float v) { text_float(t, (double)v, true); }
