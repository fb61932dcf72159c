/* Blocks that measure how far an input is from a target, element by element; those over classes find these along axis 1. */
#include <string.h>
#include "base/str.h"
#include "model/block_desc.h"

static const ad_block_terminal loss_terminals[] = {
    {.name = "input", .doc = "what the model says"},
    {.name = "target", .doc = "what would be right"},
    {.name = "output", .output = true, .doc = "the loss of every element"},
};
#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

#define LOSS(Name, text, build_, formula)                                                                                            \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "loss", AD_BLOCK_TERMINALS(loss_terminals), .build = build_, \
                                          .numpy = formula, AD_BLOCK_SAMPLES({"", "input: 2, 3; target: 2, 3", "normal"}),           \
                                          AD_BLOCK_ERRORS({"", "input: 2, 3; target: 2, 4", AD_E_VALUE, "broadcast"})}

static ad_status squared_error_build(ad_model *m, const ad_block_args *a) {
  STEP("subtract", NULL, "a=input, b=target, output=difference");
  return STEP("square", NULL, "a=difference, output=output");
}
LOSS(SquaredError, "(input - target) squared.", squared_error_build, "np.square(input - target)");

static ad_status absolute_error_build(ad_model *m, const ad_block_args *a) {
  STEP("subtract", NULL, "a=input, b=target, output=difference");
  return STEP("abs", NULL, "a=difference, output=output");
}
LOSS(AbsoluteError, "|input - target|.", absolute_error_build, "np.abs(input - target)");

static ad_status hinge_build(ad_model *m, const ad_block_args *a) {
  STEP("multiply", NULL, "a=input, b=target, output=margin");
  STEP("subtract", NULL, "a=1, b=margin, output=lack");
  return STEP("relu", NULL, "a=lack, output=output");
}
LOSS(HingeLoss, "max(0, 1 - input target), target being -1 or 1.", hinge_build, "np.maximum(0, 1 - input * target)");

static ad_status quad_hinge_build(ad_model *m, const ad_block_args *a) {
  ad_model_extend(m, ad_block(a->ctx, "HingeLoss", NULL), "input=input, target=target, output=hinge");
  return STEP("square", NULL, "a=hinge, output=output");
}
LOSS(QuadHingeLoss, "The square of HingeLoss.", quad_hinge_build, "np.square(np.maximum(0, 1 - input * target))");

static const ad_block_terminal quantile_terminals[] = {
    {.name = "input", .doc = "what the model says"},
    {.name = "target", .doc = "what would be right"},
    {.name = "quantile", .value = "0.5", .doc = "the share of targets that shall lie below input, from 0 to 1"},
    {.name = "output", .output = true, .doc = "the loss of every element"},
};
static ad_status quantile_build(ad_model *m, const ad_block_args *a) {
  STEP("subtract", NULL, "a=target, b=input, output=lack");
  STEP("multiply", NULL, "a=quantile, b=lack, output=below");
  STEP("subtract", NULL, "a=below, b=lack, output=above");
  return STEP("maximum", NULL, "a=below, b=above, output=output");
}
const ad_block_desc ad__block_QuantileLoss = {
    .name = "QuantileLoss",
    .doc = "quantile times what input lacks to target, or (1 - quantile) times what it exceeds it by (Koenker and Bassett, 1978).",
    .group = "loss",
    AD_BLOCK_TERMINALS(quantile_terminals),
    .build = quantile_build,
    .numpy = "np.maximum(quantile * (target - input), (quantile - 1) * (target - input))",
    AD_BLOCK_SAMPLES({"", "input: 2, 3; target: 2, 3", "normal"}, {"quantile=0.9", "input: 4; target: 4", "normal"}),
};

/* ---- Between distributions ---- */

static const ad_block_terminal divergence_terminals[] = {
    {.name = "input", .doc = "probabilities that the model says"},
    {.name = "target", .doc = "those that would be right"},
    {.name = "threshold", .value = "1e-20", .doc = "from where on logarithms are true, see Log"},
    {.name = "output", .output = true, .doc = "the divergence's term of every element"},
};
static ad_status divergence_build(ad_model *m, const ad_block_args *a) {
  ad_model_extend(m, ad_block(a->ctx, "Log", "robust=true"), "input=input, threshold=threshold, output=said");
  ad_model_extend(m, ad_block(a->ctx, "Log", "robust=true"), "input=target, threshold=threshold, output=right");
  STEP("subtract", NULL, "a=right, b=said, output=ratio");
  return STEP("multiply", NULL, "a=target, b=ratio, output=output");
}
const ad_block_desc ad__block_KLDivergence = {
    .name = "KLDivergence",
    .doc = "target (log target - log input), whose sum is the Kullback-Leibler divergence.",
    .group = "loss",
    AD_BLOCK_TERMINALS(divergence_terminals),
    .build = divergence_build,
    .numpy = "target * (np.log(target) - np.log(input))",
    AD_BLOCK_SAMPLES({"", "input: 2, 3; target: 2, 3", "unit"}),
};

