/*
 * contact_plan_text.c - a plan's lines, read and written.
 *
 * A line is a key and its value; which keys there are, and where, is a table. A step begins with a
 * line of its own ("day 3 at 10:00: call"), and what follows is the step's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/audience.h"
#include "domain/contact_plan.h"
#include "domain/occasion.h"
#include "domain/template.h"
#include "domain/utf8.h"

#define DAYS_DIGITS 4
#define CODE_MAX    32
#define BLANKS      " \t\r"
#define LINE_MAX    (AUDIENCE_TEXT_MAX + 64)
#define TEXT_CHARS                                                                \
    (TEMPLATE_BODY_MAX / 4) /* whatever is in it, it is no longer than a template \
                             */

enum key {
    KEY_ENROL,
    KEY_FOR,
    KEY_TEAM,
    KEY_LATE,
    /* Those of steps. */
    KEY_TEMPLATE,
    KEY_TEXT,
    KEY_MAIL_TEMPLATE,
    KEY_SENDER,
    KEY_CLASS,
    KEY_TITLE,
    KEY_EXPECT,
    KEY_WITHIN,
    KEY_POLICY,
    KEY_WHEN,
    KEYS
};

enum key_place { OF_PLAN, OF_WRITE, OF_CALL, OF_STEP };

struct reading {
    struct contact_plan_text plan;
    struct plan_step steps[CONTACT_PLAN_STEPS_MAX];
    struct plan_step *step; /* the one at hand; NULL: none yet */
    unsigned line, seen;    /* seen: a bit a key, of the plan or of the step at hand */
    unsigned last_day;      /* of the last step that says `day` */
    unsigned blank;         /* empty lines of its text that nothing stands behind yet */
    struct arena *arena;
    struct error *err;
};

static enum rc take_enrol(struct reading *r, const char *value);
static enum rc take_rule(struct reading *r, const char *value);
static enum rc take_team(struct reading *r, const char *value);
static enum rc take_late(struct reading *r, const char *value);
static enum rc take_template(struct reading *r, const char *value);
static enum rc take_body(struct reading *r, const char *value);
static enum rc take_mail_template(struct reading *r, const char *value);
static enum rc take_sender(struct reading *r, const char *value);
static enum rc take_class(struct reading *r, const char *value);
static enum rc take_title(struct reading *r, const char *value);
static enum rc take_expected(struct reading *r, const char *value);
static enum rc take_within(struct reading *r, const char *value);
static enum rc take_policy(struct reading *r, const char *value);
static enum rc take_when(struct reading *r, const char *value);

static const struct {
    const char *name;
    enum key_place place;
    bool again; /* may stand there more than once */
    enum rc (*take)(struct reading *r, const char *value);
} keys[KEYS] = {
    [KEY_ENROL] = { "enrol", OF_PLAN, false, take_enrol },
    [KEY_FOR] = { "for", OF_PLAN, false, take_rule },
    [KEY_TEAM] = { "team", OF_PLAN, false, take_team },
    [KEY_LATE] = { "late", OF_PLAN, false, take_late },
    [KEY_TEMPLATE] = { "template", OF_WRITE, false, take_template },
    [KEY_TEXT] = { "text", OF_WRITE, true, take_body },
    [KEY_MAIL_TEMPLATE] = { "mail_template", OF_WRITE, false, take_mail_template },
    [KEY_SENDER] = { "sender", OF_WRITE, false, take_sender },
    [KEY_CLASS] = { "class", OF_WRITE, false, take_class },
    [KEY_TITLE] = { "title", OF_CALL, false, take_title },
    [KEY_EXPECT] = { "expect", OF_CALL, false, take_expected },
    [KEY_WITHIN] = { "within", OF_CALL, false, take_within },
    [KEY_POLICY] = { "policy", OF_CALL, false, take_policy },
    [KEY_WHEN] = { "when", OF_STEP, true, take_when },
};

static const struct {
    enum plan_enrols enrols;
    const char *words;
} enrol_words[] = {
    { PLAN_BY_HAND, "by hand" },
    { PLAN_NEW_CUSTOMER, "new customers" },
    { PLAN_FIRST_ORDER, "first order" },
};
#define ENROLS (sizeof(enrol_words) / sizeof(enrol_words[0]))

/* --- values --- */

