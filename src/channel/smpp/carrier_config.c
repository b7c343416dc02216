/* carrier_config.c - the keys of `carrier "name" { ... }`. */
#include <stddef.h>
#include <string.h>

#include "channel/smpp/carrier.h"
#include "channel/smpp/status_policy.h"
#include "channel/smpp/subscriber.h"
#include "channel/smpp/tls.h"

#define AT(field) offsetof(struct smpp_carrier_settings, field)
#define SECOND    1000
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define DAY       (24 * INT64_C(1) * HOUR)

#define NAME_MAX_LEN 48 /* it goes into metric labels and into the table carrier */

static const char *const modes[] = { "transceiver", "pair", NULL };
static const char *const tons[] = { "auto",         "unknown",     "international",
                                    "national",     "network",     "subscriber",
                                    "alphanumeric", "abbreviated", NULL };
static const char *const id_forms[] = { "as_is", "hex", "decimal", "mixed", NULL };
static const char *const concatenations[] = { "udh8", "udh16", "sar", "payload", NULL };
static const char *const alphabets[] = { "gsm", "latin1", "ascii", NULL };
static const char *const packings[] = { "unpacked", "packed", NULL };
static const char *const verifications[] = { "full", "ca", "none", NULL };
static const char *const conformances[] = { "lenient", "strict", NULL };

