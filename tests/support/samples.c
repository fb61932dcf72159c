/* Reading samples: a small scanner over the text, then numbers by domain word.  See samples.h. */
#include "support/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <adamant/ops.h>
#include "base/scalar_half.h"

/* ---- Text ------------------------------------------------------------------------------------------------ */

static bool wrong(sample *s, const char *what, const char *at) {
  if (!s->error[0]) snprintf(s->error, sizeof s->error, "%s at \"%.60s\"", what, at);
  return false;
}

static const char *skip_space(const char *p) { return p + strspn(p, " \t\n"); }

static bool read_tensor(sample *s, const char **p, sample_tensor *t) {
  char name[32];
  size_t n = strcspn(*p, "[ ,)");
  if (n >= sizeof name || (*p)[n] != '[') return wrong(s, "a type is dtype[dims]", *p);
  memcpy(name, *p, n);
  name[n] = 0;
  if (!(t->dtype = ad_dtype_parse(name))) return wrong(s, "no dtype", *p);
  const char *q = skip_space(*p + n + 1);
  for (t->rank = 0; *q != ']'; q = skip_space(q + (*q == ','))) {
    char *end;
    if (t->rank == AD_MAX_RANK) return wrong(s, "too many dims", q);
    t->dims[t->rank++] = strtoll(q, &end, 10);
    if (end == q) return wrong(s, "a dim is a number", q);
    q = skip_space(end);
    if (*q != ',' && *q != ']') return wrong(s, "after a dim", q);
  }
  *p = skip_space(q + 1);
  return true;
}

static bool read_tuple(sample *s, const char **p, sample_input *in) {
  in->kind = SAMPLE_TUPLE;
  for (*p = skip_space(*p + 1); **p != ')'; *p = skip_space(*p + (**p == ','))) {
    if (in->count == SAMPLE_MEMBERS) return wrong(s, "too many members", *p);
    if (!read_tensor(s, p, &in->at[in->count++])) return false;
    if (**p != ',' && **p != ')') return wrong(s, "after a member", *p);
  }
  *p = skip_space(*p + 1);
  return true;
}

static bool read_input(sample *s, const char **p, sample_input *in) {
  char *end;
  if (**p == '(') return read_tuple(s, p, in);
  if (**p == '-' && strchr(", \n", (*p)[1])) {
    *p = skip_space(*p + 1);
    return true; /* zeroed: missing */
  }
  in->number = strtod(*p, &end);
  if (end != *p) {
    in->kind = SAMPLE_NUMBER;
    in->whole = strcspn(*p, ".eE") >= (size_t)(end - *p);
    *p = skip_space(end);
    return true;
  }
  in->kind = SAMPLE_TENSOR;
  in->count = 1;
  return read_tensor(s, p, &in->at[0]);
}

static bool read_inputs(sample *s, const char *p) {
  for (p = skip_space(p); *p;) {
    if (s->n == SAMPLE_INPUTS) return wrong(s, "too many inputs", p);
    if (!read_input(s, &p, &s->in[s->n++])) return false;
    if (*p == ',') p = skip_space(p + 1);
    else if (*p) return wrong(s, "after an input", p);
  }
  return true;
}

/* One word per input; the last repeats. */
static bool read_domains(sample *s, const char *p) {
  char word[32] = "normal";
  p = skip_space(p ? p : "");
  for (int i = 0; i < s->n; i++) {
    size_t n = strcspn(p, ",");
    if (n >= sizeof word) return wrong(s, "no domain", p);
    if (n) {
      memcpy(word, p, n);
      word[n] = 0;
      while (n && word[n - 1] == ' ') word[--n] = 0;
      p += strcspn(p, ",");
      p = skip_space(p + (*p == ','));
    }
    memcpy(s->in[i].domain, word, sizeof word);
  }
  return true;
}

/* ---- Attributes ------------------------------------------------------------------------------------------ */

static bool is_word(const char *p, const char *word) {
  size_t n = strlen(word);
  return strncmp(p, word, n) == 0 && strchr(", \n", p[n]);
}

