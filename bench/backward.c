/* backward_ops: the arithmetic of backward passes beside that of hand-written ones, counted and not timed.
 *
 * A function and its gradient are traced into one graph. What the gradient needs and the result does not is the backward pass: an
 * elementwise node counts once for each element of its result, a reduction once for each of its operand, a product twice for each
 * multiply-add; what only moves elements or names them counts nothing. Hand-written: the fewest passes known, from the
 * formulas beside each case. */
#include <adamant/adamant.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "harness.h"

static const double NEED = 0.9;
enum { MOST_NODES = 4096, MOST_INPUTS = 8 };

/* ---- Reading a graph: every node is named n<k>, so that its line in the text form says its op and operands ---- */

typedef struct counted {
  ad_graph *graph;
  int count;
  char op[MOST_NODES][32];
  int in[MOST_NODES][MOST_INPUTS], n_in[MOST_NODES];
  bool forward[MOST_NODES], needed[MOST_NODES];
} counted;

static void stop(const char *why) {
  bench_log("%s", why);
  exit(1);
}

/* "  n12 = add(n3, n4, ...)" */
static void read_line(counted *k, const char *line) {
  char *end;
  long at = strtol(line + 1, &end, 10);
  if (line[0] != 'n' || at < 0 || at >= k->count || strncmp(end, " = ", 3) != 0) return;
  const char *op = end + 3;
  size_t n = strcspn(op, "(\n");
  if (op[n] != '(' || n >= sizeof k->op[at]) return;
  memcpy(k->op[at], op, n);
  for (const char *p = op + n; *p && *p != '\n'; p++)
    if ((p[0] == '(' || p[0] == ' ') && p[1] == 'n' && p[2] >= '0' && p[2] <= '9' && k->n_in[at] < MOST_INPUTS)
      k->in[at][k->n_in[at]++] = atoi(p + 2);
}

static void read_graph(counted *k) {
  k->count = ad_graph_node_count(k->graph);
  if (k->count > MOST_NODES) stop("more nodes than are counted");
  for (int i = 0; i < k->count; i++) {
    char name[16] = "n";
    int digits = 1;
    for (int v = i; v >= 10; v /= 10) digits++;
    for (int d = digits, v = i; d > 0; d--, v /= 10) name[d] = (char)('0' + v % 10);
    name[digits + 1] = 0;
    if (!*ad_graph_name_of(k->graph, ad_graph_node_at(k->graph, i))) ad_graph_set_name(k->graph, ad_graph_node_at(k->graph, i), name);
  }
  for (const char *p = ad_graph_text(k->graph); p; p = strchr(p, '\n')) {
    p += strspn(p, "\n ");
    read_line(k, p);
    if (!*p) break;
  }
}

static void mark(counted *k, bool *set) {
  for (int i = k->count; i-- > 0;)
    for (int j = 0; set[i] && j < k->n_in[i]; j++) set[k->in[i][j]] = true;
}

static int position(const counted *k, const ad_array *node) {
  for (int i = 0; i < k->count; i++)
    if (ad_graph_node_at(k->graph, i) == node) return i;
  return -1;
}

/* ---- Weights ---- */

static bool among(const char *op, const char *const *names) {
  for (; *names; names++)
    if (strcmp(op, *names) == 0) return true;
  return false;
}

static double size_of(const counted *k, int i) { return (double)ad_array_size(ad_graph_node_at(k->graph, i)); }

static double weight(const counted *k, int i) {
  static const char *const free_of_charge[] = {"", "reshape", "transpose", "broadcast_to", "expand_dims", "squeeze", "item", "tuple", "zeros", "zeros_like", "ones", "ones_like",
                                               "full", "iota", "arange", "barrier", "slice", "strided_slice", "moveaxis", "swapaxes", "flip",
                                               "pad_constant", "cast", "as_strided", "take", "take_along_axis", "concatenate", "stop_gradient", NULL};
  static const char *const reductions[] = {"sum", "max", "min", "mean", "prod", NULL};
  static const char *const products[] = {"contract", "matmul", "addmm", "linear", NULL};
  static const char *const scatters[] = {"scatter_add", "scatter", "put_along_axis", NULL};
  const char *op = k->op[i];
  /* exp(logits - lse) weight over all elements, less the cotangent at one of each row. */
  if (strcmp(op, "softmax_cross_entropy_grad") == 0) return 3 * size_of(k, i) + 2 * size_of(k, k->in[i][0]);
  /* Windows that do not overlap: once for each element in them. */
  if (strncmp(op, "window_", 7) == 0) return fmax(size_of(k, i), size_of(k, k->in[i][0]));
  if (among(op, free_of_charge)) return 0;
  if (among(op, reductions)) return size_of(k, k->in[i][0]);
  /* |a| = MK, |b| = NK, |out| = MN */
  if (among(op, products)) return 2 * sqrt(size_of(k, k->in[i][0]) * size_of(k, k->in[i][1]) * size_of(k, i));
  if (among(op, scatters)) return size_of(k, k->in[i][k->n_in[i] - 1]); /* one addition for each update */
  return size_of(k, i);
}

