/* The inventory: every name that is owed is there, documented, with samples and error samples.
 *
 * tests/inventory/issue*_ops.txt hold the names of ops; what each line asks for is said in the first. issue7_blocks.txt holds those
 * of blocks.  Also, whatever the list says: every
 * op that has a C function has all of it. */
#define _POSIX_C_SOURCE 200809L
#include <glob.h>
#include <stdlib.h>
#include <adamant/model.h>
#include <adamant/op.h>
#include "check.h"

static const ad_op *op_named(const char *name) {
  for (int i = 0; i < ad_op_count(); i++)
    if (strcmp(ad_op_at(i)->name, name) == 0) return ad_op_at(i);
  return NULL;
}

static void check_op(const ad_op *op) {
  if (!op->doc || strlen(op->doc) < 10) CHECK_FAIL("%s has no documentation", op->name);
  if (!op->example || !strstr(op->example, op->name)) CHECK_FAIL("%s has no example that calls it", op->name);
  if (!op->group || !op->group[0]) CHECK_FAIL("%s stands in no section of the reference", op->name);
  if (!op->samples || !op->samples[0].inputs) CHECK_FAIL("%s has no samples", op->name);
  if (op->backward && !op_named(op->backward)) CHECK_FAIL("%s names a backward composite that is not there: %s", op->name, op->backward);
  if (!op->errors || !op->errors[0].inputs) CHECK_FAIL("%s has no error samples", op->name);
  for (const ad_error_sample *e = op->errors; e && e->inputs; e++)
    if (!e->message || strlen(e->message) < 4) CHECK_FAIL("%s: the error sample \"%s\" says no message", op->name, e->inputs);
  for (int i = 0; i < op->field_count; i++)
    if (!op->fields[i].doc || strlen(op->fields[i].doc) < 4)
      CHECK_FAIL("%s: the attribute %s has no documentation", op->name, op->fields[i].name);
}

/* ---- Functions: found as text -------------------------------------------------------------------------------- */

static char *file_text(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f) return NULL;
  fseek(f, 0, SEEK_END);
  long n = ftell(f);
  rewind(f);
  char *text = calloc((size_t)n + 1, 1);
  if (fread(text, 1, (size_t)n, f) != (size_t)n) text[0] = 0;
  fclose(f);
  return text;
}

/* The function's declaration with a comment above it, or the macro that calls one so documented. */
static bool is_declared(const char *text, const char *function) {
  char call[128], macro[128];
  snprintf(call, sizeof call, "%s(", function);
  snprintf(macro, sizeof macro, "#define %s(", function);
  const char *at = strstr(text, macro);
  if (!at) at = strstr(text, call);
  return at && at > text && strstr(text, "/*") < at;
}

static bool is_used(const char *text, const char *function) {
  char call[128];
  snprintf(call, sizeof call, "%s(", function);
  return strstr(text, call) != NULL;
}

static bool in_files(const char *pattern, const char *function, bool (*found)(const char *, const char *)) {
  glob_t files;
  bool yes = false;
  if (glob(pattern, 0, NULL, &files) == 0)
    for (size_t i = 0; i < files.gl_pathc && !yes; i++) {
      char *text = file_text(files.gl_pathv[i]);
      yes = text && found(text, function);
      free(text);
    }
  globfree(&files);
  return yes;
}

static void check_function(const char *name, const char *function) {
  if (!in_files("include/adamant/*.h", function, is_declared)) CHECK_FAIL("%s: no public %s", name, function);
  else if (!in_files("tests/*/*.c", function, is_used)) CHECK_FAIL("%s: no test calls %s", name, function);
}

/* ---- The cases ------------------------------------------------------------------------------------------------ */

/* How many names a file holds. */
static int check_names(const char *path) {
  FILE *f = fopen(path, "r");
  char line[256], name[100], function[100];
  int count = 0;
  while (f && fgets(line, sizeof line, f)) {
    int n = line[0] == '#' ? 0 : sscanf(line, "%99s %99s", name, function);
    if (n < 1) continue;
    count++;
    if (n == 2) check_function(name, function);
    else if (!op_named(name)) CHECK_FAIL("%s: no op of that name", name);
    else check_op(op_named(name));
  }
  if (f) fclose(f);
  return count;
}

TEST(every_name_is_there) {
  CHECK(check_names("tests/inventory/issue2_ops.txt") > 150);
  CHECK(check_names("tests/inventory/issue3_ops.txt") > 0);
  CHECK(check_names("tests/inventory/issue8_ops.txt") > 40);
}

TEST(every_op_is_documented_and_sampled) {
  for (int i = 0; i < ad_op_count(); i++)
    if (!(ad_op_at(i)->flags & AD_OP_HIDDEN)) check_op(ad_op_at(i));
}

/* ---- Blocks of models ----------------------------------------------------------------------------------------- */

static int block_named(const char *name) {
  int i = 0;
  while (i < ad_block_count() && strcmp(ad_block_name(i), name) != 0) i++;
  return i < ad_block_count() ? i : -1;
}

TEST(every_block_is_there) {
  FILE *f = fopen("tests/inventory/issue7_blocks.txt", "r");
  char line[256], name[100], word[100], missing[4096] = "";
  int there = 0, later = 0;
  size_t used = 0;
  while (f && fgets(line, sizeof line, f)) {
    int n = line[0] == '#' ? 0 : sscanf(line, "%99s %99s", name, word), i = n > 0 ? block_named(name) : -1;
    if (n < 1) continue;
    if (i >= 0) {
      there++;
      if (strlen(ad_block_doc(i)) < 4 || !ad_block_group(i)[0]) CHECK_FAIL("%s has no documentation or no group", name);
    } else if (n == 2 && strcmp(word, "later") == 0) {
      later++;
      used += (size_t)snprintf(missing + used, sizeof missing - used, " %s", name);
    } else CHECK_FAIL("%s: no block of that name", name);
  }
  if (f) fclose(f);
  CHECK(there > 110);
  if (later) printf("  %d blocks come later:%s\n", later, missing);
}

CHECK_MAIN(CASE(every_name_is_there), CASE(every_block_is_there), CASE(every_op_is_documented_and_sampled))
