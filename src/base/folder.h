/* Folders: making, listing, removing what lies in them. */
#ifndef AD_BASE_FOLDER_H
#define AD_BASE_FOLDER_H

#include <stdbool.h>
#include "base/str.h"

/* Makes the folder, and those above it that are missing. One that is there is well. */
ad_status ad__folder_make(const char *path, ad_err *e);
/* Calls `meet` with each name in the folder, in no order, until it returns false. AD_E_OS when the folder cannot be read. */
ad_status ad__folder_each(const char *path, bool (*meet)(void *user, const char *name), void *user, ad_err *e);
/* Removes a file; one that is not there is well. */
ad_status ad__file_remove(const char *path, ad_err *e);

#endif
