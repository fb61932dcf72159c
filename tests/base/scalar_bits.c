/* Scalar mathematics has the same bits whatever the compiler, the instruction set and the vector width.
 *
 * Each function is run over the same arguments in a plain loop, compiled for the oldest processor and, on x86, for AVX2 and AVX-512;
 * a checksum of the results, NaN counted as one value, must be the one written here, which all of gcc, clang and tcc gave. When a
 * body is changed on purpose, AD_SCALAR_SHOW=1 prints the new rows. */
#include <stdlib.h>

#include "base/scalar_f32.h"

#include "../check.h"
#include "scalar_ulp.h"

enum { LENGTH = 4096 };

#define ROWS(UNARY, BINARY) \
  UNARY(f32, float, exp, 0xd99c5ccfc6987a09) \
  UNARY(f32, float, exp2, 0xe7499becbc9ad765) \
  UNARY(f32, float, expm1, 0x3a7c975d3918a2fd) \
  UNARY(f32, float, sigmoid, 0x3b7149da6d65b2c1) \
  UNARY(f32, float, sinh, 0x75fb94d99bdd0f02) \
  UNARY(f32, float, cosh, 0x1c1824eb4d1bfdf9) \
  UNARY(f32, float, tanh, 0x1be2fc28a4e14b62) \
  UNARY(f32, float, erf, 0xc53e8883a9fa131b) \
  UNARY(f32, float, erfinv, 0x318907fb29ac9290) \
  UNARY(f32, float, log, 0x95c96ebf484f9fe9) \
  UNARY(f32, float, log2, 0x059dcb7cfe753f92) \
  UNARY(f32, float, log10, 0xe1d67dc93a0f8a99) \
  UNARY(f32, float, log1p, 0xf07bdcc9a3adc529) \
  UNARY(f32, float, arcsinh, 0x00da62994b703e5f) \
  UNARY(f32, float, arccosh, 0x696f82ea504b7009) \
  UNARY(f32, float, arctanh, 0xe09dbd87a2b58f53) \
  UNARY(f32, float, cbrt, 0x0c017717601a327c) \
  UNARY(f32, float, rsqrt, 0x7c312f482789d7d9) \
  UNARY(f32, float, sqrt, 0xdd0cadf30c9bfe12) \
  UNARY(f32, float, reciprocal, 0x37ed99f1fa79718f) \
  UNARY(f32, float, square, 0x91a1c6f54a8408c8) \
  UNARY(f32, float, sin, 0x3fab2b90f9470c41) \
  UNARY(f32, float, cos, 0x64dd1f3037290b0f) \
  UNARY(f32, float, tan, 0x30af5d04df1a49ce) \
  UNARY(f32, float, sin_small, 0xb5c0e917f196080f) \
  UNARY(f32, float, cos_small, 0xd69d0c6edea8de0b) \
  UNARY(f32, float, tan_small, 0xd4b1654107821f43) \
  UNARY(f32, float, arcsin, 0x4a1da53249d95a20) \
  UNARY(f32, float, arccos, 0x0e840a1c6ae7298d) \
  UNARY(f32, float, arctan, 0xe3d772943ed2d479) \
  UNARY(f32, float, degrees, 0xa4bc98a133ba7e66) \
  UNARY(f32, float, radians, 0x188395fcaa2d1eab) \
  UNARY(f32, float, sign, 0xd21db18b93236898) \
  UNARY(f32, float, floor, 0xb260f7b658e5977e) \
  UNARY(f32, float, ceil, 0xdea0e3d3c71626da) \
  UNARY(f32, float, trunc, 0x3abcd01a130b5b80) \
  UNARY(f32, float, round, 0xc2b584f482134c42) \
  UNARY(f32, float, abs, 0xe7fa8425ccae1951) \
  BINARY(f32, float, pow, 0x9cfd449d83fdd341) \
  BINARY(f32, float, arctan2, 0x88cdb164999d871a) \
  BINARY(f32, float, hypot, 0xa36f5126a6a7dfdc) \
  BINARY(f32, float, fmod, 0x1ec86a7c2f1e3242) \
  BINARY(f32, float, remainder, 0x3be3054610f31524) \
  BINARY(f32, float, floor_divide, 0x7fa2f8c2039e18e3) \
  BINARY(f32, float, logaddexp, 0xce6440ebd09e408c) \
  BINARY(f32, float, maximum, 0x775ce23a1bb9738a) \
  BINARY(f32, float, minimum, 0xed66012a4b69c008) \
  BINARY(f32, float, nextafter, 0x73c89267c034977b) \
  BINARY(f32, float, copysign, 0x60a0518d4cae1951) \
  UNARY(f64, double, exp, 0x10403b274ecd8f82) \
  UNARY(f64, double, exp2, 0xc8bdc20262b206a9) \
  UNARY(f64, double, expm1, 0x339db1868032829c) \
  UNARY(f64, double, sigmoid, 0xbb03454552c40129) \
  UNARY(f64, double, sinh, 0xd195ab2ca743a9b2) \
  UNARY(f64, double, cosh, 0xd3742075c671b8cb) \
  UNARY(f64, double, tanh, 0xce2bebdee32879ba) \
  UNARY(f64, double, erf, 0x5f16d81ddd90ddff) \
  UNARY(f64, double, erfinv, 0x7eff7b48882c7f12) \
  UNARY(f64, double, log, 0xbaa33d134ad19888) \
  UNARY(f64, double, log2, 0x58de4651bcf3dde3) \
  UNARY(f64, double, log10, 0xd2465beb0bb3832e) \
  UNARY(f64, double, log1p, 0x3ad0c645a022a70f) \
  UNARY(f64, double, arcsinh, 0x255e2edd12c4e691) \
  UNARY(f64, double, arccosh, 0xed5f2cf94ed3db8f) \
  UNARY(f64, double, arctanh, 0xfd3c045864d89432) \
  UNARY(f64, double, cbrt, 0x9f6897c0ee4a0844) \
  UNARY(f64, double, rsqrt, 0x665b86c2349d83c2) \
  UNARY(f64, double, sqrt, 0xd2130e21db71932a) \
  UNARY(f64, double, reciprocal, 0x1ab9df5604b87003) \
  UNARY(f64, double, square, 0xaed047d2f60a8ca2) \
  UNARY(f64, double, sin, 0x77c2d883a1fcb4e0) \
  UNARY(f64, double, cos, 0x326e389d44e449f6) \
  UNARY(f64, double, tan, 0xb2284ed2fe65e83a) \
  UNARY(f64, double, sin_small, 0x5ff7ff16de10e945) \
  UNARY(f64, double, cos_small, 0x41da0c0cbde5c6de) \
  UNARY(f64, double, tan_small, 0xe5fb17fdcdcbaa54) \
  UNARY(f64, double, arcsin, 0x32c806d3bdf783ca) \
  UNARY(f64, double, arccos, 0xe7b983cc40ba33c6) \
  UNARY(f64, double, arctan, 0x9f7fcbc6c8bc2b0c) \
  UNARY(f64, double, degrees, 0x027ebd3122a0fe70) \
  UNARY(f64, double, radians, 0xe7ec43956ff10ff8) \
  UNARY(f64, double, sign, 0x43d504fa25274798) \
  UNARY(f64, double, floor, 0x680aed10e06ca409) \
  UNARY(f64, double, ceil, 0xce820ae61b801d79) \
  UNARY(f64, double, trunc, 0x8a1b3a897d6afb89) \
  UNARY(f64, double, round, 0xcf13b0bc0ef59d39) \
  UNARY(f64, double, abs, 0x5cf9e0616027e87f) \
  BINARY(f64, double, pow, 0x58559c421244120a) \
  BINARY(f64, double, arctan2, 0x102585d17449827c) \
  BINARY(f64, double, hypot, 0x8e63750f3b6416a9) \
  BINARY(f64, double, fmod, 0xd2d5806b609b9092) \
  BINARY(f64, double, remainder, 0x2f771d4e28506fe4) \
  BINARY(f64, double, floor_divide, 0x3433acccb3950547) \
  BINARY(f64, double, logaddexp, 0x0bce77e2549eb93e) \
  BINARY(f64, double, maximum, 0x2a450e1e0132ee20) \
  BINARY(f64, double, minimum, 0x442896f47c711166) \
  BINARY(f64, double, nextafter, 0xe3dad6df6003f176) \
  BINARY(f64, double, copysign, 0x5cf9e0616027e87f)

