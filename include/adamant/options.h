/* The types of optional arguments: a zeroed one always means "not given", so an explicit zero is never lost. */
#ifndef ADAMANT_OPTIONS_H
#define ADAMANT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_num {
  bool given;
  double value;
} ad_num;
typedef struct ad_int {
  bool given;
  int64_t value;
} ad_int;
/* A list of integers: axes, a permutation, sizes. given with count 0 is the empty list. */
typedef struct ad_ints {
  bool given;
  int count;
  const int64_t *values;
} ad_ints;
/* A list of numbers. */
typedef struct ad_nums {
  bool given;
  int count;
  const double *values;
} ad_nums;

#define AD_NUM(x) ((ad_num){true, (x)})
#define AD_INT(x) ((ad_int){true, (x)})
/* AD_AXES(0, -1); AD_AXES() is the empty list. */
#define AD_INTS(...)                                                                            \
  ((ad_ints){true, (int)(sizeof((const int64_t[]){0, __VA_ARGS__}) / sizeof(int64_t)) - 1, \
             (const int64_t[]){0, __VA_ARGS__} + 1})
#define AD_AXES(...) AD_INTS(__VA_ARGS__)
#define AD_NUMS(...)                                                                          \
  ((ad_nums){true, (int)(sizeof((const double[]){0, __VA_ARGS__}) / sizeof(double)) - 1, \
             (const double[]){0, __VA_ARGS__} + 1})

#ifdef __cplusplus
}
#endif
#endif
