/* edifact_writer.c - segments one by one, counted as they are written. */
#include "channel/file/edifact_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "domain/utf8.h"

#define CONSIGNMENTS_MAX 999 /* in a message: CNI's group in D.96A */
#define TEXT_COMPONENTS  5   /* of free text (C108), 70 characters each */
#define TEXT_COMPONENT   70

const char *edifact_status_code(enum order_status status)
{
    static const char *const codes[] = {
        [ORDER_PLANNED] = "6", [ORDER_OUT] = "31",      [ORDER_DELIVERED] = "21",
        [ORDER_MISSED] = "55", [ORDER_CANCELLED] = "7",
    };

    return codes[status];
}

/* --- values --- */

/* One letter in ISO-8859-1, separators released. */
static void add_letter(struct buffer *out, uint32_t c)
{
    char put[2] = { '?', (char)c };

    if (c < 0x20 || c == 0x7f)
        c = put[1] = ' ';
    if (c >= 0x80 && (c < 0xa0 || c > 0xff))
        c = put[1] = '?';
    if (c == '?' || c == '+' || c == ':' || c == '\'')
        buffer_add(out, put, 2);
    else
        buffer_add(out, put + 1, 1);
}

static void add_value(struct buffer *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(text, len, &at);

        if (c == UTF8_BAD) {
            c = '?';
            at++;
        }
        add_letter(out, c);
    }
}

static void add_text(struct buffer *out, const char *text)
{
    add_value(out, text, strlen(text));
}

/* How much of `text` makes one component of at most 70 characters: up to a space, if there is one.
 */
static size_t component_length(const char *text)
{
    const size_t len = strlen(text);
    size_t at = 0, space = 0;

    for (size_t n = 0; at < len && n < TEXT_COMPONENT; n++) {
        if (text[at] == ' ')
            space = at;
        if (utf8_next(text, len, &at) == UTF8_BAD)
            at++;
    }
    return at < len && text[at] != ' ' && space ? space : at;
}

/* --- segments --- */

static void end_segment(struct edifact_writer *w)
{
    buffer_add_text(w->out, "'\n");
    w->segments++;
}

static void simple_segment(struct edifact_writer *w, const char *head, const char *value)
{
    if (!*value)
        return;
    buffer_add_text(w->out, head);
    add_text(w->out, value);
    end_segment(w);
}

static void note_segment(struct edifact_writer *w, const char *note)
{
    if (!*note)
        return;
    buffer_add_text(w->out, "FTX+AAI+++");
    for (int i = 0; i < TEXT_COMPONENTS && *note; i++) {
        const size_t len = component_length(note);

        buffer_add_text(w->out, i ? ":" : "");
        add_value(w->out, note, len);
        note += len + (note[len] == ' ');
    }
    end_segment(w);
}

static void date_segment(struct edifact_writer *w, const char *qualifier, utc_us at)
{
    const struct civil c = local_zone_civil(w->zone, at);

    buffer_printf(w->out, "DTM+%s:%04d%02d%02d%02d%02d:203", qualifier, c.year, c.month, c.day,
                  c.hour, c.minute);
    end_segment(w);
}

static void begin_message(struct edifact_writer *w)
{
    w->in_message = true;
    w->segments = w->consignments = 0;
    w->messages++;
    buffer_printf(w->out, "UNH+%" PRIu32 "+IFTSTA:D:96A:UN", w->messages);
    end_segment(w);
    buffer_printf(w->out, "BGM+23+%" PRIu64 "-%" PRIu32 "+9", w->reference, w->messages);
    end_segment(w);
    date_segment(w, "137", w->written_at);
}

static void end_message(struct edifact_writer *w)
{
    if (!w->in_message)
        return;
    buffer_printf(w->out, "UNT+%" PRIu32 "+%" PRIu32, w->segments + 1, w->messages);
    end_segment(w);
    w->in_message = false;
}

/* --- the file --- */

static void add_party(struct edifact_writer *w, const char *name, const char *qualifier)
{
    buffer_add_text(w->out, "+");
    add_text(w->out, name);
    if (*qualifier) {
        buffer_add_text(w->out, ":");
        add_text(w->out, qualifier);
    }
}

void edifact_writer_begin(struct edifact_writer *w, struct buffer *out, struct local_zone *zone,
                          const struct edifact_envelope *envelope)
{
    const struct civil c = local_zone_civil(zone, envelope->written_at);

    *w = (struct edifact_writer){ .out = out,
                                  .zone = zone,
                                  .reference = envelope->reference,
                                  .written_at = envelope->written_at };
    buffer_add_text(out, "UNA:+.? '\nUNB+UNOC:3");
    add_party(w, envelope->sender, envelope->sender_qualifier);
    add_party(w, envelope->recipient, envelope->recipient_qualifier);
    buffer_printf(out, "+%02d%02d%02d:%02d%02d+%" PRIu64 "%s'\n", c.year % 100, c.month, c.day,
                  c.hour, c.minute, envelope->reference, envelope->test ? "++++++1" : "");
}

static void begin_consignment(struct edifact_writer *w, const char *order_number)
{
    if (w->consignments == CONSIGNMENTS_MAX)
        end_message(w);
    if (!w->in_message)
        begin_message(w);
    buffer_printf(w->out, "CNI+%" PRIu32 "+", ++w->consignments);
    add_text(w->out, order_number);
    end_segment(w);
    snprintf(w->order_number, sizeof(w->order_number), "%s", order_number);
}

void edifact_writer_status(struct edifact_writer *w, const struct edifact_status *status)
{
    if (!w->in_message || strcmp(w->order_number, status->order_number) != 0)
        begin_consignment(w, status->order_number);
    buffer_printf(w->out, "STS+1+%s", edifact_status_code(status->status));
    end_segment(w);
    simple_segment(w, "RFF+IT:", status->customer_number);
    date_segment(w, "334", status->at);
    note_segment(w, status->note);
    simple_segment(w, "LOC+14+:::", status->place);
}

void edifact_writer_end(struct edifact_writer *w)
{
    end_message(w);
    buffer_printf(w->out, "UNZ+%" PRIu32 "+%" PRIu64 "'\n", w->messages, w->reference);
}
