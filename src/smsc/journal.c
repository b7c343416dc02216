/* journal.c - buffered lines; the first failure is logged and ends the writing, not the carrier. */
#define LOG_PART "smsc"
#include "smsc/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "smsc/chance.h"
#include "smsc/delivery.h"
#include "smsc/smsc.h"
#include "smsc/text.h"

#define FILE_BUFFER (1 << 18)

struct journal {
    FILE *file;
    const char *path;
    bool with_text, with_inbound, failed;
    utc_us stamped; /* what `stamp` says */
    char stamp[CLOCK_TEXT_SIZE];
    char *text; /* room for a decoded message_payload */
    uint8_t *septets;
};

#define DECODED_SIZE (4 * 65536 + 1)
#define SEPTETS_SIZE (65536 / 7 * 8 + 8 + 1)

enum rc journal_open(const char *path, bool with_text, bool with_inbound, struct journal **out,
                     struct error *err)
{
    struct journal *j = calloc(1, sizeof(*j));

    if (!j)
        return error_set(err, RC_FAIL, "no memory");
    j->path = path;
    j->with_text = with_text;
    j->with_inbound = with_inbound;
    j->text = malloc(DECODED_SIZE);
    j->septets = malloc(SEPTETS_SIZE);
    j->file = j->text && j->septets ? fopen(path, "ae") : NULL;
    if (!j->file) {
        error_set(err, RC_INVALID, "%s: cannot be written: %s", path, strerror(errno));
        journal_close(j);
        return RC_INVALID;
    }
    setvbuf(j->file, NULL, _IOFBF, FILE_BUFFER);
    *out = j;
    return RC_OK;
}

static void fail(struct journal *j)
{
    if (!j->failed)
        log_error("log=%s failed reason=\"%s\" effect=\"no more lines are written\"", j->path,
                  strerror(errno));
    j->failed = true;
}

static const char *stamp(struct journal *j, utc_us now)
{
    if (j->stamped != now)
        clock_format(now, j->stamp);
    j->stamped = now;
    return j->stamp;
}

/* An address as it came may hold anything; in the file it is one word. */
static const char *word(char buf[ADDRESS_SIZE], const char *text)
{
    size_t n = 0;

    for (; text[n] && n < ADDRESS_SIZE - 1; n++)
        buf[n] = (char)(text[n] > ' ' && text[n] < 0x7F ? text[n] : '?');
    buf[n] = '\0';
    return n > 0 ? buf : "-";
}

/* As this carrier understands it. */
static const char *decode(struct journal *j, const struct scenario_settings *set,
                          const struct submit *sm)
{
    static const uint8_t codings[] = {
        [ALPHABET_GSM] = 0, [ALPHABET_LATIN1] = 3, [ALPHABET_ASCII] = 1
    };
    const uint8_t *data = sm->data + sm->header_len;
    size_t len = sm->len - sm->header_len;
    uint8_t coding =
        sm->data_coding == DATA_CODING_DEFAULT ? codings[set->alphabet] : sm->data_coding;

    if (sm->data_coding == DATA_CODING_DEFAULT && set->packed && set->alphabet == ALPHABET_GSM) {
        len = text_unpack(data, len, sm->header_len, j->septets);
        data = j->septets;
    }
    text_decode(data, len, coding, j->text, DECODED_SIZE);
    return j->text;
}

void journal_write(struct journal *j, const struct smsc *c, const struct submit *sm, uint64_t id)
{
    const struct scenario_settings *set = &c->scenario.settings;
    const uint8_t *data = sm->data + sm->header_len;
    size_t len = sm->len - sm->header_len;
    char buf[MESSAGE_ID_SIZE], reference[8] = "-", part[24] = "-", hash[20];
    char source[ADDRESS_SIZE], destination[ADDRESS_SIZE];
    const char *text = hash;

    if (j->failed)
        return;
    if (sm->has_reference)
        snprintf(reference, sizeof(reference), "%u", sm->reference);
    if (sm->parts)
        snprintf(part, sizeof(part), "%u/%u/%u", sm->part, sm->parts, sm->concat_ref);
    if (j->with_text) {
        text = decode(j, set, sm);
    } else {
        snprintf(hash, sizeof(hash), "%016" PRIx64, chance_hash(data, len));
    }
    if (fprintf(j->file, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", stamp(j, c->wall_us),
                delivery_format_id(buf, id, set->response_id, set->response_id_width),
                word(source, sm->source.text), word(destination, sm->destination.text), reference,
                part, text) < 0)
        fail(j);
}

void journal_acknowledged(struct journal *j, const struct smsc *c, const struct delivery *d)
{
    char from[ADDRESS_SIZE], to[ADDRESS_SIZE];

    if (!j || !j->with_inbound || j->failed)
        return;
    if (fprintf(j->file, "%s\tdeliver_sm\t%s\t%s\t-\t-\t-\n", stamp(j, c->wall_us),
                word(from, d->from.text), word(to, d->to.text)) < 0)
        fail(j);
}

void journal_flush(struct journal *j)
{
    if (j && fflush(j->file) != 0)
        fail(j);
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    if (j->file) {
        journal_flush(j);
        fclose(j->file);
    }
    free(j->text);
    free(j->septets);
    free(j);
}
