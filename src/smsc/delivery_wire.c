/* delivery_wire.c - a delivery as deliver_sm: the receipt's text is that of SMPP 3.4, appendix B.
 */
#include <string.h>

#include "smsc/delivery.h"
#include "smsc/smsc.h"

/* message_state is that of 5.2.28, err a code as carriers use them; there is no standard for it. */
static const struct ending {
    const char *stat, *delivered, *err;
    uint8_t message_state;
} endings[] = {
    [END_DELIVERED] = { "DELIVRD", "001", "000", 2 },
    [END_UNDELIVERED] = { "UNDELIV", "000", "001", 5 },
    [END_EXPIRED] = { "EXPIRED", "000", "027", 3 },
    [END_REJECTED] = { "REJECTD", "000", "011", 8 },
};

#define RECEIPT_TEXT_MAX 240

const char *delivery_format_id(char buf[MESSAGE_ID_SIZE], uint64_t id, int form, int64_t width)
{
    const char *digits = form == ID_HEX_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned base = form == ID_DECIMAL ? 10 : 16;
    char *p = buf + MESSAGE_ID_SIZE - 1;

    *p = '\0';
    do {
        *--p = digits[id % base];
        id /= base;
    } while (id > 0);
    while (buf + MESSAGE_ID_SIZE - 1 - p < width)
        *--p = '0';
    return p;
}

static uint8_t *put(uint8_t *p, const char *text)
{
    size_t len = strlen(text);

    memcpy(p, text, len);
    return p + len;
}

static uint8_t *put_two(uint8_t *p, int n)
{
    p[0] = (uint8_t)('0' + n / 10 % 10);
    p[1] = (uint8_t)('0' + n % 10);
    return p + 2;
}

/* YYMMDDhhmm */
static uint8_t *put_date(uint8_t *p, utc_us at)
{
    struct civil t = clock_civil(at);

    p = put_two(p, t.year);
    p = put_two(p, t.month);
    p = put_two(p, t.day);
    p = put_two(p, t.hour);
    return put_two(p, t.minute);
}

static size_t receipt_text(uint8_t *text, const struct delivery *d, const char *id, utc_us now)
{
    const struct ending *end = &endings[d->end];
    uint8_t *p = text;

    p = put(put(p, "id:"), id);
    p = put(put(p, " sub:001 dlvrd:"), end->delivered);
    p = put_date(put(p, " submit date:"), d->submitted_us);
    p = put_date(put(p, " done date:"), now);
    p = put(put(p, " stat:"), end->stat);
    p = put(put(p, " err:"), end->err);
    p = put(put(p, " text:"), d->excerpt);
    return (size_t)(p - text);
}

static void write_receipt(const struct smsc *c, const struct delivery *d, uint32_t sequence,
                          struct bytes *out)
{
    const struct scenario_settings *set = &c->scenario.settings;
    char buf[MESSAGE_ID_SIZE];
    const char *id = delivery_format_id(buf, d->message_id, set->receipt_id, set->receipt_id_width);
    bool tlv = set->receipt_form != RECEIPT_TEXT;
    uint8_t text[RECEIPT_TEXT_MAX];
    struct deliver wire = {
        .source = &d->from,
        .destination = &d->to,
        .esm_class = ESM_CLASS_RECEIPT,
        .data = text,
        .receipted_message_id = tlv ? id : NULL,
        .message_state = tlv ? endings[d->end].message_state : 0,
        .has_reference = d->has_reference,
        .reference = d->reference,
    };

    if (set->receipt_form != RECEIPT_TLV)
        wire.len = receipt_text(text, d, id, c->wall_us);
    codec_write_deliver(out, sequence, &wire);
}

void delivery_write(const struct smsc *c, const struct delivery *d, uint32_t sequence,
                    struct bytes *out)
{
    struct deliver wire = { .source = &d->from, .destination = &d->to };

    if (!d->text) {
        write_receipt(c, d, sequence, out);
        return;
    }
    wire.esm_class = d->text->esm_class;
    wire.data_coding = d->text->data_coding;
    wire.data = d->text->data;
    wire.len = d->text->len;
    codec_write_deliver(out, sequence, &wire);
}
