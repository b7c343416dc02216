/* relaisd_parts.c - the parts of the daemon, and how each is told its settings. */
#include "relaisd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lane.h"
#include "control/callers.h"
#include "control/token.h"
#include "domain/local_time.h"
#include "domain/role.h"
#include "settings_check.h"
#include "store/migrate.h"
#include "store/secret.h"

#define LOG_PART "main"
#include "base/log.h"

/* The gateway claims on its lane 0, records answers on 1 and receipts on 2: a STOP waits for none.
 */
#define INBOX_KEY 3

/* --- database --- */

static enum rc make_dir(const char *path, mode_t mode, struct error *err)
{
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return error_set(err, RC_INVALID, "%s: cannot be made: %s", path, strerror(errno));
    return RC_OK;
}

static enum rc start_standalone(struct relaisd *r, struct error *err)
{
    const struct settings *s = r->settings;
    char dir[4200];
    const struct standalone_settings how = { .dir = dir,
                                             .buffer_pool_bytes = s->standalone.buffer_pool,
                                             .log_file_bytes = s->standalone.log_file,
                                             .timeout_ms = s->standalone.start_timeout_ms,
                                             .node_id = (unsigned)s->daemon.node_id };
    enum rc rc;

    snprintf(dir, sizeof(dir), "%s/mariadb", s->daemon.data_dir);
    rc = standalone_start(&how, r->base, &r->server, err);
    if (!rc)
        r->db = *standalone_db(r->server);
    return rc;
}

enum rc relaisd_read_line(const char *path, char *out, size_t size, const char *what,
                          struct error *err)
{
    FILE *file = fopen(path, "re");
    bool read;

    if (!file)
        return error_set(err, RC_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    read = fgets(out, (int)size, file) != NULL;
    fclose(file);
    if (!read)
        return error_set(err, RC_INVALID, "%s: expected a line with %s", path, what);
    out[strcspn(out, "\r\n")] = '\0';
    return RC_OK;
}

static enum rc read_password(struct relaisd *r, struct error *err)
{
    const char *path = r->settings->database.password_file;

    if (*path)
        return relaisd_read_line(path, r->password, sizeof(r->password), "the password", err);
    snprintf(r->password, sizeof(r->password), "%s", r->settings->database.password);
    return RC_OK;
}

static enum rc use_server(struct relaisd *r, struct error *err)
{
    const struct settings_database *d = &r->settings->database;

    r->db = (struct db_settings){
        .socket = *d->host ? NULL : d->socket,
        .host = *d->host ? d->host : NULL,
        .port = (unsigned)d->port,
        .user = d->user,
        .password = r->password,
        .database = d->name,
        .tls_ca = *d->tls_ca ? d->tls_ca : NULL,
        .timeout_ms = d->timeout_ms,
        .node_id = (unsigned)r->settings->daemon.node_id,
    };
    return read_password(r, err);
}

/* What is said, and the key that all nodes make short links with. */
static enum rc read_words(struct relaisd *r, struct error *err)
{
    struct db *db;
    enum rc rc;

    r->words_settings = r->settings->words;
    if (!*r->settings->public.url)
        return RC_OK;
    r->link_settings.base = r->settings->public.url;
    r->words_settings.links = &r->link_settings;
    db = db_open(&r->db, relaisd_first_work_lane);
    if (!db)
        return error_set(err, RC_FAIL, "no memory");
    rc = secret_read(db, "link", r->link_settings.secret);
    db_close(db);
    return rc ? error_set(err, rc, "the key of short links cannot be read; the log says why")
              : RC_OK;
}

static enum rc read_mail_key(struct relaisd *r, struct error *err)
{
    struct db *db = db_open(&r->db, relaisd_first_work_lane);
    enum rc rc;

    if (!db)
        return error_set(err, RC_FAIL, "no memory");
    rc = secret_read(db, "mail", r->mail_key);
    db_close(db);
    return rc ? error_set(err, rc, "the key of mail addresses cannot be read; the log says why")
              : RC_OK;
}

/* Made when it is missing; that it is the right one, the database knows. */
static enum rc read_pseudonym_key(struct relaisd *r, struct error *err)
{
    char path[RELAISD_PATH_MAX], secret[TOKEN_SIZE];
    struct db *db;
    enum rc rc;

