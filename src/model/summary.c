/* Summaries: a model's blocks as a table, what each reads and gives, and how many parameters it has. */
#include <string.h>
#include "model/key_names.h"

enum { COLUMNS = 5, MOST_WIDTH = 48, INDENT = 2 };

typedef struct cell_list {
  ad_model *m;
  const ad_summary_opts *o;
  ad_key_names names;
  ad_arena arena;
  const char **cells; /* COLUMNS per row */
  const ad_model **models; /* per row, and how deep it is */
  int *depths;
  int rows, room;
  bool failed;
} cell_list;

/* ---- Counting ---- */

/* Elements of the trainable inputs of a block; *open when a dim of one is not known. An edge counts once in a walk. */
static int64_t count_parameters(const ad_model *m, uint32_t mark, bool *open) {
  int64_t all = 0;
  for (int i = 0; i < m->conn_count; i++) {
    ad_edge *e = ad__edge_root(m->conns[i]->edge);
    if (!ad__conn_is_input(m->conns[i]) || e->differentiable <= 0 || e->mark == mark) continue;
    int64_t n = 1;
    e->mark = mark;
    for (int k = 0; k < e->rank && n >= 0; k++) {
      ad_dim d = ad__dim_resolve(e->dims[k]);
      if (d < 0 || (d && n > INT64_MAX / d)) n = -1;
      else n *= d;
    }
    if (e->rank < 0 || n < 0) *open = true;
    else all += n;
  }
  return all;
}

static uint32_t next_mark(const ad_model *m) { return (uint32_t)++m->ctx->epoch; }

/* ---- Cells ---- */

static const char *own_text(cell_list *l, ad_text *t) {
  const char *s = ad__arena_text(&l->arena, ad__text_str(t), t->length);
  ad__text_free(t);
  l->failed = l->failed || !s;
  return s ? s : "";
}

static const char *parameters_cell(cell_list *l, const ad_model *m, uint32_t mark) {
  bool open = false;
  int64_t n = count_parameters(m, mark, &open);
  ad_text t;
  ad__text_init(&t, &l->m->ctx->mem);
  if (n) ad__text_fmt(&t, "%lld", (long long)n);
  if (open) ad__text_add(&t, n ? " + ?" : "?");
  return own_text(l, &t);
}

/* What the outermost model calls the connection that this terminal is wired to; else what its own model does. */
static void print_name(const cell_list *l, const ad_conn *k, ad_text *t) {
  const ad_conn *up = k;
  while (up->owner != l->m && up->up) up = up->up;
  if (up->owner == l->m) {
    for (int i = 0; i < l->m->conn_count; i++)
      if (l->m->conns[i] == up && l->names.of[i]) {
        ad__text_add(t, l->names.of[i]);
        return;
      }
  }
  ad__conn_name_print(k->up ? k->up : k, t);
}

static void print_terminal(const cell_list *l, const ad_conn *k, ad_text *t) {
  const ad_edge *e = ad__edge_root(k->edge);
  if (t->length) ad__text_add(t, ", ");
  if (e->value) {
    ad__text_fmt(t, "%s=", k->name ? k->name : k->origin ? k->origin : "");
    ad__literal_print(e->value, t);
    return;
  }
  print_name(l, k, t);
  if (!l->o->no_shapes) {
    ad__text_char(t, ' ');
    ad__edge_shape_print(l->m->ctx, e, t);
  }
  if (l->o->types) {
    ad__text_char(t, ' ');
    if (e->dtype) ad__text_add(t, ad_dtype_name(e->dtype));
    else ad__kinds_print(e->kinds, t);
  }
}

static bool was_printed(const ad_model *m, int i) {
  for (int k = 0; k < i; k++)
    if (!(m->conns[k]->flags & AD_CONN_MADE) && ad__edge_root(m->conns[k]->edge) == ad__edge_root(m->conns[i]->edge)) return true;
  return false;
}

/* Outputs, or those inputs that are not parameters; what is read twice stands once. */
static const char *terminals_cell(cell_list *l, const ad_model *m, bool outputs) {
  ad_text t;
  ad__text_init(&t, &l->m->ctx->mem);
  for (int i = 0; i < m->conn_count; i++) {
    const ad_conn *k = m->conns[i];
    bool made = k->flags & AD_CONN_MADE;
    if (made != outputs || (made && !ad__conn_is_output(k))) continue;
    if (!made && (ad__edge_root(k->edge)->differentiable > 0 || was_printed(m, i))) continue;
    print_terminal(l, k, &t);
  }
  return own_text(l, &t);
}

static bool make_room(cell_list *l) {
  if (l->rows < l->room) return true;
  int room = l->room ? 2 * l->room : 32;
  const char **cells = ad__arena_array(&l->arena, (size_t)room * COLUMNS, sizeof *cells, 8);
  const ad_model **models = ad__arena_array(&l->arena, (size_t)room, sizeof *models, 8);
  int *depths = ad__arena_array(&l->arena, (size_t)room, sizeof *depths, 8);
  if (!cells || !models || !depths) return false;
  if (l->rows) {
    memcpy(cells, l->cells, (size_t)l->rows * COLUMNS * sizeof *cells);
    memcpy(models, l->models, (size_t)l->rows * sizeof *models);
    memcpy(depths, l->depths, (size_t)l->rows * sizeof *depths);
  }
  l->cells = cells;
  l->models = models;
  l->depths = depths;
  l->room = room;
  return true;
}

