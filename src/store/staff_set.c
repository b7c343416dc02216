/* staff_set.c - a team or a person is made or changed: what is said is taken over, field by field,
 * into a copy of what the book has, and that is written. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/near_name.h"
#include "domain/holidays.h"
#include "domain/hours.h"
#include "domain/language.h"
#include "domain/local_time.h"
#include "domain/mail_address.h"
#include "domain/phone.h"
#include "domain/timetable.h"
#include "domain/utf8.h"
#include "domain/zone_shelf.h"
#include "store/matter_look.h"
#include "store/staff_change.h"

#define CODE_MAX     32
#define LABEL_MAX    120
#define HOURS_MAX    200
#define DAYS_MAX     60
#define CAPACITY_MAX 500

#define TAKE(field, value) \
    if (value)             \
    field = value

static const char SQL_POLICY[] = "SELECT id FROM escalation_policy WHERE name = ?";

static const char SQL_TEAM_PUT[] =
    "INSERT INTO team (id, code, label, timezone, country, region, hours, list_minute, list_days,"
    "                  policy_id, tell, created_at, updated_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE label = VALUE(label), timezone = VALUE(timezone),"
    "       country = VALUE(country), region = VALUE(region), hours = VALUE(hours),"
    "       list_minute = VALUE(list_minute), list_days = VALUE(list_days),"
    "       policy_id = VALUE(policy_id), tell = VALUE(tell), updated_at = VALUE(updated_at)";

static const char SQL_STAFF_ADD[] =
    "INSERT INTO staff (name, role, team_id, manager_id, phone, mail, language, timezone, hours,"
    "                   capacity, left_on, updated_at, id, login, created_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_STAFF_CHANGE[] =
    "UPDATE staff"
    "   SET name = ?, role = ?, team_id = ?, manager_id = ?, phone = ?, mail = ?, language = ?,"
    "       timezone = ?, hours = ?, capacity = ?, left_on = ?, updated_at = ?"
    " WHERE id = ?";

/* Who stays after all hands nothing on. */
static const char SQL_STAYS[] =
    "DELETE FROM staff_leaving WHERE staff_id = ? AND finished_at IS NULL";

/* Whose customers and tasks that person is to get, and would not be there for; who hands on what is
 * got, by staff leave, is. */
static const char SQL_AWAITED[] = "SELECT s.login"
                                  "  FROM staff_leaving l"
                                  "  JOIN staff s ON s.id = l.staff_id"
                                  " WHERE l.to_id = ? AND l.finished_at IS NULL AND l.on_day >= ?"
                                  "   AND NOT EXISTS (SELECT 1"
                                  "                     FROM staff_leaving o"
                                  "                    WHERE o.staff_id = l.to_id"
                                  "                      AND o.on_day = ?)"
                                  " ORDER BY l.on_day"
                                  " LIMIT 1";

/* --- what both have --- */

static enum rc check_text(struct staff_change *c, const char *field, const char *text, size_t max)
{
    const size_t len = strlen(text);

    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ')
            return staff_change_refuse(c, field, "no control characters");
    }
    if (len == 0 || !utf8_valid(text, len, NULL) || utf8_length(text, len) > max)
        return staff_change_refuse(c, field, "expected 1 to %zu characters", max);
    return RC_OK;
}

/* A word that is typed on a telephone, too. */
static enum rc check_word(struct staff_change *c, const char *field, const char *word, size_t max)
{
    const size_t len = strlen(word);

    for (const char *at = word; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("._-@", *at))
            return staff_change_refuse(
                c, field, "expected letters, digits and \". _ - @\", got \"%.64s\"", word);
    }
    if (len == 0 || len > max)
        return staff_change_refuse(c, field, "expected 1 to %zu characters", max);
    return RC_OK;
}

static enum rc check_zone(struct staff_change *c, const char *zone)
{
    if (!*zone || (strlen(zone) < ZONE_NAME_SIZE && local_zone_is_known(zone)))
        return RC_OK;
    return staff_change_refuse(
        c, "timezone", "expected a time zone such as \"Europe/Paris\", got \"%.60s\"", zone);
}

static enum rc check_hours(struct staff_change *c, const char *text)
{
    struct hours hours = { .n = 0 };

