/* relaisctl.h - what the files of relaisctl share: the command table, calling relaisd, showing. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/rc.h"

#define CTL_FAILED     1    /* relaisd said no; the sentence was printed */
#define CTL_MISUSE     2    /* the command line is wrong */
#define CTL_UNREACHED  69   /* EX_UNAVAILABLE: no relaisd answers */
#define CTL_SHOW       (-1) /* no exit status: it is called and shown like others */
#define CTL_BAD_CONFIG 78   /* EX_CONFIG */

#define CTL_ARGS_MAX  32
#define CTL_PATH_SIZE 1024

/* --- where relaisd is --- */

struct ctl_place {
    char socket[108]; /* a unix socket; "": host and port */
    char host[64];
    unsigned port;
    char token[130];
    unsigned answer_s; /* how long an answer may take; 0: as long as the longest does */
};

/* What the command line says about where relaisd is; NULL: nothing. */
struct ctl_where {
    const char *config, *standalone, *token_file;
};

/* From --standalone or --config, else the environment, else the installed relais.conf. The token is
 * that of `token_file`, or of the environment's RELAIS_TOKEN_FILE, or the one beside the socket. */
enum rc ctl_find_place(const char *config, const char *standalone, const char *token_file,
                       struct ctl_place *place, struct error *err) MUST_CHECK;

struct settings;
/* The configuration that the same would find, without relaisd. */
enum rc ctl_load_settings(const struct ctl_where *where, struct settings **out,
                          struct error *err) MUST_CHECK;

/* One call. *reply is NULL when there was no JSON in the answer. RC_AGAIN: relaisd was not reached.
 */
enum rc ctl_call(const struct ctl_place *place, const char *method, const char *path,
                 const json_t *body, int *status, json_t **reply, struct error *err) MUST_CHECK;

/* GET: what a good answer holds goes to `out`, in the memory of a block; else as ctl_call(). */
enum rc ctl_fetch(const struct ctl_place *place, const char *path, FILE *out, int *status,
                  json_t **reply, struct error *err) MUST_CHECK;

/* --- commands --- */

enum arg_kind {
    ARG_TEXT,
    ARG_NUMBER,
    ARG_FLAG,
    ARG_FILE,     /* a file's content; "-": of stdin */
    ARG_DURATION, /* "2h", sent as seconds */
    ARG_AGO,      /* "2h", sent as the moment so long ago, in seconds since 1970 */
    ARG_CAMPAIGN, /* an id or a name, resolved to the id */
    ARG_OURS,     /* for relaisctl itself: it is not sent */
    ARG_OURS_FLAG,
    ARG_CUSTOMER, /* an id, or PARTNER:NUMBER, resolved to the id */
    ARG_PAIR,     /* NAME=VALUE, sent as {NAME: VALUE} */
};

struct column;

struct ctl_arg {
    const char *name;  /* "ID": by its place; "--text": an option */
    const char *value; /* what an option takes, for the help */
    const char *field; /* of the body or the query; NULL: fills a {} of the path */
    enum arg_kind kind;
    bool required;
};

struct ctl {
    struct ctl_where where;
    struct ctl_place place; /* of a command that is not offline */
    bool json, watch;
    const struct command *command;
    const char *given[CTL_ARGS_MAX]; /* the command's args, in their order; NULL: not given */
    bool unreached;                  /* no relaisd answered when a name was looked up */
};

struct command {
    const char *words; /* "campaign create" */
    const char *method, *path;
    struct ctl_arg args[CTL_ARGS_MAX + 1]; /* ends with name NULL */
    void (*show)(const json_t *reply);     /* for people */
    bool can_watch;                        /* knows --watch */
    bool follow;                           /* which then follows the campaign that was acted on */
    /* Until what was asked for is there; takes the reply, gives what to show. */
    json_t *(*stay)(const struct ctl *ctl, json_t *reply);
    bool (*over)(const json_t *reply); /* watching ends */
    bool (*bad)(const json_t *reply);  /* the answer is bad news: exit status 1 */
    int (*offline)(struct ctl *ctl);   /* needs no relaisd, or asks it by itself: the exit status */
    int (*fetch)(const struct ctl *ctl,
                 const char *path); /* in a way of its own: the same, or CTL_SHOW */
    bool raw;                       /* the answer goes to stdout as it is */
    const struct ctl_list *list;    /* a long one, in pages: --after, --limit, --all, --csv; with
                                       show(), only for --csv */
    const char *help;
};

struct ctl_list {
    const char *name; /* in the reply */
    const struct column *columns;
    size_t n;
    bool by_text;                      /* its pages go on behind an address or A17, not a number */
    void (*show)(const json_t *reply); /* a page that has rows, for people; NULL: the columns */
    const char *none;                  /* when there is no row; NULL: "Nobody." */
    const char *const *french;         /* the heads of its CSV in a house that speaks French; NULL:
                                          it is for programs, and has the names of the fields */
};

#define NEEDED true /* of an argument */

/* A file each: one entry a command, for parsing, calling and help. */
#define COMMAND_FAMILY(name)                             \
    extern const struct command ctl_##name##_commands[]; \
    extern const size_t ctl_n_##name##_commands
