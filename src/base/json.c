/* The JSON reader and writer.
 *
 * The reader is one pass of recursive descent; its depth is bounded by the limit, 512 at most, so the stack is
 * safe. Members of an object are also sorted by key, which finds
 * duplicates and makes look-up logarithmic without a hash that a file could attack.
 * Invariant: `at` never passes `size`; every refusal goes through json_fail, which is what knows offsets. */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/sort.h"

enum { DEPTH_DEFAULT = 64, DEPTH_MOST = 512, TOTAL_DEFAULT = 100000000, VALUES_DEFAULT = 4000000 };

typedef struct json_reader {
  const char *text;
  size_t size, at;
  ad_arena *arena;
  ad_text scratch; /* the string being decoded */
  ad_json_opts limits;
  size_t depth, values;
  ad_err *e;
} json_reader;

/* ---- errors ---- */

static ad_status json_fail(json_reader *r, size_t at, const char *fmt, ...) AD_FORMAT(3, 4);
static ad_status json_fail(json_reader *r, size_t at, const char *fmt, ...) {
  char what[AD_ERR_TEXT];
  va_list ap;
  ad_text t;
  ad__text_init(&t, r->arena->mem);
  va_start(ap, fmt);
  ad__text_vfmt(&t, fmt, ap);
  va_end(ap);
  ad__format(what, sizeof what, "%s", ad__text_str(&t));
  ad__text_free(&t);
  return ad__fail(r->e, AD_E_FORMAT, "%s: byte %" PRIu64 ": %s", r->limits.where, r->limits.base + at, what);
}

static ad_status json_no_memory(json_reader *r) {
  return ad__fail(r->e, AD_E_MEMORY, "%s: no memory for the JSON values", r->limits.where);
}

/* What stands at the reading place, for "expected ..., found ...". */
static ad_status json_expected(json_reader *r, const char *wanted) {
  if (r->at >= r->size) return json_fail(r, r->at, "the text ends; expected %s", wanted);
  unsigned char c = (unsigned char)r->text[r->at];
  if (c > 0x20 && c < 0x7F) return json_fail(r, r->at, "found '%c'; expected %s", c, wanted);
  return json_fail(r, r->at, "found byte 0x%02x; expected %s", c, wanted);
}

/* ---- scalars ---- */

