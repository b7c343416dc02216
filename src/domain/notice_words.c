/* notice_words.c - the sentences of reminders, by language. */
#include "domain/notice_words.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/alert_words.h"
#include "domain/contact_score.h"
#include "domain/transliterate.h"
#include "domain/value.h"

#define BEGINNING     "Relais: "
#define TEXT_MAX      4000 /* bytes of an SMS before it is measured */
#define LINES_MAX     30   /* no SMS has room for more */
#define NAME_MAX_LONE 100  /* characters of what an alert says, when it is the only one */
#define NAME_MAX      40   /* ... among others; of a customer's name always */

enum { TASKS, ALERTS, DAY, HANDED, SORTS };

struct words {
    const char *one[SORTS], *many[SORTS]; /* what the SMS is about */
    const char *others;                   /* those that have no room */
    const char *answer_own, *answer_all, *answer_other, *answer_alert;
    const char *subject[SORTS], *subject_both, *greeting, *intro[SORTS];
    const char *of, *day, *reply, *link, *own, *other, *alert;
};

static const struct words languages[] = {
    { /* fr */
      .one = { "contact sans résultat : ", "alerte : ", "contact à faire : ",
               "un contact pour vous : " },
      .many = { "%zu contacts sans résultat : ", "%zu alertes : ", "%zu contacts à faire : ",
                "%zu contacts pour vous : " },
      .others = " et %zu autres",
      .answer_own = " Répondez OK %s, ABSENT %s ou RAPPEL %s 14h.",
      .answer_all = " Répondez OK %s ... ou OK TOUT.",
      .answer_other = " Répondez OK %s, ou VU %s si vous vous en occupez.",
      .answer_alert = " Répondez VU %s.",
      .subject = { "Contacts sans résultat", "Alertes", "Vos contacts du jour",
                   "Des contacts pour vous" },
      .subject_both = "Contacts sans résultat et alertes",
      .greeting = "Bonjour %s,\n",
      .intro = { "\nCes contacts n'ont pas encore de résultat :\n\n",
                 "\nCes alertes attendent quelqu'un :\n\n", "\nVos contacts du jour :\n\n",
                 "\nCes contacts sont désormais les vôtres :\n\n" },
      .of = "de ",
      .day = "prévu le %02d/%02d",
      .reply = "\nRépondez à ce mail, une ligne par numéro :\n",
      .link = "\nOu en un clic : %s\n",
      .own = "  OK %s              c'est fait, la personne est jointe\n"
             "  ABSENT %s          pas de réponse\n"
             "  RAPPEL %s 14h      à rappeler à 14 h\n",
      .other = "  VU %s              je m'en occupe\n"
               "  PASSE %s à LOGIN   à confier à quelqu'un d'autre\n",
      .alert = "  VU %s              je m'en occupe\n"
               "  OK %s              c'est réglé\n" },
    { /* en */
      .one = { "contact without result: ", "alert: ", "contact to make: ", "a contact for you: " },
      .many = { "%zu contacts without result: ", "%zu alerts: ", "%zu contacts to make: ",
                "%zu contacts for you: " },
      .others = " and %zu others",
      .answer_own = " Reply OK %s, NO ANSWER %s or CALLBACK %s 2pm.",
      .answer_all = " Reply OK %s ... or OK ALL.",
      .answer_other = " Reply OK %s, or ACK %s if you take care of it.",
      .answer_alert = " Reply ACK %s.",
      .subject = { "Contacts without result", "Alerts", "Your contacts of today",
                   "Contacts for you" },
      .subject_both = "Contacts without result, and alerts",
      .greeting = "Hello %s,\n",
      .intro = { "\nThese contacts have no result yet:\n\n",
                 "\nThese alerts wait for somebody:\n\n", "\nYour contacts of today:\n\n",
                 "\nThese contacts are yours from now on:\n\n" },
      .of = "of ",
      .day = "planned for %02d/%02d",
      .reply = "\nAnswer this mail, one line for each number:\n",
      .link = "\nOr with a click: %s\n",
      .own = "  OK %s              done, the person was reached\n"
             "  NO ANSWER %s       nobody answered\n"
             "  CALLBACK %s 14:00  to be called back at 14:00\n",
      .other = "  ACK %s             I take care of it\n"
               "  PASS %s to LOGIN   for somebody else to do\n",
      .alert = "  ACK %s             I take care of it\n"
               "  OK %s              it is settled\n" },
};

