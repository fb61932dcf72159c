/* The op matrix: calls that must fail do, at once, with code, place and message. */
#include <adamant/adamant.h>
#include "support/matrix.h"

static void check_error(const ad_op *op, const ad_error_sample *e, ad_ctx *c, int number) {
  static sample s; /* large */
  if (!sample_parse(&s, op, e->inputs, e->attrs, "unit")) {
    CHECK_FAIL("%s, error sample %d is not understood: %s", op->name, number, s.error);
    return;
  }
  ad_array *in[SAMPLE_INPUTS];
  ad_scope *scope = ad_scope_begin(c);
  sample_make(&s, c, 1, SAMPLE_PLAIN, in);
  ad_array *y = sample_apply(&s, c, in);
  char head[128];
  snprintf(head, sizeof head, "%s: %s: ", SAMPLE_PLACE, op->name);
  if (!ad_is_error(y)) CHECK_FAIL("%s, error sample %d \"%s; %s\" is accepted", op->name, number, e->inputs, e->attrs);
  else {
    if (ad_error_code(y) != e->code)
      CHECK_FAIL("%s, error sample %d: %s (%s), expected %s", op->name, number, ad_status_name(ad_error_code(y)),
                 ad_error_text(y), ad_status_name(e->code));
    if (strncmp(ad_error_text(y), head, strlen(head)) != 0)
      CHECK_FAIL("%s, error sample %d: \"%s\" does not begin with \"%s\"", op->name, number, ad_error_text(y), head);
    if (!strstr(ad_error_text(y), e->message))
      CHECK_FAIL("%s, error sample %d: \"%s\" lacks \"%s\"", op->name, number, ad_error_text(y), e->message);
    /* An error flows: an op on it gives the same error. */
    if (ad_add(y, y) != y) CHECK_FAIL("%s, error sample %d: another op does not pass the error on", op->name, number);
  }
  ad_scope_end(scope, NULL);
}

static int check_op(const ad_op *op) {
  check_state.failures = 0;
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  int count = 0;
  for (const ad_error_sample *e = op->errors; e && e->inputs; e++, count++) check_error(op, e, c, count);
  if (ad_ctx_live_arrays(c)) CHECK_FAIL("%s: %d arrays are left over", op->name, (int)ad_ctx_live_arrays(c));
  ad_ctx_free(c);
  if (check_state.failures) printf("not ok errors %s (%d checks failed)\n", op->name, check_state.failures);
  else if (count) printf("ok errors %s\n", op->name);
  return check_state.failures != 0;
}

int main(int argc, char **argv) {
  int failed = 0;
  for (int i = 0; i < ad_op_count(); i++) {
    bool chosen = argc < 2;
    for (int k = 1; k < argc; k++) chosen |= strcmp(argv[k], ad_op_at(i)->name) == 0;
    if (chosen) failed += check_op(ad_op_at(i));
  }
  return failed != 0;
}
