/* api_report.c - reports of contacts: as JSON, as a file, and sent by mail on a schedule. */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "domain/local_time.h"
#include "domain/value.h"
#include "flow/mailer.h"
#include "flow/report_file.h"
#include "flow/report_mail.h"
#include "store/report.h"

#define ANY_TEXT       200
#define RECIPIENTS_MAX 2000

/* The route's query, in its order. */
enum {
    QUERY_BY,
    QUERY_FROM,
    QUERY_TO,
    QUERY_PERIOD,
    QUERY_TEAM,
    QUERY_MANAGER,
    QUERY_STAFF,
    QUERY_CATEGORY,
    QUERY_FORMAT,
    QUERY_LANGUAGE,
};

/* --- what is asked --- */

static bool take_day(struct exchange *x, size_t nth, struct civil *day)
{
    if (!x->query[nth] || value_date(x->query[nth], DATE_ISO, day) == RC_OK)
        return true;
    exchange_refuse(x, 422, x->route->query[nth], "%s: expected a day such as 2026-11-30, got '%s'",
                    x->route->query[nth], x->query[nth]);
    return false;
}

/* Without a word: from the first of this month to today. */
static bool take_days(struct exchange *x, struct report_query *q)
{
    struct local_zone *zone;
    enum report_period period;
    struct civil today;

    if (local_zone_open(q->timezone, &zone, NULL)) {
        exchange_failed(x, RC_FAIL, "report", NULL);
        return false;
    }
    today = local_zone_civil(zone, clock_now());
    local_zone_close(zone);
    q->to = today;
    q->from = report_day_after(&today, 1 - today.day);
    if (x->query[QUERY_PERIOD]) {
        if (report_period_parse(x->query[QUERY_PERIOD], &period)) {
            exchange_refuse(x, 422, "period", "period: expected day, week or month, got '%s'",
                            x->query[QUERY_PERIOD]);
            return false;
        }
        report_period_before(period, &today, &q->from, &q->to);
    }
    return take_day(x, QUERY_FROM, &q->from) && take_day(x, QUERY_TO, &q->to);
}

static bool take_by(struct exchange *x, const char *name, enum report_by *by)
{
    if (!name || report_by_parse(name, by) == RC_OK)
        return true;
    exchange_refuse(x, 422, "by", "by: expected %s, got '%s'", report_by_names(), name);
    return false;
}

/* *file: it is asked for as one. */
static bool take_format(struct exchange *x, bool *file, enum report_format *format)
{
    const char *name = x->query[QUERY_FORMAT];

    *file = name && strcmp(name, "json") != 0;
    if (!*file || report_format_parse(name, format) == RC_OK)
        return true;
    exchange_refuse(x, 422, "format", "format: expected json, csv or pdf, got '%s'", name);
    return false;
}

/* --- as JSON --- */

static void put_day(json_t *object, const char *name, const struct civil *day)
{
    char text[DATE_TEXT_SIZE];

    value_date_text(day, text);
    put_text(object, name, text);
}

static json_t *value_json(const struct report_column *column, const struct report_figures *f)
{
    const int64_t value = column->value(f);

    if (value == REPORT_NOTHING)
        return json_null();
    if (column->kind == REPORT_TENTHS || column->kind == REPORT_PERCENT)
        return json_real((double)value / 10);
    return json_integer(value);
}

static json_t *row_json(const struct report *r, const struct report_row *row)
{
    json_t *item = json_object(), *outcomes = json_object();
    const struct report_column *column;
    char label[REPORT_LABEL_SIZE];

    report_label(r, row, label);
    put_text(item, "code", row->code);
    put_text(item, "label", label);
    for (size_t i = 0; (column = report_column(i)); i++)
        json_object_set_new(item, column->name, value_json(column, &row->figures));
    for (size_t i = 0; i < r->n_outcomes; i++)
        if (row->outcomes[i])
            put_u64(outcomes, r->outcomes[i].code, row->outcomes[i]);
    json_object_set_new(item, "outcomes", outcomes);
    return item;
}

static void put_columns(json_t *reply, const struct report *r)
{
    static const char *const kinds[] = { [REPORT_COUNT] = "count",
                                         [REPORT_TENTHS] = "number",
                                         [REPORT_PERCENT] = "percent",
                                         [REPORT_MONEY] = "cents" };
    json_t *columns = json_array(), *outcomes = json_array();
    const struct report_column *column;
    json_t *item;

    for (size_t i = 0; (column = report_column(i)); i++) {
        item = json_object();
        put_text(item, "name", column->name);
        put_text(item, "label", column->label[r->language]);
        put_text(item, "meaning", column->meaning[r->language]);
        put_text(item, "kind", kinds[column->kind]);
        json_array_append_new(columns, item);
    }
    for (size_t i = 0; i < r->n_outcomes; i++) {
        item = json_object();
        put_text(item, "code", r->outcomes[i].code);
        put_text(item, "label", r->outcomes[i].label);
        json_array_append_new(outcomes, item);
    }
    json_object_set_new(reply, "columns", columns);
    json_object_set_new(reply, "outcomes", outcomes);
}

