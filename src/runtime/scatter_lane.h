/* One lane's scatter kernels: how an update meets the element it goes to. Included by lanes.h, once per lane.
 * SCATTER_LANE(mode, expression over d, the element there, and u, the update). */
#define F(name) AD_CAT(AD_CAT(AD_CAT(ad_, S), _), name)
#define SCATTER_LANE(mode, ...)                                                                                  \
  static void AD_CAT(AD_CAT(mode, _), S)(const scatter_job *j, const ad_index_run *r, const scatter_part *part) { \
    const ad_index_plan *p = j->plan;                                                                            \
    const int64_t inner = p->inner;                                                                              \
    const T *from = (const T *)(const void *)j->updates + r->row * j->row_size;                                  \
    char *to = j->out + r->before;                                                                               \
    for (int64_t i = 0; i < r->count; i++, from += j->row_size) {                                                \
      if (r->offsets[i] < part->low || r->offsets[i] >= part->high) continue;                                    \
      for (int64_t k = part->first; k < part->last; k++) {                                                       \
        T *out = (T *)(void *)(to + r->offsets[i] + p->block_offsets[k]);                                        \
        const T *in = from + k * inner;                                                                          \
        for (int64_t e = 0; e < inner; e++) {                                                                    \
          const T d = out[e], u = in[e];                                                                         \
          out[e] = (__VA_ARGS__);                                                                                \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
  }
AD_IF_BOOL(SCATTER_LANE(add, (T)(d | u)))
AD_IF_INTS(SCATTER_LANE(add, F(add)(d, u)))
AD_IF_REAL(SCATTER_LANE(add, d + u))
AD_IF_CPLX(SCATTER_LANE(add, F(add)(d, u)))
AD_IF_BOOL(SCATTER_LANE(multiply, (T)(d & u)))
AD_IF_INTS(SCATTER_LANE(multiply, F(multiply)(d, u)))
AD_IF_REAL(SCATTER_LANE(multiply, d * u))
AD_IF_CPLX(SCATTER_LANE(multiply, F(multiply)(d, u)))
AD_IF_BOOL(SCATTER_LANE(maximum, (T)(d | u)))
AD_IF_NUM(SCATTER_LANE(maximum, F(maximum)(d, u)))
AD_IF_BOOL(SCATTER_LANE(minimum, (T)(d & u)))
AD_IF_NUM(SCATTER_LANE(minimum, F(minimum)(d, u)))
#undef SCATTER_LANE
#undef F