    if (strlen(text) > HOURS_MAX)
        return staff_change_refuse(c, "hours", "expected at most %d characters", HOURS_MAX);
    return staff_change_blame(c, "hours", hours_add_list(&hours, text, c->err));
}

static struct db_value number_or_null(uint64_t n)
{
    return n ? db_u64(n) : db_null();
}

static struct db_value text_or_null(const char *text)
{
    return db_text(*text ? text : NULL);
}

/* --- a team --- */

static enum rc take_country(struct staff_change *c, const struct team_plan *p, struct team *t)
{
    if (p->country) {
        if (strlen(p->country) != 2 || !isupper((unsigned char)p->country[0]) ||
            !isupper((unsigned char)p->country[1]))
            return staff_change_refuse(c, "country",
                                       "expected two capital letters such as \"FR\", got \"%.20s\"",
                                       p->country);
        snprintf(t->country, sizeof(t->country), "%s", p->country);
    }
    if (p->region) {
        if (strlen(p->region) >= sizeof(t->region) ||
            strspn(p->region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != strlen(p->region) ||
            !holiday_region_is_good(t->country, p->region))
            return staff_change_refuse(c, "region",
                                       "expected a department with holidays of its own (\"971\" to "
                                       "\"974\", \"976\" to \"978\"), \"AM\" for Alsace and "
                                       "Moselle, or nothing, got \"%.20s\"",
                                       p->region);
        snprintf(t->region, sizeof(t->region), "%s", p->region);
    }
    return RC_OK;
}

static enum rc take_list_time(struct staff_change *c, const struct team_plan *p, struct team *t)
{
    struct timetable table = { .n_minutes = 0 };
    enum rc rc = RC_OK;

    if (p->list_at) {
        rc = staff_change_blame(c, "list_at", timetable_set_times(&table, p->list_at, c->err));
        if (!rc && table.n_minutes != 1)
            rc = staff_change_refuse(c, "list_at", "expected one time such as \"07:00\"");
        if (!rc)
            t->list_minute = table.minutes[0];
    }
    if (rc || !p->list_days)
        return rc;
    if (strlen(p->list_days) > DAYS_MAX)
        return staff_change_refuse(c, "list_days", "expected at most %d characters", DAYS_MAX);
    t->list_days = p->list_days;
    return staff_change_blame(c, "list_days", timetable_set_days(&table, p->list_days, c->err));
}

static enum rc take_policy(struct db *db, struct staff_change *c, const char *policy,
                           struct team *t)
{
    enum rc rc;

    if (!policy)
        return RC_OK;
    t->policy_id = 0;
    if (!*policy)
        return RC_OK;
    rc = db_query_u64(db, SQL_POLICY, DB_IN(db_text(policy)), &t->policy_id);
    return rc == RC_NOTFOUND
               ? staff_change_refuse(c, "policy",
                                     "there is no escalation policy \"%.80s\"; relaisctl "
                                     "escalation list shows them",
                                     policy)
               : rc;
}

static enum rc take_team(struct db *db, struct staff_change *c, const struct team_plan *p,
                         struct team *t)
{
    enum rc rc;

    TAKE(t->label, p->label);
    TAKE(t->timezone, p->timezone);
    TAKE(t->hours, p->hours);
    rc = check_text(c, "label", t->label, LABEL_MAX);
    if (!rc)
        rc = check_zone(c, t->timezone);
    if (!rc && !*t->hours)
        rc = staff_change_refuse(
            c, "hours", "expected working hours such as \"mon-fri 09:00-12:00,14:00-18:00\"");
    if (!rc)
        rc = check_hours(c, t->hours);
    if (!rc)
        rc = take_country(c, p, t);
    if (!rc)
        rc = take_list_time(c, p, t);
    if (!rc && p->tell && staff_tell_parse(p->tell, &t->tell))
        rc = staff_change_refuse(c, "tell", "expected none, sms, mail or both, got \"%.40s\"",
                                 p->tell);
    return rc ? rc : take_policy(db, c, p->policy, t);
}

static const struct team *find_team(const struct staff_book *book, const char *code)
{
    for (size_t i = 0; i < book->n_teams; i++) {
        if (strcmp(book->teams[i].code, code) == 0)
            return &book->teams[i];
    }
    return NULL;
}

/* One that has no label of its own and is nearly called like another is a slip. */
static enum rc check_new_team(struct staff_change *c, const struct team_plan *p)
{
    struct near_name near = near_name_to(p->code);

