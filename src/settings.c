/* settings.c - the keys of relais.conf. What stands here is the parser, the sample and the manual.
 */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "domain/types.h"
#include "flow/postman.h"
#include "settings_check.h"
#include "settings_words.h"
#include "store/campaign_results.h"

#define LOG_PART "settings"
#include "base/log.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIVE     true
#define RESTART  false

#define SECOND     INT64_C(1000)
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define DAY        (24 * HOUR)
#define KB         (INT64_C(1) << 10)
#define MB         (INT64_C(1) << 20)
#define GB         (INT64_C(1) << 30)
#define PATH_BYTES 4095
#define SMS_BYTES  480  /* enough for three parts */
#define MAIL_BYTES 4000 /* of a mail of ours that no template made */

static const char *const log_targets[] = { "stderr", "syslog", NULL };
static const char *const log_levels[] = { "error", "warn", "info", "debug", NULL };

#define AT(field) offsetof(struct settings_daemon, field)
static const struct config_key daemon_keys[] = {
    { "node_id", CONFIG_INT, AT(node_id), "1", 1, 255, NULL, RESTART,
      "The number of this relaisd among those that share a database." },
    { "data_dir", CONFIG_TEXT, AT(data_dir), "/var/lib/relais", 1, PATH_BYTES, NULL, RESTART,
      "Where relaisd keeps its own files: the private database, the control socket and its\n"
      "token, and the partners' directories, unless other keys say otherwise." },
    { "sql_dir", CONFIG_TEXT, AT(sql_dir), "", 0, PATH_BYTES, NULL, RESTART,
      "The numbered migrations. Empty: those that were installed with relaisd, or the\n"
      "directory that the environment variable RELAIS_SQLDIR names." },
};
#undef AT

#define AT(field) offsetof(struct settings_log, field)
static const struct config_key log_keys[] = {
    { "target", CONFIG_CHOICE, AT(target), "stderr", 0, 0, log_targets, LIVE,
      "Where the log goes." },
    { "level", CONFIG_CHOICE, AT(level), "info", 0, 0, log_levels, LIVE,
      "How much is logged: each level includes those before it." },
    { "levels", CONFIG_LIST, AT(levels), "", 3, 40, NULL, LIVE,
      "Parts with a level of their own, as in { \"smpp=debug\", \"intake=warn\" }. The part is\n"
      "the third word of a log line." },
};
#undef AT

#define AT(field) offsetof(struct settings_database, field)
static const struct config_key database_keys[] = {
    { "socket", CONFIG_TEXT, AT(socket), "/run/mysqld/mysqld.sock", 0, PATH_BYTES, NULL, RESTART,
      "The server's unix socket. Not used when host is given." },
    { "host", CONFIG_TEXT, AT(host), "", 0, 255, NULL, RESTART,
      "The server's name or address, to reach it by TCP." },
    { "port", CONFIG_INT, AT(port), "3306", 1, 65535, NULL, RESTART, "Its port." },
    { "user", CONFIG_TEXT, AT(user), NULL, 1, 80, NULL, RESTART,
      "Who relaisd is to the server. The user needs all rights on the database." },
    { "password", CONFIG_SECRET, AT(password), "", 0, 255, NULL, RESTART,
      "The password. Better kept in password_file, or taken from the environment." },
    { "password_file", CONFIG_TEXT, AT(password_file), "", 0, PATH_BYTES, NULL, RESTART,
      "A file whose first line is the password." },
    { "name", CONFIG_TEXT, AT(name), "relais", 1, 64, NULL, RESTART,
      "The database. It is created when it is missing and the user may do so." },
    { "tls_ca", CONFIG_TEXT, AT(tls_ca), "", 0, PATH_BYTES, NULL, RESTART,
      "A PEM file. Given: the connection uses TLS, and the server's certificate must be\n"
      "signed by this authority." },
    { "timeout", CONFIG_DURATION, AT(timeout_ms), "60s", 1 * SECOND, 1 * HOUR, NULL, RESTART,
      "How long to wait for a connection, and for one answer." },
};
#undef AT

#define AT(field) offsetof(struct settings_standalone, field)
static const struct config_key standalone_keys[] = {
    { "buffer_pool", CONFIG_SIZE, AT(buffer_pool), "0", 0, 1024 * GB, NULL, RESTART,
      "Memory for the database's pages. 0: a quarter of this machine's, at most 4g." },
    { "log_file", CONFIG_SIZE, AT(log_file), "512m", 32 * MB, 64 * GB, NULL, RESTART,
      "The size of InnoDB's redo log." },
    { "start_timeout", CONFIG_DURATION, AT(start_timeout_ms), "60s", 1 * SECOND, 1 * HOUR, NULL,
      RESTART, "How long the server may take to be ready; after a crash it repairs itself first." },
};
#undef AT

#define AT(field) offsetof(struct settings_files, field)
static const struct config_key files_keys[] = {
    { "root", CONFIG_TEXT, AT(root), "", 0, PATH_BYTES, NULL, RESTART,
      "Holds a directory for each partner, with in, work, done, failed and out.\n"
      "Empty: the directory partners in data_dir." },
    { "profiles", CONFIG_TEXT, AT(profiles), "", 0, PATH_BYTES, NULL, RESTART,
      "Holds a file CODE.conf for each partner, which says how to read its files.\n"
      "Empty: the directory partners beside this file, or without a file profiles in data_dir." },
    { "rescan", CONFIG_DURATION, AT(rescan_ms), "10s", 100, 1 * HOUR, NULL, RESTART,
      "How often the directories are looked through, besides being watched." },
    { "chunk_rows", CONFIG_INT, AT(chunk_rows), "500", 1, 1000, NULL, RESTART,
      "Rows of a file that are committed together." },
    { "at_once", CONFIG_INT, AT(at_once), "8", 1, 1000, NULL, RESTART,
      "Files of all partners that are read at a time; the others wait their turn. How many of one\n"
      "partner, its profile says (take.at_once)." },
};
#undef AT

