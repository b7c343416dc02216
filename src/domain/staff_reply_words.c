/* staff_reply_words.c - a line a command; numbers of one command that fared alike share it. */
#include "domain/staff_reply_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <unicode/uchar.h>

#include "base/buffer.h"
#include "domain/gsm7.h"
#include "domain/hours.h"
#include "domain/transliterate.h"
#include "domain/utf8.h"
#include "domain/value.h"

#define NAME_CHARACTERS 40
#define NOTE_CHARACTERS 40
#define NOTE_SIZE       (4 * (NOTE_CHARACTERS + 8) * UTF8_CHAR_MAX)
#define EXAMPLE         1234
#define NUMBER_SIZE     24

enum { FRENCH, ENGLISH, LANGUAGES };

/* The example has the number that the sentence is about. */
struct fault_words {
    const char *sentence, *example;
};

static const struct language {
    const char *verbs[STAFF_REPLY_HAND_OVER + 1]; /* of a result: of an alert */
    const char *closed, *corrected, *to, *next, *until, *more, *unnamed, *unnamed_one, *team,
        *closed_then;
    const char *silent, *noted, *note, *others, *nobody;
    const char *days[7]; /* from Monday on */
    const char *rests[CONTACT_REST_HOUR + 1], *the, *moved, *other_day;
    const char *fates[STAFF_REPLY_NOTHING + 1];
    struct fault_words faults[STAFF_REPLY_TWO_PERSONS + 1];
    struct fault_words unclear;
    const char *pause_example, *example, *cut, *last;
} languages[LANGUAGES] = {
    [FRENCH] = {
        .verbs = { [STAFF_REPLY_RESULT] = "vu, merci",
                   [STAFF_REPLY_ACKNOWLEDGE] = "vu, merci",
                   [STAFF_REPLY_SNOOZE] = "rappel remis",
                   [STAFF_REPLY_HAND_OVER] = "confié" },
        .closed = "réglé",
        .corrected = " (corrigé)",
        .more = "Il en reste %s : répondez encore TOUT avec le mot, comme OK TOUT.\n",
        .closed_then = ", hors des heures de travail : sauf urgence, il vient le ",
        .team = " Dans l'équipe : ",
        .unnamed = "%s autres n'étaient pas nommés dans le SMS et attendent leur résultat.\n",
        .unnamed_one = "Un autre n'était pas nommé dans le SMS et attend son résultat.\n",
        .next = ", prochain contact le ",
        .until = " au ",
        .to = " à ",
        .silent = " Aucun rappel n'est prévu : le contact attend son résultat.",
        .noted = " La note est gardée.",
        .note = " Note : ",
        .others = " Autre contact ouvert pour ce client : ",
        .nobody = "personne",
        .days = { "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche" },
        .rests = { [CONTACT_REST_DAY] = " est un jour de repos",
                   [CONTACT_REST_HOUR] = " est hors des heures de travail" },
        .the = "Le ",
        .moved = " : à faire avant ",
        .other_day = ". Autre jour : RAPPEL %s %s 10h",
        .fates = { [STAFF_REPLY_OVER] = "déjà réglé",
                   [STAFF_REPLY_GONE] = "annulé, ce contact n'est plus à faire",
                   [STAFF_REPLY_UNKNOWN] = "rien à ce numéro pour vous",
                   [STAFF_REPLY_REFUSED] = "n'a pas pu être noté",
                   [STAFF_REPLY_NO_SUCH] = "ce mot n'y convient pas",
                   [STAFF_REPLY_SILENT] = "aucun rappel n'est prévu, il n'y a rien à remettre",
                   [STAFF_REPLY_WHICH] = "De quel numéro s'agit-il ?",
                   [STAFF_REPLY_NOTHING] = "Rien n'attend de réponse de votre part." },
        .faults = { [STAFF_REPLY_NO_NUMBER] = { "De quel numéro s'agit-il ?", "OK %s" },
                    [STAFF_REPLY_NO_WORD] = { "quel résultat ?",
                                              "OK %s, ABSENT %s, RAPPEL %s 14h, ou REFUS, "
                                              "COMMANDE, FAUX NUMÉRO, NE PLUS CONTACTER" },
                    [STAFF_REPLY_TWO_WORDS] = { "un seul résultat, s'il vous plaît : "
                                                "\"%s\" ou \"%s\" ?", "ABSENT %s" },
                    [STAFF_REPLY_NEAR_WORDS] = { "le mot \"%s\" n'est pas clair.", "OK %s" },
                    [STAFF_REPLY_NOT] = { "oui ou non ?", "OK %s, ABSENT %s" },
                    [STAFF_REPLY_NUMBERS] = { "mettez des virgules entre les numéros.",
                                              "OK %s, 1235" },
                    [STAFF_REPLY_AMOUNT] = { "\"%s\" : deux contacts ou un montant ?",
                                             "OK %s et 1235, COMMANDE %s 45,50 EUR" },
                    [STAFF_REPLY_STRANGE] = { "pas un de vos numéros, laissé dans la note.", NULL },
                    [STAFF_REPLY_NO_TIME] = { "quand ?", "RAPPEL %s demain 14h" },
                    [STAFF_REPLY_TIME] = { "la date ou l'heure n'est pas claire.",
                                           "RAPPEL %s demain 14h30" },
                    [STAFF_REPLY_PAST] = { "cette date est passée.", "RAPPEL %s demain 9h" },
                    [STAFF_REPLY_NO_PERSON] = { "à qui ?", "PASSE %s à NOM" },
                    [STAFF_REPLY_TWO_PERSONS] = { "plusieurs personnes s'appellent \"%s\".",
                                                  "PASSE %s à LOGIN" } },
        .unclear = { "Message non compris.",
                     "OK %s (fait), ABSENT %s, RAPPEL %s 14h, VU %s (je m'en occupe)" },
        .pause_example = "PAUSE %s 2h",
        .example = " Exemple : ",
        .cut = "La suite n'a pas été lue.",
        .last = "Trop de questions : Relais n'en pose plus pendant une heure.",
    },
    [ENGLISH] = {
        .verbs = { [STAFF_REPLY_RESULT] = "seen, thank you",
                   [STAFF_REPLY_ACKNOWLEDGE] = "seen, thank you",
                   [STAFF_REPLY_SNOOZE] = "put off",
                   [STAFF_REPLY_HAND_OVER] = "handed" },
        .closed = "settled",
        .corrected = " (corrected)",
        .more = "%s more are left: answer ALL with the word once more, as in OK ALL.\n",
        .closed_then = ", outside working hours: unless it is urgent, it comes on ",
        .team = " In the team: ",
        .unnamed = "%s others were not named in the SMS and wait for their result.\n",
        .unnamed_one = "Another one was not named in the SMS and waits for its result.\n",
        .next = ", next contact on ",
        .until = " until ",
        .to = " to ",
        .silent = " Nothing reminds of it: the contact waits for its result.",
        .noted = " The note is kept.",
        .note = " Note: ",
        .others = " Another open contact with this customer: ",
        .nobody = "nobody",
        .days = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" },
        .rests = { [CONTACT_REST_DAY] = " is a day of rest",
                   [CONTACT_REST_HOUR] = " is outside working hours" },
        .the = "",
        .moved = ": due by ",
        .other_day = ". Another day: CALLBACK %s %s 10am",
        .fates = { [STAFF_REPLY_OVER] = "was settled before",
                   [STAFF_REPLY_GONE] = "cancelled, this contact is not to be made any more",
                   [STAFF_REPLY_UNKNOWN] = "nothing of that number is yours",
                   [STAFF_REPLY_REFUSED] = "could not be noted",
                   [STAFF_REPLY_NO_SUCH] = "that word does not fit",
                   [STAFF_REPLY_SILENT] = "nothing reminds of it, there is nothing to put off",
                   [STAFF_REPLY_WHICH] = "Which number is it about?",
                   [STAFF_REPLY_NOTHING] = "Nothing waits for an answer of yours." },
        .faults = { [STAFF_REPLY_NO_NUMBER] = { "Which number is it about?", "OK %s" },
                    [STAFF_REPLY_NO_WORD] = { "what came of it?",
                                              "OK %s, NO ANSWER %s, CALLBACK %s 2pm, or REFUSED, "
                                              "ORDER, WRONG NUMBER, DO NOT CONTACT" },
                    [STAFF_REPLY_TWO_WORDS] = { "one result, please: \"%s\" or \"%s\"?",
                                                "NO ANSWER %s" },
                    [STAFF_REPLY_NEAR_WORDS] = { "the word \"%s\" is not clear.", "OK %s" },
                    [STAFF_REPLY_NOT] = { "yes or no?", "OK %s, NO ANSWER %s" },
                    [STAFF_REPLY_NUMBERS] = { "put commas between the numbers.", "OK %s, 1235" },
                    [STAFF_REPLY_AMOUNT] = { "\"%s\": two contacts, or an amount?",
                                             "OK %s and 1235, ORDER %s 45.50 EUR" },
                    [STAFF_REPLY_STRANGE] = { "not a number of yours, left in the note.", NULL },
                    [STAFF_REPLY_NO_TIME] = { "when?", "CALLBACK %s tomorrow 2pm" },
                    [STAFF_REPLY_TIME] = { "the day or the hour is not clear.",
                                           "CALLBACK %s tomorrow 14:30" },
                    [STAFF_REPLY_PAST] = { "that is over.", "CALLBACK %s tomorrow 9am" },
                    [STAFF_REPLY_NO_PERSON] = { "to whom?", "PASS %s to NAME" },
                    [STAFF_REPLY_TWO_PERSONS] = { "there are several \"%s\".",
                                                  "PASS %s to LOGIN" } },
        .unclear = { "Not understood.",
                     "OK %s (done), NO ANSWER %s, CALLBACK %s 2pm, ACK %s (I am at it)" },
        .pause_example = "SNOOZE %s 2h",
        .example = " Example: ",
        .cut = "The rest was not read.",
        .last = "Too many questions: Relais asks none for an hour.",
    },
};

