/* The table of blocks, and what their descriptors say. */
#include <string.h>
#include "model/logical.h"

/* ---- The table ---- */

#define AD_BLOCK(name) &ad__block_##name,
static const ad_block_desc *const blocks[] = {
#include "model/blocks/block_list.def"
};
#undef AD_BLOCK
enum { BLOCKS = (int)(sizeof blocks / sizeof *blocks) };

static const ad_block_terminal usual[] = {{.name = "input", .doc = "what it works on"}, {.name = "output", .output = true, .doc = "the result"}};

const ad_block_terminal *ad__block_terminals(const ad_block_desc *b, int *n) {
  *n = b->terminals ? b->terminal_count : AD_BLOCK_COUNT(usual);
  return b->terminals ? b->terminals : usual;
}

const ad_block_desc *ad__block_find(const char *name, size_t n) {
  for (int i = 0; i < BLOCKS; i++)
    if (strlen(blocks[i]->name) == n && !memcmp(blocks[i]->name, name, n)) return blocks[i];
  return NULL;
}

static const ad_block_desc *block_at(int i) { return i >= 0 && i < BLOCKS ? blocks[i] : NULL; }
int ad_block_count(void) { return BLOCKS; }
const char *ad_block_name(int i) { return block_at(i) ? blocks[i]->name : ""; }
const char *ad_block_doc(int i) { return block_at(i) ? blocks[i]->doc : ""; }
const char *ad_block_group(int i) { return block_at(i) ? blocks[i]->group : ""; }
const char *ad_block_parts(int i) { return block_at(i) && blocks[i]->parts ? blocks[i]->parts : ""; }
int ad_block_param_count(int i) { return block_at(i) ? blocks[i]->field_count : 0; }
const ad_field *ad_block_param(int i, int param) {
  return block_at(i) && param >= 0 && param < blocks[i]->field_count ? &blocks[i]->fields[param] : NULL;
}
int ad_block_terminal_count(int i) {
  int n = 0;
  if (block_at(i)) ad__block_terminals(blocks[i], &n);
  return n;
}
const ad_block_terminal *ad_block_terminal_at(int i, int terminal) {
  int n = 0;
  const ad_block_terminal *t = block_at(i) ? ad__block_terminals(blocks[i], &n) : NULL;
  return terminal >= 0 && terminal < n ? &t[terminal] : NULL;
}

/* ---- Descriptors ---- */

int ad__field_of(const ad_field *fields, int n, const char *name) {
  for (int i = 0; i < n; i++)
    if (!strcmp(fields[i].name, name)) return i;
  return -1;
}

bool ad__names_it(const char *list, const char *name) {
  size_t n = strlen(name);
  for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
    p += strspn(p, " ");
    if (!strncmp(p, name, n) && (!p[n] || p[n] == ',')) return true;
  }
  return false;
}

bool ad__block_is_standard(const ad_block_desc *b, const ad_block_terminal *t, int index) {
  const char *list = t->output ? b->standard_outputs : b->standard_inputs;
  int n;
  const ad_block_terminal *all = ad__block_terminals(b, &n);
  if (list) return ad__names_it(list, t->name);
  for (int i = 0; i < index; i++)
    if (all[i].output == t->output) return false;
  return true;
}

bool ad__block_has(const ad_block_desc *b, const ad_block_terminal *t, const ad_attr *params) {
  bool without = t->only_if && *t->only_if == '!';
  int i = t->only_if ? ad__field_of(b->fields, b->field_count, t->only_if + without) : -1;
  return i < 0 || !params[i].as.i == without;
}

ad_model *ad__block_unknown(ad_place where, ad_ctx *c, const char *name) {
  ad_nearest near;
  char hint[240];
  ad__nearest_begin(&near, name, strlen(name));
  for (int i = 0; i < BLOCKS; i++) ad__nearest_try(&near, blocks[i]->name);
  return ad__model_fail(where, c, AD_E_KEY, "block %.60s not found%s", name, ad__nearest_text(&near, hint, sizeof hint));
}
