/* Status codes in words: the three columns of errors.def.
 * Any integer may be asked about; a number outside the list has fixed answers. Nothing here allocates. */
#include <adamant/status.h>

typedef struct status_row {
  const char *name;
  const char *meaning;
  const char *exception;
} status_row;

static const status_row status_rows[AD_STATUS_COUNT] = {
#define AD_STATUS(name, meaning, exception) {#name, meaning, exception},
#include <adamant/errors.def>
#undef AD_STATUS
};

static const status_row unknown_status = {"unknown status", "the number is no status code", "RuntimeError"};

static const status_row *find_status(ad_status s) { return (unsigned)s < AD_STATUS_COUNT ? &status_rows[s] : &unknown_status; }

const char *ad_status_name(ad_status s) { return find_status(s)->name; }
const char *ad_status_meaning(ad_status s) { return find_status(s)->meaning; }
const char *ad_status_exception(ad_status s) { return find_status(s)->exception; }