static bool read_number_list(sample *s, const char **p, ad_attr *a, bool whole) {
  const char *q = skip_space(*p);
  if (*q != '[') return wrong(s, "a list begins with [", q);
  a->given = true;
  if (whole) a->as.ints = &s->ints[s->ints_used];
  else a->as.nums = &s->nums[s->nums_used];
  for (q = skip_space(q + 1); *q != ']'; q = skip_space(q + (*q == ','))) {
    char *end;
    if (s->ints_used == SAMPLE_ROOM || s->nums_used == SAMPLE_ROOM) return wrong(s, "a list too long", q);
    if (whole) s->ints[s->ints_used++] = strtoll(q, &end, 10);
    else s->nums[s->nums_used++] = strtod(q, &end);
    if (end == q) return wrong(s, "a list holds numbers", q);
    a->count++;
    q = skip_space(end);
    if (*q != ',' && *q != ']') return wrong(s, "in a list", q);
  }
  *p = q + 1;
  return true;
}

/* 2.5, inf, 1-2j, true */
static bool read_scalar(sample *s, const char **p, ad_attr *a) {
  char *end;
  a->given = true;
  if (is_word(*p, "true") || is_word(*p, "false")) {
    a->as.f[0] = **p == 't';
    *p += strcspn(*p, ", \n");
    return true;
  }
  a->as.f[0] = strtod(*p, &end);
  if (end == *p) return wrong(s, "not a number", *p);
  if (*end == '+' || *end == '-') a->as.f[1] = strtod(end, &end);
  if (*end == 'j') end++;
  *p = end;
  return true;
}

static bool read_text(sample *s, const char **p, ad_attr *a) {
  bool quoted = **p == '"';
  const char *q = *p + quoted;
  size_t n = quoted ? strcspn(q, "\"") : strcspn(q, ", \n");
  if ((size_t)s->text_used + n + 1 > sizeof s->text) return wrong(s, "text too long", q);
  char *out = &s->text[s->text_used];
  memcpy(out, q, n);
  out[n] = 0;
  s->text_used += (int)n + 1;
  *a = ad_attr_text(out);
  *p = q + n + quoted;
  return true;
}

static bool read_dtype(sample *s, const char **p, ad_attr *a) {
  char name[32];
  size_t n = strcspn(*p, ", \n");
  if (n >= sizeof name) return wrong(s, "no dtype", *p);
  memcpy(name, *p, n);
  name[n] = 0;
  *a = ad_attr_dtype(ad_dtype_parse(name));
  if (!a->given) return wrong(s, "no dtype", *p);
  *p += n;
  return true;
}

static bool read_value(sample *s, const ad_field *f, const char **p, ad_attr *a) {
  char *end;
  switch (f->kind) {
  case AD_FIELD_FLAG:
    if (!is_word(*p, "true") && !is_word(*p, "false")) return wrong(s, "true or false is right", *p);
    *a = ad_attr_flag(**p == 't');
    *p += strcspn(*p, ", \n");
    return true;
  case AD_FIELD_INT:
  case AD_FIELD_AXIS:
    *a = ad_attr_int(AD_INT(strtoll(*p, &end, 10)));
    if (end == *p) return wrong(s, "not an integer", *p);
    *p = end;
    return true;
  case AD_FIELD_NUM:
  case AD_FIELD_SCALAR: return read_scalar(s, p, a);
  case AD_FIELD_DTYPE: return read_dtype(s, p, a);
  case AD_FIELD_TEXT: return read_text(s, p, a);
  case AD_FIELD_AXES:
  case AD_FIELD_PERM:
  case AD_FIELD_SHAPE:
  case AD_FIELD_INTS: return read_number_list(s, p, a, true);
  case AD_FIELD_NUMS: return read_number_list(s, p, a, false);
  case AD_FIELD_GRAPH: break;
  }
  return wrong(s, "samples cannot spell a region", *p);
}

