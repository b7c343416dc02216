/* control.h - the control port: a JSON API for relaisctl and the console, /metrics, /healthz. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rc.h"

struct campaign_runner;
struct campaign_settings;
struct control;
struct eraser;
struct escalation_runner;
struct escalation_settings;
struct merger;
struct event_base;
struct holiday_book;
struct gateway;
struct housekeeping;
struct intake;
struct lane_pool;
struct mail_files;
struct mailer;
struct postman;
struct occasion_runner;
struct occasion_settings;
struct contact_list_runner;
struct contact_list_settings;
struct contact_plan_runner;
struct contact_plan_settings;
struct retention_settings;
struct route_table;
struct staff_leaver;

struct control_user;

/* What the API says and does about consents. */
struct control_consent {
    const char *ask_text[2];                  /* in French, in any other language */
    const char *ask_subject[2], *ask_mail[2]; /* the same by mail ... */
    bool asks_by_mail;                        /* ... if its answers come back to us */
    int64_t ask_expires_s;
    int64_t keep_s; /* a consent ends so long after the last contact; 0: never */
    const char *key_file;
};

struct control_settings {
    const char *socket, *token_file;
    const struct control_user *users; /* control/callers.h; besides the one of token_file */
    size_t n_users;
    const char *listen_host; /* NULL: the socket alone */
    unsigned listen_port;
    size_t max_body;
    unsigned max_connections;
    int64_t timeout_ms;
};

/* The house as the API sees it: what it shows, and what it acts on. */
struct control_house {
    struct event_base *base;
    struct lane_pool *lanes; /* their resource is a struct db */
    struct lane_pool
        *slow_lanes; /* for calls that may take seconds, so that the others never wait */
    struct lane_pool *watch_lanes; /* one, for calls that say how the database is */
    struct gateway *gateway;
    struct campaign_runner *campaigns;
    struct eraser *eraser;
    struct merger *merger;
    struct staff_leaver *leaver;
    struct holiday_book *holidays; /* what the files say */
    const struct campaign_settings *campaign_settings;
    struct occasion_runner *occasions;
    const struct occasion_settings *occasion_settings;
    struct contact_list_runner *contact_lists;
    const struct contact_list_settings *contact_list_settings;
    struct escalation_runner *escalation;
    const struct escalation_settings *escalation_settings;
    struct contact_plan_runner *plans;
    const struct contact_plan_settings *plan_settings;
    const struct report_settings *report_settings;
    const struct retention_settings *retention;
    const struct housekeeping *housekeeping;
    const struct control_consent *consent;
    const char *version, *database; /* database: "standalone" or "server" */
    unsigned node_id;
    utc_us started_at;
    const char *data_dir;                  /* for files that are gone when they were sent */
    struct intake *const *intake;          /* loop thread; it is started after the control port */
    const char *files_root, *profiles_dir; /* the partners' directories; their profiles */
    const char *country, *timezone, *service_sender, *promo_sender;
    int64_t service_expires_s;
    const char *const *test_numbers; /* phones that tests may go to, E.164 */
    size_t n_test_numbers;
    const char *const *test_addresses; /* mailboxes that tests may go to */
    size_t n_test_addresses;
    int64_t tests_per_day;
    const struct route_table *routes;
    struct mailer *mailer;
    struct postman *postman;              /* NULL: no mails to customers leave */
    struct mail_files *const *mail_files; /* loop thread only; started after the control port */
    bool sends_mail;                      /* there is a relay to hand it to */
    const char *mail_accent;              /* of links and buttons of mails: a colour */
};

/* Listens when it returns RC_OK. All texts and what the house names must outlive it. */
enum rc control_new(const struct control_settings *settings, const struct control_house *house,
                    struct control **out, struct error *err) MUST_CHECK;
/* Takes no new connections; calls that are with a lane are still answered. */
void control_stop(struct control *c);
bool control_busy(const struct control *c);
void control_free(struct control *c); /* after the lanes' jobs are done; NULL is fine */
