/* counted_memory.h: a memory door over a source that counts live bytes and refuses a chosen request.
 *
 * Leaks are a number here (live is 0 at the end), and the loop "refuse the first request, then the second, ..., until the
 * work succeeds" walks every path on which memory runs out.  The sizes given back are checked against those taken. */
#ifndef AD_TESTS_COUNTED_MEMORY_H
#define AD_TESTS_COUNTED_MEMORY_H

#include <stdlib.h>
#include "base/mem.h"
#include "check.h"

enum { COUNTED_LINE = 64, COUNTED_MOST = 1 << 28 };

struct counted_memory {
  ad_mem mem;
  size_t live;   /* bytes */
  size_t asked;  /* requests so far */
  size_t refuse; /* the number of the request to refuse, counted from 1; 0: none */
};

static inline void *counted_resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
  struct counted_memory *m = user;
  size_t noted = 0;
  if (block) {
    memcpy(&noted, (char *)block - COUNTED_LINE, sizeof noted);
    if (noted != old_bytes) CHECK_FAIL("a block of %zu bytes is given back as one of %zu", noted, old_bytes);
  }
  char *fresh = NULL;
  if (new_bytes) {
    if (++m->asked == m->refuse || new_bytes > COUNTED_MOST) return NULL;
    char *line = aligned_alloc(COUNTED_LINE, (new_bytes + 2 * COUNTED_LINE - 1) / COUNTED_LINE * COUNTED_LINE);
    if (!line) return NULL;
    memcpy(line, &new_bytes, sizeof new_bytes);
    fresh = line + COUNTED_LINE;
    m->live += new_bytes;
  }
  if (block) {
    if (fresh) memcpy(fresh, block, noted < new_bytes ? noted : new_bytes);
    free((char *)block - COUNTED_LINE);
    m->live -= noted;
  }
  return fresh;
}

static inline void counted_begin(struct counted_memory *m, size_t refuse) {
  m->live = m->asked = 0;
  m->refuse = refuse;
  ad_allocator hook = {counted_resize, m};
  ad__mem_init(&m->mem, &hook);
}

/* Runs work(mem, user) with the 1st, 2nd, ... request refused, until it returns AD_OK with none refused. Each failure must be
 * AD_E_MEMORY and nothing may be left over. */
static inline void counted_run_out(ad_status (*work)(ad_mem *mem, void *user), void *user) {
  struct counted_memory m;
  for (size_t n = 1; n < 5000; n++) {
    counted_begin(&m, n);
    ad_status code = work(&m.mem, user);
    CHECK_INT(m.live, 0);
    CHECK_INT(m.mem.bytes_now, 0);
    if (m.asked < n) {
      CHECK_INT(code, AD_OK);
      return;
    }
    if (code != AD_E_MEMORY) CHECK_FAIL("request %zu refused: the status is %s", n, ad_status_name(code));
  }
  CHECK_FAIL("the work does not come to an end");
}

#endif
