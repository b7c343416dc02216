/* staff_reply_when.c - a small grammar of times; what can be read in two ways is not read. */
#include "domain/staff_reply_when.h"

#include <string.h>

#define DAY_US        (SEC_PER_DAY * USEC_PER_SEC)
#define MINUTE_US     (60 * USEC_PER_SEC)
#define MORNING       (9 * 60) /* minutes of a day */
#define AFTERNOON     (14 * 60)
#define EVENING       (18 * 60)
#define EARLIEST_HOUR 7   /* "2h" is two hours, or two in the morning: nobody means that */
#define PAST_DAYS_MAX 180 /* "12/1" said in December is next year's */
#define SPAN_MAX      (366 * DAY_US)

/* What was read so far; a part that is unclear makes all of it so. */
struct moment {
    bool has_day, has_hour, unclear;
    bool yearless; /* a day and a month */
    struct civil day;
    unsigned minute;
};

static const char *const joining[] = { "a",     "at",     "le",    "la",   "on",   "vers", "pour",
                                       "for",   "the",    "ce",    "cet",  "this", "des",  "from",
                                       "jusqu", "jusqua", "until", "till", "to",   NULL };
static const char *const weekdays[] = { "dimanche",  "lundi",    "mardi",  "mercredi", "jeudi",
                                        "vendredi",  "samedi",   "sunday", "monday",   "tuesday",
                                        "wednesday", "thursday", "friday", "saturday", NULL };
static const char *const months[] = {
    "janvier", "fevrier",   "mars",     "avril",    "mai",      "juin",    "juillet",
    "aout",    "septembre", "octobre",  "novembre", "decembre", "january", "february",
    "march",   "april",     "may",      "june",     "july",     "august",  "september",
    "october", "november",  "december", "janv",     "fevr",     "mrs",     "avr",
    "mai",     "jun",       "juil",     "aou",      "sept",     "oct",     "nov",
    "dec",     "jan",       "feb",      "mar",      "apr",      "may",     "jun",
    "jul",     "aug",       "sep",      "oct",      "nov",      "dec",     NULL
};
#define MONTHS 12
static const char *const next_words[] = { "prochain", "next", "qui vient", NULL };
static const char *const in_words[] = { "dans", "ds", "in", "d ici", NULL };
/* Behind a day they say an hour that is not read. */
static const char *const vague_words[] = { "apres",  "avant", "entre",    "fin",    "en fin",
                                           "debut",  "ou",    "en debut", "milieu", "after",
                                           "before", "or",    "between",  "end",    "late",
                                           "early",  "mid",   "partir",   NULL };

static const struct reply_token *token(const struct reply_text *t, size_t at)
{
    static const struct reply_token none = { .before = REPLY_BLANK };

    return at < t->n ? &t->tokens[at] : &none;
}

static bool is_word(const struct reply_text *t, size_t at, const char *word)
{
    return !token(t, at)->is_number && strcmp(token(t, at)->word, word) == 0;
}

/* Nothing that is written together goes over a line's end. */
static bool goes_on(const struct reply_text *t, size_t at)
{
    return at < t->n && t->tokens[at].before < REPLY_SEMICOLON;
}

static void skip_joining(const struct reply_text *t, size_t *at)
{
    while (goes_on(t, *at) && reply_word_of(t, *at, joining) != SIZE_MAX)
        ++*at;
    *at += reply_phrase(t, *at, "partir de");
    /* "Après 17h" begins then; "après demain" is a day. */
    if ((is_word(t, *at, "apres") || is_word(t, *at, "after")) && token(t, *at + 1)->is_number)
        ++*at;
}

static struct civil days_after(struct civil day, int n)
{
    struct civil date = { .year = day.year, .month = day.month, .day = day.day };

    return clock_civil(clock_from_civil(&date) + n * DAY_US);
}

/* 0: Sunday. The epoch's day was a Thursday. */
static int weekday_of(struct civil day)
{
    struct civil date = { .year = day.year, .month = day.month, .day = day.day };

    return (int)((clock_from_civil(&date) / DAY_US + 4) % 7);
}

