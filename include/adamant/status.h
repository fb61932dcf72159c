/* Status codes, the export mark and the place of a call.
 *
 * What makes an array returns a handle and carries its error inside; what acts (evaluates, reads,
 * saves) returns one of these codes. errors.def is the list. */
#ifndef ADAMANT_STATUS_H
#define ADAMANT_STATUS_H

#if defined(_WIN32)
#define AD_API __declspec(dllexport)
#elif defined(__GNUC__)
#define AD_API __attribute__((visibility("default")))
#else
#define AD_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ad_status {
#define AD_STATUS(name, meaning, exception) AD_##name,
#include <adamant/errors.def>
#undef AD_STATUS
  AD_STATUS_COUNT
} ad_status;

/* The place of a call, "file:line", as a string that outlives every use (a literal). */
typedef const char *ad_place;

#define AD_STRINGIFY_(x) #x
#define AD_STRINGIFY(x) AD_STRINGIFY_(x)
#define AD_HERE (__FILE__ ":" AD_STRINGIFY(__LINE__))

/* "E_VALUE" for AD_E_VALUE; "unknown status" for a number that is none. */
AD_API const char *ad_status_name(ad_status s);
/* The meaning in words; never NULL. */
AD_API const char *ad_status_meaning(ad_status s);
/* The Python exception of the same meaning, "" for AD_OK. */
AD_API const char *ad_status_exception(ad_status s);

#ifdef __cplusplus
}
#endif
#endif
