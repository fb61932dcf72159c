/* Spellings: attributes by meaning, optional parts, and parentheses exactly where precedence asks for them. */
#include <adamant/adamant.h>
#include "check.h"
#include "emit/spelling.h"
#include "ir/ctx.h"

static const ad_field fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES},   {.name = "flag", .kind = AD_FIELD_FLAG},
    {.name = "number", .kind = AD_FIELD_NUM, .has_default = true, .default_num = 2},
    {.name = "dtype", .kind = AD_FIELD_DTYPE}, {.name = "word", .kind = AD_FIELD_TEXT, .text = "near|far"},
    {.name = "shape", .kind = AD_FIELD_SHAPE},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* What `text` becomes for operands a, b of these precedences; "!" and the error when it fails. */
static const char *spelled(const char *target, const char *text, const ad_operand *operands, const ad_attr *attrs, int *binds) {
  static char out[AD_ERR_TEXT + 8];
  ad_ctx *c = ad_ctx_new(NULL);
  const ad_spelling spellings[] = {{target, text}, {NULL, NULL}};
  const ad_op op = {.size = sizeof op, .name = "op", .fields = fields, .field_count = FIELDS, .spellings = spellings};
  ad_array *in[2] = {ad_zeros(c, AD_SHAPE(2), NULL), ad_zeros(c, AD_SHAPE(2), NULL)};
  ad_rule r = {.ctx = c, .op = &op, .n = 2, .in = in, .out = in[0], .attrs = attrs};
  ad_text t;
  ad_err e = {AD_OK, ""};
  ad__text_init(&t, &c->mem);
  if (ad__spell(target, &r, operands, &t, binds, &e)) snprintf(out, sizeof out, "!%s", e.text);
  else snprintf(out, sizeof out, "%s", ad__text_str(&t));
  ad__text_free(&t);
  ad_ctx_free(c);
  return out;
}

enum { SUM = 35, PRODUCT = 40, MINUS = AD_BINDS_SIGN, COMPARISON = 15, NAME = AD_BINDS_ALL };

static const char *numpy(const char *text, const char *a, int binds_a, const char *b, int binds_b) {
  static const ad_attr none[FIELDS];
  int binds;
  return spelled("numpy", text, (const ad_operand[]){{a, binds_a}, {b, binds_b}}, none, &binds);
}

TEST(parentheses) {
  CHECK_STR(numpy("$0 + $1", "a", NAME, "b", NAME), "a + b");
  CHECK_STR(numpy("$0 + $1", "a + b", SUM, "c * d", PRODUCT), "a + b + c * d");
  CHECK_STR(numpy("$0 - $1", "a - b", SUM, "c - d", SUM), "a - b - (c - d)");
  CHECK_STR(numpy("$0 * $1", "a + b", SUM, "-c", MINUS), "(a + b) * -c");
  CHECK_STR(numpy("-$0", "a + b", SUM, NULL, 0), "-(a + b)");
  CHECK_STR(numpy("-$0", "-a", MINUS, NULL, 0), "-(-a)");
  CHECK_STR(numpy("$0 ** 2", "-a", MINUS, NULL, 0), "(-a) ** 2");
  CHECK_STR(numpy("$0 < $1", "a < b", COMPARISON, "c", NAME), "(a < b) < c");
  CHECK_STR(numpy("np.f($0, $1)", "a + b", SUM, "c < d", COMPARISON), "np.f(a + b, c < d)");
  CHECK_STR(numpy("$0.astype(x)", "a + b", SUM, NULL, 0), "(a + b).astype(x)");
  CHECK_STR(numpy("$0.astype(x)", "2", AD_BINDS_LITERAL, NULL, 0), "(2).astype(x)");
  CHECK_STR(numpy("$0[$1]", "a + b", SUM, "c + d", SUM), "(a + b)[c + d]");
  CHECK_STR(numpy("($0 + 1) * $1 ** 3", "a * b", PRODUCT, "c * d", PRODUCT), "(a * b + 1) * (c * d) ** 3");
  CHECK_STR(numpy("$0 @ $1.T", "a @ b", PRODUCT, "c @ d", PRODUCT), "a @ b @ (c @ d).T");
  CHECK_STR(numpy("$0 if $1 else 0", "a + b", SUM, "c < d", COMPARISON), "a + b if c < d else 0");
  CHECK_STR(numpy("f($0, k=$1)", "a", NAME, "b + c", SUM), "f(a, k=b + c)");
  CHECK_STR(numpy("np.concatenate($*, 0)", "a", NAME, "b + c", SUM), "np.concatenate([a, b + c], 0)");
  CHECK_STR(numpy("f($0, $1)", "a", NAME, NULL, 0), "f(a, None)");
  CHECK_STR(numpy("'$' + $0", "a", NAME, NULL, 0), "'$' + a");
}

