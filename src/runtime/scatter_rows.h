/* One lane's entries of the table of scatter kernels. Included by lanes.h, once per lane. */
#define ROW(mode) AD_CAT(AD_CAT(mode, _), S)
[DT] = {[SCATTER_ADD] = ROW(add),
        [SCATTER_MULTIPLY] = ROW(multiply),
        AD_IF_ORDER([SCATTER_MAXIMUM] = ROW(maximum), [SCATTER_MINIMUM] = ROW(minimum),)},
#undef ROW
