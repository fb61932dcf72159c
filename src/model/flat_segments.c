/* Parts of a flat list that are treated in a way of their own, named by patterns of block paths: segments whose intermediates are
 * computed again in the backward pass, and ops that are computed in another dtype.
 *
 * The ops of a checkpointed block are one function, so nothing outside may stand between them: the list is ordered anew with each
 * block as one. A block of which one part waits for another through something outside cannot be one, and is named. */
#include <string.h>
#include "model/physical.h"

/* ---- Patterns ---- */

/* Does the pattern fit the path up to its end, or to a dot where a block's own name ends? */
static bool fits_from(const char *pattern, const char *end, const char *path) {
  const char *star = NULL, *again = NULL;
  while (*path) {
    if (pattern < end && *pattern == '*') {
      star = pattern++;
      again = path;
    } else if (pattern < end && *pattern == *path) {
      pattern++;
      path++;
    } else if (pattern == end && *path == '.') {
      return true;
    } else if (star) {
      pattern = star + 1;
      path = ++again;
    } else {
      return false;
    }
  }
  while (pattern < end && *pattern == '*') pattern++;
  return pattern == end;
}

bool ad__path_fits(const char *pattern, size_t n, const char *path) {
  const char *inside = strchr(path, '.');
  return fits_from(pattern, pattern + n, path) || (inside && fits_from(pattern, pattern + n, inside + 1));
}

/* The next name of a list; false at the end. */
static bool next_name(const char **at, const char *separators, const char **name, size_t *n) {
  *at += strspn(*at, separators);
  *name = *at;
  *n = strcspn(*at, separators);
  *at += *n;
  return *n > 0;
}

/* ---- Dtypes by block ---- */

static ad_status map_entry(ad_flat *f, const char *entry, size_t n, ad_text *notes, ad_err *e) {
  for (; n && *entry == ' '; n--) entry++;
  const char *colon = memchr(entry, ':', n);
  size_t pattern = colon ? (size_t)(colon - entry) : n;
  const char *word = colon ? colon + 1 : entry + n, *end = entry + n;
  while (pattern && entry[pattern - 1] == ' ') pattern--;
  while (word < end && *word == ' ') word++;
  while (end > word && end[-1] == ' ') end--;
  char name[24];
  ad__format(name, sizeof name, "%.*s", (int)(end - word < 20 ? end - word : 20), word);
  ad_dtype dtype = ad_dtype_parse(name);
  if (ad_dtype_category(dtype) != AD_CATEGORY_FLOAT)
    return ad__fail(e, AD_E_VALUE, "backend_map: %.*s: \"%s\"; a dtype of floats, as float16 or bfloat16, is right", (int)pattern, entry, name);
  int found = 0;
  for (int i = 0; i < f->op_count; i++) {
    if (!ad__path_fits(entry, pattern, f->ops[i].where)) continue;
    f->ops[i].dtype = dtype;
    found++;
  }
  if (!found) ad__text_fmt(notes, "warning: backend_map: no block fits %.*s\n", (int)pattern, entry);
  return AD_OK;
}

ad_status ad__flat_backends(ad_flat *f, const char *map, ad_text *notes, ad_err *e) {
  const char *entry;
  size_t n;
  ad_status s = AD_OK;
  while (!s && next_name(&map, ";\n", &entry, &n)) s = map_entry(f, entry, n, notes, e);
  f->computed_in = ad__arena_zeroed(&f->arena, (size_t)(f->values + 1) * sizeof *f->computed_in, 8);
  if (!f->computed_in) return ad__fail(e, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < f->op_count; i++)
    for (int k = 0; k < f->ops[i].outputs; k++) f->computed_in[f->ops[i].first_out + k] = f->ops[i].dtype;
  return s;
}

/* ---- Segments ---- */

typedef struct segmenter {
  ad_ctx *ctx;
  ad_flat *f;
  int *part;      /* per op: its part of the order. Ops of one checkpointed block are one part, others each their own */
  int parts, blocks;
  int *maker;     /* per value: the op, or -1 */
  ad_place *path; /* per part that is a block */
} segmenter;

/* The path up to where the pattern's block ends, as its length. */
static size_t block_of(const char *pattern, size_t n, const char *path) {
  char shorter[400];
  for (size_t k = strcspn(path, "."); k < sizeof shorter; k += 1 + strcspn(path + k + 1, ".")) {
    ad__format(shorter, sizeof shorter, "%.*s", (int)k, path);
    if (ad__path_fits(pattern, n, shorter)) return k;
    if (!path[k]) break;
  }
  return strlen(path);
}