    snprintf(path, sizeof(path), "%s/pseudonym.key", r->settings->daemon.data_dir);
    rc = token_load(path, secret, err);
    if (rc)
        return rc;
    pseudonym_key_from(secret, r->pseudonym_key);
    r->db.pseudonym_key = r->pseudonym_key;
    db = db_open(&r->db, relaisd_first_work_lane);
    rc = db ? pseudonym_key_check(db, err) : error_set(err, RC_FAIL, "no memory");
    if (rc)
        error_prefix(err, "%s", path);
    db_close(db);
    return rc;
}

static enum rc database_start(struct relaisd *r, struct error *err)
{
    enum rc rc = make_dir(r->settings->daemon.data_dir, 0750, err);

    if (!rc)
        rc = settings_is_standalone(r->settings) ? start_standalone(r, err) : use_server(r, err);
    if (!rc)
        rc = migrate_run(&r->db, r->settings->daemon.sql_dir, err);
    if (!rc)
        rc = read_words(r, err);
    if (!rc)
        rc = read_mail_key(r, err);
    return rc ? rc : read_pseudonym_key(r, err);
}

static void database_close(struct relaisd *r)
{
    standalone_stop(r->server);
    r->server = NULL;
}

/* --- housekeeping --- */

static void take_campaign_settings(struct relaisd *r)
{
    const struct settings_sms *sms = &r->settings->sms;
    const struct settings_campaign *c = &r->settings->campaign;

    r->campaign_settings =
        (struct campaign_settings){ .promo_sender = sms->promo_sender,
                                    .service_sender = sms->service_sender,
                                    .segment_cost_millicents = sms->segment_cost_millicents,
                                    .currency = sms->currency,
                                    .timezone = sms->timezone,
                                    .consent_ms = r->settings->consent.expires_after_ms,
                                    .routes = &r->settings->ways.table,
                                    .rules = &r->settings->rules,
                                    .words = &r->words_settings,
                                    .rest_s = c->rest_ms / 1000,
                                    .repeat_s = c->repeat_ms / 1000,
                                    .adult_years = (unsigned)c->adult_age,
                                    .approval_above = (uint64_t)c->approval_above,
                                    .order_days = (unsigned)c->order_days };
}

static enum rc housekeeping_start(struct relaisd *r, struct error *err)
{
    const struct settings_retention *s = &r->settings->retention;

