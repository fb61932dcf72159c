/* What models say of themselves: names, paths, parts, failures; and the nearest names for messages. */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

/* ---- Handles ---- */

ad_model *ad_model_keep(ad_model *m) {
  if (m && m->ctx) ad__hold_keep(&m->hold);
  return m;
}
void ad_model_drop(ad_model *m) {
  if (m && m->ctx) ad__hold_drop(&m->hold);
}
ad_model *ad_model_own(ad_model *m) {
  if (m && m->ctx) ad__hold_own(&m->hold);
  return m;
}
ad_ctx *ad_model_ctx(const ad_model *m) { return m ? m->ctx : NULL; }
ad_status ad_model_error_code(const ad_model *m) { return m ? m->error : AD_E_VALUE; }
const char *ad_model_error_text(const ad_model *m) { return !m ? "a NULL handle was given where a model is needed" : m->error ? m->error_text : ""; }
void ad_model_clear_error(ad_model *m) {
  if (!m || !m->ctx || m->failed) return;
  m->error = AD_OK;
  m->error_text = NULL;
}

/* ---- Names ---- */

ad_status ad_model_set_name(ad_model *m, const char *name) {
  ad_err e = {.code = AD_OK};
  if (!m || !m->ctx) return AD_E_VALUE;
  ad_family *f = ad__action_begin(m);
  ad_status s = AD_OK;
  char *own = name && *name ? ad__arena_text(&f->arena, name, strlen(name)) : NULL;
  if (!name || !*name) s = ad__fail(&e, AD_E_KEY, "an empty name for a model");
  else if (m->parent) s = ad__fail(&e, AD_E_FROZEN, "%.60s: a block of another model cannot be renamed", name);
  else if (!own) s = ad__fail(&e, AD_E_MEMORY, "out of memory");
  else AD_SET(f, m->name, own);
  return ad__action_end(m, s, &e);
}

const char *ad_model_block(const ad_model *m) {
  return m && m->block ? m->block->name : m && m->unit ? m->unit->op->name : "Model";
}

/* "Linear", or "Linear_2" where its parent has several without a name. */
static void name_print(const ad_model *m, ad_text *out) {
  if (m->name) {
    ad__text_add(out, m->name);
    return;
  }
  const char *kind = ad_model_block(m);
  int before = m->ordinal, all = 1 + !m->alone;
  if (!m->parent || !m->parent->counted) before = all = 0;
  for (int i = 0; m->parent && !m->parent->counted && i < m->parent->child_count; i++) {
    const ad_model *s = m->parent->children[i];
    if (s->name || strcmp(ad_model_block(s), kind) != 0) continue;
    all++;
    if (i < m->index) before++;
  }
  ad__text_add(out, kind);
  if (all > 1) ad__text_fmt(out, "_%d", before);
}

/* One model: the blocks of each kind get their ordinals; who comes second says that the first is not alone. */
static bool count_children(ad_model *m) {
  ad_map kinds;
  bool ok = true;
  ad__map_init(&kinds, &m->ctx->mem);
  for (int i = 0; ok && i < m->child_count; i++) {
    ad_model *b = m->children[i];
    const char *kind = ad_model_block(b);
    bool fresh = false;
    if (b->name) continue;
    ad_map_value *last = ad__map_put(&kinds, ad__map_text(kind, strlen(kind)), &fresh);
    if (!(ok = last != NULL)) break;
    const ad_model *before = last->pointer;
    b->ordinal = fresh ? 0 : before->ordinal + 1;
    b->alone = fresh;
    if (!fresh) ((ad_model *)last->pointer)->alone = false;
    last->pointer = b;
  }
  ad__map_free(&kinds);
  return m->counted = ok;
}

ad_model *ad__model_next(const ad_model *root, const ad_model *at, bool enter) {
  if (enter && at->child_count) return at->children[0];
  while (at != root && at->index + 1 == at->parent->child_count) at = at->parent;
  return at == root ? NULL : at->parent->children[at->index + 1];
}

bool ad__model_count(ad_model *m) {
  for (ad_model *at = m; at; at = ad__model_next(m, at, true))
    if (!at->counted && !count_children(at)) return false;
  return true;
}

