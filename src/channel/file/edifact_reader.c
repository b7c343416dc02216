/*
 * edifact_reader.c - UN/EDIFACT: the messages of the type that the profile names become records.
 *
 * With record = "IFTMIN" a message is a record. With record = "IFTSTA/CNI/STS" each STS is one,
 * with what stands in its own group, in its CNI's before the first STS, and in the message's before
 * the first CNI. A message or CNI that has none is a record, too: it lacks what it must have, and
 * the partner is told so.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/file/document_number.h"
#include "channel/file/edifact_charset.h"
#include "channel/file/edifact_held.h"
#include "channel/file/edifact_interchange.h"
#include "channel/file/format.h"

/* Bytes of all values of a record. 2,048 records may end in one block, since "STS'" is one, and
 * they wait together in a record_queue of 64 MiB. */
#define VALUES_MAX ((size_t)24 << 10)
#define GOODS_MAX  4096
#define TAGS_MAX   (FIELD_COUNT * FIELD_PLACES * EDIFACT_PATH_STEPS)

/* The interchange, the message, and the segments that begin a record. */
#define LEVEL_INTERCHANGE 0
#define LEVEL_MESSAGE     1
#define LEVELS            (2 + RECORD_SEGMENTS)

struct level {
    size_t held;         /* how many segments were held when it began */
    uint64_t line;       /* where it began */
    uint64_t segment_no; /* and as which segment */
    bool has_children;
    bool full; /* what stands above it is too much */
};

struct format_parser {
    const struct profile *profile;
    struct record_queue *queue;
    struct edifact_lexer lexer;
    struct edifact_interchange interchange;
    struct edifact_charset charset;
    struct edifact_held held;
    struct document_number document;
    char tags[TAGS_MAX][EDIFACT_TAG_SIZE]; /* that some path asks for */
    size_t n_tags;
    bool started, skipping; /* skipping: a message of another type */
    char seen_type[7];      /* of the first message */
    bool seen_ours;         /* a message of the type that is taken */

    struct level levels[LEVELS];
    unsigned level, deepest;

    /* the record under way */
    struct buffer values;
    size_t start[FIELD_COUNT], len[FIELD_COUNT];
    const char *fault; /* its code; NULL: none so far */
    enum field fault_field;
};

/* --- what is kept of a message --- */

static void want_tag(struct format_parser *p, const char *tag)
{
    for (size_t i = 0; i < p->n_tags; i++) {
        if (strcmp(p->tags[i], tag) == 0)
            return;
    }
    memcpy(p->tags[p->n_tags++], tag, EDIFACT_TAG_SIZE);
}

static void want_tags(struct format_parser *p)
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        for (unsigned i = 0; i < p->profile->n_places[f]; i++) {
            const struct edifact_path *path = p->profile->places[f][i].edifact;

            for (unsigned k = 0; k < path->n; k++)
                want_tag(p, path->steps[k].tag);
        }
    }
    if (p->profile->document.edifact)
        want_tag(p, p->profile->document.edifact->steps[0].tag);
}

/* Segments that begin a group are kept, too: they end the group before them. */
static bool is_wanted(const struct format_parser *p, const char *tag)
{
    if (edifact_group_rank(tag) != EDIFACT_NO_GROUP)
        return true;
    for (size_t i = 0; i < p->n_tags; i++) {
        if (strcmp(p->tags[i], tag) == 0)
            return true;
    }
    return false;
}

static enum rc keep(struct format_parser *p, const struct edifact_segment *s)
{
    return is_wanted(p, s->tag) ? edifact_held_add(&p->held, s) : RC_OK;
}

/* --- a record --- */

static void note_fault(struct format_parser *p, const char *code, enum field f)
{
    if (p->fault)
        return;
    p->fault = code;
    p->fault_field = f;
}

struct taking {
    struct format_parser *p;
    enum field field;
};

/* Of most fields the first value counts; goods are joined. */
static bool take_value(void *arg, const char *text, size_t len)
{
    struct taking *t = arg;
    struct format_parser *p = t->p;
    const enum field f = t->field;
    const size_t before = p->values.len;

    if (len > VALUE_MAX) {
        note_fault(p, FAULT_TOO_LONG, f);
        return false;
    }
    if (p->len[f] && p->len[f] + len + 2 > GOODS_MAX)
        return false; /* the mapping cuts it much shorter */
    if (p->len[f])
        buffer_add_text(&p->values, ", ");
    if (!edifact_charset_decode(&p->charset, text, len, &p->values)) {
        p->values.len = before;
        note_fault(p, FAULT_ENCODING, f);
        return false;
    }
    p->len[f] += p->values.len - before;
    return f == FIELD_GOODS;
}

static void take_field(struct format_parser *p, enum field f)
{
    struct taking t = { p, f };

    p->start[f] = p->values.len;
    p->len[f] = 0;
    for (unsigned i = 0; i < p->profile->n_places[f] && p->len[f] == 0; i++)
        edifact_held_find(&p->held, p->profile->places[f][i].edifact, take_value, &t);
}

