/* Values in the text form: weak numbers, integers, and the elements of constants.
 *
 * Every number is read straight into its own dtype, so that it is rounded once. Memory for a constant is asked for only
 * when the text left could hold so many elements. */
#include <string.h>
#include "base/scalar_half.h"
#include "ir/ctx.h"
#include "ops/apply.h"
#include "ops/text.h"

static int shown(const ad_lexer *l) { return (int)(l->token.n < 40 ? l->token.n : 40); }

static bool is_special(const ad_lexer *l) {
  return ad__lex_is_word(l, "inf") || ad__lex_is_word(l, "nan") || ad__lex_is_word(l, "infj") || ad__lex_is_word(l, "nanj");
}

static bool is_digits(const ad_lexer *l) {
  return l->token.kind == LEX_WHOLE || l->token.kind == LEX_NUMBER || l->token.kind == LEX_IMAGINARY;
}

bool ad__text_is_number(const ad_lexer *l) {
  return is_digits(l) || is_special(l) || ad__lex_is(l, '-') || ad__lex_is_word(l, "true") || ad__lex_is_word(l, "false");
}

static bool fail_number(ad_lexer *l, const char *what) {
  return ad__lex_fail(l, l->token.s, "\"%.*s\"; %s is right", shown(l), l->token.s, what);
}

bool ad__text_int(ad_lexer *l, int64_t *out) {
  const char *start = l->token.s;
  ad__lex_accept(l, '-');
  if (l->token.kind != LEX_WHOLE) return fail_number(l, "an integer");
  /* Sign and digits need not touch. */
  char text[24] = "-";
  bool fits = l->token.n < sizeof text - 1;
  if (fits) memcpy(text + 1, l->token.s, l->token.n);
  bool minus = *start == '-';
  if (!fits || !ad__parse_i64(text + !minus, l->token.n + minus, out))
    return ad__lex_fail(l, start, "an integer that does not fit 64 bits");
  ad__lex_next(l);
  return true;
}

/* One unsigned part of a number; single rounds to float32. Sets *imaginary when it ends in j. */
static bool read_part(ad_lexer *l, bool minus, bool single, double *out, bool *imaginary) {
  size_t n = l->token.n;
  if (!is_digits(l) && !is_special(l)) return fail_number(l, "a number");
  *imaginary = l->token.s[n - 1] == 'j';
  if (*imaginary) n--;
  float f;
  bool ok = single ? ad__parse_f32(l->token.s, n, &f) : ad__parse_f64(l->token.s, n, out);
  if (!ok) return fail_number(l, "a number");
  if (single) *out = (double)f;
  if (minus) *out = -*out;
  ad__lex_next(l);
  return true;
}

/* re, re + im j or im j; the latter two are complex, which only out_im allows. */
static bool read_number(ad_lexer *l, bool single, double *out, double *out_im, bool *complex) {
  const char *start = l->token.s;
  bool imaginary, minus = ad__lex_accept(l, '-');
  if (out_im) *out_im = 0;
  *complex = false;
  if (!read_part(l, minus, single, out, &imaginary)) return false;
  if (imaginary && !out_im) return ad__lex_fail(l, start, "a complex number; a real one is right");
  if (imaginary) {
    *out_im = *out;
    *out = 0;
    *complex = true;
    return true;
  }
  if (!out_im || (!ad__lex_is(l, '+') && !ad__lex_is(l, '-'))) return true;
  *complex = true;
  minus = ad__lex_is(l, '-');
  ad__lex_next(l);
  if (!read_part(l, minus, single, out_im, &imaginary)) return false;
  return imaginary || ad__lex_fail(l, start, "a sum of real numbers; 1.0+2.0j is how complex numbers are written");
}

bool ad__text_number(ad_lexer *l, double *out, double *out_im) {
  bool complex;
  return read_number(l, false, out, out_im, &complex);
}

static bool read_bool(ad_lexer *l, bool *out) {
  *out = ad__lex_is_word(l, "true");
  if (!*out && !ad__lex_is_word(l, "false")) return fail_number(l, "true or false");
  ad__lex_next(l);
  return true;
}

/* True when the token ahead is a whole number that no imaginary part follows. */
static bool is_whole(const ad_lexer *l) {
  ad_lexer look = *l;
  ad__lex_accept(&look, '-');
  if (look.token.kind != LEX_WHOLE) return false;
  ad__lex_next(&look);
  return !ad__lex_is(&look, '+') && !ad__lex_is(&look, '-');
}

