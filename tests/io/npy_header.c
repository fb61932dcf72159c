/* The npy header: what NumPy writes in its three versions is read, everything else is refused at its byte, and our own headers
 * read back for every dtype and rank. */
#include "io/npy_format.h"

#include "counted_memory.h"

static ad_err error;
static ad_tensor_file tensor;

/* An npy of the given version and header text followed by `data` zero bytes, in a block of exactly its size. */
static ad_status read_npy(int version, const char *header, size_t data) {
  size_t n = strlen(header), prefix = version == 1 ? 10 : 12, size = prefix + n + data;
  unsigned char *b = calloc(1, size);
  memcpy(b, "\x93NUMPY", 6);
  b[6] = (unsigned char)version;
  for (size_t i = 0; i < prefix - 8; i++) b[8 + i] = (unsigned char)(n >> (8 * i) & 255);
  memcpy(b + prefix, header, n);
  ad_status code = ad__npy_read(b, size, "t.npy", &tensor, &error);
  free(b);
  return code;
}

static void refuse(const char *header, size_t data, const char *start) {
  CHECK_INT(read_npy(1, header, data), AD_E_FORMAT);
  if (strncmp(error.text, "t.npy: byte ", 12) != 0 || !strstr(error.text, start))
    CHECK_FAIL("%s gives '%s', expected '...%s'", header, error.text, start);
}

TEST(headers_of_numpy_are_read) {
  for (int version = 1; version <= 3; version++) {
    CHECK_INT(read_npy(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          \n", 24), AD_OK);
    CHECK_INT(tensor.dtype, AD_FLOAT32);
    CHECK_INT(tensor.rank, 2);
    CHECK(tensor.dims[0] == 2 && tensor.dims[1] == 3);
    CHECK_INT(tensor.bytes, 24);
    CHECK(!tensor.fortran && !tensor.swapped);
  }
  CHECK_INT(read_npy(1, "{\"shape\":(),'descr':'|b1','fortran_order':True}", 1), AD_OK);
  CHECK(tensor.rank == 0 && tensor.dtype == AD_BOOL && tensor.fortran);
  CHECK_INT(read_npy(1, "{'descr': '>c16', 'fortran_order': False, 'shape': (1,)}", 16), AD_OK);
  CHECK(tensor.swapped && tensor.dtype == AD_COMPLEX128);
  CHECK_INT(read_npy(1, "{'descr': '>u1', 'fortran_order': False, 'shape': (1,)}", 1), AD_OK);
  CHECK(!tensor.swapped);
  CHECK_INT(read_npy(1, "{'descr': '|V2', 'fortran_order': False, 'shape': (3L, 1L)}", 6), AD_OK);
  CHECK(tensor.dtype == AD_BFLOAT16 && !tensor.swapped);
  CHECK_INT(read_npy(1, "{'descr': '=i8', 'fortran_order': False, 'shape': (0, 5)}", 0), AD_OK);
  CHECK_INT(tensor.bytes, 0);
}

TEST(dtypes_not_supported_are_named) {
#define WITH(descr) "{'descr': " descr ", 'fortran_order': False, 'shape': (1,), }"
  refuse(WITH("'|O'"), 8, "byte 20: npy: dtype '|O' holds objects (pickles)");
  refuse(WITH("'|S5'"), 5, "byte strings");
  refuse(WITH("'<U3'"), 12, "text");
  refuse(WITH("'<M8[ns]'"), 8, "dates");
  refuse(WITH("'<m8[s]'"), 8, "time spans");
  refuse(WITH("'|V8'"), 8, "raw bytes");
  refuse(WITH("'>V2'"), 2, "raw bytes");
  refuse(WITH("'<f16'"), 16, "dtype '<f16' is not supported");
  refuse(WITH("'<c32'"), 32, "not supported");
  refuse(WITH("'<i16'"), 16, "not supported");
  refuse(WITH("'<f3'"), 3, "not supported");
  refuse(WITH("'f'"), 4, "not supported");
  refuse(WITH("''"), 4, "not supported");
  refuse(WITH("'<'"), 4, "not supported");
  refuse(WITH("'<f-4'"), 4, "not supported");
  refuse(WITH("'<f+4'"), 4, "not supported");
  refuse(WITH("[('a', '<f4')]"), 4, "byte 20: npy: a structured dtype");
  refuse(WITH("('<f4', (2,))"), 8, "byte 20: npy: a subarray dtype");
  refuse(WITH("5"), 4, "expected a string");
}

TEST(the_dict_is_strict) {
  refuse("", 0, "byte 10: npy: the header ends; expected a dict");
  refuse("__import__('os').system('x')", 0, "expected a dict");
  refuse("{'descr': __import__('os')}", 0, "byte 20: npy: found '_'");
  refuse("{'descr': '<f4', 'fortran_order': False}", 4, "the header has no 'shape'");
  refuse("{'fortran_order': False, 'shape': ()}", 4, "the header has no 'descr'");
  refuse("{'descr': '<f4', 'shape': ()}", 4, "the header has no 'fortran_order'");
  refuse("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4,
         "byte 27: npy: the key 'descr' stands twice");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}", 4, "unknown key 'x'");
  refuse("{'descr': '<f4', 'fortran_order': false, 'shape': ()}", 4, "True or False");
  refuse("{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", 4, "True or False");
  refuse("{'descr': '<f4' 'fortran_order': False, 'shape': ()}", 4, "',' or '}'");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': ()", 4, "',' or '}'");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", 4, "nothing but spaces");
  refuse("{'descr: '<f4', 'fortran_order': False, 'shape': ()}", 4, "unknown key");
  refuse("{'descr': '<f4", 4, "no closing quote");
  refuse("{'descr': '<\\x66"
         "4', 'fortran_order': False, 'shape': ()}",
         4, "without backslash");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': 3}", 4, "a shape such as");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': [3]}", 4, "a shape such as");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (3)}", 12, "needs a comma");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", 4, "a number of elements");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (3,,)}", 4, "a number of elements");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (3 3)}", 4, "',' or ')'");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 4, "a number of elements");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (1e5,)}", 4, "',' or ')'");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (03,)}", 12, "begin with 0");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (None,)}", 4, "a number of elements");
  refuse("{{}}", 0, "a string in quotes");
  CHECK_INT(read_npy(3, "{'descr\xff': 1}", 0), AD_E_FORMAT);
}

