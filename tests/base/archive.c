/* Zip, deflate and CRC-32: round trips, then every way in which an archive may lie.
 *
 * The lies are told by patching an archive of our own writer at offsets computed from the format, so that each test
 * changes one fact and must be refused for that fact, at a byte. */
#include "base/zip.h"

#include "counted_memory.h"

static ad_mem memory;
static ad_err error;
static ad_text made;

enum { END = 22, LINE = 46, LOCAL = 30 };

static const char words[] = "the quick brown fox jumps over the lazy dog; the quick brown fox jumps over the lazy dog again";

static ad_status add_entry(ad_zip_writer *w, const char *name, const void *data, size_t n, bool deflated) {
  ad_status code = ad__zip_write_begin(w, name, strlen(name), n, deflated, &error);
  if (code == AD_OK) code = ad__zip_write_put(w, data, n / 2, &error);
  if (code == AD_OK) code = ad__zip_write_put(w, (const char *)data + n / 2, n - n / 2, &error);
  return code == AD_OK ? ad__zip_write_end(w, &error) : code;
}

/* Entries "a" (stored), "b" (deflated where that is built in), "c" (empty). */
static ad_status make_archive(ad_mem *mem, ad_text *out) {
  ad_zip_writer w;
  ad__text_init(out, mem);
  ad__zip_write_init(&w, mem, ad__sink_text(out));
  ad_status code = add_entry(&w, "a", words, sizeof words, false);
  if (code == AD_OK) code = add_entry(&w, "b", words, sizeof words, ad__inflate_present());
  if (code == AD_OK) code = add_entry(&w, "c", "", 0, false);
  if (code == AD_OK) code = ad__zip_write_finish(&w, &error);
  ad__zip_write_free(&w);
  return code;
}

static void begin(void) {
  ad__mem_init(&memory, NULL);
  CHECK_INT(make_archive(&memory, &made), AD_OK);
}

static void end(void) {
  ad__text_free(&made);
  CHECK_INT(memory.bytes_now, 0);
}

/* Opens data[0..n) from a block of exactly that size and reads every entry. */
static ad_status read_all(const char *data, size_t n, const ad_zip_limits *limits) {
  ad_zip z;
  char *exact = malloc(n ? n : 1);
  memcpy(exact, data, n);
  ad_status code = ad__zip_open(&memory, exact, n, "t.zip", limits, &z, &error);
  if (code == AD_OK) {
    for (size_t i = 0; i < z.count && code == AD_OK; i++) {
      ad_zip_stream s;
      CHECK(z.entries[i].size < 1 << 20);
      char *out = malloc((size_t)z.entries[i].size + 1);
      code = ad__zip_stream_open(&z, &z.entries[i], &s, &error);
      if (code == AD_OK) {
        code = ad__zip_stream_read(&s, out, (size_t)z.entries[i].size, &error);
        ad__zip_stream_close(&s);
      }
      free(out);
    }
    ad__zip_close(&z);
  }
  free(exact);
  return code;
}

static size_t line_at(int entry) { /* offset of a line of the central directory; all names have one byte, no extra field */
  uint32_t start;
  memcpy(&start, made.data + made.length - END + 16, 4);
  return start + (size_t)entry * (LINE + 1);
}

static size_t local_at(int entry) {
  uint32_t at;
  memcpy(&at, made.data + line_at(entry) + 42, 4);
  return at;
}

/* The archive with n bytes at `at` replaced must be refused with `why`. */
static void lie(size_t at, const void *bytes, size_t n, const char *why) {
  char saved[128];
  memcpy(saved, made.data + at, n);
  memcpy(made.data + at, bytes, n);
  CHECK_INT(read_all(made.data, made.length, NULL), AD_E_FORMAT);
  if (strncmp(error.text, "t.zip: byte ", 12) != 0 || !strstr(error.text, why))
    CHECK_FAIL("the message is '%s', expected '... %s ...'", error.text, why);
  memcpy(made.data + at, saved, n);
}

TEST(checksums_are_right) {
  static unsigned char data[100000];
  uint32_t whole, parts = 0;
  CHECK_INT(ad__crc32(0, "123456789", 9), 0xcbf43926);
  CHECK_INT(ad__crc32(0, "", 0), 0);
  for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * i >> 3);
  whole = ad__crc32(0, data, sizeof data);                                                 /* long: by eight tables */
  for (size_t i = 0; i < sizeof data; i += 1000) parts = ad__crc32(parts, data + i, 1000); /* short: by half bytes */
  CHECK_INT(whole, parts);
}