static bool read_attrs(sample *s, const char *p) {
  for (p = skip_space(p ? p : ""); *p;) {
    size_t n = strcspn(p, "= ");
    int f = 0;
    while (f < s->op->field_count && (strlen(s->op->fields[f].name) != n || memcmp(s->op->fields[f].name, p, n) != 0)) f++;
    if (f == s->op->field_count) return wrong(s, "no attribute of that name", p);
    p = skip_space(p + n);
    if (*p != '=') return wrong(s, "= is missing", p);
    p = skip_space(p + 1);
    if (is_word(p, "none")) p += 4;
    else if (!read_value(s, &s->op->fields[f], &p, &s->attrs[f])) return false;
    p = skip_space(p);
    if (*p == ',') p = skip_space(p + 1);
    else if (*p) return wrong(s, "after an attribute", p);
  }
  return true;
}

bool sample_parse(sample *s, const ad_op *op, const char *inputs, const char *attrs, const char *domain) {
  memset(s, 0, sizeof *s);
  s->op = op;
  if (op->field_count > SAMPLE_ATTRS) return wrong(s, "too many attributes", op->name);
  return read_inputs(s, inputs) && read_domains(s, domain) && read_attrs(s, attrs);
}

/* ---- Elements -------------------------------------------------------------------------------------------- */

int64_t sample_size(const sample_tensor *t) {
  int64_t n = 1;
  for (int i = 0; i < t->rank; i++) {
    if (t->dims[i] == 0) return 0;
    if (t->dims[i] < 0 || n > INT64_MAX / t->dims[i]) return 0;
    n *= t->dims[i];
  }
  return n;
}

void sample_store(ad_dtype t, void *at, double re, double im) {
  int64_t i = (int64_t)re;
  uint16_t half = t == AD_FLOAT16 ? ad_f64_to_f16(re) : ad_f64_to_bf16(re);
  float f = (float)re;
  ad_c64 c = {f, (float)im};
  ad_c128 z = {re, im};
  uint8_t truth = re != 0;
  switch (t) {
  case AD_BOOL: memcpy(at, &truth, 1); break;
  case AD_FLOAT16:
  case AD_BFLOAT16: memcpy(at, &half, 2); break;
  case AD_FLOAT32: memcpy(at, &f, 4); break;
  case AD_FLOAT64: memcpy(at, &re, 8); break;
  case AD_COMPLEX64: memcpy(at, &c, 8); break;
  case AD_COMPLEX128: memcpy(at, &z, 16); break;
  default: memcpy(at, &i, ad_dtype_size(t)); break; /* little-endian: the low bytes */
  }
}

#define LOAD(type, into) \
  do { \
    type v_; \
    memcpy(&v_, at, sizeof v_); \
    into; \
  } while (0)

