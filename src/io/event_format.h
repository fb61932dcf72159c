/* TensorBoard's event files: records of events, each a message in the wire form of protocol buffers.
 *
 * A record is the length (8 bytes, little-endian), its checksum, the bytes, and their checksum (TFRecord). A checksum is CRC-32C
 * (Castagnoli), turned right by 15 bits plus 0xa282ead8, since a sum over bytes that hold sums is weak. The fields of an event:
 * 1 wall time (double), 2 step (varint), 3 version (text, of the first event), 5 summary { 1 value { 1 tag (text), 2 number (float) } }. */
#ifndef AD_IO_EVENT_FORMAT_H
#define AD_IO_EVENT_FORMAT_H

#include "base/str.h"

/* Appends the record that a file begins with. */
void ad__event_begin(ad_text *out, double wall_time);
/* Appends the record of one number. */
void ad__event_scalar(ad_text *out, double wall_time, int64_t step, const char *tag, float value);
/* The checksum of a record, for those who read one. */
uint32_t ad__event_checksum(const void *data, size_t n);

#endif
