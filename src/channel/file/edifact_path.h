/*
 * edifact_path.h - where in a message a field stands, as a profile writes it:
 *
 *     BGM/2.1                   segment BGM, second element, first component of it
 *     NAD[CN]/4                 the NAD whose first element is CN; all components of element 4,
 *                               joined with a space
 *     NAD[DP|CN]/6              whose first element is DP or CN; the first in the file
 *     NAD[CN]/COM[1.2=TE]/1.1   the COM in that NAD's group whose component 1.2 is TE
 *     RFF[ON]/1.2               the RFF whose first component is ON, wherever it stands
 *     DTM[137]                  a date, by the form that it names itself (2379), as
 * 2026-11-23T08:30 DTM[64]/to                the end of a period; a single date has none UNB/5 the
 * interchange, for all its messages
 *
 * Elements are counted from 1 behind the tag, as the directories do (010, 020 ...), composite ones
 * as one. Several conditions stand in brackets of their own: STS[1][2.1=21].
 *
 * Which segments belong to a group: those behind it until its tag comes again, or a segment that
 * begins a group as large or larger. From large to small: UNH; CNI; STS; NAD, TDT, GID, EQD, LIN,
 * CPS and UNS; LOC, RFF, CTA, DOC, PCI, SGP, DGS, TOD, CPI, TCC and GOR; all others.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/file/edifact_lexer.h"

#define EDIFACT_PATH_STEPS      4
#define EDIFACT_PATH_CONDITIONS 3 /* of a step */

struct edifact_condition {
    uint16_t element, component;
    const char *values; /* "DP|CN" */
};

struct edifact_step {
    char tag[EDIFACT_TAG_SIZE];
    struct edifact_condition conditions[EDIFACT_PATH_CONDITIONS];
    unsigned n_conditions;
};

enum edifact_want { EDIFACT_VALUE, EDIFACT_DATE, EDIFACT_DATE_TO };

struct edifact_path {
    struct edifact_step steps[EDIFACT_PATH_STEPS];
    unsigned n;
    enum edifact_want want;
    uint16_t element, last; /* of EDIFACT_VALUE: "4" is 4 and 4, "4-5" is 4 and 5 */
    uint16_t component;     /* 0: all of them */
};

/* The texts live in `arena`. RC_INVALID: *why says what was expected. RC_FAIL: no memory. */
enum rc edifact_path_parse(const char *text, struct arena *arena, struct edifact_path *path,
                           struct error *why) MUST_CHECK;
#define EDIFACT_NO_GROUP 6
/* How large the group is that a segment of this tag begins: 0 is the largest; EDIFACT_NO_GROUP:
 * only itself. */
unsigned edifact_group_rank(const char *tag);