TEST(archives_read_back) {
  begin();
  ad_zip z;
  CHECK_STOP(ad__zip_open(&memory, made.data, made.length, "t.zip", NULL, &z, &error) == AD_OK);
  CHECK_INT(z.count, 3);
  CHECK_STR(z.entries[0].name, "a");
  CHECK_INT(z.entries[0].data % 64, 0);
  CHECK_MEM(z.data + z.entries[0].data, words, sizeof words);
  CHECK_INT(ad__zip_check_stored(&z, &z.entries[0], &error), AD_OK);
  CHECK_INT(z.entries[1].deflated, ad__inflate_present());
  if (ad__inflate_present()) CHECK(z.entries[1].packed < sizeof words);
  for (int i = 0; i < 2; i++)
    for (size_t step = 1; step <= sizeof words; step *= 3) {
      char out[sizeof words];
      ad_zip_stream s;
      CHECK_STOP(ad__zip_stream_open(&z, &z.entries[i], &s, &error) == AD_OK);
      for (size_t at = 0; at < sizeof words; at += step)
        CHECK_INT(ad__zip_stream_read(&s, out + at, at + step > sizeof words ? sizeof words - at : step, &error), AD_OK);
      CHECK_MEM(out, words, sizeof words);
      CHECK_INT(ad__zip_stream_read(&s, out, 1, &error), AD_E_FORMAT);
      ad__zip_stream_close(&s);
    }
  ad__zip_close(&z);
  CHECK_INT(read_all(made.data, made.length, NULL), AD_OK);
  end();
}

TEST(empty_archives_are_read) {
  ad_zip_writer w;
  ad__mem_init(&memory, NULL);
  ad__text_init(&made, &memory);
  ad__zip_write_init(&w, &memory, ad__sink_text(&made));
  CHECK_INT(ad__zip_write_finish(&w, &error), AD_OK);
  ad__zip_write_free(&w);
  CHECK_INT(read_all(made.data, made.length, NULL), AD_OK);
  end();
}

TEST(cut_short_at_every_byte) {
  begin();
  for (size_t n = 0; n < made.length; n++) {
    CHECK_INT(read_all(made.data, n, NULL), AD_E_FORMAT);
    CHECK_STR_HAS(error.text, "t.zip: byte ");
  }
  end();
}

