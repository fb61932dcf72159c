/* Pieces of one stretch of memory: no two that live together overlap, free neighbours join, and little is wasted. */
#include "base/fit.h"
#include "check.h"

enum { PIECES = 400, MOST = 100 };

static uint32_t next_number(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; } /* Numerical Recipes, section 7.1 */

TEST(what_is_given_back_is_used_again) {
  ad_mem mem;
  ad_fit f;
  ad__mem_init(&mem, NULL);
  ad__fit_init(&f, &mem);
  int a = ad__fit_take(&f, 100), b = ad__fit_take(&f, 20), c = ad__fit_take(&f, 30);
  CHECK_INT(ad__fit_offset(&f, b), 100);
  ad__fit_give(&f, a);
  ad__fit_give(&f, b);
  CHECK_INT(ad__fit_offset(&f, ad__fit_take(&f, 120)), 0); /* the two have become one */
  ad__fit_give(&f, c);
  CHECK_INT(ad__fit_offset(&f, ad__fit_take(&f, 40)), 120); /* made longer at the end */
  CHECK_INT(f.end, 160);
  ad__fit_free(&f);
}

TEST(random_lives) {
  ad_mem mem;
  ad_fit f;
  uint32_t state = 7;
  int piece[PIECES], alive = 0;
  size_t size[PIECES], live = 0, least = 0;
  ad__mem_init(&mem, NULL);
  ad__fit_init(&f, &mem);
  for (int step = 0; step < 20000; step++) {
    if (alive == PIECES || (alive && next_number(&state) >> 31)) {
      int k = (int)(next_number(&state) >> 8) % alive;
      ad__fit_give(&f, piece[k]);
      live -= size[k];
      piece[k] = piece[--alive], size[k] = size[alive];
      continue;
    }
    size[alive] = 1 + (next_number(&state) >> 8) % MOST;
    piece[alive] = ad__fit_take(&f, size[alive]);
    CHECK_STOP(piece[alive] >= 0);
    size_t begin = ad__fit_offset(&f, piece[alive]);
    for (int k = 0; k < alive; k++) {
      size_t other = ad__fit_offset(&f, piece[k]);
      CHECK_STOP(begin + size[alive] <= other || other + size[k] <= begin);
    }
    live += size[alive++];
    if (live > least) least = live;
  }
  CHECK(f.end >= least && f.end <= 2 * least);
  ad__fit_free(&f);
}

CHECK_MAIN(CASE(what_is_given_back_is_used_again), CASE(random_lives))
