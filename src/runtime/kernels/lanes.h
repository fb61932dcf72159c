/* Includes AD_LANE_BODY once per lane of AD_LANES_WANTED (1 bool and integers, 2 floats, 4 complex numbers) with, for that
 * lane: S its name in the scalar functions, T its C type, RT the real type, CX the complex type, and G its group (B bool,
 * U and I integers, R floats, C complex, H the bits of half types, K float32 with the precision of float16). The
 * half lanes are for ops that only choose or move elements; all others compute half types as float32. No guard. */
#if AD_LANES_WANTED & 1
#define CX ad_c64
#define G B
#define S b8
#define T uint8_t
#define RT T
#include AD_LANE_BODY
#undef S
#undef T
#undef G
#define G U
#define S u8
#define T uint8_t
#include AD_LANE_BODY
#undef S
#undef T
#define S u16
#define T uint16_t
#include AD_LANE_BODY
#undef S
#undef T
#define S u32
#define T uint32_t
#include AD_LANE_BODY
#undef S
#undef T
#define S u64
#define T uint64_t
#include AD_LANE_BODY
#undef S
#undef T
#undef G
#define G I
#define S i8
#define T int8_t
#include AD_LANE_BODY
#undef S
#undef T
#define S i16
#define T int16_t
#include AD_LANE_BODY
#undef S
#undef T
#define S i32
#define T int32_t
#include AD_LANE_BODY
#undef S
#undef T
#define S i64
#define T int64_t
#include AD_LANE_BODY
#undef S
#undef T
#undef RT
#undef G
#undef CX
#endif

#if AD_LANES_WANTED & 2
#define G H
#define S f16
#define T uint16_t
#define RT T
#define CX ad_c64
#include AD_LANE_BODY
#undef S
#define S bf16
#include AD_LANE_BODY
#undef S
#undef T
#undef G
#define G K
#define S h32
#define T float
#include AD_LANE_BODY
#undef S
#undef T
#undef G
#define G R
#define S f32
#define T float
#include AD_LANE_BODY
#undef S
#undef T
#undef CX
#define S f64
#define T double
#define CX ad_c128
#include AD_LANE_BODY
#undef S
#undef T
#undef RT
#undef CX
#undef G
#endif

#if AD_LANES_WANTED & 4
#define G C
#define S c64
#define T ad_c64
#define RT float
#define CX T
#include AD_LANE_BODY
#undef S
#undef T
#undef RT
#define S c128
#define T ad_c128
#define RT double
#include AD_LANE_BODY
#undef S
#undef T
#undef RT
#undef CX
#undef G
#endif
#undef AD_LANE_BODY
