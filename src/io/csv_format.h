/* CSV as RFC 4180 has it: records of fields, one after the other.
 *
 * Fields are separated by one character; a field in quotes may hold it, line breaks, and quotes, doubled. Lines end in LF or CR LF, the
 * last perhaps not at all; spaces and tabs around an unquoted field are no part of it. A byte order mark in front is passed over. What a
 * field means is not decided here, but whether it is a number. */
#ifndef AD_IO_CSV_FORMAT_H
#define AD_IO_CSV_FORMAT_H

#include "base/str.h"

typedef struct ad_csv {
  const char *at, *end;
  const char *where;    /* the file's name, for messages */
  char separator;
  int64_t line;         /* of the next field, from 1 */
  int64_t record_line;  /* where the record of the last field began */
  bool inside;          /* a record has begun: at least one field follows */
  ad_text plain;        /* a quoted field without its quotes */
} ad_csv;

typedef struct ad_csv_field {
  const char *text; /* not terminated; good until the next field */
  size_t length;
  bool last; /* of its record */
} ad_csv_field;

void ad__csv_begin(ad_csv *r, ad_mem *mem, const char *where, const void *data, size_t size, char separator);
void ad__csv_end(ad_csv *r);
/* The next field; *more is false at the end, when there is none. AD_E_FORMAT: "WHERE:LINE: ...". */
ad_status ad__csv_next(ad_csv *r, ad_csv_field *out, bool *more, ad_err *e);
/* True when the record that begins here is an empty line. */
bool ad__csv_at_empty_line(const ad_csv *r);
void ad__csv_skip_line(ad_csv *r);

/* What a field may be read as. */
enum { AD_CSV_EMPTY = 1, AD_CSV_WHOLE = 2, AD_CSV_NUMBER = 4, AD_CSV_TRUTH = 8 };

/* The kinds a field is of, none for text, and its value: *whole of a whole number or truth, *number of any number. Quotes say nothing about
 * that. */
int ad__csv_kinds(const ad_csv_field *f, int64_t *whole, double *number);

#endif
