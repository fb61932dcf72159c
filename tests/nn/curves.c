/* Curves: CSV there and back, events by a reader written here, the picture's parts, what is refused. */
#define _XOPEN_SOURCE 700
#include <adamant/adamant.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"

static char folder[256], path[600];
static unsigned char file[1 << 20];

static void begin(const char *name) {
  const char *out = getenv("AD_TEST_OUT");
  snprintf(folder, sizeof folder, "%s/%s-%ld", out ? out : "/tmp", name, (long)getpid());
  snprintf(path, sizeof path, "rm -rf '%s'; mkdir -p '%s'", folder, folder);
  if (system(path)) CHECK_FAIL("%s cannot be made", folder);
}

/* The file of that name, or the one whose name has that part, with a NUL behind it. */
static size_t slurp(const char *part) {
  DIR *d = opendir(folder);
  size_t n = 0;
  for (struct dirent *e; d && (e = readdir(d));) {
    if (!strstr(e->d_name, part)) continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    FILE *f = fopen(path, "rb");
    n = f ? fread(file, 1, sizeof file - 1, f) : 0;
    if (f) fclose(f);
  }
  if (d) closedir(d);
  file[n] = 0;
  return n;
}

static const char *in_folder(const char *name) {
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

TEST(csv_there_and_back) {
  begin("curves-csv");
  ad_ctx *c = ad_ctx_new(NULL);
  ad_curves *k = ad_curves_new(c, NULL), *again = ad_curves_new(c, NULL);
  for (int i = 0; i < 200; i++) CHECK_INT(ad_curves_add(k, "loss", i, 1.0 / (i + 3)), AD_OK);
  ad_curves_add(k, "held out, \"accuracy\"", 99, 0.1);
  ad_curves_add(k, "held out, \"accuracy\"", 49, NAN);
  ad_curves_add(k, "held out, \"accuracy\"", -5, INFINITY);
  ad_curves_add(k, "loss", 10, 7); /* in place of the one of that step */
  CHECK_INT(ad_curves_count(k, "loss"), 200);
  CHECK_INT(ad_curves_save_csv(k, in_folder("a.csv")), AD_OK);
  slurp("a.csv");
  CHECK_STR_HAS((char *)file, "step,loss,\"held out, \"\"accuracy\"\"\"\n-5,,inf\n0,0.3333333333333333,\n");
  CHECK_STR_HAS((char *)file, "\n10,7.0,\n");
  CHECK_STR_HAS((char *)file, "\n49,0.019230769230769232,nan\n");
  CHECK_INT(ad_curves_load_csv(again, in_folder("a.csv")), AD_OK);
  CHECK_INT(ad_curves_count(again, "held out, \"accuracy\""), 2);
  ad_curves_add(again, "held out, \"accuracy\"", 49, NAN);
  CHECK_INT(ad_curves_save_csv(again, in_folder("b.csv")), AD_OK);
  char *first = strdup((char *)file);
  slurp("b.csv");
  CHECK_STR((char *)file, first);
  free(first);
  CHECK_INT(ad_curves_load_csv(again, in_folder("none.csv")), AD_E_OS);
  CHECK_STR_HAS(ad_curves_error_text(again), "none.csv: cannot open for reading");
  ad_curves_free(k);
  ad_curves_free(again);
  ad_ctx_free(c);
}

/* ---- A reader of event files ---- */

static uint32_t masked_crc(const unsigned char *p, size_t n) { /* by a table, unlike the writer's */
  uint32_t table[256], crc = ~0u;
  for (uint32_t i = 0; i < 256; i++) {
    table[i] = i;
    for (int k = 0; k < 8; k++) table[i] = table[i] & 1 ? table[i] >> 1 ^ 0x82F63B78u : table[i] >> 1;
  }
  for (size_t i = 0; i < n; i++) crc = table[(crc ^ p[i]) & 255] ^ crc >> 8;
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static uint64_t little(const unsigned char *p, int bytes) {
  uint64_t v = 0;
  for (int i = bytes; i-- > 0;) v = v << 8 | p[i];
  return v;
}

typedef struct event {
  int64_t step;
  char tag[64], version[64];
  float value;
} event;

static uint64_t varint(const unsigned char **p) {
  uint64_t v = 0;
  for (int shift = 0;; shift += 7) {
    v |= (uint64_t)(**p & 127) << shift;
    if (!(*(*p)++ & 128)) return v;
  }
}

/* One message; `inside` says of which kind it is: 0 an event, 1 a summary, 2 its value. */
static void read_message(const unsigned char *p, const unsigned char *end, int inside, event *e) {
  while (p < end) {
    uint64_t key = varint(&p), field = key >> 3;
    if ((key & 7) == 0) e->step = (int64_t)varint(&p);
    else if ((key & 7) == 1) p += 8;
    else if ((key & 7) == 5) {
      uint32_t bits = (uint32_t)little(p, 4);
      memcpy(&e->value, &bits, 4);
      p += 4;
    } else {
      size_t n = (size_t)varint(&p);
      if (inside == 0 && field == 3) memcpy(e->version, p, n);
      else if (inside == 0 && field == 5) read_message(p, p + n, 1, e);
      else if (inside == 1 && field == 1) read_message(p, p + n, 2, e);
      else if (inside == 2 && field == 1) memcpy(e->tag, p, n);
      p += n;
    }
  }
}

static int read_events(size_t size, event *out) {
  int n = 0;
  for (size_t at = 0; at + 16 <= size; n++) {
    size_t length = (size_t)little(file + at, 8);
    CHECK_INT(little(file + at + 8, 4), masked_crc(file + at, 8));
    CHECK_INT(little(file + at + 12 + length, 4), masked_crc(file + at + 12, length));
    memset(&out[n], 0, sizeof out[n]);
    read_message(file + at + 12, file + at + 12 + length, 0, &out[n]);
    at += 16 + length;
  }
  return n;
}

TEST(events) {
  begin("curves-events");
  ad_ctx *c = ad_ctx_new(NULL);
  event e[8];
  CHECK_INT(masked_crc((const unsigned char *)"123456789", 9), ((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xa282ead8u); /* RFC 3720's check value */
  ad_curves *k = ad_curves_new(c, &(ad_curves_opts){.events = folder});
  CHECK_INT(ad_curves_add(k, "train/loss", 3, 0.25), AD_OK);
  CHECK_INT(ad_curves_add(k, "train/loss", 300, NAN), AD_OK);
  CHECK_INT(ad_curves_add(k, "\xC3\xA9", 1LL << 40, -1e30), AD_OK);
  size_t size = slurp("tfevents");
  /* What every event file begins with: 24 bytes follow, and their checksum. */
  CHECK_MEM(file, "\x18\0\0\0\0\0\0\0\xa3\x7fK\"\t", 13);
  CHECK_INT(read_events(size, e), 4);
  CHECK_STR(e[0].version, "brain.Event:2");
  CHECK_STR(e[1].tag, "train/loss");
  CHECK(e[1].step == 3 && e[1].value == 0.25f);
  CHECK(e[2].step == 300 && isnan(e[2].value));
  CHECK_STR(e[3].tag, "\xC3\xA9");
  CHECK(e[3].step == 1LL << 40 && e[3].value == -1e30f);
  ad_curves_free(k);
  k = ad_curves_new(c, &(ad_curves_opts){.events = "/proc/nowhere"});
  CHECK_INT(ad_curves_add(k, "a", 0, 1), AD_E_OS);
  CHECK_STR_HAS(ad_curves_error_text(k), "/proc/nowhere: cannot make the folder");
  CHECK_INT(ad_curves_add(k, "a", 1, 1), AD_OK); /* told once; the number is kept */
  CHECK_INT(ad_curves_count(k, "a"), 2);
  ad_curves_free(k);
  ad_ctx_free(c);
}

TEST(pictures) {
  begin("curves-svg");
  ad_ctx *c = ad_ctx_new(NULL);
  ad_curves *k = ad_curves_new(c, NULL);
  for (int i = 0; i < 100000; i++) ad_curves_add(k, "loss", i, 3 * exp(-i / 2e4) + 0.3 * sin(i * 0.7) + (i == 50000 ? 5 : 0));
  for (int i = 0; i < 10; i++) ad_curves_add(k, "held <out>", i * 11000, i == 4 ? NAN : 2.5 * exp(-i / 3.0));
  CHECK_INT(ad_curves_save_svg(k, in_folder("all.svg"), &(ad_curves_svg_opts){.title = "A & B"}), AD_OK);
  size_t n = slurp("all.svg");
  CHECK(n > 5000 && n < 60000); /* as many points as pixels, not 100000 */
  CHECK_STR_HAS((char *)file, "A &amp; B");
  CHECK_STR_HAS((char *)file, "held &lt;out&gt;");
  CHECK_STR_HAS((char *)file, ">step</text>");
  CHECK_STR_HAS((char *)file, ">60000</text>");
  CHECK(!strstr((char *)file, "nan") && !strstr((char *)file, "inf"));
  CHECK_INT(ad_curves_save_svg(k, in_folder("log.svg"), &(ad_curves_svg_opts){.only = "held", .logarithmic = true, .width = 500, .height = 300}), AD_OK);
  slurp("log.svg");
  CHECK_STR_HAS((char *)file, ">0.2</text>");
  CHECK(!strstr((char *)file, ">loss</text>"));
  ad_curves *none = ad_curves_new(c, NULL);
  CHECK_INT(ad_curves_save_svg(none, in_folder("none.svg"), NULL), AD_OK);
  ad_curves_add(none, "one", 7, 1e-9);
  CHECK_INT(ad_curves_save_svg(none, in_folder("one.svg"), NULL), AD_OK);
  CHECK_INT(ad_curves_save_svg(none, in_folder("x.svg"), &(ad_curves_svg_opts){.width = 10}), AD_E_VALUE);
  CHECK_STR_HAS(ad_curves_error_text(none), "a picture of 10 by 400; 200 to 10000 are right");
  CHECK_INT(ad_curves_add(none, "", 0, 0), AD_E_VALUE);
  CHECK_INT(ad_curves_save_csv(none, "/proc/nowhere/a.csv"), AD_E_OS);
  CHECK_INT(ad_curves_add(NULL, "a", 0, 0), AD_E_MEMORY);
  ad_curves_free(none);
  ad_curves_free(k);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(csv_there_and_back), CASE(events), CASE(pictures))