    if (c->book.n_teams >= STAFF_TEAMS_MAX)
        return staff_change_refuse(
            c, "code",
            "there are %d teams already, and cannot be more: change one that "
            "is not needed any more (relaisctl team list shows them)",
            STAFF_TEAMS_MAX);
    if (p->label && *p->label)
        return RC_OK;
    for (size_t i = 0; i < c->book.n_teams; i++)
        near_name_try(&near, c->book.teams[i].code);
    if (!near.name || near.edits > 1)
        return RC_OK;
    return staff_change_refuse(c, "code",
                               "there is no team \"%s\"; did you mean %s? A new one that is called "
                               "so needs a label",
                               p->code, near.name);
}

/* Its people work at the same hours. */
static bool same_hours(const struct team *a, const struct team *b)
{
    return strcmp(a->timezone, b->timezone) == 0 && strcmp(a->hours, b->hours) == 0 &&
           strcmp(a->country, b->country) == 0 && strcmp(a->region, b->region) == 0;
}

static enum rc put_team(struct db *db, struct staff_change *c)
{
    const struct team_plan *p = c->plan;
    const struct team *known = find_team(&c->book, p->code);
    struct team t = { .id = (unsigned)c->new_id,
                      .code = p->code,
                      .label = p->code,
                      .timezone = "",
                      .country = "FR",
                      .hours = "mon-fri 09:00-18:00",
                      .list_minute = 7 * 60,
                      .list_days = "mon-fri",
                      .tell = STAFF_TELL_MAIL };
    enum rc rc = check_word(c, "code", p->code, CODE_MAX);

    if (known)
        t = *known;
    else if (!rc)
        rc = check_new_team(c, p);
    c->id = t.id;
    if (!rc)
        rc = take_team(db, c, p, &t);
    if (!rc)
        rc = db_run(db, SQL_TEAM_PUT,
                    DB_IN(db_u64(t.id), db_text(t.code), db_text(t.label), db_text(t.timezone),
                          db_text(t.country), db_text(t.region), db_text(t.hours),
                          db_u64(t.list_minute), db_text(t.list_days), number_or_null(t.policy_id),
                          db_text(staff_tell_name(t.tell)), db_time(c->now), db_time(c->now)),
                    NULL);
    c->team = known && same_hours(known, &t) ? 0 : t.id;
    if (!rc && known && t.policy_id && t.policy_id != known->policy_id)
        rc = matter_look_ask(db, MATTER_LOOK_TASKS, t.id);
    return rc ? rc : staff_change_audit(db, c, AUDIT_TEAM, known ? "change" : "create", p->code);
}

enum rc team_set(struct db *db, const struct team_plan *plan, const char *who, unsigned *id,
                 const char **field, struct error *err)
{
    struct staff_change c = {
        .apply = put_team, .plan = plan, .who = who, .field = field, .err = err
    };
    enum rc rc = staff_change_run(db, &c, "team");

    if (!rc)
        *id = (unsigned)c.id;
    return rc;
}

/* --- a person --- */

/* A number without country code is one of the team's country. */
static enum rc take_phone(struct staff_change *c, const char *phone, struct staff_member *m)
{
    const struct team *team = staff_book_team(&c->book, m->team_id);
    char number[E164_SIZE];
    enum phone_fault fault;

    if (!phone)
        return RC_OK;
    m->phone = "";
    if (!*phone)
        return RC_OK;
    if (phone_to_e164(phone, team ? team->country : "FR", number, &fault))
        return staff_change_refuse(c, "phone", "%s", phone_fault_reason(fault));
    m->phone = arena_copy(&c->arena, number, strlen(number));
    return m->phone ? RC_OK : RC_FAIL;
}

static enum rc take_mail(struct staff_change *c, const char *mail, struct staff_member *m)
{
    char address[ADDRESS_SIZE];
    enum mail_fault fault;

