/*
 * edifact_interchange.h - are the envelopes of a UN/EDIFACT file whole? UNB and UNZ, UNG and UNE,
 * UNH and UNT come in pairs, with the same reference and the right count. A file that is not whole
 * was cut or put together wrongly on its way: nothing of it can be trusted.
 */
#pragma once

#include "channel/file/edifact_lexer.h"

#define EDIFACT_REFERENCE_SIZE 36

enum edifact_level {
    EDIFACT_OUTSIDE,
    EDIFACT_IN_INTERCHANGE,
    EDIFACT_IN_GROUP,
    EDIFACT_IN_MESSAGE
};

/* What a segment is. */
enum edifact_event {
    EDIFACT_INTERCHANGE_BEGINS,
    EDIFACT_INTERCHANGE_ENDS,
    EDIFACT_MESSAGE_BEGINS,
    EDIFACT_MESSAGE_BODY,
    EDIFACT_MESSAGE_ENDS,
    EDIFACT_ASIDE, /* UNG and UNE */
};

struct edifact_interchange {
    enum edifact_level level;
    bool has_groups, has_bare_messages;
    uint32_t interchanges; /* in the file so far */
    uint32_t groups, group_messages, messages;
    uint64_t first_segment; /* the number of the message's UNH */
    int syntax;             /* 1 to 4 */
    char charset[5];        /* "UNOC" */
    char reference[EDIFACT_REFERENCE_SIZE], group_reference[EDIFACT_REFERENCE_SIZE];
    char message_reference[EDIFACT_REFERENCE_SIZE];
    char message_type[7]; /* "IFTMIN" */
};

/* RC_INVALID: "line 12, segment 34: UNT counts 12 segments, the message has 13". */
enum rc edifact_interchange_take(struct edifact_interchange *i, const struct edifact_segment *s,
                                 enum edifact_event *event, struct error *why) MUST_CHECK;
/* After the file's last byte. */
enum rc edifact_interchange_end(const struct edifact_interchange *i, uint64_t line,
                                struct error *why) MUST_CHECK;
