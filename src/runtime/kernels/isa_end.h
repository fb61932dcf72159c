/* Closes what isa_begin.h opened. No guard: it is included wherever a region ends. */
#if defined(__x86_64__) && AD_ISA_WANTED != 0
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
#undef AD_ISA_WANTED