#define AT(field) offsetof(struct settings_sms, field)
static const struct config_key sms_keys[] = {
    { "country", CONFIG_TEXT, AT(country), "FR", 2, 2, NULL, RESTART,
      "The country of phone numbers that are written without one." },
    { "promo_sender", CONFIG_TEXT, AT(promo_sender), "", 0, 40, NULL, RESTART,
      "Who promotions come from, unless a campaign says otherwise: the short code that your\n"
      "carrier gave you, or the name of a section sender. In France 36xxx; people answer STOP to\n"
      "it (af2m charter). Empty: the first section sender that names the purpose promo, else\n"
      "36000." },
    { "service_sender", CONFIG_TEXT, AT(service_sender), "", 0, 40, NULL, RESTART,
      "Who service messages and alerts come from. In France 38xxx, or up to 11 letters; but\n"
      "nobody can answer letters. Empty: the first section sender that names the purpose\n"
      "service, else 38000." },
    { "identity", CONFIG_TEXT, AT(identity), "", 0, SENDER_IDENTITY_MAX, NULL, RESTART,
      "Who you are to your customers, the name of your brand. A promotion that does not hold it\n"
      "gets it in front: \"MaBoite: ...\" (CPCE L34-5: every promotion names its sender). Empty:\n"
      "the texts must see to it themselves." },
    { "stop_mention", CONFIG_TEXT, AT(stop_mention), "STOP SMS", 4, SENDER_STOP_MAX, NULL, RESTART,
      "How to refuse promotions, added to one that does not say it (CPCE L34-5: every promotion\n"
      "says how to refuse the next one), and what {{stop}} stands for. A sender's own words, in\n"
      "its section, come first." },
    { "stop_mention_en", CONFIG_TEXT, AT(stop_mention_en), "STOP SMS", 4, SENDER_STOP_MAX, NULL,
      RESTART, "The same in texts of other languages than French." },
    { "language", CONFIG_TEXT, AT(language), "fr", 2, 2, NULL, RESTART,
      "The language of texts about which nothing else is said." },
    { "max_parts", CONFIG_INT, AT(max_parts), "10", 1, SMS_PARTS_MAX, NULL, RESTART,
      "At most so many SMS parts a message of a campaign: what is longer is refused, or its\n"
      "recipient left out. Every part is paid for." },
    { "test_numbers", CONFIG_LIST, AT(test_numbers), "", 4, 20, NULL, RESTART,
      "Phones of your own that the text of a campaign may be tried on (campaign test), as in\n"
      "{ \"+33612345678\" }. Nobody else gets a test." },
    { "tests_per_day", CONFIG_INT, AT(tests_per_day), "50", 0, 10000, NULL, RESTART,
      "At most so many tests a day (UTC), over all campaigns; 0: none." },
    { "segment_cost", CONFIG_INT, AT(segment_cost_millicents), "4500", 0, 100000000, NULL, RESTART,
      "What one SMS part costs, in thousandths of a cent: 4500 is 4.5 cents." },
    { "currency", CONFIG_TEXT, AT(currency), "EUR", 3, 3, NULL, RESTART,
      "The currency of the costs." },
    { "stop_answer", CONFIG_TEXT, AT(stop_answer),
      "Vous ne recevrez plus de SMS publicitaires de notre part. Pour revenir: START", 0, SMS_BYTES,
      NULL, RESTART, "The one answer to a STOP that changed something. Empty: no answer." },
    { "start_answer", CONFIG_TEXT, AT(start_answer),
      "Vous recevrez de nouveau nos offres par SMS. Pour arreter: STOP", 0, SMS_BYTES, NULL,
      RESTART, "The answer to a START that changed something. Empty: no answer." },
    { "help_answer", CONFIG_TEXT, AT(help_answer),
      "Repondez STOP pour ne plus recevoir nos offres, START pour les recevoir.", 0, SMS_BYTES,
      NULL, RESTART, "The answer to AIDE or HELP, at most once an hour. Empty: no answer." },
    { "answer_expires", CONFIG_DURATION, AT(answer_expires_ms), "1d", 1 * MINUTE, 7 * DAY, NULL,
      RESTART, "An answer that could not be sent within this time never is." },
    { "service_expires", CONFIG_DURATION, AT(service_expires_ms), "1d", 1 * MINUTE, 7 * DAY, NULL,
      RESTART, "The same for a single service message or alert, unless it says otherwise." },
    { "parts_wait", CONFIG_DURATION, AT(parts_wait_ms), "1h", 1 * SECOND, 2 * DAY, NULL, RESTART,
      "How long to wait for the missing parts of a long message from a customer; then it is\n"
      "recorded with what there is, and [...] where something is missing. Parts leave a phone\n"
      "within seconds, but a carrier that could not deliver one tries again after minutes." },
    { "settle", CONFIG_DURATION, AT(settle_ms), "15m", 1 * SECOND, 3 * DAY, NULL, LIVE,
      "A service message whose submit was never answered is sent once more after this time,\n"
      "if no receipt shows that it arrived. A promotion never is." },
    { "retry", CONFIG_DURATION, AT(retry_ms), "30s", 100, 1 * DAY, NULL, LIVE,
      "Wait this long after a carrier's temporary refusal, and twice as long after each more." },
    { "attempts", CONFIG_INT, AT(attempts_max), "6", 1, 100, NULL, LIVE,
      "A message that was refused this often, if only temporarily, has failed." },
    { "suppress_unknown", CONFIG_INT, AT(suppress_unknown), "1", 0, 100, NULL, LIVE,
      "A number is suppressed, and gets no more promotions, when carriers answered so many\n"
      "messages in a row that it is nobody's (their no_subscriber). A delivery begins the count\n"
      "anew; relaisctl suppression lift ends it. 0: never." },
    { "suppress_absent", CONFIG_INT, AT(suppress_absent), "3", 0, 100, NULL, LIVE,
      "The same for answers that it cannot be reached (their absent_subscriber). 0: never." },
    { "poll", CONFIG_DURATION, AT(poll_ms), "1s", 10, 1 * HOUR, NULL, LIVE,
      "How often the queue is looked at for messages that became due." },
    { "failover", CONFIG_DURATION, AT(failover_ms), "5s", 100, 1 * HOUR, NULL, LIVE,
      "A carrier that owes an answer for this long is slow: the next one of the route is used\n"
      "instead. What it was given already is left to it." },
    { "timezone", CONFIG_TEXT, AT(timezone), "Europe/Paris", 1, 60, NULL, RESTART,
      "Whose wall clock opening hours, daily caps and scheduled starts go by; and promotions to\n"
      "customers of whom no other is known." },
};
#undef AT

