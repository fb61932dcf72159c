/* CRC-32, and the layer over zlib.
 *
 * The checksum walks half bytes with a table of 16 for short data; for long data it first spreads that table to
 * eight tables of 256 on its stack and takes eight bytes a step ("slicing by 8", Kounavis and Berry 2005): the
 * library has no mutable state in which to keep them, and building them costs less than a page of checksum. */
#include "base/inflate.h"

#include <string.h>

enum { SLICE_FROM = 1 << 15 }; /* bytes from which the larger tables pay */

static uint32_t crc_byte(uint32_t crc, uint32_t byte) {
  static const uint32_t half[16] = {/* the remainders of x^32 n over 0xEDB88320, bits reflected */
                                    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                    0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  crc ^= byte;
  crc = crc >> 4 ^ half[crc & 15];
  return crc >> 4 ^ half[crc & 15];
}

static uint32_t little_word(const unsigned char *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t crc_long(uint32_t crc, const unsigned char *p, size_t n) {
  uint32_t table[8][256];
  for (uint32_t i = 0; i < 256; i++) table[0][i] = crc_byte(0, i);
  for (int k = 1; k < 8; k++)
    for (int i = 0; i < 256; i++) table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
  for (; n >= 8; n -= 8, p += 8) {
    uint32_t a = little_word(p) ^ crc, b = little_word(p + 4);
    crc = table[7][a & 255] ^ table[6][a >> 8 & 255] ^ table[5][a >> 16 & 255] ^ table[4][a >> 24] ^ table[3][b & 255] ^
          table[2][b >> 8 & 255] ^ table[1][b >> 16 & 255] ^ table[0][b >> 24];
  }
  while (n--) crc = crc_byte(crc, *p++);
  return crc;
}

uint32_t ad__crc32(uint32_t crc, const void *data, size_t n) {
  const unsigned char *p = data;
  crc = ~crc;
  if (n >= SLICE_FROM) return ~crc_long(crc, p, n);
  while (n--) crc = crc_byte(crc, *p++);
  return ~crc;
}

#if AD_HAVE_ZLIB
#include <limits.h>
#include <zlib.h>

/* zlib gives a block back without its size, so the size stands before it, in a line of its own for alignment. */
enum { SIZE_LINE = 64 };

static void *zlib_take(void *mem, unsigned count, unsigned size) {
  size_t bytes;
  if (!ad__mul_size(count, size, &bytes) || !ad__add_size(bytes, SIZE_LINE, &bytes)) return NULL;
  char *p = ad__mem_take(mem, bytes);
  if (!p) return NULL;
  memcpy(p, &bytes, sizeof bytes);
  return p + SIZE_LINE;
}

static void zlib_give(void *mem, void *block) {
  size_t bytes;
  char *p = (char *)block - SIZE_LINE;
  memcpy(&bytes, p, sizeof bytes);
  ad__mem_give(mem, p, bytes);
}

struct ad_inflate {
  ad_mem *mem;
  z_stream z;
  const unsigned char *next; /* input not yet handed to zlib, which counts in 32 bits */
  size_t left;
  bool ended;
};

struct ad_deflate {
  ad_mem *mem;
  z_stream z;
  ad_deflate_put put;
  void *user;
  unsigned char buffer[1 << 15];
};

bool ad__inflate_present(void) { return true; }

ad_status ad__inflate_open(ad_mem *mem, const void *data, size_t n, ad_inflate **out, ad_err *e) {
  *out = NULL;
  ad_inflate *s = ad__mem_zeroed(mem, sizeof *s);
  if (!s) return ad__fail(e, AD_E_MEMORY, "no memory to decompress");
  s->mem = mem;
  s->next = data;
  s->left = n;
  s->z.zalloc = zlib_take;
  s->z.zfree = zlib_give;
  s->z.opaque = mem;
  if (inflateInit2(&s->z, -MAX_WBITS) != Z_OK) {
    ad__mem_give(mem, s, sizeof *s);
    return ad__fail(e, AD_E_MEMORY, "no memory to decompress");
  }
  *out = s;
  return AD_OK;
}

/* zlib's interface predates const. */
static unsigned char *unconst(const unsigned char *p) {
  union {
    const unsigned char *in;
    unsigned char *out;
  } u = {p};
  return u.out;
}

ad_status ad__inflate_read(ad_inflate *s, void *out, size_t n, size_t *out_n, ad_err *e) {
  *out_n = 0;
  while (*out_n < n && !s->ended) {
    if (!s->z.avail_in && s->left) {
      unsigned step = s->left < UINT_MAX ? (unsigned)s->left : UINT_MAX;
      s->z.next_in = unconst(s->next);
      s->z.avail_in = step;
      s->next += step, s->left -= step;
    }
    unsigned room = n - *out_n < UINT_MAX ? (unsigned)(n - *out_n) : UINT_MAX;
    s->z.next_out = (unsigned char *)out + *out_n;
    s->z.avail_out = room;
    int rc = inflate(&s->z, Z_NO_FLUSH);
    *out_n += room - s->z.avail_out;
    if (rc == Z_STREAM_END) s->ended = true;
    else if (rc == Z_MEM_ERROR) return ad__fail(e, AD_E_MEMORY, "no memory to decompress");
    else if (rc == Z_BUF_ERROR && !s->z.avail_in && !s->left)
      return ad__fail(e, AD_E_FORMAT, "the compressed data end before the stream does");
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
      return ad__fail(e, AD_E_FORMAT, "the compressed data are corrupt (%s)", s->z.msg ? s->z.msg : "no reason given");
  }
  return AD_OK;
}

size_t ad__inflate_used(const ad_inflate *s) { return (size_t)s->z.total_in; }

void ad__inflate_close(ad_inflate *s) {
  if (!s) return;
  inflateEnd(&s->z);
  ad__mem_give(s->mem, s, sizeof *s);
}

ad_status ad__deflate_open(ad_mem *mem, ad_deflate_put put, void *user, ad_deflate **out, ad_err *e) {
  *out = NULL;
  ad_deflate *s = ad__mem_take(mem, sizeof *s);
  if (!s) return ad__fail(e, AD_E_MEMORY, "no memory to compress");
  s->mem = mem;
  s->put = put;
  s->user = user;
  s->z = (z_stream){.zalloc = zlib_take, .zfree = zlib_give, .opaque = mem};
  if (deflateInit2(&s->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    ad__mem_give(mem, s, sizeof *s);
    return ad__fail(e, AD_E_MEMORY, "no memory to compress");
  }
  *out = s;
  return AD_OK;
}

/* Runs zlib until it has taken all input (and, when finishing, given all output). */
static ad_status deflate_run(ad_deflate *s, int flush, ad_err *e) {
  for (;;) {
    s->z.next_out = s->buffer;
    s->z.avail_out = sizeof s->buffer;
    int rc = deflate(&s->z, flush);
    size_t made = sizeof s->buffer - s->z.avail_out;
    ad_status code = made ? s->put(s->user, s->buffer, made, e) : AD_OK;
    if (code != AD_OK) return code;
    if (flush == Z_FINISH ? rc == Z_STREAM_END : s->z.avail_out != 0) return AD_OK;
    if (rc != Z_OK) return ad__fail(e, AD_E_RUNTIME, "the compressor failed with code %d", rc);
  }
}

ad_status ad__deflate_add(ad_deflate *s, const void *data, size_t n, ad_err *e) {
  const unsigned char *p = data;
  while (n) {
    unsigned step = n < UINT_MAX ? (unsigned)n : UINT_MAX;
    s->z.next_in = unconst(p);
    s->z.avail_in = step;
    ad_status code = deflate_run(s, Z_NO_FLUSH, e);
    if (code != AD_OK) return code;
    p += step, n -= step;
  }
  return AD_OK;
}

ad_status ad__deflate_finish(ad_deflate *s, ad_err *e) {
  s->z.avail_in = 0;
  return deflate_run(s, Z_FINISH, e);
}

void ad__deflate_close(ad_deflate *s) {
  if (!s) return;
  deflateEnd(&s->z);
  ad__mem_give(s->mem, s, sizeof *s);
}

#else

/* No stream can be opened, so the others are never reached with one. */
static ad_status no_zlib(ad_err *e) {
  return ad__fail(e, AD_E_NOT_IMPLEMENTED, "this build has no zlib, so only stored entries can be read and written");
}

bool ad__inflate_present(void) { return false; }
ad_status ad__inflate_open(ad_mem *mem, const void *data, size_t n, ad_inflate **out, ad_err *e) {
  (void)mem, (void)data, (void)n;
  *out = NULL;
  return no_zlib(e);
}
ad_status ad__inflate_read(ad_inflate *s, void *out, size_t n, size_t *out_n, ad_err *e) {
  (void)s, (void)out, (void)n;
  *out_n = 0;
  return no_zlib(e);
}
size_t ad__inflate_used(const ad_inflate *s) { return (void)s, 0; }
void ad__inflate_close(ad_inflate *s) { (void)s; }
ad_status ad__deflate_open(ad_mem *mem, ad_deflate_put put, void *user, ad_deflate **out, ad_err *e) {
  (void)mem, (void)put, (void)user;
  *out = NULL;
  return no_zlib(e);
}
ad_status ad__deflate_add(ad_deflate *s, const void *data, size_t n, ad_err *e) {
  return (void)s, (void)data, (void)n, no_zlib(e);
}
ad_status ad__deflate_finish(ad_deflate *s, ad_err *e) { return (void)s, no_zlib(e); }
void ad__deflate_close(ad_deflate *s) { (void)s; }

#endif