const char *ad_model_name(const ad_model *m) {
  ad_text t;
  if (!m || !m->ctx) return "";
  if (m->name) return m->name;
  ad__text_init(&t, &m->ctx->mem);
  name_print(m, &t);
  const char *s = ad__arena_text(&ad__family_of(&m->hold)->arena, ad__text_str(&t), t.length);
  ad__text_free(&t);
  return s ? s : "";
}

void ad__model_path_print(const ad_model *m, ad_text *out) {
  enum { MOST = 64 };
  const ad_model *levels[MOST];
  int n = 0;
  for (; m && n < MOST; m = m->parent) levels[n++] = m;
  if (m) ad__text_add(out, "...");
  while (n--) {
    name_print(levels[n], out);
    if (n) ad__text_char(out, '.');
  }
}

/* ---- Parts ---- */

ad_model *ad_model_parent(const ad_model *m) { return m ? m->parent : NULL; }
int ad_model_child_count(const ad_model *m) { return m ? m->child_count : 0; }
ad_model *ad_model_child(const ad_model *m, int i) { return m && i >= 0 && i < m->child_count ? m->children[i] : NULL; }
int ad_model_conn_count(const ad_model *m) { return m ? m->conn_count : 0; }
ad_conn *ad_model_conn_at(const ad_model *m, int i) { return m && i >= 0 && i < m->conn_count ? m->conns[i] : NULL; }
bool ad_model_is_frozen(const ad_model *m) { return m && m->frozen; }

ad_status ad_model_freeze(ad_model *m) {
  if (!m || !m->ctx) return AD_E_VALUE;
  m->frozen = true;
  return m->error;
}

/* ---- Nearest names ---- */

enum { MOST_LETTERS = 40 };

/* The number of letters to insert, delete or replace (Levenshtein 1966). */
static int edits(const char *a, size_t n, const char *b, size_t m) {
  int row[MOST_LETTERS + 1];
  if (n > MOST_LETTERS || m > MOST_LETTERS) return MOST_LETTERS;
  for (size_t j = 0; j <= m; j++) row[j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    int corner = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= m; j++) {
      int replaced = corner + (a[i - 1] != b[j - 1]), other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      corner = row[j];
      row[j] = replaced < other ? replaced : other;
    }
  }
  return row[m];
}

void ad__nearest_begin(ad_nearest *k, const char *word, size_t n) {
  *k = (ad_nearest){.word = word, .n = n, .distance = n < 4 ? 2 : 3};
}

void ad__nearest_try(ad_nearest *k, const char *name) {
  if (!name) return;
  int d = edits(k->word, k->n, name, strlen(name));
  size_t used = d < k->distance ? 0 : strlen(k->names);
  if (d > k->distance || (d == k->distance && used + strlen(name) + 5 > sizeof k->names)) return;
  if (d == k->distance && !used && d >= (int)strlen(name)) return;
  k->distance = d;
  ad__format(k->names + used, sizeof k->names - used, "%s%s", used ? " or " : "", name);
}

const char *ad__nearest_text(const ad_nearest *k, char *out, size_t size) {
  out[0] = 0;
  if (k->names[0]) ad__format(out, size, "; did you mean %s?", k->names);
  return out;
}

static size_t without_digits(const char *s) {
  size_t n = strlen(s);
  while (n && s[n - 1] >= '0' && s[n - 1] <= '9') n--;
  return n;
}

const char *ad__conn_alike(const ad_model *m, const char *name) {
  enum { SHORTEST = 4, MOST_COMPARED = 2000 };
  size_t n = without_digits(name);
  if (strlen(name) < SHORTEST || m->conn_count > MOST_COMPARED) return NULL;
  for (int i = 0; i < m->conn_count; i++) {
    const char *other = m->conns[i]->name;
    if (!other || !strcmp(other, name) || edits(name, strlen(name), other, strlen(other)) != 1) continue;
    if (without_digits(other) != n || memcmp(other, name, n) != 0) return other; /* weight0 and weight1 are meant */
  }
  return NULL;
}
