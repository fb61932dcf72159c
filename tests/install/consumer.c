/* consumer.c: a user's program: sees only the installed public headers, links the library, runs. */
#include <adamant/status.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  if (strcmp(ad_status_exception(AD_OK), "") != 0) return 1;
  printf("%s: %s\n", ad_status_name(AD_OK), ad_status_meaning(AD_OK));
  return 0;
}
