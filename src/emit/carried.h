/* Text that emitted code carries: the files of carried.list, as they stand in the source. The library holds them packed. */
#ifndef AD_EMIT_CARRIED_H
#define AD_EMIT_CARRIED_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

/* All files, in the arena; NULL when memory runs out. */
const char *ad__carried_unpack(ad_arena *arena);
/* Of these the n-th file, with a zero behind it, NULL behind the last; its name is that of the list. */
const char *ad__carried_at(const char *all, size_t n, const char **name, size_t *size);
/* The file of that name, NULL when there is none. */
const char *ad__carried(const char *all, const char *name, size_t *size);

/* A sum over all of it, which tells builds apart that carry other text. */
uint64_t ad__carried_sum(void);

#endif