COMMAND_FAMILY(house);
COMMAND_FAMILY(partner);
COMMAND_FAMILY(campaign);
COMMAND_FAMILY(customer);
COMMAND_FAMILY(staff);
COMMAND_FAMILY(task);
COMMAND_FAMILY(plan);
COMMAND_FAMILY(contact);
COMMAND_FAMILY(escalation);
COMMAND_FAMILY(message);
COMMAND_FAMILY(mail);
COMMAND_FAMILY(report);
#undef COMMAND_FAMILY

/* All of them, one family behind the other; NULL: there are no more. */
const struct command *ctl_command(size_t nth);

struct buffer;
/* As a value in a path or a query. */
void ctl_add_escaped(struct buffer *out, const char *text);
/* Page after page of the command's list; `path` without --after and --limit. The exit status. */
int ctl_run_pages(const struct ctl *ctl, const char *path);
/* "2h", in seconds. False: it is none. */
bool ctl_parse_duration(const char *text, int64_t *seconds);
/* Is relaisd well, and who is told that it is not? */
int ctl_heartbeat(struct ctl *ctl);
/* What was given for an argument; NULL: it was not. */
const char *ctl_given(const struct ctl *ctl, const char *name);
/* GET: a good answer goes to the file, which must be a new one; "-": to stdout. The exit status. */
int ctl_save(const struct ctl *ctl, const char *path, const char *name);
/* Shows how far a campaign is until it rests. The exit status. */
int ctl_follow_campaign(const struct ctl *ctl, uint64_t id);
/* Of a list that was asked for; it is made within seconds. Takes the reply, gives the last one. */
json_t *ctl_stay_with_list(const struct ctl *ctl, json_t *reply);

/* relaisctl_consent.c: the pages of the signed export to stdout; a file of it checked. */
int ctl_export_consents(const struct ctl *ctl, const char *query);
int ctl_check_consents(struct ctl *ctl);

/* relaisctl_template.c: a file in pieces; the HTML of a mail to stdout. */
int ctl_template_attach(const struct ctl *ctl, const char *path);
int ctl_template_html(const struct ctl *ctl, const char *path);

/* relaisctl_partner*.c: profiles and files, tried without effect. */
int ctl_partner_check(struct ctl *ctl);
int ctl_partner_guess(struct ctl *ctl);
int ctl_partner_keys(struct ctl *ctl);
int ctl_partner_test(struct ctl *ctl);

/* --- showing --- */

const char *get_text(const json_t *object, const char *name); /* "" when it is not there */
int64_t get_int(const json_t *object, const char *name);
/* "2026-11-24 08:00:12" (UTC), "" for none. */
const char *get_time(const json_t *object, const char *name, char buf[20]);
struct local_zone;
/* Of a reply that names the house's `timezone`. NULL: it does not, and its times stay UTC. For
 * local_zone_close(). */
struct local_zone *house_zone(const json_t *reply);
/* What to write beside its times: "Europe/Paris", "UTC". */
const char *house_zone_name(const json_t *reply, const struct local_zone *zone);
/* get_time() by the clock of that zone; NULL: UTC. */
const char *get_local(const json_t *object, const char *name, struct local_zone *zone,
                      char buf[20]);
/* A copy of the rows of a list, in which that time of each is what the clock shows there; or what
 * `say` makes of it ("2026-11-26 14:30:00" in `at`). For json_decref(). */
json_t *local_rows(const json_t *reply, const char *list, const char *time, struct local_zone *zone,
                   json_t *(*say)(const json_t *reply, const json_t *row, const char *at));
/* Characters, not bytes: what follows a UTF-8 lead byte does not count. */
int width_of(const char *text);
const char *plural(int64_t n, const char *one, const char *many);

struct column {
    const char *title, *field;
    char kind; /* 't' text, 'n' number, 'd' time, 'r' why a message failed, in words for people */
    int max;   /* characters; 0: no limit */
};
/* A table with aligned columns; `none` is said instead when the list is empty. */
void show_table(const json_t *list, const struct column *columns, size_t n, const char *none);
/* The same, with times by the clock of the house, and a line below that says which that is. */
void show_house_table(const json_t *reply, const json_t *list, const struct column *columns,
                      size_t n, const char *none);