    if (!mail)
        return RC_OK;
    m->mail = "";
    if (!*mail)
        return RC_OK;
    if (mail_address_normalise(mail, address, &fault))
        return staff_change_refuse(c, "mail", "%s", mail_fault_reason(fault));
    m->mail = arena_copy(&c->arena, address, strlen(address));
    return m->mail ? RC_OK : RC_FAIL;
}

/* Answers come from it: so whose it is must be plain. */
static enum rc check_nobody_has_it(struct staff_change *c, const struct staff_member *m)
{
    for (size_t i = 0; i < c->book.n_staff; i++) {
        const struct staff_member *other = &c->book.staff[i];

        if (other->id == m->id)
            continue;
        if (*m->phone && strcmp(m->phone, other->phone) == 0)
            return staff_change_refuse(c, "phone", "it is that of %s already", other->login);
        if (*m->mail && strcmp(m->mail, other->mail) == 0)
            return staff_change_refuse(c, "mail", "it is that of %s already", other->login);
    }
    return RC_OK;
}

static enum rc take_team_of(struct staff_change *c, const char *code, struct staff_member *m)
{
    const struct team *team = code ? find_team(&c->book, code) : NULL;

    if (!code && m->team_id)
        return RC_OK;
    if (!code && c->book.n_teams == 1)
        team = c->book.teams;
    if (!team)
        return staff_change_refuse(c, "team",
                                   "expected the code of a team, got \"%.64s\"; relaisctl team "
                                   "list shows them",
                                   code ? code : "");
    m->team_id = team->id;
    return RC_OK;
}

static enum rc take_manager(struct staff_change *c, const char *login, struct staff_member *m)
{
    const struct civil today = clock_civil(c->now);
    const struct staff_member *manager;

    if (!login)
        return RC_OK;
    m->manager_id = 0;
    if (!*login)
        return RC_OK;
    manager = staff_book_login(&c->book, login);
    if (!manager || !staff_works_here(manager, staff_day(&today)))
        return staff_change_refuse(
            c, "manager",
            "nobody of login \"%.64s\" works here; relaisctl staff list shows "
            "who does",
            login);
    m->manager_id = manager->id;
    return staff_change_blame(c, "manager",
                              staff_check_manager(&c->book, m->id, manager->id, c->err));
}

static enum rc take_words(struct staff_change *c, const struct staff_plan *p,
                          struct staff_member *m)
{
    const char *language = p->language ? language_code(p->language) : NULL;

    if (p->language && !language)
        return staff_change_refuse(c, "language", "expected a code such as \"fr\", got \"%.20s\"",
                                   p->language);
    if (language)
        snprintf(m->language, sizeof(m->language), "%.2s", language);
    if (p->role && staff_role_parse(p->role, &m->role))
        return staff_change_refuse(
            c, "role", "expected employee, manager or director, got \"%.40s\"", p->role);
    if (p->capacity > CAPACITY_MAX)
        return staff_change_refuse(c, "capacity", "expected at most %d contacts a day",
                                   CAPACITY_MAX);
    if (p->capacity >= 0)
        m->capacity = (unsigned)p->capacity;
    if (p->left_on && !*p->left_on)
        m->left_on = 0;
    if (p->left_on && *p->left_on && staff_day_parse(p->left_on, &m->left_on))
        return staff_change_refuse(
            c, "left_on", "expected a day such as \"2026-12-31\", got \"%.40s\"", p->left_on);
    return RC_OK;
}

static enum rc take_member(struct staff_change *c, const struct staff_plan *p,
                           struct staff_member *m)
{
    enum rc rc;