    take_campaign_settings(r); /* it counts campaigns, too, from now on */
    r->retention_settings = (struct retention_settings){ .messages_ms = s->messages_ms,
                                                         .events_ms = s->events_ms,
                                                         .inbound_ms = s->inbound_ms,
                                                         .recipients_ms = s->recipients_ms,
                                                         .rejects_ms = s->rejects_ms,
                                                         .undo_ms = s->undo_ms,
                                                         .imports_ms = s->imports_ms,
                                                         .audit_ms = s->audit_ms,
                                                         .visits_ms = s->visits_ms,
                                                         .mails_ms = s->mails_ms,
                                                         .contacts_ms = s->contacts_ms,
                                                         .prospects_ms = s->prospects_ms,
                                                         .every_ms = s->every_ms,
                                                         .campaigns = &r->campaign_settings };
    r->housekeeping = housekeeping_new(r->base, r->work_lanes, &r->retention_settings);
    return r->housekeeping ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

static void housekeeping_part_stop(struct relaisd *r)
{
    housekeeping_stop(r->housekeeping);
}

static bool housekeeping_part_busy(const struct relaisd *r)
{
    return housekeeping_busy(r->housekeeping);
}

static void housekeeping_part_close(struct relaisd *r)
{
    housekeeping_free(r->housekeeping);
}

/* --- erasure --- */

static enum rc eraser_start(struct relaisd *r, struct error *err)
{
    r->eraser = eraser_new(r->base, r->work_lanes);
    return r->eraser ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

static void eraser_part_stop(struct relaisd *r)
{
    eraser_stop(r->eraser);
}

static bool eraser_part_busy(const struct relaisd *r)
{
    return eraser_busy(r->eraser);
}

static void eraser_part_close(struct relaisd *r)
{
    eraser_free(r->eraser);
}

/* --- gateway: carriers out and in --- */

void relaisd_take_live(struct relaisd *r)
{
    const struct settings_sms *sms = &r->settings->sms;

    r->gateway_settings =
        (struct gateway_settings){ .settle_ms = sms->settle_ms,
                                   .retry_ms = sms->retry_ms,
                                   .attempts_max = sms->attempts_max,
                                   .suppress_unknown = sms->suppress_unknown,
                                   .suppress_absent = sms->suppress_absent,
                                   .poll_ms = sms->poll_ms,
                                   .failover_ms = sms->failover_ms,
                                   .consent_ms = r->settings->consent.expires_after_ms,
                                   .routes = &r->settings->ways.table,
                                   .rules = &r->settings->rules,
                                   .settles_mails = !r->settings->mail.relays.n,
                                   .journal = r->journal };
}

static void on_gateway_stopped(void *arg)
{
    struct relaisd *r = arg;

    r->gateway_stopped = true;
}

static enum rc add_carriers(struct relaisd *r, struct error *err)
{
    const struct smpp_carrier_settings *carriers = r->settings->carriers.items;
    const struct settings_routes *ways = &r->settings->ways;

    for (size_t i = 0; i < r->settings->carriers.n; i++) {
        if (gateway_add_carrier(r->gateway, &carriers[i], &ways->carrier_bounds[i]))
            return error_set(err, RC_FAIL, "carrier %s: cannot be set up", carriers[i].head.title);
    }
    for (size_t i = 0; i < ways->n_senders; i++) {
        if (gateway_add_sender(r->gateway, &ways->senders[i]))
            return error_set(err, RC_FAIL, "no memory");
    }
    return RC_OK;
}

static void on_of_staff(void *arg)
{
    struct relaisd *r = arg;

    staff_desk_kick(r->staff_desk);
}

static enum rc gateway_part_start(struct relaisd *r, struct error *err)
{
    const struct settings *s = r->settings;
    const struct settings_sms *sms = &s->sms;
    struct local_zone *zone;
    enum rc rc;

