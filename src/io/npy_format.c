/* Reading and writing the npy header.
 *
 * Invariant of the parser: `at` never passes `size`, and offsets in messages count from the start of the npy.
 * Keys may come in any order, each exactly once, since readers of other makers rely on an order that NumPy does
 * not promise. */
#include "io/npy_format.h"

#include <inttypes.h>
#include <string.h>

static const char npy_magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

typedef struct npy_parser {
  const char *text; /* the whole npy as far as it is there */
  size_t size, at;  /* of prefix and header */
  const char *where;
  ad_err *e;
} npy_parser;

static ad_status npy_fail(const npy_parser *p, uint64_t at, const char *fmt, ...) AD_FORMAT(3, 4);
static ad_status npy_fail(const npy_parser *p, uint64_t at, const char *fmt, ...) {
  ad_err inner;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&inner, AD_E_FORMAT, fmt, ap);
  va_end(ap);
  return ad__fail(p->e, AD_E_FORMAT, "%s: byte %" PRIu64 ": npy: %s", p->where, at, inner.text);
}

/* ---- the prefix ---- */

ad_status ad__npy_header_size(const void *data, size_t n, uint64_t size, const char *where, size_t *out, ad_err *e) {
  const unsigned char *b = data;
  npy_parser p = {.where = where, .e = e};
  if (size < 10 || n < 10) return npy_fail(&p, size, "the file ends in its first 10 bytes; it is cut short or no npy");
  if (memcmp(b, npy_magic, sizeof npy_magic) != 0) return npy_fail(&p, 0, "the file does not begin with the npy magic string");
  unsigned major = b[6], minor = b[7];
  if (major < 1 || major > 3 || minor != 0)
    return npy_fail(&p, 6, "version %u.%u is not known; 1.0, 2.0 and 3.0 are", major, minor);
  size_t prefix = major == 1 ? 10 : 12;
  if (size < prefix || n < prefix) return npy_fail(&p, size, "the file ends before the length of its header");
  uint64_t length = b[8] | (uint64_t)b[9] << 8;
  if (major > 1) length |= (uint64_t)b[10] << 16 | (uint64_t)b[11] << 24;
  if (length > AD_NPY_HEADER_MOST)
    return npy_fail(&p, 8, "a header of %" PRIu64 " bytes; at most %d are allowed", length, AD_NPY_HEADER_MOST);
  if (length > size - prefix)
    return npy_fail(&p, 8, "a header of %" PRIu64 " bytes in a file of %" PRIu64 "; it is cut short", length, size);
  *out = prefix + (size_t)length;
  return AD_OK;
}

/* ---- tokens of the dict literal ---- */

static char npy_peek(const npy_parser *p) { return p->at < p->size ? p->text[p->at] : 0; }

static void npy_space(npy_parser *p) {
  while (p->at < p->size && (npy_peek(p) == ' ' || npy_peek(p) == '\n' || npy_peek(p) == '\t' || npy_peek(p) == '\r')) p->at++;
}

static ad_status npy_expected(const npy_parser *p, const char *wanted) {
  if (p->at >= p->size) return npy_fail(p, p->at, "the header ends; expected %s", wanted);
  unsigned char c = (unsigned char)p->text[p->at];
  if (c > 0x20 && c < 0x7F) return npy_fail(p, p->at, "found '%c' in the header; expected %s", c, wanted);
  return npy_fail(p, p->at, "found byte 0x%02x in the header; expected %s", c, wanted);
}

static bool npy_take(npy_parser *p, char c) {
  npy_space(p);
  if (npy_peek(p) != c || p->at >= p->size) return false;
  p->at++;
  return true;
}

/* A quoted string without escapes: what NumPy writes never needs one. */
static ad_status npy_string(npy_parser *p, const char **out, size_t *out_length) {
  npy_space(p);
  char quote = npy_peek(p);
  if (quote != '\'' && quote != '"') return npy_expected(p, "a string in quotes");
  size_t start = ++p->at;
  for (; p->at < p->size && p->text[p->at] != quote; p->at++)
    if ((unsigned char)p->text[p->at] < 0x20 || p->text[p->at] == '\\' || (unsigned char)p->text[p->at] >= 0x7F)
      return npy_expected(p, "printable ASCII without backslash in a string");
  if (p->at >= p->size) return npy_fail(p, start - 1, "a string in the header has no closing quote");
  *out = p->text + start;
  *out_length = p->at++ - start;
  return AD_OK;
}

