/* Text that emitted code carries: the files of carried.list, as they stand in the source. */
#ifndef AD_EMIT_CARRIED_H
#define AD_EMIT_CARRIED_H

#include <stddef.h>

/* The n-th file, NULL behind the last; its name is that of the list. */
const char *ad__carried_at(size_t n, const char **name, size_t *size);
/* The file of that name, NULL when there is none. */
const char *ad__carried(const char *name, size_t *size);

#endif