TEST(how_tightly_it_binds) {
  static const ad_attr none[FIELDS];
  const ad_operand in[] = {{"a + b", SUM}, {"c", NAME}};
  int binds;
  spelled("numpy", "$0 * $1", in, none, &binds);
  CHECK_INT(binds, PRODUCT);
  spelled("numpy", "$0", in, none, &binds);
  CHECK_INT(binds, SUM);
  spelled("numpy", "np.f($0 + 1)", in, none, &binds);
  CHECK_INT(binds, NAME);
  spelled("numpy", "1 - np.f($0) * 2", in, none, &binds);
  CHECK_INT(binds, SUM);
}

TEST(c_has_its_own_precedence) {
  static const ad_attr none[FIELDS];
  int binds;
  CHECK_STR(spelled("c", "$0 & $1", (const ad_operand[]){{"a == b", 22}, {"c", NAME}}, none, &binds), "a == b & c");
  CHECK_STR(spelled("numpy", "$0 & $1", (const ad_operand[]){{"a == b", 15}, {"c", NAME}}, none, &binds), "(a == b) & c");
  CHECK_STR(spelled("c", "!$0", (const ad_operand[]){{"a == b", 22}, {"c", NAME}}, none, &binds), "!(a == b)");
}

TEST(attributes) {
  const int64_t two[] = {0, -1}, one[] = {3};
  const ad_attr given[FIELDS] = {
      {.given = true, .count = 2, .as.ints = two}, {.given = true, .as.i = 1}, {.given = true, .as.f = {-0.5, 0}},
      {.given = true, .as.i = AD_BFLOAT16},        {.given = true, .as.text = "it's\n\\"}, {.given = true, .count = 1, .as.ints = one}};
  const ad_attr none[FIELDS] = {{.given = false}, {.given = false}, {.given = true, .as.f = {2, 0}}, {.given = false},
                                {.given = true, .as.text = "near"}};
  const ad_operand in[] = {{"a", NAME}, {"b", NAME}};
  int binds;
  CHECK_STR(spelled("numpy", "f($0, @axes, @flag, @number, @dtype, @word, @shape, @out)", in, given, &binds),
            "f(a, (0, -1), True, -0.5, bf16, 'it\\'s\\x0a\\\\', (3,), np.float32)");
  CHECK_STR(spelled("numpy", "f($0, @axes, @flag, @number, @dtype)", in, none, &binds), "f(a, None, False, 2.0, None)");
  CHECK_STR(spelled("numpy", "$0 - @number", in, given, &binds), "a - -0.5");
  CHECK_STR(spelled("numpy", "@number ** $0", in, given, &binds), "(-0.5) ** a");
  static const char *const optional = "f($0?(, axis=@axes)?(, flag=@flag)?(, n=@number)?(, w=g(@word))?(, dtype=@out))";
  CHECK_STR(spelled("numpy", optional, in, none, &binds), "f(a)");
  CHECK_STR(spelled("numpy", optional, in, given, &binds), "f(a, axis=(0, -1), flag=True, n=-0.5, w=g('it\\'s\\x0a\\\\'))");
}

TEST(refusals) {
  static const ad_attr none[FIELDS];
  const ad_operand in[] = {{"a", NAME}, {"b", NAME}};
  int binds;
  CHECK_STR(spelled("cobol", "$0", in, none, &binds), "!op: it has no cobol spelling");
  CHECK_STR(spelled("numpy", "f($0, @nothing)", in, none, &binds),
            "!op: its numpy spelling says \"@nothing\"; an operand or an attribute of the op is right");
  CHECK_STR(spelled("numpy", "f($2)", in, none, &binds),
            "!op: its numpy spelling says \"$2\"; an operand or an attribute of the op is right");
}

CHECK_MAIN(CASE(parentheses), CASE(how_tightly_it_binds), CASE(c_has_its_own_precedence), CASE(attributes), CASE(refusals))
