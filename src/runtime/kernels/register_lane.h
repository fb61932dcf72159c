/* One lane's instructions of the register form, from the rows of elementwise.def that are short enough. Included by
 * register_set.h, once per lane, with S, T and G as lanes.h has them. No guard. */
#define F(name) AD_CAT(AD_CAT(AD_CAT(ad_, S), _), name)
#define IN(lanes) AD_CAT(AD_CAT(AD_IN_, lanes), AD_CAT(_, G))
enum { NAME(LANES) = sizeof(VEC) / sizeof(T), NAME(ELEMENTS) = 8 * NAME(LANES) };

/* ---- Ops ---- */

#define TILE_VECTOR(p, k) ((p) + (k) * sizeof(VEC))
#define READ_B(k) VEC b##k; READ_VECTOR(b##k, TILE_VECTOR(b, k));
#define READ_C(k) VEC c##k; READ_VECTOR(c##k, TILE_VECTOR(c, k));
#define SPREAD(x, v) \
  T x[NAME(LANES)];  \
  memcpy(x, &v, sizeof v)

/* An op on one vector, from its expression in a, b and c. */
#define VECTOR_OF(op, ...)                                \
  INLINE VEC NAME(op)(VEC va, VEC vb, VEC vc) {                   \
    SPREAD(pa, va);                                       \
    SPREAD(pb, vb);                                       \
    SPREAD(pc, vc);                                       \
    AD_LOOP for (int i = 0; i < NAME(LANES); i++) {       \
      const T a = pa[i], b = pb[i], c = pc[i];            \
      (void)b, (void)c;                                   \
      pa[i] = (T)(__VA_ARGS__);                           \
    }                                                     \
    memcpy(&va, pa, sizeof va);                           \
    return va;                                            \
  }

/* The instruction `form` of an op: the operand whose place it has is v, the others are tiles b and c. */
#define APPLY_1_0(op, k) v##k = NAME(op)(v##k, v##k, v##k);
#define APPLY_2_0(op, k) v##k = NAME(op)(v##k, b##k, v##k);
#define APPLY_2_1(op, k) v##k = NAME(op)(b##k, v##k, v##k);
#define APPLY_3_0(op, k) v##k = NAME(op)(v##k, b##k, c##k);
#define APPLY_3_1(op, k) v##k = NAME(op)(b##k, v##k, c##k);
#define APPLY_3_2(op, k) v##k = NAME(op)(b##k, c##k, v##k);
#define ALL_OF(M, op) M(op, 0) M(op, 1) M(op, 2) M(op, 3) M(op, 4) M(op, 5) M(op, 6) M(op, 7)
#define TILES_1(first, second)
#define TILES_2(first, second)             \
  const char *b = f->at[o->in[first]];     \
  VECTORS(READ_B)
#define TILES_3(first, second)             \
  TILES_2(first, second)                   \
  const char *c = f->at[o->in[second]];    \
  VECTORS(READ_C)
