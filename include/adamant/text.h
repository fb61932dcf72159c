/* Arrays as text.
 *
 *   char line[200];
 *   ad_array_text(x, line, sizeof line, NULL);
 *
 * gives "array([1, 2, 3], dtype=float32)"; a matrix has one row a line, with its columns aligned:
 *
 *   array([[  1, 0.5,   2],
 *          [-10,   3,   4]], dtype=float32)
 *
 * A long axis shows its first and last entries with "..." between. Tuples are (..., ...), records {name: ..., ...}, an
 * error is its message. The text does not depend on the locale. */
#ifndef ADAMANT_TEXT_H
#define ADAMANT_TEXT_H

#include <adamant/core.h>
#include <adamant/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_text_opts {
  ad_int precision;  /* significant digits of floats, 1 to 17; default 6 */
  ad_int threshold;  /* an axis longer than this is shortened; default 6 */
  ad_int edge_items; /* to so many entries at each end; default 3 */
  ad_int line_width; /* rows longer than so many columns are broken; default 0: they are not */
} ad_text_opts;

/* Evaluates a and writes its text, cut to size - 1 bytes and terminated, into out; returns the length of all of it,
 * without the end. out may be NULL when size is 0. opts may be NULL. */
AD_API size_t ad_array_text(ad_array *a, char *out, size_t size, const ad_text_opts *opts);
/* Hands the text and a newline to the context's print hook. AD_OK, or a's error, whose message is then printed. */
AD_API ad_status ad_print(ad_array *a);

#ifdef __cplusplus
}
#endif
#endif