double sample_load(ad_dtype t, const void *at, double *im) {
  double re = 0, other = 0;
  switch (t) {
  case AD_BOOL:
  case AD_UINT8: LOAD(uint8_t, re = v_); break;
  case AD_UINT16: LOAD(uint16_t, re = v_); break;
  case AD_UINT32: LOAD(uint32_t, re = v_); break;
  case AD_UINT64: LOAD(uint64_t, re = (double)v_); break;
  case AD_INT8: LOAD(int8_t, re = v_); break;
  case AD_INT16: LOAD(int16_t, re = v_); break;
  case AD_INT32: LOAD(int32_t, re = v_); break;
  case AD_INT64: LOAD(int64_t, re = (double)v_); break;
  case AD_FLOAT16: LOAD(uint16_t, re = ad_f64_from_f16(v_)); break;
  case AD_BFLOAT16: LOAD(uint16_t, re = ad_f64_from_bf16(v_)); break;
  case AD_FLOAT32: LOAD(float, re = (double)v_); break;
  case AD_FLOAT64: LOAD(double, re = v_); break;
  case AD_COMPLEX64: LOAD(ad_c64, re = (double)v_.re; other = (double)v_.im); break;
  case AD_COMPLEX128: LOAD(ad_c128, re = v_.re; other = v_.im); break;
  default: break;
  }
  if (im) *im = other;
  return re;
}

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t next_word(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double next_unit(uint64_t *state) { return ((double)(next_word(state) >> 11) + 0.5) * 0x1p-53; }

/* Twelve uniforms: near enough to normal, and the same on every libm. */
static double next_normal(uint64_t *state) {
  double sum = -6;
  for (int i = 0; i < 12; i++) sum += next_unit(state);
  return sum;
}

static double sign_of(uint64_t *state) { return next_word(state) & 1 ? 1 : -1; }

/* A number of the domain for a dtype that is whole (and perhaps without sign) or not; NAN for an unknown word.
 * Floats stay away from 0 where a kink usually is. */
static double draw(const char *word, bool whole, bool sign, uint64_t *g) {
  double v = 0;
  if (strcmp(word, "normal") == 0) {
    if (whole) v = floor(3 * next_normal(g) + 0.5);
    else do v = next_normal(g); while (fabs(v) < 0.05);
  } else if (strcmp(word, "positive") == 0) v = whole ? 1 + floor(9 * next_unit(g)) : 0.1 + fabs(next_normal(g));
  else if (strcmp(word, "unit") == 0) v = whole ? floor(2 * next_unit(g)) : 0.02 + 0.96 * next_unit(g);
  else if (strcmp(word, "symmetric") == 0) v = whole ? floor(3 * next_unit(g)) - 1 : sign_of(g) * (0.05 + 0.9 * next_unit(g));
  else if (strcmp(word, "nonzero") == 0) v = sign_of(g) * (whole ? 1 + floor(5 * next_unit(g)) : 0.3 + fabs(next_normal(g)));
  else if (strcmp(word, "small") == 0) v = floor(9 * next_unit(g)) - 4;
  else if (strcmp(word, "bool") == 0) v = (double)(next_word(g) & 1);
  else if (strcmp(word, "above1") == 0) v = whole ? 2 + floor(8 * next_unit(g)) : 1.1 + fabs(next_normal(g));
  else if (strncmp(word, "index:", 6) == 0) v = floor(strtod(word + 6, NULL) * next_unit(g));
  else if (strncmp(word, "signed_index:", 13) == 0) v = floor(strtod(word + 13, NULL) * (2 * next_unit(g) - 1));
  else if (strncmp(word, "lazy_index:", 11) == 0) v = floor(strtod(word + 11, NULL) * (2 * next_unit(g) - 1));
  else return NAN;
  return whole && !sign ? fabs(v) : v;
}

/* No two alike (of bool two values must do): a shuffled ramp, of floats one that no other seed's meets. */
static void fill_distinct(ad_dtype t, int64_t n, bool whole, bool sign, uint64_t *g, char *out) {
  size_t item = ad_dtype_size(t);
  double shift = 0.03 * (double)(*g / 10 % 10);
  for (int64_t i = 0; i < n; i++) {
    double v = (double)i - (sign ? (double)(n / 2) : 0);
    if (!whole) v = v * 0.75 + 0.3 + shift;
    sample_store(t, out + (size_t)i * item, t == AD_BOOL ? (double)(i & 1) : v, 0.5 * v);
  }
  for (int64_t i = n - 1; i > 0; i--) {
    char keep[16];
    char *a = out + (size_t)i * item, *b = out + (size_t)(next_word(g) % (uint64_t)(i + 1)) * item;
    memcpy(keep, a, item);
    memcpy(a, b, item);
    memcpy(b, keep, item);
  }
}

/* In order, pairs of equals, about zero where there are negative numbers. */
static void fill_ascending(ad_dtype t, int64_t n, bool sign, char *out) {
  for (int64_t i = 0; i < n; i++) {
    double v = floor((double)i / 2) - (sign ? floor((double)n / 4) : 0);
    sample_store(t, out + (size_t)i * ad_dtype_size(t), t == AD_BOOL ? (double)(2 * i >= n) : v, v);
  }
}

/* Hermitian matrices with positive, well separated eigenvalues: small beside the diagonal, large on it. */
static void fill_definite(const sample_tensor *t, uint64_t *g, char *out) {
  size_t item = ad_dtype_size(t->dtype);
  int64_t n = t->rank > 1 ? t->dims[t->rank - 1] : 1, all = sample_size(t);
  bool complex = ad_dtype_category(t->dtype) == AD_CATEGORY_COMPLEX;
  for (int64_t at = 0; at < all; at += n * n)
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j <= i; j++) {
        double re = i == j ? 1 + (double)n + next_unit(g) : next_normal(g), im = complex && i != j ? next_normal(g) : 0;
        sample_store(t->dtype, out + (size_t)(at + i * n + j) * item, re, im);
        sample_store(t->dtype, out + (size_t)(at + j * n + i) * item, re, -im);
      }
}

