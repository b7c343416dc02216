/* settings.h - relais.conf as one struct, and the one table that it is read by. */
#pragma once

#include "base/arena.h"
#include "base/config.h"
#include "channel/smpp/carrier.h"
#include "domain/keyword.h"
#include "settings_alert.h"
#include "settings_mail_in.h"
#include "settings_routes.h"
#include "settings_sending.h"
#include "store/wording.h"

struct settings_daemon {
    struct config_head head;
    int64_t node_id;
    char *data_dir, *sql_dir;
};

struct settings_log {
    struct config_head head;
    int target; /* enum log_target */
    int level;  /* enum log_level */
    struct config_texts levels;
};
enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG };

struct settings_database {
    struct config_head head;
    char *socket, *host;
    int64_t port;
    char *user, *password, *password_file, *name, *tls_ca;
    int64_t timeout_ms;
};

struct settings_standalone {
    struct config_head head;
    int64_t buffer_pool, log_file, start_timeout_ms;
};

struct settings_files {
    struct config_head head;
    char *root, *profiles;
    int64_t rescan_ms, chunk_rows, at_once;
};

struct settings_sms {
    struct config_head head;
    char *country, *promo_sender, *service_sender;
    int64_t segment_cost_millicents;
    char *currency;
    char *stop_answer, *start_answer, *help_answer;
    int64_t answer_expires_ms, service_expires_ms, parts_wait_ms;
    char *timezone;
    char *identity, *stop_mention, *stop_mention_en, *language;
    int64_t max_parts;
    struct config_texts test_numbers;
    int64_t tests_per_day;
    int64_t settle_ms, retry_ms, attempts_max, poll_ms, failover_ms;
    int64_t suppress_unknown, suppress_absent;
};

struct settings_sending {
    struct config_head head;
    struct config_texts hours;
    bool on_holidays, regional_holidays, beyond_charter;
    char *holiday_files;
    int64_t cap, cap_period_ms;
};

struct settings_route {
    struct config_head head; /* title: its name */
    struct config_texts prefixes, classes, categories, carriers;
    int choose; /* enum route_choice */
};

struct settings_sender {
    struct config_head head; /* title: its name, or the address itself */
    char *address;           /* "": the title */
    int kind;                /* enum settings_sender_kind */
    struct config_texts purposes;
    char *identity, *stop, *stop_en;
    int64_t per_second, daily_cap;
    struct config_texts hours;
};
enum settings_sender_kind {
    SETTINGS_SENDER_BY_LOOK,
    SETTINGS_SENDER_SHORT,
    SETTINGS_SENDER_LONG,
    SETTINGS_SENDER_ALPHANUMERIC,
};

/* A section `keyword "name" { ... }`. */
struct settings_keyword {
    struct config_head head;
    struct config_texts words;
    char *answer;
    int action; /* enum settings_keyword_action */
};
enum settings_keyword_action {
    SETTINGS_KEYWORD_ANSWER,
    SETTINGS_KEYWORD_STOP,
    SETTINGS_KEYWORD_START,
    SETTINGS_KEYWORD_HELP,
};

struct settings_consent {
    struct config_head head;
    int stop; /* enum settings_stop */
    char *stop_sender_answer;
    char *ask_text_fr, *ask_text_en, *yes_answer;
    char *ask_subject_fr, *ask_subject_en, *ask_mail_fr, *ask_mail_en;
    struct config_texts yes_words;
    int64_t ask_expires_ms, expires_after_ms;
    char *key_file;
};
enum settings_stop { SETTINGS_STOP_ALL, SETTINGS_STOP_SENDER };

struct settings_control {
    struct config_head head;
    char *socket, *listen, *token_file;
    int64_t max_body, max_connections, timeout_ms;
};

/* A section `user "name" { ... }`. */
struct settings_user {
    struct config_head head;
    char *token_file;
    struct config_texts may;
};

struct settings_campaign {
    struct config_head head;
    int64_t approval_above, order_days;
    int64_t rest_ms, repeat_ms, adult_age;
};

struct settings_mail {
    struct config_head head;
    struct config_texts relays;
    char *from, *from_name, *helo;
    char *identity, *accent; /* of mails to customers */
    int tls;                 /* enum mail_tls */
    char *tls_ca, *user, *password_file;
    int64_t timeout_ms, retry_ms, retry_max_ms, give_up_ms, attachment_max;
    /* Of mails to customers. */
    int64_t sessions, per_second, settle_ms, suppress_unknown;
    char *feedback_id;
    struct config_texts test_addresses;
};

/* A section `mail_domain "gmail.com" { ... }`. */
struct settings_mail_domain {
    struct config_head head; /* title: the domain */
    int64_t per_second, sessions;
};

struct settings_public {
    struct config_head head;
    char *listen, *url;
    int64_t max_connections, timeout_ms;
};

struct settings_retention {
    struct config_head head;
    int64_t messages_ms, events_ms, inbound_ms, recipients_ms, rejects_ms, every_ms;
    int64_t undo_ms, imports_ms, audit_ms, visits_ms, mails_ms, contacts_ms, prospects_ms;
};

struct settings {
    struct arena arena; /* all texts live here */
    struct settings_daemon daemon;
    struct settings_log log;
    struct settings_database database;
    struct settings_standalone standalone;
    struct settings_files files;
    struct settings_sms sms;
    struct settings_sending sending;
    struct settings_consent consent;
    struct settings_control control;
    struct settings_mail mail;
    struct settings_mail_in mail_in;
    struct settings_alert alert;
    struct settings_public public;
    struct settings_retention retention;
    struct settings_campaign campaign;
    struct config_array users;        /* struct settings_user */
    struct config_array keywords;     /* struct settings_keyword */
    struct config_array carriers;     /* struct smpp_carrier_settings */
    struct config_array routes;       /* struct settings_route */
    struct config_array senders;      /* struct settings_sender */
    struct config_array mail_domains; /* struct settings_mail_domain */
    struct settings_routes ways;      /* what these three come to */
    struct send_rules rules;          /* what `sending` comes to */
    struct mail_words mail_words;     /* part of: */
    struct words_settings words;      /* senders, and what is said; its links are not filled in */
};

const struct config_schema *settings_schema(void);

/*
 * Reads and checks everything. `path` NULL: the defaults. `standalone` not NULL: the directory to
 * live in, whatever the file says of data_dir and the database. Paths left empty are filled in.
 */
enum rc settings_load(const char *path, const char *standalone, struct settings **out,
                      struct error *err) MUST_CHECK;
void settings_free(struct settings *s); /* NULL is fine */

/* The sections `keyword` as a book; its strings are those of the settings. RC_INVALID: one of them
 * cannot be taken, err says which and why. `path` as for settings_load(). */
enum rc settings_keywords(const struct settings *s, const char *path, struct keyword_book **out,
                          struct error *err) MUST_CHECK;

/* Whether relaisd brings its own database. */
bool settings_is_standalone(const struct settings *s);
void settings_apply_log(const struct settings *s);