static double backward_arithmetic(ad_ctx *c, ad_fn *f, ad_array *const *in, int n, int derived) {
  counted *k = calloc(1, sizeof *k);
  int64_t argnums[MOST_INPUTS];
  for (int i = 0; i < derived; i++) argnums[i] = i;
  ad_array *r = ad_call_list(ad_value_and_grad(f, &(ad_grad_opts){.argnums = {true, derived, argnums}}), in, n);
  if (!k || ad_is_error(r)) stop(ad_error_text(r));
  ad_array *out[1 + MOST_INPUTS] = {ad_item(r, 0)};
  for (int i = 0; i < derived; i++) out[1 + i] = ad_item(ad_item(r, 1), i);
  k->graph = ad_graph_trace(c, "counted", in, n, out, 1 + derived);
  if (ad_graph_status(k->graph)) stop(ad_graph_error_text(k->graph));
  read_graph(k);
  for (int i = 0; i <= derived; i++) (i ? k->needed : k->forward)[position(k, ad_graph_result_at(k->graph, i))] = true;
  mark(k, k->forward);
  mark(k, k->needed);
  double all = 0;
  for (int i = 0; i < k->count; i++) {
    double w = k->needed[i] && !k->forward[i] ? weight(k, i) : 0;
    all += w;
    if (w > 0 && getenv("BENCH_SHOW")) bench_log("  %s %.0f", k->op[i], w);
  }
  ad_graph_free(k->graph);
  free(k);
  return all;
}

/* ---- Cases ---- */

enum { ROWS = 512, COLUMNS = 64 };
static const double ELEMENTS = (double)ROWS * COLUMNS;

static ad_array *layer_norm(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *mean = ad_mean(in[0], &(ad_mean_opts){.axes = AD_AXES(-1), .keepdims = true}), *centred = ad_subtract(in[0], mean);
  ad_array *var = ad_mean(ad_square(centred), &(ad_mean_opts){.axes = AD_AXES(-1), .keepdims = true});
  ad_array *y = ad_multiply(centred, ad_rsqrt(ad_add(var, ad_number(c, 1e-5))));
  return ad_sum(ad_multiply(ad_add(ad_multiply(y, in[1]), in[2]), in[3]), NULL);
}

static ad_array *cross_entropy(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_mean(ad_softmax_cross_entropy(in[0], in[1], NULL), NULL);
}

static ad_array *attention(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *scores = ad_multiply(ad_matmul(in[0], ad_transpose(in[1], NULL), NULL), ad_number(c, 0.125));
  ad_array *p = ad_softmax(scores, &(ad_softmax_opts){.axes = AD_AXES(-1)});
  return ad_sum(ad_multiply(ad_matmul(p, in[2], NULL), in[3]), NULL);
}

static ad_array *max_pool(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_sum(ad_multiply(ad_max_pool2d(in[0], AD_INTS(2, 2), NULL), in[1]), NULL);
}

static ad_array *draw(ad_ctx *c, ad_shape shape) { return ad_random_normal(c, NULL, NULL, NULL, shape, NULL); }

static void report(const bench_case *self, double ours, double hand) {
  bench_result r = {.value = ours / 1e6, .reference_value = hand / 1e6, .ratio = hand / ours};
  bench_line(self->name, 1, "Mop", "by hand", r, NEED);
}

/* With x^ the normed row, d = w g: dx = rstd (d - mean d - x^ mean(d x^)): products w g, g x^, d x^ and x^ s, two differences and the
 * factor; sums of d, d x^, g x^, g. */
static void layer_norm_case(const bench_case *self) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[] = {draw(c, AD_SHAPE(ROWS, COLUMNS)), draw(c, AD_SHAPE(COLUMNS)), draw(c, AD_SHAPE(COLUMNS)), draw(c, AD_SHAPE(ROWS, COLUMNS))};
  report(self, backward_arithmetic(c, ad_fn_new(c, layer_norm, 4, NULL), in, 4, 3), 11 * ELEMENTS);
  ad_ctx_free(c);
}

/* dx = (exp(x - lse) - one_hot) / rows: difference, exponential and factor, and a subtraction at one element of each row. */
static void cross_entropy_case(const bench_case *self) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *index = ad_zeros(c, AD_SHAPE(ROWS), &(ad_zeros_opts){.dtype = AD_INT32});
  ad_array *in[] = {draw(c, AD_SHAPE(ROWS, COLUMNS)), index};
  report(self, backward_arithmetic(c, ad_fn_new(c, cross_entropy, 2, NULL), in, 2, 1), 3 * ELEMENTS + ROWS);
  ad_ctx_free(c);
}

/* dV = P' g, dP = g V', dS = P (dP - rowsum(g o)) s, dQ = dS K, dK = dS' Q: four products, three passes over P, and one over
 * the output with its sum. */
static void attention_case(const bench_case *self) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[4];
  for (int i = 0; i < 4; i++) in[i] = draw(c, AD_SHAPE(ROWS, COLUMNS));
  double hand = 4 * 2 * ELEMENTS * ROWS + 3 * (double)ROWS * ROWS + 2 * ELEMENTS;
  report(self, backward_arithmetic(c, ad_fn_new(c, attention, 4, NULL), in, 4, 3), hand);
  ad_ctx_free(c);
}

/* Ties share: the matches of each window are counted, its cotangent divided by them, and added where they are. */
static void max_pool_case(const bench_case *self) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[] = {draw(c, AD_SHAPE(8, 32, 32, 16)), draw(c, AD_SHAPE(8, 16, 16, 16))};
  report(self, backward_arithmetic(c, ad_fn_new(c, max_pool, 2, NULL), in, 2, 1), 2.0 * 8 * 32 * 32 * 16 + 8.0 * 16 * 16 * 16);
  ad_ctx_free(c);
}

static const bench_case cases[] = {{"backward_ops_layer_norm", layer_norm_case, 0}, {"backward_ops_cross_entropy", cross_entropy_case, 0},
                                   {"backward_ops_attention", attention_case, 0}, {"backward_ops_max_pool", max_pool_case, 0}};
BENCH_MAIN(cases)