#define AT(field) offsetof(struct settings_sending, field)
static const struct config_key sending_keys[] = {
    { "hours", CONFIG_LIST, AT(hours), "mon-sat 08:00-20:00", 1, 40, NULL, RESTART,
      "When promotions may leave, by the clock of whoever receives them. In France: working\n"
      "days, never outside 08:00-22:00 (af2m charter, 2024). Service messages and alerts leave\n"
      "at any time." },
    { "on_holidays", CONFIG_BOOL, AT(on_holidays), "false", 0, 0, NULL, RESTART,
      "Promotions leave on public holidays, too. Those of France are known (Code du travail,\n"
      "art. L3133-1); of other countries, what holiday_files says." },
    { "regional_holidays", CONFIG_BOOL, AT(regional_holidays), "true", 0, 0, NULL, RESTART,
      "Holidays of French departments count for customers with a postcode there: Good Friday\n"
      "and 26 December in 57, 67 and 68 (Code du travail, art. L3134-13), the abolition of\n"
      "slavery overseas (decree 83-1003)." },
    { "holiday_files", CONFIG_TEXT, AT(holiday_files), "", 0, PATH_BYTES, NULL, RESTART,
      "Holds a file for each country, named by its two letters, with a day and its name a line:\n"
      "\"2026-12-26 Saint Stephen\", \"*-12-26 ...\" (every year), \"easter+1 ...\". Empty: the\n"
      "directory holidays beside this file, if there is one." },
    { "beyond_charter", CONFIG_BOOL, AT(beyond_charter), "false", 0, 0, NULL, RESTART,
      "Must be true before hours may have Sundays, or times before 08:00 or after 22:00, and\n"
      "before on_holidays may be true. For countries whose law allows it, and for rehearsals." },
    { "frequency_cap", CONFIG_INT, AT(cap), "0", 0, SEND_CAP_MAX, NULL, RESTART,
      "So many promotions to one customer within frequency_period, whatever the campaigns;\n"
      "the others are withheld at the last moment. At most 8; 0: no cap." },
    { "frequency_period", CONFIG_DURATION, AT(cap_period_ms), "7d", 1 * HOUR, 365 * DAY, NULL,
      RESTART, "The time that frequency_cap counts in." },
};
#undef AT

#define AT(field) offsetof(struct settings_route, field)
static const char *const route_choices[] = { "weight", "order", "cost", NULL };
static const struct config_key route_keys[] = {
    { "prefixes", CONFIG_LIST, AT(prefixes), "", 2, 16, NULL, RESTART,
      "Destinations that take this route, as in { \"+33\", \"+590\" }. Empty: all." },
    { "classes", CONFIG_LIST, AT(classes), "", 1, 10, NULL, RESTART,
      "Messages that take it: promo, service, alert. Empty: all." },
    { "categories", CONFIG_LIST, AT(categories), "", 1, 32, NULL, RESTART,
      "Codes of customers' categories that take it. Empty: all." },
    { "carriers", CONFIG_LIST, AT(carriers), "", 1, 60, NULL, RESTART,
      "The carriers it may use, each with its weight: { \"orange 3\", \"sfr 1\" }. Empty: what\n"
      "takes this route is refused." },
    { "choose", CONFIG_CHOICE, AT(choose), "weight", 0, 0, route_choices, RESTART,
      "weight: over all of them, in the proportion of their weights. order: the first; the\n"
      "next one when it is down or slow. cost: the same, the cheapest for the destination\n"
      "first." },
};
#undef AT