struct writing {
    const struct staff_reply_answer *answer;
    const struct language *words;
    const char *colon;
    struct buffer *out;
};

static void write_number(const struct staff_reply_number *n, char out[NUMBER_SIZE])
{
    snprintf(out, NUMBER_SIZE, "%s%" PRIu64, n->alert ? "A" : "", n->id);
}

/* Each %s of a pattern is the next of the texts, the last of them again and again. */
static void add_filled(struct buffer *out, const char *pattern, const char *const *texts, size_t n)
{
    size_t next = 0;

    for (const char *at = pattern; *at;) {
        const size_t len = strcspn(at, "%");

        buffer_add(out, at, len);
        at += len;
        if (strncmp(at, "%s", 2) != 0)
            continue;
        buffer_add_text(out, texts[next]);
        next += next + 1 < n;
        at += 2;
    }
}

static void add_example(struct writing *w, const char *pattern, const struct staff_reply_number *of)
{
    const struct staff_reply_number otherwise = { .id = w->answer->example ? w->answer->example
                                                                           : EXAMPLE };
    char number[NUMBER_SIZE];
    const char *texts[] = { number };

    if (w->answer->pressed)
        return;
    write_number(of && of->id ? of : &otherwise, number);
    buffer_add_text(w->out, w->words->example);
    add_filled(w->out, pattern, texts, 1);
}