const struct config_key smpp_carrier_keys[] = {
    { .name = "host",
      .kind = CONFIG_TEXT,
      .offset = AT(host),
      .min = 1,
      .max = 253,
      .help = "Name or address of the carrier's SMSC." },
    { .name = "port",
      .kind = CONFIG_INT,
      .offset = AT(port),
      .def = "2775",
      .min = 1,
      .max = 65535,
      .help = "Its TCP port." },
    { .name = "system_id",
      .kind = CONFIG_TEXT,
      .offset = AT(system_id),
      .min = 1,
      .max = 15,
      .help = "Who we are, as the carrier named us (SMPP 3.4: at most 15 characters)." },
    { .name = "password",
      .kind = CONFIG_SECRET,
      .offset = AT(password),
      .def = "",
      .max = 8,
      .help = "At most 8 characters in SMPP 3.4; a longer one is refused here, not silently cut." },
    { .name = "system_type",
      .kind = CONFIG_TEXT,
      .offset = AT(system_type),
      .def = "",
      .max = 12,
      .help = "Mostly empty; some carriers ask for a word here." },
    { .name = "mode",
      .kind = CONFIG_CHOICE,
      .offset = AT(mode),
      .def = "transceiver",
      .choices = modes,
      .help = "transceiver: one session both ways; pair: a transmitter and a receiver session." },
    { .name = "binds",
      .kind = CONFIG_INT,
      .offset = AT(binds),
      .def = "1",
      .min = 1,
      .max = SMPP_BINDS_MAX,
      .help = "How many such sessions (or pairs) to keep open." },
    { .name = "window",
      .kind = CONFIG_INT,
      .offset = AT(window),
      .def = "100",
      .min = 1,
      .max = SMPP_WINDOW_MAX,
      .help = "Messages on the wire without an answer yet, a session. Ask the carrier." },
    { .name = "max_per_second",
      .kind = CONFIG_INT,
      .offset = AT(max_per_second),
      .def = "0",
      .min = 0,
      .max = 1000000,
      .help = "Submits a second over all sessions; 0: no limit." },
    { .name = "enquire_link",
      .kind = CONFIG_DURATION,
      .offset = AT(enquire_link_ms),
      .def = "30s",
      .min = SECOND,
      .max = HOUR,
      .help = "After this long without a word from the carrier, ask whether it is there." },
    { .name = "response_timeout",
      .kind = CONFIG_DURATION,
      .offset = AT(response_timeout_ms),
      .def = "30s",
      .min = SECOND,
      .max = HOUR,
      .help = "How long an answer may take. A message without one is unknown from then on." },
    { .name = "bind_timeout",
      .kind = CONFIG_DURATION,
      .offset = AT(bind_timeout_ms),
      .def = "10s",
      .min = SECOND,
      .max = HOUR,
      .help = "How long to connect may take, and then the answer to the bind." },
    { .name = "unbind_timeout",
      .kind = CONFIG_DURATION,
      .offset = AT(unbind_timeout_ms),
      .def = "5s",
      .min = SECOND,
      .max = HOUR,
      .help = "At the end: how long to wait for outstanding answers, and then for the farewell." },
    { .name = "reconnect_min",
      .kind = CONFIG_DURATION,
      .offset = AT(reconnect_min_ms),
      .def = "1s",
      .min = 100,
      .max = HOUR,
      .help = "The first wait before connecting again; it doubles, with jitter, up to ..." },
    { .name = "reconnect_max",
      .kind = CONFIG_DURATION,
      .offset = AT(reconnect_max_ms),
      .def = "1m",
      .min = 100,
      .max = DAY,
      .help = "... this one, which a refused password waits at once." },
    { .name = "source_ton",
      .kind = CONFIG_CHOICE,
      .offset = AT(source_ton),
      .def = "auto",
      .choices = tons,
      .help = "Type of number of the sender. auto: international for +33..., network for a short\n"
              "code, alphanumeric for a name." },
    { .name = "source_npi",
      .kind = CONFIG_INT,
      .offset = AT(source_npi),
      .def = "1",
      .min = 0,
      .max = 18,
      .help = "Its numbering plan; 1 is E.164. With auto only for +33..., else 0." },
    { .name = "dest_ton",
      .kind = CONFIG_CHOICE,
      .offset = AT(dest_ton),
      .def = "auto",
      .choices = tons,
      .help = "Type of number of the recipient." },
    { .name = "dest_npi",
      .kind = CONFIG_INT,
      .offset = AT(dest_npi),
      .def = "1",
      .min = 0,
      .max = 18,
      .help = "Its numbering plan." },
    { .name = "response_id",
      .kind = CONFIG_CHOICE,
      .offset = AT(response_id),
      .def = "as_is",
      .choices = id_forms,
      .help =
          "How the answer to a message writes its id: hex for a hexadecimal number, decimal for\n"
          "a decimal one, as_is for any text. Leading zeros and case never matter. mixed: hex in\n"
          "one message and decimal in the next; then set receipt_id to mixed too." },
    { .name = "receipt_id",
      .kind = CONFIG_CHOICE,
      .offset = AT(receipt_id),
      .def = "as_is",
      .choices = id_forms,
      .help =
          "How the receipt writes it. If receipts never match, it is one of these two. With\n"
          "mixed, a receipt whose id is not known as it is written is looked for in the other\n"
          "base as well, but only if one of the two has a letter: a number that reads both ways\n"
          "(1 in 40 of 8 digits) is not guessed. So hex and decimal are better where the carrier\n"
          "keeps to them." },
    { .name = "validity",
      .kind = CONFIG_DURATION,
      .offset = AT(validity_ms),
      .def = "1d",
      .min = MINUTE,
      .max = 63 * DAY,
      .help = "How long the carrier tries to deliver a message that does not say it itself." },
    { .name = "concatenation",
      .kind = CONFIG_CHOICE,
      .offset = AT(concatenation),
      .def = "udh8",
      .choices = concatenations,
      .help =
          "How the parts of a long text find together: udh8 and udh16 by a header with an 8 or\n"
          "16 bit number in front of each part, sar by the optional parameters sar_*, payload by\n"
          "sending the text whole in message_payload, for the carrier to cut. The header of\n"
          "udh16 is an octet longer and leaves 152 characters a part (66 in UCS-2); a text that\n"
          "would then need a part more than its author was told goes with udh8." },
    { .name = "alphabet",
      .kind = CONFIG_CHOICE,
      .offset = AT(alphabet),
      .def = "gsm",
      .choices = alphabets,
      .help =
          "How a text goes that the GSM alphabet has: gsm, a septet an octet (data_coding 0);\n"
          "latin1 (data_coding 3) or ascii (data_coding 1) for a carrier that turns these into\n"
          "the GSM alphabet itself. A character that they lack (as the euro sign) makes the text\n"
          "UCS-2, if that needs no more parts than the author was told; else this carrier does\n"
          "not take it. What the GSM alphabet lacks is always sent in UCS-2. Replies with "
          "data_coding\n"
          "0 are read in the same alphabet." },
    { .name = "gsm_packing",
      .kind = CONFIG_CHOICE,
      .offset = AT(gsm_packed),
      .def = "unpacked",
      .choices = packings,
      .help =
          "packed: eight septets in seven octets, as on the air, both ways. Needs alphabet gsm." },
    { .name = "gsm_data_coding",
      .kind = CONFIG_INT,
      .offset = AT(gsm_data_coding),
      .def = "-1",
      .min = -1,
      .max = 255,
      .help = "data_coding of a text that goes in `alphabet`; -1: 0, 3 or 1, as said there." },
    { .name = "ucs2_data_coding",
      .kind = CONFIG_INT,
      .offset = AT(ucs2_data_coding),
      .def = "8",
      .min = 0,
      .max = 255,
      .help = "data_coding of a text in UCS-2 (big endian)." },
    { .name = "tls",
      .kind = CONFIG_BOOL,
      .offset = AT(tls),
      .def = "off",
      .help = "Speak TLS 1.2 or later from the first byte (ask the carrier for its port)." },
    { .name = "tls_ca",
      .kind = CONFIG_TEXT,
      .offset = AT(tls_ca),
      .def = "",
      .max = 4096,
      .help = "PEM file with the authorities to trust; empty: those of the system." },
    { .name = "tls_verify",
      .kind = CONFIG_CHOICE,
      .offset = AT(tls_verify),
      .def = "full",
      .choices = verifications,
      .help =
          "full: the carrier's certificate must be of such an authority and name the host; ca:\n"
          "whatever it names; none: anybody who answers is believed." },
    { .name = "tls_name",
      .kind = CONFIG_TEXT,
      .offset = AT(tls_name),
      .def = "",
      .max = 253,
      .help = "The name to ask for and to find in the certificate; empty: host." },
    { .name = "tls_cert",
      .kind = CONFIG_TEXT,
      .offset = AT(tls_cert),
      .def = "",
      .max = 4096,
      .help = "PEM file with our own certificate and its chain, where the carrier asks for one." },
    { .name = "tls_key",
      .kind = CONFIG_TEXT,
      .offset = AT(tls_key),
      .def = "",
      .max = 4096,
      .help = "PEM file with its key; empty: it is in tls_cert." },
    { .name = "statuses",
      .kind = CONFIG_LIST,
      .offset = AT(statuses),
      .def = "",
      .min = 1,
      .max = 79,
      .help =
          "What this carrier means by a command_status, where that is not what SMPP 3.4 says:\n"
          "status (0x400, 1024 or ESME_RTHROTTLED) and class (throttled: slow down, then again;\n"
          "temporary: again later; permanent: never again). temporary may be followed by the\n"
          "pause before the next try and the number of tries. An unlisted vendor status is\n"
          "temporary. { \"0x400 temporary 5m 3\", \"0x58 throttled\", \"0x401 permanent\" }" },
    { .name = "no_subscriber",
      .kind = CONFIG_LIST,
      .offset = AT(no_subscriber),
      .def = "",
      .min = 1,
      .max = 40,
      .help =
          "How this carrier says that a number is nobody's: a command_status of a refusal for "
          "good\n"
          "(0x0b or ESME_RINVDSTADR), or the err of a receipt UNDELIV or REJECTD as \"err 1\". "
          "There\n"
          "is no standard for err; most carriers write the network's own code (3GPP TS 29.002).\n"
          "Empty: { \"ESME_RINVDSTADR\", \"err 1\" }. { \"none\" }: it never does. See\n"
          "sms.suppress_unknown." },
    { .name = "absent_subscriber",
      .kind = CONFIG_LIST,
      .offset = AT(absent_subscriber),
      .def = "",
      .min = 1,
      .max = 40,
      .help = "The same for a number that cannot be reached now, and perhaps never again. Empty:\n"
              "{ \"err 6\", \"err 27\" }. See sms.suppress_absent." },
    { .name = "conformance",
      .kind = CONFIG_CHOICE,
      .offset = AT(conformance),
      .def = "lenient",
      .choices = conformances,
      .help =
          "lenient reads whatever can be read. strict refuses a deliver_sm with a field or\n"
          "optional parameter that is too long, cut off or not allowed by SMPP 3.4, 4.6.1, with\n"
          "the status of that field (the carrier may then drop the receipt it carried); answers\n"
          "any request with a status, with sequence_number 0 or over 0x7fffffff, and enquire_link\n"
          "or unbind with a body, with an error or generic_nack; and takes as bind response only\n"
          "the one to its own bind. Both answer unknown commands with generic_nack, and a PDU\n"
          "whose length cannot be ends the session in both." },
    { .name = "strays_max",
      .kind = CONFIG_INT,
      .offset = AT(strays_max),
      .def = "0",
      .min = 0,
      .max = 1000000,
      .help =
          "A session is left and made anew when more than this many responses that nothing waits\n"
          "for (unknown sequence numbers, repeats) or requests that are not understood come in a\n"
          "minute; 0: never. They are counted and logged in any case, once in ten seconds." },
    { .name = "costs",
      .kind = CONFIG_LIST,
      .offset = AT(costs),
      .def = "",
      .min = 1,
      .max = 30,
      .help = "What a part costs here in thousandths of a cent, by prefix: { \"4500\", \"+32 "
              "6000\" }.\n"
              "Without one for a destination: sms.segment_cost." },
    { .name = "daily_cap",
      .kind = CONFIG_INT,
      .offset = AT(daily_cap),
      .def = "0",
      .min = 0,
      .max = INT64_C(1000000000),
      .help = "Parts a day, from midnight in sms.timezone; the rest waits, or goes by another\n"
              "carrier of its route. 0: no cap." },
    { .name = "hours",
      .kind = CONFIG_LIST,
      .offset = AT(hours),
      .def = "",
      .min = 1,
      .max = 40,
      .help = "When it may be used, as in { \"mon-fri 08:00-20:00\", \"sat 10:00-18:00\" }. Empty: "
              "always." },
};
const size_t smpp_carrier_n_keys = sizeof(smpp_carrier_keys) / sizeof(smpp_carrier_keys[0]);