static enum rc keep(struct reading *r, const char *value, size_t max_chars, const char **out)
{
    if (utf8_length(value, strlen(value)) > max_chars)
        return error_set(r->err, RC_INVALID, "expected at most %zu characters", max_chars);
    *out = arena_copy(r->arena, value, strlen(value));
    return *out ? RC_OK : RC_FAIL;
}

/* "3 days", "1 day", "3d", "3". */
static bool read_days(const char *text, unsigned max, unsigned *days)
{
    static const char *const units[] = { "", " day", " days", "d" };
    const size_t digits = strspn(text, "0123456789");
    const unsigned long n = digits && digits <= DAYS_DIGITS ? strtoul(text, NULL, 10) : max + 1UL;

    for (size_t i = 0; n <= max && i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + digits, units[i]) == 0) {
            *days = (unsigned)n;
            return true;
        }
    }
    return false;
}

static enum rc take_enrol(struct reading *r, const char *value)
{
    for (size_t i = 0; i < ENROLS; i++) {
        if (strcmp(enrol_words[i].words, value) == 0) {
            r->plan.enrols = enrol_words[i].enrols;
            return RC_OK;
        }
    }
    return error_set(r->err, RC_INVALID,
                     "expected new customers, first order or by hand; got \"%.40s\"", value);
}

static enum rc check_rule(struct reading *r, const char *value)
{
    struct audience_rule *rule;

    return audience_parse(value, r->arena, &rule, r->err);
}

static enum rc take_rule(struct reading *r, const char *value)
{
    enum rc rc = check_rule(r, value);

    return rc ? rc : keep(r, value, AUDIENCE_TEXT_MAX, &r->plan.rule);
}

static enum rc take_team(struct reading *r, const char *value)
{
    return keep(r, value, CODE_MAX, &r->plan.team);
}

static enum rc take_late(struct reading *r, const char *value)
{
    if (read_days(value, CONTACT_PLAN_LATE_MAX, &r->plan.late_days) && r->plan.late_days)
        return RC_OK;
    return error_set(r->err, RC_INVALID, "expected 1 to %d days, such as: late 3 days",
                     CONTACT_PLAN_LATE_MAX);
}

static enum rc take_template(struct reading *r, const char *value)
{
    return keep(r, value, 64, &r->step->template);
}

static enum rc take_mail_template(struct reading *r, const char *value)
{
    if (!reach_has(r->step->reach, CHANNEL_EMAIL))
        return error_set(r->err, RC_INVALID,
                         "only a step that goes by mail has it, such as \"day 3: sms,email\"");
    return keep(r, value, 64, &r->step->mail_template);
}

/* Each line of it is a line of the message, an empty one where it stands between others. */
static enum rc take_body(struct reading *r, const char *value)
{
    const char *before = r->step->text;
    struct buffer joined;
    enum rc rc;

    if (!*value) {
        r->blank += *before != '\0';
        return RC_OK;
    }
    buffer_init(&joined, TEMPLATE_BODY_MAX);
    buffer_add_text(&joined, before);
    for (unsigned lines = *before ? r->blank + 1 : 0; lines && !joined.full; lines--)
        buffer_add_text(&joined, "\n");
    buffer_add_text(&joined, value);
    r->blank = 0;
    rc = joined.full ? error_set(r->err, RC_INVALID, "expected at most %d characters", TEXT_CHARS)
                     : keep(r, buffer_text(&joined), TEXT_CHARS, &r->step->text);
    buffer_close(&joined);
    return rc;
}

static enum rc take_sender(struct reading *r, const char *value)
{
    return keep(r, value, 20, &r->step->sender);
}

static enum rc take_class(struct reading *r, const char *value)
{
    r->step->has_class = true;
    if (message_class_parse(value, &r->step->class) == RC_OK && r->step->class != CLASS_ALERT)
        return RC_OK;
    return error_set(r->err, RC_INVALID, "expected promo or service; got \"%.40s\"", value);
}

static enum rc take_title(struct reading *r, const char *value)
{
    return keep(r, value, 200, &r->step->title);
}

static enum rc take_expected(struct reading *r, const char *value)
{
    return keep(r, value, 200, &r->step->expected);
}

static enum rc take_within(struct reading *r, const char *value)
{
    if (read_days(value, CONTACT_PLAN_WITHIN_MAX, &r->step->within) && r->step->within)
        return RC_OK;
    return error_set(r->err, RC_INVALID, "expected 1 to %d working days, such as: within 2 days",
                     CONTACT_PLAN_WITHIN_MAX);
}