#define AT(field) offsetof(struct settings_sender, field)
static const char *const sender_kinds[] = { "by_look", "short", "long", "alphanumeric", NULL };
static const struct config_key sender_keys[] = {
    { "address", CONFIG_TEXT, AT(address), "", 0, SENDER_MAX, NULL, RESTART,
      "What stands on the handset: \"36123\", \"+33612345678\", or up to 11 letters. Empty: the\n"
      "section's title." },
    { "kind", CONFIG_CHOICE, AT(kind), "by_look", 0, 0, sender_kinds, RESTART,
      "short: a short code. long: a whole number. alphanumeric: letters, which nobody can\n"
      "answer. by_look: whichever it looks like." },
    { "purposes", CONFIG_LIST, AT(purposes), "", 5, 7, NULL, RESTART,
      "What it may be used for: { promo, service }. Empty: service, and promo unless it is a\n"
      "French 38xxx or mobile number, which are not for it (af2m charter)." },
    { "identity", CONFIG_TEXT, AT(identity), "", 0, SENDER_IDENTITY_MAX, NULL, RESTART,
      "Who you are in its promotions. Empty: sms.identity, or the letters themselves." },
    { "stop", CONFIG_TEXT, AT(stop), "", 0, SENDER_STOP_MAX, NULL, RESTART,
      "How to refuse its promotions, as in \"STOP au 36123\"; must be given for letters. Empty:\n"
      "sms.stop_mention." },
    { "stop_en", CONFIG_TEXT, AT(stop_en), "", 0, SENDER_STOP_MAX, NULL, RESTART,
      "The same in texts of other languages than French. Empty: stop." },
    { "max_per_second", CONFIG_INT, AT(per_second), "0", 0, 1000000, NULL, RESTART,
      "Parts a second from this sender, over all carriers; 0: no limit." },
    { "daily_cap", CONFIG_INT, AT(daily_cap), "0", 0, INT64_C(1000000000), NULL, RESTART,
      "Parts a day, from midnight in sms.timezone; the rest waits for the next day. 0: no cap." },
    { "hours", CONFIG_LIST, AT(hours), "", 1, 40, NULL, RESTART,
      "When it may send, as in { \"mon-fri 08:00-20:00\", \"sat 10:00-18:00\" }. Empty: always." },
};
#undef AT

#define AT(field) offsetof(struct settings_consent, field)
static const char *const stop_scopes[] = { "all", "sender", NULL };
static const struct config_key consent_keys[] = {
    { "stop", CONFIG_CHOICE, AT(stop), "all", 0, 0, stop_scopes, RESTART,
      "What a STOP refuses. all: every promotion of the house. sender: those of the number that\n"
      "it is sent to, when the last promotion came from there; STOP TOUT and STOP ALL always\n"
      "refuse every one." },
    { "stop_sender_answer", CONFIG_TEXT, AT(stop_sender_answer),
      "Vous ne recevrez plus de SMS publicitaires du {sender}. Pour tout arreter: STOP TOUT", 0,
      SMS_BYTES, NULL, RESTART,
      "The one answer to a STOP of one sender, in the place of sms.stop_answer. Empty: no "
      "answer." },
    { "ask_text_fr", CONFIG_TEXT, AT(ask_text_fr),
      "Repondez OUI pour recevoir nos offres par SMS. Sinon ne faites rien, ou STOP au {sender}", 1,
      SMS_BYTES, NULL, RESTART,
      "How a customer is asked for a consent (double opt-in) whose language is French. The yes is\n"
      "a consent to these words, so they must say what it is for. {sender}: where the answer\n"
      "goes to, sms.service_sender." },
    { "ask_text_en", CONFIG_TEXT, AT(ask_text_en),
      "Reply YES to get our offers by SMS. To refuse, do nothing, or reply STOP to {sender}", 1,
      SMS_BYTES, NULL, RESTART, "The same for any other language." },
    { "ask_subject_fr", CONFIG_TEXT, AT(ask_subject_fr), "Recevoir nos offres par e-mail ?", 1,
      SUBJECT_MAX, NULL, RESTART, "The subject, where a customer is asked by mail." },
    { "ask_subject_en", CONFIG_TEXT, AT(ask_subject_en), "Our offers by e-mail?", 1, SUBJECT_MAX,
      NULL, RESTART, "The same for any other language." },
    { "ask_mail_fr", CONFIG_TEXT, AT(ask_mail_fr),
      "Répondez OUI à ce message pour recevoir nos offres par e-mail. Sinon, ne faites rien : sans "
      "votre réponse, nous ne les enverrons pas.",
      1, MAIL_BYTES, NULL, RESTART,
      "The text of that mail, written as templates of mails are. The answer comes back through\n"
      "mail_in, without which nobody is asked by mail." },
    { "ask_mail_en", CONFIG_TEXT, AT(ask_mail_en),
      "Reply YES to this message to get our offers by e-mail. To refuse, do nothing: without your "
      "answer we send none.",
      1, MAIL_BYTES, NULL, RESTART, "The same for any other language." },
    { "ask_expires", CONFIG_DURATION, AT(ask_expires_ms), "7d", 1 * HOUR, 90 * DAY, NULL, RESTART,
      "A yes that comes later does not count, and nobody is asked a second time before." },
    { "yes_words", CONFIG_LIST, AT(yes_words), "", 1, 200, NULL, RESTART,
      "What counts as a yes of somebody who was asked. Empty: OUI and YES. From others it is a\n"
      "message like any other." },
    { "yes_answer", CONFIG_TEXT, AT(yes_answer),
      "Merci, vous recevrez nos offres par SMS. Pour arreter: STOP", 0, SMS_BYTES, NULL, RESTART,
      "The answer to that yes. Empty: no answer." },
    { "expires_after", CONFIG_DURATION, AT(expires_after_ms), "1095d", 0, 36500 * DAY, NULL,
      RESTART,
      "A consent to promotions ends so long after the last contact: the consent itself, the\n"
      "customer's last message or last order, whichever is latest, never a message of ours\n"
      "(CNIL: three years from the last contact that comes from the person). 0: never." },
    { "key_file", CONFIG_TEXT, AT(key_file), "", 0, PATH_BYTES, NULL, RESTART,
      "The secret key that exports of the ledger are signed with; made at its first use. Keep a\n"
      "copy, and note the public key (relaisctl consent key) elsewhere. Empty: consent.key in\n"
      "data_dir." },
};
#undef AT