/* There was no room for it, be it for what stands in front of it, its segments or its values. */
static void say_too_much(const struct format_parser *p, const struct level *level,
                         struct row_fault *fault)
{
    if (level->full)
        row_fault_set(fault, FAULT_TOO_LONG, "", "", 0,
                      "segment %" PRIu64 ": more than %d segments, %d components or 32 KiB in "
                      "front of the record in its message",
                      level->segment_no, EDIFACT_ABOVE_SEGMENTS, EDIFACT_ABOVE_PARTS);
    else if (p->held.full)
        row_fault_set(fault, FAULT_TOO_LONG, "", "", 0,
                      "segment %" PRIu64 ": more than %d segments or 256 KiB in one record",
                      level->segment_no, EDIFACT_HELD_SEGMENTS);
    else
        row_fault_set(fault, FAULT_TOO_LONG, "", "", 0,
                      "segment %" PRIu64 ": more than 24 KiB in the values of one record",
                      level->segment_no);
}

static enum rc refuse_record(struct format_parser *p, const struct level *level,
                             const struct raw_value values[FIELD_COUNT])
{
    struct row_fault *fault = record_queue_add_fault(p->queue, level->line, values);
    const struct mapping_rules *rules = &p->profile->rules;
    const char *field =
        p->fault && p->fault_field < FIELD_COUNT ? mapping_field_name(rules, p->fault_field) : "";

    if (!fault)
        return RC_FAIL;
    if (!p->fault)
        say_too_much(p, level, fault);
    else if (strcmp(p->fault, FAULT_TOO_LONG) == 0)
        row_fault_set(fault, p->fault, field, "", 0, "segment %" PRIu64 ": longer than %d bytes",
                      level->segment_no, VALUE_MAX);
    else
        row_fault_set(fault, p->fault, field, "", 0,
                      "segment %" PRIu64 ": bytes that are no letters in %s", level->segment_no,
                      p->charset.name);
    return RC_OK;
}

static enum rc take_record(struct format_parser *p, const struct level *level)
{
    struct raw_value values[FIELD_COUNT] = { 0 };

    p->fault = NULL;
    buffer_reset(&p->values);
    if (p->held.full)
        return refuse_record(p, level, values);
    for (enum field f = 0; f < FIELD_COUNT; f++)
        take_field(p, f);
    for (enum field f = 0; f < FIELD_COUNT && !p->values.full; f++) {
        if (p->len[f])
            values[f] = (struct raw_value){ buffer_text(&p->values) + p->start[f], p->len[f] };
    }
    if (p->fault || p->values.full)
        return refuse_record(p, level, values);
    return record_queue_add(p->queue, level->line, values);
}

/* --- levels --- */

static void open_level(struct format_parser *p, unsigned level, const struct edifact_segment *s)
{
    if (edifact_held_is_much(&p->held))
        p->held.full = true;
    p->levels[p->level].has_children = true;
    p->level = level;
    p->levels[level] =
        (struct level){ p->held.n_segments, s->line, s->number, false, p->held.full };
}

/* Down to `level`, which stays open. What is complete becomes a record. */
static enum rc close_levels(struct format_parser *p, unsigned level)
{
    enum rc rc = RC_OK;

    while (!rc && p->level > level) {
        const struct level *l = &p->levels[p->level];

        if (!p->skipping && (p->level == p->deepest || !l->has_children))
            rc = take_record(p, l);
        edifact_held_cut(&p->held, l->held);
        p->held.full = l->full;
        p->level--;
    }
    return rc;
}

static bool take_document(void *arg, const char *text, size_t len)
{
    struct format_parser *p = arg;

    buffer_reset(&p->values);
    if (edifact_charset_decode(&p->charset, text, len, &p->values))
        document_number_add(&p->document, buffer_text(&p->values), p->values.len);
    return false;
}

static enum rc refuse_message(struct format_parser *p, const struct edifact_segment *s)
{
    struct row_fault *fault = record_queue_add_fault(p->queue, s->line, NULL);

    if (!fault)
        return RC_FAIL;
    row_fault_set(fault, FAULT_MESSAGE_TYPE, "", p->interchange.message_type,
                  strlen(p->interchange.message_type),
                  "segment %" PRIu64 ": a message of type %s; %s is taken here", s->number,
                  p->interchange.message_type, p->profile->message);
    return RC_OK;
}

static enum rc begin_message(struct format_parser *p, const struct edifact_segment *s)
{
    open_level(p, LEVEL_MESSAGE, s);
    if (!*p->seen_type)
        memcpy(p->seen_type, p->interchange.message_type, sizeof(p->seen_type));
    p->skipping = strcmp(p->interchange.message_type, p->profile->message) != 0;
    p->seen_ours |= !p->skipping;
    return p->skipping ? refuse_message(p, s) : keep(p, s);
}