#define FORM(op, operands, form, first, second)        \
  static void NAME(op##_##form) BLOCK {                \
    TILES_##operands(first, second)                    \
    ALL_OF(APPLY_##operands##_##form, op)              \
    NEXT;                                              \
  }
#define FORMS_1(op) FORM(op, 1, 0, 0, 0)
#define FORMS_2(op) FORM(op, 2, 0, 1, 0) FORM(op, 2, 1, 0, 0)
#define FORMS_3(op) FORM(op, 3, 0, 1, 2) FORM(op, 3, 1, 0, 2) FORM(op, 3, 2, 0, 1)
#define FORMS_SELECT(op) FORMS_3(op)
#define AD_ELT(op, operands, lanes, result, ...) IN(lanes)(VECTOR_OF(op, __VA_ARGS__) FORMS_##operands(op))
#define AD_ELT_GUARDED(op, operands, lanes, result, guard, quick, full)
#include "ops/elementwise.def"
#undef AD_ELT

#define AS_FN(name) ((ad_register_fn)NAME(name))
#define ENTRY_1(op) {AS_FN(op##_0)}
#define ENTRY_2(op) {AS_FN(op##_0), AS_FN(op##_1)}
#define ENTRY_3(op) {AS_FN(op##_0), AS_FN(op##_1), AS_FN(op##_2)}
#define ENTRY_SELECT(op) ENTRY_3(op)
#define AD_ELT(op, operands, lanes, result, ...) IN(lanes)([AD_ELT_##op] = ENTRY_##operands(op), )
static const ad_register_fn NAME(forms)[AD_ELT_COUNT][3] = {
#include "ops/elementwise.def"
};
#undef AD_ELT
#undef AD_ELT_GUARDED

/* ---- Tiles and memory ---- */

#define READ_V(k) READ_VECTOR(v##k, TILE_VECTOR(p, k));
#define STORE_V(k) STORE_VECTOR(TILE_VECTOR(p, k), v##k);
#define NOTHING_V(k) v##k = NO_VECTOR;
#define STREAM_V(k) STREAM_VECTOR(TILE_VECTOR(p, k), v##k);

static void NAME(load) BLOCK {
  const char *p = f->at[o->in[0]];
  VECTORS(READ_V)
  NEXT;
}

static void NAME(store) BLOCK {
  char *p = f->at[o->out];
  VECTORS(STORE_V)
  NEXT;
}

static void NAME(result) BLOCK {
  char *p = f->at[o->out];
  if (f->streamed) {
    VECTORS(STREAM_V)
  } else {
    VECTORS(STORE_V)
  }
  NEXT;
}

/* Elements of another type, which is converted to and from: a vector of them at a time. */
#define CONVERTED(what, type, from, to)                                        \
  INLINE VEC NAME(AD_CAT(widened_, what))(const type *p) {                       \
    T x[NAME(LANES)];                                                          \
    VEC v;                                                                       \
    AD_LOOP for (int i = 0; i < NAME(LANES); i++) x[i] = from(p[i]);           \
    memcpy(&v, x, sizeof v);                                                   \
    return v;                                                                  \
  }                                                                            \
  INLINE void NAME(AD_CAT(narrowed_, what))(type *p, VEC v) {                    \
    SPREAD(x, v);                                                              \
    AD_LOOP for (int i = 0; i < NAME(LANES); i++) p[i] = to(x[i]);             \
  }
#define WIDEN(what, k) v##k = NAME(AD_CAT(widened_, what))(p + (k) * NAME(LANES));
#define NARROW(what, k) NAME(AD_CAT(narrowed_, what))(p + (k) * NAME(LANES), v##k);
#define MOVED(what, type)                                       \
  static void NAME(AD_CAT(load_, what)) BLOCK {                 \
    const type *p = (const type *)(const void *)f->at[o->in[0]]; \
    ALL_OF(WIDEN, what)                                         \
    NEXT;                                                       \
  }                                                             \
  static void NAME(AD_CAT(store_, what)) BLOCK {                \
    type *p = (type *)(void *)f->at[o->out];                    \
    ALL_OF(NARROW, what)                                        \
    NEXT;                                                       \
  }

CONVERTED(b8, uint8_t, (T), (uint8_t)(int))
MOVED(b8, uint8_t)
#ifdef AD_REGISTER_HALVES
CONVERTED(bf16, uint16_t, ad_f32_from_bf16, ad_f32_to_bf16)
MOVED(bf16, uint16_t)

INLINE VEC NAME(widened_f16)(const uint16_t *p) {
  WORDS w;
  memcpy(&w, p, sizeof w);
  return FROM_F16(w);
}
INLINE void NAME(narrowed_f16)(uint16_t *p, VEC v) {
  WORDS w = TO_F16(v);
  memcpy(p, &w, sizeof w);
}
MOVED(f16, uint16_t)
#endif

/* ---- Calls and the program ---- */

static void NAME(call) BLOCK {
  const void *in[3];
  for (int k = 0; k < 3; k++) in[k] = o->in[k] >= 0 ? f->at[o->in[k]] : NULL;
  o->call.fn(NAME(ELEMENTS), f->at[o->out], in[0], in[1], in[2]);
  VECTORS(NOTHING_V)
  NEXT;
}

static void NAME(cast) BLOCK {
  o->call.cast(NAME(ELEMENTS), f->at[o->out], f->at[o->in[0]]);
  VECTORS(NOTHING_V)
  NEXT;
}

static void NAME(end) BLOCK {
  (void)o, (void)f, (void)v0, (void)v1, (void)v2, (void)v3, (void)v4, (void)v5, (void)v6, (void)v7;
}

static void NAME(run)(const ad_register_op *program, ad_register_frame *f, size_t blocks, const size_t *step, int n) {
  VEC none = NO_VECTOR;
  AD_CAT(next_fn, AD_KERNEL_SUFFIX) first = (AD_CAT(next_fn, AD_KERNEL_SUFFIX))program->run;
  for (; blocks; blocks--) {
    first(program, f, none, none, none, none, none, none, none, none);
    for (int k = 0; k < n; k++) f->at[k] += step[k];
  }
}

static const ad_register_set NAME(registers) = {
    .elements = NAME(ELEMENTS),
    .forms = NAME(forms),
    .load = {[LANE_DTYPE] = AS_FN(load), [AD_BOOL] = AS_FN(load_b8),
#ifdef AD_REGISTER_HALVES
             [AD_BFLOAT16] = AS_FN(load_bf16), [AD_FLOAT16] = AS_FN(load_f16),
#endif
            },
    .store = {[LANE_DTYPE] = AS_FN(store), [AD_BOOL] = AS_FN(store_b8),
#ifdef AD_REGISTER_HALVES
              [AD_BFLOAT16] = AS_FN(store_bf16), [AD_FLOAT16] = AS_FN(store_f16),
#endif
             },
    .result = AS_FN(result),
    .call = AS_FN(call),
    .cast = AS_FN(cast),
    .end = AS_FN(end),
    .run = NAME(run),
};

#undef F
#undef IN
#undef TILE_VECTOR
#undef READ_B
#undef READ_C
#undef SPREAD
#undef VECTOR_OF
#undef APPLY_1_0
#undef APPLY_2_0
#undef APPLY_2_1
#undef APPLY_3_0
#undef APPLY_3_1
#undef APPLY_3_2
#undef ALL_OF
#undef TILES_1
#undef TILES_2
#undef TILES_3
#undef FORM
#undef FORMS_1
#undef FORMS_2
#undef FORMS_3
#undef FORMS_SELECT
#undef AS_FN
#undef ENTRY_1
#undef ENTRY_2
#undef ENTRY_3
#undef ENTRY_SELECT
#undef READ_V
#undef STORE_V
#undef STREAM_V
#undef NOTHING_V
#undef CONVERTED
#undef WIDEN
#undef NARROW
#undef MOVED