static const char *const keyword_actions[] = { "answer", "stop", "start", "help", NULL };

#define AT(field) offsetof(struct settings_keyword, field)
static const struct config_key keyword_keys[] = {
    { "words", CONFIG_LIST, AT(words), NULL, 1, 200, NULL, RESTART,
      "What customers write, as in { \"HORAIRES\", \"OPENING HOURS\" }. Case, accents and\n"
      "punctuation do not matter; a message with other words in it, but for politeness, is no\n"
      "keyword." },
    { "answer", CONFIG_TEXT, AT(answer), "", 0, SMS_BYTES, NULL, RESTART,
      "The answer, at most once an hour to one number. Must be given with the action answer;\n"
      "with the others it takes the place of stop_answer, start_answer or help_answer." },
    { "action", CONFIG_CHOICE, AT(action), "answer", 0, 0, keyword_actions, RESTART,
      "answer: nothing but the answer. stop, start, help: further words for STOP, START and\n"
      "HELP, beside those that Relais knows." },
};
#undef AT

#define AT(field) offsetof(struct settings_control, field)
static const struct config_key control_keys[] = {
    { "socket", CONFIG_TEXT, AT(socket), "", 0, 107, NULL, RESTART,
      "The unix socket of the control port. Empty: control.sock in data_dir." },
    { "listen", CONFIG_TEXT, AT(listen), "", 0, 60, NULL, RESTART,
      "A loopback address and port to listen on as well, as in \"127.0.0.1:8025\". There is no\n"
      "TLS, so no other address is taken." },
    { "token_file", CONFIG_TEXT, AT(token_file), "", 0, PATH_BYTES, NULL, RESTART,
      "Who can read this file may use the control port. It is made when it is missing.\n"
      "Empty: token in data_dir." },
    { "max_body", CONFIG_SIZE, AT(max_body), "64k", 16 * KB, 4 * MB, NULL, RESTART,
      "Largest request body. It is read before the token can be looked at, so this bounds what a\n"
      "stranger on the port can make relaisd keep; no call of the API needs more." },
    { "max_connections", CONFIG_INT, AT(max_connections), "64", 1, 10000, NULL, RESTART,
      "Connections at a time, of the socket and of the port each; more wait." },
    { "timeout", CONFIG_DURATION, AT(timeout_ms), "60s", 1 * SECOND, 1 * HOUR, NULL, RESTART,
      "A connection on which nothing moves for this long is closed." },
};
#undef AT