static ad_status npy_bool(npy_parser *p, bool *out) {
  npy_space(p);
  static const struct {
    const char *word;
    bool value;
  } words[] = {{"True", true}, {"False", false}};
  for (int i = 0; i < 2; i++) {
    size_t n = strlen(words[i].word);
    if (p->size - p->at < n || memcmp(p->text + p->at, words[i].word, n) != 0) continue;
    p->at += n;
    *out = words[i].value;
    return AD_OK;
  }
  return npy_expected(p, "True or False");
}

/* A dim: digits, and the L that Python 2 put behind long numbers. */
static ad_status npy_dim(npy_parser *p, int64_t *out) {
  size_t start = p->at;
  while (npy_peek(p) >= '0' && npy_peek(p) <= '9') p->at++;
  if (p->at == start) return npy_expected(p, "a number of elements or ')'");
  if (!ad__parse_i64(p->text + start, p->at - start, out)) return npy_fail(p, start, "a dim does not fit 63 bits");
  if (p->text[start] == '0' && p->at - start > 1) return npy_fail(p, start, "a number may not begin with 0");
  if (npy_peek(p) == 'L') p->at++;
  return AD_OK;
}

static ad_status npy_shape(npy_parser *p, ad_tensor_file *t) {
  if (!npy_take(p, '(')) return npy_expected(p, "a shape such as (2, 3)");
  bool comma = true;
  while (!npy_take(p, ')')) {
    if (!comma) return npy_expected(p, "',' or ')' in the shape");
    if (t->rank == AD_MAX_RANK) return npy_fail(p, p->at, "the shape has more than %d dims", AD_MAX_RANK);
    ad_status code = npy_dim(p, &t->dims[t->rank]);
    if (code != AD_OK) return code;
    t->rank++;
    comma = npy_take(p, ',');
  }
  if (t->rank == 1 && !comma) return npy_fail(p, p->at - 1, "a shape of one dim needs a comma, as in (3,)");
  return AD_OK;
}

/* ---- dtypes ---- */

static const char *const npy_kind_names[][2] = {{"O", "objects (pickles), which are never loaded"},
                                                {"S", "byte strings"},
                                                {"a", "byte strings"},
                                                {"U", "text"},
                                                {"M", "dates"},
                                                {"m", "time spans"},
                                                {"V", "raw bytes other than the two of bfloat16"}};

static ad_status npy_dtype(npy_parser *p, ad_tensor_file *t) {
  const char *s;
  size_t n, start = (npy_space(p), p->at);
  if (npy_peek(p) == '[') return npy_fail(p, start, "a structured dtype is not supported; save each field as an array");
  if (npy_peek(p) == '(') return npy_fail(p, start, "a subarray dtype is not supported; save it as further axes");
  ad_status code = npy_string(p, &s, &n);
  if (code != AD_OK) return code;
  size_t skip = n && strchr("<>|=", s[0]) ? 1 : 0;
  bool big = skip && s[0] == '>';
  int64_t size = 0;
  bool digits = n - skip >= 2 && n - skip <= 3;
  for (size_t i = skip + 1; i < n; i++) digits &= s[i] >= '0' && s[i] <= '9';
  if (digits) ad__parse_i64(s + skip + 1, n - skip - 1, &size);
  char kind = n > skip ? s[skip] : 0;
  t->dtype = AD_DTYPE_NONE;
#define AD_DTYPE(NAME, text, ctype, bytes, category, letter) \
  if (kind == letter && size == bytes) t->dtype = AD_##NAME;
#include <adamant/dtype.def>
#undef AD_DTYPE
  if (t->dtype == AD_BFLOAT16 && big) t->dtype = AD_DTYPE_NONE; /* a void has no byte order to turn */
  uint16_t probe = 1;
  bool machine_big = *(unsigned char *)&probe == 0;
  t->swapped = size > 1 && t->dtype != AD_BFLOAT16 && skip && s[0] != '=' && s[0] != '|' && big != machine_big;
  if (t->dtype != AD_DTYPE_NONE) return AD_OK;
  for (size_t i = 0; i < sizeof npy_kind_names / sizeof npy_kind_names[0]; i++)
    if (kind == npy_kind_names[i][0][0])
      return npy_fail(p, start, "dtype '%.*s' holds %s", (int)(n < 40 ? n : 40), s, npy_kind_names[i][1]);
  return npy_fail(p, start,
                  "dtype '%.*s' is not supported; bool, integers of 1 to 8 bytes, floats of 2 to 8 and complex of 8 and 16 are",
                  (int)(n < 40 ? n : 40), s);
}

/* ---- the header ---- */

enum { HAS_DESCR = 1, HAS_ORDER = 2, HAS_SHAPE = 4, HAS_ALL = 7 };

