/* The one file that includes the embedded text, which tools/embed.sh prints from carried.list. */
#include "emit/carried.h"

#include <string.h>
#include "embedded_text.h"

const char *ad__carried_at(size_t n, const char **name, size_t *size) {
  if (n >= sizeof embedded_text / sizeof embedded_text[0]) return NULL;
  *name = embedded_text[n].name;
  *size = embedded_text[n].size;
  return embedded_text[n].text;
}

const char *ad__carried(const char *name, size_t *size) {
  const char *at, *text;
  for (size_t n = 0; (text = ad__carried_at(n, &at, size)); n++)
    if (strcmp(at, name) == 0) return text;
  return NULL;
}