    rc = local_zone_open(sms->timezone, &zone, err);
    if (rc)
        return error_prefix(err, "sms.timezone"), rc;
    rc = settings_keywords(r->settings, "relais.conf", &r->keywords, err);
    if (rc) {
        local_zone_close(zone);
        return rc;
    }
    snprintf(r->journal, sizeof(r->journal), "%s/answers.journal", r->settings->daemon.data_dir);
    relaisd_take_live(r);
    r->inbox_settings = (struct inbox_settings){
        .country = sms->country,
        .rules = { .stop = sms->stop_answer,
                   .start = sms->start_answer,
                   .help = sms->help_answer,
                   .sender = sms->service_sender,
                   .expires_s = sms->answer_expires_ms / 1000,
                   .routes = &r->settings->ways.table,
                   .parts_wait_s = sms->parts_wait_ms / 1000,
                   .keywords = r->keywords,
                   .stop_one = s->consent.stop_sender_answer,
                   .yes = s->consent.yes_answer,
                   .stop_by_sender = s->consent.stop == SETTINGS_STOP_SENDER },
        .of_staff = on_of_staff,
        .arg = r,
    };
    r->gateway =
        gateway_new(r->base, r->gateway_lanes, &r->gateway_settings, zone, on_gateway_stopped, r);
    if (r->gateway)
        r->inbox = inbox_new(r->base, r->gateway_lanes, INBOX_KEY, &r->inbox_settings, r->gateway);
    if (!r->inbox)
        return error_set(err, RC_FAIL, "no memory");
    gateway_set_inbox(r->gateway, r->inbox);
    rc = add_carriers(r, err);
    if (rc)
        return rc;
    gateway_start(r->gateway);
    r->gateway_started = true;
    return RC_OK;
}

static void gateway_part_stop(struct relaisd *r)
{
    gateway_stop(r->gateway);
}

static bool gateway_part_busy(const struct relaisd *r)
{
    return r->gateway_started && (!r->gateway_stopped || inbox_busy(r->inbox));
}

static void gateway_part_close(struct relaisd *r)
{
    inbox_free(r->inbox);
    keyword_book_free(r->keywords);
    gateway_free(r->gateway);
}

/* --- campaigns --- */

static void on_queued(void *arg)
{
    struct relaisd *r = arg;

    gateway_kick(r->gateway);
    postman_kick(r->postman);
}

static enum rc campaigns_start(struct relaisd *r, struct error *err)
{
    r->campaigns = campaign_runner_new(r->base, r->work_lanes, &r->campaign_settings, on_queued, r);
    return r->campaigns ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

static void campaigns_stop(struct relaisd *r)
{
    campaign_runner_stop(r->campaigns);
}

static bool campaigns_busy(const struct relaisd *r)
{
    return campaign_runner_busy(r->campaigns);
}

static void campaigns_close(struct relaisd *r)
{
    campaign_runner_free(r->campaigns);
}

/* --- occasions --- */

static enum rc occasions_start(struct relaisd *r, struct error *err)
{
    r->occasion_settings = (struct occasion_settings){ .campaign = &r->campaign_settings,
                                                       .timezone = r->settings->sms.timezone };
    r->occasions = occasion_runner_new(r->base, r->work_lanes, &r->occasion_settings, on_queued, r);
    return r->occasions ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

static void occasions_stop(struct relaisd *r)
{
    occasion_runner_stop(r->occasions);
}

static bool occasions_busy(const struct relaisd *r)
{
    return occasion_runner_busy(r->occasions);
}

static void occasions_close(struct relaisd *r)
{
    occasion_runner_free(r->occasions);
}

/* --- intake --- */

/* A file withdrew the consent of somebody who has this number. */
static void on_withdrawn(void *arg, const char *address)
{
    struct relaisd *r = arg;

    gateway_stop_address(r->gateway, address);
}

static enum rc intake_part_start(struct relaisd *r, struct error *err)
{
    const struct settings_files *files = &r->settings->files;
    enum rc rc = make_dir(files->root, 0755, err);

    if (rc)
        return rc;
    mkdir(files->profiles, 0755); /* there already, or intake says what is wrong with it */
    r->intake_settings = (struct intake_settings){ .root = files->root,
                                                   .profiles_dir = files->profiles,
                                                   .withdrawn = on_withdrawn,
                                                   .arg = r,
                                                   .rescan_ms = files->rescan_ms,
                                                   .at_once = (unsigned)files->at_once,
                                                   .chunk_rows = (unsigned)files->chunk_rows };
    r->intake = intake_new(r->base, r->intake_lanes, &r->intake_settings);
    return r->intake ? RC_OK : error_set(err, RC_FAIL, "no memory, or no inotify");
}

static void intake_part_stop(struct relaisd *r)
{
    intake_stop(r->intake);
}

static void intake_part_close(struct relaisd *r)
{
    intake_free(r->intake);
}

/* --- what partners are told by the clock --- */

static enum rc partner_report_start(struct relaisd *r, struct error *err)
{
    const struct settings_files *files = &r->settings->files;
    const struct partner_report_settings how = { .root = files->root,
                                                 .profiles_dir = files->profiles,
                                                 .book = r->settings->rules.promo.book };