static void skip_space(json_reader *r) {
  while (r->at < r->size && (r->text[r->at] == ' ' || r->text[r->at] == '\n' || r->text[r->at] == '\t' || r->text[r->at] == '\r'))
    r->at++;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char peek(const json_reader *r) { return r->at < r->size ? r->text[r->at] : 0; }

static ad_status skip_digits(json_reader *r) {
  if (!is_digit(peek(r))) return json_expected(r, "a digit");
  while (is_digit(peek(r))) r->at++;
  return AD_OK;
}

static ad_status read_number(json_reader *r, ad_json *v) {
  size_t start = r->at;
  ad_status code;
  if (peek(r) == '-') r->at++;
  if (peek(r) == '0' && r->at + 1 < r->size && is_digit(r->text[r->at + 1]))
    return json_fail(r, r->at, "a number may not begin with 0; expected another digit or none after it");
  if ((code = skip_digits(r)) != AD_OK) return code;
  if (peek(r) == '.') {
    r->at++;
    if ((code = skip_digits(r)) != AD_OK) return code;
  }
  if (peek(r) == 'e' || peek(r) == 'E') {
    r->at++;
    if (peek(r) == '+' || peek(r) == '-') r->at++;
    if ((code = skip_digits(r)) != AD_OK) return code;
  }
  v->kind = AD_JSON_NUMBER;
  v->length = r->at - start;
  v->text = ad__arena_text(r->arena, r->text + start, v->length);
  return v->text ? AD_OK : json_no_memory(r);
}

static ad_status read_hex4(json_reader *r, uint32_t *out) {
  *out = 0;
  for (int i = 0; i < 4; i++, r->at++) {
    char c = peek(r);
    uint32_t digit = is_digit(c)            ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                            : 16;
    if (digit == 16) return json_expected(r, "four hexadecimal digits after \\u");
    *out = *out << 4 | digit;
  }
  return AD_OK;
}

static void add_utf8(ad_text *t, uint32_t code) {
  if (code < 0x80) {
    ad__text_char(t, (char)code);
    return;
  }
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
  ad__text_char(t, (char)(lead[more] | code >> (6 * more)));
  while (more--) ad__text_char(t, (char)(0x80 | (code >> (6 * more) & 0x3F)));
}

/* \uXXXX, the reading place behind the u; two of them for a code point above U+FFFF. */
static ad_status read_code_point(json_reader *r) {
  size_t start = r->at - 2;
  uint32_t code, low;
  ad_status status = read_hex4(r, &code);
  if (status != AD_OK) return status;
  if (code >= 0xD800 && code <= 0xDFFF) {
    if (code >= 0xDC00) return json_fail(r, start, "the second half of a surrogate pair stands alone");
    if (r->size - r->at < 2 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u')
      return json_fail(r, start, "the first half of a surrogate pair stands alone");
    r->at += 2;
    if ((status = read_hex4(r, &low)) != AD_OK) return status;
    if (low < 0xDC00 || low > 0xDFFF) return json_fail(r, start, "the first half of a surrogate pair stands alone");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  add_utf8(&r->scratch, code);
  return AD_OK;
}

static ad_status read_escape(json_reader *r) {
  static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  char c = ++r->at < r->size ? r->text[r->at] : 0;
  if (c == 'u') return r->at++, read_code_point(r);
  const char *name = c ? strchr(names, c) : NULL;
  if (!name) return json_expected(r, "one of \" \\ / b f n r t u after a backslash");
  ad__text_char(&r->scratch, meant[name - names]);
  r->at++;
  return AD_OK;
}

/* A string into the arena; the reading place is at its opening quote. */
static ad_status read_string(json_reader *r, const char **out, size_t *out_length) {
  size_t start = r->at++;
  r->scratch.length = 0;
  for (;;) {
    size_t run = r->at;
    while (r->at < r->size && r->text[r->at] != '"' && r->text[r->at] != '\\' && (unsigned char)r->text[r->at] >= 0x20) r->at++;
    size_t bad = ad__utf8_check(r->text + run, r->at - run);
    if (bad != r->at - run) return json_fail(r, run + bad, "the string is not UTF-8");
    ad__text_add_n(&r->scratch, r->text + run, r->at - run);
    if (r->scratch.length > r->limits.string)
      return json_fail(r, start, "the string is longer than the limit of %zu bytes", r->limits.string);
    if (r->at >= r->size) return json_fail(r, start, "the string has no closing quote");
    if (r->text[r->at] == '"') break;
    if (r->text[r->at] != '\\') return json_expected(r, "no control character in a string; write \\u00XX");
    ad_status code = read_escape(r);
    if (code != AD_OK) return code;
  }
  r->at++;
  *out_length = r->scratch.length;
  *out = r->scratch.failed ? NULL : ad__arena_text(r->arena, ad__text_str(&r->scratch), r->scratch.length);
  return *out ? AD_OK : json_no_memory(r);
}

static ad_status read_word(json_reader *r, ad_json *v) {
  static const struct {
    const char *word;
    ad_json_kind kind;
    bool truth;
  } words[] = {{"null", AD_JSON_NULL, false}, {"true", AD_JSON_BOOL, true}, {"false", AD_JSON_BOOL, false}};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t n = strlen(words[i].word);
    if (r->size - r->at < n || memcmp(r->text + r->at, words[i].word, n) != 0) continue;
    r->at += n;
    v->kind = words[i].kind;
    v->truth = words[i].truth;
    return AD_OK;
  }
  return json_expected(r, "a value: an object, an array, a string, a number, true, false or null");
}

/* ---- containers ---- */

/* Any total order will do: by length, then by bytes. */
static int compare_keys(const char *a, size_t a_length, const char *b, size_t b_length) {
  if (a_length != b_length) return a_length < b_length ? -1 : 1;
  return a_length ? memcmp(a, b, a_length) : 0;
}

static bool key_before(const void *a, const void *b, const void *user) {
  const ad_json *x = *(const ad_json *const *)a, *y = *(const ad_json *const *)b;
  int order = compare_keys(x->key, x->key_length, y->key, y->key_length);
  (void)user;
  return order ? order < 0 : x->offset < y->offset;
}

static ad_status sort_members(json_reader *r, ad_json *object) {
  size_t n = object->length, i = 0;
  const ad_json **s = ad__arena_array(r->arena, n, sizeof *s, _Alignof(const ad_json *));
  if (!s) return json_no_memory(r);
  for (const ad_json *m = object->first; m; m = m->next) s[i++] = m;
  ad__sort(s, n, sizeof *s, key_before, NULL);
  object->sorted = s;
  for (i = 1; i < n; i++) {
    if (compare_keys(s[i - 1]->key, s[i - 1]->key_length, s[i]->key, s[i]->key_length) != 0) continue;
    ad_text name;
    ad__text_init(&name, r->arena->mem);
    ad__text_quoted(&name, s[i]->key, s[i]->key_length < 80 ? s[i]->key_length : 80);
    ad_status code =
        json_fail(r, (size_t)(s[i]->offset - r->limits.base), "the key %s stands twice in one object", ad__text_str(&name));
    ad__text_free(&name);
    return code;
  }
  return AD_OK;
}

static ad_status read_value(json_reader *r, ad_json *v);

static ad_status read_key(json_reader *r, ad_json *member) {
  if (peek(r) != '"') return json_expected(r, "a key in double quotes");
  ad_status code = read_string(r, &member->key, &member->key_length);
  if (code != AD_OK) return code;
  skip_space(r);
  if (peek(r) != ':') return json_expected(r, "':' after the key");
  r->at++;
  skip_space(r);
  return AD_OK;
}

static ad_status read_container(json_reader *r, ad_json *v) {
  bool object = r->text[r->at] == '{';
  char closing = object ? '}' : ']';
  if (++r->depth > r->limits.depth) return json_fail(r, r->at, "values are nested deeper than the limit of %zu", r->limits.depth);
  v->kind = object ? AD_JSON_OBJECT : AD_JSON_ARRAY;
  r->at++;
  skip_space(r);
  const ad_json **link = &v->first;
  while (v->length || peek(r) != closing) {
    ad_json *child = AD_ARENA_NEW(r->arena, ad_json);
    if (!child) return json_no_memory(r);
    ad_status code = object ? read_key(r, child) : AD_OK;
    if (code == AD_OK) code = read_value(r, child);
    if (code != AD_OK) return code;
    *link = child;
    link = &child->next;
    v->length++;
    skip_space(r);
    if (peek(r) == closing) break;
    if (peek(r) != ',') return json_expected(r, object ? "',' or '}'" : "',' or ']'");
    r->at++;
    skip_space(r);
  }
  r->at++;
  r->depth--;
  return object ? sort_members(r, v) : AD_OK;
}

static ad_status read_value(json_reader *r, ad_json *v) {
  v->offset = r->limits.base + r->at;
  if (++r->values > r->limits.values) return json_fail(r, r->at, "there are more values than the limit of %zu", r->limits.values);
  char c = peek(r);
  if (c == '{' || c == '[') return read_container(r, v);
  if (c == '-' || is_digit(c)) return read_number(r, v);
  if (c != '"') return read_word(r, v);
  v->kind = AD_JSON_STRING;
  return read_string(r, &v->text, &v->length);
}

static ad_status read_document(json_reader *r, const ad_json **out) {
  if (r->size > r->limits.total)
    return json_fail(r, 0, "the text has %zu bytes, above the limit of %zu", r->size, r->limits.total);
  if (r->size >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0)
    return json_fail(r, 0, "the text begins with a byte order mark; JSON has none");
  ad_json *root = AD_ARENA_NEW(r->arena, ad_json);
  if (!root) return json_no_memory(r);
  skip_space(r);
  ad_status code = read_value(r, root);
  if (code != AD_OK) return code;
  skip_space(r);
  if (r->at < r->size) return json_expected(r, "the end: the value is complete");
  *out = root;
  return AD_OK;
}

ad_status ad__json_read(ad_arena *arena, const char *text, size_t n, const ad_json_opts *opts, const ad_json **out, ad_err *e) {
  json_reader r = {.text = text, .size = n, .arena = arena, .e = e};
  if (opts) r.limits = *opts;
  if (!r.limits.where) r.limits.where = "json";
  if (!r.limits.depth) r.limits.depth = DEPTH_DEFAULT;
  if (r.limits.depth > DEPTH_MOST) r.limits.depth = DEPTH_MOST;
  if (!r.limits.total) r.limits.total = TOTAL_DEFAULT;
  if (!r.limits.string) r.limits.string = r.limits.total;
  if (!r.limits.values) r.limits.values = VALUES_DEFAULT;
  ad__text_init(&r.scratch, arena->mem);
  *out = NULL;
  ad_status code = read_document(&r, out);
  ad__text_free(&r.scratch);
  return code;
}

/* ---- asking ---- */

const ad_json *ad__json_get_n(const ad_json *object, const char *key, size_t n) {
  if (!object || object->kind != AD_JSON_OBJECT) return NULL;
  size_t low = 0, high = object->length;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const ad_json *m = object->sorted[middle];
    int order = compare_keys(key, n, m->key, m->key_length);
    if (order == 0) return m;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return NULL;
}

const ad_json *ad__json_get(const ad_json *object, const char *key) { return ad__json_get_n(object, key, strlen(key)); }

bool ad__json_is(const ad_json *v, const char *text) {
  return v && v->kind == AD_JSON_STRING && v->length == strlen(text) && memcmp(v->text, text, v->length) == 0;
}

bool ad__json_i64(const ad_json *v, int64_t *out) {
  return v && v->kind == AD_JSON_NUMBER && ad__parse_i64(v->text, v->length, out);
}

bool ad__json_u64(const ad_json *v, uint64_t *out) {
  if (!v || v->kind != AD_JSON_NUMBER) return false;
  uint64_t value = 0;
  for (size_t i = 0; i < v->length; i++) {
    if (!is_digit(v->text[i])) return false;
    uint64_t digit = (uint64_t)(v->text[i] - '0');
    if (value > (UINT64_MAX - digit) / 10) return false;
    value = value * 10 + digit;
  }
  *out = value;
  return true;
}

bool ad__json_f64(const ad_json *v, double *out) {
  double value;
  if (!v || v->kind != AD_JSON_NUMBER || !ad__parse_f64(v->text, v->length, &value) || !isfinite(value)) return false;
  *out = value;
  return true;
}

const char *ad__json_kind_name(const ad_json *v) {
  static const char *const names[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};
  return v ? names[v->kind] : "nothing";
}

/* ---- writing ---- */

void ad__json_write_init(ad_json_writer *w, ad_text *out, int indent) {
  *w = (ad_json_writer){.out = out, .indent = indent, .fresh = true};
}

static void new_line(ad_json_writer *w) {
  if (!w->indent) return;
  ad__text_char(w->out, '\n');
  for (int i = 0; i < w->depth * w->indent; i++) ad__text_char(w->out, ' ');
}

/* What separates the next value or key from what came before it. */
static void separate(ad_json_writer *w) {
  if (w->keyed) {
    w->keyed = false;
    return;
  }
  if (!w->fresh) ad__text_char(w->out, ',');
  if (w->depth) new_line(w);
  w->fresh = false;
}

static void put_quoted(ad_json_writer *w, const char *s, size_t n) {
  if (ad__utf8_check(s, n) != n && !w->failure) w->failure = "a string is not UTF-8";
  ad__text_quoted(w->out, s, n);
}

void ad__json_begin(ad_json_writer *w, char bracket) {
  separate(w);
  ad__text_char(w->out, bracket);
  w->depth++;
  w->fresh = true;
}

void ad__json_end(ad_json_writer *w, char bracket) {
  assert(w->depth > 0 && !w->keyed);
  w->depth--;
  if (!w->fresh) new_line(w);
  ad__text_char(w->out, bracket);
  w->fresh = false;
}

void ad__json_key(ad_json_writer *w, const char *s, size_t n) {
  assert(w->depth > 0 && !w->keyed);
  separate(w);
  put_quoted(w, s, n);
  ad__text_add(w->out, w->indent ? ": " : ":");
  w->keyed = true;
}

void ad__json_put_text(ad_json_writer *w, const char *s, size_t n) {
  separate(w);
  put_quoted(w, s, n);
}

void ad__json_put_i64(ad_json_writer *w, int64_t v) {
  separate(w);
  ad__text_fmt(w->out, "%" PRId64, v);
}

void ad__json_put_u64(ad_json_writer *w, uint64_t v) {
  separate(w);
  ad__text_fmt(w->out, "%" PRIu64, v);
}

static void check_finite(ad_json_writer *w, double v) {
  if (!isfinite(v) && !w->failure) w->failure = "a number is not finite, and JSON has no way to write it";
}

void ad__json_put_f64(ad_json_writer *w, double v) {
  separate(w);
  check_finite(w, v);
  ad__text_f64(w->out, v);
}

void ad__json_put_f32(ad_json_writer *w, float v) {
  separate(w);
  check_finite(w, (double)v);
  ad__text_f32(w->out, v);
}

void ad__json_put_bool(ad_json_writer *w, bool v) {
  separate(w);
  ad__text_add(w->out, v ? "true" : "false");
}

void ad__json_put_null(ad_json_writer *w) {
  separate(w);
  ad__text_add(w->out, "null");
}

ad_status ad__json_write_done(ad_json_writer *w, ad_err *e) {
  assert(w->depth == 0);
  if (w->out->failed) return ad__fail(e, AD_E_MEMORY, "json: no memory to write");
  if (w->failure) return ad__fail(e, AD_E_VALUE, "json: cannot write: %s", w->failure);
  return AD_OK;
}