static void add_wall(struct writing *w, const struct civil *wall, bool with_hour)
{
    buffer_printf(w->out, "%02d/%02d", wall->day, wall->month);
    if (with_hour)
        buffer_printf(w->out, w->answer->clock->english ? " at %02d:%02d" : " à %02d:%02d",
                      wall->hour, wall->minute);
}

static void add_moment(struct writing *w, utc_us at)
{
    const struct civil wall = local_zone_civil(w->answer->clock->zone, at);

    add_wall(w, &wall, true);
}

/* Until when: the end of a day is said as that day's, not as the next one's 00:00. */
static struct civil until_wall(const struct writing *w, utc_us at)
{
    struct civil wall = local_zone_civil(w->answer->clock->zone, at);

    if (wall.hour || wall.minute)
        return wall;
    wall = local_zone_civil(w->answer->clock->zone, at - USEC_PER_SEC);
    wall.hour = 24;
    wall.minute = 0;
    return wall;
}

static void add_next(struct writing *w, utc_us at)
{
    const struct civil wall = until_wall(w, at);

    add_wall(w, &wall, wall.hour < 24);
}

static const char *weekday(const struct writing *w, const struct civil *wall)
{
    return w->words->days[hours_weekday(wall)];
}

/* "Le dimanche 29/11 à 10:00 est un jour de repos : à faire avant lundi 30/11 à 18:00." */
static void add_rest(struct writing *w, const struct staff_reply_act *a)
{
    const struct civil due = until_wall(w, a->at);
    const struct language *l = w->words;
    char number[NUMBER_SIZE];
    const char *texts[] = { number, weekday(w, &due) };

    write_number(&a->number, number);
    buffer_printf(w->out, ". %s%s ", l->the, weekday(w, &a->agreed->wall));
    add_wall(w, &a->agreed->wall, a->agreed->has_hour);
    buffer_printf(w->out, "%s%s%s ", l->rests[a->agreed->rest], l->moved, texts[1]);
    add_wall(w, &due, true);
    if (!w->answer->pressed)
        add_filled(w->out, l->other_day, texts, 2);
}