static ad_status npy_member(npy_parser *p, ad_tensor_file *t, int *seen) {
  static const char *const keys[] = {"descr", "fortran_order", "shape"};
  const char *key;
  size_t n, start = (npy_space(p), p->at);
  ad_status code = npy_string(p, &key, &n);
  if (code != AD_OK) return code;
  int which = 0;
  while (which < 3 && (n != strlen(keys[which]) || memcmp(key, keys[which], n) != 0)) which++;
  if (which == 3)
    return npy_fail(p, start, "unknown key '%.*s'; expected descr, fortran_order and shape", (int)(n < 40 ? n : 40), key);
  if (*seen & 1 << which) return npy_fail(p, start, "the key '%s' stands twice in the header", keys[which]);
  *seen |= 1 << which;
  if (!npy_take(p, ':')) return npy_expected(p, "':' after the key");
  return which == 0 ? npy_dtype(p, t) : which == 1 ? npy_bool(p, &t->fortran) : npy_shape(p, t);
}

static ad_status npy_dict(npy_parser *p, ad_tensor_file *t) {
  int seen = 0;
  if (!npy_take(p, '{')) return npy_expected(p, "a dict such as {'descr': '<f4', ...}");
  bool comma = true;
  while (!npy_take(p, '}')) {
    if (!comma) return npy_expected(p, "',' or '}'");
    ad_status code = npy_member(p, t, &seen);
    if (code != AD_OK) return code;
    comma = npy_take(p, ',');
  }
  npy_space(p);
  if (p->at < p->size) return npy_expected(p, "nothing but spaces after the dict");
  if (seen != HAS_ALL)
    return npy_fail(p, p->at, "the header has no '%s'",
                    !(seen & HAS_DESCR)   ? "descr"
                    : !(seen & HAS_ORDER) ? "fortran_order"
                                          : "shape");
  return AD_OK;
}

ad_status ad__npy_parse(const void *data, size_t n, uint64_t size, const char *where, ad_tensor_file *out, ad_err *e) {
  size_t header = 0;
  ad_status code = ad__npy_header_size(data, n, size, where, &header, e);
  if (code != AD_OK) return code;
  npy_parser p = {.text = data, .size = header, .at = ((const unsigned char *)data)[6] == 1 ? 10 : 12, .where = where, .e = e};
  if (n < header) return npy_fail(&p, n, "the file ends in its header");
  *out = (ad_tensor_file){.name = "", .offset = header};
  code = npy_dict(&p, out);
  if (code != AD_OK) return code;
  if (!ad__tensor_file_measure(out)) return npy_fail(&p, header, "the shape has more bytes than 63 bits can count");
  if (out->bytes != size - header) {
    char described[AD_TENSOR_FILE_TEXT];
    ad__tensor_file_describe(out, described);
    return npy_fail(&p, size < header + out->bytes ? size : header + out->bytes,
                    "%s needs %" PRIu64 " bytes of elements and the file has %" PRIu64 "; it %s", described, out->bytes,
                    size - header, out->bytes > size - header ? "is cut short" : "goes on after them");
  }
  return AD_OK;
}

ad_status ad__npy_read(const void *data, size_t size, const char *where, ad_tensor_file *out, ad_err *e) {
  return ad__npy_parse(data, size, size, where, out, e);
}

/* ---- writing ---- */

void ad__npy_write_header(ad_text *out, ad_dtype dtype, int rank, const int64_t *dims) {
  static const char kinds[AD_DTYPE_COUNT] = {
      0, /* AD_DTYPE_NONE */
#define AD_DTYPE(NAME, text, ctype, bytes, category, letter) letter,
#include <adamant/dtype.def>
#undef AD_DTYPE
  };
  uint16_t probe = 1;
  char order = ad_dtype_size(dtype) == 1 ? '|' : *(unsigned char *)&probe ? '<' : '>';
  size_t start = out->length;
  ad__text_add_n(out, npy_magic, sizeof npy_magic);
  ad__text_add_n(out, "\1\0\0\0", 4);
  ad__text_fmt(out, "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (", order, kinds[dtype], ad_dtype_size(dtype));
  for (int i = 0; i < rank; i++) ad__text_fmt(out, i ? ", %" PRId64 : "%" PRId64, dims[i]);
  ad__text_add(out, rank == 1 ? ",), }" : "), }");
  for (size_t spaces = (63 - (out->length - start) % 64) % 64; spaces; spaces--) ad__text_char(out, ' ');
  ad__text_char(out, '\n');
  if (out->failed) return;
  size_t length = out->length - start - 10;
  out->data[start + 8] = (char)(length & 255);
  out->data[start + 9] = (char)(length >> 8);
}
