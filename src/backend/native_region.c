/* Regions as native code: which part of a region each function runs. See emit/c_sweep.h for the functions. */
#include "backend/native_region.h"

#include <string.h>
#include "emit/c_sweep.h"
#include "ops/registry.h"
#include "ops/regions.h"
#include "runtime/region_frame.h"

/* The graph that kernels run: composites without a kernel are expanded in it. */
static const ad_graph *lowered(const ad_array *node, int field) {
  const ad_graph *g = ad__region_of(node->attrs->at, field);
  return g->lowered ? g->lowered : g;
}

/* ---- One row for each op ---- */

static int while_parts(const ad_array *node, ad_c_sweep *out) {
  const ad_attr *at = node->attrs->at, *sizes = &at[AD_WHILE_SWEEPS];
  if (sizes->count > AD_REGION_SWEEPS) return 0;
  for (int k = 0, first = 0; k < sizes->count; first += (int)sizes->as.ints[k++])
    out[k] = (ad_c_sweep){.cond = k ? NULL : lowered(node, AD_WHILE_COND),
                          .body = lowered(node, AD_WHILE_BODY),
                          .state = first,
                          .states = (int)sizes->as.ints[k],
                          .loads = first};
  return sizes->count;
}

/* Nobody knows how many steps a loop takes: enough to be worth it after some calls. */
static double while_cost(const ad_array *node) {
  (void)node;
  return 1e6;
}

static int scan_parts(const ad_array *node, ad_c_sweep *out) {
  const ad_attr *at = node->attrs->at;
  int carries = (int)at[AD_SCAN_CARRIES].as.i;
  out[0] = (ad_c_sweep){.body = lowered(node, AD_SCAN_BODY),
                        .states = carries,
                        .load = carries,
                        .loads = (int)at[AD_SCAN_STACKED].as.i,
                        .result = carries,
                        .results = node->type->rank - carries};
  return 1;
}

static double scan_cost(const ad_array *node) {
  return (double)node->attrs->at[AD_SCAN_LENGTH].as.i * lowered(node, AD_SCAN_BODY)->nodes.count;
}

static int cond_parts(const ad_array *node, ad_c_sweep *out) {
  for (int k = 0; k < 2; k++)
    out[k] = (ad_c_sweep){.body = lowered(node, k ? AD_COND_ELSE : AD_COND_THEN), .results = node->type->rank};
  return 2;
}

static double cond_cost(const ad_array *node) {
  (void)node;
  return 1e3;
}

static const struct {
  int op;
  int (*parts)(const ad_array *node, ad_c_sweep *out); /* how many functions, AD_REGION_SWEEPS at most */
  double (*cost)(const ad_array *node);
} rows[] = {
    {AD_OP_while_loop, while_parts, while_cost}, {AD_OP_scan, scan_parts, scan_cost}, {AD_OP_cond, cond_parts, cond_cost}};

enum { ROWS = sizeof rows / sizeof rows[0] };

static int row_of(const ad_array *node) {
  int i = 0;
  while (i < ROWS && rows[i].op != node->op->id) i++;
  return i;
}

double ad__native_region_cost(const ad_array *node) {
  int i = row_of(node);
  return i < ROWS ? rows[i].cost(node) : 0;
}

/* ---- Text ---- */

int ad__native_region_print(ad_region_code *to, const ad_array *node, ad_text *code, ad_native_symbol *symbols) {
  ad_c_sweep parts[AD_REGION_SWEEPS];
  size_t before = code->length;
  int row = row_of(node), n = row < ROWS && ad__regions_lower(node) ? rows[row].parts(node, parts) : 0;
  for (int k = 0; k < n; k++) {
    ad_err e = {AD_OK, ""};
    ad_text text;
    ad__text_init(&text, code->mem);
    ad_status s = ad__c_print_sweep(&parts[k], AD_NATIVE_STAND_IN, &text, &e);
    if (!s) ad__native_add_function(code, &text, symbols[k].name);
    ad__text_free(&text);
    symbols[k].slot = &to->sweep[k];
    if (!s) continue;
    ad__text_cut(code, before);
    return 0;
  }
  return n;
}
