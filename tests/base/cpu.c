/* The processor: features from made-up registers, the choice of a variant, quotas from made-up cgroup files. */
#define _GNU_SOURCE
#include "base/cpu.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"

/* Registers of a processor with everything. */
static ad_cpu_regs full(void) {
  return (ad_cpu_regs){.leaf1_ecx = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29,
                       .leaf7_ebx = 1u << 5 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31,
                       .leaf7_ecx = 1u << 11,
                       .leaf7_1_eax = 1u << 5,
                       .xcr0 = 0xe7};
}

static ad_cpu features(ad_cpu_regs regs) {
  ad_cpu cpu = {.has = {[AD_ISA_PORTABLE] = true}};
  ad__cpu_features(&cpu, &regs);
  return cpu;
}

TEST(features_need_every_flag) {
  ad_cpu cpu = features(full());
  CHECK(cpu.has[AD_ISA_AVX2] && cpu.has[AD_ISA_AVX512] && cpu.avx512_bf16 && cpu.avx512_vnni);
  static const int avx2_flags[] = {12, 28, 29}, avx512_flags[] = {16, 17, 30, 31};
  for (int i = 0; i < 3; i++) {
    ad_cpu_regs r = full();
    r.leaf1_ecx &= ~(1u << avx2_flags[i]);
    CHECK(!features(r).has[AD_ISA_AVX2] && !features(r).has[AD_ISA_AVX512]);
  }
  for (int i = 0; i < 4; i++) {
    ad_cpu_regs r = full();
    r.leaf7_ebx &= ~(1u << avx512_flags[i]);
    cpu = features(r);
    CHECK(cpu.has[AD_ISA_AVX2] && !cpu.has[AD_ISA_AVX512] && !cpu.avx512_bf16 && !cpu.avx512_vnni);
  }
  CHECK(!features((ad_cpu_regs){0}).has[AD_ISA_AVX2]);
}

TEST(features_need_the_system_to_save_the_registers) {
  ad_cpu_regs r = full();
  r.xcr0 = 0x07; /* ymm, no zmm */
  CHECK(features(r).has[AD_ISA_AVX2] && !features(r).has[AD_ISA_AVX512]);
  r.xcr0 = 0x67; /* masks and upper halves, but not zmm16 to zmm31 */
  CHECK(!features(r).has[AD_ISA_AVX512]);
  r.xcr0 = 0x03;
  CHECK(!features(r).has[AD_ISA_AVX2]);
  r.xcr0 = 0; /* no xsave at all */
  CHECK(!features(r).has[AD_ISA_AVX2]);
}

