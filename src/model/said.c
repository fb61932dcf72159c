/* What is said of connections beside shapes: types, tensors, beginnings, whether they are trained. */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

static ad_status cannot(ad_model *m, ad_err *e) { return m->failed ? ad__fail(e, m->error, "%s", m->error_text) : AD_OK; }

/* ---- Types ---- */

static const struct {
  const char *name;
  unsigned kinds;
} words[] = {{"tensor", AD_IS_TENSOR}, {"tensor[bool]", AD_IS_TENSOR_BOOL}, {"tensor[int]", AD_IS_TENSOR_INT}, {"tensor[float]", AD_IS_TENSOR_FLOAT},
             {"tensor[complex]", AD_IS_TENSOR_COMPLEX}, {"bool", AD_IS_BOOL}, {"int", AD_IS_INT}, {"float", AD_IS_FLOAT}, {"text", AD_IS_TEXT},
             {"none", AD_IS_NONE}, {"tuple", AD_IS_TUPLE}, {"list", AD_IS_LIST}, {"slice", AD_IS_SLICE}, {"dtype", AD_IS_DTYPE},
             {"ellipsis", AD_IS_ELLIPSIS}};

/* One type; *dtype where it is exact. */
static bool read_type(const char *s, size_t n, unsigned *kinds, ad_dtype *dtype, ad_err *e) {
  char name[32];
  while (n && strchr(" \t\n", s[n - 1])) n--;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i].name) == n && !memcmp(words[i].name, s, n)) {
      *kinds |= words[i].kinds;
      return true;
    }
  if (n > 8 && n < 32 && !memcmp(s, "tensor[", 7) && s[n - 1] == ']') {
    ad__format(name, sizeof name, "%.*s", (int)(n - 8), s + 7);
    ad_dtype t = ad_dtype_parse(name);
    if (t != AD_DTYPE_NONE) {
      *kinds |= ad__dtype_kinds(t);
      *dtype = t;
      return true;
    }
  }
  return ad__fail(e, AD_E_TYPE, "\"%.*s\" is no type; tensor, tensor[float], tensor[float16], int, tuple... are right", (int)(n < 40 ? n : 40), s) == AD_OK;
}

static bool read_types(const char *s, const char *end, unsigned *kinds, ad_dtype *dtype, ad_err *e) {
  *kinds = 0;
  *dtype = AD_DTYPE_NONE;
  while (s < end) {
    s += strspn(s, " \t\n");
    const char *bar = memchr(s, '|', (size_t)(end - s)), *stop = bar ? bar : end;
    if (!read_type(s, (size_t)(stop - s), kinds, dtype, e)) return false;
    s = bar ? bar + 1 : end;
  }
  return *kinds || ad__fail(e, AD_E_TYPE, "no type; at least one is right") == AD_OK;
}

ad_status ad__edge_set_dtype(ad_family *f, ad_edge *e, ad_dtype t, ad_err *err) {
  e = ad__edge_root(e);
  if (e->dtype && e->dtype != t)
    return ad__fail(err, AD_E_TYPE, "tensor[%s] was given; tensor[%s] is right", ad_dtype_name(t), ad_dtype_name(e->dtype));
  AD_SET(f, e->dtype, t);
  ad__edge_wake(f, e);
  return AD_OK;
}

ad_status ad__model_set_types(ad_model *m, ad_family *f, const char *types, ad_err *e) {
  ad_literal_reader r = {.arena = &f->arena, .start = types, .at = types, .err = e};
  const char *name;
  while (ad__literal_name(&r, ':', ';', &name)) {
    ad_conn *k = ad__conn_find(m, name, strlen(name));
    const char *end = r.at + strcspn(r.at, ";");
    unsigned kinds;
    ad_dtype t;
    if (!k) return ad__conn_missing(m, name, e);
    if (!read_types(r.at, end, &kinds, &t, e)) return ad__name_in_front(m, name, e);
    ad_status s = ad__edge_set_kinds(f, k->edge, kinds, e);
    if (!s && t && !(kinds & (kinds - 1))) s = ad__edge_set_dtype(f, k->edge, t, e);
    if (!s && !(kinds & ~(unsigned)AD_IS_NUMBER)) s = ad__edge_set_shape(f, k->edge, 0, NULL, e);
    if (s) return ad__name_in_front(m, name, e);
    r.at = end;
  }
  return e->code ? e->code : ad__solve(f, e);
}

ad_status ad_model_set_types(ad_model *m, const char *types) {
  ad_err e = {.code = AD_OK};
  if (!m || !m->ctx) return AD_E_VALUE;
  ad_family *f = ad__action_begin(m);
  ad_status s = cannot(m, &e);
  return ad__action_end(m, s ? s : ad__model_set_types(m, f, types ? types : "", &e), &e);
}