static void put_report(struct exchange *x, const struct report *r)
{
    json_t *rows = json_array(), *of = json_array();
    char between[REPORT_LINE_SIZE];

    report_between(r, between);
    put_text(x->reply, "by", report_by_name(r->by));
    put_text(x->reply, "title", report_word(r, REPORT_TITLE));
    put_text(x->reply, "between", between);
    put_day(x->reply, "from", &r->from);
    put_day(x->reply, "to", &r->to);
    put_text(x->reply, "currency", r->currency);
    put_u64(x->reply, "order_days", r->order_days);
    for (size_t i = 0; i < sizeof(r->of) / sizeof(r->of[0]) && r->of[i]; i++)
        json_array_append_new(of, json_string(r->of[i]));
    json_object_set_new(x->reply, "of", of);
    put_columns(x->reply, r);
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(rows, row_json(r, &r->rows[i]));
    json_object_set_new(x->reply, "rows", rows);
    json_object_set_new(x->reply, "total", row_json(r, &r->total));
}

/* --- as a file --- */

static void put_file(struct exchange *x, const struct report *r, enum report_format format)
{
    x->file = exchange_open_file(x);
    if (!x->file || report_file_write(r, format, x->file)) {
        if (x->file)
            fclose(x->file);
        x->file = NULL;
        exchange_failed(x, RC_FAIL, "report", NULL);
        return;
    }
    x->file_type = report_format_type(format);
}

static void get_contacts(struct exchange *x)
{
    const struct report_settings *s = x->house->report_settings;
    const char *language = x->query[QUERY_LANGUAGE] ? x->query[QUERY_LANGUAGE] : s->language;
    struct report_query q = report_settings_query(s);
    enum report_format format = REPORT_CSV;
    struct error err = { "" };
    const char *field = NULL;
    struct report *r;
    bool file;
    enum rc rc;

    q.by = REPORT_BY_EMPLOYEE;
    q.made_by = x->who;
    q.language = report_language_of(language);
    q.team = x->query[QUERY_TEAM];
    q.manager = x->query[QUERY_MANAGER];
    q.staff = x->query[QUERY_STAFF];
    q.category = x->query[QUERY_CATEGORY];
    if (!take_by(x, x->query[QUERY_BY], &q.by) || !take_days(x, &q) ||
        !take_format(x, &file, &format))
        return;
    rc = report_read(x->db, &q, &x->arena, &r, &field, &err);
    if (rc == RC_INVALID)
        exchange_refuse(x, 422, field, "%s", err.text);
    else if (rc)
        exchange_failed(x, rc, "report", &err);
    else if (file)
        put_file(x, r, format);
    else
        put_report(x, r);
}

/* --- schedules --- */

static void put_schedule(json_t *item, const struct report_schedule *s)
{
    char at[8];

    snprintf(at, sizeof(at), "%02u:%02u", s->at_minute / 60 % 24, s->at_minute % 60);
    put_u64(item, "id", s->id);
    put_text(item, "name", s->name);
    put_text(item, "by", report_by_name(s->by));
    put_text(item, "period", report_period_name(s->period));
    put_text(item, "at", at);
    put_text(item, "team", s->team);
    put_text(item, "manager", s->manager);
    put_text(item, "category", s->category);
    put_text(item, "for_each", s->for_each);
    put_text(item, "format", s->format);
    put_text(item, "language", s->language);
    put_text(item, "recipients", s->recipients);
    put_time(item, "next_at", s->next_at);
    put_text(item, "last_day", s->last_day);
    put_time(item, "last_at", s->last_at);
    put_text(item, "problem", s->problem);
}

static void add_schedule(void *arg, const struct report_schedule *s)
{
    json_t *item = json_object();

    put_schedule(item, s);
    json_array_append_new(arg, item);
}

static void list_schedules(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = report_schedule_list(x->db, add_schedule, list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "schedule", NULL);
        return;
    }
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "schedules", list);
}

/* Also when there is none. */
static void schedule_failed(struct exchange *x, enum rc rc, const struct error *err)
{
    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, NULL,
                        "there is no schedule named \"%s\"; relaisctl report schedule list shows "
                        "those that there are",
                        x->word);
    else
        exchange_failed(x, rc, "schedule", err);
}