TEST(the_running_processor_makes_sense) {
  ad_cpu cpu;
  ad__cpu_detect(&cpu);
  CHECK(cpu.has[AD_ISA_PORTABLE]);
  CHECK(cpu.l1 >= 8 << 10 && cpu.l1 <= 1 << 20);
  CHECK(cpu.l2 >= 64 << 10 && cpu.l2 <= 1 << 30);
  CHECK(!cpu.l3 || cpu.l3 >= 1 << 20);
#if defined(__x86_64__)
  CHECK(!cpu.has[AD_ISA_NEON]);
  CHECK_INT(cpu.has[AD_ISA_AVX2], __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  CHECK_INT(cpu.has[AD_ISA_AVX512], __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"));
#endif
}

TEST(the_best_variant_is_chosen_unless_one_is_asked_for) {
  ad_cpu cpu = features(full());
  ad_isa isa = AD_ISA_COUNT;
  ad_err e = {0};
  CHECK_INT(ad__isa_choose(&cpu, NULL, &isa, &e), AD_OK);
  CHECK_INT(isa, AD_ISA_AVX512);
  CHECK_INT(ad__isa_choose(&cpu, "", &isa, &e), AD_OK);
  CHECK_INT(isa, AD_ISA_AVX512);
  for (int i = 0; i < AD_ISA_COUNT; i++) {
    if (!cpu.has[i]) continue;
    CHECK_INT(ad__isa_choose(&cpu, ad__isa_name((ad_isa)i), &isa, &e), AD_OK);
    CHECK_INT(isa, i);
  }
  cpu = features((ad_cpu_regs){0});
  CHECK_INT(ad__isa_choose(&cpu, NULL, &isa, &e), AD_OK);
  CHECK_INT(isa, AD_ISA_PORTABLE);
}

TEST(a_variant_that_is_not_there_is_an_error_with_words) {
  ad_cpu_regs r = full();
  r.xcr0 = 0x07;
  ad_cpu cpu = features(r);
  ad_isa isa = AD_ISA_COUNT;
  ad_err e = {0};
  CHECK_INT(ad__isa_choose(&cpu, "avx512", &isa, &e), AD_E_VALUE);
  CHECK_STR(e.text, "AD_ISA: avx512; this processor or its operating system does not support it; use one of avx2, portable");
  CHECK_INT(ad__isa_choose(&cpu, "sse9", &isa, &e), AD_E_VALUE);
  CHECK_STR(e.text, "AD_ISA: \"sse9\"; there is no such variant; use one of avx512, avx2, neon, portable");
  CHECK_INT(ad__isa_choose(&cpu, "AVX2", &isa, &e), AD_E_VALUE);
  CHECK_INT(ad__isa_choose(&cpu, "neon", &isa, NULL), AD_E_VALUE);
  CHECK_INT(isa, AD_ISA_COUNT);
  CHECK_STR(ad__isa_name(AD_ISA_COUNT), "unknown");
}

/* ---- quotas ---- */

static char root[64];

static const char *path_of(const char *name) {
  static char path[2][256];
  static int turn;
  turn = !turn;
  snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
  return path[turn];
}

static void write_file(const char *name, const char *text) {
  FILE *f = fopen(path_of(name), "w");
  if (!f) {
    CHECK_FAIL("cannot write %s", path_of(name));
    return;
  }
  fputs(text, f);
  fclose(f);
}

static void make_directory(const char *name) { CHECK(mkdir(path_of(name), 0700) == 0); }

static void make_root(void) {
  strcpy(root, "/tmp/adamant-cpu-XXXXXX");
  CHECK(mkdtemp(root) != NULL);
}

static void remove_root(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  CHECK_INT(system(command), 0);
}

static int quota(void) { return ad__cpu_quota(path_of("self"), path_of("fs")); }

TEST(quotas_of_version_2_are_the_least_of_all_levels) {
  make_root();
  make_directory("fs");
  CHECK_INT(quota(), 0); /* no file at all */
  write_file("self", "0::/a/b\n");
  CHECK_INT(quota(), 0);
  make_directory("fs/a");
  make_directory("fs/a/b");
  write_file("fs/a/b/cpu.max", "max 100000\n");
  CHECK_INT(quota(), 0);
  write_file("fs/a/cpu.max", "250000 100000\n");
  CHECK_INT(quota(), 3); /* two and a half processors */
  write_file("fs/a/b/cpu.max", "50000 100000\n");
  CHECK_INT(quota(), 1);
  write_file("fs/a/b/cpu.max", "800000 100000\n");
  CHECK_INT(quota(), 3);
  write_file("fs/cpu.max", "200000 100000\n");
  CHECK_INT(quota(), 2);
  write_file("self", "0::/seen/by/the/host/only\n");
  CHECK_INT(quota(), 2); /* the mounted root still counts */
  remove_root();
}

TEST(quotas_of_version_1_lie_under_the_controllers) {
  make_root();
  make_directory("fs");
  make_directory("fs/cpu,cpuacct");
  make_directory("fs/cpu,cpuacct/job");
  write_file("self", "12:memory:/job\n4:cpuset:/other\n3:cpu,cpuacct:/job\n1:name=systemd:/x\n0::/y\n");
  write_file("fs/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  write_file("fs/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
  CHECK_INT(quota(), 0);
  write_file("fs/cpu,cpuacct/job/cpu.cfs_quota_us", "400000\n");
  CHECK_INT(quota(), 4);
  write_file("fs/cpu,cpuacct/cpu.cfs_period_us", "50000\n");
  write_file("fs/cpu,cpuacct/cpu.cfs_quota_us", "60000\n");
  CHECK_INT(quota(), 2);
  remove_root();
}

TEST(nonsense_in_quota_files_is_no_quota) {
  static const char *const texts[] = {"", "\n", "max", "x y", "100000", "100000 0", "-5 100000", "0 100000",
                                      "99999999999999999999999 100000", "100000 99999999999999999999999"};
  make_root();
  make_directory("fs");
  write_file("self", "garbage\n::\n0::\n:\n0::/\n");
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    write_file("fs/cpu.max", texts[i]);
    CHECK_INT(quota(), 0);
  }
  remove_root();
}

TEST(the_thread_count_follows_the_affinity_mask) {
  int all = ad__cpu_count();
  CHECK(all >= 1);
#ifdef __linux__
  cpu_set_t before, one;
  CHECK_STOP(sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(all <= CPU_COUNT(&before));
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (!CPU_ISSET(i, &before)) continue;
    CPU_SET(i, &one);
    break;
  }
  CHECK_STOP(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK_INT(ad__cpu_count(), 1);
  CHECK_INT(sched_setaffinity(0, sizeof before, &before), 0);
#endif
  CHECK_INT(ad__cpu_count(), all);
}

CHECK_MAIN(CASE(features_need_every_flag), CASE(features_need_the_system_to_save_the_registers),
           CASE(the_running_processor_makes_sense), CASE(the_best_variant_is_chosen_unless_one_is_asked_for),
           CASE(a_variant_that_is_not_there_is_an_error_with_words), CASE(quotas_of_version_2_are_the_least_of_all_levels),
           CASE(quotas_of_version_1_lie_under_the_controllers), CASE(nonsense_in_quota_files_is_no_quota),
           CASE(the_thread_count_follows_the_affinity_mask))