/* ---- Tensors ---- */

static ad_status check_array(ad_array *a, ad_err *e) {
  if (!a) return ad__fail(e, AD_E_VALUE, "a NULL array");
  return ad_is_error(a) ? ad__fail(e, ad_error_code(a), "%s", ad_error_text(a)) : AD_OK;
}

ad_status ad_model_set_array(ad_model *m, const char *name, ad_array *value) {
  ad_err e = {.code = AD_OK};
  if (!m || !m->ctx || !name) return AD_E_VALUE;
  ad_family *f = ad__action_begin(m);
  ad_status s = cannot(m, &e);
  ad_conn *k = ad__conn_find(m, name, strlen(name));
  ad_literal *v = AD_ARENA_NEW(&f->arena, ad_literal);
  if (!s) s = check_array(value, &e);
  if (!s && !k) s = ad__conn_missing(m, name, &e);
  if (!s && !v) s = ad__fail(&e, AD_E_MEMORY, "out of memory");
  if (!s && m->parent) s = ad__fail(&e, AD_E_VALUE, "values are given to the outermost model only");
  if (!s && ad__edge_root(k->edge)->value) s = ad__fail(&e, AD_E_VALUE, "%s has a value already; it cannot be set again", name);
  if (!s) {
    *v = (ad_literal){.kind = AD_LITERAL_ARRAY, .as.array = value};
    if ((s = ad__edge_set_value(f, k->edge, v, &e))) ad__name_in_front(m, name, &e);
  }
  if (!s) s = ad__solve(f, &e);
  return ad__action_end(m, s, &e);
}

static ad_status set_initial(ad_family *f, ad_model *m, const ad_conn *k, ad_array *value, ad_err *e) {
  ad_edge *edge = ad__edge_root(k->edge);
  if (edge->maker || edge->value) return ad__fail(e, AD_E_VALUE, "a beginning for what is computed or known; an input or a state has one");
  ad_status s = ad__edge_set_kinds(f, edge, ad__dtype_kinds(ad_array_dtype(value)), e);
  if (!s) s = ad__edge_set_shape(f, edge, ad_array_rank(value), ad_array_shape(value).dims, e);
  if (s) return s;
  if (!ad__family_keep_array(f, value)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  AD_SET(f, edge->initial, value);
  (void)m;
  return ad__solve(f, e);
}

ad_status ad_model_set_initial(ad_model *m, const char *name, ad_array *value) {
  ad_err e = {.code = AD_OK};
  if (!m || !m->ctx || !name) return AD_E_VALUE;
  ad_family *f = ad__action_begin(m);
  ad_status s = cannot(m, &e);
  ad_conn *k = ad__conn_find(m, name, strlen(name));
  if (!s) s = check_array(value, &e);
  if (!s && !k) s = ad__conn_missing(m, name, &e);
  if (!s && (s = set_initial(f, m, k, value, &e))) ad__name_in_front(m, name, &e);
  return ad__action_end(m, s, &e);
}

/* ---- Differentiable ---- */

static ad_status set_differentiable(ad_family *f, const ad_conn *k, bool on, ad_err *e) {
  ad_edge *edge = ad__edge_root(k->edge);
  if (on && edge->value) return ad__fail(e, AD_E_VALUE, "it has a value; what is trained has none");
  if (on && k->flags & AD_CONN_STATE) return ad__fail(e, AD_E_VALUE, "it is state, which is not trained");
  AD_SET(f, edge->differentiable, on ? 1 : -1);
  return on ? ad__edge_set_kinds(f, edge, AD_IS_TENSOR_FLOAT, e) : AD_OK;
}

ad_status ad_model_set_differentiable(ad_model *m, const char *names, bool differentiable) {
  ad_err e = {.code = AD_OK};
  if (!m || !m->ctx || !names) return AD_E_VALUE;
  ad_family *f = ad__action_begin(m);
  ad_status s = cannot(m, &e);
  for (const char *p = names; !s && *p;) {
    char word[128];
    p += strspn(p, " \t\n,");
    size_t n = strcspn(p, " \t\n,");
    if (!n) break;
    ad__format(word, sizeof word, "%.*s", (int)(n < 120 ? n : 120), p);
    ad_conn *k = ad__conn_find(m, p, n);
    if (!k) s = ad__conn_missing(m, word, &e);
    else if ((s = set_differentiable(f, k, differentiable, &e))) ad__name_in_front(m, word, &e);
    p += n;
  }
  if (!s) s = ad__solve(f, &e);
  return ad__action_end(m, s, &e);
}