static void look_for_document(struct format_parser *p)
{
    if (p->profile->document.edifact)
        edifact_held_find(&p->held, p->profile->document.edifact, take_document, p);
}

static enum rc end_message(struct format_parser *p)
{
    if (!p->skipping)
        look_for_document(p);
    return close_levels(p, LEVEL_INTERCHANGE);
}

static enum rc take_body(struct format_parser *p, const struct edifact_segment *s)
{
    if (p->skipping)
        return RC_OK;
    for (unsigned i = 0; i < p->profile->n_record_segments; i++) {
        const unsigned level = LEVEL_MESSAGE + 1 + i;

        if (p->level + 1 < level || strcmp(p->profile->record_segments[i], s->tag) != 0)
            continue;
        if (close_levels(p, level - 1))
            return RC_FAIL;
        open_level(p, level, s);
        break;
    }
    return keep(p, s);
}

static enum rc begin_interchange(struct format_parser *p, const struct edifact_segment *s,
                                 struct error *why)
{
    edifact_lexer_syntax(&p->lexer, p->interchange.syntax);
    if (!edifact_charset_set(&p->charset, p->interchange.charset, p->profile->encoding))
        return error_set(why, RC_INVALID,
                         "line %" PRIu64 ", segment %" PRIu64
                         ": character set \"%s\" is not taken (UNOA to UNOK, UNOW and UNOY are)",
                         s->line, s->number, p->interchange.charset);
    edifact_held_cut(&p->held, 0);
    p->level = LEVEL_INTERCHANGE;
    return keep(p, s);
}

static enum rc take_segment(struct format_parser *p, struct error *why)
{
    const struct edifact_segment *s = &p->lexer.segment;
    enum edifact_event event;
    enum rc rc = edifact_interchange_take(&p->interchange, s, &event, why);

    if (rc)
        return rc;
    switch (event) {
    case EDIFACT_INTERCHANGE_BEGINS:
        return begin_interchange(p, s, why);
    case EDIFACT_INTERCHANGE_ENDS:
        look_for_document(p); /* it may have no message of ours */
        edifact_lexer_restart(&p->lexer);
        return RC_OK;
    case EDIFACT_MESSAGE_BEGINS:
        return begin_message(p, s);
    case EDIFACT_MESSAGE_BODY:
        return take_body(p, s);
    case EDIFACT_MESSAGE_ENDS:
        return end_message(p);
    case EDIFACT_ASIDE:
        return RC_OK;
    }
    return RC_OK;
}

/* --- the format --- */

static void edifact_close(struct format_parser *p)
{
    edifact_held_close(&p->held);
    edifact_charset_close(&p->charset);
    buffer_close(&p->values);
    free(p);
}

static enum rc edifact_open(const struct profile *profile, struct record_queue *queue,
                            struct format_parser **parser)
{
    struct format_parser *p = calloc(1, sizeof(*p));

    if (!p)
        return RC_FAIL;
    p->profile = profile;
    p->queue = queue;
    p->deepest = LEVEL_MESSAGE + profile->n_record_segments;
    edifact_lexer_init(&p->lexer);
    edifact_charset_init(&p->charset);
    edifact_held_init(&p->held);
    buffer_init(&p->values, VALUES_MAX);
    want_tags(p);
    *parser = p;
    return RC_OK;
}

static enum rc edifact_feed(struct format_parser *p, const char *data, size_t len,
                            struct error *why)
{
    enum rc rc = RC_OK;
    bool complete;

    if (!p->started) {
        p->started = true;
        if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
            data += 3;
            len -= 3;
        }
    }
    while (!rc && len) {
        rc = edifact_lexer_next(&p->lexer, &data, &len, &complete, why);
        if (!rc && complete)
            rc = take_segment(p, why);
    }
    return rc;
}

static enum rc edifact_end(struct format_parser *p, struct error *why)
{
    if (!edifact_lexer_may_end(&p->lexer))
        return error_set(why, RC_INVALID,
                         "line %" PRIu64 ", segment %" PRIu64
                         ": the file ends within a segment; is its terminator missing?",
                         p->lexer.line, p->lexer.segments);
    return edifact_interchange_end(&p->interchange, p->lexer.line, why);
}

static const char *edifact_document(const struct format_parser *p)
{
    return document_number_text(&p->document);
}

static const char *edifact_encoding(const struct format_parser *p)
{
    return p->charset.name ? p->charset.name : "ASCII";
}

static unsigned edifact_recognise(const struct format_parser *p, char *what, size_t size)
{
    *what = '\0';
    if (p->interchange.interchanges)
        snprintf(what, size, "it is EDIFACT without a message");
    if (*p->seen_type)
        snprintf(what, size, "its messages are of type %s", p->seen_type);
    return p->seen_ours;
}

const struct format edifact_format = {
    .open = edifact_open,
    .close = edifact_close,
    .feed = edifact_feed,
    .end = edifact_end,
    .document = edifact_document,
    .encoding = edifact_encoding,
    .recognise = edifact_recognise,
};
