/* settings_mail_in.c - see settings_mail_in.h. */
#include "settings_mail_in.h"

#include <arpa/inet.h>
#include <string.h>

#include "domain/mail_address.h"
#include "flow/mail_intake.h"
#include "settings.h"
#include "settings_check.h"
#include "store/mail_in.h"

#define RESTART false

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define KB     (INT64_C(1) << 10)
#define MB     (INT64_C(1) << 20)

#define UNIX         "unix:"
#define UNIX_MAX     107 /* bytes of sun_path, less its NUL */
#define ANSWER_BYTES 2000

#define AT(field) offsetof(struct settings_mail_in, field)
const struct config_key mail_in_keys[] = {
    { "listen", CONFIG_LIST, AT(listen), "", 3, 255, NULL, RESTART,
      "Where the mail server (MTA) hands mail over, by LMTP (RFC 2033): \"unix:/PATH\", or an\n"
      "address and a port, as in { \"unix:/run/relais/lmtp.sock\", \"127.0.0.1:2424\" }. LMTP has\n"
      "no password: only the MTA may be able to reach it. Empty: no mail is taken." },
    { "domain", CONFIG_TEXT, AT(domain), "", 0, 200, NULL, RESTART,
      "The domain of addresses that Relais makes by itself: where answers, bounces and refusals\n"
      "come to, and import-CODE for partners' files. All mail to it goes to Relais, so give it "
      "one\n"
      "of its own: \"relais.example.fr\". Empty: mails have no such addresses." },
    { "contact", CONFIG_LIST, AT(contacts), "", 3, 254, NULL, RESTART,
      "Addresses that customers write to, as in { \"contact@example.fr\" }." },
    { "unsubscribe", CONFIG_LIST, AT(unsubscribes), "", 3, 254, NULL, RESTART,
      "Addresses at which any mail is a refusal of its sender, whatever it says." },
    { "authserv_id", CONFIG_TEXT, AT(authserv_id), "", 0, 255, NULL, RESTART,
      "The name under which your MTA writes down whether a sender is who he says (RFC 8601,\n"
      "Authentication-Results); it must remove all such headers that come from outside, for they\n"
      "can be forged (contrib/postfix/main.cf does). A START by mail, and files of partners, "
      "count\n"
      "only when it says that DKIM or DMARC passed, or when they answer to a mail of ours; a STOP\n"
      "counts always. Empty: nobody's word counts." },
    { "max_size", CONFIG_SIZE, AT(max_size), "25m", 64 * KB, 200 * MB, NULL, RESTART,
      "A larger mail is refused." },
    { "max_recipients", CONFIG_INT, AT(max_recipients), "100", 1, MAIL_BATCH_MAX, NULL, RESTART,
      "Recipients of a mail; the MTA sends further ones apart." },
    { "max_connections", CONFIG_INT, AT(max_connections), "50", 1, 1000, NULL, RESTART,
      "Connections at a time; further ones are told to come back." },
    { "timeout", CONFIG_DURATION, AT(timeout_ms), "5m", 1 * SECOND, 1 * HOUR, NULL, RESTART,
      "A connection on which nothing moves for this long ends." },
    { "lanes", CONFIG_INT, AT(lanes), "2", 1, MAIL_INTAKE_LANES_MAX, NULL, RESTART,
      "Mails are read and recorded on so many threads, each with a database connection." },
    { "keep_source", CONFIG_DURATION, AT(keep_source_ms), "30d", 1 * HOUR, 3650 * DAY, NULL,
      RESTART,
      "Mails are kept as they came for this long, to be looked at when something is in doubt.\n"
      "What they say is kept with the customer (retention.inbound)." },
    { "attachment_max", CONFIG_SIZE, AT(attachment_max), "10m", 1, 200 * MB, NULL, RESTART,
      "A larger attachment is not kept as a document; the mail is taken all the same." },
    { "attachments_max", CONFIG_SIZE, AT(attachments_max), "25m", 1, 200 * MB, NULL, RESTART,
      "All attachments of a mail that are kept, together." },
    { "attachments", CONFIG_INT, AT(attachments_count), "20", 0, 100, NULL, RESTART,
      "At most so many of a mail are kept." },
    { "attachments_refused", CONFIG_LIST, AT(refused), "", 2, 100, NULL, RESTART,
      "Types that are not kept, besides programs, as in { \"application/zip\", \"video/\" }: what\n"
      "an attachment is by its bytes, and what it is said to be." },
    { "stop_answer", CONFIG_TEXT, AT(stop_answer),
      "Vous ne recevrez plus d'e-mails publicitaires de notre part. Pour revenir, répondez START.",
      0, ANSWER_BYTES, NULL, RESTART,
      "The one answer to a STOP that changed something. Empty: no answer, in any language." },
    { "stop_answer_en", CONFIG_TEXT, AT(stop_answer_en),
      "You will get no more promotional mails from us. To come back, answer START.", 0,
      ANSWER_BYTES, NULL, RESTART,
      "The same for customers whose language is not French. Empty: as to the others." },
    { "start_answer", CONFIG_TEXT, AT(start_answer),
      "Vous recevrez de nouveau nos offres. Pour ne plus en recevoir, répondez STOP.", 0,
      ANSWER_BYTES, NULL, RESTART, "The same for START." },
    { "start_answer_en", CONFIG_TEXT, AT(start_answer_en),
      "You will get our offers again. To get no more of them, answer STOP.", 0, ANSWER_BYTES, NULL,
      RESTART, "The same for customers whose language is not French." },
    { "help_answer", CONFIG_TEXT, AT(help_answer),
      "Répondez STOP pour ne plus recevoir nos offres. Pour toute autre question, écrivez-nous : "
      "nous lisons tous les messages.",
      0, ANSWER_BYTES, NULL, RESTART, "The answer to AIDE, HELP, INFO." },
    { "help_answer_en", CONFIG_TEXT, AT(help_answer_en),
      "Answer STOP to get no more of our offers. For any other question, write to us: we read "
      "every message.",
      0, ANSWER_BYTES, NULL, RESTART, "The same for customers whose language is not French." },
    { "yes_answer", CONFIG_TEXT, AT(yes_answer),
      "Merci, votre inscription est confirmée. Pour ne plus recevoir nos offres, répondez STOP.", 0,
      ANSWER_BYTES, NULL, RESTART, "The answer to the yes of somebody who was asked." },
    { "yes_answer_en", CONFIG_TEXT, AT(yes_answer_en),
      "Thank you, your subscription is confirmed. To get no more of our offers, answer STOP.", 0,
      ANSWER_BYTES, NULL, RESTART, "The same for customers whose language is not French." },
    { "answer_subject", CONFIG_TEXT, AT(answer_subject), "Votre message", 1, 200, NULL, RESTART,
      "The subject of an answer to a mail that has none." },
    { "answer_subject_en", CONFIG_TEXT, AT(answer_subject_en), "Your message", 0, 200, NULL,
      RESTART, "The same for customers whose language is not French." },
    { "answer_again", CONFIG_DURATION, AT(answer_again_ms), "24h", 1 * MINUTE, 365 * DAY, NULL,
      RESTART,
      "The same person gets the same answer once within this time. What no person wrote, such as\n"
      "an absence or the mail of a list, is never answered (RFC 3834)." },
    { "answer_expires", CONFIG_DURATION, AT(answer_expires_ms), "2d", 1 * MINUTE, 30 * DAY, NULL,
      RESTART, "An answer that could not be sent within this time is not sent." },
    { "suppress_after", CONFIG_INT, AT(suppress_after), "1", 0, 100, NULL, RESTART,
      "An address is written to no more after so many mails in a row came back because nobody\n"
      "has it; one that did not come back within 5 days ends the row. 0: never." },
};
#undef AT
const size_t mail_in_n_keys = sizeof(mail_in_keys) / sizeof(mail_in_keys[0]);