enum { BCE_INPUT_TYPE, BCE_POS_WEIGHT, BCE_BALANCED, BCE_ROBUST };
static const ad_field bce_params[] = {
    {.name = "input_type", .kind = AD_FIELD_TEXT, .text = "logits|probs", .doc = "what input is: logits or probabilities"},
    {.name = "pos_weight", .kind = AD_FIELD_NUM, .doc = "how much targets of 1 count", .has_default = true, .default_num = 1},
    {.name = "balanced", .kind = AD_FIELD_FLAG, .doc = "targets of 1 count as many times as there are more of 0, instead of pos_weight", .has_default = true},
    {.name = "robust", .kind = AD_FIELD_FLAG, .doc = "logarithms of probabilities below threshold are their tangents", .has_default = true, .default_num = 1},
};
static const ad_block_terminal bce_terminals[] = {
    {.name = "input", .doc = "logits or probabilities"},
    {.name = "target", .doc = "probabilities, mostly 0 and 1"},
    {.name = "threshold", .value = "1e-20", .only_if = "robust", .doc = "from where on logarithms are true, see Log"},
    {.name = "output", .output = true, .doc = "the loss of every element"},
};

/* What a target of 1 counts, as the name `weight`. */
static void bce_weight(ad_model *m, const ad_block_args *a) {
  char value[64];
  if (a->params[BCE_BALANCED].as.i) {
    STEP("mean", NULL, "a=target, output=share");
    STEP("subtract", NULL, "a=1, b=share, output=rest");
    STEP("divide", NULL, "a=rest, b=share, output=weight");
    return;
  }
  ad__format(value, sizeof value, "input=%.17g, output=weight", a->params[BCE_POS_WEIGHT].as.f[0]);
  ad_model_extend(m, ad_block(a->ctx, "Buffer", NULL), value);
}

static ad_status bce_build(ad_model *m, const ad_block_args *a) {
  const char *type = a->params[BCE_INPUT_TYPE].as.text;
  bool robust = a->params[BCE_ROBUST].as.i != 0;
  bce_weight(m, a);
  STEP("subtract", NULL, "a=1, b=target, output=other");
  STEP("multiply", NULL, "a=weight, b=target, output=counts");
  if (a->params[BCE_INPUT_TYPE].given && !strcmp(type, "probs")) {
    const char *log = robust ? "robust=true" : NULL;
    STEP("subtract", NULL, "a=1, b=input, output=against");
    ad_model_extend(m, ad_block(a->ctx, "Log", log), robust ? "input=input, threshold=threshold, output=for_it" : "input=input, output=for_it");
    ad_model_extend(m, ad_block(a->ctx, "Log", log), robust ? "input=against, threshold=threshold, output=against_it" : "input=against, output=against_it");
    STEP("multiply", NULL, "a=counts, b=for_it, output=one");
    STEP("multiply", NULL, "a=other, b=against_it, output=zero");
    STEP("add", NULL, "a=one, b=zero, output=likelihood");
    return STEP("negative", NULL, "a=likelihood, output=output");
  }
  /* -log sigmoid(x) is softplus(-x), and -log(1 - sigmoid(x)) is that and x. */
  STEP("negative", NULL, "a=input, output=minus");
  STEP("softplus", NULL, "a=minus, output=surprise");
  STEP("multiply", NULL, "a=other, b=input, output=slope");
  STEP("add", NULL, "a=counts, b=other, output=all");
  STEP("multiply", NULL, "a=all, b=surprise, output=bent");
  if (robust) ad_model_extend(m, ad_block(a->ctx, "Buffer", NULL), "input=threshold");
  return STEP("add", NULL, "a=slope, b=bent, output=output");
}
const ad_block_desc ad__block_BinaryCrossEntropy = {
    .name = "BinaryCrossEntropy",
    .doc = "-(target log p + (1 - target) log(1 - p)), p being input or its sigmoid.",
    .group = "loss",
    AD_BLOCK_PARAMS(bce_params),
    AD_BLOCK_TERMINALS(bce_terminals),
    .wired = "",
    .build = bce_build,
    .numpy = "(lambda p, w: -(w * target * np.log(p) + (1 - target) * np.log(1 - p)))(input if input_type == 'probs' else 1 / (1 + np.exp(-input)), "
             "(1 - target.mean()) / target.mean() if balanced else pos_weight)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3; target: 2, 3 unit", "normal"}, {"input_type=\"probs\"", "input: 2, 3; target: 2, 3", "unit"},
                     {"pos_weight=3, robust=false", "input: 5; target: 5 unit", "normal"}, {"balanced=true", "input: 5; target: 5 unit", "normal"}),
    AD_BLOCK_ERRORS({"input_type=\"odds\"", "input: 2; target: 2", AD_E_VALUE, "logits"}),
};