static enum rc take_policy(struct reading *r, const char *value)
{
    return keep(r, value, 64, &r->step->policy);
}

static bool had_call(const struct reading *r)
{
    for (const struct plan_step *s = r->steps; s < r->step; s++) {
        if (s->kind == PLAN_CALL)
            return true;
    }
    return false;
}

/* Codes with commas or blanks between them become codes with ", " between them. */
static enum rc take_outcomes(struct reading *r, const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    char list[CONTACT_PLAN_OUTCOMES_MAX + 1] = "";
    size_t len = 0;

    if (*r->step->outcomes)
        return error_set(r->err, RC_INVALID, "outcome stands there twice: name them in one line");
    if (!had_call(r))
        return error_set(r->err, RC_INVALID,
                         "outcome: there is no call before this step that could have one");
    for (const char *p = value; *(p += strspn(p, ", \t"));) {
        const size_t n = strspn(p, letters);
        if (!n || n > CODE_MAX || !strchr(", \t", p[n]))
            return error_set(r->err, RC_INVALID,
                             "outcome: expected codes, such as no_answer, call_back; got \"%.40s\"",
                             p);
        if (len + n + 2 > CONTACT_PLAN_OUTCOMES_MAX)
            return error_set(r->err, RC_INVALID, "outcome: these are too many");
        len +=
            (size_t)snprintf(list + len, sizeof(list) - len, "%s%.*s", len ? ", " : "", (int)n, p);
        p += n;
    }
    if (!len)
        return error_set(r->err, RC_INVALID, "outcome: expected codes, such as no_answer");
    return keep(r, list, CONTACT_PLAN_OUTCOMES_MAX, &r->step->outcomes);
}

/* "when outcome ..." is of the last call; all else is a rule about the customer. */
static enum rc take_when(struct reading *r, const char *value)
{
    enum rc rc;

    if (strncmp(value, "outcome", 7) == 0 && strchr(BLANKS, value[7]))
        return take_outcomes(r, value + 7);
    if (*r->step->rule)
        return error_set(r->err, RC_INVALID, "it stands there twice: join them with and");
    rc = check_rule(r, value);
    return rc ? rc : keep(r, value, AUDIENCE_TEXT_MAX, &r->step->rule);
}

/* --- steps --- */

static enum rc check_texts(const struct reading *r, const struct plan_step *s)
{
    const bool both = reach_channels(s->reach) > 1;

    if (s->reach == REACH_EMAIL) {
        if (!*s->text && !*s->template != !*s->mail_template)
            return RC_OK;
        return error_set(r->err, RC_INVALID,
                         "line %u: a mail has a subject, too: it needs a template, and no text",
                         s->line);
    }
    if (!*s->template == !*s->text)
        return error_set(r->err, RC_INVALID, "line %u: an sms needs a template or a text, not %s",
                         s->line, *s->text ? "both" : "neither");
    if (both && !*s->mail_template)
        return error_set(r->err, RC_INVALID,
                         "line %u: for those who get a mail it needs a mail_template", s->line);
    return RC_OK;
}

static enum rc step_ends(struct reading *r)
{
    const struct plan_step *s = r->step;

    r->seen = 0;
    if (!s)
        return RC_OK;
    if (s->kind == PLAN_WRITE)
        return check_texts(r, s);
    if (!*s->title)
        return error_set(r->err, RC_INVALID, "line %u: a call needs a title: what is to be done",
                         s->line);
    return RC_OK;
}

/* "day 3 at 10:00", "after 2 days". The line is ours to write in. */
static enum rc read_when(struct reading *r, char *when, struct plan_step *s)
{
    char *at = strstr(when, " at ");
    const char *days = when + (s->after ? strlen("after ") : strlen("day "));

    if (at) {
        enum rc rc = occasion_at_parse(at + 4 + strspn(at + 4, BLANKS), &s->at_minute, r->err);
        if (rc)
            return rc;
        *at = '\0';
    }
    days += strspn(days, BLANKS);
    if (read_days(days, CONTACT_PLAN_DAY_MAX, &s->days))
        return RC_OK;
    return error_set(r->err, RC_INVALID,
                     "expected such as \"day 3 at 10:00: call\" or \"after 2 days: sms\"");
}

static char *trim(char *text)
{
    char *end;

    text += strspn(text, BLANKS);
    end = text + strlen(text);
    while (end > text && strchr(BLANKS, end[-1]))
        *--end = '\0';
    return text;
}

