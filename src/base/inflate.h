/* Deflate (RFC 1951) and CRC-32, as zip needs them.
 *
 * A thin layer over zlib, whose memory comes through the door. Built without zlib (AD_HAVE_ZLIB undefined) the
 * streams cannot be opened and say so. Compressed input is hostile: a stream yields at most what is asked of it,
 * so output is limited by the caller's buffer and never by the file's word. Not here: gzip, zlib headers. */
#ifndef AD_BASE_INFLATE_H
#define AD_BASE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/mem.h"
#include "base/str.h"

/* The checksum of ISO 3309 over data, continued from `crc` (0 to begin). */
uint32_t ad__crc32(uint32_t crc, const void *data, size_t n);

typedef struct ad_inflate ad_inflate;
typedef struct ad_deflate ad_deflate;

/* The most that deflate can expand: 258 bytes out of two bits. */
enum { AD_DEFLATE_RATIO = 1032 };

bool ad__inflate_present(void);

/* Reads the raw deflate stream data[0..n), which must live on. */
ad_status ad__inflate_open(ad_mem *mem, const void *data, size_t n, ad_inflate **out, ad_err *e);
/* Up to n bytes; *out_n is less than n only at the end of the stream. AD_E_FORMAT when it is corrupt or cut. */
ad_status ad__inflate_read(ad_inflate *s, void *out, size_t n, size_t *out_n, ad_err *e);
/* Bytes of input consumed so far. */
size_t ad__inflate_used(const ad_inflate *s);
void ad__inflate_close(ad_inflate *s); /* s may be NULL */

/* Compresses what it is given, in pieces; each call hands finished bytes to put. */
typedef ad_status (*ad_deflate_put)(void *user, const void *data, size_t n, ad_err *e);
ad_status ad__deflate_open(ad_mem *mem, ad_deflate_put put, void *user, ad_deflate **out, ad_err *e);
ad_status ad__deflate_add(ad_deflate *s, const void *data, size_t n, ad_err *e);
ad_status ad__deflate_finish(ad_deflate *s, ad_err *e);
void ad__deflate_close(ad_deflate *s); /* s may be NULL */

#endif
