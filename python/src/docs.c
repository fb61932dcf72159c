/* The docstrings of functions: a signature, the text of the descriptor or of the table, and a line for each attribute.
 *
 * Descriptors are written for C: a missing array is NULL there, and functions are called linalg_svd. Here these are None and
 * linalg.svd. */
#include "functions.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct doc {
  char *at; /* NULL: memory ran out */
  size_t length, room;
} doc;

static void put(doc *d, const char *text, size_t n) {
  if (d->at && d->length + n + 1 > d->room) {
    d->room = 2 * (d->length + n + 1);
    char *more = realloc(d->at, d->room);
    if (!more) free(d->at);
    d->at = more;
  }
  if (!d->at) return;
  memcpy(d->at + d->length, text, n);
  d->at[d->length += n] = 0;
}

static void put_text(doc *d, const char *text) { put(d, text, strlen(text)); }

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* A name of C's at the beginning of a word, as Python writes it; how much of the text that is, 0: nothing. */
static size_t put_renamed(doc *d, const char *p) {
  if (!strncmp(p, "NULL", 4) && !is_word(p[4])) return put_text(d, "None"), 4;
  size_t n = pyad_space_of(p);
  if (!n || !islower((unsigned char)p[n])) return 0;
  put(d, p, n - 1);
  put_text(d, ".");
  return n;
}

static void put_translated(doc *d, const char *text) {
  const char *done = text;
  for (const char *p = text; *p;) {
    if (p != text && is_word(p[-1])) {
      p++;
      continue;
    }
    if (*p == 'N' || pyad_space_of(p)) {
      put(d, done, (size_t)(p - done));
      size_t n = put_renamed(d, p);
      done = p += n;
      if (n) continue;
    }
    p++;
  }
  put_text(d, done);
}

/* Is it one of the parameters? */
static bool takes(const char *signature, const char *name) {
  size_t n = strlen(name);
  for (const char *p = signature; (p = strstr(p, name)); p += n)
    if ((p == signature || p[-1] == ' ' || p[-1] == '*') && strchr("=,", p[n])) return true;
  return false;
}

static void put_attribute(doc *d, const char *signature, const ad_field *f, bool *first) {
  const char *name = takes(signature, f->name) ? f->name : !strcmp(f->name, "axes") && takes(signature, "axis") ? "axis" : NULL;
  if (!name || !f->doc) return;
  put_text(d, *first ? "\n\n" : "\n");
  *first = false;
  put_text(d, name);
  put_text(d, ": ");
  put_translated(d, f->doc);
  if (f->kind != AD_FIELD_TEXT || !f->text) return;
  put_text(d, "; one of ");
  for (const char *p = f->text; *p; p++) *p == '|' ? put_text(d, ", ") : put(d, p, 1);
}

enum { COLUMNS = 100 };

/* Breaks lines that are too long, at a space. */
static void wrap(char *text) {
  char *space = NULL, *line = text;
  for (char *p = text; *p; p++) {
    if (*p == '\n') line = p + 1, space = NULL;
    if (*p == ' ') space = p;
    if (p - line < COLUMNS || !space) continue;
    *space = '\n';
    line = space + 1;
    space = NULL;
  }
}

char *pyad_write_doc(const char *name, const char *signature, const char *text, const ad_op *op) {
  doc d = {.at = malloc(512), .room = 512};
  bool streams = op && !strstr(signature, "stream=None");
  put_text(&d, name);
  put_text(&d, "(");
  put_text(&d, signature);
  if (streams) put_text(&d, !*signature ? "*, stream=None" : strchr(signature, '*') ? ", stream=None" : ", *, stream=None");
  put_text(&d, ")\n--\n\n");
  size_t begin = d.length;
  put_translated(&d, text);
  bool first = true;
  for (int i = 0; op && i < op->field_count; i++) put_attribute(&d, signature, &op->fields[i], &first);
  if (d.at) wrap(d.at + begin);
  return d.at;
}
