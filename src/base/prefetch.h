/* Brings a line of memory into the cache; any address will do. */
#ifndef AD_BASE_PREFETCH_H
#define AD_BASE_PREFETCH_H

#if defined(__GNUC__)
#define AD_PREFETCH(p) __builtin_prefetch(p)
#else
#define AD_PREFETCH(p) ((void)(p))
#endif

#endif
