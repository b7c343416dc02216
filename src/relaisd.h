/*
 * relaisd.h - the daemon put together: a table of parts, started in its order, stopped in reverse.
 *
 * Stopping has two steps. stop() takes no more work and returns at once; the loop runs on until no
 * part is busy(). Then close() frees, with no loop running.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "control/control.h"
#include "control/public.h"
#include "flow/alert_watch.h"
#include "flow/campaign.h"
#include "flow/contact_list.h"
#include "flow/day_teller.h"
#include "flow/eraser.h"
#include "flow/escalation.h"
#include "flow/merger.h"
#include "flow/staff_leaver.h"
#include "flow/gateway.h"
#include "flow/housekeeping.h"
#include "flow/inbox.h"
#include "flow/intake.h"
#include "flow/mail_files.h"
#include "flow/mail_intake.h"
#include "flow/mailer.h"
#include "flow/partner_report.h"
#include "flow/postman.h"
#include "flow/report_mailer.h"
#include "flow/contact_plan.h"
#include "flow/occasion.h"
#include "flow/staff_desk.h"
#include "settings.h"
#include "store/pseudonym.h"
#include "store/secret.h"
#include "store/standalone.h"

#define RELAISD_PASSWORD_MAX  256
#define RELAISD_HOST_MAX      64
#define RELAISD_PATH_MAX      4200
#define RELAISD_HOST_NAME_MAX 256

struct relaisd {
    struct settings *settings;
    struct event_base *base;
    utc_us started_at;
    bool stopping;

    struct standalone *server;
    struct db_settings db;
    char password[RELAISD_PASSWORD_MAX];
    unsigned char pseudonym_key[PSEUDONYM_KEY_SIZE];

    /* Lanes, each with a connection. */
    struct lane_pool *gateway_lanes, *work_lanes, *intake_lanes, *control_lanes, *slow_lanes,
        *public_lanes, *mail_lanes, *mail_in_lanes, *post_lanes, *watch_lanes, *contact_lanes;

    struct gateway *gateway;
    bool gateway_started, gateway_stopped;
    struct inbox *inbox;
    struct keyword_book *keywords;
    struct campaign_runner *campaigns;
    struct occasion_runner *occasions;
    struct staff_desk *staff_desk;
    struct contact_list_runner *contact_lists;
    struct escalation_runner *escalation;
    struct day_teller *day_teller;
    struct contact_plan_runner *plans;
    struct housekeeping *housekeeping;
    struct eraser *eraser;
    struct merger *merger;
    struct staff_leaver *leaver;
    struct intake *intake;
    struct mailer *mailer;
    struct report_mailer *report_mailer;
    struct postman *postman; /* NULL: there is no relay */
    struct mail_intake *mail_intake;
    struct mail_files *mail_files;
    struct partner_report *partner_report;
    struct alert_watch *alert_watch;
    struct control *control;
    struct public *public;

    /* What the parts were told; they look at it as long as they live. */
    struct gateway_settings gateway_settings;
    struct inbox_settings inbox_settings;
    struct campaign_settings campaign_settings;
    struct occasion_settings occasion_settings;
    struct staff_reply_rules staff_rules;
    struct contact_list_settings contact_list_settings;
    struct escalation_settings escalation_settings;
    char notice_link[RELAISD_PATH_MAX]; /* "": there is no public listener */
    struct contact_plan_settings plan_settings;
    struct words_settings words_settings;
    struct link_settings link_settings;
    struct intake_settings intake_settings;
    struct report_settings report_settings;
    struct retention_settings retention_settings;
    struct alert_watch_settings alert_settings;
    char host_name[RELAISD_HOST_NAME_MAX];
    struct control_consent consent_settings;
    char control_host[RELAISD_HOST_MAX], public_host[RELAISD_HOST_MAX];
    char journal[RELAISD_PATH_MAX];
    struct mailer_settings mailer_settings;
    struct postman_settings postman_settings;
    struct postman_domain *mail_domains;
    char post_journal[RELAISD_PATH_MAX];
    struct mail_intake_settings mail_intake_settings;
    uint8_t mail_key[SECRET_SIZE]; /* of the tokens in mail addresses */
    char mail_spool[RELAISD_PATH_MAX];
    char mail_helo[RELAISD_HOST_NAME_MAX], mail_password[RELAISD_PASSWORD_MAX];
};