#define AT(field) offsetof(struct settings_mail, field)
static const char *const mail_tls[] = { "off", "may", "must", NULL };
static const struct config_key mail_keys[] = {
    { "relay", CONFIG_LIST, AT(relays), "", 3, 261, NULL, RESTART,
      "The mail server that mails are handed to, as in { \"smtp.provider.example:587\" }: a name\n"
      "or an IPv4 address, and a port. Several: the first one that answers. Empty: no mail is\n"
      "sent; what there is to say waits." },
    { "from", CONFIG_TEXT, AT(from), "", 0, 254, NULL, RESTART,
      "The address that mails come from, and that those go to that cannot be delivered." },
    { "from_name", CONFIG_TEXT, AT(from_name), "", 0, 80, NULL, RESTART,
      "The name beside it, as in \"Ma Boite\"." },
    { "identity", CONFIG_TEXT, AT(identity), "", 0, 200, NULL, RESTART,
      "Who you are, in small print below each promotion, as in \"Ma Boite SARL, 1 rue du Port,\n"
      "69002 Lyon\". Empty: sms.identity." },
    { "accent", CONFIG_TEXT, AT(accent), "#0b5fff", 1, 20, NULL, RESTART,
      "The colour of links and buttons in mails to customers, as \"#0b5fff\"." },
    { "helo", CONFIG_TEXT, AT(helo), "", 0, 253, NULL, RESTART,
      "The name that relaisd greets with. Empty: that of this machine." },
    { "tls", CONFIG_CHOICE, AT(tls), "must", 0, 0, mail_tls, RESTART,
      "STARTTLS. must: mails go to a relay whose certificate is good for the name above, else\n"
      "not at all. may: encrypted when it offers that, whoever it is. off: in clear, for a relay\n"
      "on this machine." },
    { "tls_ca", CONFIG_TEXT, AT(tls_ca), "", 0, PATH_BYTES, NULL, RESTART,
      "A PEM file with the authority that signs the relay's certificate. Empty: those that this\n"
      "system trusts." },
    { "user", CONFIG_TEXT, AT(user), "", 0, 254, NULL, RESTART,
      "Who relaisd is to the relay; needs tls must and password_file. Empty: nobody asks." },
    { "password_file", CONFIG_TEXT, AT(password_file), "", 0, PATH_BYTES, NULL, RESTART,
      "A file whose first line is the password." },
    { "timeout", CONFIG_DURATION, AT(timeout_ms), "2m", 1 * SECOND, 10 * MINUTE, NULL, RESTART,
      "How long to wait for an answer of the relay; five times as long for the one to a whole\n"
      "mail, because giving up there may send it twice (RFC 5321, 4.5.3.2)." },
    { "retry", CONFIG_DURATION, AT(retry_ms), "1m", 100, 1 * DAY, NULL, RESTART,
      "Wait this long after a temporary refusal, and twice as long after each more ..." },
    { "retry_max", CONFIG_DURATION, AT(retry_max_ms), "4h", 100, 7 * DAY, NULL, RESTART,
      "... but never longer than this." },
    { "give_up", CONFIG_DURATION, AT(give_up_ms), "3d", 1 * SECOND, 30 * DAY, NULL, RESTART,
      "A mail that is refused for so long, if only temporarily, has failed." },
    { "attachment_max", CONFIG_SIZE, AT(attachment_max), "10m", 1, 12 * MB, NULL, RESTART,
      "A larger file is not attached; the mail says so instead." },
    { "test_addresses", CONFIG_LIST, AT(test_addresses), "", 3, 254, NULL, RESTART,
      "Mailboxes of our own that a campaign's mail may be tried on, with campaign test, as in\n"
      "{ \"lea@ma-boite.example\" }." },
    { "sessions", CONFIG_INT, AT(sessions), "4", 1, POSTMAN_SESSIONS_MAX, NULL, RESTART,
      "Of mails to customers: so many sessions with a relay at once, each with a connection to\n"
      "the database." },
    { "max_per_second", CONFIG_INT, AT(per_second), "0", 0, 1000000, NULL, RESTART,
      "Mails to customers a second, but for domains with a section mail_domain; of each node.\n"
      "0: no limit." },
    { "settle", CONFIG_DURATION, AT(settle_ms), "30m", 0, 3 * DAY, NULL, RESTART,
      "A service mail whose answer from the relay was lost is sent once more after this.\n"
      "Promotions never are." },
    { "suppress_unknown", CONFIG_INT, AT(suppress_unknown), "1", 0, 100, NULL, RESTART,
      "An address gets no more promotions when it was refused so many times because nobody has\n"
      "it (5.1.1, 5.1.2, 5.1.10). 0: however often." },
    { "feedback_id", CONFIG_TEXT, AT(feedback_id), "", 0, 60, NULL, RESTART,
      "What large providers tell complaints apart by: the header Feedback-ID. Empty: none." },
};
#undef AT

#define AT(field) offsetof(struct settings_mail_domain, field)
static const struct config_key mail_domain_keys[] = {
    { "max_per_second", CONFIG_INT, AT(per_second), "0", 0, 1000000, NULL, RESTART,
      "Mails a second to recipients of this domain, of each node; 0: no limit." },
    { "sessions", CONFIG_INT, AT(sessions), "1", 1, POSTMAN_SESSIONS_MAX, NULL, RESTART,
      "Sessions at once that have such mails, of each node; at most as many as mail.sessions." },
};
#undef AT

#define AT(field) offsetof(struct settings_public, field)
static const struct config_key public_keys[] = {
    { "listen", CONFIG_TEXT, AT(listen), "", 0, 60, NULL, RESTART,
      "The address and port that the world may reach, as in \"0.0.0.0:8080\"; best behind a\n"
      "server that speaks TLS. Empty: this relaisd does not listen." },
    { "url", CONFIG_TEXT, AT(url), "", 0, LINK_BASE_MAX, NULL, RESTART,
      "How the world writes it, the beginning of every short link: \"https://r.example\". The\n"
      "shorter, the fewer characters of each SMS it takes. Mails have it in their links for\n"
      "unsubscribing, /u/...; mail programs press those only by https. Empty: {{link:...}} in a\n"
      "text stays the whole address, visits are not counted, and mails have no such link." },
    { "max_connections", CONFIG_INT, AT(max_connections), "256", 1, 10000, NULL, RESTART,
      "Connections at a time; more wait." },
    { "timeout", CONFIG_DURATION, AT(timeout_ms), "10s", 1 * SECOND, 1 * MINUTE, NULL, RESTART,
      "A connection ends after this long, whatever it is at." },
};
#undef AT