TEST(shapes_that_overflow) {
#define SHAPED(shape) "{'descr': '<f8', 'fortran_order': False, 'shape': " shape "}"
  refuse(SHAPED("(9223372036854775808,)"), 0, "63 bits");
  refuse(SHAPED("(99999999999999999999999999999999999999,)"), 0, "63 bits");
  refuse(SHAPED("(1152921504606846976,)"), 0, "63 bits");
  refuse(SHAPED("(4294967296, 4294967296)"), 0, "63 bits");
  refuse(SHAPED("(4294967296, 4294967296, 0)"), 0, "63 bits");
  refuse(SHAPED("(0, 4294967296, 4294967296)"), 0, "63 bits");
  refuse(SHAPED("(2147483648, 2, 2147483648)"), 0, "63 bits");
  refuse(SHAPED("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"), 8, "more than 16 dims");
  CHECK_INT(read_npy(1, SHAPED("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"), 8), AD_OK);
  CHECK_INT(tensor.rank, 16);
  CHECK_INT(read_npy(1, SHAPED("(0, 1152921504606846975)"), 0), AD_OK);
  refuse(SHAPED("(1152921504606846975,)"), 16, "is cut short");
  refuse(SHAPED("(3,)"), 23, "byte 88: npy: float64 (3,) needs 24 bytes of elements and the file has 23; it is cut short");
  refuse(SHAPED("(3,)"), 25, "byte 89: npy: float64 (3,) needs 24 bytes of elements and the file has 25; it goes on after them");
}

