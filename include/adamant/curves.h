/* Curves of a run: numbers by name and step, as CSV, as an SVG picture, and as TensorBoard's event files.
 *
 *   ad_curves *curves = ad_curves_new(c, &(ad_curves_opts){.events = "run/events"});
 *   ad_curves_add(curves, "loss", step, loss);
 *   ad_curves_add(curves, "held out/accuracy", step, accuracy);
 *   ad_curves_save_csv(curves, "run/curves.csv");
 *   ad_curves_save_svg(curves, "run/loss.svg", &(ad_curves_svg_opts){.only = "loss"});
 *   ad_curves_free(curves);
 *
 * Actions return a status, AD_E_VALUE for what makes no sense and AD_E_OS for what the system refuses; ad_curves_error_text has the
 * words. Files are replaced as a whole, but event files, which grow by a record with every number. */
#ifndef ADAMANT_CURVES_H
#define ADAMANT_CURVES_H

#include <adamant/core.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_curves ad_curves;

typedef struct ad_curves_opts {
  const char *events; /* a folder, made if it is not there, for an event file of this run; NULL: none */
} ad_curves_opts;

/* No numbers yet. NULL when memory ran out; the functions below take that as a failure. The context must outlive it. A folder of events
 * that cannot be written is what the first ad_curves_add tells. */
AD_API ad_curves *ad_curves_new(ad_ctx *c, const ad_curves_opts *opts);
AD_API void ad_curves_free(ad_curves *k);
/* What the last action that failed found wrong. */
AD_API const char *ad_curves_error_text(const ad_curves *k);

/* One number, NaN and infinities too. A number of the same name and step is replaced. Names are not empty. */
AD_API ad_status ad_curves_add(ad_curves *k, const char *name, int64_t step, double value);
/* How many numbers there are of that name. */
AD_API int64_t ad_curves_count(const ad_curves *k, const char *name);

/* A line for each step, ascending, and a column for each name behind the column `step`, in the order in which they first came; empty
 * where there is no number. Numbers read back to the same bits. */
AD_API ad_status ad_curves_save_csv(ad_curves *k, const char *path);
/* Adds the numbers of such a file, to go on where a run stopped; NaN is taken for none. */
AD_API ad_status ad_curves_load_csv(ad_curves *k, const char *path);

typedef struct ad_curves_svg_opts {
  const char *only;  /* the curves whose names begin so; NULL: all */
  const char *title; /* NULL: none */
  int width, height; /* in pixels; 0: 720 and 400 */
  bool logarithmic;  /* values; those that are not positive are left out */
} ad_curves_svg_opts;
/* A picture of the curves over the steps. What is not finite leaves a gap. opts may be NULL. */
AD_API ad_status ad_curves_save_svg(ad_curves *k, const char *path, const ad_curves_svg_opts *opts);

#ifdef __cplusplus
}
#endif
#endif
