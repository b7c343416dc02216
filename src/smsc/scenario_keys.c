/* scenario_keys.c - every key of a scenario file, with its default and what it does. */
#include "smsc/scenario.h"

#define KEYS(array) (array), sizeof(array) / sizeof((array)[0])
#define HOUR        INT64_C(3600000)
#define MANY        INT64_C(1000000000)

static const char *const id_forms[] = { "decimal", "hex", "HEX", NULL };
static const char *const receipt_forms[] = { "both", "text", "tlv", NULL };
static const char *const alphabets[] = { "gsm", "latin1", "ascii", NULL };
static const char *const throttle_statuses[] = { "throttled", "queue_full", NULL };

/* Taken over by a reload and by `set`; the others only at the start. */
#define LIVE      true
#define AT(field) offsetof(struct scenario_settings, field)

/* clang-format off */
#define TEXT(key, def, max, help) \
    { #key, CONFIG_TEXT, AT(key), def, 0, max, NULL, LIVE, help }
#define SHARE(key, def, help) \
    { #key, CONFIG_TEXT, AT(key), def, 1, 16, NULL, LIVE, help }
#define NUMBER(key, def, min, max, help) \
    { #key, CONFIG_INT, AT(key), def, min, max, NULL, LIVE, help }
#define START(key, def, help) \
    { #key, CONFIG_INT, AT(key), def, 0, INT64_MAX, NULL, false, help }
#define TIME(key, def, max, help) \
    { #key, CONFIG_DURATION, AT(key), def, 0, max, NULL, LIVE, help }
#define YESNO(key, def, help) \
    { #key, CONFIG_BOOL, AT(key), def, 0, 0, NULL, LIVE, help }
#define CHOICE(key, def, choices, help) \
    { #key, CONFIG_CHOICE, AT(key), def, 0, 0, choices, LIVE, help }

static const struct config_key keys[] = {
    TEXT(system_id, "", 16, "The only system_id that may bind; empty: any."),
    TEXT(password, "", 64, "The password it needs; empty: any."),
    SHARE(refuse_binds, "0%", "Share of binds that are refused although all is right."),
    TEXT(refuse_bind_status, "0x0d", 12,
         "The command_status of such a refusal; 0x0d is ESME_RBINDFAIL."),
    NUMBER(max_binds, "0", 0, 1000,
           "Sessions bound at the same time by one system_id, more are refused with\n"
           "ESME_RALYBND; 0: no limit."),
    TIME(bind_timeout, "10s", HOUR, "A connection that has not bound by then is closed; 0: never."),
    TIME(enquire_link, "30s", HOUR,
         "How often we send enquire_link; a session that left the last one unanswered is closed.\n"
         "0: never."),

    CHOICE(response_id, "decimal", id_forms,
           "How submit_sm_resp writes a message id: decimal, hex or HEX (capitals). Carriers are\n"
           "known to write it in hexadecimal here and in decimal in the receipt."),
    NUMBER(response_id_width, "0", 0, 64, "Zeros in front up to this length; 0: none."),
    CHOICE(receipt_id, "decimal", id_forms, "How receipts write the same id."),
    NUMBER(receipt_id_width, "0", 0, 64, "Zeros in front up to this length; 0: none."),
    START(first_id, "0",
           "The id of the first message. 0: taken from the clock, so that ids do not come again\n"
           "after a restart, as with a carrier."),

    TIME(response_delay, "0", HOUR, "How long submit_sm waits for its response."),
    TIME(response_delay_max, "0", HOUR,
         "If larger than response_delay, each response waits some time between the two, and they\n"
         "overtake each other."),
    TIME(receipt_delay, "50ms", 168 * HOUR, "How long after the response the receipt is sent."),
    TIME(receipt_delay_max, "0", 168 * HOUR,
         "If larger than receipt_delay, each receipt waits some time between the two."),
    CHOICE(receipt_form, "both", receipt_forms,
           "Receipts as text (id:... stat:DELIVRD ...), as TLVs (receipted_message_id and\n"
           "message_state), or both."),
    YESNO(always_receipt, "false",
          "Send receipts that registered_delivery did not ask for, as some carriers do."),
    SHARE(echo_reference, "100%", "Share of receipts that repeat the user_message_reference."),
    SHARE(undelivered, "0%", "Share of messages that end as UNDELIV; the rest is DELIVRD."),
    SHARE(expired, "0%", "Share of messages that end as EXPIRED."),
    SHARE(rejected, "0%", "Share of messages that end as REJECTD."),
    SHARE(no_receipt, "0%", "Share of messages whose receipt never comes."),
    NUMBER(deliver_window, "1000", 1, 4096,
           "deliver_sm without an answer yet that one session may have."),
    TIME(deliver_timeout, "60s", HOUR,
         "A deliver_sm without an answer by then is sent again; 0: only after a new bind."),
    TIME(retry_delay, "5s", HOUR,
         "When a deliver_sm that was refused for now (ESME_RX_T_APPN, ESME_RMSGQFUL,\n"
         "ESME_RTHROTTLED, ESME_RSYSERR) is sent again. Any other refusal ends it."),
    NUMBER(queue_limit, "2000000", 1, MANY,
           "Receipts and inbound messages kept in memory, 200 bytes each. When they are that many,\n"
           "submit_sm is refused with ESME_RMSGQFUL."),

    NUMBER(throttle, "0", 0, MANY, "submit_sm a second and system_id that are taken; 0: no limit."),
    CHOICE(throttle_status, "throttled", throttle_statuses,
           "What the others get: throttled (ESME_RTHROTTLED) or queue_full (ESME_RMSGQFUL)."),
    { "status_faults", CONFIG_LIST, AT(status_faults), "", 1, 40, NULL, LIVE,
      "Shares of submit_sm that are refused, each with its command_status:\n"
      "{ \"1% 0x400\", \"0.5% 0x0b\" }." },
    YESNO(error_body, "false",
          "Refusals carry an empty message id behind the header, as some carriers' do."),

    SHARE(receipts_first, "0%",
          "Share of messages whose receipt is sent at once and 50 ms before the response."),
    SHARE(duplicate_receipts, "0%", "Share of receipts that are sent twice."),
    SHARE(lost_responses, "0%", "Share of accepted messages whose response is never sent."),
    SHARE(duplicate_responses, "0%", "Share of responses that are sent twice."),
    SHARE(stray_responses, "0%",
          "Share of responses followed by one with a sequence_number that was never used."),
    SHARE(garbage, "0%", "Share of responses followed by 64 bytes that are no SMPP at all."),
    NUMBER(drop_after_submits, "0", 0, MANY,
           "Each connection is cut when this many submit_sm came on it; 0: never."),
    TIME(drop_every, "0", 24 * HOUR, "All connections are cut this often; 0: never."),
    YESNO(drop_unanswered, "false",
          "A cut by drop_after_submits throws away the responses that were not written yet: the\n"
          "messages are accepted and the client does not know."),
    NUMBER(half_open_after_submits, "0", 0, MANY,
           "When this many submit_sm came on a connection we go deaf: it stays open, nothing on it\n"
           "is answered or sent any more. 0: never."),
    NUMBER(read_rate, "0", 0, MANY, "Bytes a second we read from each connection; 0: all there is."),

    TIME(write_pause, "0", HOUR,
         "A pause behind every byte that we send: all comes, but slowly. 0: none."),

    CHOICE(alphabet, "gsm", alphabets,
           "What data_coding 0 means: gsm, latin1 or ascii. The file of --log reads texts so, and\n"
           "handsets' messages are sent so."),
    YESNO(packed, "false",
          "In alphabet gsm, texts of data_coding 0 have eight septets in seven octets, both ways."),

    SHARE(reply_stop, "0%",
          "Share of recipients who answer their first message, always the same ones for a seed."),
    TEXT(reply_text, "STOP", 1000, "What they answer."),
    TEXT(reply_to, "", 21,
         "The number they answer to when the sender was letters; empty: then they cannot."),
    TIME(reply_delay, "1s", 168 * HOUR, "How long they take for it."),
    TIME(reply_delay_max, "0", 168 * HOUR,
         "If larger than reply_delay, each takes some time between the two."),

    START(seed, "1",
           "The same seed and the same submits give the same choices; 0: taken from the clock."),
};

#undef AT
#undef LIVE
#define LIVE      false
#define AT(field) offsetof(struct scenario_inbound, field)

static const struct config_key inbound_keys[] = {
    { "from", CONFIG_TEXT, AT(from), NULL, 1, 21, NULL, LIVE,
      "The handset's number. # are replaced by the digits of a running number: \"+3361200####\"." },
    { "to", CONFIG_TEXT, AT(to), NULL, 1, 21, NULL, LIVE, "Our number or short code." },
    { "text", CONFIG_TEXT, AT(text), NULL, 1, 2000, NULL, LIVE,
      "What it says, UTF-8. Sent in the carrier's alphabet where that has all its characters, else\n"
      "in UCS-2; a long text in parts." },
    TEXT(system_id, "", 16, "Whose session gets it; empty: the first that can receive."),
    TIME(at, "0", 168 * HOUR, "How long after the start, or after after_submits was reached."),
    TIME(every, "1s", 168 * HOUR,
         "The time between two of them; 0 with a count: all at once, as far as queue_limit goes."),
    NUMBER(count, "1", 0, MANY, "How many; 0: without end."),
    NUMBER(after_submits, "0", 0, MANY, "First wait until so many submit_sm were accepted."),
};

static const struct config_section sections[] = {
    { "", KEYS(keys), sizeof(struct scenario_settings), offsetof(struct scenario, settings), false,
      "How the carrier behaves as a whole." },
    { "inbound", KEYS(inbound_keys), sizeof(struct scenario_inbound),
      offsetof(struct scenario, inbound), true,
      "Messages that handsets send by themselves; as many sections as you like, each with a name." },
};
/* clang-format on */

const struct config_schema scenario_schema = { "a scenario of relais-smsc", KEYS(sections) };