static void add_row(cell_list *l, const ad_model *m, int depth) {
  if (!make_room(l)) {
    l->failed = true;
    return;
  }
  ad_text t;
  const char **row = &l->cells[l->rows * COLUMNS];
  l->models[l->rows] = m;
  l->depths[l->rows++] = depth;
  ad__text_init(&t, &l->m->ctx->mem);
  for (int i = 0; i < INDENT * depth; i++) ad__text_char(&t, ' ');
  ad__text_add(&t, ad_model_name(m));
  row[0] = own_text(l, &t);
  row[1] = ad_model_block(m);
  row[2] = terminals_cell(l, m, false);
  row[3] = terminals_cell(l, m, true);
}

/* Level by level, so that what is shared counts for the first of each level. */
static void count_rows(cell_list *l, int depth) {
  for (int d = 0; d < depth && !l->failed; d++) {
    uint32_t mark = next_mark(l->m);
    for (int r = 0; r < l->rows; r++)
      if (l->depths[r] == d) l->cells[r * COLUMNS + 4] = parameters_cell(l, l->models[r], mark);
  }
}

static int depth_of(const ad_model *root, const ad_model *m) {
  int depth = -1;
  for (; m != root; m = m->parent) depth++;
  return depth;
}

/* Every block down to the depth. */
static void add_blocks(cell_list *l, int most) {
  const ad_model *at = ad__model_next(l->m, l->m, most > 0);
  while (at && !l->failed) {
    int depth = depth_of(l->m, at);
    add_row(l, at, depth);
    at = ad__model_next(l->m, at, depth + 1 < most);
  }
}

/* ---- The table ---- */

static size_t letters(const char *s) { /* of UTF-8 */
  size_t n = 0;
  for (; *s; s++) n += (*s & 0xc0) != 0x80;
  return n;
}

static void print_row(const char *const *row, const size_t *width, ad_text *t) {
  for (int c = 0; c < COLUMNS; c++) {
    ad__text_fmt(t, "%s%s", c ? "  " : "", row[c]);
    for (size_t n = letters(row[c]); c + 1 < COLUMNS && n < width[c]; n++) ad__text_char(t, ' ');
  }
  while (t->length && ad__text_str(t)[t->length - 1] == ' ') ad__text_cut(t, t->length - 1);
  ad__text_char(t, '\n');
}

static void print_table(const cell_list *l, ad_text *t) {
  static const char *const head[COLUMNS] = {"block", "kind", "reads", "gives", "parameters"};
  size_t width[COLUMNS], all = 0;
  for (int c = 0; c < COLUMNS; c++) {
    width[c] = strlen(head[c]);
    for (int r = 0; r < l->rows; r++) {
      size_t n = letters(l->cells[r * COLUMNS + c]);
      if (n > width[c] && n <= MOST_WIDTH) width[c] = n;
    }
    all += width[c] + 2;
  }
  print_row(head, width, t);
  for (size_t i = 2; i < all; i++) ad__text_char(t, '-');
  ad__text_char(t, '\n');
  for (int r = 0; r < l->rows; r++) print_row(&l->cells[r * COLUMNS], width, t);
  for (size_t i = 2; i < all; i++) ad__text_char(t, '-');
  ad__text_char(t, '\n');
}

static void print_keys(const cell_list *l, const char *title, bool outputs, ad_text *t) {
  ad_text keys;
  ad__text_init(&keys, &l->m->ctx->mem);
  for (int i = 0; i < l->m->conn_count; i++) {
    const ad_conn *k = l->m->conns[i];
    if (outputs ? !ad__conn_is_output(k) : !ad__conn_is_input(k) || ad__edge_root(k->edge)->differentiable > 0) continue;
    print_terminal(l, k, &keys);
  }
  ad__text_fmt(t, "%s: %s\n", title, keys.length ? ad__text_str(&keys) : "none");
  ad__text_free(&keys);
}

const char *ad_model_summary(ad_model *m, const ad_summary_opts *opts) {
  static const ad_summary_opts none = {0};
  if (!m || !m->ctx) return "";
  cell_list l = {.m = m, .o = opts ? opts : &none};
  ad_text *t = ad__model_report(m);
  bool open = false;
  if (!t) return "out of memory\n";
  ad__arena_init(&l.arena, &m->ctx->mem);
  bool ok = ad__model_count(m) && ad__key_names(&l.names, m, &l.arena, false);
  if (ok) {
    int depth = l.o->depth > 0 ? l.o->depth : 1;
    ad__text_fmt(t, "%s (%s)\n", ad_model_name(m), ad_model_block(m));
    add_blocks(&l, m->child_count ? depth : 0);
    if (!m->child_count) add_row(&l, m, 0);
    count_rows(&l, depth);
    print_table(&l, t);
    print_keys(&l, "inputs", false, t);
    print_keys(&l, "outputs", true, t);
    int64_t n = count_parameters(m, next_mark(m), &open);
    ad__text_fmt(t, "parameters: %lld%s\n", (long long)n, open ? ", and those whose shape is not known yet" : "");
  }
  ad__key_names_free(&l.names);
  ad__arena_free(&l.arena);
  if (ok && !l.failed) return ad__text_str(t);
  ad__text_cut(t, 0);
  ad__text_add(t, "out of memory\n");
  return ad__text_str(t);
}