bool sample_fill(const sample_tensor *t, const char *domain, uint64_t seed, void *out) {
  uint64_t g = seed;
  int64_t n = sample_size(t);
  ad_category category = ad_dtype_category(t->dtype);
  bool whole = category < AD_CATEGORY_FLOAT, sign = category > AD_CATEGORY_UINT;
  if (strcmp(domain, "distinct") == 0) {
    fill_distinct(t->dtype, n, whole, sign, &g, out);
    return true;
  }
  if (strcmp(domain, "ascending") == 0) {
    fill_ascending(t->dtype, n, sign, out);
    return true;
  }
  if (strcmp(domain, "definite") == 0) {
    bool square = t->rank >= 2 && t->dims[t->rank - 1] == t->dims[t->rank - 2];
    if (square) fill_definite(t, &g, out);
    return square;
  }
  for (int64_t i = 0; i < n; i++) {
    double re = draw(domain, whole, sign, &g), im = category == AD_CATEGORY_COMPLEX ? draw(domain, whole, sign, &g) : 0;
    if (isnan(re)) return false;
    if (t->dtype == AD_BOOL && strcmp(domain, "bool") != 0) re = (double)(next_word(&g) & 1);
    sample_store(t->dtype, (char *)out + (size_t)i * ad_dtype_size(t->dtype), re, im);
  }
  return true;
}

/* ---- Arrays ---------------------------------------------------------------------------------------------- */

static void give_back(void *user, void *data) {
  (void)data;
  free(user);
}

/* Byte strides of the layout, the block's size in bytes, and where element (0, ..., 0) lies in it. */
static size_t lay_out(const sample_tensor *t, sample_layout layout, int64_t *strides, size_t *origin) {
  int64_t step = (int64_t)ad_dtype_size(t->dtype) * (layout == SAMPLE_GAPS ? 2 : 1), end = 0, start = 0;
  for (int k = 0; k < t->rank; k++) {
    int i = layout == SAMPLE_TURNED ? k : t->rank - 1 - k;
    strides[i] = layout == SAMPLE_BACKWARDS ? -step : step;
    step *= t->dims[i] ? t->dims[i] : 1;
    if (layout == SAMPLE_GAPS) step += (int64_t)ad_dtype_size(t->dtype);
  }
  for (int i = 0; i < t->rank; i++) {
    int64_t reach = t->dims[i] ? (t->dims[i] - 1) * strides[i] : 0;
    if (reach < 0) start -= reach;
    else end += reach;
  }
  *origin = (size_t)start;
  return (size_t)(start + end) + ad_dtype_size(t->dtype);
}

static ad_array *tensor_in_layout(const sample_tensor *t, ad_ctx *c, const char *plain, sample_layout layout) {
  int64_t strides[AD_MAX_RANK], at[AD_MAX_RANK] = {0};
  size_t origin, item = ad_dtype_size(t->dtype), bytes = lay_out(t, layout, strides, &origin);
  char *block = malloc(bytes);
  memset(block, 0xa5, bytes); /* what lies between is no value of anything */
  for (int64_t i = 0, n = sample_size(t); i < n; i++) {
    int64_t offset = (int64_t)origin;
    for (int k = 0; k < t->rank; k++) offset += at[k] * strides[k];
    memcpy(block + offset, plain + (size_t)i * item, item);
    for (int k = t->rank - 1; k >= 0 && ++at[k] == t->dims[k]; k--) at[k] = 0;
  }
  return ad_array_wrap_strided(c, t->dtype, ((ad_shape){t->rank, t->dims}), strides, block + origin, give_back, block);
}

