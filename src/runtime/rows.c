/* Which kernel computes which op: rows keyed by op, from rows.def; everything elementwise shares one. */
#include "runtime/elementwise.h"
#include "runtime/structural.h"

static const ad_node_kernel kernels[AD_OP_COUNT] = {
#define AD_KERNEL(op, function) [AD_OP_##op] = function,
#include "runtime/rows.def"
};

typedef bool (*question)(const ad_array *node);

static const question conditions[AD_OP_COUNT] = {
#define AD_KERNEL(op, function)
#define AD_KERNEL_IF(op, function, fits) [AD_OP_##op] = fits,
#include "runtime/rows.def"
};

static const question gives_pieces[AD_OP_COUNT] = {
#define AD_KERNEL(op, function)
#define AD_KERNEL_IN_PIECES(op, function, gives) [AD_OP_##op] = gives,
#include "runtime/rows.def"
};

static const question takes_source[AD_OP_COUNT] = {
#define AD_KERNEL(op, function)
#define AD_KERNEL_FROM_SOURCE(op, function, takes) [AD_OP_##op] = takes,
#include "runtime/rows.def"
};

bool ad__kernel_gives_pieces(const ad_array *node) {
  return node->op->id != AD_OP_USER && gives_pieces[node->op->id] && gives_pieces[node->op->id](node);
}

bool ad__kernel_takes_source(const ad_array *node) {
  return node->op->id != AD_OP_USER && takes_source[node->op->id] && takes_source[node->op->id](node);
}

ad_node_kernel ad__kernel_of(const ad_array *node) {
  if (node->op->id == AD_OP_USER) return node->op->eval ? ad__k_user : NULL;
  ad_node_kernel k = kernels[node->op->id];
  if (k) return !conditions[node->op->id] || conditions[node->op->id](node) ? k : NULL;
  return ad__has_elementwise(node) ? ad__k_elementwise : NULL;
}

const ad_kernels *ad__kernels_of(ad_isa isa) {
#if defined(__x86_64__)
  if (isa == AD_ISA_AVX512) return &ad__kernels_avx512;
  if (isa == AD_ISA_AVX2) return &ad__kernels_avx2;
#else
  (void)isa;
#endif
  return &ad__kernels_portable;
}
