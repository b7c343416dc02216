/* edifact_interchange.c - the six service segments, a function each (ISO 9735, part 1). */
#include "channel/file/edifact_interchange.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum rc refuse(const struct edifact_segment *s, struct error *why, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum rc refuse(const struct edifact_segment *s, struct error *why, const char *fmt, ...)
{
    char text[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return error_set(why, RC_INVALID, "line %" PRIu64 ", segment %" PRIu64 ": %s", s->line,
                     s->number, text);
}

/* The trailer's count and reference, against what was seen. */
static enum rc check_trailer(const struct edifact_segment *s, const char *counted, uint64_t n,
                             const char *header, const char *reference, struct error *why)
{
    char count[16], given[EDIFACT_REFERENCE_SIZE];

    edifact_segment_value(s, 1, 1, count, sizeof(count));
    edifact_segment_value(s, 2, 1, given, sizeof(given));
    if (!*count || strspn(count, "0123456789") != strlen(count) || strlen(count) > 10)
        return refuse(s, why, "%s has no count of %s", s->tag, counted);
    if (strtoull(count, NULL, 10) != n)
        return refuse(s, why, "%s counts %s %s, there are %" PRIu64, s->tag, count, counted, n);
    if (strcmp(given, reference) != 0)
        return refuse(s, why, "%s has the reference \"%s\", its %s has \"%s\"", s->tag, given,
                      header, reference);
    return RC_OK;
}

static enum rc begin_interchange(struct edifact_interchange *i, const struct edifact_segment *s,
                                 struct error *why)
{
    char version[4], test[4];

    if (i->level != EDIFACT_OUTSIDE)
        return refuse(s, why, "UNB inside an interchange that has not ended; expected UNZ first");
    edifact_segment_value(s, 1, 1, i->charset, sizeof(i->charset));
    edifact_segment_value(s, 1, 2, version, sizeof(version));
    edifact_segment_value(s, 5, 1, i->reference, sizeof(i->reference));
    edifact_segment_value(s, 11, 1, test, sizeof(test));
    if (strlen(version) != 1 || *version < '1' || *version > '4')
        return refuse(s, why, "UNB names syntax version \"%s\"; 1 to 4 are understood", version);
    if (!*i->reference)
        return refuse(s, why, "UNB has no control reference (0020)");
    if (strcmp(test, "1") == 0)
        return refuse(s, why, "the interchange says that it is a test (0035)");
    i->syntax = *version - '0';
    i->level = EDIFACT_IN_INTERCHANGE;
    i->interchanges++;
    i->groups = i->messages = 0;
    i->has_groups = i->has_bare_messages = false;
    return RC_OK;
}

static enum rc end_interchange(struct edifact_interchange *i, const struct edifact_segment *s,
                               struct error *why)
{
    if (i->level == EDIFACT_OUTSIDE)
        return refuse(s, why, "UNZ without UNB");
    if (i->level != EDIFACT_IN_INTERCHANGE)
        return refuse(s, why, "UNZ before the message or group inside has ended");
    i->level = EDIFACT_OUTSIDE;
    if (i->has_groups)
        return check_trailer(s, "groups", i->groups, "UNB", i->reference, why);
    return check_trailer(s, "messages", i->messages, "UNB", i->reference, why);
}

static enum rc begin_group(struct edifact_interchange *i, const struct edifact_segment *s,
                           struct error *why)
{
    if (i->level != EDIFACT_IN_INTERCHANGE || i->has_bare_messages)
        return refuse(s, why, "UNG where no group can begin");
    edifact_segment_value(s, 5, 1, i->group_reference, sizeof(i->group_reference));
    i->level = EDIFACT_IN_GROUP;
    i->has_groups = true;
    i->groups++;
    i->group_messages = 0;
    return RC_OK;
}

static enum rc end_group(struct edifact_interchange *i, const struct edifact_segment *s,
                         struct error *why)
{
    if (i->level != EDIFACT_IN_GROUP)
        return refuse(s, why, "UNE where no group can end");
    i->level = EDIFACT_IN_INTERCHANGE;
    return check_trailer(s, "messages", i->group_messages, "UNG", i->group_reference, why);
}

static enum rc begin_message(struct edifact_interchange *i, const struct edifact_segment *s,
                             struct error *why)
{
    if (i->level == EDIFACT_OUTSIDE)
        return refuse(s, why, "UNH outside an interchange; expected UNB first");
    if (i->level == EDIFACT_IN_MESSAGE)
        return refuse(s, why, "UNH inside a message that has not ended; expected UNT first");
    if (i->level == EDIFACT_IN_INTERCHANGE && i->has_groups)
        return refuse(s, why, "UNH outside a group in an interchange of groups");
    edifact_segment_value(s, 1, 1, i->message_reference, sizeof(i->message_reference));
    edifact_segment_value(s, 2, 1, i->message_type, sizeof(i->message_type));
    if (!*i->message_reference || !*i->message_type)
        return refuse(s, why, "UNH has no reference (0062) or no message type (0065)");
    i->has_bare_messages |= !i->has_groups;
    i->level = EDIFACT_IN_MESSAGE;
    i->first_segment = s->number;
    i->messages++;
    i->group_messages++;
    return RC_OK;
}

static enum rc end_message(struct edifact_interchange *i, const struct edifact_segment *s,
                           struct error *why)
{
    if (i->level != EDIFACT_IN_MESSAGE)
        return refuse(s, why, "UNT without UNH");
    i->level = i->has_groups ? EDIFACT_IN_GROUP : EDIFACT_IN_INTERCHANGE;
    return check_trailer(s, "segments", s->number - i->first_segment + 1, "UNH",
                         i->message_reference, why);
}

enum rc edifact_interchange_take(struct edifact_interchange *i, const struct edifact_segment *s,
                                 enum edifact_event *event, struct error *why)
{
    static const struct {
        const char *tag;
        enum edifact_event event;
        enum rc (*take)(struct edifact_interchange *, const struct edifact_segment *,
                        struct error *);
    } services[] = {
        { "UNB", EDIFACT_INTERCHANGE_BEGINS, begin_interchange },
        { "UNZ", EDIFACT_INTERCHANGE_ENDS, end_interchange },
        { "UNG", EDIFACT_ASIDE, begin_group },
        { "UNE", EDIFACT_ASIDE, end_group },
        { "UNH", EDIFACT_MESSAGE_BEGINS, begin_message },
        { "UNT", EDIFACT_MESSAGE_ENDS, end_message },
    };

    for (size_t k = 0; k < sizeof(services) / sizeof(services[0]); k++) {
        if (strcmp(s->tag, services[k].tag) == 0) {
            *event = services[k].event;
            return services[k].take(i, s, why);
        }
    }
    if (i->level != EDIFACT_IN_MESSAGE)
        return refuse(s, why, "segment %s outside a message", s->tag);
    *event = EDIFACT_MESSAGE_BODY;
    return RC_OK;
}

enum rc edifact_interchange_end(const struct edifact_interchange *i, uint64_t line,
                                struct error *why)
{
    static const char *const missing[] = {
        [EDIFACT_IN_INTERCHANGE] = "UNZ", [EDIFACT_IN_GROUP] = "UNE", [EDIFACT_IN_MESSAGE] = "UNT"
    };

    if (i->level != EDIFACT_OUTSIDE)
        return error_set(why, RC_INVALID, "line %" PRIu64 ": the file ends too early: no %s", line,
                         missing[i->level]);
    if (i->interchanges == 0)
        return error_set(why, RC_INVALID, "line 1: the file is empty");
    return RC_OK;
}
