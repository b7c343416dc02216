/*
 * notice_words.h - a notice in words: an SMS of few parts that names as many matters as fit, a mail
 * that names them all. French and English. Pure: no I/O, no clock.
 */
#pragma once

#include "domain/sms_text.h"

struct buffer;

#define NOTICE_NUMBER_SIZE 22 /* "A" and a number */
#define NOTICE_PARTS_MAX   2  /* of a reminder */
#define NOTICE_LIST_PARTS  3  /* of a list of contacts: with telephone numbers, and why */

/* What a notice tells of its contacts; alerts are always those that wait. */
enum notice_about {
    NOTICE_REMINDER, /* they have no result yet */
    NOTICE_DAY,      /* they are to be made today */
    NOTICE_HANDED,   /* they were somebody else's until now */
};
const char *notice_about_name(enum notice_about about);
/* RC_INVALID for a name that is none of theirs. */
enum rc notice_about_parse(const char *name, enum notice_about *about) MUST_CHECK;

/* One matter. Texts may be "": not known, or not there any more. */
struct notice_line {
    bool alert;
    uint64_t number;   /* of the task, or of the alert */
    const char *name;  /* the customer's; of an alert: what it says */
    const char *title; /* what was to be done */
    const char *phone;
    const char *company; /* the customer's */
    const char *reasons; /* why, as domain/contact_score.h writes it */
    const char *whose;   /* the person whose contact it is, if it is another's; "": one's own */
    unsigned whose_id;   /* the same; 0: nobody's */
    int day;             /* on whose list it was, as staff_day() */
};

struct notice_letter {
    const char *language; /* "en"; every other one is told in French */
    const char *to;       /* the name of who is told */
    const struct notice_line *lines;
    size_t n;
    const char *link; /* where it can be answered, too; "": nowhere */
    bool may_reply;   /* by mail: answers are read */
    enum notice_about about;
};

/* "1234", "A17": what answers name it by. */
const char *notice_number(bool alert, uint64_t number, char out[NOTICE_NUMBER_SIZE]);

/* At least one line, however long: then its name is cut. RC_INVALID: no line. */
enum rc notice_sms(const struct notice_letter *letter, char out[SMS_TEXT_SIZE],
                   struct sms_measure *m) MUST_CHECK;
/* Whether such an SMS names it: it may only count it, as in "and 14 others". */
bool notice_sms_names(const char *sms, bool alert, uint64_t number);
void notice_mail(const struct notice_letter *letter, struct buffer *subject, struct buffer *text);
/* The text of such a mail without the line of a matter that is settled meanwhile. */
void notice_mail_without(const char *text, bool alert, uint64_t number, struct buffer *out);
