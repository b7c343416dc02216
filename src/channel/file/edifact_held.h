/*
 * edifact_held.h - the segments of a message that some path asks for, kept until the record is
 * complete. Bounded: a message with more than that is refused as one record, not the file.
 */
#pragma once

#include "channel/file/edifact_path.h"

#define EDIFACT_HELD_SEGMENTS 4096
#define EDIFACT_HELD_TEXT     ((size_t)256 << 10)
/* Of what stands in front of a record in its message. Each of the message's records looks through
 * it, so that much of it and many records would cost the one times the other. */
#define EDIFACT_ABOVE_SEGMENTS 256
#define EDIFACT_ABOVE_PARTS    2048
#define EDIFACT_ABOVE_TEXT     ((size_t)32 << 10)

struct edifact_held_segment;
struct edifact_held_part;
struct edifact_held {
    struct edifact_held_segment *segments;
    struct edifact_held_part *parts;
    size_t n_segments, segments_cap, n_parts, parts_cap;
    struct buffer text;
    bool full; /* something had no room */
};

void edifact_held_init(struct edifact_held *h);
void edifact_held_close(struct edifact_held *h);
/* RC_FAIL: no memory. What goes beyond the bounds is left out and sets h->full. */
enum rc edifact_held_add(struct edifact_held *h, const struct edifact_segment *s) MUST_CHECK;
/* Is it more than may stand in front of a record? */
bool edifact_held_is_much(const struct edifact_held *h);
/* Forgets all but the first n segments. */
void edifact_held_cut(struct edifact_held *h, size_t n);
/*
 * Calls `found` for each value at `path` in the order of the file, as bytes in the interchange's
 * character set, until it says false. Values of blanks only are passed over.
 */
void edifact_held_find(struct edifact_held *h, const struct edifact_path *path,
                       bool (*found)(void *arg, const char *text, size_t len), void *arg);
