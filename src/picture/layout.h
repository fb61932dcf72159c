/* Where everything lies: each box that has others inside is a room, laid out by itself.
 *
 * A value is what a box gives to others. A wire is its way through one room: from a box there, or in through the room's upper
 * border, to a box there, or out through the lower border. Wires with the same ends are one track. In a room stand its boxes, a
 * port for each value that comes in or goes out, and chips: a value's name right above a box that is far below.
 * For a drawing with blocks open as the picture says (`opened`), a room is as large as what is open inside makes it. Otherwise every
 * room is laid out with the boxes in it closed, for a reader who opens them. */
#ifndef AD_PICTURE_LAYOUT_H
#define AD_PICTURE_LAYOUT_H

#include "picture/layers.h"
#include "picture/picture.h"

enum { AD_LEAD_BORDER = -1 }; /* an end that is the room's border */

typedef struct ad_edge_source {
  int box, out;      /* which value of which box */
  const char *label; /* its type */
} ad_edge_source;

typedef struct ad_lead {
  int room, from, to, value;
} ad_lead;

typedef enum ad_spot_kind { AD_SPOT_BOX, AD_SPOT_IN, AD_SPOT_OUT, AD_SPOT_CHIP } ad_spot_kind;

typedef struct ad_spot {
  ad_spot_kind kind;
  int ref;           /* a box, or a value */
  double x, y, w, h; /* centre, top, size; its label, below it, not counted */
  int rank;
} ad_spot;

typedef struct ad_track {
  int from, to;      /* spots of the room */
  bool back;
  int first, count;  /* its wires */
  int rank, bends;   /* of the first bend; one for each rank after that */
  const double *x;   /* of the bends */
} ad_track;

typedef struct ad_room {
  ad_spot *spots;    /* ports in by value, boxes, ports out by value, chips */
  int n_spots, ins, first_out, outs;
  ad_track *tracks;
  int n_tracks;
  const double *top, *bottom; /* of ranks */
  int ranks;
  double w, h;       /* of what is inside, without frame */
} ad_room;

typedef struct ad_layout {
  ad_picture *p;
  ad_arena *arena;
  bool opened;
  ad_edge_source *values;
  int n_values;
  int *value_of;     /* per edge of the picture */
  ad_lead *wires;    /* by room, ends, value */
  int n_wires;
  int *first_wire;   /* per box, and one behind: its wires */
  int *out_begin;    /* per box, and one behind: where the values that leave it begin in */
  int *outs;
  double *w, *h;     /* per box: its size, frame and all, its label not counted */
  double *line;      /* per box: how far from its left edge what goes through it should go straight on */
  ad_room *rooms;    /* per box; of those laid out */
} ad_layout;

/* False without memory. Everything lies in the arena. */
bool ad__layout_make(ad_layout *l, ad_picture *p, ad_arena *arena, bool opened);
bool ad__layout_wires(ad_layout *l);
/* The port through which a value comes into a room, or goes out; NULL when it does not. */
const ad_spot *ad__room_port(const ad_room *r, int value, bool out);

/* Sizes of text in the fixed-width faces that are used; widths of one column as parts of the size. */
#define AD_FACE_WIDTH 0.602
enum { AD_TITLE_SIZE = 13, AD_LINE_SIZE = 11, AD_LABEL_SIZE = 10 };
enum { AD_FRAME_SIDE = 18, AD_FRAME_TOP = 44, AD_FRAME_BOTTOM = 18, AD_LABEL_ROOM = 18, AD_CHIP_HEIGHT = 18 };
enum { AD_MOST_TITLE = 36, AD_MOST_LINE = 40, AD_MOST_LABEL = 44, AD_MOST_SUMMARY = 60, AD_SUMMARY_SIZE = 512 };
/* Columns of text as it is drawn: wide characters count twice, what is cut counts as cut. */
int ad__columns(const char *s, int most);
/* Appends s cut to `most` columns, with an ellipsis where it was cut, for XML: escaped, what no document may hold replaced. */
void ad__xml_text(ad_text *out, const char *s, int most);
/* Appends s with what is no UTF-8, and control characters but tabs, replaced. */
void ad__plain_text(ad_text *out, const char *s);
/* Appends a coordinate with one digit behind the point at most. */
void ad__number_text(ad_text *out, double v);
/* Lines of a closed box below its title: 0 to 2. */
int ad__box_lines(const ad_box *b, char *counts, size_t size, const char *lines[2]);
/* The text under a box: the type of its one value, of two, or how many there are; "" for none. Of an open block only values of its
 * own, not those from the inside, which have their label there. */
const char *ad__box_label(const ad_layout *l, int box, int *columns);
bool ad__box_has_label(const ad_layout *l, int box);
/* The line below the title of an open block: what a closed one has below it. */
void ad__box_summary(const ad_box *b, char *out, size_t size);
/* One of a few colours, by name. */
int ad__family_colour(const char *family);
/* A chip's text: what the value's box is called, with the block it stands in where that is another than the room. */
const char *ad__source_name(const ad_layout *l, int value, int room);

#endif
