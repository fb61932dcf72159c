/* Saving and loading through the public interface: every dtype and format out and back, mapping in place, errors with their
 * text, and the files of tests/corpus as NumPy wrote them.
 *
 * Files stay in AD_TEST_OUT: "ours_*" is what we wrote from formulas, "again_*" are NumPy's files loaded and saved by us;
 * tests/oracle/io_numpy.py reads both. */
#define _XOPEN_SOURCE 700
#include <adamant/adamant.h>
#include <adamant/io.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/inflate.h"
#include "check.h"

static char path_text[1024];

static const char *out_path(const char *name) {
  const char *out = getenv("AD_TEST_OUT");
  snprintf(path_text, sizeof path_text, "%s/%s", out ? out : "/tmp", name);
  return path_text;
}

/* Element i of the arrays we write: i - 2 in every dtype, which io_numpy.py knows; complex numbers have i as imaginary part. */
static void fill(ad_dtype t, void *out, int n) {
  unsigned char *p = out;
  for (int i = 0; i < n; i++, p += ad_dtype_size(t)) {
    double v = i - 2;
    int64_t whole = i - 2;
    float f = (float)v;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint16_t brain = (uint16_t)(bits >> 16);
    /* A half with so few bits: sign, exponent rebased by 112, ten bits of fraction. */
    uint16_t half = (uint16_t)(v == 0 ? 0 : (bits >> 16 & 0x8000) | (((bits >> 23 & 255) - 112) << 10) | (bits >> 13 & 1023));
    ad_c64 c = {f, (float)i};
    ad_c128 z = {v, i};
    if (t == AD_BOOL) *p = (unsigned char)(i & 1);
    else if (t == AD_FLOAT16) memcpy(p, &half, 2);
    else if (t == AD_BFLOAT16) memcpy(p, &brain, 2);
    else if (t == AD_FLOAT32) memcpy(p, &f, 4);
    else if (t == AD_FLOAT64) memcpy(p, &v, 8);
    else if (t == AD_COMPLEX64) memcpy(p, &c, 8);
    else if (t == AD_COMPLEX128) memcpy(p, &z, 16);
    else memcpy(p, &whole, ad_dtype_size(t)); /* the low bytes; NumPy wraps the same way */
  }
}

static ad_array *filled(ad_ctx *c, ad_dtype t, ad_shape shape) {
  unsigned char data[16 * 64];
  int n = 1;
  for (int i = 0; i < shape.rank; i++) n *= (int)shape.dims[i];
  fill(t, data, n);
  return ad_array_new(c, t, shape, data);
}

/* Compressed where zlib is built in; where it is not, that is refused by name, and the file is written stored. */
static ad_status save_compressed(const char *path, ad_array *a) {
  char why[300];
  if (ad__inflate_present()) return ad_savez_compressed(path, a, NULL);
  CHECK_INT(ad_savez_compressed(path, a, &(ad_save_opts){.error = why, .error_size = sizeof why}), AD_E_NOT_IMPLEMENTED);
  CHECK_STR_HAS(why, "this build has no zlib");
  return ad_savez(path, a, NULL);
}

static void check_same(ad_array *a, ad_array *b) {
  CHECK_STR(ad_error_text(b), "");
  if (ad_is_error(b)) return;
  CHECK_INT(ad_array_dtype(b), ad_array_dtype(a));
  CHECK_INT(ad_array_rank(b), ad_array_rank(a));
  CHECK_INT(ad_array_size(b), ad_array_size(a));
  size_t bytes = (size_t)ad_array_size(a) * ad_dtype_size(ad_array_dtype(a));
  if (bytes && ad_array_size(b) == ad_array_size(a)) CHECK_MEM(ad_data(b), ad_data(a), bytes);
  for (int i = 0; i < ad_array_rank(a); i++) CHECK_INT(ad_array_dim(b, i), ad_array_dim(a, i));
}