enum { CE_INPUT_TYPE, CE_WEIGHTS, CE_BALANCED, CE_ROBUST, CE_CATEGORICAL };
static const ad_field ce_params[] = {
    {.name = "input_type", .kind = AD_FIELD_TEXT, .text = "logits|probs|log_probs", .doc = "what input is: logits, probabilities or their logarithms"},
    {.name = "weights", .kind = AD_FIELD_NUMS, .doc = "how much each class counts; absent: all the same"},
    {.name = "balanced", .kind = AD_FIELD_FLAG, .doc = "classes count the inverse of how often they are targets, over their number", .has_default = true},
    {.name = "robust", .kind = AD_FIELD_FLAG, .doc = "logarithms of probabilities below threshold are their tangents", .has_default = true, .default_num = 1},
    {.name = "categorical", .kind = AD_FIELD_FLAG, .doc = "targets are numbers of classes, not probabilities of each", .has_default = true, .default_num = 1},
};
static const ad_block_terminal ce_terminals[] = {
    {.name = "input", .doc = "(N, classes, ...)"},
    {.name = "target", .doc = "(N, ...) of integers; without categorical as input"},
    {.name = "threshold", .value = "1e-20", .only_if = "robust", .doc = "from where on logarithms are true, see Log"},
    {.name = "output", .output = true, .doc = "(N, ...), the loss of each"},
};

/* The weight of each class, as `weight`; false: they count the same. Where they are to be balanced it is how often a class is a
 * target, times the number of classes: terms are multiplied by `all` and divided by it, which keeps their dtype. */
static bool ce_weight(ad_model *m, const ad_block_args *a, bool categorical) {
  const ad_attr *w = &a->params[CE_WEIGHTS];
  if (a->params[CE_BALANCED].as.i) {
    ad_model_extend(m, ad_block(a->ctx, "Size", "dim=1"), "input=input, output=classes");
    if (categorical) {
      STEP("flatten", NULL, "a=target, output=flat");
      STEP("one_hot", NULL, "indices=flat, classes=classes, output=hot");
      STEP("sum", "axes=[0]", "a=hot, output=count");
      ad_model_extend(m, ad_block(a->ctx, "Size", NULL), "input=flat, output=all");
    } else {
      STEP("moveaxis", "source=1, destination=-1", "a=target, output=last");
      ad_model_extend(m, ad_block(a->ctx, "ToTuple", "n=2"), "input1=-1, input2=classes, output=columns");
      STEP("reshape", NULL, "a=last, shape=columns, output=rows");
      STEP("sum", "axes=[0]", "a=rows, output=count");
      ad_model_extend(m, ad_block(a->ctx, "Size", "dim=0"), "input=rows, output=all");
    }
    STEP("multiply", NULL, "a=count, b=classes, output=weight");
    return true;
  }
  if (!w->given) return false;
  int64_t n = w->count;
  ad_array *values = ad_array_new(a->ctx, AD_FLOAT64, (ad_shape){1, &n}, w->as.nums);
  ad_model_wire(m, ad_model_op(a->ctx, "cast", "dtype=float32"), (ad_wire[]){{.terminal = "a", .kind = AD_WIRE_ARRAY, .array = values},
                {.terminal = "output", .kind = AD_WIRE_NAME, .text = "weight"}}, 2, false);
  return true;
}

static void ce_logarithms(ad_model *m, const ad_block_args *a) {
  const char *type = a->params[CE_INPUT_TYPE].given ? a->params[CE_INPUT_TYPE].as.text : "logits";
  bool robust = a->params[CE_ROBUST].as.i != 0, probs = !strcmp(type, "probs");
  if (!strcmp(type, "logits")) STEP("log_softmax", "axes=[1]", "a=input, output=logarithms");
  else if (probs) ad_model_extend(m, ad_block(a->ctx, "Log", robust ? "robust=true" : NULL), robust ? "input=input, threshold=threshold, output=logarithms" : "input=input, output=logarithms");
  else ad_model_extend(m, ad_block(a->ctx, "Buffer", NULL), "input=input, output=logarithms");
  if (robust && !probs) ad_model_extend(m, ad_block(a->ctx, "Buffer", NULL), "input=threshold");
}

