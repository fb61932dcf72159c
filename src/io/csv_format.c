/* Reading CSV. See csv_format.h. */
#include "io/csv_format.h"

#include <math.h>
#include <string.h>

void ad__csv_begin(ad_csv *r, ad_mem *mem, const char *where, const void *data, size_t size, char separator) {
  *r = (ad_csv){.at = data, .end = (const char *)data + size, .where = where, .separator = separator, .line = 1};
  if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) r->at += 3;
  ad__text_init(&r->plain, mem);
}

void ad__csv_end(ad_csv *r) { ad__text_free(&r->plain); }

static ad_status refuse(const ad_csv *r, int64_t line, const char *what, ad_err *e) {
  return ad__fail(e, AD_E_FORMAT, "%s:%lld: %s", r->where, (long long)line, what);
}

static bool at_break(const ad_csv *r) { return r->at < r->end && (*r->at == '\n' || (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n')); }

static void skip_break(ad_csv *r) {
  r->at += *r->at == '\r' ? 2 : 1;
  r->line++;
}

bool ad__csv_at_empty_line(const ad_csv *r) { return !r->inside && at_break(r); }
void ad__csv_skip_line(ad_csv *r) { skip_break(r); }

static bool is_space(const ad_csv *r, char c) { return (c == ' ' || c == '\t') && c != r->separator; }

static void skip_spaces(ad_csv *r) {
  while (r->at < r->end && is_space(r, *r->at)) r->at++;
}

/* From behind the opening quote to behind the closing one. */
static ad_status read_quoted(ad_csv *r, ad_csv_field *out, ad_err *e) {
  int64_t began = r->line;
  ad__text_cut(&r->plain, 0);
  for (;;) {
    const char *quote = r->at < r->end ? memchr(r->at, '"', (size_t)(r->end - r->at)) : NULL;
    if (!quote) return refuse(r, began, "a quote that nothing closes; one at the end of the field is right", e);
    for (const char *p = r->at; p < quote; p++) r->line += *p == '\n';
    ad__text_add_n(&r->plain, r->at, (size_t)(quote - r->at));
    r->at = quote + 1;
    if (r->at >= r->end || *r->at != '"') break;
    ad__text_char(&r->plain, '"');
    r->at++;
  }
  if (r->plain.failed) return ad__fail(e, AD_E_MEMORY, "%s:%lld: no memory for a field", r->where, (long long)began);
  *out = (ad_csv_field){.text = ad__text_str(&r->plain), .length = r->plain.length};
  skip_spaces(r);
  if (r->at < r->end && *r->at != r->separator && !at_break(r)) return refuse(r, r->line, "text behind a closing quote; a separator is right", e);
  return AD_OK;
}

static void read_plain(ad_csv *r, ad_csv_field *out) {
  const char *begin = r->at;
  while (r->at < r->end && *r->at != r->separator && *r->at != '\n') r->at++;
  const char *end = r->at;
  if (r->at < r->end && *r->at == '\n' && end > begin && end[-1] == '\r') end--, r->at--;
  while (end > begin && is_space(r, end[-1])) end--;
  *out = (ad_csv_field){.text = begin, .length = (size_t)(end - begin)};
}

ad_status ad__csv_next(ad_csv *r, ad_csv_field *out, bool *more, ad_err *e) {
  *more = r->inside || r->at < r->end;
  if (!*more) return AD_OK;
  if (!r->inside) r->record_line = r->line;
  skip_spaces(r);
  if (r->at < r->end && *r->at == '"') {
    r->at++;
    ad_status s = read_quoted(r, out, e);
    if (s != AD_OK) return s;
  } else {
    read_plain(r, out);
  }
  r->inside = r->at < r->end && *r->at == r->separator;
  out->last = !r->inside;
  if (r->inside) r->at++;
  else if (at_break(r)) skip_break(r);
  return AD_OK;
}

/* ---- Numbers ---- */

static bool is_word(const ad_csv_field *f, const char *word) {
  if (f->length != strlen(word)) return false;
  for (size_t i = 0; i < f->length; i++)
    if ((f->text[i] | 0x20) != word[i]) return false;
  return true;
}

static bool read_word(const ad_csv_field *f, double *number) {
  ad_csv_field rest = *f;
  bool minus = f->length && f->text[0] == '-', sign = minus || (f->length && f->text[0] == '+');
  if (sign) rest.text++, rest.length--;
  if (is_word(&rest, "nan")) *number = NAN;
  else if (is_word(&rest, "inf") || is_word(&rest, "infinity")) *number = minus ? -INFINITY : INFINITY;
  else return false;
  return true;
}

int ad__csv_kinds(const ad_csv_field *f, int64_t *whole, double *number) {
  if (f->length == 0) return AD_CSV_EMPTY;
  size_t plus = f->text[0] == '+' && f->length > 1 && f->text[1] != '-'; /* which our own readers do not know */
  if (ad__parse_i64(f->text + plus, f->length - plus, whole)) {
    *number = (double)*whole;
    return AD_CSV_WHOLE | AD_CSV_NUMBER;
  }
  if (ad__parse_f64(f->text + plus, f->length - plus, number) || read_word(f, number)) return AD_CSV_NUMBER;
  *whole = is_word(f, "true");
  return *whole || is_word(f, "false") ? AD_CSV_TRUTH : 0;
}
