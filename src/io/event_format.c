/* Writing event records. See event_format.h. */
#include "io/event_format.h"

#include <string.h>

/* A bit at a time: records are short and rare. */
static uint32_t crc32c(const unsigned char *p, size_t n) {
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = 0; i < n; i++) {
    crc ^= p[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
  }
  return ~crc;
}

uint32_t ad__event_checksum(const void *data, size_t n) {
  uint32_t crc = crc32c(data, n);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

static void put_little(ad_text *out, uint64_t v, int bytes) {
  for (int i = 0; i < bytes; i++) ad__text_char(out, (char)(v >> (8 * i) & 255));
}

static void put_varint(ad_text *out, uint64_t v) {
  for (; v > 127; v >>= 7) ad__text_char(out, (char)((v & 127) | 128));
  ad__text_char(out, (char)v);
}

/* A field of its kind: 0 varint, 1 eight bytes, 2 bytes with their length, 5 four bytes. */
static void put_tag(ad_text *out, int field, int kind) { put_varint(out, (uint64_t)field << 3 | (uint64_t)kind); }

static void put_double(ad_text *out, int field, double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_tag(out, field, 1);
  put_little(out, bits, 8);
}

static void put_float(ad_text *out, int field, float v) {
  uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_tag(out, field, 5);
  put_little(out, bits, 4);
}

static void put_bytes(ad_text *out, int field, const char *data, size_t n) {
  put_tag(out, field, 2);
  put_varint(out, n);
  ad__text_add_n(out, data, n);
}

static void put_message(ad_text *out, int field, const ad_text *inner) {
  put_bytes(out, field, ad__text_str(inner), inner->length);
  out->failed |= inner->failed;
}

static void put_record(ad_text *out, const ad_text *event) {
  unsigned char length[8];
  for (int i = 0; i < 8; i++) length[i] = (unsigned char)((uint64_t)event->length >> (8 * i) & 255);
  ad__text_add_n(out, (const char *)length, sizeof length);
  put_little(out, ad__event_checksum(length, sizeof length), 4);
  ad__text_add_n(out, event->data, event->length);
  put_little(out, ad__event_checksum(event->data, event->length), 4);
  out->failed |= event->failed;
}

void ad__event_begin(ad_text *out, double wall_time) {
  static const char version[] = "brain.Event:2";
  ad_text event;
  ad__text_init(&event, out->mem);
  put_double(&event, 1, wall_time);
  put_bytes(&event, 3, version, sizeof version - 1);
  put_record(out, &event);
  ad__text_free(&event);
}

void ad__event_scalar(ad_text *out, double wall_time, int64_t step, const char *tag, float value) {
  ad_text number, summary, event;
  ad__text_init(&number, out->mem);
  ad__text_init(&summary, out->mem);
  ad__text_init(&event, out->mem);
  put_bytes(&number, 1, tag, strlen(tag));
  put_float(&number, 2, value);
  put_message(&summary, 1, &number);
  put_double(&event, 1, wall_time);
  put_tag(&event, 2, 0);
  put_varint(&event, (uint64_t)step);
  put_message(&event, 5, &summary);
  put_record(out, &event);
  ad__text_free(&event);
  ad__text_free(&summary);
  ad__text_free(&number);
}
