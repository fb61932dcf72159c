/* The processor: features, cache sizes, variants, thread count.
 *
 * x86 answers through cpuid and xgetbv, which need no system call; everything else comes from the system's
 * files. Invariant: what cannot be found out is assumed small (portable kernels, little cache) except
 * the thread count, where no quota means no cut.
 * Not here: frequencies, topology, NUMA, hybrid cores. */
#define _GNU_SOURCE
#include "base/cpu.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#define AD_X86 1
#else
#define AD_X86 0
#endif

enum { ASSUMED_L1 = 32 << 10, ASSUMED_L2 = 256 << 10 };

/* ---- features (Intel SDM volume 2, CPUID; volume 1, chapter 13 for XCR0) ---- */

static bool bit(uint32_t reg, int n) { return reg >> n & 1; }

void ad__cpu_features(ad_cpu *cpu, const ad_cpu_regs *r) {
  bool fma = bit(r->leaf1_ecx, 12), avx = bit(r->leaf1_ecx, 28), f16c = bit(r->leaf1_ecx, 29), avx2 = bit(r->leaf7_ebx, 5);
  bool f = bit(r->leaf7_ebx, 16), dq = bit(r->leaf7_ebx, 17), bw = bit(r->leaf7_ebx, 30), vl = bit(r->leaf7_ebx, 31);
  bool saves_ymm = (r->xcr0 & 0x06) == 0x06; /* xmm, upper ymm */
  bool saves_zmm = (r->xcr0 & 0xe6) == 0xe6; /* and masks, upper zmm, zmm16 to zmm31 */
  cpu->has[AD_ISA_AVX2] = avx && avx2 && fma && f16c && saves_ymm;
  cpu->has[AD_ISA_AVX512] = cpu->has[AD_ISA_AVX2] && f && dq && bw && vl && saves_zmm;
  cpu->avx512_vnni = cpu->has[AD_ISA_AVX512] && bit(r->leaf7_ecx, 11);
  cpu->avx512_bf16 = cpu->has[AD_ISA_AVX512] && bit(r->leaf7_1_eax, 5);
}

#if AD_X86
static uint64_t read_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static ad_cpu_regs read_registers(void) {
  ad_cpu_regs r = {0};
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return r;
  r.leaf1_ecx = c;
  if (bit(c, 27)) r.xcr0 = read_xcr0(); /* the system uses xsave, so the instruction exists */
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return r;
  r.leaf7_ebx = b;
  r.leaf7_ecx = c;
  if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) r.leaf7_1_eax = a;
  return r;
}
#endif

/* ---- files of a few bytes ---- */

/* Reads at most size - 1 bytes and ends them with NUL; false when the file is not there. */
static bool read_text(const char *path, char *out, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  size_t length = 0;
  ssize_t got;
  while (length < size - 1 && (got = read(fd, out + length, size - 1 - length)) > 0) length += (size_t)got;
  close(fd);
  out[length] = 0;
  return length > 0;
}

/* The number at *s, which then points behind it and the blanks that follow; -1 when there is none. */
static int64_t next_number(const char **s) {
  const char *p = *s;
  int64_t n = 0;
  if (*p < '0' || *p > '9') return -1;
  for (; *p >= '0' && *p <= '9'; p++)
    if (!ad__mul_i64(n, 10, &n) || !ad__add_i64(n, *p - '0', &n)) return -1;
  while (*p == ' ' || *p == '\n') p++;
  *s = p;
  return n;
}

/* ---- caches ---- */

static void note_cache(ad_cpu *cpu, int level, size_t bytes) {
  if (level == 1) cpu->l1 = bytes;
  if (level == 2) cpu->l2 = bytes;
  if (level == 3) cpu->l3 = bytes;
}