    r->partner_report = partner_report_new(r->base, r->intake_lanes, &how);
    return r->partner_report ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

static void partner_report_part_stop(struct relaisd *r)
{
    partner_report_stop(r->partner_report);
}

static void partner_report_close(struct relaisd *r)
{
    partner_report_free(r->partner_report);
}

/* --- control --- */

static enum rc control_part_start(struct relaisd *r, struct error *err)
{
    const struct settings *s = r->settings;
    const struct control_house house = {
        .base = r->base,
        .lanes = r->control_lanes,
        .slow_lanes = r->slow_lanes,
        .watch_lanes = r->watch_lanes,
        .gateway = r->gateway,
        .campaigns = r->campaigns,
        .eraser = r->eraser,
        .merger = r->merger,
        .leaver = r->leaver,
        .holidays = s->rules.promo.book,
        .campaign_settings = &r->campaign_settings,
        .occasions = r->occasions,
        .occasion_settings = &r->occasion_settings,
        .contact_lists = r->contact_lists,
        .contact_list_settings = &r->contact_list_settings,
        .escalation = r->escalation,
        .escalation_settings = &r->escalation_settings,
        .plans = r->plans,
        .plan_settings = &r->plan_settings,
        .report_settings = &r->report_settings,
        .retention = &r->retention_settings,
        .housekeeping = r->housekeeping,
        .consent = &r->consent_settings,
        .version = RELAIS_VERSION,
        .database = settings_is_standalone(s) ? "standalone" : "server",
        .node_id = (unsigned)s->daemon.node_id,
        .started_at = r->started_at,
        .data_dir = s->daemon.data_dir,
        .intake = &r->intake,
        .files_root = s->files.root,
        .profiles_dir = s->files.profiles,
        .country = s->sms.country,
        .timezone = s->sms.timezone,
        .promo_sender = s->sms.promo_sender,
        .service_sender = s->sms.service_sender,
        .service_expires_s = s->sms.service_expires_ms / 1000,
        .routes = &s->ways.table,
        .test_numbers = (const char *const *)s->sms.test_numbers.items,
        .n_test_numbers = s->sms.test_numbers.n,
        .test_addresses = (const char *const *)s->mail.test_addresses.items,
        .n_test_addresses = s->mail.test_addresses.n,
        .tests_per_day = s->sms.tests_per_day,
        .mailer = r->mailer,
        .mail_files = &r->mail_files,
        .postman = r->postman,
        .sends_mail = s->mail.relays.n > 0,
        .mail_accent = s->mail.accent,
    };
    struct control_user *users =
        arena_alloc(&r->settings->arena, (s->users.n + 1) * sizeof(*users));
    struct control_settings how = {
        .users = users,
        .n_users = s->users.n,
        .socket = s->control.socket,
        .token_file = s->control.token_file,
        .max_body = (size_t)s->control.max_body,
        .max_connections = (unsigned)s->control.max_connections,
        .timeout_ms = s->control.timeout_ms,
    };

    if (!users)
        return error_set(err, RC_FAIL, "no memory");
    for (size_t i = 0; i < s->users.n; i++) {
        const struct settings_user *u = (const struct settings_user *)s->users.items + i;
        users[i] = (struct control_user){ .name = u->head.title, .token_file = u->token_file };
        for (size_t k = 0; k < u->may.n; k++)
            role_add(u->may.items[k], &users[i].roles); /* settings_check() knows them all */
    }
    r->consent_settings =
        (struct control_consent){ .ask_text = { s->consent.ask_text_fr, s->consent.ask_text_en },
                                  .ask_subject = { s->consent.ask_subject_fr,
                                                   s->consent.ask_subject_en },
                                  .ask_mail = { s->consent.ask_mail_fr, s->consent.ask_mail_en },
                                  .asks_by_mail = s->mail_in.listen.n && *s->mail_in.domain,
                                  .ask_expires_s = s->consent.ask_expires_ms / 1000,
                                  .keep_s = s->consent.expires_after_ms / 1000,
                                  .key_file = s->consent.key_file };
    if (*s->control.listen) {
        how.listen_host = r->control_host;
        if (settings_parse_listen(s->control.listen, r->control_host, sizeof(r->control_host),
                                  &how.listen_port))
            return error_set(err, RC_INVALID, "control.listen: '%s'", s->control.listen);
    }
    return control_new(&how, &house, &r->control, err);
}

static void control_part_stop(struct relaisd *r)
{
    control_stop(r->control);
}

static bool control_part_busy(const struct relaisd *r)
{
    return control_busy(r->control);
}

static void control_part_close(struct relaisd *r)
{
    control_free(r->control);
}

/* --- the public listener --- */

static enum rc public_part_start(struct relaisd *r, struct error *err)
{
    const struct settings_public *s = &r->settings->public;
    struct public_settings how = { .host = r->public_host,
                                   .max_connections = (unsigned)s->max_connections,
                                   .timeout_ms = s->timeout_ms,
                                   .links = &r->link_settings,
                                   .mail_key = r->mail_key,
                                   .staff_rules = &r->staff_rules,
                                   .stopped = relaisd_desk_stopped,
                                   .arg = r };

