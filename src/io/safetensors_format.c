/* Reading and writing the safetensors header.
 *
 * Every check on a range is made before the next depends on it: that it is a pair, not backwards, as long as
 * shape and dtype say, and, once sorted, that it starts where the one before ended.
 * Invariant: offsets in messages count from the start of the file; those in the header from its end. */
#include "io/safetensors_format.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/sort.h"
#include "base/tensor_order.h"

enum { LENGTH_FIELD = 8, HEADER_MOST = 100000000, NAME_MOST = 65536 };

/* The kinds of elements. */
static const struct safetensors_kind {
  const char *tag;
  ad_dtype dtype;
} safetensors_kinds[] = {
    {"C128", AD_COMPLEX128}, {"U64", AD_UINT64}, {"I64", AD_INT64}, {"F64", AD_FLOAT64},   {"C64", AD_COMPLEX64},
    {"F32", AD_FLOAT32},     {"U32", AD_UINT32}, {"I32", AD_INT32}, {"BF16", AD_BFLOAT16}, {"F16", AD_FLOAT16},
    {"U16", AD_UINT16},      {"I16", AD_INT16},  {"I8", AD_INT8},   {"U8", AD_UINT8},      {"BOOL", AD_BOOL},
};
enum { KIND_COUNT = sizeof safetensors_kinds / sizeof safetensors_kinds[0] };

/* Kinds that are read as what holds their bytes, or refused because no byte does. */
static const char *const eight_bit_floats[] = {"F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"};
static const char *const below_a_byte[] = {"F4", "F6_E2M3", "F6_E3M2", "I4", "U4"};

typedef struct safetensors_reader {
  const char *where;
  uint64_t header; /* bytes of the JSON text */
  uint64_t data;   /* bytes behind it */
  ad_tensor_list *list;
  ad_err *e;
} safetensors_reader;

static ad_status st_fail(const safetensors_reader *r, uint64_t at, const char *fmt, ...) AD_FORMAT(3, 4);
static ad_status st_fail(const safetensors_reader *r, uint64_t at, const char *fmt, ...) {
  ad_err inner;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&inner, AD_E_FORMAT, fmt, ap);
  va_end(ap);
  return ad__fail(r->e, AD_E_FORMAT, "%s: byte %" PRIu64 ": safetensors: %s", r->where, at, inner.text);
}

static ad_status st_no_memory(const safetensors_reader *r) {
  return ad__fail(r->e, AD_E_MEMORY, "%s: no memory for the list of its tensors", r->where);
}

/* A name as it may be shown: quoted, escaped and cut. */
static const char *shown(const char *name, size_t n, char out[400]) {
  size_t used = 0;
  out[used++] = '"';
  for (size_t i = 0; i < n && used < 320; i++) {
    unsigned char c = (unsigned char)name[i];
    if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') used += ad__format(out + used, 8, "\\x%02x", c);
    else out[used++] = (char)c;
  }
  ad__format(out + used, 8, n > 300 ? "...\"" : "\"");
  return out;
}

/* ---- one tensor ---- */

static ad_status read_kind(const safetensors_reader *r, const ad_json *v, ad_dtype *out) {
  char text[400];
  if (!v || v->kind != AD_JSON_STRING)
    return st_fail(r, v ? v->offset : LENGTH_FIELD, "a dtype is %s, not a string", ad__json_kind_name(v));
  for (size_t i = 0; i < KIND_COUNT; i++)
    if (ad__json_is(v, safetensors_kinds[i].tag)) return *out = safetensors_kinds[i].dtype, AD_OK;
  for (size_t i = 0; i < sizeof eight_bit_floats / sizeof eight_bit_floats[0]; i++)
    if (ad__json_is(v, eight_bit_floats[i])) return *out = AD_UINT8, AD_OK;
  for (size_t i = 0; i < sizeof below_a_byte / sizeof below_a_byte[0]; i++)
    if (ad__json_is(v, below_a_byte[i]))
      return st_fail(r, v->offset, "dtype %s has less than a byte to an element, which no array holds", below_a_byte[i]);
  return st_fail(r, v->offset, "unknown dtype %s", shown(v->text, v->length, text));
}

static ad_status read_dims(const safetensors_reader *r, const ad_json *v, ad_tensor_file *t) {
  if (v->kind != AD_JSON_ARRAY) return st_fail(r, v->offset, "a shape is %s, not an array", ad__json_kind_name(v));
  if (v->length > AD_MAX_RANK)
    return st_fail(r, v->offset, "a shape of %zu dims; at most %d are supported", v->length, AD_MAX_RANK);
  for (const ad_json *d = v->first; d; d = d->next) {
    uint64_t dim;
    if (!ad__json_u64(d, &dim) || dim > INT64_MAX)
      return st_fail(r, d->offset, "a dim is %s that is no integer from 0 to 2^63 - 1", ad__json_kind_name(d));
    t->dims[t->rank++] = (int64_t)dim;
  }
  return AD_OK;
}