TEST(every_dtype_in_every_format) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const char *names[AD_DTYPE_COUNT];
  ad_array *arrays[AD_DTYPE_COUNT];
  int n = 0;
  for (int t = AD_BOOL; t < AD_DTYPE_COUNT; t++) {
    char file[64];
    ad_array *a = filled(c, (ad_dtype)t, AD_SHAPE(2, 3));
    snprintf(file, sizeof file, "ours_%s.npy", ad_dtype_name((ad_dtype)t));
    CHECK_INT(ad_save(out_path(file), a, NULL), AD_OK);
    check_same(a, ad_load(c, out_path(file), NULL));
    names[n] = ad_dtype_name((ad_dtype)t);
    arrays[n++] = a;
  }
  ad_array *all = ad_record(c, names, arrays, n);
  static const char *const metadata[] = {"made by", "save_load.c", "empty", "", NULL};
  CHECK_INT(ad_savez(out_path("ours_stored.npz"), all, NULL), AD_OK);
  CHECK_INT(save_compressed(out_path("ours_deflated.npz"), all), AD_OK);
  CHECK_INT(ad_save_safetensors(out_path("ours.safetensors"), all, &(ad_save_opts){.metadata = metadata}), AD_OK);
  static const char *const files[] = {"ours_stored.npz", "ours_deflated.npz", "ours.safetensors"};
  for (int f = 0; f < 3; f++)
    for (int copy = 0; copy < 2; copy++) {
      ad_array *r = ad_load(c, out_path(files[f]), &(ad_load_opts){.copy = copy});
      CHECK_STR(ad_error_text(r), "");
      CHECK_INT(ad_item_count(r), n);
      for (int i = 0; i < n; i++) check_same(arrays[i], ad_field(r, names[i]));
    }
  ad_scope_end(s, NULL);
  CHECK_INT(ad_ctx_live_arrays(c), 0);
  ad_ctx_free(c);
}

