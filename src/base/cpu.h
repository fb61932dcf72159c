/* The processor: what it can do, what of that the kernels may use, and how many threads to run.
 *
 * Detection reads registers once into a plain record; nothing is remembered here. A vector extension counts
 * only when the operating system saves its registers too. Decisions are functions of values, so that tests can
 * ask about processors they do not run on. */
#ifndef AD_BASE_CPU_H
#define AD_BASE_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

/* Kernel variants, best last within an architecture. */
typedef enum ad_isa { AD_ISA_PORTABLE, AD_ISA_NEON, AD_ISA_AVX2, AD_ISA_AVX512, AD_ISA_COUNT } ad_isa;

typedef struct ad_cpu {
  bool has[AD_ISA_COUNT]; /* avx2: with fma and f16c; avx512: f, bw, dq, vl and all of avx2 */
  bool avx512_bf16;       /* only together with avx512 */
  bool avx512_vnni;
  size_t l1, l2, l3;      /* bytes of data cache seen by one core; l3 0 when there is none */
} ad_cpu;

/* The registers from which x86 features follow; all zero elsewhere. */
typedef struct ad_cpu_regs {
  uint32_t leaf1_ecx, leaf7_ebx, leaf7_ecx, leaf7_1_eax;
  uint64_t xcr0; /* register sets the system saves; 0 when it does not say */
} ad_cpu_regs;

void ad__cpu_detect(ad_cpu *cpu);
/* Sets the x86 features of cpu, which is otherwise left alone. */
void ad__cpu_features(ad_cpu *cpu, const ad_cpu_regs *regs);

/* "avx512", "avx2", "neon", "portable". */
const char *ad__isa_name(ad_isa isa);
/* The variant to use: the best one of cpu, or the one `wanted` names (the value of AD_ISA; NULL or "" for none).
 * Errors: AD_E_VALUE for an unknown name, and for one this processor lacks. */
ad_status ad__isa_choose(const ad_cpu *cpu, const char *wanted, ad_isa *out, ad_err *e);

/* Threads this process may use: affinity mask cut by the cgroup v1/v2 CPU quota, at least 1. */
int ad__cpu_count(void);
/* The quota alone, in whole processors rounded up; 0 when there is none. `self` is the path of a file like
 * /proc/self/cgroup, `mount` of a directory like /sys/fs/cgroup. */
int ad__cpu_quota(const char *self, const char *mount);

#endif