struct part {
    const char *name;
    enum rc (*start)(struct relaisd *r,
                     struct error *err); /* may block: the loop does not run yet */
    void (*stop)(struct relaisd *r);
    bool (*busy)(const struct relaisd *r);
    void (*close)(struct relaisd *r); /* also of a part that was never started */
};

extern const struct part relaisd_parts[];
extern const size_t relaisd_n_parts;

/* The lanes: relaisd_lanes.c. */
enum rc relaisd_lanes_start(struct relaisd *r, struct error *err);
/* The answers of what they still do go to parts that are there until after this. */
void relaisd_lanes_close(struct relaisd *r);
extern const unsigned relaisd_first_work_lane; /* for what is done before there are lanes */

/* The part that makes the lists of contacts: relaisd_contact.c. */
enum rc relaisd_contact_start(struct relaisd *r, struct error *err);
void relaisd_contact_stop(struct relaisd *r);
bool relaisd_contact_busy(const struct relaisd *r);
void relaisd_contact_close(struct relaisd *r);

/* The part that mails: relaisd_mail.c. */
enum rc relaisd_mail_start(struct relaisd *r, struct error *err);
void relaisd_mail_stop(struct relaisd *r);
bool relaisd_mail_busy(const struct relaisd *r);
void relaisd_mail_close(struct relaisd *r);

/* relaisd_plan.c */
enum rc relaisd_plans_start(struct relaisd *r, struct error *err);
void relaisd_plans_stop(struct relaisd *r);
bool relaisd_plans_busy(const struct relaisd *r);
void relaisd_plans_close(struct relaisd *r);

/* Small ones, that go on with what is in pages: relaisd_staff.c. */
enum rc relaisd_merger_start(struct relaisd *r, struct error *err);
void relaisd_merger_stop(struct relaisd *r);
bool relaisd_merger_busy(const struct relaisd *r);
void relaisd_merger_close(struct relaisd *r);
enum rc relaisd_staff_start(struct relaisd *r, struct error *err);
void relaisd_staff_stop(struct relaisd *r);
bool relaisd_staff_busy(const struct relaisd *r);
void relaisd_staff_close(struct relaisd *r);

/* The part that sends mails to customers: relaisd_postman.c. Behind the one that mails. */
enum rc relaisd_postman_start(struct relaisd *r, struct error *err);
void relaisd_postman_stop(struct relaisd *r);
bool relaisd_postman_busy(const struct relaisd *r);
void relaisd_postman_close(struct relaisd *r);

/* The part that does what people of the house answer: relaisd_desk.c. */
enum rc relaisd_desk_start(struct relaisd *r, struct error *err);
void relaisd_desk_stop(struct relaisd *r);
bool relaisd_desk_busy(const struct relaisd *r);
void relaisd_desk_close(struct relaisd *r);
void relaisd_desk_stopped(void *r, const char *number); /* it gets no promotion any more */

/* The part that reminds people: relaisd_escalation.c. Behind the one that mails. */
enum rc relaisd_escalation_start(struct relaisd *r, struct error *err);
void relaisd_escalation_stop(struct relaisd *r);
bool relaisd_escalation_busy(const struct relaisd *r);
void relaisd_escalation_close(struct relaisd *r);

/* The part that mails reports: relaisd_report.c. */
enum rc relaisd_report_start(struct relaisd *r, struct error *err);
void relaisd_report_stop(struct relaisd *r);
bool relaisd_report_busy(const struct relaisd *r);
void relaisd_report_close(struct relaisd *r);

/* The part that takes mail: relaisd_mail_in.c. */
enum rc relaisd_mail_in_start(struct relaisd *r, struct error *err);
void relaisd_mail_in_stop(struct relaisd *r);
bool relaisd_mail_in_busy(const struct relaisd *r);
void relaisd_mail_in_close(struct relaisd *r);

/* The part that looks for what is wrong: relaisd_watch.c. Behind the gateway. */
enum rc relaisd_watch_start(struct relaisd *r, struct error *err);
void relaisd_watch_stop(struct relaisd *r);
bool relaisd_watch_busy(const struct relaisd *r);
void relaisd_watch_close(struct relaisd *r);
void relaisd_watch_take_live(struct relaisd *r, const struct settings *now);

/* The first line of a file. RC_INVALID: err says why there is none. */
enum rc relaisd_read_line(const char *path, char *out, size_t size, const char *what,
                          struct error *err) MUST_CHECK;

/* Copies what a reload may change to where the running parts look at it. */
void relaisd_take_live(struct relaisd *r);
