/* Shape relations with slots known in part and with symbolic dims: what is said, what is left open, what is refused. That no
 * op of the list ever guesses is checked by tests/ops/matrix_relation.c. */
#include <adamant/adamant.h>

#include "check.h"
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ir/rel.h"

static ad_ctx *c;

/* "2 N ?" as a slot; "*" is one of unknown rank, "-" a missing one. */
static ad_rel_slot slot_of(const char *s) {
  ad_rel_slot out = {.rank = 0};
  if (*s == '*') out.rank = -1;
  if (*s == '-') out.missing = true;
  if (*s == '*' || *s == '-') return out;
  while (*s) {
    size_t n = strcspn(s, " ");
    out.dims[out.rank++] = *s == '?' ? AD_DIM_UNKNOWN : ad__dim_parse(c, s, n);
    s += n + (s[n] == ' ');
  }
  return out;
}

static const char *slot_text(const ad_rel_slot *s, ad_text *t) {
  t->length = 0;
  if (s->rank < 0) return "*";
  for (int i = 0; i < s->rank; i++) {
    if (i) ad__text_char(t, ' ');
    if (s->dims[i] == AD_DIM_UNKNOWN) ad__text_char(t, '?');
    else ad__dim_print(c, s->dims[i], t);
  }
  return ad__text_str(t);
}

typedef struct relation_case {
  const char *op, *attrs;
  const char *before[4]; /* inputs, then the result; NULL ends */
  const char *after[4];  /* what they must have become; NULL: the relation fails... */
  bool later;
  const char *message;   /* ...with this in its text */
} relation_case;

static void run_case(const relation_case *k) {
  const ad_op *op = *k->op ? ad_op_find(c, k->op) : NULL;
  static const ad_op product = {.size = sizeof(ad_op), .name = "product", .params = "a, b", .inputs = 2, .outputs = 1,
                                .dims_line = "...mk,...kn->...mn"};
  if (!op) op = &product;
  ad_rel_slot slots[4];
  ad_err e = {AD_OK, ""};
  int n = 0;
  while (n < 4 && k->before[n]) slots[n] = slot_of(k->before[n]), n++;
  ad_rel r = {.ctx = c, .op = op, .inputs = n - 1, .outputs = 1, .slots = slots, .err = &e};
  ad_status s = ad__rel_run(&r);
  if (k->message) {
    CHECK(s != AD_OK);
    CHECK_STR_HAS(e.text, k->message);
    return;
  }
  ad_text t;
  ad__text_init(&t, &c->mem);
  CHECK_STR(e.text, "");
  CHECK_INT(r.later, k->later);
  for (int i = 0; i < n && k->after[i]; i++) CHECK_STR(slot_text(&slots[i], &t), k->after[i]);
  ad__text_free(&t);
}

static const relation_case cases_of_relations[] = {
    /* elementwise: forwards, then from the result to the one input that is open */
    {"add", "", {"2 3", "3", "*"}, {"2 3", "3", "2 3"}, false, NULL},
    {"add", "", {"N 1", "M", "*"}, {"N 1", "M", "N M"}, false, NULL},
    {"add", "", {"N 3", "N 1", "*"}, {"N 3", "N 1", "N 3"}, false, NULL},
    {"add", "", {"2*N+1", "1+N*2", "*"}, {"2*N + 1", "2*N + 1", "2*N + 1"}, false, NULL},
    {"add", "", {"?", "1", "5"}, {"5", "1", "5"}, false, NULL},
    {"add", "", {"?", "1", "N"}, {"N", "1", "N"}, false, NULL},
    {"add", "", {"?", "5", "*"}, {"?", "5", "5"}, true, NULL},
    {"add", "", {"?", "?", "5"}, {"?", "?", "5"}, true, NULL},
    {"add", "", {"*", "3", "*"}, {"*", "3", "*"}, true, NULL},
    {"add", "", {"2 3", "4", "*"}, {NULL}, false, "shapes (2, 3) and (4) do not broadcast: axis -1 is 3 in one and 4 in the other"},
    {"add", "", {"N", "M", "*"}, {NULL}, false, "axis -1 is N in one and M in the other"},
    {"add", "", {"2", "3", "2"}, {NULL}, false, "do not broadcast"},
    {"add", "", {"2", "2", "3"}, {NULL}, false, "the result of shape (3); axis 0 is 3; 2 is right"},
    {"exp", "", {"*", "2 N"}, {"2 N", "2 N"}, false, NULL},
    {"exp", "", {"? 3", "2 ?"}, {"2 3", "2 3"}, false, NULL},
    {"cast", "", {"*", "2 N"}, {"2 N", "2 N"}, false, NULL},
    {"cast", "", {"2", "3"}, {NULL}, false, "axis 0 is"},
    /* one line: equal letters both ways, the batch broadcasts */
    {"", "", {"2 3", "3 4", "*"}, {"2 3", "3 4", "2 4"}, false, NULL},
    {"", "", {"N 3", "? 4", "*"}, {"N 3", "3 4", "N 4"}, false, NULL},
    {"", "", {"? K", "K ?", "N M"}, {"N K", "K M", "N M"}, false, NULL},
    {"", "", {"5 1 2 3", "7 3 4", "*"}, {"5 1 2 3", "7 3 4", "5 7 2 4"}, false, NULL},
    {"", "", {"2 3", "4 5", "*"}, {NULL}, false, "is 4; 3 is right"},
    {"", "", {"3", "3 4", "*"}, {NULL}, false, "its rank is 1; at least 2 is right"},
    {"", "", {"*", "3 4", "*"}, {"*", "3 4", "*"}, true, NULL},
};

TEST(relations_work_both_ways) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  for (size_t i = 0; i < sizeof cases_of_relations / sizeof *cases_of_relations; i++) {
    int before = check_state.failures;
    run_case(&cases_of_relations[i]);
    if (check_state.failures > before) printf("  in case %zu (%s)\n", i, cases_of_relations[i].op);
  }
  ad_ctx_free(c);
}

/* An unknown dim is an error nowhere, and "not yet" is not an answer an eager call may take. */
TEST(an_eager_call_needs_a_full_answer) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  static const ad_op open = {.size = sizeof(ad_op), .name = "open", .params = "a", .id = AD_OP_USER, .inputs = 1, .outputs = 1,
                             .dims_line = "a->b", .dtype_rule = AD_TYPE_SAME};
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), ((float[]){1, 2}));
  CHECK_STR_HAS(ad_error_text(ad_apply(c, "p", &open, &x, 1, NULL)), "p: open: the result's shape does not follow from the inputs");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(a_list_too_long_to_broadcast) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  static const ad_op all = {.size = sizeof(ad_op), .name = "all", .params = "arrays", .id = AD_OP_USER, .inputs = AD_INPUTS_ANY,
                            .outputs = 1};
  ad_scope *s = ad_scope_begin(c);
  ad_array *in[256];
  for (int i = 0; i < 256; i++) in[i] = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), ((float[]){1, 2}));
  CHECK_INT(ad_array_dim(ad_apply(c, "p", &all, in, 255, NULL), 0), 2);
  CHECK_STR_HAS(ad_error_text(ad_apply(c, "p", &all, in, 256, NULL)), "256 inputs; at most 255 broadcast together");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(relations_work_both_ways), CASE(an_eager_call_needs_a_full_answer),
           CASE(a_list_too_long_to_broadcast))