TEST(names_that_leave_the_folder) {
  static const struct {
    const char *name;
    size_t n;
    const char *fault;
  } names[] = {{"", 0, "empty"},    {"/etc/passwd", 11, "absolute"},
               {"../x", 4, ".."},   {"a/../../b", 9, ".."},
               {"a/..", 4, ".."},   {"..", 2, ".."},
               {"C:x", 3, "drive"}, {"a\\b", 3, "backslash"},
               {"a\0b", 3, "NUL"},  {"\xff", 1, "UTF-8"}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    CHECK_STR_HAS(ad__zip_name_fault(names[i].name, names[i].n), names[i].fault);
  char longer[70000];
  memset(longer, 'x', sizeof longer);
  CHECK_STR_HAS(ad__zip_name_fault(longer, sizeof longer), "longer");
  CHECK(ad__zip_name_fault(longer, 65535) == NULL);
  CHECK(ad__zip_name_fault("a/b..c/...", 10) == NULL);
  begin();
  ad_zip_writer w;
  ad__zip_write_init(&w, &memory, ad__sink_text(&made));
  CHECK_INT(ad__zip_write_begin(&w, "../x", 4, 0, false, &error), AD_E_VALUE);
  ad__zip_write_free(&w);
  lie(line_at(0) + LINE, "/", 1, "absolute");
  lie(line_at(0) + LINE, "\\", 1, "backslash");
  lie(line_at(0) + LINE, "\0", 1, "NUL");
  lie(line_at(0) + LINE, "\xff", 1, "UTF-8");
  end();
}

TEST(duplicates_and_disagreement) {
  begin();
  char both = 'a';
  made.data[local_at(2) + LOCAL] = both;
  lie(line_at(2) + LINE, &both, 1, "the same name");
  made.data[local_at(2) + LOCAL] = 'c';
  lie(local_at(0) + LOCAL, "x", 1, "another name");
  lie(line_at(0) + LINE, "x", 1, "another name");
  lie(local_at(0) + 6, "\x00\x08", 2, "flags or method");
  lie(local_at(0) + 8, "\x08", 1, "flags or method");
  lie(local_at(0) + 14, "\x01\x02\x03\x04", 4, "differ from the central directory");
  lie(local_at(0) + 18, "\x01", 1, "differ from the central directory");
  lie(local_at(0) + 22, "\x01", 1, "differ from the central directory");
  lie(local_at(0), "PK\x03\x05", 4, "no local header");
  lie(line_at(0) + 42, "\x07", 1, "no local header");
  lie(line_at(0) + 42, "\xf0\xff\xff\x7f", 4, "no local header");
  lie(line_at(0), "PK\x01\x03", 4, "line of the central directory is missing");
  lie(line_at(0) + 28, "\xff\xff", 2, "runs past");
  lie(local_at(0) + 26, "\xff\xff", 2, "runs into");
  lie(line_at(2) + 30, "\x01", 1, "runs past");
  end();
}

TEST(methods_and_flags_not_supported) {
  begin();
  lie(line_at(0) + 8, "\x01", 1, "encrypted");
  lie(line_at(0) + 8, "\x40", 1, "encrypted");
  lie(line_at(0) + 9, "\x20", 1, "encrypted");
  lie(line_at(0) + 8, "\x20", 1, "patch");
  lie(line_at(0) + 10, "\x09", 1, "method 9 is not supported");
  lie(line_at(0) + 10, "\x63", 1, "method 99 is not supported");
  lie(line_at(0) + 20, "\x01", 1, "two different sizes");
  lie(line_at(0) + 34, "\x01", 1, "several disks");
  lie(made.length - END + 4, "\x01", 1, "several disks");
  lie(made.length - END + 8, "\x02", 1, "several disks");
  end();
}

TEST(damaged_data) {
  begin();
  size_t data = local_at(0) + LOCAL + 1, extra = (unsigned char)made.data[local_at(0) + 28];
  lie(data + extra + 10, "X", 1, "CRC-32");
  if (ad__inflate_present()) {
    size_t packed = local_at(1) + LOCAL + 1;
    lie(packed, "\xff", 1, "corrupt");
    lie(packed, "\x01\x00\x00\xff\xff", 5, "another size"); /* an empty last block */
  }
  end();
}

/* Patches one field in the central line and the local header alike. */
static void lie_twice(int entry, size_t central, size_t local, const void *bytes, size_t n, const char *why) {
  char saved[8];
  memcpy(saved, made.data + local_at(entry) + local, n);
  memcpy(made.data + local_at(entry) + local, bytes, n);
  lie(line_at(entry) + central, bytes, n, why);
  memcpy(made.data + local_at(entry) + local, saved, n);
}

TEST(sizes_that_lie_on_both_sides) {
  if (!ad__inflate_present()) CHECK_SKIP("this build has no zlib");
  begin();
  lie_twice(1, 24, 22, "\x10\x00\x00\x00", 4, "another size");
  lie_twice(1, 24, 22, "\xff\x7f\x00\x00", 4, "another size");
  lie_twice(1, 24, 22, "\x00\x00\x00\x10", 4, "to 1");
  lie_twice(1, 20, 18, "\x04\x00\x00\x00", 4, "end before the stream");
  lie_twice(1, 20, 18, "\xfe\xff\xff\x7f", 4, "run into the central directory");
  lie_twice(1, 16, 14, "\x01\x02\x03\x04", 4, "CRC-32");
  lie_twice(0, 16, 14, "\x01\x02\x03\x04", 4, "CRC-32");
  end();
}

/* A deflate stream of nothing (03 00) with one byte behind it, first stored, then declared to be deflated. */
TEST(bytes_behind_the_stream) {
  if (!ad__inflate_present()) CHECK_SKIP("this build has no zlib");
  ad_zip_writer w;
  ad__mem_init(&memory, NULL);
  ad__text_init(&made, &memory);
  ad__zip_write_init(&w, &memory, ad__sink_text(&made));
  CHECK_INT(add_entry(&w, "g", "\3\0G", 3, false), AD_OK);
  CHECK_INT(ad__zip_write_finish(&w, &error), AD_OK);
  ad__zip_write_free(&w);
  size_t local = local_at(0), line = line_at(0);
  made.data[local + 8] = made.data[line + 10] = 8;
  memset(made.data + local + 14, 0, 4), memset(made.data + line + 16, 0, 4);
  made.data[local + 22] = made.data[line + 24] = 0;
  CHECK_INT(read_all(made.data, made.length, NULL), AD_E_FORMAT);
  CHECK_STR_HAS(error.text, "another size");
  end();
}

TEST(entries_that_overlap) {
  begin();
  uint32_t first = (uint32_t)local_at(0);
  char line[LINE + 1], name = made.data[local_at(0) + LOCAL];
  memcpy(line, made.data + line_at(0), sizeof line); /* line 2 told to be line 0 under its own name: quoted twice */
  line[LINE] = name;
  memcpy(line + 42, &first, 4);
  lie(line_at(2), line, sizeof line, "overlap");
  end();
}

TEST(the_directory_must_fit) {
  begin();
  size_t e = made.length - END;
  lie(e + 12, "\x01\x00\x00\x00", 4, "must end where the end record begins");
  lie(e + 16, "\x00\x00\x00\x00", 4, "must end where the end record begins");
  lie(e + 16, "\xff\xff\xff\x7f", 4, "must end where the end record begins");
  lie(e + 8, "\x02\x00\x02\x00", 4, "holds more than its entries");
  lie(e + 8, "\x04\x00\x04\x00", 4, "more entries are announced");
  lie(e + 8, "\xff\xff\xff\xff", 4, "zip64");
  lie(e + 12, "\xff\xff\xff\xff", 4, "zip64");
  lie(e + 20, "\x01", 1, "no end record");
  lie(e, "PK\x05\x07", 4, "no end record");
  ad__text_add(&made, "garbage");
  CHECK_INT(read_all(made.data, made.length, NULL), AD_E_FORMAT);
  CHECK_STR_HAS(error.text, "no end record");
  CHECK_INT(read_all(made.data, made.length - 7, &(ad_zip_limits){.entries = 2}), AD_E_FORMAT);
  CHECK_STR_HAS(error.text, "3 entries, above the limit of 2");
  end();
}

static void put(ad_text *t, uint64_t v, int bytes) {
  for (int i = 0; i < bytes; i++) ad__text_char(t, i < 8 ? (char)(v >> (8 * i) & 255) : 0);
}

/* One stored entry "z" of `size` bytes by hand, everything in its 64-bit form, with a data descriptor when wanted. */
static void make_wide(uint64_t size, uint64_t claimed, bool descriptor, uint32_t descriptor_crc) {
  static char data[64];
  uint32_t crc = ad__crc32(0, data, (size_t)size);
  unsigned flags = descriptor ? 8 : 0;
  ad__mem_init(&memory, NULL);
  ad__text_init(&made, &memory);
  put(&made, 0x04034b50, 4), put(&made, 45, 2), put(&made, flags, 2), put(&made, 0, 6);
  put(&made, descriptor ? 0 : crc, 4), put(&made, UINT32_MAX, 4), put(&made, UINT32_MAX, 4), put(&made, 1, 2), put(&made, 20, 2);
  ad__text_add(&made, "z");
  put(&made, 1, 2), put(&made, 16, 2), put(&made, descriptor ? 0 : claimed, 8), put(&made, descriptor ? 0 : claimed, 8);
  ad__text_add_n(&made, data, (size_t)size);
  if (descriptor) put(&made, 0x08074b50, 4), put(&made, descriptor_crc, 4), put(&made, claimed, 8), put(&made, claimed, 8);
  size_t start = made.length;
  put(&made, 0x02014b50, 4), put(&made, 45, 2), put(&made, 45, 2), put(&made, flags, 2), put(&made, 0, 6), put(&made, crc, 4);
  put(&made, UINT32_MAX, 4), put(&made, UINT32_MAX, 4), put(&made, 1, 2), put(&made, 28, 2), put(&made, 0, 10),
      put(&made, UINT32_MAX, 4);
  ad__text_add(&made, "z");
  put(&made, 1, 2), put(&made, 24, 2), put(&made, claimed, 8), put(&made, claimed, 8), put(&made, 0, 8);
  size_t wide_end = made.length;
  put(&made, 0x06064b50, 4), put(&made, 44, 8), put(&made, 45, 2), put(&made, 45, 2), put(&made, 0, 8), put(&made, 1, 8),
      put(&made, 1, 8);
  put(&made, wide_end - start, 8), put(&made, start, 8);
  put(&made, 0x07064b50, 4), put(&made, 0, 4), put(&made, wide_end, 8), put(&made, 1, 4);
  put(&made, 0x06054b50, 4), put(&made, 0, 4), put(&made, UINT32_MAX, 4), put(&made, UINT32_MAX, 4), put(&made, UINT32_MAX, 4),
      put(&made, 0, 2);
}

TEST(zip64_and_descriptors) {
  static char data[64];
  make_wide(40, 40, false, 0);
  CHECK_INT(read_all(made.data, made.length, NULL), AD_OK);
  size_t wide = made.length - END - 20 - 56;
  lie(made.length - END - 20 + 8, "\x01", 1, "leads to no zip64 end record");
  lie(made.length - END - 20 + 8, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "leads to no zip64 end record");
  lie(wide + 4, "\x2d", 1, "wrong length");
  lie(wide + 32, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "several disks");
  lie(wide + 24, "\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x7f", 16, "more entries are announced");
  lie(wide + 48, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "must end where");
  lie(made.length - END + 10, "\x02\x00", 2, "differ");
  lie(wide - 28 + 2, "\x17", 1, "malformed");
  lie(wide - 28, "\x02", 1, "malformed");
  end();
  static const uint64_t sizes[] = {0, 39, 41, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX, UINT32_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    make_wide(40, sizes[i], false, 0);
    CHECK_INT(read_all(made.data, made.length, NULL), AD_E_FORMAT);
    end();
  }
  make_wide(40, 40, true, ad__crc32(0, data, 40));
  CHECK_INT(read_all(made.data, made.length, NULL), AD_OK);
  end();
  make_wide(40, 40, true, 7);
  CHECK_INT(read_all(made.data, made.length, NULL), AD_E_FORMAT);
  CHECK_STR_HAS(error.text, "data descriptor");
  end();
}

TEST(large_entries_in_pieces) {
  static char data[200000];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (char)(i % 7 * (i / 1000));
  ad__mem_init(&memory, NULL);
  ad__text_init(&made, &memory);
  ad_zip_writer w;
  ad__zip_write_init(&w, &memory, ad__sink_text(&made));
  CHECK_INT(add_entry(&w, "large", data, sizeof data, ad__inflate_present()), AD_OK);
  CHECK_INT(add_entry(&w, "stored", data, sizeof data, false), AD_OK);
  CHECK_INT(ad__zip_write_finish(&w, &error), AD_OK);
  ad__zip_write_free(&w);
  CHECK_INT(read_all(made.data, made.length, NULL), AD_OK);
  end();
}

static ad_status write_and_read(ad_mem *mem, void *user) {
  ad_text t;
  ad_zip z;
  (void)user;
  ad_status code = make_archive(mem, &t);
  if (code == AD_OK) code = ad__zip_open(mem, t.data, t.length, "t.zip", NULL, &z, &error);
  if (code == AD_OK) {
    char out[sizeof words];
    ad_zip_stream s;
    code = ad__zip_stream_open(&z, &z.entries[1], &s, &error);
    if (code == AD_OK) {
      code = ad__zip_stream_read(&s, out, sizeof out, &error);
      ad__zip_stream_close(&s);
    }
    ad__zip_close(&z);
  }
  ad__text_free(&t);
  return code;
}

TEST(memory_may_run_out) { counted_run_out(write_and_read, NULL); }

CHECK_MAIN(CASE(checksums_are_right), CASE(archives_read_back), CASE(empty_archives_are_read), CASE(cut_short_at_every_byte),
           CASE(names_that_leave_the_folder), CASE(duplicates_and_disagreement), CASE(methods_and_flags_not_supported),
           CASE(damaged_data), CASE(sizes_that_lie_on_both_sides), CASE(bytes_behind_the_stream), CASE(entries_that_overlap),
           CASE(the_directory_must_fit), CASE(zip64_and_descriptors), CASE(large_entries_in_pieces), CASE(memory_may_run_out))