static ad_status read_range(const safetensors_reader *r, const ad_json *v, ad_tensor_file *t) {
  uint64_t begin, end;
  if (v->kind != AD_JSON_ARRAY || v->length != 2 || !ad__json_u64(v->first, &begin) || !ad__json_u64(v->first->next, &end))
    return st_fail(r, v->offset, "data_offsets must be two integers that are not negative");
  if (end < begin) return st_fail(r, v->offset, "data_offsets end at %" PRIu64 ", before they begin at %" PRIu64, end, begin);
  if (end > r->data)
    return st_fail(r, v->offset, "data_offsets end at %" PRIu64 ", and the file has %" PRIu64 " bytes of data", end, r->data);
  if (!ad__tensor_file_measure(t)) return st_fail(r, v->offset, "the shape has more bytes than 63 bits can count");
  if (end - begin != t->bytes) {
    char described[AD_TENSOR_FILE_TEXT];
    ad__tensor_file_describe(t, described);
    return st_fail(r, v->offset, "%s needs %" PRIu64 " bytes, and data_offsets give it %" PRIu64, described, t->bytes,
                   end - begin);
  }
  t->offset = LENGTH_FIELD + r->header + begin;
  return AD_OK;
}

static ad_status read_name(const safetensors_reader *r, const ad_json *v, ad_tensor_file *t) {
  if (v->key_length > NAME_MOST)
    return st_fail(r, v->offset, "a tensor's name has %zu bytes; at most %d are allowed", v->key_length, NAME_MOST);
  if (memchr(v->key, 0, v->key_length)) return st_fail(r, v->offset, "a tensor's name holds a NUL");
  t->name = ad__arena_text(&r->list->arena, v->key, v->key_length);
  t->name_length = v->key_length;
  return t->name ? AD_OK : st_no_memory(r);
}

static ad_status read_tensor(const safetensors_reader *r, const ad_json *v, ad_tensor_file *t) {
  char text[400];
  if (v->kind != AD_JSON_OBJECT)
    return st_fail(r, v->offset, "tensor %s is %s, not an object", shown(v->key, v->key_length, text), ad__json_kind_name(v));
  const ad_json *kind = ad__json_get(v, "dtype"), *dims = ad__json_get(v, "shape"), *range = ad__json_get(v, "data_offsets");
  if (!kind || !dims || !range)
    return st_fail(r, v->offset, "tensor %s has no %s", shown(v->key, v->key_length, text),
                   !kind   ? "dtype"
                   : !dims ? "shape"
                           : "data_offsets");
  ad_status code = read_name(r, v, t);
  if (code == AD_OK) code = read_kind(r, kind, &t->dtype);
  if (code == AD_OK) code = read_dims(r, dims, t);
  if (code == AD_OK) code = read_range(r, range, t);
  return code;
}

static ad_status read_notes(const safetensors_reader *r, const ad_json *v) {
  ad_tensor_list *l = r->list;
  if (v->kind != AD_JSON_OBJECT) return st_fail(r, v->offset, "__metadata__ is %s, not an object", ad__json_kind_name(v));
  l->notes = ad__arena_array(&l->arena, v->length, sizeof *l->notes, _Alignof(ad_tensor_note));
  if (!l->notes) return st_no_memory(r);
  for (const ad_json *m = v->first; m; m = m->next) {
    if (m->kind != AD_JSON_STRING)
      return st_fail(r, m->offset, "a value of __metadata__ is %s, not a string", ad__json_kind_name(m));
    ad_tensor_note *note = &l->notes[l->note_count];
    *note = (ad_tensor_note){ad__arena_text(&l->arena, m->key, m->key_length), ad__arena_text(&l->arena, m->text, m->length),
                             m->key_length, m->length};
    if (!note->key || !note->value) return st_no_memory(r);
    l->note_count++;
  }
  return AD_OK;
}

/* ---- all tensors ---- */

/* Where the bytes come from decides; among equals an empty range stands before one that is not. */
static bool lies_before(const void *a, const void *b, const void *user) {
  const ad_tensor_file *x = a, *y = b;
  (void)user;
  return x->offset != y->offset ? x->offset < y->offset : x->bytes < y->bytes;
}