TEST(shapes_of_every_kind) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *arrays[] = {filled(c, AD_FLOAT32, AD_SHAPE()), filled(c, AD_INT16, AD_SHAPE(5)),
                        filled(c, AD_FLOAT64, AD_SHAPE(3, 0, 2)),
                        filled(c, AD_UINT8, AD_SHAPE(1, 2, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2))};
  ad_array *all = ad_tuple(c, arrays, 4);
  CHECK_INT(ad_savez(out_path("ours_shapes.npz"), all, NULL), AD_OK);
  CHECK_INT(ad_save_safetensors(out_path("ours_shapes.safetensors"), all, NULL), AD_OK);
  for (int f = 0; f < 2; f++) {
    ad_array *r = ad_load(c, out_path(f ? "ours_shapes.npz" : "ours_shapes.safetensors"), NULL);
    for (int i = 0; i < 4; i++) {
      char name[16];
      snprintf(name, sizeof name, "arr_%d", i);
      check_same(arrays[i], ad_field(r, name));
    }
  }
  CHECK_INT(ad_savez(out_path("ours_none.npz"), ad_tuple(c, NULL, 0), NULL), AD_OK);
  CHECK_INT(ad_item_count(ad_load(c, out_path("ours_none.npz"), NULL)), 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(strided_arrays_are_saved_in_order) {
  static const float columns[6] = {1, 4, 2, 5, 3, 6};
  static const int64_t strides[2] = {4, 8};
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_array_wrap_strided(c, AD_FLOAT32, AD_SHAPE(2, 3), strides, columns, NULL, NULL);
  CHECK_INT(ad_save(out_path("ours_strided.npy"), a, NULL), AD_OK);
  float got[6] = {0};
  CHECK_INT(ad_read(ad_load(c, out_path("ours_strided.npy"), NULL), got, sizeof got), AD_OK);
  for (int i = 0; i < 6; i++) CHECK_NEAR(got[i], i + 1, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Changing a mapped file in place is seen through an array that lies in it: proof that nothing was copied. */
TEST(mapped_arrays_lie_in_the_file) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  static const char *const files[] = {"mapped.npy", "mapped.npz", "mapped.safetensors"};
  ad_array *a = filled(c, AD_FLOAT32, AD_SHAPE(4));
  ad_save(out_path(files[0]), a, NULL);
  ad_savez(out_path(files[1]), a, NULL);
  ad_save_safetensors(out_path(files[2]), a, NULL);
  for (int f = 0; f < 3; f++) {
    ad_array *mapped = ad_load(c, out_path(files[f]), NULL),
             *copied = ad_load(c, out_path(files[f]), &(ad_load_opts){.copy = true});
    if (f) mapped = ad_item(mapped, 0), copied = ad_item(copied, 0);
    const float *m = ad_data(mapped), *k = ad_data(copied);
    CHECK_STOP(m && k);
    CHECK_INT((uintptr_t)m % 4, 0);
    FILE *file = fopen(out_path(files[f]), "r+b");
    CHECK_STOP(file != NULL);
    char whole[4096];
    size_t n = fread(whole, 1, sizeof whole, file);
    static const float old[4] = {-2, -1, 0, 1}, fresh = 99;
    for (size_t at = 0; at + sizeof old <= n; at++)
      if (memcmp(whole + at, old, sizeof old) == 0) fseek(file, (long)at, SEEK_SET), fwrite(&fresh, 4, 1, file);
    fclose(file);
    CHECK_NEAR(m[0], 99, 0);
    CHECK_NEAR(k[0], -2, 0);
  }
  /* Replacing the file leaves the arrays in the old one alone; removing it too. */
  ad_array *held = ad_load(c, out_path("mapped.npy"), NULL);
  ad_save(out_path("mapped.npy"), filled(c, AD_INT8, AD_SHAPE(1)), NULL);
  remove(out_path("mapped.npy"));
  CHECK_NEAR(((const float *)ad_data(held))[3], 1, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(arrays_outlive_the_scope_that_loaded_them) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  save_compressed(out_path("outlive.npz"), filled(c, AD_INT32, AD_SHAPE(8)));
  ad_array *a = ad_keep(ad_item(ad_load(c, out_path("outlive.npz"), NULL), 0));
  ad_scope_end(s, NULL);
  CHECK_INT(((const int32_t *)ad_data(a))[7], 5);
  CHECK_INT(ad_ctx_live_arrays(c), 1);
  ad_drop(a);
  ad_ctx_free(c);
}

static void note(void *user, const char *key, const char *value) {
  char *text = user;
  strcat(strcat(strcat(strcat(text, key), "="), value), ";");
}

TEST(metadata_comes_back) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  static const char *const metadata[] = {"format", "adamant", "\xc3\xa9", "a \"b\"\n", NULL}, *const odd[] = {"key", NULL};
  char text[200] = "", why[200];
  ad_array *a = filled(c, AD_INT8, AD_SHAPE(2));
  CHECK_INT(ad_save_safetensors(out_path("notes.safetensors"), a, &(ad_save_opts){.metadata = metadata}), AD_OK);
  ad_load(c, out_path("notes.safetensors"), &(ad_load_opts){.note = note, .user = text});
  CHECK_STR(text, "format=adamant;\xc3\xa9=a \"b\"\n;");
  CHECK_INT(ad_save_safetensors(out_path("odd.safetensors"), a, &(ad_save_opts){.metadata = odd, .error = why, .error_size = sizeof why}), AD_E_VALUE);
  CHECK_STR_HAS(why, "save_load.c:");
  CHECK_STR_HAS(why, "save_safetensors: metadata has 1 strings");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

typedef struct held_bytes {
  char bytes[4096];
  size_t size;
} held_bytes;

static void hold_bytes(void *user, const void *data, size_t size) {
  held_bytes *h = user;
  CHECK_STOP(size <= sizeof h->bytes);
  memcpy(h->bytes, data, size);
  h->size = size;
}

TEST(files_may_be_bytes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = filled(c, AD_FLOAT32, AD_SHAPE(3, 5));
  held_bytes h = {.size = 0};
  ad_save_opts into = {.bytes = hold_bytes, .user = &h};
  CHECK_INT(ad_save("nowhere/at all", a, &into), AD_OK);
  check_same(a, ad_load(c, "the bytes", &(ad_load_opts){.format = "npy", .data = h.bytes, .size = h.size}));
  CHECK_INT(ad_savez("nowhere/at all", a, &into), AD_OK);
  ad_array *all = ad_load(c, "the bytes", &(ad_load_opts){.format = "npz", .data = h.bytes, .size = h.size});
  check_same(a, ad_item(all, 0));
  ad_array *cut = ad_load(c, "the bytes", &(ad_load_opts){.format = "npz", .data = h.bytes, .size = 0});
  CHECK_INT(ad_error_code(cut), AD_E_FORMAT);
  CHECK_STR_HAS(ad_error_text(cut), "the bytes");
  ad_ctx_free(c);
}

static void write_bytes(const char *name, const char *bytes, size_t n) {
  FILE *f = fopen(out_path(name), "wb");
  if (f) fwrite(bytes, 1, n, f), fclose(f);
}

static void log_text(void *user, ad_log_level level, const char *text) {
  if (level == AD_LOG_ERROR) snprintf(user, 300, "%s", text);
}

TEST(failures_say_where_and_why) {
  char logged[300] = "", why[300];
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.log = log_text, .user = logged});
  ad_scope *s = ad_scope_begin(c);
  ad_array *e = ad_load(c, "no such file.npy", NULL);
  CHECK_INT(ad_error_code(e), AD_E_OS);
  CHECK_STR_HAS(ad_error_text(e), "save_load.c:");
  CHECK_STR_HAS(ad_error_text(e), "load: no such file.npy: cannot open for reading");
  CHECK_INT(ad_error_code(ad_load(c, "x.bin", NULL)), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(ad_load(c, "folder.d/x", NULL)), "the name ends in \"\"");
  CHECK_STR_HAS(ad_error_text(ad_load(c, "x.npy", &(ad_load_opts){.format = "gguf"})), "format \"gguf\"");
  CHECK_INT(ad_error_code(ad_load(c, NULL, NULL)), AD_E_VALUE);
  CHECK(ad_is_error(ad_load(NULL, "x.npy", NULL)));
  CHECK_INT(ad_error_code(ad_load(c, "/dev", &(ad_load_opts){.format = "npy"})), AD_E_OS);
  write_bytes("short.safetensors", "\xff\xff\xff\xff\xff\0\0\0{}", 10);
  e = ad_load(c, out_path("short.safetensors"), NULL);
  CHECK_INT(ad_error_code(e), AD_E_FORMAT);
  CHECK_STR_HAS(ad_error_text(e),
                "short.safetensors: byte 0: safetensors: header length 1099511627775 is larger than the file (10 bytes)");
  write_bytes("empty.npy", "", 0);
  CHECK_STR_HAS(ad_error_text(ad_load(c, out_path("empty.npy"), NULL)), "empty.npy: byte 0: npy: ");
  static const char bad_bool[] = "\x93NUMPY\1\0\x37\0{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}\1\2";
  write_bytes("bad_bool.npy", bad_bool, sizeof bad_bool - 1);
  CHECK_STR_HAS(ad_error_text(ad_load(c, out_path("bad_bool.npy"), NULL)), "byte 66: a bool is 2");

  ad_array *a = filled(c, AD_INT8, AD_SHAPE(2));
  remove(out_path("x.npy")), remove(out_path("x.npz"));
  CHECK_INT(ad_save("/no/such/folder/x.npy", a, &(ad_save_opts){.error = why, .error_size = sizeof why}), AD_E_OS);
  CHECK_STR_HAS(why, "save: /no/such/folder/x.npy: cannot create");
  CHECK_STR_HAS(logged, "save: /no/such/folder/x.npy: cannot create");
  CHECK_INT(ad_save(out_path("x.npy"), ad_tuple(c, &a, 1), NULL), AD_E_TYPE);
  CHECK_INT(ad_save(NULL, a, NULL), AD_E_VALUE);
  CHECK_INT(ad_save(out_path("x.npy"), NULL, NULL), AD_E_VALUE);
  CHECK_INT(ad_save(out_path("x.npy"), e, NULL), AD_E_FORMAT);
  ad_array *inner = ad_tuple(c, &a, 1);
  CHECK_INT(ad_savez(out_path("x.npz"), ad_tuple(c, &inner, 1), &(ad_save_opts){.error = why, .error_size = sizeof why}),
            AD_E_TYPE);
  CHECK_STR_HAS(why, "arr_0 is a tuple or record");
  CHECK(access(out_path("x.npy"), F_OK) != 0 && access(out_path("x.npz"), F_OK) != 0);
  CHECK_INT(ad_save(out_path("x.npy"), a, &(ad_save_opts){.error = why, .error_size = sizeof why}), AD_OK);
  CHECK_STR(why, "");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Loads every file of a corpus folder and saves it again: npy as npy, the others as npz. */
static int load_folder(ad_ctx *c, const char *kind) {
  char from[400], to[400], why[300];
  int n = 0;
  snprintf(from, sizeof from, "tests/corpus/%s", kind);
  DIR *d = opendir(from);
  for (struct dirent *f; d && (f = readdir(d));) {
    if (f->d_name[0] == '.') continue;
    ad_scope *s = ad_scope_begin(c);
    snprintf(from, sizeof from, "tests/corpus/%s/%.200s", kind, f->d_name);
    bool single = strcmp(kind, "npy") == 0;
    snprintf(to, sizeof to, "again_%s_%.200s%s", kind, f->d_name, single ? "" : ".npz");
    ad_array *a = ad_load(c, from, NULL);
    if (!ad__inflate_present() && ad_error_code(a) == AD_E_NOT_IMPLEMENTED) {
      ad_scope_end(s, NULL);
      continue;
    }
    CHECK_STR(ad_error_text(a), "");
    ad_save_opts opts = {.error = why, .error_size = sizeof why};
    ad_status code = single ? ad_save(out_path(to), a, &opts) : ad_savez(out_path(to), a, &opts);
    if (code != AD_OK) CHECK_FAIL("%s", why);
    ad_scope_end(s, NULL);
    n++;
  }
  if (d) closedir(d);
  return n;
}

TEST(files_of_numpy_are_loaded) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK(load_folder(c, "npy") >= 30);
  CHECK(load_folder(c, "npz") >= (ad__inflate_present() ? 9 : 4));
  CHECK(load_folder(c, "safetensors") >= 4);
  CHECK_INT(ad_ctx_live_arrays(c), 0);
  ad_ctx_free(c);
}

/* Out of memory at every request in turn: an error or a success, never a crash, and nothing left behind. */
typedef struct refusing {
  size_t asked, refuse;
  long live;
} refusing;

static void *refusing_resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
  refusing *r = user;
  if (new_bytes && ++r->asked == r->refuse) return NULL;
  void *fresh = new_bytes ? aligned_alloc(64, (new_bytes + 63) / 64 * 64) : NULL;
  if (new_bytes && !fresh) return NULL;
  if (block && fresh) memcpy(fresh, block, old_bytes < new_bytes ? old_bytes : new_bytes);
  if (block) free(block), r->live--;
  if (fresh) r->live++;
  return fresh;
}

