/* The folder in which compiled code is kept between runs of programs.
 *
 * A file is a shared library with a trailer: its key, its size, a check sum. Its name is the key, which is made of everything that
 * the machine code depends on. Only files of our own that nobody else may write are loaded, and only whole ones. */
#ifndef AD_BACKEND_KERNEL_CACHE_H
#define AD_BACKEND_KERNEL_CACHE_H

#include "base/str.h"

enum { AD_CACHE_PATH = 4096 };

typedef struct ad_kernel_key {
  uint64_t word[2];
} ad_kernel_key;

/* Adds n bytes, and where they end, to what the key stands for; all zero is the key of nothing. */
void ad__kernel_key_add(ad_kernel_key *k, const void *data, size_t n);

typedef struct ad_kernel_cache {
  char folder[AD_CACHE_PATH];
  uint64_t most_bytes; /* of all files together */
} ad_kernel_cache;

/* The folder is `given`, else $XDG_CACHE_HOME/adamant, else $HOME/.cache/adamant; it is made where it is not there. Errors: it cannot be
 * made or written to, it is not ours, others may write to it. */
ad_status ad__kernel_cache_open(ad_kernel_cache *c, const char *given, const char *xdg, const char *home, ad_err *e);
/* The library of that key, to be ended by dlclose. NULL when there is none; what is no sound file of ours is taken away. */
void *ad__kernel_cache_load(const ad_kernel_cache *c, ad_kernel_key key);
/* Names for the text to be compiled and the library that comes of it; each AD_CACHE_PATH bytes. They differ between processes. */
void ad__kernel_cache_temporary(const ad_kernel_cache *c, ad_kernel_key key, char *text, char *library);
/* Writes the text to be compiled. On failure the file is gone. */
ad_status ad__kernel_cache_write(const char *path, const char *text, size_t n, ad_err *e);
/* Puts the compiled library in its place; the oldest files go when there are too many bytes. */
ad_status ad__kernel_cache_keep(const ad_kernel_cache *c, ad_kernel_key key, const char *library, ad_err *e);

#endif