/* "name:   value" lines, aligned. */
void show_line(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for a text of several lines, which all begin below the first. */
void show_passage(const char *name, const char *text);
/* Each line of a text behind `indent`, the first one behind `before`. */
void show_lines(const char *before, const char *indent, const char *text);

/* One line of a funnel: a number, its share of the whole, a bar. `depth` 1: a part of what the line
 * of depth 0 above it counts. */
void show_bar(int depth, const char *name, int64_t n, int64_t whole);
const char *ctl_reason(const char *reason); /* the words for an exclusion */
void show_excluded_bars(const json_t *reply, int64_t audience);
/* Whether a campaign goes by "sms", or by "email", alone or not. */
bool goes_by(const json_t *reply, const char *channel);
/* "mail, or SMS where no mail may be sent". */
const char *by_words(const char *channel);
/* What those who want no more did: "said STOP". */
const char *opted_out_words(const json_t *reply);
void show_by_channel(const json_t *reply, int64_t audience);
/* One line that moves; `whole` 0: it is not known. */
void show_progress(FILE *out, const char *what, int64_t done, int64_t whole);
void end_progress(FILE *out);

void show_status(const json_t *reply);
void show_carriers(const json_t *reply);
void show_carrier_state(const json_t *reply);
void show_queues(const json_t *reply);
void show_route_state(const json_t *reply);
void show_route_list(const json_t *reply);
void show_customers(const json_t *reply);
void show_dossier(const json_t *reply);
void show_consent_said(const json_t *reply);
bool consent_does_not_count(const json_t *reply);
void show_consents(const json_t *reply);
void show_proof(const json_t *reply);
bool proof_is_bad(const json_t *reply);
void show_public_key(const json_t *reply);
void show_erase(const json_t *reply);
void show_erasure(const json_t *reply);
bool erasure_is_over(const json_t *reply);
void show_same(const json_t *reply);
void show_not_same(const json_t *reply);
void show_different(const json_t *reply);
void show_double_search(const json_t *reply);
bool double_search_is_over(const json_t *reply);
void show_lifted(const json_t *reply);
void show_added(const json_t *reply);
void show_changed(const json_t *reply);
void show_categories(const json_t *reply);
void show_sources(const json_t *reply);
void show_products(const json_t *reply);
void show_fields(const json_t *reply);
void show_code_set(const json_t *reply);
void show_verdict(const json_t *reply);
bool verdict_is_bad(const json_t *reply);
void show_campaigns(const json_t *reply);
void show_campaign(const json_t *reply);
bool campaign_is_over(const json_t *reply);
void show_created(const json_t *reply);
void show_results(const json_t *reply);
void show_comparison(const json_t *reply);
void show_preview(const json_t *reply);
void show_state(const json_t *reply);
void show_scheduled(const json_t *reply);
void show_excluded(const json_t *reply);
void show_audiences(const json_t *reply);
void show_audience(const json_t *reply);
void show_audience_set(const json_t *reply);
void show_check(const json_t *reply);
bool check_is_bad(const json_t *reply);
void show_audience_count(const json_t *reply);
void show_why(const json_t *reply);
void show_templates(const json_t *reply);
void show_template(const json_t *reply);
void show_template_set(const json_t *reply);
void show_template_history(const json_t *reply);
void show_template_preview(const json_t *reply);
void show_test(const json_t *reply);
void show_links(const json_t *reply);
void show_alerts(const json_t *reply);
void show_alert_rules(const json_t *reply);
void show_import(const json_t *reply);
bool import_is_over(const json_t *reply);
void show_undo(const json_t *reply);
void show_partners(const json_t *reply);
void show_partner(const json_t *reply);
void show_message(const json_t *reply);
void show_messages(const json_t *reply);
void show_said(const json_t *reply);
void show_queued(const json_t *reply);
void show_inbound(const json_t *reply);
void show_text(const json_t *reply);
void show_retention(const json_t *reply);
void show_routes(const json_t *reply);
void show_mails(const json_t *reply);
void show_mail(const json_t *reply);
void show_mail_state(const json_t *reply);
void show_mails_in(const json_t *reply);
void show_mail_in(const json_t *reply);
void show_reviews(const json_t *reply);
void show_review_said(const json_t *reply);
void show_document(const json_t *reply);
/* Lines of show_status(), none when there is nothing to say: mails that go out, those on the review
 * list; and that no mail leaves, of any reply that says so. */
void show_mail_status(const json_t *mail);
void show_review_status(const json_t *review);
void show_mail_trouble(const json_t *reply);
void show_plans(const json_t *reply);
void show_plan(const json_t *reply);
void show_plan_begun(const json_t *reply);
void show_plan_state(const json_t *reply);
void show_customer_plans(const json_t *reply);
void show_contact_policies(const json_t *reply);
void show_contact_weights(const json_t *reply);
void show_contact_topics(const json_t *reply);
void show_contact_lists(const json_t *reply);
void show_contact_list(const json_t *reply);
void show_contact_why(const json_t *reply);
void show_escalations(const json_t *reply);
void show_escalation(const json_t *reply);
void show_escalation_try(const json_t *reply);
void show_matters(const json_t *reply);
void show_matter(const json_t *reply);
void show_occasions(const json_t *reply);
void show_occasion(const json_t *reply);
void show_occasion_results(const json_t *reply);
void show_rehearsal(const json_t *reply);
void show_today(const json_t *reply);
void show_task(const json_t *reply);
void show_task_changed(const json_t *reply);
void show_contact_said(const json_t *reply);
void show_outcomes(const json_t *reply);
void show_outcome_set(const json_t *reply);
void show_teams(const json_t *reply);
void show_team(const json_t *reply);
void show_staff(const json_t *reply);
void show_member(const json_t *reply);
void show_absence_gone(const json_t *reply);
void show_owner(const json_t *reply);
void show_report(const json_t *reply);
void show_report_schedules(const json_t *reply);
void show_report_schedule(const json_t *reply);
void show_report_run(const json_t *reply);