static enum rc begin_step(struct reading *r, char *line)
{
    struct plan_step s = { .line = r->line,
                           .after = *line == 'a',
                           .at_minute = CONTACT_PLAN_AT_ANY,
                           .within = 1,
                           .template = "",
                           .text = "",
                           .mail_template = "",
                           .sender = "",
                           .title = "",
                           .expected = "",
                           .policy = "",
                           .rule = "",
                           .outcomes = "" };
    char *colon = strrchr(line, ':');
    enum rc rc;

    if (r->plan.n_steps == CONTACT_PLAN_STEPS_MAX)
        return error_set(r->err, RC_INVALID, "expected at most %d steps", CONTACT_PLAN_STEPS_MAX);
    if (!colon || plan_step_parse(trim(colon + 1), &s))
        return error_set(r->err, RC_INVALID,
                         "expected " PLAN_KINDS
                         " behind a colon, such as \"day 3 at 10:00: call\"");
    *colon = '\0';
    rc = read_when(r, trim(line), &s);
    if (rc)
        return rc;
    if (s.after && !r->plan.n_steps)
        return error_set(r->err, RC_INVALID, "the first step counts from the beginning: day %u",
                         s.days);
    if (!s.after && s.days < r->last_day)
        return error_set(r->err, RC_INVALID,
                         "day %u stands behind day %u: write the steps in their order", s.days,
                         r->last_day);
    if (!s.after)
        r->last_day = s.days;
    r->step = &r->steps[r->plan.n_steps++];
    *r->step = s;
    r->blank = 0;
    return RC_OK;
}

/* --- lines --- */

static enum rc check_place(const struct reading *r, size_t key)
{
    const struct plan_step *s = r->step;

    if (keys[key].place == OF_PLAN && s)
        return error_set(r->err, RC_INVALID, "it stands before the first step");
    if (keys[key].place != OF_PLAN && !s)
        return error_set(r->err, RC_INVALID, "it stands below a step, such as \"day 0: sms\"");
    if (keys[key].place == OF_WRITE && s->kind != PLAN_WRITE)
        return error_set(r->err, RC_INVALID, "only an sms or a mail has it");
    if (keys[key].place == OF_CALL && s->kind != PLAN_CALL)
        return error_set(r->err, RC_INVALID, "only a call has it");
    if (r->seen & 1u << key && !keys[key].again)
        return error_set(r->err, RC_INVALID, "it stands there twice");
    return RC_OK;
}

static enum rc take_key(struct reading *r, size_t key, const char *value)
{
    enum rc rc = check_place(r, key);

    if (!rc && !*value && key != KEY_TEXT) /* an empty line of a message is one */
        rc = error_set(r->err, RC_INVALID, "expected something behind it");
    if (!rc)
        rc = keys[key].take(r, value);
    if (rc == RC_INVALID)
        error_prefix(r->err, "%s", keys[key].name);
    r->seen |= 1u << key;
    return rc;
}

static enum rc unknown_key(const struct reading *r, const char *word, size_t len)
{
    char known[200] = "";

    for (size_t k = 0; k < KEYS; k++) {
        if (!r->step != (keys[k].place == OF_PLAN))
            continue;
        strcat(known, keys[k].name);
        strcat(known, ", ");
    }
    return error_set(r->err, RC_INVALID,
                     "expected %sor a step, such as \"day 3 at 10:00: call\"; got \"%.*s\"", known,
                     (int)(len < 40 ? len : utf8_cut(word, len, 40)), word);
}

static enum rc take_line(struct reading *r, char *line)
{
    const size_t len = strcspn(line, BLANKS);
    enum rc rc;

    if (!*line || *line == '#')
        return RC_OK;
    if (strncmp(line, "day ", 4) == 0 || strncmp(line, "after ", 6) == 0) {
        rc = step_ends(r);
        if (rc)
            return rc;
        rc = begin_step(r, line);
    } else {
        size_t k = 0;
        while (k < KEYS && (strlen(keys[k].name) != len || memcmp(keys[k].name, line, len) != 0))
            k++;
        rc = k < KEYS ? take_key(r, k, line + len + strspn(line + len, BLANKS))
                      : unknown_key(r, line, len);
    }
    if (rc == RC_INVALID)
        error_prefix(r->err, "line %u", r->line);
    return rc;
}