/* Keys whose value is a small language, and files that must be there. */
static enum rc check_tables(const struct smpp_carrier_settings *s, struct error *err)
{
    struct status_policies policies;
    struct tls *tls;
    struct subscriber_rules subscribers;
    enum rc rc = status_policies_read(&s->statuses, &policies, err);

    if (!rc)
        rc = subscriber_rules_read(&s->no_subscriber, &s->absent_subscriber, &subscribers, err);
    if (rc || !s->tls)
        return rc;
    rc = tls_new(s, &tls, err);
    if (!rc)
        tls_free(tls);
    return rc;
}

enum rc smpp_carrier_settings_check(const struct smpp_carrier_settings *s, struct error *err)
{
    const char *name = s->head.title ? s->head.title : "";
    size_t len = strlen(name);

    if (len == 0 || len > NAME_MAX_LEN ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != len)
        return error_set(err, RC_INVALID,
                         "carrier \"%.60s\": a name has 1 to %d letters, digits, '_', '-' or '.'",
                         name, NAME_MAX_LEN);
    if (s->reconnect_min_ms > s->reconnect_max_ms)
        return error_set(err, RC_INVALID,
                         "carrier.%s.reconnect_min: at most reconnect_max was expected", name);
    if (s->gsm_packed && s->alphabet != SMPP_ALPHABET_GSM)
        return error_set(err, RC_INVALID,
                         "gsm_packing: expected unpacked, because only alphabet gsm has septets");
    return check_tables(s, err);
}