#define AT(field) offsetof(struct settings_retention, field)
static const struct config_key retention_keys[] = {
    { "messages", CONFIG_DURATION, AT(messages_ms), "400d", 0, 36500 * DAY, NULL, RESTART,
      "Messages, with their texts. The proof of consent that a message names is in the ledger\n"
      "of consents, which is kept for ever (GDPR art. 7: who sends must be able to show the\n"
      "consent; objections are kept at least 3 years). At least 31d, because a message may wait\n"
      "that long; 0: for ever." },
    { "events", CONFIG_DURATION, AT(events_ms), "400d", 0, 36500 * DAY, NULL, RESTART,
      "What happened to messages: the carriers' answers and receipts. At least 31d; 0: for ever." },
    { "inbound", CONFIG_DURATION, AT(inbound_ms), "400d", 0, 36500 * DAY, NULL, RESTART,
      "Messages from customers. The words of a refusal are kept in the ledger. At least 31d;\n"
      "0: for ever." },
    { "recipients", CONFIG_DURATION, AT(recipients_ms), "400d", 0, 36500 * DAY, NULL, RESTART,
      "Whom a campaign wrote to and whom it left out, counted from its end; its figures are\n"
      "kept for ever. At least 31d; 0: for ever." },
    { "rejects", CONFIG_DURATION, AT(rejects_ms), "90d", 0, 36500 * DAY, NULL, RESTART,
      "Refused rows of partners' files, counted from the end of the import. 0: for ever." },
    { "undo", CONFIG_DURATION, AT(undo_ms), "30d", 0, 36500 * DAY, NULL, RESTART,
      "What `import undo` needs, such as customers and orders as they were before a file changed\n"
      "them, counted from the end of the import. 0: for ever." },
    { "imports", CONFIG_DURATION, AT(imports_ms), "0", 0, 36500 * DAY, NULL, RESTART,
      "One row for each file that partners dropped, counted from its end. The ledger of consents\n"
      "names files and rows as proof, so they are better kept. 0: for ever." },
    { "audit", CONFIG_DURATION, AT(audit_ms), "1100d", 0, 36500 * DAY, NULL, RESTART,
      "Who gave which command. 0: for ever." },
    { "visits", CONFIG_DURATION, AT(visits_ms), "400d", 0, 36500 * DAY, NULL, RESTART,
      "Visits of short links, counted from their message. 0: for ever." },
    { "mails", CONFIG_DURATION, AT(mails_ms), "90d", 0, 36500 * DAY, NULL, RESTART,
      "Mails of the house's own, once they are sent or have failed. 0: for ever." },
    { "contacts", CONFIG_DURATION, AT(contacts_ms), "1100d", 0, 36500 * DAY, NULL, RESTART,
      "Contacts of the contact plan, since the day for which they were planned, with their "
      "results\n"
      "and reminders; open ones stay. Also its lists, and plans that are over. 0: for ever." },
    { "erase_prospects_after", CONFIG_DURATION, AT(prospects_ms), "0", 0, 36500 * DAY, NULL,
      RESTART,
      "People who never ordered are erased when nothing was heard of them for so long: no "
      "message,\n"
      "no conversation and no consent of theirs; what was sent to them does not count. Cannot be "
      "undone. 0: "
      "never;\n"
      "3 years, \"1095d\", is what the CNIL recommends." },
    { "every", CONFIG_DURATION, AT(every_ms), "1h", 100, 1 * DAY, NULL, RESTART,
      "How often this is looked after. Each look drops at most one month of a table." },
};
#undef AT

#define AT(field) offsetof(struct settings_campaign, field)
static const struct config_key campaign_keys[] = {
    { "approval_above", CONFIG_INT, AT(approval_above), "0", 0, INT64_C(1000000000), NULL, RESTART,
      "A campaign with more recipients than this starts only when a second person approved it:\n"
      "neither who created it nor who asked for the start. 0: never; a second person needs a\n"
      "section user. 5000 is a good value where several people send." },
    { "order_days", CONFIG_INT, AT(order_days), "7", 1, CAMPAIGN_ORDER_DAYS_MAX, NULL, RESTART,
      "An order counts for a campaign when it came within so many days of its message." },
    { "rest", CONFIG_DURATION, AT(rest_ms), "0s", 0, 365 * DAY, NULL, RESTART,
      "Leaves out of promotional campaigns who was in contact with us within this time, whoever\n"
      "wrote. A campaign may say otherwise (--rest). 0s: nobody." },
    { "repeat_after", CONFIG_DURATION, AT(repeat_ms), "30d", 0, 2 * 365 * DAY, NULL, RESTART,
      "Leaves out who was sent the very same text by another campaign within this time, unless\n"
      "the campaign may repeat it (--repeat). 0s: nobody." },
    { "adult_age", CONFIG_INT, AT(adult_age), "18", 0, 99, NULL, RESTART,
      "Leaves out of promotional campaigns who is known to be younger. Who is marked as a minor\n"
      "is always left out. 0: birth dates are not looked at." },
};
#undef AT

#define AT(field) offsetof(struct settings_user, field)
static const struct config_key user_keys[] = {
    { "token_file", CONFIG_TEXT, AT(token_file), NULL, 1, PATH_BYTES, NULL, RESTART,
      "A file whose first line is the user's token, of mode 0600. It is made with a random one\n"
      "when it is missing. The user has a copy, for relaisctl --token-file." },
    { "may", CONFIG_LIST, AT(may), NULL, 1, 20, NULL, RESTART,
      "What the user may do, as in { \"write\", \"approve\" }. read: look. write: look, and "
      "change\n"
      "campaigns, templates, messages. approve: look, and approve or refuse campaigns. admin:\n"
      "all of it, and carriers and routes." },
};
#undef AT

#define SECTION(name, type, keys, field, help)                                                 \
    {                                                                                          \
        name, keys, COUNT(keys), sizeof(struct type), offsetof(struct settings, field), false, \
            help                                                                               \
    }
