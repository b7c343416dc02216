/* escalation.c - the sentences of a policy, read and written. */
#include "domain/escalation.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/near_name.h"

#define MINUTE_US (60 * USEC_PER_SEC)
#define HOUR_US   (60 * MINUTE_US)
#define WORDS_MAX 12 /* of a sentence */

static const char *const whom_names[] = { [ESCALATE_EMPLOYEE] = "employee",
                                          [ESCALATE_MANAGER] = "manager",
                                          [ESCALATE_DIRECTOR] = "director",
                                          [ESCALATE_PERSON] = "person" };
#define WHOM_COUNT (sizeof(whom_names) / sizeof(whom_names[0]))

/* A sentence as words; the last word is "", so looking ahead needs no care. */
struct sentence {
    char words[WORDS_MAX + 1][STAFF_LOGIN_SIZE];
    size_t n, at;
    int line;
    struct error *err;
};

/* Capitals are no other words; in a login they are kept. */
static bool is(const char *word, const char *name)
{
    return strcasecmp(word, name) == 0;
}

static const char *next_word(struct sentence *s)
{
    return s->words[s->at < s->n ? s->at++ : s->n];
}

static bool take_word(struct sentence *s, const char *word)
{
    if (!is(s->words[s->at], word))
        return false;
    s->at++;
    return true;
}

static enum rc expected(struct sentence *s, const char *what, const char *got)
{
    return error_set(s->err, RC_INVALID, "line %d: expected %s, got \"%s\"", s->line, what,
                     *got ? got : "the end of the line");
}

/* --- words --- */

static bool ends_word(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

/* From `text` up to a line's end; `len` bytes of it. */
static enum rc read_words(const char *text, size_t len, struct sentence *s)
{
    size_t at = 0;

    s->n = s->at = 0;
    while (at < len) {
        size_t from = at, end;
        while (at < len && ends_word(text[at]))
            at++;
        for (from = at; at < len && !ends_word(text[at]);)
            at++;
        end = at;
        if (end == from || text[from] == '#')
            break;
        if (s->n == WORDS_MAX || end - from >= sizeof(s->words[0]))
            return error_set(s->err, RC_INVALID, "line %d: expected a sentence of %d short words",
                             s->line, WORDS_MAX);
        memcpy(s->words[s->n], text + from, end - from);
        s->words[s->n++][end - from] = '\0';
    }
    s->words[s->n][0] = '\0';
    return RC_OK;
}

/* "90m", "2h", "1h30m", "1h30". */
static bool read_time(const char *word, int64_t *us)
{
    unsigned hours = 0, minutes = 0;
    size_t digits = strspn(word, "0123456789");

    if (!digits || digits > 5)
        return false;
    sscanf(word, "%5u", &minutes);
    word += digits;
    if (*word == 'h') {
        hours = minutes;
        minutes = 0;
        digits = strspn(++word, "0123456789");
        if (digits > 2)
            return false;
        if (digits)
            sscanf(word, "%2u", &minutes);
        word += digits;
        word += digits && *word == 'm';
    } else if (*word == 'm') {
        word += is(word, "min") ? 3 : 1;
    } else {
        return false;
    }
    *us = hours * HOUR_US + minutes * MINUTE_US;
    return !*word;
}

static enum rc take_time(struct sentence *s, int64_t least, int64_t most, int64_t *us)
{
    const char *word = next_word(s);

    if (!read_time(word, us))
        return expected(s, "a working time in minutes or hours, such as 90m or 2h", word);
    if (*us < least || *us > most)
        return error_set(s->err, RC_INVALID, "line %d: expected %lldm to %lldh, got \"%s\"",
                         s->line, (long long)(least / MINUTE_US), (long long)(most / HOUR_US),
                         word);
    return RC_OK;
}

/* --- sentences --- */

static enum rc take_whom(struct sentence *s, struct escalation_step *step)
{
    const char *word = next_word(s);
    struct near_name near = near_name_to(word);

    for (size_t i = 0; i < WHOM_COUNT; i++) {
        near_name_try(&near, whom_names[i]);
        if (!is(word, whom_names[i]))
            continue;
        step->whom = (enum escalation_whom)i;
        if (step->whom != ESCALATE_PERSON)
            return RC_OK;
        word = next_word(s);
        if (!*word || is(word, "by"))
            return expected(s, "a login behind person", word);
        snprintf(step->login, sizeof(step->login), "%s", word);
        return RC_OK;
    }
    if (*word && near.name)
        return error_set(s->err, RC_INVALID, "line %d: \"%s\": did you mean %s?", s->line, word,
                         near.name);
    return expected(s, "employee, manager, director or person LOGIN", word);
}

static enum rc take_ways(struct sentence *s, struct escalation_step *step)
{
    if (!take_word(s, "by"))
        return expected(s, "by sms, by mail or by both", s->words[s->at]);
    do {
        const char *word = next_word(s);
        const bool both = is(word, "both");
        if (!is(word, "sms") && !is(word, "mail") && !both)
            return expected(s, "sms, mail or both", word);
        step->by_sms |= both || is(word, "sms");
        step->by_mail |= both || is(word, "mail");
    } while (take_word(s, "and") || is(s->words[s->at], "sms") || is(s->words[s->at], "mail"));
    return RC_OK;
}

static enum rc read_after(struct sentence *s, struct escalation_policy *p)
{
    struct escalation_step step = { .whom = ESCALATE_EMPLOYEE };
    enum rc rc;

    if (p->repeat_us)
        return error_set(s->err, RC_INVALID,
                         "line %d: repeat is for the last step, and stands behind it", s->line);
    if (p->n == ESCALATION_STEPS_MAX)
        return error_set(s->err, RC_INVALID, "line %d: expected at most %d steps", s->line,
                         ESCALATION_STEPS_MAX);
    rc = take_time(s, 0, ESCALATION_AFTER_MAX, &step.after_us);
    if (!rc)
        rc = take_whom(s, &step);
    if (!rc)
        rc = take_ways(s, &step);
    if (rc)
        return rc;
    step.urgent = take_word(s, "urgent");
    p->steps[p->n++] = step;
    return RC_OK;
}

static enum rc read_repeat(struct sentence *s, struct escalation_policy *p)
{
    const char *word;
    unsigned n = 0;
    char end;
    enum rc rc;

    if (!p->n || p->repeat_us)
        return error_set(s->err, RC_INVALID,
                         "line %d: repeat is said once, behind the last step that it repeats",
                         s->line);
    if (!take_word(s, "every"))
        return expected(s, "repeat every 4h 3 times", s->words[s->at]);
    rc = take_time(s, ESCALATION_REPEAT_MIN, ESCALATION_AFTER_MAX, &p->repeat_us);
    if (rc)
        return rc;
    word = next_word(s);
    if (!*word)
        return error_set(s->err, RC_INVALID,
                         "line %d: a policy without end: say how often, such as \"repeat every 4h "
                         "3 times\"",
                         s->line);
    if (strlen(word) > 3 || strspn(word, "0123456789") != strlen(word) ||
        sscanf(word, "%3u%c", &n, &end) != 1 || n < 1 || n > ESCALATION_REPEATS_MAX)
        return expected(s, "1 to 100 times", word);
    p->repeats = n;
    if (!take_word(s, "times") && !take_word(s, "time"))
        return expected(s, "times", s->words[s->at]);
    return RC_OK;
}

static enum rc read_late(struct sentence *s, struct escalation_policy *p)
{
    if (take_word(s, "send")) {
        p->skip_us = 0;
        return RC_OK;
    }
    if (take_word(s, "skip"))
        return take_time(s, MINUTE_US, ESCALATION_AFTER_MAX, &p->skip_us);
    return expected(s, "late send, or late skip 2h", s->words[s->at]);
}

static enum rc read_acknowledged(struct sentence *s, struct escalation_policy *p)
{
    if (take_word(s, "stop")) {
        p->ack_us = 0;
        return RC_OK;
    }
    if (take_word(s, "again") && take_word(s, "after"))
        return take_time(s, MINUTE_US, ESCALATION_AFTER_MAX, &p->ack_us);
    return expected(s, "acknowledged stop, or acknowledged again after 8h", s->words[s->at]);
}

static const struct {
    const char *word;
    enum rc (*read)(struct sentence *s, struct escalation_policy *p);
} beginnings[] = {
    { "after", read_after },
    { "repeat", read_repeat },
    { "late", read_late },
    { "acknowledged", read_acknowledged },
};

static enum rc read_sentence(struct sentence *s, struct escalation_policy *p)
{
    const char *word;

    take_word(s, "then");
    word = next_word(s);
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        enum rc rc;
        if (!is(word, beginnings[i].word))
            continue;
        rc = beginnings[i].read(s, p);
        if (!rc && s->at < s->n)
            rc = expected(s, "the end of the line", s->words[s->at]);
        return rc;
    }
    return expected(s, "after, repeat, late or acknowledged", word);
}