static void ce_count(ad_model *m, const ad_block_args *a, const char *terms, const char *weight, const char *output) {
  char wiring[120];
  if (a->params[CE_BALANCED].as.i) {
    ad__format(wiring, sizeof wiring, "a=%s, b=all, output=%s_times_all", terms, terms);
    STEP("multiply", NULL, wiring);
    ad__format(wiring, sizeof wiring, "a=%s_times_all, b=%s, output=%s", terms, weight, output);
    STEP("divide", NULL, wiring);
    return;
  }
  ad__format(wiring, sizeof wiring, "a=%s, b=%s, output=%s", terms, weight, output);
  STEP("multiply", NULL, wiring);
}

static ad_status ce_build(ad_model *m, const ad_block_args *a) {
  bool categorical = a->params[CE_CATEGORICAL].as.i != 0, weighted;
  ce_logarithms(m, a);
  weighted = ce_weight(m, a, categorical);
  if (categorical) {
    STEP("expand_dims", "axes=[1]", "a=target, output=index");
    STEP("take_along_axis", "axis=1", "a=logarithms, indices=index, output=picked");
    STEP("squeeze", "axes=[1]", "a=picked, output=chosen");
    if (weighted) {
      STEP("take", "axis=0", "a=weight, indices=target, output=counts");
      ce_count(m, a, "chosen", "counts", "likelihood");
    }
    return STEP("negative", NULL, weighted ? "a=likelihood, output=output" : "a=chosen, output=output");
  }
  STEP("multiply", NULL, "a=target, b=logarithms, output=terms");
  if (weighted) {
    STEP("moveaxis", "source=1, destination=-1", "a=terms, output=classes_last");
    ce_count(m, a, "classes_last", "weight", "counted");
    STEP("sum", "axes=[-1]", "a=counted, output=likelihood");
  } else STEP("sum", "axes=[1]", "a=terms, output=likelihood");
  return STEP("negative", NULL, "a=likelihood, output=output");
}
const ad_block_desc ad__block_CrossEntropy = {
    .name = "CrossEntropy",
    .doc = "Minus the logarithm of the probability of the target's class, or of its mean over the target's probabilities.",
    .group = "loss",
    AD_BLOCK_PARAMS(ce_params),
    AD_BLOCK_TERMINALS(ce_terminals),
    .wired = "",
    .build = ce_build,
    .numpy = "(lambda l, t, w: -np.sum(t * l * w.reshape((1, -1) + (1,) * (l.ndim - 2)), axis=1))("
             "input if input_type == 'log_probs' else np.log(input) if input_type == 'probs' else input - np.log(np.exp(input).sum(axis=1, keepdims=True)), "
             "*(lambda t: (t, 1 / (t.shape[1] * np.moveaxis(t, 1, -1).reshape(-1, t.shape[1]).mean(axis=0)) if balanced else "
             "np.ones(t.shape[1]) if weights is None else np.array(weights)))("
             "np.moveaxis(np.eye(input.shape[1])[target], -1, 1) if categorical else target))",
    AD_BLOCK_SAMPLES({"", "input: 4, 3; target: int32[4] index:3", "normal"}, {"", "input: 2, 3, 5; target: int32[2, 5] index:3", "normal"},
                     {"input_type=\"probs\"", "input: 4, 3; target: int32[4] index:3", "unit"},
                     {"input_type=\"log_probs\", robust=false", "input: 4, 3; target: int32[4] index:3", "normal"},
                     {"categorical=false", "input: 4, 3; target: 4, 3 unit", "normal"}, {"weights=[1, 2, 0.5]", "input: 4, 3; target: int32[4] index:3", "normal"},
                     {"weights=[1, 2, 0.5], categorical=false", "input: 2, 3, 2; target: 2, 3, 2 unit", "normal"},
                     {"balanced=true", "input: 9, 2; target: int32[9] index:2", "normal"}, {"balanced=true, categorical=false", "input: 4, 3; target: 4, 3 unit", "normal"}),
    AD_BLOCK_ERRORS({"input_type=\"odds\"", "input: 2, 2; target: int32[2]", AD_E_VALUE, "log_probs"}),
};
