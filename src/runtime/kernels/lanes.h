/* Includes AD_LANE_BODY once per lane with, for that lane: S its name in the scalar functions, T its C type, R the
 * real type, DT its dtype, and AD_IF_<lanes>(x), which is x when a row for those lanes covers it. No guard. */
#define AD_IF_ALL(...) __VA_ARGS__

#define AD_IF_BOOL(...) __VA_ARGS__
#define AD_IF_UINT(...)
#define AD_IF_INT(...)
#define AD_IF_INTS(...)
#define AD_IF_REAL(...)
#define AD_IF_CPLX(...)
#define AD_IF_NUM(...)
#define AD_IF_ORDER(...) __VA_ARGS__
#define S b8
#define T uint8_t
#define R uint8_t
#define DT AD_BOOL
#include AD_LANE_BODY
#undef S
#undef T
#undef R
#undef DT

#undef AD_IF_BOOL
#undef AD_IF_UINT
#undef AD_IF_INTS
#undef AD_IF_NUM
#define AD_IF_BOOL(...)
#define AD_IF_UINT(...) __VA_ARGS__
#define AD_IF_INTS(...) __VA_ARGS__
#define AD_IF_NUM(...) __VA_ARGS__
#define S u8
#define T uint8_t
#define R T
#define DT AD_UINT8
#include AD_LANE_BODY
#undef S
#undef T
#undef DT
#define S u16
#define T uint16_t
#define DT AD_UINT16
#include AD_LANE_BODY
#undef S
#undef T
#undef DT
#define S u32
#define T uint32_t
#define DT AD_UINT32
#include AD_LANE_BODY
#undef S
#undef T
#undef DT
#define S u64
#define T uint64_t
#define DT AD_UINT64
#include AD_LANE_BODY
#undef S
#undef T
#undef DT

#undef AD_IF_UINT
#undef AD_IF_INT
#define AD_IF_UINT(...)
#define AD_IF_INT(...) __VA_ARGS__
#define S i8
#define T int8_t
#define DT AD_INT8
#include AD_LANE_BODY
#undef S
#undef T
#undef DT
#define S i16
#define T int16_t
#define DT AD_INT16
#include AD_LANE_BODY
#undef S
#undef T
#undef DT
#define S i32
#define T int32_t
#define DT AD_INT32
#include AD_LANE_BODY
#undef S
#undef T
#undef DT
#define S i64
#define T int64_t
#define DT AD_INT64
#include AD_LANE_BODY
#undef S
#undef T
#undef DT

#undef AD_IF_INT
#undef AD_IF_INTS
#undef AD_IF_REAL
#define AD_IF_INT(...)
#define AD_IF_INTS(...)
#define AD_IF_REAL(...) __VA_ARGS__
#define S f32
#define T float
#define DT AD_FLOAT32
#include AD_LANE_BODY
#undef S
#undef T
#undef DT
#define S f64
#define T double
#define DT AD_FLOAT64
#include AD_LANE_BODY
#undef S
#undef T
#undef R
#undef DT

#undef AD_IF_REAL
#undef AD_IF_CPLX
#undef AD_IF_NUM
#undef AD_IF_ORDER
#define AD_IF_REAL(...)
#define AD_IF_CPLX(...) __VA_ARGS__
#define AD_IF_NUM(...)
#define AD_IF_ORDER(...)
#define S c64
#define T ad_c64
#define R float
#define DT AD_COMPLEX64
#include AD_LANE_BODY
#undef S
#undef T
#undef R
#undef DT
#define S c128
#define T ad_c128
#define R double
#define DT AD_COMPLEX128
#include AD_LANE_BODY
#undef S
#undef T
#undef R
#undef DT

#undef AD_IF_ALL
#undef AD_IF_BOOL
#undef AD_IF_UINT
#undef AD_IF_INT
#undef AD_IF_INTS
#undef AD_IF_REAL
#undef AD_IF_CPLX
#undef AD_IF_NUM
#undef AD_IF_ORDER
#undef AD_LANE_BODY