static enum rc check_addresses(const struct settings_mail_in *m, const struct config_texts *list,
                               const char *key, const char *path, struct error *err)
{
    enum mail_fault fault;
    char address[ADDRESS_SIZE];

    for (size_t i = 0; i < list->n; i++) {
        if (mail_address_normalise(list->items[i], address, &fault))
            return error_set(
                err, RC_INVALID, "%s:%d: mail_in.%s: expected a mail address, got '%s': it %s",
                path, m->head.line, key, (const char *)list->items[i], mail_fault_reason(fault));
    }
    return RC_OK;
}

/* As lmtp_listen_check() says it: no name, for who knows names is on the network. */
static bool can_listen_at(const char *text)
{
    struct in6_addr address;
    char host[64];
    unsigned port;

    if (strncmp(text, UNIX, strlen(UNIX)) == 0)
        return text[strlen(UNIX)] == '/' && strlen(text) - strlen(UNIX) <= UNIX_MAX;
    return !settings_parse_address(text, host, sizeof(host), &port) &&
           inet_pton(*text == '[' ? AF_INET6 : AF_INET, host, &address) == 1;
}

enum rc settings_mail_in_check(const struct settings *s, const char *path, struct error *err)
{
    const struct settings_mail_in *m = &s->mail_in;
    enum mail_fault fault;
    char address[ADDRESS_SIZE + 2] = "x@", ours[ADDRESS_SIZE];
    enum rc rc;

    for (size_t i = 0; i < m->listen.n; i++) {
        if (!can_listen_at(m->listen.items[i]))
            return error_set(
                err, RC_INVALID,
                "%s:%d: mail_in.listen: expected unix: and a path of at most %d bytes, "
                "or an address and a port such as 127.0.0.1:2424, got '%s'",
                path, m->head.line, UNIX_MAX, (const char *)m->listen.items[i]);
    }
    for (size_t i = 0; i < m->refused.n; i++) {
        if (!strchr(m->refused.items[i], '/'))
            return error_set(err, RC_INVALID,
                             "%s:%d: mail_in.attachments_refused: expected a type such as "
                             "\"application/zip\" or \"video/\", got '%s'",
                             path, m->head.line, (const char *)m->refused.items[i]);
    }
    strncat(address, m->domain, sizeof(address) - 3);
    if (*m->domain && mail_address_normalise(address, ours, &fault))
        return error_set(err, RC_INVALID,
                         "%s:%d: mail_in.domain: expected a domain such as relais.example.fr, got "
                         "'%s'",
                         path, m->head.line, m->domain);
    rc = check_addresses(m, &m->contacts, "contact", path, err);
    return rc ? rc : check_addresses(m, &m->unsubscribes, "unsubscribe", path, err);
}