static bool is_date(int year, int month, int day)
{
    struct civil date = { .year = year, .month = month, .day = day }, again;

    if (year < 2000 || year > 2999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    again = clock_civil(clock_from_civil(&date));
    return again.month == month && again.day == day;
}

static void take_date(struct moment *m, int year, int month, int day)
{
    m->has_day = true;
    m->unclear |= !is_date(year, month, day);
    m->day = (struct civil){ .year = year, .month = month, .day = day };
}

/* --- days --- */

static bool take_near_day(const struct reply_text *t, size_t *at, struct civil today,
                          struct moment *m)
{
    static const struct {
        const char *phrase;
        int days;
    } days[] = { { "apres demain", 2 }, { "day after tomorrow", 2 },
                 { "demain", 1 },       { "tomorrow", 1 },
                 { "tmrw", 1 },         { "tmw", 1 },
                 { "aujourd hui", 0 },  { "aujourdhui", 0 },
                 { "auj", 0 },          { "today", 0 },
                 { "tonight", 0 } };

    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        size_t n = reply_phrase(t, *at, days[i].phrase);
        struct civil day;

        if (!n)
            continue;
        day = days_after(today, days[i].days);
        take_date(m, day.year, day.month, day.day);
        if (strcmp(days[i].phrase, "tonight") == 0) {
            m->has_hour = true;
            m->minute = EVENING;
        }
        *at += n;
        return true;
    }
    return false;
}

/* The next one, never today. */
static bool take_weekday(const struct reply_text *t, size_t *at, struct civil today,
                         struct moment *m)
{
    size_t before = reply_word_of(t, *at, next_words) != SIZE_MAX, which;
    struct civil day;
    int ahead;

    which = reply_word_of(t, *at + before, weekdays);
    if (which == SIZE_MAX)
        return false;
    ahead = ((int)(which % 7) - weekday_of(today) + 7) % 7;
    day = days_after(today, ahead ? ahead : 7);
    take_date(m, day.year, day.month, day.day);
    *at += before + 1;
    *at += reply_phrase_of(t, *at, next_words);
    return true;
}

static bool is_small(const struct reply_text *t, size_t at)
{
    return at < t->n && t->tokens[at].is_number && t->tokens[at].digits <= 2;
}

static int number(const struct reply_text *t, size_t at)
{
    return (int)t->tokens[at].number;
}

/* 2026-12-03 */
static bool take_iso_date(const struct reply_text *t, size_t *at, struct moment *m)
{
    if (!token(t, *at)->is_number || t->tokens[*at].digits != 4 || !is_small(t, *at + 1) ||
        token(t, *at + 1)->before != REPLY_DASH || !is_small(t, *at + 2) ||
        token(t, *at + 2)->before != REPLY_DASH)
        return false;
    take_date(m, number(t, *at), number(t, *at + 1), number(t, *at + 2));
    *at += 3;
    return true;
}

/* 3/12, 3/12/2026, 3.12.26 */
static bool take_short_date(const struct reply_text *t, size_t *at, const struct reply_clock *clock,
                            struct civil today, struct moment *m)
{
    const enum reply_sign sign = token(t, *at + 1)->before;
    const struct reply_token *year = token(t, *at + 2);
    bool with_year;
    int y;

    if (!is_small(t, *at) || !is_small(t, *at + 1) ||
        (sign != REPLY_SLASH && sign != REPLY_DOT && sign != REPLY_DASH))
        return false;
    with_year = year->is_number && year->before == sign && (year->digits == 4 || year->digits == 2);
    if (sign != REPLY_SLASH && !with_year)
        return false; /* 14.30 is an hour */
    y = !with_year ? today.year : number(t, *at + 2) + (year->digits == 2 ? 2000 : 0);
    take_date(m, y, number(t, *at + 1), number(t, *at));
    m->yearless = !with_year;
    m->unclear |=
        clock->english && number(t, *at) <= MONTHS && number(t, *at) != number(t, *at + 1);
    *at += with_year ? 3 : 2;
    return true;
}

static bool is_ordinal(const struct reply_text *t, size_t at)
{
    static const char *const endings[] = { "er", "st", "nd", "rd", "th", NULL };

    return token(t, at)->before == REPLY_GLUED && reply_word_of(t, at, endings) != SIZE_MAX;
}