    if (!*s->listen)
        return RC_OK;
    if (settings_parse_address(s->listen, r->public_host, sizeof(r->public_host), &how.port))
        return error_set(err, RC_INVALID, "public.listen: '%s'", s->listen);
    return public_new(&how, r->base, r->public_lanes, &r->public, err);
}

static void public_part_stop(struct relaisd *r)
{
    if (r->public)
        public_stop(r->public);
}

static bool public_part_busy(const struct relaisd *r)
{
    return r->public && public_busy(r->public);
}

static void public_part_close(struct relaisd *r)
{
    public_free(r->public);
}

/* Lanes stand here twice: they start before those who post to them, and end, with all answers
 * delivered, before the first of these is freed. */
const struct part relaisd_parts[] = {
    { "database", database_start, NULL, NULL, database_close },
    { "lanes", relaisd_lanes_start, NULL, NULL, NULL },
    { "housekeeping", housekeeping_start, housekeeping_part_stop, housekeeping_part_busy,
      housekeeping_part_close },
    { "eraser", eraser_start, eraser_part_stop, eraser_part_busy, eraser_part_close },
    { "merger", relaisd_merger_start, relaisd_merger_stop, relaisd_merger_busy,
      relaisd_merger_close },
    { "staff", relaisd_staff_start, relaisd_staff_stop, relaisd_staff_busy, relaisd_staff_close },
    { "gateway", gateway_part_start, gateway_part_stop, gateway_part_busy, gateway_part_close },
    { "campaigns", campaigns_start, campaigns_stop, campaigns_busy, campaigns_close },
    { "occasions", occasions_start, occasions_stop, occasions_busy, occasions_close },
    { "contact list", relaisd_contact_start, relaisd_contact_stop, relaisd_contact_busy,
      relaisd_contact_close },
    { "plans", relaisd_plans_start, relaisd_plans_stop, relaisd_plans_busy, relaisd_plans_close },
    { "mail", relaisd_mail_start, relaisd_mail_stop, relaisd_mail_busy, relaisd_mail_close },
    { "staff desk", relaisd_desk_start, relaisd_desk_stop, relaisd_desk_busy, relaisd_desk_close },
    { "escalation", relaisd_escalation_start, relaisd_escalation_stop, relaisd_escalation_busy,
      relaisd_escalation_close },
    { "postman", relaisd_postman_start, relaisd_postman_stop, relaisd_postman_busy,
      relaisd_postman_close },
    { "reports", relaisd_report_start, relaisd_report_stop, relaisd_report_busy,
      relaisd_report_close },
    { "public", public_part_start, public_part_stop, public_part_busy, public_part_close },
    { "control", control_part_start, control_part_stop, control_part_busy, control_part_close },
    { "intake", intake_part_start, intake_part_stop, NULL, intake_part_close },
    { "mail in", relaisd_mail_in_start, relaisd_mail_in_stop, relaisd_mail_in_busy,
      relaisd_mail_in_close },
    { "partner report", partner_report_start, partner_report_part_stop, NULL,
      partner_report_close },
    { "watch", relaisd_watch_start, relaisd_watch_stop, relaisd_watch_busy, relaisd_watch_close },
    { "lanes", NULL, NULL, NULL, relaisd_lanes_close },
};
const size_t relaisd_n_parts = sizeof(relaisd_parts) / sizeof(relaisd_parts[0]);