enum rc escalation_parse(const char *text, struct escalation_policy *out, struct error *err)
{
    struct escalation_policy p = { .n = 0 };
    struct sentence s = { .line = 0, .err = err };

    if (strlen(text) > ESCALATION_TEXT_MAX)
        return error_set(err, RC_INVALID, "expected at most %d bytes", ESCALATION_TEXT_MAX);
    while (*text) {
        const size_t len = strcspn(text, "\n;");
        enum rc rc;
        s.line++;
        rc = read_words(text, len, &s);
        if (!rc && s.n)
            rc = read_sentence(&s, &p);
        if (rc)
            return rc;
        text += len + (text[len] != '\0');
    }
    if (!p.n)
        return error_set(err, RC_INVALID,
                         "expected at least one step, such as \"after 60m employee by sms\"");
    *out = p;
    return RC_OK;
}

/* --- writing --- */

static void print_time(int64_t us, struct buffer *out)
{
    if (us && us % HOUR_US == 0)
        buffer_printf(out, "%lldh", (long long)(us / HOUR_US));
    else
        buffer_printf(out, "%lldm", (long long)(us / MINUTE_US));
}

void escalation_print_step(const struct escalation_step *step, struct buffer *out)
{
    buffer_add_text(out, whom_names[step->whom]);
    if (step->whom == ESCALATE_PERSON)
        buffer_printf(out, " %s", step->login);
    buffer_printf(out, " by %s%s", step->by_sms ? step->by_mail ? "both" : "sms" : "mail",
                  step->urgent ? " urgent" : "");
}

void escalation_print(const struct escalation_policy *policy, struct buffer *out)
{
    for (size_t i = 0; i < policy->n; i++) {
        buffer_add_text(out, i ? "\nafter " : "after ");
        print_time(policy->steps[i].after_us, out);
        buffer_add_text(out, " ");
        escalation_print_step(&policy->steps[i], out);
    }
    if (policy->repeat_us) {
        buffer_add_text(out, "\nrepeat every ");
        print_time(policy->repeat_us, out);
        buffer_printf(out, " %u times", policy->repeats);
    }
    if (policy->skip_us) {
        buffer_add_text(out, "\nlate skip ");
        print_time(policy->skip_us, out);
    }
    if (policy->ack_us) {
        buffer_add_text(out, "\nacknowledged again after ");
        print_time(policy->ack_us, out);
    }
}