/* "3 décembre", "1er mars", "december 3rd" */
static bool take_month_date(const struct reply_text *t, size_t *at, struct civil today,
                            struct moment *m)
{
    size_t month = reply_word_of(t, *at, months), end;

    if (month != SIZE_MAX && is_small(t, *at + 1)) {
        end = *at + 2 + is_ordinal(t, *at + 2);
        take_date(m, today.year, (int)(month % MONTHS) + 1, number(t, *at + 1));
    } else if (is_small(t, *at)) {
        end = *at + 1 + is_ordinal(t, *at + 1);
        month = reply_word_of(t, end, months);
        if (month == SIZE_MAX)
            return false;
        take_date(m, today.year, (int)(month % MONTHS) + 1, number(t, *at));
        end++;
    } else {
        return false;
    }
    m->yearless = true;
    *at = end;
    return true;
}

/* "le 3": of this month, or the next one. */
static bool take_day_of_month(const struct reply_text *t, size_t *at, struct civil today,
                              struct moment *m)
{
    int day, month = today.month, year = today.year;

    if (*at == 0 || !is_word(t, *at - 1, "le") || !is_small(t, *at) || is_word(t, *at + 1, "h"))
        return false;
    day = number(t, *at);
    if (day < today.day && ++month > MONTHS) {
        month = 1;
        year++;
    }
    take_date(m, year, month, day);
    *at += 1;
    return true;
}

static bool take_day(const struct reply_text *t, size_t *at, const struct reply_clock *clock,
                     struct moment *m)
{
    const struct civil today = local_zone_civil(clock->zone, clock->now);

    if (m->has_day || !goes_on(t, *at))
        return false;
    return take_near_day(t, at, today, m) || take_weekday(t, at, today, m) ||
           take_iso_date(t, at, m) || take_short_date(t, at, clock, today, m) ||
           take_month_date(t, at, today, m) || take_day_of_month(t, at, today, m);
}

/* --- hours --- */

static const char *const hour_words[] = { "h", "heure", "heures", "hr", "hrs", NULL };
static const char *const evening_phrases[] = {
    "du soir", "de l apres midi", "in the afternoon", "in the evening", "pm", "p m", NULL
};
static const char *const morning_phrases[] = { "du matin", "in the morning", "am", "a m", NULL };

/* "pm", "du soir" behind an hour. */
static void take_half_of_day(const struct reply_text *t, size_t *at, int *hour, struct moment *m)
{
    size_t n = reply_phrase_of(t, *at, evening_phrases);

    if (n) {
        m->unclear |= *hour == 0 || (*hour > 12 && is_word(t, *at, "pm"));
        *hour += *hour < 12 ? 12 : 0;
        *at += n;
        return;
    }
    n = reply_phrase_of(t, *at, morning_phrases);
    if (n) {
        m->unclear |= *hour > 12;
        *hour = *hour == 12 ? 0 : *hour;
        *at += n;
    }
}

static void take_hour_at(struct moment *m, int hour, int minute)
{
    m->has_hour = true;
    m->unclear |= hour > 23 || minute > 59;
    m->minute = hour > 23 ? 0 : (unsigned)(hour * 60 + minute);
}

/* "14h", "9h30", "14 heures", "14:30", "14.30", "3pm" */
static bool take_clock(const struct reply_text *t, size_t *at, struct moment *m)
{
    const struct reply_token *next = token(t, *at + 1);
    bool named = !next->is_number && next->before <= REPLY_SPACE &&
                 reply_word_of(t, *at + 1, hour_words) != SIZE_MAX;
    bool pointed = (next->before == REPLY_COLON || next->before == REPLY_DOT) &&
                   is_small(t, *at + 1) && next->digits == 2;
    bool half =
        next->before <= REPLY_SPACE && (is_word(t, *at + 1, "am") || is_word(t, *at + 1, "pm"));
    size_t end = *at + 1;
    int hour, minute = 0;

    if (!is_small(t, *at) || !(named || pointed || half))
        return false;
    hour = number(t, *at);
    if (named)
        end++;
    if (pointed || (named && is_small(t, end) && t->tokens[end].digits == 2 &&
                    t->tokens[end].before <= REPLY_SPACE && !is_word(t, end + 1, "h")))
        minute = number(t, end++);
    take_half_of_day(t, &end, &hour, m);
    take_hour_at(m, hour, minute);
    *at = end;
    return true;
}