#if AD_X86
/* Intel's leaf 4 and AMD's leaf 0x8000001d have one form: type, level, ways, partitions, line, sets. */
static void read_caches(ad_cpu *cpu) {
  for (uint32_t leaf = 4; leaf; leaf = leaf == 4 ? 0x8000001d : 0) {
    for (uint32_t i = 0; i < 8; i++) {
      uint32_t a, b, c, d;
      if (!__get_cpuid_count(leaf, i, &a, &b, &c, &d) || (a & 31) == 0) break;
      if ((a & 31) == 2) continue; /* instructions only */
      note_cache(cpu, (int)(a >> 5 & 7), (size_t)((b >> 22) + 1) * ((b >> 12 & 1023) + 1) * ((b & 4095) + 1) * (c + 1));
    }
    if (cpu->l1) return;
  }
}
#else
/* Linux: /sys/devices/system/cpu/cpu0/cache/index0/{level,type,size}, size as "32K". */
static void read_caches(ad_cpu *cpu) {
  char path[96], text[32];
  for (int i = 0; i < 8; i++) {
    ad__format(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", i);
    if (!read_text(path, text, sizeof text)) return;
    if (text[0] == 'I') continue;
    ad__format(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
    const char *s = text;
    int64_t level = read_text(path, text, sizeof text) ? next_number(&s) : 0;
    ad__format(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
    s = text;
    int64_t kib = read_text(path, text, sizeof text) ? next_number(&s) : 0;
    if (level > 0 && kib > 0) note_cache(cpu, (int)level, (size_t)kib << (*s == 'M' ? 20 : 10));
  }
}
#endif

void ad__cpu_detect(ad_cpu *cpu) {
  memset(cpu, 0, sizeof *cpu);
  cpu->has[AD_ISA_PORTABLE] = true;
#if defined(__aarch64__) || defined(__ARM_NEON)
  cpu->has[AD_ISA_NEON] = true; /* part of the base architecture */
#endif
#if AD_X86
  ad_cpu_regs regs = read_registers();
  ad__cpu_features(cpu, &regs);
#endif
  read_caches(cpu);
  if (!cpu->l1) cpu->l1 = ASSUMED_L1;
  if (!cpu->l2) cpu->l2 = ASSUMED_L2;
}

/* ---- variants ---- */

const char *ad__isa_name(ad_isa isa) {
  static const char *const names[AD_ISA_COUNT] = {"portable", "neon", "avx2", "avx512"};
  return (unsigned)isa < AD_ISA_COUNT ? names[isa] : "unknown";
}

/* Appends the names of the variants cpu has, or of all when cpu is NULL. */
static void list_names(char *out, size_t size, const ad_cpu *cpu) {
  size_t n = 0;
  out[0] = 0;
  for (int i = AD_ISA_COUNT - 1; i >= 0; i--)
    if (!cpu || cpu->has[i]) n += ad__format(out + n, size - n, n ? ", %s" : "%s", ad__isa_name((ad_isa)i));
}

ad_status ad__isa_choose(const ad_cpu *cpu, const char *wanted, ad_isa *out, ad_err *e) {
  char names[64];
  if (!wanted || !*wanted) {
    int best = AD_ISA_COUNT - 1;
    while (!cpu->has[best]) best--;
    *out = (ad_isa)best;
    return AD_OK;
  }
  for (int i = 0; i < AD_ISA_COUNT; i++) {
    if (strcmp(wanted, ad__isa_name((ad_isa)i)) != 0) continue;
    if (cpu->has[i]) {
      *out = (ad_isa)i;
      return AD_OK;
    }
    list_names(names, sizeof names, cpu);
    return ad__fail(e, AD_E_VALUE, "AD_ISA: %s; this processor or its operating system does not support it; use one of %s",
                    wanted, names);
  }
  list_names(names, sizeof names, NULL);
  return ad__fail(e, AD_E_VALUE, "AD_ISA: \"%.32s\"; there is no such variant; use one of %s", wanted, names);
}

/* ---- threads ---- */

enum { PATH_BYTES = 1024 };

/* Processors a quota of `quota` microseconds in every `period` is worth, rounded up; 0 for none. */
static int quota_count(int64_t quota, int64_t period) {
  if (quota <= 0 || period <= 0) return 0;
  int64_t n = quota / period + (quota % period != 0);
  return n < 1 << 20 ? (int)n : 0;
}

/* The quota set in one directory: cpu.max of version 2 ("max 100000" for none), or the two files of version 1. */
static int quota_of(const char *directory) {
  char path[PATH_BYTES], text[64];
  const char *s = text;
  ad__format(path, sizeof path, "%s/cpu.max", directory);
  if (read_text(path, text, sizeof text)) {
    int64_t quota = next_number(&s);
    return quota_count(quota, next_number(&s));
  }
  ad__format(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
  if (!read_text(path, text, sizeof text)) return 0;
  int64_t quota = next_number(&s); /* "-1" for none */
  ad__format(path, sizeof path, "%s/cpu.cfs_period_us", directory);
  s = text;
  return read_text(path, text, sizeof text) ? quota_count(quota, next_number(&s)) : 0;
}

static int smaller(int a, int b) { return !a ? b : !b || a < b ? a : b; }

/* The smallest quota from base/group up to base: every group above one limits it too. A group that is not
 * there is skipped: inside a container the file names groups that only the host can see. */
static int quota_upwards(const char *base, const char *group) {
  char path[PATH_BYTES];
  size_t root = strlen(base), length = ad__format(path, sizeof path, "%s%s", base, group);
  int least = quota_of(path);
  while (length > root) {
    while (length > root && path[--length] != '/') {
    }
    path[length] = 0;
    least = smaller(least, quota_of(path));
  }
  return least;
}

/* Whether a comma list of controllers names cpu. */
static bool names_cpu(const char *list, const char *end) {
  while (list < end) {
    const char *stop = memchr(list, ',', (size_t)(end - list));
    if (!stop) stop = end;
    if (stop - list == 3 && memcmp(list, "cpu", 3) == 0) return true;
    list = stop + 1;
  }
  return false;
}

/* Lines are "0::/group" (version 2) or "N:cpu,cpuacct:/group" (version 1, mounted under the list's name). */
int ad__cpu_quota(const char *self, const char *mount) {
  char text[4096], base[PATH_BYTES];
  if (!read_text(self, text, sizeof text)) return 0;
  int least = 0;
  for (char *line = text, *next; line; line = next) {
    next = strchr(line, '\n');
    if (next) *next++ = 0;
    char *list = strchr(line, ':'), *group = list ? strchr(list + 1, ':') : NULL;
    if (!group) continue;
    list++;
    if (group == list) ad__format(base, sizeof base, "%s", mount);
    else if (names_cpu(list, group)) ad__format(base, sizeof base, "%s/%.*s", mount, (int)(group - list), list);
    else continue;
    least = smaller(least, quota_upwards(base, group + 1));
  }
  return least;
}

int ad__cpu_count(void) {
  int count = 0;
#ifdef __linux__
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) count = CPU_COUNT(&mask);
#endif
  if (count < 1) count = (int)sysconf(_SC_NPROCESSORS_ONLN);
  int quota = ad__cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
  if (quota && quota < count) count = quota;
  return count < 1 ? 1 : count;
}
