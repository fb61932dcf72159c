/* Fuzz target: the safetensors reader, on the input as it is and again with the length of its header made to end at the last
 * brace. What is accepted must tile the file, and its header, written again, must be accepted too. */
#include "io/safetensors_format.h"

#undef NDEBUG /* the checks are the point */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(ad_mem *mem, ad_tensor_list *l) {
  ad_text head;
  ad_err e;
  ad_tensor_list again;
  uint64_t bytes = 0;
  size_t *order = malloc((l->count + 1) * sizeof *order);
  ad__text_init(&head, mem);
  ad_status code = ad__safetensors_plan(mem, l->items, l->count, l->notes, l->note_count, order, &head, &e);
  assert(code == AD_OK);
  for (size_t i = 0; i < l->count; i++) bytes += l->items[i].bytes;
  for (uint64_t i = 0; i < bytes; i++) ad__text_char(&head, 0);
  code = ad__safetensors_read(mem, head.data, head.length, "safetensors", &again, &e);
  assert(code == AD_OK && again.count == l->count && again.note_count == l->note_count);
  ad__tensor_list_free(&again);
  ad__text_free(&head);
  free(order);
}

static void read_one(const uint8_t *data, size_t size) {
  ad_mem mem;
  ad_tensor_list l;
  ad_err e;
  ad__mem_init(&mem, NULL);
  ad_status code = ad__safetensors_read(&mem, data, size, "safetensors", &l, &e);
  if (code == AD_OK) {
    for (size_t i = 0; i < l.count; i++) {
      uint64_t end = i + 1 < l.count ? l.items[i + 1].offset : size;
      assert(l.items[i].offset + l.items[i].bytes == end && strlen(l.items[i].name) == l.items[i].name_length);
    }
    write_again(&mem, &l);
    ad__tensor_list_free(&l);
  } else assert(code == AD_E_FORMAT && strncmp(e.text, "safetensors: byte ", 18) == 0);
  assert(mem.bytes_now == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_one(data, size);
  size_t end = size;
  while (end > 8 && data[end - 1] != '}') end--;
  if (end <= 8) return 0;
  uint8_t *copy = malloc(size);
  if (!copy) return 0;
  memcpy(copy, data, size);
  for (int i = 0; i < 8; i++) copy[i] = (uint8_t)((uint64_t)(end - 8) >> (8 * i));
  read_one(copy, size);
  free(copy);
  return 0;
}