static bool round_trip_refusing(size_t refuse, long *left) {
  refusing r = {.refuse = refuse};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.allocator = {refusing_resize, &r}, .threads = 1});
  bool whole = true;
  if (c) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *a = filled(c, AD_FLOAT32, AD_SHAPE(2, 3));
    whole &= (ad__inflate_present() ? ad_savez_compressed_at : ad_savez_at)(AD_HERE, out_path("refused.npz"), a, NULL) == AD_OK;
    whole &= ad_save_safetensors(out_path("refused.safetensors"), a, NULL) == AD_OK;
    whole &= ad_save(out_path("refused.npy"), a, NULL) == AD_OK;
    static const char *const files[] = {"refused.npz", "refused.safetensors", "refused.npy"};
    for (int i = 0; i < 4; i++) {
      ad_array *b = ad_load(c, i < 3 ? out_path(files[i]) : "tests/corpus/npy/be_f4.npy", NULL);
      whole &= !ad_is_error(b) && ad_eval(b) == AD_OK;
    }
    ad_scope_end(s, NULL);
    ad_ctx_free(c);
  }
  *left = r.live;
  return c && whole && r.asked < refuse;
}

TEST(memory_may_run_out) {
  long left = 0;
  size_t n = 1;
  round_trip_refusing(SIZE_MAX, &left); /* the files exist from here on */
  CHECK_INT(left, 0);
  while (n < 3000 && !round_trip_refusing(n, &left)) {
    CHECK_INT(left, 0);
    n++;
  }
  CHECK(n > 20 && n < 3000);
}

CHECK_MAIN(CASE(every_dtype_in_every_format), CASE(shapes_of_every_kind), CASE(strided_arrays_are_saved_in_order),
           CASE(mapped_arrays_lie_in_the_file), CASE(arrays_outlive_the_scope_that_loaded_them), CASE(metadata_comes_back),
           CASE(files_may_be_bytes),
           CASE(failures_say_where_and_why), CASE(files_of_numpy_are_loaded), CASE(memory_may_run_out))
