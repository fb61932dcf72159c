/* Reads examples/data/digits.csv.gz: 1,797 handwritten digits of 8 x 8 grey values 0 to 16, and their labels. */
#ifndef EXAMPLES_DIGITS_H
#define EXAMPLES_DIGITS_H

#include <stdio.h>

enum { DIGITS = 1797, PIXELS = 64 };

/* Run from the repository's root. Returns 1 when every digit was read. */
static int read_digits(float pixels[DIGITS][PIXELS], int labels[DIGITS]) {
  FILE *f = popen("gzip -dc examples/data/digits.csv.gz", "r");
  int n = 0;
  for (; f && n < DIGITS; n++) {
    int ok = 1;
    for (int k = 0; k < PIXELS && ok; k++) ok = fscanf(f, "%f,", &pixels[n][k]) == 1;
    if (!ok || fscanf(f, "%d", &labels[n]) != 1) break;
  }
  if (f) pclose(f);
  return n == DIGITS;
}

#endif
