/*
 * staff_reply.h - what somebody of the house answers to a reminder, by SMS or mail: "OK 1234",
 * "1234 absent", "RAPPEL 1234 demain 9h30", "VU A17", "PASSE 1234 à bruno". Pure: no I/O, no clock.
 *
 * Forgiving, in French and English, with or without accents, capitals and signs: the number before
 * or after the word, several numbers, several commands, one letter wrong in a word of four or more,
 * days and hours in words, a note behind. It never chooses between two readings: such a command has
 * a fault, and its sender is asked.
 *
 *   WORD NUMBER [...] [note]   WORD: one of the outcomes of the catalogue (its code, its labels,
 *                              its words), or one of these, which go first:
 *   VU, ACK ...                somebody is at it
 *   PAUSE, SNOOZE ... 2h       later: a time span, or a moment
 *   PASSE, PASS ... à bruno    another person's from now on
 *   TOUT, ALL                  in place of numbers
 *
 * A number is that of a task; A and a number that of an alert. Numbers stand first in a line, or
 * behind the word; a second number counts when it is known, or nothing but numbers follows.
 *
 * Nothing that looks like an answer is passed over: one's own number that no command took is asked
 * about, and so is a word of ours without a number.
 */
#pragma once

#include "domain/staff_reply_when.h"

struct arena;

#define STAFF_REPLY_COMMANDS_MAX 20
#define STAFF_REPLY_NUMBERS_MAX  50 /* of a command */
#define STAFF_REPLY_WORD_SIZE    REPLY_WORD_SIZE

struct staff_reply_number {
    bool alert;
    uint64_t id;
};

struct staff_reply_outcome {
    const char *code, *label_fr, *label_en;
    const char *words; /* with commas between them; NULL: it is off, and no word means it */
    bool needs_time;   /* the next date must be said */
    bool order;        /* an amount may stand behind its words */
    bool final;        /* nobody calls again */
};

struct staff_reply_person {
    unsigned id;
    const char *login, *name;
};

/* What the words of an answer may mean. */
struct staff_reply_context {
    const struct staff_reply_outcome *outcomes;
    size_t n_outcomes;
    const struct staff_reply_person *people; /* to whom something may be handed */
    size_t n_people;
    const struct staff_reply_number *known; /* those in the text that are somebody's here */
    size_t n_known;
    const struct staff_reply_number *waiting; /* those of them that wait for a result */
    size_t n_waiting;
    struct reply_clock clock;
};

enum staff_reply_verb {
    STAFF_REPLY_RESULT,
    STAFF_REPLY_ACKNOWLEDGE,
    STAFF_REPLY_SNOOZE,
    STAFF_REPLY_HAND_OVER
};

enum staff_reply_fault {
    STAFF_REPLY_CLEAR,
    STAFF_REPLY_NO_NUMBER,   /* a word somewhere, and nothing that says of which */
    STAFF_REPLY_NO_WORD,     /* a number, and nothing that says what came of it */
    STAFF_REPLY_TWO_WORDS,   /* words[0] and words[1] are two outcomes */
    STAFF_REPLY_NEAR_WORDS,  /* words[0] may be a wrong spelling of several */
    STAFF_REPLY_NOT,         /* a negation behind the word */
    STAFF_REPLY_NUMBERS,     /* numbers[1] may be a number of a task, or part of the note */
    STAFF_REPLY_AMOUNT,      /* words[0], "57,58", may be two numbers or an amount */
    STAFF_REPLY_STRANGE,     /* the numbers stand beside a word in a note, and are nobody's here */
    STAFF_REPLY_NO_TIME,     /* none is said */
    STAFF_REPLY_TIME,        /* it can be read in two ways, or is no day or hour */
    STAFF_REPLY_PAST,        /* it is over */
    STAFF_REPLY_NO_PERSON,   /* words[0]: nobody here, "": nobody was named */
    STAFF_REPLY_TWO_PERSONS, /* words[0]: several here */
};

struct staff_reply_command {
    enum staff_reply_verb verb;
    enum staff_reply_fault fault;
    size_t outcome; /* of STAFF_REPLY_RESULT: in the catalogue; SIZE_MAX: the word is none */
    bool closes;    /* of STAFF_REPLY_RESULT: an alert is settled by it, and not only seen */
    bool all;       /* all that the sender was told of */
    bool implied;   /* the text is the word alone: it is about the one thing there is */
    struct staff_reply_number numbers[STAFF_REPLY_NUMBERS_MAX];
    size_t n;
    utc_us at; /* the next contact, or until when; 0: none was said */
    unsigned staff_id;
    const char *note; /* in the text that was read */
    size_t note_len;
    char words[2][STAFF_REPLY_WORD_SIZE];
};

struct staff_reply {
    struct staff_reply_command list[STAFF_REPLY_COMMANDS_MAX];
    size_t n;    /* 0: nothing in it looks like one */
    bool sure;   /* its sender meant a command: a known number, or a word of ours and a number */
    bool thanks; /* nothing but "ok, merci": that answers no question and reports no call, when
                  * there was no question */
    bool cut;    /* there were more commands, or numbers, than there is room for */
};

/* All that may be numbers in it, so that it can be looked up which are known. */
size_t staff_reply_numbers(const char *text, struct staff_reply_number *out, size_t max);
/* The outcome that `text`, all of it, is a code, a label or a word of; SIZE_MAX: none. RC_FAIL: no
 * memory. */
enum rc staff_reply_outcome_of(const char *text, const struct staff_reply_outcome *outcomes,
                               size_t n, struct arena *arena, size_t *out) MUST_CHECK;
/* `text`: UTF-8, valid or not, of any length. RC_FAIL: no memory in `arena`. */
enum rc staff_reply_parse(const char *text, const struct staff_reply_context *context,
                          struct arena *arena, struct staff_reply *out) MUST_CHECK;