static enum rc check_bytes(const struct reading *r, const char *line, size_t len)
{
    if (len > LINE_MAX)
        return error_set(r->err, RC_INVALID, "line %u: expected at most %d bytes", r->line,
                         LINE_MAX);
    if (!utf8_valid(line, len, NULL))
        return error_set(r->err, RC_INVALID, "line %u: expected UTF-8", r->line);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line[i] < ' ' && !strchr(BLANKS, line[i]))
            return error_set(r->err, RC_INVALID, "line %u: byte %zu is a control character",
                             r->line, i + 1);
    }
    return RC_OK;
}

static enum rc read_lines(struct reading *r, const char *text)
{
    static const char mark[] = "\xef\xbb\xbf"; /* as Windows writes UTF-8 */
    const char *at = strncmp(text, mark, 3) == 0 ? text + 3 : text;

    for (r->line = 1; *at; r->line++) {
        const size_t len = strcspn(at, "\n");
        enum rc rc = check_bytes(r, at, len);
        char *line = rc ? NULL : arena_copy(r->arena, at, len);
        if (!rc)
            rc = line ? take_line(r, trim(line)) : RC_FAIL;
        if (rc)
            return rc;
        at += len + (at[len] == '\n');
    }
    return step_ends(r);
}

enum rc contact_plan_parse(const char *text, struct arena *arena, struct contact_plan_text *out,
                           struct error *err)
{
    struct reading *r = arena_alloc(arena, sizeof(*r));
    enum rc rc;

    if (!r)
        return RC_FAIL;
    *r = (struct reading){
        .plan = { .rule = "", .team = "", .late_days = CONTACT_PLAN_LATE_DEFAULT },
        .arena = arena,
        .err = err
    };
    if (strlen(text) > CONTACT_PLAN_TEXT_MAX)
        return error_set(err, RC_INVALID, "expected at most %d bytes", CONTACT_PLAN_TEXT_MAX);
    rc = read_lines(r, text);
    if (!rc && !r->plan.n_steps)
        rc = error_set(err, RC_INVALID,
                       "line %u: expected a step, such as \"day 0: sms\": a plan has one at least",
                       r->line);
    if (rc)
        return rc;
    r->plan.steps = r->steps;
    *out = r->plan;
    return RC_OK;
}

/* --- written --- */

static void say(struct buffer *out, enum key key, const char *value)
{
    const char *indent = keys[key].place == OF_PLAN ? "" : "    ";

    if (*value)
        buffer_printf(out, "%s%s %s\n", indent, keys[key].name, value);
}

static void say_body(struct buffer *out, const char *text)
{
    for (const char *at = text; *at;) {
        const size_t len = strcspn(at, "\n");
        buffer_printf(out, "    text %.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
}

static void say_step(struct buffer *out, const struct plan_step *s)
{
    if (s->after)
        buffer_printf(out, "\nafter %u days", s->days);
    else
        buffer_printf(out, "\nday %u", s->days);
    if (s->at_minute != CONTACT_PLAN_AT_ANY)
        buffer_printf(out, " at %02d:%02d", s->at_minute / 60, s->at_minute % 60);
    buffer_printf(out, ": %s\n", plan_step_name(s));
    say(out, KEY_TEMPLATE, s->template);
    say_body(out, s->text);
    say(out, KEY_MAIL_TEMPLATE, s->mail_template);
    say(out, KEY_SENDER, s->sender);
    if (s->has_class)
        say(out, KEY_CLASS, message_class_name(s->class));
    say(out, KEY_TITLE, s->title);
    say(out, KEY_EXPECT, s->expected);
    if (s->kind == PLAN_CALL)
        buffer_printf(out, "    within %u days\n", s->within);
    say(out, KEY_POLICY, s->policy);
    say(out, KEY_WHEN, s->rule);
    if (*s->outcomes)
        buffer_printf(out, "    when outcome %s\n", s->outcomes);
}

void contact_plan_print(const struct contact_plan_text *plan, struct buffer *out)
{
    for (size_t i = 0; i < ENROLS; i++) {
        if (enrol_words[i].enrols == plan->enrols)
            say(out, KEY_ENROL, enrol_words[i].words);
    }
    say(out, KEY_FOR, plan->rule);
    say(out, KEY_TEAM, plan->team);
    buffer_printf(out, "late %u days\n", plan->late_days);
    for (size_t i = 0; i < plan->n_steps; i++)
        say_step(out, &plan->steps[i]);
}