/* The block that a checkpoint pattern names for an op; 0: none. The whole model is no block. */
static size_t segment_path(const char *patterns, const char *path, bool *used) {
  const char *name;
  size_t n;
  for (int i = 0; next_name(&patterns, ", ;", &name, &n); i++) {
    if (!ad__path_fits(name, n, path)) continue;
    if (i < 32) used[i] = true;
    size_t k = block_of(name, n, path);
    return k == strcspn(path, ".") && path[k] ? k + 1 + strcspn(path + k + 1, ".") : k;
  }
  return 0;
}

static bool find_parts(segmenter *s, const char *patterns, ad_text *notes) {
  ad_map blocks;
  bool used[32] = {false}, ok = true;
  ad__map_init(&blocks, &s->ctx->mem);
  for (int i = 0; ok && i < s->f->op_count; i++) {
    size_t n = segment_path(patterns, s->f->ops[i].where, used);
    bool fresh = true;
    ad_map_value *v = n ? ad__map_put(&blocks, ad__map_text(s->f->ops[i].where, n), &fresh) : NULL;
    ok = !n || v;
    if (!n || fresh) {
      s->path[s->parts] = n ? s->f->ops[i].where : NULL;
      s->blocks += n > 0;
      if (v) v->number = (uint64_t)s->parts;
      s->part[i] = s->parts++;
    } else if (v) s->part[i] = (int)v->number;
  }
  const char *name;
  size_t n;
  for (int i = 0; next_name(&patterns, ", ;", &name, &n) && i < 32; i++)
    if (!used[i]) ad__text_fmt(notes, "warning: gradient_checkpointing: no block fits %.*s\n", (int)n, name);
  ad__map_free(&blocks);
  return ok;
}

/* Ops by part, parts in an order in which each comes after what it reads. Kahn's algorithm (1962) on the parts. */
static bool order_parts(segmenter *s, int *order, ad_err *e) {
  ad_flat *f = s->f;
  int n = f->op_count, *next = order + n, *first = next + n, *waits = first + s->parts, *ready = waits + s->parts, done = 0, count = 0, out = 0;
  for (int p = 0; p < s->parts; p++) first[p] = -1, waits[p] = 0;
  for (int i = n; i-- > 0;) next[i] = first[s->part[i]], first[s->part[i]] = i;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < f->ops[i].inputs; k++) {
      int v = f->operands[f->ops[i].first_in + k], maker = v < 0 ? -1 : s->maker[v];
      waits[s->part[i]] += maker >= 0 && s->part[maker] != s->part[i];
    }
  /* What reads from each part, as lists. */
  int edges = 0, *head = ready + s->parts, *link = head + s->parts, *to = link + f->operand_count;
  for (int p = 0; p < s->parts; p++) head[p] = -1;
  for (int i = n; i-- > 0;)
    for (int k = f->ops[i].inputs; k-- > 0;) {
      int v = f->operands[f->ops[i].first_in + k], maker = v < 0 ? -1 : s->maker[v];
      if (maker < 0 || s->part[maker] == s->part[i]) continue;
      to[edges] = s->part[i];
      link[edges] = head[s->part[maker]];
      head[s->part[maker]] = edges++;
    }
  for (int p = 0; p < s->parts; p++)
    if (!waits[p]) ready[count++] = p;
  for (; done < count; done++) {
    int p = ready[done];
    for (int i = first[p]; i >= 0; i = next[i]) order[out++] = i;
    for (int k = head[p]; k >= 0; k = link[k])
      if (!--waits[to[k]]) ready[count++] = to[k];
  }
  for (int p = 0; p < s->parts && count < s->parts; p++)
    if (waits[p] && s->path[p])
      return ad__fail(e, AD_E_VALUE, "%s: one part of it needs what another computes through blocks outside, so it cannot be checkpointed as a whole; "
                      "a block around them all is right", s->path[p]) == AD_OK;
  return out == n;
}