static const struct words *words_of(const struct notice_letter *letter)
{
    return &languages[strcmp(letter->language, "en") == 0];
}

static const char *const about_names[] = {
    [NOTICE_REMINDER] = "reminder", [NOTICE_DAY] = "day", [NOTICE_HANDED] = "handed"
};

const char *notice_about_name(enum notice_about about)
{
    return about_names[about];
}

enum rc notice_about_parse(const char *name, enum notice_about *about)
{
    for (size_t i = 0; i < sizeof(about_names) / sizeof(about_names[0]); i++) {
        if (strcmp(name, about_names[i]) == 0) {
            *about = (enum notice_about)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

const char *notice_number(bool alert, uint64_t number, char out[NOTICE_NUMBER_SIZE])
{
    snprintf(out, NOTICE_NUMBER_SIZE, "%s%" PRIu64, alert ? "A" : "", number);
    return out;
}

/* Which of the table's words. */
static int sort_of(const struct notice_letter *letter, bool alert)
{
    if (alert)
        return ALERTS;
    switch (letter->about) {
    case NOTICE_REMINDER:
        return TASKS;
    case NOTICE_DAY:
        return DAY;
    case NOTICE_HANDED:
        return HANDED;
    }
    return TASKS;
}

static size_t count_sort(const struct notice_letter *letter, bool alert)
{
    size_t n = 0;

    for (size_t i = 0; i < letter->n; i++)
        n += letter->lines[i].alert == alert;
    return n;
}

/* An alert is told in the reader's language. */
static const char *name_of(const struct notice_letter *letter, const struct notice_line *line,
                           char words[ALERT_WORDS_SIZE])
{
    return line->alert ? alert_words(letter->language, line->name, words) : line->name;
}

static void add_cut(struct buffer *out, const char *text, size_t characters)
{
    const size_t len = strlen(text), fits = text_prefix(text, len, characters);

    buffer_add(out, text, fits);
    if (fits < len)
        buffer_add_text(out, "...");
}

/* --- why --- */

/* The one that weighs most, as the task's title when it was made. */
static bool add_first_reason(const struct notice_letter *letter, const struct notice_line *line,
                             struct buffer *out)
{
    char words[CONTACT_WORDS_SIZE];
    struct contact_score score;
    enum contact_reason first;

    contact_score_read(line->reasons, &score);
    first = contact_score_first(&score);
    if (first == CONTACT_REASONS)
        return false;
    contact_reason_words(first, score.numbers[first], NULL, letter->language, words);
    buffer_add_text(out, words);
    return true;
}

/* All that the rules of the list found, each in words, but for what the title says. */
static bool add_reasons(const struct notice_letter *letter, const struct notice_line *line,
                        struct buffer *out)
{
    char words[CONTACT_WORDS_SIZE];
    struct contact_score score;
    bool any = false;

    contact_score_read(line->reasons, &score);
    for (int r = 0; r < CONTACT_REASONS; r++) {
        if (!score.points[r])
            continue;
        contact_reason_words((enum contact_reason)r, score.numbers[r], NULL, letter->language,
                             words);
        if (strcmp(words, line->title) == 0)
            continue;
        buffer_printf(out, "%s%s", any ? ", " : "", words);
        any = true;
    }
    return any;
}

/* The table's own words are the formats. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* --- SMS --- */

/* Who makes contacts by telephone alone needs the number, and a word to begin with. */
static void add_sms_contact(const struct notice_letter *letter, const struct notice_line *line,
                            struct buffer *out)
{
    if (*line->phone)
        buffer_printf(out, " %s", line->phone);
    if (*line->reasons || *line->title)
        buffer_add_text(out, " ");
    if (!*line->reasons || !add_first_reason(letter, line, out))
        add_cut(out, line->title, NAME_MAX);
}

/* What one text says; less each time it is too long. */
struct sms_room {
    size_t lines;    /* matters of each sort that are named */
    size_t name_max; /* characters of a name */
    bool contacts;   /* with the number to call, and why */
};

static void add_sms_lines(const struct words *w, const struct notice_letter *letter, bool alert,
                          const struct sms_room *room, struct buffer *out)
{
    const size_t all = count_sort(letter, alert);
    char number[NOTICE_NUMBER_SIZE], words[ALERT_WORDS_SIZE];
    size_t said = 0;

    if (!all)
        return;
    if (all == 1)
        buffer_add_text(out, w->one[sort_of(letter, alert)]);
    else
        buffer_printf(out, w->many[sort_of(letter, alert)], all);
    for (size_t i = 0; i < letter->n && said < room->lines; i++) {
        const struct notice_line *line = &letter->lines[i];
        if (line->alert != alert)
            continue;
        buffer_printf(out, "%s%s", said++ ? ", " : "", notice_number(alert, line->number, number));
        buffer_add_text(out, *line->name ? " " : "");
        add_cut(out, name_of(letter, line, words), room->name_max);
        if (!alert && room->contacts)
            add_sms_contact(letter, line, out);
        if (*line->whose)
            buffer_printf(out, " (%s)", line->whose);
    }
    if (said < all)
        buffer_printf(out, w->others, all - said);
}

static void add_sms_answer(const struct words *w, const struct notice_letter *letter,
                           struct buffer *out)
{
    const struct notice_line *first = &letter->lines[0];
    char number[NOTICE_NUMBER_SIZE];
    const char *n = notice_number(first->alert, first->number, number);

    buffer_add_text(out, ".");
    if (first->alert)
        buffer_printf(out, w->answer_alert, n);
    else if (*first->whose)
        buffer_printf(out, w->answer_other, n, n);
    else if (letter->n > 1 && letter->about == NOTICE_REMINDER)
        buffer_printf(out, w->answer_all, n);
    else
        buffer_printf(out, w->answer_own, n, n, n);
}

static enum rc write_sms(const struct notice_letter *letter, const struct sms_room *room,
                         char out[SMS_TEXT_SIZE], struct sms_measure *m)
{
    const struct words *w = words_of(letter);
    struct buffer text;
    enum rc rc;

    buffer_init(&text, TEXT_MAX);
    buffer_add_text(&text, BEGINNING);
    add_sms_lines(w, letter, false, room, &text);
    if (count_sort(letter, false) && count_sort(letter, true))
        buffer_add_text(&text, "; ");
    add_sms_lines(w, letter, true, room, &text);
    add_sms_answer(w, letter, &text);
    rc = text.full ? RC_INVALID : transliterate_to_gsm7(buffer_text(&text), out, SMS_TEXT_SIZE);
    buffer_close(&text);
    return rc ? rc : sms_text_measure(out, m);
}

/* A list says of each what is needed to call. A reminder rather names them all: it says so much
 * only if all have room. */
enum rc notice_sms(const struct notice_letter *letter, char out[SMS_TEXT_SIZE],
                   struct sms_measure *m)
{
    const bool reminder = letter->about == NOTICE_REMINDER;
    const unsigned parts = reminder ? NOTICE_PARTS_MAX : NOTICE_LIST_PARTS;
    struct sms_room room = { .lines = letter->n < LINES_MAX ? letter->n : LINES_MAX,
                             .name_max = letter->n > 1 ? NAME_MAX : NAME_MAX_LONE,
                             .contacts = true };
    enum rc rc = RC_INVALID;

    while (room.lines > 0) {
        rc = write_sms(letter, &room, out, m);
        if (!rc && m->parts <= parts)
            return RC_OK;
        room.lines -= !reminder || !room.contacts;
        room.contacts = !reminder;
    }
    /* Long names, or in a script that costs more: the number says it all. */
    room.lines = 1;
    for (room.name_max = NAME_MAX / 2; letter->n && room.name_max > 0; room.name_max /= 2) {
        rc = write_sms(letter, &room, out, m);
        if (!rc && m->parts <= parts)
            break;
    }
    return rc;
}

/* Matters stand behind ": " or ", "; how many there are, right behind the beginning. */
bool notice_sms_names(const char *sms, bool alert, uint64_t number)
{
    char name[NOTICE_NUMBER_SIZE];
    const size_t len = strlen(notice_number(alert, number, name));
    const char *text =
        strncmp(sms, BEGINNING, strlen(BEGINNING)) == 0 ? sms + strlen(BEGINNING) : sms;

    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        if (at - text >= 2 && at[-1] == ' ' && (at[-2] == ':' || at[-2] == ',') &&
            !isalnum((unsigned char)at[len]))
            return true;
    }
    return false;
}

/* --- mail --- */

static void add_mail_reasons(const struct notice_letter *letter, const struct notice_line *line,
                             struct buffer *out)
{
    struct buffer why;

    buffer_init(&why, TEXT_MAX);
    if (add_reasons(letter, line, &why))
        buffer_printf(out, " (%s)", buffer_text(&why));
    buffer_close(&why);
}

static void add_mail_lines(const struct words *w, const struct notice_letter *letter, bool alert,
                           struct buffer *out)
{
    char number[NOTICE_NUMBER_SIZE], words[ALERT_WORDS_SIZE];

    if (!count_sort(letter, alert))
        return;
    buffer_add_text(out, w->intro[sort_of(letter, alert)]);
    for (size_t i = 0; i < letter->n; i++) {
        const struct notice_line *line = &letter->lines[i];
        if (line->alert != alert)
            continue;
        buffer_printf(out, "  %s  %s", notice_number(alert, line->number, number),
                      name_of(letter, line, words));
        if (*line->company && strcmp(line->company, line->name) != 0)
            buffer_printf(out, ", %s", line->company);
        if (*line->phone)
            buffer_printf(out, ", %s", line->phone);
        if (*line->title)
            buffer_printf(out, ": %s", line->title);
        if (!alert && letter->about != NOTICE_REMINDER && *line->reasons)
            add_mail_reasons(letter, line, out);
        if (*line->whose)
            buffer_printf(out, ", %s%s", w->of, line->whose);
        if (line->day && letter->about == NOTICE_REMINDER) {
            buffer_add_text(out, " (");
            buffer_printf(out, w->day, line->day % 100, line->day / 100 % 100);
            buffer_add_text(out, ")");
        }
        buffer_add_text(out, "\n");
    }
}

static void add_mail_answers(const struct words *w, const struct notice_letter *letter,
                             struct buffer *out)
{
    const struct notice_line *first[SORTS] = { NULL };
    char number[NOTICE_NUMBER_SIZE];

    buffer_add_text(out, w->reply);
    for (size_t i = letter->n; i-- > 0;)
        first[letter->lines[i].alert] = &letter->lines[i];
    if (first[TASKS]) {
        notice_number(false, first[TASKS]->number, number);
        if (*first[TASKS]->whose)
            buffer_printf(out, w->other, number, number);
        else
            buffer_printf(out, w->own, number, number, number);
    }
    if (first[ALERTS]) {
        notice_number(true, first[ALERTS]->number, number);
        buffer_printf(out, w->alert, number, number);
    }
}

void notice_mail(const struct notice_letter *letter, struct buffer *subject, struct buffer *text)
{
    const struct words *w = words_of(letter);
    const bool tasks = count_sort(letter, false) > 0, alerts = count_sort(letter, true) > 0;

    buffer_add_text(subject,
                    tasks && alerts ? w->subject_both : w->subject[sort_of(letter, alerts)]);
    buffer_printf(text, w->greeting, letter->to);
    add_mail_lines(w, letter, false, text);
    add_mail_lines(w, letter, true, text);
    if (letter->may_reply && letter->n)
        add_mail_answers(w, letter, text);
    if (*letter->link)
        buffer_printf(text, w->link, letter->link);
    buffer_add_text(text, "\n-- \nRelais\n");
}

#pragma GCC diagnostic pop

void notice_mail_without(const char *text, bool alert, uint64_t number, struct buffer *out)
{
    char beginning[NOTICE_NUMBER_SIZE + 8], n[NOTICE_NUMBER_SIZE];

    snprintf(beginning, sizeof(beginning), "  %s  ", notice_number(alert, number, n));
    while (*text) {
        const size_t line = strcspn(text, "\n"), whole = line + (text[line] != '\0');
        if (strncmp(text, beginning, strlen(beginning)) != 0)
            buffer_add(out, text, whole);
        text += whole;
    }
}
