/* The safetensors header: the format's own classes of error, each at its byte, and headers of ours read back. */
#include "io/safetensors_format.h"

#include "counted_memory.h"

static ad_mem memory;
static ad_err error;
static ad_tensor_list list;

/* A file of header length `claimed`, header text and `data` zero bytes, in a block of exactly its size. */
static ad_status read_claiming(uint64_t claimed, const char *header, size_t n, size_t data) {
  unsigned char *b = calloc(1, 8 + n + data);
  if (!memory.calls) ad__mem_init(&memory, NULL);
  for (int i = 0; i < 8; i++) b[i] = (unsigned char)(claimed >> (8 * i) & 255);
  memcpy(b + 8, header, n);
  ad_status code = ad__safetensors_read(&memory, b, 8 + n + data, "m.safetensors", &list, &error);
  free(b);
  return code;
}

static ad_status read_header_text(const char *header, size_t data) {
  return read_claiming(strlen(header), header, strlen(header), data);
}

static void refuse(const char *header, size_t data, const char *why) {
  CHECK_INT(read_header_text(header, data), AD_E_FORMAT);
  if (strncmp(error.text, "m.safetensors: byte ", 20) != 0 || !strstr(error.text, why))
    CHECK_FAIL("%s gives '%s', expected '...%s'", header, error.text, why);
  CHECK_INT(memory.bytes_now, 0);
}

#define TENSOR(name, dtype, shape, from, to) \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" from "," to "]}"

TEST(headers_are_read) {
  CHECK_INT(read_header_text("{\"__metadata__\":{\"k\":\"v\",\"\":\"\"}," TENSOR("b", "F32", "[2,2]", "8", "24") "," TENSOR(
                                 "a", "I64", "[]", "0", "8") "}    ",
                             24),
            AD_OK);
  CHECK_INT(list.count, 2);
  CHECK_STR(list.items[0].name, "a");
  CHECK(list.items[0].dtype == AD_INT64 && list.items[0].rank == 0 && list.items[0].bytes == 8);
  CHECK_STR(list.items[1].name, "b");
  CHECK_INT(list.items[1].offset, list.items[0].offset + 8);
  CHECK_INT(list.note_count, 2);
  CHECK_STR(list.notes[0].value, "v");
  ad__tensor_list_free(&list);
  CHECK_INT(memory.bytes_now, 0);
  CHECK_INT(read_header_text("{}", 0), AD_OK);
  CHECK_INT(list.count, 0);
  ad__tensor_list_free(&list);
  CHECK_INT(read_header_text("{" TENSOR("e", "F32", "[0,99999999]", "4",
                                        "4") "," TENSOR("x", "U8", "[4]", "0", "4") "," TENSOR("f", "F16", "[0]", "0", "0") "}",
                             4),
            AD_OK);
  CHECK_INT(list.count, 3);
  ad__tensor_list_free(&list);
}

TEST(kinds) {
  static const struct {
    const char *tag;
    ad_dtype dtype;
    size_t size;
  } kinds[] = {{"BOOL", AD_BOOL, 1},     {"U8", AD_UINT8, 1},        {"I8", AD_INT8, 1},     {"F8_E4M3", AD_UINT8, 1},
               {"F8_E5M2", AD_UINT8, 1}, {"F8_E8M0", AD_UINT8, 1},   {"I16", AD_INT16, 2},   {"U16", AD_UINT16, 2},
               {"F16", AD_FLOAT16, 2},   {"BF16", AD_BFLOAT16, 2},   {"I32", AD_INT32, 4},   {"U32", AD_UINT32, 4},
               {"F32", AD_FLOAT32, 4},   {"C64", AD_COMPLEX64, 8},   {"F64", AD_FLOAT64, 8}, {"I64", AD_INT64, 8},
               {"U64", AD_UINT64, 8},    {"C128", AD_COMPLEX128, 16}};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    char header[200];
    snprintf(header, sizeof header, "{" TENSOR("x", "%s", "[1]", "0", "%zu") "}", kinds[i].tag, kinds[i].size);
    CHECK_INT(read_header_text(header, kinds[i].size), AD_OK);
    CHECK_INT(list.items[0].dtype, kinds[i].dtype);
    ad__tensor_list_free(&list);
  }
  refuse("{" TENSOR("x", "F4", "[2]", "0", "1") "}", 1, "dtype F4 has less than a byte");
  refuse("{" TENSOR("x", "F6_E2M3", "[4]", "0", "3") "}", 3, "less than a byte");
  refuse("{" TENSOR("x", "f32", "[1]", "0", "4") "}", 4, "byte 22: safetensors: unknown dtype \"f32\"");
  refuse("{" TENSOR("x", "", "[1]", "0", "4") "}", 4, "unknown dtype");
  refuse("{\"x\":{\"dtype\":7,\"shape\":[],\"data_offsets\":[0,4]}}", 4, "a dtype is a number");
}