static ad_status check_cover(const safetensors_reader *r) {
  ad_tensor_list *l = r->list;
  ad__sort(l->items, l->count, sizeof *l->items, lies_before, NULL);
  char text[400];
  uint64_t at = LENGTH_FIELD + r->header;
  for (size_t i = 0; i < l->count; i++) {
    const ad_tensor_file *t = &l->items[i];
    if (t->offset != at)
      return st_fail(r, t->offset, "tensor %s %s; each must begin where the one before ends",
                     shown(t->name, t->name_length, text),
                     t->offset < at ? "overlaps the one before" : "leaves a hole before it");
    at += t->bytes;
  }
  uint64_t end = LENGTH_FIELD + r->header + r->data;
  if (at != end) return st_fail(r, at, "%" PRIu64 " bytes at the end belong to no tensor", end - at);
  return AD_OK;
}

static ad_status read_root(const safetensors_reader *r, const ad_json *root) {
  ad_tensor_list *l = r->list;
  l->items = ad__arena_array(&l->arena, root->length, sizeof *l->items, _Alignof(ad_tensor_file));
  if (!l->items) return st_no_memory(r);
  for (const ad_json *m = root->first; m; m = m->next) {
    ad_status code;
    if (m->key_length == 12 && memcmp(m->key, "__metadata__", 12) == 0) code = read_notes(r, m);
    else {
      l->items[l->count] = (ad_tensor_file){0};
      code = read_tensor(r, m, &l->items[l->count++]);
    }
    if (code != AD_OK) return code;
  }
  return check_cover(r);
}

static ad_status read_header(safetensors_reader *r, const unsigned char *data, size_t size, ad_arena *tree) {
  if (size < LENGTH_FIELD) return st_fail(r, size, "the file has %zu bytes; the length of the header alone takes 8", size);
  for (int i = LENGTH_FIELD; i-- > 0;) r->header = r->header << 8 | data[i];
  if (r->header > size - LENGTH_FIELD)
    return ad__fail(r->e, AD_E_FORMAT,
                    "%s: byte 0: safetensors: header length %" PRIu64
                    " is larger than the file (%zu bytes); it is cut short or no safetensors file",
                    r->where, r->header, size);
  if (r->header > HEADER_MOST) return st_fail(r, 0, "header length %" PRIu64 " is above the limit of %d", r->header, HEADER_MOST);
  r->data = size - LENGTH_FIELD - r->header;
  if (r->header < 2) return st_fail(r, 0, "header length %" PRIu64 " is too small; an empty header is {}", r->header);
  if (data[LENGTH_FIELD] != '{')
    return st_fail(r, LENGTH_FIELD, "the header begins with byte 0x%02x; it must begin with '{'", data[LENGTH_FIELD]);
  const ad_json *root;
  ad_json_opts opts = {.where = r->where, .base = LENGTH_FIELD, .total = HEADER_MOST};
  ad_status code = ad__json_read(tree, (const char *)data + LENGTH_FIELD, (size_t)r->header, &opts, &root, r->e);
  return code == AD_OK ? read_root(r, root) : code;
}

ad_status ad__safetensors_read(ad_mem *mem, const void *data, size_t size, const char *where, ad_tensor_list *out, ad_err *e) {
  safetensors_reader r = {.where = where, .list = out, .e = e};
  ad_arena tree;
  *out = (ad_tensor_list){0};
  ad__arena_init(&out->arena, mem);
  ad__arena_init(&tree, mem);
  ad_status code = read_header(&r, data, size, &tree);
  ad__arena_free(&tree);
  if (code != AD_OK) ad__tensor_list_free(out);
  return code;
}

void ad__tensor_list_free(ad_tensor_list *l) {
  ad__arena_free(&l->arena);
  l->items = NULL;
  l->notes = NULL;
  l->count = l->note_count = 0;
}

/* ---- writing ---- */

static size_t kind_of(ad_dtype dtype) {
  size_t i = 0;
  while (i < KIND_COUNT - 1 && safetensors_kinds[i].dtype != dtype) i++;
  return i;
}

static bool written_before(const void *one, const void *other, const void *user) {
  const ad_tensor_file *items = user, *a = &items[*(const size_t *)one], *b = &items[*(const size_t *)other];
  return ad__tensor_before(a->dtype, a->name, a->name_length, b->dtype, b->name, b->name_length);
}

/* Adds a name to the set; an error when it is there already. */
static ad_status add_name(ad_map *names, const char *name, size_t n, const char *what, ad_err *e) {
  char text[400];
  bool fresh;
  if (!ad__map_put(names, ad__map_text(name, n), &fresh)) return ad__fail(e, AD_E_MEMORY, "safetensors: no memory for the names");
  return fresh ? AD_OK : ad__fail(e, AD_E_VALUE, "safetensors: two %s are named %s", what, shown(name, n, text));
}

