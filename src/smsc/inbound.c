/* inbound.c - see inbound.h. */
#include "smsc/inbound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smsc/delivery.h"
#include "smsc/text.h"

/* 3GPP TS 23.040: 140 octets, 6 of them for the header that numbers the parts. */
#define SEPTETS_ALONE  160
#define SEPTETS_A_PART 153
#define OCTETS_ALONE   140
#define OCTETS_A_PART  134
#define HEADER_SIZE    6
#define TEXT_MAX       8192
#define PARTS_MAX      60
#define BURST_MAX      10000 /* in one turn of the loop, of those that come all at once */

struct script {
    struct task task;
    const struct scenario_inbound *def;
    uint64_t sent;
    bool started;
};

void inbound_address(const char *text, struct address *out)
{
    bool plus = *text == '+';
    const char *digits = text + plus;

    memset(out, 0, sizeof(*out));
    snprintf(out->text, sizeof(out->text), "%s", digits);
    if (strspn(digits, "0123456789") != strlen(digits)) {
        snprintf(out->text, sizeof(out->text), "%s", text);
        out->ton = 5; /* 5.2.5: alphanumeric */
    } else {
        out->ton = plus ? 1 : 0; /* international, unknown */
        out->npi = 1;            /* 5.2.6: E.164 */
    }
}

static bool plan_part(struct smsc *c, struct account *account, const struct address *from,
                      const struct address *to, struct inbound_text *text, int64_t due_us)
{
    struct delivery *d = delivery_queue_full(c) ? NULL : delivery_new(c, account);

    if (!d) {
        c->stats.inbound_dropped++;
        free(text);
        return false;
    }
    c->stats.inbound_planned++;
    d->text = text;
    d->from = *from;
    d->to = *to;
    delivery_plan(c, d, due_us);
    return true;
}

/* Part `i` of `n`, from 1; of one there is no header. */
static struct inbound_text *make_part(const uint8_t *data, size_t len, uint8_t coding, bool packed,
                                      uint8_t ref, unsigned i, unsigned n)
{
    const uint8_t header[HEADER_SIZE] = { 5, 0, 3, ref, (uint8_t)n, (uint8_t)i };
    size_t header_len = n > 1 ? HEADER_SIZE : 0;
    struct inbound_text *text = malloc(sizeof(*text) + header_len + len + 2);

    if (!text)
        return NULL;
    text->data_coding = coding;
    text->esm_class = n > 1 ? ESM_CLASS_UDHI : 0;
    memcpy(text->data, header, header_len);
    if (packed)
        len = text_pack(data, len, header_len, text->data + header_len);
    else
        memcpy(text->data + header_len, data, len);
    text->len = header_len + len;
    return text;
}

/* In this carrier's alphabet if that has all of the text, else in UCS-2. */
static size_t encode(const struct scenario_settings *set, const char *text, uint8_t data[TEXT_MAX],
                     uint8_t *coding)
{
    uint32_t limit = set->alphabet == ALPHABET_LATIN1 ? 0x100 : 0x80;
    size_t len;

    if (set->alphabet == ALPHABET_GSM)
        return text_encode(text, data, TEXT_MAX, coding);
    *coding = DATA_CODING_DEFAULT;
    if (text_bytes(text, limit, data, TEXT_MAX, &len))
        return len;
    *coding = DATA_CODING_UCS2;
    return text_ucs2(text, data, TEXT_MAX);
}

unsigned inbound_send(struct smsc *c, struct account *account, const struct address *from,
                      const struct address *to, const char *text, int64_t due_us)
{
    const struct scenario_settings *set = &c->scenario.settings;
    uint8_t data[TEXT_MAX], coding;
    size_t len = encode(set, text, data, &coding), at, cut;
    bool ucs2 = coding == DATA_CODING_UCS2,
         packed = set->packed && !ucs2 && set->alphabet == ALPHABET_GSM;
    size_t most = ucs2 ? OCTETS_ALONE : SEPTETS_ALONE;
    uint8_t ref = (uint8_t)c->stats.inbound_planned;
    unsigned n = 0, planned = 0;

    if (len > most)
        most = ucs2 ? OCTETS_A_PART : SEPTETS_A_PART;
    for (at = 0; at < len || n == 0; at += text_cut(data + at, len - at, most, coding))
        n++;
    n = n < PARTS_MAX ? n : PARTS_MAX;
    at = 0;
    for (unsigned i = 1; i <= n; i++, at += cut) {
        struct inbound_text *part;
        cut = text_cut(data + at, len - at, most, coding);
        part = make_part(data + at, cut, coding, packed, ref, i, n);
        if (part)
            planned += plan_part(c, account, from, to, part, due_us);
    }
    return planned;
}

/* --- scripts --- */

static void start(struct smsc *c, struct script *s)
{
    s->started = timeline_add(&c->timeline, c->now_us + s->def->at * USEC_PER_MSEC, &s->task);
}

/* Starts what is waiting for no more than what was accepted, and finds the next such number. */
static void start_reached(struct smsc *c)
{
    c->next_trigger = UINT64_MAX;
    for (size_t i = 0; i < c->n_scripts; i++) {
        struct script *s = &c->scripts[i];
        uint64_t after = (uint64_t)s->def->after_submits;
        if (s->started)
            continue;
        if (after <= c->stats.accepted)
            start(c, s);
        else if (after < c->next_trigger)
            c->next_trigger = after;
    }
}

bool inbound_start(struct smsc *c)
{
    const struct config_array *array = &c->scenario.inbound;
    const struct scenario_inbound *defs = array->items;

    c->next_trigger = UINT64_MAX;
    if (array->n == 0)
        return true;
    c->scripts = calloc(array->n, sizeof(*c->scripts));
    if (!c->scripts)
        return false;
    c->n_scripts = array->n;
    for (size_t i = 0; i < array->n; i++) {
        c->scripts[i].task.kind = TASK_SCRIPT;
        c->scripts[i].def = &defs[i];
    }
    start_reached(c);
    return true;
}

void inbound_accepted(struct smsc *c)
{
    if (c->stats.accepted >= c->next_trigger)
        start_reached(c);
}

/* Every # becomes a digit of the running number. */
static void fill_in(char out[ADDRESS_SIZE + 1], const char *pattern, uint64_t number)
{
    snprintf(out, ADDRESS_SIZE + 1, "%s", pattern);
    for (size_t i = strlen(out); i-- > 0;) {
        if (out[i] == '#') {
            out[i] = (char)('0' + number % 10);
            number /= 10;
        }
    }
}

void inbound_due(struct smsc *c, struct script *s)
{
    const struct scenario_inbound *def = s->def;
    struct account *account = *def->system_id ? account_open(c, def->system_id) : NULL;
    struct address from, to;
    char number[ADDRESS_SIZE + 1];
    uint64_t n = 1;

    if (def->every == 0 && def->count > 0)
        n = (uint64_t)def->count - s->sent;
    inbound_address(def->to, &to);
    for (n = n < BURST_MAX ? n : BURST_MAX; n > 0; n--) {
        fill_in(number, def->from, s->sent);
        inbound_address(number, &from);
        inbound_send(c, account ? account : account_for_anybody(c), &from, &to, def->text,
                     c->now_us);
        s->sent++;
    }
    if (def->count == 0 || s->sent < (uint64_t)def->count)
        s->started = timeline_add(
            &c->timeline, c->now_us + (def->every > 0 ? def->every : 1) * USEC_PER_MSEC, &s->task);
}