/* What the handset of who wrote it shows: on one line, and without what would make the SMS cost
 * twice as much, such as emoji. */
static void add_note(struct writing *w, const char *note)
{
    char plain[NOTE_SIZE], part[NOTE_SIZE];
    const size_t len = text_prefix(note, strlen(note), 2 * NOTE_CHARACTERS);
    size_t at = 0, n = 0, shown = 0;

    snprintf(part, sizeof(part), "%.*s", (int)len, note);
    if (transliterate_to_gsm7(part, plain, sizeof(plain)))
        return;
    buffer_printf(w->out, "%s\"", w->words->note);
    for (size_t from = 0; plain[at] && shown < NOTE_CHARACTERS; from = at) {
        const uint32_t c = utf8_next(plain, strlen(plain), &at);

        n = at - from;
        if (c == '\n' || c == '\r' || c == '"')
            buffer_add_text(w->out, c == '"' ? "'" : " ");
        else if (gsm7_septet(c) != GSM7_NONE || u_isalnum((UChar32)c))
            buffer_add(w->out, plain + from, n);
        else
            continue;
        shown++;
    }
    buffer_add_text(w->out, plain[at] || note[len] ? "...\"." : "\".");
}

static void add_others(struct writing *w, const struct staff_reply_act *a)
{
    buffer_add_text(w->out, w->words->others);
    for (size_t i = 0; i < a->n_others; i++) {
        const char *person = a->others[i].person;

        buffer_printf(w->out, "%s%" PRIu64 " (%s)", i ? ", " : "", a->others[i].id,
                      *person ? person : w->words->nobody);
    }
    buffer_add_text(w->out, a->all_others > a->n_others ? " ..." : ".");
}

/* --- what was done --- */

static void add_done(struct writing *w, const struct staff_reply_act *a)
{
    const struct staff_reply_command *c = a->command;
    const struct language *l = w->words;

    if (c->verb == STAFF_REPLY_RESULT && a->number.alert) {
        buffer_add_text(w->out, c->closes ? l->closed : l->verbs[STAFF_REPLY_ACKNOWLEDGE]);
    } else if (c->verb == STAFF_REPLY_RESULT) {
        const struct staff_reply_outcome *o = &w->answer->outcomes[c->outcome];
        buffer_add_text(w->out, w->answer->clock->english ? o->label_en : o->label_fr);
    } else {
        buffer_add_text(w->out, l->verbs[c->verb]);
    }
    if (a->corrected)
        buffer_add_text(w->out, l->corrected);
    if (a->person) {
        buffer_add_text(w->out, l->to);
        buffer_add_text(w->out, a->person);
    }
    if (a->at && a->agreed) {
        add_rest(w, a);
    } else if (a->at) {
        buffer_add_text(w->out, c->verb == STAFF_REPLY_SNOOZE ? l->until : l->next);
        if (c->verb == STAFF_REPLY_SNOOZE)
            add_moment(w, a->at);
        else
            add_next(w, a->at);
    }
    if (a->opens) {
        buffer_add_text(w->out, l->closed_then);
        add_moment(w, a->opens);
    }
    buffer_add_text(w->out, ".");
    if (a->silent && c->verb == STAFF_REPLY_ACKNOWLEDGE)
        buffer_add_text(w->out, l->silent);
    if (a->noted)
        buffer_add_text(w->out, l->noted);
    if (a->note && !w->answer->brief)
        add_note(w, a->note);
    if (a->n_others && !w->answer->brief)
        add_others(w, a);
}