static bool take_part_of_day(const struct reply_text *t, size_t *at, struct moment *m)
{
    static const struct {
        const char *phrase;
        unsigned minute;
    } parts[] = { { "matin", MORNING },
                  { "morning", MORNING },
                  { "midi", 12 * 60 },
                  { "noon", 12 * 60 },
                  { "apres midi", AFTERNOON },
                  { "afternoon", AFTERNOON },
                  { "aprem", AFTERNOON },
                  { "apresmidi", AFTERNOON },
                  { "dans la matinee", MORNING },
                  { "dans l apres midi", AFTERNOON },
                  { "soir", EVENING },
                  { "evening", EVENING },
                  { "in the morning", MORNING },
                  { "in the afternoon", AFTERNOON } };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t n = reply_phrase(t, *at, parts[i].phrase);
        if (n) {
            m->has_hour = true;
            m->minute = parts[i].minute;
            *at += n;
            return true;
        }
    }
    return false;
}

static bool take_hour(const struct reply_text *t, size_t *at, struct moment *m)
{
    return !m->has_hour && goes_on(t, *at) && (take_clock(t, at, m) || take_part_of_day(t, at, m));
}

/* --- spans --- */

static int64_t unit_us(const struct reply_text *t, size_t at)
{
    static const struct {
        const char *word;
        int64_t us;
    } units[] = { { "min", MINUTE_US },
                  { "mn", MINUTE_US },
                  { "m", MINUTE_US },
                  { "minute", MINUTE_US },
                  { "minutes", MINUTE_US },
                  { "mins", MINUTE_US },
                  { "h", 60 * MINUTE_US },
                  { "heure", 60 * MINUTE_US },
                  { "heures", 60 * MINUTE_US },
                  { "hour", 60 * MINUTE_US },
                  { "hours", 60 * MINUTE_US },
                  { "hr", 60 * MINUTE_US },
                  { "hrs", 60 * MINUTE_US },
                  { "j", DAY_US },
                  { "jour", DAY_US },
                  { "jours", DAY_US },
                  { "d", DAY_US },
                  { "day", DAY_US },
                  { "days", DAY_US },
                  { "semaine", 7 * DAY_US },
                  { "semaines", 7 * DAY_US },
                  { "week", 7 * DAY_US },
                  { "weeks", 7 * DAY_US } };

    if (!goes_on(t, at) || t->tokens[at].before > REPLY_SPACE)
        return 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(t->tokens[at].word, units[i].word) == 0)
            return units[i].us;
    }
    return 0;
}

static int small_number(const struct reply_text *t, size_t at)
{
    static const char *const words[] = { "un",  "deux",  "trois", "quatre", "cinq", "six", "one",
                                         "two", "three", "four",  "five",   "six",  "une", NULL };
    size_t which = reply_word_of(t, at, words);

    if (which != SIZE_MAX)
        return (int)(which % 6) + 1;
    if (is_word(t, at, "a") || is_word(t, at, "an"))
        return 1;
    return at < t->n && t->tokens[at].is_number && t->tokens[at].digits <= 3 ? number(t, at) : 0;
}

/* "2h", "1h30", "30 min", "deux jours" */
static bool take_span(const struct reply_text *t, size_t *at, int64_t *us)
{
    const int n = goes_on(t, *at) ? small_number(t, *at) : 0;
    const int64_t unit = n ? unit_us(t, *at + 1) : 0;
    size_t end = *at + 2;

    if (!unit)
        return false;
    *us = n * unit;
    if (unit == 60 * MINUTE_US && is_small(t, end) && t->tokens[end].before == REPLY_GLUED) {
        *us += number(t, end++) * MINUTE_US;
        end += goes_on(t, end) && unit_us(t, end) == MINUTE_US;
    }
    *at = end;
    return true;
}