TEST(lengths_that_lie) {
  static const uint64_t lengths[] = {
      3, 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 7, UINT64_MAX};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    CHECK_INT(read_claiming(lengths[i], "{}", 2, 0), AD_E_FORMAT);
    CHECK_STR_HAS(error.text, "m.safetensors: byte 0: safetensors: header length");
    CHECK_STR_HAS(error.text, "is larger than the file (10 bytes)");
  }
  for (uint64_t n = 0; n < 2; n++) {
    CHECK_INT(read_claiming(n, "{}", 2, 0), AD_E_FORMAT);
    CHECK_STR_HAS(error.text, "too small");
  }
  enum { LARGE = 100000001 };
  char *spaces = malloc(LARGE + 1);
  memset(spaces, ' ', LARGE);
  memcpy(spaces, "{}", 2);
  spaces[LARGE] = 0;
  CHECK_INT(read_claiming(LARGE, spaces, LARGE, 0), AD_E_FORMAT);
  CHECK_STR_HAS(error.text, "above the limit of 100000000");
  free(spaces);
}

TEST(headers_that_are_no_header) {
  refuse(" {}", 0, "byte 8: safetensors: the header begins with byte 0x20");
  refuse("[]", 0, "must begin with '{'");
  refuse("{\"\xff\":1}", 0, "byte 10: the string is not UTF-8");
  refuse("{\"x\":", 0, "byte 13: the text ends");
  refuse("{}x", 0, "byte 10: found 'x'");
  refuse("{" TENSOR("x", "U8", "[1]", "0", "1") "," TENSOR("x", "U8", "[1]", "1", "2") "}", 2, "the key \"x\" stands twice");
  refuse("{\"x\":5}", 0, "tensor \"x\" is a number");
  refuse("{\"x\":{}}", 0, "byte 13: safetensors: tensor \"x\" has no dtype");
  refuse("{\"x\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}", 0, "has no shape");
  refuse("{\"x\":{\"dtype\":\"U8\",\"shape\":[]}}", 0, "has no data_offsets");
  refuse("{\"x\\u0000y\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "holds a NUL");
  refuse("{\"\\u001b[0m\":5}", 0, "tensor \"\\x1b[0m\" is a number");
  refuse("{\"__metadata__\":[]}", 0, "__metadata__ is an array");
  refuse("{\"__metadata__\":null}", 0, "__metadata__ is null");
  refuse("{\"__metadata__\":{\"k\":1}}", 0, "byte 29: safetensors: a value of __metadata__ is a number");
}

TEST(names_of_every_kind) {
  char header[70000], name[66000];
  memset(name, 'n', sizeof name);
  snprintf(header, sizeof header, "{\"%.65536s\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", name);
  CHECK_INT(read_header_text(header, 0), AD_OK);
  ad__tensor_list_free(&list);
  snprintf(header, sizeof header, "{\"%.65537s\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", name);
  refuse(header, 0, "65537 bytes");
  CHECK_INT(read_header_text("{" TENSOR("../x", "U8", "[0]", "0", "0") "," TENSOR("", "U8", "[0]", "0", "0") "}", 0), AD_OK);
  ad__tensor_list_free(&list);
}

TEST(shapes_and_ranges_that_lie) {
  refuse("{" TENSOR("x", "U8", "3", "0", "3") "}", 3, "a shape is a number");
  refuse("{" TENSOR("x", "U8", "[-1]", "0", "3") "}", 3, "no integer");
  refuse("{" TENSOR("x", "U8", "[1e0]", "0", "1") "}", 1, "no integer");
  refuse("{" TENSOR("x", "U8", "[1.0]", "0", "1") "}", 1, "no integer");
  refuse("{" TENSOR("x", "U8", "[-0]", "0", "0") "}", 0, "no integer");
  refuse("{" TENSOR("x", "U8", "[\"1\"]", "0", "1") "}", 1, "no integer");
  refuse("{" TENSOR("x", "U8", "[9223372036854775808]", "0", "1") "}", 1, "no integer");
  refuse("{" TENSOR("x", "U8", "[18446744073709551616]", "0", "1") "}", 1, "no integer");
  refuse("{" TENSOR("x", "U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "0", "1") "}", 1, "17 dims");
  refuse("{" TENSOR("x", "F64", "[1152921504606846976]", "0", "8") "}", 8, "63 bits");
  refuse("{" TENSOR("x", "U8", "[4294967296,4294967296]", "0", "0") "}", 0, "63 bits");
  refuse("{" TENSOR("x", "U8", "[0,4294967296,4294967296]", "0", "0") "}", 0, "63 bits");
  refuse("{" TENSOR("x", "F32", "[2]", "0", "4") "}", 4, "float32 (2,) needs 8 bytes, and data_offsets give it 4");
  refuse("{" TENSOR("x", "U8", "[4]", "4", "0") "}", 4, "before they begin");
  refuse("{" TENSOR("x", "U8", "[4]", "0", "5") "}", 4, "the file has 4 bytes of data");
  refuse("{" TENSOR("x", "U8", "[4]", "18446744073709551615", "18446744073709551615") "}", 4, "the file has 4 bytes of data");
  refuse("{" TENSOR("x", "U8", "[4]", "-4", "0") "}", 4, "two integers");
  refuse("{" TENSOR("x", "U8", "[4]", "0", "4,8") "}", 4, "two integers");
  refuse("{" TENSOR("x", "U8", "[4]", "0.0", "4") "}", 4, "two integers");
}

TEST(ranges_must_tile) {
  refuse("{" TENSOR("x", "U8", "[3]", "1", "4") "}", 4, "leaves a hole");
  refuse("{" TENSOR("x", "U8", "[3]", "0", "3") "}", 4, "1 bytes at the end belong to no tensor");
  refuse("{}", 1, "byte 10: safetensors: 1 bytes at the end");
  refuse("{" TENSOR("x", "U8", "[3]", "0", "3") "," TENSOR("y", "U8", "[2]", "2", "4") "}", 4, "tensor \"y\" overlaps");
  refuse("{" TENSOR("x", "U8", "[4]", "0", "4") "," TENSOR("y", "U8", "[4]", "0", "4") "}", 4, "overlaps");
  refuse("{" TENSOR("x", "U8", "[1]", "0", "1") "," TENSOR("y", "U8", "[1]", "2", "3") "}", 3, "tensor \"y\" leaves a hole");
  refuse("{" TENSOR("x", "U8", "[4]", "0", "4") "," TENSOR("y", "U8", "[0]", "2", "2") "}", 4, "overlaps");
}

static ad_tensor_file item(const char *name, ad_dtype dtype, int rank, int64_t a, int64_t b) {
  return (ad_tensor_file){.name = name, .name_length = strlen(name), .dtype = dtype, .rank = rank, .dims = {a, b}};
}

static ad_status plan(ad_mem *mem, ad_text *out, size_t order[4]) {
  ad_tensor_file items[] = {item("z", AD_UINT8, 1, 3, 0), item("b", AD_FLOAT32, 2, 2, 2), item("a", AD_FLOAT32, 0, 0, 0),
                            item("w", AD_INT64, 2, 0, 5)};
  ad_tensor_note note = {"by", "test", 2, 4};
  return ad__safetensors_plan(mem, items, 4, &note, 1, order, out, &error);
}

TEST(headers_are_written) {
  ad_mem m;
  ad_text t;
  size_t order[4];
  ad__mem_init(&m, NULL);
  ad__text_init(&t, &m);
  CHECK_INT(plan(&m, &t, order), AD_OK);
  CHECK_INT(t.length % 8, 0);
  CHECK_STR_HAS(t.data + 8, "{\"__metadata__\":{\"by\":\"test\"},\"w\":{\"dtype\":\"I64\",\"shape\":[0,5],\"data_offsets\":[0,0]}"
                            ",\"a\":{\"dtype\":\"F32\",\"shape\":[],"
                            "\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[4,20]},\"z\":{"
                            "\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[20,23]}}");
  CHECK(order[0] == 3 && order[1] == 2 && order[2] == 1 && order[3] == 0);
  for (int i = 0; i < 23; i++) ad__text_char(&t, (char)i);
  for (size_t n = 0; n < t.length; n++) {
    char *exact = malloc(n ? n : 1);
    memcpy(exact, t.data, n);
    CHECK_INT(ad__safetensors_read(&m, exact, n, "m.safetensors", &list, &error), AD_E_FORMAT);
    CHECK_STR_HAS(error.text, "m.safetensors: byte ");
    free(exact);
  }
  CHECK_INT(ad__safetensors_read(&m, t.data, t.length, "m.safetensors", &list, &error), AD_OK);
  CHECK_INT(list.count, 4);
  ad__tensor_list_free(&list);
  t.length = 0;
  ad_tensor_file twice[] = {item("a", AD_INT8, 0, 0, 0), item("a", AD_INT8, 0, 0, 0)};
  CHECK_INT(ad__safetensors_plan(&m, twice, 2, NULL, 0, order, &t, &error), AD_E_VALUE);
  CHECK_STR_HAS(error.text, "two tensors are named \"a\"");
  ad_tensor_file reserved[] = {item("__metadata__", AD_INT8, 0, 0, 0)};
  CHECK_INT(ad__safetensors_plan(&m, reserved, 1, NULL, 0, order, &t, &error), AD_E_VALUE);
  ad_tensor_file broken[] = {item("\xff", AD_INT8, 0, 0, 0)};
  CHECK_INT(ad__safetensors_plan(&m, broken, 1, NULL, 0, order, &t, &error), AD_E_VALUE);
  ad_tensor_note same[] = {{"k", "1", 1, 1}, {"k", "2", 1, 1}};
  CHECK_INT(ad__safetensors_plan(&m, NULL, 0, same, 2, order, &t, &error), AD_E_VALUE);
  ad__text_free(&t);
  CHECK_INT(m.bytes_now, 0);
}

static ad_status plan_and_read(ad_mem *mem, void *user) {
  ad_text t;
  size_t order[4];
  (void)user;
  ad__text_init(&t, mem);
  ad_status code = plan(mem, &t, order);
  if (code == AD_OK) {
    for (int i = 0; i < 23; i++) ad__text_char(&t, 0);
    code = t.failed ? AD_E_MEMORY : ad__safetensors_read(mem, t.data, t.length, "m", &list, &error);
    if (code == AD_OK) ad__tensor_list_free(&list);
  }
  ad__text_free(&t);
  return code;
}

TEST(memory_may_run_out) { counted_run_out(plan_and_read, NULL); }

CHECK_MAIN(CASE(headers_are_read), CASE(kinds), CASE(lengths_that_lie), CASE(headers_that_are_no_header),
           CASE(names_of_every_kind), CASE(shapes_and_ranges_that_lie), CASE(ranges_must_tile), CASE(headers_are_written),
           CASE(memory_may_run_out))