static void add_fate(struct writing *w, const struct staff_reply_act *a)
{
    switch (a->fate) {
    case STAFF_REPLY_DONE:
        add_done(w, a);
        return;
    case STAFF_REPLY_WHICH:
        buffer_add_text(w->out, w->words->fates[a->fate]);
        add_example(w, "OK %s", NULL);
        return;
    case STAFF_REPLY_NOTHING:
        buffer_add_text(w->out, w->words->fates[a->fate]);
        return;
    case STAFF_REPLY_OVER:
    case STAFF_REPLY_GONE:
    case STAFF_REPLY_UNKNOWN:
    case STAFF_REPLY_REFUSED:
    case STAFF_REPLY_NO_SUCH:
    case STAFF_REPLY_SILENT:
        break;
    }
    buffer_add_text(w->out, w->words->fates[a->fate]);
    if (a->was) {
        buffer_add_text(w->out, w->colon);
        buffer_add_text(w->out, a->was);
    }
    buffer_add_text(w->out, ".");
}

/* --- what was not understood --- */

static void add_fault(struct writing *w, const struct staff_reply_command *c)
{
    const struct fault_words *f = &w->words->faults[c->fault];
    const char *texts[] = { c->words[0], c->words[1] };

    add_filled(w->out, f->sentence, texts, 2);
    if (c->fault == STAFF_REPLY_NO_PERSON && *w->answer->team)
        buffer_printf(w->out, "%s%s.", w->words->team, w->answer->team);
    if (f->example)
        add_example(w, c->verb == STAFF_REPLY_SNOOZE ? w->words->pause_example : f->example,
                    c->n ? &c->numbers[0] : NULL);
}

static void add_numbers(struct writing *w, const struct staff_reply_act *acts, size_t n)
{
    char number[NUMBER_SIZE];

    for (size_t i = 0; i < n; i++) {
        write_number(&acts[i].number, number);
        buffer_printf(w->out, "%s%s", i ? ", " : "", number);
    }
    if (n == 1 && *acts->name) {
        const size_t len = strlen(acts->name);
        buffer_add_text(w->out, " ");
        buffer_add(w->out, acts->name, text_prefix(acts->name, len, NAME_CHARACTERS));
    }
    buffer_add_text(w->out, w->colon);
}

static void add_count(struct writing *w, const char *pattern, size_t n)
{
    char number[NUMBER_SIZE];
    const char *texts[] = { number };

    snprintf(number, sizeof(number), "%zu", n);
    add_filled(w->out, pattern, texts, 1);
}

/* How many from the first on are of its command and fared like it. */
static size_t alike(const struct staff_reply_act *acts, size_t n)
{
    size_t i = 1;

    while (i < n && acts[i].command == acts->command &&
           (acts->command->fault ||
            (acts[i].fate == acts->fate && acts[i].number.alert == acts->number.alert &&
             acts[i].at == acts->at && acts[i].corrected == acts->corrected &&
             acts[i].silent == acts->silent && !acts[i].agreed == !acts->agreed && !acts[i].was &&
             !acts[i].n_others && !acts->n_others)))
        i++;
    return i;
}

void staff_reply_write(const struct staff_reply_answer *answer, struct buffer *out)
{
    const bool english = answer->clock->english;
    struct writing w = { .answer = answer,
                         .words = &languages[english ? ENGLISH : FRENCH],
                         .colon = english ? ": " : " : ",
                         .out = out };

    if (!answer->n) {
        buffer_add_text(out, w.words->unclear.sentence);
        add_example(&w, w.words->unclear.example, NULL);
    }
    if (answer->more) /* first: of a long SMS the end is cut off */
        add_count(&w, w.words->more, answer->more);
    if (answer->unnamed)
        add_count(&w, answer->unnamed == 1 ? w.words->unnamed_one : w.words->unnamed,
                  answer->unnamed);
    for (size_t i = 0, n; i < answer->n; i += n) {
        const struct staff_reply_act *a = &answer->acts[i];

        n = alike(a, answer->n - i);
        if (i)
            buffer_add_text(out, "\n");
        if (a->number.id)
            add_numbers(&w, a, n);
        if (a->command->fault)
            add_fault(&w, a->command);
        else
            add_fate(&w, a);
    }
    if (answer->cut)
        buffer_printf(out, "\n%s", w.words->cut);
    if (answer->last)
        buffer_printf(out, "\n%s", w.words->last);
}
