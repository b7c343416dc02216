/*
 * edifact_lexer.h - cuts the bytes of a UN/EDIFACT file into segments, elements and components
 * (ISO 9735). It knows the service string, the release character, repetitions of syntax 4 and the
 * line breaks that people put in; what a segment means is not its business.
 *
 * One segment at a time lives in it, in memory of a fixed size.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define EDIFACT_SEGMENT_MAX 16384 /* bytes of a segment, separators aside */
#define EDIFACT_PARTS_MAX   512   /* components of a segment */
#define EDIFACT_TAG_SIZE    4

/* One component that is not empty. Element 0, component 1 is the tag. */
struct edifact_part {
    uint16_t element, repetition, component; /* repetition from 0, component from 1 */
    uint16_t start, len;                     /* in the segment's text */
};

struct edifact_segment {
    char tag[EDIFACT_TAG_SIZE]; /* "NAD" */
    uint64_t number, line; /* of the file's segments, from 1, UNA not counted; where it begins */
    struct edifact_part parts[EDIFACT_PARTS_MAX];
    size_t n_parts;
    char text[EDIFACT_SEGMENT_MAX]; /* as it stands in the file, release characters taken out */
    size_t len;
};

struct edifact_service { /* the service string; '\0': this interchange has none of it */
    char component, element, release, repetition, terminator;
};

enum edifact_where {
    EDIFACT_START,   /* before UNA or UNB */
    EDIFACT_BETWEEN, /* behind a terminator */
    EDIFACT_SEGMENT,
};

struct edifact_lexer {
    enum edifact_where where;
    struct edifact_service service;
    char intro[9]; /* "UNA:+.? '" or "UNB+" as far as it was seen */
    size_t n_intro;
    uint64_t line, segments;
    bool has_una, released, after_cr, complete;
    struct edifact_part part; /* the one being read */
    struct edifact_segment segment;
};

void edifact_lexer_init(struct edifact_lexer *l);
/*
 * Takes bytes off *data until a segment is complete (*complete: it is in l->segment, until the next
 * call) or there are no more. RC_INVALID: "line 3, segment 7: ...".
 */
enum rc edifact_lexer_next(struct edifact_lexer *l, const char **data, size_t *len, bool *complete,
                           struct error *why) MUST_CHECK;
/* The syntax that UNB named, 1 to 4: repetitions came with 4. */
void edifact_lexer_syntax(struct edifact_lexer *l, int version);
/* Behind UNZ: another interchange may follow, with a service string of its own. */
void edifact_lexer_restart(struct edifact_lexer *l);
/* May the file end here? */
bool edifact_lexer_may_end(const struct edifact_lexer *l);

/* Of the segment's parts: the value at element.component (its first repetition), "" if there is
 * none. Cut to fit. */
void edifact_segment_value(const struct edifact_segment *s, unsigned element, unsigned component,
                           char *out, size_t size);
