/* api_text.c - what a text will cost as an SMS, and what it would without its special characters.
 */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "control/ways.h"
#include "domain/phone.h"
#include "domain/promo_text.h"
#include "domain/sms_text.h"
#include "domain/transliterate.h"
#include "domain/utf8.h"
#include "store/campaign.h"
#include "store/wording.h"

#define CHECK_MAX   (4 * SMS_TEXT_SIZE)
#define FORCING_MAX 50

static json_t *forcing_json(const char *text)
{
    struct sms_forcing list[FORCING_MAX];
    size_t n = sms_text_forcing(text, list, FORCING_MAX);
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        char character[UTF8_CHAR_MAX + 1] = "", code[12];
        json_t *item = json_object();

        memcpy(character, text + list[i].at, list[i].length);
        snprintf(code, sizeof(code), "U+%04X", (unsigned)list[i].c);
        put_text(item, "character", character);
        put_text(item, "code", code);
        put_u64(item, "at", list[i].character + 1);
        put_u64(item, "times", list[i].times);
        json_array_append_new(array, item);
    }
    return array;
}

static json_t *parts_json(const char *text)
{
    size_t ends[SMS_PARTS_MAX], from = 0, n = sms_text_cuts(text, ends, SMS_PARTS_MAX);
    json_t *array = json_array();

    for (size_t i = 0; i < n; from = ends[i++])
        json_array_append_new(array, json_stringn(text + from, ends[i] - from));
    return array;
}

/* A message that the text might be in. */
struct example {
    char to[E164_SIZE];
    enum message_class class;
};

static bool take_example(struct exchange *x, struct example *example)
{
    const char *to, *class, *country = x->house->country;
    enum phone_fault fault;

    if (!take_text(x, "to", PHONE_TEXT_MAX, "", &to) ||
        !take_text(x, "class", 20, "service", &class))
        return false;
    if (message_class_parse(class, &example->class)) {
        exchange_refuse(x, 422, "class", "class: expected promo, service or alert, got '%s'",
                        class);
        return false;
    }
    if (!*to && phone_example(country, example->to)) {
        exchange_refuse(x, 422, "to",
                        "to: expected a phone number, since %s is no country with one", country);
        return false;
    }
    if (*to && phone_to_e164(to, country, example->to, &fault)) {
        exchange_refuse(x, 422, "to", "to: the phone number %s", phone_fault_reason(fault));
        return false;
    }
    return true;
}

/* The text is known to be UTF-8. */
static json_t *text_json(const struct exchange *x, const char *text, const struct example *e)
{
    const struct campaign_settings *s = x->house->campaign_settings;
    struct sms_measure m = { 0 };
    json_t *object = json_object();

    (void)!sms_text_measure(text, &m);
    put_text(object, "text", text);
    put_text(object, "encoding", sms_encoding_name(m.encoding));
    put_u64(object, "characters", m.characters);
    put_u64(object, "units", m.units);
    put_u64(object, "parts", m.parts);
    put_u64(object, "room", sms_text_room(&m));
    json_object_set_new(object, "sendable", json_boolean(m.parts <= SMS_PARTS_MAX));
    put_u64(object, "cost_millicents", m.parts * (uint64_t)s->segment_cost_millicents);
    json_object_set_new(object, "expected_millicents",
                        ways_expected(x->house->routes, e->to, e->class, m.parts));
    json_object_set_new(object, "by_carrier",
                        ways_costs(x->house->routes, e->to, e->class, m.parts));
    json_object_set_new(object, "split", parts_json(text));
    json_object_set_new(object, "forced_by", forcing_json(text));
    return object;
}

/* What a promotion lacks is added, as it will be when it is sent. */
static const char *complete(struct exchange *x, const char *text, const struct sender *sender)
{
    const struct words_settings *words = x->house->campaign_settings->words;
    const struct promo_rules rules = {
        .identity = sender_identity(&words->senders, sender),
        .stop = sender_stop(&words->senders, sender, words->language),
        .answerable = sender_can_be_answered(sender),
    };
    size_t len = strlen(text), size = len + sizeof(struct promo_added);
    json_t *added = json_object_get(x->reply, "added");
    char *whole = arena_alloc(&x->arena, size);
    bool named = promo_text_names(text, len, rules.identity);
    bool mentioned = strstr(text, "{{stop}}") || promo_text_mentions_stop(text, len, true, &rules);

    if (!whole)
        return text;
    snprintf(whole, size, "%s%s%s%s%s", named ? "" : rules.identity, named ? "" : ": ", text,
             mentioned ? "" : " ", mentioned ? "" : rules.stop);
    if (!named)
        json_array_append_new(added, json_sprintf("%s: ", rules.identity));
    if (!mentioned)
        json_array_append_new(added, json_sprintf(" %s", rules.stop));
    return whole;
}

static void check_text(struct exchange *x)
{
    static const size_t size = 3 * CHECK_MAX;
    const char *text, *asked;
    char *plain = arena_alloc(&x->arena, size);
    struct example example;
    struct sender sender;
    struct error err = { "" };
    struct sms_measure m;

    if (!take_text(x, "text", CHECK_MAX, NULL, &text) || !take_text(x, "sender", 40, "", &asked) ||
        !take_example(x, &example))
        return;
    if (sender_choose(&x->house->campaign_settings->words->senders, asked, example.class, &sender,
                      &err)) {
        exchange_refuse(x, 422, "sender", "%s", err.text);
        return;
    }
    if (!plain || sms_text_measure(text, &m)) {
        exchange_refuse(x, 422, "text", "text: expected UTF-8 without a NUL");
        return;
    }
    json_object_set_new(x->reply, "added", json_array());
    if (example.class == CLASS_PROMO)
        text = complete(x, text, &sender);
    if (sms_text_measure(text, &m)) {
        exchange_refuse(x, 422, "text", "text: expected UTF-8 without a NUL");
        return;
    }
    json_object_set_new(x->reply, "as_it_is", text_json(x, text, &example));
    if (m.encoding == SMS_UCS2 && transliterate_to_gsm7(text, plain, size) == RC_OK)
        json_object_set_new(x->reply, "transliterated", text_json(x, plain, &example));
    else
        json_object_set_new(x->reply, "transliterated", json_null());
    put_text(x->reply, "to", example.to);
    json_object_set_new(x->reply, "route", ways_route(x->house->routes, example.to, example.class));
    put_text(x->reply, "sender", sender.address);
    json_object_set_new(x->reply, "can_be_answered", json_boolean(sender_can_be_answered(&sender)));
    put_text(x->reply, "currency", x->house->campaign_settings->currency);
}

const struct route text_routes[] = {
    { .method = "POST",
      .pattern = "/v1/text/check",
      .right = RIGHT_READ,
      .run_on_loop = check_text,
      .body = BODY("text", "sender", "to", "class"),
      .help =
          "What a text costs, where it is cut, which characters make it UCS-2, and the same "
          "of the text transliterated; by sms.segment_cost, by each carrier and by its route to "
          "an example. With class promo, of what it lacks to be sent, too: added. Body: text; "
          "sender, to (empty: somebody in sms.country), class." },
};
const size_t n_text_routes = sizeof(text_routes) / sizeof(text_routes[0]);