TEST(prefixes_that_lie) {
  static const struct {
    const char *bytes;
    size_t n;
    const char *why;
  } cases[] = {{"", 0, "byte 0"},
               {"\x93NUMP", 5, "byte 5"},
               {"PK\3\4\0\0\0\0\0\0\0\0", 12, "magic"},
               {"\x93NUMPY\0\0\0\0", 10, "version 0.0"},
               {"\x93NUMPY\4\0\0\0\0\0", 12, "version 4.0"},
               {"\x93NUMPY\1\1\0\0", 10, "version 1.1"},
               {"\x93NUMPY\2\0\xff\xff\xff\xff", 12, "4294967295 bytes"},
               {"\x93NUMPY\1\0\x11\x27", 10, "at most 10000"},
               {"\x93NUMPY\1\0\x01\0", 10, "cut short"},
               {"\x93NUMPY\2\0\1\0", 10, "before the length"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char *exact = malloc(cases[i].n ? cases[i].n : 1);
    memcpy(exact, cases[i].bytes, cases[i].n);
    CHECK_INT(ad__npy_read(exact, cases[i].n, "t.npy", &tensor, &error), AD_E_FORMAT);
    CHECK_STR_HAS(error.text, cases[i].why);
    free(exact);
  }
}

TEST(what_is_written_reads_back) {
  ad_mem memory;
  ad_text t;
  static const int64_t dims[AD_MAX_RANK] = {3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  ad__mem_init(&memory, NULL);
  ad__text_init(&t, &memory);
  for (int dtype = AD_BOOL; dtype < AD_DTYPE_COUNT; dtype++)
    for (int rank = 0; rank <= AD_MAX_RANK; rank++) {
      t.length = 0;
      ad__npy_write_header(&t, (ad_dtype)dtype, rank, dims);
      CHECK_INT(t.length % 64, 0);
      CHECK_INT(t.data[t.length - 1], '\n');
      size_t header = t.length;
      for (size_t i = 0; i < 6 * ad_dtype_size((ad_dtype)dtype); i++) ad__text_char(&t, 0);
      size_t whole = header + (rank == 0 ? 1 : rank < 3 ? 3 : 6) * ad_dtype_size((ad_dtype)dtype);
      CHECK_INT(ad__npy_read(t.data, whole, "t.npy", &tensor, &error), AD_OK);
      CHECK(tensor.dtype == (ad_dtype)dtype && tensor.rank == rank && tensor.offset == header && !tensor.swapped &&
            !tensor.fortran);
      CHECK_MEM(tensor.dims, dims, (size_t)rank * sizeof dims[0]);
      if (dtype % 5 == 0 && rank == 2)
        for (size_t n = 0; n < whole; n++) {
          char *exact = malloc(n ? n : 1);
          memcpy(exact, t.data, n);
          CHECK_INT(ad__npy_read(exact, n, "t.npy", &tensor, &error), AD_E_FORMAT);
          free(exact);
        }
    }
  ad__text_free(&t);
}

TEST(bytes_are_turned) {
  unsigned char b[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  ad__tensor_file_swap(AD_COMPLEX64, b, 16);
  CHECK_MEM(b, "\3\2\1\0\7\6\5\4\13\12\11\10\17\16\15\14", 16);
  ad__tensor_file_swap(AD_INT16, b, 4);
  CHECK_MEM(b, "\2\3\0\1", 4);
  ad__tensor_file_swap(AD_INT8, b, 4);
  CHECK_MEM(b, "\2\3\0\1", 4);
}

CHECK_MAIN(CASE(headers_of_numpy_are_read), CASE(dtypes_not_supported_are_named), CASE(the_dict_is_strict),
           CASE(shapes_that_overflow), CASE(prefixes_that_lie), CASE(what_is_written_reads_back), CASE(bytes_are_turned))