static ad_array *make_tensor(const sample_tensor *t, const char *domain, ad_ctx *c, uint64_t seed, sample_layout layout) {
  static const int64_t no_strides[AD_MAX_RANK];
  static const double nothing[2];
  ad_shape shape = {t->rank, t->dims};
  int64_t n = sample_size(t);
  bool empty = false;
  for (int i = 0; i < t->rank; i++) empty |= t->dims[i] == 0;
  /* What is only there to be refused for its size is one element, seen many times. */
  if ((n == 0 && !empty) || n > 1 << 22) return ad_array_wrap_strided(c, t->dtype, shape, no_strides, nothing, NULL, NULL);
  char *plain = malloc((size_t)n * ad_dtype_size(t->dtype) + 1);
  ad_array *a = NULL;
  if (!sample_fill(t, domain, seed, plain)) fprintf(stderr, "sample: \"%s\" is no domain\n", domain);
  else if (layout == SAMPLE_PLAIN) a = ad_array_new(c, t->dtype, shape, plain);
  else a = tensor_in_layout(t, c, plain, layout);
  free(plain);
  return a;
}

ad_array *sample_input_make(const sample *s, int i, ad_ctx *c, uint64_t seed, sample_layout layout) {
  const sample_input *in = &s->in[i];
  ad_array *members[SAMPLE_MEMBERS];
  if (in->kind == SAMPLE_MISSING) return NULL;
  if (in->kind == SAMPLE_NUMBER) return in->whole ? ad_number_int(c, (int64_t)in->number) : ad_number(c, in->number);
  for (int k = 0; k < in->count; k++)
    members[k] = make_tensor(&in->at[k], in->domain, c, seed * 1000 + (uint64_t)(i * 10 + k), layout);
  if (strncmp(in->domain, "lazy_index:", 11) == 0) return ad_where(ad_number_bool(c, true), members[0], members[0]);
  return in->kind == SAMPLE_TUPLE ? ad_tuple(c, members, in->count) : members[0];
}

void sample_make(const sample *s, ad_ctx *c, uint64_t seed, sample_layout layout, ad_array **in) {
  for (int i = 0; i < s->n; i++) in[i] = sample_input_make(s, i, c, seed, layout);
}

ad_array *sample_apply(const sample *s, ad_ctx *c, ad_array *const *in) {
  return ad_apply(c, SAMPLE_PLACE, s->op, in, s->n, s->attrs);
}

/* Lists and words of the copy still lie in the original. */
void sample_replace(const sample *s, ad_dtype from, ad_dtype to, sample *out) {
  *out = *s;
  for (int i = 0; i < s->n; i++)
    for (int k = 0; k < s->in[i].count; k++)
      if (s->in[i].at[k].dtype == from) out->in[i].at[k].dtype = to;
  for (int f = 0; f < s->op->field_count; f++)
    if (s->op->fields[f].kind == AD_FIELD_DTYPE && s->attrs[f].given && s->attrs[f].as.i == from) out->attrs[f].as.i = to;
}

static ad_dtype wide(ad_dtype t) {
  ad_category k = ad_dtype_category(t);
  return k == AD_CATEGORY_FLOAT ? AD_FLOAT64 : k == AD_CATEGORY_COMPLEX ? AD_COMPLEX128 : t;
}

void sample_widen(sample *s) {
  for (int i = 0; i < s->n; i++)
    for (int k = 0; k < s->in[i].count; k++) s->in[i].at[k].dtype = wide(s->in[i].at[k].dtype);
  for (int f = 0; f < s->op->field_count; f++)
    if (s->op->fields[f].kind == AD_FIELD_DTYPE && s->attrs[f].given)
      s->attrs[f].as.i = wide((ad_dtype)s->attrs[f].as.i);
}