ad_array *ad__text_literal(ad_lexer *l) {
  const char *start = l->token.s;
  bool flag, complex;
  int64_t whole;
  double re, im;
  ad_array *a = NULL;
  if (ad__lex_is_word(l, "true") || ad__lex_is_word(l, "false")) {
    if (read_bool(l, &flag)) a = ad_number_bool_at(NULL, l->c, flag);
  } else if (is_whole(l)) {
    if (ad__text_int(l, &whole)) a = ad_number_int_at(NULL, l->c, whole);
  } else {
    if (!read_number(l, false, &re, &im, &complex)) return NULL;
    a = complex ? ad_number_complex_at(NULL, l->c, re, im) : ad_number_at(NULL, l->c, re);
  }
  if (a && ad__is_error(a)) ad__lex_fail_as(l, start, ad_error_code(a), ad_error_text(a));
  return l->err->code ? NULL : a;
}

/* ---- Constants ---- */

static bool read_whole(ad_lexer *l, ad_dtype t, char *out) {
  const char *start = l->token.s;
  int64_t v;
  uint64_t u = 0;
  size_t bytes = ad_dtype_size(t);
  if (t == AD_UINT64 && l->token.kind == LEX_WHOLE) {
    for (size_t i = 0; i < l->token.n; i++) {
      uint64_t digit = (uint64_t)(l->token.s[i] - '0');
      if (u > (UINT64_MAX - digit) / 10) return ad__lex_fail(l, start, "an integer that does not fit uint64");
      u = u * 10 + digit;
    }
    memcpy(out, &u, bytes);
    ad__lex_next(l);
    return true;
  }
  if (!ad__text_int(l, &v)) return false;
  bool is_signed = ad_dtype_category(t) == AD_CATEGORY_INT;
  int64_t most = bytes == 8 ? INT64_MAX : ((int64_t)1 << (8 * bytes - is_signed)) - 1, least = is_signed ? -most - 1 : 0;
  if (v < least || v > most) return ad__lex_fail(l, start, "%lld does not fit %s", (long long)v, ad_dtype_name(t));
  memcpy(out, &v, bytes); /* the low bytes come first */
  return true;
}

static bool read_element(ad_lexer *l, ad_dtype t, char *out) {
  double re, im;
  bool flag, complex, wide = t == AD_FLOAT64 || t == AD_COMPLEX128;
  ad_category category = ad_dtype_category(t);
  if (category == AD_CATEGORY_BOOL) return read_bool(l, &flag) && (*out = flag, true);
  if (category < AD_CATEGORY_FLOAT) return read_whole(l, t, out);
  if (!read_number(l, !wide, &re, category == AD_CATEGORY_COMPLEX ? &im : NULL, &complex)) return false;
  float f[2] = {(float)re, category == AD_CATEGORY_COMPLEX ? (float)im : 0};
  double d[2] = {re, category == AD_CATEGORY_COMPLEX ? im : 0};
  uint16_t half = t == AD_FLOAT16 ? ad_f32_to_f16(f[0]) : ad_f32_to_bf16(f[0]);
  size_t bytes = ad_dtype_size(t);
  memcpy(out, bytes == 2 ? (const void *)&half : wide ? (const void *)d : (const void *)f, bytes);
  return true;
}

/* Recursion over axes. */
static bool read_elements(ad_lexer *l, const ad_type *t, int axis, char **to) {
  if (axis == t->rank) {
    bool ok = read_element(l, t->dtype, *to);
    *to += t->item_size;
    return ok;
  }
  if (!ad__lex_expect(l, '[')) return false;
  for (int64_t i = 0; i < t->dims[axis]; i++)
    if ((i && !ad__lex_expect(l, ',')) || !read_elements(l, t, axis + 1, to)) return false;
  return ad__lex_expect(l, ']');
}

ad_array *ad__text_constant(ad_lexer *l) {
  if (!ad__lex_expect(l, '(')) return NULL;
  const char *start = l->token.s;
  const ad_type *t = ad__lex_type(l);
  if (!t) return NULL;
  if (t->kind != AD_KIND_TENSOR || t->size < 0)
    return ad__lex_fail(l, start, "a constant without a known size; a tensor's type with numbers as dims is right"), NULL;
  if ((uint64_t)t->size > (uint64_t)(l->end - l->at) + 1)
    return ad__lex_fail(l, start, "%lld elements; the text is too short for so many", (long long)t->size), NULL;
  ad_array *a = ad__constant_new(l->c, NULL, t);
  if (ad__is_error(a)) return ad__lex_fail_memory(l), NULL;
  char *to = a->value.data;
  bool ok = t->size ? read_elements(l, t, 0, &to) : ad__lex_expect(l, '[') && ad__lex_expect(l, ']');
  return ok && ad__lex_expect(l, ')') ? a : NULL;
}
