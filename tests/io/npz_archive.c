/* Npz: arrays in and out, stored and deflated, and the entries that are no array. What archives themselves may lie about is
 * tested with zip (tests/base/archive.c). */
#include "io/npz_format.h"

#include "counted_memory.h"

static ad_err error;

static ad_status make_npz(ad_mem *mem, ad_text *out, bool deflated) {
  static const float w[6] = {1, 2, 3, 4, 5, 6};
  static const int64_t shape[2] = {2, 3};
  ad_zip_writer z;
  ad__text_init(out, mem);
  ad__zip_write_init(&z, mem, ad__sink_text(out));
  ad_status code = ad__npz_write(&z, "w", 1, AD_FLOAT32, 2, shape, w, deflated, &error);
  if (code == AD_OK) code = ad__npz_write(&z, "n\xc3\xa9", 3, AD_UINT8, 0, NULL, "\7", deflated, &error);
  if (code == AD_OK) code = ad__zip_write_finish(&z, &error);
  ad__zip_write_free(&z);
  return code;
}

static ad_status open_and_read(ad_mem *mem, const char *data, size_t n) {
  ad_npz z;
  ad_status code = ad__npz_open(mem, data, n, "t.npz", NULL, &z, &error);
  if (code != AD_OK) return code;
  for (size_t i = 0; i < z.count && code == AD_OK; i++) {
    char out[64];
    CHECK(z.items[i].bytes <= sizeof out);
    code = ad__npz_read(&z, i, out, &error);
  }
  ad__npz_close(&z);
  return code;
}

static void round_trip(bool deflated) {
  ad_mem mem;
  ad_text t;
  ad_npz z;
  ad__mem_init(&mem, NULL);
  CHECK_INT(make_npz(&mem, &t, deflated), AD_OK);
  CHECK_STOP(ad__npz_open(&mem, t.data, t.length, "t.npz", NULL, &z, &error) == AD_OK);
  CHECK_INT(z.count, 2);
  CHECK_STR(z.items[0].name, "w");
  CHECK_STR(z.items[1].name, "n\xc3\xa9");
  CHECK(z.items[0].dtype == AD_FLOAT32 && z.items[0].rank == 2 && z.items[0].dims[1] == 3);
  float w[6];
  CHECK_INT(ad__npz_read(&z, 0, w, &error), AD_OK);
  for (int i = 0; i < 6; i++) CHECK_NEAR(w[i], i + 1, 0);
  const void *view;
  CHECK_INT(ad__npz_view(&z, 0, &view, &error), AD_OK);
  CHECK((view != NULL) == !deflated);
  if (view) {
    CHECK_INT(((uintptr_t)view - (uintptr_t)t.data) % 64, 0);
    CHECK_MEM(view, w, sizeof w);
  }
  ad__npz_close(&z);
  for (size_t n = 0; n < t.length; n++) {
    char *exact = malloc(n ? n : 1);
    memcpy(exact, t.data, n);
    CHECK_INT(open_and_read(&mem, exact, n), AD_E_FORMAT);
    CHECK_STR_HAS(error.text, ": byte ");
    free(exact);
  }
  ad__text_free(&t);
  CHECK_INT(mem.bytes_now, 0);
}

TEST(stored_arrays) { round_trip(false); }
TEST(deflated_arrays) {
  if (!ad__inflate_present()) CHECK_SKIP("this build has no zlib");
  round_trip(true);
}

/* An archive of one entry with this name and content. */
static void refuse(const char *name, const char *content, size_t n, const char *why) {
  ad_mem mem;
  ad_text t;
  ad_zip_writer z;
  ad__mem_init(&mem, NULL);
  ad__text_init(&t, &mem);
  ad__zip_write_init(&z, &mem, ad__sink_text(&t));
  CHECK_INT(ad__zip_write_begin(&z, name, strlen(name), n, false, &error), AD_OK);
  ad__zip_write_put(&z, content, n, &error);
  ad__zip_write_end(&z, &error);
  ad__zip_write_finish(&z, &error);
  ad__zip_write_free(&z);
  CHECK_INT(open_and_read(&mem, t.data, t.length), AD_E_FORMAT);
  CHECK_STR_HAS(error.text, why);
  ad__text_free(&t);
  CHECK_INT(mem.bytes_now, 0);
}

TEST(entries_that_are_no_array) {
  refuse("x.txt", "hello", 5, "t.npz: entry \"x.txt\": byte 0: npz: the name does not end in .npy");
  refuse("npy", "hello", 5, "does not end in .npy");
  refuse("folder/", "", 0, "does not end in .npy");
  refuse("x.npy", "", 0, "t.npz: entry \"x.npy\": byte 0: npy: ");
  refuse("x.npy", "hello, world", 12, "npy magic");
  refuse("\x1b[31m.npy", "hello, world", 12, "\"\\x1b[31m.npy\"");
  static const char object[] = "\x93NUMPY\1\0\x40\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }        \nxxxxxxxx";
  refuse("x.npy", object, sizeof object - 1, "objects (pickles)");
}

static ad_status write_and_read(ad_mem *mem, void *user) {
  ad_text t;
  (void)user;
  ad_status code = make_npz(mem, &t, ad__inflate_present());
  if (code == AD_OK) code = open_and_read(mem, t.data, t.length);
  ad__text_free(&t);
  return code;
}

TEST(memory_may_run_out) { counted_run_out(write_and_read, NULL); }

CHECK_MAIN(CASE(stored_arrays), CASE(deflated_arrays), CASE(entries_that_are_no_array), CASE(memory_may_run_out))
