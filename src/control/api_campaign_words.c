/* api_campaign_words.c - a campaign's text on one's own phone, and who followed its links. */
#include <string.h>
#include <strings.h>

#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "control/kick.h"
#include "control/routes.h"
#include "store/campaign_test.h"
#include "store/link.h"

/* --- links --- */

static void add_link(void *arg, const struct link_count *c)
{
    json_t *item = json_object();

    put_u64(item, "n", c->n + 1);
    put_text(item, "url", c->url);
    put_u64(item, "visits", c->visits);
    put_u64(item, "recipients", c->recipients);
    put_u64(item, "bots", c->bots);
    put_time(item, "first_at", c->first_at);
    put_time(item, "last_at", c->last_at);
    json_array_append_new(arg, item);
}

static void list_links(struct exchange *x)
{
    json_t *list = json_array();
    struct campaign campaign;
    uint64_t recipients = 0;
    enum rc rc = campaign_read(x->db, x->id, &campaign);

    if (!rc)
        rc = link_counts(x->db, x->id, add_link, list);
    if (!rc)
        rc = link_recipients(x->db, x->id, &recipients);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "campaign", NULL);
        return;
    }
    json_object_set_new(x->reply, "links", list);
    put_u64(x->reply, "recipients", recipients);
    put_u64(x->reply, "messages", campaign.messages);
}

/* --- test --- */

/* Staff alone: mailboxes and phones that the configuration names. */
static bool take_own_mailbox(struct exchange *x, const char *to, char out[ADDRESS_SIZE])
{
    const struct control_house *house = x->house;

    if (!as_mail_address(x, "to", to, out))
        return false;
    for (size_t i = 0; i < house->n_test_addresses; i++) {
        if (strcasecmp(house->test_addresses[i], out) == 0)
            return true;
    }
    exchange_refuse(x, 422, "to",
                    "to: %s is none of the mailboxes that tests may go to; mail.test_addresses in "
                    "relais.conf names them",
                    out);
    return false;
}

static bool take_own_number(struct exchange *x, const char *to, char out[ADDRESS_SIZE])
{
    const struct control_house *house = x->house;

    if (!as_phone_number(x, "to", to, out))
        return false;
    for (size_t i = 0; i < house->n_test_numbers; i++) {
        if (strcmp(house->test_numbers[i], out) == 0)
            return true;
    }
    exchange_refuse(x, 422, "to",
                    "to: %s is none of the phones that tests may go to; sms.test_numbers in "
                    "relais.conf names them",
                    out);
    return false;
}

static bool take_own_address(struct exchange *x, enum channel *channel, char out[ADDRESS_SIZE])
{
    const char *to;

    if (!take_text(x, "to", ADDRESS_SIZE - 1, NULL, &to))
        return false;
    *channel = strchr(to, '@') ? CHANNEL_EMAIL : CHANNEL_SMS;
    return *channel == CHANNEL_EMAIL ? take_own_mailbox(x, to, out) : take_own_number(x, to, out);
}

static void test_campaign(struct exchange *x)
{
    struct campaign_test test = { .campaign_id = x->id,
                                  .per_day = x->house->tests_per_day,
                                  .expires_s = x->house->service_expires_s };
    struct campaign_tested tested;
    struct error err = { "" };
    char to[ADDRESS_SIZE];
    int64_t customer;
    enum rc rc;

    if (!take_own_address(x, &test.channel, to) ||
        !take_int(x, "customer_id", 0, INT64_MAX, 0, &customer) ||
        !take_text(x, "language", 8, "", &test.language))
        return;
    test.to = to;
    test.customer_id = (uint64_t)customer;
    rc = campaign_test_send(x->db, &test, x->house->campaign_settings, &x->arena, &tested, &err);
    if (rc) {
        exchange_failed(x, rc, "campaign", &err);
        return;
    }
    x->changed = true;
    x->status = 201;
    put_u64(x->reply, "id", tested.message_id);
    put_text(x->reply, "to", to);
    put_text(x->reply, "sender", tested.sender);
    if (tested.subject)
        put_text(x->reply, "subject", tested.subject);
    put_words(x, x->reply, channel_name(test.channel), tested.text);
    put_u64(x->reply, "parts", tested.parts);
    put_u64(x->reply, "left_today", tested.left);
}

static void kick_gateway(struct exchange *x)
{
    kick_senders(x->house);
}

const struct route campaign_words_routes[] = {
    { .method = "GET",
      .pattern = "/v1/campaigns/{id}/links",
      .right = RIGHT_TOKEN,
      .run = list_links,
      .slow = true,
      .help =
          "The links in a campaign's texts: visits, recipients who followed them, and visits by "
          "programs." },
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/test",
      .right = RIGHT_TOKEN,
      .run = test_campaign,
      .then = kick_gateway,
      .body = BODY("to", "customer_id", "language"),
      .help =
          "Sends the campaign's text, marked [TEST], to a phone that sms.test_numbers names, or "
          "its mail to a mailbox that mail.test_addresses names. Body: to; customer_id, whose "
          "values are in it; language, where there is no "
          "customer." },
};
const size_t n_campaign_words_routes =
    sizeof(campaign_words_routes) / sizeof(campaign_words_routes[0]);