/* Isas: the name, how a function is compiled for it, whether this processor has it. */
#if defined(__x86_64__) && defined(__GNUC__)
#define ISAS(make, ...) \
  make(portable, , __VA_ARGS__) make(avx2, __attribute__((target("avx2,fma,f16c"))), __VA_ARGS__) \
      make(avx512, __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,f16c"))), __VA_ARGS__)
#define HAS_avx2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define HAS_avx512 (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
#else
#define ISAS(make, ...) make(portable, , __VA_ARGS__)
#endif
#define HAS_portable 1

static uint64_t folded(uint64_t sum, uint64_t bits, int is_nan) {
  return (sum ^ (is_nan ? UINT64_C(0x7ff8) : bits)) * UINT64_C(0x100000001b3) + 1u;
}

/* Arguments of every magnitude and, every other one, of the size that functions are mostly given. */
#define FILL(p, T, whole) \
  static void fill_##p(T *x, uint64_t state) { \
    for (int i = 0; i < LENGTH; i++) { \
      uint64_t u = next_bits(&state); \
      x[i] = i % 2 ? ad__##p##_of((whole)(u >> (64 - 8 * sizeof(T)))) \
                   : (T)((double)((int64_t)u >> 11) * 0x1p-48) * (i % 3 ? (T)1 : (T)0.03125); \
    } \
    x[1] = (T)INFINITY; \
    x[3] = -(T)INFINITY; \
    x[5] = (T)NAN; \
    x[7] = (T)0; \
    x[9] = -(T)0; \
  }
