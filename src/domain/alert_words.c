/* alert_words.c - a sentence is found by the words between its values, and said in French with the
 * same values. What the database cut off at the end is said all the same. */
#include "domain/alert_words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define VALUES_MAX  8
#define WORDS_MAX   300
#define CUT_AT      300 /* characters: the width of the column */
#define WORDS_LEAST 12  /* bytes that must be there of what was cut off */

const struct alert_sentence alert_sentences[] = {
    { ALERT_FILE_MISSING, ALERT_SAYS_FILE_MISSING,
      "aucun fichier{1} du partenaire {2} n'était arrivé le {3} ({4})" },
    { ALERT_IMPORT_FAILED, ALERT_SAYS_IMPORT_FAILED, "{1} a été refusé en entier : {2}" },
    { ALERT_MAIL_RELAY, ALERT_SAYS_MAIL_RELAY,
      "aucun mail ne part depuis {1} UTC : le serveur de mail {2} n'accepte rien ({3}) ; ce qui "
      "attend est réessayé tout seul" },
    { ALERT_CARRIER_DOWN, ALERT_SAYS_CARRIER_DOWN,
      "pas de session avec l'opérateur {1} depuis {2} UTC : ce qui passe par lui attend, ou part "
      "par un autre ; voir relaisctl carrier list" },
    { ALERT_QUEUE_AGE, ALERT_SAYS_QUEUE_AGE,
      "des messages de service ou des alertes de la file {1} devaient partir à {2} UTC, et ne sont "
      "pas partis ; voir relaisctl queue" },
    { ALERT_CAMPAIGN_ANOMALY, ALERT_OF_CAMPAIGN ALERT_SAYS_FAILURES,
      "{1} : {2} messages sur {3} ont échoué : plus de {4} % (alert.failures)" },
    { ALERT_CAMPAIGN_ANOMALY, ALERT_OF_CAMPAIGN ALERT_SAYS_NO_RECEIPTS,
      "{1} : {2} SMS ont été pris, et aucun accusé n'est venu pour eux (alert.receipts)" },
    { ALERT_CAMPAIGN_ANOMALY, ALERT_OF_CAMPAIGN ALERT_SAYS_STOPS,
      "{1} : {2} destinataires sur {3} n'en veulent plus : plus de {4} % (alert.stops)" },
    { ALERT_NODE_DOWN, ALERT_SAYS_NODE_DOWN,
      "relaisd du nœud {1} ({2}) ne donne plus signe de vie depuis {3} UTC" },
    { ALERT_STOPPED, ALERT_SAYS_STOPPED,
      "relaisd du nœud {1} n'a pas tourné de {2} à {3} UTC : il avait été arrêté normalement" },
    { ALERT_STOPPED, ALERT_SAYS_DIED,
      "relaisd du nœud {1} n'a pas tourné de {2} à {3} UTC : il avait fini sans un mot" },
    { ALERT_CONTACT_NOBODY, ALERT_SAYS_LIST_NOBODY,
      "{1} clients sont à contacter aujourd'hui, et personne de l'équipe n'est là : nommez un "
      "remplaçant (relaisctl staff away), puis relaisctl contact list make {2}" },
    { ALERT_CONTACT_NOBODY, ALERT_SAYS_TASKS_NOBODY,
      "{1} contacts du jour ou plus ne sont à personne, et personne de l'équipe n'est là : nommez "
      "un remplaçant (relaisctl staff away), ou confiez-les à quelqu'un (relaisctl task "
      "hand-over)" },
    { ALERT_ANSWER_FAILED, ALERT_SAYS_ANSWER_FAILED,
      "la réponse {1} de {2}, par {3}, n'a pas pu être faite après {4} essais : le journal de "
      "relaisd dit pourquoi ; son texte est gardé dans staff_answer" },
    { NULL, NULL, NULL },
};

struct values {
    struct {
        const char *text;
        size_t len;
    } list[VALUES_MAX];
    size_t n;
};

/* The words of a format up to its next value or its end; returns what is behind that value. */
static const char *take_words(const char *format, char words[WORDS_MAX], bool *value)
{
    size_t n = 0;

    *value = false;
    for (; *format && n + 1 < WORDS_MAX; format++) {
        if (format[0] == '%' && format[1] != '%') {
            format += 1 + strspn(format + 1, ".0123456789");
            format += strspn(format, "lhz");
            *value = true;
            words[n] = '\0';
            return *format ? format + 1 : format;
        }
        format += format[0] == '%';
        words[n++] = *format;
    }
    words[n] = '\0';
    return format;
}

/* A text that has no end of that sentence may have lost it: then its last value is all the rest. */
static bool match(const char *format, const char *text, bool cut, struct values *v)
{
    char words[WORDS_MAX];
    bool value;
    const char *at = text, *next;
    size_t said;

    v->n = 0;
    format = take_words(format, words, &value);
    if (strncmp(text, words, strlen(words)) != 0)
        return false;
    said = strlen(words);
    at += said;
    while (value && v->n < VALUES_MAX) {
        format = take_words(format, words, &value);
        next = *words ? strstr(at, words) : at + strlen(at);
        if (!next && !cut)
            return false;
        v->list[v->n].text = at;
        v->list[v->n++].len = next ? (size_t)(next - at) : strlen(at);
        at = next ? next + strlen(words) : at + strlen(at);
        if (!next)
            return said >= WORDS_LEAST; /* what follows is lost */
        said += strlen(words);
    }
    return !*at;
}

static void fill(const char *french, const struct values *v, char out[ALERT_WORDS_SIZE])
{
    size_t n = 0;

    for (const char *at = french; *at && n + 1 < ALERT_WORDS_SIZE;) {
        const size_t i = at[0] == '{' && isdigit((unsigned char)at[1]) ? (size_t)(at[1] - '1') : 0;

        if (at[0] != '{') {
            out[n++] = *at++;
            continue;
        }
        at += 3;
        if (i < v->n)
            n += (size_t)snprintf(out + n, ALERT_WORDS_SIZE - n, "%.*s", (int)v->list[i].len,
                                  v->list[i].text);
    }
    out[n < ALERT_WORDS_SIZE ? n : ALERT_WORDS_SIZE - 1] = '\0';
}

const char *alert_words(const char *language, const char *text, char out[ALERT_WORDS_SIZE])
{
    struct values v;

    if (strcmp(language, "en") == 0)
        return text;
    for (int cut = 0; cut <= (strlen(text) >= CUT_AT); cut++) {
        for (const struct alert_sentence *s = alert_sentences; s->kind; s++) {
            if (!match(s->says, text, cut, &v))
                continue;
            fill(s->french, &v, out);
            return out;
        }
    }
    return text;
}
