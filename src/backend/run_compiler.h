/* Running the system's C compiler: which one, and a call of it that ends in time. */
#ifndef AD_BACKEND_RUN_COMPILER_H
#define AD_BACKEND_RUN_COMPILER_H

#include "backend/kernel_cache.h"

enum { AD_COMPILER_WORDS = 16, AD_COMPILER_TEXT = 4096 };

typedef struct ad_c_compiler {
  char text[AD_COMPILER_TEXT], path[AD_COMPILER_TEXT];
  char *words[AD_COMPILER_WORDS + 1]; /* of the command, in text; the last is followed by NULL */
  int count;
  ad_kernel_key identity; /* of the program: its place, size and time */
} ad_c_compiler;

/* The compiler that `command` names: the file of that name, or a program and its first arguments, parted by blanks; the program is
 * looked for in `path` unless it has a slash. NULL or "": cc. Errors: there is no such program. */
ad_status ad__c_compiler_find(ad_c_compiler *c, const char *command, const char *path, ad_err *e);
/* Runs it with these arguments behind its own. What it says is kept for the message. Errors: it cannot be started; it ends with a
 * failure; it runs longer than that many milliseconds, or stop(arg) becomes true: then it and what it has started are ended. */
ad_status ad__c_compiler_run(const ad_c_compiler *c, const char *const *arguments, int milliseconds, bool (*stop)(void *arg),
                             void *arg, ad_err *e);

#endif