FILL(f32, float, uint32_t)
FILL(f64, double, uint64_t)

#define LOOP(isa, attribute, p, T, name, call) \
  attribute static uint64_t p##_##name##_##isa(const T *x, const T *y, T *out) { \
    uint64_t sum = 0; \
    (void)y; \
    for (int i = 0; i < LENGTH; i++) out[i] = call; \
    for (int i = 0; i < LENGTH; i++) sum = folded(sum, ad__##p##_bits(out[i]), out[i] != out[i]); \
    return sum; \
  }
#define UNARY_LOOPS(p, T, name, want) ISAS(LOOP, p, T, name, ad_##p##_##name(x[i]))
#define BINARY_LOOPS(p, T, name, want) ISAS(LOOP, p, T, name, ad_##p##_##name(x[i], y[i]))
ROWS(UNARY_LOOPS, BINARY_LOOPS)

#define RUN(isa, attribute, p, name, want) \
  if (HAS_##isa) { \
    uint64_t got = p##_##name##_##isa(x_##p, y_##p, out_##p); \
    if (got != UINT64_C(want)) CHECK_FAIL(#p " " #name " " #isa ": 0x%016" PRIx64, got); \
    if (getenv("AD_SCALAR_SHOW") && strcmp(#isa, "portable") == 0) printf("  " #p " " #name " 0x%016" PRIx64 "\n", got); \
  }
#define RUNS(p, T, name, want) ISAS(RUN, p, name, want)

TEST(bits) {
  static float x_f32[LENGTH], y_f32[LENGTH], out_f32[LENGTH];
  static double x_f64[LENGTH], y_f64[LENGTH], out_f64[LENGTH];
  fill_f32(x_f32, 1);
  fill_f32(y_f32, 2);
  fill_f64(x_f64, 3);
  fill_f64(y_f64, 4);
  y_f32[1] = y_f32[3] = 2.0f;
  y_f64[1] = y_f64[3] = 2.0;
  ROWS(RUNS, RUNS)
}

CHECK_MAIN(CASE(bits))