    TAKE(m->name, p->name);
    TAKE(m->timezone, p->timezone);
    TAKE(m->hours, p->hours);
    rc = check_text(c, "name", m->name, STAFF_NAME_SIZE / 4);
    if (!rc)
        rc = check_zone(c, m->timezone);
    if (!rc)
        rc = check_hours(c, m->hours);
    if (!rc)
        rc = take_words(c, p, m);
    if (!rc)
        rc = take_team_of(c, p->team, m);
    if (!rc)
        rc = take_manager(c, p->manager, m);
    if (!rc)
        rc = take_phone(c, p->phone, m);
    if (!rc)
        rc = take_mail(c, p->mail, m);
    return rc ? rc : check_nobody_has_it(c, m);
}

/* Said without a successor. */
static enum rc check_nobody_counts_on(struct db *db, struct staff_change *c,
                                      const struct staff_member *m)
{
    char day[STAFF_DAY_SIZE], awaited[STAFF_LOGIN_SIZE] = "";
    struct db_rows *rows;
    enum rc rc;

    if (!m->left_on)
        return RC_OK;
    staff_day_text(m->left_on, day);
    rc = db_query(db, SQL_AWAITED, DB_IN(db_u64(m->id), db_text(day), db_text(day)), &rows);
    if (rc)
        return rc;
    if (db_next(rows))
        snprintf(awaited, sizeof(awaited), "%s", db_get_text(rows, 0));
    rc = db_rows_end(rows);
    if (rc || !*awaited)
        return rc;
    return staff_change_refuse(c, "left_on",
                               "%s leaves to %s: first say relaisctl staff leave %s with another"
                               " --to, or say relaisctl staff leave %s --to somebody",
                               awaited, m->login, awaited, m->login);
}

static enum rc write_member(struct db *db, const struct staff_change *c,
                            const struct staff_member *m, bool known)
{
    char left_on[STAFF_DAY_SIZE];
    const struct db_value in[] = {
        db_text(m->name),
        db_text(staff_role_name(m->role)),
        db_u64(m->team_id),
        number_or_null(m->manager_id),
        text_or_null(m->phone),
        text_or_null(m->mail),
        db_text(m->language),
        db_text(m->timezone),
        db_text(m->hours),
        db_u64(m->capacity),
        text_or_null(staff_day_text(m->left_on, left_on)),
        db_time(c->now),
        db_u64(m->id),
        /* Of a new one: */
        db_text(m->login),
        db_time(c->now),
    };
    const size_t n = sizeof(in) / sizeof(in[0]);

    return known ? db_run(db, SQL_STAFF_CHANGE, in, n - 2, NULL)
                 : db_run(db, SQL_STAFF_ADD, in, n, NULL);
}

/* Whoever is told of something is told at the same times, at the same places. */
static bool same_for_reminders(const struct staff_member *a, const struct staff_member *b)
{
    return a->role == b->role && a->team_id == b->team_id && a->manager_id == b->manager_id &&
           a->left_on == b->left_on && strcmp(a->phone, b->phone) == 0 &&
           strcmp(a->mail, b->mail) == 0 && strcmp(a->timezone, b->timezone) == 0 &&
           strcmp(a->hours, b->hours) == 0;
}

static enum rc put_member(struct db *db, struct staff_change *c)
{
    const struct staff_plan *p = c->plan;
    const struct staff_member *known = staff_book_login(&c->book, p->login);
    struct staff_member m = { .id = (unsigned)c->new_id,
                              .login = p->login,
                              .name = p->login,
                              .role = STAFF_EMPLOYEE,
                              .phone = "",
                              .mail = "",
                              .language = "fr",
                              .timezone = "",
                              .hours = "",
                              .capacity = 20 };
    enum rc rc = check_word(c, "login", p->login, STAFF_LOGIN_SIZE - 1);

    if (known)
        m = *known;
    c->id = m.id;
    if (!rc)
        rc = take_member(c, p, &m);
    if (!rc && known && known->left_on != m.left_on)
        rc = check_nobody_counts_on(db, c, &m);
    if (!rc)
        rc = write_member(db, c, &m, known != NULL);
    c->person = known && same_for_reminders(known, &m) ? 0 : m.id;
    if (!rc && known && known->left_on && !m.left_on)
        rc = db_run(db, SQL_STAYS, DB_IN(db_u64(m.id)), NULL);
    return rc ? rc : staff_change_audit(db, c, AUDIT_STAFF, known ? "change" : "create", p->login);
}

enum rc staff_set(struct db *db, const struct staff_plan *plan, const char *who, unsigned *id,
                  const char **field, struct error *err)
{
    struct staff_change c = {
        .apply = put_member, .plan = plan, .who = who, .field = field, .err = err
    };
    enum rc rc = staff_change_run(db, &c, "staff");

    if (!rc)
        *id = (unsigned)c.id;
    return rc;
}