static bool take_given(struct exchange *x, const char *name, size_t max, const char **out)
{
    const json_t *value = json_object_get(x->body, name);

    *out = NULL;
    return !value || json_is_null(value) || take_text(x, name, max, "", out);
}

static void set_schedule(struct exchange *x)
{
    struct report_plan plan = { .name = x->word };
    struct report_schedule s;
    struct error err = { "" };
    const char *field = NULL;
    enum rc rc;

    if (!take_given(x, "by", ANY_TEXT, &plan.by) ||
        !take_given(x, "period", ANY_TEXT, &plan.period) ||
        !take_given(x, "at", ANY_TEXT, &plan.at) || !take_given(x, "team", ANY_TEXT, &plan.team) ||
        !take_given(x, "manager", ANY_TEXT, &plan.manager) ||
        !take_given(x, "category", ANY_TEXT, &plan.category) ||
        !take_given(x, "for_each", ANY_TEXT, &plan.for_each) ||
        !take_given(x, "format", ANY_TEXT, &plan.format) ||
        !take_given(x, "language", ANY_TEXT, &plan.language) ||
        !take_given(x, "recipients", RECIPIENTS_MAX, &plan.recipients))
        return;
    rc = report_schedule_set(x->db, &plan, x->house->timezone, x->house->report_settings->language,
                             x->who, &field, &err);
    if (rc == RC_INVALID) {
        exchange_refuse(x, 422, field, "%s", err.text);
        return;
    }
    if (!rc)
        rc = report_schedule_read(x->db, x->word, &x->arena, &s);
    if (rc)
        schedule_failed(x, rc, &err);
    else
        put_schedule(x->reply, &s);
    put_text(x->reply, "timezone", x->house->timezone);
}

static void remove_schedule(struct exchange *x)
{
    enum rc rc = report_schedule_remove(x->db, x->word, x->who);

    if (rc)
        schedule_failed(x, rc, NULL);
    else
        put_text(x->reply, "said", "It is sent no more.");
}

static void run_schedule(struct exchange *x)
{
    struct error err = { "" };
    size_t mails = 0, managers = 0;
    enum rc rc = report_mail_again(x->db, x->house->report_settings, x->word, x->who, &mails,
                                   &managers, &err);

    if (rc == RC_INVALID) {
        exchange_refuse(x, 409, NULL, "%s", err.text);
    } else if (rc) {
        schedule_failed(x, rc, &err);
    } else {
        put_text(x->reply, "name", x->word);
        put_u64(x->reply, "mails", mails);
        put_u64(x->reply, "managers", managers);
        json_object_set_new(x->reply, "relay", json_boolean(x->house->sends_mail));
        x->changed = true;
    }
}

static void kick(struct exchange *x)
{
    mailer_kick(x->house->mailer);
}

const struct route report_routes[] = {
    { .method = "GET",
      .pattern = "/v1/reports/contacts",
      .right = RIGHT_TOKEN,
      .run = get_contacts,
      .slow = true,
      .query = { "by", "from", "to", "period", "team", "manager", "staff", "category", "format",
                 "language" },
      .help = "Contacts planned and done, their outcomes, and the orders that followed. by: "
              "manager, employee, team, category, source, day, week or month; from, to: days, or "
              "period: the last whole day, week or month; manager: of all below; format: json, csv "
              "or pdf; language: fr or en." },
    { .method = "GET",
      .pattern = "/v1/reports/schedules",
      .right = RIGHT_TOKEN,
      .run = list_schedules,
      .help = "Reports that go out by mail: when, to whom, and which was the last." },
    { .method = "PUT",
      .pattern = "/v1/reports/schedules/{name}",
      .right = RIGHT_ADMIN, /* to whatever address */
      .run = set_schedule,
      .body = BODY("by", "period", "at", "team", "manager", "category", "for_each", "format",
                   "language", "recipients"),
      .help = "Creates a schedule, or changes what is given. Body: by, period (day, week, month: "
              "the last whole one, when it is over), at (07:00), team, manager, category, format "
              "(csv, pdf), language, recipients (mail addresses with commas between them); or "
              "for_each: manager, then each manager gets a report of his or her own people." },
    { .method = "DELETE",
      .pattern = "/v1/reports/schedules/{name}",
      .right = RIGHT_ADMIN,
      .run = remove_schedule,
      .help = "It is sent no more." },
    { .method = "POST",
      .pattern = "/v1/reports/schedules/{name}/run",
      .right = RIGHT_ADMIN,
      .run = run_schedule,
      .then = kick,
      .slow = true,
      .help = "Sends its last whole period now, whether it went out before or not. One for each "
              "manager goes out in the next minutes: managers says to how many." },
};
const size_t n_report_routes = sizeof(report_routes) / sizeof(report_routes[0]);