static ad_status check_names(ad_mem *mem, const ad_tensor_file *items, size_t n, const ad_tensor_note *notes, size_t note_count,
                             ad_err *e) {
  ad_map names, keys;
  ad_status code = AD_OK;
  ad__map_init(&names, mem);
  ad__map_init(&keys, mem);
  for (size_t i = 0; i < n && code == AD_OK; i++) {
    const ad_tensor_file *t = &items[i];
    if (t->name_length == 12 && memcmp(t->name, "__metadata__", 12) == 0)
      code = ad__fail(e, AD_E_VALUE, "safetensors: no tensor may be named \"__metadata__\"");
    else if (t->name_length > NAME_MOST)
      code = ad__fail(e, AD_E_VALUE, "safetensors: a name has %zu bytes; at most %d are allowed", t->name_length, NAME_MOST);
    else code = add_name(&names, t->name, t->name_length, "tensors", e);
  }
  for (size_t i = 0; i < note_count && code == AD_OK; i++)
    code = add_name(&keys, notes[i].key, notes[i].key_length, "metadata", e);
  ad__map_free(&names);
  ad__map_free(&keys);
  return code;
}

static void put_tensor(ad_json_writer *w, const ad_tensor_file *t) {
  ad__json_key(w, t->name, t->name_length);
  ad__json_begin(w, '{');
  ad__json_key(w, "dtype", 5);
  const char *tag = safetensors_kinds[kind_of(t->dtype)].tag;
  ad__json_put_text(w, tag, strlen(tag));
  ad__json_key(w, "shape", 5);
  ad__json_begin(w, '[');
  for (int i = 0; i < t->rank; i++) ad__json_put_i64(w, t->dims[i]);
  ad__json_end(w, ']');
  ad__json_key(w, "data_offsets", 12);
  ad__json_begin(w, '[');
  ad__json_put_u64(w, t->offset);
  ad__json_put_u64(w, t->offset + t->bytes);
  ad__json_end(w, ']');
  ad__json_end(w, '}');
}

static ad_status put_header(const ad_tensor_file *items, size_t n, const ad_tensor_note *notes, size_t note_count,
                            const size_t *order, ad_text *out, ad_err *e) {
  ad_json_writer w;
  ad__json_write_init(&w, out, 0);
  ad__json_begin(&w, '{');
  if (note_count) {
    ad__json_key(&w, "__metadata__", 12);
    ad__json_begin(&w, '{');
    for (size_t i = 0; i < note_count; i++) {
      ad__json_key(&w, notes[i].key, notes[i].key_length);
      ad__json_put_text(&w, notes[i].value, notes[i].value_length);
    }
    ad__json_end(&w, '}');
  }
  for (size_t i = 0; i < n; i++) put_tensor(&w, &items[order[i]]);
  ad__json_end(&w, '}');
  return ad__json_write_done(&w, e);
}

ad_status ad__safetensors_plan(ad_mem *mem, ad_tensor_file *items, size_t n, const ad_tensor_note *notes, size_t note_count,
                               size_t *order, ad_text *out, ad_err *e) {
  ad_status code = check_names(mem, items, n, notes, note_count, e);
  if (code != AD_OK) return code;
  for (size_t i = 0; i < n; i++) order[i] = i;
  ad__sort(order, n, sizeof *order, written_before, items);
  uint64_t at = 0;
  for (size_t i = 0; i < n; i++) {
    ad_tensor_file *t = &items[order[i]];
    if (!ad__tensor_file_measure(t))
      return ad__fail(e, AD_E_OVERFLOW, "safetensors: a tensor has more bytes than 63 bits can count");
    t->offset = at;
    at += t->bytes;
  }
  size_t start = out->length;
  ad__text_add_n(out, "\0\0\0\0\0\0\0\0", LENGTH_FIELD);
  code = put_header(items, n, notes, note_count, order, out, e);
  for (size_t spaces = (8 - (out->length - start) % 8) % 8; spaces; spaces--) ad__text_char(out, ' ');
  if (code == AD_OK && out->failed) code = ad__fail(e, AD_E_MEMORY, "safetensors: no memory for the header");
  if (code != AD_OK) return code;
  uint64_t length = out->length - start - LENGTH_FIELD;
  if (length > HEADER_MOST)
    return ad__fail(e, AD_E_VALUE, "safetensors: the header would have %" PRIu64 " bytes; readers allow %d", length, HEADER_MOST);
  for (int i = 0; i < LENGTH_FIELD; i++) out->data[start + (size_t)i] = (char)(length >> (8 * i) & 255);
  for (size_t i = 0; i < n; i++) items[i].offset += out->length - start;
  return AD_OK;
}
