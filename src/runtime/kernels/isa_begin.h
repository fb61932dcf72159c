/* Opens a region whose functions are compiled for the instruction set AD_ISA_WANTED (1 AVX2, 2 AVX-512, 3 AVX-512 with
 * bf16 and VNNI; otherwise the compiler's default). isa_end.h closes it. No guard: it is included wherever a region begins. */
#if defined(__x86_64__) && AD_ISA_WANTED == 3
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx512vnni,avx2,fma,f16c,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx512vnni,avx2,fma,f16c,bmi2,prefer-vector-width=512")
#endif
#elif defined(__x86_64__) && AD_ISA_WANTED == 2
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,f16c,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,f16c,bmi2,prefer-vector-width=512")
#endif
#elif defined(__x86_64__) && AD_ISA_WANTED == 1
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c,bmi2")
#endif
#endif
