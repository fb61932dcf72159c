/* refused.h: work in a context whose memory says no, at each request in turn.
 *
 *     static ad_status run(ad_ctx *c, const void *work, char *said) { ...said[300] is for the error's text... }
 *     refuse_each_request(run, &work);
 *
 * Each time the work must end with AD_OK or AD_E_MEMORY, the context must work on, and no byte be left over. */
#ifndef AD_TESTS_REFUSED_H
#define AD_TESTS_REFUSED_H

#include <adamant/core.h>
#include "counted_memory.h"

static inline void refuse_each_request(ad_status (*run)(ad_ctx *c, const void *work, char *said), const void *work) {
  for (size_t n = 1; n < 20000; n++) {
    struct counted_memory memory;
    counted_begin(&memory, 0);
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .allocator = {counted_resize, &memory}});
    memory.refuse = memory.asked + n;
    char said[300] = "";
    ad_status code = run(c, work, said);
    bool refused = memory.asked >= memory.refuse;
    memory.refuse = 0;
    if (code && code != AD_E_MEMORY) CHECK_FAIL("request %zu refused: the status is %s: %s", n, ad_status_name(code), said);
    if (refused && run(c, work, said) != AD_OK) CHECK_FAIL("request %zu refused: the context does not work any more: %s", n, said);
    ad_ctx_free(c);
    if (memory.live) CHECK_FAIL("request %zu refused: %zu bytes are left over", n, memory.live);
    if (!refused || check_state.failures > 3) return;
  }
  CHECK_FAIL("the work does not come to an end");
}

#endif
