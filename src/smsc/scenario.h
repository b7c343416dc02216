/*
 * scenario.h - how the simulated carrier behaves: the keys of a scenario file, and what they mean.
 *
 * The keys are a table (scenario_keys.c) that feeds the parser, `set KEY VALUE` at run time, the
 * sample of --print-scenario and the manual page. Shares are texts such as "2.5%"; scenario_check()
 * turns them into probabilities.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"

enum scenario_id_form { ID_DECIMAL, ID_HEX, ID_HEX_UPPER };
enum scenario_receipt_form { RECEIPT_BOTH, RECEIPT_TEXT, RECEIPT_TLV };
enum scenario_alphabet { ALPHABET_GSM, ALPHABET_LATIN1, ALPHABET_ASCII };
enum scenario_throttle_status { THROTTLE_THROTTLED, THROTTLE_QUEUE_FULL };

struct scenario_settings {
    struct config_head head;
    /* who may bind */
    char *system_id, *password;
    char *refuse_binds, *refuse_bind_status;
    int64_t max_binds, bind_timeout, enquire_link;
    /* message ids */
    int response_id, receipt_id; /* enum scenario_id_form */
    int64_t response_id_width, receipt_id_width, first_id;
    /* answers and receipts when all is well */
    int64_t response_delay, response_delay_max, receipt_delay, receipt_delay_max;
    int receipt_form; /* enum scenario_receipt_form */
    bool always_receipt;
    char *echo_reference, *undelivered, *expired, *rejected, *no_receipt;
    int64_t deliver_window, deliver_timeout, retry_delay, queue_limit;
    /* refusals */
    int64_t throttle;
    int throttle_status; /* enum scenario_throttle_status */
    struct config_texts status_faults;
    bool error_body;
    /* faults */
    char *receipts_first, *duplicate_receipts;
    char *lost_responses, *duplicate_responses, *stray_responses, *garbage;
    int64_t drop_after_submits, drop_every;
    bool drop_unanswered;
    int64_t half_open_after_submits, read_rate, write_pause;
    /* how it reads texts */
    int alphabet; /* enum scenario_alphabet */
    bool packed;
    /* what recipients answer */
    char *reply_stop, *reply_text, *reply_to;
    int64_t reply_delay, reply_delay_max;
    int64_t seed;
};

/* inbound "name" { ... }: messages that handsets send by themselves. */
struct scenario_inbound {
    struct config_head head;
    char *from, *to, *text, *system_id;
    int64_t at, every, count, after_submits;
};

#define SCENARIO_FAULTS_MAX 16

/* What the settings mean, ready for use. Probabilities are parts of CHANCE_ALWAYS (chance.h). */
struct scenario {
    struct scenario_settings settings;
    struct config_array inbound; /* struct scenario_inbound */

    uint64_t refuse_binds, echo_reference, undelivered, expired, rejected, no_receipt;
    uint64_t receipts_first, duplicate_receipts, lost_responses, duplicate_responses;
    uint64_t stray_responses, garbage, reply_stop;
    uint32_t refuse_bind_status;
    struct {
        uint64_t up_to; /* the shares of this fault and of those before it */
        uint32_t status;
    } faults[SCENARIO_FAULTS_MAX];
    size_t n_faults;
};

extern const struct config_schema scenario_schema;

/* Reads a file (NULL: defaults) into *s, checked. Strings live in `arena`. */
enum rc scenario_load(const char *path, struct arena *arena, struct scenario *s,
                      struct error *err) MUST_CHECK;
/* Changes one key: all of the new scenario holds, or *s stays as it was. Lists are "a, b". */
enum rc scenario_set(struct scenario *s, struct arena *arena, const char *key, const char *value,
                     struct error *err) MUST_CHECK;
/* Reads the file again: all of it holds but what is only for the start, or *s stays as it was. */
enum rc scenario_reload(struct scenario *s, struct arena *arena, const char *path,
                        struct error *err) MUST_CHECK;
