/* An op with a region, for tests of graphs: nothing computes it. Include once per program. */
#ifndef AD_TESTS_REGION_H
#define AD_TESTS_REGION_H

#include <adamant/graph.h>

static ad_status region_eval(const ad_rule *r, ad_values *values) {
  (void)r, (void)values;
  return AD_E_NOT_IMPLEMENTED;
}

static const ad_field region_fields[] = {
    {.name = "body", .kind = AD_FIELD_GRAPH, .flags = AD_FIELD_REQUIRED, .doc = "what is done"},
    {.name = "other", .kind = AD_FIELD_GRAPH, .doc = "what else is done"},
};

/* Any number of operands; the result is of the first one's type. */
static ad_status region_dims(ad_rel *r) { return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0))); }

static const ad_op region_op = {.size = sizeof(ad_op), .name = "test_region", .params = "operands", .doc = "An op with regions.",
                                .id = AD_OP_USER, .inputs = AD_INPUTS_ANY, .outputs = 1, .fields = region_fields,
                                .field_count = 2, .dtype_rule = AD_TYPE_SAME, .dims = region_dims, .eval = region_eval};

#endif