/* Whole days keep the hour on the clock, also when it is set meanwhile. */
static utc_us after_span(const struct reply_clock *clock, int64_t us)
{
    struct civil wall = local_zone_civil(clock->zone, clock->now), day;

    if (us % DAY_US)
        return clock->now + us;
    day = days_after(wall, (int)(us / DAY_US));
    wall.year = day.year;
    wall.month = day.month;
    wall.day = day.day;
    return local_zone_to_utc(clock->zone, &wall);
}

static enum reply_when span_from_now(const struct reply_clock *clock, int64_t us, utc_us *out)
{
    if (us > SPAN_MAX)
        return REPLY_WHEN_UNCLEAR;
    *out = after_span(clock, us);
    return REPLY_WHEN_GIVEN;
}

/* --- together --- */

static enum reply_when settle(const struct reply_clock *clock, struct moment *m, utc_us *out)
{
    struct civil wall = m->has_day ? m->day : local_zone_civil(clock->zone, clock->now);
    const unsigned minute = m->has_hour ? m->minute : MORNING;
    utc_us at;

    if (m->unclear)
        return REPLY_WHEN_UNCLEAR;
    wall.hour = (int)(minute / 60);
    wall.minute = (int)(minute % 60);
    wall.second = wall.usec = 0;
    at = local_zone_to_utc(clock->zone, &wall);
    if (m->yearless && at < clock->now - PAST_DAYS_MAX * DAY_US) {
        wall.year++;
        if (!is_date(wall.year, wall.month, wall.day))
            return REPLY_WHEN_UNCLEAR;
        at = local_zone_to_utc(clock->zone, &wall);
    }
    if (at <= clock->now)
        return REPLY_WHEN_PAST;
    if (at > clock->now + SPAN_MAX)
        return REPLY_WHEN_UNCLEAR;
    *out = at;
    return REPLY_WHEN_GIVEN;
}

static bool take_parts(const struct reply_text *t, size_t *at, const struct reply_clock *clock,
                       struct moment *m)
{
    bool any = false;

    for (;;) {
        size_t next = *at;

        skip_joining(t, &next);
        if (!take_day(t, &next, clock, m) && !take_hour(t, &next, m))
            return any;
        *at = next;
        any = true;
    }
}

/* "2h": what somebody means who does not say "à 2h". */
static bool may_be_span(const struct reply_text *t, size_t at)
{
    return is_small(t, at) && number(t, at) < EARLIEST_HOUR &&
           reply_word_of(t, at + 1, hour_words) != SIZE_MAX;
}

enum reply_when reply_when_moment(const struct reply_text *t, size_t *at,
                                  const struct reply_clock *clock, utc_us *out)
{
    const size_t in = goes_on(t, *at) ? reply_phrase_of(t, *at, in_words) : 0;
    const bool may_be_both = may_be_span(t, *at);
    struct moment m = { .unclear = false };
    size_t next = *at + in;
    int64_t us;

    if (in && take_span(t, &next, &us)) {
        *at = next;
        return span_from_now(clock, us, out);
    }
    if (!take_parts(t, at, clock, &m))
        return REPLY_WHEN_NONE;
    m.unclear |= may_be_both && !m.has_day;
    m.unclear |= !m.has_hour && goes_on(t, *at) && reply_phrase_of(t, *at, vague_words);
    m.unclear |= goes_on(t, *at) && (is_word(t, *at, "ou") || is_word(t, *at, "or"));
    return settle(clock, &m, out);
}

enum reply_when reply_when_until(const struct reply_text *t, size_t *at,
                                 const struct reply_clock *clock, utc_us *out)
{
    const bool is_named = reply_word_of(t, *at, joining) != SIZE_MAX;
    size_t next = *at;
    int64_t us;

    if (is_word(t, next, "pendant") || is_word(t, next, "for"))
        next++;
    if ((next > *at || !is_named) && take_span(t, &next, &us)) {
        /* "14h" may be a moment as well. */
        if (next == *at + 2 && us % (60 * MINUTE_US) == 0 && us >= EARLIEST_HOUR * 60 * MINUTE_US &&
            us < DAY_US) {
            *at = next;
            return REPLY_WHEN_UNCLEAR;
        }
        *at = next;
        return span_from_now(clock, us, out);
    }
    return reply_when_moment(t, at, clock, out);
}
