/* Text: a growable string with a sticky failure, and the error a base function reports.
 *
 * ad_text appends freely and is asked once at the end whether memory ran out. It is the only place
 * that formats numbers (vsnprintf), so that the rest of the library needs no stdio.
 * ad_err is owned by the caller, usually on its stack: base functions that can fail take one last,
 * fill code and text, and return the code. The layer above turns it into an error array. */
#ifndef AD_BASE_STR_H
#define AD_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/status.h>
#include "base/mem.h"

#if defined(__GNUC__)
#define AD_FORMAT(f, a) __attribute__((format(printf, f, a)))
#else
#define AD_FORMAT(f, a)
#endif

typedef struct ad_text {
  ad_mem *mem;
  char *data;    /* NUL-terminated once anything was added; NULL before */
  size_t length; /* without the NUL */
  size_t capacity;
  bool failed; /* memory ran out; what follows is dropped */
} ad_text;

void ad__text_init(ad_text *t, ad_mem *mem);
void ad__text_free(ad_text *t);
void ad__text_add(ad_text *t, const char *s);
void ad__text_add_n(ad_text *t, const char *s, size_t n);
void ad__text_char(ad_text *t, char c);
/* Takes away what lies behind the first n characters. */
void ad__text_cut(ad_text *t, size_t n);
void ad__text_fmt(ad_text *t, const char *fmt, ...) AD_FORMAT(2, 3);
void ad__text_vfmt(ad_text *t, const char *fmt, va_list ap) AD_FORMAT(2, 0);
/* The shortest decimal that reads back as the same number: `inf`, `nan`, `-0.0`, `1e-07`, `0.1`; always with a point or an exponent. */
void ad__text_f64(ad_text *t, double v);
void ad__text_f32(ad_text *t, float v);
/* A JSON/C style quoted string: control characters, quotes, backslashes and invalid UTF-8 are escaped. */
void ad__text_quoted(ad_text *t, const char *s, size_t n);
const char *ad__text_str(const ad_text *t); /* "" when empty */

enum { AD_ERR_TEXT = 1024 };
typedef struct ad_err {
  ad_status code;
  char text[AD_ERR_TEXT]; /* cut at a whole character when longer */
} ad_err;

/* Sets e (may be NULL) and returns code, so that `return ad__fail(e, ...)` reads as one line. */
ad_status ad__fail(ad_err *e, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);
ad_status ad__fail_v(ad_err *e, ad_status code, const char *fmt, va_list ap) AD_FORMAT(3, 0);
/* Formats into a fixed buffer, always terminated, cut when too long; returns the length written. */
size_t ad__format(char *out, size_t size, const char *fmt, ...) AD_FORMAT(3, 4);

/* The offset of the first byte that is not UTF-8 (overlong forms and surrogates are not), or n. */
size_t ad__utf8_check(const char *s, size_t n);

/* Reads a decimal float or integer from s[0..n); true when all of it was a number. Floats may be what
 * ad__text_f64 writes (inf and nan too) and round to the nearest; a magnitude too large gives inf, an integer
 * out of range is refused. The locale plays no part. */
bool ad__parse_f64(const char *s, size_t n, double *out);
bool ad__parse_f32(const char *s, size_t n, float *out);
bool ad__parse_i64(const char *s, size_t n, int64_t *out);

#endif