/* Values that ops [first, end) read from before, and those of theirs that are read elsewhere. */
static bool find_ends(segmenter *s, ad_flat_segment *g, int *seen, int mark) {
  ad_flat *f = s->f;
  int reads = 0, makes = 0;
  for (int i = g->first; i < g->end; i++) reads += f->ops[i].inputs, makes += f->ops[i].outputs;
  g->in = ad__arena_array(&f->arena, (size_t)reads + 1, sizeof *g->in, 8);
  g->out = ad__arena_array(&f->arena, (size_t)makes + 1, sizeof *g->out, 8);
  if (!g->in || !g->out) return false;
  for (int i = g->first; i < g->end; i++)
    for (int k = 0; k < f->ops[i].inputs; k++) {
      int v = f->operands[f->ops[i].first_in + k];
      if (v < 0 || seen[v] == mark || (s->maker[v] >= g->first && s->maker[v] < g->end)) continue;
      seen[v] = mark;
      g->in[g->in_count++] = v;
    }
  return true;
}

/* Outputs of segments: what an op of another part reads, or the model gives. `of` is the segment of each op, -1 for none. */
static void find_outs(segmenter *s, const int *of, int *seen) {
  ad_flat *f = s->f;
  for (int v = 0; v < f->values; v++) seen[v] = 0;
  for (int i = 0; i < f->op_count; i++)
    for (int k = 0; k < f->ops[i].inputs; k++) {
      int v = f->operands[f->ops[i].first_in + k], maker = v < 0 ? -1 : s->maker[v];
      if (maker >= 0 && of[maker] >= 0 && of[maker] != of[i]) seen[v] = 1;
    }
  for (int k = 0; k < f->output_count; k++) seen[f->outputs[k].number] = 1;
  for (int v = 0; v < f->values; v++) {
    int g = s->maker[v] < 0 ? -1 : of[s->maker[v]];
    if (g >= 0 && seen[v]) f->segments[g].out[f->segments[g].out_count++] = v;
  }
}

static bool cut(segmenter *s, int *order, ad_err *e) {
  ad_flat *f = s->f;
  int n = f->op_count, *of = order + n, *seen = of + n;
  ad_flat_op *ops = ad__arena_array(&f->arena, (size_t)n + 1, sizeof *ops, 8);
  f->segments = ad__arena_array(&f->arena, (size_t)s->blocks + 1, sizeof *f->segments, 8);
  if (!ops || !f->segments) return ad__fail(e, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = 0; i < n; i++) ops[i] = f->ops[order[i]];
  for (int i = 0, last = -1; i < n; i++) {
    int part = s->part[order[i]];
    of[i] = s->path[part] ? f->segment_count - (part == last) : -1;
    if (s->path[part] && part != last) f->segments[f->segment_count++] = (ad_flat_segment){.first = i};
    if (of[i] >= 0) f->segments[of[i]].end = i + 1;
    last = part;
  }
  f->ops = ops;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < ops[i].outputs; k++) s->maker[ops[i].first_out + k] = i;
  for (int v = 0; v < f->values; v++) seen[v] = -1;
  for (int g = 0; g < f->segment_count; g++)
    if (!find_ends(s, &f->segments[g], seen, g)) return ad__fail(e, AD_E_MEMORY, "out of memory") == AD_OK;
  find_outs(s, of, seen);
  return true;
}

ad_status ad__flat_segments(ad_ctx *c, ad_flat *f, const char *patterns, ad_text *notes, ad_err *e) {
  size_t n = (size_t)f->op_count, values = (size_t)f->values, operands = (size_t)f->operand_count;
  ad_arena room;
  segmenter s = {.ctx = c, .f = f};
  ad__arena_init(&room, &c->mem);
  s.part = ad__arena_array(&room, n + 1, sizeof *s.part, 8);
  s.path = ad__arena_array(&room, n + 1, sizeof *s.path, 8);
  s.maker = ad__arena_array(&room, values + 1, sizeof *s.maker, 8);
  int *work = ad__arena_array(&room, 8 * n + values + 2 * operands + 8, sizeof *work, 8);
  bool ok = s.part && s.path && s.maker && work;
  for (size_t v = 0; ok && v < values; v++) s.maker[v] = -1;
  for (size_t i = 0; ok && i < n; i++)
    for (int k = 0; k < f->ops[i].outputs; k++) s.maker[f->ops[i].first_out + k] = (int)i;
  ok = ok && find_parts(&s, patterns, notes) && (!s.blocks || (order_parts(&s, work, e) && cut(&s, work, e)));
  ad__arena_free(&room);
  return ok ? AD_OK : e->code ? e->code : ad__fail(e, AD_E_MEMORY, "out of memory");
}
