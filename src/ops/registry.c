/* The registry: finding ops by name, and a user's ops. */
#include "ops/registry.h"

#include <string.h>
#include "ir/ctx.h"

static const ad_op *const built_in[] = {
#define AD_OP(name) &ad__op_##name,
#include "ops/list.def"
#undef AD_OP
};

int ad_op_count(void) { return AD_OP_COUNT; }
const ad_op *ad_op_at(int index) { return index >= 0 && index < AD_OP_COUNT ? built_in[index] : NULL; }

const ad_op *ad_op_find(const ad_ctx *c, const char *name) {
  if (!name) return NULL;
  for (int i = 0; i < AD_OP_COUNT; i++)
    if (strcmp(built_in[i]->name, name) == 0) return built_in[i];
  const ad_map_value *v = c ? ad__map_find(&c->user_ops, ad__map_text(name, strlen(name))) : NULL;
  return v ? v->pointer : NULL;
}

/* What a descriptor must state before anything can be made of it. */
static const char *what_is_missing(const ad_op *op) {
  if (!op || op->size != sizeof *op) return "its size field is not that of this library's ad_op";
  if (!op->name || !*op->name) return "it has no name";
  if (op->id != AD_OP_USER) return "its id is not AD_OP_USER";
  if (!op->outputs || op->outputs > 16) return "it needs 1 to 16 outputs";
  if (op->inputs && !op->params) return "it does not name its inputs";
  if (!op->compose && !op->eval) return "it has neither compose nor eval, so it could never be computed";
  return NULL;
}

ad_status ad_op_register(ad_ctx *c, const ad_op *op) {
  if (!c) return AD_E_VALUE;
  const char *missing = what_is_missing(op);
  if (!missing && ad_op_find(c, op->name)) missing = "an op of that name exists";
  if (missing) {
    ad__log(c, AD_LOG_ERROR, "op_register: %s: %s", op && op->name ? op->name : "(no name)", missing);
    return AD_E_VALUE;
  }
  ad_map_value *v = ad__map_put(&c->user_ops, ad__map_text(op->name, strlen(op->name)), NULL);
  if (!v) return AD_E_MEMORY;
  v->pointer = (void *)(uintptr_t)op;
  return AD_OK;
}
