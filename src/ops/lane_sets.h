/* Which groups of lanes a row of elementwise.def covers: AD_IN_<lanes>_<group>(x) is x or nothing. */
#ifndef AD_OPS_LANE_SETS_H
#define AD_OPS_LANE_SETS_H

#define AD_IN_BOOL_B(...) __VA_ARGS__
#define AD_IN_BOOL_U(...)
#define AD_IN_BOOL_I(...)
#define AD_IN_BOOL_R(...)
#define AD_IN_BOOL_C(...)
#define AD_IN_BOOL_H(...)
#define AD_IN_BOOL_K(...)
#define AD_IN_BOOL_W(...)
#define AD_IN_BOOL_V(...)

#define AD_IN_UINT_B(...)
#define AD_IN_UINT_U(...) __VA_ARGS__
#define AD_IN_UINT_I(...)
#define AD_IN_UINT_R(...)
#define AD_IN_UINT_C(...)
#define AD_IN_UINT_H(...)
#define AD_IN_UINT_K(...)
#define AD_IN_UINT_W(...)
#define AD_IN_UINT_V(...)

#define AD_IN_INT_B(...)
#define AD_IN_INT_U(...)
#define AD_IN_INT_I(...) __VA_ARGS__
#define AD_IN_INT_R(...)
#define AD_IN_INT_C(...)
#define AD_IN_INT_H(...)
#define AD_IN_INT_K(...)
#define AD_IN_INT_W(...)
#define AD_IN_INT_V(...)

#define AD_IN_INTS_B(...)
#define AD_IN_INTS_U(...) __VA_ARGS__
#define AD_IN_INTS_I(...) __VA_ARGS__
#define AD_IN_INTS_R(...)
#define AD_IN_INTS_C(...)
#define AD_IN_INTS_H(...)
#define AD_IN_INTS_K(...)
#define AD_IN_INTS_W(...)
#define AD_IN_INTS_V(...)

#define AD_IN_BITS_B(...) __VA_ARGS__
#define AD_IN_BITS_U(...) __VA_ARGS__
#define AD_IN_BITS_I(...) __VA_ARGS__
#define AD_IN_BITS_R(...)
#define AD_IN_BITS_C(...)
#define AD_IN_BITS_H(...)
#define AD_IN_BITS_K(...)
#define AD_IN_BITS_W(...)
#define AD_IN_BITS_V(...)

#define AD_IN_REAL_B(...)
#define AD_IN_REAL_U(...)
#define AD_IN_REAL_I(...)
#define AD_IN_REAL_R(...) __VA_ARGS__
#define AD_IN_REAL_C(...)
#define AD_IN_REAL_H(...)
#define AD_IN_REAL_K(...)
#define AD_IN_REAL_W(...)
#define AD_IN_REAL_V(...)

#define AD_IN_HOT_B(...)
#define AD_IN_HOT_U(...)
#define AD_IN_HOT_I(...)
#define AD_IN_HOT_R(...) __VA_ARGS__
#define AD_IN_HOT_C(...)
#define AD_IN_HOT_H(...)
#define AD_IN_HOT_K(...)
#define AD_IN_HOT_W(...) __VA_ARGS__
#define AD_IN_HOT_V(...) __VA_ARGS__

#define AD_IN_CPLX_B(...)
#define AD_IN_CPLX_U(...)
#define AD_IN_CPLX_I(...)
#define AD_IN_CPLX_R(...)
#define AD_IN_CPLX_C(...) __VA_ARGS__
#define AD_IN_CPLX_H(...)
#define AD_IN_CPLX_K(...)
#define AD_IN_CPLX_W(...)
#define AD_IN_CPLX_V(...)

#define AD_IN_FLOAT_B(...)
#define AD_IN_FLOAT_U(...)
#define AD_IN_FLOAT_I(...)
#define AD_IN_FLOAT_R(...) __VA_ARGS__
#define AD_IN_FLOAT_C(...) __VA_ARGS__
#define AD_IN_FLOAT_H(...)
#define AD_IN_FLOAT_K(...)
#define AD_IN_FLOAT_W(...)
#define AD_IN_FLOAT_V(...) __VA_ARGS__

#define AD_IN_HALF_B(...)
#define AD_IN_HALF_U(...)
#define AD_IN_HALF_I(...)
#define AD_IN_HALF_R(...)
#define AD_IN_HALF_C(...)
#define AD_IN_HALF_H(...) __VA_ARGS__
#define AD_IN_HALF_K(...)
#define AD_IN_HALF_W(...)
#define AD_IN_HALF_V(...)

#define AD_IN_SHORT_B(...)
#define AD_IN_SHORT_U(...)
#define AD_IN_SHORT_I(...)
#define AD_IN_SHORT_R(...)
#define AD_IN_SHORT_C(...)
#define AD_IN_SHORT_H(...)
#define AD_IN_SHORT_K(...) __VA_ARGS__
#define AD_IN_SHORT_W(...)
#define AD_IN_SHORT_V(...)

#define AD_IN_NUM_B(...)
#define AD_IN_NUM_U(...) __VA_ARGS__
#define AD_IN_NUM_I(...) __VA_ARGS__
#define AD_IN_NUM_R(...) __VA_ARGS__
#define AD_IN_NUM_C(...)
#define AD_IN_NUM_H(...)
#define AD_IN_NUM_K(...)
#define AD_IN_NUM_W(...)
#define AD_IN_NUM_V(...) __VA_ARGS__

#define AD_IN_ORDER_B(...) __VA_ARGS__
#define AD_IN_ORDER_U(...) __VA_ARGS__
#define AD_IN_ORDER_I(...) __VA_ARGS__
#define AD_IN_ORDER_R(...) __VA_ARGS__
#define AD_IN_ORDER_C(...)
#define AD_IN_ORDER_H(...)
#define AD_IN_ORDER_K(...)
#define AD_IN_ORDER_W(...)
#define AD_IN_ORDER_V(...) __VA_ARGS__

#define AD_IN_ALL_B(...) __VA_ARGS__
#define AD_IN_ALL_U(...) __VA_ARGS__
#define AD_IN_ALL_I(...) __VA_ARGS__
#define AD_IN_ALL_R(...) __VA_ARGS__
#define AD_IN_ALL_C(...) __VA_ARGS__
#define AD_IN_ALL_H(...) __VA_ARGS__
#define AD_IN_ALL_K(...)
#define AD_IN_ALL_W(...)
#define AD_IN_ALL_V(...) __VA_ARGS__

#endif