static struct config_section sections[] = {
    SECTION("", settings_daemon, daemon_keys, daemon, "The daemon itself."),
    SECTION("log", settings_log, log_keys, log, "What is logged, and where."),
    SECTION(
        "database", settings_database, database_keys, database,
        "A MariaDB server (10.6 or newer). Without this section relaisd starts and looks after\n"
        "a private one in data_dir."),
    SECTION("standalone", settings_standalone, standalone_keys, standalone,
            "The private MariaDB server. Of no effect beside a section database."),
    SECTION("files", settings_files, files_keys, files, "What partners drop, and where."),
    SECTION("sms", settings_sms, sms_keys, sms, "Senders, costs, answers, and trying again."),
    SECTION("sending", settings_sending, sending_keys, sending,
            "When promotions leave, and how often."),
    SECTION("consent", settings_consent, consent_keys, consent,
            "Consents to promotions: what STOP means, how one is asked for, when one ends."),
    SECTION("control", settings_control, control_keys, control,
            "The control port: relaisctl, the JSON API, /metrics and /healthz."),
    SECTION(
        "mail", settings_mail, mail_keys, mail,
        "Mails: those that relaisd sends by itself, such as receipts to partners' contacts, and\n"
        "those to customers."),
    { "mail_in", mail_in_keys, 0, sizeof(struct settings_mail_in),
      offsetof(struct settings, mail_in), false,
      "Mail that comes in: answers, bounces, refusals, what customers write, partners' files." },
    { "alert", alert_keys, 0, sizeof(struct settings_alert), offsetof(struct settings, alert),
      false, "From when on something is an alert: relaisctl alert list." },
    SECTION("public", settings_public, public_keys, public,
            "What the world sees of Relais: the short links of campaigns."),
    SECTION("retention", settings_retention, retention_keys, retention,
            "How long data is kept. Messages and what happened to them go by whole months. People\n"
            "who never became customers may be kept 3 years from their last contact (CNIL); no\n"
            "period here needs to be longer than that."),
    SECTION("campaign", settings_campaign, campaign_keys, campaign,
            "Approval of campaigns, and what counts as their result."),
    { "user", user_keys, COUNT(user_keys), sizeof(struct settings_user),
      offsetof(struct settings, users), true,
      "Who may use the control port besides the holder of control.token_file, who may do\n"
      "everything and is called \"token holder\". A section for each; its name is written down\n"
      "with whatever the user does." },
    { "keyword", keyword_keys, COUNT(keyword_keys), sizeof(struct settings_keyword),
      offsetof(struct settings, keywords), true,
      "What customers can write besides STOP, START and HELP, which Relais knows in French and\n"
      "English and which always win. A section for each." },
    { "carrier", smpp_carrier_keys, 0, sizeof(struct smpp_carrier_settings),
      offsetof(struct settings, carriers), true,
      "A carrier's SMPP 3.4 server. A section for each." },
    { "route", route_keys, COUNT(route_keys), sizeof(struct settings_route),
      offsetof(struct settings, routes), true,
      "By which carriers messages leave. Routes are asked in the order of the file, the first one\n"
      "that fits is taken. The last is \"default\": all carriers, unless you write one of that "
      "name." },
    { "sender", sender_keys, COUNT(sender_keys), sizeof(struct settings_sender),
      offsetof(struct settings, senders), true,
      "One sender: what it may be used for, what its promotions must say, and its limits,\n"
      "whatever carrier it goes by. A section for each." },
    { "mail_domain", mail_domain_keys, COUNT(mail_domain_keys), sizeof(struct settings_mail_domain),
      offsetof(struct settings, mail_domains), true,
      "A domain of recipients that must not get too many mails at once, as \"gmail.com\": its "
      "mails\n"
      "have a queue of their own. A section for each." },
};

const struct config_schema *settings_schema(void)
{
    static const struct config_schema schema = { "relais.conf", sections, COUNT(sections) };

    for (size_t i = 0; i < COUNT(sections); i++) {
        if (sections[i].keys == smpp_carrier_keys)
            sections[i].n_keys = smpp_carrier_n_keys; /* known when linked, not before */
        if (sections[i].keys == mail_in_keys)
            sections[i].n_keys = mail_in_n_keys;
        if (sections[i].keys == alert_keys)
            sections[i].n_keys = alert_n_keys;
    }
    return &schema;
}

enum rc settings_load(const char *path, const char *standalone, struct settings **out,
                      struct error *err)
{
    struct settings *s = calloc(1, sizeof(*s));
    enum rc rc;

    if (!s)
        return error_set(err, RC_FAIL, "no memory");
    arena_init(&s->arena);
    rc = config_load(path, settings_schema(), &s->arena, s, err);
    if (!rc)
        rc = settings_check(s, path, err);
    if (!rc)
        rc = settings_routes_build(s, path, &s->ways, err);
    if (!rc)
        rc = settings_sending_build(s, path, &s->rules, err);
    if (!rc)
        rc = settings_words_build(s, path, err);
    if (!rc)
        rc = settings_fill_paths(s, path, standalone, err);
    if (rc) {
        settings_free(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    arena_close(&s->arena);
    free(s);
}

bool settings_is_standalone(const struct settings *s)
{
    return s->database.head.line == 0;
}

void settings_apply_log(const struct settings *s)
{
    char part[64];
    enum log_level level;

    if (s->log.target == LOG_TARGET_SYSLOG)
        log_to_syslog("relaisd");
    else
        log_to_stderr();
    log_reset_levels();
    log_set_level(NULL, (enum log_level)s->log.level);
    for (size_t i = 0; i < s->log.levels.n; i++) {
        if (settings_parse_level(s->log.levels.items[i], part, sizeof(part), &level) == RC_OK)
            log_set_level(part, level);
    }
}
